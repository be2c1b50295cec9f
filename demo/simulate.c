/* SPDX-License-Identifier: Apache-2.0 */
/* A link is visited: its JSON is fetched, the next action chosen and given a time; when
 * the time has come it is visited again, and only if the same action is still the right
 * one is it posted. So a stand-down, a closure or a browser that came in between is
 * always seen first. Nothing is kept but what a person would remember, and on the disk
 * the cookie of who has answered (HASH.cookie beside the messages): the server takes
 * answers from the first device alone, and after a restart it is to be the same one. */
#include "demo/simulate_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <dirent.h>
#include <jansson.h>

#define PATH_SIZE 4096
#define FAILURES_MAX 8
#define REFUSALS_MAX 4
#define RETRY_MS 4000
#define AFTER_MESSAGE_MS 1500
#define COOKIE_MAX 8192

/* Hashes of strings to an index + 1: open addressing, doubled at half full. */
struct table {
    uint64_t *keys;
    uint32_t *values;
    uint32_t size, count;
};

struct simulate {
    struct simulate_config config;
    char mailbox[PATH_SIZE];
    struct simulate_http http;
    struct simulate_link *links;
    uint32_t link_count, link_capacity;
    struct table links_by_url, files;
    int64_t scan_ms;
    struct simulate_counts counts;
};

/* ---- hash table
 * ------------------------------------------------------------------------ */

/* FNV-1a, 64 bits; 0 is kept for an empty slot. */
static uint64_t hash(const char *string)
{
    uint64_t h = 0xcbf29ce484222325;
    for (; *string != '\0'; string++)
        h = (h ^ (uint8_t)*string) * 0x100000001b3;
    return h != 0 ? h : 1;
}

static int table_reserve(struct table *table)
{
    if ((table->count + 1) * 2 <= table->size)
        return ST_OK;
    uint32_t size = table->size == 0 ? 1024 : table->size * 2;
    struct table bigger = {.keys = mem_calloc(size, sizeof *bigger.keys),
                           .values = mem_calloc(size, sizeof *bigger.values),
                           .size = size,
                           .count = table->count};
    if (bigger.keys == NULL || bigger.values == NULL) {
        mem_free(bigger.keys);
        mem_free(bigger.values);
        return ST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < table->size; i++) {
        if (table->keys[i] == 0)
            continue;
        uint32_t slot = (uint32_t)table->keys[i] & (size - 1);
        while (bigger.keys[slot] != 0)
            slot = (slot + 1) & (size - 1);
        bigger.keys[slot] = table->keys[i];
        bigger.values[slot] = table->values[i];
    }
    mem_free(table->keys);
    mem_free(table->values);
    *table = bigger;
    return ST_OK;
}

/* The value slot of KEY, 0 in it if it is new; NULL without memory. */
static uint32_t *table_slot(struct table *table, uint64_t key)
{
    if (table_reserve(table) != ST_OK)
        return NULL;
    uint32_t slot = (uint32_t)key & (table->size - 1);
    while (table->keys[slot] != 0 && table->keys[slot] != key)
        slot = (slot + 1) & (table->size - 1);
    if (table->keys[slot] == 0) {
        table->keys[slot] = key;
        table->count++;
    }
    return &table->values[slot];
}

static void table_release(struct table *table)
{
    mem_free(table->keys);
    mem_free(table->values);
}

/* ---- life cycle
 * ------------------------------------------------------------------------ */

int simulate_new(struct simulate **ret, const struct simulate_config *config)
{
    assert(config->mailbox != NULL);
    struct simulate *simulate = mem_calloc(1, sizeof *simulate);
    if (simulate == NULL)
        return ST_NO_MEMORY;
    simulate->config = *config;
    struct simulate_config *c = &simulate->config;
    if (c->speed <= 0)
        c->speed = 10;
    if (c->reply_median_ms <= 0)
        c->reply_median_ms = 25000;
    if (c->accept <= 0 && c->decline <= 0 && c->limited <= 0) {
        c->accept = 0.55;
        c->decline = 0.25;
        c->limited = 0.05;
    }
    int length = snprintf(simulate->mailbox, PATH_SIZE, "%s", config->mailbox);
    c->mailbox = simulate->mailbox;
    int r = length < 0 || length >= PATH_SIZE ? ST_LIMIT
                                              : simulate_http_init(&simulate->http);
    if (r != ST_OK) {
        simulate_free(simulate);
        return r;
    }
    *ret = simulate;
    return ST_OK;
}

void simulate_free(struct simulate *simulate)
{
    if (simulate == NULL)
        return;
    for (uint32_t i = 0; i < simulate->link_count; i++)
        mem_free(simulate->links[i].jar);
    mem_free(simulate->links);
    table_release(&simulate->links_by_url);
    table_release(&simulate->files);
    simulate_http_release(&simulate->http);
    mem_free(simulate);
}

void simulate_count(const struct simulate *simulate, struct simulate_counts *ret)
{
    *ret = simulate->counts;
}

