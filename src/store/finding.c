/* SPDX-License-Identifier: Apache-2.0 */
#include "store/finding.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "store/area.h"
#include "store/db.h"
#include "store/writer_internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                          \
    "id, area_id, incident_id, indicator, title, lead, note, state, due_day, made_by,"   \
    " made_ms, solved_by, solved_ms, checked_by, checked_ms"

#define X(name, code) code,
static const char *const states[] = {FINDING_STATE_LIST(X)};
static const char *const steps[] = {FINDING_STEP_LIST(X)};
#undef X

#define NONE FINDING_STATE_COUNT
/* What each step makes of each state: start, solve, check, drop, reopen. */
static const enum finding_state next[FINDING_STATE_COUNT][FINDING_STEP_COUNT] = {
    [FINDING_OPEN] = {FINDING_WORKING, FINDING_SOLVED, NONE, FINDING_DROPPED, NONE},
    [FINDING_WORKING] = {NONE, FINDING_SOLVED, NONE, FINDING_DROPPED, NONE},
    [FINDING_SOLVED] = {NONE, NONE, FINDING_CHECKED, NONE, FINDING_OPEN},
    [FINDING_CHECKED] = {NONE, NONE, NONE, NONE, FINDING_OPEN},
    [FINDING_DROPPED] = {NONE, NONE, NONE, NONE, FINDING_OPEN},
};

const char *finding_state_code(enum finding_state state)
{
    assert((unsigned)state < COUNT_OF(states));
    return states[state];
}

bool finding_state_parse(const char *code, enum finding_state *ret)
{
    unsigned i = 0;
    while (i < COUNT_OF(states) && strcmp(states[i], code) != 0)
        i++;
    *ret = (enum finding_state)i;
    return i < COUNT_OF(states);
}

const char *finding_step_code(enum finding_step step)
{
    assert((unsigned)step < COUNT_OF(steps));
    return steps[step];
}

int32_t finding_due_day(const struct finding *finding)
{
    return finding->due_day != 0 ? finding->due_day
                                 : time_local_day(finding->made_ms) + FINDING_DUE_DAYS;
}

bool finding_is_overdue(const struct finding *finding, int32_t today)
{
    return finding->state <= FINDING_WORKING && finding_due_day(finding) < today;
}

/* Solved is checked by somebody else. */
static bool is_own(const struct finding *finding, enum finding_step step, int64_t actor)
{
    return step == FINDING_STEP_CHECK && finding->solved_by == actor;
}

unsigned finding_steps(const struct finding *finding, int64_t actor)
{
    unsigned ret = 0;
    for (int step = 0; step < FINDING_STEP_COUNT; step++)
        if (next[finding->state][step] != NONE &&
            !is_own(finding, (enum finding_step)step, actor))
            ret |= 1U << step;
    return ret;
}

/* ---- rows ---------------------------------------------------------------------------
 */

static void take_text(struct query *query, int column, char *ret, size_t size)
{
    (void)snprintf(ret, size, "%s", query_get_text(query, column));
}

static int read_row(struct query *query, struct finding *ret)
{
    *ret = (struct finding){.id = query_get_int(query, 0),
                            .area_id = query_get_int(query, 1),
                            .incident_id = query_get_int(query, 2),
                            .due_day = (int32_t)query_get_int(query, 8),
                            .made_by = query_get_int(query, 9),
                            .made_ms = query_get_int(query, 10),
                            .solved_by = query_get_int(query, 11),
                            .solved_ms = query_get_int(query, 12),
                            .ended_by = query_get_int(query, 13),
                            .ended_ms = query_get_int(query, 14)};
    take_text(query, 3, ret->indicator, sizeof ret->indicator);
    take_text(query, 4, ret->title, sizeof ret->title);
    take_text(query, 5, ret->lead, sizeof ret->lead);
    take_text(query, 6, ret->note, sizeof ret->note);
    return finding_state_parse(query_get_text(query, 7), &ret->state) ? ST_OK
                                                                      : ST_CORRUPT;
}

int finding_read(struct db *db, int64_t id, struct finding *ret)
{
    struct query *query = db_query(db, "SELECT " COLUMNS " FROM finding WHERE id = ?1");
    query_int(query, 1, id);
    int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    status = read_row(query, ret);
    query_reset(query);
    return status;
}

int findings_each(struct db *db, int64_t incident_id, enum finding_state state,
                  int (*visit)(void *context, const struct finding *finding),
                  void *context)
{
    struct query *query =
        db_query(db, "SELECT " COLUMNS " FROM finding"
                     " WHERE (?1 = 0 OR incident_id = ?1) AND (?2 = '' OR state = ?2)"
                     " ORDER BY id DESC");
    query_int(query, 1, incident_id);
    query_text(query, 2, state == FINDING_STATE_COUNT ? "" : states[state]);
    int status;
    while ((status = query_step(query)) == 1) {
        struct finding finding;
        int stop = read_row(query, &finding);
        if (stop == ST_OK)
            stop = visit(context, &finding);
        if (stop != ST_OK)
            return query_stop(query, stop);
    }
    return status;
}

