/* SPDX-License-Identifier: Apache-2.0 */
/* One batch:
 *
 *     take what is queued -> BEGIN -> each command in its savepoint -> due timers and
 *       parts of large waves -> who came meanwhile, if nobody was there before
 *       -> chain row, signature, id counter -> COMMIT (one fsync) -> crowd, stream,
 *       planner, channels -> answers -> what the checkpointer has left of a long log
 *
 * Two locks: `queue_lock` for the list of commands, and a gate that keeps snapshots and
 * batches apart. Whoever wants a snapshot leaves a note, and the writer's thread makes
 * the copy: it never waits for a thread of plans, which may have to wait long for a core
 * while it holds the gate. Lock order: gate, then queue_lock or replans_lock (or, in the
 * stage, seats_lock); under those nothing else is taken. */
#include "store/number.h"
#include "store/writer_own.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "base/wait.h"
#include "store/idempotency.h"
#include "store/image.h"
#include "store/people.h"

#include <assert.h>
#include <string.h>

#define HEARTBEAT_MS TIME_MINUTE_MS
#define JUMP_MS TIME_MINUTE_MS
#define RETRY_MS 1000 /* after a failed batch, for what is due */
#define REPLANS_MAX 100000
#define SNAPSHOT_WAIT_MS                                                                 \
    50 /* for the writer to wake up; then the copy is made without it */
#define BATCH_PEOPLE_MAX 2000 /* people told of in one batch */

/* ---- the gate -----------------------------------------------------------------------
 */

struct snapshot {
    enum stage_key key;
    int64_t id;
    struct loop_incident *ret;
    int status;
    bool done;
    struct snapshot *next;
};

static void enter_gate(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->gate_lock);
    while (writer->gate_held)
        (void)pthread_cond_wait(&writer->gate_moved, &writer->gate_lock);
    writer->gate_held = true;
    (void)pthread_mutex_unlock(&writer->gate_lock);
}

/* In the gate. */
static int take_snapshot(struct writer *writer, enum stage_key key, int64_t id,
                         struct loop_incident *ret)
{
    int status;
    struct staged *staged = stage_find(&writer->stage, key, id, &status);
    return staged == NULL ? status : stage_copy_incident(&staged->incident, ret);
}

/* Not before everybody has their copy who asked for one meanwhile. */
static void leave_gate(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->gate_lock);
    while (writer->snapshots != NULL) {
        struct snapshot *asked = writer->snapshots;
        writer->snapshots = asked->next;
        (void)pthread_mutex_unlock(&writer->gate_lock);
        int status = take_snapshot(writer, asked->key, asked->id, asked->ret);
        (void)pthread_mutex_lock(&writer->gate_lock);
        asked->status = status;
        asked->done = true;
    }
    writer->gate_held = false;
    (void)pthread_cond_broadcast(&writer->gate_moved);
    (void)pthread_mutex_unlock(&writer->gate_lock);
}

/* ---- what others may know ------------------------------------------------------------
 */

void writer_count(struct writer *writer, struct writer_counts *ret)
{
    (void)pthread_mutex_lock(&writer->queue_lock);
    *ret = writer->counts;
    (void)pthread_mutex_unlock(&writer->queue_lock);
}

uint64_t writer_version(const struct writer *writer)
{
    return writer->version;
}

uint64_t writer_seats_version(const struct writer *writer, int64_t incident_id)
{
    return writer->stage.seats_versions[incident_id & (STAGE_SEATS - 1)];
}

bool writer_seats(struct writer *writer, int64_t need_id, uint64_t version,
                  int32_t ret[LOOP_LINES_MAX])
{
    return stage_seats(&writer->stage, need_id, version, ret);
}

bool writer_funnel(struct writer *writer, int64_t callout_id, struct read_funnel *ret)
{
    return stage_funnel(&writer->stage, callout_id, ret);
}

