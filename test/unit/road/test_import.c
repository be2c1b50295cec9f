/* SPDX-License-Identifier: Apache-2.0 */
/* Small maps written by hand, imported from XML (plain and gzip), and what must come out.
 */
#include "fixture.h"
#include "road/osmread.h"

#include <math.h>
#include <zlib.h>

#define N(id, lat, lon) "<node id='" #id "' lat='" #lat "' lon='" #lon "'/>"
#define NT(id, lat, lon, tags)                                                           \
    "<node id='" #id "' lat='" #lat "' lon='" #lon "'>" tags "</node>"
#define T(k, v) "<tag k='" k "' v='" v "'/>"
#define W(id, refs, tags) "<way id='" #id "'>" refs tags "</way>"
#define R(id) "<nd ref='" #id "'/>"

/* A line of three nodes A(1) B(2) C(3), some 111 m apart. */
#define LINE N(1, 30.000, 121) N(2, 30.001, 121) N(3, 30.002, 121)

struct walk {
    struct road *road;
    struct road_search *search;
};

static struct walk walk_on(const char *xml)
{
    struct walk walk;
    struct road_import_result result;
    walk.road = road_of_xml(xml, &result);
    assert_int_equal(road_search_new(&walk.search, walk.road), 0);
    return walk;
}

static void walk_end(struct walk *walk)
{
    road_search_free(walk->search);
    road_free(walk->road);
}

/* Milliseconds between two places, or ROAD_MS_NONE; off the network counts as none. */
static uint32_t between(struct walk *walk, enum road_mode mode, double lat_a,
                        double lon_a, double lat_b, double lon_b)
{
    struct road_spot a, b;
    uint32_t ms, m;
    if (!road_snap(walk->road, mode, at_degrees(lat_a, lon_a), 30, &a) ||
        !road_snap(walk->road, mode, at_degrees(lat_b, lon_b), 30, &b))
        return ROAD_MS_NONE;
    assert_int_equal(road_time_ms(walk->search, mode, &a, &b, &ms, &m), 0);
    return ms;
}

#define METRES 111.19508 /* 0.001 degree of latitude */

static void test_one_way(void **state)
{
    (void)state;
    struct walk walk = walk_on(LINE W(1, R(1) R(2) R(3),
                                      T("highway", "residential") T("oneway", "yes")
                                          T("maxspeed", "36")));
    uint32_t there = between(&walk, ROAD_CAR, 30, 121, 30.002, 121);
    assert_int_equal(there, lround(2 * METRES / 10 * 1000));
    assert_true(between(&walk, ROAD_CAR, 30.002, 121, 30, 121) == ROAD_MS_NONE);
    assert_int_equal(between(&walk, ROAD_FOOT, 30.002, 121, 30, 121),
                     lround(2 * METRES / 1.8 * 1000));
    /* Between two places on one edge, with and against the direction. */
    assert_true(abs((int)between(&walk, ROAD_CAR, 30.0005, 121, 30.0015, 121) -
                    (int)lround(METRES / 10 * 1000)) <= 2);
    assert_true(between(&walk, ROAD_CAR, 30.0015, 121, 30.0005, 121) == ROAD_MS_NONE);
    walk_end(&walk);
}

static void test_one_way_back(void **state)
{
    (void)state;
    struct walk walk =
        walk_on(LINE W(1, R(1) R(2) R(3), T("highway", "residential") T("oneway", "-1")));
    assert_true(between(&walk, ROAD_CAR, 30, 121, 30.002, 121) == ROAD_MS_NONE);
    assert_true(between(&walk, ROAD_CAR, 30.002, 121, 30, 121) != ROAD_MS_NONE);
    walk_end(&walk);
}

/* A square block of one-way streets: backwards means all the way around. */
static void test_around_the_block(void **state)
{
    (void)state;
    struct walk walk = walk_on(
        N(1, 30, 121) N(2, 30, 121.001) N(3, 30.001, 121.001) N(4, 30.001, 121)
            W(1, R(1) R(2) R(3) R(4) R(1),
              T("highway", "tertiary") T("junction", "roundabout") T("maxspeed", "36")));
    uint32_t along = between(&walk, ROAD_CAR, 30, 121.0002, 30, 121.0008);
    uint32_t around = between(&walk, ROAD_CAR, 30, 121.0008, 30, 121.0002);
    double side = METRES * cos(30 * M_PI / 180), all = 2 * side + 2 * METRES;
    assert_true(abs((int)along - (int)lround(0.6 * side * 100)) <= 2);
    assert_true(abs((int)around - (int)lround((all - 0.6 * side) * 100)) <= 3);
    walk_end(&walk);
}

