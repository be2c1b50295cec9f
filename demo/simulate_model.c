/* SPDX-License-Identifier: Apache-2.0 */
/* What a simulated person does. Pure: (page, what was decided, chance) -> the next action
 * and how long it takes. The server's `answers` are the only guide to what is allowed, so
 * that the person follows every turn of the call-out. */
#include "demo/simulate_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"

#include <jansson.h>
#include <math.h>

#define REPLY_SIGMA 0.7
#define TURNOUT_MEDIAN_S 60.0
#define TRAVEL_UNKNOWN_S 420.0
#define TRAVEL_MAX_S 259200.0 /* the longest that a need may last */

static void copy(char *ret, size_t size, const json_t *value)
{
    const char *string = json_string_value(value);
    snprintf(ret, size, "%s", string != NULL ? string : "");
}

int simulate_page_parse(struct simulate_page *ret, const char *data, size_t size)
{
    json_t *root = json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(root) || !json_is_string(json_object_get(root, "state"))) {
        json_decref(root);
        return ST_INVALID;
    }
    struct simulate_page page = {.seconds = -1};
    copy(page.state, sizeof page.state, json_object_get(root, "state"));
    copy(page.nonce, sizeof page.nonce, json_object_get(root, "nonce"));
    const json_t *answers = json_object_get(root, "answers");
    for (size_t i = 0; i < json_array_size(answers); i++)
        if (page.answer_count < SIMULATE_ANSWERS_MAX)
            copy(page.answers[page.answer_count++], sizeof page.answers[0],
                 json_array_get(answers, i));
    const json_t *seconds = json_object_get(root, "seconds");
    double travel_s = json_number_value(seconds);
    if (json_is_number(seconds) && travel_s >= 0 && travel_s <= TRAVEL_MAX_S)
        page.seconds = travel_s;
    page.opened_by_browser = json_is_true(json_object_get(root, "opened_by_browser"));
    page.needs_digits = json_is_true(json_object_get(root, "needs_digits"));
    const json_t *roll_call = json_object_get(root, "roll_call");
    page.has_roll_call = roll_call != NULL;
    page.roll_call = json_is_true(roll_call);
    *ret = page;
    json_decref(root);
    return ST_OK;
}

bool simulate_page_allows(const struct simulate_page *page, const char *answer)
{
    for (uint32_t i = 0; i < page->answer_count; i++)
        if (strcmp(page->answers[i], answer) == 0)
            return true;
    return false;
}

enum simulate_decision simulate_decide(const struct simulate_config *config,
                                       struct simulate_link *link, int64_t now_ms)
{
    struct time_local local;
    time_to_local(now_ms, &local);
    bool night = local.minute < 6 * 60 || local.minute >= 22 * 60;
    double awake = night ? 0.55 : 1;
    double u = random_unit(&link->random.super);
    link->withdraws = random_unit(&link->random.super) < 0.02;
    if (u < config->accept * awake)
        return SIMULATE_ACCEPT;
    u -= config->accept * awake;
    if (u < config->decline * awake)
        return SIMULATE_DECLINE;
    u -= config->decline * awake;
    return u < config->limited * awake ? SIMULATE_LIMITED : SIMULATE_SILENT;
}

enum simulate_action simulate_next(const struct simulate_link *link,
                                   const struct simulate_page *page)
{
    static const struct {
        const char *answer;
        enum simulate_action action;
    } steps[] = {
        {"turned_back", SIMULATE_TURN_BACK}, {"depart", SIMULATE_DEPART},
        {"arrive", SIMULATE_ARRIVE},         {"work", SIMULATE_WORK},
        {"release", SIMULATE_RELEASE},       {"report", SIMULATE_REPORT},
    };
    /* A page that does not say whether a roll call runs: a new message is taken for one.
     */
    bool called = page->has_roll_call ? page->roll_call : link->asked_again;
    if (called && !link->answered_here && simulate_page_allows(page, "here"))
        return SIMULATE_HERE;
    bool open =
        strcmp(page->state, "pending") == 0 || strcmp(page->state, "no_answer") == 0;
    if (!link->told && open && simulate_page_allows(page, "accept"))
        return link->decision == SIMULATE_SILENT ? SIMULATE_WAIT : SIMULATE_REPLY;
    if (link->told && link->asked_again && strcmp(page->state, "limited") == 0 &&
        simulate_page_allows(page, "accept"))
        return SIMULATE_REPLY_NOW;
    if (strcmp(page->state, "assigned") == 0 && link->withdraws &&
        simulate_page_allows(page, "withdraw"))
        return SIMULATE_WITHDRAW;
    bool turning = strcmp(page->state, "stood_down") == 0;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        if (steps[i].action == SIMULATE_TURN_BACK && !turning)
            continue;
        if (simulate_page_allows(page, steps[i].answer))
            return steps[i].action;
    }
    return SIMULATE_WAIT;
}

