/* SPDX-License-Identifier: Apache-2.0 */
/* What the pieces of the HTML report share: texts in two languages, and the charts. */
#ifndef MUSTER_DRILL_REPORT_INTERNAL_H
#define MUSTER_DRILL_REPORT_INTERNAL_H

#include "base/text.h"
#include "drill/drill.h"

/* A text in Chinese and in English; the page shows one of them. */
struct words {
    const char *zh, *en;
};
/* As two spans. Both texts go in as they are: they are ours, not a user's. */
void report_words(struct text *ret, struct words words);

/* A list of what the scenario says. */
void report_scenario(const struct scenario *scenario, struct text *ret);
/* A list of the policies: whom each asks, and when it stops. */
void report_policies(const struct drill *drill, struct text *ret);

/* The charts, as <svg>. */
void report_tradeoff(const struct drill *drill, struct text *ret);
void report_arrivals(const struct drill *drill, struct text *ret);
void report_calibration(const struct drill *drill, struct text *ret);
void report_changes(const struct drill *drill, struct text *ret);

/* The colour of a policy, by its index in drill->policies. */
const char *report_colour(const struct drill *drill, uint32_t policy);
struct words report_change_words(enum drill_change change);
/* The whole run of a policy. */
const struct drill_tally *report_whole(const struct drill *drill, uint32_t policy);
const char *report_name(const struct drill *drill, uint32_t policy);

#endif
