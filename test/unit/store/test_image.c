/* SPDX-License-Identifier: Apache-2.0 */
/* A start by the image against a start by the rows: the same people either way, whatever
 * happened since the image was made, and never anything out of an image that does not
 * fit. What a person is in the crowd is compared in crowd/test_image.c. */
#include "fixture.h"

#include "base/file.h"
#include "crowd/people_csv.h"
#include "store/image.h"
#include "store/people.h"
#include "store/writer_internal.h"

#include <errno.h>

#define PEOPLE 20000 /* so many that other threads help */
#define FEW 300

static struct skill_table skills;

static struct crowd *new_crowd(void)
{
    struct crowd *crowd;
    const struct crowd_config config = {.skills = &skills, .people_max = 2 * PEOPLE};
    assert_int_equal(crowd_new(&crowd, &config), ST_OK);
    return crowd;
}

static struct image_config image_of(struct fixture *f, struct crowd *crowd)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/crowd.image", f->dir);
    return (struct image_config){path, f->vault, &skills, crowd};
}

static struct db *reader(struct fixture *f)
{
    struct db *db = fixture_reader(f);
    return db;
}

static int run_import(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    return people_import(writer, context, 1, now_ms, reterr);
}

static struct person_row row_of(uint32_t i, int32_t shift)
{
    struct person_row row = {.has = PERSON_HAS_NAME | PERSON_HAS_HOME | PERSON_HAS_MODE,
                             .line = i + 1,
                             .name = "made up",
                             .phone = "",
                             .email = "",
                             .duty = "",
                             .quiet = ""};
    (void)snprintf(row.crowd.number, sizeof row.crowd.number, "V%05u", i);
    row.crowd.home = (struct point){(int32_t)i * 100 + shift, 1200000000};
    row.crowd.mode = (enum road_mode)(i % 3);
    row.crowd.birth_day = INT32_MIN;
    return row;
}

/* People FROM to TO - 1 are there, and live at SHIFT. */
static void put_people(struct fixture *f, uint32_t from, uint32_t to, int32_t shift)
{
    struct person_row *rows = mem_calloc(to - from, sizeof *rows);
    for (uint32_t i = from; i < to; i++)
        rows[i - from] = row_of(i, shift);
    struct people_import import = {.rows = rows, .count = to - from, .skip_names = true};
    int status = command_call(f->writer, run_import, &import, &f->diag);
    if (status != ST_OK)
        print_message("%s\n", f->diag.text);
    assert_int_equal(status, ST_OK);
    people_import_release(&import);
    mem_free(rows);
}

static int64_t id_of(struct fixture *f, const char *number)
{
    struct db *db = reader(f);
    static struct person person;
    assert_int_equal(person_by_number(db, NULL, &skills, number, &person), ST_OK);
    db_close(db);
    return person.crowd.id;
}

static int erase(void *context, struct writer *writer, int64_t now_ms,
                 struct diag *reterr)
{
    (void)reterr;
    return person_erase(writer, *(int64_t *)context, 1, now_ms);
}

static int merge(void *context, struct writer *writer, int64_t now_ms,
                 struct diag *reterr)
{
    const int64_t *ids = context;
    return person_merge(writer, ids[0], ids[1], 1, now_ms, reterr);
}

static uint64_t fail_at;

/* Ten more people; after them the n-th allocation fails. */
static int grow(void *context, struct writer *writer, int64_t now_ms, struct diag *reterr)
{
    int status = people_import(writer, context, 1, now_ms, reterr);
    mem_fail_at(fail_at);
    return status;
}

/* Who is on the disk and could not be read is in the crowd a moment later. */
static void who_cannot_be_read_comes_later(void **state)
{
    struct fixture *f = *state;
    struct crowd *crowd = new_crowd();
    writer_stage(f->writer)->crowd = crowd;
    uint64_t left = 0, rounds_kept = 0;
    for (fail_at = 1; left == 0; fail_at++) {
        struct person_row rows[10];
        for (uint32_t i = 0; i < COUNT_OF(rows); i++)
            rows[i] = row_of((uint32_t)fail_at * 10 + i, 0);
        struct people_import import = {
            .rows = rows, .count = COUNT_OF(rows), .skip_names = true};
        int status = command_call(f->writer, grow, &import, &f->diag);
        left = mem_fail_hold();
        assert_true(status == ST_OK || status == ST_NO_MEMORY);
        people_import_release(&import);
        rounds_kept += writer_stage(f->writer)->changed_kept > 0;
        clock_manual_advance(&f->clock, 1000);
        (void)writer_step(f->writer, f->clock.now_ms);
        assert_int_equal(crowd_count(crowd),
                         fixture_number(f, "SELECT count(*) FROM person"));
    }
    assert_true(rounds_kept > 10);
    writer_stage(f->writer)->crowd = NULL;
    crowd_free(crowd);
}

