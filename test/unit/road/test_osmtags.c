/* SPDX-License-Identifier: Apache-2.0 */
/* Tags and what they mean, row by row. */
#include "base/mem.h"
#include "base/text.h"
#include "road/osmtags.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* "highway=primary oneway=yes" */
static struct osmtags tags_of(char *text, struct osmtag *items)
{
    uint32_t count = 0;
    char *rest = text;
    for (char *word; (word = strsep(&rest, "|")) != NULL && *word != '\0'; count++) {
        char *equals = strchr(word, '=');
        *equals = '\0';
        items[count] = (struct osmtag){word, equals + 1};
    }
    return (struct osmtags){items, count};
}

/* Directions as a word for foot, bike, car: "=" both, ">" along, "<" against, "-" none.
 */
static void directions(const struct osmtags_way *way, char ret[4])
{
    static const char signs[] = "->"
                                "<=";
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        ret[mode] =
            signs[(way->speed_mps[mode][0] > 0) + 2 * (way->speed_mps[mode][1] > 0)];
    ret[3] = '\0';
}

static void test_ways(void **state)
{
    (void)state;
    static const struct {
        const char *tags, *want;
        enum road_class class;
    } rows[] = {
        {"highway=residential", "===", ROAD_MINOR},
        {"highway=motorway", "-->", ROAD_MOTORWAY},
        {"highway=motorway|oneway=no", "--=", ROAD_MOTORWAY},
        {"highway=motorway_link", "--=", ROAD_MOTORWAY},
        {"highway=trunk|motorroad=yes", "--=", ROAD_TRUNK},
        {"highway=primary|oneway=yes", "=>>", ROAD_PRIMARY},
        {"highway=primary|oneway=1", "=>>", ROAD_PRIMARY},
        {"highway=primary|oneway=true", "=>>", ROAD_PRIMARY},
        {"highway=primary|oneway=-1", "=<<", ROAD_PRIMARY},
        {"highway=primary|oneway=reverse", "=<<", ROAD_PRIMARY},
        {"highway=primary|oneway=no", "===", ROAD_PRIMARY},
        {"highway=primary|oneway=what", "===", ROAD_PRIMARY},
        {"highway=primary|oneway=reversible", "=--", ROAD_PRIMARY},
        {"highway=tertiary|junction=roundabout", "=>>", ROAD_TERTIARY},
        {"highway=tertiary|junction=circular", "=>>", ROAD_TERTIARY},
        {"highway=tertiary|junction=roundabout|oneway=-1", "=<<", ROAD_TERTIARY},
        {"highway=tertiary|oneway=yes|oneway:bicycle=no", "==>", ROAD_TERTIARY},
        {"highway=tertiary|oneway:bicycle=yes", "=>=", ROAD_TERTIARY},
        {"highway=tertiary|oneway:bicycle=-1", "=<=", ROAD_TERTIARY},
        {"highway=tertiary|oneway=yes|cycleway=opposite_lane", "==>", ROAD_TERTIARY},
        {"highway=footway|oneway:foot=yes", ">--", ROAD_PATH},
        {"highway=residential|vehicle:backward=no", "=>>", ROAD_MINOR},
        {"highway=residential|motor_vehicle:forward=no", "==<", ROAD_MINOR},
        {"highway=steps", "=--", ROAD_PATH},
        {"highway=steps|bicycle=yes", "=--", ROAD_PATH},
        {"highway=footway", "=--", ROAD_PATH},
        {"highway=footway|bicycle=yes", "==-", ROAD_PATH},
        {"highway=footway|access=yes", "=--", ROAD_PATH},
        {"highway=pedestrian|motor_vehicle=yes", "=-=", ROAD_PATH},
        {"highway=cycleway", "==-", ROAD_PATH},
        {"highway=cycleway|foot=no", "-=-", ROAD_PATH},
        {"highway=track", "==-", ROAD_SERVICE},
        {"highway=track|motor_vehicle=yes", "===", ROAD_SERVICE},
        {"highway=service|access=private", "---", ROAD_SERVICE},
        {"highway=service|access=no|foot=yes", "=--", ROAD_SERVICE},
        {"highway=service|access=private|vehicle=yes", "-==", ROAD_SERVICE},
        {"highway=service|access=destination", "===", ROAD_SERVICE},
        {"highway=residential|motor_vehicle=no", "==-", ROAD_MINOR},
        {"highway=residential|motor_vehicle=no|motorcar=yes", "===", ROAD_MINOR},
        {"highway=residential|vehicle=no", "=--", ROAD_MINOR},
        {"highway=residential|vehicle=no|bicycle=yes", "==-", ROAD_MINOR},
        {"highway=residential|foot=no", "-==", ROAD_MINOR},
        {"highway=primary|bicycle=use_sidepath", "=-=", ROAD_PRIMARY},
        {"highway=unclassified|motor_vehicle=agricultural;forestry", "==-", ROAD_MINOR},
        {"highway=unclassified|motor_vehicle=agricultural; destination",
         "===", ROAD_MINOR},
        {"highway=unclassified|access=;;", "===", ROAD_MINOR},
        {"highway=tertiary|oneway=yes|cycleway:left=opposite_lane", "==>", ROAD_TERTIARY},
        {"highway=construction", "---", ROAD_OTHER},
        {"highway=proposed", "---", ROAD_OTHER},
        {"highway=raceway", "---", ROAD_OTHER},
        {"route=ferry", "===", ROAD_FERRY},
        {"route=ferry|foot=yes|motor_vehicle=no", "==-", ROAD_FERRY},
        {"route=ferry|foot=yes|bicycle=no", "=--", ROAD_FERRY},
        {"route=ferry|motor_vehicle=yes", "===", ROAD_FERRY},
        {"route=ferry|oneway=yes", ">>>", ROAD_FERRY},
        {"man_made=pier", "=--", ROAD_PATH},
        {"building=yes", "---", ROAD_OTHER},
        {"railway=rail", "---", ROAD_OTHER},
        {"", "---", ROAD_OTHER},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = mem_strdup(rows[i].tags), got[4];
        struct osmtag items[8];
        struct osmtags_way way;
        osmtags_way(tags_of(text, items), &way);
        directions(&way, got);
        if (strcmp(got, rows[i].want) != 0 || way.class != rows[i].class)
            fail_msg("%s: %s, not %s", rows[i].tags, got, rows[i].want);
        assert_int_equal(osmtags_way_usable(&way), strcmp(got, "---") != 0);
        mem_free(text);
    }
}

