/* SPDX-License-Identifier: Apache-2.0 */
/* One incident from report to close over HTTP, as the staff and the volunteers do it. */
#include "fixture.h"

#include "base/time.h"

static struct fixture fixture;

static int start(void **state)
{
    fixture_start(&fixture);
    *state = &fixture;
    return 0;
}

static int stop(void **state)
{
    fixture_stop(*state);
    return 0;
}

struct story {
    struct client admin, second;
    int64_t incident, need, callout;
};

/* Everybody alerted, by their links. */
static size_t list_alerts(struct story *story, int64_t *ret_ids, size_t max)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/api/v1/callouts/%lld/alerts",
                   (long long)story->callout);
    client_expect(&story->admin, 200, "GET", path, NULL);
    const json_t *items = json_object_get(story->admin.json, "items");
    size_t count = 0;
    for (; count < json_array_size(items) && count < max; count++)
        ret_ids[count] =
            json_integer_value(json_object_get(json_array_get(items, count), "id"));
    return count;
}

static void link_path(char ret[64], int64_t alert_id)
{
    char token[LINK_TOKEN_SIZE];
    link_token(&fixture.link_key, alert_id, token);
    (void)snprintf(ret, 64, "/r/%s", token);
}

/* An answer with the nonce that the page gives now. */
static long answer(struct client *client, const char *path, const char *word,
                   const char *more)
{
    char body[512], nonce[32];
    client_expect(client, 200, "GET", path, NULL);
    (void)snprintf(nonce, sizeof nonce, "%s", client_text(client, "nonce"));
    (void)snprintf(body, sizeof body, "{\"nonce\":\"%s\",\"answer\":\"%s\"%s}", nonce,
                   word, more);
    return client_send(client, "POST", path, body);
}

static void use_key(struct story *story)
{
    (void)snprintf(story->admin.headers[0], sizeof story->admin.headers[0],
                   "Idempotency-Key: call-%lld", (long long)story->need);
}

static void report_and_call(struct story *story)
{
    char path[96];
    struct client *admin = &story->admin;
    client_expect(admin, 201, "POST", "/api/v1/incidents",
                  "{\"kind\":\"household\",\"at\":{\"lat\":30.705,\"lon\":121.024},"
                  "\"title\":\"A fall\",\"requester\":{\"name\":\"Li Hua\",\"phone\":"
                  "\"13911112222\",\"address\":\"18 Maohe Road\",\"consent\":true}}");
    story->incident = client_int(admin, "id");
    assert_string_equal(client_text(admin, "state"), "reported");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(admin->json, "area"), "code")),
        "west");
    (void)snprintf(path, sizeof path, "/api/v1/incidents/%lld/steps",
                   (long long)story->incident);
    client_expect(admin, 200, "POST", path, "{\"step\":\"confirm\"}");
    assert_string_equal(client_text(admin, "state"), "confirmed");
    client_expect(admin, 409, "POST", path, "{\"step\":\"confirm\"}");
    assert_non_null(json_object_get(admin->json, "allowed"));
    (void)snprintf(path, sizeof path, "/api/v1/incidents/%lld/needs",
                   (long long)story->incident);
    client_expect(admin, 201, "POST", path,
                  "{\"at\":{\"lat\":30.705,\"lon\":121.024},\"within_minutes\":40,"
                  "\"lines\":[{\"skills\":[\"first-aid\"],\"count\":2}],\"reserve\":1,"
                  "\"target\":0.9}");
    story->need = client_int(admin, "id");
    (void)snprintf(path, sizeof path, "/api/v1/needs/%lld/plan", (long long)story->need);
    client_expect(admin, 200, "POST", path, "{}");
    const json_t *waves = json_object_get(admin->json, "waves");
    assert_true(json_array_size(json_object_get(json_array_get(waves, 0), "people")) > 2);
    (void)snprintf(path, sizeof path, "/api/v1/needs/%lld/callouts",
                   (long long)story->need);
    use_key(story);
    client_expect(admin, 201, "POST", path, "{}");
    story->callout = client_int(admin, "id");
    use_key(story);
    client_expect(admin, 201, "POST", path, "{}");
    assert_int_equal(client_int(admin, "id"), story->callout);
    use_key(story);
    client_expect(admin, 422, "POST", path, "{\"exclude\":[\"P00001\"]}");
    client_expect(admin, 409, "POST", path, "{}");
}

