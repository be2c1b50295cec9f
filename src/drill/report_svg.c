/* SPDX-License-Identifier: Apache-2.0 */
/* Charts as SVG in the page: a frame with ticks, then marks. Numbers are printed with a
 * fixed number of decimals, so that the same drill gives the same bytes. */
#include "drill/report_internal.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

#define WIDTH 640
#define HEIGHT 360
#define LEFT 62
#define RIGHT 20
#define TOP 16
#define BOTTOM 48
#define TICKS 5

struct axes {
    double x_max, y_max; /* both from 0 */
    struct words x, y;
    bool y_percent, x_percent;
};

static double at_x(const struct axes *axes, double x)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * x / axes->x_max;
}

static double at_y(const struct axes *axes, double y)
{
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / axes->y_max;
}

/* Attributes in ATTRIBUTES, the texts escaped by nobody: they are ours. */
static void label(struct text *ret, double x, double y, const char *attributes,
                  struct words words)
{
    text_appendf(ret,
                 "<text x=\"%.1f\" y=\"%.1f\" %s class=\"zh\">%s</text>"
                 "<text x=\"%.1f\" y=\"%.1f\" %s class=\"en\">%s</text>\n",
                 x, y, attributes, words.zh, x, y, attributes, words.en);
}

static void line(struct text *ret, double x1, double y1, double x2, double y2,
                 const char *attributes)
{
    text_appendf(ret, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1,
                 y1, x2, y2, attributes);
}

