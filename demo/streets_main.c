/* SPDX-License-Identifier: Apache-2.0 */
/* Water, motorways and main roads: curves through the control points of the terrain, and
 * a sea wall along the bay.
 *
 * A motorway is two one-way carriageways that meet at the county's border, so that no car
 * is lost there. Where it crosses a main road, four ramps make a diamond:
 *
 *        ---<---a----------x----------b---<---     left carriageway
 *                \         |         /
 *                 `---<----o---<----'               o = a vertex of the main road
 */
#include "demo/streets_internal.h"

#include "base/mem.h"

#include <math.h>

#define STEP_M 60.0
#define CARRIAGEWAY_M 13.0
#define RAMP_STEPS 7 /* from the crossing to where a ramp leaves, in steps */
#define INTERCHANGE_APART_STEPS 45
#define CURVE_MAX TERRAIN_LINE_POINTS_MAX

struct curve {
    struct vec points[CURVE_MAX];
    uint32_t count;
};

static void draw_canals(struct streets *streets, bool columns)
{
    struct net_pen pen = {.class = NET_CANAL, .width_m = 14};
    for (int line = -60; line <= 80; line++) {
        if (((line % 3) + 3) % 3 != (columns ? 0 : 1))
            continue;
        char name[NET_NAME_SIZE];
        streets_name((uint32_t)(line + 100) * 2 + columns, columns ? "港" : "泾", name);
        pen.name = name;
        struct run run = {.count = 0};
        for (int step = -60; step <= 80; step++) {
            bool gap = plane_chance(streets->random, 0.16);
            for (int part = 0; part < 3; part++) {
                double along = step + part / 3.0;
                struct vec at =
                    columns ? terrain_lattice(streets->terrain, line + 0.5, along)
                            : terrain_lattice(streets->terrain, along, line + 0.5);
                if (gap || !terrain_is_land(streets->terrain, at, 25) ||
                    terrain_town_of(streets->terrain, at, 0.8) != NULL)
                    run_flush(&run, streets, &pen);
                else
                    run_add(&run, at);
            }
        }
        run_flush(&run, streets, &pen);
    }
}

void streets_draw_water(struct streets *streets)
{
    struct curve curve;
    for (uint32_t i = 0; i < terrain_line_count(); i++) {
        struct terrain_line line;
        terrain_line_at(i, &line);
        if (!net_is_water(line.class))
            continue;
        curve.count = plane_curve(line.controls, line.control_count, STEP_M, curve.points,
                                  CURVE_MAX);
        struct net_pen pen = {
            .class = line.class, .width_m = line.width_m, .name = line.name};
        net_add(streets->net, &pen, curve.points, curve.count);
    }
    draw_canals(streets, true);
    draw_canals(streets, false);
}

static struct vec curve_normal(const struct curve *curve, uint32_t i)
{
    uint32_t before = i > 0 ? i - 1 : 0;
    uint32_t after = i + 1 < curve->count ? i + 1 : i;
    return plane_left(plane_direction(curve->points[before], curve->points[after]));
}

/* SIDE +1 = to the right of the curve and along it, -1 = to the left and back. */
static struct vec carriageway_point(const struct curve *curve, uint32_t i, double side)
{
    double offset = i == 0 || i + 1 == curve->count ? 0 : -CARRIAGEWAY_M * side;
    return plane_round(
        plane_add(curve->points[i], plane_scale(curve_normal(curve, i), offset)));
}

static void draw_carriageway(struct streets *streets, const struct curve *curve,
                             double side, const char *name)
{
    struct curve way = {.count = curve->count};
    for (uint32_t i = 0; i < curve->count; i++)
        way.points[side > 0 ? i : curve->count - 1 - i] =
            carriageway_point(curve, i, side);
    struct net_pen pen = {.class = NET_MOTORWAY, .flags = NET_ONEWAY, .name = name};
    net_add(streets->net, &pen, way.points, way.count);
}

static void draw_ramp(struct streets *streets, struct vec from, struct vec bend,
                      struct vec to)
{
    struct vec points[9];
    for (uint32_t i = 0; i < COUNT_OF(points); i++) {
        double t = i / (COUNT_OF(points) - 1.0);
        points[i] = plane_mix(plane_mix(from, bend, t), plane_mix(bend, to, t), t);
    }
    points[0] = from;
    points[COUNT_OF(points) - 1] = to;
    struct net_pen pen = {.class = NET_MOTORWAY_LINK, .flags = NET_ONEWAY};
    net_add(streets->net, &pen, points, COUNT_OF(points));
}

/* Ramps on one side of the motorway, at its vertex AT, to the vertex FOOT of the road. */
static void draw_ramps(struct streets *streets, const struct curve *curve, uint32_t at,
                       double side, struct vec foot)
{
    struct vec ends[2], bends[2];
    for (int k = 0; k < 2; k++) {
        bool early = (k == 0) == (side > 0);
        uint32_t leave = early ? at - RAMP_STEPS : at + RAMP_STEPS;
        uint32_t bend = early ? at - 2 : at + 2;
        ends[k] = carriageway_point(curve, leave, side);
        bends[k] = plane_add(curve->points[bend],
                             plane_scale(curve_normal(curve, bend), -50 * side));
    }
    draw_ramp(streets, ends[0], bends[0], foot);
    draw_ramp(streets, foot, bends[1], ends[1]);
}

