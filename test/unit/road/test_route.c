/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of question to the hierarchy, and the other ways to search, against the
 * plain search: on random networks, on bad ones, on real ones; with roads closed, slow,
 * and changed in between; in all modes. A case is a pair of places. MUSTER_CASES = cases
 * for each network and mode (100000 by night). */
#include "bench.h"

#define CASES 400
#define PER_SOURCE 100

static uint32_t case_count(void)
{
    const char *text = getenv("MUSTER_CASES");
    long count = text == NULL ? CASES : strtol(text, NULL, 10);
    assert_true(count > 0 && count <= 10000000);
    return (uint32_t)count;
}

/* What the plain search says from one place (ROAD_FROM) or to it. */
struct plain {
    enum road_mode mode;
    enum road_direction direction;
    struct road_spot place;
    uint32_t *ms; /* by node */
};

static void ask_plain(struct bench *bench, const struct road_view *view,
                      struct plain *plain)
{
    struct road_settled at;
    uint32_t n = road_node_count(bench->road);
    memset(plain->ms, 0xff, n * sizeof *plain->ms);
    road_search_avoid(bench->search, road_view_closed(view));
    assert_int_equal(
        road_search_start(bench->search, plain->mode, plain->direction, &plain->place),
        0);
    while (road_search_next(bench->search, &at))
        plain->ms[at.node] = at.ms;
}

static uint32_t plain_ms(const struct bench *bench, const struct plain *plain,
                         const struct road_spot *spot)
{
    bool from = plain->direction == ROAD_FROM;
    const struct road_closed *closed = road_search_avoids(bench->search);
    struct road_spot slow = *spot;
    uint32_t metres;
    uint64_t best =
        road_spot_direct_ms(bench->road, closed, plain->mode, from ? &plain->place : spot,
                            from ? spot : &plain->place, &metres);
    road_spot_limit(bench->road, closed, plain->mode, &slow);
    for (int end = 0; end < 2; end++) {
        uint32_t last = from ? slow.in_ms[end] : slow.out_ms[end];
        uint64_t ms = (uint64_t)plain->ms[spot->node[end]] + last;
        if (last != ROAD_MS_NONE && plain->ms[spot->node[end]] != ROAD_MS_NONE &&
            ms < best)
            best = ms;
    }
    return (uint32_t)best;
}

/* The steps lead from the one place to the other over open roads and take that long. */
static void check_path(struct bench *bench, const struct road_view *view,
                       enum road_mode mode, const struct road_spot *from,
                       const struct road_spot *to)
{
    struct road_path path;
    uint32_t want = road_route_ms(bench->router, view, mode, from, to), metres;
    int status = road_route_path(bench->router, view, mode, from, to, &path);
    assert_int_equal(status, want == ROAD_MS_NONE ? ST_NOT_FOUND : 0);
    if (status != 0)
        return;
    assert_int_equal(path.ms, want);
    if (path.direct) {
        assert_int_equal(road_spot_direct_ms(bench->road, road_view_closed(view), mode,
                                             from, to, &metres),
                         want);
        assert_int_equal(metres, path.m);
    } else {
        struct road_spot slow[2] = {*from, *to};
        for (int end = 0; end < 2; end++)
            road_spot_limit(bench->road, road_view_closed(view), mode, &slow[end]);
        uint64_t ms = (uint64_t)slow[0].out_ms[path.start] + slow[1].in_ms[path.end];
        uint64_t mm = 0;
        uint32_t at = from->node[path.start];
        for (uint32_t i = 0; i < path.count; i++) {
            const struct graph_edge *edge = &bench->road->edges[path.steps[i].edge];
            uint32_t way = path.steps[i].way;
            assert_false(road_closed_has(road_view_closed(view), path.steps[i].edge));
            assert_int_equal(edge->node[way], at);
            at = edge->node[way ^ 1];
            ms += graph_edge_ms(bench->road, road_view_closed(view), path.steps[i].edge,
                                mode, way);
            mm += edge->length_mm;
        }
        assert_int_equal(at, to->node[path.end]);
        assert_true(ms == want);
        mm += 1000ull * (from->out_m[path.start] + to->in_m[path.end]);
        assert_true(path.m == (mm + 500) / 1000);
    }
    struct point *points;
    uint32_t count;
    assert_int_equal(road_path_points(bench->road, &path, from, to, &points, &count), 0);
    assert_true(count >= 1);
    double length = 0;
    for (uint32_t i = 1; i < count; i++)
        length += point_distance_m(points[i - 1], points[i]);
    assert_true(length >= 0);
    mem_free(points);
    road_path_release(&path);
}

