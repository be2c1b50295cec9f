/* SPDX-License-Identifier: Apache-2.0 */
/* The report as a page that needs nothing else: no script, no file, no request. Both
 * languages are in it; two radio buttons choose by CSS alone. */
#include "drill/report_internal.h"

#include "base/mem.h"
#include "base/time.h"

#include <math.h>
#include <stdio.h>

static const char STYLE[] =
    "<style>\n"
    "body{font:16px/1.6 system-ui,'Noto Sans SC','Noto Sans CJK SC',sans-serif;\n"
    "color:#0f172a;background:#fff;max-width:60rem;margin:0 auto;padding:1rem 1.2rem}\n"
    ".mark{background:#fde047;color:#422006;font-weight:700;text-align:center;\n"
    "padding:.4rem;border:2px dashed #854d0e;margin:0 0 1rem}\n"
    "h1{font-size:1.5rem;margin:.6rem 0 .2rem}\n"
    "h2{font-size:1.15rem;margin:2rem 0 .4rem}\n"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\n"
    ".wide{overflow-x:auto}\n"
    "th,td{padding:.35rem .55rem;border-bottom:1px solid #cbd5e1;text-align:right;\n"
    "white-space:nowrap}\n"
    "th:first-child,td:first-child{text-align:left}\n"
    "td small{color:#475569;display:block;font-size:.78rem}\n"
    "tr.ours td{background:#eff6ff}\n"
    "svg{width:100%;height:auto;display:block;margin:.3rem 0}\n"
    "svg text{font-size:13px}\n"
    "svg text:not([fill]){fill:#334155}\n"
    ".grid{stroke:#e2e8f0}.axis{stroke:#64748b}\n"
    ".note{color:#475569;font-size:.92rem}\n"
    "#zh:checked~div .en,#en:checked~div .zh{display:none}\n"
    "label{margin-right:1rem;cursor:pointer}\n"
    "input:focus-visible+label{outline:2px solid #1d4ed8}\n"
    "@media print{input,label{display:none}}\n"
    "</style>\n";

void report_words(struct text *ret, struct words words)
{
    text_appendf(ret,
                 "<span class=\"zh\">%s</span><span class=\"en\" lang=\"en\">%s</span>",
                 words.zh, words.en);
}

static void heading(struct text *ret, const char *zh, const char *en)
{
    text_append_string(ret, "<h2>");
    report_words(ret, (struct words){zh, en});
    text_append_string(ret, "</h2>\n");
}

static void note(struct text *ret, const char *zh, const char *en)
{
    text_append_string(ret, "<p class=\"note\">");
    report_words(ret, (struct words){zh, en});
    text_append_string(ret, "</p>\n");
}

static void open_table(struct text *ret, const struct words *heads, size_t count)
{
    text_append_string(ret, "<div class=\"wide\"><table><thead><tr>");
    for (size_t i = 0; i < count; i++) {
        text_append_string(ret, "<th scope=\"col\">");
        report_words(ret, heads[i]);
        text_append_string(ret, "</th>");
    }
    text_append_string(ret, "</tr></thead><tbody>\n");
}

static void close_table(struct text *ret)
{
    text_append_string(ret, "</tbody></table></div>\n");
}

/* A figure with its interval; FACTOR 100 and UNIT "%" for shares. */
static void cell(struct text *ret, struct estimate estimate, double factor, int digits)
{
    if (isnan(estimate.value)) {
        text_append_string(ret, "<td>–</td>");
        return;
    }
    const char *unit = factor == 100 ? "%" : "";
    text_appendf(ret, "<td>%.*f%s", digits, factor * estimate.value, unit);
    if (!isnan(estimate.low) && !isnan(estimate.high))
        text_appendf(ret, "<small>%.*f – %.*f</small>", digits, factor * estimate.low,
                     digits, factor * estimate.high);
    text_append_string(ret, "</td>");
}

/* Of people, who are never fewer than none. */
static struct estimate people_estimate(const struct mean *mean)
{
    struct estimate ret = mean_estimate(mean);
    if (ret.low < 0)
        ret.low = 0;
    return ret;
}

static void name_cell(struct text *ret, const struct drill *drill, uint32_t policy)
{
    text_appendf(ret, "<tr%s><td style=\"color:%s\"><b>",
                 policy == drill->ours ? " class=\"ours\"" : "",
                 report_colour(drill, policy));
    text_append_html(ret, report_name(drill, policy));
    text_append_string(ret, "</b></td>");
}

/* ---- tables
 * ------------------------------------------------------------------------------ */

