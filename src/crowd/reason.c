/* SPDX-License-Identifier: Apache-2.0 */
/* Why a person is not in an answer, in the order of CROWD_REASON_LIST. Skills are looked
 * at by group, once a question; certificates by person, when they matter. */
#include "crowd/question.h"

#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"

#include <string.h>

#define WEEK_MS (7 * TIME_DAY_MS)
#define NIGHT_FROM (22 * 60)
#define NIGHT_TO (6 * 60)
#define STAMPS (UINT32_MAX >> 2)

int reasons_start(struct question *q)
{
    struct workspace *work = q->work;
    uint32_t before = work->verdict_capacity;
    int status =
        mem_grow(&work->verdicts, &work->verdict_capacity, q->crowd->skill_sets.count + 1,
                 sizeof(*work->verdicts), ANSWER_MAX);
    if (status < 0)
        return status;
    memset(work->verdicts + before, 0,
           (work->verdict_capacity - before) * sizeof(*work->verdicts));
    if (++work->stamp > STAMPS) {
        memset(work->verdicts, 0, work->verdict_capacity * sizeof(*work->verdicts));
        work->stamp = 1;
    }
    return ST_OK;
}

enum verdict group_verdict_first(struct question *q, uint32_t group)
{
    const struct group *g = &q->crowd->groups[group];
    enum verdict is = skill_set_covers(&g->believed, &q->query->skills)    ? VERDICT_YES
                      : skill_set_covers(&g->potential, &q->query->skills) ? VERDICT_MAYBE
                                                                           : VERDICT_NO;
    q->work->verdicts[group] = q->work->stamp << 2 | (uint32_t)is;
    return is;
}

bool crowd_is_quiet(enum crowd_quiet kind, const struct hours *own,
                    const struct hours_moment *moment)
{
    if (kind == CROWD_QUIET_NONE)
        return false;
    if (kind == CROWD_QUIET_OWN)
        return hours_contain_moment(own, moment);
    return moment->minute >= NIGHT_FROM || moment->minute < NIGHT_TO;
}

/* The alerts of the last 168 hours, and those of a clock that was set back since. */
static uint32_t alerts_of_week(const struct extra *extra, int64_t now_ms)
{
    uint32_t count = 0;
    for (uint32_t i = 0; extra != NULL && i < extra->alert_count; i++)
        count += extra->alerts_ms[i] > now_ms - WEEK_MS;
    return count;
}

static uint32_t owed_of_week(const struct crowd *crowd, int64_t id, int64_t now_ms)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < crowd->owed_count; i++)
        count += crowd->owed[i].id == id && crowd->owed[i].at_ms > now_ms - WEEK_MS;
    return count;
}

uint32_t crowd_alerts_left(struct crowd *crowd, int64_t id, int64_t now_ms)
{
    uint32_t left = UINT32_MAX;
    crowd_lock_shared(crowd);
    uint32_t slot = crowd_find(crowd, id);
    if (slot != MEMBER_NONE) {
        uint32_t had =
            alerts_of_week(member_extra(crowd, crowd_member(crowd, slot)), now_ms) +
            owed_of_week(crowd, id, now_ms);
        left = had < crowd->weekly_cap ? crowd->weekly_cap - had : 0;
    }
    crowd_unlock(crowd);
    return left;
}

uint32_t crowd_alert_times(struct crowd *crowd, int64_t id,
                           int64_t ret_ms[CROWD_ALERTS_KEPT])
{
    uint32_t count = 0;
    crowd_lock_shared(crowd);
    uint32_t slot = crowd_find(crowd, id);
    const struct extra *extra =
        slot == MEMBER_NONE ? NULL : member_extra(crowd, crowd_member(crowd, slot));
    for (; extra != NULL && count < extra->alert_count; count++)
        ret_ms[count] = extra->alerts_ms[count];
    crowd_unlock(crowd);
    return count;
}

/* The reasons a dispatcher may set aside for one person (forced_in). */
static enum crowd_reason soft_reason(const struct question *q,
                                     const struct member *member)
{
    const struct crowd_query *query = q->query;
    const struct schedule *schedule =
        intern_value(&q->crowd->schedules, member->schedule);
    if ((query->flags & CROWD_LIFT_DUTY) == 0 &&
        !hours_contain_moment(&schedule->duty, &q->moment))
        return CROWD_OFF_DUTY;
    if ((query->flags & CROWD_APPLY_QUIET) != 0 &&
        crowd_is_quiet((enum crowd_quiet)schedule->quiet_kind, &schedule->quiet,
                       &q->moment))
        return CROWD_QUIET;
    if ((query->flags & CROWD_APPLY_CAP) != 0 &&
        alerts_of_week(member_extra(q->crowd, member), query->time_ms) >=
            q->crowd->weekly_cap)
        return CROWD_CAP;
    unsigned committed =
        MEMBER_COMMITTED | ((query->flags & CROWD_EXERCISE) != 0 ? MEMBER_EXERCISE : 0u);
    return (member->flags & committed) != 0 ? CROWD_COMMITTED : CROWD_OK;
}

enum crowd_reason unskilled_reason(const struct question *q, const struct member *member)
{
    return ids_contain(q->query->forced_out, q->query->forced_out_count, member->id)
               ? CROWD_FORCED_OUT
               : CROWD_NO_SKILL;
}

static bool has_valid_skills(const struct question *q, const struct member *member)
{
    struct skill_set skills;
    crowd_effective(q->crowd, member, q->moment.day, &skills);
    return skill_set_covers(&skills, &q->query->skills);
}

enum crowd_reason person_reason(struct question *q, const struct member *member)
{
    const struct crowd_query *query = q->query;
    enum verdict verdict = group_verdict(q, member->group);
    if (verdict == VERDICT_NO)
        return unskilled_reason(q, member);
    if (query->forced_out_count > 0 &&
        ids_contain(query->forced_out, query->forced_out_count, member->id))
        return CROWD_FORCED_OUT;
    if (verdict == VERDICT_MAYBE && !has_valid_skills(q, member))
        return CROWD_CERTIFICATE;
    if ((member->flags & MEMBER_SUSPENDED) != 0)
        return CROWD_SUSPENDED;
    if (member->adult != ADULT_UNKNOWN && q->moment.day < member_adult_day(member))
        return CROWD_UNDER_AGE;
    const struct extra *extra = member_extra(q->crowd, member);
    if (extra != NULL && query->time_ms < extra->paused_until_ms)
        return CROWD_PAUSED;
    if (query->forced_in_count > 0 &&
        ids_contain(query->forced_in, query->forced_in_count, member->id))
        return CROWD_OK;
    return soft_reason(q, member);
}
