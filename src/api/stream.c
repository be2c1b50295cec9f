/* SPDX-License-Identifier: Apache-2.0 */
/* The live stream. The writer hands in events after each commit; they wait in a list
 * under a lock until the loop's thread takes the whole list, writes each out once into
 * the ring of the newest changes (changes.h) and sends it to the clients whose areas hold
 * its incident. Where the list has a gap (it was full), and on a node that stands by,
 * where nobody hands in anything, changes come from the event table.
 *
 *     writer -> list -> ring -> every client that is up to date: one block for all
 *     event table ----^     \-> a client that is behind: PAGE_MAX at a time, as it takes
 *
 * A client is behind when it came back with Last-Event-ID, or when it reads more slowly
 * than changes come. It goes on from the ring, a page at a time, whenever everything
 * before has left; if the ring no longer holds what comes next for it, it gets a resync.
 * So nobody holds more than a page of their own. However many come back, those who wait
 * for what is new come first: it is taken from the list before each of those requests,
 * and before each PAGES_AT_ONCE pages for whoever takes another one, unless that takes
 * more than half of the time. An event carries ids
 * and codes only: whoever wants more asks the API and is checked there. */
#include "api/changes.h"
#include "api/handlers.h"
#include "api/internal.h"
#include "store/applicant.h"
#include "store/event.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#define PENDING_MAX 20000
#define CHANGE_MAX 8192 /* bytes */
#define PAGE_MAX 64
#define READ_MAX 1000       /* events read at once */
#define AREAS_SEEN_MAX 1024 /* a power of two */
#define SESSIONS_AT_ONCE 8
#define PAGES_AT_ONCE 64 /* in one turn of the loop */
#define SIGHTS_MAX 64    /* sets of areas remembered while a page is spread */

struct news { /* one block with its texts behind it */
    struct news *next;
    int64_t position, incident_id;
    const char *kind, *body;
};

struct client {
    struct client *next, *previous;
    struct hub *hub;
    struct http_stream *stream;
    struct account account;
    uint8_t token_hash[32];
    int64_t sent; /* everything up to this position, as far as it may be seen */
    struct client *behind_next, *behind_previous;
    bool is_queued; /* in the hub's queue of those who take another page */
};

struct hub {
    struct api *api;
    pthread_mutex_t lock; /* guards the list and is_posted */
    struct news *first, *last;
    uint32_t pending;
    bool is_posted, has_lost;
    struct client *clients; /* loop thread, as all below */
    uint32_t client_count;
    struct client *looked; /* whose session was looked at last */
    struct client *behind_first, *behind_last;
    bool is_paging;              /* serve_behind is posted */
    int64_t taken_us, taking_us; /* when what was new was taken last; how long it took */
    struct changes changes;
    int64_t spread; /* changes before this one have been sent to who is up to date */
    struct area_seen {
        int64_t incident_id, area_id;
    } areas[AREAS_SEEN_MAX]; /* by incident; they displace each other */
};

int hub_new(struct hub **ret, struct api *api)
{
    const uint32_t kept = api->config.changes_kept;
    struct hub *hub = mem_calloc(1, sizeof *hub);
    if (hub == NULL)
        return ST_NO_MEMORY;
    if (changes_init(&hub->changes, kept == 0 ? CHANGES_MAX : kept) != 0) {
        mem_free(hub);
        return ST_NO_MEMORY;
    }
    hub->api = api;
    pthread_mutex_init(&hub->lock, NULL);
    *ret = hub;
    return 0;
}

static struct news *news_new(int64_t position, int64_t incident_id, const char *kind,
                             const char *body)
{
    const size_t kind_size = strlen(kind) + 1, body_size = strlen(body) + 1;
    struct news *event = mem_alloc(sizeof *event + kind_size + body_size);
    if (event == NULL)
        return NULL;
    char *texts = (char *)(event + 1);
    memcpy(texts, kind, kind_size);
    memcpy(texts + kind_size, body, body_size);
    *event = (struct news){.position = position,
                           .incident_id = incident_id,
                           .kind = texts,
                           .body = texts + kind_size};
    return event;
}

