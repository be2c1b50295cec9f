/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of sites against every choice there is, against published and exact optima
 * (San Francisco, OR-Library), and what is said when the search is cut short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "plan/cover.h"
#include "plan/cover_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what must hold of every choice ----------------------------------------------- */

static uint64_t weight_of(const struct cover_problem *problem, uint32_t demand)
{
    return problem->weights != NULL ? problem->weights[demand] : 1;
}

/* What SITE adds to REACHED[demand]; with ENTER it is reached from then on. */
static uint64_t add_site(const struct cover_problem *problem, bool *reached,
                         uint32_t site, bool enter)
{
    uint64_t sum = 0;
    for (uint32_t k = problem->begin[site]; k < problem->begin[site + 1]; k++) {
        uint32_t i = problem->demands[k];
        sum += reached[i] ? 0 : weight_of(problem, i);
        reached[i] |= enter;
    }
    return sum;
}

/* Counted again from the problem alone: each site adds what is said, none of those after
 * it adds more, nor as much with a smaller index. */
static void check_choice(const struct cover_problem *problem,
                         const struct cover_choice *choice)
{
    AUTO_FREE bool *reached = mem_calloc(problem->demand_count, sizeof(*reached));
    uint64_t sum = 0;
    if (problem->covered != NULL)
        memcpy(reached, problem->covered, problem->demand_count * sizeof(*reached));
    assert_true(choice->count <= problem->choose);
    for (uint32_t n = 0; n < choice->count; n++) {
        for (uint32_t later = n + 1; later < choice->count; later++) {
            uint64_t adds = add_site(problem, reached, choice->sites[later], false);
            assert_true(
                adds < choice->adds[n] ||
                (adds == choice->adds[n] && choice->sites[later] > choice->sites[n]));
        }
        assert_true(choice->adds[n] > 0);
        assert_true(n == 0 || choice->adds[n] <= choice->adds[n - 1]);
        assert_int_equal(add_site(problem, reached, choice->sites[n], true),
                         choice->adds[n]);
        sum += choice->adds[n];
    }
    assert_int_equal(choice->weight, sum);
    assert_true(choice->bound >= choice->weight);
    assert_int_equal(choice->optimal, choice->bound == choice->weight);
}

static struct cover_choice choose(const struct cover_problem *problem)
{
    struct cover_choice choice;
    assert_int_equal(cover_choose(problem, &choice), ST_OK);
    check_choice(problem, &choice);
    return choice;
}

/* ---- small problems, all choices -------------------------------------------------- */

#define DEMANDS 30
#define SITES 16

struct small {
    struct cover_problem problem;
    uint32_t weights[DEMANDS], begin[SITES + 1], demands[SITES * DEMANDS];
    bool covered[DEMANDS];
};

/* Sites that cover nothing, demands without weight, more sites wanted than there are:
 * all happen. */
static void make_small(struct small *ret, struct random *random)
{
    static const uint32_t WEIGHTS[] = {2, 10, 1000, UINT32_MAX};
    uint32_t weight = WEIGHTS[random_below(random, COUNT_OF(WEIGHTS))], at = 0;
    double density = 0.6 * random_unit(random), covered = 0.3 * random_unit(random);
    ret->problem = (struct cover_problem){
        .demand_count = (uint32_t)random_below(random, DEMANDS + 1),
        .site_count = (uint32_t)random_below(random, SITES + 1),
        .choose = (uint32_t)random_below(random, 7),
        .weights = random_below(random, 4) > 0 ? ret->weights : NULL,
        .begin = ret->begin,
        .demands = ret->demands,
        .covered = random_below(random, 2) > 0 ? ret->covered : NULL};
    for (uint32_t i = 0; i < DEMANDS; i++) {
        ret->weights[i] = (uint32_t)random_below(random, weight);
        ret->covered[i] = random_unit(random) < covered;
    }
    for (uint32_t j = 0; j < ret->problem.site_count; j++) {
        double part = random_below(random, 8) > 0 ? density : 0;
        ret->begin[j] = at;
        for (uint32_t i = 0; i < ret->problem.demand_count; i++)
            if (random_unit(random) < part)
                ret->demands[at++] = i;
    }
    ret->begin[ret->problem.site_count] = at;
}

