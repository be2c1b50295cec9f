/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to a struct scenario. Every figure has its range here, and what does not
 * fit together (a deadline before the button is pressed, a skill that nobody has, a
 * closure that ends before it begins) is refused with its place. */
#include "drill/scenario.h"

#include "base/file.h"
#include "base/jsonread.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "drill/fields.h"
#include "loop/names.h"
#include "road/closed.h"

#include <stdio.h>
#include <string.h>

#define METRES_MAX 50000.0
#define DEPTH_MAX 12

static const char *const RULES[] = {"nearest", "radius", "phased", "top-up", "ours"};

const char *policy_rule_code(enum policy_rule rule)
{
    return RULES[rule];
}

bool scenario_is_quiet(int64_t wall_ms)
{
    struct time_local local;
    time_to_local(wall_ms, &local);
    return local.minute >= 22 * 60 || local.minute < 6 * 60;
}

uint32_t scenario_closed(const struct scenario *scenario, int64_t since_ms)
{
    uint32_t closed = 0;
    for (uint32_t i = 0; i < scenario->closure_count; i++)
        if (since_ms >= scenario->closures[i].from_ms &&
            since_ms < scenario->closures[i].to_ms)
            closed |= 1u << i;
    return closed;
}

bool scenario_changes_roads(const struct scenario_need *need, int64_t since_ms)
{
    return since_ms > need->start_ms && since_ms < need->deadline_ms;
}

uint32_t scenario_find_policy(const struct scenario *scenario, const char *name)
{
    for (uint32_t i = 0; i < scenario->policy_count; i++)
        if (strcmp(scenario->policies[i].name, name) == 0)
            return i;
    return SCENARIO_POLICIES_MAX;
}

/* Minutes as milliseconds. */
static int64_t minutes(struct fields *fields, const json_t *object,
                       struct fields_range range)
{
    return (int64_t)(fields_number(fields, object, range) * TIME_MINUTE_MS);
}

/* "anywhere" or {east_m, north_m}; absent: the middle. */
static void read_place(struct fields *fields, const json_t *object, bool may_be_anywhere,
                       struct scenario_place *ret)
{
    const json_t *at = json_object_get(object, "at");
    *ret = (struct scenario_place){0};
    if (at == NULL)
        return;
    if (json_is_string(at) && may_be_anywhere &&
        strcmp(json_string_value(at), "anywhere") == 0) {
        ret->anywhere = true;
        return;
    }
    size_t before = fields_enter(fields, "at", -1);
    fields_check(fields, at, "east_m north_m");
    ret->east_m = fields_number(
        fields, at, (struct fields_range){"east_m", -METRES_MAX, METRES_MAX, NAN});
    ret->north_m = fields_number(
        fields, at, (struct fields_range){"north_m", -METRES_MAX, METRES_MAX, NAN});
    fields_leave(fields, before);
}

/* ---- people
 * ------------------------------------------------------------------------------ */

static void read_skills(struct fields *fields, const json_t *people,
                        struct scenario_people *ret)
{
    const json_t *skills = json_object_get(people, "skills");
    if (skills == NULL)
        return;
    AUTO_FREE struct skill_table *table = mem_calloc(1, sizeof *table);
    size_t before = fields_enter(fields, "skills", -1);
    if (table == NULL || !json_is_object(skills) ||
        json_object_size(skills) > SCENARIO_SKILLS_MAX) {
        (void)fields_bad(fields, "", "must be an object of at most %d skills and shares",
                         SCENARIO_SKILLS_MAX);
        fields_leave(fields, before);
        return;
    }
    skill_table_init(table);
    for (void *at = json_object_iter((json_t *)(uintptr_t)skills); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)skills, at)) {
        const char *code = json_object_iter_key(at);
        int32_t index = skill_find(table, code);
        if (index < 0) {
            (void)fields_bad(fields, code, "is no built-in skill");
            break;
        }
        struct scenario_skill *skill = &ret->skills[ret->skill_count++];
        (void)snprintf(skill->code, sizeof skill->code, "%s", code);
        skill->index = (uint32_t)index;
        skill->share =
            fields_number(fields, skills, (struct fields_range){code, 0, 1, NAN});
    }
    fields_leave(fields, before);
}