static void note_batch(struct writer *writer, uint32_t commands)
{
    (void)pthread_mutex_lock(&writer->queue_lock);
    writer->version++;
    writer->counts.batches++;
    writer->counts.commands += commands;
    writer->counts.log_bytes = db_log_bytes(writer->stage.db);
    (void)pthread_mutex_unlock(&writer->queue_lock);
}

/* STATUS: of the newest batch. On a disk that is just full small batches find room and
 * larger ones do not: one that was stored says little soon after one that was not. */
static void note_storing(struct writer *writer, int status)
{
    if (status != ST_OK)
        writer->failed_us = writer->mono_us;
    (void)pthread_mutex_lock(&writer->queue_lock);
    const bool was_failing = writer->counts.is_failing;
    const bool is_soon = writer->mono_us - writer->failed_us < WRITER_CALM_MS * 1000;
    writer->counts.is_failing = status != ST_OK || (was_failing && is_soon);
    const bool has_changed = writer->counts.is_failing != was_failing;
    (void)pthread_mutex_unlock(&writer->queue_lock);
    if (has_changed && writer->config.on_storing != NULL)
        writer->config.on_storing(writer->config.context, status);
}

/* ---- one command --------------------------------------------------------------------
 */

static bool is_of_the_disk(int status)
{
    return status == ST_NO_SPACE || status == ST_IO || status == ST_CORRUPT;
}

/* Runs it and keeps or undoes it. *RET_STATUS = the command's; returns an error only if
 * the batch cannot go on. */
static int run_command(struct writer *writer, struct command *command, int64_t now_ms,
                       int *ret_status)
{
    struct stage *stage = &writer->stage;
    int status = idempotency_find(stage->db, command, now_ms);
    if (status != 0) {
        *ret_status = status == 1 ? ST_OK : status;
        return is_of_the_disk(status) ? status : ST_OK;
    }
    struct chain_mark chain_before;
    struct stage_mark stage_before;
    chain_mark(stage->chain, &chain_before);
    stage_mark(stage, &stage_before);
    status = db_savepoint(stage->db);
    if (status != ST_OK)
        return status;
    status = command->run(command, writer, now_ms);
    if (status == ST_OK)
        status = idempotency_put(stage->db, command, now_ms);
    if (status == ST_NO_SPACE || status == ST_IO)
        return status;
    *ret_status = status;
    if (status == ST_OK) {
        stage_command_kept(stage);
        return db_savepoint_release(stage->db);
    }
    status = db_savepoint_rollback(stage->db);
    chain_back_to(stage->chain, &chain_before);
    return status == ST_OK ? stage_command_refused(stage, &stage_before) : status;
}

/* Timers of the loop: LOOP_TICK for every incident with something due, or LOOP_REBASE for
 * all. A refusal is a mistake of ours: it is looked at again a second later, not at once.
 */
int writer_run_timers(struct writer *writer, enum loop_input_kind kind, int64_t number,
                      int64_t now_ms)
{
    struct stage *stage = &writer->stage;
    for (uint32_t i = 0; i < stage->count; i++) {
        struct staged *staged = stage->incidents[i];
        if (kind == LOOP_TICK && !stage_is_due(staged, now_ms))
            continue;
        struct loop_input input = {
            .kind = kind, .id = staged->incident.id, .number = number};
        int64_t id = staged->incident.id;
        if (kind == LOOP_REBASE)
            staged->not_before_ms = 0; /* it was a time of the clock before */
        int status =
            stage_apply(stage, staged, &input, now_ms, NULL, NULL, &writer->diag);
        if (is_of_the_disk(status) || status == ST_NO_MEMORY)
            return status;
        if (status != ST_OK || stage_is_due(staged, now_ms))
            staged->not_before_ms = now_ms + RETRY_MS;
        /* Steps may load other incidents: find the place again. */
        while (i < stage->count && stage->incidents[i]->incident.id < id)
            i++;
    }
    return ST_OK;
}

int writer_store_alive(struct writer *writer, int64_t now_ms)
{
    return number_put(writer->stage.db, "alive_ms", now_ms);
}

