/* SPDX-License-Identifier: Apache-2.0 */
/* Who wants to join: every way from waiting to what comes of it, one effect of one
 * telephone number, and nothing that can be read of who waits no more. */
#include "fixture.h"

#include "store/applicant.h"
#include "store/people.h"

#define ROOT 77
#define PHONE "100 0077 7001"

struct world {
    struct fixture store;
    struct applicant one; /* to be put, or as it was read */
    int64_t id, person_id;
    uint32_t many, read;
    bool makes_person;
};

static int prepare(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    (void)context;
    (void)now_ms;
    (void)reterr;
    return fixture_area(writer, ROOT, "root", 0);
}

static void fill(struct world *world, const char *name, const char *phone)
{
    world->one = (struct applicant){
        .area_id = ROOT, .mode = ROAD_BIKE, .skills = "first-aid;gone-since"};
    (void)snprintf(world->one.name, sizeof world->one.name, "%s", name);
    (void)snprintf(world->one.phone, sizeof world->one.phone, "%s", phone);
}

static int setup(void **state)
{
    (void)fixture_setup_of(state, sizeof(struct world));
    struct world *world = *state;
    fill(world, "Made-up Name", PHONE);
    return command_call(world->store.writer, prepare, world, &world->store.diag);
}

/* ---- what the others ask for ---- */
static int run_put(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct world *world = context;
    return applicant_put(writer, &world->one, now_ms, reterr);
}

static int run_put_many(void *context, struct writer *writer, int64_t now_ms,
                        struct diag *reterr)
{
    struct world *world = context;
    int status = ST_OK;
    for (uint32_t i = 0; i < world->many && status == ST_OK; i++) {
        (void)snprintf(world->one.phone, sizeof world->one.phone, "1000077%04u", i);
        status = applicant_put(writer, &world->one, now_ms, reterr);
    }
    return status;
}

static int run_accept(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    struct world *world = context;
    AUTO_FREE struct person *person = mem_calloc(1, sizeof *person);
    (void)snprintf(person->crowd.number, sizeof person->crowd.number, "J%lld",
                   (long long)world->id);
    (void)snprintf(person->name, sizeof person->name, "Made-up Name");
    person->has = PERSON_HAS_NAME | PERSON_HAS_HOME;
    person->crowd.home = (struct point){307000000, 1210200000};
    int status = ST_OK;
    if (world->makes_person)
        status = person_put(writer, person, 1, now_ms, reterr);
    world->person_id = person->crowd.id;
    return status == ST_OK
               ? applicant_accept(writer, world->id, world->person_id, 1, now_ms, reterr)
               : status;
}

static int run_decline(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    return applicant_decline(writer, ((struct world *)context)->id, 1, now_ms, reterr);
}

static int ask(struct world *world,
               int (*run)(void *, struct writer *, int64_t, struct diag *))
{
    return command_call(world->store.writer, run, world, &world->store.diag);
}

static int64_t put(struct world *world, const char *name, const char *phone)
{
    fill(world, name, phone);
    assert_int_equal(ask(world, run_put), ST_OK);
    world->id = world->one.id;
    return world->id;
}

static int note_one(void *context, const struct applicant *applicant)
{
    struct world *world = context;
    world->one = *applicant;
    world->read++;
    return 0;
}

/* How many wait; the last of them stays in world->one. */
static uint32_t waiting(struct world *world)
{
    world->read = 0;
    struct db *db = fixture_reader(&world->store);
    assert_int_equal(applicants_each(db, world->store.vault, 0, note_one, world), 0);
    db_close(db);
    return world->read;
}

static int add_up(void *context, int64_t area_id, int64_t count)
{
    assert_int_equal(area_id, ROOT);
    *(int64_t *)context += count;
    return 0;
}

/* The same without a key. */
static int64_t counted(struct world *world)
{
    int64_t sum = 0;
    struct db *db = fixture_reader(&world->store);
    assert_int_equal(applicants_count(db, add_up, &sum), ST_OK);
    db_close(db);
    return sum;
}

static int64_t count(struct world *world, const char *format, const char *word)
{
    char sql[256];
    (void)snprintf(sql, sizeof sql, format, word);
    return fixture_number(&world->store, sql);
}

static int64_t events(struct world *world, const char *kind)
{
    return count(world, "SELECT count(*) FROM event WHERE kind = 'applicant.%s'", kind);
}

