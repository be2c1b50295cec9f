/* SPDX-License-Identifier: Apache-2.0 */
/* Newton's method works on x = log alpha, z = log beta, where both are free. Its matrix
 * is minus the second derivatives plus a ridge; the ridge grows until the step goes
 * uphill and is dropped again afterwards (Levenberg). */
#include "plan/prior.h"

#include "base/status.h"

#include <assert.h>
#include <math.h>

#define STEPS_MAX 200
#define STEP_MAX 2.0 /* of a logarithm at once */
#define ENOUGH 1e-11
#define LEAST 1e-6 /* of alpha and of beta */
#define SERIES_FROM 10.0

/* Abramowitz and Stegun 6.3.5, 6.3.18: recurrence up to where the series is exact. */
double prior_digamma(double x)
{
    double sum = 0.0;
    for (; x < SERIES_FROM; x += 1.0)
        sum -= 1.0 / x;
    double r = 1.0 / (x * x);
    double series =
        r *
        (1.0 / 12 -
         r * (1.0 / 120 -
              r * (1.0 / 252 - r * (1.0 / 240 - r * (1.0 / 132 - r * (691.0 / 32760))))));
    return sum + log(x) - 0.5 / x - series;
}

/* 6.4.6, 6.4.12. */
double prior_trigamma(double x)
{
    double sum = 0.0;
    for (; x < SERIES_FROM; x += 1.0)
        sum += 1.0 / (x * x);
    double r = 1.0 / (x * x);
    double series =
        1.0 / 6 -
        r * (1.0 / 30 -
             r * (1.0 / 42 - r * (1.0 / 30 - r * (5.0 / 66 - r * 691.0 / 2730))));
    return sum + 1.0 / x + 0.5 * r + r * series / x;
}

int prior_check(const struct prior_count *counts, size_t count, struct diag *reterr)
{
    for (size_t i = 0; i < count; i++) {
        struct prior_count c = counts[i];
        if (!(c.yes >= 0 && c.yes <= c.asked && isfinite(c.asked)))
            return diag_set(reterr, ST_INVALID, (uint32_t)i + 1, 0, "counts",
                            "yes must be 0 to asked, and both finite: %g of %g", c.yes,
                            c.asked);
    }
    return ST_OK;
}

static double log_beta(double a, double b)
{
    return lgamma(a) + lgamma(b) - lgamma(a + b);
}

double prior_log_marginal(struct prior_beta prior, const struct prior_count *counts,
                          size_t count)
{
    double base = log_beta(prior.alpha, prior.beta), sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += log_beta(prior.alpha + counts[i].yes,
                        prior.beta + counts[i].asked - counts[i].yes) -
               base;
    return sum;
}

/* A function of (log alpha, log beta) with its derivatives. */
struct slope {
    double value, x, z, xx, xz, zz;
};

struct target {
    const struct prior_count *counts; /* NULL: the two mean logarithms */
    size_t count;
    double power, mean_log_yes, mean_log_no;
};

/* By alpha and beta themselves first. */
static struct slope slope_of_counts(const struct target *target, double a, double b)
{
    double n = (double)target->count, s = a + b;
    struct slope f = {
        .value =
            target->power * log(s) +
            prior_log_marginal((struct prior_beta){a, b}, target->counts, target->count),
        .x = target->power / s - n * (prior_digamma(a) - prior_digamma(s)),
        .z = target->power / s - n * (prior_digamma(b) - prior_digamma(s)),
        .xx = -target->power / (s * s) - n * (prior_trigamma(a) - prior_trigamma(s)),
        .zz = -target->power / (s * s) - n * (prior_trigamma(b) - prior_trigamma(s)),
        .xz = -target->power / (s * s) + n * prior_trigamma(s)};
    for (size_t i = 0; i < target->count; i++) {
        double y = target->counts[i].yes, m = target->counts[i].asked;
        double all = prior_digamma(s + m), all2 = prior_trigamma(s + m);
        f.x += prior_digamma(a + y) - all;
        f.z += prior_digamma(b + m - y) - all;
        f.xx += prior_trigamma(a + y) - all2;
        f.zz += prior_trigamma(b + m - y) - all2;
        f.xz -= all2;
    }
    return f;
}

