/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every route: errors, keys, cursors, ETags, limits, the stream. */
#include "admin.h"

#include <sodium.h>

#define INCIDENT "{\"kind\":\"fire\",\"at\":{\"lat\":30.705,\"lon\":121.024}}"

static void header(struct client *client, int index, const char *text)
{
    (void)snprintf(client->headers[index], sizeof client->headers[index], "%s", text);
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *body;
        long status;
        const char *needle;
    } rows[] = {
        {"GET", "/api/v1/nothing", NULL, 404, "not-found"},
        {"PUT", "/api/v1/incidents", "{}", 405, "\"status\":405"},
        {"POST", "/api/v1/incidents", "&kind=fire", 415, "application/json"},
        {"POST", "/api/v1/incidents", "{", 400, "pointer"},
        {"POST", "/api/v1/incidents", "{\"kind\":\"fire\",\"kind\":\"fire\"}", 400,
         "/kind"},
        {"POST", "/api/v1/incidents", "{\"kind\":\"fier\"}", 422, "earthquake"},
        {"POST", "/api/v1/incidents",
         "{\"kind\":\"fire\",\"at\":{\"lat\":48.1,\"lon\":11.5}}", 422, "/at"},
        {"GET", "/api/v1/incidents?state=odd", NULL, 422, "running"},
        {"GET", "/api/v1/responses?state=odd", NULL, 422, "proposed, running"},
        {"GET", "/api/v1/sites?kind=odd", NULL, 422, "childcare muster"},
        {"GET", "/api/v1/incidents?odd=1", NULL, 422, "?odd"},
        {"GET", "/api/v1/incidents?limit=0", NULL, 422, "?limit"},
        {"GET", "/api/v1/incidents?cursor=xyz", NULL, 422, "?cursor"},
        {"GET", "/api/v1/incidents/999999", NULL, 404, "not-found"},
        {"POST", "/api/v1/incidents/999999/steps", "{\"step\":\"confirm\"}", 404, ""},
        {"GET", "/r/short", NULL, 404, ""},
        {"GET", "/api/v1/people/nobody", NULL, 404, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        client_expect(&admin, rows[i].status, rows[i].method, rows[i].path, rows[i].body);
        assert_non_null(strstr(text_string(&admin.head), "application/problem+json"));
        if (strstr(text_string(&admin.body), rows[i].needle) == NULL)
            fail_msg("%s is not in %s", rows[i].needle, text_string(&admin.body));
    }
}

/* The hash kept with a key cannot be made by who has the rows only: no telephone number
 * and no password of a body can be tried out on it. */
static void assert_keyed(const char *key, const char *path, const char *body)
{
    struct db *db;
    uint8_t plain[crypto_hash_sha256_BYTES];
    char text[512];
    size_t size;
    (void)snprintf(text, sizeof text, "%s\n%s", path, body);
    crypto_hash_sha256(plain, (const unsigned char *)text, strlen(text));
    fixture_check(&fixture, db_open(&db, fixture.paths.db, DB_READ, &fixture.diag), "db");
    struct query *query =
        db_query(db, "SELECT request_hash FROM idempotency WHERE key = ?1");
    query_text(query, 1, key);
    assert_int_equal(query_step(query), 1);
    const void *kept = query_get_blob(query, 0, &size);
    assert_int_equal(size, sizeof plain);
    assert_memory_not_equal(kept, plain, size);
    query_reset(query);
    db_close(db);
}

static void test_keys(void **state)
{
    (void)state;
    header(&admin, 0, "Idempotency-Key: one");
    client_expect(&admin, 201, "POST", "/api/v1/incidents", INCIDENT);
    const int64_t id = client_int(&admin, "id");
    char name[32];
    (void)snprintf(name, sizeof name, "%s", client_text(&admin, "case"));
    header(&admin, 0, "Idempotency-Key: one");
    client_expect(&admin, 201, "POST", "/api/v1/incidents", INCIDENT);
    assert_int_equal(client_int(&admin, "id"), id);
    assert_string_equal(client_text(&admin, "case"), name);
    header(&admin, 0, "Idempotency-Key: one");
    client_expect(&admin, 422, "POST", "/api/v1/incidents",
                  "{\"kind\":\"flood\",\"at\":{\"lat\":30.705,\"lon\":121.024}}");
    header(&admin, 0, "Idempotency-Key: two");
    client_expect(&admin, 201, "POST", "/api/v1/incidents", INCIDENT);
    assert_int_not_equal(client_int(&admin, "id"), id);
    assert_true(json_array_size(json_object_get(admin.json, "similar")) > 0);
    assert_keyed("one", "/api/v1/incidents", INCIDENT);
}

