/* SPDX-License-Identifier: Apache-2.0 */
/* keys.db holds one box per block of 4,096 keys:
 *
 *     box = nonce (24) | XChaCha20-Poly1305(kek, 4,096 x 32 bytes) | tag (16)
 *
 * kek and every other key of the instance are HKDF-SHA-256 of the master key. All keys of
 * a block are drawn when it is made, so a new person costs no write until the block is
 * used up; a destroyed key is 32 zero bytes. SQLite overwrites what it frees
 * (secure_delete) and keys.db has no log, so the old box does not stay behind. */
#include "store/vault.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "store/db.h"

#include <assert.h>
#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEY_SIZE 32
#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES
#define BLOCKS_MAX ((uint32_t)(VAULT_SLOT_MAX / VAULT_BLOCK_KEYS))
#define BLOCK_SIZE (VAULT_BLOCK_KEYS * KEY_SIZE)
#define PHONE_DIGITS_MAX 63   /* what comes after them is not looked at */
#define BLOCKS_KEPT_MAX 2048u /* in memory: 256 MB, the keys of 8.4 million */

static_assert(VAULT_OVERHEAD == NONCE_SIZE + TAG_SIZE, "the overhead of a box");
static_assert(KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key size");

struct vault {
    pthread_mutex_t lock; /* all below */
    struct db *db;
    struct random *random;
    uint8_t master[KEY_SIZE], kek[KEY_SIZE], search[KEY_SIZE];
    uint8_t **blocks; /* by number; secret memory; NULL = not loaded */
    uint32_t block_count, block_capacity;
    uint32_t kept, hand; /* blocks in memory; where to look for one that may go */
    int64_t next_slot;
};

static const uint8_t zero_key[KEY_SIZE];

static void derive(const uint8_t master[KEY_SIZE], const char *purpose,
                   uint8_t ret[KEY_SIZE])
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    char digest[] = "SHA256", info[64];
    uint8_t key[KEY_SIZE];
    memcpy(key, master, KEY_SIZE); /* the parameter is not const */
    (void)snprintf(info, sizeof info, "muster %s", purpose);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string("digest", digest, 0),
        OSSL_PARAM_construct_octet_string("key", key, KEY_SIZE),
        OSSL_PARAM_construct_octet_string("info", info, strlen(info)),
        OSSL_PARAM_construct_end(),
    };
    int ok = context != NULL && EVP_KDF_derive(context, ret, KEY_SIZE, params) == 1;
    assert(ok); /* only memory can be missing; a key must never be half made */
    (void)ok;
    sodium_memzero(key, sizeof key);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

void vault_derive(struct vault *vault, const char *purpose, uint8_t ret[KEY_SIZE])
{
    derive(vault->master, purpose, ret);
}

int vault_derive_from(const char *master_path, const char *purpose, uint8_t ret[KEY_SIZE],
                      struct diag *reterr)
{
    char *data;
    size_t size;
    int status = file_read(master_path, KEY_SIZE, &data, &size, reterr);
    if (status != ST_OK)
        return status;
    if (size == KEY_SIZE)
        derive((const uint8_t *)data, purpose, ret);
    sodium_memzero(data, size);
    mem_free(data);
    return size == KEY_SIZE ? ST_OK
                            : diag_set(reterr, ST_CORRUPT, 0, 0, master_path,
                                       "has %zu bytes, not %d", size, KEY_SIZE);
}

/* ---- the blocks ---------------------------------------------------------------------
 */

static int write_block(struct vault *vault, uint32_t number, const uint8_t *keys)
{
    size_t size = NONCE_SIZE + BLOCK_SIZE + TAG_SIZE;
    uint8_t *box = mem_alloc(size);
    if (box == NULL)
        return ST_NO_MEMORY;
    char aad[32];
    int aad_size = snprintf(aad, sizeof aad, "block %u", number);
    random_fill(vault->random, box, NONCE_SIZE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        box + NONCE_SIZE, NULL, keys, BLOCK_SIZE, (const uint8_t *)aad,
        (unsigned long long)aad_size, NULL, box, vault->kek); /* cannot fail */
    int status = db_begin(vault->db);
    struct query *query =
        db_query(vault->db, "INSERT INTO key_block (block, box) VALUES (?1, ?2)"
                            " ON CONFLICT(block) DO UPDATE SET box = excluded.box");
    query_int(query, 1, number);
    query_blob(query, 2, box, size);
    if (status == ST_OK)
        status = query_run(query);
    if (status == ST_OK)
        status = db_commit(vault->db);
    if (status != ST_OK)
        db_rollback(vault->db);
    mem_free(box);
    return status;
}

