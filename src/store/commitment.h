/* SPDX-License-Identifier: Apache-2.0 */
/* Who has a pending alert or an active assignment, in which running incident: what
 * invariant 5 is decided on; and the reply codes of alerts that are over. In memory, made
 * from the incidents at start, kept by the stage. Owned by the writer's thread. */
#ifndef MUSTER_STORE_COMMITMENT_H
#define MUSTER_STORE_COMMITMENT_H

#include <stdbool.h>
#include <stdint.h>

#define COMMITMENTS_MAX 16000000 /* alerts of running incidents */

struct commitment {
    int64_t person_id, incident_id, alert_id;
    int64_t assignment_id; /* active, or 0 */
    bool exercise, pending;
    char reply_code[5];
    uint32_t next; /* private */
};

struct commitments {
    struct commitment *items;
    uint32_t count, capacity, free;
    uint32_t *buckets;
    uint32_t bucket_count; /* a power of two */
    uint32_t used;
};

void commitments_init(struct commitments *all);
void commitments_release(struct commitments *all);
/* The entry of (person, alert) becomes VALUE. */
int commitments_set(struct commitments *all, const struct commitment *value)
    __attribute__((warn_unused_result));
/* Forgets (person, alert). */
void commitments_drop(struct commitments *all, int64_t person_id, int64_t alert_id);
/* Whether an alert of the person has this code, also one that is over. */
bool commitments_have_code(const struct commitments *all, int64_t person_id,
                           const char *code);
/* The next pending or assigned entry of a person after PREVIOUS (NULL = the first); NULL
 * = no more. */
const struct commitment *commitments_next(const struct commitments *all,
                                          int64_t person_id,
                                          const struct commitment *previous);

#endif
