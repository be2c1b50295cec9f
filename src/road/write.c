/* SPDX-License-Identifier: Apache-2.0 */
/* From a network in memory to a graph file: prune, renumber along Hilbert's curve, lay
 * out the sections of graph.c, write aside and rename. */
#include "base/mem.h"
#include "base/status.h"
#include "road/graph.h"
#include "road/order.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MODE 0644

void graph_input_release(struct graph_input *input)
{
    mem_free(input->nodes);
    mem_free(input->edges);
    mem_free(input->shape);
    *input = (struct graph_input){0};
}

int graph_input_node(struct graph_input *input, struct point point, uint32_t *ret)
{
    int status = mem_grow(&input->nodes, &input->node_capacity, input->node_count + 1,
                          sizeof *input->nodes, GRAPH_NODES_MAX);
    if (status != ST_OK)
        return status;
    input->nodes[input->node_count] = point;
    *ret = input->node_count++;
    return ST_OK;
}

int graph_input_edge(struct graph_input *input, struct graph_edge edge,
                     const struct point *points, uint32_t point_count)
{
    assert(edge.node[0] != edge.node[1] && point_count <= GRAPH_EDGE_SHAPE_MAX);
    int status = mem_grow(&input->edges, &input->edge_capacity, input->edge_count + 1,
                          sizeof *input->edges, GRAPH_EDGES_MAX);
    if (status == ST_OK)
        status = mem_grow(&input->shape, &input->shape_capacity,
                          input->shape_count + point_count + 1, sizeof *input->shape,
                          GRAPH_SHAPE_MAX);
    if (status != ST_OK)
        return status;
    edge.shape = input->shape_count;
    edge.shape_count = point_count;
    if (point_count > 0)
        memcpy(input->shape + input->shape_count, points, point_count * sizeof *points);
    input->shape_count += point_count;
    input->edges[input->edge_count++] = edge;
    return ST_OK;
}

/* ---- order ------------------------------------------------------------------------ */

struct place {
    uint64_t key;
    uint32_t index;
};

static int place_order(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* The number of a place along Hilbert's curve over all 32 bits of both offsets: each pair
 * of bits says a quarter, and how the curve lies in it (H. S. Warren, Hacker's Delight,
 * 16-2). */
static uint64_t hilbert(struct point point, struct box box)
{
    uint32_t y = (uint32_t)point.lat_e7 - (uint32_t)box.min.lat_e7;
    uint32_t x = (uint32_t)point.lon_e7 - (uint32_t)box.min.lon_e7;
    uint64_t key = 0;
    for (int bit = 31; bit >= 0; bit--) {
        uint32_t right = x >> bit & 1, upper = y >> bit & 1;
        key = key << 2 | (3 * right ^ upper);
        if (upper == 0) {
            uint32_t turn = right ? UINT32_MAX : 0, swap = x ^ turn;
            x = y ^ turn;
            y = swap;
        }
    }
    return key;
}

static struct box box_of(const struct graph_input *input)
{
    struct box box = box_empty();
    for (uint32_t i = 0; i < input->node_count; i++)
        box_add(&box, input->nodes[i]);
    for (uint32_t i = 0; i < input->edge_count; i++)
        for (uint32_t j = 0; j < input->edges[i].shape_count; j++)
            box_add(&box, input->shape[input->edges[i].shape + j]);
    return box;
}

static int order_nodes(struct graph_input *input, struct box box)
{
    size_t n = input->node_count;
    AUTO_FREE struct place *places = mem_alloc(n * sizeof *places);
    AUTO_FREE uint32_t *number = mem_alloc(n * sizeof *number);
    struct point *nodes = mem_alloc(n * sizeof *nodes);
    if (places == NULL || number == NULL || nodes == NULL) {
        mem_free(nodes);
        return ST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < n; i++)
        places[i] = (struct place){hilbert(input->nodes[i], box), i};
    qsort(places, n, sizeof *places, place_order);
    for (uint32_t i = 0; i < n; i++) {
        nodes[i] = input->nodes[places[i].index];
        number[places[i].index] = i;
    }
    mem_free(input->nodes);
    input->nodes = nodes;
    input->node_capacity = input->node_count;
    for (uint32_t i = 0; i < input->edge_count; i++)
        for (int end = 0; end < 2; end++)
            input->edges[i].node[end] = number[input->edges[i].node[end]];
    return ST_OK;
}

/* Edges follow their lower node, and the shape points follow the edges. */
static int order_edges(struct graph_input *input)
{
    size_t n = input->edge_count;
    AUTO_FREE struct place *places = mem_alloc(n * sizeof *places);
    struct graph_edge *edges = mem_alloc(n * sizeof *edges);
    struct point *shape = mem_alloc(((size_t)input->shape_count + 1) * sizeof *shape);
    if (places == NULL || edges == NULL || shape == NULL) {
        mem_free(edges);
        mem_free(shape);
        return ST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t *node = input->edges[i].node;
        uint32_t low = node[0] < node[1] ? node[0] : node[1];
        uint32_t high = node[0] < node[1] ? node[1] : node[0];
        places[i] = (struct place){(uint64_t)low << 32 | high, i};
    }
    qsort(places, n, sizeof *places, place_order);
    uint32_t shape_count = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct graph_edge edge = input->edges[places[i].index];
        if (edge.shape_count > 0)
            memcpy(shape + shape_count, input->shape + edge.shape,
                   edge.shape_count * sizeof *shape);
        edge.shape = shape_count;
        shape_count += edge.shape_count;
        edges[i] = edge;
    }
    mem_free(input->edges);
    mem_free(input->shape);
    input->edges = edges;
    input->edge_capacity = input->edge_count;
    input->shape = shape;
    input->shape_capacity = input->shape_count + 1;
    input->shape_count = shape_count;
    return ST_OK;
}

