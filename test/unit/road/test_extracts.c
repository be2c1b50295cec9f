/* SPDX-License-Identifier: Apache-2.0 */
/* Real extracts against osmium-tool: the same objects, the same length of roads, one-way
 * streets in the right direction; and the real DIMACS graphs. */
#include "fixture.h"
#include "road/osmnet.h"

#include <math.h>

#define TAGS_MAX 200

struct segment {
    struct point a, b;
};

/* What osmium says, read from its OPL text (one object a line). */
struct oracle {
    uint64_t nodes, ways, relations;
    struct osmnet_node *points;
    uint32_t point_count, point_capacity;
    struct osmnet net;        /* only to look points up by id */
    struct segment *one_ways; /* along ways with oneway=yes that are no roundabout */
    uint32_t one_way_count, one_way_capacity;
    double length_m;
};

static struct osmtags opl_tags(char *list, struct osmtag *items)
{
    uint32_t count = 0;
    for (char *word; (word = strsep(&list, ",")) != NULL && *word != '\0';) {
        char *equals = strchr(word, '=');
        if (equals == NULL || count == TAGS_MAX)
            continue;
        *equals = '\0';
        items[count++] = (struct osmtag){word, equals + 1};
    }
    return (struct osmtags){items, count};
}

/* OPL writes special bytes as %xx%; the tags that matter here hold a blank at most. */
static void opl_decode(char *text)
{
    for (char *at; (at = strstr(text, "%20%")) != NULL; text = at) {
        *at = ' ';
        memmove(at + 1, at + 4, strlen(at + 4) + 1);
    }
}

static void opl_way(struct oracle *o, char *tag_list, char *ref_list)
{
    struct osmtag items[TAGS_MAX];
    struct osmtags_way way;
    opl_decode(tag_list);
    struct osmtags tags = opl_tags(tag_list, items);
    osmtags_way(tags, &way);
    if (!osmtags_way_usable(&way))
        return;
    bool one_way = osmtags_is(tags, "oneway", "yes") &&
                   osmtags_get(tags, "oneway:motor_vehicle") == NULL &&
                   osmtags_get(tags, "oneway:motorcar") == NULL;
    uint32_t last = UINT32_MAX;
    for (char *word; (word = strsep(&ref_list, ",")) != NULL && *word != '\0';) {
        uint32_t at = osmnet_find(&o->net, strtoll(word + 1, NULL, 10));
        if (at != UINT32_MAX && last != UINT32_MAX && at != last) {
            struct segment segment = {o->net.nodes[last].point, o->net.nodes[at].point};
            o->length_m += point_distance_m(segment.a, segment.b);
            assert_int_equal(mem_grow(&o->one_ways, &o->one_way_capacity,
                                      o->one_way_count + 1, sizeof *o->one_ways,
                                      10000000),
                             0);
            if (one_way)
                o->one_ways[o->one_way_count++] = segment;
        }
        last = at;
    }
}

static void opl_line(struct oracle *o, char *line)
{
    char *tags = (char[]){""}, *refs = (char[]){""}, kind = *line;
    double lat = NAN, lon = NAN;
    int64_t id = strtoll(line + 1, NULL, 10);
    for (char *word; (word = strsep(&line, " \n")) != NULL;) {
        if (*word == 'T')
            tags = word + 1;
        else if (*word == 'N')
            refs = word + 1;
        else if (*word == 'x')
            lon = strtod(word + 1, NULL);
        else if (*word == 'y')
            lat = strtod(word + 1, NULL);
    }
    if (kind == 'n') {
        struct osmread_node node = {.id = id, .point = at_degrees(lat, lon)};
        assert_int_equal(osmnet_add_node(&o->net, &node), 0);
        o->nodes++;
    } else if (kind == 'w') {
        assert_int_equal(osmnet_sort(&o->net), 0);
        opl_way(o, tags, refs);
        o->ways++;
    } else {
        o->relations += kind == 'r';
    }
}

static int segment_order(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct segment));
}

