/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of rights: an account of each role in the west, one in the east, a running
 * call-out in the west, an exercise, somebody who wants to join. */
#ifndef MUSTER_TEST_API_RIGHTS_H
#define MUSTER_TEST_API_RIGHTS_H

#include "fixture.h"

#include "store/applicant.h"

static struct fixture fixture;
static struct client admin;
static int64_t incident, need, callout, alert, assignment, exercise, applicant;

enum who {
    ADMIN,
    COMMANDER,
    DISPATCHER,
    VERIFIER,
    TRAINER,
    AUDITOR,
    VIEWER,
    EAST, /* a dispatcher of the other town */
    NOBODY,
    WHO_COUNT
};
static const struct {
    const char *name, *role, *area;
} whos[WHO_COUNT] = {
    [ADMIN] = {"a-admin", "admin", "west"},
    [COMMANDER] = {"a-commander", "commander", "west"},
    [DISPATCHER] = {"a-dispatcher", "dispatcher", "west"},
    [VERIFIER] = {"a-verifier", "verifier", "west"},
    [TRAINER] = {"a-trainer", "trainer", "west"},
    [AUDITOR] = {"a-auditor", "auditor", "west"},
    [VIEWER] = {"a-viewer", "viewer", "west"},
    [EAST] = {"a-east", "dispatcher", "east"},
    [NOBODY] = {"", "", ""},
};
static struct client clients[WHO_COUNT];

static inline void step(const char *kind, int64_t id, const char *what, const char *body,
                        long status)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/api/v1/%s/%lld/%s", kind, (long long)id, what);
    client_expect(&admin, status, "POST", path, body);
}

static inline void make_accounts(void)
{
    for (int i = 0; i < NOBODY; i++) {
        char body[256];
        (void)snprintf(body, sizeof body,
                       "{\"account\":\"%s\",\"password\":\"a long password\",\"roles\":[{"
                       "\"role\":\"%s\",\"area\":\"%s\"}]}",
                       whos[i].name, whos[i].role, whos[i].area);
        client_expect(&admin, 201, "POST", "/api/v1/accounts", body);
        client_init(&clients[i], &fixture);
        client_sign_in(&clients[i], whos[i].name, "a long password");
    }
    client_init(&clients[NOBODY], &fixture);
}

static inline void make_callout(void)
{
    char path[96];
    client_expect(&admin, 201, "POST", "/api/v1/incidents",
                  "{\"kind\":\"fire\",\"exercise\":true,\"at\":{\"lat\":30.71,\"lon\":"
                  "121.024}}");
    exercise = client_int(&admin, "id");
    client_expect(&admin, 201, "POST", "/api/v1/incidents",
                  "{\"kind\":\"medical\",\"at\":{\"lat\":30.705,\"lon\":121.024},"
                  "\"requester\":{\"name\":\"Li Hua\",\"phone\":\"13911112222\","
                  "\"consent\":true}}");
    incident = client_int(&admin, "id");
    step("incidents", incident, "steps", "{\"step\":\"confirm\"}", 200);
    step("incidents", incident, "needs",
         "{\"within_minutes\":40,\"lines\":[{\"skills\":[\"first-aid\"],\"count\":1}],"
         "\"place\":\"north gate\",\"contact\":\"Stationmaster\",\"warning\":\"deep "
         "water\"}",
         201);
    need = client_int(&admin, "id");
    step("needs", need, "callouts", "{}", 201);
    callout = client_int(&admin, "id");
    (void)snprintf(path, sizeof path, "/api/v1/callouts/%lld/alerts", (long long)callout);
    client_expect(&admin, 200, "GET", path, NULL);
    alert = json_integer_value(
        json_object_get(json_array_get(json_object_get(admin.json, "items"), 0), "id"));
    step("alerts", alert, "replies",
         "{\"answer\":\"accept\",\"reason\":\"by telephone\"}", 200);
    (void)snprintf(path, sizeof path, "/api/v1/callouts/%lld", (long long)callout);
    client_expect(&admin, 200, "GET", path, NULL);
    assignment = json_integer_value(json_object_get(
        json_array_get(json_object_get(admin.json, "assignments"), 0), "id"));
    assert_true(assignment > 0);
    /* Somebody of the west, whose history is for its dispatchers, the birth for who
     * changes people. */
    (void)snprintf(admin.headers[0], sizeof admin.headers[0], "If-Match: *");
    client_expect(&admin, 200, "PATCH", "/api/v1/people/P00040",
                  "{\"area\":\"west\",\"birth\":\"1990-05-31\"}");
}

/* Somebody of the west wants to join. */
static inline int make_applicant(void *context, struct writer *writer, int64_t now_ms,
                                 struct diag *reterr)
{
    AUTO_FREE struct applicant *one = mem_calloc(1, sizeof *one);
    (void)context;
    one->area_id = fixture_area(writer, "west");
    (void)snprintf(one->name, sizeof one->name, "Made-up Name");
    (void)snprintf(one->phone, sizeof one->phone, "10000777001");
    const int status = applicant_put(writer, one, now_ms, reterr);
    applicant = one->id;
    return status;
}

static inline int start(void **state)
{
    (void)state;
    fixture_start(&fixture);
    client_init(&admin, &fixture);
    client_sign_in(&admin, fixture.init.account, fixture.init.password);
    make_accounts();
    make_callout();
    assert_int_equal(command_call(fixture.writer, make_applicant, NULL, NULL), 0);
    return 0;
}

static inline int stop(void **state)
{
    (void)state;
    for (int i = 0; i < WHO_COUNT; i++)
        client_release(&clients[i]);
    client_release(&admin);
    fixture_stop(&fixture);
    return 0;
}

#endif
