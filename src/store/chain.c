/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the instance chain:
 *
 *     body = {"batch":n,"at":ms,"heads":[[incident,sequence,"hash"],...]}
 *     hash = SHA-256(hash of batch n - 1 | body)     (32 zero bytes before the first)
 *
 * heads has one entry per event of the batch's last of each incident, in the order of
 * their first event. What is signed: "muster head 1\nBATCH\nAT\nHASH\n". */
#include "store/chain.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "store/db.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define CHAIN_BODY_MAX (64 << 20)

struct chain_head {
    int64_t incident_id, sequence;
    uint8_t hash[32];
};

struct chain {
    struct db *db;
    struct event_hasher *hasher;
    EVP_PKEY *key;
    uint8_t public_key[32];
    int64_t position, batch, signed_batch;
    uint8_t head[32];
    int64_t note_sequence;
    uint8_t note_head[32];
    struct text body;
    /* the open batch */
    struct chain_event *events;
    uint32_t event_count, event_capacity;
    struct chain_head *heads; /* one per event; the last of each incident counts */
    uint32_t head_count, head_capacity;
    uint32_t head_fence; /* entries before it belong to commands that are done */
    /* before the open batch */
    int64_t position_before, batch_before, note_sequence_before, signed_before;
    uint8_t head_before[32], note_head_before[32];
};

/* ---- signing ------------------------------------------------------------------------
 */

static int load_key(struct chain *chain, const char *path, struct random *random,
                    struct diag *reterr)
{
    uint8_t seed[32];
    char *data = NULL;
    size_t size = 0;
    int status = file_read(path, sizeof seed, &data, &size, reterr);
    if (status == ST_NOT_FOUND && chain->signed_batch > 0)
        return diag_set(reterr, ST_NOT_FOUND, 0, 0, path,
                        "is missing, and heads were signed with it: put it back from its "
                        "backup (lost for good: 32 random bytes in it are a new key)");
    if (status == ST_NOT_FOUND) {
        random_fill(random, seed, sizeof seed);
        status = file_write(path, seed, sizeof seed, 0600, reterr);
    } else if (status == ST_OK && size == sizeof seed) {
        memcpy(seed, data, sizeof seed);
        OPENSSL_cleanse(data, size);
    } else if (status == ST_OK) {
        status = diag_set(reterr, ST_CORRUPT, 0, 0, path,
                          "has %zu bytes, not %zu: it is damaged; put it back from its"
                          " backup",
                          size, sizeof seed);
    }
    mem_free(data);
    if (status != ST_OK)
        return status;
    chain->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    OPENSSL_cleanse(seed, sizeof seed);
    size = sizeof chain->public_key;
    if (chain->key == NULL ||
        EVP_PKEY_get_raw_public_key(chain->key, chain->public_key, &size) != 1)
        return diag_set(reterr, ST_CORRUPT, 0, 0, path, "is no Ed25519 key");
    return ST_OK;
}

void chain_signed_text(int64_t batch, int64_t at_ms, const uint8_t hash[32],
                       char ret[160])
{
    char hex[65];
    text_to_hex(hash, 32, hex);
    (void)snprintf(ret, 160, "muster head 1\n%lld\n%lld\n%s\n", (long long)batch,
                   (long long)at_ms, hex);
}

bool chain_check_signature(const uint8_t key[32], const char *text,
                           const uint8_t signature[64])
{
    EVP_PKEY *public_key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, 32);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = public_key != NULL && context != NULL &&
              EVP_DigestVerifyInit(context, NULL, NULL, NULL, public_key) == 1 &&
              EVP_DigestVerify(context, signature, 64, (const uint8_t *)text,
                               strlen(text)) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public_key);
    return ok;
}

int chain_sign(struct chain *chain, int64_t now_ms)
{
    if (chain->key == NULL || chain->signed_batch == chain->batch)
        return ST_OK;
    char text[160];
    chain_signed_text(chain->batch, now_ms, chain->head, text);
    uint8_t signature[64];
    size_t size = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL &&
              EVP_DigestSignInit(context, NULL, NULL, NULL, chain->key) == 1 &&
              EVP_DigestSign(context, signature, &size, (const uint8_t *)text,
                             strlen(text)) == 1;
    EVP_MD_CTX_free(context);
    if (!ok)
        return ST_NO_MEMORY;
    struct query *query =
        db_query(chain->db, "INSERT INTO signed_head (batch, at_ms, hash, key, signature)"
                            " VALUES (?1, ?2, ?3, ?4, ?5)");
    query_int(query, 1, chain->batch);
    query_int(query, 2, now_ms);
    query_blob(query, 3, chain->head, 32);
    query_blob(query, 4, chain->public_key, 32);
    query_blob(query, 5, signature, sizeof signature);
    int status = query_put(query);
    if (status == ST_OK)
        chain->signed_batch = chain->batch;
    return status;
}

/* ---- opening ------------------------------------------------------------------------
 */

