/* SPDX-License-Identifier: Apache-2.0 */
/* The worker has three things under way at most: one `take` command, one `report`
 * command, and up to CHANNEL_FLIGHT_MAX messages between them. Commands are asynchronous:
 * their `done` runs on the writer's thread, marks them finished under the lock, and wakes
 * the transport.
 *
 *     outbox --take--> waiting --transport--> flying --result--> results --report-->
 * writer
 */
#include "channel/channel.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "base/thread.h"
#include "channel/breaker.h"
#include "channel/format.h"
#include "channel/push.h"
#include "loop/names.h"
#include "store/area.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define STOP_WAIT_MS 1000
#define BUSY_RETRY_MS 100     /* the writer's queue was full */
#define REFUSED_RETRY_MS 1000 /* the writer could not store it: no room on the disk */
#define RETRY_AFTER_MS_MAX                                                               \
    3600000 /* a peer that asks for more is asked again earlier                          \
             */
#define IDLE_MS 1000
#define LINK_MAX 600
#define TRY_WAIT_MS 100

enum phase { IDLE, UNDER_WAY, FINISHED };

struct channel {
    struct channel_config config;
    struct breaker breaker;

    pthread_mutex_t lock; /* take_phase, report_phase: done runs on the writer's thread */
    enum phase take_phase, report_phase;
    int take_status, report_status;

    struct outbox_take take;
    bool take_wanted; /* something may be due */
    int64_t next_due_ms;
    struct outbox_item *waiting; /* of the last take, from waiting_first on */
    uint32_t waiting_first, waiting_count;

    struct flight {
        int64_t message_id, person_id, browser_id;
        int32_t tries;
    } flights[CHANNEL_FLIGHT_MAX];
    uint32_t flight_count;

    struct outbox_report report;
    struct outbox_result results[CHANNEL_FLIGHT_MAX], sent_results[CHANNEL_FLIGHT_MAX];
    uint32_t result_count;
    int64_t paused_until_ms; /* nothing is submitted before: the writer refused */
    int64_t stepped_ms;      /* wall time of the step before */

    atomic_bool woken, stopping;
    pthread_t thread;
    bool has_thread;
    _Atomic uint64_t handed_over, retried, failed;
    atomic_bool resting;
};

int channel_new(struct channel **ret, const struct channel_config *config)
{
    assert(config->transport != NULL);
    struct channel *channel = mem_calloc(1, sizeof *channel);
    if (channel == NULL)
        return ST_NO_MEMORY;
    channel->config = *config;
    if (channel->config.at_once == 0)
        channel->config.at_once = 1;
    channel->take_wanted = true;
    channel->next_due_ms = INT64_MAX;
    pthread_mutex_init(&channel->lock, NULL);
    *ret = channel;
    return ST_OK;
}

void channel_free(struct channel *channel)
{
    if (channel == NULL)
        return;
    assert(!channel->has_thread);
    outbox_take_release(&channel->take);
    channel->config.transport->release(channel->config.transport);
    pthread_mutex_destroy(&channel->lock);
    mem_free(channel);
}

void channel_wake(struct channel *channel)
{
    channel->woken = true;
    channel->config.transport->wake(channel->config.transport);
}

static void set_phase(struct channel *channel, enum phase *phase, enum phase value)
{
    pthread_mutex_lock(&channel->lock);
    *phase = value;
    pthread_mutex_unlock(&channel->lock);
}

static enum phase phase_of(struct channel *channel, const enum phase *phase)
{
    pthread_mutex_lock(&channel->lock);
    enum phase value = *phase;
    pthread_mutex_unlock(&channel->lock);
    return value;
}

static struct channel *channel_of(struct command *command, size_t offset)
{
    return (struct channel *)(void *)((char *)command - offset);
}

