/* SPDX-License-Identifier: Apache-2.0 */
/* The body is parsed by jansson, walked once against the schema, and every mistake is
 * collected, so that a form can mark all wrong fields at once. jansson knows the byte
 * where it stumbled; pointer_of_byte walks the text to that byte to say which field that
 * was. */
#include "api/body.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "geo/crs.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct reader {
    struct body *body;
    struct problem *problem;
    char pointer[PROBLEM_POINTER_MAX + 1];
    size_t size; /* of the pointer */
};

/* ---- the pointer under the hand ---- */
static size_t push(struct reader *reader, const char *name)
{
    const size_t before = reader->size;
    if (reader->size + 1 < sizeof reader->pointer)
        reader->pointer[reader->size++] = '/';
    for (; *name != '\0' && reader->size + 2 < sizeof reader->pointer; name++) {
        if (*name == '~' || *name == '/') {
            reader->pointer[reader->size++] = '~';
            reader->pointer[reader->size++] = *name == '~' ? '0' : '1';
        } else {
            reader->pointer[reader->size++] = *name;
        }
    }
    reader->pointer[reader->size] = '\0';
    return before;
}

static void pop(struct reader *reader, size_t before)
{
    reader->size = before;
    reader->pointer[before] = '\0';
}

static void wrong(struct reader *reader, const char *text)
{
    problem_add(reader->problem, reader->pointer, "%s", text);
}

/* Memory that lives as long as the body. */
static void *take(struct reader *reader, size_t count, size_t size)
{
    struct body *body = reader->body;
    void *block = body->block_count == BODY_ALLOCATIONS_MAX
                      ? NULL
                      : mem_calloc(count == 0 ? 1 : count, size);
    if (block == NULL) {
        wrong(reader, "is more than can be taken now");
        return NULL;
    }
    body->blocks[body->block_count++] = block;
    return block;
}

/* ---- single values ---- */
const char *body_said(const struct body_text *text)
{
    return text->value == NULL || text_is_blank(text->value) ? NULL : text->value;
}

size_t body_characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < 0x20 && *text != '\n' && *text != '\r' &&
             *text != '\t') ||
            *text == 0x7f)
            return true;
    return false;
}

static bool check_text(struct reader *reader, const struct field *field, const char *text)
{
    const size_t count = body_characters(text);
    const bool says_nothing = field->min >= 1 && text_is_blank(text);
    if (says_nothing || (double)count < field->min || (double)count > field->max) {
        problem_add(reader->problem, reader->pointer, "must have %.0f to %.0f characters",
                    field->min, field->max);
        return false;
    }
    if (has_control(text)) {
        wrong(reader, "has control characters");
        return false;
    }
    return true;
}

/* NULL after a refusal. */
static const char *without_marks(struct reader *reader, const struct field *field,
                                 const char *text)
{
    if ((field->flags & FIELD_RAW) != 0 || !text_has_marks(text))
        return text;
    const size_t size = strlen(text) + 1;
    char *copy = take(reader, size, 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, size);
    text_drop_marks(copy);
    return copy;
}

static void set_text(struct reader *reader, const struct field *field, const char *text,
                     struct body_text *ret)
{
    const char *clean = without_marks(reader, field, text);
    if (clean != NULL && check_text(reader, field, clean))
        ret->value = clean;
}

static void set_number(struct reader *reader, const struct field *field, double number,
                       void *ret)
{
    const bool open = (field->flags & FIELD_OPEN) != 0;
    if (!isfinite(number) || number < field->min || number > field->max ||
        (open && (number <= field->min ||
                  (number >= field->max && (field->flags & FIELD_MAX) == 0)))) {
        problem_add(reader->problem, reader->pointer, "must be %s %.12g and %.12g",
                    open ? "strictly between" : "between", field->min, field->max);
        return;
    }
    if (field->kind == FIELD_REAL)
        *(struct body_real *)ret = (struct body_real){true, number};
    else
        *(struct body_int *)ret = (struct body_int){true, (int64_t)number};
}

