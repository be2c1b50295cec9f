/* SPDX-License-Identifier: Apache-2.0 */
/* What the model knows of one person in one sentence, from the own history and the need
 * alone: "said yes to 4 of 10 alerts at night, 6 min away". Pure. */
#ifndef MUSTER_PLAN_SENTENCE_H
#define MUSTER_PLAN_SENTENCE_H

#include "base/text.h"
#include "plan/learn.h"

enum sentence_language { SENTENCE_ZH, SENTENCE_EN, SENTENCE_LANGUAGE_COUNT };

#define SENTENCE_LEAST 3 /* alerts of a time of the day that are told by themselves */
#define SENTENCE_NOW_NONE (-1)

struct sentence_moment {
    int32_t night; /* 1 or 0: for a need by night or day; SENTENCE_NOW_NONE: no need */
    bool exercise; /* the history is that of exercises, and says so */
    int64_t travel_ms; /* < 0: not told */
};

void sentence_append(const struct learn_history *history,
                     const struct sentence_moment *moment,
                     enum sentence_language language, struct text *ret);

#endif
