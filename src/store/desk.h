/* SPDX-License-Identifier: Apache-2.0 */
/* Desks: where the office of an area (its duty room, day and night) is written to when
 * something there waits for a hand (decision 0070). The mailbox and the web hook reach
 * it by the area's code, e-mail at its address, which lies sealed: it may be somebody's
 * own. Readers use their own connection; changes are commands on the writer's
 * thread, each notes an event. */
#ifndef MUSTER_STORE_DESK_H
#define MUSTER_STORE_DESK_H

#include "loop/loop.h"
#include "store/people.h"

struct db;
struct vault;
struct writer;

struct desk {
    int64_t area_id;
    char email[PERSON_EMAIL_MAX + 1]; /* "" = by the web hook only */
};

/* NULL, or what is wrong with the address ("" = none) where messages go by CHANNELS (as
 * configured). */
const char *desk_judge(const char *email, const char *channels);

/* Sets it, or changes it. ST_NOT_FOUND: there is no such area. */
int desk_put(struct writer *writer, const struct desk *desk, int64_t actor,
             int64_t now_ms, struct diag *reterr) __attribute__((warn_unused_result));
/* Its key is destroyed: the address is unreadable from then on, in every copy of the
 * database. ST_NOT_FOUND: there is none. */
int desk_remove(struct writer *writer, int64_t area_id, int64_t actor, int64_t now_ms)
    __attribute__((warn_unused_result));

int desk_read(struct db *db, struct vault *vault, int64_t area_id, struct desk *ret)
    __attribute__((warn_unused_result));
/* By area id. VISIT returns 0 to go on; its other values end the walk and are returned.
 */
int desks_each(struct db *db, struct vault *vault,
               int (*visit)(void *context, const struct desk *desk), void *context)
    __attribute__((warn_unused_result));
/* How the newest message to a desk by one channel went that was tried at all. */
struct desk_try {
    int64_t area_id, at_ms;
    char channel[16], state[16]; /* codes; QUEUED = it is tried again */
};
/* Of all desks that were ever written to, by area and channel. RET: mem_free. One pass
 * over the messages to desks. */
int desk_tries(struct db *db, struct desk_try **ret, uint32_t *ret_count)
    __attribute__((warn_unused_result));
/* loop_world.find_desks: the area's and those of the areas above it; how many, or ST_*.
 * An area without one counts where somebody who acts for it is signed in with a browser
 * that shows notifications (session_set_browser). */
int desks_above(struct db *db, int64_t area_id, int64_t now_ms,
                struct loop_desk ret[LOOP_DESKS_MAX]) __attribute__((warn_unused_result));

#endif
