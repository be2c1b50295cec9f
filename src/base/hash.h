/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a of 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv): for tables, and to notice
 * that something is not what it was. Not against an adversary. */
#ifndef MUSTER_BASE_HASH_H
#define MUSTER_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(14695981039346656037)

/* HASH = HASH_START, or what came of the bytes before. O(size). */
uint64_t hash_bytes(uint64_t hash, const void *data, size_t size);

#endif
