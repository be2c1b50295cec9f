/* SPDX-License-Identifier: Apache-2.0 */
/* The requester's page: how far the help is. No names, no places; the check word is the
 * one thing that helper and requester share, and it is not shown here to whoever guesses
 * a case number: the dispatcher says it. Case numbers count on from day to day, so a week
 * after the end the page is gone: nobody reads the history of a county here. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/link_page.h"
#include "api/page.h"
#include "base/time.h"

#include <stdio.h>

#define SHOWN_AFTER_END_MS (7 * TIME_DAY_MS)

static int count_people(struct call *call, const struct read_incident *incident,
                        struct page_case *page)
{
    struct read_need *needs = NULL;
    uint32_t count = 0;
    int status = read_needs(call->api->db, incident->id, &needs, &count);
    if (status != 0)
        return status;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < needs[i].line_count; k++) {
            if (strcmp(needs[i].state, "cancelled") == 0)
                continue;
            page->wanted += needs[i].lines[k].count;
            page->accepted += needs[i].lines[k].accepted;
            page->on_scene += needs[i].lines[k].on_scene;
        }
    mem_free(needs);
    struct query *query = read_assignments(call->api->db, incident->id, 0);
    struct read_assignment assignment;
    page->first_seconds = -1;
    while ((status = query_step(query)) > 0) {
        read_assignment_row(query, &assignment);
        const bool is_on_way = strcmp(assignment.state, "en_route") == 0;
        if (!is_on_way && strcmp(assignment.state, "assigned") != 0)
            continue;
        page->en_route += is_on_way ? assignment.count : 0;
        if (assignment.travel_ms >= LOOP_NO_WAY_MS)
            continue;
        int64_t left_ms = assignment.travel_ms;
        if (is_on_way)
            left_ms -= call->now_ms - assignment.set_out_ms;
        if (left_ms < 0) /* later than expected: how much longer is not known */
            continue;
        const int32_t seconds = (int32_t)(left_ms / 1000);
        if (page->first_seconds < 0 || seconds < page->first_seconds)
            page->first_seconds = seconds;
    }
    if (page->on_scene > 0)
        page->first_seconds = -1;
    return status;
}

/* When one was cancelled stands in its events only: there its report counts. */
static bool is_long_over(const struct call *call, const struct read_incident *incident)
{
    const bool is_cancelled = strcmp(incident->state, "cancelled") == 0;
    const int64_t ended_ms = is_cancelled ? incident->reported_ms : incident->closed_ms;
    return ended_ms != 0 && call->now_ms - ended_ms > SHOWN_AFTER_END_MS;
}

void requester_page(struct call *call)
{
    struct read_incident incident = {0}, by;
    int status = read_incident_by_case(call->api->db, call->word, &incident);
    by = incident; /* by which help comes */
    if (status == 0)
        status = read_incident_follow(call->api->db, &by);
    if (status == ST_NOT_FOUND || (status == 0 && is_long_over(call, &by))) {
        link_send_gone(call);
        return;
    }
    struct time_local local;
    char reported[16];
    time_to_local(incident.reported_ms, &local);
    (void)snprintf(reported, sizeof reported, "%02d:%02d", local.minute / 60 % 24,
                   local.minute % 60);
    struct page_case page = {
        .duty_phone = call->api->settings.duty_phone,
        .case_number = incident.case_number,
        .kind = incident.kind,
        .area = api_area_name(call->api, incident.area_id),
        .state = by.state,
        .exercise = incident.exercise,
        .reported = reported,
    };
    if (status == 0)
        status = count_people(call, &by, &page);
    if (status != 0) {
        call_refuse(call, status, NULL);
        return;
    }
    struct text text;
    text_init(&text, PAGE_SIZE_MAX);
    page_render_case(&page, link_language(call), &text);
    static_headers(call);
    call_send(call, 200, "text/html; charset=utf-8", &text);
}
