/* SPDX-License-Identifier: Apache-2.0 */
/* Reading OpenStreetMap files as a stream of objects. Whatever the bytes are, the result
 * is objects within the limits below or an error; memory is bounded by one block. */
#ifndef MUSTER_ROAD_OSMREAD_H
#define MUSTER_ROAD_OSMREAD_H

#include "base/diag.h"
#include "geo/point.h"
#include "road/osmtags.h"

#include <stddef.h>
#include <stdint.h>

#define OSMREAD_WAY_NODES_MAX 100000u
#define OSMREAD_MEMBERS_MAX 100000u
/* Bytes after decompression; a country is below it, a decompression bomb is not. */
#define OSMREAD_BYTES_MAX (UINT64_C(256) << 30)

struct osmread_node {
    int64_t id;
    struct point point;
    struct osmtags tags;
};

struct osmread_way {
    int64_t id;
    const int64_t *refs;
    uint32_t ref_count;
    struct osmtags tags;
};

/* Only the members that are ways: nothing else is used here. */
struct osmread_relation {
    int64_t id;
    const int64_t *ways;
    const uint8_t *inner; /* by way: 1 if its role is "inner", else 0 */
    uint32_t way_count;
    struct osmtags tags;
};

/* Each returns 0 or a negative status that ends the reading. A NULL one is skipped. The
 * arguments die with the call. */
struct osmread_handler {
    void *context;
    int (*node)(void *context, const struct osmread_node *node, struct diag *reterr);
    int (*way)(void *context, const struct osmread_way *way, struct diag *reterr);
    int (*relation)(void *context, const struct osmread_relation *relation,
                    struct diag *reterr);
    void (*progress)(void *context, uint64_t done, uint64_t all); /* bytes of the file */
};

/* By content, not by name: gzip, XML or PBF. ST_NOT_FOUND, ST_IO, ST_CORRUPT, ST_LIMIT,
 * ST_UNSUPPORTED, ST_NO_MEMORY or the handler's status. */
int osmread_file(const char *path, const struct osmread_handler *handler,
                 struct diag *reterr) __attribute__((warn_unused_result));
/* The same for bytes in memory; NAME is for messages. */
int osmread_bytes(const uint8_t *data, size_t size, const char *name,
                  const struct osmread_handler *handler, struct diag *reterr)
    __attribute__((warn_unused_result));

/* The two formats, for osmread.c. */
int osmxml_read(const uint8_t *data, size_t size, bool gzip, const char *name,
                const struct osmread_handler *handler, struct diag *reterr)
    __attribute__((warn_unused_result));
int osmpbf_read(const uint8_t *data, size_t size, const char *name,
                const struct osmread_handler *handler, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
