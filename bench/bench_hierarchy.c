/* SPDX-License-Identifier: Apache-2.0 */
/* The road engine itself: what each kind of question costs, beside the plain search of
 * the same run. On the demo county; and, if the data lies beside the checkout
 * (MUSTER_DATA), on the city of Nanjing and on the province of 16 such cities (tile.c).
 * One JSON document: times of this thread's processor in microseconds, median, p95, and
 * the spread of the medians of the rounds; ratio = median / D, where D is the plain
 * search from one node to all. Usage: bench_hierarchy [GRAPH ...] (instead of these). */
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "demo/county.h"
#include "road/hierarchy_internal.h"
#include "road/import.h"
#include "road/order.h"
#include "road/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5u
#define SAMPLES_MAX 2000u
#define TARGETS 1000u
#define MODE ROAD_CAR
#define NOW INT64_C(1795478400000)

struct bench {
    struct road *road;
    struct road_hierarchy *hierarchy;
    struct road_search *search;
    struct road_router *router;
    struct road_reach *reach;
    struct road_targets *targets;
    struct road_view view;
    struct random_seeded random;
    struct road_spot from, to, *spots; /* of the next sample; spots: TARGETS */
    uint32_t nodes[TARGETS];
    struct road_change change;
    bool opens;   /* the change: what the one before has closed */
    uint32_t *ms; /* a place for each node, and TARGETS at least */
    double d_us;
    uint64_t sum; /* of answers, so that nothing is left out */
};

static void must(int status, const struct diag *diag, const char *what)
{
    if (status >= 0)
        return;
    fprintf(stderr, "bench_hierarchy: %s: %s %s\n", what, status_text(status),
            diag == NULL ? "" : diag->text);
    abort();
}

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static uint32_t below(struct bench *bench, uint32_t bound)
{
    return (uint32_t)random_below(&bench->random.super, bound);
}

/* ---- what is measured
 * ------------------------------------------------------------------ */

static void random_node(struct bench *bench, struct road_spot *ret)
{
    uint32_t node = below(bench, road_node_count(bench->road));
    *ret = (struct road_spot){.node = {node, node}};
}

static void next_pair(struct bench *bench)
{
    random_node(bench, &bench->from);
    random_node(bench, &bench->to);
}

static void next_thousand(struct bench *bench)
{
    next_pair(bench);
    for (uint32_t i = 0; i < TARGETS; i++) {
        random_node(bench, &bench->spots[i]);
        bench->nodes[i] = bench->spots[i].node[0];
    }
}

/* A random road, both its directions, is closed and then at once opened again. */
static void next_change(struct bench *bench)
{
    bench->opens = !bench->opens;
    bench->change.kmh = bench->opens ? ROAD_KMH_FREE : ROAD_KMH_CLOSED;
    if (!bench->opens)
        bench->change.edge = below(bench, road_edge_count(bench->road));
}

static void plain(struct bench *bench)
{
    struct road_settled at;
    must(road_search_start(bench->search, MODE, ROAD_FROM, &bench->from), NULL, "search");
    while (road_search_next(bench->search, &at))
        bench->sum += at.ms;
}

static void order_and_build(struct bench *bench)
{
    const struct road *road = bench->road;
    const struct order_input input = {road->nodes, road->edges, road->node_count,
                                      road->edge_count};
    struct order_net net;
    struct order_shape shape;
    uint32_t *order = mem_alloc(((size_t)road->node_count + 1) * sizeof *order);
    must(order == NULL ? ST_NO_MEMORY : order_net_make(&input, &net), NULL, "net");
    must(order_compute(&input, &net, order), NULL, "order");
    must(order_contract(&net, order, &shape), NULL, "contract");
    bench->sum += shape.arc_count;
    order_shape_release(&shape);
    order_net_release(&net);
    mem_free(order);
}

static void customise(struct bench *bench)
{
    must(hierarchy_customise(bench->hierarchy, &bench->hierarchy->sides[1], MODE), NULL,
         "customise");
}

