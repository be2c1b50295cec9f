/* SPDX-License-Identifier: Apache-2.0 */
/* Each area's own figures first; then each is added to the areas above it. */
#include "ready/count.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "ready/need.h"
#include "store/db.h"
#include "store/finding.h"
#include "store/people.h"
#include "store/places.h"

#include <assert.h>
#include <string.h>

struct counting {
    struct ready_counts *counts;
    const struct skill_table *skills;
    int64_t now_ms;
    int32_t certified_day;
};

/* Of an area that is gone, and of none: the root's. */
static struct ready_share *own(struct ready_counts *counts, int64_t area_id)
{
    const struct area *area = area_by_id(&counts->areas, area_id);
    return counts->shares[area == NULL ? 0 : area - counts->areas.areas];
}

static void add(struct ready_share *share, int64_t have, int64_t of)
{
    share->have += have;
    share->of += of;
}

/* ---- people -------------------------------------------------------------------------
 */

static bool demands_certificate(const struct skill_table *skills,
                                const struct skill_set *stated)
{
    for (uint32_t i = 0; i < skills->count; i++)
        if (skills->skills[i].certificate >= 0 && skill_set_has(stated, i))
            return true;
    return false;
}

static int count_person(void *context, const struct person *person)
{
    const struct counting *counting = context;
    const struct crowd_person *crowd = &person->crowd;
    struct ready_share *shares = own(counting->counts, crowd->area);
    add(&shares[READY_CALLABLE],
        !crowd->suspended && crowd->paused_until_ms <= counting->now_ms, 1);
    if (demands_certificate(counting->skills, &crowd->skills))
        add(&shares[READY_CERTIFIED],
            !crowd_skill_lapses(crowd, counting->skills, counting->certified_day), 1);
    return 0;
}

/* ---- who reaches a village ----------------------------------------------------------
 */

static int count_village(struct ready_counts *counts, struct crowd *crowd,
                         const struct area *village, const struct skill_set *skills,
                         int64_t now_ms)
{
    const struct crowd_query query = {.at = village->at,
                                      .flags = CROWD_OWN_MODE | CROWD_LIFT_DUTY |
                                               CROWD_QUICK | CROWD_NO_METRES,
                                      .time_ms = now_ms,
                                      .count = READY_REACH_PEOPLE,
                                      .ms_max = READY_REACH_MINUTES * 60000,
                                      .skills = *skills};
    struct crowd_answer answer;
    int status = crowd_nearest(crowd, &query, &answer, NULL);
    const bool is_reached = status == ST_OK && answer.count == READY_REACH_PEOPLE;
    crowd_answer_release(&answer);
    if (status == ST_INVALID) /* no road near it, so nobody comes */
        status = ST_OK;
    if (status == ST_OK)
        add(&own(counts, village->id)[READY_FIRST_AID], is_reached, 1);
    return status;
}

static int count_villages(struct ready_counts *counts, struct crowd *crowd,
                          const struct skill_table *table, int64_t now_ms)
{
    struct skill_set skills = {0};
    const int32_t first_aid = skill_find(table, "first-aid");
    if (first_aid < 0 || crowd == NULL || !crowd_has_roads(crowd))
        return ST_OK;
    skill_set_add(&skills, (uint32_t)first_aid);
    int status = ST_OK;
    for (uint32_t i = 0; i < counts->areas.count && status == ST_OK; i++) {
        const struct area *area = &counts->areas.areas[i];
        if (area->level == AREA_VILLAGE && area->has_at)
            status = count_village(counts, crowd, area, &skills, now_ms);
    }
    return status;
}

/* ---- what the loop and the findings came to -----------------------------------------
 */

/* SQL gives area, how many, how many of them well; ?1 and ?2 are FROM and TO. */
static int count_rows(struct ready_counts *counts, struct db *db, const char *sql,
                      int64_t from, int64_t to, enum ready_indicator indicator)
{
    struct query *query = db_query(db, sql);
    query_int(query, 1, from);
    query_int(query, 2, to);
    int status;
    while ((status = query_step(query)) == 1)
        add(&own(counts, query_get_int(query, 0))[indicator], query_get_int(query, 2),
            query_get_int(query, 1));
    return status;
}

/* An alert counts, answered or not, once there was time to answer it: who is quick would
 * count, and who is silent would not, where a call-out is filled within a minute. */
#define WAIT_MS "300000"
static_assert(READY_ANSWER_MINUTES * 60000 == 300000, "WAIT_MS says the same");

static int count_loop(struct ready_counts *counts, struct db *db, int64_t now_ms)
{
    const int64_t year_ms = now_ms - READY_YEAR_DAYS * TIME_DAY_MS;
    int status =
        count_rows(counts, db,
                   "SELECT incident.area_id, count(*),"
                   " count(CASE WHEN alert.answered_ms <> 0 THEN 1 END)"
                   " FROM alert JOIN incident ON incident.id = alert.incident_id"
                   " JOIN callout ON callout.id = alert.callout_id"
                   " WHERE incident.exercise = 0 AND alert.state <> 'void'"
                   " AND alert.alerted_ms BETWEEN ?1 AND ?2 AND (callout.stand_down_ms"
                   " = 0 OR callout.stand_down_ms - alert.alerted_ms >= " WAIT_MS ")"
                   " GROUP BY incident.area_id",
                   year_ms, now_ms - READY_ANSWER_MINUTES * 60000, READY_ANSWERED);
    if (status == ST_OK)
        status = count_rows(
            counts, db,
            "SELECT incident.area_id, count(*), count(CASE WHEN " READY_NEED_IN_TIME
            " THEN 1 END) FROM need JOIN incident ON incident.id = need.incident_id"
            " WHERE incident.exercise = 0 AND " READY_NEED_DUE " BETWEEN ?1 AND ?2"
            " AND " READY_NEED_COUNTS " GROUP BY incident.area_id",
            year_ms, now_ms, READY_IN_TIME);
    if (status == ST_OK)
        status = count_rows(
            counts, db,
            "SELECT incident.area_id, count(*),"
            " count(CASE WHEN assignment.verified_ms <> 0 THEN 1 END)"
            " FROM assignment JOIN incident ON incident.id = assignment.incident_id"
            " WHERE incident.exercise = 0 AND assignment.reported_ms BETWEEN ?1 AND ?2"
            " GROUP BY incident.area_id",
            year_ms, now_ms - READY_VERIFY_DAYS * TIME_DAY_MS, READY_VERIFIED);
    return status;
}

