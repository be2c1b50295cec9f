/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a folder of its own under /tmp, with a clock that is moved by hand, for the
 * tests of this layer. Header only: each test program is one file. */
#ifndef MUSTER_TEST_STORE_FIXTURE_H
#define MUSTER_TEST_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../engine.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/ledger.h"
#include "store/people.h"
#include "store/vault.h"
#include "store/verify.h"
#include "store/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW_MS INT64_C(1763870400000) /* 2025-11-23 12:00 in Shanghai */

struct fixture {
    char dir[64], db_path[256], keys_path[256], master_path[96], signing_path[96];
    struct clock_manual clock;
    struct random_seeded random;
    struct vault *vault;
    struct writer *writer;
    uint64_t events, outbox;
    int64_t last_position;
    bool gap;
    struct diag diag;
};

static inline void fixture_event(void *context, int64_t position, int64_t incident_id,
                                 const char *kind, const char *body)
{
    (void)incident_id;
    (void)kind;
    struct fixture *f = context;
    if (f->last_position != 0 && position != f->last_position + 1)
        f->gap = true;
    f->last_position = position;
    f->events++;
    if (body[0] != '{')
        f->gap = true;
}

static inline void fixture_outbox(void *context)
{
    ((struct fixture *)context)->outbox++;
}

static inline void fixture_open(struct fixture *f)
{
    struct vault_config vault = {f->keys_path, f->master_path, &f->random.super, 1};
    assert_int_equal(vault_open(&f->vault, &vault, &f->diag), ST_OK);
    struct writer_config config = {.db_path = f->db_path,
                                   .vault = f->vault,
                                   .clock = &f->clock.super,
                                   .random = &f->random.super,
                                   .on_event = fixture_event,
                                   .on_outbox = fixture_outbox,
                                   .context = f,
                                   .check_all = true,
                                   .signing_key_path = f->signing_path};
    loop_config_default(&config.loop);
    /* Behind the others only a call may stand; who is given no bit for it has no notice.
     */
    config.loop.ladder[config.loop.ladder_count - 1] = CHANNEL_PUSH;
    config.loop.ladder[config.loop.ladder_count++] = CHANNEL_VOICE;
    int status = writer_new(&f->writer, &config, &f->diag);
    if (status != ST_OK)
        print_message("%s: %s\n", f->diag.where, f->diag.text);
    assert_int_equal(status, ST_OK);
}

static inline void fixture_close(struct fixture *f)
{
    writer_free(f->writer);
    vault_close(f->vault);
    f->writer = NULL;
    f->vault = NULL;
}

static inline void fixture_paths(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/muster-store-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    char file[96];
    (void)snprintf(file, sizeof file, "%s/muster.db", f->dir);
    engine_path(f->db_path, sizeof f->db_path, file);
    (void)snprintf(file, sizeof file, "%s/keys.db", f->dir);
    (void)snprintf(f->keys_path, sizeof f->keys_path, "%s",
                   engine_is_postgres() ? f->db_path : file);
    (void)snprintf(f->master_path, sizeof f->master_path, "%s/master.key", f->dir);
    (void)snprintf(f->signing_path, sizeof f->signing_path, "%s/signing.key", f->dir);
    clock_manual_init(&f->clock, NOW_MS);
    random_seeded_init(&f->random, 7);
}

static inline void fixture_init(struct fixture *f)
{
    fixture_paths(f);
    fixture_open(f);
}

static inline void fixture_drop(struct fixture *f)
{
    if (f->writer != NULL)
        fixture_close(f);
    engine_drop(f->db_path);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", f->dir);
    assert_int_equal(system(command), 0);
}

/* A test's own struct of SIZE bytes, zeroed, that begins with a fixture. */
static inline int fixture_setup_of(void **state, size_t size)
{
    struct fixture *f = calloc(1, size);
    fixture_init(f);
    *state = f;
    return 0;
}

static inline int fixture_setup(void **state)
{
    return fixture_setup_of(state, sizeof(struct fixture));
}

static inline int fixture_teardown(void **state)
{
    fixture_drop(*state);
    free(*state);
    return 0;
}

static inline struct db *fixture_reader(struct fixture *f)
{
    struct db *db;
    assert_int_equal(db_open(&db, f->db_path, DB_READ, &f->diag), ST_OK);
    return db;
}

/* A place without an outline, to be put within a command. */
static inline int fixture_area(struct writer *writer, int64_t id, const char *code,
                               int64_t parent)
{
    struct query *query =
        db_query(writer_db(writer), "INSERT INTO area (id, code, name, parent_id, level)"
                                    " VALUES (?1, ?2, ?2, ?3, ?4)");
    query_int(query, 1, id);
    query_text(query, 2, code);
    query_int(query, 3, parent);
    query_text(query, 4, parent == 0 ? "city" : "town");
    return query_run(query);
}

#define FIXTURE_ROOT 77

static inline int fixture_put_root(void *context, struct writer *writer, int64_t now_ms,
                                   struct diag *reterr)
{
    (void)context;
    (void)now_ms;
    (void)reterr;
    return fixture_area(writer, FIXTURE_ROOT, "root", 0);
}

