/* SPDX-License-Identifier: Apache-2.0 */
/* Two readers. The first, ours, is short on purpose: lines end with CR LF, a line is
 * name ":" value, nothing folded, nothing guessed (RFC 9112 sections 2 to 6; where the
 * RFC lets a server be lenient, this one is not). It only notes where things are. Then
 * llhttp reads the same bytes and must find the same things at the same addresses. Only
 * then are the bytes changed: texts get their NULs, the target is decoded.
 *
 * Bodies are never llhttp's: a body is Content-Length bytes, and any Transfer-Encoding is
 * refused, so that its chunk reader (and everybody's) is out of reach. */
#include "http/head.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <llhttp.h>
#include <string.h>
#include <strings.h>

#if !defined(LLHTTP_STRICT_MODE) || LLHTTP_STRICT_MODE != 1
#error "llhttp must be built with -DLLHTTP_STRICT_MODE=1: a loose one lets requests hide"
#endif

struct span {
    char *start;
    size_t size;
};

struct field {
    struct span name, value;
};

/* What our reader noted. */
struct notes {
    struct span method, target;
    struct field fields[HTTP_HEADERS_MAX];
    uint32_t count;
    char minor; /* '0' or '1' */
    uint64_t content_length;
    bool has_length;
};

/* ---- the end of the head -------------------------------------------------------------
 */

enum http_found http_head_find(const char *text, size_t size, size_t *scanned,
                               size_t *ret_size)
{
    for (size_t i = *scanned; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != 0x7f)
            continue;
        if (c == '\t')
            continue;
        if (c != '\r')
            return HTTP_FOUND_BAD;
        if (i + 1 == size) {
            *scanned = i; /* the LF may be in the next piece */
            return HTTP_FOUND_MORE;
        }
        if (text[i + 1] != '\n')
            return HTTP_FOUND_BAD;
        if (i >= 2 && text[i - 1] == '\n') {
            *ret_size = i + 2;
            return HTTP_FOUND_END;
        }
        i++;
    }
    *scanned = size;
    return HTTP_FOUND_MORE;
}

/* ---- our reader ----------------------------------------------------------------------
 */

static bool is_token_byte(unsigned char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return true;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool is_token(struct span span)
{
    for (size_t i = 0; i < span.size; i++) {
        if (!is_token_byte((unsigned char)span.start[i]))
            return false;
    }
    return span.size > 0;
}

static bool span_is(struct span span, const char *text)
{
    return span.size == strlen(text) && memcmp(span.start, text, span.size) == 0;
}

static bool span_is_nocase(struct span span, const char *text)
{
    return span.size == strlen(text) && strncasecmp(span.start, text, span.size) == 0;
}

static int refuse(int status, const char *why, const char **ret_why)
{
    *ret_why = why;
    return status;
}

static int read_method(struct span method, const char **ret_why)
{
    static const char *const known[] = {"GET",   "HEAD",   "POST",   "PUT",
                                        "PATCH", "DELETE", "OPTIONS"};
    if (!is_token(method))
        return refuse(400, "The request line is damaged.", ret_why);
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (span_is(method, known[i]))
            return 0;
    }
    if (span_is(method, "TRACE") || span_is(method, "CONNECT"))
        return refuse(405, "This method is not served.", ret_why);
    return refuse(501, "This method is not known.", ret_why);
}

static int read_version(struct span version, char *ret_minor, const char **ret_why)
{
    if (version.size != 8 || memcmp(version.start, "HTTP/", 5) != 0 ||
        version.start[6] != '.')
        return refuse(400, "The request line is damaged.", ret_why);
    char major = version.start[5], minor = version.start[7];
    if (major < '0' || major > '9' || minor < '0' || minor > '9')
        return refuse(400, "The request line is damaged.", ret_why);
    if (major != '1' || minor > '1')
        return refuse(505, "Only versions 1.0 and 1.1 are spoken here.", ret_why);
    *ret_minor = minor;
    return 0;
}

/* METHOD SP TARGET SP VERSION, single spaces. */
static int read_request_line(struct notes *notes, struct span line, const char **ret_why)
{
    char *first = memchr(line.start, ' ', line.size);
    if (!first)
        return refuse(400, "The request line is damaged.", ret_why);
    notes->method = (struct span){line.start, (size_t)(first - line.start)};
    char *target = first + 1, *end = line.start + line.size;
    char *second = memchr(target, ' ', (size_t)(end - target));
    if (!second)
        return refuse(400, "The request line is damaged.", ret_why);
    notes->target = (struct span){target, (size_t)(second - target)};
    int status = read_version((struct span){second + 1, (size_t)(end - second - 1)},
                              &notes->minor, ret_why);
    if (status)
        return status;
    status = read_method(notes->method, ret_why);
    if (status)
        return status;
    if (notes->target.size == 0)
        return refuse(400, "The request line is damaged.", ret_why);
    for (size_t i = 0; i < notes->target.size; i++) {
        unsigned char c = (unsigned char)target[i];
        if (c <= 0x20 || c >= 0x7f || strchr("#\\\"<>^`", c))
            return refuse(400, "The address holds a byte that must be escaped.", ret_why);
    }
    return 0;
}

