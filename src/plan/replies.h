/* SPDX-License-Identifier: Apache-2.0 */
/* How long replies take, and how many of those who will not come say so: learned from the
 * answers and from the silences, most of which end because enough others have said yes.
 * With P(yes) = p, F the log-normal distribution of the delay, which a yes and a refusal
 * share, and d the share of refusals in words, the likelihood of what is seen is
 *
 *     p f(t) for a yes,  (1 - p) d f(t) for a no,  1 - F(t) (p + (1 - p) d) for a silence
 *
 * so F and d are fitted together, by EM (Dempster, Laird, Rubin 1977): answers alone
 * would make people look quick where they are stood down quickly. Silences are kept by
 * how long they lasted, in steps of a sixth of a fold. Pure. */
#ifndef MUSTER_PLAN_REPLIES_H
#define MUSTER_PLAN_REPLIES_H

#include "plan/response_model.h"
#include "plan/timing_log.h"

#include <stdbool.h>
#include <stdint.h>

#define REPLIES_STEPS 80 /* from a second to a week */

struct replies {
    double first_mean, first_sigma, first_declines;
    struct timing_log answered; /* with those assumed at first */
    double no;                  /* refusals */
    struct replies_silent {
        double count, p; /* p: sum over them */
    } silent[REPLIES_STEPS];
    double mean, sigma, declines; /* as fitted last */
};

void replies_init(struct replies *replies, const struct response_model_config *first);
/* What was seen counts KEEP of what it did, 0 to 1; what was assumed comes back. */
void replies_fade(struct replies *replies, double keep);
/* A yes or a no after MS. Returns by how much the logarithm is above the mean. */
double replies_answer(struct replies *replies, bool is_no, int64_t ms);
/* Nobody with P(yes) = P answered until MS; SIGN -1: they have now, after all. */
void replies_silence(struct replies *replies, int64_t ms, double p, double sign);
/* A few steps of EM from where it is: REPLIES_STEPS * 8 error functions. */
void replies_fit(struct replies *replies);
/* F: who answers at all has done so MS after the alert. */
double replies_done(const struct replies *replies, int64_t ms);

#endif
