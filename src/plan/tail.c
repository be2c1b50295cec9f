/* SPDX-License-Identifier: Apache-2.0 */
/* The plain recursion f_j <- f_j (1 - q) + f_{j-1} q with state k absorbing: all terms
 * are
 * >= 0 and nothing cancels, so tiny tails are right to the last digits (the transform
 * methods are not). With an epsilon, states whose mass has fallen below it at either
 * border are dropped. Whatever reaches k from a dropped state is missing from `reached`,
 * and never more than the state's mass: the sum of the dropped masses bounds the error.
 * The states that are left lie within a few standard deviations of the mean. */
#include "plan/tail.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <string.h>

int tail_init(struct tail *tail, uint32_t k, double epsilon)
{
    *tail = (struct tail){.k = k, .epsilon = epsilon};
    if (k > TAIL_K_MAX)
        return ST_LIMIT;
    tail->mass = mem_calloc((size_t)k + 1, sizeof(*tail->mass));
    if (tail->mass == NULL)
        return ST_NO_MEMORY;
    tail->capacity = k + 1;
    tail_clear(tail);
    return ST_OK;
}

void tail_release(struct tail *tail)
{
    mem_free(tail->mass);
    *tail = (struct tail){0};
}

void tail_clear(struct tail *tail)
{
    tail->low = 0;
    tail->high = tail->k == 0 ? 0 : 1;
    tail->mass[0] = 1.0;
    tail->reached = tail->k == 0 ? 1.0 : 0.0;
    tail->dropped = 0.0;
}

static void drop_borders(struct tail *tail)
{
    while (tail->low < tail->high && tail->mass[tail->low] < tail->epsilon)
        tail->dropped += tail->mass[tail->low++];
    while (tail->low < tail->high && tail->mass[tail->high - 1] < tail->epsilon)
        tail->dropped += tail->mass[--tail->high];
}

void tail_add(struct tail *tail, double p)
{
    assert(p >= 0.0 && p <= 1.0);
    if (tail->low == tail->high)
        return; /* everything is in k already */
    double *mass = tail->mass;
    double moved = mass[tail->high - 1] * p;
    uint32_t top = tail->high;
    if (top == tail->k)
        tail->reached += moved;
    else {
        mass[top] = moved;
        tail->high++;
    }
    for (uint32_t j = top - 1; j > tail->low; j--)
        mass[j] = mass[j] * (1.0 - p) + mass[j - 1] * p;
    mass[tail->low] *= 1.0 - p;
    if (tail->epsilon > 0.0)
        drop_borders(tail);
}

int tail_exact(const double *p, size_t n, uint32_t k, double *ret)
{
    struct tail tail;
    int status = tail_init(&tail, k, 0.0);
    for (size_t i = 0; i < n && status == ST_OK; i++)
        tail_add(&tail, p[i]);
    if (status == ST_OK)
        *ret = tail.reached;
    tail_release(&tail);
    return status;
}