/* Where CURVE crosses the ROAD: its vertex just before, and the road's; false if nowhere
 * at or after FROM. */
static bool find_crossing(const struct curve *curve, const struct vec *road,
                          uint32_t count, uint32_t from, uint32_t ret[2])
{
    for (uint32_t i = from; i + 1 < curve->count; i++)
        for (uint32_t k = 0; k + 1 < count; k++) {
            double t, u;
            if (plane_cross(curve->points[i], curve->points[i + 1], road[k], road[k + 1],
                            &t, &u)) {
                ret[0] = i;
                ret[1] = k;
                return true;
            }
        }
    return false;
}

static void draw_interchanges(struct streets *streets, const struct curve *curve,
                              const struct net_line *road)
{
    const struct vec *points = &streets->net->points[road->first];
    uint32_t at[2];
    for (uint32_t from = 12; find_crossing(curve, points, road->count, from, at);
         from = at[0] + INTERCHANGE_APART_STEPS) {
        if (at[0] + 12 >= curve->count || at[1] < 4 || at[1] + 4 >= road->count)
            return;
        struct vec normal = curve_normal(curve, at[0]);
        struct vec before = points[at[1] - 3], after = points[at[1] + 4];
        struct vec to = plane_sub(after, curve->points[at[0]]);
        bool after_is_left = to.x * normal.x + to.y * normal.y > 0;
        draw_ramps(streets, curve, at[0], 1, after_is_left ? before : after);
        draw_ramps(streets, curve, at[0], -1, after_is_left ? after : before);
        points = &streets->net->points[road->first];
    }
}

static void draw_sea_wall(struct streets *streets)
{
    const struct terrain *terrain = streets->terrain;
    struct curve shore, wall = {.count = 0};
    shore.count = plane_curve(&terrain->outline[terrain->coast_first],
                              terrain->coast_count, 150, shore.points, CURVE_MAX);
    for (uint32_t i = 0; i < shore.count; i++) {
        struct vec inland = plane_scale(curve_normal(&shore, i), -90);
        struct vec at = plane_round(plane_add(shore.points[i], inland));
        if (terrain_is_land(terrain, at, 60))
            wall.points[wall.count++] = at;
    }
    struct net_pen pen = {.class = NET_TRACK, .name = "海塘路"};
    net_add(streets->net, &pen, wall.points, wall.count);
    for (uint32_t i = 3; i + 1 < wall.count; i += 6) {
        struct spur steps = {wall.points[i], curve_normal(&wall, i), 26, NET_STEPS, 0};
        (void)streets_spur(streets, &steps);
    }
    /* Lanes that tie the wall to the roads behind it. */
    for (uint32_t i = 5; i + 1 < wall.count; i += 9) {
        struct net_pen lane = {.class = NET_UNCLASSIFIED, .flags = NET_URBAN};
        struct vec inland = plane_scale(curve_normal(&wall, i), -750);
        struct vec end = plane_add(wall.points[i], inland);
        net_add(streets->net, &lane, (struct vec[]){wall.points[i], end}, 2);
    }
}

void streets_draw_main(struct streets *streets)
{
    struct net *net = streets->net;
    struct curve curve;
    struct terrain_line line;
    uint32_t first = net->line_count;
    for (uint32_t i = 0; i < terrain_line_count(); i++) {
        terrain_line_at(i, &line);
        if (net_is_water(line.class) || net_is_raised(line.class))
            continue;
        curve.count = plane_curve(line.controls, line.control_count, STEP_M, curve.points,
                                  CURVE_MAX);
        struct net_pen pen = {.class = line.class, .flags = NET_URBAN, .name = line.name};
        net_add(net, &pen, curve.points, curve.count);
        for (uint32_t k = 0;
             k < curve.count && streets->magnet_count < STREETS_MAGNETS_MAX; k++)
            streets->magnets[streets->magnet_count++] =
                (struct magnet){curve.points[k], net->line_count - 1};
    }
    uint32_t last = net->line_count;
    for (uint32_t i = 0; i < terrain_line_count(); i++) {
        terrain_line_at(i, &line);
        if (line.class != NET_MOTORWAY)
            continue;
        curve.count = plane_curve(line.controls, line.control_count, STEP_M, curve.points,
                                  CURVE_MAX);
        draw_carriageway(streets, &curve, 1, line.name);
        draw_carriageway(streets, &curve, -1, line.name);
        for (uint32_t road = first; road < last; road++) {
            struct net_line crossed = net->lines[road];
            draw_interchanges(streets, &curve, &crossed);
        }
    }
    draw_sea_wall(streets);
}