int body_code(const char *const *codes, const char *code)
{
    for (int i = 0; codes[i] != NULL; i++)
        if (*code != '\0' && strcmp(codes[i], code) == 0)
            return i;
    return -1;
}

static void unknown_code(struct reader *reader, const char *const *codes)
{
    char known[PROBLEM_DETAIL_MAX + 1];
    size_t size = 0;
    for (int i = 0; codes[i] != NULL && size < sizeof known; i++)
        if (codes[i][0] != '\0')
            size += (size_t)snprintf(known + size, sizeof known - size, "%s%s",
                                     size == 0 ? "" : ", ", codes[i]);
    problem_add(reader->problem, reader->pointer, "is not known; known are: %s", known);
}

static void set_code(struct reader *reader, const struct field *field, const char *code,
                     struct body_int *ret)
{
    const int index = body_code(field->codes, code);
    if (index < 0)
        unknown_code(reader, field->codes);
    else
        *ret = (struct body_int){true, index};
}

static void set_time(struct reader *reader, const char *text, struct body_int *ret)
{
    int64_t ms;
    if (!time_parse(text, &ms))
        wrong(reader, "must be a time of RFC 3339 with an offset");
    else
        *ret = (struct body_int){true, ms};
}

static bool set_point(struct reader *reader, double lat, double lon, const char *crs_name,
                      struct point *ret)
{
    enum crs crs = CRS_WGS84;
    if (crs_name != NULL && !crs_parse(crs_name, &crs)) {
        const size_t before = push(reader, "crs");
        wrong(reader, "is not known; known are: wgs84, gcj02, bd09");
        pop(reader, before);
        return false;
    }
    struct point plain;
    if (!point_from_degrees(lat, lon, &plain)) {
        wrong(reader, "must be a latitude of -90 to 90 and a longitude of -180 to 180");
        return false;
    }
    if (plain.lat_e7 == 0 && plain.lon_e7 == 0) {
        wrong(reader, "(0,0) is no place");
        return false;
    }
    *ret = crs == CRS_WGS84 ? plain : crs_to_wgs84(crs, lat, lon);
    return true;
}

struct place {
    double value[2]; /* lat, lon */
    unsigned seen;   /* bit per value */
    const char *crs;
};

static bool read_place_member(struct reader *reader, const char *key, const json_t *item,
                              struct place *place)
{
    static const char *const names[] = {"lat", "lon"};
    for (unsigned i = 0; i < 2; i++) {
        if (strcmp(key, names[i]) != 0)
            continue;
        if (!json_is_number(item)) {
            wrong(reader, "must be a number");
            return false;
        }
        place->value[i] = json_number_value(item);
        place->seen |= 1U << i;
        return true;
    }
    if (strcmp(key, "crs") != 0) {
        wrong(reader, "is not known here");
        return false;
    }
    place->crs = json_string_value(item);
    if (place->crs == NULL)
        wrong(reader, "must be a text");
    return place->crs != NULL;
}

static bool read_point(struct reader *reader, const json_t *json, struct point *ret)
{
    if (!json_is_object(json)) {
        wrong(reader, "must be an object with lat and lon");
        return false;
    }
    struct place place = {.crs = NULL};
    bool good = true;
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)(uintptr_t)json, key, item)
    {
        const size_t before = push(reader, key);
        good = read_place_member(reader, key, item, &place) && good;
        pop(reader, before);
    }
    if (good && place.seen != 3) {
        wrong(reader, "needs lat and lon");
        return false;
    }
    return good && set_point(reader, place.value[0], place.value[1], place.crs, ret);
}

static void set_from(struct reader *reader, const char *word, struct body_from *ret)
{
    if (strcmp(word, "home") == 0)
        *ret = (struct body_from){.given = true, .kind = FROM_HOME};
    else if (strcmp(word, "work") == 0)
        *ret = (struct body_from){.given = true, .kind = FROM_WORK};
    else
        wrong(reader, "is not known; known are: home, work, or a place {lat,lon}");
}

/* ---- JSON values by kind ---- */
static void read_object(struct reader *reader, const struct schema *schema,
                        const json_t *json, void *ret);