/* {lat, lon}, for people of an instance. */
static void read_middle(struct fields *fields, const json_t *people,
                        struct scenario_people *ret)
{
    const json_t *middle = json_object_get(people, "middle");
    if (middle == NULL)
        return;
    size_t before = fields_enter(fields, "middle", -1);
    fields_check(fields, middle, "lat lon");
    double lat =
        fields_number(fields, middle, (struct fields_range){"lat", -85, 85, NAN});
    double lon =
        fields_number(fields, middle, (struct fields_range){"lon", -180, 180, NAN});
    ret->has_middle = fields->status == ST_OK;
    if (ret->has_middle && !point_from_degrees(lat, lon, &ret->middle))
        (void)fields_bad(fields, "", "is no place");
    fields_leave(fields, before);
}

static void read_people(struct fields *fields, const json_t *root,
                        struct scenario_people *ret)
{
    const json_t *people = json_object_get(root, "people");
    size_t before = fields_enter(fields, "people", -1);
    fields_check(fields, people,
                 "count mean radius_m speed_m_s detour redraw quiet_share middle skills");
    bool has_mean = json_object_get(people, "mean") != NULL;
    if (has_mean == (json_object_get(people, "count") != NULL))
        (void)fields_bad(fields, "count", "either `count` or `mean` must be given");
    if (has_mean)
        ret->mean = fields_number(
            fields, people,
            (struct fields_range){"mean", 0.01, SCENARIO_PEOPLE_MAX / 2, NAN});
    else
        ret->count = (uint32_t)fields_whole(
            fields, people, (struct fields_range){"count", 1, SCENARIO_PEOPLE_MAX, NAN});
    ret->radius_m = fields_number(fields, people,
                                  (struct fields_range){"radius_m", 1, METRES_MAX, NAN});
    ret->speed_m_s =
        fields_number(fields, people, (struct fields_range){"speed_m_s", 0.1, 50, NAN});
    ret->detour =
        fields_number(fields, people, (struct fields_range){"detour", 1, 10, 1});
    ret->quiet_share =
        fields_number(fields, people, (struct fields_range){"quiet_share", 0, 1, 0});
    const json_t *redraw = json_object_get(people, "redraw");
    if (redraw != NULL && !json_is_boolean(redraw))
        (void)fields_bad(fields, "redraw", "must be true or false");
    ret->redraw = has_mean || json_is_true(redraw);
    if (has_mean && json_is_false(redraw))
        (void)fields_bad(fields, "redraw", "must be true with `mean`");
    read_middle(fields, people, ret);
    read_skills(fields, people, ret);
    fields_leave(fields, before);
}

/* ---- incidents and needs
 * ----------------------------------------------------------------- */

static void read_need_skills(struct fields *fields, const json_t *object,
                             const struct scenario_people *people, uint32_t *ret)
{
    const json_t *skills =
        fields_array(fields, object, "skills", SCENARIO_SKILLS_MAX, false);
    for (size_t i = 0; i < json_array_size(skills); i++) {
        const char *code = json_string_value(json_array_get(skills, i));
        uint32_t bit = 0;
        while (code != NULL && bit < people->skill_count &&
               strcmp(people->skills[bit].code, code) != 0)
            bit++;
        if (code == NULL || bit == people->skill_count) {
            (void)fields_bad(fields, "skills", "item %zu is not among people.skills", i);
            return;
        }
        *ret |= 1u << bit;
    }
}

static void read_lift(struct fields *fields, const json_t *object, uint32_t *ret)
{
    const json_t *lift = fields_array(fields, object, "lift", 1, false);
    for (size_t i = 0; i < json_array_size(lift); i++) {
        const char *code = json_string_value(json_array_get(lift, i));
        if (code == NULL || strcmp(code, "quiet") != 0)
            (void)fields_bad(fields, "lift", "may hold \"quiet\" only");
        *ret |= LIFT_QUIET;
    }
}

