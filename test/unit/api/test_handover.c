/* SPDX-License-Identifier: Apache-2.0 */
/* The change of duty over HTTP: a page tells of each open incident what its own answers
 * tell, with the newest events; one request takes over what is the account's. */
#include "rights.h"

static const json_t *items_of(struct client *client, const char *path)
{
    client_expect(client, 200, "GET", path, NULL);
    return json_object_get(client->json, "items");
}

static const json_t *handed(struct client *client, int64_t id)
{
    const json_t *items = items_of(client, "/api/v1/handover");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *one = json_array_get(items, i);
        if (json_integer_value(json_object_get(one, "id")) == id)
            return one;
    }
    return NULL;
}

static size_t count_of_kind(const json_t *events, const char *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        count += strcmp(json_string_value(json_object_get(event, "kind")), kind) == 0;
    }
    return count;
}

static json_t *json_of(struct client *client, const char *path, int64_t id)
{
    char whole[96];
    (void)snprintf(whole, sizeof whole, path, (long long)id);
    client_expect(client, 200, "GET", whole, NULL);
    return json_incref(client->json);
}

static void test_all_of_an_incident(void **state)
{
    (void)state;
    struct client *client = &clients[DISPATCHER];
    json_t *alone = json_of(client, "/api/v1/incidents/%lld", incident);
    json_t *board = json_of(client, "/api/v1/callouts/%lld", callout);
    const json_t *one = handed(client, incident), *value;
    const char *key;
    assert_non_null(one);
    json_object_foreach(alone, key, value)
        assert_true(json_equal(value, json_object_get(one, key)));
    const json_t *same = json_array_get(json_object_get(one, "boards"), 0);
    assert_true(json_equal(json_object_get(board, "assignments"),
                           json_object_get(same, "assignments")));
    json_decref(alone);
    json_decref(board);
    /* The newest first; what is between the machines is left out. */
    const json_t *events = json_object_get(one, "events");
    assert_true(json_integer_value(json_object_get(json_array_get(events, 0), "seq")) >
                json_integer_value(json_object_get(json_array_get(events, 1), "seq")));
    assert_int_equal(count_of_kind(events, "alert.sent"), 0);
    assert_int_equal(count_of_kind(events, "alert.accepted"), 1);
    assert_null(handed(&clients[EAST], incident));
}

static void test_pages(void **state)
{
    (void)state;
    const json_t *items = items_of(&admin, "/api/v1/handover?limit=1");
    assert_int_equal(json_array_size(items), 1);
    char next[256];
    const char *link = strstr(text_string(&admin.head), "</api/v1/handover");
    assert_non_null(link);
    (void)snprintf(next, sizeof next, "%.*s", (int)strcspn(link, ">") - 1, link + 1);
    items = items_of(&admin, next);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(items, 0), "id")),
                     exercise);
    assert_null(strstr(text_string(&admin.head), "rel=\"next\""));
}

/* Who said yes is named to those who lead the incident, and nobody to others. */
static void test_names(void **state)
{
    (void)state;
    static const struct {
        enum who who;
        bool named;
    } rows[] = {{DISPATCHER, true}, {AUDITOR, false}, {VERIFIER, false}};
    char path[96];
    (void)snprintf(path, sizeof path, "/api/v1/incidents/%lld/events",
                   (long long)incident);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const json_t *events = items_of(&clients[rows[i].who], path);
        size_t named = 0;
        for (size_t k = 0; k < json_array_size(events); k++) {
            const json_t *event = json_array_get(events, k);
            const char *name = json_string_value(json_object_get(event, "name"));
            if (name == NULL)
                continue;
            named++;
            assert_non_null(json_object_get(event, "person"));
            assert_memory_equal(name, "Name", 4);
        }
        assert_int_equal(named > 0, rows[i].named);
    }
}

/* What was done long ago, if it says who has something in hand; the rest is counted. */
static void test_last_events(void **state)
{
    (void)state;
    step("incidents", incident, "steps", "{\"step\":\"take_over\"}", 200);
    for (int i = 0; i < 24; i++)
        step("incidents", incident, "roll-calls", "{}", 201);
    const json_t *one = handed(&clients[DISPATCHER], incident);
    const json_t *events = json_object_get(one, "events");
    assert_int_equal(count_of_kind(events, "incident.roll_call"), 20);
    assert_int_equal(count_of_kind(events, "incident.taken_over"), 1);
    assert_true(json_integer_value(json_object_get(one, "events_cut")) > 4);
}