/* ---- the mailbox
 * ----------------------------------------------------------------------- */

bool simulate_is_local(const char *url)
{
    static const char *const hosts[] = {"http://127.0.0.1", "http://localhost",
                                        "http://[::1]"};
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        size_t size = strlen(hosts[i]);
        if (strncmp(url, hosts[i], size) != 0)
            continue;
        const char *at = url + size;
        if (*at == ':') {
            size_t digits = strspn(at + 1, "0123456789");
            if (digits == 0 || digits > 5)
                return false;
            at += 1 + digits;
        }
        static const char token[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789-_";
        return strncmp(at, "/r/", 3) == 0 && at[3] != '\0' &&
               at[3 + strspn(at + 3, token)] == '\0';
    }
    return false;
}

int simulate_message_parse(struct simulate_message *ret, const char *data, size_t size)
{
    json_t *root = json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL);
    const char *to = json_string_value(json_object_get(root, "to"));
    const char *link = json_string_value(json_object_get(root, "link"));
    int r = ST_INVALID;
    if (to != NULL && link != NULL && strlen(to) < sizeof ret->to &&
        strlen(link) <= SIMULATE_URL_MAX && simulate_is_local(link)) {
        *ret = (struct simulate_message){
            .exercise = json_is_true(json_object_get(root, "exercise"))};
        snprintf(ret->to, sizeof ret->to, "%s", to);
        snprintf(ret->link, sizeof ret->link, "%s", link);
        r = ST_OK;
    }
    json_decref(root);
    return r;
}

static void cookie_path(const struct simulate *simulate, const struct simulate_link *link,
                        char ret[PATH_SIZE + 40])
{
    const uint64_t name = hash(strstr(link->message.link, "/r/"));
    snprintf(ret, PATH_SIZE + 40, "%s/%llu.cookie", simulate->mailbox,
             (unsigned long long)name);
}

/* Who has answered before this program started goes on where they were. */
static void remember_cookie(const struct simulate *simulate, struct simulate_link *link)
{
    char path[PATH_SIZE + 40];
    size_t size;
    struct diag diag;
    cookie_path(simulate, link, path);
    if (file_read(path, COOKIE_MAX, &link->jar, &size, &diag) == ST_OK)
        link->posted = link->told = true;
}

/* Without it the person does not answer after a restart; that is all. */
static void keep_cookie(struct simulate *simulate, const struct simulate_link *link)
{
    char path[PATH_SIZE + 40];
    struct diag diag;
    cookie_path(simulate, link, path);
    if (link->jar == NULL ||
        file_write(path, link->jar, strlen(link->jar), 0600, &diag) != ST_OK)
        simulate->counts.failures++;
}

/* A message for a link that is known wakes its person; else a new one is made. */
static int take_message(struct simulate *simulate, const struct simulate_message *message,
                        int64_t now_ms)
{
    const char *path = strstr(message->link, "/r/");
    uint32_t *slot = table_slot(&simulate->links_by_url, hash(path));
    if (slot == NULL)
        return ST_NO_MEMORY;
    if (*slot != 0) {
        struct simulate_link *link = &simulate->links[*slot - 1];
        link->message = *message; /* the port may have changed after a restart */
        link->asked_again = link->told;
        link->answered_here = false;
        link->failures = 0;
        if (!link->ended && link->due_ms > now_ms + AFTER_MESSAGE_MS)
            link->due_ms = now_ms + AFTER_MESSAGE_MS;
        return ST_OK;
    }
    int r = mem_grow(&simulate->links, &simulate->link_capacity, simulate->link_count + 1,
                     sizeof *simulate->links, SIMULATE_LINKS_MAX);
    if (r != ST_OK)
        return r;
    struct simulate_link *link = &simulate->links[simulate->link_count++];
    *slot = simulate->link_count;
    *link = (struct simulate_link){.message = *message, .due_ms = now_ms};
    random_seeded_init(&link->random, simulate->config.seed ^ hash(path));
    link->decision = simulate_decide(&simulate->config, link, now_ms);
    remember_cookie(simulate, link);
    return ST_OK;
}

static void read_message(struct simulate *simulate, const char *name, int64_t now_ms)
{
    char path[PATH_SIZE + 300];
    snprintf(path, sizeof path, "%s/%s", simulate->mailbox, name);
    AUTO_FREE char *data = NULL;
    size_t size;
    struct diag diag;
    struct simulate_message message;
    simulate->counts.messages++;
    if (file_read(path, SIMULATE_MESSAGE_MAX, &data, &size, &diag) != ST_OK ||
        simulate_message_parse(&message, data, size) != ST_OK ||
        take_message(simulate, &message, now_ms) != ST_OK)
        simulate->counts.refused++;
}

static void scan_mailbox(struct simulate *simulate, int64_t now_ms)
{
    DIR *folder = opendir(simulate->mailbox);
    if (folder == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        size_t size = strlen(entry->d_name);
        if (size < 6 || strcmp(entry->d_name + size - 5, ".json") != 0)
            continue;
        uint32_t *slot = table_slot(&simulate->files, hash(entry->d_name));
        if (slot == NULL || *slot != 0)
            continue;
        *slot = 1;
        read_message(simulate, entry->d_name, now_ms);
    }
    (void)closedir(folder);
}

