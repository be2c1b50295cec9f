/* SPDX-License-Identifier: Apache-2.0 */
/* Which needs count, and which of them were met in time, as SQL over `need` and
 * `incident`: one rule for the index and for the year (decision 0119). A deadline that
 * passed unmet counts, whatever became of the need or the incident afterwards. */
#ifndef MUSTER_READY_NEED_H
#define MUSTER_READY_NEED_H

#define READY_NEED_COUNTS                                                                \
    "(need.missed_ms <> 0 OR (need.state <> 'cancelled'"                                 \
    " AND incident.state NOT IN ('cancelled', 'merged')))"
/* The deadline that it counts with. */
#define READY_NEED_DUE                                                                   \
    "CASE WHEN need.missed_ms <> 0 THEN need.missed_ms ELSE need.deadline_ms END"
#define READY_NEED_IN_TIME                                                               \
    "(need.missed_ms = 0 AND need.met_ms <> 0 AND need.met_ms <= need.deadline_ms)"

#endif
