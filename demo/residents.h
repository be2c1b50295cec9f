/* SPDX-License-Identifier: Apache-2.0 */
/* The made-up volunteers, teams and sites of the county, as CSV for the importers. Names
 * come from lists of syllables, telephone numbers are 10000xxxxxx, mail addresses end in
 * .invalid: none can reach anybody. */
#ifndef MUSTER_DEMO_RESIDENTS_H
#define MUSTER_DEMO_RESIDENTS_H

#include "base/text.h"
#include "demo/village.h"

/* Places where people live: elements of the net along which there are homes, by village.
 */
struct homes {
    uint32_t *elements; /* indexes in net.elements, village by village */
    uint32_t *starts;   /* village -> first of its elements; count + 1 entries */
    uint32_t *any;      /* car-usable elements of the whole county, for work and sites */
    uint32_t any_count;
    const struct net *net;
    const struct villages *villages;
    double weight_sum;
};

int homes_init(struct homes *homes, const struct net *net,
               const struct villages *villages);
void homes_release(struct homes *homes);
/* A house beside a road of the village. */
struct vec homes_pick(const struct homes *homes, uint32_t village, struct random *random);
/* A village, by its share of the people. */
uint32_t homes_pick_village(const struct homes *homes, struct random *random);

struct residents_options {
    uint32_t people;
    int32_t today; /* days since 1970 */
};

#define RESIDENTS_TEAMS 12

/* What a team is made of: its future leader and deputies. */
struct team_seed {
    uint32_t people[3]; /* numbers of people, 1-based; the leader first */
    uint32_t count;
    uint32_t village; /* the leader's */
};

void residents_write(struct text *people, struct team_seed teams[RESIDENTS_TEAMS],
                     const struct homes *homes, const struct residents_options *options,
                     struct random *random);
void residents_write_teams(struct text *text,
                           const struct team_seed teams[RESIDENTS_TEAMS],
                           const struct villages *villages);

void sites_write(struct text *text, const struct homes *homes, struct random *random);
void areas_write(struct text *text, const struct terrain *terrain,
                 const struct villages *villages);

#endif
