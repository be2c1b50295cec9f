/* SPDX-License-Identifier: Apache-2.0 */
/* Every request goes the same way: the route, the limits, who asks, the query, the body,
 * and only then the handler. What is refused on the way never reaches a handler. */
#include "api/api.h"

#include "api/assets.h"
#include "api/drills.h"
#include "api/handlers.h"
#include "api/internal.h"
#include "api/link_page.h"
#include "api/readiness.h"
#include "store/places.h"
#include "store/vault.h"

#include <assert.h>
#include <stdio.h>
#include <strings.h>

/* Far above the promised 100 requests a second per address. */
#define REQUESTS_PER_S 400
#define REQUESTS_BURST 2000

int api_new(struct api **ret, const struct api_config *config, struct diag *reterr)
{
    struct api *api = mem_calloc(1, sizeof *api);
    if (api == NULL)
        return ST_NO_MEMORY;
    api->config = *config;
    api->settings = *config->config;
    api->config.config = &api->settings;
    api->config.dir = api->dir = mem_strdup(config->dir == NULL ? "" : config->dir);
    api->config.db_path = api->db_path = mem_strdup(config->db_path);
    if (config->backdrop_path != NULL)
        api->config.backdrop_path = api->backdrop_path =
            mem_strdup(config->backdrop_path);
    if (config->road_path != NULL)
        api->config.road_path = api->road_path = mem_strdup(config->road_path);
    struct text text;
    text_init(&text, 4 << 20);
    api->coverages.at_once = api->circles.at_once = api->reports.at_once = 1;
    api->warnings.at_once = 1;
    api->maps.at_once = API_MAPS_AT_ONCE;
    api->plans.at_once = API_PLANS_AT_ONCE;
    api->areas_version = (uint64_t)clock_wall_ms(config->clock);
    int status = db_open(&api->db, config->db_path, DB_READ, reterr);
    if (status != 0)
        goto fail;
    if ((status = area_tree_load(&api->areas, api->db)) != 0 ||
        (status = skills_load(api->db, &api->skills)) != 0 ||
        (status = readiness_new(&api->readiness)) != 0 ||
        (status = drills_new(&api->drills)) != 0 ||
        (status = hub_new(&api->hub, api)) != 0 || (status = openapi_make(&text)) != 0)
        goto fail;
    api->openapi_size = text.size;
    api->openapi = text_take(&text);
    api->assets = assets(&api->asset_count);
    api->packed = mem_calloc(api->asset_count + 1, sizeof *api->packed);
    if (api->packed == NULL) {
        status = ST_NO_MEMORY;
        goto fail;
    }
    link_key_init(&api->link_key, config->vault);
    uint8_t limits_secret[32];
    vault_derive(config->vault, "limits", limits_secret);
    memcpy(api->limits.secret, limits_secret, sizeof api->limits.secret);
    vault_derive(config->vault, "device", api->device_secret);
    (void)crypto_auth_hmacsha256_init(&api->device_mac, api->device_secret,
                                      sizeof api->device_secret);
    *ret = api;
    return 0;
fail:
    text_release(&text);
    api_free(api);
    return status;
}

void api_free(struct api *api)
{
    if (api == NULL)
        return;
    hub_free(api->hub);
    readiness_free(api->readiness);
    drills_free(api->drills);
    mem_free(api->recent);
    area_tree_release(&api->areas);
    for (unsigned i = 0; i < MAP_PART_COUNT; i++)
        mem_free(api->map[i].data);
    for (unsigned i = 0; api->packed != NULL && i < api->asset_count; i++)
        mem_free(api->packed[i].data);
    mem_free(api->packed);
    mem_free(api->openapi);
    mem_free(api->dir);
    mem_free(api->backdrop_path);
    mem_free(api->db_path);
    mem_free(api->road_path);
    link_key_release(&api->link_key);
    if (api->db != NULL)
        db_close(api->db);
    mem_free(api);
}

void api_serve(struct api *api, struct http_server *server)
{
    api->server = server;
}

void api_tick(void *context)
{
    refused_tell(context);
    unstored_store(context);
}

