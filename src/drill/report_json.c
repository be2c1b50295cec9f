/* SPDX-License-Identifier: Apache-2.0 */
/* The report for programs, and the table for a terminal. */
#include "base/text.h"
#include "base/time.h"
#include "drill/drill.h"
#include "drill/policy.h"

#include <math.h>

static void append_number(struct text *ret, double value)
{
    if (isnan(value))
        text_append_string(ret, "null");
    else
        text_appendf(ret, "%.6g", value == 0 ? 0.0 : value);
}

static void append_estimate(struct text *ret, const char *name, struct estimate estimate)
{
    text_appendf(ret, "\"%s\":{\"value\":", name);
    append_number(ret, estimate.value);
    text_append_string(ret, ",\"low\":");
    append_number(ret, estimate.low);
    text_append_string(ret, ",\"high\":");
    append_number(ret, estimate.high);
    text_append_string(ret, "}");
}

static void append_times(struct text *ret, const char *name, const struct times *times)
{
    text_appendf(ret, "\"%s\":{\"never\":%llu,", name, (unsigned long long)times->never);
    append_estimate(ret, "p50", times_quantile(times, 0.5));
    text_append_string(ret, ",");
    append_estimate(ret, "p90", times_quantile(times, 0.9));
    text_append_string(ret, "}");
}

static void append_means(struct text *ret, const struct drill_tally *tally)
{
    const struct {
        const char *name;
        const struct mean *mean;
    } rows[] = {{"alerts", &tally->alerts},
                {"waves", &tally->waves},
                {"accepted", &tally->accepted},
                {"late", &tally->late},
                {"declined", &tally->declined},
                {"no_answer", &tally->no_answer},
                {"stood_down", &tally->stood_down},
                {"undelivered", &tally->undelivered},
                {"arrived", &tally->arrived},
                {"needless", &tally->needless},
                {"lost", &tally->lost}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        append_estimate(ret, rows[i].name, mean_estimate(rows[i].mean));
        text_append_string(ret, ",");
    }
}

static void append_tally(struct text *ret, const struct drill_tally *tally)
{
    append_estimate(ret, "filled", share_estimate(tally->filled, tally->runs));
    text_append_string(ret, ",");
    append_means(ret, tally);
    append_times(ret, "first_s", &tally->first);
    text_append_string(ret, ",");
    append_times(ret, "count_s", &tally->count);
}

static void append_first_by(struct text *ret, const struct drill *drill,
                            const struct times *times)
{
    text_append_string(ret, ",\"first_by\":[");
    for (uint32_t i = 0; i < drill->scenario->time_count; i++) {
        uint32_t s = (uint32_t)(drill->scenario->times_ms[i] / 1000);
        double share = times_share(times, s);
        text_appendf(ret, "%s{\"s\":%u,", i > 0 ? "," : "", s);
        append_estimate(
            ret, "share",
            share_estimate((uint64_t)(share * (double)times->n + 0.5), times->n));
        text_append_string(ret, "}");
    }
    text_append_string(ret, "]");
}

/* By what was told: how many, of what mean, and how often it came. */
static void append_told(struct text *ret, const char *name, const char *count,
                        const struct told_bin *bins)
{
    bool any = false;
    text_appendf(ret, "\"%s\":[", name);
    for (uint32_t i = 0; i < TOLD_BINS; i++) {
        if (bins[i].plans == 0)
            continue;
        text_appendf(ret, "%s{\"%s\":%llu,\"promised\":", any ? "," : "", count,
                     (unsigned long long)bins[i].plans);
        append_number(ret, told_mean(&bins[i]));
        text_append_string(ret, ",");
        append_estimate(ret, "observed", told_came(&bins[i]));
        text_append_string(ret, "}");
        any = true;
    }
    text_append_string(ret, "]");
}

static void append_lines(struct text *ret, const struct scenario *scenario,
                         const struct scenario_need *need)
{
    text_append_string(ret, "\"lines\":[");
    for (uint32_t i = 0; i < need->line_count; i++) {
        text_appendf(ret, "%s{\"count\":%u,\"skills\":[", i > 0 ? "," : "",
                     need->lines[i].count);
        for (uint32_t k = 0, any = 0; need->lines[i].skills >> k != 0; k++)
            if ((need->lines[i].skills >> k & 1) != 0) {
                text_append_string(ret, any++ > 0 ? "," : "");
                text_append_json(ret, scenario->people.skills[k].code);
            }
        text_append_string(ret, "]}");
    }
    text_append_string(ret, "],");
}

