/* SPDX-License-Identifier: Apache-2.0 */
/* The graph file, version 3. Little-endian; it is mapped and used in place.
 *
 * header: struct graph_header (336 bytes): magic "MUSTROAD", version, header size, file
 * size, checksum, box, and a table of sections {offset, count}.
 *
 * nodes: {lat_e7, lon_e7} as int32, along Hilbert's curve: neighbours on the map are
 * neighbours in memory (D. Hilbert, Math. Annalen 38, 1891).
 *
 * edges: struct graph_edge: two nodes, interior points, time per mode and direction (2^32
 * - 1 = not that way), length in mm, class of road.h.
 *
 * shape: {lat_e7, lon_e7}: interior points of all edges, edge after edge, from node[0] to
 * node[1].
 *
 * rows: six pairs (mode x direction): first[node_count + 1] and arcs; the arcs of node n
 * are first[n] .. first[n + 1] - 1, sorted by (node, ms, edge). Equal pairs share one
 * section (a two-way network has the same rows both ways).
 *
 * shape of the hierarchy: order[node_count] (the node of each rank),
 * up_first[node_count + 1] and up_heads (road/order.h).
 *
 * Each section starts at a multiple of 8; gaps are zero. The checksum is XXH64 of the
 * rest with the XXH64 of the header (checksum field 0, seed = version) as seed.
 *
 * A file is valid if the magic, version and sizes fit, the checksum agrees, every section
 * lies inside the file, every index stands for something, rows grow, interior points
 * stand edge after edge, no edge is a loop, the hierarchy's shape is one
 * (graph_check_shape), and every time of an edge is "not that way" or at most
 * GRAPH_EDGE_MS_MAX. All of that is checked when a file is opened, so that nothing has to
 * be checked later. */
#include "road/graph.h"

#include "base/status.h"

#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file is used in place");

static bool section_fits(const struct graph_section *section, size_t item, size_t size,
                         uint64_t count_max)
{
    return section->count <= count_max && section->offset % 8 == 0 &&
           section->offset >= sizeof(struct graph_header) && section->offset <= size &&
           section->count <= (size - section->offset) / item;
}

static bool rows_hold(const uint32_t *first, uint64_t row_count, uint64_t item_count)
{
    if (first[0] != 0 || first[row_count] != item_count)
        return false;
    for (uint64_t i = 0; i < row_count; i++)
        if (first[i] > first[i + 1])
            return false;
    return true;
}

static bool indexes_hold(const uint32_t *index, uint64_t count, uint64_t bound)
{
    for (uint64_t i = 0; i < count; i++)
        if (index[i] >= bound)
            return false;
    return true;
}

static bool arcs_hold(const struct road *road, const struct graph_arc *arcs,
                      uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        if (arcs[i].node >= road->node_count || arcs[i].edge >= road->edge_count ||
            arcs[i].ms > GRAPH_EDGE_MS_MAX)
            return false;
    return true;
}

/* Each edge's interior points behind those of the edge before. */
static bool edges_hold(const struct road *road, uint64_t shape_count)
{
    uint64_t shape = 0;
    for (uint32_t i = 0; i < road->edge_count; i++) {
        const struct graph_edge *edge = &road->edges[i];
        if (edge->node[0] >= road->node_count || edge->node[1] >= road->node_count ||
            edge->node[0] == edge->node[1] || edge->class >= ROAD_CLASS_COUNT ||
            edge->shape != shape || edge->shape_count > GRAPH_EDGE_SHAPE_MAX)
            return false;
        shape += edge->shape_count;
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
            for (int way = 0; way < 2; way++)
                if (edge->ms[mode][way] > GRAPH_EDGE_MS_MAX &&
                    edge->ms[mode][way] != ROAD_MS_NONE)
                    return false;
    }
    return shape == shape_count;
}

static bool points_hold(const struct point *points, uint64_t count, struct box box)
{
    for (uint64_t i = 0; i < count; i++)
        if (!box_contains(box, points[i]))
            return false;
    return true;
}

static bool box_holds(struct box box)
{
    const struct box earth = {.min = {-90 * POINT_E7, -180 * POINT_E7},
                              .max = {90 * POINT_E7, 180 * POINT_E7}};
    return box_contains(earth, box.min) && box_contains(earth, box.max) &&
           box.min.lat_e7 <= box.max.lat_e7 && box.min.lon_e7 <= box.max.lon_e7;
}

