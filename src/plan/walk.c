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

int walk_init(struct walk *walk, const struct common *common, uint32_t k, bool large)
{
    int status = ST_OK;
    *walk = (struct walk){.common = common, .k = k, .large = large};
    for (uint32_t m = 0; m < common->count && !large && status == ST_OK; m++)
        status = tail_init(&walk->tails[m], k, LINE_EPSILON);
    return status;
}

void walk_release(struct walk *walk)
{
    for (uint32_t m = 0; m < COMMON_NODES_MAX && !walk->large; m++)
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

double moments_tail(const struct moments *moments, double k)
{
    double gap = k - 0.5 - moments->mean;
    if (moments->variance < 1e-12)
        return gap <= 0.0 ? 1.0 : 0.0;
    double sigma = sqrt(moments->variance), z = gap / sigma;
    if (z < -9.0 || z > 9.0)
        return z < 0.0 ? 1.0 : 0.0;
    double skew = moments->third / (moments->variance * sigma);
    double density = exp(-0.5 * z * z) / sqrt(2.0 * M_PI);
    double p = 0.5 * erfc(z / M_SQRT2) - skew * (1.0 - z * z) * density / 6.0;
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
