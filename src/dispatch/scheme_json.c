/* SPDX-License-Identifier: Apache-2.0 */
/* The two documents made of a scheme. The plan is what a person reads before deciding;
 * the record answers later, from itself alone, why A was alerted and B was not:
 *
 *     {"at","need","callout","inputs":{"model","crowd","road","closures"},"target",
 *      "probability","target_reached","lines":[{"count","reserve","alerts","probability"}],
 *      "candidates":[[id,lines,seconds,decision,line,p_accept,p_in_time],..],
 *      "cut": candidates left out beyond 2,000,
 *      "excluded":{reason:[id,..]},"excluded_cut":n}
 *
 * decision: "alerted", "farther" (would come later than everybody alerted) or
 * "not_needed". `lines` is a bit per line. Ids are those of the person rows: a record
 * holds no number. */
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

static void append_waves(const struct scheme *scheme, struct crowd *crowd,
                         const struct skill_table *skills, struct text *ret)
{
    text_append_string(ret, "\"waves\":[");
    if (scheme->plan.people_count > 0) {
        text_append_string(ret, "{\"after_s\":0,\"people\":[");
        for (uint32_t i = 0; i < scheme->plan.people_count; i++) {
            text_append_string(ret, i == 0 ? "" : ",");
            append_person(scheme, &scheme->plan.people[i], crowd, skills, ret);
        }
        text_append_string(ret, "]}");
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
    text_appendf(ret, ",\"lifts\":{\"quiet\":%u,\"duty\":%u,\"cap\":%u}",
                 scheme->lift_quiet, scheme->lift_duty, scheme->lift_cap);
    isolated_append_json(&scheme->isolated, ret);
    text_append_string(ret, "}");
}

/* ---- the record
 * ----------------------------------------------------------------------------------- */

static void append_header(const struct scheme *scheme, struct text *ret)
{
    const struct plan *plan = &scheme->plan;
    char at[TIME_TEXT_SIZE];
    time_format_utc(scheme->now_ms, at);
    text_appendf(ret, "{\"at\":\"%s\",\"need\":%lld,\"callout\":%lld", at,
                 (long long)scheme->need_id, (long long)scheme->callout_id);
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
    text_append_string(ret, ",\"lines\":[");
    for (uint32_t i = 0; i < plan->line_count; i++)
        text_appendf(ret,
                     "%s{\"count\":%u,\"reserve\":%d,\"alerts\":%u,"
                     "\"probability\":%.9g}",
                     i == 0 ? "" : ",", scheme->counts[i], plan->lines[i].reserve,
                     plan->lines[i].alerts, plan->lines[i].probability);
    text_append_string(ret, "]");
}

static void append_candidate(const struct scheme *scheme, uint32_t index,
                             const struct plan_person *planned, uint32_t farthest_ms,
                             struct text *ret)
{
    const struct scheme_person *person = &scheme->candidates[index];
    text_appendf(ret, "[%lld,%u,", (long long)person->id, person->lines);
    append_seconds(ret, person->ms);
    if (planned != NULL)
        text_appendf(ret, ",\"alerted\",%u,%.6g,%.6g]", planned->line, planned->p_accept,
                     planned->p_in_time);
    else
        text_append_string(ret, person->ms > farthest_ms ? ",\"farther\"]"
                                                         : ",\"not_needed\"]");
}

/* Alerted ones first, in the order in which they were asked, then the others by way. */
static void append_candidates(const struct scheme *scheme, struct text *ret)
{
    const struct plan *plan = &scheme->plan;
    AUTO_FREE uint8_t *alerted = mem_calloc((size_t)scheme->candidate_count + 1, 1);
    uint32_t farthest = 0, written = 0, cut = 0;
    if (alerted == NULL) {
        ret->status = ST_NO_MEMORY;
        return;
    }
    for (uint32_t i = 0; i < plan->people_count; i++) {
        uint32_t ms = scheme->candidates[plan->people[i].candidate].ms;
        farthest = ms > farthest ? ms : farthest;
    }
    text_append_string(ret, ",\"candidates\":[");
    for (uint32_t i = 0; i < plan->people_count; i++) {
        uint32_t index = plan->people[i].candidate;
        alerted[index] = 1;
        text_append_string(ret, written++ == 0 ? "" : ",");
        append_candidate(scheme, index, &plan->people[i], farthest, ret);
    }
    for (uint32_t i = 0; i < scheme->candidate_count; i++) {
        if (alerted[i] || scheme->candidates[i].ms > 2 * (uint64_t)farthest)
            continue;
        if (written >= SCHEME_RECORD_MAX) {
            cut++;
            continue;
        }
        text_append_string(ret, written++ == 0 ? "" : ",");
        append_candidate(scheme, i, NULL, farthest, ret);
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