/* A row as it lies in the database. */
struct sealed {
    int64_t slot;
    size_t size;
    uint8_t box[1024];
};

static void read_sealed(struct world *world, int64_t id, struct sealed *ret)
{
    struct db *db = fixture_reader(&world->store);
    struct query *query = db_query(db, "SELECT key_slot, box FROM applicant WHERE id = "
                                       "?1");
    query_int(query, 1, id);
    assert_int_equal(query_step(query), 1);
    ret->slot = query_get_int(query, 0);
    const void *box = query_get_blob(query, 1, &ret->size);
    assert_true(ret->size > 0 && ret->size <= sizeof ret->box);
    memcpy(ret->box, box, ret->size);
    db_close(db);
}

static int unseal(struct world *world, int64_t id, const struct sealed *sealed)
{
    struct vault_texts texts;
    const int status = vault_unseal_texts(world->store.vault, sealed->slot, "applicant",
                                          id, sealed->box, sealed->size, &texts);
    if (status == ST_OK)
        vault_texts_release(&texts);
    return status;
}

/* The row is a bare id, and what it was sealed with is gone. */
static void assert_gone(struct world *world, int64_t id, const struct sealed *sealed,
                        const char *state)
{
    char sql[160];
    (void)snprintf(sql, sizeof sql,
                   "SELECT count(*) FROM applicant WHERE id = %lld AND state = '%s' AND"
                   " box IS NULL AND phone_hash IS NULL",
                   (long long)id, state);
    assert_int_equal(fixture_number(&world->store, sql), 1);
    assert_int_equal(unseal(world, id, sealed), ST_NOT_FOUND);
    assert_int_equal(events(world, state), 1);
}

/* ---- tests ---- */
static void waits_sealed(void **state)
{
    struct world *world = *state;
    struct sealed sealed;
    const int64_t id = put(world, "Made-up Name", PHONE);
    read_sealed(world, id, &sealed);
    assert_int_equal(unseal(world, id, &sealed), ST_OK);
    for (size_t i = 0; i + 4 < sealed.size; i++)
        assert_true(memcmp(sealed.box + i, "Made", 4) != 0 &&
                    memcmp(sealed.box + i, "7001", 4) != 0);
    assert_int_equal(waiting(world), 1);
    assert_string_equal(world->one.name, "Made-up Name");
    assert_string_equal(world->one.phone, PHONE);
    assert_string_equal(world->one.skills, "first-aid;gone-since");
    assert_int_equal(world->one.mode, ROAD_BIKE);
    assert_int_equal(world->one.area_id, ROOT);
    assert_true(world->one.received_ms == NOW_MS);
    assert_string_equal(world->one.known, "");
    assert_int_equal(events(world, "received"), 1);
    assert_int_equal(
        count(world, "SELECT count(*) FROM event WHERE body LIKE '%%%s%%'", "Made"), 0);
    fill(world, "Made-up Name", PHONE);
    world->one.area_id = 78; /* there is no such area */
    assert_int_equal(ask(world, run_put), ST_NOT_FOUND);
}

static void one_number_one_effect(void **state)
{
    struct world *world = *state;
    const int64_t id = put(world, "First", PHONE);
    world->store.clock.now_ms += 1000;
    assert_true(put(world, "Second", "(100) 0077-7001") == id);
    assert_true(put(world, "Other", "10000777002") != id);
    world->id = id;
    assert_int_equal(waiting(world), 2);
    assert_int_equal(count(world, "SELECT count(*) FROM applicant%s", ""), 2);
    assert_int_equal(ask(world, run_decline), ST_OK);
    assert_int_equal(counted(world), 1);
    /* Whoever was declined may ask again, and is somebody new. */
    assert_true(put(world, "Third", PHONE) != id);
    assert_int_equal(waiting(world), 2);
    assert_string_equal(world->one.name, "Third");
}

static void declined(void **state)
{
    struct world *world = *state;
    struct sealed sealed;
    world->id = 4711;
    assert_int_equal(ask(world, run_decline), ST_NOT_FOUND);
    const int64_t id = put(world, "Made-up Name", PHONE);
    read_sealed(world, id, &sealed);
    assert_int_equal(ask(world, run_decline), ST_OK);
    assert_gone(world, id, &sealed, "declined");
    assert_int_equal(waiting(world), 0);
    assert_int_equal(ask(world, run_decline), ST_CONFLICT);
    assert_non_null(strstr(world->store.diag.text, "they wait no more"));
    assert_int_equal(ask(world, run_accept), ST_CONFLICT);
    assert_int_equal(events(world, "declined"), 1);
}

