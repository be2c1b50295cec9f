/* SPDX-License-Identifier: Apache-2.0 */
#include "road/blockmem.h"

#include "base/mem.h"

#include <stdint.h>

#define CHUNK_SIZE_MIN ((size_t)1 << 16)
#define ALIGNMENT 16u

struct blockmem_chunk {
    struct blockmem_chunk *next;
    size_t size, used;
    _Alignas(ALIGNMENT) uint8_t data[];
};

static void *allocate(void *context, size_t size)
{
    struct blockmem *memory = context;
    if (size > memory->used_max - memory->used) {
        memory->full = true;
        return NULL;
    }
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct blockmem_chunk *chunk = memory->chunks;
    if (chunk == NULL || size > chunk->size - chunk->used) {
        size_t room = size > CHUNK_SIZE_MIN ? size : CHUNK_SIZE_MIN;
        if (chunk != NULL && room < 2 * chunk->size)
            room = 2 * chunk->size;
        struct blockmem_chunk *fresh = mem_alloc(sizeof *fresh + room);
        if (fresh == NULL)
            return NULL;
        *fresh = (struct blockmem_chunk){.next = chunk, .size = room};
        memory->chunks = chunk = fresh;
    }
    void *block = chunk->data + chunk->used;
    chunk->used += size;
    memory->used +=
        size < memory->used_max - memory->used ? size : memory->used_max - memory->used;
    return block;
}

static void release_nothing(void *context, void *block)
{
    (void)context, (void)block;
}

void blockmem_init(struct blockmem *memory, size_t used_max)
{
    *memory = (struct blockmem){
        .allocator = {allocate, release_nothing, memory},
        .used_max = used_max,
    };
}

void blockmem_clear(struct blockmem *memory)
{
    while (memory->chunks != NULL && memory->chunks->next != NULL) {
        struct blockmem_chunk *older = memory->chunks->next;
        memory->chunks->next = older->next;
        mem_free(older);
    }
    if (memory->chunks != NULL)
        memory->chunks->used = 0;
    memory->used = 0;
    memory->full = false;
}

void blockmem_release(struct blockmem *memory)
{
    blockmem_clear(memory);
    mem_free(memory->chunks);
    memory->chunks = NULL;
}
