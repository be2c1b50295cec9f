/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over a document with expat, along the grammar. All texts go into one block of
 * memory that is large enough from the start: an element's text is put behind those kept,
 * and is one of them then, or the next one takes its place. */
#include "intake/cap.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "intake/cap_encoding.h"
#include "intake/cap_internal.h"

#include <assert.h>
#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAMESPACE_CAP "urn:oasis:names:tc:emergency:cap:"
#define NAMESPACE NAMESPACE_CAP "1."
#define NAMESPACE_1_0 "http://www.incident.com/cap/1.0"
#define NAMESPACE_SIGNATURE "http://www.w3.org/2000/09/xmldsig#"
#define NAMESPACE_END '\n' /* between it and the name, as expat gives them */
#define PAIRS_MAX 5000000  /* of lines compared, far more than real alerts need */
#define BLOCKS_DEEP 4      /* alert, info, area, geocode */

/* An element with elements, while it is being read. */
struct frame {
    const char *name;
    const struct cap_block *block;
    void *object;  /* what its elements are read into */
    uint32_t seen; /* which of them have been there, a bit by place in the grammar */
    unsigned last; /* the furthest place of them so far */
};

struct walk {
    struct cap_reader r;
    XML_Parser parser;
    struct frame frames[BLOCKS_DEEP];
    unsigned frame_count;
    const struct cap_element *leaf; /* the element with a text that is being read */
    struct cap_place leaf_at;
    unsigned depth;        /* elements that are open */
    unsigned passed_over;  /* of these, foreign ones */
    size_t size, size_max; /* of the texts kept, of all there may be */
    size_t leaf_size;      /* of that of the leaf, which stands behind them */
};

int cap_fail(struct cap_reader *r, int status, const char *format, ...)
{
    if (r->status != ST_OK)
        return r->status;
    char text[DIAG_TEXT_MAX + 1];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list); /* cut if too long */
    va_end(list);
    r->status =
        diag_set(r->reterr, status, r->at.line, r->at.column, r->at.element, "%s", text);
    return status;
}

int cap_grow(struct cap_reader *r, void *items, uint32_t *capacity, uint32_t count,
             size_t item_size, uint32_t count_max)
{
    const int status = mem_grow(items, capacity, count + 1, item_size, count_max);
    if (status == ST_LIMIT)
        return cap_fail(r, status, "is beyond the limit of %u: send less in one alert",
                        count_max);
    return status == ST_OK ? status : cap_fail(r, status, CAP_NO_MEMORY);
}

void cap_warn(struct cap_reader *r, enum cap_warning warning)
{
    if (r->alert->warnings[warning]++ == 0)
        r->alert->warning_lines[warning] = r->at.line;
}

static struct cap_place place_now(const struct walk *w, const char *element)
{
    return (struct cap_place){element, (uint32_t)XML_GetCurrentLineNumber(w->parser),
                              (uint32_t)XML_GetCurrentColumnNumber(w->parser) + 1};
}

static void open_block(struct walk *w, const char *name, const struct cap_block *block,
                       void *object)
{
    assert(w->frame_count < BLOCKS_DEEP);
    w->frames[w->frame_count++] =
        (struct frame){.name = name, .block = block, .object = object};
}

/* False if elements of the namespace SPACE are not CAP's, or not those that are read. */
static bool version_of(const char *space, enum cap_version *ret)
{
    if (strncmp(space, NAMESPACE, strlen(NAMESPACE)) != 0)
        return false;
    const char *minor = space + strlen(NAMESPACE);
    *ret = strcmp(minor, "1") == 0 ? CAP_VERSION_1_1 : CAP_VERSION_1_2;
    return *ret == CAP_VERSION_1_1 || strcmp(minor, "2") == 0;
}

static int open_alert(struct walk *w, const char *space, const char *name)
{
    struct cap_reader *r = &w->r;
    if (strcmp(space, NAMESPACE_1_0) == 0)
        return cap_fail(r, ST_UNSUPPORTED,
                        "is of CAP 1.0, which is not read: ask the sender for CAP 1.2");
    if (!version_of(space, &r->alert->version) || strcmp(name, "alert") != 0)
        return cap_fail(r, ST_UNSUPPORTED,
                        "is no CAP alert: the outermost element is <alert> in the "
                        "namespace " NAMESPACE "2");
    open_block(w, "alert", &cap_alert_block, r->alert);
    return ST_OK;
}

