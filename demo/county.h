/* SPDX-License-Identifier: Apache-2.0 */
/* A synthetic county in the likeness of Pinghu, for `muster demo`: roads, divisions,
 * sites, volunteers and teams, written as the files that the ordinary importers read.
 * Only the names and codes of the divisions are real. The same options always make the
 * same bytes. */
#ifndef MUSTER_DEMO_COUNTY_H
#define MUSTER_DEMO_COUNTY_H

#include "base/diag.h"

#include <stdint.h>

#define COUNTY_PEOPLE_DEFAULT 20000
#define COUNTY_PEOPLE_MIN 200
#define COUNTY_PEOPLE_MAX 900000

struct county_options {
    uint64_t seed;
    uint32_t people;  /* volunteers, COUNTY_PEOPLE_MIN to _MAX */
    int64_t today_ms; /* certificates end before or after this day (local zone) */
    void (*progress)(void *context, const char *stage, uint64_t done, uint64_t all);
    void *context; /* progress may be NULL */
};

/* Writes FOLDER/roads.osm, areas.csv, sites.csv, people.csv, teams.csv; the folder is
 * made if need be. Import them in this order: a site names its area, a team its leader.
 * ST_INVALID, ST_IO, ST_NO_SPACE, ST_NO_MEMORY. About a second and 25 MB for 20,000. */
int county_write(const char *folder, const struct county_options *options,
                 struct diag *reterr) __attribute__((warn_unused_result));

#endif
