/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for as long as a run lasts, in memory if there is such a place. */
#ifndef MUSTER_BASE_SCRATCH_H
#define MUSTER_BASE_SCRATCH_H

#include "base/diag.h"

#include <stddef.h>

/* *RET (SIZE bytes) is the path of a new folder with NAME in its own. One that another
 * run of the same process number left is passed over. ST_IO: *RET is then "". */
int scratch_make(char *ret, size_t size, const char *name, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The folder with those of COUNT NAMES that are in it; "" = none was made. */
void scratch_drop(const char *folder, const char *const *names, size_t count);

#endif
