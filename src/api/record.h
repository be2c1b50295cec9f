/* SPDX-License-Identifier: Apache-2.0 */
/* Plan records as the API tells them: the stored ones hold ids of person rows; here they
 * become numbers. */
#ifndef MUSTER_API_RECORD_H
#define MUSTER_API_RECORD_H

#include "base/text.h"
#include "store/db.h"

/* Appends the stored record BODY (dispatch/scheme_json.c) as an object:
 * {"wave","at","inputs","target","probability","target_reached","lines","cut",
 *  "excluded_cut","policy","correlation","price","at_once","later"?,
 *  "candidates":[{number,seconds,decision,line?,p_accept?,p_in_time?,reason?,q?,burden?}],
 *  "excluded":{reason:[number,..]}}. Without WITH_NUMBERS, or for a person who was
 * erased, a number is left out. One query a person; nothing is appended if BODY is
 * damaged. */
void record_append(struct db *db, const char *body, int wave, bool with_numbers,
                   struct text *ret);

#endif
