/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest price (look.h) at which a policy reaches its target, found by trying few.
 * P grows with the price, in steps: one set of plans is the best over a range of prices.
 */
#ifndef MUSTER_PLAN_PRICE_H
#define MUSTER_PLAN_PRICE_H

#include <stdbool.h>

struct price_search {
    double target;
    double price; /* to be tried now */
    double low;   /* the greatest that does not reach the target, 0 = none yet */
    double high;  /* the smallest that does; 0 = none */
    double low_fails, high_fails; /* 1 - P of these */
    int tried;
};

/* GUESS <= 0: not known. */
void price_begin(struct price_search *search, double target, double guess);
/* P = the probability at search->price. True: the next price is to be tried. False: it is
 * found, search->high, if that is not 0. It is the smallest to a twentieth, or another
 * one would alert at most 0.1 fewer (weak duality: price (P - target) bounds it). */
bool price_next(struct price_search *search, double p);

#endif
