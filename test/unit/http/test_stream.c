/* SPDX-License-Identifier: Apache-2.0 */
/* Server-sent events against a running server: order, shared blocks, resync for a client
 * that does not read, heartbeats, and noticing at once who has left. */
#include "fixture.h"

static const struct http_timing quick = {
    .tick_ms = 10,
    .head_ms = 2000,
    .body_grace_ms = 2000,
    .body_rate = 512,
    .idle_ms = 2000,
    .stall_ms = 400,
    .linger_ms = 300,
    .heartbeat_ms = 60,
    .stop_ms = 300,
};

#define STREAMS_MAX 256

struct room {
    struct http_server *server;
    struct http_stream *streams[STREAMS_MAX]; /* loop thread, as all but the counts */
    unsigned count;
    int64_t next_id;
    size_t event_size;
    unsigned burst;
    _Atomic uint64_t fail_at;
    _Atomic unsigned opened, closed, refused;
};

static struct room room;

static void on_close(void *context, struct http_stream *stream)
{
    struct room *r = context;
    for (unsigned i = 0; i < r->count; i++) {
        if (r->streams[i] != stream)
            continue;
        r->streams[i] = r->streams[--r->count];
        atomic_fetch_add(&r->closed, 1);
        return;
    }
    abort(); /* twice, or never opened */
}

static void room_handler(void *context, struct http_request *request)
{
    struct room *r = context;
    http_set_header(request, "X-Room", "1");
    struct http_stream *stream = http_stream_open(request, on_close, r);
    if (!stream) {
        atomic_fetch_add(&r->refused, 1);
        return;
    }
    assert_true(r->count < STREAMS_MAX);
    r->streams[r->count++] = stream;
    atomic_fetch_add(&r->opened, 1);
}

/* COUNT events to everybody. */
static void broadcast_count(struct room *r, unsigned count)
{
    static char data[4096];
    assert_true(r->event_size < sizeof data);
    memset(data, 'd', r->event_size);
    data[r->event_size] = '\0';
    for (unsigned k = 0; k < count; k++) {
        struct http_block *event = http_event_new(r->next_id++, "tick", data);
        for (unsigned i = 0; i < r->count; i++)
            http_stream_send_event(r->streams[i], event);
        http_event_unref(event);
    }
}

static void broadcast(void *context)
{
    broadcast_count(context, ((struct room *)context)->burst);
}

static void broadcast_one(void *context)
{
    broadcast_count(context, 1);
}

static void say_lines(void *context)
{
    struct room *r = context;
    http_stream_send(r->streams[0], 7, "note", "one\ntwo\r\nthree\rfour");
    http_stream_send(r->streams[0], -1, NULL, "");
    http_stream_send(r->streams[0], 8, "bad\nevent", "x"); /* refused: a resync */
}

static void close_all(void *context)
{
    struct room *r = context;
    for (unsigned i = 0; i < r->count; i++)
        http_stream_close(r->streams[i]);
}