static void route(struct bench *bench)
{
    bench->sum +=
        road_route_ms(bench->router, &bench->view, MODE, &bench->from, &bench->to);
}

static void route_path(struct bench *bench)
{
    struct road_path path;
    if (road_route_path(bench->router, &bench->view, MODE, &bench->from, &bench->to,
                        &path) != ST_OK)
        return;
    bench->sum += path.m;
    road_path_release(&path);
}

static void to_many(struct bench *bench)
{
    const struct road_many many = {MODE, ROAD_TO, bench->spots, TARGETS};
    must(road_route_many(bench->router, &bench->view, &many, &bench->from, bench->ms),
         NULL, "many");
}

static void reach_many(struct bench *bench)
{
    road_reach_start(bench->reach, &bench->view, MODE, ROAD_TO, &bench->from);
    for (uint32_t i = 0; i < TARGETS; i++)
        bench->sum += road_reach_ms(bench->reach, bench->nodes[i]);
}

static void make_targets(struct bench *bench)
{
    const struct road_many many = {MODE, ROAD_TO, bench->spots, TARGETS};
    road_targets_free(bench->targets);
    must(road_targets_new(&bench->targets, bench->router, &bench->view, &many), NULL,
         "targets");
}

static void same_targets(struct bench *bench)
{
    must(road_targets_ms(bench->targets, bench->router, &bench->view, &bench->from,
                         bench->ms),
         NULL, "targets");
}

static void to_all(struct bench *bench)
{
    road_route_all(bench->router, &bench->view, MODE, ROAD_FROM, &bench->from, bench->ms);
}

/* In one mode, as far as a query sees it; the other side catches up at the next one. */
static void close_road(struct bench *bench)
{
    struct live *live = &bench->hierarchy->live;
    struct weights *side = &bench->hierarchy->sides[0];
    uint32_t before = graph_kmh(side->closed, bench->change.edge);
    graph_set_kmh(side->closed, bench->change.edge, bench->change.kmh);
    live->change_count = 0;
    must(mem_grow(&live->changes, &live->change_capacity, 1, sizeof *live->changes, 1000),
         NULL, "change");
    live->changes[live->change_count++] = (struct live_change){
        bench->change.edge, (uint8_t)before, (uint8_t)bench->change.kmh};
    live->logs[MODE].count = 0;
    must(hierarchy_customise_part(bench->hierarchy, side, MODE,
                                  bench->change.kmh < before),
         NULL, "part");
}

/* All modes, both sides: what a caller waits for. */
static void change_all(struct bench *bench)
{
    must(road_hierarchy_change(bench->hierarchy, &bench->change, 1), NULL, "change");
}

/* ---- how
 * ------------------------------------------------------------------------------- */

struct row {
    const char *name;
    void (*prepare)(struct bench *bench); /* not measured; may be NULL */
    void (*run)(struct bench *bench);
    uint32_t samples; /* of a round; 1 = once in all */
};

/* ALL: of ROUNDS times PER_ROUND samples, which are sorted here. */
static double print_times(const struct bench *bench, const char *name, double *all,
                          uint32_t rounds, uint32_t per_round)
{
    double medians[ROUNDS];
    for (uint32_t round = 0; round < rounds; round++) {
        double *us = all + (size_t)round * per_round;
        qsort(us, per_round, sizeof *us, by_value);
        medians[round] = us[per_round / 2];
    }
    uint32_t count = rounds * per_round;
    qsort(all, count, sizeof *all, by_value);
    qsort(medians, rounds, sizeof *medians, by_value);
    double median = all[count / 2], d_us = bench->d_us == 0 ? median : bench->d_us;
    printf("\"%s\":{\"median_us\":%.2f,\"p95_us\":%.2f,\"spread\":%.2f,\"ratio\":%.6f},",
           name, median, all[(uint64_t)count * 95 / 100],
           (medians[rounds - 1] - medians[0]) / median, median / d_us);
    fflush(stdout);
    return median;
}

