/* SPDX-License-Identifier: Apache-2.0 */
/* The live stream: who comes back misses nothing and repeats nothing, who reads slowly
 * neither, until what comes next is too old; nobody sees what their roles do not reach;
 * and the same on a node that stands by, which reads the store of another. */
#include "fixture.h"

#include "api/changes.h"
#include "api/internal.h"
#include "http/local.h"
#include "store/applicant.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct fixture fixture;
static char everything[ACCOUNT_TOKEN_SIZE], nothing[ACCOUNT_TOKEN_SIZE]; /* tokens */
static int64_t newest;

/* A node that stands by: another server, which only reads. */
static struct {
    struct api *api;
    struct http_server *server;
    pthread_t thread;
} watch;

/* ---- what happens ---- */
static int put_tokens(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    (void)context;
    struct account account = {.role_count = 1};
    struct account_role *role = &account.roles[0];
    struct query *query =
        db_query(writer_db(writer), "SELECT id FROM area ORDER BY id LIMIT 2");
    assert_int_equal(query_step(query), 1);
    const int64_t root = query_get_int(query, 0);
    assert_int_equal(query_step(query), 1);
    const int64_t part = query_get_int(query, 0);
    query_reset(query);
    for (int i = 0; i < 2; i++) {
        uint8_t hash[32];
        int64_t id;
        *role = (struct account_role){ROLE_VIEWER, i == 0 ? root : part};
        (void)snprintf(account.name, sizeof account.name, "viewer%d", i);
        account_token_make(random_system(), i == 0 ? everything : nothing, hash);
        int status = account_put(writer, &account, account_password_nobody(), 0, now_ms,
                                 &id, reterr);
        if (status == 0)
            status = api_token_put(writer, hash, id, 0, now_ms);
        if (status != 0)
            return status;
    }
    return 0;
}

/* COUNT changes that whoever has the root sees, in one transaction. */
static int put_changes(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    (void)reterr;
    int status = 0;
    for (int i = 0; i < *(int *)context && status == 0; i++)
        status = writer_note(writer, "test.change", 0, i + 1, NULL, now_ms);
    return status;
}

static void happen(int count)
{
    struct db *db;
    fixture_check(&fixture,
                  command_call(fixture.writer, put_changes, &count, &fixture.diag),
                  "changes");
    fixture_check(&fixture, db_open(&db, fixture.paths.db, DB_READ, NULL), "db");
    struct query *query = db_query(db, "SELECT max(position) FROM event");
    assert_int_equal(query_step(query), 1);
    newest = query_get_int(query, 0);
    query_reset(query);
    db_close(db);
}

/* ---- who listens ---- */
struct listener {
    int fd;
    int64_t last; /* position seen last */
    int resyncs;
    char buffer[65536];
    size_t size;
};

/* AFTER -1: without Last-Event-ID. */
static void listen_begin(struct listener *listener, const struct http_server *server,
                         const char *token, int64_t after)
{
    const char *colon = strrchr(http_server_url(server), ':');
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10))};
    struct timeval limit = {.tv_sec = 20};
    const int small = 4096;
    char id[64] = "", request[512];
    *listener = (struct listener){.fd = socket(AF_INET, SOCK_STREAM, 0), .last = after};
    (void)setsockopt(listener->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    (void)setsockopt(listener->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(listener->fd, (struct sockaddr *)&to, sizeof to), 0);
    if (after >= 0)
        (void)snprintf(id, sizeof id, "Last-Event-ID: %lld\r\n", (long long)after);
    const int size = snprintf(request, sizeof request,
                              "GET /api/v1/stream HTTP/1.1\r\nHost: a\r\n"
                              "Authorization: Bearer %s\r\n%s\r\n",
                              token, id);
    assert_int_equal(write(listener->fd, request, (size_t)size), size);
}

/* One block up to its empty line; comments too. */
static void take_block(struct listener *listener, const char *block)
{
    const char *id = strstr(block, "id: ");
    const int64_t position = id == NULL ? -1 : strtoll(id + 4, NULL, 10);
    if (strstr(block, "event: resync") != NULL) {
        listener->resyncs++;
        listener->last = position;
    } else if (strstr(block, "event: change") != NULL) {
        if (listener->last >= 0)
            assert_int_equal(position, listener->last + 1); /* once, and in order */
        listener->last = position;
    }
}

static void read_some(struct listener *listener)
{
    const ssize_t got = read(listener->fd, listener->buffer + listener->size,
                             sizeof listener->buffer - 1 - listener->size);
    if (got <= 0)
        fail_msg("nothing came after %lld of %lld", (long long)listener->last,
                 (long long)newest);
    listener->size += (size_t)got;
    listener->buffer[listener->size] = '\0';
    char *at = listener->buffer;
    for (char *end; (end = strstr(at, "\n\n")) != NULL; at = end + 2) {
        *end = '\0';
        take_block(listener, at);
    }
    listener->size -= (size_t)(at - listener->buffer);
    memmove(listener->buffer, at, listener->size);
}