int findings_count_open(struct db *db,
                        void (*visit)(void *context, const char *indicator,
                                      int64_t area_id, int64_t count),
                        void *context)
{
    struct query *query =
        db_query(db, "SELECT indicator, area_id, count(*) FROM finding"
                     " WHERE state NOT IN ('checked', 'dropped') AND indicator <> ''"
                     " GROUP BY indicator, area_id");
    int status;
    while ((status = query_step(query)) == 1)
        visit(context, query_get_text(query, 0), query_get_int(query, 1),
              query_get_int(query, 2));
    return status;
}

static int store(struct writer *writer, const struct finding *finding, int64_t actor,
                 int64_t now_ms)
{
    struct query *query =
        db_query(writer_db(writer),
                 "INSERT INTO finding (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
                 " ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
                 " ON CONFLICT(id) DO UPDATE SET note = excluded.note,"
                 " state = excluded.state, solved_by = excluded.solved_by,"
                 " solved_ms = excluded.solved_ms, checked_by = excluded.checked_by,"
                 " checked_ms = excluded.checked_ms");
    query_int(query, 1, finding->id);
    query_int(query, 2, finding->area_id);
    query_int(query, 3, finding->incident_id);
    query_text(query, 4, finding->indicator);
    query_text(query, 5, finding->title);
    query_text(query, 6, finding->lead);
    query_text(query, 7, finding->note);
    query_text(query, 8, states[finding->state]);
    query_int(query, 9, finding->due_day);
    query_int(query, 10, finding->made_by);
    query_int(query, 11, finding->made_ms);
    query_int(query, 12, finding->solved_by);
    query_int(query, 13, finding->solved_ms);
    query_int(query, 14, finding->ended_by);
    query_int(query, 15, finding->ended_ms);
    const int status = query_run(query);
    char kind[32];
    (void)snprintf(kind, sizeof kind, "finding.%s", states[finding->state]);
    return status != ST_OK ? status
                           : writer_note(writer, kind, actor, finding->id, NULL, now_ms);
}

/* ---- commands -----------------------------------------------------------------------
 */

static int expect_incident(struct db *db, int64_t id, struct diag *reterr)
{
    const int status = db_has(db, "SELECT 1 FROM incident WHERE id = ?1", id);
    if (status < 0)
        return status;
    return status == 1 ? ST_OK
                       : diag_set(reterr, ST_NOT_FOUND, 0, 0, "incident", "is not known");
}

int finding_put(struct writer *writer, struct finding *finding, int64_t now_ms,
                struct diag *reterr)
{
    struct db *db = writer_db(writer);
    int status = area_expect(db, finding->area_id, reterr);
    if (status == ST_OK && finding->incident_id != 0)
        status = expect_incident(db, finding->incident_id, reterr);
    if (status != ST_OK)
        return status;
    finding->id = writer_new_id(writer);
    finding->state = FINDING_OPEN;
    finding->made_ms = now_ms;
    return store(writer, finding, finding->made_by, now_ms);
}

/* The codes of the steps in BITS, a space between. */
static int refuse_step(unsigned bits, struct diag *reterr)
{
    char list[64] = "";
    size_t used = 0;
    for (int step = 0; step < FINDING_STEP_COUNT; step++)
        if ((bits & 1U << step) != 0)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
                                     used == 0 ? "" : " ", steps[step]);
    return diag_set(reterr, ST_CONFLICT, 0, 0, "finding", "%s", list);
}

static void change(struct finding *finding, enum finding_step step, int64_t actor,
                   int64_t now_ms)
{
    finding->state = next[finding->state][step];
    if (step == FINDING_STEP_SOLVE)
        finding->solved_by = actor, finding->solved_ms = now_ms;
    if (step == FINDING_STEP_CHECK || step == FINDING_STEP_DROP)
        finding->ended_by = actor, finding->ended_ms = now_ms;
    if (step == FINDING_STEP_REOPEN) {
        finding->solved_by = finding->solved_ms = 0;
        finding->ended_by = finding->ended_ms = 0;
    }
}

int finding_take_step(struct writer *writer, int64_t id, enum finding_step step,
                      int64_t actor, const char *reason, int64_t now_ms,
                      struct finding *ret, struct diag *reterr)
{
    const int status = finding_read(writer_db(writer), id, ret);
    if (status != ST_OK)
        return status;
    if (next[ret->state][step] == NONE)
        return refuse_step(finding_steps(ret, actor), reterr);
    if (is_own(ret, step, actor))
        return diag_set(reterr, ST_DENIED, 0, 0, "step",
                        "another account than the one that solved it checks");
    const bool wants_reason = step == FINDING_STEP_SOLVE || step == FINDING_STEP_DROP ||
                              step == FINDING_STEP_REOPEN;
    if (wants_reason && text_is_blank(reason))
        return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "reason",
                        "say in a sentence what was done, or why");
    change(ret, step, actor, now_ms);
    if (reason[0] != '\0')
        (void)snprintf(ret->note, sizeof ret->note, "%s", reason);
    return store(writer, ret, actor, now_ms);
}
