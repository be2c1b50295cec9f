/* SPDX-License-Identifier: Apache-2.0 */
/* What is reached within a time: the plain search agrees on every node and spot, the
 * pieces of road end where the time does, and the picture is valid and true. */
#include "fixture.h"
#include "geo/valid.h"
#include "road/circle.h"
#include "road/closed.h"
#include "road/within.h"

#include <math.h>
#include <stdlib.h>

static struct road_closed *random_closed(const struct road *road, struct random *random)
{
    struct road_closed *closed;
    assert_int_equal(road_closed_new(&closed, road), 0);
    for (uint32_t i = 0; i < road_edge_count(road); i++)
        if (random_below(random, 8) == 0)
            road_closed_limit(closed, i, (uint32_t)random_below(random, 12));
    return closed;
}

static struct point point_near(const struct road *road, struct random *random)
{
    struct point at =
        road_node_point(road, (uint32_t)random_below(random, road_node_count(road)));
    if (random_below(random, 3) == 0)
        return at;
    at.lat_e7 += (int32_t)random_below(random, 6000) - 3000;
    at.lon_e7 += (int32_t)random_below(random, 6000) - 3000;
    return at;
}

struct world {
    const struct road *road;
    struct road_search *search;
    struct road_within *within;
    struct road_within_query query;
    uint32_t *want; /* times by the plain search */
};

/* Every node, by the plain search. */
static void compare_nodes(struct world *w)
{
    struct road_settled at;
    uint32_t count = 0, n = road_node_count(w->road);
    memset(w->want, 0xff, n * sizeof *w->want);
    road_search_avoid(w->search, w->query.closed);
    assert_int_equal(
        road_search_start(w->search, w->query.mode, w->query.direction, &w->query.place),
        0);
    while (road_search_next(w->search, &at))
        w->want[at.node] = at.ms;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t want = w->want[i] <= w->query.ms_max ? w->want[i] : ROAD_MS_NONE;
        assert_int_equal(road_within_ms(w->within, i), want);
        count += want != ROAD_MS_NONE;
    }
    assert_int_equal(road_within_count(w->within), count);
}

/* Other places, by the whole way of road_time_ms. */
static void compare_spots(struct world *w, struct random *random, int count)
{
    for (int i = 0; i < count; i++) {
        struct road_spot spot;
        if (!road_snap(w->road, w->query.mode, point_near(w->road, random),
                       ROAD_SNAP_M_MAX, &spot))
            continue;
        bool to = w->query.direction == ROAD_TO;
        uint32_t want;
        assert_int_equal(road_time_ms(w->search, w->query.mode,
                                      to ? &spot : &w->query.place,
                                      to ? &w->query.place : &spot, &want, NULL),
                         0);
        if (want > w->query.ms_max)
            want = ROAD_MS_NONE;
        assert_int_equal(road_within_spot_ms(w->within, &spot), want);
    }
}

/* The whole edge for whoever stands on it: slow, but never closed. */
static uint32_t own_ms(const struct world *w, uint32_t number, int way)
{
    const struct road_closed *closed = w->query.closed;
    const struct graph_edge *edge = &w->road->edges[number];
    uint32_t kmh = closed == NULL ? ROAD_KMH_FREE : road_closed_kmh(closed, number);
    return kmh == ROAD_KMH_CLOSED
               ? edge->ms[w->query.mode][way]
               : graph_limited_ms(edge->ms[w->query.mode][way], edge->length_mm, kmh);
}

/* The times of points along an edge, by the ends and straight along. */
static double time_at(const struct world *w, uint32_t number, double share)
{
    struct road_edge edge = road_edge(w->road, number);
    const struct road_spot *place = &w->query.place;
    int to = w->query.direction == ROAD_TO;
    double best = INFINITY;
    for (int end = 0; end < 2; end++) {
        uint32_t ms = own_ms(w, number, to ? 1 - end : end);
        uint32_t label = w->want[edge.node[end]];
        if (ms != ROAD_MS_NONE && label != ROAD_MS_NONE)
            best = fmin(best, label + ms * (end == 0 ? share : 1 - share));
        if (number != place->edge || place->node[0] == place->node[1])
            continue;
        double way = place->along_ppm / 1e6 - share; /* to a place higher up */
        double part = end == 0 ? -way : way;         /* from end 1 back to it */
        if (ms != ROAD_MS_NONE && part >= 0)
            best = fmin(best, road_walk_ms(place->access_m) + ms * part);
    }
    return best;
}

