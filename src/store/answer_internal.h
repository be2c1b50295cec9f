/* SPDX-License-Identifier: Apache-2.0 */
/* From an event to what is learned of it: answer.c as it happens, answer_recover.c from
 * the record. */
#ifndef MUSTER_STORE_ANSWER_INTERNAL_H
#define MUSTER_STORE_ANSWER_INTERNAL_H

#include "plan/learn.h"

#include <stdint.h>

struct alert;
struct loop_event;
struct loop_incident;

/* What EVENT tells to learn of *RET_ALERT's person, and how long it took, by the rows of
 * INCIDENT as they are after it, at NOW; -1: nothing new. */
int64_t answer_of(struct loop_incident *incident, const struct loop_event *event,
                  int64_t now_ms, const struct alert **ret_alert,
                  enum learn_what *ret_what);

#endif
