/* SPDX-License-Identifier: Apache-2.0 */
/* token = base64url(AES-256(key, id as 8 bytes, big end first | 7 bytes likewise |
 * whose)), the seven of a person: when their links were last ended, in milliseconds, else
 * zero. A random block decrypts to a random one, whose last 8 bytes are right once in
 * 2^64 and whose first 8 are then the id of an existing alert once in 2^64 / n. */
#include "store/link.h"

#include "base/text.h"
#include "store/vault.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#define BLOCK 16

/* The last byte. */
enum whose { OF_ALERT, OF_PERSON };

/* Setting up a key costs ten times a block, so it is done once for each way. Only memory
 * can be missing. */
void link_key_init(struct link_key *key, struct vault *vault)
{
    uint8_t bytes[32];
    vault_derive(vault, "link", bytes);
    for (int way = 0; way < 2; way++) {
        key->ways[way] = EVP_CIPHER_CTX_new();
        bool ok = key->ways[way] != NULL &&
                  EVP_CipherInit_ex(key->ways[way], EVP_aes_256_ecb(), NULL, bytes, NULL,
                                    way) == 1 &&
                  EVP_CIPHER_CTX_set_padding(key->ways[way], 0) == 1;
        assert(ok);
        (void)ok;
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
}

void link_key_release(struct link_key *key)
{
    for (int way = 0; way < 2; way++)
        EVP_CIPHER_CTX_free(key->ways[way]);
    *key = (struct link_key){{NULL, NULL}};
}

static void cipher(const struct link_key *key, int encrypt, const uint8_t in[BLOCK],
                   uint8_t ret[BLOCK])
{
    int size = 0;
    bool ok =
        EVP_CipherUpdate(key->ways[encrypt], ret, &size, in, BLOCK) == 1 && size == BLOCK;
    assert(ok);
    (void)ok;
}

static void put_number(uint8_t *to, int64_t number)
{
    for (int i = 0; i < 8; i++)
        to[i] = (uint8_t)((uint64_t)number >> (56 - 8 * i));
}

static uint64_t get_number(const uint8_t *from)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | from[i];
    return number;
}

static void make(const struct link_key *key, enum whose whose, int64_t id, int64_t ms,
                 char ret[LINK_TOKEN_SIZE])
{
    uint8_t plain[BLOCK], block[BLOCK];
    put_number(plain, id);
    put_number(plain + 8, (int64_t)((uint64_t)ms << 8) | (int64_t)whose);
    cipher(key, 1, plain, block);
    char text[4 * BLOCK / 3 + 4];
    text_to_base64url(block, BLOCK, text);
    assert(strlen(text) == LINK_TOKEN_SIZE - 1);
    memcpy(ret, text, LINK_TOKEN_SIZE);
}

void link_token(const struct link_key *key, int64_t alert_id, char ret[LINK_TOKEN_SIZE])
{
    make(key, OF_ALERT, alert_id, 0, ret);
}

void link_person_token(const struct link_key *key, int64_t person_id, int64_t ended_ms,
                       char ret[LINK_TOKEN_SIZE])
{
    assert(ended_ms >= 0 && ended_ms <= LINK_ENDED_MAX);
    make(key, OF_PERSON, person_id, ended_ms, ret);
}

void link_token_hash(const char *token, uint8_t ret[32])
{
    (void)crypto_hash_sha256(ret, (const uint8_t *)token, strlen(token));
}

static bool find(const struct link_key *key, enum whose whose, const char *token,
                 int64_t *ret_id, int64_t *ret_ms)
{
    uint8_t block[BLOCK], plain[BLOCK];
    if (!text_from_base64url(token, block, BLOCK))
        return false;
    cipher(key, 0, block, plain);
    const uint64_t id = get_number(plain), mark = get_number(plain + 8);
    if ((mark & 0xff) != (uint64_t)whose || id == 0 || id > INT64_MAX)
        return false;
    *ret_id = (int64_t)id;
    *ret_ms = (int64_t)(mark >> 8);
    return true;
}

bool link_find(const struct link_key *key, const char *token, int64_t *ret_alert_id)
{
    int64_t id, ms;
    if (!find(key, OF_ALERT, token, &id, &ms) || ms != 0)
        return false;
    *ret_alert_id = id;
    return true;
}

bool link_find_person(const struct link_key *key, const char *token,
                      int64_t *ret_person_id, int64_t *ret_ended_ms)
{
    return find(key, OF_PERSON, token, ret_person_id, ret_ended_ms);
}
