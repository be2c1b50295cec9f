/* SPDX-License-Identifier: Apache-2.0 */
/* Who sees what, cell by cell (invariant 11): every role, inside and outside its area,
 * against what may be done and which fields of people and requesters are shown. */
#include "rights.h"

#include "store/ledger.h"

/* The path with its # replaced by the id. */
static void write_path(char ret[128], const char *path, const int64_t *id)
{
    const char *mark = strchr(path, '#');
    if (mark == NULL)
        (void)snprintf(ret, 128, "%s", path);
    else
        (void)snprintf(ret, 128, "%.*s%lld%s", (int)(mark - path), path, (long long)*id,
                       mark + 1);
}

/* ---- what may be done: one status per role ---- */
struct right {
    const char *method, *path, *body; /* a # stands for the id */
    const int64_t *id;
    long status[WHO_COUNT];
};

/* 409 and 422 count as "may": the right was not what was missing. */
static const struct right rights[] = {
    /*                                            adm  com  dis  ver  tra  aud  vie  east
       nob */
    {"GET",
     "/api/v1/incidents",
     NULL,
     NULL,
     {200, 200, 200, 200, 200, 200, 200, 200, 401}},
    {"GET", "/api/v1/areas", NULL, NULL, {200, 200, 200, 200, 200, 200, 200, 200, 401}},
    {"GET", "/api/v1/desks", NULL, NULL, {200, 200, 200, 403, 403, 403, 403, 200, 401}},
    {"PUT",
     "/api/v1/sessions/current/browser",
     "{\"push_endpoint\":\"https://evil.example/x\",\"push_p256dh\":\"x\","
     "\"push_auth\":\"x\",\"lang\":\"zh\"}",
     NULL,
     {422, 422, 422, 403, 403, 403, 403, 422, 401}},
    {"DELETE",
     "/api/v1/sessions/current/browser",
     NULL,
     NULL,
     {204, 204, 204, 204, 204, 204, 204, 204, 401}},
    {"PUT",
     "/api/v1/desks/west",
     "{\"email\":\"west@example.org\"}",
     NULL,
     {204, 204, 403, 403, 403, 403, 403, 403, 401}},
    {"DELETE",
     "/api/v1/desks/nowhere",
     NULL,
     NULL,
     {404, 404, 403, 403, 403, 403, 403, 403, 401}},
    {"GET", "/api/v1/people", NULL, NULL, {200, 200, 200, 403, 200, 200, 403, 200, 401}},
    {"GET",
     "/api/v1/hours?from=2026-01-01&to=2026-01-31",
     NULL,
     NULL,
     {200, 200, 200, 403, 200, 200, 403, 200, 401}},
    {"GET",
     "/api/v1/incidents/#",
     NULL,
     &incident,
     {200, 200, 200, 200, 200, 200, 200, 404, 401}},
    {"GET",
     "/api/v1/callouts/#",
     NULL,
     &callout,
     {200, 200, 200, 200, 200, 200, 200, 404, 401}},
    {"GET",
     "/api/v1/callouts/#/alerts",
     NULL,
     &callout,
     {200, 200, 200, 200, 200, 200, 403, 404, 401}},
    {"GET",
     "/api/v1/callouts/#/plans",
     NULL,
     &callout,
     {200, 200, 200, 200, 200, 200, 403, 404, 401}},
    {"GET",
     "/api/v1/incidents/#/events",
     NULL,
     &incident,
     {200, 200, 200, 200, 200, 200, 403, 404, 401}},
    {"POST",
     "/api/v1/needs/#/plan",
     "{}",
     &need,
     {200, 200, 200, 403, 403, 403, 403, 404, 401}},
    {"POST",
     "/api/v1/needs/#/callouts",
     "{}",
     &need,
     {409, 409, 409, 403, 403, 403, 403, 404, 401}},
    {"POST",
     "/api/v1/needs/#/notes",
     "{}",
     &need,
     {200, 200, 200, 403, 403, 403, 403, 404, 401}},
    {"POST",
     "/api/v1/incidents/#/steps",
     "{\"step\":\"confirm\"}",
     &incident,
     {409, 409, 409, 403, 403, 403, 403, 404, 401}},
    {"POST",
     "/api/v1/incidents/#/steps",
     "{\"step\":\"reopen\",\"reason\":\"x\"}",
     &exercise,
     {409, 409, 409, 403, 409, 403, 403, 404, 401}},
    {"POST",
     "/api/v1/incidents/#/needs",
     "{}",
     &incident,
     {422, 422, 422, 403, 422, 403, 403, 422, 401}},
    {"POST",
     "/api/v1/incidents/#/roll-calls",
     "{}",
     &incident,
     {201, 201, 201, 403, 403, 403, 403, 404, 401}},
    {"POST",
     "/api/v1/assignments/#/steps",
     "{\"step\":\"found\"}",
     &assignment,
     {409, 409, 409, 403, 403, 403, 403, 404, 401}},
    {"POST",
     "/api/v1/assignments/#/reports",
     "{\"text\":\"x\",\"outcome\":\"done\"}",
     &assignment,
     {409, 409, 409, 403, 403, 403, 403, 404, 401}},
    {"POST",
     "/api/v1/assignments/#/verifications",
     "{\"ok\":true}",
     &assignment,
     {409, 409, 409, 409, 403, 403, 403, 404, 401}},
    {"POST",
     "/api/v1/accounts",
     "{}",
     NULL,
     {422, 403, 403, 403, 403, 403, 403, 403, 401}},
    {"PATCH",
     "/api/v1/people/P00001",
     "{}",
     NULL,
     {404, 403, 403, 403, 404, 403, 403, 403, 401}},
    {"GET",
     "/api/v1/applicants",
     NULL,
     NULL,
     {200, 403, 403, 403, 200, 403, 403, 403, 401}},
    {"GET",
     "/api/v1/people/new/number",
     NULL,
     NULL,
     {200, 403, 403, 403, 200, 403, 403, 403, 401}},
    {"GET",
     "/api/v1/applicants/count",
     NULL,
     NULL,
     {200, 403, 403, 403, 200, 403, 403, 403, 401}},
    {"POST",
     "/api/v1/people",
     "{\"number\":\"P00001\",\"name\":\"x\",\"home\":{\"lat\":30.705,\"lon\":121.001}}",
     NULL,
     {409, 403, 403, 403, 409, 403, 403, 403, 401}},
    {"POST",
     "/api/v1/responses",
     "{\"area\":\"west\",\"hazard\":\"flood\",\"level\":\"II\"}",
     NULL,
     {201, 201, 403, 403, 403, 403, 403, 422, 401}},
    {"POST",
     "/api/v1/responses",
     "{\"area\":\"west\",\"hazard\":\"flood\",\"level\":\"IV\"}",
     NULL,
     {201, 201, 201, 403, 403, 403, 403, 422, 401}},
};

