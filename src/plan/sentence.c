/* SPDX-License-Identifier: Apache-2.0 */
/* The counts are those of the time of day of the need, if there are enough of them, else
 * all. They are plain counts: the model weighs old ones less, the sentence does not.
 * Minutes are rounded up, as everywhere in the console. */
#include "plan/sentence.h"

#define MINUTE_MS 60000

/* [exercise][language], [language][when] */
static const char *const NEVER[2][2] = {
    {"还没有提醒过", "not alerted yet"},
    {"演练中还没有提醒过", "not alerted in an exercise yet"}};
static const char *const WHEN[2][3] = {{"", "白天", "夜间"},
                                       {"", " by day", " at night"}};
static const char *const COMES[2] = {"，答应后到场 %.0f%%",
                                     ", came %.0f %% of the times"};
static const char *const AWAY[2] = {"，路程 %lld 分钟", ", %lld min away"};

static void append_counts(uint32_t yes, uint32_t asked, int when, bool exercise,
                          enum sentence_language language, struct text *ret)
{
    if (language == SENTENCE_ZH)
        text_appendf(ret, "%s%s提醒 %u 次答应 %u 次", exercise ? "演练中" : "",
                     WHEN[0][when], asked, yes);
    else
        text_appendf(ret, "%ssaid yes to %u of %u alert%s%s",
                     exercise ? "in exercises " : "", yes, asked, asked == 1 ? "" : "s",
                     WHEN[1][when]);
}

void sentence_append(const struct learn_history *history,
                     const struct sentence_moment *moment,
                     enum sentence_language language, struct text *ret)
{
    uint32_t asked = history->asked, yes = history->yes;
    int when = 0;
    if (moment->night >= 0) {
        bool night = moment->night > 0;
        uint32_t then = night ? history->asked_night : asked - history->asked_night;
        if (then >= SENTENCE_LEAST) {
            yes = night ? history->yes_night : yes - history->yes_night;
            asked = then;
            when = night ? 2 : 1;
        }
    }
    if (asked == 0)
        text_append_string(ret, NEVER[moment->exercise][language]);
    else
        append_counts(yes, asked, when, moment->exercise, language, ret);
    if (history->promised_to_come >= SENTENCE_LEAST)
        text_appendf(ret, COMES[language],
                     100.0 * history->came / history->promised_to_come);
    if (moment->travel_ms >= 0)
        text_appendf(ret, AWAY[language],
                     (long long)((moment->travel_ms + MINUTE_MS - 1) / MINUTE_MS));
}
