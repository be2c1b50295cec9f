/* SPDX-License-Identifier: Apache-2.0 */
/* The request target: percent decoding, the path, the query. Everything is decoded in the
 * caller's bytes (decoding never makes a text longer). Strict: what has two readings is
 * refused, so that no second program in front of us reads it differently. */
#ifndef MUSTER_HTTP_URL_H
#define MUSTER_HTTP_URL_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_PARAMS_MAX 32

/* A name and its value, both NUL-terminated. */
struct http_pair {
    const char *name;
    const char *value;
};

/* Decodes TEXT[0..size) in place and ends it with a NUL at TEXT[result]; TEXT[size] is
 * therefore writable. '+' becomes a space if PLUS_IS_SPACE. ST_INVALID on a damaged
 * escape, %00 or bytes that are not UTF-8. */
int http_url_decode(char *text, size_t size, int plus_is_space, size_t *ret_size)
    __attribute__((warn_unused_result));

/* Decodes a path in place. Beside the errors of http_url_decode it refuses what does not
 * start with '/', control bytes, '\', an escaped '/' (%2F) and the segments "." and "..",
 * escaped or not: ST_INVALID. */
int http_url_path(char *text, size_t size) __attribute__((warn_unused_result));

/* Reads "a=b&c" in place into PAIRS[HTTP_PARAMS_MAX], in the order given; a name without
 * '=' has the value "". Empty parts are skipped. Also for forms
 * (application/x-www-form-urlencoded). ST_INVALID on a damaged part, an empty name or a
 * doubled name, ST_LIMIT on too many. TEXT[size] is writable. Cost: the pairs squared. */
int http_url_query(char *text, size_t size, struct http_pair *ret_pairs,
                   uint32_t *ret_count) __attribute__((warn_unused_result));

#endif
