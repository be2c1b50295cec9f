/* SPDX-License-Identifier: Apache-2.0 */
/*     ecdh   = our fresh key x the browser's            (P-256)
 *     shared = HKDF(auth secret, ecdh, "WebPush: info" | 0 | browser's point | ours)
 *     key, nonce = HKDF(salt, shared, "Content-Encoding: ..." | 0)
 *     body   = salt | record size | 65 | our point | AES-128-GCM(plain | 2 | 0...)
 *
 * The kept text of a target is "zh|en ENDPOINT P256DH AUTH". */
#include "channel/push.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SCALAR_SIZE 32
#define TAG_SIZE 16
#define SALT_SIZE 16
#define INFO_MAX 160
#define HEADER_SIZE (SALT_SIZE + 4 + 1 + PUSH_POINT_SIZE)
#define RECORD_SIZE 4096
#define FILL 512 /* plain texts are filled up to multiples of it */
#define SIGNED_FOR_S (12 * 3600)
#define CONTACT_MAX 264
#define ORIGIN_MAX 264

/* ---- targets
 * -------------------------------------------------------------------------- */

/* Length of "https://HOST[:PORT]" at the start of URL; 0 = there is none. */
static size_t origin_size(const char *url)
{
    const size_t scheme = strncmp(url, "https://", 8) == 0  ? 8
                          : strncmp(url, "http://", 7) == 0 ? 7
                                                            : 0;
    const size_t host =
        strspn(url + scheme,
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:");
    const char end = url[scheme + host];
    return scheme == 0 || host == 0 || (end != '/' && end != '\0') ? 0 : scheme + host;
}

/* One entry of the list against an origin. */
static bool is_of(const char *entry, size_t size, const char *origin,
                  size_t origin_length)
{
    if (memchr(entry, '/', size) != NULL)
        return size == origin_length && strncasecmp(entry, origin, size) == 0;
    const size_t scheme = strlen("https://");
    if (strncmp(origin, "https://", scheme) != 0)
        return false;
    const char *host = origin + scheme;
    const size_t length = origin_length - scheme;
    const bool is_under = size > 2 && entry[0] == '*' && entry[1] == '.';
    if (!is_under)
        return size == length && strncasecmp(entry, host, size) == 0;
    return length > size - 1 &&
           strncasecmp(entry + 1, host + length - (size - 1), size - 1) == 0;
}

bool push_is_allowed(const char *services, const char *endpoint)
{
    const size_t origin = origin_size(endpoint);
    for (const char *at = services; origin > 0 && *at != '\0';) {
        at += strspn(at, " ,");
        const size_t size = strcspn(at, " ,");
        if (size > 0 && is_of(at, size, endpoint, origin))
            return true;
        at += size;
    }
    return false;
}

int push_target_write(const char *services, bool zh, const char *endpoint,
                      const char *p256dh, const char *auth, char ret[PERSON_PUSH_MAX + 1],
                      struct diag *reterr)
{
    struct push_target target;
    for (const char *c = endpoint; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~')
            return diag_set(reterr, ST_INVALID, 0, 0, "push_endpoint", "is no address");
    if (strlen(endpoint) > PUSH_ENDPOINT_MAX)
        return diag_set(reterr, ST_INVALID, 0, 0, "push_endpoint",
                        "has more than %d characters", PUSH_ENDPOINT_MAX);
    if (!push_is_allowed(services, endpoint))
        return diag_set(reterr, ST_INVALID, 0, 0, "push_endpoint",
                        "is of no push service that this office uses");
    if (!text_from_base64url(p256dh, target.key, sizeof target.key))
        return diag_set(reterr, ST_INVALID, 0, 0, "push_p256dh",
                        "is not 65 bytes in base64url");
    if (!text_from_base64url(auth, target.secret, sizeof target.secret))
        return diag_set(reterr, ST_INVALID, 0, 0, "push_auth",
                        "is not 16 bytes in base64url");
    (void)snprintf(ret, PERSON_PUSH_MAX + 1, "%s %s %s %s", zh ? "zh" : "en", endpoint,
                   p256dh, auth);
    return ST_OK;
}

bool push_target_read(const char *text, struct push_target *ret)
{
    char language[3], p256dh[PUSH_KEY_SIZE], auth[24];
    static_assert(PUSH_ENDPOINT_MAX == 600 && PUSH_KEY_SIZE == 88, "the sizes below");
    if (sscanf(text, "%2s %600s %87s %23s", language, ret->endpoint, p256dh, auth) != 4)
        return false;
    ret->zh = strcmp(language, "zh") == 0;
    return text_from_base64url(p256dh, ret->key, sizeof ret->key) &&
           text_from_base64url(auth, ret->secret, sizeof ret->secret);
}

/* ---- keys
 * ----------------------------------------------------------------------------- */

/* A key of P-256 from its point and, if there is one, its number; NULL. */
static EVP_PKEY *make_key(const BIGNUM *number, const uint8_t point[PUSH_POINT_SIZE])
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    if (build != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1",
                                        0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
                                         PUSH_POINT_SIZE) == 1 &&
        (number == NULL ||
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1))
        params = OSSL_PARAM_BLD_to_param(build);
    if (params == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key,
                          number == NULL ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR,
                          params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* The point of a number on the curve. */
static bool multiply(const EC_GROUP *group, const BIGNUM *number,
                     uint8_t ret[PUSH_POINT_SIZE])
{
    EC_POINT *point = EC_POINT_new(group);
    const bool ok = point != NULL &&
                    EC_POINT_mul(group, point, number, NULL, NULL, NULL) == 1 &&
                    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ret,
                                       PUSH_POINT_SIZE, NULL) == PUSH_POINT_SIZE;
    EC_POINT_free(point);
    return ok;
}

/* The key pair whose number SCALAR is; NULL: no memory, or it is none. */
static EVP_PKEY *key_of(const uint8_t scalar[SCALAR_SIZE],
                        uint8_t ret_point[PUSH_POINT_SIZE])
{
    EVP_PKEY *key = NULL;
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BIGNUM *number = BN_secure_new();
    if (group != NULL && number != NULL &&
        BN_bin2bn(scalar, SCALAR_SIZE, number) != NULL && !BN_is_zero(number) &&
        BN_cmp(number, EC_GROUP_get0_order(group)) < 0 &&
        multiply(group, number, ret_point))
        key = make_key(number, ret_point);
    BN_clear_free(number);
    EC_GROUP_free(group);
    return key;
}

static bool agree(EVP_PKEY *ours, EVP_PKEY *theirs, uint8_t ret[32])
{
    size_t size = 32;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, ours, NULL);
    const bool ok = context != NULL && EVP_PKEY_derive_init(context) == 1 &&
                    EVP_PKEY_derive_set_peer(context, theirs) == 1 &&
                    EVP_PKEY_derive(context, ret, &size) == 1 && size == 32;
    EVP_PKEY_CTX_free(context);
    return ok;
}