bool api_stores(const struct api *api)
{
    struct writer_counts counts;
    writer_count(api->config.writer, &counts);
    return !counts.is_failing;
}

void api_stop(struct api *api)
{
    atomic_store(&api->stopping, true);
    drills_stop(api->drills);
}

void api_note_areas(struct api *api)
{
    atomic_store(&api->areas_stale, true);
}

void api_note_event(void *context, int64_t position, int64_t incident_id,
                    const char *kind, const char *body)
{
    struct api *api = context;
    if (strncmp(kind, "areas.", 6) == 0 || strncmp(kind, "skills.", 7) == 0)
        api_note_areas(api);
    hub_note(api->hub, position, incident_id, kind, body);
}

/* Areas and skills come in by imports, which are rare: they are read again when somebody
 * said so. */
void api_refresh(struct api *api)
{
    if (!atomic_exchange(&api->areas_stale, false))
        return;
    struct area_tree tree;
    const bool has_areas = area_tree_load(&tree, api->db) == 0;
    if (has_areas) {
        area_tree_release(&api->areas);
        api->areas = tree;
        api->areas_version++;
    }
    struct skill_table *skills = mem_alloc(sizeof *skills);
    const bool has_skills = skills != NULL && skills_load(api->db, skills) == 0;
    if (has_skills)
        api->skills = *skills;
    mem_free(skills);
    if (!has_areas || !has_skills)
        api_note_areas(api); /* the old ones until the next try */
}

/* ---- who may ---- */
static bool role_counts(enum role role, unsigned mask, bool exercise)
{
    if (role == ROLE_TRAINER && !exercise && (mask & MAY(AUDITOR)) == 0 &&
        mask != MAY_TRAIN)
        return false; /* what trainers may do with exercises only */
    return (mask & (1U << role)) != 0;
}

int api_may(const struct call *call, unsigned mask, int64_t area_id, bool exercise)
{
    const struct account *account = &call->session.account;
    bool reaches = false;
    for (uint32_t i = 0; i < account->role_count; i++) {
        const struct account_role *role = &account->roles[i];
        if (!area_is_under(&call->api->areas, area_id, role->area_id))
            continue;
        reaches = true;
        if (role_counts(role->role, mask, exercise))
            return 0;
    }
    return reaches ? ST_DENIED : ST_NOT_FOUND;
}

bool api_sees_history(const struct call *call, int64_t area_id)
{
    return api_may(call, MAY_DISPATCH, api_area_or_root(call->api, area_id), false) == 0;
}

#define ELSEWHERE "that lies outside the areas of your account"

/* OUTSIDE: what a 404 says. */
static bool require(struct call *call, unsigned mask, int64_t area_id, bool exercise,
                    const char *outside)
{
    const int status = api_may(call, mask, area_id, exercise);
    if (status == ST_NOT_FOUND)
        call_error(call, 404, "%s", outside);
    else if (status != 0)
        call_error(call, 403, "your role does not allow this here");
    return status == 0;
}

bool api_require(struct call *call, unsigned mask, int64_t area_id, bool exercise)
{
    return require(call, mask, area_id, exercise, status_text(ST_NOT_FOUND));
}

bool api_require_there(struct call *call, unsigned mask, int64_t area_id, bool exercise)
{
    return require(call, mask, area_id, exercise, ELSEWHERE);
}

const struct area *api_area_named(struct call *call, const char *pointer,
                                  const char *code, unsigned mask, bool exercise)
{
    const struct area_tree *areas = &call->api->areas;
    const struct area *area = code == NULL ? &areas->areas[0] : area_by_code(areas, code);
    if (area != NULL && api_may(call, mask, area->id, exercise) != ST_NOT_FOUND)
        return area;
    api_wrong(call, pointer, area == NULL ? "there is no such area" : ELSEWHERE);
    return NULL;
}

bool api_require_at(struct call *call, unsigned mask, struct point at, bool exercise)
{
    return api_require_there(call, mask, area_at(&call->api->areas, at)->id, exercise);
}

