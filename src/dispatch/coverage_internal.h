/* SPDX-License-Identifier: Apache-2.0 */
/* Between the search for what is covered and its JSON. */
#ifndef MUSTER_DISPATCH_COVERAGE_INTERNAL_H
#define MUSTER_DISPATCH_COVERAGE_INTERNAL_H

#include "dispatch/coverage.h"
#include "dispatch/sites.h"
#include "plan/cover.h"
#include "store/area.h"

#include <stdbool.h>

#define COVERAGE_NO_SITE UINT32_MAX

/* A village, or homes: who is to be reached. */
struct coverage_place {
    const struct area *village; /* NULL: homes */
    uint32_t households;        /* of homes */
    struct point at;
    struct road_spot spot;
    bool has_road;
    uint32_t ms;   /* from the nearest site; ROAD_MS_NONE: not in time */
    uint32_t site; /* which one; COVERAGE_NO_SITE */
};

struct coverage_count {
    uint32_t villages;
    uint64_t households;
};

struct coverage {
    const struct coverage_request *request;
    const atomic_bool *stop;       /* NULL: never */
    const struct area *area;       /* NULL: all */
    struct coverage_place *places; /* villages first */
    uint32_t place_count, village_count;
    struct box reach;         /* with an area: no site outside comes in time */
    const struct site *sites; /* those that count */
    uint32_t site_count;
    struct coverage_count *reached; /* by site */
    struct coverage_count total, covered;
    bool has_homes;
    uint64_t closures_version;

    /* A candidate is a village. */
    struct cover_choice choice;
    struct coverage_count added[COVERAGE_PROPOSE_MAX];
};

void coverage_append_json(struct coverage *coverage, struct text *ret);

#endif
