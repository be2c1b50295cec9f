/* SPDX-License-Identifier: Apache-2.0 */
#include "api/travel.h"

#include "api/internal.h"
#include "dispatch/closures.h"
#include "loop/loop.h"
#include "road/closed.h"
#include "road/route.h"

/* "work" is the first of the person's other places. */
bool travel_init(struct travel *travel, struct call *call, const struct body_from *from,
                 int64_t person_id, int64_t need_id)
{
    struct api *api = call->api;
    struct read_need need;
    if (!from->given || api->config.road == NULL ||
        read_need(api->db, need_id, &need) != 0)
        return false;
    AUTO_FREE struct person *person = mem_alloc(sizeof *person);
    if (person == NULL ||
        person_by_id(api->db, api->config.vault, &api->skills, person_id, person) != 0)
        return false;
    if (from->kind == FROM_WORK && person->crowd.place_count == 0)
        return false;
    *travel = (struct travel){
        .hierarchy = closures_hierarchy(api->config.closures),
        .road = api->config.road,
        .closures = api->config.closures,
        .mode = need.mode >= 0 ? (enum road_mode)need.mode : person->crowd.mode,
        .from = from->kind == FROM_POINT  ? from->at
                : from->kind == FROM_WORK ? person->crowd.places[0].at
                                          : person->crowd.home,
        .to = need.at};
    return true;
}

static uint32_t by_hierarchy(const struct travel *travel, const struct road_spot *from,
                             const struct road_spot *to)
{
    struct road_router *router;
    struct road_view view;
    if (road_router_new(&router, travel->hierarchy) != 0)
        return ROAD_MS_NONE;
    road_view_take(travel->hierarchy, &view);
    const uint32_t ms = road_route_ms(router, &view, travel->mode, from, to);
    road_view_give(&view);
    road_router_free(router);
    return ms;
}

static uint32_t by_search(const struct travel *travel, const struct road_spot *from,
                          const struct road_spot *to)
{
    struct road_search *search;
    uint32_t ms = ROAD_MS_NONE, metres;
    if (road_search_new(&search, travel->road) != 0)
        return ROAD_MS_NONE;
    const struct closures_state *state = closures_take(travel->closures);
    road_search_avoid(search, closures_set(state));
    const int status = road_time_ms(search, travel->mode, from, to, &ms, &metres);
    closures_give(travel->closures, state);
    road_search_free(search);
    return status != 0 ? ROAD_MS_NONE : ms;
}

uint32_t travel_time_ms(const struct travel *travel)
{
    struct road_spot from, to;
    if (!road_snap(travel->road, travel->mode, travel->from, ROAD_SNAP_M_MAX, &from) ||
        !road_snap(travel->road, travel->mode, travel->to, ROAD_SNAP_M_MAX, &to))
        return 0;
    const uint32_t ms = travel->hierarchy != NULL ? by_hierarchy(travel, &from, &to)
                                                  : by_search(travel, &from, &to);
    return ms >= LOOP_NO_WAY_MS ? LOOP_NO_WAY_MS : ms == 0 ? 1 : ms;
}
