/* SPDX-License-Identifier: Apache-2.0 */
/* From a place to the network. The cells around the place are looked at ring by ring; a
 * ring is the last one when everything beyond it is farther than the best found. Near the
 * place the earth is flat: x = dlon * cos(lat), y = dlat, in metres (at 1 km the error is
 * some centimetres). Ties go to the lower number, so answers are reproducible. */
#include "base/status.h"
#include "road/graph.h"
#include "road/pin.h"

#include <math.h>

#define METRES_PER_E7 (6371008.8 * M_PI / 180 / POINT_E7)
#define ON_NODE_M 1.0
/* Walking speed to the road, whatever comes after. */
#define WALK_MM_PER_S 1800u
#define PPM 1000000u
#define FAR_M 20000 /* how far is looked to say how far it is */

/* The nearest edge and the nearest node of one mode. */
struct found {
    double best_m2; /* to the nearest edge, squared */
    uint32_t best_edge, best_segment;
    double best_share; /* where on the segment */
    double node_m2;    /* to the nearest node, squared */
    uint32_t node, node_edge;
};

struct snapper {
    const struct road *road;
    struct point place;
    double x_per_e7; /* metres for 1e-7 degree of longitude here */
    unsigned modes;  /* wanted: 1 << mode */
    struct found found[ROAD_MODE_COUNT];
};

/* The wanted modes in which the edge is open. */
static unsigned open_modes(const struct snapper *s, const struct graph_edge *edge)
{
    unsigned open = 0;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        if (edge->ms[mode][0] != ROAD_MS_NONE || edge->ms[mode][1] != ROAD_MS_NONE)
            open |= 1u << mode;
    return open & s->modes;
}

static void look_at_node(struct found *found, uint32_t edge, uint32_t node, double m2)
{
    if (m2 < found->node_m2 || (m2 == found->node_m2 && node < found->node)) {
        found->node_m2 = m2;
        found->node = node;
        found->node_edge = edge;
    }
}

static void look_at_segment(struct found *found, uint32_t number, uint32_t segment,
                            double share, double m2)
{
    if (m2 < found->best_m2 || (m2 == found->best_m2 && number < found->best_edge)) {
        found->best_m2 = m2;
        found->best_edge = number;
        found->best_segment = segment;
        found->best_share = share;
    }
}

static void look_at_edge(struct snapper *s, uint32_t number)
{
    const struct graph_edge *edge = &s->road->edges[number];
    unsigned open = open_modes(s, edge);
    double x0 = 0, y0 = 0;
    for (uint32_t i = 0; open != 0 && i < edge->shape_count + 2; i++) {
        struct point point = road_edge_point(s->road, number, i);
        double x1 = (double)((int64_t)point.lon_e7 - s->place.lon_e7) * s->x_per_e7;
        double y1 = (double)((int64_t)point.lat_e7 - s->place.lat_e7) * METRES_PER_E7;
        double dx = x1 - x0, dy = y1 - y0, size = dx * dx + dy * dy;
        double share = size > 0 ? -(x0 * dx + y0 * dy) / size : 0;
        /* The ends are taken as they are, so that edges that meet there tie. */
        share = share < 0 ? 0 : share > 1 ? 1 : share;
        double x = share == 1 ? x1 : x0 + share * dx;
        double y = share == 1 ? y1 : y0 + share * dy, m2 = x * x + y * y;
        bool is_end = i == 0 || i == edge->shape_count + 1;
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
            if ((open >> mode & 1u) == 0)
                continue;
            if (is_end)
                look_at_node(&s->found[mode], number, edge->node[i != 0],
                             x1 * x1 + y1 * y1);
            if (i > 0)
                look_at_segment(&s->found[mode], number, i - 1, share, m2);
        }
        x0 = x1;
        y0 = y1;
    }
}

static void look_at_cell(struct snapper *s, int64_t row, int64_t column)
{
    size_t cell = (size_t)row * s->road->header->columns + (size_t)column;
    for (uint32_t i = s->road->cell_first[cell]; i < s->road->cell_first[cell + 1]; i++)
        look_at_edge(s, s->road->cell_edges[i]);
}

