/* SPDX-License-Identifier: Apache-2.0 */
/* Each file in memory holds the newest bytes; beside it stands the list of its unsynced
 * writes with the bytes before and after:
 *
 *     restart: undo all of the list from its end, then redo those that chance keeps, one
 *     of them perhaps in part
 *
 * A sync empties the list: what is durable is what the list does not name. */
#include "sim/disk.h"

#include "base/mem.h"
#include "base/status.h"
#include "sim/memfile.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define SECTOR_SIZE 4096

struct change {
    int64_t offset, size_before; /* of the file */
    uint32_t old_size, new_size;
    bool truncates; /* to OFFSET; `old` is the tail */
    uint8_t *old, *new;
};

struct image {
    char path[DISK_PATH_SIZE]; /* "" = of one handle, and gone with it */
    bool is_there, is_log;
    struct memfile file;
    struct change *changes;
    uint32_t count, capacity;
};

struct disk {
    sqlite3_vfs vfs, *real; /* real: the default of before */
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
    struct memfile_handle handle;
};

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

static struct image *find_image(struct disk *disk, const char *path)
{
    for (uint32_t i = 0; i < disk->image_count; i++)
        if (strcmp(disk->images[i].path, path) == 0)
            return &disk->images[i];
    return NULL;
}

static struct image *add_image(struct disk *disk, const char *path)
{
    assert(disk->image_count < DISK_FILES_MAX && strlen(path) < DISK_PATH_SIZE);
    struct image *image = &disk->images[disk->image_count++];
    (void)snprintf(image->path, sizeof image->path, "%s", path);
    return image;
}

/* Keeps the bytes [OFFSET, OFFSET + SIZE) as they are now, those of the file only. */
static int keep(struct image *image, int64_t offset, int64_t size, const void *new)
{
    int64_t end = image->file.size;
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
        memcpy(change.old, image->file.bytes + offset, change.old_size);
    if (change.new_size > 0)
        memcpy(change.new, new, change.new_size);
    image->changes[image->count++] = change;
    return SQLITE_OK;
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
    memfile_shm_unmap(&file->handle);
    memfile_unlock(&file->handle, SQLITE_LOCK_NONE);
    if (file->image->path[0] == '\0') {
        forget(file->image);
        mem_free(file->image->changes);
        memfile_release(&file->image->file);
        mem_free(file->image);
    }
    return SQLITE_OK;
}

static int file_read_at(sqlite3_file *super, void *data, int size, sqlite3_int64 offset)
{
    return memfile_read(&file_of(super)->image->file, data, size, offset);
}

static int file_write_at(sqlite3_file *super, const void *data, int size,
                         sqlite3_int64 offset)
{
    struct image *image = file_of(super)->image;
    struct disk *disk = file_of(super)->disk;
    bool last;
    bool cut = is_cut(disk, &last);
    if (cut && !last)
        return SQLITE_IOERR_WRITE;
    if (disk->full && offset + size > image->file.size) {
        disk->counts.full++;
        return SQLITE_FULL;
    }
    int code = keep(image, offset, size, data);
    if (code == SQLITE_OK)
        code = memfile_write(&image->file, data, size, offset);
    return cut ? SQLITE_IOERR_WRITE : code;
}

static int file_truncate(sqlite3_file *super, sqlite3_int64 size)
{
    struct image *image = file_of(super)->image;
    bool last;
    if (is_cut(file_of(super)->disk, &last))
        return SQLITE_IOERR_TRUNCATE;
    int code = keep(image, size, INT32_MAX, NULL);
    return code == SQLITE_OK ? memfile_truncate(&image->file, size) : code;
}

