/* SPDX-License-Identifier: Apache-2.0 */
/* The writer says which call-outs are due; for each of them a snapshot is planned and its
 * wave handed in. While a command is on its way its call-out is left alone (`busy`), and
 * for a quarter of a second after it was planned: the writer may still call it due.
 * Between two plans the thread rests. The table of call-outs holds only those of the last
 * seconds. */
#include "dispatch/planner.h"

#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/thread.h"
#include "base/wait.h"
#include "dispatch/callout.h"
#include "dispatch/learner.h"
#include "dispatch/retime.h"
#include "loop/names.h"
#include "store/db.h"
#include "store/response.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define SLOTS 1024 /* call-outs planned a moment ago */
#define PENDING_MAX 1000000

struct slot {
    int64_t callout_id; /* 0 = free */
    int64_t until_ms;   /* not before */
    bool busy;          /* its command is with the writer */
};

struct planner {
    struct planner_config config;
    struct learner *learner;
    uint8_t channels;
    enum plan_policy policy;
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t woken;
    bool wake, stop, replan;
    struct slot slots[SLOTS];
    uint32_t in_flight;

    pthread_mutex_t db_lock; /* guards the connection */
    struct db *db;

    /* Of the planning thread: call-outs whose ways are to be asked anew. */
    int64_t *pending;
    uint32_t pending_count, pending_capacity;
};

/* ---- life
 * -------------------------------------------------------------------------------------
 */

/* "file email" or "file,email" -> bits; words that are no channel are the start-up's
 * business. */
static uint8_t channel_bits(const char *channels)
{
    uint8_t bits = 0;
    const char *at = channels == NULL ? "" : channels;
    while (*at != '\0') {
        size_t size = strcspn(at, " ,");
        char word[32];
        enum channel_kind kind;
        if (size > 0 && size < sizeof(word)) {
            memcpy(word, at, size);
            word[size] = '\0';
            if (channel_kind_parse(word, &kind))
                bits |= (uint8_t)(1u << kind);
        }
        at += size;
        at += strspn(at, " ,");
    }
    return bits != 0 ? bits : (uint8_t)(1u << CHANNEL_FILE);
}

static void init_locks(struct planner *planner)
{
    pthread_mutex_init(&planner->lock, NULL);
    pthread_mutex_init(&planner->db_lock, NULL);
    wait_init(&planner->woken);
}

int planner_new(struct planner **ret, const struct planner_config *config)
{
    struct learn_config learn;
    learn_config_default(&learn);
    if (config->accept > 0)
        learn.response.accept = config->accept;
    if (config->show > 0)
        learn.response.comes = config->show;
    learn.response.correlation = config->correlation;
    struct planner *planner = mem_calloc(1, sizeof(*planner));
    if (planner == NULL)
        return ST_NO_MEMORY;
    init_locks(planner);
    planner->config = *config;
    planner->config.db_path = planner->config.channels = planner->config.policy = NULL;
    planner->config.kept = NULL;
    planner->channels = channel_bits(config->channels);
    if (config->policy != NULL && !plan_policy_parse(config->policy, &planner->policy)) {
        planner_free(planner);
        return ST_INVALID;
    }
    int status = learner_new_kept(&planner->learner, config->db_path, config->kept,
                                  config->keeps, &learn, NULL);
    if (status == ST_OK && config->keeps && config->db_path != NULL)
        status = learner_fold_aside(planner->learner, config->db_path);
    if (status == ST_OK && config->db_path != NULL)
        status = db_open(&planner->db, config->db_path, DB_READ, NULL);
    if (status < 0) {
        planner_free(planner);
        return status;
    }
    *ret = planner;
    return ST_OK;
}

void planner_free(struct planner *planner)
{
    if (planner == NULL)
        return;
    assert(!planner->has_thread && planner->in_flight == 0);
    learner_free(planner->learner);
    if (planner->db != NULL)
        db_close(planner->db);
    mem_free(planner->pending);
    pthread_cond_destroy(&planner->woken);
    pthread_mutex_destroy(&planner->lock);
    pthread_mutex_destroy(&planner->db_lock);
    mem_free(planner);
}

