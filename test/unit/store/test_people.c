/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/clock.h"
#include "crowd/people_csv.h"
#include "store/answer.h"
#include "store/outbox.h"
#include "store/people.h"
#include "store/people_undo.h"
#include "store/places.h"
#include "store/texts.h"

struct import {
    struct people_import people;
};

static int run_import(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    struct import *import = context;
    return people_import(writer, &import->people, 1, now_ms, reterr);
}

/* Parses and imports TEXT; the result without its pointers. */
static int import_text(struct fixture *f, const char *text, bool dry_run, bool retire,
                       struct people_import *ret)
{
    struct skill_table *skills = mem_alloc(sizeof *skills);
    struct db *db = fixture_reader(f);
    assert_int_equal(skills_load(db, skills), ST_OK);
    db_close(db);
    char *copy = mem_strdup(text);
    struct people_csv_config config = {.skills = skills};
    struct people_csv csv;
    int status = people_csv_parse(copy, strlen(copy), &config, &csv, &f->diag);
    assert_int_equal(status, ST_OK);
    struct import import = {.people = {.rows = csv.rows,
                                       .count = csv.count,
                                       .dry_run = dry_run,
                                       .retire_missing = retire,
                                       .skills = skills}};
    status = command_call(f->writer, run_import, &import, &f->diag);
    people_csv_release(&csv);
    mem_free(copy);
    mem_free(skills);
    if (ret == NULL)
        people_import_release(&import.people);
    else
        *ret = import.people;
    return status;
}

#define HEAD "number,name,lat,lon,phone,email,skills,certificates,duty,places\n"

static void imports(void **state)
{
    struct fixture *f = *state;
    static const char text[] =
        HEAD "A1,Zhang San,30.70,121.00,13800000001,z@x.cn,first-aid;juggling,,"
             "Mo-Fr 18:00-22:00,\"30.71,121.01,Mo-Fr 08:00-17:00\"\n"
             "A2,Li Si,30.80,121.10,13800000002,,doctor,doctor:2027-03-31,,\n"
             "A3,Zhang San,30.7001,121.0001,13800000001,,,,,\n";
    struct people_import result;
    assert_int_equal(import_text(f, text, true, false, &result), ST_OK);
    assert_int_equal(result.added, 3);
    people_import_release(&result);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM person"), 0);
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM skill WHERE code = 'juggling'"), 0);

    assert_int_equal(import_text(f, text, false, false, &result), ST_OK);
    assert_int_equal(result.added, 3);
    assert_int_equal(result.warning_count, 2);
    assert_string_equal(result.warnings[0].code, "same_telephone");
    assert_int_equal(result.warnings[0].line, 4);
    assert_string_equal(result.warnings[1].code, "same_name_near");
    people_import_release(&result);
    assert_int_equal(import_text(f, text, false, false, &result), ST_OK);
    assert_int_equal(result.same, 3);
    people_import_release(&result);

    struct skill_table *skills = mem_alloc(sizeof *skills);
    struct db *db = fixture_reader(f);
    assert_int_equal(skills_load(db, skills), ST_OK);
    struct person person;
    assert_int_equal(person_by_number(db, f->vault, skills, "A1", &person), ST_OK);
    assert_string_equal(person.name, "Zhang San");
    assert_string_equal(person.email, "z@x.cn");
    assert_int_equal(person.crowd.home.lat_e7, 307000000);
    assert_int_equal(person.crowd.place_count, 1);
    assert_int_equal(person.crowd.places[0].hours.count, 1);
    assert_int_equal(person.crowd.duty.count, 1);
    assert_int_equal(person.crowd.birth_day, INT32_MIN);
    assert_true(
        skill_set_has(&person.crowd.skills, (uint32_t)skill_find(skills, "juggling")));
    assert_int_equal(person_by_number(db, f->vault, skills, "A2", &person), ST_OK);
    assert_int_equal(person.crowd.certificate_count, 1);

    /* A column that is absent leaves the field alone, an empty cell clears it. */
    assert_int_equal(import_text(f,
                                 "number,name,lat,lon,email\nA1,Zhang Wu,30.70,121.00,\n",
                                 false, true, &result),
                     ST_OK);
    assert_int_equal(result.changed, 1);
    assert_int_equal(result.retired, 2);
    people_import_release(&result);
    assert_int_equal(person_by_number(db, f->vault, skills, "A1", &person), ST_OK);
    assert_string_equal(person.name, "Zhang Wu");
    assert_string_equal(person.email, "");
    assert_string_equal(person.phone, "13800000001");
    assert_int_equal(person.crowd.place_count, 1);
    mem_free(skills);
    db_close(db);
    /* Nothing personal lies in clear in the file. */
    char command[1024];
    (void)snprintf(command, sizeof command, "cat %s %s-wal | grep -c -a Zhang",
                   f->db_path, f->db_path);
    if (engine_is_postgres())
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM person WHERE"
                                           " position('Zhang'::bytea in identity) > 0"),
                         0);
    else
        assert_int_not_equal(system(command), 0);
    fixture_close(f);
    fixture_verify(f);
}