static int open_stream(const struct fixture *fixture)
{
    unsigned before = atomic_load(&room.opened);
    int fd = client_connect(fixture);
    client_say(fd, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(wait_for(&room.opened, before + 1));
    return fd;
}

static void post(const struct fixture *fixture, void (*call)(void *))
{
    assert_int_equal(http_server_post(fixture->server, call, &room), 0);
}

static void test_events(void **state)
{
    (void)state;
    memset(&room, 0, sizeof room);
    struct fixture fixture;
    fixture_start(&fixture, NULL, &quick, room_handler, &room);
    int fd = open_stream(&fixture);
    post(&fixture, say_lines);
    heard_clear(&heard);
    assert_true(client_read_until(fd, &heard, "event: resync\n"));
    assert_non_null(strstr(heard.data, "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(heard.data, "X-Accel-Buffering: no\r\n"));
    assert_non_null(strstr(heard.data, "Cache-Control: no-store\r\n"));
    assert_non_null(strstr(heard.data, "X-Room: 1\r\n"));
    assert_null(strstr(heard.data, "Content-Length"));
    const char *note = strstr(heard.data, "id: 7\nevent: note\ndata: one\ndata: two\n"
                                          "data: three\ndata: four\n\n");
    assert_non_null(note);
    assert_null(strstr(heard.data, "id: 8"));
    /* Silence is broken by comments. */
    heard_clear(&heard);
    assert_true(client_read_until(fd, &heard, ":\n\n:\n\n:\n\n"));
    post(&fixture, close_all);
    client_read_all(fd, &heard);
    assert_true(heard.closed);
    close(fd);
    assert_true(wait_for(&room.closed, 1));
    fixture_end(&fixture);
}

/* 1,000 events to 50 readers, in bursts a queue holds: each gets every one, in order. */
static void test_order(void **state)
{
    (void)state;
    memset(&room, 0, sizeof room);
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, room_handler, &room);
    int fds[50];
    for (int i = 0; i < 50; i++)
        fds[i] = open_stream(&fixture);
    room.burst = 200;
    room.event_size = 20;
    for (int round = 0; round < 5; round++) {
        post(&fixture, broadcast);
        for (int i = 0; i < 50; i++) {
            char want[32];
            snprintf(want, sizeof want, "id: %d\n", round * 200 + 199);
            heard_clear(&heard);
            assert_true(client_read_until(fds[i], &heard, want));
            const char *p = heard.data;
            for (int id = round * 200; id < round * 200 + 200; id++) {
                snprintf(want, sizeof want, "id: %d\n", id);
                p = strstr(p, want);
                assert_non_null(p);
            }
        }
    }
    for (int i = 0; i < 50; i++)
        close(fds[i]);
    assert_true(wait_for(&room.closed, 50));
    fixture_end(&fixture);
}

/* BURST events queued to everybody, then sent together, as changes of one commit are. */
static void broadcast_together(void *context)
{
    struct room *r = context;
    struct http_block *events[8];
    assert_true(r->burst <= COUNT_OF(events));
    for (unsigned k = 0; k < r->burst; k++)
        events[k] = http_event_new(r->next_id++, "tick", "together");
    for (unsigned i = 0; i < r->count; i++) {
        for (unsigned k = 0; k < r->burst; k++)
            http_stream_queue_event(r->streams[i], events[k]);
        http_stream_flush(r->streams[i]);
    }
    for (unsigned k = 0; k < r->burst; k++)
        http_event_unref(events[k]);
}

/* Hundreds of readers, some of which leave and others come meanwhile: whoever stays gets
 * every event once and in order. */
static void test_hundreds(void **state)
{
    (void)state;
    memset(&room, 0, sizeof room);
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, room_handler, &room);
    int fds[150];
    int64_t from[150] = {0};
    for (int i = 0; i < 150; i++)
        fds[i] = open_stream(&fixture);
    room.burst = 8;
    for (int round = 0; round < 20; round++) {
        post(&fixture, broadcast_together);
        if (round % 4 != 3 || round == 19)
            continue;
        for (int i = round; i < 150; i += 60) { /* changes seats */
            unsigned closed = atomic_load(&room.closed);
            close(fds[i]);
            assert_true(wait_for(&room.closed, closed + 1));
            fds[i] = open_stream(&fixture);
            from[i] = 8 * (round + 1);
        }
    }
    for (int i = 0; i < 150; i++) {
        heard_clear(&heard);
        assert_true(client_read_until(fds[i], &heard, "id: 159\n"));
        int64_t next = from[i];
        for (const char *p = heard.data; (p = strstr(p, "\nid: ")); p++)
            assert_int_equal(strtol(p + 5, NULL, 10), next++);
        assert_int_equal(next, 160);
        assert_null(strstr(heard.data, "resync"));
        close(fds[i]);
    }
    fixture_end(&fixture);
}

/* A reader that pauses loses the queue, is told so, and goes on in order; nobody
 * else loses anything. */
static void test_resync(void **state)
{
    (void)state;
    memset(&room, 0, sizeof room);
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, room_handler, &room);
    int size = 16384;
    int fd = client_connect(&fixture);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    client_say(fd, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(wait_for(&room.opened, 1));
    room.burst = 100;
    room.event_size = 400;
    for (int i = 0; i < 30; i++) {
        post(&fixture, broadcast);
        sleep_ms(2);
    }
    heard_clear(&heard);
    assert_true(client_read_until(fd, &heard, "event: resync\n"));
    const int64_t start_ms = now_ms();
    do { /* the queue may have been full again at the last of the 3,000 */
        post(&fixture, broadcast_one);
        (void)client_read_once(fd, &heard, now_ms() + 100);
    } while (!strstr(heard.data, "\nid: 3") && now_ms() - start_ms < PATIENCE_MS);
    assert_true(client_read_until(fd, &heard, "\nid: 3"));
    /* A second one, if the first was on its way already when the queue filled again. */
    assert_in_range(heard_count(&heard, "event: resync\n"), 1, 4);
    int64_t last = -1;
    unsigned got = 0;
    for (const char *p = heard.data; (p = strstr(p, "\nid: ")); p++) {
        int64_t id = strtol(p + 5, NULL, 10);
        assert_true(id > last);
        last = id;
        got++;
    }
    assert_true(got < 2000); /* it did lose some; the rest was whole */
    close(fd);
    assert_true(wait_for(&room.closed, 1));
    fixture_end(&fixture);
}

/* False: the machine kept the reader from reading for so long that its being dropped
 * says nothing. */
static bool stuck_once(void)
{
    memset(&room, 0, sizeof room);
    struct http_timing timing = quick;
    timing.stall_ms = 1500;
    struct fixture fixture;
    fixture_start(&fixture, NULL, &timing, room_handler, &room);
    int stuck = open_stream(&fixture), reader = open_stream(&fixture);
    room.burst = 20;
    room.event_size = 1000;
    heard_clear(&heard);
    const int64_t start_ms = now_ms();
    int64_t read_ms = start_ms, gap_ms = 0;
    while (atomic_load(&room.closed) == 0 && read_ms - start_ms < PATIENCE_MS) {
        post(&fixture, broadcast);
        do {
            heard.size = heard.size > sizeof heard.data / 2 ? 0 : heard.size;
            const int64_t ms = now_ms();
            gap_ms = ms - read_ms > gap_ms ? ms - read_ms : gap_ms;
            read_ms = ms;
        } while (client_read_once(reader, &heard, read_ms + 10));
    }
    const bool is_judged = gap_ms < timing.stall_ms / 3;
    if (is_judged) {
        assert_int_equal(atomic_load(&room.closed), 1);
        assert_true(now_ms() - start_ms >= timing.stall_ms);
        assert_false(heard.closed || heard.reset);
    }
    close(stuck);
    close(reader);
    assert_true(wait_for(&room.closed, 2));
    fixture_end(&fixture);
    return is_judged;
}

/* A reader that never reads is dropped; one that reads is not. */
static void test_stuck(void **state)
{
    (void)state;
    bool is_judged = false;
    for (int i = 0; i < 10 && !is_judged; i++)
        is_judged = stuck_once();
    assert_true(is_judged);
}

/* Clients that leave are noticed without a write: 50 by FIN, 50 by RST. */
static void test_gone(void **state)
{
    (void)state;
    memset(&room, 0, sizeof room);
    struct fixture fixture;
    struct http_timing timing = http_timing_default;
    timing.heartbeat_ms = 10 * PATIENCE_MS;
    fixture_start(&fixture, NULL, &timing, room_handler, &room);
    int fds[100];
    for (int i = 0; i < 100; i++)
        fds[i] = open_stream(&fixture);
    for (int i = 0; i < 100; i++) {
        struct linger reset = {.l_onoff = 1, .l_linger = 0};
        if (i % 2)
            setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fds[i]);
    }
    assert_true(wait_for(&room.closed, 100));
    fixture_end(&fixture);
}

