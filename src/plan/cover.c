/* SPDX-License-Identifier: Apache-2.0 */
/* A first choice is greedy (Nemhauser, Wolsey and Fisher, Mathematical Programming 14,
 * 1978: at least 1 - 1/e of the optimum), then improved by interchange (Teitz and Bart,
 * Operations Research 16, 1968): each site outside in turn takes the place of the site in
 * the set for which that gains most. What an exchange gains is put together from three
 * sums, so that one look at the demands of the site outside serves for all places: what
 * it would cover that nobody covers, less what the other covers alone, but for what both
 * do. cover_bound.c goes on from there. */
#include "plan/cover_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <string.h>

/* ---- reading ---------------------------------------------------------------------- */

/* Whether every site's demands are in range, each once; SEEN[demand]: 1 + the last site.
 */
static bool are_sites_valid(const struct cover_problem *problem, uint32_t *seen)
{
    for (uint32_t j = 0; j < problem->site_count; j++) {
        if (problem->begin[j] > problem->begin[j + 1])
            return false;
        for (uint32_t k = problem->begin[j]; k < problem->begin[j + 1]; k++) {
            uint32_t i = problem->demands[k];
            if (i >= problem->demand_count || seen[i] == j + 1)
                return false;
            seen[i] = j + 1;
        }
    }
    return true;
}

static uint32_t weight_of(const struct cover_problem *problem, uint32_t demand)
{
    if (problem->covered != NULL && problem->covered[demand])
        return 0;
    return problem->weights != NULL ? problem->weights[demand] : 1;
}

static bool is_weight_valid(const struct cover_problem *problem)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < problem->demand_count; i++)
        sum += problem->weights != NULL ? problem->weights[i] : 1;
    return sum <= COVER_WEIGHT_MAX;
}

static void net_release(struct cover_net *net)
{
    mem_free(net->weights);
    mem_free(net->begin);
    mem_free(net->demands);
    mem_free(net->counts);
    mem_free(net->slots);
    mem_free(net->in_set);
    mem_free(net->most);
}

/* SEEN[demand] > 0: a site reaches it; becomes 1 + its index in the net, 0 = left out. */
static void net_fill(struct cover_net *net, const struct cover_problem *problem,
                     uint32_t *seen)
{
    for (uint32_t i = 0; i < problem->demand_count; i++) {
        uint32_t weight = weight_of(problem, i);
        if (seen[i] == 0 || weight == 0) {
            seen[i] = 0;
            continue;
        }
        net->weights[net->demand_count++] = weight;
        net->weight += weight;
        seen[i] = net->demand_count;
    }
    uint32_t at = 0;
    for (uint32_t j = 0; j < problem->site_count; j++) {
        net->begin[j] = at;
        for (uint32_t k = problem->begin[j]; k < problem->begin[j + 1]; k++)
            if (seen[problem->demands[k]] > 0)
                net->demands[at++] = seen[problem->demands[k]] - 1;
    }
    net->begin[problem->site_count] = at;
}

static int net_init(struct cover_net *net, const struct cover_problem *problem)
{
    uint32_t demands = problem->demand_count, sites = problem->site_count;
    AUTO_FREE uint32_t *seen = mem_calloc(demands, sizeof(*seen));
    if (seen == NULL)
        return ST_NO_MEMORY;
    if (!are_sites_valid(problem, seen))
        return ST_INVALID;
    size_t pairs = sites == 0 ? 0 : problem->begin[sites] - problem->begin[0];
    *net = (struct cover_net){.site_count = sites,
                              .choose = problem->choose,
                              .weights = mem_alloc(demands * sizeof(*net->weights)),
                              .begin = mem_alloc((sites + 1) * sizeof(*net->begin)),
                              .demands = mem_alloc(pairs * sizeof(*net->demands)),
                              .counts = mem_alloc(demands * sizeof(*net->counts)),
                              .slots = mem_alloc(demands * sizeof(*net->slots)),
                              .in_set = mem_alloc(sites * sizeof(*net->in_set)),
                              .most = mem_alloc(sites * sizeof(*net->most))};
    if (net->weights == NULL || net->begin == NULL || net->demands == NULL ||
        net->counts == NULL || net->slots == NULL || net->in_set == NULL ||
        net->most == NULL)
        return ST_NO_MEMORY; /* the caller releases */
    net_fill(net, problem, seen);
    return ST_OK;
}

/* ---- a set of sites --------------------------------------------------------------- */

static void set_enter(struct cover_net *net, struct cover_set *set, uint32_t slot,
                      uint32_t site)
{
    set->sites[slot] = site;
    net->in_set[site] = true;
    net->work += net->begin[site + 1] - net->begin[site];
    for (uint32_t k = net->begin[site]; k < net->begin[site + 1]; k++) {
        uint32_t i = net->demands[k];
        net->slots[i] += slot;
        if (net->counts[i]++ == 0)
            set->weight += net->weights[i];
    }
}

static void set_leave(struct cover_net *net, struct cover_set *set, uint32_t slot)
{
    uint32_t site = set->sites[slot];
    net->in_set[site] = false;
    net->work += net->begin[site + 1] - net->begin[site];
    for (uint32_t k = net->begin[site]; k < net->begin[site + 1]; k++) {
        uint32_t i = net->demands[k];
        net->slots[i] -= slot;
        if (--net->counts[i] == 0)
            set->weight -= net->weights[i];
    }
}

/* Forgets the set before, enters the sites of SET. */
static void set_begin(struct cover_net *net, struct cover_set *set)
{
    memset(net->counts, 0, net->demand_count * sizeof(*net->counts));
    memset(net->slots, 0, net->demand_count * sizeof(*net->slots));
    memset(net->in_set, 0, net->site_count * sizeof(*net->in_set));
    set->weight = 0;
    for (uint32_t slot = 0; slot < set->count; slot++)
        set_enter(net, set, slot, set->sites[slot]);
}

