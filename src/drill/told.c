/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/told.h"

#include <math.h>

static uint32_t bin_of(double probability)
{
    static const double FROM[TOLD_BINS] = {0, 0.2, 0.5, 0.75, 0.9, 0.97, 0.99};
    uint32_t bin = 0;
    while (bin + 1 < TOLD_BINS && probability >= FROM[bin + 1])
        bin++;
    return bin;
}

void told_add(struct told_run *run, double probability)
{
    if (isnan(run->first)) {
        run->first = probability;
        return;
    }
    const uint32_t bin = bin_of(probability);
    run->later[bin].plans++;
    run->later[bin].sum += probability;
}

static void count_in(struct told_bin *bin, uint32_t plans, double sum, bool came)
{
    const double squares = (double)plans * plans;
    bin->plans += plans;
    bin->came += came ? plans : 0;
    bin->sum += sum;
    bin->came_squares += came ? squares : 0;
    bin->missed_squares += came ? 0 : squares;
}

void told_count(struct told *told, const struct told_run *run, bool came)
{
    struct told_bin *first = told->bins[TOLD_FIRST], *later = told->bins[TOLD_LATER];
    uint32_t plans = 0;
    double sum = 0;
    if (isnan(run->first))
        return;
    count_in(&first[bin_of(run->first)], 1, run->first, came);
    count_in(&first[TOLD_BINS], 1, run->first, came);
    for (uint32_t i = 0; i < TOLD_BINS; i++) {
        count_in(&later[i], run->later[i].plans, run->later[i].sum, came);
        plans += run->later[i].plans;
        sum += run->later[i].sum;
    }
    count_in(&later[TOLD_BINS], plans, sum, came);
}

void told_merge(struct told *told, const struct told *other)
{
    for (int when = 0; when < TOLD_WHENS; when++)
        for (uint32_t i = 0; i <= TOLD_BINS; i++) {
            struct told_bin *bin = &told->bins[when][i];
            const struct told_bin *more = &other->bins[when][i];
            bin->plans += more->plans;
            bin->came += more->came;
            bin->sum += more->sum;
            bin->came_squares += more->came_squares;
            bin->missed_squares += more->missed_squares;
        }
}

double told_mean(const struct told_bin *bin)
{
    return bin->plans == 0 ? NAN : bin->sum / (double)bin->plans;
}

struct estimate told_came(const struct told_bin *bin)
{
    if (bin->plans == 0)
        return (struct estimate){NAN, NAN, NAN};
    const double plans = (double)bin->plans, share = (double)bin->came / plans;
    const double spread = share * (1 - share);
    const double squares = spread > 0 ? (bin->came_squares * (1 - share) * (1 - share) +
                                         bin->missed_squares * share * share) /
                                            spread
                                      : bin->came_squares + bin->missed_squares;
    return share_estimate_of(share, plans * plans / squares);
}