static const struct field item_text = {.kind = FIELD_TEXT, .min = 1, .max = 64};

static void read_list(struct reader *reader, const struct field *field,
                      const json_t *json, struct body_list *ret)
{
    const size_t count = json_array_size(json);
    if (!json_is_array(json) || (double)count < field->min ||
        (double)count > field->max) {
        problem_add(reader->problem, reader->pointer,
                    "must be a list of %.0f to %.0f items", field->min, field->max);
        return;
    }
    const size_t item_size =
        field->schema != NULL ? field->schema->size : sizeof(const char *);
    char *items = take(reader, count, item_size);
    if (items == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        char name[24];
        (void)snprintf(name, sizeof name, "%zu", i);
        const size_t before = push(reader, name);
        const json_t *item = json_array_get(json, i);
        if (field->schema != NULL)
            read_object(reader, field->schema, item, items + i * item_size);
        else if (!json_is_string(item))
            wrong(reader, "must be a text");
        else if (check_text(reader, &item_text, json_string_value(item)))
            ((const char **)(void *)items)[i] = json_string_value(item);
        pop(reader, before);
    }
    *ret = (struct body_list){true, (uint32_t)count, items};
}

static void read_codes(struct reader *reader, const struct field *field,
                       const json_t *json, struct body_int *ret)
{
    if (!json_is_array(json)) {
        wrong(reader, "must be a list");
        return;
    }
    ret->given = true;
    for (size_t i = 0; i < json_array_size(json); i++) {
        const char *code = json_string_value(json_array_get(json, i));
        const int index = code == NULL ? -1 : body_code(field->codes, code);
        if (index < 0) {
            unknown_code(reader, field->codes);
            return;
        }
        ret->value |= INT64_C(1) << index;
    }
}

static void read_text_kind(struct reader *reader, const struct field *field,
                           const char *text, void *ret)
{
    switch (field->kind) {
    case FIELD_TEXT:
        set_text(reader, field, text, ret);
        return;
    case FIELD_TIME:
        set_time(reader, text, ret);
        return;
    case FIELD_CODE:
        set_code(reader, field, text, ret);
        return;
    case FIELD_FROM:
        set_from(reader, text, ret);
        return;
    case FIELD_AUTO_INT:
        if (strcmp(text, "auto") == 0)
            *(struct body_int *)ret = (struct body_int){true, -1};
        else
            wrong(reader, "must be \"auto\" or a number");
        return;
    default:
        wrong(reader, "must not be a text");
    }
}

static void clear_value(const struct field *field, void *ret)
{
    if (field->kind == FIELD_TEXT)
        ((struct body_text *)ret)->value = "";
    else
        *(struct body_int *)ret = (struct body_int){true, 0};
}

static const char *const kind_names[] = {
    [FIELD_TEXT] = "must be a text",
    [FIELD_INT] = "must be a whole number",
    [FIELD_REAL] = "must be a number",
    [FIELD_BOOL] = "must be true or false",
    [FIELD_TIME] = "must be a time as text",
    [FIELD_CODE] = "must be a text",
    [FIELD_POINT] = "must be an object with lat and lon",
    [FIELD_AUTO_INT] = "must be \"auto\" or a whole number",
    [FIELD_FROM] = "must be home, work, or a place",
    [FIELD_OBJECT] = "must be an object",
    [FIELD_LIST] = "must be a list",
    [FIELD_JSON] = "must be an object",
    [FIELD_CODES] = "must be a list",
};

/* 60 and 60.0 are the same number (RFC 8259, section 6). */
static bool is_whole(const json_t *json)
{
    return json_is_integer(json) ||
           (json_is_real(json) && floor(json_real_value(json)) == json_real_value(json));
}