/* The person is made and the key goes by one commit; whoever comes second makes nobody.
 */
static void accepted(void **state)
{
    struct world *world = *state;
    struct sealed sealed;
    const int64_t id = put(world, "Made-up Name", PHONE);
    read_sealed(world, id, &sealed);
    world->makes_person = true;
    assert_int_equal(ask(world, run_accept), ST_OK);
    assert_gone(world, id, &sealed, "accepted");
    assert_int_equal(count(world, "SELECT count(*) FROM person WHERE number <> '%s'", ""),
                     1);
    char body[64];
    (void)snprintf(body, sizeof body, ",\"number\":%lld}", (long long)world->person_id);
    assert_int_equal(
        count(world, "SELECT count(*) FROM event WHERE body LIKE '%%%s'", body), 1);
    engine_run(world->store.db_path, "UPDATE person SET number = 'X'");
    assert_int_equal(ask(world, run_accept), ST_CONFLICT);
    assert_int_equal(ask(world, run_decline), ST_CONFLICT);
    assert_int_equal(count(world, "SELECT count(*) FROM person%s", ""), 1);
}

static void known(void **state)
{
    struct world *world = *state;
    put(world, "Made-up Name", PHONE);
    engine_run(world->store.db_path,
               "INSERT INTO person (id, number, area_id, mode, skills, certificates,"
               " organisations, duty, quiet, version, key_slot, phone_hash) SELECT 900,"
               " 'V900', 77, 'foot', '', '', '', '', '', 1, 0, phone_hash FROM "
               "applicant");
    assert_int_equal(waiting(world), 1);
    assert_string_equal(world->one.known, "V900");
    assert_int_equal(world->one.known_area_id, 77);
    engine_run(world->store.db_path, "DELETE FROM person");
}

static int expire(struct world *world)
{
    struct db *db = fixture_reader(&world->store);
    const int status =
        applicants_expire(db, world->store.writer, world->store.clock.now_ms);
    db_close(db);
    return status;
}

static void expired(void **state)
{
    struct world *world = *state;
    struct sealed sealed;
    const int64_t id = put(world, "Made-up Name", PHONE);
    read_sealed(world, id, &sealed);
    world->store.clock.now_ms = NOW_MS + APPLICANT_WAITS_MS - 1;
    assert_int_equal(expire(world), ST_OK);
    assert_int_equal(waiting(world), 1);
    /* Said again: they wait from then on. */
    assert_true(put(world, "Made-up Name", PHONE) == id);
    world->store.clock.now_ms += 2;
    assert_int_equal(expire(world), ST_OK);
    assert_int_equal(waiting(world), 1);
    world->store.clock.now_ms = NOW_MS + 2 * APPLICANT_WAITS_MS - 1;
    assert_int_equal(expire(world), ST_OK);
    assert_int_equal(waiting(world), 0);
    assert_gone(world, id, &sealed, "expired");
    assert_int_equal(ask(world, run_accept), ST_CONFLICT);
    world->many = APPLICANTS_EXPIRED_AT_ONCE + 5;
    fill(world, "Many", "");
    assert_int_equal(ask(world, run_put_many), ST_OK);
    world->store.clock.now_ms += APPLICANT_WAITS_MS;
    assert_int_equal(expire(world), ST_OK);
    assert_int_equal(waiting(world), 5);
    assert_int_equal(counted(world), 5);
    assert_int_equal(expire(world), ST_OK);
    assert_int_equal(waiting(world), 0);
}

static void as_many_as_can_be_kept(void **state)
{
    struct world *world = *state;
    world->many = APPLICANTS_MAX;
    assert_int_equal(ask(world, run_put_many), ST_OK);
    world->id = world->one.id;
    fill(world, "One more", "10000888001");
    assert_int_equal(ask(world, run_put), ST_BUSY);
    /* The same words for a number that waits, or they would tell that it does. */
    fill(world, "Again", "10000770000");
    assert_int_equal(ask(world, run_put), ST_BUSY);
    assert_int_equal(ask(world, run_decline), ST_OK);
    assert_int_equal(ask(world, run_put), ST_OK);
    assert_int_equal(count(world, "SELECT count(*) FROM applicant%s", ""),
                     APPLICANTS_MAX);
}

