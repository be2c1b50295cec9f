/* SPDX-License-Identifier: Apache-2.0 */
/* Tables in degrees, because that is how one reads them off a map. */
#include "demo/terrain.h"

#include "base/mem.h"

#include <assert.h>
#include <math.h>

struct degrees {
    double lat, lon;
};

/* Invented, on a coarse grid; clockwise from the northern tip; COAST_FIRST is where the
 * bay begins. */
static const struct degrees outline[] = {
    {30.860, 121.080}, {30.855, 121.110}, {30.830, 121.130}, {30.800, 121.125},
    {30.785, 121.140}, {30.780, 121.170}, {30.790, 121.200}, {30.770, 121.230},
    {30.750, 121.255}, {30.720, 121.265}, {30.695, 121.268}, {30.680, 121.270},
    {30.665, 121.250}, {30.650, 121.235}, {30.640, 121.205}, {30.630, 121.175},
    {30.610, 121.150}, {30.600, 121.130}, {30.585, 121.105}, {30.570, 121.070},
    {30.560, 121.050}, {30.580, 121.030}, {30.610, 121.035}, {30.630, 121.020},
    {30.625, 120.990}, {30.635, 120.960}, {30.660, 120.945}, {30.700, 120.945},
    {30.725, 120.965}, {30.755, 120.955}, {30.785, 120.960}, {30.785, 120.990},
    {30.800, 121.025}, {30.830, 121.040}, {30.850, 121.060},
};
#define LAKE_ACROSS_MAX_M 1800.0 /* wider than any lake below */
#define COAST_FIRST 11
#define COAST_LAST 20

static const struct {
    const char *code6;
    struct degrees at;
    double radius, angle_degrees, spacing;
    enum terrain_style style;
} towns[] = {
    {"001000", {30.696, 121.020}, 2900, 7, 112, TERRAIN_CITY},
    {"002000", {30.729, 120.994}, 1250, -4, 105, TERRAIN_TOWN},
    {"003000", {30.683, 120.968}, 720, 12, 100, TERRAIN_TOWN},
    {"101000", {30.609, 121.085}, 1650, 24, 108, TERRAIN_TOWN},
    {"102000", {30.805, 121.068}, 880, -14, 100, TERRAIN_TOWN},
    {"103000", {30.720, 121.140}, 850, 10, 100, TERRAIN_TOWN},
    {"106000", {30.751, 121.185}, 700, -8, 100, TERRAIN_TOWN},
    {"107000", {30.655, 121.060}, 720, 18, 100, TERRAIN_TOWN},
    {"108000", {30.657, 121.180}, 1000, 14, 102, TERRAIN_TOWN},
    {"", {30.683, 121.226}, 480, 5, 95, TERRAIN_MARKET},
    {"", {30.725, 121.190}, 400, -3, 95, TERRAIN_MARKET},
    {"", {30.660, 121.012}, 420, 9, 95, TERRAIN_MARKET},
    {"", {30.747, 121.220}, 380, -10, 95, TERRAIN_MARKET},
    {"", {30.664, 121.140}, 430, 6, 95, TERRAIN_MARKET},
    {"", {30.775, 121.045}, 350, -6, 95, TERRAIN_MARKET},
    {"", {30.612, 121.126}, 1250, 27, 270, TERRAIN_PORT},
    {"", {30.648, 121.209}, 1050, 15, 270, TERRAIN_PORT},
};

static const struct {
    const char *name;
    struct degrees at;
    double east, north; /* half axes, metres */
} lakes[] = {
    {"东湖", {30.7045, 121.0445}, 340, 430},   {"明湖", {30.7130, 121.0060}, 260, 190},
    {"北横湖", {30.7500, 121.0620}, 330, 420}, {"泖湖", {30.8260, 121.0920}, 520, 610},
    {"芦荡", {30.6830, 121.1060}, 420, 260},   {"庙浜漾", {30.7350, 121.2300}, 260, 340},
};

#define END                                                                              \
    {                                                                                    \
        0, 0                                                                             \
    }