void hub_free(struct hub *hub)
{
    if (hub == NULL)
        return;
    while (hub->first != NULL) {
        struct news *event = hub->first;
        hub->first = event->next;
        mem_free(event);
    }
    while (hub->clients != NULL) {
        struct client *client = hub->clients;
        hub->clients = client->next;
        mem_free(client);
    }
    changes_release(&hub->changes);
    pthread_mutex_destroy(&hub->lock);
    mem_free(hub);
}

uint32_t hub_client_count(const struct hub *hub)
{
    return hub->client_count;
}

void hub_end_session(struct hub *hub, const uint8_t token_hash[32])
{
    for (struct client *client = hub->clients; client != NULL; client = client->next)
        if (memcmp(client->token_hash, token_hash, sizeof client->token_hash) == 0)
            http_stream_close(client->stream);
}

static bool is_signed_in(const struct client *client)
{
    const struct api *api = client->hub->api;
    const int64_t now_ms = clock_wall_ms(api->config.clock);
    struct session session;
    const int status =
        unstored_find(&api->unstored, api->db, client->token_hash, now_ms, &session);
    if (status != ST_NOT_FOUND)
        return status != ST_UNAUTHENTICATED;
    return session_lives(api->db, client->token_hash, now_ms) != 0;
}

void hub_check_sessions(struct hub *hub)
{
    for (int i = 0; i < SESSIONS_AT_ONCE && hub->clients != NULL; i++) {
        struct client *client = hub->looked == NULL ? NULL : hub->looked->next;
        client = client == NULL ? hub->clients : client;
        hub->looked = client;
        if (!is_signed_in(client))
            http_stream_close(client->stream);
        if (client->next == NULL)
            return; /* once around is enough */
    }
}

/* Somebody's roles, password, or being allowed at all, may have changed: who listens is
 * looked up anew. */
static void check_clients(struct hub *hub)
{
    for (struct client *client = hub->clients; client != NULL; client = client->next)
        if (account_by_id(hub->api->db, client->account.id, &client->account) != 0 ||
            client->account.disabled || !is_signed_in(client))
            http_stream_close(client->stream);
}

/* ---- from event to change ---- */
static void write_change(struct text *text, int64_t position, int64_t incident_id,
                         const char *kind, const char *body)
{
    static const char *const ids[] = {"need", "callout", "alert", "assignment"};
    out_open(text, NULL, '{');
    out_int(text, "position", position);
    out_int(text, "incident", incident_id);
    out_text(text, "kind", kind);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        const int64_t id = event_id(body, ids[i]);
        if (id != 0)
            out_int(text, ids[i], id);
    }
    out_close(text, '}');
}

/* Who wants to join is told where they live: those may decide. */
static int64_t area_of_none(struct hub *hub, const char *kind, const char *body)
{
    int64_t area_id = hub->api->areas.areas[0].id;
    if (strncmp(kind, "applicant.", 10) != 0)
        return area_id;
    const int status = applicant_area(hub->api->db, event_id(body, "person"), &area_id);
    return status == ST_OK || status == ST_NOT_FOUND ? area_id : -1;
}

/* The ring goes on at END; of what is passed over, incidents may have moved. */
static void begin_anew(struct hub *hub, int64_t end)
{
    changes_begin(&hub->changes, end);
    memset(hub->areas, 0, sizeof hub->areas);
}

/* -1: it cannot be read now. */
static int64_t area_of(struct hub *hub, int64_t incident_id, const char *kind,
                       const char *body)
{
    if (incident_id == 0)
        return area_of_none(hub, kind, body);
    struct area_seen *seen = &hub->areas[incident_id & (AREAS_SEEN_MAX - 1)];
    if (seen->incident_id != incident_id) {
        struct read_incident incident;
        const int status = read_incident(hub->api->db, incident_id, &incident);
        if (status != 0)
            return status == ST_NOT_FOUND ? hub->api->areas.areas[0].id : -1;
        *seen = (struct area_seen){incident_id, incident.area_id};
    }
    return seen->area_id;
}

static bool is_moved(const char *kind)
{
    return strcmp(kind, "incident.moved") == 0;
}

/* Closed roads, response levels and warnings are everybody's: each console asks anew for
 * those that concern it; and so is that an incident has moved: whose it was loses it,
 * whose it is now finds it. */
static bool is_for_all(const char *kind)
{
    static const char *const subjects[] = {"closure.", "response.", "warning."};
    for (size_t i = 0; i < COUNT_OF(subjects); i++)
        if (strncmp(kind, subjects[i], strlen(subjects[i])) == 0)
            return true;
    return is_moved(kind);
}

