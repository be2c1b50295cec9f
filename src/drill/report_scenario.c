/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenario says, in words: who is there, what happens when, what is wanted, what
 * goes wrong. Each line is written in both languages at once. */
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
    text_appendf(&item.zh, "第 %.0f 分钟，%s：需要 ", minutes(of->minute_ms),
                 wording_kind(of->kind, true));
    text_appendf(&item.en, "Minute %.0f, %s: wanted ", minutes(of->minute_ms),
                 wording_kind(of->kind, false));
    append_lines(scenario, need, table, &item);
    if (need->line_count > 1) {
        text_appendf(&item.zh, ",共 %u 人", need->count);
        text_appendf(&item.en, ", %u in all", need->count);
    }
    text_appendf(&item.zh, ",%.0f 分钟内到场",
                 minutes(need->deadline_ms - of->minute_ms));
    text_appendf(&item.en, ", on scene within %.0f minutes",
                 minutes(need->deadline_ms - of->minute_ms));
    if (of->button_ms > 0) {
        text_appendf(&item.zh, ";%.0f 分钟后才有人按下按钮", minutes(of->button_ms));
        text_appendf(&item.en, "; nobody presses the button for %.0f minutes",
                     minutes(of->button_ms));
    }
    if ((need->lift & LIFT_QUIET) != 0) {
        text_append_string(&item.zh, ";解除免打扰时段");
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
    text_appendf(&item.zh, ",半径 %.0f 米内的道路", closure->radius_m);
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
        [CHANNEL_VOICE] = {"电话", "voice"}};
    struct item item;
    if (channel->loss <= 0 && channel->down_count == 0)
        return;
    open_item(&item);
    text_append_string(&item.zh, names[channel->kind].zh);
    text_append_string(&item.en, names[channel->kind].en);
    if (channel->loss > 0) {
        text_appendf(&item.zh, ":%.3g%% 的消息没人看到", 100 * channel->loss);
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