static void append_needs(struct text *ret, const struct drill *drill,
                         const struct drill_policy *policy)
{
    text_append_string(ret, ",\"needs\":[");
    for (uint32_t i = 0; i < drill->scenario->need_count; i++) {
        text_append_string(ret, i > 0 ? ",{" : "{");
        append_lines(ret, drill->scenario, &drill->scenario->needs[i]);
        append_tally(ret, &policy->tallies[i]);
        text_append_string(ret, ",");
        const struct told *told = &policy->tallies[i].told;
        append_told(ret, "calibration", "runs", told->bins[TOLD_FIRST]);
        text_append_string(ret, ",");
        append_told(ret, "calibration_later", "plans", told->bins[TOLD_LATER]);
        text_append_string(ret, "}");
    }
    text_append_string(ret, "]");
}

/* Its settings: how many, whose way takes how long, how many more when. */
static void append_rule(struct text *ret, const struct scenario *scenario,
                        const struct policy *policy)
{
    text_appendf(ret, "\"rule\":\"%s\",", policy_rule_code(policy->rule));
    if (policy->rule == POLICY_NEAREST || policy->rule == POLICY_TOP_UP)
        text_appendf(ret, "\"count\":%u,", policy->count);
    if (policy->rule == POLICY_RADIUS)
        text_appendf(ret, "\"way_s\":%u,", policy_ms_max(policy, scenario) / 1000);
    if (policy->rule != POLICY_PHASED)
        return;
    text_append_string(ret, "\"phases\":[");
    for (uint32_t i = 0; i < policy->phases; i++)
        text_appendf(ret, "%s{\"at_s\":%lld,\"count\":%u}", i > 0 ? "," : "",
                     (long long)(policy->phase[i].at_ms / 1000), policy->phase[i].count);
    text_append_string(ret, "],");
}

static void append_policy(struct text *ret, const struct drill *drill,
                          const struct drill_policy *policy)
{
    const struct policy *of = &drill->scenario->policies[policy->policy];
    const struct drill_tally *whole = &policy->tallies[drill->scenario->need_count];
    text_append_string(ret, "{\"name\":");
    text_append_json(ret, of->name);
    text_append_string(ret, ",");
    append_rule(ret, drill->scenario, of);
    append_tally(ret, whole);
    append_first_by(ret, drill, &whole->first);
    if (policy->by_person != NULL) {
        text_append_string(ret, ",\"alerts_by_person\":{");
        append_estimate(ret, "mean", policy->burden.mean);
        text_append_string(ret, ",");
        append_estimate(ret, "p50", policy->burden.p50);
        text_append_string(ret, ",");
        append_estimate(ret, "p95", policy->burden.p95);
        text_append_string(ret, ",");
        append_estimate(ret, "gini", policy->burden.gini);
        text_appendf(ret, ",\"most\":%u}", policy->burden.most);
    }
    if (drill->ours < drill->policy_count) {
        text_append_string(ret, ",\"minus_ours\":{");
        append_estimate(ret, "alerts", mean_estimate(&whole->more_alerts));
        text_append_string(ret, ",");
        append_estimate(ret, "filled", mean_estimate(&whole->more_filled));
        text_append_string(ret, "}");
    }
    append_needs(ret, drill, policy);
    text_append_string(ret, "}");
}

static void append_changes(struct text *ret, const struct drill *drill)
{
    text_append_string(ret, ",\"changes\":[");
    for (uint32_t i = 0; i < drill->change_count; i++) {
        const struct drill_changed *changed = &drill->changes[i];
        text_appendf(ret, "%s{\"change\":\"%s\",", i > 0 ? "," : "",
                     drill_change_code(changed->change));
        append_estimate(ret, "filled", changed->filled);
        text_append_string(ret, ",");
        append_estimate(ret, "more_filled", mean_estimate(&changed->more_filled));
        text_append_string(ret, ",");
        append_estimate(ret, "more_alerts", mean_estimate(&changed->more_alerts));
        text_append_string(ret, "}");
    }
    text_append_string(ret, "]");
}

