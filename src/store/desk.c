/* SPDX-License-Identifier: Apache-2.0 */
#include "store/desk.h"

#include "base/mem.h"
#include "base/status.h"
#include "crowd/person_field.h"
#include "store/account.h"
#include "store/area.h"
#include "store/db.h"
#include "store/vault.h"
#include "store/writer_internal.h"

#include <stdio.h>
#include <string.h>

#define TABLE "desk"
#define TRIES_MAX (1U << 20)

/* ---- reading ------------------------------------------------------------------------
 */

/* Columns from 0: area_id, key_slot, box. */
static int unseal(struct query *query, struct vault *vault, struct desk *ret)
{
    size_t size;
    const void *box = query_get_blob(query, 2, &size);
    struct vault_texts texts;
    ret->area_id = query_get_int(query, 0);
    const int status = vault_unseal_texts(vault, query_get_int(query, 1), TABLE,
                                          ret->area_id, box, size, &texts);
    if (status != ST_OK)
        return status;
    (void)snprintf(ret->email, sizeof ret->email, "%s", texts.texts[0]);
    vault_texts_release(&texts);
    return ST_OK;
}

int desk_read(struct db *db, struct vault *vault, int64_t area_id, struct desk *ret)
{
    struct query *query = db_query(db, "SELECT area_id, key_slot, box FROM desk"
                                       " WHERE area_id = ?1 AND box IS NOT NULL");
    query_int(query, 1, area_id);
    int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    status = unseal(query, vault, ret);
    query_reset(query);
    return status;
}

int desks_each(struct db *db, struct vault *vault,
               int (*visit)(void *context, const struct desk *desk), void *context)
{
    struct query *query = db_query(db, "SELECT area_id, key_slot, box FROM desk"
                                       " WHERE box IS NOT NULL ORDER BY area_id");
    int status;
    while ((status = query_step(query)) == 1) {
        struct desk desk;
        int stop = unseal(query, vault, &desk);
        if (stop == ST_NOT_FOUND) /* removed since this read began */
            continue;
        if (stop == ST_OK)
            stop = visit(context, &desk);
        if (stop != ST_OK)
            return query_stop(query, stop);
    }
    return status;
}

int desk_tries(struct db *db, struct desk_try **ret, uint32_t *ret_count)
{
    struct query *query = db_query(
        db, "SELECT m.area_id, m.channel, m.state, m.sent_ms FROM message m JOIN"
            " (SELECT max(id) AS id FROM message WHERE callout_id = 0 AND area_id <> 0"
            " AND tries > 0 AND state <> 'sending' GROUP BY area_id, channel) newest"
            " ON m.id = newest.id ORDER BY m.area_id, m.channel");
    struct desk_try *tries = NULL;
    uint32_t count = 0, capacity = 0;
    int status;
    while ((status = query_step(query)) == 1) {
        if (mem_grow(&tries, &capacity, count + 1, sizeof *tries, TRIES_MAX) != ST_OK) {
            query_reset(query);
            mem_free(tries);
            return ST_NO_MEMORY;
        }
        struct desk_try *one = &tries[count++];
        *one = (struct desk_try){.area_id = query_get_int(query, 0),
                                 .at_ms = query_get_int(query, 3)};
        (void)snprintf(one->channel, sizeof one->channel, "%s", query_get_text(query, 1));
        (void)snprintf(one->state, sizeof one->state, "%s", query_get_text(query, 2));
    }
    if (status < 0) {
        mem_free(tries);
        return status;
    }
    *ret = tries;
    *ret_count = count;
    return ST_OK;
}

/* The browsers of those who act for the desk's own area. */
static int find_browsers(struct db *db, int64_t now_ms, struct loop_desk *desk)
{
    struct query *query =
        db_query(db, "SELECT DISTINCT s.browser_id FROM session s JOIN account_role r"
                     " ON r.account_id = s.account_id WHERE s.browser_id <> 0"
                     " AND s.created_ms > ?2 AND r.area_id = ?1"
                     " AND r.role IN ('admin', 'commander', 'dispatcher')"
                     " ORDER BY s.browser_id DESC LIMIT ?3");
    query_int(query, 1, desk->area_id);
    query_int(query, 2, now_ms - ACCOUNT_SESSION_MS);
    query_int(query, 3, LOOP_BROWSERS_MAX);
    int status;
    while ((status = query_step(query)) == 1)
        desk->browsers[desk->browser_count++] = query_get_int(query, 0);
    return status;
}

/* The area and those above it, the nearest first; how many. Channels of who has a desk.
 */
