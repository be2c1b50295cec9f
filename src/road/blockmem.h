/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for the messages of one block, with a limit: a block of 32 MiB can name
 * sixteen million empty messages, and must not cost gigabytes. */
#ifndef MUSTER_ROAD_BLOCKMEM_H
#define MUSTER_ROAD_BLOCKMEM_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

struct blockmem_chunk;

struct blockmem {
    ProtobufCAllocator allocator; /* for the unpack functions: aligned to 16, NULL over
                                     the limit; freeing does nothing */
    struct blockmem_chunk *chunks;
    size_t used, used_max;
    bool full; /* a request went over the limit */
};

void blockmem_init(struct blockmem *memory, size_t used_max);
/* Forgets everything, keeps the largest chunk. */
void blockmem_clear(struct blockmem *memory);
void blockmem_release(struct blockmem *memory);

#endif
