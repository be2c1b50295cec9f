/* SPDX-License-Identifier: Apache-2.0 */
/* The history read back: the rows as they are, and as they were at every moment. */
#include "fixture.h"

#include "loop/replay.h"
#include "store/history.h"
#include "store/response.h"

#define MOMENTS 16

/* What a moment looked like, kept while it was the present. */
struct moment {
    int64_t at_ms;
    uint32_t alerts, assignments;
    enum incident_state incident;
    enum need_state need;
    enum alert_state first;
    uint32_t on_scene;
};

static struct moment look_at(const struct loop_incident *incident, int64_t at_ms)
{
    struct moment moment = {.at_ms = at_ms,
                            .alerts = incident->alert_count,
                            .assignments = incident->assignment_count,
                            .incident = incident->state};
    if (incident->need_count > 0)
        moment.need = incident->needs[0].state;
    if (incident->alert_count > 0)
        moment.first = incident->alerts[0].state;
    for (uint32_t i = 0; i < incident->assignment_count; i++)
        moment.on_scene += incident->assignments[i].state == ASSIGNMENT_ON_SCENE;
    return moment;
}

struct story {
    struct fixture *f;
    int64_t incident, need, callout;
    struct moment moments[MOMENTS];
    uint32_t count;
};

static void remember(struct story *story)
{
    struct loop_incident now = {0};
    assert_int_equal(
        writer_snapshot(story->f->writer, STAGE_INCIDENT, story->incident, &now), ST_OK);
    assert_true(story->count < MOMENTS);
    story->moments[story->count++] = look_at(&now, story->f->clock.now_ms);
    loop_incident_release(&now);
    story->f->clock.now_ms += 20000;
}

static void answer(struct story *story, enum stage_key key, enum loop_input_kind kind,
                   uint32_t index)
{
    struct loop_incident now = {0};
    assert_int_equal(
        writer_snapshot(story->f->writer, STAGE_INCIDENT, story->incident, &now), ST_OK);
    int64_t id = key == STAGE_ALERT ? now.alerts[index].id : now.assignments[index].id;
    int64_t person = key == STAGE_ALERT ? now.alerts[index].person_id
                                        : now.assignments[index].person_id;
    loop_incident_release(&now);
    struct loop_input input = {.kind = kind, .id = id, .actor = -person};
    assert_int_equal(fixture_step(story->f, key, id, &input, NULL), ST_OK);
    remember(story);
}

static int put_record(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    (void)reterr;
    const struct story *story = context;
    return plan_record_put(
        writer, story->callout, 1,
        "{\"probability\":0.91,\"candidates\":[[103,1,61.5,\"alerted\",0,0.25,0.5],"
        "[900,1,70,\"not_needed\"],[101,3,30,\"alerted\",0,0.5,0.75]]}",
        now_ms);
}

static void tell_story(struct story *story, struct fixture *f)
{
    *story = (struct story){.f = f, .incident = fixture_report(f, false)};
    remember(story);
    story->need = fixture_need(f, story->incident, 2);
    remember(story);
    assert_int_equal(fixture_callout(f, story->need, 101, 4, &story->callout), ST_OK);
    assert_int_equal(command_call(f->writer, put_record, story, NULL), ST_OK);
    remember(story);
    answer(story, STAGE_ALERT, LOOP_ACCEPT, 0);
    answer(story, STAGE_ALERT, LOOP_DECLINE, 1);
    answer(story, STAGE_ALERT, LOOP_ACCEPT, 2);
    answer(story, STAGE_ASSIGNMENT, LOOP_DEPART, 0);
    answer(story, STAGE_ASSIGNMENT, LOOP_ARRIVE, 0);
    answer(story, STAGE_ASSIGNMENT, LOOP_ARRIVE, 1);
}

static void every_moment(void **state)
{
    struct fixture *f = *state;
    struct story story;
    tell_story(&story, f);
    struct db *db;
    assert_int_equal(db_open(&db, f->db_path, DB_READ, &f->diag), ST_OK);
    for (uint32_t i = 0; i < story.count; i++) {
        struct replay replay;
        const struct moment *then = &story.moments[i];
        assert_int_equal(history_read(db, story.incident, then->at_ms, &replay, &f->diag),
                         ST_OK);
        struct moment now = look_at(&replay.incident, then->at_ms);
        assert_memory_equal(&now, then, sizeof now);
        replay_release(&replay);
    }
    db_close(db);
}

static void facts(void **state)
{
    struct fixture *f = *state;
    struct story story;
    tell_story(&story, f);
    struct db *db;
    struct replay replay;
    assert_int_equal(db_open(&db, f->db_path, DB_READ, &f->diag), ST_OK);
    assert_int_equal(history_read(db, story.incident, INT64_MAX, &replay, &f->diag),
                     ST_OK);
    const struct loop_incident *incident = &replay.incident;
    assert_int_equal(incident->kind, KIND_FLOOD);
    assert_int_equal(incident->at.lat_e7, 307000000);
    assert_int_equal(incident->needs[0].state, NEED_MET);
    assert_int_equal(incident->needs[0].lines[0].count, 2);
    assert_true(incident->needs[0].deadline_ms > incident->needs[0].stated_ms);
    assert_true(incident->callouts[0].probability == 0.91);
    assert_int_equal(incident->alerts[0].travel_ms, 30000);
    assert_int_equal(incident->alerts[0].lines_able, 3);
    assert_int_equal(incident->alerts[1].travel_ms, 0); /* not in the record */
    assert_int_equal(incident->alerts[2].travel_ms, 61500);
    assert_true(incident->alerts[2].p_accept == 0.25F);
    replay_release(&replay);
    assert_int_equal(history_read(db, 99, INT64_MAX, &replay, &f->diag), ST_NOT_FOUND);
    assert_int_equal(
        history_read(db, story.incident, story.moments[0].at_ms - 1, &replay, &f->diag),
        ST_NOT_FOUND);
    db_close(db);
}

/* Every allocation fails once. */
static void memory(void **state)
{
    struct fixture *f = *state;
    struct story story;
    tell_story(&story, f);
    struct db *db;
    struct replay replay;
    assert_int_equal(db_open(&db, f->db_path, DB_READ, &f->diag), ST_OK);
    int status = ST_NO_MEMORY;
    uint64_t n = 0;
    while (status == ST_NO_MEMORY) {
        mem_fail_at(++n);
        status = history_read(db, story.incident, INT64_MAX, &replay, &f->diag);
        mem_fail_at(0);
    }
    assert_int_equal(status, ST_OK);
    assert_true(n > 5);
    replay_release(&replay);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_moment, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(facts, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(memory, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