/* A repeated step answers what it answered, though the state has moved on. */
static void test_repeated_step(void **state)
{
    (void)state;
    char path[96];
    client_expect(&admin, 201, "POST", "/api/v1/incidents", INCIDENT);
    (void)snprintf(path, sizeof path, "/api/v1/incidents/%lld/steps",
                   (long long)client_int(&admin, "id"));
    header(&admin, 0, "Idempotency-Key: confirm-1");
    client_expect(&admin, 200, "POST", path, "{\"step\":\"confirm\"}");
    client_expect(&admin, 200, "POST", path, "{\"step\":\"cancel\",\"reason\":\"x\"}");
    header(&admin, 0, "Idempotency-Key: confirm-1");
    client_expect(&admin, 200, "POST", path, "{\"step\":\"confirm\"}");
    assert_string_equal(client_text(&admin, "state"), "confirmed");
    client_expect(&admin, 409, "POST", path, "{\"step\":\"confirm\"}");
}

/* POST with a key of its own for PATH and BODY: the state that is answered. */
static const char *post_state(const char *key, long status, const char *path,
                              const char *body)
{
    char line[64];
    (void)snprintf(line, sizeof line, "Idempotency-Key: %s", key);
    header(&admin, 0, line);
    client_expect(&admin, status, "POST", path, body);
    return client_text(&admin, "state");
}

