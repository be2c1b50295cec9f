/* SPDX-License-Identifier: Apache-2.0 */
#include "store/target.h"

#include "base/status.h"
#include "store/db.h"
#include "store/writer_internal.h"

#include <stdio.h>

int targets_replace(struct writer *writer, const struct target *targets, uint32_t count,
                    int64_t actor, int64_t now_ms)
{
    int status = query_run(db_query(writer_db(writer), "DELETE FROM target"));
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        struct query *query = db_query(writer_db(writer),
                                       "INSERT INTO target (indicator, year, share, lead)"
                                       " VALUES (?1, ?2, ?3, ?4)");
        query_text(query, 1, targets[i].indicator);
        query_int(query, 2, targets[i].year);
        query_real(query, 3, targets[i].share);
        query_text(query, 4, targets[i].lead);
        status = query_run(query);
    }
    return status != ST_OK ? status
                           : writer_note(writer, "targets.set", actor, 0, NULL, now_ms);
}

int targets_read(struct db *db, struct target ret[TARGETS_MAX], uint32_t *ret_count)
{
    struct query *query = db_query(db, "SELECT indicator, year, share, lead FROM target"
                                       " ORDER BY indicator, year LIMIT ?1");
    query_int(query, 1, TARGETS_MAX);
    int status;
    *ret_count = 0;
    while ((status = query_step(query)) == 1) {
        struct target *target = &ret[(*ret_count)++];
        (void)snprintf(target->indicator, sizeof target->indicator, "%s",
                       query_get_text(query, 0));
        target->year = (int32_t)query_get_int(query, 1);
        target->share = query_get_real(query, 2);
        (void)snprintf(target->lead, sizeof target->lead, "%s", query_get_text(query, 3));
    }
    return status;
}
