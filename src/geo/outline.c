/* SPDX-License-Identifier: Apache-2.0 */
/* Lines are painted as seeds into a grid. The squared distance to the nearest seed is
 * found row by row, then column by column, up to the radius and one cell more, and the
 * line where the distance passes LEVEL is traced by marching squares (W. E. Lorensen, H.
 * E. Cline, SIGGRAPH 1987, in the plane):
 *
 *     o---o---x---x        o inside, x outside: corners of cells
 *     |   |  /|   |        The line crosses the side between an inside and an outside
 *     o---o-/-x---x        corner once, where the distance between them is LEVEL, and
 *     |   |/  |   |        runs with the inside on its left.
 *     o---/---x---x
 *
 * LEVEL lies between two values that the root of a whole sum of two squares can have (8
 * and 9), so no crossing comes nearer to a corner than 0.08 of a cell: crossings on
 * different sides are different points also after rounding to 1e-6 degree. Of the two
 * ways to join four crossings of one cell the one is taken that keeps the insides apart.
 * So each corner of the polygons belongs to one ring, and the lines inside a cell do not
 * meet: the rings are simple and apart. And if every distance of one grid is at most that
 * of another, each cell's inside contains the other's: outlines are nested.
 *
 * A hole belongs to the outer ring around it: that of the crossing next to the west of
 * its lowest row, or, if that is a hole too, to the same as that one. */
#include "geo/outline.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define METRES_PER_E7 (6371008.8 * M_PI / 180 / POINT_E7)
#define LEVEL 2.92
#define REACH (OUTLINE_RADIUS + 1) /* cells that a seed is seen from */
#define FAR (REACH + 1)
#define FAR2 ((REACH + 1) * (REACH + 1))
#define MARGIN (REACH + 2)
#define INSIDE2 8 /* squared distances up to this are inside */
/* Corners nearer than this to the line between their neighbours are left out: less than
 * half of the least distance between two lines, 2 * 0.08 / sqrt(2). */
#define STRAIGHT_CELLS 0.05
#define STRAIGHT_RUN_MAX 16u
#define ROUND_E7 10    /* 11 cm: shorter texts */
#define CELL_M_MIN 5.0 /* rings stay apart when rounded */
#define RING_NONE UINT32_MAX
#define LANES 16u

static_assert(INSIDE2 < OUTLINE_RADIUS * OUTLINE_RADIUS, "LEVEL lies above INSIDE2");

enum way { NORTH, EAST, SOUTH, WEST };

struct ring {
    uint32_t parent; /* itself if it is an outer ring */
    uint32_t first, count;
    uint32_t x, y; /* where it begins */
    double area;   /* of cells, > 0 counterclockwise */
};

struct spot {
    double x, y; /* in cells */
};

struct outline {
    uint32_t width, height; /* corners */
    double cell_lat_e7, cell_lon_e7, cell_m;
    double lat_e7, lon_e7;   /* of corner (0, 0) */
    uint8_t *seeds, *across; /* by corner; a row's distance to the nearest seed */
    uint8_t *field;          /* squared distance, FAR2 = farther than seen */
    uint32_t *owner;         /* ring of the crossing east of a corner */
    struct ring *rings;
    uint32_t ring_count, ring_capacity;
    struct spot *spots;
    uint32_t spot_count, spot_capacity;
    uint32_t row_low, row_high; /* painted */
};

/* ---- the frame
 * --------------------------------------------------------------------------------- */

int outline_new(struct outline **ret, struct box box, double cell_m)
{
    assert(cell_m >= CELL_M_MIN);
    double tall = (double)((int64_t)box.max.lat_e7 - box.min.lat_e7);
    double wide = (double)((int64_t)box.max.lon_e7 - box.min.lon_e7);
    double middle = (point_lat(box.min) + point_lat(box.max)) / 2;
    double narrow = fmax(cos(middle * M_PI / 180), 0.01);
    double side = fmax(tall, wide * narrow) * METRES_PER_E7;
    struct outline *outline = mem_calloc(1, sizeof *outline);
    if (outline == NULL)
        return ST_NO_MEMORY;
    outline->cell_m = fmax(cell_m, side / (OUTLINE_SIDE_MAX - 2 * MARGIN - 2));
    outline->cell_lat_e7 = outline->cell_m / METRES_PER_E7;
    outline->cell_lon_e7 = outline->cell_lat_e7 / narrow;
    outline->width = (uint32_t)(wide / outline->cell_lon_e7) + 2 * MARGIN + 2;
    outline->width = (outline->width + LANES - 1) / LANES * LANES;
    outline->height = (uint32_t)(tall / outline->cell_lat_e7) + 2 * MARGIN + 2;
    outline->lat_e7 = box.min.lat_e7 - MARGIN * outline->cell_lat_e7;
    outline->lon_e7 = box.min.lon_e7 - MARGIN * outline->cell_lon_e7;
    size_t count = (size_t)outline->width * outline->height;
    /* One block: the allocator keeps it from one picture to the next. */
    outline->owner = mem_alloc(count * (sizeof *outline->owner + 3));
    if (outline->owner == NULL) {
        outline_free(outline);
        return ST_NO_MEMORY;
    }
    outline->seeds = (uint8_t *)(outline->owner + count);
    outline->across = outline->seeds + count;
    outline->field = outline->across + count;
    outline_clear(outline);
    *ret = outline;
    return ST_OK;
}