static int read_block(struct vault *vault, uint32_t number, uint8_t *ret)
{
    struct query *query =
        db_query(vault->db, "SELECT box FROM key_block WHERE block = ?1");
    query_int(query, 1, number);
    int status = query_step(query);
    if (status <= 0)
        return status < 0 ? status : ST_NOT_FOUND;
    size_t size;
    const uint8_t *box = query_get_blob(query, 0, &size);
    char aad[32];
    int aad_size = snprintf(aad, sizeof aad, "block %u", number);
    bool ok =
        size == NONCE_SIZE + BLOCK_SIZE + TAG_SIZE &&
        crypto_aead_xchacha20poly1305_ietf_decrypt(
            ret, NULL, NULL, box + NONCE_SIZE, size - NONCE_SIZE, (const uint8_t *)aad,
            (unsigned long long)aad_size, box, vault->kek) == 0;
    query_reset(query);
    return ok ? ST_OK : ST_CORRUPT;
}

/* Blocks are written through, so any may go; in turn, as people mostly come. */
static void keep_few(struct vault *vault)
{
    while (vault->kept >= BLOCKS_KEPT_MAX) {
        vault->hand = (vault->hand + 1) % vault->block_count;
        if (vault->blocks[vault->hand] == NULL)
            continue;
        sodium_free(vault->blocks[vault->hand]);
        vault->blocks[vault->hand] = NULL;
        vault->kept--;
    }
}

/* Loads (or, with MAKE, makes) a block. Under the lock, which holds what it points to. */
static int need_block(struct vault *vault, uint32_t number, bool make, uint8_t **ret)
{
    if (number >= BLOCKS_MAX)
        return ST_LIMIT;
    if (number >= vault->block_count) {
        int status = mem_grow(&vault->blocks, &vault->block_capacity, number + 1,
                              sizeof *vault->blocks, BLOCKS_MAX);
        if (status != ST_OK)
            return status;
        while (vault->block_count <= number)
            vault->blocks[vault->block_count++] = NULL;
    }
    if (vault->blocks[number] == NULL) {
        keep_few(vault);
        uint8_t *keys = sodium_malloc(BLOCK_SIZE);
        if (keys == NULL)
            return ST_NO_MEMORY;
        int status = read_block(vault, number, keys);
        if (status == ST_NOT_FOUND && make) {
            random_fill(vault->random, keys, BLOCK_SIZE);
            status = write_block(vault, number, keys);
        }
        if (status != ST_OK) {
            sodium_free(keys);
            return status;
        }
        vault->blocks[number] = keys;
        vault->kept++;
    }
    *ret = vault->blocks[number];
    return ST_OK;
}

/* Copies the key of SLOT; the caller wipes it. */
static int get_key(struct vault *vault, int64_t slot, uint8_t ret[KEY_SIZE])
{
    if (slot < 0 || slot >= VAULT_SLOT_MAX)
        return ST_NOT_FOUND;
    uint8_t *keys;
    (void)pthread_mutex_lock(&vault->lock);
    int status = need_block(vault, (uint32_t)(slot / VAULT_BLOCK_KEYS), false, &keys);
    if (status == ST_OK)
        memcpy(ret, keys + slot % VAULT_BLOCK_KEYS * KEY_SIZE, KEY_SIZE);
    (void)pthread_mutex_unlock(&vault->lock);
    if (status == ST_OK && sodium_memcmp(ret, zero_key, KEY_SIZE) == 0)
        return ST_NOT_FOUND;
    return status;
}

/* ---- opening ------------------------------------------------------------------------
 */

