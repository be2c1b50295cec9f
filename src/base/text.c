/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_init(struct text *text, size_t size_max)
{
    *text = (struct text){.size_max = size_max};
}

void text_release(struct text *text)
{
    mem_free(text->data);
    text_init(text, text->size_max);
}

void text_clear(struct text *text)
{
    text->size = 0;
    text->status = ST_OK;
    if (text->data != NULL)
        text->data[0] = '\0';
}

/* Room for EXTRA more bytes and the NUL; false sets the mark. */
static bool reserve(struct text *text, size_t extra)
{
    if (text->status != ST_OK)
        return false;
    if (extra > text->size_max - text->size) {
        text->status = ST_LIMIT;
        return false;
    }
    size_t need = text->size + extra + 1;
    if (need <= text->capacity)
        return true;
    size_t wanted = text->capacity * 2 < 64 ? 64 : text->capacity * 2;
    if (wanted < need)
        wanted = need;
    char *data = mem_realloc(text->data, wanted);
    if (data == NULL) {
        text->status = ST_NO_MEMORY;
        return false;
    }
    text->data = data;
    text->capacity = wanted;
    return true;
}

void text_append(struct text *text, const char *data, size_t size)
{
    if (!reserve(text, size))
        return;
    if (size > 0)
        memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = '\0';
}

void text_append_string(struct text *text, const char *string)
{
    text_append(text, string, strlen(string));
}

void text_appendf(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    size_t room = text->capacity - text->size; /* most fit into what is there */
    char *end = room == 0 ? NULL : text->data + text->size;
    int size = vsnprintf(end, room, format, args);
    va_end(args);
    assert(size >= 0);
    bool fits = text->status == ST_OK && (size_t)size < room &&
                (size_t)size <= text->size_max - text->size;
    if (fits) {
        text->size += (size_t)size;
    } else if (end != NULL) {
        *end = '\0'; /* as it was */
    }
    if (!fits && reserve(text, (size_t)size)) {
        (void)vsnprintf(text->data + text->size, (size_t)size + 1, format, again);
        text->size += (size_t)size;
    }
    va_end(again);
}

void text_append_int(struct text *text, int64_t value)
{
    char digits[20]; /* of 2^63 there are 19, and a sign */
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    text_append(text, digits + at, sizeof digits - at);
}

/* The number of bytes of the UTF-8 sequence at S (RFC 3629, table 3-7 of Unicode), 0 if
 * there is none. */
static size_t utf8_sequence(const unsigned char *s, size_t size)
{
    if (s[0] < 0x80)
        return 1;
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || length > size)
        return 0;
    unsigned char low = 0x80, high = 0xbf;
    if (s[0] == 0xe0)
        low = 0xa0;
    if (s[0] == 0xed)
        high = 0x9f;
    if (s[0] == 0xf0)
        low = 0x90;
    if (s[0] == 0xf4)
        high = 0x8f;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    return length;
}

static const char *json_escape(unsigned char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    }
    return NULL;
}

/* How many bytes of STRING stand in a JSON string as they are. */
static size_t json_plain(const char *string)
{
    const unsigned char *at = (const unsigned char *)string;
    for (size_t size; *at != '\0'; at += size) {
        if (*at < 0x20 || *at == 0x7f || *at == '"' || *at == '\\')
            break;
        size = *at < 0x80 ? 1 : utf8_sequence(at, strnlen((const char *)at, 4));
        if (size == 0)
            break;
    }
    return (size_t)(at - (const unsigned char *)string);
}

void text_append_json(struct text *text, const char *string)
{
    text_append(text, "\"", 1);
    for (;;) {
        size_t size = json_plain(string);
        text_append(text, string, size);
        string += size;
        unsigned char c = (unsigned char)*string;
        if (c == '\0')
            break;
        const char *escape = json_escape(c);
        if (escape != NULL)
            text_append_string(text, escape);
        else if (c < 0x80)
            text_appendf(text, "\\u%04x", c);
        else
            text_append_string(text, "\\ufffd"); /* cut or damaged: JSON is UTF-8 */
        string++;
    }
    text_append(text, "\"", 1);
}

