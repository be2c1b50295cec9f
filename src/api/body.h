/* SPDX-License-Identifier: Apache-2.0 */
/* Strict reading of JSON bodies into declared structs. A struct schema says which fields
 * a body may have, of what kind, within what limits, and where each goes; the same table
 * makes the OpenAPI document. Unknown fields, doubled keys, wrong kinds and values out of
 * range are refused with a JSON pointer each. Coordinates become WGS-84 here. */
#ifndef MUSTER_API_BODY_H
#define MUSTER_API_BODY_H

#include "api/problem.h"
#include "geo/point.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BODY_DEPTH_MAX 12
#define BODY_ALLOCATIONS_MAX 256

enum field_kind {
    FIELD_TEXT,  /* struct body_text, without what text_has_marks finds; min and max count
                    characters, blanks alone none */
    FIELD_INT,   /* struct body_int */
    FIELD_REAL,  /* struct body_real; min and max exclusive if `open` */
    FIELD_BOOL,  /* struct body_int, 0 or 1; the numbers 0 and 1 are not booleans */
    FIELD_TIME,  /* struct body_int: wall milliseconds */
    FIELD_CODE,  /* struct body_int: index in `codes` */
    FIELD_POINT, /* struct body_point; an object {lat, lon, crs?} */
    FIELD_AUTO_INT, /* struct body_int: "auto" = -1, or a number */
    FIELD_FROM,     /* struct body_from: "home", "work" or a point */
    FIELD_OBJECT, /* a struct whose first member is `bool given`; described by `schema` */
    FIELD_LIST,   /* struct body_list of objects (`schema`) or, without, of texts */
    FIELD_JSON, /* struct body_json: any object; what it says is the handler's business */
    FIELD_CODES, /* struct body_int: a list of `codes` as bits */
};

enum {
    FIELD_REQUIRED = 1,
    FIELD_OPEN = 2,
    FIELD_NULL = 4, /* null clears */
    FIELD_RAW = 16, /* of a text: as it came (passwords) */
    FIELD_MAX = 8,  /* FIELD_OPEN but the max itself is read: the handler refuses it */
};

struct body_text {
    const char *value; /* NULL = absent; "" after null. Lives as long as the body */
};
struct body_int {
    bool given;
    int64_t value;
};
struct body_real {
    bool given;
    double value;
};
struct body_point {
    bool given;
    struct point at;
};
struct body_from {
    bool given;
    enum { FROM_HOME, FROM_WORK, FROM_POINT } kind;
    struct point at;
};
struct body_json {
    const json_t *value; /* NULL = absent; lives as long as the body */
};
struct body_list {
    bool given;
    uint32_t count;
    void *items; /* array of the schema's struct, or of const char * */
};

struct schema;
struct field {
    const char *name;
    enum field_kind kind;
    unsigned flags;
    size_t offset;
    double min, max;          /* of the value, the length, or the number of items */
    const char *const *codes; /* NULL behind the last; "" is skipped */
    const struct schema *schema;
    const char *example; /* JSON */
    const char *about;
};
struct schema {
    const char *name; /* component name in the OpenAPI document */
    size_t size;
    uint32_t count;
    const struct field *fields;
    const char *example; /* JSON of the whole */
};

/* A body that has been read: owns the JSON and the lists. */
struct body {
    json_t *root;
    void *blocks[BODY_ALLOCATIONS_MAX];
    uint32_t block_count;
};

/* Parses SIZE bytes and fills RET (schema->size bytes, zeroed first). Returns 0 or
 * ST_INVALID with PROBLEM (400 for what is no JSON or has a doubled key, 422 else). An
 * empty body counts as {}. Call body_release in every case. */
int body_read(struct body *body, const struct schema *schema, const char *data,
              size_t size, void *ret, struct problem *reterr)
    __attribute__((warn_unused_result));
void body_release(struct body *body);

/* A form (application/x-www-form-urlencoded) of flat fields into the same struct: texts,
 * numbers, codes, times, lists of texts (a name may stand for each item), and `name.lat`,
 * `name.lon` for points. ST_INVALID as above. */
int body_read_form(struct body *body, const struct schema *schema, const char *data,
                   size_t size, void *ret, struct problem *reterr)
    __attribute__((warn_unused_result));

/* NULL if TEXT is absent or blank: what gives a reason says something. */
const char *body_said(const struct body_text *text);
/* As the limits of a text count: code points of UTF-8. */
size_t body_characters(const char *text);
/* The index of CODE in CODES, or -1. */
int body_code(const char *const *codes, const char *code);

#endif