#define SAMPLES 20

struct cover {
    struct world *world;
    uint8_t *hits; /* by edge x sample */
};

static void on_piece(void *context, const struct road_piece *piece)
{
    struct cover *cover = context;
    assert_true(piece->from >= 0 && piece->to <= 1 && piece->from <= piece->to);
    for (uint32_t i = 0; i < SAMPLES; i++) {
        double share = (i + 0.5) / SAMPLES;
        if (share > piece->from && share < piece->to)
            cover->hits[piece->edge * SAMPLES + i]++;
    }
}

static void compare_pieces(struct world *w, uint32_t ms_max)
{
    uint32_t edges = road_edge_count(w->road);
    struct cover cover = {w, mem_calloc(edges, SAMPLES)};
    road_within_pieces(w->within, ms_max, on_piece, &cover);
    for (uint32_t i = 0; i < edges * SAMPLES; i++) {
        double ms = time_at(w, i / SAMPLES, (i % SAMPLES + 0.5) / SAMPLES);
        assert_true(cover.hits[i] <= 1);
        if (ms < ms_max - 2.0)
            assert_int_equal(cover.hits[i], 1);
        if (ms > ms_max + 2.0)
            assert_int_equal(cover.hits[i], 0);
    }
    mem_free(cover.hits);
}

/* MS_MAX beside the walk from the place to its road. */
static void ask(struct world *w, struct random *random, uint32_t ms_max)
{
    w->query.mode = (enum road_mode)random_below(random, ROAD_MODE_COUNT);
    w->query.direction = (enum road_direction)random_below(random, 2);
    do
        w->query.at = point_near(w->road, random);
    while (!road_snap(w->road, w->query.mode, w->query.at, ROAD_SNAP_M_MAX,
                      &w->query.place));
    w->query.ms_max = ms_max;
    if (random_below(random, 8) > 0)
        w->query.ms_max += road_walk_ms(w->query.place.access_m);
    assert_int_equal(road_within_run(w->within, &w->query), 0);
}

static void open_world(struct world *w, const struct road *road)
{
    *w = (struct world){.road = road};
    assert_int_equal(road_search_new(&w->search, road), 0);
    assert_int_equal(road_within_new(&w->within, road), 0);
    w->want = mem_calloc(road_node_count(road), sizeof *w->want);
}

static void close_world(struct world *w)
{
    road_search_free(w->search);
    road_within_free(w->within);
    mem_free(w->want);
}

static void test_random_graphs(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct random_seeded random;
        struct random *r = &random.super;
        struct world w;
        random_seeded_init(&random, seed);
        struct road *road = random_road(seed, 150, "a.graph");
        open_world(&w, road);
        struct road_closed *closed = random_closed(road, r);
        for (int i = 0; i < 20; i++) {
            w.query.closed = random_below(r, 2) == 0 ? closed : NULL;
            ask(&w, r, 1 + (uint32_t)random_below(r, 400));
            compare_nodes(&w);
            compare_spots(&w, r, 20);
            compare_pieces(&w, w.query.ms_max);
            compare_pieces(&w, w.query.ms_max / 2);
        }
        road_closed_free(closed);
        close_world(&w);
        road_free(road);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    struct road *road = random_road(3, 150, "a.graph");
    struct random_seeded random;
    random_seeded_init(&random, 3);
    bool failed = true;
    for (uint64_t n = 1; failed; n++) {
        struct road_within *within = NULL;
        struct road_circle circle = {0};
        struct road_within_query query = {
            .mode = ROAD_FOOT, .ms_max = 600000, .at = road_node_point(road, 5)};
        if (!road_snap(road, ROAD_FOOT, query.at, 1000, &query.place))
            fail();
        const uint32_t bands[] = {300000, 600000};
        mem_fail_at(n);
        int status = road_within_new(&within, road);
        if (status == ST_OK)
            status = road_within_run(within, &query);
        if (status == ST_OK)
            status = road_circle_make(within, bands, 2, &circle);
        mem_fail_at(0);
        failed = status != ST_OK;
        if (failed)
            assert_int_equal(status, ST_NO_MEMORY);
        road_circle_release(&circle);
        road_within_free(within);
        assert_true(n < 10000);
    }
    road_free(road);
}

