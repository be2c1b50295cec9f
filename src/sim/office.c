/* SPDX-License-Identifier: Apache-2.0 */
/* What the headquarters does besides incidents: response levels (I and II want a second
 * account), closed roads and warnings, as requests; and what must hold of them. */
#include "sim/sim_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "dispatch/closures.h"
#include "loop/model.h"
#include "store/db.h"
#include "store/response.h"

#include <jansson.h>
#include <string.h>

#define COMMANDERS_FROM 1 /* staff: a dispatcher, two commanders, the verifier */
#define COMMANDERS 2
#define MADE_MAX 10000

/* ---- what is done ---------------------------------------------------------------------
 */

static int64_t commander(struct sim *sim)
{
    return sim->staff[COMMANDERS_FROM + sim_luck(sim, COMMANDERS)].id;
}

static void start_response(struct sim *sim)
{
    struct deed deed = {.kind = DEED_RESPONSE};
    deed.input.actor = commander(sim);
    deed.input.number = LEVEL_IV + (int64_t)sim_luck(sim, LEVEL_I - LEVEL_IV + 1);
    deed.until_ms = sim->clock.now_ms + (1 + (int64_t)sim_luck(sim, 20)) * TIME_MINUTE_MS;
    act_key(sim, &deed);
    act_add(sim, &deed, 0);
}

static void close_road(struct sim *sim)
{
    struct deed deed = {.kind = DEED_CLOSE, .at = act_new_place(sim)};
    deed.input.actor = commander(sim);
    deed.input.number = 20 + (int64_t)sim_luck(sim, 130); /* metres */
    deed.until_ms = sim->clock.now_ms + (1 + (int64_t)sim_luck(sim, 20)) * TIME_MINUTE_MS;
    act_key(sim, &deed);
    act_add(sim, &deed, 0);
}

static void warn(struct sim *sim)
{
    struct deed deed = {.kind = DEED_WARN};
    deed.input.actor = commander(sim);
    deed.until_ms = sim->clock.now_ms + (1 + (int64_t)sim_luck(sim, 20)) * TIME_MINUTE_MS;
    act_key(sim, &deed);
    act_add(sim, &deed, 0);
}

/* One of those made lately; steps may well be impossible by now. */
static void go_on_with(struct sim *sim, const struct made *made)
{
    struct deed deed = {.id = made->id};
    deed.input.actor = commander(sim);
    deed.input.code = sim_luck(sim, 3) == 0 ? "end" : "confirm";
    deed.kind = made->kind == DEED_CLOSE  ? DEED_OPEN
                : made->kind == DEED_WARN ? DEED_ALL_CLEAR
                                          : DEED_RESPONSE_STEP;
    act_add(sim, &deed, 0);
}

void office_step(struct sim *sim)
{
    if (sim->ending || sim_luck(sim, 12) != 0)
        return;
    uint64_t luck = sim_luck(sim, 10);
    if (luck < 2)
        start_response(sim);
    else if (luck < 5)
        close_road(sim);
    else if (luck < 6)
        warn(sim);
    else if (sim->made_count > 0) {
        uint32_t lately = sim->made_count < 6 ? sim->made_count : 6;
        go_on_with(sim, &sim->made[sim->made_count - 1 - sim_luck(sim, lately)]);
    }
}

/* ---- as requests ----------------------------------------------------------------------
 */

bool office_write(const struct sim *sim, const struct deed *deed, struct text *path,
                  struct text *body)
{
    char until[TIME_TEXT_SIZE];
    time_format(deed->until_ms, until);
    enum response_level level = (enum response_level)deed->input.number;
    switch (deed->kind) {
    case DEED_RESPONSE:
        if (sim->options->plant == SIM_PLANT_LEVEL_WRONG && level == LEVEL_III)
            level = LEVEL_IV;
        text_append_string(path, "/api/v1/responses");
        text_appendf(body,
                     "{\"area\":\"root\",\"hazard\":\"flood\",\"level\":\"%s\","
                     "\"to\":\"%s\"}",
                     response_level_code(level), until);
        return true;
    case DEED_RESPONSE_STEP:
        text_appendf(path, "/api/v1/responses/%lld/steps", (long long)deed->id);
        text_appendf(body, "{\"step\":\"%s\"}", deed->input.code);
        return true;
    case DEED_CLOSE:
        text_append_string(path, "/api/v1/closures");
        text_appendf(body,
                     "{\"at\":{\"lat\":%.7f,\"lon\":%.7f},\"radius\":%lld,"
                     "\"until\":\"%s\",\"reason\":\"under water\"}",
                     deed->at.lat_e7 * 1e-7, deed->at.lon_e7 * 1e-7,
                     (long long)deed->input.number, until);
        return true;
    case DEED_OPEN:
        text_appendf(path, "/api/v1/closures/%lld", (long long)deed->id);
        return true;
    case DEED_WARN:
        text_append_string(path, "/api/v1/warnings/own");
        text_appendf(body,
                     "{\"level\":\"orange\",\"headline\":\"rain\","
                     "\"areas\":[\"root\"],\"until\":\"%s\"}",
                     until);
        return true;
    case DEED_ALL_CLEAR:
        text_appendf(path, "/api/v1/warnings/%lld", (long long)deed->id);
        return true;
    default:
        return false;
    }
}