static int erase(void *context, struct writer *writer, int64_t now_ms,
                 struct diag *reterr)
{
    (void)reterr;
    return person_erase(writer, *(int64_t *)context, 1, now_ms);
}

static int change_person(void *context, struct writer *writer, int64_t now_ms,
                         struct diag *reterr)
{
    return person_patch(writer, context, 0, 1, now_ms, reterr);
}

static bool has_browser(struct fixture *f, const char *number)
{
    char push[PERSON_PUSH_MAX + 1], sql[128];
    struct db *db = fixture_reader(f);
    (void)snprintf(sql, sizeof sql, "SELECT id FROM person WHERE number = '%s'", number);
    const int64_t id = fixture_number(f, sql);
    assert_int_equal(person_push(db, f->vault, id, push), ST_OK);
    db_close(db);
    return push[0] != '\0';
}

static int put_person(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    return person_put(writer, context, 1, now_ms, reterr);
}

/* What a change does not speak about stays: nobody is asked again, or no more, because
 * somebody corrected a name. */
static void a_change_is_of_what_it_names(void **state)
{
    struct fixture *f = *state;
    static struct skill_table skills;
    AUTO_FREE struct person *before = mem_calloc(1, sizeof *before);
    AUTO_FREE struct person *after = mem_calloc(1, sizeof *after);
    struct person *person = fixture_person(1);
    struct crowd_person *crowd = &person->crowd;
    skill_table_init(&skills);
    person->has = PERSON_HAS_ALL;
    memcpy(person->phone, "10000000001", 12);
    memcpy(person->email, "p1@example.org", 15);
    memcpy(person->push, "zh https://push.invalid/P1 a b", 31);
    memcpy(person->organisations[0], "Red Cross", 10);
    memcpy(person->duty, "Mo-Fr 18:00-22:00", 18);
    memcpy(person->quiet, "21:00-07:00", 12);
    memcpy(person->places[0], "Mo-Fr 08:00-17:00", 18);
    person->organisation_count = 1;
    crowd->mode = ROAD_CAR;
    crowd->area = 77;
    crowd->birth_day = 10000;
    crowd->paused_until_ms = NOW_MS + TIME_DAY_MS;
    crowd->suspended = true;
    skill_set_add(&crowd->skills, (uint32_t)skill_find(&skills, "first-aid"));
    crowd->certificate_count = 1;
    crowd->certificates[0].last_day = 30000;
    crowd->place_count = 1;
    crowd->places[0].at = (struct point){307100000, 1210300000};
    assert_int_equal(hours_parse(person->duty, &crowd->duty, NULL), ST_OK);
    assert_int_equal(hours_parse(person->quiet, &crowd->quiet, NULL), ST_OK);
    assert_int_equal(hours_parse(person->places[0], &crowd->places[0].hours, NULL),
                     ST_OK);
    crowd->quiet_kind = CROWD_QUIET_OWN;
    assert_int_equal(command_call(f->writer, put_person, person, &f->diag), ST_OK);

    struct db *db = fixture_reader(f);
    assert_int_equal(person_by_number(db, f->vault, &skills, "P1", before), ST_OK);
    assert_true(before->crowd.suspended && before->crowd.paused_until_ms > NOW_MS);
    assert_int_equal(before->crowd.mode, ROAD_CAR);
    assert_int_equal(before->crowd.area, 77);
    assert_int_equal(before->crowd.quiet_kind, CROWD_QUIET_OWN);
    assert_int_equal(before->organisation_count, 1);
    assert_string_equal(before->organisations[0], "Red Cross");
    memset(person, 0, sizeof *person);
    person->has = PERSON_HAS_NAME;
    memcpy(person->name, "Another", 8);
    memcpy(person->crowd.number, "P1", 3);
    assert_int_equal(command_call(f->writer, change_person, person, &f->diag), ST_OK);
    assert_int_equal(person_by_number(db, f->vault, &skills, "P1", after), ST_OK);
    assert_string_equal(after->name, "Another");
    memcpy(after->name, before->name, sizeof after->name);
    assert_int_equal(after->version, before->version + 1);
    after->version = before->version;
    assert_memory_equal(after, before, sizeof *after);
    db_close(db);
    mem_free(person);
}