static const struct cap_element *find(const struct cap_block *block, const char *name)
{
    for (unsigned i = 0; i < block->count; i++)
        if (strcmp(block->elements[i].name, name) == 0)
            return &block->elements[i];
    return NULL;
}

/* Is ELEMENT where it may be? Elements that may be there many times say so. */
static int check_place(struct walk *w, struct frame *frame,
                       const struct cap_element *element)
{
    struct cap_reader *r = &w->r;
    const unsigned place = (unsigned)(element - frame->block->elements);
    if ((frame->seen >> place & 1) != 0 && (element->flags & CAP_MANY) == 0)
        return cap_fail(r, ST_INVALID, "is there twice in <%s>", frame->name);
    if (place < frame->last && frame->block->is_ordered)
        return cap_fail(r, ST_INVALID, "stands behind <%s>, but belongs before it",
                        frame->block->elements[frame->last].name);
    if (place < frame->last)
        cap_warn(r, CAP_WARNING_ORDER);
    else
        frame->last = place;
    frame->seen |= 1u << place;
    return ST_OK;
}

static int open_element(struct walk *w, const char *name)
{
    struct cap_reader *r = &w->r;
    struct frame *frame = &w->frames[w->frame_count - 1];
    if (w->leaf != NULL)
        return cap_fail(r, ST_INVALID, "stands within <%s>, which holds a text only",
                        w->leaf->name);
    const struct cap_element *element = find(frame->block, name);
    if (element == NULL)
        return cap_fail(r, ST_INVALID, "is no element of <%s> in CAP", frame->name);
    r->at.element = element->name;
    if (check_place(w, frame, element) != ST_OK)
        return r->status;
    if (element->block == NULL) {
        w->leaf = element;
        w->leaf_at = r->at;
        w->leaf_size = 0;
        return ST_OK;
    }
    void *object = NULL;
    if (element->block->add != NULL &&
        element->block->add(r, element, frame->object, &object) != ST_OK)
        return r->status;
    open_block(w, element->name, element->block, object);
    return ST_OK;
}

static bool is_own(const struct walk *w, const char *space)
{
    enum cap_version version;
    return version_of(space, &version) && version == w->r.alert->version;
}

static void pass_over(struct walk *w, const char *space)
{
    const bool is_signature = w->r.alert->version == CAP_VERSION_1_2 &&
                              w->frame_count == 1 && w->leaf == NULL &&
                              strcmp(space, NAMESPACE_SIGNATURE) == 0;
    if (space[0] == '\0' || strncmp(space, NAMESPACE_CAP, strlen(NAMESPACE_CAP)) == 0)
        (void)cap_fail(&w->r, ST_INVALID, "is not in the namespace of <alert>");
    else if (!is_signature)
        cap_warn(&w->r, CAP_WARNING_FOREIGN);
    w->passed_over = 1;
}

/* "" and the whole if there is no namespace. */
static void split(const char *full, char *ret_space, size_t room, const char **ret_name)
{
    const char *end = strchr(full, NAMESPACE_END);
    *ret_name = end == NULL ? full : end + 1;
    (void)snprintf(ret_space, room, "%.*s", end == NULL ? 0 : (int)(end - full), full);
}

static void start(struct walk *w, const char *full)
{
    char space[64]; /* longer ones are none that are known, whole or cut */
    const char *name;
    split(full, space, sizeof space, &name);
    w->r.at = place_now(w, name);
    if (w->depth++ >= CAP_DEPTH_MAX)
        (void)cap_fail(&w->r, ST_LIMIT, "is nested deeper than %d elements",
                       CAP_DEPTH_MAX);
    else if (w->passed_over > 0)
        w->passed_over++;
    else if (w->depth == 1)
        (void)open_alert(w, space, name);
    else if (!is_own(w, space))
        pass_over(w, space);
    else
        (void)open_element(w, name);
}

