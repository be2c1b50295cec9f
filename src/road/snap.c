/* SPDX-License-Identifier: Apache-2.0 */
/* From a place to the network: the nearest piece of an edge, down the tree of boxes
 * (pieces.h), nearest box first. A box that is farther than the best found is passed by,
 * so mostly three or four leaves are looked at. Near the place the earth is flat: x =
 * dlon * cos(lat), y = dlat, in metres (at 1 km the error is some centimetres). Ties go
 * to the lower number, so answers are reproducible. */
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
/* Distances to boxes and to pieces are rounded apart. */
#define ROUNDED (1 - 1e-9)
#define WAITING_MAX (PIECES_LEVELS_MAX * OCTET)

/* The nearest piece and the nearest node of one mode. */
struct found {
    double m2;    /* to the piece, squared */
    double share; /* where on the piece */
    uint32_t edge, segment;
    bool is_last;   /* of its edge */
    double node_m2; /* to the node, squared; looked at only within ON_NODE_M */
    uint32_t node, node_edge;
};

struct snapper {
    const struct road *road;
    double lat_e7, lon_e7;
    double x_per_e7; /* metres for 1e-7 degree of longitude here */
    unsigned modes;  /* wanted: 1 << mode */
    double limit_m2; /* nothing farther is wanted by any mode */
    struct found found[ROAD_MODE_COUNT];
};

static void look_at_node(struct snapper *s, struct found *found, uint32_t edge, int end)
{
    uint32_t node = s->road->edges[edge].node[end];
    struct point point = s->road->nodes[node];
    double x = (point.lon_e7 - s->lon_e7) * s->x_per_e7;
    double y = (point.lat_e7 - s->lat_e7) * METRES_PER_E7, m2 = x * x + y * y;
    if (m2 > found->node_m2 ||
        (m2 == found->node_m2 &&
         (node > found->node || (node == found->node && edge >= found->node_edge))))
        return;
    found->node_m2 = m2;
    found->node = node;
    found->node_edge = edge;
}

static bool is_nearer(const struct found *found, double m2, uint32_t edge,
                      uint32_t segment)
{
    return m2 != found->m2       ? m2 < found->m2
           : edge != found->edge ? edge < found->edge
                                 : segment < found->segment;
}

static void look_at_piece(struct snapper *s, const struct piece_leaf *leaf, uint32_t i,
                          double share, double m2)
{

    uint32_t what = leaf->what[i], segment = PIECE_SEGMENT(what);
    double limit = 0;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        struct found *found = &s->found[mode];
        if ((s->modes >> mode & 1u) == 0)
            continue;
        if ((PIECE_MODES(what) >> mode & 1u) != 0) {
            if (is_nearer(found, m2, leaf->edge[i], segment)) {
                found->m2 = m2;
                found->share = share;
                found->edge = leaf->edge[i];
                found->segment = segment;
                found->is_last = PIECE_IS_LAST(what);
            }
            if (m2 * ROUNDED <= ON_NODE_M && segment == 0)
                look_at_node(s, found, leaf->edge[i], 0);
            if (m2 * ROUNDED <= ON_NODE_M && PIECE_IS_LAST(what))
                look_at_node(s, found, leaf->edge[i], 1);
        }
        limit = fmax(limit, found->m2);
    }
    s->limit_m2 = fmin(s->limit_m2, fmax(limit, ON_NODE_M));
}

/* The ends of a piece are taken as they are, so that pieces that meet there tie. */
static void look_at_leaf(struct snapper *s, const struct piece_leaf *leaf)
{
    double share[OCTET], m2[OCTET];
    for (uint32_t i = 0; i < OCTET; i++) {
        double x0 = (leaf->lon_e7[0][i] - s->lon_e7) * s->x_per_e7;
        double y0 = (leaf->lat_e7[0][i] - s->lat_e7) * METRES_PER_E7;
        double x1 = (leaf->lon_e7[1][i] - s->lon_e7) * s->x_per_e7;
        double y1 = (leaf->lat_e7[1][i] - s->lat_e7) * METRES_PER_E7;
        double dx = x1 - x0, dy = y1 - y0, size = dx * dx + dy * dy;
        double at = size > 0 ? -(x0 * dx + y0 * dy) / size : 0;
        at = at < 0 ? 0 : at > 1 ? 1 : at;
        double x = at == 1 ? x1 : x0 + at * dx, y = at == 1 ? y1 : y0 + at * dy;
        share[i] = at;
        m2[i] = x * x + y * y;
    }
    for (uint32_t i = 0; i < OCTET; i++)
        if (m2[i] <= s->limit_m2)
            look_at_piece(s, leaf, i, share[i], m2[i]);
}

/* A box of the tree: octet or leaf number AT of LEVEL, leaves being level 0. */
struct waiting {
    double m2; /* nothing in it is nearer */
    uint32_t level, at;
};

/* The boxes of one octet that are near enough go onto the stack, the nearest on top. An
 * empty box lies far beyond the poles. */
static uint32_t look_at_octet(const struct snapper *s, struct waiting box,
                              struct waiting *stack, uint32_t count)
{
    const struct pieces *pieces = &s->road->pieces;
    const struct box_octet *octet =
        &pieces->octets[pieces->first[box.level - 1] + box.at];
    double m2[OCTET];
    for (uint32_t i = 0; i < OCTET; i++) {
        double west = octet->min_lon_e7[i] - s->lon_e7;
        double east = s->lon_e7 - octet->max_lon_e7[i];
        double south = octet->min_lat_e7[i] - s->lat_e7;
        double north = s->lat_e7 - octet->max_lat_e7[i];
        double x = west > east ? west : east, y = south > north ? south : north;
        x = (x > 0 ? x : 0) * s->x_per_e7;
        y = (y > 0 ? y : 0) * METRES_PER_E7;
        m2[i] = (x * x + y * y) * ROUNDED;
    }
    uint32_t first = count;
    for (uint32_t i = 0; i < OCTET; i++) {
        if (m2[i] > s->limit_m2)
            continue;
        uint32_t at = count++;
        for (; at > first && stack[at - 1].m2 < m2[i]; at--)
            stack[at] = stack[at - 1];
        stack[at] = (struct waiting){m2[i], box.level - 1, OCTET * box.at + i};
    }
    return count;
}

