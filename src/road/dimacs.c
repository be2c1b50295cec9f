/* SPDX-License-Identifier: Apache-2.0 */
/* The text format of the 9th DIMACS Challenge on shortest paths (2006), two files:
 *
 *     .gr    c comment | p sp NODES ARCS | a FROM TO WEIGHT      (arcs are directed)
 *     .co    c comment | p aux sp co NODES | v ID LON LAT        (degrees x 10^6)
 *
 * Both may be compressed by gzip. Nodes are numbered from 1. Every node stays a node of
 * the graph. Of parallel arcs the fastest counts; arcs u-v and v-u become one edge. */
#include "road/dimacs.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "road/gunzip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 1024u
#define FILE_BYTES_MAX (UINT64_C(64) << 30)
#define FIELDS_MAX 5
#define E7_PER_UNIT 10

struct arc {
    uint32_t low, high; /* nodes, 0-based, low < high */
    uint32_t way;       /* 0 = from low to high */
    uint32_t ms;
};

struct reader {
    const char *path;
    struct diag *reterr;
    const struct road_import_options *options;
    double scale_ms;
    uint32_t line;
    uint32_t node_count; /* of the p line; 0 = none yet */
    uint64_t announced;  /* arcs of the p line */
    uint64_t seen;       /* arcs or nodes */
    struct arc *arcs;
    uint32_t arc_count, arc_capacity;
    struct point *points;
    uint8_t *placed;  /* by node */
    bool coordinates; /* reading .co */
};

static int wrong(const struct reader *r, const char *text)
{
    return diag_set(r->reterr, ST_CORRUPT, r->line, 0, r->path, "%s", text);
}

static bool number(const char *text, int64_t min, int64_t max, int64_t *ret)
{
    return text_to_int64(text, min, max, ret);
}

static int on_problem(struct reader *r, char **field, int count)
{
    int at = r->coordinates ? 4 : 2;
    int64_t nodes, arcs = 0;
    if (r->seen > 0 || r->announced > 0 || count != (r->coordinates ? 5 : 4) ||
        strcmp(field[1], r->coordinates ? "aux" : "sp") != 0)
        return wrong(r, "a p line that does not belong here");
    if (!number(field[at], 1, GRAPH_NODES_MAX, &nodes) ||
        (!r->coordinates && !number(field[3], 0, 2ll * GRAPH_EDGES_MAX, &arcs)))
        return wrong(r, "a p line with bad numbers");
    if (!r->coordinates) {
        r->node_count = (uint32_t)nodes;
        r->announced = (uint64_t)arcs + 1;
        return ST_OK;
    }
    if ((uint32_t)nodes != r->node_count)
        return wrong(r, "the two files have different numbers of nodes");
    r->announced = 1;
    r->points = mem_calloc(r->node_count, sizeof *r->points);
    r->placed = mem_calloc(r->node_count, 1);
    if (r->points == NULL || r->placed == NULL)
        return diag_set(r->reterr, ST_NO_MEMORY, 0, 0, r->path,
                        "no memory for the nodes");
    return ST_OK;
}

static int on_arc(struct reader *r, char **field, int count)
{
    int64_t from, to, weight;
    if (r->announced == 0)
        return wrong(r, "an arc before the p line");
    if (count != 4 || !number(field[1], 1, r->node_count, &from) ||
        !number(field[2], 1, r->node_count, &to) ||
        !number(field[3], 0, INT64_MAX, &weight))
        return wrong(r, "an arc with bad numbers");
    double ms = round((double)weight * r->scale_ms);
    if (ms > GRAPH_EDGE_MS_MAX)
        return wrong(r, "an arc longer than 11 days: is the scale right?");
    r->seen++;
    if (from == to)
        return ST_OK;
    int status = mem_grow(&r->arcs, &r->arc_capacity, r->arc_count + 1, sizeof *r->arcs,
                          GRAPH_EDGES_MAX);
    if (status != ST_OK)
        return diag_set(r->reterr, status, r->line, 0, r->path, "too many arcs");
    uint32_t a = (uint32_t)from - 1, b = (uint32_t)to - 1;
    r->arcs[r->arc_count++] =
        a < b ? (struct arc){a, b, 0, (uint32_t)ms} : (struct arc){b, a, 1, (uint32_t)ms};
    return ST_OK;
}

