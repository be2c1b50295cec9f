/* SPDX-License-Identifier: Apache-2.0 */
/* TLS without sockets: cipher bytes in and out of memory (OpenSSL's memory BIOs). */
#ifndef MUSTER_HTTP_TLS_H
#define MUSTER_HTTP_TLS_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_tls_context; /* certificate and key; shared by all connections */
struct http_tls;         /* one connection */

/* TLS 1.2 and 1.3. CERT: PEM, the server's certificate first, then the chain; KEY: PEM.
 * ST_INVALID (not readable, do not fit), ST_NO_MEMORY. */
int http_tls_context_new(struct http_tls_context **ret, const char *cert, const char *key,
                         struct diag *reterr) __attribute__((warn_unused_result));
/* Connections from here on are made with RENEWED's certificate and key; those that are
 * open keep what they have. RENEWED is freed. On the thread of the connections. */
void http_tls_context_renew(struct http_tls_context *context,
                            struct http_tls_context *renewed);
void http_tls_context_free(struct http_tls_context *context);
/* Until when the certificate holds, in seconds since 1970. */
int64_t http_tls_context_ends_s(const struct http_tls_context *context);

struct http_tls *http_tls_new(struct http_tls_context *context); /* NULL: no memory */
void http_tls_free(struct http_tls *tls);

/* Bytes from the wire. False: no memory. */
bool http_tls_feed(struct http_tls *tls, const void *data, size_t size);
/* Plain bytes that came of it: their count, 0 = none yet, -1 = the client has closed its
 * side, -2 = broken. Makes the handshake go on. */
int http_tls_read(struct http_tls *tls, void *buffer, size_t size);
/* Between handshake and stream: gives back what the handshake's buffers took. */
void http_tls_trim(struct http_tls *tls);
/* From here on the client is only written to; whatever it says is taken for its end. Over
 * TLS 1.3 our keys are updated and all of the library's memory of the connection goes
 * (13 KiB of it); otherwise, or if something is missing, nothing changes. */
void http_tls_settle(struct http_tls *tls);
bool http_tls_is_untouched(const struct http_tls *tls); /* no byte has come yet */
bool http_tls_is_ready(const struct http_tls *tls);     /* the handshake is done */
/* Encrypts all of DATA into the outgoing bytes. False: broken. */
bool http_tls_write(struct http_tls *tls, const void *data, size_t size);
/* Adds the closing alert. */
void http_tls_close(struct http_tls *tls);
/* Outgoing bytes for the wire: how many wait, and taking them all. */
size_t http_tls_pending(const struct http_tls *tls);
void http_tls_take(struct http_tls *tls, void *buffer, size_t size);

#endif
