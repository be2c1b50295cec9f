/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a comma is due shows in the last byte: after '{', '[' and ':' there is none. */
#include "api/out.h"

#include "base/time.h"

#include <math.h>
#include <string.h>

static void begin(struct text *text, const char *key)
{
    const char last = text->size == 0 ? '[' : text->data[text->size - 1];
    if (last != '{' && last != '[' && last != ':')
        text_append(text, ",", 1);
    if (key != NULL) {
        text_append_json(text, key);
        text_append(text, ":", 1);
    }
}

void out_open(struct text *text, const char *key, char bracket)
{
    begin(text, key);
    text_append(text, &bracket, 1);
}

void out_close(struct text *text, char bracket)
{
    text_append(text, &bracket, 1);
}

void out_text(struct text *text, const char *key, const char *value)
{
    begin(text, key);
    text_append_json(text, value);
}

void out_text_if(struct text *text, const char *key, const char *value)
{
    if (value != NULL && *value != '\0')
        out_text(text, key, value);
}

void out_int(struct text *text, const char *key, int64_t value)
{
    begin(text, key);
    text_append_int(text, value);
}

void out_bool(struct text *text, const char *key, bool value)
{
    begin(text, key);
    text_append_string(text, value ? "true" : "false");
}

void out_real(struct text *text, const char *key, double value)
{
    begin(text, key);
    text_appendf(text, "%.6g", isfinite(value) ? value : 0.0);
}

void out_time_if(struct text *text, const char *key, int64_t ms)
{
    if (ms == 0)
        return;
    char buffer[TIME_TEXT_SIZE];
    time_format(ms, buffer);
    out_text(text, key, buffer);
}

void out_point(struct text *text, const char *key, struct point point)
{
    begin(text, key);
    text_appendf(text, "{\"lat\":%.7f,\"lon\":%.7f}", point_lat(point), point_lon(point));
}

void out_raw(struct text *text, const char *key, const char *json)
{
    begin(text, key);
    text_append_string(text, json);
}

void out_words(struct text *text, const char *key, const char *words)
{
    out_open(text, key, '[');
    for (const char *at = words; *at != '\0';) {
        const size_t size = strcspn(at, ", ");
        if (size > 0) {
            begin(text, NULL);
            text_append(text, "\"", 1);
            text_append(text, at, size);
            text_append(text, "\"", 1);
        }
        at += size;
        at += strspn(at, ", ");
    }
    out_close(text, ']');
}

bool out_has_word(const char *list, const char *word)
{
    const size_t size = strlen(word);
    for (const char *at = list; *at != '\0';) {
        const size_t length = strcspn(at, ", ");
        if (length == size && memcmp(at, word, size) == 0)
            return true;
        at += length;
        at += strspn(at, ", ");
    }
    return false;
}

void out_allowed(struct text *text, const char *key, const char *const *known,
                 const char *allowed)
{
    out_open(text, key, '[');
    for (uint32_t i = 0; known[i] != NULL; i++)
        if (out_has_word(allowed, known[i]))
            out_text(text, NULL, known[i]);
    out_close(text, ']');
}
