/* SPDX-License-Identifier: Apache-2.0 */
/* The seam of the disk: every file that is not a database goes through these, so that
 * tests and the simulator can fail the n-th write or fsync (file_fail_at). */
#ifndef MUSTER_BASE_FILE_H
#define MUSTER_BASE_FILE_H

#include "base/diag.h"

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
