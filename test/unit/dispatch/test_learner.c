/* SPDX-License-Identifier: Apache-2.0 */
/* From steps of the loop to rows and from rows to the model: what is learned, that a
 * restart knows the same, and that who is erased is forgotten. */
#include "test/unit/store/fixture.h"

#include "dispatch/learner.h"
#include "store/answer.h"
#include "store/people.h"

#include <math.h>

static struct learner *open_learner(struct fixture *f)
{
    struct learner *learner;
    struct learn_config config;
    learn_config_default(&config);
    assert_int_equal(learner_new(&learner, f->db_path, &config, &f->diag), ST_OK);
    return learner;
}

static struct learn_moment moment_now(const struct fixture *f, bool exercise)
{
    return (struct learn_moment){
        .now_ms = f->clock.now_ms, .minute = 720, .exercise = exercise};
}

static double accept_of(const struct fixture *f, struct learner *learner, int64_t person,
                        bool exercise)
{
    struct learn_moment moment = moment_now(f, exercise);
    learner_catch_up(learner, f->clock.now_ms);
    double p = learn_forecast(learner_take(learner), &moment, person, 0, 60000).accept;
    learner_give(learner);
    return p;
}

static uint64_t version_of(const struct fixture *f, struct learner *learner)
{
    learner_catch_up(learner, f->clock.now_ms);
    uint64_t version = learn_version(learner_take(learner));
    learner_give(learner);
    return version;
}

static uint64_t model_of(struct learner *learner, bool exercise)
{
    struct learner_view view;
    learner_take_model(learner, exercise, &view);
    uint64_t version = response_model_version(view.model);
    learner_give(learner);
    return version;
}

/* What the figures of the rows, as they are now, make. */
static uint64_t model_made(struct learner *learner, bool exercise)
{
    struct response_model_config config;
    struct response_model *model;
    learn_response_config(learner_take(learner), exercise, &config);
    learner_give(learner);
    assert_int_equal(response_model_new(&model, &config), ST_OK);
    uint64_t version = response_model_version(model);
    response_model_free(model);
    return version;
}

/* A model is as old as the one who asked last: whoever asks has that of all rows. */
static void models_are_of_all_rows(struct learner *learner)
{
    for (int exercise = 0; exercise < 2; exercise++)
        assert_true(model_of(learner, exercise) == model_made(learner, exercise));
}

static struct learn_history history_of(struct learner *learner, int64_t person,
                                       bool exercise)
{
    struct learn_history history = learn_history(learner_take(learner), person, exercise);
    learner_give(learner);
    return history;
}

/* The alert of PERSON in the newest call-out of the incident. */
static int64_t alert_of(struct fixture *f, int64_t callout, int64_t person)
{
    struct loop_incident incident;
    assert_int_equal(writer_snapshot(f->writer, STAGE_CALLOUT, callout, &incident), 0);
    int64_t id = 0;
    for (uint32_t i = 0; i < incident.alert_count; i++)
        if (incident.alerts[i].person_id == person)
            id = incident.alerts[i].id;
    loop_incident_release(&incident);
    assert_true(id != 0);
    return id;
}

static void answer(struct fixture *f, int64_t alert, enum loop_input_kind kind)
{
    struct loop_input input = {.kind = kind,
                               .id = alert,
                               .actor = 2,
                               .on_behalf = true,
                               .reason = "by radio",
                               .number = 20};
    assert_int_equal(fixture_step(f, STAGE_ALERT, alert, &input, NULL), ST_OK);
}

static int64_t call(struct fixture *f, bool exercise, uint32_t count)
{
    int64_t callout;
    int64_t need = fixture_need(f, fixture_report(f, exercise), (int32_t)count);
    assert_int_equal(fixture_callout(f, need, 1, count, &callout), ST_OK);
    return callout;
}

static int64_t assignment_of(struct fixture *f, int64_t alert)
{
    struct loop_incident incident;
    assert_int_equal(writer_snapshot(f->writer, STAGE_ALERT, alert, &incident), 0);
    const struct assignment *assignment = loop_assignment_of(&incident, alert);
    assert_non_null(assignment);
    int64_t id = assignment->id;
    loop_incident_release(&incident);
    return id;
}

static void step(struct fixture *f, int64_t assignment, enum loop_input_kind kind)
{
    struct loop_input input = {.kind = kind, .id = assignment, .actor = 2};
    assert_int_equal(fixture_step(f, STAGE_ASSIGNMENT, assignment, &input, NULL), ST_OK);
}

