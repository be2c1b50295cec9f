/* SPDX-License-Identifier: Apache-2.0 */
#include "store/area.h"

#include "base/csv.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "geo/geojson.h"
#include "store/area_index.h"
#include "store/db.h"
#include "store/places.h"
#include "store/writer.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define POLYGON_TEXT_MAX (64 << 20)

static const char *const levels[AREA_LEVEL_COUNT] = {"province", "city", "county", "town",
                                                     "village"};

const char *area_level_code(enum area_level level)
{
    assert((unsigned)level < AREA_LEVEL_COUNT);
    return levels[level];
}

static bool level_parse(const char *code, enum area_level *ret)
{
    for (unsigned i = 0; i < AREA_LEVEL_COUNT; i++)
        if (strcmp(code, levels[i]) == 0) {
            *ret = (enum area_level)i;
            return true;
        }
    return false;
}

/* ---- the tree -----------------------------------------------------------------------
 */

static int read_polygon(struct query *query, int column, struct area *area)
{
    size_t size;
    const char *text = query_get_blob(query, column, &size);
    if (text == NULL || size == 0)
        return ST_OK;
    area->polygon = mem_calloc(1, sizeof *area->polygon);
    if (area->polygon == NULL)
        return ST_NO_MEMORY;
    int status = geojson_polygon_parse(text, size, area->polygon, NULL);
    return status == ST_INVALID ? ST_CORRUPT : status;
}

static int read_area(struct query *query, struct area *ret)
{
    *ret = (struct area){.id = query_get_int(query, 0),
                         .parent_id = query_get_int(query, 3),
                         .parent = -1,
                         .has_at = !query_get_null(query, 5)};
    (void)snprintf(ret->code, sizeof ret->code, "%s", query_get_text(query, 1));
    (void)snprintf(ret->name, sizeof ret->name, "%s", query_get_text(query, 2));
    ret->at = (struct point){(int32_t)query_get_int(query, 5),
                             (int32_t)query_get_int(query, 6)};
    if (!level_parse(query_get_text(query, 4), &ret->level))
        return ST_CORRUPT;
    return read_polygon(query, 7, ret);
}

