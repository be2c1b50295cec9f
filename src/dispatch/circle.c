/* SPDX-License-Identifier: Apache-2.0 */
/* One search gives everything: the pieces of road that are drawn, and the times of sites
 * and people. Who is inside is decided by these times; the areas are a picture of it.
 * People come from the crowd by a box around the picture, a kilometre wider: who walks
 * longer than that to a road is off the network. */
#include "dispatch/circle.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "dispatch/closures.h"
#include "dispatch/isolated.h"

#include <stdlib.h>
#include <string.h>

struct person {
    char number[CROWD_NUMBER_MAX + 1];
    uint32_t ms;
};

struct answer {
    const struct circle_config *config;
    const struct circle_request *request;
    const struct road_within *within;
    struct sites *sites;
    uint32_t site_count;      /* inside; they stand in front */
    const struct site *homes; /* behind the sites, those inside in front */
    uint32_t homes_count, homes_inside;
    struct person *people;
    uint32_t people_count;
    struct road_circle circle;
    uint64_t closures_version;
    struct isolated isolated;
};

/* ---- what is asked
 * ----------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

int circle_parse_minutes(struct circle_request *request, const char *text,
                         struct diag *reterr)
{
    uint32_t count = 0;
    for (const char *at = text;; at++) {
        char word[16];
        int64_t minutes;
        size_t size = strcspn(at, ",");
        if (size == 0 || size >= sizeof word || count == CIRCLE_BANDS_MAX)
            break;
        memcpy(word, at, size);
        word[size] = '\0';
        if (!text_to_int64(word, 1, CIRCLE_MINUTES_MAX, &minutes))
            break;
        request->minutes[count++] = (uint32_t)minutes;
        at += size;
        if (*at != '\0')
            continue;
        qsort(request->minutes, count, sizeof request->minutes[0], by_number);
        request->count = 0;
        for (uint32_t i = 0; i < count; i++)
            if (i == 0 || request->minutes[i] != request->minutes[i - 1])
                request->minutes[request->count++] = request->minutes[i];
        return ST_OK;
    }
    return diag_set(reterr, ST_INVALID, 0, 0, "minutes",
                    "must be 1 to %d, at most %u of them with commas between: 5,10,15",
                    CIRCLE_MINUTES_MAX, CIRCLE_BANDS_MAX);
}

/* ---- sites
 * -------------------------------------------------------------------------------------
 */

static uint32_t time_of(const struct answer *answer, struct point at)
{
    struct road_spot spot;
    if (!road_snap(answer->config->road, answer->request->mode, at, ROAD_SNAP_M_MAX,
                   &spot))
        return ROAD_MS_NONE;
    return road_within_spot_ms(answer->within, &spot);
}

/* Homes last, each by time. */
static int by_site_time(const void *a, const void *b)
{
    const struct site *x = a, *y = b;
    if (site_is_homes(x) != site_is_homes(y))
        return site_is_homes(x) ? 1 : -1;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return strcmp(x->code, y->code);
}

static void find_sites(struct answer *answer)
{
    struct sites *sites = answer->sites;
    for (uint32_t i = 0; i < sites->count; i++)
        sites->items[i].ms = time_of(answer, sites->items[i].at);
    if (sites->count > 0)
        qsort(sites->items, sites->count, sizeof *sites->items, by_site_time);
    uint32_t first = sites->count; /* of the homes */
    while (first > 0 && site_is_homes(&sites->items[first - 1]))
        first--;
    answer->homes = sites->items + first;
    answer->homes_count = sites->count - first;
    while (answer->site_count < first &&
           sites->items[answer->site_count].ms != ROAD_MS_NONE)
        answer->site_count++;
    while (answer->homes_inside < answer->homes_count &&
           answer->homes[answer->homes_inside].ms != ROAD_MS_NONE)
        answer->homes_inside++;
}

/* ---- people
 * ------------------------------------------------------------------------------------ */

static int by_person_time(const void *a, const void *b)
{
    const struct person *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return strcmp(x->number, y->number);
}

