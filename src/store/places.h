/* SPDX-License-Identifier: Apache-2.0 */
/* Sites (fixed places with a capacity), teams, organisations, and the skills table in the
 * database. All small: their readers write their own SELECT, imports are here. */
#ifndef MUSTER_STORE_PLACES_H
#define MUSTER_STORE_PLACES_H

#include "base/diag.h"
#include "crowd/skill.h"
#include "geo/point.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SITES_MAX 100000
#define TEAMS_MAX 100000

/* The kinds of sites; `homes` are not told unless asked for. */
#define SITE_KINDS "aed childcare muster shelter depot homes"

struct db;
struct road;
struct writer;

bool site_kind_is_known(const char *kind);

#define PLACE_WARNINGS_SHOWN 20

struct place_import {
    const struct box *map;   /* in: where places are looked for, NULL = anywhere */
    const struct road *road; /* in: what places are near, NULL = anything */
    uint32_t added, changed, same;
    struct place_warning {
        uint32_t line;
        const char *field, *text; /* constants */
    } warnings[PLACE_WARNINGS_SHOWN];
    uint32_t warning_count; /* of all */
};
/* FIELD and TEXT are constants. */
void place_warn(struct place_import *import, uint32_t line, const char *field,
                const char *text);
/* Warns of a place that lies outside IMPORT->map, or farther than ROAD_SNAP_M_MAX from
 * IMPORT->road. */
void place_check(struct place_import *import, uint32_t line, struct point place);

/* `import sites`: code,kind,name,lat,lon[,capacity,area]; by code; all or nothing. DATA
 * is changed. Inside a command. ST_INVALID names the line; ST_LIMIT: there would be more
 * than SITES_MAX. Warned about: what place_check finds. */
int sites_import(struct writer *writer, char *data, size_t size, int64_t actor,
                 int64_t now_ms, struct place_import *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
/* `import teams`: number,name,leader,deputies,size,skills[,area]. Warned about: a leader
 * or a deputy who is not on record (yet), or has left: their yes brings nobody. ST_LIMIT:
 * there would be more than TEAMS_MAX. */
int teams_import(struct writer *writer, char *data, size_t size, int64_t actor,
                 int64_t now_ms, struct place_import *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Teams of the person of number FROM are led by, or have as a deputy, the one of number
 * TO from now on: a merge. Inside a command. O(teams). */
int teams_move(struct db *db, const char *from, const char *to)
    __attribute__((warn_unused_result));
/* *RET = how many have a leader who has left. O(teams). */
int teams_left(struct db *db, int64_t *ret) __attribute__((warn_unused_result));
/* *RET = how many may come when this person says yes: the size of the largest team that
 * they lead or are a deputy of; 1 for everybody else. O(teams). */
int teams_brought_by(struct db *db, int64_t person_id, int32_t *ret)
    __attribute__((warn_unused_result));

/* The table of the database; the built-in one was stored by init. */
int skills_load(struct db *db, struct skill_table *ret)
    __attribute__((warn_unused_result));
/* Stores TABLE whole; indexes must be those of before, grown at the end. The writer's
 * copy and the crowd follow after the commit. */
int skills_store(struct writer *writer, const struct skill_table *table, int64_t actor,
                 int64_t now_ms) __attribute__((warn_unused_result));

#endif
