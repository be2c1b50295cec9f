/* SPDX-License-Identifier: Apache-2.0 */
/* Who finds whom: people by their telephone, those who want to join, the same telephone
 * and the same name nearby; by role and area (invariant 11). */
#include "rights.h"

/* A telephone number finds its person for who may see it, however it is written. */
static void test_search_by_phone(void **state)
{
    (void)state;
    static const struct {
        enum who who;
        const char *q;
        size_t found;
    } rows[] = {
        {ADMIN, "13800001039", 1},
        {TRAINER, "138 0000-1039", 1},
        {DISPATCHER, "13800001039", 1},
        {AUDITOR, "13800001039", 0},
        {EAST, "13800001039", 0},
        {ADMIN, "1039", 0},
        {ADMIN, "13800001038", 0}, /* of somebody of no area */
        {ADMIN, "00040", 1},
        {EAST, "00040", 0},
        {ADMIN, "P00040", 1},
        {ADMIN, "%4%", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char body[64];
        struct client *client = &clients[rows[i].who];
        (void)snprintf(body, sizeof body, "{\"q\":\"%s\"}", rows[i].q);
        client_expect(client, 200, "POST", "/api/v1/people/searches", body);
        const json_t *items = json_object_get(client->json, "items");
        if (json_array_size(items) != rows[i].found ||
            (rows[i].found == 1 && strstr(text_string(&client->body), "P00040") == NULL))
            fail_msg("%s looks for %s: %s", whos[rows[i].who].name, rows[i].q,
                     text_string(&client->body));
    }
    client_expect(&admin, 200, "POST", "/api/v1/people/searches",
                  "{\"q\":\"13800001039\",\"area\":\"east\"}");
    assert_int_equal(json_array_size(json_object_get(admin.json, "items")), 0);
}

/* The one who said yes, as WHO sees them; NULL: not at all. */
static const json_t *out_of(enum who who, const char *query)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/api/v1/assignments%s", query);
    client_expect(&clients[who], 200, "GET", path, NULL);
    const json_t *items = json_object_get(clients[who].json, "items");
    assert_true(json_array_size(items) <= 1);
    return json_array_get(items, 0);
}

/* Whose people are lent sees them, and of a neighbour's incident the area alone. */
static void test_out_elsewhere(void **state)
{
    (void)state;
    char path[64];
    (void)snprintf(path, sizeof path, "/api/v1/callouts/%lld", (long long)callout);
    client_expect(&admin, 200, "GET", path, NULL);
    const json_t *one = json_array_get(json_object_get(admin.json, "assignments"), 0);
    (void)snprintf(path, sizeof path, "/api/v1/people/%s",
                   json_string_value(json_object_get(one, "number")));
    (void)snprintf(admin.headers[0], sizeof admin.headers[0], "If-Match: *");
    client_expect(&admin, 200, "PATCH", path, "{\"area\":\"east\"}");
    one = out_of(EAST, "?elsewhere=true");
    assert_non_null(one);
    assert_string_equal(json_string_value(json_object_get(one, "state")), "assigned");
    assert_non_null(json_object_get(one, "assigned_at"));
    assert_memory_equal(json_string_value(json_object_get(one, "name")), "Name", 4);
    assert_non_null(json_object_get(one, "phone"));
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(one, "area"), "code")), "west");
    assert_null(json_object_get(one, "incident"));
    assert_null(strstr(text_string(&clients[EAST].body), "medical"));
    assert_null(out_of(DISPATCHER, "")); /* not theirs, though the incident is */
    client_expect(&clients[VIEWER], 403, "GET", "/api/v1/assignments", NULL);
    (void)snprintf(admin.headers[0], sizeof admin.headers[0], "If-Match: *");
    client_expect(&admin, 200, "PATCH", path, "{\"area\":\"west\"}");
    assert_null(out_of(EAST, ""));
    assert_null(out_of(DISPATCHER, "?elsewhere=true"));
    one = json_object_get(out_of(DISPATCHER, ""), "incident");
    assert_int_equal(json_integer_value(json_object_get(one, "id")), incident);
    one = out_of(AUDITOR, "");
    assert_non_null(json_object_get(one, "number"));
    assert_null(json_object_get(one, "name"));
}

/* The list and the count say the same. */
static void expect_waiting(struct client *client, int count)
{
    client_expect(client, 200, "GET", "/api/v1/applicants", NULL);
    assert_int_equal(json_array_size(json_object_get(client->json, "items")), count);
    client_expect(client, 200, "GET", "/api/v1/applicants/count", NULL);
    char body[32];
    (void)snprintf(body, sizeof body, "{\"count\":%d}", count);
    assert_string_equal(text_string(&client->body), body);
}

