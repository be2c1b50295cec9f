/* SPDX-License-Identifier: Apache-2.0 */
/* One step: time moves on, chance strikes, people and dispatchers act, then the planner,
 * the channels and the writer each make one step in the one thread there is. After a
 * crash the server starts again from its files. In the end nothing new happens for a
 * while, and then nothing may be left hanging. */
#include "sim/sim_internal.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "dispatch/closures.h"
#include "store/db.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MS_MAX 900
#define ROWS_EVERY 20
#define ALL_EVERY 250
#define SETTLE_STEPS 260
#define BOOTS_MAX 8

static const struct {
    const char *code, *what;
} plants[SIM_PLANT_COUNT] = {[SIM_PLANT_NONE] = {"none", "nothing is wrong"},
#define X(name, code, what) [SIM_PLANT_##name] = {code, what},
                             SIM_PLANT_LIST(X)
#undef X
};

const char *sim_plant_code(enum sim_plant plant)
{
    return plants[plant].code;
}

const char *sim_plant_what(enum sim_plant plant)
{
    return plants[plant].what;
}

const char *sim_habit_code(enum sim_habit habit)
{
    static const char *const codes[SIM_HABIT_COUNT] = {
#define X(name, code) [SIM_HABIT_##name] = code,
        SIM_HABIT_LIST(X)
#undef X
    };
    return codes[habit];
}

bool sim_plant_parse(const char *code, enum sim_plant *ret)
{
    for (int i = 1; i < SIM_PLANT_COUNT; i++)
        if (strcmp(plants[i].code, code) == 0) {
            *ret = (enum sim_plant)i;
            return true;
        }
    return false;
}

void sim_violate(struct sim *sim, const char *invariant, const char *format, ...)
{
    struct sim_result *result = sim->result;
    if (!result->held)
        return;
    result->held = false;
    result->violated_step = result->steps;
    (void)snprintf(result->invariant, sizeof result->invariant, "%s", invariant);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(result->text, sizeof result->text, format, args);
    va_end(args);
    result->text[strcspn(result->text, "\n")] = '\0';
}

uint64_t sim_luck(struct sim *sim, uint64_t bound)
{
    return random_below(&sim->world.super, bound);
}

/* ---- time -----------------------------------------------------------------------------
 */

void sim_pass(struct sim *sim, int64_t ms)
{
    clock_manual_advance(&sim->clock, ms);
    sim->true_us += ms * 1000;
}

/* ---- crashes --------------------------------------------------------------------------
 */

/* The files as the power cut left them, a while later. Starting may meet the next cut. */
static void crash(struct sim *sim)
{
    struct random *random = &sim->faults.super;
    sim->dead = true;
    disk_cut(sim->disk);
    sim->result->crashes++;
    /* Nobody can know of a jump that a crash hides: the machine starts with its clock put
     * right. One that the writer has told of stays. */
    strike_forget_jump(sim);
    sim->clock.now_ms -= sim->jumped_ms;
    sim->jumped_ms = 0;
    bool up = false;
    for (int i = 0; i < BOOTS_MAX && !up && sim->result->held; i++) {
        world_end(sim);
        sim->answers_left = 0;
        sim->memory_left = 0;
        sim_pass(sim, 200 + (int64_t)random_below(random, 2000));
        if (random_below(random, 30) == 0)
            sim_pass(sim, 6 * TIME_MINUTE_MS); /* long enough for the timers to wait on */
        strike_make_room(sim);
        if (random_below(random, 12) == 0)
            strike_fill_disk(sim, random); /* somebody else has, meanwhile */
        if (disk_restart(sim->disk) != ST_OK) {
            sim_violate(sim, "the machine", "the files cannot be settled");
            return;
        }
        if (i + 2 < BOOTS_MAX && random_below(random, 4) == 0)
            disk_cut_at(sim->disk, 1 + random_below(random, 30));
        up = world_boot(sim) == ST_OK && !disk_is_dead(sim->disk);
        if (!up && !disk_is_dead(sim->disk))
            sim_violate(sim, "the server starts again", "%s: %s", sim->reterr->where,
                        sim->reterr->text);
        if (up)
            disk_cut_at(sim->disk, 0);
    }
    if (up && sim->result->held)
        check_all(sim);
}

