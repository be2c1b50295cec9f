/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical form of an event: JSON with the keys in the order of struct event,
 * without spaces, zeros and NULLs left out. Nothing personal: ids, codes, numbers, and a
 * keyed hash of any text. docs/formats/events-chain.md. */
#ifndef MUSTER_STORE_EVENT_H
#define MUSTER_STORE_EVENT_H

#include <stddef.h>
#include <stdint.h>

#define EVENT_BODY_MAX 2048
#define EVENT_MEMBER_MAX 16 /* bytes of a member's name */

struct text;

struct event {
    int64_t incident_id; /* 0 = the instance itself */
    int64_t sequence;    /* of the incident, from 1, without gaps */
    int64_t at_ms;
    const char *kind;
    int64_t actor; /* account; 0 the system; < 0 minus the person's id */
    int64_t need_id, callout_id, alert_id, assignment_id, person_id, message_id;
    const char *code;
    int64_t number;
    const uint8_t *text_hash; /* 32 bytes or NULL */
};

/* Appends the body. */
void event_body(const struct event *event, struct text *ret);
/* The number of MEMBER ("need", "alert", ..., not the first one) in a body; 0 = none.
 * Inside the strings of a body a quote has a backslash before it, so the name between
 * a comma, its quotes and a colon is found nowhere else. */
int64_t event_id(const char *body, const char *member);

/* Makes hashes with the processor's own instructions, where it has them. For one thread
 * at a time. ST_NO_MEMORY. */
struct event_hasher;
int event_hasher_new(struct event_hasher **ret) __attribute__((warn_unused_result));
void event_hasher_free(struct event_hasher *hasher);
/* SHA-256(previous | body). */
void event_hash(struct event_hasher *hasher, const uint8_t previous[32], const char *body,
                size_t size, uint8_t ret[32]);

#endif
