/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON document that a user wrote, read strictly: doubled keys are errors, and what is
 * wrong is told with its line and column. Editors may have put a byte order mark before
 * it. Limits of size and depth are the caller's. */
#ifndef MUSTER_BASE_JSONREAD_H
#define MUSTER_BASE_JSONREAD_H

#include "base/diag.h"

#include <jansson.h>

/* Bytes of the byte order mark that TEXT begins with: 0 or 3. */
size_t jsonread_mark(const char *text, size_t size);
/* *RET: json_decref. ST_INVALID. */
int jsonread_parse(json_t **ret, const char *text, size_t size, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