static void test_barrier(void **state)
{
    (void)state;
    struct walk walk =
        walk_on(N(1, 30.000, 121) NT(2, 30.001, 121, T("barrier", "bollard"))
                    N(3, 30.002, 121) W(1, R(1) R(2) R(3), T("highway", "residential")));
    assert_true(between(&walk, ROAD_CAR, 30, 121, 30.002, 121) == ROAD_MS_NONE);
    assert_true(between(&walk, ROAD_CAR, 30, 121, 30.0009, 121) != ROAD_MS_NONE);
    assert_true(between(&walk, ROAD_CAR, 30.0011, 121, 30.002, 121) != ROAD_MS_NONE);
    uint32_t foot = between(&walk, ROAD_FOOT, 30, 121, 30.002, 121);
    assert_true(abs((int)foot - (int)lround(2 * METRES / 1.8 * 1000)) <= 4);
    assert_true(between(&walk, ROAD_BIKE, 30.002, 121, 30, 121) != ROAD_MS_NONE);
    walk_end(&walk);
    walk = walk_on(N(1, 30.000, 121) NT(2, 30.001, 121, T("barrier", "gate"))
                       N(3, 30.002, 121) W(1, R(1) R(2) R(3), T("highway", "service")));
    assert_true(between(&walk, ROAD_CAR, 30, 121, 30.002, 121) != ROAD_MS_NONE);
    walk_end(&walk);
}

static void test_ferry(void **state)
{
    (void)state;
    struct walk walk =
        walk_on(LINE W(1, R(1) R(2) R(3), T("route", "ferry") T("duration", "00:10"))
                    N(4, 30.003, 121) W(2, R(3) R(4), T("highway", "footway"))
                        N(5, 29.999, 121) W(3, R(5) R(1), T("highway", "footway"))
                            W(4, R(5) R(2), T("highway", "construction")));
    assert_int_equal(between(&walk, ROAD_FOOT, 30, 121, 30.002, 121), 600000);
    walk_end(&walk);
    walk = walk_on(LINE W(1, R(1) R(2) R(3), T("route", "ferry")));
    assert_int_equal(between(&walk, ROAD_FOOT, 30, 121, 30.002, 121),
                     lround(2 * METRES / 5 * 1000));
    walk_end(&walk);
}

static void test_counts(void **state)
{
    (void)state;
    struct road_import_result result;
    /* Two crossing ways, a loop, one with a missing node, two unusable, a building. */
    struct road *road = road_of_xml(
        LINE N(4, 30.001, 120.999) N(5, 30.001, 121.001) N(6, 30.003, 121.001) N(
            7, 30.003, 120.999) W(1, R(1) R(2) R(3), T("highway", "residential"))
            W(2, R(4) R(2) R(5), T("highway", "residential")) W(
                3, R(3) R(6) R(7) R(3),
                T("highway", "residential")) W(4, R(1) R(99), T("highway", "residential"))
                W(5, R(1) R(5), T("highway", "construction"))
                    W(6, R(1) R(5), T("highway", "service") T("access", "private")) W(
                        7, R(1) R(5),
                        T("building",
                          "yes")) "<relation id='1'><member type='way' ref='1' role=''/>"
                                  "</relation>",
        &result);
    assert_true(result.osm_nodes == 7 && result.osm_ways == 7 &&
                result.osm_relations == 1);
    assert_true(result.skipped == 3);
    /* 1-2 2-3 4-2 2-5, and the loop cut in two. */
    assert_int_equal(result.edges, 6);
    assert_int_equal(result.nodes, 6);
    assert_true(result.parts == 1 && result.parts_dropped == 0);
    double side = METRES * cos(30.001 * M_PI / 180);
    double top = METRES * cos(30.003 * M_PI / 180);
    double want = 2 * METRES + 2 * side + 2 * top + 2 * hypot(METRES, top);
    assert_true(fabs(result.length_km * 1000 - want) < 0.05);
    assert_int_equal(road_edge_count(road), 6);
    road_free(road);
}

