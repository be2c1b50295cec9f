/* SPDX-License-Identifier: Apache-2.0 */
#include "store/ledger.h"

#include "base/diag.h"
#include "base/status.h"
#include "loop/loop.h"
#include "store/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ledger_person_account(bool exercise)
{
    return exercise ? "person.exercise" : "person";
}

static const char *issuing_account(bool exercise)
{
    return exercise ? "issued.exercise" : "issued";
}

struct entry {
    int64_t id, posting;
    const char *account;
    int64_t person_id;
    int32_t minutes;
};

static int put_entry(struct db *db, const struct entry *entry, int64_t assignment_id,
                     int64_t actor, int64_t now_ms)
{
    struct query *query =
        db_query(db, "INSERT INTO ledger (id, posting, account, person_id, minutes,"
                     " assignment_id, actor, at_ms)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    query_int(query, 1, entry->id);
    query_int(query, 2, entry->posting);
    query_text(query, 3, entry->account);
    query_int(query, 4, entry->person_id);
    query_int(query, 5, entry->minutes);
    query_int(query, 6, assignment_id);
    query_int(query, 7, actor);
    query_int(query, 8, now_ms);
    return query_run(query);
}

/* Who has the hours of PERSON_ID: whom they are an alias of, themselves (a team too). */
static int find_owner(struct db *db, int64_t person_id, int64_t *ret)
{
    struct query *query =
        db_query(db, "WITH RECURSIVE up(id, alias_of) AS (SELECT id, alias_of FROM person"
                     " WHERE id = ?1 UNION SELECT p.id, p.alias_of FROM person p JOIN up"
                     " ON p.id = up.alias_of) SELECT id FROM up WHERE alias_of = 0");
    query_int(query, 1, person_id);
    const int status = query_step(query);
    *ret = status == 1 ? query_get_int(query, 0) : person_id;
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

/* What PERSON_ID was credited so far for the assignment. */
static int credited(struct db *db, const struct loop_credit *credit, int64_t person_id,
                    int64_t *ret)
{
    struct query *query =
        db_query(db, "SELECT coalesce(sum(minutes), 0) FROM ledger"
                     " WHERE assignment_id = ?1 AND person_id = ?2 AND account = ?3");
    query_int(query, 1, credit->assignment_id);
    query_int(query, 2, person_id);
    query_text(query, 3, ledger_person_account(credit->exercise));
    return query_find_int(query, ret); /* a sum has a row */
}

int ledger_credit(struct db *db, int64_t (*new_id)(void *context), void *context,
                  const struct loop_credit *credit, int64_t actor, int64_t now_ms)
{
    int64_t before, owner;
    int status = find_owner(db, credit->person_id, &owner);
    if (status == ST_OK)
        status = credited(db, credit, owner, &before);
    if (status != ST_OK || before == credit->minutes)
        return status;
    /* First the counter-entry that takes back what stood there, then the new figure. */
    const int32_t amounts[] = {(int32_t)-before, credit->minutes};
    for (int i = 0; i < 2 && status == ST_OK; i++) {
        if (amounts[i] == 0)
            continue;
        int64_t posting = new_id(context);
        struct entry given = {posting, posting, issuing_account(credit->exercise), 0,
                              -amounts[i]};
        struct entry taken = {new_id(context), posting,
                              ledger_person_account(credit->exercise), owner, amounts[i]};
        status = put_entry(db, &given, credit->assignment_id, actor, now_ms);
        if (status == ST_OK)
            status = put_entry(db, &taken, credit->assignment_id, actor, now_ms);
    }
    return status;
}

/* One assignment that PERSON_ID has minutes of: 1, or 0 if there is none. */
static int next_credit(struct db *db, int64_t person_id, struct loop_credit *ret)
{
    struct query *query =
        db_query(db, "SELECT assignment_id, account, sum(minutes) FROM ledger"
                     " WHERE person_id = ?1 AND person_id <> 0"
                     " GROUP BY assignment_id, account HAVING sum(minutes) <> 0 LIMIT 1");
    query_int(query, 1, person_id);
    int status = query_step(query);
    if (status == 1)
        *ret = (struct loop_credit){.assignment_id = query_get_int(query, 0),
                                    .person_id = person_id,
                                    .exercise = strcmp(query_get_text(query, 1),
                                                       ledger_person_account(true)) == 0,
                                    .minutes = (int32_t)query_get_int(query, 2)};
    query_reset(query);
    return status;
}

int ledger_move(struct db *db, int64_t (*new_id)(void *context), void *context,
                int64_t from, int64_t to, int64_t actor, int64_t now_ms)
{
    struct loop_credit credit;
    int status;
    while ((status = next_credit(db, from, &credit)) == 1) {
        const char *account = ledger_person_account(credit.exercise);
        int64_t posting = new_id(context);
        struct entry given = {posting, posting, account, from, -credit.minutes};
        struct entry taken = {new_id(context), posting, account, to, credit.minutes};
        status = put_entry(db, &given, credit.assignment_id, actor, now_ms);
        if (status == ST_OK)
            status = put_entry(db, &taken, credit.assignment_id, actor, now_ms);
        if (status != ST_OK)
            return status;
    }
    return status;
}

int ledger_minutes(struct db *db, int64_t person_id, bool exercise, int64_t *ret)
{
    struct query *query = db_query(db, "SELECT coalesce(sum(minutes), 0) FROM ledger"
                                       " WHERE person_id = ?1 AND person_id <> 0"
                                       " AND account = ?2");
    query_int(query, 1, person_id);
    query_text(query, 2, ledger_person_account(exercise));
    return query_find_int(query, ret); /* a sum has a row */
}

int ledger_lines(struct db *db, int64_t person_id, struct ledger_line *ret, uint32_t max,
                 uint32_t *ret_count)
{
    struct query *query = db_query(
        db, "SELECT assignment.released_ms, one.minutes, one.account,"
            " incident.case_number, incident.kind FROM (SELECT assignment_id, account,"
            " sum(minutes) AS minutes FROM ledger WHERE person_id = ?1"
            " AND person_id <> 0" /* by its index */
            " GROUP BY assignment_id, account HAVING sum(minutes) <> 0) AS one"
            " JOIN assignment ON assignment.id = one.assignment_id JOIN incident"
            " ON incident.id = assignment.incident_id"
            " ORDER BY assignment.released_ms DESC, assignment.id DESC LIMIT ?2");
    query_int(query, 1, person_id);
    query_int(query, 2, max);
    int status;
    *ret_count = 0;
    while ((status = query_step(query)) == 1) {
        struct ledger_line *line = &ret[(*ret_count)++];
        *line =
            (struct ledger_line){.at_ms = query_get_int(query, 0),
                                 .minutes = (int32_t)query_get_int(query, 1),
                                 .exercise = strcmp(query_get_text(query, 2),
                                                    ledger_person_account(true)) == 0};
        (void)snprintf(line->case_number, sizeof line->case_number, "%s",
                       query_get_text(query, 3));
        (void)snprintf(line->kind, sizeof line->kind, "%s", query_get_text(query, 4));
    }
    return status;
}

int ledger_verify(struct db *db, struct diag *reterr)
{
    struct query *query =
        db_query(db, "SELECT posting, sum(minutes), count(*) FROM ledger GROUP BY posting"
                     " HAVING sum(minutes) <> 0 OR count(*) <> 2 LIMIT 1");
    int status = query_step(query);
    if (status != 1)
        return status;
    int64_t posting = query_get_int(query, 0), sum = query_get_int(query, 1);
    query_reset(query);
    return diag_set(reterr, ST_CORRUPT, 0, 0, "ledger",
                    "posting %lld has a sum of %lld minutes, not 0", (long long)posting,
                    (long long)sum);
}
