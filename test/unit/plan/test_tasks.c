/* SPDX-License-Identifier: Apache-2.0 */
/* Many tasks at once against enumeration of every plan with the order of the aims
 * written out, and what staying is worth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "plan/solve.h"
#include "plan/tasks.h"

#include <stdio.h>
#include <string.h>

#define PEOPLE 4
#define SLOTS 5
#define ARCS (PEOPLE * SLOTS)
#define BLOCKS 3
#define CLASSES 3

struct small {
    struct tasks_person people[PEOPLE];
    struct tasks_slot slots[SLOTS];
    struct tasks_arc arcs[ARCS];
    struct tasks_input input;
};

/* The aims, each to be as small as can be, the first first. */
#define AIMS (CLASSES + 1 + 1 + 1)
struct aims {
    int64_t value[AIMS];
};

/* False if the plan (a bit for each arc) breaks a rule. */
static bool weigh(const struct small *small, uint32_t plan, struct aims *ret)
{
    uint32_t filled[SLOTS] = {0}, busy[PEOPLE][BLOCKS] = {{0}}, places[PEOPLE] = {0};
    memset(ret, 0, sizeof *ret);
    for (uint32_t i = 0; i < small->input.arc_count; i++) {
        const struct tasks_arc *arc = &small->arcs[i];
        const struct tasks_slot *slot = &small->slots[arc->slot];
        const struct tasks_person *person = &small->people[arc->person];
        if ((plan >> i & 1) == 0)
            continue;
        if (++filled[arc->slot] > slot->count || ++busy[arc->person][slot->block] > 1 ||
            ++places[arc->person] > person->places)
            return false;
        ret->value[slot->priority - 1]--;
        ret->value[CLASSES] += slot->block;
        ret->value[CLASSES + 2] += arc->seconds;
        if (person->task != TASKS_NONE && person->task != slot->task)
            ret->value[CLASSES + 2] += small->input.switch_s;
    }
    for (uint32_t i = 0; i < PEOPLE; i++)
        for (uint32_t k = 0; k < places[i]; k++)
            ret->value[CLASSES + 1] += 2 * (small->people[i].worked + k) + 1;
    return true;
}

static int compare(const struct aims *a, const struct aims *b)
{
    for (int i = 0; i < AIMS; i++)
        if (a->value[i] != b->value[i])
            return a->value[i] < b->value[i] ? -1 : 1;
    return 0;
}

static void draw(struct random *random, struct small *small)
{
    memset(small, 0, sizeof *small);
    for (uint32_t i = 0; i < PEOPLE; i++)
        small->people[i] = (struct tasks_person){
            .places = (uint32_t)random_below(random, 4),
            .worked = (uint32_t)random_below(random, 3),
            .task = random_below(random, 2) == 0 ? TASKS_NONE
                                                 : (uint32_t)random_below(random, 3)};
    for (uint32_t i = 0; i < SLOTS; i++)
        small->slots[i] =
            (struct tasks_slot){.task = (uint32_t)random_below(random, 3),
                                .block = (uint32_t)random_below(random, BLOCKS),
                                .count = 1 + (uint32_t)random_below(random, 2),
                                .priority = 1 + (uint32_t)random_below(random, CLASSES)};
    uint32_t count = 0;
    for (uint32_t i = 0; i < PEOPLE; i++)
        for (uint32_t j = 0; j < SLOTS; j++)
            if (random_below(random, 3) != 0 && count < 13)
                small->arcs[count++] =
                    (struct tasks_arc){i, j, (uint32_t)random_below(random, 8)};
    small->input = (struct tasks_input){.people = small->people,
                                        .slots = small->slots,
                                        .arcs = small->arcs,
                                        .person_count = PEOPLE,
                                        .slot_count = SLOTS,
                                        .arc_count = count,
                                        .switch_s = (uint32_t)random_below(random, 6)};
}

static void test_enumeration(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 31);
    for (int round = 0; round < 300; round++) {
        struct small small;
        struct tasks tasks;
        struct diag diag = {0};
        draw(&random.super, &small);
        assert_int_equal(tasks_solve(&small.input, &tasks, &diag), ST_OK);
        assert_true(tasks.is_proved);
        uint32_t plan = 0;
        for (uint32_t i = 0; i < small.input.arc_count; i++)
            plan |= (uint32_t)tasks.taken[i] << i;
        struct aims got, best, other;
        assert_true(weigh(&small, plan, &got));
        best = got;
        for (uint32_t p = 0; p < 1u << small.input.arc_count; p++)
            if (weigh(&small, p, &other) && compare(&other, &best) < 0)
                best = other;
        if (compare(&got, &best) != 0)
            fail_msg("round %d: not the best plan", round);
        tasks_release(&tasks);
    }
}

