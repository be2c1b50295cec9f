/* SPDX-License-Identifier: Apache-2.0 */
/* The tail against published and exact values, and the windowed version against the
 * plain one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "plan/line.h"
#include "plan/solve.h"
#include "plan/tail.h"

#include <math.h>

static void near(double got, double wanted, double relative)
{
    if (!(fabs(got - wanted) <= relative * fabs(wanted)))
        fail_msg("got %.17g, wanted %.17g", got, wanted);
}

struct vector {
    uint32_t n;
    double p[10];
    double pmf[11];
};

static const struct vector VECTORS[] = {
    {5, {.1, .2, .7, .2, .2}, {.13824, .4416, .3152, .0924, .012, .00056}},
    {3, {.3, .8, .3}, {.098, .476, .354, .072}},
    {3, {.1, .5, .7}, {.135, .465, .365, .035}},
    {3,
     {.4163448, .3340270, .9689613},
     {0.012064699375792121, 0.39129134119356362, 0.46189011948549635,
      0.13475383994514789}},
    {8,
     {.9955901, .5696224, .8272597, .3818746, .4290036, .8707646, .8858267, .7557183},
     {4.1707965849695715e-07, 0.00010461787442618572, 0.0024625060783590308,
      0.02345228249965426, 0.11106719446140888, 0.27353875603505667, 0.34211095516960077,
      0.20246093298331608, 0.044802337818519583}},
    {10,
     {.1, .2, .3, .4, .5, .1, .2, .3, .4, .5},
     {.02286144, .11231136, .23694372, .28171848, .20829484, .09968032, .03113484,
      .00623848, .00076372, 5.136e-05, 1.44e-06}},
    {0, {0}, {1}},
    {2, {0, 1}, {0, 1, 0}},
};

static void test_vectors(void **state)
{
    (void)state;
    for (size_t v = 0; v < COUNT_OF(VECTORS); v++)
        for (uint32_t k = 0; k <= VECTORS[v].n + 1; k++) {
            double wanted = 0, got;
            for (uint32_t j = VECTORS[v].n; j + 1 > k; j--)
                wanted += j <= VECTORS[v].n ? VECTORS[v].pmf[j] : 0;
            assert_int_equal(tail_exact(VECTORS[v].p, VECTORS[v].n, k, &got), 0);
            near(got, wanted, 1e-12);
        }
}

static void test_binomial_tails(void **state)
{
    (void)state;
    static const struct {
        uint32_t n, k;
        double p, wanted;
    } ROWS[] = {
        {1000, 350, .3, 3.738701054403894e-4},
        {1000, 100, .05, 8.410251084877303e-11},
        {200, 100, .3, 2.595825334723763e-9},
    };
    static double p[1000];
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        double got;
        for (uint32_t j = 0; j < ROWS[i].n; j++)
            p[j] = ROWS[i].p;
        assert_int_equal(tail_exact(p, ROWS[i].n, ROWS[i].k, &got), 0);
        near(got, ROWS[i].wanted, 1e-12);
    }
}

/* The example of R's PoissonBinomial, seed 1, with its weights: P(0) and P(>= 1). */
static void test_r_vignette(void **state)
{
    (void)state;
    static const double P[] = {
        0.2655086631421,    0.37212389963679016, 0.5728533633518964, 0.9082077899947762,
        0.2016819310374558, 0.8983896849676967,  0.9446752686053514, 0.6607977924868464,
        0.6291140438988805, 0.061786270467564464};
    static const uint32_t WEIGHTS[] = {3, 1, 5, 5, 10, 6, 10, 7, 9, 5};
    struct tail tail;
    assert_int_equal(tail_init(&tail, 62, 0), 0);
    for (size_t i = 0; i < COUNT_OF(P); i++)
        for (uint32_t w = 0; w < WEIGHTS[i]; w++)
            tail_add(&tail, P[i]);
    assert_int_equal(tail.high, 62);
    near(tail.mass[0], 3.5744621182267603e-35, 1e-12);
    near(tail.mass[1], 1.1202799232722337e-32, 1e-12);
    tail_release(&tail);
}

