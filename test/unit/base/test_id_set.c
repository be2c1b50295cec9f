/* SPDX-License-Identifier: Apache-2.0 */
/* The set of ids against an array of flags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/id_set.h"
#include "base/random.h"

#include <string.h>

#define IDS 3000

static void test_holds_what_was_put_in(void **state)
{
    (void)state;
    static bool there[IDS];
    struct random_seeded random;
    random_seeded_init(&random, 5);
    for (uint64_t most = 0; most < IDS; most = most * 2 + 1) {
        struct id_set set;
        assert_int_equal(id_set_init(&set, most), 0);
        memset(there, 0, sizeof there);
        for (uint64_t i = 0, count = 0; count < most; i++) {
            uint64_t at = random_below(&random.super, IDS);
            int64_t id = ((int64_t)at - IDS / 2) * 4096 + 1; /* never 0; low bits alike */
            assert_int_equal(id_set_has(&set, id), there[at]);
            assert_int_equal(id_set_put(&set, id), there[at]);
            count += !there[at];
            there[at] = true;
        }
        for (int64_t at = 0; at < IDS; at++)
            assert_int_equal(id_set_has(&set, (at - IDS / 2) * 4096 + 1), there[at]);
        assert_false(id_set_has(&set, 0));
        id_set_release(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_holds_what_was_put_in)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
