/* SPDX-License-Identifier: Apache-2.0 */
/* A crowd that was read from an image against one that was filled person by person:
 * everybody's time and reason, the nearest, and what both become afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "crowd/image.h"
#include "road/hierarchy.h"
#include "world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define SIDE 24
#define PEOPLE 3000                /* more than one part */
#define NOW INT64_C(1795478400000) /* Tue 2026-11-24 08:00:00 in Shanghai */
#define PARTS_MAX 32

struct fixture {
    struct road *road;
    struct road_hierarchy *hierarchy;
    struct skill_table skills;
    struct random_seeded random;
    struct crowd *crowd;
    struct crowd_person people[PEOPLE];
};

struct parts {
    struct text texts[PARTS_MAX];
    uint32_t people[PARTS_MAX]; /* 0 = values */
    uint32_t count, total;
};

static struct crowd *new_crowd(struct fixture *f)
{
    struct crowd *crowd;
    struct crowd_config config = {.road = f->road,
                                  .hierarchy = f->hierarchy,
                                  .skills = &f->skills,
                                  .weekly_cap = 3,
                                  .people_max = PEOPLE};
    assert_int_equal(crowd_new(&crowd, &config), 0);
    return crowd;
}

static void random_person(struct fixture *f, uint32_t i)
{
    struct random *random = &f->random.super;
    struct crowd_person *person = &f->people[i];
    *person = (struct crowd_person){.id = (int64_t)i * 7 + 1,
                                    .mode = (enum road_mode)random_below(random, 3),
                                    .home = world_point(f->road, random),
                                    .birth_day = INT32_MIN,
                                    .area = i % 3};
    if (i % 50 == 0)
        person->home = (struct point){0, 0}; /* no road there */
    if (i % 40 == 0)
        person->area = INT64_C(1) << 40;
    (void)snprintf(person->number, sizeof person->number,
                   i % 5 == 0 ? "V%05u-of-the-long-numbers" : "V%05u", i);
    for (int k = 0; k < 3; k++)
        skill_set_add(&person->skills, (uint32_t)random_below(random, 6));
    for (; person->certificate_count < random_below(random, 3);
         person->certificate_count++)
        person->certificates[person->certificate_count] = (struct crowd_certificate){
            skill_find_certificate(&f->skills, "nurse"),
            time_local_day(NOW) - 2 + (int32_t)random_below(random, 4)};
    if (random_below(random, 8) == 0) {
        person->place_count = 2;
        person->places[0].at = world_point(f->road, random);
        person->places[1].at = world_point(f->road, random);
        assert_int_equal(hours_parse("Mo-We 07:00-09:00", &person->places[0].hours, NULL),
                         0);
    }
    if (random_below(random, 5) == 0)
        assert_int_equal(hours_parse(random_below(random, 2) == 0 ? "Mo 20:00-07:59"
                                                                  : "Tu 06:00-09:00",
                                     &person->duty, NULL),
                         0);
    if (random_below(random, 6) == 0) {
        person->quiet_kind = CROWD_QUIET_OWN;
        assert_int_equal(hours_parse("22:00-09:00", &person->quiet, NULL), 0);
    }
    person->suspended = random_below(random, 20) == 0;
    person->has_email = random_below(random, 2) == 0;
    person->has_phone = random_below(random, 2) == 0;
    if (random_below(random, 12) == 0)
        person->birth_day = 14207 + (int32_t)random_below(random, 2);
    if (random_below(random, 12) == 0)
        person->paused_until_ms = NOW + (int64_t)random_below(random, 3) - 1;
}

static int setup(void **state)
{
    struct fixture *f = mem_calloc(1, sizeof(*f));
    assert_non_null(f);
    random_seeded_init(&f->random, 20261127);
    skill_table_init(&f->skills);
    f->road = world_road(SIDE, 7);
    assert_int_equal(road_hierarchy_new(&f->hierarchy, f->road), 0);
    f->crowd = new_crowd(f);
    for (uint32_t i = 0; i < PEOPLE; i++) {
        random_person(f, i);
        assert_int_equal(crowd_put(f->crowd, &f->people[i]), 0);
    }
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    crowd_free(f->crowd);
    road_hierarchy_free(f->hierarchy);
    road_free(f->road);
    mem_free(f);
    return 0;
}