static int read_master(struct vault *vault, const struct vault_config *config,
                       struct diag *reterr)
{
    char *data;
    size_t size;
    int status = file_read(config->master_path, KEY_SIZE, &data, &size, reterr);
    if (status == ST_NOT_FOUND && config->make) {
        random_fill(config->random, vault->master, KEY_SIZE);
        return file_write(config->master_path, vault->master, KEY_SIZE, 0600, reterr);
    }
    if (status == ST_NOT_FOUND)
        return diag_set(reterr, status, 0, 0, config->master_path,
                        "is missing: without it nobody's data can be read; put it back "
                        "from its backup");
    if (status != ST_OK)
        return status;
    if (size == KEY_SIZE)
        memcpy(vault->master, data, KEY_SIZE);
    sodium_memzero(data, size);
    mem_free(data);
    if (size != KEY_SIZE)
        return diag_set(
            reterr, ST_CORRUPT, 0, 0, config->master_path,
            "has %zu bytes, not %d: it is damaged; put it back from its backup", size,
            KEY_SIZE);
    return ST_OK;
}

static int say_missing(const struct vault_config *config, struct diag *reterr)
{
    return diag_set(reterr, ST_NOT_FOUND, 0, 0,
                    db_is_postgres(config->keys_path) ? "the key table of PostgreSQL"
                                                      : config->keys_path,
                    "is missing: without it nobody's data can be read; put it back "
                    "from its backup");
}

static int open_blocks(struct vault *vault, const struct vault_config *config,
                       struct diag *reterr)
{
    vault_derive(vault, "key blocks", vault->kek);
    vault_derive(vault, "search", vault->search);
    uint8_t *keys;
    int status = need_block(vault, 0, config->make, &keys);
    if (status == ST_OK)
        return ST_OK;
    if (status == ST_NOT_FOUND)
        return say_missing(config, reterr);
    return diag_set(reterr, status, 0, 0, db_place(config->keys_path),
                    status == ST_CORRUPT ? "the master key does not open it"
                                         : "cannot read or make the first block");
}

int vault_open(struct vault **ret, const struct vault_config *config, struct diag *reterr)
{
    if (sodium_init() < 0)
        return diag_set(reterr, ST_UNSUPPORTED, 0, 0, "", "libsodium does not start");
    struct vault *vault = mem_calloc(1, sizeof *vault);
    if (vault == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, db_place(config->keys_path),
                        "no memory");
    (void)pthread_mutex_init(&vault->lock, NULL); /* cannot fail on Linux */
    vault->random = config->random;
    /* Keys are secret memory: never swapped out. Where the limit on locked memory is too
     * low they are kept all the same. */
    (void)sodium_mlock(vault, sizeof *vault);
    int status = read_master(vault, config, reterr);
    bool is_there =
        db_is_postgres(config->keys_path) || access(config->keys_path, F_OK) == 0;
    if (status == ST_OK && !config->make && !is_there)
        status = say_missing(config, reterr);
    if (status == ST_OK)
        status = db_open(&vault->db, config->keys_path, DB_KEYS, reterr);
    if (status == ST_OK)
        status = open_blocks(vault, config, reterr);
    if (status != ST_OK) {
        vault_close(vault);
        return status;
    }
    *ret = vault;
    return ST_OK;
}

void vault_close(struct vault *vault)
{
    if (vault == NULL)
        return;
    for (uint32_t i = 0; i < vault->block_count; i++)
        sodium_free(vault->blocks[i]);
    mem_free(vault->blocks);
    db_close(vault->db);
    (void)pthread_mutex_destroy(&vault->lock);  /* nobody holds it any more */
    (void)sodium_munlock(vault, sizeof *vault); /* wipes it */
    sodium_memzero(vault, sizeof *vault);
    mem_free(vault);
}

void vault_fence(struct vault *vault, int64_t epoch)
{
    (void)pthread_mutex_lock(&vault->lock);
    db_fence(vault->db, epoch);
    (void)pthread_mutex_unlock(&vault->lock);
}

/* ---- slots --------------------------------------------------------------------------
 */

/* Behind the last slot of an older database may lie keys that are destroyed already. */
int vault_new_slot(struct vault *vault, int64_t *ret)
{
    int status;
    int64_t slot;
    const uint8_t *key;
    (void)pthread_mutex_lock(&vault->lock);
    do {
        uint8_t *keys = NULL;
        slot = vault->next_slot;
        status = slot < VAULT_SLOT_MAX
                     ? need_block(vault, (uint32_t)(slot / VAULT_BLOCK_KEYS), true, &keys)
                     : ST_LIMIT;
        key = status == ST_OK ? keys + slot % VAULT_BLOCK_KEYS * KEY_SIZE : NULL;
        vault->next_slot += status == ST_OK;
    } while (key != NULL && sodium_memcmp(key, zero_key, KEY_SIZE) == 0);
    (void)pthread_mutex_unlock(&vault->lock);
    if (status == ST_OK)
        *ret = slot;
    return status;
}

