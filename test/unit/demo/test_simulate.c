/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated volunteers against a tiny HTTP server that follows the states of an
 * assignment, binds links by a cookie and counts what it is told. */
#include "demo/simulate.h"
#include "demo/simulate_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define LINKS 60
#define START_MS INT64_C(1795399200000) /* 2026-11-23 10:00 in Shanghai */

/* ---- the fake server
 * ------------------------------------------------------------------- */

struct fake_link {
    char state[16];
    char history[128]; /* answers, ' ' between */
    bool browser, bound, roll_call, stolen;
};

static struct {
    int socket;
    uint16_t port;
    pthread_t thread;
    pthread_mutex_t lock;
    struct fake_link links[LINKS];
    uint32_t looks, posts, bad_cookies, bad_agents;
    bool refuses_posts;
    bool echoes;       /* opened_by_browser speaks of the caller's own cookie */
    atomic_int status; /* 200, or a failure to answer with */
} server;

static const struct {
    const char *state, *answer, *next;
} steps[] = {
    {"pending", "accept", "assigned"},
    {"pending", "decline", "declined"},
    {"pending", "limited", "limited"},
    {"limited", "accept", "assigned"},
    {"assigned", "depart", "en_route"},
    {"assigned", "withdraw", "withdrawn"},
    {"en_route", "arrive", "on_scene"},
    {"on_scene", "work", "working"},
    {"working", "release", "released"},
    {"released", "report", "reported"},
    {"stood_down", "turned_back", "turned_back"},
};

static void fake_answer(struct fake_link *link, const char *answer)
{
    size_t used = strlen(link->history);
    snprintf(link->history + used, sizeof link->history - used, "%s%s", used ? " " : "",
             answer);
    if (strcmp(answer, "here") == 0)
        link->roll_call = false;
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        if (strcmp(steps[i].state, link->state) == 0 &&
            strcmp(steps[i].answer, answer) == 0) {
            snprintf(link->state, sizeof link->state, "%s", steps[i].next);
            return;
        }
}

static void fake_page(const struct fake_link *link, struct text *ret)
{
    text_appendf(ret, "{\"state\":\"%s\",\"nonce\":\"n1\",\"answers\":[", link->state);
    const char *between = "";
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        if (strcmp(steps[i].state, link->state) == 0) {
            text_appendf(ret, "%s\"%s\"", between, steps[i].answer);
            between = ",";
        }
    if (link->roll_call)
        text_appendf(ret, "%s\"here\"", between);
    text_appendf(ret,
                 "],\"seconds\":300,\"roll_call\":%s,\"opened_by_browser\":%s,"
                 "\"needs_digits\":%s}",
                 link->roll_call ? "true" : "false",
                 link->browser || (server.echoes && link->bound) ? "true" : "false",
                 link->stolen ? "true" : "false");
}

static void fake_respond(int peer, const char *request)
{
    unsigned index = 0;
    bool post = strncmp(request, "POST ", 5) == 0;
    const char *at = strstr(request, "/r/t");
    assert_non_null(at);
    index = (unsigned)strtoul(at + 4, NULL, 10);
    struct text body, head;
    text_init(&body, 4096);
    text_init(&head, 8192);
    pthread_mutex_lock(&server.lock);
    struct fake_link *link = &server.links[index % LINKS];
    char cookie[64];
    snprintf(cookie, sizeof cookie, "device=d%u", index);
    server.bad_agents += strstr(request, SIMULATE_USER_AGENT) == NULL;
    server.bad_cookies += link->bound && strstr(request, cookie) == NULL;
    server.looks += !post;
    server.posts += post;
    const char *answer = strstr(request, "\"answer\":\"");
    int status = post && server.refuses_posts ? 409 : server.status;
    if (post && answer != NULL && status == 200) {
        char word[24];
        snprintf(word, sizeof word, "%.*s", (int)strcspn(answer + 10, "\""), answer + 10);
        fake_answer(link, word);
        link->bound = true;
    }
    fake_page(link, &body);
    text_appendf(&head, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n",
                 status, body.size);
    if (link->bound)
        text_appendf(&head, "Set-Cookie: %s; Path=/r/; HttpOnly\r\n", cookie);
    pthread_mutex_unlock(&server.lock);
    text_appendf(&head, "\r\n%s", text_string(&body));
    (void)send(peer, head.data, head.size, MSG_NOSIGNAL);
    text_release(&body);
    text_release(&head);
}

static bool is_whole(const char *request, size_t size)
{
    const char *end = strstr(request, "\r\n\r\n");
    if (end == NULL)
        return false;
    const char *length = strcasestr(request, "Content-Length:");
    size_t body = length != NULL && length < end ? strtoul(length + 15, NULL, 10) : 0;
    return size >= (size_t)(end + 4 - request) + body;
}

