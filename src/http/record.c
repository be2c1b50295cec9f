/* SPDX-License-Identifier: Apache-2.0 */
#include "http/record.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <string.h>

#define TAG_SIZE 16
#define HEADER_SIZE 5

/* HKDF-Expand-Label(SECRET, LABEL, "", SIZE): section 7.1. */
static bool expand(const char *digest, const unsigned char *secret, size_t secret_size,
                   const char *label, unsigned char *ret, size_t size)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_3_KDF, NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    static const char prefix[] = "tls13 ";
    /* OpenSSL reads them only; its type has no const. */
    void *key = (void *)(uintptr_t)secret, *name = (void *)(uintptr_t)label;
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)digest,
                                         0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key, secret_size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX,
                                          (void *)(uintptr_t)prefix, sizeof prefix - 1),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, name, strlen(label)),
        OSSL_PARAM_construct_end()};
    bool fine = context && EVP_KDF_derive(context, ret, size, params) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return fine;
}

bool record_next_secret(const char *digest, unsigned char *secret, size_t secret_size)
{
    unsigned char next[EVP_MAX_MD_SIZE];
    assert(secret_size <= sizeof next);
    bool fine = expand(digest, secret, secret_size, "traffic upd", next, secret_size);
    if (fine)
        memcpy(secret, next, secret_size);
    OPENSSL_cleanse(next, sizeof next);
    return fine;
}

bool record_writer_init(struct record_writer *ret, const char *cipher, const char *digest,
                        const unsigned char *secret, size_t secret_size)
{
    struct record_writer writer = {.cipher = EVP_CIPHER_fetch(NULL, cipher, NULL)};
    bool fine = writer.cipher && EVP_CIPHER_get_iv_length(writer.cipher) == 12 &&
                expand(digest, secret, secret_size, "key", writer.key,
                       (size_t)EVP_CIPHER_get_key_length(writer.cipher)) &&
                expand(digest, secret, secret_size, "iv", writer.start, 12);
    if (fine)
        *ret = writer;
    else
        record_writer_release(&writer);
    OPENSSL_cleanse(writer.key, sizeof writer.key);
    return fine;
}

void record_writer_release(struct record_writer *writer)
{
    EVP_CIPHER_free(writer->cipher);
    OPENSSL_cleanse(writer, sizeof *writer);
}

/* The number of the record, laid over the start (section 5.3). */
static void next_nonce(struct record_writer *writer, unsigned char ret[static 12])
{
    memcpy(ret, writer->start, 12);
    for (int i = 0; i < 8; i++)
        ret[4 + i] ^= (unsigned char)(writer->count >> (8 * (7 - i)));
    writer->count++; /* also if sealing fails: no number serves twice */
}

bool record_seal(struct record_writer *writer, EVP_CIPHER_CTX *context, uint8_t type,
                 const void *data, size_t size, unsigned char *ret)
{
    assert(size <= RECORD_DATA_MAX);
    if (writer->count >= RECORD_COUNT)
        return false;
    unsigned char nonce[12];
    next_nonce(writer, nonce);
    const size_t inner = size + 1, outer = inner + TAG_SIZE;
    unsigned char *body = ret + HEADER_SIZE;
    memcpy(ret, "\x17\x03\x03", 3);
    ret[3] = (unsigned char)(outer >> 8);
    ret[4] = (unsigned char)outer;
    memcpy(body, data, size);
    body[size] = type;
    int done = 0, last = 0;
    return EVP_EncryptInit_ex2(context, writer->cipher, writer->key, nonce, NULL) == 1 &&
           EVP_EncryptUpdate(context, NULL, &done, ret, HEADER_SIZE) == 1 &&
           EVP_EncryptUpdate(context, body, &done, body, (int)inner) == 1 &&
           EVP_EncryptFinal_ex(context, body + done, &last) == 1 &&
           (size_t)(done + last) == inner &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, body + inner) ==
               1;
}