static double take_sample(struct bench *bench, const struct row *row)
{
    if (row->prepare != NULL)
        row->prepare(bench);
    double start = now_us();
    row->run(bench);
    return now_us() - start;
}

static void measure(struct bench *bench, const struct row *row)
{
    static double us[ROUNDS * SAMPLES_MAX];
    uint32_t rounds = row->samples == 1 ? 1 : ROUNDS; /* many seconds: once */
    for (uint32_t i = 0; i < rounds * row->samples; i++)
        us[i] = take_sample(bench, row);
    double median = print_times(bench, row->name, us, rounds, row->samples);
    if (row->run == plain)
        bench->d_us = median;
}

/* Both kinds of changes together, and each by itself: closing is dear and on cold memory,
 * opening cheap and on warm memory, so that the median of both lies in the gap between
 * and moves by half of itself from run to run. */
static void measure_changes(struct bench *bench, const struct row *row)
{
    static double both[ROUNDS * SAMPLES_MAX], one[2][ROUNDS * SAMPLES_MAX / 2];
    static const char *const kinds[] = {"close", "open"};
    char name[80];
    for (uint32_t i = 0; i < ROUNDS * row->samples; i++) {
        if (i % row->samples == 0) /* as RoutingKit was measured */
            must(hierarchy_customise(bench->hierarchy, &bench->hierarchy->sides[0], MODE),
                 NULL, "customise");
        both[i] = one[i % 2][i / 2] = take_sample(bench, row);
    }
    (void)snprintf(name, sizeof name, "close_or_open_%s", row->name);
    (void)print_times(bench, name, both, ROUNDS, row->samples);
    for (int kind = 0; kind < 2; kind++) {
        (void)snprintf(name, sizeof name, "%s_%s", kinds[kind], row->name);
        (void)print_times(bench, name, one[kind], ROUNDS, row->samples / 2);
    }
}

static void measure_all(struct bench *bench)
{
    static const struct row rows[] = {
        {"D", next_pair, plain, 3},
        {"order_and_build", NULL, order_and_build, 1},
        {"customise_one_mode", NULL, customise, 3},
        {"point_to_point", next_pair, route, SAMPLES_MAX},
        {"point_to_point_with_way", next_pair, route_path, 200},
        {"one_to_1000", next_thousand, to_many, 40},
        {"one_to_1000_lazy", next_thousand, reach_many, 40},
        {"make_1000_targets", next_thousand, make_targets, 3},
        {"same_1000_targets", next_pair, same_targets, 200},
        {"one_to_all", next_pair, to_all, 10},
    };
    static const struct row changes[] = {
        {"road_one_mode", next_change, close_road, SAMPLES_MAX},
        {"road_all_modes", next_change, change_all, SAMPLES_MAX},
    };
    road_view_take(bench->hierarchy, &bench->view);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        measure(bench, &rows[i]);
    road_view_give(&bench->view);
    for (size_t i = 0; i < COUNT_OF(changes); i++)
        measure_changes(bench, &changes[i]);
}

