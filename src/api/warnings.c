/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings of the authorities as they are told: to those whose areas they are about, with
 * which offices have heard; and the office that says it has. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "store/warning.h"

#include <string.h>

#define LIST_MAX 200
#define OFFICES_TOLD 300 /* of one warning, by name */

/* ---- whom one is about ---- */
enum { ABOUT = 1, ABOVE = 2 }; /* touched itself; something below it is */

/* Of each area of the tree. */
struct reach {
    const struct area_tree *tree;
    uint8_t *marks;
};

static void reach_mark(struct reach *reach, const int64_t *areas, uint32_t count)
{
    memset(reach->marks, 0, reach->tree->count);
    for (uint32_t i = 0; i < count; i++) {
        const struct area *area = area_by_id(reach->tree, areas[i]);
        if (area == NULL) /* imported since the tree at hand was read */
            continue;
        reach->marks[area - reach->tree->areas] |= ABOUT;
        while (area != &reach->tree->areas[0]) {
            area = area_parent(reach->tree, area);
            reach->marks[area - reach->tree->areas] |= ABOVE;
        }
    }
}

/* Whether the warning is about something in AREA_ID, or about all around it. */
static bool reach_has(const struct reach *reach, int64_t area_id)
{
    const struct area *area = area_by_id(reach->tree, area_id);
    if (area == NULL)
        return false;
    if ((reach->marks[area - reach->tree->areas] & ABOVE) != 0)
        return true;
    while ((reach->marks[area - reach->tree->areas] & ABOUT) == 0) {
        if (area == &reach->tree->areas[0])
            return false;
        area = area_parent(reach->tree, area);
    }
    return true;
}

static bool is_for_viewer(const struct call *call, const struct reach *reach)
{
    const struct account *account = &call->session.account;
    for (uint32_t i = 0; i < account->role_count; i++)
        if (reach_has(reach, account->roles[i].area_id))
            return true;
    return false;
}

/* ---- the list ---- */
struct office {
    int64_t area_id;
    int64_t actor, at_ms; /* who said that it has heard, when; 0 = not yet */
};

struct list {
    struct call *call;
    struct text text;
    struct reach reach;
    int64_t *ids; /* of the areas with an office */
    uint32_t id_count, count;
    int64_t areas[WARNING_AREAS_MAX]; /* of the warning that is being written */
    uint32_t area_count;
    struct office *offices; /* that are to hear of it, as far as the viewer sees them */
    uint32_t office_count, heard_count;
};

static bool sees_office(const struct list *list, int64_t area_id)
{
    return api_may(list->call, MAY_READ, area_id, false) == 0 &&
           reach_has(&list->reach, area_id);
}

/* Both walk by area. An office that is none any more does not count. */
static int take_heard(void *context, const struct warning_heard *heard)
{
    struct list *list = context;
    for (uint32_t i = 0; i < list->office_count; i++) {
        struct office *office = &list->offices[i];
        if (office->area_id != heard->area_id)
            continue;
        office->actor = heard->actor;
        office->at_ms = heard->at_ms;
        list->heard_count++;
        return 0;
    }
    return 0;
}

static int find_offices(struct list *list, int64_t id)
{
    list->office_count = list->heard_count = 0;
    for (uint32_t i = 0; i < list->id_count; i++)
        if (sees_office(list, list->ids[i]))
            list->offices[list->office_count++] =
                (struct office){.area_id = list->ids[i]};
    return warning_heard_each(list->call->api->db, id, take_heard, list);
}

static void write_office(struct list *list, const struct office *office)
{
    struct text *text = &list->text;
    out_open(text, NULL, '{');
    api_write_area(list->call, text, office->area_id);
    api_write_account(list->call, text, "by", office->actor);
    out_time_if(text, "at", office->at_ms);
    out_bool(text, "may", api_may(list->call, MAY_DISPATCH, office->area_id, false) == 0);
    out_close(text, '}');
}

/* Those that have not heard first. */
static void write_offices(struct list *list)
{
    uint32_t told = 0;
    out_int(&list->text, "heard", list->heard_count);
    out_int(&list->text, "to_hear", list->office_count);
    out_open(&list->text, "offices", '[');
    for (int heard = 0; heard <= 1; heard++)
        for (uint32_t i = 0; i < list->office_count && told < OFFICES_TOLD; i++)
            if ((list->offices[i].at_ms != 0) == heard) {
                write_office(list, &list->offices[i]);
                told++;
            }
    out_close(&list->text, ']');
}