static struct text *next_part(struct parts *parts)
{
    assert_true(parts->count < PARTS_MAX);
    text_init(&parts->texts[parts->count], CROWD_IMAGE_PART_MAX);
    return &parts->texts[parts->count];
}

static void write_parts(struct crowd *crowd, struct parts *ret)
{
    uint32_t slot = 0, count;
    uint64_t value = 0;
    *ret = (struct parts){0};
    do {
        struct text *text = next_part(ret);
        assert_int_equal(crowd_image_people(crowd, &slot, text, &count), 0);
        ret->people[ret->count++] = count;
        ret->total += count;
    } while (ret->texts[ret->count - 1].size > 0);
    do {
        struct text *text = next_part(ret);
        assert_int_equal(crowd_image_values(crowd, &value, text), 0);
        ret->people[ret->count++] = 0;
    } while (ret->texts[ret->count - 1].size > 0);
}

static void release_parts(struct parts *parts)
{
    for (uint32_t i = 0; i < parts->count; i++)
        text_release(&parts->texts[i]);
}

/* Into CROWD, which is new. */
static int read_parts(struct crowd *crowd, const struct parts *parts,
                      const int64_t *changed, uint32_t changed_count)
{
    struct crowd_restore *restore;
    uint32_t first = 0;
    int status = crowd_restore_new(&restore, crowd, parts->total, changed, changed_count);
    if (status < 0)
        return status;
    for (uint32_t i = 0; i < parts->count && status == ST_OK; i++)
        if (parts->people[i] == 0)
            status = crowd_restore_values(restore, text_string(&parts->texts[i]),
                                          parts->texts[i].size);
    for (uint32_t i = 0; i < parts->count && status == ST_OK; i++)
        if (parts->people[i] > 0) {
            status =
                crowd_restore_people(restore, first, parts->people[i],
                                     text_string(&parts->texts[i]), parts->texts[i].size);
            first += parts->people[i];
        }
    if (status == ST_OK)
        status = crowd_restore_end(restore);
    crowd_restore_free(restore);
    return status;
}

static void random_query(struct fixture *f, struct crowd_query *ret)
{
    struct random *random = &f->random.super;
    *ret = (struct crowd_query){
        .at = world_point(f->road, random),
        .mode = (enum road_mode)random_below(random, 3),
        .flags = CROWD_APPLY_QUIET | CROWD_APPLY_CAP | CROWD_EXPLAIN |
                 (random_below(random, 2) == 0 ? CROWD_OWN_MODE : 0),
        .time_ms = NOW + (int64_t)random_below(random, 3) * 12 * TIME_HOUR_MS,
        .count = 1 + (uint32_t)random_below(random, 40),
        .ms_max = ROAD_MS_NONE};
    if (random_below(random, 2) == 0)
        skill_set_add(&ret->skills, (uint32_t)random_below(random, 6));
}

static void same_nearest(struct crowd *a, struct crowd *b,
                         const struct crowd_query *query)
{
    struct crowd_answer x, y;
    int status = crowd_nearest(a, query, &x, NULL);
    assert_int_equal(status, crowd_nearest(b, query, &y, NULL));
    if (status == ST_OK) {
        assert_int_equal(x.count, y.count);
        assert_int_equal(x.considered, y.considered);
        assert_memory_equal(x.excluded, y.excluded, sizeof x.excluded);
        for (uint32_t i = 0; i < x.count; i++) {
            assert_int_equal(x.candidates[i].id, y.candidates[i].id);
            assert_int_equal(x.candidates[i].ms, y.candidates[i].ms);
            assert_int_equal(x.candidates[i].m, y.candidates[i].m);
        }
    }
    crowd_answer_release(&x);
    crowd_answer_release(&y);
}