static void two_accept(struct story *story, struct client *people, char paths[][64])
{
    int64_t ids[100];
    const size_t count = list_alerts(story, ids, COUNT_OF(ids));
    assert_true(count >= 3);
    for (int i = 0; i < 2; i++) {
        client_init(&people[i], &fixture);
        link_path(paths[i], ids[i]);
        client_expect(&people[i], 200, "GET", paths[i], NULL);
        assert_string_equal(client_text(&people[i], "state"), "pending");
        assert_null(json_object_get(people[i].json, "address"));
        assert_int_equal(answer(&people[i], paths[i], "accept", ""), 200);
        assert_string_equal(client_text(&people[i], "state"), "assigned");
        assert_non_null(json_object_get(people[i].json, "address"));
        assert_non_null(json_object_get(people[i].json, "requester"));
        assert_true(client_text(&people[i], "check_word")[0] != '\0');
        client_expect(&people[i], 200, "GET", paths[i], NULL);
        assert_true(json_is_false(json_object_get(people[i].json, "opened_by_browser")));
        assert_true(json_is_false(json_object_get(people[i].json, "roll_call")));
    }
    /* Somebody else with the link sees no address and cannot answer. */
    struct client other;
    client_init(&other, &fixture);
    client_expect(&other, 200, "GET", paths[0], NULL);
    assert_true(json_is_true(json_object_get(other.json, "needs_digits")));
    assert_null(json_object_get(other.json, "address"));
    assert_int_equal(answer(&other, paths[0], "depart", ""), 403);
    assert_int_equal(answer(&other, paths[0], "depart", ",\"digits\":\"0000\""), 403);
    client_release(&other);
}

/* A dispatcher is offered no step that would fail: the person reports first. */
static void expect_no_report_on_behalf(struct story *story)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/api/v1/callouts/%lld", (long long)story->callout);
    client_expect(&story->admin, 200, "GET", path, NULL);
    size_t i;
    json_t *one, *step;
    json_array_foreach(json_object_get(story->admin.json, "assignments"), i, one)
    {
        size_t k;
        json_array_foreach(json_object_get(one, "can"), k, step)
            assert_string_not_equal(json_string_value(step), "report");
    }
}

static void work_and_report(struct story *story, struct client *people, char paths[][64])
{
    for (int i = 0; i < 2; i++) {
        assert_int_equal(answer(&people[i], paths[i], "depart", ""), 200);
        assert_string_equal(client_text(&people[i], "state"), "en_route");
        assert_int_equal(answer(&people[i], paths[i], "arrive",
                                ",\"position\":{\"lat\":30.705,\"lon\":121.024}"),
                         200);
        assert_int_equal(answer(&people[i], paths[i], "work", ""), 200);
        assert_int_equal(answer(&people[i], paths[i], "accept", ""), 200);
        assert_int_equal(answer(&people[i], paths[i], "release", ""), 200);
        expect_no_report_on_behalf(story);
        assert_int_equal(answer(&people[i], paths[i], "report",
                                ",\"text\":\"done\",\"outcome\":\"done\""),
                         200);
        assert_string_equal(client_text(&people[i], "state"), "reported");
        assert_string_equal(client_text(&people[i], "report"), "done");
    }
}

static int put_back(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    (void)reterr;
    struct query *query =
        db_query(writer_db(writer), "UPDATE incident SET closed_ms = ?2 WHERE id = ?1");
    query_int(query, 1, *(const int64_t *)context);
    query_int(query, 2, now_ms - 8 * TIME_DAY_MS);
    return query_run(query);
}

/* Case numbers are no secret: what is long over is not told to whoever counts them. */
static void expect_no_history(struct story *story)
{
    char path[96];
    struct client *admin = &story->admin, requester;
    (void)snprintf(path, sizeof path, "/api/v1/incidents/%lld",
                   (long long)story->incident);
    client_expect(admin, 200, "GET", path, NULL);
    (void)snprintf(path, sizeof path, "/s/%s", client_text(admin, "case"));
    client_init(&requester, &fixture);
    client_expect(&requester, 200, "GET", path, NULL);
    fixture_check(&fixture,
                  command_call(fixture.writer, put_back, &story->incident, &fixture.diag),
                  "put back");
    client_expect(&requester, 404, "GET", path, NULL);
    client_release(&requester);
}

