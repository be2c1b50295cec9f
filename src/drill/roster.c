/* SPDX-License-Identifier: Apache-2.0 */
/* Every question goes to a crowd of its own, over the instance's roads, with the roads
 * closed that the scenario closes; the last answers are kept, since all policies of a run
 * and most runs ask the same. */
#include "drill/roster.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "drill/scenario.h"
#include "drill/world.h"
#include "road/closed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define M_PER_DEGREE 111195.0
#define RADIANS 0.017453292519943295

struct member {
    int64_t id;
    struct point at;
    double metres; /* from the middle */
    enum road_mode mode;
};

struct asked {
    uint32_t need, closed, lift;
    int64_t start_ms;
    double east_m, north_m;
};

struct kept {
    bool is_used;
    struct asked asked;
    struct roster_way *ways;
};

struct roster {
    struct roster_config config;
    struct point middle;
    double cos_lat;
    struct member *members; /* by id */
    uint32_t count;
    struct road_closed *closed[ROSTER_KEPT_MAX]; /* with closed_bits */
    uint32_t closed_bits[ROSTER_KEPT_MAX], closed_count;
    struct kept kept[ROSTER_KEPT_MAX];
    uint32_t next; /* of kept, to be overwritten */
    uint64_t version;
};

/* ---- places
 * ------------------------------------------------------------------------------ */

static struct point place_of(const struct roster *roster, const struct scenario_place *at)
{
    double lat = point_lat(roster->middle) + at->north_m / M_PER_DEGREE;
    double lon =
        point_lon(roster->middle) + at->east_m / (M_PER_DEGREE * roster->cos_lat);
    struct point ret = roster->middle;
    (void)point_from_degrees(lat, lon, &ret); /* off the world: the middle */
    return ret;
}

bool roster_has_road(const struct roster *roster, const struct scenario_place *at)
{
    struct point point = place_of(roster, at);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        struct road_spot spot;
        if (!road_snap(roster->config.road, (enum road_mode)mode, point, ROAD_SNAP_M_MAX,
                       &spot))
            return false;
    }
    return true;
}

static double metres_between(const struct roster *roster, struct point a)
{
    double dy = (a.lat_e7 - (double)roster->middle.lat_e7) * 1e-7 * M_PER_DEGREE;
    double dx = (a.lon_e7 - (double)roster->middle.lon_e7) * 1e-7 * M_PER_DEGREE *
                roster->cos_lat;
    return sqrt(dx * dx + dy * dy);
}

/* ---- people
 * ------------------------------------------------------------------------------ */

static int by_lat(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return (x->at.lat_e7 > y->at.lat_e7) - (x->at.lat_e7 < y->at.lat_e7);
}

static int by_lon(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return (x->at.lon_e7 > y->at.lon_e7) - (x->at.lon_e7 < y->at.lon_e7);
}

static int by_metres(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->metres < y->metres || x->metres > y->metres)
        return x->metres < y->metres ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int by_id(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* In the middle of the people, unless the scenario says where. */
static void set_middle(struct roster *roster, const struct scenario *scenario)
{
    uint32_t half = roster->count / 2;
    roster->middle = scenario->people.middle;
    if (!scenario->people.has_middle) {
        qsort(roster->members, roster->count, sizeof *roster->members, by_lat);
        roster->middle.lat_e7 = roster->members[half].at.lat_e7;
        qsort(roster->members, roster->count, sizeof *roster->members, by_lon);
        roster->middle.lon_e7 = roster->members[half].at.lon_e7;
    }
    roster->cos_lat = cos(RADIANS * point_lat(roster->middle));
}

static int gather(struct roster *roster, const struct scenario *scenario,
                  struct diag *reterr)
{
    const struct box everywhere = {{-900000000, -1800000000}, {900000000, 1800000000}};
    struct crowd *crowd = roster->config.crowd;
    struct crowd_whereabouts_list list = {0};
    int status = crowd_list_in(crowd, everywhere, scenario->start_ms, &list);
    if (status == ST_OK && list.count == 0)
        status = diag_set(reterr, ST_NOT_FOUND, 0, 0, "people", "there is nobody");
    if (status == ST_OK) {
        roster->members = mem_calloc(list.count, sizeof *roster->members);
        status = roster->members == NULL ? ST_NO_MEMORY : ST_OK;
    }
    for (uint32_t i = 0; i < list.count && status == ST_OK; i++)
        roster->members[roster->count++] =
            (struct member){.id = list.items[i].id,
                            .at = list.items[i].at,
                            .mode = crowd_mode(crowd, list.items[i].id)};
    mem_free(list.items);
    return status;
}

/* The nearest of them, by id; the others leave the crowd. */
static void choose(struct roster *roster)
{
    for (uint32_t i = 0; i < roster->count; i++)
        roster->members[i].metres = metres_between(roster, roster->members[i].at);
    qsort(roster->members, roster->count, sizeof *roster->members, by_metres);
    while (roster->count > SCENARIO_PEOPLE_MAX)
        crowd_remove(roster->config.crowd, roster->members[--roster->count].id);
    qsort(roster->members, roster->count, sizeof *roster->members, by_id);
}

static uint32_t find_member(const struct roster *roster, int64_t id)
{
    const struct member key = {.id = id};
    const struct member *found =
        bsearch(&key, roster->members, roster->count, sizeof *roster->members, by_id);
    return found == NULL ? roster->count : (uint32_t)(found - roster->members);
}

/* ---- what the scenario is told
 * ----------------------------------------------------------- */

/* People answer as learned, and the planner believes it; the weather is the scenario's.
 */
static void teach(const struct roster *roster, struct scenario *scenario)
{
    struct response_model_config *known = &scenario->planner;
    struct scenario_response *truth = &scenario->response;
    learn_response_config(roster->config.learn, false, known);
    truth->accept_day = truth->accept_night = known->accept;
    truth->person_sd = 0;
    truth->comes = known->comes;
    truth->decline_share = known->declines;
    truth->delay_median_s = known->delay_median_s;
    truth->delay_sigma = known->delay_sigma;
    truth->turnout_day_median_s = known->turnout_day_median_s;
    truth->turnout_night_median_s = known->turnout_night_median_s;
    truth->turnout_sigma = known->turnout_sigma;
    scenario->people.count = roster->count;
    scenario->people.mean = 0;
    scenario->people.redraw = false;
    scenario->people.quiet_share = 0;
    scenario->people.middle = roster->middle;
    scenario->people.has_middle = true;
}

static int check_places(const struct roster *roster, const struct scenario *scenario,
                        struct diag *reterr)
{
    for (uint32_t i = 0; i < scenario->incident_count; i++) {
        char where[32];
        (void)snprintf(where, sizeof where, "incidents[%u].at", i);
        if (!scenario->incidents[i].at.anywhere &&
            !roster_has_road(roster, &scenario->incidents[i].at))
            return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, where,
                            "lies off the instance's roads; people.middle says where "
                            "the field is");
    }
    return ST_OK;
}