/* ---- a wave that comes in parts -----------------------------------------------------
 */

struct part {
    struct command command;
    bool give_up;
};

static int run_part(struct command *command, struct writer *writer, int64_t now_ms)
{
    const struct part *part = (const struct part *)command; /* its first member */
    return stage_send_part(&writer->stage, part->give_up, now_ms, &command->diag);
}

/* One more part, as a command of its own. One that is refused would be refused again:
 * what is left of the wave is given up, and the call-out planned again. */
static int send_part(struct writer *writer, int64_t now_ms)
{
    int result, status = ST_OK;
    struct part part = {.command.run = run_part};
    do {
        status = run_command(writer, &part.command, now_ms, &result);
        if (status != ST_OK || result == ST_OK || result == ST_NO_MEMORY || part.give_up)
            return status;
        part.give_up = true;
    } while (true);
}

/* The faster of the last two commits: one that the disk held up says little. */
static int64_t commit_us(const struct writer *writer)
{
    int64_t last = writer->commit_us[0], before = writer->commit_us[1];
    return last < before ? last : before;
}

static int commit(struct writer *writer)
{
    const int64_t begun_us = clock_mono_us(writer->config.clock);
    const int status = db_commit(writer->stage.db);
    writer->commit_us[1] = writer->commit_us[0];
    writer->commit_us[0] = clock_mono_us(writer->config.clock) - begun_us;
    return status;
}

/* Parts until somebody waits, but no longer than a commit takes: who comes meanwhile
 * waits for both. A batch of OTHERS carries one only if there was none for a while: who
 * replies waits for the part before, not for one of their own. */
static int send_parts(struct writer *writer, uint32_t others, int64_t now_ms)
{
    int64_t passed_ms = now_ms - writer->part_ms;
    bool soon = passed_ms >= 0 && passed_ms < WRITER_PART_MS;
    int status = ST_OK;
    if (!stage_is_sending(&writer->stage) || (others > 0 && soon))
        return ST_OK;
    writer->part_ms = now_ms;
    const uint32_t most =
        writer->config.wave_parts == 0 ? WRITER_PARTS : writer->config.wave_parts;
    const int64_t until_us = clock_mono_us(writer->config.clock) + commit_us(writer);
    for (uint32_t i = 0; i < most && status == ST_OK; i++) {
        status = send_part(writer, now_ms);
        if (others > 0 || !stage_is_sending(&writer->stage) ||
            writer_queue_length(writer) > 0 ||
            clock_mono_us(writer->config.clock) > until_us)
            break;
    }
    return status;
}

/* ---- the batch ----------------------------------------------------------------------
 */

struct batch {
    struct command *commands[WRITER_BATCH_MAX];
    int statuses[WRITER_BATCH_MAX];
    uint32_t count;
    bool timers, sign, heartbeat;
    int64_t shift_ms; /* re-base by so much */
};

/* A command of thousands of rows ends its batch: who came behind it waits for one commit,
 * not for rows of both. They go back to the front, in order. */
static int run_commands(struct writer *writer, struct batch *batch, int64_t now_ms)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < batch->count && status == ST_OK; i++) {
        status = run_command(writer, batch->commands[i], now_ms, &batch->statuses[i]);
        if (writer->stage.person_count < BATCH_PEOPLE_MAX || status != ST_OK)
            continue;
        writer_put_back(writer, batch->commands + i + 1, batch->count - i - 1);
        batch->count = i + 1;
    }
    return status;
}

/* Timers and parts of waves, and whoever came meanwhile: they need not wait for a commit
 * of somebody else. */
static int run_due(struct writer *writer, struct batch *batch, int64_t now_ms)
{
    struct chain_mark mark; /* commands' heads stay as they are */
    chain_mark(writer->stage.chain, &mark);
    int status = writer_run_timers(writer, LOOP_TICK, 0, now_ms);
    if (status == ST_OK)
        status = send_parts(writer, batch->count, now_ms);
    if (status != ST_OK || batch->count > 0)
        return status;
    batch->count = writer_take_batch(writer, batch->commands, now_ms);
    return run_commands(writer, batch, now_ms);
}

