/* SPDX-License-Identifier: Apache-2.0 */
/* The bound relaxes "a demand counts only if one of the sites chosen covers it" with a
 * price lambda[i] in 0..w[i] for each demand (Galvao and ReVelle, European Journal of
 * Operational Research 88, 1996):
 *
 *     L(lambda) = sum over i of (w[i] - lambda[i])
 *               + the CHOOSE greatest of s[j] = sum of lambda[i] over the demands of j
 *
 * No choice weighs more than L, whatever the prices; subgradient steps (Held, Wolfe and
 * Crowder, Mathematical Programming 6, 1974), in proportion to the weights, look for
 * prices that make it small. Prices are whole numbers of 1/SCALE, so that L is exact and
 * proves something however they were found; weights are whole, so that it may be rounded
 * down.
 *
 * Where that leaves a gap: branch and bound, depth first. A site is taken in, later left
 * out. What a site taken in covers has price 0: it counts in full, and other sites gain
 * nothing by it. Under each node a site is fixed if L would fall to what is known already
 * when it goes the other way: out of the greatest (replaced by the next), or among them.
 * All sites that were fixed or taken in are on a trail, so that going back is undoing. */
#include "plan/cover_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define SCALE (INT64_C(1) << 16)
static_assert(COVER_WEIGHT_MAX * (COVER_CHOOSE_MAX + 1) < (UINT64_C(1) << 47), "L fits");

#define ROOT_STEPS 400
#define NODE_STEPS 40
#define PATIENCE 30 /* steps without a smaller L before steps are halved */
#define CLOSE 16    /* tried as a choice: what covers all but 1/CLOSE of the best */

enum site_state { FREE, IN, OUT };

/* A site that was taken in: where it is on the trail, and the bound of the node then. */
struct decision {
    uint32_t at;
    uint64_t bound;
};

struct prover {
    struct cover_net *net;
    struct cover_set *best;
    int64_t *prices;      /* by demand: lambda */
    int64_t *prices_best; /* by demand: those of the least L at this node */
    int64_t *prices_kept; /* by decision, demand: those best where it was made */
    int64_t *sums;        /* by site: s */
    uint32_t *taken;      /* by demand: sites taken in that cover it */
    uint32_t *counts;     /* by demand: the same and the greatest */
    uint32_t *trail;      /* sites that are not FREE */
    uint8_t *states;      /* by site: enum site_state */
    uint32_t trail_count, in_count;
    struct decision decisions[COVER_CHOOSE_MAX];
    uint32_t decision_count;
    uint32_t greatest[COVER_CHOOSE_MAX + 1]; /* free sites of greatest s, and the next */
    uint32_t greatest_count;
    uint64_t tried; /* the greatest weight that was tried at this node */
};

static void fix(struct prover *p, uint32_t site, enum site_state state)
{
    const struct cover_net *net = p->net;
    assert(p->states[site] == FREE);
    p->states[site] = (uint8_t)state;
    p->trail[p->trail_count++] = site;
    if (state != IN)
        return;
    p->in_count++;
    for (uint32_t k = net->begin[site]; k < net->begin[site + 1]; k++)
        p->taken[net->demands[k]]++;
}

static void undo_to(struct prover *p, uint32_t trail_count)
{
    const struct cover_net *net = p->net;
    while (p->trail_count > trail_count) {
        uint32_t site = p->trail[--p->trail_count];
        if (p->states[site] == IN) {
            p->in_count--;
            for (uint32_t k = net->begin[site]; k < net->begin[site + 1]; k++)
                p->taken[net->demands[k]]--;
        }
        p->states[site] = FREE;
    }
}

/* Puts SITE among the greatest, of which COUNT are kept; equal ones stay in order. */
static void keep_greatest(struct prover *p, uint32_t site, uint32_t count)
{
    int64_t sum = p->sums[site];
    if (p->greatest_count == count) {
        if (sum <= p->sums[p->greatest[count - 1]])
            return;
        p->greatest_count--;
    }
    uint32_t at = p->greatest_count++;
    for (; at > 0 && p->sums[p->greatest[at - 1]] < sum; at--)
        p->greatest[at] = p->greatest[at - 1];
    p->greatest[at] = site;
}

static uint32_t room(const struct prover *p)
{
    return p->net->choose - p->in_count;
}

static uint32_t relaxed_count(const struct prover *p)
{
    return p->greatest_count < room(p) ? p->greatest_count : room(p);
}

