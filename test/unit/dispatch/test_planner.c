/* SPDX-License-Identifier: Apache-2.0 */
/* Preview, first wave, answers, later waves: through the store, with a town of people. */
#include "test/unit/dispatch/town.h"

#include "road/closed.h"

#include "base/ids.h"
#include "dispatch/callout.h"
#include "store/read_incident.h"

#include <jansson.h>
#include <math.h>

static int64_t start(struct town *town, int64_t need_id, const char *reason,
                     const struct planner_request *request)
{
    struct scheme scheme;
    struct callout_command *command;
    struct planner_request made = *request;
    made.need_id = need_id;
    made.record = true;
    assert_int_equal(planner_plan(town->planner, &made, town->store.clock.now_ms, &scheme,
                                  &town->store.diag),
                     0);
    assert_int_equal(callout_command_new(&command, &scheme, 1, made.lift, reason), 0);
    scheme_release(&scheme);
    assert_int_equal(
        callout_command_leave_out(command, made.excluded, made.excluded_count), 0);
    int status = writer_call(town->store.writer, &command->command);
    if (status != ST_OK)
        fail_msg("%s: %s", command->command.diag.where, command->command.diag.text);
    assert_string_equal(command->state, "active");
    int64_t id = command->row_id;
    callout_command_free(command);
    return id;
}

static void snapshot(struct town *town, int64_t callout, struct loop_incident *ret)
{
    assert_int_equal(writer_snapshot(town->store.writer, STAGE_CALLOUT, callout, ret), 0);
    struct diag diag = {0};
    assert_int_equal(loop_check(ret, &diag), 0);
}

static void run(struct town *town)
{
    (void)planner_step(town->planner, town->store.clock.now_ms);
    (void)writer_step(town->store.writer, town->store.clock.now_ms);
}

static void test_preview_has_no_effect(void **state)
{
    struct town *town = *state;
    int64_t need = town_need(town, 5, 2, false);
    uint64_t before = crowd_version(town->crowd);
    const struct planner_request request = {.need_id = need, .explain = true};
    struct scheme scheme, again;
    int64_t now = town->store.clock.now_ms;
    assert_int_equal(planner_plan(town->planner, &request, now, &scheme, NULL), 0);
    assert_int_equal(planner_plan(town->planner, &request, now, &again, NULL), 0);
    assert_int_equal(crowd_version(town->crowd), before);
    assert_true(scheme.plan.target_reached && scheme.plan.people_count > 10);
    assert_int_equal(scheme.plan.people_count, again.plan.people_count);
    assert_int_equal(scheme.shortfall_count, 0);
    assert_true(scheme.first_on_scene_ms > 0);
    /* Nurses without a certificate serve the first line, so nobody is excluded for it. */
    assert_int_equal(scheme.excluded[CROWD_CERTIFICATE], 0);
    for (uint32_t i = 0; i < scheme.plan.people_count; i++) {
        const struct plan_person *person = &scheme.plan.people[i];
        assert_true(person->line == 0 ||
                    scheme.candidates[person->candidate].id % 16 == 0);
    }
    scheme_release(&scheme);
    scheme_release(&again);
}

/* Everybody who was asked counts: planned again at once there is nobody more to ask, and
 * it is as probable as before. */
static void test_all_who_were_asked_count(void **state)
{
    struct town *town = *state;
    for (int32_t count = 1; count <= 3; count++) {
        const int64_t need = town_need(town, count, 0, false);
        const int64_t callout = start(town, need, NULL, &(struct planner_request){0});
        const struct planner_request request = {.need_id = need};
        struct loop_incident incident;
        struct scheme again;
        snapshot(town, callout, &incident);
        assert_int_equal(
            planner_plan(town->planner, &request, town->store.clock.now_ms, &again, NULL),
            0);
        assert_int_equal(again.plan.people_count, 0);
        assert_true(fabs(again.plan.probability - incident.callouts[0].probability) <
                    .006);
        scheme_release(&again);
        loop_incident_release(&incident);
    }
}

