/* SPDX-License-Identifier: Apache-2.0 */
/* What a message says: a subject and a short text from one person to another, Chinese
 * first and English under it, or in one of them as a text message, for a call, or as a
 * notification. Never an address, never a requester's name (they stand on the page, after
 * a yes); but to the desk above, what an officer typed who asked it. Pure. */
#ifndef MUSTER_CHANNEL_WORDING_H
#define MUSTER_CHANNEL_WORDING_H

#include "base/text.h"
#include "store/outbox.h"

#define WORDING_MAX 4000

struct wording {
    struct text subject, text;
};

/* By the telephone gateway: SMS and voice. */
bool wording_is_telephone(enum channel_kind channel);
/* What happened, in a word: 洪涝, flood. Static. */
const char *wording_kind(enum incident_kind kind, bool zh);

/* How an area called NAME is called in a sentence: the root that nobody gave a name,
 * where no area is known, is no word for people. */
const char *wording_area(const char *name, bool zh);

/* AREA = name of the incident's area; LINK = the reply link; a deadline that is not on
 * the day of NOW_MS is given with its date. ZH: the language where there is one: by SMS
 * and voice, which say what may be written back or pressed, and in a notification, which
 * is pressed itself. Fills RET (initialised here, wording_release). ST_NO_MEMORY,
 * ST_LIMIT.
 */
int wording_make(const struct outbox_item *item, const char *area, const char *link,
                 bool zh, int64_t now_ms, struct wording *ret)
    __attribute__((warn_unused_result));
void wording_release(struct wording *wording);

#endif