/* What cannot be told, for want of memory or because its area cannot be read, is
 * everybody's too: they look anew. */
static struct change make_change(struct hub *hub, int64_t position, int64_t incident_id,
                                 const char *kind, const char *body)
{
    if (is_moved(kind))
        hub->areas[incident_id & (AREAS_SEEN_MAX - 1)] = (struct area_seen){0};
    struct change change = {.area_id = area_of(hub, incident_id, kind, body)};
    struct text text;
    text_init(&text, CHANGE_MAX);
    if (change.area_id != -1)
        write_change(&text, position, incident_id, kind, body);
    if (change.area_id != -1 && text.status == 0)
        change.block = http_event_new(position, "change", text_string(&text));
    change.size = change.block == NULL ? 0 : (uint32_t)http_event_size(change.block);
    change.is_for_all = change.block == NULL || is_for_all(kind);
    text_release(&text);
    return change;
}

/* ---- from change to client ---- */
/* Of an account only the areas of its roles count, which see_alike compares. */
static bool may_see(const struct hub *hub, const struct account *account,
                    const struct change *change)
{
    if (change->is_for_all)
        return true;
    for (uint32_t i = 0; i < account->role_count; i++)
        if (area_is_under(&hub->api->areas, change->area_id, account->roles[i].area_id))
            return true;
    return false;
}

static bool see_alike(const struct account *a, const struct account *b)
{
    if (a->role_count != b->role_count)
        return false;
    for (uint32_t i = 0; i < a->role_count; i++)
        if (a->roles[i].area_id != b->roles[i].area_id)
            return false;
    return true;
}

/* What ACCOUNT sees of the changes FROM to TO - 1, at most PAGE_MAX of them. */
struct sight {
    const struct account *account;
    struct http_block *block; /* NULL: nothing, or no memory */
    bool is_lost;             /* something cannot be told */
};

static struct sight make_sight(const struct hub *hub, const struct account *account,
                               int64_t from, int64_t to)
{
    const struct http_block *seen[PAGE_MAX];
    uint32_t count = 0;
    struct sight sight = {.account = account};
    for (int64_t position = from; position < to; position++) {
        const struct change *change = changes_at(&hub->changes, position);
        if (!may_see(hub, account, change))
            continue;
        sight.is_lost = sight.is_lost || change->block == NULL;
        seen[count++] = change->block;
    }
    if (count > 0 && !sight.is_lost)
        sight.block = http_event_join(seen, count);
    sight.is_lost = sight.is_lost || (count > 0 && sight.block == NULL);
    return sight;
}

/* It must look at everything anew, and is told what comes from now on. */
static void resync(struct client *client)
{
    client->sent = client->hub->changes.end - 1;
    http_stream_send(client->stream, client->sent, "resync", "{}");
}

static void resync_all(struct hub *hub)
{
    for (struct client *client = hub->clients; client != NULL; client = client->next)
        resync(client);
}

static void show(struct client *client, const struct sight *sight, int64_t to)
{
    client->sent = to - 1;
    if (sight->is_lost)
        resync(client);
    else if (sight->block != NULL)
        http_stream_send_event(client->stream, sight->block);
}

/* ---- who is behind ---- */
static void unqueue(struct client *client)
{
    struct hub *hub = client->hub;
    if (!client->is_queued)
        return;
    if (client->behind_previous == NULL)
        hub->behind_first = client->behind_next;
    else
        client->behind_previous->behind_next = client->behind_next;
    if (client->behind_next == NULL)
        hub->behind_last = client->behind_previous;
    else
        client->behind_next->behind_previous = client->behind_previous;
    client->is_queued = false;
}

static void serve_behind(void *context);

/* Their next pages come in a later turn of the loop; without memory they look anew. */
static void post_pages(struct hub *hub)
{
    const int status =
        hub->is_paging ? ST_OK : http_server_post(hub->api->server, serve_behind, hub);
    hub->is_paging = status == ST_OK;
    while (status != ST_OK && status != ST_CLOSED && hub->behind_first != NULL) {
        struct client *client = hub->behind_first;
        unqueue(client);
        resync(client);
    }
}

