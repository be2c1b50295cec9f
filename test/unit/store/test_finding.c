/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: every pair of state and step, who may check, what demands a reason; targets
 * replaced whole. */
#include "fixture.h"

#include "store/finding.h"
#include "store/target.h"

enum { SOLVER = 1, OTHER = 2 };

struct change {
    struct finding finding;
    enum finding_step step;
    int64_t actor;
    const char *reason;
};

static int run_put(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    return finding_put(writer, &((struct change *)context)->finding, now_ms, reterr);
}

static int run_step(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    struct change *change = context;
    return finding_take_step(writer, change->finding.id, change->step, change->actor,
                             change->reason, now_ms, &change->finding, reterr);
}

static int put(struct fixture *f, struct change *change)
{
    (void)snprintf(change->finding.title, sizeof change->finding.title, "no boat");
    f->diag = (struct diag){0};
    return command_call(f->writer, run_put, change, &f->diag);
}

static int step(struct fixture *f, struct change *change, enum finding_step step,
                int64_t actor, const char *reason)
{
    change->step = step, change->actor = actor, change->reason = reason;
    f->diag = (struct diag){0};
    return command_call(f->writer, run_step, change, &f->diag);
}

/* A new finding, brought into STATE by the solver. */
static void bring(struct fixture *f, enum finding_state state, struct change *ret)
{
    *ret = (struct change){.finding = {.area_id = FIXTURE_ROOT, .made_by = SOLVER}};
    assert_int_equal(put(f, ret), ST_OK);
    if (state == FINDING_WORKING)
        assert_int_equal(step(f, ret, FINDING_STEP_START, SOLVER, ""), ST_OK);
    if (state == FINDING_SOLVED || state == FINDING_CHECKED)
        assert_int_equal(step(f, ret, FINDING_STEP_SOLVE, SOLVER, "bought"), ST_OK);
    if (state == FINDING_CHECKED)
        assert_int_equal(step(f, ret, FINDING_STEP_CHECK, OTHER, ""), ST_OK);
    if (state == FINDING_DROPPED)
        assert_int_equal(step(f, ret, FINDING_STEP_DROP, SOLVER, "dry"), ST_OK);
    assert_int_equal(ret->finding.state, state);
}

/* As decision 0046 says it; "" = refused. */
static const char *const wanted[FINDING_STATE_COUNT][FINDING_STEP_COUNT] = {
    {"working", "solved", "", "dropped", ""},
    {"", "solved", "", "dropped", ""},
    {"", "", "checked", "", "open"},
    {"", "", "", "", "open"},
    {"", "", "", "", "open"},
};

static void all_pairs(void **state)
{
    struct fixture *f = *state;
    for (int from = 0; from < FINDING_STATE_COUNT; from++)
        for (int to = 0; to < FINDING_STEP_COUNT; to++) {
            struct change change;
            bring(f, (enum finding_state)from, &change);
            const bool allowed = wanted[from][to][0] != '\0';
            assert_int_equal(finding_steps(&change.finding, OTHER) >> to & 1U, allowed);
            const int status = step(f, &change, (enum finding_step)to, OTHER, "because");
            assert_int_equal(status, allowed ? ST_OK : ST_CONFLICT);
            if (allowed)
                assert_string_equal(finding_state_code(change.finding.state),
                                    wanted[from][to]);
        }
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM finding"), 25);
    fixture_verify(f);
}

static void second_person(void **state)
{
    struct fixture *f = *state;
    struct change change;
    bring(f, FINDING_SOLVED, &change);
    assert_int_equal(finding_steps(&change.finding, SOLVER), 1U << FINDING_STEP_REOPEN);
    assert_int_equal(step(f, &change, FINDING_STEP_CHECK, SOLVER, ""), ST_DENIED);
    assert_int_equal(step(f, &change, FINDING_STEP_CHECK, OTHER, ""), ST_OK);
    assert_int_equal(change.finding.ended_by, OTHER);
    assert_int_equal(change.finding.solved_by, SOLVER);
    assert_string_equal(change.finding.note, "bought"); /* a step without words */
    assert_int_equal(step(f, &change, FINDING_STEP_REOPEN, OTHER, "leaks"), ST_OK);
    assert_int_equal(change.finding.ended_by, 0);
    assert_int_equal(change.finding.solved_by, 0);
    assert_string_equal(change.finding.note, "leaks");
    struct finding read;
    struct db *db = fixture_reader(f);
    assert_int_equal(finding_read(db, change.finding.id, &read), ST_OK);
    assert_int_equal(finding_read(db, 12345, &read), ST_NOT_FOUND);
    db_close(db);
    assert_int_equal(step(f, &change, FINDING_STEP_START, SOLVER, ""), ST_OK);
}