static void take_done(struct command *command, int status)
{
    struct channel *channel = channel_of(command, offsetof(struct channel, take));
    channel->take_status = status;
    set_phase(channel, &channel->take_phase, FINISHED);
    channel->config.transport->wake(channel->config.transport);
}

static void report_done(struct command *command, int status)
{
    struct channel *channel = channel_of(command, offsetof(struct channel, report));
    channel->report_status = status;
    set_phase(channel, &channel->report_phase, FINISHED);
    channel->config.transport->wake(channel->config.transport);
}

/* ---- results -> writer ----------------------------------------------------------------
 */

static void add_result(struct channel *channel, const struct flight *flight,
                       enum outbox_outcome outcome, int64_t retry_ms, const char *code)
{
    assert(channel->result_count < CHANNEL_FLIGHT_MAX);
    channel->results[channel->result_count++] =
        (struct outbox_result){.message_id = flight->message_id,
                               .person_id = flight->person_id,
                               .browser_id = flight->browser_id,
                               .outcome = outcome,
                               .retry_ms = retry_ms,
                               .code = code};
}

static struct flight flight_of(const struct outbox_item *item)
{
    return (struct flight){.message_id = item->id,
                           .person_id = item->person_id,
                           .browser_id = item->browser_id,
                           .tries = item->tries};
}

static void submit_report(struct channel *channel, int64_t now_ms)
{
    if (channel->result_count == 0 || now_ms < channel->paused_until_ms ||
        phase_of(channel, &channel->report_phase) != IDLE)
        return; /* FINISHED: it is collected first */
    memcpy(channel->sent_results, channel->results,
           channel->result_count * sizeof channel->results[0]);
    outbox_report_init(&channel->report, channel->sent_results, channel->result_count);
    channel->report.command.done = report_done;
    set_phase(channel, &channel->report_phase, UNDER_WAY);
    if (writer_submit(channel->config.writer, &channel->report.command) != ST_OK) {
        set_phase(channel, &channel->report_phase, IDLE);
        return; /* the results stay; the next round tries again */
    }
    channel->result_count = 0;
}

/* A report that could not be stored (no room on the disk) is queued again: the messages
 * are `sending` until it is. */
static void collect_report(struct channel *channel, int64_t now_ms)
{
    if (phase_of(channel, &channel->report_phase) != FINISHED)
        return;
    set_phase(channel, &channel->report_phase, IDLE);
    if (channel->report_status == ST_OK || channel->report_status == ST_CLOSED)
        return;
    channel->paused_until_ms = now_ms + REFUSED_RETRY_MS;
    assert(channel->result_count + channel->report.count <= CHANNEL_FLIGHT_MAX);
    for (uint32_t i = 0; i < channel->report.count; i++)
        channel->results[channel->result_count++] = channel->sent_results[i];
}

/* Messages that are this channel's: taken, flying, or with a result that is not stored
 * yet. */
static uint32_t occupied(struct channel *channel)
{
    bool reports = phase_of(channel, &channel->report_phase) != IDLE;
    return channel->waiting_count - channel->waiting_first + channel->flight_count +
           channel->result_count + (reports ? channel->report.count : 0);
}

/* ---- transport -> results
 * -------------------------------------------------------------- */

