/* SPDX-License-Identifier: Apache-2.0 */
/* What is told to those who come: what the interface takes, that it is seen after a yes
 * and only while it lasts, and that a change is told once. */
#include "called.h"

#include "store/notes.h"

static int start(void **state)
{
    (void)admin_start(state);
    call_out("{\"within_minutes\":60,\"lines\":[{\"skills\":[],\"count\":6}],"
             "\"reserve\":0,\"place\":\"north gate\",\"warning\":\"deep water\"}",
             "{}");
    assert_true(alert_count >= 4);
    return 0;
}

static void say(struct client *client, const char *path, const char *word)
{
    char body[128];
    client_expect(client, 200, "GET", path, NULL);
    (void)snprintf(body, sizeof body, "{\"nonce\":\"%s\",\"answer\":\"%s\"}",
                   client_text(client, "nonce"), word);
    client_expect(client, 200, "POST", path, body);
}

static void see(struct client *client, const char *path, const char *place,
                const char *contact, const char *warning)
{
    client_expect(client, 200, "GET", path, NULL);
    assert_string_equal(client_text(client, "place"), place);
    assert_string_equal(client_text(client, "contact"), contact);
    assert_string_equal(client_text(client, "warning"), warning);
}

static int64_t number(const char *sql)
{
    struct db *db;
    fixture_check(&fixture, db_open(&db, fixture.paths.db, DB_READ, &fixture.diag), "db");
    struct query *query = db_query(db, sql);
    const int64_t found = query_step(query) == 1 ? query_get_int(query, 0) : -1;
    db_close(db);
    return found;
}

static int64_t messages(void)
{
    return number("SELECT count(*) FROM message WHERE kind = 'notes'");
}

static int64_t events(void)
{
    return number("SELECT count(*) FROM event WHERE kind = 'need.notes'");
}

static void test_limits(void **state)
{
    (void)state;
    static const char *const wide = "水";
    char text[NOTES_TEXT_MAX + 8] = "", body[NOTES_TEXT_MAX + 64];
    for (int i = 0; i < NOTES_CHARACTERS_MAX; i++)
        (void)strncat(text, wide, 4);
    (void)snprintf(body, sizeof body, "{\"contact\":\"%s\"}", text);
    post("needs", need, "notes", body, 200);
    (void)snprintf(body, sizeof body, "{\"contact\":\"%sx\"}", text);
    post("needs", need, "notes", body, 422);
    assert_non_null(strstr(text_string(&admin.body), "\"/contact\""));
    post("needs", need, "notes", "{\"warning\":\"a\\u0007b\"}", 422);
    assert_non_null(strstr(text_string(&admin.body), "control characters"));
    post("needs", need, "notes", "{\"warning\":\"a\\u001fb\"}", 422);
    post("needs", need, "notes", "{\"warning\":null}", 422);
    post("needs", need, "notes", "{\"advice\":\"x\"}", 422);
    post("needs", 999999, "notes", "{}", 404);
    (void)snprintf(body, sizeof body,
                   "{\"within_minutes\":9,\"lines\":[{\"skills\":[],\"count\":1}],"
                   "\"place\":\"%sx\"}",
                   text);
    post("incidents", incident, "needs", body, 422);
    assert_non_null(strstr(text_string(&admin.body), "\"/place\""));
    post("needs", need, "notes", "{\"contact\":\"\"}", 200);
    assert_int_equal(client_int(&admin, "id"), need);
    assert_string_equal(client_text(&admin, "state"), "open");
}

/* Not before the yes, not on another device, not after the part is over. */
static void test_after_a_yes(void **state)
{
    (void)state;
    struct client client, other;
    char path[64];
    take_link(&client, path);
    client_init(&other, &fixture);
    see(&client, path, "", "", "");
    assert_null(strstr(text_string(&client.body), "north"));
    say(&client, path, "accept");
    assert_string_equal(client_text(&client, "warning"), "deep water");
    see(&client, path, "north gate", "", "deep water");
    see(&other, path, "", "", "");
    client.plain = other.plain = true;
    client_expect(&client, 200, "GET", path, NULL);
    assert_non_null(strstr(text_string(&client.body), "deep water"));
    client_expect(&other, 200, "GET", path, NULL);
    assert_null(strstr(text_string(&other.body), "deep water"));
    assert_null(strstr(text_string(&other.body), "north gate"));
    client.plain = other.plain = false;
    say(&client, path, "withdraw");
    see(&client, path, "", "", "");
    client_release(&client);
    client_release(&other);
}

static void test_changed(void **state)
{
    (void)state;
    struct client client, asked;
    char path[64], asked_path[64];
    take_link(&client, path);
    take_link(&asked, asked_path);
    say(&client, path, "accept");
    say(&client, path, "depart");
    const int64_t told = messages(), noted = events();
    post("needs", need, "notes", "{\"warning\":\"deep water\"}", 200);
    post("needs", need, "notes", "{}", 200);
    assert_int_equal(messages(), told);
    assert_int_equal(events(), noted);
    post("needs", need, "notes",
         "{\"contact\":\"Li\",\"warning\":\"the bridge is gone\"}", 200);
    assert_int_equal(messages(), told + 1);
    assert_int_equal(events(), noted + 1);
    see(&client, path, "north gate", "Li", "the bridge is gone");
    see(&asked, asked_path, "", "", "");
    post("needs", need, "notes", "{\"place\":\"\",\"warning\":\"\"}", 200);
    see(&client, path, "", "Li", "");
    assert_int_equal(messages(), told + 2);
    say(&client, path, "arrive");
    post("needs", need, "notes", "{\"warning\":\"deep water\"}", 200);
    assert_int_equal(messages(), told + 2);
    client_release(&client);
    client_release(&asked);
}

/* The same request twice has one effect; another one under its key is refused. */
static void test_repeated(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        long status;
        int events;
    } rows[] = {
        {"{\"contact\":\"Wang\"}", 200, 1},
        {"{\"contact\":\"Wang\"}", 200, 0},
        {"{\"contact\":\"Zhao\"}", 422, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const int64_t before = events();
        (void)snprintf(admin.headers[0], sizeof admin.headers[0],
                       "Idempotency-Key: notes-1");
        post("needs", need, "notes", rows[i].body, rows[i].status);
        assert_int_equal(events() - before, rows[i].events);
    }
    const int64_t before = events();
    post("needs", need, "notes", "{\"contact\":\"Chen\"}", 200);
    (void)snprintf(admin.headers[0], sizeof admin.headers[0], "Idempotency-Key: notes-1");
    post("needs", need, "notes", rows[0].body, 200); /* as it was answered then */
    assert_int_equal(events() - before, 1);
}

static void test_over(void **state)
{
    (void)state;
    post("incidents", incident, "needs",
         "{\"within_minutes\":9,\"lines\":[{\"skills\":[],\"count\":1}]}", 201);
    const int64_t second = client_int(&admin, "id");
    post("needs", second, "steps", "{\"step\":\"cancel\",\"reason\":\"x\"}", 200);
    post("needs", second, "notes", "{\"warning\":\"x\"}", 409);
    post("incidents", incident, "steps", "{\"step\":\"cancel\",\"reason\":\"x\"}", 200);
    post("needs", need, "notes", "{\"warning\":\"x\"}", 409);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_after_a_yes),
        cmocka_unit_test(test_changed), cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_over),
    };
    return cmocka_run_group_tests(tests, start, admin_stop);
}