/* L at the present prices, times SCALE; sums, greatest. */
static int64_t relax(struct prover *p)
{
    struct cover_net *net = p->net;
    int64_t ret = 0;
    for (uint32_t i = 0; i < net->demand_count; i++) {
        if (p->taken[i] > 0)
            p->prices[i] = 0;
        ret += net->weights[i] * SCALE - p->prices[i];
    }
    p->greatest_count = 0;
    net->work += net->demand_count + net->site_count;
    for (uint32_t j = 0; j < net->site_count; j++) {
        if (p->states[j] != FREE)
            continue;
        int64_t sum = 0;
        for (uint32_t k = net->begin[j]; k < net->begin[j + 1]; k++)
            sum += p->prices[net->demands[k]];
        net->work += net->begin[j + 1] - net->begin[j];
        p->sums[j] = sum;
        keep_greatest(p, j, room(p) + 1);
    }
    for (uint32_t slot = 0; slot < relaxed_count(p); slot++)
        ret += p->sums[p->greatest[slot]];
    return ret;
}

/* How many sites cover each demand, and what they cover together. */
static uint64_t count_relaxed(struct prover *p)
{
    struct cover_net *net = p->net;
    uint64_t weight = 0;
    memcpy(p->counts, p->taken, net->demand_count * sizeof(*p->counts));
    for (uint32_t slot = 0; slot < relaxed_count(p); slot++) {
        uint32_t j = p->greatest[slot];
        for (uint32_t k = net->begin[j]; k < net->begin[j + 1]; k++)
            p->counts[net->demands[k]]++;
    }
    for (uint32_t i = 0; i < net->demand_count; i++)
        weight += p->counts[i] > 0 ? net->weights[i] : 0;
    return weight;
}

/* The sites of the relaxed problem as a choice, improved if it is close enough. */
static void try_relaxed(struct prover *p, uint64_t weight)
{
    if (weight <= p->tried || weight + p->best->weight / CLOSE <= p->best->weight)
        return;
    p->tried = weight;
    struct cover_set set = {0};
    for (uint32_t at = 0; at < p->trail_count; at++)
        if (p->states[p->trail[at]] == IN)
            set.sites[set.count++] = p->trail[at];
    for (uint32_t slot = 0; slot < relaxed_count(p); slot++)
        set.sites[set.count++] = p->greatest[slot];
    cover_improve(p->net, &set);
    if (set.weight > p->best->weight)
        *p->best = set;
}

/* The least L, times SCALE, that a better choice could have. */
static int64_t wanted(const struct prover *p)
{
    return (int64_t)(p->best->weight + 1) * SCALE;
}

/* Fixes sites without which, or with which, L falls below what is wanted, where it is not
 * now. */
static void fix_by_sums(struct prover *p, int64_t l)
{
    uint32_t chosen = relaxed_count(p), needed[COVER_CHOOSE_MAX], needed_count = 0;
    int64_t last = chosen == room(p) && chosen > 0 ? p->sums[p->greatest[chosen - 1]] : 0;
    int64_t next = p->greatest_count > chosen ? p->sums[p->greatest[chosen]] : 0;
    assert(l >= wanted(p));
    for (uint32_t slot = 0; slot < chosen; slot++)
        if (l - p->sums[p->greatest[slot]] + next < wanted(p))
            needed[needed_count++] = p->greatest[slot];
    for (uint32_t j = 0; j < p->net->site_count; j++) /* none of the chosen: l suffices */
        if (p->states[j] == FREE && l - last + p->sums[j] < wanted(p))
            fix(p, j, OUT);
    for (uint32_t n = 0; n < needed_count; n++)
        fix(p, needed[n], IN);
}

/* How long a step is, per unit of weight; 0: L cannot fall, as far as one step sees. */
static double step_size(const struct prover *p, int64_t l, uint32_t halvings)
{
    const struct cover_net *net = p->net;
    double norm = 0;
    for (uint32_t i = 0; i < net->demand_count; i++) {
        int64_t full = net->weights[i] * SCALE, over = (int64_t)p->counts[i] - 1;
        if (p->taken[i] == 0 &&
            ((over < 0 && p->prices[i] < full) || (over > 0 && p->prices[i] > 0)))
            norm += (double)net->weights[i] * (double)(over * over);
    }
    double gap = (double)l - (double)p->best->weight * (double)SCALE;
    return norm > 0 ? ldexp(gap, 1 - (int)halvings) / norm : 0;
}

/* One step of the prices against the subgradient: how many sites more than one cover the
 * demand. */
static void step(struct prover *p, double size)
{
    const struct cover_net *net = p->net;
    for (uint32_t i = 0; i < net->demand_count; i++) {
        if (p->taken[i] > 0)
            continue;
        double full = (double)net->weights[i] * (double)SCALE;
        double price = (double)p->prices[i] -
                       size * (double)net->weights[i] * ((double)p->counts[i] - 1);
        p->prices[i] = (int64_t)fmin(fmax(price, 0), full);
    }
}

static bool is_out_of_work(const struct prover *p)
{
    return p->net->work >= p->net->work_max;
}

