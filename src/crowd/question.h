/* SPDX-License-Identifier: Apache-2.0 */
/* One question while it is being answered: what nearest.c and its parts share.
 *
 *     nearest.c   front: locks, chooses the way, puts the answer together
 *     best.c      the k best so far; a person may be offered several times
 *     reason.c    who qualifies, and why others do not
 *     walk.c      the dense way: outward from the incident over the people on the roads
 *     holders.c   the rare way: from the holders of the skills to the incident
 *     count.c     lengths, considered and excluded, once the answer is known */
#ifndef MUSTER_CROWD_QUESTION_H
#define MUSTER_CROWD_QUESTION_H

#include "crowd/best.h"
#include "crowd/crowd_internal.h"
#include "crowd/spread.h"
#include "road/hierarchy.h"

#define ANSWER_MAX UINT32_C(2000000000)
/* holders.c: rank << 32 | member, ascending; `spare` to sort with. */
struct holder_list {
    uint64_t *keys, *spare;
    uint32_t count, capacity, spare_capacity;
};

/* walk.c: somebody who is at most MS away. */
struct nearby {
    uint32_t member, ms;
};

/* walk.c: somebody with the skills on a run that has been met. */
struct passed {
    const struct slab_entry *entry;
    const struct link *link;
    uint32_t name,
        ms; /* of the street and its junction; ROAD_MS_NONE: the incident's run */
};

struct workspace {
    bool has_moment;
    int64_t moment_s; /* of the last question, and what that second comes to */
    struct hours_moment moment;
    struct spread *spreads[ROAD_MODE_COUNT];
    struct road_search *search;
    struct road_spot spots[ROAD_MODE_COUNT]; /* the incident */
    bool on[ROAD_MODE_COUNT];                /* is on the network and asked for */
    struct best best;
    uint32_t *verdicts; /* by group: stamp << 2 | enum verdict */
    uint32_t verdict_capacity, stamp;
    struct road_reach *reaches[ROAD_MODE_COUNT];
    struct holder_list lists[ROAD_MODE_COUNT]; /* holders.c */
    struct holder_cell *cells;
    uint32_t cell_count, cell_capacity;
    struct nearby *nearby; /* walk.c */
    uint32_t nearby_count, nearby_capacity;
    struct passed *passed; /* walk.c */
    uint32_t passed_count, passed_capacity;
    uint32_t *nodes; /* count.c */
    uint32_t node_count, node_capacity;
};

struct question {
    struct crowd *crowd;
    const struct crowd_query *query;
    struct workspace *work;
    const struct road_closed *closed;
    const struct road_closed *slow; /* the same if any road is slow, else NULL */
    struct road_view view;          /* of the hierarchy; hierarchy == NULL: none */
    struct hours_moment moment;
    struct crowd_answer *answer;
    uint32_t limit_ms; /* nothing later is wanted; falls when k have been found */
    uint32_t until_ms; /* count.c: up to this everybody is considered */
    uint64_t *met;     /* count.c, EXPLAIN: by member; else NULL */
};

static inline bool own_mode(const struct question *q)
{
    return (q->query->flags & CROWD_OWN_MODE) != 0;
}

/* ---- reason.c ---- */

enum verdict { VERDICT_NONE, VERDICT_NO, VERDICT_MAYBE, VERDICT_YES };

/* Whether the members of a group have the skills asked for: MAYBE = by certificates. */
enum verdict group_verdict_first(struct question *q, uint32_t group);
static inline enum verdict group_verdict(struct question *q, uint32_t group)
{
    uint32_t verdict = q->work->verdicts[group];
    return verdict >> 2 == q->work->stamp ? (enum verdict)(verdict & 3)
                                          : group_verdict_first(q, group);
}
int reasons_start(struct question *q) __attribute__((warn_unused_result));
/* In the order of CROWD_REASON_LIST, up to the road. */
enum crowd_reason person_reason(struct question *q, const struct member *member);
/* The same for one in a group with the verdict NO: cheap. */
enum crowd_reason unskilled_reason(const struct question *q, const struct member *member);

/* ---- walk.c ---- */

/* Whether the member is at the entry's place at the hour. */
bool entry_stands(const struct question *q, int mode, uint32_t run,
                  const struct slab_entry *entry);
/* Whether the entry is where the member is at the hour, and travels in MODE. */
static inline bool entry_counts(const struct question *q, int mode, uint32_t run,
                                const struct slab_entry *entry)
{
    return (SLAB_MODES(entry->who) >> mode & 1) != 0 &&
           (!own_mode(q) || SLAB_OWN_MODE(entry->where) == (uint32_t)mode) &&
           ((entry->who & SLAB_PLACED) == 0 || entry_stands(q, mode, run, entry));
}
/* What it takes whoever stands at the entry: by the junctions of its run, which are
 * ENDS_MS away (ROAD_MS_NONE = not by that one), and straight along it if the incident is
 * there.
 */
uint64_t entry_ms(const struct question *q, int mode, uint32_t run,
                  const uint32_t ends_ms[2], const struct slab_entry *entry);
/* MEMBER, for whom there is room in the best, is at most MS away. */
void offer(struct question *q, uint32_t member, int mode, uint32_t ms);
/* The search outward from the incident, with nothing given out yet. */
int start_spread(struct question *q, int mode) __attribute__((warn_unused_result));
/* Fills the best. */
int walk(struct question *q) __attribute__((warn_unused_result));

/* ---- holders.c ---- */

/* Whether going to the holders is expected to be the cheaper way. */
bool holders_are_rare(const struct question *q);
/* Of all people, those with the skills: not more than this share. */
double share_with_skills(const struct question *q);
/* Fills the best; needs the hierarchy's view. */
int ask_holders(struct question *q) __attribute__((warn_unused_result));

/* ---- count.c ---- */

/* With the answer's people filled and best sorted: lengths, considered, excluded. */
int count_considered(struct question *q) __attribute__((warn_unused_result));

#endif