/* A browser stays with a person whom a file brings again, however it writes the number,
 * and goes with the telephone. */
static void browsers_of_people(void **state)
{
    struct fixture *f = *state;
    struct person change = {.has = PERSON_HAS_PUSH,
                            .push = "zh https://push.invalid/C1 a b"};
    assert_int_equal(import_text(f, HEAD "C1,Wang,30.70,121.00,13800000009,,,,,\n", false,
                                 false, NULL),
                     ST_OK);
    memcpy(change.crowd.number, "C1", 3);
    assert_false(has_browser(f, "C1"));
    assert_int_equal(command_call(f->writer, change_person, &change, &f->diag), ST_OK);
    assert_true(has_browser(f, "C1"));
    assert_int_equal(import_text(f,
                                 HEAD "C1,Wang Li,30.71,121.00,+86 138 0000 0009,,,,,\n",
                                 false, false, NULL),
                     ST_OK);
    assert_true(has_browser(f, "C1"));
    change = (struct person){.has = PERSON_HAS_PHONE, .phone = "13800000008"};
    memcpy(change.crowd.number, "C1", 3);
    assert_int_equal(command_call(f->writer, change_person, &change, &f->diag), ST_OK);
    assert_false(has_browser(f, "C1"));
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM event WHERE kind = 'person.changed'"), 2);
    fixture_verify(f);
}

/* A person alerted, reporting, then erased: unreadable, and verify still passes. */
static void outbox_and_erasure(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(import_text(f,
                                 HEAD "B1,Wang Wu,30.70,121.00,13812345678,w@x.cn,,,,\n",
                                 false, false, NULL),
                     ST_OK);
    int64_t person = fixture_number(f, "SELECT id FROM person WHERE number = 'B1'");
    int64_t incident = fixture_report(f, false), callout;
    assert_int_equal(
        fixture_callout(f, fixture_need(f, incident, 1), person, 1, &callout), ST_OK);

    struct outbox_take take;
    outbox_take_init(&take, CHANNEL_FILE, 10);
    assert_int_equal(writer_call(f->writer, &take.command), ST_OK);
    assert_int_equal(take.count, 1);
    assert_string_equal(take.items[0].to.number, "B1");
    assert_string_equal(take.items[0].to.email, "w@x.cn");
    assert_int_equal(take.items[0].kind, MESSAGE_KIND_ALERT);
    int64_t message = take.items[0].id, alert = take.items[0].alert_id;
    struct link_key key;
    int64_t found;
    link_key_init(&key, f->vault);
    assert_true(link_find(&key, take.items[0].token, &found));
    assert_int_equal(found, alert);
    link_key_release(&key);
    outbox_take_release(&take);
    outbox_take_init(&take, CHANNEL_FILE, 10);
    assert_int_equal(writer_call(f->writer, &take.command), ST_OK);
    assert_int_equal(take.count, 0);
    outbox_take_release(&take);

    /* Crash while `sending`: it goes out again, marked. */
    fixture_close(f);
    fixture_open(f);
    outbox_take_init(&take, CHANNEL_FILE, 10);
    assert_int_equal(writer_call(f->writer, &take.command), ST_OK);
    assert_int_equal(take.count, 1);
    assert_int_equal(take.items[0].id, message);
    assert_true(take.items[0].perhaps_twice);
    outbox_take_release(&take);
    struct outbox_result results[] = {
        {.message_id = message, .outcome = OUTBOX_HANDED_OVER},
        {.message_id = 424242, .outcome = OUTBOX_DELIVERED}};
    struct outbox_report report;
    outbox_report_init(&report, results, 2);
    assert_int_equal(writer_call(f->writer, &report.command), ST_OK);
    assert_int_equal(report.applied, 1);

    struct loop_input decline = {.kind = LOOP_DECLINE,
                                 .id = alert,
                                 .actor = 1,
                                 .on_behalf = true,
                                 .reason = "has a broken leg"};
    assert_int_equal(fixture_step(f, STAGE_ALERT, alert, &decline, NULL), ST_OK);
    struct db *db = fixture_reader(f);
    int64_t row = fixture_number(f, "SELECT row FROM text WHERE kind = 'reason'");
    char *text;
    assert_int_equal(text_read(db, f->vault, incident, TEXT_REASON, row, &text), ST_OK);
    assert_string_equal(text, "has a broken leg");
    mem_free(text);
    struct requester requester;
    assert_int_equal(requester_read(db, f->vault, incident, &requester), ST_OK);
    assert_string_equal(requester.address, "Road 5");
    assert_int_equal(text_read(db, f->vault, incident, TEXT_TITLE, incident, &text),
                     ST_OK);
    assert_string_equal(text, "Water in the cellar");
    mem_free(text);

    assert_int_equal(command_call(f->writer, erase, &person, NULL), ST_OK);
    assert_int_equal(text_read(db, f->vault, incident, TEXT_REASON, row, &text),
                     ST_NOT_FOUND);
    struct person_identity identity;
    assert_int_equal(person_identity(db, f->vault, person, &identity), ST_OK);
    assert_string_equal(identity.name, "");
    db_close(db);
    fixture_close(f);
    fixture_verify(f);
}

