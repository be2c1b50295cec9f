/* SPDX-License-Identifier: Apache-2.0 */
/* Random inputs over an incident, most of them sensible, some not; and comparing an
 * incident with what it was. */
#ifndef MUSTER_TEST_LOOP_RANDOM_INPUT_H
#define MUSTER_TEST_LOOP_RANDOM_INPUT_H

#include "base/random.h"
#include "loop/table.h"
#include "world.h"

#define WAVE_MAX 6
#define PEOPLE 24 /* few, so that they are committed often */

struct drawn {
    struct loop_input input;
    struct need need;
    struct loop_wave wave;
    struct loop_invitation invitations[WAVE_MAX];
    int64_t limited[4];
    struct loop_retimed retimed[4];
};

static inline int64_t below(struct random *random, int64_t bound)
{
    return (int64_t)random_below(random, (uint64_t)bound);
}

static inline void draw_need(struct world *world, struct random *random,
                             struct drawn *drawn)
{
    struct need *need = &drawn->need;
    *need = (struct need){.id = ++world->ids,
                          .line_count = (int32_t)(1 + below(random, 3)),
                          .reserve = (int32_t)(below(random, 4) - 1),
                          .target = 0.9,
                          .deadline_ms = world->now_ms + below(random, 90 * MINUTE)};
    for (int32_t i = 0; i < need->line_count; i++)
        need->lines[i].count = (int32_t)(1 + below(random, 3));
    drawn->input.need = need;
}

static inline void draw_wave(const struct world *world, struct random *random,
                             struct drawn *drawn)
{
    const struct loop_incident *incident = &world->incident;
    struct loop_wave *wave = &drawn->wave;
    drawn->input.wave = wave;
    wave->version = (int32_t)below(random, 4);
    int32_t lines = 1;
    for (uint32_t i = 0; i < incident->callout_count; i++)
        if (incident->callouts[i].id == drawn->input.id) {
            const struct callout *callout = &incident->callouts[i];
            if (below(random, 8) != 0)
                wave->version = callout->version;
            for (uint32_t n = 0; n < incident->need_count; n++)
                if (incident->needs[n].id == callout->need_id)
                    lines = incident->needs[n].line_count;
        }
    wave->count = (uint32_t)below(random, WAVE_MAX + 1);
    wave->invitations = drawn->invitations;
    wave->target_holds = below(random, 10) == 0;
    int64_t first = 1 + below(random, PEOPLE);
    for (uint32_t i = 0; i < wave->count; i++)
        drawn->invitations[i] =
            (struct loop_invitation){.person_id = 1 + (first + i) % PEOPLE,
                                     .line = (int32_t)below(random, lines),
                                     .lines_able = (uint8_t)below(random, 8),
                                     .count = below(random, 8) == 0 ? 2 : 1,
                                     .travel_ms = (uint32_t)below(random, 900000),
                                     .forced = below(random, 20) == 0,
                                     .channels = (uint8_t)below(random, 16)};
    for (int32_t i = 0; i < LOOP_LINES_MAX; i++)
        wave->reserves[i] = (int32_t)below(random, 3);
    for (uint32_t i = 0; i < incident->alert_count && wave->ask_limited_count < 4; i++)
        if (incident->alerts[i].state == ALERT_LIMITED)
            drawn->limited[wave->ask_limited_count++] = incident->alerts[i].id;
    wave->ask_limited = drawn->limited;
}

static inline void draw_retimed(const struct world *world, struct random *random,
                                struct drawn *drawn)
{
    const struct loop_incident *in = &world->incident;
    drawn->input.retimed = drawn->retimed;
    for (; drawn->input.retimed_count < 4 && in->alert_count > 0;
         drawn->input.retimed_count++)
        drawn->retimed[drawn->input.retimed_count] = (struct loop_retimed){
            in->alerts[below(random, in->alert_count)].id,
            below(random, 8) == 0 ? LOOP_NO_WAY_MS : (uint32_t)below(random, 900000)};
}

static inline int64_t draw_id(const struct world *world, struct random *random,
                              enum loop_input_kind kind)
{
    const struct loop_incident *in = &world->incident;
    if (below(random, 50) == 0)
        return below(random, 100);
#define PICK(rows, count)                                                                \
    return in->count == 0 ? 0 : in->rows[below(random, in->count)].id
    switch (table_machine_of(kind)) {
    case MACHINE_NEED:
        PICK(needs, need_count);
    case MACHINE_CALLOUT:
        PICK(callouts, callout_count);
    case MACHINE_ALERT:
        PICK(alerts, alert_count);
    case MACHINE_ASSIGNMENT:
        PICK(assignments, assignment_count);
    case MACHINE_MESSAGE:
        PICK(messages, message_count);
    default:
        return 0;
    }
#undef PICK
}

