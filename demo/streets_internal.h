/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files that draw streets. */
#ifndef MUSTER_DEMO_STREETS_INTERNAL_H
#define MUSTER_DEMO_STREETS_INTERNAL_H

#include "demo/streets.h"

#define STREETS_MAGNETS_MAX 20000
#define STREETS_CORNERS_MAX 20000
#define STREETS_RUN_MAX 2048

/* A vertex of a main road, which nearby street corners are drawn to. */
struct magnet {
    struct vec at;
    uint32_t line;
};

struct streets {
    struct net *net;
    const struct terrain *terrain;
    const struct villages *villages;
    struct random *random;
    struct magnet *magnets; /* STREETS_MAGNETS_MAX */
    uint32_t magnet_count;
    struct vec *corners; /* of town grids, STREETS_CORNERS_MAX */
    uint32_t corner_count;
};

/* A polyline under construction. */
struct run {
    struct vec points[STREETS_RUN_MAX];
    uint32_t count;
};
void run_add(struct run *run, struct vec at);
/* Draws the run and empties it. */
void run_flush(struct run *run, struct streets *streets, const struct net_pen *pen);

/* The magnet nearest to AT within RADIUS, or NULL. */
const struct magnet *streets_magnet(const struct streets *streets, struct vec at,
                                    double radius);
/* A street name that depends on N only; RET has NET_NAME_SIZE bytes. */
void streets_name(uint32_t n, const char *tail, char *ret);

/* A dead end that leaves a street at AT. */
struct spur {
    struct vec at, direction;
    double length;
    enum net_class class;
    uint32_t flags;
};
/* Draws it and returns its end. */
struct vec streets_spur(struct streets *streets, const struct spur *spur);

void streets_draw_water(struct streets *streets);
void streets_draw_main(struct streets *streets);
void streets_draw_towns(struct streets *streets);
void streets_draw_fields(struct streets *streets);

#endif