/* The same of what is not a row of the loop: made, then a step, then both once more. */
static void test_repeated_later(void **state)
{
    (void)state;
    static const struct {
        const char *path, *body, *made, *step, *stepped, *next;
    } rows[] = {
        {"responses", "{\"area\":\"east\",\"hazard\":\"fire\",\"level\":\"IV\"}",
         "running", "{\"step\":\"end\"}", "ended", NULL},
        {"findings", "{\"title\":\"no boat\",\"area\":\"east\"}", "open",
         "{\"step\":\"start\"}", "working", "{\"step\":\"solve\",\"reason\":\"bought\"}"},
        {"courses",
         "{\"title\":\"First aid\",\"area\":\"east\",\"skills\":[\"first-aid\"],"
         "\"starts_at\":\"2099-12-05T09:00:00+08:00\",\"seats\":3}",
         "planned", "{\"step\":\"cancel\"}", "cancelled", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char path[64], steps[96];
        (void)snprintf(path, sizeof path, "/api/v1/%s", rows[i].path);
        assert_string_equal(post_state("made", 201, path, rows[i].body), rows[i].made);
        const int64_t id = client_int(&admin, "id");
        (void)snprintf(steps, sizeof steps, "%s/%lld/steps", path, (long long)id);
        assert_string_equal(post_state("step", 200, steps, rows[i].step),
                            rows[i].stepped);
        if (rows[i].next != NULL)
            client_expect(&admin, 200, "POST", steps, rows[i].next);
        assert_string_equal(post_state("made", 201, path, rows[i].body), rows[i].made);
        assert_int_equal(client_int(&admin, "id"), id);
        assert_string_equal(post_state("step", 200, steps, rows[i].step),
                            rows[i].stepped);
    }
}

/* Every incident once, over pages of two. */
static void test_cursor(void **state)
{
    (void)state;
    for (int i = 0; i < 15; i++)
        client_expect(&admin, 201, "POST", "/api/v1/incidents", INCIDENT);
    assert_int_equal(json_array_size(json_object_get(admin.json, "similar")), 10);
    client_expect(&admin, 200, "GET", "/api/v1/incidents?state=all", NULL);
    const size_t all = json_array_size(json_object_get(admin.json, "items"));
    char path[512] = "/api/v1/incidents?state=all&limit=2";
    size_t seen = 0;
    int64_t last = INT64_MAX;
    for (int page = 0; page < 100; page++) {
        client_expect(&admin, 200, "GET", path, NULL);
        const json_t *items = json_object_get(admin.json, "items");
        for (size_t i = 0; i < json_array_size(items); i++) {
            const int64_t id =
                json_integer_value(json_object_get(json_array_get(items, i), "id"));
            assert_true(id < last);
            last = id;
            seen++;
        }
        const char *link = strstr(text_string(&admin.head), "Link: <");
        if (link == NULL)
            break;
        (void)snprintf(path, sizeof path, "%.*s", (int)strcspn(link + 7, ">"), link + 7);
    }
    assert_int_equal(seen, all);
}

static void test_etag(void **state)
{
    (void)state;
    const char *path = "/api/v1/people/P00003", *body = "{\"mode\":\"car\"}";
    client_expect(&admin, 200, "GET", path, NULL);
    const char *etag = strstr(text_string(&admin.head), "ETag: ");
    assert_non_null(etag);
    char match[64];
    (void)snprintf(match, sizeof match, "If-Match: %.*s", (int)strcspn(etag + 6, "\r\n"),
                   etag + 6);
    client_expect(&admin, 428, "PATCH", path, body);
    header(&admin, 0, "If-Match: \"999\"");
    client_expect(&admin, 412, "PATCH", path, body);
    header(&admin, 0, match);
    client_expect(&admin, 200, "PATCH", path, body);
    assert_string_equal(client_text(&admin, "mode"), "car");
    header(&admin, 0, match);
    client_expect(&admin, 412, "PATCH", path, body);
    header(&admin, 0, "If-Match: *");
    client_expect(&admin, 422, "PATCH", path, "{\"skills\":[\"magic\"]}");
    header(&admin, 0, "If-Match: *");
    client_expect(&admin, 200, "PATCH", path,
                  "{\"paused_until\":\"2099-01-01T00:00:00+08:00\"}");
    assert_string_equal(client_text(&admin, "paused_until"), "2099-01-01T00:00:00+08:00");
    header(&admin, 0, "If-Match: *");
    client_expect(&admin, 200, "PATCH", path, "{\"paused_until\":null}");
    assert_string_equal(client_text(&admin, "paused_until"), "");
}

static enum crowd_reason reason_of(const char *number)
{
    struct crowd_candidate one;
    enum crowd_reason reason = CROWD_REASON_COUNT;
    int64_t id;
    const struct crowd_query query = {.at = fixture_whereabouts(&fixture, number, &id),
                                      .flags = CROWD_OWN_MODE,
                                      .time_ms = INT64_C(1795478400000), /* a Tuesday */
                                      .count = 1,
                                      .ms_max = ROAD_MS_NONE};
    fixture_check(&fixture, crowd_explain(fixture.crowd, &query, id, &one, &reason, NULL),
                  "explain");
    return reason;
}

/* Duty, pauses and suspensions hold for whoever is planned from the answer on. */
static void test_changes_reach_the_crowd(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum crowd_reason reason;
    } steps[] = {
        {"{\"duty\":\"Mo 03:00-03:05\"}", CROWD_OFF_DUTY},
        {"{\"paused_until\":\"2099-01-01T00:00:00+08:00\"}", CROWD_PAUSED},
        {"{\"suspended\":true}", CROWD_SUSPENDED},
        {"{\"suspended\":false,\"paused_until\":null}", CROWD_OFF_DUTY},
        {"{\"duty\":\"\"}", CROWD_OK},
        {"{\"birth\":\"2015-05-31\"}", CROWD_UNDER_AGE},
        {"{\"birth\":\"1990-05-31\"}", CROWD_OK},
        {"{\"birth\":\"2015-05-31\"}", CROWD_UNDER_AGE},
        {"{\"birth\":null}", CROWD_OK},
    };
    assert_int_equal(reason_of("P00007"), CROWD_OK);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        header(&admin, 0, "If-Match: *");
        client_expect(&admin, 200, "PATCH", "/api/v1/people/P00007", steps[i].body);
        assert_int_equal(reason_of("P00007"), steps[i].reason);
    }
}

#define NEW "{\"number\":\"N0001\",\"name\":\"Wang\",\"home\":"
#define HOME "{\"lat\":30.705,\"lon\":121.024}"
/* A minor is one from the first answer on; whoever is taken on here tells their birth. */
static void test_a_minor_is_added(void **state)
{
    (void)state;
    client_expect(&admin, 422, "POST", "/api/v1/people",
                  NEW HOME ",\"birth\":\"31.5.2015\"}");
    client_expect(&admin, 201, "POST", "/api/v1/people",
                  NEW HOME ",\"birth\":\"2015-05-31\"}");
    assert_int_equal(reason_of("N0001"), CROWD_UNDER_AGE);
    client_expect(&admin, 200, "GET", "/api/v1/people/N0001", NULL);
    assert_string_equal(client_text(&admin, "birth"), "2015-05-31");
}

