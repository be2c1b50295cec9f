/* SPDX-License-Identifier: Apache-2.0 */
/* Skills and certificates: small tables of codes, and sets of skills as bits. */
#ifndef MUSTER_CROWD_SKILL_H
#define MUSTER_CROWD_SKILL_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SKILL_MAX 256
#define SKILL_CODE_MAX 32 /* bytes; lower-case letters, digits and '-' */
#define SKILL_NAME_MAX 95

struct skill_set {
    uint64_t bits[SKILL_MAX / 64];
};

struct skill {
    char code[SKILL_CODE_MAX + 1];
    char zh[SKILL_NAME_MAX + 1], en[SKILL_NAME_MAX + 1];
    int32_t certificate;      /* index of the certificate demanded, -1 = none */
    int32_t months;           /* validity of that certificate, 0 = not said */
    struct skill_set implies; /* with itself; closed (implied skills imply theirs) */
};

struct skill_table {
    uint32_t count;
    struct skill skills[SKILL_MAX];
    uint32_t certificate_count;
    char certificates[SKILL_MAX][SKILL_CODE_MAX + 1];
};

/* The built-in table. */
void skill_table_init(struct skill_table *table);
/* Index or -1. */
int32_t skill_find(const struct skill_table *table, const char *code);
int32_t skill_find_certificate(const struct skill_table *table, const char *code);
/* One whose code is at most two slips of the pen away (one, if it is shorter than 8), or
 * -1. Cost: the square of the code's length for each skill. */
int32_t skill_find_like(const struct skill_table *table, const char *code);
/* Adds if absent. Index, ST_INVALID (no such code possible), ST_LIMIT. */
int skill_add(struct skill_table *table, const char *code, const char *zh,
              const char *en);
int skill_add_certificate(struct skill_table *table, const char *code);
/* `import skills`: code,zh,en,certificate,months,implies. All or nothing. */
int skill_import(struct skill_table *table, char *csv, size_t size, struct diag *reterr)
    __attribute__((warn_unused_result));

/* Whether TABLE is BEFORE with nothing but new codes behind it: an index means the same
 * in both. */
bool skill_table_extends(const struct skill_table *table,
                         const struct skill_table *before);

void skill_set_add(struct skill_set *set, uint32_t index);
void skill_set_add_all(struct skill_set *set, const struct skill_set *more);
bool skill_set_has(const struct skill_set *set, uint32_t index);
bool skill_set_covers(const struct skill_set *set, const struct skill_set *wanted);
bool skill_set_is_empty(const struct skill_set *set);

/* The next of CODES, ';' between, which then begin behind it; "" for one that is too
 * long. False at the end. */
bool skill_next_code(const char **codes, char ret[SKILL_CODE_MAX + 1]);
/* Those of CODES that TABLE knows; whether it knows them all. */
bool skill_set_read(const struct skill_table *table, const char *codes,
                    struct skill_set *ret);

#endif