static const char *html_escape(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    }
    return NULL;
}

void text_append_html(struct text *text, const char *string)
{
    for (; *string != '\0'; string++) {
        const char *escape = html_escape(*string);
        if (escape != NULL)
            text_append_string(text, escape);
        else
            text_append(text, string, 1);
    }
}

const char *text_string(const struct text *text)
{
    return text->data == NULL ? "" : text->data;
}

char *text_take(struct text *text)
{
    char *data = text->data;
    text_init(text, text->size_max);
    return data;
}

bool text_to_int64(const char *string, int64_t min, int64_t max, int64_t *ret)
{
    if (!isdigit((unsigned char)string[0]) &&
        !(string[0] == '-' && isdigit((unsigned char)string[1])))
        return false;
    char *end;
    errno = 0;
    long long value = strtoll(string, &end, 10);
    if (errno != 0 || *end != '\0' || value < min || value > max)
        return false;
    *ret = value;
    return true;
}

bool text_to_double(const char *string, double min, double max, double *ret)
{
    size_t size = strlen(string);
    if (size == 0 || strspn(string, "+-.0123456789eE") != size)
        return false;
    char *end;
    errno = 0;
    double value = strtod(string, &end);
    if (end == string || *end != '\0' || !isfinite(value) || value < min || value > max)
        return false;
    *ret = value;
    return true;
}

bool text_is_utf8(const char *data, size_t size)
{
    const unsigned char *s = (const unsigned char *)data;
    while (size > 0) {
        size_t length = utf8_sequence(s, size);
        if (length == 0)
            return false;
        s += length;
        size -= length;
    }
    return true;
}

/* The code point of a sequence of utf8_sequence. */
static uint32_t utf8_point(const unsigned char *s, size_t length)
{
    if (length == 1)
        return s[0];
    uint32_t point = s[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++)
        point = point << 6 | (s[i] & 0x3f);
    return point;
}

static bool is_hidden(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x80, 0xa0},       {0xad, 0xad},       {0x34f, 0x34f},    {0x600, 0x605},
        {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},    {0x115f, 0x1160},
        {0x1680, 0x1680},   {0x17b4, 0x17b5},   {0x180b, 0x180f},  {0x2000, 0x200f},
        {0x2028, 0x202f},   {0x205f, 0x206f},   {0x3000, 0x3000},  {0x3164, 0x3164},
        {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},  {0xfff0, 0xfffb},
        {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < COUNT_OF(hidden); i++)
        if (point >= hidden[i].first && point <= hidden[i].last)
            return true;
    return false;
}

bool text_has_hidden(const char *string)
{
    const unsigned char *s = (const unsigned char *)string;
    for (size_t length; *s != '\0'; s += length) {
        length = utf8_sequence(s, strnlen((const char *)s, 4));
        if (length == 0)
            return true; /* nobody knows what is seen of it */
        if (is_hidden(utf8_point(s, length)))
            return true;
    }
    return false;
}

/* The bytes of the mark that begins here; 0 = none does. */
static size_t mark_size(const unsigned char *s)
{
    if (s[0] != 0xd8 && s[0] != 0xe2 && s[0] != 0xef)
        return 0;
    const size_t length = utf8_sequence(s, strnlen((const char *)s, 4));
    const uint32_t point = length == 0 ? 0 : utf8_point(s, length);
    const bool is_mark = point == 0x61c || point == 0x200b || point == 0x200e ||
                         point == 0x200f || (point >= 0x202a && point <= 0x202e) ||
                         point == 0x2060 || (point >= 0x2066 && point <= 0x2069) ||
                         point == 0xfeff;
    return is_mark ? length : 0;
}

bool text_has_marks(const char *string)
{
    const unsigned char *s = (const unsigned char *)string;
    while (*s != '\0' && mark_size(s) == 0)
        s++;
    return *s != '\0';
}