static int64_t take(enum who who, const char *key)
{
    char body[128];
    struct client *client = &clients[who];
    if (key != NULL)
        (void)snprintf(client->headers[0], sizeof client->headers[0],
                       "Idempotency-Key: %s", key);
    (void)snprintf(body, sizeof body,
                   "{\"incidents\":[{\"id\":%lld},{\"id\":%lld},{\"id\":987654321}]}",
                   (long long)incident, (long long)exercise);
    client_expect(client, 200, "POST", "/api/v1/handover", body);
    return client_int(client, "taken");
}

static size_t takings(void)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/api/v1/incidents/%lld/events?limit=1000",
                   (long long)incident);
    return count_of_kind(items_of(&admin, path), "incident.taken_over");
}

static void test_take_over(void **state)
{
    (void)state;
    const size_t before = takings();
    assert_int_equal(take(DISPATCHER, "over"), 2);
    assert_int_equal(take(DISPATCHER, "over"), 2); /* the same press */
    assert_int_equal(takings(), before + 1);
    assert_int_equal(take(EAST, NULL), 0);
    assert_int_equal(take(TRAINER, NULL), 1); /* the exercise */
    assert_int_equal(takings(), before + 1);
    client_expect(&clients[VIEWER], 403, "POST", "/api/v1/handover",
                  "{\"incidents\":[{\"id\":1}]}");
    client_expect(&clients[DISPATCHER], 422, "POST", "/api/v1/handover",
                  "{\"incidents\":[]}");
    step("incidents", exercise, "steps", "{\"step\":\"cancel\",\"reason\":\"over\"}",
         200);
    assert_int_equal(take(DISPATCHER, NULL), 1); /* what is over is nobody's */
    assert_null(handed(&clients[DISPATCHER], exercise));
}

/* CLIENT's next request, for curl's multi interface: on the connection that it has. */
static CURL *prepare(struct client *client, const char *path)
{
    char url[256];
    client_expect(client, 200, "GET", path, NULL);
    (void)snprintf(url, sizeof url, "%s%s", http_server_url(client->f->server), path);
    text_clear(&client->body);
    curl_easy_setopt(client->curl, CURLOPT_URL, url);
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, NULL);
    return client->curl;
}

/* Whether of both, sent at once, the answer to B comes first. */
static bool is_overtaken(CURL *a, CURL *b)
{
    CURLM *both = curl_multi_init();
    curl_multi_add_handle(both, a);
    curl_multi_add_handle(both, b);
    const CURL *first = NULL;
    for (int running = 1; running > 0;) {
        int left;
        curl_multi_perform(both, &running);
        const CURLMsg *message = curl_multi_info_read(both, &left);
        if (message != NULL && first == NULL)
            first = message->easy_handle;
        if (running > 0)
            curl_multi_poll(both, NULL, 0, 1000, NULL);
    }
    curl_multi_remove_handle(both, a);
    curl_multi_remove_handle(both, b);
    curl_multi_cleanup(both);
    return first == b;
}

/* Who asks for something small meanwhile does not wait for a large page: in most rounds,
 * as the machine may show us both answers at once. */
static void test_others_between(void **state)
{
    (void)state;
    for (int i = 0; i < 90; i++)
        client_expect(&admin, 201, "POST", "/api/v1/incidents",
                      "{\"kind\":\"fire\",\"at\":{\"lat\":30.705,\"lon\":121.024}}");
    CURL *large = prepare(&admin, "/api/v1/handover?limit=100");
    CURL *small = prepare(&clients[AUDITOR], "/api/v1/sessions/current");
    int overtaken = 0;
    for (int round = 0; round < 15; round++)
        overtaken += is_overtaken(large, small);
    assert_true(overtaken > 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_of_an_incident),
                                       cmocka_unit_test(test_pages),
                                       cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_last_events),
                                       cmocka_unit_test(test_take_over),
                                       cmocka_unit_test(test_others_between)};
    return cmocka_run_group_tests(tests, start, stop);
}