/* Everything inside the transaction. */
static int fill_batch(struct writer *writer, struct batch *batch, int64_t now_ms)
{
    struct stage *stage = &writer->stage;
    int status = ST_OK;
    if (batch->shift_ms != 0)
        status = writer_run_timers(writer, LOOP_REBASE, batch->shift_ms, now_ms);
    if (status == ST_OK && writer->resends)
        status = stage_resend_unknown(stage, now_ms, &writer->diag);
    if (status == ST_OK)
        status = run_commands(writer, batch, now_ms);
    if (status == ST_OK && batch->timers)
        status = run_due(writer, batch, now_ms);
    if (status == ST_OK)
        status = stage_check(stage, &writer->diag);
    stage_command_kept(stage);
    if (status == ST_OK && batch->heartbeat)
        status = idempotency_purge(stage->db, now_ms);
    if (status == ST_OK)
        status = chain_end_batch(stage->chain, now_ms);
    if (status == ST_OK && batch->sign)
        status = chain_sign(stage->chain, now_ms);
    if (status == ST_OK)
        status = stage_end_batch(stage);
    if (status == ST_OK)
        status = writer_store_alive(writer, now_ms);
    return status;
}

int writer_collect_replans(struct writer *writer)
{
    struct stage *stage = &writer->stage;
    int status = ST_OK;
    (void)pthread_mutex_lock(&writer->replans_lock);
    writer->replan_count = 0;
    for (uint32_t i = 0; i < stage->count; i++) {
        const struct loop_incident *incident = &stage->incidents[i]->incident;
        for (uint32_t k = 0; k < incident->callout_count && status == ST_OK; k++) {
            const struct callout *callout = &incident->callouts[k];
            if (callout->replan_due_ms == 0 || callout->state == CALLOUT_ENDED ||
                callout->unsent > 0)
                continue;
            status =
                mem_grow(&writer->replans, &writer->replan_capacity,
                         writer->replan_count + 1, sizeof *writer->replans, REPLANS_MAX);
            if (status == ST_OK)
                writer->replans[writer->replan_count++] =
                    (struct replan){callout->replan_due_ms, callout->id, incident->id};
        }
    }
    (void)pthread_mutex_unlock(&writer->replans_lock);
    return status;
}

/* False: the row cannot be read just now. Of a damaged one nobody is planned. */
static bool refresh_person(struct stage *stage, int64_t id)
{
    struct person person;
    int status = person_by_id(stage->db, stage->vault, &stage->skills, id, &person);
    bool gone =
        status == ST_NOT_FOUND || status == ST_CORRUPT ||
        (status == ST_OK && (person.retired || person.erased || person.crowd.id != id));
    if (status == ST_OK && !gone)
        status = crowd_put(stage->crowd, &person.crowd);
    if (gone || status == ST_LIMIT)
        crowd_remove(stage->crowd, id);
    return gone || status == ST_OK || status == ST_LIMIT;
}

/* The crowd reads the rows of changed people again; who cannot be read now stays for the
 * next batch. */
static void refresh_crowd(struct writer *writer)
{
    struct stage *stage = &writer->stage;
    if (stage->crowd == NULL)
        return;
    if (stage->skills_changed && crowd_set_skills(stage->crowd, &stage->skills) != ST_OK)
        writer->config.on_fatal(writer->config.context, "no memory for the skills");
    stage->changed_kept = 0;
    for (uint32_t i = 0; i < stage->changed_count; i++) {
        int64_t id = stage->crowd_changed[i];
        if (!refresh_person(stage, id))
            stage->crowd_changed[stage->changed_kept++] = id;
    }
}

/* What was told about the batch, copied out of the gate. */
struct told {
    struct chain_event *events;
    uint32_t count;
    bool queued, replans;
};