/* Waits until DUE_MS (wall) by the planner's clock, or until it is woken. False: stop. */
static bool wait_until(struct planner *planner, int64_t due_ms)
{
    int64_t wait_ms = due_ms - clock_wall_ms(planner->config.clock);
    wait_ms = wait_ms < 0 ? 0 : wait_ms > 1000 ? 1000 : wait_ms;
    pthread_mutex_lock(&planner->lock);
    if (!planner->wake && !planner->stop) /* woken for nothing it looks around early */
        wait_for(&planner->woken, &planner->lock, wait_ms);
    planner->wake = false;
    bool go_on = !planner->stop;
    pthread_mutex_unlock(&planner->lock);
    return go_on;
}

/* After a plan that began at BEGUN_US; ends early for the stop only. Returns how long
 * both took, in ms. By a clock that stands still nothing took any time and nobody rests.
 */
static int64_t rest(struct planner *planner, int64_t begun_us)
{
    struct clock *clock = planner->config.clock;
    const bool is_busy = writer_queue_length(planner->config.writer) >= PLANNER_BUSY;
    int64_t rest_us =
        (is_busy ? PLANNER_REST_BUSY : PLANNER_REST) * (clock_mono_us(clock) - begun_us);
    if (rest_us > PLANNER_REST_MS_MAX * 1000)
        rest_us = PLANNER_REST_MS_MAX * 1000;
    const int64_t until_us = clock_mono_us(clock) + rest_us;
    int64_t left_ms;
    pthread_mutex_lock(&planner->lock);
    while (!planner->stop && (left_ms = (until_us - clock_mono_us(clock)) / 1000) > 0)
        wait_for(&planner->woken, &planner->lock, left_ms);
    pthread_mutex_unlock(&planner->lock);
    return (clock_mono_us(clock) - begun_us) / 1000;
}

static void *run_thread(void *context)
{
    struct planner *planner = context;
    int64_t due_ms;
    thread_name("planner");
    thread_nice(THREAD_NICE_PLANS);
    do
        due_ms = planner_step(planner, clock_wall_ms(planner->config.clock));
    while (wait_until(planner, due_ms));
    return NULL;
}

int planner_start(struct planner *planner)
{
    assert(!planner->has_thread && planner->config.writer != NULL);
    if (pthread_create(&planner->thread, NULL, run_thread, planner) != 0)
        return ST_NO_MEMORY;
    planner->has_thread = true;
    return ST_OK;
}

void planner_stop(struct planner *planner)
{
    if (!planner->has_thread)
        return;
    pthread_mutex_lock(&planner->lock);
    planner->stop = true;
    pthread_cond_signal(&planner->woken);
    pthread_mutex_unlock(&planner->lock);
    pthread_join(planner->thread, NULL);
    planner->has_thread = false;
}

void planner_wake(struct planner *planner)
{
    pthread_mutex_lock(&planner->lock);
    planner->wake = true;
    pthread_cond_signal(&planner->woken);
    pthread_mutex_unlock(&planner->lock);
}

/* ---- plans
 * ------------------------------------------------------------------------------------ */

static int level_of(struct planner *planner, int64_t area_id, int64_t now_ms,
                    enum response_level *ret)
{
    *ret = LEVEL_NONE;
    if (planner->db == NULL)
        return ST_OK;
    pthread_mutex_lock(&planner->db_lock);
    const int status = response_level_of(planner->db, area_id, now_ms, ret);
    pthread_mutex_unlock(&planner->db_lock);
    return status;
}

struct learner *planner_learner(struct planner *planner)
{
    return planner->learner;
}

/* With everything that is known now; give the view back afterwards. */
static struct scheme_config take_config(struct planner *planner, bool exercise,
                                        int64_t now_ms)
{
    struct learner_view view;
    learner_catch_up(planner->learner, now_ms);
    learner_take_model(planner->learner, exercise, &view);
    return (struct scheme_config){.crowd = planner->config.crowd,
                                  .model = view.model,
                                  .learn = view.learn,
                                  .road = planner->config.road,
                                  .channels = planner->channels,
                                  .policy = planner->policy,
                                  .price = planner->config.price};
}

static int make_scheme(struct planner *planner, const struct scheme_request *request,
                       struct scheme *ret, struct diag *reterr)
{
    const struct scheme_config config =
        take_config(planner, request->exercise, request->now_ms);
    int status = scheme_make(&config, request, ret, reterr);
    learner_give(planner->learner);
    return status;
}

/* The ids at MORE, sorted, and, each once, those of the people whom the call-out (NULL:
 * there is none) leaves out. *RET: mem_free. */
