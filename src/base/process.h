/* SPDX-License-Identifier: Apache-2.0 */
/* What this process takes of the machine, as the kernel tells it. */
#ifndef MUSTER_BASE_PROCESS_H
#define MUSTER_BASE_PROCESS_H

#include <stdint.h>

struct process_use {
    int64_t resident_bytes, cpu_us, files, files_max;
};

/* What the kernel does not tell is 0. O(open files). */
void process_look(struct process_use *ret);

#endif
