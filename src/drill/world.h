/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a scenario as it is in truth: where everybody is, how far from each need,
 * and how each would answer. All of it is a function of (scenario, seed, run, person,
 * how many alerts before), never of the order in which it is asked: so both engines and
 * all policies meet the same people with the same luck (common random numbers).
 *
 * One struct world belongs to one thread. Persons are 0-based here; their id in the
 * crowd and the store is person + 1. */
#ifndef MUSTER_DRILL_WORLD_H
#define MUSTER_DRILL_WORLD_H

#include "drill/roster.h"
#include "drill/scenario.h"

#define WORLD_TRAVEL_S_MAX 7200 /* farther away is unreachable */
#define WORLD_UNREACHABLE UINT32_MAX

/* How one person takes one alert. */
struct world_answer {
    bool accepts, declines; /* neither: silence */
    bool comes;             /* having said yes */
    uint8_t lost;       /* bit per channel of the ladder: that message is never seen */
    int64_t delay_ms;   /* from seeing it to the answer */
    int64_t turnout_ms; /* from the yes to leaving */
    double travel;      /* real way / computed way */
};

struct world_person {
    double east_m, north_m;
    double z; /* standard normal: how much more willing than others */
    uint32_t skills;
    bool quiet; /* has the default quiet hours */
};

struct world_need {
    struct scenario_place at;
    double event_z;
    uint32_t closed;         /* bit i: scenario->closures[i] is in force */
    uint32_t count;          /* who has the skills of a line and can get there */
    uint32_t sorted;         /* of keys */
    uint64_t *keys;          /* travel in ms << 32 | person, ascending up to `sorted` */
    struct roster_way *ways; /* by person; NULL if people are drawn */
};

struct world {
    const struct scenario *scenario;
    uint64_t seed, run;
    bool is_set;    /* run is the one drawn */
    uint32_t count; /* people of this run */
    struct world_person *people;
    struct world_need needs[SCENARIO_NEEDS_MAX];
};

/* ST_NO_MEMORY. */
int world_init(struct world *world, const struct scenario *scenario, uint64_t seed)
    __attribute__((warn_unused_result));
void world_release(struct world *world);
/* The most people any run can have. */
uint32_t world_people_max(const struct scenario *scenario);
/* The people and their ways as roads are when each call-out starts. O(people * needs); a
 * few needs if it is the run of before. With people of an instance ST_NO_MEMORY,
 * ST_INVALID: a place lies off the roads. */
int world_set_run(struct world *world, uint64_t run) __attribute__((warn_unused_result));
/* The roads as they are SINCE_MS after the start; *RET_CHANGED: they are others for the
 * need. O(people) then. */
int world_set_roads(struct world *world, uint32_t need, int64_t since_ms,
                    bool *ret_changed) __attribute__((warn_unused_result));

/* The INDEX-th nearest of those who can serve the need: person and travel time (whole
 * seconds, in ms); false beyond the last. Amortised O(log n) for the first few, O(n) for
 * a range never asked for before. */
bool world_nearest(struct world *world, uint32_t need, uint32_t index,
                   uint32_t *ret_person, uint32_t *ret_ms);
/* The travel time of a person, WORLD_UNREACHABLE also without the skills of any line. */
uint32_t world_travel_ms(const struct world *world, uint32_t need, uint32_t person);
/* Bit i: the person can serve line i of the need. */
uint32_t world_lines(const struct world *world, uint32_t need, uint32_t person);
/* What the planner expects of somebody TRAVEL_MS away: the scenario's figures, or what
 * the instance has learned. Its travel_ms is how long the way really takes, but for the
 * weather. */
struct learn_forecast world_forecast(const struct world *world, uint32_t need,
                                     uint32_t person, uint32_t travel_ms);
/* ATTEMPT: alerts of this run to the person before this one. NOW_MS: wall time. */
struct world_alert {
    uint32_t need, person, attempt;
    uint32_t travel_ms;
    int64_t now_ms;
};
void world_answer(const struct world *world, const struct world_alert *alert,
                  struct world_answer *ret);

/* When the message of an alert is seen first, if nobody answers before: ladder as in
 * src/loop (the next channel after each minute without an answer, at once after a
 * failure). INT64_MAX = never. *RET_VOID: every channel failed. SINCE_MS: the alert's
 * time after the scenario's start; the answer counts alike. */
int64_t world_seen_ms(const struct scenario *scenario, int64_t since_ms, uint8_t lost,
                      bool *ret_void);

#endif