static void test_speeds(void **state)
{
    (void)state;
    static const struct {
        const char *tags;
        double foot, bike, car, car_back; /* km/h */
    } rows[] = {
        {"highway=residential", 6.48, 14.4, 25, 25},
        {"highway=residential|maxspeed=36", 6.48, 14.4, 36, 36},
        {"highway=residential|maxspeed=10", 6.48, 10, 10, 10},
        {"highway=residential|maxspeed=30 mph", 6.48, 14.4, 48.28032, 48.28032},
        {"highway=residential|maxspeed=CN:urban", 6.48, 14.4, 25, 25},
        {"highway=residential|maxspeed=walk", 6.48, 14.4, 25, 25},
        {"highway=motorway|maxspeed=none", 0, 0, 100, 0},
        {"highway=primary|maxspeed=50|maxspeed:backward=30", 6.48, 14.4, 50, 30},
        {"highway=primary|maxspeed=500", 6.48, 14.4, 140, 140},
        {"highway=primary|maxspeed=0", 6.48, 14.4, 60, 60},
        {"route=ferry|maxspeed=90", 18, 18, 18, 18},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = mem_strdup(rows[i].tags);
        struct osmtag items[8];
        struct osmtags_way way;
        osmtags_way(tags_of(text, items), &way);
        if (fabs(way.speed_mps[ROAD_FOOT][0] * 3.6 - rows[i].foot) > 1e-6 ||
            fabs(way.speed_mps[ROAD_BIKE][0] * 3.6 - rows[i].bike) > 1e-6 ||
            fabs(way.speed_mps[ROAD_CAR][0] * 3.6 - rows[i].car) > 1e-6 ||
            fabs(way.speed_mps[ROAD_CAR][1] * 3.6 - rows[i].car_back) > 1e-6)
            fail_msg("%s", rows[i].tags);
        mem_free(text);
    }
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double seconds; /* 0 = refused */
    } rows[] = {
        {"45", 2700},      {"1:30", 5400},
        {"00:10", 600},    {"01:00:30", 3630},
        {"PT20M", 1200},   {"PT1H30M", 5400},
        {"P1DT1S", 86401}, {"PT90S", 90},
        {"0", 0},          {"", 0},
        {"P", 0},          {"PT", 0},
        {"1:2:3:4", 0},    {"1:", 0},
        {":1", 0},         {"-5", 0},
        {"ten", 0},        {"PT5", 0},
        {"P5M", 0},        {"PTT5M", 0},
        {"1e9", 0},        {"99999999999999999999", 0},
        {"PT5M ", 0},      {"8.5", 510},
        {"1..2", 0},       {"300:00", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        double got = 0;
        bool ok = osmtags_duration(rows[i].text, &got);
        if (ok != (rows[i].seconds > 0) || (ok && got != rows[i].seconds))
            fail_msg("'%s': %d %f", rows[i].text, ok, got);
    }
}

static void test_barriers(void **state)
{
    (void)state;
    static const struct {
        const char *tags;
        unsigned blocks; /* foot 1, bike 2, car 4 */
    } rows[] = {
        {"barrier=gate", 0},
        {"barrier=gate|access=private", 7},
        {"barrier=gate|access=no|foot=yes|bicycle=yes", 4},
        {"barrier=gate|motor_vehicle=no", 4},
        {"barrier=bollard", 4},
        {"barrier=bollard|motor_vehicle=yes", 0},
        {"barrier=bollard|bicycle=no", 6},
        {"barrier=lift_gate", 0},
        {"barrier=kissing_gate", 6},
        {"barrier=stile", 6},
        {"barrier=stile|bicycle=yes", 4},
        {"barrier=toll_booth", 0},
        {"access=no", 0},
        {"highway=crossing", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = mem_strdup(rows[i].tags);
        struct osmtag items[8];
        unsigned got = osmtags_node_blocks(tags_of(text, items));
        if (got != rows[i].blocks)
            fail_msg("%s: %u, not %u", rows[i].tags, got, rows[i].blocks);
        mem_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_speeds),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_barriers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
