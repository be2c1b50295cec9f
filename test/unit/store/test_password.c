/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords that are tried first, and ones that are none of them. */
#include "store/password.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_easy(void **state)
{
    (void)state;
    static const struct {
        const char *password, *account;
        bool easy;
    } rows[] = {
        {"password", "duty1", true},         {"Password123!", "duty1", true},
        {"Admin@2026", "duty1", true},       {"1QAZ2wsx", "duty1", true},
        {"pinghu2026", "duty1", true},       {"12345678", "duty1", true},
        {"1234567890", "duty1", true},       {"87654321", "duty1", true},
        {"abcdefgh", "duty1", true},         {"aaaaaaaa", "duty1", true},
        {"12121212", "duty1", true},         {"        ", "duty1", true},
        {"duty1-2026", "duty1", true},       {"2026DUTY1", "duty1", true},
        {"平湖平湖", "平湖平湖", true},      {"passwords are long here", "duty1", false},
        {"a long password", "duty1", false}, {"duty1 goes to sea", "duty1", false},
        {"duty1-pass", "duty1", false},      {"wetlands7", "duty1", false},
        {"13579adg", "duty1", false},        {"admin and the rest", "admin", false},
        {"平湖西瓜灯", "duty1", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("%s\n", rows[i].password);
        assert_int_equal(password_is_easy(rows[i].password, rows[i].account),
                         rows[i].easy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_easy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