static void read_value(struct reader *reader, const struct field *field,
                       const json_t *json, void *ret)
{
    if (json_is_null(json) && (field->flags & FIELD_NULL) != 0) {
        clear_value(field, ret);
    } else if (field->kind == FIELD_OBJECT) {
        read_object(reader, field->schema, json, ret);
    } else if (field->kind == FIELD_LIST) {
        read_list(reader, field, json, ret);
    } else if (field->kind == FIELD_CODES) {
        read_codes(reader, field, json, ret);
    } else if (field->kind == FIELD_JSON && json_is_object(json)) {
        ((struct body_json *)ret)->value = json;
    } else if (field->kind == FIELD_POINT) {
        struct body_point *point = ret;
        point->given = read_point(reader, json, &point->at);
    } else if (field->kind == FIELD_FROM && json_is_object(json)) {
        struct body_from *from = ret;
        from->kind = FROM_POINT;
        from->given = read_point(reader, json, &from->at);
    } else if (json_is_string(json) && field->kind != FIELD_INT &&
               field->kind != FIELD_REAL && field->kind != FIELD_BOOL &&
               field->kind != FIELD_JSON) {
        read_text_kind(reader, field, json_string_value(json), ret);
    } else if (json_is_boolean(json) && field->kind == FIELD_BOOL) {
        *(struct body_int *)ret = (struct body_int){true, json_is_true(json)};
    } else if ((is_whole(json) &&
                (field->kind == FIELD_INT || field->kind == FIELD_AUTO_INT)) ||
               (json_is_number(json) && field->kind == FIELD_REAL)) {
        set_number(reader, field, json_number_value(json), ret);
    } else {
        wrong(reader, kind_names[field->kind]);
    }
}

static const struct field *find_field(const struct schema *schema, const char *name,
                                      size_t size)
{
    for (uint32_t i = 0; i < schema->count; i++)
        if (strlen(schema->fields[i].name) == size &&
            memcmp(schema->fields[i].name, name, size) == 0)
            return &schema->fields[i];
    return NULL;
}

static void require_fields(struct reader *reader, const struct schema *schema,
                           const bool *seen)
{
    for (uint32_t i = 0; i < schema->count; i++) {
        if (seen[i] || (schema->fields[i].flags & FIELD_REQUIRED) == 0)
            continue;
        const size_t before = push(reader, schema->fields[i].name);
        wrong(reader, "is required");
        pop(reader, before);
    }
}

#define SCHEMA_FIELDS_MAX 32

/* Depth is bounded by the schemas (BODY_DEPTH_MAX was checked on the text besides). */
static void read_object(struct reader *reader, const struct schema *schema,
                        const json_t *json, void *ret)
{
    if (!json_is_object(json)) {
        wrong(reader, "must be an object");
        return;
    }
    assert(schema->count <= SCHEMA_FIELDS_MAX);
    bool seen[SCHEMA_FIELDS_MAX] = {false};
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)(uintptr_t)json, key, item)
    {
        const struct field *field = find_field(schema, key, strlen(key));
        const size_t before = push(reader, key);
        if (field == NULL) {
            wrong(reader, "is not known here");
        } else {
            seen[field - schema->fields] = true;
            read_value(reader, field, item, (char *)ret + field->offset);
        }
        pop(reader, before);
    }
    require_fields(reader, schema, seen);
    *(bool *)ret = true;
}

/* ---- where in the text ---- */
struct frame {
    bool list;
    uint32_t index;
    size_t key, key_size; /* of the last key, in the text, without quotes */
};

/* A walk over the text: the open brackets and the text seen last. */
struct walk {
    struct frame frames[BODY_DEPTH_MAX + 1];
    size_t depth, text_start, text_size;
};

/* Behind the text that begins at I, or AT; notes where it stands. */
static size_t walk_text(struct walk *walk, const char *data, size_t i, size_t at)
{
    walk->text_start = i + 1;
    for (i++; i < at && data[i] != '"'; i++)
        i += data[i] == '\\';
    walk->text_size = (i < at ? i : at) - walk->text_start;
    return i;
}

static void walk_mark(struct walk *walk, char mark)
{
    struct frame *top = walk->depth == 0 ? NULL : &walk->frames[walk->depth - 1];
    if (mark == '{' || mark == '[') {
        if (walk->depth <= BODY_DEPTH_MAX)
            walk->frames[walk->depth++] = (struct frame){.list = mark == '['};
    } else if (top == NULL) {
        return;
    } else if (mark == ':') {
        top->key = walk->text_start;
        top->key_size = walk->text_size;
        return;
    } else if (mark == ',') {
        top->index++;
        top->key_size = 0;
    } else {
        walk->depth--;
    }
    walk->text_size = 0;
}

