/* SPDX-License-Identifier: Apache-2.0 */
/* What the store can take at most: a bare program writes the rows that replies write (the
 * answer; same tables and indexes), in batches of the same size, with nothing around: no
 * HTTP, no loop, no checks, no hashing. The note that a page was fetched is not among
 * them: whoever answers within a second leaves none. On both engines, through the driver
 * that the server uses. Prints JSON.
 *
 *     bare STORE BATCH CALLOUTS ALERTS REPLIES [ACCEPT]      BATCH in replies */
#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "crowd/skill.h"
#include "store/db.h"
#include "store/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKPOINT_PAGES 4000 /* a copy now and then, by itself */
#define BODY                                                                             \
    "{\"incident\":20267,\"seq\":5217,\"at\":1795690000000,\"kind\":\"alert.declined\"," \
    "\"actor\":-17012,\"callout\":20269,\"alert\":21703,\"person\":17012}"

struct bare {
    struct db *db;
    struct rows rows;
    struct skill_table skills;
    struct random_seeded random;
    struct loop_incident *incidents; /* one per call-out */
    struct need *needs;
    struct callout *callouts;
    struct alert *alerts; /* callout_count x alert_count */
    struct message *messages;
    uint32_t callout_count, alert_count;
    int64_t next_id, position, batch;
    uint64_t rows_written;
};

static void check(struct bare *bare, int status, const char *what)
{
    bare->rows_written++;
    if (status == ST_OK)
        return;
    (void)fprintf(stderr, "bare: %s: %s\n", what, status_text(status));
    exit(1);
}

static void put(struct bare *bare, enum loop_row kind, const void *row, uint32_t callout)
{
    struct rows_extra extra = {.incident_id = bare->incidents[callout].id,
                               .callout_id = bare->callouts[callout].id,
                               .key_slot = -1};
    check(bare, rows_put(&bare->rows, bare->db, kind, row, &extra), "row");
}

