/* SPDX-License-Identifier: Apache-2.0 */
/* Seeded random sequences: the invariants hold after every step, what is refused changes
 * nothing, what changes is told, every allocation may fail, and the loop can always be
 * closed. */
#include "random_input.h"

#define SEQUENCES 2000
#define STEPS 200

/* Every row that differs from the snapshot stands in the changes, once. */
static void check_changes(const struct world *world, const struct loop_incident *before)
{
    const struct loop_effects *effects = &world->effects;
    const struct loop_incident *now = &world->incident;
#define TOLD(ROW, rows, count)                                                           \
    for (uint32_t i = 0; i < now->count; i++) {                                          \
        uint32_t told = 0;                                                               \
        for (uint32_t c = 0; c < effects->change_count; c++)                             \
            if (effects->changes[c].row == (ROW) && effects->changes[c].index == i)      \
                told++;                                                                  \
        bool same = i < before->count &&                                                 \
                    memcmp(&now->rows[i], &before->rows[i], sizeof now->rows[i]) == 0;   \
        assert_true(told <= 1);                                                          \
        assert_true(same || told == 1);                                                  \
    }
    TOLD(LOOP_ROW_NEED, needs, need_count)
    TOLD(LOOP_ROW_CALLOUT, callouts, callout_count)
    TOLD(LOOP_ROW_ALERT, alerts, alert_count)
    TOLD(LOOP_ROW_ASSIGNMENT, assignments, assignment_count)
    TOLD(LOOP_ROW_MESSAGE, messages, message_count)
#undef TOLD
    if (effects->change_count > 0 && now->state != before->state)
        assert_true(effects->event_count > 0);
}

/* Spoils one field of a row; its call-out stays active, for the step's sake. */
static void spoil(struct loop_incident *in, const struct loop_change *change,
                  struct random *random)
{
    struct alert *alert = &in->alerts[change->index];
    struct assignment *assignment = &in->assignments[change->index];
    struct message *message = &in->messages[change->index];
    const int64_t which = below(random, 6);
    if (change->row == LOOP_ROW_ALERT) {
        const struct alert *other = &in->alerts[below(random, in->alert_count)];
        alert->state = which == 0 ? (enum alert_state)below(random, ALERT_STATE_COUNT)
                                  : alert->state;
        alert->due_ms = which == 1 ? 0 : alert->due_ms;
        alert->person_id = which == 2 ? other->person_id : alert->person_id;
        alert->callout_id = which == 3 ? 99999 : alert->callout_id;
        alert->id = which == 4 ? alert[change->index > 0 ? -1 : 0].id : alert->id;
        alert->forced = which != 5 && alert->forced;
    } else if (change->row == LOOP_ROW_ASSIGNMENT) {
        assignment->state =
            which == 0 ? (enum assignment_state)below(random, ASSIGNMENT_STATE_COUNT)
                       : assignment->state;
        assignment->count += which == 1 ? (int32_t)below(random, 4) : 0;
        assignment->person_id =
            which == 2 ? 1 + below(random, PEOPLE) : assignment->person_id;
        assignment->alert_id = which == 3 ? in->alerts[below(random, in->alert_count)].id
                                          : assignment->alert_id;
        assignment->line += which == 4 ? 1 : 0;
        assignment->minutes_credited += which == 5 ? 1 : 0;
    } else if (change->row == LOOP_ROW_MESSAGE) {
        message->state = which < 3 ? MESSAGE_QUEUED : message->state;
        message->kind = which < 3 ? MESSAGE_KIND_ALERT : message->kind;
        message->alert_id = which == 3   ? in->alerts[below(random, in->alert_count)].id
                            : which == 4 ? 99999
                                         : message->alert_id;
        message->id = which == 5 ? 0 : message->id;
    } else {
        struct callout *callout = &in->callouts[change->index];
        callout->unsent -= which < 3 ? 1 : 0;
        callout->need_id =
            which >= 3 ? in->needs[below(random, in->need_count)].id : 99999;
    }
}

/* The check of what a step changed says what the check of everything says, of the step
 * and of the step with a row spoilt. Returns whether the spoilt one was found wrong. */
