/* SPDX-License-Identifier: Apache-2.0 */
/* The peers of the channels: they accept, delay, refuse for now or for good, die and come
 * back. They outlive the server's crashes and remember each message they took. */
#ifndef MUSTER_SIM_PEERS_H
#define MUSTER_SIM_PEERS_H

#include "base/clock.h"
#include "base/random.h"
#include "channel/transport.h"

#include <stdbool.h>
#include <stdint.h>

#define PEERS_FLIGHTS_MAX 32     /* tries at a time of one transport */
#define PEERS_LETTERS_MAX 200000 /* messages taken in one run */

struct peers;

struct peers_config {
    struct clock *clock;
    struct random *random;
    /* A peer took the message: its reader may have it. */
    void (*on_letter)(void *context, int64_t message_id);
    void *context;
    bool loses;   /* a planted bug: says "taken" and throws every fifth away */
    bool repeats; /* a planted bug: every fifth goes out twice */
};

struct peers_counts {
    uint64_t taken, slow, refused_for_now, refused, dead;
};

int peers_new(struct peers **ret, const struct peers_config *config)
    __attribute__((warn_unused_result));
void peers_free(struct peers *peers);
/* A transport to them; released by its channel. What flies then may still arrive. */
int peers_transport(struct peers *peers, struct transport **ret)
    __attribute__((warn_unused_result));
/* Nobody answers until then (monotonic). */
void peers_die(struct peers *peers, int64_t until_us);
/* From now on they only accept. */
void peers_calm(struct peers *peers);
/* How often the message was taken. */
uint32_t peers_taken(const struct peers *peers, int64_t message_id);
/* Every message taken more than once: *INDEX starts at 0; false at the end. */
bool peers_next_repeated(const struct peers *peers, uint32_t *index, int64_t *ret_id);
void peers_count(const struct peers *peers, struct peers_counts *ret);

#endif
