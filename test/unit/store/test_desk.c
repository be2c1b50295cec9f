/* SPDX-License-Identifier: Apache-2.0 */
/* Desks as rows: which are above an area, what is handed to a channel, and that a removed
 * address can be read by nobody. */
#include "fixture.h"

#include "store/account.h"
#include "store/desk.h"
#include "store/outbox.h"

enum { CITY = 71, TOWN, VILLAGE, OTHER };
#define EMAIL "duty@example.org"

struct world {
    struct fixture store;
    struct desk desk; /* to be put or removed, or as it was read */
    uint32_t read;
};

static int prepare(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    static const struct {
        int64_t id, parent_id;
        const char *code, *level;
    } areas[] = {{CITY, 0, "root", "city"},
                 {TOWN, CITY, "t1", "town"},
                 {VILLAGE, TOWN, "v1", "village"},
                 {OTHER, CITY, "t2", "town"}};
    (void)context;
    (void)now_ms;
    (void)reterr;
    int status = ST_OK;
    for (size_t i = 0; i < COUNT_OF(areas) && status == ST_OK; i++) {
        struct query *query =
            db_query(writer_db(writer), "INSERT INTO area (id, code, name, parent_id,"
                                        " level) VALUES (?1, ?2, ?2, ?3, ?4)");
        query_int(query, 1, areas[i].id);
        query_text(query, 2, areas[i].code);
        query_int(query, 3, areas[i].parent_id);
        query_text(query, 4, areas[i].level);
        status = query_run(query);
    }
    return status;
}

static int setup(void **state)
{
    (void)fixture_setup_of(state, sizeof(struct world));
    struct world *world = *state;
    return command_call(world->store.writer, prepare, world, &world->store.diag);
}

static int run_put(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct world *world = context;
    return desk_put(writer, &world->desk, 1, now_ms, reterr);
}

static int run_remove(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    struct world *world = context;
    (void)reterr;
    return desk_remove(writer, world->desk.area_id, 1, now_ms);
}

static int put(struct world *world, int64_t area_id, const char *email)
{
    world->desk = (struct desk){.area_id = area_id};
    (void)snprintf(world->desk.email, sizeof world->desk.email, "%s", email);
    return command_call(world->store.writer, run_put, world, &world->store.diag);
}

static int remove_desk(struct world *world, int64_t area_id)
{
    world->desk = (struct desk){.area_id = area_id};
    return command_call(world->store.writer, run_remove, world, &world->store.diag);
}

static int note_one(void *context, const struct desk *desk)
{
    struct world *world = context;
    world->desk = *desk;
    world->read++;
    return 0;
}

/* How many there are; the last of them stays in world->desk. */
static uint32_t all(struct world *world)
{
    world->read = 0;
    struct db *db = fixture_reader(&world->store);
    assert_int_equal(desks_each(db, world->store.vault, note_one, world), 0);
    db_close(db);
    return world->read;
}

static int above(struct world *world, int64_t area_id,
                 struct loop_desk ret[LOOP_DESKS_MAX])
{
    struct db *db = fixture_reader(&world->store);
    const int count = desks_above(db, area_id, world->store.clock.now_ms, ret);
    db_close(db);
    return count;
}

/* Of a desk that was written to by the mailbox alone: how the newest went. */
static struct desk_try tried(struct world *world)
{
    struct desk_try *tries, ret = {0};
    uint32_t count;
    struct db *db = fixture_reader(&world->store);
    assert_int_equal(desk_tries(db, &tries, &count), ST_OK);
    assert_true(count <= 1);
    if (count == 1)
        ret = tries[0];
    mem_free(tries);
    db_close(db);
    return ret;
}

static void test_above(void **state)
{
    struct world *world = *state;
    struct loop_desk desks[LOOP_DESKS_MAX];
    assert_int_equal(above(world, VILLAGE, desks), 0);
    assert_int_equal(put(world, CITY, EMAIL), ST_OK);
    assert_int_equal(put(world, TOWN, ""), ST_OK);
    assert_int_equal(put(world, OTHER, EMAIL), ST_OK);
    assert_int_equal(above(world, VILLAGE, desks), 2);
    assert_int_equal(desks[0].area_id, TOWN);
    assert_int_equal(desks[1].area_id, CITY);
    assert_int_equal(desks[0].channels >> CHANNEL_EMAIL & 1, 0);
    assert_int_equal(desks[1].channels >> CHANNEL_EMAIL & 1, 1);
    assert_int_equal(desks[0].channels >> CHANNEL_WEBHOOK & 1, 1);
    assert_int_equal(above(world, CITY, desks), 1);
    assert_int_equal(above(world, 999, desks), 0);
    assert_int_equal(put(world, 999, EMAIL), ST_NOT_FOUND);
}