static void *serve(void *context)
{
    (void)context;
    for (int peer; (peer = accept(server.socket, NULL, NULL)) >= 0;) {
        char request[8192];
        size_t size = 0;
        ssize_t got = 1;
        do {
            got = recv(peer, request + size, sizeof request - 1 - size, 0);
            size += got > 0 ? (size_t)got : 0;
            request[size] = '\0';
        } while (got > 0 && !is_whole(request, size));
        if (got > 0)
            fake_respond(peer, request);
        (void)close(peer);
    }
    return NULL;
}

static char mailbox[64];

static void server_start(void)
{
    memset(&server, 0, sizeof server);
    server.status = 200;
    for (uint32_t i = 0; i < LINKS; i++)
        snprintf(server.links[i].state, sizeof server.links[i].state, "pending");
    pthread_mutex_init(&server.lock, NULL);
    server.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    assert_int_equal(bind(server.socket, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server.socket, 64), 0);
    assert_int_equal(getsockname(server.socket, (struct sockaddr *)&address, &size), 0);
    server.port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
    snprintf(mailbox, sizeof mailbox, "/tmp/muster-mailbox-XXXXXX");
    assert_non_null(mkdtemp(mailbox));
}

static void server_stop(void)
{
    (void)shutdown(server.socket, SHUT_RDWR);
    (void)close(server.socket);
    (void)pthread_join(server.thread, NULL);
    DIR *folder = opendir(mailbox);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", mailbox, entry->d_name);
        if (entry->d_name[0] != '.')
            (void)unlink(path);
    }
    if (folder != NULL)
        (void)closedir(folder);
    (void)rmdir(mailbox);
}

static void put(uint32_t message, const char *text)
{
    char path[128];
    struct diag diag;
    snprintf(path, sizeof path, "%s/%u.json", mailbox, message);
    assert_int_equal(file_write(path, text, strlen(text), 0600, &diag), ST_OK);
}

static void put_alert(uint32_t message, uint32_t link)
{
    char text[400];
    snprintf(text, sizeof text,
             "{\"id\":\"%u\",\"to\":\"PH%06u\",\"subject\":\"s\",\"text\":\"t\","
             "\"link\":\"http://127.0.0.1:%u/r/t%u\",\"reply_code\":\"1234\","
             "\"exercise\":false}",
             message, link, server.port, link);
    put(message, text);
}

/* Runs the steps until DURATION_MS of virtual time have gone. */
static int64_t run(struct simulate *simulate, int64_t now_ms, int64_t duration_ms)
{
    int64_t end_ms = now_ms + duration_ms;
    while (now_ms < end_ms) {
        int64_t next_ms = simulate_step(simulate, now_ms);
        assert_true(next_ms >= now_ms);
        now_ms = next_ms < end_ms ? next_ms : end_ms;
    }
    return now_ms;
}

/* ---- tests
 * ----------------------------------------------------------------------------- */

static struct simulate *new_simulate(double accept, double decline, double limited)
{
    struct simulate_config config = {.mailbox = mailbox,
                                     .seed = 5,
                                     .accept = accept,
                                     .decline = decline,
                                     .limited = limited};
    struct simulate *simulate = NULL;
    assert_int_equal(simulate_new(&simulate, &config), ST_OK);
    return simulate;
}

static void test_a_wave_answers(void **state)
{
    (void)state;
    server_start();
    struct simulate *simulate = new_simulate(0, 0, 0);
    for (uint32_t i = 0; i < LINKS; i++)
        put_alert(i + 1, i);
    (void)run(simulate, START_MS, 30 * 60 * 1000);
    struct simulate_counts counts;
    simulate_count(simulate, &counts);
    assert_int_equal(counts.messages, LINKS);
    assert_int_equal(counts.refused, 0);
    assert_int_equal(counts.failures, 0);
    assert_int_equal(counts.accepted + counts.declined + counts.limited + counts.silent,
                     LINKS);
    assert_in_range(counts.accepted, LINKS * 35 / 100, LINKS * 75 / 100);
    assert_in_range(counts.declined, LINKS * 10 / 100, LINKS * 45 / 100);
    uint32_t whole = 0;
    for (uint32_t i = 0; i < LINKS; i++)
        whole += strcmp(server.links[i].history,
                        "accept depart arrive work release report") == 0;
    assert_true(whole + 4 >= counts.accepted); /* a few withdraw */
    assert_true(whole > 0);
    assert_int_equal(server.bad_cookies, 0);
    assert_int_equal(server.bad_agents, 0);
    simulate_free(simulate);
    server_stop();
}