static uint64_t best_of_all(const struct cover_problem *problem)
{
    uint64_t best = 0;
    uint32_t masks[SITES] = {0}, open = 0;
    for (uint32_t i = 0; i < problem->demand_count; i++)
        if (problem->covered == NULL || !problem->covered[i])
            open |= 1u << i;
    for (uint32_t j = 0; j < problem->site_count; j++)
        for (uint32_t k = problem->begin[j]; k < problem->begin[j + 1]; k++)
            masks[j] |= 1u << problem->demands[k];
    for (uint32_t set = 0; set < 1u << problem->site_count; set++) {
        if ((uint32_t)__builtin_popcount(set) > problem->choose)
            continue;
        uint32_t reached = 0;
        for (uint32_t left = set; left != 0; left &= left - 1)
            reached |= masks[__builtin_ctz(left)];
        uint64_t weight = 0;
        for (uint32_t left = reached & open; left != 0; left &= left - 1)
            weight += weight_of(problem, (uint32_t)__builtin_ctz(left));
        if (weight > best)
            best = weight;
    }
    return best;
}

static void test_all_choices(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 31);
    uint32_t open = 0;
    for (int round = 0; round < 800; round++) {
        struct small small;
        struct cover_choice cut;
        make_small(&small, &random.super);
        uint64_t best = best_of_all(&small.problem);
        struct cover_choice choice = choose(&small.problem);
        if (choice.weight != best || !choice.optimal)
            fail_msg("round %d: %lu, at most %lu, not %lu", round,
                     (unsigned long)choice.weight, (unsigned long)choice.bound,
                     (unsigned long)best);
        /* Cut short anywhere, what is said is still true. */
        uint64_t work = random_below(&random.super, 1000);
        assert_int_equal(cover_choose_within(&small.problem, work, &cut), ST_OK);
        check_choice(&small.problem, &cut);
        assert_true(cut.weight <= best && best <= cut.bound);
        open += !cut.optimal;
    }
    assert_true(open > 50);
}

/* The order of the sites is nothing to the weight; the answer to one is always the same.
 */
static void test_permutation(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 32);
    for (int round = 0; round < 200; round++) {
        struct small small, other;
        make_small(&small, &random.super);
        struct cover_choice choice = choose(&small.problem), again;
        memset(&again, 0x5a, sizeof(again));
        assert_int_equal(cover_choose(&small.problem, &again), ST_OK);
        assert_int_equal(again.count, choice.count);
        assert_memory_equal(again.sites, choice.sites, sizeof(choice.sites));
        uint32_t count = small.problem.site_count, order[SITES], at = 0;
        for (uint32_t j = 0; j < count; j++) {
            uint32_t to = (uint32_t)random_below(&random.super, j + 1);
            order[j] = order[to];
            order[to] = j;
        }
        other = small;
        other.problem.begin = other.begin;
        other.problem.demands = other.demands;
        for (uint32_t j = 0; j < count; j++) {
            uint32_t from = small.begin[order[j]], to = small.begin[order[j] + 1];
            other.begin[j] = at;
            memcpy(other.demands + at, small.demands + from, (to - from) * sizeof(from));
            at += to - from;
        }
        other.begin[count] = at;
        assert_int_equal(choose(&other.problem).weight, choice.weight);
    }
}

/* ---- villages on a plane ---------------------------------------------------------- */

struct plane {
    struct cover_problem problem;
    uint32_t *weights, *begin, *demands;
};

