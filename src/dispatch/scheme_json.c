/* SPDX-License-Identifier: Apache-2.0 */
/* The two documents made of a scheme. The plan is what a person reads before deciding;
 * the record answers later, from itself alone, why A was alerted and B was not:
 *
 *     {"at","need","callout","inputs":{"model","crowd","road","closures"},"target",
 *      "probability","target_reached","policy","correlation","price","at_once",
 *      "later":{"after_s","chance","expected","most"},
 *      "lines":[{"count","reserve","alerts","probability"}],
 *      "candidates":[[id,lines,seconds,"alerted",line,p_accept,p_in_time,reason,burden],
 *                    [id,lines,seconds,decision,q,burden],..],
 *      "cut": candidates left out beyond 2,000,
 *      "excluded":{reason:[id,..]},"excluded_cut":n}
 *
 * callout: not of a first wave, which makes it: the row of the record names it.
 *
 * decision: "alerted"; of the others, the first that holds: "rested" or "hardly_known"
 * (would have been alerted, but somebody rested, or hardly known, was in their place),
 * "later" (in the next wave if hardly anybody answers), "farther" (would come later than
 * everybody alerted), "less_likely" (q below everybody alerted) or "not_needed". q = the
 * probability of being there in time, 0 if the plan did not look so far. `lines` is a
 * bit per line. Ids are those of the person rows: a record holds no number. */
#include "dispatch/scheme.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "plan/sentence.h"

/* ---- the plan
 * ----------------------------------------------------------------------------------- */

static void append_seconds(struct text *ret, int64_t ms)
{
    text_appendf(ret, "%.3f", (double)ms / 1000.0);
}

static void append_skills(const struct scheme_person *person,
                          const struct skill_table *skills, struct text *ret)
{
    const char *comma = "";
    text_append_string(ret, ",\"skills\":[");
    for (uint32_t i = 0; i < skills->count; i++)
        if (skill_set_has(&person->skills, i)) {
            text_append_string(ret, comma);
            text_append_json(ret, skills->skills[i].code);
            comma = ",";
        }
    text_append_string(ret, "]");
}

static void append_history(const struct scheme *scheme,
                           const struct scheme_person *person, struct text *ret)
{
    static const char *const names[] = {"zh", "en"};
    const struct sentence_moment moment = {
        .night = scheme->night, .exercise = scheme->exercise, .travel_ms = person->ms};
    text_appendf(ret, ",\"asked\":%u,\"said_yes\":%u,\"sentence\":{",
                 person->history.asked, person->history.yes);
    for (int i = 0; i < SENTENCE_LANGUAGE_COUNT; i++) {
        struct text sentence;
        text_init(&sentence, 1024);
        sentence_append(&person->history, &moment, (enum sentence_language)i, &sentence);
        text_appendf(ret, "%s\"%s\":", i == 0 ? "" : ",", names[i]);
        text_append_json(ret, text_string(&sentence));
        text_release(&sentence);
    }
    text_append_string(ret, "}");
}

static void append_person(const struct scheme *scheme, const struct plan_person *planned,
                          struct crowd *crowd, const struct skill_table *skills,
                          struct text *ret)
{
    const struct scheme_person *person = &scheme->candidates[planned->candidate];
    struct point grid;
    text_append_string(ret, "{\"number\":");
    text_append_json(ret, person->number);
    text_appendf(ret, ",\"line\":%u,\"seconds\":", planned->line);
    append_seconds(ret, person->ms);
    text_appendf(ret, ",\"p_accept\":%.12g,\"p_in_time\":%.12g,\"reason\":\"%s\"",
                 planned->p_accept, planned->p_in_time,
                 plan_reason_code(planned->reason));
    text_appendf(ret, ",\"mode\":\"%s\"", road_mode_name(person->mode));
    if (crowd_position(crowd, person->id, scheme->now_ms, &grid))
        text_appendf(ret, ",\"at_grid\":{\"lat\":%.5f,\"lon\":%.5f}", point_lat(grid),
                     point_lon(grid));
    if (skills != NULL)
        append_skills(person, skills, ret);
    if (person->told)
        append_history(scheme, person, ret);
    text_append_string(ret, "}");
}

