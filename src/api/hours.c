/* SPDX-License-Identifier: Apache-2.0 */
/* GET hours: counted on a thread of the pool, on a connection of its own. Who sees no
 * people of an area does not count them either. */
#include "api/hours.h"
#include "api/handlers.h"
#include "api/internal.h"
#include "base/ids.h"
#include "base/time.h"

#include <string.h>

#define LIST_LIMIT 100
#define LIST_LIMIT_MAX 1000

struct hours_job {
    struct job job;
    struct credited_wish wish;
    int64_t *areas;
    char organisation[PERSON_ORGANISATION_MAX + 1];
    struct credited hours;
    struct diag diag;
};

static void write_figures(const struct credited_row *row, struct text *ret)
{
    out_int(ret, "minutes", row->minutes);
    out_int(ret, "assignments", row->assignments);
}

void hours_write(const struct credited *hours, const struct credited_wish *wish,
                 struct text *ret)
{
    for (uint32_t i = 0; i < hours->count; i++) {
        const struct credited_row *row = &hours->rows[i];
        out_open(ret, NULL, '{');
        out_text(ret, wish->organisation == NULL ? "organisation" : "number", row->name);
        if (wish->organisation == NULL)
            out_int(ret, "people", row->people);
        write_figures(row, ret);
        out_close(ret, '}');
    }
}

/* People, named to who sees names of their area. */
static void write_people(struct call *call, const struct credited *hours,
                         struct text *text)
{
    for (uint32_t i = 0; i < hours->count; i++) {
        const struct credited_row *row = &hours->rows[i];
        struct person_identity identity;
        out_open(text, NULL, '{');
        out_text(text, "number", row->name);
        if (person_identity(call->api->db, call->api->config.vault, row->id, &identity) ==
                0 &&
            api_may(call, MAY_DISPATCH | MAY_TRAIN,
                    api_area_or_root(call->api, identity.area_id), true) == 0)
            out_text_if(text, "name", identity.name);
        write_figures(row, text);
        out_close(text, '}');
    }
}

static void dispose(struct job *job)
{
    struct hours_job *self = (struct hours_job *)(void *)job;
    credited_release(&self->hours);
    mem_free(self->areas);
}

static void work(struct job *job)
{
    struct hours_job *self = (struct hours_job *)(void *)job;
    struct db *db;
    job->status = db_open(&db, job->call->api->config.db_path, DB_READ, &self->diag);
    if (job->status != ST_OK)
        return;
    job->status = credited_count(db, &self->wish, &self->hours);
    db_close(db);
}

static void counted(struct job *job)
{
    struct hours_job *self = (struct hours_job *)(void *)job;
    struct call *call = job->call;
    if (job->status != ST_OK) {
        call_refuse(call, job->status, &self->diag);
        return;
    }
    struct text text;
    call_list_begin(&text);
    if (self->wish.organisation == NULL)
        hours_write(&self->hours, &self->wish, &text);
    else
        write_people(call, &self->hours, &text);
    if (self->hours.more)
        call_next_id(call, self->hours.rows[self->hours.count - 1].id);
    call_list_end(call, &text, ST_OK);
}

/* ---- what was asked: false after an answer ---- */
static bool read_days(struct call *call, struct credited_wish *ret)
{
    int32_t from, to;
    if (!call_query_days(call, &from, &to))
        return false;
    ret->from_ms = time_day_start(from);
    ret->until_ms = time_day_start(to + 1);
    return true;
}

static bool read_organisation(struct call *call, struct hours_job *self)
{
    const char *name = http_query(call->request, "organisation");
    if (name == NULL)
        return true;
    if (strlen(name) > PERSON_ORGANISATION_MAX) {
        api_wrong(call, "?organisation", "is longer than any");
        return false;
    }
    memcpy(self->organisation, name, strlen(name) + 1);
    self->wish.organisation = self->organisation;
    return true;
}

/* The areas whose people the viewer sees; all of them means the whole instance, with
 * people of no area. */
static bool read_areas(struct call *call, struct hours_job *self)
{
    const struct area_tree *areas = &call->api->areas;
    if (api_may(call, MAY_SEE_PEOPLE, areas->areas[0].id, false) == 0)
        return true;
    self->areas = mem_calloc((size_t)areas->count + 1, sizeof *self->areas);
    if (self->areas == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
        return false;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < areas->count; i++)
        if (api_may(call, MAY_SEE_PEOPLE, areas->areas[i].id, false) == 0)
            self->areas[count++] = areas->areas[i].id;
    ids_sort(self->areas, count);
    self->wish.areas = self->areas;
    self->wish.area_count = count;
    return true;
}

void hours_get(struct call *call)
{
    int64_t limit;
    struct hours_job *self = job_new(call, sizeof *self, counted);
    if (self == NULL)
        return;
    self->job.dispose = dispose;
    struct credited_wish *wish = &self->wish;
    if (!call_page(call, LIST_LIMIT, LIST_LIMIT_MAX, 0, &limit, &wish->after) ||
        !call_query_flag(call, "exercise", &wish->exercise) || !read_days(call, wish) ||
        !read_organisation(call, self) || !read_areas(call, self)) {
        job_free(&self->job);
        return;
    }
    wish->limit = (uint32_t)limit;
    job_line_put(&call->api->reports, &self->job, work);
}