static void judge(struct channel *channel, const struct flight *flight,
                  const struct transport_result *result, int64_t now_ms)
{
    if (result->outcome == TRANSPORT_ACCEPTED) {
        channel->handed_over++;
        bool is_mailbox = channel->config.kind == CHANNEL_FILE;
        add_result(channel, flight, is_mailbox ? OUTBOX_DELIVERED : OUTBOX_HANDED_OVER, 0,
                   NULL);
        return;
    }
    char why[2 * TRANSPORT_WHY_MAX];
    struct text quoted;
    text_init(&quoted, sizeof why - 1);
    text_append_json(&quoted, result->why);
    log_line(LOG_WARNING, "message not taken",
             "\"channel\":\"%s\",\"message\":%lld,\"why\":%s",
             channel_kind_code(channel->config.kind), (long long)flight->message_id,
             quoted.status == ST_OK ? text_string(&quoted) : "\"\"");
    text_release(&quoted);
    if (result->outcome == TRANSPORT_PERMANENT || flight->tries >= CHANNEL_TRIES_MAX) {
        const bool is_gone = channel->config.kind == CHANNEL_PUSH && result->is_gone;
        channel->failed++;
        add_result(channel, flight, is_gone ? OUTBOX_GONE : OUTBOX_FAILED, 0, "refused");
        return;
    }
    channel->retried++;
    int64_t wait = breaker_backoff_ms(flight->tries);
    if (wait < result->retry_after_ms)
        wait = result->retry_after_ms < RETRY_AFTER_MS_MAX ? result->retry_after_ms
                                                           : RETRY_AFTER_MS_MAX;
    add_result(channel, flight, OUTBOX_RETRY, now_ms + wait, "try_again");
}

static void collect_results(struct channel *channel, int64_t now_ms)
{
    struct transport_result result;
    while (channel->config.transport->finished(channel->config.transport, &result)) {
        breaker_note(&channel->breaker, result.peer_down, now_ms);
        channel->resting = channel->breaker.rest_ms != 0;
        for (uint32_t i = 0; i < channel->flight_count; i++) {
            if ((uint64_t)channel->flights[i].message_id != result.tag)
                continue;
            struct flight flight = channel->flights[i];
            channel->flights[i] = channel->flights[--channel->flight_count];
            judge(channel, &flight, &result, now_ms);
            break;
        }
    }
}

/* ---- waiting -> transport
 * -------------------------------------------------------------- */

static bool is_posted(enum channel_kind kind)
{
    return kind == CHANNEL_WEBHOOK || wording_is_telephone(kind);
}

/* One item on its way to the transport. */
struct letter {
    struct transport_job job;
    struct text body;
    char headers[FORMAT_HEADERS_MAX][FORMAT_HEADER_SIZE];
    const char *header_list[FORMAT_HEADERS_MAX + 1];
    struct push_target target;
};

/* A sealed notification for a browser. */
static int fill_push(struct channel *channel, const struct outbox_item *item,
                     const struct wording *wording, const char *link, int64_t now_ms,
                     struct letter *ret)
{
    char authorization[PUSH_AUTHORIZATION_SIZE];
    uint8_t fresh[48];
    struct text plain;
    text_init(&plain, PUSH_PLAIN_MAX);
    random_fill(channel->config.random, fresh, sizeof fresh);
    int status = format_push(item, wording, link, ret->target.zh, &plain);
    if (status == ST_OK)
        status = push_seal(&ret->target, fresh, plain.data, plain.size, &ret->body);
    if (status == ST_OK)
        status = push_sign(channel->config.signer, ret->target.endpoint, now_ms,
                           authorization);
    if (status == ST_OK)
        format_push_headers(item, authorization, now_ms, ret->headers, ret->header_list);
    text_release(&plain);
    ret->job.url = ret->target.endpoint;
    ret->job.headers = ret->header_list;
    return status;
}

static int fill_body(struct channel *channel, const struct outbox_item *item,
                     const struct wording *wording, const char *link, int64_t now_ms,
                     struct letter *ret)
{
    const enum channel_kind kind = channel->config.kind;
    if (kind == CHANNEL_PUSH)
        return fill_push(channel, item, wording, link, now_ms, ret);
    if (kind == CHANNEL_EMAIL) {
        ret->job.to = item->to.email;
        return format_mail(item, wording, channel->config.from, now_ms, &ret->body);
    }
    const int status = format_json(item, wording, link, now_ms, &ret->body);
    if (status == ST_OK && is_posted(kind)) {
        format_signature(item, channel->config.secret, ret->body.data, ret->body.size,
                         now_ms, ret->headers, ret->header_list);
        ret->job.headers = ret->header_list;
    }
    return status;
}

