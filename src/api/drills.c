/* SPDX-License-Identifier: Apache-2.0 */
/* POST drills: a need is played on the people of the instance under several policies.
 * Nothing is written, nobody is alerted.
 *
 *     loop thread: the body becomes a scenario
 *     a thread of its own: the people near it into a parcel, and waits (it computes
 *         little; libuv's pool is for plans)
 *     a helper process, one at a time, of low priority: plays, holding no key, no
 * connection and no lock, so that it can hold up nobody (decision 0048)
 *
 * It is ended after DRILL_S, when whoever asked has gone, and with the server. */
#include "api/drills.h"

#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "base/child.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "dispatch/learner.h"
#include "dispatch/planner.h"
#include "drill/parcel.h"
#include "drill/question.h"
#include "plan/learn_keep.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>

#define ANSWER_MAX (1u << 20)
#define DRILL_S 30 /* DRILL_LATE says so, too */
#define DRILL_LATE                                                                       \
    "the drill was not done in 30 s: try again when the machine is less busy, or play "  \
    "it with `muster drill` on the command line"
#define RETRY_S 5
#define TURN_MS 15000                   /* to press again, for who was told to wait */
#define WHEN_MS_MAX (366 * TIME_DAY_MS) /* from now, either way */

struct drills {
    pthread_t thread;
    bool has_thread, is_busy;
    atomic_bool stopping;
    /* Accounts: who plays, or played last; who was the first to be told to wait since
     * (0 = nobody), and until when the others leave them the next turn. */
    int64_t player, waits, turn_until_ms;
};

struct drill_job {
    struct job job;
    struct drills *drills;
    struct scenario scenario;
    struct skill_table skills;
    uint64_t seed;
    int64_t begun_us;
    atomic_bool is_gone; /* whoever asked */
    enum child_end end;
    struct text out;
};

int drills_new(struct drills **ret)
{
    *ret = mem_calloc(1, sizeof **ret);
    return *ret == NULL ? ST_NO_MEMORY : ST_OK;
}

void drills_stop(struct drills *drills)
{
    atomic_store(&drills->stopping, true);
    if (drills->has_thread)
        (void)pthread_join(drills->thread, NULL); /* ours and joinable */
    drills->has_thread = false;
}

void drills_free(struct drills *drills)
{
    mem_free(drills);
}

static void dispose(struct job *job)
{
    text_release(&((struct drill_job *)(void *)job)->out);
}

/* ---- its thread ---- */
/* On the loop's thread: before `played`, for posts keep their order. */
static void look(void *context)
{
    struct drill_job *self = context;
    if (http_is_gone(self->job.call->request))
        atomic_store(&self->is_gone, true);
}

static bool goes_on(void *context)
{
    struct drill_job *self = context;
    if (atomic_load(&self->drills->stopping) || atomic_load(&self->is_gone))
        return false;
    /* What it finds counts at the next look. */
    return http_server_post(self->job.server, look, self) != ST_CLOSED;
}

/* Plans may wait for the model while it is held: only what is wanted is copied. */
static int copy_learned(const struct api_config *api, const int64_t *ids, uint32_t count,
                        struct learn **ret)
{
    struct learner *learner = planner_learner(api->planner);
    learner_catch_up(learner, clock_wall_ms(api->clock));
    int status = learn_copy_of(ret, learner_take(learner), ids, count);
    learner_give(learner);
    return status;
}

static int pack(struct drill_job *self, struct text *ret)
{
    const struct api_config *api = &self->job.call->api->config;
    AUTO_FREE int64_t *ids = NULL;
    struct learn *learn = NULL;
    struct parcel_config config = {.scenario = &self->scenario,
                                   .seed = self->seed,
                                   .crowd = api->crowd,
                                   .skills = &self->skills,
                                   .calendar = api->calendar,
                                   .road_path = api->road_path};
    int status = parcel_near(&config, &ids, &config.id_count);
    config.ids = ids;
    if (status == ST_OK)
        status = copy_learned(api, ids, config.id_count, &learn);
    config.learn = learn;
    if (status == ST_OK)
        status = parcel_write(&config, ret);
    learn_free(learn);
    return status;
}