int vault_reserve(struct vault *vault, int64_t slot)
{
    uint8_t *keys;
    int status = ST_OK;
    (void)pthread_mutex_lock(&vault->lock);
    if (slot > 0) /* blocks are made in order: the last one stands for all */
        status =
            need_block(vault, (uint32_t)((slot - 1) / VAULT_BLOCK_KEYS), false, &keys);
    if (slot > vault->next_slot)
        vault->next_slot = slot;
    (void)pthread_mutex_unlock(&vault->lock);
    return status == ST_NOT_FOUND ? ST_CORRUPT : status;
}

bool vault_sync_failed(struct vault *vault)
{
    (void)pthread_mutex_lock(&vault->lock);
    bool failed = db_sync_failed(vault->db);
    (void)pthread_mutex_unlock(&vault->lock);
    return failed;
}

int vault_destroy(struct vault *vault, int64_t slot)
{
    if (slot < 0 || slot >= VAULT_SLOT_MAX)
        return ST_NOT_FOUND;
    uint32_t number = (uint32_t)(slot / VAULT_BLOCK_KEYS);
    uint8_t *keys, before[KEY_SIZE];
    (void)pthread_mutex_lock(&vault->lock);
    int status = need_block(vault, number, false, &keys);
    if (status == ST_OK) {
        uint8_t *key = keys + slot % VAULT_BLOCK_KEYS * KEY_SIZE;
        memcpy(before, key, KEY_SIZE);
        sodium_memzero(key, KEY_SIZE);
        if (sodium_memcmp(before, zero_key, KEY_SIZE) != 0) {
            status = write_block(vault, number, keys);
            if (status != ST_OK) /* still on the disk, so still in use */
                memcpy(key, before, KEY_SIZE);
        }
        sodium_memzero(before, KEY_SIZE);
    }
    (void)pthread_mutex_unlock(&vault->lock);
    return status;
}

/* ---- boxes --------------------------------------------------------------------------
 */

static size_t make_aad(const char *table, int64_t row, char ret[96])
{
    int size = snprintf(ret, 96, "%s %lld", table, (long long)row);
    assert(size > 0 && size < 96);
    return (size_t)size;
}

int vault_seal(struct vault *vault, int64_t slot, const char *table, int64_t row,
               const void *data, size_t size, uint8_t **ret, size_t *ret_size)
{
    if (size > VAULT_PLAIN_MAX)
        return ST_LIMIT;
    uint8_t key[KEY_SIZE];
    int status = get_key(vault, slot, key);
    if (status != ST_OK)
        return status;
    uint8_t *box = mem_alloc(size + VAULT_OVERHEAD);
    if (box != NULL) {
        char aad[96];
        size_t aad_size = make_aad(table, row, aad);
        random_fill(vault->random, box, NONCE_SIZE);
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
            box + NONCE_SIZE, NULL, data, size, (const uint8_t *)aad, aad_size, NULL, box,
            key); /* cannot fail */
    }
    sodium_memzero(key, KEY_SIZE);
    if (box == NULL)
        return ST_NO_MEMORY;
    *ret = box;
    *ret_size = size + VAULT_OVERHEAD;
    return ST_OK;
}

int vault_unseal(struct vault *vault, int64_t slot, const char *table, int64_t row,
                 const void *box, size_t box_size, char **ret, size_t *ret_size)
{
    if (box_size < VAULT_OVERHEAD || box_size > VAULT_PLAIN_MAX + VAULT_OVERHEAD)
        return ST_CORRUPT;
    uint8_t key[KEY_SIZE];
    int status = get_key(vault, slot, key);
    if (status != ST_OK)
        return status;
    size_t size = box_size - VAULT_OVERHEAD;
    char *plain = mem_alloc(size + 1);
    char aad[96];
    size_t aad_size = make_aad(table, row, aad);
    if (plain == NULL)
        status = ST_NO_MEMORY;
    else if (crypto_aead_xchacha20poly1305_ietf_decrypt(
                 (uint8_t *)plain, NULL, NULL, (const uint8_t *)box + NONCE_SIZE,
                 box_size - NONCE_SIZE, (const uint8_t *)aad, aad_size, box, key) != 0)
        status = ST_CORRUPT;
    sodium_memzero(key, KEY_SIZE);
    if (status != ST_OK) {
        mem_free(plain);
        return status;
    }
    plain[size] = '\0';
    *ret = plain;
    *ret_size = size;
    return ST_OK;
}