void office_acknowledged(struct sim *sim, const struct deed *deed, int64_t id)
{
    struct promise promise = {.id = deed->id};
    sim->result->responses += deed->kind == DEED_RESPONSE;
    sim->result->closures += deed->kind == DEED_CLOSE;
    sim->result->warnings += deed->kind == DEED_WARN;
    if (deed->kind == DEED_RESPONSE_STEP)
        return; /* another account may have ended it since */
    if (deed->kind == DEED_OPEN || deed->kind == DEED_ALL_CLEAR) {
        promise.kind = deed->kind == DEED_OPEN ? PROMISE_OPENED : PROMISE_ALL_CLEAR;
        act_promise(sim, &promise);
        return;
    }
    promise.kind = deed->kind == DEED_RESPONSE ? PROMISE_RESPONSE
                   : deed->kind == DEED_CLOSE  ? PROMISE_CLOSURE
                                               : PROMISE_WARNING;
    promise.id = id;
    promise.nonce = (uint64_t)deed->input.number;
    act_promise(sim, &promise);
    if (mem_grow(&sim->made, &sim->made_capacity, sim->made_count + 1, sizeof *sim->made,
                 MADE_MAX) == ST_OK)
        sim->made[sim->made_count++] = (struct made){deed->kind, id};
}

/* ---- what must hold -------------------------------------------------------------------
 */

bool office_kept(struct db *db, const struct promise *promise)
{
    struct response response;
    if (promise->kind == PROMISE_RESPONSE)
        return response_read(db, promise->id, 0, &response) == ST_OK &&
               response.level == (enum response_level)promise->nonce;
    const bool is_road =
        promise->kind == PROMISE_CLOSURE || promise->kind == PROMISE_OPENED;
    struct query *query =
        is_road ? db_query(db, "SELECT lifted_ms FROM closure WHERE id = ?1")
                : db_query(db, "SELECT w.ended_ms FROM warning w JOIN warning_area a"
                               " ON a.warning_id = w.id WHERE w.id = ?1");
    query_int(query, 1, promise->id);
    const bool found = query_step(query) == 1;
    const bool ended = found && query_get_int(query, 0) != 0;
    query_reset(query);
    return promise->kind == PROMISE_OPENED || promise->kind == PROMISE_ALL_CLEAR ? ended
                                                                                 : found;
}

/* One that ended before it began was ended after the clock had been set back: until when
 * it lifted cannot be told from its row. */
bool office_lifts(struct db *db, int64_t from_ms, int64_t to_ms)
{
    struct query *query =
        db_query(db, "SELECT 1 FROM response WHERE level IN ('I', 'II')"
                     " AND confirmed_by <> 0 AND from_ms <= ?2"
                     " AND (to_ms = 0 OR to_ms >= ?1 OR to_ms < from_ms)"
                     " LIMIT 1");
    query_int(query, 1, from_ms);
    query_int(query, 2, to_ms);
    bool lifts = query_step(query) == 1;
    query_reset(query);
    return lifts;
}

static void check_alone(struct sim *sim, struct db *db)
{
    struct query *query =
        db_query(db, "SELECT id FROM response WHERE level IN ('I', 'II')"
                     " AND state = 'running' AND (confirmed_by = 0"
                     " OR confirmed_by = started_by) LIMIT 1");
    if (query_step(query) == 1)
        sim_violate(sim, "two people start level I or II", "response %lld",
                    (long long)query_get_int(query, 0));
    query_reset(query);
}

struct roads {
    struct sim *sim;
    const struct closures_state *state;
};

static int check_closure(void *context, const struct closure *closure)
{
    struct roads *roads = context;
    uint32_t edges;
    (void)closures_edges(roads->state, closure->id, &edges);
    if (edges == 0)
        sim_violate(roads->sim, "closed roads are closed", "closure %lld is in force",
                    (long long)closure->id);
    return ST_OK;
}

/* Rows in force, the set that searches use and the crowd's are one. Right after a crash
 * and now and then, when nothing is under way. */
void office_check(struct sim *sim, struct db *db)
{
    check_alone(sim, db);
    if (sim->closures == NULL ||
        closures_refresh(sim->closures, sim->clock.now_ms, NULL) != ST_OK)
        return;
    struct roads roads = {sim, closures_take(sim->closures)};
    if (crowd_closed_version(sim->crowd) != closures_version(roads.state))
        sim_violate(sim, "closed roads are closed",
                    "the crowd knows version %llu, not %llu",
                    (unsigned long long)crowd_closed_version(sim->crowd),
                    (unsigned long long)closures_version(roads.state));
    if (closures_each(db, sim->clock.now_ms, check_closure, &roads) != ST_OK)
        sim_violate(sim, "the store can be read", "closures");
    closures_give(sim->closures, roads.state);
}