static void listen_until(struct listener *listener, int64_t position)
{
    while (listener->last < position)
        read_some(listener);
    assert_int_equal(listener->last, position);
}

static void wait_open(struct listener *listener)
{
    const char *end = NULL;
    while (end == NULL && listener->resyncs == 0 && listener->last < newest) {
        ssize_t got = recv(listener->fd, listener->buffer, 15, MSG_PEEK);
        assert_true(got > 0);
        listener->buffer[got] = '\0';
        end = strstr(listener->buffer, " 200");
    }
}

/* ---- tests, each against both servers ---- */
static const struct http_server *server_of(void **state)
{
    return *(bool *)*state ? watch.server : fixture.server;
}

static void test_comes_back(void **state)
{
    static const int missed[] = {1, 63, 64, 65, 200, 201, 5000};
    struct listener listener;
    for (size_t i = 0; i < COUNT_OF(missed); i++) {
        happen(missed[i]);
        listen_begin(&listener, server_of(state), everything, newest - missed[i]);
        listen_until(&listener, newest);
        happen(3); /* and goes on */
        listen_until(&listener, newest);
        assert_int_equal(listener.resyncs, 0);
        close(listener.fd);
    }
    listen_begin(&listener, server_of(state), everything, 0); /* from the beginning */
    listen_until(&listener, newest);
    close(listener.fd);
}

static void test_reads_slowly(void **state)
{
    struct listener listener;
    happen(1);
    listen_begin(&listener, server_of(state), everything, newest);
    wait_open(&listener);
    for (int i = 0; i < 10; i++) /* 1.2 MB: more than all buffers on the way */
        happen(1000);
    listen_until(&listener, newest);
    assert_int_equal(listener.resyncs, 0);
    close(listener.fd);
}

static void test_too_old(void **state)
{
    struct listener listener, quick;
    happen(1);
    listen_begin(&listener, server_of(state), everything, newest - 1);
    listen_until(&listener, newest);
    for (int i = 0; i < 8; i++)
        happen(CHANGES_MAX / 8);
    happen(10000); /* behind by more than the ring and the buffers hold */
    listen_begin(&quick, server_of(state), everything, newest - 1);
    listen_until(&quick,
                 newest); /* the node has read all of it before this one goes on */
    close(quick.fd);
    while (listener.resyncs == 0)
        read_some(&listener);
    listen_until(&listener, newest);
    assert_int_equal(listener.resyncs, 1);
    close(listener.fd);
    listen_begin(&listener, server_of(state), everything, newest - CHANGES_MAX - 1);
    listen_until(&listener, newest);
    assert_int_equal(listener.resyncs, 1);
    close(listener.fd);
    listen_begin(&listener, server_of(state), everything, newest + 1000); /* not ours */
    while (listener.resyncs == 0)
        read_some(&listener);
    assert_int_equal(listener.last, newest);
    close(listener.fd);
}

/* An archive takes events before this node has read them: who listens is told to look. */
static int put_gap(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    (void)context, (void)reterr;
    int status = 0;
    for (int i = 0; i < 3 && status == 0; i++)
        status = writer_note(writer, "test.change", 0, i + 1, NULL, now_ms);
    struct query *query = db_query(writer_db(writer), "DELETE FROM event WHERE position"
                                                      " = (SELECT max(position) - 1"
                                                      " FROM event)");
    if (status == 0)
        status = query_run(query);
    return status;
}

static void test_gap(void **state)
{
    (void)state;
    struct listener listener;
    happen(1);
    listen_begin(&listener, watch.server, everything, newest - 1);
    listen_until(&listener, newest);
    fixture_check(&fixture, command_call(fixture.writer, put_gap, NULL, &fixture.diag),
                  "gap");
    while (listener.resyncs == 0)
        read_some(&listener); /* heartbeats are in vain */
    happen(1);
    listen_until(&listener, newest);
    assert_int_equal(listener.resyncs, 1);
    close(listener.fd);
}