/* ---- the picture ------------------------------------------------------------------ */

struct nearest {
    const struct road *road;
    const struct point *at;
    double *best_m;
    uint32_t count;
};

static double segment_m(struct point at, struct point a, struct point b)
{
    double unit = 6371008.8 * M_PI / 180 / POINT_E7,
           narrow = unit * cos(point_lat(at) * M_PI / 180);
    double ax = ((double)a.lon_e7 - at.lon_e7) * narrow;
    double ay = ((double)a.lat_e7 - at.lat_e7) * unit;
    double dx = ((double)b.lon_e7 - a.lon_e7) * narrow;
    double dy = ((double)b.lat_e7 - a.lat_e7) * unit;
    double size = dx * dx + dy * dy;
    double share = size > 0 ? fmin(fmax(-(ax * dx + ay * dy) / size, 0), 1) : 0;
    return hypot(ax + share * dx, ay + share * dy);
}

/* The distance to whole edges: not less than that to their pieces, so never too strict.
 */
static void measure_piece(void *context, const struct road_piece *piece)
{
    struct nearest *nearest = context;
    struct road_edge edge = road_edge(nearest->road, piece->edge);
    for (uint32_t j = 0; j < nearest->count; j++)
        for (uint32_t i = 0; i + 1 < edge.point_count; i++)
            nearest->best_m[j] = fmin(
                nearest->best_m[j],
                segment_m(nearest->at[j], road_edge_point(nearest->road, piece->edge, i),
                          road_edge_point(nearest->road, piece->edge, i + 1)));
}

#define PROBES 40u

/* Reached nodes lie inside; unreached ones that are far from any reached road outside;
 * a greater time never holds less. */
static void check_picture(struct world *w, const struct road_circle *circle,
                          struct random *random)
{
    uint32_t n = road_node_count(w->road);
    for (uint32_t b = 0; b < circle->count; b++) {
        const struct road_circle_band *band = &circle->bands[b];
        char reason[VALID_REASON_MAX + 1] = "";
        if (polygon_is_valid(&band->area, reason) != 1)
            fail_msg("not valid: %s", reason);
        assert_true(band->area_m2 > 0);
        assert_true(polygon_contains(&band->area, w->query.at));
        for (uint32_t i = 0; i < road_within_count(w->within); i += 1 + n / 3000) {
            uint32_t node = road_within_node(w->within, i);
            if (road_within_ms(w->within, node) <= band->ms_max)
                assert_true(
                    polygon_contains(&band->area, road_node_point(w->road, node)));
        }
        struct point probes[PROBES];
        double best_m[PROBES];
        for (uint32_t i = 0; i < PROBES; i++) {
            probes[i] = road_node_point(w->road, (uint32_t)random_below(random, n));
            best_m[i] = point_distance_m(probes[i], w->query.at);
        }
        struct nearest nearest = {w->road, probes, best_m, PROBES};
        road_within_pieces(w->within, band->ms_max, measure_piece, &nearest);
        for (uint32_t i = 0; i < PROBES; i++) {
            bool is_in = polygon_contains(&band->area, probes[i]);
            if (best_m[i] > circle->tolerance_m && w->query.place.access_m < 50)
                assert_false(is_in);
            if (is_in && b + 1 < circle->count && best_m[i] < circle->tolerance_m / 2)
                assert_true(polygon_contains(&circle->bands[b + 1].area, probes[i]));
        }
    }
}

static void draw_places(const struct road *road, uint64_t seed, int places)
{
    struct random_seeded random;
    struct random *r = &random.super;
    struct world w;
    random_seeded_init(&random, seed);
    open_world(&w, road);
    for (int i = 0; i < places; i++) {
        uint32_t most = 60000 * (1 + (uint32_t)random_below(r, 20));
        struct road_circle circle;
        ask(&w, r, most);
        most = w.query.ms_max;
        const uint32_t bands[] = {most / 3, most / 3 * 2, most};
        assert_int_equal(road_circle_make(w.within, bands, 3, &circle), 0);
        check_picture(&w, &circle, r);
        assert_true(circle.bands[0].road_m <= circle.bands[1].road_m);
        assert_true(circle.bands[1].area_m2 <= circle.bands[2].area_m2);
        road_circle_release(&circle);
    }
    close_world(&w);
}

