/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing is checked against the example of RFC 8291, and by opening what was sealed, as
 * a browser does. The signature's other side, with another implementation of the curve,
 * is test/story/push.mjs. */
#include "base/mem.h"
#include "base/status.h"
#include "channel/push.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SERVICES "fcm.googleapis.com *.push.apple.com http://127.0.0.1:9100"

/* RFC 8291, appendix A */
#define PLAIN "When I grow up, I want to be a watermelon"
#define BROWSER                                                                          \
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNto" \
    "IAiw4"
#define SECRET "BTBZMqHH6r4Tts7J_aSIgg"
#define OURS "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
#define SALT "DGv6ra1nlYgDCS1FRnbzlw"
#define RECORD_KEY "oIhVW04MRdy2XN9CiKLxTg"
#define RECORD_NONCE "4h_95klXJ5E_qnoN"
#define BODY                                                                             \
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYL" \
    "ocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyou" \
    "BWLVWGNWQexSgSxsj_Qulcy4a-fN"
#define BODY_SIZE 144
#define HEADER_SIZE 86

static struct push_target target_of_rfc(void)
{
    char kept[PERSON_PUSH_MAX + 1];
    struct push_target target;
    struct diag diag;
    assert_int_equal(push_target_write(SERVICES, true, "https://fcm.googleapis.com/x",
                                       BROWSER, SECRET, kept, &diag),
                     ST_OK);
    assert_true(push_target_read(kept, &target));
    assert_string_equal(target.endpoint, "https://fcm.googleapis.com/x");
    assert_true(target.zh);
    return target;
}

static void draw_of_rfc(uint8_t ret[48])
{
    assert_true(text_from_base64url(OURS, ret, 32));
    assert_true(text_from_base64url(SALT, ret + 32, 16));
}

/* Opens a record whose key is the example's; false: it was changed. */
static bool open_record(const uint8_t *sealed, size_t size, uint8_t *ret)
{
    uint8_t key[16], nonce[12], tag[16];
    int written = 0, last = 0;
    assert_true(text_from_base64url(RECORD_KEY, key, 16));
    assert_true(text_from_base64url(RECORD_NONCE, nonce, 12));
    memcpy(tag, sealed + size - 16, 16);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    assert_non_null(context);
    assert_int_equal(EVP_DecryptInit_ex(context, EVP_aes_128_gcm(), NULL, key, nonce), 1);
    assert_int_equal(EVP_DecryptUpdate(context, ret, &written, sealed, (int)size - 16),
                     1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, tag), 1);
    const bool ok = EVP_DecryptFinal_ex(context, ret + written, &last) == 1;
    EVP_CIPHER_CTX_free(context);
    return ok;
}

/* But for what fills it up, it is the RFC's: the same keys, the same stream. */
static void the_example_of_the_rfc_is_sealed_as_there(void **state)
{
    (void)state;
    const struct push_target target = target_of_rfc();
    const size_t size = strlen(PLAIN);
    uint8_t draw[48], expected[BODY_SIZE], plain[4096];
    struct text body;
    draw_of_rfc(draw);
    assert_true(text_from_base64url(BODY, expected, BODY_SIZE));
    text_init(&body, 8192);
    assert_int_equal(push_seal(&target, draw, PLAIN, size, &body), ST_OK);
    assert_memory_equal(text_string(&body), expected, HEADER_SIZE + size + 1);
    const uint8_t *record = (const uint8_t *)text_string(&body) + HEADER_SIZE;
    const size_t record_size = body.size - HEADER_SIZE;
    assert_true(open_record(record, record_size, plain));
    assert_memory_equal(plain, PLAIN, size);
    assert_int_equal(plain[size], 2);
    for (size_t i = size + 1; i < record_size - 16; i++)
        assert_int_equal(plain[i], 0);
    assert_true(open_record(expected + HEADER_SIZE, BODY_SIZE - HEADER_SIZE, plain));
    text_release(&body);
}

