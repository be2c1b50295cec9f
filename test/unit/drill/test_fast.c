/* SPDX-License-Identifier: Apache-2.0 */
/* The fast engine against formulas: P(first volunteer within t) of the Auckland model,
 * and the same seed twice. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "drill/drill.h"
#include "drill/fast.h"
#include "drill/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int parse(const char *text, struct scenario *ret)
{
    struct diag diag = {0};
    int status = scenario_parse(text, strlen(text), ret, &diag);
    if (status != ST_OK)
        print_error("%s: %s\n", diag.where, diag.text);
    return status;
}

/* A Poisson field thinned by acceptance, everybody within 1 km asked at once, a delay of
 * 180 s in all, 6 km/h: P = 1 - exp(-N alpha pi d(t)^2 / A). The ways are rounded to
 * whole seconds, so d is taken at the half second that rounds up. */
static void check_first_by(double n, const double *expected)
{
    static const uint32_t at_s[] = {240, 300, 420, 600, 780};
    char text[1024];
    (void)snprintf(
        text, sizeof text,
        "{\"name\":\"t\",\"start\":\"2026-11-24T14:00:00+08:00\",\"people\":{\"mean\":%g,"
        "\"radius_m\":1000,\"speed_m_s\":1.6666666666666667},\"incidents\":[{\"kind\":"
        "\"medical\",\"needs\":[{\"count\":1,\"within_minutes\":14}]}],\"response\":{"
        "\"accept\":0.287,\"comes\":1,\"delay_median_s\":60,\"delay_sigma\":0,"
        "\"turnout_median_s\":120,\"turnout_sigma\":0},\"policies\":[{\"name\":\"all\"}]"
        "}",
        n);
    char *name = strstr(text, "{\"name\":\"all\"}");
    (void)snprintf(name, (size_t)(text + sizeof text - name),
                   "{\"name\":\"r\",\"rule\":\"radius\",\"radius_m\":1001,\"reserve\":"
                   "4999}]}");
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    assert_int_equal(parse(text, scenario), ST_OK);
    struct fast *fast;
    assert_int_equal(fast_new(&fast, scenario, 7), ST_OK);
    const uint32_t runs = 40000;
    uint32_t hits[5] = {0};
    for (uint32_t run = 0; run < runs; run++) {
        struct drill_outcome outcome;
        assert_int_equal(fast_run(fast, run, &scenario->policies[0], &outcome, NULL),
                         ST_OK);
        for (int i = 0; i < 5; i++)
            hits[i] += outcome.first_ms <= at_s[i] * INT64_C(1000);
    }
    for (int i = 0; i < 5; i++) {
        double observed = hits[i] / (double)runs, p = expected[i];
        /* d(t) at the half second: at most 1 m of 100. Three standard errors beyond. */
        double d = (at_s[i] - 180 + 0.5) / 0.6, exact;
        d = d < 1000 ? d : 1000;
        exact = 1 - exp(-n * 0.287 * d * d / 1e6);
        double error = sqrt(p * (1 - p) / runs);
        print_message("N=%g t=%u: formula %.6f, observed %.6f, standard error %.6f\n", n,
                      at_s[i], p, observed, error);
        assert_true(fabs(observed - exact) < 3.3 * error);
        assert_true(fabs(exact - p) < 0.012);
    }
    fast_free(fast);
    mem_free(scenario);
}

static void test_first_by(void **state)
{
    (void)state;
    const double ten[] = {0.028292, 0.108456, 0.368211, 0.754952, 0.943301};
    const double thirty[] = {0.082498, 0.291355, 0.747817, 0.985285, 0.999818};
    check_first_by(10, ten);
    check_first_by(30, thirty);
}

/* The lazily sorted prefix is the whole sorted. */
static void test_nearest(void **state)
{
    (void)state;
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    assert_int_equal(
        parse("{\"name\":\"t\",\"start\":\"2026-11-24T14:00:00+08:00\",\"people\":{"
              "\"count\":1500,\"radius_m\":3000,\"speed_m_s\":2,\"redraw\":true,"
              "\"skills\":{\"boat\":0.3}},\"incidents\":[{\"kind\":\"flood\",\"at\":"
              "\"anywhere\",\"needs\":[{\"count\":1,\"within_minutes\":14},{\"count\":1,"
              "\"within_minutes\":14,\"skills\":[\"boat\"]}]}],\"policies\":[{\"name\":"
              "\"o\",\"rule\":\"ours\"}]}",
              scenario),
        ST_OK);
    struct world world;
    assert_int_equal(world_init(&world, scenario, 3), ST_OK);
    for (uint64_t run = 0; run < 20; run++) {
        assert_int_equal(world_set_run(&world, run), ST_OK);
        for (uint32_t need = 0; need < 2; need++) {
            uint64_t before = 0;
            uint32_t able = 0, met = 0, person, ms;
            for (uint32_t i = 0; i < world.count; i++)
                able += world_travel_ms(&world, need, i) != WORLD_UNREACHABLE;
            for (; world_nearest(&world, need, met, &person, &ms); met++) {
                uint64_t key = (uint64_t)ms << 32 | person;
                assert_true(met == 0 || key > before);
                assert_int_equal(ms, world_travel_ms(&world, need, person));
                before = key;
            }
            assert_int_equal(met, able);
        }
    }
    world_release(&world);
    mem_free(scenario);
}

