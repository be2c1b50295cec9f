/* SPDX-License-Identifier: Apache-2.0 */
/* The people of an instance in a drill: their places, skills, certificates, hours, pauses
 * and weekly caps as they stand, their ways on its roads, and what it has learned of
 * their answers. They take the places of the people whom a scenario would draw; persons
 * are 0-based, in the order of their ids. No name is kept here, and no number.
 *
 * Whether somebody can be asked is decided as of the start of each call-out. Who answers
 * how is drawn from the forecasts, so the planner knows the truth but for what the
 * scenario adds: the weather, the channels, luck common to an incident.
 *
 * One roster belongs to one thread. */
#ifndef MUSTER_DRILL_ROSTER_H
#define MUSTER_DRILL_ROSTER_H

#include "base/diag.h"
#include "plan/learn.h"

#include <stdbool.h>
#include <stdint.h>

struct crowd;
struct road;
struct roster;
struct scenario;
struct scenario_place;
struct skill_table;

struct roster_config {
    const struct road *road;
    const struct skill_table *skills;
    struct crowd *crowd; /* of its own: roads are closed in it, and people taken out */
    const struct learn *learn;
};

/* What CONFIG points to outlives the roster. SCENARIO is told: its people, the places of
 * its field, how they answer, what the planner believes. More than SCENARIO_PEOPLE_MAX:
 * those nearest to the middle. ST_NOT_FOUND: a skill that the instance has not, or
 * nobody; ST_UNPROCESSABLE: a place that lies off the roads. */
int roster_new(struct roster **ret, const struct roster_config *config,
               struct scenario *scenario, struct diag *reterr)
    __attribute__((warn_unused_result));
void roster_free(struct roster *roster);
uint32_t roster_count(const struct roster *roster);

struct roster_way {
    uint32_t ms;    /* whole seconds */
    uint32_t lines; /* bit i: can be asked for line i; 0 = for none */
};
/* Fills RET[person]. CLOSED: bit i = closures[i]. One question to the crowd for each
 * line, or none if it was asked among the last ROSTER_KEPT_MAX. ST_NO_MEMORY,
 * ST_INVALID. */
#define ROSTER_KEPT_MAX 64
int roster_ways(struct roster *roster, const struct scenario *scenario, uint32_t need,
                const struct scenario_place *at, uint32_t closed, struct roster_way *ret)
    __attribute__((warn_unused_result));
/* Whether the place is near enough to a road. */
bool roster_has_road(const struct roster *roster, const struct scenario_place *at);
/* At the start of the need's call-out. */
struct learn_forecast roster_forecast(const struct roster *roster,
                                      const struct scenario *scenario, uint32_t need,
                                      uint32_t person, uint32_t travel_ms);

#endif
