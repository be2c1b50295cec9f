/* SPDX-License-Identifier: Apache-2.0 */
/* An incident with one need that was called out over HTTP, and the links of whom it
 * alerts. */
#ifndef MUSTER_TEST_API_CALLED_H
#define MUSTER_TEST_API_CALLED_H

#include "admin.h"

static int64_t incident, need, callout;
static int64_t alerts[100];
static size_t alert_count, used;

static void post(const char *kind, int64_t id, const char *what, const char *body,
                 long status)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/api/v1/%s/%lld/%s", kind, (long long)id, what);
    client_expect(&admin, status, "POST", path, body);
}

/* A new incident in the place of the one before, and whom its need alerts. */
static void call_out(const char *wanted, const char *wishes)
{
    client_expect(&admin, 201, "POST", "/api/v1/incidents",
                  "{\"kind\":\"flood\",\"at\":{\"lat\":30.705,\"lon\":121.024}}");
    incident = client_int(&admin, "id");
    post("incidents", incident, "steps", "{\"step\":\"confirm\"}", 200);
    post("incidents", incident, "needs", wanted, 201);
    need = client_int(&admin, "id");
    post("needs", need, "callouts", wishes, 201);
    callout = client_int(&admin, "id");
    char path[96];
    (void)snprintf(path, sizeof path, "/api/v1/callouts/%lld/alerts", (long long)callout);
    client_expect(&admin, 200, "GET", path, NULL);
    const json_t *items = json_object_get(admin.json, "items");
    for (alert_count = 0; alert_count < json_array_size(items); alert_count++)
        alerts[alert_count] =
            json_integer_value(json_object_get(json_array_get(items, alert_count), "id"));
    used = 0;
}

/* A fresh device with the link of an alert nobody has used yet. */
static void take_link(struct client *client, char path[64])
{
    char token[LINK_TOKEN_SIZE];
    client_init(client, &fixture);
    assert_true(used < alert_count);
    link_token(&fixture.link_key, alerts[used++], token);
    (void)snprintf(path, 64, "/r/%s", token);
}

#endif