/* A fixture with the root of the areas. */
static inline int fixture_setup_rooted(void **state)
{
    const int status = fixture_setup(state);
    struct fixture *f = *state;
    return status != 0 ? status
                       : command_call(f->writer, fixture_put_root, NULL, &f->diag);
}

/* Number I with a name and a home, for person_put; the caller's to free. */
static inline struct person *fixture_person(int i)
{
    struct person *person = mem_calloc(1, sizeof *person);
    (void)snprintf(person->crowd.number, sizeof person->crowd.number, "P%d", i);
    (void)snprintf(person->name, sizeof person->name, "Name");
    person->has = PERSON_HAS_NAME | PERSON_HAS_HOME;
    person->crowd.home = (struct point){307000000, 1210200000};
    return person;
}

/* Nothing wrong in the whole store. */
static inline void fixture_verify(struct fixture *f)
{
    struct text findings;
    text_init(&findings, 1 << 20);
    struct db *db = fixture_reader(f);
    struct verify_result result;
    assert_int_equal(verify_store(db, NULL, 0, &result, &findings, &f->diag), ST_OK);
    if (result.findings != 0)
        print_message("%s\n", text_string(&findings));
    assert_int_equal(result.findings, 0);
    text_release(&findings);
    db_close(db);
}

static inline int fixture_verify_teardown(void **state)
{
    fixture_verify(*state);
    return fixture_teardown(state);
}

/* One number from the database, by a connection of its own. */
static inline int64_t fixture_number(struct fixture *f, const char *sql)
{
    struct db *db = fixture_reader(f);
    struct query *query = db_query(db, sql);
    assert_int_equal(query_step(query), 1);
    int64_t number = query_get_int(query, 0);
    db_close(db);
    return number;
}

static inline int64_t fixture_minutes(struct db *db, int64_t person_id, bool exercise)
{
    int64_t minutes = -1;
    assert_int_equal(ledger_minutes(db, person_id, exercise, &minutes), ST_OK);
    return minutes;
}

static inline int64_t fixture_report(struct fixture *f, bool exercise)
{
    struct report_command report;
    report_command_init(&report);
    report.incident.kind = KIND_FLOOD;
    report.incident.exercise = exercise;
    report.incident.at = (struct point){307000000, 1210200000};
    report.actor = 1;
    (void)snprintf(report.title, sizeof report.title, "Water in the cellar");
    report.requester =
        (struct requester){"Zhang San", "13800000000", "Road 5", true, true};
    assert_int_equal(writer_call(f->writer, &report.command), ST_OK);
    return report.incident_id;
}

/* One step; the row's id by ret_id. */
static inline int fixture_step(struct fixture *f, enum stage_key key, int64_t id,
                               const struct loop_input *input, int64_t *ret_id)
{
    struct loop_command *command;
    assert_int_equal(loop_command_new(&command, key, id, input, NULL), ST_OK);
    int status = writer_call(f->writer, &command->command);
    f->diag = command->command.diag;
    if (ret_id != NULL)
        *ret_id = status == ST_OK ? command->row_id : 0;
    loop_command_free(command);
    return status;
}

/* A confirmed incident with one open need for anybody. */
static inline int64_t fixture_need(struct fixture *f, int64_t incident, int32_t count)
{
    struct loop_input confirm = {.kind = LOOP_CONFIRM, .id = incident, .actor = 1};
    int status = fixture_step(f, STAGE_INCIDENT, incident, &confirm, NULL);
    assert_true(status == ST_OK || status == ST_CONFLICT);
    struct need need = {.at = {307000000, 1210200000},
                        .deadline_ms = f->clock.now_ms + TIME_HOUR_MS,
                        .line_count = 1,
                        .reserve = 0,
                        .target = 0.95,
                        .mode = -1};
    need.lines[0].count = count;
    struct loop_input input = {.kind = LOOP_NEED, .actor = 1, .need = &need};
    int64_t id;
    status = fixture_step(f, STAGE_INCIDENT, incident, &input, &id);
    if (status != ST_OK)
        print_message("%s: %s\n", f->diag.where, f->diag.text);
    assert_int_equal(status, ST_OK);
    return id;
}

/* Starts a call-out alerting people FIRST .. FIRST + COUNT - 1; returns its id. */
static inline int fixture_callout(struct fixture *f, int64_t need, int64_t first,
                                  uint32_t count, int64_t *ret)
{
    struct loop_invitation *people = mem_calloc(count, sizeof *people);
    for (uint32_t i = 0; i < count; i++)
        people[i] = (struct loop_invitation){.person_id = first + i,
                                             .count = 1,
                                             .travel_ms = 60000,
                                             .p_accept = 0.3F,
                                             .p_in_time = 0.9F,
                                             .channels = 1 << CHANNEL_FILE};
    struct loop_wave wave = {.count = count,
                             .invitations = people,
                             .probability = 0.96,
                             .target_reached = true};
    struct loop_input input = {
        .kind = LOOP_CALLOUT_START, .id = need, .actor = 1, .wave = &wave};
    int status = fixture_step(f, STAGE_NEED, need, &input, ret);
    mem_free(people);
    return status;
}

#endif