/* ---- visits
 * ---------------------------------------------------------------------------- */

static void end_link(struct simulate_link *link)
{
    link->ended = true;
    link->due_ms = INT64_MAX;
}

/* True if the answer is a page; else the link is put off or ended. */
static bool take_page(struct simulate *simulate, struct simulate_link *link, long status,
                      int64_t now_ms, struct simulate_page *ret)
{
    const struct text *answer = &simulate->http.answer;
    simulate->counts.calls++;
    if (status == 200 &&
        simulate_page_parse(ret, text_string(answer), answer->size) == ST_OK) {
        link->failures = 0;
        return true;
    }
    simulate->counts.failures++;
    bool again =
        status == 0 || status == 409 || status == 412 || status == 429 || status >= 500;
    if (!again || ++link->failures > FAILURES_MAX)
        end_link(link);
    else
        link->due_ms = now_ms + (int64_t)RETRY_MS * link->failures;
    return false;
}

static void note_answer(struct simulate *simulate, struct simulate_link *link,
                        enum simulate_action action)
{
    struct simulate_counts *counts = &simulate->counts;
    counts->answers++;
    if (action == SIMULATE_REPLY_NOW)
        link->decision = SIMULATE_ACCEPT;
    if (action != SIMULATE_REPLY)
        return;
    link->told = true;
    link->asked_again = false;
    counts->accepted += link->decision == SIMULATE_ACCEPT;
    counts->declined += link->decision == SIMULATE_DECLINE;
    counts->limited += link->decision == SIMULATE_LIMITED;
}

/* Gives the next action its time, or leaves the link until the next message. */
static void plan_next(struct simulate *simulate, struct simulate_link *link,
                      const struct simulate_page *page, int64_t now_ms)
{
    enum simulate_action next = simulate_next(link, page);
    if (next == link->planned && next != SIMULATE_WAIT) {
        link->due_ms = link->planned_ms;
        return;
    }
    if (next == SIMULATE_WAIT && !link->told && link->decision == SIMULATE_SILENT) {
        simulate->counts.silent++;
        link->told = true; /* silence is an answer too: given once */
    }
    link->planned = next;
    link->planned_ms = now_ms + simulate_delay_ms(&simulate->config, link, next, page);
    link->due_ms = next == SIMULATE_WAIT ? INT64_MAX : link->planned_ms;
}

static void visit(struct simulate *simulate, struct simulate_link *link, int64_t now_ms)
{
    struct simulate_page page;
    const char *url = link->message.link;
    long status = simulate_http_call(&simulate->http, url, NULL, &link->jar);
    if (!take_page(simulate, link, status, now_ms, &page))
        return;
    if (page.needs_digits || (page.opened_by_browser && !link->flag_ours)) {
        simulate->counts.left_to_browser++;
        end_link(link);
        return;
    }
    enum simulate_action action = link->planned;
    if (action == SIMULATE_WAIT || now_ms < link->planned_ms ||
        simulate_next(link, &page) != action) {
        plan_next(simulate, link, &page, now_ms);
        return;
    }
    struct text body;
    text_init(&body, 4096);
    simulate_body(link, action, &page, &body);
    status = body.status == ST_OK ? simulate_http_call(&simulate->http, url,
                                                       text_string(&body), &link->jar)
                                  : 0;
    text_release(&body);
    link->planned = SIMULATE_WAIT;
    link->answered_here = link->answered_here || action == SIMULATE_HERE;
    if (!take_page(simulate, link, status, now_ms, &page)) {
        if (status >= 400 && ++link->refusals >= REFUSALS_MAX)
            end_link(link);
        return;
    }
    /* A moment ago no browser had opened it: a server that says so now means the cookie
     * it has just given. */
    if (!link->posted) {
        link->flag_ours = page.opened_by_browser;
        keep_cookie(simulate, link);
    }
    link->posted = true;
    note_answer(simulate, link, action);
    plan_next(simulate, link, &page, now_ms);
}

int64_t simulate_step(struct simulate *simulate, int64_t now_ms)
{
    if (now_ms >= simulate->scan_ms) {
        scan_mailbox(simulate, now_ms);
        simulate->scan_ms = now_ms + SIMULATE_SCAN_MS;
    }
    uint32_t calls = 0;
    int64_t next_ms = simulate->scan_ms;
    for (uint32_t i = 0; i < simulate->link_count; i++) {
        struct simulate_link *link = &simulate->links[i];
        if (link->due_ms <= now_ms && calls < SIMULATE_CALLS_PER_STEP) {
            visit(simulate, link, now_ms);
            calls++;
        }
        if (link->due_ms < next_ms)
            next_ms = link->due_ms;
    }
    return next_ms > now_ms ? next_ms : now_ms;
}
