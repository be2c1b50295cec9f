/* SPDX-License-Identifier: Apache-2.0 */
/* A fixed set of slots, each with a thread and one easy handle that is used again and
 * again, so that libcurl keeps its connection open (SMTP: one greeting for many mails).
 * Threads and not the multi interface: libcurl waits for the answer to a mail's last line
 * in a blocking loop (smtp_done), so one slow mail would hold up all the others.
 *
 *     free --start--> ready --(the slot's thread)--> done --finished--> free
 *
 * At the end the sockets are shut down under the threads' feet: a peer that never answers
 * holds nothing up. */
#include "channel/transport_curl.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/wait.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64
#define SOCKETS_MAX 4 /* of one slot: two addresses are tried side by side */
/* bytes of a web hook's answer that are looked at (none kept) */
#define ANSWER_MAX 4096

enum slot_state { SLOT_FREE, SLOT_READY, SLOT_DONE };

struct slot {
    struct transport_curl *transport;
    pthread_t thread;
    bool has_thread;
    pthread_cond_t work;
    enum slot_state state;              /* under the lock, like the next two */
    curl_socket_t sockets[SOCKETS_MAX]; /* CURL_SOCKET_BAD = none */
    CURLcode code;
    /* What follows is the thread's while the slot is ready, else the owner's. */
    CURL *easy;
    uint64_t tag;
    char *body;
    size_t body_size, body_sent, answered;
    struct curl_slist *lines; /* recipients or headers */
    char error[CURL_ERROR_SIZE];
};

struct transport_curl {
    struct transport super;
    bool is_smtp;
    bool is_one_peer; /* all goes to one address, that of the configuration */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* something is done, or a wake */
    bool woken;             /* under the lock, like the next */
    uint32_t done_count;
    atomic_bool stopping;
    uint32_t busy_count; /* the owner's */
    struct slot slots[CONNECTIONS_MAX];
    uint32_t slot_count;
};

/* ---- libcurl's callbacks: on the slot's thread
 * ------------------------------------------------ */

static size_t read_body(char *buffer, size_t size, size_t count, void *context)
{
    struct slot *slot = context;
    size_t rest = slot->body_size - slot->body_sent, room = size * count;
    size_t part = rest < room ? rest : room;
    memcpy(buffer, slot->body + slot->body_sent, part);
    slot->body_sent += part;
    return part;
}

/* The answer's text is of no use: only its size is bounded. */
static size_t drop_answer(char *data, size_t size, size_t count, void *context)
{
    struct slot *slot = context;
    (void)data;
    slot->answered += size * count;
    return slot->answered > ANSWER_MAX ? 0 : size * count;
}

static void swap_socket(struct slot *slot, curl_socket_t from, curl_socket_t to)
{
    for (int i = 0; i < SOCKETS_MAX; i++)
        if (slot->sockets[i] == from) {
            slot->sockets[i] = to;
            return;
        }
}

static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    struct slot *slot = context;
    (void)purpose;
    if (slot->transport->stopping)
        return CURL_SOCKET_BAD;
    curl_socket_t fd =
        socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    pthread_mutex_lock(&slot->transport->lock);
    if (fd != CURL_SOCKET_BAD)
        swap_socket(slot, CURL_SOCKET_BAD, fd);
    pthread_mutex_unlock(&slot->transport->lock);
    return fd;
}

/* The number is free for others only after it has left the slot. */
static int close_socket(void *context, curl_socket_t fd)
{
    struct slot *slot = context;
    pthread_mutex_lock(&slot->transport->lock);
    swap_socket(slot, fd, CURL_SOCKET_BAD);
    pthread_mutex_unlock(&slot->transport->lock);
    return close(fd);
}

static int is_stopping(void *context, curl_off_t a, curl_off_t b, curl_off_t c,
                       curl_off_t d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return ((struct slot *)context)->transport->stopping;
}

static void *run_slot(void *context)
{
    struct slot *slot = context;
    struct transport_curl *transport = slot->transport;
    pthread_mutex_lock(&transport->lock);
    while (true) {
        while (slot->state != SLOT_READY && !transport->stopping)
            (void)pthread_cond_wait(&slot->work, &transport->lock);
        if (transport->stopping)
            break;
        pthread_mutex_unlock(&transport->lock);
        CURLcode code = curl_easy_perform(slot->easy);
        pthread_mutex_lock(&transport->lock);
        slot->code = code;
        slot->state = SLOT_DONE;
        transport->done_count++;
        (void)pthread_cond_signal(&transport->changed);
    }
    pthread_mutex_unlock(&transport->lock);
    return NULL;
}