static void same_people(struct fixture *f, struct crowd *a, struct crowd *b,
                        const struct crowd_query *query)
{
    for (uint32_t i = 0; i < PEOPLE; i++) {
        struct crowd_candidate x, y;
        enum crowd_reason why, why_too;
        struct point here, here_too;
        int64_t id = f->people[i].id;
        int status = crowd_explain(a, query, id, &x, &why, NULL);
        assert_int_equal(status, crowd_explain(b, query, id, &y, &why_too, NULL));
        bool there = crowd_position(a, id, query->time_ms, &here);
        assert_int_equal(there, crowd_position(b, id, query->time_ms, &here_too));
        if (there)
            assert_memory_equal(&here, &here_too, sizeof here);
        assert_int_equal(crowd_mode(a, id), crowd_mode(b, id));
        if (status != ST_OK)
            continue;
        assert_int_equal(why, why_too);
        assert_string_equal(x.number, y.number);
        assert_int_equal(x.ms, y.ms);
        assert_int_equal(x.m, y.m);
        assert_int_equal(x.place, y.place);
        assert_int_equal(x.area, y.area);
        assert_int_equal(x.has_email, y.has_email);
        assert_int_equal(x.has_phone, y.has_phone);
        assert_memory_equal(&x.skills, &y.skills, sizeof x.skills);
    }
}

static void same(struct fixture *f, struct crowd *a, struct crowd *b)
{
    struct crowd_query query;
    assert_int_equal(crowd_count(a), crowd_count(b));
    for (int i = 0; i < 30; i++) {
        random_query(f, &query);
        same_nearest(a, b, &query);
        if (i % 15 == 0)
            same_people(f, a, b, &query);
    }
}

/* Everybody who is in the fixture's crowd, put in one by one. */
static struct crowd *plain_crowd(struct fixture *f, const bool *gone)
{
    struct crowd *crowd = new_crowd(f);
    for (uint32_t i = 0; i < PEOPLE; i++)
        if (!gone[i])
            assert_int_equal(crowd_put(crowd, &f->people[i]), 0);
    return crowd;
}

static void test_reads_what_was_written(void **state)
{
    struct fixture *f = *state;
    bool gone[PEOPLE] = {false};
    for (uint32_t i = 0; i < 180; i++) { /* holes, and what is not in an image */
        gone[i * 16] = true;
        crowd_remove(f->crowd, f->people[i * 16].id);
        const struct point here = world_point(f->road, &f->random.super);
        crowd_move(f->crowd, f->people[i * 9 + 1].id, &here);
        crowd_note_alert(f->crowd, f->people[i * 5].id, NOW - 1000);
        crowd_set_committed(f->crowd, f->people[i * 3].id, true, true);
    }
    struct parts parts;
    write_parts(f->crowd, &parts);
    assert_true(parts.people[1] > 0); /* several of them */
    struct crowd *plain = plain_crowd(f, gone), *read = new_crowd(f);
    assert_int_equal(read_parts(read, &parts, NULL, 0), ST_OK);
    same(f, plain, read);
    for (uint32_t i = 0; i < PEOPLE; i++) { /* and it goes on like any other */
        uint32_t k = (uint32_t)random_below(&f->random.super, PEOPLE);
        struct crowd *both[] = {plain, read};
        const struct point here = world_point(f->road, &f->random.super);
        if (i % 4 == 0)
            random_person(f, k);
        for (int c = 0; c < 2; c++) {
            if (i % 4 == 0)
                assert_int_equal(crowd_put(both[c], &f->people[k]), 0);
            if (i % 4 == 1)
                crowd_remove(both[c], f->people[k].id);
            if (i % 4 == 2)
                crowd_move(both[c], f->people[k].id, &here);
        }
    }
    same(f, plain, read);
    struct parts again;
    write_parts(read, &again);
    struct crowd *third = new_crowd(f);
    assert_int_equal(read_parts(third, &again, NULL, 0), ST_OK);
    assert_int_equal(crowd_count(third), crowd_count(read));
    release_parts(&parts);
    release_parts(&again);
    crowd_free(plain);
    crowd_free(read);
    crowd_free(third);
}

struct changer {
    struct fixture *f;
    atomic_bool stop;
};

/* Every third person comes, goes and changes. */
static void *change(void *context)
{
    struct changer *changer = context;
    struct fixture *f = changer->f;
    for (uint32_t i = 0; !changer->stop; i = (i + 3) % (PEOPLE - PEOPLE % 3)) {
        struct crowd_person person = f->people[i];
        person.suspended = !person.suspended;
        person.skills.bits[0] ^= i;
        crowd_remove(f->crowd, person.id);
        if (i % 2 == 0 && crowd_put(f->crowd, &person) != ST_OK)
            return context;
    }
    return NULL;
}

