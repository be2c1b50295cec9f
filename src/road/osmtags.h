/* SPDX-License-Identifier: Apache-2.0 */
/* What the tags of an OpenStreetMap way or node mean for foot, bike and car. Pure.
 * Sources: wiki.openstreetmap.org, pages Key:access, Key:oneway, Key:barrier,
 * Key:maxspeed, Key:highway, Tag:route=ferry (read for their rules; the speeds are ours).
 */
#ifndef MUSTER_ROAD_OSMTAGS_H
#define MUSTER_ROAD_OSMTAGS_H

#include "road/road.h"

#define OSMTAGS_MAX 1024        /* tags of one object */
#define OSMTAGS_TEXT_MAX 65536u /* bytes of one key or value */

struct osmtag {
    const char *key, *value;
};

struct osmtags {
    const struct osmtag *items;
    uint32_t count;
};

/* The value of KEY, or NULL. Cost O(count). */
const char *osmtags_get(struct osmtags tags, const char *key);
bool osmtags_is(struct osmtags tags, const char *key, const char *value);

struct osmtags_way {
    double speed_mps[ROAD_MODE_COUNT][2]; /* [0] along the way, [1] against; 0 = not */
    enum road_class class;
    double duration_s; /* of a ferry, over the whole way; 0 = use the speed */
    bool is_road;      /* a highway, ferry or pier at all, usable or not */
};

void osmtags_way(struct osmtags tags, struct osmtags_way *ret);
/* False if no mode may use it. */
bool osmtags_way_usable(const struct osmtags_way *way);

/* The modes (bits 1 << mode) that a node with these tags stops. */
unsigned osmtags_node_blocks(struct osmtags tags);

/* "45", "1:30", "01:30:00", "PT1H30M": seconds; false on anything else. */
bool osmtags_duration(const char *text, double *ret_s);

#endif
