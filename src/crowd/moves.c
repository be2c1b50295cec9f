/* SPDX-License-Identifier: Apache-2.0 */
/* Moves, and who becomes committed, beside questions. A question holds the lock for
 * reading from start to end, so that it sees one moment; a move needs it for writing, for
 * well under a microsecond, but would have to wait for every question that runs. So moves
 * are written into a short list under a lock of their own, and whoever next holds the
 * crowd for writing brings them into force: the mover itself when nobody asks, the next
 * change of another kind, a question that begins while no other runs, the
 * OVERTAKEN_MAX-th question that begins without them, or the mover who finds the list
 * full. The list is exchanged for an empty one first, so that movers do not wait for it
 * either. */
#include "crowd/crowd_internal.h"

#include <string.h>

#define OVERTAKEN_MAX 8

static void apply(struct crowd *crowd, const struct move *move)
{
    uint32_t slot = crowd_find(crowd, move->id);
    if (slot == MEMBER_NONE)
        return;
    struct member *member = crowd_member(crowd, slot);
    if (move->what == MOVE_COMMITTED) {
        member->flags =
            (uint16_t)((member->flags & ~(MEMBER_COMMITTED | MEMBER_EXERCISE)) |
                       move->flags);
        atomic_fetch_add(&crowd->version, 1);
        return;
    }
    const bool back = move->what == MOVE_BACK;
    if (back && (member->flags & MEMBER_MOVED) == 0)
        return;
    struct extra *extra = member_extra_for(crowd, member);
    if (extra == NULL)
        return;
    member_unlink(crowd, slot);
    if (back) {
        member->flags &= (uint16_t)~MEMBER_MOVED;
    } else {
        member->flags |= MEMBER_MOVED;
        extra->here = move->pins;
        extra->here_at = move->at;
    }
    atomic_fetch_add(&crowd->version, 1);
    if (member_link(crowd, slot) < 0)
        return; /* without memory: met nowhere, as crowd.h says */
}

static void apply_all(struct crowd *crowd)
{
    pthread_mutex_lock(&crowd->moves_lock);
    struct move *moves = crowd->moves;
    uint32_t count = atomic_load(&crowd->move_count);
    crowd->moves = crowd->applied;
    crowd->applied = moves;
    atomic_store(&crowd->move_count, 0);
    atomic_store(&crowd->overtaken, 0);
    pthread_mutex_unlock(&crowd->moves_lock);
    for (uint32_t i = 0; i < count; i++)
        apply(crowd, &moves[i]);
}

void crowd_lock(struct crowd *crowd)
{
    pthread_rwlock_wrlock(&crowd->lock);
    if (atomic_load(&crowd->move_count) > 0)
        apply_all(crowd);
}

void crowd_unlock(struct crowd *crowd)
{
    pthread_rwlock_unlock(&crowd->lock);
}

static void apply_if_free(struct crowd *crowd)
{
    if (pthread_rwlock_trywrlock(&crowd->lock) != 0)
        return;
    apply_all(crowd);
    pthread_rwlock_unlock(&crowd->lock);
}

void crowd_lock_shared(struct crowd *crowd)
{
    if (atomic_load(&crowd->move_count) > 0) {
        if (atomic_fetch_add(&crowd->overtaken, 1) < OVERTAKEN_MAX) {
            apply_if_free(crowd);
        } else {
            crowd_lock(crowd);
            crowd_unlock(crowd);
        }
    }
    pthread_rwlock_rdlock(&crowd->lock);
}

static void push(struct crowd *crowd, const struct move *move)
{
    pthread_mutex_lock(&crowd->moves_lock);
    while (atomic_load(&crowd->move_count) == MOVES_MAX) {
        pthread_mutex_unlock(&crowd->moves_lock);
        crowd_lock(crowd);
        crowd_unlock(crowd);
        pthread_mutex_lock(&crowd->moves_lock);
    }
    crowd->moves[atomic_fetch_add(&crowd->move_count, 1)] = *move;
    pthread_mutex_unlock(&crowd->moves_lock);
    apply_if_free(crowd);
}

void crowd_set_committed(struct crowd *crowd, int64_t id, bool actual, bool exercise)
{
    const struct move move = {.id = id,
                              .what = MOVE_COMMITTED,
                              .flags = (uint16_t)((actual ? MEMBER_COMMITTED : 0u) |
                                                  (exercise ? MEMBER_EXERCISE : 0u))};
    push(crowd, &move);
}

bool crowd_is_committed(struct crowd *crowd, int64_t id, bool exercise)
{
    const unsigned wanted = MEMBER_COMMITTED | (exercise ? MEMBER_EXERCISE : 0u);
    unsigned flags = 0;
    pthread_rwlock_rdlock(&crowd->lock);
    const uint32_t slot = crowd_find(crowd, id);
    if (slot != MEMBER_NONE)
        flags = crowd_member(crowd, slot)->flags;
    pthread_mutex_lock(&crowd->moves_lock);
    for (uint32_t i = 0; i < atomic_load(&crowd->move_count); i++)
        if (crowd->moves[i].id == id && crowd->moves[i].what == MOVE_COMMITTED)
            flags = crowd->moves[i].flags;
    pthread_mutex_unlock(&crowd->moves_lock);
    pthread_rwlock_unlock(&crowd->lock);
    return (flags & wanted) != 0;
}

void crowd_move(struct crowd *crowd, int64_t id, const struct point *at)
{
    struct move move = {.id = id, .what = at == NULL ? MOVE_BACK : MOVE_TO};
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        move.pins.modes[mode] = (struct road_pin){ROAD_NODE_NONE, 0};
    if (at != NULL && crowd->road != NULL)
        road_snap_pins(crowd->road, *at, move.pins.modes);
    if (at != NULL)
        move.at = *at;
    push(crowd, &move);
}
