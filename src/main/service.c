/* SPDX-License-Identifier: Apache-2.0 */
/* Start: instance (its writer runs and may fire timers at once), planner, channels, HTTP,
 * admin socket. Stop in the reverse order. The hooks find what is not there yet as NULL.
 */
#include "main/service.h"

#include "api/api.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "channel/channel.h"
#include "channel/heads.h"
#include "channel/push.h"
#include "demo/simulate.h"
#include "dispatch/closures.h"
#include "dispatch/learner.h"
#include "dispatch/planner.h"
#include "http/http.h"
#include "loop/names.h"
#include "main/admin.h"
#include "main/instance.h"
#include "main/keeper.h"
#include "main/notify.h"
#include "main/peers.h"
#include "main/settings.h"
#include "main/standby.h"
#include "store/answer.h"
#include "store/archive.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/vault.h"

#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DESCRIPTORS_OWN 160    /* of files, stores and peers */
#define DESCRIPTORS_MANY 32768 /* no need to count */
#define MAILBOX_AT_ONCE 500
#define WHY_MAX 4096 /* bytes of JSON */

struct service {
    const struct service_options *options;
    struct instance *instance;
    pthread_mutex_t areas_lock;
    struct area_tree areas; /* under areas_lock */
    atomic_bool areas_changed;
    struct http_server *server;
    struct admin *admin;
    _Atomic(struct api *) api;
    _Atomic(struct planner *) planner;
    _Atomic(struct channel *) channels[CHANNEL_COUNT];
    char *secrets[CHANNEL_COUNT]; /* theirs: freed after them */
    struct archive *archive;
    struct keeper *keeper;
    struct heads *heads; /* NULL: nowhere to send them */
    char *heads_secrets[2];
    struct push_signer *signer; /* of notifications; NULL: push is no channel */
    char *gateway_secret; /* what comes from the gateway is signed with it; NULL = none */
    uint64_t pulse;       /* the loop's, like the next: of the writer, at the last tick */
    int64_t still_ms;     /* since then it has not moved */
    pthread_t signal_thread, simulate_thread;
    bool has_signal_thread, has_simulate_thread;
    atomic_bool stopping;
};

/* ---- hooks: on the writer's thread
 * --------------------------------------------------------- */

static void on_event(void *context, int64_t position, int64_t incident_id,
                     const char *kind, const char *body)
{
    struct service *service = context;
    struct api *api = service->api;
    if (strncmp(kind, "areas.", 6) == 0)
        service->areas_changed = true;
    if (api != NULL)
        api_note_event(api, position, incident_id, kind, body);
}

static void on_outbox(void *context)
{
    struct service *service = context;
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        struct channel *channel = service->channels[i];
        if (channel != NULL)
            channel_wake(channel);
    }
}

static void on_replan(void *context)
{
    struct planner *planner = ((struct service *)context)->planner;
    if (planner != NULL)
        planner_wake(planner);
}

/* On any thread. */
static void on_closures(void *context)
{
    struct planner *planner = ((struct service *)context)->planner;
    if (planner != NULL)
        planner_replan(planner);
}

/* As the instance is opened. */
static void on_stage(void *context, const char *what)
{
    (void)context;
    notify_begin(what);
}

/* ---- channels
 * ------------------------------------------------------------------------------ */

static const char *base_url(void *context)
{
    const struct service *service = context;
    if (service->instance->config.public_url[0] != '\0')
        return service->instance->config.public_url;
    return http_server_url(service->server);
}

/* Areas come in by imports, which are rare: the tree is read again after one. */
static void refresh_areas(struct service *service)
{
    struct db *db = NULL;
    struct area_tree tree = {0};
    if (!service->areas_changed)
        return;
    service->areas_changed = false;
    if (db_open(&db, service->instance->paths.db, DB_READ, NULL) == ST_OK &&
        area_tree_load(&tree, db) == ST_OK) {
        area_tree_release(&service->areas);
        service->areas = tree;
    }
    db_close(db);
}

