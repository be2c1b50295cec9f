/* SPDX-License-Identifier: Apache-2.0 */
/* A search from each site gives the times of all places; the nearest site counts. To
 * propose new ones, a search from each village says what a site there would cover, and
 * plan/cover chooses. What counts is households where homes are known, else villages. */
#include "dispatch/coverage.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "dispatch/closures.h"
#include "dispatch/coverage_internal.h"
#include "road/within.h"
#include "store/places.h"

#include <stdlib.h>
#include <string.h>

/* What each candidate covers. */
struct pairs {
    uint32_t *begin; /* [villages + 1] */
    uint32_t *places;
    uint32_t count, capacity;
};

int coverage_parse_kinds(struct coverage_request *request, const char *text,
                         struct diag *reterr)
{
    request->kind_count = 0;
    for (const char *at = text;; at++) {
        const size_t size = strcspn(at, ",");
        if (size == 0 || size >= COVERAGE_KIND_SIZE ||
            request->kind_count == COVERAGE_KINDS_MAX)
            return diag_set(reterr, ST_INVALID, 0, 0, "kind",
                            "must be 1 to %d kinds of site with commas between, such as "
                            "muster,shelter",
                            COVERAGE_KINDS_MAX);
        char *kind = request->kinds[request->kind_count++];
        memcpy(kind, at, size);
        kind[size] = '\0';
        if (!site_kind_is_known(kind))
            return diag_set(reterr, ST_INVALID, 0, 0, "kind", "'%s' is none of %s", kind,
                            SITE_KINDS);
        at += size;
        if (*at == '\0')
            return ST_OK;
    }
}

/* ---- who is to be reached
 * --------------------------------------------------------------- */

/* Faster than anybody gets away from a place, as the crow flies: the limits of
 * road/osmtags.c for cars, the fastest ferries for who is on foot. */
static const double mps_max[ROAD_MODE_COUNT] = {
    [ROAD_FOOT] = 25, [ROAD_BIKE] = 25, [ROAD_CAR] = 40};

static bool counts(const struct coverage *coverage, const struct site *site)
{
    const struct coverage_request *request = coverage->request;
    if (site_is_homes(site) ||
        (coverage->area != NULL && !box_contains(coverage->reach, site->at)))
        return false;
    for (uint32_t i = 0; i < request->kind_count; i++)
        if (strcmp(request->kinds[i], site->kind) == 0)
            return true;
    return request->kind_count == 0;
}

static void add_place(struct coverage *coverage, struct coverage_place place)
{
    place.ms = ROAD_MS_NONE;
    place.site = COVERAGE_NO_SITE;
    box_add(&coverage->reach, place.at);
    coverage->places[coverage->place_count++] = place;
}

static bool is_inside(const struct coverage *coverage, const struct area_tree *areas,
                      int64_t area_id)
{
    return coverage->area == NULL || area_is_under(areas, area_id, coverage->area->id);
}

static void add_villages(struct coverage *coverage, const struct area_tree *areas)
{
    for (uint32_t i = 0; i < areas->count; i++) {
        const struct area *area = &areas->areas[i];
        if (area->level == AREA_VILLAGE && area->has_at &&
            is_inside(coverage, areas, area->id))
            add_place(coverage, (struct coverage_place){.village = area, .at = area->at});
    }
    coverage->village_count = coverage->place_count;
    coverage->total.villages = coverage->village_count;
}

static void add_homes(struct coverage *coverage, const struct area_tree *areas,
                      const struct sites *sites)
{
    for (uint32_t i = 0; i < sites->count; i++) {
        const struct site *site = &sites->items[i];
        if (!site_is_homes(site) || site->capacity <= 0 ||
            (coverage->area != NULL &&
             !is_inside(coverage, areas, area_at(areas, site->at)->id)))
            continue;
        add_place(coverage, (struct coverage_place){
                                .households = (uint32_t)site->capacity, .at = site->at});
        coverage->total.households += (uint64_t)site->capacity;
    }
    coverage->has_homes = coverage->place_count > coverage->village_count;
}

/* Those that count in front, by code. */
static int by_use(const void *a, const void *b)
{
    const struct site *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return strcmp(x->code, y->code);
}

static void pick_sites(struct coverage *coverage, struct sites *sites)
{
    for (uint32_t i = 0; i < sites->count; i++) {
        const bool used = counts(coverage, &sites->items[i]);
        sites->items[i].ms = used ? 0 : 1;
        coverage->site_count += used;
    }
    if (sites->count > 0)
        qsort(sites->items, sites->count, sizeof *sites->items, by_use);
    coverage->sites = sites->items;
}

