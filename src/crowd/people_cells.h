/* SPDX-License-Identifier: Apache-2.0 */
/* The cells of the file of `import people`: one reader a column, in one table. Between
 * crowd/people_csv.c, which reads the rows, and its cells; for nobody else. */
#ifndef MUSTER_CROWD_PEOPLE_CELLS_H
#define MUSTER_CROWD_PEOPLE_CELLS_H

#include "base/csv.h"
#include "crowd/people_csv.h"

struct people_reader {
    const struct people_csv_config *config;
    struct people_csv *ret;
    struct csv csv;
    uint32_t width;
    struct box box; /* where homes may lie */
    /* Per row. */
    struct person_row *row;
    const char *lat, *lon;
    /* Numbers seen: index of the row + 1, open addressing. */
    uint32_t *seen, seen_size;
    const char **organisations; /* unknown ones, warned about already */
    uint32_t organisation_count, organisation_capacity;
    uint32_t adults;  /* rows without a birth */
    struct diag diag; /* of the bad cell */
};

struct people_column {
    const char *name;
    unsigned has;
    int (*read)(struct people_reader *reader, char *cell);
};

enum {
    PEOPLE_COLUMN_COUNT = 17,
    PEOPLE_COLUMN_LAT = 2,      /* where a pair of coordinates is at fault */
    PEOPLE_COLUMNS_REQUIRED = 4 /* the first ones */
};
extern const struct people_column people_columns[PEOPLE_COLUMN_COUNT];

/* The home of the row's LAT and LON. As a column's `read`. */
int people_read_point(struct people_reader *reader, const char *lat, const char *lon,
                      struct point *ret);

/* One more of a list of errors or warnings: kept as long as there is room, counted
 * always. ST_OK, ST_NO_MEMORY. */
int people_report(struct diag **list, uint32_t *count, uint32_t *capacity,
                  uint32_t *total, const struct diag *diag);
/* LINE 0: of the file. */
int people_warn(struct people_reader *reader, uint32_t line, const char *where,
                const char *what, const char *value);

#endif