static void queue_page(struct client *client)
{
    struct hub *hub = client->hub;
    if (client->is_queued)
        return;
    client->is_queued = true;
    client->behind_next = NULL;
    client->behind_previous = hub->behind_last;
    if (hub->behind_last == NULL)
        hub->behind_first = client;
    else
        hub->behind_last->behind_next = client;
    hub->behind_last = client;
    post_pages(hub);
}

/* Sends the next page, if the client takes it; called again when everything has left. */
static void catch_up(void *context)
{
    struct client *client = context;
    const struct hub *hub = client->hub;
    const struct changes *changes = &hub->changes;
    const int64_t from = client->sent + 1;
    if (from >= changes->end || !http_stream_is_clear(client->stream))
        return;
    if (from < changes->first) {
        resync(client);
        return;
    }
    const int64_t to = from + PAGE_MAX < changes->end ? from + PAGE_MAX : changes->end;
    const struct sight sight = make_sight(hub, &client->account, from, to);
    show(client, &sight, to);
    http_event_unref(sight.block);
    if (to < changes->end && http_stream_is_clear(client->stream))
        queue_page(client);
}

/* Whoever has roles in the same areas sees the same of a page, so that is chosen and
 * joined to one block once: one write a client. */
struct sights {
    struct sight of[SIGHTS_MAX];
    uint32_t count, last; /* last: the one used last */
};

/* NULL: more sets of areas than are remembered. */
static const struct sight *sight_of(const struct hub *hub, struct sights *sights,
                                    const struct account *account, int64_t to)
{
    for (uint32_t i = 0; i < sights->count; i++) {
        const uint32_t at = (sights->last + i) % sights->count;
        if (see_alike(sights->of[at].account, account)) {
            sights->last = at;
            return &sights->of[at];
        }
    }
    if (sights->count == SIGHTS_MAX)
        return NULL;
    sights->last = sights->count++;
    sights->of[sights->last] = make_sight(hub, account, hub->spread, to);
    return &sights->of[sights->last];
}

/* The changes from hub->spread to TO - 1 to all who have everything before them. */
static void spread_page(struct hub *hub, int64_t to)
{
    struct sights sights = {.count = 0};
    for (struct client *client = hub->clients; client != NULL; client = client->next) {
        if (client->sent + 1 != hub->spread || !http_stream_is_clear(client->stream))
            continue;
        const struct sight *sight = sight_of(hub, &sights, &client->account, to);
        if (sight == NULL)
            catch_up(client);
        else
            show(client, sight, to);
    }
    for (uint32_t i = 0; i < sights.count; i++)
        http_event_unref(sights.of[i].block);
}

static void spread(struct hub *hub)
{
    const struct changes *changes = &hub->changes;
    if (hub->spread < changes->first) { /* whoever was there has missed something */
        hub->spread = changes->first;
        for (struct client *client = hub->clients; client != NULL; client = client->next)
            catch_up(client);
    }
    while (hub->spread < changes->end && hub->clients != NULL) {
        const int64_t left = changes->end - hub->spread;
        const int64_t to = hub->spread + (left < PAGE_MAX ? left : PAGE_MAX);
        spread_page(hub, to);
        hub->spread = to;
    }
    hub->spread = changes->end;
}

/* ---- the ring follows the instance ---- */
/* The change that comes next. */
static void add_change(struct hub *hub, int64_t position, int64_t incident_id,
                       const char *kind, const char *body)
{
    if (strncmp(kind, "account.", 8) == 0) {
        spread(hub); /* what was before it is seen as before */
        check_clients(hub);
    }
    if (strncmp(kind, "areas.", 6) == 0 && hub->api->config.writer == NULL)
        api_note_areas(hub->api);
    changes_add(&hub->changes, make_change(hub, position, incident_id, kind, body));
    /* Before they fall out of the ring. */
    if (hub->changes.end - hub->spread >= PAGE_MAX)
        spread(hub);
}

/* Position of the newest event; or a status. */
static int64_t newest_event(struct hub *hub)
{
    struct query *query = db_query(hub->api->db, "SELECT max(position) FROM event");
    const int status = query_step(query);
    const int64_t newest = status > 0 ? query_get_int(query, 0) : status;
    query_reset(query);
    return newest;
}

/* Everything that is in the event table comes into the ring. Positions have no gaps; if
 * one is met all the same (its events were archived), whoever is before it looks anew. */
