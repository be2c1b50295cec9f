/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that loses power: a file system in memory for SQLite, which remembers everything
 * that was written since the last sync of each file. Synced is durable; the rest is lost,
 * kept or torn at the next start, as chance will have it. It can be full, and a sync can
 * fail. While it lives it is SQLite's default file system of the whole process: one at a
 * time, one thread. */
#ifndef MUSTER_SIM_DISK_H
#define MUSTER_SIM_DISK_H

#include "base/random.h"

#include <stdbool.h>
#include <stdint.h>

#define DISK_FILES_MAX 16
#define DISK_PATH_SIZE 256
#define DISK_WRITES_MAX 200000 /* not synced, of one file */

struct disk;

struct disk_counts {
    uint64_t power_cuts, lost_writes, torn_writes, full, failed_syncs;
};

/* ST_NO_MEMORY. RANDOM decides what is lost. */
int disk_new(struct disk **ret, struct random *random)
    __attribute__((warn_unused_result));
/* All files must be closed. */
void disk_free(struct disk *disk);

/* The power goes at the N-th write, truncation or sync from now on (1 = the next; 0 =
 * never): it and all after it fail, reads go on until the files are closed. */
void disk_cut_at(struct disk *disk, uint64_t n);
uint64_t disk_cut_left(const struct disk *disk); /* N, as far as it has come */
void disk_cut(struct disk *disk);
bool disk_is_dead(const struct disk *disk);
/* The power is back; all files are closed. Decides what of the unsynced is there. A full
 * disk stays full. */
int disk_restart(struct disk *disk) __attribute__((warn_unused_result));
/* Files cannot grow any more. */
void disk_set_full(struct disk *disk, bool full);
/* The next sync of the log fails with EIO. */
void disk_fail_sync(struct disk *disk);
/* A cut or a failing sync is to come. */
bool disk_is_threatened(const struct disk *disk);
/* A planted bug: syncs say yes and do nothing. */
void disk_set_lying(struct disk *disk, bool lying);
void disk_count(const struct disk *disk, struct disk_counts *ret);

#endif
