/* SPDX-License-Identifier: Apache-2.0 */
/* docs/formats/coverage.md as it is written. */
#include "dispatch/coverage_internal.h"

#include <stdlib.h>

/* Those not reached first, then the farthest first; the same time by code. */
static int by_need(const void *a, const void *b)
{
    const struct coverage_place *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms > y->ms ? -1 : 1;
    return strcmp(x->village->code, y->village->code);
}

static void append_count(const struct coverage *coverage, struct coverage_count count,
                         struct text *ret)
{
    text_appendf(ret, "\"villages\":%u", count.villages);
    if (coverage->has_homes)
        text_appendf(ret, ",\"households\":%llu", (unsigned long long)count.households);
}

static void append_area(const char *code, const char *name, struct text *ret)
{
    text_append_string(ret, "{\"code\":");
    text_append_json(ret, code);
    text_append_string(ret, ",\"name\":");
    text_append_json(ret, name);
}

static void append_at(struct point at, struct text *ret)
{
    text_appendf(ret, ",\"at\":{\"lat\":%.7f,\"lon\":%.7f}", point_lat(at),
                 point_lon(at));
}

static void append_sites(const struct coverage *coverage, struct text *ret)
{
    text_append_string(ret, ",\"sites\":[");
    for (uint32_t i = 0; i < coverage->site_count; i++) {
        text_append_string(ret, i == 0 ? "" : ",");
        site_append_json(&coverage->sites[i], ret);
        text_append_string(ret, ",");
        append_count(coverage, coverage->reached[i], ret);
        text_append_string(ret, "}");
    }
    text_append_string(ret, "]");
}

static void append_places(const struct coverage *coverage, struct text *ret)
{
    text_append_string(ret, ",\"places\":[");
    for (uint32_t i = 0; i < coverage->village_count; i++) {
        const struct coverage_place *place = &coverage->places[i];
        text_append_string(ret, i == 0 ? "" : ",");
        append_area(place->village->code, place->village->name, ret);
        append_at(place->at, ret);
        if (place->site != COVERAGE_NO_SITE) {
            text_appendf(ret, ",\"seconds\":%u.%03u,\"site\":", place->ms / 1000,
                         place->ms % 1000);
            text_append_json(ret, coverage->sites[place->site].code);
        }
        text_append_string(ret, "}");
    }
    text_append_string(ret, "]");
}

/* Before the places are put in order: the chosen ones are indices of them. */
static void append_proposed(const struct coverage *coverage, struct text *ret)
{
    const struct cover_choice *choice = &coverage->choice;
    struct coverage_count after = coverage->covered;
    text_append_string(ret, ",\"proposed\":[");
    for (uint32_t i = 0; i < choice->count; i++) {
        const struct coverage_place *place = &coverage->places[choice->sites[i]];
        text_append_string(ret, i == 0 ? "" : ",");
        append_area(place->village->code, place->village->name, ret);
        append_at(place->at, ret);
        text_append_string(ret, ",");
        append_count(coverage, coverage->added[i], ret);
        text_append_string(ret, "}");
        after.villages += coverage->added[i].villages;
        after.households += coverage->added[i].households;
    }
    text_append_string(ret, "],\"after\":{");
    append_count(coverage, after, ret);
    const uint64_t now =
        coverage->has_homes ? coverage->covered.households : coverage->covered.villages;
    text_appendf(ret, "},\"optimal\":%s,\"bound\":{\"%s\":%llu}",
                 choice->optimal ? "true" : "false",
                 coverage->has_homes ? "households" : "villages",
                 (unsigned long long)(now + choice->bound));
}

static void append_head(const struct coverage *coverage, struct text *ret)
{
    const struct coverage_request *request = coverage->request;
    text_appendf(ret, "{\"mode\":\"%s\",\"direction\":\"%s\",\"minutes\":%u,\"kinds\":[",
                 road_mode_name(request->mode), road_direction_name(request->direction),
                 request->minutes);
    for (uint32_t i = 0; i < request->kind_count; i++) {
        text_append_string(ret, i == 0 ? "" : ",");
        text_append_json(ret, request->kinds[i]);
    }
    text_append_string(ret, "]");
    if (coverage->area != NULL) {
        text_append_string(ret, ",\"area\":");
        append_area(coverage->area->code, coverage->area->name, ret);
        text_append_string(ret, "}");
    }
    text_appendf(ret,
                 ",\"closures_version\":%llu,\"villages\":{\"total\":%u,\"covered\":%u}",
                 (unsigned long long)coverage->closures_version, coverage->total.villages,
                 coverage->covered.villages);
    if (coverage->has_homes)
        text_appendf(ret, ",\"households\":{\"total\":%llu,\"covered\":%llu}",
                     (unsigned long long)coverage->total.households,
                     (unsigned long long)coverage->covered.households);
}

void coverage_append_json(struct coverage *coverage, struct text *ret)
{
    append_head(coverage, ret);
    append_sites(coverage, ret);
    append_proposed(coverage, ret);
    if (coverage->village_count > 0)
        qsort(coverage->places, coverage->village_count, sizeof *coverage->places,
              by_need);
    append_places(coverage, ret);
    text_append_string(ret, "}");
}
