/* SPDX-License-Identifier: Apache-2.0 */
/* What the text of an element is taken for, if it stands for itself. */
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "intake/cap_internal.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define SHOWN "\"%.60s\"" /* of a text in a message */
#define TIME_SIZE strlen("2026-07-25T16:30:00+08:00")
#define TIME_FORM "is no time as 2026-07-25T16:30:00+08:00: "
#define HEIGHT_MAX 1e6 /* feet */
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static void *field(void *object, const struct cap_element *element)
{
    return (char *)object + element->offset;
}

static int keep(void *object, const struct cap_element *element, const char *text)
{
    *(const char **)field(object, element) = text;
    return ST_OK;
}

/* ---- texts ---------------------------------------------------------------------------
 */

int cap_take_text(struct cap_reader *r, const struct cap_element *element, void *object,
                  char *text)
{
    (void)r;
    return keep(object, element, text);
}

/* CAP 1.2, 3.2.1: identifiers and senders "MUST NOT include spaces, commas or restricted
 * characters (< and &)". */
static bool is_name(const char *text)
{
    return text[0] != '\0' && strpbrk(text, CAP_SPACE ",<&") == NULL &&
           strlen(text) <= CAP_NAME_MAX;
}

int cap_take_name(struct cap_reader *r, const struct cap_element *element, void *object,
                  char *text)
{
    if (!is_name(text))
        return cap_fail(r, ST_INVALID,
                        "has a blank, a comma, < or &, or more than %u bytes: " SHOWN,
                        CAP_NAME_MAX, text);
    return keep(object, element, text);
}

/* Tags of HTML, and what becomes of them. */
enum tag { TAG_NONE, TAG_LINE_END, TAG_NOTHING, TAG_REFUSED };
static const struct {
    const char *name;
    enum tag tag;
} tags[] = {
    {"br", TAG_LINE_END},    {"p", TAG_LINE_END},     {"div", TAG_LINE_END},
    {"li", TAG_LINE_END},    {"ul", TAG_LINE_END},    {"a", TAG_NOTHING},
    {"b", TAG_NOTHING},      {"i", TAG_NOTHING},      {"u", TAG_NOTHING},
    {"em", TAG_NOTHING},     {"strong", TAG_NOTHING}, {"span", TAG_NOTHING},
    {"img", TAG_REFUSED},    {"script", TAG_REFUSED}, {"style", TAG_REFUSED},
    {"iframe", TAG_REFUSED}, {"object", TAG_REFUSED}, {"embed", TAG_REFUSED},
    {"link", TAG_REFUSED},   {"meta", TAG_REFUSED},   {"base", TAG_REFUSED},
    {"form", TAG_REFUSED},   {"input", TAG_REFUSED},  {"button", TAG_REFUSED},
    {"svg", TAG_REFUSED},    {"math", TAG_REFUSED},   {"video", TAG_REFUSED},
    {"audio", TAG_REFUSED},  {"html", TAG_REFUSED},   {"body", TAG_REFUSED},
};

/* The tag that begins at TEXT with '<', opening or closing; *RET_END is behind it. A < of
 * a sentence begins none. */
static enum tag find_tag(char *text, char **ret_end)
{
    const char *name = text + 1 + (text[1] == '/');
    const size_t size = strspn(name, LETTERS);
    char *end = strpbrk(text + 1, "<>");
    if (end == NULL || *end == '<' || strchr(CAP_SPACE "/>", name[size]) == NULL)
        return TAG_NONE;
    *ret_end = end + 1;
    for (size_t i = 0; i < COUNT_OF(tags); i++)
        if (strlen(tags[i].name) == size && strncasecmp(name, tags[i].name, size) == 0)
            return tags[i].tag;
    return TAG_NONE;
}

/* Tags that only set lines or letters go. */
static void strip_tags(struct cap_reader *r, char *text)
{
    char *out = text;
    for (char *in = text, *end; *in != '\0';) {
        const enum tag tag = *in == '<' ? find_tag(in, &end) : TAG_NONE;
        if (tag != TAG_LINE_END && tag != TAG_NOTHING) {
            *out++ = *in++;
            continue;
        }
        cap_warn(r, CAP_WARNING_MARKUP);
        if (tag == TAG_LINE_END)
            *out++ = '\n';
        in = end;
    }
    *out = '\0';
}

/* Text for people is shown as it is, never as HTML; but many agencies copy it from their
 * pages. */
int cap_take_prose(struct cap_reader *r, const struct cap_element *element, void *object,
                   char *text)
{
    strip_tags(r, text);
    for (char *at = text, *end; (at = strchr(at, '<')) != NULL; at++)
        if (find_tag(at, &end) == TAG_REFUSED)
            return cap_fail(r, ST_INVALID, "holds HTML, %.10s: send plain text", at);
    text = text_trim(text);
    if (text[0] == '\0' && (element->flags & CAP_NEEDED) != 0)
        return cap_fail(r, ST_INVALID, "holds nothing but HTML: send plain text");
    return keep(object, element, text);
}

/* xs:language: parts of 1 to 8 letters, later ones with digits, joined by hyphens. */
static bool is_language(const char *text)
{
    size_t size = strspn(text, LETTERS);
    while (size >= 1 && size <= 8 && text[size] == '-') {
        text += size + 1;
        size = strspn(text, LETTERS DIGITS);
    }
    return size >= 1 && size <= 8 && text[size] == '\0';
}

int cap_take_language(struct cap_reader *r, const struct cap_element *element,
                      void *object, char *text)
{
    if (!is_language(text))
        return cap_fail(r, ST_INVALID, "is no code of a language as zh-CN: " SHOWN, text);
    return keep(object, element, text);
}

