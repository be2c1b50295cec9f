/* SPDX-License-Identifier: Apache-2.0 */
/* A circuit breaker and the waiting times between tries, one per channel: after
 * BREAKER_FAILURES failures of the peer in a row the channel rests, longer each time, and
 * then one message probes. Pure. */
#ifndef MUSTER_CHANNEL_BREAKER_H
#define MUSTER_CHANNEL_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES 5
#define BREAKER_REST_MS_MIN 1000
#define BREAKER_REST_MS_MAX 60000

struct breaker {
    uint32_t failures;     /* in a row */
    int64_t rest_ms;       /* the present rest; 0 = closed */
    int64_t open_until_ms; /* no try before */
    bool probing;          /* one try is under way after a rest */
};

/* How many tries may start now: 0 while it rests, 1 for the probe, else ROOM. */
uint32_t breaker_allows(struct breaker *breaker, int64_t now_ms, uint32_t room);
/* The wall clock may have been set back: a rest never lasts longer than it is. */
void breaker_follow(struct breaker *breaker, int64_t now_ms);
/* The try that was allowed did not take place. */
void breaker_not_tried(struct breaker *breaker);
void breaker_note(struct breaker *breaker, bool peer_down, int64_t now_ms);
/* Waiting time before try number TRIES + 1: 2 s, 4 s, 8 s ... at most 5 min. */
int64_t breaker_backoff_ms(int32_t tries);

#endif
