/* SPDX-License-Identifier: Apache-2.0 */
/* Shortest times towards a place, outward from it band by band, and the runs with people
 * on the way: all junctions of a band are final, all others are later. Without order
 * inside a band, and without lengths: buckets of Dial (CACM 12, 1969) of BAND ms, inside
 * a bucket labels are corrected until they stand (Meyer and Sanders 2003). Exact. One
 * thread at a time. */
#ifndef MUSTER_CROWD_SPREAD_H
#define MUSTER_CROWD_SPREAD_H

#include "crowd/slab.h"
#include "crowd/streets.h"

struct road_closed;

struct spread_label {
    uint32_t stamp, ms;
    uint32_t via; /* the run by which that time is reached */
};

/* A run on which somebody stands, seen from a junction that may be reached from it. The
 * place's own run comes first, from nowhere, which is streets->junction_count. */
struct stop {
    uint32_t junction;
    uint32_t name, first; /* as in struct street */
};

struct spread {
    const struct streets *streets;
    const struct slab *slab;
    const struct road_closed *closed;
    int mode;
    struct inside inside;        /* the place */
    struct spread_label *labels; /* by junction; 2 x number of the search, + 1: listed */
    struct spread_cell *cells;
    uint32_t cell_count, cell_capacity;
    uint32_t *wheel, far; /* first cell of each list */
    uint32_t waiting;     /* cells on the wheel */
    uint32_t band;        /* the next to be looked at */
    uint32_t far_ms;      /* a lower bound of the far list */
    uint32_t stamp;       /* even */
    struct stop
        *stops; /* all of each junction given out, once; see spread_forget_stops */
    uint32_t stop_count, stop_capacity;
    uint64_t stop_people; /* on them, about */
};

/* 12 bytes a junction. STREETS and SLAB outlive it. */
int spread_new(struct spread **ret, const struct streets *streets,
               const struct slab *slab) __attribute__((warn_unused_result));
void spread_free(struct spread *spread);
/* CLOSED (NULL = all open) must stay as it is during the search. ST_NO_MEMORY. */
int spread_start(struct spread *spread, enum road_mode mode,
                 const struct road_spot *place, const struct road_closed *closed)
    __attribute__((warn_unused_result));
/* Adds to `stops`, and to `stop_people`, those of the next band that holds a junction: 1;
 * 0 when nothing more can be reached, or ST_NO_MEMORY. */
int spread_next(struct spread *spread) __attribute__((warn_unused_result));
/* A lower bound of every junction still to come; ROAD_MS_NONE when there is none. */
uint32_t spread_bound_ms(const struct spread *spread);

static inline void spread_forget_stops(struct spread *spread)
{
    spread->stop_count = 0;
    spread->stop_people = 0;
}

/* Of a junction that was given out; of others ROAD_MS_NONE or any upper bound. */
static inline uint32_t spread_ms(const struct spread *spread, uint32_t junction)
{
    const struct spread_label *label = &spread->labels[junction];
    return (label->stamp | 1u) == (spread->stamp | 1u) ? label->ms : ROAD_MS_NONE;
}

/* Whether the junction of a stop is itself reached along the stop's run: nobody there
 * gains by going to it and back. */
static inline bool spread_leads_back(const struct spread *spread, const struct stop *stop)
{
    return spread->labels[stop->junction].via == stop->name >> 1;
}

#endif