/* On the channels' threads. */
static void area_name(void *context, int64_t area_id, char *ret, size_t size)
{
    struct service *service = context;
    (void)pthread_mutex_lock(&service->areas_lock);
    refresh_areas(service);
    const struct area *area = area_by_id(&service->areas, area_id);
    (void)snprintf(ret, size, "%s", area == NULL ? "" : area->name);
    (void)pthread_mutex_unlock(&service->areas_lock);
}

/* The key of notifications follows from the instance's, so that all nodes have the same
 * one. */
static int make_signer(struct service *service, struct diag *reterr)
{
    struct loop_config loop;
    bool is_wanted = false;
    int status = settings_ladder(&service->instance->config, &loop, reterr);
    for (int32_t i = 0; status == ST_OK && i < loop.ladder_count; i++)
        is_wanted = is_wanted || loop.ladder[i] == CHANNEL_PUSH;
    if (!is_wanted)
        return status;
    uint8_t seed[32];
    vault_derive(service->instance->vault, "web push", seed);
    status =
        push_signer_new(&service->signer, seed, service->instance->config.push_contact);
    sodium_memzero(seed, sizeof seed);
    return status == ST_OK ? ST_OK
                           : diag_set(reterr, status, 0, 0, "channels",
                                      "the key for push cannot be made");
}

static int start_channel(struct service *service, enum channel_kind kind,
                         struct diag *reterr)
{
    const struct config *config = &service->instance->config;
    struct channel_config channel_config = {
        .kind = kind,
        .writer = service->instance->writer,
        .clock = service->instance->clock,
        .from = config->smtp_from,
        .zh = strcmp(config->gateway_language, "zh") == 0,
        .signer = service->signer,
        .random = service->instance->random,
        .at_once =
            kind == CHANNEL_FILE ? MAILBOX_AT_ONCE : peer_connections(config, kind),
        .base_url = base_url,
        .area_name = area_name,
        .context = service};
    char **secret = &service->secrets[kind];
    int status = peer_transport(service->instance, kind, NULL, &channel_config.transport,
                                secret, reterr);
    if (status != ST_OK)
        return status;
    channel_config.secret = *secret;
    struct channel *channel = NULL;
    status = channel_new(&channel, &channel_config);
    if (status == ST_OK)
        status = channel_start(channel);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, "channels", "%s cannot be started",
                        channel_kind_code(kind));
    service->channels[kind] = channel;
    return ST_OK;
}

/* Where the signed heads go, besides the database: none, or up to three places. */
static int start_heads(struct service *service, struct diag *reterr)
{
    const struct config *config = &service->instance->config;
    struct heads_config heads = {.writer = service->instance->writer,
                                 .clock = service->instance->clock,
                                 .db_path = service->instance->paths.db};
    struct heads_place *mail = &heads.places[HEADS_EMAIL];
    struct heads_place *post = &heads.places[HEADS_URL];
    int status = ST_OK;
    if (config->heads_folder[0] != '\0')
        heads.places[HEADS_FOLDER].folder = config->heads_folder;
    if (config->heads_email[0] != '\0') {
        *mail =
            (struct heads_place){.to = config->heads_email, .from = config->smtp_from};
        status = peer_transport(service->instance, CHANNEL_EMAIL, NULL, &mail->transport,
                                &service->heads_secrets[0], reterr);
    }
    if (status == ST_OK && config->heads_url[0] != '\0') {
        status = peer_transport(service->instance, CHANNEL_WEBHOOK, config->heads_url,
                                &post->transport, &service->heads_secrets[1], reterr);
        post->secret = service->heads_secrets[1];
    }
    if (status != ST_OK && mail->transport != NULL)
        mail->transport->release(mail->transport);
    if (status != ST_OK || (heads.places[HEADS_FOLDER].folder == NULL &&
                            mail->transport == NULL && post->transport == NULL))
        return status;
    status = heads_new(&service->heads, &heads, reterr);
    if (status == ST_OK && heads_start(service->heads) != ST_OK)
        status = diag_set(reterr, ST_NO_MEMORY, 0, 0, "heads", "no thread could be made");
    return status;
}

