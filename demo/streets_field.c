/* SPDX-License-Identifier: Apache-2.0 */
/* The fields: lanes along the bent lattice of the plain. Lanes near a village are lined
 * by hamlets: rows of short dead ends to the houses, sometimes with a back lane that
 * joins them. Lanes end at the corners of town grids and are drawn to main roads. */
#include "demo/streets_internal.h"

#include <math.h>
#include <string.h>

#define COLUMN_MIN (-40)
#define ROW_MIN (-50)
#define COLUMNS 110
#define ROWS 105
#define LANE_PARTS 3
#define ROW_HOUSES_MAX 12

struct corner {
    struct vec ideal; /* on the lattice */
    struct vec at;    /* where it was drawn to */
    uint32_t line;    /* the main road it lies on, or NET_NONE */
    bool field;       /* outside the towns */
    bool usable;
};

struct lane {
    struct vec points[LANE_PARTS + 1];
    double village_m; /* from its middle to the nearest village */
    bool main;        /* a tertiary road */
    uint32_t name;
};

static void corner_init(const struct streets *streets, struct corner *corner, int c,
                        int r)
{
    const struct terrain *terrain = streets->terrain;
    struct vec at = plane_round(terrain_lattice(terrain, c + COLUMN_MIN, r + ROW_MIN));
    *corner = (struct corner){.ideal = at, .at = at, .line = NET_NONE};
    corner->usable = terrain_is_land(terrain, at, 130);
    corner->field = terrain_town_of(terrain, at, 1.02) == NULL;
    if (!corner->usable || !corner->field)
        return;
    const struct magnet *magnet = streets_magnet(streets, at, 125);
    if (magnet != NULL) {
        corner->at = magnet->at;
        corner->line = magnet->line;
    }
}

/* A lane that reaches into a town ends at the nearest corner of its grid. */
static bool tie_to_town(const struct streets *streets, struct corner *inner,
                        struct vec outer)
{
    double best = 380;
    bool found = false;
    for (uint32_t i = 0; i < streets->corner_count; i++) {
        struct vec corner = streets->corners[i];
        if (fabs(corner.x - outer.x) > best || fabs(corner.y - outer.y) > best)
            continue;
        double distance = plane_distance(corner, outer);
        if (distance < best) {
            best = distance;
            inner->at = streets->corners[i];
            found = true;
        }
    }
    inner->ideal = inner->at;
    return found;
}

static bool lane_is_dry(const struct streets *streets, const struct lane *lane)
{
    for (uint32_t i = 0; i < LANE_PARTS; i++)
        for (int quarter = 0; quarter < 4; quarter++) {
            struct vec at =
                plane_mix(lane->points[i], lane->points[i + 1], quarter / 4.0);
            if (!terrain_is_land(streets->terrain, at, 40))
                return false;
        }
    return true;
}

/* The houses on one side of a lane: dead ends at AT, and perhaps a lane behind. */
static void draw_row(struct streets *streets, const struct vec *at, uint32_t count,
                     struct vec direction)
{
    struct random *random = streets->random;
    bool back_lane = plane_chance(random, 0.35);
    double depth = plane_between(random, 30, 60);
    struct run back = {.count = 0};
    for (uint32_t i = 0; i < count; i++) {
        if (!plane_chance(random, back_lane ? 0.9 : 0.62))
            continue;
        struct spur spur = {.at = at[i],
                            .direction = direction,
                            .length = back_lane ? depth : plane_between(random, 16, 62),
                            .class = NET_SERVICE,
                            .flags = NET_HOMES};
        double kind = random_unit(random);
        if (kind < 0.22)
            spur.class = NET_FOOTWAY;
        else if (kind < 0.4)
            spur.class = NET_RESIDENTIAL;
        else if (kind < 0.5)
            spur.class = NET_PATH;
        else if (kind < 0.53)
            spur.flags |= NET_PRIVATE | NET_GATE;
        run_add(&back, streets_spur(streets, &spur));
    }
    struct net_pen pen = {.class = NET_RESIDENTIAL, .flags = NET_HOMES | NET_SPUR};
    if (plane_chance(random, 0.4))
        pen.class = NET_FOOTWAY;
    if (back_lane)
        run_flush(&back, streets, &pen);
}

