/* SPDX-License-Identifier: Apache-2.0 */
/* The file system below it really holds the newest bytes. Beside each file stands the
 * list of its unsynced writes with the bytes before and after:
 *
 *     restart: undo all of the list from its end, then redo those that chance keeps, one
 *     of them perhaps in part
 *
 * A sync empties the list. Real syncs are left out: this disk decides what is durable. */
#include "sim/disk.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct change {
    int64_t offset, size_before; /* of the file */
    uint32_t old_size, new_size;
    bool truncates; /* to OFFSET; `old` is the tail */
    uint8_t *old, *new;
};

struct image {
    char path[DISK_PATH_SIZE];
    bool is_log;
    struct change *changes;
    uint32_t count, capacity;
};

struct disk {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    struct random *random;
    struct image images[DISK_FILES_MAX];
    uint32_t image_count;
    uint64_t cut_at;
    bool dead, full, fail_sync, lying;
    struct disk_counts counts;
};

struct disk_file {
    sqlite3_file super;
    struct disk *disk;
    struct image *image;
    sqlite3_file *real;
};

#define REAL_OFFSET ((sizeof(struct disk_file) + 15) / 16 * 16)

static struct disk_file *file_of(sqlite3_file *file)
{
    return (struct disk_file *)file;
}

/* ---- what is not synced ---------------------------------------------------------------
 */

static void forget_change(struct change *change)
{
    mem_free(change->old);
    mem_free(change->new);
}

static void forget(struct image *image)
{
    for (uint32_t i = 0; i < image->count; i++)
        forget_change(&image->changes[i]);
    image->count = 0;
}

/* NULL when there are too many files: a bug of the simulator. */
static struct image *find_image(struct disk *disk, const char *path, bool is_log)
{
    for (uint32_t i = 0; i < disk->image_count; i++)
        if (strcmp(disk->images[i].path, path) == 0)
            return &disk->images[i];
    assert(disk->image_count < DISK_FILES_MAX && strlen(path) < DISK_PATH_SIZE);
    struct image *image = &disk->images[disk->image_count++];
    *image = (struct image){.is_log = is_log};
    (void)snprintf(image->path, sizeof image->path, "%s", path);
    return image;
}

/* Keeps the bytes [OFFSET, OFFSET + SIZE) as they are now, those of the file only. */
static int keep(struct disk_file *file, int64_t offset, int64_t size, const void *new)
{
    struct image *image = file->image;
    sqlite3_int64 end = 0;
    int code = file->real->pMethods->xFileSize(file->real, &end);
    if (code != SQLITE_OK)
        return code;
    int64_t old = end - offset < size ? end - offset : size;
    struct change change = {.offset = offset,
                            .size_before = end,
                            .old_size = old > 0 ? (uint32_t)old : 0,
                            .new_size = new == NULL ? 0 : (uint32_t)size,
                            .truncates = new == NULL};
    change.old = mem_alloc(change.old_size);
    change.new = mem_alloc(change.new_size);
    if (change.old == NULL || change.new == NULL ||
        mem_grow(&image->changes, &image->capacity, image->count + 1,
                 sizeof *image->changes, DISK_WRITES_MAX) != ST_OK) {
        forget_change(&change);
        return SQLITE_NOMEM;
    }
    if (change.old_size > 0)
        code = file->real->pMethods->xRead(file->real, change.old, (int)change.old_size,
                                           offset);
    if (change.new_size > 0)
        memcpy(change.new, new, change.new_size);
    image->changes[image->count++] = change;
    return code;
}

/* Whether the power is gone for this operation. *RET_LAST: it is the one that met it. */
static bool is_cut(struct disk *disk, bool *ret_last)
{
    *ret_last = false;
    if (disk->dead)
        return true;
    if (disk->cut_at == 0 || --disk->cut_at > 0)
        return false;
    disk_cut(disk);
    *ret_last = true;
    return true;
}

/* ---- file methods ---------------------------------------------------------------------
 */

static int file_close(sqlite3_file *super)
{
    struct disk_file *file = file_of(super);
    return file->real->pMethods == NULL ? SQLITE_OK
                                        : file->real->pMethods->xClose(file->real);
}

static int file_read_at(sqlite3_file *super, void *data, int size, sqlite3_int64 offset)
{
    sqlite3_file *real = file_of(super)->real;
    return real->pMethods->xRead(real, data, size, offset);
}