static int merge(void *context, struct writer *writer, int64_t now_ms,
                 struct diag *reterr)
{
    const int64_t *ids = context;
    return person_merge(writer, ids[0], ids[1], 1, now_ms, reterr);
}

/* ---- answers, found before the command ---- */
struct leaving {
    int64_t ids[2]; /* the second: a duplicate; 0: the first is erased */
    struct answer_rows answers;
};

static int leave_known(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    struct leaving *leaving = context;
    answer_use(writer, &leaving->answers);
    const int status = leaving->ids[1] == 0 ? erase(leaving->ids, writer, now_ms, reterr)
                                            : merge(leaving->ids, writer, now_ms, reterr);
    answer_use(writer, NULL);
    return status;
}

static int put_answer(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    (void)reterr;
    struct query *query = db_query(
        writer_db(writer),
        "INSERT INTO answer (id, person_id, alert_id, callout_id, wave, exercise, what,"
        " kind, mode, minute, weekend, at_ms, took_ms, travel_ms, promised)"
        " VALUES (?1, ?2, 0, 0, 0, 0, 'no', 'flood', 'foot', 0, 0, ?3, 0, 0, 0)");
    query_int(query, 1, writer_new_id(writer));
    query_int(query, 2, *(const int64_t *)context);
    query_int(query, 3, now_ms);
    return query_run(query);
}

static void answer_once(struct fixture *f, int64_t person)
{
    assert_int_equal(command_call(f->writer, put_answer, &person, NULL), ST_OK);
}

static void expect_answers(struct fixture *f, int64_t person, int64_t count)
{
    char sql[128];
    (void)snprintf(sql, sizeof sql,
                   "SELECT count(*) FROM answer WHERE person_id = %lld AND what = 'no'",
                   (long long)person);
    assert_int_equal(fixture_number(f, sql), count);
}

/* Rows that come after they were found are met too, and those that became the person's by
 * merging meanwhile; nobody else's. */