/* Up to as long as some random node takes, and a little more or less. */
static uint32_t ask_within(struct bench *bench, const struct road_view *view,
                           const struct plain *plain)
{
    uint32_t ms = plain->ms[below(bench, road_node_count(bench->road))];
    if (ms == ROAD_MS_NONE || ms > WITHIN_MS_MAX - 2)
        ms = 1000 * below(bench, 3600);
    const struct road_within_query query = {.mode = plain->mode,
                                            .direction = plain->direction,
                                            .place = plain->place,
                                            .closed = road_view_closed(view),
                                            .ms_max = ms + below(bench, 2)};
    assert_int_equal(road_within_run(bench->within, &query), 0);
    return query.ms_max;
}

static void check_source(struct bench *bench, const struct road_view *view,
                         struct plain *plain, uint32_t count)
{
    struct road_spot *spots = mem_alloc((count + 1) * sizeof *spots);
    uint32_t n = road_node_count(bench->road);
    uint32_t *many_ms = mem_alloc((count + 1) * sizeof *many_ms);
    uint32_t *all_ms = mem_alloc((n + 1) * sizeof *all_ms);
    ask_plain(bench, view, plain);
    for (uint32_t i = 0; i < count; i++)
        if (i % 16 == 3) { /* another place on the same edge */
            spots[i] = plain->place;
            (void)random_spot(bench, plain->mode, &spots[i]);
            if (spots[i].edge != plain->place.edge)
                spots[i] = plain->place;
        } else if (!random_spot(bench, plain->mode, &spots[i])) {
            spots[i].edge = ROAD_NODE_NONE;
        }
    const struct road_many many = {plain->mode, plain->direction, spots, count};
    struct road_targets *targets;
    assert_int_equal(road_targets_new(&targets, bench->router, view, &many), 0);
    assert_int_equal(road_route_many(bench->router, view, &many, &plain->place, many_ms),
                     0);
    road_reach_start(bench->reach, view, plain->mode, plain->direction, &plain->place);
    uint32_t within_ms = ask_within(bench, view, plain);
    for (uint32_t i = 0; i < count; i++) {
        bool from = plain->direction == ROAD_FROM;
        uint32_t want = spots[i].edge == ROAD_NODE_NONE
                            ? ROAD_MS_NONE
                            : plain_ms(bench, plain, &spots[i]);
        assert_int_equal(many_ms[i], want);
        assert_int_equal(road_route_ms(bench->router, view, plain->mode,
                                       from ? &plain->place : &spots[i],
                                       from ? &spots[i] : &plain->place),
                         want);
        assert_int_equal(road_reach_spot_ms(bench->reach, &spots[i]), want);
        assert_int_equal(road_within_spot_ms(bench->within, &spots[i]),
                         want <= within_ms ? want : ROAD_MS_NONE);
        if (i < 10)
            check_path(bench, view, plain->mode, from ? &plain->place : &spots[i],
                       from ? &spots[i] : &plain->place);
    }
    uint32_t *table_ms = mem_alloc((count + 1) * sizeof *table_ms);
    assert_true(road_targets_fit(targets, view));
    assert_int_equal(
        road_targets_ms(targets, bench->router, view, &plain->place, table_ms), 0);
    assert_memory_equal(table_ms, many_ms, count * sizeof *table_ms);
    road_route_all(bench->router, view, plain->mode, plain->direction, &plain->place,
                   all_ms);
    for (uint32_t node = 0; node < n; node++)
        assert_int_equal(all_ms[road_rank(bench->hierarchy, node)], plain->ms[node]);
    road_targets_free(targets);
    mem_free(table_ms);
    mem_free(all_ms);
    mem_free(many_ms);
    mem_free(spots);
}