/* HKDF of RFC 5869 over SHA-256. (OpenSSL's parameters point to what may be written.) */
static bool expand(const uint8_t salt[SALT_SIZE], const uint8_t key[32], const void *info,
                   size_t info_size, uint8_t *ret, size_t size)
{
    char digest[] = "SHA256";
    uint8_t salted[SALT_SIZE], keyed[32], about[INFO_MAX];
    assert(info_size <= INFO_MAX);
    memcpy(salted, salt, sizeof salted);
    memcpy(keyed, key, sizeof keyed);
    memcpy(about, info, info_size);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salted, sizeof salted),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, keyed, sizeof keyed),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, about, info_size),
        OSSL_PARAM_construct_end()};
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
    const bool ok = context != NULL && EVP_KDF_derive(context, ret, size, params) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    OPENSSL_cleanse(keyed, sizeof keyed);
    return ok;
}

/* ---- sealing
 * -------------------------------------------------------------------------- */

struct record_key {
    uint8_t key[16], nonce[12];
};

/* RFC 8291 3.4 */
static bool make_record_key(const struct push_target *target,
                            const uint8_t salt[SALT_SIZE], const uint8_t ecdh[32],
                            const uint8_t ours[PUSH_POINT_SIZE], struct record_key *ret)
{
    static const char about[] = "WebPush: info"; /* its NUL belongs to it */
    static const char for_key[] = "Content-Encoding: aes128gcm";
    static const char for_nonce[] = "Content-Encoding: nonce";
    uint8_t info[sizeof about + 2 * PUSH_POINT_SIZE], shared[32];
    memcpy(info, about, sizeof about);
    memcpy(info + sizeof about, target->key, PUSH_POINT_SIZE);
    memcpy(info + sizeof about + PUSH_POINT_SIZE, ours, PUSH_POINT_SIZE);
    const bool ok =
        expand(target->secret, ecdh, info, sizeof info, shared, sizeof shared) &&
        expand(salt, shared, for_key, sizeof for_key, ret->key, sizeof ret->key) &&
        expand(salt, shared, for_nonce, sizeof for_nonce, ret->nonce, sizeof ret->nonce);
    OPENSSL_cleanse(shared, sizeof shared);
    return ok;
}