static const char *state_of(const struct warning *warning, int64_t now_ms)
{
    return warning->cancelled              ? "cancelled"
           : warning->ended_by != 0        ? "replaced"
           : warning->expires_ms <= now_ms ? "over"
           : warning->onset_ms > now_ms    ? "ahead"
                                           : "in_force";
}

/* As DELETE warnings/{id} judges it. */
static bool may_end(const struct list *list)
{
    for (uint32_t i = 0; i < list->area_count; i++)
        if (api_may(list->call, MAY_DISPATCH, list->areas[i], false) != 0)
            return false;
    return true;
}

static void write_row(struct list *list, const struct warning *warning)
{
    struct text *text = &list->text;
    out_int(text, "id", warning->id);
    out_text(text, "state", state_of(warning, list->call->now_ms));
    out_text(text, "level", warning->level);
    out_bool(text, "exercise", warning->exercise);
    out_text(text, "sender", warning->name.sender);
    out_text(text, "identifier", warning->name.identifier);
    out_time_if(text, "sent", warning->name.sent_ms);
    out_time_if(text, "onset", warning->onset_ms);
    out_time_if(text, "expires", warning->expires_ms);
    out_time_if(text, "taken_at", warning->taken_ms);
    api_write_account(list->call, text, "taken_by", warning->taken_by);
    out_time_if(text, "ended_at", warning->ended_ms);
    out_bool(text, "may_end", warning->ended_by == 0 && may_end(list));
    out_open(text, "areas", '[');
    for (uint32_t i = 0; i < list->area_count; i++) {
        const struct area *area = area_by_id(list->reach.tree, list->areas[i]);
        if (area == NULL)
            continue;
        area = area_skip_single(list->reach.tree, area);
        out_open(text, NULL, '{');
        out_text(text, "code", area->code);
        out_text(text, "name", area->name);
        out_close(text, '}');
    }
    out_close(text, ']');
    text_append(text, ",", 1);
    text_append_string(text, warning->body);
}

static int write_warning(void *context, const struct warning *warning)
{
    struct list *list = context;
    int status =
        warning_areas(list->call->api->db, warning->id, list->areas, &list->area_count);
    if (status != 0)
        return status;
    reach_mark(&list->reach, list->areas, list->area_count);
    if (!is_for_viewer(list->call, &list->reach))
        return 0;
    if (list->count++ == LIST_MAX)
        return CALL_PAGE_FULL;
    status = find_offices(list, warning->id);
    if (status != 0)
        return status;
    out_open(&list->text, NULL, '{');
    write_row(list, warning);
    write_offices(list);
    out_close(&list->text, '}');
    return 0;
}

static int list_init(struct list *list, struct call *call)
{
    const struct area_tree *areas = &call->api->areas;
    list->call = call;
    list->reach = (struct reach){areas, mem_calloc(areas->count, 1)};
    int status = warning_offices(call->api->db, &list->ids, &list->id_count);
    if (status != ST_OK)
        return status;
    list->offices = mem_calloc(list->id_count + 1, sizeof *list->offices);
    return list->reach.marks == NULL || list->offices == NULL ? ST_NO_MEMORY : ST_OK;
}

static void list_release(struct list *list)
{
    mem_free(list->reach.marks);
    mem_free(list->ids);
    mem_free(list->offices);
}

void warnings_list(struct call *call)
{
    bool whole;
    if (!call_query_flag(call, "whole", &whole))
        return;
    AUTO_FREE struct list *list = mem_calloc(1, sizeof *list);
    int status = list == NULL ? ST_NO_MEMORY : list_init(list, call);
    if (status != ST_OK) {
        call_refuse(call, status, NULL);
    } else {
        call_list_begin(&list->text);
        status = warnings_each(call->api->db, call->now_ms, whole, write_warning, list);
        call_list_end(call, &list->text, status);
    }
    if (list != NULL)
        list_release(list);
}

/* ---- heard ---- */
struct hear_job {
    struct job job;
    int64_t area_id;
};

static int hear_run(struct job *job, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    (void)reterr;
    return warning_hear(writer, job->call->id, ((struct hear_job *)(void *)job)->area_id,
                        job->call->session.account.id, now_ms);
}

static void hear_answer(struct job *job)
{
    if (!job_refused(job))
        call_empty(job->call, 204);
}

void warnings_hear(struct call *call)
{
    const struct in_heard *in = call->input;
    const struct area *area =
        api_area_named(call, "/area", in->area.value, MAY_DISPATCH, false);
    if (area == NULL || !api_require_there(call, MAY_DISPATCH, area->id, false))
        return;
    struct hear_job *job = job_new(call, sizeof *job, hear_answer);
    if (job == NULL)
        return;
    job->area_id = area->id;
    job_run(&job->job, hear_run);
}