static int check_skills(const struct roster *roster, const struct scenario *scenario,
                        struct diag *reterr)
{
    for (uint32_t i = 0; i < scenario->people.skill_count; i++)
        if (skill_find(roster->config.skills, scenario->people.skills[i].code) < 0)
            return diag_set(reterr, ST_NOT_FOUND, 0, 0, scenario->people.skills[i].code,
                            "is no skill of the instance");
    return ST_OK;
}

/* ---- life
 * -------------------------------------------------------------------------------- */

int roster_new(struct roster **ret, const struct roster_config *config,
               struct scenario *scenario, struct diag *reterr)
{
    struct roster *roster = mem_calloc(1, sizeof *roster);
    if (roster == NULL)
        return ST_NO_MEMORY;
    roster->config = *config;
    int status = gather(roster, scenario, reterr);
    if (status == ST_OK) {
        set_middle(roster, scenario);
        choose(roster);
        status = check_skills(roster, scenario, reterr);
    }
    if (status == ST_OK)
        status = check_places(roster, scenario, reterr);
    if (status != ST_OK) {
        roster_free(roster);
        return status;
    }
    teach(roster, scenario);
    scenario->roster = roster;
    *ret = roster;
    return ST_OK;
}

void roster_free(struct roster *roster)
{
    if (roster == NULL)
        return;
    crowd_set_closed(roster->config.crowd, NULL, ++roster->version);
    for (uint32_t i = 0; i < roster->closed_count; i++)
        road_closed_free(roster->closed[i]);
    for (uint32_t i = 0; i < ROSTER_KEPT_MAX; i++)
        mem_free(roster->kept[i].ways);
    mem_free(roster->members);
    mem_free(roster);
}

uint32_t roster_count(const struct roster *roster)
{
    return roster->count;
}

/* ---- ways
 * -------------------------------------------------------------------------------- */

static int make_closed(const struct roster *roster, const struct scenario *scenario,
                       uint32_t bits, struct road_closed **ret)
{
    struct road_closed *one = NULL, *all = NULL;
    int status = road_closed_new(&all, roster->config.road);
    for (uint32_t i = 0; i < scenario->closure_count && status == ST_OK; i++) {
        const struct scenario_closure *closure = &scenario->closures[i];
        if ((bits >> i & 1) == 0)
            continue;
        status = road_closed_new(&one, roster->config.road);
        if (status != ST_OK)
            break;
        road_closed_circle(one, place_of(roster, &closure->at),
                           (uint32_t)(closure->radius_m + 0.5));
        for (uint32_t edge = 0; edge < road_edge_count(roster->config.road); edge++)
            if (road_closed_has(one, edge))
                road_closed_limit(all, edge, closure->limit_kmh);
        road_closed_free(one);
    }
    if (status == ST_OK)
        *ret = all;
    else
        road_closed_free(all);
    return status;
}