/* The list of what runs says how many reports wait for a second person. */
static void expect_to_verify(struct story *story, int64_t count)
{
    client_expect(&story->admin, 200, "GET", "/api/v1/incidents?state=running", NULL);
    size_t i;
    int64_t found = -1;
    json_t *one;
    json_array_foreach(json_object_get(story->admin.json, "items"), i, one)
    {
        if (json_integer_value(json_object_get(one, "id")) == story->incident)
            found = json_integer_value(json_object_get(one, "to_verify"));
    }
    assert_int_equal(found, count);
}

/* How many events of KIND are listed. */
static size_t count_kind(struct story *story, const char *query, const char *kind)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/api/v1/incidents/%lld/events?limit=1000%s",
                   (long long)story->incident, query);
    client_expect(&story->admin, 200, "GET", path, NULL);
    size_t i, count = 0;
    json_t *one;
    json_array_foreach(json_object_get(story->admin.json, "items"), i, one) count +=
        strcmp(json_string_value(json_object_get(one, "kind")), kind) == 0;
    return count;
}

/* Without what is only between the machines. */
static void expect_spoken(struct story *story)
{
    assert_true(count_kind(story, "", "alert.sent") > 2);
    assert_int_equal(count_kind(story, "&spoken=true", "alert.sent"), 0);
    const size_t said = count_kind(story, "", "alert.accepted");
    assert_true(said > 0);
    assert_int_equal(count_kind(story, "&spoken=true", "alert.accepted"), said);
    client_expect(&story->admin, 422, "GET", "/api/v1/incidents/1/events?spoken=1", NULL);
}

static void verify_and_close(struct story *story)
{
    char path[96];
    struct client *admin = &story->admin;
    (void)snprintf(path, sizeof path, "/api/v1/callouts/%lld", (long long)story->callout);
    client_expect(admin, 200, "GET", path, NULL);
    const json_t *line = json_array_get(json_object_get(admin->json, "lines"), 0);
    assert_int_equal(json_integer_value(json_object_get(line, "accepted")), 2);
    assert_int_equal(json_integer_value(json_object_get(line, "on_scene")), 2);
    json_t *assignments = json_incref(json_object_get(admin->json, "assignments"));
    assert_int_equal(json_array_size(assignments), 2);
    (void)snprintf(path, sizeof path, "/api/v1/incidents/%lld/steps",
                   (long long)story->incident);
    client_expect(admin, 200, "POST", path, "{\"step\":\"stand_down\"}");
    client_expect(admin, 200, "POST", path, "{\"step\":\"review\"}");
    assert_true(client_send(admin, "POST", path, "{\"step\":\"close\"}") >= 400);
    for (size_t i = 0; i < 2; i++) {
        char verify[96];
        (void)snprintf(verify, sizeof verify, "/api/v1/assignments/%lld/verifications",
                       (long long)json_integer_value(
                           json_object_get(json_array_get(assignments, i), "id")));
        client_expect(admin, 200, "POST", verify, "{\"ok\":true}");
        assert_string_equal(client_text(admin, "state"), "verified");
        expect_to_verify(story, 1 - (int64_t)i);
        client_expect(admin, 409, "POST", verify, "{\"ok\":true,\"minutes\":0}");
        client_expect(admin, 200, "POST", verify,
                      "{\"ok\":true,\"minutes\":0,\"reason\":\"left at once\"}");
        assert_string_equal(client_text(admin, "state"), "verified");
    }
    json_decref(assignments);
    client_expect(admin, 200, "POST", path, "{\"step\":\"close\"}");
    assert_string_equal(client_text(admin, "state"), "closed");
    /* Asked again, the call-out is told as it was started. */
    (void)snprintf(path, sizeof path, "/api/v1/needs/%lld/callouts",
                   (long long)story->need);
    use_key(story);
    client_expect(admin, 201, "POST", path, "{}");
    assert_string_equal(client_text(admin, "state"), "active");
    (void)snprintf(path, sizeof path, "/api/v1/incidents/%lld/events?limit=5",
                   (long long)story->incident);
    client_expect(admin, 200, "GET", path, NULL);
    assert_int_equal(json_array_size(json_object_get(admin->json, "items")), 5);
    assert_non_null(strstr(text_string(&admin->head), "rel=\"next\""));
    expect_spoken(story);
}