static void answers_found_before(void **state)
{
    struct fixture *f = *state;
    struct db *db;
    struct people_import result;
    int64_t ids[4];
    assert_int_equal(import_text(f,
                                 "number,name,lat,lon\nB1,One,30.7,121.0\n"
                                 "B2,Two,30.7,121.0\nB3,Three,30.7,121.0\n"
                                 "B4,Four,30.7,121.0\n",
                                 false, false, &result),
                     ST_OK);
    people_import_release(&result);
    assert_int_equal(db_open(&db, f->db_path, DB_READ, NULL), ST_OK);
    for (int i = 0; i < 4; i++) {
        char sql[64];
        (void)snprintf(sql, sizeof sql, "SELECT id FROM person WHERE number = 'B%d'",
                       i + 1);
        ids[i] = fixture_number(f, sql);
        answer_once(f, ids[i]);
        answer_once(f, ids[i]);
    }
    struct leaving one = {.ids = {ids[0]}}, two = {.ids = {ids[2], ids[1]}},
                   three = {.ids = {ids[2]}};
    assert_int_equal(answer_find(db, ids[0], &one.answers), ST_OK);
    assert_int_equal(one.answers.count, 2);
    answer_once(f, ids[0]);
    assert_int_equal(command_call(f->writer, leave_known, &one, NULL), ST_OK);
    expect_answers(f, ids[0], 0);

    assert_int_equal(answer_find(db, ids[1], &two.answers), ST_OK);
    assert_int_equal(answer_find(db, ids[2], &three.answers), ST_OK);
    assert_int_equal(three.answers.count, 2);
    answer_once(f, ids[1]);
    assert_int_equal(command_call(f->writer, leave_known, &two, NULL), ST_OK);
    expect_answers(f, ids[1], 0);
    expect_answers(f, ids[2], 5);
    assert_int_equal(command_call(f->writer, leave_known, &three, NULL), ST_OK);
    expect_answers(f, ids[2], 0);
    expect_answers(f, ids[3], 2);
    answer_rows_release(&one.answers);
    answer_rows_release(&two.answers);
    answer_rows_release(&three.answers);
    db_close(db);
    fixture_close(f);
    fixture_verify(f);
}

static int expect_free(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    (void)now_ms;
    return person_expect_free(writer, *(int64_t *)context, false, reterr);
}

/* Steps the newest row of `sql` by its person. */
static void step(struct fixture *f, enum stage_key key, const char *sql,
                 const struct loop_input *input)
{
    struct loop_input own = *input;
    own.id = fixture_number(f, sql);
    assert_int_equal(fixture_step(f, key, own.id, &own, NULL), ST_OK);
}

#define LAST_ASSIGNMENT "SELECT max(id) FROM assignment"

static void work_an_hour(struct fixture *f, int64_t person)
{
    struct loop_input release = {.kind = LOOP_RELEASE, .actor = -person};
    clock_manual_advance(&f->clock, TIME_HOUR_MS);
    step(f, STAGE_ASSIGNMENT, LAST_ASSIGNMENT, &release);
}

static void verify_last(struct fixture *f, int64_t person)
{
    struct loop_input report = {
        .kind = LOOP_REPORTED, .actor = -person, .outcome = OUTCOME_DONE};
    struct loop_input verify = {
        .kind = LOOP_VERIFY, .actor = 5, .yes = true, .number = -1};
    step(f, STAGE_ASSIGNMENT, LAST_ASSIGNMENT, &report);
    step(f, STAGE_ASSIGNMENT, LAST_ASSIGNMENT, &verify);
}

/* Two rows of one human, and a third: not merged while one of them is needed, erased
 * together, and their hours are one sum. */
static int forget(void *context, struct writer *writer, int64_t now_ms,
                  struct diag *reterr)
{
    return person_forget_push(writer, *(int64_t *)context, now_ms, reterr);
}

