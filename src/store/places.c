/* SPDX-License-Identifier: Apache-2.0 */
#include "store/places.h"

#include "base/csv.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "geo/point.h"
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
        if (table->count >= SKILL_MAX || query_get_int(query, 0) != table->count) {
            query_reset(query);
            return ST_CORRUPT;
        }
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
        if (parsed != ST_OK) {
            query_reset(query);
            return ST_CORRUPT;
        }
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
