/* SPDX-License-Identifier: Apache-2.0 */
/* The shortest form of a failing run. What can be left out is numbered: first the habits,
 * then the strikes up to the violation. ddmin keeps the set that is still needed, tries
 * its parts left out, and makes the parts smaller when none can go. */
#include "sim/sim.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>

struct shortening {
    struct sim_options *options; /* the shortest that failed so far */
    struct sim_result *result;   /* of it */
    struct sim_result *trial;
    struct diag *reterr;
    uint32_t *needed; /* what has not been left out */
    uint32_t needed_count, runs;
};

static void leave_out(struct sim_options *options, uint32_t item)
{
    if (item < SIM_HABIT_COUNT) {
        options->without |= 1u << item;
        return;
    }
    item -= SIM_HABIT_COUNT;
    options->left_out[item / 64] |= UINT64_C(1) << item % 64;
}

static bool is_left_out(const struct sim_options *options, uint32_t item)
{
    if (item < SIM_HABIT_COUNT)
        return (options->without >> item & 1) != 0;
    item -= SIM_HABIT_COUNT;
    return (options->left_out[item / 64] >> item % 64 & 1) != 0;
}

static int list_items(struct shortening *self)
{
    uint32_t strikes = self->result->strike_count < SIM_STRIKES_MAX
                           ? self->result->strike_count
                           : SIM_STRIKES_MAX;
    self->needed = mem_calloc(SIM_HABIT_COUNT + strikes, sizeof *self->needed);
    if (self->needed == NULL)
        return ST_NO_MEMORY;
    /* A calmer run may last longer and meet strikes that this one never came to. */
    for (uint32_t i = strikes; i < SIM_STRIKES_MAX; i++)
        leave_out(self->options, SIM_HABIT_COUNT + i);
    for (uint32_t i = 0; i < SIM_HABIT_COUNT + strikes; i++)
        if (!is_left_out(self->options, i))
            self->needed[self->needed_count++] = i;
    return ST_OK;
}

/* Runs without needed[FROM..TO): does the same still happen? Then it is the new form. */
static int try_without(struct shortening *self, uint32_t from, uint32_t to, bool *ret)
{
    struct sim_options options = *self->options;
    for (uint32_t i = from; i < to; i++)
        leave_out(&options, self->needed[i]);
    self->runs++;
    int status = sim_run(&options, self->trial, self->reterr);
    if (status != ST_OK)
        return status;
    *ret = !self->trial->held &&
           strcmp(self->trial->invariant, self->result->invariant) == 0;
    if (!*ret)
        return ST_OK;
    *self->options = options;
    *self->result = *self->trial;
    memmove(self->needed + from, self->needed + to,
            (self->needed_count - to) * sizeof *self->needed);
    self->needed_count -= to - from;
    return ST_OK;
}

static int minimise(struct shortening *self)
{
    uint32_t size = self->needed_count;
    while (size > 0 && self->runs < SIM_SHORTEN_RUNS_MAX) {
        bool any = false;
        for (uint32_t from = 0;
             from < self->needed_count && self->runs < SIM_SHORTEN_RUNS_MAX;) {
            uint32_t to =
                from + size < self->needed_count ? from + size : self->needed_count;
            bool gone;
            int status = try_without(self, from, to, &gone);
            if (status != ST_OK)
                return status;
            any = any || gone;
            from = gone ? from : to;
        }
        if (size > 1)
            size /= 2;
        else if (!any)
            return ST_OK;
    }
    return ST_OK;
}

int sim_shorten(struct sim_options *options, struct sim_result *ret, struct diag *reterr)
{
    struct shortening self = {.options = options, .result = ret, .reterr = reterr};
    self.trial = mem_calloc(1, sizeof *self.trial);
    int status = self.trial == NULL ? ST_NO_MEMORY : list_items(&self);
    if (status == ST_OK)
        status = minimise(&self);
    mem_free(self.needed);
    mem_free(self.trial);
    return status;
}