/* What the file refuses is refused here. */
static void test_people_as_in_the_file(void **state)
{
    (void)state;
    static const struct {
        const char *members, *pointer;
    } rows[] = {
        {"\"email\":\"x\"", "/email"},
        {"\"phone\":\"call me\"", "/phone"},
        {"\"name\":\"   \"", "/name"},
        {"\"name\":\"Wang\\nFang\"", "/name"},
        {"\"birth\":\"1990-02-30\"", "/birth"},
        {"\"birth\":\"2999-02-28\"", "/birth"},
        {"\"organisations\":[\"Red Cross\",\"A;B\"]", "/organisations/1"},
    };
    char body[256];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        header(&admin, 0, "If-Match: *");
        (void)snprintf(body, sizeof body, "{%s}", rows[i].members);
        client_expect(&admin, 422, "PATCH", "/api/v1/people/P00009", body);
        if (strstr(text_string(&admin.body), rows[i].pointer) == NULL)
            fail_msg("%s: %s", body, text_string(&admin.body));
    }
    static const char *const numbers[] = {" ",   "B 2", "B/1", "B\\t1",
                                          "B;1", ".",   "..",  ""};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        (void)snprintf(body, sizeof body,
                       "{\"number\":\"%s\",\"name\":\"Li\",\"home\":" HOME "}",
                       numbers[i]);
        client_expect(&admin, 422, "POST", "/api/v1/people", body);
    }
    header(&admin, 0, "If-Match: *");
    client_expect(&admin, 200, "PATCH", "/api/v1/people/P00009",
                  "{\"email\":\"\",\"phone\":\"+86 100-0000\"}");
}

/* COUNT times the same character. */
static void repeat(char ret[1024], const char *character, int count)
{
    ret[0] = '\0';
    for (int i = 0; i < count; i++)
        (void)snprintf(ret + strlen(ret), 1024 - strlen(ret), "%s", character);
}

static long report(const char *character, int letters, int name_letters)
{
    char title[1024], name[1024], body[4096];
    repeat(title, character, letters);
    repeat(name, character, name_letters);
    (void)snprintf(body, sizeof body,
                   "{\"kind\":\"flood\",\"at\":" HOME ",\"title\":\"%s\",\"requester\":"
                   "{\"name\":\"%s\",\"phone\":\"%.*s\",\"address\":\"%s\",\"consent\":"
                   "true}}",
                   title, name, (int)(31 * strlen(character)), title, title);
    const long status = client_send(&admin, "POST", "/api/v1/incidents", body);
    if (status != 201)
        return status;
    (void)snprintf(body, sizeof body, "/api/v1/incidents/%lld",
                   (long long)client_int(&admin, "id"));
    client_expect(&admin, 200, "GET", body, NULL);
    assert_string_equal(client_text(&admin, "title"), title);
    const json_t *requester = json_object_get(admin.json, "requester");
    assert_string_equal(json_string_value(json_object_get(requester, "name")), name);
    assert_string_equal(json_string_value(json_object_get(requester, "address")), title);
    title[31 * strlen(character)] = '\0';
    assert_string_equal(json_string_value(json_object_get(requester, "phone")), title);
    return 201;
}

/* Characters are promised, whatever each takes. */
static void test_characters_count(void **state)
{
    (void)state;
    static const char *const characters[] = {"x", "\xc3\xa9", "\xe6\xb0\xb4",
                                             "\xf0\xa0\x80\x80"};
    char name[1024], body[2048];
    for (size_t i = 0; i < COUNT_OF(characters); i++) {
        assert_int_equal(report(characters[i], 200, 60), 201);
        assert_int_equal(report(characters[i], 201, 60), 422);
        assert_int_equal(report(characters[i], 200, 61), 422);
        for (int count = 60; count <= 61; count++) {
            repeat(name, characters[i], count);
            (void)snprintf(body, sizeof body, "{\"name\":\"%s\"}", name);
            header(&admin, 0, "If-Match: *");
            client_expect(&admin, count == 60 ? 200 : 422, "PATCH",
                          "/api/v1/people/P00010", body);
            if (count == 60)
                assert_string_equal(client_text(&admin, "name"), name);
        }
    }
    repeat(name, "\xe6\xb0\xb4", 50); /* of an address the bytes count, all of them */
    (void)snprintf(body, sizeof body, "{\"email\":\"a@%s\"}", name);
    header(&admin, 0, "If-Match: *");
    client_expect(&admin, 422, "PATCH", "/api/v1/people/P00010", body);
}