/* Ways before nodes, nodes in any order, one of them twice: the same graph. */
static void test_any_order(void **state)
{
    (void)state;
    struct road_import_result result;
    struct road *a =
        road_of_xml(LINE W(1, R(1) R(2) R(3), T("highway", "path")), &result);
    struct road *b =
        road_of_xml(W(1, R(1) R(2) R(3), T("highway", "path")) N(3, 30.002, 121)
                        N(1, 30.000, 121) N(2, 30.001, 121) N(1, 31.000, 121),
                    &result);
    assert_true(road_version(a) == road_version(b));
    road_free(a);
    road_free(b);
}

static void test_xml_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        {"<osm><node id='1' lat='91' lon='0'/></osm>", ST_CORRUPT},
        {"<osm><node id='1' lat='1'/></osm>", ST_CORRUPT},
        {"<osm><node id='x' lat='1' lon='1'/></osm>", ST_CORRUPT},
        {"<osm><node lat='1' lon='1'/></osm>", ST_CORRUPT},
        {"<osm><way id='1'><nd/></way></osm>", ST_CORRUPT},
        {"<osm><way id='1'><tag k='a'/></way></osm>", ST_CORRUPT},
        {"<osm><relation id='1'><member ref='1'/></relation></osm>", ST_CORRUPT},
        {"<osm><way id='1'></osm>", ST_CORRUPT},
        {"<osm>", ST_CORRUPT},
        {"<html/>", ST_UNSUPPORTED},
        {"<!DOCTYPE osm [<!ENTITY a 'b'>]><osm/>", ST_UNSUPPORTED},
        {"<osm><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a/>", ST_LIMIT},
        {"hello", ST_UNSUPPORTED},
        {"<osm/>", ST_UNPROCESSABLE},
        {"<osm><node id='1' lat='1' lon='1'/></osm>", ST_UNPROCESSABLE},
    };
    put_file(path_of("keep.graph"), "old", 3);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct road_import_result result;
        struct diag diag = {0};
        put_file(path_of("in.osm"), rows[i].text, strlen(rows[i].text));
        int status = road_import_osm(path_of("in.osm"), path_of("keep.graph"), NULL,
                                     &result, &diag);
        if (status != rows[i].status || diag.text[0] == '\0')
            fail_msg("%s: %d %s", rows[i].text, status, diag.text);
        char *data;
        size_t size;
        assert_int_equal(file_read(path_of("keep.graph"), 100, &data, &size, &diag), 0);
        assert_string_equal(data, "old");
        mem_free(data);
    }
}

static void test_deleted(void **state)
{
    (void)state;
    struct road_import_result result;
    road_free(road_of_xml(
        LINE "<node id='9' visible='false'><tag k='a' v='b'/></node>"
             "<way id='8' action='delete'><nd ref='1'/><nd ref='3'/>"
             "<tag k='highway' v='path'/></way>" W(1, R(1) R(2), T("highway", "path")),
        &result));
    assert_true(result.osm_nodes == 3 && result.osm_ways == 1 && result.edges == 1);
}

static int ignore_node(void *context, const struct osmread_node *node,
                       struct diag *reterr)
{
    (void)context, (void)node, (void)reterr;
    return ST_OK;
}

static void test_xml_limits(void **state)
{
    (void)state;
    struct osmread_handler handler = {.node = ignore_node};
    struct diag diag;
    struct text text;
    text_init(&text, 64 << 20);
    for (uint32_t over = 0; over < 2; over++) {
        text_clear(&text);
        text_append_string(&text, "<osm><node id='1' lat='1' lon='1'>");
        for (uint32_t i = 0; i < OSMTAGS_MAX + over; i++)
            text_append_string(&text, "<tag k='a' v='b'/>");
        text_append_string(&text, "</node></osm>");
        assert_int_equal(
            osmread_bytes((uint8_t *)text.data, text.size, "x", &handler, &diag),
            over ? ST_LIMIT : ST_OK);
        text_clear(&text);
        text_append_string(&text, "<osm><way id='1'>");
        for (uint32_t i = 0; i < OSMREAD_WAY_NODES_MAX + over; i++)
            text_append_string(&text, "<nd ref='1'/>");
        text_append_string(&text, "</way></osm>");
        assert_int_equal(
            osmread_bytes((uint8_t *)text.data, text.size, "x", &handler, &diag),
            over ? ST_LIMIT : ST_OK);
    }
    text_clear(&text);
    text_append_string(&text, "<osm a='");
    for (int i = 0; i < 20 << 20; i += 64)
        text_append_string(
            &text, "0123456789012345678901234567890123456789012345678901234567890123");
    assert_int_equal(osmread_bytes((uint8_t *)text.data, text.size, "x", &handler, &diag),
                     ST_LIMIT);
    text_release(&text);
}

