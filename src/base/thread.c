/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

void thread_name(const char *name)
{
    assert(strlen(name) <= THREAD_NAME_MAX);
    (void)pthread_setname_np(pthread_self(), name); /* only for those who watch */
}

/* Linux keeps a niceness per thread (setpriority(2), "C library/kernel differences"). */
void thread_nice(int nice)
{
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), nice); /* a hint */
}
