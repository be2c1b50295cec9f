/* SPDX-License-Identifier: Apache-2.0 */
/* A message as each kind of peer wants it: a JSON file, a mail with its headers, a signed
 * JSON post. Pure but for SHA-256. */
#ifndef MUSTER_CHANNEL_FORMAT_H
#define MUSTER_CHANNEL_FORMAT_H

#include "base/text.h"
#include "channel/wording.h"

#define FORMAT_MAX 32768
#define FORMAT_HEADERS_MAX 7
#define FORMAT_HEADER_SIZE 1320
#define FORMAT_SIGNATURE_SIZE 65

/* {"id","to","subject","text","link","reply_code","exercise","kind","at"}: the file
 * channel's document and the web hook's body. For the telephone gateway
 * with "channel" and "phone" besides: ST_INVALID if there is none. */
int format_json(const struct outbox_item *item, const struct wording *wording,
                const char *link, int64_t now_ms, struct text *ret)
    __attribute__((warn_unused_result));
/* {"id","kind","subject","text","link","exercise","urgent","lang"}: what the script of a
 * browser makes a notification of (console/src/push.ts). */
int format_push(const struct outbox_item *item, const struct wording *wording,
                const char *link, bool zh, struct text *ret)
    __attribute__((warn_unused_result));
/* Headers of the post to a push service (RFC 8030 5): how long it is kept for a telephone
 * that is off, how urgent it is, and that it takes the place of what came before about
 * the same alert or course, or of the same kind about the same thing to a desk.
 * AUTHORIZATION: of push_sign. */
void format_push_headers(const struct outbox_item *item, const char *authorization,
                         int64_t now_ms, char ret[FORMAT_HEADERS_MAX][FORMAT_HEADER_SIZE],
                         const char *ret_list[FORMAT_HEADERS_MAX + 1]);
/* RFC 5322 with Message-ID and X-Muster-Message made of the message's id; UTF-8 in
 * base64; subject by RFC 2047. FROM and item->to.email are checked for line breaks:
 * ST_INVALID. */
int format_mail(const struct outbox_item *item, const struct wording *wording,
                const char *from, int64_t now_ms, struct text *ret)
    __attribute__((warn_unused_result));
/* HMAC-SHA256(SECRET, STAMP "." BODY) in hex; false: no memory. */
bool format_sign(const char *secret, const char *stamp, const char *body,
                 size_t body_size, char ret[FORMAT_SIGNATURE_SIZE])
    __attribute__((warn_unused_result));
/* Headers of the post: content type, X-Muster-Message, X-Muster-Timestamp (seconds) and
 * X-Muster-Signature: sha256=HMAC-SHA256(secret, timestamp "." body) in hex. RET[i] are
 * filled, RET_LIST points to them and ends with NULL. */
void format_signature(const struct outbox_item *item, const char *secret,
                      const char *body, size_t body_size, int64_t now_ms,
                      char ret[FORMAT_HEADERS_MAX][FORMAT_HEADER_SIZE],
                      const char *ret_list[FORMAT_HEADERS_MAX + 1]);

#endif
