/* SPDX-License-Identifier: Apache-2.0 */
/* The network as a walk over it needs it. Most nodes of most maps join two edges and do
 * nothing else; a walk need not stop there. So edges in a row make a run between two
 * junctions, which are all other nodes, and a run has RUN_LINKS_MAX edges at most: longer
 * rows are cut by junctions more. The edges are numbered run by run, along each run, and
 * called links by that number. A street is a run seen from one of its ends: those of one
 * junction and one mode stand in one line of memory, on large pages. Made from the graph;
 * 68 bytes an edge, 16 a run, 192 a junction and 4 a node. Any number of threads may read
 * it. */
#ifndef MUSTER_CROWD_STREETS_H
#define MUSTER_CROWD_STREETS_H

#include "road/pin.h"

#define RUN_LINKS_MAX 16u
#define JUNCTION_STREETS 4u
#define STREET_NONE UINT32_MAX       /* the name of one that is not there */
#define STREET_MORE (UINT32_MAX - 1) /* of the first of a crowded junction */

/* A run in one mode, seen from one of its ends. */
struct street {
    uint32_t other; /* the junction at its other end */
    uint32_t name;  /* run << 1 | end: we are at junctions[end] of it */
    uint32_t ms;    /* all of it, from the other end to here; ROAD_MS_NONE = no way */
    uint32_t first; /* link of the run */
};

/* If more meet: the first says STREET_MORE, `other` = where in `more` they begin, `ms` =
 * how many they are. */
struct junction {
    struct street streets[JUNCTION_STREETS];
};
_Static_assert(sizeof(struct junction) == 64, "one cache line a junction");

/* Links FIRST to FIRST + LINKS - 1, from junctions[0] to junctions[1]. */
struct run {
    uint32_t first, links;
    uint32_t junctions[2];
};

/* Where an edge is: link AT of the run; TURNED = its node[1] comes first. */
struct on_run {
    uint32_t run;
    uint32_t at : 4, turned : 1, : 27;
};

/* A link in one mode, as it is left towards junctions[END] of its run: by its own END. */
struct link {
    uint32_t to;  /* from its END to that junction; ROAD_MS_NONE = no way */
    uint32_t own; /* the whole link, towards END */
};

struct road_closed;

struct streets {
    const struct road *road; /* outlives them */
    uint32_t junction_count, run_count;
    struct junction *junctions[ROAD_MODE_COUNT]; /* by number of the junction */
    struct street *more[ROAD_MODE_COUNT];
    struct link *links[ROAD_MODE_COUNT][2]; /* by END, by link */
    uint32_t *edges;                        /* by link */
    struct on_run *on_run;                  /* by edge */
    struct run *runs;
    uint32_t *first_at, *edges_at; /* by node: the edges that meet there */
};

/* ST_NO_MEMORY. Cost O(edges). */
int streets_make(struct streets *ret, const struct road *road)
    __attribute__((warn_unused_result));
void streets_release(struct streets *streets);

/* Link AT of RUN, towards END, under CLOSED (road/closed.h): `to` for whoever passes,
 * `own` for whoever stands there, whom a closure lets out, or, if PASSES, for others. */
struct link streets_link_under(const struct streets *streets, int mode, uint32_t run,
                               int end, uint32_t at, const struct road_closed *closed,
                               bool passes);
/* What the whole street takes under CLOSED. */
uint32_t streets_pass_ms(const struct streets *streets, const struct street *street,
                         int mode, const struct road_closed *closed);

/* The run on which a place lies, and how far its nodes are from the place along it. */
struct inside {
    uint32_t run, at; /* the place's own link; run = STREET_NONE: off the network */
    uint32_t ms[RUN_LINKS_MAX + 1]; /* [i] of the node before link i; NONE = no way */
};
void streets_inside(const struct streets *streets, int mode, const struct road_spot *spot,
                    const struct road_closed *closed, struct inside *ret);

/* A pin's `where` on an edge, as seen along the run, and back. */
static inline uint32_t streets_where(struct on_run on, uint32_t where)
{
    return on.turned ? road_pin_turned(where) : where;
}

static inline const struct street *streets_at(const struct streets *streets, int mode,
                                              uint32_t junction, uint32_t *ret_count)
{
    const struct street *first = streets->junctions[mode][junction].streets;
    uint32_t count = 0;
    for (uint32_t i = 0; i < JUNCTION_STREETS; i++)
        count += first[i].name != STREET_NONE;
    bool more = first->name == STREET_MORE;
    *ret_count = more ? first->ms : count;
    return more ? &streets->more[mode][first->other] : first;
}

#endif
