/* SPDX-License-Identifier: Apache-2.0 */
/* The log is copied beside a writer that never rests: what is read is what was committed,
 * the log begins anew again and again, and the file is whole afterwards. Small numbers of
 * pages, so that passes, finishes and new beginnings of the log meet often: this is where
 * SQLite's WAL-reset bug would spoil the file, if the rule of checkpointer.h did not
 * hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "base/status.h"
#include "numbered.h"
#include "store/checkpointer.h"
#include "store/db.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEYS 300
#define LAST "k300" /* the key behind them */
#define SIZE 3000
#define COMMITS 3000

static char process[16];

struct writer {
    char path[64];
    struct db *db, *reader;
    struct checkpointer *checkpointer;
    struct random_seeded random;
    int64_t kept[KEYS];
    uint32_t pages, restarts, finishes; /* of the log */
};

static void drop(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char file[80];
        (void)snprintf(file, sizeof file, "%s%s", path, ends[i]);
        (void)unlink(file);
    }
}

static void fatal(void *context, const char *what)
{
    (void)context;
    fail_msg("%s", what);
}

/* The same in a child. */
static void place(struct writer *w)
{
    (void)snprintf(w->path, sizeof w->path, "/tmp/muster-log-%s.db", process);
}

static void begin(struct writer *w)
{
    struct diag diag;
    memset(w, 0, sizeof *w);
    place(w);
    drop(w->path);
    random_seeded_init(&w->random, 7);
    for (int i = 0; i < KEYS; i++)
        w->kept[i] = -1;
    assert_int_equal(db_open(&w->db, w->path, DB_WRITE, &diag), ST_OK);
    assert_int_equal(db_open(&w->reader, w->path, DB_READ, &diag), ST_OK);
    const struct checkpointer_config config = {.db_path = w->path,
                                               .on_fatal = fatal,
                                               .pass_pages = 20,
                                               .finish_pages = 40,
                                               .long_pages = 600};
    assert_int_equal(checkpointer_start(&w->checkpointer, &config, &diag), ST_OK);
}

static void set(struct writer *w, int64_t which, int64_t number)
{
    static uint8_t bytes[SIZE];
    numbered_set(w->db, which, number, bytes, random_below(&w->random.super, SIZE));
}

/* One transaction, and what the writer does after it. */
static void commit(struct writer *w, bool waits)
{
    assert_int_equal(db_begin(w->db), ST_OK);
    for (uint64_t i = random_below(&w->random.super, 6) + 1; i > 0; i--) {
        int64_t which = (int64_t)random_below(&w->random.super, KEYS);
        w->kept[which] = (int64_t)random_below(&w->random.super, 1000000);
        set(w, which, w->kept[which]);
    }
    assert_int_equal(db_commit(w->db), ST_OK);
    uint32_t pages = db_log_pages(w->db);
    w->restarts += pages < w->pages;
    w->pages = pages;
    if (!checkpointer_note(w->checkpointer, w->db, waits))
        return;
    w->finishes++;
    assert_int_equal(db_checkpoint(w->db), ST_OK);
}

/* Opens the file alone: it is whole. Returns the number of the key behind the last. */
static int64_t reopen(struct writer *w)
{
    struct diag diag;
    assert_int_equal(db_open(&w->db, w->path, DB_WRITE, &diag), ST_OK);
    assert_int_equal(db_checkpoint(w->db), ST_OK);
    struct query *query = db_query(w->db, "PRAGMA integrity_check");
    assert_int_equal(query_step(query), 1);
    assert_string_equal(query_get_text(query, 0), "ok");
    query_reset(query);
    return numbered_get(w->db, LAST);
}

/* Closes all of it; whoever opens the file finds what was committed. */
static void end(struct writer *w)
{
    checkpointer_stop(w->checkpointer);
    db_close(w->reader);
    db_close(w->db);
    (void)reopen(w);
    numbered_check(w->db, w->kept, KEYS);
    db_close(w->db);
    drop(w->path);
}

