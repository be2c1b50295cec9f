/* SPDX-License-Identifier: Apache-2.0 */
/* A province from a city: copies a DIMACS graph in milliseconds to ROWS x ROWS tiles and
 * joins neighbours, so that the engine can be measured at the size of a province.
 *
 *     build/release/bench/tile ../shared/data/roads/Nanjing FOLDER
 *
 * reads Nanjing.gr.gz and Nanjing.co.gz (or without .gz) and writes FOLDER/x16.gr and
 * FOLDER/x16.co: 16 tiles, GAP_E6 apart; each of the 24 borders has 40 links, one in each
 * of 40 bands of equal width: from the node nearest to the border on this side to the one
 * on the other side (nodes with more than one arc only; of equal ones the lower number),
 * both ways, DETOUR times the distance at LINK_KM_H. */
#include "base/mem.h"
#include "geo/point.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define ROWS 4u
#define TILES (ROWS * ROWS)
#define BANDS 40u
#define GAP_E6 2000
#define DETOUR 1.2
#define LINK_KM_H 80.0
#define LINE_MAX_BYTES 1024
#define NODES_MAX 20000000u
#define ARCS_MAX 50000000u
#define SIDES 4u /* west, east, south, north */

struct arc {
    uint32_t from, to, ms;
};

struct city {
    struct {
        int32_t lat_e6, lon_e6;
    } * nodes;
    uint32_t *degree;
    struct arc *arcs;
    uint32_t node_count, arc_count, arcs_seen;
    int32_t low[2], high[2]; /* [0] latitude, [1] longitude */
    uint32_t links[SIDES][BANDS];
};

static void stop(const char *path, const char *why)
{
    fprintf(stderr, "tile: %s: %s\n", path, why);
    abort();
}

static int fields(char *line, int64_t *ret)
{
    int count = 0;
    for (char *at = line + 1, *end; count < 4; count++, at = end) {
        ret[count] = strtoll(at, &end, 10);
        if (end == at)
            break;
    }
    return count;
}

static void on_arc_line(struct city *city, char *line, const char *path)
{
    int64_t f[4];
    if (line[0] == 'p' &&
        sscanf(line, "p sp %u %u", &city->node_count, &city->arc_count) == 2) {
        if (city->node_count == 0 || city->node_count > NODES_MAX ||
            city->arc_count > ARCS_MAX)
            stop(path, "has a p line with bad numbers");
        city->arcs = mem_calloc(city->arc_count, sizeof *city->arcs);
        city->nodes = mem_calloc(city->node_count, sizeof *city->nodes);
        city->degree = mem_calloc(city->node_count, sizeof *city->degree);
        if (city->arcs == NULL || city->nodes == NULL || city->degree == NULL)
            stop(path, "no memory");
    } else if (line[0] == 'a') {
        if (fields(line, f) != 3 || city->arcs_seen >= city->arc_count || f[0] < 1 ||
            f[0] > city->node_count || f[1] < 1 || f[1] > city->node_count || f[2] < 0 ||
            f[2] > INT32_MAX)
            stop(path, "has a bad arc");
        city->arcs[city->arcs_seen++] =
            (struct arc){(uint32_t)f[0], (uint32_t)f[1], (uint32_t)f[2]};
        city->degree[f[0] - 1]++;
    }
}

static void on_node_line(struct city *city, char *line, const char *path)
{
    int64_t f[4];
    if (line[0] != 'v')
        return;
    if (fields(line, f) != 3 || f[0] < 1 || f[0] > city->node_count ||
        llabs(f[1]) > 180000000 || llabs(f[2]) > 90000000)
        stop(path, "has a bad node");
    int32_t at[2] = {(int32_t)f[2], (int32_t)f[1]};
    city->nodes[f[0] - 1].lat_e6 = at[0];
    city->nodes[f[0] - 1].lon_e6 = at[1];
    for (int axis = 0; axis < 2; axis++) {
        city->low[axis] = at[axis] < city->low[axis] ? at[axis] : city->low[axis];
        city->high[axis] = at[axis] > city->high[axis] ? at[axis] : city->high[axis];
    }
}

static void read_file(struct city *city, const char *prefix, const char *end,
                      void (*on_line)(struct city *, char *, const char *))
{
    char path[512], line[LINE_MAX_BYTES];
    snprintf(path, sizeof path, "%s.%s.gz", prefix, end);
    gzFile file = gzopen(path, "rb");
    if (file == NULL) {
        snprintf(path, sizeof path, "%s.%s", prefix, end);
        file = gzopen(path, "rb");
    }
    if (file == NULL)
        stop(path, "cannot be opened");
    while (gzgets(file, line, sizeof line) != NULL)
        on_line(city, line, path);
    if (gzclose(file) != Z_OK || city->nodes == NULL)
        stop(path, "is damaged or has no p line");
}

