/* SPDX-License-Identifier: Apache-2.0 */
/* Who somebody is, as far as a page or a message needs it: without skills, hours and
 * whereabouts. person_identity (people.h) asks for one person; a list of many joins the
 * columns into its own question. */
#ifndef MUSTER_STORE_IDENTITY_H
#define MUSTER_STORE_IDENTITY_H

#include "store/people.h"

/* Of a table or join where person is P. */
#define IDENTITY_COLUMNS "p.id, p.number, p.area_id, p.key_slot, p.erased, p.identity"
#define IDENTITY_COLUMN_COUNT 6

struct query;

/* The row a query stands on, whose columns from FIRST are those. ST_NOT_FOUND: the join
 * found nobody. With VAULT NULL, or a destroyed key, name, phone and email are empty. */
int identity_row(struct query *query, int first, struct vault *vault,
                 struct person_identity *ret) __attribute__((warn_unused_result));

#endif