static int on_vertex(struct reader *r, char **field, int count)
{
    int64_t id, lon, lat;
    if (r->announced == 0)
        return wrong(r, "a node before the p line");
    if (count != 4 || !number(field[1], 1, r->node_count, &id) ||
        !number(field[2], -180 * 1000000, 180 * 1000000, &lon) ||
        !number(field[3], -90 * 1000000, 90 * 1000000, &lat))
        return wrong(r, "a node with bad numbers");
    if (r->placed[id - 1])
        return wrong(r, "a node for the second time");
    r->placed[id - 1] = 1;
    r->points[id - 1] =
        (struct point){(int32_t)lat * E7_PER_UNIT, (int32_t)lon * E7_PER_UNIT};
    r->seen++;
    return ST_OK;
}

static int on_line(struct reader *r, char *line)
{
    char *field[FIELDS_MAX + 1];
    int count = 0;
    r->line++;
    for (char *at = line; count <= FIELDS_MAX;) {
        at += strspn(at, " \t\r");
        if (*at == '\0')
            break;
        field[count++] = at;
        at += strcspn(at, " \t\r");
        if (*at != '\0')
            *at++ = '\0';
    }
    if (count == 0 || strcmp(field[0], "c") == 0)
        return ST_OK;
    if (strcmp(field[0], "p") == 0)
        return on_problem(r, field, count);
    if (!r->coordinates && strcmp(field[0], "a") == 0)
        return on_arc(r, field, count);
    if (r->coordinates && strcmp(field[0], "v") == 0)
        return on_vertex(r, field, count);
    return wrong(r, r->coordinates ? "not a line of a .co file"
                                   : "not a line of a .gr file");
}

/* Cuts the pieces of INPUT into lines. */
static int read_lines(struct reader *r, struct gunzip *input, size_t size)
{
    char line[LINE_MAX_BYTES + 1];
    size_t filled = 0;
    for (;;) {
        const char *piece;
        size_t piece_size;
        int status = gunzip_next(input, &piece, &piece_size);
        if (status != ST_OK)
            return diag_set(r->reterr, status, r->line, 0, r->path,
                            status == ST_LIMIT ? "is larger than the limit"
                                               : "is damaged or cut off (gzip)");
        for (size_t i = 0; i < piece_size; i++) {
            if (piece[i] == '\n' || piece[i] == '\0') {
                line[filled] = '\0';
                filled = 0;
                status = on_line(r, line);
            } else if (filled < LINE_MAX_BYTES) {
                line[filled++] = piece[i];
            } else {
                status = wrong(r, "a line that is too long");
            }
            if (status != ST_OK)
                return status;
        }
        if (piece_size == 0)
            break;
        if (r->options != NULL && r->options->progress != NULL)
            r->options->progress(r->options->context, "reading", gunzip_done(input),
                                 size);
    }
    line[filled] = '\0';
    return filled > 0 ? on_line(r, line) : ST_OK;
}

static int read_bytes(struct reader *r, const uint8_t *data, size_t size)
{
    struct gunzip *input;
    r->line = 0;
    r->seen = r->announced = 0;
    int status = gunzip_new(&input, data, size, FILE_BYTES_MAX);
    if (status != ST_OK)
        return diag_set(r->reterr, status, 0, 0, r->path, "no memory to read it");
    status = read_lines(r, input, size);
    gunzip_free(input);
    if (status != ST_OK)
        return status;
    if (r->announced == 0)
        return wrong(r, "has no p line");
    if (!r->coordinates && r->seen != r->announced - 1)
        return wrong(r, "is cut off: fewer or more arcs than its p line says");
    return ST_OK;
}