static int file_sync(sqlite3_file *super, int flags)
{
    (void)flags;
    struct image *image = file_of(super)->image;
    struct disk *disk = file_of(super)->disk;
    bool last;
    bool cut = is_cut(disk, &last);
    if (cut && !(last && random_below(disk->random, 2) == 0))
        return SQLITE_IOERR_FSYNC;
    if (!cut && disk->fail_sync && image->is_log) {
        disk->fail_sync = false;
        disk->counts.failed_syncs++;
        return SQLITE_IOERR_FSYNC;
    }
    /* A cut here is after the sync, before anybody heard of it. */
    if (!disk->lying)
        forget(image);
    return cut ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int file_size(sqlite3_file *super, sqlite3_int64 *ret)
{
    *ret = file_of(super)->image->file.size;
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *super, int level)
{
    return memfile_lock(&file_of(super)->handle, level);
}

static int file_unlock(sqlite3_file *super, int level)
{
    memfile_unlock(&file_of(super)->handle, level);
    return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *super, int *ret)
{
    *ret = memfile_is_reserved(&file_of(super)->handle);
    return SQLITE_OK;
}

static int file_control(sqlite3_file *super, int op, void *argument)
{
    (void)super;
    (void)op;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *super)
{
    (void)super;
    return SECTOR_SIZE;
}

/* As the machine's file systems: a write changes nothing beside it. */
static int file_traits(sqlite3_file *super)
{
    (void)super;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int file_shm_map(sqlite3_file *super, int region, int size, int extend,
                        void volatile **ret)
{
    return memfile_shm_map(&file_of(super)->handle, region, size, extend != 0, ret);
}

static int file_shm_lock(sqlite3_file *super, int offset, int count, int flags)
{
    return memfile_shm_lock(&file_of(super)->handle, offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *super)
{
    (void)super; /* one thread */
}

static int file_shm_unmap(sqlite3_file *super, int remove_it)
{
    (void)remove_it;
    memfile_shm_unmap(&file_of(super)->handle);
    return SQLITE_OK;
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
    *file = (struct disk_file){.disk = disk};
    struct image *image =
        path == NULL ? mem_calloc(1, sizeof *image) : find_image(disk, path);
    bool may_make = (flags & (SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_DB)) != 0;
    if (path == NULL && image == NULL)
        return SQLITE_NOMEM;
    if (path != NULL && !may_make && (image == NULL || !image->is_there))
        return SQLITE_CANTOPEN;
    if (image == NULL)
        image = add_image(disk, path);
    image->is_there = true;
    image->is_log = (flags & SQLITE_OPEN_WAL) != 0;
    file->image = image;
    file->handle.file = &image->file;
    file->super.pMethods = &methods;
    if (ret_flags != NULL)
        *ret_flags = flags;
    return SQLITE_OK;
}

static int system_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    struct disk *disk = vfs->pAppData;
    (void)sync_folder;
    if (disk->dead)
        return SQLITE_IOERR_DELETE;
    struct image *image = find_image(disk, path);
    if (image == NULL || !image->is_there)
        return SQLITE_IOERR_DELETE_NOENT;
    forget(image);
    image->is_there = false;
    return memfile_truncate(&image->file, 0);
}

static int system_access(sqlite3_vfs *vfs, const char *path, int flags, int *ret)
{
    (void)flags;
    const struct image *image = find_image(vfs->pAppData, path);
    *ret = image != NULL && image->is_there && image->file.size > 0;
    return SQLITE_OK;
}

static int system_full_path(sqlite3_vfs *vfs, const char *path, int size, char *ret)
{
    (void)vfs;
    if ((int)strlen(path) >= size)
        return SQLITE_CANTOPEN;
    (void)snprintf(ret, (size_t)size, "%s", path);
    return SQLITE_OK;
}

int disk_new(struct disk **ret, struct random *random)
{
    struct disk *disk = mem_calloc(1, sizeof *disk);
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    if (disk == NULL || real == NULL) {
        mem_free(disk);
        return ST_NO_MEMORY;
    }
    disk->random = random;
    disk->real = real;
    disk->vfs = *real; /* what is not below stays the machine's */
    disk->vfs.zName = "muster-sim";
    disk->vfs.pNext = NULL;
    disk->vfs.pAppData = disk;
    disk->vfs.szOsFile = (int)sizeof(struct disk_file);
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
    (void)sqlite3_vfs_unregister(&disk->vfs);
    (void)sqlite3_vfs_register(disk->real, 1); /* the default again, whoever came since */
    for (uint32_t i = 0; i < disk->image_count; i++) {
        forget(&disk->images[i]);
        mem_free(disk->images[i].changes);
        memfile_release(&disk->images[i].file);
    }
    mem_free(disk);
}

/* ---- power ----------------------------------------------------------------------------
 */

void disk_cut_at(struct disk *disk, uint64_t n)
{
    disk->cut_at = n;
}

uint64_t disk_cut_left(const struct disk *disk)
{
    return disk->cut_at;
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

static bool undo(struct memfile *file, const struct change *change)
{
    return memfile_write(file, change->old, change->old_size, change->offset) ==
               SQLITE_OK &&
           memfile_truncate(file, change->size_before) == SQLITE_OK;
}

static bool redo(struct memfile *file, const struct change *change, uint32_t size)
{
    return (change->truncates
                ? memfile_truncate(file, change->offset)
                : memfile_write(file, change->new, size, change->offset)) == SQLITE_OK;
}

/* Of all that was not synced: everything, nothing, a beginning, or any of it is there. */
static bool settle_image(struct disk *disk, struct image *image)
{
    struct memfile *file = &image->file;
    bool ok = true;
    for (uint32_t i = image->count; i > 0; i--)
        ok = ok && undo(file, &image->changes[i - 1]);
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
            ok = ok && redo(file, change, change->new_size);
        else if (torn)
            ok = ok &&
                 redo(file, change,
                      1 + (uint32_t)random_below(disk->random, change->new_size - 1));
    }
    forget(image);
    return ok;
}

int disk_restart(struct disk *disk)
{
    bool ok = true;
    for (uint32_t i = 0; i < disk->image_count; i++)
        if (disk->images[i].count > 0)
            ok = settle_image(disk, &disk->images[i]) && ok;
    disk->dead = disk->fail_sync = false; /* a full one stays full */
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

bool disk_is_threatened(const struct disk *disk)
{
    return disk->cut_at != 0 || disk->fail_sync;
}

void disk_set_lying(struct disk *disk, bool lying)
{
    disk->lying = lying;
}

void disk_count(const struct disk *disk, struct disk_counts *ret)
{
    *ret = disk->counts;
}
