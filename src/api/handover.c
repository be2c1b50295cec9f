/* SPDX-License-Identifier: Apache-2.0 */
/* The change of duty: a page of open incidents with all that the next officer asks of
 * each, and one request that notes who has them from now on (decision 0117).
 *
 * Events have no index by incident, and on a storm's day those of two hundred incidents
 * lie among each other: one look backwards over the positions of a page gathers the
 * newest of each of its incidents. That, and the boards, take tens of milliseconds: they
 * are read piece by piece, others between them. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"

#include <stdio.h>

#define LIST_LIMIT 50
#define LIST_LIMIT_MAX 100
#define EVENTS_SHOWN 20
#define POSITIONS_AT_ONCE 2000

struct open_incident {
    struct read_incident row;
    struct text events; /* newest first, without the brackets */
    int64_t event_count;
};

struct page {
    struct open_incident incidents[LIST_LIMIT_MAX]; /* newest first */
    uint32_t count, written;
    bool has_more;
    int64_t from, before; /* positions still to be looked at for their events */
    struct text text;     /* the answer */
};

/* ---- which ---- */
/* Those before LAST that the viewer may read the record of; 1 = there are more. */
static int load_part(struct call *call, struct page *page, int64_t limit, int64_t *last,
                     int *ret_rows)
{
    struct query *query =
        read_incident_list(call->api->db, READ_RUNNING, *last, API_ROWS_AT_ONCE);
    struct read_incident incident;
    int status;
    *ret_rows = 0;
    while ((status = query_step(query)) > 0) {
        if (page->count == limit)
            return query_stop(query, 1);
        ++*ret_rows;
        read_incident_row(query, &incident);
        *last = incident.id;
        if (!out_has_word("closed, cancelled, merged", incident.state) &&
            api_may(call, MAY_AUDIT, incident.area_id, incident.exercise) == 0)
            page->incidents[page->count++].row = incident;
    }
    return status;
}

static int load_page(struct call *call, struct page *page, int64_t limit, int64_t last)
{
    int rows, status;
    do
        status = load_part(call, page, limit, &last, &rows);
    while (status == 0 && rows == API_ROWS_AT_ONCE);
    page->has_more = status == 1;
    return status < 0 ? status : 0;
}