static void report(const struct scenario *scenario, uint32_t runs, struct text *ret,
                   struct text *ret_html)
{
    struct drill drill;
    struct diag diag = {0};
    const struct drill_options options = {.seed = 11, .runs = runs, .changes = true};
    assert_int_equal(drill_run(scenario, &options, &drill, &diag), ST_OK);
    drill_append_json(&drill, ret);
    drill_append_html(&drill, ret_html);
    drill_release(&drill);
}

/* Why a rule that asks everybody may leave nobody for the second need. */
static void test_needs_in_order(void **state)
{
    (void)state;
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    struct diag diag = {0};
    assert_int_equal(scenario_read("demo/scenarios/night-typhoon.json", scenario, &diag),
                     ST_OK);
    struct text json, html;
    text_init(&json, 1 << 20);
    text_init(&html, 1 << 20);
    report(scenario, 10, &json, &html);
    assert_non_null(strstr(text_string(&html), "nobody is asked for two at once"));
    const char *answers = strstr(text_string(&html), "How those alerted answered");
    const char *end = answers == NULL ? NULL : strstr(answers, "</table>");
    const char *below = answers == NULL ? NULL : strstr(answers, "<small>-");
    assert_non_null(end);
    assert_true(below == NULL || below > end); /* fewer people than none */
    text_release(&json);
    text_release(&html);
    mem_free(scenario);
}

static void test_same_twice(void **state)
{
    (void)state;
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    struct diag diag = {0};
    assert_int_equal(
        scenario_read("demo/scenarios/medical-auckland-10.json", scenario, &diag), ST_OK);
    struct text a, b, c, html[3];
    text_init(&a, 1 << 20);
    text_init(&b, 1 << 20);
    text_init(&c, 1 << 20);
    for (int i = 0; i < 3; i++)
        text_init(&html[i], 1 << 20);
    report(scenario, 300, &a, &html[0]);
    report(scenario, 300, &b, &html[1]);
    report(scenario, 301, &c, &html[2]);
    assert_int_equal(a.status, ST_OK);
    assert_int_equal(html[0].status, ST_OK);
    assert_string_equal(text_string(&html[0]), text_string(&html[1]));
    assert_string_not_equal(text_string(&html[0]), text_string(&html[2]));
    /* The page needs nothing from outside, is marked, and speaks both languages. */
    const char *page = text_string(&html[0]);
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, " src="));
    assert_null(strstr(page, " href="));
    assert_null(strstr(page, "url("));
    assert_null(strstr(page, "nan"));
    assert_non_null(strstr(page, "EXERCISE"));
    assert_non_null(strstr(page, scenario->title_zh));
    assert_non_null(strstr(page, scenario->title_en));
    /* What a policy's name stands for. */
    assert_non_null(strstr(page, "：最近的 "));
    assert_non_null(strstr(page, ": the nearest "));
    /* Chinese sentences have Chinese commas. */
    assert_null(strstr(page, "人,"));
    assert_null(strstr(page, "nobody is asked for two at once"));
    for (int i = 0; i < 3; i++)
        text_release(&html[i]);
    assert_string_equal(text_string(&a), text_string(&b));
    assert_string_not_equal(text_string(&a), text_string(&c));
    text_release(&a);
    text_release(&b);
    text_release(&c);
    mem_free(scenario);
}

/* What the board shows while answers come in is as true as what the first plan said: for
 * one wanted, for three, and where hardly anybody can be in time. */
static void test_later_plans_tell_the_truth(void **state)
{
    (void)state;
    static const char *const LINES[] = {
        "\"count\":1,\"within_minutes\":14", "\"count\":4,\"within_minutes\":20",
        "\"lines\":[{\"count\":1,\"skills\":[\"boat\"]},{\"count\":2,\"skills\":[]}],"
        "\"within_minutes\":25",
        "\"count\":3,\"within_minutes\":7"};
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    for (size_t i = 0; i < COUNT_OF(LINES); i++) {
        char text[1024];
        struct drill drill;
        struct diag diag = {0};
        struct told told;
        const struct drill_options options = {.seed = 5, .runs = 600};
        (void)snprintf(text, sizeof text,
                       "{\"name\":\"t\",\"start\":\"2026-11-24T14:00:00+08:00\","
                       "\"people\":{\"count\":300,\"radius_m\":5000,\"speed_m_s\":5,"
                       "\"redraw\":true,\"skills\":{\"boat\":0.3}},\"incidents\":[{"
                       "\"kind\":\"flood\",\"needs\":[{%s}]}],\"policies\":[{\"name\":"
                       "\"o\",\"rule\":\"ours\"}],\"planner\":{\"says_left\":1}}",
                       LINES[i]);
        assert_int_equal(parse(text, scenario), ST_OK);
        assert_int_equal(drill_run(scenario, &options, &drill, &diag), ST_OK);
        drill_told(&drill, &told);
        const struct told_bin *later = &told.bins[TOLD_LATER][TOLD_BINS];
        const struct estimate came = told_came(later);
        const double off = fabs(told_mean(later) - came.value);
        printf("%s: told %.4f, came %.4f [%.4f, %.4f] of %llu\n", LINES[i],
               told_mean(later), came.value, came.low, came.high,
               (unsigned long long)later->plans);
        assert_true(later->plans > 1000);
        /* What it leaves out of account is small; luck, three standard errors. */
        assert_true(off < 0.02 + 1.5 * (came.high - came.low) / STATS_Z);
        drill_release(&drill);
    }
    mem_free(scenario);
}

