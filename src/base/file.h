/* SPDX-License-Identifier: Apache-2.0 */
/* The seam of the disk: every file that is not a database goes through these, so that
 * tests and the simulator can fail the n-th write or fsync (file_fail_at). */
#ifndef MUSTER_BASE_FILE_H
#define MUSTER_BASE_FILE_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole file in a new block with a NUL behind it (mem_free). ST_NOT_FOUND, ST_IO,
 * ST_LIMIT if larger than SIZE_MAX_BYTES, ST_NO_MEMORY. */
int file_read(const char *path, size_t size_max, char **ret, size_t *ret_size,
              struct diag *reterr) __attribute__((warn_unused_result));

/* Writes aside, fsyncs, renames over PATH and fsyncs the folder: after a crash the old or
 * the new content is there, never a mixture. MODE as chmod. ST_IO, ST_NO_SPACE. */
int file_write(const char *path, const void *data, size_t size, unsigned mode,
               struct diag *reterr) __attribute__((warn_unused_result));

/* The same in pieces, for what is too large for memory: nothing is at PATH before
 * file_end. After a failure: file_drop. */
#define FILE_PATH_MAX 4096
struct file_new {
    char path[FILE_PATH_MAX];
    int fd;
};
int file_begin(struct file_new *ret, const char *path, unsigned mode, struct diag *reterr)
    __attribute__((warn_unused_result));
int file_put(struct file_new *file, const void *data, size_t size, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Fsyncs, renames. The file is closed either way. */
int file_end(struct file_new *file, struct diag *reterr)
    __attribute__((warn_unused_result));
void file_drop(struct file_new *file);

/* Whether nothing is lost if PATH is written anew: nothing is there, an empty file, or
 * what begins with START, as the last one did. Else ST_CONFLICT. */
int file_may_replace(const char *path, const char *start, struct diag *reterr)
    __attribute__((warn_unused_result));

/* Fsyncs the folder that PATH lies in: a file renamed there stays. */
bool file_sync_folder(const char *path) __attribute__((warn_unused_result));

/* How many bytes of the disk that PATH lies on are free for us, and how many of a
 * hundred. False: it is not told. */
bool file_free_space(const char *path, int64_t *ret_size, int32_t *ret_percent)
    __attribute__((warn_unused_result));

/* Reading in pieces, by any number of threads. ST_NOT_FOUND, ST_IO. */
struct file_old {
    int fd;
    uint64_t size;
};
int file_open_old(struct file_old *ret, const char *path, struct diag *reterr)
    __attribute__((warn_unused_result));
void file_close_old(struct file_old *file);
/* ST_IO: also if they are not all there. */
int file_read_at(const struct file_old *file, void *ret, size_t size, uint64_t offset)
    __attribute__((warn_unused_result));

/* Makes a folder if it is not there (parents too). ST_IO. */
int file_make_folder(const char *path, struct diag *reterr)
    __attribute__((warn_unused_result));

/* A read-only map of a whole file. ST_NOT_FOUND, ST_IO, ST_CORRUPT if empty. */
struct file_map {
    const uint8_t *data;
    size_t size;
};
int file_map(struct file_map *ret, const char *path, struct diag *reterr)
    __attribute__((warn_unused_result));
void file_unmap(struct file_map *map);

enum file_operation { FILE_WRITE, FILE_FSYNC, FILE_RENAME };
/* Test hook: the N-th OPERATION of the process from now on fails with ERRNO; 0 = never.
 */
void file_fail_at(enum file_operation operation, uint64_t n, int error);

#endif