static void test_smallest_wave(void **state)
{
    (void)state;
    static const double QS[] = {.15, .23, .287, .35, .47}, TARGETS[] = {.9, .95, .99};
    static const uint32_t KS[] = {1, 2, 3, 5, 10};
    static const uint32_t WANTED[5][5][3] = {
        {{15, 19, 29}, {25, 30, 42}, {34, 40, 53}, {52, 59, 74}, {93, 102, 121}},
        {{9, 12, 18}, {16, 19, 26}, {22, 26, 34}, {33, 38, 47}, {60, 65, 77}},
        {{7, 9, 14}, {13, 15, 21}, {17, 20, 26}, {26, 30, 37}, {47, 52, 61}},
        {{6, 7, 11}, {10, 12, 16}, {14, 16, 21}, {21, 24, 30}, {38, 42, 49}},
        {{4, 5, 8}, {7, 9, 11}, {10, 12, 15}, {15, 17, 21}, {28, 30, 35}},
    };
    struct line_person people[200];
    struct common common;
    common_init(&common, .287, 0, 1);
    for (size_t q = 0; q < 5; q++)
        for (size_t k = 0; k < 5; k++)
            for (size_t t = 0; t < 3; t++) {
                for (size_t i = 0; i < 200; i++)
                    people[i] = (struct line_person){
                        .x = common_x(&common, QS[q]), .share = 1.0, .b = 1.0};
                const struct line line = {.common = &common,
                                          .count = KS[k],
                                          .people = people,
                                          .people_count = 200};
                const struct line_wish wish = {.seats = LINE_SEATS_ALL,
                                               .target = TARGETS[t]};
                struct line_found found;
                assert_int_equal(line_shortest(&line, &wish, &found), 0);
                assert_int_equal(found.count, WANTED[q][k][t]);
            }
}

static void test_window_against_plain(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 4);
    for (int round = 0; round < 60; round++) {
        uint32_t n = 1 + (uint32_t)random_below(&random.super, 3000);
        uint32_t k = (uint32_t)random_below(&random.super, n + 2);
        double scale = random_unit(&random.super);
        struct tail exact, fast;
        assert_int_equal(tail_init(&exact, k, 0), 0);
        assert_int_equal(tail_init(&fast, k, LINE_EPSILON), 0);
        for (uint32_t i = 0; i < n; i++) {
            double p = scale * random_unit(&random.super);
            tail_add(&exact, p);
            tail_add(&fast, p);
        }
        assert_true(fast.dropped <= 2 * LINE_EPSILON * (n + k + 1));
        assert_true(fabs(exact.reached - fast.reached) <= fast.dropped + 1e-13);
        tail_release(&exact);
        tail_release(&fast);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct tail tail;
    assert_int_equal(tail_init(&tail, TAIL_K_MAX + 1, 0), ST_LIMIT);
    tail_release(&tail);
    assert_int_equal(tail_init(&tail, TAIL_K_MAX, 0), 0);
    tail_release(&tail);
}

static void test_solve_tail(void **state)
{
    (void)state;
    static const struct {
        const char *k, *text, *wanted;
        uint32_t line;
    } ROWS[] = {
        {"2", "0.5\n0.5\n", "0.25", 0},  {"0", "", "1", 0},
        {"3", "1\n1", "0", 0},           {"1", " 0.25 \r\n\r\n0", "0.25", 0},
        {"1", "0.5\nx\n", NULL, 2},      {"1", "1.1", NULL, 1},
        {"1", "0.1 0.2", NULL, 1},       {"-1", "0.1", NULL, 0},
        {"100001", "0.1", NULL, 0},      {"1", "nan", NULL, 1},
        {"1", "\n\n-0.1\n0.2", NULL, 3},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        char text[64], got[SOLVE_TEXT_SIZE];
        struct diag diag = {0};
        snprintf(text, sizeof(text), "%s", ROWS[i].text);
        int status = solve_tail(ROWS[i].k, text, strlen(text), got, &diag);
        assert_int_equal(status, ROWS[i].wanted == NULL ? ST_INVALID : 0);
        if (ROWS[i].wanted != NULL)
            assert_string_equal(got, ROWS[i].wanted);
        else
            assert_int_equal(diag.line, ROWS[i].line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_binomial_tails),
        cmocka_unit_test(test_r_vignette),
        cmocka_unit_test(test_smallest_wave),
        cmocka_unit_test(test_window_against_plain),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_solve_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
