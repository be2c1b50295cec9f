/* SPDX-License-Identifier: Apache-2.0 */
/* The reply link: who may answer, how often, and what a look at it changes (nothing). */
#include "called.h"
#include "store/places.h"

static int start(void **state)
{
    (void)admin_start(state);
    call_out("{\"within_minutes\":60,\"lines\":[{\"skills\":[],\"count\":8}],"
             "\"reserve\":0}",
             "{}");
    assert_true(alert_count >= 8);
    return 0;
}

/* What an answer shows comes from the writer's rows, a look from the database's: both are
 * the same but for the nonce, the history, which is learned a moment later, and whether
 * somebody "limited" is asked by now. */
static void compare_with_a_look(struct client *client, const char *path)
{
    static const char *const others[] = {"nonce", "history", "sentence"};
    const bool is_limited = strcmp(client_text(client, "state"), "limited") == 0;
    json_t *answer = client->json, *shown = json_copy(answer);
    client->json = NULL;
    client_expect(client, 200, "GET", path, NULL);
    for (size_t i = 0; i < (is_limited ? 3 : 2); i++) {
        (void)json_object_del(shown, others[i]);
        (void)json_object_del(client->json, others[i]);
    }
    if (!json_equal(shown, client->json)) {
        char *answered = json_dumps(shown, JSON_SORT_KEYS),
             *looked = json_dumps(client->json, JSON_SORT_KEYS);
        fail_msg("answered %s\nlooked   %s", answered, looked);
    }
    json_decref(shown);
    json_decref(client->json);
    client->json = answer;
}

static long say(struct client *client, const char *path, const char *word,
                const char *more)
{
    char body[512];
    client_expect(client, 200, "GET", path, NULL);
    (void)snprintf(body, sizeof body, "{\"nonce\":\"%s\",\"answer\":\"%s\"%s}",
                   client_text(client, "nonce"), word, more);
    const long status = client_send(client, "POST", path, body);
    if (status == 200 && strstr(more, "digits") == NULL) /* which bind no device */
        compare_with_a_look(client, path);
    return status;
}

/* The telephone's last four digits of the newest assignment. */
static void find_digits(char ret[5])
{
    char path[96];
    (void)snprintf(path, sizeof path, "/api/v1/callouts/%lld", (long long)callout);
    client_expect(&admin, 200, "GET", path, NULL);
    const json_t *list = json_object_get(admin.json, "assignments");
    const char *phone = json_string_value(
        json_object_get(json_array_get(list, json_array_size(list) - 1), "phone"));
    assert_non_null(phone);
    (void)snprintf(ret, 5, "%s", phone + strlen(phone) - 4);
}

static void test_a_look_changes_nothing(void **state)
{
    (void)state;
    struct client client;
    char path[64];
    take_link(&client, path);
    for (int i = 0; i < 3; i++) {
        client_expect(&client, 200, "GET", path, NULL);
        assert_string_equal(client_text(&client, "state"), "pending");
        assert_null(json_object_get(client.json, "history"));
    }
    char alert_path[96];
    (void)snprintf(alert_path, sizeof alert_path, "/api/v1/callouts/%lld/alerts?limit=1",
                   (long long)callout);
    const json_t *alert = NULL;
    for (int i = 0; i < 600 && json_object_get(alert, "fetched_at") == NULL; i++) {
        usleep(100000); /* nobody waits for the note, so it comes with others */
        client_expect(&admin, 200, "GET", alert_path, NULL);
        alert = json_array_get(json_object_get(admin.json, "items"), 0);
    }
    assert_non_null(json_object_get(alert, "fetched_at"));
    assert_null(json_object_get(alert, "seen_at"));
    assert_null(strstr(text_string(&client.head), "Set-Cookie"));
    /* `seen` says that a person looks, and binds nothing. */
    assert_int_equal(say(&client, path, "seen", ""), 200);
    assert_null(strstr(text_string(&client.head), "Set-Cookie"));
    client_expect(&admin, 200, "GET", alert_path, NULL);
    alert = json_array_get(json_object_get(admin.json, "items"), 0);
    assert_non_null(json_object_get(alert, "seen_at"));
    client_release(&client);
}

