/* SPDX-License-Identifier: Apache-2.0 */
/* OpenStreetMap XML: <osm> with node, way and relation elements, their tag, nd and member
 * children. Read by expat, which checks the XML; this file checks the rest. A DOCTYPE is
 * refused (no entities of the file's own), unknown elements are ignored. */
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "road/gunzip.h"
#include "road/osmread.h"

#include <expat.h>
#include <stdarg.h>
#include <string.h>

#define DEPTH_MAX 16
#define TOKEN_MAX (4u << 20)    /* bytes of one tag with its attributes */
#define TAG_TEXT_MAX (1u << 20) /* bytes of all keys and values of one object */

enum element { NONE, NODE, WAY, RELATION };

struct reader {
    XML_Parser parser;
    const struct osmread_handler *handler;
    const char *name;
    struct diag *reterr;
    int status; /* the first failure; the parser is then stopped */
    int depth;
    enum element in;
    int64_t id;
    struct point point;
    int64_t *refs;  /* nodes of a way, ways of a relation */
    uint8_t *inner; /* by way of a relation */
    uint32_t ref_count, ref_capacity, inner_capacity;
    char *text; /* keys and values, each with its NUL */
    uint32_t text_size, text_capacity;
    struct osmtag tags[OSMTAGS_MAX];
    uint32_t offsets[OSMTAGS_MAX][2];
    uint32_t tag_count;
};

__attribute__((format(printf, 3, 4))) static void fail(struct reader *r, int status,
                                                       const char *format, ...)
{
    if (r->status != ST_OK)
        return;
    char text[128];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list); /* cut if too long */
    va_end(list);
    r->status = diag_set(r->reterr, status, (uint32_t)XML_GetCurrentLineNumber(r->parser),
                         (uint32_t)XML_GetCurrentColumnNumber(r->parser) + 1, r->name,
                         "%s", text);
    (void)XML_StopParser(r->parser, XML_FALSE); /* fails only if it has stopped already */
}

