/* SPDX-License-Identifier: Apache-2.0 */
/* Credited hours as JSON: of GET hours, and of the command. */
#ifndef MUSTER_API_HOURS_H
#define MUSTER_API_HOURS_H

#include "store/credited.h"

struct text;

/* The items of a list, without its brackets; people by number alone. */
void hours_write(const struct credited *hours, const struct credited_wish *wish,
                 struct text *ret);

#endif
