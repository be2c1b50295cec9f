/* SPDX-License-Identifier: Apache-2.0 */
/* What a time came to, as JSON: of GET statistics, and of the command. */
#ifndef MUSTER_API_STATISTICS_H
#define MUSTER_API_STATISTICS_H

#include "ready/statistics.h"

struct text;

/* The whole document. Seconds with up to 6 digits; what nothing was counted for (a median
 * of nothing, people of a time before readiness was counted) is absent. */
void statistics_write(const struct statistics *statistics,
                      const struct statistics_wish *wish, struct text *ret);

#endif
