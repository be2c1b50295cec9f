/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a story that is told to the writer, from its events: every figure by
 * hand; and the document as a PDF in both languages. */
#include "test/unit/store/fixture.h"

#include "report/pdf.h"
#include "report/report.h"
#include "report/words.h"
#include "store/response.h"

#include <jansson.h>
#include <signal.h>

struct story {
    int64_t incident, need, callout;
    int64_t alerts[5], people[5];
};

static void wait_s(struct fixture *f, int64_t seconds)
{
    f->clock.now_ms += seconds * 1000;
}

static void look(struct fixture *f, struct story *story, struct loop_incident *ret)
{
    assert_int_equal(writer_snapshot(f->writer, STAGE_INCIDENT, story->incident, ret),
                     ST_OK);
}

static void answer(struct fixture *f, struct story *story, uint32_t index,
                   enum loop_input_kind kind)
{
    struct loop_input input = {
        .kind = kind, .id = story->alerts[index], .actor = -story->people[index]};
    assert_int_equal(fixture_step(f, STAGE_ALERT, input.id, &input, NULL), ST_OK);
}

static void move(struct fixture *f, struct story *story, uint32_t index,
                 enum loop_input_kind kind)
{
    struct loop_incident now = {0};
    look(f, story, &now);
    struct assignment *a = loop_assignment_of(&now, story->alerts[index]);
    assert_non_null(a);
    struct loop_input input = {.kind = kind,
                               .id = a->id,
                               .actor = -story->people[index],
                               .outcome = OUTCOME_DONE};
    loop_incident_release(&now);
    assert_int_equal(fixture_step(f, STAGE_ASSIGNMENT, input.id, &input, NULL), ST_OK);
}

static void hand_over(struct fixture *f, struct story *story)
{
    struct loop_incident now = {0};
    look(f, story, &now);
    for (uint32_t i = 0; i < now.message_count; i++) {
        struct loop_input sending = {.kind = LOOP_MESSAGE_SENDING,
                                     .id = now.messages[i].id};
        struct loop_input handed = {.kind = LOOP_MESSAGE_HANDED_OVER,
                                    .id = now.messages[i].id};
        if (now.messages[i].state != MESSAGE_QUEUED)
            continue;
        assert_int_equal(fixture_step(f, STAGE_MESSAGE, sending.id, &sending, NULL), 0);
        assert_int_equal(fixture_step(f, STAGE_MESSAGE, handed.id, &handed, NULL), 0);
    }
    loop_incident_release(&now);
}

static int put_record(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    (void)reterr;
    const struct story *story = context;
    return plan_record_put(
        writer, story->callout, 1,
        "{\"probability\":0.91,\"target\":0.95,\"candidates\":[[201,1,"
        "60,\"alerted\",0,0.5,0.9],[202,1,61,\"alerted\",0,0.25,0.9]]}",
        now_ms);
}

/* Reported at 0 s, alerted at 90 s, handed over at 95 s; 0 says yes at 115 s, leaves at
 * 145 s, is there at 265 s and goes after 30 min; 1 says no at 115 s; 2 says yes at 115 s
 * and withdraws at 145 s. */
static void tell(struct fixture *f, struct story *story)
{
    *story = (struct story){.incident = fixture_report(f, false)};
    wait_s(f, 90);
    story->need = fixture_need(f, story->incident, 2);
    assert_int_equal(fixture_callout(f, story->need, 201, 5, &story->callout), ST_OK);
    assert_int_equal(command_call(f->writer, put_record, story, NULL), ST_OK);
    struct loop_incident now = {0};
    look(f, story, &now);
    for (uint32_t i = 0; i < 5; i++) {
        story->alerts[i] = now.alerts[i].id;
        story->people[i] = now.alerts[i].person_id;
    }
    loop_incident_release(&now);
    wait_s(f, 5);
    hand_over(f, story);
    wait_s(f, 20);
    answer(f, story, 0, LOOP_ACCEPT);
    answer(f, story, 1, LOOP_DECLINE);
    answer(f, story, 2, LOOP_ACCEPT);
    wait_s(f, 30);
    move(f, story, 0, LOOP_DEPART);
    move(f, story, 2, LOOP_WITHDRAW);
    wait_s(f, 120);
    move(f, story, 0, LOOP_ARRIVE);
    wait_s(f, 1800);
    move(f, story, 0, LOOP_RELEASE);
}