static void test_beside_a_writer(void **state)
{
    (void)state;
    struct writer w;
    begin(&w);
    for (int i = 0; i < COMMITS; i++) {
        commit(&w, i % 3 != 0);
        if (i % 50 == 0)
            numbered_check(w.reader, w.kept, KEYS);
        if (i % 100 == 0)
            (void)usleep(2000); /* a quiet moment: the pass gets to the end */
    }
    assert_true(w.restarts > 20);
    assert_true(w.finishes > 3);
    end(&w);
}

/* Somebody always waits: only a long log is finished. */
static void test_who_waits_goes_first(void **state)
{
    (void)state;
    struct writer w;
    begin(&w);
    for (int i = 0; i < COMMITS / 4; i++) {
        uint32_t finishes = w.finishes;
        commit(&w, true);
        if (w.finishes > finishes)
            assert_true(db_log_copied(w.db) >= 600);
    }
    numbered_check(w.reader, w.kept, KEYS);
    end(&w);
}

/* A reader that does not go keeps the log; when it has gone the log begins anew. */
static void test_a_reader_that_stays(void **state)
{
    (void)state;
    struct writer w;
    int64_t then[KEYS];
    begin(&w);
    commit(&w, false);
    memcpy(then, w.kept, sizeof then);
    assert_int_equal(db_begin_read(w.reader), ST_OK);
    numbered_check(w.reader, then, KEYS);
    for (int i = 0; i < COMMITS / 10; i++)
        commit(&w, false);
    numbered_check(w.reader, then, KEYS);
    assert_int_equal(w.restarts, 0);
    db_end_read(w.reader);
    numbered_check(w.reader, w.kept, KEYS);
    for (int i = 0; i < COMMITS && w.restarts == 0; i++) {
        commit(&w, false);
        (void)usleep(200);
    }
    assert_true(w.restarts > 0);
    end(&w);
}

/* In a child: transaction after transaction, each told to FD when it is committed. */
static void write_on(int fd)
{
    struct writer w;
    begin(&w);
    for (int64_t i = 1;; i++) {
        commit(&w, i % 3 != 0);
        set(&w, KEYS, i); /* a transaction of its own */
        if (write(fd, &i, sizeof i) != sizeof i)
            _exit(1);
    }
}

/* Killed at any moment: what was told is there, and the file is whole. */
static void test_killed(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 11);
    for (int round = 0; round < 12; round++) {
        struct writer w;
        memset(&w, 0, sizeof w);
        place(&w);
        drop(w.path);
        int fds[2], exit_status;
        assert_int_equal(pipe(fds), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            write_on(fds[1]);
        (void)close(fds[1]);
        int64_t told = 0;
        for (uint64_t i = random_below(&random.super, 300) + 20; i > 0; i--)
            assert_int_equal(read(fds[0], &told, sizeof told), sizeof told);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &exit_status, 0), child);
        while (read(fds[0], &told, sizeof told) == sizeof told)
            ;
        (void)close(fds[0]);
        int64_t found = reopen(&w);
        assert_true(found == told || found == told + 1);
        db_close(w.db);
        drop(w.path);
    }
}

/* Nobody who only looks can begin: the file must be there, and of this version. */
static void test_needs_a_database(void **state)
{
    (void)state;
    struct checkpointer *none = NULL;
    struct diag diag = {0};
    const struct checkpointer_config config = {.db_path = "/tmp/nowhere/muster.db",
                                               .on_fatal = fatal};
    assert_int_equal(checkpointer_start(&none, &config, &diag), ST_IO);
    assert_null(none);
    assert_string_equal(diag.where, config.db_path);
    checkpointer_stop(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beside_a_writer),
        cmocka_unit_test(test_who_waits_goes_first),
        cmocka_unit_test(test_a_reader_that_stays),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_needs_a_database),
    };
    (void)snprintf(process, sizeof process, "%d", (int)getpid());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
