/* SPDX-License-Identifier: Apache-2.0 */
/* The k best of many offers against sorting everybody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "crowd/question.h"

#include <stdlib.h>

#define MEMBERS 4000u

struct known {
    uint64_t id;
    uint32_t ms; /* ROAD_MS_NONE = not offered */
    bool barred;
};

static int by_time(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Those who qualify, in order. */
static uint32_t in_order(const struct known *all, struct known *ret)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < MEMBERS; i++)
        if (all[i].ms != ROAD_MS_NONE && !all[i].barred)
            ret[count++] = all[i];
    qsort(ret, count, sizeof *ret, by_time);
    return count;
}

static void offer_one(struct best *best, struct known *known, uint32_t member,
                      uint32_t ms)
{
    bool is_new;
    assert_int_equal(best_reserve(best, 1), 0);
    struct offered *offered = best_of(best, member, &is_new);
    assert_int_equal(is_new, known->ms == ROAD_MS_NONE);
    assert_ptr_equal(best_find(best, member), offered);
    if (is_new) {
        offered->id = (int64_t)known->id;
        offered->barred = known->barred;
        known->ms = known->barred ? 0 : known->ms;
    }
    if (offered->barred || ms >= offered->ms)
        return;
    best_enter(best, offered, ms);
    known->ms = ms;
}

/* The limit is never before the k-th, and hardly behind it. */
static void check_limit(const struct best *best, const struct known *sorted,
                        uint32_t count)
{
    uint32_t limit = best_limit_ms(best);
    if (count < best->wanted) {
        assert_int_equal(limit, ROAD_MS_NONE);
        return;
    }
    uint32_t last = sorted[best->wanted - 1].ms;
    assert_in_range(limit, last, last + last / 32 + 256);
}

static void check_order(struct best *best, const struct known *sorted, uint32_t count)
{
    uint32_t wanted = count < best->wanted ? count : best->wanted;
    assert_int_equal(best_sort(best), 0);
    assert_int_equal(best->order_count, wanted);
    for (uint32_t i = 0; i < wanted; i++) {
        const struct offered *offered = &best->all[(uint32_t)best->order[i]];
        assert_int_equal(offered->id, sorted[i].id);
        assert_int_equal(offered->ms, sorted[i].ms);
        assert_int_equal(offered->at, i);
    }
    uint32_t out = 0;
    for (uint32_t i = 0; i < best->count; i++)
        out += best->all[i].at == BEST_OUT;
    assert_int_equal(out, best->count - wanted);
}

static void play(struct best *best, struct random *random, uint32_t wanted,
                 uint32_t offers, uint32_t latest)
{
    static struct known all[MEMBERS], sorted[MEMBERS];
    best_start(best, wanted);
    for (uint32_t i = 0; i < MEMBERS; i++)
        all[i] = (struct known){random_below(random, UINT64_C(1) << 40), ROAD_MS_NONE,
                                random_below(random, 5) == 0};
    for (uint32_t i = 0; i < offers; i++) {
        uint32_t member = (uint32_t)random_below(random, MEMBERS);
        offer_one(best, &all[member], member, (uint32_t)random_below(random, latest));
        if (i % 97 == 0)
            check_limit(best, sorted, in_order(all, sorted));
    }
    uint32_t count = in_order(all, sorted);
    check_limit(best, sorted, count);
    check_order(best, sorted, count);
}

static void test_offers_in_any_order(void **state)
{
    (void)state;
    static const uint32_t latest[] = {1, 30, 9000, 70000, 5000000, ROAD_MS_NONE};
    struct best best = {0};
    struct random_seeded random;
    random_seeded_init(&random, 11);
    for (uint32_t round = 0; round < 240; round++) {
        uint32_t wanted =
            1 + (uint32_t)random_below(&random.super, round % 3 ? 80 : 5000);
        uint32_t offers = (uint32_t)random_below(&random.super, round % 4 ? 300 : 9000);
        play(&best, &random.super, wanted, offers, latest[round % COUNT_OF(latest)]);
    }
    best_release(&best);
}

static void test_nobody(void **state)
{
    (void)state;
    struct best best = {0};
    best_start(&best, 50);
    assert_null(best_find(&best, 7));
    assert_int_equal(best_limit_ms(&best), ROAD_MS_NONE);
    assert_int_equal(best_sort(&best), 0);
    assert_int_equal(best.order_count, 0);
    best_release(&best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offers_in_any_order),
        cmocka_unit_test(test_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
