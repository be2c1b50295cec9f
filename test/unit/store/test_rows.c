/* SPDX-License-Identifier: Apache-2.0 */
/* Every field of every row survives the way to the disk and back. A field that the loop
 * gets one day and rows.c does not list is found here: rows are filled byte by byte. */
#include "fixture.h"

#include "store/commitment.h"
#include "store/rows.h"

#include "loop/names.h"

#define FILL(row)                                                                        \
    for (size_t fill = 0; fill < sizeof(row); fill++)                                    \
    ((unsigned char *)&(row))[fill] = (unsigned char)(1 + fill % 100)

static struct db *open_db(char path[256])
{
    struct db *db;
    struct diag diag;
    char file[64];
    (void)snprintf(file, sizeof file, "/tmp/muster-rows-%d.db", (int)getpid());
    engine_path(path, 256, file);
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    return db;
}

static void drop_db(struct db *db, const char *path)
{
    char command[160];
    db_close(db);
    engine_drop(path);
    if (db_is_postgres(path))
        return;
    (void)snprintf(command, sizeof command, "rm -f %s*", path);
    assert_int_equal(system(command), 0);
}

/* Where two rows differ, but for padding: compares after both were cleaned by SET. */
static void same_bytes(const void *a, const void *b, size_t size, const char *what)
{
    const unsigned char *x = a, *y = b;
    uint32_t different = 0;
    for (size_t i = 0; i < size; i++)
        different += x[i] != y[i];
    /* Padding is not kept: at most 7 bytes at each of a few places. */
    for (size_t i = 0, run = 0; i < size; i++) {
        run = x[i] != y[i] ? run + 1 : 0;
        if (run >= 8)
            print_message("%s: the field that ends at byte %zu is not kept\n", what, i);
        assert_true(run < 8);
    }
    assert_true(different < 24);
}