/* Invariant 9: the record of an exercise's plan says that it was one. */
static void test_record_of_an_exercise(void **state)
{
    struct town *town = *state;
    for (int exercise = 0; exercise < 2; exercise++) {
        const struct planner_request request = {
            .need_id = town_need(town, 3, 0, exercise != 0), .record = true};
        struct scheme scheme;
        struct text record;
        text_init(&record, 1 << 20);
        assert_int_equal(planner_plan(town->planner, &request, town->store.clock.now_ms,
                                      &scheme, NULL),
                         0);
        scheme_append_record(&scheme, &record);
        json_t *kept = json_loads(text_string(&record), JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(kept);
        assert_int_equal(json_is_true(json_object_get(kept, "exercise")), exercise);
        json_decref(kept);
        text_release(&record);
        scheme_release(&scheme);
    }
}

static void test_plan_as_json(void **state)
{
    struct town *town = *state;
    const struct planner_request request = {
        .need_id = town_need(town, 3, 30, false), .explain = true, .record = true};
    struct scheme scheme;
    struct text text, record;
    assert_int_equal(
        planner_plan(town->planner, &request, town->store.clock.now_ms, &scheme, NULL),
        0);
    text_init(&text, 1 << 20);
    text_init(&record, 1 << 20);
    scheme_append_json(&scheme, town->crowd, &town->skills, &text);
    text_append_string(&text, "}");
    scheme_append_record(&scheme, &record);
    json_error_t error;
    json_t *plan = json_loads(text_string(&text), JSON_REJECT_DUPLICATES, &error);
    json_t *kept = json_loads(text_string(&record), JSON_REJECT_DUPLICATES, &error);
    assert_non_null(plan);
    assert_non_null(kept);
    assert_false(json_is_true(json_object_get(plan, "target_reached")));
    /* People are short, so everybody who is left out is counted. */
    assert_int_equal(scheme.excluded[CROWD_SUSPENDED], 1);
    json_t *shortfall = json_array_get(json_object_get(plan, "shortfall"), 0);
    assert_int_equal(json_integer_value(json_object_get(shortfall, "line")), 1);
    assert_int_equal(json_integer_value(json_object_get(shortfall, "want")), 30);
    assert_int_equal(json_integer_value(json_object_get(shortfall, "have")), 25);
    json_t *wave = json_array_get(json_object_get(plan, "waves"), 0);
    json_t *people = json_object_get(wave, "people");
    assert_int_equal(json_array_size(people), scheme.plan.people_count);
    json_t *first = json_array_get(people, 0);
    assert_non_null(json_string_value(json_object_get(first, "number")));
    assert_non_null(json_string_value(json_object_get(first, "reason")));
    json_t *candidates = json_object_get(kept, "candidates");
    assert_true(json_array_size(candidates) >= scheme.plan.people_count);
    assert_string_equal(
        json_string_value(json_array_get(json_array_get(candidates, 0), 3)), "alerted");
    json_decref(plan);
    json_decref(kept);
    text_release(&text);
    text_release(&record);
    scheme_release(&scheme);
}

static void decline_first(struct fixture *f, const struct loop_incident *incident,
                          uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct loop_input decline = {.kind = LOOP_DECLINE,
                                     .id = incident->alerts[i].id,
                                     .actor = -incident->alerts[i].person_id};
        assert_int_equal(
            fixture_step(f, STAGE_ALERT, incident->alerts[i].id, &decline, NULL), 0);
    }
}

#define NEAREST 24

/* Somebody whom a preview of the need that leaves MORE out (0 = nobody) would alert; of
 * them nobody is MORE or one of the sorted PEOPLE. */
static int64_t preview_without(struct town *town, int64_t need, int64_t more,
                               const int64_t *people, uint32_t count)
{
    const struct planner_request request = {
        .need_id = need, .excluded = &more, .excluded_count = more != 0};
    struct scheme scheme;
    int64_t id = 0;
    assert_int_equal(
        planner_plan(town->planner, &request, town->store.clock.now_ms, &scheme, NULL),
        0);
    for (uint32_t i = 0; i < scheme.plan.people_count; i++) {
        id = scheme.candidates[scheme.plan.people[i].candidate].id;
        assert_false(id == more || ids_contain(people, count, id));
    }
    scheme_release(&scheme);
    assert_true(id != 0);
    return id;
}