/* The cells of ROW from FIRST to LAST that are in the grid, STEP apart. */
static void look_at_row(struct snapper *s, int64_t row, int64_t first, int64_t last,
                        int64_t step)
{
    const struct graph_header *header = s->road->header;
    if (row < 0 || row >= header->rows)
        return;
    if (step == 1 && first < 0)
        first = 0;
    for (int64_t column = first; column <= last && column < header->columns;
         column += step)
        if (column >= 0)
            look_at_cell(s, row, column);
}

static void look_at_ring(struct snapper *s, int64_t row, int64_t column, int64_t ring)
{
    if (ring == 0) {
        look_at_row(s, row, column, column, 1);
        return;
    }
    look_at_row(s, row - ring, column - ring, column + ring, 1);
    look_at_row(s, row + ring, column - ring, column + ring, 1);
    int64_t top = row - ring + 1 > 0 ? row - ring + 1 : 0;
    for (int64_t r = top; r < row + ring && r < s->road->header->rows; r++)
        look_at_row(s, r, column - ring, column + ring, 2 * ring);
}

/* Nothing nearer than BEYOND_M metres is still unseen: is that enough? */
static bool seen_enough(const struct snapper *s, double beyond_m, double metres_max)
{
    if (beyond_m <= ON_NODE_M)
        return false;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        if ((s->modes >> mode & 1u) != 0 && beyond_m <= metres_max &&
            beyond_m * beyond_m <= s->found[mode].best_m2)
            return false;
    return true;
}

static int64_t clamp(int64_t value, int64_t max)
{
    return value < 0 ? 0 : value > max ? max : value;
}

static void look_around(struct snapper *s, double metres_max)
{
    const struct graph_header *header = s->road->header;
    int64_t row =
        ((int64_t)s->place.lat_e7 - header->box.min.lat_e7) / header->cell_lat_e7;
    int64_t column =
        ((int64_t)s->place.lon_e7 - header->box.min.lon_e7) / header->cell_lon_e7;
    row = clamp(row, header->rows - 1);
    column = clamp(column, header->columns - 1);
    double cell_m =
        fmin(header->cell_lat_e7 * METRES_PER_E7, header->cell_lon_e7 * s->x_per_e7);
    int64_t ring_max = header->rows > header->columns ? header->rows : header->columns;
    for (int64_t ring = 0; ring <= ring_max; ring++) {
        look_at_ring(s, row, column, ring);
        /* What is not yet seen lies at least this far; a place outside the box is even
         * farther from it than its nearest point of the box is. */
        if (seen_enough(s, (double)ring * cell_m * 0.999, metres_max))
            return;
    }
}

uint32_t road_walk_ms(uint32_t metres)
{
    return (uint32_t)(((uint64_t)metres * 1000000u + WALK_MM_PER_S / 2) / WALK_MM_PER_S);
}

/* PPM millionths of VALUE, rounded. */
static uint32_t share_of(uint32_t value, uint32_t ppm)
{
    return (uint32_t)(((uint64_t)value * ppm + PPM / 2) / PPM);
}

static uint32_t part_ms(uint32_t edge_ms, uint32_t ppm, uint32_t walk)
{
    return edge_ms == ROAD_MS_NONE ? ROAD_MS_NONE : share_of(edge_ms, ppm) + walk;
}

static uint32_t part_m(const struct graph_edge *edge, uint32_t ppm, uint32_t access_m)
{
    return (share_of(edge->length_mm, ppm) + 500u) / 1000u + access_m;
}

static uint32_t along_ppm(const struct road *road, const struct found *found)
{
    double before = 0, all = 0;
    uint32_t last = road->edges[found->best_edge].shape_count;
    if (found->best_segment == last && found->best_share >= 1)
        return PPM;
    if (last == 0)
        return (uint32_t)lround(found->best_share * PPM);
    for (uint32_t i = 0; i <= last; i++) {
        double metres = point_distance_m(road_edge_point(road, found->best_edge, i),
                                         road_edge_point(road, found->best_edge, i + 1));
        if (i < found->best_segment)
            before += metres;
        else if (i == found->best_segment)
            before += metres * found->best_share;
        all += metres;
    }
    return all > 0 ? (uint32_t)lround(fmin(before / all, 1) * PPM) : 0;
}