/* Somebody of one part only: what is the root's is not for them, now or later. */
static void test_sees_nothing(void **state)
{
    struct listener all, none;
    happen(1);
    const int64_t before = newest;
    happen(100);
    listen_begin(&none, server_of(state), nothing, before);
    listen_begin(&all, server_of(state), everything, before);
    listen_until(&all, newest);
    happen(100);
    listen_until(&all, newest);
    struct timeval limit = {.tv_usec = 300000};
    (void)setsockopt(none.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    char text[4096] = "";
    for (ssize_t got; (got = read(none.fd, text, sizeof text - 1)) > 0;) {
        text[got] = '\0';
        assert_null(strstr(text, "event:"));
    }
    close(all.fd);
    close(none.fd);
}

/* Two want to join, first one of another part. */
static int put_applicants(void *context, struct writer *writer, int64_t now_ms,
                          struct diag *reterr)
{
    (void)context;
    AUTO_FREE struct applicant *one = mem_calloc(1, sizeof *one);
    struct query *query = db_query(
        writer_db(writer), "SELECT id FROM (SELECT id FROM area ORDER BY id LIMIT 3)"
                           " AS areas ORDER BY id DESC LIMIT 2");
    int status = ST_OK;
    for (int i = 0; i < 2 && status == ST_OK; i++) {
        assert_int_equal(query_step(query), 1);
        *one = (struct applicant){.area_id = query_get_int(query, 0)};
        (void)snprintf(one->name, sizeof one->name, "Made-up Name");
        (void)snprintf(one->phone, sizeof one->phone, "1000077700%d", i);
        status = applicant_put(writer, one, now_ms, reterr);
    }
    query_reset(query);
    return status;
}

#define TEXT_SIZE 8192

/* Where WORD stands in what has come, which is in TEXT; heartbeats are in vain. */
static const char *read_until(const struct listener *listener, const char *word,
                              char text[TEXT_SIZE])
{
    const char *found = NULL;
    size_t size = 0;
    for (int reads = 0; found == NULL && reads < 5; reads++) {
        const ssize_t got = read(listener->fd, text + size, TEXT_SIZE - 1 - size);
        assert_true(got > 0);
        size += (size_t)got;
        text[size] = '\0';
        found = strstr(text, word);
    }
    assert_non_null(found);
    return found;
}

/* Those who may decide hear of who wants to join there, and of nobody else. */
static void test_hears_of_applicants(void **state)
{
    struct listener part;
    happen(1);
    listen_begin(&part, server_of(state), nothing, newest);
    wait_open(&part);
    fixture_check(&fixture,
                  command_call(fixture.writer, put_applicants, NULL, &fixture.diag),
                  "applicants");
    char text[TEXT_SIZE] = "";
    const char *first = read_until(&part, "applicant.received", text);
    assert_null(strstr(first + 1, "applicant.received"));
    close(part.fd);
}

static int put_for_all(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    static const char *const kinds[] = {"closure.made", "response.running",
                                        "warning.taken"};
    (void)context;
    (void)reterr;
    int status = 0;
    for (size_t i = 0; i < COUNT_OF(kinds) && status == 0; i++)
        status = writer_note(writer, kinds[i], 0, 1, NULL, now_ms);
    return status;
}

/* What holds beyond an area, and below it, reaches who has one part alone. */
static void test_hears_of_what_is_for_all(void **state)
{
    struct listener part;
    happen(1);
    listen_begin(&part, server_of(state), nothing, newest);
    wait_open(&part);
    fixture_check(&fixture,
                  command_call(fixture.writer, put_for_all, NULL, &fixture.diag),
                  "for all");
    char text[TEXT_SIZE] = "";
    (void)read_until(&part, "warning.taken", text);
    assert_non_null(strstr(text, "closure.made"));
    assert_non_null(strstr(text, "response.running"));
    close(part.fd);
}

/* ---- many come back: on one thread, turn by turn ---- */
#define BACK 3
#define PAGE 64

/* Who listens without a socket. */
struct ear {
    int64_t last;        /* position heard last */
    int64_t after_first; /* what the first who came back had when this one heard first */
    const struct ear *first_back;
};

static void heard(void *context, const struct http_local_answer *answer)
{
    (void)context;
    assert_int_equal(answer->status, 200);
}

static void told(void *context, const char *bytes, size_t size)
{
    struct ear *ear = context;
    if (size == 0)
        return;                                                   /* the end */
    assert_null(memmem(bytes, size, "resync", strlen("resync"))); /* not ended by a NUL */
    const int64_t position = strtoll(bytes + strlen("id: "), NULL, 10);
    assert_int_equal(position, ear->last + 1);
    if (ear->after_first == 0)
        ear->after_first = ear->first_back->last;
    ear->last = position;
}

static void listen_here(struct http_server *server, int64_t after, struct ear *ear,
                        const struct ear *first_back)
{
    char request[512];
    *ear = (struct ear){.last = after, .first_back = first_back};
    const int size = snprintf(request, sizeof request,
                              "GET /api/v1/stream HTTP/1.1\r\nHost: a\r\n"
                              "Authorization: Bearer %s\r\nLast-Event-ID: %lld\r\n\r\n",
                              everything, (long long)after);
    assert_int_equal(http_local_listen(server, request, (size_t)size, heard, told, ear),
                     ST_OK);
}

/* However much those who come back have missed: at once each gets a page, then what is
 * new goes to who waits, then they go on a page each in turn. */
static void test_new_goes_first(void **state)
{
    (void)state;
    /* No time passes: nothing is put off for having taken long. */
    struct clock_manual still;
    struct api *api;
    struct http_server *server;
    struct ear waits, back[BACK];
    clock_manual_init(&still, clock_wall_ms(clock_system()));
    happen(1);
    const int64_t before = newest;
    happen(5000);
    fixture_check(&fixture, api_watch_new(&api, fixture.paths.db, &still.super, NULL),
                  "watch");
    fixture_check(&fixture, http_local_new(&server, &still.super, api_watch_handle, api),
                  "server");
    api_serve(api, server);
    listen_here(server, newest, &waits, &back[0]);
    for (int i = 0; i < BACK; i++) {
        listen_here(server, before, &back[i], &back[0]);
        assert_int_equal(back[i].last, before + PAGE);
    }
    happen(1);
    hub_note(api->hub, newest, 0, "test.change", "{}"); /* as the writer says it */
    http_local_turn(server);
    assert_int_equal(waits.last, newest);
    assert_int_equal(waits.after_first, before + PAGE);
    for (int i = 0; i < BACK; i++)
        assert_int_equal(back[i].last, newest);
    http_server_free(server);
    api_watch_free(api);
}

/* The same for a request: who comes back is served behind what is new, not before it. */
static void test_new_before_a_request(void **state)
{
    (void)state;
    /* No time passes: nothing is put off for having taken long. */
    struct clock_manual still;
    struct api *api;
    struct http_server *server;
    struct ear waits, back;
    clock_manual_init(&still, clock_wall_ms(clock_system()));
    happen(1);
    const int64_t before = newest;
    fixture_check(&fixture, api_watch_new(&api, fixture.paths.db, &still.super, NULL),
                  "watch");
    fixture_check(&fixture, http_local_new(&server, &still.super, api_watch_handle, api),
                  "server");
    api_serve(api, server);
    listen_here(server, newest, &waits, &back);
    happen(1);
    hub_note(api->hub, newest, 0, "test.change", "{}");
    assert_int_equal(waits.last, before); /* not this turn's yet */
    listen_here(server, before, &back, &waits);
    assert_int_equal(back.after_first, newest); /* who waited had it already */
    http_local_turn(server);
    assert_int_equal(waits.last, newest);
    assert_int_equal(back.last, newest);
    http_server_free(server);
    api_watch_free(api);
}

/* ---- the other node ---- */
static void *run_watch(void *context)
{
    (void)context;
    http_server_run(watch.server);
    return NULL;
}

static int setup(void **state)
{
    (void)state;
    fixture_start(&fixture);
    fixture_check(&fixture, command_call(fixture.writer, put_tokens, NULL, &fixture.diag),
                  "tokens");
    const struct http_config config = {.listen = "127.0.0.1:0"};
    fixture_check(&fixture,
                  api_watch_new(&watch.api, fixture.paths.db, clock_system(), NULL),
                  "watch");
    fixture_check(
        &fixture,
        http_server_new(&watch.server, &config, api_watch_handle, watch.api, NULL),
        "watch server");
    api_serve(watch.api, watch.server);
    fixture_check(
        &fixture,
        http_server_every(watch.server, API_WATCH_MS, api_watch_tick, watch.api), "tick");
    return pthread_create(&watch.thread, NULL, run_watch, NULL);
}

static int teardown(void **state)
{
    (void)state;
    http_server_stop(watch.server);
    pthread_join(watch.thread, NULL);
    http_server_free(watch.server);
    api_watch_free(watch.api);
    fixture_stop(&fixture);
    return 0;
}

int main(void)
{
    static bool here = false, there = true;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_comes_back, &here),
        cmocka_unit_test_prestate(test_comes_back, &there),
        cmocka_unit_test_prestate(test_reads_slowly, &here),
        cmocka_unit_test_prestate(test_reads_slowly, &there),
        cmocka_unit_test_prestate(test_sees_nothing, &here),
        cmocka_unit_test_prestate(test_sees_nothing, &there),
        cmocka_unit_test_prestate(test_hears_of_applicants, &here),
        cmocka_unit_test_prestate(test_hears_of_applicants, &there),
        cmocka_unit_test_prestate(test_hears_of_what_is_for_all, &here),
        cmocka_unit_test_prestate(test_hears_of_what_is_for_all, &there),
        cmocka_unit_test_prestate(test_too_old, &here),
        cmocka_unit_test_prestate(test_too_old, &there),
        cmocka_unit_test(test_new_goes_first),
        cmocka_unit_test(test_new_before_a_request),
        cmocka_unit_test(test_gap),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