/* ---- layout ----------------------------------------------------------------------- */

struct image {
    uint8_t *data;
    size_t size, capacity;
};

static int image_add(struct image *image, const void *items, size_t item, uint64_t count,
                     struct graph_section *ret)
{
    size_t start = (image->size + 7) / 8 * 8, size = item * count;
    if (start + size + 8 > image->capacity) {
        size_t capacity = (start + size + 8) * 3 / 2;
        uint8_t *data = mem_realloc(image->data, capacity);
        if (data == NULL)
            return ST_NO_MEMORY;
        image->data = data;
        image->capacity = capacity;
    }
    memset(image->data + image->size, 0, start - image->size);
    if (size > 0)
        memcpy(image->data + start, items, size);
    image->size = start + size;
    *ret = (struct graph_section){start, count};
    return ST_OK;
}

static bool same_bytes(const struct image *image, const struct graph_section *section,
                       const void *items, size_t item, uint64_t count)
{
    return section->count == count &&
           memcmp(image->data + section->offset, items, item * count) == 0;
}

/* Rows that are equal to earlier ones are not written again. */
static int add_rows(struct image *image, const struct graph_input *input,
                    struct graph_header *header)
{
    for (int i = 0; i < 2 * ROAD_MODE_COUNT; i++) {
        struct graph_section *first = &header->first[i / 2][i % 2];
        struct graph_section *arcs = &header->arcs[i / 2][i % 2];
        struct graph_rows rows;
        int status = graph_rows(input, (enum road_mode)(i / 2),
                                (enum road_direction)(i % 2), &rows);
        if (status != ST_OK)
            return status;
        uint64_t row_count = (uint64_t)input->node_count + 1;
        bool shared = false;
        for (int j = 0; j < i && !shared; j++) {
            const struct graph_section *first_j = &header->first[j / 2][j % 2];
            const struct graph_section *arcs_j = &header->arcs[j / 2][j % 2];
            shared =
                same_bytes(image, first_j, rows.first, sizeof(uint32_t), row_count) &&
                same_bytes(image, arcs_j, rows.arcs, sizeof *rows.arcs, rows.count);
            if (shared) {
                *first = *first_j;
                *arcs = *arcs_j;
            }
        }
        if (!shared)
            status = image_add(image, rows.first, sizeof(uint32_t), row_count, first);
        if (!shared && status == ST_OK)
            status = image_add(image, rows.arcs, sizeof *rows.arcs, rows.count, arcs);
        graph_rows_release(&rows);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

static int make_shape(const struct graph_input *input, struct order_shape *ret)
{
    const struct order_input wanted = {input->nodes, input->edges, input->node_count,
                                       input->edge_count};
    struct order_net net;
    AUTO_FREE uint32_t *order =
        mem_alloc(((size_t)input->node_count + 1) * sizeof *order);
    if (order == NULL)
        return ST_NO_MEMORY;
    int status = order_net_make(&wanted, &net);
    if (status != ST_OK)
        return status;
    status = order_compute(&wanted, &net, order);
    if (status == ST_OK)
        status = order_contract(&net, order, ret);
    order_net_release(&net);
    return status;
}

static int add_shape(struct image *image, const struct graph_input *input,
                     struct graph_header *header)
{
    struct order_shape shape;
    int status = make_shape(input, &shape);
    if (status != ST_OK)
        return status;
    status =
        image_add(image, shape.order, sizeof(uint32_t), shape.node_count, &header->order);
    if (status == ST_OK)
        status = image_add(image, shape.first, sizeof(uint32_t),
                           (uint64_t)shape.node_count + 1, &header->up_first);
    if (status == ST_OK)
        status = image_add(image, shape.heads, sizeof(uint32_t), shape.arc_count,
                           &header->up_heads);
    order_shape_release(&shape);
    return status;
}

static int lay_out(struct image *image, const struct graph_input *input, struct box box)
{
    struct graph_header header = {
        .version = GRAPH_VERSION, .header_size = sizeof header, .box = box};
    memcpy(header.magic, "MUSTROAD", sizeof header.magic);
    struct graph_section self;
    int status = image_add(image, &header, sizeof header, 1, &self);
    if (status == ST_OK)
        status = image_add(image, input->nodes, sizeof *input->nodes, input->node_count,
                           &header.nodes);
    if (status == ST_OK)
        status = image_add(image, input->edges, sizeof *input->edges, input->edge_count,
                           &header.edges);
    if (status == ST_OK)
        status = image_add(image, input->shape, sizeof *input->shape, input->shape_count,
                           &header.shape);
    if (status == ST_OK)
        status = add_rows(image, input, &header);
    if (status == ST_OK)
        status = add_shape(image, input, &header);
    if (status != ST_OK)
        return status;
    header.file_size = image->size;
    memcpy(image->data, &header, sizeof header);
    header.checksum = graph_checksum(image->data, image->size);
    memcpy(image->data, &header, sizeof header);
    return ST_OK;
}

static void count_result(const struct graph_input *input, struct road_import_result *ret)
{
    ret->nodes = input->node_count;
    ret->edges = input->edge_count;
    ret->length_km = 0;
    for (uint32_t i = 0; i < input->edge_count; i++)
        ret->length_km += input->edges[i].length_mm / 1e6;
}

static int make_image(struct graph_input *input, struct image *image)
{
    struct box box = box_of(input);
    int status = order_nodes(input, box);
    if (status == ST_OK)
        status = order_edges(input);
    if (status == ST_OK)
        status = lay_out(image, input, box);
    return status;
}

int graph_image(struct graph_input *input, uint8_t **ret_data, size_t *ret_size,
                struct road_import_result *ret, struct diag *reterr)
{
    struct road_import_result result = *ret;
    int status = graph_prune(input, &result);
    if (status == ST_OK && input->edge_count == 0)
        return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "",
                        "holds no road that anybody may use");
    struct image image = {0};
    if (status == ST_OK)
        status = make_image(input, &image);
    if (status != ST_OK) {
        mem_free(image.data);
        return diag_set(reterr, status, 0, 0, "", "building the road graph: %s",
                        status_text(status));
    }
    count_result(input, &result);
    *ret = result;
    *ret_data = image.data;
    *ret_size = image.size;
    return ST_OK;
}

int graph_write(struct graph_input *input, const char *out,
                const struct road_import_options *options, struct road_import_result *ret,
                struct diag *reterr)
{
    struct road_import_result result = *ret;
    uint8_t *data;
    size_t size;
    if (options != NULL && options->progress != NULL)
        options->progress(options->context, "building", 0, 0);
    int status = graph_image(input, &data, &size, &result, reterr);
    if (status != ST_OK)
        return status;
    if (options != NULL && options->progress != NULL)
        options->progress(options->context, "writing", 0, 0);
    status = file_write(out, data, size, FILE_MODE, reterr);
    mem_free(data);
    if (status == ST_OK)
        *ret = result;
    return status;
}