static int find_areas(struct db *db, int64_t area_id,
                      struct loop_desk ret[AREA_DEPTH_MAX + 1])
{
    const unsigned always = 1U << CHANNEL_FILE | 1U << CHANNEL_WEBHOOK;
    struct query *query = db_query(
        db, "WITH RECURSIVE above(id, parent_id, steps) AS (SELECT id, parent_id, 0"
            " FROM area WHERE id = ?1 UNION ALL SELECT area.id, area.parent_id,"
            " steps + 1 FROM area JOIN above ON area.id = above.parent_id"
            " WHERE steps < ?2) SELECT above.id, desk.has_email FROM above"
            " LEFT JOIN desk ON desk.area_id = above.id AND desk.box IS NOT NULL"
            " ORDER BY steps");
    query_int(query, 1, area_id);
    query_int(query, 2, AREA_DEPTH_MAX);
    int count = 0, status;
    while ((status = query_step(query)) == 1) {
        const bool has_email = query_get_int(query, 1) != 0;
        const unsigned channels = query_get_null(query, 1) ? 0
                                  : has_email              ? always | 1U << CHANNEL_EMAIL
                                                           : always;
        ret[count++] = (struct loop_desk){.area_id = query_get_int(query, 0),
                                          .channels = (uint8_t)channels};
    }
    return status < 0 ? status : count;
}

int desks_above(struct db *db, int64_t area_id, int64_t now_ms,
                struct loop_desk ret[LOOP_DESKS_MAX])
{
    struct loop_desk areas[AREA_DEPTH_MAX + 1];
    const int area_count = find_areas(db, area_id, areas);
    int count = 0;
    for (int i = 0; i < area_count && count < LOOP_DESKS_MAX; i++) {
        const int status = find_browsers(db, now_ms, &areas[i]);
        if (status < 0)
            return status;
        if (areas[i].channels != 0 || areas[i].browser_count > 0)
            ret[count++] = areas[i];
    }
    return area_count < 0 ? area_count : count;
}

const char *desk_judge(const char *email, const char *channels)
{
    if (email[0] == '\0' && strstr(channels, "file") == NULL &&
        strstr(channels, "webhook") == NULL)
        return "is required: this instance writes by e-mail only";
    return person_judge_email(email);
}

/* ---- commands -----------------------------------------------------------------------
 */

static int read_slot(struct db *db, int64_t area_id, int64_t *ret)
{
    struct query *query = db_query(db, "SELECT key_slot FROM desk WHERE area_id = ?1"
                                       " AND box IS NOT NULL");
    query_int(query, 1, area_id);
    return query_find_int(query, ret);
}

static int store(struct writer *writer, const struct desk *desk, int64_t slot)
{
    const char *const texts[] = {desk->email};
    uint8_t *box;
    size_t size;
    const int status = vault_seal_texts(writer_stage(writer)->vault, slot, TABLE,
                                        desk->area_id, texts, 1, &box, &size);
    if (status != ST_OK)
        return status;
    struct query *query = db_query(
        writer_db(writer), "INSERT INTO desk (area_id, key_slot, has_email, box)"
                           " VALUES (?1, ?2, ?3, ?4) ON CONFLICT(area_id) DO UPDATE"
                           " SET key_slot = excluded.key_slot,"
                           " has_email = excluded.has_email, box = excluded.box");
    query_int(query, 1, desk->area_id);
    query_int(query, 2, slot);
    query_int(query, 3, desk->email[0] != '\0');
    query_blob(query, 4, box, size);
    mem_free(box);
    return query_run(query);
}

int desk_put(struct writer *writer, const struct desk *desk, int64_t actor,
             int64_t now_ms, struct diag *reterr)
{
    int64_t slot;
    int status = area_expect(writer_db(writer), desk->area_id, reterr);
    if (status != ST_OK)
        return status;
    status = read_slot(writer_db(writer), desk->area_id, &slot);
    if (status == ST_NOT_FOUND) /* a removed desk's slot is not used again */
        status = vault_new_slot(writer_stage(writer)->vault, &slot);
    if (status == ST_OK)
        status = store(writer, desk, slot);
    return status == ST_OK
               ? writer_note(writer, "desk.set", actor, desk->area_id, NULL, now_ms)
               : status;
}

int desk_remove(struct writer *writer, int64_t area_id, int64_t actor, int64_t now_ms)
{
    int64_t slot;
    int status = read_slot(writer_db(writer), area_id, &slot);
    if (status != ST_OK)
        return status;
    struct query *query =
        db_query(writer_db(writer), "UPDATE desk SET box = NULL WHERE area_id = ?1");
    query_int(query, 1, area_id);
    status = query_run(query);
    if (status == ST_OK)
        status = writer_destroy_slot(writer, slot);
    return status == ST_OK
               ? writer_note(writer, "desk.removed", actor, area_id, NULL, now_ms)
               : status;
}