static void check_matrix(struct bench *bench, enum road_mode mode, uint32_t from_count,
                         uint32_t to_count)
{
    struct road_spot spots[16];
    struct road_view view;
    uint32_t want[256], ms[256];
    for (uint32_t i = 0; i < from_count + to_count; i++)
        if (!random_spot(bench, mode, &spots[i]))
            spots[i].edge = ROAD_NODE_NONE;
    const struct road_matrix matrix = {mode, spots, spots + from_count, from_count,
                                       to_count};
    road_view_take(bench->hierarchy, &view);
    road_search_avoid(bench->search, road_view_closed(&view));
    assert_int_equal(road_matrix(bench->search, &matrix, want), 0);
    assert_int_equal(road_route_matrix(bench->router, &view, &matrix, ms), 0);
    assert_memory_equal(ms, want, from_count * to_count * sizeof *ms);
    road_view_give(&view);
}

static void check_cases(struct bench *bench, uint32_t cases)
{
    struct plain plain = {0};
    plain.ms = mem_alloc((road_node_count(bench->road) + 1ul) * sizeof *plain.ms);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        for (uint32_t done = 0, turn = 0; done < cases && turn < cases; turn++) {
            struct road_view view;
            plain.mode = (enum road_mode)mode;
            plain.direction = turn % 2 ? ROAD_TO : ROAD_FROM;
            if (!random_spot(bench, plain.mode, &plain.place))
                continue;
            uint32_t count = cases - done < PER_SOURCE ? cases - done : PER_SOURCE;
            road_view_take(bench->hierarchy, &view);
            check_source(bench, &view, &plain, count);
            road_view_give(&view);
            done += count;
        }
    mem_free(plain.ms);
}

/* A few roads at a time: the weights that have to do with them, not all. */
static void change_some(struct bench *bench)
{
    struct road_change changes[8];
    uint32_t n = road_edge_count(bench->road), count = n < 8 ? n : 8;
    uint32_t first = below(bench, n - count + 1);
    for (uint32_t i = 0; i < count; i++)
        changes[i] = (struct road_change){first + i, i % 3 == 0   ? ROAD_KMH_CLOSED
                                                     : i % 3 == 1 ? ROAD_KMH_FREE
                                                                  : 1 + below(bench, 30)};
    assert_int_equal(road_hierarchy_change(bench->hierarchy, changes, count), 0);
}

/* All open; then with one road in PART closed, and one slow; then as that goes on. */
static void check_road(struct road *road, uint64_t seed, uint32_t cases, uint32_t part)
{
    struct bench bench;
    bench_open(&bench, road, seed);
    check_cases(&bench, cases / 2);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        check_matrix(&bench, (enum road_mode)mode, 7, 9);
        check_matrix(&bench, (enum road_mode)mode, 9, 2);
        check_matrix(&bench, (enum road_mode)mode, 1, 0);
    }
    random_limits(&bench, part);
    assert_int_equal(road_hierarchy_set_closed(bench.hierarchy, bench.closed), 0);
    check_cases(&bench, cases / 4);
    for (uint32_t part_of_rest = 0; part_of_rest < 4; part_of_rest++) {
        change_some(&bench);
        check_cases(&bench, cases / 16 + 1);
    }
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        check_matrix(&bench, (enum road_mode)mode, 7, 9);
    bench_close(&bench);
}

static void test_random(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++)
        check_road(random_road(seed, 12 + (uint32_t)(seed * seed) * 8, "a.graph"), seed,
                   case_count(), 10);
}

/* ---- bad networks -------------------------------------------------------------------
 */

static void add_node(struct graph_input *input, int32_t row, int32_t column)
{
    uint32_t number;
    assert_int_equal(graph_input_node(input,
                                      (struct point){306000000 + row * 10000,
                                                     1210000000 + column * 10000},
                                      &number),
                     0);
}

static void add_edge(struct graph_input *input, uint32_t a, uint32_t b, uint32_t there,
                     uint32_t back)
{
    struct graph_edge edge = {.node = {a, b}, .length_mm = 111000, .class = ROAD_OTHER};
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        edge.ms[mode][0] = there;
        edge.ms[mode][1] = back;
    }
    assert_int_equal(graph_input_edge(input, edge, NULL, 0), 0);
}

static void check_input(struct graph_input *input)
{
    struct road_import_result result = {0};
    struct diag diag = {0};
    int status = graph_write(input, path_of("bad.graph"), NULL, &result, &diag);
    if (status != 0)
        fail_msg("%s", diag.text);
    graph_input_release(input);
    check_road(open_road(path_of("bad.graph")), 3, case_count(), 40);
}