static void test_rights(void **state)
{
    (void)state;
    bool good = true;
    for (size_t i = 0; i < COUNT_OF(rights); i++)
        for (int who = 0; who < WHO_COUNT; who++) {
            char path[128];
            write_path(path, rights[i].path, rights[i].id);
            const long status =
                client_send(&clients[who], rights[i].method, path, rights[i].body);
            if (status == rights[i].status[who])
                continue;
            good = false;
            print_message("%s: %s %s: %ld instead of %ld: %.200s\n", whos[who].name,
                          rights[i].method, path, status, rights[i].status[who],
                          text_string(&clients[who].body));
        }
    assert_true(good);
}

/* ---- which fields are shown ---- */
struct field {
    const char *name, *path;
    const int64_t *id;
    const char *needle; /* stands in the answer if the field is shown */
    bool shown[EAST];
};
static const struct field fields[] = {
    /*                                                        adm com dis ver tra aud vie
     */
    {"number", "/api/v1/callouts/#", &callout, "\"number\"", {1, 1, 1, 1, 1, 1, 0}},
    {"steps of who comes",
     "/api/v1/callouts/#",
     &callout,
     "\"withdraw\"",
     {1, 1, 1, 0, 0, 0, 0}},
    {"history of people",
     "/api/v1/people/P00040",
     NULL,
     "\"history\"",
     {1, 1, 1, 0, 0, 0, 0}},
    {"birth", "/api/v1/people/P00040", NULL, "\"birth\"", {1, 0, 0, 0, 1, 0, 0}},
    {"name of people", "/api/v1/people/P00040", NULL, "\"name\"", {1, 1, 1, 0, 1, 0, 0}},
    {"telephone of people",
     "/api/v1/people/P00040",
     NULL,
     "\"phone\"",
     {1, 1, 1, 0, 1, 0, 0}},
    {"way into the own page",
     "/api/v1/people/P00040",
     NULL,
     "\"own_page\"",
     {1, 0, 0, 0, 1, 0, 0}},
    {"name after acceptance",
     "/api/v1/callouts/#",
     &callout,
     "\"Name",
     {1, 1, 1, 0, 0, 0, 0}},
    {"telephone after acceptance",
     "/api/v1/callouts/#",
     &callout,
     "\"1380000",
     {1, 1, 1, 0, 0, 0, 0}},
    {"place on the grid",
     "/api/v1/callouts/#",
     &callout,
     "at_grid",
     {1, 1, 1, 0, 0, 0, 0}},
    {"place on the grid, in alerts",
     "/api/v1/callouts/#/alerts",
     &callout,
     "at_grid",
     {1, 1, 1, 0, 0, 0, 0}},
    {"requester's name",
     "/api/v1/incidents/#",
     &incident,
     "Li Hua",
     {1, 1, 1, 1, 0, 0, 0}},
    {"requester's telephone",
     "/api/v1/incidents/#",
     &incident,
     "13911112222",
     {1, 1, 1, 1, 0, 0, 0}},
    {"whose home it is at",
     "/api/v1/incidents/#",
     &incident,
     "30.7050000",
     {1, 1, 1, 1, 0, 0, 0}},
    {"whose home it is at, in the list",
     "/api/v1/incidents",
     NULL,
     "30.7050000",
     {1, 1, 1, 1, 0, 0, 0}},
    {"about where it is",
     "/api/v1/incidents/#",
     &incident,
     "\"at_rounded\":true",
     {0, 0, 0, 0, 1, 1, 1}},
    {"words for the place",
     "/api/v1/incidents/#",
     &incident,
     "north gate",
     {1, 1, 1, 1, 0, 0, 0}},
    {"whom to look for",
     "/api/v1/incidents/#",
     &incident,
     "Stationmaster",
     {1, 1, 1, 1, 0, 0, 0}},
    {"what to beware of",
     "/api/v1/incidents/#",
     &incident,
     "deep water",
     {1, 1, 1, 1, 0, 0, 0}},
    {"what is told, in the events",
     "/api/v1/incidents/#/events",
     &incident,
     "deep water",
     {0, 0, 0, 0, 0, 0, 0}},
    {"number in alerts",
     "/api/v1/callouts/#/alerts",
     &callout,
     "\"number\"",
     {1, 1, 1, 1, 1, 1, 0}},
    {"who wants to join",
     "/api/v1/applicants",
     NULL,
     "Made-up Name",
     {1, 0, 0, 0, 1, 0, 0}},
    {"reason of an event",
     "/api/v1/incidents/#/events",
     &incident,
     "by telephone",
     {1, 1, 1, 0, 0, 0, 0}},
};

