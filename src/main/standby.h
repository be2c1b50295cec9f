/* SPDX-License-Identifier: Apache-2.0 */
/* Before a node on PostgreSQL serves: it waits until it holds the lease, and meanwhile
 * passes connections on to the node that does, but for live streams, which it sends
 * itself (docs/decisions/0034). */
#ifndef MUSTER_MAIN_STANDBY_H
#define MUSTER_MAIN_STANDBY_H

#include "main/service.h"

#define STANDBY_RELAY_PURPOSE "relay" /* of the key between nodes: vault_derive */

struct lease;
struct road;
struct road_hierarchy;

/* For instance_open. */
struct standby_result {
    struct lease *lease;              /* taken and kept; NULL with SQLite */
    struct road *road;                /* opened while it stood by; or NULL */
    struct road_hierarchy *hierarchy; /* of these; or NULL */
    bool is_stopped;                  /* SIGTERM or SIGINT came first: nothing above */
};

/* Both signals must be blocked in every thread. */
int standby_run(const struct service_options *options, struct standby_result *ret,
                struct diag *reterr) __attribute__((warn_unused_result));

#endif
