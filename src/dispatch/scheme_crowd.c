/* SPDX-License-Identifier: Apache-2.0 */
/* The crowd is asked once a line for the nearest who qualify (once for lines that ask for
 * the same); people who qualify for several lines are joined into one candidate. Forced
 * people, and those who said yes in an earlier call-out, are fetched one by one, however
 * far they are. Whom the nearest were preferred to costs much more than the nearest do,
 * so that is asked once, when the plan stands. */
#include "dispatch/scheme_internal.h"

#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

#define COUNTED (CROWD_LIST_EXCLUDED | CROWD_NO_METRES)

/* ---- the question
 * -------------------------------------------------------------------------- */

static uint32_t lift_of(const struct scheme_request *request)
{
    uint32_t lift = request->lift;
    if (request->callout != NULL)
        lift |= request->callout->lift;
    if (request->level >= LEVEL_II && !request->exercise)
        lift |= LIFT_QUIET | LIFT_DUTY | LIFT_CAP;
    return lift;
}

unsigned gather_flags(const struct scheme_request *request)
{
    uint32_t lift = lift_of(request);
    unsigned flags = 0;
    if ((lift & LIFT_QUIET) == 0)
        flags |= CROWD_APPLY_QUIET;
    if ((lift & LIFT_CAP) == 0)
        flags |= CROWD_APPLY_CAP;
    if ((lift & LIFT_DUTY) != 0)
        flags |= CROWD_LIFT_DUTY;
    if (request->exercise)
        flags |= CROWD_EXERCISE;
    if (request->need->mode < 0)
        flags |= CROWD_OWN_MODE;
    return flags;
}

/* Whoever has had an alert in this call-out is not asked again, but after a stand-down to
 * which they did not say no. */
int gather_forced_out(struct gather *gather)
{
    const struct scheme_request *request = gather->request;
    uint32_t alerts = request->callout == NULL ? 0 : request->incident->alert_count;
    gather->forced_out = mem_calloc((size_t)request->excluded_count + alerts + 1,
                                    sizeof(*gather->forced_out));
    if (gather->forced_out == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < request->excluded_count; i++)
        gather->forced_out[gather->forced_out_count++] = request->excluded[i];
    for (uint32_t i = 0; i < alerts; i++) {
        const struct alert *alert = &request->incident->alerts[i];
        if (alert->callout_id == request->callout->id &&
            !loop_may_be_asked_anew(request->incident, alert))
            gather->forced_out[gather->forced_out_count++] = alert->person_id;
    }
    if (gather->forced_out_count > 1)
        ids_sort(gather->forced_out, gather->forced_out_count);
    return ST_OK;
}

int gather_first(struct gather *gather)
{
    const struct scheme_request *request = gather->request;
    if (request->incident == NULL || request->incident->alert_count == 0)
        return ST_OK;
    gather->first = mem_calloc(request->incident->alert_count, sizeof(*gather->first));
    if (gather->first == NULL)
        return ST_NO_MEMORY;
    uint32_t count = loop_said_yes(request->incident, request->need->id, gather->first,
                                   request->incident->alert_count);
    gather->first_count =
        count < request->incident->alert_count ? count : request->incident->alert_count;
    return ST_OK;
}

/* FLAGS beside those of the request. */
static struct crowd_query query_for(const struct gather *gather, uint32_t line,
                                    unsigned flags)
{
    const struct scheme_request *request = gather->request;
    return (struct crowd_query){
        .at = request->need->at,
        .mode = request->need->mode < 0 ? ROAD_FOOT : (enum road_mode)request->need->mode,
        .flags = gather->flags | flags,
        .time_ms = request->now_ms,
        .count = gather->asked[line],
        .ms_max = ROAD_MS_NONE,
        .skills = request->need->lines[line].skills,
        .forced_out = gather->forced_out,
        .forced_out_count = gather->forced_out_count,
        .forced_in = request->forced,
        .forced_in_count = request->forced_count,
    };
}

/* ---- the answers, joined
 * --------------------------------------------------------------------- */

