/* SPDX-License-Identifier: Apache-2.0 */
/* The loop and what hangs on it: the listener, the connections, one timer that looks at
 * every deadline (a sweep over 20,000 connections costs less than keeping 20,000 timers
 * in order), calls posted by other threads, and the end.
 *
 * Only http_server_stop, http_server_post and http_server_connection_count may be called
 * from other threads. */
#include "http/internal.h"

#include "base/mem.h"
#include "base/random.h"

#include <assert.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX_DEFAULT 20000
#define CONNECTIONS_MAX_PER_ADDRESS_DEFAULT 256
#define BODY_CAP ((size_t)1 << 30)

const struct http_timing http_timing_default = {
    .tick_ms = 500,
    .head_ms = 10000,
    .body_grace_ms = 10000,
    .body_rate = 512,
    .idle_ms = 30000,
    .stall_ms = 60000,
    .linger_ms = 2000,
    .heartbeat_ms = 15000,
    .stop_ms = 2000,
};

int64_t http_server_now_ms(struct http_server *server)
{
    return clock_mono_us(server->clock) / 1000;
}

void http_server_assert_loop(const struct http_server *server)
{
    assert(!server->is_running || pthread_equal(server->loop_thread, pthread_self()));
}

/* IMF-fixdate of RFC 9110 section 5.6.7, made once a second. */
const char *http_server_date(struct http_server *server)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t now_s = clock_wall_ms(server->clock) / 1000;
    if (now_s == server->date_s && server->date[0] != '\0')
        return server->date;
    time_t t = (time_t)now_s;
    struct tm tm = {0};
    gmtime_r(&t, &tm);
    snprintf(server->date, sizeof server->date, "%s, %02d %s %04d %02d:%02d:%02d GMT",
             days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
             tm.tm_hour, tm.tm_min, tm.tm_sec);
    server->date_s = now_s;
    return server->date;
}

/* ---- the list of connections ---------------------------------------------------------
 */

static void unlink_ready(struct http_connection *connection)
{
    if (!connection->is_ready)
        return;
    struct http_connection **link = &connection->server->ready;
    while (*link != connection)
        link = &(*link)->ready_next;
    *link = connection->ready_next;
    connection->is_ready = false;
}

void http_server_forget(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    unlink_ready(connection);
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    if (connection->has_bucket)
        server->buckets[connection->bucket]--;
    atomic_fetch_sub(&server->connection_count, 1);
    if (server->stopping && !server->connections)
        uv_stop(&server->loop);
}

static void on_ready(uv_idle_t *idle)
{
    struct http_server *server = idle->data;
    uv_idle_stop(idle);
    /* What becomes ready meanwhile waits for the next turn of the loop. */
    struct http_connection *list = server->ready;
    server->ready = NULL;
    while (list) {
        struct http_connection *connection = list;
        list = connection->ready_next;
        connection->is_ready = false;
        http_connection_process(connection);
    }
}

void http_server_ready(struct http_connection *connection)
{
    if (connection->is_ready)
        return;
    struct http_server *server = connection->server;
    connection->is_ready = true;
    connection->ready_next = server->ready;
    server->ready = connection;
    (void)uv_idle_start(&server->ready_idle, on_ready); /* cannot fail with a callback */
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct http_server *server = listener->data;
    if (status == 0)
        http_connection_new(server);
    else /* no descriptor: libuv closes it */
        atomic_fetch_add(&server->refused_count, 1);
}

/* ---- the end -------------------------------------------------------------------------
 */

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void begin_stop(struct http_server *server)
{
    server->stopping = true;
    server->stop_since_ms = http_server_now_ms(server);
    close_handle((uv_handle_t *)&server->listener);
    struct http_connection *next = NULL;
    for (struct http_connection *c = server->connections; c; c = next) {
        next = c->next;
        http_connection_stop(c);
    }
    if (!server->connections)
        uv_stop(&server->loop);
}

static void close_connections(struct http_server *server)
{
    struct http_connection *next = NULL;
    for (struct http_connection *c = server->connections; c; c = next) {
        next = c->next;
        http_connection_close(c);
    }
}

static void on_tick(uv_timer_t *tick)
{
    struct http_server *server = tick->data;
    int64_t now_ms = http_server_now_ms(server);
    if (server->accept_owed && !server->stopping) {
        server->accept_owed = false;
        http_connection_new(server);
    }
    struct http_connection *next = NULL;
    for (struct http_connection *c = server->connections; c; c = next) {
        next = c->next;
        http_connection_sweep(c, now_ms);
    }
    if (server->stopping && now_ms - server->stop_since_ms >= server->timing.stop_ms)
        close_connections(server);
}

