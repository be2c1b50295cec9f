/* SPDX-License-Identifier: Apache-2.0 */
/* The graph file: what is written is read back, what is damaged is refused. */
#include "fixture.h"

#include "road/hierarchy.h"

#include <errno.h>

static uint8_t *read_graph(const char *name, size_t *ret_size)
{
    char *data;
    struct diag diag;
    assert_int_equal(file_read(path_of(name), 64 << 20, &data, ret_size, &diag), 0);
    return (uint8_t *)data;
}

static int try_open(const void *data, size_t size, struct diag *diag)
{
    struct road *road;
    put_file(path_of("b.graph"), data, size);
    int status = road_open(&road, path_of("b.graph"), diag);
    if (status == 0)
        road_free(road);
    return status;
}

/* Vectors of the xxHash specification's sanity check: its own generator, prime
 * 2654435761. */
static void test_hash(void **state)
{
    (void)state;
    assert_true(graph_hash((const uint8_t *)"", 0, 0) == UINT64_C(0xEF46DB3751D8E999));
    assert_true(graph_hash((const uint8_t *)"a", 1, 0) == UINT64_C(0xD24EC4F1A98C6E5B));
    assert_true(graph_hash((const uint8_t *)"abc", 3, 0) == UINT64_C(0x44BC2CF5AD770999));
}

static void test_refused(void **state)
{
    (void)state;
    struct diag diag = {0};
    road_free(random_road(1, 50, "a.graph"));
    size_t size;
    uint8_t *data = read_graph("a.graph", &size);
    assert_int_equal(try_open(data, size, &diag), 0);
    assert_int_equal(try_open("x", 1, &diag), ST_CORRUPT);
    assert_int_equal(try_open(data, size - 1, &diag), ST_CORRUPT);
    assert_non_null(strstr(diag.text, "import the roads again"));
    data[8] = 1;
    assert_int_equal(try_open(data, size, &diag), ST_UNSUPPORTED);
    assert_non_null(strstr(diag.text, "version 1"));
    struct road *road;
    assert_int_equal(road_open(&road, path_of("none.graph"), &diag), ST_NOT_FOUND);
    mem_free(data);
}

/* Every length below the whole: as it is, and with a header that agrees with it. */
static void test_every_length(void **state)
{
    (void)state;
    road_free(random_road(4, 12, "a.graph"));
    size_t size;
    uint8_t *data = read_graph("a.graph", &size);
    for (size_t i = 0; i < size; i++) {
        struct road road;
        struct diag diag = {0};
        /* A block of its own size, so that a read behind its end is seen by ASan. */
        uint8_t *copy = mem_alloc(i + 1);
        copy = mem_realloc(copy, i > 0 ? i : 1);
        memcpy(copy, data, i);
        assert_int_equal(graph_check(copy, i, "x", &road, &diag), ST_CORRUPT);
        assert_true(diag.text[0] != '\0');
        if (i >= sizeof(struct graph_header)) {
            struct graph_header header;
            memcpy(&header, copy, sizeof header);
            header.file_size = i;
            memcpy(copy, &header, sizeof header);
            header.checksum = graph_checksum(copy, i);
            memcpy(copy, &header, sizeof header);
            assert_int_equal(graph_check(copy, i, "x", &road, &diag), ST_CORRUPT);
        }
        mem_free(copy);
    }
    for (size_t i = 0; i < size; i += 1 + size / 40) {
        struct diag diag = {0};
        assert_int_equal(try_open(data, i, &diag), ST_CORRUPT);
    }
    mem_free(data);
}

/* No node, or one without a road, is no network: said at the import. */
static void test_empty(void **state)
{
    (void)state;
    struct point at = {306000000, 1210000000};
    for (uint32_t nodes = 0; nodes < 2; nodes++) {
        struct graph_input input = {.is_whole = true};
        struct road_import_result result = {0};
        struct diag diag = {0};
        uint32_t number;
        if (nodes > 0)
            assert_int_equal(graph_input_node(&input, at, &number), 0);
        assert_int_equal(
            graph_write(&input, path_of("empty.graph"), NULL, &result, &diag),
            ST_UNPROCESSABLE);
        assert_true(diag.text[0] != '\0');
        assert_int_not_equal(access(path_of("empty.graph"), F_OK), 0);
        graph_input_release(&input);
    }
}