static void test_failed_logins(void **state)
{
    (void)state;
    struct client stranger, known, left;
    client_init(&stranger, &fixture);
    client_init(&known, &fixture);
    client_sign_in(&known, fixture.init.account, fixture.init.password);
    client_init(&left, &fixture);
    client_sign_in(&left, fixture.init.account, fixture.init.password);
    const char *body = "{\"account\":\"admin\",\"password\":\"wrong password\"}";
    long status = 0;
    for (int i = 0; i < 8 && status != 429; i++)
        status = client_send(&stranger, "POST", "/api/v1/sessions", body);
    assert_int_equal(status, 429);
    const char *wait = strstr(text_string(&stranger.head), "Retry-After: ");
    assert_non_null(wait);
    /* Nobody waits longer because the wall clock was set back an hour. */
    fixture.clock.step_ms = -60 * 60 * 1000;
    status = client_send(&stranger, "POST", "/api/v1/sessions", body);
    fixture.clock.step_ms = 0;
    wait = strstr(text_string(&stranger.head), "Retry-After: ");
    assert_true(status == 401 || strtol(wait + strlen("Retry-After: "), NULL, 10) < 900);
    /* The device that has signed in before is not locked out, also not by what another
     * such device fails at; after a year without it is a stranger. */
    status = 0;
    for (int i = 0; i < 8 && status != 429; i++)
        status = client_send(&left, "POST", "/api/v1/sessions", body);
    assert_int_equal(status, 429);
    client_sign_in(&known, fixture.init.account, fixture.init.password);
    fixture.clock.step_ms = 366 * 24 * 3600 * INT64_C(1000);
    status = 0;
    for (int i = 0; i < 4 && status != 429; i++) /* a browser of its own has five tries */
        status = client_send(&known, "POST", "/api/v1/sessions", body);
    assert_int_equal(status, 429);
    fixture.clock.step_ms = 0;
    client_sign_in(&known, fixture.init.account, fixture.init.password);
    client_release(&left);
    client_release(&stranger);
    client_release(&known);
}

static int put_token(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    uint8_t hash[32];
    struct account account;
    char unused[ACCOUNT_HASH_SIZE];
    (void)reterr;
    account_token_make(random_system(), context, hash);
    const int status =
        account_by_name(writer_db(writer), fixture.init.account, &account, unused);
    return status != 0 ? status
                       : api_token_put(writer, hash, account.id, account.id, now_ms);
}

/* The scheme's case and the spaces behind it do not matter. */
static void test_bearer(void **state)
{
    (void)state;
    static const struct {
        const char *scheme;
        long status;
    } rows[] = {{"Bearer ", 200}, {"bearer ", 200}, {"BEARER ", 200}, {"Bearer  ", 200},
                {"Bearer", 401},  {"Basic ", 401},  {"", 401},        {"Bearers ", 401}};
    char token[ACCOUNT_TOKEN_SIZE], line[128];
    struct client client;
    fixture_check(&fixture, command_call(fixture.writer, put_token, token, &fixture.diag),
                  "token");
    client_init(&client, &fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)snprintf(line, sizeof line, "Authorization: %s%s", rows[i].scheme, token);
        header(&client, 0, line);
        client_expect(&client, rows[i].status, "GET", "/api/v1/sessions/current", NULL);
    }
    header(&client, 0, "Authorization: bearer ");
    client_expect(&client, 401, "GET", "/api/v1/sessions/current", NULL);
    client_release(&client);
}

/* Without an area a role is one over everything; an empty one is a mistake. */
static void test_areas_of_roles(void **state)
{
    (void)state;
    static const struct {
        const char *area;
        long status;
    } rows[] = {{",\"area\":\"\"", 422},        {",\"area\":\" \"", 422},
                {",\"area\":\"nowhere\"", 422}, {",\"area\":null", 422},
                {",\"area\":\"west\"", 201},    {"", 201}};
    char body[192];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)snprintf(body, sizeof body,
                       "{\"account\":\"of-area-%zu\",\"password\":\"a long password\","
                       "\"roles\":[{\"role\":\"viewer\"%s}]}",
                       i, rows[i].area);
        client_expect(&admin, rows[i].status, "POST", "/api/v1/accounts", body);
        if (rows[i].status == 422)
            assert_non_null(strstr(text_string(&admin.body), "\"/roles/0/area\""));
    }
    const json_t *role = json_array_get(json_object_get(admin.json, "roles"), 0);
    assert_string_equal(json_string_value(json_object_get(role, "area")), "root");
}

