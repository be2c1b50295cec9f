/* SPDX-License-Identifier: Apache-2.0 */
/* A fixed set of slots, each with one easy handle that is used again and again, so that
 * libcurl's cache keeps the connections open (SMTP: one greeting for many mails). */
#include "channel/transport_curl.h"

#include "base/mem.h"
#include "base/status.h"

#include <curl/curl.h>
#include <string.h>

#define CONNECTIONS_MAX 64
#define ANSWER_MAX                                                                       \
    4096 /* bytes of a web hook's answer that are looked at (none kept)                  \
          */

struct slot {
    CURL *easy;
    bool busy;
    uint64_t tag;
    char *body;
    size_t body_size, body_sent, answered;
    struct curl_slist *lines; /* recipients or headers */
    char error[CURL_ERROR_SIZE];
};

struct transport_curl {
    struct transport super;
    CURLM *multi;
    bool is_smtp;
    struct slot slots[CONNECTIONS_MAX];
    uint32_t slot_count, busy_count;
};

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

static void end_slot(struct transport_curl *transport, struct slot *slot)
{
    curl_slist_free_all(slot->lines);
    slot->lines = NULL;
    mem_free(slot->body);
    slot->body = NULL;
    slot->busy = false;
    transport->busy_count--;
}

static struct slot *free_slot(struct transport_curl *transport)
{
    for (uint32_t i = 0; i < transport->slot_count; i++)
        if (!transport->slots[i].busy)
            return &transport->slots[i];
    return NULL;
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
    struct slot *slot = free_slot(transport);
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
    }
    slot->busy = true;
    transport->busy_count++;
    if (curl_multi_add_handle(transport->multi, slot->easy) != CURLM_OK) {
        end_slot(transport, slot);
        return ST_NO_MEMORY;
    }
    return ST_OK;
}

static void curl_step(struct transport *super, int wait_ms)
{
    struct transport_curl *transport = (struct transport_curl *)super;
    int running;
    (void)curl_multi_perform(transport->multi,
                             &running); /* errors come with each message */
    if (wait_ms > 0)
        (void)curl_multi_poll(transport->multi, NULL, 0, wait_ms, NULL);
    (void)curl_multi_perform(transport->multi, &running);
}

static bool is_connection_trouble(CURLcode code)
{
    return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT ||
           code == CURLE_OPERATION_TIMEDOUT || code == CURLE_SEND_ERROR ||
           code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
           code == CURLE_SSL_CONNECT_ERROR || code == CURLE_USE_SSL_FAILED ||
           code == CURLE_PEER_FAILED_VERIFICATION;
}

/* RFC 5321 4.2.1: 4yz may be repeated, 5yz may not; 421 = the whole service goes away. */
static void judge_smtp(CURLcode code, long answer, struct transport_result *ret)
{
    ret->outcome = TRANSPORT_TEMPORARY;
    if (code == CURLE_OK)
        ret->outcome = TRANSPORT_ACCEPTED;
    else if (answer >= 500 && answer < 600 && code != CURLE_LOGIN_DENIED)
        ret->outcome = TRANSPORT_PERMANENT;
    ret->peer_down =
        is_connection_trouble(code) || code == CURLE_LOGIN_DENIED || answer == 421;
}

static void judge_http(CURLcode code, long answer, struct transport_result *ret)
{
    ret->outcome = TRANSPORT_TEMPORARY;
    if ((code == CURLE_OK || code == CURLE_WRITE_ERROR) && answer >= 200 && answer < 300)
        ret->outcome = TRANSPORT_ACCEPTED;
    else if (answer >= 400 && answer < 500 && answer != 408 && answer != 425 &&
             answer != 429)
        ret->outcome = TRANSPORT_PERMANENT;
    ret->peer_down = is_connection_trouble(code) || answer == 502 || answer == 503;
}

