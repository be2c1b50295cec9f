/* SPDX-License-Identifier: Apache-2.0 */
/* Between the rows of loop/model.h and their tables: one list of columns per kind of row
 * (rows.c) gives the INSERT, the SELECT, and the copying both ways. */
#ifndef MUSTER_STORE_ROWS_H
#define MUSTER_STORE_ROWS_H

#include "loop/loop.h"

#define ROWS_SQL_MAX 4096

/* SQL: the state of a row of `message`. That it has been read stands in its alert's row:
 * a reply writes one row, not two that lie far from each other. Older rows say `read`
 * themselves. */
#define MESSAGE_STATE                                                                    \
    "CASE WHEN message.state IN ('handed_over', 'delivered') AND handed_sequence <"      \
    " (SELECT read_sequence FROM alert WHERE alert.id = message.alert_id)"               \
    " THEN 'read' ELSE message.state END"

struct db;
struct skill_table;

/* The statements, built once by rows_init; lives as long as the connection is used. */
struct rows {
    const struct skill_table *skills; /* the owner's; may grow */
    char put[LOOP_ROW_COUNT][ROWS_SQL_MAX];
    char get[LOOP_ROW_COUNT][ROWS_SQL_MAX];
};
void rows_init(struct rows *rows, const struct skill_table *skills);

/* What a table has beside the loop's fields. */
struct rows_extra {
    int64_t incident_id, callout_id;                 /* all but incidents; messages */
    int64_t key_slot, first_position, last_position; /* incidents */
};
/* Adds or replaces one row (a need with its lines). ROW points to the struct of KIND. */
int rows_put(const struct rows *rows, struct db *db, enum loop_row kind, const void *row,
             const struct rows_extra *extra) __attribute__((warn_unused_result));
/* Of an incident that is there, only where its chain ends: what every step changes. */
int rows_put_head(struct db *db, const struct loop_incident *incident,
                  int64_t first_position, int64_t last_position)
    __attribute__((warn_unused_result));
/* The whole incident. RET is written only on success; loop_incident_release. EXTRA may be
 * NULL. ST_NOT_FOUND, ST_CORRUPT. */
int rows_load(const struct rows *rows, struct db *db, int64_t incident_id,
              struct loop_incident *ret, struct rows_extra *ret_extra)
    __attribute__((warn_unused_result));

/* "first-aid;driver" and back; unknown codes are ST_NOT_FOUND. */
struct text;
struct skill_set;
void rows_skills_text(const struct skill_table *table, const struct skill_set *set,
                      struct text *ret);
int rows_skills_parse(const struct skill_table *table, const char *text,
                      struct skill_set *ret) __attribute__((warn_unused_result));

#endif
