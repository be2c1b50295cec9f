/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is: nobody waits for all that somebody else wants. */
#include "api/turns.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define CLERK 1
#define OTHER 2
#define THIRD 3
#define OWN_MAX 8

static int64_t take_owner(struct turns *turns, uint32_t at_once)
{
    const struct turn *turn = turns_take(turns, at_once);
    return turn == NULL ? 0 : turn->owner;
}

/* The owner of the next one, which is done at once. */
static int64_t run_next(struct turns *turns)
{
    struct turn *turn = turns_take(turns, 1);
    if (turn == NULL)
        return 0;
    turns_end(turns, turn);
    return turn->owner;
}

static void test_who_asks_once_is_next(void **state)
{
    (void)state;
    struct turns turns = {0};
    struct turn many[8], one, third;
    for (size_t i = 0; i < COUNT_OF(many); i++)
        assert_true(turns_put(&turns, &many[i], CLERK, OWN_MAX));
    struct turn *running = turns_take(&turns, 1);
    assert_ptr_equal(running, &many[0]);
    assert_null(turns_take(&turns, 1)); /* one at a time */
    assert_true(turns_put(&turns, &one, OTHER, OWN_MAX));
    assert_true(turns_put(&turns, &third, THIRD, OWN_MAX));
    turns_end(&turns, running);
    assert_int_equal(run_next(&turns), OTHER);
    assert_int_equal(run_next(&turns), THIRD);
    for (size_t i = 1; i < COUNT_OF(many); i++)
        assert_int_equal(run_next(&turns), CLERK);
    assert_int_equal(run_next(&turns), 0);
    assert_null(turns.waiting);
    assert_int_equal(turns.running_count, 0);
}

/* Two who want much take turns, and in its own order each. */
static void test_two_who_want_much(void **state)
{
    (void)state;
    struct turns turns = {0};
    struct turn a[4], b[4];
    for (size_t i = 0; i < COUNT_OF(a); i++)
        assert_true(turns_put(&turns, &a[i], CLERK, OWN_MAX));
    for (size_t i = 0; i < COUNT_OF(b); i++)
        assert_true(turns_put(&turns, &b[i], OTHER, OWN_MAX));
    for (size_t i = 0; i < COUNT_OF(a); i++) {
        struct turn *first = turns_take(&turns, 2), *second = turns_take(&turns, 2);
        assert_ptr_equal(first, &a[i]);
        assert_ptr_equal(second, &b[i]);
        assert_int_equal(take_owner(&turns, 2), 0);
        turns_end(&turns, first);
        turns_end(&turns, second);
    }
}

/* Who has waited for nothing so far has no right to all that was missed. */
static void test_nothing_is_saved_up(void **state)
{
    (void)state;
    struct turns turns = {0};
    struct turn early[6], late[6];
    for (size_t i = 0; i < 3; i++) {
        assert_true(turns_put(&turns, &early[i], CLERK, OWN_MAX));
        assert_int_equal(run_next(&turns), CLERK);
    }
    for (size_t i = 0; i < COUNT_OF(late); i++)
        assert_true(turns_put(&turns, &late[i], OTHER, OWN_MAX));
    for (size_t i = 3; i < COUNT_OF(early); i++)
        assert_true(turns_put(&turns, &early[i], CLERK, OWN_MAX));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run_next(&turns), OTHER);
        assert_int_equal(run_next(&turns), CLERK);
    }
}

/* Too many of one are refused, and leave room for the others. */
static void test_limits(void **state)
{
    (void)state;
    struct turns turns = {0};
    struct turn many[OWN_MAX], more, other;
    for (size_t i = 0; i < COUNT_OF(many); i++)
        assert_true(turns_put(&turns, &many[i], CLERK, OWN_MAX));
    assert_false(turns_put(&turns, &more, CLERK, OWN_MAX));
    assert_true(turns_put(&turns, &other, OTHER, OWN_MAX));
    assert_int_equal(run_next(&turns), CLERK);
    assert_true(turns_put(&turns, &more, CLERK, OWN_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_asks_once_is_next),
        cmocka_unit_test(test_two_who_want_much),
        cmocka_unit_test(test_nothing_is_saved_up),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