/* Adds the lane's points to RUN, with hamlets on both sides if HAMLET. */
static void draw_lane_points(struct streets *streets, const struct lane *lane,
                             struct run *run, bool hamlet)
{
    struct vec houses[2][ROW_HOUSES_MAX];
    for (uint32_t i = 0; i < LANE_PARTS; i++) {
        struct vec from = lane->points[i], to = lane->points[i + 1];
        double length = plane_distance(from, to);
        run_add(run, from);
        if (!hamlet || length < 70)
            continue;
        struct vec left = plane_left(plane_direction(from, to));
        uint32_t counts[2] = {0, 0};
        uint32_t places = (uint32_t)(length / 30);
        for (uint32_t k = 1; k < places && k < ROW_HOUSES_MAX; k++) {
            struct vec at = plane_round(plane_mix(from, to, (double)k / places));
            run_add(run, at);
            houses[k % 2][counts[k % 2]++] = at;
        }
        draw_row(streets, houses[0], counts[0], left);
        draw_row(streets, houses[1], counts[1], plane_scale(left, -1));
    }
    run_add(run, lane->points[LANE_PARTS]);
}

static void draw_lane(struct streets *streets, const struct lane *lane)
{
    struct random *random = streets->random;
    double near = lane->village_m;
    if (!lane->main && plane_chance(random, near < 600 ? 0.04 : 0.2))
        return;
    if (!lane_is_dry(streets, lane))
        return;
    bool hamlet = plane_chance(random, near < 500 ? 0.85 : near < 1100 ? 0.30 : 0.11);
    struct net_pen pen = {.class = NET_UNCLASSIFIED, .flags = hamlet ? NET_HOMES : 0};
    char name[NET_NAME_SIZE];
    if (lane->main) {
        pen.class = NET_TERTIARY;
        streets_name(lane->name, "线", name);
        pen.name = name;
    } else if (hamlet) {
        pen.class = plane_chance(random, 0.5) ? NET_RESIDENTIAL : NET_UNCLASSIFIED;
    } else if (plane_chance(random, 0.55)) {
        pen.class = plane_chance(random, 0.75) ? NET_TRACK : NET_PATH;
    }
    struct run run = {.count = 0};
    draw_lane_points(streets, lane, &run, hamlet);
    run_flush(&run, streets, &pen);
}

static void draw_edge(struct streets *streets, const struct corner *a,
                      const struct corner *b, const double from[2], const double step[2])
{
    struct corner one = *a, other = *b;
    if (!one.usable || !other.usable || (!one.field && !other.field))
        return;
    if (one.line != NET_NONE && one.line == other.line)
        return; /* the main road itself runs here */
    bool columns = step[1] > 0;
    if (!one.field && !tie_to_town(streets, &one, other.at))
        return;
    if (!other.field && !tie_to_town(streets, &other, one.at))
        return;
    struct lane lane;
    for (uint32_t i = 0; i <= LANE_PARTS; i++) {
        double t = (double)i / LANE_PARTS;
        struct vec ideal = terrain_lattice(streets->terrain, from[0] + step[0] * t,
                                           from[1] + step[1] * t);
        if (!a->field || !b->field) /* no lattice inside a town: straight */
            ideal = plane_mix(one.ideal, other.ideal, t);
        struct vec shift =
            plane_mix(plane_sub(one.at, one.ideal), plane_sub(other.at, other.ideal), t);
        lane.points[i] = plane_round(plane_add(ideal, shift));
    }
    lane.points[0] = one.at;
    lane.points[LANE_PARTS] = other.at;
    int fixed = (int)lround(columns ? from[0] : from[1]);
    lane.main = ((fixed % 7) + 7) % 7 == 3;
    lane.name = (uint32_t)(fixed + 200) * 2 + columns;
    struct vec middle = plane_mix(one.at, other.at, 0.5);
    uint32_t village = villages_nearest(streets->villages, middle);
    lane.village_m = plane_distance(middle, streets->villages->items[village].centre);
    draw_lane(streets, &lane);
}

void streets_draw_fields(struct streets *streets)
{
    struct corner before[ROWS], now[ROWS];
    for (int c = 0; c < COLUMNS; c++) {
        for (int r = 0; r < ROWS; r++)
            corner_init(streets, &now[r], c, r);
        for (int r = 0; r < ROWS; r++) {
            double column = c + COLUMN_MIN, row = r + ROW_MIN;
            if (r > 0)
                draw_edge(streets, &now[r - 1], &now[r], (double[]){column, row - 1},
                          (double[]){0, 1});
            if (c > 0)
                draw_edge(streets, &before[r], &now[r], (double[]){column - 1, row},
                          (double[]){1, 0});
        }
        memcpy(before, now, sizeof before);
    }
}
