/* SPDX-License-Identifier: Apache-2.0 */
/* Who leaves: as they wish, erased, or merged into another person. Rows stay, for the
 * history names them. */
#include "base/mem.h"
#include "base/status.h"
#include "store/answer.h"
#include "store/course.h"
#include "store/image.h"
#include "store/ledger.h"
#include "store/people.h"
#include "store/places.h"
#include "store/writer_internal.h"

/* Runs an UPDATE of one person; ST_NOT_FOUND if it met none. */
static int update_one(struct stage *stage, struct query *query)
{
    int64_t before = db_changes(stage->db);
    int status = query_run(query);
    return status == ST_OK && db_changes(stage->db) == before ? ST_NOT_FOUND : status;
}

/* One row, not erased yet. */
static int erase_one(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms)
{
    struct stage *stage = writer_stage(writer);
    struct query *query =
        db_query(stage->db, "SELECT key_slot FROM person WHERE id = ?1 AND erased = 0");
    query_int(query, 1, id);
    int64_t slot;
    int status = query_find_int(query, &slot);
    if (status != ST_OK)
        return status;
    status = stage_void_person(stage, id, "erased", actor, now_ms);
    if (status != ST_OK)
        return status;
    query = db_query(
        stage->db,
        "UPDATE person SET erased = 1, retired = 1, identity = NULL, whereabouts = NULL,"
        " phone_hash = NULL, skills = '', certificates = '', organisations = '',"
        " duty = '', quiet = '', version = version + 1 WHERE id = ?1");
    query_int(query, 1, id);
    status = update_one(stage, query);
    if (status == ST_OK)
        status = writer_destroy_slot(writer, slot);
    if (status == ST_OK)
        status = writer_person_changed(writer, id);
    if (status == ST_OK)
        status = answer_forget(stage, id, now_ms);
    if (status == ST_OK)
        status = course_leave(writer, id, now_ms);
    if (status == ST_OK) { /* nor as an import found them */
        query = db_query(stage->db, "DELETE FROM person_before WHERE person_id = ?1");
        query_int(query, 1, id);
        status = query_run(query);
    }
    if (status == ST_OK)
        status = writer_note(writer, "person.erased", actor, id, NULL, now_ms);
    return status;
}

/* ID's row and those that stand for it, if they are not erased. *RET: mem_free. */
static int list_rows(struct db *db, int64_t id, int64_t **ret, uint32_t *ret_count)
{
    struct query *query = db_query(
        db, "WITH RECURSIVE same(id) AS (SELECT id FROM person WHERE id = ?1 UNION"
            " SELECT p.id FROM person p JOIN same ON p.alias_of = same.id)"
            " SELECT p.id FROM person p JOIN same ON same.id = p.id WHERE p.erased = 0");
    query_int(query, 1, id);
    return query_list_ids(query, ret, ret_count);
}

int person_erase(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms)
{
    AUTO_FREE int64_t *rows = NULL;
    uint32_t count = 0;
    int status = list_rows(writer_db(writer), id, &rows, &count);
    if (status == ST_OK && count == 0)
        status = ST_NOT_FOUND;
    for (uint32_t i = 0; i < count && status == ST_OK; i++)
        status = erase_one(writer, rows[i], actor, now_ms);
    return status == ST_OK ? image_spoil(writer) : status;
}

/* What keeps ID: an assignment or, if ALERTS_TOO, an alert, and in *RET_INCIDENT where;
 * NULL = nothing, or *RET_STATUS. */
static const struct commitment *find_commitment(struct stage *stage, int64_t id,
                                                bool alerts_too,
                                                const struct staged **ret_incident,
                                                int *ret_status)
{
    const struct commitment *entry = NULL;
    *ret_status = ST_OK;
    while ((entry = commitments_next(&stage->commitments, id, entry)) != NULL)
        if (entry->assignment_id != 0 || alerts_too)
            break;
    if (entry == NULL)
        return NULL;
    *ret_incident = stage_find(stage, STAGE_INCIDENT, entry->incident_id, ret_status);
    return *ret_incident == NULL ? NULL : entry;
}