static void release_told(struct told *told)
{
    for (uint32_t i = 0; i < told->count; i++) {
        mem_free(told->events[i].kind);
        mem_free(told->events[i].body);
    }
    mem_free(told->events);
}

static void finish_batch(struct writer *writer, struct told *told)
{
    struct stage *stage = &writer->stage;
    chain_take_events(stage->chain, &told->events, &told->count);
    told->queued = stage->messages_queued;
    told->replans = stage->replans_changed;
    refresh_crowd(writer);
    chain_committed(stage->chain);
    stage_committed(stage);
    if (told->replans && writer_collect_replans(writer) != ST_OK)
        told->replans = false; /* no memory: the next change asks again */
}

int writer_undo(struct writer *writer)
{
    struct stage *stage = &writer->stage;
    db_rollback(stage->db);
    chain_rolled_back(stage->chain);
    int status = db_reconnect(stage->db);
    return status == ST_OK ? stage_rolled_back(stage) : status;
}

static int commit_batch(struct writer *writer, struct batch *batch, int64_t now_ms,
                        struct told *told)
{
    struct stage *stage = &writer->stage;
    enter_gate(writer);
    int status = db_begin(stage->db);
    if (status == ST_OK)
        status = fill_batch(writer, batch, now_ms);
    if (status == ST_OK)
        status = commit(writer);
    if (status == ST_OK)
        finish_batch(writer, told);
    const char *fatal = NULL;
    bool is_lost = status != ST_OK && db_connection_lost(stage->db);
    if ((status != ST_OK && db_sync_failed(stage->db)) ||
        (stage->vault != NULL && vault_sync_failed(stage->vault)))
        fatal = "the disk did not confirm a write";
    else if (status != ST_OK && writer_undo(writer) != ST_OK)
        fatal = "the database cannot be read after a failed write";
    leave_gate(writer);
    if (fatal != NULL)
        writer->config.on_fatal(writer->config.context, fatal);
    return is_lost ? ST_BUSY : status; /* nothing happened: it may be tried again */
}

static void tell(struct writer *writer, const struct told *told)
{
    const struct writer_config *config = &writer->config;
    for (uint32_t i = 0; i < told->count && config->on_event != NULL; i++)
        config->on_event(config->context, told->events[i].position,
                         told->events[i].incident_id, told->events[i].kind,
                         told->events[i].body);
    if (told->queued && config->on_outbox != NULL)
        config->on_outbox(config->context);
    if (told->replans && config->on_replan != NULL)
        config->on_replan(config->context);
}

static void answer(struct batch *batch, int status)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        struct command *command = batch->commands[i];
        int result = status == ST_OK ? batch->statuses[i] : status;
        if (status != ST_OK)
            (void)diag_set(&command->diag, status, 0, 0, "database",
                           "nothing was stored: %s", status_text(status));
        if (command->done != NULL)
            command->done(command, result);
    }
}

/* Snapshots may load incidents meanwhile, so this too takes its turn. */
static int64_t first_timer_ms(struct writer *writer)
{
    enter_gate(writer);
    int64_t due = stage_next_due_ms(&writer->stage);
    leave_gate(writer);
    return due;
}

bool writer_is_sending(struct writer *writer)
{
    enter_gate(writer);
    bool sending = stage_is_sending(&writer->stage);
    leave_gate(writer);
    return sending;
}

static int64_t next_due(struct writer *writer)
{
    int64_t due = first_timer_ms(writer);
    if (due < writer->retry_ms)
        due = writer->retry_ms;
    int64_t later = writer_later_due_ms(writer);
    due = due < later ? due : later;
    int64_t alive = writer->alive_ms + HEARTBEAT_MS;
    return due < alive ? due : alive;
}

