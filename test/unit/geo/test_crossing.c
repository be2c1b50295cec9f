/* SPDX-License-Identifier: Apache-2.0 */
/* Rings that cross themselves: by hand, and against every pair of edges. */
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "geo/crossing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PLENTY 1000000

static int ask(const struct point *ring, uint32_t count)
{
    uint64_t pairs = PLENTY;
    return crossing_of_ring(ring, count, &pairs);
}

static void test_by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint32_t count;
        struct point ring[8];
        enum crossing crossing;
    } rows[] = {
        {"square", 4, {{0, 0}, {0, 90}, {90, 90}, {90, 0}}, CROSSING_NONE},
        {"bow tie", 4, {{0, 0}, {90, 90}, {0, 90}, {90, 0}}, CROSSING_REAL},
        {"lines along the axes",
         6,
         {{0, 0}, {0, 90}, {50, 90}, {50, 40}, {-50, 40}, {-50, 0}},
         CROSSING_REAL},
        {"a corner that folds over by little",
         6,
         {{0, 0}, {0, 1000}, {1000, 1000}, {1000, -10}, {990, -10}, {1010, 5}},
         CROSSING_SLIGHT},
        {"touches itself at a corner",
         6,
         {{0, 0}, {40, 40}, {0, 80}, {80, 80}, {40, 40}, {80, 0}},
         CROSSING_NONE},
        {"a corner on a line",
         5,
         {{0, 0}, {0, 90}, {90, 90}, {0, 40}, {90, 0}},
         CROSSING_NONE},
        {"runs back over a line",
         6,
         {{0, 0}, {0, 90}, {0, 120}, {0, 90}, {90, 90}, {90, 0}},
         CROSSING_NONE},
        {"no area", 3, {{0, 0}, {0, 90}, {0, 40}}, CROSSING_NONE},
        {"around the earth",
         4,
         {{-900000000, -1800000000},
          {-900000000, 1800000000},
          {900000000, 1800000000},
          {900000000, -1800000000}},
         CROSSING_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (uint32_t turn = 0; turn < rows[i].count; turn++) {
            struct point ring[8]; /* wherever it begins */
            for (uint32_t j = 0; j < rows[i].count; j++)
                ring[j] = rows[i].ring[(j + turn) % rows[i].count];
            const int crossing = ask(ring, rows[i].count);
            if (crossing != (int)rows[i].crossing)
                fail_msg("%s from %u: %d", rows[i].what, turn, crossing);
        }
    assert_int_equal(ask(NULL, 0), CROSSING_NONE);
}

static int64_t side(struct point a, struct point b, struct point c)
{
    return ((int64_t)b.lon_e7 - a.lon_e7) * ((int64_t)c.lat_e7 - a.lat_e7) -
           ((int64_t)b.lat_e7 - a.lat_e7) * ((int64_t)c.lon_e7 - a.lon_e7);
}

static bool cross(struct point a, struct point b, struct point c, struct point d)
{
    const int64_t of_c = side(a, b, c), of_d = side(a, b, d);
    const int64_t of_a = side(c, d, a), of_b = side(c, d, b);
    return ((of_c > 0 && of_d < 0) || (of_c < 0 && of_d > 0)) &&
           ((of_a > 0 && of_b < 0) || (of_a < 0 && of_b > 0));
}

static bool any_crosses(const struct point *ring, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (cross(ring[i], ring[(i + 1) % count], ring[j], ring[(j + 1) % count]))
                return true;
    return false;
}

/* On a small grid, so that much touches and lies on one line. */
static void test_random(void **state)
{
    (void)state;
    struct random_seeded random;
    uint32_t found[3] = {0};
    for (uint64_t seed = 1; seed <= 4000; seed++) {
        random_seeded_init(&random, seed);
        struct point ring[12];
        const uint32_t count = 3 + (uint32_t)random_below(&random.super, 10);
        for (uint32_t i = 0; i < count; i++)
            ring[i] = (struct point){(int32_t)random_below(&random.super, 7),
                                     (int32_t)random_below(&random.super, 7)};
        const int crossing = ask(ring, count);
        if ((crossing != CROSSING_NONE) != any_crosses(ring, count))
            fail_msg("seed %lu: %d", (unsigned long)seed, crossing);
        found[crossing]++;
    }
    assert_true(found[CROSSING_NONE] > 100 && found[CROSSING_REAL] > 100);
}

/* Long lines side by side overlap whichever way one looks: the work has a limit. */
static void test_limit(void **state)
{
    (void)state;
    static struct point comb[2003];
    for (int32_t i = 0; i < 2000; i++) {
        const int32_t reach = i % 2 == 0 ? -3000000 : 3000000;
        comb[i] = (struct point){i * 1000 + reach, i * 1000 - reach};
    }
    comb[2000] = (struct point){6000000, -1000000};
    comb[2001] = (struct point){3000000, -4000000};
    comb[2002] = (struct point){-4000000, 2900000};
    const uint64_t all = 2003 * 2002 / 2;
    uint64_t pairs = 2 * all;
    assert_int_equal(crossing_of_ring(comb, COUNT_OF(comb), &pairs), CROSSING_NONE);
    assert_in_range(pairs, all, all + all / 100);
    assert_int_equal(crossing_of_ring(comb, COUNT_OF(comb), &pairs), CROSSING_NONE);
    const uint64_t left = pairs;
    assert_int_equal(crossing_of_ring(comb, COUNT_OF(comb), &pairs), ST_LIMIT);
    assert_int_equal(pairs, left); /* nothing is taken for what was not done */
}

static void test_memory(void **state)
{
    (void)state;
    static const struct point ring[] = {{0, 0}, {0, 90}, {90, 90}, {90, 0}};
    for (uint64_t n = 1; n <= 2; n++) {
        mem_fail_at(n);
        const int status = ask(ring, COUNT_OF(ring));
        mem_fail_at(0);
        assert_int_equal(status, ST_NO_MEMORY);
    }
    assert_int_equal(ask(ring, COUNT_OF(ring)), CROSSING_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
