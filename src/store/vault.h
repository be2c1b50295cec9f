/* SPDX-License-Identifier: Apache-2.0 */
/* Personal data at rest. Each subject (a person, or an incident for its requester and
 * texts) has a slot: a random key of 32 bytes in keys.db, a separate file with its own
 * backup. Keys lie in blocks of 4,096, each block sealed under the master key (a file of
 * 32 bytes, mode 0600). Destroying a slot makes every row sealed under it unreadable, in
 * every copy of muster.db. Thread-safe: one lock inside; a row costs about 2 us. */
#ifndef MUSTER_STORE_VAULT_H
#define MUSTER_STORE_VAULT_H

#include "base/diag.h"
#include "base/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VAULT_BLOCK_KEYS 4096
#define VAULT_SLOT_MAX (INT64_C(1) << 32)
#define VAULT_OVERHEAD 40 /* nonce 24, tag 16 */
#define VAULT_TEXTS_MAX 8
#define VAULT_PLAIN_MAX (1 << 20)
#define VAULT_HASH_SIZE 16

struct vault;
struct text;

/* Makes both files if MAKE and they are not there. ST_NOT_FOUND, ST_IO, ST_CORRUPT (the
 * master key does not open the blocks). RANDOM: the kernel's, or a seeded one in tests.
 */
struct vault_config {
    const char *keys_path, *master_path;
    struct random *random;
    int make;
};
int vault_open(struct vault **ret, const struct vault_config *config, struct diag *reterr)
    __attribute__((warn_unused_result));
void vault_close(struct vault *vault);
/* PostgreSQL: keys are only written while this epoch holds (db_fence). */
void vault_fence(struct vault *vault, int64_t epoch);

/* A slot nobody has used, with a key that lives; it is on disk before the call returns.
 * Slots handed out and then not stored are lost, which harms nobody. */
int vault_new_slot(struct vault *vault, int64_t *ret) __attribute__((warn_unused_result));
/* The next slot is at least SLOT: told once at start, from the database. ST_CORRUPT: the
 * keys of the slots before are not there (keys.db is older than the database). */
int vault_reserve(struct vault *vault, int64_t slot) __attribute__((warn_unused_result));
/* An fsync of keys.db failed: what is on the disk is not known, nothing may go on. */
bool vault_sync_failed(struct vault *vault);
/* Gone for good, on disk before the call returns. No error if it was gone already. */
int vault_destroy(struct vault *vault, int64_t slot) __attribute__((warn_unused_result));

/* XChaCha20-Poly1305; nonce first. TABLE and ROW are bound to the box, so that a box
 * moved to another row does not open. *RET: mem_free. ST_NOT_FOUND: the key is destroyed.
 */
int vault_seal(struct vault *vault, int64_t slot, const char *table, int64_t row,
               const void *data, size_t size, uint8_t **ret, size_t *ret_size)
    __attribute__((warn_unused_result));
/* *RET has a NUL behind it. ST_NOT_FOUND (destroyed), ST_CORRUPT. */
int vault_unseal(struct vault *vault, int64_t slot, const char *table, int64_t row,
                 const void *box, size_t box_size, char **ret, size_t *ret_size)
    __attribute__((warn_unused_result));

/* Several short texts in one box (NULL = ""). The result's texts point into one block:
 * vault_texts_release. Missing ones at the end are "". */
struct vault_texts {
    char *block;
    const char *texts[VAULT_TEXTS_MAX];
};
int vault_seal_texts(struct vault *vault, int64_t slot, const char *table, int64_t row,
                     const char *const *texts, uint32_t count, uint8_t **ret,
                     size_t *ret_size) __attribute__((warn_unused_result));
int vault_unseal_texts(struct vault *vault, int64_t slot, const char *table, int64_t row,
                       const void *box, size_t box_size, struct vault_texts *ret)
    __attribute__((warn_unused_result));
void vault_texts_release(struct vault_texts *texts);

/* HMAC-SHA-256 of a text under the subject's key: what an event holds of a text. Without
 * the key nobody can try guesses against it. ST_NOT_FOUND. */
int vault_text_hash(struct vault *vault, int64_t slot, const char *text, uint8_t ret[32])
    __attribute__((warn_unused_result));
/* Keyed hash for search by equality: the same for a telephone number however it is
 * written, with +86, with 0086 or without, with blanks and dashes or not. */
void vault_phone_hash(struct vault *vault, const char *phone,
                      uint8_t ret[VAULT_HASH_SIZE]);
/* A key of 32 bytes derived from the master key, for one purpose ("link", ...). */
void vault_derive(struct vault *vault, const char *purpose, uint8_t ret[32]);
/* The same where no vault is open. ST_NOT_FOUND, ST_IO, ST_CORRUPT. */
int vault_derive_from(const char *master_path, const char *purpose, uint8_t ret[32],
                      struct diag *reterr) __attribute__((warn_unused_result));

#endif
