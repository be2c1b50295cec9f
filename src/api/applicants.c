/* SPDX-License-Identifier: Apache-2.0 */
/* Who wants to join, for those who may take them on: the waiting ones of the account's
 * areas. Accepting is making the person (persons.c). */
#include "api/handlers.h"
#include "api/internal.h"
#include "store/applicant.h"

#include <stdio.h>

#define LIST_LIMIT 500
#define LIST_LIMIT_MAX 2000

struct list {
    struct call *call;
    struct text *text;
    int64_t limit, count, last;
};

static int write_applicant(void *context, const struct applicant *applicant)
{
    struct list *list = context;
    struct call *call = list->call;
    struct text *text = list->text;
    if (api_may(call, MAY_TRAIN, applicant->area_id, false) != 0)
        return 0;
    if (list->count++ == list->limit)
        return 1;
    list->last = applicant->id;
    out_open(text, NULL, '{');
    out_int(text, "id", applicant->id);
    out_time_if(text, "received_at", applicant->received_ms);
    out_text(text, "name", applicant->name);
    out_text(text, "phone", applicant->phone);
    api_write_area(call, text, applicant->area_id);
    out_text(text, "mode", road_mode_name(applicant->mode));
    api_write_skills(text, "skills", applicant->skills);
    if (applicant->known[0] != '\0' &&
        api_may(call, MAY_TRAIN, api_area_or_root(call->api, applicant->known_area_id),
                false) == 0)
        out_text(text, "known", applicant->known);
    out_close(text, '}');
    return 0;
}

void applicants_list(struct call *call)
{
    struct text text;
    int64_t after;
    struct list list = {.call = call, .text = &text};
    if (!call_page(call, LIST_LIMIT, LIST_LIMIT_MAX, 0, &list.limit, &after))
        return;
    call_list_begin(&text);
    const int status = applicants_each(call->api->db, call->api->config.vault, after,
                                       write_applicant, &list);
    if (status == 1)
        call_next_id(call, list.last);
    call_list_end(call, &text, status);
}

struct tally {
    struct call *call;
    int64_t count;
};

static int add_up(void *context, int64_t area_id, int64_t count)
{
    struct tally *tally = context;
    if (api_may(tally->call, MAY_TRAIN, area_id, false) == 0)
        tally->count += count;
    return 0;
}

/* As many as the list would have, without a word of what they said. */
void applicants_number(struct call *call)
{
    struct text text;
    struct tally tally = {.call = call};
    const int status = applicants_count(call->api->db, add_up, &tally);
    if (status != ST_OK) {
        call_refuse(call, status, NULL);
        return;
    }
    text_init(&text, 64);
    out_open(&text, NULL, '{');
    out_int(&text, "count", tally.count);
    out_close(&text, '}');
    call_json(call, 200, &text);
}

bool applicants_may_decide(struct call *call, int64_t id)
{
    int64_t area_id;
    const int status = applicant_area(call->api->db, id, &area_id);
    if (status != ST_OK)
        call_refuse(call, status, NULL);
    return status == ST_OK && api_require(call, MAY_TRAIN, area_id, false);
}

static int run_decline(struct job *job, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    job->own.command.result_id = job->call->id;
    return applicant_decline(writer, job->call->id, job->call->session.account.id, now_ms,
                             reterr);
}

static void answer_decline(struct job *job)
{
    if (!job_refused(job))
        call_state(job->call, job->call->id, applicant_state_code(APPLICANT_DECLINED));
}

void applicants_decline(struct call *call)
{
    if (!applicants_may_decide(call, call->id))
        return;
    struct job *job = job_new(call, sizeof *job, answer_decline);
    if (job != NULL)
        job_run(job, run_decline);
}
