/* SPDX-License-Identifier: Apache-2.0 */
/* Each row of the database counts in up to four rows here: the whole, its area, its month
 * and its kind. Whose figure is no sum (people, medians) leaves a visit in each, which
 * are sorted at the end. */
#include "ready/statistics.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "loop/names.h"
#include "ready/indicator.h"
#include "ready/need.h"
#include "store/course.h"
#include "store/db.h"
#include "store/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_MAX 4

enum visit_what { VISIT_PERSON, VISIT_ALERT, VISIT_SCENE };

struct visit {
    struct statistics_half *half;
    enum visit_what what;
    int64_t value; /* the person's id, or milliseconds */
};

struct counting {
    struct statistics *statistics;
    struct db *db;
    int64_t from_ms, until_ms, now_ms;
    int32_t from_day, to_day;
    int first_month;                /* year * 12 + month - 1 */
    struct statistics_row **row_of; /* by index of the area; NULL = outside */
    struct visit *visits;
    uint32_t visit_count, visit_capacity;
};

/* The rows that something counts in. */
struct places {
    struct statistics_row *rows[PLACES_MAX];
    uint32_t count;
};

/* ---- which rows ---- */
static int month_of(int64_t ms)
{
    struct time_local local;
    time_to_local(ms, &local);
    return local.year * 12 + local.month - 1;
}

/* An area that is gone counts as the root. None at all outside the area asked for. KIND
 * may be NULL. */
static struct places places_of(const struct counting *counting, int64_t area_id,
                               int64_t at_ms, const char *kind)
{
    struct statistics *statistics = counting->statistics;
    const struct area_tree *areas = &statistics->areas;
    const struct area *area = area_by_id(areas, area_id);
    struct statistics_row *row = counting->row_of[area == NULL ? 0 : area - areas->areas];
    struct places ret = {{NULL}, 0};
    enum incident_kind index;
    if (row == NULL)
        return ret;
    const int month = month_of(at_ms) - counting->first_month;
    assert(month >= 0 && (uint32_t)month < statistics->month_count);
    ret.rows[ret.count++] = statistics->total;
    ret.rows[ret.count++] = row;
    ret.rows[ret.count++] = &statistics->months[month];
    if (kind != NULL && incident_kind_parse(kind, &index))
        ret.rows[ret.count++] = &statistics->kinds[index];
    return ret;
}

/* Those of the area asked for and of the ones directly below it stand; the next one above
 * that has one is AREA's. */
static struct statistics_row *find_row(const struct counting *counting,
                                       const struct area *area)
{
    const struct area_tree *areas = &counting->statistics->areas;
    while (area != areas->areas && counting->row_of[area - areas->areas] == NULL)
        area = area_parent(areas, area);
    return counting->row_of[area - areas->areas];
}

static uint32_t count_below(const struct statistics *statistics)
{
    const struct area_tree *areas = &statistics->areas;
    uint32_t ret = 0;
    for (uint32_t i = 1; i < areas->count; i++)
        ret += area_parent(areas, &areas->areas[i]) == statistics->area;
    return ret;
}

static void name_rows(struct counting *counting)
{
    struct statistics *statistics = counting->statistics;
    const struct area_tree *areas = &statistics->areas;
    struct statistics_row *next = statistics->below;
    for (uint32_t i = 1; i < areas->count; i++)
        if (area_parent(areas, &areas->areas[i]) == statistics->area) {
            counting->row_of[i] = next;
            next++->area = &areas->areas[i];
        }
    counting->row_of[statistics->area - areas->areas] = next;
    for (uint32_t i = 0; i < areas->count; i++)
        counting->row_of[i] = find_row(counting, &areas->areas[i]);
    for (uint32_t i = 0; i < statistics->month_count; i++) {
        statistics->months[i].year = (counting->first_month + (int)i) / 12;
        statistics->months[i].month = (counting->first_month + (int)i) % 12 + 1;
    }
    for (unsigned i = 0; i < INCIDENT_KIND_COUNT; i++)
        statistics->kinds[i].kind = (enum incident_kind)i;
}

static int make_rows(struct counting *counting)
{
    struct statistics *statistics = counting->statistics;
    const struct area_tree *areas = &statistics->areas;
    statistics->below_count = count_below(statistics) + 1;
    const uint32_t count =
        1 + statistics->below_count + statistics->month_count + INCIDENT_KIND_COUNT;
    statistics->total = mem_calloc(count, sizeof *statistics->total);
    counting->row_of = mem_calloc(areas->count, sizeof(*counting->row_of));
    if (statistics->total == NULL || counting->row_of == NULL)
        return ST_NO_MEMORY;
    statistics->below = statistics->total + 1;
    statistics->months = statistics->below + statistics->below_count;
    statistics->kinds = statistics->months + statistics->month_count;
    for (uint32_t i = 0; i < count; i++)
        for (unsigned j = 0; j < STATISTICS_PARTS; j++)
            statistics->total[i].parts[j].alert_ms =
                statistics->total[i].parts[j].scene_ms = -1;
    name_rows(counting);
    return ST_OK;
}