static int start_archive(struct service *service, struct diag *reterr)
{
    const struct archive_config config = {.writer = service->instance->writer,
                                          .clock = service->instance->clock,
                                          .db_path = service->instance->paths.db,
                                          .days = service->instance->config.archive_days};
    int status = archive_new(&service->archive, &config, reterr);
    if (status == ST_OK && archive_start(service->archive) != ST_OK)
        status =
            diag_set(reterr, ST_NO_MEMORY, 0, 0, "archive", "no thread could be made");
    return status;
}

static int start_channels(struct service *service, struct diag *reterr)
{
    char list[CONFIG_VALUE_MAX + 1];
    (void)snprintf(list, sizeof list, "%s", service->instance->config.channels);
    char *rest = list;
    for (char *word; (word = strsep(&rest, " ,")) != NULL;) {
        enum channel_kind kind;
        if (*word == '\0')
            continue;
        if (!channel_kind_parse(word, &kind))
            return diag_set(reterr, ST_INVALID, 0, 0, "channels", "%s is none of %s",
                            word, channel_kind_list());
        int status = start_channel(service, kind, reterr);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

/* ---- HTTP and planner
 * ------------------------------------------------------------------------ */

/* How the response model began: from its file, or why not. */
static void tell_start(const struct learner *learner)
{
    const struct learner_start start = learner_started(learner);
    if (start.kept == 0 && start.folded == 0)
        return;
    log_line(LOG_INFO,
             start.why == NULL ? "the response model was read"
                               : "the response model was folded anew",
             "\"kept\":%llu,\"folded\":%llu,\"why\":\"%s\"",
             (unsigned long long)start.kept, (unsigned long long)start.folded,
             start.why == NULL ? "" : start.why);
}

static int start_planner(struct service *service, struct diag *reterr)
{
    struct instance *instance = service->instance;
    struct planner_config config;
    instance_planner_config(instance, &config);
    config.writer = instance->writer;
    config.keeps = true;
    int64_t recovered = 0;
    if (command_call(instance->writer, answer_recover, &recovered, NULL) != ST_OK)
        log_line(LOG_WARNING, "answers of before cannot be learned from", NULL);
    else if (recovered > 0)
        log_line(LOG_INFO, "answers of before were taken from the events",
                 "\"answers\":%lld", (long long)recovered);
    struct planner *planner = NULL;
    int status = planner_new(&planner, &config);
    if (status == ST_OK)
        tell_start(planner_learner(planner));
    if (status == ST_OK)
        status = planner_start(planner);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, "planner", "cannot be started");
    service->planner = planner;
    return ST_OK;
}

static bool count_channel(void *context, enum channel_kind kind,
                          struct channel_counts *ret)
{
    struct channel *channel = ((struct service *)context)->channels[kind];
    if (channel != NULL)
        channel_count(channel, ret);
    return channel != NULL;
}

static const char *listen_of(const struct service_options *options)
{
    return options->listen == NULL ? SERVICE_LISTEN : options->listen;
}

/* Clients that take every descriptor would leave none for the mailbox, the stores and the
 * commands of whoever wants to see what is wrong. 0 = the server's own limit. */
static uint32_t connections_max(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS_MANY)
        return 0;
    return (uint32_t)(limit.rlim_cur < 2 * DESCRIPTORS_OWN
                          ? limit.rlim_cur / 2
                          : limit.rlim_cur - DESCRIPTORS_OWN);
}

/* So often that a sign of life is not missed if one tick is late. */
static uint32_t tick_ms(void)
{
    const int64_t watchdog_ms = notify_watchdog_ms();
    return watchdog_ms > 0 && watchdog_ms < 4 * API_TICK_MS
               ? (uint32_t)watchdog_ms / 4 + 1
               : API_TICK_MS;
}

/* A sign of life says that the loop's thread comes by, and that the writer has moved
 * since: it refuses on a full disk, too, and a long import is many steps. */
