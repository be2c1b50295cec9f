/* SPDX-License-Identifier: Apache-2.0 */
/* For those who watch the process: does it answer, does it take commands, how is it. */
#include "api/handlers.h"
#include "api/internal.h"
#include "crowd/crowd.h"
#include "road/road.h"
#include "store/archive.h"

/* Loopback, or any signed-in account with an API token. */
static bool may_watch(struct call *call)
{
    if (api_is_local(call))
        return true;
    const char *header = http_header(call->request, "Authorization");
    if (header != NULL && strncmp(header, "Bearer ", 7) == 0 &&
        session_find(call->api->db, header + 7, call->now_ms, &call->session) == 0)
        return true;
    call_error(call, 404, "there is no such address");
    return false;
}

static void say(struct call *call, int status, const char *word)
{
    struct text text;
    text_init(&text, 256);
    out_open(&text, NULL, '{');
    out_text(&text, "status", word);
    out_close(&text, '}');
    call_json(call, status, &text);
}

void health_live(struct call *call)
{
    if (may_watch(call))
        say(call, 200, "ok");
}

void health_ready(struct call *call)
{
    if (!may_watch(call))
        return;
    struct query *query = db_query(call->api->db, "SELECT count(*) FROM account");
    const int status = query_step(query);
    query_reset(query);
    if (status <= 0 ||
        writer_queue_length(call->api->config.writer) > WRITER_QUEUE_MAX * 9 / 10)
        say(call, 503, "busy");
    else
        say(call, 200, "ready");
}

static int64_t count(struct call *call, struct query *query)
{
    (void)call;
    const int64_t value = query_step(query) > 0 ? query_get_int(query, 0) : 0;
    query_reset(query);
    return value;
}

/* Those of courses too, but for reminders whose day has not come. */
static int64_t count_queued(struct call *call)
{
    struct query *query = db_query(
        call->api->db,
        "SELECT (SELECT count(*) FROM message WHERE state = 'queued') +"
        " (SELECT count(*) FROM notice WHERE state = 'queued' AND due_ms <= ?1)");
    query_int(query, 1, call->now_ms);
    return count(call, query);
}

static void figure(struct text *text, const char *name, const char *type,
                   const char *help, int64_t value)
{
    text_appendf(text, "# HELP muster_%s %s\n# TYPE muster_%s %s\nmuster_%s %lld\n", name,
                 help, name, type, name, (long long)value);
}

void health_metrics(struct call *call)
{
    if (!may_watch(call))
        return;
    struct api *api = call->api;
    struct text text;
    text_init(&text, 65536);
    figure(&text, "requests_total", "counter", "Requests seen.", (int64_t)api->requests);
    figure(&text, "problems_total", "counter", "Requests refused.",
           (int64_t)api->problems);
    figure(&text, "connections", "gauge", "Open connections.",
           http_server_connection_count(api->server));
    figure(&text, "streams", "gauge", "Open event streams.", hub_client_count(api->hub));
    figure(&text, "writer_queue", "gauge", "Commands waiting for the writer.",
           writer_queue_length(api->config.writer));
    struct writer_counts counts;
    writer_count(api->config.writer, &counts);
    figure(&text, "batches_total", "counter", "Transactions committed by the writer.",
           (int64_t)counts.batches);
    figure(&text, "commands_total", "counter", "Commands in them.",
           (int64_t)counts.commands);
    figure(&text, "log_bytes_total", "counter", "Bytes written to SQLite's log.",
           (int64_t)counts.log_bytes);
    figure(&text, "people", "gauge", "People in the crowd.",
           crowd_count(api->config.crowd));
    figure(
        &text, "incidents_running", "gauge", "Incidents not closed.",
        count(call, db_query(api->db, "SELECT count(*) FROM incident WHERE state NOT IN"
                                      " ('closed', 'cancelled', 'merged')")));
    figure(&text, "incidents_archived_total", "counter",
           "Incidents whose events have moved to the archive.", archive_count(api->db));
    figure(&text, "messages_queued", "gauge", "Messages waiting to be sent.",
           count_queued(call));
    figure(
        &text, "event_position", "counter", "Position of the newest event.",
        count(call, db_query(api->db, "SELECT coalesce(max(position), 0) FROM event")));
    call_send(call, 200, "text/plain; version=0.0.4; charset=utf-8", &text);
}
