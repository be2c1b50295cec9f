/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of courses share. */
#ifndef MUSTER_API_COURSES_H
#define MUSTER_API_COURSES_H

#include "api/call.h"
#include "store/course.h"

/* The course of the path, if the viewer may do MASK (MAY_*) in its area; false after a
 * 404 or 403. */
bool courses_open(struct call *call, unsigned mask, struct course *ret);

#endif
