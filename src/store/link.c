/* SPDX-License-Identifier: Apache-2.0 */
/* token = base64url(AES-256(key, id as 8 bytes, big end first | 7 bytes likewise |
 * whose)), the seven of a person: when their links were last ended, in milliseconds, else
 * zero. A random block decrypts to a random one, whose last 8 bytes are right once in
 * 2^64 and whose first 8 are then the id of an existing alert once in 2^64 / n. The block
 * of a certificate of service: the person's id in 6 bytes | first and last day since 2000
 * in 2 each | hundredths of seconds since then in 5 | whose. */
#include "store/link.h"

#include "base/text.h"
#include "base/time.h"
#include "store/vault.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#define BLOCK 16

/* The last byte. */
enum whose { OF_ALERT, OF_PERSON, OF_SERVICE };

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

static void put_bytes(uint8_t *to, uint64_t number, int size)
{
    for (int i = size - 1; i >= 0; i--, number >>= 8)
        to[i] = (uint8_t)number;
    assert(number == 0);
}

static uint64_t get_bytes(const uint8_t *from, int size)
{
    uint64_t number = 0;
    for (int i = 0; i < size; i++)
        number = number << 8 | from[i];
    return number;
}

static void make(const struct link_key *key, enum whose whose, int64_t id, int64_t ms,
                 char ret[LINK_TOKEN_SIZE])
{
    uint8_t plain[BLOCK], block[BLOCK];
    put_bytes(plain, (uint64_t)id, 8);
    put_bytes(plain + 8, (uint64_t)ms << 8 | (uint64_t)whose, 8);
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
    const uint64_t id = get_bytes(plain, 8), mark = get_bytes(plain + 8, 8);
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

/* ---- certificates of service ---- */
#define SERVICE_UNIT_MS 10
#define SERVICE_UNITS_MAX ((INT64_C(1) << 40) - 1)
#define SERVICE_DAYS_MAX UINT16_MAX
#define SERVICE_DIGITS 26 /* of five bits, the last two of nothing */
#define SERVICE_GROUP 4

static const char service_digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static int64_t service_units(int64_t ms)
{
    const int64_t units = (ms - LINK_SERVICE_FROM * TIME_DAY_MS) / SERVICE_UNIT_MS;
    return units < 0 ? 0 : units > SERVICE_UNITS_MAX ? SERVICE_UNITS_MAX : units;
}

int64_t link_service_moment(int64_t now_ms)
{
    return LINK_SERVICE_FROM * TIME_DAY_MS + service_units(now_ms) * SERVICE_UNIT_MS;
}

void link_service_number(const struct link_key *key, const struct link_service *service,
                         char ret[LINK_SERVICE_SIZE])
{
    uint8_t plain[BLOCK], block[BLOCK];
    assert(service->from_day >= LINK_SERVICE_FROM &&
           service->from_day <= service->to_day &&
           service->to_day - LINK_SERVICE_FROM <= SERVICE_DAYS_MAX);
    put_bytes(plain, (uint64_t)service->person_id, 6);
    put_bytes(plain + 6, (uint64_t)(service->from_day - LINK_SERVICE_FROM), 2);
    put_bytes(plain + 8, (uint64_t)(service->to_day - LINK_SERVICE_FROM), 2);
    put_bytes(plain + 10, (uint64_t)service_units(service->issued_ms), 5);
    plain[BLOCK - 1] = OF_SERVICE;
    cipher(key, 1, plain, block);
    for (int i = 0; i < SERVICE_DIGITS; i++) {
        int digit = 0;
        for (int bit = 5 * i; bit < 5 * i + 5; bit++)
            digit =
                digit << 1 | (bit < 8 * BLOCK ? block[bit / 8] >> (7 - bit % 8) & 1 : 0);
        if (i > 0 && i % SERVICE_GROUP == 0)
            *ret++ = '-';
        *ret++ = service_digits[digit];
    }
    *ret = '\0';
}

/* What stands between digits is -1, what is none -2. */
static int service_digit(char c)
{
    const char upper = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    const char *at = strchr("OIL", upper);
    if (c == '-' || c == ' ')
        return -1;
    if (c != '\0' && at != NULL)
        return *at == 'O' ? 0 : 1;
    at = strchr(service_digits, upper);
    return c == '\0' || at == NULL ? -2 : (int)(at - service_digits);
}

static bool read_block(const char *number, uint8_t ret[BLOCK])
{
    int bit = 0;
    memset(ret, 0, BLOCK);
    for (; *number != '\0'; number++) {
        const int digit = service_digit(*number);
        if (digit == -2 || (digit >= 0 && bit >= 5 * SERVICE_DIGITS))
            return false;
        for (int i = 4; digit >= 0 && i >= 0; i--, bit++)
            if ((digit >> i & 1) != 0) {
                if (bit >= 8 * BLOCK)
                    return false;
                ret[bit / 8] |= (uint8_t)(1 << (7 - bit % 8));
            }
    }
    return bit == 5 * SERVICE_DIGITS;
}

bool link_service_find(const struct link_key *key, const char *number,
                       struct link_service *ret)
{
    uint8_t block[BLOCK], plain[BLOCK];
    if (!read_block(number, block))
        return false;
    cipher(key, 0, block, plain);
    *ret = (struct link_service){
        .person_id = (int64_t)get_bytes(plain, 6),
        .from_day = LINK_SERVICE_FROM + (int32_t)get_bytes(plain + 6, 2),
        .to_day = LINK_SERVICE_FROM + (int32_t)get_bytes(plain + 8, 2),
        .issued_ms = LINK_SERVICE_FROM * TIME_DAY_MS +
                     (int64_t)get_bytes(plain + 10, 5) * SERVICE_UNIT_MS};
    return plain[BLOCK - 1] == OF_SERVICE && ret->person_id > 0 &&
           ret->from_day <= ret->to_day;
}