static int file_write_at(sqlite3_file *super, const void *data, int size,
                         sqlite3_int64 offset)
{
    struct disk_file *file = file_of(super);
    struct disk *disk = file->disk;
    bool last;
    bool cut = is_cut(disk, &last);
    if (cut && !last)
        return SQLITE_IOERR_WRITE;
    sqlite3_int64 end = 0;
    int code = file->real->pMethods->xFileSize(file->real, &end);
    if (code == SQLITE_OK && disk->full && offset + size > end) {
        disk->counts.full++;
        return SQLITE_FULL;
    }
    if (code == SQLITE_OK && file->image != NULL)
        code = keep(file, offset, size, data);
    if (code == SQLITE_OK)
        code = file->real->pMethods->xWrite(file->real, data, size, offset);
    return cut ? SQLITE_IOERR_WRITE : code;
}

static int file_truncate(sqlite3_file *super, sqlite3_int64 size)
{
    struct disk_file *file = file_of(super);
    bool last;
    if (is_cut(file->disk, &last))
        return SQLITE_IOERR_TRUNCATE;
    int code = file->image == NULL ? SQLITE_OK : keep(file, size, INT32_MAX, NULL);
    return code == SQLITE_OK ? file->real->pMethods->xTruncate(file->real, size) : code;
}

static int file_sync(sqlite3_file *super, int flags)
{
    (void)flags;
    struct disk_file *file = file_of(super);
    struct disk *disk = file->disk;
    bool last;
    bool cut = is_cut(disk, &last);
    if (cut && !(last && random_below(disk->random, 2) == 0))
        return SQLITE_IOERR_FSYNC;
    if (!cut && disk->fail_sync && file->image != NULL && file->image->is_log) {
        disk->fail_sync = false;
        disk->counts.failed_syncs++;
        return SQLITE_IOERR_FSYNC;
    }
    /* A cut here is after the sync, before anybody heard of it. */
    if (file->image != NULL && !disk->lying)
        forget(file->image);
    return cut ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int file_size(sqlite3_file *super, sqlite3_int64 *ret)
{
    sqlite3_file *real = file_of(super)->real;
    return real->pMethods->xFileSize(real, ret);
}

static int file_lock(sqlite3_file *super, int level)
{
    sqlite3_file *real = file_of(super)->real;
    return real->pMethods->xLock(real, level);
}

static int file_unlock(sqlite3_file *super, int level)
{
    sqlite3_file *real = file_of(super)->real;
    return real->pMethods->xUnlock(real, level);
}

static int file_is_reserved(sqlite3_file *super, int *ret)
{
    sqlite3_file *real = file_of(super)->real;
    return real->pMethods->xCheckReservedLock(real, ret);
}

static int file_control(sqlite3_file *super, int op, void *argument)
{
    sqlite3_file *real = file_of(super)->real;
    return real->pMethods->xFileControl(real, op, argument);
}

static int file_sector(sqlite3_file *super)
{
    sqlite3_file *real = file_of(super)->real;
    return real->pMethods->xSectorSize(real);
}

static int file_traits(sqlite3_file *super)
{
    sqlite3_file *real = file_of(super)->real;
    return real->pMethods->xDeviceCharacteristics(real);
}

static int file_shm_map(sqlite3_file *super, int page, int size, int extend,
                        void volatile **ret)
{
    sqlite3_file *real = file_of(super)->real;
    return real->pMethods->xShmMap(real, page, size, extend, ret);
}

static int file_shm_lock(sqlite3_file *super, int offset, int count, int flags)
{
    sqlite3_file *real = file_of(super)->real;
    return real->pMethods->xShmLock(real, offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *super)
{
    sqlite3_file *real = file_of(super)->real;
    real->pMethods->xShmBarrier(real);
}

static int file_shm_unmap(sqlite3_file *super, int remove_it)
{
    sqlite3_file *real = file_of(super)->real;
    return real->pMethods->xShmUnmap(real, remove_it);
}

/* Version 2: no memory maps of the files themselves. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read_at,
    .xWrite = file_write_at,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- the file system ------------------------------------------------------------------
 */

static int system_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *super, int flags,
                       int *ret_flags)
{
    struct disk *disk = vfs->pAppData;
    struct disk_file *file = file_of(super);
    const int tracked = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
    *file = (struct disk_file){
        .disk = disk, .real = (sqlite3_file *)(void *)((char *)super + REAL_OFFSET)};
    file->real->pMethods = NULL;
    int code = disk->real->xOpen(disk->real, path, file->real, flags, ret_flags);
    if (code != SQLITE_OK)
        return code;
    if (path != NULL && (flags & tracked) != 0)
        file->image = find_image(disk, path, (flags & SQLITE_OPEN_WAL) != 0);
    file->super.pMethods = &methods;
    return SQLITE_OK;
}

static int system_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    struct disk *disk = vfs->pAppData;
    if (disk->dead)
        return SQLITE_IOERR_DELETE;
    for (uint32_t i = 0; i < disk->image_count; i++)
        if (strcmp(disk->images[i].path, path) == 0)
            forget(&disk->images[i]);
    (void)sync_folder;
    return disk->real->xDelete(disk->real, path, 0);
}

