/* SPDX-License-Identifier: Apache-2.0 */
/* An open-loop load generator: people of a call-out open their page and answer, each at a
 * time drawn before the run, whatever the server does; times are measured from these
 * intended times, so a server that stalls pays for everybody who came meanwhile (no
 * coordinated omission). An answer is intended THINK ms after its page. Beside them,
 * consoles that watch the live stream and dispatchers that read a board every second,
 * with `position` also which of its alerts have changed.
 *
 *     load links DIR                       alert ids on stdin, link tokens on stdout
 *     load pages HOST:PORT[,HOST:PORT]... TOKENS        lines TOKEN NONCE on stdout
 *     load run HOST:PORT[,HOST:PORT]... TOKENS [KEY VALUE]...       JSON on stdout
 *
 * Of several servers each gets every n-th connection and stream. TOKENS is a file with a
 * token a line; whose nonce stands behind it (`pages`) has the page and only answers.
 * Keys of `run`: rate R (Poisson, replies a second) | squeeze X (delays of the response
 * model, X times as fast) | clients N alone (closed loop: each sends again when
 * answered); clients N, seconds S, accept SHARE, think MS, streams N, reconnect 1, boards
 * N, callout ID, position P (up to which they know its alerts), cookie TEXT, pid PID,
 * seed N. */
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "bench/histogram.h"
#include "bench/wire.h"
#include "plan/response_model.h"
#include "store/link.h"
#include "store/vault.h"

#include <math.h>

#define STREAM_MARK 0x80000000U
#define NONCE_MAX 64
#define CUT_AT_ONCE 64
#define FAN_MAX 1000
#define GRACE_US 10000000 /* for the last answers */
#define STATUS_MAX 600
#define SERVERS_MAX 16

enum task_kind { TASK_PAGE, TASK_REPLY, TASK_BOARD, TASK_ALERTS };

struct person {
    char token[LINK_TOKEN_SIZE];
    char nonce[NONCE_MAX]; /* "" until the page has come */
    bool accepts, waits;   /* the reply is due, the page is not there */
    int64_t page_us;       /* intended */
};

struct task {
    enum task_kind kind;
    uint32_t person;
    int64_t intended_us;
};

struct client {
    struct wire wire;
    bool busy;
    struct task task;
};

struct stream {
    struct wire wire;
    int64_t last_id;
    int64_t change; /* number of the last change it heard of */
    bool is_away;   /* cut, and nothing heard since */
};

struct options {
    double rate, squeeze, accept;
    uint32_t clients, streams, boards;
    int64_t seconds, think_us, callout, position, pid, seed;
    bool reconnect, only_pages;
    const char *cookie;
};

struct load {
    struct options options;
    struct sockaddr_in addresses[SERVERS_MAX];
    uint32_t address_count;
    char host[64]; /* the first address: every server takes any name */
    int epoll;
    struct person *people;
    uint32_t people_count, next_page, next_reply;
    struct client *clients;
    uint32_t *free_clients, free_count;
    struct task *queue; /* due, waiting for a connection: a ring */
    uint32_t queue_first, queue_count, queue_room, queue_highest;
    struct stream *streams;
    int64_t start_us, end_us, board_us, last_answer_us;
    uint32_t open_tasks, boards_open;
    int64_t alerts_position; /* up to which the alerts are known */
    struct histogram page, reply, board, alerts, fan_all, fan_stayed;
    uint64_t statuses[STATUS_MAX], lost_connections;
    uint64_t events, gaps, repeats, resyncs;
    int64_t change, change_us;           /* the reply sent last */
    uint32_t change_heard, stayed_heard; /* by all, by those that are never cut */
    uint32_t cut_next, away_count;
    int64_t cut_us, back_us; /* when the first was cut, when the last was back */
    double stream_kib;
};

static const struct sockaddr_in *address_of(const struct load *load, uint32_t index)
{
    return &load->addresses[index % load->address_count];
}

static void read_addresses(struct load *load, const char *list)
{
    char *copy = mem_strdup(list), *rest = copy;
    for (char *one; (one = strsep(&rest, ",")) != NULL;) {
        if (load->address_count == SERVERS_MAX)
            wire_fail("servers");
        load->addresses[load->address_count++] = wire_address(one);
    }
    (void)snprintf(load->host, sizeof load->host, "%.*s", (int)strcspn(list, ","), list);
    mem_free(copy);
}

static int64_t now_us(void)
{
    return clock_mono_us(clock_system());
}

