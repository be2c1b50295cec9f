/* SPDX-License-Identifier: Apache-2.0 */
/* Whom to alert now, so that a need's counts are on scene by its deadline with the
 * probability wanted, and nobody else is disturbed. Pure: no I/O, no clock; the same
 * input gives the same plan.
 *
 * A person serves one line; lines are planned one after the other, the scarcest first,
 * each for target^(1/lines), so that the product reaches the target. One wave goes out
 * now; the rest is left to re-planning when answers come or stay away (`next_due_ms`). */
#ifndef MUSTER_PLAN_PLAN_H
#define MUSTER_PLAN_PLAN_H

#include "plan/response_model.h"

#include <stdbool.h>
#include <stdint.h>

#define PLAN_LINES_MAX 8
#define PLAN_COUNT_MAX 5000
#define PLAN_PEOPLE_MAX 100000
#define PLAN_CURVE_MAX 64
#define PLAN_RESERVE_AUTO (-1)

struct plan_need {
    uint32_t line_count;             /* 1 to PLAN_LINES_MAX */
    uint32_t counts[PLAN_LINES_MAX]; /* wanted on scene, 1 to PLAN_COUNT_MAX */
    int32_t reserve;                 /* extra seats a line, or PLAN_RESERVE_AUTO */
    double target;                   /* 0 < target < 1 */
    int64_t deadline_ms;
};

/* Somebody who could be alerted. */
struct plan_candidate {
    int64_t id;
    uint32_t lines; /* bit i: qualifies for line i */
    uint32_t travel_ms;
    double p_accept;
    double comes;    /* P(comes | yes) of this person; 0 = the model's */
    double messages; /* expected messages of one alert, >= 1 */
    bool first;      /* said yes in an earlier call-out of the need: asked first */
    bool forced;     /* by a dispatcher: alerted in any case */
};

/* Somebody who said yes and holds a seat (a team of `count`, several). */
struct plan_holder {
    uint32_t line, count;
    uint32_t travel_ms;
    int64_t accepted_ms;
    int64_t left_ms; /* en route since; 0 = not yet */
    bool arrived;
};

enum plan_reach { PLAN_REACH_UNKNOWN, PLAN_READ, PLAN_UNREAD, PLAN_UNDELIVERED };

/* Somebody alerted who has not answered. */
struct plan_pending {
    uint32_t line;
    uint32_t travel_ms;
    int64_t alerted_ms;
    double p_accept;
    enum plan_reach reach;
};

/* Somebody who answered "limited": counts 0 until asked. */
struct plan_limited {
    int64_t id; /* of the alert */
    uint32_t line;
    uint32_t travel_ms;
    int64_t ready_ms; /* when they are ready to leave */
};

struct plan_input {
    const struct plan_need *need;
    const struct response_model *response;
    int64_t now_ms;
    bool night;
    uint32_t candidate_count, holder_count, pending_count, limited_count;
    const struct plan_candidate *candidates;
    const struct plan_holder *holders;
    const struct plan_pending *pending;
    const struct plan_limited *limited;
};

/* X(NAME, code): why this person is in the plan. */
#define PLAN_REASON_LIST(X)                                                              \
    X(NEAREST, "nearest_qualified")                                                      \
    X(FIRST, "said_yes_before")                                                          \
    X(FORCED, "forced")                                                                  \
    X(SCARCE, "scarce_skill")
enum plan_reason {
#define X(name, code) PLAN_REASON_##name,
    PLAN_REASON_LIST(X)
#undef X
        PLAN_REASON_COUNT
};
const char *plan_reason_code(enum plan_reason reason);

struct plan_person {
    uint32_t candidate; /* index in input->candidates */
    uint32_t line;
    double p_accept, p_in_time;
    double q; /* p_accept * comes * p_in_time */
    enum plan_reason reason;
};

struct plan_line {
    uint32_t seats;     /* count + reserve as resolved */
    int32_t reserve;    /* as resolved */
    uint32_t held;      /* seats taken */
    uint32_t available; /* people taken, pending, or free and qualified for the line */
    uint32_t free;      /* of those, who can still be asked */
    uint32_t alerts;    /* of this plan */
    double probability; /* P(count on scene in time) with this plan */
    double probability_held; /* with those alone who hold seats */
    bool target_reached;
};

struct plan_point {
    uint32_t alerts;
    double probability;
};

struct plan {
    /* P(every line's count on scene by the deadline): with `auto` the seats are as many
     * as it takes, so it is the plain tail; with a fixed reserve the seats limit it. */
    double probability;
    bool target_reached;
    double probability_held; /* with those alone who hold seats: from target on the
                                unanswered may stand down */
    double expected_alerts, expected_messages;
    uint32_t line_count;
    struct plan_line lines[PLAN_LINES_MAX];
    uint32_t people_count;
    struct plan_person *people; /* by line, then in the order in which they are asked */
    uint32_t ask_limited_count;
    int64_t *ask_limited; /* alerts to be asked "we need you now", by ETA */
    uint32_t curve_count;
    struct plan_point curve[PLAN_CURVE_MAX]; /* alerts more -> probability */
    int64_t next_due_ms; /* when to look again if nothing happens; 0 = on a reply only */
};

/* plan_make: fills RET, to be released by plan_release (also after a failure). A target
 * that cannot be reached is no error: see `target_reached` and docs/domain.md "Planning".
 * ST_INVALID for a need out of its limits, ST_LIMIT, ST_NO_MEMORY. */
int plan_make(const struct plan_input *input, struct plan *ret)
    __attribute__((warn_unused_result));
void plan_release(struct plan *plan);

#endif
