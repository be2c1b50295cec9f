/* SPDX-License-Identifier: Apache-2.0 */
/* What one person is credited for from one day to another, by kind of incident: what a
 * certificate of service says (decision 0128). The ledger only grows, so what it said at
 * a moment can be counted again at any time. */
#ifndef MUSTER_STORE_SERVICE_H
#define MUSTER_STORE_SERVICE_H

#include "store/link.h"

#include <stdbool.h>
#include <stdint.h>

#define SERVICE_KINDS_MAX 64 /* of incidents, and as many again of exercises */

struct db;

struct service_sum {
    int64_t minutes, assignments; /* assignments that minutes are credited for */
};
struct service {
    struct service_sum actual, exercise;
    uint32_t kind_count;
    struct service_kind {
        char kind[24];
        bool exercise;
        struct service_sum sum;
    } kinds[SERVICE_KINDS_MAX]; /* exercises last; in each the most minutes first */
};

/* As the ledger stood at SPAN's issued_ms. */
int service_count(struct db *db, const struct link_service *span, struct service *ret)
    __attribute__((warn_unused_result));

#endif
