/* SPDX-License-Identifier: Apache-2.0 */
/* A drill's scenario: where people are, what happens when, how people really answer, what
 * the planner believes of them, and the policies to be compared. The file's format:
 * docs/formats/scenario.md. A struct scenario is plain data; after scenario_parse nobody
 * changes it, and any number of threads may read it. */
#ifndef MUSTER_DRILL_SCENARIO_H
#define MUSTER_DRILL_SCENARIO_H

#include "base/diag.h"
#include "geo/point.h"
#include "loop/model.h"
#include "plan/response_model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCENARIO_SIZE_MAX (256u << 10)
#define SCENARIO_INCIDENTS_MAX 8
#define SCENARIO_NEEDS_MAX 16 /* of all incidents together */
#define SCENARIO_SKILLS_MAX 8
#define SCENARIO_LINES_MAX LOOP_LINES_MAX /* of one need */
#define SCENARIO_CLOSURES_MAX 16
#define SCENARIO_CHANNELS_MAX 3
#define SCENARIO_DOWN_MAX 4
#define SCENARIO_POLICIES_MAX 64
#define SCENARIO_PHASES_MAX 8
#define SCENARIO_TIMES_MAX 16
#define SCENARIO_PEOPLE_MAX 20000
#define SCENARIO_MINUTES_MAX 240 /* of one need, from the incident to its deadline */
#define SCENARIO_NAME_MAX 47
#define SCENARIO_TITLE_MAX 119
#define SCENARIO_RUNS_MAX 1000000

/* Metres from the middle of the scenario's field. */
struct scenario_place {
    double east_m, north_m;
    bool anywhere; /* drawn anew in each run, evenly in the field */
};

struct scenario_people {
    uint32_t count;   /* exactly so many, or */
    double mean;      /* > 0: Poisson with this mean, drawn anew in each run */
    double radius_m;  /* of the field, a disc */
    double speed_m_s; /* along a straight line */
    double detour;    /* way / straight line, >= 1 */
    bool redraw;      /* other places in each run; else everybody lives somewhere */
    double quiet_share;
    bool has_middle; /* where the middle of the field lies, for the people of an instance
                      */
    struct point middle;
    uint32_t skill_count;
    struct scenario_skill {
        char code[32];
        uint32_t index; /* in the built-in skills table */
        double share;
    } skills[SCENARIO_SKILLS_MAX];
};

struct scenario_incident {
    enum incident_kind kind;
    struct scenario_place at;
    int64_t minute_ms; /* after the scenario's start */
    int64_t button_ms; /* nobody presses the button for so long */
};

/* A need with its call-out. */
struct scenario_need {
    uint32_t incident;
    uint32_t line_count;
    struct scenario_line {
        uint32_t skills; /* bit i: people.skills[i], all of them are wanted */
        uint32_t count;
    } lines[SCENARIO_LINES_MAX];
    uint32_t count;  /* of all lines */
    int32_t reserve; /* of each line: LOOP_RESERVE_AUTO or a number */
    double target;
    uint32_t lift;    /* LIFT_QUIET */
    int64_t start_ms; /* of the call-out, after the scenario's start */
    int64_t deadline_ms;
};

/* Roads closed, or slow, for a time. People who are drawn go straight: whose way to an
 * incident crosses the circle takes DETOUR times as long, or inside of it goes no faster
 * than the limit. People of an instance go by its roads: those in the circle are closed,
 * or slow. Whoever leaves goes by the roads of that moment; the planner knows them. */
struct scenario_closure {
    struct scenario_place at;
    double radius_m, detour; /* detour 0: slow */
    uint32_t limit_kmh;      /* 0: closed */
    int64_t from_ms, to_ms;
};

struct scenario_channel {
    enum channel_kind kind; /* the first of the ladder is tried first */
    double loss;            /* handed over, and never seen */
    int64_t delay_ms;
    uint32_t down_count;
    struct scenario_down {
        int64_t from_ms, to_ms;
    } down[SCENARIO_DOWN_MAX]; /* tries fail for good, at once */
};

