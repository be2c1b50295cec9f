/* SPDX-License-Identifier: Apache-2.0 */
#include "store/credited.h"

#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"
#include "store/db.h"
#include "store/ledger.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static_assert(CROWD_NUMBER_MAX <= PERSON_ORGANISATION_MAX, "both fit a row's name");

/* Each person with minutes, by id. What was moved to another person adds up to nothing
 * here and is the other's. */
static struct query *ask(struct db *db, const struct credited_wish *wish)
{
    struct query *query = db_query(
        db, "SELECT p.id, p.number, p.area_id, p.organisations, s.minutes,"
            " s.assignments FROM (SELECT person_id, sum(minutes) AS minutes,"
            " count(*) AS assignments FROM (SELECT l.person_id AS person_id,"
            " sum(l.minutes) AS minutes FROM assignment a JOIN ledger l"
            " ON l.assignment_id = a.id WHERE a.released_ms >= ?1 AND a.released_ms < ?2"
            " AND l.account = ?3 AND l.person_id > ?4 GROUP BY l.person_id,"
            " l.assignment_id HAVING sum(l.minutes) <> 0) AS one GROUP BY person_id) AS s"
            " JOIN person p ON p.id = s.person_id ORDER BY p.id");
    query_int(query, 1, wish->from_ms);
    query_int(query, 2, wish->until_ms);
    query_text(query, 3, ledger_person_account(wish->exercise));
    query_int(query, 4, wish->organisation == NULL ? 0 : wish->after);
    return query;
}

/* A new row at INDEX, zeroed but for its name. NULL with *RET_STATUS. */
static struct credited_row *insert(struct credited *hours, uint32_t index,
                                   const char *name, uint32_t max, int *ret_status)
{
    *ret_status = mem_grow(&hours->rows, &hours->capacity, hours->count + 1,
                           sizeof *hours->rows, max);
    if (*ret_status != ST_OK)
        return NULL;
    struct credited_row *row = &hours->rows[index];
    memmove(row + 1, row, (hours->count - index) * sizeof *row);
    hours->count++;
    *row = (struct credited_row){0};
    (void)snprintf(row->name, sizeof row->name, "%s", name);
    return row;
}

/* The row of the organisation, made if there is none yet. */
static struct credited_row *row_of(struct credited *hours, const char *name,
                                   int *ret_status)
{
    uint32_t low = 0, high = hours->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (strcmp(hours->rows[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < hours->count && strcmp(hours->rows[low].name, name) == 0)
        return &hours->rows[low];
    return insert(hours, low, name, CREDITED_ORGANISATIONS_MAX, ret_status);
}

/* The person of the row of QUERY: 1 if there is no room for more. */
static int take(struct query *query, const struct credited_wish *wish,
                struct credited *ret)
{
    char organisation[PERSON_ORGANISATION_MAX + 1];
    const char *all = query_get_text(query, 3);
    if (wish->areas != NULL &&
        !ids_contain(wish->areas, wish->area_count, query_get_int(query, 2)))
        return ST_OK;
    (void)snprintf(organisation, sizeof organisation, "%.*s", (int)strcspn(all, ";"),
                   all);
    int status = ST_OK;
    struct credited_row *row;
    if (wish->organisation == NULL) {
        row = row_of(ret, organisation, &status);
    } else {
        if (strcmp(organisation, wish->organisation) != 0)
            return ST_OK;
        ret->more = ret->count == wish->limit;
        if (ret->more)
            return 1;
        row = insert(ret, ret->count, query_get_text(query, 1), CREDITED_PEOPLE_MAX,
                     &status);
        if (row != NULL)
            row->id = query_get_int(query, 0);
    }
    if (row == NULL)
        return status;
    row->people++;
    row->minutes += query_get_int(query, 4);
    row->assignments += query_get_int(query, 5);
    return ST_OK;
}

int credited_count(struct db *db, const struct credited_wish *wish, struct credited *ret)
{
    *ret = (struct credited){0};
    struct query *query = ask(db, wish);
    int status;
    while ((status = query_step(query)) == 1 &&
           (status = take(query, wish, ret)) == ST_OK)
        ;
    if (status != ST_OK)
        query_reset(query);
    return status < 0 ? status : ST_OK;
}

void credited_release(struct credited *hours)
{
    mem_free(hours->rows);
    *hours = (struct credited){0};
}