static int who_is_left_out(struct planner *planner, const struct callout *callout,
                           const int64_t *more, uint32_t more_count, int64_t **ret,
                           uint32_t *ret_count)
{
    AUTO_FREE int64_t *list = NULL;
    uint32_t count = 0;
    if (planner->db != NULL && callout != NULL) {
        pthread_mutex_lock(&planner->db_lock);
        int status = left_out_list(planner->db, callout->id, &list, &count);
        pthread_mutex_unlock(&planner->db_lock);
        if (status != ST_OK)
            return status;
    }
    int64_t *ids = mem_alloc(((size_t)count + more_count + 1) * sizeof *ids);
    if (ids == NULL)
        return ST_NO_MEMORY;
    if (more_count > 0)
        memcpy(ids, more, more_count * sizeof *ids);
    if (count > 0)
        memcpy(ids + more_count, list, count * sizeof *ids);
    *ret = ids;
    *ret_count = ids_sort_once(ids, count + more_count);
    return ST_OK;
}

static int plan_in_incident(struct planner *planner,
                            const struct planner_request *request, int64_t now_ms,
                            struct loop_incident *incident, struct scheme *ret,
                            struct diag *reterr)
{
    const struct need *row = loop_find_need(incident, request->need_id);
    if (row == NULL)
        return diag_set(reterr, ST_NOT_FOUND, 0, 0, "need", "is not there");
    struct need need = *row;
    if (request->need != NULL) {
        need = *request->need;
        need.id = row->id;
    }
    const struct callout *callout = loop_callout_of(incident, row->id);
    AUTO_FREE int64_t *excluded = NULL;
    uint32_t excluded_count = 0;
    int status = who_is_left_out(planner, callout, request->excluded,
                                 request->excluded_count, &excluded, &excluded_count);
    enum response_level level = LEVEL_NONE;
    if (status == ST_OK)
        status = level_of(planner, incident->area_id, now_ms, &level);
    if (status != ST_OK)
        return status;
    const struct scheme_request made = {
        .need = &need,
        .incident = incident,
        .callout = callout,
        .exercise = incident->exercise,
        .level = level,
        .lift = request->lift,
        .excluded = excluded,
        .excluded_count = excluded_count,
        .forced = request->forced,
        .forced_count = request->forced_count,
        .now_ms = now_ms,
        .at_once = request->at_once,
        .explain = request->explain,
        .record = request->record,
    };
    return make_scheme(planner, &made, ret, reterr);
}

int planner_plan(struct planner *planner, const struct planner_request *request,
                 int64_t now_ms, struct scheme *ret, struct diag *reterr)
{
    *ret = (struct scheme){0};
    if (request->need_id == 0) {
        const struct scheme_request made = {.need = request->need,
                                            .exercise = request->exercise,
                                            .level = request->level,
                                            .lift = request->lift,
                                            .excluded = request->excluded,
                                            .excluded_count = request->excluded_count,
                                            .forced = request->forced,
                                            .forced_count = request->forced_count,
                                            .now_ms = now_ms,
                                            .at_once = request->at_once,
                                            .explain = request->explain,
                                            .record = request->record};
        return make_scheme(planner, &made, ret, reterr);
    }
    struct loop_incident incident = {0};
    int status =
        writer_snapshot(planner->config.writer, STAGE_NEED, request->need_id, &incident);
    if (status != ST_OK)
        return status; /* no text: the caller knows whether there is such a need */
    status = plan_in_incident(planner, request, now_ms, &incident, ret, reterr);
    loop_incident_release(&incident);
    return status;
}

/* ---- planning again
 * ------------------------------------------------------------------------------ */

/* The call-out's slot, or a free one made it; NULL when all are taken. The lock is held.
 */
static struct slot *find_slot(struct planner *planner, int64_t callout_id, int64_t now_ms)
{
    struct slot *free = NULL;
    for (uint32_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &planner->slots[i];
        if (slot->callout_id == callout_id)
            return slot;
        if (free == NULL &&
            (slot->callout_id == 0 || (!slot->busy && slot->until_ms <= now_ms)))
            free = slot;
    }
    if (free != NULL)
        *free = (struct slot){.callout_id = callout_id};
    return free;
}

