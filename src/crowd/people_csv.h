/* SPDX-License-Identifier: Apache-2.0 */
/* `import people`: the file of docs "People's CSV" into rows, with every bad row named.
 * Nothing is changed outside: the store applies the rows, all or none. */
#ifndef MUSTER_CROWD_PEOPLE_CSV_H
#define MUSTER_CROWD_PEOPLE_CSV_H

#include "base/diag.h"
#include "crowd/crowd.h"
#include "crowd/person_field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEOPLE_CSV_ROWS_MAX 2000000
#define PEOPLE_CSV_DIAGS_MAX 1000
#define PEOPLE_CSV_BEYOND_M 20000.0 /* so far outside the map's box a home may lie */

/* Which fields a row sets; the others stay as they are. */
enum {
    PERSON_ROW_NAME = 1 << 0,
    PERSON_ROW_PHONE = 1 << 1,
    PERSON_ROW_EMAIL = 1 << 2,
    PERSON_ROW_HOME = 1 << 3,
    PERSON_ROW_MODE = 1 << 4,
    PERSON_ROW_SKILLS = 1 << 5,
    PERSON_ROW_CERTIFICATES = 1 << 6,
    PERSON_ROW_AREA = 1 << 7,
    PERSON_ROW_ORGANISATIONS = 1 << 8,
    PERSON_ROW_DUTY = 1 << 9,
    PERSON_ROW_QUIET = 1 << 10,
    PERSON_ROW_BIRTH = 1 << 11,
    PERSON_ROW_PAUSED = 1 << 12,
    PERSON_ROW_SUSPENDED = 1 << 13,
    PERSON_ROW_PLACES = 1 << 14,
};

/* The texts point into the file's text and live as long as it does; never NULL. */
struct person_row {
    struct crowd_person crowd; /* id 0; a field that is not set has its default */
    unsigned has;
    uint32_t line;
    const char *name, *phone, *email;
    uint32_t organisation_count;
    const char *organisations[PERSON_ORGANISATIONS_MAX];
    const char *duty, *quiet;             /* as written */
    const char *places[CROWD_PLACES_MAX]; /* the hours as written */
};

struct people_csv_config {
    struct skill_table *skills; /* grown by unknown codes; hand in a copy */
    const struct road *road;    /* NULL: no map, any coordinate but (0,0) will do */
    uint32_t rows_max;          /* 0 = PEOPLE_CSV_ROWS_MAX */
    int32_t today;              /* nobody is born later; 0 = not known */
    /* The id of an area, 0 = there is none. NULL: every area is unknown. */
    int64_t (*area)(void *context, const char *code);
    /* Whether the organisation is known; NULL: none is. */
    bool (*organisation)(void *context, const char *name);
    void *context;
};

struct people_csv {
    struct person_row *rows;
    uint32_t count, capacity;
    /* The first PEOPLE_CSV_DIAGS_MAX of each; the totals count all. */
    struct diag *errors, *warnings;
    uint32_t error_count, error_capacity, error_total;
    uint32_t warning_count, warning_capacity, warning_total;
    uint32_t lines_wrong; /* of one line there may be several errors */
};

/* ST_OK: every row is good. ST_INVALID: see `errors` (every bad column of the header, and
 * unless a needed one is missing every bad cell; the first of them in reterr). Other
 * failures: ST_LIMIT, ST_NO_MEMORY. TEXT is changed. RET is initialised by the call and
 * released by people_csv_release, also after a failure. Cost: one snap a row. */
int people_csv_parse(char *text, size_t size, const struct people_csv_config *config,
                     struct people_csv *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
void people_csv_release(struct people_csv *people);

#endif
