/* SPDX-License-Identifier: Apache-2.0 */
/* Desks over HTTP: what is taken, who sees which, and that one is written to. */
#include "admin.h"

static struct client town;

static int start(void **state)
{
    (void)admin_start(state);
    client_expect(&admin, 201, "POST", "/api/v1/accounts",
                  "{\"account\":\"town\",\"password\":\"a long password\","
                  "\"roles\":[{\"role\":\"commander\",\"area\":\"east\"}]}");
    client_init(&town, &fixture);
    client_sign_in(&town, "town", "a long password");
    return 0;
}

static int stop(void **state)
{
    client_release(&town);
    return admin_stop(state);
}

/* What CLIENT sees: the codes and addresses of the desks, in a line. */
static void assert_desks(struct client *client, const char *wanted)
{
    char seen[256] = "";
    client_expect(client, 200, "GET", "/api/v1/desks", NULL);
    const json_t *items = json_object_get(client->json, "items");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *desk = json_array_get(items, i);
        const char *email = json_string_value(json_object_get(desk, "email"));
        const size_t end = strlen(seen);
        (void)snprintf(
            seen + end, sizeof seen - end, "%s%s=%s", i > 0 ? " " : "",
            json_string_value(json_object_get(json_object_get(desk, "area"), "code")),
            email == NULL ? "" : email);
    }
    assert_string_equal(seen, wanted);
}

static void test_set_and_removed(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "{\"email\":\"duty\"}", "{\"email\":\"a b@example.org\"}",
        "{\"email\":\"a@example.org\\r\\nBcc: b@example.org\"}", "{\"phone\":\"1\"}",
        "{\"email\":7}"};
    assert_desks(&admin, "");
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        client_expect(&admin, 422, "PUT", "/api/v1/desks/root", wrong[i]);
    client_expect(&admin, 404, "PUT", "/api/v1/desks/nowhere", "{}");
    client_expect(&admin, 404, "DELETE", "/api/v1/desks/root", NULL);
    client_expect(&admin, 204, "PUT", "/api/v1/desks/root", "{}");
    client_expect(&admin, 204, "PUT", "/api/v1/desks/east",
                  "{\"email\":\"first@example.org\"}");
    client_expect(&town, 204, "PUT", "/api/v1/desks/east",
                  "{\"email\":\"east@example.org\"}");
    assert_desks(&admin, "root= east=east@example.org");
    /* Of other areas the town sees and changes nothing. */
    assert_desks(&town, "east=east@example.org");
    client_expect(&town, 404, "PUT", "/api/v1/desks/west", "{}");
    client_expect(&town, 404, "DELETE", "/api/v1/desks/root", NULL);
    client_expect(&town, 204, "DELETE", "/api/v1/desks/east", NULL);
    client_expect(&town, 404, "DELETE", "/api/v1/desks/east", NULL);
    assert_desks(&admin, "root=");
    client_expect(&admin, 204, "DELETE", "/api/v1/desks/root", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_set_and_removed)};
    return cmocka_run_group_tests(tests, start, stop);
}