/* 0, ST_INVALID (no address), ST_LIMIT, ST_NO_MEMORY. The body is the caller's to release
 * whatever is returned. */
static int fill_letter(struct channel *channel, const struct outbox_item *item,
                       int64_t now_ms, struct letter *ret)
{
    char area[AREA_NAME_MAX + 1] = "", link[LINK_MAX];
    const bool is_push = channel->config.kind == CHANNEL_PUSH;
    channel->config.area_name(channel->config.context, item->area_id, area, sizeof area);
    const char *base = channel->config.base_url(channel->config.context);
    if ((item->to_desk && item->desk_code[0] == '\0') ||
        (is_push && !push_target_read(item->push, &ret->target)))
        return ST_INVALID;
    if (item->kind == MESSAGE_KIND_TEST)
        (void)snprintf(link, sizeof link, "%s/", base);
    else if (item->to_desk)
        (void)snprintf(link, sizeof link, "%s/incidents/%lld", base,
                       (long long)item->incident_id);
    else
        (void)snprintf(link, sizeof link, "%s/%s/%s", base,
                       item->course == NULL ? "r" : "m", item->token);
    struct wording wording;
    int status =
        wording_make(item, area, link, is_push ? ret->target.zh : channel->config.zh,
                     now_ms, &wording);
    if (status == ST_OK)
        status = fill_body(channel, item, &wording, link, now_ms, ret);
    wording_release(&wording);
    ret->job.tag = (uint64_t)item->id;
    ret->job.body = text_string(&ret->body);
    ret->job.body_size = ret->body.size;
    return status;
}

int channel_try(struct channel *channel, const struct outbox_item *item, int64_t now_ms,
                struct transport_result *ret)
{
    struct transport *transport = channel->config.transport;
    struct letter letter = {.job = {0}};
    text_init(&letter.body, FORMAT_MAX);
    int status = fill_letter(channel, item, now_ms, &letter);
    if (status == ST_OK)
        status = transport->start(transport, &letter.job);
    text_release(&letter.body);
    while (status == ST_OK && !transport->finished(transport, ret))
        transport->step(transport, TRY_WAIT_MS);
    return status;
}

/* False if the transport has no room (or no memory): the item stays. */
static bool hand_over(struct channel *channel, const struct outbox_item *item,
                      int64_t now_ms)
{
    const struct flight flight = flight_of(item);
    struct letter letter = {.job = {0}};
    text_init(&letter.body, FORMAT_MAX);
    int status = item->damaged ? ST_CORRUPT : fill_letter(channel, item, now_ms, &letter);
    if (status == ST_OK)
        status = channel->config.transport->start(channel->config.transport, &letter.job);
    text_release(&letter.body);
    if (status == ST_BUSY || status == ST_NO_MEMORY)
        return false;
    if (status != ST_OK) {
        channel->failed++;
        if (item->damaged)
            log_line(LOG_ERROR, "message not sent",
                     "\"channel\":\"%s\",\"message\":%lld,\"why\":\"the row of its "
                     "person is damaged; put back a backup\"",
                     channel_kind_code(channel->config.kind), (long long)item->id);
        add_result(channel, &flight, OUTBOX_FAILED, 0,
                   item->damaged ? "damaged" : "no_address");
        return true;
    }
    channel->flights[channel->flight_count++] = flight;
    return true;
}

static void hand_over_waiting(struct channel *channel, int64_t now_ms)
{
    while (channel->waiting_first < channel->waiting_count) {
        uint32_t room = channel->config.at_once > channel->flight_count
                            ? channel->config.at_once - channel->flight_count
                            : 0;
        if (breaker_allows(&channel->breaker, now_ms, room) == 0)
            return;
        uint32_t flying = channel->flight_count;
        bool taken =
            hand_over(channel, &channel->waiting[channel->waiting_first], now_ms);
        if (channel->flight_count == flying)
            breaker_not_tried(&channel->breaker);
        if (!taken)
            return;
        channel->waiting_first++;
    }
}

