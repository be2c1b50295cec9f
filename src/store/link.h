/* SPDX-License-Identifier: Apache-2.0 */
/* The token of a reply link, /r/TOKEN, and of a person's own page, /m/TOKEN. It is 128
 * bits: the id of the alert or the person and 64 bits that say which of both, and when
 * the person's links were last ended, encrypted as one AES-256 block under the instance's
 * link key. So a link can be built again for
 * every message, needs no index to be found, is nowhere stored (rows hold its SHA-256),
 * and a guess hits one of n alerts with n / 2^128, as with random tokens. */
#ifndef MUSTER_STORE_LINK_H
#define MUSTER_STORE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#define LINK_TOKEN_SIZE 23 /* base64url of 16 bytes, and a NUL */
#define LINK_ENDED_MAX ((INT64_C(1) << 56) - 1)

struct vault;

/* Made from the vault, once for each thread that uses one. */
struct link_key {
    struct evp_cipher_ctx_st *ways[2]; /* token to id, id to token */
};
void link_key_init(struct link_key *key, struct vault *vault);
void link_key_release(struct link_key *key); /* also one that is all zeros */
void link_token(const struct link_key *key, int64_t alert_id, char ret[LINK_TOKEN_SIZE]);
/* SHA-256 of the token's text: what the alert's row holds. */
void link_token_hash(const char *token, uint8_t ret[32]);
/* False for a token this instance never made. The alert may still not exist. Cost: one
 * AES block, whatever the token. */
bool link_find(const struct link_key *key, const char *token, int64_t *ret_alert_id);
/* The same for a person's own page; neither finds the other's tokens. Whoever finds one
 * compares ENDED_MS with what holds now (store/own_page.h). */
void link_person_token(const struct link_key *key, int64_t person_id, int64_t ended_ms,
                       char ret[LINK_TOKEN_SIZE]);
bool link_find_person(const struct link_key *key, const char *token,
                      int64_t *ret_person_id, int64_t *ret_ended_ms);

/* The number of a certificate of service (decision 0128): such a block too, that holds
 * whose it is, of which days, and when it was issued. On paper it is said in letters and
 * digits that are not mistaken for one another, four to a group. */
#define LINK_SERVICE_SIZE 33 /* "8K2M-...-QT", and a NUL */
#define LINK_SERVICE_FROM                                                                \
    10957 /* 2000-01-01: the first day, and the moment it begins                         \
           */
struct link_service {
    int64_t person_id;        /* under 2^48 */
    int32_t from_day, to_day; /* both counted; at most 65,535 after the first day */
    int64_t issued_ms;        /* to 10 ms */
};
/* The last moment before NOW_MS that a number can hold. */
int64_t link_service_moment(int64_t now_ms);
void link_service_number(const struct link_key *key, const struct link_service *service,
                         char ret[LINK_SERVICE_SIZE]);
/* As somebody types it: small letters, blanks, O for 0. False for what this instance
 * never issued. The person may be gone. */
bool link_service_find(const struct link_key *key, const char *number,
                       struct link_service *ret);

#endif
