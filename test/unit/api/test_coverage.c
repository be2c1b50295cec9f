/* SPDX-License-Identifier: Apache-2.0 */
/* Coverage over HTTP: many ask at once, one is worked out at a time, all get an answer.
 */
#include "fixture.h"

#define CLIENTS 6

static struct fixture fixture;
static struct client clients[CLIENTS];

static int start(void **state)
{
    (void)state;
    fixture_start(&fixture);
    for (int i = 0; i < CLIENTS; i++) {
        client_init(&clients[i], &fixture);
        client_sign_in(&clients[i], fixture.init.account, fixture.init.password);
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    for (int i = 0; i < CLIENTS; i++)
        client_release(&clients[i]);
    fixture_stop(&fixture);
    return 0;
}

static void *ask(void *context)
{
    (void)client_send(context, "GET", "/api/v1/coverage?mode=car&area=west", NULL);
    return NULL;
}

static void test_many_at_once(void **state)
{
    (void)state;
    pthread_t threads[CLIENTS];
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < CLIENTS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, ask, &clients[i]), 0);
        for (int i = 0; i < CLIENTS; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        for (int i = 0; i < CLIENTS; i++) {
            assert_int_equal(clients[i].status, 200);
            assert_non_null(json_object_get(clients[i].json, "places"));
        }
    }
    client_expect(&clients[0], 422, "GET", "/api/v1/coverage?area=nowhere", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_many_at_once)};
    return cmocka_run_group_tests(tests, start, stop);
}
