/* SPDX-License-Identifier: Apache-2.0 */
#include "store/places.h"

#include "base/csv.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "geo/point.h"
#include "road/road.h"
#include "store/writer_internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* ---- skills -------------------------------------------------------------------------
 */

static void copy_text(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from);
}

static int load_certificates(struct db *db, struct skill_table *table)
{
    struct query *query =
        db_query(db, "SELECT number, code FROM certificate ORDER BY number");
    int status;
    while ((status = query_step(query)) == 1) {
        if (table->certificate_count >= SKILL_MAX ||
            query_get_int(query, 0) != table->certificate_count) {
            query_reset(query);
            return ST_CORRUPT;
        }
        copy_text(table->certificates[table->certificate_count++], SKILL_CODE_MAX + 1,
                  query_get_text(query, 1));
    }
    return status;
}

static int load_rows(struct db *db, struct skill_table *table)
{
    struct query *query =
        db_query(db, "SELECT number, code, zh, en, certificate, months FROM skill"
                     " ORDER BY number");
    int status;
    while ((status = query_step(query)) == 1) {
        if (table->count >= SKILL_MAX || query_get_int(query, 0) != table->count)
            return query_stop(query, ST_CORRUPT);
        struct skill *skill = &table->skills[table->count++];
        copy_text(skill->code, sizeof skill->code, query_get_text(query, 1));
        copy_text(skill->zh, sizeof skill->zh, query_get_text(query, 2));
        copy_text(skill->en, sizeof skill->en, query_get_text(query, 3));
        const char *certificate = query_get_text(query, 4);
        skill->certificate =
            certificate[0] == '\0' ? -1 : skill_find_certificate(table, certificate);
        skill->months = (int32_t)query_get_int(query, 5);
    }
    return status;
}

/* After all codes are known. */
static int load_implied(struct db *db, struct skill_table *table)
{
    struct query *query = db_query(db, "SELECT number, implies FROM skill");
    int status;
    while ((status = query_step(query)) == 1) {
        uint32_t number = (uint32_t)query_get_int(query, 0);
        int parsed = rows_skills_parse(table, query_get_text(query, 1),
                                       &table->skills[number].implies);
        if (parsed != ST_OK)
            return query_stop(query, ST_CORRUPT);
    }
    return status;
}

int skills_load(struct db *db, struct skill_table *ret)
{
    struct skill_table *table = mem_calloc(1, sizeof *table);
    if (table == NULL)
        return ST_NO_MEMORY;
    int status = load_certificates(db, table);
    if (status == ST_OK)
        status = load_rows(db, table);
    if (status == ST_OK)
        status = load_implied(db, table);
    if (status == ST_OK && table->count == 0)
        skill_table_init(table); /* not stored yet */
    if (status == ST_OK)
        *ret = *table;
    mem_free(table);
    return status;
}

static int store_skill(struct db *db, const struct skill_table *table, uint32_t number)
{
    const struct skill *skill = &table->skills[number];
    struct text implies;
    text_init(&implies, SKILL_MAX * (SKILL_CODE_MAX + 1));
    rows_skills_text(table, &skill->implies, &implies);
    struct query *query = db_query(
        db, "INSERT INTO skill (number, code, zh, en, certificate, months, implies)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(number) DO UPDATE SET"
            " zh = excluded.zh, en = excluded.en, certificate = excluded.certificate,"
            " months = excluded.months, implies = excluded.implies");
    query_int(query, 1, number);
    query_text(query, 2, skill->code);
    query_text(query, 3, skill->zh);
    query_text(query, 4, skill->en);
    query_text(query, 5,
               skill->certificate < 0 ? "" : table->certificates[skill->certificate]);
    query_int(query, 6, skill->months);
    query_text(query, 7, text_string(&implies));
    int status = implies.status == ST_OK ? query_run(query) : implies.status;
    text_release(&implies);
    return status;
}