/* ---- one try
 * ---------------------------------------------------------------------------------- */

static struct slot *find_slot(struct transport_curl *transport, enum slot_state state)
{
    struct slot *found = NULL;
    pthread_mutex_lock(&transport->lock);
    for (uint32_t i = 0; i < transport->slot_count && found == NULL; i++)
        if (transport->slots[i].state == state)
            found = &transport->slots[i];
    pthread_mutex_unlock(&transport->lock);
    return found;
}

static void end_slot(struct slot *slot)
{
    curl_slist_free_all(slot->lines);
    slot->lines = NULL;
    mem_free(slot->body);
    slot->body = NULL;
}

static bool fill_lines(struct slot *slot, const struct transport_job *job)
{
    struct curl_slist *lines = NULL;
    if (job->to != NULL)
        lines = curl_slist_append(NULL, job->to);
    for (const char *const *h = job->headers; h != NULL && *h != NULL; h++) {
        struct curl_slist *more = curl_slist_append(lines, *h);
        if (more == NULL) {
            curl_slist_free_all(lines);
            return false;
        }
        lines = more;
    }
    slot->lines = lines;
    return lines != NULL;
}

static int curl_start(struct transport *super, const struct transport_job *job)
{
    struct transport_curl *transport = (struct transport_curl *)super;
    struct slot *slot = find_slot(transport, SLOT_FREE);
    if (slot == NULL)
        return ST_BUSY;
    slot->body = mem_strndup(job->body, job->body_size);
    if (slot->body == NULL || !fill_lines(slot, job)) {
        mem_free(slot->body);
        slot->body = NULL;
        return ST_NO_MEMORY;
    }
    slot->tag = job->tag;
    slot->body_size = job->body_size;
    slot->body_sent = slot->answered = 0;
    slot->error[0] = '\0';
    if (transport->is_smtp) {
        curl_easy_setopt(slot->easy, CURLOPT_MAIL_RCPT, slot->lines);
        curl_easy_setopt(slot->easy, CURLOPT_INFILESIZE_LARGE,
                         (curl_off_t)job->body_size);
    } else {
        curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, slot->lines);
        curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDS, slot->body);
        curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)job->body_size);
        if (job->url != NULL &&
            curl_easy_setopt(slot->easy, CURLOPT_URL, job->url) != CURLE_OK) {
            end_slot(slot);
            return ST_NO_MEMORY;
        }
    }
    transport->busy_count++;
    pthread_mutex_lock(&transport->lock);
    slot->state = SLOT_READY;
    (void)pthread_cond_signal(&slot->work);
    pthread_mutex_unlock(&transport->lock);
    return ST_OK;
}

static void curl_step(struct transport *super, int wait_ms)
{
    struct transport_curl *transport = (struct transport_curl *)super;
    pthread_mutex_lock(&transport->lock);
    if (wait_ms > 0 && !transport->woken && transport->done_count == 0)
        wait_for(&transport->changed, &transport->lock, wait_ms);
    if (wait_ms > 0)
        transport->woken = false; /* it has ended a wait */
    pthread_mutex_unlock(&transport->lock);
}

static bool is_connection_trouble(CURLcode code)
{
    return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT ||
           code == CURLE_OPERATION_TIMEDOUT || code == CURLE_SEND_ERROR ||
           code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
           code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY ||
           code == CURLE_SSL_CONNECT_ERROR || code == CURLE_USE_SSL_FAILED ||
           code == CURLE_PEER_FAILED_VERIFICATION;
}

/* RFC 5321 4.2.1: 4yz may be repeated, 5yz may not; 421 = the whole service goes away.
 * libcurl calls a refused sender or recipient CURLE_SEND_ERROR: a server that answers 4yz
 * or 5yz is there. */
static void judge_smtp(CURLcode code, long answer, struct transport_result *ret)
{
    /* RFC 4954 6: a sign-in is wanted, or has failed. */
    const bool is_ours = code == CURLE_LOGIN_DENIED || answer == 530 || answer == 534 ||
                         answer == 535 || answer == 538;
    ret->outcome = TRANSPORT_TEMPORARY;
    if (code == CURLE_OK)
        ret->outcome = TRANSPORT_ACCEPTED;
    else if (answer >= 500 && answer < 600 && !is_ours)
        ret->outcome = TRANSPORT_PERMANENT;
    ret->peer_down =
        (is_connection_trouble(code) && answer < 400) || is_ours || answer == 421;
}

/* Nothing is wrong with the message: the address or the secret is, for all alike. */
static bool is_misdirected(long answer)
{
    return (answer >= 300 && answer < 400) || answer == 401 || answer == 405 ||
           answer == 407;
}

