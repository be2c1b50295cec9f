/* SPDX-License-Identifier: Apache-2.0 */
/* How the writing connection of SQLite writes its log. SQLite writes each frame in two
 * calls, 24 bytes and a page; gathered here hundreds of them are one (decision 0038). */
#ifndef MUSTER_STORE_DB_LOG_H
#define MUSTER_STORE_DB_LOG_H

#define DB_LOG_VFS "muster-log" /* for sqlite3_open_v2, after db_log_register */
#define DB_LOG_BUFFER (128 * 1024)

/* Once, before the first connection that uses it. */
void db_log_register(void);

#endif