/* All people of the town but the nearest of the need, sorted; how many. */
static uint32_t all_but_nearest(struct town *town, int64_t need, int64_t ret[PEOPLE])
{
    const struct planner_request request = {.need_id = need};
    struct scheme scheme;
    int64_t nearest[NEAREST];
    assert_int_equal(
        planner_plan(town->planner, &request, town->store.clock.now_ms, &scheme, NULL),
        0);
    assert_true(scheme.candidate_count >= NEAREST);
    for (uint32_t i = 0; i < NEAREST; i++)
        nearest[i] = scheme.candidates[i].id;
    scheme_release(&scheme);
    ids_sort(nearest, NEAREST);
    uint32_t count = 0;
    for (int64_t id = 1; id <= PEOPLE; id++)
        if (!ids_contain(nearest, NEAREST, id))
            ret[count++] = id;
    return count;
}

/* Whom the dispatcher left out is in no later wave either (decision 0061), nor in a
 * preview of one, and after a restart neither. */
static void test_left_out_stays_out(void **state)
{
    struct town *town = *state;
    struct fixture *f = &town->store;
    int64_t need = town_need(town, 3, 0, false), left_out[PEOPLE];
    const uint32_t count = all_but_nearest(town, need, left_out);
    const struct planner_request request = {.excluded = left_out,
                                            .excluded_count = count};
    int64_t callout = start(town, need, NULL, &request);
    struct loop_incident incident;
    snapshot(town, callout, &incident);
    decline_first(f, &incident, incident.alert_count);
    loop_incident_release(&incident);
    f->clock.now_ms += 1000;
    const int64_t next = preview_without(town, need, 0, left_out, count);
    town_restart(town);
    (void)preview_without(town, need, next, left_out, count);
    run(town);
    snapshot(town, callout, &incident);
    assert_int_equal(incident.callouts[0].waves, 2);
    for (uint32_t i = 0; i < incident.alert_count; i++)
        assert_false(ids_contain(left_out, count, incident.alerts[i].person_id));
    loop_incident_release(&incident);
    struct read_callout row;
    assert_int_equal(read_callout(writer_db(f->writer), callout, &row), 0);
    assert_int_equal(row.left_out, count);
}

static void test_call_out_and_answers(void **state)
{
    struct town *town = *state;
    struct fixture *f = &town->store;
    int64_t need = town_need(town, 3, 0, false);
    int64_t callout = start(town, need, NULL, &(struct planner_request){0});
    struct loop_incident incident;
    snapshot(town, callout, &incident);
    uint32_t first_wave = incident.alert_count;
    assert_in_range(first_wave, 4, 40); /* how many depends on how many waves there are */
    assert_int_equal(incident.callouts[0].waves, 1);
    assert_true(incident.callouts[0].replan_due_ms > f->clock.now_ms);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plan_record"), 1);
    /* Half of them decline: they are replaced at once, and nobody is asked twice. */
    decline_first(f, &incident, first_wave / 2);
    loop_incident_release(&incident);
    f->clock.now_ms += 1000;
    assert_true(town->replans > 0);
    run(town);
    snapshot(town, callout, &incident);
    uint32_t second = incident.alert_count;
    assert_true(second > first_wave);
    assert_int_equal(incident.callouts[0].waves, 2);
    assert_true(incident.callouts[0].price > 0.0);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plan_record"), 2);
    /* A first wave is planned before its call-out has an id. */
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plan_record"
                                       " WHERE body LIKE '%\"callout\":%'"),
                     1);
    /* Nothing happened since: nothing is due, nothing is sent. */
    run(town);
    /* Some accept; in the end the target holds with them alone and the need is filled. */
    for (uint32_t i = first_wave / 2; i < second; i++) {
        struct loop_input accept = {.kind = LOOP_ACCEPT,
                                    .id = incident.alerts[i].id,
                                    .actor = -incident.alerts[i].person_id};
        assert_int_equal(
            fixture_step(f, STAGE_ALERT, incident.alerts[i].id, &accept, NULL), 0);
        f->clock.now_ms += 300;
        run(town);
    }
    loop_incident_release(&incident);
    snapshot(town, callout, &incident);
    assert_int_equal(incident.needs[0].state, NEED_FILLED);
    assert_int_equal(incident.callouts[0].state, CALLOUT_FILLED);
    assert_int_equal(incident.alert_count, second);
    for (uint32_t i = 0; i < incident.alert_count; i++)
        assert_true(incident.alerts[i].state != ALERT_PENDING);
    loop_incident_release(&incident);
}

