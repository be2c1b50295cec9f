/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952) of what is sent often and changes never, and of long answers. */
#ifndef MUSTER_API_PACK_H
#define MUSTER_API_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Levels of zlib: fast for what is sent once, well for what is kept. */
enum pack_effort { PACK_FAST = 1, PACK_WELL = 6 };
/* *RET: mem_free. ST_NO_MEMORY, ST_IO. Cost: linear; fast takes less than half of well.
 */
int pack_gzip(const void *data, size_t size, enum pack_effort effort, char **ret,
              size_t *ret_size) __attribute__((warn_unused_result));
uint32_t pack_sum(const void *data, size_t size); /* CRC-32, for ETags */
/* Whether an Accept-Encoding header (may be NULL) takes gzip. */
bool pack_is_accepted(const char *accept_encoding);

#endif
