/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include "base/status.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE_PAGE ((size_t)2 << 20)

static _Thread_local uint64_t allocations;
static _Thread_local uint64_t fail_at;

void mem_fail_at(uint64_t n)
{
    fail_at = n == 0 ? 0 : allocations + n;
}

uint64_t mem_fail_hold(void)
{
    uint64_t left = fail_at > allocations ? fail_at - allocations : 0;
    fail_at = 0;
    return left;
}

uint64_t mem_count(void)
{
    return allocations;
}

static bool must_fail(void)
{
    allocations++;
    return fail_at != 0 && allocations == fail_at;
}

void *mem_alloc(size_t size)
{
    return must_fail() ? NULL : malloc(size == 0 ? 1 : size);
}

void *mem_alloc_large(size_t size)
{
    if (size < LARGE_PAGE)
        return mem_alloc(size);
    size_t rounded = (size + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    void *block = must_fail() ? NULL : aligned_alloc(LARGE_PAGE, rounded);
    if (block != NULL)
        (void)madvise(block, rounded, MADV_HUGEPAGE); /* advice: without it slower */
    return block;
}

void *mem_calloc(size_t count, size_t size)
{
    if (must_fail())
        return NULL;
    return count == 0 || size == 0 ? calloc(1, 1) : calloc(count, size);
}

void *mem_calloc_large(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / 2 / size)
        return NULL;
    void *block = mem_alloc_large(count * size);
    return block == NULL ? NULL : memset(block, 0, count * size);
}

void *mem_realloc(void *block, size_t size)
{
    return must_fail() ? NULL : realloc(block, size == 0 ? 1 : size);
}

void mem_free(void *block)
{
    free(block);
}

char *mem_strndup(const char *text, size_t size)
{
    char *copy = mem_alloc(size + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

char *mem_strdup(const char *text)
{
    return mem_strndup(text, strlen(text));
}

int mem_grow(void *items, uint32_t *capacity, uint32_t need, size_t item_size,
             uint32_t count_max)
{
    assert(item_size > 0);
    if (need <= *capacity)
        return ST_OK;
    if (need > count_max)
        return ST_LIMIT;
    uint64_t wanted = *capacity == 0 ? 8 : 2 * (uint64_t)*capacity;
    if (wanted < need)
        wanted = need;
    if (wanted > count_max)
        wanted = count_max;
    void *block;
    memcpy(&block, items, sizeof block);
    block = mem_realloc(block, (size_t)wanted * item_size);
    if (block == NULL)
        return ST_NO_MEMORY;
    memcpy(items, &block, sizeof block);
    *capacity = (uint32_t)wanted;
    return ST_OK;
}

void mem_auto_free(void *pointer_to_block)
{
    void *block;
    memcpy(&block, pointer_to_block, sizeof block);
    mem_free(block);
}