/* Changed in place; removed, the key goes, and one that is set later has another. */
static void test_kept_and_removed(void **state)
{
    struct world *world = *state;
    assert_int_equal(remove_desk(world, TOWN), ST_NOT_FOUND);
    assert_int_equal(put(world, TOWN, "first@example.org"), ST_OK);
    assert_int_equal(put(world, TOWN, EMAIL), ST_OK);
    assert_int_equal(all(world), 1);
    assert_string_equal(world->desk.email, EMAIL);
    const int64_t slot = fixture_number(&world->store, "SELECT key_slot FROM desk");
    assert_int_equal(remove_desk(world, TOWN), ST_OK);
    assert_int_equal(all(world), 0);
    assert_int_equal(
        fixture_number(&world->store, "SELECT count(*) FROM desk WHERE box IS NOT NULL"),
        0);
    uint8_t hash[32];
    assert_int_equal(vault_text_hash(world->store.vault, slot, "x", hash), ST_NOT_FOUND);
    assert_int_equal(remove_desk(world, TOWN), ST_NOT_FOUND);
    fixture_close(&world->store); /* the newest slot is a destroyed one's */
    fixture_open(&world->store);
    assert_int_equal(put(world, TOWN, ""), ST_OK);
    assert_true(fixture_number(&world->store, "SELECT key_slot FROM desk") > slot);
    assert_int_equal(all(world), 1);
    assert_string_equal(world->desk.email, "");
    assert_int_equal(fixture_number(&world->store, "SELECT count(*) FROM event WHERE"
                                                   " kind IN ('desk.set',"
                                                   " 'desk.removed')"),
                     4);
}

/* Takes what is due for CHANNEL. */
static uint32_t take(struct world *world, enum channel_kind channel,
                     struct outbox_take *ret)
{
    outbox_take_init(ret, channel, 10);
    assert_int_equal(writer_call(world->store.writer, &ret->command), ST_OK);
    return ret->count;
}

static int64_t report_in(struct world *world, int64_t area_id)
{
    struct report_command report;
    report_command_init(&report);
    report.incident.kind = KIND_FLOOD;
    report.incident.area_id = area_id;
    report.incident.at = (struct point){307000000, 1210200000};
    report.actor = 1;
    assert_int_equal(writer_call(world->store.writer, &report.command), ST_OK);
    return report.incident_id;
}

/* What the channels take of an incident that nobody confirms: level by level, over a
 * restart, and nothing of a desk that is there no more. */
static void test_outbox(void **state)
{
    struct world *world = *state;
    struct fixture *f = &world->store;
    struct outbox_take taken;
    assert_int_equal(put(world, TOWN, EMAIL), ST_OK);
    assert_int_equal(put(world, CITY, ""), ST_OK);
    const int64_t incident = report_in(world, VILLAGE);
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 0);
    assert_int_equal(taken.next_due_ms, f->clock.now_ms + 3 * TIME_MINUTE_MS);
    clock_manual_advance(&f->clock, 3 * TIME_MINUTE_MS);
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 1);
    const struct outbox_item *item = &taken.items[0];
    const int64_t id = item->id;
    assert_int_equal(item->incident_id, incident);
    assert_int_equal(item->kind, MESSAGE_KIND_DESK_REPORTED);
    assert_true(item->to_desk);
    assert_string_equal(item->desk_code, "t1");
    assert_string_equal(item->to.email, EMAIL);
    assert_int_equal(item->area_id, VILLAGE);
    outbox_take_release(&taken);
    /* Nobody knows whether it went out: again, and it says so. */
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 1);
    assert_int_equal(taken.items[0].id, id);
    assert_true(taken.items[0].perhaps_twice);
    outbox_take_release(&taken);
    assert_int_equal(tried(world).area_id, 0); /* on its way */
    struct outbox_result result = {.message_id = id, .outcome = OUTBOX_DELIVERED};
    struct outbox_report told;
    outbox_report_init(&told, &result, 1);
    assert_int_equal(writer_call(f->writer, &told.command), ST_OK);
    assert_int_equal(told.applied, 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM event"
                                       " WHERE kind = 'incident.desk_told'"),
                     1);
    assert_int_equal(tried(world).area_id, TOWN);
    assert_string_equal(tried(world).channel, "file");
    assert_string_equal(tried(world).state, "delivered");
    assert_int_equal(tried(world).at_ms, f->clock.now_ms);
    clock_manual_advance(&f->clock, 3 * TIME_MINUTE_MS);
    assert_int_equal(remove_desk(world, CITY), ST_OK);
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 1);
    assert_true(taken.items[0].to_desk);
    assert_string_equal(taken.items[0].desk_code, "");
    outbox_take_release(&taken);
}