void outline_free(struct outline *outline)
{
    if (outline == NULL)
        return;
    mem_free(outline->owner);
    mem_free(outline->rings);
    mem_free(outline->spots);
    mem_free(outline);
}

double outline_cell_m(const struct outline *outline)
{
    return outline->cell_m;
}

void outline_clear(struct outline *outline)
{
    memset(outline->seeds, 0, (size_t)outline->width * outline->height);
    outline->row_low = UINT32_MAX;
    outline->row_high = 0;
}

void outline_line(struct outline *outline, struct point a, struct point b)
{
    double x = (a.lon_e7 - outline->lon_e7) / outline->cell_lon_e7;
    double y = (a.lat_e7 - outline->lat_e7) / outline->cell_lat_e7;
    double dx = (b.lon_e7 - outline->lon_e7) / outline->cell_lon_e7 - x;
    double dy = (b.lat_e7 - outline->lat_e7) / outline->cell_lat_e7 - y;
    uint32_t steps = (uint32_t)ceil(fmax(fabs(dx), fabs(dy)));
    double part = steps > 0 ? 1.0 / steps : 0;
    dx *= part;
    dy *= part;
    for (uint32_t i = 0; i <= steps; i++) {
        int64_t column = (int64_t)(x + 0.5 + i * dx), row = (int64_t)(y + 0.5 + i * dy);
        if (column < MARGIN || row < MARGIN || column >= outline->width - MARGIN ||
            row >= outline->height - MARGIN)
            continue;
        outline->seeds[(size_t)row * outline->width + (size_t)column] = 1;
        if (row < outline->row_low)
            outline->row_low = (uint32_t)row;
        if (row > outline->row_high)
            outline->row_high = (uint32_t)row;
    }
}

/* ---- the distances
 * ----------------------------------------------------------------------------- */

static void measure_row(const uint8_t *seeds, uint8_t *across, uint32_t width)
{
    uint8_t distance = FAR;
    for (uint32_t x = 0; x < width; x++) {
        distance = seeds[x] ? 0 : distance < FAR ? (uint8_t)(distance + 1) : FAR;
        across[x] = distance;
    }
    distance = FAR;
    for (uint32_t x = width; x-- > 0;) {
        distance = across[x] == 0 ? 0 : distance < FAR ? (uint8_t)(distance + 1) : FAR;
        if (distance < across[x])
            across[x] = distance;
    }
    for (uint32_t x = 0; x < width; x++)
        across[x] = (uint8_t)(across[x] * across[x]);
}

/* FIELD = the lesser of FIELD and ACROSS + UP; sixteen corners at a time. */
typedef uint8_t lanes __attribute__((vector_size(LANES)));

static void merge_row(uint8_t *field, const uint8_t *across, uint8_t up, uint32_t width)
{
    lanes add = {0};
    add += up;
    for (uint32_t x = 0; x < width; x += LANES) {
        lanes sum, least;
        memcpy(&sum, across + x, LANES);
        memcpy(&least, field + x, LANES);
        sum += add;
        const lanes less = (lanes)(sum < least);
        least = (sum & less) | (least & ~less);
        memcpy(field + x, &least, LANES);
    }
}

static void measure(struct outline *outline)
{
    size_t width = outline->width;
    uint32_t low = outline->row_low - FAR, high = outline->row_high + FAR;
    static_assert(2 * FAR2 <= UINT8_MAX, "squares fit into a byte");
    memset(outline->field + (low - 1) * width, FAR2, width * (high - low + 3));
    for (uint32_t y = outline->row_low; y <= outline->row_high; y++)
        measure_row(outline->seeds + y * width, outline->across + y * width,
                    outline->width);
    for (uint32_t y = low; y <= high; y++)
        for (int up = -(int)REACH; up <= (int)REACH; up++) {
            uint32_t from = y + (uint32_t)up;
            if (from >= outline->row_low && from <= outline->row_high)
                merge_row(outline->field + y * width, outline->across + from * width,
                          (uint8_t)(up * up), outline->width);
        }
}

