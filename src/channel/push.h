/* SPDX-License-Identifier: Apache-2.0 */
/* Web Push (RFC 8030): a notification to one browser through the service that its maker
 * runs, or through one of the county's own. What it says is sealed for that browser (RFC
 * 8291, aes128gcm of RFC 8188): the service learns for whom and when, not what. Each post
 * is signed as RFC 8292 says. No clock, no randomness: what is drawn comes as an
 * argument.
 */
#ifndef MUSTER_CHANNEL_PUSH_H
#define MUSTER_CHANNEL_PUSH_H

#include "base/diag.h"
#include "base/text.h"
#include "store/people.h"

#include <stdbool.h>
#include <stdint.h>

#define PUSH_ENDPOINT_MAX 600
#define PUSH_POINT_SIZE 65  /* a point of P-256, not compressed */
#define PUSH_KEY_SIZE 88    /* such a point in base64url, and a NUL */
#define PUSH_PLAIN_MAX 3993 /* a service need not take more than 4096 bytes sealed */
#define PUSH_AUTHORIZATION_SIZE 1280

/* Where a notification goes, and for whom it is sealed. */
struct push_target {
    bool zh; /* the language of the page where it was asked for */
    char endpoint[PUSH_ENDPOINT_MAX + 1];
    uint8_t key[PUSH_POINT_SIZE], secret[16];
};

/* What a browser's PushSubscription says, checked, as the one text that is kept of it
 * (person.push). SERVICES: see push_is_allowed. ST_INVALID: reterr->where is
 * "push_endpoint", "push_p256dh" or "push_auth". */
int push_target_write(const char *services, bool zh, const char *endpoint,
                      const char *p256dh, const char *auth, char ret[PERSON_PUSH_MAX + 1],
                      struct diag *reterr) __attribute__((warn_unused_result));
/* False: it is no such text. */
bool push_target_read(const char *text, struct push_target *ret);
/* Whether ENDPOINT is one of SERVICES, a list with blanks between: HOST, or *.HOST for
 * those under it, both by https on its own port only; http(s)://HOST:PORT as it stands.
 * A browser could else have the server post to any address it reaches. */
bool push_is_allowed(const char *services, const char *endpoint);

/* The key that all posts are signed with; a browser asked for notifications of its owner
 * alone.
 */
struct push_signer;
/* SEED is a secret of the instance: the same one gives the same key. CONTACT: an e-mail
 * address or https://, for whoever runs a service; copied. ST_NO_MEMORY. */
int push_signer_new(struct push_signer **ret, const uint8_t seed[32], const char *contact)
    __attribute__((warn_unused_result));
void push_signer_free(struct push_signer *signer);
/* What a browser wants as applicationServerKey. Lives as long as the signer. */
const char *push_signer_key(const struct push_signer *signer);
/* The value of the header Authorization; good for twelve hours. One signature of P-256.
 */
int push_sign(const struct push_signer *signer, const char *endpoint, int64_t now_ms,
              char ret[PUSH_AUTHORIZATION_SIZE]) __attribute__((warn_unused_result));

/* PLAIN sealed for TARGET, one record, filled up so that its size tells little. FRESH is
 * never used again: 32 bytes that make a key, then 16 of salt. ST_INVALID: the target's
 * key is no point of the curve, or FRESH makes no key (once in 2^32: draw again);
 * ST_LIMIT; ST_NO_MEMORY. Two products on the curve. */
int push_seal(const struct push_target *target, const uint8_t fresh[48],
              const char *plain, size_t size, struct text *ret)
    __attribute__((warn_unused_result));

#endif