/* ---- visits ---- */
static int add_visit(struct counting *counting, const struct places *places,
                     enum statistics_part part, enum visit_what what, int64_t value)
{
    const int status = mem_grow(&counting->visits, &counting->visit_capacity,
                                counting->visit_count + places->count,
                                sizeof *counting->visits, STATISTICS_VISITS_MAX);
    for (uint32_t i = 0; i < places->count && status == ST_OK; i++)
        counting->visits[counting->visit_count++] =
            (struct visit){&places->rows[i]->parts[part], what, value};
    return status;
}

static int by_place(const void *a, const void *b)
{
    const struct visit *one = a, *other = b;
    if (one->half != other->half)
        return one->half < other->half ? -1 : 1;
    if (one->what != other->what)
        return one->what < other->what ? -1 : 1;
    return (one->value > other->value) - (one->value < other->value);
}

/* COUNT visits of one half and kind, sorted. */
static void sum_up(const struct visit *visits, uint32_t count)
{
    struct statistics_half *half = visits->half;
    const int64_t median = visits[(count - 1) / 2].value; /* the lower one */
    if (visits->what == VISIT_ALERT)
        half->alert_ms = median;
    if (visits->what == VISIT_SCENE)
        half->scene_ms = median;
    for (uint32_t i = 0; i < count && visits->what == VISIT_PERSON; i++)
        half->people += i == 0 || visits[i].value != visits[i - 1].value;
}

static void sum_visits(struct counting *counting)
{
    struct visit *visits = counting->visits;
    const uint32_t count = counting->visit_count;
    if (count > 0)
        qsort(visits, count, sizeof *visits, by_place);
    for (uint32_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && visits[end].half == visits[i].half &&
                          visits[end].what == visits[i].what;)
            end++;
        sum_up(visits + i, end - i);
    }
}

/* ---- what is read ---- */
static void add(const struct places *places, enum statistics_part part,
                const struct statistics_half *more)
{
    for (uint32_t i = 0; i < places->count; i++) {
        struct statistics_half *half = &places->rows[i]->parts[part];
        half->incidents += more->incidents;
        half->cancelled += more->cancelled;
        half->needs += more->needs;
        half->in_time += more->in_time;
        half->alerts += more->alerts;
        half->answered += more->answered;
        half->accepted += more->accepted;
        half->came += more->came;
        half->minutes += more->minutes;
    }
}

typedef int take_row(struct counting *counting, const struct places *places,
                     enum statistics_part part, struct query *query);

/* Of an incident: its area, the time that decides where it counts, its kind and whether
 * it is an exercise are the first columns; ?1 and ?2 the time. */
static int each(struct counting *counting, struct query *query, take_row *take)
{
    int status;
    query_int(query, 1, counting->from_ms);
    query_int(query, 2, counting->until_ms);
    while ((status = query_step(query)) == 1) {
        const struct places places =
            places_of(counting, query_get_int(query, 0), query_get_int(query, 1),
                      query_get_text(query, 2));
        const enum statistics_part part =
            query_get_int(query, 3) != 0 ? STATISTICS_EXERCISE : STATISTICS_ACTUAL;
        status = take(counting, &places, part, query);
        if (status != ST_OK)
            return query_stop(query, status);
    }
    return status;
}

#define OF_INCIDENT                                                                      \
    "SELECT incident.area_id, incident.reported_ms, incident.kind, incident.exercise,"
#define IN_TIME " incident.reported_ms >= ?1 AND incident.reported_ms < ?2"

static int take_incident(struct counting *counting, const struct places *places,
                         enum statistics_part part, struct query *query)
{
    (void)counting;
    const bool is_cancelled = strcmp(query_get_text(query, 4), "cancelled") == 0;
    const struct statistics_half more = {.incidents = !is_cancelled,
                                         .cancelled = is_cancelled};
    add(places, part, &more);
    return ST_OK;
}

static int take_needs(struct counting *counting, const struct places *places,
                      enum statistics_part part, struct query *query)
{
    (void)counting;
    const struct statistics_half more = {.needs = query_get_int(query, 4),
                                         .in_time = query_get_int(query, 5)};
    add(places, part, &more);
    return ST_OK;
}

static int take_alerts(struct counting *counting, const struct places *places,
                       enum statistics_part part, struct query *query)
{
    const struct statistics_half more = {.alerts = query_get_int(query, 4),
                                         .answered = query_get_int(query, 5)};
    add(places, part, &more);
    return add_visit(counting, places, part, VISIT_ALERT,
                     query_get_int(query, 6) - query_get_int(query, 1));
}