/* Perhaps it is, perhaps the message: final for this one, and a few in a row make the
 * channel rest before nobody is left to be asked (decision 0103). */
static bool is_perhaps_misdirected(long answer)
{
    return answer == 403 || answer == 404 || answer == 410;
}

static void judge_http(const struct transport_curl *transport, CURLcode code, long answer,
                       struct transport_result *ret)
{
    const bool is_ours = transport->is_one_peer && is_misdirected(answer);
    ret->outcome = TRANSPORT_TEMPORARY;
    if (is_ours) {
        ret->peer_down = true;
        return;
    }
    if ((code == CURLE_OK || code == CURLE_WRITE_ERROR) && answer >= 200 && answer < 300)
        ret->outcome = TRANSPORT_ACCEPTED;
    else if (answer >= 400 && answer < 500 && answer != 408 && answer != 425 &&
             answer != 429)
        ret->outcome = TRANSPORT_PERMANENT;
    ret->is_gone = answer == 404 || answer == 410;
    ret->peer_down = is_connection_trouble(code) || answer == 502 || answer == 503 ||
                     (transport->is_one_peer && is_perhaps_misdirected(answer));
}

/* For the log: what libcurl says, or what an answer that it takes for one is worth. */
static void say_why(const struct slot *slot, long answer, char ret[TRANSPORT_WHY_MAX + 1])
{
    const char *why = slot->error;
    if (slot->code != CURLE_OK && *why == '\0')
        why = curl_easy_strerror(slot->code);
    else if (slot->code == CURLE_OK)
        why = answer >= 300 && answer < 400
                  ? "redirects are not followed: write the address that it leads to"
              : answer == 401 || answer == 403
                  ? "is the secret the same on both sides, and the clock right?"
              : is_misdirected(answer) || is_perhaps_misdirected(answer)
                  ? "is the address right?"
                  : "not taken";
    if (answer == 0) /* nobody answered */
        (void)snprintf(ret, TRANSPORT_WHY_MAX + 1, "%s", why);
    else
        (void)snprintf(ret, TRANSPORT_WHY_MAX + 1, "%ld %s", answer, why);
}

static bool curl_finished(struct transport *super, struct transport_result *ret)
{
    struct transport_curl *transport = (struct transport_curl *)super;
    struct slot *slot = find_slot(transport, SLOT_DONE);
    if (slot == NULL)
        return false;
    *ret = (struct transport_result){.tag = slot->tag};
    long answer = 0;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &answer);
    curl_easy_getinfo(slot->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    ret->retry_after_ms = (int64_t)retry_after_s * 1000;
    if (transport->is_smtp)
        judge_smtp(slot->code, answer, ret);
    else
        judge_http(transport, slot->code, answer, ret);
    if (ret->outcome != TRANSPORT_ACCEPTED)
        say_why(slot, answer, ret->why);
    end_slot(slot);
    transport->busy_count--;
    pthread_mutex_lock(&transport->lock);
    slot->state = SLOT_FREE;
    transport->done_count--;
    pthread_mutex_unlock(&transport->lock);
    return true;
}

static uint32_t curl_running(struct transport *super)
{
    return ((struct transport_curl *)super)->busy_count;
}

static void curl_wake(struct transport *super)
{
    struct transport_curl *transport = (struct transport_curl *)super;
    pthread_mutex_lock(&transport->lock);
    transport->woken = true;
    (void)pthread_cond_signal(&transport->changed);
    pthread_mutex_unlock(&transport->lock);
}

/* ---- life
 * -------------------------------------------------------------------------------------
 */

/* Threads end now, whatever their peers do. */
static void cut_off(struct transport_curl *transport)
{
    pthread_mutex_lock(&transport->lock);
    transport->stopping = true;
    for (uint32_t i = 0; i < transport->slot_count; i++) {
        struct slot *slot = &transport->slots[i];
        for (int k = 0; k < SOCKETS_MAX; k++)
            if (slot->sockets[k] != CURL_SOCKET_BAD)
                (void)shutdown(slot->sockets[k], SHUT_RDWR); /* may be closed already */
        (void)pthread_cond_signal(&slot->work);
    }
    pthread_mutex_unlock(&transport->lock);
}

static void curl_free_transport(struct transport *super)
{
    struct transport_curl *transport = (struct transport_curl *)super;
    cut_off(transport);
    for (uint32_t i = 0; i < transport->slot_count; i++) {
        struct slot *slot = &transport->slots[i];
        if (slot->has_thread)
            pthread_join(slot->thread, NULL);
        curl_easy_cleanup(slot->easy);
        end_slot(slot);
        pthread_cond_destroy(&slot->work);
    }
    pthread_cond_destroy(&transport->changed);
    pthread_mutex_destroy(&transport->lock);
    mem_free(transport);
}