static void reasons(void **state)
{
    struct fixture *f = *state;
    struct change change;
    bring(f, FINDING_OPEN, &change);
    assert_int_equal(step(f, &change, FINDING_STEP_SOLVE, SOLVER, ""), ST_UNPROCESSABLE);
    assert_string_equal(f->diag.where, "reason");
    assert_int_equal(step(f, &change, FINDING_STEP_DROP, SOLVER, " \n"),
                     ST_UNPROCESSABLE);
    bring(f, FINDING_DROPPED, &change);
    assert_int_equal(change.finding.ended_by, SOLVER);
    assert_int_equal(change.finding.ended_ms, f->clock.now_ms);
    assert_int_equal(step(f, &change, FINDING_STEP_REOPEN, SOLVER, ""), ST_UNPROCESSABLE);
    assert_int_equal(step(f, &change, FINDING_STEP_START, SOLVER, ""), ST_CONFLICT);
    assert_string_equal(f->diag.text, "reopen");
}

static void refused(void **state)
{
    struct fixture *f = *state;
    struct change change = {.finding = {.area_id = 999999, .made_by = SOLVER}};
    assert_int_equal(put(f, &change), ST_NOT_FOUND);
    assert_string_equal(f->diag.where, "area");
    change.finding.area_id = FIXTURE_ROOT;
    change.finding.incident_id = 999999;
    assert_int_equal(put(f, &change), ST_NOT_FOUND);
    assert_string_equal(f->diag.where, "incident");
    change.finding.id = 999999;
    assert_int_equal(step(f, &change, FINDING_STEP_START, SOLVER, ""), ST_NOT_FOUND);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM finding"), 0);
}

static int count_one(void *context, const struct finding *finding)
{
    uint32_t *count = context;
    ++*count;
    return finding->state == FINDING_DROPPED ? 7 : 0;
}

static void lists(void **state)
{
    struct fixture *f = *state;
    struct change change;
    bring(f, FINDING_OPEN, &change);
    bring(f, FINDING_DROPPED, &change);
    bring(f, FINDING_WORKING, &change);
    struct change of_incident = {
        .finding = {.area_id = FIXTURE_ROOT, .incident_id = fixture_report(f, false)}};
    assert_int_equal(put(f, &of_incident), ST_OK);
    uint32_t count = 0;
    struct db *db = fixture_reader(f);
    assert_int_equal(findings_each(db, 0, FINDING_OPEN, count_one, &count), 0);
    assert_int_equal(count, 2);
    count = 0;
    assert_int_equal(findings_each(db, of_incident.finding.incident_id,
                                   FINDING_STATE_COUNT, count_one, &count),
                     0);
    assert_int_equal(count, 1);
    count = 0; /* the newest first; what a visit says ends it */
    assert_int_equal(findings_each(db, 0, FINDING_STATE_COUNT, count_one, &count), 7);
    assert_int_equal(count, 3);
    db_close(db);
}

static void overdue(void **state)
{
    (void)state;
    struct finding finding = {.due_day = 100};
    assert_false(finding_is_overdue(&finding, 100));
    assert_true(finding_is_overdue(&finding, 101));
    finding.state = FINDING_WORKING;
    assert_true(finding_is_overdue(&finding, 101));
    finding.state = FINDING_SOLVED;
    assert_false(finding_is_overdue(&finding, 101));
    finding = (struct finding){.made_ms = time_day_start(100)}; /* no day is set */
    assert_false(finding_is_overdue(&finding, 100 + FINDING_DUE_DAYS));
    assert_true(finding_is_overdue(&finding, 101 + FINDING_DUE_DAYS));
}

static int run_targets(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    (void)reterr;
    const struct target *targets = context;
    uint32_t count = 0;
    while (targets[count].year != 0)
        count++;
    return targets_replace(writer, targets, count, SOLVER, now_ms);
}

static void targets(void **state)
{
    struct fixture *f = *state;
    struct target first[] = {{"reach.first-aid", 2027, 0.9, "卫健局"},
                             {"people.callable", 2028, 1, ""},
                             {"reach.first-aid", 2026, 0.85, ""},
                             {.year = 0}};
    struct target second[] = {{"drills.held", 2026, 0.5, "X"}, {.year = 0}};
    AUTO_FREE struct target *read = mem_calloc(TARGETS_MAX, sizeof *read);
    uint32_t count;
    assert_int_equal(command_call(f->writer, run_targets, first, &f->diag), ST_OK);
    struct db *db = fixture_reader(f);
    assert_int_equal(targets_read(db, read, &count), ST_OK);
    assert_int_equal(count, 3);
    assert_string_equal(read[0].indicator, "people.callable");
    assert_int_equal(read[1].year, 2026);
    assert_true(read[1].share == 0.85);
    assert_string_equal(read[2].lead, "卫健局");
    assert_int_equal(command_call(f->writer, run_targets, second, &f->diag), ST_OK);
    assert_int_equal(targets_read(db, read, &count), ST_OK);
    assert_int_equal(count, 1);
    assert_string_equal(read[0].indicator, "drills.held");
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_pairs, fixture_setup_rooted,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(second_person, fixture_setup_rooted,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(reasons, fixture_setup_rooted, fixture_teardown),
        cmocka_unit_test_setup_teardown(refused, fixture_setup_rooted, fixture_teardown),
        cmocka_unit_test_setup_teardown(lists, fixture_setup_rooted, fixture_teardown),
        cmocka_unit_test(overdue),
        cmocka_unit_test_setup_teardown(targets, fixture_setup_rooted, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
