/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec now;
    (void)clock_gettime(id, &now); /* cannot fail for the two clocks asked */
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t system_wall_ms(struct clock *clock)
{
    (void)clock;
    return read_us(CLOCK_REALTIME) / 1000;
}

static int64_t system_mono_us(struct clock *clock)
{
    (void)clock;
    return read_us(CLOCK_MONOTONIC);
}

struct clock *clock_system(void)
{
    static struct clock system = {system_wall_ms, system_mono_us};
    return &system;
}

static int64_t manual_wall_ms(struct clock *clock)
{
    return ((struct clock_manual *)clock)->now_ms;
}

static int64_t manual_mono_us(struct clock *clock)
{
    return ((struct clock_manual *)clock)->now_us;
}

void clock_manual_init(struct clock_manual *clock, int64_t now_ms)
{
    clock->super = (struct clock){manual_wall_ms, manual_mono_us};
    clock->now_ms = now_ms;
    clock->now_us = 0;
}

void clock_manual_advance(struct clock_manual *clock, int64_t ms)
{
    clock->now_ms += ms;
    clock->now_us += ms * 1000;
}