static void append_policies(const struct drill *drill, struct text *ret)
{
    static const struct words heads[] = {
        {"策略", "policy"},
        {"按时到位", "filled in time"},
        {"通知人数", "people alerted"},
        {"与本系统相差", "alerts minus ours"},
        {"白跑的人", "came in vain"},
        {"首人到场（秒）", "first on scene, s"},
        {"人数到齐（秒）", "count on scene, s"},
    };
    open_table(ret, heads, COUNT_OF(heads));
    for (uint32_t i = 0; i < drill->policy_count; i++) {
        const struct drill_tally *whole = report_whole(drill, i);
        name_cell(ret, drill, i);
        cell(ret, share_estimate(whole->filled, whole->runs), 100, 1);
        cell(ret, people_estimate(&whole->alerts), 1, 2);
        cell(ret,
             i == drill->ours ? (struct estimate){NAN, NAN, NAN}
                              : mean_estimate(&whole->more_alerts),
             1, 2);
        cell(ret, people_estimate(&whole->needless), 1, 2);
        cell(ret, times_quantile(&whole->first, 0.5), 1, 0);
        cell(ret, times_quantile(&whole->count, 0.5), 1, 0);
        text_append_string(ret, "</tr>\n");
    }
    close_table(ret);
    if (drill->scenario->need_count > 1)
        note(
            ret,
            "各项需求按场景里的先后叫人，一个人同时只被一项叫到：先叫的叫走了谁，后面的就"
            "没有谁可叫。",
            "Needs ask in the order of the scenario, and nobody is asked for two at "
            "once: "
            "whom the first one asks, the others lack.");
    for (uint32_t i = 0; i < drill->scenario->need_count; i++)
        if (drill->scenario->needs[i].line_count > 1) {
            note(
                ret,
                "需求有几种人时，简单规则只认一种：它的人数按各种所需的人数分摊，"
                "依次各找最近的。",
                "A rule of thumb knows one kind of people: where a need has several, its "
                "numbers are shared out by how many of each are wanted, and each kind "
                "asks its nearest in turn.");
            break;
        }
    note(ret,
         "平均值和比例附95%区间；时间为中位数，"
         "“–”表示不到一半的演练达到。各策略面对同样的人和"
         "同样的运气，差值逐次配对计算。",
         "Means and shares with 95 % intervals; times are medians, “–” when fewer than "
         "half of the runs got there. All policies meet the same people and the same "
         "luck; differences are taken run by run.");
}

static void append_answers(const struct drill *drill, struct text *ret)
{
    heading(ret, "被通知的人怎样回答", "How those alerted answered");
    static const struct words heads[] = {
        {"策略", "policy"},
        {"接受并有位置", "yes, with a seat"},
        {"接受但太迟", "yes, too late"},
        {"拒绝", "no"},
        {"未答", "no answer"},
        {"未答即解除", "let go first"},
        {"未送达", "undelivered"},
        {"答应未来", "never left"},
        {"到场", "on scene"},
    };
    open_table(ret, heads, COUNT_OF(heads));
    for (uint32_t i = 0; i < drill->policy_count; i++) {
        const struct drill_tally *whole = report_whole(drill, i);
        const struct mean *means[] = {
            &whole->accepted,   &whole->late,        &whole->declined, &whole->no_answer,
            &whole->stood_down, &whole->undelivered, &whole->lost,     &whole->arrived};
        name_cell(ret, drill, i);
        for (size_t k = 0; k < sizeof means / sizeof means[0]; k++)
            cell(ret, people_estimate(means[k]), 1, 2);
        text_append_string(ret, "</tr>\n");
    }
    close_table(ret);
}

static void append_burden(const struct drill *drill, struct text *ret)
{
    heading(ret, "每人的负担", "The burden on each person");
    if (drill->policies[0].by_person == NULL) {
        note(ret, "本场景每次演练重新抽取人员，不统计个人负担。",
             "People are drawn anew in each run here, so nobody's burden adds up.");
        return;
    }
    static const struct words heads[] = {
        {"策略", "policy"},   {"人均通知", "alerts a person"},
        {"中位数", "median"}, {"第95百分位", "95th percentile"},
        {"基尼系数", "Gini"}, {"最多", "most"},
    };
    open_table(ret, heads, COUNT_OF(heads));
    for (uint32_t i = 0; i < drill->policy_count; i++) {
        const struct burden *burden = &drill->policies[i].burden;
        name_cell(ret, drill, i);
        cell(ret, burden->mean, 1, 1);
        cell(ret, burden->p50, 1, 0);
        cell(ret, burden->p95, 1, 0);
        cell(ret, burden->gini, 1, 3);
        text_appendf(ret, "<td>%u</td></tr>\n", burden->most);
    }
    close_table(ret);
    text_append_string(ret, "<p class=\"note\">");
    text_appendf(
        ret,
        "<span class=\"zh\">%u 次演练合计；基尼系数0为人人相同，1为一人承担全部。"
        "区间由对人员重抽样200次得出。</span><span class=\"en\" lang=\"en\">Over "
        "all %u runs; Gini 0 = the same for all, 1 = one person bears it all. "
        "Intervals from 200 resamplings of the persons.</span></p>\n",
        drill->runs, drill->runs);
}