static void test_another_device_needs_digits(void **state)
{
    (void)state;
    struct client first, other;
    char path[64], digits[5], more[64];
    take_link(&first, path);
    client_init(&other, &fixture);
    assert_int_equal(say(&first, path, "accept", ""), 200);
    find_digits(digits);
    /* How the person has answered is for the device that answered alone. */
    client_expect(&first, 200, "GET", path, NULL);
    assert_non_null(json_object_get(json_object_get(first.json, "history"), "sentence"));
    client_expect(&other, 200, "GET", path, NULL);
    assert_null(json_object_get(other.json, "history"));
    assert_int_equal(say(&other, path, "depart", ""), 403);
    (void)snprintf(more, sizeof more, ",\"digits\":\"%s\"", digits);
    assert_int_equal(say(&other, path, "depart", more), 200);
    assert_string_equal(client_text(&other, "state"), "en_route");
    assert_non_null(json_object_get(other.json, "address"));
    for (int i = 0; i < 5; i++)
        assert_int_equal(say(&other, path, "arrive", ",\"digits\":\"99x9\""), 403);
    assert_int_equal(say(&other, path, "arrive", more), 403); /* five tries are over */
    assert_non_null(strstr(text_string(&other.body), "dispatcher"));
    assert_int_equal(say(&first, path, "arrive", ""), 200);
    client_release(&first);
    client_release(&other);
}

static void test_thirty_a_minute(void **state)
{
    (void)state;
    struct client client;
    char path[64];
    take_link(&client, path);
    long status = 0;
    int count = 0;
    for (; count < 40 && status != 429; count++)
        status = say(&client, path, "seen", "");
    assert_int_equal(status, 429);
    assert_in_range(count, 31, 33);
    assert_non_null(strstr(text_string(&client.head), "Retry-After: "));
    client_release(&client);
}

static void test_limited_then_withdrawn(void **state)
{
    (void)state;
    struct client client;
    char path[64];
    take_link(&client, path);
    assert_int_equal(say(&client, path, "limited", ",\"ready_in_minutes\":20"), 200);
    assert_string_equal(client_text(&client, "state"), "limited");
    assert_int_equal(client_int(&client, "ready_in_minutes"), 20);
    assert_int_equal(say(&client, path, "depart", ""), 409);
    assert_non_null(json_object_get(client.json, "allowed"));
    assert_int_equal(say(&client, path, "accept", ",\"from\":\"home\""), 200);
    assert_string_equal(client_text(&client, "state"), "assigned");
    assert_int_equal(say(&client, path, "withdraw", ""), 200);
    assert_string_equal(client_text(&client, "state"), "withdrawn");
    assert_null(json_object_get(client.json, "address"));
    client_release(&client);
}

/* A team of three, a deputy of which has the number that CONTEXT is. */
static int put_team(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    char csv[256];
    struct place_import result = {0};
    (void)snprintf(csv, sizeof csv,
                   "number,name,leader,deputies,size,skills\n"
                   "T1,Boats,nobody,P99999;%s,3,\n",
                   (const char *)context);
    return teams_import(writer, csv, strlen(csv), 0, now_ms, &result, reterr);
}

static json_int_t accepted(void)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/api/v1/callouts/%lld", (long long)callout);
    client_expect(&admin, 200, "GET", path, NULL);
    const json_t *line = json_array_get(json_object_get(admin.json, "lines"), 0);
    return json_integer_value(json_object_get(line, "accepted"));
}

/* What somebody said by telephone is judged as what they say themselves. */
static void accept_on_behalf(int64_t alert, int count, long status)
{
    char body[96];
    (void)snprintf(body, sizeof body,
                   "{\"answer\":\"accept\",\"reason\":\"by telephone\",\"count\":%d}",
                   count);
    post("alerts", alert, "replies", body, status);
    if (status == 422)
        assert_non_null(strstr(text_string(&admin.body), "\"/count\""));
}

static void test_who_leads_a_team_brings_it(void **state)
{
    (void)state;
    const json_int_t before = accepted();
    struct client client;
    char path[64], number[32], where[96];
    take_link(&client, path);
    (void)snprintf(where, sizeof where, "/api/v1/callouts/%lld/alerts",
                   (long long)callout);
    client_expect(&admin, 200, "GET", where, NULL);
    (void)snprintf(
        number, sizeof number, "%s",
        json_string_value(json_object_get(
            json_array_get(json_object_get(admin.json, "items"), used - 1), "number")));
    assert_int_equal(say(&client, path, "accept", ",\"count\":2"), 422);
    assert_non_null(strstr(text_string(&client.body), "/count"));
    const int64_t alert = alerts[used - 1];
    accept_on_behalf(alert, 2, 422);
    fixture_check(&fixture, command_call(fixture.writer, put_team, number, &fixture.diag),
                  "team");
    assert_int_equal(say(&client, path, "accept", ",\"count\":4"), 422);
    accept_on_behalf(alert, 4, 422);
    assert_int_equal(say(&client, path, "accept", ",\"count\":3"), 200);
    assert_string_equal(client_text(&client, "state"), "assigned");
    assert_int_equal(accepted(), before + 3);
    assert_int_equal(say(&client, path, "withdraw", ""), 200);
    accept_on_behalf(alert, 3, 200);
    assert_int_equal(accepted(), before + 3);
    assert_int_equal(say(&client, path, "withdraw", ""), 200);
    client_release(&client);
}