/* Gzip, in two members, is the same as plain; each prefix of it is an error. */
static void test_gzip(void **state)
{
    (void)state;
    struct road_import_result result;
    const char *xml = LINE W(1, R(1) R(2) R(3), T("highway", "path"));
    struct road *plain = road_of_xml(xml, &result);
    char *text;
    size_t size, packed_size = 0;
    struct diag diag;
    assert_int_equal(file_read(path_of("in.osm"), 1 << 20, &text, &size, &diag), 0);
    uint8_t packed[4096];
    for (int half = 0; half < 2; half++) {
        z_stream stream = {.next_in = (uint8_t *)text + half * (size / 2),
                           .avail_in = (unsigned)(half ? size - size / 2 : size / 2),
                           .next_out = packed + packed_size,
                           .avail_out = (unsigned)(sizeof packed - packed_size)};
        assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY),
                         Z_OK);
        assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
        packed_size += stream.total_out;
        assert_int_equal(deflateEnd(&stream), Z_OK);
    }
    put_file(path_of("in.osm.gz"), packed, packed_size);
    assert_int_equal(
        road_import_osm(path_of("in.osm.gz"), path_of("gz.graph"), NULL, &result, &diag),
        0);
    struct road *unpacked = open_road(path_of("gz.graph"));
    assert_true(road_version(plain) == road_version(unpacked));
    road_free(plain);
    road_free(unpacked);
    struct osmread_handler handler = {.node = ignore_node};
    for (size_t cut = 1; cut < packed_size; cut++)
        assert_true(osmread_bytes(packed, cut, "x", &handler, &diag) != 0);
    assert_int_equal(osmread_bytes(packed, packed_size, "x", &handler, &diag), 0);
    mem_free(text);
}

/* Each allocation fails once, in an import with a backdrop. */
static void test_no_memory(void **state)
{
    (void)state;
    struct road_import_result result;
    const char *xml =
        LINE N(4, 30.002, 121.001) NT(5, 30.0015, 121, T("barrier", "bollard"))
            W(1, R(1) R(2) R(5) R(3), T("highway", "service"))
                W(2, R(1) R(2) R(4) R(1), "") W(3, R(1) R(4), T("waterway", "river"))
                    NT(9, 30, 121,
                       T("place", "town")
                           T("name", "T")) "<relation id='1'>"
                                           "<member type='way' ref='2' role='outer'/>" T(
                                               "type", "multipolygon")
                                               T("natural", "water") "</relation>";
    road_free(road_of_xml(xml, &result));
    struct road_import_options options = {.backdrop_path = path_of("backdrop.geojson")};
    char backdrop[256], in[256], out[256];
    (void)snprintf(backdrop, sizeof backdrop, "%s", path_of("b.geojson"));
    (void)snprintf(in, sizeof in, "%s", path_of("in.osm"));
    (void)snprintf(out, sizeof out, "%s", path_of("out.graph"));
    options.backdrop_path = backdrop;
    for (uint64_t n = 1;; n++) {
        struct diag diag = {0};
        mem_fail_at(n);
        int status = road_import_osm(in, out, &options, &result, &diag);
        mem_fail_at(0);
        if (status == 0) {
            assert_true(n > 50);
            break;
        }
        if (status != ST_NO_MEMORY && status != ST_CORRUPT)
            fail_msg("allocation %lu: %d %s", (unsigned long)n, status, diag.text);
    }
}

