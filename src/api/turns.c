/* SPDX-License-Identifier: Apache-2.0 */
/* Each turn has a number: that of the one that began last, or one more than the last of
 * its owner's that still waits or runs. They begin in the order of the numbers, and of
 * equal ones in the order in which they came. (Goyal, Vin, Cheng: Start-time fair
 * queuing, 1996, with turns of one length.) */
#include "api/turns.h"

#include <assert.h>
#include <stddef.h>

/* Raises *RET behind the numbers of OWNER in LIST; how many there are. */
static uint32_t pass_own(const struct turn *list, int64_t owner, uint64_t *ret)
{
    uint32_t count = 0;
    for (const struct turn *at = list; at != NULL; at = at->next) {
        if (at->owner != owner)
            continue;
        count++;
        if (at->number >= *ret)
            *ret = at->number + 1;
    }
    return count;
}

bool turns_put(struct turns *turns, struct turn *turn, int64_t owner, uint32_t own_max)
{
    uint64_t number = turns->number;
    (void)pass_own(turns->running, owner, &number);
    if (pass_own(turns->waiting, owner, &number) >= own_max)
        return false;
    struct turn **place = &turns->waiting;
    while (*place != NULL && (*place)->number <= number)
        place = &(*place)->next;
    *turn = (struct turn){*place, owner, number};
    *place = turn;
    return true;
}

struct turn *turns_take(struct turns *turns, uint32_t at_once)
{
    struct turn *turn = turns->waiting;
    if (turn == NULL || turns->running_count >= at_once)
        return NULL;
    turns->waiting = turn->next;
    turns->number = turn->number;
    turn->next = turns->running;
    turns->running = turn;
    turns->running_count++;
    return turn;
}

void turns_end(struct turns *turns, struct turn *turn)
{
    struct turn **place = &turns->running;
    while (*place != turn) {
        assert(*place != NULL);
        place = &(*place)->next;
    }
    *place = turn->next;
    turns->running_count--;
}
