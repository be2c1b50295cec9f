/* SPDX-License-Identifier: Apache-2.0 */
/* One incident after the other, by pieces of its span of positions: each piece is one
 * command, inserted and deleted in one transaction. What a reader's snapshot holds is
 * always each event once. */
#include "store/archive.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "base/wait.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/number.h"

#include <pthread.h>
#include <stdatomic.h>

#define WAIT_MS 1000

struct archive {
    struct archive_config config;
    struct db *db;
    pthread_t thread;
    bool has_thread;
    atomic_bool stop; /* set under `lock`, read anywhere */
    pthread_mutex_t lock;
    pthread_cond_t stopped;
};

struct piece {
    int64_t incident_id, from, to; /* positions */
    bool is_last;
};

/* Closed long enough, and nothing of it is still to come. Its last event is moved last,
 * so an incident without it is not done. */
static const char due_sql[] =
    "SELECT i.id, i.first_position, i.last_position FROM incident i"
    " WHERE i.state = 'closed' AND i.closed_ms <> 0 AND i.closed_ms < ?1 AND i.id > ?2"
    " AND i.last_position <= (SELECT max(position) FROM event) - ?3"
    " AND EXISTS (SELECT 1 FROM event e WHERE e.position = i.last_position)"
    " AND NOT EXISTS (SELECT 1 FROM assignment s WHERE s.incident_id = i.id AND s.state "
    "IN"
    " ('assigned', 'en_route', 'on_scene', 'working', 'lost_contact', 'released',"
    " 'reported', 'disputed'))"
    " AND NOT EXISTS (SELECT 1 FROM message m JOIN callout c ON c.id = m.callout_id"
    " WHERE c.incident_id = i.id AND m.state IN ('queued', 'sending'))"
    " ORDER BY i.id LIMIT 1";

/* Whether it was opened again since it was looked up. */
static bool is_closed(struct db *db, int64_t incident_id)
{
    return db_has(db, "SELECT 1 FROM incident WHERE id = ?1 AND state = 'closed'",
                  incident_id) == 1;
}

static int run_piece(struct query *query, const struct piece *piece)
{
    query_int(query, 1, piece->from);
    query_int(query, 2, piece->to);
    query_int(query, 3, piece->incident_id);
    return query_run(query);
}

static int move_piece(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    const struct piece *piece = context;
    struct db *db = writer_db(writer);
    (void)now_ms;
    if (!is_closed(db, piece->incident_id))
        return diag_set(reterr, ST_CONFLICT, 0, 0, "incident", "is open again");
    int status = run_piece(
        db_query(db, "INSERT INTO event_archive (position, incident_id, sequence, at_ms,"
                     " kind, body, hash) SELECT position, incident_id, sequence, at_ms,"
                     " kind, body, hash FROM event WHERE position >= ?1"
                     " AND position <= ?2 AND incident_id = ?3"),
        piece);
    if (status == ST_OK)
        status = run_piece(db_query(db, "DELETE FROM event WHERE position >= ?1"
                                        " AND position <= ?2 AND incident_id = ?3"),
                           piece);
    if (status != ST_OK || !piece->is_last)
        return status;
    struct query *query =
        db_query(db, "DELETE FROM position WHERE assignment_id IN"
                     " (SELECT id FROM assignment WHERE incident_id = ?1)");
    query_int(query, 1, piece->incident_id);
    status = query_run(query);
    if (status != ST_OK)
        return status;
    query = db_query(db, "INSERT INTO instance (key, number) VALUES ('archived', 1)"
                         " ON CONFLICT(key) DO UPDATE SET number = instance.number + 1");
    return query_run(query);
}