/* How people answer in truth. */
struct scenario_response {
    double accept_day, accept_night; /* per alert that is read */
    double person_sd, event_sd; /* of logit(accept): between people, between incidents */
    double comes;
    double decline_share;               /* of those who do not accept: they say so */
    double delay_median_s, delay_sigma; /* sigma 0: always the median */
    double turnout_day_median_s, turnout_night_median_s, turnout_sigma;
    double travel_factor; /* weather: real way / computed; the planner does not know */
    double travel_sigma;
};

enum policy_rule {
    POLICY_NEAREST, /* the m nearest at once */
    POLICY_RADIUS,  /* everybody within a radius at once */
    POLICY_PHASED,  /* m_j more at t_j, while seats are free */
    POLICY_TOP_UP,  /* m open or accepted at any time: who declines is replaced */
    POLICY_OURS,    /* the planner of src/plan */
};

struct policy {
    char name[SCENARIO_NAME_MAX + 1];
    enum policy_rule rule;
    uint32_t count;     /* nearest, top-up */
    double radius_m;    /* radius */
    int32_t reserve;    /* seats beyond the need's count; ours: -2 = as the need says */
    double target;      /* ours: 0 = as the need says */
    double price;       /* ours: alerts that a certain success is worth; 0 = by target */
    double in_time_min; /* ours: nobody is asked whose P(in time | yes) is smaller */
    uint32_t phases;    /* phased */
    struct policy_phase {
        uint32_t count;
        int64_t at_ms; /* after the call-out's start */
    } phase[SCENARIO_PHASES_MAX];
};
#define POLICY_RESERVE_OF_NEED (-2)

struct roster;

struct scenario {
    char name[SCENARIO_NAME_MAX + 1];
    char title_zh[SCENARIO_TITLE_MAX + 1], title_en[SCENARIO_TITLE_MAX + 1];
    int64_t start_ms; /* wall */
    uint32_t runs;    /* unless the command says otherwise */
    struct scenario_people people;
    uint32_t incident_count, need_count, closure_count, channel_count, policy_count,
        time_count;
    struct scenario_incident incidents[SCENARIO_INCIDENTS_MAX];
    struct scenario_need needs[SCENARIO_NEEDS_MAX];
    struct scenario_closure closures[SCENARIO_CLOSURES_MAX];
    struct scenario_channel channels[SCENARIO_CHANNELS_MAX];
    struct scenario_response response;
    struct response_model_config planner; /* what the planner believes */
    struct policy policies[SCENARIO_POLICIES_MAX];
    int64_t times_ms[SCENARIO_TIMES_MAX]; /* P(first on scene by ...) is reported for */
    uint32_t weekly_cap;
    int64_t no_answer_ms;
    struct roster *roster; /* NULL: people are drawn. Not the file's (drill/roster.h) */
};

/* Strict: unknown fields, wrong types, impossible times and numbers out of their range
 * are ST_INVALID with the place in reterr->where ("incidents[0].needs[1].count"); a
 * broken document has line and column. O(size). */
int scenario_parse(const char *data, size_t size, struct scenario *ret,
                   struct diag *reterr) __attribute__((warn_unused_result));
int scenario_read(const char *path, struct scenario *ret, struct diag *reterr)
    __attribute__((warn_unused_result));

/* The policy of that name, or the index SCENARIO_POLICIES_MAX. */
uint32_t scenario_find_policy(const struct scenario *scenario, const char *name);
const char *policy_rule_code(enum policy_rule rule);
/* The closures in force SINCE_MS after the start: bit i = closures[i]. */
uint32_t scenario_closed(const struct scenario *scenario, int64_t since_ms);
/* Whether a change of roads then meets the need's call-out. */
bool scenario_changes_roads(const struct scenario_need *need, int64_t since_ms);
/* Whether the wall time is in the default quiet hours, 22:00 to 06:00. */
bool scenario_is_quiet(int64_t wall_ms);

#endif
