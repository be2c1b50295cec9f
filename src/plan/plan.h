/* SPDX-License-Identifier: Apache-2.0 */
/* Whom to alert now, so that a need's counts are on scene by its deadline with the
 * probability wanted, and nobody else is disturbed. Pure: no I/O, no clock; the same
 * input gives the same plan.
 *
 * People accept together more than independence says: the model's
 * `correlation` (common.h). One line:
 * the shortest prefix of the people by q reaches the target (line.h). Several lines are
 * filled together: who can serve several counts for whichever needs them (match.h). */
#ifndef MUSTER_PLAN_PLAN_H
#define MUSTER_PLAN_PLAN_H

#include "plan/response_model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_LINES_MAX 8
#define PLAN_COUNT_MAX 5000
#define PLAN_PEOPLE_MAX 100000
#define PLAN_TARGET_MAX 0.999 /* planned with where 1 was wished */
#define PLAN_PRICE_MAX 2e9    /* alerts for one more certain success */
#define PLAN_CURVE_MAX 64
#define PLAN_SPARED_MAX 64
#define PLAN_RESERVE_AUTO (-1)
#define PLAN_IN_TIME_MIN 0.001  /* whoever is worse cannot bring the target nearer */
#define PLAN_LIMITED_ACCEPT 0.7 /* of those who said "ready in n minutes"; ours */
/* P(in time, given a yes) below which nobody is asked in a later wave (decision 0059) */
#define PLAN_LATER_IN_TIME 0.05
/* P with everybody below which a target out of reach is hopeless (decision 0079) */
#define PLAN_HOPE_MIN 0.05

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
    double comes;     /* P(comes | yes) of this person; 0 = the model's */
    double messages;  /* expected messages of one alert, >= 1 */
    double burden;    /* alerts of the last 168 h, each fading in that time; >= 0 */
    uint32_t answers; /* alerts whose outcome is known; few = hardly known */
    bool first;       /* said yes in an earlier call-out of the need: asked first */
    bool forced;      /* by a dispatcher: alerted in any case */
};

/* Somebody who said yes and holds a seat (a team of `count`, several). */
struct plan_holder {
    uint32_t line, count;
    uint32_t lines; /* bit i: could serve line i; 0 = its own only */
    uint32_t travel_ms;
    double comes; /* as of a candidate */
    int64_t accepted_ms;
    int64_t left_ms; /* en route, and the way counts, since; 0 = not yet */
    bool arrived;
};

enum plan_reach { PLAN_REACH_UNKNOWN, PLAN_READ, PLAN_UNREAD, PLAN_UNDELIVERED };

/* Somebody alerted who has not answered. */
struct plan_pending {
    uint32_t line;
    uint32_t lines; /* as of a holder */
    uint32_t travel_ms;
    int64_t alerted_ms;
    double p_accept;
    double comes; /* as of a candidate */
    enum plan_reach reach;
};

/* Somebody who answered "limited": counts 0 until asked, and is not asked for a deadline
 * that they cannot meet. */
struct plan_limited {
    int64_t id; /* of the alert */
    uint32_t line;
    uint32_t travel_ms;
    int64_t ready_ms; /* when they are ready to leave */
};

/* X(NAME, code): how the alerts are spread over time. */
#define PLAN_POLICY_LIST(X)                                                              \
    X(WAVES, "waves")       /* some now, more after a look at the answers */             \
    X(ONE_WAVE, "one_wave") /* all now; a refusal or silence is made up for */           \
    X(TOP_UP, "top_up")     /* as many open as the first wave had: each refusal, and     \
                               each silence of 5 min, is replaced by one */
enum plan_policy {
#define X(name, code) PLAN_POLICY_##name,
    PLAN_POLICY_LIST(X)
#undef X
        PLAN_POLICY_COUNT
};
const char *plan_policy_code(enum plan_policy policy);
/* False if CODE is none. */
bool plan_policy_parse(const char *code, enum plan_policy *ret);

/* Somebody alerted in this call-out who has answered: says how people answer today. */
struct plan_answer {
    double p_accept;
    bool yes;
};