static void look_around(struct snapper *s)
{
    const struct pieces *pieces = &s->road->pieces;
    struct waiting stack[WAITING_MAX];
    stack[0] = (struct waiting){0, pieces->level_count, 0};
    for (uint32_t count = 1; count > 0;) {
        struct waiting box = stack[--count];
        if (box.m2 > s->limit_m2)
            continue;
        if (box.level == 0)
            look_at_leaf(s, &pieces->leaves[box.at]);
        else
            count = look_at_octet(s, box, stack, count);
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
    if (found->is_last && found->share >= 1)
        return PPM;
    if (found->is_last && found->segment == 0)
        return (uint32_t)lround(found->share * PPM);
    for (uint32_t i = 0; i <= road->edges[found->edge].shape_count; i++) {
        double metres = point_distance_m(road_edge_point(road, found->edge, i),
                                         road_edge_point(road, found->edge, i + 1));
        if (i < found->segment)
            before += metres;
        else if (i == found->segment)
            before += metres * found->share;
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

static void spot_on_node(const struct road *road, uint32_t edge, uint32_t along,
                         struct road_spot *ret)
{
    uint32_t node = road->edges[edge].node[along != 0];
    *ret = (struct road_spot){.edge = edge, .node = {node, node}, .along_ppm = along};
}

/* The three numbers that all of a spot follows from. */
struct stand {
    uint32_t edge; /* ROAD_NODE_NONE = off the network */
    uint32_t along_ppm, access_m;
    bool on_node; /* the one at the end where ALONG_PPM is */
};

static void spot_of(const struct road *road, enum road_mode mode, struct stand stand,
                    struct road_spot *ret)
{
    if (stand.edge == ROAD_NODE_NONE)
        *ret = (struct road_spot){.edge = ROAD_NODE_NONE};
    else if (stand.on_node)
        spot_on_node(road, stand.edge, stand.along_ppm, ret);
    else
        spot_on_edge(road, stand.edge, road->edges[stand.edge].ms[mode], stand.along_ppm,
                     stand.access_m, ret);
}

static struct stand stand_of(const struct snapper *s, enum road_mode mode)
{
    const struct found *found = &s->found[mode];
    if (found->node_m2 <= ON_NODE_M * ON_NODE_M) {
        bool first = s->road->edges[found->node_edge].node[0] == found->node;
        return (struct stand){found->node_edge, first ? 0 : PPM, 0, true};
    }
    if (found->edge == ROAD_NODE_NONE)
        return (struct stand){.edge = ROAD_NODE_NONE};
    return (struct stand){found->edge, along_ppm(s->road, found),
                          (uint32_t)lround(sqrt(found->m2)), false};
}

/* Nothing is found when the place lies so far outside that nothing can be near. */
static void look(struct snapper *s, const struct road *road, unsigned modes,
                 struct point place, double metres_max)
{
    struct box box = road->header->box;
    *s = (struct snapper){
        .road = road,
        .lat_e7 = place.lat_e7,
        .lon_e7 = place.lon_e7,
        .x_per_e7 = METRES_PER_E7 * cos(point_lat(place) * M_PI / 180),
        .modes = modes,
        .limit_m2 = fmax(metres_max * metres_max, ON_NODE_M),
    };
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        s->found[mode] = (struct found){.m2 = INFINITY,
                                        .edge = ROAD_NODE_NONE,
                                        .node_m2 = INFINITY,
                                        .node = ROAD_NODE_NONE};
    if (box_contains(box, place) ||
        box_contains(box_grown(box, metres_max + ON_NODE_M), place))
        look_around(s);
}

bool road_snap(const struct road *road, enum road_mode mode, struct point place,
               uint32_t distance_m_max, struct road_spot *ret)
{
    assert(mode < ROAD_MODE_COUNT);
    struct snapper s;
    look(&s, road, 1u << mode, place, distance_m_max);
    struct stand stand = stand_of(&s, mode);
    if (stand.edge == ROAD_NODE_NONE ||
        (!stand.on_node && s.found[mode].m2 > (double)distance_m_max * distance_m_max))
        return false;
    spot_of(road, mode, stand, ret);
    return true;
}

void road_snap_pins(const struct road *road, struct point place,
                    struct road_pin ret[ROAD_MODE_COUNT])
{
    struct snapper s;
    look(&s, road, (1u << ROAD_MODE_COUNT) - 1, place, ROAD_SNAP_M_MAX);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        struct stand stand = stand_of(&s, (enum road_mode)mode);
        uint32_t access = stand.on_node ? PIN_ON_NODE : stand.access_m;
        ret[mode] = stand.edge == ROAD_NODE_NONE
                        ? (struct road_pin){ROAD_NODE_NONE, 0}
                        : (struct road_pin){stand.edge, access << 20 | stand.along_ppm};
    }
}

void road_pin_spot(const struct road *road, enum road_mode mode, struct road_pin pin,
                   struct road_spot *ret)
{
    uint32_t access = road_pin_access(pin.where);
    const struct stand stand = {pin.edge, road_pin_along(pin.where), access,
                                access == PIN_ON_NODE};
    spot_of(road, mode, stand, ret);
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