/* How far the wall clock jumped since the step before, beyond what really passed. */
static int64_t clock_jump(struct writer *writer, int64_t now_ms)
{
    int64_t mono_us = clock_mono_us(writer->config.clock);
    int64_t passed = (mono_us - writer->mono_us) / 1000;
    int64_t jump = now_ms - writer->wall_ms - passed;
    writer->wall_ms = now_ms;
    writer->mono_us = mono_us;
    return jump > JUMP_MS || jump < -JUMP_MS ? jump : 0;
}

static void copy_log(struct writer *writer)
{
    enter_gate(writer);
    int copied = db_checkpoint(writer->stage.db);
    leave_gate(writer);
    if (copied != ST_OK && db_sync_failed(writer->stage.db))
        writer->config.on_fatal(writer->config.context,
                                "the disk did not confirm a checkpoint");
}

/* After a commit: whether to copy the log, or what is left of it, now. */
static bool is_to_copy(struct writer *writer)
{
    const struct db *db = writer->stage.db;
    if (writer->checkpointer == NULL)
        return db_log_pages(db) >= CHECKPOINT_PAGES;
    return checkpointer_note(writer->checkpointer, db, writer_queue_length(writer) > 0);
}

int64_t writer_step(struct writer *writer, int64_t now_ms)
{
    struct batch *batch = mem_alloc(sizeof *batch); /* zeroed it is 12 KB a batch */
    if (batch == NULL)
        return now_ms + RETRY_MS;
    writer->shift_ms += clock_jump(writer, now_ms);
    batch->shift_ms = writer->shift_ms;
    if (batch->shift_ms != 0)
        writer->retry_ms = writer->alive_ms = writer->signed_ms = now_ms;
    batch->timers = now_ms >= writer->retry_ms && first_timer_ms(writer) <= now_ms;
    batch->heartbeat = now_ms >= writer->alive_ms + HEARTBEAT_MS;
    batch->sign = now_ms >= writer->signed_ms + CHAIN_SIGN_MS;
    batch->count = writer_take_batch(writer, batch->commands, now_ms);
    if (batch->count > 0 || batch->timers || batch->heartbeat || batch->shift_ms != 0) {
        struct told told = {0};
        int status = commit_batch(writer, batch, now_ms, &told);
        note_storing(writer, status);
        if (status == ST_OK) {
            note_batch(writer, batch->count);
            writer->alive_ms = now_ms;
            /* The crowd is to be told soon, or whether everything is stored again. */
            if (writer->stage.changed_kept > 0 || writer->counts.is_failing)
                writer->alive_ms = now_ms + RETRY_MS - HEARTBEAT_MS;
            writer->shift_ms = 0;
            writer->resends = false;
            if (batch->sign)
                writer->signed_ms = now_ms;
        } else {
            writer->retry_ms = now_ms + RETRY_MS;
            writer->alive_ms = now_ms + RETRY_MS - HEARTBEAT_MS;
        }
        tell(writer, &told); /* first: who is answered may take away what it tells */
        release_told(&told);
        answer(batch, status);
        if (status == ST_OK && is_to_copy(writer))
            copy_log(writer);
    }
    mem_free(batch);
    return next_due(writer);
}

const struct loop_config *writer_loop(const struct writer *writer)
{
    return &writer->config.loop;
}

/* ---- for commands -------------------------------------------------------------------
 */

struct stage *writer_stage(struct writer *writer)
{
    return &writer->stage;
}

struct db *writer_db(struct writer *writer)
{
    return writer->stage.db;
}

int64_t writer_new_id(struct writer *writer)
{
    return stage_new_id(&writer->stage);
}

struct loop_incident *writer_incident(struct writer *writer, enum stage_key key,
                                      int64_t id)
{
    int status;
    struct staged *staged = stage_find(&writer->stage, key, id, &status);
    return staged == NULL ? NULL : &staged->incident;
}

int writer_apply(struct writer *writer, struct loop_incident *incident,
                 const struct loop_input *input, int64_t now_ms, int64_t *ret_id,
                 bool *ret_repeated, struct diag *reterr)
{
    /* The incident is the first member of what is staged. */
    static_assert(offsetof(struct staged, incident) == 0, "see above");
    return stage_apply(&writer->stage, (struct staged *)incident, input, now_ms, ret_id,
                       ret_repeated, reterr);
}

