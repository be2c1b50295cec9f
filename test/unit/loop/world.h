/* SPDX-License-Identifier: Apache-2.0 */
/* A small world for the tests of src/loop: ids from a counter, a clock that is a number,
 * people who are committed elsewhere by a bit. Included by each test. */
#ifndef MUSTER_TEST_LOOP_WORLD_H
#define MUSTER_TEST_LOOP_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/status.h"
#include "loop/loop.h"
#include "loop/names.h"

#define DISPATCHER 1001
#define VERIFIER 1002
#define SECOND (INT64_C(1000))
#define MINUTE (60 * SECOND)
#define START_MS INT64_C(1700000000000)

struct world {
    struct loop_incident incident;
    struct loop_effects effects;
    struct loop_world super;
    struct loop_config config;
    struct diag diag;
    int64_t now_ms;
    int64_t ids;
    uint64_t committed, assigned, capped; /* bit per person id below 64 */
};

static inline int64_t world_new_id(void *context)
{
    return ++((struct world *)context)->ids;
}

static inline bool world_is_committed(void *context, int64_t person_id, bool exercise)
{
    (void)exercise;
    const struct world *world = context;
    return person_id < 64 && (world->committed >> person_id & 1) != 0;
}

static inline bool world_is_assigned(void *context, int64_t person_id, bool exercise)
{
    (void)exercise;
    const struct world *world = context;
    return person_id < 64 && (world->assigned >> person_id & 1) != 0;
}

static inline bool world_is_capped(void *context, int64_t person_id, int64_t now_ms)
{
    (void)now_ms;
    const struct world *world = context;
    return person_id < 64 && (world->capped >> person_id & 1) != 0;
}

/* Area 2 lies in area 1, area 3 in area 2 and has no desk. Not asked unless a test sets
 * super.find_desks. */
static inline int world_find_desks(void *context, int64_t area_id, int64_t now_ms,
                                   struct loop_desk ret[LOOP_DESKS_MAX])
{
    (void)context;
    (void)now_ms;
    int count = 0;
    if (area_id > 1)
        ret[count++] = (struct loop_desk){
            .area_id = 2, .channels = 1U << CHANNEL_FILE | 1U << CHANNEL_EMAIL};
    ret[count++] = (struct loop_desk){.area_id = 1, .channels = 1U << CHANNEL_FILE};
    return count;
}

static inline void world_init(struct world *world)
{
    memset(world, 0, sizeof *world);
    loop_config_default(&world->config);
    world->super = (struct loop_world){.config = &world->config,
                                       .new_id = world_new_id,
                                       .is_committed = world_is_committed,
                                       .is_assigned = world_is_assigned,
                                       .is_capped = world_is_capped,
                                       .context = world};
    world->now_ms = START_MS;
    world->incident.id = ++world->ids;
}

static inline void world_release(struct world *world)
{
    loop_incident_release(&world->incident);
    loop_effects_release(&world->effects);
}

static inline int world_step(struct world *world, const struct loop_input *input)
{
    memset(&world->diag, 0, sizeof world->diag);
    return loop_step(&world->incident, input, world->now_ms, &world->super,
                     &world->effects, &world->diag);
}

static inline void world_check(struct world *world)
{
    struct diag diag = {0};
    int status = loop_check(&world->incident, &diag);
    if (status != ST_OK)
        fail_msg("loop_check: %s %s", diag.where, diag.text);
}

/* A step by the dispatcher that must succeed. */
static inline void world_do(struct world *world, enum loop_input_kind kind, int64_t id)
{
    const struct loop_input input = {
        .kind = kind, .id = id, .actor = DISPATCHER, .reason = "test", .number = -1};
    int status = world_step(world, &input);
    if (status != ST_OK)
        fail_msg("%s: %s: %s", loop_input_code(kind), status_text(status),
                 world->diag.text);
    world_check(world);
}

static inline int world_try(struct world *world, enum loop_input_kind kind, int64_t id)
{
    const struct loop_input input = {.kind = kind, .id = id, .actor = DISPATCHER};
    int status = world_step(world, &input);
    world_check(world);
    return status;
}

