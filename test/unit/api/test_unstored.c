/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of sign-ins that the disk did not take: for whom, how long, and of how
 * many. That they are stored later, test/fault/disk.mjs tells on a disk that is full. */
#include "test/unit/store/fixture.h"

#include "api/unstored.h"
#include "store/account.h"

struct world {
    struct fixture store;
    struct unstored unstored;
    struct db *db;
    int64_t account_id;
    bool disabled;
    const char *password;
};

static int make_account(void *context, struct writer *writer, int64_t now_ms,
                        struct diag *reterr)
{
    struct world *world = context;
    struct account account = {
        .name = "duty", .role_count = 1, .roles = {{ROLE_VIEWER, 1}}};
    int status = query_run(db_query(writer_db(writer),
                                    "INSERT INTO area (id, code, name, parent_id, level)"
                                    " VALUES (1, 'root', 'root', 0, 'city')"));
    if (status == ST_OK)
        status = account_put(writer, &account, "a hash", 0, now_ms, &world->account_id,
                             reterr);
    return status;
}

static int change_account(void *context, struct writer *writer, int64_t now_ms,
                          struct diag *reterr)
{
    struct world *world = context;
    int status = account_set_disabled(writer, world->account_id, world->disabled, 0,
                                      now_ms, reterr);
    if (status == ST_OK && world->password != NULL)
        status =
            account_set_password(writer, world->account_id, world->password, 0, now_ms);
    return status;
}

static int setup(void **state)
{
    (void)fixture_setup_of(state, sizeof(struct world));
    struct world *world = *state;
    assert_int_equal(
        command_call(world->store.writer, make_account, world, &world->store.diag),
        ST_OK);
    return db_open(&world->db, world->store.db_path, DB_READ, &world->store.diag);
}

static int teardown(void **state)
{
    struct world *world = *state;
    db_close(world->db);
    return fixture_teardown(state);
}

static struct unstored_session session_of(uint32_t number, const char *account)
{
    struct unstored_session session = {.at_ms = NOW_MS, .password = "a hash"};
    memcpy(session.token_hash, &number, sizeof number);
    (void)snprintf(session.account, sizeof session.account, "%s", account);
    (void)snprintf(session.csrf, sizeof session.csrf, "csrf %u", number);
    return session;
}

static void sign_in(struct world *world, uint32_t number)
{
    const struct unstored_session session = session_of(number, "duty");
    unstored_put(&world->unstored, &session);
}

static int find(struct world *world, uint32_t number, int64_t now_ms, struct session *ret)
{
    const struct unstored_session session = session_of(number, "");
    return unstored_find(&world->unstored, world->db, session.token_hash, now_ms, ret);
}

static void test_signed_in_and_out(void **state)
{
    struct world *world = *state;
    struct session session;
    assert_int_equal(find(world, 1, NOW_MS, &session), ST_NOT_FOUND);
    sign_in(world, 1);
    sign_in(world, 2);
    assert_int_equal(find(world, 1, NOW_MS, &session), ST_OK);
    assert_string_equal(session.account.name, "duty");
    assert_string_equal(session.csrf, "csrf 1");
    assert_int_equal(session.account.role_count, 1);
    assert_false(session.is_api_token);
    const struct unstored_session signed_out = session_of(1, "");
    unstored_put(&world->unstored, &signed_out);
    assert_int_equal(world->unstored.count, 2);
    assert_int_equal(find(world, 1, NOW_MS, &session), ST_UNAUTHENTICATED);
    assert_int_equal(find(world, 2, NOW_MS, &session), ST_OK);
    assert_int_equal(find(world, 3, NOW_MS, &session), ST_NOT_FOUND);
}

static void test_no_longer_than_idle(void **state)
{
    struct world *world = *state;
    struct session session;
    sign_in(world, 1);
    assert_int_equal(find(world, 1, NOW_MS + ACCOUNT_IDLE_MS - 1, &session), ST_OK);
    assert_int_equal(find(world, 1, NOW_MS + ACCOUNT_IDLE_MS, &session),
                     ST_UNAUTHENTICATED);
}

static void change(struct world *world, bool disabled, const char *password)
{
    world->disabled = disabled;
    world->password = password;
    assert_int_equal(
        command_call(world->store.writer, change_account, world, &world->store.diag),
        ST_OK);
}

static void test_not_by_an_old_password(void **state)
{
    struct world *world = *state;
    struct session session;
    sign_in(world, 1);
    change(world, true, NULL);
    assert_int_equal(find(world, 1, NOW_MS, &session), ST_UNAUTHENTICATED);
    change(world, false, NULL);
    assert_int_equal(find(world, 1, NOW_MS, &session), ST_OK);
    change(world, false, "another hash");
    assert_int_equal(find(world, 1, NOW_MS, &session), ST_UNAUTHENTICATED);
}

struct stored {
    struct unstored_session session;
    int64_t later_ms;
};

static int run_stored(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    const struct stored *stored = context;
    (void)reterr;
    return unstored_run(&stored->session, writer, now_ms + stored->later_ms);
}

/* How many sessions there are once SESSION has been stored LATER_MS after now. */
static int64_t store(struct world *world, struct unstored_session session,
                     int64_t later_ms)
{
    struct stored stored = {session, later_ms};
    assert_int_equal(
        command_call(world->store.writer, run_stored, &stored, &world->store.diag),
        ST_OK);
    int64_t count = -1;
    assert_int_equal(
        query_find_int(db_query(world->db, "SELECT count(*) FROM session"), &count),
        ST_OK);
    return count;
}

/* As it counts by then; once, also if it is stored already. */
static void test_stored(void **state)
{
    struct world *world = *state;
    assert_int_equal(store(world, session_of(1, "duty"), ACCOUNT_IDLE_MS), 0);
    assert_int_equal(store(world, session_of(1, "duty"), ACCOUNT_IDLE_MS - 1), 1);
    assert_int_equal(store(world, session_of(1, "duty"), 0), 1);
    assert_int_equal(store(world, session_of(2, "duty"), 0), 2);
    assert_int_equal(store(world, session_of(1, ""), 0), 1);
    change(world, false, "another hash");
    assert_int_equal(store(world, session_of(3, "duty"), 0), 0);
}

static void test_the_oldest_makes_room(void **state)
{
    struct world *world = *state;
    struct session session;
    for (uint32_t i = 0; i < UNSTORED_MAX; i++)
        sign_in(world, i);
    sign_in(world, 0); /* known already, and the newest now */
    sign_in(world, UNSTORED_MAX);
    assert_int_equal(world->unstored.count, UNSTORED_MAX);
    assert_int_equal(find(world, 1, NOW_MS, &session), ST_NOT_FOUND);
    for (uint32_t i = 0; i <= UNSTORED_MAX; i += i == 0 ? 2 : 1)
        assert_int_equal(find(world, i, NOW_MS, &session), ST_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_signed_in_and_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_longer_than_idle, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_by_an_old_password, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stored, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_oldest_makes_room, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