int writer_report(struct writer *writer, const struct loop_incident *template,
                  int64_t actor, int64_t now_ms, struct loop_incident **ret,
                  struct diag *reterr)
{
    struct staged *staged;
    int status = stage_report(&writer->stage, template, actor, now_ms, &staged, reterr);
    if (status == ST_OK)
        *ret = &staged->incident;
    return status;
}

int writer_note(struct writer *writer, const char *kind, int64_t actor, int64_t subject,
                const char *code, int64_t now_ms)
{
    return stage_note(&writer->stage, kind, actor, subject, code, 0, now_ms);
}

int writer_person_changed(struct writer *writer, int64_t person_id)
{
    struct stage *stage = &writer->stage;
    int status =
        mem_grow(&stage->crowd_changed, &stage->changed_capacity,
                 stage->changed_count + 1, sizeof *stage->crowd_changed, PEOPLE_MAX);
    if (status == ST_OK)
        stage->crowd_changed[stage->changed_count++] = person_id;
    return status == ST_OK ? image_note_change(stage, person_id) : status;
}

int writer_destroy_slot(struct writer *writer, int64_t slot)
{
    struct stage *stage = &writer->stage;
    int status =
        mem_grow(&stage->destroy_slots, &stage->destroy_capacity,
                 stage->destroy_count + 1, sizeof *stage->destroy_slots, PEOPLE_MAX);
    if (status == ST_OK)
        stage->destroy_slots[stage->destroy_count++] = slot;
    return status;
}

/* ---- for planners -------------------------------------------------------------------
 */

static void take_back(struct writer *writer, const struct snapshot *asked)
{
    struct snapshot **at = &writer->snapshots;
    while (*at != asked)
        at = &(*at)->next;
    *at = asked->next;
}

int writer_snapshot(struct writer *writer, enum stage_key key, int64_t id,
                    struct loop_incident *ret)
{
    struct snapshot ask = {.key = key, .id = id, .ret = ret};
    (void)pthread_mutex_lock(&writer->gate_lock);
    if (writer->gate_held || writer->gate_served) {
        ask.next = writer->snapshots;
        writer->snapshots = &ask;
        (void)pthread_cond_signal(&writer->queue_grew);
        do
            wait_for(&writer->gate_moved, &writer->gate_lock, SNAPSHOT_WAIT_MS);
        while (!ask.done && writer->gate_held);
        if (ask.done) {
            (void)pthread_mutex_unlock(&writer->gate_lock);
            return ask.status;
        }
        take_back(writer, &ask); /* it has not heard, or stops */
    }
    writer->gate_held = true;
    (void)pthread_mutex_unlock(&writer->gate_lock);
    int status = take_snapshot(writer, key, id, ret);
    leave_gate(writer);
    return status;
}

void writer_serve_snapshots(struct writer *writer, bool serve)
{
    (void)pthread_mutex_lock(&writer->gate_lock);
    writer->gate_served = serve;
    (void)pthread_mutex_unlock(&writer->gate_lock);
}

uint32_t writer_replans_due(struct writer *writer, int64_t now_ms, int64_t *ret_ids,
                            uint32_t ids_max, int64_t *ret_next_due_ms)
{
    uint32_t count = 0;
    int64_t next = INT64_MAX;
    (void)pthread_mutex_lock(&writer->replans_lock);
    for (uint32_t i = 0; i < writer->replan_count; i++) {
        const struct replan *replan = &writer->replans[i];
        if (replan->due_ms <= now_ms && count < ids_max)
            ret_ids[count++] = replan->callout_id;
        else if (replan->due_ms < next)
            next = replan->due_ms;
    }
    (void)pthread_mutex_unlock(&writer->replans_lock);
    *ret_next_due_ms = next;
    return count;
}