static void append_wave(const struct scheme *scheme, struct crowd *crowd,
                        const struct skill_table *skills, bool later, struct text *ret)
{
    const struct plan *plan = &scheme->plan;
    uint32_t count = later ? plan->later.most : plan->people_count;
    text_appendf(ret, "{\"after_s\":%lld,\"people\":[",
                 later ? (long long)(plan->later.after_ms / 1000) : 0LL);
    for (uint32_t i = 0; i < count; i++) {
        text_append_string(ret, i == 0 ? "" : ",");
        append_person(scheme, later ? &plan->later_people[i] : &plan->people[i], crowd,
                      skills, ret);
    }
    text_append_string(ret, "]");
    if (later)
        text_appendf(ret, ",\"chance\":%.9g,\"expected\":%.9g,\"likely\":%u",
                     plan->later.chance, plan->later.expected, plan->later.likely);
    text_append_string(ret, "}");
}

/* The second wave as it would be if hardly anybody answered: with the first, everybody
 * whom this plan may disturb. */
static void append_waves(const struct scheme *scheme, struct crowd *crowd,
                         const struct skill_table *skills, struct text *ret)
{
    text_append_string(ret, "\"waves\":[");
    if (scheme->plan.people_count > 0 || scheme->plan.later.most > 0)
        append_wave(scheme, crowd, skills, false, ret);
    if (scheme->plan.later.most > 0) {
        text_append_string(ret, ",");
        append_wave(scheme, crowd, skills, true, ret);
    }
    text_append_string(ret, "]");
}

static void append_excluded(const struct scheme *scheme, struct text *ret)
{
    const char *comma = "";
    text_append_string(ret, "\"excluded\":{");
    for (int reason = CROWD_OK + 1; reason < CROWD_REASON_COUNT; reason++)
        if (scheme->excluded[reason] > 0) {
            text_appendf(ret, "%s\"%s\":%u", comma,
                         crowd_reason_code((enum crowd_reason)reason),
                         scheme->excluded[reason]);
            comma = ",";
        }
    text_append_string(ret, "}");
}

static void append_lists(const struct scheme *scheme, struct text *ret)
{
    const struct plan *plan = &scheme->plan;
    text_append_string(ret, "\"shortfall\":[");
    for (uint32_t i = 0; i < scheme->shortfall_count; i++)
        text_appendf(ret, "%s{\"line\":%u,\"have\":%u,\"want\":%u}", i == 0 ? "" : ",",
                     scheme->shortfall[i].line, scheme->shortfall[i].have,
                     scheme->shortfall[i].want);
    text_append_string(ret, "],\"curve\":[");
    for (uint32_t i = 0; i < plan->curve_count; i++)
        text_appendf(ret, "%s{\"alerts\":%u,\"probability\":%.9g}", i == 0 ? "" : ",",
                     plan->curve[i].alerts, plan->curve[i].probability);
    text_append_string(ret, "],\"seats\":[");
    for (uint32_t i = 0; i < plan->line_count; i++)
        text_appendf(ret, "%s{\"line\":%u,\"count\":%u,\"reserve\":%d}",
                     i == 0 ? "" : ",", i, scheme->counts[i], plan->lines[i].reserve);
    text_append_string(ret, "]");
}

/* One wave in place of two, who is asked after all, the most that can be reached, the
 * cheapest change. */
static void append_advice(const struct plan *plan, struct text *ret)
{
    text_appendf(ret, ",\"at_once\":%u", plan->at_once);
    if (plan->ask_limited_count > 0)
        text_appendf(ret, ",\"ask_limited\":%u", plan->ask_limited_count);
    if (plan->most > 0.0)
        text_appendf(ret, ",\"most\":%.9g", plan->most);
    if (plan->change.later_ms > 0)
        text_appendf(ret,
                     ",\"change\":{\"later_s\":%lld,\"alerts\":%.9g,"
                     "\"probability\":%.9g,\"reaches\":%s}",
                     (long long)(plan->change.later_ms / 1000), plan->change.alerts,
                     plan->change.probability, plan->change.reaches ? "true" : "false");
}