/* ---- browsers ---- */
#define BROWSER " https://push.example/box/1 KEY SECRET"

/* An account, and its session whose token is 32 times the letter. */
struct officer {
    struct account account;
    uint8_t token_hash[32];
    const char *push; /* to be set */
};

static int run_sign_in(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    struct officer *officer = context;
    const int status = account_put(writer, &officer->account, "x", 1, now_ms,
                                   &officer->account.id, reterr);
    return status != ST_OK ? status
                           : session_put(writer, officer->token_hash, officer->account.id,
                                         "c", now_ms);
}

static int run_sign_in_again(void *context, struct writer *writer, int64_t now_ms,
                             struct diag *reterr)
{
    const struct officer *officer = context;
    (void)reterr;
    return session_put(writer, officer->token_hash, officer->account.id, "c", now_ms);
}

static int run_set(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    const struct officer *officer = context;
    (void)now_ms;
    (void)reterr;
    return session_set_browser(writer, officer->token_hash, officer->push);
}

static int run_sign_out(void *context, struct writer *writer, int64_t now_ms,
                        struct diag *reterr)
{
    (void)now_ms;
    (void)reterr;
    return session_remove(writer, ((struct officer *)context)->token_hash);
}

static int run_close(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    return account_set_disabled(writer, ((struct officer *)context)->account.id, true, 1,
                                now_ms, reterr);
}

typedef int officer_command(void *context, struct writer *writer, int64_t now_ms,
                            struct diag *reterr);
static void officer_run(struct world *world, struct officer *officer,
                        officer_command *run)
{
    assert_int_equal(command_call(world->store.writer, run, officer, &world->store.diag),
                     ST_OK);
}

static void sign_in(struct world *world, struct officer *officer, const char *name,
                    enum role role, int64_t area_id, const char *push)
{
    *officer = (struct officer){.account = {.role_count = 1, .roles = {{role, area_id}}}};
    (void)snprintf(officer->account.name, sizeof officer->account.name, "%s", name);
    memset(officer->token_hash, *name, sizeof officer->token_hash);
    officer_run(world, officer, run_sign_in);
    officer->push = push;
    officer_run(world, officer, run_set);
}

/* How many browsers each level above the village is heard by. */
static void assert_browsers(struct world *world, int village, int town, int city)
{
    const int64_t areas[] = {VILLAGE, TOWN, CITY};
    const int wanted[] = {village, town, city};
    struct loop_desk desks[LOOP_DESKS_MAX];
    const int count = above(world, VILLAGE, desks);
    for (size_t i = 0; i < COUNT_OF(areas); i++) {
        int found = 0;
        for (int j = 0; j < count; j++)
            if (desks[j].area_id == areas[i])
                found = desks[j].browser_count;
        assert_int_equal(found, wanted[i]);
    }
}

/* Who acts for an area is told of it, by one browser a session, until the session ends.
 */