/* Takes the call-out for planning; else *RET_DUE_MS is when to try again. */
static bool claim(struct planner *planner, int64_t callout_id, int64_t now_ms,
                  int64_t *ret_due_ms)
{
    pthread_mutex_lock(&planner->lock);
    struct slot *slot = find_slot(planner, callout_id, now_ms);
    /* If the wall clock was set back, no pause is longer than the longest one. */
    if (slot != NULL && slot->until_ms > now_ms + PLANNER_PAUSE_MS + PLANNER_BACK_OFF_MS)
        slot->until_ms = now_ms;
    bool mine = slot != NULL && !slot->busy && slot->until_ms <= now_ms;
    *ret_due_ms = now_ms + PLANNER_PAUSE_MS;
    if (slot != NULL && !slot->busy && !mine)
        *ret_due_ms = slot->until_ms;
    if (mine) {
        slot->busy = true;
        slot->until_ms = now_ms + PLANNER_PAUSE_MS;
        planner->in_flight++;
    }
    pthread_mutex_unlock(&planner->lock);
    return mine;
}

static void give_back(struct planner *planner, int64_t callout_id, int status)
{
    pthread_mutex_lock(&planner->lock);
    for (uint32_t i = 0; i < SLOTS; i++)
        if (planner->slots[i].callout_id == callout_id) {
            planner->slots[i].busy = false;
            if (status != ST_OK && status != ST_STALE)
                planner->slots[i].until_ms += PLANNER_BACK_OFF_MS;
        }
    planner->in_flight--;
    planner->wake = true;
    pthread_cond_signal(&planner->woken);
    pthread_mutex_unlock(&planner->lock);
}

/* On the writer's thread. */
static void wave_done(struct command *base, int status)
{
    struct callout_command *command = (struct callout_command *)base;
    struct planner *planner = command->owner;
    int64_t callout_id = command->callout_id;
    callout_command_free(command);
    give_back(planner, callout_id, status);
}

static int make_wave(struct planner *planner, int64_t callout_id, int64_t now_ms,
                     struct loop_incident *incident, struct callout_command **ret)
{
    const struct callout *callout = loop_find_callout(incident, callout_id);
    const struct need *need =
        callout == NULL ? NULL : loop_find_need(incident, callout->need_id);
    const bool is_filled = callout != NULL && callout->state == CALLOUT_FILLED;
    if (need == NULL || (callout->state != CALLOUT_ACTIVE && !is_filled))
        return ST_NOT_FOUND;
    if (callout->unsent > 0)
        return ST_BUSY; /* its wave first */
    AUTO_FREE int64_t *left_out = NULL;
    uint32_t left_out_count = 0;
    int status = who_is_left_out(planner, callout, NULL, 0, &left_out, &left_out_count);
    enum response_level level = LEVEL_NONE;
    if (status == ST_OK)
        status = level_of(planner, incident->area_id, now_ms, &level);
    if (status != ST_OK)
        return status;
    const struct scheme_request request = {.need = need,
                                           .incident = incident,
                                           .callout = callout,
                                           .exercise = incident->exercise,
                                           .level = level,
                                           .excluded = left_out,
                                           .excluded_count = left_out_count,
                                           .now_ms = now_ms,
                                           .record = true,
                                           .held = is_filled};
    struct scheme scheme;
    struct diag diag = {0};
    status = make_scheme(planner, &request, &scheme, &diag);
    if (status == ST_OK)
        status = callout_command_new(ret, &scheme, 0, 0, NULL);
    scheme_release(&scheme);
    return status;
}

static void plan_again(struct planner *planner, int64_t callout_id, int64_t now_ms)
{
    struct loop_incident incident = {0};
    struct callout_command *command = NULL;
    int status =
        writer_snapshot(planner->config.writer, STAGE_CALLOUT, callout_id, &incident);
    if (status == ST_OK) {
        status = make_wave(planner, callout_id, now_ms, &incident, &command);
        loop_incident_release(&incident);
    }
    if (status == ST_OK) {
        command->owner = planner;
        command->command.done = wave_done;
        status = writer_submit(planner->config.writer, &command->command);
        if (status == ST_OK)
            return;
        callout_command_free(command);
    }
    give_back(planner, callout_id, status);
}

void planner_replan(struct planner *planner)
{
    pthread_mutex_lock(&planner->lock);
    planner->replan = planner->wake = true;
    pthread_cond_signal(&planner->woken);
    pthread_mutex_unlock(&planner->lock);
}