/* Nobody who can be alerted is; the others are asked for. */
bool api_is_erased(struct call *call, int64_t person_id)
{
    if (crowd_has(call->api->config.crowd, person_id))
        return false;
    struct query *query =
        db_query(call->api->db, "SELECT 1 FROM person WHERE id = ?1 AND erased = 1");
    query_int(query, 1, person_id);
    const bool ret = query_step(query) == 1;
    query_reset(query);
    return ret;
}

bool api_account_has_role(const struct account *account, unsigned mask)
{
    for (uint32_t i = 0; i < account->role_count; i++)
        if ((mask & (1U << account->roles[i].role)) != 0)
            return true;
    return false;
}

bool api_has_role(const struct call *call, unsigned mask)
{
    return api_account_has_role(&call->session.account, mask);
}

int64_t api_area_or_root(const struct api *api, int64_t area_id)
{
    return area_by_id(&api->areas, area_id) == NULL ? api->areas.areas[0].id : area_id;
}

const char *api_area_name(const struct api *api, int64_t area_id)
{
    const struct area *area = area_by_id(&api->areas, area_id);
    return area == NULL ? "" : area->name;
}

const char *api_area_code(const struct api *api, int64_t area_id)
{
    const struct area *area = area_by_id(&api->areas, area_id);
    return area == NULL ? "" : area->code;
}

void api_write_area(struct call *call, struct text *text, int64_t area_id)
{
    out_open(text, "area", '{');
    out_text(text, "code", api_area_code(call->api, area_id));
    out_text(text, "name", api_area_name(call->api, area_id));
    out_close(text, '}');
}

void api_write_account(struct call *call, struct text *text, const char *key, int64_t id)
{
    struct account account;
    if (id != 0 && account_by_id(call->api->db, id, &account) == 0)
        out_text(text, key, account.name);
}

/* ---- the way of a request ---- */
static bool is_loopback(const char *peer)
{
    return strncmp(peer, "127.", 4) == 0 || strcmp(peer, "::1") == 0 ||
           strncmp(peer, "::ffff:127.", 11) == 0;
}

bool api_is_local(const struct call *call)
{
    return is_loopback(http_peer(call->request)) && !http_is_relayed(call->request);
}

int64_t api_mono_ms(const struct api *api)
{
    return clock_mono_us(api->config.clock) / 1000;
}

bool api_check_rate(struct call *call)
{
    const char *peer = http_peer(call->request);
    int wait_s;
    if (is_loopback(peer) ||
        limits_take(&call->api->limits,
                    limits_peer_key(&call->api->limits, "address", peer), REQUESTS_PER_S,
                    REQUESTS_BURST, api_mono_ms(call->api), &wait_s))
        return true;
    struct problem problem;
    problem_init(&problem, 429, "too many requests from this address");
    problem.retry_after_s = wait_s;
    call_problem(call, &problem);
    return false;
}

bool api_check_query(struct call *call)
{
    if (strncmp(call->route->pattern, "/api/", 5) != 0)
        return true; /* links in mails may have grown parameters of trackers */
    const char *name;
    for (uint32_t i = 0; (name = http_query_name(call->request, i)) != NULL; i++) {
        if ((call->route->queries != NULL && out_has_word(call->route->queries, name)) ||
            ((call->route->flags & ROUTE_CURSOR) != 0 &&
             out_has_word("cursor limit", name)))
            continue;
        struct problem problem;
        char pointer[PROBLEM_POINTER_MAX + 1];
        problem_init(&problem, 422, "the query is not as it should be");
        (void)snprintf(pointer, sizeof pointer, "?%s", name);
        problem_add(&problem, pointer, "is not known here");
        call_problem(call, &problem);
        return false;
    }
    return true;
}

static bool is_type(const char *header, const char *type)
{
    const size_t size = strlen(type);
    return strncasecmp(header, type, size) == 0 &&
           (header[size] == '\0' || header[size] == ';' || header[size] == ' ');
}

static bool check_key(struct call *call)
{
    const char *key = http_header(call->request, "Idempotency-Key");
    if (key == NULL || (call->route->flags & ROUTE_IDEMPOTENT) == 0 ||
        (*key != '\0' && strlen(key) <= CALL_KEY_MAX))
        return true;
    call_error(call, 400, "Idempotency-Key has 1 to %d bytes", CALL_KEY_MAX);
    return false;
}