static void test_backdrop(void **state)
{
    (void)state;
    struct road_import_result result;
    /* A lake of two ways with an island, a river, a village; a way that is no water. */
    struct road *road = road_of_xml(
        LINE N(11, 30, 121) N(12, 30, 121.01) N(13, 30.01, 121.01) N(14, 30.01, 121) N(
            21, 30.004, 121.004) N(22, 30.004, 121.006) N(23, 30.006, 121.006)
            NT(30, 30.005, 121.005, T("place", "village") T("name", "\xe6\x9d\x91&quot;"))
                W(1, R(1) R(2) R(3), T("highway", "path")) W(2, R(11) R(12) R(13), "") W(
                    3, R(11) R(14) R(13), "") W(4, R(21) R(22) R(23) R(21), "")
                    W(5, R(1) R(13), T("waterway", "river")) W(6, R(21) R(22) R(23) R(21),
                                                               T("landuse", "basin"))
                        W(7, R(1) R(13),
                          T("waterway",
                            "ditch")) "<relation id='1'><member type='way' ref='2' "
                                      "role='outer'/>"
                                      "<member type='way' ref='3' role='outer'/><member "
                                      "type='way' ref='4' role='inner'/>"
                                      "<member type='node' ref='1' role=''/>" T(
                                          "type", "multipolygon")
                                          T("natural", "water") "</relation>",
        &result);
    road_free(road);
    struct road_import_options options = {0};
    char backdrop[256];
    (void)snprintf(backdrop, sizeof backdrop, "%s", path_of("b.geojson"));
    options.backdrop_path = backdrop;
    struct diag diag;
    assert_int_equal(
        road_import_osm(path_of("in.osm"), path_of("o.graph"), &options, &result, &diag),
        0);
    char *text;
    size_t size;
    assert_int_equal(file_read(backdrop, 1 << 20, &text, &size, &diag), 0);
    assert_string_equal(
        text,
        "{\"type\":\"FeatureCollection\",\"features\":[\n"
        "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":"
        "[121.00500,30.00500]},\"properties\":{\"kind\":\"village\","
        "\"name\":"
        "\"\xe6\x9d\x91\\\"\"}},\n"
        "{\"type\":\"Feature\",\"geometry\":{\"type\":\"LineString\",\"coordinates\":"
        "[[121.00000,30.00000],[121.01000,30.01000]]},\"properties\":{\"kind\":\"river\"}"
        "},\n"
        "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
        "[[[121.00400,30.00400],[121.00600,30.00400],[121.00600,30.00600],[121.00400,30."
        "00400]]]},"
        "\"properties\":{\"kind\":\"water\"}},\n"
        "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
        "[[[121.00000,30.00000],[121.01000,30.00000],[121.01000,30.01000],[121.00000,30."
        "01000],"
        "[121.00000,30.00000]],"
        "[[121.00400,30.00400],[121.00600,30.00400],[121.00600,30.00600],[121.00400,30."
        "00400]]]},"
        "\"properties\":{\"kind\":\"water\"}}\n]}\n");
    mem_free(text);
}

/* DIMACS: the given weights, one-way arcs, the fastest of parallel arcs. */
static void put_text(const char *name, const char *text)
{
    put_file(path_of(name), text, strlen(text));
}

/* A ring of 40 nodes, and two that can be reached from it and not left: both stay. */
static void test_dimacs_is_whole(void **state)
{
    (void)state;
    struct text gr, co;
    text_init(&gr, 65536);
    text_init(&co, 65536);
    text_append_string(&gr, "p sp 42 42\na 40 41 5\na 41 42 5\n");
    text_append_string(&co, "p aux sp co 42\n");
    for (int i = 1; i <= 42; i++) {
        text_appendf(&co, "v %d %d 30000000\n", i, 121000000 + i * 1000);
        if (i <= 40)
            text_appendf(&gr, "a %d %d 1\n", i, i % 40 + 1);
    }
    put_text("ring.gr", text_string(&gr));
    put_text("ring.co", text_string(&co));
    text_release(&gr);
    text_release(&co);
    struct road_import_result result;
    struct diag diag = {0};
    assert_int_equal(road_import_dimacs(path_of("ring.gr"), path_of("ring.co"), 1,
                                        path_of("ring.graph"), NULL, &result, &diag),
                     0);
    assert_true(result.nodes == 42 && result.nodes_dropped == 0 && result.parts == 3);
    struct walk walk = {.road = open_road(path_of("ring.graph"))};
    assert_int_equal(road_search_new(&walk.search, walk.road), 0);
    assert_int_equal(between(&walk, ROAD_CAR, 30, 121.039, 30, 121.042), 11000);
    assert_int_equal(between(&walk, ROAD_CAR, 30, 121.042, 30, 121.039), ROAD_MS_NONE);
    road_search_free(walk.search);
    road_free(walk.road);
}

