/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenario says, in words: who is there, what happens when, what is wanted, what
 * goes wrong, what each policy does. Each line is written in both languages at once. */
#include "drill/report_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "channel/wording.h"
#include "crowd/skill.h"
#include "drill/roster.h"

#define LINE_MAX 4096

/* One item of the list in the making. */
struct item {
    struct text zh, en;
};

static void open_item(struct item *item)
{
    text_init(&item->zh, LINE_MAX);
    text_init(&item->en, LINE_MAX);
}

static void close_item(struct item *item, struct text *ret)
{
    text_append_string(ret, "<li>");
    report_words(ret, (struct words){text_string(&item->zh), text_string(&item->en)});
    text_append_string(ret, "</li>\n");
    text_release(&item->zh);
    text_release(&item->en);
}

static double minutes(int64_t ms)
{
    return (double)ms / (double)TIME_MINUTE_MS;
}

static void append_people(const struct scenario *scenario, struct text *ret)
{
    const struct scenario_people *people = &scenario->people;
    struct item item;
    open_item(&item);
    if (scenario->roster != NULL) {
        text_appendf(&item.zh,
                     "本实例的 %u 人：住处、技能、可用时间、道路和学到的应答习惯"
                     "均为实际数据，不显示姓名。",
                     roster_count(scenario->roster));
        text_appendf(&item.en,
                     "%u people of this instance: their places, skills, hours, roads and "
                     "learned habits of answering are the real ones; no names are shown.",
                     roster_count(scenario->roster));
    } else {
        double count = people->mean > 0 ? people->mean : people->count;
        text_appendf(&item.zh, "半径 %.1f 公里内%s %.0f 人，时速 %.1f 公里。",
                     people->radius_m / 1000, people->mean > 0 ? "平均" : "", count,
                     people->speed_m_s * 3.6);
        text_appendf(&item.en, "%s%.0f people within %.1f km, who travel at %.1f km/h.",
                     people->mean > 0 ? "On average " : "", count,
                     people->radius_m / 1000, people->speed_m_s * 3.6);
    }
    close_item(&item, ret);
}

/* "护士 1 人、任何人 3 人" */
static void append_lines(const struct scenario *scenario,
                         const struct scenario_need *need,
                         const struct skill_table *table, struct item *item)
{
    for (uint32_t i = 0; i < need->line_count; i++) {
        uint32_t skills = need->lines[i].skills;
        text_append_string(&item->zh, i > 0 ? "、" : "");
        text_appendf(&item->en, "%s%u ", i > 0 ? ", " : "", need->lines[i].count);
        if (skills == 0) {
            text_append_string(&item->zh, "任何人");
            text_append_string(&item->en, "anybody");
        }
        for (uint32_t k = 0, any = 0; skills >> k != 0; k++) {
            const struct skill *skill = &table->skills[scenario->people.skills[k].index];
            if ((skills >> k & 1) == 0)
                continue;
            text_appendf(&item->zh, "%s%s", any > 0 ? "兼" : "", skill->zh);
            text_appendf(&item->en, "%s%s", any > 0 ? " and " : "", skill->en);
            any = 1;
        }
        text_appendf(&item->zh, " %u 人", need->lines[i].count);
    }
}

static void append_need(const struct scenario *scenario, const struct scenario_need *need,
                        const struct skill_table *table, struct text *ret)
{
    const struct scenario_incident *of = &scenario->incidents[need->incident];
    struct item item;
    open_item(&item);
    text_appendf(&item.zh, "第 %.0f 分钟，%s：需要", minutes(of->minute_ms),
                 wording_kind(of->kind, true));
    text_appendf(&item.en, "Minute %.0f, %s: wanted ", minutes(of->minute_ms),
                 wording_kind(of->kind, false));
    append_lines(scenario, need, table, &item);
    if (need->line_count > 1) {
        text_appendf(&item.zh, "，共 %u 人", need->count);
        text_appendf(&item.en, ", %u in all", need->count);
    }
    text_appendf(&item.zh, "，%.0f 分钟内到场",
                 minutes(need->deadline_ms - of->minute_ms));
    text_appendf(&item.en, ", on scene within %.0f minutes",
                 minutes(need->deadline_ms - of->minute_ms));
    if (of->button_ms > 0) {
        text_appendf(&item.zh, "；%.0f 分钟后才有人按下按钮", minutes(of->button_ms));
        text_appendf(&item.en, "; nobody presses the button for %.0f minutes",
                     minutes(of->button_ms));
    }
    if ((need->lift & LIFT_QUIET) != 0) {
        text_append_string(&item.zh, "；解除免打扰时段");
        text_append_string(&item.en, "; quiet hours are lifted");
    }
    text_append_string(&item.zh, "。");
    text_append_string(&item.en, ".");
    close_item(&item, ret);
}

