/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON document that a user wrote, read strictly: doubled keys are errors, and what is
 * wrong is told with its line and column. Limits of size and depth are the caller's. */
#ifndef MUSTER_BASE_JSONREAD_H
#define MUSTER_BASE_JSONREAD_H

#include "base/diag.h"

#include <jansson.h>

/* *RET: json_decref. ST_INVALID. */
int jsonread_parse(json_t **ret, const char *text, size_t size, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
