/* SPDX-License-Identifier: Apache-2.0 */
/* The checksum of a graph file: XXH64, because the whole file is read at every start and
 * a bytewise sum would be most of that time. It finds damage, not malice. */
#include "road/graph.h"

#include <string.h>

#define P1 UINT64_C(0x9E3779B185EBCA87)
#define P2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define P3 UINT64_C(0x165667B19E3779F9)
#define P4 UINT64_C(0x85EBCA77C2B2AE63)
#define P5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t turn(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static uint64_t word(const uint8_t *data)
{
    uint64_t value;
    memcpy(&value, data, sizeof value);
    return value;
}

static uint64_t step(uint64_t lane, uint64_t input)
{
    return turn(lane + input * P2, 31) * P1;
}

static uint64_t join(uint64_t hash, uint64_t lane)
{
    return (hash ^ step(0, lane)) * P1 + P4;
}

uint64_t graph_hash(const uint8_t *data, size_t size, uint64_t seed)
{
    const uint8_t *at = data, *end = data + size;
    uint64_t hash = seed + P5;
    if (size >= 32) {
        uint64_t lane[4] = {seed + P1 + P2, seed + P2, seed, seed - P1};
        for (; end - at >= 32; at += 32)
            for (int i = 0; i < 4; i++)
                lane[i] = step(lane[i], word(at + 8 * i));
        hash =
            turn(lane[0], 1) + turn(lane[1], 7) + turn(lane[2], 12) + turn(lane[3], 18);
        for (int i = 0; i < 4; i++)
            hash = join(hash, lane[i]);
    }
    hash += size;
    for (; end - at >= 8; at += 8)
        hash = turn(hash ^ step(0, word(at)), 27) * P1 + P4;
    if (end - at >= 4) {
        uint32_t half;
        memcpy(&half, at, sizeof half);
        hash = turn(hash ^ half * P1, 23) * P2 + P3;
        at += 4;
    }
    for (; at < end; at++)
        hash = turn(hash ^ *at * P5, 11) * P1;
    hash = (hash ^ hash >> 33) * P2;
    hash = (hash ^ hash >> 29) * P3;
    return hash ^ hash >> 32;
}

uint64_t graph_checksum(const uint8_t *data, size_t size)
{
    struct graph_header header;
    memcpy(&header, data, sizeof header);
    header.checksum = 0;
    uint64_t head = graph_hash((const uint8_t *)&header, sizeof header, GRAPH_VERSION);
    return graph_hash(data + sizeof header, size - sizeof header, head);
}