static void test_fields(void **state)
{
    (void)state;
    bool good = true;
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        for (int who = 0; who < EAST; who++) {
            char path[128];
            write_path(path, fields[i].path, fields[i].id);
            (void)client_send(&clients[who], "GET", path, NULL);
            const bool shown =
                strstr(text_string(&clients[who].body), fields[i].needle) != NULL;
            if (shown == fields[i].shown[who])
                continue;
            good = false;
            print_message("%s: %s is %s\n", whos[who].name, fields[i].name,
                          shown ? "shown" : "hidden");
        }
    assert_true(good);
}

/* How many alerts of the call-out name their person, all of them with a telephone. */
static size_t count_named(struct client *client, size_t *ret_yes, const char **ret_number)
{
    char path[128];
    size_t named = 0, i;
    const json_t *item;
    write_path(path, "/api/v1/callouts/#/alerts", &callout);
    client_expect(client, 200, "GET", path, NULL);
    *ret_yes = 0;
    json_array_foreach(json_object_get(client->json, "items"), i, item)
    {
        const bool said_yes =
            strcmp(json_string_value(json_object_get(item, "state")), "accepted") == 0;
        const bool has_name = json_object_get(item, "name") != NULL;
        assert_int_equal(json_object_get(item, "phone") != NULL, has_name);
        assert_true(has_name || !said_yes);
        *ret_yes += said_yes;
        named += has_name;
        if (!said_yes)
            *ret_number = json_string_value(json_object_get(item, "number"));
    }
    return named;
}

