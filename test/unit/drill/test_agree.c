/* SPDX-License-Identifier: Apache-2.0 */
/* The two engines on the scenarios of the repository. */
#include "test/unit/drill/agree.h"

static void agree_on(const char *path, uint32_t runs, bool every)
{
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    struct diag diag = {0};
    assert_int_equal(scenario_read(path, scenario, &diag), ST_OK);
    agree(scenario, path, runs, every);
    mem_free(scenario);
}

static void test_thousand(void **state)
{
    (void)state;
    const char *more = getenv("DRILL_RUNS");
    uint32_t runs = more != NULL ? (uint32_t)strtoul(more, NULL, 10) : THOUSAND;
    agree_on("demo/scenarios/medical-auckland-10.json", runs, false);
}

static void test_others(void **state)
{
    (void)state;
    agree_on("demo/scenarios/medical-auckland-100.json", FEW, true);
    agree_on("demo/scenarios/mail-down.json", FEW, true);
    agree_on("demo/scenarios/missing-person.json", FEW, true);
    agree_on("demo/scenarios/flood-closures.json", FEW, true);
    agree_on("demo/scenarios/night-typhoon.json", FEW, true);
    agree_on("demo/scenarios/night-few.json", FEW, true);
    /* Several lines; roads slow, cut and open again while people are asked and set out.
     */
    agree_on("demo/scenarios/typhoon-team.json", 3 * FEW, true);
}

int main(void)
{
    (void)setenv("TZ", "Asia/Shanghai", 1);
    tzset();
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thousand),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