static const struct {
    enum net_class class;
    uint32_t width_m;
    const char *name;
    struct degrees controls[12];
} lines[] = {
    {NET_MOTORWAY,
     0,
     "沿湾高速",
     {{30.663, 120.951},
      {30.652, 121.000},
      {30.638, 121.050},
      {30.640, 121.100},
      {30.650, 121.130},
      {30.673, 121.165},
      {30.693, 121.210},
      {30.700, 121.266},
      END}},
    {NET_MOTORWAY,
     0,
     "湖申高速",
     {{30.851, 121.066},
      {30.832, 121.075},
      {30.790, 121.094},
      {30.750, 121.098},
      {30.700, 121.092},
      {30.665, 121.096},
      {30.628, 121.106},
      END}},
    {NET_TRUNK,
     0,
     "滨海大道",
     {{30.573, 121.046},
      {30.588, 121.070},
      {30.604, 121.097},
      {30.628, 121.106},
      {30.643, 121.150},
      {30.649, 121.190},
      {30.662, 121.222},
      {30.681, 121.250},
      {30.688, 121.268},
      END}},
    {NET_TRUNK,
     0,
     "平善大道",
     {{30.604, 121.097},
      {30.628, 121.080},
      {30.655, 121.070},
      {30.690, 121.058},
      {30.730, 121.040},
      {30.765, 121.035},
      {30.800, 121.058},
      {30.830, 121.070},
      {30.855, 121.083},
      END}},
    {NET_PRIMARY,
     0,
     "当湖路",
     {{30.688, 120.949},
      {30.686, 120.970},
      {30.694, 121.000},
      {30.695, 121.020},
      {30.690, 121.040},
      {30.690, 121.058},
      {30.703, 121.085},
      {30.716, 121.130},
      {30.721, 121.145},
      {30.724, 121.190},
      {30.729, 121.266},
      END}},
    {NET_PRIMARY,
     0,
     "新华路",
     {{30.780, 120.963},
      {30.756, 120.984},
      {30.729, 120.998},
      {30.710, 121.014},
      {30.695, 121.020},
      {30.672, 121.015},
      {30.652, 121.012},
      {30.629, 121.028},
      END}},
    {NET_SECONDARY,
     0,
     "新广公路",
     {{30.805, 121.068},
      {30.783, 121.090},
      {30.768, 121.120},
      {30.758, 121.155},
      {30.751, 121.185},
      {30.746, 121.220},
      {30.742, 121.252},
      END}},
    {NET_SECONDARY,
     0,
     "新独公路",
     {{30.776, 121.122},
      {30.745, 121.133},
      {30.721, 121.145},
      {30.690, 121.163},
      {30.657, 121.180},
      {30.649, 121.190},
      {30.640, 121.200},
      END}},
    {NET_SECONDARY,
     0,
     "广虎公路",
     {{30.784, 121.200},
      {30.751, 121.185},
      {30.724, 121.190},
      {30.700, 121.205},
      {30.683, 121.226},
      {30.662, 121.222},
      END}},
    {NET_SECONDARY,
     0,
     "林埭路",
     {{30.695, 121.020},
      {30.678, 121.035},
      {30.655, 121.059},
      {30.630, 121.068},
      {30.609, 121.083},
      {30.588, 121.070},
      END}},
    {NET_SECONDARY,
     0,
     "曹新公路",
     {{30.632, 120.975},
      {30.660, 120.963},
      {30.683, 120.969},
      {30.712, 120.982},
      {30.729, 120.998},
      {30.755, 121.015},
      {30.775, 121.045},
      {30.805, 121.068},
      END}},
    {NET_SECONDARY,
     0,
     "林独公路",
     {{30.635, 121.000},
      {30.652, 121.012},
      {30.655, 121.059},
      {30.662, 121.100},
      {30.664, 121.140},
      {30.657, 121.180},
      {30.670, 121.205},
      {30.683, 121.226},
      {30.698, 121.262},
      END}},
    {NET_SECONDARY,
     0,
     "环城西路",
     {{30.670, 120.998}, {30.690, 120.990}, {30.710, 120.994}, {30.729, 120.998}, END}},
    {NET_RIVER,
     44,
     "平湖塘",
     {{30.698, 120.949},
      {30.704, 120.972},
      {30.701, 120.995},
      {30.706, 121.015},
      {30.703, 121.032},
      {30.704, 121.0445},
      END}},
    {NET_RIVER,
     62,
     "上海塘",
     {{30.7045, 121.0445},
      {30.722, 121.056},
      {30.738, 121.076},
      {30.765, 121.078},
      {30.790, 121.082},
      {30.812, 121.093},
      {30.826, 121.097},
      {30.838, 121.105},
      {30.849, 121.117},
      END}},
    {NET_CANAL,
     30,
     "盐平塘",
     {{30.704, 121.0445},
      {30.685, 121.036},
      {30.662, 121.033},
      {30.640, 121.037},
      {30.622, 121.034},
      END}},
    {NET_CANAL,
     30,
     "乍浦塘",
     {{30.702, 121.046},
      {30.680, 121.062},
      {30.650, 121.082},
      {30.625, 121.092},
      {30.606, 121.092},
      {30.592, 121.106},
      END}},
    {NET_CANAL,
     32,
     "广陈塘",
     {{30.738, 121.076},
      {30.732, 121.110},
      {30.728, 121.140},
      {30.742, 121.165},
      {30.757, 121.190},
      {30.775, 121.221},
      END}},
    {NET_CANAL,
     26,
     "嘉善塘",
     {{30.706, 121.010}, {30.735, 121.008}, {30.760, 121.000}, {30.778, 120.995}, END}},
};

