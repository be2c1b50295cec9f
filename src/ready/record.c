/* SPDX-License-Identifier: Apache-2.0 */
#include "ready/record.h"

#include "base/status.h"
#include "base/time.h"
#include "ready/count.h"
#include "store/commands.h"
#include "store/db.h"

struct recording {
    struct ready_counts counts;
    int32_t day;
};

static int is_kept(struct db *db, int32_t day, bool *ret)
{
    struct query *query =
        db_query(db, "SELECT 1 FROM readiness_day JOIN area"
                     " ON area.id = readiness_day.area_id WHERE area.parent_id = 0"
                     " AND readiness_day.day = ?1 LIMIT 1");
    query_int(query, 1, day);
    const int status = query_step(query);
    query_reset(query);
    *ret = status == 1;
    return status < 0 ? status : ST_OK;
}

static int put(struct db *db, int32_t day, int64_t area_id, unsigned indicator,
               struct ready_share share)
{
    struct query *query =
        db_query(db, "INSERT INTO readiness_day (day, area_id, indicator, have, total)"
                     " VALUES (?1, ?2, ?3, ?4, ?5)");
    query_int(query, 1, day);
    query_int(query, 2, area_id);
    query_text(query, 3, ready_code(indicator));
    query_int(query, 4, share.have);
    query_int(query, 5, share.of);
    return query_run(query);
}

static int forget_old(struct db *db, int32_t today)
{
    struct query *query =
        db_query(db, "DELETE FROM readiness_day WHERE day < ?1 AND day % 7 <> 0");
    query_int(query, 1, today - READY_DAILY_DAYS);
    return query_run(query);
}

static int run(void *context, struct writer *writer, int64_t now_ms, struct diag *reterr)
{
    const struct recording *recording = context;
    const struct area_tree *areas = &recording->counts.areas;
    struct db *db = writer_db(writer);
    bool is_there;
    (void)now_ms;
    (void)reterr;
    int status = is_kept(db, recording->day, &is_there);
    if (status != ST_OK || is_there)
        return status;
    for (uint32_t i = 0; i < areas->count && status == ST_OK; i++)
        for (unsigned j = 0; j < READY_COUNT && status == ST_OK; j++)
            if (areas->areas[i].level != AREA_VILLAGE &&
                recording->counts.shares[i][j].of > 0)
                status = put(db, recording->day, areas->areas[i].id, j,
                             recording->counts.shares[i][j]);
    return status == ST_OK ? forget_old(db, recording->day) : status;
}

int ready_record(struct db *db, struct crowd *crowd, struct writer *writer,
                 int64_t now_ms)
{
    struct recording recording = {.day = time_local_day(now_ms)};
    bool is_there;
    int status = is_kept(db, recording.day, &is_there);
    if (status == ST_OK && !is_there)
        status = ready_count(&recording.counts, db, crowd, now_ms);
    if (status == ST_OK && !is_there)
        status = command_call(writer, run, &recording, NULL);
    ready_counts_release(&recording.counts);
    return status;
}

int ready_days_each(struct db *db, int64_t area_id,
                    int (*visit)(void *context, int32_t day,
                                 const struct ready_share shares[READY_COUNT]),
                    void *context)
{
    struct ready_share shares[READY_COUNT] = {{0, 0}};
    int32_t day = INT32_MIN;
    struct query *query =
        db_query(db, "SELECT day, indicator, have, total FROM readiness_day"
                     " WHERE area_id = ?1 ORDER BY day");
    query_int(query, 1, area_id);
    int status, stop = 0;
    while ((status = query_step(query)) == 1 && stop == 0) {
        enum ready_indicator indicator;
        const int32_t next = (int32_t)query_get_int(query, 0);
        if (next != day) {
            if (day != INT32_MIN)
                stop = visit(context, day, shares);
            for (unsigned i = 0; i < READY_COUNT; i++)
                shares[i] = (struct ready_share){0, 0};
            day = next;
        }
        if (ready_parse(query_get_text(query, 1), &indicator))
            shares[indicator] =
                (struct ready_share){query_get_int(query, 2), query_get_int(query, 3)};
    }
    query_reset(query);
    if (status < 0 || stop != 0)
        return status < 0 ? status : stop;
    return day == INT32_MIN ? 0 : visit(context, day, shares);
}