/* A word of SQL that nobody gives in earnest. */
static int run_sql(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    (void)now_ms;
    (void)reterr;
    const char *const *sql = context;
    return query_run(db_query(writer_db(writer), *sql));
}

static void give_sql(struct fixture *f, const char *sql)
{
    assert_int_equal(command_call(f->writer, run_sql, &sql, &f->diag), ST_OK);
}

static struct crowd *by_rows(struct fixture *f)
{
    struct crowd *crowd = new_crowd();
    struct db *db = reader(f);
    assert_int_equal(people_load(db, f->db_path, f->vault, &skills, crowd), ST_OK);
    db_close(db);
    return crowd;
}

static int by_image(struct fixture *f, struct crowd **ret)
{
    struct crowd *crowd = new_crowd();
    const struct image_config config = image_of(f, crowd);
    struct db *db = reader(f);
    f->diag = (struct diag){0};
    int status = image_load(&config, db, &f->diag);
    db_close(db);
    if (status == ST_OK && ret != NULL)
        *ret = crowd;
    else
        crowd_free(crowd);
    return status;
}

static void save(struct fixture *f)
{
    struct crowd *crowd = by_rows(f);
    const struct image_config config = image_of(f, crowd);
    int status = image_save(&config, f->writer, &f->diag);
    if (status != ST_OK)
        print_message("%s\n", f->diag.text);
    assert_int_equal(status, ST_OK);
    crowd_free(crowd);
}

static bool due(struct fixture *f)
{
    struct crowd *crowd = by_rows(f);
    const struct image_config config = image_of(f, crowd);
    struct db *db = reader(f);
    bool ret = image_is_due(&config, db);
    db_close(db);
    crowd_free(crowd);
    return ret;
}

static int by_id(const void *a, const void *b)
{
    const struct crowd_whereabouts *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static void list(struct crowd *crowd, struct crowd_whereabouts_list *ret)
{
    const struct box all = {{-900000000, -1800000000}, {900000000, 1800000000}};
    assert_int_equal(crowd_list_in(crowd, all, NOW_MS, ret), ST_OK);
    if (ret->count > 0)
        qsort(ret->items, ret->count, sizeof *ret->items, by_id);
}

/* Both ways come to the same, and to COUNT people. */
static void both_ways(struct fixture *f, uint32_t count)
{
    struct crowd *rows = by_rows(f), *image;
    struct crowd_whereabouts_list a, b;
    int status = by_image(f, &image);
    if (status != ST_OK)
        print_message("%s\n", f->diag.text);
    assert_int_equal(status, ST_OK);
    list(rows, &a);
    list(image, &b);
    assert_int_equal(a.count, count);
    assert_int_equal(a.count, b.count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(a.items[i].id, b.items[i].id);
        assert_string_equal(a.items[i].number, b.items[i].number);
        assert_memory_equal(&a.items[i].at, &b.items[i].at, sizeof a.items[i].at);
        assert_int_equal(crowd_mode(rows, a.items[i].id),
                         crowd_mode(image, a.items[i].id));
    }
    mem_free(a.items);
    mem_free(b.items);
    crowd_free(rows);
    crowd_free(image);
}

static void whatever_happened_since(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(by_image(f, NULL), ST_NOT_FOUND);
    put_people(f, 0, FEW, 0);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM person_change"), 0);
    save(f);
    both_ways(f, FEW);
    put_people(f, 10, 40, 5000);     /* changed */
    put_people(f, 10, 20, 7000);     /* twice */
    put_people(f, FEW, FEW + 25, 0); /* new */
    give_sql(f, "UPDATE person SET retired = 1 WHERE number = 'V00011'");
    int64_t ids[] = {id_of(f, "V00050"), id_of(f, "V00060")};
    assert_int_equal(command_call(f->writer, merge, ids, &f->diag), ST_OK);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM person_change"),
                     30 + 25 + 1);
    both_ways(f, FEW + 25 - 1 - 1);
    save(f); /* what was noted before is no news any more */
    put_people(f, 100, 101, 9000);
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM person_change WHERE image_id = 2"), 1);
    both_ways(f, FEW + 25 - 1 - 1);
    fixture_close(f);
    fixture_open(f);
    both_ways(f, FEW + 25 - 1 - 1);
    fixture_verify(f);
}