static double resident_kib(int64_t pid)
{
    char path[64], line[128];
    (void)snprintf(path, sizeof path, "/proc/%lld/status", (long long)pid);
    FILE *file = fopen(path, "r");
    double kib = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtod(line + 6, NULL);
    if (file != NULL)
        (void)fclose(file);
    return kib;
}

/* ---- links ----------------------------------------------------------------------------
 */

/* Tokens follow from the master key alone; the vault wants a file of keys, so it gets an
 * empty one of its own. */
static int print_links(const char *dir)
{
    char master[4096], keys[] = "/tmp/muster-load-XXXXXX";
    (void)snprintf(master, sizeof master, "%s/master.key", dir);
    int fd = mkstemp(keys);
    if (fd < 0)
        return 1;
    (void)close(fd);
    (void)unlink(keys);
    struct vault *vault;
    struct vault_config config = {
        .keys_path = keys, .master_path = master, .random = random_system(), .make = 1};
    if (vault_open(&vault, &config, NULL) != ST_OK) {
        (void)fprintf(stderr, "load: %s cannot be used\n", master);
        return 1;
    }
    struct link_key key;
    link_key_init(&key, vault);
    long long id;
    while (scanf("%lld", &id) == 1) {
        char token[LINK_TOKEN_SIZE];
        link_token(&key, id, token);
        (void)puts(token);
    }
    link_key_release(&key);
    vault_close(vault);
    (void)unlink(keys);
    return 0;
}

/* ---- the schedule ---------------------------------------------------------------------
 */

static int by_time(const void *a, const void *b)
{
    int64_t x = ((const struct person *)a)->page_us,
            y = ((const struct person *)b)->page_us;
    return (x > y) - (x < y);
}

static void read_people(struct load *load, const char *path)
{
    char *data;
    size_t size;
    if (file_read(path, (size_t)64 << 20, &data, &size, NULL) != ST_OK)
        wire_fail(path);
    uint32_t lines = 0;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    load->people = mem_calloc(lines + 1, sizeof *load->people);
    for (const char *at = data; *at != '\0';) {
        struct person *person = &load->people[load->people_count++];
        size_t length = strcspn(at, "\n"), token = strcspn(at, " \n");
        (void)snprintf(person->token, sizeof person->token, "%.*s", (int)token, at);
        if (token < length)
            (void)snprintf(person->nonce, sizeof person->nonce, "%.*s",
                           (int)(length - token - 1), at + token + 1);
        at += length + (at[length] == '\n');
    }
    mem_free(data);
}

static void schedule(struct load *load)
{
    struct random_seeded random;
    random_seeded_init(&random, (uint64_t)load->options.seed);
    struct response_model_config model;
    response_model_config_default(&model);
    double at_us = 0;
    for (uint32_t i = 0; i < load->people_count; i++) {
        struct person *person = &load->people[i];
        person->accepts = random_unit(&random.super) < load->options.accept;
        if (load->options.rate > 0)
            at_us -= log(1 - random_unit(&random.super)) / load->options.rate * 1e6;
        else if (load->options.squeeze > 0)
            at_us = model.delay_median_s *
                    exp(model.delay_sigma * random_normal(&random.super)) /
                    load->options.squeeze * 1e6;
        person->page_us = (int64_t)at_us;
    }
    qsort(load->people, load->people_count, sizeof *load->people, by_time);
    if (load->options.seconds > 0 && load->options.rate > 0)
        while (load->people_count > 0 && load->people[load->people_count - 1].page_us >
                                             load->options.seconds * 1000000)
            load->people_count--;
}

/* ---- requests -------------------------------------------------------------------------
 */

/* A dispatcher's, not a volunteer's. */
static bool is_read(const struct task *task)
{
    return task->kind == TASK_BOARD || task->kind == TASK_ALERTS;
}