/* I and II want a second person; the incident then shows the level. */
static void test_responses(void **state)
{
    (void)state;
    struct client second;
    char path[96], incident[64];
    client_expect(&admin, 201, "POST", "/api/v1/accounts",
                  "{\"account\":\"second\",\"password\":\"a long password\",\"roles\":[{"
                  "\"role\":\"commander\"}]}");
    client_expect(&admin, 409, "POST", "/api/v1/accounts",
                  "{\"account\":\"second\",\"password\":\"a long password\",\"roles\":[{"
                  "\"role\":\"viewer\"}]}");
    client_expect(&admin, 422, "POST", "/api/v1/accounts",
                  "{\"account\":\"third\",\"password\":\"short\",\"roles\":[{"
                  "\"role\":\"viewer\"}]}");
    client_init(&second, &fixture);
    client_sign_in(&second, "second", "a long password");
    client_expect(&admin, 201, "POST", "/api/v1/incidents", INCIDENT);
    (void)snprintf(incident, sizeof incident, "/api/v1/incidents/%lld",
                   (long long)client_int(&admin, "id"));
    client_expect(&admin, 201, "POST", "/api/v1/responses",
                  "{\"area\":\"west\",\"hazard\":\"flood\",\"level\":\"II\"}");
    assert_string_equal(client_text(&admin, "state"), "proposed");
    (void)snprintf(path, sizeof path, "/api/v1/responses/%lld/steps",
                   (long long)client_int(&admin, "id"));
    client_expect(&admin, 403, "POST", path, "{\"step\":\"confirm\"}");
    client_expect(&second, 200, "POST", path, "{\"step\":\"confirm\"}");
    assert_string_equal(client_text(&second, "state"), "running");
    client_expect(&admin, 200, "GET", incident, NULL);
    assert_string_equal(client_text(&admin, "response"), "II");
    client_expect(&admin, 200, "POST", path, "{\"step\":\"end\"}");
    client_expect(&admin, 200, "GET", incident, NULL);
    assert_string_equal(client_text(&admin, "response"), "ordinary");
    client_release(&second);
}

static int end_in_time(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    (void)now_ms;
    (void)reterr;
    struct query *query =
        db_query(writer_db(writer), "UPDATE response SET to_ms = 1 WHERE id = ?1");
    query_int(query, 1, *(const int64_t *)context);
    return query_run(query);
}

/* Whether the list of STATE has the response ID. */
static bool is_listed(const char *state, int64_t id)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/api/v1/responses?state=%s", state);
    client_expect(&admin, 200, "GET", path, NULL);
    const json_t *items = json_object_get(admin.json, "items");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        if (json_integer_value(json_object_get(item, "id")) == id)
            return strcmp(json_string_value(json_object_get(item, "state")), state) == 0;
    }
    return false;
}

/* A response whose time is over has ended, in the list and for who would end it. */
static void test_response_of_the_past(void **state)
{
    (void)state;
    char path[96];
    client_expect(&admin, 201, "POST", "/api/v1/responses",
                  "{\"area\":\"west\",\"hazard\":\"flood\",\"level\":\"IV\","
                  "\"to\":\"2099-01-01T00:00:00+08:00\"}");
    int64_t id = client_int(&admin, "id");
    assert_true(is_listed("running", id) && !is_listed("ended", id));
    fixture_check(&fixture, command_call(fixture.writer, end_in_time, &id, NULL), "end");
    assert_true(is_listed("ended", id) && !is_listed("running", id));
    (void)snprintf(path, sizeof path, "/api/v1/responses/%lld/steps", (long long)id);
    client_expect(&admin, 409, "POST", path, "{\"step\":\"end\"}");
}