static void test_from_report_to_close(void **state)
{
    (void)state;
    struct story story = {.incident = 0};
    struct client people[2];
    char paths[2][64];
    client_init(&story.admin, &fixture);
    client_sign_in(&story.admin, fixture.init.account, fixture.init.password);
    report_and_call(&story);
    two_accept(&story, people, paths);
    work_and_report(&story, people, paths);
    expect_to_verify(&story, 2);
    verify_and_close(&story);
    expect_no_history(&story);
    client_release(&people[0]);
    client_release(&people[1]);
    client_release(&story.admin);
}

/* The same nonce twice has one effect; a made-up one none; the form answers with 303. */
static void test_nonce_and_form(void **state)
{
    (void)state;
    struct story story = {.incident = 0};
    struct client person;
    char path[64], body[256];
    int64_t ids[100];
    client_init(&story.admin, &fixture);
    client_init(&person, &fixture);
    client_sign_in(&story.admin, fixture.init.account, fixture.init.password);
    report_and_call(&story);
    const size_t count = list_alerts(&story, ids, COUNT_OF(ids));
    link_path(path, ids[count - 1]);
    client_expect(&person, 200, "GET", path, NULL);
    (void)snprintf(body, sizeof body, "&nonce=%s&answer=decline",
                   client_text(&person, "nonce"));
    person.plain = true;
    client_expect(&person, 303, "POST", path, body);
    client_expect(&person, 303, "POST", path, body);
    client_expect(&person, 200, "GET", path, NULL);
    assert_non_null(strstr(text_string(&person.body), "<html"));
    client_expect(&person, 422, "POST", path, "&nonce=0123456789abcdef&answer=accept");
    person.plain = false;
    client_expect(&person, 200, "GET", path, NULL);
    assert_string_equal(client_text(&person, "state"), "declined");
    client_expect(&person, 404, "GET", "/r/AAAAAAAAAAAAAAAAAAAAAA", NULL);
    client_release(&person);
    client_release(&story.admin);
}

/* A link copied wrongly is told so, however it is wrong; it never opens the console. */
static void test_wrong_links(void **state)
{
    (void)state;
    static const char *const starts[] = {"/r/", "/m/", "/s/"}, *const ends[] = {"", "/x"};
    static const int sizes[] = {0, 1, 43, 127, 128, 300};
    struct client person;
    client_init(&person, &fixture);
    char letters[301], path[400];
    memset(letters, 'x', sizeof letters);
    for (size_t i = 0; i < COUNT_OF(starts) * COUNT_OF(ends) * COUNT_OF(sizes); i++) {
        (void)snprintf(path, sizeof path, "%s%.*s%s", starts[i % 3], sizes[i / 3 % 6],
                       letters, ends[i / 18]);
        person.plain = true;
        client_expect(&person, 404, "GET", path, NULL);
        assert_non_null(strstr(text_string(&person.body), "<h1 class=\"sentence\""));
        person.plain = false;
        client_expect(&person, 404, "GET", path, NULL);
        assert_non_null(strstr(text_string(&person.body), "there is no such link"));
    }
    client_release(&person);
}

/* Of the first wave planned for the need: [*RET] may be NULL. */
static size_t count_planned(struct story *story, const char *body, json_t **ret)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/api/v1/needs/%lld/plan", (long long)story->need);
    client_expect(&story->admin, 200, "POST", path, body);
    const json_t *waves = json_object_get(story->admin.json, "waves");
    json_t *people = json_object_get(json_array_get(waves, 0), "people");
    if (ret != NULL)
        *ret = people;
    return json_array_size(people);
}

