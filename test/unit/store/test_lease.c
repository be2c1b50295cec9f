/* SPDX-License-Identifier: Apache-2.0 */
/* The lease between nodes; runs when STORE=postgres. */
#include "fixture.h"

#include "store/lease.h"
#include "store/schema.h"

#include <stdatomic.h>

static void lost(void *context, const char *why)
{
    (void)why;
    ++*(atomic_int *)context;
}

static struct lease *node(struct fixture *f, const char *address)
{
    struct lease *lease;
    assert_int_equal(lease_open(&lease, f->db_path, address, &f->diag), ST_OK);
    return lease;
}

static bool take(struct fixture *f, struct lease *lease, char holder[LEASE_ADDRESS_MAX])
{
    bool taken;
    assert_int_equal(lease_take(lease, &taken, holder, &f->diag), ST_OK);
    return taken;
}

static void one_holds_it(void **state)
{
    struct fixture *f = *state;
    char holder[LEASE_ADDRESS_MAX] = "";
    atomic_int losses = 0;
    if (!engine_is_postgres())
        skip();
    struct lease *a = node(f, "a:1"), *b = node(f, "b:2");
    assert_true(take(f, a, holder));
    assert_int_equal(lease_epoch(a), 1);
    assert_int_equal(lease_keep(a, lost, &losses), ST_OK);
    for (int i = 0; i < 3; i++) {
        /* Longer than it may go unrenewed; then it is renewed. */
        engine_run(f->db_path, "UPDATE store_lease SET heard = heard - interval '6 s'");
        while (fixture_number(f, "SELECT count(*) FROM store_lease WHERE heard >"
                                 " clock_timestamp() - interval '5 s'") == 0)
            usleep(50000);
        assert_false(take(f, b, holder));
        assert_string_equal(holder, "a:1");
    }
    /* Given back, it is taken at once, and the epoch rises. */
    lease_free(a);
    assert_true(take(f, b, holder));
    assert_int_equal(lease_epoch(b), 2);
    assert_int_equal(losses, 0);
    lease_free(b);
}

/* A newer program waits until nobody of the older version serves. */
static void no_upgrade_under_it(void **state)
{
    struct fixture *f = *state;
    char holder[LEASE_ADDRESS_MAX] = "";
    struct db *db = NULL;
    if (!engine_is_postgres())
        skip();
    struct lease *a = node(f, "a:1");
    assert_true(take(f, a, holder));
    engine_run(f->db_path,
               "UPDATE store_engine SET number = number - 1 WHERE key = 'schema'");
    assert_int_equal(db_open(&db, f->db_path, DB_WRITE, &f->diag), ST_BUSY);
    assert_non_null(strstr(f->diag.text, "stop all nodes"));
    engine_run(f->db_path,
               "UPDATE store_engine SET number = number + 1 WHERE key = 'schema'");
    assert_int_equal(fixture_number(f, "SELECT number FROM store_engine"
                                       " WHERE key = 'schema'"),
                     SCHEMA_VERSION);
    lease_free(a);
}

static void a_dead_one_is_followed(void **state)
{
    struct fixture *f = *state;
    char holder[LEASE_ADDRESS_MAX] = "";
    atomic_int losses = 0;
    if (!engine_is_postgres())
        skip();
    struct lease *a = node(f, "a:1"), *b = node(f, "b:2");
    struct db *db;
    assert_int_equal(db_open(&db, f->db_path, DB_WRITE, &f->diag), ST_OK);
    assert_true(take(f, a, holder));
    db_fence(db, lease_epoch(a));
    assert_int_equal(db_begin(db), ST_OK); /* and hangs */
    /* Silent for too long: taken, and its open transaction is cut off. */
    engine_run(f->db_path, "UPDATE store_lease SET heard = heard - interval '6 s'");
    assert_true(take(f, b, holder));
    assert_int_equal(lease_epoch(b), 2);
    assert_true(db_commit(db) != ST_OK);
    db_rollback(db);
    assert_int_equal(db_begin(db), ST_IO);
    assert_true(db_sync_failed(db));
    db_close(db);
    /* It notices when it wakes up, once. */
    assert_int_equal(lease_keep(a, lost, &losses), ST_OK);
    for (int i = 0; i < 1200 && losses == 0; i++)
        usleep(50000);
    assert_int_equal(losses, 1);
    assert_false(take(f, a, holder));
    lease_free(a);
    lease_free(b);
}

static void the_servers_clock(void **state)
{
    struct fixture *f = *state;
    char holder[LEASE_ADDRESS_MAX] = "";
    if (!engine_is_postgres())
        skip();
    const int64_t begun_ms = clock_wall_ms(clock_system());
    struct lease *a = node(f, "a:1");
    assert_true(take(f, a, holder));
    const int64_t there_ms = clock_wall_ms(lease_clock(a));
    const int64_t here_ms = clock_wall_ms(clock_system());
    /* The same clock, read at some moment between the question and the answer. */
    assert_true(llabs(there_ms - here_ms) <= 1000 + here_ms - begun_ms);
    lease_free(a);
}

int main(void)
{
    if (!engine_is_postgres())
        printf("absent: PostgreSQL here; make unit-postgres runs the lease's tests\n");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_holds_it, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(no_upgrade_under_it, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_dead_one_is_followed, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(the_servers_clock, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