static void merging(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(import_text(f,
                                 HEAD "M1,Qian Qi,30.70,121.00,10000000001,,,,,\n"
                                      "M2,Qian Qi,30.70,121.00,10000000001,,,,,\n"
                                      "M3,Qian,30.70,121.00,10000000001,,,,,\n",
                                 false, false, NULL),
                     ST_OK);
    int64_t ids[] = {fixture_number(f, "SELECT id FROM person WHERE number = 'M1'"),
                     fixture_number(f, "SELECT id FROM person WHERE number = 'M2'")};
    int64_t others[] = {ids[1],
                        fixture_number(f, "SELECT id FROM person WHERE number = 'M3'")};
    assert_int_equal(command_call(f->writer, merge, others, &f->diag), ST_OK);
    int64_t incident = fixture_report(f, false), callout;
    assert_int_equal(
        fixture_callout(f, fixture_need(f, incident, 1), ids[1], 1, &callout), ST_OK);
    /* Asked, then on the way, then at work. */
    assert_int_equal(command_call(f->writer, merge, ids, &f->diag), ST_CONFLICT);
    assert_non_null(strstr(f->diag.text, "answer"));
    assert_int_equal(command_call(f->writer, expect_free, &ids[1], &f->diag), ST_OK);
    struct loop_input input = {.kind = LOOP_ACCEPT, .actor = -ids[1]};
    step(f, STAGE_ALERT, "SELECT max(id) FROM alert", &input);
    assert_int_equal(command_call(f->writer, merge, ids, &f->diag), ST_CONFLICT);
    assert_string_equal(f->diag.where, "M2");
    assert_int_equal(command_call(f->writer, expect_free, &ids[1], &f->diag),
                     ST_CONFLICT);
    input.kind = LOOP_ARRIVE;
    step(f, STAGE_ASSIGNMENT, LAST_ASSIGNMENT, &input);
    work_an_hour(f, ids[1]);
    verify_last(f, ids[1]);
    assert_int_equal(
        fixture_callout(f, fixture_need(f, incident, 1), ids[1], 1, &callout), ST_OK);
    input.kind = LOOP_ACCEPT;
    step(f, STAGE_ALERT, "SELECT max(id) FROM alert", &input);
    input.kind = LOOP_ARRIVE;
    step(f, STAGE_ASSIGNMENT, LAST_ASSIGNMENT, &input);
    work_an_hour(f, ids[1]);
    assert_int_equal(command_call(f->writer, merge, ids, &f->diag), ST_OK);
    struct person change = {.has = PERSON_HAS_PUSH,
                            .push = "zh https://push.invalid/ a b"};
    memcpy(change.crowd.number, "M1", 3);
    assert_int_equal(command_call(f->writer, change_person, &change, &f->diag), ST_OK);
    assert_int_equal(command_call(f->writer, forget, &ids[1], &f->diag), ST_OK);
    assert_true(has_browser(f, "M1")); /* that of the number merged is another */
    assert_int_equal(command_call(f->writer, forget, &ids[0], &f->diag), ST_OK);
    assert_false(has_browser(f, "M1"));
    /* The hour verified before, and the one verified after the merge. */
    assert_int_equal(fixture_minutes(writer_db(f->writer), ids[0], false), 60);
    verify_last(f, ids[1]);
    assert_int_equal(fixture_minutes(writer_db(f->writer), ids[0], false), 120);
    assert_int_equal(fixture_minutes(writer_db(f->writer), ids[1], false), 0);
    assert_int_equal(command_call(f->writer, erase, &ids[0], NULL), ST_OK);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM person WHERE erased = 1"
                                       " AND identity IS NULL AND phone_hash IS NULL"),
                     3);
    assert_int_equal(command_call(f->writer, erase, &ids[0], NULL), ST_NOT_FOUND);
    fixture_close(f);
    fixture_verify(f);
}

static int leave(void *context, struct writer *writer, int64_t now_ms,
                 struct diag *reterr)
{
    return person_leave(writer, *(int64_t *)context, 1, now_ms, reterr);
}

static int come_back(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    (void)reterr;
    return person_return(writer, *(int64_t *)context, 1, now_ms);
}

/* A number that stands for another one is never a person of its own again, nor one for
 * itself. */
static void merged_for_good(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(import_text(f,
                                 HEAD "M1,Qian Qi,30.70,121.00,10000000001,,,,,\n"
                                      "M2,Qian Qi,30.70,121.00,10000000001,,,,,\n",
                                 false, false, NULL),
                     ST_OK);
    int64_t ids[] = {fixture_number(f, "SELECT id FROM person WHERE number = 'M1'"),
                     fixture_number(f, "SELECT id FROM person WHERE number = 'M2'")};
    int64_t same[] = {ids[0], ids[0]};
    assert_int_equal(command_call(f->writer, merge, same, &f->diag), ST_INVALID);
    assert_int_equal(command_call(f->writer, leave, &ids[1], &f->diag), ST_OK);
    assert_int_equal(command_call(f->writer, merge, ids, &f->diag), ST_OK);
    assert_int_equal(command_call(f->writer, come_back, &ids[1], &f->diag), ST_NOT_FOUND);
    assert_int_equal(command_call(f->writer, merge, ids, &f->diag), ST_NOT_FOUND);
    fixture_close(f);
    fixture_verify(f);
}

static int run_undo(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    return people_undo(writer, context, 1, now_ms, reterr);
}

static int run_erase_person(void *context, struct writer *writer, int64_t now_ms,
                            struct diag *reterr)
{
    (void)reterr;
    return person_erase(writer, *(const int64_t *)context, 1, now_ms);
}

static int newest_import(struct fixture *f, struct people_newest *ret)
{
    struct db *db = fixture_reader(f);
    const int status = people_newest(db, f->clock.now_ms, ret);
    db_close(db);
    return status;
}

#define ROWS "SELECT count(*) FROM person_before"

