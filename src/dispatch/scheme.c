/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates out of the crowd (scheme_crowd.c), holders and open alerts out of the
 * incident's rows, and the plan made of them. If the plan uses up a line's candidates
 * without reaching the target, and the last of them could still be in time, the crowd is
 * asked again for four times as many. */
#include "dispatch/scheme_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_DEADLINE_MS TIME_DAY_MS
#define MESSAGES_PER_RUNG 0.5 /* half are still unread when the next channel is tried */

void scheme_release(struct scheme *scheme)
{
    plan_release(&scheme->plan);
    mem_free(scheme->candidates);
    mem_free(scheme->excluded_ids);
    *scheme = (struct scheme){0};
}

/* ---- who was asked already
 * -------------------------------------------------------------------- */

static const struct alert *find_alert(const struct loop_incident *incident, int64_t id)
{
    uint32_t low = 0, high = incident->alert_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (incident->alerts[middle].id == id)
            return &incident->alerts[middle];
        if (incident->alerts[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static struct learn_moment moment_of(const struct gather *gather)
{
    const struct scheme_request *request = gather->request;
    struct time_local local;
    time_to_local(request->now_ms, &local);
    return (struct learn_moment){
        .now_ms = request->now_ms,
        .minute = local.minute,
        .weekend = crowd_is_weekend(gather->config->crowd, request->now_ms),
        .exercise = request->exercise,
        .kind =
            (uint8_t)(request->incident == NULL ? KIND_OTHER : request->incident->kind)};
}

/* What is expected of PERSON_ID, who travels by MODE; without anything learned, the
 * figures of the model. */
static struct learn_forecast forecast_of(const struct gather *gather, int64_t person_id,
                                         enum road_mode mode, uint32_t travel_ms)
{
    const struct response_model_config *config =
        response_model_get_config(gather->config->model);
    if (gather->config->forecast != NULL)
        return gather->config->forecast(gather->config->context, person_id, travel_ms);
    if (gather->config->learn == NULL)
        return (struct learn_forecast){config->accept, config->comes, travel_ms,
                                       travel_ms, 0};
    return learn_forecast(gather->config->learn, &gather->moment, person_id,
                          (uint8_t)mode, travel_ms);
}

/* The same of somebody who was asked, as it is known now. */
static struct learn_forecast expected_of(const struct gather *gather,
                                         const struct alert *alert)
{
    enum road_mode mode = gather->request->need->mode < 0
                              ? crowd_mode(gather->config->crowd, alert->person_id)
                              : (enum road_mode)gather->request->need->mode;
    return forecast_of(gather, alert->person_id, mode, alert->travel_ms);
}

static void gather_holders(struct gather *gather)
{
    const struct loop_incident *incident = gather->request->incident;
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        const struct assignment *assignment = &incident->assignments[i];
        bool arrived = loop_has_arrived(assignment);
        if (assignment->need_id != gather->request->need->id || assignment->past ||
            (!arrived && assignment->state != ASSIGNMENT_ASSIGNED &&
             assignment->state != ASSIGNMENT_EN_ROUTE))
            continue;
        const struct alert *alert = find_alert(incident, assignment->alert_id);
        const struct learn_forecast expected =
            alert == NULL ? (struct learn_forecast){0} : expected_of(gather, alert);
        gather->holders[gather->holder_count++] = (struct plan_holder){
            .line = (uint32_t)assignment->line,
            .lines = arrived || alert == NULL ? 0 : alert->lines_able,
            .count = (uint32_t)assignment->count,
            .travel_ms = expected.way_ms,
            .comes = expected.comes,
            .accepted_ms = assignment->assigned_ms,
            .left_ms = loop_set_out_ms(assignment->en_route_ms, assignment->way_from_ms),
            .arrived = arrived,
        };
    }
}

static enum plan_reach reach_of(const struct gather *gather, const struct alert *alert)
{
    if (alert->seen_ms != 0)
        return PLAN_READ;
    return gather->request->now_ms - alert->alerted_ms > SCHEME_UNREAD_AFTER_MS
               ? PLAN_UNREAD
               : PLAN_REACH_UNKNOWN;
}

static void gather_asked(struct gather *gather)
{
    const struct scheme_request *request = gather->request;
    for (uint32_t i = 0; i < request->incident->alert_count; i++) {
        const struct alert *alert = &request->incident->alerts[i];
        if (alert->callout_id != request->callout->id)
            continue;
        const struct learn_forecast expected = expected_of(gather, alert);
        gather->first_wave += alert->wave <= 1;
        if (alert->state == ALERT_ACCEPTED || alert->state == ALERT_LATE ||
            alert->state == ALERT_DECLINED || alert->state == ALERT_NO_ANSWER)
            gather->answers[gather->answer_count++] = (struct plan_answer){
                .p_accept = (double)alert->p_accept,
                .yes = alert->state == ALERT_ACCEPTED || alert->state == ALERT_LATE};
        if (alert->state == ALERT_LIMITED && alert->asked_ms == 0)
            gather->limited[gather->limited_count++] = (struct plan_limited){
                .id = alert->id,
                .line = (uint32_t)alert->line,
                .travel_ms = expected.way_ms,
                .ready_ms = alert->answered_ms + alert->ready_in_minutes * TIME_MINUTE_MS,
            };
        else if (loop_alert_is_open(alert))
            gather->pending[gather->pending_count++] = (struct plan_pending){
                .line = (uint32_t)alert->line,
                .lines = alert->lines_able,
                .travel_ms = expected.travel_ms,
                .comes = expected.comes,
                .alerted_ms =
                    alert->state == ALERT_LIMITED ? alert->asked_ms : alert->alerted_ms,
                .p_accept = alert->state == ALERT_LIMITED ? PLAN_LIMITED_ACCEPT
                                                          : (double)alert->p_accept,
                .reach = reach_of(gather, alert),
            };
    }
}

static int gather_rows(struct gather *gather)
{
    const struct scheme_request *request = gather->request;
    if (request->incident == NULL)
        return ST_OK;
    uint32_t alerts = request->incident->alert_count;
    gather->holders = mem_calloc((size_t)request->incident->assignment_count + 1,
                                 sizeof(*gather->holders));
    gather->pending = mem_calloc((size_t)alerts + 1, sizeof(*gather->pending));
    gather->limited = mem_calloc((size_t)alerts + 1, sizeof(*gather->limited));
    gather->answers = mem_calloc((size_t)alerts + 1, sizeof(*gather->answers));
    if (gather->holders == NULL || gather->pending == NULL || gather->limited == NULL ||
        gather->answers == NULL)
        return ST_NO_MEMORY;
    gather_holders(gather);
    if (request->callout != NULL)
        gather_asked(gather);
    return ST_OK;
}

/* ---- the plan
 * ---------------------------------------------------------------------------------- */

static int make_candidates(struct gather *gather)
{
    const struct scheme *scheme = gather->scheme;
    int rungs = __builtin_popcount(gather->config->channels);
    double messages = 1.0 + (rungs > 1 ? MESSAGES_PER_RUNG * (rungs - 1) : 0.0);
    mem_free(gather->candidates);
    gather->candidates =
        mem_calloc((size_t)scheme->candidate_count + 1, sizeof(*gather->candidates));
    if (gather->candidates == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < scheme->candidate_count; i++) {
        struct scheme_person *person = &scheme->candidates[i];
        person->forecast = forecast_of(gather, person->id, person->mode, person->ms);
        gather->candidates[i] =
            (struct plan_candidate){.id = person->id,
                                    .lines = person->lines,
                                    .travel_ms = person->forecast.travel_ms,
                                    .p_accept = person->forecast.accept,
                                    .comes = person->forecast.comes,
                                    .messages = messages,
                                    .burden = person->burden,
                                    .answers = person->forecast.asked,
                                    .first = person->first,
                                    .forced = person->forced};
    }
    return ST_OK;
}

static int64_t deadline_of(const struct scheme_request *request)
{
    return request->need->deadline_ms != 0 ? request->need->deadline_ms
                                           : request->now_ms + NO_DEADLINE_MS;
}

static bool is_night(const struct gather *gather)
{
    struct time_local local;
    time_to_local(gather->request->now_ms, &local);
    return response_model_is_night(gather->config->model, local.minute);
}

/* How good each candidate was, for the record. */
static void note_figures(struct gather *gather)
{
    const struct response_model *model = gather->config->model;
    const struct scheme_request *request = gather->request;
    bool night = is_night(gather);
    for (uint32_t i = 0; i < gather->scheme->candidate_count; i++) {
        const struct plan_candidate *candidate = &gather->candidates[i];
        double comes = candidate->comes > 0.0 ? candidate->comes
                                              : response_model_get_config(model)->comes;
        gather->scheme->candidates[i].q =
            candidate->p_accept * comes *
            response_model_in_time(model, night, deadline_of(request) - request->now_ms,
                                   candidate->travel_ms);
    }
}

/* What one more certain success is worth; with AT_ONCE the target alone counts. */
static double price_of(const struct gather *gather)
{
    const struct scheme_request *request = gather->request;
    if (request->at_once)
        return 0.0;
    return request->callout == NULL || request->callout->price <= 0.0
               ? gather->config->price
               : request->callout->price;
}

static int make_plan(struct gather *gather)
{
    const struct scheme_request *request = gather->request;
    struct plan_need need = {.line_count = (uint32_t)request->need->line_count,
                             .reserve = request->need->reserve,
                             .target = request->need->target,
                             .deadline_ms = deadline_of(request)};
    for (uint32_t i = 0; i < need.line_count && i < PLAN_LINES_MAX; i++)
        need.counts[i] = (uint32_t)request->need->lines[i].count;
    int status = make_candidates(gather);
    if (status < 0)
        return status;
    struct plan_input input = {.need = &need,
                               .response = gather->config->model,
                               .now_ms = request->now_ms,
                               .night = is_night(gather),
                               .candidate_count = gather->scheme->candidate_count,
                               .candidates = gather->candidates,
                               .holder_count = gather->holder_count,
                               .holders = gather->holders,
                               .pending_count = gather->pending_count,
                               .pending = gather->pending,
                               .limited_count = gather->limited_count,
                               .limited = gather->limited,
                               .answer_count = gather->answer_count,
                               .answers = gather->answers,
                               .policy = gather->scheme->policy,
                               .first_wave = gather->first_wave,
                               .price = price_of(gather),
                               .compare = request->explain};
    plan_release(&gather->scheme->plan);
    return plan_make(&input, &gather->scheme->plan);
}

/* Asks for more of the lines that used up what they got. False when that cannot help. */
static bool wants_more(struct gather *gather)
{
    const struct scheme *scheme = gather->scheme;
    const struct scheme_request *request = gather->request;
    bool more = false;
    if (scheme->plan.target_reached || scheme->candidate_count == 0)
        return false;
    uint32_t last_ms = scheme->candidates[scheme->candidate_count - 1].ms;
    double in_time =
        response_model_in_time(gather->config->model, is_night(gather),
                               deadline_of(request) - request->now_ms, last_ms);
    for (int32_t line = 0; line < request->need->line_count; line++) {
        const struct plan_line *planned = &scheme->plan.lines[line];
        /* With seats for all, anybody more helps who could be in time; with fixed seats,
         * only if there were too few people to fill them. */
        bool helps = planned->short_of_people &&
                     (request->need->reserve < 0 || planned->alerts == planned->free);
        if (gather->answered[line] < gather->asked[line] || !helps ||
            in_time < PLAN_IN_TIME_MIN || gather->asked[line] >= SCHEME_CANDIDATES_MAX)
            continue;
        gather->asked[line] *= SCHEME_ASK_FACTOR;
        if (gather->asked[line] > SCHEME_CANDIDATES_MAX)
            gather->asked[line] = SCHEME_CANDIDATES_MAX;
        more = true;
    }
    return more;
}

static void fill_shortfall(struct scheme *scheme)
{
    for (uint32_t line = 0; line < scheme->plan.line_count; line++) {
        const struct plan_line *planned = &scheme->plan.lines[line];
        if (planned->available < scheme->counts[line])
            scheme->shortfall[scheme->shortfall_count++] = (struct scheme_shortfall){
                .line = line, .have = planned->available, .want = scheme->counts[line]};
    }
}

static void fill_histories(struct gather *gather)
{
    const struct plan *plan = &gather->scheme->plan;
    for (uint32_t i = 0; i < plan->people_count && gather->config->learn != NULL; i++) {
        struct scheme_person *person =
            &gather->scheme->candidates[plan->people[i].candidate];
        person->history =
            learn_history(gather->config->learn, person->id, gather->request->exercise);
    }
}

/* When the first of those alerted is there as likely as not: bisection on the minute. */
static void fill_first_on_scene(struct gather *gather)
{
    struct scheme *scheme = gather->scheme;
    int64_t low = 0, high = TIME_DAY_MS;
    bool night = is_night(gather);
    while (high - low > 1000) {
        int64_t middle = low + (high - low) / 2;
        double nobody = 1.0;
        for (uint32_t i = 0; i < scheme->plan.people_count; i++) {
            const struct plan_person *person = &scheme->plan.people[i];
            const struct learn_forecast *forecast =
                &scheme->candidates[person->candidate].forecast;
            nobody *= 1.0 - person->p_accept * forecast->comes *
                                response_model_in_time(gather->config->model, night,
                                                       middle, forecast->travel_ms);
        }
        if (nobody <= 0.5)
            high = middle;
        else
            low = middle;
    }
    scheme->first_on_scene_ms = high < TIME_DAY_MS ? high : 0;
}

static void hold(struct scheme *scheme)
{
    struct plan *plan = &scheme->plan;
    plan->probability = plan->probability_held;
    plan->target_reached = plan->probability_held >= scheme->target;
    plan->people_count = plan->ask_limited_count = 0;
    plan->next_due_ms = 0;
}

static int make(struct gather *gather, struct diag *reterr)
{
    const bool is_held = gather->request->held;
    int status = gather_forced_out(gather);
    if (status == ST_OK)
        status = gather_first(gather);
    if (status == ST_OK)
        status = gather_rows(gather);
    do {
        if (status == ST_OK && !is_held)
            status = gather_crowd(gather, reterr);
        if (status == ST_OK)
            status = make_plan(gather);
        if (status == ST_INVALID && reterr != NULL && reterr->text[0] == '\0')
            (void)diag_set(reterr, status, 0, 0, "need", "is out of its limits");
    } while (status == ST_OK && wants_more(gather));
    if (status == ST_OK && is_held) {
        hold(gather->scheme);
        return ST_OK;
    }
    if (status == ST_OK) {
        note_figures(gather);
        fill_shortfall(gather->scheme);
        fill_histories(gather);
        fill_first_on_scene(gather);
    }
    if (status != ST_OK)
        return status;
    if (!gather->request->record)
        return gather_excluded(gather, reterr);
    if (gather->scheme->plan.people_count == 0 && !gather->request->explain)
        return ST_OK; /* nobody is alerted: nothing is recorded, nobody asks why */
    return gather_record(gather, reterr);
}

/* Different for different figures and for different rows learned from; 53 bits. */
static uint64_t model_version(const struct scheme_config *config)
{
    uint64_t version = response_model_version(config->model);
    if (config->learn == NULL || learn_rows(config->learn) == 0)
        return version;
    return ((version * UINT64_C(1099511628211)) ^ learn_version(config->learn)) &
           ((UINT64_C(1) << 53) - 1);
}

static void start(struct gather *gather)
{
    const struct scheme_request *request = gather->request;
    struct scheme *scheme = gather->scheme;
    const struct need *need = request->need;
    gather->flags = gather_flags(request);
    gather->moment = moment_of(gather);
    scheme->exercise = request->exercise;
    scheme->night = is_night(gather);
    for (int32_t line = 0; line < need->line_count; line++) {
        uint32_t seats =
            (uint32_t)(need->lines[line].count + (need->reserve > 0 ? need->reserve : 0));
        gather->asked[line] = SCHEME_FIRST_ASKED + SCHEME_PER_SEAT * seats;
        scheme->counts[line] = (uint32_t)need->lines[line].count;
    }
    scheme->need_id = need->id;
    scheme->callout_id = request->callout == NULL ? 0 : request->callout->id;
    scheme->version = request->callout == NULL ? 0 : request->callout->version;
    scheme->now_ms = request->now_ms;
    scheme->target = need->target;
    scheme->channels = gather->config->channels;
    scheme->policy = request->at_once ? PLAN_POLICY_ONE_WAVE : gather->config->policy;
    scheme->correlation = response_model_get_config(gather->config->model)->correlation;
    scheme->crowd_version = crowd_version(gather->config->crowd);
    scheme->closed_version = crowd_closed_version(gather->config->crowd);
    scheme->model_version = model_version(gather->config);
    scheme->road_version =
        gather->config->road == NULL ? 0 : road_version(gather->config->road);
}

int scheme_make(const struct scheme_config *config, const struct scheme_request *request,
                struct scheme *ret, struct diag *reterr)
{
    *ret = (struct scheme){0};
    const struct need *need = request->need;
    if (need->line_count < 1 || need->line_count > LOOP_LINES_MAX)
        return diag_set(reterr, ST_INVALID, 0, 0, "lines", "must be 1 to %d",
                        LOOP_LINES_MAX);
    for (int32_t i = 0; i < need->line_count; i++)
        if (need->lines[i].count < 1 || need->lines[i].count > LOOP_COUNT_MAX)
            return diag_set(reterr, ST_INVALID, 0, 0, "count", "must be 1 to %d",
                            LOOP_COUNT_MAX);
    if (request->forced_count > SCHEME_FORCED_MAX)
        return diag_set(reterr, ST_LIMIT, 0, 0, "force", "at most %d at a time",
                        SCHEME_FORCED_MAX);
    assert(request->callout == NULL || request->incident != NULL);
    struct gather gather = {.config = config, .request = request, .scheme = ret};
    start(&gather);
    int status = make(&gather, reterr);
    mem_free(gather.forced_out);
    mem_free(gather.first);
    mem_free(gather.holders);
    mem_free(gather.pending);
    mem_free(gather.limited);
    mem_free(gather.answers);
    mem_free(gather.candidates);
    return status;
}

/* ---- the wave
 * ------------------------------------------------------------------------------------ */

/* The channels that can reach the person. Nothing left: all of them, so that the failure
 * shows. */
static uint8_t channels_of(const struct scheme *scheme,
                           const struct scheme_person *person)
{
    const uint8_t channels = loop_reach(scheme->channels, person->has_email,
                                        person->has_phone, person->has_push);
    return channels == 0 ? scheme->channels : channels;
}

int scheme_wave(const struct scheme *scheme, struct loop_wave *ret,
                struct loop_invitation **ret_invitations)
{
    const struct plan *plan = &scheme->plan;
    struct loop_invitation *invitations =
        mem_calloc((size_t)plan->people_count + 1, sizeof(*invitations));
    if (invitations == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < plan->people_count; i++) {
        const struct plan_person *planned = &plan->people[i];
        const struct scheme_person *person = &scheme->candidates[planned->candidate];
        invitations[i] =
            (struct loop_invitation){.person_id = person->id,
                                     .line = (int32_t)planned->line,
                                     .count = 1,
                                     .lines_able = (uint8_t)person->lines,
                                     .travel_ms = person->ms,
                                     .p_accept = (float)planned->p_accept,
                                     .p_in_time = (float)planned->p_in_time,
                                     .forced = person->forced,
                                     .channels = channels_of(scheme, person)};
    }
    *ret = (struct loop_wave){.version = scheme->version,
                              .count = plan->people_count,
                              .invitations = invitations,
                              .probability = plan->probability,
                              .target_reached = plan->target_reached,
                              .target_holds = plan->probability_held >= scheme->target,
                              .price = plan->price,
                              .next_due_ms = plan->next_due_ms,
                              .ask_limited_count = plan->ask_limited_count,
                              .ask_limited = plan->ask_limited};
    for (uint32_t line = 0; line < plan->line_count; line++) {
        int32_t reserve = plan->lines[line].reserve;
        ret->reserves[line] = reserve < LOOP_COUNT_MAX ? reserve : LOOP_COUNT_MAX;
    }
    *ret_invitations = invitations;
    return ST_OK;
}