/* Who wants to join is taken on or declined where they live: nobody of another town sees
 * them, and nobody decides twice. */
static void test_applicants(void **state)
{
    (void)state;
    struct client far;
    char path[96], body[256];
    client_expect(&admin, 201, "POST", "/api/v1/accounts",
                  "{\"account\":\"a-far\",\"password\":\"a long password\",\"roles\":[{"
                  "\"role\":\"trainer\",\"area\":\"east\"}]}");
    client_init(&far, &fixture);
    client_sign_in(&far, "a-far", "a long password");
    (void)snprintf(path, sizeof path, "/api/v1/applicants/%lld/decline",
                   (long long)applicant);
    /* A home of the east, so that the applicant alone stands in the way. */
    (void)snprintf(body, sizeof body,
                   "{\"number\":\"J1\",\"name\":\"x\",\"applicant\":%lld,"
                   "\"home\":{\"lat\":30.705,\"lon\":121.03}}",
                   (long long)applicant);
    expect_waiting(&far, 0);
    expect_waiting(&clients[TRAINER], 1);
    client_expect(&far, 404, "POST", path, "{}");
    client_expect(&far, 404, "POST", "/api/v1/people", body);
    for (int who = COMMANDER; who < WHO_COUNT; who++) {
        if (who == TRAINER)
            continue;
        const long status = who == NOBODY ? 401 : 403;
        client_expect(&clients[who], status, "POST", path, "{}");
        client_expect(&clients[who], status, "POST", "/api/v1/people", body);
    }
    client_expect(&clients[TRAINER], 404, "POST", "/api/v1/applicants/999999/decline",
                  "{}");
    client_expect(&clients[TRAINER], 200, "POST", path, "{}");
    assert_string_equal(client_text(&clients[TRAINER], "state"), "declined");
    client_expect(&admin, 409, "POST", path, "{}");
    client_expect(&admin, 409, "POST", "/api/v1/people", body);
    assert_non_null(strstr(client_text(&admin, "detail"), "they wait no more"));
    client_expect(&admin, 404, "GET", "/api/v1/people/J1", NULL);
    expect_waiting(&clients[TRAINER], 0);
    /* The next number: of those whom one may add; the first one, where there is nobody.
     */
    client_expect(&far, 200, "GET", "/api/v1/people/new/number", NULL);
    assert_string_equal(client_text(&far, "number"), "V0001");
    client_expect(&admin, 200, "GET", "/api/v1/people/new/number", NULL);
    assert_int_equal(client_text(&admin, "number")[0], 'P');
    client_release(&far);
}

static json_t *warned(const struct client *client)
{
    return json_array_get(json_object_get(client->json, "warnings"), 0);
}

/* The telephone of somebody else is warned of, not refused; who that is learns whoever
 * may see them. */
static void test_same_telephone(void **state)
{
    (void)state;
    struct client far;
    client_expect(&admin, 201, "POST", "/api/v1/accounts",
                  "{\"account\":\"a-far-trainer\",\"password\":\"a long password\","
                  "\"roles\":[{\"role\":\"trainer\",\"area\":\"east\"}]}");
    client_init(&far, &fixture);
    client_sign_in(&far, "a-far-trainer", "a long password");
    (void)snprintf(admin.headers[0], sizeof admin.headers[0], "If-Match: *");
    client_expect(&admin, 200, "PATCH", "/api/v1/people/P00040",
                  "{\"phone\":\"10000990040\"}");
    assert_null(warned(&admin));
    client_expect(&clients[TRAINER], 201, "POST", "/api/v1/people",
                  "{\"number\":\"W1\",\"name\":\"x\",\"phone\":\"1000-0990040\",\"area\":"
                  "\"west\",\"home\":{\"lat\":30.705,\"lon\":121.024}}");
    const json_t *one = warned(&clients[TRAINER]);
    assert_string_equal(json_string_value(json_object_get(one, "text")),
                        "same_telephone");
    assert_string_equal(json_string_value(json_object_get(one, "field")), "phone");
    assert_string_equal(json_string_value(json_object_get(one, "other")), "P00040");
    client_expect(&far, 201, "POST", "/api/v1/people",
                  "{\"number\":\"E1\",\"name\":\"y\",\"area\":\"east\",\"home\":{\"lat\":"
                  "30.705,\"lon\":121.03}}");
    assert_null(warned(&far)); /* no telephone is nobody's */
    (void)snprintf(far.headers[0], sizeof far.headers[0], "If-Match: *");
    client_expect(&far, 200, "PATCH", "/api/v1/people/E1", "{\"phone\":\"10000990040\"}");
    assert_non_null(warned(&far));
    assert_null(json_object_get(warned(&far), "other"));
    (void)snprintf(far.headers[0], sizeof far.headers[0], "If-Match: *");
    client_expect(&far, 200, "PATCH", "/api/v1/people/E1", "{\"mode\":\"car\"}");
    assert_null(json_object_get(far.json, "warnings")); /* it was told */
    client_release(&far);
}

