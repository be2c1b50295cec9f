/* SPDX-License-Identifier: Apache-2.0 */
/* How a person has answered, for their own page and for dispatchers of their area. */
#ifndef MUSTER_API_HISTORY_H
#define MUSTER_API_HISTORY_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct planner;

/* Appends "history":{"asked","yes","asked_at_night","yes_at_night","exercise":
 * {"asked","yes"},"sentence":{"zh","en"},"exercise_sentence":{..}}. Counts of exercises
 * stand apart (invariant 9). PLANNER NULL: nothing is known, nothing is appended. */
void history_write(struct planner *planner, int64_t person_id, struct text *ret);
/* One sentence for the person; empty if there is no planner. */
void history_sentence(struct planner *planner, int64_t person_id, bool exercise,
                      bool english, struct text *ret);

#endif