static void *play(void *context)
{
    static const char *const words[] = {"drill-helper", NULL};
    struct drill_job *self = context;
    struct text parcel;
    thread_name("drill");
    text_init(&parcel, PARCEL_SIZE_MAX);
    int status = pack(self, &parcel);
    const struct child_config config = {.program = CHILD_SELF,
                                        .words = words,
                                        .seconds_max = DRILL_S,
                                        .data = text_string(&parcel),
                                        .size = parcel.size,
                                        .goes_on = goes_on,
                                        .context = self};
    if (status == ST_OK)
        status = child_run(&config, &self->out, &self->end);
    text_release(&parcel);
    job_done(&self->job, status);
    return NULL;
}

/* ---- the answer ---- */
/* {"status","where","text"} in place of a report: what the helper found wrong with what
 * was asked. False: it is a report. */
static bool is_refusal(const struct text *out, int *ret_status, struct diag *ret)
{
    const char *where, *text;
    if (strncmp(text_string(out), "{\"status\":", 10) != 0)
        return false;
    json_t *root = json_loads(text_string(out), 0, NULL);
    *ret_status = ST_IO;
    if (json_unpack(root, "{s:i,s:s,s:s}", "status", ret_status, "where", &where, "text",
                    &text) == 0)
        (void)diag_set(ret, *ret_status, 0, 0, where, "%s", text);
    json_decref(root);
    return true;
}

static void answer_report(struct drill_job *self)
{
    struct call *call = self->job.call;
    struct diag diag = {0};
    int status;
    if (is_refusal(&self->out, &status, &diag))
        call_refuse(call, status, &diag);
    else
        call_json(call, 200, &self->out);
}

/* As enum child_end. */
static const char *const ends[] = {"done", "failed", "killed", "late", "stopped"};

static void played(struct job *job)
{
    struct drill_job *self = (struct drill_job *)(void *)job;
    struct call *call = job->call;
    self->drills->is_busy = false;
    self->drills->turn_until_ms = api_mono_ms(call->api) + TURN_MS;
    const int64_t took_us = clock_mono_us(call->api->config.clock) - self->begun_us;
    log_line(LOG_INFO, "a drill ended", "\"end\":\"%s\",\"status\":%d,\"ms\":%lld",
             ends[self->end], job->status, (long long)(took_us / 1000));
    if (job->status != ST_OK) {
        call_refuse(call, job->status == ST_IO ? ST_BUSY : job->status, NULL);
        return;
    }
    switch (self->end) {
    case CHILD_DONE:
        answer_report(self);
        return;
    case CHILD_LATE:
        call_busy(call, 0, DRILL_LATE);
        return;
    case CHILD_STOPPED:
        call_busy(call, 0, "the drill was broken off");
        return;
    case CHILD_KILLED:
        call_busy(call, RETRY_S,
                  "the process that played the drill was ended from outside");
        return;
    case CHILD_FAILED:
        break;
    }
    call_busy(call, RETRY_S, "the process that played the drill failed");
}

/* ---- what was asked ---- */
/* False after a 422. */
static bool read_lines(struct call *call, const struct body_list *list,
                       struct question *ret)
{
    const struct in_line *lines = list->items;
    for (uint32_t i = 0; i < list->count; i++) {
        struct skill_set known;
        if (!api_read_line_skills(call, &lines[i], i, &known))
            return false;
        ret->lines[i] = (struct question_line){.skills = lines[i].skills.items,
                                               .skill_count = lines[i].skills.count,
                                               .count = (uint32_t)lines[i].count.value};
    }
    ret->line_count = list->count;
    return true;
}