void scheme_append_json(const struct scheme *scheme, struct crowd *crowd,
                        const struct skill_table *skills, struct text *ret)
{
    const struct plan *plan = &scheme->plan;
    text_appendf(ret, "{\"probability\":%.15g,\"target_reached\":%s", plan->probability,
                 plan->target_reached ? "true" : "false");
    text_appendf(ret, ",\"expected_alerts\":%.9g,\"expected_messages\":%.9g,",
                 plan->expected_alerts, plan->expected_messages);
    append_waves(scheme, crowd, skills, ret);
    text_append_string(ret, ",");
    append_excluded(scheme, ret);
    text_append_string(ret, ",");
    append_lists(scheme, ret);
    if (scheme->first_on_scene_ms > 0) {
        text_append_string(ret, ",\"first_on_scene_s\":");
        append_seconds(ret, scheme->first_on_scene_ms);
    }
    append_advice(plan, ret);
    text_appendf(ret, ",\"lifts\":{\"quiet\":%u,\"duty\":%u,\"cap\":%u}",
                 scheme->lift_quiet, scheme->lift_duty, scheme->lift_cap);
    isolated_append_json(&scheme->isolated, ret);
}

/* ---- the record
 * ----------------------------------------------------------------------------------- */

static void append_header(const struct scheme *scheme, struct text *ret)
{
    const struct plan *plan = &scheme->plan;
    char at[TIME_TEXT_SIZE];
    time_format_utc(scheme->now_ms, at);
    text_appendf(ret, "{\"at\":\"%s\",\"need\":%lld", at, (long long)scheme->need_id);
    if (scheme->callout_id != 0)
        text_appendf(ret, ",\"callout\":%lld", (long long)scheme->callout_id);
    if (scheme->exercise)
        text_append_string(ret, ",\"exercise\":true");
    text_appendf(ret,
                 ",\"inputs\":{\"model\":%llu,\"crowd\":%llu,\"road\":\"%016llx\","
                 "\"closures\":%llu}",
                 (unsigned long long)scheme->model_version,
                 (unsigned long long)scheme->crowd_version,
                 (unsigned long long)scheme->road_version,
                 (unsigned long long)scheme->closed_version);
    text_appendf(ret, ",\"target\":%.9g,\"probability\":%.9g,\"target_reached\":%s",
                 scheme->target, plan->probability,
                 plan->target_reached ? "true" : "false");
    text_appendf(ret, ",\"policy\":\"%s\",\"correlation\":%.6g,\"price\":%.9g",
                 plan_policy_code(scheme->policy), scheme->correlation, plan->price);
    text_appendf(ret, ",\"at_once\":%u", plan->at_once);
    if (plan->later.after_ms > 0)
        text_appendf(ret,
                     ",\"later\":{\"after_s\":%lld,\"chance\":%.6g,\"expected\":%.6g,"
                     "\"most\":%u}",
                     (long long)(plan->later.after_ms / 1000), plan->later.chance,
                     plan->later.expected, plan->later.most);
    text_append_string(ret, ",\"lines\":[");
    for (uint32_t i = 0; i < plan->line_count; i++)
        text_appendf(ret,
                     "%s{\"count\":%u,\"reserve\":%d,\"alerts\":%u,"
                     "\"probability\":%.9g}",
                     i == 0 ? "" : ",", scheme->counts[i], plan->lines[i].reserve,
                     plan->lines[i].alerts, plan->lines[i].probability);
    text_append_string(ret, "]");
}

struct alerted {
    uint32_t farthest_ms;
    double least_q;
    const char **why; /* [candidate]: NULL, or the decision known beforehand */
};

static void append_alerted(const struct scheme *scheme, const struct plan_person *planned,
                           struct text *ret)
{
    const struct scheme_person *person = &scheme->candidates[planned->candidate];
    text_appendf(ret, "[%lld,%u,", (long long)person->id, person->lines);
    append_seconds(ret, person->ms);
    text_appendf(ret, ",\"alerted\",%u,%.6g,%.6g,\"%s\",%.3g]", planned->line,
                 planned->p_accept, planned->p_in_time, plan_reason_code(planned->reason),
                 person->burden);
}

