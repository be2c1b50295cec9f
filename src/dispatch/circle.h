/* SPDX-License-Identifier: Apache-2.0 */
/* A travel-time circle as an answer: areas on the map, and the exact set of sites and
 * people inside, by travel time itself and with the roads closed now. For the command and
 * for HTTP. */
#ifndef MUSTER_DISPATCH_CIRCLE_H
#define MUSTER_DISPATCH_CIRCLE_H

#include "base/diag.h"
#include "base/text.h"
#include "road/circle.h"

#include <stdint.h>

#define CIRCLE_MINUTES_MAX 240
#define CIRCLE_TEXT_MAX (256u << 20)

struct closures;
struct crowd;
struct sites;

struct circle_config {
    const struct road *road; /* NULL: ST_NOT_FOUND */
    struct crowd *crowd;
    struct closures *closures;
};

enum {
    CIRCLE_COUNT_PEOPLE = 1, /* how many */
    CIRCLE_LIST_PEOPLE = 2,  /* their numbers and times too */
};

struct circle_request {
    struct point at;
    enum road_mode mode;
    enum road_direction direction;      /* ROAD_TO: who can be there in time */
    uint32_t minutes[CIRCLE_BANDS_MAX]; /* ascending, each once */
    uint32_t count;
    unsigned flags;
    int64_t now_ms; /* people are where they are at this hour */
};

/* "5,10,15" into REQUEST, sorted. ST_INVALID. */
int circle_parse_minutes(struct circle_request *request, const char *text,
                         struct diag *reterr) __attribute__((warn_unused_result));

/* Appends a GeoJSON FeatureCollection, a feature for each of the minutes with its counts
 * (households are those of the sites of kind homes, which are not listed);
 * `sites` (all of them are handed in and put in order) and, if wanted, `people` behind
 * them, nearest first. Thread-safe.
 * ST_UNPROCESSABLE: no road there, in reterr; ST_NO_MEMORY, ST_LIMIT. */
int circle_write(const struct circle_config *config, const struct circle_request *request,
                 struct sites *sites, struct text *ret, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
