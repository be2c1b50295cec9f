/* SPDX-License-Identifier: Apache-2.0 */
/* Before a node on PostgreSQL serves: it waits until it holds the lease, and meanwhile
 * passes connections on to the node that does, but for live streams, which it sends
 * itself (docs/decisions/0034). */
#ifndef MUSTER_MAIN_STANDBY_H
#define MUSTER_MAIN_STANDBY_H

#include "main/service.h"

#define STANDBY_RELAY_PURPOSE "relay" /* of the key between nodes: vault_derive */

struct lease;

/* *RET_LEASE is taken and kept, for instance_open; NULL with SQLite. *RET_STOPPED:
 * SIGTERM or SIGINT came first. Both must be blocked in every thread. */
int standby_run(const struct service_options *options, struct lease **ret_lease,
                bool *ret_stopped, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