static bool read_body(struct call *call)
{
    const struct schema *schema = call->route->request;
    const char *type = http_header(call->request, "Content-Type");
    const char *file = route_file_type(call->route);
    if (file != NULL && (type == NULL || !is_type(type, file))) {
        call_header(call, "Accept", file);
        call_error(call, 415, "the body must be %s", file);
        return false;
    }
    if (schema == NULL)
        return true;
    size_t size;
    const char *data = http_body(call->request, &size);
    const bool form = type != NULL && call->route->refuse_form != NULL &&
                      is_type(type, "application/x-www-form-urlencoded");
    if (!form && size > 0 &&
        (type == NULL || (!is_type(type, "application/json") &&
                          !is_type(type, "application/merge-patch+json")))) {
        call_header(call, "Accept", "application/json");
        call_error(call, 415, "the body must be application/json");
        return false;
    }
    call->input = mem_calloc(1, schema->size);
    if (call->input == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
        return false;
    }
    struct problem problem;
    const int status = (form ? body_read_form : body_read)(&call->body, schema, data,
                                                           size, call->input, &problem);
    if (status == 0)
        return true;
    if (status == ST_INVALID && form)
        call->route->refuse_form(call, &problem);
    else if (status == ST_INVALID)
        call_problem(call, &problem);
    else
        call_refuse(call, status, NULL);
    return false;
}

/* Of a person or a requester: too long, cut off, or with something behind it. */
static bool is_like_link(const char *path)
{
    return strncmp(path, "/r/", 3) == 0 || strncmp(path, "/m/", 3) == 0 ||
           strncmp(path, "/s/", 3) == 0;
}

static void not_found(struct call *call, const char *path, const char *allow)
{
    if (*allow != '\0') {
        call_header(call, "Allow", allow);
        call_error(call, 405, "this address answers to %s", allow);
        return;
    }
    if (strncmp(path, "/api/", 5) == 0) {
        call_error(call, 404, "there is no such address");
        return;
    }
    if (is_like_link(path)) {
        link_send_gone(call);
        return;
    }
    static_serve(call, path);
}

size_t api_body_max(void *context, const struct http_request *request)
{
    int64_t id;
    char word[CALL_WORD_MAX + 1], allow[64];
    const struct route *route =
        route_find(http_method(request), http_path(request), &id, word, allow);
    if (route != NULL && route_file_type(route) != NULL &&
        session_may(context, request, route->may))
        return API_FILE_MAX;
    return session_may(context, request, MAY_READ) ? HTTP_BODY_MAX : API_BODY_MAX;
}

/* A stream begins at once: what comes after the request is in it. */
static bool is_staff_reading(const struct call *call)
{
    const struct route *route = call->route;
    return route->may != MAY_PUBLIC && route->handler != stream_get &&
           (strcmp(route->method, "GET") == 0 || (route->flags & ROUTE_CURSOR) != 0);
}

static void read_now(void *context)
{
    struct call *call = context;
    if (http_is_gone(call->request))
        call_refuse(call, ST_CLOSED, NULL);
    else
        call->route->handler(call);
}

void api_handle(void *context, struct http_request *request)
{
    struct api *api = context;
    struct call *call = call_new(api, request);
    if (call == NULL)
        return;
    api->requests++;
    api_refresh(api);
    char allow[64];
    const char *path = http_path(request);
    if (!api_check_rate(call))
        return;
    call->route = route_find(http_method(request), path, &call->id, call->word, allow);
    if (call->route == NULL) {
        not_found(call, path, allow);
        return;
    }
    if ((call->route->flags & ROUTE_LOCAL) != 0 && !api_is_local(call)) {
        call_error(call, 404, "there is no such address");
        return;
    }
    if ((call->route->flags & ROUTE_JOIN) != 0 && api->settings.join == 0) {
        link_send_gone(call);
        return;
    }
    if (!session_check(call) || !api_check_query(call) || !check_key(call) ||
        !read_body(call))
        return;
    if (is_staff_reading(call))
        call_in_turn(call, read_now, call);
    else
        call->route->handler(call);
}
