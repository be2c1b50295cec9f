/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way: what was asked, by whom, and how it is answered. A call lives
 * until it has been answered, which happens exactly once, whether the client is still
 * there or not. Loop thread only. */
#ifndef MUSTER_API_CALL_H
#define MUSTER_API_CALL_H

#include "api/body.h"
#include "api/problem.h"
#include "api/turns.h"
#include "base/status.h"
#include "base/text.h"
#include "http/http.h"
#include "store/account.h"
#include "store/commands.h"

#include <stdbool.h>
#include <stdint.h>

#define CALL_WORD_MAX 127
#define CALL_READS_MAX 4096 /* waiting, of one account */
#define CALL_ANSWER_MAX (64 * 1024 * 1024)
#define CALL_KEY_MAX 255 /* bytes of an Idempotency-Key */

struct api;
struct route;

struct call {
    struct api *api;
    struct http_request *request;
    const struct route *route;
    struct session session; /* account.id 0 = nobody signed in */
    bool by_cookie;
    int64_t now_ms;
    int64_t id;                   /* the {id} of the path */
    char word[CALL_WORD_MAX + 1]; /* the {number}, {token}, {case} of the path */
    struct body body;
    void *input;      /* the schema's struct, read from the body */
    struct turn turn; /* of what waits in call_in_turn, and what that is: */
    void (*run)(void *context);
    void *run_context;
};

/* ---- answers; each ends the request and the call ---- */
/* JSON that was written into TEXT (released here). Its failure makes a 500. */
void call_json(struct call *call, int status, struct text *text);
void call_send(struct call *call, int status, const char *type, struct text *text);
/* {"id","state"} with the route's status. */
void call_state(struct call *call, int64_t id, const char *state);
/* What is asked for has ETAG, and may be kept so. True: the client has it, and was told.
 */
bool call_is_fresh(struct call *call, const char *etag, const char *cache_control);
void call_empty(struct call *call, int status);
void call_problem(struct call *call, struct problem *problem);
void call_error(struct call *call, int http_status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What a lower layer said: ST_*, DIAG may be NULL. */
void call_refuse(struct call *call, int status, const struct diag *diag);
/* 503: DETAIL says who has the turn; RETRY_AFTER_S 0: not worth another try soon. */
void call_busy(struct call *call, int retry_after_s, const char *detail);
void call_header(struct call *call, const char *name, const char *value);
/* Retry-After, if PROBLEM has it; call_problem adds it itself. */
void call_retry_after(struct call *call, const struct problem *problem);

/* ---- what was asked ---- */
/* A whole number in a query parameter; false after a 422 has been sent. */
bool call_query_int(struct call *call, const char *name, int64_t min, int64_t max,
                    int64_t otherwise, int64_t *ret);
/* `true` or `false` in a query parameter, absent = false; false after a 422. */
bool call_query_flag(struct call *call, const char *name, bool *ret);
/* The days ?from and ?to, both of which must be there and in order; false after a 422. */
bool call_query_days(struct call *call, int32_t *ret_from, int32_t *ret_to);

/* ---- what the staff reads ---- */
/* RUN on the loop's thread, in a later round of it: one a round, and accounts take turns,
 * so that the answers of volunteers are not kept waiting by all that somebody reads. */
void call_in_turn(struct call *call, void (*run)(void *context), void *context);

/* ---- lists whose cursor is the id (or number) of the last item ---- */
/* ?limit and ?cursor; *ret_after is OTHERWISE on the first page. False after a 422. */
bool call_page(struct call *call, int64_t limit, int64_t limit_max, int64_t otherwise,
               int64_t *ret_limit, int64_t *ret_after);
void call_next_id(struct call *call, int64_t id);
/* {"items":[ ... ]}; STATUS < 0: the refusal instead. */
void call_list_begin(struct text *text);
void call_list_end(struct call *call, struct text *text, int status);
/* After a part of a list whose last item is LAST. CALL_PART_DONE: RUN(CONTEXT) writes the
 * next one in its turn, and true; else the call is answered. CALL_PAGE_FULL: there are
 * more behind the page. */
enum { CALL_PAGE_FULL = 1, CALL_PART_DONE };
bool call_list_goes_on(struct call *call, struct text *text, int status, int64_t last,
                       void (*run)(void *context), void *context);

/* ---- commands: from the loop's thread to the writer and back ---- */
struct job {
    struct call_command own; /* first; for job_run */
    struct call *call;
    struct http_server *server;
    struct command *command; /* the one handed in */
    struct loop_command *loop;
    struct report_command *report;
    int (*run)(struct command *, struct writer *, int64_t); /* the command's own */
    int (*function)(struct job *job, struct writer *writer, int64_t now_ms,
                    struct diag *reterr);
    void (*work)(struct job *job);
    int status;                    /* of the command or the work, for `answer` */
    void (*answer)(struct job *);  /* on the loop's thread; must answer the call */
    void (*dispose)(struct job *); /* releases what the job holds besides itself; or NULL
                                    */
    struct job *next;
    struct job_line *line; /* NULL = it is in none */
    struct turn turn;      /* in its line */
};
/* A zeroed block of SIZE whose first member is a struct job; NULL after a 503. */
void *job_new(struct call *call, size_t size, void (*answer)(struct job *));
/* Three ways to hand it in. Actor, route and idempotency key come from the request. The
 * job is freed after `answer`. */
void job_step(struct job *job, enum stage_key key, int64_t id,
              const struct loop_input *input, const char *text);
void job_report(struct job *job, struct report_command *report);
void job_run(struct job *job,
             int (*function)(struct job *, struct writer *, int64_t, struct diag *));
/* Any other command: COMMAND's `done` calls job_done, on the writer's thread; who frees
 * it is the job's dispose. */
void job_submit(struct job *job, struct command *command);
void job_done(struct job *job, int status);
/* For handlers with work before their command (the writer checks again): 1 if this
 * request's idempotency key was used before by the same request, *ret_id is what that
 * made, *ret_state as job_kept_state; 0 if not used; ST_UNPROCESSABLE if used by another
 * request. */
int job_find_key(struct call *call, int64_t *ret_id, const char **ret_state);
/* WORK on a thread of libuv's pool, then `answer` on the loop's thread. False: no memory
 * for it, the call has been answered and the job freed. */
bool job_work(struct job *job, void (*work)(struct job *));
/* Drops a job that was never handed in. */
void job_free(struct job *job);

/* Jobs whose work is done a few at a time, so that no volunteer's yes and nobody's
 * sign-in waits for many of them; accounts take turns. Zero but for `at_once`; loop
 * thread only. */
#define JOB_LINE_MAX 64 /* waiting, of one account */
struct job_line {
    uint32_t at_once;
    struct turns turns;
};
/* As job_work, in turn; of whoever has gone meanwhile nothing is done that only answers.
 * The call is answered with ST_BUSY and the job freed if too many wait. */
void job_line_put(struct job_line *line, struct job *job, void (*work)(struct job *));

/* In a command, on the writer's thread: the state that its answer tells is kept with the
 * key, for who asks again. A state that no list of call.c knows is not kept. */
void job_keep_state(struct job *job, const char *state);
/* The state that the request with this key led to the first time, or NULL. */
const char *job_kept_state(const struct job *job);
/* The refusal of the job's command as the call's answer, if it was refused. */
bool job_refused(struct job *job);

/* For api.c: takes the request. NULL after a 503. */
struct call *call_new(struct api *api, struct http_request *request);

#endif