static const char *wrong_time(const struct in_drill *in, int64_t now_ms)
{
    const int64_t ahead_ms = in->when.given ? in->when.value - now_ms : 0;
    return ahead_ms > WHEN_MS_MAX || ahead_ms < -WHEN_MS_MAX
               ? "must lie within a year of now"
               : NULL;
}

/* False after an answer. */
static bool read_question(struct call *call, struct question *ret)
{
    const struct in_drill *in = call->input;
    const struct config *settings = &call->api->settings;
    const char *wrong = wrong_time(in, call->now_ms);
    *ret = (struct question){
        .at = in->at.at,
        .start_ms = in->when.given ? in->when.value : call->now_ms,
        .minutes = (uint32_t)in->within_minutes.value,
        .target = in->target.given ? in->target.value
                                   : (double)settings->target_permille / 1000,
        .price = (double)settings->plan_price,
        .runs = in->runs.given ? (uint32_t)in->runs.value : QUESTION_RUNS,
        .weekly_cap = (uint32_t)settings->weekly_cap,
        .no_answer_ms = settings->no_answer_s * 1000};
    if (wrong != NULL)
        api_wrong(call, "/when", wrong);
    else if (!api_is_on_map(call->api, in->at.at))
        api_wrong(call, "/at", "lies outside the map");
    else
        return api_require_at(call, MAY_DRILL, in->at.at, true) &&
               read_lines(call, &in->lines, ret);
    return false;
}

/* Who asks again and again does not keep the others out: after each drill who was told
 * to wait has the next turn. False after an answer. */
static bool is_turn_of(struct call *call)
{
    struct drills *drills = call->api->drills;
    const int64_t account = call->session.account.id;
    if (drills->is_busy) {
        if (drills->waits == 0 && account != drills->player)
            drills->waits = account;
        call_busy(call, RETRY_S, "another drill is being played: one at a time");
        return false;
    }
    if (drills->waits == 0 || drills->waits == account ||
        api_mono_ms(call->api) >= drills->turn_until_ms)
        return true;
    call_busy(call, TURN_MS / 1000,
              "somebody else was told to wait and has the next turn");
    return false;
}

/* Somebody to play with, and nobody who plays already; false after an answer. */
static bool is_possible(struct call *call)
{
    const struct api *api = call->api;
    const struct api_config *config = &api->config;
    if (config->road == NULL || config->road_path == NULL)
        api_wrong(call, "/at", "no roads are imported yet");
    else if (config->planner == NULL || config->calendar == NULL)
        call_refuse(call, ST_BUSY, NULL);
    else if (crowd_count(config->crowd) == 0)
        api_wrong(call, "/lines", "nobody is on record yet");
    else
        return is_turn_of(call);
    return false;
}

static void start(struct drills *drills, struct drill_job *job)
{
    if (drills->has_thread) /* it has answered: it ends now */
        (void)pthread_join(drills->thread, NULL);
    drills->has_thread = pthread_create(&drills->thread, NULL, play, job) == 0;
    drills->is_busy = drills->has_thread;
    drills->player = job->job.call->session.account.id;
    drills->waits = 0;
    if (drills->has_thread)
        return;
    call_refuse(job->job.call, ST_NO_MEMORY, NULL);
    job_free(&job->job);
}

void drills_post(struct call *call)
{
    const struct in_drill *in = call->input;
    struct question question;
    if (!read_question(call, &question) || !is_possible(call))
        return;
    struct drill_job *job = job_new(call, sizeof *job, played);
    if (job == NULL)
        return;
    job->job.dispose = dispose;
    job->drills = call->api->drills;
    job->skills = call->api->skills;
    job->seed = in->seed.given ? (uint64_t)in->seed.value : 1;
    job->begun_us = clock_mono_us(call->api->config.clock);
    text_init(&job->out, ANSWER_MAX);
    if (question_scenario(&question, &job->scenario) != ST_OK) {
        job_free(&job->job);
        api_wrong(call, "/lines", "more than 8 different skills cannot be played");
        return;
    }
    start(job->drills, job);
}
