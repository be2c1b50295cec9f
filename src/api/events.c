/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of an incident as a list. Events have no index by incident: the incident's
 * row says between which positions they lie. */
#include "api/handlers.h"
#include "api/internal.h"
#include "store/people.h"
#include "store/texts.h"

#include <jansson.h>
#include <stdio.h>

#define LIST_LIMIT 200
#define LIST_LIMIT_MAX 1000

static void write_actor(struct call *call, struct text *text, int64_t actor)
{
    struct account account;
    if (actor == 0)
        out_text(text, "actor", "system");
    else if (actor < 0)
        out_text(text, "actor", "person");
    else if (account_by_id(call->api->db, actor, &account) == 0)
        out_text(text, "actor", account.name);
    else
        out_text(text, "actor", "account");
}

static void write_id(struct text *text, const json_t *body, const char *key)
{
    const json_int_t value = json_integer_value(json_object_get(body, key));
    if (value != 0)
        out_int(text, key, value);
}

/* Whether the alert ever got a yes. */
static bool got_yes(struct call *call, int64_t incident_id, int64_t alert_id)
{
    struct query *query =
        db_query(call->api->db, "SELECT 1 FROM assignment WHERE incident_id = ?1"
                                " AND alert_id = ?2 LIMIT 1");
    query_int(query, 1, incident_id);
    query_int(query, 2, alert_id);
    const bool found = query_step(query) > 0;
    query_reset(query);
    return found;
}

/* The name as on the boards: after a yes to the incident's dispatchers, before only to
 * those of the person's own area. */
static void write_person(struct call *call, struct text *text, int64_t incident_id,
                         bool dispatches, const json_t *body)
{
    const int64_t id = json_integer_value(json_object_get(body, "person"));
    struct person_identity person;
    struct vault *vault = call->api->config.vault;
    if (id == 0 || person_identity(call->api->db, NULL, id, &person) != 0)
        return;
    out_text(text, "person", person.number);
    if ((api_may(call, MAY_DISPATCH, person.area_id, false) == 0 ||
         (dispatches && got_yes(call, incident_id,
                                json_integer_value(json_object_get(body, "alert"))))) &&
        person_identity(call->api->db, vault, id, &person) == 0)
        out_text_if(text, "name", person.name);
}

void api_write_event(struct call *call, struct text *text,
                     const struct read_incident *incident, struct query *query)
{
    const bool dispatches =
        api_may(call, MAY_DRILL, incident->area_id, incident->exercise) == 0;
    const int64_t sequence = query_get_int(query, 1);
    json_t *body = json_loads(query_get_text(query, 4), 0, NULL);
    out_open(text, NULL, '{');
    out_int(text, "seq", sequence);
    out_time_if(text, "at", query_get_int(query, 2));
    out_text(text, "kind", query_get_text(query, 3));
    write_actor(call, text, json_integer_value(json_object_get(body, "actor")));
    write_person(call, text, incident->id, dispatches, body);
    write_id(text, body, "need");
    write_id(text, body, "callout");
    write_id(text, body, "alert");
    write_id(text, body, "assignment");
    out_text_if(text, "code", json_string_value(json_object_get(body, "code")));
    write_id(text, body, "number");
    AUTO_FREE char *reason = NULL;
    if (dispatches && json_object_get(body, "text") != NULL &&
        text_read(call->api->db, call->api->config.vault, incident->id, TEXT_REASON,
                  sequence, &reason) == 0)
        out_text_if(text, "reason", reason);
    size_t size;
    const void *hash = query_get_blob(query, 5, &size);
    char hex[65] = "";
    if (size == 32)
        text_to_hex(hash, size, hex);
    out_text(text, "hash", hex);
    out_close(text, '}');
    json_decref(body);
}

#define EVENTS_OF(table, which)                                                          \
    "SELECT position, sequence, at_ms, kind, body, hash FROM " table                     \
    " WHERE position >= ?1 AND position > ?2 AND position <= ?3"                         \
    " AND incident_id = ?4" which
#define EVENTS(which)                                                                    \
    EVENTS_OF("event", which)                                                            \
    " UNION ALL " EVENTS_OF("event_archive", which) " ORDER BY position LIMIT ?5"

static struct query *ask_events(struct call *call, const struct read_incident *incident,
                                bool spoken, int64_t after, int64_t limit)
{
    struct query *query =
        db_query(call->api->db, spoken ? EVENTS(API_EVENTS_SPOKEN) : EVENTS(""));
    query_int(query, 1, incident->first_position);
    query_int(query, 2, after);
    query_int(query, 3, incident->last_position);
    query_int(query, 4, incident->id);
    query_int(query, 5, limit);
    return query;
}

void events_list(struct call *call)
{
    struct read_incident incident;
    int64_t limit, after;
    bool spoken;
    if (!call_page(call, LIST_LIMIT, LIST_LIMIT_MAX, 0, &limit, &after) ||
        !call_query_flag(call, "spoken", &spoken) ||
        !api_open(call, STAGE_INCIDENT, MAY_AUDIT, &incident))
        return;
    struct text text;
    call_list_begin(&text);
    struct query *query = ask_events(call, &incident, spoken, after, limit + 1);
    int64_t count = 0;
    int status;
    while ((status = query_step(query)) > 0) {
        if (count++ == limit) {
            query_reset(query);
            call_next_id(call, after);
            break;
        }
        after = query_get_int(query, 0);
        api_write_event(call, &text, &incident, query);
    }
    call_list_end(call, &text, status);
}
