/* SPDX-License-Identifier: Apache-2.0 */
/* Town grids: two families of streets at uneven distances, slightly bent, turned to the
 * town's own angle, with some blocks left open, one-way pairs in the core of the city,
 * short dead ends into the blocks, and paths around the lakes. */
#include "demo/streets_internal.h"

#include <math.h>

#define GRID_HALF_MAX 32
#define GRID_SIDE (2 * GRID_HALF_MAX + 1)

struct grid {
    const struct terrain_town *town;
    int half;
    double offsets[2][GRID_SIDE];
    struct vec at[GRID_SIDE][GRID_SIDE]; /* [column][row] */
    uint32_t line[GRID_SIDE][GRID_SIDE]; /* the main road it was drawn to, or NET_NONE */
    bool inside[GRID_SIDE][GRID_SIDE];
};

static void place_corner(struct streets *streets, struct grid *grid, int c, int r,
                         const double phase[2])
{
    const struct terrain_town *town = grid->town;
    double u = grid->offsets[0][c], v = grid->offsets[1][r], size = town->radius;
    double bent_u = u + 0.05 * size * sin(v / (0.6 * size) + phase[0]);
    double bent_v = v + 0.05 * size * sin(u / (0.7 * size) + phase[1]);
    struct vec at = {
        town->centre.x + bent_u * cos(town->angle) - bent_v * sin(town->angle),
        town->centre.y + bent_u * sin(town->angle) + bent_v * cos(town->angle)};
    at = plane_round(at);
    grid->inside[c][r] = terrain_is_land(streets->terrain, at, 120) &&
                         terrain_town_of(streets->terrain, at, 1) == town;
    grid->line[c][r] = NET_NONE;
    if (!grid->inside[c][r])
        return;
    const struct magnet *magnet = streets_magnet(streets, at, town->spacing * 0.48);
    if (magnet != NULL) {
        at = magnet->at;
        grid->line[c][r] = magnet->line;
    }
    grid->at[c][r] = at;
    if (streets->corner_count < STREETS_CORNERS_MAX)
        streets->corners[streets->corner_count++] = at;
}

static void grid_init(struct streets *streets, struct grid *grid,
                      const struct terrain_town *town)
{
    grid->town = town;
    grid->half = (int)(town->radius * 1.2 / town->spacing);
    if (grid->half > GRID_HALF_MAX)
        grid->half = GRID_HALF_MAX;
    int side = 2 * grid->half + 1;
    for (int family = 0; family < 2; family++)
        for (int i = 0; i < side; i++)
            grid->offsets[family][i] =
                town->spacing *
                (i - grid->half + plane_between(streets->random, -0.2, 0.2));
    double phase[2] = {plane_between(streets->random, 0, 2 * M_PI),
                       plane_between(streets->random, 0, 2 * M_PI)};
    for (int c = 0; c < side; c++)
        for (int r = 0; r < side; r++)
            place_corner(streets, grid, c, r, phase);
}

static enum net_class city_class(int line, int along, bool columns)
{
    if (line % 8 == 0)
        return NET_SECONDARY;
    if (line % 4 == 0)
        return NET_TERTIARY;
    if (columns && line == 1 && along >= -3 && along <= 2)
        return NET_PEDESTRIAN;
    return NET_RESIDENTIAL;
}

static struct net_pen street_pen(struct streets *streets, const struct grid *grid,
                                 int line, int along, bool columns)
{
    struct net_pen pen = {.class = NET_RESIDENTIAL, .flags = NET_URBAN | NET_HOMES};
    switch (grid->town->style) {
    case TERRAIN_CITY:
        pen.class = city_class(line, along, columns);
        /* One-way pairs: the streets on both sides of each second main street. */
        if (pen.class == NET_RESIDENTIAL && abs(line) < grid->half * 0.42 &&
            abs(along) < grid->half * 0.42 && line % 2 != 0)
            pen.flags |= NET_ONEWAY;
        break;
    case TERRAIN_TOWN:
        pen.class = line == 0       ? NET_TERTIARY
                    : line % 4 == 0 ? NET_UNCLASSIFIED
                                    : NET_RESIDENTIAL;
        if (line == 3)
            pen.flags |= NET_ONEWAY;
        break;
    case TERRAIN_MARKET:
        pen.class = line == 0 ? NET_TERTIARY : NET_RESIDENTIAL;
        break;
    case TERRAIN_PORT:
        pen.class = line % 2 == 0 ? NET_UNCLASSIFIED : NET_SERVICE;
        pen.flags = NET_URBAN;
        if (pen.class == NET_SERVICE && plane_chance(streets->random, 0.5))
            pen.flags |= NET_PRIVATE | NET_GATE;
        break;
    }
    return pen;
}

/* One block's side: its points, with dead ends into the blocks on both sides. */
static void draw_side(struct streets *streets, struct run *run, struct vec from,
                      struct vec to, bool homes)
{
    run_add(run, from);
    double length = plane_distance(from, to);
    struct vec left = plane_left(plane_direction(from, to));
    for (double t = 0.36; t < 0.8 && length > 60; t += 0.3) {
        if (!homes || !plane_chance(streets->random, 0.3))
            continue;
        struct spur spur = {
            .at = plane_round(plane_mix(from, to, t)),
            .direction = plane_scale(left, plane_chance(streets->random, 0.5) ? 1 : -1),
            .length = plane_between(streets->random, 18, 40),
            .class = NET_SERVICE,
            .flags = NET_HOMES};
        if (plane_chance(streets->random, 0.3))
            spur.class = NET_FOOTWAY;
        else if (plane_chance(streets->random, 0.14))
            spur.flags |= NET_PRIVATE | NET_GATE;
        else if (plane_chance(streets->random, 0.1))
            spur.flags |= NET_BOLLARD;
        run_add(run, spur.at);
        (void)streets_spur(streets, &spur);
    }
}

