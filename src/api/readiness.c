/* SPDX-License-Identifier: Apache-2.0 */
/* GET readiness: counted for all areas at once on a thread of the pool, once at a time.
 * The figures are kept for twenty times as long as counting took: at most a twentieth of
 * one thread goes into it. Who asks later waits for new ones; but where that takes long
 * (a province) they get the old ones, with their time, and that new ones are coming. */
#include "api/readiness.h"
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "base/log.h"
#include "base/time.h"
#include "ready/count.h"
#include "ready/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_MS_MIN 2000
#define KEEP_TIMES 20
#define WAIT_US_MAX 200000 /* who would wait longer gets the old figures first */
#define WORST_MAX 5

struct readiness {
    struct ready_counts counts;
    int64_t counted_ms; /* wall; 0 = never */
    int64_t kept_us; /* on the monotonic clock: until then they are fresh; 0 = spoilt */
    int64_t took_us; /* the last count */
    bool is_counting, is_spoilt;
    struct job *first, *last; /* who waits */
};

struct waiting_job {
    struct job job;
    int64_t area_id;
};

/* One count, from its beginning on the loop's thread to its end there. */
struct count {
    struct api *api;
    int64_t begun_us;
    struct ready_counts counts;
    int status;
    struct diag diag;
};

int readiness_new(struct readiness **ret)
{
    *ret = mem_calloc(1, sizeof **ret);
    return *ret == NULL ? ST_NO_MEMORY : ST_OK;
}

void readiness_free(struct readiness *readiness)
{
    if (readiness == NULL)
        return;
    ready_counts_release(&readiness->counts);
    mem_free(readiness);
}

void readiness_forget(struct api *api)
{
    api->readiness->kept_us = 0;
    api->readiness->is_spoilt = true;
}

/* ---- the answer ---- */
struct writing {
    struct call *call;
    struct text *text;
    const struct ready_counts *counts;
    const struct area *area; /* of counts->areas */
    struct ready_wanted wanted[READY_COUNT];
    int64_t findings[READY_COUNT]; /* neither checked nor dropped */
};

/* For the days before. */
struct past {
    struct text *text;
    const struct target *targets;
    uint32_t count;
};

static const struct ready_share *shares_of(const struct writing *writing,
                                           const struct area *area)
{
    return writing->counts->shares[area - writing->counts->areas.areas];
}

void readiness_write_area(struct text *text, const struct area *area)
{
    out_open(text, "area", '{');
    out_text(text, "code", area->code);
    out_text(text, "name", area->name);
    out_text(text, "level", area_level_code(area->level));
    out_close(text, '}');
}

static void write_index(const struct writing *writing, const struct area *area)
{
    double index;
    if (ready_index(shares_of(writing, area), writing->wanted, &index))
        out_real(writing->text, "index", index);
}

/* The next area directly below, from *INDEX on; NULL: no more. */
static const struct area *next_below(const struct writing *writing, uint32_t *index)
{
    const struct area_tree *areas = &writing->counts->areas;
    while (*index < areas->count) {
        const struct area *area = &areas->areas[(*index)++];
        if (area != writing->area && area != areas->areas &&
            area_parent(areas, area) == writing->area)
            return area;
    }
    return NULL;
}

/* Keeps the WORST_MAX lowest shares in order. */
static void insert_worst(const struct area *worst[WORST_MAX + 1], uint32_t *count,
                         const struct area *area, const struct writing *writing,
                         unsigned indicator)
{
    uint32_t at = *count;
    const double share = ready_share(shares_of(writing, area)[indicator]);
    for (; at > 0 && ready_share(shares_of(writing, worst[at - 1])[indicator]) > share;
         at--)
        worst[at] = worst[at - 1];
    worst[at] = area;
    if (*count < WORST_MAX)
        ++*count;
}