static struct vec from_degrees(struct degrees at)
{
    return plane_from_degrees(at.lat, at.lon);
}

void terrain_init(struct terrain *terrain, struct random *random)
{
    static_assert(COUNT_OF(outline) <= TERRAIN_OUTLINE_MAX, "room");
    static_assert(COUNT_OF(towns) <= TERRAIN_TOWNS_MAX, "room");
    static_assert(COUNT_OF(lakes) <= TERRAIN_LAKES_MAX, "room");
    *terrain = (struct terrain){.outline_count = COUNT_OF(outline),
                                .coast_first = COAST_FIRST,
                                .coast_count = COAST_LAST - COAST_FIRST + 1,
                                .town_count = COUNT_OF(towns),
                                .lake_count = COUNT_OF(lakes)};
    for (size_t i = 0; i < COUNT_OF(terrain->phase); i++)
        terrain->phase[i] = plane_between(random, 0, 2 * M_PI);
    for (uint32_t i = 0; i < terrain->outline_count; i++)
        terrain->outline[i] = from_degrees(outline[i]);
    for (uint32_t i = 0; i < terrain->town_count; i++)
        terrain->towns[i] =
            (struct terrain_town){towns[i].code6,   from_degrees(towns[i].at),
                                  towns[i].radius,  towns[i].angle_degrees * M_PI / 180,
                                  towns[i].spacing, towns[i].style};
    for (uint32_t l = 0; l < terrain->lake_count; l++) {
        terrain->lake_names[l] = lakes[l].name;
        double phase = plane_between(random, 0, 2 * M_PI);
        for (uint32_t i = 0; i < TERRAIN_LAKE_POINTS; i++) {
            double turn = 2 * M_PI * i / TERRAIN_LAKE_POINTS;
            double swell = 1 + 0.16 * sin(2 * turn + phase) + 0.08 * sin(5 * turn);
            terrain->lakes[l][i] =
                plane_add(from_degrees(lakes[l].at),
                          (struct vec){lakes[l].east * swell * cos(turn),
                                       lakes[l].north * swell * sin(turn)});
        }
    }
}

uint32_t terrain_line_count(void)
{
    return COUNT_OF(lines);
}

void terrain_line_at(uint32_t index, struct terrain_line *ret)
{
    assert(index < COUNT_OF(lines));
    *ret = (struct terrain_line){.class = lines[index].class,
                                 .width_m = lines[index].width_m,
                                 .name = lines[index].name};
    while (ret->control_count < COUNT_OF(lines[index].controls) &&
           lines[index].controls[ret->control_count].lat > 0) {
        ret->controls[ret->control_count] =
            from_degrees(lines[index].controls[ret->control_count]);
        ret->control_count++;
    }
}

static bool terrain_in_lake(const struct terrain *terrain, struct vec at)
{
    for (uint32_t l = 0; l < terrain->lake_count; l++) {
        const struct vec *ring = terrain->lakes[l];
        if (plane_distance(ring[0], at) < LAKE_ACROSS_MAX_M &&
            plane_inside(ring, TERRAIN_LAKE_POINTS, at))
            return true;
    }
    return false;
}

bool terrain_is_land(const struct terrain *terrain, struct vec at, double margin)
{
    return plane_inside(terrain->outline, terrain->outline_count, at) &&
           !plane_ring_near(terrain->outline, terrain->outline_count, at, margin) &&
           !terrain_in_lake(terrain, at);
}

const struct terrain_town *terrain_town_of(const struct terrain *terrain, struct vec at,
                                           double grow)
{
    for (uint32_t i = 0; i < terrain->town_count; i++) {
        const struct terrain_town *town = &terrain->towns[i];
        struct vec to = plane_sub(at, town->centre);
        double turn = atan2(to.y, to.x);
        double edge = town->radius * (1 + 0.13 * sin(3 * turn + terrain->phase[6] + i) +
                                      0.07 * sin(5 * turn + terrain->phase[7] * i));
        if (hypot(to.x, to.y) < edge * grow)
            return town;
    }
    return NULL;
}

struct vec terrain_lattice(const struct terrain *terrain, double column, double row)
{
    const double *phase = terrain->phase;
    double u = column * TERRAIN_LATTICE_M, v = row * TERRAIN_LATTICE_M;
    double east = 150 * sin(v / 1900 + phase[0]) + 110 * sin((u + v) / 3100 + phase[1]) +
                  55 * sin((v - 0.6 * u) / 780 + phase[4]);
    double north = 150 * sin(u / 2100 + phase[2]) + 110 * sin((u - v) / 2700 + phase[3]) +
                   55 * sin((u + 0.7 * v) / 820 + phase[5]);
    double angle = -7 * M_PI / 180;
    struct vec bent = {u + east, v + north};
    return (struct vec){bent.x * cos(angle) - bent.y * sin(angle),
                        bent.x * sin(angle) + bent.y * cos(angle)};
}
