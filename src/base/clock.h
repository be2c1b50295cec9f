/* SPDX-License-Identifier: Apache-2.0 */
/* The seam of time. Nobody else reads a clock: time arrives as an argument, and whoever
 * needs to ask is given a struct clock. Wall time = milliseconds since 1970 in UTC. */
#ifndef MUSTER_BASE_CLOCK_H
#define MUSTER_BASE_CLOCK_H

#include <stdint.h>

struct clock {
    int64_t (*wall_ms)(struct clock *);
    int64_t (*mono_us)(struct clock *); /* microseconds, never goes back */
};

/* The machine's clock. */
struct clock *clock_system(void);

/* A clock that stands still until it is moved. For tests, drills and the simulator. */
struct clock_manual {
    struct clock super;
    int64_t now_ms;
    int64_t now_us;
};
void clock_manual_init(struct clock_manual *clock, int64_t now_ms);
void clock_manual_advance(struct clock_manual *clock, int64_t ms);

static inline int64_t clock_wall_ms(struct clock *clock)
{
    return clock->wall_ms(clock);
}

static inline int64_t clock_mono_us(struct clock *clock)
{
    return clock->mono_us(clock);
}

#endif