static void test_dimacs(void **state)
{
    (void)state;
    put_text(
        "a.gr",
        "c small\np sp 4 6\na 1 2 1500\na 2 1 2500\na 1 2 1400\r\na 2 3 100\na 3 1 7\n"
        "a 3 3 1\n");
    put_text("a.co", "p aux sp co 4\nv 1 121000000 30000000\nv 2 121001000 30000000\n"
                     "v 3 121001000 30001000\nv 4 121001000 30002000");
    struct road_import_result result;
    struct diag diag = {0};
    assert_int_equal(road_import_dimacs(path_of("a.gr"), path_of("a.co"), 0.001,
                                        path_of("a.graph"), NULL, &result, &diag),
                     0);
    assert_true(result.nodes == 3 && result.edges == 3 && result.nodes_dropped == 1);
    struct walk walk = {.road = open_road(path_of("a.graph"))};
    assert_int_equal(road_search_new(&walk.search, walk.road), 0);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        enum road_mode m = (enum road_mode)mode;
        assert_int_equal(between(&walk, m, 30, 121, 30, 121.001), 1400);
        assert_int_equal(between(&walk, m, 30, 121.001, 30, 121), 107);
        assert_int_equal(between(&walk, m, 30.001, 121.001, 30, 121.001), 1407);
    }
    walk_end(&walk);
}

static void test_dimacs_refused(void **state)
{
    (void)state;
    static const char *const co = "p aux sp co 2\nv 1 1 1\nv 2 2000 2\n";
    static const struct {
        const char *gr, *co;
    } rows[] = {
        {"p sp 2 2\na 1 2 5\n", NULL},
        {"p sp 2 1\na 1 2 5\na 2 1 5\n", NULL},
        {"a 1 2 5\n", NULL},
        {"", NULL},
        {"p sp 2 1\na 1 3 5\n", NULL},
        {"p sp 2 1\na 0 2 5\n", NULL},
        {"p sp 2 1\na 1 2 -5\n", NULL},
        {"p sp 2 1\na 1 2\n", NULL},
        {"p sp 2 1\na 1 2 5 6 7 8 9\n", NULL},
        {"p sp 2 1\na 1 2 99999999999999\n", NULL},
        {"p sp 0 0\n", NULL},
        {"p sp 2 1\np sp 2 1\na 1 2 5\n", NULL},
        {"p sp 2 1\nx\n", NULL},
        {"p sp 2 1\na 1 2 5\n", "p aux sp co 3\nv 1 1 1\nv 2 2 2\nv 3 3 3\n"},
        {"p sp 2 1\na 1 2 5\n", "p aux sp co 2\nv 1 1 1\n"},
        {"p sp 2 1\na 1 2 5\n", "p aux sp co 2\nv 1 1 1\nv 1 1 1\n"},
        {"p sp 2 1\na 1 2 5\n", "p aux sp co 2\nv 1 1 1\nv 2 181000000 1\n"},
        {"p sp 2 1\na 1 2 5\n", "v 1 1 1\n"},
        {"p sp 2 1\na 1 2 5\n", "c nothing\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct road_import_result result;
        struct diag diag = {0};
        put_text("a.gr", rows[i].gr);
        put_text("a.co", rows[i].co ? rows[i].co : co);
        int status = road_import_dimacs(path_of("a.gr"), path_of("a.co"), 1,
                                        path_of("a.graph"), NULL, &result, &diag);
        if (status != ST_CORRUPT || diag.text[0] == '\0')
            fail_msg("%s %s: %d", rows[i].gr, rows[i].co, status);
    }
    struct road_import_result result;
    struct diag diag;
    put_text("a.gr", "p sp 2 1\na 1 2 5\n");
    put_text("a.co", co);
    for (int i = 0; i < 3; i++)
        assert_int_equal(road_import_dimacs(path_of("a.gr"), path_of("a.co"),
                                            (double[]){0, -1, NAN}[i], path_of("a.graph"),
                                            NULL, &result, &diag),
                         ST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_way),
        cmocka_unit_test(test_one_way_back),
        cmocka_unit_test(test_around_the_block),
        cmocka_unit_test(test_barrier),
        cmocka_unit_test(test_ferry),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_deleted),
        cmocka_unit_test(test_xml_refused),
        cmocka_unit_test(test_xml_limits),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_backdrop),
        cmocka_unit_test(test_dimacs),
        cmocka_unit_test(test_dimacs_is_whole),
        cmocka_unit_test(test_dimacs_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
