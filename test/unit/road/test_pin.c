/* SPDX-License-Identifier: Apache-2.0 */
/* Pins against the spots that they stand for. */
#include "fixture.h"

#include "road/pin.h"

static void check_pin(const struct road *road, enum road_mode mode, struct road_pin pin,
                      const struct road_spot *spot)
{
    struct road_spot again;
    struct road_pin_edge edge;
    road_pin_spot(road, mode, pin, &again);
    assert_memory_equal(&again, spot, sizeof again);
    road_pin_edge(road, mode, pin.edge, &edge);
    for (int end = 0; end < 2; end++) {
        uint32_t ms = ROAD_MS_NONE;
        bool other = true; /* the place is the node at the other end */
        for (int side = 0; side < 2; side++)
            if (spot->node[side] == edge.node[end]) {
                other = false;
                ms = spot->out_ms[side] < ms ? spot->out_ms[side] : ms;
            }
        assert_int_equal(
            road_pin_along_ms(edge.ms[!end], pin.where | 3u << PIN_WHERE_BITS, end),
            other ? edge.ms[!end] : ms);
    }
}

static void test_pins_are_spots(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct road *road = random_road(seed, 120, "pins");
        struct random_seeded random;
        random_seeded_init(&random, seed);
        for (int i = 0; i < 1500; i++) {
            struct point at = road_node_point(
                road, (uint32_t)random_below(&random.super, road_node_count(road)));
            if (i % 3 != 0) {
                at.lat_e7 += (int32_t)random_below(&random.super, 40000) - 20000;
                at.lon_e7 += (int32_t)random_below(&random.super, 40000) - 20000;
            }
            struct road_pin pins[ROAD_MODE_COUNT];
            struct road_spot spot;
            road_snap_pins(road, at, pins);
            for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
                bool on =
                    road_snap(road, (enum road_mode)mode, at, ROAD_SNAP_M_MAX, &spot);
                assert_int_equal(on, pins[mode].edge != ROAD_NODE_NONE);
                if (on)
                    check_pin(road, (enum road_mode)mode, pins[mode], &spot);
            }
        }
        road_free(road);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pins_are_spots),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
