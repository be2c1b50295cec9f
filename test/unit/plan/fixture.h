/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of plans of waves. */
#ifndef MUSTER_TEST_PLAN_FIXTURE_H
#define MUSTER_TEST_PLAN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/status.h"
#include "plan/plan.h"
#include "plan/response_model.h"

#define UNUSED __attribute__((unused))

/* Replies after 20 s or never, everybody who says yes comes: what waves.h supposes. */
UNUSED static int steps_new(struct response_model **ret)
{
    struct response_model_config config;
    response_model_config_default(&config);
    config.correlation = 0;
    config.comes = 1;
    config.delay_median_s = 20;
    config.delay_sigma = config.turnout_sigma = .01;
    config.turnout_day_median_s = config.turnout_night_median_s = 1;
    return response_model_new(ret, &config);
}

/* As people answer by default, but alike to this degree. */
UNUSED static int correlated_new(struct response_model **ret, double correlation)
{
    struct response_model_config config;
    response_model_config_default(&config);
    config.correlation = correlation;
    return response_model_new(ret, &config);
}

/* INPUT, as a first plan and by a price: every allocation fails once, then it is made. */
UNUSED static void fail_every_allocation(struct plan_input *input)
{
    for (int priced = 0; priced < 2; priced++) {
        int status = ST_NO_MEMORY;
        input->price = priced != 0 ? 20 : 0;
        for (uint64_t n = 1; status != ST_OK; n++) {
            struct plan plan;
            mem_fail_at(n);
            status = plan_make(input, &plan);
            mem_fail_at(0);
            assert_true(status == ST_OK || status == ST_NO_MEMORY);
            plan_release(&plan);
            assert_true(n < 3000);
        }
    }
}

#endif
