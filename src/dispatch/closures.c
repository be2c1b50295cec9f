/* SPDX-License-Identifier: Apache-2.0 */
/* A state is made whole, then exchanged, and lives until the last one who took it gives
 * it back; the crowd counts as one of them. Closures never change once made, so a new
 * state takes the edges of those it knows from the state before. `refresh_lock` lets one
 * thread at a time read and build; `lock` guards the present state for a moment only. */
#include "dispatch/closures.h"

#include "base/mem.h"
#include "base/status.h"
#include "crowd/crowd.h"
#include "geo/geojson.h"
#include "road/closed.h"
#include "road/hierarchy.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/response.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define WAIT_MS_MAX 1000 /* the wall clock may be set meanwhile */

struct item {
    int64_t id;
    uint32_t *edges;
    uint32_t edge_count, limit_kmh;
};

struct closures_state {
    struct item *items; /* by id */
    uint32_t count, capacity;
    struct road_closed *set; /* NULL: all open */
    uint64_t version;
    uint32_t uses; /* under `lock` */
};

struct closures {
    struct closures_config config;
    pthread_mutex_t refresh_lock;
    struct db *db;

    pthread_mutex_t lock;
    struct closures_state *state;

    struct writer *writer;
    pthread_t thread;
    pthread_cond_t woken; /* with `lock` */
    bool has_thread, stop, wake;
    int64_t due_ms; /* of the thread, or of who steps */
};

/* ---- states
 * ----------------------------------------------------------------------------------- */

static void state_free(struct closures_state *state)
{
    if (state == NULL)
        return;
    for (uint32_t i = 0; i < state->count; i++)
        mem_free(state->items[i].edges);
    mem_free(state->items);
    road_closed_free(state->set);
    mem_free(state);
}

static struct item *find_item(const struct closures_state *state, int64_t id)
{
    for (uint32_t i = 0; state != NULL && i < state->count; i++)
        if (state->items[i].id == id)
            return &state->items[i];
    return NULL;
}

const struct closures_state *closures_take(struct closures *closures)
{
    if (closures == NULL)
        return NULL;
    pthread_mutex_lock(&closures->lock);
    struct closures_state *state = closures->state;
    if (state != NULL)
        state->uses++;
    pthread_mutex_unlock(&closures->lock);
    return state;
}

void closures_give(struct closures *closures, const struct closures_state *given)
{
    if (given == NULL)
        return;
    struct closures_state *state = (struct closures_state *)(uintptr_t)given;
    pthread_mutex_lock(&closures->lock);
    assert(state->uses > 0);
    bool last = --state->uses == 0;
    pthread_mutex_unlock(&closures->lock);
    if (last)
        state_free(state);
}

const struct road_closed *closures_set(const struct closures_state *state)
{
    return state == NULL ? NULL : state->set;
}

struct road_hierarchy *closures_hierarchy(const struct closures *closures)
{
    return closures == NULL ? NULL : closures->config.hierarchy;
}

uint64_t closures_version(const struct closures_state *state)
{
    return state == NULL ? 0 : state->version;
}

const uint32_t *closures_edges(const struct closures_state *state, int64_t id,
                               uint32_t *ret_count)
{
    const struct item *item = find_item(state, id);
    *ret_count = item == NULL ? 0 : item->edge_count;
    return item == NULL ? NULL : item->edges;
}

/* ---- from a place to edges
 * --------------------------------------------------------------------- */

/* The nearest edge that anybody may use. */
static void mark_road(struct road_closed *set, const struct road *road, struct point at)
{
    struct road_spot nearest = {.edge = ROAD_NODE_NONE, .access_m = UINT32_MAX};
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        struct road_spot spot;
        if (road_snap(road, (enum road_mode)mode, at, CLOSURES_ROAD_M_MAX, &spot) &&
            spot.access_m < nearest.access_m)
            nearest = spot;
    }
    if (nearest.edge != ROAD_NODE_NONE)
        road_closed_edge(set, nearest.edge);
}

static int mark(struct road_closed *set, const struct road *road,
                const struct closure *closure, struct diag *reterr)
{
    if (closure->polygon != NULL) {
        struct polygon polygon;
        int status = geojson_polygon_parse(closure->polygon, strlen(closure->polygon),
                                           &polygon, reterr);
        if (status != ST_OK)
            return status;
        road_closed_area(set, &polygon);
        polygon_release(&polygon);
    } else if (closure->radius_m > 0) {
        road_closed_circle(set, closure->at, closure->radius_m);
    } else {
        mark_road(set, road, closure->at);
    }
    return ST_OK;
}