static bool check_parts(struct world *world, struct random *random)
{
    const struct loop_effects *effects = &world->effects;
    struct loop_incident *in = &world->incident, spoilt;
    struct diag diag = {0};
    if (effects->change_count == 0 || !loop_check_is_partial(in, effects))
        return false;
    assert_int_equal(loop_check_changes(in, effects, &diag), ST_OK);
    snapshot_take(in, &spoilt);
    const struct loop_change *change =
        &effects->changes[below(random, effects->change_count)];
    spoil(&spoilt, change, random);
    assert_int_equal(loop_index_rows(&spoilt),
                     ST_OK); /* as the step would have made it */
    int whole = loop_check(&spoilt, &diag);
    if (loop_check_changes(&spoilt, effects, &diag) != whole)
        fail_msg("row %d %u: %s %s: whole %d", (int)change->row, change->index,
                 diag.where, diag.text, whole);
    loop_incident_release(&spoilt);
    return whole == ST_CORRUPT;
}

/* No timer is lost: who keeps the least time due, and looks at nothing but what a step
 * changed, never waits longer than for the first row that is due. */
static void check_due(const struct world *world, const struct loop_incident *before)
{
    const struct loop_effects *effects = &world->effects;
    const int64_t next_ms = loop_next_due_ms(&world->incident);
    int64_t kept_ms = loop_next_due_ms(before);
    for (uint32_t i = 0; i < effects->change_count; i++) {
        const int64_t due_ms = loop_change_due_ms(&world->incident, &effects->changes[i]);
        assert_true(due_ms >= next_ms);
        kept_ms = due_ms < kept_ms ? due_ms : kept_ms;
    }
    assert_true(kept_ms <= next_ms);
}

/* By the index, as by looking at every row. */
static void check_assignments(struct loop_incident *in)
{
    for (uint32_t i = 0; i < in->alert_count; i++) {
        const struct assignment *newest = NULL;
        for (uint32_t k = 0; k < in->assignment_count; k++)
            if (in->assignments[k].alert_id == in->alerts[i].id)
                newest = &in->assignments[k];
        assert_ptr_equal(loop_assignment_of(in, in->alerts[i].id), newest);
    }
}

static int one_step(struct world *world, const struct drawn *drawn)
{
    struct loop_incident before;
    snapshot_take(&world->incident, &before);
    int status = world_step(world, &drawn->input);
    if (status != ST_OK) {
        assert_true(snapshot_equals(&world->incident, &before));
        assert_int_equal(world->effects.change_count + world->effects.event_count, 0);
        assert_true(status == ST_CONFLICT || world->diag.text[0] != '\0');
        assert_true(status != ST_NO_MEMORY && status != ST_CORRUPT);
    } else {
        check_changes(world, &before);
        check_assignments(&before); /* a copy, without an index */
        check_due(world, &before);
        if (world->effects.repeated)
            assert_true(snapshot_equals(&world->incident, &before));
    }
    world_check(world);
    check_assignments(&world->incident);
    loop_incident_release(&before);
    return status;
}

static void start(struct world *world, struct random *random)
{
    world_init(world);
    world->incident.exercise = below(random, 4) == 0;
    world->committed = random_u64(random) & random_u64(random) & random_u64(random);
    world->assigned = world->committed & random_u64(random);
    world_do(world, LOOP_REPORT, 0);
}

/* Whatever has happened, everybody can be accounted for and the incident closed. */
static void close_it(struct world *world)
{
    struct loop_incident *in = &world->incident;
    if (in->state == INCIDENT_CANCELLED || in->state == INCIDENT_MERGED)
        return;
    if (in->state == INCIDENT_REPORTED || in->state == INCIDENT_CONFIRMED) {
        world_do(world, LOOP_CANCEL, 0);
        return;
    }
    if (in->state == INCIDENT_ACTIVE)
        world_do(world, LOOP_STAND_DOWN, 0);
    if (in->state == INCIDENT_STANDING_DOWN)
        world_do(world, LOOP_REVIEW, 0);
    world->now_ms += 26 * 60 * MINUTE;
    for (uint32_t i = 0; i < in->assignment_count; i++) {
        struct assignment *assignment = &in->assignments[i];
        int64_t id = assignment->id;
        if (assignment->state == ASSIGNMENT_LOST_CONTACT)
            world_do(world, LOOP_FOUND, id);
        if (assignment->state == ASSIGNMENT_STOOD_DOWN && assignment->en_route_ms != 0)
            world_do(world, LOOP_TURNED_BACK, id);
        if (assignment->state == ASSIGNMENT_RELEASED ||
            assignment->state == ASSIGNMENT_DISPUTED) {
            const struct loop_input input = {.kind = LOOP_REPORTED,
                                             .id = id,
                                             .actor = -assignment->person_id,
                                             .digits_ok = true,
                                             .outcome = OUTCOME_DONE};
            loop_find_alert(in, assignment->alert_id)->digits_tries = 0;
            assert_int_equal(world_step(world, &input), ST_OK);
        }
        const struct loop_input verify = {
            .kind = LOOP_VERIFY, .id = id, .actor = 77, .yes = true, .number = -1};
        if (assignment->state == ASSIGNMENT_REPORTED)
            assert_int_equal(world_step(world, &verify), ST_OK);
    }
    for (uint32_t i = 0; i < in->callout_count; i++)
        assert_int_equal(in->callouts[i].state, CALLOUT_ENDED);
    if (in->state == INCIDENT_REVIEW)
        world_do(world, LOOP_CLOSE, 0);
    assert_int_equal(in->state, INCIDENT_CLOSED);
    world_check(world);
}