static bool encrypt(const struct record_key *key, const uint8_t *plain, size_t size,
                    uint8_t *ret)
{
    int written = 0, last = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const bool ok =
        context != NULL &&
        EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), NULL, key->key, key->nonce) == 1 &&
        EVP_EncryptUpdate(context, ret, &written, plain, (int)size) == 1 &&
        EVP_EncryptFinal_ex(context, ret + written, &last) == 1 &&
        (size_t)(written + last) == size &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, ret + size) == 1;
    EVP_CIPHER_CTX_free(context);
    return ok;
}

/* The record: PLAIN, the mark of the last one, zeros; sealed behind its header. */
static int write_record(const struct record_key *key, const uint8_t salt[SALT_SIZE],
                        const uint8_t ours[PUSH_POINT_SIZE], const char *plain,
                        size_t size, struct text *ret)
{
    const size_t most = PUSH_PLAIN_MAX + 1, filled = (size + 1 + FILL - 1) / FILL * FILL;
    const size_t padded = filled < most ? filled : most;
    uint8_t record[PUSH_PLAIN_MAX + 1] = {0}, sealed[PUSH_PLAIN_MAX + 1 + TAG_SIZE];
    const uint8_t head[5] = {0, 0, RECORD_SIZE >> 8, RECORD_SIZE & 255, PUSH_POINT_SIZE};
    memcpy(record, plain, size);
    record[size] = 2;
    const bool ok = encrypt(key, record, padded, sealed);
    OPENSSL_cleanse(record, sizeof record);
    if (!ok)
        return ST_NO_MEMORY;
    text_append(ret, (const char *)salt, SALT_SIZE);
    text_append(ret, (const char *)head, sizeof head);
    text_append(ret, (const char *)ours, PUSH_POINT_SIZE);
    text_append(ret, (const char *)sealed, padded + TAG_SIZE);
    return ret->status;
}

int push_seal(const struct push_target *target, const uint8_t fresh[48],
              const char *plain, size_t size, struct text *ret)
{
    static_assert(HEADER_SIZE + PUSH_PLAIN_MAX + 1 + TAG_SIZE == RECORD_SIZE,
                  "one record is the most that a service must take");
    if (size > PUSH_PLAIN_MAX)
        return ST_LIMIT;
    const uint8_t *salt = fresh + SCALAR_SIZE;
    uint8_t point[PUSH_POINT_SIZE], ecdh[32];
    struct record_key key;
    EVP_PKEY *ours = key_of(fresh, point), *theirs = make_key(NULL, target->key);
    const bool ok = ours != NULL && theirs != NULL && agree(ours, theirs, ecdh);
    EVP_PKEY_free(ours);
    EVP_PKEY_free(theirs);
    int status = ok ? ST_OK : ST_INVALID;
    if (status == ST_OK && !make_record_key(target, salt, ecdh, point, &key))
        status = ST_NO_MEMORY;
    if (status == ST_OK)
        status = write_record(&key, salt, point, plain, size, ret);
    OPENSSL_cleanse(ecdh, sizeof ecdh);
    OPENSSL_cleanse(&key, sizeof key);
    return status;
}

/* ---- signing
 * -------------------------------------------------------------------------- */