/* Two people at two tasks; swapping saves SAVED seconds and costs two switches. */
static uint32_t moved_if(uint32_t saved, uint32_t switch_s)
{
    const struct tasks_person people[] = {{1, 0, 0}, {1, 0, 1}};
    const struct tasks_slot slots[] = {{0, 0, 1, 1}, {1, 0, 1, 1}};
    const struct tasks_arc arcs[] = {
        {0, 0, 100}, {0, 1, 100 - saved}, {1, 0, 100}, {1, 1, 100}};
    const struct tasks_input input = {people, slots, arcs, 2, 2, 4, switch_s};
    struct tasks tasks;
    assert_int_equal(tasks_solve(&input, &tasks, NULL), ST_OK);
    uint32_t moved = tasks.moved;
    assert_int_equal(tasks.places, 2);
    assert_int_equal(tasks.kept + tasks.moved, 2);
    tasks_release(&tasks);
    return moved;
}

static void test_switching(void **state)
{
    (void)state;
    assert_int_equal(moved_if(50, 0), 2);
    assert_int_equal(moved_if(50, 24), 2);
    assert_int_equal(moved_if(50, 26), 0);
    assert_int_equal(moved_if(0, 0), moved_if(0, 0));
    /* A place that would stay empty outweighs any switch. */
    const struct tasks_person people[] = {{1, 0, 0}};
    const struct tasks_slot slots[] = {{0, 0, 1, 2}, {1, 0, 1, 1}};
    const struct tasks_arc arcs[] = {{0, 0, 0}, {0, 1, 9000}};
    const struct tasks_input input = {people, slots, arcs, 1, 2, 2, TASKS_SECONDS_MAX};
    struct tasks tasks;
    assert_int_equal(tasks_solve(&input, &tasks, NULL), ST_OK);
    assert_int_equal(tasks.covered[1], 1);
    assert_int_equal(tasks.moved, 1);
    tasks_release(&tasks);
}

static void test_bad_input(void **state)
{
    (void)state;
    const struct tasks_person people[] = {{1, 0, TASKS_NONE}, {1, 0, TASKS_NONE}};
    const struct tasks_slot slots[] = {{0, 0, 1, 1}};
    const struct tasks_arc arcs[] = {{0, 0, 1}, {1, 0, 1}};
    const struct tasks_input good = {people, slots, arcs, 2, 1, 2, 0};
    struct tasks tasks;
    struct diag diag = {0};
    assert_int_equal(tasks_solve(&good, &tasks, &diag), ST_OK);
    tasks_release(&tasks);
    struct tasks_person wrong_person[] = {{TASKS_PER_PERSON_MAX + 1, 0, TASKS_NONE},
                                          {1, 0, TASKS_NONE}};
    struct tasks_slot wrong_slot = {0, 0, 0, 1};
    struct tasks_arc turned[] = {{1, 0, 1}, {0, 0, 1}};
    struct tasks_input bad = good;
    bad.people = wrong_person;
    assert_int_equal(tasks_solve(&bad, &tasks, &diag), ST_INVALID);
    bad = good;
    bad.slots = &wrong_slot;
    assert_int_equal(tasks_solve(&bad, &tasks, &diag), ST_INVALID);
    assert_string_equal(diag.where, "count");
    bad = good;
    bad.arcs = turned;
    assert_int_equal(tasks_solve(&bad, &tasks, &diag), ST_INVALID);
    bad = good;
    bad.slot_count = TASKS_SLOTS_MAX + 1;
    assert_int_equal(tasks_solve(&bad, &tasks, &diag), ST_LIMIT);
    bad = good;
    bad.person_count = bad.slot_count = bad.arc_count = 0;
    assert_int_equal(tasks_solve(&bad, &tasks, &diag), ST_OK);
    assert_int_equal(tasks.places, 0);
    tasks_release(&tasks);
}

static void test_memory(void **state)
{
    (void)state;
    struct random_seeded random;
    struct small small;
    struct tasks tasks;
    random_seeded_init(&random, 31);
    draw(&random.super, &small);
    int status = ST_NO_MEMORY;
    uint64_t n = 0;
    while (status == ST_NO_MEMORY) {
        mem_fail_at(++n);
        status = tasks_solve(&small.input, &tasks, NULL);
        mem_fail_at(0);
    }
    assert_int_equal(status, ST_OK);
    assert_true(tasks.is_proved && n > 5);
    tasks_release(&tasks);
}

/* ---- the document ---- */
#define PLACE "\"at\":{\"lat\":30.7,\"lon\":121}"
#define TASK "{\"id\":\"T\"," PLACE "}"