/* The least L, times SCALE, of at most STEPS steps at the present node, where sites are
 * fixed on the way. Less than wanted(): nothing better is there. */
static int64_t bound_node(struct prover *p, uint32_t steps)
{
    int64_t least = INT64_MAX;
    uint32_t halvings = 0, since = 0;
    p->tried = 0;
    for (uint32_t n = 0; n < steps; n++) {
        int64_t l = relax(p);
        uint64_t weight = count_relaxed(p);
        if (l < least) {
            least = l;
            since = 0;
            memcpy(p->prices_best, p->prices, p->net->demand_count * sizeof(*p->prices));
            try_relaxed(p, weight);
            if (least < wanted(p))
                break;
            fix_by_sums(p, l);
        } else if (++since == PATIENCE) {
            halvings++;
            since = 0;
        }
        double size = step_size(p, l, halvings);
        if (is_out_of_work(p) || room(p) == 0 || size <= 0)
            break;
        step(p, size);
    }
    return least;
}

/* Goes back to the last site that was taken in and leaves it out; false: there is none.
 */
static bool go_back(struct prover *p)
{
    uint32_t demands = p->net->demand_count;
    if (p->decision_count == 0)
        return false;
    const struct decision *last = &p->decisions[--p->decision_count];
    uint32_t site = p->trail[last->at];
    undo_to(p, last->at);
    fix(p, site, OUT);
    memcpy(p->prices, p->prices_kept + (size_t)p->decision_count * demands,
           demands * sizeof(*p->prices));
    return true;
}

/* Takes in the free site of the greatest sum. */
static void go_down(struct prover *p, uint64_t bound)
{
    uint32_t demands = p->net->demand_count;
    memcpy(p->prices, p->prices_best, demands * sizeof(*p->prices));
    memcpy(p->prices_kept + (size_t)p->decision_count * demands, p->prices,
           demands * sizeof(*p->prices));
    (void)relax(p);
    p->decisions[p->decision_count++] = (struct decision){p->trail_count, bound};
    fix(p, p->greatest[0], IN);
}

/* The greatest bound of the present node, BOUND, and of those that go_back would lead to.
 */
static uint64_t open_bound(const struct prover *p, uint64_t bound)
{
    for (uint32_t n = 0; n < p->decision_count; n++)
        if (p->decisions[n].bound > bound)
            bound = p->decisions[n].bound;
    return bound;
}

/* Looks everywhere, or until the work is spent. What is left weighs no more than what it
 * returns: 0 if nothing is left. */
static uint64_t search(struct prover *p)
{
    int64_t least = bound_node(p, ROOT_STEPS);
    for (;;) {
        uint64_t bound = (uint64_t)(least / SCALE);
        bool is_open =
            bound > p->best->weight && room(p) > 0 && p->trail_count < p->net->site_count;
        if (is_open && is_out_of_work(p))
            return open_bound(p, bound);
        if (is_open)
            go_down(p, bound);
        else if (!go_back(p))
            return 0;
        least = bound_node(p, NODE_STEPS);
    }
}

int cover_prove(struct cover_net *net, struct cover_set *best, uint64_t *ret_bound)
{
    size_t demands = net->demand_count, sites = net->site_count;
    if (best->weight == net->weight) {
        *ret_bound = best->weight;
        return ST_OK;
    }
    AUTO_FREE int64_t *prices = mem_alloc(demands * sizeof(*prices));
    AUTO_FREE int64_t *prices_best = mem_alloc(demands * sizeof(*prices_best));
    AUTO_FREE int64_t *prices_kept =
        mem_alloc(demands * net->choose * sizeof(*prices_kept));
    AUTO_FREE int64_t *sums = mem_calloc(sites, sizeof(*sums));
    AUTO_FREE uint32_t *taken = mem_calloc(demands, sizeof(*taken));
    AUTO_FREE uint32_t *counts = mem_alloc(demands * sizeof(*counts));
    AUTO_FREE uint32_t *trail = mem_alloc(sites * sizeof(*trail));
    AUTO_FREE uint8_t *states = mem_calloc(sites, sizeof(*states));
    if (prices == NULL || prices_best == NULL || prices_kept == NULL || sums == NULL ||
        taken == NULL || counts == NULL || trail == NULL || states == NULL)
        return ST_NO_MEMORY;
    struct prover p = {.net = net,
                       .best = best,
                       .prices = prices,
                       .prices_best = prices_best,
                       .prices_kept = prices_kept,
                       .sums = sums,
                       .taken = taken,
                       .counts = counts,
                       .trail = trail,
                       .states = states};
    for (size_t i = 0; i < demands; i++)
        prices[i] = net->weights[i] * SCALE / 2;
    uint64_t bound = search(&p);
    *ret_bound = bound > best->weight ? bound : best->weight;
    return ST_OK;
}