/* ---- other threads -------------------------------------------------------------------
 */

void http_server_run_posts(struct http_server *server)
{
    pthread_mutex_lock(&server->posts_lock);
    struct http_post *post = server->posts;
    server->posts = NULL;
    server->posts_end = &server->posts;
    server->posts_count = 0;
    pthread_mutex_unlock(&server->posts_lock);
    while (post) {
        struct http_post *next = post->next;
        post->call(post->context);
        mem_free(post);
        post = next;
    }
}

static void on_wake(uv_async_t *wake)
{
    struct http_server *server = wake->data;
    http_server_run_posts(server);
    if (atomic_load(&server->stop_asked) && !server->stopping)
        begin_stop(server);
    if (atomic_load(&server->cut_asked))
        close_connections(server);
}

int http_server_post(struct http_server *server, void (*call)(void *), void *context)
{
    struct http_post *post = mem_alloc(sizeof *post);
    if (!post)
        return ST_NO_MEMORY;
    *post = (struct http_post){.call = call, .context = context};
    int status = ST_OK;
    pthread_mutex_lock(&server->posts_lock);
    if (server->posts_closed) {
        status = ST_CLOSED;
    } else if (server->posts_count >= HTTP_POSTS_MAX) {
        status = ST_LIMIT;
    } else {
        *server->posts_end = post;
        server->posts_end = &post->next;
        server->posts_count++;
        if (server->is_loop_open)
            (void)uv_async_send(&server->wake); /* fails only on a closed handle */
    }
    pthread_mutex_unlock(&server->posts_lock);
    if (status)
        mem_free(post);
    return status;
}

struct adoption {
    struct http_server *server;
    int fd;
    size_t size;
    char data[];
};

static void adopt(void *context)
{
    struct adoption *adoption = context;
    http_connection_adopt(adoption->server, adoption->fd, adoption->data, adoption->size);
    mem_free(adoption);
}

int http_server_adopt(struct http_server *server, int fd, const void *data, size_t size)
{
    assert(size <= HTTP_HEAD_MAX);
    struct adoption *adoption = mem_alloc(sizeof *adoption + size);
    int status = adoption ? ST_OK : ST_NO_MEMORY;
    if (adoption) {
        *adoption = (struct adoption){.server = server, .fd = fd, .size = size};
        memcpy(adoption->data, data, size);
        status = http_server_post(server, adopt, adoption);
    }
    if (status) {
        mem_free(adoption);
        close(fd);
    }
    return status;
}

static void on_every(uv_timer_t *timer)
{
    struct http_server *server = timer->data;
    server->every_call(server->every_context);
}

int http_server_every(struct http_server *server, uint32_t period_ms,
                      void (*call)(void *context), void *context)
{
    server->every_call = call;
    server->every_context = context;
    server->every.data = server;
    return uv_timer_init(&server->loop, &server->every) ||
                   uv_timer_start(&server->every, on_every, period_ms, period_ms)
               ? ST_IO
               : ST_OK;
}

void http_server_stop(struct http_server *server)
{
    pthread_mutex_lock(&server->posts_lock);
    if (!server->posts_closed) {
        atomic_store(&server->stop_asked, true);
        (void)uv_async_send(&server->wake);
    }
    pthread_mutex_unlock(&server->posts_lock);
}

void http_server_cut(struct http_server *server)
{
    atomic_store(&server->cut_asked, true);
    http_server_stop(server);
}

uint32_t http_server_connection_count(const struct http_server *server)
{
    return atomic_load(&server->connection_count);
}

uint64_t http_server_refused_count(const struct http_server *server)
{
    return atomic_load(&server->refused_count);
}

/* ---- life ----------------------------------------------------------------------------
 */

void http_server_run(struct http_server *server)
{
    /* A write to a client that has gone must be an error, not the end of the process. */
    sigset_t pipe_only;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, NULL);
    server->loop_thread = pthread_self();
    server->is_running = true;
    (void)uv_run(&server->loop, UV_RUN_DEFAULT); /* says only whether handles are left */
    server->is_running = false;
}

static void close_any(uv_handle_t *handle, void *context)
{
    (void)context;
    close_handle(handle);
}