static int check_limits(const struct coverage *coverage, struct diag *reterr)
{
    if (coverage->site_count > COVERAGE_SITES_MAX)
        return diag_set(reterr, ST_LIMIT, 0, 0, "kind",
                        "at most %d sites at a time: these kinds have %u%s",
                        COVERAGE_SITES_MAX, coverage->site_count,
                        coverage->area == NULL ? "" : " near the area");
    if (coverage->request->propose > 0 &&
        (coverage->village_count > COVERAGE_VILLAGES_MAX ||
         coverage->place_count > COVER_DEMANDS_MAX))
        return diag_set(reterr, ST_LIMIT, 0, 0, "propose",
                        "at most %d villages and %u homes with them: name an area (there "
                        "are %u and %u)",
                        COVERAGE_VILLAGES_MAX, COVER_DEMANDS_MAX, coverage->village_count,
                        coverage->place_count - coverage->village_count);
    return ST_OK;
}

static int gather(struct coverage *coverage, const struct coverage_config *config,
                  const struct area_tree *areas, struct sites *sites, struct diag *reterr)
{
    coverage->places =
        mem_calloc((size_t)areas->count + sites->count + 1, sizeof *coverage->places);
    if (coverage->places == NULL)
        return ST_NO_MEMORY;
    coverage->reach = box_empty();
    add_villages(coverage, areas);
    add_homes(coverage, areas, sites);
    coverage->reach = box_grown(coverage->reach, mps_max[coverage->request->mode] * 60 *
                                                     coverage->request->minutes);
    pick_sites(coverage, sites);
    const int status = check_limits(coverage, reterr);
    if (status != ST_OK)
        return status;
    for (uint32_t i = 0; i < coverage->place_count; i++) {
        struct coverage_place *place = &coverage->places[i];
        place->has_road = road_snap(config->road, coverage->request->mode, place->at,
                                    ROAD_SNAP_M_MAX, &place->spot);
    }
    coverage->reached =
        mem_calloc((size_t)coverage->site_count + 1, sizeof *coverage->reached);
    return coverage->reached == NULL ? ST_NO_MEMORY : ST_OK;
}

/* ---- the searches
 * ----------------------------------------------------------------------- */

static void count_place(struct coverage_count *count, const struct coverage_place *place)
{
    count->villages += place->village != NULL;
    count->households += place->households;
}

/* Everything in time from (or to) AT; nothing is searched where there is no road. */
static int search(const struct coverage *coverage, struct road_within *within,
                  const struct road_closed *closed, struct point at, bool *ret_has_road)
{
    const struct coverage_request *request = coverage->request;
    if (coverage->stop != NULL && atomic_load(coverage->stop))
        return ST_CLOSED;
    struct road_within_query query = {.mode = request->mode,
                                      .direction = request->direction,
                                      .at = at,
                                      .closed = closed,
                                      .ms_max =
                                          request->minutes * (uint32_t)TIME_MINUTE_MS};
    *ret_has_road = road_snap(road_within_road(within), request->mode, at,
                              ROAD_SNAP_M_MAX, &query.place);
    return *ret_has_road ? road_within_run(within, &query) : ST_OK;
}

static int reach_from_sites(struct coverage *coverage, struct road_within *within,
                            const struct road_closed *closed)
{
    for (uint32_t i = 0; i < coverage->site_count; i++) {
        bool has_road;
        int status = search(coverage, within, closed, coverage->sites[i].at, &has_road);
        if (status != ST_OK)
            return status;
        for (uint32_t k = 0; has_road && k < coverage->place_count; k++) {
            struct coverage_place *place = &coverage->places[k];
            const uint32_t ms = place->has_road
                                    ? road_within_spot_ms(within, &place->spot)
                                    : ROAD_MS_NONE;
            if (ms == ROAD_MS_NONE)
                continue;
            count_place(&coverage->reached[i], place);
            if (ms < place->ms) {
                place->ms = ms;
                place->site = i;
            }
        }
    }
    for (uint32_t k = 0; k < coverage->place_count; k++)
        if (coverage->places[k].site != COVERAGE_NO_SITE)
            count_place(&coverage->covered, &coverage->places[k]);
    return ST_OK;
}

