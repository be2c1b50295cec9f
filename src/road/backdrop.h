/* SPDX-License-Identifier: Apache-2.0 */
/* Water and place names for the map behind the roads, as GeoJSON (RFC 7946). Features
 * have the properties `kind` (water, river, canal, coastline, town, village, suburb,
 * city, island) and, where there is one, `name` and `name_en`. */
#ifndef MUSTER_ROAD_BACKDROP_H
#define MUSTER_ROAD_BACKDROP_H

#include "base/text.h"
#include "road/osmnet.h"

/* Features that would make the file larger are left out. */
#define BACKDROP_SIZE_MAX (64u << 20)
#define BACKDROP_WAYS_MAX 10000000u
#define BACKDROP_RELATIONS_MAX 1000000u
#define BACKDROP_REFS_MAX 500000000u
#define BACKDROP_PLACES_MAX 1000000u
#define BACKDROP_NAMES_SIZE_MAX (64u << 20)
/* A relation of more ways is left out (joining them costs the square). */
#define BACKDROP_MEMBERS_MAX 4000u
/* Points walked while drawing; then what is left is not drawn. */
#define BACKDROP_POINTS_MAX 200000000u

struct backdrop;

int backdrop_new(struct backdrop **ret) __attribute__((warn_unused_result));
void backdrop_free(struct backdrop *backdrop);
/* First pass over the file: the lakes and broad rivers made of several ways. */
int backdrop_add_relation(struct backdrop *backdrop,
                          const struct osmread_relation *relation)
    __attribute__((warn_unused_result));
/* Second pass. */
int backdrop_add_node(struct backdrop *backdrop, const struct osmread_node *node)
    __attribute__((warn_unused_result));
int backdrop_add_way(struct backdrop *backdrop, const struct osmread_way *way)
    __attribute__((warn_unused_result));
/* The GeoJSON in memory, owned by BACKDROP; once. NET holds the nodes, sorted. */
int backdrop_draw(struct backdrop *backdrop, const struct osmnet *net,
                  const struct text **ret) __attribute__((warn_unused_result));
/* The same as a file. Written aside and renamed. */
int backdrop_write(struct backdrop *backdrop, const struct osmnet *net, const char *path,
                   struct diag *reterr) __attribute__((warn_unused_result));

#endif
