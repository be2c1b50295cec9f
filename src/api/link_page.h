/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages behind a link have in common: /r/TOKEN and /m/TOKEN. */
#ifndef MUSTER_API_LINK_PAGE_H
#define MUSTER_API_LINK_PAGE_H

#include "api/call.h"
#include "api/page.h"

bool link_wants_json(struct call *call);
enum page_language link_language(struct call *call);
/* 404, as JSON or as a page; ends the call. */
void link_send_gone(struct call *call);
/* Whether DIGITS are the last four of PHONE. */
bool link_digits_are_right(const char *phone, const char *digits);
/* A cookie of this device, for pages under PATH. */
void link_set_cookie(struct call *call, const char *name, const char *path,
                     const char *value);

#endif
