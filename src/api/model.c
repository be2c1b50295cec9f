/* SPDX-License-Identifier: Apache-2.0 */
/* What the response model has learned, and how true its forecasts have been: of the
 * people who were alerted, by tenths of the P(yes) that was forecast, how many said yes.
 * Counts over everybody, as of the newest plan; nothing of a person. */
#include "api/call.h"
#include "api/handlers.h"
#include "api/internal.h"
#include "api/out.h"
#include "base/status.h"
#include "dispatch/learner.h"
#include "dispatch/planner.h"
#include "drill/stats.h"

static void write_bins(const struct learn_bin *bins, struct text *ret)
{
    double asked = 0, promised = 0, yes = 0;
    out_open(ret, "reliability", '[');
    for (int i = 0; i < LEARN_BINS; i++) {
        if (bins[i].count <= 0)
            continue;
        struct estimate share =
            share_estimate((uint64_t)bins[i].yes, (uint64_t)bins[i].count);
        asked += bins[i].count;
        promised += bins[i].promised;
        yes += bins[i].yes;
        out_open(ret, NULL, '{');
        out_real(ret, "from", (double)i / LEARN_BINS);
        out_int(ret, "asked", (int64_t)bins[i].count);
        out_real(ret, "forecast", bins[i].promised / bins[i].count);
        out_real(ret, "observed", share.value);
        out_real(ret, "low", share.low);
        out_real(ret, "high", share.high);
        out_close(ret, '}');
    }
    out_close(ret, ']');
    out_int(ret, "asked", (int64_t)asked);
    out_real(ret, "forecast_yes", promised);
    out_int(ret, "said_yes", (int64_t)yes);
}

static void write_account(const struct learn *learn, bool exercise, const char *name,
                          struct text *ret)
{
    struct response_model_config config;
    learn_response_config(learn, exercise, &config);
    out_open(ret, name, '{');
    write_bins(learn_reliability(learn, exercise), ret);
    out_real(ret, "comes", config.comes);
    out_real(ret, "says_left", config.says_left);
    out_real(ret, "correlation", config.correlation);
    out_real(ret, "delay_median_s", config.delay_median_s);
    out_real(ret, "turnout_day_median_s", config.turnout_day_median_s);
    out_real(ret, "turnout_night_median_s", config.turnout_night_median_s);
    out_close(ret, '}');
}

void model_get(struct call *call)
{
    struct text text;
    if (call->api->config.planner == NULL) {
        call_refuse(call, ST_BUSY, NULL);
        return;
    }
    struct learner *learner = planner_learner(call->api->config.planner);
    text_init(&text, 16384);
    const struct learn *learn = learner_take(learner);
    out_open(&text, NULL, '{');
    write_account(learn, false, "actual", &text);
    write_account(learn, true, "exercise", &text);
    out_close(&text, '}');
    learner_give(learner);
    call_json(call, 200, &text);
}
