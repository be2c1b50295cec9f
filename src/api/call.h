/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way: what was asked, by whom, and how it is answered. A call lives
 * until the HTTP request has ended and no command of it is with the writer or in the work
 * queue; a client that goes away leaves `request` NULL and its command runs on.
 * Loop thread only. */
#ifndef MUSTER_API_CALL_H
#define MUSTER_API_CALL_H

#include "api/body.h"
#include "api/problem.h"
#include "api/viewer.h"
#include "base/status.h"
#include "base/text.h"
#include "http/http.h"
#include "store/writer.h"

#include <stdbool.h>
#include <stdint.h>

#define CALL_WORD_MAX 127
#define CALL_ANSWER_MAX (64 * 1024 * 1024)
#define CALL_KEY_MAX 255 /* bytes of an Idempotency-Key */

struct api;
struct route;

struct call {
    struct api *api;
    struct http_request *request; /* NULL: the client has gone */
    const struct route *route;
    struct viewer viewer;
    int64_t now_ms;
    int64_t id;                   /* the {id} of the path */
    char word[CALL_WORD_MAX + 1]; /* the {number}, {token}, {case} of the path */
    struct body body;
    void *input; /* the schema's struct, read from the body */
    uint32_t holds;
};

/* ---- answers; each ends the request. Nothing happens if the client has gone ---- */
/* JSON that was written into TEXT (released here). Its failure makes a 500. */
void call_json(struct call *call, int status, struct text *text);
void call_send(struct call *call, int status, const char *type, struct text *text);
void call_empty(struct call *call, int status);
void call_problem(struct call *call, struct problem *problem);
void call_error(struct call *call, int http_status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What a lower layer said: ST_*, DIAG may be NULL. */
void call_refuse(struct call *call, int status, const struct diag *diag);
void call_header(struct call *call, const char *name, const char *value);

/* ---- what was asked ---- */
/* A whole number in a query parameter; false after a 422 has been sent. */
bool call_query_int(struct call *call, const char *name, int64_t min, int64_t max,
                    int64_t otherwise, int64_t *ret);
/* The cursor as text: *ret is "" if there is none. False after a 422. */
bool call_cursor(struct call *call, char ret[CALL_WORD_MAX + 1]);
/* RFC 8288 link to the next page of the same list: the same query with another cursor. */
void call_next(struct call *call, const char *cursor);

/* ---- commands: from the loop's thread to the writer and back ---- */
struct job {
    struct command command; /* .run is set by the handler */
    struct call *call;
    int status;                    /* of the command, for `answer` */
    void (*answer)(struct job *);  /* on the loop's thread; also if refused, unless NULL
                                      client; may be NULL: 204 or the problem */
    void (*dispose)(struct job *); /* frees what the job holds besides itself; or NULL */
};
/* A zeroed block of SIZE whose first member is a struct job; NULL after a 503. */
void *job_new(struct call *call, size_t size);
/* Hands it in; from here on the job belongs to the writer, then to `answer`. Sets actor,
 * route and key for idempotency from the request. */
void job_submit(struct job *job);
void job_free(struct job *job);

/* Work off the loop: WORK on a thread of libuv's pool, then AFTER on the loop's thread.
 * The job is freed after AFTER. */
void job_work(struct job *job, void (*work)(struct job *), void (*after)(struct job *));

/* For api.c: takes the request. NULL after a 503. */
struct call *call_new(struct api *api, struct http_request *request);
void call_hold(struct call *call);
void call_drop(struct call *call);

#endif
