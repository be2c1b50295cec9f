/* SPDX-License-Identifier: Apache-2.0 */
/* Many waves while they are planned: who counts when (stages_people.c), and what to do
 * about it at one price (stages.c). */
#ifndef MUSTER_PLAN_STAGES_INTERNAL_H
#define MUSTER_PLAN_STAGES_INTERNAL_H

#include "plan/stages.h"

#define NODES STAGES_NODES /* of the common cause */
#define STAGES_SURE_EXTRA                                                                \
    2 /* yeses beyond the count that are told apart, and half of it */
#define YES_MAX (STAGES_COUNT_MAX + STAGES_SURE_EXTRA + STAGES_COUNT_MAX / 2)
#define PLACES_MAX 48

/* By node, side by side. */
struct nodes {
    double at[NODES];
};

/* The wave from place FROM at a look: [place][d] = P(so many of it count), filled as far
 * as it was needed. */
struct wave {
    uint32_t from, made;
    struct nodes mass[PLACES_MAX][YES_MAX + 1];
};

/* Of one look: [places asked][yes]. */
struct stage {
    struct nodes value[PLACES_MAX][YES_MAX + 1];
    struct nodes probability[PLACES_MAX][YES_MAX + 1];
};

struct outcome {
    struct nodes by_node;
    double probability, expected, price;
    uint32_t first; /* a place */
};

struct stages {
    struct planner *planner;
    struct work *work;
    struct common common;
    uint32_t count, yes_max; /* wanted; the last y means: or more */
    uint32_t stage_count, people;
    int64_t step_ms;
    double b;                    /* of who counts at first */
    double b_end;                /* and of who still counts at the last look */
    double lost[STAGES_MAX + 1]; /* [look]: of those who count is found missing then */
    double kept[STAGES_MAX + 1]; /* [look]: of who is asked then, of those who count */
    struct nodes r;              /* of who does not */
    uint32_t place_count;
    uint32_t places[PLACES_MAX];         /* how many are asked, ascending from 0 */
    struct nodes pending[YES_MAX + 1];   /* P(so many of those asked before count) */
    struct nodes held[STAGES_COUNT_MAX]; /* P(H = h) */
    struct nodes likely[PLACES_MAX][YES_MAX + 1]; /* weight * P(y of those asked) */
    struct nodes end[PLACES_MAX][YES_MAX + 1];    /* P, when nobody more is asked */
    /* [look][person]: counts */
    struct nodes counted[STAGES_MAX][STAGES_PEOPLE_MAX];
    struct stage stages[2]; /* of the look that is being made, and of the next */
    uint8_t choice[STAGES_MAX][PLACES_MAX][YES_MAX + 1]; /* the place to go to */
    uint8_t best[STAGES_MAX][PLACES_MAX][YES_MAX + 1];   /* of the best price yet */
    struct wave *wave;
    struct outcome outcome; /* of stages_at */
};

/* One more, who counts with P: MASS[top] = so many or more. */
static inline void stages_add(struct nodes *restrict mass, uint32_t top,
                              const struct nodes *restrict p)
{
    struct nodes q;
    for (int m = 0; m < NODES; m++) {
        q.at[m] = 1.0 - p->at[m];
        mass[top].at[m] += mass[top - 1].at[m] * p->at[m];
    }
    for (uint32_t j = top - 1; j > 0; j--)
        for (int m = 0; m < NODES; m++)
            mass[j].at[m] = mass[j].at[m] * q.at[m] + mass[j - 1].at[m] * p->at[m];
    for (int m = 0; m < NODES; m++)
        mass[0].at[m] *= q.at[m];
}

/* Everything that does not depend on the price; ONE_WAVE as in look_wish. ST_NOT_FOUND:
 * WORK is of another kind. */
int stages_begin(struct stages *stages, struct planner *planner, struct work *work,
                 uint32_t one_wave) __attribute__((warn_unused_result));

#endif