static int find_people(struct answer *answer)
{
    const struct circle_request *request = answer->request;
    struct crowd_whereabouts_list list = {0};
    struct box box = answer->circle.bands[request->count - 1].area.box;
    box_add(&box, request->at);
    int status = crowd_list_in(answer->config->crowd, box_grown(box, ROAD_SNAP_M_MAX),
                               request->now_ms, &list);
    if (status != ST_OK)
        return status;
    answer->people = mem_alloc((list.count + 1u) * sizeof *answer->people);
    for (uint32_t i = 0; i < list.count && answer->people != NULL; i++) {
        struct person person = {.ms = time_of(answer, list.items[i].at)};
        if (person.ms == ROAD_MS_NONE)
            continue;
        memcpy(person.number, list.items[i].number, sizeof person.number);
        answer->people[answer->people_count++] = person;
    }
    mem_free(list.items);
    if (answer->people == NULL)
        return ST_NO_MEMORY;
    qsort(answer->people, answer->people_count, sizeof *answer->people, by_person_time);
    return ST_OK;
}

/* ---- the answer
 * -------------------------------------------------------------------------------- */

/* In 1e-6 degree, as outlines are (geo/outline.h). */
static void write_degrees(struct text *text, int32_t e7)
{
    uint32_t e6 = (e7 < 0 ? 0u - (uint32_t)e7 : (uint32_t)e7) / 10;
    text_appendf(text, "%s%u.%06u", e7 < 0 ? "-" : "", e6 / 1000000, e6 % 1000000);
}

static void write_ring(struct text *text, const struct polygon *area, uint32_t ring)
{
    uint32_t from = ring == 0 ? 0 : area->ring_end[ring - 1];
    for (uint32_t i = from; i <= area->ring_end[ring]; i++) {
        struct point at = area->points[i < area->ring_end[ring] ? i : from];
        text_append_string(text, i == from ? "[[" : ",[");
        write_degrees(text, at.lon_e7);
        text_append(text, ",", 1);
        write_degrees(text, at.lat_e7);
        text_append(text, "]", 1);
    }
    text_append(text, "]", 1);
}

static void write_area(struct text *text, const struct polygon *area)
{
    text_append_string(text, "{\"type\":\"MultiPolygon\",\"coordinates\":[");
    for (uint32_t part = 0, ring = 0; part < area->part_count; part++) {
        text_append_string(text, part == 0 ? "[" : ",[");
        for (uint32_t first = ring; ring < area->part_end[part]; ring++) {
            text_append_string(text, ring == first ? "" : ",");
            write_ring(text, area, ring);
        }
        text_append_string(text, "]");
    }
    text_append_string(text, "]}");
}

static void write_seconds(struct text *text, uint32_t ms)
{
    text_appendf(text, "%u.%03u", ms / 1000, ms % 1000);
}

static int64_t households_within(const struct answer *answer, uint32_t ms_max)
{
    int64_t households = 0;
    for (uint32_t i = 0; i < answer->homes_inside && answer->homes[i].ms <= ms_max; i++)
        households += answer->homes[i].capacity;
    return households;
}

static void write_band(const struct answer *answer, uint32_t index, struct text *text)
{
    const struct road_circle_band *band = &answer->circle.bands[index];
    uint32_t sites = 0, people = 0;
    while (sites < answer->site_count && answer->sites->items[sites].ms <= band->ms_max)
        sites++;
    while (people < answer->people_count && answer->people[people].ms <= band->ms_max)
        people++;
    text_append_string(text, index == 0 ? "{" : ",{");
    text_append_string(text, "\"type\":\"Feature\",\"geometry\":");
    write_area(text, &band->area);
    text_appendf(text,
                 ",\"properties\":{\"minutes\":%u,\"area_km2\":%.3f,\"road_km\":%.3f,"
                 "\"sites\":%u",
                 answer->request->minutes[index], band->area_m2 / 1e6,
                 band->road_m / 1000, sites);
    if (answer->request->flags != 0)
        text_appendf(text, ",\"people\":%u", people);
    if (answer->homes_count > 0)
        text_appendf(text, ",\"households\":%lld",
                     (long long)households_within(answer, band->ms_max));
    text_append_string(text, "}}");
}

