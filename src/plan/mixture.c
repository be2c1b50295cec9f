/* SPDX-License-Identifier: Apache-2.0 */
/* The levels are equidistant in the log odds, so a Beta density times its Jacobian is
 * there exp(alpha log theta + beta log(1 - theta)): an exponential family on the nodes,
 * whose maximum likelihood matches the two mean logarithms exactly. The sums run over
 * nodes and not over the continuous Beta, so somebody about whom nothing is known changes
 * nothing. The shifts are the three nodes of Gauss-Hermite for a normal distribution. */
#include "plan/mixture.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#define LEVEL_FIRST (-5.4)
#define LEVEL_STEP 0.45
#define SHIFT_SIGMA 0.6 /* how much people differ in what night does to them; ours */
#define NEWTON_MAX 30
#define ALPHA_MIN 0.05
#define ALPHA_MAX 1000.0

static double level_of(int level)
{
    return LEVEL_FIRST + LEVEL_STEP * level;
}

static void make_nodes(struct mixture *mixture)
{
    static const double shares[MIXTURE_SHIFTS] = {1.0 / 6, 2.0 / 3, 1.0 / 6};
    for (int i = 0; i < MIXTURE_LEVELS; i++) {
        mixture->log_yes[i] = -log1p(exp(-level_of(i)));
        mixture->log_no[i] = -log1p(exp(level_of(i)));
    }
    for (int k = 0; k < MIXTURE_SHIFTS; k++) {
        double shift = (k - 1) * SHIFT_SIGMA * sqrt(3.0);
        mixture->shift_share[k] = shares[k];
        for (int i = 0; i < MIXTURE_LEVELS; i++)
            for (int night = 0; night < 2; night++)
                mixture->inverse_odds[night][k * MIXTURE_LEVELS + i] =
                    exp(-level_of(i) - night * shift);
    }
    for (int night = 0; night < 2; night++)
        for (int i = 0; i < MIXTURE_NODES; i++)
            mixture->inverse_odds_f[night][i] = (float)mixture->inverse_odds[night][i];
}

/* Shares of the levels under PRIOR; their mean logarithms and what these vary by. */
struct moments {
    double level[MIXTURE_LEVELS];
    double yes, no, yes_yes, yes_no, no_no;
};

static struct moments moments_of(const struct mixture *mixture, struct prior_beta prior)
{
    struct moments m = {0};
    double most = -INFINITY, sum = 0.0;
    for (int i = 0; i < MIXTURE_LEVELS; i++) {
        m.level[i] = prior.alpha * mixture->log_yes[i] + prior.beta * mixture->log_no[i];
        most = m.level[i] > most ? m.level[i] : most;
    }
    for (int i = 0; i < MIXTURE_LEVELS; i++)
        sum += m.level[i] = exp(m.level[i] - most);
    for (int i = 0; i < MIXTURE_LEVELS; i++) {
        double share = m.level[i] /= sum;
        m.yes += share * mixture->log_yes[i];
        m.no += share * mixture->log_no[i];
    }
    for (int i = 0; i < MIXTURE_LEVELS; i++) {
        double yes = mixture->log_yes[i] - m.yes, no = mixture->log_no[i] - m.no;
        m.yes_yes += m.level[i] * yes * yes;
        m.yes_no += m.level[i] * yes * no;
        m.no_no += m.level[i] * no * no;
    }
    return m;
}

static void set_prior(struct mixture *mixture, struct prior_beta prior)
{
    struct moments m = moments_of(mixture, prior);
    mixture->prior = prior;
    for (int k = 0; k < MIXTURE_SHIFTS; k++)
        for (int i = 0; i < MIXTURE_LEVELS; i++)
            mixture->share[k * MIXTURE_LEVELS + i] = mixture->shift_share[k] * m.level[i];
    for (int i = 0; i < MIXTURE_NODES; i++)
        mixture->share_f[i] = (float)mixture->share[i];
}

void mixture_init(struct mixture *mixture, double accept, double peers)
{
    assert(accept > 0 && accept < 1 && peers > 0);
    *mixture = (struct mixture){0};
    make_nodes(mixture);
    struct prior_beta prior = {accept * peers, (1.0 - accept) * peers};
    set_prior(mixture, prior);
    struct moments m = moments_of(mixture, prior);
    mixture->people = MIXTURE_PEOPLE_ASSUMED;
    mixture->sum_log_yes = m.yes * mixture->people;
    mixture->sum_log_no = m.no * mixture->people;
    for (int night = 0; night < 2; night++)
        for (int i = 0; i < NEWTON_MAX; i++) {
            double slope;
            double p = mixture_forecast(mixture, NULL, 0.0, night == 1, &slope);
            mixture->base[night] += (accept - p) / slope;
        }
}