/* The wrong file: everybody is as before, who was new leaves, who left is back; whom
 * somebody has changed since stays, and of who was erased nothing is kept. */
static void import_taken_back(void **state)
{
    struct fixture *f = *state;
    struct people_newest newest;
    struct people_undo undo = {.id = 1};
    assert_int_equal(command_call(f->writer, run_undo, &undo, &f->diag), ST_NOT_FOUND);
    static const char text[] = HEAD "A1,Zhang San,30.70,121.00,13800000001,,,,,\n"
                                    "A2,Li Si,30.71,121.00,,,,,,\n"
                                    "A3,Wang Wu,30.72,121.00,,,,,,\n"
                                    "A4,Zhao Liu,30.73,121.00,,,,,,\n";
    assert_int_equal(import_text(f, text, false, false, NULL), ST_OK);
    assert_int_equal(import_text(f,
                                 HEAD "A1,Wrong,31.70,121.00,13900000009,,,,,\n"
                                      "A3,Wrong,30.72,121.00,,,,,,\n"
                                      "A4,Wrong,30.73,121.00,,,,,,\n"
                                      "B1,New,30.74,121.00,,,,,,\n",
                                 false, true, NULL),
                     ST_OK); /* A2 leaves */
    assert_int_equal(newest_import(f, &newest), ST_OK);
    assert_int_equal(newest.added, 1);
    assert_int_equal(newest.changed, 3);
    assert_int_equal(newest.retired, 1);
    assert_int_equal(fixture_number(f, ROWS), 5);
    /* Neither a look nor a file that changes nothing makes it forgotten. */
    assert_int_equal(import_text(f, text, true, true, NULL), ST_OK);
    assert_int_equal(
        import_text(f, HEAD "B1,New,30.74,121.00,,,,,,\n", false, false, NULL), ST_OK);
    engine_run(f->db_path, "UPDATE person SET version = version + 1 WHERE number = 'A3'");
    int64_t id = fixture_number(f, "SELECT id FROM person WHERE number = 'A4'");
    assert_int_equal(command_call(f->writer, run_erase_person, &id, NULL), ST_OK);
    assert_int_equal(fixture_number(f, ROWS), 4);
    undo.id = newest.id - 1;
    assert_int_equal(command_call(f->writer, run_undo, &undo, &f->diag), ST_STALE);
    undo.id = newest.id;
    assert_int_equal(command_call(f->writer, run_undo, &undo, &f->diag), ST_OK);
    assert_int_equal(undo.restored, 2);
    assert_int_equal(undo.left, 1);
    assert_int_equal(undo.kept, 1);
    struct people_import same;
    assert_int_equal(import_text(f,
                                 HEAD "A1,Zhang San,30.70,121.00,13800000001,,,,,\n"
                                      "A2,Li Si,30.71,121.00,,,,,,\n"
                                      "A3,Wrong,30.72,121.00,,,,,,\n",
                                 false, true, &same),
                     ST_OK);
    assert_int_equal(same.same, 3);
    assert_int_equal(same.retired, 0); /* B1 has left */
    people_import_release(&same);
    assert_int_equal(newest_import(f, &newest), ST_NOT_FOUND);
    assert_int_equal(fixture_number(f, ROWS), 0);
}

/* A week later it is kept no more. */
static void import_forgotten(void **state)
{
    struct fixture *f = *state;
    struct people_newest newest;
    assert_int_equal(
        import_text(f, HEAD "A1,Zhang San,30.70,121.00,,,,,,\n", false, false, NULL),
        ST_OK);
    clock_manual_advance(&f->clock, PEOPLE_UNDO_MS);
    assert_int_equal(newest_import(f, &newest), ST_NOT_FOUND);
    struct db *db = fixture_reader(f);
    assert_int_equal(fixture_number(f, ROWS), 1);
    assert_int_equal(people_undo_expire(db, f->writer, f->clock.now_ms), ST_OK);
    assert_int_equal(fixture_number(f, ROWS), 0);
    db_close(db);
}

/* 20,000 people are imported and loaded. */
static int count_person(void *context, const struct person *person)
{
    (void)person;
    ++*(uint32_t *)context;
    return 0;
}