/* While the channel rests nothing lies `sending` in its hands: queued again, a message
 * can still be withdrawn. */
static void give_back_waiting(struct channel *channel, int64_t now_ms)
{
    if (channel->breaker.rest_ms == 0 || now_ms >= channel->breaker.open_until_ms)
        return;
    for (; channel->waiting_first < channel->waiting_count; channel->waiting_first++) {
        const struct flight flight = flight_of(&channel->waiting[channel->waiting_first]);
        add_result(channel, &flight, OUTBOX_RETRY, channel->breaker.open_until_ms,
                   "rests");
    }
}

/* ---- outbox -> waiting
 * ------------------------------------------------------------------ */

static void collect_take(struct channel *channel, int64_t now_ms)
{
    if (phase_of(channel, &channel->take_phase) != FINISHED)
        return;
    set_phase(channel, &channel->take_phase, IDLE);
    if (channel->take_status != ST_OK) {
        outbox_take_release(&channel->take);
        channel->take_wanted = channel->take_wanted || channel->take_status != ST_CLOSED;
        channel->paused_until_ms = now_ms + REFUSED_RETRY_MS;
        return;
    }
    channel->waiting = channel->take.items;
    channel->waiting_first = 0;
    channel->waiting_count = channel->take.count;
    channel->next_due_ms = channel->take.next_due_ms;
    if (channel->take.count > 0)
        channel->take_wanted = true; /* there may be more */
}

/* Takes only what can be handed over soon: a message that lies `sending` in a queue of
 * ours would go out twice after a crash for nothing. */
static void submit_take(struct channel *channel, int64_t now_ms)
{
    if (channel->woken || channel->next_due_ms <= now_ms) {
        channel->woken = false;
        channel->take_wanted = true;
    }
    if (!channel->take_wanted || channel->stopping || now_ms < channel->paused_until_ms ||
        channel->waiting_first < channel->waiting_count ||
        phase_of(channel, &channel->take_phase) != IDLE)
        return; /* FINISHED: what it brought is collected first */
    uint32_t room = channel->config.at_once > channel->flight_count
                        ? channel->config.at_once - channel->flight_count
                        : 0;
    uint32_t free = CHANNEL_FLIGHT_MAX - occupied(channel);
    if (room > free)
        room = free;
    bool rests = channel->breaker.rest_ms != 0;
    if (rests)
        room = room > 0 && now_ms >= channel->breaker.open_until_ms &&
               !channel->breaker.probing;
    if (room == 0)
        return;
    outbox_take_release(&channel->take);
    outbox_take_init(&channel->take, channel->config.kind,
                     room < OUTBOX_TAKE_MAX ? room : OUTBOX_TAKE_MAX);
    channel->take.command.done = take_done;
    channel->waiting = NULL;
    channel->waiting_first = channel->waiting_count = 0;
    /* A wake that comes while it is under way must ask again. */
    channel->take_wanted = false;
    set_phase(channel, &channel->take_phase, UNDER_WAY);
    if (writer_submit(channel->config.writer, &channel->take.command) != ST_OK) {
        set_phase(channel, &channel->take_phase, IDLE);
        channel->take_wanted = true;
    }
}

/* ---- the step and its thread
 * ------------------------------------------------------------- */

static int64_t next_due(struct channel *channel, int64_t now_ms)
{
    if (channel->result_count > 0)
        return now_ms + BUSY_RETRY_MS;
    int64_t due = channel->next_due_ms;
    if (channel->take_wanted || channel->waiting_first < channel->waiting_count)
        due = now_ms + BUSY_RETRY_MS;
    if (channel->breaker.rest_ms != 0 && due < channel->breaker.open_until_ms)
        due = channel->breaker.open_until_ms;
    return due;
}