static void write_site(struct text *text, const struct site *site)
{
    site_append_json(site, text);
    text_append_string(text, ",\"seconds\":");
    write_seconds(text, site->ms);
    text_append_string(text, "}");
}

static void write_answer(const struct answer *answer, struct text *text)
{
    const struct circle_request *request = answer->request;
    text_append_string(text, "{\"type\":\"FeatureCollection\",\"features\":[");
    for (uint32_t i = 0; i < request->count; i++)
        write_band(answer, i, text);
    text_appendf(text,
                 "],\"at\":{\"lat\":%.7f,\"lon\":%.7f},\"mode\":\"%s\",\"direction\":"
                 "\"%s\",\"tolerance_m\":%.0f,\"closures_version\":%llu,\"sites\":[",
                 point_lat(request->at), point_lon(request->at),
                 road_mode_name(request->mode), road_direction_name(request->direction),
                 answer->circle.tolerance_m,
                 (unsigned long long)answer->closures_version);
    for (uint32_t i = 0; i < answer->site_count; i++) {
        text_append_string(text, i == 0 ? "" : ",");
        write_site(text, &answer->sites->items[i]);
    }
    text_append_string(text, "]");
    isolated_append_json(&answer->isolated, text);
    if ((request->flags & CIRCLE_LIST_PEOPLE) != 0) {
        text_append_string(text, ",\"people\":[");
        for (uint32_t i = 0; i < answer->people_count; i++) {
            text_append_string(text, i == 0 ? "{\"number\":" : ",{\"number\":");
            text_append_json(text, answer->people[i].number);
            text_append_string(text, ",\"seconds\":");
            write_seconds(text, answer->people[i].ms);
            text_append_string(text, "}");
        }
        text_append_string(text, "]");
    }
    text_append_string(text, "}");
}

static int draw(struct answer *answer)
{
    const struct circle_request *request = answer->request;
    uint32_t ms[CIRCLE_BANDS_MAX];
    for (uint32_t i = 0; i < request->count; i++)
        ms[i] = request->minutes[i] * (uint32_t)TIME_MINUTE_MS;
    return road_circle_make(answer->within, ms, request->count, &answer->circle);
}

/* Everything by the closed roads of one moment. */
static int search(const struct answer *answer, struct road_within *within,
                  const struct road_spot *place, const struct closures_state *closed)
{
    const struct circle_request *request = answer->request;
    const struct road_within_query query = {
        .mode = request->mode,
        .direction = request->direction,
        .at = request->at,
        .place = *place,
        .closed = closures_set(closed),
        .ms_max = request->minutes[request->count - 1] * (uint32_t)TIME_MINUTE_MS};
    return road_within_run(within, &query);
}

int circle_write(const struct circle_config *config, const struct circle_request *request,
                 struct sites *sites, struct text *ret, struct diag *reterr)
{
    struct answer answer = {.config = config, .request = request, .sites = sites};
    struct road_within *within = NULL;
    struct road_spot place;
    if (config->road == NULL)
        return diag_set(reterr, ST_NOT_FOUND, 0, 0, "roads", "none imported yet");
    int status = road_place(config->road, request->mode, request->at, &place, reterr);
    if (status == ST_OK)
        status = road_within_new(&within, config->road);
    if (status != ST_OK)
        return status;
    answer.within = within;
    const struct closures_state *closed = closures_take(config->closures);
    answer.closures_version = closures_version(closed);
    status = search(&answer, within, &place, closed);
    if (status == ST_OK) {
        find_sites(&answer);
        status = isolated_find(config->road, closures_set(closed), request->at,
                               1u << request->mode, sites, &answer.isolated);
    }
    if (status == ST_OK)
        status = draw(&answer);
    if (status == ST_OK && request->flags != 0)
        status = find_people(&answer);
    closures_give(config->closures, closed);
    if (status == ST_OK) {
        write_answer(&answer, ret);
        status = ret->status;
    }
    road_circle_release(&answer.circle);
    mem_free(answer.people);
    road_within_free(within);
    return status;
}