/* A refusal within the minute is replaced; the others have not been silent for long. */
static void test_a_no_is_replaced(void **state)
{
    struct town *town = *state;
    struct fixture *f = &town->store;
    int64_t need = town_need(town, 3, 0, false);
    int64_t callout = start(town, need, NULL, &(struct planner_request){0});
    struct loop_incident incident;
    snapshot(town, callout, &incident);
    uint32_t before = incident.alert_count;
    f->clock.now_ms += 50000;
    const struct loop_input decline = {.kind = LOOP_DECLINE,
                                       .id = incident.alerts[0].id,
                                       .actor = -incident.alerts[0].person_id};
    assert_int_equal(fixture_step(f, STAGE_ALERT, incident.alerts[0].id, &decline, NULL),
                     ST_OK);
    run(town);
    loop_incident_release(&incident);
    snapshot(town, callout, &incident);
    assert_in_range(incident.alert_count, before + 1, before + 3);
    loop_incident_release(&incident);
}

static int answer(struct town *town, const struct alert *alert, enum loop_input_kind kind)
{
    const struct loop_input input = {
        .kind = kind, .id = alert->id, .actor = -alert->person_id};
    return fixture_step(&town->store, STAGE_ALERT, alert->id, &input, NULL);
}

static void depart(struct town *town, int64_t callout, const struct alert *alert)
{
    struct loop_incident incident;
    snapshot(town, callout, &incident);
    const struct loop_input input = {.kind = LOOP_DEPART,
                                     .id = loop_assignment_of(&incident, alert->id)->id,
                                     .actor = -alert->person_id};
    loop_incident_release(&incident);
    assert_int_equal(fixture_step(&town->store, STAGE_ASSIGNMENT, input.id, &input, NULL),
                     ST_OK);
}

/* Whoever said yes when no seat was left is asked before anybody new. */
static void test_late_is_asked_first(void **state)
{
    struct town *town = *state;
    int64_t need = town_need_of(town, 3, 0, false, 0), late = 0;
    int64_t callout = start(town, need, NULL, &(struct planner_request){0});
    struct loop_incident incident;
    snapshot(town, callout, &incident);
    const uint32_t before = incident.alert_count;
    for (uint32_t i = 0; i < before; i++)
        assert_int_equal(answer(town, &incident.alerts[i], LOOP_ACCEPT), ST_OK);
    town->store.clock.now_ms += 50000;
    for (uint32_t i = 0; i < 3; i++) /* who had the seats */
        assert_int_equal(answer(town, &incident.alerts[i], LOOP_DECLINE), ST_OK);
    loop_incident_release(&incident);
    snapshot(town, callout, &incident);
    for (uint32_t i = 0; i < before && late == 0; i++)
        if (incident.alerts[i].state == ALERT_STOOD_DOWN)
            late = incident.alerts[i].person_id;
    assert_true(late != 0);
    loop_incident_release(&incident);
    run(town);
    snapshot(town, callout, &incident);
    assert_true(incident.alert_count > before);
    assert_int_equal(incident.alerts[before].person_id, late);
    assert_int_equal(incident.alerts[before].state, ALERT_PENDING);
    loop_incident_release(&incident);
}

/* The last yes fills it: what the board says then is the chance of those who said yes,
 * and nobody else is asked for it. */
static void test_filled_by_answers(void **state)
{
    struct town *town = *state;
    struct fixture *f = &town->store;
    int64_t need = town_need_of(town, 1, 0, false, 0);
    int64_t callout = start(town, need, NULL, &(struct planner_request){0});
    struct loop_incident incident;
    snapshot(town, callout, &incident);
    const double promised = incident.callouts[0].probability;
    const uint32_t asked = incident.alert_count;
    assert_int_equal(answer(town, &incident.alerts[0], LOOP_ACCEPT), ST_OK);
    loop_incident_release(&incident);
    snapshot(town, callout, &incident);
    assert_int_equal(incident.callouts[0].state, CALLOUT_FILLED);
    assert_true(incident.callouts[0].replan_due_ms != 0);
    loop_incident_release(&incident);
    f->clock.now_ms += 300;
    run(town);
    snapshot(town, callout, &incident);
    assert_int_equal(incident.callouts[0].state, CALLOUT_FILLED);
    assert_int_equal(incident.callouts[0].replan_due_ms, 0);
    assert_int_equal(incident.alert_count, asked);
    assert_true(incident.callouts[0].probability != promised);
    /* One person near: the chance that who said yes comes. */
    assert_true(fabs(incident.callouts[0].probability - 0.85) < 0.03);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plan_record"), 1);
    loop_incident_release(&incident);
}

