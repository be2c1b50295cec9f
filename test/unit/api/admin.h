/* SPDX-License-Identifier: Apache-2.0 */
/* A server and who administers it. Header only. */
#ifndef MUSTER_TEST_API_ADMIN_H
#define MUSTER_TEST_API_ADMIN_H

#include "fixture.h"

static struct fixture fixture;
static struct client admin;

static int admin_start(void **state)
{
    (void)state;
    fixture_start(&fixture);
    client_init(&admin, &fixture);
    client_sign_in(&admin, fixture.init.account, fixture.init.password);
    return 0;
}

static int admin_stop(void **state)
{
    (void)state;
    client_release(&admin);
    fixture_stop(&fixture);
    return 0;
}

#endif
