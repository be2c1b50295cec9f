/* SPDX-License-Identifier: Apache-2.0 */
#include "store/event.h"

#include "base/text.h"

#include <assert.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void member(struct text *ret, const char *key, int64_t value)
{
    if (value == 0)
        return;
    text_append(ret, ",\"", 2);
    text_append_string(ret, key);
    text_append(ret, "\":", 2);
    text_append_int(ret, value);
}

void event_body(const struct event *event, struct text *ret)
{
    text_append_string(ret, "{\"incident\":");
    text_append_int(ret, event->incident_id);
    text_append_string(ret, ",\"seq\":");
    text_append_int(ret, event->sequence);
    text_append_string(ret, ",\"at\":");
    text_append_int(ret, event->at_ms);
    text_append_string(ret, ",\"kind\":");
    text_append_json(ret, event->kind);
    member(ret, "actor", event->actor);
    member(ret, "need", event->need_id);
    member(ret, "callout", event->callout_id);
    member(ret, "alert", event->alert_id);
    member(ret, "assignment", event->assignment_id);
    member(ret, "person", event->person_id);
    member(ret, "message", event->message_id);
    if (event->code != NULL && event->code[0] != '\0') {
        text_append_string(ret, ",\"code\":");
        text_append_json(ret, event->code);
    }
    member(ret, "number", event->number);
    if (event->text_hash != NULL) {
        char hex[65];
        text_to_hex(event->text_hash, 32, hex);
        text_appendf(ret, ",\"text\":\"%s\"", hex);
    }
    text_append_string(ret, "}");
}

int64_t event_id(const char *body, const char *member)
{
    char key[EVENT_MEMBER_MAX + 5];
    int size = snprintf(key, sizeof key, ",\"%s\":", member);
    assert(size > 0 && (size_t)size < sizeof key);
    const char *at = strstr(body, key);
    return at == NULL ? 0 : strtoll(at + size, NULL, 10);
}

void event_hash(const uint8_t previous[32], const char *body, size_t size,
                uint8_t ret[32])
{
    crypto_hash_sha256_state state; /* takes no memory, so it cannot fail */
    (void)crypto_hash_sha256_init(&state);
    (void)crypto_hash_sha256_update(&state, previous, 32);
    (void)crypto_hash_sha256_update(&state, (const unsigned char *)body, size);
    (void)crypto_hash_sha256_final(&state, ret);
}
