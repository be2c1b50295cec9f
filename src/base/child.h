/* SPDX-License-Identifier: Apache-2.0 */
/* A short-lived helper: this program again, with other words, in a process of its own.
 * Bytes go in by one pipe, its answer comes out by another, and it ends in time, whatever
 * it does. What it gets stands nowhere else: not on disk, not in its arguments. */
#ifndef MUSTER_BASE_CHILD_H
#define MUSTER_BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHILD_LOOK_MS 100
#define CHILD_WORDS_MAX 8
#define CHILD_NICE 10 /* a tenth of what a busy core's other work gets (sched(7)) */

struct text;

#define CHILD_SELF "/proc/self/exe" /* this program, as a helper */

struct child_config {
    const char *program;
    const char *const *words; /* NULL behind the last; everybody can read them */
    uint32_t seconds_max;
    const void *data; /* for its standard input */
    size_t size;
    /* Asked every CHILD_LOOK_MS; false: it is ended. NULL: nobody asks. */
    bool (*goes_on)(void *context);
    void *context;
};

enum child_end {
    CHILD_DONE,    /* exit code 0 */
    CHILD_FAILED,  /* another one */
    CHILD_KILLED,  /* by a signal that was none of ours */
    CHILD_LATE,    /* ended by us after seconds_max */
    CHILD_STOPPED, /* ended by us: goes_on said no */
};

/* Runs it to its end; its standard error is ours. What it wrote is appended to RET, whose
 * status says whether it fits. ST_IO: it cannot be started. Any thread. */
int child_run(const struct child_config *config, struct text *ret,
              enum child_end *ret_end) __attribute__((warn_unused_result));

/* For a helper about itself, first of all: it leaves the processor to others
 * (CHILD_NICE), dies with the thread that started it, computes no longer than
 * SECONDS_MAX, is the first to go where memory ends, and leaves no core. What of it the
 * system refuses is left. */
void child_be_modest(uint32_t seconds_max);

#endif
