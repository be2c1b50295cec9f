/* SPDX-License-Identifier: Apache-2.0 */
/* What strikes from outside, and when. Every strike draws from a stream of its own, made
 * from the seed and its number: leaving one out does not change the others, so that a
 * failing run can be made shorter (shorten.c). */
#include "sim/sim_internal.h"

#include "base/mem.h"

#define MEMORY_WITHIN 600 /* allocations */
#define FIRST_US (20 * SIM_SECOND_US)

static const char *const codes[SIM_STRIKE_KINDS] = {
#define X(name, code, weight) [SIM_STRIKE_##name] = code,
    SIM_STRIKE_LIST(X)
#undef X
};

const char *sim_strike_code(enum sim_strike_kind kind)
{
    return codes[kind];
}

static enum sim_strike_kind draw_kind(struct random *random)
{
    static const uint8_t weights[SIM_STRIKE_KINDS] = {
#define X(name, code, weight) [SIM_STRIKE_##name] = (weight),
        SIM_STRIKE_LIST(X)
#undef X
    };
    uint64_t luck = random_below(random, 100);
    for (int kind = 0; kind < SIM_STRIKE_KINDS; kind++) {
        if (luck < weights[kind])
            return (enum sim_strike_kind)kind;
        luck -= weights[kind];
    }
    return SIM_STRIKE_NO_MEMORY;
}

static uint64_t batches(struct sim *sim)
{
    struct writer_counts counts;
    writer_count(sim->writer, &counts);
    return counts.batches;
}

/* Somebody sets the wall clock; the monotonic one knows nothing of it. Not while a cut is
 * to come, nor the other way round: whether the batch that tells of the jump is on the
 * disk after it, nobody could say. */
static void jump(struct sim *sim, struct random *random)
{
    int64_t ms = (int64_t)(61 + random_below(random, 3600)) * 1000;
    bool back = random_below(random, 3) == 0;
    if (disk_is_threatened(sim->disk) || sim->jumped_ms != 0)
        return;
    sim->result->faults.clock_jump++;
    sim->jumped_ms = back ? -ms : ms;
    sim->jump_batches = batches(sim);
    sim->jumped_from_ms = sim->clock.now_ms;
    sim->clock.now_ms += sim->jumped_ms;
    sim->jumped_to_ms = sim->clock.now_ms;
    if (sim->options->plant == SIM_PLANT_JUMP_HIDDEN && !back)
        sim->clock.now_us += ms * 1000;
}

void strike_forget_jump(struct sim *sim)
{
    if (batches(sim) > sim->jump_batches)
        sim->jumped_ms = 0;
}

void strike_fill_disk(struct sim *sim, struct random *random)
{
    disk_set_full(sim->disk, true);
    sim->result->faults.disk_full++;
    sim->full_until_us =
        sim->true_us + SIM_SECOND_US * (1 + (int64_t)random_below(random, 6));
}

static void do_strike(struct sim *sim, enum sim_strike_kind kind, struct random *random)
{
    switch (kind) {
    case SIM_STRIKE_POWER_CUT:
        if (sim->jumped_ms == 0)
            disk_cut_at(sim->disk, 1 + random_below(random, 60));
        return;
    case SIM_STRIKE_DEATH:
        sim->answers_left = 1 + (uint32_t)random_below(random, 6);
        return;
    case SIM_STRIKE_DISK_FULL:
        strike_fill_disk(sim, random);
        return;
    case SIM_STRIKE_SYNC_FAILS:
        if (sim->jumped_ms == 0)
            disk_fail_sync(sim->disk);
        return;
    case SIM_STRIKE_CLOCK_JUMP:
        jump(sim, random);
        return;
    case SIM_STRIKE_NO_MEMORY:
        sim->memory_left = 1 + random_below(random, MEMORY_WITHIN);
        return;
    case SIM_STRIKE_PAUSE:
        sim->result->faults.pause++;
        sim_pass(sim, 5000);
        return;
    default:
        sim->result->faults.peer_dead++;
        peers_die(sim->peers,
                  clock_mono_us(&sim->clock.super) +
                      SIM_SECOND_US * (5 + (int64_t)random_below(random, 40)));
    }
}

void strike_memory_begin(struct sim *sim)
{
    mem_fail_at(sim->memory_left);
}

void strike_memory_end(struct sim *sim)
{
    uint64_t left = mem_fail_hold();
    sim->result->faults.no_memory += sim->memory_left != 0 && left == 0;
    sim->memory_left = left;
}

/* The number of this strike among all, and whether it is to happen. */
static bool note(struct sim *sim, enum sim_strike_kind kind)
{
    struct sim_result *result = sim->result;
    uint32_t index = result->strike_count++;
    if (index >= SIM_STRIKES_MAX)
        return false;
    result->strikes[index] = (struct sim_strike){
        .kind = kind, .second = (uint32_t)(sim->true_us / SIM_SECOND_US)};
    return (sim->options->left_out[index / 64] >> index % 64 & 1) == 0;
}

void strike_make_room(struct sim *sim)
{
    if (sim->full_until_us == 0 || sim->true_us < sim->full_until_us)
        return;
    disk_set_full(sim->disk, false);
    sim->full_until_us = 0;
}

void strike_step(struct sim *sim)
{
    const int64_t now_us = sim->true_us;
    strike_make_room(sim);
    if (sim->next_fault_us == 0)
        sim->next_fault_us = FIRST_US;
    if (sim->ending || now_us < sim->next_fault_us)
        return;
    struct random_seeded own;
    random_seeded_init(&own, sim->options->seed * UINT64_C(0x9e3779b97f4a7c15) +
                                 sim->result->strike_count);
    struct random *random = &own.super;
    sim->next_fault_us = now_us + SIM_SECOND_US * (3 + (int64_t)random_below(random, 25));
    enum sim_strike_kind kind = draw_kind(random);
    if (note(sim, kind))
        do_strike(sim, kind, random);
}