static int read_new(struct hub *hub)
{
    struct changes *changes = &hub->changes;
    struct query *query =
        db_query(hub->api->db, "SELECT position, incident_id, kind, body FROM event"
                               " WHERE position >= ?1 ORDER BY position LIMIT ?2");
    int status = 1;
    for (int64_t count = READ_MAX; count == READ_MAX;) {
        query_int(query, 1, changes->end);
        query_int(query, 2, READ_MAX);
        for (count = 0; (status = query_step(query)) > 0; count++) {
            const int64_t position = query_get_int(query, 0);
            if (position != changes->end)
                begin_anew(hub, position);
            add_change(hub, position, query_get_int(query, 1), query_get_text(query, 2),
                       query_get_text(query, 3));
        }
        query_reset(query);
        if (status < 0)
            return status;
    }
    return ST_OK;
}

int hub_follow(struct hub *hub)
{
    const int64_t newest = newest_event(hub);
    if (newest < 0)
        return (int)newest;
    const int64_t end = hub->changes.end;
    /* Nobody listened for so long that the ring would forget most of it again. */
    const bool is_long = hub->clients == NULL && newest - end >= hub->changes.capacity;
    int status = ST_OK;
    if (is_long && hub->api->config.writer == NULL)
        api_note_areas(hub->api); /* they may be among what is not read */
    if (end == 0 || is_long || newest + 1 < end) { /* the last: a history that is gone */
        begin_anew(hub, newest + 1);
        hub->spread = newest + 1;
        resync_all(hub);
    } else if (newest >= end) {
        status = read_new(hub);
    }
    spread(hub);
    return status;
}

/* Adds up to READ_MAX events before the ring and behind AFTER; true: there may be more.
 */
static bool read_old(struct hub *hub, int64_t after)
{
    struct changes *changes = &hub->changes;
    uint32_t count = 0;
    struct query *query =
        db_query(hub->api->db, "SELECT position, incident_id, kind, body FROM event"
                               " WHERE position < ?1 AND position > ?2"
                               " ORDER BY position DESC LIMIT ?3");
    query_int(query, 1, changes->first);
    query_int(query, 2, after);
    query_int(query, 3, READ_MAX);
    while (query_step(query) > 0) {
        const int64_t position = query_get_int(query, 0);
        const struct change change =
            make_change(hub, position, query_get_int(query, 1), query_get_text(query, 2),
                        query_get_text(query, 3));
        if (position != changes->first - 1 || !changes_add_before(changes, change)) {
            http_event_unref(change.block);
            break;
        }
        count++;
    }
    query_reset(query);
    return count == READ_MAX;
}

/* The ring reaches back to what came after AFTER, if there is room and nothing of it was
 * archived. */
static void reach_back(struct hub *hub, int64_t after)
{
    const struct changes *changes = &hub->changes;
    if (changes->end - 1 - after > changes->capacity)
        return;
    while (after + 1 < changes->first)
        if (!read_old(hub, after))
            return;
}

static void take_events(struct hub *hub, const struct news *event)
{
    struct changes *changes = &hub->changes;
    for (; event != NULL; event = event->next) {
        if (changes->end == 0)
            begin_anew(hub, event->position);
        if (event->position > changes->end && read_new(hub) != 0)
            begin_anew(hub, event->position); /* who listens looks anew */
        if (event->position == changes->end)
            add_change(hub, event->position, event->incident_id, event->kind,
                       event->body);
    }
    spread(hub);
}

/* Takes what the writer handed in, and sends it to all who wait for it. */
static void take_pending(struct hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    struct news *event = hub->first;
    const bool has_lost = hub->has_lost;
    hub->first = hub->last = NULL;
    hub->pending = 0;
    hub->has_lost = false;
    pthread_mutex_unlock(&hub->lock);
    const int64_t begun_us = clock_mono_us(hub->api->config.clock);
    take_events(hub, event);
    if (has_lost && hub_follow(hub) != 0)
        resync_all(hub);
    while (event != NULL) {
        struct news *next = event->next;
        mem_free(event);
        event = next;
    }
    hub->taken_us = clock_mono_us(hub->api->config.clock);
    hub->taking_us = hub->taken_us - begun_us;
}

/* Before somebody who comes back. With thousands of streams and many changes these would
 * otherwise leave nothing for who comes back. */
