/* SPDX-License-Identifier: Apache-2.0 */
/* What is found in the body of an event without reading it as JSON, against a reader of
 * JSON; and its hash. */
#include "store/event.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "base/text.h"

#include <jansson.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const members[] = {"seq",     "at",         "actor",  "need",
                                      "callout", "assignment", "person", "message",
                                      "alert",   "number"};

static void check(const char *body)
{
    json_t *json = json_loads(body, 0, NULL);
    assert_non_null(json);
    for (size_t i = 0; i < COUNT_OF(members); i++)
        assert_int_equal(event_id(body, members[i]),
                         json_integer_value(json_object_get(json, members[i])));
    json_decref(json);
}

static int64_t some(struct random *random)
{
    static const int64_t ends[] = {0, 1, -1, INT64_MAX, INT64_MIN};
    uint32_t which = (uint32_t)random_below(random, 10);
    return which < COUNT_OF(ends) ? ends[which] : (int64_t)random_u64(random);
}

static void ids_are_found_as_json_has_them(void **state)
{
    (void)state;
    /* Codes that look like members. */
    static const char *const codes[] = {NULL,
                                        "",
                                        "flood",
                                        ",\"alert\":7",
                                        "x,",
                                        "\\",
                                        ",",
                                        "\",\"need\":5,\"x\":\"",
                                        "\xe5\xb9\xb3\n,\"callout\":1"};
    struct random_seeded seeded;
    random_seeded_init(&seeded, 11);
    struct random *random = &seeded.super;
    struct text body;
    text_init(&body, EVENT_BODY_MAX);
    for (int i = 0; i < 20000; i++) {
        struct event event = {.incident_id = some(random),
                              .sequence = some(random),
                              .at_ms = some(random),
                              .kind = codes[2 + random_below(random, 7)],
                              .actor = some(random),
                              .need_id = some(random),
                              .callout_id = some(random),
                              .alert_id = some(random),
                              .assignment_id = some(random),
                              .person_id = some(random),
                              .message_id = some(random),
                              .code = codes[random_below(random, COUNT_OF(codes))],
                              .number = some(random)};
        text_clear(&body);
        event_body(&event, &body);
        assert_int_equal(body.status, ST_OK);
        check(text_string(&body));
        assert_int_equal(event_id(text_string(&body), "alert"), event.alert_id);
    }
    text_release(&body);
}

/* One hasher for many, against another library's SHA-256 over the same bytes. */
static void hashes_are_those_of_another_library(void **state)
{
    (void)state;
    struct event_hasher *hasher;
    assert_int_equal(event_hasher_new(&hasher), ST_OK);
    uint8_t bytes[32 + EVENT_BODY_MAX], hash[32], wanted[32];
    struct random_seeded seeded;
    random_seeded_init(&seeded, 12);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)random_u64(&seeded.super);
    for (size_t size = 0; size <= EVENT_BODY_MAX; size += 1 + size / 16) {
        event_hash(hasher, bytes, (const char *)bytes + 32, size, hash);
        assert_int_equal(crypto_hash_sha256(wanted, bytes, 32 + size), 0);
        assert_memory_equal(hash, wanted, 32);
    }
    event_hasher_free(hasher);
    event_hasher_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_found_as_json_has_them),
        cmocka_unit_test(hashes_are_those_of_another_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