static int read_field(struct notes *notes, struct span line, const char **ret_why)
{
    if (notes->count == HTTP_HEADERS_MAX)
        return refuse(431, "There are too many header lines.", ret_why);
    char *colon = memchr(line.start, ':', line.size);
    if (!colon)
        return refuse(400, "A header line has no colon.", ret_why);
    struct field *field = &notes->fields[notes->count];
    field->name = (struct span){line.start, (size_t)(colon - line.start)};
    if (!is_token(field->name)) /* also a folded line: it starts with white space */
        return refuse(400, "A header name is damaged, or a line is folded.", ret_why);
    char *start = colon + 1, *end = line.start + line.size;
    while (start < end && (*start == ' ' || *start == '\t'))
        start++;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    field->value = (struct span){start, (size_t)(end - start)};
    notes->count++;
    return 0;
}

/* Splits the head into lines. Every CR here is followed by LF (http_head_find). */
static int read_lines(struct notes *notes, char *text, size_t size, const char **ret_why)
{
    char *line = text, *end = text + size - 2;
    while (line < end) {
        char *cr = memchr(line, '\r', (size_t)(end - line));
        if (!cr)
            return refuse(400, "The head is damaged.", ret_why);
        struct span span = {line, (size_t)(cr - line)};
        int status = line == text ? read_request_line(notes, span, ret_why)
                                  : read_field(notes, span, ret_why);
        if (status)
            return status;
        line = cr + 2;
    }
    return 0;
}

static bool is_name_byte(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '.' || c == '-' || c == '_';
}

/* Where a host ends that starts at P: a name, an IPv4 address, or an IPv6 address in
 * brackets. NULL if it is none. */
static const char *host_end(const char *p, const char *end)
{
    if (p == end || *p != '[') {
        const char *start = p;
        while (p < end && is_name_byte((unsigned char)*p))
            p++;
        return p > start ? p : NULL;
    }
    const char *start = ++p;
    while (p < end && strchr("0123456789abcdefABCDEF:.", *p))
        p++;
    return p < end && *p == ']' && p - start >= 2 ? p + 1 : NULL;
}

/* host [":" port] */
static bool is_host(struct span host)
{
    const char *end = host.start + host.size;
    const char *p = host_end(host.start, end);
    if (!p || p == end)
        return p != NULL;
    if (*p != ':' || end - p > 6)
        return false;
    for (p++; p < end; p++) {
        if (*p < '0' || *p > '9')
            return false;
    }
    return true;
}

static int read_length(struct notes *notes, struct span value, const char **ret_why)
{
    if (value.size == 0 || value.size > HTTP_LENGTH_DIGITS_MAX)
        return refuse(400, "Content-Length is damaged.", ret_why);
    uint64_t length = 0;
    for (size_t i = 0; i < value.size; i++) {
        if (value.start[i] < '0' || value.start[i] > '9')
            return refuse(400, "Content-Length is damaged.", ret_why);
        length = length * 10 + (uint64_t)(value.start[i] - '0');
    }
    notes->content_length = length;
    notes->has_length = true;
    return 0;
}

/* Counts of the headers that may stand at most once: two of them have two readings. */
enum { ONE_HOST, ONE_LENGTH, ONE_OTHER };
static const char *const singles[] = {"host",   "content-length",    "content-type",
                                      "cookie", "authorization",     "origin",
                                      "expect", "x-forwarded-proto", "idempotency-key"};

static int check_singles(const struct notes *notes, const char **ret_why)
{
    uint32_t seen[COUNT_OF(singles)] = {0};
    for (uint32_t i = 0; i < notes->count; i++) {
        for (size_t k = 0; k < COUNT_OF(singles); k++) {
            if (!span_is_nocase(notes->fields[i].name, singles[k]))
                continue;
            if (++seen[k] > 1)
                return refuse(400, "A header that may stand once stands twice.", ret_why);
            if (k == ONE_HOST && !is_host(notes->fields[i].value))
                return refuse(400, "The Host header is damaged.", ret_why);
        }
    }
    if (notes->minor == '1' && seen[ONE_HOST] == 0)
        return refuse(400, "The Host header is missing.", ret_why);
    return 0;
}

