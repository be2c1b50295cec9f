/* SPDX-License-Identifier: Apache-2.0 */
/* Two waves while they are planned: the search (look.c) and what a first wave and a look
 * at the answers make possible (look_table.c). */
#ifndef MUSTER_PLAN_LOOK_INTERNAL_H
#define MUSTER_PLAN_LOOK_INTERNAL_H

#include "plan/look.h"
#include "plan/walk.h"

#define LOOK_SMALL_COUNT 12
#define LOOK_SMALL_PEOPLE 96 /* asked, or in the second wave */
#define LOOK_CLASSES_MAX (LOOK_SMALL_PEOPLE + 1)
#define LOOK_GRID_MAX (LOOK_SMALL_PEOPLE + 1)
#define LOOK_MASS_MIN 1e-9

/* A look at whole minutes: silence counts in those (plan_people.c). */
#define LOOKS LOOK_PLACES
extern const int64_t LOOKS_MS[LOOKS];

/* Somebody asked, at the look. */
struct seen {
    double f;      /* a reply that comes is there by the look */
    double b_late; /* in time, if it comes later */
    double b_early;
};

/* Of somebody PENDING, or of a RANK that is asked now; PERSON as asked now. */
struct look_at {
    int64_t after_ms;
    const struct plan_pending *pending;
    const struct rank *rank;
};
struct seen look_see(const struct planner *planner, const struct look_at *who,
                     const struct line_person *person);
/* P(there in time | yes) of a RANK that is asked AFTER_MS from now. */
double look_second_b(const struct planner *planner, const struct rank *rank,
                     int64_t after_ms);

/* What does not depend on the first wave, of one look. Everything is filled as far as it
 * was needed: [0, seen_count) and so on. */
struct at_look {
    uint32_t seen_count, second_count;
    struct seen *seen; /* [index in work->people] */
    double *second_b;  /* [rank]: there in time if alerted at the look */
};

struct look {
    struct planner *planner;
    struct work *work;
    struct look_wish wish;
    struct common common;
    bool large;
    uint32_t known; /* free people who may be in a wave */
    double *a;      /* [index in work->people][node]: says yes */
    struct at_look looks[LOOKS];
    /* Of one first wave and one look. */
    uint32_t first, asked, at; /* at = the look's index */
    int64_t after_ms;
    uint32_t class_count, grid_count;
    uint32_t grid[LOOK_GRID_MAX];  /* sizes of the second wave, ascending */
    double mass[LOOK_CLASSES_MAX]; /* P(y) */
    double gain[LOOK_CLASSES_MAX][LOOK_GRID_MAX]; /* W(y, m) */
};

/* ST_NO_MEMORY; look_release also after a failure. */
int look_init(struct look *look, struct planner *planner, struct work *work,
              const struct look_wish *wish) __attribute__((warn_unused_result));
void look_release(struct look *look);
/* Fills mass and gain for FIRST people alerted now and the look AT. */
void look_table(struct look *look, uint32_t first, uint32_t at);

#endif