static int system_access(sqlite3_vfs *vfs, const char *path, int flags, int *ret)
{
    struct disk *disk = vfs->pAppData;
    return disk->real->xAccess(disk->real, path, flags, ret);
}

static int system_full_path(sqlite3_vfs *vfs, const char *path, int size, char *ret)
{
    struct disk *disk = vfs->pAppData;
    return disk->real->xFullPathname(disk->real, path, size, ret);
}

int disk_new(struct disk **ret, struct random *random)
{
    struct disk *disk = mem_calloc(1, sizeof *disk);
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    if (disk == NULL || real == NULL) {
        mem_free(disk);
        return ST_NO_MEMORY;
    }
    disk->real = real;
    disk->random = random;
    disk->vfs = *real; /* what is not below stays the machine's */
    disk->vfs.zName = "muster-sim";
    disk->vfs.pNext = NULL;
    disk->vfs.pAppData = disk;
    disk->vfs.szOsFile = (int)REAL_OFFSET + real->szOsFile;
    disk->vfs.xOpen = system_open;
    disk->vfs.xDelete = system_delete;
    disk->vfs.xAccess = system_access;
    disk->vfs.xFullPathname = system_full_path;
    if (sqlite3_vfs_register(&disk->vfs, 1) != SQLITE_OK) {
        mem_free(disk);
        return ST_NO_MEMORY;
    }
    *ret = disk;
    return ST_OK;
}

void disk_free(struct disk *disk)
{
    if (disk == NULL)
        return;
    (void)sqlite3_vfs_unregister(&disk->vfs); /* the former default is one again */
    for (uint32_t i = 0; i < disk->image_count; i++) {
        forget(&disk->images[i]);
        mem_free(disk->images[i].changes);
    }
    mem_free(disk);
}

/* ---- power ----------------------------------------------------------------------------
 */

void disk_cut_at(struct disk *disk, uint64_t n)
{
    disk->cut_at = n;
}

void disk_cut(struct disk *disk)
{
    disk->counts.power_cuts += !disk->dead;
    disk->dead = true;
}

bool disk_is_dead(const struct disk *disk)
{
    return disk->dead;
}

static bool put(int fd, const uint8_t *data, uint32_t size, int64_t offset)
{
    return size == 0 || pwrite(fd, data, size, offset) == (ssize_t)size;
}

static bool undo(int fd, const struct change *change)
{
    return put(fd, change->old, change->old_size, change->offset) &&
           ftruncate(fd, change->size_before) == 0;
}

static bool redo(int fd, const struct change *change, uint32_t size)
{
    return change->truncates ? ftruncate(fd, change->offset) == 0
                             : put(fd, change->new, size, change->offset);
}

/* Of all that was not synced: everything, nothing, a beginning, or any of it is there. */
static bool settle_image(struct disk *disk, struct image *image)
{
    int fd = open(image->path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = true;
    for (uint32_t i = image->count; i > 0; i--)
        ok = ok && undo(fd, &image->changes[i - 1]);
    uint64_t how = random_below(disk->random, 4);
    uint64_t until = random_below(disk->random, image->count + 1);
    for (uint32_t i = 0; i < image->count; i++) {
        const struct change *change = &image->changes[i];
        bool kept = how == 0 || (how == 1 && i < until) ||
                    (how == 2 && random_below(disk->random, 2) == 0);
        bool torn = !kept && how != 3 && change->new_size > 1 &&
                    random_below(disk->random, 4) == 0;
        disk->counts.lost_writes += !kept && !torn;
        disk->counts.torn_writes += torn;
        if (kept)
            ok = ok && redo(fd, change, change->new_size);
        else if (torn)
            ok = ok &&
                 redo(fd, change,
                      1 + (uint32_t)random_below(disk->random, change->new_size - 1));
    }
    forget(image);
    return close(fd) == 0 && ok;
}

int disk_restart(struct disk *disk)
{
    bool ok = true;
    for (uint32_t i = 0; i < disk->image_count; i++)
        if (disk->images[i].count > 0)
            ok = settle_image(disk, &disk->images[i]) && ok;
    disk->dead = disk->full = disk->fail_sync = false;
    disk->cut_at = 0;
    return ok ? ST_OK : ST_IO;
}

void disk_set_full(struct disk *disk, bool full)
{
    disk->full = full;
}

void disk_fail_sync(struct disk *disk)
{
    disk->fail_sync = true;
}

void disk_set_lying(struct disk *disk, bool lying)
{
    disk->lying = lying;
}

void disk_count(const struct disk *disk, struct disk_counts *ret)
{
    *ret = disk->counts;
}
