/* SPDX-License-Identifier: Apache-2.0 */
/* Between stage.c and stage_step.c. */
#ifndef MUSTER_STORE_STAGE_INTERNAL_H
#define MUSTER_STORE_STAGE_INTERNAL_H

#include "store/stage.h"

/* Takes over STAGED on success. */
int stage_insert(struct stage *stage, struct staged *staged)
    __attribute__((warn_unused_result));
void stage_free_staged(struct staged *staged);
/* For the crowd, after the commit. */
int stage_note_person(struct stage *stage, int64_t person_id, int64_t alerted_ms)
    __attribute__((warn_unused_result));
/* Before a step that sends a wave: makes ready what stage_alerts_of_batch reads. O(n log
 * n) in the alerts of the batch, nothing if there are no new ones. */
int stage_sort_alerted(struct stage *stage) __attribute__((warn_unused_result));
/* Actual alerts of the person by steps before this one in the open batch. */
uint32_t stage_alerts_of_batch(const struct stage *stage, int64_t person_id);
/* One step; *EFFECTS is to be released. */
int stage_step(struct stage *stage, struct staged *staged, const struct loop_input *input,
               int64_t now_ms, struct loop_effects *effects, struct diag *reterr)
    __attribute__((warn_unused_result));
/* A wave too large for one transaction: its first part now, the others kept. */
bool stage_wave_is_large(const struct stage *stage, const struct loop_input *input);
int stage_wave_begin(struct stage *stage, struct staged *staged,
                     const struct loop_input *input, int64_t now_ms,
                     struct loop_effects *effects, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The parts of a call-out that are kept go. */
int stage_wave_forget(struct stage *stage, int64_t callout_id)
    __attribute__((warn_unused_result));
/* The person's commitment by this alert, as it is now. */
int stage_commit_alert(struct stage *stage, struct loop_incident *incident,
                       const struct alert *alert) __attribute__((warn_unused_result));

/* The call-out whose wave is being sent in parts, 0 = none. */
int64_t stage_find_sending(const struct loop_incident *incident);
/* The row belongs to the incident: nobody need ask the database. */
void stage_note_home(struct stage *stage, enum stage_key key, int64_t id,
                     int64_t incident_id);

#endif
