/* SPDX-License-Identifier: Apache-2.0 */
/* The live stream. The writer hands in events after each commit; they wait in a list
 * under a lock until the loop's thread takes the whole list and sends each event to the
 * clients whose areas hold its incident. An event carries ids and codes only: whoever
 * wants more asks the API and is checked there. A client that comes back with
 * Last-Event-ID gets what it missed from the event table, up to REPLAY_MAX, else a
 * resync. */
#include "api/handlers.h"
#include "api/internal.h"

#include <assert.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>

#define REPLAY_MAX 200
#define PENDING_MAX 20000
#define CHANGE_MAX 8192 /* bytes */
#define FLOCK_MAX 64
#define AREAS_SEEN_MAX 1024 /* a power of two */
#define SIGHTS_MAX 64       /* sets of areas remembered while a flock is spread */

struct event {
    struct event *next;
    int64_t position, incident_id;
    char *kind, *body;
};

struct client {
    struct client *next, *previous;
    struct hub *hub;
    struct http_stream *stream;
    struct account account;
    uint8_t token_hash[32];
    int64_t sent; /* what replay has sent already may still wait in the list */
};

struct hub {
    struct api *api;
    pthread_mutex_t lock; /* guards the list and is_posted */
    struct event *first, *last;
    uint32_t pending;
    bool is_posted, has_lost;
    struct client *clients; /* loop thread */
    uint32_t client_count;
    struct area_seen {
        int64_t incident_id, area_id;
    } areas[AREAS_SEEN_MAX]; /* by incident; they displace each other */
};

int hub_new(struct hub **ret, struct api *api)
{
    struct hub *hub = mem_calloc(1, sizeof *hub);
    if (hub == NULL)
        return ST_NO_MEMORY;
    hub->api = api;
    pthread_mutex_init(&hub->lock, NULL);
    *ret = hub;
    return 0;
}

static void event_free(struct event *event)
{
    mem_free(event->kind);
    mem_free(event->body);
    mem_free(event);
}

void hub_free(struct hub *hub)
{
    if (hub == NULL)
        return;
    while (hub->first != NULL) {
        struct event *event = hub->first;
        hub->first = event->next;
        event_free(event);
    }
    while (hub->clients != NULL) {
        struct client *client = hub->clients;
        hub->clients = client->next;
        mem_free(client);
    }
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

/* Somebody's roles, or being allowed at all, may have changed: who listens is looked up
 * anew. */
static void check_clients(struct hub *hub)
{
    for (struct client *client = hub->clients; client != NULL; client = client->next)
        if (account_by_id(hub->api->db, client->account.id, &client->account) != 0 ||
            client->account.disabled)
            http_stream_close(client->stream);
}

/* ---- from event to client ---- */
static void write_change(struct text *text, int64_t position, int64_t incident_id,
                         const char *kind, const char *body)
{
    static const char *const ids[] = {"need", "callout", "alert", "assignment"};
    json_t *json = json_loads(body, 0, NULL);
    out_open(text, NULL, '{');
    out_int(text, "position", position);
    out_int(text, "incident", incident_id);
    out_text(text, "kind", kind);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        const json_int_t id = json_integer_value(json_object_get(json, ids[i]));
        if (id != 0)
            out_int(text, ids[i], id);
    }
    out_close(text, '}');
    json_decref(json);
}

/* NULL: no memory, whoever listens must look anew. */
static struct http_block *make_change(int64_t position, int64_t incident_id,
                                      const char *kind, const char *body)
{
    struct text text;
    text_init(&text, CHANGE_MAX);
    write_change(&text, position, incident_id, kind, body);
    struct http_block *block =
        text.status == 0 ? http_event_new(position, "change", text_string(&text)) : NULL;
    text_release(&text);
    return block;
}

