/* SPDX-License-Identifier: Apache-2.0 */
/* Between learn.c, which folds, and learn_look.c, which reads. */
#ifndef MUSTER_PLAN_LEARN_INTERNAL_H
#define MUSTER_PLAN_LEARN_INTERNAL_H

#include "plan/cause.h"
#include "plan/context.h"
#include "plan/learn.h"
#include "plan/mixture.h"
#include "plan/timing.h"

/* How a person's times stand to everybody's: logarithms; `multiple` is kept with them. */
struct habit {
    double sum, count, multiple;
};

struct account {
    int64_t person_id;
    bool exercise;
    int32_t week; /* of log_likelihood and the fading counts */
    float log_likelihood[MIXTURE_NODES];
    float weight[MIXTURE_NODES];
    double tired_day, tired_week;
    int64_t tired_ms;
    uint32_t asked[2], yes[2]; /* [night] */
    double came, promised;
    struct habit delay, turnout, travel;
    struct mixture_part part;
    double comes_yes, comes_no; /* part of the sums below */
    bool counted, comes_counted;
};

/* What is learned over all people, once for actual alerts and once for exercises. */
struct shared {
    struct timing timing;
    struct cause cause;
    struct prior_beta comes;
    double came, said_left; /* who came, and of these who had said that they leave */
    double comes_log_yes, comes_log_no, comes_people;
    struct learn_bin bins[LEARN_BINS];
    /* Of the timing, kept for forecasts. */
    double factor[TIMING_MODES], delay_ms, turnout_ms[2];
};

struct learn {
    struct learn_config config;
    double keep; /* of a history, a week */
    struct mixture mixture;
    struct context context;
    double shift, shift_variance; /* exercise minus actual */
    struct shared shared[2];      /* [exercise] */
    struct account *accounts;     /* in the order of their first rows */
    uint32_t count, capacity, turn;
    uint32_t *slots; /* index + 1 */
    uint32_t slot_count;
    int32_t week; /* of the view */
    int64_t last_id;
    uint64_t rows, hash;
};

/* Room in the table of slots for so many accounts; those there are lie in it.
 * ST_NO_MEMORY. */
int learn_make_slots(struct learn *learn, uint32_t people)
    __attribute__((warn_unused_result));
/* How many of those who will not accept say so. */
double learn_declines(const struct learn *learn, bool exercise);
/* NULL: nothing is known of the person in this account. */
struct account *learn_find(const struct learn *learn, int64_t person_id, bool exercise);
/* What is left in WEEK of an account's evidence, 0 to 1. */
double learn_faded(const struct learn *learn, const struct account *account,
                   int32_t week);
/* The likelihood of ACCOUNT and, across the shift, of OTHER (may be NULL) in WEEK. */
void learn_weigh(const struct learn *learn, const struct account *account,
                 const struct account *other, int32_t week, float *ret);
/* How tired the account's alerts before AT_MS have made the person; ACCOUNT may be
 * NULL. */
void learn_set_tired(const struct account *account, int64_t at_ms,
                     struct context_moment *moment);

#endif