static void a_body_tells_little_of_its_size_and_has_a_limit(void **state)
{
    (void)state;
    const struct push_target target = target_of_rfc();
    char plain[PUSH_PLAIN_MAX + 1];
    uint8_t draw[48];
    draw_of_rfc(draw);
    memset(plain, 'x', sizeof plain);
    size_t sizes[3] = {0};
    const size_t lengths[3] = {1, 500, PUSH_PLAIN_MAX};
    for (int i = 0; i < 3; i++) {
        struct text body;
        text_init(&body, 8192);
        assert_int_equal(push_seal(&target, draw, plain, lengths[i], &body), ST_OK);
        sizes[i] = body.size;
        text_release(&body);
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_int_equal(sizes[2], 4096);
    struct text body;
    text_init(&body, 8192);
    assert_int_equal(push_seal(&target, draw, plain, sizeof plain, &body), ST_LIMIT);
    text_release(&body);
}

/* A browser may send any bytes for its key. */
static void a_key_that_is_none_is_refused(void **state)
{
    (void)state;
    struct push_target target = target_of_rfc();
    uint8_t draw[48], none[48] = {0}, beyond[48];
    struct text body;
    draw_of_rfc(draw);
    memset(beyond, 255, sizeof beyond);
    text_init(&body, 8192);
    assert_int_equal(push_seal(&target, none, "x", 1, &body), ST_INVALID);
    assert_int_equal(push_seal(&target, beyond, "x", 1, &body), ST_INVALID);
    target.key[64] ^= 1;
    assert_int_equal(push_seal(&target, draw, "x", 1, &body), ST_INVALID);
    memset(target.key, 0, sizeof target.key);
    assert_int_equal(push_seal(&target, draw, "x", 1, &body), ST_INVALID);
    assert_int_equal(body.size, 0);
    text_release(&body);
}

static void only_known_services_are_posted_to(void **state)
{
    (void)state;
    static const char *const good[] = {
        "https://fcm.googleapis.com/fcm/send/a:b", "https://FCM.googleapis.com",
        "https://web.push.apple.com/QDm", "http://127.0.0.1:9100/box/1"};
    static const char *const bad[] = {"",
                                      "fcm.googleapis.com",
                                      "http://fcm.googleapis.com/x",
                                      "https://fcm.googleapis.com:8443/x",
                                      "https://fcm.googleapis.com.evil.example/x",
                                      "https://evil.example/fcm.googleapis.com",
                                      "https://evilfcm.googleapis.com/",
                                      "https://fcm.googleapis.com@evil.example/",
                                      "https://push.apple.com/",
                                      "https://evil.example?.push.apple.com/",
                                      "https://evil.example#.push.apple.com/",
                                      "https://.push.apple.com",
                                      "http://127.0.0.1/box",
                                      "http://127.0.0.1:9100@x/",
                                      "https://127.0.0.1:9100/box",
                                      "http://127.0.0.1:91000/",
                                      "ftp://fcm.googleapis.com/",
                                      "https://fcm.googleapis.com\\@evil.example/"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!push_is_allowed(SERVICES, good[i]))
            fail_msg("%s is refused", good[i]);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (push_is_allowed(SERVICES, bad[i]))
            fail_msg("%s is allowed", bad[i]);
    assert_false(push_is_allowed("", good[0]));
    assert_true(push_is_allowed(" a.example,fcm.googleapis.com ", good[0]));
}

static void refuses(const char *endpoint, const char *p256dh, const char *auth,
                    const char *where)
{
    char kept[PERSON_PUSH_MAX + 1];
    struct diag diag;
    assert_int_equal(
        push_target_write(SERVICES, false, endpoint, p256dh, auth, kept, &diag),
        ST_INVALID);
    assert_string_equal(diag.where, where);
}

static void what_a_browser_says_is_checked(void **state)
{
    (void)state;
    char lengthy[PUSH_ENDPOINT_MAX + 40], kept[PERSON_PUSH_MAX + 1];
    static const char start[] = "https://fcm.googleapis.com/";
    struct push_target target;
    struct diag diag;
    refuses("https://x.example/", BROWSER, SECRET, "push_endpoint");
    refuses("https://fcm.googleapis.com/a b", BROWSER, SECRET, "push_endpoint");
    refuses("https://fcm.googleapis.com/\n", BROWSER, SECRET, "push_endpoint");
    refuses("https://fcm.googleapis.com/", "", SECRET, "push_p256dh");
    refuses("https://fcm.googleapis.com/", BROWSER "A", SECRET, "push_p256dh");
    refuses("https://fcm.googleapis.com/", BROWSER, SECRET "=", "push_auth");
    refuses("https://fcm.googleapis.com/", BROWSER, "BTBZMqHH6r4Tts7J_aSIg!",
            "push_auth");
    memset(lengthy, 'a', sizeof lengthy);
    memcpy(lengthy, start, sizeof start - 1);
    lengthy[PUSH_ENDPOINT_MAX + 1] = '\0';
    refuses(lengthy, BROWSER, SECRET, "push_endpoint");
    lengthy[PUSH_ENDPOINT_MAX] = '\0';
    assert_int_equal(
        push_target_write(SERVICES, false, lengthy, BROWSER, SECRET, kept, &diag), ST_OK);
    assert_true(push_target_read(kept, &target));
    assert_string_equal(target.endpoint, lengthy);
    assert_false(target.zh);
    assert_false(push_target_read("", &target));
    assert_false(push_target_read("zh https://fcm.googleapis.com/ " BROWSER, &target));
}

/* The same instance has the same key on every node and after every start. */
static void the_key_follows_from_the_seed(void **state)
{
    (void)state;
    struct push_signer *one, *same, *other, *odd;
    uint8_t seed[32] = {1}, beyond[32];
    memset(beyond, 255, sizeof beyond);
    assert_int_equal(push_signer_new(&one, seed, "muster@mail.example"), ST_OK);
    assert_int_equal(push_signer_new(&same, seed, "https://county.example/"), ST_OK);
    seed[31] = 1;
    assert_int_equal(push_signer_new(&other, seed, "muster@mail.example"), ST_OK);
    assert_int_equal(push_signer_new(&odd, beyond, "muster@mail.example"), ST_OK);
    assert_string_equal(push_signer_key(one), push_signer_key(same));
    assert_string_not_equal(push_signer_key(one), push_signer_key(other));
    assert_int_equal(strlen(push_signer_key(odd)), PUSH_KEY_SIZE - 1);
    char value[PUSH_AUTHORIZATION_SIZE];
    assert_int_equal(push_sign(one, "https://web.push.apple.com/Q", 1000, value), ST_OK);
    static const char begin[] = "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.";
    assert_memory_equal(value, begin, sizeof begin - 1);
    assert_non_null(strstr(value, push_signer_key(one)));
    assert_int_equal(push_sign(one, "nowhere", 1000, value), ST_INVALID);
    push_signer_free(one);
    push_signer_free(same);
    push_signer_free(other);
    push_signer_free(odd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc_is_sealed_as_there),
        cmocka_unit_test(a_body_tells_little_of_its_size_and_has_a_limit),
        cmocka_unit_test(a_key_that_is_none_is_refused),
        cmocka_unit_test(only_known_services_are_posted_to),
        cmocka_unit_test(what_a_browser_says_is_checked),
        cmocka_unit_test(the_key_follows_from_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