static void tell_alive(struct service *service)
{
    const int64_t watchdog_ms = notify_watchdog_ms();
    const uint64_t pulse = writer_pulse(service->instance->writer);
    const int64_t before_ms = service->still_ms;
    service->still_ms = pulse == service->pulse ? before_ms + tick_ms() : 0;
    service->pulse = pulse;
    if (watchdog_ms > 0 && service->still_ms == 0)
        notify_alive();
    if (before_ms < watchdog_ms / 2 && service->still_ms >= watchdog_ms / 2)
        log_line(LOG_ERROR,
                 "the writer does not move: unless it does, the service manager ends "
                 "this process",
                 "\"still_s\":%lld", (long long)(service->still_ms / 1000));
}

static void tick(void *context)
{
    struct service *service = context;
    api_tick(service->api);
    tell_alive(service);
}

static int start_http(struct service *service, struct diag *reterr)
{
    struct instance *instance = service->instance;
    const struct service_options *options = service->options;
    char backdrop[INSTANCE_PATH_SIZE + 32];
    (void)snprintf(backdrop, sizeof backdrop, "%s/backdrop.geojson", instance->paths.dir);
    int status = peer_secret("gateway_secret_file", instance->config.gateway_secret_file,
                             &service->gateway_secret, reterr);
    if (status != ST_OK)
        return status;
    const struct api_config api_config = {
        .dir = instance->paths.dir,
        .db_path = instance->paths.db,
        .writer = instance->writer,
        .vault = instance->vault,
        .crowd = instance->crowd,
        .road = instance->road,
        .road_path = instance->paths.road,
        .calendar = &instance->calendar,
        .planner = service->planner,
        .closures = instance->closures,
        .clock = instance->clock,
        .random = instance->random,
        .config = &instance->config,
        .backdrop_path = backdrop,
        .version = MUSTER_VERSION,
        .gateway_secret = service->gateway_secret,
        .count_channel = count_channel,
        .context = service,
        .push_key = service->signer == NULL ? NULL : push_signer_key(service->signer),
        .demo = options->demo};
    struct api *api = NULL;
    status = api_new(&api, &api_config, reterr);
    if (status != ST_OK)
        return status;
    service->api = api;
    uint8_t relay_key[32];
    vault_derive(instance->vault, STANDBY_RELAY_PURPOSE, relay_key);
    const struct http_config http_config = {
        .listen = listen_of(options),
        .tls_cert = options->tls_cert,
        .tls_key = options->tls_key,
        .behind_proxy = options->behind_proxy,
        .relay_key = instance->lease == NULL ? NULL : relay_key,
        .connections_max = connections_max(),
        .body_max = API_BODY_MAX,
        .body_max_of = api_body_max,
        .clock = instance->clock};
    status = http_server_new(&service->server, &http_config, api_handle, api, reterr);
    if (status != ST_OK)
        return status;
    api_serve(api, service->server);
    return http_server_every(service->server, tick_ms(), tick, service);
}

/* ---- signals and simulated people
 * --------------------------------------------------------------- */

/* Without a certificate a hang-up is no message to us: it ends the program, as it does
 * when the terminal of a demo is closed. */
static void own_signals(const struct service_options *options, sigset_t *ret)
{
    sigemptyset(ret);
    sigaddset(ret, SIGTERM);
    sigaddset(ret, SIGINT);
    if (options->tls_cert != NULL)
        sigaddset(ret, SIGHUP);
}

