/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what learn.c has folded: forecasts, histories, what the crowd is like. */
#include "plan/learn_internal.h"

#include <assert.h>

#define SAYING_ASSUMED 10.0 /* arrivals, at first: ours */

/* ---- forecasts ----------------------------------------------------------------------
 */

/* How much longer than others somebody takes to answer and to leave; less: negative. */
static double slower_by(const struct shared *shared, const struct account *account,
                        bool night)
{
    double ret = 0.0;
    if (account != NULL && account->delay.count > 0)
        ret += shared->delay_ms * (account->delay.multiple - 1.0);
    if (account != NULL && account->turnout.count > 0)
        ret += shared->turnout_ms[night] * (account->turnout.multiple - 1.0);
    return ret;
}

static uint32_t whole_ms(double ms)
{
    return ms <= 0.0 ? 0 : ms >= (double)UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

struct learn_forecast learn_forecast(const struct learn *learn,
                                     const struct learn_moment *moment, int64_t person_id,
                                     uint8_t mode, uint32_t travel_ms)
{
    assert(mode < TIMING_MODES && moment->minute >= 0 && moment->minute < 1440 &&
           moment->kind < LEARN_KINDS_MAX);
    const struct shared *shared = &learn->shared[moment->exercise];
    const struct account *account = learn_find(learn, person_id, moment->exercise);
    const struct account *other =
        account == NULL ? learn_find(learn, person_id, !moment->exercise) : NULL;
    struct context_moment at = {.band = context_band(moment->minute),
                                .weekend = moment->weekend,
                                .kind = moment->kind,
                                .travel_ms = travel_ms};
    learn_set_tired(account, moment->now_ms, &at);
    bool night = at.band == 0;
    double way = shared->factor[mode] * travel_ms;
    if (account != NULL && account->travel.count > 0)
        way *= account->travel.multiple;
    double log_odds =
        context_log_odds(&learn->context, &at) + (moment->exercise ? learn->shift : 0.0);
    float across[MIXTURE_NODES];
    const float *weight = account == NULL ? NULL : account->weight;
    if (other != NULL) { /* only the other kind is known of the person */
        struct account nothing = {.week = other->week};
        learn_weigh(learn, &nothing, other, learn->week, across);
        weight = across;
    }
    double keep = account == NULL ? 0.0 : learn_faded(learn, account, learn->week);
    double came = account == NULL ? 0.0 : keep * account->came;
    double promised = account == NULL ? 0.0 : keep * account->promised;
    return (struct learn_forecast){
        .accept = mixture_forecast(&learn->mixture, weight, log_odds, night, NULL),
        .comes = prior_share(shared->comes, (struct prior_count){came, promised}),
        .travel_ms = whole_ms(way + slower_by(shared, account, night)),
        .way_ms = whole_ms(way),
        .asked = account == NULL ? 0 : account->asked[0] + account->asked[1]};
}

void learn_response_config(const struct learn *learn, bool exercise,
                           struct response_model_config *ret)
{
    const struct shared *shared = &learn->shared[exercise];
    *ret = learn->config.response;
    timing_config(&shared->timing, ret);
    struct prior_count nobody = {0};
    ret->accept = mixture_forecast(&learn->mixture, NULL, 0.0, false, NULL);
    ret->comes = prior_share(shared->comes, nobody);
    ret->declines = learn_declines(learn, exercise);
    ret->says_left =
        (shared->said_left + SAYING_ASSUMED * learn->config.response.says_left) /
        (shared->came + SAYING_ASSUMED);
    ret->correlation = cause_correlation(&shared->cause);
}

struct learn_history learn_history(const struct learn *learn, int64_t person_id,
                                   bool exercise)
{
    const struct account *account = learn_find(learn, person_id, exercise);
    if (account == NULL)
        return (struct learn_history){0};
    double keep = learn_faded(learn, account, learn->week);
    return (struct learn_history){.asked = account->asked[0] + account->asked[1],
                                  .yes = account->yes[0] + account->yes[1],
                                  .asked_night = account->asked[1],
                                  .yes_night = account->yes[1],
                                  .came = keep * account->came,
                                  .promised_to_come = keep * account->promised};
}

struct learn_crowd learn_crowd(const struct learn *learn, bool exercise)
{
    const struct shared *shared = &learn->shared[exercise];
    struct context_moment day = {.band = 1}, afternoon = {.band = 2}, night = {.band = 0};
    double by_day = (context_log_odds(&learn->context, &day) +
                     context_log_odds(&learn->context, &afternoon)) /
                    2;
    return (struct learn_crowd){.people = learn->count,
                                .alpha = learn->mixture.prior.alpha,
                                .beta = learn->mixture.prior.beta,
                                .comes_alpha = shared->comes.alpha,
                                .comes_beta = shared->comes.beta,
                                .exercise_shift = learn->shift,
                                .night =
                                    context_log_odds(&learn->context, &night) - by_day,
                                .correlation = cause_correlation(&shared->cause)};
}

const struct learn_bin *learn_reliability(const struct learn *learn, bool exercise)
{
    return learn->shared[exercise].bins;
}
