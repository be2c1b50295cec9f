/* SPDX-License-Identifier: Apache-2.0 */
/* Who sees which field of the people of an incident: decided once a call, by the matrix
 * of domain.md. */
#ifndef MUSTER_API_SIGHT_H
#define MUSTER_API_SIGHT_H

#include "api/internal.h"

struct sight {
    bool numbers;  /* staff, but not viewers */
    bool dispatch; /* a dispatcher of the incident: who accepted, positions, places */
    bool verify;   /* may check what was reported */
};

struct sight sight_of(const struct call *call, const struct read_incident *incident);
/* number, name, phone: after a yes to the incident's dispatchers, before only to those of
 * the person's own area. */
void sight_write_person(struct call *call, struct text *text, struct sight sight,
                        const struct person_identity *person, bool said_yes);
/* "at_grid": roughly where the person is, if that is known. */
void sight_write_grid(struct call *call, struct text *text, int64_t person_id);
/* Nothing while there is no way: roads were closed. */
void sight_write_seconds(struct text *text, const char *name, uint32_t travel_ms,
                         int64_t seconds);

#endif
