/* SPDX-License-Identifier: Apache-2.0 */
/* How often somebody may do something: token buckets, and waits that grow with failures.
 * Two tables of fixed size keyed by a 64-bit hash; in a neighbourhood the entry with the
 * fewest failures makes room, of those the least recently used one. The hash has a secret
 * key: nobody can choose names that count as another one, or push it out. Times are of a
 * clock that only goes forward (api_mono_ms): whoever waits does not wait longer because
 * the wall clock was set. Loop thread only. */
#ifndef MUSTER_API_LIMITS_H
#define MUSTER_API_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#define LIMITS_ENTRIES_LOG2 13
#define LIMITS_ENTRIES (1 << LIMITS_ENTRIES_LOG2)
#define LIMITS_NEIGHBOURS 8
#define LIMITS_WAIT_MAX_S 900
#define LIMITS_SECRET_SIZE 16
/* Failures older than this are forgotten. */
#define LIMITS_FORGET_MS (60 * 60 * INT64_C(1000))

struct limits_entry {
    uint64_t key; /* 0 = free */
    double tokens;
    int64_t at_ms; /* last use */
    uint32_t failures;
};
struct limits {
    /* Set once, before the first use; all else 0. */
    uint8_t secret[LIMITS_SECRET_SIZE];
    struct limits_entry buckets[LIMITS_ENTRIES], failures[LIMITS_ENTRIES];
};

/* SipHash of a name and a kind under the secret, never 0. */
uint64_t limits_key(const struct limits *limits, const char *kind, const char *name);
/* The same of an IP address; an IPv6 client is its /64 network, as in http/. */
uint64_t limits_peer_key(const struct limits *limits, const char *kind, const char *peer);

/* Takes one token of a bucket that holds BURST and gains RATE_PER_S a second. False: none
 * left, *ret_wait_s (>= 1) says when there is one. */
bool limits_take(struct limits *limits, uint64_t key, double rate_per_s, double burst,
                 int64_t now_ms, int *ret_wait_s);

/* Seconds to wait before the next try is looked at; 0 = now. FREE failures cost nothing,
 * then 1 s, 2 s, 4 s ... up to LIMITS_WAIT_MAX_S after the newest. */
int limits_wait_s(struct limits *limits, uint64_t key, uint32_t free, int64_t now_ms);
void limits_fail(struct limits *limits, uint64_t key, int64_t now_ms);
void limits_forgive(struct limits *limits, uint64_t key);

#endif