static void figures(void **state)
{
    struct fixture *f = *state;
    struct story story;
    struct report report;
    tell(f, &story);
    struct db *db = fixture_reader(f);
    assert_int_equal(report_gather(db, story.incident, &report, &f->diag), ST_OK);
    const struct report_funnel *funnel = &report.funnel;
    assert_int_equal(funnel->alerted, 5);
    assert_int_equal(funnel->handed_over, 5);
    assert_int_equal(funnel->delivered, 3); /* who answered has got it */
    assert_int_equal(funnel->answered, 3);
    assert_int_equal(funnel->accepted, 2);
    assert_int_equal(funnel->set_out, 1);
    assert_int_equal(funnel->on_scene, 1);
    assert_int_equal(funnel->declined, 2); /* one of them a withdrawal */
    assert_int_equal(funnel->withdrawn, 1);
    assert_true(report.dispatcher.count == 1 && report.dispatcher.median == 90);
    assert_true(report.channel.count == 5 && report.channel.most == 5);
    assert_true(report.reply.median == 20);
    assert_true(report.turnout.count == 1 && report.turnout.median == 30);
    assert_true(report.travel.count == 1 && report.travel.median == 120);
    assert_true(report.excess.count == 1 && report.excess.median == 60);
    assert_int_equal(report.need_count, 1);
    const struct report_need *need = &report.needs[0];
    assert_int_equal(need->wanted, 2);
    assert_int_equal(need->in_time, 1);
    assert_int_equal(need->alerted, 5);
    assert_int_equal(need->asked_at_first, 5);
    assert_true(need->promised == 0.91 && need->target == 0.95);
    assert_true(need->expected_yes == 0.75);
    assert_int_equal(report.people_helped, 1);
    assert_int_equal(report.minutes_worked, 30);
    assert_int_equal(report.timeline[0].kind, EVENT_INCIDENT_REPORTED);
    report_release(&report);
    assert_int_equal(report_gather(db, 4711, &report, &f->diag), ST_NOT_FOUND);
    db_close(db);
}

/* Two people are asked for another need, too: seven alerts, five people. */
static void people_once(void **state)
{
    struct fixture *f = *state;
    struct story story;
    struct report report;
    int64_t callout;
    tell(f, &story);
    int64_t need = fixture_need(f, story.incident, 1);
    assert_int_equal(fixture_callout(f, need, 202, 2, &callout), ST_OK);
    struct db *db = fixture_reader(f);
    assert_int_equal(report_gather(db, story.incident, &report, &f->diag), ST_OK);
    assert_int_equal(report.funnel.alerted, 7);
    assert_int_equal(report.people_alerted, 5);
    report_release(&report);
    db_close(db);
}

/* A need that nobody could serve in time is opened again: who comes by the new deadline
 * is in time by the one that held when they said yes, and both are told. */
static void two_deadlines(void **state)
{
    struct fixture *f = *state;
    struct story story;
    struct report report;
    struct text json;
    struct db *db;
    tell(f, &story);
    struct loop_incident now = {0};
    look(f, &story, &now);
    int64_t first = now.needs[0].deadline_ms;
    loop_incident_release(&now);
    if (f->clock.now_ms < first)
        f->clock.now_ms = first;
    f->clock.now_ms += 60000;
    for (int i = 0; i < 3; i++) { /* the first sees the clock jump */
        f->clock.now_ms += 1000;
        (void)writer_step(f->writer, f->clock.now_ms);
    }
    struct loop_input reopen = {.kind = LOOP_NEED_REOPEN,
                                .id = story.need,
                                .actor = 1,
                                .reason = "the water rises"};
    assert_int_equal(fixture_step(f, STAGE_NEED, story.need, &reopen, NULL), ST_OK);
    answer(f, &story, 3, LOOP_ACCEPT);
    move(f, &story, 3, LOOP_DEPART);
    wait_s(f, 120);
    move(f, &story, 3, LOOP_ARRIVE);
    assert_int_equal(db_open(&db, f->db_path, DB_READ, &f->diag), ST_OK);
    assert_int_equal(report_gather(db, story.incident, &report, &f->diag), ST_OK);
    const struct report_need *need = &report.needs[0];
    assert_int_equal(need->deadline_count, 2);
    assert_int_equal(need->deadlines[0].deadline_ms, first);
    assert_true(need->deadlines[1].deadline_ms > f->clock.now_ms);
    assert_int_equal(need->deadline_ms, need->deadlines[1].deadline_ms);
    assert_int_equal(need->on_scene, 2);
    assert_int_equal(need->in_time, 2); /* each by their own */
    text_init(&json, REPORT_JSON_MAX);
    report_append_json(&report, db, &json);
    assert_non_null(strstr(text_string(&json), "\"deadlines\":[\""));
    text_release(&json);
    report_release(&report);
    db_close(db);
}