static void block_signals(const struct service_options *options)
{
    sigset_t set;
    own_signals(options, &set);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void renew_certificate(const struct service *service)
{
    const struct service_options *options = service->options;
    struct diag diag = {0};
    struct text why;
    int status = http_server_renew_certificate(service->server, options->tls_cert,
                                               options->tls_key, &diag);
    if (status == ST_OK) {
        log_line(LOG_INFO, "the certificate was read again", NULL);
        return;
    }
    text_init(&why, WHY_MAX);
    text_append_json(&why, diag.text[0] == '\0' ? status_text(status) : diag.text);
    log_line(LOG_ERROR,
             "the certificate was not renewed, the one of before is served on: put both "
             "files right and send SIGHUP again",
             "\"option\":\"%s\",\"why\":%s", diag.where, text_string(&why));
    text_release(&why);
}

static void *wait_for_signal(void *context)
{
    struct service *service = context;
    sigset_t set;
    int signal;
    own_signals(service->options, &set);
    while (sigwait(&set, &signal) == 0 && signal == SIGHUP)
        renew_certificate(service);
    service->stopping = true;
    log_line(LOG_INFO, "stopping", "\"signal\":%d", signal);
    notify_stopping();
    http_server_stop(service->server);
    return NULL;
}

static void *run_simulated_people(void *context)
{
    struct service *service = context;
    struct instance *instance = service->instance;
    const struct simulate_config config = {.mailbox = instance->paths.mailbox, .seed = 1};
    struct simulate *simulate = NULL;
    if (simulate_new(&simulate, &config) != ST_OK)
        return NULL;
    while (!service->stopping) {
        int64_t now_ms = clock_wall_ms(instance->clock);
        int64_t wait_ms = simulate_step(simulate, now_ms) - now_ms;
        wait_ms = wait_ms < 20 ? 20 : wait_ms > 250 ? 250 : wait_ms;
        usleep((useconds_t)(wait_ms * 1000));
    }
    simulate_free(simulate);
    return NULL;
}

static int start_threads(struct service *service, struct diag *reterr)
{
    struct instance *instance = service->instance;
    if (closures_start(instance->closures, instance->writer) != ST_OK)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "closures", "cannot be watched");
    service->has_signal_thread =
        pthread_create(&service->signal_thread, NULL, wait_for_signal, service) == 0;
    if (service->options->simulate)
        service->has_simulate_thread = pthread_create(&service->simulate_thread, NULL,
                                                      run_simulated_people, service) == 0;
    if (!service->has_signal_thread ||
        service->options->simulate != service->has_simulate_thread)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "start", "no thread could be made");
    return ST_OK;
}

/* Every connection is a descriptor: as many as the machine allows. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* the soft limit still serves hundreds */
}

/* ---- start and stop
 * ------------------------------------------------------------------------------- */

static void stop(struct service *service)
{
    service->stopping = true;
    if (service->has_simulate_thread)
        pthread_join(service->simulate_thread, NULL);
    if (service->has_signal_thread) {
        (void)pthread_kill(service->signal_thread, SIGTERM); /* if it still waits */
        pthread_join(service->signal_thread, NULL);
    }
    if (service->api != NULL)
        api_stop(service->api);
    for (int i = 0; i < CHANNEL_COUNT; i++) /* all at once: each may take its time */
        if (service->channels[i] != NULL)
            channel_ask_stop(service->channels[i]);
    heads_stop(service->heads);
    archive_stop(service->archive);
    admin_stop(service->admin);
    if (service->instance != NULL)
        closures_stop(service->instance->closures);
    keeper_stop(service->keeper);
    if (service->planner != NULL)
        planner_stop(service->planner);
    for (int i = 0; i < CHANNEL_COUNT; i++)
        if (service->channels[i] != NULL)
            channel_stop(service->channels[i]);
    if (service->instance != NULL)
        writer_stop(service->instance->writer); /* from here on no hook is called */
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        channel_free(service->channels[i]);
        mem_free(service->secrets[i]);
    }
    heads_free(service->heads);
    archive_free(service->archive);
    mem_free(service->heads_secrets[0]);
    mem_free(service->heads_secrets[1]);
    http_server_free(service->server); /* ends what still plans in its pool */
    planner_free(service->planner);
    api_free(service->api);
    mem_free(service->gateway_secret);
    push_signer_free(service->signer);
    instance_close(service->instance);
    area_tree_release(&service->areas);
}