/* Every look at this one takes TICK_US. */
#define TICK_US 5000
struct ticking {
    struct clock super;
    int64_t wall_ms, mono_us;
};

static int64_t tick_wall(struct clock *clock)
{
    return ((struct ticking *)clock)->wall_ms;
}

static int64_t tick_mono(struct clock *clock)
{
    return ((struct ticking *)clock)->mono_us += TICK_US;
}

/* After a plan there is a rest in proportion to it; with nothing to plan there is none.
 */
static void test_rests_after_a_plan(void **state)
{
    struct town *town = *state;
    struct fixture *f = &town->store;
    struct ticking clock = {{tick_wall, tick_mono}, f->clock.now_ms, 0};
    const struct planner_config config = {.crowd = town->crowd,
                                          .writer = f->writer,
                                          .road = town->road,
                                          .clock = &clock.super,
                                          .channels = "file"};
    struct planner *planner;
    assert_int_equal(planner_new(&planner, &config), 0);
    int64_t callout =
        start(town, town_need(town, 3, 0, false), NULL, &(struct planner_request){0});
    struct loop_incident incident;
    snapshot(town, callout, &incident);
    const struct loop_input decline = {.kind = LOOP_DECLINE,
                                       .id = incident.alerts[0].id,
                                       .actor = -incident.alerts[0].person_id};
    f->clock.now_ms += 1000;
    assert_int_equal(fixture_step(f, STAGE_ALERT, decline.id, &decline, NULL), ST_OK);
    loop_incident_release(&incident);
    (void)planner_step(planner, f->clock.now_ms);
    assert_int_equal(writer_queue_length(f->writer), 1);
    assert_true(clock.mono_us >= (1 + PLANNER_REST) * TICK_US);
    (void)writer_step(f->writer, f->clock.now_ms);
    int64_t before = clock.mono_us;
    (void)planner_step(planner, f->clock.now_ms);
    assert_true(clock.mono_us - before < PLANNER_REST * TICK_US);
    planner_free(planner);
}

/* The world has changed: a running call-out is planned again though nothing is due. */
static void test_planned_again_on_request(void **state)
{
    struct town *town = *state;
    struct fixture *f = &town->store;
    (void)start(town, town_need(town, 3, 0, false), NULL, &(struct planner_request){0});
    f->clock.now_ms += 1000;
    (void)planner_step(town->planner, f->clock.now_ms);
    assert_int_equal(writer_queue_length(f->writer), 0);
    planner_replan(town->planner);
    (void)planner_step(town->planner, f->clock.now_ms);
    assert_int_equal(writer_queue_length(f->writer), 1);
    (void)writer_step(f->writer, f->clock.now_ms);
    /* Once is enough; what comes within the pause waits for its end. */
    (void)planner_step(town->planner, f->clock.now_ms);
    assert_int_equal(writer_queue_length(f->writer), 0);
    planner_replan(town->planner);
    assert_true(planner_step(town->planner, f->clock.now_ms) <=
                f->clock.now_ms + PLANNER_PAUSE_MS);
    assert_int_equal(writer_queue_length(f->writer), 0);
    f->clock.now_ms += PLANNER_PAUSE_MS;
    (void)planner_step(town->planner, f->clock.now_ms);
    assert_int_equal(writer_queue_length(f->writer), 1);
    (void)writer_step(f->writer, f->clock.now_ms);
}

static int run_sql(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    (void)now_ms;
    (void)reterr;
    return query_run(db_query(writer_db(writer), context));
}

