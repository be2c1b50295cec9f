/* SPDX-License-Identifier: Apache-2.0 */
/* Signed heads of the instance chain, sent off the machine: to a folder (that another
 * machine keeps), an e-mail address, a web hook. Each place gets every head once more
 * than never: what a place has is a row, written after it took it. `verify --heads`
 * checks against what arrived, in any order and with lines twice. */
#ifndef MUSTER_CHANNEL_HEADS_H
#define MUSTER_CHANNEL_HEADS_H

#include "base/clock.h"
#include "base/diag.h"
#include "channel/transport.h"

#include <stdint.h>

struct writer;

#define HEADS_AT_ONCE_MAX 80 /* in one mail, post or append */
#define HEADS_FOLDER_SIZE_MAX (64 * 1024 * 1024)

enum heads_kind { HEADS_FOLDER, HEADS_EMAIL, HEADS_URL, HEADS_KINDS };

/* Texts outlive the sender. FOLDER: heads-YYYY-MM-DD.jsonl is written in it. EMAIL: TO
 * and FROM. URL: {"heads":[..]} is posted, signed with SECRET as web hooks are. */
struct heads_place {
    const char *folder;          /* NULL = none */
    const char *to, *from;       /* of the mail */
    const char *secret;          /* of the post */
    struct transport *transport; /* of mail and post: the sender's now; NULL = none */
};

struct heads_config {
    struct writer *writer;
    struct clock *clock;
    const char *db_path;
    struct heads_place places[HEADS_KINDS];
};

struct heads;
/* CONFIG's transports are the sender's from here on, also on failure. Errors of the
 * database, ST_NO_MEMORY. */
int heads_new(struct heads **ret, const struct heads_config *config, struct diag *reterr)
    __attribute__((warn_unused_result));
/* After heads_stop. NULL is fine. */
void heads_free(struct heads *heads);
/* Sends what is new wherever it is time; waits for a peer up to its timeouts. Returns
 * when it is due next. */
int64_t heads_step(struct heads *heads, int64_t now_ms);
/* A thread that steps. */
int heads_start(struct heads *heads) __attribute__((warn_unused_result));
void heads_stop(struct heads *heads);

#endif
