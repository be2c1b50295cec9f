/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of the runs and the shared values, against plain arrays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "crowd/intern.h"
#include "crowd/slab.h"

#include <stdlib.h>
#include <string.h>

#define RUNS 37
#define MEMBERS 3000
#define STEPS 60000

static int by_who(const void *a, const void *b)
{
    const struct slab_entry *x = a, *y = b;
    return (x->who > y->who) - (x->who < y->who);
}

/* on[m] = 1 + the run on which M stands, 0 = none. */
static void compare(const struct slab *slab, const uint32_t *on)
{
    for (uint32_t run = 0; run < RUNS; run++) {
        uint32_t count, wanted = 0;
        const struct slab_entry *entries = slab_at(slab, run, &count);
        struct slab_entry *sorted = mem_calloc(count + 1u, sizeof *sorted);
        assert_non_null(sorted);
        memcpy(sorted, entries, count * sizeof *sorted);
        qsort(sorted, count, sizeof *sorted, by_who);
        for (uint32_t m = 0; m < MEMBERS; m++)
            if (on[m] == run + 1) {
                assert_true(wanted < count);
                assert_int_equal(sorted[wanted].who, m);
                assert_int_equal(sorted[wanted++].where, m * 3);
            }
        assert_int_equal(wanted, count);
        mem_free(sorted);
    }
}

static void test_slab_is_what_was_put_in(void **state)
{
    (void)state;
    struct slab slab;
    struct random_seeded random;
    static uint32_t on[MEMBERS];
    random_seeded_init(&random, 4);
    assert_int_equal(slab_init(&slab, RUNS), 0);
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t m = (uint32_t)random_below(&random.super, MEMBERS);
        /* The crowd wanders, so that blocks are given back everywhere. */
        uint32_t run = (step / 3000 + (uint32_t)random_below(&random.super, 4)) % RUNS;
        const struct slab_entry entry = {.who = m, .where = m * 3, .at = m % 16 & 15u};
        if (on[m] != 0) {
            struct slab_entry other = entry;
            other.at = (m + 1) & 15u;
            struct slab_entry *found = slab_find(&slab, on[m] - 1, &entry);
            assert_non_null(found);
            assert_null(slab_find(&slab, on[m] - 1, &other));
            slab_remove(&slab, on[m] - 1, found);
            assert_null(slab_find(&slab, on[m] - 1, &entry));
        }
        assert_int_equal(slab_add(&slab, run, entry), 0);
        on[m] = run + 1;
        if (step % 5000 == 0)
            compare(&slab, on);
    }
    compare(&slab, on);
    assert_true(slab.used < 8 * MEMBERS); /* holes do not pile up */
    slab_release(&slab);
}

static void test_slab_without_memory(void **state)
{
    (void)state;
    struct slab slab;
    assert_int_equal(slab_init(&slab, 1), 0);
    mem_fail_at(1);
    assert_int_equal(slab_add(&slab, 0, (struct slab_entry){.who = 1}), ST_NO_MEMORY);
    mem_fail_at(0);
    assert_int_equal(slab.heads[0].count, 0);
    assert_int_equal(slab_add(&slab, 0, (struct slab_entry){.who = 1}), 0);
    assert_int_equal(slab.heads[0].count, 1);
    slab_release(&slab);
}

static void test_interned_once_and_counted(void **state)
{
    (void)state;
    struct intern intern;
    uint32_t holders[200] = {0}, ids[200];
    struct random_seeded random;
    random_seeded_init(&random, 5);
    intern_init(&intern);
    for (int step = 0; step < 20000; step++) {
        uint32_t value = (uint32_t)random_below(&random.super, 200), id;
        if (holders[value] > 0 && random_below(&random.super, 2) == 0) {
            assert_int_equal(intern_drop(&intern, ids[value]), --holders[value] == 0);
            continue;
        }
        assert_int_equal(intern_take(&intern, &value, sizeof value, &id), 0);
        if (holders[value]++ > 0)
            assert_int_equal(id, ids[value]);
        ids[value] = id;
        assert_int_equal(intern_size(&intern, id), sizeof value);
        assert_memory_equal(intern_value(&intern, id), &value, sizeof value);
    }
    uint32_t used = 0;
    for (int i = 0; i < 200; i++)
        used += holders[i] > 0;
    assert_int_equal(intern.used, used);
    assert_true(intern.count <= 200);
    intern_release(&intern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slab_is_what_was_put_in),
        cmocka_unit_test(test_slab_without_memory),
        cmocka_unit_test(test_interned_once_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