/* MS: what the whole edge takes from its node[0] to its node[1], and back. */
static void spot_on_edge(const struct road *road, uint32_t number, const uint32_t ms[2],
                         uint32_t there, uint32_t access_m, struct road_spot *ret)
{
    const struct graph_edge *edge = &road->edges[number];
    uint32_t walk = road_walk_ms(access_m), rest = PPM - there;
    uint32_t forward = ms[0], back = ms[1];
    *ret = (struct road_spot){
        .edge = number,
        .node = {edge->node[0], edge->node[1]},
        .out_ms = {part_ms(back, there, walk), part_ms(forward, rest, walk)},
        .in_ms = {part_ms(forward, there, walk), part_ms(back, rest, walk)},
        .out_m = {part_m(edge, there, access_m), part_m(edge, rest, access_m)},
        .in_m = {part_m(edge, there, access_m), part_m(edge, rest, access_m)},
        .along_ppm = there,
        .access_m = access_m,
    };
    /* At the very end of a one-way edge one stands on the node: all its roads are open.
     */
    for (int end = 0; end < 2; end++)
        if (there == (end ? PPM : 0))
            ret->out_ms[end] = ret->in_ms[end] = walk;
}

static void spot_on_node(const struct road *road, uint32_t number, uint32_t node,
                         struct road_spot *ret)
{
    *ret = (struct road_spot){
        .edge = number,
        .node = {node, node},
        .along_ppm = road->edges[number].node[0] == node ? 0 : PPM,
    };
}

static bool spot_of(const struct snapper *s, enum road_mode mode, uint32_t distance_m_max,
                    struct road_spot *ret)
{
    const struct found *found = &s->found[mode];
    if (found->node_m2 <= ON_NODE_M * ON_NODE_M) {
        spot_on_node(s->road, found->node_edge, found->node, ret);
        return true;
    }
    if (found->best_edge == ROAD_NODE_NONE ||
        found->best_m2 > (double)distance_m_max * distance_m_max)
        return false;
    spot_on_edge(s->road, found->best_edge, s->road->edges[found->best_edge].ms[mode],
                 along_ppm(s->road, found), (uint32_t)lround(sqrt(found->best_m2)), ret);
    return true;
}

/* False when the place lies so far outside that nothing can be near. */
static bool look(struct snapper *s, const struct road *road, unsigned modes,
                 struct point place, uint32_t distance_m_max)
{
    struct box box = road->header->box;
    if (!box_contains(box, place) &&
        !box_contains(box_grown(box, (double)distance_m_max + ON_NODE_M), place))
        return false;
    *s = (struct snapper){
        .road = road,
        .place = place,
        .x_per_e7 = METRES_PER_E7 * cos(point_lat(place) * M_PI / 180),
        .modes = modes,
    };
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        s->found[mode] = (struct found){.best_m2 = INFINITY,
                                        .best_edge = ROAD_NODE_NONE,
                                        .node_m2 = INFINITY,
                                        .node = ROAD_NODE_NONE};
    look_around(s, distance_m_max);
    return true;
}

bool road_snap(const struct road *road, enum road_mode mode, struct point place,
               uint32_t distance_m_max, struct road_spot *ret)
{
    assert(mode < ROAD_MODE_COUNT);
    struct snapper s;
    return look(&s, road, 1u << mode, place, distance_m_max) &&
           spot_of(&s, mode, distance_m_max, ret);
}

void road_snap_all(const struct road *road, struct point place, uint32_t distance_m_max,
                   struct road_spot ret[ROAD_MODE_COUNT])
{
    struct snapper s;
    bool looked = look(&s, road, (1u << ROAD_MODE_COUNT) - 1, place, distance_m_max);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        if (!looked || !spot_of(&s, (enum road_mode)mode, distance_m_max, &ret[mode]))
            ret[mode] = (struct road_spot){.edge = ROAD_NODE_NONE};
}