static void test_never_for_a_browser(void **state)
{
    (void)state;
    server_start();
    struct simulate *simulate = new_simulate(1, 0, 0);
    server.links[0].browser = true;
    put_alert(1, 0);
    put_alert(2, 1);
    int64_t now_ms = run(simulate, START_MS, 5000);
    /* Opened between the simulated person's first look and the answer. */
    pthread_mutex_lock(&server.lock);
    bool early = server.links[1].history[0] == '\0';
    server.links[1].browser = true;
    pthread_mutex_unlock(&server.lock);
    now_ms = run(simulate, now_ms, 600000);
    put_alert(3, 0);
    (void)run(simulate, now_ms, 600000);
    assert_string_equal(server.links[0].history, "");
    if (early)
        assert_string_equal(server.links[1].history, "");
    struct simulate_counts counts;
    simulate_count(simulate, &counts);
    assert_int_equal(counts.left_to_browser, 2);
    simulate_free(simulate);
    server_stop();
}

/* After the yes a browser opens the link, another takes it over, and one server means
 * its own cookie by the flag. */
static void test_browser_after_the_answer(void **state)
{
    (void)state;
    for (int echoes = 0; echoes < 2; echoes++) {
        server_start();
        server.echoes = echoes;
        struct simulate *simulate = new_simulate(1, 0, 0);
        put_alert(1, 3);
        put_alert(2, 4);
        int64_t now_ms = START_MS;
        for (int i = 0; i < 3000 && (server.links[3].history[0] == '\0' ||
                                     server.links[4].history[0] == '\0');
             i++)
            now_ms = run(simulate, now_ms, 100);
        assert_memory_equal(server.links[3].history, "accept", 6);
        pthread_mutex_lock(&server.lock);
        server.links[3].browser = !echoes;
        server.links[4].stolen = true;
        char before[2][128];
        memcpy(before[0], server.links[3].history, 128);
        memcpy(before[1], server.links[4].history, 128);
        pthread_mutex_unlock(&server.lock);
        (void)run(simulate, now_ms, 3600 * 1000);
        assert_string_equal(server.links[4].history, before[1]);
        if (echoes)
            assert_string_equal(server.links[3].history,
                                "accept depart arrive work release report");
        else
            assert_string_equal(server.links[3].history, before[0]);
        simulate_free(simulate);
        server_stop();
    }
}

/* The server and its people are killed and started again: who has answered is the same
 * device to the server, and goes on; who had not, answers as they would have. */
static void test_started_again(void **state)
{
    (void)state;
    server_start();
    struct simulate *simulate = new_simulate(1, 0, 0);
    put_alert(1, 0);
    int64_t now_ms = START_MS;
    for (int i = 0; i < 3000 && server.links[0].history[0] == '\0'; i++)
        now_ms = run(simulate, now_ms, 100);
    put_alert(2, 1);
    simulate_free(simulate);
    assert_memory_equal(server.links[0].history, "accept", 6);
    simulate = new_simulate(1, 0, 0);
    (void)run(simulate, now_ms, 3 * 3600 * 1000);
    for (uint32_t i = 0; i < 2; i++)
        assert_string_equal(server.links[i].history,
                            "accept depart arrive work release report");
    assert_int_equal(server.bad_cookies, 0);
    simulate_free(simulate);
    server_stop();
}

/* What was stood down before the answer, or refused, is not asked for again and again. */
static void test_refusals_end(void **state)
{
    (void)state;
    server_start();
    struct simulate *simulate = new_simulate(1, 0, 0);
    put_alert(1, 0);
    int64_t now_ms = run(simulate, START_MS, 100);
    server.refuses_posts = true;
    now_ms = run(simulate, now_ms, 3600 * 1000);
    assert_in_range(server.posts, 1, 4);
    assert_true(simulate_step(simulate, now_ms) <= now_ms + SIMULATE_SCAN_MS);
    simulate_free(simulate);
    server_stop();
}

static void test_stand_down_and_roll_call(void **state)
{
    (void)state;
    server_start();
    struct simulate *simulate = new_simulate(1, 0, 0);
    for (uint32_t i = 0; i < 4; i++)
        put_alert(i + 1, i);
    int64_t now_ms = run(simulate, START_MS, 100);
    pthread_mutex_lock(&server.lock);
    snprintf(server.links[0].state, 16, "stood_down"); /* of one under way */
    snprintf(server.links[1].state, 16, "void");       /* taken elsewhere */
    snprintf(server.links[2].state, 16, "working");
    server.links[2].roll_call = true;
    pthread_mutex_unlock(&server.lock);
    for (uint32_t i = 0; i < 3; i++)
        put_alert(10 + i, i);
    (void)run(simulate, now_ms, 3 * 3600 * 1000);
    assert_string_equal(server.links[0].history, "turned_back");
    assert_string_equal(server.links[1].history, "");
    assert_string_equal(server.links[2].history, "here release report");
    simulate_free(simulate);
    server_stop();
}