/* Of what is not covered yet: nothing else is anybody's gain. */
static int reach_from_villages(const struct coverage *coverage,
                               struct road_within *within,
                               const struct road_closed *closed, struct pairs *pairs)
{
    for (uint32_t i = 0; i < coverage->village_count; i++) {
        bool has_road;
        int status = search(coverage, within, closed, coverage->places[i].at, &has_road);
        pairs->begin[i] = pairs->count;
        for (uint32_t k = 0; has_road && k < coverage->place_count && status == ST_OK;
             k++) {
            const struct coverage_place *place = &coverage->places[k];
            if (place->site != COVERAGE_NO_SITE || !place->has_road ||
                road_within_spot_ms(within, &place->spot) == ROAD_MS_NONE)
                continue;
            status = mem_grow(&pairs->places, &pairs->capacity, pairs->count + 1,
                              sizeof *pairs->places, COVERAGE_PAIRS_MAX);
            if (status == ST_OK)
                pairs->places[pairs->count++] = k;
        }
        if (status != ST_OK)
            return status;
    }
    pairs->begin[coverage->village_count] = pairs->count;
    return ST_OK;
}

/* What each chosen one adds to those before it, in both measures. */
static int note_added(struct coverage *coverage, const struct pairs *pairs)
{
    AUTO_FREE bool *seen = mem_calloc((size_t)coverage->place_count + 1, sizeof *seen);
    if (seen == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < coverage->choice.count; i++) {
        const uint32_t village = coverage->choice.sites[i];
        for (uint32_t k = pairs->begin[village]; k < pairs->begin[village + 1]; k++) {
            const uint32_t place = pairs->places[k];
            if (!seen[place])
                count_place(&coverage->added[i], &coverage->places[place]);
            seen[place] = true;
        }
    }
    return ST_OK;
}

static int choose(struct coverage *coverage, const struct pairs *pairs)
{
    AUTO_FREE uint32_t *weights =
        mem_calloc((size_t)coverage->place_count + 1, sizeof *weights);
    if (weights == NULL)
        return ST_NO_MEMORY;
    for (uint32_t k = 0; k < coverage->place_count; k++)
        weights[k] = coverage->has_homes ? coverage->places[k].households : 1;
    const struct cover_problem problem = {.demand_count = coverage->place_count,
                                          .site_count = coverage->village_count,
                                          .choose = coverage->request->propose,
                                          .weights = weights,
                                          .begin = pairs->begin,
                                          .demands = pairs->places};
    int status = cover_choose(&problem, &coverage->choice);
    return status == ST_OK ? note_added(coverage, pairs) : status;
}

static int propose(struct coverage *coverage, struct road_within *within,
                   const struct road_closed *closed, struct diag *reterr)
{
    if (coverage->request->propose == 0 || coverage->village_count == 0) {
        coverage->choice.optimal = true; /* there is no choice */
        return ST_OK;
    }
    struct pairs pairs = {
        .begin = mem_calloc((size_t)coverage->village_count + 1, sizeof *pairs.begin)};
    int status = pairs.begin == NULL
                     ? ST_NO_MEMORY
                     : reach_from_villages(coverage, within, closed, &pairs);
    if (status == ST_OK)
        status = choose(coverage, &pairs);
    if (status == ST_LIMIT)
        (void)diag_set(
            reterr, status, 0, 0, "propose",
            "too much is within reach: ask for fewer minutes, or name an area");
    mem_free(pairs.begin);
    mem_free(pairs.places);
    return status;
}

int coverage_write(const struct coverage_config *config,
                   const struct coverage_request *request, const struct area_tree *areas,
                   struct sites *sites, struct text *ret, struct diag *reterr)
{
    struct coverage coverage = {.request = request, .stop = config->stop};
    struct road_within *within = NULL;
    if (config->road == NULL)
        return diag_set(reterr, ST_NOT_FOUND, 0, 0, "roads", "none imported yet");
    if (request->area_id != 0) {
        coverage.area = area_by_id(areas, request->area_id);
        if (coverage.area == NULL)
            return diag_set(reterr, ST_NOT_FOUND, 0, 0, "area", "is not known");
    }
    int status = gather(&coverage, config, areas, sites, reterr);
    if (status == ST_OK)
        status = road_within_new(&within, config->road);
    if (status == ST_OK) {
        const struct closures_state *closed = closures_take(config->closures);
        coverage.closures_version = closures_version(closed);
        status = reach_from_sites(&coverage, within, closures_set(closed));
        if (status == ST_OK)
            status = propose(&coverage, within, closures_set(closed), reterr);
        closures_give(config->closures, closed);
        road_within_free(within);
    }
    if (status == ST_OK) {
        coverage_append_json(&coverage, ret);
        status = ret->status;
    }
    mem_free(coverage.places);
    mem_free(coverage.reached);
    return status;
}