void road_pin_spot(const struct road *road, enum road_mode mode, struct road_pin pin,
                   struct road_spot *ret)
{
    uint32_t along = road_pin_along(pin.where), access = road_pin_access(pin.where);
    if (pin.edge == ROAD_NODE_NONE)
        *ret = (struct road_spot){.edge = ROAD_NODE_NONE};
    else if (access == PIN_ON_NODE)
        spot_on_node(road, pin.edge, road->edges[pin.edge].node[along != 0], ret);
    else
        spot_on_edge(road, pin.edge, road->edges[pin.edge].ms[mode], along, access, ret);
}

/* An edge in both ways, for whoever stands on it. */
static void own_ways(const struct road *road, const struct road_closed *closed,
                     enum road_mode mode, uint32_t number, uint32_t ret_ms[2])
{
    const struct graph_edge *edge = &road->edges[number];
    for (int way = 0; way < 2; way++)
        ret_ms[way] = graph_own_ms(closed, number, edge->ms[mode][way], edge->length_mm);
}

void road_spot_limit(const struct road *road, const struct road_closed *closed,
                     enum road_mode mode, struct road_spot *spot)
{
    uint32_t ms[2];
    if (closed == NULL || spot->edge == ROAD_NODE_NONE || spot->node[0] == spot->node[1])
        return;
    own_ways(road, closed, mode, spot->edge, ms);
    spot_on_edge(road, spot->edge, ms, spot->along_ppm, spot->access_m, spot);
}

int road_place(const struct road *road, enum road_mode mode, struct point place,
               struct road_spot *ret, struct diag *reterr)
{
    struct road_spot far;
    const char *name = road_mode_name(mode);
    if (road_snap(road, mode, place, ROAD_SNAP_M_MAX, ret))
        return ST_OK;
    if (!box_contains(box_grown(road->header->box, ROAD_SNAP_M_MAX), place))
        return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "at", "lies off the map");
    if (road_snap(road, mode, place, FAR_M, &far))
        return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "at",
                        "is %u m from the nearest road for %s; at most %d m are walked",
                        far.access_m, name, ROAD_SNAP_M_MAX);
    return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "at",
                    "has no road for %s within %d km", name, FAR_M / 1000);
}

uint32_t road_spot_direct_ms(const struct road *road, const struct road_closed *closed,
                             enum road_mode mode, const struct road_spot *from,
                             const struct road_spot *to, uint32_t *ret_m)
{
    assert(mode < ROAD_MODE_COUNT);
    if (from->edge == ROAD_NODE_NONE || to->edge == ROAD_NODE_NONE)
        return ROAD_MS_NONE;
    uint32_t access_m = from->access_m + to->access_m;
    uint32_t walk = road_walk_ms(from->access_m) + road_walk_ms(to->access_m);
    bool from_node = from->node[0] == from->node[1], to_node = to->node[0] == to->node[1];
    if (from_node && to_node && from->node[0] == to->node[0]) {
        *ret_m = 0;
        return 0;
    }
    /* Who stands on a node leaves and comes by the network; through a closed edge too no
     * other way leads from end to end. */
    if (from->edge != to->edge || from_node || to_node)
        return ROAD_MS_NONE;
    uint32_t a = from->along_ppm, b = to->along_ppm, ways[2];
    own_ways(road, closed, mode, from->edge, ways);
    uint32_t forward = a <= b ? part_ms(ways[0], b - a, walk) : ROAD_MS_NONE;
    uint32_t back = a >= b ? part_ms(ways[1], a - b, walk) : ROAD_MS_NONE;
    uint32_t ms = forward < back ? forward : back;
    if (ms != ROAD_MS_NONE)
        *ret_m = part_m(&road->edges[from->edge], a < b ? b - a : a - b, access_m);
    return ms;
}