/* One of the four, or NULL. */
static const char *scheme_of(const char *url)
{
    static const char *const schemes[] = {"smtp", "smtps", "http", "https"};
    const char *colon = strstr(url, "://");
    for (size_t i = 0; i < COUNT_OF(schemes) && colon != NULL; i++)
        if (strlen(schemes[i]) == (size_t)(colon - url) &&
            memcmp(schemes[i], url, strlen(schemes[i])) == 0)
            return schemes[i];
    return NULL;
}

static bool is_of_this_machine(const char *url)
{
    static const char *const hosts[] = {"localhost", "127.0.0.1", "[::1]"};
    const char *host = strstr(url, "://") + 3;
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        size_t length = strlen(hosts[i]);
        if (strncmp(host, hosts[i], length) == 0 && strchr(":/", host[length]) != NULL)
            return true;
    }
    return false;
}

/* A password never goes in clear over a network: a server that offers no TLS does not get
 * it. Without one TLS is used where it is offered, whatever the certificate: who stands
 * between could take the offer away as well (RFC 7435). */
static void set_starttls(CURL *easy, const struct transport_curl_config *config)
{
    if (strcmp(scheme_of(config->url), "smtps") == 0)
        return;
    if (config->password == NULL) {
        curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    } else if (!is_of_this_machine(config->url)) {
        curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    }
}

static void set_smtp(struct slot *slot, const struct transport_curl_config *config)
{
    CURL *easy = slot->easy;
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, config->from);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, slot);
    if (config->user != NULL)
        curl_easy_setopt(easy, CURLOPT_USERNAME, config->user);
    if (config->password != NULL)
        curl_easy_setopt(easy, CURLOPT_PASSWORD, config->password);
    set_starttls(easy, config);
}

static void set_callbacks(struct slot *slot)
{
    CURL *easy = slot->easy;
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, slot);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, slot);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, is_stopping);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, slot);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

static bool open_slot(struct transport_curl *transport, struct slot *slot,
                      const struct transport_curl_config *config, const char *protocol)
{
    slot->transport = transport;
    pthread_cond_init(&slot->work, NULL); /* cannot fail on Linux */
    for (int i = 0; i < SOCKETS_MAX; i++)
        slot->sockets[i] = CURL_SOCKET_BAD;
    CURL *easy = slot->easy = curl_easy_init();
    if (easy == NULL)
        return false;
    int64_t connect_ms = config->connect_timeout_ms ? config->connect_timeout_ms : 10000;
    int64_t all_ms = config->timeout_ms ? config->timeout_ms : 30000;
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, slot->error);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocol);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* no wait for a name server's word */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)all_ms);
    set_callbacks(slot);
    if (transport->is_smtp)
        set_smtp(slot, config);
    else
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (config->url != NULL &&
        curl_easy_setopt(easy, CURLOPT_URL, config->url) != CURLE_OK)
        return false;
    slot->has_thread = pthread_create(&slot->thread, NULL, run_slot, slot) == 0;
    return slot->has_thread;
}

int transport_curl_new(struct transport **ret, const struct transport_curl_config *config,
                       struct diag *reterr)
{
    const char *protocol = config->url == NULL ? "http,https" : scheme_of(config->url);
    if (protocol == NULL)
        return diag_set(reterr, ST_INVALID, 0, 0, "url",
                        "must begin with smtp://, smtps://, http:// or https://");
    struct transport_curl *transport = mem_calloc(1, sizeof *transport);
    if (transport == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    transport->super = (struct transport){curl_start,   curl_step, curl_finished,
                                          curl_running, curl_wake, curl_free_transport};
    transport->is_smtp = protocol[0] == 's';
    transport->is_one_peer = config->url != NULL;
    pthread_mutex_init(&transport->lock, NULL); /* cannot fail on Linux */
    wait_init(&transport->changed);
    uint32_t wanted = config->connections == 0 ? 1 : config->connections;
    if (wanted > CONNECTIONS_MAX)
        wanted = CONNECTIONS_MAX;
    bool ok = true;
    while (ok && transport->slot_count < wanted) {
        struct slot *slot = &transport->slots[transport->slot_count++];
        ok = open_slot(transport, slot, config, protocol);
    }
    if (!ok) {
        curl_free_transport(&transport->super);
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "libcurl could not be set up");
    }
    *ret = &transport->super;
    return ST_OK;
}