static void documents(void **state)
{
    struct fixture *f = *state;
    struct story story;
    struct text json, pdf;
    tell(f, &story);
    text_init(&json, REPORT_JSON_MAX);
    text_init(&pdf, REPORT_PDF_MAX);
    struct db *db = fixture_reader(f);
    assert_int_equal(report_write(db, story.incident, &json, &f->diag), ST_OK);
    db_close(db);
    json_t *root = json_loads(text_string(&json), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_int_equal(json_array_size(json_object_get(root, "people")), 5);
    assert_int_equal(
        json_integer_value(json_object_get(
            json_object_get(json_object_get(root, "delays"), "dispatcher"), "median_s")),
        90);
    json_decref(root);
    for (int language = REPORT_EN; language <= REPORT_ZH; language++) {
        text_clear(&pdf);
        assert_int_equal(report_pdf(text_string(&json), json.size,
                                    (enum report_language)language, &pdf, NULL, &f->diag),
                         ST_OK);
        assert_true(pdf.size > 2000 && memcmp(text_string(&pdf), "%PDF-", 5) == 0);
    }
    text_release(&json);
    text_release(&pdf);
}

/* What is no report is refused, and half of one is drawn without harm. */
static void damaged(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "[]", "{}", "{\"incident\":1}",
                                        "{\"incident\":"};
    static const char half[] =
        "{\"incident\":{\"case\":7,\"reported_at\":\"x\",\"exercise\":true},\"needs\":[1,"
        "{}],"
        "\"people\":[null,{\"wave\":\"x\",\"reply_s\":-5}],\"timeline\":[{\"kind\":3}],"
        "\"funnel\":{\"alerted\":-1,\"seen\":1e300}}";
    struct text pdf;
    struct diag diag = {0};
    text_init(&pdf, REPORT_PDF_MAX);
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(
            report_pdf(wrong[i], strlen(wrong[i]), REPORT_EN, &pdf, NULL, &diag),
            ST_INVALID);
    assert_int_equal(report_pdf(half, strlen(half), REPORT_ZH, &pdf, NULL, &diag), ST_OK);
    text_release(&pdf);
}

/* The first of two would be said in the other one's place. */
static void each_word_stands_once(void **state)
{
    (void)state;
    static const char *const codes[] = {
#define X(code, en, zh) code,
        REPORT_WORD_LIST(X)
#undef X
    };
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(codes[i], codes[k]) == 0)
                fail_msg("%s stands there twice", codes[i]);
}

/* A helper that is not there, and one that is no helper. */
static void helper(void **state)
{
    (void)state;
    struct text pdf;
    struct diag diag = {0};
    text_init(&pdf, REPORT_PDF_MAX);
    assert_int_equal(
        report_pdf_by_helper("/nonexistent", "{}", 2, REPORT_EN, &pdf, &diag), ST_IO);
    assert_int_equal(report_pdf_by_helper("/bin/false", "{}", 2, REPORT_EN, &pdf, &diag),
                     ST_IO);
    text_release(&pdf);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN); /* as main.c: a helper may end before it has read */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(figures, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(people_once, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(two_deadlines, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(documents, fixture_setup, fixture_teardown),
        cmocka_unit_test(damaged),
        cmocka_unit_test(each_word_stands_once),
        cmocka_unit_test(helper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
