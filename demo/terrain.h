/* SPDX-License-Identifier: Apache-2.0 */
/* The lie of the land: outline, coast, towns, lakes, and the bent lattice that fields,
 * lanes and canals of a river plain follow. The shape is in the likeness of Pinghu, drawn
 * by hand and invented; it is no survey. */
#ifndef MUSTER_DEMO_TERRAIN_H
#define MUSTER_DEMO_TERRAIN_H

#include "demo/net.h"
#include "demo/plane.h"

#define TERRAIN_OUTLINE_MAX 96
#define TERRAIN_TOWNS_MAX 20
#define TERRAIN_LAKES_MAX 8
#define TERRAIN_LAKE_POINTS 28
#define TERRAIN_LINE_POINTS_MAX 1200
#define TERRAIN_LATTICE_M 430.0

enum terrain_style { TERRAIN_CITY, TERRAIN_TOWN, TERRAIN_MARKET, TERRAIN_PORT };

struct terrain_town {
    const char *code6; /* of the division: digits 7 to 12; empty = part of another town */
    struct vec centre;
    double radius, angle, spacing;
    enum terrain_style style;
};

/* Roads, rivers and coast drawn by hand. */
struct terrain_line {
    enum net_class class;
    uint32_t width_m;
    const char *name;
    struct vec controls[12];
    uint32_t control_count;
};

struct terrain {
    struct vec outline[TERRAIN_OUTLINE_MAX];
    uint32_t outline_count;
    uint32_t coast_first, coast_count; /* the part of the outline that is the sea shore */
    struct terrain_town towns[TERRAIN_TOWNS_MAX];
    uint32_t town_count;
    struct vec lakes[TERRAIN_LAKES_MAX][TERRAIN_LAKE_POINTS];
    const char *lake_names[TERRAIN_LAKES_MAX];
    uint32_t lake_count;
    double phase[8];
};

void terrain_init(struct terrain *terrain, struct random *random);
uint32_t terrain_line_count(void);
void terrain_line_at(uint32_t index, struct terrain_line *ret);

/* On land, at least MARGIN metres from the border, and not in a lake. */
bool terrain_is_land(const struct terrain *terrain, struct vec at, double margin);
/* The built-up town the place lies in, or NULL. GROW = 1 for its edge, less for its core.
 */
const struct terrain_town *terrain_town_of(const struct terrain *terrain, struct vec at,
                                           double grow);
/* From lattice coordinates (columns, rows; fractions allowed) to the plane. */
struct vec terrain_lattice(const struct terrain *terrain, double column, double row);

#endif
