/* SPDX-License-Identifier: Apache-2.0 */
/* The encodings of China, which expat does not read: GB2312, GBK and GB18030. */
#ifndef MUSTER_INTAKE_CAP_ENCODING_H
#define MUSTER_INTAKE_CAP_ENCODING_H

#include "base/diag.h"

#include <stddef.h>

/* *RET is the document in UTF-8 if its XML declaration names one of them (mem_free), and
 * else NULL: it is then for expat. Each is read as GB18030, which holds the others.
 * ST_INVALID with the line if bytes are none of it, ST_UNSUPPORTED if this machine cannot
 * convert, ST_NO_MEMORY. */
int cap_decode(const char *data, size_t size, char **ret, size_t *ret_size,
               struct diag *reterr) __attribute__((warn_unused_result));

#endif