static int places_wanted(void)
{
    const char *text = getenv("CIRCLE_PLACES");
    return text == NULL ? 4 : (int)strtol(text, NULL, 10);
}

static void test_pictures_generated(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct road *road = random_road(seed, 300, "b.graph");
        draw_places(road, seed, places_wanted());
        road_free(road);
    }
}

static void test_pictures_extracts(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXTRACTS; i++) {
        struct road *road = extract_road(i, "c.graph");
        if (road == NULL)
            continue;
        draw_places(road, i + 1, places_wanted());
        road_free(road);
    }
}

static void test_pictures_city(void **state)
{
    (void)state;
    static const char *const names[] = {"roads/Nanjing", "roads/Haikou"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char gr[512], co[512], name[64];
        struct road_import_result result;
        struct diag diag = {0};
        (void)snprintf(name, sizeof name, "%s.gr.gz", names[i]);
        if (!data_path(name, gr, sizeof gr))
            continue;
        (void)snprintf(name, sizeof name, "%s.co.gz", names[i]);
        assert_true(data_path(name, co, sizeof co));
        assert_int_equal(
            road_import_dimacs(gr, co, 0.001, path_of("d.graph"), NULL, &result, &diag),
            0);
        struct road *road = open_road(path_of("d.graph"));
        draw_places(road, i + 1, places_wanted());
        road_free(road);
    }
}

/* The nearest edge of the mode, by looking at all of them. */
static void test_snap(void **state)
{
    (void)state;
    uint32_t hits = 0, misses = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct random_seeded random;
        struct random *r = &random.super;
        random_seeded_init(&random, seed);
        struct road *road = random_road(seed, 60, "s.graph");
        struct box box = road_box(road);
        for (int i = 0; i < 200; i++) {
            enum road_mode mode = (enum road_mode)random_below(r, ROAD_MODE_COUNT);
            uint32_t limit_m = 1 + (uint32_t)random_below(r, 1500);
            struct point at = {box.min.lat_e7 - 100000 + (int32_t)random_below(r, 500000),
                               box.min.lon_e7 - 100000 +
                                   (int32_t)random_below(r, 500000)};
            double best = INFINITY;
            for (uint32_t e = 0; e < road_edge_count(road); e++) {
                struct road_edge edge = road_edge(road, e);
                if (edge.ms[mode][0] == ROAD_MS_NONE && edge.ms[mode][1] == ROAD_MS_NONE)
                    continue;
                for (uint32_t j = 0; j + 1 < edge.point_count; j++)
                    best = fmin(best, segment_m(at, road_edge_point(road, e, j),
                                                road_edge_point(road, e, j + 1)));
            }
            struct road_spot spot;
            bool found = road_snap(road, mode, at, limit_m, &spot);
            if (fabs(best - limit_m) > 0.1)
                assert_int_equal(found, best < limit_m);
            hits += found;
            misses += !found;
            if (!found)
                continue;
            /* Whole metres; a node within a metre is taken as the place. */
            assert_true(fabs(spot.access_m - best) <=
                        (spot.node[0] == spot.node[1] ? 1.1 : 0.6));
            struct road_edge edge = road_edge(road, spot.edge);
            assert_true(edge.ms[mode][0] != ROAD_MS_NONE ||
                        edge.ms[mode][1] != ROAD_MS_NONE);
        }
        road_free(road);
    }
    assert_true(hits > 500 && misses > 500);
}

/* A place without a road is told apart from one off the map. */
static void test_far_place(void **state)
{
    (void)state;
    struct road *road = random_road(1, 150, "a.graph");
    struct road_spot spot;
    struct diag diag = {0};
    struct point at = road_node_point(road, 0);
    assert_int_equal(road_place(road, ROAD_FOOT, at, &spot, &diag), 0);
    struct box box = road_box(road);
    at = (struct point){box.min.lat_e7 - 2000000, box.min.lon_e7};
    assert_int_equal(road_place(road, ROAD_FOOT, at, &spot, &diag), ST_UNPROCESSABLE);
    assert_string_equal(diag.where, "at");
    assert_non_null(strstr(diag.text, "off the map"));
    road_free(road);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_graphs),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_pictures_generated),
        cmocka_unit_test(test_pictures_extracts),
        cmocka_unit_test(test_pictures_city),
        cmocka_unit_test(test_far_place),
        cmocka_unit_test(test_snap),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