/* Of the incident, in the list that the admin was just given: how many ALARMS or LOST. */
static size_t listed(const char *what)
{
    size_t i, count = 0;
    json_t *one;
    json_array_foreach(json_object_get(admin.json, "items"), i, one)
    {
        if (json_integer_value(json_object_get(one, "id")) == incident)
            count += json_array_size(json_object_get(one, what));
    }
    return count;
}

static void test_alarm_and_roll_call(void **state)
{
    (void)state;
    struct client client;
    char path[64];
    take_link(&client, path);
    assert_int_equal(say(&client, path, "accept", ""), 200);
    assert_int_equal(
        say(&client, path, "arrive", ",\"position\":{\"lat\":30.705,\"lon\":121.024}"),
        200);
    assert_int_equal(say(&client, path, "sos", ""), 200);
    assert_string_equal(client_text(&client, "state"), "on_scene");
    char incident_path[64];
    (void)snprintf(incident_path, sizeof incident_path, "/api/v1/incidents/%lld",
                   (long long)incident);
    client_expect(&admin, 200, "GET", incident_path, NULL);
    const json_t *alarms = json_object_get(admin.json, "alarms");
    assert_int_equal(json_array_size(alarms), 1);
    assert_non_null(json_object_get(json_array_get(alarms, 0), "name"));
    assert_non_null(json_object_get(json_array_get(alarms, 0), "phone"));
    assert_true(json_is_integer(json_object_get(json_array_get(alarms, 0), "need")));
    client_expect(&admin, 201, "POST", "/api/v1/accounts",
                  "{\"account\":\"a-verifier\",\"password\":\"a long password\","
                  "\"roles\":[{\"role\":\"verifier\"}]}");
    struct client verifier; /* reads that somebody calls, and not who */
    client_init(&verifier, &fixture);
    client_sign_in(&verifier, "a-verifier", "a long password");
    client_expect(&verifier, 200, "GET", incident_path, NULL);
    alarms = json_object_get(verifier.json, "alarms");
    assert_int_equal(json_array_size(alarms), 1);
    assert_null(json_object_get(json_array_get(alarms, 0), "name"));
    assert_null(json_object_get(json_array_get(alarms, 0), "phone"));
    client_release(&verifier);
    client_expect(&admin, 200, "GET", "/api/v1/incidents?state=running", NULL);
    assert_int_equal(listed("alarms"), 1); /* in view wherever the dispatcher is */
    client_expect(&admin, 200, "GET", incident_path, NULL);
    alarms = json_object_get(admin.json, "alarms");
    post("assignments",
         json_integer_value(json_object_get(json_array_get(alarms, 0), "assignment")),
         "alarms", "{\"step\":\"acknowledge\"}", 200);
    client_expect(&admin, 200, "GET", incident_path, NULL);
    assert_int_equal(json_array_size(json_object_get(admin.json, "alarms")), 0);
    post("incidents", incident, "roll-calls", "{}", 201);
    assert_int_equal(say(&client, path, "here", ""), 200);
    client_release(&client);
}

/* Out of contact until they are found: in view wherever the dispatcher is. */
static void test_out_of_contact_is_listed(void **state)
{
    (void)state;
    struct client client;
    char path[64], board[96];
    take_link(&client, path);
    assert_int_equal(say(&client, path, "accept", ""), 200);
    (void)snprintf(board, sizeof board, "/api/v1/callouts/%lld", (long long)callout);
    client_expect(&admin, 200, "GET", board, NULL);
    const json_t *list = json_object_get(admin.json, "assignments");
    const int64_t id = json_integer_value(
        json_object_get(json_array_get(list, json_array_size(list) - 1), "id"));
    post("assignments", id, "steps", "{\"step\":\"lost\",\"reason\":\"no answer\"}", 200);
    client_expect(&admin, 200, "GET", "/api/v1/incidents?state=running", NULL);
    assert_int_equal(listed("lost"), 1);
    post("assignments", id, "steps", "{\"step\":\"found\"}", 200);
    client_expect(&admin, 200, "GET", "/api/v1/incidents?state=running", NULL);
    assert_int_equal(listed("lost"), 0);
    assert_int_equal(say(&client, path, "withdraw", ""), 200);
    client_release(&client);
}

