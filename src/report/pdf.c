/* SPDX-License-Identifier: Apache-2.0 */
/* Everything is drawn from the top down; `y` is where the next thing begins, and what
 * does not fit begins a new page. Text goes through Pango, which chooses fonts by
 * character. */
#include "report/pdf.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "report/words.h"

#include <cairo-pdf.h>
#include <jansson.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <string.h>

#define PAGE_WIDTH 595.28
#define PAGE_HEIGHT 841.89
#define MARGIN 48.0
#define WIDTH (PAGE_WIDTH - 2 * MARGIN)
#define BOTTOM (PAGE_HEIGHT - MARGIN - 18)
#define ROW 15.0
#define COLUMNS_MAX 11
#define FONTS "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"

/* Read by the sanitizers, where there are any: what the font libraries keep until the
 * process ends is theirs, and so are the threads in which they load fonts (libraries that
 * are not instrumented, so that their locks are not seen). */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libpango\nleak:libglib\nleak:libcairo\n";
}
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:libfontconfig\nrace:libpango\nrace:libglib\nrace:libcairo\n";
}

struct colour {
    double r, g, b;
};
static const struct colour INK = {0.10, 0.13, 0.17}, QUIET = {0.40, 0.44, 0.50},
                           LINE = {0.82, 0.84, 0.87}, BAR = {0.17, 0.38, 0.65},
                           PALE = {0.90, 0.93, 0.97};

struct page {
    cairo_t *cairo;
    PangoLayout *layout;
    const json_t *root;
    enum report_language language;
    double y;
    int number;
    uint32_t missing;
};

static const char *say(const struct page *page, const char *code)
{
    static const struct {
        const char *code, *en, *zh;
    } words[] = {
#define X(code, en, zh) {code, en, zh},
        REPORT_WORD_LIST(X)
#undef X
    };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(words[i].code, code) == 0)
            return page->language == REPORT_ZH ? words[i].zh : words[i].en;
    return code;
}

/* ---- drawing ---- */
static void set_colour(struct page *page, struct colour colour)
{
    cairo_set_source_rgb(page->cairo, colour.r, colour.g, colour.b);
}

/* One line at (x, y of its top), cut with an ellipsis at WIDTH; right-aligned ends there.
 */