/* Behind more rows than are planned in one pause it is still planned, in the next. */
static void test_every_running_call_out_is_planned_again(void **state)
{
    struct town *town = *state;
    struct fixture *f = &town->store;
    static char more[] =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)"
        " INSERT INTO callout (id, incident_id, need_id, state, started_ms, ended_ms,"
        " waves, version, replan_due_ms, probability, target_reached, target_holds, lift,"
        " stand_down_ms) SELECT -i, incident_id, need_id, 'filled', 0, 0, 0, 1, 0, 0.0, "
        "0,"
        " 0, 0, 0 FROM callout, n";
    static char none[] = "DELETE FROM callout WHERE id < 0";
    (void)start(town, town_need(town, 3, 0, false), NULL, &(struct planner_request){0});
    assert_int_equal(command_call(f->writer, run_sql, more, NULL), ST_OK);
    f->clock.now_ms += 1000;
    planner_replan(town->planner);
    (void)planner_step(town->planner, f->clock.now_ms);
    f->clock.now_ms += PLANNER_PAUSE_MS;
    (void)planner_step(town->planner, f->clock.now_ms);
    assert_int_equal(writer_queue_length(f->writer), 1);
    (void)writer_step(f->writer, f->clock.now_ms);
    assert_int_equal(command_call(f->writer, run_sql, none, NULL), ST_OK);
}

/* A database that does not answer now is asked again. */
static void test_a_failed_look_is_repeated(void **state)
{
    struct town *town = *state;
    struct fixture *f = &town->store;
    static char hide[] = "ALTER TABLE callout RENAME TO hidden";
    static char show[] = "ALTER TABLE hidden RENAME TO callout";
    (void)start(town, town_need(town, 3, 0, false), NULL, &(struct planner_request){0});
    f->clock.now_ms += 1000;
    (void)planner_step(town->planner, f->clock.now_ms);
    assert_int_equal(command_call(f->writer, run_sql, hide, NULL), ST_OK);
    planner_replan(town->planner);
    assert_true(planner_step(town->planner, f->clock.now_ms) <=
                f->clock.now_ms + PLANNER_BACK_OFF_MS);
    assert_int_equal(writer_queue_length(f->writer), 0);
    assert_int_equal(command_call(f->writer, run_sql, show, NULL), ST_OK);
    f->clock.now_ms += PLANNER_BACK_OFF_MS;
    (void)planner_step(town->planner, f->clock.now_ms);
    assert_int_equal(writer_queue_length(f->writer), 1);
    (void)writer_step(f->writer, f->clock.now_ms);
}

static const struct alert *first_in(const struct loop_incident *incident,
                                    enum alert_state state)
{
    for (uint32_t i = 0; i < incident->alert_count; i++)
        if (incident->alerts[i].state == state)
            return &incident->alerts[i];
    fail_msg("nobody is %d", state);
    return NULL;
}

/* Every road at a walk of 1 km/h: the ways of those who were alerted are longer, on the
 * board and in the next plan; whoever said where they come from keeps theirs while that
 * is not known, and who is called overdue, and when, moves along. Who said yes is told.
 */