/* Takes the text of the leaf, which is then no more or one of those kept. */
static void end_leaf(struct walk *w)
{
    struct cap_reader *r = &w->r;
    const struct cap_element *element = w->leaf;
    struct frame *frame = &w->frames[w->frame_count - 1];
    char *room = r->alert->texts + w->size;
    w->leaf = NULL;
    r->at = w->leaf_at;
    room[w->leaf_size] = '\0';
    char *text = text_trim(room);
    const size_t size = strlen(text);
    if (size > CAP_TEXT_MAX && (element->flags & CAP_LONG) == 0)
        (void)cap_fail(r, ST_LIMIT, "has more than %u bytes: shorten it", CAP_TEXT_MAX);
    else if (size == 0 && (element->flags & CAP_BLANK) == 0)
        frame->seen &= ~(1u << (element - frame->block->elements));
    else if (size > 0 && element->take != NULL)
        (void)element->take(r, element, frame->object, text);
    if (size > 0 && (element->flags & CAP_KEPT) != 0)
        w->size = (size_t)(text + size + 1 - r->alert->texts);
}

static void end_block(struct walk *w)
{
    struct cap_reader *r = &w->r;
    const struct frame *frame = &w->frames[w->frame_count - 1];
    const struct cap_block *block = frame->block;
    r->at = place_now(w, frame->name);
    const unsigned needed =
        CAP_NEEDED | (r->alert->version == CAP_VERSION_1_2 ? CAP_NEEDED_1_2 : 0);
    for (unsigned i = 0; i < block->count; i++)
        if ((block->elements[i].flags & needed) != 0 && (frame->seen >> i & 1) == 0)
            (void)cap_fail(r, ST_INVALID, "has no <%s>, or an empty one",
                           block->elements[i].name);
    if (r->status == ST_OK && block->check != NULL)
        (void)block->check(r, frame->object);
    w->frame_count--;
}

/* ---- expat ---------------------------------------------------------------------------
 */

/* Nothing is read after a failure. */
static void stop_if_failed(struct walk *w)
{
    if (w->r.status != ST_OK)
        (void)XML_StopParser(w->parser, XML_FALSE); /* fails only if it has stopped */
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct walk *w = context;
    (void)attributes;
    if (w->r.status == ST_OK)
        start(w, name);
    stop_if_failed(w);
}

static void on_end(void *context, const char *name)
{
    struct walk *w = context;
    (void)name;
    if (w->r.status != ST_OK)
        return;
    w->depth--;
    if (w->passed_over > 0)
        w->passed_over--;
    else if (w->leaf != NULL)
        end_leaf(w);
    else
        end_block(w);
    stop_if_failed(w);
}

static bool is_blank(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (strchr(CAP_SPACE, text[i]) == NULL)
            return false;
    return true;
}

static void on_text(void *context, const char *text, int count)
{
    struct walk *w = context;
    const size_t size = (size_t)count;
    if (w->r.status != ST_OK || w->passed_over > 0)
        return;
    if (w->leaf != NULL) {
        assert(w->size + w->leaf_size + size < w->size_max);
        memcpy(w->r.alert->texts + w->size + w->leaf_size, text, size);
        w->leaf_size += size;
    } else if (!is_blank(text, size)) {
        w->r.at = place_now(w, w->frames[w->frame_count - 1].name);
        cap_warn(&w->r, CAP_WARNING_STRAY_TEXT);
    }
}

static void on_doctype(void *context, const char *name, const char *system_id,
                       const char *public_id, int has_internal)
{
    struct walk *w = context;
    (void)name, (void)system_id, (void)public_id, (void)has_internal;
    w->r.at = place_now(w, "DOCTYPE");
    (void)cap_fail(&w->r, ST_UNSUPPORTED, "is not accepted: CAP has none");
    stop_if_failed(w);
}

