/* SPDX-License-Identifier: Apache-2.0 */
/* Who is asked or out, against a plain list: of many people in few buckets, each has the
 * own entries and nobody else's, also after entries were dropped and used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "store/commitment.h"

#include <stdio.h>
#include <string.h>

#define PEOPLE 3000 /* more than the buckets at first */
#define ALERTS 3    /* of each */
#define ROUNDS 40000

struct model {
    bool is_there;
    struct commitment value;
};

static struct model model[PEOPLE][ALERTS];

/* Far apart: some of them fall into the same bucket. */
static int64_t id_of(int person)
{
    return 1 + (int64_t)person * person * 7919;
}

/* What the entries of a person say is what the list says. */
static void check_person(const struct commitments *all, int person)
{
    uint32_t wanted = 0, found = 0;
    const struct commitment *entry = NULL;
    for (int i = 0; i < ALERTS; i++) {
        const struct model *one = &model[person][i];
        wanted += one->is_there && (one->value.pending || one->value.assignment_id != 0);
        assert_int_equal(commitments_have_code(all, id_of(person), one->value.reply_code),
                         one->is_there);
    }
    while ((entry = commitments_next(all, id_of(person), entry)) != NULL) {
        const struct model *one = &model[person][entry->alert_id % ALERTS];
        assert_true(one->is_there);
        assert_int_equal(entry->person_id, id_of(person));
        assert_int_equal(entry->assignment_id, one->value.assignment_id);
        assert_int_equal(entry->pending, one->value.pending);
        found++;
    }
    assert_int_equal(found, wanted);
}

static void test_each_has_the_own(void **state)
{
    (void)state;
    struct commitments all;
    struct random_seeded seeded;
    random_seeded_init(&seeded, 20261201);
    struct random *random = &seeded.super;
    commitments_init(&all);
    memset(model, 0, sizeof model);
    assert_null(commitments_next(&all, 1, NULL));
    commitments_drop(&all, 1, 1);
    for (int person = 0; person < PEOPLE; person++)
        for (int i = 0; i < ALERTS; i++)
            (void)snprintf(model[person][i].value.reply_code, 5, "%04d",
                           (person * ALERTS + i) % 10000);
    for (int round = 0; round < ROUNDS; round++) {
        const int person = (int)random_below(random, PEOPLE);
        const int i = (int)random_below(random, ALERTS);
        struct model *one = &model[person][i];
        const int64_t alert_id = (int64_t)person * ALERTS + i;
        if (random_below(random, 3) == 0) {
            commitments_drop(&all, id_of(person), alert_id);
            one->is_there = false;
        } else {
            one->value.person_id = id_of(person);
            one->value.alert_id = alert_id;
            one->value.pending = random_below(random, 2) == 0;
            one->value.assignment_id = (int64_t)random_below(random, 2);
            one->is_there = true;
            assert_int_equal(commitments_set(&all, &one->value), ST_OK);
        }
        check_person(&all, person);
        check_person(&all, (int)random_below(random, PEOPLE));
    }
    assert_true(all.count <= PEOPLE * ALERTS); /* what was dropped is used again */
    commitments_release(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_has_the_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