/* A stop ends streams within its time, also stuck ones; each on_close comes once. */
static void test_stop(void **state)
{
    (void)state;
    memset(&room, 0, sizeof room);
    struct http_timing timing = quick;
    timing.stall_ms = timing.linger_ms = 10 * PATIENCE_MS;
    struct fixture fixture;
    fixture_start(&fixture, NULL, &timing, room_handler, &room);
    int fds[20];
    for (int i = 0; i < 20; i++)
        fds[i] = open_stream(&fixture);
    room.burst = 200;
    room.event_size = 1000;
    post(&fixture, broadcast);
    int64_t start_ms = now_ms();
    fixture_end(&fixture);
    assert_true(now_ms() - start_ms < PATIENCE_MS);
    assert_int_equal(atomic_load(&room.closed), 20);
    for (int i = 0; i < 20; i++)
        close(fds[i]);
}

/* Cut off, it waits for nobody: not for the stop's deadline either. */
static void test_cut(void **state)
{
    (void)state;
    memset(&room, 0, sizeof room);
    struct http_timing patient = quick;
    patient.stop_ms = patient.linger_ms = 10 * PATIENCE_MS;
    struct fixture fixture;
    fixture_start(&fixture, NULL, &patient, room_handler, &room);
    int fd = open_stream(&fixture); /* and never closes its side */
    const int64_t begun_ms = now_ms();
    http_server_cut(fixture.server);
    fixture_end(&fixture);
    assert_true(now_ms() - begun_ms < PATIENCE_MS);
    assert_int_equal(atomic_load(&room.closed), 1);
    close(fd);
}