static void test_browsers(void **state)
{
    struct world *world = *state;
    struct fixture *f = &world->store;
    struct officer clerk, duty, viewer, city;
    sign_in(world, &clerk, "clerk", ROLE_DISPATCHER, VILLAGE, "zh" BROWSER "a");
    sign_in(world, &duty, "duty", ROLE_COMMANDER, TOWN, "zh" BROWSER "b");
    sign_in(world, &viewer, "viewer", ROLE_VIEWER, TOWN, "zh" BROWSER "c");
    sign_in(world, &city, "office", ROLE_DISPATCHER, CITY, "en" BROWSER "d");
    assert_browsers(world, 1, 1, 1);
    /* The same browser, in another language, for another account: the first one's no
     * more. */
    city.push = "zh" BROWSER "b";
    officer_run(world, &city, run_set);
    assert_browsers(world, 1, 0, 1);
    duty.push = "zh" BROWSER "e";
    officer_run(world, &duty, run_set);
    assert_browsers(world, 1, 1, 1);
    officer_run(world, &clerk, run_sign_out);
    assert_browsers(world, 0, 1, 1);
    officer_run(world, &city, run_close);
    assert_browsers(world, 0, 1, 0);
    /* A telephone that lies idle is still heard when its owner signs in elsewhere. */
    clock_manual_advance(&f->clock, ACCOUNT_IDLE_MS + 1);
    memset(duty.token_hash, 'x', sizeof duty.token_hash);
    officer_run(world, &duty, run_sign_in_again);
    assert_browsers(world, 0, 1, 0);
    clock_manual_advance(&f->clock, ACCOUNT_SESSION_MS);
    assert_browsers(world, 0, 0, 0);
}

/* What is taken for one goes to it, nowhere once it is signed out, and it is forgotten
 * when its service says so. */
static void test_outbox_of_a_browser(void **state)
{
    struct world *world = *state;
    struct fixture *f = &world->store;
    struct outbox_take taken;
    struct officer duty, city;
    sign_in(world, &duty, "duty", ROLE_DISPATCHER, TOWN, "zh" BROWSER "b");
    sign_in(world, &city, "office", ROLE_DISPATCHER, CITY, "en" BROWSER "d");
    assert_int_equal(put(world, TOWN, ""), ST_OK); /* the city waits for it */
    (void)report_in(world, VILLAGE);
    clock_manual_advance(&f->clock, 3 * TIME_MINUTE_MS);
    assert_int_equal(take(world, CHANNEL_PUSH, &taken), 1);
    assert_string_equal(taken.items[0].push, "zh" BROWSER "b");
    assert_string_equal(taken.items[0].desk_code, "t1");
    struct outbox_result result = {.message_id = taken.items[0].id,
                                   .browser_id = taken.items[0].browser_id,
                                   .outcome = OUTBOX_GONE};
    struct outbox_report told;
    outbox_take_release(&taken);
    outbox_report_init(&told, &result, 1);
    assert_int_equal(writer_call(f->writer, &told.command), ST_OK);
    assert_browsers(world, 0, 0, 1);
    clock_manual_advance(&f->clock, 3 * TIME_MINUTE_MS);
    officer_run(world, &city, run_sign_out);
    assert_int_equal(take(world, CHANNEL_PUSH, &taken), 1);
    assert_string_equal(taken.items[0].push, "");
    outbox_take_release(&taken);
}

/* Who is asked by hand reads why, but not on a screen that whoever stands by sees too. */
static void test_why(void **state)
{
    struct world *world = *state;
    struct fixture *f = &world->store;
    struct officer officer;
    struct outbox_take taken;
    assert_int_equal(put(world, CITY, EMAIL), ST_OK);
    sign_in(world, &officer, "c-duty", ROLE_DISPATCHER, CITY, "zh" BROWSER);
    const int64_t need = fixture_need(f, report_in(world, VILLAGE), 1);
    const struct loop_input input = {.kind = LOOP_NEED_ESCALATE,
                                     .id = need,
                                     .actor = 1,
                                     .reason = "no boat in this town"};
    assert_int_equal(fixture_step(f, STAGE_NEED, need, &input, NULL), ST_OK);
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 1);
    assert_int_equal(taken.items[0].kind, MESSAGE_KIND_DESK_ESCALATED);
    assert_int_equal(taken.items[0].subject_id, need);
    assert_string_equal(taken.items[0].reason, input.reason);
    outbox_take_release(&taken);
    assert_int_equal(take(world, CHANNEL_PUSH, &taken), 1);
    assert_true(taken.items[0].browser_id != 0);
    assert_int_equal(taken.items[0].subject_id, need);
    assert_null(taken.items[0].reason);
    outbox_take_release(&taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_above, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(test_kept_and_removed, setup,
                                        fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(test_outbox, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(test_browsers, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(test_why, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(test_outbox_of_a_browser, setup,
                                        fixture_verify_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