static void test_sequences(void **state)
{
    (void)state;
    uint32_t done[LOOP_INPUT_COUNT] = {0}, found = 0;
    for (uint64_t seed = 1; seed <= SEQUENCES; seed++) {
        struct random_seeded random;
        random_seeded_init(&random, seed);
        struct world world;
        start(&world, &random.super);
        for (int i = 0; i < STEPS; i++) {
            struct drawn drawn;
            world.now_ms += below(&random.super, 3) == 0
                                ? below(&random.super, 4 * MINUTE)
                                : below(&random.super, 5 * SECOND);
            draw_input(&world, &random.super, &drawn);
            if (one_step(&world, &drawn) == ST_OK) {
                done[drawn.input.kind]++;
                found += check_parts(&world, &random.super);
            }
        }
        close_it(&world);
        world_release(&world);
    }
    assert_true(found > SEQUENCES);
    for (int kind = 0; kind < LOOP_INPUT_COUNT; kind++)
        if (kind != LOOP_REPORT && done[kind] == 0)
            fail_msg("input %d was never taken: the random inputs are too tame", kind);
}

/* Each step of a few sequences is tried with the first, second, ... allocation failing
 * before it may succeed. */
static void test_memory(void **state)
{
    (void)state;
    uint32_t failures = 0;
    for (uint64_t seed = 5001; seed <= 5040; seed++) {
        struct random_seeded random;
        random_seeded_init(&random, seed);
        struct world world;
        start(&world, &random.super);
        for (int i = 0; i < STEPS; i++) {
            struct drawn drawn;
            world.now_ms += below(&random.super, 2 * MINUTE);
            draw_input(&world, &random.super, &drawn);
            loop_effects_release(&world.effects);
            int status = ST_NO_MEMORY;
            for (uint64_t n = 1; status == ST_NO_MEMORY; n++) {
                struct loop_incident before;
                snapshot_take(&world.incident, &before);
                mem_fail_at(n);
                status = world_step(&world, &drawn.input);
                mem_fail_at(0);
                if (status == ST_NO_MEMORY) {
                    failures++;
                    assert_true(snapshot_equals(&world.incident, &before));
                    assert_int_equal(world.effects.change_count, 0);
                    loop_effects_release(&world.effects);
                }
                loop_incident_release(&before);
            }
            world_check(&world);
        }
        close_it(&world);
        world_release(&world);
    }
    assert_true(failures > 1000);
}

/* The same input, nonce included, a second time: one effect and the same answer. */
static void test_repeated(void **state)
{
    (void)state;
    for (uint64_t seed = 9001; seed <= 9100; seed++) {
        struct random_seeded random;
        random_seeded_init(&random, seed);
        struct world world;
        start(&world, &random.super);
        for (int i = 0; i < STEPS; i++) {
            struct drawn drawn;
            world.now_ms += below(&random.super, MINUTE);
            draw_input(&world, &random.super, &drawn);
            enum loop_machine machine = table_machine_of(drawn.input.kind);
            bool is_form = machine == MACHINE_ALERT || machine == MACHINE_ASSIGNMENT;
            drawn.input.nonce = is_form ? 100000 + (uint64_t)i : 0;
            bool keeps = is_form && drawn.input.kind != LOOP_FETCHED &&
                         drawn.input.kind != LOOP_VOID && drawn.input.kind != LOOP_SEEN &&
                         drawn.input.kind != LOOP_DIGITS_WRONG;
            if (world_step(&world, &drawn.input) != ST_OK || !keeps ||
                world.effects.repeated)
                continue;
            int64_t id = world.effects.id;
            struct loop_incident before;
            snapshot_take(&world.incident, &before);
            world.now_ms += SECOND;
            assert_int_equal(world_step(&world, &drawn.input), ST_OK);
            assert_true(world.effects.repeated);
            assert_int_equal(world.effects.id, id);
            assert_int_equal(world.effects.change_count + world.effects.event_count, 0);
            assert_true(snapshot_equals(&world.incident, &before));
            loop_incident_release(&before);
        }
        world_release(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