static void test_head_and_noise(void **state)
{
    (void)state;
    memset(&room, 0, sizeof room);
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, room_handler, &room);
    int fd = client_connect(&fixture);
    client_say(fd, "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    client_read_all(fd, &heard);
    assert_int_equal(heard_status(&heard), 200);
    assert_int_equal(atomic_load(&room.refused), 1);
    close(fd);
    /* What a client says on a stream is dropped, and too much of it ends the stream. */
    fd = open_stream(&fixture);
    static char noise[HTTP_DROP_MAX + 1];
    client_send(fd, noise, sizeof noise);
    assert_true(wait_for(&room.closed, 1));
    close(fd);
    fixture_end(&fixture);
}

/* Clients come, stay a moment and leave while events flow; seeded. */
static void test_churn(void **state)
{
    (void)state;
    memset(&room, 0, sizeof room);
    struct fixture fixture;
    fixture_start(&fixture, NULL, &quick, room_handler, &room);
    struct random_seeded random;
    random_seeded_init(&random, 7);
    int fds[40];
    for (int i = 0; i < 40; i++)
        fds[i] = -1;
    room.burst = 3;
    room.event_size = 300;
    for (int step = 0; step < 600; step++) {
        unsigned k = (unsigned)random_below(&random.super, 40);
        if (fds[k] < 0) {
            fds[k] = client_connect(&fixture);
            client_say(fds[k], "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
        } else if (random_below(&random.super, 3) == 0) {
            close(fds[k]);
            fds[k] = -1;
        }
        if (step % 5 == 0)
            post(&fixture, broadcast);
    }
    /* Those who stay are met at last, however slow the machine. */
    for (int i = 0; i < PATIENCE_MS / 10 && atomic_load(&room.opened) <= 20; i++)
        sleep_ms(10);
    for (int i = 0; i < 40; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    fixture_end(&fixture);
    assert_true(atomic_load(&room.opened) > 20);
    assert_int_equal(atomic_load(&room.closed), atomic_load(&room.opened));
    assert_int_equal(room.count, 0);
}

static void fail_at(void *context)
{
    (void)context;
    mem_fail_at(room.fail_at);
}

/* Every allocation of opening a stream and of sending fails once: the client is told to
 * resync or loses the stream, each on_close comes, and the server goes on. */
static void test_without_memory(void **state)
{
    (void)state;
    memset(&room, 0, sizeof room);
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, room_handler, &room);
    room.burst = 3;
    room.event_size = 100;
    for (room.fail_at = 1; room.fail_at < 30; room.fail_at++) {
        post(&fixture, fail_at);
        int fd = client_connect(&fixture);
        client_say(fd, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
        heard_clear(&heard);
        (void)client_read_once(fd, &heard, now_ms() + 2000);
        post(&fixture, broadcast);
        (void)client_read_once(fd, &heard, now_ms() + 50);
        close(fd);
    }
    room.fail_at = 0;
    post(&fixture, fail_at);
    int fd = open_stream(&fixture);
    post(&fixture, broadcast);
    heard_clear(&heard);
    assert_true(client_read_until(fd, &heard, "event: tick\n"));
    close(fd);
    fixture_end(&fixture);
    assert_int_equal(atomic_load(&room.closed), atomic_load(&room.opened));
    assert_in_range(atomic_load(&room.opened), 15, 29);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_hundreds),
        cmocka_unit_test(test_resync),
        cmocka_unit_test(test_stuck),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_head_and_noise),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_churn),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
