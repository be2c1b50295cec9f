/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of an instance that can be trusted: made while it runs, of one moment, verified
 * before it counts, and restored with what was erased meanwhile erased again. The keys of
 * personal data are copied only into a folder of their own (docs/domain.md: an own
 * backup, kept 30 days at most); without them a copy cannot be read. SQLite only.
 *
 *   FOLDER/  backup.json  written last: without it there is no backup
 *            muster.db, muster.conf, road.graph, calendar.csv, backdrop.geojson
 *            erased.txt   ids of the people erased so far, a line each
 *   KEYS/    keys.db, master.key, signing.key, and those of TLS that init made */
#ifndef MUSTER_STORE_BACKUP_H
#define MUSTER_STORE_BACKUP_H

#include "base/diag.h"
#include "store/instance.h"

#include <stddef.h>
#include <stdint.h>

#define BACKUP_ERASED_MAX ((size_t)512 << 20) /* bytes of erased.txt */

struct db;
struct writer;

struct backup_result {
    uint64_t events, incidents, erased;
    char hash[65]; /* SHA-256 of muster.db, in hex */
};

/* KEYS may be NULL. NOW_MS goes into backup.json. ST_CONFLICT: FOLDER holds a backup or
 * anything else but what an earlier try left, KEYS holds anything but keys of this
 * instance, one lies in the other or in the instance's folder; ST_CORRUPT: the copy does
 * not verify; ST_NO_SPACE; ST_UNSUPPORTED: PostgreSQL. A try that fails leaves nothing in
 * FOLDER, nor in KEYS if there was nothing. */
int backup_make(const struct instance_paths *paths, const char *folder, const char *keys,
                int64_t now_ms, struct backup_result *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Keeps NOW as the time of the newest backup: those who watch see that they go on. */
int backup_note(struct writer *writer, struct diag *reterr)
    __attribute__((warn_unused_result));
/* That time, in ms since 1970; 0: none was noted, or it cannot be read. */
int64_t backup_newest_ms(struct db *db);
/* The files of a backup into PATHS' folder, which must hold no instance and no keys:
 * copied and compared with backup.json, not opened yet, and marked as unfinished until
 * backup_restored. ST_CORRUPT: not the bytes of then. */
int backup_unpack(const struct instance_paths *paths, const char *folder,
                  const char *keys, struct backup_result *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
/* What was erased since is erased again: from now on it is an instance. */
int backup_restored(const struct instance_paths *paths, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
