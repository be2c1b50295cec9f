/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PATH_SIZE 4096

static struct {
    _Atomic uint64_t countdown;
    _Atomic int error;
} faults[3];

void file_fail_at(enum file_operation operation, uint64_t n, int error)
{
    faults[operation].error = error;
    faults[operation].countdown = n;
}

/* True (and errno set) if this operation is the one that was told to fail. */
static bool must_fail(enum file_operation operation)
{
    if (faults[operation].countdown == 0 || --faults[operation].countdown != 0)
        return false;
    errno = faults[operation].error;
    return true;
}

static int failure(struct diag *reterr, const char *path, const char *what)
{
    int error = errno;
    bool is_full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    int status = error == ENOENT ? ST_NOT_FOUND : is_full ? ST_NO_SPACE : ST_IO;
    char text[128];
    return diag_set(reterr, status, 0, 0, path, "cannot %s: %s", what,
                    strerror_r(error, text, sizeof text));
}

static int read_all(int fd, char *data, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(fd, data + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ST_IO;
        if (got == 0) {
            errno = EIO; /* the file shrank while it was read */
            return ST_IO;
        }
        done += (size_t)got;
    }
    return ST_OK;
}

int file_read(const char *path, size_t size_max, char **ret, size_t *ret_size,
              struct diag *reterr)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return failure(reterr, path, "open");
    struct stat info;
    char *data = NULL;
    int status = ST_OK;
    if (fstat(fd, &info) != 0)
        status = failure(reterr, path, "read");
    else if (!S_ISREG(info.st_mode))
        status = diag_set(reterr, ST_INVALID, 0, 0, path, "is not a file");
    else if ((uint64_t)info.st_size > size_max)
        status = diag_set(reterr, ST_LIMIT, 0, 0, path,
                          "is larger than the limit of %zu bytes", size_max);
    else if ((data = mem_alloc((size_t)info.st_size + 1)) == NULL)
        status = diag_set(reterr, ST_NO_MEMORY, 0, 0, path, "no memory to read it");
    else if (read_all(fd, data, (size_t)info.st_size) != ST_OK)
        status = failure(reterr, path, "read");
    (void)close(fd); /* read only: nothing can be lost */
    if (status != ST_OK) {
        mem_free(data);
        return status;
    }
    data[info.st_size] = '\0';
    *ret = data;
    *ret_size = (size_t)info.st_size;
    return ST_OK;
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        if (must_fail(FILE_WRITE))
            return false;
        ssize_t put = write(fd, data, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        data += put;
        size -= (size_t)put;
    }
    return true;
}

static bool sync_fd(int fd)
{
    return !must_fail(FILE_FSYNC) && fsync(fd) == 0;
}