static int32_t read_reserve(struct fields *fields, const json_t *object, int32_t fallback)
{
    const json_t *reserve = json_object_get(object, "reserve");
    if (reserve == NULL)
        return fallback;
    if (json_is_string(reserve) && strcmp(json_string_value(reserve), "auto") == 0)
        return LOOP_RESERVE_AUTO;
    if (json_is_string(reserve))
        (void)fields_bad(fields, "reserve", "must be \"auto\" or a whole number");
    return (int32_t)fields_whole(
        fields, object, (struct fields_range){"reserve", 0, LOOP_COUNT_MAX, NAN});
}

static void read_line(struct fields *fields, const json_t *object,
                      const struct scenario_people *people, struct scenario_need *ret)
{
    struct scenario_line *line = &ret->lines[ret->line_count++];
    read_need_skills(fields, object, people, &line->skills);
    line->count = (uint32_t)fields_whole(
        fields, object, (struct fields_range){"count", 1, LOOP_COUNT_MAX, NAN});
    ret->count += line->count;
}

/* One line by `skills` and `count`, or several in `lines`. */
static void read_lines(struct fields *fields, const json_t *object,
                       const struct scenario_people *people, struct scenario_need *ret)
{
    if (json_object_get(object, "lines") == NULL) {
        read_line(fields, object, people, ret);
        return;
    }
    if (json_object_get(object, "skills") != NULL ||
        json_object_get(object, "count") != NULL)
        (void)fields_bad(fields, "lines",
                         "stands in place of `skills` and `count`, not beside them");
    const json_t *lines = fields_array(fields, object, "lines", SCENARIO_LINES_MAX, true);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        size_t before = fields_enter(fields, "lines", (int64_t)i);
        fields_check(fields, json_array_get(lines, i), "skills count");
        read_line(fields, json_array_get(lines, i), people, ret);
        fields_leave(fields, before);
    }
}

static void read_need(struct fields *fields, const json_t *object, uint32_t incident,
                      struct scenario *ret)
{
    if (ret->need_count == SCENARIO_NEEDS_MAX) {
        (void)fields_bad(fields, "", "a scenario has at most %d needs",
                         SCENARIO_NEEDS_MAX);
        return;
    }
    struct scenario_need *need = &ret->needs[ret->need_count++];
    const struct scenario_incident *of = &ret->incidents[incident];
    fields_check(fields, object, "skills count lines within_minutes reserve target lift");
    *need = (struct scenario_need){.incident = incident};
    read_lines(fields, object, &ret->people, need);
    read_lift(fields, object, &need->lift);
    need->reserve = read_reserve(fields, object, LOOP_RESERVE_AUTO);
    need->target = fields_number(fields, object,
                                 (struct fields_range){"target", 0.01, 0.9999, 0.95});
    need->start_ms = of->minute_ms + of->button_ms;
    need->deadline_ms =
        of->minute_ms +
        minutes(fields, object,
                (struct fields_range){"within_minutes", 1, SCENARIO_MINUTES_MAX, NAN});
    if (need->deadline_ms <= need->start_ms)
        (void)fields_bad(fields, "within_minutes",
                         "the deadline passes before the button is pressed");
}

static void read_incident(struct fields *fields, const json_t *object,
                          struct scenario *ret)
{
    uint32_t index = ret->incident_count++;
    struct scenario_incident *incident = &ret->incidents[index];
    char kind[32];
    *incident = (struct scenario_incident){0};
    fields_check(fields, object, "kind at minute button_minutes needs");
    fields_string(fields, object, (struct fields_text){"kind", true, kind, sizeof kind});
    if (fields->status == ST_OK && !incident_kind_parse(kind, &incident->kind))
        (void)fields_bad(fields, "kind", "is no kind of incident");
    read_place(fields, object, true, &incident->at);
    incident->minute_ms = minutes(
        fields, object, (struct fields_range){"minute", 0, SCENARIO_MINUTES_MAX, 0});
    incident->button_ms =
        minutes(fields, object,
                (struct fields_range){"button_minutes", 0, SCENARIO_MINUTES_MAX, 0});
    const json_t *needs = fields_array(fields, object, "needs", SCENARIO_NEEDS_MAX, true);
    for (size_t i = 0; i < json_array_size(needs); i++) {
        size_t before = fields_enter(fields, "needs", (int64_t)i);
        read_need(fields, json_array_get(needs, i), index, ret);
        fields_leave(fields, before);
    }
}

