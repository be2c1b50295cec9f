/* SPDX-License-Identifier: Apache-2.0 */
/* Many people put into a crowd one after the other, by all cores: most of the cost of
 * each is the way to the roads. Only who has more than a few thousand gets threads. */
#ifndef MUSTER_CROWD_ARRIVALS_H
#define MUSTER_CROWD_ARRIVALS_H

#include "crowd/crowd.h"

struct arrivals;

/* CROWD outlives it. ST_NO_MEMORY. */
int arrivals_new(struct arrivals **ret, struct crowd *crowd)
    __attribute__((warn_unused_result));
/* PERSON is copied. What crowd_put returned for somebody before, else ST_OK. Nobody twice
 * in one batch: the order is not kept. */
int arrivals_add(struct arrivals *arrivals, const struct crowd_person *person)
    __attribute__((warn_unused_result));
/* When all are in: frees, the first failure or ST_OK. NULL is ST_OK. */
int arrivals_end(struct arrivals *arrivals) __attribute__((warn_unused_result));

#endif
