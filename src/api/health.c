/* SPDX-License-Identifier: Apache-2.0 */
/* For those who watch the process: does it answer, does it take commands, how is it. */
#include "api/handlers.h"
#include "api/internal.h"
#include "base/file.h"
#include "base/process.h"
#include "crowd/crowd.h"
#include "loop/names.h"
#include "store/archive.h"
#include "store/backup.h"

/* Loopback, or any signed-in account with an API token. */
static bool may_watch(struct call *call)
{
    if (api_is_local(call))
        return true;
    const char *header = http_header(call->request, "Authorization");
    if (header != NULL && strncmp(header, "Bearer ", 7) == 0 &&
        session_find(call->api->db, header + 7, call->now_ms, &call->session) == 0)
        return true;
    if (header != NULL)
        refused_note(call->api, REFUSED_TOKEN);
    call_error(call, 404, "there is no such address");
    return false;
}

static void begin(struct text *text, const char *word)
{
    text_init(text, 256);
    out_open(text, NULL, '{');
    out_text(text, "status", word);
}

static void end(struct call *call, int status, struct text *text)
{
    out_close(text, '}');
    call_json(call, status, text);
}

void health_live(struct call *call)
{
    struct text text;
    if (!may_watch(call))
        return;
    begin(&text, "ok");
    end(call, 200, &text);
}

/* A server that cannot store is ready all the same: what it knows is what a dispatcher
 * needs most then (decision 0135). */
void health_ready(struct call *call)
{
    struct text text;
    if (!may_watch(call))
        return;
    struct query *query = db_query(call->api->db, "SELECT count(*) FROM account");
    const int status = query_step(query);
    query_reset(query);
    const bool is_busy = status <= 0 || writer_queue_length(call->api->config.writer) >
                                            WRITER_QUEUE_MAX * 9 / 10;
    begin(&text, is_busy ? "busy" : "ready");
    out_bool(&text, "stores", api_stores(call->api));
    end(call, is_busy ? 503 : 200, &text);
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

/* One figure of each channel of the ladder. */
static void put_channels(const struct api_config *config, struct text *text,
                         const char *name, const char *type, const char *help,
                         uint64_t (*of)(const struct channel_counts *counts))
{
    text_appendf(text, "# HELP muster_channel_%s %s\n# TYPE muster_channel_%s %s\n", name,
                 help, name, type);
    for (int kind = 0; kind < CHANNEL_COUNT; kind++) {
        struct channel_counts counts;
        if (config->count_channel(config->context, (enum channel_kind)kind, &counts))
            text_appendf(text, "muster_channel_%s{channel=\"%s\"} %llu\n", name,
                         channel_kind_code((enum channel_kind)kind),
                         (unsigned long long)of(&counts));
    }
}

static uint64_t handed_over_of(const struct channel_counts *counts)
{
    return counts->handed_over;
}

static uint64_t retried_of(const struct channel_counts *counts)
{
    return counts->retried;
}

static uint64_t failed_of(const struct channel_counts *counts)
{
    return counts->failed;
}

static uint64_t resting_of(const struct channel_counts *counts)
{
    return counts->resting;
}

static void channel_figures(const struct api_config *config, struct text *text)
{
    if (config->count_channel == NULL)
        return;
    put_channels(config, text, "handed_over_total", "counter",
                 "Messages that the channel's peer took.", handed_over_of);
    put_channels(config, text, "retried_total", "counter",
                 "Tries that are to be repeated.", retried_of);
    put_channels(config, text, "failed_total", "counter",
                 "Messages given up, each for the next channel.", failed_of);
    put_channels(config, text, "resting", "gauge",
                 "1 = its peer does not answer or refuses, and is left alone for now.",
                 resting_of);
}

static void figure(struct text *text, const char *name, const char *type,
                   const char *help, int64_t value)
{
    text_appendf(text, "# HELP muster_%s %s\n# TYPE muster_%s %s\nmuster_%s %lld\n", name,
                 help, name, type, name, (long long)value);
}

/* By the names that Prometheus' own clients give them. */
static void process_figures(struct text *text)
{
    struct process_use use;
    process_look(&use);
    text_appendf(text,
                 "# TYPE process_resident_memory_bytes gauge\n"
                 "process_resident_memory_bytes %lld\n"
                 "# TYPE process_open_fds gauge\nprocess_open_fds %lld\n"
                 "# TYPE process_max_fds gauge\nprocess_max_fds %lld\n"
                 "# TYPE process_cpu_seconds_total counter\n"
                 "process_cpu_seconds_total %lld.%06lld\n",
                 (long long)use.resident_bytes, (long long)use.files,
                 (long long)use.files_max, (long long)(use.cpu_us / 1000000),
                 (long long)(use.cpu_us % 1000000));
}

static void disk_figure(const struct api *api, struct text *text)
{
    int64_t size;
    int32_t percent;
    if (file_free_space(api->config.dir, &size, &percent))
        figure(text, "disk_free_bytes", "gauge",
               "Room on the disk of the instance's folder.", size);
}

static void certificate_figure(const struct api *api, struct text *text)
{
    const int64_t ends_s = http_server_certificate_ends_s(api->server);
    if (ends_s != 0)
        figure(text, "certificate_ends_seconds", "gauge",
               "When the certificate that is served ends, in seconds since 1970.",
               ends_s);
}

static void backup_figure(const struct api *api, struct text *text)
{
    const int64_t newest_ms = backup_newest_ms(api->db);
    if (newest_ms != 0)
        figure(text, "backup_seconds", "gauge",
               "When the newest backup was made, in seconds since 1970.",
               newest_ms / 1000);
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
    refused_figures(api, &text);
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
    figure(&text, "stores", "gauge",
           "1 = the newest transaction was committed; 0 = what changes something is "
           "refused.",
           counts.is_failing ? 0 : 1);
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
    channel_figures(&api->config, &text);
    disk_figure(api, &text);
    certificate_figure(api, &text);
    backup_figure(api, &text);
    figure(
        &text, "event_position", "counter", "Position of the newest event.",
        count(call, db_query(api->db, "SELECT coalesce(max(position), 0) FROM event")));
    process_figures(&text);
    call_send(call, 200, "text/plain; version=0.0.4; charset=utf-8", &text);
}