static void measure_graph(const char *name, const char *path)
{
    struct bench bench = {.opens = true};
    struct diag diag = {0};
    struct rusage usage;
    random_seeded_init(&bench.random, 42);
    double start = now_us();
    must(road_open(&bench.road, path, &diag), &diag, path);
    double opened = now_us();
    must(road_hierarchy_new(&bench.hierarchy, bench.road), NULL, "hierarchy");
    double made = now_us();
    uint32_t n = road_node_count(bench.road);
    must(road_search_new(&bench.search, bench.road), NULL, "search");
    must(road_router_new(&bench.router, bench.hierarchy), NULL, "router");
    must(road_reach_new(&bench.reach, bench.hierarchy), NULL, "reach");
    bench.spots = mem_calloc(TARGETS, sizeof *bench.spots);
    bench.ms = mem_calloc((size_t)n + TARGETS, sizeof *bench.ms);
    if (bench.spots == NULL || bench.ms == NULL)
        abort();
    printf("{\"graph\":\"%s\",\"nodes\":%u,\"edges\":%u,\"arcs\":%u,\"depth\":%u,"
           "\"open_ms\":%.1f,\"hierarchy_ms\":%.1f,",
           name, n, road_edge_count(bench.road), bench.hierarchy->shape.arc_count,
           bench.hierarchy->depth_count, (opened - start) / 1e3, (made - opened) / 1e3);
    measure_all(&bench);
    getrusage(RUSAGE_SELF, &usage);
    printf("\"hierarchy_mb\":%.0f,\"file_mb\":%.0f,\"peak_resident_mb\":%.0f,"
           "\"sum\":%llu}",
           (double)road_hierarchy_size(bench.hierarchy) / 1e6,
           (double)bench.road->map.size / 1e6, (double)usage.ru_maxrss / 1024,
           (unsigned long long)bench.sum);
    road_targets_free(bench.targets);
    road_reach_free(bench.reach);
    road_router_free(bench.router);
    road_search_free(bench.search);
    road_hierarchy_free(bench.hierarchy);
    road_free(bench.road);
    mem_free(bench.spots);
    mem_free(bench.ms);
}

/* ---- graphs
 * ---------------------------------------------------------------------------- */

static void make_county(const char *folder, const char *out)
{
    struct diag diag = {0};
    struct road_import_result result;
    char in[300];
    const struct county_options options = {
        .seed = 1, .people = COUNTY_PEOPLE_MIN, .today_ms = NOW};
    (void)snprintf(in, sizeof in, "%s/roads.osm", folder);
    must(county_write(folder, &options, &diag), &diag, "county");
    must(road_import_osm(in, out, NULL, &result, &diag), &diag, "roads");
}

/* False, and said on the error output, if the data is not there. */
static bool make_dimacs(const char *gr, const char *co, const char *out)
{
    struct diag diag = {0};
    struct road_import_result result;
    if (access(gr, R_OK) != 0 || access(co, R_OK) != 0) {
        fprintf(stderr, "absent: %s\n", gr);
        return false;
    }
    must(road_import_dimacs(gr, co, 0.001, out, NULL, &result, &diag), &diag, gr);
    return true;
}

static void measure_usual(const char *program)
{
    const char *data = getenv("MUSTER_DATA");
    char folder[64] = "/tmp/muster-bench-XXXXXX", gr[600], co[600], out[300],
         command[1200];
    data = data == NULL ? "../shared/data" : data;
    if (mkdtemp(folder) == NULL)
        abort();
    (void)snprintf(out, sizeof out, "%s/g.graph", folder);
    make_county(folder, out);
    measure_graph("demo county", out);
    (void)snprintf(gr, sizeof gr, "%s/roads/Nanjing.gr.gz", data);
    (void)snprintf(co, sizeof co, "%s/roads/Nanjing.co.gz", data);
    if (make_dimacs(gr, co, out)) {
        printf(",");
        measure_graph("Nanjing", out);
        (void)snprintf(command, sizeof command,
                       "$(dirname '%s')/tile '%s/roads/Nanjing' '%s' >&2", program, data,
                       folder);
        (void)snprintf(gr, sizeof gr, "%s/x16.gr", folder);
        (void)snprintf(co, sizeof co, "%s/x16.co", folder);
        if (system(command) == 0 && make_dimacs(gr, co, out)) {
            printf(",");
            measure_graph("16 x Nanjing", out);
        }
    }
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        fprintf(stderr, "bench_hierarchy: %s stays\n", folder);
}

int main(int argc, char **argv)
{
    double load = 0;
    (void)getloadavg(&load, 1);
    printf("{\"bench\":\"hierarchy\",\"cores\":%ld,\"load\":%.1f,\"graphs\":[",
           sysconf(_SC_NPROCESSORS_ONLN), load);
    for (int i = 1; i < argc; i++) {
        printf(i > 1 ? "," : "");
        measure_graph(argv[i], argv[i]);
    }
    if (argc == 1)
        measure_usual(argv[0]);
    printf("]}\n");
    return 0;
}
