/* SPDX-License-Identifier: Apache-2.0 */
/* Every responder in memory: where they are on the road network, what they may do,
 * whether they are free. Answers "the k nearest who qualify, by travel time to the
 * incident", exactly. About 100 bytes a person. Thread-safe: a query sees one consistent
 * moment. Nothing personal is kept here but the number and coordinates. */
#ifndef MUSTER_CROWD_CROWD_H
#define MUSTER_CROWD_CROWD_H

#include "base/diag.h"
#include "crowd/hours.h"
#include "crowd/skill.h"
#include "geo/point.h"
#include "road/road.h"

#include <stdbool.h>
#include <stdint.h>

#define CROWD_NUMBER_MAX 32
#define CROWD_CERTIFICATES_MAX 24
#define CROWD_PLACES_MAX 4
#define CROWD_ALERTS_KEPT 16 /* times of the latest alerts, for the weekly cap */

/* X(NAME, code): why a person is not in an answer. Tested in this order; the first
 * counts. */
#define CROWD_REASON_LIST(X)                                                             \
    X(FORCED_OUT, "forced_out")                                                          \
    X(NO_SKILL, "no_skill")                                                              \
    X(CERTIFICATE, "certificate")                                                        \
    X(SUSPENDED, "suspended")                                                            \
    X(UNDER_AGE, "under_age")                                                            \
    X(PAUSED, "paused")                                                                  \
    X(OFF_DUTY, "off_duty")                                                              \
    X(QUIET, "quiet")                                                                    \
    X(CAP, "cap")                                                                        \
    X(COMMITTED, "committed")                                                            \
    X(OFF_NETWORK, "off_network")                                                        \
    X(UNREACHABLE, "unreachable")                                                        \
    X(TOO_FAR, "too_far")

enum crowd_reason {
    CROWD_OK,
#define X(name, code) CROWD_##name,
    CROWD_REASON_LIST(X)
#undef X
        CROWD_REASON_COUNT
};
const char *crowd_reason_code(enum crowd_reason reason);

enum crowd_quiet { CROWD_QUIET_DEFAULT, CROWD_QUIET_NONE, CROWD_QUIET_OWN };

/* crowd_candidate.place of a person whose position crowd_move gave. */
#define CROWD_PLACE_HERE (CROWD_PLACES_MAX + 1)
#define CROWD_PEOPLE_MAX ((1u << 28) - 1)

struct crowd_place {
    struct point at;
    struct hours hours;
};

/* A responder as it is handed in. */
struct crowd_person {
    int64_t id;
    char number[CROWD_NUMBER_MAX + 1];
    enum road_mode mode;
    struct point home;
    uint32_t place_count;
    struct crowd_place places[CROWD_PLACES_MAX];
    struct skill_set skills; /* stated; implied ones are added inside */
    uint32_t certificate_count;
    struct crowd_certificate {
        int32_t certificate; /* index in the skill table */
        int32_t last_day;    /* last valid day */
    } certificates[CROWD_CERTIFICATES_MAX];
    struct hours duty;
    enum crowd_quiet quiet_kind;
    struct hours quiet;
    int32_t birth_day;       /* INT32_MIN = not known (adult) */
    int64_t paused_until_ms; /* 0 = not paused */
    bool suspended;
    bool has_email, has_phone,
        has_push; /* address and number themselves are not kept here */
    int64_t area; /* id of the area, 0 = none */
};

struct crowd;
struct road_closed;
struct road_hierarchy;

struct crowd_config {
    const struct road *road; /* outlives the crowd; NULL: nobody can be reached */
    /* Of that road, outlives the crowd; NULL: rare skills are found by search. What it
     * says is closed counts then. */
    struct road_hierarchy *hierarchy;
    const struct skill_table *skills; /* copied */
    const struct calendar *calendar;  /* copied; may be NULL */
    uint32_t weekly_cap;              /* alerts in 168 h, default 3 */
    uint32_t people_max;              /* at most CROWD_PEOPLE_MAX */
};

int crowd_new(struct crowd **ret, const struct crowd_config *config)
    __attribute__((warn_unused_result));
void crowd_free(struct crowd *crowd);
/* Adds or replaces by id (commitments, alert times and position stay). ST_LIMIT;
 * ST_NO_MEMORY, then nobody of that id is in the crowd any more. Cost: one snap a place,
 * outside of the lock, and about a microsecond inside. */
