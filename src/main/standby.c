/* SPDX-License-Identifier: Apache-2.0 */
#include "main/standby.h"

#include "api/api.h"
#include "base/config.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "http/http.h"
#include "http/relay.h"
#include "main/instance.h"
#include "main/notify.h"
#include "main/settings.h"
#include "road/hierarchy.h"
#include "store/db.h"
#include "store/instance.h"
#include "store/lease.h"
#include "store/vault.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct standby {
    const struct service_options *options;
    struct lease *lease;
    uint8_t relay_key[32];
    char own[RELAY_ADDRESS_MAX], holder[LEASE_ADDRESS_MAX];
    bool is_taken, is_stopped;
    int64_t told_ms; /* monotonic: the last sign of life */
    /* Live streams of our own, where the relay sees heads; NULL: passed on like all. */
    const char *store;
    struct api *watch;
    struct http_server *streams;
    pthread_t thread;
    bool has_thread;
    /* What takes a while and does not change meanwhile is ready when the node takes over.
     */
    const struct instance_paths *paths;
    struct road *road;
    struct road_hierarchy *hierarchy;
    pthread_t road_thread;
    bool has_road_thread;
};

/* ---- live streams ------------------------------------------------------------------
 */

static void *run_streams(void *context)
{
    http_server_run(((struct standby *)context)->streams);
    return NULL;
}

static void end_streams(struct standby *standby)
{
    if (standby->has_thread) {
        http_server_cut(standby->streams);         /* who listened comes back */
        (void)pthread_join(standby->thread, NULL); /* it is ours and joinable */
    }
    http_server_free(standby->streams);
    api_watch_free(standby->watch);
    standby->watch = NULL;
    standby->streams = NULL;
    standby->has_thread = false;
}

/* Without them the node passes streams on as it does everything. */
static void begin_streams(struct standby *standby)
{
    const struct http_config config = {.behind_proxy = standby->options->behind_proxy,
                                       .clock = clock_system()};
    if (standby->options->tls_cert != NULL)
        return;
    int status = api_watch_new(&standby->watch, standby->store, clock_system(), NULL);
    if (status == ST_OK)
        status = http_server_new(&standby->streams, &config, api_watch_handle,
                                 standby->watch, NULL);
    if (status == ST_OK)
        api_serve(standby->watch, standby->streams);
    if (status == ST_OK)
        status = http_server_every(standby->streams, API_WATCH_MS, api_watch_tick,
                                   standby->watch);
    standby->has_thread = status == ST_OK && pthread_create(&standby->thread, NULL,
                                                            run_streams, standby) == 0;
    if (standby->has_thread)
        return;
    log_line(LOG_WARNING, "live streams are passed on", "\"why\":\"%s\"",
             status_text(status == ST_OK ? ST_NO_MEMORY : status));
    end_streams(standby);
}

/* ---- roads --------------------------------------------------------------------------
 */

/* A graph that cannot be opened is told of when the instance is. */
static void *open_road(void *context)
{
    struct standby *standby = context;
    (void)(instance_open_road(standby->paths, &standby->road, &standby->hierarchy,
                              NULL) == ST_OK);
    return NULL;
}

static void begin_road(struct standby *standby)
{
    standby->has_road_thread =
        pthread_create(&standby->road_thread, NULL, open_road, standby) == 0;
}

static void end_road(struct standby *standby)
{
    if (standby->has_road_thread)
        (void)pthread_join(standby->road_thread, NULL); /* it is ours and joinable */
}

/* ---- the lease ----------------------------------------------------------------------
 */

