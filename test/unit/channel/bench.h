/* SPDX-License-Identifier: Apache-2.0 */
/* A worker between a real store and a peer that does what the test says. Nothing runs by
 * itself: the test steps the writer and the channel, and moves the clock. Header only:
 * each test program is one file. */
#ifndef MUSTER_TEST_CHANNEL_BENCH_H
#define MUSTER_TEST_CHANNEL_BENCH_H

#include "test/unit/store/fixture.h"

#include "base/log.h"
#include "channel/breaker.h"
#include "channel/channel.h"
#include "channel/push.h"
#include "crowd/people_csv.h"
#include "loop/names.h"
#include "store/link.h"
#include "store/people.h"
#include "store/places.h"

#include <pthread.h>

#define JOBS_MAX 4096
#define PEOPLE 30

/* ---- the peer
 * -------------------------------------------------------------------------- */

struct job {
    uint64_t tag;
    char to[64], url[64];
    char *body;
    bool perhaps_twice;
    int64_t at_ms;
};

struct peer {
    struct transport super;
    struct fixture *store;
    /* The answer to every try, and how many it takes at a time; `holds` = it answers
     * nothing at all. */
    struct transport_result answer;
    uint32_t room;
    bool holds, writer_runs_meanwhile;
    struct job jobs[JOBS_MAX];
    uint32_t job_count, answered;
    int64_t sending_at_start; /* rows `sending` when a try begins; -1 = not looked up */
    pthread_mutex_t lock;
    pthread_cond_t woken_changed;
    bool woken;
};

static inline int peer_start(struct transport *super, const struct transport_job *job)
{
    struct peer *peer = (struct peer *)super;
    if (peer->job_count - peer->answered >= peer->room)
        return ST_BUSY;
    assert_true(peer->job_count < JOBS_MAX);
    if (peer->sending_at_start >= 0)
        peer->sending_at_start = fixture_number(
            peer->store, "SELECT count(*) FROM message WHERE state = 'sending'");
    struct job *kept = &peer->jobs[peer->job_count++];
    *kept = (struct job){.tag = job->tag, .at_ms = peer->store->clock.now_ms};
    (void)snprintf(kept->to, sizeof kept->to, "%s", job->to == NULL ? "" : job->to);
    (void)snprintf(kept->url, sizeof kept->url, "%s", job->url == NULL ? "" : job->url);
    kept->body = mem_strndup(job->body, job->body_size);
    kept->perhaps_twice = strstr(kept->body, "Perhaps-Twice") != NULL;
    return ST_OK;
}

static inline void peer_step(struct transport *super, int wait_ms)
{
    struct peer *peer = (struct peer *)super;
    (void)pthread_mutex_lock(&peer->lock);
    if (wait_ms > 0 && !peer->woken) {
        struct timespec until;
        (void)timespec_get(&until, TIME_UTC);
        until.tv_nsec += 2000000; /* often enough for a test */
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        (void)pthread_cond_timedwait(&peer->woken_changed, &peer->lock, &until);
    }
    peer->woken = false;
    (void)pthread_mutex_unlock(&peer->lock);
}

static inline bool peer_finished(struct transport *super, struct transport_result *ret)
{
    struct peer *peer = (struct peer *)super;
    if (peer->writer_runs_meanwhile)
        (void)writer_step(peer->store->writer, peer->store->clock.now_ms);
    if (peer->holds || peer->answered == peer->job_count)
        return false;
    *ret = peer->answer;
    ret->tag = peer->jobs[peer->answered++].tag;
    return true;
}

static inline uint32_t peer_running(struct transport *super)
{
    struct peer *peer = (struct peer *)super;
    return peer->job_count - peer->answered;
}

static inline void peer_wake(struct transport *super)
{
    struct peer *peer = (struct peer *)super;
    (void)pthread_mutex_lock(&peer->lock);
    peer->woken = true;
    (void)pthread_cond_signal(&peer->woken_changed);
    (void)pthread_mutex_unlock(&peer->lock);
}

static inline void peer_release(struct transport *super)
{
    (void)super; /* the test's */
}

/* ---- the bench
 * ------------------------------------------------------------------------- */

struct bench {
    struct fixture store;
    struct peer peer;
    struct channel *channel;
    struct clock *clock; /* of the channel */
    int64_t first_person, callout, need, incident;
};

static const char *base_url(void *context)
{
    (void)context;
    return "https://county.invalid";
}

static inline void area_name(void *context, int64_t area_id, char *ret, size_t size)
{
    (void)context;
    (void)area_id;
    (void)snprintf(ret, size, "新埭镇");
}

static inline void open_channel(struct bench *b, enum channel_kind kind, uint32_t at_once)
{
    struct channel_config config = {.kind = kind,
                                    .transport = &b->peer.super,
                                    .writer = b->store.writer,
                                    .clock = b->clock,
                                    .from = "muster@county.invalid",
                                    .secret = "key",
                                    .at_once = at_once,
                                    .base_url = base_url,
                                    .area_name = area_name};
    assert_int_equal(channel_new(&b->channel, &config), ST_OK);
}

static inline int put_people(void *context, struct writer *writer, int64_t now_ms,
                             struct diag *reterr)
{
    return people_import(writer, context, 1, now_ms, reterr);
}