/* Needs: the deadline, the skills, what goes with what. */
static void test_needs(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        long status;
        const char *needle;
    } rows[] = {
        {"{\"within_minutes\":30,\"lines\":[{\"skills\":[\"boat\"],\"count\":1}]}", 201,
         ""},
        {"{\"within_minutes\":30,\"lines\":[{\"skills\":[\"magic\"],\"count\":1}]}", 422,
         "/lines/0/skills/0"},
        {"{\"within_minutes\":30,\"lines\":[{\"skills\":[\"magic\"],\"count\":1}]}", 422,
         "cpr-aed"},
        {"{\"lines\":[{\"skills\":[],\"count\":1}]}", 422, "is missing"},
        {"{\"lines\":[{\"skills\":[],\"count\":1}]}", 422, "/by"},
        {"{\"by\":\"2020-01-01T00:00:00Z\",\"lines\":[{\"skills\":[],\"count\":1}]}", 422,
         "/by"},
        {"{\"within_minutes\":30,\"exercise\":true,\"lines\":[{\"skills\":[],\"count\":1}"
         "]}",
         422, "/exercise"},
    };
    char path[96], plan[96];
    client_expect(&admin, 201, "POST", "/api/v1/incidents", INCIDENT);
    (void)snprintf(path, sizeof path, "/api/v1/incidents/%lld/needs",
                   (long long)client_int(&admin, "id"));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        client_expect(&admin, rows[i].status, "POST", path, rows[i].body);
        if (i == 0)
            (void)snprintf(plan, sizeof plan, "/api/v1/needs/%lld/",
                           (long long)client_int(&admin, "id"));
        assert_non_null(strstr(text_string(&admin.body), rows[i].needle));
    }
    const size_t size = strlen(plan);
    (void)snprintf(plan + size, sizeof plan - size, "plan");
    client_expect(&admin, 200, "POST", plan, "{}");
    assert_true(json_array_size(json_object_get(admin.json, "shortfall")) == 1);
    client_expect(&admin, 422, "POST", plan, "{\"force\":[\"P00001\"]}");
    client_expect(&admin, 422, "POST", plan, "{\"lift\":[\"quiet\"]}");
    client_expect(&admin, 422, "POST", plan, "{\"exclude\":[\"nobody\"]}");
    assert_non_null(strstr(text_string(&admin.body), "/exclude/0"));
    client_expect(&admin, 200, "POST", plan,
                  "{\"lift\":[\"quiet\"],\"reason\":\"x\",\"exclude\":[\"P00002\"],"
                  "\"target\":0.5,\"reserve\":2,\"within_minutes\":60}");
    (void)snprintf(plan + size, sizeof plan - size, "callouts");
    client_expect(&admin, 409, "POST", plan, "{}"); /* not confirmed yet */
    (void)snprintf(plan + size, sizeof plan - size, "steps");
    client_expect(&admin, 422, "POST", plan, "{\"step\":\"cancel\"}");
    client_expect(&admin, 200, "POST", plan, "{\"step\":\"cancel\",\"reason\":\"x\"}");
    assert_string_equal(client_text(&admin, "state"), "cancelled");
}

static void test_pages(void **state)
{
    (void)state;
    static const char *const paths[] = {"/api/v1/openapi.json",
                                        "/api/v1/instance",
                                        "/api/v1/areas",
                                        "/api/v1/skills",
                                        "/api/v1/sites",
                                        "/api/v1/teams",
                                        "/healthz",
                                        "/readyz",
                                        "/metrics",
                                        "/api/v1/map/roads",
                                        "/api/v1/map/backdrop",
                                        "/api/v1/mailbox",
                                        "/api/v1/responses",
                                        "/api/v1/sessions/current"};
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        client_expect(&admin, 200, "GET", paths[i], NULL);
}

static size_t size_of(const char *path)
{
    client_expect(&admin, 200, "GET", path, NULL);
    return admin.body.size;
}

static void test_map(void **state)
{
    (void)state;
    const size_t all = size_of("/api/v1/map/roads");
    assert_non_null(strstr(text_string(&admin.head), "Content-Encoding: gzip"));
    /* No road of the fixture has a class: none is a main one. */
    assert_true(size_of("/api/v1/map/roads?class=main") < 100);
    assert_int_equal(size_of("/api/v1/map/roads?class=minor"), all);
    assert_int_equal(size_of("/api/v1/map/roads?box=100,20,130,40"), all);
    assert_true(size_of("/api/v1/map/roads?class=minor&box=100,20,100.1,20.1") < 100);
    const struct box box = road_box(fixture.road);
    char part[128];
    (void)snprintf(part, sizeof part, "/api/v1/map/roads?box=%.6f,%.6f,%.6f,%.6f",
                   point_lon(box.min), point_lat(box.min), point_lon(box.min) + 0.01,
                   point_lat(box.min) + 0.01);
    const size_t some = size_of(part);
    assert_true(some > 100 && some < all);
    static const char *const wrong[] = {"class=big", "box=1,2,3", "box=1,2,3,4,5",
                                        "box=5,2,3,4", "box=1,2,3,91"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        (void)snprintf(part, sizeof part, "/api/v1/map/roads?%s", wrong[i]);
        client_expect(&admin, 422, "GET", part, NULL);
    }
}