static bool was_told_to_stop(void)
{
    sigset_t pending;
    (void)sigemptyset(&pending);
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

/* Whoever looks for the lease again and again lives, whatever it hears. */
static void tell_alive(struct standby *standby)
{
    const int64_t now_ms = clock_mono_us(clock_system()) / 1000;
    const int64_t watchdog_ms = notify_watchdog_ms();
    if (watchdog_ms == 0 || now_ms - standby->told_ms < watchdog_ms / 4)
        return;
    standby->told_ms = now_ms;
    notify_alive();
}

/* A server that does not answer is asked again at the next tick. */
static bool try_once(struct standby *standby)
{
    tell_alive(standby);
    standby->is_stopped = was_told_to_stop();
    if (standby->is_stopped) {
        notify_stopping();
        return true;
    }
    char holder[LEASE_ADDRESS_MAX] = "";
    bool is_taken = false;
    if (lease_take(standby->lease, &is_taken, holder, NULL) != ST_OK)
        return false;
    if (is_taken) /* kept from this moment on: to open takes its time */
        standby->is_taken =
            lease_keep(standby->lease, instance_lease_lost, NULL) == ST_OK;
    memcpy(standby->holder, holder, sizeof holder);
    return standby->is_taken;
}

static bool tick(void *context, char upstream[RELAY_ADDRESS_MAX])
{
    struct standby *standby = context;
    bool is_over = try_once(standby);
    bool is_own = strcmp(standby->holder, standby->own) == 0; /* of its life before */
    static_assert(LEASE_ADDRESS_MAX == RELAY_ADDRESS_MAX, "one address");
    memcpy(upstream, is_own ? "" : standby->holder, is_own ? 1 : RELAY_ADDRESS_MAX);
    return is_over;
}

static void say_ready(void *context)
{
    struct standby *standby = context;
    char url[RELAY_ADDRESS_MAX + 16];
    (void)snprintf(url, sizeof url, "http%s://%s",
                   standby->options->tls_cert == NULL ? "" : "s", standby->own);
    log_line(LOG_INFO, "standing by", "\"url\":\"%s\",\"serving\":\"%s\"", url,
             standby->holder);
    if (standby->options->ready != NULL)
        standby->options->ready(standby->options->context, url);
    notify_ready("stands by, and passes requests on to the node that serves");
}

/* Nothing to pass on: the holder is our own life before, or we have no fixed port. */
static bool waits_alone(const struct standby *standby)
{
    return strcmp(standby->holder, standby->own) == 0 ||
           strcmp(strrchr(standby->own, ':'), ":0") == 0;
}

static int wait_for_lease(struct standby *standby, struct diag *reterr)
{
    bool is_over = try_once(standby);
    if (!is_over && waits_alone(standby)) {
        log_line(LOG_INFO,
                 "waiting for the lease; with a fixed port in --listen or node_address"
                 " requests would be passed on meanwhile",
                 "\"serving\":\"%s\"", standby->holder);
        if (strcmp(standby->holder, standby->own) != 0) /* it may last for ever */
            notify_ready("stands by, and passes nothing on");
    }
    while (!is_over && waits_alone(standby)) {
        (void)usleep(RELAY_TICK_MS * 1000); /* cut short it is only tried earlier */
        is_over = try_once(standby);
    }
    if (is_over)
        return ST_OK;
    begin_streams(standby);
    begin_road(standby);
    const struct relay_config config = {.listen = standby->options->listen == NULL
                                                      ? SERVICE_LISTEN
                                                      : standby->options->listen,
                                        .is_safe = standby->options->tls_cert != NULL ||
                                                   standby->options->behind_proxy != NULL,
                                        .key = standby->relay_key,
                                        .tick = tick,
                                        .ready = say_ready,
                                        .context = standby,
                                        .own = standby->streams,
                                        .is_own = api_watch_takes};
    int status = relay_run(&config, reterr);
    end_streams(standby);
    end_road(standby);
    if (status == ST_OK && standby->is_taken)
        log_line(LOG_INFO, "taking over", "\"epoch\":%lld",
                 (long long)lease_epoch(standby->lease));
    return status;
}

/* DIR's lock, so that no second server uses it; let go for instance_open. */
static int wait_locked(struct standby *standby, const struct instance_paths *paths,
                       struct diag *reterr)
{
    int lock_fd, status = instance_lock(paths, &lock_fd, reterr);
    if (status == ST_OK) {
        status = wait_for_lease(standby, reterr);
        instance_unlock(lock_fd);
    }
    return status;
}

int standby_run(const struct service_options *options, struct standby_result *ret,
                struct diag *reterr)
{
    AUTO_FREE struct instance_paths *paths = mem_alloc(sizeof *paths);
    AUTO_FREE struct config *config = mem_alloc(sizeof *config);
    struct standby standby = {.options = options};
    if (paths == NULL || config == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    int status = instance_paths(paths, options->dir, reterr);
    if (status == ST_OK && options->store != NULL)
        instance_use_store(paths, options->store);
    if (status != ST_OK || !db_is_postgres(paths->db) || !instance_exists(paths))
        return status; /* instance_open says what is missing */
    standby.paths = paths;
    standby.store = paths->db;
    config_default(config);
    status = settings_read(config, paths->config, reterr);
    const char *listen = options->listen == NULL ? SERVICE_LISTEN : options->listen;
    (void)snprintf(standby.own, sizeof standby.own, "%s",
                   config->node_address[0] == '\0' ? listen : config->node_address);
    if (status == ST_OK && strrchr(standby.own, ':') == NULL)
        status = diag_set(reterr, ST_INVALID, 0, 0, "node_address",
                          "is no address: write 10.0.0.1:8443");
    if (status == ST_OK)
        status = vault_derive_from(paths->master_key, STANDBY_RELAY_PURPOSE,
                                   standby.relay_key, reterr);
    if (status == ST_OK)
        status = lease_open(&standby.lease, paths->db, standby.own, reterr);
    if (status == ST_OK)
        status = wait_locked(&standby, paths, reterr);
    if (status != ST_OK || standby.is_stopped) {
        lease_free(standby.lease);
        road_hierarchy_free(standby.hierarchy);
        road_free(standby.road);
        ret->is_stopped = standby.is_stopped;
        return status;
    }
    ret->lease = standby.lease;
    ret->road = standby.road;
    ret->hierarchy = standby.hierarchy;
    return ST_OK;
}
