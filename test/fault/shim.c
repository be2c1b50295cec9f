/* SPDX-License-Identifier: Apache-2.0 */
/* Faults under a running server, by LD_PRELOAD (test/fault/shim.mjs builds and steers
 * it).
 *
 *   FAULT_UNDER    the folder whose files are meant
 *   FAULT_CONTROL  a file of CONTROL_SIZE bytes, mapped: counters[KINDS] of operations so
 *                  far and fail_at[KINDS], both 64 bits; the operation whose number is
 *                  fail_at fails once, with `error`; by clock_s the wall clock is off
 *   FAULT_JOURNAL  every write, truncation, rename and sync, with the bytes before: what
 *                  a power cut may undo (shim.mjs does). Nothing is really synced then.
 *   FAULT_LIES     a sync says yes and is not in the journal: the test must fail
 *
 * Record of the journal: struct record, path, old bytes, new bytes; a rename has the new
 * name as new bytes and the former content of that name as old ones. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { KIND_WRITE, KIND_SYNC, KIND_MEMORY, KINDS };
enum { CONTROL_SIZE = 4096 };

struct control {
    uint64_t counters[KINDS], fail_at[KINDS];
    uint64_t error;
    int64_t clock_s;
};

enum type { TYPE_WRITE = 1, TYPE_TRUNCATE, TYPE_SYNC, TYPE_RENAME };
struct record {
    uint32_t type, path_size;
    int64_t offset, size_before; /* of the file; -1: it was not there */
    uint32_t old_size, new_size;
};

static struct control *control;
static const char *under;
static int journal = -1;
static int lies;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_truncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_rename)(const char *, const char *);
static int (*real_clock_gettime)(clockid_t, struct timespec *);
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

/* Called before the constructor too: other libraries' constructors write. */
static void resolve(void)
{
    if (real_rename != NULL)
        return;
    *(void **)&real_write = dlsym(RTLD_NEXT, "write");
    *(void **)&real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    *(void **)&real_truncate = dlsym(RTLD_NEXT, "ftruncate64");
    *(void **)&real_fsync = dlsym(RTLD_NEXT, "fsync");
    *(void **)&real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    *(void **)&real_rename = dlsym(RTLD_NEXT, "rename");
}

