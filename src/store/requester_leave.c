/* SPDX-License-Identifier: Apache-2.0 */
/* Who asked for help is erased from the records (decision 0121). What is sealed under the
 * incident's key (the requester, the title, notes, reasons) opens no more once that key
 * is destroyed. A row of the requester whose box is one zero byte says that it is to be:
 * the key's slot stays in the incident's row, so that none is given twice. */
#include "base/mem.h"
#include "base/status.h"
#include "crowd/crowd.h"
#include "store/read_incident.h"
#include "store/texts.h"
#include "store/writer_internal.h"

#include <string.h>

int requester_is_erased(struct db *db, int64_t incident_id)
{
    return db_has(db,
                  "SELECT 1 FROM requester WHERE incident_id = ?1 AND length(box) = 1",
                  incident_id);
}

static int check(struct db *db, const struct read_incident *incident, struct diag *reterr)
{
    struct read_incident into;
    if (strcmp(incident->state, "merged") == 0) {
        const int status = read_incident(db, incident->merged_into, &into);
        return status != ST_OK
                   ? status
                   : diag_set(reterr, ST_CONFLICT, 0, 0, incident->case_number,
                              "was merged into %s: muster erase-requester %s erases both",
                              into.case_number, into.case_number);
    }
    if (strcmp(incident->state, "closed") != 0 &&
        strcmp(incident->state, "cancelled") != 0)
        return diag_set(reterr, ST_CONFLICT, 0, 0, incident->case_number,
                        "is not over: close or cancel it, and try again");
    return ST_OK;
}

static int round_place(struct db *db, const char *update, int64_t id, struct point at)
{
    const struct point grid = crowd_on_grid(at);
    struct query *query = db_query(db, update);
    query_int(query, 1, id);
    query_int(query, 2, grid.lat_e7);
    query_int(query, 3, grid.lon_e7);
    return query_run(query);
}

/* The place of a home is an address (decision 0115). */
static int round_places(struct db *db, const struct read_incident *incident)
{
    AUTO_FREE struct read_need *needs = NULL;
    uint32_t count = 0;
    if (strcmp(incident->kind, "household") != 0 &&
        strcmp(incident->kind, "medical") != 0)
        return ST_OK;
    int status = read_needs(db, incident->id, &needs, &count);
    for (uint32_t i = 0; i < count && status == ST_OK; i++)
        status = round_place(db, "UPDATE need SET lat_e7 = ?2, lon_e7 = ?3 WHERE id = ?1",
                             needs[i].id, needs[i].at);
    return status != ST_OK
               ? status
               : round_place(db,
                             "UPDATE incident SET lat_e7 = ?2, lon_e7 = ?3 WHERE id = ?1",
                             incident->id, incident->at);
}

static int destroy_key(struct writer *writer, int64_t incident_id)
{
    struct query *query =
        db_query(writer_db(writer),
                 "SELECT key_slot FROM incident WHERE id = ?1 AND key_slot >= 0");
    query_int(query, 1, incident_id);
    int status = query_step(query);
    const int64_t slot = status == 1 ? query_get_int(query, 0) : -1;
    query_reset(query);
    if (status == 1)
        status = writer_destroy_slot(writer, slot);
    return status;
}

int requester_forget(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms)
{
    static const uint8_t mark[1] = {0};
    struct db *db = writer_db(writer);
    struct read_incident incident;
    int status = requester_is_erased(db, id);
    if (status != 0)
        return status < 0 ? status : ST_OK;
    status = read_incident(db, id, &incident);
    if (status == ST_OK)
        status = round_places(db, &incident);
    if (status == ST_OK)
        status = destroy_key(writer, id);
    if (status != ST_OK)
        return status;
    struct query *query =
        db_query(db, "INSERT INTO requester (incident_id, consent, box)"
                     " VALUES (?1, 0, ?2) ON CONFLICT(incident_id) DO UPDATE SET"
                     " consent = excluded.consent, box = excluded.box");
    query_int(query, 1, id);
    query_blob(query, 2, mark, sizeof mark);
    status = query_run(query);
    return status == ST_OK
               ? writer_note(writer, "requester.erased", actor, id, NULL, now_ms)
               : status;
}

int requester_erase(struct writer *writer, int64_t incident_id, int64_t actor,
                    int64_t now_ms, struct diag *reterr)
{
    AUTO_FREE int64_t *ids = NULL;
    uint32_t count = 0;
    struct read_incident incident;
    struct db *db = writer_db(writer);
    int status = read_incident(db, incident_id, &incident);
    if (status == ST_OK)
        status = check(db, &incident, reterr);
    if (status != ST_OK)
        return status;
    struct query *query = db_query(
        db, "WITH RECURSIVE same(id) AS (SELECT CAST(?1 AS BIGINT) UNION SELECT i.id"
            " FROM incident i JOIN same ON i.merged_into = same.id) SELECT id FROM same");
    query_int(query, 1, incident_id);
    status = query_list_ids(query, &ids, &count);
    for (uint32_t i = 0; i < count && status == ST_OK; i++)
        status = requester_forget(writer, ids[i], actor, now_ms);
    return status;
}