/* COUNT places in a square of side 1, each a demand and a site that reaches RADIUS. */
static void plane_init(struct plane *ret, uint32_t count, double radius, uint64_t seed)
{
    struct random_seeded random;
    random_seeded_init(&random, seed);
    AUTO_FREE double *x = mem_alloc(count * sizeof(*x));
    AUTO_FREE double *y = mem_alloc(count * sizeof(*y));
    ret->weights = mem_alloc(count * sizeof(*ret->weights));
    ret->begin = mem_alloc((count + 1) * sizeof(*ret->begin));
    ret->demands = mem_alloc((size_t)count * count * sizeof(*ret->demands));
    for (uint32_t i = 0; i < count; i++) {
        x[i] = random_unit(&random.super);
        y[i] = random_unit(&random.super);
        ret->weights[i] = 50 + (uint32_t)random_below(&random.super, 3000);
    }
    uint32_t at = 0;
    for (uint32_t j = 0; j < count; j++) {
        ret->begin[j] = at;
        for (uint32_t i = 0; i < count; i++)
            if ((x[i] - x[j]) * (x[i] - x[j]) + (y[i] - y[j]) * (y[i] - y[j]) <=
                radius * radius)
                ret->demands[at++] = i;
    }
    ret->begin[count] = at;
    ret->problem = (struct cover_problem){.demand_count = count,
                                          .site_count = count,
                                          .weights = ret->weights,
                                          .begin = ret->begin,
                                          .demands = ret->demands};
}

static void plane_release(struct plane *plane)
{
    mem_free(plane->weights);
    mem_free(plane->begin);
    mem_free(plane->demands);
}

/* A county's villages: proved within the work that the header speaks of. One more never
 * covers less, and adds no more than the best that was to be had before. */
static void test_county_is_proved(void **state)
{
    (void)state;
    static const double RADII[] = {0.07, 0.1, 0.15};
    for (uint64_t seed = 1; seed <= 3; seed++)
        for (size_t r = 0; r < COUNT_OF(RADII); r++) {
            struct plane plane;
            uint64_t before = 0;
            plane_init(&plane, 136, RADII[r], seed);
            for (plane.problem.choose = 1; plane.problem.choose <= 10;
                 plane.problem.choose++) {
                struct cover_choice choice;
                assert_int_equal(
                    cover_choose_within(&plane.problem, COVER_WORK_MAX / 8, &choice),
                    ST_OK);
                check_choice(&plane.problem, &choice);
                assert_true(choice.optimal);
                assert_true(choice.weight >= before);
                before = choice.weight;
            }
            plane_release(&plane);
        }
}

/* Cut short at any point, from the first look on until all is proved: what is said is
 * true, and more work never says less. */
static void test_cut_short(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct plane plane;
        plane_init(&plane, 136, 0.15, seed);
        plane.problem.choose = 11;
        const struct cover_choice whole = choose(&plane.problem);
        struct cover_choice cut = {.bound = UINT64_MAX};
        assert_true(whole.optimal);
        for (uint64_t work = 0; !cut.optimal; work += work / 8 + 1000) {
            uint64_t weight = cut.weight, bound = cut.bound;
            assert_int_equal(cover_choose_within(&plane.problem, work, &cut), ST_OK);
            check_choice(&plane.problem, &cut);
            assert_true(work > 0 || !cut.optimal);
            assert_true(cut.weight <= whole.weight && whole.weight <= cut.bound);
            assert_true(cut.weight >= weight && cut.bound <= bound);
        }
        assert_int_equal(cut.weight, whole.weight);
        plane_release(&plane);
    }
}

/* ---- input ------------------------------------------------------------------------ */

