/* SPDX-License-Identifier: Apache-2.0 */
#include "store/applicant.h"

#include "base/mem.h"
#include "base/status.h"
#include "store/area.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/vault.h"
#include "store/writer_internal.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define TABLE "applicant"
/* The telephone number of somebody on file. */
#define KNOWN                                                                            \
    " FROM person WHERE person.phone_hash = applicant.phone_hash AND person.retired = 0" \
    " AND person.alias_of = 0 ORDER BY person.id LIMIT 1"

#define X(name, code) code,
static const char *const states[] = {APPLICANT_STATE_LIST(X)};
#undef X

const char *applicant_state_code(enum applicant_state state)
{
    assert((unsigned)state < COUNT_OF(states));
    return states[state];
}

bool applicant_phone_is_right(const char *phone)
{
    int digits = 0;
    for (const char *at = phone; *at != '\0'; at++)
        digits += isdigit((unsigned char)*at) != 0;
    return digits >= APPLICANT_PHONE_DIGITS_MIN && strlen(phone) <= PERSON_PHONE_MAX &&
           strspn(phone, "0123456789+-() ") == strlen(phone);
}

/* ---- reading ------------------------------------------------------------------------
 */

int applicant_area(struct db *db, int64_t id, int64_t *ret_area_id)
{
    struct query *query = db_query(db, "SELECT area_id FROM applicant WHERE id = ?1");
    query_int(query, 1, id);
    return query_find_int(query, ret_area_id);
}

int applicants_count(struct db *db,
                     int (*visit)(void *context, int64_t area_id, int64_t count),
                     void *context)
{
    struct query *query =
        db_query(db, "SELECT area_id, count(*) FROM applicant WHERE state = 'waiting'"
                     " GROUP BY area_id");
    int status;
    while ((status = query_step(query)) == 1) {
        const int stop = visit(context, query_get_int(query, 0), query_get_int(query, 1));
        if (stop != ST_OK)
            return query_stop(query, stop);
    }
    return status;
}

static int unseal(struct query *query, struct vault *vault, struct applicant *ret)
{
    size_t size;
    const void *box = query_get_blob(query, 4, &size);
    struct vault_texts texts;
    int status = vault_unseal_texts(vault, query_get_int(query, 3), TABLE, ret->id, box,
                                    size, &texts);
    if (status != ST_OK)
        return status;
    (void)snprintf(ret->name, sizeof ret->name, "%s", texts.texts[0]);
    (void)snprintf(ret->phone, sizeof ret->phone, "%s", texts.texts[1]);
    (void)snprintf(ret->skills, sizeof ret->skills, "%s", texts.texts[3]);
    status = road_mode_parse(texts.texts[2], &ret->mode) ? ST_OK : ST_CORRUPT;
    vault_texts_release(&texts);
    return status;
}

int applicants_each(struct db *db, struct vault *vault, int64_t after,
                    int (*visit)(void *context, const struct applicant *applicant),
                    void *context)
{
    AUTO_FREE struct applicant *one = mem_alloc(sizeof *one);
    if (one == NULL)
        return ST_NO_MEMORY;
    struct query *query =
        db_query(db, "SELECT id, area_id, at_ms, key_slot, box,"
                     " (SELECT person.number" KNOWN "),"
                     " (SELECT person.area_id" KNOWN ") FROM applicant"
                     " WHERE state = 'waiting' AND id > ?1 ORDER BY id");
    query_int(query, 1, after);
    int status;
    while ((status = query_step(query)) == 1) {
        *one = (struct applicant){.id = query_get_int(query, 0),
                                  .area_id = query_get_int(query, 1),
                                  .received_ms = query_get_int(query, 2)};
        int stop = unseal(query, vault, one);
        if (!query_get_null(query, 5)) {
            (void)snprintf(one->known, sizeof one->known, "%s", query_get_text(query, 5));
            one->known_area_id = query_get_int(query, 6);
        }
        if (stop == ST_NOT_FOUND) /* decided about since this read began */
            continue;
        if (stop == ST_OK)
            stop = visit(context, one);
        if (stop != ST_OK)
            return query_stop(query, stop);
    }
    return status;
}

/* ---- commands -----------------------------------------------------------------------
 */

