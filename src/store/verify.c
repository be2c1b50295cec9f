/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the events in order of position keeps, for every incident, the sequence
 * and hash its chain should have; the instance chain is checked against that as it goes
 * by, and the incidents' rows at the end. */
#include "store/verify.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "store/chain.h"
#include "store/db.h"
#include "store/ledger.h"
#include "store/places.h"
#include "store/rows.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define INCIDENTS_MAX 10000000

struct chain_state {
    int64_t incident_id, sequence;
    uint8_t hash[32];
};

struct check {
    struct db *db;
    struct verify_result *result;
    struct text *findings;
    struct chain_state *chains; /* sorted by incident id */
    uint32_t count, capacity;
    struct rows rows;
    struct skill_table skills;
    struct event_hasher *hasher;
};

static void found(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void found(struct check *check, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (check->result->findings++ < VERIFY_FINDINGS_MAX)
        text_appendf(check->findings, "%s\n", line);
}

static uint32_t lower_bound(const struct check *check, int64_t incident_id)
{
    uint32_t low = 0, high = check->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (check->chains[middle].incident_id < incident_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The state of an incident's chain; made at its first event. */
static struct chain_state *state_of(struct check *check, int64_t incident_id)
{
    uint32_t index = lower_bound(check, incident_id);
    if (index < check->count && check->chains[index].incident_id == incident_id)
        return &check->chains[index];
    if (mem_grow(&check->chains, &check->capacity, check->count + 1,
                 sizeof *check->chains, INCIDENTS_MAX) != ST_OK)
        return NULL;
    memmove(&check->chains[index + 1], &check->chains[index],
            (check->count - index) * sizeof *check->chains);
    check->count++;
    check->chains[index] = (struct chain_state){.incident_id = incident_id};
    return &check->chains[index];
}

/* ---- events -------------------------------------------------------------------------
 */

static bool body_fits(const char *body, int64_t incident_id, int64_t sequence)
{
    char start[96];
    int size = snprintf(start, sizeof start, "{\"incident\":%lld,\"seq\":%lld,",
                        (long long)incident_id, (long long)sequence);
    return strncmp(body, start, (size_t)size) == 0;
}

static bool is_hash(const void *stored, size_t size, const uint8_t wanted[32])
{
    return size == 32 && memcmp(stored, wanted, 32) == 0;
}

/* The stored hash is not the one that the body gives; WHERE says of what. */
static void found_hash(struct check *check, const char *where, const void *stored,
                       size_t size, const uint8_t wanted[32])
{
    char found_text[65] = "none of 32 bytes", wanted_text[65];
    if (size == 32)
        text_to_hex(stored, 32, found_text);
    text_to_hex(wanted, 32, wanted_text);
    found(check, "%s is wrong: expected %s, found %s", where, wanted_text, found_text);
}

static int check_event(struct check *check, struct query *query, int64_t expected)
{
    int64_t position = query_get_int(query, 0), incident_id = query_get_int(query, 1);
    int64_t sequence = query_get_int(query, 2);
    const char *body = query_get_text(query, 3);
    size_t size;
    const void *hash = query_get_blob(query, 4, &size);
    struct chain_state *state = state_of(check, incident_id);
    if (state == NULL)
        return ST_NO_MEMORY;
    if (position != expected)
        found(check, "event %lld: events %lld to %lld are missing", (long long)position,
              (long long)expected, (long long)position - 1);
    if (sequence != state->sequence + 1)
        found(check, "event %lld: incident %lld goes from sequence %lld to %lld",
              (long long)position, (long long)incident_id, (long long)state->sequence,
              (long long)sequence);
    if (!body_fits(body, incident_id, sequence))
        found(check, "event %lld: the body does not fit the row", (long long)position);
    uint8_t wanted[32];
    event_hash(check->hasher, state->hash, body, strlen(body), wanted);
    if (!is_hash(hash, size, wanted)) {
        char where[120];
        (void)snprintf(where, sizeof where,
                       "event %lld: the hash of incident %lld sequence %lld",
                       (long long)position, (long long)incident_id, (long long)sequence);
        found_hash(check, where, hash, size, wanted);
    }
    state->sequence = sequence;
    if (size == 32) /* go on from what stands there, so that one damage is one line */
        memcpy(state->hash, hash, 32);
    check->result->events++;
    return ST_OK;
}

/* The heads a batch names are those of the events read so far. */
static void check_heads(struct check *check, int64_t batch, const json_t *heads)
{
    size_t index;
    const json_t *head;
    json_array_foreach(heads, index, head)
    {
        int64_t incident_id = json_integer_value(json_array_get(head, 0));
        int64_t sequence = json_integer_value(json_array_get(head, 1));
        const char *text = json_string_value(json_array_get(head, 2));
        struct chain_state *state = state_of(check, incident_id);
        uint8_t hash[32];
        if (state == NULL || text == NULL || !text_from_hex(text, hash, 32) ||
            state->sequence != sequence || memcmp(state->hash, hash, 32) != 0)
            found(check, "batch %lld: the head of incident %lld is not that of its event",
                  (long long)batch, (long long)incident_id);
    }
}

/* How many events a batch stands for: up to the last head it names. */
static bool batch_is_covered(const struct check *check, const json_t *heads)
{
    size_t index;
    const json_t *head;
    json_array_foreach(heads, index, head)
    {
        int64_t incident_id = json_integer_value(json_array_get(head, 0));
        int64_t sequence = json_integer_value(json_array_get(head, 1));
        uint32_t at = lower_bound(check, incident_id);
        if (at >= check->count || check->chains[at].incident_id != incident_id ||
            check->chains[at].sequence < sequence)
            return false;
    }
    return true;
}

struct walk {
    struct query *events;
    int status; /* of the events' query: 1 = a row stands ready */
    int64_t expected;
};

/* Reads events until everything the batch names has gone by. */
static int advance(struct check *check, struct walk *walk, const json_t *heads)
{
    while (walk->status == 1 && (heads == NULL || !batch_is_covered(check, heads))) {
        int status = check_event(check, walk->events, walk->expected);
        if (status != ST_OK)
            return status;
        walk->expected = query_get_int(walk->events, 0) + 1;
        walk->status = query_step(walk->events);
    }
    return walk->status < 0 ? walk->status : ST_OK;
}

static int check_batch(struct check *check, struct query *query, struct walk *walk,
                       int64_t expected, uint8_t previous[32])
{
    int64_t batch = query_get_int(query, 0);
    const char *body = query_get_text(query, 1);
    size_t size;
    const void *hash = query_get_blob(query, 2, &size);
    if (batch != expected)
        found(check, "batch %lld: batches %lld to %lld are missing", (long long)batch,
              (long long)expected, (long long)batch - 1);
    uint8_t wanted[32];
    event_hash(check->hasher, previous, body, strlen(body), wanted);
    if (!is_hash(hash, size, wanted)) {
        char where[60];
        (void)snprintf(where, sizeof where, "batch %lld: its hash", (long long)batch);
        found_hash(check, where, hash, size, wanted);
    }
    if (size == 32)
        memcpy(previous, hash, 32);
    json_t *parsed = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    const json_t *heads = json_object_get(parsed, "heads");
    int status = ST_OK;
    if (!json_is_array(heads) ||
        json_integer_value(json_object_get(parsed, "batch")) != batch)
        found(check, "batch %lld: its body is damaged", (long long)batch);
    else if ((status = advance(check, walk, heads)) == ST_OK)
        check_heads(check, batch, heads);
    json_decref(parsed);
    check->result->batches++;
    return status;
}

static int check_chains(struct check *check)
{
    struct walk walk = {
        .events = db_query(check->db, "SELECT position, incident_id, sequence, body, hash"
                                      " FROM event UNION ALL SELECT position,"
                                      " incident_id, sequence, body, hash"
                                      " FROM event_archive ORDER BY position"),
        .expected = 1};
    walk.status = query_step(walk.events);
    struct query *query =
        db_query(check->db, "SELECT batch, body, hash FROM chain ORDER BY batch");
    uint8_t previous[32] = {0};
    int64_t expected = 1;
    int status;
    while ((status = query_step(query)) == 1) {
        int failed = check_batch(check, query, &walk, expected, previous);
        expected = query_get_int(query, 0) + 1;
        if (failed != ST_OK)
            return query_stop(query, failed);
    }
    uint64_t covered = check->result->events;
    if (status == ST_OK)
        status = advance(check, &walk, NULL);
    if (check->result->events > covered)
        found(check, "%llu events at the end belong to no batch",
              (unsigned long long)(check->result->events - covered));
    return status;
}

/* ---- signatures ---------------------------------------------------------------------
 */

static int hash_of_batch(struct check *check, int64_t batch, uint8_t ret[32])
{
    struct query *query = db_query(check->db, "SELECT hash FROM chain WHERE batch = ?1");
    query_int(query, 1, batch);
    int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    size_t size;
    const void *hash = query_get_blob(query, 0, &size);
    if (size == 32)
        memcpy(ret, hash, 32);
    query_reset(query);
    return size == 32 ? ST_OK : ST_NOT_FOUND;
}

static int check_signatures(struct check *check)
{
    struct query *query =
        db_query(check->db, "SELECT batch, at_ms, hash, key, signature FROM signed_head");
    int status;
    while ((status = query_step(query)) == 1) {
        int64_t batch = query_get_int(query, 0);
        size_t hash_size, key_size, signature_size;
        const uint8_t *hash = query_get_blob(query, 2, &hash_size);
        const uint8_t *key = query_get_blob(query, 3, &key_size);
        const uint8_t *signature = query_get_blob(query, 4, &signature_size);
        char text[160];
        uint8_t wanted[32];
        if (hash_size != 32 || key_size != 32 || signature_size != 64) {
            found(check, "signature of batch %lld: it is damaged", (long long)batch);
            continue;
        }
        chain_signed_text(batch, query_get_int(query, 1), hash, text);
        if (!chain_check_signature(key, text, signature))
            found(check, "signature of batch %lld: it does not hold", (long long)batch);
        if (hash_of_batch(check, batch, wanted) != ST_OK || memcmp(hash, wanted, 32) != 0)
            found(check, "signature of batch %lld: it is for another head",
                  (long long)batch);
        check->result->signatures++;
    }
    return status;
}

static void check_exported(struct check *check, uint32_t number, const char *line)
{
    json_t *head = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    const char *hash_text = json_string_value(json_object_get(head, "hash"));
    const char *key_text = json_string_value(json_object_get(head, "key"));
    const char *signature_text = json_string_value(json_object_get(head, "signature"));
    int64_t batch = json_integer_value(json_object_get(head, "batch"));
    int64_t at_ms = json_integer_value(json_object_get(head, "at"));
    uint8_t hash[32], key[32], signature[64], wanted[32];
    char text[160];
    if (hash_text == NULL || key_text == NULL || signature_text == NULL ||
        !text_from_hex(hash_text, hash, 32) || !text_from_hex(key_text, key, 32) ||
        !text_from_hex(signature_text, signature, 64)) {
        found(check, "heads line %u: it is no signed head", number);
        json_decref(head);
        return;
    }
    chain_signed_text(batch, at_ms, hash, text);
    if (!chain_check_signature(key, text, signature))
        found(check, "heads line %u: the signature does not hold", number);
    if (hash_of_batch(check, batch, wanted) != ST_OK || memcmp(hash, wanted, 32) != 0)
        found(check, "heads line %u: batch %lld is not in the chain with this hash",
              number, (long long)batch);
    check->result->signatures++;
    json_decref(head);
}

static void check_heads_file(struct check *check, const char *heads, size_t size)
{
    const char *end = heads + size;
    uint32_t number = 0;
    while (heads < end) {
        const char *stop = memchr(heads, '\n', (size_t)(end - heads));
        size_t length = (size_t)((stop == NULL ? end : stop) - heads);
        char *line = mem_strndup(heads, length);
        number++;
        if (line != NULL && line[strspn(line, " \r\t")] != '\0')
            check_exported(check, number, line);
        mem_free(line);
        heads += length + 1;
    }
}

uint64_t verify_pages(struct db *db, struct text *ret_findings)
{
    struct query *query = db_query(db, "PRAGMA quick_check(20)");
    uint64_t findings = 0;
    int status;
    while ((status = query_step(query)) == 1) {
        const char *line = query_get_text(query, 0);
        if (strcmp(line, "ok") == 0)
            continue;
        findings++;
        text_appendf(ret_findings, "the database file: %s\n", line);
    }
    if (status < 0) {
        findings++;
        text_appendf(ret_findings, "the database file cannot be read: %s\n",
                     status_text(status));
    }
    return findings;
}

int verify_export_heads(struct db *db, struct text *ret)
{
    int64_t last;
    return verify_export_heads_after(db, -1, UINT32_MAX, ret, &last);
}

int verify_export_heads_after(struct db *db, int64_t after, uint32_t max,
                              struct text *ret, int64_t *ret_last)
{
    struct query *query =
        db_query(db, "SELECT batch, at_ms, hash, key, signature FROM signed_head"
                     " WHERE batch > ?1 ORDER BY batch LIMIT ?2");
    query_int(query, 1, after);
    query_int(query, 2, max);
    int64_t last = after;
    int status;
    while ((status = query_step(query)) == 1) {
        char hash[65], key[65], signature[129];
        size_t size;
        text_to_hex(query_get_blob(query, 2, &size), 32, hash);
        text_to_hex(query_get_blob(query, 3, &size), 32, key);
        text_to_hex(query_get_blob(query, 4, &size), 64, signature);
        text_appendf(ret,
                     "{\"batch\":%lld,\"at\":%lld,\"hash\":\"%s\",\"key\":\"%s\","
                     "\"signature\":\"%s\"}\n",
                     (long long)query_get_int(query, 0),
                     (long long)query_get_int(query, 1), hash, key, signature);
        last = query_get_int(query, 0);
    }
    if (status == ST_OK)
        status = ret->status;
    if (status == ST_OK)
        *ret_last = last;
    return status;
}

/* ---- rows ---------------------------------------------------------------------------
 */

static int check_incident(struct check *check, int64_t id)
{
    struct loop_incident incident;
    struct diag diag = {0};
    int status = rows_load(&check->rows, check->db, id, &incident, NULL);
    if (status == ST_CORRUPT || status == ST_NOT_FOUND) {
        found(check, "incident %lld: a row of it is damaged", (long long)id);
        return ST_OK;
    }
    if (status != ST_OK)
        return status;
    if (loop_check(&incident, &diag) != ST_OK)
        found(check, "incident %lld: %s", (long long)id, diag.text);
    const struct chain_state *state = state_of(check, id);
    if (state == NULL)
        status = ST_NO_MEMORY;
    else if (incident.event_sequence != state->sequence ||
             memcmp(incident.chain_head, state->hash, 32) != 0)
        found(check,
              "incident %lld: its row says sequence %lld, its events %lld, or the"
              " hashes differ",
              (long long)id, (long long)incident.event_sequence,
              (long long)state->sequence);
    loop_incident_release(&incident);
    check->result->incidents++;
    return status;
}

static int check_incidents(struct check *check)
{
    int64_t last = 0;
    for (;;) {
        struct query *query =
            db_query(check->db, "SELECT min(id) FROM incident WHERE id > ?1");
        query_int(query, 1, last);
        int status = query_step(query);
        if (status < 0)
            return status;
        bool end = query_get_null(query, 0);
        last = query_get_int(query, 0);
        query_reset(query);
        if (end)
            return ST_OK;
        status = check_incident(check, last);
        if (status != ST_OK)
            return status;
    }
}

/* Rows that refer to nothing. Each: what is wrong, and a SELECT of the ids. */
static int check_references(struct check *check)
{
    static const struct {
        const char *what, *sql;
    } rules[] = {
        {"need without its incident",
         "SELECT id FROM need WHERE incident_id NOT IN (SELECT id FROM incident)"},
        {"call-out without its need",
         "SELECT id FROM callout WHERE need_id NOT IN (SELECT id FROM need)"},
        {"alert without its call-out",
         "SELECT id FROM alert WHERE callout_id NOT IN (SELECT id FROM callout)"},
        {"assignment without its alert",
         "SELECT id FROM assignment WHERE alert_id NOT IN (SELECT id FROM alert)"},
        {"message without its alert", "SELECT id FROM message WHERE area_id = 0"
                                      " AND alert_id NOT IN (SELECT id FROM alert)"},
        {"notice without its course",
         "SELECT id FROM notice WHERE course_id NOT IN (SELECT id FROM course)"},
        {"event without its incident",
         "SELECT position FROM event WHERE incident_id <> 0"
         " AND incident_id NOT IN (SELECT id FROM incident)"},
        {"plan record without its call-out",
         "SELECT id FROM plan_record WHERE callout_id NOT IN (SELECT id FROM callout)"},
        {"person left out without the call-out",
         "SELECT person_id FROM left_out"
         " WHERE callout_id NOT IN (SELECT id FROM callout)"},
        {"ledger entry without its assignment",
         "SELECT id FROM ledger WHERE assignment_id NOT IN (SELECT id FROM assignment)"},
        {"credit without a verification",
         "SELECT assignment_id FROM ledger JOIN assignment ON assignment.id ="
         " assignment_id WHERE verified_ms = 0"},
        {"person active in two actual assignments without a forced alert",
         "SELECT a.id FROM assignment a JOIN assignment b ON a.person_id = b.person_id"
         " AND a.id < b.id JOIN incident i ON i.id = a.incident_id JOIN incident j"
         " ON j.id = b.incident_id JOIN alert x ON x.id = b.alert_id JOIN alert y"
         " ON y.id = a.alert_id WHERE x.forced = 0 AND y.forced = 0"
         " AND i.exercise = 0 AND j.exercise = 0"
         " AND a.state IN ('assigned', 'en_route', 'on_scene', 'working')"
         " AND b.state IN ('assigned', 'en_route', 'on_scene', 'working')"},
    };
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        struct query *query = db_query(check->db, rules[i].sql);
        int status;
        while ((status = query_step(query)) == 1)
            found(check, "%s: %lld", rules[i].what, (long long)query_get_int(query, 0));
        if (status < 0)
            return status;
    }
    return ST_OK;
}

static int run_checks(struct check *check, const char *heads, size_t heads_size)
{
    int status = check_chains(check);
    if (status == ST_OK)
        status = check_signatures(check);
    if (status == ST_OK && heads != NULL)
        check_heads_file(check, heads, heads_size);
    if (status == ST_OK)
        status = check_incidents(check);
    if (status == ST_OK)
        status = check_references(check);
    struct diag diag = {0};
    if (status == ST_OK && (status = ledger_verify(check->db, &diag)) == ST_CORRUPT) {
        found(check, "ledger: %s", diag.text);
        status = ST_OK;
    }
    return status;
}

int verify_store(struct db *db, const char *heads, size_t heads_size,
                 struct verify_result *ret, struct text *ret_findings,
                 struct diag *reterr)
{
    struct verify_result result = {0};
    struct check *check = mem_calloc(1, sizeof *check);
    if (check == NULL || event_hasher_new(&check->hasher) != ST_OK) {
        mem_free(check);
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    }
    check->db = db;
    check->result = &result;
    check->findings = ret_findings;
    int status = db_begin_read(db);
    if (status == ST_OK)
        status = skills_load(db, &check->skills);
    rows_init(&check->rows, &check->skills);
    if (status == ST_OK)
        status = run_checks(check, heads, heads_size);
    db_end_read(db);
    mem_free(check->chains);
    event_hasher_free(check->hasher);
    mem_free(check);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, "database", "cannot be read: %s",
                        status_text(status));
    *ret = result;
    return ST_OK;
}
