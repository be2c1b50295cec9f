/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON answers into a struct text. KEY is NULL inside lists; commas are put where
 * they belong. A failure stays in the text's status and is asked for once at the end. */
#ifndef MUSTER_API_OUT_H
#define MUSTER_API_OUT_H

#include "base/text.h"
#include "geo/point.h"

#include <stdbool.h>
#include <stdint.h>

void out_open(struct text *text, const char *key, char bracket); /* '{' or '[' */
void out_close(struct text *text, char bracket);                 /* '}' or ']' */
void out_text(struct text *text, const char *key, const char *value);
/* Nothing at all if VALUE is NULL or empty. */
void out_text_if(struct text *text, const char *key, const char *value);
void out_int(struct text *text, const char *key, int64_t value);
void out_bool(struct text *text, const char *key, bool value);
/* Up to 6 significant digits; what is not finite becomes 0. */
void out_real(struct text *text, const char *key, double value);
/* RFC 3339 with the local offset; nothing if MS is 0. */
void out_time_if(struct text *text, const char *key, int64_t ms);
/* {"lat","lon"}, 7 decimals. */
void out_point(struct text *text, const char *key, struct point point);
/* JSON that stands already. */
void out_raw(struct text *text, const char *key, const char *json);
/* Words separated by ", " as a list of texts. */
void out_words(struct text *text, const char *key, const char *words);

/* Whether WORD stands in LIST, words with commas between. */
bool out_has_word(const char *list, const char *word);
/* Of the words KNOWN (NULL behind the last) those that stand in the list ALLOWED, comma
 * separated. */
void out_allowed(struct text *text, const char *key, const char *const *known,
                 const char *allowed);

#endif
