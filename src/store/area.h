/* SPDX-License-Identifier: Apache-2.0 */
/* The areas: a tree under the root (code `root`), read whole into memory. An area may
 * have a centre, a polygon, both or neither. Immutable once loaded; loaded again after an
 * import. */
#ifndef MUSTER_STORE_AREA_H
#define MUSTER_STORE_AREA_H

#include "base/diag.h"
#include "geo/polygon.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AREA_MAX 200000 /* besides the root; in a file, and in all */
#define AREA_CODE_MAX 32
#define AREA_NAME_MAX 95
#define AREA_DEPTH_MAX 16
#define AREA_NEAR_M 20000.0 /* a village centre farther than this does not count */

/* From the top. Towns and villages are counted and offered as such; what lies above them
 * has its name only. A county-level city that is the whole may be called either. */
enum area_level {
    AREA_PROVINCE,
    AREA_CITY,
    AREA_COUNTY,
    AREA_TOWN,
    AREA_VILLAGE,
    AREA_LEVEL_COUNT
};
const char *area_level_code(enum area_level level);

struct area {
    int64_t id;
    char code[AREA_CODE_MAX + 1];
    char name[AREA_NAME_MAX + 1];
    int64_t parent_id; /* 0 = the root */
    int32_t parent;    /* index, -1 = the root */
    enum area_level level;
    bool has_at;
    struct point at;
    struct polygon *polygon; /* NULL = none */
};
struct area_tree {
    uint32_t count, capacity;
    struct area *areas; /* sorted by id; [0] is the root */
    struct area_index *index;
};

struct area_index;
struct db;
struct place_import;
struct writer;

int area_tree_load(struct area_tree *ret, struct db *db)
    __attribute__((warn_unused_result));
void area_tree_release(struct area_tree *tree);
/* NULL = not there. */
const struct area *area_by_id(const struct area_tree *tree, int64_t id);
const struct area *area_by_code(const struct area_tree *tree, const char *code);
/* The deepest area with a polygon that contains AT, of one depth the smallest; if that is
 * no village, the nearest village centre under it within 20 km; else the root. Never
 * NULL. Cost: area_index_at. */
const struct area *area_at(const struct area_tree *tree, struct point at);
/* The name of one, by its row alone; "" if it is not there. */
int area_read_name(struct db *db, int64_t id, char ret[AREA_NAME_MAX + 1])
    __attribute__((warn_unused_result));
/* ST_NOT_FOUND, with the field `area`: there is no row of this id. */
int area_expect(struct db *db, int64_t id, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Whether ID is ANCESTOR or lies under it. */
bool area_is_under(const struct area_tree *tree, int64_t id, int64_t ancestor);
/* The area one level up; the root for the root. */
const struct area *area_parent(const struct area_tree *tree, const struct area *area);

/* The area directly below AREA if it is the only one there, else AREA: a root above one
 * city says nothing of its own. */
const struct area *area_skip_single(const struct area_tree *tree,
                                    const struct area *area);

/* The root, with which every store begins. Inside a command. */
int area_put_root(struct writer *writer, int64_t id) __attribute__((warn_unused_result));
/* `import areas`, inside a command: by code, adds or replaces; CSV
 * (code,name,parent,level[,lat,lon]) or GeoJSON (polygons of areas that are there, by
 * property `code`). All or nothing. DATA is changed. ST_LIMIT with the line of the first
 * area that is too many; ST_INVALID. Warned about: a middle that lies outside RET->map.
 */
int area_import(struct writer *writer, char *data, size_t size, int64_t actor,
                int64_t now_ms, struct place_import *ret, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