/* For each side and band the node that lies farthest out. */
static void find_links(struct city *city)
{
    int32_t best[SIDES][BANDS];
    memset(city->links, 0, sizeof city->links);
    for (uint32_t i = 0; i < city->node_count; i++) {
        if (city->degree[i] < 2)
            continue;
        int32_t at[2] = {city->nodes[i].lat_e6, city->nodes[i].lon_e6};
        for (uint32_t side = 0; side < SIDES; side++) {
            int axis = side < 2 ? 0 : 1; /* along the border */
            int64_t size = (int64_t)city->high[axis] - city->low[axis] + 1;
            uint32_t band =
                (uint32_t)((at[axis] - (int64_t)city->low[axis]) * BANDS / size);
            int32_t out = side % 2 == 0 ? -at[1 - axis] : at[1 - axis];
            if (city->links[side][band] == 0 || out > best[side][band]) {
                city->links[side][band] = i + 1;
                best[side][band] = out;
            }
        }
    }
    for (uint32_t i = 0; i < SIDES * BANDS; i++)
        if (city->links[i / BANDS][i % BANDS] == 0)
            stop("bands", "one holds no node: the map is too small");
}

static struct point tile_point(const struct city *city, uint32_t tile, uint32_t node)
{
    int64_t lat = (int64_t)city->nodes[node].lat_e6 +
                  (int64_t)(tile / ROWS) * (city->high[0] - city->low[0] + GAP_E6);
    int64_t lon = (int64_t)city->nodes[node].lon_e6 +
                  (int64_t)(tile % ROWS) * (city->high[1] - city->low[1] + GAP_E6);
    if (lat > 90000000 || lon > 180000000)
        stop("tiles", "leave the earth");
    return (struct point){(int32_t)lat * 10, (int32_t)lon * 10};
}

static void write_link(const struct city *city, FILE *file, const uint32_t tile[2],
                       const uint32_t node[2])
{
    double metres = point_distance_m(tile_point(city, tile[0], node[0] - 1),
                                     tile_point(city, tile[1], node[1] - 1));
    long ms = lround(metres * DETOUR / (LINK_KM_H / 3.6) * 1000);
    uint32_t a = tile[0] * city->node_count + node[0];
    uint32_t b = tile[1] * city->node_count + node[1];
    fprintf(file, "a %u %u %ld\na %u %u %ld\n", a, b, ms, b, a, ms);
}

static void write_arcs(const struct city *city, FILE *file)
{
    uint32_t links = 2 * 2 * ROWS * (ROWS - 1) * BANDS;
    fprintf(file, "c %u tiles of a city, see bench/tile.c\np sp %u %u\n", TILES,
            TILES * city->node_count, TILES * city->arc_count + links);
    for (uint32_t tile = 0; tile < TILES; tile++)
        for (uint32_t i = 0; i < city->arc_count; i++)
            fprintf(file, "a %u %u %u\n", tile * city->node_count + city->arcs[i].from,
                    tile * city->node_count + city->arcs[i].to, city->arcs[i].ms);
    for (uint32_t tile = 0; tile < TILES; tile++)
        for (uint32_t band = 0; band < BANDS; band++) {
            if (tile % ROWS + 1 < ROWS)
                write_link(city, file, (uint32_t[]){tile, tile + 1},
                           (uint32_t[]){city->links[1][band], city->links[0][band]});
            if (tile / ROWS + 1 < ROWS)
                write_link(city, file, (uint32_t[]){tile, tile + ROWS},
                           (uint32_t[]){city->links[3][band], city->links[2][band]});
        }
}

static void write_nodes(const struct city *city, FILE *file)
{
    fprintf(file, "p aux sp co %u\n", TILES * city->node_count);
    for (uint32_t tile = 0; tile < TILES; tile++)
        for (uint32_t i = 0; i < city->node_count; i++) {
            struct point at = tile_point(city, tile, i);
            fprintf(file, "v %u %d %d\n", tile * city->node_count + i + 1, at.lon_e7 / 10,
                    at.lat_e7 / 10);
        }
}

static void write_file(const struct city *city, const char *folder, const char *name,
                       void (*write)(const struct city *, FILE *))
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        stop(path, "cannot be written");
    write(city, file);
    if (fclose(file) != 0)
        stop(path, "could not be written whole");
}

int main(int argc, char **argv)
{
    struct city city = {.low = {INT32_MAX, INT32_MAX}, .high = {INT32_MIN, INT32_MIN}};
    if (argc != 3) {
        fprintf(stderr,
                "usage: tile PREFIX FOLDER (reads PREFIX.gr[.gz], PREFIX.co[.gz], "
                "writes FOLDER/x16.gr, FOLDER/x16.co)\n");
        return 2;
    }
    read_file(&city, argv[1], "gr", on_arc_line);
    read_file(&city, argv[1], "co", on_node_line);
    if (city.arcs_seen != city.arc_count)
        stop(argv[1], "has fewer arcs than its p line says");
    find_links(&city);
    write_file(&city, argv[2], "x16.gr", write_arcs);
    write_file(&city, argv[2], "x16.co", write_nodes);
    printf("{\"nodes\":%u,\"arcs\":%u}\n", TILES * city.node_count,
           TILES * city.arc_count + 2 * 2 * ROWS * (ROWS - 1) * BANDS);
    mem_free(city.arcs);
    mem_free(city.nodes);
    mem_free(city.degree);
    return 0;
}