static int32_t index_of(const struct area_tree *tree, int64_t id)
{
    uint32_t low = 0, high = tree->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (tree->areas[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < tree->count && tree->areas[low].id == id ? (int32_t)low : -1;
}

int area_tree_load(struct area_tree *ret, struct db *db)
{
    struct area_tree tree = {0};
    struct query *query =
        db_query(db, "SELECT id, code, name, parent_id, level, lat_e7, lon_e7, polygon"
                     " FROM area ORDER BY id");
    int status;
    while ((status = query_step(query)) == 1) {
        status = mem_grow(&tree.areas, &tree.capacity, tree.count + 1, sizeof *tree.areas,
                          AREA_MAX + 1);
        if (status == ST_OK)
            status = read_area(query, &tree.areas[tree.count++]);
        if (status != ST_OK) {
            query_reset(query);
            break;
        }
    }
    if (status == ST_OK && (tree.count == 0 || tree.areas[0].parent_id != 0))
        status = ST_CORRUPT; /* the root is made first */
    for (uint32_t i = 1; i < tree.count; i++)
        tree.areas[i].parent = index_of(&tree, tree.areas[i].parent_id);
    if (status == ST_OK)
        status = area_index_new(&tree.index, tree.areas, tree.count);
    if (status != ST_OK) {
        area_tree_release(&tree);
        return status;
    }
    *ret = tree;
    return ST_OK;
}

void area_tree_release(struct area_tree *tree)
{
    for (uint32_t i = 0; i < tree->count; i++)
        if (tree->areas[i].polygon != NULL) {
            polygon_release(tree->areas[i].polygon);
            mem_free(tree->areas[i].polygon);
        }
    mem_free(tree->areas);
    area_index_free(tree->index);
    *tree = (struct area_tree){0};
}

int area_expect(struct db *db, int64_t id, struct diag *reterr)
{
    const int status = db_has(db, "SELECT 1 FROM area WHERE id = ?1", id);
    if (status < 0)
        return status;
    return status == 1 ? ST_OK
                       : diag_set(reterr, ST_NOT_FOUND, 0, 0, "area", "is not known");
}

int area_read_name(struct db *db, int64_t id, char ret[AREA_NAME_MAX + 1])
{
    struct query *query = db_query(db, "SELECT name FROM area WHERE id = ?1");
    query_int(query, 1, id);
    const int status = query_step(query);
    (void)snprintf(ret, AREA_NAME_MAX + 1, "%s",
                   status == 1 ? query_get_text(query, 0) : "");
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

const struct area *area_by_id(const struct area_tree *tree, int64_t id)
{
    int32_t index = index_of(tree, id);
    return index < 0 ? NULL : &tree->areas[index];
}

const struct area *area_by_code(const struct area_tree *tree, const char *code)
{
    const int32_t index =
        tree->index == NULL ? -1 : area_index_find(tree->index, tree->areas, code);
    return index < 0 ? NULL : &tree->areas[index];
}

const struct area *area_parent(const struct area_tree *tree, const struct area *area)
{
    return area->parent < 0 ? &tree->areas[0] : &tree->areas[area->parent];
}

const struct area *area_at(const struct area_tree *tree, struct point at)
{
    return &tree->areas[area_index_at(tree->index, tree->areas, at)];
}

const struct area *area_skip_single(const struct area_tree *tree, const struct area *area)
{
    const struct area *only = NULL;
    for (uint32_t i = 1; i < tree->count; i++)
        if (area_parent(tree, &tree->areas[i]) == area) {
            if (only != NULL)
                return area;
            only = &tree->areas[i];
        }
    return only == NULL ? area : only;
}

bool area_is_under(const struct area_tree *tree, int64_t id, int64_t ancestor)
{
    int32_t index = index_of(tree, id);
    for (int depth = 0; index >= 0 && depth <= AREA_DEPTH_MAX; depth++) {
        if (tree->areas[index].id == ancestor)
            return true;
        index = tree->areas[index].parent;
    }
    return false;
}

/* ---- import -------------------------------------------------------------------------
 */

struct area_row {
    const char *code, *name, *parent;
    enum area_level level;
    bool has_at;
    struct point at;
    uint32_t line;
};

static int read_place(const struct csv *csv, const int32_t column[6],
                      struct area_row *ret, struct diag *reterr)
{
    const char *lat = column[4] < 0 ? "" : csv->cells[column[4]];
    const char *lon = column[5] < 0 ? "" : csv->cells[column[5]];
    if (lat[0] == '\0' && lon[0] == '\0')
        return ST_OK;
    double lat_degrees, lon_degrees;
    if (!text_to_double(lat, -90, 90, &lat_degrees) ||
        !text_to_double(lon, -180, 180, &lon_degrees) ||
        !point_from_degrees(lat_degrees, lon_degrees, &ret->at) ||
        (lat_degrees == 0 && lon_degrees == 0))
        return diag_set(reterr, ST_INVALID, csv->line,
                        column[4] < 0 ? 0 : csv->columns[column[4]], "lat,lon",
                        "is no coordinate: %s,%s", lat, lon);
    ret->has_at = true;
    return ST_OK;
}

static int read_csv_row(const struct csv *csv, const int32_t column[6],
                        struct area_row *ret, struct diag *reterr)
{
    text_drop_marks(csv->cells[column[1]]);
    *ret = (struct area_row){.code = csv->cells[column[0]],
                             .name = csv->cells[column[1]],
                             .parent = csv->cells[column[2]],
                             .line = csv->line};
    if (ret->code[0] == '\0' || strlen(ret->code) > AREA_CODE_MAX ||
        strcmp(ret->code, "root") == 0)
        return diag_set(reterr, ST_INVALID, csv->line, csv->columns[column[0]], "code",
                        "has 1 to %d bytes and is not `root`", AREA_CODE_MAX);
    if (ret->name[0] == '\0' || strlen(ret->name) > AREA_NAME_MAX)
        return diag_set(reterr, ST_INVALID, csv->line, csv->columns[column[1]], "name",
                        "has 1 to %d bytes", AREA_NAME_MAX);
    if (!level_parse(csv->cells[column[3]], &ret->level))
        return diag_set(reterr, ST_INVALID, csv->line, csv->columns[column[3]], "level",
                        "is one of province city county town village");
    return read_place(csv, column, ret, reterr);
}

static int find_code(struct db *db, const char *code, int64_t *ret_id)
{
    struct query *query = db_query(db, "SELECT id FROM area WHERE code = ?1");
    query_text(query, 1, code);
    int status = query_step(query);
    *ret_id = status == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

/* The row as it stands, against the new one. */
static int is_same(struct db *db, int64_t id, const struct area_row *row, int64_t root,
                   bool *ret)
{
    int64_t parent = root;
    int status = row->parent[0] == '\0' ? ST_OK : find_code(db, row->parent, &parent);
    if (status != ST_OK)
        return status;
    struct query *query =
        db_query(db, "SELECT 1 FROM area WHERE id = ?1 AND name = ?2 AND level = ?3"
                     " AND lat_e7 IS NOT DISTINCT FROM ?4"
                     " AND lon_e7 IS NOT DISTINCT FROM ?5 AND parent_id = ?6");
    query_int(query, 6, parent);
    query_int(query, 1, id);
    query_text(query, 2, row->name);
    query_text(query, 3, levels[row->level]);
    if (row->has_at) {
        query_int(query, 4, row->at.lat_e7);
        query_int(query, 5, row->at.lon_e7);
    }
    status = query_step(query);
    query_reset(query);
    *ret = status == 1;
    return status < 0 ? status : ST_OK;
}

/* Stores a row with the root as parent: parents may stand further down in the file. */
int area_put_root(struct writer *writer, int64_t id)
{
    struct query *query =
        db_query(writer_db(writer), "INSERT INTO area (id, code, name, parent_id, level)"
                                    " VALUES (?1, 'root', 'root', 0, 'city')");
    query_int(query, 1, id);
    return query_run(query);
}

static int store_row(struct writer *writer, const struct area_row *row, int64_t root,
                     struct place_import *counts)
{
    struct db *db = writer_db(writer);
    int64_t id;
    bool same = false;
    int status = find_code(db, row->code, &id);
    if (status == ST_OK && id != 0)
        status = is_same(db, id, row, root, &same);
    if (status != ST_OK)
        return status;
    counts->added += id == 0;
    counts->same += same;
    counts->changed += id != 0 && !same;
    if (same)
        return ST_OK;
    struct query *query = db_query(
        db, "INSERT INTO area (id, code, name, parent_id, level, lat_e7, lon_e7)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(id) DO UPDATE SET"
            " name = excluded.name, level = excluded.level, lat_e7 = excluded.lat_e7,"
            " lon_e7 = excluded.lon_e7");
    query_int(query, 1, id != 0 ? id : writer_new_id(writer));
    query_text(query, 2, row->code);
    query_text(query, 3, row->name);
    query_int(query, 4, root);
    query_text(query, 5, levels[row->level]);
    if (row->has_at) {
        query_int(query, 6, row->at.lat_e7);
        query_int(query, 7, row->at.lon_e7);
    }
    return query_run(query);
}

static int store_parent(struct writer *writer, const struct area_row *row, int64_t root,
                        struct diag *reterr)
{
    struct db *db = writer_db(writer);
    int64_t parent = root;
    if (row->parent[0] != '\0') {
        int status = find_code(db, row->parent, &parent);
        if (status != ST_OK)
            return status;
        if (parent == 0)
            return diag_set(reterr, ST_INVALID, row->line, 0, "parent",
                            "there is no area with the code %s", row->parent);
    }
    struct query *query = db_query(db, "UPDATE area SET parent_id = ?2 WHERE code = ?1"
                                       " AND parent_id <> ?2");
    query_text(query, 1, row->code);
    query_int(query, 2, parent);
    return query_run(query);
}

/* Nobody is their own ancestor, nobody lies too deep. */
static int check_tree(struct writer *writer, struct diag *reterr)
{
    struct area_tree tree;
    int status = area_tree_load(&tree, writer_db(writer));
    if (status != ST_OK)
        return status;
    for (uint32_t i = 0; i < tree.count && status == ST_OK; i++)
        if (area_index_depth(tree.areas, &tree.areas[i]) > AREA_DEPTH_MAX)
            status = diag_set(reterr, ST_INVALID, 0, 0, "parent",
                              "%s is its own ancestor or deeper than %d levels",
                              tree.areas[i].code, AREA_DEPTH_MAX);
    area_tree_release(&tree);
    return status;
}

/* How many there are besides the root. */
static int count_areas(struct db *db, int64_t *ret)
{
    struct query *query = db_query(db, "SELECT count(*) - 1 FROM area");
    const int status = query_step(query);
    *ret = status == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

static int store_rows(struct writer *writer, const struct area_row *rows, uint32_t count,
                      int64_t root, struct place_import *counts, struct diag *reterr)
{
    int64_t before;
    int status = count_areas(writer_db(writer), &before);
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        status = store_row(writer, &rows[i], root, counts);
        if (status == ST_OK && before + counts->added > AREA_MAX)
            status = diag_set(reterr, ST_LIMIT, rows[i].line, 0, "",
                              "more than %d areas, with the %lld that are there already",
                              AREA_MAX, (long long)before);
    }
    return status;
}

static int import_rows(struct writer *writer, const struct area_row *rows, uint32_t count,
                       struct place_import *counts, struct diag *reterr)
{
    int64_t root;
    int status = find_code(writer_db(writer), "root", &root);
    if (status == ST_OK)
        status = store_rows(writer, rows, count, root, counts, reterr);
    for (uint32_t i = 0; i < count && status == ST_OK; i++)
        status = store_parent(writer, &rows[i], root, reterr);
    return status == ST_OK ? check_tree(writer, reterr) : status;
}

/* An incident is a village's own by its polygon or by its middle. */
static int warn_without_middle(struct writer *writer, const struct area_row *rows,
                               uint32_t count, struct place_import *counts)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < count && status >= 0; i++) {
        if (rows[i].level != AREA_VILLAGE || rows[i].has_at)
            continue;
        struct query *query =
            db_query(writer_db(writer),
                     "SELECT 1 FROM area WHERE code = ?1 AND polygon IS NOT NULL");
        query_text(query, 1, rows[i].code);
        status = query_step(query);
        query_reset(query);
        if (status == 0)
            place_warn(counts, rows[i].line, "lat",
                       "a village without lat,lon or a polygon: no incident is found to "
                       "be its own");
    }
    return status < 0 ? status : ST_OK;
}

static int check_codes(const struct area_row *rows, uint32_t count, struct diag *reterr)
{
    AUTO_FREE struct csv_key *keys = mem_calloc((size_t)count + 1, sizeof *keys);
    if (keys == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        keys[i] = (struct csv_key){rows[i].code, rows[i].line};
    return csv_check_keys(keys, count, "code", reterr);
}

static int import_csv(struct writer *writer, char *data, size_t size,
                      struct place_import *counts, struct diag *reterr)
{
    static const char *const names[] = {"code", "name", "parent", "level", "lat", "lon"};
    struct csv csv;
    int32_t column[6];
    int status = csv_init(&csv, data, size, reterr);
    if (status == ST_OK && (status = csv_next(&csv, reterr)) == 0)
        status = diag_set(reterr, ST_INVALID, 1, 0, "", "the file is empty");
    if (status == 1)
        status = csv_header(&csv, names, 6, 4, column, reterr);
    if (status != ST_OK)
        return status;
    struct area_row *rows = NULL;
    uint32_t count = 0, capacity = 0;
    const uint32_t width = csv.count;
    while ((status = csv_next(&csv, reterr)) == 1) {
        status = mem_grow(&rows, &capacity, count + 1, sizeof *rows, AREA_MAX);
        if (status == ST_LIMIT)
            (void)diag_set(reterr, status, csv.line, 0, "", "more than %d areas",
                           AREA_MAX);
        if (status == ST_OK && csv.count != width)
            status = diag_set(reterr, ST_INVALID, csv.line, 0, "",
                              "%u cells where the header has %u", csv.count, width);
        if (status == ST_OK)
            status = read_csv_row(&csv, column, &rows[count++], reterr);
        if (status != ST_OK)
            break;
        if (rows[count - 1].has_at)
            place_check(counts, csv.line, rows[count - 1].at);
    }
    if (status == ST_OK)
        status = check_codes(rows, count, reterr);
    if (status == ST_OK)
        status = import_rows(writer, rows, count, counts, reterr);
    if (status == ST_OK)
        status = warn_without_middle(writer, rows, count, counts);
    mem_free(rows);
    return status;
}

static int store_polygon(struct writer *writer, const struct geojson_area *area,
                         struct place_import *counts, struct diag *reterr)
{
    struct db *db = writer_db(writer);
    int64_t id;
    int status = find_code(db, area->code, &id);
    if (status == ST_OK && id == 0)
        status = diag_set(reterr, ST_INVALID, 0, 0, "code",
                          "there is no area with the code %s", area->code);
    if (status != ST_OK)
        return status;
    struct text text;
    text_init(&text, POLYGON_TEXT_MAX);
    geojson_polygon_append(&text, &area->polygon);
    struct query *query =
        db_query(db, "UPDATE area SET polygon = ?2 WHERE id = ?1 AND polygon"
                     " IS DISTINCT FROM ?2");
    query_int(query, 1, id);
    query_blob(query, 2, text_string(&text), text.size);
    int64_t before = db_changes(db);
    status = text.status == ST_OK ? query_run(query) : text.status;
    text_release(&text);
    bool changed = db_changes(db) != before;
    counts->changed += changed;
    counts->same += !changed;
    return status;
}

static int import_geojson(struct writer *writer, const char *data, size_t size,
                          struct place_import *counts, struct diag *reterr)
{
    struct geojson_areas areas;
    int status = geojson_areas_parse(data, size, &areas, reterr);
    if (status != ST_OK)
        return status;
    for (uint32_t i = 0; i < areas.count && status == ST_OK; i++)
        status = store_polygon(writer, &areas.items[i], counts, reterr);
    geojson_areas_release(&areas);
    return status;
}

int area_import(struct writer *writer, char *data, size_t size, int64_t actor,
                int64_t now_ms, struct place_import *ret, struct diag *reterr)
{
    struct place_import counts = {.map = ret->map, .road = ret->road};
    const size_t mark = strncmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* of an editor */
    const size_t start = mark + strspn(data + mark, " \t\r\n");
    int status = data[start] == '{'
                     ? import_geojson(writer, data + start, size - start, &counts, reterr)
                     : import_csv(writer, data, size, &counts, reterr);
    if (status == ST_OK)
        status = writer_note(writer, "areas.imported", actor, 0, NULL, now_ms);
    if (status == ST_OK)
        *ret = counts;
    return status;
}