int crowd_put(struct crowd *crowd, const struct crowd_person *person)
    __attribute__((warn_unused_result));
void crowd_remove(struct crowd *crowd, int64_t id);
/* After many have been put in: brings together in memory who lives together, so that
 * questions wait less for it. Changes no answer; nobody asks meanwhile (20 million: some
 * seconds). Without memory nothing happens. */
void crowd_arrange(struct crowd *crowd);
int crowd_set_skills(struct crowd *crowd, const struct skill_table *skills)
    __attribute__((warn_unused_result));
/* Roads that are closed for now (NULL: none): they hold from the next question on. With a
 * hierarchy that must be told first, questions ask it. The set is the caller's; the one
 * of before is free to go when the call returns. VERSION is what crowd_closed_version
 * says from then on. */
void crowd_set_closed(struct crowd *crowd, const struct road_closed *closed,
                      uint64_t version);
uint64_t crowd_closed_version(struct crowd *crowd); /* 0 = none was ever set */
uint32_t crowd_count(struct crowd *crowd);
bool crowd_has_roads(const struct crowd *crowd); /* else nobody can be reached */
/* Whether a person of these quiet hours (OWN: of that kind alone) has them then. */
bool crowd_is_quiet(enum crowd_quiet kind, const struct hours *own,
                    const struct hours_moment *moment);
/* Whether the local day is a Saturday or Sunday, or is to be treated as one (calendar).
 */
bool crowd_is_weekend(const struct crowd *crowd, int64_t now_ms);
/* How the person travels; foot for somebody who is not there. */
enum road_mode crowd_mode(struct crowd *crowd, int64_t id);
/* Whether the person is there; false also if that cannot be said at once. */
bool crowd_has(struct crowd *crowd, int64_t id);
/* Grows with every change: part of each plan record. */
uint64_t crowd_version(struct crowd *crowd);

/* Commitments, kept by the writer after each commit. An actual pending alert or an active
 * assignment makes a person `committed`; exercise ones only for exercise queries. Waits
 * for no question, as crowd_move. */
void crowd_set_committed(struct crowd *crowd, int64_t id, bool actual, bool exercise);
/* The same asked, those that wait included: EXERCISE, an exercise commitment counts too.
 */
bool crowd_is_committed(struct crowd *crowd, int64_t id, bool exercise);
/* Where the person is now (NULL: not known any more): counts instead of home and places,
 * whatever the hour, until the next call. Snapped outside of the lock. While questions
 * are being answered the move waits (at most for a few of them), so that nobody is held
 * up; a question sees all moves or none of those that wait. Unknown ids are ignored;
 * without memory the person stays where they were or, at worst, is met nowhere. */
void crowd_move(struct crowd *crowd, int64_t id, const struct point *at);
/* An alert was sent (counts for the weekly cap). Actual alerts only. */
void crowd_note_alert(struct crowd *crowd, int64_t id, int64_t at_ms);
/* How many more the weekly cap allows at that moment; UINT32_MAX for somebody who is not
 * there. */
uint32_t crowd_alerts_left(struct crowd *crowd, int64_t id, int64_t now_ms);
/* When the person was alerted, the latest last; how many of these there are. */
uint32_t crowd_alert_times(struct crowd *crowd, int64_t id,
                           int64_t ret_ms[CROWD_ALERTS_KEPT]);

enum {
    CROWD_APPLY_QUIET = 1,    /* quiet hours exclude */
    CROWD_APPLY_CAP = 2,      /* the weekly cap excludes */
    CROWD_LIFT_DUTY = 4,      /* off duty does not exclude */
    CROWD_EXPLAIN = 8,        /* count the whole crowd, not only those considered */
    CROWD_EXERCISE = 16,      /* an exercise: exercise commitments exclude too */
    CROWD_OWN_MODE = 32,      /* everybody in the own mode; else all in `mode` */
    CROWD_LIST_EXCLUDED = 64, /* fill answer->excluded_ids */
    CROWD_WALK =
        256, /* tests and figures: outward from the incident, whatever it costs */
    CROWD_HOLDERS = 512,    /* the same: by the holders, if there is a hierarchy */
    CROWD_QUICK = 128,      /* only the people: lengths, considered and excluded are not
                               wanted and stay 0. Not with EXPLAIN, LIST_EXCLUDED */
    CROWD_NO_METRES = 1024, /* lengths are not wanted and stay 0: the rest is cheaper */
};

