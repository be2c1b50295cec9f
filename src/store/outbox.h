/* SPDX-License-Identifier: Apache-2.0 */
/* The messages to send (of incidents, and after them those of courses: store/notice.h),
 * as a channel worker sees them. Taking marks up to N due messages `sending`, committed
 * before anything is tried; the results are commands too. Sending is at least once: only
 * a message found in `sending` after a crash goes out again, with perhaps_twice. No body
 * is stored: a message is written from the item when it goes. */
#ifndef MUSTER_STORE_OUTBOX_H
#define MUSTER_STORE_OUTBOX_H

#include "store/area.h"
#include "store/link.h"
#include "store/people.h"
#include "store/writer.h"

#define OUTBOX_TAKE_MAX 500

struct course;

struct outbox_item {
    int64_t id; /* of the message: Message-ID and X-Muster-Message are made of it */
    int64_t incident_id, callout_id, alert_id, person_id;
    int64_t browser_id; /* to a desk by push: which of its browsers */
    int64_t subject_id; /* to a desk: what it is about */
    bool to_desk;
    char desk_code[AREA_CODE_MAX + 1]; /* the area's; "" = it has no desk any more */
    enum message_kind kind;
    enum channel_kind channel;
    bool exercise, perhaps_twice;
    bool
        doubted; /* what was reported of the person's work: a report is asked for again */
    bool called_off; /* the need was not filled: a stand-down says no more than that */
    bool takes_yes;  /* the call-out still does */
    bool elsewhere;  /* the person comes to another call */
    bool goes_home;  /* was stood down on the way */
    bool damaged;    /* the person's row cannot be read: not to be sent */
    int32_t tries;
    char push[PERSON_PUSH_MAX + 1]; /* of a notification; "" = nowhere */
    struct person_identity to;      /* empty but the number if the key is destroyed */
    char token[LINK_TOKEN_SIZE];
    char reply_code[5];
    enum incident_kind incident_kind;
    int64_t area_id; /* of the incident: its name may stand in a message */
    uint32_t travel_ms;
    int64_t deadline_ms;
    struct course *course; /* the item's: what a notice is about; NULL = an incident */
    char
        *reason; /* the item's, of a desk asked by hand: what was typed; NULL = nothing */
};

struct stage;
/* Where it goes, by channel and person: `push`, or else `to`; `damaged`. */
int outbox_address(struct stage *stage, struct outbox_item *ret)
    __attribute__((warn_unused_result));

/* Submit &take.command; after done: items[0..count). The items hold personal data:
 * outbox_take_release wipes them. */
struct outbox_take {
    struct command command;
    enum channel_kind channel;
    uint32_t max;
    uint32_t count, made; /* items filled; items there are */
    struct outbox_item *items;
    int64_t next_due_ms; /* of the channel's earliest queued message; INT64_MAX = none */
};
void outbox_take_init(struct outbox_take *take, enum channel_kind channel, uint32_t max);
void outbox_take_release(struct outbox_take *take);

enum outbox_outcome {
    OUTBOX_HANDED_OVER,
    OUTBOX_DELIVERED,
    OUTBOX_RETRY,  /* queued again, due at retry_ms */
    OUTBOX_FAILED, /* for good */
    OUTBOX_GONE,   /* for good, and the browser is no more: browser_id's, else person_id's
                    */
    OUTBOX_UNKNOWN /* no receipt will come */
};
/* The next channel, or none. */
static inline bool outbox_is_final(enum outbox_outcome outcome)
{
    return outcome == OUTBOX_FAILED || outcome == OUTBOX_GONE;
}
struct outbox_result {
    int64_t message_id;
    int64_t person_id, browser_id; /* of OUTBOX_GONE alone */
    enum outbox_outcome outcome;
    int64_t retry_ms;
    const char *code; /* short reason, static, or NULL */
};
/* Many results in one command. A result that no longer fits the message's state (it was
 * withdrawn meanwhile) is dropped silently. */
struct outbox_report {
    struct command command;
    uint32_t count;
    struct outbox_result *results; /* the caller's, until done */
    uint32_t applied;              /* out */
};
void outbox_report_init(struct outbox_report *report, struct outbox_result *results,
                        uint32_t count);

#endif