/* What serves, but not as it was meant. */
static void warn(const struct service *service, const char *url)
{
    const struct config *config = &service->instance->config;
    const bool is_reached = service->options->behind_proxy == NULL &&
                            strstr(url, "//0.0.0.0:") == NULL &&
                            strstr(url, "//[::]:") == NULL;
    if (config->public_url[0] == '\0' && !is_reached)
        log_line(LOG_WARNING,
                 "links in messages lead to the address served, where nobody comes: "
                 "set public_url in muster.conf",
                 "\"url\":\"%s\"", url);
    const char *asked = strrchr(listen_of(service->options), ':');
    if (strcmp(asked, ":0") != 0 && strcmp(asked, strrchr(url, ':')) != 0)
        log_line(LOG_WARNING, "the port asked for is taken, another one is served",
                 "\"asked\":\"%s\",\"url\":\"%s\"", asked + 1, url);
    const int64_t behind_ms = writer_behind_ms(service->instance->writer);
    if (behind_ms != 0)
        log_line(LOG_WARNING,
                 "the clock is behind what was recorded before the start: set it, for "
                 "what is recorded and told meanwhile has wrong times",
                 "\"behind_s\":%lld", (long long)(behind_ms / 1000));
    if (!settings_has_zones() && strcmp(config->zone, "UTC") != 0)
        log_line(LOG_WARNING,
                 "this machine has no time zones, so hours count in UTC: install tzdata",
                 NULL);
}

static void say_ready(const char *url)
{
    char what[200];
    (void)snprintf(what, sizeof what, "serves %s", url);
    notify_ready(what);
}

int service_run(const struct service_options *options, struct diag *reterr)
{
    struct service *service = mem_calloc(1, sizeof *service);
    if (service == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    service->options = options;
    (void)pthread_mutex_init(&service->areas_lock, NULL); /* cannot fail on Linux */
    block_signals(options);                               /* before any thread is made */
    raise_descriptor_limit();
    struct standby_result standby = {.lease = NULL};
    int status = standby_run(options, &standby, reterr);
    if (status != ST_OK || standby.is_stopped) {
        mem_free(service);
        return status;
    }
    const struct instance_hooks hooks = {.store = options->store,
                                         .lease = standby.lease,
                                         .road = standby.road,
                                         .hierarchy = standby.hierarchy,
                                         .on_event = on_event,
                                         .on_outbox = on_outbox,
                                         .on_replan = on_replan,
                                         .on_closures = on_closures,
                                         .on_stage = on_stage,
                                         .context = service};
    notify_begin("opens the database");
    int64_t started_us = clock_mono_us(clock_system());
    status = instance_open(&service->instance, options->dir, &hooks, reterr);
    if (status == ST_BUSY)
        status = diag_set(reterr, ST_BUSY, 0, 0, options->dir,
                          "another muster holds this folder already: a server, or a "
                          "command that still runs; wait for it, or end it");
    if (status == ST_OK &&
        area_tree_load(&service->areas, service->instance->db) != ST_OK)
        status = diag_set(reterr, ST_CORRUPT, 0, 0, "areas", "cannot be read");
    if (status == ST_OK) {
        notify_begin("reads what was learned");
        status = start_planner(service, reterr);
    }
    if (status == ST_OK)
        status = make_signer(service, reterr);
    if (status == ST_OK)
        status = start_http(service, reterr);
    if (status == ST_OK)
        status = start_channels(service, reterr);
    if (status == ST_OK)
        status = start_heads(service, reterr);
    if (status == ST_OK)
        status = start_archive(service, reterr);
    if (status == ST_OK)
        status =
            keeper_start(&service->keeper, service->instance, service->server, reterr);
    if (status == ST_OK)
        status = admin_start(&service->admin, service->instance, reterr);
    if (status == ST_OK)
        status = start_threads(service, reterr);
    if (status == ST_OK) {
        const char *url = http_server_url(service->server);
        log_line(LOG_INFO, "serving",
                 "\"url\":\"%s\",\"people\":%u,\"people_from\":\"%s\",\"people_ms\":%lld,"
                 "\"start_ms\":%lld",
                 url, crowd_count(service->instance->crowd),
                 service->instance->people_from, (long long)service->instance->people_ms,
                 (long long)((clock_mono_us(clock_system()) - started_us) / 1000));
        warn(service, url);
        if (options->ready != NULL)
            options->ready(options->context, url);
        say_ready(url);
        http_server_run(service->server);
    }
    stop(service);
    mem_free(service);
    return status;
}