int cap_take_link(struct cap_reader *r, const struct cap_element *element, void *object,
                  char *text)
{
    const char *host = strncasecmp(text, "https://", 8) == 0  ? text + 8
                       : strncasecmp(text, "http://", 7) == 0 ? text + 7
                                                              : "";
    if (strcspn(host, "/?#") == 0 || strpbrk(text, CAP_SPACE "<>\"") != NULL)
        return cap_fail(r, ST_INVALID,
                        "is no address of the web with http:// or https://: " SHOWN,
                        text);
    return keep(object, element, text);
}

int cap_take_restriction(struct cap_reader *r, const struct cap_element *element,
                         void *object, char *text)
{
    (void)element, (void)object, (void)text;
    r->has_restriction = true;
    return ST_OK;
}

int cap_take_addresses(struct cap_reader *r, const struct cap_element *element,
                       void *object, char *text)
{
    (void)element, (void)object, (void)text;
    r->has_addresses = true;
    return ST_OK;
}

/* ---- words, times, numbers -----------------------------------------------------------
 */

static int find_word(struct cap_reader *r, const struct cap_element *element,
                     const char *text, unsigned *ret)
{
    if (cap_word_find(element->list, text, ret))
        return ST_OK;
    return cap_fail(r, ST_INVALID, "is " SHOWN ", but has to be one of: %s", text,
                    cap_words(element->list));
}

int cap_take_word(struct cap_reader *r, const struct cap_element *element, void *object,
                  char *text)
{
    return find_word(r, element, text, field(object, element));
}

int cap_take_bit(struct cap_reader *r, const struct cap_element *element, void *object,
                 char *text)
{
    unsigned value;
    if (find_word(r, element, text, &value) == ST_OK)
        *(uint32_t *)field(object, element) |= 1u << value;
    return r->status;
}

/* A time as RFC 3339 has it; *RET_EXACT if CAP 1.2 does too: no Z, no fraction. The end
 * of a day may be 24:00:00. */
static bool read_time(char *text, int64_t *ret_ms, bool *ret_exact)
{
    const bool is_midnight = strlen(text) > 19 && strncmp(text + 11, "24:00:00", 8) == 0;
    if (is_midnight)
        memcpy(text + 11, "00", 2);
    if (!time_parse(text, ret_ms))
        return false;
    *ret_exact = strlen(text) == TIME_SIZE && text[10] == 'T';
    if (is_midnight)
        *ret_ms += TIME_DAY_MS;
    return true;
}

int cap_take_sent(struct cap_reader *r, const struct cap_element *element, void *object,
                  char *text)
{
    bool is_exact;
    if (!read_time(text, field(object, element), &is_exact) ||
        (!is_exact && r->alert->version != CAP_VERSION_1_1))
        return cap_fail(r, ST_INVALID, TIME_FORM SHOWN, text);
    return ST_OK;
}

/* CAP 1.1 takes any time of XML Schema. */
static bool read_lax_time(struct cap_reader *r, char *text, int64_t *ret_ms)
{
    bool is_exact;
    if (!read_time(text, ret_ms, &is_exact))
        return false;
    if (!is_exact && r->alert->version != CAP_VERSION_1_1)
        cap_warn(r, CAP_WARNING_TIME);
    return true;
}

int cap_take_time(struct cap_reader *r, const struct cap_element *element, void *object,
                  char *text)
{
    if (!read_lax_time(r, text, field(object, element)))
        return cap_fail(r, ST_INVALID, TIME_FORM SHOWN, text);
    return ST_OK;
}

static int take_height(struct cap_reader *r, const char *text, double *ret)
{
    if (!text_to_double(text, -HEIGHT_MAX, HEIGHT_MAX, ret))
        return cap_fail(r, ST_INVALID, "is no number: " SHOWN, text);
    return ST_OK;
}

int cap_take_altitude(struct cap_reader *r, const struct cap_element *element,
                      void *object, char *text)
{
    (void)element, (void)object;
    return take_height(r, text, &r->altitude);
}

int cap_take_ceiling(struct cap_reader *r, const struct cap_element *element,
                     void *object, char *text)
{
    (void)element, (void)object;
    return take_height(r, text, &r->ceiling);
}

/* ---- references ----------------------------------------------------------------------
 */

/* "sender,identifier,sent", cut in place. */
static bool read_reference(struct cap_reader *r, char *text, struct cap_reference *ret)
{
    char *identifier = strchr(text, ',');
    char *sent = identifier == NULL ? NULL : strchr(identifier + 1, ',');
    if (sent == NULL)
        return false;
    *identifier++ = '\0';
    *sent++ = '\0';
    *ret = (struct cap_reference){.sender = text, .identifier = identifier};
    return is_name(text) && is_name(identifier) && read_lax_time(r, sent, &ret->sent_ms);
}

int cap_take_references(struct cap_reader *r, const struct cap_element *element,
                        void *object, char *text)
{
    (void)element;
    struct cap_alert *alert = object;
    r->references_at = r->at;
    char *rest = NULL;
    for (char *one = strtok_r(text, CAP_SPACE, &rest); one != NULL;
         one = strtok_r(NULL, CAP_SPACE, &rest)) {
        if (cap_grow(r, &alert->references, &alert->reference_capacity,
                     alert->reference_count, sizeof *alert->references,
                     CAP_REFERENCES_MAX) != ST_OK)
            return r->status;
        if (!read_reference(r, one, &alert->references[alert->reference_count]))
            return cap_fail(r, ST_INVALID,
                            "has a part that is not sender,identifier,sent: " SHOWN, one);
        alert->reference_count++;
    }
    return ST_OK;
}
