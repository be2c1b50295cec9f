/* SPDX-License-Identifier: Apache-2.0 */
/* Waves with feedback: alert some now, look at the answers after a while, alert more
 * according to them, so that the expected number of alerts is the least with which the
 * target is reached over all answers. One line; people in the order of asking.
 *
 * The policy is held together by its price, lambda: what one more certain success is
 * worth, in alerts. Each state's second wave maximises lambda P - alerts; the first plan
 * finds the smallest lambda that reaches the target, and later plans of the same call-out
 * keep it (Lagrange relaxation of the constraint: what was promised over all outcomes is
 * kept without promising it again in each of them). */
#ifndef MUSTER_PLAN_LOOK_H
#define MUSTER_PLAN_LOOK_H

#include "plan/plan_internal.h"

struct look_wish {
    double target;     /* for price 0 */
    double price;      /* of the running call-out; 0 = to be found */
    uint32_t one_wave; /* alerts that one wave takes (price 0), or a bound */
    double guess;      /* schedule.h, price 0: where to begin; 0 = not known */
    double most;       /* schedule.h, price 0: expected alerts that are too many */
    uint32_t only;     /* 1 + the place of the only look to be tried; 0 = all */
};

struct look_result {
    uint32_t first;   /* alerts now */
    int64_t after_ms; /* until the look */
    double expected;  /* alerts then */
    double chance;    /* of any */
    uint32_t likely, most;
    double probability, price;
};

/* ST_OK with RET filled (RET->first may be 0 for a price > 0); ST_NOT_FOUND if no two
 * waves reach the target. The work's people from pending on must be converted up to
 * one_wave * LOOK_REACH. ST_NO_MEMORY. */
#define LOOK_REACH 2
int look_plan(struct planner *planner, struct work *work, const struct look_wish *wish,
              struct look_result *ret) __attribute__((warn_unused_result));

/* What a line can have at every price of a list and every look, for several lines that
 * go together (plan_lines_waves.c): RET[look * count + i] = the best first wave, on a
 * coarse grid of them, at the price PRICES[i] (ascending); probability < 0: none, the
 * look is not before the deadline. The WORK as of look_plan. ST_NO_MEMORY. */
#define LOOK_PLACES 5
struct look_menu {
    uint32_t one_wave, count;
    const double *prices;
};
struct look_offer {
    uint32_t first;
    double expected, probability;
};
int look_offers(struct planner *planner, struct work *work, const struct look_menu *menu,
                struct look_offer *ret) __attribute__((warn_unused_result));

#endif
