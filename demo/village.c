/* SPDX-License-Identifier: Apache-2.0 */
/* Best-candidate sampling (Mitchell 1991): of many random places keep the one farthest
 * from those already taken. It spreads points evenly without a visible pattern. */
#include "demo/village.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define CANDIDATES 60

uint32_t villages_town_of_code(const struct terrain *terrain, const char *code)
{
    for (uint32_t i = 0; i < terrain->town_count; i++)
        if (terrain->towns[i].code6[0] != '\0' &&
            strncmp(terrain->towns[i].code6, code + 6, 3) == 0)
            return i;
    return 0;
}

/* The town whose land this is: the nearest one, a bigger town reaching farther. */
static uint32_t owner(const struct terrain *terrain, struct vec at)
{
    uint32_t best = 0;
    double best_reach = INFINITY;
    for (uint32_t i = 0; i < terrain->town_count; i++) {
        const struct terrain_town *town = &terrain->towns[i];
        if (town->code6[0] == '\0')
            continue;
        double reach = plane_distance(at, town->centre) - town->radius * 0.6;
        if (reach < best_reach) {
            best_reach = reach;
            best = i;
        }
    }
    return best;
}

static struct vec candidate(const struct terrain *terrain, const struct village *village,
                            struct random *random, bool *ret_good)
{
    const struct terrain_town *town = &terrain->towns[village->town];
    double reach = village->community ? town->radius * 0.92 : 9500;
    struct vec at = {town->centre.x + plane_between(random, -reach, reach),
                     town->centre.y + plane_between(random, -reach, reach)};
    /* The cheap questions first: most candidates fail them. */
    if (village->community)
        *ret_good = terrain_town_of(terrain, at, 0.88) == town &&
                    terrain_is_land(terrain, at, 150);
    else
        *ret_good = owner(terrain, at) == village->town &&
                    terrain_is_land(terrain, at, 450) &&
                    terrain_town_of(terrain, at, 1.2) == NULL;
    return plane_round(at);
}

static double room_around(const struct villages *villages, struct vec at)
{
    double room = INFINITY;
    for (uint32_t i = 0; i < villages->count; i++)
        room = fmin(room, plane_distance(at, villages->items[i].centre));
    return room;
}

void villages_place(struct villages *villages, const struct terrain *terrain,
                    struct random *random)
{
    villages->count = 0;
    for (uint32_t i = 0; i < division_count(); i++) {
        const struct division *division = division_at(i);
        if (division->level != DIVISION_VILLAGE)
            continue;
        struct village village = {.division = division,
                                  .town = villages_town_of_code(terrain, division->code),
                                  .community = division_is_community(division)};
        village.centre = terrain->towns[village.town].centre;
        village.weight = village.community ? plane_between(random, 1.6, 3.2)
                                           : plane_between(random, 0.6, 1.3);
        double best = -1;
        for (uint32_t good = 0, tries = 0; good < CANDIDATES && tries < 6000; tries++) {
            bool is_good = false;
            struct vec at = candidate(terrain, &village, random, &is_good);
            good += is_good;
            double room = is_good ? room_around(villages, at) : -1;
            if (room > best) {
                best = room;
                village.centre = at;
            }
        }
        assert(villages->count < VILLAGES_MAX);
        villages->items[villages->count++] = village;
    }
}

uint32_t villages_nearest(const struct villages *villages, struct vec at)
{
    uint32_t best = 0;
    double best_square = INFINITY;
    for (uint32_t i = 0; i < villages->count; i++) {
        struct vec to = plane_sub(villages->items[i].centre, at);
        double square = to.x * to.x + to.y * to.y;
        if (square < best_square) {
            best_square = square;
            best = i;
        }
    }
    return best;
}
