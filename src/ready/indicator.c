/* SPDX-License-Identifier: Apache-2.0 */
#include "ready/indicator.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *code;
    int weight;
    double wanted;
} indicators[] = {
#define X(name, code, weight, wanted) {code, weight, wanted},
    READY_LIST(X)
#undef X
};

const char *ready_code(enum ready_indicator indicator)
{
    assert((unsigned)indicator < READY_COUNT);
    return indicators[indicator].code;
}

int ready_weight(enum ready_indicator indicator)
{
    assert((unsigned)indicator < READY_COUNT);
    return indicators[indicator].weight;
}

bool ready_parse(const char *code, enum ready_indicator *ret)
{
    for (unsigned i = 0; i < COUNT_OF(indicators); i++)
        if (strcmp(code, indicators[i].code) == 0) {
            *ret = (enum ready_indicator)i;
            return true;
        }
    return false;
}

void ready_wanted(const struct target *targets, uint32_t count, int32_t year,
                  struct ready_wanted ret[READY_COUNT])
{
    int32_t newest[READY_COUNT] = {0};
    for (unsigned i = 0; i < READY_COUNT; i++)
        ret[i] = (struct ready_wanted){indicators[i].wanted, ""};
    for (uint32_t i = 0; i < count; i++) {
        enum ready_indicator indicator;
        if (!ready_parse(targets[i].indicator, &indicator) || targets[i].year > year ||
            targets[i].year < newest[indicator])
            continue;
        newest[indicator] = targets[i].year;
        ret[indicator] = (struct ready_wanted){targets[i].share, targets[i].lead};
    }
}

double ready_share(struct ready_share share)
{
    assert(share.of > 0);
    return (double)share.have / (double)share.of;
}

double ready_score(struct ready_share share, double wanted)
{
    const double ret = ready_share(share) / wanted;
    return ret < 1 ? ret : 1;
}

bool ready_index(const struct ready_share shares[READY_COUNT],
                 const struct ready_wanted wanted[READY_COUNT], double *ret)
{
    double sum = 0;
    int weights = 0;
    for (unsigned i = 0; i < READY_COUNT; i++) {
        if (shares[i].of == 0)
            continue;
        sum += indicators[i].weight * ready_score(shares[i], wanted[i].share);
        weights += indicators[i].weight;
    }
    *ret = weights == 0 ? 0 : 100 * sum / weights;
    return weights > 0;
}