/* ---- the world
 * --------------------------------------------------------------------------- */

/* "from_minute", "to_minute" (absent: for good). */
static void read_span(struct fields *fields, const json_t *object, int64_t *ret_from,
                      int64_t *ret_to)
{
    const double most = 2 * SCENARIO_MINUTES_MAX;
    *ret_from = minutes(fields, object, (struct fields_range){"from_minute", 0, most, 0});
    *ret_to = minutes(fields, object, (struct fields_range){"to_minute", 0, most, most});
    if (*ret_to <= *ret_from)
        (void)fields_bad(fields, "to_minute", "must be later than from_minute");
}

static void read_closures(struct fields *fields, const json_t *root, struct scenario *ret)
{
    const json_t *array =
        fields_array(fields, root, "closures", SCENARIO_CLOSURES_MAX, false);
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *object = json_array_get(array, i);
        struct scenario_closure *closure = &ret->closures[ret->closure_count++];
        size_t before = fields_enter(fields, "closures", (int64_t)i);
        fields_check(fields, object,
                     "at radius_m detour limit_kmh from_minute to_minute");
        read_place(fields, object, false, &closure->at);
        closure->radius_m = fields_number(
            fields, object, (struct fields_range){"radius_m", 1, METRES_MAX, NAN});
        bool is_slow = json_object_get(object, "limit_kmh") != NULL;
        if (is_slow == (json_object_get(object, "detour") != NULL))
            (void)fields_bad(fields, "detour",
                             "either `detour` (closed) or `limit_kmh` (slow) must be "
                             "given");
        if (is_slow)
            closure->limit_kmh = (uint32_t)fields_whole(
                fields, object, (struct fields_range){"limit_kmh", 1, ROAD_KMH_MAX, NAN});
        else
            closure->detour = fields_number(fields, object,
                                            (struct fields_range){"detour", 1, 100, NAN});
        read_span(fields, object, &closure->from_ms, &closure->to_ms);
        fields_leave(fields, before);
    }
}

static void read_channel(struct fields *fields, const json_t *object,
                         struct scenario_channel *ret)
{
    char kind[16];
    fields_check(fields, object, "kind loss delay_s down");
    fields_string(fields, object, (struct fields_text){"kind", true, kind, sizeof kind});
    if (fields->status == ST_OK &&
        (!channel_kind_parse(kind, &ret->kind) || ret->kind == CHANNEL_VOICE))
        (void)fields_bad(fields, "kind", "must be file, email, webhook or sms");
    ret->loss = fields_number(fields, object, (struct fields_range){"loss", 0, 1, 0});
    ret->delay_ms =
        (int64_t)(1000.0 * fields_number(fields, object,
                                         (struct fields_range){"delay_s", 0, 600, 0}));
    const json_t *down = fields_array(fields, object, "down", SCENARIO_DOWN_MAX, false);
    for (size_t i = 0; i < json_array_size(down); i++) {
        const json_t *span = json_array_get(down, i);
        struct scenario_down *to = &ret->down[ret->down_count++];
        size_t before = fields_enter(fields, "down", (int64_t)i);
        fields_check(fields, span, "from_minute to_minute");
        read_span(fields, span, &to->from_ms, &to->to_ms);
        fields_leave(fields, before);
    }
}

static void read_channels(struct fields *fields, const json_t *root, struct scenario *ret)
{
    const json_t *array =
        fields_array(fields, root, "channels", SCENARIO_CHANNELS_MAX, false);
    for (size_t i = 0; i < json_array_size(array); i++) {
        size_t before = fields_enter(fields, "channels", (int64_t)i);
        struct scenario_channel *channel = &ret->channels[ret->channel_count++];
        read_channel(fields, json_array_get(array, i), channel);
        for (uint32_t k = 0; k + 1 < ret->channel_count; k++)
            if (ret->channels[k].kind == channel->kind)
                (void)fields_bad(fields, "kind", "stands in the ladder twice");
        fields_leave(fields, before);
    }
    if (ret->channel_count == 0)
        ret->channels[ret->channel_count++] =
            (struct scenario_channel){.kind = CHANNEL_FILE};
}

