/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting numbers by their upper half. */
#ifndef MUSTER_BASE_RADIX_H
#define MUSTER_BASE_RADIX_H

#include <stdint.h>

/* Sorts COUNT KEYS by their upper 32 bits, of which the largest is UPPER_MAX at most;
 * those with the same ones keep their order. SPARE has room for as many. The result
 * stands in KEYS or in SPARE, which is returned. Cost O(COUNT) each 11 bits of UPPER_MAX.
 */
uint64_t *radix_sort_upper(uint64_t *keys, uint64_t *spare, uint32_t count,
                           uint32_t upper_max);

#endif