/* What was due a year ago and is checked, or was dropped too late, counts no more; what
 * is neither, counts until it is. Dropped before its day it was never due. */
static int take_finding(void *context, const struct finding *finding)
{
    const struct counting *counting = context;
    const int32_t due_day = finding_due_day(finding),
                  today = time_local_day(counting->now_ms);
    const bool is_checked = finding->state == FINDING_CHECKED,
               is_dropped = finding->state == FINDING_DROPPED;
    if (due_day >= today ||
        (is_dropped && time_local_day(finding->ended_ms) <= due_day) ||
        ((is_checked || is_dropped) && due_day < today - READY_YEAR_DAYS))
        return 0;
    add(&own(counting->counts, finding->area_id)[READY_FINDINGS], is_checked, 1);
    return 0;
}

static int count_findings(struct ready_counts *counts, struct db *db, int64_t now_ms)
{
    struct counting counting = {.counts = counts, .now_ms = now_ms};
    return findings_each(db, 0, FINDING_STATE_COUNT, take_finding, &counting);
}

/* The town that AREA is or lies in; NULL = none. */
static const struct area *town_of(const struct area_tree *areas, const struct area *area)
{
    while (area != NULL && area->level != AREA_TOWN)
        area = area == areas->areas ? NULL : area_parent(areas, area);
    return area;
}

/* A town has one exercise or none, however many there were. */
static int count_drills(struct ready_counts *counts, struct db *db, int64_t now_ms)
{
    const struct area_tree *areas = &counts->areas;
    for (uint32_t i = 0; i < areas->count; i++)
        if (areas->areas[i].level == AREA_TOWN)
            counts->shares[i][READY_DRILLS].of = 1;
    struct query *query =
        db_query(db, "SELECT DISTINCT area_id FROM incident"
                     " WHERE exercise = 1 AND reported_ms >= ?1"
                     " AND state IN ('active', 'standing_down', 'review', 'closed')");
    query_int(query, 1, now_ms - READY_DRILL_DAYS * TIME_DAY_MS);
    int status;
    while ((status = query_step(query)) == 1) {
        const struct area *town =
            town_of(areas, area_by_id(areas, query_get_int(query, 0)));
        if (town != NULL)
            counts->shares[town - areas->areas][READY_DRILLS].have = 1;
    }
    return status;
}

/* ---- all of it ----------------------------------------------------------------------
 */

/* From every area's own figures to those with everything below. */
static int add_up(struct ready_counts *counts)
{
    const uint32_t count = counts->areas.count;
    AUTO_FREE struct ready_share(*alone)[READY_COUNT] = mem_alloc(count * sizeof *alone);
    if (alone == NULL)
        return ST_NO_MEMORY;
    memcpy(alone, counts->shares, count * sizeof *alone);
    for (uint32_t i = 1; i < count; i++)
        for (const struct area *at = &counts->areas.areas[i];
             at != counts->areas.areas;) {
            at = area_parent(&counts->areas, at);
            for (unsigned j = 0; j < READY_COUNT; j++)
                add(&counts->shares[at - counts->areas.areas][j], alone[i][j].have,
                    alone[i][j].of);
        }
    return ST_OK;
}

static int fill(struct ready_counts *counts, struct db *db, struct crowd *crowd,
                int64_t now_ms)
{
    AUTO_FREE struct skill_table *skills = mem_alloc(sizeof *skills);
    counts->shares = mem_calloc(counts->areas.count, sizeof *counts->shares);
    if (skills == NULL || counts->shares == NULL)
        return ST_NO_MEMORY;
    int status = skills_load(db, skills);
    struct counting counting = {counts, skills, now_ms,
                                time_local_day(now_ms) + READY_CERTIFIED_DAYS};
    if (status == ST_OK)
        status = people_each(db, NULL, skills, count_person, &counting);
    if (status == ST_OK)
        status = count_villages(counts, crowd, skills, now_ms);
    if (status == ST_OK)
        status = count_loop(counts, db, now_ms);
    if (status == ST_OK)
        status = count_findings(counts, db, now_ms);
    if (status == ST_OK)
        status = count_drills(counts, db, now_ms);
    return status == ST_OK ? add_up(counts) : status;
}

int ready_count(struct ready_counts *ret, struct db *db, struct crowd *crowd,
                int64_t now_ms)
{
    *ret = (struct ready_counts){0};
    int status = area_tree_load(&ret->areas, db);
    if (status == ST_OK)
        status = fill(ret, db, crowd, now_ms);
    if (status != ST_OK)
        ready_counts_release(ret);
    return status;
}

void ready_counts_release(struct ready_counts *counts)
{
    area_tree_release(&counts->areas);
    mem_free(counts->shares);
    counts->shares = NULL;
}
