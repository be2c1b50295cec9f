/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate of service of one person (decision 0128). */
#ifndef MUSTER_API_SERVICE_H
#define MUSTER_API_SERVICE_H

#include "api/page.h"

struct call;
struct person;

/* Answers with the certificate of PERSON for the days of the query, as a page or as JSON,
 * or with a 422. ISSUER: the account that issues it; NULL = the person. */
void service_issue(struct call *call, const struct person *person, const char *issuer,
                   enum page_language language, bool is_page);

#endif