struct push_signer {
    EVP_PKEY *key;
    char public[PUSH_KEY_SIZE];
    char contact[CONTACT_MAX];
};

int push_signer_new(struct push_signer **ret, const uint8_t seed[32], const char *contact)
{
    struct push_signer *signer = mem_calloc(1, sizeof *signer);
    if (signer == NULL)
        return ST_NO_MEMORY;
    uint8_t scalar[SCALAR_SIZE], point[PUSH_POINT_SIZE];
    memcpy(scalar, seed, sizeof scalar);
    /* One seed in 2^32 is no number of the curve: then its hash, and so on. */
    for (int tries = 0; tries < 4 && signer->key == NULL; tries++) {
        signer->key = key_of(scalar, point);
        (void)EVP_Digest(scalar, sizeof scalar, scalar, NULL, EVP_sha256(), NULL);
    }
    OPENSSL_cleanse(scalar, sizeof scalar);
    if (signer->key == NULL) {
        mem_free(signer);
        return ST_NO_MEMORY;
    }
    text_to_base64url(point, sizeof point, signer->public);
    (void)snprintf(signer->contact, sizeof signer->contact, "%s%s",
                   strncmp(contact, "https://", 8) == 0 ? "" : "mailto:", contact);
    *ret = signer;
    return ST_OK;
}

void push_signer_free(struct push_signer *signer)
{
    if (signer == NULL)
        return;
    EVP_PKEY_free(signer->key);
    mem_free(signer);
}

const char *push_signer_key(const struct push_signer *signer)
{
    return signer->public;
}

/* The two numbers of a signature, 32 bytes each, from what OpenSSL makes of them (DER).
 */
static bool unpack(const uint8_t *der, size_t size, uint8_t ret[64])
{
    ECDSA_SIG *both = d2i_ECDSA_SIG(NULL, &der, (long)size);
    const bool ok = both != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(both), ret, 32) == 32 &&
                    BN_bn2binpad(ECDSA_SIG_get0_s(both), ret + 32, 32) == 32;
    ECDSA_SIG_free(both);
    return ok;
}

/* ES256 of RFC 7518 3.4 */
static bool sign(EVP_PKEY *key, const char *data, size_t size, uint8_t ret[64])
{
    uint8_t der[80];
    size_t der_size = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool ok =
        context != NULL &&
        EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(context, der, &der_size, (const uint8_t *)data, size) == 1 &&
        unpack(der, der_size, ret);
    EVP_MD_CTX_free(context);
    return ok;
}

int push_sign(const struct push_signer *signer, const char *endpoint, int64_t now_ms,
              char ret[PUSH_AUTHORIZATION_SIZE])
{
    char claims[ORIGIN_MAX + CONTACT_MAX + 64], mark[88];
    char token[PUSH_AUTHORIZATION_SIZE - 2 * PUSH_KEY_SIZE];
    uint8_t signature[64];
    static const char head[] = "{\"typ\":\"JWT\",\"alg\":\"ES256\"}";
    const size_t origin = origin_size(endpoint);
    if (origin == 0 || origin > ORIGIN_MAX)
        return ST_INVALID;
    const int size =
        snprintf(claims, sizeof claims, "{\"aud\":\"%.*s\",\"exp\":%lld,\"sub\":\"%s\"}",
                 (int)origin, endpoint, (long long)(now_ms / 1000 + SIGNED_FOR_S),
                 signer->contact);
    text_to_base64url((const uint8_t *)head, sizeof head - 1, token);
    const size_t begin = strlen(token) + 1;
    token[begin - 1] = '.';
    static_assert(sizeof token > 64 + sizeof claims / 3 * 4 + 4, "room for the claims");
    text_to_base64url((const uint8_t *)claims, (size_t)size, token + begin);
    if (!sign(signer->key, token, strlen(token), signature))
        return ST_NO_MEMORY;
    text_to_base64url(signature, sizeof signature, mark);
    (void)snprintf(ret, PUSH_AUTHORIZATION_SIZE, "vapid t=%s.%s, k=%s", token, mark,
                   signer->public);
    return ST_OK;
}
