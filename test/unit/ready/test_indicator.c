/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "ready/indicator.h"

#include <math.h>
#include <string.h>

static void codes(void **state)
{
    (void)state;
    enum ready_indicator indicator;
    for (unsigned i = 0; i < READY_COUNT; i++) {
        assert_true(ready_parse(ready_code((enum ready_indicator)i), &indicator));
        assert_int_equal(indicator, i);
        assert_true(ready_weight((enum ready_indicator)i) > 0);
    }
    assert_false(ready_parse("", &indicator));
    assert_false(ready_parse("people", &indicator));
}

/* The newest target up to the year counts, in whatever order they come. */
static void wanted_in(void **state)
{
    (void)state;
    const struct target targets[] = {{"drills.held", 2028, 0.9, "C"},
                                     {"drills.held", 2026, 0.4, "A"},
                                     {"gone.long-ago", 2026, 0.1, "X"},
                                     {"drills.held", 2027, 0.6, "B"}};
    static const struct {
        int32_t year;
        double share;
        const char *lead;
    } cases[] = {{2025, 1.0, ""},
                 {2026, 0.4, "A"},
                 {2027, 0.6, "B"},
                 {2028, 0.9, "C"},
                 {2100, 0.9, "C"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ready_wanted wanted[READY_COUNT];
        ready_wanted(targets, COUNT_OF(targets), cases[i].year, wanted);
        assert_true(wanted[READY_DRILLS].share == cases[i].share);
        assert_string_equal(wanted[READY_DRILLS].lead, cases[i].lead);
        assert_true(wanted[READY_CALLABLE].share == 0.90);
    }
}

static void scores(void **state)
{
    (void)state;
    assert_true(ready_share((struct ready_share){3, 4}) == 0.75);
    assert_true(ready_score((struct ready_share){3, 4}, 0.75) == 1);
    assert_true(ready_score((struct ready_share){4, 4}, 0.75) == 1);
    assert_true(ready_score((struct ready_share){1, 4}, 0.5) == 0.5);
    assert_true(ready_score((struct ready_share){0, 4}, 0.5) == 0);
}

static void the_index(void **state)
{
    (void)state;
    struct ready_share shares[READY_COUNT] = {{0, 0}};
    struct ready_wanted wanted[READY_COUNT];
    double index;
    ready_wanted(NULL, 0, 2026, wanted);
    assert_false(ready_index(shares, wanted, &index));
    shares[READY_DRILLS] = (struct ready_share){1, 4}; /* weight 2, wanted 1 */
    assert_true(ready_index(shares, wanted, &index));
    assert_true(fabs(index - 25) < 1e-9);
    shares[READY_CALLABLE] = (struct ready_share){10, 10}; /* weight 1 */
    assert_true(ready_index(shares, wanted, &index));
    assert_true(fabs(index - 50) < 1e-9);
    for (unsigned i = 0; i < READY_COUNT; i++)
        shares[i] = (struct ready_share){7, 7};
    assert_true(ready_index(shares, wanted, &index));
    assert_true(fabs(index - 100) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes),
        cmocka_unit_test(wanted_in),
        cmocka_unit_test(scores),
        cmocka_unit_test(the_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
