/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of a connection over TLS 1.3 that is only written to: a key, a start and a
 * counter (RFC 8446 sections 5.2, 5.3, 7.2, 7.3). The cipher and the derivation of keys
 * are OpenSSL's; here records are framed and numbered (decision 0124). */
#ifndef MUSTER_HTTP_RECORD_H
#define MUSTER_HTTP_RECORD_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RECORD_ALERT = 21, /* content types */
    RECORD_DATA = 23,
    RECORD_DATA_MAX = 16384,
    RECORD_EXTRA = 22,     /* header 5, type 1, tag 16 */
    RECORD_COUNT = 1 << 24 /* under one key: AES-GCM's bound (section 5.5) */
};

struct record_writer {
    EVP_CIPHER *cipher;
    uint64_t count; /* records sealed so far */
    unsigned char key[EVP_MAX_KEY_LENGTH], start[12];
};

/* CIPHER: an AEAD with 16 bytes of tag ("AES-256-GCM"), DIGEST: the suite's ("SHA384"),
 * SECRET: the traffic secret, as long as the digest. False: unknown names, no memory. */
bool record_writer_init(struct record_writer *ret, const char *cipher, const char *digest,
                        const unsigned char *secret, size_t secret_size);
/* Also forgets the key. A zeroed one is fine. */
void record_writer_release(struct record_writer *writer);

/* The secret that follows SECRET when its side updates its keys (section 7.2), in
 * place. */
bool record_next_secret(const char *digest, unsigned char *secret, size_t secret_size);

/* Seals SIZE <= RECORD_DATA_MAX bytes into SIZE + RECORD_EXTRA at RET. CONTEXT holds
 * nothing between two calls. False: the key has served for RECORD_COUNT, or the library
 * failed; nothing more may be sealed then. About 1 us. */
bool record_seal(struct record_writer *writer, EVP_CIPHER_CTX *context, uint8_t type,
                 const void *data, size_t size, unsigned char *ret);

#endif