/* What tends to end everything comes seldom. */
static inline enum loop_input_kind draw_kind(struct random *random)
{
    static const enum loop_input_kind often[] = {LOOP_CONFIRM,
                                                 LOOP_CALLOUT_START,
                                                 LOOP_WAVE,
                                                 LOOP_WAVE,
                                                 LOOP_WAVE,
                                                 LOOP_ACCEPT,
                                                 LOOP_ACCEPT,
                                                 LOOP_ACCEPT,
                                                 LOOP_LIMITED,
                                                 LOOP_SEEN,
                                                 LOOP_DEPART,
                                                 LOOP_DEPART,
                                                 LOOP_ARRIVE,
                                                 LOOP_ARRIVE,
                                                 LOOP_WORK,
                                                 LOOP_RELEASE,
                                                 LOOP_REPORTED,
                                                 LOOP_VERIFY,
                                                 LOOP_FOUND,
                                                 LOOP_TURNED_BACK,
                                                 LOOP_TICK,
                                                 LOOP_HERE,
                                                 LOOP_NEED_REOPEN,
                                                 LOOP_NEED_NOTES,
                                                 LOOP_CALLOUT_RESUME,
                                                 LOOP_RETIME,
                                                 LOOP_MESSAGE_SENDING,
                                                 LOOP_MESSAGE_HANDED_OVER,
                                                 LOOP_MESSAGE_FAILED,
                                                 LOOP_REVIEW,
                                                 LOOP_CLOSE};
    for (;;) {
        if (below(random, 3) != 0)
            return often[below(random, COUNT_OF(often))];
        enum loop_input_kind kind = (enum loop_input_kind)below(random, LOOP_INPUT_COUNT);
        bool rare = kind == LOOP_NO_SHOW || kind == LOOP_WITHDRAW ||
                    kind == LOOP_CANCEL || kind == LOOP_MERGE ||
                    kind == LOOP_STAND_DOWN || kind == LOOP_NEED_CANCEL ||
                    kind == LOOP_CLOSE;
        if (!rare || below(random, 12) == 0)
            return kind;
    }
}

static inline void draw_input(struct world *world, struct random *random,
                              struct drawn *drawn)
{
    memset(drawn, 0, sizeof *drawn);
    struct loop_input *input = &drawn->input;
    input->kind = draw_kind(random);
    input->id = draw_id(world, random, input->kind);
    int64_t person = 0;
    for (uint32_t i = 0; i < world->incident.alert_count; i++)
        if (world->incident.alerts[i].id == input->id)
            person = world->incident.alerts[i].person_id;
    for (uint32_t i = 0; i < world->incident.assignment_count; i++)
        if (world->incident.assignments[i].id == input->id)
            person = world->incident.assignments[i].person_id;
    input->actor = below(random, 3) == 0 ? DISPATCHER + below(random, 2) : -person;
    input->on_behalf = input->actor > 0;
    input->yes = below(random, 2) != 0;
    input->reason = below(random, 4) == 0 ? NULL : "reason";
    input->number = below(random, 60);
    input->nonce = below(random, 3) == 0 ? (uint64_t)below(random, 40) : 0;
    input->outcome = (enum outcome)below(random, OUTCOME_COUNT);
    input->count = below(random, 12) == 0 ? (int32_t)below(random, 4) : 0;
    input->digits_ok = below(random, 2) != 0;
    input->device_hash[0] = (uint8_t)below(random, 3);
    if (input->kind == LOOP_NEED)
        draw_need(world, random, drawn);
    if (input->kind == LOOP_WAVE || input->kind == LOOP_CALLOUT_START)
        draw_wave(world, random, drawn);
    if (input->kind == LOOP_CALLOUT_START && below(random, 2) == 0)
        draw_need(world, random, drawn);
    static const struct loop_notes notes = {"the north gate", "", "deep water"};
    if ((input->kind == LOOP_NEED || input->kind == LOOP_NEED_NOTES) &&
        below(random, 3) != 0)
        input->notes = &notes;
    if (input->kind == LOOP_RETIME)
        draw_retimed(world, random, drawn);
}

/* ---- what it was ----------------------------------------------------------------------
 */
static inline void *copy_rows(const void *rows, size_t size)
{
    void *copy = mem_alloc(size);
    assert_non_null(copy);
    if (size > 0)
        memcpy(copy, rows, size);
    return copy;
}

static inline void snapshot_take(const struct loop_incident *in,
                                 struct loop_incident *ret)
{
    *ret = *in;
    ret->needs = copy_rows(in->needs, in->need_count * sizeof *in->needs);
    ret->callouts = copy_rows(in->callouts, in->callout_count * sizeof *in->callouts);
    ret->alerts = copy_rows(in->alerts, in->alert_count * sizeof *in->alerts);
    ret->assignments =
        copy_rows(in->assignments, in->assignment_count * sizeof *in->assignments);
    ret->messages = copy_rows(in->messages, in->message_count * sizeof *in->messages);
    ret->alerts_of_person = ret->assignments_of_person = ret->messages_of_alert =
        (struct id_index){0};
}

static inline bool same_rows(const void *a, const void *b, size_t size)
{
    return size == 0 || memcmp(a, b, size) == 0;
}

static inline bool snapshot_equals(const struct loop_incident *a,
                                   const struct loop_incident *b)
{
    return a->state == b->state && a->reported_ms == b->reported_ms &&
           a->closed_ms == b->closed_ms && a->merged_into == b->merged_into &&
           a->roll_call_ms == b->roll_call_ms && a->need_count == b->need_count &&
           a->callout_count == b->callout_count && a->alert_count == b->alert_count &&
           a->assignment_count == b->assignment_count &&
           a->message_count == b->message_count &&
           same_rows(a->needs, b->needs, a->need_count * sizeof *a->needs) &&
           same_rows(a->callouts, b->callouts, a->callout_count * sizeof *a->callouts) &&
           same_rows(a->alerts, b->alerts, a->alert_count * sizeof *a->alerts) &&
           same_rows(a->assignments, b->assignments,
                     a->assignment_count * sizeof *a->assignments) &&
           same_rows(a->messages, b->messages, a->message_count * sizeof *a->messages);
}

#endif