/* Whom a preview leaves out is told by number, for the reason that was asked about. */
static void expect_left_out_by_number(struct story *story)
{
    json_t *people;
    char number[CROWD_NUMBER_MAX + 1], body[128];
    assert_true(count_planned(story, "{}", &people) > 0);
    assert_null(json_object_get(story->admin.json, "who"));
    (void)snprintf(
        number, sizeof number, "%s",
        json_string_value(json_object_get(json_array_get(people, 0), "number")));
    (void)snprintf(body, sizeof body, "{\"exclude\":[\"%s\"],\"who\":\"forced_out\"}",
                   number);
    (void)count_planned(story, body, NULL);
    const json_t *who =
        json_object_get(json_object_get(story->admin.json, "who"), "forced_out");
    assert_int_equal(json_array_size(who), 1);
    assert_string_equal(json_string_value(json_array_get(who, 0)), number);
}

/* A dispatcher who does not want to wait for answers. */
static void test_next_wave_at_once(void **state)
{
    (void)state;
    struct story story = {.incident = 0};
    struct client *admin = &story.admin;
    char path[64], steps[64], body[64];
    int64_t ids[100];
    client_init(admin, &fixture);
    client_sign_in(admin, fixture.init.account, fixture.init.password);
    client_expect(admin, 201, "POST", "/api/v1/incidents",
                  "{\"kind\":\"flood\",\"at\":{\"lat\":30.705,\"lon\":121.024}}");
    story.incident = client_int(admin, "id");
    (void)snprintf(path, sizeof path, "/api/v1/incidents/%lld/steps",
                   (long long)story.incident);
    client_expect(admin, 200, "POST", path, "{\"step\":\"confirm\"}");
    (void)snprintf(path, sizeof path, "/api/v1/incidents/%lld/needs",
                   (long long)story.incident);
    client_expect(admin, 201, "POST", path,
                  "{\"at\":{\"lat\":30.705,\"lon\":121.024},\"within_minutes\":120,"
                  "\"lines\":[{\"skills\":[],\"count\":1}],\"target\":0.95}");
    story.need = client_int(admin, "id");
    json_t *people;
    expect_left_out_by_number(&story);
    const size_t first = count_planned(&story, "{}", &people);
    char left_out[32];
    (void)snprintf(
        left_out, sizeof left_out, "%s",
        json_string_value(json_object_get(json_array_get(people, first - 1), "number")));
    const size_t all = count_planned(&story, "{\"at_once\":true}", NULL);
    assert_true(first < all); /* two hours: there is time for a second look */
    (void)snprintf(path, sizeof path, "/api/v1/needs/%lld/callouts",
                   (long long)story.need);
    (void)snprintf(body, sizeof body, "{\"exclude\":[\"%s\"]}", left_out);
    client_expect(admin, 201, "POST", path, body);
    story.callout = client_int(admin, "id");
    assert_int_equal(list_alerts(&story, ids, COUNT_OF(ids)), first);
    (void)snprintf(steps, sizeof steps, "/api/v1/callouts/%lld/steps",
                   (long long)story.callout);
    use_key(&story);
    client_expect(admin, 200, "POST", steps, "{\"step\":\"next_wave\"}");
    assert_string_equal(client_text(admin, "state"), "active");
    assert_int_equal(list_alerts(&story, ids, COUNT_OF(ids)), all);
    use_key(&story); /* asked again: nobody more */
    client_expect(admin, 200, "POST", steps, "{\"step\":\"next_wave\"}");
    client_expect(admin, 409, "POST", steps, "{\"step\":\"next_wave\"}");
    assert_non_null(strstr(client_text(admin, "detail"), "will do"));
    assert_int_equal(list_alerts(&story, ids, COUNT_OF(ids)), all);
    const json_t *items = json_object_get(admin->json, "items");
    for (size_t i = 0; i < json_array_size(items); i++)
        assert_string_not_equal(left_out, json_string_value(json_object_get(
                                              json_array_get(items, i), "number")));
    client_expect(admin, 200, "POST", steps, "{\"step\":\"stand_down\"}");
    client_expect(admin, 409, "POST", steps, "{\"step\":\"next_wave\"}");
    client_release(admin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_report_to_close),
        cmocka_unit_test(test_nonce_and_form),
        cmocka_unit_test(test_wrong_links),
        cmocka_unit_test(test_next_wave_at_once),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