static int64_t rows(struct fixture *f, const char *sql)
{
    return fixture_number(f, sql);
}

/* One of each: a yes that comes, one that withdraws, a no, a silence, a later yes. */
static void test_rows(void **state)
{
    struct fixture *f = *state;
    struct learner *learner = open_learner(f);
    models_are_of_all_rows(learner);
    uint64_t first = model_of(learner, false);
    int64_t callout = call(f, false, 6);
    int64_t alerts[7];
    for (int64_t person = 1; person <= 6; person++)
        alerts[person] = alert_of(f, callout, person);
    f->clock.now_ms += 40000;
    answer(f, alerts[1], LOOP_ACCEPT);
    answer(f, alerts[2], LOOP_ACCEPT);
    answer(f, alerts[3], LOOP_DECLINE);
    answer(f, alerts[4], LOOP_LIMITED);
    f->clock.now_ms += 60000;
    step(f, assignment_of(f, alerts[1]), LOOP_DEPART);
    step(f, assignment_of(f, alerts[2]), LOOP_WITHDRAW);
    f->clock.now_ms += 90000;
    step(f, assignment_of(f, alerts[1]), LOOP_ARRIVE);
    for (int i = 0; i < 20; i++) { /* five minutes are over: 5 and 6 are silent */
        f->clock.now_ms += 30000;
        (void)writer_step(f->writer, f->clock.now_ms);
    }
    answer(f, alerts[6], LOOP_ACCEPT);
    assert_int_equal(rows(f, "SELECT count(*) FROM answer WHERE what = 'yes'"), 3);
    assert_int_equal(rows(f, "SELECT count(*) FROM answer WHERE what = 'no'"), 1);
    assert_int_equal(rows(f, "SELECT count(*) FROM answer WHERE what = 'limited'"), 1);
    assert_int_equal(rows(f, "SELECT count(*) FROM answer WHERE what = 'silent'"), 2);
    assert_int_equal(rows(f, "SELECT count(*) FROM answer WHERE what = 'withdrew'"), 1);
    assert_int_equal(rows(f, "SELECT took_ms FROM answer WHERE what = 'left'"), 60000);
    assert_int_equal(rows(f, "SELECT took_ms FROM answer WHERE what = 'came'"), 90000);
    assert_int_equal(rows(f, "SELECT count(*) FROM answer WHERE kind = 'flood'"), 10);
    double base = accept_of(f, learner, 99, false);
    assert_true(accept_of(f, learner, 1, false) > base);
    assert_true(accept_of(f, learner, 3, false) < base);
    assert_true(accept_of(f, learner, 6, false) > accept_of(f, learner, 5, false));
    assert_int_equal(history_of(learner, 6, false).asked, 1);
    assert_int_equal(history_of(learner, 6, false).yes, 1);
    assert_int_equal(history_of(learner, 5, false).yes, 0);
    assert_int_equal(history_of(learner, 1, true).asked, 0);
    assert_true(model_of(learner, false) != first);
    models_are_of_all_rows(learner);
    learner_free(learner);
}

/* A stand-down says nothing about who had no time to answer, and an answer is not
 * overwritten by one. */
static void test_stand_down(void **state)
{
    struct fixture *f = *state;
    struct learner *learner = open_learner(f);
    int64_t callout = call(f, false, 3);
    f->clock.now_ms += 2000;
    answer(f, alert_of(f, callout, 1), LOOP_LIMITED);
    struct loop_input down = {.kind = LOOP_CALLOUT_STAND_DOWN, .id = callout, .actor = 1};
    assert_int_equal(fixture_step(f, STAGE_CALLOUT, callout, &down, NULL), ST_OK);
    assert_int_equal(rows(f, "SELECT count(*) FROM answer WHERE what = 'stopped'"), 3);
    double base = accept_of(f, learner, 99, false);
    assert_true(fabs(accept_of(f, learner, 2, false) - base) < 0.03 * base + 0.05);
    assert_int_equal(history_of(learner, 2, false).asked, 0);
    assert_int_equal(history_of(learner, 1, false).asked, 1);
    learner_free(learner);
}