int vault_seal_texts(struct vault *vault, int64_t slot, const char *table, int64_t row,
                     const char *const *texts, uint32_t count, uint8_t **ret,
                     size_t *ret_size)
{
    assert(count <= VAULT_TEXTS_MAX);
    struct text joined;
    text_init(&joined, VAULT_PLAIN_MAX);
    for (uint32_t i = 0; i < count; i++) { /* each with its NUL */
        const char *text = texts[i] == NULL ? "" : texts[i];
        text_append(&joined, text, strlen(text) + 1);
    }
    int status = joined.status;
    if (status == ST_OK)
        status = vault_seal(vault, slot, table, row, text_string(&joined), joined.size,
                            ret, ret_size);
    if (joined.data != NULL)
        sodium_memzero(joined.data, joined.size);
    text_release(&joined);
    return status;
}

int vault_unseal_texts(struct vault *vault, int64_t slot, const char *table, int64_t row,
                       const void *box, size_t box_size, struct vault_texts *ret)
{
    struct vault_texts texts;
    size_t size;
    int status =
        vault_unseal(vault, slot, table, row, box, box_size, &texts.block, &size);
    if (status != ST_OK)
        return status;
    const char *at = texts.block, *end = texts.block + size;
    for (uint32_t i = 0; i < VAULT_TEXTS_MAX; i++) {
        texts.texts[i] = at < end ? at : end; /* the NUL behind the block */
        if (at < end)
            at += strlen(at) + 1;
    }
    *ret = texts;
    return ST_OK;
}

void vault_texts_release(struct vault_texts *texts)
{
    mem_free(texts->block);
    *texts = (struct vault_texts){0};
}

/* ---- hashes -------------------------------------------------------------------------
 */

static void hmac(const uint8_t key[KEY_SIZE], const char *data, size_t size,
                 uint8_t ret[32])
{
    unsigned int length = 32;
    const uint8_t *done =
        HMAC(EVP_sha256(), key, KEY_SIZE, (const uint8_t *)data, size, ret, &length);
    assert(done != NULL && length == 32);
    (void)done;
}

int vault_text_hash(struct vault *vault, int64_t slot, const char *text, uint8_t ret[32])
{
    uint8_t key[KEY_SIZE];
    int status = get_key(vault, slot, key);
    if (status != ST_OK)
        return status;
    hmac(key, text, strlen(text), ret);
    sodium_memzero(key, KEY_SIZE);
    return ST_OK;
}

/* The digits of PHONE as they are dialled within the country, but for the 0 of long
 * distance: +86 138..., 0086 138... and 138... are one number. */
static void national_digits(const char *phone, char ret[PHONE_DIGITS_MAX + 1])
{
    size_t count = 0;
    for (const char *at = phone; *at != '\0' && count < PHONE_DIGITS_MAX; at++)
        if (isdigit((unsigned char)*at))
            ret[count++] = *at;
    ret[count] = '\0';
    const char *from = ret;
    bool is_abroad = strchr(phone, '+') != NULL;
    if (!is_abroad && from[0] == '0' && from[1] == '0') {
        is_abroad = true;
        from += 2;
    }
    const bool is_mobile = count == 13 && from[2] == '1'; /* 86 138... */
    if (from[0] == '8' && from[1] == '6' && (is_abroad || is_mobile)) {
        is_abroad = false;
        from += 2;
    }
    from += !is_abroad && *from == '0';
    memmove(ret, from, strlen(from) + 1);
}

void vault_phone_hash(struct vault *vault, const char *phone,
                      uint8_t ret[VAULT_HASH_SIZE])
{
    char digits[PHONE_DIGITS_MAX + 1], data[PHONE_DIGITS_MAX + 16];
    uint8_t hash[32];
    national_digits(phone, digits);
    const int size = snprintf(data, sizeof data, "phone:%s", digits);
    hmac(vault->search, data, (size_t)size, hash);
    memcpy(ret, hash, VAULT_HASH_SIZE);
}
