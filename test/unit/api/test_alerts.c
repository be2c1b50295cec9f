/* SPDX-License-Identifier: Apache-2.0 */
/* GET callouts/{id}/alerts by difference: what is kept by asking for the changes only is
 * what the whole list says (docs/decisions/0113). */
#include "called.h"

static json_t *kept; /* by id */
static int64_t position;

static int start(void **state)
{
    (void)admin_start(state);
    call_out("{\"within_minutes\":120,\"lines\":[{\"skills\":[],\"count\":30}]}", "{}");
    assert_true(alert_count > 32); /* a list of them is written in two parts */
    kept = json_object();
    return 0;
}

static int stop(void **state)
{
    json_decref(kept);
    return admin_stop(state);
}

/* A list as it is answered, into INTO; how many are in it. */
static size_t take(json_t *into, const char *query, bool whole)
{
    char path[96], key[24];
    (void)snprintf(path, sizeof path, "/api/v1/callouts/%lld/alerts%s",
                   (long long)callout, query);
    client_expect(&admin, 200, "GET", path, NULL);
    assert_true(json_is_true(json_object_get(admin.json, "whole")) == whole);
    size_t i;
    json_t *one, *items = json_object_get(admin.json, "items");
    json_array_foreach(items, i, one)
    {
        (void)snprintf(key, sizeof key, "%lld",
                       (long long)json_integer_value(json_object_get(one, "id")));
        json_object_set(into, key, one);
    }
    return json_array_size(items);
}

/* Asks for the changes; how many there are. */
static size_t renew(void)
{
    char query[48];
    (void)snprintf(query, sizeof query, "?since=%lld", (long long)position);
    const size_t count = take(kept, query, false);
    assert_true(client_int(&admin, "position") >= position);
    position = client_int(&admin, "position");
    return count;
}

/* The planner may alert somebody more meanwhile: asked until nothing comes in between. */
static void expect_same(void)
{
    for (;;) {
        json_t *all = json_object();
        const size_t count = take(all, "?limit=1000", true);
        const bool in_between = client_int(&admin, "position") != position;
        if (!in_between) {
            assert_int_equal(count, json_object_size(kept));
            assert_true(json_equal(all, kept));
        }
        json_decref(all);
        if (!in_between)
            return;
        (void)renew();
    }
}

static void on_behalf(size_t which, const char *word)
{
    char body[96];
    (void)snprintf(body, sizeof body, "{\"answer\":\"%s\",\"reason\":\"by telephone\"}",
                   word);
    post("alerts", alerts[which], "replies", body, 200);
}

static void what_changed_and_nothing_else(void **state)
{
    (void)state;
    struct client person;
    char path[64];
    assert_int_equal(take(kept, "", true), alert_count);
    position = client_int(&admin, "position");
    assert_true(position > 0);
    assert_int_equal(renew(), 0);
    on_behalf(2, "accept");
    const size_t some = renew(); /* and whom the planner now asks besides */
    assert_true(some >= 1 && some < alert_count);
    expect_same();
    on_behalf(5, "decline");
    on_behalf(3, "accept");
    take_link(&person, path);
    client_expect(&person, 200, "GET", path, NULL);
    assert_true(renew() >= 2);
    expect_same();
    client_release(&person);
    post("callouts", callout, "steps", "{\"step\":\"stand_down\"}", 200);
    assert_true(renew() >= alert_count - 3); /* more than are asked for at once */
    expect_same();
    assert_int_equal(renew(), 0);
}

/* A position of another history, or none: everything. A second page is one of the whole.
 */
static void everything(void **state)
{
    (void)state;
    json_t *none = json_object();
    const size_t count = json_object_size(kept);
    assert_int_equal(take(none, "?since=999999999", true), count);
    assert_int_equal(take(none, "?since=0", true), count);
    assert_int_equal(take(none, "?since=0&limit=4", true), 4);
    const char *next = strstr(text_string(&admin.head), "cursor=");
    assert_non_null(next);
    char query[96];
    (void)snprintf(query, sizeof query, "?since=%lld&limit=4&%.*s", (long long)position,
                   (int)strcspn(next, ">"), next);
    assert_int_equal(take(none, query, true), 4);
    client_expect(&admin, 422, "GET", "/api/v1/callouts/1/alerts?since=-1", NULL);
    json_decref(none);
}

#define OUT 36 /* a board of them is written in two parts */

/* Who is out stands on the board once each, oldest first; there and in the hand-over. */
static void board_in_parts(void **state)
{
    (void)state;
    char path[64];
    call_out("{\"within_minutes\":120,\"lines\":[{\"skills\":[],\"count\":36}]}", "{}");
    assert_true(alert_count >= OUT);
    for (size_t i = 0; i < OUT; i++)
        on_behalf(i, "accept");
    (void)snprintf(path, sizeof path, "/api/v1/callouts/%lld", (long long)callout);
    client_expect(&admin, 200, "GET", path, NULL);
    json_t *board = json_incref(admin.json);
    size_t i;
    json_t *row, *rows = json_object_get(board, "assignments");
    assert_int_equal(json_array_size(rows), OUT);
    json_int_t last = 0;
    json_array_foreach(rows, i, row)
    {
        const json_int_t id = json_integer_value(json_object_get(row, "id"));
        assert_true(id > last);
        last = id;
        assert_int_equal(json_integer_value(json_object_get(row, "alert")), alerts[i]);
    }
    client_expect(&admin, 200, "GET", "/api/v1/handover", NULL);
    const json_t *same = json_object_get(
        json_array_get(json_object_get(admin.json, "items"), 0), "boards");
    assert_int_equal(
        json_array_size(json_object_get(json_array_get(same, 0), "assignments")), OUT);
    json_decref(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changed_and_nothing_else),
        cmocka_unit_test(everything),
        cmocka_unit_test(board_in_parts),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
