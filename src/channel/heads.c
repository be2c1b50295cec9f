/* SPDX-License-Identifier: Apache-2.0 */
/* One place after the other: the heads behind the one it has, as the lines that `muster
 * heads` writes; then the row `heads_KIND` in `instance`. A place that fails is tried
 * again after a minute, two, four, up to an hour, and the log says so once. */
#include "channel/heads.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "base/wait.h"
#include "channel/format.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/number.h"
#include "store/verify.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define LOOK_MS 30000 /* heads are signed every 15 minutes */
#define RETRY_MS_MAX TIME_HOUR_MS
#define LINE_MAX_SIZE 400
#define STEP_MS 100
#define WAIT_MS 1000

static const char *const names[HEADS_KINDS] = {"folder", "email", "url"};
static const char *const keys[HEADS_KINDS] = {"heads_folder", "heads_email", "heads_url"};

struct heads {
    struct heads_config config;
    struct db *db;
    int64_t due_ms[HEADS_KINDS];
    int64_t retry_ms[HEADS_KINDS]; /* 0 = the last try went well */
    pthread_t thread;
    bool has_thread;
    atomic_bool stop; /* set under `lock`, read anywhere */
    pthread_mutex_t lock;
    pthread_cond_t stopped;
};

/* ---- what a place has -----------------------------------------------------------------
 */

static int64_t sent_to(struct heads *heads, enum heads_kind kind)
{
    int64_t batch;
    return number_read(heads->db, keys[kind], 0, &batch) == ST_OK ? batch : 0;
}

struct mark {
    const char *key;
    int64_t batch;
};

static int put_mark(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    const struct mark *mark = context;
    (void)now_ms;
    (void)reterr;
    return number_put(writer_db(writer), mark->key, mark->batch);
}

/* ---- the three ways -------------------------------------------------------------------
 */

static int put_in_folder(const char *folder, const struct text *lines, int64_t now_ms,
                         struct diag *reterr)
{
    char path[4096], at[TIME_TEXT_SIZE];
    AUTO_FREE char *before = NULL;
    size_t size = 0;
    time_format_utc(now_ms, at);
    if (snprintf(path, sizeof path, "%s/heads-%.10s.jsonl", folder, at) >=
        (int)sizeof path)
        return diag_set(reterr, ST_LIMIT, 0, 0, folder, "the path is too long");
    int status = file_read(path, HEADS_FOLDER_SIZE_MAX, &before, &size, reterr);
    if (status != ST_OK && status != ST_NOT_FOUND)
        return status;
    struct text all;
    text_init(&all, HEADS_FOLDER_SIZE_MAX);
    if (before != NULL)
        text_append(&all, before, size);
    text_append(&all, lines->data, lines->size);
    status = all.status;
    if (status == ST_OK)
        status = file_write(path, all.data, all.size, 0640, reterr);
    text_release(&all);
    return status;
}

/* Up to the transport's own timeouts, or until somebody wants to stop. */
static int run_job(struct heads *heads, struct transport *transport,
                   const struct transport_job *job, struct diag *reterr)
{
    struct transport_result result = {.tag = 0};
    int status = transport->start(transport, job);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, "", "%s", status_text(status));
    while (!transport->finished(transport, &result)) {
        if (atomic_load(&heads->stop))
            return diag_set(reterr, ST_CLOSED, 0, 0, "", "stopping");
        transport->step(transport, STEP_MS);
    }
    return result.outcome == TRANSPORT_ACCEPTED
               ? ST_OK
               : diag_set(reterr, ST_IO, 0, 0, "", "%s", result.why);
}