/* Few can be in time (decision 0079): ours is there more often than any rule of thumb
 * that asks up to twice as many, and says how often. */
static void test_few_in_time(void **state)
{
    (void)state;
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    struct diag diag = {0};
    struct drill drill;
    const struct drill_options options = {.seed = 11, .runs = 400};
    assert_int_equal(scenario_read("demo/scenarios/night-few.json", scenario, &diag),
                     ST_OK);
    assert_int_equal(drill_run(scenario, &options, &drill, &diag), ST_OK);
    const struct drill_tally *ours = &drill.policies[drill.ours].tallies[0];
    const struct told_bin *first = &ours->told.bins[TOLD_FIRST][TOLD_BINS];
    const double filled = (double)ours->filled / 400.0, promised = told_mean(first);
    printf("promised %.3f, filled %.3f with %.1f alerts\n", promised, filled,
           ours->alerts.sum / 400.0);
    assert_int_equal(first->plans, 400);
    assert_true(fabs(filled - promised) < 3.0 * sqrt(filled * (1.0 - filled) / 400.0));
    for (uint32_t i = 0; i < drill.policy_count; i++)
        if (i != drill.ours)
            assert_true(drill.policies[i].tallies[0].filled < ours->filled);
    assert_true(ours->alerts.sum / 400.0 < 20.0);
    drill_release(&drill);
    mem_free(scenario);
}

/* A clock on which each run takes as long. */
struct slow_clock {
    struct clock super;
    int64_t now_us, run_us;
};

static int64_t slow_us(struct clock *clock)
{
    struct slow_clock *slow = (struct slow_clock *)(void *)clock;
    return slow->now_us += slow->run_us;
}

/* How many of 300 runs are played in 20 s, of which 1 s was over before the first. */
static uint32_t played(const struct scenario *scenario, int64_t run_us)
{
    struct slow_clock clock = {{NULL, slow_us}, 1000000, run_us};
    const struct drill_options options = {.seed = 11,
                                          .runs = 300,
                                          .policy = "ours",
                                          .clock = &clock.super,
                                          .us_max = 20000000};
    struct drill drill;
    struct diag diag = {0};
    assert_int_equal(drill_run(scenario, &options, &drill, &diag), ST_OK);
    const uint32_t runs = drill.runs;
    drill_release(&drill);
    return runs;
}

/* No run is begun that would not end in time; what was played is what so few runs would
 * have been. */
static void test_enough(void **state)
{
    (void)state;
    struct slow_clock clock = {{NULL, slow_us}, 0, 12000000};
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    struct diag diag = {0};
    struct drill cut, whole;
    assert_int_equal(
        scenario_read("demo/scenarios/medical-auckland-10.json", scenario, &diag), ST_OK);
    assert_int_equal(played(scenario, 1000), 300);
    assert_int_equal(played(scenario, 3000000), 6);
    assert_int_equal(played(scenario, 12000000), 1);
    assert_int_equal(played(scenario, 25000000), 1);
    const struct drill_options hurry = {
        .seed = 11, .runs = 300, .clock = &clock.super, .us_max = 20000000};
    const struct drill_options one = {.seed = 11, .runs = 1};
    assert_int_equal(drill_run(scenario, &hurry, &cut, &diag), ST_OK);
    assert_int_equal(drill_run(scenario, &one, &whole, &diag), ST_OK);
    assert_int_equal(cut.runs, 1);
    assert_int_equal(cut.runs_asked, 300);
    cut.runs_asked = 1;
    struct text a, b;
    text_init(&a, 1 << 20);
    text_init(&b, 1 << 20);
    drill_append_json(&cut, &a);
    drill_append_json(&whole, &b);
    assert_string_equal(text_string(&a), text_string(&b));
    text_release(&a);
    text_release(&b);
    drill_release(&cut);
    drill_release(&whole);
    mem_free(scenario);
}

int main(void)
{
    (void)setenv("TZ", "Asia/Shanghai", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_by),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_same_twice),
        cmocka_unit_test(test_later_plans_tell_the_truth),
        cmocka_unit_test(test_few_in_time),
        cmocka_unit_test(test_needs_in_order),
        cmocka_unit_test(test_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
