/* SPDX-License-Identifier: Apache-2.0 */
/* The server's planner: previews, the first wave of a call-out, and a thread that plans
 * running call-outs again when the loop says so (callout.replan_due_ms). It works on
 * snapshots and hands in commands with the call-out's version; a stale one is refused and
 * planned again, at most every PLANNER_PAUSE_MS for one call-out. After each plan the
 * thread rests PLANNER_REST times as long as it took, and longer while replies wait for
 * the writer: when many call-outs are due they wait for each other, not the replies for
 * them. */
#ifndef MUSTER_DISPATCH_PLANNER_H
#define MUSTER_DISPATCH_PLANNER_H

#include "base/clock.h"
#include "base/diag.h"
#include "dispatch/scheme.h"
#include "store/writer.h"

#include <stdbool.h>
#include <stdint.h>

#define PLANNER_PAUSE_MS 250
#define PLANNER_REST 3
#define PLANNER_REST_BUSY 8 /* while PLANNER_BUSY commands wait for the writer */
#define PLANNER_BUSY 4
#define PLANNER_REST_MS_MAX 1000
#define PLANNER_BACK_OFF_MS 5000 /* after a refusal that is no staleness */
#define PLANNER_CALLOUTS_MAX 256 /* looked at in one step */

struct planner;

struct planner_config {
    struct crowd *crowd;
    struct writer *writer; /* NULL: plan_need only */
    const struct road *road;
    struct clock *clock;
    double accept, show; /* priors; 0 = the defaults of the model */
    double correlation;  /* of two people's acceptance (plan.h) */
    const char *policy;  /* enum plan_policy; NULL = the first one */
    double price;        /* alerts that a certain success is worth; 0 = by the target */
    const char *db_path; /* for the response levels and what is learned; NULL = none */
    /* Where the learned model is kept (dispatch/learner.h), NULL = nowhere; and whether
     * this one writes it. */
    const char *kept;
    bool keeps;
    const char *channels; /* configured ones, "file email"; NULL or empty = file */
};

/* The two below see the same people as the first wave would. */
struct planner_request {
    int64_t need_id; /* 0: `need` alone counts, nobody was asked yet */
    /* NULL, or the need to be planned in place of the row's (sliders of the console). */
    const struct need *need;
    bool exercise;                    /* only for need_id 0 */
    enum response_level level;        /* only for need_id 0 */
    uint32_t lift;                    /* LIFT_* */
    const int64_t *excluded, *forced; /* persons, sorted, each once */
    uint32_t excluded_count, forced_count;
    bool at_once, explain, record; /* as in struct scheme_request */
};

int planner_new(struct planner **ret, const struct planner_config *config)
    __attribute__((warn_unused_result));
/* After planner_stop, and after the writer has stopped (its `done` calls come here). */
void planner_free(struct planner *planner);
/* What is learned from answers, for the console; the planner's, thread-safe. */
struct learner *planner_learner(struct planner *planner);
int planner_start(struct planner *planner) __attribute__((warn_unused_result));
void planner_stop(struct planner *planner);
/* Thread-safe: something became due. */
void planner_wake(struct planner *planner);
/* Thread-safe: the roads have changed; for every running call-out the ways of those who
 * were alerted are asked anew (dispatch/retime.h), and it is planned again, once. */
void planner_replan(struct planner *planner);
/* One round over the call-outs that are due; returns the next due time (wall). The thread
 * does nothing else, but rests between two of them; tests and the simulator call it
 * themselves. */
int64_t planner_step(struct planner *planner, int64_t now_ms);

/* Thread-safe, no effect. As scheme_make; ST_NOT_FOUND also for a need that is not
 * running. A need with a running call-out is planned as its next wave, without those whom
 * that call-out leaves out. */
int planner_plan(struct planner *planner, const struct planner_request *request,
                 int64_t now_ms, struct scheme *ret, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