static int send_mail(struct heads *heads, const struct heads_place *place,
                     const struct text *lines, int64_t batch, struct diag *reterr)
{
    struct text mail;
    text_init(&mail, (size_t)HEADS_AT_ONCE_MAX * LINE_MAX_SIZE + 4096);
    text_appendf(
        &mail,
        "From: %s\r\nTo: %s\r\nSubject: muster: signed heads up to batch %lld\r\n"
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n",
        place->from, place->to, (long long)batch);
    for (const char *at = text_string(lines); *at != '\0';) {
        size_t size = strcspn(at, "\n");
        text_append(&mail, at, size);
        text_append_string(&mail, "\r\n");
        at += size + (at[size] == '\n');
    }
    const struct transport_job job = {
        .to = place->to, .body = text_string(&mail), .body_size = mail.size};
    int status = mail.status == ST_OK ? run_job(heads, place->transport, &job, reterr)
                                      : mail.status;
    text_release(&mail);
    return status;
}

static int post(struct heads *heads, const struct heads_place *place,
                const struct text *lines, int64_t batch, int64_t now_ms,
                struct diag *reterr)
{
    char headers[FORMAT_HEADERS_MAX][FORMAT_HEADER_SIZE];
    const char *list[FORMAT_HEADERS_MAX + 1];
    const struct outbox_item item = {.id = batch};
    struct text body;
    text_init(&body, FORMAT_MAX);
    text_append_string(&body, "{\"heads\":[");
    for (const char *at = text_string(lines); *at != '\0';) {
        size_t size = strcspn(at, "\n");
        text_append(&body, at, size);
        at += size + (at[size] == '\n');
        text_append_string(&body, *at == '\0' ? "]}" : ",");
    }
    format_signature(&item, place->secret, text_string(&body), body.size, now_ms, headers,
                     list);
    const struct transport_job job = {
        .headers = list, .body = text_string(&body), .body_size = body.size};
    int status = body.status == ST_OK ? run_job(heads, place->transport, &job, reterr)
                                      : body.status;
    text_release(&body);
    return status;
}

static int send_lines(struct heads *heads, enum heads_kind kind, const struct text *lines,
                      int64_t batch, int64_t now_ms, struct diag *reterr)
{
    const struct heads_place *place = &heads->config.places[kind];
    switch (kind) {
    case HEADS_FOLDER:
        return put_in_folder(place->folder, lines, now_ms, reterr);
    case HEADS_EMAIL:
        return send_mail(heads, place, lines, batch, reterr);
    default:
        return post(heads, place, lines, batch, now_ms, reterr);
    }
}

/* ---- a step ---------------------------------------------------------------------------
 */

static void tell(struct heads *heads, enum heads_kind kind, int status,
                 const struct diag *diag)
{
    bool was_well = heads->retry_ms[kind] == 0;
    if (status == ST_OK) {
        if (!was_well)
            log_line(LOG_INFO, "signed heads go out again", "\"place\":\"%s\"",
                     names[kind]);
        heads->retry_ms[kind] = 0;
        return;
    }
    struct text why;
    char said[DIAG_WHERE_MAX + DIAG_TEXT_MAX + 3];
    text_init(&why, 2 * sizeof said);
    (void)snprintf(said, sizeof said, "%s%s%s", diag->where,
                   diag->where[0] == '\0' ? "" : ": ", diag->text);
    text_append_json(&why, said);
    if (was_well && status != ST_CLOSED)
        log_line(LOG_WARNING, "signed heads cannot be sent, trying again",
                 "\"place\":\"%s\",\"why\":%s", names[kind], text_string(&why));
    text_release(&why);
    heads->retry_ms[kind] = was_well ? TIME_MINUTE_MS : 2 * heads->retry_ms[kind];
    if (heads->retry_ms[kind] > RETRY_MS_MAX)
        heads->retry_ms[kind] = RETRY_MS_MAX;
}

/* ST_OK also when there is nothing new. */
static int serve(struct heads *heads, enum heads_kind kind, int64_t now_ms,
                 struct diag *reterr)
{
    struct text lines;
    int64_t last = sent_to(heads, kind);
    text_init(&lines, (size_t)HEADS_AT_ONCE_MAX * LINE_MAX_SIZE);
    int status =
        verify_export_heads_after(heads->db, last, HEADS_AT_ONCE_MAX, &lines, &last);
    if (status == ST_OK && lines.size > 0) {
        status = send_lines(heads, kind, &lines, last, now_ms, reterr);
        struct mark mark = {keys[kind], last};
        if (status == ST_OK)
            status = command_call(heads->config.writer, put_mark, &mark, reterr);
    }
    text_release(&lines);
    return status;
}

