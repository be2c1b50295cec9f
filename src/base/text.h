/* SPDX-License-Identifier: Apache-2.0 */
/* A growing text with a mandatory maximum, and strict parsing of small values.
 * An append that fails leaves a mark (`status`): build first, ask once at the end. */
#ifndef MUSTER_BASE_TEXT_H
#define MUSTER_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data; /* always NUL-terminated after the first append; NULL before */
    size_t size;
    size_t capacity;
    size_t size_max;
    int status; /* ST_OK, or the first failure (ST_LIMIT, ST_NO_MEMORY) */
};

void text_init(struct text *text, size_t size_max);
void text_release(struct text *text);
/* Empties it, keeps the memory, forgets a failure. */
void text_clear(struct text *text);
void text_append(struct text *text, const char *data, size_t size);
void text_append_string(struct text *text, const char *string);
void text_appendf(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_append_int(struct text *text, int64_t value); /* decimal */
/* Appends STRING as a JSON string with its quotes (RFC 8259); a byte that is no UTF-8
 * becomes U+FFFD. */
void text_append_json(struct text *text, const char *string);
/* Appends with & < > " ' escaped, for HTML text and attribute values. */
void text_append_html(struct text *text, const char *string);
/* The string, never NULL. */
const char *text_string(const struct text *text);
/* Ownership leaves: the block (mem_free) or NULL if empty; the text is as after init. */
char *text_take(struct text *text);

/* Strict: the whole of STRING must be the value. Return false on anything else. */
bool text_to_int64(const char *string, int64_t min, int64_t max, int64_t *ret);
bool text_to_double(const char *string, double min, double max, double *ret);
bool text_is_utf8(const char *data, size_t size);
bool text_is_blank(const char *string); /* nothing but white space */
/* Whether UTF-8 STRING holds, above ASCII, what cannot be seen or looks like a space:
 * controls, white space, marks of direction, joiners, fillers, tags (general categories
 * Cc, Cf, Zs, Zl, Zp, and Default_Ignorable_Code_Point of Unicode 15). Two names that
 * differ in it look the same. */
bool text_has_hidden(const char *string);
/* Whether it holds marks of direction or blanks of no width (U+061C, U+200B, U+200E,
 * U+200F, U+202A to U+202E, U+2060, U+2066 to U+2069, U+FEFF). They come along when
 * something is copied, turn what stands behind them around, and make names that look
 * alike differ. What joins letters and pictures (U+200C, U+200D) is none of them. */
bool text_has_marks(const char *string);
/* Takes them out, in place. */
void text_drop_marks(char *string);
/* Cuts white space (space, tab, CR, LF) at both ends, in place; returns the start. */
char *text_trim(char *string);
/* Letters, digits, signs and blanks that a Chinese keyboard writes full-width (U+FF01 to
 * U+FF5E, U+3000) become those of ASCII, in place. */
void text_narrow(char *string);
/* Takes out blanks of either width (space, U+3000, U+00A0), in place: lists pad Chinese
 * names of two characters with them. */
void text_drop_blanks(char *string);
/* A telephone number as telephones and keyboards write it, in place: text_narrow, dashes
 * of every length become hyphens, and what is not seen goes. */
void text_tidy_phone(char *string);

void text_to_hex(const uint8_t *bytes, size_t size, char *ret); /* 2 * size + 1 */
bool text_from_hex(const char *hex, uint8_t *ret, size_t size);
/* base64url without padding (RFC 4648 section 5). RET has room for 4*size/3 + 4. */
void text_to_base64url(const uint8_t *bytes, size_t size, char *ret);
/* SIZE bytes from a text that is theirs alone: no padding, unused bits zero. */
bool text_from_base64url(const char *string, uint8_t *ret, size_t size);

#endif