static const struct field *find_field(const struct notes *notes, const char *name)
{
    for (uint32_t i = 0; i < notes->count; i++) {
        if (span_is_nocase(notes->fields[i].name, name))
            return &notes->fields[i];
    }
    return NULL;
}

/* How long the body is (RFC 9112 section 6.3, the strict branch of every choice). */
static int check_framing(struct notes *notes, const char **ret_why)
{
    const struct field *encoding = find_field(notes, "transfer-encoding");
    const struct field *length = find_field(notes, "content-length");
    if (encoding && (length || notes->minor == '0'))
        return refuse(400, "The length of the body has two readings.", ret_why);
    if (encoding && span_is_nocase(encoding->value, "chunked"))
        return refuse(411, "Send the body with a Content-Length.", ret_why);
    if (encoding)
        return refuse(501, "This Transfer-Encoding is not known.", ret_why);
    return length ? read_length(notes, length->value, ret_why) : 0;
}

/* ---- llhttp, the second reader -------------------------------------------------------
 */

struct witness {
    llhttp_t parser; /* first: the callbacks get its address */
    const struct notes *notes;
    uint32_t fields;
    size_t name_size, url_size;
    bool complete;
};

static int on_url(llhttp_t *parser, const char *at, size_t size)
{
    struct witness *w = (struct witness *)parser;
    if (at != w->notes->target.start + w->url_size)
        return HPE_USER;
    w->url_size += size;
    return 0;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t size)
{
    struct witness *w = (struct witness *)parser;
    if (w->fields >= w->notes->count ||
        at != w->notes->fields[w->fields].name.start + w->name_size)
        return HPE_USER;
    w->name_size += size;
    return 0;
}

static int on_header_field_complete(llhttp_t *parser)
{
    struct witness *w = (struct witness *)parser;
    if (w->fields >= w->notes->count ||
        w->name_size != w->notes->fields[w->fields].name.size)
        return HPE_USER;
    w->name_size = 0;
    return 0;
}

/* llhttp may give the white space behind a value with it; we cut it. */
static int on_header_value(llhttp_t *parser, const char *at, size_t size)
{
    struct witness *w = (struct witness *)parser;
    if (w->fields >= w->notes->count)
        return HPE_USER;
    struct span ours = w->notes->fields[w->fields].value;
    while (size > 0 && (at[size - 1] == ' ' || at[size - 1] == '\t'))
        size--;
    if (size != ours.size || (size > 0 && at != ours.start))
        return HPE_USER;
    return 0;
}

static int on_header_value_complete(llhttp_t *parser)
{
    ((struct witness *)parser)->fields++;
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    ((struct witness *)parser)->complete = true;
    return HPE_PAUSED;
}

/* True if llhttp takes the head too and found the same. */
static bool second_reader_agrees(const struct notes *notes, const char *text, size_t size)
{
    static const llhttp_settings_t settings = {
        .on_url = on_url,
        .on_header_field = on_header_field,
        .on_header_field_complete = on_header_field_complete,
        .on_header_value = on_header_value,
        .on_header_value_complete = on_header_value_complete,
        .on_headers_complete = on_headers_complete,
    };
    struct witness w = {.notes = notes};
    llhttp_init(&w.parser, HTTP_REQUEST, &settings);
    if (llhttp_execute(&w.parser, text, size) != HPE_PAUSED || !w.complete)
        return false;
    const char *end = llhttp_get_error_pos(&w.parser);
    const char *method =
        llhttp_method_name((llhttp_method_t)llhttp_get_method(&w.parser));
    return end == text + size && w.fields == notes->count &&
           w.url_size == notes->target.size && span_is(notes->method, method) &&
           llhttp_get_http_major(&w.parser) == 1 &&
           llhttp_get_http_minor(&w.parser) == notes->minor - '0' &&
           w.parser.content_length == notes->content_length;
}

bool http_head_parser_is_strict(void)
{
    /* Strict llhttp wants LF behind the CR that ends a line; a loose one takes any byte.
     */
    static const char loose[] = "GET / HTTP/1.1\r\nHost: a\r\n\rX";
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    return llhttp_execute(&parser, loose, sizeof loose - 1) != HPE_OK;
}

/* ---- the result ----------------------------------------------------------------------
 */

/* Cuts "http://host" off an absolute target (RFC 9112 section 3.2.2); the authority must
 * be the Host's. */
