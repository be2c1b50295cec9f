/* SPDX-License-Identifier: Apache-2.0 */
/* The one drill that may be played at a time. Loop thread only. */
#ifndef MUSTER_API_DRILLS_H
#define MUSTER_API_DRILLS_H

struct drills;

int drills_new(struct drills **ret) __attribute__((warn_unused_result));
/* Ends the helper that plays, if one does, and waits for its thread: a moment. Any
 * thread, once no request comes any more, before the server is freed. */
void drills_stop(struct drills *drills);
void drills_free(struct drills *drills);

#endif