/* Nobody who was erased can be read from what lies about, and nothing else can. */
static void erased(void **state)
{
    struct fixture *f = *state;
    put_people(f, 0, FEW, 0);
    save(f);
    const struct image_config config = image_of(f, NULL);
    char *before;
    size_t size;
    assert_int_equal(file_read(config.path, 1 << 24, &before, &size, &f->diag), ST_OK);
    assert_null(memmem(before, size, "V00007", 6)); /* sealed */
    int64_t id = id_of(f, "V00007");
    assert_int_equal(command_call(f->writer, erase, &id, &f->diag), ST_OK);
    assert_int_equal(by_image(f, NULL), ST_STALE);
    /* Not even by who puts the row right. */
    give_sql(f, "UPDATE crowd_image SET spoilt = 0");
    assert_int_equal(by_image(f, NULL), ST_STALE);
    assert_non_null(strstr(f->diag.text, "key is destroyed"));
    give_sql(f, "UPDATE crowd_image SET spoilt = 1");
    assert_false(due(f)); /* few people: but the file goes */
    assert_int_not_equal(access(config.path, F_OK), 0);
    save(f);
    both_ways(f, FEW - 1);
    /* A copy of the file from before the erasure. */
    assert_int_equal(file_write(config.path, before, size, 0600, &f->diag), ST_OK);
    assert_int_equal(by_image(f, NULL), ST_STALE);
    mem_free(before);
}

/* Somebody is erased while the image is being made: it is given up. */
static void erased_meanwhile(void **state)
{
    struct fixture *f = *state;
    put_people(f, 0, FEW, 0);
    save(f);
    struct crowd *crowd = by_rows(f);
    struct image_config config = image_of(f, crowd);
    int64_t slot = fixture_number(f, "SELECT max(key_slot) FROM crowd_image");
    /* The writer still hands out the next slot, whose key is gone when it is used. */
    const struct vault_config keys = {f->keys_path, f->master_path, &f->random.super, 0};
    assert_int_equal(vault_open(&config.vault, &keys, &f->diag), ST_OK);
    assert_int_equal(vault_destroy(config.vault, slot + 1), ST_OK);
    assert_int_equal(image_save(&config, f->writer, &f->diag), ST_STALE);
    vault_close(config.vault);
    both_ways(f, FEW); /* the one of before is still there */
    crowd_free(crowd);
}

static void does_not_fit(void **state)
{
    struct fixture *f = *state;
    put_people(f, 0, FEW, 0);
    save(f);
    const struct image_config config = image_of(f, NULL);
    char *good;
    size_t size;
    assert_int_equal(file_read(config.path, 1 << 24, &good, &size, &f->diag), ST_OK);
    uint32_t tries = 0;
    for (size_t at = 0; at < size; at += at < 64 || at + 64 > size ? 1 : size / 40) {
        good[at] ^= 1;
        assert_int_equal(file_write(config.path, good, size, 0600, &f->diag), ST_OK);
        assert_int_not_equal(by_image(f, NULL), ST_OK);
        assert_true(f->diag.text[0] != '\0');
        good[at] ^= 1;
        assert_int_equal(file_write(config.path, good, at, 0600, &f->diag), ST_OK);
        assert_int_not_equal(by_image(f, NULL), ST_OK);
        tries++;
    }
    assert_true(tries > 100);
    assert_int_equal(file_write(config.path, good, size, 0600, &f->diag), ST_OK);
    both_ways(f, FEW);
    good[8]++; /* the format */
    assert_int_equal(file_write(config.path, good, size, 0600, &f->diag), ST_OK);
    assert_int_equal(by_image(f, NULL), ST_UNSUPPORTED);
    good[8]--;
    assert_int_equal(file_write(config.path, good, size, 0600, &f->diag), ST_OK);
    give_sql(f, "UPDATE crowd_image SET key_slot = 0"); /* another key */
    assert_int_equal(by_image(f, NULL), ST_CORRUPT);
    give_sql(f, "DELETE FROM crowd_image"); /* a database from before the image */
    assert_int_equal(by_image(f, NULL), ST_STALE);
    mem_free(good);
}

