/* SPDX-License-Identifier: Apache-2.0 */
/* The crowd as bytes and back: what crowd_put made of everybody (places snapped, values
 * shared), in parts that the store seals and keeps (store/image.h). Not in it: what
 * happens to people (commitments, alerts, positions). The layout of the parts:
 * docs/formats/image.md. */
#ifndef MUSTER_CROWD_IMAGE_H
#define MUSTER_CROWD_IMAGE_H

#include "crowd/crowd.h"

#define CROWD_IMAGE_VERSION 3
#define CROWD_IMAGE_PEOPLE_MAX 2048        /* in one part */
#define CROWD_IMAGE_PART_MAX (1024 * 1024) /* bytes of one part */

struct text;

/* What the parts depend on besides the people: the roads, and which skill has which
 * number. Parts made on one basis mean nothing on another. */
uint64_t crowd_image_basis(struct crowd *crowd);

/* ---- writing: from any thread, beside everything else. Each part is one moment of the
 * crowd, all together are not: who changes meanwhile may be in them as before or as
 * after, twice or not at all. */
/* The people from slot *SLOT on, which moves on; *ret_count of them. RET is cleared first
 * and stays empty when there are no more slots. The lock is held for at most some
 * milliseconds. ST_NO_MEMORY. */
int crowd_image_people(struct crowd *crowd, uint32_t *slot, struct text *ret,
                       uint32_t *ret_count) __attribute__((warn_unused_result));
/* The same of those among ONLY, COUNT_ONLY sorted ids, alone. */
int crowd_image_some(struct crowd *crowd, const int64_t *only, uint32_t count_only,
                     uint32_t *slot, struct text *ret, uint32_t *ret_count)
    __attribute__((warn_unused_result));
/* What they share, from value *AT on, the same way: after the people. */
int crowd_image_values(struct crowd *crowd, uint64_t *at, struct text *ret)
    __attribute__((warn_unused_result));

/* ---- reading: into a new crowd that nobody else knows yet. After a failure it is only
 * good for crowd_free. Whatever the bytes are, nothing outside of them is touched. */
struct crowd_restore;
/* PEOPLE in all parts. CHANGED, sorted ids (the caller's until the end), are left out:
 * the caller puts them in afterwards. ST_LIMIT, ST_NO_MEMORY. */
int crowd_restore_new(struct crowd_restore **ret, struct crowd *crowd, uint32_t people,
                      const int64_t *changed, uint32_t changed_count)
    __attribute__((warn_unused_result));
void crowd_restore_free(struct crowd_restore *restore);
/* All parts with values come before those with people. ST_CORRUPT, ST_NO_MEMORY. */
int crowd_restore_values(struct crowd_restore *restore, const char *data, size_t size)
    __attribute__((warn_unused_result));
/* COUNT people who become the FIRST-th and following: any number of threads, each place
 * once. ST_CORRUPT, ST_NO_MEMORY. */
int crowd_restore_people(struct crowd_restore *restore, uint32_t first, uint32_t count,
                         const char *data, size_t size)
    __attribute__((warn_unused_result));
/* When all are in: who stands where, who holds what. About 0.3 us a person, by this
 * thread. ST_NO_MEMORY. */
int crowd_restore_end(struct crowd_restore *restore) __attribute__((warn_unused_result));

#endif