int skills_store(struct writer *writer, const struct skill_table *table, int64_t actor,
                 int64_t now_ms)
{
    struct stage *stage = writer_stage(writer);
    assert(table->count >= stage->skills.count);
    int status = ST_OK;
    for (uint32_t i = 0; i < table->certificate_count && status == ST_OK; i++) {
        struct query *query =
            db_query(stage->db, "INSERT INTO certificate (number, code) VALUES (?1, ?2)"
                                " ON CONFLICT(number) DO NOTHING");
        query_int(query, 1, i);
        query_text(query, 2, table->certificates[i]);
        status = query_run(query);
    }
    for (uint32_t i = 0; i < table->count && status == ST_OK; i++)
        status = store_skill(stage->db, table, i);
    if (status == ST_OK)
        status = writer_note(writer, "skills.stored", actor, 0, NULL, now_ms);
    if (status == ST_OK) {
        stage->skills = *table;
        stage->skills_changed = true;
    }
    return status;
}

/* ---- sites and teams ----------------------------------------------------------------
 */

/* What both imports do with each row: find it by its key, compare, write. */
struct place_writer {
    struct writer *writer;
    const struct csv *csv;
    const int32_t *column;
    struct place_import *counts;
};

static const char *cell(const struct place_writer *at, int index)
{
    return at->column[index] < 0 ? "" : at->csv->cells[at->column[index]];
}

static int bad_cell(const struct place_writer *at, int index, const char *what,
                    struct diag *reterr)
{
    return diag_set(reterr, ST_INVALID, at->csv->line,
                    at->column[index] < 0 ? 0 : at->csv->columns[at->column[index]], what,
                    "is wrong: %s", cell(at, index));
}

/* Area code -> id; the empty code is 0. */
static int find_area(const struct place_writer *at, int index, int64_t *ret,
                     struct diag *reterr)
{
    const char *code = cell(at, index);
    *ret = 0;
    if (code[0] == '\0')
        return ST_OK;
    struct query *query =
        db_query(writer_db(at->writer), "SELECT id FROM area WHERE code = ?1");
    query_text(query, 1, code);
    const int status = query_find_int(query, ret);
    if (status == ST_NOT_FOUND)
        return diag_set(reterr, ST_INVALID, at->csv->line, 0, "area",
                        "there is no area with the code %s", code);
    return status;
}

/* Runs an upsert whose WHERE leaves equal rows alone, and counts what happened. */
static int upsert(const struct place_writer *at, struct query *query, bool is_new)
{
    struct db *db = writer_db(at->writer);
    int64_t before = db_changes(db);
    int status = query_run(query);
    bool wrote = db_changes(db) != before;
    at->counts->added += is_new;
    at->counts->changed += !is_new && wrote;
    at->counts->same += !is_new && !wrote;
    return status;
}

/* The id of the row with this key, or a new one. */
static int find_or_make(const struct place_writer *at, const char *sql, const char *key,
                        int64_t *ret_id, bool *ret_new)
{
    struct query *query = db_query(writer_db(at->writer), sql);
    query_text(query, 1, key);
    int status = query_step(query);
    *ret_new = status == 0;
    *ret_id = status == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    if (*ret_new)
        *ret_id = writer_new_id(at->writer);
    return status < 0 ? status : ST_OK;
}

static bool good_text(const char *text, size_t max)
{
    return text[0] != '\0' && strlen(text) <= max;
}

void place_warn(struct place_import *import, uint32_t line, const char *field,
                const char *text)
{
    if (import->warning_count++ < PLACE_WARNINGS_SHOWN)
        import->warnings[import->warning_count - 1] =
            (struct place_warning){line, field, text};
}

void place_check(struct place_import *import, uint32_t line, struct point place)
{
    struct road_spot spot;
    if (import->map != NULL && !box_contains(*import->map, place))
        place_warn(import, line, "lat",
                   "lies far outside the map: are latitude and longitude swapped?");
    else if (import->road != NULL &&
             !road_snap(import->road, ROAD_FOOT, place, ROAD_SNAP_M_MAX, &spot))
        place_warn(import, line, "lat",
                   "is farther than 1 km from any road: no way leads there");
}

