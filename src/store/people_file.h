/* SPDX-License-Identifier: Apache-2.0 */
/* A file of people on its way into the store: read against the tables as they stand, then
 * handed to people_import on the writer's thread. What `import people` and the API have
 * in common. */
#ifndef MUSTER_STORE_PEOPLE_FILE_H
#define MUSTER_STORE_PEOPLE_FILE_H

#include "base/diag.h"
#include "crowd/people_csv.h"
#include "store/people.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct road;
struct skill_table;

struct people_file_config {
    struct db *db;           /* read-only, of the calling thread; used by the call only */
    const struct road *road; /* NULL: no map (people_csv_config) */
    uint32_t rows_max;       /* 0 = PEOPLE_CSV_ROWS_MAX */
    int32_t today;           /* people_csv_config */
    uint64_t people;         /* in the instance already */
    uint64_t names_max;      /* with more, the file's included, no names are compared */
    bool dry_run, retire_missing, retire_most;
    const atomic_bool *stop; /* people_import.stop */
};

struct people_file {
    struct people_csv csv;       /* its errors, if the file is wrong, and warnings */
    struct people_import import; /* its result, once people_import has run */
    struct skill_table *skills;
};

/* ST_INVALID with what is wrong in ret->csv.errors, as of people_csv_parse, or, if there
 * are none, in reterr; ST_LIMIT, ST_IO, ST_NO_MEMORY. TEXT is changed and must live as
 * long as RET, which is initialised by the call and released by people_file_release in
 * every case. Cost: one snap a row. */
int people_file_read(struct people_file *ret, char *text, size_t size,
                     const struct people_file_config *config, struct diag *reterr)
    __attribute__((warn_unused_result));
/* A zeroed one is fine. */
void people_file_release(struct people_file *file);

#endif