/* ---- plants that rows carry -----------------------------------------------------------
 */

static int damage(void *context, struct writer *writer, int64_t now_ms,
                  struct diag *reterr)
{
    const struct sim *sim = context;
    (void)now_ms;
    (void)reterr;
    static const char gone[] =
        "DELETE FROM event WHERE position = (SELECT max(position) / 2 FROM event)";
    static const char changed[] =
        "UPDATE event SET body = replace(body, '\"at\":1', '\"at\":2')"
        " WHERE position = (SELECT max(position) / 2 FROM event)";
    static const char hours[] =
        "INSERT INTO ledger (id, posting, account, person_id, minutes, assignment_id,"
        " actor, at_ms) SELECT coalesce(max(id), 0) + 1, coalesce(max(posting), 0) + 1,"
        " 'credited', 1, 60, 1, 3, 0 FROM ledger";
    static const char part[] =
        "DELETE FROM wave_part WHERE part = (SELECT max(part) FROM wave_part)";
    static const char alone[] =
        "UPDATE response SET confirmed_by = started_by WHERE level IN ('I', 'II')";
    switch (sim->options->plant) {
    case SIM_PLANT_LEVEL_ALONE:
        return query_run(db_query(writer_db(writer), alone));
    case SIM_PLANT_PART_LOST:
        return query_run(db_query(writer_db(writer), part));
    case SIM_PLANT_EVENT_GONE:
        return query_run(db_query(writer_db(writer), gone));
    case SIM_PLANT_EVENT_CHANGED:
        return query_run(db_query(writer_db(writer), changed));
    case SIM_PLANT_HOURS_WRONG:
        return query_run(db_query(writer_db(writer), hours));
    default:
        return ST_OK;
    }
}

static void plant_rows(struct sim *sim)
{
    enum sim_plant plant = sim->options->plant;
    if ((plant != SIM_PLANT_PART_LOST && sim->result->steps % 300 != 200) ||
        (plant != SIM_PLANT_PART_LOST && plant != SIM_PLANT_EVENT_GONE &&
         plant != SIM_PLANT_EVENT_CHANGED && plant != SIM_PLANT_HOURS_WRONG &&
         plant != SIM_PLANT_LEVEL_ALONE))
        return;
    struct diag diag = {0};
    (void)command_call(sim->writer, damage, sim, &diag); /* a full disk refuses it */
}

/* ---- the run --------------------------------------------------------------------------
 */

static void step(struct sim *sim)
{
    sim->result->steps++;
    strike_step(sim);
    dispatcher_step(sim);
    office_step(sim);
    act_step(sim);
    watcher_step(sim);
    int64_t now_ms = sim->clock.now_ms;
    strike_memory_begin(sim);
    (void)closures_step(sim->closures, sim->writer, now_ms);
    (void)planner_step(sim->planner, now_ms);
    for (int i = 0; i < SIM_CHANNELS; i++)
        (void)channel_step(sim->channels[i], now_ms, 0);
    web_turn(sim); /* plans that were asked for become commands */
    (void)writer_step(sim->writer, now_ms);
    web_turn(sim);
    shelf_step(sim);
    for (int i = 0; i < SIM_CHANNELS; i++) {
        channel_wake(sim->channels[i]);
        (void)channel_step(sim->channels[i], now_ms, 0);
    }
    strike_memory_end(sim);
    if (sim->dead || disk_is_dead(sim->disk)) {
        crash(sim);
        return;
    }
    strike_forget_jump(sim);
    plant_rows(sim);
    if (sim->result->steps % ROWS_EVERY == 0)
        check_rows(sim);
    if (sim->result->steps % ALL_EVERY == 0)
        check_all(sim);
}

