/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is, where some work is done a few at a time: start-time fair queueing. Of
 * two who ask, the one who has asked for less goes first, so that nobody waits for all
 * that somebody else wants, however much that is. Who asks once waits for what is running
 * and for one of each of the others. All zero at first; one thread. */
#ifndef MUSTER_API_TURNS_H
#define MUSTER_API_TURNS_H

#include <stdbool.h>
#include <stdint.h>

/* In what waits; the caller's memory, until it is ended. */
struct turn {
    struct turn *next;
    int64_t owner;
    uint64_t number;
};
struct turns {
    struct turn *waiting, *running;
    uint32_t running_count;
    uint64_t number; /* of the one that began last */
};

/* False: OWN_MAX of OWNER wait. O(those in it), as turns_end. */
bool turns_put(struct turns *turns, struct turn *turn, int64_t owner, uint32_t own_max);
/* The next one begins; NULL: nobody waits, or AT_ONCE are running. */
struct turn *turns_take(struct turns *turns, uint32_t at_once);
/* Of one that was taken: it is done. */
void turns_end(struct turns *turns, struct turn *turn);

#endif
