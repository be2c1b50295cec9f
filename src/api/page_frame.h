/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages of page.h are made of: their words, escaping, head and foot. Everything
 * from outside passes page_put_text or page_say. For the files page*.c alone. */
#ifndef MUSTER_API_PAGE_FRAME_H
#define MUSTER_API_PAGE_FRAME_H

#include "api/page.h"
#include "api/page_text.h"

enum page_text_id {
#define X(name, zh, en) TEXT_##name,
    PAGE_TEXT_LIST(X)
#undef X
        TEXT_COUNT
};

/* The page under way: where it goes and in which language. */
struct page {
    const struct page_data *data; /* of the volunteer's page, else NULL */
    enum page_language language;
    struct text *ret;
    const char *duty_phone; /* "" or NULL = none is known */
};

const char *page_word(const struct page *page, enum page_text_id id);
void page_put(const struct page *page, const char *html); /* as it is */
void page_put_text(const struct page *page, const char *text);
/* Text ID with its {} replaced by A and B in turn, escaped; NULL = no more. */
void page_say(const struct page *page, enum page_text_id id, const char *a,
              const char *b);
void page_say_number(const struct page *page, enum page_text_id id, int32_t number);
/* The word for an incident's kind; NULL for an unknown code. */
const char *page_kind_text(const struct page *page, const char *code);
/* "12 h 35 min". */
#define PAGE_MINUTES_SIZE 64
void page_format_minutes(const struct page *page, int64_t minutes,
                         char ret[PAGE_MINUTES_SIZE]);
/* How the area called NAME is called here; NULL for NULL. */
const char *page_area_text(const struct page *page, const char *name);
/* Up to the opened body tag, whose attributes may follow. */
void page_put_head(const struct page *page, enum page_text_id title);
void page_put_banner(const struct page *page, bool exercise);
/* With the way to call the duty room. */
void page_put_foot(const struct page *page);
/* A line with its label; nothing for an empty VALUE. */
void page_put_fact(const struct page *page, enum page_text_id label, const char *value,
                   const char *class);

/* What went wrong, or right, with the last POST: TEXTS has a text for each notice. */
void page_put_notice(const struct page *page, const enum page_text_id *texts,
                     enum page_notice notice);
/* <TAG>text</TAG>; VALUE: of its {}. */
void page_put_line(const struct page *page, const char *tag, enum page_text_id text,
                   const char *value);
/* NAME NULL: it only sends the form. */
void page_put_button(const struct page *page, const char *name, const char *value,
                     enum page_text_id text, bool is_primary);

struct page_option {
    const char *value;
    enum page_text_id text;
};
/* A choice whose first line keeps NOW; NOW NULL: VALUE is one of the options. */
void page_put_select(const struct page *page, enum page_text_id label, const char *name,
                     const struct page_option *options, uint32_t count, const char *value,
                     const char *now);
/* How the person comes. */
void page_put_mode(const struct page *page, enum page_text_id label, const char *value);

/* A form that posts to PATH and the token. */
void page_open_form(const struct page *page, const char *path, const char *token,
                    const char *nonce);
/* Of the first field that is wrong: the keyboard, and a voice that reads, begin there. */
#define PAGE_WRONG_FIRST " aria-invalid=\"true\" autofocus"
/* The field for the last four digits of the number on file, and WHY they are asked for;
 * or, by NOTICE, that they do not match. */
void page_put_digits(const struct page *page, enum page_text_id why,
                     enum page_notice notice);
/* Who opened this person's data (invariant 11b), folded away. */
void page_put_looks(const struct page *page, const struct page_look *looks,
                    uint32_t count);

#endif