static void write_worst(const struct writing *writing, unsigned indicator)
{
    const struct area *worst[WORST_MAX + 1];
    uint32_t count = 0, at = 0;
    for (const struct area *area; (area = next_below(writing, &at)) != NULL;) {
        const struct ready_share share = shares_of(writing, area)[indicator];
        if (share.of > 0 && ready_share(share) < writing->wanted[indicator].share)
            insert_worst(worst, &count, area, writing, indicator);
    }
    struct text *text = writing->text;
    out_open(text, "worst", '[');
    for (uint32_t i = 0; i < count; i++) {
        const struct ready_share share = shares_of(writing, worst[i])[indicator];
        out_open(text, NULL, '{');
        readiness_write_area(text, worst[i]);
        out_int(text, "have", share.have);
        out_int(text, "of", share.of);
        out_close(text, '}');
    }
    out_close(text, ']');
}

static void write_indicator(const struct writing *writing, unsigned indicator)
{
    struct text *text = writing->text;
    const struct ready_share share = shares_of(writing, writing->area)[indicator];
    const struct ready_wanted wanted = writing->wanted[indicator];
    out_open(text, NULL, '{');
    out_text(text, "code", ready_code(indicator));
    out_int(text, "have", share.have);
    out_int(text, "of", share.of);
    if (share.of > 0)
        out_real(text, "share", ready_share(share));
    out_real(text, "target", wanted.share);
    out_text_if(text, "lead", wanted.lead);
    out_int(text, "weight", ready_weight(indicator));
    if (share.of > 0)
        out_real(text, "score", ready_score(share, wanted.share));
    out_int(text, "findings", writing->findings[indicator]);
    write_worst(writing, indicator);
    out_close(text, '}');
}

static void write_below(const struct writing *writing)
{
    uint32_t at = 0;
    out_open(writing->text, "areas", '[');
    for (const struct area *area; (area = next_below(writing, &at)) != NULL;) {
        out_open(writing->text, NULL, '{');
        readiness_write_area(writing->text, area);
        write_index(writing, area);
        out_close(writing->text, '}');
    }
    out_close(writing->text, ']');
}

static void write_targets(struct text *text, const struct target *targets, uint32_t count)
{
    out_open(text, "targets", '[');
    for (uint32_t i = 0; i < count; i++) {
        out_open(text, NULL, '{');
        out_text(text, "indicator", targets[i].indicator);
        out_int(text, "year", targets[i].year);
        out_real(text, "target", targets[i].share);
        out_text_if(text, "lead", targets[i].lead);
        out_close(text, '}');
    }
    out_close(text, ']');
}

static void count_findings(void *context, const char *code, int64_t area_id,
                           int64_t count)
{
    struct writing *writing = context;
    enum ready_indicator indicator;
    if (ready_parse(code, &indicator) &&
        area_is_under(&writing->counts->areas, area_id, writing->area->id))
        writing->findings[indicator] += count;
}

static int32_t year_of(int64_t ms)
{
    struct time_local local;
    time_to_local(ms, &local);
    return local.year;
}

static int write_day(void *context, int32_t day,
                     const struct ready_share shares[READY_COUNT])
{
    const struct past *past = context;
    struct ready_wanted wanted[READY_COUNT];
    char text[TIME_TEXT_SIZE];
    double index;
    time_format_day(day, text);
    ready_wanted(past->targets, past->count, (int32_t)strtol(text, NULL, 10), wanted);
    if (!ready_index(shares, wanted, &index))
        return 0;
    out_open(past->text, NULL, '{');
    out_text(past->text, "day", text);
    out_real(past->text, "index", index);
    out_close(past->text, '}');
    return 0;
}

/* The index of days before, by what was wanted in their years. */
static void write_history(const struct writing *writing, const struct target *targets,
                          uint32_t count)
{
    struct past past = {writing->text, targets, count};
    out_open(writing->text, "history", '[');
    if (ready_days_each(writing->call->api->db, writing->area->id, write_day, &past) < 0)
        log_line(LOG_WARNING, "the history of readiness cannot be read", NULL);
    out_close(writing->text, ']');
}

