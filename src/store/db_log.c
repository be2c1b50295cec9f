/* SPDX-License-Identifier: Apache-2.0 */
/* A layer above whatever file system is SQLite's default when a file is opened. Every
 * file but a log is the other's own. In a log, writes that follow each other are
 * gathered, and written before anything else is done with the file:
 *
 *     write, write, write ... sync -> one write, sync
 *
 * A sync of what is synced is not done again: SQLite asks for one before it copies the
 * log, and nobody but this connection writes to it.
 *
 * Nothing is acknowledged earlier by this: the writer syncs each commit (synchronous =
 * FULL), SQLite tells other connections of frames only after that sync, and a write that
 * fails when it is made up for fails the sync, so the commit. What a crash takes from the
 * buffer was not committed. A file belongs to one connection, and that to one thread.
 *
 * On a device that may spoil what lies beside a write SQLite pads a commit with frames
 * behind its sync, which others may read: there nothing is gathered. */
#include "store/db_log.h"

#include "base/mem.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define UNDER_SIZE_MAX 1024 /* of the file object of the layer below */

struct log_file {
    sqlite3_file super;
    bool gathers;
    bool unsynced; /* written to since the last sync, or before it was opened */
    int64_t at;    /* where the gathered bytes go */
    size_t size;
    uint8_t *buffer;
    int64_t under[UNDER_SIZE_MAX / 8]; /* the layer below's; SQLite aligns to 8 */
};

static sqlite3_file *under_of(sqlite3_file *file)
{
    return (sqlite3_file *)(void *)((struct log_file *)(void *)file)->under;
}

/* ---- the log ------------------------------------------------------------------------
 */

/* What fails is dropped: the transaction that wrote it fails. */
static int flush(sqlite3_file *super)
{
    struct log_file *file = (struct log_file *)(void *)super;
    if (file->size == 0)
        return SQLITE_OK;
    sqlite3_file *under = under_of(super);
    int size = (int)file->size;
    file->size = 0;
    file->unsynced = true;
    return under->pMethods->xWrite(under, file->buffer, size, file->at);
}

static int log_write(sqlite3_file *super, const void *data, int size, sqlite3_int64 at)
{
    struct log_file *file = (struct log_file *)(void *)super;
    sqlite3_file *under = under_of(super);
    file->unsynced = true;
    if (!file->gathers)
        return under->pMethods->xWrite(under, data, size, at);
    bool follows = at == file->at + (int64_t)file->size &&
                   file->size + (size_t)size <= DB_LOG_BUFFER;
    int code = follows ? SQLITE_OK : flush(super);
    if (code != SQLITE_OK)
        return code;
    if (size > DB_LOG_BUFFER)
        return under->pMethods->xWrite(under, data, size, at);
    if (file->size == 0)
        file->at = at;
    memcpy(file->buffer + file->size, data, (size_t)size);
    file->size += (size_t)size;
    return SQLITE_OK;
}

static int log_read(sqlite3_file *super, void *ret, int size, sqlite3_int64 at)
{
    sqlite3_file *under = under_of(super);
    int code = flush(super);
    return code == SQLITE_OK ? under->pMethods->xRead(under, ret, size, at) : code;
}

static int log_truncate(sqlite3_file *super, sqlite3_int64 size)
{
    sqlite3_file *under = under_of(super);
    int code = flush(super);
    ((struct log_file *)(void *)super)->unsynced = true;
    return code == SQLITE_OK ? under->pMethods->xTruncate(under, size) : code;
}

static int log_sync(sqlite3_file *super, int flags)
{
    struct log_file *file = (struct log_file *)(void *)super;
    sqlite3_file *under = under_of(super);
    int code = flush(super);
    if (code != SQLITE_OK || !file->unsynced)
        return code;
    code = under->pMethods->xSync(under, flags);
    file->unsynced = code != SQLITE_OK;
    return code;
}

static int log_size(sqlite3_file *super, sqlite3_int64 *ret)
{
    sqlite3_file *under = under_of(super);
    int code = flush(super);
    return code == SQLITE_OK ? under->pMethods->xFileSize(under, ret) : code;
}

static int log_close(sqlite3_file *super)
{
    struct log_file *file = (struct log_file *)(void *)super;
    sqlite3_file *under = under_of(super);
    (void)flush(super); /* nothing that was committed */
    mem_free(file->buffer);
    return under->pMethods->xClose(under);
}