static int copy_hash(struct query *query, int column, uint8_t ret[32])
{
    size_t size;
    const void *data = query_get_blob(query, column, &size);
    if (size != 32)
        return ST_CORRUPT;
    memcpy(ret, data, 32);
    return ST_OK;
}

static int load_state(struct chain *chain)
{
    struct query *query =
        db_query(chain->db, "SELECT coalesce(max(position), 0) FROM event");
    int status = query_find_int(query, &chain->position);
    if (status != ST_OK)
        return status;
    query =
        db_query(chain->db, "SELECT batch, hash FROM chain ORDER BY batch DESC LIMIT 1");
    status = query_step(query);
    if (status == 1) {
        chain->batch = query_get_int(query, 0);
        status = copy_hash(query, 1, chain->head);
        query_reset(query);
    }
    if (status < 0)
        return status;
    query = db_query(chain->db, "SELECT number, bytes FROM instance WHERE key = 'notes'");
    status = query_step(query);
    if (status == 1) {
        chain->note_sequence = query_get_int(query, 0);
        status = copy_hash(query, 1, chain->note_head);
        query_reset(query);
    }
    if (status < 0)
        return status;
    query = db_query(chain->db, "SELECT coalesce(max(batch), 0) FROM signed_head");
    return query_find_int(query, &chain->signed_batch);
}