/* Of what was counted last. */
static void answer_from(struct call *call, int64_t area_id)
{
    const struct readiness *readiness = call->api->readiness;
    struct text text;
    struct writing writing = {.call = call, .text = &text, .counts = &readiness->counts};
    struct target targets[TARGETS_MAX];
    uint32_t count;
    writing.area = area_by_id(&readiness->counts.areas, area_id);
    int status = writing.area == NULL ? ST_NOT_FOUND
                                      : targets_read(call->api->db, targets, &count);
    if (status == ST_OK)
        status = findings_count_open(call->api->db, count_findings, &writing);
    if (status != ST_OK) {
        call_refuse(call, status, NULL);
        return;
    }
    ready_wanted(targets, count, year_of(call->now_ms), writing.wanted);
    text_init(&text, CALL_ANSWER_MAX);
    out_open(&text, NULL, '{');
    readiness_write_area(&text, writing.area);
    out_time_if(&text, "at", readiness->counted_ms);
    if (readiness->is_counting)
        out_bool(&text, "renewing", true);
    out_int(&text, "year", year_of(call->now_ms));
    write_index(&writing, writing.area);
    out_open(&text, "indicators", '[');
    for (unsigned i = 0; i < READY_COUNT; i++)
        write_indicator(&writing, i);
    out_close(&text, ']');
    write_below(&writing);
    write_targets(&text, targets, count);
    write_history(&writing, targets, count);
    out_close(&text, '}');
    call_json(call, 200, &text);
}

/* ---- counting ---- */
static int64_t mono_us(const struct api *api)
{
    return clock_mono_us(api->config.clock);
}

static void count_work(void *context)
{
    struct count *count = context;
    const struct api_config *config = &count->api->config;
    struct db *db;
    if (count->api->stopping)
        return;
    count->status = db_open(&db, config->db_path, DB_READ, &count->diag);
    if (count->status != ST_OK)
        return;
    count->status =
        ready_count(&count->counts, db, config->crowd, clock_wall_ms(config->clock));
    db_close(db);
}

static void keep(struct readiness *readiness, struct count *count)
{
    struct api *api = count->api;
    const int64_t now_us = mono_us(api);
    ready_counts_release(&readiness->counts);
    readiness->counts = count->counts;
    count->counts = (struct ready_counts){0};
    readiness->counted_ms = clock_wall_ms(api->config.clock);
    readiness->took_us = now_us - count->begun_us;
    const int64_t keep_us = KEEP_TIMES * readiness->took_us;
    readiness->kept_us =
        readiness->is_spoilt
            ? 0
            : now_us + (keep_us > KEEP_MS_MIN * 1000 ? keep_us : KEEP_MS_MIN * 1000);
}

static void answer_waiting(struct readiness *readiness, int status,
                           const struct diag *diag)
{
    for (struct job *job; (job = readiness->first) != NULL;) {
        readiness->first = job->next;
        if (status != ST_OK)
            call_refuse(job->call, status, diag);
        else
            answer_from(job->call, ((struct waiting_job *)(void *)job)->area_id);
        job_free(job);
    }
    readiness->last = NULL;
}

static void count_after(void *context, bool was_done)
{
    struct count *count = context;
    struct readiness *readiness = count->api->readiness;
    readiness->is_counting = false;
    if (!was_done)
        count->status = ST_CLOSED;
    if (count->status == ST_OK)
        keep(readiness, count);
    answer_waiting(readiness, count->status, &count->diag);
    ready_counts_release(&count->counts);
    mem_free(count);
}

/* Begins to count, unless that is under way. */
static int count_again(struct api *api)
{
    if (api->readiness->is_counting)
        return ST_OK;
    struct count *count = mem_calloc(1, sizeof *count);
    if (count == NULL)
        return ST_NO_MEMORY;
    *count = (struct count){.api = api, .begun_us = mono_us(api), .status = ST_CLOSED};
    const int status = http_server_work(api->server, count_work, count_after, count);
    if (status != ST_OK) {
        mem_free(count);
        return status;
    }
    api->readiness->is_spoilt = false;
    api->readiness->is_counting = true;
    return ST_OK;
}