/* P0 .. P29; every third has no address. */
static inline void import_people(struct bench *b)
{
    struct skill_table *skills = mem_alloc(sizeof *skills);
    struct diag *diag = &b->store.diag;
    struct db *db = fixture_reader(&b->store);
    assert_int_equal(skills_load(db, skills), ST_OK);
    db_close(db);
    struct text text;
    text_init(&text, 100000);
    text_append_string(&text, "number,name,lat,lon,email\n");
    for (int i = 0; i < PEOPLE; i++)
        text_appendf(&text, "P%d,Person %d,30.7%d,121.0,p%d%s\n", i, i, i, i,
                     i % 3 == 2 ? "" : "@people.invalid");
    char *copy = text_take(&text);
    /* An empty cell for those without. */
    for (char *at = copy; (at = strstr(at, "121.0,p")) != NULL; at++) {
        char *word = at + 6, *end = strchr(word, '\n');
        if (memchr(word, '@', (size_t)(end - word)) == NULL)
            memmove(word, end, strlen(end) + 1);
    }
    struct people_csv_config config = {.skills = skills};
    struct people_csv csv;
    assert_int_equal(people_csv_parse(copy, strlen(copy), &config, &csv, diag), ST_OK);
    struct people_import import = {
        .rows = csv.rows, .count = csv.count, .skills = skills};
    int status = command_call(b->store.writer, put_people, &import, diag);
    if (status != ST_OK)
        print_message("%s: %s\n", diag->where, diag->text);
    assert_int_equal(status, ST_OK);
    people_import_release(&import);
    people_csv_release(&csv);
    text_release(&text);
    mem_free(copy);
    mem_free(skills);
    b->first_person = fixture_number(&b->store, "SELECT min(id) FROM person");
    assert_int_equal(fixture_number(&b->store, "SELECT count(*) FROM person"), PEOPLE);
}

static inline int bench_setup(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    log_set_level(LOG_ERROR);
    fixture_init(&b->store);
    b->clock = &b->store.clock.super;
    b->peer = (struct peer){.super = {peer_start, peer_step, peer_finished, peer_running,
                                      peer_wake, peer_release},
                            .store = &b->store,
                            .room = JOBS_MAX,
                            .sending_at_start = -1};
    (void)pthread_mutex_init(&b->peer.lock, NULL);
    (void)pthread_cond_init(&b->peer.woken_changed, NULL);
    import_people(b);
    *state = b;
    return 0;
}

static inline int bench_teardown(void **state)
{
    struct bench *b = *state;
    channel_free(b->channel);
    for (uint32_t i = 0; i < b->peer.job_count; i++)
        mem_free(b->peer.jobs[i].body);
    (void)pthread_mutex_destroy(&b->peer.lock);
    (void)pthread_cond_destroy(&b->peer.woken_changed);
    fixture_drop(&b->store);
    free(b);
    return 0;
}

/* A call-out that asks COUNT people from the FIRST on, over CHANNELS (bits). */
static inline void call_out(struct bench *b, uint32_t first, uint32_t count,
                            uint32_t channels)
{
    b->incident = fixture_report(&b->store, false);
    b->need = fixture_need(&b->store, b->incident, 3);
    struct loop_invitation people[PEOPLE];
    for (uint32_t i = 0; i < count; i++)
        people[i] = (struct loop_invitation){.person_id = b->first_person + first + i,
                                             .count = 1,
                                             .travel_ms = 60000,
                                             .p_accept = 0.3F,
                                             .p_in_time = 0.9F,
                                             .channels = (uint8_t)channels};
    struct loop_wave wave = {.count = count,
                             .invitations = people,
                             .probability = 0.96,
                             .target_reached = true};
    struct loop_input input = {
        .kind = LOOP_CALLOUT_START, .id = b->need, .actor = 1, .wave = &wave};
    int status = fixture_step(&b->store, STAGE_NEED, b->need, &input, &b->callout);
    if (status != ST_OK)
        print_message("%s: %s\n", b->store.diag.where, b->store.diag.text);
    assert_int_equal(status, ST_OK);
}

/* Channel and writer, a few times; what on_outbox does is done each time. */
static inline void turn(struct bench *b)
{
    channel_wake(b->channel);
    for (int i = 0; i < 12; i++) {
        int64_t now_ms = b->store.clock.now_ms;
        (void)channel_step(b->channel, now_ms, 0);
        (void)writer_step(b->store.writer, now_ms);
    }
}

static inline void pass(struct bench *b, int64_t ms)
{
    clock_manual_advance(&b->store.clock, ms);
    turn(b);
}

static inline int64_t in_state(struct bench *b, const char *state)
{
    char sql[128];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM message WHERE state = '%s'",
                   state);
    return fixture_number(&b->store, sql);
}

static inline int64_t alerts_in(struct bench *b, const char *state)
{
    char sql[128];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM alert WHERE state = '%s'",
                   state);
    return fixture_number(&b->store, sql);
}

static inline struct channel_counts counts_of(struct bench *b)
{
    struct channel_counts counts;
    channel_count(b->channel, &counts);
    return counts;
}

#endif
