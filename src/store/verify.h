/* SPDX-License-Identifier: Apache-2.0 */
/* `muster verify`: both chains and their signatures, states against loop_check,
 * references, the ledger. Reads only; each finding is one line of text. Cost: one pass
 * over the events (about 1 us each) and over all incidents. */
#ifndef MUSTER_STORE_VERIFY_H
#define MUSTER_STORE_VERIFY_H

#include "base/diag.h"

#include <stddef.h>
#include <stdint.h>

#define VERIFY_FINDINGS_MAX 100

struct db;
struct text;

struct verify_result {
    uint64_t events, incidents, batches, signatures, findings;
};
/* HEADS: text of a file made by `heads` (NULL = none): every head in it must be in the
 * instance chain and its signature hold. Findings go to RET_FINDINGS, a line each. 0 even
 * with findings; an error only if the check itself could not run. */
int verify_store(struct db *db, const char *heads, size_t heads_size,
                 struct verify_result *ret, struct text *ret_findings,
                 struct diag *reterr) __attribute__((warn_unused_result));
/* SQLite only: its own check of every page (PRAGMA quick_check), for damage that no event
 * and no row above shows. Findings as above; returns how many. One pass over the file. */
uint64_t verify_pages(struct db *db, struct text *ret_findings);
/* The signed heads as JSON lines {"batch","at","hash","signature","key"}: `muster heads`.
 */
int verify_export_heads(struct db *db, struct text *ret)
    __attribute__((warn_unused_result));
/* The first MAX of those behind batch AFTER; *ret_last = the last one's, AFTER if none.
 */
int verify_export_heads_after(struct db *db, int64_t after, uint32_t max,
                              struct text *ret, int64_t *ret_last)
    __attribute__((warn_unused_result));

#endif