static void run(struct sim *sim)
{
    int64_t end_us = sim->options->minutes * 60 * SIM_SECOND_US;
    while (sim->result->held && sim->true_us < end_us) {
        sim_pass(sim, 30 + (int64_t)sim_luck(sim, STEP_MS_MAX));
        step(sim);
    }
    sim->ending = true;
    peers_calm(sim->peers);
    disk_cut_at(sim->disk, 0);
    disk_set_full(sim->disk, false);
    sim->memory_left = 0;
    sim->answers_left = 0;
    for (int i = 0; i < SETTLE_STEPS && sim->result->held; i++) {
        sim_pass(sim, 1000);
        step(sim);
    }
    if (sim->result->held)
        check_settled(sim);
}

static void count(struct sim *sim)
{
    struct sim_result *result = sim->result;
    struct disk_counts disk;
    struct peers_counts peers;
    disk_count(sim->disk, &disk);
    peers_count(sim->peers, &peers);
    result->faults.power_cut = disk.power_cuts;
    result->faults.lost_write = disk.lost_writes;
    result->faults.torn_write = disk.torn_writes;
    result->faults.failed_sync = disk.failed_syncs;
    result->faults.peer_slow = peers.slow;
    result->faults.peer_refused = peers.refused_for_now + peers.refused;
    result->messages = peers.taken;
    (void)EVP_DigestFinal_ex(sim->hash, result->hash, NULL);
}

static int make(struct sim *sim)
{
    const struct peers_config peers = {
        .clock = &sim->clock.super,
        .random = &sim->faults.super,
        .on_letter = act_letter,
        .context = sim,
        .loses = sim->options->plant == SIM_PLANT_MESSAGE_LOST,
        .repeats = sim->options->plant == SIM_PLANT_MESSAGE_TWICE};
    random_seeded_init(&sim->world, sim->options->seed);
    random_seeded_init(&sim->server, sim->options->seed ^ UINT64_C(0x5e74e6));
    random_seeded_init(&sim->faults, sim->options->seed ^ UINT64_C(0xfa0175));
    sim->hash = EVP_MD_CTX_new();
    if (sim->hash == NULL || EVP_DigestInit_ex(sim->hash, EVP_sha256(), NULL) != 1)
        return ST_NO_MEMORY;
    int status = disk_new(&sim->disk, &sim->faults.super);
    if (status == ST_OK)
        status = peers_new(&sim->peers, &peers);
    if (status == ST_OK)
        status = world_make(sim);
    if (status == ST_OK)
        disk_set_lying(sim->disk, sim->options->plant == SIM_PLANT_SYNC_LIES);
    return status;
}

static void drop(struct sim *sim)
{
    sim->dead = true; /* what the end of the server still says is not heard */
    world_drop(sim);
    peers_free(sim->peers);
    disk_free(sim->disk);
    EVP_MD_CTX_free(sim->hash);
    mem_free(sim->deeds);
    mem_free(sim->devices);
    mem_free(sim->incidents);
    mem_free(sim->promises);
    mem_free(sim->asked);
    mem_free(sim->made);
    mem_free(sim->born);
    mem_free(sim);
}

int sim_run(const struct sim_options *options, struct sim_result *ret,
            struct diag *reterr)
{
    *ret = (struct sim_result){.held = true};
    struct sim *sim = mem_calloc(1, sizeof *sim);
    AUTO_FREE char *zone = getenv("TZ") == NULL ? NULL : mem_strdup(getenv("TZ"));
    if (sim == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    sim->options = options;
    sim->result = ret;
    sim->reterr = reterr;
    sim->watcher.last = -1;
    log_set_level(LOG_ERROR); /* what channels say of their peers is expected */
    int status = make(sim);
    if (status == ST_OK) {
        run(sim);
        count(sim);
    }
    drop(sim);
    log_set_level(LOG_INFO);
    time_set_zone(zone);
    return status;
}