static int take_assignments(struct counting *counting, const struct places *places,
                            enum statistics_part part, struct query *query)
{
    const struct statistics_half more = {.accepted = query_get_int(query, 4),
                                         .came = query_get_int(query, 5)};
    add(places, part, &more);
    if (more.came == 0)
        return ST_OK;
    return add_visit(counting, places, part, VISIT_SCENE,
                     query_get_int(query, 6) - query_get_int(query, 1));
}

static int take_person(struct counting *counting, const struct places *places,
                       enum statistics_part part, struct query *query)
{
    return add_visit(counting, places, part, VISIT_PERSON, query_get_int(query, 4));
}

static int take_minutes(struct counting *counting, const struct places *places,
                        enum statistics_part part, struct query *query)
{
    (void)counting;
    const struct statistics_half more = {.minutes = query_get_int(query, 4)};
    add(places, part, &more);
    return ST_OK;
}

static int count_incidents(struct counting *counting)
{
    struct db *db = counting->db;
    int status = each(counting,
                      db_query(db, OF_INCIDENT " incident.state FROM incident WHERE"
                                               " incident.state <> 'merged' AND" IN_TIME),
                      take_incident);
    struct query *query =
        db_query(db, OF_INCIDENT " count(*), count(CASE WHEN " READY_NEED_IN_TIME
                                 " THEN 1 END) FROM incident JOIN need ON"
                                 " need.incident_id = incident.id WHERE"
                                 " " READY_NEED_COUNTS " AND " READY_NEED_DUE
                                 " BETWEEN 1 AND ?3 AND" IN_TIME " GROUP BY incident.id");
    query_int(query, 3, counting->now_ms);
    return status == ST_OK ? each(counting, query, take_needs) : status;
}

/* Of merged and cancelled incidents too: who was asked, was asked. */
static int count_people(struct counting *counting)
{
    struct db *db = counting->db;
    int status =
        each(counting,
             db_query(db, OF_INCIDENT " count(*), count(CASE WHEN alert.answered_ms <> 0"
                                      " THEN 1 END), min(alert.alerted_ms) FROM incident"
                                      " JOIN alert ON alert.incident_id = incident.id"
                                      " WHERE" IN_TIME " GROUP BY incident.id"),
             take_alerts);
    if (status == ST_OK)
        status = each(counting,
                      db_query(db, OF_INCIDENT
                               " count(*), count(CASE WHEN assignment.on_scene_ms <> 0"
                               " THEN 1 END), min(CASE WHEN assignment.on_scene_ms <> 0"
                               " THEN assignment.on_scene_ms END) FROM incident JOIN"
                               " assignment ON assignment.incident_id = incident.id"
                               " WHERE" IN_TIME " GROUP BY incident.id"),
                      take_assignments);
    if (status == ST_OK)
        status =
            each(counting,
                 db_query(db, OF_INCIDENT " CASE WHEN person.alias_of > 0 THEN"
                                          " person.alias_of ELSE assignment.person_id END"
                                          " FROM incident JOIN assignment ON"
                                          " assignment.incident_id = incident.id LEFT"
                                          " JOIN person ON person.id ="
                                          " assignment.person_id WHERE"
                                          " assignment.on_scene_ms <> 0 AND" IN_TIME),
                 take_person);
    return status;
}

/* As store/credited.c counts them. */
static int count_minutes(struct counting *counting)
{
    struct query *query =
        db_query(counting->db,
                 "SELECT incident.area_id, assignment.released_ms, incident.kind,"
                 " incident.exercise, ledger.minutes FROM assignment JOIN ledger ON"
                 " ledger.assignment_id = assignment.id JOIN incident ON incident.id ="
                 " assignment.incident_id WHERE assignment.released_ms >= ?1 AND"
                 " assignment.released_ms < ?2 AND ledger.account IN (?3, ?4)");
    query_text(query, 3, ledger_person_account(false));
    query_text(query, 4, ledger_person_account(true));
    return each(counting, query, take_minutes);
}

/* ---- the quiet times ---- */
/* Area and time are the first columns; ?1 and ?2 the time. */
static int each_quiet(struct counting *counting, struct query *query,
                      void (*take)(struct statistics_row *row, struct query *query))
{
    int status;
    query_int(query, 1, counting->from_ms);
    query_int(query, 2, counting->until_ms);
    while ((status = query_step(query)) == 1) {
        const struct places places =
            places_of(counting, query_get_int(query, 0), query_get_int(query, 1), NULL);
        for (uint32_t i = 0; i < places.count; i++)
            take(places.rows[i], query);
    }
    return status;
}