static int arc_order(const void *a, const void *b)
{
    const struct arc *x = a, *y = b;
    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    if (x->high != y->high)
        return x->high < y->high ? -1 : 1;
    return x->ms < y->ms ? -1 : x->ms > y->ms;
}

static int add_edges(struct reader *r, struct graph_input *input)
{
    uint32_t number;
    int status = ST_OK;
    for (uint32_t i = 0; i < r->node_count && status == ST_OK; i++)
        status = graph_input_node(input, r->points[i], &number);
    if (r->arc_count > 0)
        qsort(r->arcs, r->arc_count, sizeof *r->arcs, arc_order);
    for (uint32_t i = 0; i < r->arc_count && status == ST_OK;) {
        uint32_t low = r->arcs[i].low, high = r->arcs[i].high;
        if (!r->placed[low] || !r->placed[high])
            return diag_set(r->reterr, ST_CORRUPT, 0, 0, r->path,
                            "node %u has arcs but no position",
                            (r->placed[low] ? high : low) + 1);
        uint32_t ms[2] = {ROAD_MS_NONE, ROAD_MS_NONE};
        for (; i < r->arc_count && r->arcs[i].low == low && r->arcs[i].high == high; i++)
            if (r->arcs[i].ms < ms[r->arcs[i].way])
                ms[r->arcs[i].way] = r->arcs[i].ms;
        double mm = round(point_distance_m(r->points[low], r->points[high]) * 1000);
        struct graph_edge edge = {.node = {low, high},
                                  .length_mm = (uint32_t)fmin(mm, UINT32_MAX),
                                  .class = ROAD_OTHER};
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
            memcpy(edge.ms[mode], ms, sizeof ms);
        status = graph_input_edge(input, edge, NULL, 0);
    }
    if (status != ST_OK)
        return diag_set(r->reterr, status, 0, 0, r->path, "building edges: %s",
                        status_text(status));
    return ST_OK;
}

static void reader_release(struct reader *r)
{
    mem_free(r->arcs);
    mem_free(r->points);
    mem_free(r->placed);
}

int dimacs_read(const struct dimacs_texts *texts, double scale_s,
                const struct road_import_options *options, struct graph_input *input,
                struct diag *reterr)
{
    struct reader r = {.reterr = reterr, .options = options, .scale_ms = scale_s * 1000};
    r.path = texts->gr_name;
    int status = read_bytes(&r, texts->gr, texts->gr_size);
    r.coordinates = true;
    r.path = texts->co_name;
    if (status == ST_OK)
        status = read_bytes(&r, texts->co, texts->co_size);
    if (status == ST_OK)
        status = add_edges(&r, input);
    reader_release(&r);
    return status;
}

int road_import_dimacs(const char *gr, const char *co, double scale_s, const char *out,
                       const struct road_import_options *options,
                       struct road_import_result *ret, struct diag *reterr)
{
    if (!isfinite(scale_s) || scale_s <= 0)
        return diag_set(reterr, ST_INVALID, 0, 0, "scale", "is not a positive number");
    struct file_map gr_map, co_map;
    int status = file_map(&gr_map, gr, reterr);
    if (status != ST_OK)
        return status;
    status = file_map(&co_map, co, reterr);
    if (status != ST_OK) {
        file_unmap(&gr_map);
        return status;
    }
    const struct dimacs_texts texts = {gr, gr_map.data, gr_map.size,
                                       co, co_map.data, co_map.size};
    struct road_import_result result = {0};
    struct graph_input input = {.is_whole = true};
    status = dimacs_read(&texts, scale_s, options, &input, reterr);
    file_unmap(&gr_map);
    file_unmap(&co_map);
    if (status == ST_OK)
        status = graph_write(&input, out, options, &result, reterr);
    graph_input_release(&input);
    if (status == ST_OK)
        *ret = result;
    return status;
}