static bool is_wanted(const struct heads *heads, enum heads_kind kind)
{
    const struct heads_place *place = &heads->config.places[kind];
    return kind == HEADS_FOLDER ? place->folder != NULL : place->transport != NULL;
}

int64_t heads_step(struct heads *heads, int64_t now_ms)
{
    int64_t next_ms = now_ms + LOOK_MS;
    for (enum heads_kind kind = HEADS_FOLDER; kind < HEADS_KINDS; kind++) {
        if (!is_wanted(heads, kind) || atomic_load(&heads->stop))
            continue;
        /* A clock that was set back must not make it wait. */
        if (heads->due_ms[kind] > now_ms &&
            heads->due_ms[kind] <= now_ms + RETRY_MS_MAX) {
            next_ms = heads->due_ms[kind] < next_ms ? heads->due_ms[kind] : next_ms;
            continue;
        }
        struct diag diag = {0};
        int status = serve(heads, kind, now_ms, &diag);
        tell(heads, kind, status, &diag);
        heads->due_ms[kind] =
            now_ms + (status == ST_OK ? LOOK_MS : heads->retry_ms[kind]);
    }
    return next_ms;
}

/* ---- life -----------------------------------------------------------------------------
 */

static void *run_thread(void *context)
{
    struct heads *heads = context;
    while (!atomic_load(&heads->stop)) {
        int64_t now_ms = clock_wall_ms(heads->config.clock);
        int64_t wait_ms = heads_step(heads, now_ms) - now_ms;
        /* At most a second at a time, so that no wake that is missed delays the end. */
        pthread_mutex_lock(&heads->lock);
        for (; wait_ms > 0 && !atomic_load(&heads->stop); wait_ms -= WAIT_MS)
            wait_for(&heads->stopped, &heads->lock,
                     wait_ms < WAIT_MS ? wait_ms : WAIT_MS);
        pthread_mutex_unlock(&heads->lock);
    }
    return NULL;
}

int heads_new(struct heads **ret, const struct heads_config *config, struct diag *reterr)
{
    struct heads *heads = mem_calloc(1, sizeof *heads);
    if (heads == NULL) {
        for (int kind = 0; kind < HEADS_KINDS; kind++)
            if (config->places[kind].transport != NULL)
                config->places[kind].transport->release(config->places[kind].transport);
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "heads", "no memory");
    }
    heads->config = *config;
    pthread_mutex_init(&heads->lock, NULL);
    wait_init(&heads->stopped);
    int status = db_open(&heads->db, config->db_path, DB_READ, reterr);
    if (status != ST_OK) {
        heads_free(heads);
        return status;
    }
    *ret = heads;
    return ST_OK;
}

void heads_free(struct heads *heads)
{
    if (heads == NULL)
        return;
    for (int kind = 0; kind < HEADS_KINDS; kind++)
        if (heads->config.places[kind].transport != NULL)
            heads->config.places[kind].transport->release(
                heads->config.places[kind].transport);
    db_close(heads->db);
    pthread_cond_destroy(&heads->stopped);
    pthread_mutex_destroy(&heads->lock);
    mem_free(heads);
}

int heads_start(struct heads *heads)
{
    if (pthread_create(&heads->thread, NULL, run_thread, heads) != 0)
        return ST_NO_MEMORY;
    heads->has_thread = true;
    return ST_OK;
}

void heads_stop(struct heads *heads)
{
    if (heads == NULL || !heads->has_thread)
        return;
    pthread_mutex_lock(&heads->lock);
    atomic_store(&heads->stop, true);
    pthread_cond_signal(&heads->stopped);
    pthread_mutex_unlock(&heads->lock);
    pthread_join(heads->thread, NULL);
    heads->has_thread = false;
}
