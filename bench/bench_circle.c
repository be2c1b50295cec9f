/* SPDX-License-Identifier: Apache-2.0 */
/* The 15-minute circle by car: the reached set and its polygon, at random nodes of a
 * graph file, beside D, the plain reference Dijkstra from one node to all in the same
 * run. Processor time of the thread. Prints one JSON document; exit 1 if a reached set is
 * not that of the reference, or a polygon is not valid. Usage: bench_circle
 * [FILE.graph [places [minutes]]]; without a file the city beside the checkout. */
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "geo/valid.h"
#include "road/circle.h"
#include "road/import.h"
#include "road/within.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PLACES 200u
#define PLACES_MAX 100000u
#define WHOLE_SEARCHES 5

struct bench {
    struct road *road;
    struct road_search *search;
    struct road_within *within;
    uint32_t ms_max, wrong, invalid;
    double *reach_us, *shape_us, *bands_us, *bounded_us;
    double nodes, points, holes;
};

static double cpu_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void must(int status, const char *what)
{
    if (status >= 0)
        return;
    fprintf(stderr, "bench_circle: %s: %s\n", what, status_text(status));
    abort();
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void print(const char *name, double *us, uint32_t count, double d_us)
{
    qsort(us, count, sizeof *us, by_value);
    printf(",\"%s\":{\"median_us\":%.0f,\"p95_us\":%.0f,\"max_us\":%.0f,\"of_D\":%.4f}",
           name, us[count / 2], us[count * 95 / 100], us[count - 1],
           us[count / 2] / d_us);
}

static struct road_spot random_place(const struct bench *bench, struct random *random,
                                     struct point *ret_at)
{
    struct road_spot spot;
    do {
        uint32_t node = (uint32_t)random_below(random, road_node_count(bench->road));
        *ret_at = road_node_point(bench->road, node);
    } while (!road_snap(bench->road, ROAD_CAR, *ret_at, ROAD_SNAP_M_MAX, &spot));
    return spot;
}

static double whole_search_us(struct bench *bench, struct random *random)
{
    double us[WHOLE_SEARCHES];
    for (int i = 0; i < WHOLE_SEARCHES; i++) {
        struct point at;
        struct road_spot place = random_place(bench, random, &at);
        struct road_settled settled;
        double start = cpu_us();
        must(road_search_start(bench->search, ROAD_CAR, ROAD_TO, &place), "search");
        while (road_search_next(bench->search, &settled)) {
        }
        us[i] = cpu_us() - start;
    }
    qsort(us, WHOLE_SEARCHES, sizeof us[0], by_value);
    return us[WHOLE_SEARCHES / 2];
}

/* The same set by the reference. */
static double compare(struct bench *bench, const struct road_spot *place)
{
    struct road_settled settled;
    uint32_t count = 0;
    bool same = true;
    must(road_search_start(bench->search, ROAD_CAR, ROAD_TO, place), "search");
    double start = cpu_us();
    while (road_search_next(bench->search, &settled) && settled.ms <= bench->ms_max)
        count++;
    double us = cpu_us() - start;
    must(road_search_start(bench->search, ROAD_CAR, ROAD_TO, place), "search");
    while (road_search_next(bench->search, &settled) && settled.ms <= bench->ms_max)
        same = same && road_within_ms(bench->within, settled.node) == settled.ms;
    bench->wrong += !same || count != road_within_count(bench->within);
    return us;
}

static void one(struct bench *bench, uint32_t i, struct random *random)
{
    struct road_within_query query = {
        .mode = ROAD_CAR, .direction = ROAD_TO, .ms_max = bench->ms_max};
    query.place = random_place(bench, random, &query.at);
    double start = cpu_us();
    must(road_within_run(bench->within, &query), "within");
    bench->reach_us[i] = cpu_us() - start;
    struct road_circle circle;
    start = cpu_us();
    must(road_circle_make(bench->within, &bench->ms_max, 1, &circle), "circle");
    bench->shape_us[i] = cpu_us() - start;
    bench->nodes += road_within_count(bench->within);
    bench->points += circle.bands[0].area.point_count;
    bench->holes += circle.bands[0].area.ring_count - circle.bands[0].area.part_count;
    bench->invalid += polygon_is_valid(&circle.bands[0].area, NULL) != 1;
    road_circle_release(&circle);
    const uint32_t bands[] = {bench->ms_max / 3, bench->ms_max / 3 * 2, bench->ms_max};
    start = cpu_us();
    must(road_circle_make(bench->within, bands, COUNT_OF(bands), &circle), "circle");
    bench->bands_us[i] = cpu_us() - start;
    road_circle_release(&circle);
    bench->bounded_us[i] = compare(bench, &query.place);
}

static double *numbers(uint32_t count)
{
    double *ret = mem_calloc(count, sizeof *ret);
    if (ret == NULL)
        abort();
    return ret;
}

/* The city beside the checkout, imported aside; NULL (and said) if it is not there. */
static struct road *import_city(void)
{
    const char *data = getenv("MUSTER_DATA");
    char gr[512], co[512], out[] = "/tmp/muster-circle-XXXXXX";
    struct road_import_result result;
    struct diag diag = {0};
    struct road *road = NULL;
    data = data != NULL ? data : "../shared/data";
    snprintf(gr, sizeof gr, "%s/roads/Nanjing.gr.gz", data);
    snprintf(co, sizeof co, "%s/roads/Nanjing.co.gz", data);
    if (access(gr, R_OK) != 0) {
        fprintf(stderr, "absent: %s\n", gr);
        return NULL;
    }
    int file = mkstemp(out);
    if (file < 0 || close(file) != 0)
        abort();
    must(road_import_dimacs(gr, co, 0.001, out, NULL, &result, &diag), "import");
    must(road_open(&road, out, &diag), "import");
    unlink(out);
    return road;
}

static struct road *open_road(const char *path)
{
    struct road *road = NULL;
    struct diag diag = {0};
    if (road_open(&road, path, &diag) != ST_OK)
        fprintf(stderr, "bench_circle: %s: %s\n", path, diag.text);
    return road;
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    struct random_seeded random;
    long places = argc > 2 ? strtol(argv[2], NULL, 10) : (long)PLACES;
    long minutes = argc > 3 ? strtol(argv[3], NULL, 10) : 15;
    if (places < 1 || places > (long)PLACES_MAX || minutes < 1 ||
        minutes > WITHIN_MS_MAX / 60000)
        return 2;
    uint32_t count = (uint32_t)places;
    bench.road = argc > 1 ? open_road(argv[1]) : import_city();
    if (bench.road == NULL)
        return argc > 1;
    random_seeded_init(&random, 42);
    must(road_search_new(&bench.search, bench.road), "search");
    must(road_within_new(&bench.within, bench.road), "within");
    bench.ms_max = (uint32_t)minutes * 60000u;
    bench.reach_us = numbers(count), bench.shape_us = numbers(count);
    bench.bands_us = numbers(count), bench.bounded_us = numbers(count);
    double d_us = whole_search_us(&bench, &random.super);
    for (uint32_t i = 0; i < count; i++)
        one(&bench, i, &random.super);
    printf(
        "{\"bench\":\"circle\",\"nodes\":%u,\"places\":%u,\"minutes\":%ld,\"D_us\":%.0f",
        road_node_count(bench.road), count, minutes, d_us);
    print("reached_set", bench.reach_us, count, d_us);
    print("reached_set_by_plain_search", bench.bounded_us, count, d_us);
    print("polygon", bench.shape_us, count, d_us);
    print("polygons_of_three_bands", bench.bands_us, count, d_us);
    printf(",\"mean_nodes\":%.0f,\"mean_points\":%.0f,\"mean_holes\":%.1f,"
           "\"other_sets\":%u,\"not_valid\":%u}\n",
           bench.nodes / count, bench.points / count, bench.holes / count, bench.wrong,
           bench.invalid);
    road_within_free(bench.within);
    road_search_free(bench.search);
    road_free(bench.road);
    return bench.wrong > 0 || bench.invalid > 0;
}