int person_expect_free(struct writer *writer, int64_t id, bool alerts_too,
                       struct diag *reterr)
{
    struct stage *stage = writer_stage(writer);
    const struct staged *staged;
    int status;
    const struct commitment *entry =
        find_commitment(stage, id, alerts_too, &staged, &status);
    if (entry == NULL)
        return status;
    struct person_identity who;
    const bool is_assigned = entry->assignment_id != 0;
    status = person_identity(stage->db, NULL, id, &who); /* only the number */
    if (status != ST_OK)
        return status;
    return diag_set(
        reterr, ST_CONFLICT, 0, 0, who.number,
        is_assigned ? "has an open assignment in %s: release them or stand them down, "
                      "and try again"
                    : "is asked to come to %s: wait for the answer or answer for "
                      "them, and try again",
        staged->incident.case_number);
}

/* A text that the console has in both languages, and where. */
#define PERSON_NOT_FREE                                                                  \
    "is asked to come, or out: answer for them or release them, and try again; "         \
    "incident "

int person_leave(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms,
                 struct diag *reterr)
{
    struct stage *stage = writer_stage(writer);
    const struct staged *staged;
    int status;
    if (find_commitment(stage, id, true, &staged, &status) != NULL)
        return diag_set(reterr, ST_CONFLICT, 0, 0, "", PERSON_NOT_FREE "%s",
                        staged->incident.case_number);
    if (status != ST_OK)
        return status;
    struct query *query =
        db_query(stage->db, "UPDATE person SET retired = 1, version = version + 1"
                            " WHERE id = ?1 AND retired = 0");
    query_int(query, 1, id);
    status = update_one(stage, query);
    if (status == ST_OK)
        status = writer_person_changed(writer, id);
    if (status == ST_OK)
        status = course_leave(writer, id, now_ms);
    return status == ST_OK ? writer_note(writer, "person.left", actor, id, NULL, now_ms)
                           : status;
}

int person_return(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms)
{
    struct stage *stage = writer_stage(writer);
    struct query *query =
        db_query(stage->db, "UPDATE person SET retired = 0, version = version + 1"
                            " WHERE id = ?1 AND retired = 1 AND erased = 0"
                            " AND alias_of = 0");
    query_int(query, 1, id);
    int status = update_one(stage, query);
    if (status == ST_OK)
        status = writer_person_changed(writer, id);
    return status == ST_OK
               ? writer_note(writer, "person.returned", actor, id, NULL, now_ms)
               : status;
}

static int64_t new_id(void *context)
{
    return stage_new_id(context);
}

static int move_teams(struct db *db, int64_t from, int64_t to)
{
    struct person_identity one, other; /* only the numbers */
    int status = person_identity(db, NULL, from, &one);
    if (status == ST_OK)
        status = person_identity(db, NULL, to, &other);
    return status == ST_OK ? teams_move(db, one.number, other.number) : status;
}

int person_merge(struct writer *writer, int64_t id, int64_t duplicate, int64_t actor,
                 int64_t now_ms, struct diag *reterr)
{
    struct stage *stage = writer_stage(writer);
    if (id == duplicate)
        return ST_INVALID;
    int status = person_expect_free(writer, id, true, reterr);
    if (status == ST_OK)
        status = person_expect_free(writer, duplicate, true, reterr);
    if (status == ST_OK)
        status = move_teams(stage->db, duplicate, id);
    if (status != ST_OK)
        return status;
    struct query *query =
        db_query(stage->db, "UPDATE person SET alias_of = ?2, version = version + 1"
                            " WHERE id = ?1 AND alias_of = 0 AND EXISTS"
                            " (SELECT 1 FROM person WHERE id = ?2 AND alias_of = 0)");
    query_int(query, 1, duplicate);
    query_int(query, 2, id);
    status = update_one(stage, query);
    if (status == ST_OK)
        status = writer_person_changed(writer, duplicate);
    if (status == ST_OK)
        status = answer_move(stage, duplicate, id, now_ms);
    if (status == ST_OK)
        status = ledger_move(stage->db, new_id, stage, duplicate, id, actor, now_ms);
    if (status == ST_OK)
        status = course_merge_people(writer, duplicate, id, now_ms);
    if (status == ST_OK)
        status = stage_note(stage, "person.merged", actor, id, NULL, duplicate, now_ms);
    return status;
}