static void close_loop(struct http_server *server)
{
    server->stopping = true;
    close_connections(server);
    uv_walk(&server->loop, close_any, NULL);
    /* uv_stop of the last forget would end a run early. */
    while (uv_run(&server->loop, UV_RUN_DEFAULT))
        continue;
    int status = uv_loop_close(&server->loop);
    assert(status == 0);
    (void)status;
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    pthread_mutex_lock(&server->posts_lock);
    server->posts_closed = true;
    pthread_mutex_unlock(&server->posts_lock);
    http_server_run_posts(server);
    if (server->is_loop_open)
        close_loop(server);
    http_local_end_streams(server, true);
    while (server->requests)
        http_request_free(server->requests);
    http_block_unref(server->resync);
    http_block_unref(server->heartbeat);
    http_tls_context_free(server->tls);
    pthread_mutex_destroy(&server->posts_lock);
    mem_free(server->buckets);
    mem_free(server);
}

static int check_config(const struct http_config *config, struct http_server *server,
                        struct diag *reterr)
{
    if (!http_head_parser_is_strict())
        return diag_set(reterr, ST_UNSUPPORTED, 0, 0, "llhttp",
                        "was built without LLHTTP_STRICT_MODE: rebuild it");
    if (!config->tls_cert != !config->tls_key)
        return diag_set(reterr, ST_INVALID, 0, 0, "tls-cert",
                        "give both --tls-cert and --tls-key");
    if (config->behind_proxy) {
        size_t size = strlen(config->behind_proxy);
        if (size >= sizeof server->proxy || !http_address_is_ip(config->behind_proxy))
            return diag_set(reterr, ST_INVALID, 0, 0, "behind-proxy",
                            "'%s' is no IP address", config->behind_proxy);
        memcpy(server->proxy, config->behind_proxy, size + 1);
    }
    if (!config->listen)
        return ST_OK;
    int status = http_address_parse(&server->address, config->listen, reterr);
    if (status)
        return status;
    if (!config->tls_cert && !config->behind_proxy &&
        !http_address_is_loopback(&server->address.storage))
        return diag_set(reterr, ST_DENIED, 0, 0, "listen",
                        "plain HTTP is served on loopback only: for %s give --tls-cert "
                        "and --tls-key, or --behind-proxy",
                        config->listen);
    return ST_OK;
}

static void set_limits(struct http_server *server, const struct http_config *config)
{
    server->body_max = config->body_max ? config->body_max : HTTP_BODY_MAX;
    server->body_max_of = config->body_max_of;
    assert(server->body_max <= BODY_CAP);
    server->connections_max =
        config->connections_max ? config->connections_max : CONNECTIONS_MAX_DEFAULT;
    server->connections_max_per_address = config->connections_max_per_address
                                              ? config->connections_max_per_address
                                              : CONNECTIONS_MAX_PER_ADDRESS_DEFAULT;
    assert(server->connections_max_per_address < UINT16_MAX);
    server->has_relay_key = config->relay_key != NULL;
    if (server->has_relay_key)
        memcpy(server->relay_key, config->relay_key, sizeof server->relay_key);
}

static int make_parts(struct http_server *server, const struct http_config *config,
                      struct diag *reterr)
{
    static const char heartbeat[] = ":\n\n";
    server->buckets = mem_calloc(HTTP_ADDRESS_BUCKETS, sizeof server->buckets[0]);
    server->resync = http_event_new(-1, "resync", "{}");
    server->heartbeat = http_block_new_static(heartbeat, sizeof heartbeat - 1);
    if (!server->buckets || !server->resync || !server->heartbeat)
        return ST_NO_MEMORY;
    server->bucket_seed = random_u64(random_system());
    if (!config->tls_cert)
        return ST_OK;
    int status =
        http_tls_context_new(&server->tls, config->tls_cert, config->tls_key, reterr);
    if (status == ST_OK)
        atomic_store(&server->certificate_ends_s, http_tls_context_ends_s(server->tls));
    return status;
}

/* The handles; the loop is open from here on. */
static int open_loop(struct http_server *server, bool listens, struct diag *reterr)
{
    if (uv_loop_init(&server->loop))
        return diag_set(reterr, ST_IO, 0, 0, "loop", "cannot be made");
    server->is_loop_open = true;
    server->listener.data = server->wake.data = server->tick.data =
        server->ready_idle.data = server;
    if (uv_async_init(&server->loop, &server->wake, on_wake) ||
        uv_timer_init(&server->loop, &server->tick) ||
        uv_idle_init(&server->loop, &server->ready_idle) ||
        uv_tcp_init(&server->loop, &server->listener) ||
        uv_timer_start(&server->tick, on_tick, (uint64_t)server->timing.tick_ms,
                       (uint64_t)server->timing.tick_ms))
        return diag_set(reterr, ST_IO, 0, 0, "loop", "cannot be made");
    if (!listens)
        return ST_OK;
    int fd = -1;
    int status = http_address_listen(&server->address, HTTP_LISTEN_BACKLOG, &fd, reterr);
    if (status)
        return status;
    if (uv_tcp_open(&server->listener, fd)) {
        close(fd);
        return diag_set(reterr, ST_IO, 0, 0, "listen", "cannot listen there");
    }
    if (uv_listen((uv_stream_t *)&server->listener, HTTP_LISTEN_BACKLOG, on_connection))
        return diag_set(reterr, ST_IO, 0, 0, "listen", "cannot listen there");
    return ST_OK;
}