static bool sections_fit(const struct graph_header *header, size_t size)
{
    if (!section_fits(&header->nodes, sizeof(struct point), size, GRAPH_NODES_MAX) ||
        !section_fits(&header->edges, sizeof(struct graph_edge), size, GRAPH_EDGES_MAX) ||
        !section_fits(&header->shape, sizeof(struct point), size, GRAPH_SHAPE_MAX))
        return false;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        for (int to = 0; to < 2; to++)
            if (!section_fits(&header->first[mode][to], sizeof(uint32_t), size,
                              GRAPH_NODES_MAX + 1) ||
                header->first[mode][to].count != header->nodes.count + 1 ||
                !section_fits(&header->arcs[mode][to], sizeof(struct graph_arc), size,
                              2ull * GRAPH_EDGES_MAX))
                return false;
    if (!section_fits(&header->order, sizeof(uint32_t), size, GRAPH_NODES_MAX) ||
        header->order.count != header->nodes.count ||
        !section_fits(&header->up_first, sizeof(uint32_t), size, GRAPH_NODES_MAX + 1) ||
        header->up_first.count != header->nodes.count + 1 ||
        !section_fits(&header->up_heads, sizeof(uint32_t), size, GRAPH_UP_ARCS_MAX))
        return false;
    return true;
}

static void point_at_sections(struct road *road, const uint8_t *data)
{
    const struct graph_header *header = road->header;
    const void *base = data;
    const char *bytes = base; /* aligned: offsets are multiples of 8 */
    road->nodes = (const void *)(bytes + header->nodes.offset);
    road->edges = (const void *)(bytes + header->edges.offset);
    road->shape = (const void *)(bytes + header->shape.offset);
    road->node_count = (uint32_t)header->nodes.count;
    road->edge_count = (uint32_t)header->edges.count;
    road->ranks = (struct graph_shape){
        .node_count = road->node_count,
        .arc_count = (uint32_t)header->up_heads.count,
        .order = (const void *)(bytes + header->order.offset),
        .first = (const void *)(bytes + header->up_first.offset),
        .heads = (const void *)(bytes + header->up_heads.offset),
    };
    road->arc_count_max = 0;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        for (int to = 0; to < 2; to++) {
            road->first[mode][to] =
                (const void *)(bytes + header->first[mode][to].offset);
            road->arcs[mode][to] = (const void *)(bytes + header->arcs[mode][to].offset);
            if (header->arcs[mode][to].count > road->arc_count_max)
                road->arc_count_max = (uint32_t)header->arcs[mode][to].count;
        }
}

static bool content_holds(const struct road *road)
{
    const struct graph_header *header = road->header;
    if (!box_holds(header->box) ||
        !points_hold(road->nodes, header->nodes.count, header->box) ||
        !points_hold(road->shape, header->shape.count, header->box) ||
        !edges_hold(road, header->shape.count))
        return false;
    for (int i = 0; i < 2 * ROAD_MODE_COUNT; i++) {
        int mode = i / 2, to = i % 2;
        bool seen = false; /* shared sections are checked once */
        for (int j = 0; j < i && !seen; j++)
            seen = road->arcs[j / 2][j % 2] == road->arcs[mode][to] &&
                   road->first[j / 2][j % 2] == road->first[mode][to] &&
                   header->arcs[j / 2][j % 2].count == header->arcs[mode][to].count;
        if (!seen &&
            (!rows_hold(road->first[mode][to], road->node_count,
                        header->arcs[mode][to].count) ||
             !arcs_hold(road, road->arcs[mode][to], header->arcs[mode][to].count)))
            return false;
    }
    return rows_hold(road->ranks.first, road->node_count, road->ranks.arc_count) &&
           indexes_hold(road->ranks.heads, road->ranks.arc_count, road->node_count) &&
           indexes_hold(road->ranks.order, road->node_count, road->node_count);
}

int graph_check(const uint8_t *data, size_t size, const char *name, struct road *ret,
                struct diag *reterr)
{
    struct road road = {.map = {data, size}};
    const void *start = data;
    if (size < sizeof(struct graph_header) || memcmp(data, "MUSTROAD", 8) != 0)
        return diag_set(reterr, ST_CORRUPT, 0, 0, name, "is not a road graph file");
    road.header = start;
    if (road.header->version != GRAPH_VERSION)
        return diag_set(reterr, ST_UNSUPPORTED, 0, 0, name,
                        "has format version %u, this program reads %d: import the roads "
                        "again",
                        road.header->version, GRAPH_VERSION);
    if (road.header->header_size != sizeof(struct graph_header) ||
        road.header->file_size != size)
        return diag_set(reterr, ST_CORRUPT, 0, 0, name,
                        "is cut off or has a wrong size: import the roads again");
    if (graph_checksum(data, size) != road.header->checksum)
        return diag_set(reterr, ST_CORRUPT, 0, 0, name,
                        "is damaged (wrong checksum): import the roads again");
    if (!sections_fit(road.header, size))
        return diag_set(reterr, ST_CORRUPT, 0, 0, name,
                        "has sections outside the file: import the roads again");
    point_at_sections(&road, data);
    int status = content_holds(&road) ? graph_check_shape(&road) : ST_CORRUPT;
    if (status == ST_NO_MEMORY)
        return diag_set(reterr, status, 0, 0, name, "no memory to check it");
    if (status != ST_OK)
        return diag_set(reterr, ST_CORRUPT, 0, 0, name,
                        "contradicts itself: import the roads again");
    *ret = road;
    return ST_OK;
}
