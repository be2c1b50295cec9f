/* SPDX-License-Identifier: Apache-2.0 */
/* A fold kept as bytes, so that a start need not fold every row again. What is loaded is
 * what was saved, to the bit. The bytes are for the same machine and program: their
 * layout is that of memory, and a fingerprint of what this program makes of a few made-up
 * answers goes with them, so that another way of folding does not go unseen. */
#ifndef MUSTER_PLAN_LEARN_KEEP_H
#define MUSTER_PLAN_LEARN_KEEP_H

#include "plan/learn.h"

#include <stddef.h>

size_t learn_saved_size(const struct learn *learn);
/* Writes learn_saved_size bytes to RET. */
void learn_save(const struct learn *learn, void *ret);
/* ST_CORRUPT: cut off or damaged; ST_UNSUPPORTED: of another program or other first
 * figures than CONFIG (NULL: whatever they were); ST_NO_MEMORY. */
int learn_load(struct learn **ret, const struct learn_config *config, const void *data,
               size_t size) __attribute__((warn_unused_result));
/* What is known of all, and of the COUNT people IDS alone: a fold of its own, for reading
 * and saving; nothing is added to it. ST_NO_MEMORY. */
int learn_copy_of(struct learn **ret, const struct learn *learn, const int64_t *ids,
                  uint32_t count) __attribute__((warn_unused_result));

#endif