static uint64_t added_by(struct cover_net *net, uint32_t site)
{
    uint64_t sum = 0;
    net->work += net->begin[site + 1] - net->begin[site];
    for (uint32_t k = net->begin[site]; k < net->begin[site + 1]; k++)
        if (net->counts[net->demands[k]] == 0)
            sum += net->weights[net->demands[k]];
    return sum;
}

/* What a site adds only falls as others enter, so that one which added too little before
 * need not be looked at (Minoux 1978). */
static void set_fill(struct cover_net *net, struct cover_set *set)
{
    for (uint32_t j = 0; j < net->site_count; j++)
        net->most[j] = net->in_set[j] ? 0 : UINT64_MAX;
    while (set->count < net->choose) {
        uint64_t best = 0;
        uint32_t site = 0;
        for (uint32_t j = 0; j < net->site_count; j++) {
            if (net->most[j] <= best)
                continue;
            net->most[j] = added_by(net, j);
            if (net->most[j] > best) {
                best = net->most[j];
                site = j;
            }
        }
        if (best == 0)
            return;
        net->most[site] = 0;
        set_enter(net, set, set->count++, site);
    }
}

/* What each of the set covers alone, by place. */
static void sum_alone(struct cover_net *net, const struct cover_set *set, uint64_t *ret)
{
    for (uint32_t slot = 0; slot < set->count; slot++) {
        uint32_t site = set->sites[slot];
        ret[slot] = 0;
        net->work += net->begin[site + 1] - net->begin[site];
        for (uint32_t k = net->begin[site]; k < net->begin[site + 1]; k++)
            if (net->counts[net->demands[k]] == 1)
                ret[slot] += net->weights[net->demands[k]];
    }
}

/* The best exchange for SITE: whether one covers more, and where. ALONE by place. */
static bool find_exchange(struct cover_net *net, const struct cover_set *set,
                          const uint64_t *alone, uint32_t site, uint32_t *ret_slot)
{
    uint64_t both[COVER_CHOOSE_MAX] = {0}, gain = 0, least = UINT64_MAX;
    net->work += net->begin[site + 1] - net->begin[site] + set->count;
    for (uint32_t k = net->begin[site]; k < net->begin[site + 1]; k++) {
        uint32_t i = net->demands[k];
        if (net->counts[i] == 0)
            gain += net->weights[i];
        else if (net->counts[i] == 1)
            both[net->slots[i]] += net->weights[i];
    }
    for (uint32_t slot = 0; slot < set->count; slot++)
        if (alone[slot] - both[slot] < least) {
            least = alone[slot] - both[slot];
            *ret_slot = slot;
        }
    return gain > least;
}

static void set_exchange(struct cover_net *net, struct cover_set *set)
{
    uint64_t alone[COVER_CHOOSE_MAX];
    uint32_t slot = 0, since = 0; /* sites since the last exchange */
    sum_alone(net, set, alone);
    for (uint32_t j = 0; since < net->site_count && net->work < net->work_max;
         j = j + 1 < net->site_count ? j + 1 : 0) {
        since++;
        if (net->in_set[j] || !find_exchange(net, set, alone, j, &slot))
            continue;
        set_leave(net, set, slot);
        set_enter(net, set, slot, j);
        sum_alone(net, set, alone);
        since = 0;
    }
}

void cover_improve(struct cover_net *net, struct cover_set *set)
{
    set_begin(net, set);
    set_fill(net, set);
    if (set->weight < net->weight)
        set_exchange(net, set);
}

/* ---- the answer ------------------------------------------------------------------- */

/* The sites of SET in the order in which each adds most, without those that add nothing.
 */
static void put_in_order(struct cover_net *net, const struct cover_set *set,
                         struct cover_choice *ret)
{
    struct cover_set chosen = {0};
    set_begin(net, &chosen);
    while (chosen.count < set->count) {
        uint64_t best = 0;
        uint32_t site = 0;
        for (uint32_t slot = 0; slot < set->count; slot++) {
            uint32_t j = set->sites[slot];
            uint64_t adds = added_by(net, j);
            if (adds > best || (adds == best && best > 0 && j < site)) {
                best = adds;
                site = j;
            }
        }
        if (best == 0)
            break;
        ret->sites[chosen.count] = site;
        ret->adds[chosen.count] = best;
        set_enter(net, &chosen, chosen.count++, site);
    }
    ret->count = chosen.count;
    ret->weight = chosen.weight;
    assert(ret->weight == set->weight);
}

int cover_choose_within(const struct cover_problem *problem, uint64_t work_max,
                        struct cover_choice *ret)
{
    if (problem->demand_count > COVER_DEMANDS_MAX ||
        problem->site_count > COVER_SITES_MAX || problem->choose > COVER_CHOOSE_MAX ||
        !is_weight_valid(problem))
        return ST_INVALID;
    struct cover_net net = {0};
    struct cover_set best = {0};
    struct cover_choice choice = {0};
    int status = net_init(&net, problem);
    net.work_max = work_max;
    if (status == ST_OK) {
        cover_improve(&net, &best);
        status = cover_prove(&net, &best, &choice.bound);
    }
    if (status == ST_OK) {
        put_in_order(&net, &best, &choice);
        assert(choice.weight <= choice.bound);
        choice.optimal = choice.weight == choice.bound;
        *ret = choice;
    }
    net_release(&net);
    return status;
}

int cover_choose(const struct cover_problem *problem, struct cover_choice *ret)
{
    return cover_choose_within(problem, COVER_WORK_MAX, ret);
}
