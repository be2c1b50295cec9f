/* SPDX-License-Identifier: Apache-2.0 */
/* The locks follow https://www.sqlite.org/lockingv3.html: many SHARED, one RESERVED among
 * them, PENDING lets nobody new in, EXCLUSIVE when the others have gone. */
#include "sim/memfile.h"

#include "base/mem.h"

#include <assert.h>
#include <sqlite3.h>
#include <string.h>

static_assert(MEMFILE_SHM_LOCKS == SQLITE_SHM_NLOCK, "one counter a lock");

#define CAPACITY_MIN 65536

static void drop_index(struct memfile *file)
{
    for (uint32_t i = 0; i < file->region_count; i++) {
        mem_free(file->regions[i]);
        file->regions[i] = NULL;
    }
    file->region_count = 0;
}

void memfile_release(struct memfile *file)
{
    assert(file->shared == 0 && file->shm_users == 0);
    drop_index(file);
    mem_free(file->bytes);
    *file = (struct memfile){.bytes = NULL};
}

/* ---- bytes ----------------------------------------------------------------------------
 */

int memfile_read(const struct memfile *file, void *ret, int64_t size, int64_t offset)
{
    int64_t there = file->size - offset < size ? file->size - offset : size;
    if (there > 0)
        memcpy(ret, file->bytes + offset, (size_t)there);
    if (there == size)
        return SQLITE_OK;
    there = there < 0 ? 0 : there;
    memset((uint8_t *)ret + there, 0, (size_t)(size - there));
    return SQLITE_IOERR_SHORT_READ;
}

static int reserve(struct memfile *file, int64_t size)
{
    if (size <= file->capacity)
        return SQLITE_OK;
    if (size > MEMFILE_SIZE_MAX)
        return SQLITE_FULL;
    int64_t capacity = file->capacity < CAPACITY_MIN ? CAPACITY_MIN : file->capacity;
    while (capacity < size)
        capacity *= 2;
    uint8_t *bytes = mem_realloc(file->bytes, (size_t)capacity);
    if (bytes == NULL)
        return SQLITE_NOMEM;
    file->bytes = bytes;
    file->capacity = capacity;
    return SQLITE_OK;
}

int memfile_truncate(struct memfile *file, int64_t size)
{
    int code = reserve(file, size);
    if (code != SQLITE_OK)
        return code;
    if (size > file->size)
        memset(file->bytes + file->size, 0, (size_t)(size - file->size));
    file->size = size;
    return SQLITE_OK;
}

int memfile_write(struct memfile *file, const void *data, int64_t size, int64_t offset)
{
    if (size == 0)
        return SQLITE_OK;
    int code = reserve(file, offset + size);
    if (code == SQLITE_OK && offset > file->size)
        code = memfile_truncate(file, offset);
    if (code != SQLITE_OK)
        return code;
    memcpy(file->bytes + offset, data, (size_t)size);
    if (offset + size > file->size)
        file->size = offset + size;
    return SQLITE_OK;
}

/* ---- locks of the file ----------------------------------------------------------------
 */

static int lock_shared(struct memfile_handle *handle)
{
    struct memfile *file = handle->file;
    if (file->pending || file->exclusive)
        return SQLITE_BUSY;
    file->shared++;
    handle->level = SQLITE_LOCK_SHARED;
    return SQLITE_OK;
}

int memfile_lock(struct memfile_handle *handle, int level)
{
    struct memfile *file = handle->file;
    if (handle->level >= level)
        return SQLITE_OK;
    if (level == SQLITE_LOCK_SHARED)
        return lock_shared(handle);
    assert(handle->level >= SQLITE_LOCK_SHARED);
    if (file->reserved != NULL && file->reserved != handle)
        return SQLITE_BUSY;
    file->reserved = handle;
    if (level == SQLITE_LOCK_RESERVED) {
        handle->level = level;
        return SQLITE_OK;
    }
    file->pending = true;
    handle->level = SQLITE_LOCK_PENDING;
    if (level == SQLITE_LOCK_PENDING)
        return SQLITE_OK;
    if (file->shared > 1)
        return SQLITE_BUSY;
    file->exclusive = true;
    handle->level = SQLITE_LOCK_EXCLUSIVE;
    return SQLITE_OK;
}

void memfile_unlock(struct memfile_handle *handle, int level)
{
    struct memfile *file = handle->file;
    if (handle->level <= level)
        return;
    if (file->reserved == handle) {
        file->reserved = NULL;
        file->pending = file->exclusive = false;
    }
    if (level == SQLITE_LOCK_NONE) {
        assert(file->shared > 0);
        file->shared--;
    }
    handle->level = level;
}

bool memfile_is_reserved(const struct memfile_handle *handle)
{
    return handle->file->reserved != NULL;
}

/* ---- the index of the log -------------------------------------------------------------
 */

int memfile_shm_map(struct memfile_handle *handle, int region, int size, bool extend,
                    void volatile **ret)
{
    struct memfile *file = handle->file;
    *ret = NULL;
    if (!handle->uses_shm) {
        handle->uses_shm = true;
        file->shm_users++;
    }
    if (region >= MEMFILE_SHM_REGIONS_MAX)
        return SQLITE_NOMEM;
    while (extend && (uint32_t)region >= file->region_count) {
        uint8_t *bytes = mem_calloc(1, (size_t)size);
        if (bytes == NULL)
            return SQLITE_NOMEM;
        file->regions[file->region_count++] = bytes;
    }
    if ((uint32_t)region < file->region_count)
        *ret = file->regions[region];
    return SQLITE_OK;
}

static void unlock_index(struct memfile_handle *handle, uint32_t mask)
{
    for (uint32_t i = 0; i < MEMFILE_SHM_LOCKS; i++) {
        if ((mask & handle->shm_shared & 1u << i) != 0)
            handle->file->shm_shared[i]--;
        if ((mask & handle->shm_exclusive & 1u << i) != 0)
            handle->file->shm_exclusive[i] = false;
    }
    handle->shm_shared &= ~mask;
    handle->shm_exclusive &= ~mask;
}

/* Whether others leave it to this handle. */
static bool is_free(const struct memfile_handle *handle, uint32_t lock, bool exclusive)
{
    const struct memfile *file = handle->file;
    bool own_shared = (handle->shm_shared >> lock & 1) != 0;
    if (file->shm_exclusive[lock])
        return (handle->shm_exclusive >> lock & 1) != 0;
    return !exclusive || file->shm_shared[lock] == own_shared;
}

int memfile_shm_lock(struct memfile_handle *handle, int offset, int count, int flags)
{
    struct memfile *file = handle->file;
    bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    uint32_t mask = ((1u << count) - 1) << offset;
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        unlock_index(handle, mask);
        return SQLITE_OK;
    }
    for (uint32_t i = (uint32_t)offset; i < (uint32_t)(offset + count); i++)
        if (!is_free(handle, i, exclusive))
            return SQLITE_BUSY;
    for (uint32_t i = (uint32_t)offset; i < (uint32_t)(offset + count); i++) {
        if (exclusive)
            file->shm_exclusive[i] = true;
        else if ((handle->shm_shared >> i & 1) == 0)
            file->shm_shared[i]++;
    }
    *(exclusive ? &handle->shm_exclusive : &handle->shm_shared) |= mask;
    return SQLITE_OK;
}

void memfile_shm_unmap(struct memfile_handle *handle)
{
    if (!handle->uses_shm)
        return;
    unlock_index(handle, UINT32_MAX);
    handle->uses_shm = false;
    if (--handle->file->shm_users == 0)
        drop_index(handle->file);
}
