/* SPDX-License-Identifier: Apache-2.0 */
/* Who says yes first gets a seat whenever moving the others can make room: as many are
 * accepted as the largest matching of people and seats has (Kuhn's algorithm, seat by
 * seat, is the slow obvious version). */
#include "base/random.h"
#include "world.h"

#define PEOPLE 14
#define SEATS_MAX 12

struct obvious {
    uint8_t able[PEOPLE];
    int32_t seat_line[SEATS_MAX];
    int32_t seat_of[SEATS_MAX]; /* person, or -1 */
    int32_t seats;
};

static bool try_seat(struct obvious *o, int32_t person, uint32_t *tried)
{
    for (int32_t s = 0; s < o->seats; s++) {
        if ((o->able[person] >> o->seat_line[s] & 1) == 0 || (*tried >> s & 1) != 0)
            continue;
        *tried |= 1U << s;
        if (o->seat_of[s] < 0 || try_seat(o, o->seat_of[s], tried)) {
            o->seat_of[s] = person;
            return true;
        }
    }
    return false;
}

static int64_t start(struct world *world, struct random *random, struct obvious *o)
{
    struct need need = {.line_count = (int32_t)(2 + random_below(random, 3)),
                        .target = 0.9};
    memset(o, 0, sizeof *o);
    for (int32_t line = 0; line < need.line_count; line++) {
        need.lines[line].count = (int32_t)(1 + random_below(random, 3));
        for (int32_t i = 0; i < need.lines[line].count; i++) {
            o->seat_of[o->seats] = -1;
            o->seat_line[o->seats++] = line;
        }
    }
    world_init(world);
    world_do(world, LOOP_REPORT, 0);
    world_do(world, LOOP_CONFIRM, 0);
    need.id = ++world->ids;
    const struct loop_input state = {.kind = LOOP_NEED, .need = &need};
    assert_int_equal(world_step(world, &state), ST_OK);
    world_do(world, LOOP_CALLOUT_START, need.id);
    int64_t callout = world->effects.id;
    struct loop_invitation people[PEOPLE];
    for (int32_t i = 0; i < PEOPLE; i++) {
        int32_t line = (int32_t)random_below(random, (uint64_t)need.line_count);
        uint32_t able = (uint32_t)(random_u64(random) & random_u64(random)) | 1U << line;
        o->able[i] = (uint8_t)(able & ((1U << need.line_count) - 1));
        people[i] = (struct loop_invitation){.person_id = 1 + i,
                                             .line = line,
                                             .lines_able = o->able[i],
                                             .count = 1,
                                             .channels = 1};
    }
    const struct loop_wave wave = {
        .version = loop_find_callout(&world->incident, callout)->version,
        .count = PEOPLE,
        .invitations = people};
    const struct loop_input send = {.kind = LOOP_WAVE, .id = callout, .wave = &wave};
    assert_int_equal(world_step(world, &send), ST_OK);
    return callout;
}

static void test_as_many_as_fit(void **state)
{
    (void)state;
    uint32_t moved = 0;
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        struct random_seeded random;
        random_seeded_init(&random, seed);
        struct world world;
        struct obvious o;
        (void)start(&world, &random.super, &o);
        for (int32_t i = 0; i < PEOPLE; i++) {
            int32_t person = (int32_t)((i * 5 + (int32_t)seed) % PEOPLE);
            uint32_t tried = 0;
            bool fits = try_seat(&o, person, &tried);
            assert_int_equal(world_yes(&world, 1 + person), ST_OK);
            moved += world_told(&world, "assignment.moved");
            if ((world_alert(&world, 1 + person)->state == ALERT_ACCEPTED) != fits)
                fail_msg("seed %llu, person %d", (unsigned long long)seed, person);
        }
        for (uint32_t i = 0; i < world.incident.assignment_count; i++) {
            const struct assignment *assignment = &world.incident.assignments[i];
            assert_true(o.able[assignment->person_id - 1] >> assignment->line & 1);
        }
        world_release(&world);
    }
    assert_true(moved > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_many_as_fit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