/* Whether one of the incident's events that are about NUMBER names them. */
static bool is_named(struct client *client, const char *number)
{
    char path[128];
    size_t i;
    const json_t *item;
    bool named = false;
    write_path(path, "/api/v1/incidents/#/events", &incident);
    client_expect(client, 200, "GET", path, NULL);
    json_array_foreach(json_object_get(client->json, "items"), i, item)
    {
        const char *person = json_string_value(json_object_get(item, "person"));
        if (person != NULL && strcmp(person, number) == 0)
            named = named || json_object_get(item, "name") != NULL;
    }
    return named;
}

/* Who was asked and has not said yes is a number, but to the dispatchers of their own
 * area. */
static void test_named_with_a_yes(void **state)
{
    (void)state;
    struct client *dispatcher = &clients[DISPATCHER];
    const char *found = NULL;
    char path[128], number[CROWD_NUMBER_MAX + 1];
    size_t yes;
    assert_int_equal(count_named(dispatcher, &yes, &found), 1);
    assert_int_equal(yes, 1);
    assert_non_null(found);
    (void)snprintf(number, sizeof number, "%s", found);
    assert_false(is_named(dispatcher, number));
    (void)snprintf(path, sizeof path, "/api/v1/people/%s", number);
    (void)snprintf(admin.headers[0], sizeof admin.headers[0], "If-Match: *");
    client_expect(&admin, 200, "PATCH", path, "{\"area\":\"west\"}");
    assert_int_equal(count_named(dispatcher, &yes, &found), 2);
    static const enum who readers[] = {DISPATCHER, VERIFIER, TRAINER, AUDITOR};
    for (size_t i = 0; i < COUNT_OF(readers); i++)
        assert_int_equal(is_named(&clients[readers[i]], number),
                         readers[i] == DISPATCHER);
}

/* What lies in another town is refused word for word as what is nowhere; the answers
 * differ only in which occurrence of the problem each is. */
static void expect_same(struct client *client, const char *method, const char *real,
                        const char *made_up, const char *body)
{
    (void)snprintf(client->headers[0], sizeof client->headers[0], "If-Match: *");
    client_expect(client, 404, method, real, body);
    json_t *told = client->json;
    client->json = NULL;
    (void)snprintf(client->headers[0], sizeof client->headers[0], "If-Match: *");
    client_expect(client, 404, method, made_up, body);
    (void)json_object_del(told, "instance");
    (void)json_object_del(client->json, "instance");
    if (!json_is_object(told) || !json_equal(told, client->json))
        fail_msg("%s %s is told from %s: %s", method, real, made_up,
                 text_string(&client->body));
    json_decref(told);
}