static int close_roads(struct roster *roster, const struct scenario *scenario,
                       uint32_t bits)
{
    struct road_closed *set = NULL;
    for (uint32_t i = 0; i < roster->closed_count && set == NULL; i++)
        if (roster->closed_bits[i] == bits)
            set = roster->closed[i];
    if (set == NULL && bits != 0) {
        int status = make_closed(roster, scenario, bits, &set);
        if (status != ST_OK)
            return status;
        if (roster->closed_count == ROSTER_KEPT_MAX) { /* the crowd lets go of it below */
            crowd_set_closed(roster->config.crowd, NULL, ++roster->version);
            road_closed_free(roster->closed[--roster->closed_count]);
        }
        roster->closed[roster->closed_count] = set;
        roster->closed_bits[roster->closed_count++] = bits;
    }
    crowd_set_closed(roster->config.crowd, set, ++roster->version);
    return ST_OK;
}

static int ask_line(struct roster *roster, const struct scenario *scenario, uint32_t need,
                    uint32_t line, struct kept *ret)
{
    const struct scenario_need *of = &scenario->needs[need];
    struct crowd_answer answer = {0};
    struct crowd_query query = {
        .at = place_of(roster, &(struct scenario_place){ret->asked.east_m,
                                                        ret->asked.north_m, false}),
        .mode = ROAD_FOOT,
        .flags = CROWD_OWN_MODE | CROWD_QUICK | CROWD_APPLY_CAP |
                 ((of->lift & LIFT_QUIET) == 0 ? (unsigned)CROWD_APPLY_QUIET : 0u),
        .time_ms = scenario->start_ms + of->start_ms,
        .count = roster->count,
        .ms_max = WORLD_TRAVEL_S_MAX * 1000};
    for (uint32_t i = 0; i < scenario->people.skill_count; i++)
        if ((of->lines[line].skills >> i & 1) != 0)
            skill_set_add(&query.skills,
                          (uint32_t)skill_find(roster->config.skills,
                                               scenario->people.skills[i].code));
    int status = crowd_nearest(roster->config.crowd, &query, &answer, NULL);
    for (uint32_t i = 0; i < answer.count && status == ST_OK; i++) {
        uint32_t person = find_member(roster, answer.candidates[i].id);
        if (person == roster->count)
            continue;
        ret->ways[person].ms = (answer.candidates[i].ms + 500) / 1000 * 1000;
        ret->ways[person].lines |= 1u << line;
    }
    crowd_answer_release(&answer);
    return status;
}

static bool same(const struct asked *a, const struct asked *b)
{
    return a->need == b->need && a->closed == b->closed && a->lift == b->lift &&
           a->start_ms == b->start_ms && a->east_m == b->east_m &&
           a->north_m == b->north_m;
}

int roster_ways(struct roster *roster, const struct scenario *scenario, uint32_t need,
                const struct scenario_place *at, uint32_t closed, struct roster_way *ret)
{
    size_t size = roster->count * sizeof *ret;
    const struct scenario_need *of = &scenario->needs[need];
    const struct asked asked = {need,         closed,     of->lift,
                                of->start_ms, at->east_m, at->north_m};
    for (uint32_t i = 0; i < ROSTER_KEPT_MAX; i++) {
        const struct kept *kept = &roster->kept[i];
        if (kept->is_used && same(&kept->asked, &asked)) {
            memcpy(ret, kept->ways, size);
            return ST_OK;
        }
    }
    struct kept *kept = &roster->kept[roster->next];
    if (kept->ways == NULL)
        kept->ways = mem_calloc(roster->count, sizeof *kept->ways);
    if (kept->ways == NULL)
        return ST_NO_MEMORY;
    memset(kept->ways, 0, size);
    *kept = (struct kept){false, asked, kept->ways};
    int status = close_roads(roster, scenario, closed);
    for (uint32_t i = 0; i < of->line_count && status == ST_OK; i++)
        status = ask_line(roster, scenario, need, i, kept);
    if (status != ST_OK)
        return status;
    kept->is_used = true;
    roster->next = (roster->next + 1) % ROSTER_KEPT_MAX;
    memcpy(ret, kept->ways, size);
    return ST_OK;
}

struct learn_forecast roster_forecast(const struct roster *roster,
                                      const struct scenario *scenario, uint32_t need,
                                      uint32_t person, uint32_t travel_ms)
{
    const struct scenario_need *of = &scenario->needs[need];
    const struct member *member = &roster->members[person];
    struct time_local local;
    int64_t now_ms = scenario->start_ms + of->start_ms;
    time_to_local(now_ms, &local);
    const struct learn_moment moment = {
        .now_ms = now_ms,
        .minute = local.minute,
        .weekend = crowd_is_weekend(roster->config.crowd, now_ms),
        .kind = (uint8_t)scenario->incidents[of->incident].kind};
    return learn_forecast(roster->config.learn, &moment, member->id,
                          (uint8_t)member->mode, travel_ms);
}
