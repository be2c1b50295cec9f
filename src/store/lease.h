/* SPDX-License-Identifier: Apache-2.0 */
/* Several nodes on one PostgreSQL: one of them holds the lease and does all the work of
 * the loop (commands, timers, messages, re-planning); the others stand by. The lease is
 * one row with an epoch: who takes it raises the epoch, also in the row that every
 * writing transaction begins with (db_fence), so whoever held it before can commit
 * nothing more, however late it wakes up.
 *
 * The holder renews every LEASE_RENEW_MS. Another node takes it when it was not renewed
 * for LEASE_MS, or for LEASE_GONE_MS and the holder's session is gone from the server
 * (its process died). All times are the server's clock. */
#ifndef MUSTER_STORE_LEASE_H
#define MUSTER_STORE_LEASE_H

#include "base/clock.h"
#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEASE_MS 5000
#define LEASE_GONE_MS 1500
#define LEASE_RENEW_MS 500
#define LEASE_ADDRESS_MAX 256

struct lease;

/* STORE = PostgreSQL's address; makes the schema if it is not there. ADDRESS = where
 * other nodes reach this one ("" = nowhere). */
int lease_open(struct lease **ret, const char *store, const char *address,
               struct diag *reterr) __attribute__((warn_unused_result));
/* Gives the lease back, if it is held, so that another node takes it at once. */
void lease_free(struct lease *lease);

/* *RET_TAKEN: it is ours now. Else HOLDER is the holder's address. ST_IO: the server does
 * not answer; try again. */
int lease_take(struct lease *lease, bool *ret_taken, char holder[LEASE_ADDRESS_MAX],
               struct diag *reterr) __attribute__((warn_unused_result));
/* The address of who holds it, or held it last, without a lease of one's own. */
int lease_holder(const char *store, char ret[LEASE_ADDRESS_MAX], struct diag *reterr)
    __attribute__((warn_unused_result));
/* Of the lease that was taken: for db_fence. */
int64_t lease_epoch(const struct lease *lease);
/* Renews by a thread of its own from now on. ON_LOST is called on it, once, if another
 * node has taken over: then this process must stop. */
int lease_keep(struct lease *lease, void (*on_lost)(void *context, const char *why),
               void *context) __attribute__((warn_unused_result));
/* The server's clock as told by the last renewal: every node lives by it. Lives as long
 * as the lease. */
struct clock *lease_clock(struct lease *lease);
/* How far this machine's clock is behind it, in milliseconds. */
int64_t lease_offset_ms(const struct lease *lease);

#endif
