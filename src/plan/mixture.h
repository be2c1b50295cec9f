/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is like, as a discrete distribution: MIXTURE_LEVELS log odds of saying
 * yes by day (Beta distributed in the crowd, the Beta learned by empirical Bayes) times
 * MIXTURE_SHIFTS amounts by which the log odds change at night. Somebody's history is a
 * likelihood over the nodes; what is expected of them is the average over nodes of
 *
 *     1 / (1 + exp(-(log odds of the moment) - level - night * shift))
 *
 * With one moment for all this is the beta-binomial of plan/prior.h; the levels are a
 * trapezoid rule in the log odds. Pure; a struct mixture may be read by many threads. */
#ifndef MUSTER_PLAN_MIXTURE_H
#define MUSTER_PLAN_MIXTURE_H

#include "plan/prior.h"

#include <stdbool.h>

#define MIXTURE_LEVELS 20
#define MIXTURE_SHIFTS 3
#define MIXTURE_NODES (MIXTURE_LEVELS * MIXTURE_SHIFTS) /* shift * LEVELS + level */
#define MIXTURE_PEOPLE_ASSUMED 30.0 /* weight of the first prior, in people */

struct mixture {
    double log_yes[MIXTURE_LEVELS], log_no[MIXTURE_LEVELS]; /* of the level's share */
    double shift_share[MIXTURE_SHIFTS];
    double inverse_odds[2][MIXTURE_NODES]; /* [night]: exp(-level - night * shift) */
    double share[MIXTURE_NODES];           /* of the crowd; sums to 1 */
    float share_f[MIXTURE_NODES], inverse_odds_f[2][MIXTURE_NODES]; /* the same */
    struct prior_beta prior;                                        /* of the levels */
    double base[2]; /* [night]: log odds with which the first mean is exactly the given */
    /* Sums over people (and those assumed) of the expected logarithms. */
    double sum_log_yes, sum_log_no, people;
};

/* The crowd before anything is known: mean ACCEPT in (0, 1), as spread out as
 * Beta(ACCEPT * PEERS, (1 - ACCEPT) * PEERS). */
void mixture_init(struct mixture *mixture, double accept, double peers);

/* P(yes) at LOG_ODDS of the moment (0 = any moment) of somebody with the likelihood
 * WEIGHT[node] (any scale; NULL = nothing is known). RET_SLOPE (may be NULL): its
 * derivative by the log odds. Without it, and with weights, it is computed in single
 * precision (error below 1e-6). O(nodes), about 50 ns. */
double mixture_forecast(const struct mixture *mixture, const float *weight,
                        double log_odds, bool night, double *ret_slope);
/* P(yes) of one node. */
double mixture_at(const struct mixture *mixture, int node, double log_odds, bool night);

/* A person's part of the sums, to be taken out and put in by who keeps the people. */
struct mixture_part {
    double log_yes, log_no;
};
struct mixture_part mixture_part_of(const struct mixture *mixture, const float *weight);
/* The M-step: the levels' Beta fits the sums. One step of incremental EM (Neal and Hinton
 * 1998); Newton on two parameters. */
void mixture_fit(struct mixture *mixture);

#endif