static bool curl_finished(struct transport *super, struct transport_result *ret)
{
    struct transport_curl *transport = (struct transport_curl *)super;
    int left;
    const CURLMsg *message = curl_multi_info_read(transport->multi, &left);
    while (message != NULL && message->msg != CURLMSG_DONE)
        message = curl_multi_info_read(transport->multi, &left);
    if (message == NULL)
        return false;
    CURL *easy = message->easy_handle;
    CURLcode code = message->data.result;
    struct slot *slot = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
    *ret = (struct transport_result){.tag = slot->tag};
    long answer = 0;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    ret->retry_after_ms = (int64_t)retry_after_s * 1000;
    if (transport->is_smtp)
        judge_smtp(code, answer, ret);
    else
        judge_http(code, answer, ret);
    if (ret->outcome != TRANSPORT_ACCEPTED)
        (void)snprintf(ret->why, sizeof ret->why, "%ld %s", answer,
                       slot->error[0] != '\0' ? slot->error : curl_easy_strerror(code));
    curl_multi_remove_handle(transport->multi, easy);
    end_slot(transport, slot);
    return true;
}

static uint32_t curl_running(struct transport *super)
{
    return ((struct transport_curl *)super)->busy_count;
}

static void curl_wake(struct transport *super)
{
    (void)curl_multi_wakeup(
        ((struct transport_curl *)super)->multi); /* a full pipe wakes too */
}

static void curl_free_transport(struct transport *super)
{
    struct transport_curl *transport = (struct transport_curl *)super;
    for (uint32_t i = 0; i < transport->slot_count; i++) {
        struct slot *slot = &transport->slots[i];
        if (slot->busy) {
            curl_multi_remove_handle(transport->multi, slot->easy);
            end_slot(transport, slot);
        }
        curl_easy_cleanup(slot->easy);
    }
    curl_multi_cleanup(transport->multi);
    mem_free(transport);
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

static bool open_slot(struct transport_curl *transport, struct slot *slot,
                      const struct transport_curl_config *config, const char *protocol)
{
    CURL *easy = slot->easy = curl_easy_init();
    if (easy == NULL)
        return false;
    int64_t connect_ms = config->connect_timeout_ms ? config->connect_timeout_ms : 10000;
    int64_t all_ms = config->timeout_ms ? config->timeout_ms : 30000;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, slot->error);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocol);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* no wait for a name server's word */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)all_ms);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
    if (transport->is_smtp) {
        curl_easy_setopt(easy, CURLOPT_MAIL_FROM, config->from);
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
        curl_easy_setopt(easy, CURLOPT_READDATA, slot);
        if (config->user != NULL)
            curl_easy_setopt(easy, CURLOPT_USERNAME, config->user);
        if (config->password != NULL)
            curl_easy_setopt(easy, CURLOPT_PASSWORD, config->password);
        /* Never in clear over a network: a server that offers no TLS does not get it. */
        if (config->password != NULL && !is_of_this_machine(config->url))
            curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    } else {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
    }
    return curl_easy_setopt(easy, CURLOPT_URL, config->url) == CURLE_OK;
}

int transport_curl_new(struct transport **ret, const struct transport_curl_config *config,
                       struct diag *reterr)
{
    static const char *const schemes[] = {"smtp", "smtps", "http", "https"};
    const char *colon = strstr(config->url, "://");
    const char *protocol = NULL;
    for (size_t i = 0; i < COUNT_OF(schemes) && colon != NULL; i++)
        if (strlen(schemes[i]) == (size_t)(colon - config->url) &&
            memcmp(schemes[i], config->url, strlen(schemes[i])) == 0)
            protocol = schemes[i];
    if (protocol == NULL)
        return diag_set(reterr, ST_INVALID, 0, 0, "url",
                        "must begin with smtp://, smtps://, http:// or https://");
    struct transport_curl *transport = mem_calloc(1, sizeof *transport);
    if (transport == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    transport->super = (struct transport){curl_start,   curl_step, curl_finished,
                                          curl_running, curl_wake, curl_free_transport};
    transport->is_smtp = protocol[0] == 's';
    transport->multi = curl_multi_init();
    uint32_t wanted = config->connections == 0 ? 1 : config->connections;
    if (wanted > CONNECTIONS_MAX)
        wanted = CONNECTIONS_MAX;
    bool ok = transport->multi != NULL;
    while (ok && transport->slot_count < wanted)
        ok = open_slot(transport, &transport->slots[transport->slot_count++], config,
                       protocol);
    if (!ok) {
        curl_free_transport(&transport->super);
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "libcurl could not be set up");
    }
    curl_multi_setopt(transport->multi, CURLMOPT_MAXCONNECTS, (long)wanted);
    *ret = &transport->super;
    return ST_OK;
}