static void test_bad_input(void **state)
{
    (void)state;
    static const uint32_t BEGIN[] = {0, 2, 3}, DOWN[] = {0, 2, 1};
    static const uint32_t GOOD[] = {0, 1, 1}, TWICE[] = {1, 1, 0}, BEYOND[] = {0, 1, 2};
    const struct cover_problem rows[] = {
        {.demand_count = 2, .site_count = 2, .begin = DOWN, .demands = GOOD},
        {.demand_count = 2, .site_count = 2, .begin = BEGIN, .demands = TWICE},
        {.demand_count = 2, .site_count = 2, .begin = BEGIN, .demands = BEYOND},
        {.demand_count = 2,
         .site_count = 2,
         .choose = COVER_CHOOSE_MAX + 1,
         .begin = BEGIN,
         .demands = GOOD},
        {.demand_count = COVER_DEMANDS_MAX + 1},
        {.site_count = COVER_SITES_MAX + 1},
    };
    struct cover_choice choice = {.count = 77};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(cover_choose(&rows[i], &choice), ST_INVALID);
    assert_int_equal(choice.count, 77);
    const struct cover_problem nothing = {.choose = COVER_CHOOSE_MAX};
    choice = choose(&nothing);
    assert_true(choice.count == 0 && choice.weight == 0 && choice.optimal);
    const struct cover_problem most = {.demand_count = 2,
                                       .site_count = 2,
                                       .choose = COVER_CHOOSE_MAX,
                                       .begin = BEGIN,
                                       .demands = GOOD};
    choice = choose(&most);
    assert_true(choice.count == 1 && choice.sites[0] == 0 && choice.weight == 2);
}

/* All weight there may be, at the greatest number of sites; one more is too much. */
static void test_weight_max(void **state)
{
    (void)state;
    enum { COUNT = 256 };
    uint32_t weights[COUNT + 1], begin[COUNT + 1], demands[2 * COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        weights[i] = UINT32_MAX;
        begin[i] = 2 * i;
        demands[2 * i] = i;
        demands[2 * i + 1] = (i + 1) % COUNT;
    }
    weights[COUNT] = COUNT;
    begin[COUNT] = 2 * COUNT;
    const struct cover_problem problem = {.demand_count = COUNT + 1,
                                          .site_count = COUNT,
                                          .choose = COVER_CHOOSE_MAX,
                                          .weights = weights,
                                          .begin = begin,
                                          .demands = demands};
    struct cover_choice choice = choose(&problem);
    assert_true(choice.optimal);
    assert_true(choice.weight == 2 * COVER_CHOOSE_MAX * (uint64_t)UINT32_MAX);
    weights[COUNT]++;
    assert_int_equal(cover_choose(&problem, &choice), ST_INVALID);
}

static void test_memory(void **state)
{
    (void)state;
    struct plane plane;
    plane_init(&plane, 60, 0.2, 1);
    plane.problem.choose = 4;
    struct cover_choice choice;
    int status = ST_NO_MEMORY;
    uint64_t n = 0;
    while (status == ST_NO_MEMORY) {
        mem_fail_at(++n);
        status = cover_choose(&plane.problem, &choice);
        mem_fail_at(0);
    }
    assert_int_equal(status, ST_OK);
    assert_int_equal(n, 17);
    plane_release(&plane);
}

/* ---- published and exact optima --------------------------------------------------- */

/* JEMSS.jl, test_mclp.jl: the greedy choice of two covers 5. */
static void test_tiny(void **state)
{
    (void)state;
    static const uint32_t WEIGHTS[] = {2, 2, 1, 1}, BEGIN[] = {0, 2, 4, 6};
    static const uint32_t DEMANDS_OF[] = {0, 1, 1, 2, 0, 3}, OPTIMA[] = {0, 4, 6, 6};
    for (uint32_t p = 0; p < COUNT_OF(OPTIMA); p++) {
        const struct cover_problem problem = {4, 3, p, WEIGHTS, BEGIN, DEMANDS_OF, NULL};
        struct cover_choice choice = choose(&problem);
        assert_true(choice.optimal);
        assert_int_equal(choice.weight, OPTIMA[p]);
    }
}

