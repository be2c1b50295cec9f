/* SPDX-License-Identifier: Apache-2.0 */
/* The index against a pass over all rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/id_index.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"

#define ROWS 3000
#define IDS 700

static void holds(const struct id_index *index, const int64_t *ids, uint32_t count)
{
    assert_int_equal(index->count, count);
    for (int64_t id = -IDS * 4096; id <= IDS * 4096; id += 4096) { /* low bits alike */
        uint32_t at = id_index_newest(index, id);
        for (uint32_t i = count; i > 0; i--) {
            if (ids[i - 1] != id)
                continue;
            assert_int_equal(at, i);
            at = id_index_before(index, at);
        }
        assert_int_equal(at, 0);
    }
}

static void test_finds_every_row(void **state)
{
    (void)state;
    static int64_t ids[ROWS];
    struct id_index index = {0};
    struct random_seeded random;
    random_seeded_init(&random, 5);
    assert_int_equal(id_index_newest(&index, 7), 0);
    for (uint32_t turn = 0; turn < 12; turn++) {
        while (index.count < ROWS / 12 * (turn + 1)) {
            ids[index.count] =
                ((int64_t)random_below(&random.super, 2 * IDS) - IDS) * 4096;
            assert_int_equal(id_index_add(&index, ids[index.count]), ST_OK);
        }
        holds(&index, ids, index.count);
        uint32_t kept = (uint32_t)random_below(&random.super, index.count + 1);
        id_index_cut(&index, kept);
        holds(&index, ids, kept);
    }
    id_index_release(&index);
    assert_int_equal(id_index_newest(&index, ids[0]), 0);
}

static void test_stays_as_it_was_without_memory(void **state)
{
    (void)state;
    static int64_t ids[16];
    struct id_index index = {0};
    for (uint32_t i = 0; i < COUNT_OF(ids); i++) {
        ids[i] = (int64_t)(i % 5) * 4096;
        assert_int_equal(id_index_add(&index, ids[i]), ST_OK);
    }
    mem_fail_at(1);
    assert_int_equal(id_index_add(&index, 1), ST_NO_MEMORY);
    holds(&index, ids, COUNT_OF(ids));
    id_index_release(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_every_row),
        cmocka_unit_test(test_stays_as_it_was_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
