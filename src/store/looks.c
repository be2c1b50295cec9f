/* SPDX-License-Identifier: Apache-2.0 */
#include "store/looks.h"

#include "base/status.h"
#include "store/db.h"
#include "store/writer.h"

#include <stdio.h>

int looks_put(struct writer *writer, int64_t person_id, int64_t account_id,
              int64_t now_ms)
{
    struct query *query =
        db_query(writer_db(writer), "INSERT INTO look (person_id, at_ms, account_id)"
                                    " VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
    query_int(query, 1, person_id);
    query_int(query, 2, now_ms);
    query_int(query, 3, account_id);
    int status = query_run(query);
    if (status != ST_OK)
        return status;
    return writer_note(writer, "person.viewed", account_id, person_id, NULL, now_ms);
}

int looks_read(struct db *db, int64_t person_id, struct look_seen ret[LOOKS_SHOWN_MAX],
               uint32_t *ret_count)
{
    struct query *query =
        db_query(db, "SELECT look.at_ms, account.name FROM look JOIN account"
                     " ON account.id = look.account_id WHERE look.person_id = ?1"
                     " ORDER BY look.at_ms DESC LIMIT ?2");
    query_int(query, 1, person_id);
    query_int(query, 2, LOOKS_SHOWN_MAX);
    uint32_t count = 0;
    int status;
    while ((status = query_step(query)) == 1 && count < LOOKS_SHOWN_MAX) {
        ret[count].at_ms = query_get_int(query, 0);
        (void)snprintf(ret[count].account, sizeof ret[count].account, "%s",
                       query_get_text(query, 1));
        count++;
    }
    query_reset(query);
    if (status < 0)
        return status;
    *ret_count = count;
    return ST_OK;
}
