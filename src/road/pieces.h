/* SPDX-License-Identifier: Apache-2.0 */
/* All straight pieces of all edges under a tree of boxes, for who looks for the nearest
 * one: an R-tree packed from below (I. Kamel, C. Faloutsos, "On Packing R-trees", CIKM
 * 1993). Eight pieces are a leaf, eight boxes an octet, both in lines of memory of their
 * own and side by side, so that eight are looked at in one go. Made when a graph is
 * opened; any number of threads may read it. */
#ifndef MUSTER_ROAD_PIECES_H
#define MUSTER_ROAD_PIECES_H

#include <assert.h>
#include <stdint.h>

#define OCTET 8u
#define PIECES_LEVELS_MAX 12 /* 8^12 leaves */

/* what: bits 0-15 which segment of its edge, 16-18 the modes that may use the edge, 19 it
 * is the edge's last one. Beyond the last piece what == 0, so no mode. */
struct piece_leaf {
    int32_t lat_e7[2][OCTET], lon_e7[2][OCTET];
    uint32_t edge[OCTET], what[OCTET];
};
static_assert(sizeof(struct piece_leaf) == 192, "three cache lines");

#define PIECE_SEGMENT(what) ((what)&0xffffu)
#define PIECE_MODES(what) ((what) >> 16 & 7u)
#define PIECE_IS_LAST(what) ((what) >> 19 & 1u)

/* Around leaves, or around octets of the level below. An empty one: min above max. */
struct box_octet {
    int32_t min_lat_e7[OCTET], min_lon_e7[OCTET], max_lat_e7[OCTET], max_lon_e7[OCTET];
};
static_assert(sizeof(struct box_octet) == 128, "two cache lines");

struct pieces {
    struct piece_leaf *leaves;
    struct box_octet *octets;              /* level by level, the lowest first */
    uint32_t first[PIECES_LEVELS_MAX + 1]; /* of each level; octet i of one stands for
                                              numbers 8 i .. 8 i + 7 of the one below */
    uint32_t level_count;                  /* the last one has one octet */
};

struct road;
/* ST_NO_MEMORY; RET is all zeros then. Cost O(pieces); 26 bytes a piece. */
int pieces_make(struct pieces *ret, const struct road *road)
    __attribute__((warn_unused_result));
void pieces_release(struct pieces *pieces);

#endif