/* The text of a file under opt/ (mem_free), NULL if it is not there. */
static char *read_opt(const char *name, size_t *ret_size)
{
    char path[512], *text = NULL;
    struct diag diag = {0};
    const char *data = getenv("MUSTER_DATA");
    snprintf(path, sizeof(path), "%s/opt/%s", data != NULL ? data : "../shared/data",
             name);
    if (file_read(path, 1 << 24, &text, ret_size, &diag) == 0)
        return text;
    printf("absent: opt/%s\n", name);
    return NULL;
}

#define STORES 16
#define TRACTS 205

/* The index of NAME among COUNT names; a new one is put behind them. */
static uint32_t index_of(const char **names, uint32_t *count, const char *name)
{
    uint32_t i = 0;
    while (i < *count && strcmp(names[i], name) != 0)
        i++;
    if (i == *count) {
        assert_true(*count < TRACTS);
        names[(*count)++] = name;
    }
    return i;
}

/* distance,name,DestinationName,demand: store after store, all tracts, in any order. */
static void test_san_francisco(void **state)
{
    (void)state;
    static const uint32_t OPTIMA[] = {448255, 671938, 791499, 875247,
                                      927402, 941462, 950428, 955113};
    uint32_t weights[TRACTS], begin[STORES + 1] = {0}, demands[STORES * TRACTS];
    const char *tracts[TRACTS];
    uint32_t row = 0, at = 0, count = 0;
    size_t size;
    struct csv csv;
    struct diag diag = {0};
    AUTO_FREE char *text = read_opt(
        "spopt/SF_network_distance_candidateStore_16_censusTract_205_new.csv", &size);
    if (text == NULL)
        return;
    assert_int_equal(csv_init(&csv, text, size, &diag), ST_OK);
    assert_int_equal(csv_next(&csv, &diag), 1);
    for (; csv_next(&csv, &diag) == 1; row++) {
        uint32_t store = row / TRACTS, weight = (uint32_t)strtoul(csv.cells[3], NULL, 10);
        assert_true(store < STORES);
        uint32_t tract = index_of(tracts, &count, csv.cells[2]);
        assert_true(store == 0 || weights[tract] == weight);
        weights[tract] = weight;
        if (strtod(csv.cells[0], NULL) <= 5000)
            demands[at++] = tract;
        begin[store + 1] = at;
    }
    assert_int_equal(row, STORES * TRACTS);
    for (uint32_t p = 1; p <= COUNT_OF(OPTIMA); p++) {
        const struct cover_problem problem = {TRACTS, STORES,  p,   weights,
                                              begin,  demands, NULL};
        struct cover_choice choice = choose(&problem);
        assert_true(choice.optimal);
        assert_int_equal(choice.weight, OPTIMA[p - 1]);
    }
}

#define NODES_MAX 400
#define FAR (1 << 28)

struct graph {
    uint32_t count, choose;
    uint32_t *distances; /* [count * count] */
};

/* OR-Library pmedN: edges that come again count as they come last; then Floyd. */
static bool graph_read(struct graph *ret, uint32_t number)
{
    char name[32];
    size_t size;
    snprintf(name, sizeof(name), "pmed/pmed%u.txt", number);
    AUTO_FREE char *text = read_opt(name, &size);
    if (text == NULL)
        return false;
    char *at = text;
    uint32_t n = ret->count = (uint32_t)strtoul(at, &at, 10);
    uint32_t edges = (uint32_t)strtoul(at, &at, 10);
    ret->choose = (uint32_t)strtoul(at, &at, 10);
    assert_true(n <= NODES_MAX);
    uint32_t *d = ret->distances = mem_alloc((size_t)n * n * sizeof(*d));
    for (uint32_t i = 0; i < n * n; i++)
        d[i] = i % (n + 1) == 0 ? 0 : FAR;
    for (uint32_t e = 0; e < edges; e++) {
        uint32_t from = (uint32_t)strtoul(at, &at, 10) - 1;
        uint32_t to = (uint32_t)strtoul(at, &at, 10) - 1;
        assert_true(from < n && to < n);
        d[from * n + to] = d[to * n + from] = (uint32_t)strtoul(at, &at, 10);
    }
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = 0; j < n; j++)
                if (d[i * n + k] + d[k * n + j] < d[i * n + j])
                    d[i * n + j] = d[i * n + k] + d[k * n + j];
    return true;
}