/* The wall clock was set back: what waits here waits as long as it still had to, and the
 * due times of the queued messages have moved (the loop re-bases them). */
static void follow_clock(struct channel *channel, int64_t now_ms)
{
    int64_t back_ms = channel->stepped_ms - now_ms;
    channel->stepped_ms = now_ms;
    if (back_ms <= 0)
        return;
    breaker_follow(&channel->breaker, now_ms);
    if (channel->paused_until_ms > now_ms + REFUSED_RETRY_MS)
        channel->paused_until_ms = now_ms + REFUSED_RETRY_MS;
    for (uint32_t i = 0; i < channel->result_count; i++)
        if (channel->results[i].outcome == OUTBOX_RETRY)
            channel->results[i].retry_ms -= back_ms;
    channel->take_wanted = true;
}

int64_t channel_step(struct channel *channel, int64_t now_ms, int wait_ms)
{
    struct transport *transport = channel->config.transport;
    follow_clock(channel, now_ms);
    transport->step(transport, wait_ms);
    collect_take(channel, now_ms);
    collect_report(channel, now_ms);
    hand_over_waiting(channel, now_ms);
    transport->step(transport, 0);
    collect_results(channel, now_ms);
    give_back_waiting(channel, now_ms);
    submit_report(channel, now_ms);
    submit_take(channel, now_ms);
    return next_due(channel, now_ms);
}

static bool is_quiet(struct channel *channel)
{
    return channel->flight_count == 0 && channel->result_count == 0 &&
           channel->waiting_first == channel->waiting_count &&
           phase_of(channel, &channel->take_phase) == IDLE &&
           phase_of(channel, &channel->report_phase) == IDLE;
}

static void *run(void *context)
{
    struct channel *channel = context;
    int64_t stop_at_ms = INT64_MAX;
    int wait_ms = 0;
    thread_name("channel");
    thread_nice(THREAD_NICE_MESSAGES);
    while (true) {
        /* Waits here and not in the step, whose time is that of the results. */
        channel->config.transport->step(channel->config.transport, wait_ms);
        int64_t now_ms = clock_wall_ms(channel->config.clock);
        if (channel->stopping && stop_at_ms == INT64_MAX)
            stop_at_ms = now_ms + STOP_WAIT_MS;
        if (channel->stopping && (is_quiet(channel) || now_ms >= stop_at_ms))
            break;
        int64_t due_ms = channel_step(channel, now_ms, 0);
        int64_t ahead = due_ms - clock_wall_ms(channel->config.clock);
        wait_ms = ahead < 1 ? 1 : ahead > IDLE_MS ? IDLE_MS : (int)ahead;
        if (channel->woken)
            wait_ms = 0;
    }
    /* The commands lie in this struct: they must be back before it goes. */
    while (phase_of(channel, &channel->take_phase) == UNDER_WAY ||
           phase_of(channel, &channel->report_phase) == UNDER_WAY)
        channel->config.transport->step(channel->config.transport, 10);
    return NULL;
}

int channel_start(struct channel *channel)
{
    if (pthread_create(&channel->thread, NULL, run, channel) != 0)
        return ST_NO_MEMORY;
    channel->has_thread = true;
    return ST_OK;
}

void channel_ask_stop(struct channel *channel)
{
    channel->stopping = true;
    channel->config.transport->wake(channel->config.transport);
}

void channel_stop(struct channel *channel)
{
    if (!channel->has_thread)
        return;
    channel_ask_stop(channel);
    pthread_join(channel->thread, NULL);
    channel->has_thread = false;
}

void channel_count(struct channel *channel, struct channel_counts *ret)
{
    *ret = (struct channel_counts){.handed_over = channel->handed_over,
                                   .retried = channel->retried,
                                   .failed = channel->failed,
                                   .resting = channel->resting};
}
