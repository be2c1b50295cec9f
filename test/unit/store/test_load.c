/* SPDX-License-Identifier: Apache-2.0 */
/* The writer under load: many threads, one large wave, and a kill at any moment. */
#include "fixture.h"

#include "base/clock.h"
#include "store/outbox.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#define THREADS 8
#define COMMANDS 1250 /* of each thread */

/* ---- many threads -------------------------------------------------------------------
 */

struct one {
    struct command command;
    _Atomic int *left;
    int status;
};

static int run_note(struct command *command, struct writer *writer, int64_t now_ms)
{
    int64_t id = writer_new_id(writer);
    command->result_id = id;
    if (id % 7 == 0) { /* a refusal after something was written */
        int status = writer_note(writer, "test.refused", 1, id, NULL, now_ms);
        return status == ST_OK ? ST_UNPROCESSABLE : status;
    }
    return writer_note(writer, "test.done", 1, id, NULL, now_ms);
}

static void done_note(struct command *command, int status)
{
    struct one *one = (struct one *)command;
    one->status = status;
    atomic_fetch_sub(one->left, 1);
}

struct producer {
    struct writer *writer;
    struct one *all;
    uint32_t count;
};

static void *produce(void *context)
{
    struct producer *producer = context;
    for (uint32_t i = 0; i < producer->count; i++)
        while (writer_submit(producer->writer, &producer->all[i].command) == ST_BUSY)
            (void)usleep(100);
    return NULL;
}

static void many_threads(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(writer_start(f->writer), ST_OK);
    struct one *all = calloc(THREADS * COMMANDS, sizeof *all);
    _Atomic int left = THREADS * COMMANDS;
    for (int i = 0; i < THREADS * COMMANDS; i++)
        all[i] =
            (struct one){.command = {.run = run_note, .done = done_note}, .left = &left};
    struct producer producers[THREADS];
    pthread_t threads[THREADS];
    int64_t start = clock_mono_us(clock_system());
    for (int i = 0; i < THREADS; i++) {
        producers[i] = (struct producer){f->writer, all + i * COMMANDS, COMMANDS};
        assert_int_equal(pthread_create(&threads[i], NULL, produce, &producers[i]), 0);
    }
    /* A planner asks all the while. */
    struct loop_incident copy;
    int64_t ids[4], due;
    while (atomic_load(&left) > 0) {
        assert_int_equal(writer_snapshot(f->writer, STAGE_INCIDENT, 1, &copy),
                         ST_NOT_FOUND);
        (void)writer_replans_due(f->writer, NOW_MS, ids, 4, &due);
        (void)usleep(200);
    }
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    print_message("10,000 commands of 8 threads: %d ms\n",
                  (int)((clock_mono_us(clock_system()) - start) / 1000));
    int64_t done = 0;
    for (int i = 0; i < THREADS * COMMANDS; i++) {
        assert_int_equal(all[i].status,
                         all[i].command.result_id % 7 == 0 ? ST_UNPROCESSABLE : ST_OK);
        done += all[i].status == ST_OK;
    }
    writer_stop(f->writer);
    /* A late one is told so: it must not run when its owner is gone. */
    assert_int_equal(writer_submit(f->writer, &all[0].command), ST_CLOSED);
    free(all);
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM event WHERE kind = 'test.done'"), done);
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM event WHERE kind = 'test.refused'"), 0);
    assert_false(f->gap);
    fixture_close(f);
    fixture_verify(f);
}

/* ---- one large wave -----------------------------------------------------------------
 */

