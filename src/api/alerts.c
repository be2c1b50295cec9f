/* SPDX-License-Identifier: Apache-2.0 */
/* GET callouts/{id}/alerts: who was alerted, all of them or those that have changed.
 * Hundreds take milliseconds, so a list is written in parts, each in a round of the loop
 * of its own: the answers of volunteers go between them. */
#include "api/handlers.h"
#include "api/sight.h"
#include "store/history.h"

#define ALERTS_LIMIT 200
#define ALERTS_LIMIT_MAX 1000
#define PART_ALERTS 32

struct list {
    struct call *call;
    struct sight sight;
    struct text text;
    bool whole;
    int64_t last, left; /* of all: ids above, and so many of them */
    int64_t ids[HISTORY_TOUCHED_MAX];
    int32_t count, written; /* of those that have changed */
};

/* Messages by alert, and what stepping them said last. */
struct messages {
    struct query *query;
    int status;
};

static struct messages messages_begin(struct query *query)
{
    return (struct messages){query, query_step(query)};
}

/* The messages of one alert; MESSAGES stands on the first of them, or before, or behind.
 */
static int write_channels(struct text *text, struct messages *messages, int64_t alert_id)
{
    struct query *query = messages->query;
    out_open(text, "channels", '[');
    for (; messages->status > 0 && query_get_int(query, 0) <= alert_id;
         messages->status = query_step(query)) {
        if (query_get_int(query, 0) < alert_id ||
            strcmp(query_get_text(query, 4), "alert") != 0)
            continue;
        out_open(text, NULL, '{');
        out_text(text, "channel", query_get_text(query, 1));
        out_text(text, "state", query_get_text(query, 2));
        out_time_if(text, "at", query_get_int(query, 3));
        out_close(text, '}');
    }
    out_close(text, ']');
    return messages->status < 0 ? messages->status : 0;
}

/* The row that the query stands on. */
static int write_alert(struct call *call, struct text *text, struct sight sight,
                       struct query *query, struct messages *messages)
{
    struct read_alert row, *alert = &row;
    struct person_identity person;
    read_alert_row(query, alert);
    out_open(text, NULL, '{');
    out_int(text, "id", alert->id);
    if (sight.numbers &&
        read_alert_identity(query, call->api->config.vault, &person) == 0)
        sight_write_person(call, text, sight, &person,
                           strcmp(alert->state, "accepted") == 0);
    out_text(text, "state", alert->state);
    out_int(text, "wave", alert->wave);
    out_int(text, "line", alert->line);
    sight_write_seconds(text, "seconds", alert->travel_ms, alert->travel_ms / 1000);
    out_real(text, "p_accept", alert->p_accept);
    out_real(text, "p_in_time", alert->p_in_time);
    out_time_if(text, "alerted_at", alert->alerted_ms);
    out_time_if(text, "fetched_at", alert->fetched_ms);
    out_time_if(text, "seen_at", alert->seen_ms);
    out_time_if(text, "answered_at", alert->answered_ms);
    if (strcmp(alert->state, "limited") == 0)
        out_int(text, "ready_in_minutes", alert->ready_in_minutes);
    out_bool(text, "on_behalf", alert->on_behalf);
    if (sight.dispatch)
        sight_write_grid(call, text, alert->person_id);
    out_text(text, "reason", alert->forced ? "forced" : "nearest_qualified");
    int status = write_channels(text, messages, alert->id);
    out_close(text, '}');
    return status;
}

/* The rows that QUERY finds, at most LIMIT, with their MESSAGES; both are ended. *LAST:
 * the id of the last one. Positive: there are more. */
static int write_rows(struct list *list, struct query *query, struct messages messages,
                      int64_t limit, int64_t *last)
{
    int64_t count = 0;
    int status = messages.status < 0 ? messages.status : 0;
    while (status >= 0 && (status = query_step(query)) > 0 && count++ < limit) {
        *last = query_get_int(query, 0);
        status = write_alert(list->call, &list->text, list->sight, query, &messages);
    }
    query_reset(query);
    query_reset(messages.query);
    return status;
}

/* The next of all; CALL_PAGE_FULL = there are more behind the page, CALL_PART_DONE = on
 * it. */
static int write_next(struct list *list)
{
    struct db *db = list->call->api->db;
    const int64_t id = list->call->id, after = list->last;
    const int64_t limit = list->left < PART_ALERTS ? list->left : PART_ALERTS;
    struct query *query = read_alerts(db, id, after, limit + 1);
    const int status =
        write_rows(list, query, messages_begin(read_messages(db, id, after, limit)),
                   limit, &list->last);
    list->left -= limit;
    return status <= 0 ? status : list->left == 0 ? CALL_PAGE_FULL : CALL_PART_DONE;
}

/* The next of those that have changed, as far as they are of the call-out. */
static int write_touched(struct list *list)
{
    struct db *db = list->call->api->db;
    const int64_t *ids = list->ids + list->written, id = list->call->id;
    int64_t last;
    int32_t n = list->count - list->written;
    n = n < READ_ALERTS_OF_MAX ? n : READ_ALERTS_OF_MAX;
    list->written += n;
    if (n == 0)
        return 0;
    struct query *query = read_alerts_of(db, id, ids, n);
    const int status = write_rows(
        list, query, messages_begin(read_messages_of(db, id, ids, n)), n, &last);
    return status < 0 ? status : list->written < list->count ? CALL_PART_DONE : 0;
}

static void write_part(void *context)
{
    struct list *list = context;
    struct call *call = list->call;
    int status = ST_CLOSED;
    if (!http_is_gone(call->request))
        status = list->whole ? write_next(list) : write_touched(list);
    if (!call_list_goes_on(call, &list->text, status, list->last, write_part, list))
        mem_free(list);
}

/* Which alerts have changed since a position: false if all are to be told, as nobody
 * asked for the changes only, the position is none of this history, or too much has
 * changed. */
static bool find_touched(struct list *list, const struct read_incident *incident,
                         int64_t since)
{
    return since > 0 && since <= incident->last_position &&
           history_touched(list->call->api->db, incident, since, list->ids,
                           &list->count) == 0;
}

void callouts_alerts(struct call *call)
{
    struct read_incident incident;
    int64_t limit, after, since;
    if (!call_page(call, ALERTS_LIMIT, ALERTS_LIMIT_MAX, 0, &limit, &after) ||
        !call_query_int(call, "since", 0, INT64_MAX, 0, &since) ||
        !api_open(call, STAGE_CALLOUT, MAY_AUDIT, &incident))
        return;
    struct list *list = mem_calloc(1, sizeof *list);
    if (list == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
        return;
    }
    list->call = call;
    list->sight = sight_of(call, &incident);
    list->last = after;
    list->left = limit;
    list->whole = after > 0 || !find_touched(list, &incident, since);
    text_init(&list->text, CALL_ANSWER_MAX);
    out_open(&list->text, NULL, '{');
    out_int(&list->text, "position", incident.last_position); /* before any row */
    out_bool(&list->text, "whole", list->whole);
    out_open(&list->text, "items", '[');
    write_part(list);
}
