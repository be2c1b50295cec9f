/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the reader share. An element is taken when it ends: its text is then
 * whole, trimmed, not empty, and may be changed in place. */
#ifndef MUSTER_INTAKE_CAP_INTERNAL_H
#define MUSTER_INTAKE_CAP_INTERNAL_H

#include "intake/cap.h"

#include <stdbool.h>

#define CAP_SPACE " \t\r\n" /* white space of XML */
#define CAP_NO_MEMORY "no memory to read it"

/* Where in the document an element begins. */
struct cap_place {
    const char *element;
    uint32_t line, column;
};

struct cap_reader {
    struct cap_alert *alert; /* being built; texts "", ends in cap_free */
    struct cap_place at;     /* the element that is being read */
    int status;              /* the first failure: nothing is read after it */
    struct diag *reterr;
    struct cap_place references_at;
    double altitude, ceiling; /* of the area being read, NAN = not given */
    bool has_restriction, has_addresses;
    uint32_t point_count;   /* of all polygons so far */
    uint64_t pairs_left;    /* of lines that may be compared (geo/crossing.h) */
    struct polygon polygon; /* the one being read */
};

/* What a row of the grammar says of its element. */
enum {
    CAP_NEEDED = 1,     /* it is there and not empty */
    CAP_NEEDED_1_2 = 2, /* in CAP 1.2 */
    CAP_MANY = 4,       /* as often as one likes */
    CAP_KEPT = 8,       /* its text stays */
    CAP_LONG = 16,      /* its text has no limit of its own */
    CAP_BLANK = 32,     /* though needed it may be empty */
};

/* What is done with the text of ELEMENT, which stands in what became OBJECT. */
struct cap_element;
typedef int cap_take(struct cap_reader *r, const struct cap_element *element,
                     void *object, char *text);

/* A row of the grammar. */
struct cap_block;
struct cap_element {
    const char *name;
    unsigned flags;                /* of those above */
    cap_take *take;                /* NULL: nothing of it is kept, or it has elements */
    uint16_t offset;               /* of its value in the object */
    enum cap_list list;            /* of cap_take_word and cap_take_bit */
    const struct cap_block *block; /* its own elements; NULL: it has a text */
};

/* The elements of an element. */
struct cap_block {
    const struct cap_element *elements;
    unsigned count;
    bool is_ordered; /* out of order they are refused, else warned of */
    /* Makes the struct that the block is read into, in that of its parent; NULL: none. */
    int (*add)(struct cap_reader *r, const struct cap_element *element, void *parent,
               void **ret);
    int (*check)(struct cap_reader *r, void *object); /* when it ends; may be NULL */
};

/* cap_grammar.c */
extern const struct cap_block cap_alert_block;

/* Fails with the place of the element that is being read. Returns STATUS, or that of the
 * first failure. */
int cap_fail(struct cap_reader *r, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Counts WARNING, with that line. */
void cap_warn(struct cap_reader *r, enum cap_warning warning);
/* Room for one more item behind COUNT, at most COUNT_MAX; fails if there is none. */
int cap_grow(struct cap_reader *r, void *items, uint32_t *capacity, uint32_t count,
             size_t item_size, uint32_t count_max);

/* cap_take.c: texts and values */
cap_take cap_take_name, cap_take_text, cap_take_prose, cap_take_word, cap_take_bit,
    cap_take_language, cap_take_link, cap_take_sent, cap_take_time, cap_take_references,
    cap_take_restriction, cap_take_addresses, cap_take_altitude, cap_take_ceiling;
/* cap_shape.c: places */
cap_take cap_take_polygon, cap_take_circle;

/* cap_check.c: rules between elements, asked when the one ends that holds them. */
int cap_check_geocode(struct cap_reader *r, void *value);
int cap_check_area(struct cap_reader *r, void *area);
int cap_check_info(struct cap_reader *r, void *info);
int cap_check_alert(struct cap_reader *r, void *alert);

#endif
