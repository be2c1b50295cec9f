/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the simulated volunteers. */
#ifndef MUSTER_DEMO_SIMULATE_INTERNAL_H
#define MUSTER_DEMO_SIMULATE_INTERNAL_H

#include "base/random.h"
#include "base/text.h"
#include "demo/simulate.h"

#include <curl/curl.h>

/* ---- HTTP (simulate_http.c)
 * ------------------------------------------------------------ */

struct simulate_http {
    CURL *easy;
    struct curl_slist *headers;
    struct text answer;
};

int simulate_http_init(struct simulate_http *http);
void simulate_http_release(struct simulate_http *http);
/* GET, or POST of the JSON BODY if it is not NULL, with the cookies in *JAR (curl's
 * lines, one cookie a line; may be NULL), which it replaces. Returns the HTTP status,
 * or 0 when there was no answer. The body is in http->answer. */
long simulate_http_call(struct simulate_http *http, const char *url, const char *body,
                        char **jar);

/* ---- the model (simulate_model.c)
 * ------------------------------------------------------- */

enum simulate_decision {
    SIMULATE_UNDECIDED,
    SIMULATE_ACCEPT,
    SIMULATE_DECLINE,
    SIMULATE_LIMITED,
    SIMULATE_SILENT,
};

/* In the order in which one is preferred when several are allowed. */
enum simulate_action {
    SIMULATE_WAIT, /* nothing to do until the next message */
    SIMULATE_HERE,
    SIMULATE_REPLY,     /* say yes, no or limited */
    SIMULATE_REPLY_NOW, /* limited and asked again: come after all */
    SIMULATE_TURN_BACK,
    SIMULATE_WITHDRAW,
    SIMULATE_DEPART,
    SIMULATE_ARRIVE,
    SIMULATE_WORK,
    SIMULATE_RELEASE,
    SIMULATE_REPORT,
};

#define SIMULATE_ANSWERS_MAX 16

/* What the link's JSON says. */
struct simulate_page {
    char state[32];
    char nonce[128];
    char answers[SIMULATE_ANSWERS_MAX][24];
    uint32_t answer_count;
    double seconds; /* of travel; negative = unknown */
    bool opened_by_browser;
    bool needs_digits; /* another device has answered */
    bool has_roll_call, roll_call;
};

int simulate_page_parse(struct simulate_page *ret, const char *data, size_t size);
bool simulate_page_allows(const struct simulate_page *page, const char *answer);

/* One link. */
struct simulate_link {
    struct simulate_message message;
    struct random_seeded random; /* its own, from the seed and the link */
    char *jar;
    int64_t due_ms;     /* next visit; INT64_MAX = at the next message */
    int64_t planned_ms; /* when the planned action may be done */
    enum simulate_action planned;
    enum simulate_decision decision;
    uint32_t failures;
    bool asked_again; /* a message came after the decision was told */
    bool told;        /* the decision was told */
    bool answered_here, ended, withdraws;
    bool posted;    /* an answer was taken: the link is bound to our cookie */
    bool flag_ours; /* this server's opened_by_browser speaks of our own cookie */
    uint32_t refusals;
};

enum simulate_decision simulate_decide(const struct simulate_config *config,
                                       struct simulate_link *link, int64_t now_ms);
enum simulate_action simulate_next(const struct simulate_link *link,
                                   const struct simulate_page *page);
/* How long the person takes before doing it. */
int64_t simulate_delay_ms(const struct simulate_config *config,
                          struct simulate_link *link, enum simulate_action action,
                          const struct simulate_page *page);
/* The JSON body of the answer; appended to RET. */
void simulate_body(const struct simulate_link *link, enum simulate_action action,
                   const struct simulate_page *page, struct text *ret);

#endif
