/* SPDX-License-Identifier: Apache-2.0 */
/* The two engines on the same seeds: every count and every time is the same. Header
 * only: each test program is one file. */
#ifndef MUSTER_TEST_DRILL_AGREE_H
#define MUSTER_TEST_DRILL_AGREE_H

#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "drill/drill.h"
#include "drill/fast.h"
#include "drill/full.h"
#include "drill/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Sanitizers look at the code, not at the figures. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FEW 1
#define THOUSAND 60
#else
#define FEW 5
#define THOUSAND 1000
#endif

static inline bool is_told_alike(const struct told_run *a, const struct told_run *b)
{
    for (uint32_t i = 0; i < TOLD_BINS; i++)
        if (a->later[i].plans != b->later[i].plans || a->later[i].sum != b->later[i].sum)
            return false;
    return isnan(a->first) ? isnan(b->first) : a->first == b->first;
}

static inline bool is_same(const struct drill_outcome *a, const struct drill_outcome *b)
{
    return a->first_ms == b->first_ms && a->count_ms == b->count_ms &&
           a->first_yes_ms == b->first_yes_ms && a->alerts == b->alerts &&
           a->waves == b->waves && a->undelivered == b->undelivered &&
           a->accepted == b->accepted && a->late == b->late &&
           a->declined == b->declined && a->no_answer == b->no_answer &&
           a->stood_down == b->stood_down && a->arrived == b->arrived &&
           a->needless == b->needless && a->lost == b->lost &&
           is_told_alike(&a->told, &b->told) && a->target_reached == b->target_reached;
}

static inline void print(const char *name, const struct drill_outcome *o)
{
    print_error(
        "%s: first %lld count %lld yes %lld alerts %u waves %u void %u accepted "
        "%u late %u declined %u no answer %u stood down %u arrived %u needless "
        "%u lost %u told %.17g, of all later plans in bins %u %u %u %u %u %u %u\n",
        name, (long long)o->first_ms, (long long)o->count_ms, (long long)o->first_yes_ms,
        o->alerts, o->waves, o->undelivered, o->accepted, o->late, o->declined,
        o->no_answer, o->stood_down, o->arrived, o->needless, o->lost, o->told.first,
        o->told.later[0].plans, o->told.later[1].plans, o->told.later[2].plans,
        o->told.later[3].plans, o->told.later[4].plans, o->told.later[5].plans,
        o->told.later[6].plans);
}

struct tape {
    uint32_t count, person[4096];
};

static inline void note(void *context, uint32_t need, uint32_t person)
{
    struct tape *tape = context;
    if (tape->count < COUNT_OF(tape->person))
        tape->person[tape->count++] = person << 4 | need;
}

/* RUNS runs, the policies in turn; or each of them in every run. */
static inline void agree(const struct scenario *scenario, const char *name, uint32_t runs,
                         bool every)
{
    struct diag diag = {0};
    struct fast *fast;
    struct full *full;
    static struct tape tapes[2];
    assert_int_equal(fast_new(&fast, scenario, 42), ST_OK);
    assert_int_equal(full_new(&full, scenario, 42, &diag), ST_OK);
    for (uint32_t i = 0; i < runs * (every ? scenario->policy_count : 1); i++) {
        uint32_t run = every ? i / scenario->policy_count : i;
        const struct policy *policy = &scenario->policies[i % scenario->policy_count];
        const struct outcome_counter one = {note, &tapes[0]}, two = {note, &tapes[1]};
        struct drill_outcome a[SCENARIO_NEEDS_MAX], b[SCENARIO_NEEDS_MAX];
        tapes[0].count = tapes[1].count = 0;
        assert_int_equal(fast_run(fast, run, policy, a, &one), ST_OK);
        int status = full_run(full, run, policy, b, &two);
        if (status != ST_OK)
            print_error("full: %s: %s\n", diag.where, diag.text);
        assert_int_equal(status, ST_OK);
        bool same = tapes[0].count == tapes[1].count &&
                    memcmp(tapes[0].person, tapes[1].person,
                           tapes[0].count * sizeof(uint32_t)) == 0;
        for (uint32_t n = 0; n < scenario->need_count; n++) {
            same = same && is_same(&a[n], &b[n]);
            if (same)
                continue;
            print_error("%s run %u need %u policy %s\n", name, run, n, policy->name);
            print("fast", &a[n]);
            print("full", &b[n]);
        }
        assert_true(same); /* the same people in the same order, too */
    }
    fast_free(fast);
    full_free(full);
}

#endif