__attribute__((constructor)) static void begin(void)
{
    resolve();
    under = getenv("FAULT_UNDER");
    lies = getenv("FAULT_LIES") != NULL;
    const char *path = getenv("FAULT_CONTROL");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
        void *map = mmap(NULL, CONTROL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        control = map == MAP_FAILED ? NULL : map;
        close(fd);
    }
    path = getenv("FAULT_JOURNAL");
    if (path != NULL)
        journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int fails(enum kind kind)
{
    if (control == NULL)
        return 0;
    uint64_t number = __atomic_add_fetch(&control->counters[kind], 1, __ATOMIC_RELAXED);
    if (number != __atomic_load_n(&control->fail_at[kind], __ATOMIC_RELAXED))
        return 0;
    errno = kind == KIND_MEMORY ? ENOMEM : (int)control->error;
    return 1;
}

/* Whether FD is a file of the folder; its path. */
static int is_ours(int fd, char ret[512])
{
    char name[32];
    if (under == NULL)
        return 0;
    int kept = errno;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(name, ret, 511);
    errno = kept;
    if (size <= 0)
        return 0;
    ret[size] = '\0';
    return strncmp(ret, under, strlen(under)) == 0 && strstr(ret, " (deleted)") == NULL;
}

static void put(const struct record *record, const char *path, const void *old,
                const void *new)
{
    struct iovec parts[] = {{(void *)record, sizeof *record},
                            {(void *)path, record->path_size},
                            {(void *)old, record->old_size},
                            {(void *)new, record->new_size}};
    if (writev(journal, parts, 4) < 0)
        _exit(99); /* the test would mean nothing */
}

static int64_t size_of(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 ? info.st_size : 0;
}

/* The bytes [OFFSET, OFFSET + SIZE) as they are; those of the file only. */
static void *old_bytes(int fd, int64_t offset, int64_t size, uint32_t *ret_size)
{
    void *old = __libc_malloc(size > 0 ? (size_t)size : 1);
    ssize_t got = size > 0 ? pread(fd, old, (size_t)size, offset) : 0;
    *ret_size = got > 0 ? (uint32_t)got : 0;
    return old;
}

static void note_write(int fd, const char *path, int64_t offset, const void *data,
                       size_t size)
{
    struct record record = {TYPE_WRITE, (uint32_t)strlen(path), offset, size_of(fd),
                            0,          (uint32_t)size};
    void *old = old_bytes(fd, offset, (int64_t)size, &record.old_size);
    put(&record, path, old, data);
    free(old);
}

static ssize_t write_at(int fd, const void *data, size_t size, off_t offset,
                        int has_offset)
{
    char path[512];
    resolve();
    if (!is_ours(fd, path))
        return has_offset ? real_pwrite(fd, data, size, offset)
                          : real_write(fd, data, size);
    if (fails(KIND_WRITE))
        return -1;
    pthread_mutex_lock(&lock);
    if (journal >= 0)
        note_write(fd, path, has_offset ? offset : lseek(fd, 0, SEEK_CUR), data, size);
    ssize_t done =
        has_offset ? real_pwrite(fd, data, size, offset) : real_write(fd, data, size);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t write(int fd, const void *data, size_t size)
{
    return write_at(fd, data, size, 0, 0);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return write_at(fd, data, size, offset, 1);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
    return write_at(fd, data, size, offset, 1);
}

int ftruncate64(int fd, off_t size)
{
    char path[512];
    resolve();
    if (!is_ours(fd, path))
        return real_truncate(fd, size);
    if (fails(KIND_WRITE))
        return -1;
    pthread_mutex_lock(&lock);
    if (journal >= 0) {
        struct record record = {
            TYPE_TRUNCATE, (uint32_t)strlen(path), size, size_of(fd), 0, 0};
        void *old = old_bytes(fd, size, record.size_before - size, &record.old_size);
        put(&record, path, old, NULL);
        free(old);
    }
    int status = real_truncate(fd, size);
    pthread_mutex_unlock(&lock);
    return status;
}

int ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

int fsync(int fd)
{
    char path[512];
    resolve();
    if (!is_ours(fd, path))
        return real_fsync(fd);
    if (fails(KIND_SYNC))
        return -1;
    if (journal < 0)
        return real_fsync(fd);
    if (lies)
        return 0;
    pthread_mutex_lock(&lock);
    put(&(struct record){TYPE_SYNC, (uint32_t)strlen(path), 0, 0, 0, 0}, path, NULL,
        NULL);
    pthread_mutex_unlock(&lock);
    return 0;
}

int fdatasync(int fd)
{
    return fsync(fd);
}

int rename(const char *from, const char *to)
{
    resolve();
    if (journal < 0 || under == NULL || strncmp(to, under, strlen(under)) != 0)
        return real_rename(from, to);
    pthread_mutex_lock(&lock);
    struct record record = {TYPE_RENAME, (uint32_t)strlen(from), 0, -1,
                            0,           (uint32_t)strlen(to)};
    void *old = NULL;
    int fd = open(to, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        record.size_before = size_of(fd);
        old = old_bytes(fd, 0, record.size_before, &record.old_size);
        close(fd);
    }
    put(&record, from, old, to);
    free(old);
    int status = real_rename(from, to);
    pthread_mutex_unlock(&lock);
    return status;
}

void *malloc(size_t size)
{
    return fails(KIND_MEMORY) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails(KIND_MEMORY) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return fails(KIND_MEMORY) ? NULL : __libc_realloc(block, size);
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    resolve();
    int status = real_clock_gettime(clock, ret);
    if (clock == CLOCK_REALTIME && control != NULL)
        ret->tv_sec += __atomic_load_n(&control->clock_s, __ATOMIC_RELAXED);
    return status;
}