/* 1, 2 or 5 times a power of ten: at most TICKS steps up to MAX. */
static double step_of(double max)
{
    double raw = max / TICKS, power = pow(10, floor(log10(raw)));
    double lead = raw / power;
    return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

static void tick_text(struct text *ret, double value, bool percent)
{
    if (percent)
        text_appendf(ret, "%.0f%%", 100 * value);
    else
        text_appendf(ret, "%.6g", value);
}

static void open_chart(struct text *ret, const struct axes *axes, struct words title)
{
    text_appendf(ret,
                 "<svg viewBox=\"0 0 %d %d\" role=\"img\" xmlns="
                 "\"http://www.w3.org/2000/svg\"><title>%s / %s</title>\n",
                 WIDTH, HEIGHT, title.zh, title.en);
    double step = step_of(axes->y_max);
    for (double y = 0; y <= axes->y_max * 1.0001; y += step) {
        line(ret, LEFT, at_y(axes, y), WIDTH - RIGHT, at_y(axes, y), "class=\"grid\"");
        text_appendf(ret, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 8,
                     at_y(axes, y) + 4);
        tick_text(ret, y, axes->y_percent);
        text_append_string(ret, "</text>\n");
    }
    step = step_of(axes->x_max);
    for (double x = 0; x <= axes->x_max * 1.0001; x += step) {
        line(ret, at_x(axes, x), HEIGHT - BOTTOM, at_x(axes, x), HEIGHT - BOTTOM + 5,
             "class=\"axis\"");
        text_appendf(ret, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">",
                     at_x(axes, x), HEIGHT - BOTTOM + 19);
        tick_text(ret, x, axes->x_percent);
        text_append_string(ret, "</text>\n");
    }
    line(ret, LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "class=\"axis\"");
    label(ret, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, "text-anchor=\"middle\"",
          axes->x);
    label(ret, 0, 0, "text-anchor=\"middle\" transform=\"translate(14 164) rotate(-90)\"",
          axes->y);
}

const char *report_colour(const struct drill *drill, uint32_t policy)
{
    static const char *const COLOURS[] = {"#9a3412", "#15803d", "#7e22ce", "#be123c",
                                          "#0e7490", "#854d0e", "#475569", "#a21caf"};
    if (policy == drill->ours)
        return "#1d4ed8";
    return COLOURS[policy % COUNT_OF(COLOURS)];
}

const struct drill_tally *report_whole(const struct drill *drill, uint32_t policy)
{
    return &drill->policies[policy].tallies[drill->scenario->need_count];
}

const char *report_name(const struct drill *drill, uint32_t policy)
{
    return drill->scenario->policies[drill->policies[policy].policy].name;
}

static void name_at(struct text *ret, const struct drill *drill, uint32_t policy,
                    double x, double y)
{
    bool right = x < WIDTH * 0.75;
    text_appendf(ret,
                 "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\""
                 " font-weight=\"%s\">",
                 right ? x + 9 : x - 9, y, right ? "start" : "end",
                 report_colour(drill, policy), policy == drill->ours ? "700" : "400");
    text_append_html(ret, report_name(drill, policy));
    text_append_string(ret, "</text>\n");
}

/* ---- people alerted against needs filled
 * ------------------------------------------------- */

/* Names that would lie on one another are pushed apart. */
static double place_name(double *taken, uint32_t count, double y)
{
    for (uint32_t round = 0; round < count; round++)
        for (uint32_t i = 0; i < count; i++)
            if (fabs(taken[i] - y) < 15)
                y = taken[i] + 15;
    return y;
}

void report_tradeoff(const struct drill *drill, struct text *ret)
{
    struct axes axes = {.y_max = 1,
                        .y_percent = true,
                        .x = {"平均通知人数", "people alerted, mean"},
                        .y = {"按时到位的比例", "filled in time"}};
    double taken[SCENARIO_POLICIES_MAX];
    for (uint32_t i = 0; i < drill->policy_count; i++) {
        double alerts = mean_estimate(&report_whole(drill, i)->alerts).value;
        axes.x_max = alerts > axes.x_max ? alerts : axes.x_max;
    }
    axes.x_max = axes.x_max > 0 ? axes.x_max * 1.15 : 1;
    open_chart(ret, &axes, (struct words){"通知人数与按时到位", "Alerts and success"});
    for (uint32_t i = 0; i < drill->policy_count; i++) {
        const struct drill_tally *whole = report_whole(drill, i);
        struct estimate filled = share_estimate(whole->filled, whole->runs);
        struct estimate alerts = mean_estimate(&whole->alerts);
        double x = at_x(&axes, alerts.value), y = at_y(&axes, filled.value);
        text_appendf(ret, "<g stroke=\"%s\" fill=\"%s\">\n", report_colour(drill, i),
                     report_colour(drill, i));
        line(ret, x, at_y(&axes, filled.low), x, at_y(&axes, filled.high),
             "stroke-width=\"2\"");
        if (!isnan(alerts.low))
            line(ret, at_x(&axes, alerts.low), y, at_x(&axes, alerts.high), y,
                 "stroke-width=\"2\"");
        text_appendf(ret, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"/></g>\n", x, y,
                     i == drill->ours ? 7 : 5);
        taken[i] = place_name(taken, i, y + 4);
        name_at(ret, drill, i, x, taken[i]);
    }
    text_append_string(ret, "</svg>\n");
}

/* ---- the first on scene
 * ------------------------------------------------------------------ */

static double last_deadline_s(const struct drill *drill)
{
    double most = 60;
    for (uint32_t i = 0; i < drill->scenario->need_count; i++) {
        const struct scenario_need *need = &drill->scenario->needs[i];
        int64_t ms =
            need->deadline_ms - drill->scenario->incidents[need->incident].minute_ms;
        most = (double)ms / 1000 > most ? (double)ms / 1000 : most;
    }
    return most;
}

void report_arrivals(const struct drill *drill, struct text *ret)
{
    struct axes axes = {.x_max = last_deadline_s(drill) / 60,
                        .y_max = 1,
                        .y_percent = true,
                        .x = {"事件发生后的分钟数", "minutes after the incident"},
                        .y = {"首人已到场的比例", "first one is on scene"}};
    open_chart(ret, &axes, (struct words){"首人到场", "The first on scene"});
    double taken[SCENARIO_POLICIES_MAX];
    for (uint32_t i = 0; i < drill->policy_count; i++) {
        const struct times *times = &report_whole(drill, i)->first;
        double y = 0;
        text_appendf(
            ret, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" points=\"",
            report_colour(drill, i), i == drill->ours ? "3" : "1.6");
        uint64_t hits = 0;
        uint32_t last = (uint32_t)(axes.x_max * 60), stride = last / 120 + 1;
        for (uint32_t s = 0; s <= last && s <= TIMES_SECONDS; s++) {
            hits += times->counts[s];
            y = at_y(&axes, times->n > 0 ? (double)hits / (double)times->n : 0);
            if (s % stride == 0 || s == last)
                text_appendf(ret, "%.1f,%.1f ", at_x(&axes, s / 60.0), y);
        }
        text_append_string(ret, "\"/>\n");
        taken[i] = place_name(taken, i, y - 4);
        name_at(ret, drill, i, WIDTH - RIGHT, taken[i]);
    }
    text_append_string(ret, "</svg>\n");
}

/* ---- promised and observed
 * --------------------------------------------------------------- */

#define LABELLED_MAX 0.95 /* two bins lie close together above it */

/* A point for each bin with its interval, and of how many plans, BESIDE it. */
static void told_points(struct text *ret, const struct axes *axes,
                        const struct told_bin *bins, const char *colour, int beside)
{
    for (uint32_t b = 0; b < TOLD_BINS; b++) {
        if (bins[b].plans == 0)
            continue;
        const struct estimate came = told_came(&bins[b]);
        const double told = told_mean(&bins[b]);
        const double x = at_x(axes, told), y = at_y(axes, came.value);
        const unsigned long long plans = bins[b].plans;
        text_appendf(
            ret,
            "<g stroke=\"%s\" fill=\"%s\" stroke-width=\"2\"><title>n=%llu: %.1f "
            "%%, %.1f %%</title>",
            colour, colour, plans, 100 * told, 100 * came.value);
        line(ret, x, at_y(axes, came.low), x, at_y(axes, came.high), "");
        text_appendf(ret, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>", x, y);
        if (told < LABELLED_MAX)
            text_appendf(ret,
                         "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" stroke=\"none\" "
                         "fill=\"%s\">n=%llu</text>",
                         x + beside, y + 4, beside < 0 ? "end" : "start", colour, plans);
        text_append_string(ret, "</g>\n");
    }
}

void report_calibration(const struct drill *drill, struct text *ret)
{
    const struct axes axes = {.x_max = 1,
                              .y_max = 1,
                              .x_percent = true,
                              .y_percent = true,
                              .x = {"计划承诺的概率", "promised by the plan"},
                              .y = {"实际发生的比例", "observed"}};
    struct told told;
    drill_told(drill, &told);
    open_chart(ret, &axes, (struct words){"承诺与实际", "Promised and observed"});
    line(ret, at_x(&axes, 0), at_y(&axes, 0), at_x(&axes, 1), at_y(&axes, 1),
         "class=\"axis\" stroke-dasharray=\"5 4\"");
    told_points(ret, &axes, told.bins[TOLD_LATER], "#b45309", 9);
    told_points(ret, &axes, told.bins[TOLD_FIRST], "#1d4ed8", -9);
    text_append_string(ret, "</svg>\n");
}

/* ---- what to change
 * ---------------------------------------------------------------------- */

struct words report_change_words(enum drill_change change)
{
    static const struct words WORDS[] = {
        {"接报后立即按下按钮", "press the button at once"},
        {"所有通道畅通、不丢消息", "all channels up, no message lost"},
        {"道路全部畅通", "all roads open"},
        {"时限放宽两分钟", "two minutes more"},
        {"人员增加一半", "half as many people more"},
        {"解除免打扰时段", "lift the quiet hours"},
        {"让规划器知道真实情况", "tell the planner how people really are"}};
    return WORDS[change];
}

void report_changes(const struct drill *drill, struct text *ret)
{
    const int row = 34, left = 250, top = 10;
    int height = top + row * (int)drill->change_count + 44;
    double most = 0.01;
    for (uint32_t i = 0; i < drill->change_count; i++) {
        struct estimate more = mean_estimate(&drill->changes[i].more_filled);
        most = fmax(most, fmax(fabs(more.low), fabs(more.high)));
    }
    double zero = left + (WIDTH - left - RIGHT) / 2.0;
    double unit = (WIDTH - left - RIGHT) / 2.0 / (most * 1.05);
    text_appendf(ret,
                 "<svg viewBox=\"0 0 %d %d\" role=\"img\" xmlns="
                 "\"http://www.w3.org/2000/svg\"><title>改什么最有用 / What a change "
                 "brings</title>\n",
                 WIDTH, height);
    line(ret, zero, top, zero, height - 34, "class=\"axis\"");
    for (uint32_t i = 0; i < drill->change_count; i++) {
        struct estimate more = mean_estimate(&drill->changes[i].more_filled);
        double y = top + row * (i + 0.5), x = zero + unit * more.value;
        const char *colour = more.low > 0    ? "#15803d"
                             : more.high < 0 ? "#be123c"
                                             : "#64748b";
        label(ret, left - 10, y + 4, "text-anchor=\"end\"",
              report_change_words(drill->changes[i].change));
        text_appendf(ret,
                     "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"14\" fill="
                     "\"%s\" opacity=\"0.35\"/>\n",
                     x < zero ? x : zero, y - 7, fabs(x - zero), colour);
        text_appendf(ret, "<g stroke=\"%s\" stroke-width=\"2\">", colour);
        line(ret, zero + unit * more.low, y, zero + unit * more.high, y, "");
        text_append_string(ret, "</g>\n");
    }
    label(ret, zero, height - 8, "text-anchor=\"middle\"",
          (struct words){"按时到位的概率变化（百分点）",
                         "change of P(filled in time), percentage points"});
    text_appendf(ret,
                 "<text x=\"%d\" y=\"%d\" text-anchor=\"start\">%+.1f</text>"
                 "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%+.1f</text></svg>\n",
                 left, height - 22, -105 * most, WIDTH - RIGHT, height - 22, 105 * most);
}