static bool ask_osmium(const char *path, struct oracle *o)
{
    char command[700], *line = NULL;
    size_t size = 0;
    memset(o, 0, sizeof *o);
    (void)snprintf(command, sizeof command, "osmium cat -f opl '%s' 2>/dev/null", path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    while (getline(&line, &size, pipe) > 0)
        opl_line(o, line);
    free(line);
    if (pclose(pipe) != 0 || o->nodes == 0) {
        printf("absent: osmium-tool\n");
        return false;
    }
    if (o->one_way_count > 0)
        qsort(o->one_ways, o->one_way_count, sizeof *o->one_ways, segment_order);
    return true;
}

static void oracle_release(struct oracle *o)
{
    osmnet_release(&o->net);
    mem_free(o->one_ways);
}

static bool is_one_way(const struct oracle *o, struct point a, struct point b)
{
    struct segment key = {a, b};
    return o->one_way_count > 0 && bsearch(&key, o->one_ways, o->one_way_count,
                                           sizeof key, segment_order) != NULL;
}

static int add_node(void *context, const struct osmread_node *node, struct diag *reterr)
{
    (void)reterr;
    return osmnet_add_node(context, node);
}

static int add_way(void *context, const struct osmread_way *way, struct diag *reterr)
{
    (void)reterr;
    return osmnet_add_way(context, way);
}

/* Length of all edges before anything is dropped. */
static double length_m(const char *path)
{
    struct osmnet net = {0};
    struct graph_input input = {0};
    struct osmread_handler handler = {.context = &net, .node = add_node, .way = add_way};
    struct diag diag;
    uint64_t skipped;
    assert_int_equal(osmread_file(path, &handler, &diag), 0);
    assert_int_equal(osmnet_sort(&net), 0);
    assert_int_equal(osmnet_build(&net, &input, &skipped), 0);
    double all = 0;
    for (uint32_t i = 0; i < input.edge_count; i++)
        all += input.edges[i].length_mm / 1000.0;
    osmnet_release(&net);
    graph_input_release(&input);
    return all;
}

/* Every edge along a one-way street is open to cars in the street's direction alone. */
static uint32_t check_one_ways(const struct road *road, const struct oracle *o)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < road_edge_count(road); i++) {
        struct road_edge edge = road_edge(road, i);
        struct point a = road_edge_point(road, i, 0), b = road_edge_point(road, i, 1);
        bool along = is_one_way(o, a, b), against = is_one_way(o, b, a);
        bool open = edge.ms[ROAD_CAR][0] != ROAD_MS_NONE,
             back = edge.ms[ROAD_CAR][1] != ROAD_MS_NONE;
        if (along == against || (!open && !back))
            continue;
        assert_int_equal(open, along);
        assert_int_equal(back, against);
        count++;
    }
    return count;
}

/* To = from with the ends exchanged, for random pairs. */
static void check_both_directions(struct road *road)
{
    struct road_search *search;
    struct random_seeded random;
    random_seeded_init(&random, 1);
    assert_int_equal(road_search_new(&search, road), 0);
    for (int i = 0; i < 6; i++) {
        enum road_mode mode = (enum road_mode)(i % ROAD_MODE_COUNT);
        struct road_spot a, b;
        struct point place[2];
        for (int j = 0; j < 2; j++)
            place[j] = road_node_point(
                road, (uint32_t)random_below(&random.super, road_node_count(road)));
        place[0].lat_e7 += 2000;
        if (!road_snap(road, mode, place[0], 1000, &a) ||
            !road_snap(road, mode, place[1], 1000, &b))
            continue;
        uint32_t there, matrix;
        assert_int_equal(road_time_ms(search, mode, &a, &b, &there, NULL), 0);
        /* Two rows and one column: the matrix searches backwards. */
        const struct road_spot two[2] = {a, a};
        uint32_t cells[2];
        assert_int_equal(
            road_matrix(search, &(struct road_matrix){mode, two, &b, 2, 1}, cells), 0);
        matrix = cells[1];
        assert_int_equal(there, matrix);
    }
    road_search_free(search);
}