/* The lines that ask for the same as LINE does, if it is the first of them; else none. */
static uint32_t lines_alike(const struct gather *gather, uint32_t line)
{
    const struct need *need = gather->request->need;
    uint32_t alike = 0;
    for (int32_t i = 0; i < need->line_count; i++) {
        if (gather->asked[i] != gather->asked[line] ||
            memcmp(&need->lines[i].skills, &need->lines[line].skills,
                   sizeof(need->lines[i].skills)) != 0)
            continue;
        if (alike == 0 && (uint32_t)i != line)
            return 0;
        alike |= 1u << i;
    }
    return alike;
}

/* Somebody who may serve LINES, a bit each. */
static int add_candidate(struct gather *gather, uint32_t lines,
                         const struct crowd_candidate *candidate)
{
    struct scheme *scheme = gather->scheme;
    const struct scheme_request *request = gather->request;
    int status = mem_grow(&scheme->candidates, &scheme->candidate_capacity,
                          scheme->candidate_count + 1, sizeof(*scheme->candidates),
                          2 * PLAN_LINES_MAX * SCHEME_CANDIDATES_MAX);
    if (status < 0)
        return status;
    struct scheme_person *person = &scheme->candidates[scheme->candidate_count++];
    *person = (struct scheme_person){
        .id = candidate->id,
        .mode = candidate->mode,
        .lines = lines,
        .ms = candidate->ms,
        .area = candidate->area,
        .has_email = candidate->has_email,
        .has_phone = candidate->has_phone,
        .has_push = candidate->has_push,
        .burden = (double)candidate->burden,
        .skills = candidate->skills,
        .forced = ids_contain(request->forced, request->forced_count, candidate->id),
        .first = ids_contain(gather->first, gather->first_count, candidate->id),
    };
    memcpy(person->number, candidate->number, sizeof(person->number));
    return ST_OK;
}

static int add_excluded(struct scheme *scheme, const struct crowd_excluded *excluded,
                        uint32_t count)
{
    int status = mem_grow(&scheme->excluded_ids, &scheme->excluded_id_capacity,
                          scheme->excluded_id_count + count,
                          sizeof(*scheme->excluded_ids), UINT32_C(1000000000));
    if (status < 0)
        return status;
    if (count > 0)
        memcpy(scheme->excluded_ids + scheme->excluded_id_count, excluded,
               count * sizeof(*excluded));
    scheme->excluded_id_count += count;
    return ST_OK;
}

static int ask_line(struct gather *gather, uint32_t line, struct diag *reterr)
{
    struct crowd_answer answer;
    const uint32_t alike = lines_alike(gather, line);
    if (alike == 0)
        return ST_OK; /* asked already */
    struct crowd_query query = query_for(gather, line, CROWD_QUICK);
    int status = crowd_nearest(gather->config->crowd, &query, &answer, reterr);
    for (uint32_t i = 0; i < answer.count && status == ST_OK; i++)
        status = add_candidate(gather, alike, &answer.candidates[i]);
    for (uint32_t i = 0; i < PLAN_LINES_MAX; i++)
        if ((alike >> i & 1) != 0)
            gather->answered[i] = answer.count;
    crowd_answer_release(&answer);
    return status;
}

/* One person, however far away, for every line that they may serve. */
static int ask_person(struct gather *gather, int64_t id, bool must, struct diag *reterr)
{
    enum crowd_reason why = CROWD_OK;
    char number[CROWD_NUMBER_MAX + 1] = "";
    bool any = false;
    for (int32_t line = 0; line < gather->request->need->line_count; line++) {
        struct crowd_query query = query_for(gather, (uint32_t)line, 0);
        struct crowd_candidate candidate;
        enum crowd_reason reason;
        int status =
            crowd_explain(gather->config->crowd, &query, id, &candidate, &reason, reterr);
        if (status == ST_NOT_FOUND && must)
            return diag_set(reterr, status, 0, 0, "force", "there is no such person");
        if (status == ST_NOT_FOUND)
            return ST_OK;
        if (status == ST_OK && reason == CROWD_OK) {
            any = true;
            status = add_candidate(gather, 1u << line, &candidate);
        }
        if (status < 0)
            return status;
        why = reason > why ? reason : why;
        memcpy(number, candidate.number, sizeof(number));
    }
    if (any || !must)
        return ST_OK;
    return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "force", "%s cannot be alerted: %s",
                    number, crowd_reason_code(why));
}