/* Two and four lanes: gcc and clang keep them in one register. */
typedef double pair __attribute__((vector_size(16)));
typedef float four __attribute__((vector_size(16)));
static_assert(MIXTURE_NODES % 4 == 0, "four lanes");

static four load(const float *from)
{
    four lanes;
    memcpy(&lanes, from, sizeof(lanes));
    return lanes;
}

static double forecast_fast(const struct mixture *mixture, const float *weight,
                            double log_odds, bool night)
{
    const float factor = expf((float)-(log_odds + mixture->base[night]));
    const float *odds = mixture->inverse_odds_f[night];
    four all = {0}, yes = {0};
    for (int i = 0; i < MIXTURE_NODES; i += 4) {
        four mass = load(mixture->share_f + i) * load(weight + i);
        all += mass;
        yes += mass / (1.0F + factor * load(odds + i));
    }
    double total = (double)all[0] + (double)all[1] + (double)all[2] + (double)all[3];
    return ((double)yes[0] + (double)yes[1] + (double)yes[2] + (double)yes[3]) / total;
}

double mixture_forecast(const struct mixture *mixture, const float *weight,
                        double log_odds, bool night, double *ret_slope)
{
    if (ret_slope == NULL && weight != NULL)
        return forecast_fast(mixture, weight, log_odds, night);
    const double factor = exp(-(log_odds + mixture->base[night]));
    const double *odds = mixture->inverse_odds[night];
    pair all = {0, 0}, yes = {0, 0}, slope = {0, 0};
    for (int i = 0; i < MIXTURE_NODES; i += 2) {
        pair mass = {mixture->share[i], mixture->share[i + 1]};
        if (weight != NULL)
            mass *= (pair){weight[i], weight[i + 1]};
        pair p = 1.0 / (1.0 + factor * (pair){odds[i], odds[i + 1]});
        pair here = mass * p;
        all += mass;
        yes += here;
        slope += here * (1.0 - p);
    }
    double total = all[0] + all[1];
    if (ret_slope != NULL)
        *ret_slope = (slope[0] + slope[1]) / total;
    return (yes[0] + yes[1]) / total;
}

double mixture_at(const struct mixture *mixture, int node, double log_odds, bool night)
{
    return 1.0 / (1.0 + exp(-(log_odds + mixture->base[night])) *
                            mixture->inverse_odds[night][node]);
}

struct mixture_part mixture_part_of(const struct mixture *mixture, const float *weight)
{
    struct mixture_part part = {0};
    double all = 0.0;
    for (int i = 0; i < MIXTURE_LEVELS; i++) {
        double mass = 0.0;
        for (int k = 0; k < MIXTURE_SHIFTS; k++) {
            int node = k * MIXTURE_LEVELS + i;
            mass += mixture->share[node] * (double)weight[node];
        }
        all += mass;
        part.log_yes += mass * mixture->log_yes[i];
        part.log_no += mass * mixture->log_no[i];
    }
    part.log_yes /= all;
    part.log_no /= all;
    return part;
}

static double clamped(double value)
{
    return value < ALPHA_MIN ? ALPHA_MIN : value > ALPHA_MAX ? ALPHA_MAX : value;
}

void mixture_fit(struct mixture *mixture)
{
    double yes = mixture->sum_log_yes / mixture->people;
    double no = mixture->sum_log_no / mixture->people;
    struct prior_beta prior = mixture->prior;
    for (int i = 0; i < NEWTON_MAX; i++) {
        struct moments m = moments_of(mixture, prior);
        double dy = yes - m.yes, dn = no - m.no;
        double det = m.yes_yes * m.no_no - m.yes_no * m.yes_no;
        if (!(det > 1e-14 * m.yes_yes * m.no_no))
            break;
        double a = (m.no_no * dy - m.yes_no * dn) / det;
        double b = (m.yes_yes * dn - m.yes_no * dy) / det;
        double step = fmax(fabs(a) / prior.alpha, fabs(b) / prior.beta);
        double scale = step > 0.5 ? 0.5 / step : 1.0;
        prior.alpha = clamped(prior.alpha + scale * a);
        prior.beta = clamped(prior.beta + scale * b);
        if (step < 1e-10)
            break;
    }
    set_prior(mixture, prior);
}
