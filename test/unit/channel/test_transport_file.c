/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/status.h"
#include "channel/transport_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct box {
    char dir[64], folder[96];
    struct transport *transport;
};

static int setup(void **state)
{
    struct box *box = calloc(1, sizeof *box);
    (void)snprintf(box->dir, sizeof box->dir, "/tmp/muster-box-XXXXXX");
    assert_non_null(mkdtemp(box->dir));
    (void)snprintf(box->folder, sizeof box->folder, "%s/mailbox", box->dir);
    struct diag diag;
    assert_int_equal(transport_file_new(&box->transport, box->folder, &diag), ST_OK);
    *state = box;
    return 0;
}

static int teardown(void **state)
{
    struct box *box = *state;
    box->transport->release(box->transport);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", box->dir);
    assert_int_equal(system(command), 0);
    free(box);
    return 0;
}

static int put(struct box *box, uint64_t tag, const char *body)
{
    const struct transport_job job = {
        .tag = tag, .body = body, .body_size = strlen(body)};
    return box->transport->start(box->transport, &job);
}

static bool file_is(struct box *box, const char *name, const char *body)
{
    char path[192], data[64] = "";
    (void)snprintf(path, sizeof path, "%s/%s", box->folder, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t size = fread(data, 1, sizeof data - 1, file);
    (void)fclose(file);
    return size == strlen(body) && memcmp(data, body, size) == 0;
}

static uint32_t count_files(struct box *box)
{
    uint32_t count = 0;
    DIR *dir = opendir(box->folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.';
    (void)closedir(dir);
    return count;
}

static void one_file_a_message(void **state)
{
    struct box *box = *state;
    struct transport_result result;
    assert_false(box->transport->finished(box->transport, &result));
    assert_int_equal(put(box, 7, "{\"id\":\"7\"}"), ST_OK);
    assert_int_equal(put(box, 8, "{}"), ST_OK);
    assert_true(file_is(box, "7.json", "{\"id\":\"7\"}"));
    assert_true(file_is(box, "8.json", "{}"));
    assert_int_equal(count_files(box), 2);
    for (uint64_t tag = 7; tag <= 8; tag++) {
        assert_true(box->transport->finished(box->transport, &result));
        assert_int_equal(result.tag, tag);
        assert_int_equal(result.outcome, TRANSPORT_ACCEPTED);
        assert_false(result.peer_down);
    }
    assert_false(box->transport->finished(box->transport, &result));
}

/* After a crash the same message goes again, and half of one may lie aside. */
static void the_same_again_replaces(void **state)
{
    struct box *box = *state;
    char aside[192];
    (void)snprintf(aside, sizeof aside, "%s/9.json.new", box->folder);
    FILE *half = fopen(aside, "we");
    assert_non_null(half);
    (void)fputs("{\"half", half);
    (void)fclose(half);
    assert_int_equal(put(box, 9, "first"), ST_OK);
    assert_int_equal(put(box, 9, "again"), ST_OK);
    assert_true(file_is(box, "9.json", "again"));
    assert_int_equal(count_files(box), 1);
}

static void results_have_a_limit(void **state)
{
    struct box *box = *state;
    uint32_t taken = 0;
    while (taken < 5000 && put(box, taken, "x") == ST_OK)
        taken++;
    assert_in_range(taken, 500, 4999); /* a channel has 500 at once */
    assert_int_equal(put(box, taken, "x"), ST_BUSY);
    struct transport_result result;
    assert_true(box->transport->finished(box->transport, &result));
    assert_int_equal(result.tag, 0);
    assert_int_equal(put(box, taken, "x"), ST_OK);
    for (uint32_t i = 1; i <= taken; i++) {
        assert_true(box->transport->finished(box->transport, &result));
        assert_int_equal(result.tag, i);
    }
}

static void a_folder_that_went_is_trouble_of_the_peer(void **state)
{
    struct box *box = *state;
    assert_int_equal(rmdir(box->folder), 0);
    assert_int_equal(put(box, 1, "x"), ST_OK);
    struct transport_result result;
    assert_true(box->transport->finished(box->transport, &result));
    assert_int_equal(result.outcome, TRANSPORT_TEMPORARY);
    assert_true(result.peer_down);
    assert_string_equal(result.why, "mailbox not writable: No such file or directory");
}

static void no_folder_can_be_made(void **state)
{
    (void)state;
    struct transport *transport;
    struct diag diag;
    assert_true(transport_file_new(&transport, "/proc/no/such/place", &diag) != ST_OK);
    char *longest = mem_calloc(5000, 1);
    memset(longest, 'a', 4999);
    assert_int_equal(transport_file_new(&transport, longest, &diag), ST_LIMIT);
    mem_free(longest);
}

static void a_wake_ends_the_wait(void **state)
{
    struct box *box = *state;
    box->transport->wake(box->transport);
    box->transport->step(box->transport, 60000); /* or the test runs into its limit */
    assert_int_equal(put(box, 1, "x"), ST_OK);
    box->transport->step(box->transport, 60000); /* a result is there */
}

/* What somebody else put there stays, whatever its age. */
static void messages_go_after_a_day(void **state)
{
    struct box *box = *state;
    const int64_t now_s = 1800000000, day_s = 24 * 3600;
    static const struct {
        const char *name;
        int64_t age_s;
        bool stays;
    } rows[] = {{"1.json", 24 * 3600 + 1, false},
                {"2.json", 24 * 3600, true},
                {"3.json", 0, true},
                {"4.json.new", 48 * 3600, false},
                {"notes.json", 48 * 3600, true},
                {"5.cookie", 24 * 3600 + 1, false},
                {".json", 48 * 3600, true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char path[192];
        (void)snprintf(path, sizeof path, "%s/%s", box->folder, rows[i].name);
        FILE *file = fopen(path, "wxe");
        assert_non_null(file);
        (void)fclose(file);
        const struct timespec at = {.tv_sec = now_s - rows[i].age_s};
        assert_int_equal(utimensat(AT_FDCWD, path, (const struct timespec[]){at, at}, 0),
                         0);
    }
    assert_int_equal(transport_file_expire(box->folder, now_s * 1000), ST_OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(file_is(box, rows[i].name, ""), rows[i].stays);
    assert_int_equal(transport_file_expire(box->folder, (now_s + day_s) * 1000 + 1000),
                     ST_OK);
    assert_false(file_is(box, "3.json", ""));
    assert_int_equal(transport_file_expire("/no/such/place", now_s * 1000), ST_OK);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(one_file_a_message),      TEST(the_same_again_replaces),
        TEST(results_have_a_limit),    TEST(a_folder_that_went_is_trouble_of_the_peer),
        TEST(no_folder_can_be_made),   TEST(a_wake_ends_the_wait),
        TEST(messages_go_after_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