/* A restart folds the same rows into the same model. */
static void test_restart(void **state)
{
    struct fixture *f = *state;
    struct learner *live = open_learner(f);
    uint64_t before = version_of(f, live);
    for (int round = 0; round < 6; round++) {
        int64_t callout = call(f, round % 3 == 2, 8);
        for (int64_t person = 1; person <= 8; person++) {
            f->clock.now_ms += 7000;
            answer(f, alert_of(f, callout, person),
                   (person + round) % 3 == 0 ? LOOP_DECLINE : LOOP_LIMITED);
            (void)version_of(f, live);
        }
        struct loop_input down = {
            .kind = LOOP_CALLOUT_STAND_DOWN, .id = callout, .actor = 1};
        assert_int_equal(fixture_step(f, STAGE_CALLOUT, callout, &down, NULL), ST_OK);
        f->clock.now_ms += 5 * TIME_DAY_MS;
    }
    assert_true(version_of(f, live) != before);
    struct learner *again = open_learner(f);
    assert_true(version_of(f, live) == version_of(f, again));
    for (int64_t person = 1; person <= 10; person++)
        for (int exercise = 0; exercise < 2; exercise++)
            assert_true(accept_of(f, live, person, exercise == 1) ==
                        accept_of(f, again, person, exercise == 1));
    learner_free(live);
    learner_free(again);
}

struct two {
    int64_t a, b;
};

static int run_forget(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    const struct two *two = context;
    return two->b == 0 ? person_erase(writer, two->a, 1, now_ms)
                       : person_merge(writer, two->a, two->b, 1, now_ms, reterr);
}

static void make_person(struct fixture *f, int64_t id)
{
    struct db *db;
    assert_int_equal(db_open(&db, f->db_path, DB_WRITE, &f->diag), ST_OK);
    struct query *query = db_query(
        db, "INSERT INTO person (id, number, mode, skills, certificates, organisations,"
            " duty, quiet, version, key_slot) VALUES (?1, ?2, 'bike', '', '', '', '', '',"
            " 1, 0)");
    char number[16];
    (void)snprintf(number, sizeof number, "V%lld", (long long)id);
    query_int(query, 1, id);
    query_text(query, 2, number);
    assert_int_equal(query_run(query), ST_OK);
    db_close(db);
}

/* Erased: the rows are gone, the running model forgets too, as if they had never been. */
static void test_erase_and_merge(void **state)
{
    struct fixture *f = *state;
    for (int64_t id = 1; id <= 4; id++)
        make_person(f, id);
    struct learner *live = open_learner(f);
    for (int round = 0; round < 3; round++) {
        int64_t callout = call(f, false, 4);
        f->clock.now_ms += 7000;
        for (int64_t person = 1; person <= 4; person++)
            answer(f, alert_of(f, callout, person),
                   person == 2 ? LOOP_LIMITED : LOOP_DECLINE);
        struct loop_input down = {
            .kind = LOOP_CALLOUT_STAND_DOWN, .id = callout, .actor = 1};
        assert_int_equal(fixture_step(f, STAGE_CALLOUT, callout, &down, NULL), ST_OK);
        f->clock.now_ms += 5 * TIME_DAY_MS;
    }
    uint64_t before = version_of(f, live);
    assert_int_equal(history_of(live, 3, false).asked, 3);
    struct two erase = {3, 0}, merge = {1, 2};
    assert_int_equal(command_call(f->writer, run_forget, &erase, &f->diag), ST_OK);
    assert_int_equal(rows(f, "SELECT count(*) FROM answer WHERE person_id = 3 AND what <>"
                             " 'forget'"),
                     0);
    assert_true(version_of(f, live) != before);
    assert_int_equal(history_of(live, 3, false).asked, 0);
    assert_int_equal(command_call(f->writer, run_forget, &merge, &f->diag), ST_OK);
    (void)version_of(f, live);
    assert_int_equal(history_of(live, 2, false).asked, 0);
    assert_int_equal(history_of(live, 1, false).asked, 6);
    struct learner *again = open_learner(f);
    assert_true(version_of(f, live) == version_of(f, again));
    assert_true(accept_of(f, live, 1, false) == accept_of(f, again, 1, false));
    learner_free(live);
    learner_free(again);
}

/* In a server it is folded aside: plans are not held up, and soon it is as folded anew.
 */
