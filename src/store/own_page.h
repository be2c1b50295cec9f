/* SPDX-License-Identifier: Apache-2.0 */
/* A person's own page: whoever opens its link on a device says the last four digits of
 * the telephone number once. Wrong tries are counted for good: five, then one a day. Who
 * lost the telephone has the link ended and gets a new one (decision 0103). */
#ifndef MUSTER_STORE_OWN_PAGE_H
#define MUSTER_STORE_OWN_PAGE_H

#include "base/diag.h"

#include <stdbool.h>
#include <stdint.h>

#define OWN_PAGE_TRIES_MAX 5
#define OWN_PAGE_WAIT_MS (24 * 60 * 60 * INT64_C(1000)) /* after the last of them */

struct db;
struct writer;

/* Whether the next try must wait. */
int own_page_is_spent(struct db *db, int64_t person_id, int64_t now_ms, bool *ret)
    __attribute__((warn_unused_result));
/* Inside a command: a try was made. ST_DENIED: none is left, whether it was right or not.
 * A right one forgets those before it. */
int own_page_try(struct writer *writer, int64_t person_id, bool is_right, int64_t now_ms)
    __attribute__((warn_unused_result));

/* When the person's links were last ended, as their token holds it (link.h); 0 = never.
 */
int own_page_ended(struct db *db, int64_t person_id, int64_t *ret_ms)
    __attribute__((warn_unused_result));
/* Inside a command: the links of now open nothing any more, nor do those of who is an
 * alias of the person; tries begin anew, and their browser takes no notifications. */
int own_page_end(struct writer *writer, int64_t person_id, int64_t actor, int64_t now_ms,
                 struct diag *reterr) __attribute__((warn_unused_result));

#endif