static int move_incident(struct archive *archive, int64_t id, int64_t first, int64_t last)
{
    const int64_t at_once =
        archive->config.at_once == 0 ? ARCHIVE_AT_ONCE : archive->config.at_once;
    for (int64_t from = first; from <= last; from += at_once) {
        struct piece piece = {.incident_id = id,
                              .from = from,
                              .to = from + at_once - 1,
                              .is_last = from + at_once > last};
        piece.to = piece.is_last ? last : piece.to;
        struct diag diag = {0};
        if (atomic_load(&archive->stop))
            return ST_CLOSED;
        int status = command_call(archive->config.writer, move_piece, &piece, &diag);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

int archive_run(struct archive *archive, int64_t now_ms, uint32_t *ret_moved)
{
    uint32_t moved = 0;
    int64_t id = 0;
    int status = ST_OK;
    while (archive->config.days > 0 && !atomic_load(&archive->stop)) {
        struct query *query = db_query(archive->db, due_sql);
        query_int(query, 1, now_ms - archive->config.days * TIME_DAY_MS);
        query_int(query, 2, id);
        query_int(query, 3, ARCHIVE_NEWEST_KEPT);
        status = query_step(query);
        if (status != 1)
            break;
        id = query_get_int(query, 0);
        int64_t first = query_get_int(query, 1), last = query_get_int(query, 2);
        query_reset(query);
        status = move_incident(archive, id, first, last);
        moved += status == ST_OK;
        if (status != ST_OK && status != ST_CONFLICT)
            break;
    }
    *ret_moved = moved;
    return status == ST_CONFLICT ? ST_OK : status;
}

int64_t archive_count(struct db *db)
{
    int64_t count;
    return number_read(db, "archived", 0, &count) == ST_OK ? count : 0;
}

/* ---- life -----------------------------------------------------------------------------
 */

/* In pieces, so that no wake that is missed delays the end. */
static void wait_an_hour(struct archive *archive)
{
    struct clock *clock = archive->config.clock;
    int64_t until_us = clock_mono_us(clock) + TIME_HOUR_MS * 1000;
    pthread_mutex_lock(&archive->lock);
    while (!atomic_load(&archive->stop) && clock_mono_us(clock) < until_us)
        wait_for(&archive->stopped, &archive->lock, WAIT_MS);
    pthread_mutex_unlock(&archive->lock);
}

static void *run_thread(void *context)
{
    struct archive *archive = context;
    while (!atomic_load(&archive->stop)) {
        uint32_t moved; /* a failure, say a full disk, is met again in an hour */
        (void)(archive_run(archive, clock_wall_ms(archive->config.clock), &moved) ==
               ST_OK);
        wait_an_hour(archive);
    }
    return NULL;
}

int archive_new(struct archive **ret, const struct archive_config *config,
                struct diag *reterr)
{
    struct archive *archive = mem_calloc(1, sizeof *archive);
    if (archive == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "archive", "no memory");
    archive->config = *config;
    pthread_mutex_init(&archive->lock, NULL);
    wait_init(&archive->stopped);
    int status = db_open(&archive->db, config->db_path, DB_READ, reterr);
    if (status != ST_OK) {
        archive_free(archive);
        return status;
    }
    *ret = archive;
    return ST_OK;
}

void archive_free(struct archive *archive)
{
    if (archive == NULL)
        return;
    db_close(archive->db);
    pthread_cond_destroy(&archive->stopped);
    pthread_mutex_destroy(&archive->lock);
    mem_free(archive);
}

int archive_start(struct archive *archive)
{
    if (pthread_create(&archive->thread, NULL, run_thread, archive) != 0)
        return ST_NO_MEMORY;
    archive->has_thread = true;
    return ST_OK;
}

void archive_stop(struct archive *archive)
{
    if (archive == NULL || !archive->has_thread)
        return;
    pthread_mutex_lock(&archive->lock);
    atomic_store(&archive->stop, true);
    pthread_cond_signal(&archive->stopped);
    pthread_mutex_unlock(&archive->lock);
    pthread_join(archive->thread, NULL);
    archive->has_thread = false;
}
