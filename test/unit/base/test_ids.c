/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted lists of ids against a look at every one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ids.h"
#include "base/random.h"

#define COUNT_MAX 40

static void against_every_one(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 5);
    for (int round = 0; round < 500; round++) {
        int64_t ids[COUNT_MAX];
        uint32_t count = (uint32_t)random_below(&random.super, COUNT_MAX);
        for (uint32_t i = 0; i < count; i++)
            ids[i] = (int64_t)random_below(&random.super, 30) - 10;
        ids_sort(ids, count);
        for (uint32_t i = 1; i < count; i++)
            assert_true(ids[i - 1] <= ids[i]);
        for (int64_t id = -12; id < 22; id++) {
            uint32_t below = 0, same = 0;
            for (uint32_t i = 0; i < count; i++) {
                below += ids[i] < id;
                same += ids[i] == id;
            }
            assert_int_equal(ids_from(ids, count, id), below);
            assert_int_equal(ids_contain(ids, count, id), same > 0);
        }
        int64_t once[COUNT_MAX];
        uint32_t kept = 0;
        for (uint32_t i = 0; i < count; i++)
            once[i] = ids[count - 1 - i];
        kept = ids_sort_once(once, count);
        for (uint32_t i = 1; i < kept; i++)
            assert_true(once[i - 1] < once[i]);
        for (int64_t id = -12; id < 22; id++)
            assert_int_equal(ids_contain(once, kept, id), ids_contain(ids, count, id));
    }
    ids_sort(NULL, 0);
    assert_int_equal(ids_sort_once(NULL, 0), 0);
    assert_false(ids_contain(NULL, 0, 1));
}

static void far_apart(void **state)
{
    (void)state;
    int64_t ids[] = {INT64_MAX, 0, INT64_MIN};
    ids_sort(ids, 3);
    assert_true(ids[0] == INT64_MIN && ids[2] == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_every_one),
        cmocka_unit_test(far_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