bool site_kind_is_known(const char *kind)
{
    char word[40];
    return strlen(kind) > 0 && strchr(kind, ' ') == NULL &&
           (size_t)snprintf(word, sizeof word, " %s ", kind) < sizeof word &&
           strstr(" " SITE_KINDS " ", word) != NULL;
}

enum { SITE_CODE, SITE_KIND, SITE_NAME, SITE_LAT, SITE_LON, SITE_CAPACITY, SITE_AREA };

static int put_site(const struct place_writer *at, struct diag *reterr)
{
    double lat, lon;
    struct point place;
    int64_t capacity = -1, area, id;
    bool is_new;
    if (!good_text(cell(at, SITE_CODE), 32))
        return bad_cell(at, SITE_CODE, "code", reterr);
    if (!site_kind_is_known(cell(at, SITE_KIND)))
        return bad_cell(at, SITE_KIND, "kind (" SITE_KINDS ")", reterr);
    if (!good_text(cell(at, SITE_NAME), 200))
        return bad_cell(at, SITE_NAME, "name", reterr);
    if (!text_to_double(cell(at, SITE_LAT), -90, 90, &lat) ||
        !text_to_double(cell(at, SITE_LON), -180, 180, &lon) ||
        !point_from_degrees(lat, lon, &place) || (lat == 0 && lon == 0))
        return bad_cell(at, SITE_LAT, "lat,lon", reterr);
    if (cell(at, SITE_CAPACITY)[0] != '\0' &&
        !text_to_int64(cell(at, SITE_CAPACITY), 0, 1000000, &capacity))
        return bad_cell(at, SITE_CAPACITY, "capacity", reterr);
    if (capacity < 0 && strcmp(cell(at, SITE_KIND), "homes") == 0)
        return bad_cell(at, SITE_CAPACITY, "capacity (of homes: how many households)",
                        reterr);
    int status = find_area(at, SITE_AREA, &area, reterr);
    if (status == ST_OK)
        status = find_or_make(at, "SELECT id FROM site WHERE code = ?1",
                              cell(at, SITE_CODE), &id, &is_new);
    if (status != ST_OK)
        return status;
    place_check(at->counts, at->csv->line, place);
    struct query *query = db_query(
        writer_db(at->writer),
        "INSERT INTO site (id, code, kind, name, lat_e7, lon_e7, capacity, area_id)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(id) DO UPDATE SET"
        " kind = excluded.kind, name = excluded.name, lat_e7 = excluded.lat_e7,"
        " lon_e7 = excluded.lon_e7, capacity = excluded.capacity,"
        " area_id = excluded.area_id WHERE (site.kind, site.name, site.lat_e7,"
        " site.lon_e7, coalesce(site.capacity, -1), site.area_id) <> (excluded.kind, "
        "excluded.name,"
        " excluded.lat_e7, excluded.lon_e7, coalesce(excluded.capacity, -1),"
        " excluded.area_id)");
    query_int(query, 1, id);
    query_text(query, 2, cell(at, SITE_CODE));
    query_text(query, 3, cell(at, SITE_KIND));
    query_text(query, 4, cell(at, SITE_NAME));
    query_int(query, 5, place.lat_e7);
    query_int(query, 6, place.lon_e7);
    if (capacity >= 0)
        query_int(query, 7, capacity);
    query_int(query, 8, area);
    return upsert(at, query, is_new);
}

enum {
    TEAM_NUMBER,
    TEAM_NAME,
    TEAM_LEADER,
    TEAM_DEPUTIES,
    TEAM_SIZE,
    TEAM_SKILLS,
    TEAM_AREA
};
#define TEAM_DEPUTIES_MAX 400 /* bytes */

