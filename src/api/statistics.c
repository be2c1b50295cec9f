/* SPDX-License-Identifier: Apache-2.0 */
/* GET statistics: counted on a thread of the pool, on a connection of its own. */
#include "api/statistics.h"
#include "api/handlers.h"
#include "api/internal.h"
#include "api/readiness.h"
#include "base/time.h"
#include "loop/names.h"

#include <stdio.h>
#include <string.h>

struct statistics_job {
    struct job job;
    struct statistics_wish wish;
    struct statistics statistics;
    struct diag diag;
};

/* ---- the document ---- */
static void write_half(struct text *text, const char *key,
                       const struct statistics_half *half)
{
    out_open(text, key, '{');
    out_int(text, "incidents", half->incidents);
    out_int(text, "cancelled", half->cancelled);
    out_int(text, "needs", half->needs);
    out_int(text, "in_time", half->in_time);
    out_int(text, "alerts", half->alerts);
    out_int(text, "answered", half->answered);
    out_int(text, "accepted", half->accepted);
    out_int(text, "came", half->came);
    out_int(text, "people", half->people);
    out_int(text, "minutes", half->minutes);
    if (half->alert_ms >= 0)
        out_real(text, "alert_s", (double)half->alert_ms / 1000);
    if (half->scene_ms >= 0)
        out_real(text, "scene_s", (double)half->scene_ms / 1000);
    out_close(text, '}');
}

/* Inside an open object. */
static void write_figures(struct text *text, const struct statistics_row *row)
{
    write_half(text, "actual", &row->parts[STATISTICS_ACTUAL]);
    write_half(text, "exercise", &row->parts[STATISTICS_EXERCISE]);
    out_int(text, "courses", row->courses);
    out_int(text, "passed", row->passed);
    out_int(text, "noted", row->noted);
    out_int(text, "checked", row->checked);
}

static void write_on_record(struct text *text, const struct statistics *statistics,
                            const struct statistics_row *row)
{
    if (statistics->people_day == INT32_MIN ||
        (row->area != NULL && row->area->level == AREA_VILLAGE))
        return;
    out_int(text, "on_record", row->on_record);
    out_int(text, "callable", row->callable);
}

static void write_areas(struct text *text, const struct statistics *statistics)
{
    out_open(text, "areas", '[');
    for (uint32_t i = 0; i + 1 < statistics->below_count; i++) {
        const struct statistics_row *row = &statistics->below[i];
        out_open(text, NULL, '{');
        readiness_write_area(text, row->area);
        write_on_record(text, statistics, row);
        write_figures(text, row);
        out_close(text, '}');
    }
    out_close(text, ']');
    out_open(text, "own", '{');
    write_figures(text, &statistics->below[statistics->below_count - 1]);
    out_close(text, '}');
}

static void write_months(struct text *text, const struct statistics *statistics)
{
    out_open(text, "months", '[');
    for (uint32_t i = 0; i < statistics->month_count; i++) {
        const struct statistics_row *row = &statistics->months[i];
        char month[TIME_TEXT_SIZE];
        (void)snprintf(month, sizeof month, "%04d-%02d", row->year, row->month);
        out_open(text, NULL, '{');
        out_text(text, "month", month);
        write_figures(text, row);
        out_close(text, '}');
    }
    out_close(text, ']');
}

static void write_kinds(struct text *text, const struct statistics *statistics)
{
    out_open(text, "kinds", '[');
    for (unsigned i = 0; i < INCIDENT_KIND_COUNT; i++) {
        const struct statistics_row *row = &statistics->kinds[i];
        if (!statistics_has_any(row))
            continue;
        out_open(text, NULL, '{');
        out_text(text, "kind", incident_kind_code(row->kind));
        write_figures(text, row);
        out_close(text, '}');
    }
    out_close(text, ']');
}

static void write_day(struct text *text, const char *key, int32_t day)
{
    char name[TIME_TEXT_SIZE];
    time_format_day(day, name);
    out_text(text, key, name);
}

void statistics_write(const struct statistics *statistics,
                      const struct statistics_wish *wish, struct text *ret)
{
    out_open(ret, NULL, '{');
    write_day(ret, "from", wish->from_day);
    write_day(ret, "to", wish->to_day);
    readiness_write_area(ret, statistics->area);
    if (statistics->people_day != INT32_MIN)
        write_day(ret, "people_day", statistics->people_day);
    out_open(ret, "total", '{');
    write_on_record(ret, statistics, statistics->total);
    write_figures(ret, statistics->total);
    out_close(ret, '}');
    write_areas(ret, statistics);
    write_months(ret, statistics);
    write_kinds(ret, statistics);
    out_close(ret, '}');
}

/* ---- GET statistics ---- */
static void dispose(struct job *job)
{
    statistics_release(&((struct statistics_job *)(void *)job)->statistics);
}

static void work(struct job *job)
{
    struct statistics_job *self = (struct statistics_job *)(void *)job;
    struct db *db;
    job->status = db_open(&db, job->call->api->config.db_path, DB_READ, &self->diag);
    if (job->status != ST_OK)
        return;
    job->status = statistics_count(db, &self->wish, &self->statistics);
    db_close(db);
}

static void counted(struct job *job)
{
    struct statistics_job *self = (struct statistics_job *)(void *)job;
    if (job->status != ST_OK) {
        call_refuse(job->call, job->status, &self->diag);
        return;
    }
    struct text text;
    text_init(&text, CALL_ANSWER_MAX);
    statistics_write(&self->statistics, &self->wish, &text);
    call_json(job->call, 200, &text);
}

void statistics_get(struct call *call)
{
    struct statistics_wish wish = {.now_ms = call->now_ms};
    if (!call_query_days(call, &wish.from_day, &wish.to_day))
        return;
    if (wish.to_day - wish.from_day > STATISTICS_DAYS_MAX) {
        api_wrong(call, "?to", "is more than ten years after the first day");
        return;
    }
    const struct area *area = readiness_area(call);
    if (area == NULL)
        return;
    wish.area_id = area->id;
    struct statistics_job *self = job_new(call, sizeof *self, counted);
    if (self == NULL)
        return;
    self->job.dispose = dispose;
    self->wish = wish;
    job_line_put(&call->api->reports, &self->job, work);
}
