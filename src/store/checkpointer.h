/* SPDX-License-Identifier: Apache-2.0 */
/* Copies the log of an SQLite database into its file on a thread of its own, so that
 * nobody waits for it. The log begins anew only when all of it has been copied, which
 * beside a writer that never rests is never so: for the last few pages the writer stops
 * (checkpointer_note says when).
 *
 * SQLite before 3.51.3 can spoil a database if one connection copies the log while
 * another begins it anew (the WAL-reset bug). A pass begins only while the log is known
 * to be not all copied: then nobody can begin it anew until this pass is at its end.
 * After a pass that has copied all of it, by whomever, the next one waits for a commit
 * (docs/decisions/0044). */
#ifndef MUSTER_STORE_CHECKPOINTER_H
#define MUSTER_STORE_CHECKPOINTER_H

#include "base/diag.h"

#include <stdbool.h>
#include <stdint.h>

struct checkpointer;
struct db;

struct checkpointer_config {
    const char *db_path;                               /* copied */
    void (*on_fatal)(void *context, const char *what); /* the disk did not confirm */
    void *context;
    uint32_t pass_pages;   /* 0 = CHECKPOINTER_PASS; for tests, like the next two */
    uint32_t finish_pages; /* 0 = CHECKPOINTER_FINISH */
    uint32_t long_pages;   /* 0 = CHECKPOINTER_LONG */
};

/* Pages of 1 KiB, in a new database. */
#define CHECKPOINTER_PASS 1000 /* copied at a time */
#define CHECKPOINTER_FINISH                                                              \
    4000                        /* from here on the writer may finish, if little is left \
                                   and nobody waits */
#define CHECKPOINTER_LONG 32000 /* here it finishes, whatever is left */

/* The database is there and open by its writer. ST_IO, ST_NO_MEMORY. */
int checkpointer_start(struct checkpointer **ret,
                       const struct checkpointer_config *config, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Waits for the pass that is under way; NULL is nothing to stop. */
void checkpointer_stop(struct checkpointer *checkpointer);

/* After each commit of the writer's connection WRITING; whether somebody WAITS. True: it
 * copies what is left now, on that connection, before its next transaction. */
bool checkpointer_note(struct checkpointer *checkpointer, const struct db *writing,
                       bool waits);

#endif