void drill_append_json(const struct drill *drill, struct text *ret)
{
    char start[TIME_TEXT_SIZE];
    time_format(drill->scenario->start_ms, start);
    text_append_string(ret, "{\"scenario\":");
    text_append_json(ret, drill->scenario->name);
    text_appendf(ret,
                 ",\"exercise\":true,\"start\":\"%s\",\"seed\":%llu,\"runs\":%u,"
                 "\"runs_asked\":%u,\"engine\":\"%s\",\"people\":\"%s\",\"policies\":[",
                 start, (unsigned long long)drill->seed, drill->runs, drill->runs_asked,
                 drill->full ? "full" : "fast",
                 drill->scenario->roster != NULL ? "instance" : "drawn");
    for (uint32_t i = 0; i < drill->policy_count; i++) {
        text_append_string(ret, i > 0 ? "," : "");
        append_policy(ret, drill, &drill->policies[i]);
    }
    text_append_string(ret, "]");
    append_changes(ret, drill);
    text_append_string(ret, "}\n");
}

/* "-" where there is nothing to say. */
static void append_seconds(struct text *ret, double seconds)
{
    if (isnan(seconds))
        text_appendf(ret, "  %7s\n", "-");
    else
        text_appendf(ret, "  %7.0f\n", seconds);
}

static void append_row(struct text *ret, const struct drill *drill,
                       const struct drill_policy *policy)
{
    const struct drill_tally *whole = &policy->tallies[drill->scenario->need_count];
    struct estimate filled = share_estimate(whole->filled, whole->runs);
    struct estimate alerts = mean_estimate(&whole->alerts);
    struct estimate needless = mean_estimate(&whole->needless);
    text_appendf(ret, "%-20s %6.4f [%6.4f, %6.4f]  %8.3f [%8.3f, %8.3f]  %6.3f",
                 drill->scenario->policies[policy->policy].name, filled.value, filled.low,
                 filled.high, alerts.value, alerts.low, alerts.high, needless.value);
    append_seconds(ret, times_quantile(&whole->first, 0.5).value);
}

/* Run by run, with the same people and luck. */
static void append_difference(struct text *ret, const char *what, const char *name,
                              const struct mean *more_filled,
                              const struct mean *more_alerts)
{
    const struct estimate filled = mean_estimate(more_filled),
                          alerts = mean_estimate(more_alerts);
    text_appendf(ret,
                 "%-10s %-18s filled %+.4f [%+.4f, %+.4f], alerts %+.3f [%+.3f, %+.3f]\n",
                 what, name, filled.value, filled.low, filled.high, alerts.value,
                 alerts.low, alerts.high);
}

/* What our plans told, the first and those made again, beside how often it came. */
static void append_told_row(struct text *ret, const char *which,
                            const struct told_bin *bin)
{
    const struct estimate came = told_came(bin);
    if (bin->plans > 0)
        text_appendf(ret, "%-10s %-18s told %.4f, came %.4f [%.4f, %.4f] of %llu\n",
                     "plans", which, told_mean(bin), came.value, came.low, came.high,
                     (unsigned long long)bin->plans);
}

void drill_append_table(const struct drill *drill, struct text *ret)
{
    text_appendf(ret, "exercise %s: %u runs, seed %llu, %s engine; 95 %% intervals\n",
                 drill->scenario->name, drill->runs, (unsigned long long)drill->seed,
                 drill->full ? "full" : "fast");
    text_appendf(ret, "%-20s %-23s  %-27s  %-7s %s\n", "policy", "filled in time",
                 "people alerted", "in vain", "first s");
    for (uint32_t i = 0; i < drill->policy_count; i++)
        append_row(ret, drill, &drill->policies[i]);
    for (uint32_t i = 0; i < drill->policy_count; i++) {
        const struct drill_policy *policy = &drill->policies[i];
        const struct drill_tally *whole = &policy->tallies[drill->scenario->need_count];
        if (drill->ours < drill->policy_count && i != drill->ours)
            append_difference(
                ret, "than ours:", drill->scenario->policies[policy->policy].name,
                &whole->more_filled, &whole->more_alerts);
    }
    struct told told;
    drill_told(drill, &told);
    append_told_row(ret, "the first", &told.bins[TOLD_FIRST][TOLD_BINS]);
    append_told_row(ret, "made again", &told.bins[TOLD_LATER][TOLD_BINS]);
    for (uint32_t i = 0; i < drill->change_count; i++)
        append_difference(ret, "if", drill_change_code(drill->changes[i].change),
                          &drill->changes[i].more_filled, &drill->changes[i].more_alerts);
}