/* Fills POINTER for the byte AT of the text: the innermost member that holds it. */
static void pointer_of_byte(struct reader *reader, const char *data, size_t at)
{
    struct walk walk = {.depth = 0};
    for (size_t i = 0; i < at; i++) {
        if (data[i] == '"')
            i = walk_text(&walk, data, i, at);
        else if (strchr("{}[]:,", data[i]) != NULL && data[i] != '\0')
            walk_mark(&walk, data[i]);
    }
    struct frame *last = walk.depth == 0 ? NULL : &walk.frames[walk.depth - 1];
    if (last != NULL && !last->list && last->key_size == 0) {
        last->key = walk.text_start; /* stumbled over the key itself */
        last->key_size = walk.text_size;
    }
    for (size_t i = 0; i < walk.depth; i++) {
        const struct frame *frame = &walk.frames[i];
        char name[64];
        if (frame->list)
            (void)snprintf(name, sizeof name, "%u", frame->index);
        else
            (void)snprintf(name, sizeof name, "%.*s", (int)frame->key_size,
                           data + frame->key);
        if (frame->list || frame->key_size > 0)
            (void)push(reader, name);
    }
}

/* Nesting of brackets outside texts; damaged JSON is found by the parser. */
static bool is_too_deep(const char *data, size_t size)
{
    int depth = 0;
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '"') {
            for (i++; i < size && data[i] != '"'; i++)
                i += data[i] == '\\';
        } else if (data[i] == '{' || data[i] == '[') {
            if (++depth > BODY_DEPTH_MAX)
                return true;
        } else if (data[i] == '}' || data[i] == ']') {
            depth--;
        }
    }
    return false;
}

static int no_json(struct reader *reader, const char *data, size_t size,
                   const json_error_t *error)
{
    const size_t at = error->position < 0 ? 0 : (size_t)error->position;
    const bool doubled = json_error_code(error) == json_error_duplicate_key;
    problem_init(reader->problem, 400,
                 doubled ? "a key stands twice" : "this is no JSON");
    pointer_of_byte(reader, data, at < size ? at : size);
    problem_add(reader->problem, reader->pointer, "line %d, column %d: %s", error->line,
                error->column, doubled ? "this key stands twice" : error->text);
    return ST_INVALID;
}

int body_read(struct body *body, const struct schema *schema, const char *data,
              size_t size, void *ret, struct problem *reterr)
{
    *body = (struct body){.root = NULL};
    memset(ret, 0, schema->size);
    struct reader reader = {.body = body, .problem = reterr};
    problem_init(reterr, 0, "the body is not as it should be");
    if (is_too_deep(data, size)) {
        problem_init(reterr, 400, "deeper than %d levels", BODY_DEPTH_MAX);
        return ST_INVALID;
    }
    json_error_t error;
    body->root = size == 0 ? json_object()
                           : json_loadb(data, size, JSON_REJECT_DUPLICATES, &error);
    if (body->root == NULL)
        return size == 0 ? ST_NO_MEMORY : no_json(&reader, data, size, &error);
    read_object(&reader, schema, body->root, ret);
    return reterr->status == 0 ? 0 : ST_INVALID;
}

void body_release(struct body *body)
{
    json_decref(body->root);
    body->root = NULL;
    while (body->block_count > 0)
        mem_free(body->blocks[--body->block_count]);
}

/* ---- forms ---- */
static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes in place; false if a %-escape is damaged or the text is not UTF-8 or has NUL.
 */
static bool form_decode(char *text)
{
    char *out = text;
    for (const char *in = text; *in != '\0'; in++) {
        if (*in == '%') {
            const int high = hex_value(in[1]);
            const int low = high < 0 ? -1 : hex_value(in[2]);
            if (low < 0 || (high == 0 && low == 0))
                return false;
            *out++ = (char)(high * 16 + low);
            in += 2;
        } else {
            *out++ = *in == '+' ? ' ' : *in;
        }
    }
    *out = '\0';
    return text_is_utf8(text, (size_t)(out - text));
}