static void other_skills(void **state)
{
    struct fixture *f = *state;
    put_people(f, 0, FEW, 0);
    save(f);
    struct skill_table *before = mem_alloc(sizeof *before);
    *before = skills;
    assert_true(skill_add(&skills, "another", "x", "x") >= 0);
    assert_int_equal(by_image(f, NULL), ST_STALE);
    assert_non_null(strstr(f->diag.text, "skills"));
    skills = *before;
    mem_free(before);
    both_ways(f, FEW);
}

static void disk_fails(void **state)
{
    struct fixture *f = *state;
    put_people(f, 0, FEW, 0);
    save(f);
    struct crowd *crowd = by_rows(f);
    const struct image_config config = image_of(f, crowd);
    const enum file_operation what[] = {FILE_WRITE, FILE_WRITE, FILE_FSYNC, FILE_RENAME};
    for (size_t i = 0; i < COUNT_OF(what); i++) {
        file_fail_at(what[i], i == 1 ? 3 : 1, i == 0 ? ENOSPC : EIO);
        assert_int_equal(image_save(&config, f->writer, &f->diag),
                         i == 0 ? ST_NO_SPACE : ST_IO);
        file_fail_at(what[i], 0, 0);
        both_ways(f, FEW);
    }
    char aside[160];
    (void)snprintf(aside, sizeof aside, "%s.new", config.path);
    assert_int_not_equal(access(aside, F_OK), 0);
    crowd_free(crowd);
}

/* Names come and go; their slots are nobody else's ever. */
static void many_names(void **state)
{
    struct fixture *f = *state;
    put_people(f, 0, FEW, 0);
    int64_t first_slot = 0;
    for (uint32_t i = 0; i < 3 * IMAGE_NAMES_KEPT; i++) {
        save(f);
        put_people(f, i, i + 1, 3000);
        if (i == 0)
            first_slot = fixture_number(f, "SELECT max(key_slot) FROM crowd_image");
    }
    both_ways(f, FEW);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM crowd_image"),
                     2 * IMAGE_NAMES_KEPT);
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM crowd_image WHERE spoilt = 0"),
        IMAGE_NAMES_KEPT);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM person_change"),
                     IMAGE_NAMES_KEPT);
    uint8_t *box;
    size_t size;
    assert_int_equal(vault_seal(f->vault, first_slot, "x", 1, "x", 1, &box, &size),
                     ST_NOT_FOUND);
    int64_t last = fixture_number(f, "SELECT max(key_slot) FROM crowd_image");
    fixture_close(f);
    fixture_open(f);
    put_people(f, FEW, FEW + 1, 0);
    assert_true(fixture_number(f, "SELECT max(key_slot) FROM person") > last);
    both_ways(f, FEW + 1);
}

static void when_it_is_worth_it(void **state)
{
    struct fixture *f = *state;
    put_people(f, 0, FEW, 0);
    assert_false(due(f)); /* so few are read at once */
    put_people(f, FEW, PEOPLE, 0);
    assert_true(due(f));
    save(f);
    assert_false(due(f));
    both_ways(f, PEOPLE);
    put_people(f, 0, 999, 50);
    assert_false(due(f));
    put_people(f, 1000, 1001, 50);
    assert_true(due(f));
    save(f);
    assert_false(due(f));
    int64_t id = id_of(f, "V00007");
    assert_int_equal(command_call(f->writer, erase, &id, &f->diag), ST_OK);
    assert_true(due(f));
}

int main(void)
{
    skill_table_init(&skills);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whatever_happened_since, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(erased, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(erased_meanwhile, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(does_not_fit, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(other_skills, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(disk_fails, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(many_names, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(who_cannot_be_read_comes_later, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(when_it_is_worth_it, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