/* ---- how people answer
 * ------------------------------------------------------------------- */

static void read_response(struct fields *fields, const json_t *root,
                          struct scenario_response *ret)
{
    const json_t *object = json_object_get(root, "response");
    struct response_model_config prior;
    response_model_config_default(&prior);
    size_t before = fields_enter(fields, "response", -1);
    if (object != NULL)
        fields_check(fields, object,
                     "accept accept_night person_sd event_sd comes decline_share "
                     "delay_median_s delay_sigma turnout_median_s turnout_night_median_s "
                     "turnout_sigma travel_factor travel_sigma");
    const struct {
        double *to;
        struct fields_range range;
    } rows[] = {
        {&ret->accept_day, {"accept", 0, 1, prior.accept}},
        {&ret->accept_night, {"accept_night", 0, 1, -1}},
        {&ret->person_sd, {"person_sd", 0, 5, 0}},
        {&ret->event_sd, {"event_sd", 0, 5, 0}},
        {&ret->comes, {"comes", 0, 1, prior.comes}},
        {&ret->decline_share, {"decline_share", 0, 1, 0.5}},
        {&ret->delay_median_s, {"delay_median_s", 1, 3600, prior.delay_median_s}},
        {&ret->delay_sigma, {"delay_sigma", 0, 3, prior.delay_sigma}},
        {&ret->turnout_day_median_s,
         {"turnout_median_s", 1, 3600, prior.turnout_day_median_s}},
        {&ret->turnout_night_median_s,
         {"turnout_night_median_s", 1, 3600, prior.turnout_night_median_s}},
        {&ret->turnout_sigma, {"turnout_sigma", 0, 3, prior.turnout_sigma}},
        {&ret->travel_factor, {"travel_factor", 0.1, 10, 1}},
        {&ret->travel_sigma, {"travel_sigma", 0, 2, 0}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        *rows[i].to = fields_number(fields, object, rows[i].range);
    if (ret->accept_night < 0)
        ret->accept_night = ret->accept_day;
    fields_leave(fields, before);
}

/* What the planner believes; left out = the truth, but for the weather. */
static void read_planner(struct fields *fields, const json_t *root, struct scenario *ret)
{
    const struct scenario_response *truth = &ret->response;
    const json_t *object = json_object_get(root, "planner");
    struct response_model_config *to = &ret->planner;
    response_model_config_default(to);
    struct time_local local;
    time_to_local(ret->start_ms, &local);
    bool night =
        local.minute >= to->night_from_minute || local.minute < to->night_to_minute;
    size_t before = fields_enter(fields, "planner", -1);
    if (object != NULL)
        fields_check(fields, object,
                     "accept comes decline_share delay_median_s delay_sigma "
                     "turnout_median_s turnout_night_median_s turnout_sigma "
                     "travel_factor says_left");
    const struct {
        double *to;
        struct fields_range range;
    } rows[] = {
        {&to->declines, {"decline_share", 0, 1, truth->decline_share}},
        {&to->accept, {"accept", 0, 1, night ? truth->accept_night : truth->accept_day}},
        {&to->comes, {"comes", 0, 1, truth->comes}},
        {&to->delay_median_s, {"delay_median_s", 1, 3600, truth->delay_median_s}},
        {&to->delay_sigma, {"delay_sigma", 0.01, 3, fmax(0.01, truth->delay_sigma)}},
        {&to->turnout_day_median_s,
         {"turnout_median_s", 1, 3600, truth->turnout_day_median_s}},
        {&to->turnout_night_median_s,
         {"turnout_night_median_s", 1, 3600, truth->turnout_night_median_s}},
        {&to->turnout_sigma,
         {"turnout_sigma", 0.01, 3, fmax(0.01, truth->turnout_sigma)}},
        {&to->travel_factor, {"travel_factor", 0.1, 10, 1}},
        {&to->says_left, {"says_left", 0, 1, 0}}, /* all do; it has not seen it yet */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        *rows[i].to = fields_number(fields, object, rows[i].range);
    fields_leave(fields, before);
}

/* ---- policies
 * ---------------------------------------------------------------------------- */

static void read_phases(struct fields *fields, const json_t *object, struct policy *ret)
{
    const json_t *phases =
        fields_array(fields, object, "phases", SCENARIO_PHASES_MAX, true);
    for (size_t i = 0; i < json_array_size(phases); i++) {
        const json_t *item = json_array_get(phases, i);
        struct policy_phase *phase = &ret->phase[ret->phases++];
        size_t before = fields_enter(fields, "phases", (int64_t)i);
        fields_check(fields, item, "at_s count");
        phase->at_ms = 1000 * fields_whole(fields, item,
                                           (struct fields_range){"at_s", 0, 14400, NAN});
        phase->count = (uint32_t)fields_whole(
            fields, item, (struct fields_range){"count", 1, SCENARIO_PEOPLE_MAX, NAN});
        if (i == 0 ? phase->at_ms != 0 : phase->at_ms <= ret->phase[i - 1].at_ms)
            (void)fields_bad(fields, "at_s",
                             "must grow from one phase to the next, from 0 on");
        fields_leave(fields, before);
    }
}

static void read_policy(struct fields *fields, const json_t *object, struct scenario *ret)
{
    static const char *const MEMBERS[] = {
        "name rule count reserve", "name rule radius_m reserve",
        "name rule phases reserve", "name rule count reserve",
        "name rule target in_time_min price"};
    struct policy *policy = &ret->policies[ret->policy_count];
    char rule[16];
    *policy = (struct policy){.reserve = POLICY_RESERVE_OF_NEED};
    fields_string(fields, object,
                  (struct fields_text){"name", true, policy->name, sizeof policy->name});
    if (scenario_find_policy(ret, policy->name) != SCENARIO_POLICIES_MAX ||
        strcmp(policy->name, "all") == 0)
        (void)fields_bad(fields, "name", "is taken");
    ret->policy_count++;
    fields_string(fields, object, (struct fields_text){"rule", true, rule, sizeof rule});
    uint32_t index = 0;
    while (index < COUNT_OF(RULES) && strcmp(RULES[index], rule) != 0)
        index++;
    if (index == COUNT_OF(RULES)) {
        (void)fields_bad(fields, "rule",
                         "must be nearest, radius, phased, top-up or ours");
        return;
    }
    policy->rule = (enum policy_rule)index;
    fields_check(fields, object, MEMBERS[index]);
    if (policy->rule == POLICY_OURS) {
        policy->target = fields_number(fields, object,
                                       (struct fields_range){"target", 0.01, 0.9999, 0});
        policy->in_time_min = fields_number(
            fields, object, (struct fields_range){"in_time_min", 0, 0.99, 0});
        policy->price =
            fields_number(fields, object, (struct fields_range){"price", 0, 10000, 0});
        return;
    }
    policy->reserve = read_reserve(fields, object, 1);
    if (policy->reserve < 0)
        (void)fields_bad(fields, "reserve", "only our own policy has \"auto\"");
    if (policy->rule == POLICY_PHASED)
        read_phases(fields, object, policy);
    else if (policy->rule == POLICY_RADIUS)
        policy->radius_m = fields_number(
            fields, object, (struct fields_range){"radius_m", 1, METRES_MAX, NAN});
    else
        policy->count = (uint32_t)fields_whole(
            fields, object, (struct fields_range){"count", 1, SCENARIO_PEOPLE_MAX, NAN});
}

static void read_times(struct fields *fields, const json_t *root, struct scenario *ret)
{
    const json_t *array =
        fields_array(fields, root, "times_s", SCENARIO_TIMES_MAX, false);
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *item = json_array_get(array, i);
        double s = json_number_value(item);
        if (!json_is_number(item) || !(s > 0) || s > 60.0 * SCENARIO_MINUTES_MAX) {
            (void)fields_bad(fields, "times_s", "item %zu is no time of a need", i);
            return;
        }
        ret->times_ms[ret->time_count++] = (int64_t)(s * 1000.0);
    }
}

/* ---- the whole
 * ----------------------------------------------------------------------------- */

static void read_head(struct fields *fields, const json_t *root, struct scenario *ret)
{
    char start[TIME_TEXT_SIZE];
    fields_check(fields, root,
                 "name title start runs people incidents closures channels response "
                 "planner policies times_s weekly_cap no_answer_minutes");
    fields_string(fields, root,
                  (struct fields_text){"name", true, ret->name, sizeof ret->name});
    const json_t *title = json_object_get(root, "title");
    if (title != NULL) {
        size_t before = fields_enter(fields, "title", -1);
        fields_check(fields, title, "zh en");
        fields_string(
            fields, title,
            (struct fields_text){"zh", true, ret->title_zh, sizeof ret->title_zh});
        fields_string(
            fields, title,
            (struct fields_text){"en", true, ret->title_en, sizeof ret->title_en});
        fields_leave(fields, before);
    }
    fields_string(fields, root, (struct fields_text){"start", true, start, sizeof start});
    if (fields->status == ST_OK && !time_parse(start, &ret->start_ms))
        (void)fields_bad(fields, "start", "is no RFC 3339 time with an offset");
    ret->runs = (uint32_t)fields_whole(
        fields, root, (struct fields_range){"runs", 1, SCENARIO_RUNS_MAX, 1000});
    ret->weekly_cap = (uint32_t)fields_whole(
        fields, root, (struct fields_range){"weekly_cap", 1, 16, 3});
    ret->no_answer_ms =
        minutes(fields, root, (struct fields_range){"no_answer_minutes", 0.5, 60, 5});
}

static void read_all(struct fields *fields, const json_t *root, struct scenario *ret)
{
    read_head(fields, root, ret);
    read_people(fields, root, &ret->people);
    const json_t *incidents =
        fields_array(fields, root, "incidents", SCENARIO_INCIDENTS_MAX, true);
    for (size_t i = 0; i < json_array_size(incidents); i++) {
        size_t before = fields_enter(fields, "incidents", (int64_t)i);
        read_incident(fields, json_array_get(incidents, i), ret);
        fields_leave(fields, before);
    }
    read_closures(fields, root, ret);
    read_channels(fields, root, ret);
    read_response(fields, root, &ret->response);
    read_planner(fields, root, ret);
    const json_t *policies =
        fields_array(fields, root, "policies", SCENARIO_POLICIES_MAX, true);
    for (size_t i = 0; i < json_array_size(policies); i++) {
        size_t before = fields_enter(fields, "policies", (int64_t)i);
        read_policy(fields, json_array_get(policies, i), ret);
        fields_leave(fields, before);
    }
    read_times(fields, root, ret);
}

/* Recursion of the parser is on input: depth is counted before it. */
static bool is_too_deep(const char *data, size_t size)
{
    uint32_t depth = 0;
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '{' || data[i] == '[')
            depth++;
        if ((data[i] == '}' || data[i] == ']') && depth > 0)
            depth--;
        if (depth > DEPTH_MAX)
            return true;
    }
    return false;
}

int scenario_parse(const char *data, size_t size, struct scenario *ret,
                   struct diag *reterr)
{
    *ret = (struct scenario){0};
    if (size > SCENARIO_SIZE_MAX || is_too_deep(data, size))
        return diag_set(reterr, ST_LIMIT, 0, 0, "",
                        "is larger than %u bytes or deeper than %d levels",
                        SCENARIO_SIZE_MAX, DEPTH_MAX);
    json_t *root;
    int status = jsonread_parse(&root, data, size, reterr);
    if (status != ST_OK)
        return status;
    struct fields fields = {.reterr = reterr};
    read_all(&fields, root, ret);
    json_decref(root);
    return fields.status;
}

int scenario_read(const char *path, struct scenario *ret, struct diag *reterr)
{
    AUTO_FREE char *data = NULL;
    size_t size;
    int status = file_read(path, SCENARIO_SIZE_MAX, &data, &size, reterr);
    return status == ST_OK ? scenario_parse(data, size, ret, reterr) : status;
}