static void every_field(void **state)
{
    (void)state;
    char path[256];
    struct db *db = open_db(path);
    struct skill_table *skills = mem_alloc(sizeof *skills);
    skill_table_init(skills);
    struct rows *rows = mem_alloc(sizeof *rows);
    rows_init(rows, skills);

    struct loop_incident incident;
    FILL(incident);
    incident.id = 5;
    memset(incident.case_number, 0, sizeof incident.case_number);
    (void)snprintf(incident.case_number, sizeof incident.case_number, "P251123-0001");
    incident.state = INCIDENT_ACTIVE;
    incident.kind = KIND_TYPHOON;
    incident.exercise = true;
    struct need need;
    FILL(need);
    need.id = 6;
    need.state = NEED_MET;
    need.line_count = LOOP_LINES_MAX;
    for (int i = 0; i < LOOP_LINES_MAX; i++) {
        memset(&need.lines[i].skills, 0, sizeof need.lines[i].skills);
        skill_set_add(&need.lines[i].skills, (uint32_t)i);
        skill_set_add(&need.lines[i].skills, 20);
    }
    struct callout callout;
    FILL(callout);
    callout.id = 7;
    callout.need_id = 6;
    callout.state = CALLOUT_FILLED;
    callout.target_reached = true;
    callout.target_holds = true;
    callout.probability = 0.875;
    struct alert alert;
    FILL(alert);
    alert.id = 8;
    alert.callout_id = 7;
    alert.state = ALERT_LIMITED;
    alert.answer = ANSWER_LIMITED;
    alert.p_accept = 0.28700000F;
    alert.p_in_time = 0.1F;
    alert.forced = alert.on_behalf = alert.own_way = true;
    memcpy(alert.reply_code, "0421", 5);
    struct assignment assignment;
    FILL(assignment);
    assignment.id = 9;
    assignment.alert_id = 8;
    assignment.need_id = 6;
    assignment.state = ASSIGNMENT_LOST_CONTACT;
    assignment.before_lost = ASSIGNMENT_EN_ROUTE;
    assignment.outcome = OUTCOME_PARTLY;
    assignment.stood_down_while_there = assignment.past = true;
    struct message message;
    FILL(message);
    message.id = 10;
    message.alert_id = 8;
    message.state = MESSAGE_SENDING;
    message.kind = MESSAGE_KIND_VOIDED;
    message.channel = CHANNEL_VOICE;
    message.perhaps_twice = true;
    struct rows_extra extra = {5, 7, 3, 1, 2}, found;
    for (int twice = 0; twice < 2; twice++) { /* the second time it is an update */
        assert_int_equal(rows_put(rows, db, LOOP_ROW_INCIDENT, &incident, &extra), ST_OK);
        assert_int_equal(rows_put(rows, db, LOOP_ROW_NEED, &need, &extra), ST_OK);
        assert_int_equal(rows_put(rows, db, LOOP_ROW_CALLOUT, &callout, &extra), ST_OK);
        assert_int_equal(rows_put(rows, db, LOOP_ROW_ALERT, &alert, &extra), ST_OK);
        assert_int_equal(rows_put(rows, db, LOOP_ROW_ASSIGNMENT, &assignment, &extra),
                         ST_OK);
        assert_int_equal(rows_put(rows, db, LOOP_ROW_MESSAGE, &message, &extra), ST_OK);
        alert.answered_ms++;
        need.lines[3].count++;
    }
    alert.answered_ms--;
    need.lines[3].count--;
    struct loop_incident copy;
    assert_int_equal(rows_load(rows, db, 5, &copy, &found), ST_OK);
    assert_int_equal(found.key_slot, 3);
    assert_int_equal(found.last_position, 2);
    same_bytes(&incident, &copy, offsetof(struct loop_incident, needs), "incident");
    assert_int_equal(copy.need_count, 1);
    assert_int_equal(copy.callout_count, 1);
    assert_int_equal(copy.alert_count, 1);
    assert_int_equal(copy.assignment_count, 1);
    assert_int_equal(copy.message_count, 1);
    same_bytes(&need, copy.needs, sizeof need, "need");
    same_bytes(&callout, copy.callouts, sizeof callout, "callout");
    same_bytes(&alert, copy.alerts, sizeof alert, "alert");
    same_bytes(&assignment, copy.assignments, sizeof assignment, "assignment");
    same_bytes(&message, copy.messages, sizeof message, "message");
    loop_incident_release(&copy);
    assert_int_equal(rows_load(rows, db, 99, &copy, NULL), ST_NOT_FOUND);
    mem_free(rows);
    mem_free(skills);
    drop_db(db, path);
}

/* Against a plain list. */
static void commitments_model(void **state)
{
    (void)state;
    enum { PEOPLE = 40, ALERTS = 6 };
    struct random_seeded random;
    random_seeded_init(&random, 42);
    static bool pending[PEOPLE][ALERTS];
    struct commitments all;
    commitments_init(&all);
    for (int step = 0; step < 20000; step++) {
        int64_t person = (int64_t)random_below(&random.super, PEOPLE);
        int64_t alert = (int64_t)random_below(&random.super, ALERTS);
        bool set = random_below(&random.super, 2) == 1;
        struct commitment value = {
            .person_id = person, .alert_id = alert, .incident_id = 1, .pending = set};
        assert_int_equal(commitments_set(&all, &value), ST_OK);
        pending[person][alert] = set;
        int64_t asked = (int64_t)random_below(&random.super, PEOPLE);
        int seen = 0, wanted = 0;
        const struct commitment *entry = NULL;
        while ((entry = commitments_next(&all, asked, entry)) != NULL) {
            assert_true(pending[asked][entry->alert_id]);
            seen++;
        }
        for (int i = 0; i < ALERTS; i++)
            wanted += pending[asked][i];
        assert_int_equal(seen, wanted);
    }
    commitments_release(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field),
        cmocka_unit_test(commitments_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
