/* SPDX-License-Identifier: Apache-2.0 */
/* Batches are settled in order, once, and only when they are on the disk; who saw one
 * before it was there is told after it; a writer that is far ahead waits. What is on the
 * disk is asked of one that loses power. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "numbered.h"
#include "sim/disk.h"
#include "store/db.h"
#include "store/syncer.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define BATCHES 2000
#define ROWS 200

struct batch {
    struct synced_batch super;
    int number;
};

struct wait {
    struct sync_wait super;
    struct bench *bench;
    int seen; /* the batch that was seen; told after it was settled */
};

struct bench {
    struct syncer *syncer;
    struct db *db;
    struct disk *disk;
    struct random_seeded random;
    atomic_int settled, told;         /* the last batch; how many waits */
    atomic_int failed, fatals, ahead; /* ahead: the most that were not settled */
    atomic_int written;
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

static void settle(void *context, struct synced_batch *super, bool is_synced)
{
    struct bench *bench = context;
    const struct batch *batch = (const struct batch *)super;
    assert_int_equal(batch->number, bench->settled + 1);
    int ahead = bench->written - bench->settled;
    if (ahead > bench->ahead)
        bench->ahead = ahead;
    bench->settled = batch->number;
    bench->failed += !is_synced;
    mem_free(super);
}

static void on_fatal(void *context, const char *what)
{
    (void)what;
    ((struct bench *)context)->fatals++;
}

static void on_synced(struct sync_wait *super)
{
    const struct wait *wait = (const struct wait *)super;
    assert_true(wait->bench->settled >= wait->seen);
    wait->bench->told++;
}

static int64_t no_time(void *context)
{
    (void)context;
    return 0;
}

static void open_db(struct bench *bench, const char *path)
{
    struct diag diag;
    assert_int_equal(db_open(&bench->db, path, DB_WRITE, &diag), ST_OK);
    const struct syncer_config config = {.db = bench->db,
                                         .settle = settle,
                                         .on_fatal = on_fatal,
                                         .mono_us = no_time,
                                         .context = bench};
    assert_int_equal(syncer_new(&bench->syncer, &config), ST_OK);
}

static void close_db(struct bench *bench)
{
    syncer_free(bench->syncer);
    db_close(bench->db);
}

/* Row NUMBER of the table holds it. */
static void write_row(struct bench *bench, int number)
{
    static const uint8_t bytes[700] = {1};
    assert_int_equal(db_begin(bench->db), ST_OK);
    numbered_set(bench->db, number % ROWS, number, bytes, sizeof bytes);
    syncer_commits(bench->syncer);
    assert_int_equal(db_commit_unsynced(bench->db), ST_OK);
}

static bool is_there(struct bench *bench, int number)
{
    char key[16];
    (void)snprintf(key, sizeof key, "k%d", number % ROWS);
    return numbered_get(bench->db, key) == number;
}

static void hand(struct bench *bench, int number)
{
    struct batch *batch = mem_calloc(1, sizeof *batch);
    batch->number = number;
    bench->written = number;
    syncer_hand(bench->syncer, &batch->super);
}

/* ---- by hand -------------------------------------------------------------------------
 */

static void one_sync_for_all(void **state)
{
    const char *path = *state;
    struct bench bench = {.settled = 0};
    open_db(&bench, path);
    assert_false(syncer_pass(bench.syncer));
    struct wait waits[3] = {{.bench = &bench, .seen = 1},
                            {.bench = &bench, .seen = 3},
                            {.bench = &bench, .seen = 3}};
    for (int i = 0; i < 3; i++)
        waits[i].super.synced = on_synced;
    assert_false(syncer_wait(bench.syncer, &waits[0].super)); /* nothing was written */
    write_row(&bench, 1);
    assert_true(
        syncer_wait(bench.syncer, &waits[0].super)); /* seen before it is handed */
    assert_false(syncer_pass(bench.syncer));
    hand(&bench, 1);
    write_row(&bench, 2);
    hand(&bench, 2);
    write_row(&bench, 3);
    assert_true(syncer_wait(bench.syncer, &waits[1].super));
    assert_int_equal(bench.settled, 0);
    assert_true(syncer_pass(bench.syncer));
    assert_int_equal(bench.settled, 2);
    assert_int_equal(bench.told, 1); /* the third commit has not ended */
    hand(&bench, 3);
    assert_true(syncer_wait(bench.syncer, &waits[2].super));
    assert_true(syncer_pass(bench.syncer));
    assert_int_equal(bench.settled, 3);
    assert_int_equal(bench.told, 3);
    assert_false(syncer_pass(bench.syncer));
    assert_false(syncer_wait(bench.syncer, &waits[2].super));
    close_db(&bench);
    drop(path);
}

/* ---- with its thread -----------------------------------------------------------------
 */

static void beside_a_writer(void **state)
{
    const char *path = *state;
    struct bench bench = {.settled = 0};
    open_db(&bench, path);
    assert_int_equal(syncer_start(bench.syncer), ST_OK);
    struct wait *waits = mem_calloc(BATCHES, sizeof *waits);
    int waited = 0;
    for (int i = 0; i < BATCHES; i++) {
        syncer_admit(bench.syncer);
        if (i % 7 == 3) { /* nothing to do */
            syncer_hand(bench.syncer, NULL);
            syncer_admit(bench.syncer);
        }
        write_row(&bench, i + 1);
        waits[i] =
            (struct wait){.super.synced = on_synced, .bench = &bench, .seen = i + 1};
        waited += syncer_wait(bench.syncer, &waits[i].super);
        hand(&bench, i + 1);
    }
    syncer_drain(bench.syncer);
    assert_int_equal(bench.settled, BATCHES);
    assert_int_equal(bench.told, waited);
    assert_true(waited > 0 && bench.failed == 0 && bench.fatals == 0);
    /* In a pass, waiting, and the one that was begun before the sync. */
    assert_true(bench.ahead <= 2 * (SYNCER_BATCHES + 1));
    syncer_stop(bench.syncer);
    close_db(&bench);
    mem_free(waits);
    drop(path);
}

/* ---- power ---------------------------------------------------------------------------
 */

/* What was settled is there after the power went, whatever of the rest chance keeps, and
 * what is there ends with a commit; also when the log begins anew. */
static void what_was_settled_is_there(void **state)
{
    const char *path = *state;
    int lost = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct bench bench = {.settled = 0};
        random_seeded_init(&bench.random, seed);
        assert_int_equal(disk_new(&bench.disk, &bench.random.super), ST_OK);
        open_db(&bench, path);
        int written = 30 + (int)random_below(&bench.random.super, 60);
        for (int i = 1; i <= written; i++) {
            write_row(&bench, i);
            hand(&bench, i);
            if (random_below(&bench.random.super, 4) == 0)
                (void)syncer_pass(bench.syncer);
            if (random_below(&bench.random.super, 16) > 0)
                continue;
            assert_int_equal(db_checkpoint(bench.db), ST_OK);
            if (random_below(&bench.random.super, 2) ==
                0) /* soon after a new beginning */
                written = i + 1 + (int)random_below(&bench.random.super, 3);
        }
        int settled = bench.settled;
        disk_cut(bench.disk);
        syncer_drain(bench.syncer);
        if (bench.fatals == 0)
            settled = written; /* a copy of the log has synced it before */
        assert_int_equal(bench.failed, written - settled); /* nobody heard of these */
        close_db(&bench);
        assert_int_equal(disk_restart(bench.disk), ST_OK);
        bench.settled = 0;
        open_db(&bench, path);
        int there = 0;
        while (there < written && is_there(&bench, there + 1))
            there++;
        assert_true(there >= settled);
        for (int i = there + 1; i <= written; i++)
            assert_false(is_there(&bench, i));
        lost += written - there;
        close_db(&bench);
        disk_free(bench.disk);
        drop(path);
    }
    assert_true(lost > 0);
}

static void a_sync_that_fails(void **state)
{
    const char *path = *state;
    struct bench bench = {.settled = 0};
    random_seeded_init(&bench.random, 1);
    assert_int_equal(disk_new(&bench.disk, &bench.random.super), ST_OK);
    open_db(&bench, path);
    write_row(&bench, 1);
    hand(&bench, 1);
    assert_true(syncer_pass(bench.syncer));
    write_row(&bench, 2);
    hand(&bench, 2);
    disk_fail_sync(bench.disk);
    assert_true(syncer_pass(bench.syncer));
    assert_int_equal(bench.settled, 2);
    assert_int_equal(bench.failed, 1);
    assert_int_equal(bench.fatals, 1);
    close_db(&bench);
    disk_free(bench.disk);
    drop(path);
}

int main(void)
{
    static char path[64];
    (void)snprintf(path, sizeof path, "/tmp/muster-syncer-%d.db", (int)getpid());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(what_was_settled_is_there,
                                  path), /* before SQLite is used otherwise */
        cmocka_unit_test_prestate(a_sync_that_fails, path),
        cmocka_unit_test_prestate(one_sync_for_all, path),
        cmocka_unit_test_prestate(beside_a_writer, path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