static void test_every_bit(void **state)
{
    (void)state;
    road_free(random_road(2, 40, "a.graph"));
    size_t size;
    uint8_t *data = read_graph("a.graph", &size);
    struct road road;
    struct diag diag;
    for (size_t i = 0; i < size; i += i < 400 ? 1 : 7) {
        data[i] ^= (uint8_t)(1u << i % 8);
        assert_true(graph_check(data, size, "x", &road, &diag) != 0);
        data[i] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t cut = 0; cut < size; cut += 13)
        assert_true(graph_check(data, cut, "x", &road, &diag) != 0);
    assert_int_equal(graph_check(data, size, "x", &road, &diag), 0);
    mem_free(data);
}

/* Damage behind a right checksum: refused, or good enough that every question is answered
 * without reading outside (the sanitizer watches). */
static void ask_everything(struct road *road, uint64_t seed)
{
    struct random_seeded random;
    struct road_search *search;
    struct road_settled at;
    random_seeded_init(&random, seed);
    assert_int_equal(pieces_make(&road->pieces, road), 0);
    assert_int_equal(road_search_new(&search, road), 0);
    for (int i = 0; i < 6; i++) {
        struct road_spot spot;
        struct point place = {306000000 + (int32_t)random_below(&random.super, 300000),
                              1210000000 + (int32_t)random_below(&random.super, 300000)};
        if (!road_snap(road, (enum road_mode)(i % 3), place, 1000, &spot))
            continue;
        assert_int_equal(road_search_start(search, (enum road_mode)(i % 3),
                                           (enum road_direction)(i % 2), &spot),
                         0);
        while (road_search_next(search, &at))
            assert_true(at.node < road->node_count);
    }
    struct road_hierarchy *hierarchy;
    struct road_reach *reach;
    struct road_view view;
    assert_int_equal(road_hierarchy_new(&hierarchy, road), 0);
    assert_int_equal(road_reach_new(&reach, hierarchy), 0);
    road_view_take(hierarchy, &view);
    road_reach_start(reach, &view, ROAD_CAR, ROAD_TO, &(struct road_spot){0});
    for (uint32_t i = 0; i < road_node_count(road); i++)
        (void)road_reach_ms(reach, i);
    road_view_give(&view);
    road_reach_free(reach);
    road_hierarchy_free(hierarchy);
    for (uint32_t i = 0; i < road_edge_count(road); i++)
        for (uint32_t j = 0; j < road_edge(road, i).point_count; j++)
            (void)road_edge_point(road, i, j);
    road_search_free(search);
    pieces_release(&road->pieces);
}

static void test_damage_with_checksum(void **state)
{
    (void)state;
    road_free(random_road(3, 40, "a.graph"));
    size_t size;
    uint8_t *data = read_graph("a.graph", &size);
    struct random_seeded random;
    random_seeded_init(&random, 11);
    int accepted = 0, refused = 0;
    for (int i = 0; i < 4000; i++) {
        uint8_t *copy = mem_alloc(size);
        memcpy(copy, data, size);
        for (int j = 0; j < 1 + i % 3; j++)
            copy[random_below(&random.super,
                              i % 2 ? sizeof(struct graph_header) : size)] =
                (uint8_t)random_below(&random.super, 256);
        uint64_t sum = graph_checksum(copy, size);
        memcpy(copy + offsetof(struct graph_header, checksum), &sum, sizeof sum);
        struct road road;
        struct diag diag;
        if (graph_check(copy, size, "x", &road, &diag) == 0) {
            ask_everything(&road, (uint64_t)i);
            accepted++;
        } else {
            refused++;
        }
        mem_free(copy);
    }
    assert_true(refused > 100 && accepted > 100);
    mem_free(data);
}

/* Strongly connected parts: a ring of N one-way edges, and a dead end. */
static void build_ring(struct graph_input *input, uint32_t count, int32_t lat)
{
    uint32_t first = input->node_count, number;
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(
            graph_input_node(input, (struct point){lat, 1210000000 + (int32_t)i * 1000},
                             &number),
            0);
    for (uint32_t i = 0; i < count; i++) {
        struct graph_edge edge = {.node = {first + i, first + (i + 1) % count},
                                  .length_mm = 1000};
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
            edge.ms[mode][0] = 100;
            edge.ms[mode][1] = ROAD_MS_NONE;
        }
        assert_int_equal(graph_input_edge(input, edge, NULL, 0), 0);
    }
}

