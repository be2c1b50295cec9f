/* SPDX-License-Identifier: Apache-2.0 */
/* Do closed roads cut a place off? Then nobody beyond a few streets is sent there, and
 * who asks is told so, with the nearest place where people can still gather: a muster
 * point (a site of kind `muster`), or where the road ends. */
#ifndef MUSTER_DISPATCH_ISOLATED_H
#define MUSTER_DISPATCH_ISOLATED_H

#include "base/text.h"
#include "dispatch/sites.h"
#include "road/road.h"

#include <stdbool.h>

/* A place from whose surroundings at most so many nodes (a tenth of them in a small
 * network) still lead to it is cut off, if more would with all roads open. */
#define ISOLATED_NODES_MAX 1000u
#define ISOLATED_TRIES_MAX 2000u

struct road_closed;

struct isolated {
    bool is_isolated;
    const struct site
        *site;      /* of the sites handed in; NULL: `at` is a point of the road */
    bool has_point; /* false: nowhere */
    struct point at;
    double metres; /* in a straight line: there is no road left */
};

#define ISOLATED_ALL_MODES ((1u << ROAD_MODE_COUNT) - 1)

/* CLOSED: NULL = all open. MODES: a bit for each enum road_mode; cut off means in all of
 * them (in which there is a road). SITES: those of kind muster are looked at; they stay
 * where they are as long as RET is read. Thread-safe.
 * ST_NO_MEMORY. Cost: some thousand nodes; nothing if all is open. */
int isolated_find(const struct road *road, const struct road_closed *closed,
                  struct point at, unsigned modes, const struct sites *sites,
                  struct isolated *ret) __attribute__((warn_unused_result));
/* Appends ,"isolated":{"muster":{"code","name","at"},"metres"} or {"road":{"lat","lon"},
 * "metres"} or {}; nothing if it is not. */
void isolated_append_json(const struct isolated *isolated, struct text *ret);

#endif
