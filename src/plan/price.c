/* SPDX-License-Identifier: Apache-2.0 */
/* The logarithms of the price and of 1 - P are nearly on a line: false position between
 * the two ends, aimed a little beyond the target, and halving if that takes long. */
#include "plan/price.h"

#include <math.h>

#define TRIES_MAX 16
#define NEAR 1.05
#define ALERTS_NEAR 0.1
#define GUESS 20.0
#define PRICE_MAX 4000.0
#define PRICE_MIN 1.5
#define FACTOR_MAX 3.0 /* from one price to the next, while one end is not known */
#define PART_MIN 0.1
#define BEYOND 0.97 /* of 1 - target */
#define FALSE_MAX 5 /* then halving, every other time */
#define FAILS_MIN 1e-12

void price_begin(struct price_search *search, double target, double guess)
{
    guess = guess > PRICE_MIN ? guess : GUESS;
    *search = (struct price_search){.target = target,
                                    .price = guess < PRICE_MAX ? guess : PRICE_MAX / 2.0};
}

static double outwards(const struct price_search *search)
{
    const double fails = search->low > 0.0 ? search->low_fails : search->high_fails;
    const double factor = fails / (1.0 - search->target);
    const double from = search->low > 0.0 ? search->low : search->high;
    /* A little more than the line says, so that the target lies between. */
    return from * (factor > 1.0 ? fmin(1.1 * factor, FACTOR_MAX)
                                : fmax(0.9 * factor, 1.0 / FACTOR_MAX));
}

static double between(const struct price_search *search)
{
    double span = log(search->low_fails / search->high_fails), part = 0.5;
    if ((search->tried < FALSE_MAX || search->tried % 2 == 0) && span > 0.0)
        part = log(search->low_fails / (BEYOND * (1.0 - search->target))) / span;
    part = fmin(fmax(part, PART_MIN), 1.0 - PART_MIN);
    return search->low * pow(search->high / search->low, part);
}

bool price_next(struct price_search *search, double p)
{
    const double fails = fmax(1.0 - p, FAILS_MIN);
    if (p >= search->target) {
        search->high = search->price;
        search->high_fails = fails;
        if (search->price * (p - search->target) < ALERTS_NEAR)
            return false;
    } else {
        search->low = search->price;
        search->low_fails = fails;
    }
    const bool both = search->low > 0.0 && search->high > 0.0;
    if (++search->tried == TRIES_MAX || (both && search->high < NEAR * search->low))
        return false;
    search->price = both ? between(search) : outwards(search);
    return search->price > PRICE_MIN && search->price < PRICE_MAX;
}
