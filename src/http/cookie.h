/* SPDX-License-Identifier: Apache-2.0 */
/* The Cookie header of RFC 6265 section 4.2.1, read the strict way. */
#ifndef MUSTER_HTTP_COOKIE_H
#define MUSTER_HTTP_COOKIE_H

#include "http/url.h"

#define HTTP_COOKIES_MAX 32

/* Reads the value of a Cookie header in place into PAIRS[HTTP_COOKIES_MAX]; further
 * cookies are not looked at. A cookie whose value is malformed has the value NULL, and so
 * has one given twice: nobody knows which of the two a neighbouring site planted. */
void http_cookie_read(char *text, struct http_pair *ret_pairs, uint32_t *ret_count);

/* The value of NAME, or NULL. */
const char *http_cookie_find(const struct http_pair *pairs, uint32_t count,
                             const char *name);

#endif