/* So is the name of somebody who lives within 50 m; a degree of latitude is 111.2 km. */
static void test_same_name_near(void **state)
{
    (void)state;
    struct client *trainer = &clients[TRAINER];
#define POST_AT(number, name, lat)                                                       \
    client_expect(trainer, 201, "POST", "/api/v1/people",                                \
                  "{\"number\":\"" number "\",\"name\":\"" name                          \
                  "\",\"area\":\"west\",\"home\":{\"lat\":" lat ",\"lon\":121.024}}")
#define PATCH(number, body)                                                              \
    (void)snprintf(trainer->headers[0], sizeof trainer->headers[0], "If-Match: *");      \
    client_expect(trainer, 200, "PATCH", "/api/v1/people/" number, body)
    POST_AT("T1", "twin", "30.7052");
    assert_null(warned(trainer));
    POST_AT("T2", "twin", "30.70474"); /* 51 m */
    assert_null(warned(trainer));
    POST_AT("T3", "another", "30.7052");
    assert_null(warned(trainer));
    PATCH("T3", "{\"name\":\"twin\"}");
    const json_t *one = warned(trainer);
    assert_string_equal(json_string_value(json_object_get(one, "text")),
                        "same_name_near");
    assert_string_equal(json_string_value(json_object_get(one, "field")), "name");
    assert_string_equal(json_string_value(json_object_get(one, "other")), "T1");
    PATCH("T2", "{\"home\":{\"lat\":30.70476,\"lon\":121.024}}"); /* 49 m */
    assert_non_null(warned(trainer));
    PATCH("T2", "{\"mode\":\"car\"}");
    assert_null(json_object_get(trainer->json, "warnings")); /* it was told */
    /* Who may not see them cannot try out where they live. */
    struct client far;
    client_init(&far, &fixture);
    client_sign_in(&far, "a-far-trainer", "a long password");
    client_expect(&far, 201, "POST", "/api/v1/people",
                  "{\"number\":\"T4\",\"name\":\"twin\",\"area\":\"east\",\"home\":"
                  "{\"lat\":30.7052,\"lon\":121.024}}");
    assert_null(warned(&far));
    client_release(&far);
#undef POST_AT
#undef PATCH
}

static int run_erase(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    (void)reterr;
    return person_erase(writer, *(const int64_t *)context, 1, now_ms);
}

/* Whoever leaves or is erased is asked from that moment on no more; not who is out. */
static void test_who_leaves(void **state)
{
    (void)state;
    int64_t id, now;
    char path[96];
    (void)fixture_whereabouts(&fixture, "P00030", &id);
    assert_true(id > 0);
    client_expect(&admin, 204, "DELETE", "/api/v1/people/P00030", NULL);
    (void)fixture_whereabouts(&fixture, "P00030", &now);
    assert_int_equal(now, 0);
    client_expect(&admin, 200, "POST", "/api/v1/people/P00030/return", "{}");
    (void)fixture_whereabouts(&fixture, "P00030", &now);
    assert_int_equal(now, id);
    assert_int_equal(command_call(fixture.writer, run_erase, &id, NULL), ST_OK);
    (void)fixture_whereabouts(&fixture, "P00030", &now);
    assert_int_equal(now, 0);
    client_expect(&admin, 404, "POST", "/api/v1/people/P00030/return", "{}");

    (void)snprintf(path, sizeof path, "/api/v1/callouts/%lld", (long long)callout);
    client_expect(&admin, 200, "GET", path, NULL);
    const json_t *out = json_array_get(json_object_get(admin.json, "assignments"), 0);
    (void)snprintf(path, sizeof path, "/api/v1/people/%s",
                   json_string_value(json_object_get(out, "number")));
    client_expect(&admin, 409, "DELETE", path, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_by_phone),
        cmocka_unit_test(test_applicants),
        cmocka_unit_test(test_out_elsewhere),
        cmocka_unit_test(test_same_telephone), /* which adds people */
        cmocka_unit_test(test_same_name_near),
        cmocka_unit_test(test_who_leaves),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