static void append_span(struct item *item, int64_t from_ms, int64_t to_ms)
{
    bool for_good = to_ms >= 2 * SCENARIO_MINUTES_MAX * TIME_MINUTE_MS;
    if (for_good && from_ms == 0) {
        text_append_string(&item->zh, "始终");
        text_append_string(&item->en, "all the time");
    } else if (for_good) {
        text_appendf(&item->zh, "从第 %.0f 分钟起", minutes(from_ms));
        text_appendf(&item->en, "from minute %.0f on", minutes(from_ms));
    } else {
        text_appendf(&item->zh, "第 %.0f 至 %.0f 分钟", minutes(from_ms), minutes(to_ms));
        text_appendf(&item->en, "minutes %.0f to %.0f", minutes(from_ms), minutes(to_ms));
    }
}

static void append_closure(const struct scenario *scenario,
                           const struct scenario_closure *closure, struct text *ret)
{
    struct item item;
    open_item(&item);
    append_span(&item, closure->from_ms, closure->to_ms);
    text_appendf(&item.zh, "，半径 %.0f 米内的道路", closure->radius_m);
    text_appendf(&item.en, ", roads within %.0f m ", closure->radius_m);
    if (closure->limit_kmh > 0) {
        text_appendf(&item.zh, "限速每小时 %u 公里", closure->limit_kmh);
        text_appendf(&item.en, "are slow: %u km/h", closure->limit_kmh);
    } else if (scenario->roster != NULL) {
        text_append_string(&item.zh, "中断");
        text_append_string(&item.en, "are closed");
    } else {
        text_appendf(&item.zh, "中断，须绕行（%.3g 倍时间）", closure->detour);
        text_appendf(&item.en, "are closed; the way round takes %.3g times as long",
                     closure->detour);
    }
    text_append_string(&item.zh, "。");
    text_append_string(&item.en, ".");
    close_item(&item, ret);
}

static void append_channel(const struct scenario_channel *channel, struct text *ret)
{
    static const struct words names[] = {
        [CHANNEL_FILE] = {"文件通道", "the file channel"},
        [CHANNEL_EMAIL] = {"电子邮件", "e-mail"},
        [CHANNEL_WEBHOOK] = {"网络回调", "the web hook"},
        [CHANNEL_VOICE] = {"电话", "voice"},
        [CHANNEL_SMS] = {"短信", "text messages"},
        [CHANNEL_PUSH] = {"网页通知", "notifications in a browser"}};
    struct item item;
    if (channel->loss <= 0 && channel->down_count == 0)
        return;
    open_item(&item);
    text_append_string(&item.zh, names[channel->kind].zh);
    text_append_string(&item.en, names[channel->kind].en);
    if (channel->loss > 0) {
        text_appendf(&item.zh, "：%.3g%% 的消息没人看到", 100 * channel->loss);
        text_appendf(&item.en, ": %.3g %% of the messages are never seen",
                     100 * channel->loss);
    }
    for (uint32_t i = 0; i < channel->down_count; i++) {
        text_append_string(&item.zh, "；中断：");
        text_append_string(&item.en, "; down: ");
        append_span(&item, channel->down[i].from_ms, channel->down[i].to_ms);
    }
    text_append_string(&item.zh, "。");
    text_append_string(&item.en, ".");
    close_item(&item, ret);
}

static void append_weather(const struct scenario *scenario, struct text *ret)
{
    double factor = scenario->response.travel_factor;
    struct item item;
    if (factor >= 1 && factor <= 1)
        return;
    open_item(&item);
    text_appendf(&item.zh, "天气：路上用时为计算值的 %.3g 倍，规划器%s。", factor,
                 scenario->planner.travel_factor < factor ? "不知道" : "知道");
    text_appendf(
        &item.en, "Weather: ways take %.3g times as long as computed; the planner %s.",
        factor, scenario->planner.travel_factor < factor ? "does not know" : "knows");
    close_item(&item, ret);
}