/* Parts are of different moments: who changed meanwhile is left out and put in after. */
static void test_written_while_people_change(void **state)
{
    struct fixture *f = *state;
    static int64_t changed[PEOPLE];
    uint32_t changed_count = 0;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        assert_int_equal(crowd_put(f->crowd, &f->people[i]), 0);
        if (i % 3 == 0)
            changed[changed_count++] = f->people[i].id;
    }
    struct changer changer = {.f = f};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, change, &changer), 0);
    for (int round = 0; round < 3; round++) {
        struct parts parts;
        write_parts(f->crowd, &parts);
        struct crowd *read = new_crowd(f);
        assert_int_equal(read_parts(read, &parts, changed, changed_count), ST_OK);
        assert_int_equal(crowd_count(read), PEOPLE - changed_count);
        for (uint32_t i = 0; i < PEOPLE; i += 3)
            assert_int_equal(crowd_put(read, &f->people[i]), 0);
        struct crowd *plain = plain_crowd(f, (const bool[PEOPLE]){false});
        same(f, plain, read);
        crowd_free(plain);
        crowd_free(read);
        release_parts(&parts);
    }
    changer.stop = true;
    void *failed;
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
}

/* Whatever the bytes are: refused or read, and never a step outside. */
static void test_damaged(void **state)
{
    struct fixture *f = *state;
    struct parts parts;
    write_parts(f->crowd, &parts);
    uint32_t refused = 0;
    for (uint32_t i = 0; i < 200; i++) {
        struct text *text;
        do
            text = &parts.texts[random_below(&f->random.super, parts.count)];
        while (text->size == 0);
        size_t at = random_below(&f->random.super, text->size), size = text->size;
        char before = text->data[at];
        if (i % 2 == 0)
            text->size = at;
        else
            text->data[at] = (char)random_below(&f->random.super, 256);
        struct crowd *read = new_crowd(f);
        int status = read_parts(read, &parts, NULL, 0);
        assert_true(status == ST_OK || status == ST_CORRUPT);
        refused += status == ST_CORRUPT;
        crowd_free(read);
        text->data[at] = before;
        text->size = size;
    }
    assert_true(refused >= 100);
    release_parts(&parts);
}

static void test_without_memory(void **state)
{
    struct fixture *f = *state;
    struct parts parts;
    write_parts(f->crowd, &parts);
    int status = ST_NO_MEMORY;
    for (uint64_t n = 1; status == ST_NO_MEMORY; n = n < 40 ? n + 1 : n + n / 4) {
        struct crowd *read = new_crowd(f);
        mem_fail_at(n);
        status = read_parts(read, &parts, NULL, 0);
        mem_fail_at(0);
        crowd_free(read);
    }
    assert_int_equal(status, ST_OK);
    struct crowd *small;
    const struct crowd_config config = {.skills = &f->skills, .people_max = 10};
    assert_int_equal(crowd_new(&small, &config), 0);
    assert_int_equal(read_parts(small, &parts, NULL, 0), ST_LIMIT);
    crowd_free(small);
    release_parts(&parts);
}

static void test_basis(void **state)
{
    struct fixture *f = *state;
    struct skill_table *more = mem_alloc(sizeof *more);
    *more = f->skills;
    uint64_t before = crowd_image_basis(f->crowd);
    struct crowd *no_road;
    const struct crowd_config config = {.skills = &f->skills, .people_max = 1};
    assert_int_equal(crowd_new(&no_road, &config), 0);
    assert_true(crowd_image_basis(no_road) != before);
    crowd_free(no_road);
    assert_true(skill_add(more, "another", "x", "x") >= 0);
    assert_int_equal(crowd_set_skills(f->crowd, more), 0);
    assert_true(crowd_image_basis(f->crowd) != before);
    assert_int_equal(crowd_set_skills(f->crowd, &f->skills), 0);
    assert_true(crowd_image_basis(f->crowd) == before);
    mem_free(more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_was_written),
        cmocka_unit_test(test_written_while_people_change),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_basis),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