static void test_slow_roads_reach_those_alerted(void **state)
{
    struct town *town = *state;
    struct fixture *f = &town->store;
    int64_t callout =
        start(town, town_need(town, 4, 0, false), NULL, &(struct planner_request){0});
    struct loop_incident before, after;
    snapshot(town, callout, &before);
    const struct alert *yes = &before.alerts[0], *from_work = &before.alerts[1];
    struct loop_input accept = {
        .kind = LOOP_ACCEPT, .id = yes->id, .actor = -yes->person_id};
    assert_int_equal(fixture_step(f, STAGE_ALERT, yes->id, &accept, NULL), ST_OK);
    accept = (struct loop_input){.kind = LOOP_ACCEPT,
                                 .id = from_work->id,
                                 .actor = -from_work->person_id,
                                 .travel_ms = 77000};
    assert_int_equal(fixture_step(f, STAGE_ALERT, from_work->id, &accept, NULL), ST_OK);
    const struct alert *has_left = &before.alerts[2];
    assert_int_equal(answer(town, has_left, LOOP_ACCEPT), ST_OK);
    depart(town, callout, has_left);
    int64_t yes_id = yes->id, work_id = from_work->id, left_id = has_left->id;
    const int64_t worker = from_work->person_id;
    uint32_t yes_ms = yes->travel_ms;
    loop_incident_release(&before);
    f->clock.now_ms += 1000;
    run(town); /* what the answers want */
    snapshot(town, callout, &before);
    struct road_closed *slow = NULL;
    assert_int_equal(road_closed_new(&slow, town->road), 0);
    for (uint32_t edge = 0; edge < road_edge_count(town->road); edge++)
        road_closed_limit(slow, edge, 1);
    crowd_set_closed(town->crowd, slow, 1);
    planner_replan(town->planner);
    f->clock.now_ms += PLANNER_PAUSE_MS;
    run(town);
    snapshot(town, callout, &after);
    const struct alert *waits = first_in(&before, ALERT_PENDING);
    assert_true(loop_find_alert(&after, waits->id)->travel_ms > 2 * waits->travel_ms);
    assert_true(loop_find_alert(&after, yes_id)->travel_ms > 2 * yes_ms);
    assert_true(loop_find_alert(&after, left_id)->travel_ms >
                2 * loop_find_alert(&before, left_id)->travel_ms);
    assert_int_equal(loop_find_alert(&after, work_id)->travel_ms, 77000);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM message WHERE kind ="
                                       " 'detour'"),
                     2);
    int64_t later = loop_assignment_of(&after, yes_id)->due_ms -
                    loop_assignment_of(&before, yes_id)->due_ms;
    assert_int_equal(later,
                     2 * (int64_t)(loop_find_alert(&after, yes_id)->travel_ms - yes_ms));
    assert_int_equal(loop_assignment_of(&after, work_id)->due_ms,
                     loop_assignment_of(&before, work_id)->due_ms);
    assert_true(fixture_number(f, "SELECT count(*) FROM event WHERE kind ="
                                  " 'alert.retimed'") > 0);
    loop_incident_release(&after);
    f->clock.now_ms += PLANNER_PAUSE_MS;
    run(town); /* planned again by the ways as they are */
    snapshot(town, callout, &after);
    assert_true(after.callouts[0].probability < before.callouts[0].probability ||
                after.alert_count > before.alert_count);
    loop_incident_release(&before);
    loop_incident_release(&after);
    crowd_set_closed(town->crowd, NULL, 2);
    road_closed_free(slow);
    crowd_move(town->crowd, worker, &town->at); /* it is known: at the door */
    planner_replan(town->planner);
    f->clock.now_ms += PLANNER_PAUSE_MS;
    run(town);
    snapshot(town, callout, &after);
    assert_true(loop_find_alert(&after, work_id)->travel_ms < 5000);
    loop_incident_release(&after);
    crowd_move(town->crowd, worker, NULL);
}

static void test_silence_brings_more(void **state)
{
    struct town *town = *state;
    struct fixture *f = &town->store;
    int64_t need = town_need(town, 2, 0, false);
    int64_t callout = start(town, need, NULL, &(struct planner_request){0});
    struct loop_incident incident;
    snapshot(town, callout, &incident);
    uint32_t before = incident.alert_count;
    loop_incident_release(&incident);
    for (int i = 0; i < 20; i++) {
        f->clock.now_ms += 30000;
        (void)writer_step(f->writer, f->clock.now_ms);
        run(town);
    }
    snapshot(town, callout, &incident);
    assert_true(incident.alert_count > before);
    printf("silence: %u alerts, then %u in all\n", before, incident.alert_count);
    assert_true(incident.alert_count < 8 * before); /* and not the whole town */
    for (uint32_t i = 1; i < incident.alert_count; i++)
        for (uint32_t j = 0; j < i; j++)
            assert_true(incident.alerts[i].person_id != incident.alerts[j].person_id);
    loop_incident_release(&incident);
}

static void test_force_and_exclude(void **state)
{
    struct town *town = *state;
    struct fixture *f = &town->store;
    int64_t need = town_need(town, 1, 0, false), now = f->clock.now_ms;
    const int64_t suspended[] = {7}, forced[] = {300}, nobody[] = {99999};
    struct planner_request request = {.need_id = need};
    struct scheme scheme;
    assert_int_equal(planner_plan(town->planner, &request, now, &scheme, NULL), 0);
    int64_t nearest = scheme.candidates[0].id;
    scheme_release(&scheme);
    request.forced = suspended;
    request.forced_count = 1;
    assert_int_equal(planner_plan(town->planner, &request, now, &scheme, &f->diag),
                     ST_UNPROCESSABLE);
    assert_non_null(strstr(f->diag.text, "suspended"));
    scheme_release(&scheme);
    request.forced = nobody;
    assert_int_equal(planner_plan(town->planner, &request, now, &scheme, &f->diag),
                     ST_NOT_FOUND);
    scheme_release(&scheme);
    crowd_set_committed(town->crowd, 300, true, false);
    request.forced = forced;
    request.excluded = &nearest;
    request.excluded_count = 1;
    int64_t callout =
        start(town, need, "she is the only one who knows the pump", &request);
    struct loop_incident incident;
    snapshot(town, callout, &incident);
    bool found = false;
    for (uint32_t i = 0; i < incident.alert_count; i++) {
        assert_true(incident.alerts[i].person_id != nearest);
        found |= incident.alerts[i].person_id == 300 && incident.alerts[i].forced;
    }
    assert_true(found);
    loop_incident_release(&incident);
}

