/* SPDX-License-Identifier: Apache-2.0 */
/* A four-way heap of 64-bit numbers, the least on top, in the caller's array. Inline: it
 * is most of what a search does. Only src/road includes this. */
#ifndef MUSTER_ROAD_HEAP_H
#define MUSTER_ROAD_HEAP_H

#include <stdint.h>

/* HEAP has room for one more. O(log count). */
static inline void heap_push(uint64_t *heap, uint32_t *count, uint64_t item)
{
    uint32_t at = (*count)++;
    for (; at > 0 && item < heap[(at - 1) / 4]; at = (at - 1) / 4)
        heap[at] = heap[(at - 1) / 4];
    heap[at] = item;
}

/* *COUNT > 0. O(log count). */
static inline uint64_t heap_pop(uint64_t *heap, uint32_t *count)
{
    uint64_t top = heap[0], item = heap[--*count];
    uint32_t left = *count, at = 0;
    for (uint32_t child; (child = 4 * at + 1) < left;) {
        uint32_t least = child, last = child + 4 < left ? child + 4 : left;
        for (uint32_t i = child + 1; i < last; i++)
            if (heap[i] < heap[least])
                least = i;
        if (heap[least] >= item)
            break;
        heap[at] = heap[least];
        at = least;
    }
    heap[at] = item;
    return top;
}

#endif