static void test_elsewhere_is_nowhere(void **state)
{
    (void)state;
    static const int64_t nowhere = 999999;
    static const struct {
        const char *method, *path, *body;
        const int64_t *id;
    } rows[] = {
        {"GET", "/api/v1/incidents/#", NULL, &incident},
        {"GET", "/api/v1/incidents/#/events", NULL, &incident},
        {"GET", "/api/v1/incidents/#/report", NULL, &incident},
        {"POST", "/api/v1/incidents/#/plan", "{}", &incident},
        {"POST", "/api/v1/incidents/#/needs",
         "{\"within_minutes\":40,\"lines\":[{\"skills\":[],\"count\":1}]}", &incident},
        {"POST", "/api/v1/incidents/#/steps", "{\"step\":\"confirm\"}", &incident},
        {"POST", "/api/v1/incidents/#/roll-calls", "{}", &incident},
        {"POST", "/api/v1/needs/#/plan", "{}", &need},
        {"POST", "/api/v1/needs/#/notes", "{}", &need},
        {"POST", "/api/v1/needs/#/steps", "{\"step\":\"cancel\",\"reason\":\"x\"}",
         &need},
        {"POST", "/api/v1/needs/#/callouts", "{}", &need},
        {"GET", "/api/v1/callouts/#", NULL, &callout},
        {"GET", "/api/v1/callouts/#/alerts", NULL, &callout},
        {"GET", "/api/v1/callouts/#/plans", NULL, &callout},
        {"POST", "/api/v1/callouts/#/steps", "{\"step\":\"stand_down\"}", &callout},
        {"POST", "/api/v1/alerts/#/replies", "{\"answer\":\"decline\",\"reason\":\"x\"}",
         &alert},
        {"POST", "/api/v1/assignments/#/steps", "{\"step\":\"found\"}", &assignment},
        {"POST", "/api/v1/assignments/#/reports", "{\"text\":\"x\",\"outcome\":\"done\"}",
         &assignment},
        {"POST", "/api/v1/assignments/#/verifications", "{\"ok\":true}", &assignment},
        {"POST", "/api/v1/assignments/#/alarms", "{\"step\":\"acknowledge\"}",
         &assignment},
        {"POST", "/api/v1/applicants/#/decline", "{}", &applicant},
    };
    struct client far;
    client_expect(&admin, 201, "POST", "/api/v1/accounts",
                  "{\"account\":\"a-elsewhere\",\"password\":\"a long password\","
                  "\"roles\":[{\"role\":\"trainer\",\"area\":\"east\"},"
                  "{\"role\":\"commander\",\"area\":\"east\"}]}");
    client_init(&far, &fixture);
    client_sign_in(&far, "a-elsewhere", "a long password");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char real[128], made_up[128];
        write_path(real, rows[i].path, rows[i].id);
        write_path(made_up, rows[i].path, &nowhere);
        expect_same(&far, rows[i].method, real, made_up, rows[i].body);
    }
    expect_same(&far, "GET", "/api/v1/people/P00040", "/api/v1/people/P99999", NULL);
    expect_same(&far, "PATCH", "/api/v1/people/P00040", "/api/v1/people/P99999", "{}");
    client_release(&far);
}

/* No list goes beyond the areas of who reads it. */
static void test_lists_end_at_the_area(void **state)
{
    (void)state;
    char case_id[32];
    (void)snprintf(case_id, sizeof case_id, "\"id\":%lld,", (long long)incident);
    const struct {
        const char *path, *needle;
    } rows[] = {
        {"/api/v1/incidents", case_id},
        {"/api/v1/incidents?state=running", case_id},
        {"/api/v1/handover", case_id},
        {"/api/v1/assignments", "\"assigned\""},
        {"/api/v1/people?limit=1000", "\"P00040\""},
        {"/api/v1/applicants", "Made-up Name"},
    };
    struct client far;
    client_init(&far, &fixture);
    client_sign_in(&far, "a-elsewhere", "a long password");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        client_expect(&far, 200, "GET", rows[i].path, NULL);
        assert_null(strstr(text_string(&far.body), rows[i].needle));
        client_expect(&admin, 200, "GET", rows[i].path, NULL);
        assert_non_null(strstr(text_string(&admin.body), rows[i].needle));
    }
    client_release(&far);
    /* Of two towns, and nobody beyond them. */
    client_expect(&admin, 201, "POST", "/api/v1/accounts",
                  "{\"account\":\"a-both\",\"password\":\"a long password\",\"roles\":"
                  "[{\"role\":\"trainer\",\"area\":\"east\"},"
                  "{\"role\":\"dispatcher\",\"area\":\"west\"}]}");
    client_init(&far, &fixture);
    client_sign_in(&far, "a-both", "a long password");
    client_expect(&far, 200, "GET", "/api/v1/people?limit=1000", NULL);
    assert_non_null(strstr(text_string(&far.body), "\"P00040\""));
    assert_null(strstr(text_string(&far.body), "\"area\":\"root\""));
    client_release(&far);
}

