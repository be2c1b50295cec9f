/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for a condition for some time by the monotonic clock: a wall clock that is set
 * back must not put off timers or mail. */
#ifndef MUSTER_BASE_WAIT_H
#define MUSTER_BASE_WAIT_H

#include <pthread.h>
#include <stdint.h>

void wait_init(pthread_cond_t *cond);
/* At most MS, LOCK held; may return early, so ask again for what is waited for. */
void wait_for(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t ms);

#endif
