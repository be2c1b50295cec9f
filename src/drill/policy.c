/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/policy.h"

#include <assert.h>

static uint32_t share(const struct policy_view *view, uint32_t number)
{
    return (uint32_t)(((uint64_t)number * view->count + view->whole - 1) / view->whole);
}

static uint32_t phased_until(const struct policy *policy, const struct policy_view *view)
{
    uint32_t due = 0;
    for (uint32_t i = 0; i < policy->phases && policy->phase[i].at_ms <= view->since_ms;
         i++)
        due += share(view, policy->phase[i].count);
    return due;
}

uint32_t policy_wanted(const struct policy *policy, const struct policy_view *view)
{
    uint32_t busy = view->open + view->holding, due;
    if (view->holding >= view->count + (uint32_t)policy->reserve)
        return 0;
    switch (policy->rule) {
    case POLICY_NEAREST:
        return view->alerted == 0 && view->since_ms == 0 ? share(view, policy->count) : 0;
    case POLICY_RADIUS:
        return view->alerted == 0 && view->since_ms == 0 ? UINT32_MAX : 0;
    case POLICY_PHASED:
        due = phased_until(policy, view);
        return due > view->alerted ? due - view->alerted : 0;
    case POLICY_TOP_UP:
        due = share(view, policy->count);
        return due > busy ? due - busy : 0;
    case POLICY_OURS:
        break;
    }
    assert(!"our own policy is the planner's");
    return 0;
}

uint32_t policy_ms_max(const struct policy *policy, const struct scenario *scenario)
{
    if (policy->rule != POLICY_RADIUS)
        return UINT32_MAX;
    double s = policy->radius_m * scenario->people.detour / scenario->people.speed_m_s;
    return (uint32_t)(s * 1000.0);
}