/* The optimum when P nodes are chosen and each covers all within RADIUS. */
static uint32_t graph_cover(const struct graph *graph, uint32_t radius, uint32_t p)
{
    uint32_t n = graph->count, at = 0;
    AUTO_FREE uint32_t *begin = mem_alloc((n + 1) * sizeof(*begin));
    AUTO_FREE uint32_t *demands = mem_alloc((size_t)n * n * sizeof(*demands));
    for (uint32_t j = 0; j < n; j++) {
        begin[j] = at;
        for (uint32_t i = 0; i < n; i++)
            if (graph->distances[j * n + i] <= radius)
                demands[at++] = i;
    }
    begin[n] = at;
    const struct cover_problem problem = {n, n, p, NULL, begin, demands, NULL};
    struct cover_choice choice = choose(&problem);
    assert_true(choice.optimal);
    return (uint32_t)choice.weight;
}

static void test_orlib_optima(void **state)
{
    (void)state;
    static const struct {
        uint32_t radius, optimum;
    } ROWS[][2] = {{{126, 99}, {63, 62}},  {{97, 99}, {49, 66}},   {{92, 98}, {46, 63}},
                   {{73, 99}, {37, 73}},   {{47, 99}, {24, 82}},   {{83, 199}, {42, 123}},
                   {{63, 199}, {32, 132}}, {{54, 199}, {27, 143}}, {{36, 199}, {18, 150}},
                   {{19, 199}, {10, 148}}};
    for (uint32_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct graph graph;
        if (!graph_read(&graph, i + 1))
            continue;
        for (size_t r = 0; r < 2; r++)
            assert_int_equal(graph_cover(&graph, ROWS[i][r].radius, graph.choose),
                             ROWS[i][r].optimum);
        mem_free(graph.distances);
    }
}

/* The fewest nodes that cover all (LSCP) within the p-center radius, and within one less:
 * as many cover all, one fewer does not. */
static void test_orlib_cover_all(void **state)
{
    (void)state;
    static const struct {
        uint32_t number, radius, fewest, fewest_below;
    } ROWS[] = {
        {1, 127, 5, 6},   {2, 98, 10, 11},  {3, 93, 10, 12},  {4, 74, 20, 21},
        {5, 48, 31, 34},  {6, 84, 5, 6},    {7, 64, 10, 11},  {8, 55, 20, 21},
        {9, 37, 38, 41},  {10, 20, 65, 68}, {13, 36, 30, 32}, {14, 26, 57, 61},
        {19, 18, 80, 87},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct graph graph;
        if (!graph_read(&graph, ROWS[i].number))
            continue;
        for (uint32_t less = 0; less < 2; less++) {
            uint32_t fewest = less ? ROWS[i].fewest_below : ROWS[i].fewest;
            uint32_t radius = ROWS[i].radius - less;
            assert_int_equal(graph_cover(&graph, radius, fewest), graph.count);
            assert_true(graph_cover(&graph, radius, fewest - 1) < graph.count);
        }
        mem_free(graph.distances);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_choices),      cmocka_unit_test(test_permutation),
        cmocka_unit_test(test_county_is_proved), cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_bad_input),        cmocka_unit_test(test_weight_max),
        cmocka_unit_test(test_memory),           cmocka_unit_test(test_tiny),
        cmocka_unit_test(test_san_francisco),    cmocka_unit_test(test_orlib_optima),
        cmocka_unit_test(test_orlib_cover_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