static int log_lock(sqlite3_file *super, int level)
{
    return under_of(super)->pMethods->xLock(under_of(super), level);
}

static int log_unlock(sqlite3_file *super, int level)
{
    return under_of(super)->pMethods->xUnlock(under_of(super), level);
}

static int log_is_reserved(sqlite3_file *super, int *ret)
{
    return under_of(super)->pMethods->xCheckReservedLock(under_of(super), ret);
}

static int log_control(sqlite3_file *super, int what, void *argument)
{
    int code = flush(super);
    return code == SQLITE_OK
               ? under_of(super)->pMethods->xFileControl(under_of(super), what, argument)
               : code;
}

static int log_sector(sqlite3_file *super)
{
    return under_of(super)->pMethods->xSectorSize(under_of(super));
}

static int log_traits(sqlite3_file *super)
{
    return under_of(super)->pMethods->xDeviceCharacteristics(under_of(super));
}

static const sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_is_reserved,
    .xFileControl = log_control,
    .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_traits,
};

/* ---- the file system ----------------------------------------------------------------
 */

/* Never this one: it does not become the default, and the simulator gives that back. */
static sqlite3_vfs *below(void)
{
    return sqlite3_vfs_find(NULL);
}

static int open_log(sqlite3_vfs *vfs, const char *path, struct log_file *file, int flags,
                    int *ret_flags)
{
    file->super.pMethods = NULL; /* else SQLite would close it after a failure */
    file->unsynced = true;
    file->size = 0;
    file->buffer = mem_alloc(DB_LOG_BUFFER);
    if (file->buffer == NULL)
        return SQLITE_NOMEM;
    sqlite3_file *under = under_of(&file->super);
    memset(file->under, 0, sizeof file->under);
    int code = vfs->xOpen(vfs, path, under, flags, ret_flags);
    if (code == SQLITE_OK) {
        file->super.pMethods = &log_methods;
        file->gathers = (under->pMethods->xDeviceCharacteristics(under) &
                         SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0;
        return SQLITE_OK;
    }
    if (under->pMethods != NULL)
        (void)under->pMethods->xClose(under); /* the first error counts */
    mem_free(file->buffer);
    return code;
}

static int vfs_open(sqlite3_vfs *self, const char *path, sqlite3_file *file, int flags,
                    int *ret_flags)
{
    (void)self;
    sqlite3_vfs *vfs = below();
    if (vfs->szOsFile > UNDER_SIZE_MAX)
        return SQLITE_CANTOPEN;
    return (flags & SQLITE_OPEN_WAL) != 0
               ? open_log(vfs, path, (struct log_file *)(void *)file, flags, ret_flags)
               : vfs->xOpen(vfs, path, file, flags, ret_flags);
}

static int vfs_delete(sqlite3_vfs *self, const char *path, int sync_folder)
{
    (void)self;
    return below()->xDelete(below(), path, sync_folder);
}

static int vfs_access(sqlite3_vfs *self, const char *path, int flags, int *ret)
{
    (void)self;
    return below()->xAccess(below(), path, flags, ret);
}

static int vfs_full_path(sqlite3_vfs *self, const char *path, int size, char *ret)
{
    (void)self;
    return below()->xFullPathname(below(), path, size, ret);
}

static int vfs_randomness(sqlite3_vfs *self, int size, char *ret)
{
    (void)self;
    return below()->xRandomness(below(), size, ret);
}

static int vfs_sleep(sqlite3_vfs *self, int us)
{
    (void)self;
    return below()->xSleep(below(), us);
}

static int vfs_time(sqlite3_vfs *self, double *ret)
{
    (void)self;
    return below()->xCurrentTime(below(), ret);
}

static int vfs_last_error(sqlite3_vfs *self, int size, char *ret)
{
    (void)self;
    return below()->xGetLastError(below(), size, ret);
}

void db_log_register(void)
{
    static sqlite3_vfs vfs = {
        .iVersion = 1,
        .szOsFile = sizeof(struct log_file),
        .mxPathname = 1024,
        .zName = DB_LOG_VFS,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
    };
    (void)sqlite3_vfs_register(&vfs, 0); /* else the connection says that there is none */
}
