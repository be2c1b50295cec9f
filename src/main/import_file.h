/* SPDX-License-Identifier: Apache-2.0 */
/* What the imports of tables share: a file as spreadsheets save it, and what to do when
 * it is not what is wanted. */
#ifndef MUSTER_MAIN_IMPORT_FILE_H
#define MUSTER_MAIN_IMPORT_FILE_H

#include "main/cli.h"

#include <stddef.h>
#include <stdint.h>

/* The file of the command's first word, in a new block (mem_free). ST_INVALID with what
 * to do: a workbook, not UTF-8, or cells with semicolons or tabs between; else as
 * file_read.
 */
int import_file_read(const struct cli *cli, size_t size_max, char **ret, size_t *ret_size,
                     struct diag *reterr) __attribute__((warn_unused_result));
/* On standard error which columns the file may have, if LINE, where it is wrong, is the
 * first. */
void import_file_columns(struct cli *cli, uint32_t line);

#endif