struct plan_input {
    const struct plan_need *need;
    const struct response_model *response;
    int64_t now_ms;
    bool night;
    uint32_t candidate_count, holder_count, pending_count, limited_count, answer_count;
    const struct plan_candidate *candidates;
    const struct plan_holder *holders;
    const struct plan_pending *pending;
    const struct plan_limited *limited;
    const struct plan_answer *answers;
    enum plan_policy policy;
    /* Of the running call-out's plan, 0 = none: what one more certain success is worth,
     * in alerts. With it the waves of a call-out belong together (look.h). */
    double price;
    uint32_t first_wave; /* alerts of the call-out's first wave (TOP_UP) */
    bool compare; /* fill `change`: what a later deadline would save (plans again) */
    bool brief;   /* nobody reads `curve`: it stays empty */
};

/* X(NAME, code): why this person is in the plan. */
#define PLAN_REASON_LIST(X)                                                              \
    X(NEAREST, "nearest_qualified")                                                      \
    X(FIRST, "said_yes_before")                                                          \
    X(FORCED, "forced")                                                                  \
    X(SCARCE, "scarce_skill")                                                            \
    X(RESTED, "rested")          /* in place of somebody alerted more of late */         \
    X(EXPLORE, "hardly_known")   /* to learn how they answer */                          \
    X(SEVERAL, "several_skills") /* counts for whichever line needs them */
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
    bool short_of_people; /* even everybody free would not do: more candidates may help */
};

struct plan_point {
    uint32_t alerts;
    double probability;
};

/* The next wave as planned now: what it will be depends on the answers until then. */
struct plan_later {
    int64_t after_ms; /* from now; 0 = no later wave is planned */
    double chance;    /* that anybody is alerted then */
    double expected;  /* alerts then, over all answers */
    uint32_t
        likely;    /* alerts if it comes as it most probably will, given that it comes */
    uint32_t most; /* if hardly anybody answers: of many waves more in 1 of 100 */
};

/* The cheapest change: with LATER_MS more time, ALERTS in place of so many now. */
struct plan_change {
    int64_t later_ms; /* 0 = none was found */
    double alerts;    /* expected */
    double probability;
    bool reaches; /* the target, which this plan does not; without hope (PLAN_HOPE_MIN)
                     there may be a change that only makes it likely */
};

struct plan {
    /* P(every line's count on scene by the deadline): with `auto` the seats are as many
     * as it takes, so a first plan's is the plain tail; a fixed reserve limits it, and
     * once somebody was asked so do the seats of `auto`, which reach the target. */
    double probability;
    bool target_reached;
    double probability_held; /* with those alone who hold seats: from target on the
                                unanswered may stand down */
    double expected_alerts, expected_messages; /* of this wave and the later one */
    uint32_t line_count;
    struct plan_line lines[PLAN_LINES_MAX];
    uint32_t people_count;
    struct plan_person *people; /* by line, then in the order in which they are asked */
    uint32_t ask_limited_count;
    int64_t *ask_limited; /* alerts to be asked "we need you now", by ETA */
    uint32_t curve_count;
    struct plan_point curve[PLAN_CURVE_MAX]; /* alerts at once -> probability */
    struct plan_later later;
    struct plan_person *later_people; /* [later.most]: whom, as it looks now */
    struct plan_change change;
    double price;          /* for the next plan of the call-out; 0 = none */
    double most;           /* P if every candidate were alerted: with these no target
                              above can be kept */
    uint32_t at_once;      /* alerts that one wave without a second would take */
    uint32_t spared_count; /* who would have been alerted by q alone, but: */
    struct plan_spared {
        uint32_t candidate;
        enum plan_reason why; /* RESTED or EXPLORE: of who was asked instead */
    } spared[PLAN_SPARED_MAX];
    int64_t next_due_ms; /* when to look again if nothing happens; 0 = on a reply only */
};

/* plan_make: fills RET, to be released by plan_release (also after a failure). A target
 * that cannot be reached is no error: see `target_reached` and docs/domain.md "Planning".
 * ST_INVALID for a need out of its limits, ST_LIMIT, ST_NO_MEMORY. */
int plan_make(const struct plan_input *input, struct plan *ret)
    __attribute__((warn_unused_result));
void plan_release(struct plan *plan);
/* Why 1 is no target: what PLAN (made with `compare`) says can be reached. */
void plan_why_not_certain(const struct plan *plan, char *ret, size_t size);

#endif