static void draw_run(struct streets *streets, struct run *run, struct net_pen *pen,
                     int line)
{
    bool backwards = (pen->flags & NET_ONEWAY) != 0 && ((line % 4) + 4) % 4 == 3;
    for (uint32_t i = 0; backwards && i < run->count / 2; i++) {
        struct vec swap = run->points[i];
        run->points[i] = run->points[run->count - 1 - i];
        run->points[run->count - 1 - i] = swap;
    }
    run_flush(run, streets, pen);
}

/* One block's side of a street. */
struct side {
    int c[2], r[2]; /* its corners: columns and rows */
};

/* Not where the town ends, where a main road runs already, and where a block was left
 * open. */
static bool is_drawn(struct streets *streets, const struct grid *grid,
                     const struct side *side, enum net_class class)
{
    if (class >= NET_RESIDENTIAL && plane_chance(streets->random, 0.09))
        return false;
    if (!grid->inside[side->c[0]][side->r[0]] || !grid->inside[side->c[1]][side->r[1]])
        return false;
    uint32_t line = grid->line[side->c[0]][side->r[0]];
    return line == NET_NONE || line != grid->line[side->c[1]][side->r[1]];
}

static const char *side_name(enum net_class class, const char *name)
{
    if (class == NET_PEDESTRIAN)
        return "南河头步行街";
    return class == NET_SERVICE ? NULL : name;
}

static void draw_street(struct streets *streets, const struct grid *grid, int i,
                        bool columns)
{
    int line = i - grid->half;
    char name[NET_NAME_SIZE];
    uint32_t number = (uint32_t)(grid->town - streets->terrain->towns) * 211 +
                      (uint32_t)i * 2 + columns;
    streets_name(number, columns ? "路" : "街", name);
    struct run run = {.count = 0};
    struct net_pen pen = {.class = NET_CLASS_COUNT};
    for (int k = 0; k < 2 * grid->half; k++) {
        struct side side = columns ? (struct side){{i, i}, {k, k + 1}}
                                   : (struct side){{k, k + 1}, {i, i}};
        struct net_pen now = street_pen(streets, grid, line, k - grid->half, columns);
        bool drawn = is_drawn(streets, grid, &side, now.class);
        if (!drawn || now.class != pen.class || now.flags != pen.flags)
            draw_run(streets, &run, &pen, line);
        if (!drawn)
            continue;
        now.name = side_name(now.class, name);
        if (run.count > 0)
            run.count--; /* draw_side adds the corner again */
        pen = now;
        struct vec from = grid->at[side.c[0]][side.r[0]];
        struct vec to = grid->at[side.c[1]][side.r[1]];
        draw_side(streets, &run, from, to, (now.flags & NET_HOMES) != 0);
        run_add(&run, to);
    }
    draw_run(streets, &run, &pen, line);
}

/* A path around each lake, with spokes to the streets; steps at the shore. */
static void draw_lake_paths(struct streets *streets)
{
    const struct terrain *terrain = streets->terrain;
    for (uint32_t l = 0; l < terrain->lake_count; l++) {
        struct vec centre = {0, 0};
        for (uint32_t i = 0; i < TERRAIN_LAKE_POINTS; i++)
            centre = plane_add(
                centre, plane_scale(terrain->lakes[l][i], 1.0 / TERRAIN_LAKE_POINTS));
        struct run run = {.count = 0};
        for (uint32_t i = 0; i <= TERRAIN_LAKE_POINTS; i++) {
            struct vec shore = terrain->lakes[l][i % TERRAIN_LAKE_POINTS];
            struct vec out = plane_direction(centre, shore);
            struct vec at = plane_round(plane_add(shore, plane_scale(out, 24)));
            run_add(&run, at);
            if (i == TERRAIN_LAKE_POINTS)
                continue;
            if (i % 4 == 1) {
                struct spur steps = {at, plane_scale(out, -1), 14, NET_STEPS, 0};
                (void)streets_spur(streets, &steps);
            }
            if (i % 7 == 0) {
                struct spur spoke = {at, out, 420, NET_CYCLEWAY, NET_BOLLARD};
                (void)streets_spur(streets, &spoke);
            }
        }
        struct net_pen pen = {.class = NET_FOOTWAY, .name = "环湖步道"};
        run_flush(&run, streets, &pen);
    }
}

void streets_draw_towns(struct streets *streets)
{
    struct grid grid;
    for (uint32_t i = 0; i < streets->terrain->town_count; i++) {
        grid_init(streets, &grid, &streets->terrain->towns[i]);
        for (int k = 0; k < 2 * grid.half + 1; k++) {
            draw_street(streets, &grid, k, true);
            draw_street(streets, &grid, k, false);
        }
    }
    draw_lake_paths(streets);
}
