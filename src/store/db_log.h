/* SPDX-License-Identifier: Apache-2.0 */
/* How the writing connection of SQLite writes its log. SQLite writes each frame in two
 * calls, 24 bytes and a page; gathered here hundreds of them are one (decision 0038). */
#ifndef MUSTER_STORE_DB_LOG_H
#define MUSTER_STORE_DB_LOG_H

#include <stdbool.h>

struct sqlite3_file;

#define DB_LOG_VFS "muster-log" /* for sqlite3_open_v2, after db_log_register */
#define DB_LOG_BUFFER (128 * 1024)

/* Once, before the first connection that uses it. */
void db_log_register(void);

/* Whether LOG was opened by it. */
bool db_log_is(const struct sqlite3_file *log);
/* From now on a commit is written and not synced: db_log_sync comes after it. A log that
 * begins anew is synced all the same. On the connection's thread. */
void db_log_put_off(struct sqlite3_file *log, bool put_off);
/* What was written before the call is on the disk; nothing is done if it was. On any
 * thread. SQLITE_OK or an error of SQLite. */
int db_log_sync(struct sqlite3_file *log);

#endif
