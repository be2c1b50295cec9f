/* SPDX-License-Identifier: Apache-2.0 */
/* What a thread says of itself at its beginning. */
#ifndef MUSTER_BASE_THREAD_H
#define MUSTER_BASE_THREAD_H

#define THREAD_NAME_MAX 15
/* What gives way to answers while the cores are busy. */
#define THREAD_NICE_PLANS 10
#define THREAD_NICE_MESSAGES 5

/* The calling thread's name in ps, top and /proc. */
void thread_name(const char *name);
/* How much it gives way to others, 0 to 19. */
void thread_nice(int nice);

#endif
