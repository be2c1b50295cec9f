/* SPDX-License-Identifier: Apache-2.0 */
/* Records of TLS 1.3 beside those of RFC 8448, and opened again by the library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "http/record.h"

#include <openssl/crypto.h>
#include <string.h>

static EVP_CIPHER_CTX *context;

static int make_context(void **state)
{
    (void)state;
    context = EVP_CIPHER_CTX_new();
    return context ? 0 : -1;
}

static int free_context(void **state)
{
    (void)state;
    EVP_CIPHER_CTX_free(context);
    return 0;
}

static size_t bytes(const char *digits, unsigned char *ret, size_t size)
{
    size_t got = 0;
    assert_int_equal(OPENSSL_hexstr2buf_ex(ret, size, &got, digits, '\0'), 1);
    return got;
}

/* RFC 8448 section 3: what the server sends under its application traffic secret. */
static void test_known_records(void **state)
{
    (void)state;
    unsigned char secret[32], wanted[96], data[50], got[96];
    struct record_writer writer = {0};
    size_t size = bytes("a11af9f05531f856ad47116b45a95032"
                        "8204b4f44bfb6b3a4b4f1f3fcb631643",
                        secret, sizeof secret);
    assert_true(record_writer_init(&writer, "AES-128-GCM", "SHA256", secret, size));
    bytes("9f02283b6c9c07efc26bb9f2ac92e356", wanted, sizeof wanted);
    assert_memory_equal(writer.key, wanted, 16);
    bytes("cf782b88dd83549aadf1e984", wanted, sizeof wanted);
    assert_memory_equal(writer.start, wanted, 12);

    writer.count = 1; /* a ticket went before them */
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)i;
    assert_true(record_seal(&writer, context, RECORD_DATA, data, sizeof data, got));
    size = bytes(
        "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30ef"
        "af97d90e6dffc602dcb501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d",
        wanted, sizeof wanted);
    assert_int_equal(size, sizeof data + RECORD_EXTRA);
    assert_memory_equal(got, wanted, size);

    assert_true(record_seal(&writer, context, RECORD_ALERT, "\x01", 2, got));
    size =
        bytes("1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9", wanted, sizeof wanted);
    assert_int_equal(size, 2 + RECORD_EXTRA);
    assert_memory_equal(got, wanted, size);
    record_writer_release(&writer);
}

/* Opens RECORD with the key of WRITER as number COUNT; the size of what is in it, type
 * included, or -1. */
static int open_record(const struct record_writer *writer, uint64_t count,
                       const unsigned char *record, size_t size, unsigned char *ret)
{
    unsigned char nonce[12], tag[16];
    memcpy(nonce, writer->start, 12);
    for (int i = 0; i < 8; i++)
        nonce[11 - i] ^= (unsigned char)(count >> (8 * i));
    const int inner = (int)size - RECORD_EXTRA + 1;
    memcpy(tag, record + size - 16, 16);
    int done = 0, last = 0;
    EVP_CIPHER_CTX *opener = EVP_CIPHER_CTX_new();
    EVP_DecryptInit_ex2(opener, writer->cipher, writer->key, nonce, NULL);
    EVP_DecryptUpdate(opener, NULL, &done, record, 5);
    EVP_DecryptUpdate(opener, ret, &done, record + 5, inner);
    EVP_CIPHER_CTX_ctrl(opener, EVP_CTRL_AEAD_SET_TAG, 16, tag);
    bool fine = EVP_DecryptFinal_ex(opener, ret + done, &last) == 1;
    EVP_CIPHER_CTX_free(opener);
    return fine ? inner : -1;
}

static void test_every_size(void **state)
{
    (void)state;
    static const struct {
        const char *cipher, *digest;
        size_t secret_size;
    } suites[] = {{"AES-128-GCM", "SHA256", 32},
                  {"AES-256-GCM", "SHA384", 48},
                  {"ChaCha20-Poly1305", "SHA256", 32}};
    static const size_t sizes[] = {0, 1, 2, 255, 256, 4096, RECORD_DATA_MAX};
    unsigned char *data = mem_calloc(1, RECORD_DATA_MAX), secret[48] = {7};
    unsigned char *sealed = mem_alloc(RECORD_DATA_MAX + RECORD_EXTRA);
    unsigned char *opened = mem_alloc(RECORD_DATA_MAX + 1);
    for (size_t i = 0; i < RECORD_DATA_MAX; i++)
        data[i] = (unsigned char)(i * 7);
    for (size_t i = 0; i < COUNT_OF(suites); i++) {
        struct record_writer writer = {0};
        assert_true(record_writer_init(&writer, suites[i].cipher, suites[i].digest,
                                       secret, suites[i].secret_size));
        for (size_t j = 0; j < COUNT_OF(sizes); j++) {
            const size_t size = sizes[j] + RECORD_EXTRA;
            assert_true(
                record_seal(&writer, context, RECORD_DATA, data, sizes[j], sealed));
            assert_int_equal(sealed[3] << 8 | sealed[4], size - 5);
            assert_int_equal(open_record(&writer, j, sealed, size, opened), sizes[j] + 1);
            assert_memory_equal(opened, data, sizes[j]);
            assert_int_equal(opened[sizes[j]], RECORD_DATA);
            assert_int_equal(open_record(&writer, j + 1, sealed, size, opened), -1);
        }
        record_writer_release(&writer);
    }
    mem_free(data);
    mem_free(sealed);
    mem_free(opened);
}

/* A key has its number of records; no two are sealed under the same number. */
static void test_spent_key(void **state)
{
    (void)state;
    unsigned char secret[32] = {1}, got[RECORD_EXTRA];
    struct record_writer writer = {0};
    assert_true(record_writer_init(&writer, "AES-128-GCM", "SHA256", secret, 32));
    writer.count = RECORD_COUNT - 1;
    assert_true(record_seal(&writer, context, RECORD_DATA, "", 0, got));
    assert_false(record_seal(&writer, context, RECORD_DATA, "", 0, got));
    record_writer_release(&writer);
    static const unsigned char nothing[sizeof writer.key] = {0};
    assert_memory_equal(writer.key, nothing, sizeof nothing);
}

static void test_unknown_names(void **state)
{
    (void)state;
    unsigned char secret[32] = {1};
    struct record_writer writer = {0};
    assert_false(record_writer_init(&writer, "AES-128-ROT13", "SHA256", secret, 32));
    assert_false(record_writer_init(&writer, "AES-128-GCM", "SHA257", secret, 32));
    assert_false(record_writer_init(&writer, "AES-128-CBC", "SHA256", secret, 32));
    assert_false(record_next_secret("SHA257", secret, 32));
    assert_null(writer.cipher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_records),
        cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_spent_key),
        cmocka_unit_test(test_unknown_names),
    };
    return cmocka_run_group_tests(tests, make_context, free_context);
}
