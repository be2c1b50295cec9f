/* SPDX-License-Identifier: Apache-2.0 */
#include "api/limits.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void test_bucket(void **state)
{
    (void)state;
    struct limits *limits = mem_calloc(1, sizeof *limits);
    const uint64_t key = limits_key(limits, "reply", "token");
    int wait_s = 0;
    for (int i = 0; i < 30; i++)
        assert_true(limits_take(limits, key, 0.5, 30, 1000, &wait_s));
    assert_false(limits_take(limits, key, 0.5, 30, 1000, &wait_s));
    assert_int_equal(wait_s, 2);
    assert_false(limits_take(limits, key, 0.5, 30, 2000, &wait_s));
    assert_true(limits_take(limits, key, 0.5, 30, 4000, &wait_s));
    assert_true(limits_take(limits, limits_key(limits, "reply", "other"), 0.5, 30, 4000,
                            &wait_s));
    mem_free(limits);
}

static void test_failures(void **state)
{
    (void)state;
    static const int waits[] = {0,  0,  0,  0,   0,   1,   2,   4,  8,
                                16, 32, 64, 128, 256, 512, 900, 900};
    struct limits *limits = mem_calloc(1, sizeof *limits);
    const uint64_t key = limits_key(limits, "account", "admin");
    const int64_t now_ms = 5000000;
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        assert_int_equal(limits_wait_s(limits, key, 5, now_ms), waits[i]);
        limits_fail(limits, key, now_ms);
    }
    assert_int_equal(limits_wait_s(limits, key, 5, now_ms + 901000), 0);
    limits_forgive(limits, key);
    assert_int_equal(limits_wait_s(limits, key, 5, now_ms), 0);
    mem_free(limits);
}

/* Who has an IPv6 network has 2^64 addresses, and one allowance. */
static void test_networks(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"2001:db8:1:2::1", "2001:db8:1:2:3:4:5:6", true},
        {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
    };
    struct limits *limits = mem_calloc(1, sizeof *limits);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(limits_peer_key(limits, "address", rows[i].a) ==
                             limits_peer_key(limits, "address", rows[i].b),
                         rows[i].same);
    mem_free(limits);
}

/* A flood of other keys does not make the table grow or crash. */
static void test_flood(void **state)
{
    (void)state;
    struct limits *limits = mem_calloc(1, sizeof *limits);
    int wait_s;
    for (int i = 0; i < 100000; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%d", i);
        assert_true(limits_take(limits, limits_key(limits, "a", name), 1, 1, i, &wait_s));
    }
    mem_free(limits);
}

/* A stranger who tries other names, and comes from many addresses, has nobody's failures
 * forgotten. */
static void test_failures_stay(void **state)
{
    (void)state;
    struct limits *limits = mem_calloc(1, sizeof *limits);
    const uint64_t key = limits_key(limits, "account", "admin");
    char name[16];
    int wait_s;
    for (int i = 0; i < 6; i++)
        limits_fail(limits, key, 1000);
    for (int i = 0; i < 100000; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        limits_fail(limits, limits_key(limits, "account", name), 1500);
        assert_true(limits_take(limits, limits_key(limits, "address", name), 1, 1, 1500,
                                &wait_s));
    }
    assert_int_equal(limits_wait_s(limits, key, 5, 1500), 2);
    /* After an hour they are as good as none. */
    const int64_t later_ms = 1001 + LIMITS_FORGET_MS;
    for (int i = 0; i < 100000; i++) {
        (void)snprintf(name, sizeof name, "new %d", i);
        limits_fail(limits, limits_key(limits, "account", name), later_ms);
    }
    limits_fail(limits, key, later_ms);
    assert_int_equal(limits_wait_s(limits, key, 1, later_ms), 1);
    mem_free(limits);
}

/* FNV-1a, which anybody computes, has these two collide: who fails under such a name
 * would have the other one wait. */
static void test_nobody_counts_as_another(void **state)
{
    (void)state;
    struct limits *limits = mem_calloc(1, sizeof *limits);
    const char *known = "root-commander", *chosen = "y(Se6?m4ac#.Cg+0GZJ;yf`?";
    const uint64_t key = limits_key(limits, "known", known);
    assert_int_not_equal(key, limits_key(limits, "account", chosen));
    assert_int_not_equal(key, limits_key(limits, "account", known));
    limits->secret[LIMITS_SECRET_SIZE - 1] = 1;
    assert_int_not_equal(key, limits_key(limits, "known", known));
    mem_free(limits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bucket),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_failures_stay),
        cmocka_unit_test(test_nobody_counts_as_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