static void test_path_and_star(void **state)
{
    (void)state;
    struct graph_input path = {.is_whole = true}, star = {.is_whole = true};
    for (int32_t i = 0; i < 700; i++) {
        add_node(&path, 0, i);
        add_node(&star, i % 26, i / 26);
        if (i > 0) {
            add_edge(&path, (uint32_t)i - 1, (uint32_t)i, 1000, i % 9 ? 1500 : 700);
            add_edge(&star, 0, (uint32_t)i, 1000 + (uint32_t)i, 2000);
        }
    }
    check_input(&path);
    check_input(&star);
}

/* Ties everywhere; then no time at all; then as much as there can be on an edge, so that
 * five edges are no way any more. */
static void test_grids(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1000, 0, GRAPH_EDGE_MS_MAX, ROAD_MS_NONE};
    for (size_t w = 0; w < COUNT_OF(weights); w++) {
        struct graph_input grid = {.is_whole = true};
        for (uint32_t i = 0; i < 400; i++) {
            /* The last one: a mixture. */
            uint32_t ms = weights[w] != ROAD_MS_NONE ? weights[w]
                          : i % 3 == 0               ? 0
                          : i % 3 == 1               ? GRAPH_EDGE_MS_MAX
                                                     : 7;
            add_node(&grid, (int32_t)(i / 20), (int32_t)(i % 20));
            if (i % 20 > 0)
                add_edge(&grid, i - 1, i, ms, ms);
            if (i >= 20)
                add_edge(&grid, i - 20, i, ms, i % 5 ? ms : ROAD_MS_NONE);
        }
        check_input(&grid);
    }
}

/* Islands, lone nodes, two nodes with one edge, everybody joined to everybody. */
static void test_parts(void **state)
{
    (void)state;
    struct graph_input parts = {.is_whole = true}, two = {.is_whole = true},
                       clique = {.is_whole = true};
    for (uint32_t i = 0; i < 300; i++) {
        add_node(&parts, (int32_t)(i / 20), (int32_t)(i % 20));
        if (i % 10 > 0 && i % 70 != 0)
            add_edge(&parts, i - 1, i, 500, 600);
    }
    add_node(&two, 0, 0);
    add_node(&two, 0, 1);
    add_edge(&two, 0, 1, 1234, ROAD_MS_NONE);
    for (uint32_t i = 0; i < 90; i++) {
        add_node(&clique, (int32_t)(i * 7 % 40), (int32_t)(i * 11 % 40));
        for (uint32_t k = 0; k < i; k++)
            add_edge(&clique, k, i, 10 + i * k % 50, 10 + (i + k) % 40);
    }
    check_input(&parts);
    check_input(&two);
    check_input(&clique);
}

/* One node without roads, and none: refused with a word, so there is no such graph. */
static void test_tiny(void **state)
{
    (void)state;
    struct graph_input one = {.is_whole = true}, none = {.is_whole = true};
    struct road_import_result result = {0};
    struct diag diag = {0};
    add_node(&one, 0, 0);
    assert_int_equal(graph_write(&one, path_of("t.graph"), NULL, &result, &diag),
                     ST_UNPROCESSABLE);
    assert_int_equal(graph_write(&none, path_of("t.graph"), NULL, &result, &diag),
                     ST_UNPROCESSABLE);
    assert_true(strlen(diag.text) > 0);
    graph_input_release(&one);
    graph_input_release(&none);
}

/* ---- real ones ------------------------------------------------------------------------
 */

static void test_extracts(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXTRACTS; i++) {
        struct road *road = extract_road(i, "x.graph");
        if (road != NULL)
            check_road(road, 7 + i, case_count(), 300);
    }
}

static void test_city(void **state)
{
    (void)state;
    char gr[512], co[512];
    struct road_import_result result;
    struct diag diag = {0};
    if (!data_path("roads/Nanjing.gr.gz", gr, sizeof gr) ||
        !data_path("roads/Nanjing.co.gz", co, sizeof co))
        return;
    assert_int_equal(
        road_import_dimacs(gr, co, 0.001, path_of("n.graph"), NULL, &result, &diag), 0);
    check_road(open_road(path_of("n.graph")), 5, case_count(), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random), cmocka_unit_test(test_path_and_star),
        cmocka_unit_test(test_grids),  cmocka_unit_test(test_parts),
        cmocka_unit_test(test_tiny),   cmocka_unit_test(test_extracts),
        cmocka_unit_test(test_city),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