static int list_edges(const struct road *road, const struct closure *closure,
                      struct item *ret, struct diag *reterr)
{
    struct road_closed *set = NULL;
    int status = road_closed_new(&set, road);
    if (status != ST_OK)
        return status;
    status = mark(set, road, closure, reterr);
    uint32_t count = status == ST_OK ? road_closed_count(set) : 0;
    struct item item = {
        .id = closure->id, .edge_count = count, .limit_kmh = closure->limit_kmh};
    item.edges = mem_alloc((size_t)count * sizeof *item.edges);
    if (status == ST_OK && item.edges == NULL)
        status = ST_NO_MEMORY;
    for (uint32_t edge = 0, at = 0; at < count && item.edges != NULL; edge++)
        if (road_closed_has(set, edge))
            item.edges[at++] = edge;
    road_closed_free(set);
    if (status != ST_OK) {
        mem_free(item.edges);
        return status;
    }
    *ret = item;
    return ST_OK;
}

int closures_check(const struct closures *closures, const struct closure *closure,
                   uint32_t *ret_edges, struct diag *reterr)
{
    const struct road *road = closures->config.road;
    const char *where = closure->polygon != NULL ? "polygon" : "at";
    struct item item = {0};
    if (road == NULL)
        return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, where,
                        "no roads are imported yet");
    if (closure->limit_kmh > ROAD_KMH_MAX)
        return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "limit", "must be 1 to %u km/h",
                        ROAD_KMH_MAX);
    if (closure->polygon == NULL && !box_contains(road_box(road), closure->at))
        return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, where, "lies off the map");
    int status = list_edges(road, closure, &item, reterr);
    mem_free(item.edges);
    if (status == ST_OK && item.edge_count == 0)
        status = diag_set(reterr, ST_UNPROCESSABLE, 0, 0, where, "there is no road");
    if (status == ST_OK)
        *ret_edges = item.edge_count;
    return status;
}

/* ---- refreshing
 * ----------------------------------------------------------------------------- */

struct build {
    const struct closures *closures;
    struct closures_state *state;        /* in the making */
    const struct closures_state *before; /* may be NULL */
    int64_t next_ms;
};

/* A stored polygon that cannot be read any more, or a limit that cannot be, closes
 * nothing rather than stopping the server: it was checked when it was stored. */
static int add_closure(void *context, const struct closure *closure)
{
    struct build *build = context;
    struct closures_state *state = build->state;
    struct item item = {.id = closure->id, .limit_kmh = closure->limit_kmh};
    int status = mem_grow(&state->items, &state->capacity, state->count + 1,
                          sizeof *state->items, CLOSURES_MAX);
    if (status != ST_OK)
        return status;
    const struct item *known = find_item(build->before, closure->id);
    if (known != NULL) {
        item = *known;
        item.edges = mem_alloc((size_t)item.edge_count * sizeof *item.edges);
        if (item.edges == NULL)
            return ST_NO_MEMORY;
        memcpy(item.edges, known->edges, (size_t)item.edge_count * sizeof *item.edges);
    } else if (build->closures->config.road != NULL &&
               closure->limit_kmh <= ROAD_KMH_MAX) {
        status = list_edges(build->closures->config.road, closure, &item, NULL);
        if (status == ST_NO_MEMORY)
            return status;
    }
    if (closure->until_ms != 0 && closure->until_ms < build->next_ms)
        build->next_ms = closure->until_ms;
    state->items[state->count++] = item;
    return ST_OK;
}

static int make_set(struct closures_state *state, const struct road *road)
{
    if (state->count == 0 || road == NULL)
        return ST_OK;
    int status = road_closed_new(&state->set, road);
    for (uint32_t i = 0; i < state->count && status == ST_OK; i++)
        for (uint32_t j = 0; j < state->items[i].edge_count; j++)
            road_closed_limit(state->set, state->items[i].edges[j],
                              state->items[i].limit_kmh);
    return status;
}

static bool same_state(const struct closures_state *a, const struct closures_state *b)
{
    if (a->version != b->version || a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->items[i].id != b->items[i].id)
            return false;
    return true;
}

/* Everything of one moment: rows and version in one read transaction. */
static int read_state(struct closures *closures, int64_t now_ms, struct build *build)
{
    int status = db_begin_read(closures->db);
    if (status != ST_OK)
        return status;
    status = closures_count_changes(closures->db, now_ms, &build->state->version);
    if (status == ST_OK)
        status = closures_each(closures->db, now_ms, add_closure, build);
    db_end_read(closures->db);
    return status == ST_OK ? make_set(build->state, closures->config.road) : status;
}

static void exchange(struct closures *closures, struct closures_state *state)
{
    struct closures_state *before = closures->state; /* changes under refresh_lock only */
    state->uses = 1;
    crowd_set_closed(closures->config.crowd, state->set, state->version);
    pthread_mutex_lock(&closures->lock);
    closures->state = state;
    closures->wake = true;
    pthread_cond_signal(&closures->woken);
    pthread_mutex_unlock(&closures->lock);
    closures_give(closures, before);
}