static double log_normal(struct simulate_link *link, double median, double sigma)
{
    return median * exp(sigma * random_normal(&link->random.super));
}

int64_t simulate_delay_ms(const struct simulate_config *config,
                          struct simulate_link *link, enum simulate_action action,
                          const struct simulate_page *page)
{
    double travel_s = page->seconds > 0 ? page->seconds : TRAVEL_UNKNOWN_S;
    double seconds = 0;
    switch (action) {
    case SIMULATE_WAIT:
        return 0;
    case SIMULATE_REPLY:
        return (int64_t)log_normal(link, (double)config->reply_median_ms, REPLY_SIGMA);
    case SIMULATE_REPLY_NOW:
    case SIMULATE_HERE:
        return (int64_t)log_normal(link, (double)config->reply_median_ms / 2,
                                   REPLY_SIGMA);
    case SIMULATE_TURN_BACK:
    case SIMULATE_WITHDRAW:
        seconds = log_normal(link, 90, 0.5);
        break;
    case SIMULATE_DEPART:
        seconds = log_normal(link, TURNOUT_MEDIAN_S, 0.4);
        break;
    case SIMULATE_ARRIVE:
        seconds = travel_s * log_normal(link, 1.05, 0.15);
        break;
    case SIMULATE_WORK:
        seconds = log_normal(link, 60, 0.4);
        break;
    case SIMULATE_RELEASE:
        seconds = log_normal(link, 1500, 0.4);
        break;
    case SIMULATE_REPORT:
        seconds = log_normal(link, 180, 0.6);
        break;
    }
    return 1 + (int64_t)(seconds * 1000 / config->speed);
}

static const char *answer_word(const struct simulate_link *link,
                               enum simulate_action action)
{
    switch (action) {
    case SIMULATE_WAIT:
        break;
    case SIMULATE_HERE:
        return "here";
    case SIMULATE_REPLY:
        return link->decision == SIMULATE_ACCEPT    ? "accept"
               : link->decision == SIMULATE_LIMITED ? "limited"
                                                    : "decline";
    case SIMULATE_REPLY_NOW:
        return "accept";
    case SIMULATE_TURN_BACK:
        return "turned_back";
    case SIMULATE_WITHDRAW:
        return "withdraw";
    case SIMULATE_DEPART:
        return "depart";
    case SIMULATE_ARRIVE:
        return "arrive";
    case SIMULATE_WORK:
        return "work";
    case SIMULATE_RELEASE:
        return "release";
    case SIMULATE_REPORT:
        return "report";
    }
    return "seen";
}

void simulate_body(const struct simulate_link *link, enum simulate_action action,
                   const struct simulate_page *page, struct text *ret)
{
    static const char *const outcomes[] = {"done", "done",   "done",
                                           "done", "partly", "not_needed"};
    struct random_seeded random = link->random;
    text_append_string(ret, "{\"nonce\":");
    text_append_json(ret, page->nonce);
    text_append_string(ret, ",\"answer\":");
    text_append_json(ret, answer_word(link, action));
    if (action == SIMULATE_REPLY && link->decision == SIMULATE_LIMITED)
        text_appendf(ret, ",\"ready_in_minutes\":%u",
                     10 + 5 * (unsigned)random_below(&random.super, 10));
    if (action == SIMULATE_REPORT)
        text_appendf(ret,
                     ",\"text\":\"模拟志愿者的报告（simulated）\",\"outcome\":\"%s\"",
                     outcomes[random_below(&random.super, COUNT_OF(outcomes))]);
    text_append_string(ret, "}");
}
