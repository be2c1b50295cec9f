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

#define SEEDS_FOR_PLANT 20 /* fewer than the 50 that are allowed */
#define STRIKES_MAX 5      /* of the dozens that a failing seed begins with */
/* Under a sanitizer, ten times slower, one bug in four: that all are found is proved
 * without it. */
#ifdef __SANITIZE_ADDRESS__
#define PLANTS_BY 4
#define SHORT_CASES 1
#else
#define PLANTS_BY 1
#define SHORT_CASES 3
#endif

static void run(uint64_t seed, uint32_t minutes, enum sim_plant plant,
                struct sim_result *ret)
{
    const struct sim_options options = {.seed = seed, .minutes = minutes, .plant = plant};
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
        all.merges += one.merges;
        all.next_waves += one.next_waves;
        all.texts += one.texts;
    }
    const uint64_t *counts = (const uint64_t *)&all.faults;
    for (size_t i = 0; i < sizeof all.faults / sizeof *counts; i++)
        if (counts[i] == 0)
            fail_msg("fault %d was never met", (int)i);
    assert_true(all.stand_downs > 0 && all.merges > 0 && all.next_waves > 0 &&
                all.texts > 0);
}

static void every_plant_is_found(void **state)
{
    (void)state;
    for (int plant = 1; plant < SIM_PLANT_COUNT; plant += PLANTS_BY) {
        struct sim_result result = {.held = true};
        for (uint64_t seed = 1; seed <= SEEDS_FOR_PLANT && result.held; seed++)
            run(seed, 10, (enum sim_plant)plant, &result);
        if (result.held)
            fail_msg("%s is not found", sim_plant_code((enum sim_plant)plant));
        print_message("%s: step %d: %s\n", sim_plant_code((enum sim_plant)plant),
                      (int)result.violated_step, result.invariant);
    }
}

static uint32_t strikes_left(const struct sim_options *options,
                             const struct sim_result *result)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < result->strike_count; i++)
        left += (options->left_out[i / 64] >> i % 64 & 1) == 0;
    return left;
}

/* The shortest form violates the same, needs less, and not one strike of it can go. */
static void failing_seeds_become_short(void **state)
{
    (void)state;
    static const enum sim_plant cases[] = {SIM_PLANT_SYNC_LIES, SIM_PLANT_JUMP_HIDDEN,
                                           SIM_PLANT_ZONE_WRONG}; /* the quickest first */
    for (size_t c = 0; c < SHORT_CASES; c++) {
        struct sim_options options = {.minutes = 10, .plant = cases[c]};
        struct sim_result result = {.held = true}, again;
        struct diag diag = {0};
        while (result.held && ++options.seed <= SEEDS_FOR_PLANT)
            assert_int_equal(sim_run(&options, &result, &diag), 0);
        assert_false(result.held);
        char invariant[sizeof result.invariant];
        memcpy(invariant, result.invariant, sizeof invariant);
        assert_int_equal(sim_shorten(&options, &result, &diag), 0);
        assert_string_equal(result.invariant, invariant);
        assert_true(strikes_left(&options, &result) <= STRIKES_MAX);
        assert_int_equal(sim_run(&options, &again, &diag), 0);
        assert_memory_equal(&again, &result, sizeof again);
        for (uint32_t i = 0; i < result.strike_count; i++) {
            struct sim_options less = options;
            less.left_out[i / 64] |= UINT64_C(1) << i % 64;
            if (memcmp(&less, &options, sizeof less) == 0)
                continue;
            assert_int_equal(sim_run(&less, &again, &diag), 0);
            assert_true(again.held || strcmp(again.invariant, invariant) != 0);
        }
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
        cmocka_unit_test(failing_seeds_become_short),
        cmocka_unit_test(names_of_plants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
