/* SPDX-License-Identifier: Apache-2.0 */
/* Simulated volunteers for `muster demo --simulate`. They read the mailbox folder and
 * answer as a real person would: through the link in their message, over HTTP, with a
 * cookie jar of their own. They know nothing that is not in the message or behind its
 * link. Started again on the same mailbox, who has answered goes on where they were.
 *
 * They never answer for somebody whose link was opened by a browser: the link's JSON then
 * says "opened_by_browser": true (or "needs_digits": another device has answered), and
 * the link is left alone for good. Every request
 * carries the user agent SIMULATE_USER_AGENT, by which the server tells them from
 * browsers. Only loopback addresses are ever called.
 *
 * One thread: the caller loops over simulate_step. curl_global_init is the caller's. */
#ifndef MUSTER_DEMO_SIMULATE_H
#define MUSTER_DEMO_SIMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIMULATE_USER_AGENT "muster-simulate/1 (synthetic volunteer)"
#define SIMULATE_LINKS_MAX 200000
#define SIMULATE_MESSAGE_MAX 65536 /* bytes of a mailbox file */
#define SIMULATE_URL_MAX 511
#define SIMULATE_CALLS_PER_STEP 32
#define SIMULATE_SCAN_MS 250

struct simulate;

struct simulate_config {
    const char *mailbox; /* folder; copied */
    uint64_t seed;
    /* Turnout, travel and work pass so many times faster; 1 = real time. 0 = 10. */
    double speed;
    /* Median of the log-normal reply delay in milliseconds; 0 = 25,000. */
    int64_t reply_median_ms;
    /* Shares by day; the rest stay silent. All 0 = 0.55, 0.25, 0.05. */
    double accept, decline, limited;
};

int simulate_new(struct simulate **ret, const struct simulate_config *config)
    __attribute__((warn_unused_result));
void simulate_free(struct simulate *simulate);

/* Reads new messages and makes the calls that are due, at most SIMULATE_CALLS_PER_STEP
 * (each waits 2 s at most). Returns the wall time of the next thing to do. */
int64_t simulate_step(struct simulate *simulate, int64_t now_ms);

struct simulate_counts {
    uint64_t messages, refused; /* files read; files with no usable loopback link */
    uint64_t calls, failures;
    uint64_t accepted, declined, limited, silent, answers; /* answers = all POSTs taken */
    uint64_t left_to_browser;
};
void simulate_count(const struct simulate *simulate, struct simulate_counts *ret);

/* ---- parts, for tests and fuzzing
 * ------------------------------------------------------ */

struct simulate_message {
    char to[64];
    char link[SIMULATE_URL_MAX + 1];
    bool exercise;
};
/* One mailbox file. ST_INVALID for no JSON object, no link, or a link elsewhere than on
 * this machine. */
int simulate_message_parse(struct simulate_message *ret, const char *data, size_t size)
    __attribute__((warn_unused_result));
/* http://127.0.0.1, http://localhost or http://[::1], with a port or not, and /r/. */
bool simulate_is_local(const char *url);

#endif
