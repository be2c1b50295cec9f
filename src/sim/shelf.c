/* SPDX-License-Identifier: Apache-2.0 */
/* Retention as the server's archive does it every hour, on simulated time: what has been
 * closed for KEPT_MS moves. That every event is in one of the two tables, once and as it
 * was, is what `verify` checks; here, when it moved and in which order. */
#include "sim/sim_internal.h"

#include "base/status.h"
#include "base/time.h"
#include "store/archive.h"
#include "store/db.h"

#define EVERY 40 /* steps */
#define KEPT_MS 30000
#define AT_ONCE 24    /* positions: several pieces an incident */
#define CUT_WITHIN 60 /* writes */

/* Planted: the newest event of the archive is gone. */
static int lose(void *context, struct writer *writer, int64_t now_ms, struct diag *reterr)
{
    (void)context;
    (void)now_ms;
    (void)reterr;
    return query_run(db_query(writer_db(writer),
                              "DELETE FROM event_archive WHERE position ="
                              " (SELECT max(position) FROM event_archive)"));
}

#define REPORTED "(SELECT min(incident_id) FROM assignment WHERE state = 'reported')"

/* Planted: what nobody has verified counts as verified. */
static int hurry(void *context, struct writer *writer, int64_t now_ms,
                 struct diag *reterr)
{
    (void)context;
    (void)now_ms;
    (void)reterr;
    struct db *db = writer_db(writer);
    int status = query_run(db_query(
        db, "INSERT INTO event_archive (position, incident_id, sequence, at_ms, kind,"
            " body, hash) SELECT position, incident_id, sequence, at_ms, kind, body, hash"
            " FROM event WHERE incident_id = " REPORTED));
    return status == ST_OK ? query_run(db_query(
                                 db, "DELETE FROM event WHERE incident_id = " REPORTED))
                           : status;
}

static void plant(struct sim *sim)
{
    struct diag diag = {0};
    int status = ST_OK; /* a full disk may refuse it */
    if (sim->options->plant == SIM_PLANT_ARCHIVE_LOST)
        status = command_call(sim->writer, lose, NULL, &diag);
    if (sim->options->plant == SIM_PLANT_ARCHIVE_EARLY)
        status = command_call(sim->writer, hurry, NULL, &diag);
    (void)status;
}

/* In every other run the power would go between its writes, if there is anything to
 * move: what strikes otherwise seldom meets it. */
static void run_archive(struct sim *sim, struct archive *archive)
{
    const int64_t now_ms = sim->clock.now_ms + TIME_DAY_MS - KEPT_MS;
    uint32_t moved = 0;
    const bool is_ours = !sim->ending && disk_cut_left(sim->disk) == 0 &&
                         random_below(&sim->faults.super, 2) == 0;
    if (is_ours)
        disk_cut_at(sim->disk, 1 + random_below(&sim->faults.super, CUT_WITHIN));
    const bool is_cut = archive_run(archive, now_ms, &moved) != ST_OK;
    if (is_ours && !disk_is_dead(sim->disk))
        disk_cut_at(sim->disk, 0);
    sim->result->archived += moved;
    sim->result->archive_cut += is_cut && disk_is_dead(sim->disk);
}

void shelf_step(struct sim *sim)
{
    const struct archive_config config = {.writer = sim->writer,
                                          .clock = &sim->clock.super,
                                          .db_path = sim->db_path,
                                          .days = 1,
                                          .at_once = AT_ONCE};
    struct archive *archive = NULL;
    if (sim->result->steps % EVERY != 0 || sim->dead)
        return;
    if (archive_new(&archive, &config, sim->reterr) == ST_OK)
        run_archive(sim, archive);
    archive_free(archive);
    plant(sim);
}

static void none(struct sim *sim, struct query *query, const char *what)
{
    int status = query_step(query);
    if (status == 1)
        sim_violate(sim, "what is archived is over", "%s %lld", what,
                    (long long)query_get_int(query, 0));
    query_reset(query);
}

void shelf_check(struct sim *sim, struct db *db)
{
    none(sim,
         db_query(db, "SELECT i.id FROM event_archive e JOIN incident i"
                      " ON i.last_position = e.position WHERE i.state <> 'closed' OR"
                      " EXISTS (SELECT 1 FROM assignment s WHERE s.incident_id = i.id"
                      " AND s.state NOT IN ('verified', 'withdrawn',"
                      " 'stood_down', 'turned_back', 'no_show'))"),
         "not accounted for: incident");
    none(sim,
         db_query(db, "SELECT incident_id FROM (SELECT incident_id, max(position) AS last"
                      " FROM event_archive GROUP BY incident_id) AS a WHERE EXISTS"
                      " (SELECT 1 FROM event e WHERE e.incident_id = a.incident_id AND"
                      " e.position <= a.last)"),
         "not from its beginning on: incident");
    none(sim,
         db_query(db, "SELECT max(position) FROM event_archive HAVING max(position) >"
                      " (SELECT max(position) FROM event) - 250"),
         "a live stream may ask for it: event");
}