/* The server falls between the commit and the key's end; and no slot is given twice. */
static void after_a_crash(void **state)
{
    struct world *world = *state;
    struct sealed first, second;
    const int64_t id = put(world, "Made-up Name", PHONE);
    read_sealed(world, id, &first);
    engine_run(world->store.db_path,
               "UPDATE applicant SET state = 'declined', box = NULL, phone_hash = NULL");
    assert_int_equal(unseal(world, id, &first), ST_OK);
    fixture_close(&world->store);
    fixture_open(&world->store);
    assert_int_equal(unseal(world, id, &first), ST_NOT_FOUND);
    const int64_t other = put(world, "Made-up Name", PHONE);
    read_sealed(world, other, &second);
    assert_true(second.slot > first.slot);
    assert_int_equal(unseal(world, other, &second), ST_OK);
}

static void from_schema_11(void **state)
{
    struct world *world = *state;
    char sql[128];
    engine_run(world->store.db_path,
               "ALTER TABLE assignment DROP COLUMN way_from_ms"); /* 25 */
    engine_run(world->store.db_path, "DROP TABLE warning");       /* 24 */
    engine_run(world->store.db_path, "DROP TABLE warning_area");
    engine_run(world->store.db_path, "DROP TABLE warning_reference");
    engine_run(world->store.db_path, "DROP TABLE warning_heard");
    engine_run(world->store.db_path, "ALTER TABLE need DROP COLUMN missed_ms"); /* 22 */
    engine_run(world->store.db_path,
               "ALTER TABLE course_person DROP COLUMN at_ms"); /* 21 */
    engine_run(world->store.db_path,
               "ALTER TABLE session DROP COLUMN browser_id"); /* 20 */
    engine_run(world->store.db_path, "ALTER TABLE session DROP COLUMN push");
    engine_run(world->store.db_path, "ALTER TABLE message DROP COLUMN browser_id");
    engine_run(world->store.db_path,
               "ALTER TABLE own_page DROP COLUMN ended_ms");      /* 19 */
    engine_run(world->store.db_path, "DROP TABLE person_before"); /* version 18 */
    engine_run(world->store.db_path, "DROP TABLE people_import");
    engine_run(world->store.db_path, "DROP TABLE notice");           /* version 17 */
    engine_run(world->store.db_path, "DROP INDEX assignment_alarm"); /* version 16 */
    engine_run(world->store.db_path, "DROP INDEX area_parent");      /* version 15 */
    engine_run(world->store.db_path, "DROP INDEX person_area");
    engine_run(world->store.db_path, "DROP TABLE desk"); /* version 14 */
    engine_run(world->store.db_path, "ALTER TABLE message DROP COLUMN area_id");
    engine_run(world->store.db_path, "ALTER TABLE message DROP COLUMN subject_id");
    engine_run(world->store.db_path, "DROP TABLE left_out"); /* version 13 */
    engine_run(world->store.db_path, "DROP TABLE applicant");
    fixture_close(&world->store);
    (void)snprintf(sql, sizeof sql, "%s",
                   engine_is_postgres()
                       ? "UPDATE store_engine SET number = 11 WHERE key = 'schema'"
                       : "PRAGMA user_version=11");
    engine_run(world->store.db_path, sql);
    fixture_open(&world->store);
    put(world, "Made-up Name", PHONE);
    assert_int_equal(waiting(world), 1);
}

static void telephone_numbers(void **state)
{
    (void)state;
    static const char *const right[] = {"1000077", "+86 100-0077 7001", "(0573) 1000077"};
    static const char *const wrong[] = {"", "100007", "1000077x", "+-() ",
                                        "10000777001100007770011000077700"};
    for (size_t i = 0; i < COUNT_OF(right); i++)
        assert_true(applicant_phone_is_right(right[i]));
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(applicant_phone_is_right(wrong[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(waits_sealed, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(one_number_one_effect, setup,
                                        fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(declined, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(accepted, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(known, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(expired, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(as_many_as_can_be_kept, setup,
                                        fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(after_a_crash, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(from_schema_11, setup, fixture_verify_teardown),
        cmocka_unit_test(telephone_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