static void test_lifts(void **state)
{
    struct town *town = *state;
    int64_t need = town_need(town, 2, 0, false), now = town->store.clock.now_ms;
    for (int64_t id = 1; id <= PEOPLE; id += 2)
        for (int k = 0; k < 3; k++)
            crowd_note_alert(town->crowd, id, now - 1000);
    struct planner_request request = {.need_id = need, .explain = true};
    struct scheme scheme;
    assert_int_equal(planner_plan(town->planner, &request, now, &scheme, NULL), 0);
    assert_true(scheme.lift_cap > 20);
    assert_int_equal(scheme.lift_cap, scheme.excluded[CROWD_CAP]);
    scheme_release(&scheme);
    request.lift = LIFT_CAP;
    assert_int_equal(planner_plan(town->planner, &request, now, &scheme, NULL), 0);
    assert_int_equal(scheme.excluded[CROWD_CAP], 0);
    scheme_release(&scheme);
    request.need_id = 99999;
    assert_int_equal(planner_plan(town->planner, &request, now, &scheme, NULL),
                     ST_NOT_FOUND);
    scheme_release(&scheme);
}

static void test_said_yes_before_is_asked_first(void **state)
{
    struct town *town = *state;
    struct fixture *f = &town->store;
    int64_t need = town_need(town, 1, 0, false);
    int64_t callout = start(town, need, NULL, &(struct planner_request){0});
    struct loop_incident incident;
    snapshot(town, callout, &incident);
    const struct alert last = incident.alerts[incident.alert_count - 1];
    loop_incident_release(&incident);
    struct loop_input input = {
        .kind = LOOP_ACCEPT, .id = last.id, .actor = -last.person_id};
    assert_int_equal(fixture_step(f, STAGE_ALERT, last.id, &input, NULL), 0);
    input = (struct loop_input){
        .kind = LOOP_NEED_CANCEL, .id = need, .actor = 1, .reason = "dry again"};
    assert_int_equal(fixture_step(f, STAGE_NEED, need, &input, NULL), 0);
    input = (struct loop_input){
        .kind = LOOP_NEED_REOPEN, .id = need, .actor = 1, .reason = "and wet"};
    int status = fixture_step(f, STAGE_NEED, need, &input, NULL);
    if (status == ST_OK) {
        const struct planner_request request = {.need_id = need};
        struct scheme scheme;
        assert_int_equal(
            planner_plan(town->planner, &request, f->clock.now_ms, &scheme, NULL), 0);
        assert_true(scheme.plan.people_count > 0);
        assert_int_equal(scheme.candidates[scheme.plan.people[0].candidate].id,
                         last.person_id);
        assert_int_equal(scheme.plan.people[0].reason, PLAN_REASON_FIRST);
        scheme_release(&scheme);
    }
}

static void test_thread(void **state)
{
    struct town *town = *state;
    assert_int_equal(planner_start(town->planner), 0);
    planner_wake(town->planner);
    planner_stop(town->planner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, town_setup, town_teardown)
        TEST(test_preview_has_no_effect),
        TEST(test_all_who_were_asked_count),
        TEST(test_plan_as_json),
        TEST(test_record_of_an_exercise),
        TEST(test_left_out_stays_out),
        TEST(test_call_out_and_answers),
        TEST(test_a_no_is_replaced),
        TEST(test_late_is_asked_first),
        TEST(test_filled_by_answers),
        TEST(test_rests_after_a_plan),
        TEST(test_planned_again_on_request),
        TEST(test_every_running_call_out_is_planned_again),
        TEST(test_a_failed_look_is_repeated),
        TEST(test_slow_roads_reach_those_alerted),
        TEST(test_silence_brings_more),
        TEST(test_force_and_exclude),
        TEST(test_lifts),
        TEST(test_thread),
        TEST(test_said_yes_before_is_asked_first),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
