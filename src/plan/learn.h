/* SPDX-License-Identifier: Apache-2.0 */
/* What is learned from everybody's answers: a fold over rows, one per reply, silence,
 * departure, arrival, withdrawal. The same rows in the same order give the same model, to
 * the bit; the store keeps the rows, memory the model. Pure: no clock, no I/O.
 *
 *     P(yes) = sum over nodes of the person's posterior of
 *              1 / (1 + exp(-(moment + level + night * shift)))
 *
 * moment = hour band, weekend, kind, way, alerts of the last days (plan/context.h,
 * learned from all), level and shift = the person's (plan/mixture.h, their prior learned
 * from all). Actual alerts and exercises are two accounts of a person that are never
 * added up; they meet in one place, labelled: logit(actual) = logit(exercise) - shift,
 * where one shift is learned over all people, and evidence across it counts LEARN_ACROSS.
 *
 * Only the own history and the need go in; nothing else of a person is known here.
 * One writer at a time (learn_add, learn_look); the other functions read. */
#ifndef MUSTER_PLAN_LEARN_H
#define MUSTER_PLAN_LEARN_H

#include "base/diag.h"
#include "plan/response_model.h"

#include <stdbool.h>
#include <stdint.h>

#define LEARN_PEOPLE_MAX 20000000
#define LEARN_KINDS_MAX 16
#define LEARN_TOOK_MS_MAX (7 * INT64_C(86400000))
#define LEARN_WAVES_MAX 1000000
#define LEARN_ACROSS 0.5
#define LEARN_BINS 10

/* X(NAME, code): what happened. Codes are kept in the database. */
#define LEARN_WHAT_LIST(X)                                                               \
    X(YES, "yes")         /* also one that came too late for a seat */                   \
    X(LIMITED, "limited") /* "ready in n minutes": no yes by itself */                   \
    X(NO, "no")                                                                          \
    X(SILENT, "silent")     /* no answer until TOOK */                                   \
    X(STOPPED, "stopped")   /* not wanted any more after TOOK: not known */              \
    X(LEFT, "left")         /* TOOK after the yes */                                     \
    X(CAME, "came")         /* TOOK after leaving; 0 = not known */                      \
    X(WITHDREW, "withdrew") /* after a yes */                                            \
    X(NO_SHOW, "no_show")                                                                \
    X(FORGET, "forget") /* the person's rows are gone: fold anew without them */
enum learn_what {
#define X(name, code) LEARN_##name,
    LEARN_WHAT_LIST(X)
#undef X
        LEARN_WHAT_COUNT
};
#define LEARN_NOTHING LEARN_WHAT_COUNT /* as `before` */
const char *learn_what_code(enum learn_what what);
bool learn_what_parse(const char *code, enum learn_what *ret);

struct learn_row {
    int64_t id, person_id; /* > 0; ids grow */
    int64_t callout_id;
    int32_t wave;
    bool exercise, weekend;
    enum learn_what what, before; /* before: an answer of the same alert that this one
                                     replaces, with its time, or LEARN_NOTHING */
    uint8_t kind, mode;
    int32_t minute; /* local, of the day, when the person was alerted */
    int64_t at_ms, took_ms, before_ms;
    uint32_t travel_ms; /* as computed */
    double promised;    /* P(yes) when alerted; 0 = not known */
};

struct learn_config {
    struct response_model_config response; /* the first figures */
    double peers;          /* how alike people are at first: alpha + beta, in answers */
    double half_life_days; /* of a person's history; 0 = nothing is forgotten */
    double context_half_life_days; /* of what is learned over all */
    bool fixed_context;            /* tests: effects of moments stay as they are */
};
void learn_config_default(struct learn_config *config);

struct learn;
/* ST_INVALID: a figure out of its range, reterr says which. */
int learn_new(struct learn **ret, const struct learn_config *config, struct diag *reterr)
    __attribute__((warn_unused_result));
void learn_free(struct learn *learn);
/* One row more, a few microseconds. ST_INVALID with the field in reterr->where and
 * nothing changed; ST_LIMIT, ST_NO_MEMORY. LEARN_FORGET: ST_STALE, fold anew. */
int learn_add(struct learn *learn, const struct learn_row *row, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Before forecasts at NOW: histories fade week by week. O(people) once a week. */
void learn_look(struct learn *learn, int64_t now_ms);
/* Grows with each row; the same rows give the same. 53 bits. */
uint64_t learn_version(const struct learn *learn);
uint64_t learn_rows(const struct learn *learn);

/* ---- forecasts --------------------------------------------------------------------- */

struct learn_moment {
    int64_t now_ms;
    int32_t minute; /* local */
    bool weekend, exercise;
    uint8_t kind;
};
struct learn_forecast {
    double accept; /* P(yes) */
    double comes;  /* P(comes | yes) */
    /* The travel time with the mode's factor and the person's habits: how much slower or
     * faster than others they answer, leave and travel. */
    uint32_t travel_ms;
    /* The way alone, of somebody who has said yes: without how fast they answer and
     * leave. */
    uint32_t way_ms;
    uint32_t asked; /* answers known of this kind, exercise or actual */
};
/* MOMENT: minute 0 to 1439, kind below LEARN_KINDS_MAX. MODE = of travel. About 0.2 us.
 */
struct learn_forecast learn_forecast(const struct learn *learn,
                                     const struct learn_moment *moment, int64_t person_id,
                                     uint8_t mode, uint32_t travel_ms);
/* The figures of the account as learned: for response_model_new. The times come in steps
 * of three per cent; `correlation` is the learned common cause. */
void learn_response_config(const struct learn *learn, bool exercise,
                           struct response_model_config *ret);

/* ---- what it looks like -------------------------------------------------------------
 */

struct learn_history {
    uint32_t asked, yes;             /* by day and night */
    uint32_t asked_night, yes_night; /* of these, at night */
    double came, promised_to_come;   /* of those who said yes; fading */
};
/* Zeros for somebody who was never asked. */
struct learn_history learn_history(const struct learn *learn, int64_t person_id,
                                   bool exercise);

/* What the crowd is like: for the console, tests and docs. */
struct learn_crowd {
    uint32_t people;
    double alpha, beta;             /* of saying yes by day */
    double comes_alpha, comes_beta; /* of coming */
    double exercise_shift;          /* of the log odds, exercise minus actual */
    double night;                   /* effect of a weekday's night against its day */
    double correlation;
};
struct learn_crowd learn_crowd(const struct learn *learn, bool exercise);

/* Promised against observed of single answers, by tenths of the promise. */
struct learn_bin {
    double count, promised, yes;
};
const struct learn_bin *learn_reliability(const struct learn *learn, bool exercise);

#endif
