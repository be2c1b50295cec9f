/* SPDX-License-Identifier: Apache-2.0 */
/* Sign-ins and sign-outs that the disk did not take. Whoever comes on duty while it is
 * full or broken is to see what runs, so these count in this process's memory, and are
 * stored as soon as something can be (decision 0153). A restart forgets them. Loop thread
 * only. */
#ifndef MUSTER_API_UNSTORED_H
#define MUSTER_API_UNSTORED_H

#include "store/account.h"

#include <stdbool.h>
#include <stdint.h>

#define UNSTORED_MAX 64 /* then the oldest makes room */

struct api;
struct writer;

struct unstored_session {
    uint8_t token_hash[32];
    char account[ACCOUNT_NAME_MAX + 1]; /* "" = signed out */
    char password[ACCOUNT_HASH_SIZE];   /* the hash of what it was signed in with */
    char csrf[ACCOUNT_TOKEN_SIZE];
    int64_t at_ms;
};
/* All zero at first; in order of their coming. */
struct unstored {
    struct unstored_session sessions[UNSTORED_MAX];
    uint32_t count;
    bool is_storing; /* the first one is on its way */
};

/* Whether STATUS of a command says that nothing can be stored. */
bool unstored_is_due(int status);
/* In place of what is known of the same token. */
void unstored_put(struct unstored *unstored, const struct unstored_session *session);
/* As session_find, of what is known here; ST_NOT_FOUND: nothing is. */
int unstored_find(const struct unstored *unstored, struct db *db,
                  const uint8_t token_hash[32], int64_t now_ms, struct session *ret);
/* In a command: SESSION as it counts at NOW_MS, whatever is stored of its token. */
int unstored_run(const struct unstored_session *session, struct writer *writer,
                 int64_t now_ms);
/* Hands the first one in, if the writer stores again; the others follow. */
void unstored_store(struct api *api);

#endif