static void test_limited_comes_when_asked(void **state)
{
    (void)state;
    server_start();
    struct simulate *simulate = new_simulate(0, 0, 1);
    put_alert(1, 0);
    int64_t now_ms = run(simulate, START_MS, 600000);
    assert_string_equal(server.links[0].history, "limited");
    put_alert(2, 0);
    (void)run(simulate, now_ms, 3 * 3600 * 1000);
    assert_memory_equal(server.links[0].history, "limited accept", 14);
    simulate_free(simulate);
    server_stop();
}

static void test_failures_are_retried_and_end(void **state)
{
    (void)state;
    server_start();
    struct simulate *simulate = new_simulate(1, 0, 0);
    server.status = 503;
    put_alert(1, 0);
    int64_t now_ms = run(simulate, START_MS, 6000);
    server.status = 200;
    now_ms = run(simulate, now_ms, 600000);
    assert_memory_equal(server.links[0].history, "accept", 6);
    server.status = 404;
    put_alert(2, 1);
    now_ms = run(simulate, now_ms, 60000);
    uint32_t looks = server.looks;
    server.status = 200;
    (void)run(simulate, now_ms, 600000);
    assert_string_equal(server.links[1].history, "");
    assert_true(looks > 0);
    simulate_free(simulate);
    server_stop();
}

static void test_bad_mail(void **state)
{
    (void)state;
    server_start();
    struct simulate *simulate = new_simulate(1, 0, 0);
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{\"to\":\"a\"}",
        "{\"to\":\"a\",\"link\":\"http://example.org/r/t1\"}",
        "{\"to\":\"a\",\"link\":\"https://127.0.0.1/r/t1\"}",
        "{\"to\":\"a\",\"link\":\"http://127.0.0.1@example.org/r/t1\"}",
        "{\"to\":\"a\",\"to\":\"b\",\"link\":\"http://127.0.0.1/r/t1\"}",
        "{\"to\":1,\"link\":\"http://127.0.0.1/r/t1\"}",
    };
    for (uint32_t i = 0; i < COUNT_OF(texts); i++)
        put(i + 1, texts[i]);
    (void)run(simulate, START_MS, 10000);
    struct simulate_counts counts;
    simulate_count(simulate, &counts);
    assert_int_equal(counts.refused, COUNT_OF(texts));
    assert_int_equal(counts.calls, 0);
    simulate_free(simulate);
    server_stop();
}

static void test_local_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool local;
    } rows[] = {
        {"http://127.0.0.1:8080/r/AZaz09-_", true},
        {"http://localhost/r/x", true},
        {"http://[::1]:1/r/x", true},
        {"http://127.0.0.1:8080/r/", false},
        {"http://127.0.0.1:8080/api", false},
        {"http://127.0.0.1:/r/x", false},
        {"http://127.0.0.1:123456/r/x", false},
        {"http://127.0.0.1.example.org/r/x", false},
        {"http://127.0.0.1:80@example.org/r/x", false},
        {"http://localhostx/r/x", false},
        {"http://127.0.0.1/r/x?y", false},
        {"http://127.0.0.1/r/../x", false},
        {"file:///etc/passwd", false},
        {"", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(simulate_is_local(rows[i].url), rows[i].local);
}

static void test_pages(void **state)
{
    (void)state;
    struct simulate_page page;
    static const char *const bad[] = {"", "[]", "{}", "{\"state\":1}",
                                      "{\"state\":\"x\""};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(simulate_page_parse(&page, bad[i], strlen(bad[i])), ST_INVALID);
    static const char good[] =
        "{\"state\":\"assigned\",\"nonce\":\"n\",\"answers\":[\"depart\",\"sos\",7],"
        "\"seconds\":12.5}";
    assert_int_equal(simulate_page_parse(&page, good, sizeof good - 1), ST_OK);
    assert_true(simulate_page_allows(&page, "depart"));
    assert_false(simulate_page_allows(&page, "accept"));
    assert_true(page.seconds > 12 && page.seconds < 13);
}

static int start(void **state)
{
    (void)state;
    (void)setenv("TZ", "Asia/Shanghai", 1); /* people answer less at night */
    tzset();
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_wave_answers),
        cmocka_unit_test(test_never_for_a_browser),
        cmocka_unit_test(test_browser_after_the_answer),
        cmocka_unit_test(test_started_again),
        cmocka_unit_test(test_refusals_end),
        cmocka_unit_test(test_stand_down_and_roll_call),
        cmocka_unit_test(test_limited_comes_when_asked),
        cmocka_unit_test(test_failures_are_retried_and_end),
        cmocka_unit_test(test_bad_mail),
        cmocka_unit_test(test_local_addresses),
        cmocka_unit_test(test_pages),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