/* ---- tracing
 * ----------------------------------------------------------------------------------- */

static bool inside(const struct outline *outline, uint32_t x, uint32_t y)
{
    return outline->field[(size_t)y * outline->width + x] <= INSIDE2;
}

/* How far from an inside corner to an outside one the line passes. */
static double passing(const struct outline *outline, size_t in, size_t out)
{
    double a = sqrt(outline->field[in]), b = sqrt(outline->field[out]);
    return (LEVEL - a) / (b - a);
}

/* The crossing through which the line leaves towards WAY, to the south-west corner (x, y)
 * of the cell it goes into: on the cell's near side. */
static struct spot crossing(const struct outline *outline, enum way way, uint32_t x,
                            uint32_t y)
{
    /* The inside corner is on the left of the way, the outside one on the right. */
    static const int8_t in[][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}};
    static const int8_t out[][2] = {{1, 0}, {0, 0}, {0, 1}, {1, 1}};
    uint32_t ix = x + (uint32_t)in[way][0], iy = y + (uint32_t)in[way][1];
    uint32_t ox = x + (uint32_t)out[way][0], oy = y + (uint32_t)out[way][1];
    double share = passing(outline, (size_t)iy * outline->width + ix,
                           (size_t)oy * outline->width + ox);
    return (struct spot){ix + share * ((double)ox - ix), iy + share * ((double)oy - iy)};
}

static int add_spot(struct outline *outline, struct spot spot)
{
    if (outline->spot_count == outline->spot_capacity) {
        int status =
            mem_grow(&outline->spots, &outline->spot_capacity, outline->spot_count + 1024,
                     sizeof *outline->spots, 16 * POLYGON_POINTS_MAX);
        if (status != ST_OK)
            return status;
    }
    outline->spots[outline->spot_count++] = spot;
    return ST_OK;
}

/* One ring, from its crossing on the side between (x, y) and (x + 1, y), going north. */
static int trace_ring(struct outline *outline, uint32_t number)
{
    static const int8_t left[][2] = {{0, 1}, {1, 1}, {1, 0}, {0, 0}};
    static const int8_t right[][2] = {{1, 1}, {1, 0}, {0, 0}, {0, 1}};
    static const int8_t step[][2] = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};
    struct ring *ring = &outline->rings[number];
    uint32_t x = ring->x, y = ring->y;
    enum way way = NORTH;
    struct spot before = crossing(outline, way, x, y);
    do {
        if (way == NORTH) /* crossings of horizontal sides are owned */
            outline->owner[(size_t)y * outline->width + x] = number;
        else if (way == SOUTH)
            outline->owner[((size_t)y + 1) * outline->width + x] = number;
        int status = add_spot(outline, before);
        if (status != ST_OK)
            return status;
        if (!inside(outline, x + (uint32_t)left[way][0], y + (uint32_t)left[way][1]))
            way = (enum way)((way + 3) % 4);
        else if (inside(outline, x + (uint32_t)right[way][0],
                        y + (uint32_t)right[way][1]))
            way = (enum way)((way + 1) % 4);
        x += (uint32_t)step[way][0];
        y += (uint32_t)step[way][1];
        struct spot next = crossing(outline, way, x, y);
        ring->area += (before.x * next.y - next.x * before.y) / 2;
        before = next;
    } while (way != NORTH || x != ring->x || y != ring->y);
    ring->count = outline->spot_count - ring->first;
    return ST_OK;
}

/* Each ring goes north somewhere with the inside to the west. */
static int trace_all(struct outline *outline)
{
    size_t width = outline->width;
    uint32_t low = outline->row_low - FAR, high = outline->row_high + FAR;
    memset(outline->owner + (low - 1) * width, 0xff,
           width * (high - low + 3) * sizeof *outline->owner);
    for (uint32_t y = low; y <= high; y++)
        for (uint32_t x = 0; x + 1 < width; x++) {
            size_t at = y * width + x;
            if (outline->field[at] > INSIDE2 || outline->field[at + 1] <= INSIDE2 ||
                outline->owner[at] != RING_NONE)
                continue;
            int status = mem_grow(&outline->rings, &outline->ring_capacity,
                                  outline->ring_count + 1, sizeof *outline->rings,
                                  POLYGON_RINGS_MAX);
            if (status != ST_OK)
                return status;
            outline->rings[outline->ring_count] = (struct ring){
                .parent = RING_NONE, .first = outline->spot_count, .x = x, .y = y};
            status = trace_ring(outline, outline->ring_count++);
            if (status != ST_OK)
                return status;
        }
    return ST_OK;
}