/* Home places stand nowhere in clear: the fixture's people live on exact nodes. */
static void test_places(void **state)
{
    (void)state;
    client_expect(&admin, 200, "GET", "/api/v1/people?limit=1000", NULL);
    assert_null(strstr(text_string(&admin.body), "\"home\""));
    const json_t *items = json_object_get(admin.json, "items");
    assert_int_equal(json_array_size(items), PEOPLE);
    size_t exact = 0, i;
    json_t *item;
    json_array_foreach((json_t *)(uintptr_t)items, i, item)
    {
        const double lat =
            json_number_value(json_object_get(json_object_get(item, "at_grid"), "lat"));
        const double home = GRID_LAT + (double)(i % GRID) * GRID_STEP;
        exact += lat - home < 1e-6 && home - lat < 1e-6;
    }
    assert_true(exact < 5);
}

/* What became of the work is not for boards without names. */
static void test_what_was_done(void **state)
{
    (void)state;
    char path[128];
    step("assignments", assignment, "steps", "{\"step\":\"arrive\"}", 200);
    step("assignments", assignment, "steps", "{\"step\":\"release\"}", 200);
    write_path(path, "/api/v1/callouts/#", &callout);
    for (int who = 0; who < EAST; who++) {
        client_expect(&clients[who], 200, "GET", path, NULL);
        assert_int_equal(strstr(text_string(&clients[who].body), "\"minutes\"") != NULL,
                         who != VIEWER);
    }
}

/* By cookie a change needs the CSRF header; with a wrong one it is refused too. */
static void test_csrf(void **state)
{
    (void)state;
    struct client *client = &clients[DISPATCHER];
    char csrf[64];
    memcpy(csrf, client->csrf, sizeof csrf);
    const char *body = "{\"kind\":\"fire\",\"at\":{\"lat\":30.705,\"lon\":121.024}}";
    client->csrf[0] = '\0';
    client_expect(client, 403, "POST", "/api/v1/incidents", body);
    (void)snprintf(client->csrf, sizeof client->csrf, "wrong");
    client_expect(client, 403, "POST", "/api/v1/incidents", body);
    memcpy(client->csrf, csrf, sizeof csrf);
    client_expect(client, 201, "POST", "/api/v1/incidents", body);
    client_expect(client, 204, "DELETE", "/api/v1/sessions/current", NULL);
    client_expect(client, 401, "GET", "/api/v1/sessions/current", NULL);
}

static int64_t new_id(void *context)
{
    return writer_new_id(context);
}

/* An hour of P00040, who is of the west and of two organisations. */
static int make_hour(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    struct loop_credit credit = {.assignment_id = 1 << 30, .minutes = 60};
    (void)context;
    (void)reterr;
    struct query *query =
        db_query(writer_db(writer), "SELECT id FROM person WHERE number = 'P00040'");
    assert_int_equal(query_step(query), 1);
    credit.person_id = query_get_int(query, 0);
    query_reset(query);
    query = db_query(
        writer_db(writer),
        "INSERT INTO assignment (id, incident_id, alert_id, person_id, need_id, state,"
        " before_lost, line, count, assigned_ms, en_route_ms, on_scene_ms, released_ms,"
        " reported_ms, verified_ms, due_ms, overdue_stage, here_ms, sos_ms,"
        " sos_acknowledged_ms, outcome, reported_by, verified_by, minutes_worked,"
        " minutes_credited, stood_down_while_there, past) VALUES (?1, ?2, 1, ?3, ?4,"
        " 'verified', '', 0, 1, 0, 0, 0, ?5, 0, 0, 0, 0, 0, 0, 0, 'done', 0, 0, 0, 0, 0,"
        " 1)");
    query_int(query, 1, credit.assignment_id);
    query_int(query, 2, incident);
    query_int(query, 3, credit.person_id);
    query_int(query, 4, need);
    query_int(query, 5, now_ms);
    const int status = query_run(query);
    return status != 0
               ? status
               : ledger_credit(writer_db(writer), new_id, writer, &credit, 9, now_ms);
}