static void take_course(struct statistics_row *row, struct query *query)
{
    row->courses++;
    row->passed += query_get_int(query, 2);
}

static int count_courses(struct counting *counting)
{
    struct query *query = db_query(
        counting->db, "SELECT area_id, starts_ms, (SELECT count(*) FROM course_person"
                      " WHERE course_id = course.id AND state = ?4) FROM course"
                      " WHERE starts_ms >= ?1 AND starts_ms < ?2 AND state = ?3");
    query_text(query, 3, course_state_code(COURSE_HELD));
    query_text(query, 4, course_person_state_code(COURSE_PASSED));
    return each_quiet(counting, query, take_course);
}

static void take_finding(struct statistics_row *row, struct query *query)
{
    const bool is_checked = query_get_int(query, 2) == 1;
    row->noted += !is_checked;
    row->checked += is_checked;
}

static int count_findings(struct counting *counting)
{
    struct query *query =
        db_query(counting->db, "SELECT area_id, made_ms, 0 FROM finding WHERE"
                               " made_ms >= ?1 AND made_ms < ?2 UNION ALL"
                               " SELECT area_id, checked_ms, 1 FROM finding WHERE"
                               " checked_ms >= ?1 AND checked_ms < ?2"
                               " AND state = 'checked'");
    return each_quiet(counting, query, take_finding);
}

/* Who was on record on the last day of the time that readiness was counted on. */
static int count_on_record(struct counting *counting)
{
    struct statistics *statistics = counting->statistics;
    struct query *query = db_query(
        counting->db, "SELECT area_id, day, have, total FROM readiness_day WHERE"
                      " indicator = ?3 AND day = (SELECT max(day) FROM readiness_day"
                      " WHERE indicator = ?3 AND day >= ?1 AND day <= ?2)");
    query_int(query, 1, counting->from_day);
    query_int(query, 2, counting->to_day);
    query_text(query, 3, ready_code(READY_CALLABLE));
    int status;
    while ((status = query_step(query)) == 1) {
        const struct area *area = area_by_id(&statistics->areas, query_get_int(query, 0));
        if (area == NULL)
            continue;
        struct statistics_row *row =
            area == statistics->area ? statistics->total
                                     : counting->row_of[area - statistics->areas.areas];
        if (row == NULL || (row != statistics->total && row->area != area))
            continue;
        statistics->people_day = (int32_t)query_get_int(query, 1);
        row->callable = query_get_int(query, 2);
        row->on_record = query_get_int(query, 3);
    }
    return status;
}

/* ---- all of it ---- */
static int count_all(struct counting *counting)
{
    int status = make_rows(counting);
    if (status == ST_OK)
        status = count_incidents(counting);
    if (status == ST_OK)
        status = count_people(counting);
    if (status == ST_OK)
        status = count_minutes(counting);
    if (status == ST_OK)
        status = count_courses(counting);
    if (status == ST_OK)
        status = count_findings(counting);
    if (status == ST_OK)
        status = count_on_record(counting);
    if (status == ST_OK)
        sum_visits(counting);
    return status;
}

int statistics_count(struct db *db, const struct statistics_wish *wish,
                     struct statistics *ret)
{
    *ret = (struct statistics){.people_day = INT32_MIN};
    assert(wish->from_day <= wish->to_day &&
           wish->to_day - wish->from_day <= STATISTICS_DAYS_MAX);
    struct counting counting = {.statistics = ret,
                                .db = db,
                                .from_ms = time_day_start(wish->from_day),
                                .until_ms = time_day_start(wish->to_day + 1),
                                .now_ms = wish->now_ms,
                                .from_day = wish->from_day,
                                .to_day = wish->to_day};
    counting.first_month = month_of(counting.from_ms);
    ret->month_count =
        (uint32_t)(month_of(counting.until_ms - 1) - counting.first_month + 1);
    int status = area_tree_load(&ret->areas, db);
    if (status != ST_OK)
        return status;
    ret->area = wish->area_id == 0 ? area_skip_single(&ret->areas, ret->areas.areas)
                                   : area_by_id(&ret->areas, wish->area_id);
    status = ret->area == NULL ? ST_NOT_FOUND : count_all(&counting);
    mem_free(counting.row_of);
    mem_free(counting.visits);
    return status;
}

bool statistics_has_any(const struct statistics_row *row)
{
    int64_t sum = row->courses + row->noted + row->checked;
    for (unsigned i = 0; i < STATISTICS_PARTS; i++)
        sum += row->parts[i].incidents + row->parts[i].cancelled + row->parts[i].alerts +
               row->parts[i].minutes;
    return sum != 0;
}

void statistics_release(struct statistics *statistics)
{
    area_tree_release(&statistics->areas);
    mem_free(statistics->total);
    *statistics = (struct statistics){0};
}