static int by_id(const void *a, const void *b)
{
    const struct scheme_person *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static int by_ms(const void *a, const void *b)
{
    const struct scheme_person *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return by_id(a, b);
}

/* By id, the reason that was tested last first: it came nearest to being none. */
static int by_id_and_reason(const void *a, const void *b)
{
    const struct crowd_excluded *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->reason < y->reason) - (x->reason > y->reason);
}

static void join_candidates(struct scheme *scheme)
{
    uint32_t count = 0;
    if (scheme->candidate_count == 0)
        return;
    qsort(scheme->candidates, scheme->candidate_count, sizeof(*scheme->candidates),
          by_id);
    for (uint32_t i = 0; i < scheme->candidate_count; i++)
        if (count > 0 && scheme->candidates[count - 1].id == scheme->candidates[i].id)
            scheme->candidates[count - 1].lines |= scheme->candidates[i].lines;
        else
            scheme->candidates[count++] = scheme->candidates[i];
    scheme->candidate_count = count;
}

/* The ids of the candidates, sorted: a block (mem_free), NULL = no memory. */
static int64_t *candidate_ids(const struct scheme *scheme)
{
    uint32_t count = scheme->candidate_count;
    int64_t *ids = mem_calloc((size_t)count + 1, sizeof(*ids));
    for (uint32_t i = 0; i < count && ids != NULL; i++)
        ids[i] = scheme->candidates[i].id;
    if (ids != NULL && count > 1)
        ids_sort(ids, count);
    return ids;
}

/* Each person once: those whom every line was asked about and none could have. Too far is
 * no reason here, it means that others were nearer. */
static int join_excluded(const struct gather *gather)
{
    struct scheme *scheme = gather->scheme;
    uint32_t lines = 0, count = 0; /* questions that were asked */
    for (int32_t line = 0; line < gather->request->need->line_count; line++)
        lines += lines_alike(gather, (uint32_t)line) != 0;
    AUTO_FREE int64_t *ids = candidate_ids(scheme);
    if (ids == NULL)
        return ST_NO_MEMORY;
    if (scheme->excluded_id_count > 1)
        qsort(scheme->excluded_ids, scheme->excluded_id_count,
              sizeof(*scheme->excluded_ids), by_id_and_reason);
    memset(scheme->excluded, 0, sizeof(scheme->excluded));
    for (uint32_t i = 0, next; i < scheme->excluded_id_count; i = next) {
        struct crowd_excluded excluded = scheme->excluded_ids[i];
        for (next = i + 1; next < scheme->excluded_id_count &&
                           scheme->excluded_ids[next].id == excluded.id;)
            next++;
        if (next - i < lines || excluded.reason == CROWD_TOO_FAR ||
            ids_contain(ids, scheme->candidate_count, excluded.id))
            continue;
        scheme->excluded_ids[count++] = excluded;
        scheme->excluded[excluded.reason]++;
    }
    scheme->excluded_id_count = count;
    scheme->lift_quiet = scheme->excluded[CROWD_QUIET];
    scheme->lift_duty = scheme->excluded[CROWD_OFF_DUTY];
    scheme->lift_cap = scheme->excluded[CROWD_CAP];
    return ST_OK;
}

/* A line got fewer people than were asked for, and the plan does not reach its target. */
static bool is_short(const struct gather *gather)
{
    bool any = false;
    for (int32_t line = 0; line < gather->request->need->line_count; line++)
        any |= gather->answered[line] < gather->asked[line];
    return any && !gather->scheme->plan.target_reached;
}

