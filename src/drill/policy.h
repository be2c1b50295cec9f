/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of thumb that our planner is compared with, as they stand in the literature
 * on community first responders (van den Berg et al. 2026,
 * doi 10.1371/journal.pone.0343762: everybody in a radius, phases, topping up on a
 * refusal). Both engines ask this one. */
#ifndef MUSTER_DRILL_POLICY_H
#define MUSTER_DRILL_POLICY_H

#include "drill/scenario.h"

/* How a line of a call-out stands: it is open, and its need is not filled. A rule of
 * thumb knows one line only. Of several, each gets its share of the rule's numbers, by
 * the people it wants and rounded up ("12 nearest" for 1 nurse, 2 drivers and 3 others:
 * 2, 4 and 6); lines are served in the order of the file, nobody is asked for two, and a
 * line whose seats are taken asks nobody. */
struct policy_view {
    int64_t since_ms; /* after its start */
    uint32_t alerted; /* alerts sent so far for this line */
    uint32_t open;    /* of those, not answered */
    uint32_t holding; /* seats held in it */
    uint32_t count;   /* people it wants */
    uint32_t whole;   /* people that all lines want */
};

/* How many of the nearest are to be alerted now (UINT32_MAX: all that qualify). */
uint32_t policy_wanted(const struct policy *policy, const struct policy_view *view);
/* Nobody farther than this is alerted; UINT32_MAX = no limit. */
uint32_t policy_ms_max(const struct policy *policy, const struct scenario *scenario);

#endif
