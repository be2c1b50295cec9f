/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of what is learned from answers. */
#ifndef MUSTER_TEST_PLAN_LEARNED_H
#define MUSTER_TEST_PLAN_LEARNED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/status.h"
#include "plan/learn.h"

#include <math.h>

#define DAY INT64_C(86400000)
#define START (20000 * DAY)

static inline void near(double got, double wanted, double absolute)
{
    if (!(fabs(got - wanted) <= absolute))
        fail_msg("got %.17g, wanted %.17g", got, wanted);
}

static inline struct learn_row row_of(int64_t id, int64_t person, enum learn_what what)
{
    return (struct learn_row){.id = id,
                              .person_id = person,
                              .callout_id = 1 + id / 8,
                              .wave = 1,
                              .what = what,
                              .before = LEARN_NOTHING,
                              .minute = 600,
                              .at_ms = START + id * 60000,
                              .took_ms = 60000,
                              .travel_ms = 360000,
                              .promised = 0.287};
}

static inline struct learn *fresh(const struct learn_config *config)
{
    struct learn *learn;
    struct learn_config standard;
    learn_config_default(&standard);
    assert_int_equal(learn_new(&learn, config == NULL ? &standard : config, NULL), ST_OK);
    return learn;
}

static inline void add(struct learn *learn, const struct learn_row *row)
{
    struct diag diag = {0};
    if (learn_add(learn, row, &diag) != ST_OK)
        fail_msg("row %lld: %s %s", (long long)row->id, diag.where, diag.text);
}

static inline struct learn_moment moment_at(int64_t now_ms, int32_t minute, bool exercise)
{
    return (struct learn_moment){
        .now_ms = now_ms, .minute = minute, .exercise = exercise};
}

static inline double accept_of(const struct learn *learn, int64_t person, int64_t now_ms,
                               int32_t minute, bool exercise)
{
    struct learn_moment moment = moment_at(now_ms, minute, exercise);
    return learn_forecast(learn, &moment, person, 0, 360000).accept;
}

#endif