/* Who has the areas as they are is told so; the next reading of them is another one. */
static void test_areas_kept(void **state)
{
    (void)state;
    char etag[128];
    client_expect(&admin, 200, "GET", "/api/v1/areas", NULL);
    const char *at = strstr(text_string(&admin.head), "ETag: ");
    assert_non_null(at);
    (void)snprintf(etag, sizeof etag, "If-None-Match: %.*s", (int)strcspn(at + 6, "\r"),
                   at + 6);
    header(&admin, 0, etag);
    client_expect(&admin, 304, "GET", "/api/v1/areas", NULL);
    api_note_areas(fixture.api);
    header(&admin, 0, etag);
    client_expect(&admin, 200, "GET", "/api/v1/areas", NULL);
}

/* A long answer is packed for who takes it so, and only for them. */
static void test_packed(void **state)
{
    (void)state;
    const size_t plain = size_of("/api/v1/people?limit=1000");
    assert_null(strstr(text_string(&admin.head), "Content-Encoding"));
    assert_non_null(strstr(text_string(&admin.head), "Vary: Accept-Encoding"));
    header(&admin, 0, "Accept-Encoding: gzip");
    const size_t packed = size_of("/api/v1/people?limit=1000");
    assert_non_null(strstr(text_string(&admin.head), "Content-Encoding: gzip"));
    assert_true(packed < plain / 2);
    header(&admin, 0, "Accept-Encoding: gzip");
    (void)size_of("/api/v1/instance");
    assert_null(strstr(text_string(&admin.head), "Content-Encoding"));
}

/* ---- the stream ---- */
struct listening {
    struct client client;
    bool has_ended;
    char seen[4096];
    size_t size;
};

static size_t listen_take(char *data, size_t size, size_t count, void *context)
{
    struct listening *listening = context;
    const size_t all = size * count;
    if (listening->size + all < sizeof listening->seen) {
        memcpy(listening->seen + listening->size, data, all);
        listening->size += all;
    }
    /* An event with this kind ends the listening. */
    return strstr(listening->seen, "incident.reported") != NULL ? 0 : all;
}

static void *listen_run(void *context)
{
    struct listening *listening = context;
    char url[256];
    (void)snprintf(url, sizeof url, "%s/api/v1/stream",
                   http_server_url(listening->client.f->server));
    CURL *curl = listening->client.curl;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, NULL);
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, listen_take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, listening);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    (void)curl_easy_perform(curl);
    __atomic_store_n(&listening->has_ended, true, __ATOMIC_RELEASE);
    return NULL;
}

static void test_stream(void **state)
{
    (void)state;
    struct listening listening = {.size = 0};
    client_init(&listening.client, &fixture);
    client_sign_in(&listening.client, fixture.init.account, fixture.init.password);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, listen_run, &listening), 0);
    while (!__atomic_load_n(&listening.has_ended, __ATOMIC_ACQUIRE)) {
        client_expect(&admin, 201, "POST", "/api/v1/incidents", INCIDENT);
        usleep(100000);
    }
    pthread_join(thread, NULL);
    assert_non_null(strstr(listening.seen, "event: change"));
    assert_non_null(strstr(listening.seen, "\"position\":"));
    client_release(&listening.client);
    /* From an old position on: what was missed, or a resync. */
    header(&admin, 0, "Last-Event-ID: x");
    client_expect(&admin, 400, "GET", "/api/v1/stream", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_bearer),
        cmocka_unit_test(test_areas_of_roles),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_response_of_the_past),
        cmocka_unit_test(test_needs),
        cmocka_unit_test(test_repeated_step),
        cmocka_unit_test(test_repeated_later),
        cmocka_unit_test(test_cursor),
        cmocka_unit_test(test_etag),
        cmocka_unit_test(test_changes_reach_the_crowd),
        cmocka_unit_test(test_a_minor_is_added),
        cmocka_unit_test(test_people_as_in_the_file),
        cmocka_unit_test(test_characters_count),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_packed),
        cmocka_unit_test(test_areas_kept),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_failed_logins),
    };
    return cmocka_run_group_tests(tests, admin_start, admin_stop);
}
