/* SPDX-License-Identifier: Apache-2.0 */
/* What all sites of some kinds together reach in so many minutes, with the roads closed
 * now: which villages (and households, where homes are known), from which site; and where
 * new sites would cover most (plan/cover.h). For the command and for HTTP. */
#ifndef MUSTER_DISPATCH_COVERAGE_H
#define MUSTER_DISPATCH_COVERAGE_H

#include "base/diag.h"
#include "base/text.h"
#include "road/road.h"

#include <stdatomic.h>
#include <stdint.h>

#define COVERAGE_KINDS_MAX 8
#define COVERAGE_KIND_SIZE 32
#define COVERAGE_MINUTES_MAX 240
#define COVERAGE_PROPOSE_MAX 10
#define COVERAGE_SITES_MAX 2000
#define COVERAGE_VILLAGES_MAX 2000 /* as places for a new site */
#define COVERAGE_PAIRS_MAX (32u << 20)

struct area_tree;
struct closures;
struct sites;

struct coverage_config {
    const struct road *road; /* NULL: ST_NOT_FOUND */
    struct closures *closures;
    const atomic_bool *stop; /* looked at before each search; NULL: never stops */
};

struct coverage_request {
    char kinds[COVERAGE_KINDS_MAX][COVERAGE_KIND_SIZE];
    uint32_t kind_count; /* 0: every kind but homes */
    enum road_mode mode;
    enum road_direction direction; /* ROAD_FROM: help goes out; ROAD_TO: people come */
    uint32_t minutes;
    int64_t area_id; /* villages and homes under it, sites near them; 0 = all */
    uint32_t propose;
};

/* "muster,shelter" into REQUEST. ST_INVALID. */
int coverage_parse_kinds(struct coverage_request *request, const char *text,
                         struct diag *reterr) __attribute__((warn_unused_result));

/* Appends one JSON object (docs/formats/coverage.md). SITES are put in order.
 * Thread-safe; costs a search a site, and with `propose` one a village. ST_LIMIT: too
 * many sites or, to propose, villages, in reterr; ST_NOT_FOUND: no such area; ST_CLOSED:
 * stopped; ST_NO_MEMORY. */
int coverage_write(const struct coverage_config *config,
                   const struct coverage_request *request, const struct area_tree *areas,
                   struct sites *sites, struct text *ret, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
