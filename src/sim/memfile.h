/* SPDX-License-Identifier: Apache-2.0 */
/* Files in memory as SQLite wants them: bytes, the five locks of a database file, the
 * shared index of a log. No power, no faults: those are the disk's (disk.h). One thread.
 * Codes are SQLite's. */
#ifndef MUSTER_SIM_MEMFILE_H
#define MUSTER_SIM_MEMFILE_H

#include <stdbool.h>
#include <stdint.h>

#define MEMFILE_SIZE_MAX (INT64_C(1) << 32)
#define MEMFILE_SHM_REGIONS_MAX 1024
#define MEMFILE_SHM_LOCKS 8 /* SQLITE_SHM_NLOCK */

/* What all handles of a file share. All zero = an empty file. */
struct memfile {
    uint8_t *bytes;
    int64_t size, capacity;
    uint32_t shared;         /* handles that may read */
    const void *reserved;    /* the handle that is going to write, or does */
    bool pending, exclusive; /* it waits for the readers to go; it is alone */
    uint8_t *regions[MEMFILE_SHM_REGIONS_MAX];
    uint32_t region_count, shm_users;
    uint32_t shm_shared[MEMFILE_SHM_LOCKS];
    bool shm_exclusive[MEMFILE_SHM_LOCKS];
};

/* One opening of it. All zero but FILE = just opened. */
struct memfile_handle {
    struct memfile *file;
    int level; /* SQLITE_LOCK_ */
    bool uses_shm;
    uint32_t shm_shared, shm_exclusive; /* bit per lock that this one holds */
};

/* Drops bytes and index; nobody may have it open. */
void memfile_release(struct memfile *file);

/* SQLITE_IOERR_SHORT_READ: what is missing is zero. */
int memfile_read(const struct memfile *file, void *ret, int64_t size, int64_t offset);
int memfile_write(struct memfile *file, const void *data, int64_t size, int64_t offset);
/* Shorter, or longer with zeros. */
int memfile_truncate(struct memfile *file, int64_t size);

int memfile_lock(struct memfile_handle *handle, int level);
void memfile_unlock(struct memfile_handle *handle, int level);
bool memfile_is_reserved(const struct memfile_handle *handle);

/* The index goes when the last handle lets it go, as after the end of a process: the next
 * one makes it anew from the log. */
int memfile_shm_map(struct memfile_handle *handle, int region, int size, bool extend,
                    void volatile **ret);
int memfile_shm_lock(struct memfile_handle *handle, int offset, int count, int flags);
void memfile_shm_unmap(struct memfile_handle *handle);

#endif