/* Every queued message is taken and handed over. */
static void drain(struct fixture *f)
{
    int64_t start = clock_mono_us(clock_system());
    uint32_t sent = 0;
    for (;;) {
        struct outbox_take take;
        struct outbox_result results[OUTBOX_TAKE_MAX];
        outbox_take_init(&take, CHANNEL_FILE, OUTBOX_TAKE_MAX);
        assert_int_equal(writer_call(f->writer, &take.command), ST_OK);
        uint32_t count = take.count;
        for (uint32_t i = 0; i < count; i++)
            results[i] = (struct outbox_result){.message_id = take.items[i].id,
                                                .outcome = OUTBOX_HANDED_OVER};
        outbox_take_release(&take);
        if (count == 0)
            break;
        struct outbox_report report;
        outbox_report_init(&report, results, count);
        assert_int_equal(writer_call(f->writer, &report.command), ST_OK);
        assert_int_equal(report.applied, count);
        sent += count;
    }
    print_message("%u messages taken and handed over: %d ms\n", sent,
                  (int)((clock_mono_us(clock_system()) - start) / 1000));
    assert_true(sent >= 5000);
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM message WHERE state = 'queued'"), 0);
}

static void large_wave(void **state)
{
    struct fixture *f = *state;
    int64_t incident = fixture_report(f, false);
    int64_t need = fixture_need(f, incident, 1500), callout;
    int64_t start = clock_mono_us(clock_system());
    assert_int_equal(fixture_callout(f, need, 1, 5000, &callout), ST_OK);
    while (writer_is_sending(f->writer))
        (void)writer_step(f->writer, f->clock.now_ms);
    print_message("wave of 5,000: %d ms\n",
                  (int)((clock_mono_us(clock_system()) - start) / 1000));
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM alert"), 5000);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM message"), 5000);
    struct loop_incident copy;
    assert_int_equal(writer_snapshot(f->writer, STAGE_CALLOUT, callout, &copy), ST_OK);
    start = clock_mono_us(clock_system());
    for (uint32_t i = 0; i < 200; i++) {
        struct loop_input accept = {.kind = LOOP_ACCEPT,
                                    .id = copy.alerts[i].id,
                                    .actor = -copy.alerts[i].person_id};
        assert_int_equal(fixture_step(f, STAGE_ALERT, copy.alerts[i].id, &accept, NULL),
                         ST_OK);
    }
    print_message("one reply, committed alone: %d us\n",
                  (int)((clock_mono_us(clock_system()) - start) / 200));
    loop_incident_release(&copy);
    drain(f);
    fixture_close(f);
    start = clock_mono_us(clock_system());
    fixture_open(f);
    print_message("start with that incident: %d ms\n",
                  (int)((clock_mono_us(clock_system()) - start) / 1000));
    fixture_close(f);
    fixture_verify(f);
}

/* ---- kill ---------------------------------------------------------------------------
 */

/* The child writes the id of every acknowledged incident to the pipe. */
static void child(struct fixture *f, int fd)
{
    fixture_open(f);
    for (;;) {
        int64_t id = fixture_report(f, false);
        int64_t need = fixture_need(f, id, 2), callout;
        (void)fixture_callout(f, need, id * 10, 20, &callout);
        if (write(fd, &id, sizeof id) != sizeof id)
            _Exit(1);
    }
}

static void killed_at_any_moment(void **state)
{
    (void)state;
    for (int round = 0; round < 4; round++) {
        struct fixture f;
        fixture_paths(&f);
        int pipes[2];
        assert_int_equal(pipe(pipes), 0);
        pid_t pid = fork();
        if (pid == 0)
            child(&f, pipes[1]);
        (void)close(pipes[1]);
        int64_t id; /* at least one is acknowledged, however slow it is */
        assert_int_equal(read(pipes[0], &id, sizeof id), sizeof id);
        (void)usleep(50000 + 37000 * (useconds_t)round);
        assert_int_equal(kill(pid, SIGKILL), 0);
        (void)waitpid(pid, NULL, 0);
        fixture_open(&f);
        do {
            struct loop_incident copy;
            assert_int_equal(writer_snapshot(f.writer, STAGE_INCIDENT, id, &copy), ST_OK);
            assert_int_equal(copy.callout_count, 1);
            assert_int_equal(copy.alert_count, 20);
            loop_incident_release(&copy);
        } while (read(pipes[0], &id, sizeof id) == sizeof id);
        (void)close(pipes[0]);
        (void)fixture_report(&f, false); /* it goes on */
        fixture_close(&f);
        fixture_verify(&f);
        fixture_drop(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_threads, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(large_wave, fixture_setup, fixture_teardown),
        cmocka_unit_test(killed_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