int chain_open(struct chain **ret, struct db *db, const char *key_path,
               struct random *random, struct diag *reterr)
{
    struct chain *chain = mem_calloc(1, sizeof *chain);
    if (chain == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory for the chain");
    chain->db = db;
    text_init(&chain->body, CHAIN_BODY_MAX);
    int status = event_hasher_new(&chain->hasher);
    if (status == ST_OK)
        status = load_state(chain);
    if (status != ST_OK)
        (void)diag_set(reterr, status, 0, 0, "chain", "cannot be read");
    if (status == ST_OK && key_path != NULL)
        status = load_key(chain, key_path, random, reterr);
    if (status != ST_OK) {
        chain_close(chain);
        return status;
    }
    chain_committed(chain);
    *ret = chain;
    return ST_OK;
}

static void drop_events(struct chain *chain, uint32_t count)
{
    while (chain->event_count > count) {
        struct chain_event *event = &chain->events[--chain->event_count];
        mem_free(event->kind);
        mem_free(event->body);
    }
}

void chain_close(struct chain *chain)
{
    if (chain == NULL)
        return;
    drop_events(chain, 0);
    mem_free(chain->events);
    mem_free(chain->heads);
    text_release(&chain->body);
    event_hasher_free(chain->hasher);
    EVP_PKEY_free(chain->key);
    mem_free(chain);
}

/* ---- a batch ------------------------------------------------------------------------
 */

static int insert_event(struct chain *chain, const struct event *event,
                        const uint8_t hash[32])
{
    struct query *query =
        db_query(chain->db, "INSERT INTO event (position, incident_id, sequence, at_ms,"
                            " kind, body, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    query_int(query, 1, chain->position + 1);
    query_int(query, 2, event->incident_id);
    query_int(query, 3, event->sequence);
    query_int(query, 4, event->at_ms);
    query_text_kept(query, 5, event->kind);
    query_text_kept(query, 6, text_string(&chain->body));
    query_blob_kept(query, 7, hash, 32);
    return query_put(query);
}

/* Room for what is remembered of one event, before anything is written. */
static int make_room(struct chain *chain)
{
    int status = mem_grow(&chain->events, &chain->event_capacity, chain->event_count + 1,
                          sizeof *chain->events, CHAIN_BATCH_EVENTS_MAX);
    if (status == ST_OK)
        status = mem_grow(&chain->heads, &chain->head_capacity, chain->head_count + 1,
                          sizeof *chain->heads, CHAIN_BATCH_EVENTS_MAX);
    return status;
}

static void remember_head(struct chain *chain, const struct event *event,
                          const uint8_t hash[32])
{
    /* Events of one incident mostly come in a row. */
    struct chain_head *last = chain->head_count == chain->head_fence
                                  ? NULL
                                  : &chain->heads[chain->head_count - 1];
    if (last == NULL || last->incident_id != event->incident_id)
        last = &chain->heads[chain->head_count++];
    last->incident_id = event->incident_id;
    last->sequence = event->sequence;
    memcpy(last->hash, hash, 32);
}

int chain_append(struct chain *chain, struct event *event, int64_t *sequence,
                 uint8_t head[32], int64_t *ret_position)
{
    int status = make_room(chain);
    if (status != ST_OK)
        return status;
    event->sequence = *sequence + 1;
    text_clear(&chain->body);
    event_body(event, &chain->body);
    if (chain->body.status != ST_OK)
        return chain->body.status;
    assert(chain->body.size <= EVENT_BODY_MAX);
    uint8_t hash[32];
    event_hash(chain->hasher, head, text_string(&chain->body), chain->body.size, hash);
    struct chain_event kept = {.position = chain->position + 1,
                               .incident_id = event->incident_id,
                               .kind = mem_strdup(event->kind),
                               .body = mem_strdup(text_string(&chain->body))};
    status = kept.kind == NULL || kept.body == NULL ? ST_NO_MEMORY
                                                    : insert_event(chain, event, hash);
    if (status != ST_OK) {
        mem_free(kept.kind);
        mem_free(kept.body);
        return status;
    }
    chain->events[chain->event_count++] = kept;
    remember_head(chain, event, hash);
    chain->position++;
    *sequence = event->sequence;
    memcpy(head, hash, 32);
    if (ret_position != NULL)
        *ret_position = kept.position;
    return ST_OK;
}

int chain_note(struct chain *chain, struct event *event)
{
    event->incident_id = 0;
    return chain_append(chain, event, &chain->note_sequence, chain->note_head, NULL);
}

static int store_notes(struct chain *chain)
{
    struct query *query = db_query(
        chain->db, "INSERT INTO instance (key, number, bytes) VALUES ('notes', ?1, ?2)"
                   " ON CONFLICT(key) DO UPDATE SET number = excluded.number,"
                   " bytes = excluded.bytes");
    query_int(query, 1, chain->note_sequence);
    query_blob(query, 2, chain->note_head, 32);
    return query_put(query);
}

/* Whether a later entry of the same incident follows. Batches touch few incidents. */
static bool is_outdated(const struct chain *chain, uint32_t index)
{
    for (uint32_t i = index + 1; i < chain->head_count; i++)
        if (chain->heads[i].incident_id == chain->heads[index].incident_id)
            return true;
    return false;
}

int chain_end_batch(struct chain *chain, int64_t now_ms)
{
    if (chain->head_count == 0)
        return ST_OK;
    struct text *body = &chain->body;
    text_clear(body);
    text_appendf(body, "{\"batch\":%lld,\"at\":%lld,\"heads\":[",
                 (long long)chain->batch + 1, (long long)now_ms);
    bool first = true;
    for (uint32_t i = 0; i < chain->head_count; i++) {
        const struct chain_head *head = &chain->heads[i];
        if (is_outdated(chain, i))
            continue;
        char hex[65];
        text_to_hex(head->hash, 32, hex);
        text_appendf(body, "%s[%lld,%lld,\"%s\"]", first ? "" : ",",
                     (long long)head->incident_id, (long long)head->sequence, hex);
        first = false;
    }
    text_append_string(body, "]}");
    if (body->status != ST_OK)
        return body->status;
    uint8_t hash[32];
    event_hash(chain->hasher, chain->head, text_string(body), body->size, hash);
    struct query *query = db_query(chain->db, "INSERT INTO chain (batch, at_ms, body,"
                                              " hash) VALUES (?1, ?2, ?3, ?4)");
    query_int(query, 1, chain->batch + 1);
    query_int(query, 2, now_ms);
    query_text(query, 3, text_string(body));
    query_blob(query, 4, hash, 32);
    int status = query_put(query);
    if (status == ST_OK && chain->note_sequence != chain->note_sequence_before)
        status = store_notes(chain);
    if (status != ST_OK)
        return status;
    chain->batch++;
    memcpy(chain->head, hash, 32);
    return ST_OK;
}

void chain_take_events(struct chain *chain, struct chain_event **ret, uint32_t *ret_count)
{
    *ret = chain->events;
    *ret_count = chain->event_count;
    chain->events = NULL;
    chain->event_count = chain->event_capacity = 0;
}

void chain_committed(struct chain *chain)
{
    drop_events(chain, 0);
    chain->head_count = chain->head_fence = 0;
    chain->position_before = chain->position;
    chain->batch_before = chain->batch;
    chain->signed_before = chain->signed_batch;
    chain->note_sequence_before = chain->note_sequence;
    memcpy(chain->head_before, chain->head, 32);
    memcpy(chain->note_head_before, chain->note_head, 32);
}

void chain_rolled_back(struct chain *chain)
{
    drop_events(chain, 0);
    chain->head_count = chain->head_fence = 0;
    chain->position = chain->position_before;
    chain->batch = chain->batch_before;
    chain->signed_batch = chain->signed_before;
    chain->note_sequence = chain->note_sequence_before;
    memcpy(chain->head, chain->head_before, 32);
    memcpy(chain->note_head, chain->note_head_before, 32);
}

void chain_mark(struct chain *chain, struct chain_mark *ret)
{
    chain->head_fence = chain->head_count;
    ret->position = chain->position;
    ret->note_sequence = chain->note_sequence;
    memcpy(ret->note_head, chain->note_head, 32);
    ret->event_count = chain->event_count;
    ret->head_count = chain->head_count;
}

void chain_back_to(struct chain *chain, const struct chain_mark *mark)
{
    drop_events(chain, mark->event_count);
    chain->position = mark->position;
    chain->note_sequence = mark->note_sequence;
    memcpy(chain->note_head, mark->note_head, 32);
    chain->head_count = mark->head_count;
}