static struct point wait_until_at(const char *number, bool moved, struct point shared)
{
    struct point at = {0, 0};
    for (int i = 0; i < 6000; i++) {
        int64_t id;
        at = fixture_whereabouts(&fixture, number, &id);
        if ((at.lat_e7 == shared.lat_e7 && at.lon_e7 == shared.lon_e7) == moved)
            break;
        usleep(10000); /* it is noted after the answer */
    }
    return at;
}

/* Whether the board shows where the last of its people is, and as of when. */
static void expect_position(const char *board, bool shown)
{
    client_expect(&admin, 200, "GET", board, NULL);
    const json_t *list = json_object_get(admin.json, "assignments");
    const json_t *own = json_array_get(list, json_array_size(list) - 1);
    assert_int_equal(json_object_get(own, "position") != NULL, shown);
    assert_int_equal(json_object_get(own, "position_at") != NULL, shown);
    assert_non_null(json_object_get(own, "at_grid"));
}

/* Who shares a position counts there while on the assignment, and lists show where they
 * live all the same. */
static void test_a_position_reaches_the_crowd(void **state)
{
    (void)state;
    struct client client;
    char path[64], number[CROWD_NUMBER_MAX + 1], board[96];
    const struct point shared = {307010000, 1210200000};
    take_link(&client, path);
    assert_int_equal(say(&client, path, "accept", ""), 200);
    (void)snprintf(board, sizeof board, "/api/v1/callouts/%lld", (long long)callout);
    client_expect(&admin, 200, "GET", board, NULL);
    const json_t *list = json_object_get(admin.json, "assignments");
    const json_t *own = json_array_get(list, json_array_size(list) - 1);
    (void)snprintf(number, sizeof number, "%s",
                   json_string_value(json_object_get(own, "number")));
    int64_t id;
    struct point home = fixture_whereabouts(&fixture, number, &id);
    assert_true(id != 0 && home.lat_e7 != shared.lat_e7);
    assert_int_equal(
        say(&client, path, "depart", ",\"position\":{\"lat\":30.701,\"lon\":121.02}"),
        200);
    struct point at = wait_until_at(number, true, shared);
    assert_int_equal(at.lat_e7, shared.lat_e7);
    assert_int_equal(at.lon_e7, shared.lon_e7);
    expect_position(board, true);
    struct point listed;
    assert_true(
        crowd_position(fixture.crowd, id, clock_wall_ms(clock_system()), &listed));
    assert_true(point_distance_m(listed, home) < 180);
    assert_int_equal(say(&client, path, "arrive", ""), 200);
    at = wait_until_at(number, true, shared);
    assert_int_equal(at.lat_e7, shared.lat_e7);
    assert_int_equal(say(&client, path, "release", ""), 200);
    at = wait_until_at(number, false, shared);
    assert_int_equal(at.lat_e7, home.lat_e7);
    assert_int_equal(at.lon_e7, home.lon_e7);
    expect_position(board, false); /* it was for the time of the assignment */
    client_release(&client);
}

/* What a person may not say is refused, and nothing happens. */
static void test_refusals(void **state)
{
    (void)state;
    struct client client;
    char path[64];
    take_link(&client, path);
    assert_int_equal(say(&client, path, "perhaps", ""), 422);
    assert_int_equal(say(&client, path, "report", ",\"text\":\"x\""), 422);
    assert_int_equal(say(&client, path, "accept", ",\"colour\":1"), 422);
    client_expect(&client, 422, "POST", path,
                  "{\"nonce\":\"0011223344556677\",\"answer\":\"accept\"}");
    client_expect(&client, 405, "DELETE", path, NULL);
    client.plain = true;
    client_expect(&client, 422, "POST", path, "&nonce=1&answer=perhaps");
    assert_non_null(strstr(text_string(&client.body), "<html"));
    client.plain = false;
    client_expect(&client, 200, "GET", path, NULL);
    assert_string_equal(client_text(&client, "state"), "pending");
    client_release(&client);
}

static bool may(const struct client *client, const char *answer)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(client->json, "answers"), i, one)
    {
        if (strcmp(json_string_value(one), answer) == 0)
            return true;
    }
    return false;
}

static void expect_page(struct client *client, const char *path, const char *sentence,
                        const char *button, const char *no_button)
{
    client->plain = true;
    client_expect(client, 200, "GET", path, NULL);
    assert_non_null(strstr(text_string(&client->body), sentence));
    if (button != NULL)
        assert_non_null(strstr(text_string(&client->body), button));
    assert_null(strstr(text_string(&client->body), no_button));
    client->plain = false;
}