static const char *attribute(const char **attributes, const char *name)
{
    for (; attributes[0] != NULL; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

static bool read_id(struct reader *r, const char **attributes, const char *name,
                    int64_t *ret)
{
    const char *text = attribute(attributes, name);
    if (text != NULL && text_to_int64(text, INT64_MIN + 1, INT64_MAX, ret))
        return true;
    fail(r, ST_CORRUPT, "has a bad or no attribute %s", name);
    return false;
}

/* As editors write it into their files. */
static bool is_deleted(const char **attributes)
{
    const char *visible = attribute(attributes, "visible");
    const char *action = attribute(attributes, "action");
    return (visible != NULL && strcmp(visible, "false") == 0) ||
           (action != NULL && strcmp(action, "delete") == 0);
}

static void start_object(struct reader *r, enum element element, const char **attributes)
{
    r->ref_count = r->text_size = r->tag_count = 0;
    if (is_deleted(attributes))
        return; /* with its children: r->in stays NONE */
    if (!read_id(r, attributes, "id", &r->id))
        return;
    r->in = element;
    if (element != NODE)
        return;
    const char *lat = attribute(attributes, "lat"), *lon = attribute(attributes, "lon");
    double lat_degrees, lon_degrees;
    if (lat == NULL || lon == NULL || !text_to_double(lat, -90, 90, &lat_degrees) ||
        !text_to_double(lon, -180, 180, &lon_degrees) ||
        !point_from_degrees(lat_degrees, lon_degrees, &r->point))
        fail(r, ST_CORRUPT, "has a node with a bad or no position");
}

static bool keep_text(struct reader *r, const char *text, uint32_t *ret_offset)
{
    size_t size = strlen(text) + 1;
    if (size > OSMTAGS_TEXT_MAX) {
        fail(r, ST_LIMIT, "has a tag longer than %u bytes", OSMTAGS_TEXT_MAX);
        return false;
    }
    int status = mem_grow(&r->text, &r->text_capacity, r->text_size + (uint32_t)size, 1,
                          TAG_TEXT_MAX);
    if (status != ST_OK) {
        fail(r, status, "has an object with too long tags");
        return false;
    }
    memcpy(r->text + r->text_size, text, size);
    *ret_offset = r->text_size;
    r->text_size += (uint32_t)size;
    return true;
}

static void add_tag(struct reader *r, const char **attributes)
{
    const char *key = attribute(attributes, "k"), *value = attribute(attributes, "v");
    if (key == NULL || value == NULL) {
        fail(r, ST_CORRUPT, "has a tag without k or v");
        return;
    }
    if (r->tag_count == OSMTAGS_MAX) {
        fail(r, ST_LIMIT, "has an object with more than %d tags", OSMTAGS_MAX);
        return;
    }
    uint32_t *offset = r->offsets[r->tag_count];
    if (keep_text(r, key, &offset[0]) && keep_text(r, value, &offset[1]))
        r->tag_count++;
}

static void add_ref(struct reader *r, const char **attributes, uint32_t count_max)
{
    int64_t id;
    if (!read_id(r, attributes, "ref", &id))
        return;
    int status = mem_grow(&r->refs, &r->ref_capacity, r->ref_count + 1, sizeof *r->refs,
                          count_max);
    if (status != ST_OK || r->ref_count >= count_max) {
        fail(r, status != ST_OK ? status : ST_LIMIT, "has more than %u members",
             count_max);
        return;
    }
    r->refs[r->ref_count++] = id;
}

static void add_member(struct reader *r, const char **attributes)
{
    uint32_t index = r->ref_count;
    add_ref(r, attributes, OSMREAD_MEMBERS_MAX);
    if (r->status != ST_OK)
        return;
    int status =
        mem_grow(&r->inner, &r->inner_capacity, index + 1, 1, OSMREAD_MEMBERS_MAX);
    if (status != ST_OK) {
        fail(r, status, "has a relation that is too large");
        return;
    }
    const char *role = attribute(attributes, "role");
    r->inner[index] = role != NULL && strcmp(role, "inner") == 0;
}

static void child(struct reader *r, const char *name, const char **attributes)
{
    if (strcmp(name, "tag") == 0)
        add_tag(r, attributes);
    else if (r->in == WAY && strcmp(name, "nd") == 0)
        add_ref(r, attributes, OSMREAD_WAY_NODES_MAX);
    else if (r->in == RELATION && strcmp(name, "member") == 0) {
        const char *type = attribute(attributes, "type");
        if (type == NULL)
            fail(r, ST_CORRUPT, "has a member without a type");
        else if (strcmp(type, "way") == 0)
            add_member(r, attributes);
    }
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct reader *r = context;
    if (r->status != ST_OK)
        return;
    int depth = r->depth++;
    if (depth >= DEPTH_MAX)
        fail(r, ST_LIMIT, "is nested deeper than %d", DEPTH_MAX);
    else if (depth == 0 && strcmp(name, "osm") != 0)
        fail(r, ST_UNSUPPORTED, "is XML, but not OpenStreetMap's (no <osm> at the top)");
    else if (depth == 1 && strcmp(name, "node") == 0)
        start_object(r, NODE, attributes);
    else if (depth == 1 && strcmp(name, "way") == 0)
        start_object(r, WAY, attributes);
    else if (depth == 1 && strcmp(name, "relation") == 0)
        start_object(r, RELATION, attributes);
    else if (depth == 2 && r->in != NONE)
        child(r, name, attributes);
}

static int hand_over(struct reader *r)
{
    const struct osmread_handler *h = r->handler;
    for (uint32_t i = 0; i < r->tag_count; i++)
        r->tags[i] =
            (struct osmtag){r->text + r->offsets[i][0], r->text + r->offsets[i][1]};
    struct osmtags tags = {r->tags, r->tag_count};
    if (r->in == NODE && h->node != NULL)
        return h->node(h->context, &(struct osmread_node){r->id, r->point, tags},
                       r->reterr);
    if (r->in == WAY && h->way != NULL)
        return h->way(h->context,
                      &(struct osmread_way){r->id, r->refs, r->ref_count, tags},
                      r->reterr);
    if (r->in == RELATION && h->relation != NULL)
        return h->relation(
            h->context,
            &(struct osmread_relation){r->id, r->refs, r->inner, r->ref_count, tags},
            r->reterr);
    return ST_OK;
}

static void on_end(void *context, const char *name)
{
    struct reader *r = context;
    (void)name;
    if (r->status != ST_OK)
        return;
    r->depth--;
    if (r->depth != 1 || r->in == NONE)
        return;
    int status = hand_over(r);
    r->in = NONE;
    if (status != ST_OK) {
        r->status = status; /* the handler has filled reterr */
        (void)XML_StopParser(r->parser, XML_FALSE);
    }
}

static void on_doctype(void *context, const char *name, const char *system_id,
                       const char *public_id, int has_internal)
{
    (void)name, (void)system_id, (void)public_id, (void)has_internal;
    fail(context, ST_UNSUPPORTED, "has a DOCTYPE, which is not accepted");
}

static int parse_all(struct reader *r, struct gunzip *input, size_t size)
{
    uint64_t fed = 0;
    for (;;) {
        const char *piece;
        size_t piece_size;
        int status = gunzip_next(input, &piece, &piece_size);
        if (status != ST_OK)
            return diag_set(r->reterr, status, 0, 0, r->name, "%s",
                            status == ST_LIMIT ? "is larger than the limit"
                                               : "is damaged or cut off (gzip)");
        bool last = piece_size == 0;
        if (XML_Parse(r->parser, piece, (int)piece_size, last) != XML_STATUS_OK &&
            r->status == ST_OK)
            fail(r, ST_CORRUPT, "is not well-formed: %s",
                 XML_ErrorString(XML_GetErrorCode(r->parser)));
        if (r->status != ST_OK || last)
            return r->status;
        fed += piece_size;
        XML_Index at = XML_GetCurrentByteIndex(r->parser);
        if (at >= 0 && fed > (uint64_t)at + TOKEN_MAX + GUNZIP_PIECE_SIZE)
            fail(r, ST_LIMIT, "has a tag longer than %u bytes", TOKEN_MAX);
        if (r->status != ST_OK)
            return r->status;
        if (r->handler->progress != NULL)
            r->handler->progress(r->handler->context, gunzip_done(input), size);
    }
}

int osmxml_read(const uint8_t *data, size_t size, bool gzip, const char *name,
                const struct osmread_handler *handler, struct diag *reterr)
{
    (void)gzip; /* seen again by gunzip */
    struct gunzip *input = NULL;
    struct reader *r = mem_calloc(1, sizeof *r);
    static const XML_Memory_Handling_Suite memory = {mem_alloc, mem_realloc, mem_free};
    int status =
        r == NULL ? ST_NO_MEMORY : gunzip_new(&input, data, size, OSMREAD_BYTES_MAX);
    if (status == ST_OK &&
        (r->parser = XML_ParserCreate_MM("UTF-8", &memory, NULL)) == NULL)
        status = ST_NO_MEMORY;
    if (status == ST_OK) {
        r->handler = handler;
        r->name = name;
        r->reterr = reterr;
        XML_SetUserData(r->parser, r);
        XML_SetElementHandler(r->parser, on_start, on_end);
        XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
        status = parse_all(r, input, size);
    } else {
        (void)diag_set(reterr, status, 0, 0, name, "no memory to read it");
    }
    gunzip_free(input);
    if (r != NULL) {
        if (r->parser != NULL)
            XML_ParserFree(r->parser);
        mem_free(r->refs);
        mem_free(r->inner);
        mem_free(r->text);
        mem_free(r);
    }
    return status;
}
