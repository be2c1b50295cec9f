/* SPDX-License-Identifier: Apache-2.0 */
/* What was counted last, kept for as long as counting it again would be a burden. Loop
 * thread only. */
#ifndef MUSTER_API_READINESS_H
#define MUSTER_API_READINESS_H

struct api;
struct area;
struct call;
struct readiness;
struct text;

int readiness_new(struct readiness **ret) __attribute__((warn_unused_result));
void readiness_free(struct readiness *readiness);
/* The next who asks has it counted again. */
void readiness_forget(struct api *api);
/* The area that the query asks for, or the highest whose record the viewer sees; NULL
 * after an answer. */
const struct area *readiness_area(struct call *call);
/* "area": code, name, level. */
void readiness_write_area(struct text *text, const struct area *area);

#endif