/* Of a NUMBER of SIZE bytes in a row's FIELD. */
static int warn_gone(const struct place_writer *at, const char *number, size_t size,
                     const char *field)
{
    char whole[TEAM_DEPUTIES_MAX + 1];
    (void)snprintf(whole, sizeof whole, "%.*s", (int)size, number);
    struct query *query = db_query(
        writer_db(at->writer), "SELECT retired, alias_of FROM person WHERE number = ?1");
    query_text(query, 1, whole);
    const int status = query_step(query);
    const bool has_left = status == 1 && query_get_int(query, 0) != 0;
    const bool is_alias = status == 1 && query_get_int(query, 1) != 0;
    query_reset(query);
    if (status == 0)
        place_warn(at->counts, at->csv->line, field, "nobody on record has this number");
    if (is_alias)
        place_warn(at->counts, at->csv->line, field,
                   "stands for another number since a merge: name that one");
    else if (has_left)
        place_warn(at->counts, at->csv->line, field, "this person has left");
    return status < 0 ? status : ST_OK;
}

/* The next of LIST, numbers with ";" between them, and how many bytes it has: 0 = no
 * more. */
static const char *next_listed(const char *list, size_t *ret_size)
{
    list += strspn(list, "; ");
    *ret_size = strcspn(list, "; ");
    return list;
}

static int warn_who_is_gone(const struct place_writer *at)
{
    const char *leader = cell(at, TEAM_LEADER);
    int status = warn_gone(at, leader, strlen(leader), "leader");
    size_t size;
    const char *deputy = next_listed(cell(at, TEAM_DEPUTIES), &size);
    for (; size > 0 && status == ST_OK; deputy = next_listed(deputy + size, &size))
        status = warn_gone(at, deputy, size, "deputies");
    return status;
}

static int put_team(const struct place_writer *at, struct diag *reterr)
{
    struct skill_set skills;
    int64_t size, area, id;
    bool is_new;
    if (!good_text(cell(at, TEAM_NUMBER), 32))
        return bad_cell(at, TEAM_NUMBER, "number", reterr);
    if (!good_text(cell(at, TEAM_NAME), 200))
        return bad_cell(at, TEAM_NAME, "name", reterr);
    if (!good_text(cell(at, TEAM_LEADER), 32))
        return bad_cell(at, TEAM_LEADER, "leader", reterr);
    if (strlen(cell(at, TEAM_DEPUTIES)) > TEAM_DEPUTIES_MAX)
        return bad_cell(at, TEAM_DEPUTIES, "deputies", reterr);
    if (!text_to_int64(cell(at, TEAM_SIZE), 1, 5000, &size))
        return bad_cell(at, TEAM_SIZE, "size (1 to 5,000)", reterr);
    if (rows_skills_parse(&writer_stage(at->writer)->skills, cell(at, TEAM_SKILLS),
                          &skills) != ST_OK)
        return bad_cell(at, TEAM_SKILLS, "skills (an unknown code)", reterr);
    int status = find_area(at, TEAM_AREA, &area, reterr);
    if (status == ST_OK)
        status = find_or_make(at, "SELECT id FROM team WHERE number = ?1",
                              cell(at, TEAM_NUMBER), &id, &is_new);
    if (status != ST_OK)
        return status;
    status = warn_who_is_gone(at);
    if (status != ST_OK)
        return status;
    struct query *query = db_query(
        writer_db(at->writer),
        "INSERT INTO team (id, number, name, leader, deputies, size, skills, area_id)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(id) DO UPDATE SET"
        " name = excluded.name, leader = excluded.leader, deputies = excluded.deputies,"
        " size = excluded.size, skills = excluded.skills, area_id = excluded.area_id"
        " WHERE (team.name, team.leader, team.deputies, team.size, team.skills,"
        " team.area_id) <> (excluded.name,"
        " excluded.leader, excluded.deputies, excluded.size, excluded.skills,"
        " excluded.area_id)");
    query_int(query, 1, id);
    query_text(query, 2, cell(at, TEAM_NUMBER));
    query_text(query, 3, cell(at, TEAM_NAME));
    query_text(query, 4, cell(at, TEAM_LEADER));
    query_text(query, 5, cell(at, TEAM_DEPUTIES));
    query_int(query, 6, size);
    query_text(query, 7, cell(at, TEAM_SKILLS));
    query_int(query, 8, area);
    return upsert(at, query, is_new);
}

