/* SPDX-License-Identifier: Apache-2.0 */
#include "store/event.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"

#include <assert.h>
#include <openssl/evp.h>
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

struct event_hasher {
    EVP_MD *kind;
    EVP_MD_CTX *context;
};

int event_hasher_new(struct event_hasher **ret)
{
    struct event_hasher *hasher = mem_calloc(1, sizeof *hasher);
    if (hasher == NULL)
        return ST_NO_MEMORY;
    hasher->kind = EVP_MD_fetch(NULL, "SHA256", NULL);
    hasher->context = EVP_MD_CTX_new();
    if (hasher->kind == NULL || hasher->context == NULL ||
        EVP_DigestInit_ex2(hasher->context, hasher->kind, NULL) != 1) {
        event_hasher_free(hasher);
        return ST_NO_MEMORY;
    }
    *ret = hasher;
    return ST_OK;
}

void event_hasher_free(struct event_hasher *hasher)
{
    if (hasher == NULL)
        return;
    EVP_MD_CTX_free(hasher->context);
    EVP_MD_free(hasher->kind);
    mem_free(hasher);
}

/* A context that was begun once takes no more memory, so none of this fails; if it did,
 * a chain with a wrong hash would be worse than a stop. */
void event_hash(struct event_hasher *hasher, const uint8_t previous[32], const char *body,
                size_t size, uint8_t ret[32])
{
    if (EVP_DigestInit_ex2(hasher->context, NULL, NULL) != 1 ||
        EVP_DigestUpdate(hasher->context, previous, 32) != 1 ||
        EVP_DigestUpdate(hasher->context, body, size) != 1 ||
        EVP_DigestFinal_ex(hasher->context, ret, NULL) != 1)
        abort();
}