bool file_sync_folder(const char *path)
{
    char folder[PATH_SIZE];
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 0 : (size_t)(slash - path);
    (void)snprintf(folder, sizeof folder, "%.*s", (int)size, path);
    int fd = open(slash == NULL ? "."
                  : size == 0   ? "/"
                                : folder,
                  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = sync_fd(fd);
    (void)close(fd); /* a folder: nothing buffered here */
    return ok;
}

bool file_free_space(const char *path, int64_t *ret_size, int32_t *ret_percent)
{
    struct statvfs disk;
    if (statvfs(path, &disk) != 0 || disk.f_blocks == 0)
        return false;
    *ret_size = (int64_t)(disk.f_bavail * disk.f_frsize);
    *ret_percent = (int32_t)(disk.f_bavail * 100 / disk.f_blocks);
    return true;
}

static int name_aside(const char *path, char ret[FILE_PATH_MAX], struct diag *reterr)
{
    if (snprintf(ret, FILE_PATH_MAX, "%s.new", path) >= FILE_PATH_MAX)
        return diag_set(reterr, ST_LIMIT, 0, 0, path, "the path is too long");
    return ST_OK;
}

int file_begin(struct file_new *ret, const char *path, unsigned mode, struct diag *reterr)
{
    char aside[FILE_PATH_MAX];
    int status = name_aside(path, aside, reterr);
    if (status != ST_OK)
        return status;
    (void)snprintf(ret->path, sizeof ret->path, "%s", path);
    ret->fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    return ret->fd < 0 ? failure(reterr, path, "create") : ST_OK;
}

int file_put(struct file_new *file, const void *data, size_t size, struct diag *reterr)
{
    return write_all(file->fd, data, size) ? ST_OK : failure(reterr, file->path, "write");
}

int file_end(struct file_new *file, struct diag *reterr)
{
    char aside[FILE_PATH_MAX];
    int status = name_aside(file->path, aside, reterr);
    bool ok = status == ST_OK && sync_fd(file->fd);
    int error = ok ? 0 : errno;
    ok = close(file->fd) == 0 && ok;
    ok = ok && !must_fail(FILE_RENAME) && rename(aside, file->path) == 0 &&
         file_sync_folder(file->path);
    if (ok)
        return ST_OK;
    if (error != 0)
        errno = error;
    status = failure(reterr, file->path, "write");
    (void)unlink(aside); /* it may be gone already */
    return status;
}

void file_drop(struct file_new *file)
{
    char aside[FILE_PATH_MAX];
    (void)close(file->fd); /* what is in it is not wanted */
    if (name_aside(file->path, aside, NULL) == ST_OK)
        (void)unlink(aside); /* the same */
}

int file_write(const char *path, const void *data, size_t size, unsigned mode,
               struct diag *reterr)
{
    struct file_new file;
    int status = file_begin(&file, path, mode, reterr);
    if (status != ST_OK)
        return status;
    status = file_put(&file, data, size, reterr);
    if (status == ST_OK)
        return file_end(&file, reterr);
    file_drop(&file);
    return status;
}

int file_may_replace(const char *path, const char *start, struct diag *reterr)
{
    char found[64];
    const size_t size = strlen(start);
    assert(size <= sizeof found);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? ST_OK : failure(reterr, path, "open");
    const ssize_t got = read(fd, found, size);
    (void)close(fd); /* read only: nothing can be lost */
    if (got == 0 || (got == (ssize_t)size && memcmp(found, start, size) == 0))
        return ST_OK;
    return diag_set(reterr, ST_CONFLICT, 0, 0, path,
                    "is there already and is something else; choose another name");
}

int file_open_old(struct file_old *ret, const char *path, struct diag *reterr)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return failure(reterr, path, "open");
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        int status = failure(reterr, path, "read");
        (void)close(fd); /* read only: nothing can be lost */
        return status;
    }
    *ret = (struct file_old){.fd = fd, .size = (uint64_t)info.st_size};
    return ST_OK;
}

void file_close_old(struct file_old *file)
{
    (void)close(file->fd); /* read only: nothing can be lost */
    file->fd = -1;
}

int file_read_at(const struct file_old *file, void *ret, size_t size, uint64_t offset)
{
    uint8_t *data = ret;
    while (size > 0) {
        ssize_t got = pread(file->fd, data, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ST_IO;
        data += got;
        size -= (size_t)got;
        offset += (uint64_t)got;
    }
    return ST_OK;
}

int file_make_folder(const char *path, struct diag *reterr)
{
    char part[PATH_SIZE];
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof part)
        return diag_set(reterr, ST_LIMIT, 0, 0, path, "the path is empty or too long");
    for (size_t i = 1; i <= size; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return failure(reterr, part, "make the folder");
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return diag_set(reterr, ST_IO, 0, 0, path, "is not a folder");
    return ST_OK;
}

int file_map(struct file_map *ret, const char *path, struct diag *reterr)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return failure(reterr, path, "open");
    struct stat info;
    int status = ST_OK;
    void *data = MAP_FAILED;
    if (fstat(fd, &info) != 0)
        status = failure(reterr, path, "read");
    else if (info.st_size == 0)
        status = diag_set(reterr, ST_CORRUPT, 0, 0, path, "is empty");
    else if ((data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) ==
             MAP_FAILED)
        status = failure(reterr, path, "map");
    (void)close(fd); /* the map stays */
    if (status != ST_OK)
        return status;
    *ret = (struct file_map){.data = data, .size = (size_t)info.st_size};
    return ST_OK;
}

void file_unmap(struct file_map *map)
{
    if (map->data != NULL)
        (void)munmap((void *)(uintptr_t)map->data, map->size);
    *map = (struct file_map){0};
}