static void append_other(const struct scheme *scheme, uint32_t index,
                         const struct alerted *alerted, struct text *ret)
{
    const struct scheme_person *person = &scheme->candidates[index];
    const char *decision = alerted->why[index];
    if (decision == NULL)
        decision = person->ms > alerted->farthest_ms ? "farther"
                   : person->q < alerted->least_q    ? "less_likely"
                                                     : "not_needed";
    text_appendf(ret, "[%lld,%u,", (long long)person->id, person->lines);
    append_seconds(ret, person->ms);
    text_appendf(ret, ",\"%s\",%.6g,%.3g]", decision, person->q, person->burden);
}

static void gather_alerted(const struct plan *plan, const struct scheme *scheme,
                           struct alerted *ret)
{
    ret->least_q = 1.0;
    for (uint32_t i = 0; i < plan->later.most; i++)
        ret->why[plan->later_people[i].candidate] = "later";
    for (uint32_t i = 0; i < plan->spared_count; i++)
        ret->why[plan->spared[i].candidate] = plan_reason_code(plan->spared[i].why);
    for (uint32_t i = 0; i < plan->people_count; i++) {
        const struct plan_person *planned = &plan->people[i];
        uint32_t ms = scheme->candidates[planned->candidate].ms;
        ret->farthest_ms = ms > ret->farthest_ms ? ms : ret->farthest_ms;
        ret->least_q = planned->q < ret->least_q ? planned->q : ret->least_q;
    }
}

/* Alerted ones first, in the order in which they were asked, then the others by way. */
static void append_candidates(const struct scheme *scheme, struct text *ret)
{
    const struct plan *plan = &scheme->plan;
    struct alerted alerted = {0};
    AUTO_FREE const char **why =
        mem_calloc((size_t)scheme->candidate_count + 1, sizeof(*why));
    uint32_t written = 0, cut = 0;
    if (why == NULL) {
        ret->status = ST_NO_MEMORY;
        return;
    }
    alerted.why = why;
    gather_alerted(plan, scheme, &alerted);
    text_append_string(ret, ",\"candidates\":[");
    for (uint32_t i = 0; i < plan->people_count; i++) {
        text_append_string(ret, written++ == 0 ? "" : ",");
        append_alerted(scheme, &plan->people[i], ret);
        why[plan->people[i].candidate] = ""; /* written */
    }
    for (uint32_t i = 0; i < scheme->candidate_count; i++) {
        if ((why[i] != NULL && why[i][0] == '\0') ||
            scheme->candidates[i].ms > 2 * (uint64_t)alerted.farthest_ms)
            continue;
        if (written >= SCHEME_RECORD_MAX) {
            cut++;
            continue;
        }
        text_append_string(ret, written++ == 0 ? "" : ",");
        append_other(scheme, i, &alerted, ret);
    }
    text_appendf(ret, "],\"cut\":%u", cut);
}

void scheme_append_record(const struct scheme *scheme, struct text *ret)
{
    uint32_t written = 0;
    const char *comma = "";
    append_header(scheme, ret);
    append_candidates(scheme, ret);
    text_append_string(ret, ",\"excluded\":{");
    for (int reason = CROWD_OK + 1; reason < CROWD_REASON_COUNT; reason++) {
        uint32_t here = 0;
        for (uint32_t i = 0; i < scheme->excluded_id_count; i++) {
            if ((int)scheme->excluded_ids[i].reason != reason ||
                written >= SCHEME_EXCLUDED_MAX)
                continue;
            if (here++ == 0)
                text_appendf(ret, "%s\"%s\":[", comma,
                             crowd_reason_code((enum crowd_reason)reason));
            text_appendf(ret, "%s%lld", here == 1 ? "" : ",",
                         (long long)scheme->excluded_ids[i].id);
            written++;
        }
        if (here > 0) {
            text_append_string(ret, "]");
            comma = ",";
        }
    }
    text_appendf(ret, "},\"excluded_cut\":%u}", scheme->excluded_id_count - written);
}
