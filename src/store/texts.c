/* SPDX-License-Identifier: Apache-2.0 */
#include "store/texts.h"

#include "base/mem.h"
#include "base/status.h"
#include "store/writer_internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[TEXT_KIND_COUNT] = {"title", "reason", "report", "notes"};

int text_read(struct db *db, struct vault *vault, int64_t incident_id,
              enum text_kind kind, int64_t row, char **ret)
{
    struct query *query =
        db_query(db, "SELECT id, key_slot, box FROM text WHERE incident_id = ?1"
                     " AND kind = ?2 AND row = ?3 ORDER BY id DESC LIMIT 1");
    query_int(query, 1, incident_id);
    query_text(query, 2, kinds[kind]);
    query_int(query, 3, row);
    int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    size_t box_size, size;
    const void *box = query_get_blob(query, 2, &box_size);
    status = vault_unseal(vault, query_get_int(query, 1), "text", query_get_int(query, 0),
                          box, box_size, ret, &size);
    query_reset(query);
    return status;
}

int text_put(struct writer *writer, int64_t incident_id, enum text_kind kind, int64_t row,
             int64_t person_id, const char *text, int64_t now_ms, uint8_t ret_hash[32])
{
    return stage_put_text(writer_stage(writer), incident_id, kinds[kind], row, person_id,
                          text, now_ms, ret_hash);
}

/* ---- the requester ------------------------------------------------------------------
 */

static int incident_slot(struct db *db, int64_t incident_id, int64_t *ret)
{
    struct query *query = db_query(db, "SELECT key_slot FROM incident WHERE id = ?1");
    query_int(query, 1, incident_id);
    return query_find_int(query, ret);
}

static void copy_text(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from);
}

int requester_read(struct db *db, struct vault *vault, int64_t incident_id,
                   struct requester *ret)
{
    int64_t slot;
    int status = incident_slot(db, incident_id, &slot);
    if (status != ST_OK)
        return status;
    struct query *query =
        db_query(db, "SELECT consent, box FROM requester WHERE incident_id = ?1");
    query_int(query, 1, incident_id);
    status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    size_t size;
    const void *box = query_get_blob(query, 1, &size);
    struct vault_texts texts;
    status = vault_unseal_texts(vault, slot, "requester", incident_id, box, size, &texts);
    bool consent = query_get_int(query, 0) != 0;
    query_reset(query);
    if (status != ST_OK)
        return status;
    *ret = (struct requester){.consent = consent, .given = true};
    copy_text(ret->name, sizeof ret->name, texts.texts[0]);
    copy_text(ret->phone, sizeof ret->phone, texts.texts[1]);
    copy_text(ret->address, sizeof ret->address, texts.texts[2]);
    vault_texts_release(&texts);
    return ST_OK;
}

int requester_put(struct stage *stage, int64_t incident_id,
                  const struct requester *requester)
{
    int64_t slot;
    int status = stage_incident_slot(stage, incident_id, &slot);
    if (status != ST_OK)
        return status;
    const char *const texts[] = {requester->name, requester->phone, requester->address};
    uint8_t *box;
    size_t size;
    status = vault_seal_texts(stage->vault, slot, "requester", incident_id, texts, 3,
                              &box, &size);
    if (status != ST_OK)
        return status;
    struct query *query =
        db_query(stage->db, "INSERT INTO requester (incident_id, consent, box)"
                            " VALUES (?1, ?2, ?3) ON CONFLICT(incident_id) DO UPDATE SET"
                            " consent = excluded.consent, box = excluded.box");
    query_int(query, 1, incident_id);
    query_int(query, 2, requester->consent);
    query_blob(query, 3, box, size);
    mem_free(box);
    return query_run(query);
}

int requester_copy(struct stage *stage, int64_t from, int64_t into)
{
    struct requester requester;
    int status = requester_read(stage->db, stage->vault, into, &requester);
    if (status != ST_NOT_FOUND)
        return status;
    status = requester_read(stage->db, stage->vault, from, &requester);
    if (status == ST_NOT_FOUND)
        return ST_OK;
    return status == ST_OK ? requester_put(stage, into, &requester) : status;
}

/* ---- positions ----------------------------------------------------------------------
 */

int position_read(struct db *db, struct vault *vault, int64_t assignment_id,
                  struct point *ret, int64_t *ret_at_ms)
{
    struct query *query = db_query(
        db, "SELECT position.at_ms, position.box, person.key_slot FROM position"
            " JOIN assignment ON assignment.id = position.assignment_id"
            " JOIN person ON person.id = assignment.person_id WHERE assignment_id = ?1");
    query_int(query, 1, assignment_id);
    int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    size_t box_size, size;
    char *plain;
    const void *box = query_get_blob(query, 1, &box_size);
    status = vault_unseal(vault, query_get_int(query, 2), "position", assignment_id, box,
                          box_size, &plain, &size);
    int64_t at_ms = query_get_int(query, 0);
    query_reset(query);
    if (status != ST_OK)
        return status;
    status = size == sizeof *ret ? ST_OK : ST_CORRUPT;
    if (status == ST_OK) {
        memcpy(ret, plain, sizeof *ret);
        *ret_at_ms = at_ms;
    }
    mem_free(plain);
    return status;
}

int position_put(struct writer *writer, int64_t assignment_id, int64_t person_id,
                 struct point at, int64_t at_ms)
{
    struct stage *stage = writer_stage(writer);
    int64_t slot;
    uint8_t *box;
    size_t size;
    struct query *query =
        db_query(stage->db, "SELECT key_slot FROM person WHERE id = ?1");
    query_int(query, 1, person_id);
    int status = query_find_int(query, &slot);
    if (status == ST_OK)
        status = stage_note_position(stage, person_id, at);
    if (status == ST_OK)
        status = vault_seal(stage->vault, slot, "position", assignment_id, &at, sizeof at,
                            &box, &size);
    if (status != ST_OK)
        return status;
    query = db_query(
        stage->db, "INSERT INTO position (assignment_id, at_ms, box) VALUES (?1, ?2, ?3)"
                   " ON CONFLICT(assignment_id) DO UPDATE SET at_ms = excluded.at_ms,"
                   " box = excluded.box");
    query_int(query, 1, assignment_id);
    query_int(query, 2, at_ms);
    query_blob(query, 3, box, size);
    mem_free(box);
    return query_run(query);
}