/* "nurse:2027-05-31": a certificate that is known, and its last valid day. */
bool crowd_read_certificate(const struct skill_table *skills, const char *text,
                            struct crowd_certificate *ret);
/* The skills that count on a day, implied ones too: those that demand no certificate, and
 * those whose certificate is held. */
void crowd_skills_on(const struct crowd_person *person, const struct skill_table *skills,
                     int32_t day, struct skill_set *ret);
/* Whether a stated skill does not count on a day: its certificate is missing or over. */
bool crowd_skill_lapses(const struct crowd_person *person,
                        const struct skill_table *skills, int32_t day);
/* Whether the person is under 18 on a day; false without a birth. */
bool crowd_is_under_age(const struct crowd_person *person, int32_t day);

struct crowd_query {
    struct point at;
    /* By mode, AT on the network as road_snap says, for who knows it already: only the
     * modes asked for are looked at. NULL: it is looked for. */
    const struct road_spot *spots;
    enum road_mode mode;
    unsigned flags;
    int64_t time_ms;
    uint32_t count;  /* at most so many, >= 1 */
    uint32_t ms_max; /* ROAD_MS_NONE = no limit */
    struct skill_set skills;
    const int64_t *forced_out; /* sorted ids never returned */
    uint32_t forced_out_count;
    const int64_t
        *forced_in; /* sorted ids whom committed, quiet, duty, cap do not stop */
    uint32_t forced_in_count;
};

struct crowd_candidate {
    int64_t id;
    char number[CROWD_NUMBER_MAX + 1];
    enum road_mode mode;
    uint32_t ms, m; /* travel time and length to the incident */
    uint32_t place; /* 0 = home, 1 + index of the place of the hour, CROWD_PLACE_HERE */
    int64_t area;
    bool has_email, has_phone, has_push;
    float burden; /* actual alerts of the last 168 h, each fading to 0 in that time */
    struct skill_set skills; /* those that count now (certificates valid) */
};

struct crowd_excluded {
    int64_t id;
    enum crowd_reason reason;
};

struct crowd_answer {
    uint32_t count, capacity;
    struct crowd_candidate *candidates; /* by ms, then id */
    uint32_t considered; /* met nearer than or as near as the last one returned */
    uint32_t excluded[CROWD_REASON_COUNT];
    uint32_t excluded_id_count, excluded_id_capacity;
    struct crowd_excluded *excluded_ids;
};

/* ST_INVALID with reterr if AT is farther than ROAD_SNAP_M_MAX from any road. The answer
 * is initialised by the call and released by crowd_answer_release, also after a failure.
 */
int crowd_nearest(struct crowd *crowd, const struct crowd_query *query,
                  struct crowd_answer *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
void crowd_answer_release(struct crowd_answer *answer);
/* The travel time of one person for the same query, whoever they are; and why they would
 * not be in the answer (CROWD_OK = they would). ST_NOT_FOUND. */
int crowd_explain(struct crowd *crowd, const struct crowd_query *query, int64_t id,
                  struct crowd_candidate *ret, enum crowd_reason *ret_reason,
                  struct diag *reterr) __attribute__((warn_unused_result));
/* The place of the hour on the 250 m grid: for lists and the console's map. A position
 * that crowd_move gave is for those of the incident only, and not told here. */
bool crowd_position(struct crowd *crowd, int64_t id, int64_t now_ms, struct point *ret);
/* The middle of the cell of that grid in which AT lies; pure. */
struct point crowd_on_grid(struct point at);

/* Where everybody is at the hour NOW_MS, whoever they are, exactly: for counting, never
 * for showing. */
struct crowd_whereabouts {
    int64_t id;
    char number[CROWD_NUMBER_MAX + 1];
    struct point at;
};
struct crowd_whereabouts_list {
    uint32_t count, capacity;
    struct crowd_whereabouts *items; /* mem_free; in no order */
};
/* All who are in BOX. ST_NO_MEMORY. Cost O(people). */
int crowd_list_in(struct crowd *crowd, struct box box, int64_t now_ms,
                  struct crowd_whereabouts_list *ret) __attribute__((warn_unused_result));
/* The same of all whose home is in BOX, wherever they are. */
int crowd_list_homes(struct crowd *crowd, struct box box,
                     struct crowd_whereabouts_list *ret)
    __attribute__((warn_unused_result));

#endif