static void expect_hours(enum who who, const char *more, const char *items)
{
    char path[160], wanted[200];
    (void)snprintf(path, sizeof path, "/api/v1/hours?from=2020-01-01&to=2099-12-31%s",
                   more);
    (void)snprintf(wanted, sizeof wanted, "{\"items\":[%s]}", items);
    client_expect(&clients[who], 200, "GET", path, NULL);
    assert_string_equal(text_string(&clients[who].body), wanted);
}

/* Hours count where the people are seen, and by the first organisation. */
static void test_hours(void **state)
{
    (void)state;
    (void)snprintf(admin.headers[0], sizeof admin.headers[0], "If-Match: *");
    client_expect(&admin, 200, "PATCH", "/api/v1/people/P00040",
                  "{\"organisations\":[\"Red Cross\",\"Boats\"]}");
    assert_int_equal(command_call(fixture.writer, make_hour, NULL, NULL), 0);
    static const char sum[] =
        "{\"organisation\":\"Red Cross\",\"people\":1,\"minutes\":60,"
        "\"assignments\":1}",
                      one[] = "{\"number\":\"P00040\",\"minutes\":60,\"assignments\":1}",
                      named[] = "{\"number\":\"P00040\",\"name\":\"Name40\","
                                "\"minutes\":60,\"assignments\":1}";
    expect_hours(DISPATCHER, "", sum);
    expect_hours(AUDITOR, "&organisation=Red%20Cross", one);
    expect_hours(DISPATCHER, "&organisation=Red%20Cross", named);
    expect_hours(DISPATCHER, "&organisation=Boats", "");
    expect_hours(DISPATCHER, "&organisation=", "");
    expect_hours(DISPATCHER, "&exercise=true", "");
    expect_hours(EAST, "", "");
    expect_hours(EAST, "&organisation=Red%20Cross", "");
    client_expect(&admin, 200, "GET", "/api/v1/hours?from=2020-01-01&to=2099-12-31",
                  NULL);
    assert_non_null(strstr(text_string(&admin.body), sum));
    static const char *const wrong[] = {
        "",
        "?from=2026-01-01",
        "?from=2026-01-01&to=2025-12-31",
        "?from=2026-02-30&to=2026-03-01",
        "?from=2026-01-01&to=2026-01-31&exercise=maybe",
        "?from=2026-01-01&to=2026-01-31&organisation="
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char path[200];
        (void)snprintf(path, sizeof path, "/api/v1/hours%s", wrong[i]);
        client_expect(&admin, 422, "GET", path, NULL);
    }
}

/* A level of the county holds for its towns: their accounts read it, and leave it. */
static void test_responses_from_above(void **state)
{
    (void)state;
    client_expect(&admin, 201, "POST", "/api/v1/responses",
                  "{\"area\":\"root\",\"hazard\":\"flood\",\"level\":\"IV\"}");
    const int64_t id = client_int(&admin, "id");
    static const enum who readers[] = {DISPATCHER, VIEWER, EAST};
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        client_expect(&clients[readers[i]], 200, "GET", "/api/v1/responses?state=running",
                      NULL);
        const json_t *items = json_object_get(clients[readers[i]].json, "items");
        const json_t *newest = json_array_get(items, 0);
        assert_int_equal(json_integer_value(json_object_get(newest, "id")), id);
    }
    char path[96];
    (void)snprintf(path, sizeof path, "/api/v1/responses/%lld/steps", (long long)id);
    client_expect(&clients[EAST], 404, "POST", path, "{\"step\":\"end\"}");
    client_expect(&admin, 200, "POST", path, "{\"step\":\"end\"}");
    /* But those of a town are not its neighbour's. */
    client_expect(&clients[EAST], 200, "GET", "/api/v1/responses", NULL);
    assert_null(strstr(text_string(&clients[EAST].body), "\"west\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_named_with_a_yes),
        cmocka_unit_test(test_elsewhere_is_nowhere),
        cmocka_unit_test(test_lists_end_at_the_area),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_responses_from_above),
        cmocka_unit_test(test_what_was_done),
        cmocka_unit_test(test_csrf),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