int gather_crowd(struct gather *gather, struct diag *reterr)
{
    const struct scheme_request *request = gather->request;
    struct scheme *scheme = gather->scheme;
    scheme->candidate_count = 0;
    int status = ST_OK;
    for (int32_t line = 0; line < request->need->line_count && status == ST_OK; line++)
        status = ask_line(gather, (uint32_t)line, reterr);
    for (uint32_t i = 0; i < request->forced_count && status == ST_OK; i++)
        status = ask_person(gather, request->forced[i], true, reterr);
    for (uint32_t i = 0; i < gather->first_count && status == ST_OK; i++)
        status = ask_person(gather, gather->first[i], false, reterr);
    if (status < 0)
        return status;
    join_candidates(scheme);
    if (scheme->candidate_count > 1)
        qsort(scheme->candidates, scheme->candidate_count, sizeof(*scheme->candidates),
              by_ms);
    return ST_OK;
}

int gather_excluded(struct gather *gather, struct diag *reterr)
{
    const struct need *need = gather->request->need;
    struct scheme *scheme = gather->scheme;
    unsigned whole = is_short(gather) && gather->request->explain
                         ? CROWD_EXPLAIN /* people are short: say why, of everybody */
                         : 0u;
    int status = ST_OK;
    for (int32_t line = 0; line < need->line_count && status == ST_OK; line++) {
        struct crowd_answer answer;
        if (lines_alike(gather, (uint32_t)line) == 0)
            continue;
        struct crowd_query query = query_for(gather, (uint32_t)line, COUNTED | whole);
        status = crowd_nearest(gather->config->crowd, &query, &answer, reterr);
        if (status == ST_OK)
            status = add_excluded(scheme, answer.excluded_ids, answer.excluded_id_count);
        crowd_answer_release(&answer);
    }
    return status < 0 ? status : join_excluded(gather);
}

/* How far the record goes: everybody within twice the way of the farthest who is alerted.
 * 0 = no farther than the candidates. */
static uint32_t record_ms(const struct scheme *scheme)
{
    uint32_t farthest = 0, known = scheme->candidate_count;
    for (uint32_t i = 0; i < scheme->plan.people_count; i++) {
        uint32_t ms = scheme->candidates[scheme->plan.people[i].candidate].ms;
        farthest = ms > farthest ? ms : farthest;
    }
    if (scheme->plan.people_count == 0 || known >= SCHEME_RECORD_MAX ||
        scheme->candidates[known - 1].ms >= 2 * (uint64_t)farthest)
        return 0;
    return farthest < ROAD_MS_NONE / 2 ? 2 * farthest : ROAD_MS_NONE - 1;
}

int gather_record(struct gather *gather, struct diag *reterr)
{
    struct scheme *scheme = gather->scheme;
    uint32_t known = scheme->candidate_count, ms_max = record_ms(scheme);
    if (ms_max == 0)
        return gather_excluded(gather, reterr);
    AUTO_FREE int64_t *ids = candidate_ids(scheme);
    int status = ids == NULL ? ST_NO_MEMORY : ST_OK;
    for (int32_t line = 0; line < gather->request->need->line_count && status == ST_OK;
         line++) {
        struct crowd_answer answer;
        const uint32_t alike = lines_alike(gather, (uint32_t)line);
        if (alike == 0)
            continue;
        struct crowd_query query = query_for(gather, (uint32_t)line, COUNTED);
        query.count = SCHEME_RECORD_MAX;
        query.ms_max = ms_max;
        status = crowd_nearest(gather->config->crowd, &query, &answer, reterr);
        if (status == ST_OK)
            status = add_excluded(scheme, answer.excluded_ids, answer.excluded_id_count);
        for (uint32_t i = 0; i < answer.count && status == ST_OK; i++)
            if (!ids_contain(ids, known, answer.candidates[i].id))
                status = add_candidate(gather, alike, &answer.candidates[i]);
        crowd_answer_release(&answer);
    }
    return status < 0 ? status : join_excluded(gather);
}