/* Whether NUMBER is one of LIST: numbers with ";" between them. */
static bool is_listed(const char *list, const char *number)
{
    const size_t size = strlen(number);
    size_t length;
    for (list = next_listed(list, &length); length > 0;
         list = next_listed(list + length, &length))
        if (length == size && memcmp(list, number, size) == 0)
            return true;
    return false;
}

int teams_brought_by(struct db *db, int64_t person_id, int32_t *ret)
{
    *ret = 1;
    struct query *query =
        db_query(db, "SELECT p.number, t.leader, t.deputies, t.size FROM team t, person p"
                     " WHERE p.id = ?1 AND (t.leader = p.number"
                     " OR t.deputies LIKE '%' || p.number || '%')"
                     " ORDER BY t.size DESC");
    query_int(query, 1, person_id);
    int got;
    while ((got = query_step(query)) > 0) {
        const char *number = query_get_text(query, 0);
        if (strcmp(query_get_text(query, 1), number) != 0 &&
            !is_listed(query_get_text(query, 2), number))
            continue;
        *ret = (int32_t)query_get_int(query, 3);
        query_reset(query);
        break;
    }
    return got < 0 ? got : ST_OK;
}

int teams_left(struct db *db, int64_t *ret)
{
    struct query *query = db_query(db, "SELECT count(*) FROM team t JOIN person p"
                                       " ON p.number = t.leader WHERE p.retired = 1");
    const int status = query_step(query);
    *ret = status == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

/* LIST with TO in the place of FROM. */
static void replace_listed(const char *list, const char *from, const char *to,
                           struct text *ret)
{
    size_t size;
    for (list = next_listed(list, &size); size > 0;
         list = next_listed(list + size, &size)) {
        const bool is_from = size == strlen(from) && memcmp(list, from, size) == 0;
        text_append_string(ret, ret->size > 0 ? ";" : "");
        text_append(ret, is_from ? to : list, is_from ? strlen(to) : size);
    }
}

static int move_deputy(struct db *db, int64_t team_id, const char *from, const char *to)
{
    struct text list;
    text_init(&list, 2 * TEAM_DEPUTIES_MAX);
    struct query *query = db_query(db, "SELECT deputies FROM team WHERE id = ?1");
    query_int(query, 1, team_id);
    int status = query_step(query);
    if (status == 1)
        replace_listed(query_get_text(query, 0), from, to, &list);
    query_reset(query);
    status = status < 0 ? status : list.status;
    if (status == ST_OK) {
        query = db_query(db, "UPDATE team SET deputies = ?2 WHERE id = ?1");
        query_int(query, 1, team_id);
        query_text(query, 2, text_string(&list));
        status = query_run(query);
    }
    text_release(&list);
    return status;
}

int teams_move(struct db *db, const char *from, const char *to)
{
    AUTO_FREE int64_t *teams = NULL;
    uint32_t count = 0;
    struct query *query = db_query(db, "UPDATE team SET leader = ?2 WHERE leader = ?1");
    query_text(query, 1, from);
    query_text(query, 2, to);
    int status = query_run(query);
    if (status != ST_OK)
        return status;
    query = db_query(db, "SELECT id FROM team WHERE deputies LIKE '%' || ?1 || '%'");
    query_text(query, 1, from);
    status = query_list_ids(query, &teams, &count);
    for (uint32_t i = 0; i < count && status == ST_OK; i++)
        status = move_deputy(db, teams[i], from, to);
    return status;
}

/* The file of either kind, row by row. A bad row refuses the command, and so undoes the
 * rows before it. */
struct place_format {
    const char *const *names;
    uint32_t name_count, required, rows_max;
    int (*put)(const struct place_writer *at, struct diag *reterr);
    const char *event, *count_sql;
};

struct place_file {
    char *data;
    size_t size;
    int64_t actor, now_ms;
};

/* With those of other files, too. */
static int check_count(struct db *db, const struct place_format *format,
                       struct diag *reterr)
{
    struct query *query = db_query(db, format->count_sql);
    int status = query_step(query);
    const bool too_many = status == 1 && query_get_int(query, 0) > format->rows_max;
    query_reset(query);
    if (too_many)
        return diag_set(reterr, ST_LIMIT, 0, 0, "",
                        "with those that are there already more than %u, the most that "
                        "there can be",
                        format->rows_max);
    return status < 0 ? status : ST_OK;
}

static int import_file(struct writer *writer, const struct place_format *format,
                       const struct place_file *file, struct place_import *ret,
                       struct diag *reterr)
{
    struct csv csv;
    int32_t column[16];
    assert(format->name_count <= COUNT_OF(column));
    int status = csv_init(&csv, file->data, file->size, reterr);
    if (status == ST_OK && (status = csv_next(&csv, reterr)) == 0)
        status = diag_set(reterr, ST_INVALID, 1, 0, "", "the file is empty");
    if (status == 1)
        status = csv_header(&csv, format->names, format->name_count, format->required,
                            column, reterr);
    if (status != ST_OK)
        return status;
    struct place_import counts = {.map = ret->map, .road = ret->road};
    const struct place_writer at = {writer, &csv, column, &counts};
    AUTO_FREE struct csv_key *keys = NULL;
    uint32_t rows = 0, capacity = 0;
    const uint32_t width = csv.count;
    for (; (status = csv_next(&csv, reterr)) == 1; rows++) {
        if (csv.count != width)
            return diag_set(reterr, ST_INVALID, csv.line, 0, "",
                            "%u cells where the header has %u", csv.count, width);
        for (uint32_t i = 0; i < width; i++)
            text_drop_marks(csv.cells[i]);
        status = mem_grow(&keys, &capacity, rows + 1, sizeof *keys, format->rows_max);
        if (status == ST_OK)
            status = format->put(&at, reterr);
        else if (status == ST_LIMIT)
            (void)diag_set(reterr, status, csv.line, 0, "", "too many rows");
        if (status != ST_OK)
            return status;
        keys[rows] = (struct csv_key){cell(&at, 0), csv.line};
    }
    if (status == ST_OK)
        status = csv_check_keys(keys, rows, format->names[0], reterr);
    if (status == ST_OK)
        status = check_count(writer_db(writer), format, reterr);
    if (status == ST_OK)
        status = writer_note(writer, format->event, file->actor, 0, NULL, file->now_ms);
    if (status == ST_OK)
        *ret = counts;
    return status;
}

int sites_import(struct writer *writer, char *data, size_t size, int64_t actor,
                 int64_t now_ms, struct place_import *ret, struct diag *reterr)
{
    static const char *const names[] = {"code", "kind",     "name", "lat",
                                        "lon",  "capacity", "area"};
    const struct place_format format = {
        names, 7, 5, SITES_MAX, put_site, "sites.imported", "SELECT count(*) FROM site"};
    const struct place_file file = {data, size, actor, now_ms};
    return import_file(writer, &format, &file, ret, reterr);
}

int teams_import(struct writer *writer, char *data, size_t size, int64_t actor,
                 int64_t now_ms, struct place_import *ret, struct diag *reterr)
{
    static const char *const names[] = {"number", "name",   "leader", "deputies",
                                        "size",   "skills", "area"};
    const struct place_format format = {
        names, 7, 6, TEAMS_MAX, put_team, "teams.imported", "SELECT count(*) FROM team"};
    const struct place_file file = {data, size, actor, now_ms};
    return import_file(writer, &format, &file, ret, reterr);
}
