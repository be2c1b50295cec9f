/* SPDX-License-Identifier: Apache-2.0 */
/* How people answer is not said here: the instance knows (roster_new). Of the field there
 * is only its middle, which is the place. */
#include "drill/question.h"

#include "base/status.h"
#include "base/time.h"

#include <stdio.h>
#include <string.h>

#define NEAREST_EACH 4
#define TOP_UP_EACH 3
#define PHASE_EACH 2
#define PHASE_COUNT 5
#define FIELD_M 1000 /* nothing is drawn "anywhere" */

static uint32_t times(uint32_t count, uint32_t each)
{
    return count > SCENARIO_PEOPLE_MAX / each ? SCENARIO_PEOPLE_MAX : count * each;
}

static struct policy *add_policy(struct scenario *scenario, const char *name,
                                 enum policy_rule rule)
{
    struct policy *policy = &scenario->policies[scenario->policy_count++];
    *policy = (struct policy){.rule = rule, .reserve = 1};
    (void)snprintf(policy->name, sizeof policy->name, "%s", name);
    return policy;
}

static void add_policies(const struct question *question, struct scenario *ret)
{
    const uint32_t count = ret->needs[0].count;
    const int64_t all_ms = question->minutes * TIME_MINUTE_MS;
    struct policy *policy = add_policy(ret, "ours", POLICY_OURS);
    policy->reserve = POLICY_RESERVE_OF_NEED;
    policy->price = question->price;
    add_policy(ret, "nearest", POLICY_NEAREST)->count = times(count, NEAREST_EACH);
    add_policy(ret, "reach", POLICY_RADIUS)->radius_m = (double)all_ms / 2000;
    policy = add_policy(ret, "phased", POLICY_PHASED);
    for (; policy->phases < PHASE_COUNT; policy->phases++)
        policy->phase[policy->phases] = (struct policy_phase){
            times(count, PHASE_EACH), (int64_t)policy->phases * all_ms / 8};
    add_policy(ret, "top-up", POLICY_TOP_UP)->count = times(count, TOP_UP_EACH);
}

/* The bit of a skill, which is added if it is a new one; SCENARIO_SKILLS_MAX: no room. */
static uint32_t bit_of(struct scenario_people *people, const char *code)
{
    uint32_t bit = 0;
    while (bit < people->skill_count && strcmp(people->skills[bit].code, code) != 0)
        bit++;
    if (bit == people->skill_count && bit < SCENARIO_SKILLS_MAX) {
        struct scenario_skill *skill = &people->skills[people->skill_count++];
        (void)snprintf(skill->code, sizeof skill->code, "%s", code);
    }
    return bit;
}

static int add_lines(const struct question *question, struct scenario *ret)
{
    struct scenario_need *need = &ret->needs[0];
    for (uint32_t i = 0; i < question->line_count; i++) {
        const struct question_line *from = &question->lines[i];
        struct scenario_line *to = &need->lines[need->line_count++];
        to->count = from->count;
        need->count += from->count;
        for (uint32_t k = 0; k < from->skill_count; k++) {
            uint32_t bit = bit_of(&ret->people, from->skills[k]);
            if (bit == SCENARIO_SKILLS_MAX)
                return ST_LIMIT;
            to->skills |= 1u << bit;
        }
    }
    return ST_OK;
}

int question_scenario(const struct question *question, struct scenario *ret)
{
    *ret = (struct scenario){.name = "question",
                             .start_ms = question->start_ms,
                             .runs = question->runs,
                             .incident_count = 1,
                             .need_count = 1,
                             .channel_count = 1,
                             .weekly_cap = question->weekly_cap,
                             .no_answer_ms = question->no_answer_ms};
    /* A metre of a rule's radius is a second of the way. */
    ret->people = (struct scenario_people){.count = 1,
                                           .radius_m = FIELD_M,
                                           .speed_m_s = 1,
                                           .detour = 1,
                                           .has_middle = true,
                                           .middle = question->at};
    ret->incidents[0].kind = KIND_OTHER;
    ret->needs[0] =
        (struct scenario_need){.reserve = LOOP_RESERVE_AUTO,
                               .target = question->target,
                               .deadline_ms = question->minutes * TIME_MINUTE_MS};
    ret->channels[0].kind = CHANNEL_FILE;
    ret->response.travel_factor = 1;
    response_model_config_default(&ret->planner);
    int status = add_lines(question, ret);
    if (status == ST_OK)
        add_policies(question, ret);
    return status;
}
