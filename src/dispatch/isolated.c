/* SPDX-License-Identifier: Apache-2.0 */
/* Backwards from the place with the closed roads: who can still come? If the search ends
 * after a few nodes, and with all roads open it does not, the closed roads are the
 * reason. Candidates for the place to gather are asked the same question. */
#include "dispatch/isolated.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/closed.h"

#include <stdlib.h>

struct finder {
    const struct road *road;
    struct road_search *search, *open; /* with closed roads, and with all open */
    enum road_mode mode;
    uint32_t limit;
};

/* How many nodes lead to PLACE, at most limit + 1. */
static int count_ways(struct finder *finder, struct road_search *search,
                      const struct road_spot *place, uint32_t *ret)
{
    struct road_settled settled;
    uint32_t count = 0;
    int status = road_search_start(search, finder->mode, ROAD_TO, place);
    while (status == ST_OK && count <= finder->limit &&
           road_search_next(search, &settled))
        count++;
    *ret = count;
    return status;
}

static int can_be_reached(struct finder *finder, const struct road_spot *place, bool *ret)
{
    uint32_t count;
    int status = count_ways(finder, finder->search, place, &count);
    *ret = status == ST_OK && count > finder->limit;
    return status;
}

static int is_cut_off(struct finder *finder, const struct road_spot *place, bool *ret)
{
    uint32_t now, open = 0;
    int status = count_ways(finder, finder->search, place, &now);
    if (status == ST_OK && now <= finder->limit)
        status = count_ways(finder, finder->open, place, &open);
    *ret = status == ST_OK && now <= finder->limit && open > now;
    return status;
}

struct distance {
    double metres;
    const struct site *site;
};

static int by_metres(const void *a, const void *b)
{
    const struct distance *x = a, *y = b;
    return (x->metres > y->metres) - (x->metres < y->metres);
}

static int find_site(struct finder *finder, struct point at, const struct sites *sites,
                     struct isolated *ret)
{
    AUTO_FREE struct distance *list = mem_calloc(sites->count + 1u, sizeof *list);
    uint32_t count = 0;
    if (list == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < sites->count; i++)
        if (strcmp(sites->items[i].kind, SITE_MUSTER) == 0)
            list[count++] = (struct distance){point_distance_m(at, sites->items[i].at),
                                              &sites->items[i]};
    qsort(list, count, sizeof *list, by_metres);
    for (uint32_t i = 0; i < count && i < ISOLATED_TRIES_MAX; i++) {
        struct road_spot spot;
        bool reached;
        if (!road_snap(finder->road, finder->mode, list[i].site->at, ROAD_SNAP_M_MAX,
                       &spot))
            continue;
        int status = can_be_reached(finder, &spot, &reached);
        if (status != ST_OK)
            return status;
        if (reached) {
            ret->site = list[i].site;
            ret->at = list[i].site->at;
            ret->metres = list[i].metres;
            ret->has_point = true;
            return ST_OK;
        }
    }
    return ST_OK;
}

/* Outwards along all roads, as if they were open: the first node people can come to. */
static int find_node(struct finder *finder, struct point at, struct isolated *ret)
{
    struct road_spot place;
    struct road_settled settled;
    if (!road_snap(finder->road, finder->mode, at, ROAD_SNAP_M_MAX, &place))
        return ST_OK;
    int status = road_search_start(finder->open, finder->mode, ROAD_TO, &place);
    for (uint32_t i = 0; status == ST_OK && i < ISOLATED_TRIES_MAX &&
                         road_search_next(finder->open, &settled);
         i++) {
        const struct road_spot spot = {.node = {settled.node, settled.node}};
        bool reached;
        status = can_be_reached(finder, &spot, &reached);
        if (status != ST_OK || !reached)
            continue;
        ret->at = road_node_point(finder->road, settled.node);
        ret->metres = point_distance_m(at, ret->at);
        ret->has_point = true;
        return ST_OK;
    }
    return status;
}

static int find(struct finder *finder, struct point at, unsigned modes,
                const struct sites *sites, struct isolated *ret)
{
    bool any_road = false, cut = true;
    int status = ST_OK, first = -1;
    for (int mode = 0; mode < ROAD_MODE_COUNT && status == ST_OK && cut; mode++) {
        struct road_spot spot;
        if ((modes >> mode & 1) == 0 ||
            !road_snap(finder->road, (enum road_mode)mode, at, ROAD_SNAP_M_MAX, &spot))
            continue;
        any_road = true;
        first = first < 0 ? mode : first;
        finder->mode = (enum road_mode)mode;
        status = is_cut_off(finder, &spot, &cut);
    }
    if (status != ST_OK || !any_road || !cut)
        return status;
    finder->mode = (enum road_mode)first;
    ret->is_isolated = true;
    status = find_site(finder, at, sites, ret);
    return status == ST_OK && !ret->has_point ? find_node(finder, at, ret) : status;
}

int isolated_find(const struct road *road, const struct road_closed *closed,
                  struct point at, unsigned modes, const struct sites *sites,
                  struct isolated *ret)
{
    *ret = (struct isolated){.is_isolated = false};
    if (road == NULL || closed == NULL)
        return ST_OK;
    uint32_t tenth = road_node_count(road) / 10;
    struct finder finder = {
        .road = road, .limit = tenth < ISOLATED_NODES_MAX ? tenth : ISOLATED_NODES_MAX};
    int status = road_search_new(&finder.search, road);
    if (status == ST_OK)
        status = road_search_new(&finder.open, road);
    if (status == ST_OK) {
        road_search_avoid(finder.search, closed);
        status = find(&finder, at, modes, sites, ret);
    }
    road_search_free(finder.search);
    road_search_free(finder.open);
    return status;
}

void isolated_append_json(const struct isolated *isolated, struct text *ret)
{
    if (!isolated->is_isolated)
        return;
    text_append_string(ret, ",\"isolated\":{");
    if (isolated->site != NULL) {
        text_append_string(ret, "\"muster\":{\"code\":");
        text_append_json(ret, isolated->site->code);
        text_append_string(ret, ",\"name\":");
        text_append_json(ret, isolated->site->name);
        text_append_string(ret, ",\"at\":");
    } else if (isolated->has_point) {
        text_append_string(ret, "\"road\":");
    }
    if (isolated->has_point)
        text_appendf(ret, "{\"lat\":%.7f,\"lon\":%.7f}%s,\"metres\":%.0f",
                     point_lat(isolated->at), point_lon(isolated->at),
                     isolated->site != NULL ? "}" : "", isolated->metres);
    text_append_string(ret, "}");
}
