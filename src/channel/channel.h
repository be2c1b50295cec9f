/* SPDX-License-Identifier: Apache-2.0 */
/* A channel's worker: takes due messages from the outbox, hands them to its transport,
 * and tells the writer what came of each. One thread around channel_step; the simulator
 * calls channel_step itself. A dispatcher's action never waits for it. */
#ifndef MUSTER_CHANNEL_CHANNEL_H
#define MUSTER_CHANNEL_CHANNEL_H

#include "base/clock.h"
#include "channel/transport.h"
#include "store/outbox.h"

#define CHANNEL_TRIES_MAX 8
#define CHANNEL_FLIGHT_MAX 1024 /* messages taken and not yet reported */

struct channel;

struct channel_config {
    enum channel_kind kind;
    struct transport *transport; /* owned by the channel from now on */
    struct writer *writer;       /* NULL: for channel_try alone */
    struct clock *clock;
    const char *from;   /* e-mail: the sender's address */
    const char *secret; /* what is posted: key of the signature */
    bool zh;            /* the language of text messages and calls: Chinese or English */
    const struct push_signer *signer; /* push: the key of the posts */
    struct random *random;            /* push: makes keys; secret */
    uint32_t at_once;                 /* messages in the transport at a time */
    /* The address in links ("https://host"), asked for each message. */
    const char *(*base_url)(void *context);
    /* The name of an area for messages; writes at most SIZE bytes. */
    void (*area_name)(void *context, int64_t area_id, char *ret, size_t size);
    void *context;
};

int channel_new(struct channel **ret, const struct channel_config *config)
    __attribute__((warn_unused_result));
void channel_free(struct channel *channel);
/* One round: reports, takes, hands over. Waits up to WAIT_MS for the transport or a wake.
 * Returns the wall time when it has something to do again without being woken. */
int64_t channel_step(struct channel *channel, int64_t now_ms, int wait_ms);
/* New messages may be there. Thread-safe, cheap. */
void channel_wake(struct channel *channel);
int channel_start(struct channel *channel) __attribute__((warn_unused_result));
/* Hands one message over past the outbox and waits for what comes of it, as long as the
 * transport has patience. Nothing is stored. For a channel without a thread. ST_INVALID:
 * there is no address; ST_LIMIT, ST_NO_MEMORY. */
int channel_try(struct channel *channel, const struct outbox_item *item, int64_t now_ms,
                struct transport_result *ret) __attribute__((warn_unused_result));
/* The thread begins to end; does not wait. Thread-safe. */
void channel_ask_stop(struct channel *channel);
/* Ends the thread; what is in flight stays `sending` and goes out again after the
 * restart, marked "perhaps twice", unless its result comes within 1 s. */
void channel_stop(struct channel *channel);

struct channel_counts {
    uint64_t handed_over, retried, failed;
    bool resting; /* the breaker is open */
};
/* For any thread. */
void channel_count(struct channel *channel, struct channel_counts *ret);

#endif
