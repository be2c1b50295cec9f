/* SPDX-License-Identifier: Apache-2.0 */
/* A helper process: what goes in and out, and each of its ends. */
#include "base/child.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static bool never(void *context)
{
    ++*(int *)context;
    return false;
}

static enum child_end run(const char *script, const char *data, struct text *ret)
{
    const char *words[] = {"-c", script, NULL};
    const struct child_config config = {.program = "/bin/sh",
                                        .words = words,
                                        .seconds_max = 20,
                                        .data = data,
                                        .size = strlen(data)};
    enum child_end end;
    text_clear(ret);
    assert_int_equal(child_run(&config, ret, &end), ST_OK);
    return end;
}

static void test_in_and_out(void **state)
{
    (void)state;
    const size_t size = 3 << 20; /* far more than a pipe holds, in both directions */
    char *data = mem_alloc(size + 1);
    struct text out;
    memset(data, 'x', size);
    data[size] = '\0';
    text_init(&out, 8 << 20);
    assert_int_equal(run("cat", data, &out), CHILD_DONE);
    assert_int_equal(out.size, size);
    assert_memory_equal(out.data, data, size);
    /* Who does not listen is no failure. */
    assert_int_equal(run("echo said", data, &out), CHILD_DONE);
    assert_string_equal(text_string(&out), "said\n");
    assert_int_equal(run("cat", "", &out), CHILD_DONE);
    assert_int_equal(out.size, 0);
    text_release(&out);
    /* More than there is room for. */
    text_init(&out, 1000);
    assert_int_equal(run("cat", data, &out), CHILD_DONE);
    assert_int_equal(out.status, ST_LIMIT);
    text_release(&out);
    mem_free(data);
}

static void test_ends(void **state)
{
    (void)state;
    struct text out;
    const char *words[] = {"-c", "exec sleep 60", NULL}, *none[] = {NULL};
    struct child_config config = {
        .program = "/bin/sh", .words = words, .seconds_max = 1, .data = "", .size = 0};
    enum child_end end;
    int asked = 0;
    text_init(&out, 1000);
    assert_int_equal(run("exit 3", "", &out), CHILD_FAILED);
    assert_int_equal(run("kill -9 $$", "", &out), CHILD_KILLED);
    int64_t begun_us = clock_mono_us(clock_system());
    assert_int_equal(child_run(&config, &out, &end), ST_OK);
    assert_int_equal(end, CHILD_LATE);
    assert_true(clock_mono_us(clock_system()) - begun_us < 20000000);
    config.seconds_max = 60;
    config.goes_on = never;
    config.context = &asked;
    assert_int_equal(child_run(&config, &out, &end), ST_OK);
    assert_int_equal(end, CHILD_STOPPED);
    assert_int_equal(asked, 1);
    config.program = "/nowhere/at/all";
    config.words = none;
    assert_int_equal(child_run(&config, &out, &end), ST_IO);
    text_release(&out);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_and_out),
        cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
