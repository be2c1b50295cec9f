/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes on their way out, shared by counted references: an event for 10,000 streams is
 * one block. Loop thread only. */
#ifndef MUSTER_HTTP_BLOCK_H
#define MUSTER_HTTP_BLOCK_H

#include <stddef.h>
#include <stdint.h>

struct http_block {
    uint32_t references;
    size_t size;
    const char *data; /* own, or bytes that outlive the server */
    char own[];
};

/* One reference. A copy of DATA if not NULL, else SIZE bytes to fill; NULL when there is
 * no memory. */
struct http_block *http_block_new(const void *data, size_t size);
/* DATA outlives the server and is not copied. */
struct http_block *http_block_new_static(const void *data, size_t size);
struct http_block *http_block_ref(struct http_block *block);
void http_block_unref(struct http_block *block); /* NULL is fine */

#endif
