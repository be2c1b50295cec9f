/* SPDX-License-Identifier: Apache-2.0 */
/* The refined normal approximation (Volkova 1996, as in R's poibin):
 *
 *     P(X < k) = Phi(z) + g (1 - z^2) phi(z) / 6,  z = (k - 1/2 - mu) / sigma,
 *     g = sum p (1 - p) (1 - 2 p) / sigma^3 */
#include "plan/walk.h"

#include "base/status.h"
#include "plan/line.h"

#include <assert.h>
#include <math.h>

#define INV_SQRT_2PI 0.398942280401432678

int walk_init(struct walk *walk, const struct common *common, uint32_t k, bool large)
{
    int status = ST_OK;
    walk->common = common;
    walk->k = k;
    walk->large = large;
    for (uint32_t m = 0; m < common->count; m++) { /* the others are never looked at */
        walk->tails[m] = (struct tail){0};
        walk->moments[m] = (struct moments){0};
    }
    for (uint32_t m = 0; m < common->count && !large && status == ST_OK; m++)
        status = tail_init(&walk->tails[m], k, LINE_EPSILON);
    return status;
}

void walk_release(struct walk *walk)
{
    for (uint32_t m = 0; walk->common != NULL && m < walk->common->count && !walk->large;
         m++)
        tail_release(&walk->tails[m]);
}

void moments_add(struct moments *moments, double p)
{
    double variance = p * (1.0 - p);
    moments->mean += p;
    moments->variance += variance;
    moments->third += variance * (1.0 - 2.0 * p);
}

void walk_add(struct walk *walk, double x, double share)
{
    const struct common *common = walk->common;
    for (uint32_t m = 0; m < common->count; m++) {
        double p = share * common_a(common, m, x);
        if (walk->large)
            moments_add(&walk->moments[m], p);
        else
            tail_add(&walk->tails[m], p);
    }
}

void walk_add_plain(struct walk *walk, double p)
{
    for (uint32_t m = 0; m < walk->common->count; m++)
        if (walk->large)
            moments_add(&walk->moments[m], p);
        else
            tail_add(&walk->tails[m], p);
}

/* 1 - Phi(z) for z >= 0 with the density PHI at z: Abramowitz and Stegun 26.2.17, off by
 * less than 7.5e-8 (the approximation around it is by up to 1e-4). */
static double normal_above(double z, double phi)
{
    double t = 1.0 / (1.0 + 0.2316419 * z);
    return phi * t *
           (0.319381530 + t * (-0.356563782 +
                               t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
}

double moments_tail(const struct moments *moments, double k)
{
    double gap = k - 0.5 - moments->mean;
    if (moments->variance < 1e-12)
        return gap <= 0.0 ? 1.0 : 0.0;
    double sigma = sqrt(moments->variance), z = gap / sigma;
    if (z < -9.0 || z > 9.0)
        return z < 0.0 ? 1.0 : 0.0;
    double skew = moments->third / (moments->variance * sigma);
    double density = exp(-0.5 * z * z) * INV_SQRT_2PI;
    double above = z >= 0.0 ? normal_above(z, density) : 1.0 - normal_above(-z, density);
    double p = above - skew * (1.0 - z * z) * density / 6.0;
    return p < 0.0 ? 0.0 : p > 1.0 ? 1.0 : p;
}

double walk_reached_at(const struct walk *walk, uint32_t m)
{
    assert(m < walk->common->count);
    return walk->large ? moments_tail(&walk->moments[m], walk->k)
                       : walk->tails[m].reached;
}

double walk_reached(const struct walk *walk)
{
    double sum = 0.0;
    for (uint32_t m = 0; m < walk->common->count; m++)
        sum += walk->common->weight[m] * walk_reached_at(walk, m);
    return sum < 1.0 ? sum : 1.0;
}