void report_scenario(const struct scenario *scenario, struct text *ret)
{
    AUTO_FREE struct skill_table *table = mem_calloc(1, sizeof *table);
    if (table == NULL) {
        ret->status = ST_NO_MEMORY;
        return;
    }
    skill_table_init(table);
    text_append_string(ret, "<ul>\n");
    append_people(scenario, ret);
    for (uint32_t i = 0; i < scenario->need_count; i++)
        append_need(scenario, &scenario->needs[i], table, ret);
    for (uint32_t i = 0; i < scenario->closure_count; i++)
        append_closure(scenario, &scenario->closures[i], ret);
    append_weather(scenario, ret);
    for (uint32_t i = 0; i < scenario->channel_count; i++)
        append_channel(&scenario->channels[i], ret);
    text_append_string(ret, "</ul>\n");
}

/* ---- what each policy does
 * -------------------------------------------------------------- */

static void append_phases(const struct policy *policy, struct item *item)
{
    for (uint32_t i = 0; i < policy->phases; i++) {
        const struct policy_phase *phase = &policy->phase[i];
        text_appendf(&item->zh, "%s第 %.0f 秒叫 %u 人", i > 0 ? "、" : "",
                     (double)phase->at_ms / 1000, phase->count);
        text_appendf(&item->en, "%s%u at %.0f s", i > 0 ? ", " : "", phase->count,
                     (double)phase->at_ms / 1000);
    }
}

static void append_ours(const struct policy *policy, struct item *item)
{
    text_append_string(&item->zh, "本系统的计划：分批叫，看答复再叫");
    text_append_string(&item->en, "our plan: in waves, by how people answer");
    if (policy->price > 0) {
        text_appendf(&item->zh, "；多一次按时到位值得多叫 %.3g 人", policy->price);
        text_appendf(&item->en, "; one more success is worth %.3g alerts", policy->price);
    }
    if (policy->in_time_min > 0) {
        text_appendf(&item->zh, "；答应后按时到场的把握不足 %.3g%% 的不叫",
                     100 * policy->in_time_min);
        text_appendf(&item->en, "; nobody who would be in time with less than %.3g %%",
                     100 * policy->in_time_min);
    }
}

static void append_rule(const struct policy *policy, struct item *item)
{
    switch (policy->rule) {
    case POLICY_OURS:
        append_ours(policy, item);
        return;
    case POLICY_NEAREST:
        text_appendf(&item->zh, "最近的 %u 人一次叫齐", policy->count);
        text_appendf(&item->en, "the nearest %u at once", policy->count);
        break;
    case POLICY_RADIUS:
        text_appendf(&item->zh, "%.0f 米以内的人全叫", policy->radius_m);
        text_appendf(&item->en, "everybody within %.0f m at once", policy->radius_m);
        break;
    case POLICY_PHASED:
        append_phases(policy, item);
        break;
    case POLICY_TOP_UP:
        text_appendf(&item->zh, "始终有 %u 人在叫或已答应，有人不来就补", policy->count);
        text_appendf(&item->en, "always %u asked or coming, refusals replaced",
                     policy->count);
        break;
    }
    if (policy->reserve == 0) {
        text_append_string(&item->zh, "；每项答应的人够了就先停下");
        text_append_string(&item->en, "; a line pauses once enough have said yes");
    } else if (policy->reserve > 0) {
        text_appendf(&item->zh, "；每项比所需多 %d 人答应就先停下", (int)policy->reserve);
        text_appendf(&item->en, "; a line pauses once %d more than it wants %s said yes",
                     (int)policy->reserve, policy->reserve == 1 ? "has" : "have");
    }
}

void report_policies(const struct drill *drill, struct text *ret)
{
    struct item item;
    text_append_string(ret, "<ul>\n");
    for (uint32_t i = 0; i < drill->policy_count; i++) {
        open_item(&item);
        text_append_html(&item.zh, report_name(drill, i));
        text_append_html(&item.en, report_name(drill, i));
        text_append_string(&item.zh, "：");
        text_append_string(&item.en, ": ");
        append_rule(&drill->scenario->policies[drill->policies[i].policy], &item);
        text_append_string(&item.zh, "。");
        text_append_string(&item.en, ".");
        close_item(&item, ret);
    }
    text_append_string(ret, "</ul>\n");
}
