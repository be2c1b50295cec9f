/* SPDX-License-Identifier: Apache-2.0 */
/* A response model that has learned of two people. Header only: each test program is one
 * file. */
#ifndef MUSTER_TEST_DRILL_TAUGHT_H
#define MUSTER_TEST_DRILL_TAUGHT_H

#include "plan/learn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* In the hundred days before START one always said yes, the other never. */
static inline void taught_learn(struct learn **ret, int64_t start_ms, int64_t yes_id,
                                int64_t no_id)
{
    struct learn_config config;
    learn_config_default(&config);
    assert_int_equal(learn_new(ret, &config, NULL), 0);
    for (int64_t i = 1; i <= 60; i++) {
        const struct learn_row row = {.id = i,
                                      .person_id = i % 2 == 0 ? yes_id : no_id,
                                      .callout_id = i,
                                      .wave = 1,
                                      .what = i % 2 == 0 ? LEARN_YES : LEARN_NO,
                                      .before = LEARN_NOTHING,
                                      .mode = ROAD_FOOT,
                                      .minute = 800,
                                      .at_ms = start_ms - (100 - i) * INT64_C(86400000),
                                      .took_ms = 60000,
                                      .travel_ms = 300000};
        assert_int_equal(learn_add(*ret, &row, NULL), 0);
    }
    learn_look(*ret, start_ms);
}

#endif