static void put(struct page *page, double x, double y, double width, double size,
                bool right, struct colour colour, const char *text)
{
    PangoFontDescription *font = pango_font_description_from_string(FONTS);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    if (size >= 12)
        pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(page->layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(page->layout, (int)(width * PANGO_SCALE));
    pango_layout_set_alignment(page->layout,
                               right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_text(page->layout, text, -1);
    page->missing += (uint32_t)pango_layout_get_unknown_glyphs_count(page->layout);
    set_colour(page, colour);
    cairo_move_to(page->cairo, x, y);
    pango_cairo_show_layout(page->cairo, page->layout);
}

static void rule(struct page *page, double y, double width, struct colour colour)
{
    set_colour(page, colour);
    cairo_set_line_width(page->cairo, width);
    cairo_move_to(page->cairo, MARGIN, y);
    cairo_line_to(page->cairo, PAGE_WIDTH - MARGIN, y);
    cairo_stroke(page->cairo);
}

static void box(struct page *page, double x, double y, double width, double height,
                struct colour colour)
{
    set_colour(page, colour);
    cairo_rectangle(page->cairo, x, y, width, height);
    cairo_fill(page->cairo);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static int64_t number_of(const json_t *object, const char *key)
{
    double value = json_number_value(json_object_get(object, key));
    return value > -1e15 && value < 1e15 ? (int64_t)value : 0;
}

static void put_foot(struct page *page)
{
    const json_t *incident = json_object_get(page->root, "incident");
    char foot[128];
    (void)snprintf(foot, sizeof foot, "%s %d%s", say(page, "page"), page->number,
                   say(page, "page_behind"));
    put(page, MARGIN, PAGE_HEIGHT - MARGIN, WIDTH, 8, false, QUIET,
        text_of(incident, "case"));
    put(page, MARGIN, PAGE_HEIGHT - MARGIN, WIDTH, 8, true, QUIET, foot);
    if (json_is_true(json_object_get(incident, "exercise")))
        put(page, MARGIN + 90, PAGE_HEIGHT - MARGIN, WIDTH - 180, 8, false, QUIET,
            say(page, "exercise"));
}

static void next_page(struct page *page)
{
    put_foot(page);
    cairo_show_page(page->cairo);
    page->number++;
    page->y = MARGIN;
}

/* Room for HEIGHT on this page, else the next. True: a new page was begun. */
static bool need_room(struct page *page, double height)
{
    if (page->y + height <= BOTTOM)
        return false;
    next_page(page);
    return true;
}

static void heading(struct page *page, const char *code)
{
    (void)need_room(page, 70);
    page->y += 14;
    put(page, MARGIN, page->y, WIDTH, 13, false, INK, say(page, code));
    page->y += 20;
    rule(page, page->y, 0.8, LINE);
    page->y += 5;
}

/* "2026-11-23T01:42:07.5+08:00" -> "2026-11-23 01:42:07". */
static void moment_of(const char *at, char ret[24])
{
    ret[0] = '\0';
    if (strlen(at) >= 19)
        (void)snprintf(ret, 24, "%.10s %.8s", at, at + 11);
}

/* The first SIZE signs of its time, behind its day if that is not the day of the report:
 * "20:10", "11-24 20:10". */
static const char *clock_of(const struct page *page, const char *at, int size,
                            char ret[24])
{
    const char *reported =
        text_of(json_object_get(page->root, "incident"), "reported_at");
    ret[0] = '\0';
    if (strlen(at) < 19)
        return ret;
    if (strncmp(at, reported, 10) == 0)
        (void)snprintf(ret, 24, "%.*s", size, at + 11);
    else
        (void)snprintf(ret, 24, "%.5s %.*s", at + 5, size, at + 11);
    return ret;
}

/* Seconds as 0:42, 12:07 or 1:02:03. */
static void span_of(int64_t seconds, char ret[24])
{
    long long s = seconds;
    if (s >= 3600)
        (void)snprintf(ret, 24, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    else
        (void)snprintf(ret, 24, "%lld:%02lld", s / 60, s % 60);
}

/* ---- tables ---- */
struct column {
    const char *code;
    double width; /* share of the page */
    bool right;
};

static void put_row(struct page *page, const struct column *columns, uint32_t count,
                    const char (*cells)[48], struct colour colour, double size)
{
    double x = MARGIN;
    for (uint32_t i = 0; i < count; i++) {
        double width = columns[i].width * WIDTH;
        put(page, x, page->y, width - 4, size, columns[i].right, colour, cells[i]);
        x += width;
    }
    page->y += ROW;
}

static void put_head(struct page *page, const struct column *columns, uint32_t count)
{
    char cells[COLUMNS_MAX][48];
    for (uint32_t i = 0; i < count; i++)
        (void)snprintf(cells[i], sizeof cells[i], "%s", say(page, columns[i].code));
    put_row(page, columns, count, (const char(*)[48])cells, QUIET, 8.5);
    rule(page, page->y - 2, 0.4, LINE);
}

/* ---- parts ---- */
static void put_top(struct page *page)
{
    const json_t *incident = json_object_get(page->root, "incident");
    char line[256], from[24], to[24];
    put(page, MARGIN, page->y, WIDTH, 22, false, INK, say(page, "title"));
    page->y += 32;
    (void)snprintf(line, sizeof line, "%s · %s · %s", text_of(incident, "case"),
                   say(page, text_of(incident, "kind")), text_of(incident, "area"));
    put(page, MARGIN, page->y, WIDTH, 13, false, INK, line);
    page->y += 20;
    moment_of(text_of(incident, "reported_at"), from);
    moment_of(text_of(incident, "as_of"), to);
    (void)snprintf(line, sizeof line, "%s %s · %s %s · %s",
                   say(page, "incident.reported"), from, say(page, "as_of"), to,
                   say(page, text_of(incident, "state")));
    put(page, MARGIN, page->y, WIDTH, 10, false, QUIET, line);
    page->y += 18;
    if (!json_is_true(json_object_get(incident, "exercise")))
        return;
    box(page, MARGIN, page->y, WIDTH, 20, PALE);
    put(page, MARGIN + 8, page->y + 4, WIDTH - 16, 10, false, INK, say(page, "exercise"));
    page->y += 26;
}

/* Where somebody had several alerts. */
static void put_people_alerted(struct page *page, const json_t *funnel)
{
    char line[128];
    if (number_of(funnel, "people") >= number_of(funnel, "alerted"))
        return;
    (void)snprintf(line, sizeof line, "%lld %s", (long long)number_of(funnel, "people"),
                   say(page, "of_people"));
    put(page, MARGIN, page->y, WIDTH, 9, false, QUIET, line);
    page->y += ROW;
}

static void put_funnel(struct page *page)
{
    static const char *const steps[] = {"alerted", "handed_over", "delivered",
                                        "seen",    "answered",    "accepted",
                                        "set_out", "on_scene"};
    static const char *const others[] = {"declined",   "no_answer",  "late",
                                         "stood_down", "void",       "withdrawn",
                                         "no_show",    "turned_back"};
    const json_t *funnel = json_object_get(page->root, "funnel");
    double most = fmax(1.0, (double)number_of(funnel, "alerted"));
    heading(page, "funnel");
    put_people_alerted(page, funnel);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        char count[24];
        int64_t n = number_of(funnel, steps[i]);
        (void)snprintf(count, sizeof count, "%lld", (long long)n);
        put(page, MARGIN, page->y, 160, 10, false, INK, say(page, steps[i]));
        put(page, MARGIN + 160, page->y, 40, 10, true, INK, count);
        box(page, MARGIN + 210, page->y + 2, (WIDTH - 210) * (double)n / most, 9, BAR);
        page->y += ROW;
    }
    char line[512] = "";
    size_t used = (size_t)snprintf(line, sizeof line, "%s%s", say(page, "others"),
                                   say(page, "colon"));
    const char *between = "";
    for (size_t i = 0; i < COUNT_OF(others) && used < sizeof line; i++) {
        if (number_of(funnel, others[i]) <= 0)
            continue;
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%s %lld", between,
                                 say(page, others[i]),
                                 (long long)number_of(funnel, others[i]));
        between = say(page, "comma");
    }
    page->y += 3;
    put(page, MARGIN, page->y, WIDTH, 9, false, QUIET, line);
    page->y += ROW;
}

static void put_delays(struct page *page)
{
    static const struct column columns[] = {{"step", 0.46, false},
                                            {"count", 0.12, true},
                                            {"median", 0.14, true},
                                            {"p90", 0.14, true},
                                            {"most", 0.14, true}};
    static const char *const keys[] = {"dispatcher", "channel", "reply",
                                       "turnout",    "travel",  "travel_excess"};
    const json_t *delays = json_object_get(page->root, "delays");
    heading(page, "delays");
    put_head(page, columns, COUNT_OF(columns));
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const json_t *delay = json_object_get(delays, keys[i]);
        char cells[COLUMNS_MAX][48] = {{0}};
        (void)snprintf(cells[0], sizeof cells[0], "%s", say(page, keys[i]));
        (void)snprintf(cells[1], sizeof cells[1], "%lld",
                       (long long)number_of(delay, "count"));
        if (number_of(delay, "count") > 0) {
            span_of(number_of(delay, "median_s"), cells[2]);
            span_of(number_of(delay, "p90_s"), cells[3]);
            span_of(number_of(delay, "most_s"), cells[4]);
        }
        put_row(page, columns, COUNT_OF(columns), (const char(*)[48])cells, INK, 9.5);
    }
}

/* "19:40", or "19:40 - 20:10": the first and the last. */
static void put_deadlines(const struct page *page, const json_t *need, char cell[48])
{
    const json_t *all = json_object_get(need, "deadlines");
    const char *first = json_string_value(json_array_get(all, 0));
    char from[24] = "", to[24];
    if (first != NULL)
        (void)clock_of(page, first, 5, from);
    (void)snprintf(cell, 48, "%s%s%s", from, first == NULL ? "" : " - ",
                   clock_of(page, text_of(need, "deadline"), 5, to));
}

static void put_needs(struct page *page)
{
    static const struct column columns[] = {
        {"need", 0.06, false},      {"wanted", 0.07, true},
        {"by", 0.215, true},        {"promised", 0.09, true},
        {"first_wave", 0.09, true}, {"waves", 0.06, true},
        {"alerted", 0.07, true},    {"expected_yes", 0.115, true},
        {"accepted", 0.085, true},  {"in_time", 0.065, true},
        {"state", 0.08, true}};
    const json_t *needs = json_object_get(page->root, "needs"), *need;
    size_t index;
    heading(page, "needs");
    put_head(page, columns, COUNT_OF(columns));
    json_array_foreach((json_t *)(uintptr_t)needs, index, need)
    {
        char cells[COLUMNS_MAX][48] = {{0}};
        static const char *const keys[] = {"wanted", NULL,      NULL, "alerted_at_first",
                                           "waves",  "alerted", NULL, "accepted",
                                           "in_time"};
        (void)snprintf(cells[0], sizeof cells[0], "%zu", index + 1);
        for (size_t i = 0; i < COUNT_OF(keys); i++)
            if (keys[i] != NULL)
                (void)snprintf(cells[i + 1], sizeof cells[0], "%lld",
                               (long long)number_of(need, keys[i]));
        put_deadlines(page, need, cells[2]);
        if (json_object_get(need, "promised") != NULL)
            (void)snprintf(cells[3], sizeof cells[3], "%.3f",
                           json_number_value(json_object_get(need, "promised")));
        (void)snprintf(cells[7], sizeof cells[7], "%.1f",
                       json_number_value(json_object_get(need, "expected_yes")));
        (void)snprintf(cells[10], sizeof cells[10], "%s",
                       say(page, text_of(need, "state")));
        if (need_room(page, ROW))
            put_head(page, columns, COUNT_OF(columns));
        put_row(page, columns, COUNT_OF(columns), (const char(*)[48])cells, INK, 9.5);
    }
    const json_t *hours = json_object_get(page->root, "hours");
    char line[200];
    (void)snprintf(line, sizeof line, "%s%s%lld %s%s%s%lld %s%s%s%lld %s",
                   say(page, "hours"), say(page, "colon"),
                   (long long)number_of(hours, "people"), say(page, "hours_people"),
                   say(page, "comma"), say(page, "minutes_before"),
                   (long long)number_of(hours, "minutes"), say(page, "minutes"),
                   say(page, "comma"), say(page, "credited_before"),
                   (long long)number_of(hours, "credited"), say(page, "credited"));
    page->y += 4;
    put(page, MARGIN, page->y, WIDTH, 10, false, INK, line);
    page->y += ROW;
}

static void fill_span(const json_t *person, const char *key, char ret[48])
{
    char span[24];
    if (json_object_get(person, key) == NULL)
        return;
    span_of(number_of(person, key), span);
    (void)snprintf(ret, 48, "%s", span);
}

static void put_person(struct page *page, const struct column *columns, uint32_t count,
                       const json_t *person)
{
    char cells[COLUMNS_MAX][48] = {{0}};
    (void)snprintf(cells[0], sizeof cells[0], "%s", text_of(person, "number"));
    (void)snprintf(cells[1], sizeof cells[1], "%lld",
                   (long long)number_of(person, "wave"));
    fill_span(person, "seconds", cells[2]);
    if (json_object_get(person, "p_accept") != NULL)
        (void)snprintf(cells[3], sizeof cells[3], "%.2f",
                       json_number_value(json_object_get(person, "p_accept")));
    (void)snprintf(cells[4], sizeof cells[4], "%s", say(page, text_of(person, "state")));
    fill_span(person, "reply_s", cells[5]);
    fill_span(person, "turnout_s", cells[6]);
    fill_span(person, "travel_s", cells[7]);
    if (json_object_get(person, "minutes") != NULL)
        (void)snprintf(cells[8], sizeof cells[8], "%lld",
                       (long long)number_of(person, "minutes"));
    put_row(page, columns, count, (const char(*)[48])cells, INK, 9);
}

static void put_cut(struct page *page, const char *key)
{
    char line[64];
    if (number_of(page->root, key) == 0)
        return;
    (void)need_room(page, ROW);
    (void)snprintf(line, sizeof line, "+ %lld %s", (long long)number_of(page->root, key),
                   say(page, "cut"));
    put(page, MARGIN, page->y, WIDTH, 9, false, QUIET, line);
    page->y += ROW;
}

static void put_people(struct page *page)
{
    static const struct column columns[] = {
        {"number", 0.15, false},     {"wave", 0.07, true},
        {"way", 0.09, true},         {"chance", 0.15, true},
        {"state", 0.19, true},       {"reply_col", 0.09, true},
        {"turnout_col", 0.09, true}, {"travel_col", 0.09, true},
        {"minutes_col", 0.08, true}};
    const json_t *people = json_object_get(page->root, "people"), *person;
    size_t index;
    heading(page, "people");
    put_head(page, columns, COUNT_OF(columns));
    json_array_foreach((json_t *)(uintptr_t)people, index, person)
    {
        if (need_room(page, ROW))
            put_head(page, columns, COUNT_OF(columns));
        put_person(page, columns, COUNT_OF(columns), person);
    }
    put_cut(page, "people_cut");
}

/* What CODE says of an event of this KIND; empty: nothing that people read. */
static const char *say_code(const struct page *page, const char *kind, const char *code)
{
    char both[64];
    (void)snprintf(both, sizeof both, "%s.%s", kind, code);
    const char *word = say(page, both);
    if (word == both)
        word = say(page, code);
    return word == code ? "" : word;
}

static void put_timeline(struct page *page)
{
    const json_t *timeline = json_object_get(page->root, "timeline"), *entry;
    size_t index;
    heading(page, "timeline");
    json_array_foreach((json_t *)(uintptr_t)timeline, index, entry)
    {
        char at[24], line[200];
        (void)clock_of(page, text_of(entry, "at"), 8, at);
        const char *code = say_code(page, text_of(entry, "kind"), text_of(entry, "code"));
        size_t used = (size_t)snprintf(line, sizeof line, "%s  %s%s",
                                       say(page, text_of(entry, "kind")),
                                       text_of(entry, "number"), text_of(entry, "area"));
        if (number_of(entry, "count") > 0 && text_of(entry, "number")[0] == '\0' &&
            used < sizeof line)
            used += (size_t)snprintf(line + used, sizeof line - used, "%lld",
                                     (long long)number_of(entry, "count"));
        if (code[0] != '\0' && used < sizeof line)
            (void)snprintf(line + used, sizeof line - used, "%s%s%s",
                           say(page, "bracket"), code, say(page, "bracket_behind"));
        (void)need_room(page, ROW);
        put(page, MARGIN, page->y, 70, 9, false, QUIET, at);
        put(page, MARGIN + 70, page->y, WIDTH - 70, 9, false, INK, line);
        page->y += 13;
    }
    put_cut(page, "timeline_cut");
}

/* ---- the document ---- */
static cairo_status_t take_bytes(void *context, const unsigned char *data,
                                 unsigned int size)
{
    struct text *text = context;
    text_append(text, (const char *)data, size);
    return text->status == ST_OK ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static void draw(struct page *page)
{
    put_top(page);
    put_funnel(page);
    put_delays(page);
    put_needs(page);
    put_people(page);
    put_timeline(page);
    put_foot(page);
    cairo_show_page(page->cairo);
}

static int draw_all(const json_t *root, enum report_language language, struct text *ret,
                    uint32_t *ret_missing)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(take_bytes, ret, PAGE_WIDTH, PAGE_HEIGHT);
    const json_t *incident = json_object_get(root, "incident");
    struct page page = {.cairo = cairo_create(surface),
                        .root = root,
                        .language = language,
                        .y = MARGIN,
                        .number = 1};
    page.layout = pango_cairo_create_layout(page.cairo);
    pango_layout_set_ellipsize(page.layout, PANGO_ELLIPSIZE_END);
    pango_context_set_language(
        pango_layout_get_context(page.layout),
        pango_language_from_string(language == REPORT_ZH ? "zh-cn" : "en"));
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE,
                                   text_of(incident, "case"));
    draw(&page);
    g_object_unref(page.layout);
    cairo_destroy(page.cairo);
    cairo_surface_finish(surface);
    cairo_status_t status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (ret_missing != NULL)
        *ret_missing = page.missing;
    if (ret->status != ST_OK)
        return ret->status;
    return status == CAIRO_STATUS_SUCCESS ? (int)ST_OK : (int)ST_NO_MEMORY;
}

bool report_language_parse(const char *code, enum report_language *ret)
{
    if (strcmp(code, "en") != 0 && strcmp(code, "zh") != 0)
        return false;
    *ret = code[0] == 'z' ? REPORT_ZH : REPORT_EN;
    return true;
}

int report_pdf(const char *json, size_t size, enum report_language language,
               struct text *ret, uint32_t *ret_missing, struct diag *reterr)
{
    json_t *root = json_loadb(json, size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(json_object_get(root, "incident"))) {
        json_decref(root);
        return diag_set(reterr, ST_INVALID, 0, 0, "report", "is no report");
    }
    int status = draw_all(root, language, ret, ret_missing);
    json_decref(root);
    return status;
}