static void make_url(struct http_server *server)
{
    char host[HTTP_ADDRESS_SIZE];
    const struct sockaddr_storage *storage = &server->address.storage;
    http_address_host(storage, host, sizeof host);
    bool six = strchr(host, ':') != NULL;
    snprintf(server->url, sizeof server->url, "%s://%s%s%s:%u",
             server->tls ? "https" : "http", six ? "[" : "", host, six ? "]" : "",
             (unsigned)http_address_port(storage));
}

int http_server_new_timed(struct http_server **ret, const struct http_config *config,
                          const struct http_timing *timing, http_handler *handler,
                          void *context, struct diag *reterr)
{
    struct http_server *server = mem_calloc(1, sizeof *server);
    if (!server)
        return ST_NO_MEMORY;
    server->timing = *timing;
    server->clock = config->clock ? config->clock : clock_system();
    server->handler = handler;
    server->context = context;
    server->posts_end = &server->posts;
    pthread_mutex_init(&server->posts_lock, NULL);
    set_limits(server, config);
    int status = check_config(config, server, reterr);
    if (status)
        goto fail;
    status = make_parts(server, config, reterr);
    if (status)
        goto fail;
    status = open_loop(server, config->listen != NULL, reterr);
    if (status)
        goto fail;
    if (config->listen)
        make_url(server);
    *ret = server;
    return ST_OK;
fail:
    http_server_free(server);
    return status;
}

int http_server_new(struct http_server **ret, const struct http_config *config,
                    http_handler *handler, void *context, struct diag *reterr)
{
    return http_server_new_timed(ret, config, &http_timing_default, handler, context,
                                 reterr);
}

const char *http_server_url(const struct http_server *server)
{
    return server->url;
}

int64_t http_server_certificate_ends_s(const struct http_server *server)
{
    return atomic_load(&server->certificate_ends_s);
}

struct renewal {
    struct http_server *server;
    struct http_tls_context *renewed;
};

static void renew(void *context)
{
    struct renewal *renewal = context;
    struct http_server *server = renewal->server;
    http_tls_context_renew(server->tls, renewal->renewed);
    atomic_store(&server->certificate_ends_s, http_tls_context_ends_s(server->tls));
    mem_free(renewal);
}

int http_server_renew_certificate(struct http_server *server, const char *cert,
                                  const char *key, struct diag *reterr)
{
    assert(server->tls);
    struct renewal *renewal = mem_calloc(1, sizeof *renewal);
    if (!renewal)
        return ST_NO_MEMORY;
    renewal->server = server;
    int status = http_tls_context_new(&renewal->renewed, cert, key, reterr);
    if (status == ST_OK)
        status = http_server_post(server, renew, renewal);
    if (status != ST_OK) {
        http_tls_context_free(renewal->renewed);
        mem_free(renewal);
    }
    return status;
}

/* ---- work on another thread ----------------------------------------------------------
 */

struct http_work {
    uv_work_t uv;
    void (*work)(void *context);
    void (*after)(void *context, bool was_done);
    void *context;
};

static void work_run(uv_work_t *uv)
{
    struct http_work *item = uv->data;
    item->work(item->context);
}

static void work_after(uv_work_t *uv, int status)
{
    struct http_work *item = uv->data;
    item->after(item->context, status == 0); /* else it was cancelled */
    mem_free(item);
}

static void work_here(void *context)
{
    struct http_work *item = context;
    item->work(item->context);
    work_after(&item->uv, 0);
}

int http_server_work(struct http_server *server, void (*work)(void *context),
                     void (*after)(void *context, bool was_done), void *context)
{
    struct http_work *item = mem_calloc(1, sizeof *item);
    if (!item)
        return ST_NO_MEMORY;
    *item = (struct http_work){.work = work, .after = after, .context = context};
    item->uv.data = item;
    int status = ST_OK;
    if (!server->is_loop_open)
        status = http_server_post(server, work_here, item);
    else if (uv_queue_work(&server->loop, &item->uv, work_run, work_after))
        status = ST_BUSY;
    if (status)
        mem_free(item);
    return status;
}