static void append_times(const struct drill *drill, struct text *ret)
{
    if (drill->scenario->time_count == 0)
        return;
    struct words heads[1 + SCENARIO_TIMES_MAX] = {
        {"首人到场的概率", "P(first on scene within)"}};
    char said[SCENARIO_TIMES_MAX][2][24];
    for (uint32_t k = 0; k < drill->scenario->time_count; k++) {
        double minutes = (double)drill->scenario->times_ms[k] / 60000.0;
        (void)snprintf(said[k][0], sizeof said[k][0], "%.3g 分钟内", minutes);
        (void)snprintf(said[k][1], sizeof said[k][1], "%.3g min", minutes);
        heads[k + 1] = (struct words){said[k][0], said[k][1]};
    }
    open_table(ret, heads, 1 + drill->scenario->time_count);
    for (uint32_t i = 0; i < drill->policy_count; i++) {
        const struct times *times = &report_whole(drill, i)->first;
        name_cell(ret, drill, i);
        for (uint32_t k = 0; k < drill->scenario->time_count; k++) {
            double share =
                times_share(times, (uint32_t)(drill->scenario->times_ms[k] / 1000));
            cell(ret,
                 share_estimate((uint64_t)(share * (double)times->n + 0.5), times->n),
                 100, 1);
        }
        text_append_string(ret, "</tr>\n");
    }
    close_table(ret);
}

/* ---- what to change
 * ---------------------------------------------------------------------- */

static bool advise_change(const struct drill_changed *changed, struct text *ret)
{
    struct estimate more = mean_estimate(&changed->more_filled);
    struct estimate alerts = mean_estimate(&changed->more_alerts);
    struct words words = report_change_words(changed->change);
    if (!(more.low > 0) && !(alerts.high < 0))
        return false;
    text_appendf(
        ret,
        "<li><span class=\"zh\">%s：按时到位 %+.1f 个百分点（%+.1f 至 %+.1f），"
        "通知人数 %+.2f。</span><span class=\"en\" lang=\"en\">%s: filled in time "
        "%+.1f points (%+.1f to %+.1f), people alerted %+.2f.</span></li>\n",
        words.zh, 100 * more.value, 100 * more.low, 100 * more.high, alerts.value,
        words.en, 100 * more.value, 100 * more.low, 100 * more.high, alerts.value);
    return true;
}

/* Promised against observed: nothing if the one lies in the interval of the other. WHICH:
 * of which plans; MUCH, LITTLE: what follows if it was too much or too little. */
static bool advise_told(const struct told_bin *bin, struct words which, struct words much,
                        struct words little, struct text *ret)
{
    const struct estimate came = told_came(bin);
    const double told = told_mean(bin);
    if (bin->plans == 0 || (told >= came.low && told <= came.high))
        return false;
    const struct words then = told > came.high ? much : little;
    text_appendf(ret,
                 "<li><span class=\"zh\">%s平均承诺 %.1f%%，实际 %.1f%%（%.1f 至 "
                 "%.1f）：%s。</span><span class=\"en\" lang=\"en\">%s promised "
                 "%.1f %% on average, observed %.1f %% (%.1f to %.1f): %s.</span></li>\n",
                 which.zh, 100 * told, 100 * came.value, 100 * came.low, 100 * came.high,
                 then.zh, which.en, 100 * told, 100 * came.value, 100 * came.low,
                 100 * came.high, then.en);
    return true;
}

static bool advise_calibration(const struct drill *drill, struct text *ret)
{
    static const struct words much = {
        "承诺过高，应从演练和实战中学习应答模型",
        "too much; the response model has to learn from drills and call-outs"};
    struct told told;
    drill_told(drill, &told);
    const bool first = advise_told(
        &told.bins[TOLD_FIRST][TOLD_BINS], (struct words){"首次计划", "First plans"},
        much,
        (struct words){"承诺偏低，后续补召起了作用",
                       "too little; planning again on the answers does better than the "
                       "first plan knows"},
        ret);
    const bool later = advise_told(
        &told.bins[TOLD_LATER][TOLD_BINS],
        (struct words){"后续计划（指挥板所示）", "Later plans, which the board shows,"},
        much,
        (struct words){"承诺偏低，指挥板显得比实际更紧张",
                       "too little; the board looks worse than it is"},
        ret);
    return first || later;
}