static struct slope slope_of_logs(const struct target *target, double a, double b)
{
    double s = a + b, all = prior_digamma(s), all2 = prior_trigamma(s);
    return (struct slope){.value = a * target->mean_log_yes + b * target->mean_log_no -
                                   log_beta(a, b),
                          .x = target->mean_log_yes - prior_digamma(a) + all,
                          .z = target->mean_log_no - prior_digamma(b) + all,
                          .xx = all2 - prior_trigamma(a),
                          .zz = all2 - prior_trigamma(b),
                          .xz = all2};
}

static struct slope slope_at(const struct target *target, struct prior_beta at)
{
    double a = at.alpha, b = at.beta;
    struct slope f = target->counts != NULL ? slope_of_counts(target, a, b)
                                            : slope_of_logs(target, a, b);
    return (struct slope){.value = f.value,
                          .x = a * f.x,
                          .z = b * f.z,
                          .xx = a * a * f.xx + a * f.x,
                          .zz = b * b * f.zz + b * f.z,
                          .xz = a * b * f.xz};
}

static double limited(double step)
{
    return step > STEP_MAX ? STEP_MAX : step < -STEP_MAX ? -STEP_MAX : step;
}

static struct prior_beta moved(struct prior_beta at, double dx, double dz)
{
    struct prior_beta next = {at.alpha * exp(dx), at.beta * exp(dz)};
    double most = next.alpha + next.beta;
    if (most > PRIOR_SUM_MAX) {
        next.alpha *= PRIOR_SUM_MAX / most;
        next.beta *= PRIOR_SUM_MAX / most;
    }
    next.alpha = next.alpha > LEAST ? next.alpha : LEAST;
    next.beta = next.beta > LEAST ? next.beta : LEAST;
    return next;
}

static struct prior_beta climb(const struct target *target, struct prior_beta at)
{
    struct slope f = slope_at(target, at);
    double ridge = 0.0, scale = 1.0 + fabs(f.xx) + fabs(f.zz);
    for (int step = 0; step < STEPS_MAX; step++) {
        double h = -f.xx + ridge, k = -f.zz + ridge, m = -f.xz;
        double det = h * k - m * m;
        if (h > 0 && det > 1e-12 * h * k) {
            double dx = limited((k * f.x - m * f.z) / det);
            double dz = limited((h * f.z - m * f.x) / det);
            struct prior_beta next = moved(at, dx, dz);
            struct slope g = slope_at(target, next);
            if (g.value >= f.value - 1e-13 * fabs(f.value)) {
                at = next;
                f = g;
                if (fabs(dx) < ENOUGH && fabs(dz) < ENOUGH)
                    break;
                ridge = ridge < 1e-9 * scale ? 0.0 : ridge / 10;
                continue;
            }
        }
        if (ridge > 1e12 * scale)
            break;
        ridge = ridge == 0.0 ? 1e-3 * scale : 10 * ridge;
    }
    return at;
}

int prior_fit(const struct prior_count *counts, size_t count, double power,
              struct prior_beta *ret, struct diag *reterr)
{
    int status = prior_check(counts, count, reterr);
    if (status < 0)
        return status;
    double yes = 0.0, asked = 0.0;
    for (size_t i = 0; i < count; i++) {
        yes += counts[i].yes;
        asked += counts[i].asked;
    }
    if (asked <= 0.0 || !isfinite(power))
        return diag_set(reterr, ST_INVALID, 0, 0, "counts", "nobody was asked");
    double mean = (yes + 0.5) / (asked + 1.0);
    struct target target = {.counts = counts, .count = count, .power = power};
    *ret = climb(&target, (struct prior_beta){4.0 * mean, 4.0 * (1.0 - mean)});
    return ST_OK;
}

struct prior_beta prior_of_logs(double mean_log_yes, double mean_log_no,
                                struct prior_beta start)
{
    assert(mean_log_yes < 0 && mean_log_no < 0);
    struct target target = {.mean_log_yes = mean_log_yes, .mean_log_no = mean_log_no};
    return climb(&target, start);
}

struct prior_beta prior_of_moments(double mean, double variance)
{
    double sum = mean * (1.0 - mean) / variance - 1.0;
    return (struct prior_beta){mean * sum, (1.0 - mean) * sum};
}

double prior_share(struct prior_beta prior, struct prior_count count)
{
    return (prior.alpha + count.yes) / (prior.alpha + prior.beta + count.asked);
}
