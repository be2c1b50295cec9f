/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator: the same seed gives the same run; clean seeds hold; every planted bug is
 * found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/sim.h"

#include <string.h>

#define SEEDS_FOR_PLANT 8 /* far fewer than the 50 that are allowed */

static void run(uint64_t seed, uint32_t minutes, enum sim_plant plant,
                struct sim_result *ret)
{
    const struct sim_options options = {seed, minutes, plant};
    struct diag diag = {0};
    int status = sim_run(&options, ret, &diag);
    if (status != 0)
        fail_msg("%s: %s", diag.where, diag.text);
}

static void same_seed_same_run(void **state)
{
    (void)state;
    struct sim_result first, second, other;
    run(7, 4, SIM_PLANT_NONE, &first);
    run(7, 4, SIM_PLANT_NONE, &second);
    run(8, 4, SIM_PLANT_NONE, &other);
    assert_memory_equal(&first, &second, sizeof first);
    assert_memory_not_equal(first.hash, other.hash, sizeof first.hash);
}

/* Seeds 1 to 10; each kind of fault is met by one of them at least. */
static void clean_seeds_hold(void **state)
{
    (void)state;
    struct sim_result all = {0}, one;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        run(seed, 5, SIM_PLANT_NONE, &one);
        if (!one.held)
            fail_msg("seed %d, step %d: %s: %s", (int)seed, (int)one.violated_step,
                     one.invariant, one.text);
        const uint64_t *from = (const uint64_t *)&one.faults;
        uint64_t *to = (uint64_t *)&all.faults;
        for (size_t i = 0; i < sizeof one.faults / sizeof *from; i++)
            to[i] += from[i];
        assert_true(one.crashes > 0 && one.replies > 0 && one.incidents > 0);
        all.stand_downs += one.stand_downs;
    }
    const uint64_t *counts = (const uint64_t *)&all.faults;
    for (size_t i = 0; i < sizeof all.faults / sizeof *counts; i++)
        if (counts[i] == 0)
            fail_msg("fault %d was never met", (int)i);
    assert_true(all.stand_downs > 0);
}

static void every_plant_is_found(void **state)
{
    (void)state;
    for (int plant = 1; plant < SIM_PLANT_COUNT; plant++) {
        struct sim_result result = {.held = true};
        for (uint64_t seed = 1; seed <= SEEDS_FOR_PLANT && result.held; seed++)
            run(seed, 10, (enum sim_plant)plant, &result);
        if (result.held)
            fail_msg("%s is not found", sim_plant_code((enum sim_plant)plant));
        print_message("%s: step %d: %s\n", sim_plant_code((enum sim_plant)plant),
                      (int)result.violated_step, result.invariant);
    }
}

static void names_of_plants(void **state)
{
    (void)state;
    enum sim_plant plant;
    assert_true(sim_plant_parse("ack_before_commit", &plant));
    assert_int_equal(plant, SIM_PLANT_ACK_BEFORE_COMMIT);
    assert_false(sim_plant_parse("none", &plant));
    assert_false(sim_plant_parse("", &plant));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_run),
        cmocka_unit_test(clean_seeds_hold),
        cmocka_unit_test(every_plant_is_found),
        cmocka_unit_test(names_of_plants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