static void take_first(struct hub *hub)
{
    if (clock_mono_us(hub->api->config.clock) - hub->taken_us >= hub->taking_us)
        take_pending(hub);
}

static void drain(void *context)
{
    struct hub *hub = context;
    pthread_mutex_lock(&hub->lock);
    hub->is_posted = false;
    pthread_mutex_unlock(&hub->lock);
    take_pending(hub);
}

/* What is new to all who wait for it, then some pages for those who are behind. */
static void serve_behind(void *context)
{
    struct hub *hub = context;
    hub->is_paging = false;
    take_first(hub);
    for (int i = 0; i < PAGES_AT_ONCE && hub->behind_first != NULL; i++) {
        struct client *client = hub->behind_first;
        unqueue(client);
        catch_up(client); /* may queue it again, as the last one */
    }
    if (hub->behind_first != NULL)
        post_pages(hub);
}

void hub_note(struct hub *hub, int64_t position, int64_t incident_id, const char *kind,
              const char *body)
{
    struct news *event = news_new(position, incident_id, kind, body);
    pthread_mutex_lock(&hub->lock);
    if (event != NULL && hub->pending < PENDING_MAX) {
        if (hub->last == NULL)
            hub->first = event;
        else
            hub->last->next = event;
        hub->last = event;
        hub->pending++;
        event = NULL;
    } else {
        hub->has_lost = true;
    }
    if (!hub->is_posted && hub->api->server != NULL)
        hub->is_posted = http_server_post(hub->api->server, drain, hub) == 0;
    pthread_mutex_unlock(&hub->lock);
    mem_free(event);
}

/* ---- clients ---- */
static void closed(void *context, struct http_stream *stream)
{
    (void)stream;
    struct client *client = context;
    struct hub *hub = client->hub;
    if (client->previous == NULL)
        hub->clients = client->next;
    else
        client->previous->next = client->next;
    if (client->next != NULL)
        client->next->previous = client->previous;
    hub->client_count--;
    unqueue(client);
    if (hub->looked == client)
        hub->looked = client->previous; /* NULL: from the beginning */
    mem_free(client);
}

/* The ring has what comes behind AFTER (-1: from now on), as far as it is there at all.
 * It is kept fresh by the writer, or by each tick while anybody listens: then nothing
 * need be asked for each of thousands who come back. */
static int follow_for(struct hub *hub, int64_t after)
{
    take_first(hub);
    const bool is_fresh = hub->changes.end > 0 &&
                          (hub->api->config.writer != NULL || hub->client_count > 0);
    return is_fresh && after < hub->changes.end ? ST_OK : hub_follow(hub);
}

/* AFTER -1: from now on. */
static void begin_at(struct client *client, int64_t after)
{
    struct hub *hub = client->hub;
    client->sent = hub->changes.end - 1;
    if (after < 0)
        return;
    if (after > client->sent) { /* of a history that is gone */
        resync(client);
        return;
    }
    reach_back(hub, after);
    client->sent = after;
    catch_up(client);
}

void stream_get(struct call *call)
{
    struct hub *hub = call->api->hub;
    int64_t after = -1;
    const char *last = http_header(call->request, "Last-Event-ID");
    if (last != NULL && *last != '\0' && !text_to_int64(last, 0, INT64_MAX, &after)) {
        call_error(call, 400, "Last-Event-ID is a number");
        return;
    }
    if (hub->client_count >= API_CLIENTS_MAX) {
        call_refuse(call, ST_BUSY, NULL);
        return;
    }
    struct client *client = mem_calloc(1, sizeof *client);
    const int status = client == NULL ? ST_NO_MEMORY : follow_for(hub, after);
    if (status != 0) {
        mem_free(client);
        call_refuse(call, status, NULL);
        return;
    }
    client->hub = hub;
    client->account = call->session.account;
    memcpy(client->token_hash, call->session.token_hash, sizeof client->token_hash);
    client->stream = http_stream_open(call->request, closed, client); /* ends the call */
    if (client->stream == NULL) {
        mem_free(client);
        return;
    }
    http_stream_on_clear(client->stream, catch_up);
    client->next = hub->clients;
    if (hub->clients != NULL)
        hub->clients->previous = client;
    hub->clients = client;
    hub->client_count++;
    begin_at(client, after);
}