/* A rule of thumb that fills as often with fewer alerts. */
static bool advise_policy(const struct drill *drill, uint32_t policy, struct text *ret)
{
    const struct drill_tally *whole = report_whole(drill, policy);
    struct estimate alerts = mean_estimate(&whole->more_alerts);
    struct estimate filled = mean_estimate(&whole->more_filled);
    if (policy == drill->ours || !(alerts.high < 0) || !(filled.low > -0.01))
        return false;
    text_append_string(ret, "<li>");
    text_append_html(ret, report_name(drill, policy));
    text_appendf(
        ret,
        "<span class=\"zh\">：到位率不低于本系统，且少通知 %.2f 人；请检查规划器的"
        "设定。</span><span class=\"en\" lang=\"en\"> fills as often and alerts "
        "%.2f people fewer: look at what the planner believes.</span></li>\n",
        -alerts.value, -alerts.value);
    return true;
}

static void append_advice(const struct drill *drill, struct text *ret)
{
    bool any = false;
    heading(ret, "改什么", "What to change");
    report_changes(drill, ret);
    text_append_string(ret, "<ul>\n");
    for (uint32_t i = 0; i < drill->change_count; i++)
        any |= advise_change(&drill->changes[i], ret);
    any |= advise_calibration(drill, ret);
    for (uint32_t i = 0; i < drill->policy_count; i++)
        any |= advise_policy(drill, i, ret);
    text_append_string(ret, "</ul>\n");
    if (!any)
        note(ret, "在这样的演练次数下，没有一项改动显出作用。",
             "With so many runs no change shows an effect.");
    note(ret, "每一项改动都用同样的人和运气重演本系统的策略；横线为95%区间。",
         "Each change: our own policy again with the same people and luck; the lines are "
         "95 % intervals.");
}

/* ---- the page
 * ---------------------------------------------------------------------------- */

static void append_head(const struct drill *drill, struct text *ret)
{
    const struct scenario *scenario = drill->scenario;
    char start[TIME_TEXT_SIZE];
    time_format(scenario->start_ms, start);
    const char *zh = scenario->title_zh[0] != '\0' ? scenario->title_zh : scenario->name;
    const char *en = scenario->title_en[0] != '\0' ? scenario->title_en : scenario->name;
    text_append_string(ret, "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset="
                            "\"utf-8\"><meta name=\"viewport\" content=\"width=device-"
                            "width,initial-scale=1\"><title>");
    text_append_html(ret, scenario->name);
    text_append_string(ret, "</title>\n");
    text_append_string(ret, STYLE);
    text_append_string(
        ret, "</head><body><input type=\"radio\" name=\"lang\" id=\"zh\" checked><label "
             "for=\"zh\" lang=\"zh-CN\">中文</label><input type=\"radio\" name=\"lang\" "
             "id=\"en\"><label for=\"en\" lang=\"en\">English</label>\n<div>"
             "<p class=\"mark\">");
    report_words(ret, (struct words){"演练 · 虚拟时间，没有通知任何真人",
                                     "EXERCISE · in virtual time, no real person was "
                                     "alerted"});
    text_append_string(ret, "</p>\n<h1><span class=\"zh\">");
    text_append_html(ret, zh);
    text_append_string(ret, "</span><span class=\"en\" lang=\"en\">");
    text_append_html(ret, en);
    text_appendf(
        ret,
        "</span></h1>\n<p class=\"note\"><span class=\"zh\">场景开始 %s，种子 %llu，"
        "演练 %u 次，%s。</span><span class=\"en\" lang=\"en\">Scenario starts %s, "
        "seed %llu, %u runs, %s.</span></p>\n",
        start, (unsigned long long)drill->seed, drill->runs,
        drill->full ? "真实闭环与存储" : "快速引擎", start,
        (unsigned long long)drill->seed, drill->runs,
        drill->full ? "the real loop and store" : "fast engine");
}

void drill_append_html(const struct drill *drill, struct text *ret)
{
    append_head(drill, ret);
    heading(ret, "场景", "The scenario");
    report_scenario(drill->scenario, ret);
    heading(ret, "各策略比较", "Policies compared");
    report_policies(drill, ret);
    report_tradeoff(drill, ret);
    append_policies(drill, ret);
    heading(ret, "多快到场", "How soon");
    report_arrivals(drill, ret);
    append_times(drill, ret);
    append_answers(drill, ret);
    append_burden(drill, ret);
    if (drill->ours < drill->policy_count) {
        heading(ret, "承诺与实际", "Promised and observed");
        report_calibration(drill, ret);
        note(ret,
             "首次计划（蓝）与随应答重做的计划（橙，即指挥板所示）承诺的概率，与最终按时"
             "到位的比例；虚线上为恰如其分。",
             "The probability that each first plan promised (blue), and each plan made "
             "again on the answers (orange: what the board shows), against how often the "
             "need was filled in time; on the dashed line the promise is kept exactly.");
        append_advice(drill, ret);
    }
    text_append_string(ret, "</div></body></html>\n");
}
