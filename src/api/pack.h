/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952) of what is sent often and changes never. */
#ifndef MUSTER_API_PACK_H
#define MUSTER_API_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *RET: mem_free. ST_NO_MEMORY, ST_IO. Cost: about 20 ms a megabyte. */
int pack_gzip(const void *data, size_t size, char **ret, size_t *ret_size)
    __attribute__((warn_unused_result));
uint32_t pack_sum(const void *data, size_t size); /* CRC-32, for ETags */
/* Whether an Accept-Encoding header (may be NULL) takes gzip. */
bool pack_is_accepted(const char *accept_encoding);

#endif