static void test_document(void **state)
{
    (void)state;
    /* One boat for two places: the first priority in the first block, then the next
     * block; P2 is kept where she is though T2 is as near; P3 cannot get anywhere. */
    static const char text[] =
        "{\"people\":[{\"number\":\"P1\"," PLACE ",\"skills\":[\"boat\"],\"places\":2},"
        "{\"number\":\"P2\"," PLACE ",\"task\":\"T3\",\"blocks\":[0]},"
        "{\"number\":\"P3\",\"at\":{\"lat\":31.7,\"lon\":121}}],"
        "\"tasks\":[{\"id\":\"T1\"," PLACE ",\"skills\":[\"boat\"],\"count\":2,"
        "\"blocks\":[0,1]},{\"id\":\"T2\"," PLACE ",\"priority\":2},"
        "{\"id\":\"T3\"," PLACE ",\"priority\":2}],\"switch_s\":60}";
    char *answer;
    struct diag diag = {0};
    assert_int_equal(solve_tasks(text, strlen(text), &answer, &diag), ST_OK);
    assert_string_equal(
        answer,
        "{\"covered\":[{\"priority\":1,\"wanted\":4,\"covered\":2},{\"priority\":2,"
        "\"wanted\":2,\"covered\":1}],\"people\":[{\"number\":\"P1\",\"task\":\"T1\","
        "\"block\":0,\"seconds\":0},{\"number\":\"P1\",\"task\":\"T1\",\"block\":1,"
        "\"seconds\":0},{\"number\":\"P2\",\"task\":\"T3\",\"block\":0,\"seconds\":0}],"
        "\"uncovered\":[{\"task\":\"T1\",\"block\":0,\"missing\":1},{\"task\":\"T1\","
        "\"block\":1,\"missing\":1},{\"task\":\"T2\",\"block\":0,\"missing\":1}],"
        "\"kept\":1,\"moved\":0,\"travel_s\":0,\"proved\":true}");
    mem_free(answer);
}

static void test_bad_documents(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where;
    } rows[] = {
        {"", ""},
        {"[]", "file"},
        {"{\"tasks\":[]}", "people"},
        {"{\"people\":[]}", "tasks"},
        {"{\"people\":[],\"tasks\":[],\"x\":1}", "file"},
        {"{\"people\":[],\"tasks\":[],\"speed_m_s\":0}", "speed_m_s"},
        {"{\"people\":[],\"tasks\":[],\"switch_s\":-1}", "switch_s"},
        {"{\"people\":[],\"tasks\":[{\"id\":\"T\"}]}", "tasks"},
        {"{\"people\":[],\"tasks\":[{\"id\":\"\"," PLACE "}]}", "tasks"},
        {"{\"people\":[],\"tasks\":[" TASK "," TASK "]}", "tasks"},
        {"{\"people\":[],\"tasks\":[{\"id\":\"T\"," PLACE ",\"count\":0}]}", "count"},
        {"{\"people\":[],\"tasks\":[{\"id\":\"T\"," PLACE ",\"blocks\":[]}]}", "tasks"},
        {"{\"people\":[],\"tasks\":[{\"id\":\"T\"," PLACE ",\"blocks\":[1,1]}]}",
         "tasks"},
        {"{\"people\":[],\"tasks\":[{\"id\":\"T\"," PLACE ",\"blocks\":[1001]}]}",
         "tasks"},
        {"{\"people\":[{\"number\":\"P\"," PLACE ",\"task\":\"U\"}],\"tasks\":[" TASK
         "]}",
         "people"},
        {"{\"people\":[{\"number\":\"P\"," PLACE ",\"seconds\":{\"T\":-1}}],\"tasks\":"
         "[" TASK "]}",
         "people"},
        {"{\"people\":[{\"number\":\"P\"," PLACE ",\"skills\":\"boat\"}],\"tasks\":"
         "[" TASK "]}",
         "people"},
        {"{\"people\":[{\"number\":\"P\",\"at\":{\"lat\":91,\"lon\":0}}],\"tasks\":"
         "[" TASK "]}",
         "people"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *answer;
        struct diag diag = {0};
        if (solve_tasks(rows[i].text, strlen(rows[i].text), &answer, &diag) != ST_INVALID)
            fail_msg("row %zu was taken", i);
        assert_string_equal(diag.where, rows[i].where);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enumeration), cmocka_unit_test(test_switching),
        cmocka_unit_test(test_bad_input),   cmocka_unit_test(test_memory),
        cmocka_unit_test(test_document),    cmocka_unit_test(test_bad_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
