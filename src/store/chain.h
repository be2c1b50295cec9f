/* SPDX-License-Identifier: Apache-2.0 */
/* The two chains. Each incident's events are linked by hash (event.h); each batch of the
 * writer adds the new heads of all incidents it touched to the instance chain, whose head
 * is signed with Ed25519. Events of the instance itself (accounts, people, keys ...) are
 * the chain of incident 0. Owned by the writer's thread. */
#ifndef MUSTER_STORE_CHAIN_H
#define MUSTER_STORE_CHAIN_H

#include "base/diag.h"
#include "base/random.h"
#include "store/event.h"

#include <stdbool.h>
#include <stdint.h>

#define CHAIN_SIGN_MS (15 * INT64_C(60000))
#define CHAIN_BATCH_EVENTS_MAX 2000000

struct db;
struct chain;

/* One event of the batch, for the live stream. */
struct chain_event {
    int64_t position, incident_id;
    char *kind, *body;
};

/* KEY_PATH is made if it is not there; NULL = never sign (tests). */
int chain_open(struct chain **ret, struct db *db, const char *key_path,
               struct random *random, struct diag *reterr)
    __attribute__((warn_unused_result));
void chain_close(struct chain *chain);

/* Appends EVENT (its sequence is filled here): SEQUENCE and HEAD are those of its
 * incident before and after. Ret_position may be NULL. */
int chain_append(struct chain *chain, struct event *event, int64_t *sequence,
                 uint8_t head[32], int64_t *ret_position)
    __attribute__((warn_unused_result));
/* The same for the instance's own chain. */
int chain_note(struct chain *chain, struct event *event)
    __attribute__((warn_unused_result));
/* Writes the batch's row, if there was an event. Before the commit. */
int chain_end_batch(struct chain *chain, int64_t now_ms)
    __attribute__((warn_unused_result));
/* Signs the head if it is newer than the last signed one. Inside a transaction. */
int chain_sign(struct chain *chain, int64_t now_ms) __attribute__((warn_unused_result));
/* Events of the batch, in order of position; each text and the list: mem_free. */
void chain_take_events(struct chain *chain, struct chain_event **ret,
                       uint32_t *ret_count);
/* The batch is on disk. */
void chain_committed(struct chain *chain);
/* The batch did not happen. */
void chain_rolled_back(struct chain *chain);
/* A mark inside the batch, and back to it: a command that was refused. */
struct chain_mark {
    int64_t position, note_sequence;
    uint8_t note_head[32];
    uint32_t event_count, head_count;
};
void chain_mark(struct chain *chain, struct chain_mark *ret);
void chain_back_to(struct chain *chain, const struct chain_mark *mark);

/* The text that is signed; and the check of a signature by the public key. */
void chain_signed_text(int64_t batch, int64_t at_ms, const uint8_t hash[32],
                       char ret[160]);
bool chain_check_signature(const uint8_t key[32], const char *text,
                           const uint8_t signature[64]);

#endif