/* An answer of the person whom the alert or assignment is of. */
static inline int world_answer(struct world *world, enum loop_input_kind kind, int64_t id,
                               int64_t person_id)
{
    const struct loop_input input = {.kind = kind, .id = id, .actor = -person_id};
    int status = world_step(world, &input);
    world_check(world);
    return status;
}

static inline int64_t world_need(struct world *world, int32_t count, int32_t reserve)
{
    struct need need = {.id = ++world->ids,
                        .line_count = 1,
                        .lines = {{.count = count}},
                        .reserve = reserve,
                        .target = 0.95,
                        .mode = -1,
                        .deadline_ms = world->now_ms + 120 * MINUTE};
    const struct loop_input input = {
        .kind = LOOP_NEED, .actor = DISPATCHER, .need = &need};
    assert_int_equal(world_step(world, &input), ST_OK);
    assert_int_equal(world->effects.id, need.id);
    world_check(world);
    return need.id;
}

/* Alerts COUNT people with ids from FIRST on, on line 0, by file and e-mail. */
static inline int world_wave(struct world *world, int64_t callout_id, int64_t first,
                             uint32_t count)
{
    struct callout *callout = loop_find_callout(&world->incident, callout_id);
    struct need *need = loop_find_need(&world->incident, callout->need_id);
    struct loop_invitation *invitations = mem_calloc(count, sizeof *invitations);
    assert_non_null(invitations);
    for (uint32_t i = 0; i < count; i++)
        invitations[i] =
            (struct loop_invitation){.person_id = first + i,
                                     .count = 1,
                                     .travel_ms = 300000,
                                     .p_accept = 0.3F,
                                     .channels = 1 << CHANNEL_FILE | 1 << CHANNEL_EMAIL};
    struct loop_wave wave = {
        .version = callout->version, .count = count, .invitations = invitations};
    for (int32_t i = 0; i < need->line_count; i++)
        wave.reserves[i] = need->lines[i].reserve;
    const struct loop_input input = {
        .kind = LOOP_WAVE, .id = callout_id, .wave = &wave, .actor = 0};
    int status = world_step(world, &input);
    mem_free(invitations);
    return status;
}

/* An active incident with a need of COUNT and an open call-out. */
static inline int64_t world_callout(struct world *world, int32_t count, int32_t reserve)
{
    world_do(world, LOOP_REPORT, 0);
    world_do(world, LOOP_CONFIRM, 0);
    int64_t need = world_need(world, count, reserve);
    world_do(world, LOOP_CALLOUT_START, need);
    assert_int_equal(world->incident.state, INCIDENT_ACTIVE);
    return world->effects.id;
}

/* The newest alert of a person. */
static inline struct alert *world_alert(struct world *world, int64_t person_id)
{
    for (uint32_t i = world->incident.alert_count; i > 0; i--)
        if (world->incident.alerts[i - 1].person_id == person_id)
            return &world->incident.alerts[i - 1];
    fail_msg("no alert of %lld", (long long)person_id);
    return NULL;
}

static inline struct assignment *world_assignment(struct world *world, int64_t person_id)
{
    struct assignment *assignment =
        loop_assignment_of(&world->incident, world_alert(world, person_id)->id);
    assert_non_null(assignment);
    return assignment;
}

static inline int world_yes(struct world *world, int64_t person_id)
{
    return world_answer(world, LOOP_ACCEPT, world_alert(world, person_id)->id, person_id);
}

static inline int world_move(struct world *world, enum loop_input_kind kind,
                             int64_t person_id)
{
    return world_answer(world, kind, world_assignment(world, person_id)->id, person_id);
}

static inline uint32_t world_messages(const struct world *world, int64_t alert_id,
                                      enum message_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->incident.message_count; i++)
        if (world->incident.messages[i].alert_id == alert_id &&
            world->incident.messages[i].kind == kind)
            count++;
    return count;
}

static inline bool world_told(const struct world *world, const char *kind)
{
    for (uint32_t i = 0; i < world->effects.event_count; i++)
        if (strcmp(world->effects.events[i].kind, kind) == 0)
            return true;
    return false;
}

/* A step and the checks behind it, also behind a refusal. */
static inline int world_checked(struct world *world, struct loop_input input)
{
    int status = world_step(world, &input);
    world_check(world);
    return status;
}

#endif