static void wait_for_it(struct readiness *readiness, struct job *job)
{
    job->next = NULL;
    if (readiness->last == NULL)
        readiness->first = job;
    else
        readiness->last->next = job;
    readiness->last = job;
}

/* Fresh, or old where new ones take long and nobody has changed what they say since. */
static bool has_figures(const struct api *api)
{
    const struct readiness *readiness = api->readiness;
    return readiness->kept_us != 0 &&
           (mono_us(api) < readiness->kept_us || readiness->took_us > WAIT_US_MAX);
}

/* The highest that the viewer may see: a root above a single city gives way to it. */
static const struct area *usual_area(const struct call *call)
{
    const struct area_tree *areas = &call->api->areas;
    for (uint32_t i = 0; i < areas->count; i++)
        if (api_may(call, MAY_AUDIT, areas->areas[i].id, true) == 0)
            return area_skip_single(areas, &areas->areas[i]);
    return NULL;
}

const struct area *readiness_area(struct call *call)
{
    const char *code = http_query(call->request, "area");
    const struct area *area =
        code == NULL ? usual_area(call) : area_by_code(&call->api->areas, code);
    if (area == NULL)
        api_wrong(call, "?area", "there is no such area");
    else if (api_require_there(call, MAY_AUDIT, area->id, true))
        return area;
    return NULL;
}

void readiness_get(struct call *call)
{
    struct api *api = call->api;
    struct readiness *readiness = api->readiness;
    const struct area *area = readiness_area(call);
    if (area == NULL)
        return;
    if (mono_us(api) >= readiness->kept_us) {
        const int status = count_again(api);
        if (status != ST_OK) {
            call_refuse(call, status, NULL);
            return;
        }
    }
    if (has_figures(api)) {
        answer_from(call, area->id);
        return;
    }
    struct waiting_job *job = job_new(call, sizeof *job, NULL);
    if (job == NULL)
        return;
    job->area_id = area->id;
    wait_for_it(readiness, &job->job);
}

/* ---- PUT readiness/targets ---- */
struct targets_job {
    struct job job;
    struct target targets[TARGETS_MAX];
    uint32_t count;
};

static void targets_answer(struct job *job)
{
    if (!job_refused(job))
        call_empty(job->call, 204);
}

static int targets_run(struct job *job, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    (void)reterr;
    struct targets_job *self = (struct targets_job *)(void *)job;
    return targets_replace(writer, self->targets, self->count,
                           job->call->session.account.id, now_ms);
}

static bool is_twice(const struct targets_job *job, const struct target *target)
{
    for (uint32_t i = 0; i < job->count; i++)
        if (job->targets[i].year == target->year &&
            strcmp(job->targets[i].indicator, target->indicator) == 0)
            return true;
    return false;
}

/* False after a 422. */
static bool read_targets(struct call *call, struct targets_job *job)
{
    const struct in_targets *in = call->input;
    const struct in_target *items = in->targets.items;
    for (uint32_t i = 0; i < in->targets.count; i++) {
        struct target *target = &job->targets[job->count];
        target->year = (int32_t)items[i].year.value;
        target->share = items[i].target.value;
        (void)snprintf(target->indicator, sizeof target->indicator, "%s",
                       ready_code((enum ready_indicator)items[i].indicator.value));
        (void)snprintf(target->lead, sizeof target->lead, "%s",
                       items[i].lead.value == NULL ? "" : items[i].lead.value);
        if (is_twice(job, target)) {
            char pointer[64];
            (void)snprintf(pointer, sizeof pointer, "/targets/%u/year", i);
            api_wrong(call, pointer, "this indicator has a target for that year already");
            return false;
        }
        job->count++;
    }
    return true;
}

void readiness_put_targets(struct call *call)
{
    if (!api_require_there(call, MAY_COMMAND, call->api->areas.areas[0].id, true))
        return;
    struct targets_job *job = job_new(call, sizeof *job, targets_answer);
    if (job == NULL)
        return;
    if (read_targets(call, job))
        job_run(&job->job, targets_run);
    else
        job_free(&job->job);
}
