/* SPDX-License-Identifier: Apache-2.0 */
/* The response model: does a person who is alerted say yes, come, and come in time?
 *
 *     q(w) = a * s * P(D + U + tau <= T - w)
 *
 * a = P(accept), s = P(comes | accepted), D = delay of the reply, U = turnout (from the
 * yes to leaving), tau = travel, T = deadline, w = when the alert goes out. D and U are
 * log-normal. The model is immutable; any number of threads may read it. */
#ifndef MUSTER_PLAN_RESPONSE_MODEL_H
#define MUSTER_PLAN_RESPONSE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

struct response_model_config {
    double accept;                                       /* prior of a, per alert */
    double comes;                                        /* s */
    double delay_median_s;                               /* D */
    double delay_sigma;                                  /* of its logarithm */
    double turnout_day_median_s, turnout_night_median_s; /* U */
    double turnout_sigma;
    double travel_factor;  /* real travel time / computed */
    double comes_en_route; /* s of somebody who has left */
    double unread_factor;  /* what is left of a if the alert is delivered, not read */
    double undelivered_factor;
    int32_t night_from_minute, night_to_minute; /* local minutes of the day */
    double declines;  /* of those who will not accept: how many say so, as soon as others
                         answer; learned. The more do, the less silence says */
    double says_left; /* of those who leave: how many say so; learned. The more do, the
                         less likely comes who has not said so */
    double correlation; /* common cause: between the answers of two people asked at one
                           moment (the ICC of a beta-binomial), learned */
};

/* The defaults of docs/domain.md; response_model.c says where each comes from. */
void response_model_config_default(struct response_model_config *config);

struct response_model;
/* Precomputes the distribution of D + U by day and by night, about 2 ms. ST_NO_MEMORY,
 * ST_INVALID for a figure outside its range. */
int response_model_new(struct response_model **ret,
                       const struct response_model_config *config)
    __attribute__((warn_unused_result));
/* The same with the tables of LIKE (may be NULL), if CONFIG has the same times: cheap. */
int response_model_like(struct response_model **ret, const struct response_model *like,
                        const struct response_model_config *config)
    __attribute__((warn_unused_result));
void response_model_free(struct response_model *response);
const struct response_model_config *
response_model_get_config(const struct response_model *response);
/* A number that is different for different models: part of each plan record. */
uint64_t response_model_version(const struct response_model *response);
/* Whether the local minute of the day counts as night. */
bool response_model_is_night(const struct response_model *response,
                             int32_t minute_of_day);

/* P(D + U + travel <= LEFT_MS), LEFT_MS from the alert to the deadline. O(1). */
double response_model_in_time(const struct response_model *response, bool night,
                              int64_t left_ms, uint32_t travel_ms);
/* F(t): P(D <= t) for a person who answers at all. */
double response_model_replied(const struct response_model *response, int64_t since_ms);
/* What silence says of somebody who accepts with a: P(silent) is proportional to 1 - a E,
 * with E = F (1 - d) / (1 - d F) and d = those who say no (d 0: E = F). */
double response_model_evidence(const struct response_model *response, int64_t since_ms);
/* What a is after SINCE_MS of silence: a (1 - E) / (1 - a E). */
double response_model_accept_after(const struct response_model *response, double accept,
                                   int64_t since_ms);
/* P(D + U + travel <= LEFT_MS | D > SINCE_MS); LEFT_MS counts from the alert. O(1) for
 * whole minutes up to ten, else as the plain way: a sum over quantiles of D. */
double response_model_in_time_after(const struct response_model *response, bool night,
                                    int64_t left_ms, uint32_t travel_ms,
                                    int64_t since_ms);
/* P(D > SINCE_MS, D + U + travel <= LEFT_MS): the same before it is known that D is. */
double response_model_late_in_time(const struct response_model *response, bool night,
                                   int64_t left_ms, uint32_t travel_ms, int64_t since_ms);
/* The same for all silences of whole minutes at once: RET[0 ... RESPONSE_MODEL_MINUTES].
 */
#define RESPONSE_MODEL_MINUTES 10
void response_model_late_row(const struct response_model *response, bool night,
                             int64_t left_ms, uint32_t travel_ms, double *restrict ret);
double response_model_in_time_after_plain(const struct response_model *response,
                                          bool night, int64_t left_ms, uint32_t travel_ms,
                                          int64_t since_ms);
/* P(U + travel <= LEFT_MS | U > SINCE_MS) after a yes; both count from the yes. */
double response_model_turnout_in_time(const struct response_model *response, bool night,
                                      int64_t left_ms, uint32_t travel_ms,
                                      int64_t since_ms);

#endif