/* One more item of a list: its name stands once for each, as ticked boxes are sent. */
static void add_form_item(struct reader *reader, const struct field *field,
                          const char *value, struct body_list *ret)
{
    if ((double)ret->count >= field->max) {
        problem_add(reader->problem, reader->pointer, "must be at most %.0f items",
                    field->max);
        return;
    }
    const char **items = check_text(reader, &item_text, value)
                             ? take(reader, ret->count + 1, sizeof *items)
                             : NULL;
    if (items == NULL)
        return;
    if (ret->count > 0)
        memcpy(items, ret->items, ret->count * sizeof *items);
    items[ret->count] = value;
    *ret = (struct body_list){true, ret->count + 1, (void *)items};
}

static void read_form_value(struct reader *reader, const struct field *field, char *value,
                            void *ret)
{
    double number;
    int64_t integer;
    if (*value == '\0') /* an empty input of a form counts as absent */
        return;
    switch (field->kind) {
    case FIELD_INT:
        if (text_to_int64(value, INT64_MIN, INT64_MAX, &integer))
            set_number(reader, field, (double)integer, ret);
        else
            wrong(reader, "must be a whole number");
        return;
    case FIELD_REAL:
        if (text_to_double(value, field->min, field->max, &number))
            set_number(reader, field, number, ret);
        else
            wrong(reader, "must be a number");
        return;
    case FIELD_BOOL:
        *(struct body_int *)ret = (struct body_int){
            true, strcmp(value, "0") != 0 && strcmp(value, "false") != 0};
        return;
    case FIELD_LIST:
        add_form_item(reader, field, value, ret);
        return;
    case FIELD_POINT:
    case FIELD_FROM: {
        struct point at;
        if (field->kind == FIELD_FROM && strchr(value, ',') == NULL)
            set_from(reader, value, ret);
        else if (!point_parse(value, &at))
            wrong(reader, "must be latitude,longitude");
        else if (field->kind == FIELD_POINT)
            *(struct body_point *)ret = (struct body_point){true, at};
        else
            *(struct body_from *)ret = (struct body_from){true, FROM_POINT, at};
        return;
    }
    default:
        read_text_kind(reader, field, value, ret);
    }
}

int body_read_form(struct body *body, const struct schema *schema, const char *data,
                   size_t size, void *ret, struct problem *reterr)
{
    *body = (struct body){.root = NULL};
    memset(ret, 0, schema->size);
    struct reader reader = {.body = body, .problem = reterr};
    problem_init(reterr, 0, "the form is not as it should be");
    char *copy = take(&reader, size + 1, 1);
    if (copy == NULL)
        return ST_NO_MEMORY;
    memcpy(copy, data, size);
    bool seen[SCHEMA_FIELDS_MAX] = {false};
    for (char *at = copy, *next; at != NULL && *at != '\0'; at = next) {
        next = strchr(at, '&');
        if (next != NULL)
            *next++ = '\0';
        char *value = strchr(at, '=');
        if (value == NULL)
            value = at + strlen(at);
        else
            *value++ = '\0';
        if (!form_decode(at) || !form_decode(value)) {
            problem_init(reterr, 400, "the form has a damaged escape");
            return ST_INVALID;
        }
        const struct field *field = find_field(schema, at, strlen(at));
        const size_t before = push(&reader, at);
        if (field == NULL) {
            wrong(&reader, "is not known here");
        } else if (seen[field - schema->fields] && field->kind != FIELD_LIST) {
            wrong(&reader, "stands twice");
        } else {
            seen[field - schema->fields] = true;
            read_form_value(&reader, field, value, (char *)ret + field->offset);
        }
        pop(&reader, before);
    }
    require_fields(&reader, schema, seen);
    *(bool *)ret = true;
    return reterr->status == 0 ? 0 : ST_INVALID;
}