static int cut_authority(struct notes *notes, const char **ret_why)
{
    struct span *target = &notes->target;
    if (target->start[0] == '/')
        return 0;
    size_t scheme = 0;
    if (target->size > 7 && strncasecmp(target->start, "http://", 7) == 0)
        scheme = 7;
    else if (target->size > 8 && strncasecmp(target->start, "https://", 8) == 0)
        scheme = 8;
    const struct field *host = find_field(notes, "host");
    if (scheme == 0 || !host)
        return refuse(400, "The address must start with a slash.", ret_why);
    char *slash = memchr(target->start + scheme, '/', target->size - scheme);
    if (!slash)
        return refuse(400, "The address has no path.", ret_why);
    size_t size = (size_t)(slash - target->start) - scheme;
    if (size != host->value.size ||
        strncasecmp(target->start + scheme, host->value.start, size) != 0)
        return refuse(400, "The address and the Host header differ.", ret_why);
    target->size -= (size_t)(slash - target->start);
    target->start = slash;
    return 0;
}

static int decode_target(struct http_head *head, struct span target, const char **ret_why)
{
    char *question = memchr(target.start, '?', target.size);
    size_t path_size = question ? (size_t)(question - target.start) : target.size;
    head->path = target.start;
    head->param_count = 0;
    if (question) {
        int status = http_url_query(question + 1, target.size - path_size - 1,
                                    head->params, &head->param_count);
        if (status)
            return refuse(400,
                          status == ST_LIMIT
                              ? "There are too many query parameters."
                              : "The query is damaged, or a parameter stands twice.",
                          ret_why);
    }
    if (http_url_path(target.start, path_size))
        return refuse(400, "The path is damaged, or holds a dot segment.", ret_why);
    return 0;
}

/* Whether the comma-separated list in VALUE holds TOKEN, in any case. */
static bool list_has(const char *value, const char *token)
{
    size_t length = strlen(token);
    for (const char *part = value; *part;) {
        part += strspn(part, ", \t");
        size_t size = strcspn(part, ",");
        size_t item = size;
        while (item > 0 && (part[item - 1] == ' ' || part[item - 1] == '\t'))
            item--;
        if (item == length && strncasecmp(part, token, length) == 0)
            return true;
        part += size;
    }
    return false;
}

/* The "Connection" header decides; without it 1.1 keeps the line, 1.0 does not. */
static bool wants_keep_alive(const struct http_head *head)
{
    bool keep = !head->is_http10;
    for (uint32_t i = 0; i < head->header_count; i++) {
        if (strcasecmp(head->headers[i].name, "connection") != 0)
            continue;
        if (list_has(head->headers[i].value, "close"))
            return false;
        if (list_has(head->headers[i].value, "keep-alive"))
            keep = true;
    }
    return keep;
}

static int finish(struct http_head *ret, struct notes *notes, const char **ret_why)
{
    int status = cut_authority(notes, ret_why);
    if (status)
        return status;
    ret->content_length = notes->content_length;
    ret->is_http10 = notes->minor == '0';
    ret->header_count = notes->count;
    notes->method.start[notes->method.size] = '\0';
    ret->method = notes->method.start;
    for (uint32_t i = 0; i < notes->count; i++) {
        struct field *field = &notes->fields[i];
        field->name.start[field->name.size] = '\0';
        field->value.start[field->value.size] = '\0';
        ret->headers[i] = (struct http_pair){field->name.start, field->value.start};
    }
    status = decode_target(ret, notes->target, ret_why);
    if (status)
        return status;
    ret->keep_alive = wants_keep_alive(ret);
    const char *expect = http_head_header(ret, "expect");
    if (expect && strcasecmp(expect, "100-continue") != 0)
        return refuse(417, "This expectation is not known.", ret_why);
    ret->expects_continue = expect && !ret->is_http10;
    return 0;
}

int http_head_read(struct http_head *ret, char *text, size_t size, const char **ret_why)
{
    assert(size >= 4);
    if (size > HTTP_HEAD_MAX)
        return refuse(431, "The request head is too large.", ret_why);
    struct notes notes = {.count = 0};
    int status = read_lines(&notes, text, size, ret_why);
    if (status)
        return status;
    if (notes.method.size == 0)
        return refuse(400, "The request line is missing.", ret_why);
    status = check_framing(&notes, ret_why);
    if (status)
        return status;
    status = check_singles(&notes, ret_why);
    if (status)
        return status;
    if (!second_reader_agrees(&notes, text, size))
        return refuse(400, "The request head is damaged.", ret_why);
    return finish(ret, &notes, ret_why);
}

const char *http_head_header(const struct http_head *head, const char *name)
{
    for (uint32_t i = 0; i < head->header_count; i++) {
        if (strcasecmp(head->headers[i].name, name) == 0)
            return head->headers[i].value;
    }
    return NULL;
}
