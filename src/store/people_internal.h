/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by people.c (reading) and people_write.c. */
#ifndef MUSTER_STORE_PEOPLE_INTERNAL_H
#define MUSTER_STORE_PEOPLE_INTERNAL_H

#include "store/people.h"

/* Home, birth and places of the text form; ST_CORRUPT. */
int people_parse_whereabouts(const char *text, struct person *ret)
    __attribute__((warn_unused_result));

#endif
