/* SPDX-License-Identifier: Apache-2.0 */
/* The response model with its first figures, for a group of tests. */
#ifndef MUSTER_TEST_UNIT_PLAN_RESPONSE_H
#define MUSTER_TEST_UNIT_PLAN_RESPONSE_H

#include "plan/response_model.h"

static struct response_model *response;

static int setup(void **state)
{
    (void)state;
    struct response_model_config config;
    response_model_config_default(&config);
    return response_model_new(&response, &config);
}

static int teardown(void **state)
{
    (void)state;
    response_model_free(response);
    return 0;
}

#endif
