/* SPDX-License-Identifier: Apache-2.0 */
/* The interface of a node that stands by: it reads, with a connection of its own, what a
 * live stream needs (accounts, sessions, areas, events) and nothing else. */
#include "api/handlers.h"
#include "api/internal.h"

#include <string.h>

bool api_watch_takes(const char *method, const char *path)
{
    return strcmp(method, "GET") == 0 && strcmp(path, "/api/v1/stream") == 0;
}

int api_watch_new(struct api **ret, const char *db_path, struct clock *clock,
                  struct diag *reterr)
{
    struct api *api = mem_calloc(1, sizeof *api);
    if (api == NULL)
        return ST_NO_MEMORY;
    api->config.clock = clock;
    int status = db_open(&api->db, db_path, DB_READ, reterr);
    if (status == ST_OK)
        status = area_tree_load(&api->areas, api->db);
    if (status == ST_OK)
        status = hub_new(&api->hub, api);
    if (status != ST_OK) {
        api_watch_free(api);
        return status;
    }
    *ret = api;
    return ST_OK;
}

void api_watch_free(struct api *api)
{
    if (api == NULL)
        return;
    hub_free(api->hub);
    area_tree_release(&api->areas);
    db_close(api->db);
    mem_free(api);
}

void api_watch_handle(void *context, struct http_request *request)
{
    struct api *api = context;
    struct call *call = call_new(api, request);
    char allow[64];
    if (call == NULL || !api_check_rate(call))
        return;
    call->route = route_find(http_method(request), http_path(request), &call->id,
                             call->word, allow);
    if (call->route == NULL || call->route->handler != stream_get)
        call_error(call, 404, "this node stands by: it has the live stream only");
    else if (session_check(call) && api_check_query(call))
        stream_get(call);
}

void api_watch_tick(void *context)
{
    struct api *api = context;
    if (hub_client_count(api->hub) == 0)
        return;
    api_refresh(api);
    (void)(hub_follow(api->hub) == ST_OK); /* else at the next tick */
    hub_check_sessions(api->hub);
}