static void test_parts(void **state)
{
    (void)state;
    static const struct {
        uint32_t a, b; /* sizes of two rings */
        uint32_t parts, dropped, nodes;
    } rows[] = {
        {30, 30, 2, 0, 60}, {30, 29, 1, 1, 30}, {100, 3, 1, 1, 100},
        {29, 29, 2, 0, 58}, /* a map smaller than any limit is kept whole */
        {5, 3, 2, 0, 8},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct graph_input input = {0};
        struct road_import_result result = {0};
        build_ring(&input, rows[i].a, 306000000);
        build_ring(&input, rows[i].b, 307000000);
        assert_int_equal(graph_prune(&input, &result), 0);
        assert_int_equal(result.parts, rows[i].parts);
        assert_int_equal(result.parts_dropped, rows[i].dropped);
        assert_int_equal(input.node_count, rows[i].nodes);
        assert_int_equal(result.nodes_dropped, rows[i].a + rows[i].b - rows[i].nodes);
        graph_input_release(&input);
    }
}

/* A deep chain: no recursion. */
static void test_deep(void **state)
{
    (void)state;
    struct graph_input input = {0};
    struct road_import_result result = {0};
    struct diag diag;
    build_ring(&input, 200000, 306000000);
    assert_int_equal(graph_write(&input, path_of("c.graph"), NULL, &result, &diag), 0);
    assert_true(result.nodes == 200000 && result.edges == 200000 && result.parts == 1);
    graph_input_release(&input);
    road_free(open_road(path_of("c.graph")));
}

/* All allocations fail once, all writes fail once: the old file stays. */
static void test_all_or_nothing(void **state)
{
    (void)state;
    put_file(path_of("d.graph"), "old", 3);
    for (uint64_t n = 1;; n++) {
        struct graph_input input = {0};
        struct road_import_result result = {0};
        struct diag diag;
        build_ring(&input, 40, 306000000);
        mem_fail_at(n);
        int status = graph_write(&input, path_of("d.graph"), NULL, &result, &diag);
        mem_fail_at(0);
        graph_input_release(&input);
        if (status == 0) {
            assert_true(n > 10);
            break;
        }
        assert_int_equal(status, ST_NO_MEMORY);
        size_t size;
        uint8_t *data = read_graph("d.graph", &size);
        assert_memory_equal(data, "old", 3);
        mem_free(data);
    }
    put_file(path_of("d.graph"), "old", 3);
    for (int operation = FILE_WRITE; operation <= FILE_RENAME; operation++) {
        struct graph_input input = {0};
        struct road_import_result result = {0};
        struct diag diag;
        build_ring(&input, 40, 306000000);
        file_fail_at((enum file_operation)operation, 1, ENOSPC);
        assert_int_equal(graph_write(&input, path_of("d.graph"), NULL, &result, &diag),
                         ST_NO_SPACE);
        file_fail_at((enum file_operation)operation, 0, 0);
        graph_input_release(&input);
        size_t size;
        uint8_t *data = read_graph("d.graph", &size);
        assert_memory_equal(data, "old", 3);
        mem_free(data);
    }
}

/* The same input gives the same bytes, and nodes lie along the curve. */
static void test_reproducible(void **state)
{
    (void)state;
    struct road *a = random_road(9, 300, "a.graph"), *b = random_road(9, 300, "b.graph");
    assert_true(road_version(a) == road_version(b));
    assert_true(a->map.size == b->map.size);
    struct road *c = random_road(10, 300, "c.graph");
    assert_true(road_version(a) != road_version(c));
    struct box box = road_box(a);
    uint32_t seen = 0;
    for (uint32_t i = 0; (i = road_edge_next_in(a, box, i)) != ROAD_NODE_NONE; i++)
        seen++;
    assert_int_equal(seen, road_edge_count(a));
    struct box nowhere = {.min = {0, 0}, .max = {1, 1}};
    assert_true(road_edge_next_in(a, nowhere, 0) == ROAD_NODE_NONE);
    road_free(a);
    road_free(b);
    road_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_damage_with_checksum),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_all_or_nothing),
        cmocka_unit_test(test_reproducible),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
