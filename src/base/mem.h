/* SPDX-License-Identifier: Apache-2.0 */
/* The only way to the heap. Tests can make the n-th allocation fail (mem_fail_at). */
#ifndef MUSTER_BASE_MEM_H
#define MUSTER_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* As malloc, calloc and realloc: NULL when there is no memory; size 0 gives a block too.
 */
void *mem_alloc(size_t size) __attribute__((malloc));
/* As mem_alloc, on large pages if there are any: for arrays of megabytes that are read
 * here and there. */
void *mem_alloc_large(size_t size) __attribute__((malloc));
void *mem_calloc(size_t count, size_t size) __attribute__((malloc));
/* Both: and nothing of it is left to be found when it is first touched. */
void *mem_calloc_large(size_t count, size_t size) __attribute__((malloc));
void *mem_realloc(void *block, size_t size);
void mem_free(void *block);
char *mem_strdup(const char *text) __attribute__((malloc));
char *mem_strndup(const char *text, size_t size) __attribute__((malloc));

/* Makes room for NEED items of ITEM_SIZE bytes in the array *items, whose room is
 * *capacity; doubles, at most COUNT_MAX items. New room is not cleared. `items` is the
 * address of a pointer. 0, ST_LIMIT or ST_NO_MEMORY; on failure nothing changed. */
int mem_grow(void *items, uint32_t *capacity, uint32_t need, size_t item_size,
             uint32_t count_max) __attribute__((warn_unused_result));

/* Test hook: the N-th allocation of this thread from now on fails (1 = the next), once;
 * 0 = never. Not used outside tests. */
void mem_fail_at(uint64_t n);
/* Nothing fails from now on; returns the N for mem_fail_at that goes on where it stopped,
 * 0 if nothing was going to fail any more. */
uint64_t mem_fail_hold(void);
/* Allocations made by this thread so far. */
uint64_t mem_count(void);

/* Frees at the end of the scope: AUTO_FREE char *text = NULL; */
void mem_auto_free(void *pointer_to_block);
#define AUTO_FREE __attribute__((cleanup(mem_auto_free), unused))

#endif