static void put_event(struct bare *bare, uint32_t callout)
{
    struct loop_incident *incident = &bare->incidents[callout];
    struct query *query = db_query(
        bare->db, "INSERT INTO event (position, incident_id, sequence, at_ms, kind, body,"
                  " hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    query_int(query, 1, ++bare->position);
    query_int(query, 2, incident->id);
    query_int(query, 3, ++incident->event_sequence);
    query_int(query, 4, 1795690000000);
    query_text(query, 5, "alert.declined");
    query_text(query, 6, BODY);
    query_blob(query, 7, incident->chain_head, 32);
    check(bare, query_put(query), "event");
}

static void put_answer(struct bare *bare, const struct alert *alert)
{
    struct query *query = db_query(
        bare->db, "INSERT INTO answer (id, person_id, alert_id, callout_id, wave,"
                  " exercise, what, kind, mode, minute, weekend, at_ms, took_ms,"
                  " travel_ms, promised) VALUES (?1, ?2, ?3, ?4, 1, 0, 'no', 'flood',"
                  " 'foot', 600, 0, 1795690000000, 90000, 300000, 0.29)");
    query_int(query, 1, bare->next_id++);
    query_int(query, 2, alert->person_id);
    query_int(query, 3, alert->id);
    query_int(query, 4, alert->callout_id);
    check(bare, query_put(query), "answer");
}

static void put_end(struct bare *bare)
{
    struct query *query =
        db_query(bare->db, "INSERT INTO chain (batch, at_ms, body, hash) VALUES"
                           " (?1, 1795690000000, ?2, ?3)");
    query_int(query, 1, ++bare->batch);
    query_text(query, 2, BODY BODY BODY);
    query_blob(query, 3, bare->incidents[0].chain_head, 32);
    check(bare, query_put(query), "chain");
    query =
        db_query(bare->db, "INSERT INTO instance (key, number) VALUES ('next_id', ?1)"
                           " ON CONFLICT(key) DO UPDATE SET number = excluded.number");
    query_int(query, 1, bare->next_id);
    check(bare, query_put(query), "instance");
}

static void begin(struct bare *bare)
{
    if (db_begin(bare->db) != ST_OK)
        check(bare, ST_IO, "begin");
}

static void commit(struct bare *bare)
{
    if (db_commit(bare->db) != ST_OK)
        check(bare, ST_IO, "commit");
    if (db_log_pages(bare->db) >= CHECKPOINT_PAGES && db_checkpoint(bare->db) != ST_OK)
        check(bare, ST_IO, "checkpoint");
}

static void fill_alert(struct bare *bare, uint32_t callout, uint32_t i)
{
    uint32_t index = callout * bare->alert_count + i;
    struct alert *alert = &bare->alerts[index];
    *alert = (struct alert){.id = bare->next_id++,
                            .callout_id = bare->callouts[callout].id,
                            .person_id = 100000 + (int64_t)index,
                            .state = ALERT_PENDING,
                            .wave = 1,
                            .alerted_ms = 1795690000000,
                            .due_ms = 1795690300000,
                            .timer_ms = 1795690000000,
                            .asked_ms = 1795690000000,
                            .travel_ms = 300000,
                            .p_accept = 0.29F,
                            .p_in_time = 0.25F,
                            .count = 1};
    random_fill(&bare->random.super, alert->token_hash, sizeof alert->token_hash);
    memcpy(alert->reply_code, "1234", 5);
    bare->messages[index] = (struct message){.id = bare->next_id++,
                                             .alert_id = alert->id,
                                             .state = MESSAGE_DELIVERED,
                                             .kind = MESSAGE_KIND_ALERT,
                                             .created_ms = 1795690000000,
                                             .sent_ms = 1795690000000,
                                             .tries = 1};
    put(bare, LOOP_ROW_ALERT, alert, callout);
    put(bare, LOOP_ROW_MESSAGE, &bare->messages[index], callout);
}

static void fill(struct bare *bare)
{
    for (uint32_t c = 0; c < bare->callout_count; c++) {
        struct loop_incident *incident = &bare->incidents[c];
        begin(bare);
        *incident =
            (struct loop_incident){.id = bare->next_id++, .state = INCIDENT_ACTIVE};
        (void)snprintf(incident->case_number, sizeof incident->case_number,
                       "P261126-%04u", c + 1);
        bare->needs[c] =
            (struct need){.id = bare->next_id++, .line_count = 1, .lines[0].count = 100};
        bare->callouts[c] =
            (struct callout){.id = bare->next_id++, .need_id = bare->needs[c].id};
        put(bare, LOOP_ROW_INCIDENT, incident, c);
        put(bare, LOOP_ROW_NEED, &bare->needs[c], c);
        put(bare, LOOP_ROW_CALLOUT, &bare->callouts[c], c);
        for (uint32_t i = 0; i < bare->alert_count; i++)
            fill_alert(bare, c, i);
        commit(bare);
    }
}

static void reply(struct bare *bare, uint32_t index, bool accepts)
{
    uint32_t callout = index / bare->alert_count;
    struct alert *alert = &bare->alerts[index];
    alert->state = accepts ? ALERT_ACCEPTED : ALERT_DECLINED;
    alert->answered_ms = alert->seen_ms = alert->fetched_ms = 1795690091000;
    alert->due_ms = 0;
    alert->read_sequence = bare->incidents[callout].event_sequence;
    alert->nonces[0] = random_u64(&bare->random.super);
    random_fill(&bare->random.super, alert->device_hash, sizeof alert->device_hash);
    bare->callouts[callout].version++;
    put_event(bare, callout);
    check(bare,
          rows_put_head(bare->db, &bare->incidents[callout], bare->position,
                        bare->position),
          "head");
    put(bare, LOOP_ROW_CALLOUT, &bare->callouts[callout], callout);
    put(bare, LOOP_ROW_ALERT, alert, callout);
    put_answer(bare, alert);
    if (!accepts)
        return;
    put_event(bare, callout);
    struct assignment assignment = {.id = bare->next_id++,
                                    .alert_id = alert->id,
                                    .person_id = alert->person_id,
                                    .need_id = bare->needs[callout].id,
                                    .count = 1,
                                    .assigned_ms = 1795690091000,
                                    .due_ms = 1795690991000};
    struct message details = {.id = bare->next_id++,
                              .alert_id = alert->id,
                              .kind = MESSAGE_KIND_DETAILS,
                              .created_ms = 1795690091000};
    put(bare, LOOP_ROW_ASSIGNMENT, &assignment, callout);
    put(bare, LOOP_ROW_MESSAGE, &details, callout);
}

static void run(struct bare *bare, uint32_t batch, uint32_t replies, double accept)
{
    uint32_t total = bare->callout_count * bare->alert_count;
    uint32_t *order = mem_calloc(total, sizeof *order);
    for (uint32_t i = 0; i < total; i++) {
        uint32_t k = (uint32_t)random_below(&bare->random.super, i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    replies = replies < total ? replies : total;
    int64_t begun = clock_mono_us(clock_system());
    uint64_t rows = bare->rows_written, bytes = db_log_bytes(bare->db);
    uint32_t batches = 0;
    for (uint32_t i = 0; i < replies; i++) {
        if (i % batch == 0)
            begin(bare);
        reply(bare, order[i], random_unit(&bare->random.super) < accept);
        if ((i + 1) % batch != 0 && i + 1 < replies)
            continue;
        put_end(bare);
        commit(bare);
        batches++;
    }
    double seconds = (double)(clock_mono_us(clock_system()) - begun) / 1e6;
    (void)printf("{\"replies\":%u,\"batches\":%u,\"seconds\":%.2f,\"replies_a_second\":"
                 "%.0f,\"rows_a_second\":%.0f,\"log_bytes_a_reply\":%.0f}\n",
                 replies, batches, seconds, replies / seconds,
                 (double)(bare->rows_written - rows) / seconds,
                 (double)(db_log_bytes(bare->db) - bytes) / replies);
    mem_free(order);
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        (void)fprintf(stderr, "bare STORE BATCH CALLOUTS ALERTS REPLIES [ACCEPT]\n");
        return 2;
    }
    struct bare *bare = mem_calloc(1, sizeof *bare);
    struct diag diag = {0};
    uint32_t batch = (uint32_t)strtoul(argv[2], NULL, 10);
    batch = batch < 1 ? 1 : batch;
    bare->callout_count = (uint32_t)strtoul(argv[3], NULL, 10);
    bare->alert_count = (uint32_t)strtoul(argv[4], NULL, 10);
    uint32_t total = bare->callout_count * bare->alert_count;
    bare->incidents = mem_calloc(bare->callout_count, sizeof *bare->incidents);
    bare->needs = mem_calloc(bare->callout_count, sizeof *bare->needs);
    bare->callouts = mem_calloc(bare->callout_count, sizeof *bare->callouts);
    bare->alerts = mem_calloc(total, sizeof *bare->alerts);
    bare->messages = mem_calloc(total, sizeof *bare->messages);
    bare->next_id = 1;
    random_seeded_init(&bare->random, 1);
    rows_init(&bare->rows, &bare->skills);
    if (db_open(&bare->db, argv[1], DB_WRITE, &diag) != ST_OK) {
        (void)fprintf(stderr, "bare: %s: %s\n", diag.where, diag.text);
        return 1;
    }
    fill(bare);
    run(bare, batch, (uint32_t)strtoul(argv[5], NULL, 10),
        argc > 6 ? strtod(argv[6], NULL) : 0.2);
    db_close(bare->db);
    return 0;
}