static int count_waiting(struct db *db, int64_t *ret)
{
    struct query *query =
        db_query(db, "SELECT count(*) FROM applicant WHERE state = 'waiting'");
    const int status = query_step(query);
    *ret = status == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

/* The id and slot of who waits with this number; of a new one if nobody does. */
static int find_or_make(struct writer *writer, const uint8_t hash[VAULT_HASH_SIZE],
                        int64_t *ret_id, int64_t *ret_slot)
{
    struct query *query =
        db_query(writer_db(writer), "SELECT id, key_slot FROM applicant"
                                    " WHERE state = 'waiting' AND phone_hash = ?1");
    query_blob(query, 1, hash, VAULT_HASH_SIZE);
    const int status = query_step(query);
    if (status == 1) {
        *ret_id = query_get_int(query, 0);
        *ret_slot = query_get_int(query, 1);
    }
    query_reset(query);
    if (status != 0)
        return status < 0 ? status : ST_OK;
    *ret_id = writer_new_id(writer);
    return vault_new_slot(writer_stage(writer)->vault, ret_slot);
}

static int store(struct writer *writer, const struct applicant *applicant, int64_t slot,
                 const uint8_t hash[VAULT_HASH_SIZE], int64_t now_ms)
{
    const char *const texts[] = {applicant->name, applicant->phone,
                                 road_mode_name(applicant->mode), applicant->skills};
    uint8_t *box;
    size_t size;
    const int status =
        vault_seal_texts(writer_stage(writer)->vault, slot, TABLE, applicant->id, texts,
                         COUNT_OF(texts), &box, &size);
    if (status != ST_OK)
        return status;
    struct query *query = db_query(
        writer_db(writer), "INSERT INTO applicant (id, area_id, state, at_ms, key_slot,"
                           " phone_hash, box) VALUES (?1, ?2, 'waiting', ?3, ?4, ?5, ?6)"
                           " ON CONFLICT(id) DO UPDATE SET area_id = excluded.area_id,"
                           " at_ms = excluded.at_ms, box = excluded.box");
    query_int(query, 1, applicant->id);
    query_int(query, 2, applicant->area_id);
    query_int(query, 3, now_ms);
    query_int(query, 4, slot);
    query_blob(query, 5, hash, VAULT_HASH_SIZE);
    query_blob(query, 6, box, size);
    mem_free(box);
    return query_run(query);
}

int applicant_put(struct writer *writer, struct applicant *applicant, int64_t now_ms,
                  struct diag *reterr)
{
    uint8_t hash[VAULT_HASH_SIZE];
    int64_t waiting, slot;
    assert(applicant_phone_is_right(applicant->phone));
    int status = area_expect(writer_db(writer), applicant->area_id, reterr);
    if (status == ST_OK)
        status = count_waiting(writer_db(writer), &waiting);
    if (status == ST_OK && waiting >= APPLICANTS_MAX)
        return diag_set(reterr, ST_BUSY, 0, 0, "applicant",
                        "as many people wait as can be kept");
    vault_phone_hash(writer_stage(writer)->vault, applicant->phone, hash);
    if (status == ST_OK)
        status = find_or_make(writer, hash, &applicant->id, &slot);
    if (status == ST_OK)
        status = store(writer, applicant, slot, hash, now_ms);
    return status == ST_OK
               ? writer_note(writer, "applicant.received", 0, applicant->id, NULL, now_ms)
               : status;
}

static int read_waiting(struct db *db, int64_t id, int64_t *ret_slot, struct diag *reterr)
{
    struct query *query =
        db_query(db, "SELECT state, key_slot FROM applicant WHERE id = ?1");
    query_int(query, 1, id);
    const int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    const bool waits = strcmp(query_get_text(query, 0), states[APPLICANT_WAITING]) == 0;
    *ret_slot = query_get_int(query, 1);
    query_reset(query);
    return waits ? ST_OK
                 : diag_set(reterr, ST_CONFLICT, 0, 0, "applicant",
                            "they wait no more: the office has decided, or 90 days are "
                            "over");
}

int applicant_expect(struct db *db, int64_t id, struct diag *reterr)
{
    int64_t slot;
    return read_waiting(db, id, &slot, reterr);
}

/* Nothing readable is left: the box goes with the row's change, its key with the commit.
 */
static int end(struct writer *writer, int64_t id, enum applicant_state state,
               int64_t actor, int64_t person_id, int64_t now_ms, struct diag *reterr)
{
    char kind[32];
    int64_t slot;
    int status = read_waiting(writer_db(writer), id, &slot, reterr);
    if (status != ST_OK)
        return status;
    struct query *query =
        db_query(writer_db(writer), "UPDATE applicant SET state = ?2, at_ms = ?3,"
                                    " phone_hash = NULL, box = NULL WHERE id = ?1");
    query_int(query, 1, id);
    query_text(query, 2, states[state]);
    query_int(query, 3, now_ms);
    status = query_run(query);
    if (status == ST_OK)
        status = writer_destroy_slot(writer, slot);
    (void)snprintf(kind, sizeof kind, "applicant.%s", states[state]);
    return status == ST_OK ? stage_note(writer_stage(writer), kind, actor, id, NULL,
                                        person_id, now_ms)
                           : status;
}

int applicant_accept(struct writer *writer, int64_t id, int64_t person_id, int64_t actor,
                     int64_t now_ms, struct diag *reterr)
{
    return end(writer, id, APPLICANT_ACCEPTED, actor, person_id, now_ms, reterr);
}

int applicant_decline(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms,
                      struct diag *reterr)
{
    return end(writer, id, APPLICANT_DECLINED, actor, 0, now_ms, reterr);
}

/* ---- whoever has waited too long ----------------------------------------------------
 */

/* *RET 0: nobody. */
static int find_old(struct db *db, int64_t now_ms, int64_t *ret)
{
    struct query *query = db_query(db, "SELECT id FROM applicant WHERE state = 'waiting'"
                                       " AND at_ms <= ?1 LIMIT 1");
    query_int(query, 1, now_ms - APPLICANT_WAITS_MS);
    const int status = query_step(query);
    *ret = status == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

static int expire(void *context, struct writer *writer, int64_t now_ms,
                  struct diag *reterr)
{
    (void)context;
    int64_t id = 0;
    for (int i = 0; i < APPLICANTS_EXPIRED_AT_ONCE; i++) {
        int status = find_old(writer_db(writer), now_ms, &id);
        if (status != ST_OK || id == 0)
            return status;
        status = end(writer, id, APPLICANT_EXPIRED, 0, 0, now_ms, reterr);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

int applicants_expire(struct db *db, struct writer *writer, int64_t now_ms)
{
    int64_t id;
    const int status = find_old(db, now_ms, &id);
    if (status != ST_OK || id == 0)
        return status;
    return command_call(writer, expire, NULL, NULL);
}