/* What expat itself found, if nothing failed before. */
static int parser_failed(struct walk *w)
{
    const enum XML_Error error = XML_GetErrorCode(w->parser);
    w->r.at = place_now(w, "");
    if (error == XML_ERROR_NO_MEMORY)
        return cap_fail(&w->r, ST_NO_MEMORY, CAP_NO_MEMORY);
    if (error == XML_ERROR_UNKNOWN_ENCODING)
        return cap_fail(&w->r, ST_UNSUPPORTED,
                        "is in an encoding that is not read: send UTF-8");
    return cap_fail(&w->r, ST_INVALID, "is not well-formed XML: %s",
                    XML_ErrorString(error));
}

static int parse(struct walk *w, const char *text, size_t size, bool is_utf8)
{
    static const XML_Memory_Handling_Suite memory = {mem_alloc, mem_realloc, mem_free};
    static const char separator[] = {NAMESPACE_END, '\0'};
    w->parser = XML_ParserCreate_MM(is_utf8 ? "UTF-8" : NULL, &memory, separator);
    if (w->parser == NULL)
        return diag_set(w->r.reterr, ST_NO_MEMORY, 0, 0, "", CAP_NO_MEMORY);
    XML_SetUserData(w->parser, w);
    XML_SetElementHandler(w->parser, on_start, on_end);
    XML_SetCharacterDataHandler(w->parser, on_text);
    XML_SetStartDoctypeDeclHandler(w->parser, on_doctype);
    if (XML_Parse(w->parser, text, (int)size, XML_TRUE) != XML_STATUS_OK)
        (void)parser_failed(w);
    XML_ParserFree(w->parser);
    return w->r.status;
}

/* SIZE bytes in any encoding that expat reads are at most twice as many in UTF-8 (those
 * of ISO-8859-1 are), and an element's tags are longer than the NUL behind its text. */
static struct cap_alert *new_alert(size_t size)
{
    struct cap_alert *alert = mem_calloc(1, sizeof *alert);
    if (alert != NULL && (alert->texts = mem_alloc(2 * size)) == NULL) {
        mem_free(alert);
        return NULL;
    }
    return alert;
}

static int read_text(const char *text, size_t size, bool is_utf8, struct cap_alert **ret,
                     struct diag *reterr)
{
    struct walk w = {.r = {.reterr = reterr, .pairs_left = PAIRS_MAX},
                     .size_max = 2 * size};
    polygon_init(&w.r.polygon);
    w.r.alert = new_alert(size);
    if (w.r.alert == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", CAP_NO_MEMORY);
    const int status = parse(&w, text, size, is_utf8);
    polygon_release(&w.r.polygon);
    if (status == ST_OK)
        *ret = w.r.alert;
    else
        cap_free(w.r.alert);
    return status;
}

int cap_read(const char *data, size_t size, struct cap_alert **ret, struct diag *reterr)
{
    if (size == 0)
        return diag_set(reterr, ST_INVALID, 0, 0, "", "is empty: send a CAP document");
    if (size > CAP_SIZE_MAX)
        return diag_set(
            reterr, ST_LIMIT, 0, 0, "",
            "has more than %u bytes: send coarser polygons, and pictures as links",
            CAP_SIZE_MAX);
    char *decoded;
    size_t decoded_size;
    int status = cap_decode(data, size, &decoded, &decoded_size, reterr);
    if (status != ST_OK)
        return status;
    if (decoded != NULL)
        status = read_text(decoded, decoded_size, true, ret, reterr);
    else
        status = read_text(data, size, false, ret, reterr);
    mem_free(decoded);
    return status;
}

static void free_info(struct cap_info *info)
{
    for (uint32_t i = 0; i < info->area_count; i++) {
        polygon_release(&info->areas[i].polygon);
        mem_free(info->areas[i].circles);
        mem_free(info->areas[i].geocodes.items);
    }
    mem_free(info->areas);
    mem_free(info->event_codes.items);
    mem_free(info->parameters.items);
}

void cap_free(struct cap_alert *alert)
{
    if (alert == NULL)
        return;
    for (uint32_t i = 0; i < alert->info_count; i++)
        free_info(&alert->infos[i]);
    mem_free(alert->infos);
    mem_free(alert->references);
    mem_free(alert->texts);
    mem_free(alert);
}
