/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a JSON document strictly: every member has a range, unknown ones are refused,
 * and an error says where. Used by scenario.c. */
#ifndef MUSTER_DRILL_FIELDS_H
#define MUSTER_DRILL_FIELDS_H

#include "base/diag.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* One walk through a document; PATH is where it stands ("incidents[0].needs[1]"). */
struct fields {
    struct diag *reterr;
    char path[DIAG_WHERE_MAX + 1];
    size_t size;
    int status; /* the first error; everything after it is passed over */
};

/* Goes into a member, or into item INDEX of it (-1: the member itself). Returns what
 * fields_leave takes. */
size_t fields_enter(struct fields *fields, const char *name, int64_t index);
void fields_leave(struct fields *fields, size_t size);
/* Remembers the first error, at NAME of the place; returns ST_INVALID. */
int fields_bad(struct fields *fields, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* OBJECT is an object that holds none but these members: "name kind at". */
void fields_check(struct fields *fields, const json_t *object, const char *members);
/* The array NAME of at most MAX items; NULL if it is absent (an error if WANTED). */
const json_t *fields_array(struct fields *fields, const json_t *object, const char *name,
                           uint32_t max, bool wanted);

/* A number in [min, max]; FALLBACK if absent, NAN: it must be there. */
struct fields_range {
    const char *name;
    double min, max, fallback;
};
double fields_number(struct fields *fields, const json_t *object,
                     struct fields_range range);
/* The same for whole numbers. */
int64_t fields_whole(struct fields *fields, const json_t *object,
                     struct fields_range range);
/* "" if absent and not WANTED; at most SIZE - 1 bytes. */
struct fields_text {
    const char *name;
    bool wanted;
    char *ret;
    size_t size;
};
void fields_string(struct fields *fields, const json_t *object, struct fields_text text);

#endif