static void test_osm(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t one_ways_min;
    } rows[] = {
        {"osm/liechtenstein.osm.pbf", 20}, {"osm/monaco.osm.pbf", 200},
        {"osm/porto.osm.pbf", 5000},       {"osm/porto-alegre.osm.pbf", 1000},
        {"osm/north-bayreuth.osm.gz", 20},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char path[512];
        struct oracle oracle;
        struct road_import_result result;
        struct diag diag = {0};
        if (!data_path(rows[i].name, path, sizeof path))
            continue;
        int status = road_import_osm(path, path_of("x.graph"), NULL, &result, &diag);
        if (status != 0)
            fail_msg("%s: %s", path, diag.text);
        struct road *road = open_road(path_of("x.graph"));
        check_both_directions(road);
        if (ask_osmium(path, &oracle)) {
            assert_int_equal(result.osm_nodes, oracle.nodes);
            assert_int_equal(result.osm_ways, oracle.ways);
            assert_int_equal(result.osm_relations, oracle.relations);
            /* Each edge is rounded to a millimetre. */
            double got = length_m(path), slack = 0.001 * result.edges + 1;
            if (fabs(got - oracle.length_m) > slack)
                fail_msg("%s: %.3f m, not %.3f", path, got, oracle.length_m);
            assert_true(result.length_km * 1000 > 0.9 * oracle.length_m);
            uint32_t one_ways = check_one_ways(road, &oracle);
            if (one_ways < rows[i].one_ways_min)
                fail_msg("%s: %u one-way edges", path, one_ways);
        }
        oracle_release(&oracle);
        road_free(road);
    }
}

/* The ends of the first arcs of the file, and their weights, by a reader of its own. */
static void test_dimacs(void **state)
{
    (void)state;
    char gr[512], co[512], command[1200], *line = NULL;
    size_t size = 0;
    if (!data_path("roads/Haikou.gr.gz", gr, sizeof gr) ||
        !data_path("roads/Haikou.co.gz", co, sizeof co))
        return;
    struct road_import_result result;
    struct diag diag = {0};
    struct point *points = mem_calloc(45949, sizeof *points);
    assert_int_equal(
        road_import_dimacs(gr, co, 0.001, path_of("h.graph"), NULL, &result, &diag), 0);
    assert_true(result.nodes == 45948 && result.nodes_dropped == 0 &&
                result.edges == 49283);
    struct road *road = open_road(path_of("h.graph"));
    struct road_search *search;
    assert_int_equal(road_search_new(&search, road), 0);
    (void)snprintf(command, sizeof command, "zcat '%s' '%s'", co, gr);
    FILE *pipe = popen(command, "r");
    int arcs = 0, equal = 0;
    while (getline(&line, &size, pipe) > 0) {
        long a, b, c;
        if (sscanf(line, "v %ld %ld %ld", &a, &b, &c) == 3)
            points[a] = (struct point){(int32_t)c * 10, (int32_t)b * 10};
        if (sscanf(line, "a %ld %ld %ld", &a, &b, &c) != 3 || arcs++ % 500 != 0)
            continue;
        struct road_spot from, to;
        uint32_t ms;
        assert_true(road_snap(road, ROAD_CAR, points[a], 1, &from));
        assert_true(road_snap(road, ROAD_CAR, points[b], 1, &to));
        assert_true(from.node[0] == from.node[1] && to.node[0] == to.node[1]);
        assert_int_equal(road_time_ms(search, ROAD_CAR, &from, &to, &ms, NULL), 0);
        assert_true(ms <= (uint32_t)c);
        equal += ms == (uint32_t)c;
    }
    assert_true(arcs == 98566 && equal > 150);
    free(line);
    assert_int_equal(pclose(pipe), 0);
    road_search_free(search);
    road_free(road);
    mem_free(points);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_osm),
        cmocka_unit_test(test_dimacs),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