int closures_refresh(struct closures *closures, int64_t now_ms, int64_t *ret_next_ms)
{
    pthread_mutex_lock(&closures->refresh_lock);
    struct build build = {.closures = closures,
                          .before = closures->state,
                          .next_ms = INT64_MAX,
                          .state = mem_calloc(1, sizeof *build.state)};
    int status =
        build.state == NULL ? ST_NO_MEMORY : read_state(closures, now_ms, &build);
    bool changed = status == ST_OK &&
                   (build.before == NULL || !same_state(build.before, build.state));
    if (changed && closures->config.hierarchy != NULL)
        status = road_hierarchy_set_closed(closures->config.hierarchy, build.state->set);
    changed = changed && status == ST_OK;
    bool first = build.before == NULL;
    if (changed)
        exchange(closures, build.state);
    else
        state_free(build.state);
    pthread_mutex_unlock(&closures->refresh_lock);
    if (status == ST_OK && ret_next_ms != NULL)
        *ret_next_ms = build.next_ms;
    if (changed && !first && closures->config.on_change != NULL)
        closures->config.on_change(closures->config.context);
    return status;
}

/* ---- life
 * -------------------------------------------------------------------------------------
 */

int closures_new(struct closures **ret, const struct closures_config *config,
                 struct diag *reterr)
{
    struct closures *closures = mem_calloc(1, sizeof *closures);
    if (closures == NULL)
        return ST_NO_MEMORY;
    closures->config = *config;
    closures->config.db_path = NULL;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&closures->woken, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&closures->lock, NULL);
    pthread_mutex_init(&closures->refresh_lock, NULL);
    int status = db_open(&closures->db, config->db_path, DB_READ, reterr);
    if (status == ST_OK)
        status = closures_refresh(closures, clock_wall_ms(config->clock), NULL);
    if (status != ST_OK) {
        closures_free(closures);
        return status;
    }
    *ret = closures;
    return ST_OK;
}

void closures_free(struct closures *closures)
{
    if (closures == NULL)
        return;
    assert(!closures->has_thread);
    crowd_set_closed(closures->config.crowd, NULL,
                     crowd_closed_version(closures->config.crowd));
    if (closures->config.hierarchy != NULL) /* without memory it stays as it is */
        (void)(road_hierarchy_set_closed(closures->config.hierarchy, NULL) == ST_OK);
    state_free(closures->state);
    db_close(closures->db);
    pthread_cond_destroy(&closures->woken);
    pthread_mutex_destroy(&closures->lock);
    pthread_mutex_destroy(&closures->refresh_lock);
    mem_free(closures);
}

/* ---- the thread
 * ------------------------------------------------------------------------------- */

static int expire(void *context, struct writer *writer, int64_t now_ms,
                  struct diag *reterr)
{
    (void)context;
    (void)reterr;
    return closures_expire(writer, now_ms);
}

/* Until DUE_MS by the wall clock, or woken. False: stop. */
static bool wait_until(struct closures *closures, int64_t due_ms)
{
    int64_t wait_ms = due_ms - clock_wall_ms(closures->config.clock);
    wait_ms = wait_ms < 0 ? 0 : wait_ms > WAIT_MS_MAX ? WAIT_MS_MAX : wait_ms;
    int64_t until_us = clock_mono_us(closures->config.clock) + wait_ms * 1000;
    struct timespec until = {.tv_sec = until_us / 1000000,
                             .tv_nsec = until_us % 1000000 * 1000};
    pthread_mutex_lock(&closures->lock);
    while (!closures->wake && !closures->stop)
        if (pthread_cond_timedwait(&closures->woken, &closures->lock, &until) ==
            ETIMEDOUT)
            break;
    bool go_on = !closures->stop;
    pthread_mutex_unlock(&closures->lock);
    return go_on;
}

int64_t closures_step(struct closures *closures, struct writer *writer, int64_t now_ms)
{
    pthread_mutex_lock(&closures->lock);
    bool wake = closures->wake;
    closures->wake = false;
    pthread_mutex_unlock(&closures->lock);
    if (!wake && now_ms < closures->due_ms)
        return closures->due_ms;
    /* Busy or no room on the disk: it is tried again; the roads are open meanwhile. */
    int status =
        now_ms < closures->due_ms ? ST_OK : command_call(writer, expire, NULL, NULL);
    if (closures_refresh(closures, now_ms, &closures->due_ms) != ST_OK || status != ST_OK)
        closures->due_ms = now_ms + WAIT_MS_MAX;
    return closures->due_ms;
}

static void *run_thread(void *context)
{
    struct closures *closures = context;
    while (wait_until(closures, closures_step(closures, closures->writer,
                                              clock_wall_ms(closures->config.clock))))
        continue;
    return NULL;
}

int closures_start(struct closures *closures, struct writer *writer)
{
    assert(!closures->has_thread);
    closures->writer = writer;
    if (pthread_create(&closures->thread, NULL, run_thread, closures) != 0)
        return ST_NO_MEMORY;
    closures->has_thread = true;
    return ST_OK;
}

void closures_stop(struct closures *closures)
{
    if (closures == NULL || !closures->has_thread)
        return;
    pthread_mutex_lock(&closures->lock);
    closures->stop = true;
    pthread_cond_signal(&closures->woken);
    pthread_mutex_unlock(&closures->lock);
    pthread_join(closures->thread, NULL);
    closures->has_thread = false;
}
