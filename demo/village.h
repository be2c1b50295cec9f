/* SPDX-License-Identifier: Apache-2.0 */
/* Where the villages and communities lie: communities inside their town, villages spread
 * over the fields around it, no two on one spot. */
#ifndef MUSTER_DEMO_VILLAGE_H
#define MUSTER_DEMO_VILLAGE_H

#include "demo/division.h"
#include "demo/terrain.h"

#define VILLAGES_MAX 160

struct village {
    const struct division *division;
    struct vec centre;
    uint32_t town; /* index in terrain.towns */
    bool community;
    double weight; /* share of the county's people, not normalised */
};

struct villages {
    struct village items[VILLAGES_MAX];
    uint32_t count;
};

void villages_place(struct villages *villages, const struct terrain *terrain,
                    struct random *random);
/* Index of the village whose centre is nearest. */
uint32_t villages_nearest(const struct villages *villages, struct vec at);
/* The town of a 12-digit code: index in terrain.towns. */
uint32_t villages_town_of_code(const struct terrain *terrain, const char *code);

#endif