static void many(void **state)
{
    struct fixture *f = *state;
    struct text text;
    text_init(&text, 64 << 20);
    text_append_string(&text, HEAD);
    for (int i = 0; i < 20000; i++)
        text_appendf(&text, "N%05d,Person %d,30.7%04d,121.0%04d,1380%07d,,first-aid,,,\n",
                     i, i, i % 10000, i % 9999, i);
    int64_t start = clock_mono_us(clock_system());
    assert_int_equal(import_text(f, text_string(&text), false, false, NULL), ST_OK);
    int64_t imported = clock_mono_us(clock_system());
    text_release(&text);
    struct skill_table *skills = mem_alloc(sizeof *skills);
    struct db *db = fixture_reader(f);
    assert_int_equal(skills_load(db, skills), ST_OK);
    uint32_t count = 0;
    int64_t opened = clock_mono_us(clock_system());
    assert_int_equal(people_each(db, f->vault, skills, count_person, &count), ST_OK);
    print_message("import 20,000: %d ms, read and unseal all: %d ms\n",
                  (int)((imported - start) / 1000),
                  (int)((clock_mono_us(clock_system()) - opened) / 1000));
    assert_int_equal(count, 20000);
    char number[CROWD_NUMBER_MAX + 1];
    assert_int_equal(person_free_number(db, "N00000", number), ST_OK);
    assert_string_equal(number, "N20000");
    mem_free(skills);
    db_close(db);
}

/* Two files were read against the same skills: the second one's table is no longer what
 * the writer has. */
static void stale_skills(void **state)
{
    struct fixture *f = *state;
    struct skill_table *before = mem_alloc(sizeof *before);
    struct skill_table *skills = mem_alloc(sizeof *skills);
    struct db *db = fixture_reader(f);
    assert_int_equal(skills_load(db, before), ST_OK);
    db_close(db);
    *skills = *before;
    assert_true(skill_add(skills, "yodelling", NULL, NULL) >= 0);
    assert_int_equal(import_text(f, HEAD "A1,Zhang San,30.70,121.00,,,juggling,,,\n",
                                 false, false, NULL),
                     ST_OK);
    struct import import = {.people = {.skills = skills}};
    assert_int_equal(command_call(f->writer, run_import, &import, &f->diag), ST_STALE);
    import.people.skills = before;
    assert_int_equal(command_call(f->writer, run_import, &import, &f->diag), ST_STALE);
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM skill WHERE code = 'yodelling'"), 0);
    mem_free(before);
    mem_free(skills);
}

static void free_numbers(void **state)
{
    struct fixture *f = *state;
    static const char *const rows[][2] = {
        {"V0001", "V0004"}, /* the first gap */
        {"V0003", "V0004"},
        {"V0005", "V0006"},
        {"V9", "V11"},
        {"PH999999", "PH1000000"},
        {"\u5fd7\u613f09", "\u5fd7\u613f10"},
        {"99", "100"},
        {"7", "8"}, /* nobody's */
        {"330482199912319999", "330482199912320000"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZ999998", "ABCDEFGHIJKLMNOPQRSTUVWXYZ999999"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZ999999", NULL},
        {"J", NULL},
        {"7b", NULL},
        {"", NULL}};
    assert_int_equal(
        import_text(f,
                    HEAD "V0001,A,30.70,121.00,,,,,,\nV0002,A,30.71,121.00,,,,,,\n"
                         "V0003,A,30.72,121.00,,,,,,\nV0005,A,30.73,121.00,,,,,,\n"
                         "V10,A,30.74,121.00,,,,,,\nPH999999,A,30.75,121.00,,,,,,\n",
                    false, false, NULL),
        ST_OK);
    engine_run(f->db_path, "UPDATE person SET retired = 1, erased = 1 WHERE number = "
                           "'V0003'"); /* had it */
    struct db *db = fixture_reader(f);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char number[CROWD_NUMBER_MAX + 1];
        print_message("%s\n", rows[i][0]);
        assert_int_equal(person_free_number(db, rows[i][0], number),
                         rows[i][1] == NULL ? ST_NOT_FOUND : ST_OK);
        if (rows[i][1] == NULL)
            continue;
        assert_string_equal(number, rows[i][1]);
        assert_int_equal(person_has_number(db, number), 0);
    }
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(imports, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(stale_skills, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(import_taken_back, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(import_forgotten, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(free_numbers, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_change_is_of_what_it_names, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(browsers_of_people, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(outbox_and_erasure, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(answers_found_before, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(merging, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(merged_for_good, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(many, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