void text_drop_marks(char *string)
{
    char *to = string;
    for (const char *at = string; *at != '\0';) {
        const size_t size = mark_size((const unsigned char *)at);
        if (size == 0)
            *to++ = *at++;
        at += size;
    }
    *to = '\0';
}

bool text_is_blank(const char *string)
{
    return string[strspn(string, " \t\r\n")] == '\0';
}

char *text_trim(char *string)
{
    string += strspn(string, " \t\r\n");
    size_t size = strlen(string);
    while (size > 0 && strchr(" \t\r\n", string[size - 1]) != NULL)
        size--;
    string[size] = '\0';
    return string;
}

void text_narrow(char *string)
{
    const unsigned char *at = (const unsigned char *)string;
    char *to = string;
    while (*at != '\0') {
        const bool is_wide = at[0] == 0xef && (at[1] == 0xbc || at[1] == 0xbd);
        const int code = is_wide ? (at[1] - 0xbc) * 64 + at[2] - 0x80 + 0x20 : 0;
        if (code > 0x20 && code < 0x7f) {
            *to++ = (char)code;
            at += 3;
        } else if (at[0] == 0xe3 && at[1] == 0x80 && at[2] == 0x80) {
            *to++ = ' ';
            at += 3;
        } else {
            *to++ = (char)*at++;
        }
    }
    *to = '\0';
}

void text_drop_blanks(char *string)
{
    static const char *const blanks[] = {" ", "\xe3\x80\x80", "\xc2\xa0"};
    char *to = string;
    for (const char *at = string; *at != '\0';) {
        size_t size = 0;
        for (size_t i = 0; i < COUNT_OF(blanks) && size == 0; i++)
            if (strncmp(at, blanks[i], strlen(blanks[i])) == 0)
                size = strlen(blanks[i]);
        if (size == 0)
            *to++ = *at++;
        at += size;
    }
    *to = '\0';
}

void text_tidy_phone(char *string)
{
    text_narrow(string);
    const unsigned char *at = (const unsigned char *)string;
    char *to = string;
    for (size_t length; *at != '\0'; at += length) {
        length = utf8_sequence(at, strnlen((const char *)at, 4));
        if (length == 0)
            length = 1; /* no letter: it stays what it is */
        const uint32_t point = length == 1 ? *at : utf8_point(at, length);
        const bool is_dash = (point >= 0x2010 && point <= 0x2015) || point == 0x2212;
        if (is_dash) {
            *to++ = '-';
        } else if (length == 1 || !is_hidden(point)) {
            memmove(to, at, length);
            to += length;
        }
    }
    *to = '\0';
}

void text_to_hex(const uint8_t *bytes, size_t size, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        ret[2 * i] = digits[bytes[i] >> 4];
        ret[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret[2 * size] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool text_from_hex(const char *hex, uint8_t *ret, size_t size)
{
    if (strlen(hex) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static const char base64url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void text_to_base64url(const uint8_t *bytes, size_t size, char *ret)
{
    for (size_t i = 0; i < size; i += 3) {
        size_t rest = size - i;
        uint32_t group = (uint32_t)bytes[i] << 16;
        if (rest > 1)
            group |= (uint32_t)bytes[i + 1] << 8;
        if (rest > 2)
            group |= bytes[i + 2];
        *ret++ = base64url[group >> 18];
        *ret++ = base64url[group >> 12 & 63];
        if (rest > 1)
            *ret++ = base64url[group >> 6 & 63];
        if (rest > 2)
            *ret++ = base64url[group & 63];
    }
    *ret = '\0';
}

bool text_from_base64url(const char *string, uint8_t *ret, size_t size)
{
    const size_t length = (size * 4 + 2) / 3;
    if (strnlen(string, length + 1) != length)
        return false;
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < length; i++) {
        const char *at = strchr(base64url, string[i]);
        if (at == NULL)
            return false;
        bits = bits << 6 | (uint32_t)(at - base64url);
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        *ret++ = (uint8_t)(bits >> held);
        bits &= (1U << held) - 1;
    }
    return bits == 0;
}
