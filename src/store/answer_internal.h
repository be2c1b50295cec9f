/* SPDX-License-Identifier: Apache-2.0 */
/* From an event to what is learned of it: answer.c as it happens, answer_recover.c from
 * the record. */
#ifndef MUSTER_STORE_ANSWER_INTERNAL_H
#define MUSTER_STORE_ANSWER_INTERNAL_H

#include "plan/learn.h"

#include <stdbool.h>
#include <stdint.h>

struct alert;
struct assignment;
struct loop_event;

bool answer_what_of(const struct loop_event *event, enum learn_what *ret);
/* How long it took, with the rows as they are after the event at NOW; -1: the row says
 * nothing new. */
int64_t answer_took_of(enum learn_what what, const struct alert *alert,
                       const struct assignment *assignment, int64_t now_ms);

#endif
