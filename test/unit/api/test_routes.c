/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes: what it finds, that its rows are whole, and that the document made
 * of it is JSON whose references all lead somewhere. */
#include "api/components.h"
#include "api/internal.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_find(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *id;
        int64_t number;
        const char *allow;
    } rows[] = {
        {"GET", "/api/v1/incidents", "listIncidents", 0, ""},
        {"HEAD", "/api/v1/incidents", "listIncidents", 0, ""},
        {"POST", "/api/v1/incidents/17/steps", "stepIncident", 17, ""},
        {"GET", "/api/v1/incidents/17", "getIncident", 17, ""},
        {"GET", "/api/v1/incidents/x", NULL, 0, ""},
        {"GET", "/api/v1/incidents/0", NULL, 0, ""},
        {"GET", "/api/v1/incidents/17/", NULL, 0, ""},
        {"GET", "/api/v1/incidents/99999999999999999999", NULL, 0, ""},
        {"DELETE", "/api/v1/incidents", NULL, 0, "HEAD, GET, POST"},
        {"PUT", "/r/abc", NULL, 0, "HEAD, GET, POST"},
        {"GET", "/r/abc", "getReply", 0, ""},
        {"GET", "/r/", NULL, 0, ""},
        {"GET", "/api/v1/people/P00001", "getPerson", 0, ""},
        {"GET", "/api/v1/people/new/number", "suggestNumber", 0, ""},
        {"GET", "/api/v1/people/new", "getPerson", 0, ""}, /* somebody may be called so */
        {"GET", "/", NULL, 0, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t id;
        char word[128], allow[64];
        const struct route *route =
            route_find(rows[i].method, rows[i].path, &id, word, allow);
        print_message("%s %s\n", rows[i].method, rows[i].path);
        if (rows[i].id == NULL) {
            assert_null(route);
            assert_string_equal(allow, rows[i].allow);
            continue;
        }
        assert_non_null(route);
        assert_string_equal(route->id, rows[i].id);
        if (rows[i].number != 0)
            assert_int_equal(id, rows[i].number);
    }
}

/* The loop's words for what it takes, and what is told of them to who asked. */
static void test_keep_words(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *words, *kept;
    } rows[] = {
        {"POST", "/api/v1/incidents/1/steps",
         "stand_down, cancel, merge, move, take_over, roll_call",
         "stand_down, cancel, merge, move, take_over"},
        {"POST", "/api/v1/needs/1/steps", "cancel, escalate, notes, start",
         "cancel, escalate"},
        {"POST", "/api/v1/callouts/1/steps", "stand_down, wave", "stand_down"},
        {"POST", "/api/v1/assignments/1/steps", "withdraw, here, sos, sos_acknowledge",
         "withdraw"},
        {"POST", "/api/v1/assignments/1/reports", "release, here, verify", "release"},
        {"POST", "/api/v1/needs/1/callouts", "confirm, cancel, need", "confirm, cancel"},
        {"POST", "/r/abc", "withdraw, here, sos, lost", "withdraw, here, sos"},
        {"POST", "/r/abc", "verify", ""},
        {"POST", "/r/abc", "", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t id;
        char word[128], allow[64], kept[64], little[12];
        const struct route *route =
            route_find(rows[i].method, rows[i].path, &id, word, allow);
        assert_non_null(route);
        route_keep_words(route, rows[i].words, kept, sizeof kept);
        assert_string_equal(kept, rows[i].kept);
        route_keep_words(route, "release, cancel", little, sizeof little);
        assert_null(strchr(little, ','));
    }
}

static void test_rows_are_whole(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        assert_non_null(route->handler);
        assert_true(route->pattern[0] == '/');
        assert_non_null(route->id);
        assert_non_null(route->summary);
        if (strcmp(route->method, "POST") == 0)
            assert_true((route->request == NULL) == (route_file_type(route) != NULL));
        for (uint32_t k = 0; k < i; k++)
            assert_string_not_equal(routes[k].id, route->id);
    }
}

static void check_refs(const json_t *json, const json_t *schemas, int depth)
{
    assert_true(depth < 40);
    const char *key;
    json_t *item;
    size_t index;
    json_object_foreach((json_t *)(uintptr_t)json, key, item)
    {
        if (strcmp(key, "$ref") == 0) {
            const char *name = strrchr(json_string_value(item), '/') + 1;
            if (json_object_get(schemas, name) == NULL)
                fail_msg("%s leads nowhere", json_string_value(item));
        } else {
            check_refs(item, schemas, depth + 1);
        }
    }
    json_array_foreach((json_t *)(uintptr_t)json, index, item)
        check_refs(item, schemas, depth + 1);
}

static void test_document(void **state)
{
    (void)state;
    struct text text;
    text_init(&text, 4 << 20);
    assert_int_equal(openapi_make(&text), 0);
    json_error_t error;
    json_t *json = json_loads(text_string(&text), JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        fail_msg("%s at %d: %.60s", error.text, error.position,
                 text_string(&text) + (error.position > 30 ? error.position - 30 : 0));
    const json_t *schemas =
        json_object_get(json_object_get(json, "components"), "schemas");
    check_refs(json, schemas, 0);
    assert_true(json_object_size(json_object_get(json, "paths")) > 30);
    json_decref(json);
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_keep_words),
        cmocka_unit_test(test_rows_are_whole),
        cmocka_unit_test(test_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