/* -1: it cannot be read now. */
static int64_t area_of(struct hub *hub, int64_t incident_id)
{
    if (incident_id == 0)
        return hub->api->areas.areas[0].id;
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

/* Closed roads are everybody's: each console draws them. Of an account only the areas of
 * its roles count, which see_alike compares. */
static bool may_see(const struct hub *hub, const struct account *account, int64_t area_id,
                    const char *kind)
{
    if (area_id == -1 || strncmp(kind, "closure.", 8) == 0)
        return true; /* -1: everybody looks anew */
    for (uint32_t i = 0; i < account->role_count; i++)
        if (area_is_under(&hub->api->areas, area_id, account->roles[i].area_id))
            return true;
    return false;
}

/* Several events that go out together. Whoever has roles in the same areas sees the same
 * of them, so what they see is chosen and joined to one block once: one write a client.
 */
struct sight {
    const struct account *account; /* one of those who see it */
    struct http_block *block;      /* NULL: nothing, or no memory */
    bool is_lost;                  /* something cannot be told: everybody looks anew */
};

struct flock {
    const struct event *events[FLOCK_MAX];
    struct http_block *blocks[FLOCK_MAX]; /* NULL: look anew */
    int64_t area_ids[FLOCK_MAX];
    uint32_t count;
    struct sight sights[SIGHTS_MAX];
    uint32_t sight_count, sight_last; /* last: the one used last */
};

static void add_to_flock(struct hub *hub, struct flock *flock, const struct event *event)
{
    const int64_t area_id = area_of(hub, event->incident_id);
    flock->events[flock->count] = event;
    flock->area_ids[flock->count] = area_id;
    flock->blocks[flock->count++] =
        area_id == -1
            ? NULL
            : make_change(event->position, event->incident_id, event->kind, event->body);
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

static void make_sight(const struct hub *hub, const struct flock *flock,
                       const struct account *account, struct sight *ret)
{
    const struct http_block *seen[FLOCK_MAX];
    uint32_t count = 0;
    *ret = (struct sight){.account = account};
    for (uint32_t i = 0; i < flock->count; i++)
        if (may_see(hub, account, flock->area_ids[i], flock->events[i]->kind)) {
            ret->is_lost = ret->is_lost || flock->blocks[i] == NULL;
            seen[count++] = flock->blocks[i];
        }
    if (count > 0 && !ret->is_lost)
        ret->block = http_event_join(seen, count);
    ret->is_lost = ret->is_lost || (count > 0 && ret->block == NULL);
}

/* NULL: more sets of areas than are remembered. */
static const struct sight *sight_of(const struct hub *hub, struct flock *flock,
                                    const struct account *account)
{
    for (uint32_t i = 0; i < flock->sight_count; i++) {
        const uint32_t at = (flock->sight_last + i) % flock->sight_count;
        if (see_alike(flock->sights[at].account, account)) {
            flock->sight_last = at;
            return &flock->sights[at];
        }
    }
    if (flock->sight_count == SIGHTS_MAX)
        return NULL;
    flock->sight_last = flock->sight_count++;
    make_sight(hub, flock, account, &flock->sights[flock->sight_last]);
    return &flock->sights[flock->sight_last];
}

/* Event by event: who has been sent some of them by the replay, or has rare areas. */
static void send_each(const struct hub *hub, const struct flock *flock,
                      struct client *client)
{
    for (uint32_t i = 0; i < flock->count; i++)
        if (flock->events[i]->position > client->sent &&
            may_see(hub, &client->account, flock->area_ids[i], flock->events[i]->kind))
            http_stream_queue_event(client->stream, flock->blocks[i]);
    http_stream_flush(client->stream);
}

static void spread(struct hub *hub, struct flock *flock)
{
    if (flock->count == 0)
        return;
    const int64_t first = flock->events[0]->position;
    for (struct client *client = hub->clients; client != NULL; client = client->next) {
        const struct sight *sight =
            client->sent < first ? sight_of(hub, flock, &client->account) : NULL;
        if (sight == NULL)
            send_each(hub, flock, client);
        else if (sight->block != NULL || sight->is_lost)
            http_stream_send_event(client->stream, sight->block);
    }
    for (uint32_t i = 0; i < flock->count; i++)
        http_event_unref(flock->blocks[i]);
    for (uint32_t i = 0; i < flock->sight_count; i++)
        http_event_unref(flock->sights[i].block);
    flock->count = flock->sight_count = flock->sight_last = 0;
}

static void spread_all(struct hub *hub, const struct event *event)
{
    struct flock flock;
    flock.count = flock.sight_count = flock.sight_last = 0;
    for (; event != NULL && hub->clients != NULL; event = event->next) {
        if (strncmp(event->kind, "account.", 8) == 0) {
            spread(hub, &flock); /* what was before it is seen as before */
            check_clients(hub);
        }
        add_to_flock(hub, &flock, event);
        if (flock.count == FLOCK_MAX || event->next == NULL)
            spread(hub, &flock);
    }
    spread(hub, &flock);
}

static void drain(void *context)
{
    struct hub *hub = context;
    pthread_mutex_lock(&hub->lock);
    struct event *event = hub->first;
    const bool has_lost = hub->has_lost;
    hub->first = hub->last = NULL;
    hub->pending = 0;
    hub->is_posted = hub->has_lost = false;
    pthread_mutex_unlock(&hub->lock);
    /* Before what came after it: a client that is cut off in between comes back with the
     * position of a later one. */
    if (has_lost)
        for (struct client *client = hub->clients; client != NULL; client = client->next)
            http_stream_send(client->stream, -1, "resync", "{}");
    if (hub->clients != NULL)
        spread_all(hub, event);
    while (event != NULL) {
        struct event *next = event->next;
        event_free(event);
        event = next;
    }
}

void hub_note(struct hub *hub, int64_t position, int64_t incident_id, const char *kind,
              const char *body)
{
    struct event *event = mem_calloc(1, sizeof *event);
    if (event != NULL) {
        event->position = position;
        event->incident_id = incident_id;
        event->kind = mem_strdup(kind);
        event->body = mem_strdup(body);
    }
    const bool is_whole = event != NULL && event->kind != NULL && event->body != NULL;
    pthread_mutex_lock(&hub->lock);
    if (is_whole && hub->pending < PENDING_MAX) {
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
    if (event != NULL)
        event_free(event);
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
    mem_free(client);
}

/* What came after AFTER. Positions have no gaps. */
static void replay(struct client *client, int64_t after)
{
    struct hub *hub = client->hub;
    struct query *query = db_query(hub->api->db, "SELECT max(position) FROM event");
    int64_t newest = 0;
    if (query_step(query) > 0)
        newest = query_get_int(query, 0);
    query_reset(query);
    client->sent = newest;
    if (after > newest || newest - after > REPLAY_MAX) {
        http_stream_send(client->stream, newest, "resync", "{}");
        return;
    }
    query = db_query(hub->api->db, "SELECT position, incident_id, kind, body FROM event"
                                   " WHERE position > ?1 ORDER BY position");
    query_int(query, 1, after);
    while (query_step(query) > 0) {
        const int64_t position = query_get_int(query, 0),
                      incident_id = query_get_int(query, 1);
        client->sent = position;
        const int64_t area_id = area_of(hub, incident_id);
        if (!may_see(hub, &client->account, area_id, query_get_text(query, 2)))
            continue;
        struct http_block *block =
            area_id == -1 ? NULL
                          : make_change(position, incident_id, query_get_text(query, 2),
                                        query_get_text(query, 3));
        http_stream_send_event(client->stream, block);
        http_event_unref(block);
    }
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
    if (client == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
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
    client->next = hub->clients;
    if (hub->clients != NULL)
        hub->clients->previous = client;
    hub->clients = client;
    hub->client_count++;
    if (after >= 0)
        replay(client, after);
}