static void find_parents(struct outline *outline)
{
    for (uint32_t i = 0; i < outline->ring_count; i++) {
        struct ring *ring = &outline->rings[i];
        if (ring->area > 0) {
            ring->parent = i;
            continue;
        }
        size_t at = (size_t)ring->y * outline->width + ring->x;
        while (outline->owner[at - 1] == RING_NONE)
            at--;
        ring->parent = outline->owner[at - 1];
    }
    /* A hole begins lower, or farther to the east, than the ring it names. */
    for (uint32_t i = 0; i < outline->ring_count; i++) {
        uint32_t at = i;
        while (outline->rings[at].parent != at)
            at = outline->rings[at].parent;
        outline->rings[i].parent = at;
    }
}

/* ---- the polygon
 * ------------------------------------------------------------------------------- */

static struct point point_of(const struct outline *outline, struct spot spot)
{
    double lat =
        ROUND_E7 * round((outline->lat_e7 + spot.y * outline->cell_lat_e7) / ROUND_E7);
    double lon =
        ROUND_E7 * round((outline->lon_e7 + spot.x * outline->cell_lon_e7) / ROUND_E7);
    lat = fmin(fmax(lat, -90.0 * POINT_E7), 90.0 * POINT_E7);
    lon = fmin(fmax(lon, -180.0 * POINT_E7), 180.0 * POINT_E7);
    return (struct point){(int32_t)lat, (int32_t)lon};
}

/* Whether SPOTS[1] .. [COUNT] add nothing to the line from SPOTS[0] to END. */
static bool is_straight(const struct spot *spots, uint32_t count, struct spot end)
{
    double dx = end.x - spots[0].x, dy = end.y - spots[0].y, size = dx * dx + dy * dy;
    for (uint32_t i = 1; i <= count; i++) {
        double cross = dx * (spots[i].y - spots[0].y) - dy * (spots[i].x - spots[0].x);
        if (cross * cross > STRAIGHT_CELLS * STRAIGHT_CELLS * size)
            return false;
    }
    return true;
}

static int add_ring(const struct outline *outline, const struct ring *ring,
                    struct polygon *ret)
{
    const struct spot *spots = outline->spots + ring->first;
    uint32_t kept = 0;
    int status = polygon_point(ret, point_of(outline, spots[0]));
    for (uint32_t i = 1; i < ring->count && status == ST_OK; i++) {
        if (i - kept < STRAIGHT_RUN_MAX &&
            is_straight(spots + kept, i - kept, spots[(i + 1) % ring->count]))
            continue;
        kept = i;
        status = polygon_point(ret, point_of(outline, spots[i]));
    }
    return status == ST_OK ? polygon_ring(ret) : status;
}

static void by_parent(const struct outline *outline, uint32_t *order, uint32_t *starts)
{
    for (uint32_t i = 0; i < outline->ring_count; i++)
        starts[outline->rings[i].parent + 2]++;
    for (uint32_t i = 0; i < outline->ring_count; i++)
        starts[i + 2] += starts[i + 1];
    /* The outer ring first: it is begun before its holes, so it has the lower number. */
    for (uint32_t i = 0; i < outline->ring_count; i++)
        order[starts[outline->rings[i].parent + 1]++] = i;
}

static int write_polygon(const struct outline *outline, struct polygon *ret)
{
    uint32_t count = outline->ring_count;
    AUTO_FREE uint32_t *order = mem_calloc(count + 1u, sizeof *order);
    AUTO_FREE uint32_t *starts = mem_calloc(count + 3u, sizeof *starts);
    if (order == NULL || starts == NULL)
        return ST_NO_MEMORY;
    by_parent(outline, order, starts);
    int status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        if (starts[i] == starts[i + 1])
            continue;
        for (uint32_t j = starts[i]; j < starts[i + 1] && status == ST_OK; j++) {
            const struct ring *ring = &outline->rings[order[j]];
            if (order[j] == i || -ring->area >= OUTLINE_HOLE_CELLS_MIN)
                status = add_ring(outline, ring, ret);
        }
        if (status == ST_OK)
            status = polygon_part(ret);
    }
    return status;
}

int outline_trace(struct outline *outline, struct polygon *ret)
{
    outline->ring_count = outline->spot_count = 0;
    if (outline->row_low == UINT32_MAX)
        return ST_OK;
    measure(outline);
    int status = trace_all(outline);
    if (status != ST_OK)
        return status;
    find_parents(outline);
    return write_polygon(outline, ret);
}