/* ---- their newest events ---- */
static struct open_incident *find(struct page *page, int64_t id)
{
    uint32_t low = 0, high = page->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (page->incidents[middle].row.id > id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < page->count && page->incidents[low].row.id == id ? &page->incidents[low]
                                                                  : NULL;
}

/* What says who has something in hand is told however long ago it was. */
static bool is_lasting(const char *kind)
{
    return out_has_word("assignment.sos_acknowledged, incident.taken_over", kind);
}

static void note_event(struct call *call, struct page *page, struct query *query)
{
    struct open_incident *one = find(page, query_get_int(query, API_EVENT_COLUMNS));
    if (one == NULL)
        return;
    if (one->event_count++ < EVENTS_SHOWN || is_lasting(query_get_text(query, 3)))
        api_write_event(call, &one->events, &one->row, query);
}

static void begin_events(struct page *page)
{
    page->from = INT64_MAX;
    for (uint32_t i = 0; i < page->count; i++) {
        const struct read_incident *row = &page->incidents[i].row;
        text_init(&page->incidents[i].events, CALL_ANSWER_MAX);
        page->from = row->first_position < page->from ? row->first_position : page->from;
        page->before =
            row->last_position >= page->before ? row->last_position + 1 : page->before;
    }
}

/* Those of the next positions, backwards. */
static int load_events(struct call *call, struct page *page)
{
    const int64_t from = page->before - page->from > POSITIONS_AT_ONCE
                             ? page->before - POSITIONS_AT_ONCE
                             : page->from;
    struct query *query = db_query(
        call->api->db,
        "SELECT position, sequence, at_ms, kind, body, hash, incident_id FROM event"
        " WHERE position >= ?1 AND position < ?2 AND incident_id >= ?3"
        " AND incident_id <= ?4" API_EVENTS_SPOKEN " ORDER BY position DESC");
    query_int(query, 1, from);
    query_int(query, 2, page->before);
    query_int(query, 3, page->incidents[page->count - 1].row.id);
    query_int(query, 4, page->incidents[0].row.id);
    int status;
    while ((status = query_step(query)) > 0)
        note_event(call, page, query);
    page->before = from;
    return status;
}

/* ---- GET handover ---- */
static int write_boards(struct call *call, struct text *text,
                        const struct read_incident *incident)
{
    out_open(text, "boards", '[');
    struct query *query = db_query(
        call->api->db, "SELECT id FROM callout WHERE incident_id = ?1 ORDER BY id");
    query_int(query, 1, incident->id);
    int status;
    while ((status = query_step(query)) > 0) {
        status = api_write_board(call, text, incident, query_get_int(query, 0));
        if (status < 0)
            break;
    }
    query_reset(query);
    out_close(text, ']');
    return status;
}

static int write_open(struct call *call, struct text *text, struct open_incident *one)
{
    int status = api_write_incident(call, text, &one->row);
    if (status == 0)
        status = write_boards(call, text, &one->row);
    out_open(text, "events", '[');
    text_append_string(text, text_string(&one->events));
    out_close(text, ']');
    if (one->event_count > EVENTS_SHOWN)
        out_int(text, "events_cut", one->event_count - EVENTS_SHOWN);
    out_close(text, '}');
    return status == 0 ? one->events.status : status;
}

static void free_page(struct page *page)
{
    for (uint32_t i = 0; i < page->count; i++)
        text_release(&page->incidents[i].events);
    mem_free(page);
}

static void answer_page(struct call *call, struct page *page, int status)
{
    struct text text = page->text;
    if (status == 0 && page->has_more)
        call_next_id(call, page->incidents[page->count - 1].row.id);
    free_page(page);
    call_list_end(call, &text, status);
}

/* A piece a round of the loop. */
static void read_on(void *context)
{
    struct call *call = context;
    struct page *page = call->input;
    int status = http_is_gone(call->request) ? ST_CLOSED : 0;
    if (status == 0 && page->before > page->from)
        status = load_events(call, page);
    else if (status == 0 && page->written < page->count)
        status = write_open(call, &page->text, &page->incidents[page->written++]);
    if (status == 0 && page->written < page->count) {
        call_in_turn(call, read_on, call);
        return;
    }
    call->input = NULL;
    answer_page(call, page, status);
}

void handover_get(struct call *call)
{
    int64_t limit, last;
    if (!call_page(call, LIST_LIMIT, LIST_LIMIT_MAX, INT64_MAX, &limit, &last))
        return;
    struct page *page = mem_calloc(1, sizeof *page);
    if (page == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
        return;
    }
    call_list_begin(&page->text);
    const int status = load_page(call, page, limit, last);
    if (status != 0 || page->count == 0) {
        answer_page(call, page, status);
        return;
    }
    begin_events(page);
    call->input = page;
    read_on(call);
}

/* ---- POST handover ---- */
struct taking {
    struct job job;
    int64_t *ids;
    uint32_t count;
    int64_t taken;
};

static void dispose(struct job *job)
{
    mem_free(((struct taking *)(void *)job)->ids);
}

/* What is over meanwhile, or gone, is left as it is. */
static int take_all(struct job *job, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    struct taking *self = (struct taking *)(void *)job;
    struct loop_input input = {.kind = LOOP_TAKE_OVER,
                               .actor = job->call->session.account.id};
    for (uint32_t i = 0; i < self->count; i++) {
        struct loop_incident *incident =
            writer_incident(writer, STAGE_INCIDENT, self->ids[i]);
        if (incident == NULL)
            continue;
        input.id = self->ids[i];
        struct diag refused;
        const int status =
            writer_apply(writer, incident, &input, now_ms, NULL, NULL, &refused);
        if (status == 0)
            self->taken++;
        else if (status != ST_CONFLICT) {
            *reterr = refused;
            return status;
        }
    }
    job->own.command.result_id = self->taken; /* for who asks again */
    return 0;
}

static void taken(struct job *job)
{
    if (job_refused(job))
        return;
    const struct taking *self = (const struct taking *)(const void *)job;
    struct text text;
    text_init(&text, 64);
    out_open(&text, NULL, '{');
    out_int(&text, "taken",
            job->command->repeated ? job->command->result_id : self->taken);
    out_close(&text, '}');
    call_json(job->call, 200, &text);
}

/* Whether the viewer may step it; of any other nothing is told. */
static bool is_theirs(struct call *call, int64_t id)
{
    struct read_incident incident;
    return read_incident(call->api->db, id, &incident) == 0 &&
           api_may(call, MAY_DRILL, incident.area_id, incident.exercise) == 0;
}

void handover_post(struct call *call)
{
    const struct in_handover *in = call->input;
    const struct in_handed *items = in->incidents.items;
    struct taking *job = job_new(call, sizeof *job, taken);
    if (job == NULL)
        return;
    job->job.dispose = dispose;
    job->ids = mem_calloc(in->incidents.count, sizeof *job->ids);
    if (job->ids == NULL) {
        job_free(&job->job);
        call_refuse(call, ST_NO_MEMORY, NULL);
        return;
    }
    for (uint32_t i = 0; i < in->incidents.count; i++)
        if (is_theirs(call, items[i].id.value))
            job->ids[job->count++] = items[i].id.value;
    job_run(&job->job, take_all);
}