static void test_erase_aside(void **state)
{
    struct fixture *f = *state;
    for (int64_t id = 1; id <= 4; id++)
        make_person(f, id);
    struct learner *live = open_learner(f);
    assert_int_equal(learner_fold_aside(live, f->db_path), ST_OK);
    for (int64_t gone = 4; gone >= 2; gone--) {
        int64_t callout = call(f, false, 4);
        f->clock.now_ms += 7000;
        for (int64_t person = 1; person <= 4; person++)
            answer(f, alert_of(f, callout, person), LOOP_DECLINE);
        struct loop_input down = {
            .kind = LOOP_CALLOUT_STAND_DOWN, .id = callout, .actor = 1};
        assert_int_equal(fixture_step(f, STAGE_CALLOUT, callout, &down, NULL), ST_OK);
        (void)version_of(f, live);
        assert_true(history_of(live, gone, false).asked > 0);
        struct two erase = {gone, 0};
        assert_int_equal(command_call(f->writer, run_forget, &erase, &f->diag), ST_OK);
        for (int i = 0; i < 3000 && history_of(live, gone, false).asked > 0; i++) {
            (void)version_of(f, live);
            (void)usleep(10000);
        }
        assert_int_equal(history_of(live, gone, false).asked, 0);
        f->clock.now_ms += 5 * TIME_DAY_MS;
    }
    struct learner *again = open_learner(f);
    assert_true(version_of(f, live) == version_of(f, again));
    assert_true(accept_of(f, live, 1, false) == accept_of(f, again, 1, false));
    learner_free(live);
    learner_free(again);
}

/* Without a database there is nothing to learn, and the figures are the first ones. */
static void test_without_database(void **state)
{
    struct fixture *f = *state;
    struct learn_config config;
    struct learner *learner;
    learn_config_default(&config);
    assert_int_equal(learner_new(&learner, NULL, &config, NULL), ST_OK);
    assert_true(fabs(accept_of(f, learner, 1, false) - 0.287) < 1e-12);
    learner_free(learner);
    config.response.accept = NAN;
    assert_int_equal(learner_new(&learner, NULL, &config, &f->diag), ST_INVALID);
    assert_string_equal(f->diag.where, "accept");
}

static struct learner *open_kept(struct fixture *f, const char *path, bool keeps)
{
    struct learner *learner;
    struct learn_config config;
    learn_config_default(&config);
    assert_int_equal(
        learner_new_kept(&learner, f->db_path, path, keeps, &config, &f->diag), ST_OK);
    return learner;
}

static void same_model(struct fixture *f, struct learner *a, struct learner *b)
{
    assert_int_equal(version_of(f, a), version_of(f, b));
    for (int exercise = 0; exercise < 2; exercise++)
        assert_true(model_of(a, exercise) == model_of(b, exercise));
    for (int64_t person = 1; person <= 14; person++)
        for (int exercise = 0; exercise < 2; exercise++) {
            double x = accept_of(f, a, person, exercise != 0);
            double y = accept_of(f, b, person, exercise != 0);
            assert_memory_equal(&x, &y, sizeof x);
        }
}

static void spoil(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, -1, SEEK_CUR), 0);
    assert_true(fputc(byte ^ 16, file) != EOF);
    assert_int_equal(fclose(file), 0);
}

/* Damaged anywhere: folded anew, and right. */
static void kept_damaged(struct fixture *f, const char *path, struct learner *all)
{
    static const long places[] = {3, 20, 40, 5000, -1, -700};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        spoil(path, places[i]);
        struct learner *kept = open_kept(f, path, false);
        assert_non_null(learner_started(kept).why);
        same_model(f, all, kept);
        learner_free(kept);
        spoil(path, places[i]);
    }
}

/* The model of the kept file is that of all rows, to the bit; a file that is not of these
 * rows is not used, and it is said why. */
static void test_kept(void **state)
{
    struct fixture *f = *state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/learned.bin", f->dir);
    for (int64_t id = 1; id <= 12; id++)
        make_person(f, id);
    int64_t callout = call(f, false, 12);
    for (int64_t person = 1; person <= 9; person++)
        answer(f, alert_of(f, callout, person),
               person % 3 == 0 ? LOOP_LIMITED : LOOP_DECLINE);
    struct learner *all = open_learner(f), *kept = open_kept(f, path, true);
    assert_string_equal(learner_started(kept).why, "there is none yet");
    assert_true(learner_started(kept).folded > 0);
    learner_free(kept);
    kept = open_kept(f, path, true);
    assert_null(learner_started(kept).why);
    assert_true(learner_started(kept).kept > 0);
    assert_int_equal(learner_started(kept).folded, 0);
    same_model(f, all, kept);
    /* More rows on top of it; an answer that replaces one of before. */
    answer(f, alert_of(f, callout, 10), LOOP_LIMITED);
    answer(f, alert_of(f, callout, 3), LOOP_DECLINE);
    same_model(f, all, kept);
    learner_free(kept); /* which keeps them */
    kept = open_kept(f, path, false);
    assert_null(learner_started(kept).why);
    same_model(f, all, kept);
    learner_free(kept);
    kept_damaged(f, path, all);
    /* Somebody is erased: folded anew, and gone from the file. */
    struct two erase = {2, 0};
    kept = open_kept(f, path, true);
    assert_null(learner_started(kept).why);
    assert_int_equal(command_call(f->writer, run_forget, &erase, NULL), ST_OK);
    same_model(f, all, kept);
    learner_free(kept);
    kept = open_kept(f, path, true);
    assert_null(learner_started(kept).why);
    same_model(f, all, kept);
    assert_int_equal(history_of(kept, 2, false).asked, 0);
    learner_free(kept);
    learner_free(all);
}

