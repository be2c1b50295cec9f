/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted lists of ids. */
#ifndef MUSTER_BASE_IDS_H
#define MUSTER_BASE_IDS_H

#include <stdbool.h>
#include <stdint.h>

/* Ascending; COUNT 0 is nothing to do, IDS may be NULL then. O(n log n). */
void ids_sort(int64_t *ids, uint32_t count);
/* The same, and each once: how many are left. */
uint32_t ids_sort_once(int64_t *ids, uint32_t count) __attribute__((warn_unused_result));
/* The first position whose id is not below ID, COUNT if there is none. O(log n). */
uint32_t ids_from(const int64_t *ids, uint32_t count, int64_t id);
/* Of a sorted list. O(log n). */
bool ids_contain(const int64_t *ids, uint32_t count, int64_t id);

#endif
