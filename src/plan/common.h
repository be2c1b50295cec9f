/* SPDX-License-Identifier: Apache-2.0 */
/* Common cause: people answer together more than independence says (weather, a match on
 * television, a mast that is down). One hidden quantity Z, Beta distributed, moves the
 * acceptance of everybody; given Z they are independent. For people who are all alike
 * this is the beta-binomial distribution with the intra-class correlation rho.
 *
 *     a_i(z) = o(z) x_i / (1 + o(z) x_i),  o(z) = z / (1 - z),  E a_i(Z) = a_i
 *
 * Z is kept as Gauss-Jacobi nodes, which integrate polynomials of degree 2 n - 1 in z
 * exactly. What was answered so far weighs the nodes (Bayes). One thread at a time. */
#ifndef MUSTER_PLAN_COMMON_H
#define MUSTER_PLAN_COMMON_H

#include <stdint.h>

#define COMMON_NODES_MAX 64
#define COMMON_RHO_MAX 0.5
#define COMMON_RHO_MIN 1e-6 /* below: independent, one node */

struct common {
    uint32_t count;
    double weight[COMMON_NODES_MAX];   /* after what was observed; sum 1 */
    double prior[COMMON_NODES_MAX];    /* sum 1 */
    double odds[COMMON_NODES_MAX];     /* z / (1 - z) */
    double log_seen[COMMON_NODES_MAX]; /* of what was observed, the nodes' likelihood */
    double mean, rho;
    double last_a, last_x; /* the answer given last by common_x */
};

/* MEAN in (0, 1) is the acceptance for which a(z) = z; it is kept away from 0 and 1. RHO
 * in [0, COMMON_RHO_MAX], NODES in 1 to COMMON_NODES_MAX. O(nodes^3). */
void common_init(struct common *common, double mean, double rho, uint32_t nodes);
/* x of a person who accepts with probability A in [0, 1]. */
double common_x(struct common *common, double a);
/* a(z) at node M of a person with X. */
static inline double common_a(const struct common *common, uint32_t m, double x)
{
    double odds = common->odds[m] * x;
    return odds / (1.0 + odds);
}
/* Somebody alerted said yes (YES 1), or did not until now although a share YES = 0 and F
 * of the replies would have come: P = a, or 1 - F a. F 1 = refused. */
void common_saw_yes(struct common *common, double x);
void common_saw_silence(struct common *common, double x, double f);
/* Weighs the nodes by what was seen. */
void common_update(struct common *common);

#endif