static char *dump(struct fixture *f)
{
    struct text text;
    text_init(&text, 1 << 20);
    struct db *db = fixture_reader(f);
    struct query *query =
        db_query(db, "SELECT person_id, alert_id, callout_id, wave, exercise, what, kind,"
                     " mode, minute, weekend, at_ms, took_ms, travel_ms FROM answer"
                     " ORDER BY id");
    while (query_step(query) == 1)
        for (int i = 0; i < 13; i++)
            text_appendf(&text, "%s%c", query_get_text(query, i), i == 12 ? 10 : ' ');
    query_reset(query);
    db_close(db);
    return text_take(&text);
}

static void run_sql(struct fixture *f, const char *sql)
{
    struct db *db;
    assert_int_equal(db_open(&db, f->db_path, DB_WRITE, &f->diag), ST_OK);
    assert_int_equal(query_run(db_query(db, sql)), ST_OK);
    db_close(db);
}

/* The rows of before there were any come back from the events, all of them or those
 * before the first, and once. */
static void test_recover(void **state)
{
    struct fixture *f = *state;
    for (int64_t id = 1; id <= 4; id++)
        make_person(f, id);
    for (int round = 0; round < 3; round++) {
        int64_t callout = call(f, round == 1, 4);
        f->clock.now_ms += 7000;
        int64_t yes = alert_of(f, callout, 4);
        answer(f, alert_of(f, callout, 1), LOOP_DECLINE);
        answer(f, alert_of(f, callout, 2), LOOP_LIMITED);
        f->clock.now_ms += 1000;
        answer(f, yes, LOOP_ACCEPT);
        step(f, assignment_of(f, yes), LOOP_DEPART);
        f->clock.now_ms += 90000;
        step(f, assignment_of(f, yes), LOOP_ARRIVE);
        struct loop_input down = {
            .kind = LOOP_CALLOUT_STAND_DOWN, .id = callout, .actor = 1};
        assert_int_equal(fixture_step(f, STAGE_CALLOUT, callout, &down, NULL), ST_OK);
        step(f, assignment_of(f, yes), LOOP_RELEASE);
        f->clock.now_ms += 5 * TIME_DAY_MS;
    }
    AUTO_FREE char *before = dump(f);
    int64_t count = 0, all = rows(f, "SELECT count(*) FROM answer");
    assert_true(all > 12);
    run_sql(f, "DELETE FROM answer");
    assert_int_equal(command_call(f->writer, answer_recover, &count, &f->diag), ST_OK);
    assert_int_equal(count, all);
    AUTO_FREE char *after = dump(f);
    assert_string_equal(after, before);
    assert_int_equal(command_call(f->writer, answer_recover, &count, &f->diag), ST_OK);
    assert_int_equal(rows(f, "SELECT count(*) FROM answer"), all); /* once */
    /* The first half is missing; the others have ids of their own. */
    run_sql(f, "UPDATE answer SET id = id + 1000");
    run_sql(f, "DELETE FROM answer WHERE at_ms < (SELECT at_ms FROM answer ORDER BY id"
               " LIMIT 1 OFFSET 6)");
    run_sql(f, "DELETE FROM instance WHERE key = 'answers_from_events'");
    assert_int_equal(command_call(f->writer, answer_recover, &count, &f->diag), ST_OK);
    assert_true(count > 0 && count < all);
    AUTO_FREE char *halves = dump(f);
    assert_string_equal(halves, before);
    struct learner *learner = open_learner(f);
    assert_int_equal(history_of(learner, 1, false).asked, 2);
    learner_free(learner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_stand_down, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_restart, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_erase_and_merge, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_erase_aside, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_kept, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_recover, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_without_database, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
