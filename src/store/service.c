/* SPDX-License-Identifier: Apache-2.0 */
#include "store/service.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "store/db.h"
#include "store/ledger.h"

#include <stdio.h>
#include <string.h>

static struct query *ask(struct db *db, const struct link_service *span)
{
    struct query *query = db_query(
        db, "SELECT incident.kind, one.account, sum(one.minutes), count(*)"
            " FROM (SELECT assignment_id, account, sum(minutes) AS minutes FROM ledger"
            " WHERE person_id = ?1 AND at_ms <= ?2 GROUP BY assignment_id, account"
            " HAVING sum(minutes) <> 0) AS one"
            " JOIN assignment ON assignment.id = one.assignment_id"
            " JOIN incident ON incident.id = assignment.incident_id"
            " WHERE assignment.released_ms >= ?3 AND assignment.released_ms < ?4"
            " GROUP BY incident.kind, one.account"
            " ORDER BY one.account, sum(one.minutes) DESC, incident.kind");
    query_int(query, 1, span->person_id);
    query_int(query, 2, span->issued_ms);
    query_int(query, 3, time_day_start(span->from_day));
    query_int(query, 4, time_day_start(span->to_day + 1));
    return query;
}

static void add(struct service_sum *sum, const struct service_sum *more)
{
    sum->minutes += more->minutes;
    sum->assignments += more->assignments;
}

int service_count(struct db *db, const struct link_service *span, struct service *ret)
{
    struct query *query = ask(db, span);
    int status;
    *ret = (struct service){0};
    while ((status = query_step(query)) == 1) {
        if (ret->kind_count == COUNT_OF(ret->kinds)) {
            query_reset(query);
            return ST_LIMIT;
        }
        struct service_kind *one = &ret->kinds[ret->kind_count++];
        (void)snprintf(one->kind, sizeof one->kind, "%s", query_get_text(query, 0));
        one->exercise =
            strcmp(query_get_text(query, 1), ledger_person_account(true)) == 0;
        one->sum = (struct service_sum){query_get_int(query, 2), query_get_int(query, 3)};
        add(one->exercise ? &ret->exercise : &ret->actual, &one->sum);
    }
    return status;
}