/* What the start of a call-out wanted instead stands in the need. */
static void expect_need(int reserve, double target)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/api/v1/incidents/%lld", (long long)incident);
    client_expect(&admin, 200, "GET", path, NULL);
    assert_int_equal(json_array_size(json_object_get(admin.json, "needs")), 1);
    const json_t *listed = json_array_get(json_object_get(admin.json, "needs"), 0);
    assert_int_equal(json_integer_value(json_object_get(listed, "reserve")), reserve);
    assert_true(json_number_value(json_object_get(listed, "target")) == target);
}

/* Who was told not to come before leaving has nothing to turn back from, and is asked
 * again once a seat is free. */
/* By the old link, or, if the next wave was quicker and has asked them anew, by the new
 * one: the old one says so then. */
static void wanted_again(struct client *client, const char *path)
{
    client_expect(client, 200, "GET", path, NULL);
    assert_false(may(client, "turned_back"));
    if (may(client, "accept")) {
        assert_int_equal(say(client, path, "accept", ""), 200);
        assert_string_equal(client_text(client, "state"), "assigned");
    } else {
        expect_page(client, path, "最新收到的那条消息", NULL, "value=\"accept\"");
    }
}

static void test_wanted_again(void **state)
{
    (void)state;
    struct client first, second;
    char path[64], other[64];
    post("callouts", callout, "steps", "{\"step\":\"stand_down\"}", 200);
    call_out("{\"within_minutes\":60,\"lines\":[{\"skills\":[],\"count\":1}],"
             "\"reserve\":0}",
             "{\"reserve\":2,\"target\":0.9,\"within_minutes\":45,\"at_once\":true}");
    expect_need(2, 0.9);
    take_link(&first, path);
    take_link(&second, other);
    assert_int_equal(say(&first, path, "accept", ""), 200);
    assert_int_equal(say(&second, other, "accept", ""), 200);
    assert_int_equal(say(&first, path, "arrive", ""), 200);
    client_expect(&second, 200, "GET", other, NULL);
    assert_string_equal(client_text(&second, "state"), "stood_down");
    assert_false(may(&second, "turned_back"));
    assert_false(may(&second, "accept"));
    assert_true(may(&second, "sos"));
    expect_page(&second, other, "人手已经够了", NULL, "value=\"turned_back\"");
    assert_int_equal(say(&second, other, "turned_back", ""), 422);

    assert_int_equal(say(&first, path, "withdraw", ""), 200);
    expect_page(&first, path, "没关系", "value=\"accept\" class=\"primary\"",
                "人手已经够了");
    wanted_again(&second, other);
    client_release(&first);
    client_release(&second);
}

/* Cancelled before anybody came: "enough people are there" would not be so, and a yes
 * could win nothing any more. */
static void test_called_off(void **state)
{
    (void)state;
    struct client asked, coming;
    char path[64], other[64];
    post("callouts", callout, "steps", "{\"step\":\"stand_down\"}", 200);
    call_out("{\"within_minutes\":60,\"lines\":[{\"skills\":[],\"count\":2}],"
             "\"reserve\":0}",
             "{\"target\":0.99}");
    take_link(&asked, path);
    take_link(&coming, other);
    assert_int_equal(say(&coming, other, "accept", ""), 200);
    client_expect(&asked, 200, "GET", path, NULL);
    assert_true(may(&asked, "accept"));
    post("needs", need, "steps", "{\"step\":\"cancel\",\"reason\":\"false report\"}",
         200);
    client_expect(&asked, 200, "GET", path, NULL);
    assert_false(may(&asked, "accept") || may(&asked, "limited"));
    assert_true(may(&asked, "decline"));
    expect_page(&asked, path, "这次不用您来了", NULL, "人手已经够了");
    expect_page(&coming, other, "这次不用您来了", NULL, "人手已经够了");
    client_release(&asked);
    client_release(&coming);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_look_changes_nothing),
        cmocka_unit_test(test_another_device_needs_digits),
        cmocka_unit_test(test_thirty_a_minute),
        cmocka_unit_test(test_limited_then_withdrawn),
        cmocka_unit_test(test_who_leads_a_team_brings_it),
        cmocka_unit_test(test_alarm_and_roll_call),
        cmocka_unit_test(test_out_of_contact_is_listed),
        cmocka_unit_test(test_a_position_reaches_the_crowd),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_wanted_again),
        cmocka_unit_test(test_called_off),
    };
    return cmocka_run_group_tests(tests, start, admin_stop);
}