static void send_task(struct load *load, struct client *client, const struct task *task)
{
    char body[160], text[WIRE_OUT_MAX];
    const struct person *person = &load->people[task->person];
    int size = 0;
    if (is_read(task)) {
        char alerts[64] = "";
        if (task->kind == TASK_ALERTS)
            (void)snprintf(alerts, sizeof alerts, "/alerts?limit=1000&since=%lld",
                           (long long)load->alerts_position);
        size = snprintf(text, sizeof text,
                        "GET /api/v1/callouts/%lld%s HTTP/1.1\r\nHost: %s\r\n"
                        "Cookie: %s\r\n\r\n",
                        (long long)load->options.callout, alerts, load->host,
                        load->options.cookie);
    } else if (task->kind == TASK_PAGE)
        size = snprintf(text, sizeof text,
                        "GET /r/%s HTTP/1.1\r\nHost: %s\r\n"
                        "Accept: application/json\r\n\r\n",
                        person->token, load->host);
    else {
        int length = snprintf(body, sizeof body, "{\"nonce\":\"%s\",\"answer\":\"%s\"}",
                              person->nonce, person->accepts ? "accept" : "decline");
        size = snprintf(text, sizeof text,
                        "POST /r/%s HTTP/1.1\r\nHost: %s\r\n"
                        "Accept: application/json\r\n"
                        "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                        person->token, load->host, length, body);
        if (load->options.streams > 0) {
            load->change++;
            load->change_us = now_us();
            load->change_heard = load->stayed_heard = 0;
        }
    }
    client->busy = true;
    client->task = *task;
    client->wire.in_size = 0;
    wire_send(&client->wire, text, (size_t)size);
}

static void push(struct load *load, struct task task)
{
    uint32_t at = (load->queue_first + load->queue_count) % load->queue_room;
    load->queue[at] = task;
    load->queue_count++;
    load->open_tasks++;
    if (load->queue_count > load->queue_highest)
        load->queue_highest = load->queue_count;
}

/* Moves what is due into the queue; the next due time. */
static int64_t take_due(struct load *load, int64_t now)
{
    int64_t next = INT64_MAX;
    bool is_open = load->options.rate > 0 || load->options.squeeze > 0;
    while (is_open && load->next_page < load->people_count) {
        next = load->start_us + load->people[load->next_page].page_us;
        if (next > now)
            break;
        if (load->people[load->next_page].nonce[0] == '\0')
            push(load, (struct task){TASK_PAGE, load->next_page, next});
        load->next_page++;
        next = INT64_MAX;
    }
    while (is_open && load->next_reply < load->people_count) {
        struct person *person = &load->people[load->next_reply];
        int64_t due = load->start_us + person->page_us + load->options.think_us;
        if (due > now) {
            next = due < next ? due : next;
            break;
        }
        if (person->nonce[0] != '\0')
            push(load, (struct task){TASK_REPLY, load->next_reply, due});
        else
            person->waits = true;
        load->next_reply++;
    }
    while (load->board_us <= now && load->boards_open > 0) {
        for (uint32_t i = 0; i < load->options.boards; i++) {
            push(load, (struct task){TASK_BOARD, 0, load->board_us});
            if (load->options.position > 0)
                push(load, (struct task){TASK_ALERTS, 0, load->board_us});
        }
        load->board_us += 1000000;
    }
    return load->boards_open > 0 && load->board_us < next ? load->board_us : next;
}

static void send_queued(struct load *load)
{
    while (load->queue_count > 0 && load->free_count > 0) {
        struct task task = load->queue[load->queue_first];
        load->queue_first = (load->queue_first + 1) % load->queue_room;
        load->queue_count--;
        send_task(load, &load->clients[load->free_clients[--load->free_count]], &task);
    }
}

/* ---- answers --------------------------------------------------------------------------
 */

static void read_nonce(struct load *load, const struct task *task, const char *body)
{
    struct person *person = &load->people[task->person];
    const char *at = strstr(body, "\"nonce\":\"");
    if (at == NULL)
        return;
    at += strlen("\"nonce\":\"");
    (void)snprintf(person->nonce, sizeof person->nonce, "%.*s", (int)strcspn(at, "\""),
                   at);
    if (person->waits)
        push(load,
             (struct task){TASK_REPLY, task->person,
                           load->start_us + person->page_us + load->options.think_us});
}

static void read_position(struct load *load, const char *body)
{
    const char *at = strstr(body, "\"position\":");
    if (at != NULL)
        load->alerts_position = strtoll(at + strlen("\"position\":"), NULL, 10);
}

/* A closed loop goes on at once. */
static bool next_of_closed(struct load *load, struct client *client, bool was_page)
{
    int64_t now = now_us();
    if (load->options.rate > 0 || load->options.squeeze > 0)
        return false;
    struct task task = {TASK_REPLY, client->task.person, now};
    if (!was_page || load->options.only_pages) {
        if (load->next_page >= load->people_count || now >= load->end_us)
            return false;
        task.person = load->next_page++;
        if (load->people[task.person].nonce[0] == '\0')
            task.kind = TASK_PAGE;
    }
    load->open_tasks++;
    send_task(load, client, &task);
    return true;
}

static void answered(struct load *load, struct client *client, uint32_t index, int status,
                     const char *body)
{
    struct task task = client->task;
    int64_t now = now_us(), took = now - task.intended_us;
    load->statuses[status < STATUS_MAX ? status : 0]++;
    load->open_tasks--;
    load->last_answer_us = now;
    if (is_read(&task))
        histogram_add(task.kind == TASK_BOARD ? &load->board : &load->alerts, took);
    else if (status == 200)
        histogram_add(task.kind == TASK_PAGE ? &load->page : &load->reply, took);
    if (task.kind == TASK_PAGE && status == 200)
        read_nonce(load, &task, body);
    if (task.kind == TASK_ALERTS)
        read_position(load, body);
    client->busy = false;
    if (is_read(&task) ||
        !next_of_closed(load, client, task.kind == TASK_PAGE && status == 200))
        load->free_clients[load->free_count++] = index;
}

static void on_client(struct load *load, uint32_t index)
{
    struct client *client = &load->clients[index];
    if (!wire_read(&client->wire)) {
        load->lost_connections++;
        (void)close(client->wire.fd);
        wire_open(&client->wire, address_of(load, index), load->epoll, index);
        if (client->busy) /* its answer will not come: sent again, from the same time */
            send_task(load, client, &client->task);
        return;
    }
    const char *body;
    int status = client->busy ? wire_answer(&client->wire, &body) : 0;
    if (status != 0)
        answered(load, client, index, status, body);
}

/* ---- streams --------------------------------------------------------------------------
 */

static void ask_stream(struct load *load, struct stream *stream, uint32_t index)
{
    char text[WIRE_OUT_MAX], last[48] = "";
    wire_open(&stream->wire, address_of(load, index), load->epoll, index | STREAM_MARK);
    if (stream->last_id > 0)
        (void)snprintf(last, sizeof last, "Last-Event-ID: %lld\r\n",
                       (long long)stream->last_id);
    int size = snprintf(text, sizeof text,
                        "GET /api/v1/stream HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n%s\r\n",
                        load->host, load->options.cookie, last);
    wire_send(&stream->wire, text, (size_t)size);
}

/* Every other one is cut, if any are. */
static bool stays(const struct load *load, const struct stream *stream)
{
    return (stream - load->streams) % 2 != 0;
}

static void heard(struct load *load, struct stream *stream, int64_t id)
{
    load->events++;
    if (stream->last_id > 0 && id > stream->last_id + 1)
        load->gaps++;
    if (id <= stream->last_id)
        load->repeats++;
    stream->last_id = id;
    int64_t now = now_us();
    if (stream->is_away) {
        stream->is_away = false;
        load->back_us = now;
        load->away_count--;
    }
    if (load->change == 0 || stream->change == load->change)
        return;
    stream->change = load->change;
    if (++load->change_heard == load->options.streams)
        histogram_add(&load->fan_all, now - load->change_us);
    load->stayed_heard += stays(load, stream);
    if (stays(load, stream) && load->stayed_heard == load->options.streams / 2)
        histogram_add(&load->fan_stayed, now - load->change_us);
}

static void on_stream(struct load *load, uint32_t index)
{
    struct stream *stream = &load->streams[index];
    if (!wire_read(&stream->wire)) {
        load->lost_connections++;
        (void)close(stream->wire.fd);
        ask_stream(load, stream, index);
        return;
    }
    char *line = stream->wire.in, *end;
    while ((end = strchr(line, '\n')) != NULL) {
        if (strncmp(line, "id:", 3) == 0)
            heard(load, stream, strtoll(line + 3, NULL, 10));
        load->resyncs += strncmp(line, "event: resync", 13) == 0;
        line = end + 1;
    }
    stream->wire.in_size -= (uint32_t)(line - stream->wire.in);
    memmove(stream->wire.in, line, stream->wire.in_size + 1);
}

/* ---- the run --------------------------------------------------------------------------
 */

static void wait_and_read(struct load *load, int timeout_ms)
{
    struct epoll_event events[512];
    int count = epoll_wait(load->epoll, events, COUNT_OF(events), timeout_ms);
    for (int i = 0; i < count; i++) {
        uint32_t mark = events[i].data.u32;
        if ((mark & STREAM_MARK) != 0)
            on_stream(load, mark & ~STREAM_MARK);
        else
            on_client(load, mark);
    }
}

static void open_streams(struct load *load)
{
    double before = resident_kib(load->options.pid);
    for (uint32_t i = 0; i < load->options.streams; i++) {
        ask_stream(load, &load->streams[i], i);
        if (i % 64 == 63)
            wait_and_read(load, 0);
    }
    for (int64_t until = now_us() + 1000000; now_us() < until;)
        wait_and_read(load, 10);
    if (load->options.streams > 0)
        load->stream_kib =
            (resident_kib(load->options.pid) - before) / load->options.streams;
}

static bool is_over(const struct load *load, int64_t now)
{
    bool all_sent = load->options.rate > 0 || load->options.squeeze > 0
                        ? load->next_reply == load->people_count
                        : load->next_page == load->people_count || now >= load->end_us;
    return all_sent && (load->open_tasks == 0 || now > load->end_us + GRACE_US);
}

/* Cuts some more of the half that comes back: between them others are listened to. */
static void reconnect_some(struct load *load)
{
    if (load->cut_us == 0)
        load->cut_us = now_us();
    for (int i = 0; i < CUT_AT_ONCE && load->cut_next < load->options.streams; i++) {
        struct stream *stream = &load->streams[load->cut_next];
        (void)close(stream->wire.fd);
        stream->is_away = true;
        load->away_count++;
        ask_stream(load, stream, load->cut_next);
        load->cut_next += 2;
    }
}

static void run(struct load *load)
{
    load->alerts_position = load->options.position;
    load->start_us = load->board_us = now_us();
    load->boards_open = load->options.boards;
    load->end_us =
        load->start_us +
        (load->options.seconds > 0 ? load->options.seconds : 3600) * INT64_C(1000000);
    if (load->options.rate <= 0 && load->options.squeeze <= 0)
        for (uint32_t i = 0; i < load->options.clients; i++) {
            struct client *client = &load->clients[load->free_clients[i]];
            if (next_of_closed(load, client, false))
                load->free_count--;
        }
    for (int64_t now = now_us(); !is_over(load, now); now = now_us()) {
        int64_t next = take_due(load, now);
        if (load->next_reply == load->people_count && load->boards_open > 0)
            load->boards_open = 0;
        bool is_cutting = load->options.reconnect &&
                          load->cut_next < load->options.streams &&
                          load->change >= (int64_t)load->people_count / 2;
        if (is_cutting)
            reconnect_some(load);
        send_queued(load);
        int64_t wait_us = next == INT64_MAX ? 10000 : next - now_us();
        wait_and_read(load, wait_us <= 0 || is_cutting ? 0
                            : wait_us >= 10000         ? 10
                                                       : (int)((wait_us + 999) / 1000));
    }
    for (int64_t until = now_us() + 500000;
         load->options.streams > 0 && now_us() < until;)
        wait_and_read(load, 10);
}

static void print(const struct load *load)
{
    double seconds = (double)(load->last_answer_us - load->start_us) / 1e6;
    (void)printf("{\"seconds\":%.2f,\"replies\":%llu,\"replies_a_second\":%.0f,", seconds,
                 (unsigned long long)load->reply.count,
                 (double)load->reply.count / seconds);
    histogram_print("page_ms", &load->page);
    (void)printf(",");
    histogram_print("reply_ms", &load->reply);
    if (load->board.count > 0) {
        (void)printf(",");
        histogram_print("board_ms", &load->board);
    }
    if (load->alerts.count > 0) {
        (void)printf(",");
        histogram_print("alerts_ms", &load->alerts);
    }
    if (load->options.streams > 0) {
        (void)printf(",\"streams\":%u,\"stream_kib\":%.2f,\"events\":%llu,\"gaps\":%llu,"
                     "\"repeats\":%llu,\"resyncs\":%llu,",
                     load->options.streams, load->stream_kib,
                     (unsigned long long)load->events, (unsigned long long)load->gaps,
                     (unsigned long long)load->repeats,
                     (unsigned long long)load->resyncs);
        histogram_print("change_to_all_ms", &load->fan_all);
        (void)printf(",");
        histogram_print("change_to_stayed_ms", &load->fan_stayed);
        if (load->cut_us > 0)
            (void)printf(",\"all_back_ms\":%.0f,\"still_away\":%u",
                         (double)(load->back_us - load->cut_us) / 1e3, load->away_count);
    }
    (void)printf(",\"waiting_highest\":%u,\"unanswered\":%u,\"lost_connections\":%llu,"
                 "\"statuses\":{",
                 load->queue_highest, load->open_tasks,
                 (unsigned long long)load->lost_connections);
    bool first = true;
    for (int i = 0; i < STATUS_MAX; i++)
        if (load->statuses[i] > 0) {
            (void)printf("%s\"%d\":%llu", first ? "" : ",", i,
                         (unsigned long long)load->statuses[i]);
            first = false;
        }
    (void)printf("}}\n");
}

/* In the order of the file: nothing was drawn. */
static void print_pages(const struct load *load)
{
    for (uint32_t i = 0; i < load->people_count; i++)
        if (load->people[i].nonce[0] != '\0')
            (void)printf("%s %s\n", load->people[i].token, load->people[i].nonce);
}

static void read_options(struct options *options, int count, char **words)
{
    *options = (struct options){
        .accept = 0.29, .clients = 64, .think_us = 500000, .seed = 1, .cookie = ""};
    for (int i = 0; i + 1 < count; i += 2) {
        const char *key = words[i], *value = words[i + 1];
        double number = strtod(value, NULL);
        if (strcmp(key, "rate") == 0)
            options->rate = number;
        else if (strcmp(key, "squeeze") == 0)
            options->squeeze = number;
        else if (strcmp(key, "accept") == 0)
            options->accept = number;
        else if (strcmp(key, "clients") == 0)
            options->clients = (uint32_t)number;
        else if (strcmp(key, "streams") == 0)
            options->streams = (uint32_t)number;
        else if (strcmp(key, "boards") == 0)
            options->boards = (uint32_t)number;
        else if (strcmp(key, "seconds") == 0)
            options->seconds = (int64_t)number;
        else if (strcmp(key, "think") == 0)
            options->think_us = (int64_t)(number * 1000);
        else if (strcmp(key, "callout") == 0)
            options->callout = (int64_t)number;
        else if (strcmp(key, "position") == 0)
            options->position = (int64_t)number;
        else if (strcmp(key, "pid") == 0)
            options->pid = (int64_t)number;
        else if (strcmp(key, "seed") == 0)
            options->seed = (int64_t)number;
        else if (strcmp(key, "reconnect") == 0)
            options->reconnect = number != 0;
        else if (strcmp(key, "cookie") == 0)
            options->cookie = value;
        else {
            errno = EINVAL;
            wire_fail(key);
        }
    }
}

static void prepare(struct load *load, const char *host, const char *tokens)
{
    wire_raise_limit();
    read_addresses(load, host);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    read_people(load, tokens);
    schedule(load);
    load->queue_room = 2 * load->people_count + 100000;
    load->queue = mem_calloc(load->queue_room, sizeof *load->queue);
    load->clients = mem_calloc(load->options.clients, sizeof *load->clients);
    load->free_clients = mem_calloc(load->options.clients, sizeof *load->free_clients);
    load->streams = mem_calloc(load->options.streams + 1, sizeof *load->streams);
    for (uint32_t i = 0; i < load->options.clients; i++) {
        load->clients[i].wire.in = mem_calloc(1, WIRE_IN_MAX);
        load->clients[i].wire.in_max = WIRE_IN_MAX;
        wire_open(&load->clients[i].wire, address_of(load, i), load->epoll, i);
        load->free_clients[load->free_count++] = i;
    }
    for (uint32_t i = 0; i < load->options.streams; i++) {
        load->streams[i].wire.in = mem_calloc(1, WIRE_STREAM_MAX);
        load->streams[i].wire.in_max = WIRE_STREAM_MAX;
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "links") == 0)
        return print_links(argv[2]);
    bool only_pages = argc == 4 && strcmp(argv[1], "pages") == 0;
    if (!only_pages && (argc < 4 || argc % 2 != 0 || strcmp(argv[1], "run") != 0)) {
        (void)fprintf(stderr, "load links DIR | pages HOST:PORT[,HOST:PORT]... TOKENS"
                              " | run HOST:PORT[,HOST:PORT]... TOKENS [KEY VALUE]...\n");
        return 2;
    }
    struct load *load = mem_calloc(1, sizeof *load);
    read_options(&load->options, argc - 4, argv + 4);
    load->options.only_pages = only_pages;
    prepare(load, argv[2], argv[3]);
    open_streams(load);
    run(load);
    if (only_pages)
        print_pages(load);
    else
        print(load);
    return 0;
}