/* On the writer's thread. */
static void retime_done(struct command *base, int status)
{
    struct retime_command *command = (struct retime_command *)base;
    struct planner *planner = command->owner;
    int64_t callout_id = command->callout_id;
    retime_command_free(command);
    give_back(planner, callout_id, status);
}

/* The ways as they are now; the loop then wants it planned again. ST_BUSY: not yet, its
 * wave goes out first. */
static int retime(struct planner *planner, int64_t callout_id, int64_t now_ms)
{
    struct loop_incident incident = {0};
    struct retime_command *command = NULL;
    int status =
        writer_snapshot(planner->config.writer, STAGE_CALLOUT, callout_id, &incident);
    const struct callout *callout =
        status == ST_OK ? loop_find_callout(&incident, callout_id) : NULL;
    bool active = callout != NULL && callout->state == CALLOUT_ACTIVE;
    if (active && callout->unsent > 0)
        status = ST_BUSY;
    else if (active || (callout != NULL && callout->state == CALLOUT_FILLED))
        status = retime_command_new(&command, planner->config.crowd, &incident, callout,
                                    now_ms);
    loop_incident_release(&incident);
    if (command != NULL && (active || command->count > 0)) {
        command->owner = planner;
        command->command.done = retime_done;
        status = writer_submit(planner->config.writer, &command->command);
        if (status == ST_OK)
            return ST_OK;
    }
    retime_command_free(command);
    give_back(planner, callout_id, status);
    return status;
}

/* All running call-outs, in place of those that were still to be planned. Without a
 * database there are none: the loop's own due times go on. */
static int collect_running(struct planner *planner)
{
    planner->pending_count = 0;
    if (planner->db == NULL)
        return ST_OK;
    pthread_mutex_lock(&planner->db_lock);
    struct query *query = db_query(planner->db, "SELECT id FROM callout WHERE state IN"
                                                " ('active', 'filled')");
    int status;
    while ((status = query_step(query)) == 1) {
        status =
            mem_grow(&planner->pending, &planner->pending_capacity,
                     planner->pending_count + 1, sizeof(*planner->pending), PENDING_MAX);
        if (status != ST_OK)
            break;
        planner->pending[planner->pending_count++] = query_get_int(query, 0);
    }
    query_reset(query);
    pthread_mutex_unlock(&planner->db_lock);
    return status;
}

static void plan_pending(struct planner *planner, int64_t now_ms, int64_t *next_ms)
{
    pthread_mutex_lock(&planner->lock);
    bool replan = planner->replan;
    planner->replan = false;
    pthread_mutex_unlock(&planner->lock);
    if (replan && collect_running(planner) != ST_OK) { /* those found, and all later */
        pthread_mutex_lock(&planner->lock);
        planner->replan = true;
        pthread_mutex_unlock(&planner->lock);
        if (now_ms + PLANNER_BACK_OFF_MS < *next_ms)
            *next_ms = now_ms + PLANNER_BACK_OFF_MS;
    }
    uint32_t left = 0;
    for (uint32_t i = 0; i < planner->pending_count; i++) {
        int64_t due_ms;
        if (claim(planner, planner->pending[i], now_ms, &due_ms) &&
            retime(planner, planner->pending[i], now_ms) != ST_BUSY)
            continue;
        planner->pending[left++] = planner->pending[i];
        if (due_ms < *next_ms)
            *next_ms = due_ms;
    }
    planner->pending_count = left;
}

int64_t planner_step(struct planner *planner, int64_t now_ms)
{
    int64_t ids[PLANNER_CALLOUTS_MAX], next_ms = INT64_MAX;
    learner_catch_up(planner->learner, now_ms); /* for pages, if nothing is planned */
    uint32_t count = writer_replans_due(planner->config.writer, now_ms, ids,
                                        PLANNER_CALLOUTS_MAX, &next_ms);
    for (uint32_t i = 0; i < count && i < PLANNER_CALLOUTS_MAX; i++) {
        int64_t due_ms;
        int64_t begun_us = clock_mono_us(planner->config.clock);
        if (claim(planner, ids[i], now_ms, &due_ms)) {
            plan_again(planner, ids[i], now_ms); /* due again if it failed */
            now_ms += rest(planner, begun_us);
        }
        if (due_ms < next_ms)
            next_ms = due_ms;
    }
    plan_pending(planner, now_ms, &next_ms);
    learner_keep(planner->learner);
    return next_ms;
}
