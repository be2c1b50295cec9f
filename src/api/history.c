/* SPDX-License-Identifier: Apache-2.0 */
#include "api/history.h"

#include "api/out.h"
#include "dispatch/learner.h"
#include "dispatch/planner.h"
#include "plan/sentence.h"

#define SENTENCE_MAX 1024

static struct learn_history history_of(struct planner *planner, int64_t person_id,
                                       bool exercise)
{
    const struct learn *learn = learner_take(planner_learner(planner));
    struct learn_history history = learn_history(learn, person_id, exercise);
    learner_give(planner_learner(planner));
    return history;
}

static void append(const struct learn_history *history, bool exercise,
                   enum sentence_language language, struct text *ret)
{
    const struct sentence_moment moment = {
        .night = SENTENCE_NOW_NONE, .exercise = exercise, .travel_ms = -1};
    sentence_append(history, &moment, language, ret);
}

static void write_sentence(const struct learn_history *history, bool exercise,
                           const char *name, struct text *ret)
{
    static const char *const languages[] = {"zh", "en"};
    out_open(ret, name, '{');
    for (int i = 0; i < SENTENCE_LANGUAGE_COUNT; i++) {
        struct text sentence;
        text_init(&sentence, SENTENCE_MAX);
        append(history, exercise, (enum sentence_language)i, &sentence);
        out_text(ret, languages[i], text_string(&sentence));
        text_release(&sentence);
    }
    out_close(ret, '}');
}

void history_write(struct planner *planner, int64_t person_id, struct text *ret)
{
    if (planner == NULL)
        return;
    const struct learn_history actual = history_of(planner, person_id, false);
    const struct learn_history exercise = history_of(planner, person_id, true);
    out_open(ret, "history", '{');
    out_int(ret, "asked", actual.asked);
    out_int(ret, "yes", actual.yes);
    out_int(ret, "asked_at_night", actual.asked_night);
    out_int(ret, "yes_at_night", actual.yes_night);
    out_open(ret, "exercise", '{');
    out_int(ret, "asked", exercise.asked);
    out_int(ret, "yes", exercise.yes);
    out_close(ret, '}');
    write_sentence(&actual, false, "sentence", ret);
    write_sentence(&exercise, true, "exercise_sentence", ret);
    out_close(ret, '}');
}

void history_sentence(struct planner *planner, int64_t person_id, bool exercise,
                      bool english, struct text *ret)
{
    if (planner == NULL)
        return;
    const struct learn_history history = history_of(planner, person_id, exercise);
    if (history.asked ==
        0) /* "not alerted yet" would not be so for who answers just now */
        return;
    append(&history, exercise, english ? SENTENCE_EN : SENTENCE_ZH, ret);
}
