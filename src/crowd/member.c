/* SPDX-License-Identifier: Apache-2.0 */
/* Slots in chunks that never move, so that 64 bytes a person is all there is; what few
 * people have (places with hours, a pause, alerts of the week, a position) hangs beside.
 * A free slot holds the number of the next free one in `extra`. */
#include "crowd/crowd_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>

#define CHUNKS_MAX (1u << (SLAB_MEMBER_BITS - CHUNK_BITS))

/* ---- the id hash ------------------------------------------------------------------- */

static uint32_t hash_id(int64_t id)
{
    uint64_t x = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(x >> 32);
}

uint32_t crowd_find(const struct crowd *crowd, int64_t id)
{
    uint32_t mask = crowd->table_size - 1;
    for (uint32_t at = hash_id(id) & mask; crowd->table[at] != 0; at = (at + 1) & mask)
        if (crowd_member(crowd, crowd->table[at] - 1)->id == id)
            return crowd->table[at] - 1;
    return MEMBER_NONE;
}

static void table_insert(uint32_t *table, uint32_t size, int64_t id, uint32_t slot)
{
    uint32_t at = hash_id(id) & (size - 1);
    while (table[at] != 0)
        at = (at + 1) & (size - 1);
    table[at] = slot + 1;
}

/* Keeps the table at most two thirds full with so many MORE. */
static int table_reserve(struct crowd *crowd, uint32_t more)
{
    uint32_t size = crowd->table_size;
    while (((uint64_t)crowd->count + more) * 3 > (uint64_t)size * 2)
        size *= 2;
    if (size == crowd->table_size)
        return ST_OK;
    uint32_t *table = mem_alloc_large(size * sizeof(*table));
    if (table == NULL)
        return ST_NO_MEMORY;
    memset(table, 0, size * sizeof(*table));
    for (uint32_t slot = 0; slot < crowd->member_count; slot++)
        if ((crowd_member(crowd, slot)->flags & MEMBER_USED) != 0)
            table_insert(table, size, crowd_member(crowd, slot)->id, slot);
    mem_free(crowd->table);
    crowd->table = table;
    crowd->table_size = size;
    return ST_OK;
}

/* Deletes by moving the followers up (Knuth 6.4, algorithm R). */
static void table_delete(struct crowd *crowd, int64_t id)
{
    uint32_t mask = crowd->table_size - 1, at = hash_id(id) & mask;
    while (crowd_member(crowd, crowd->table[at] - 1)->id != id)
        at = (at + 1) & mask;
    uint32_t hole = at;
    crowd->table[hole] = 0;
    for (at = (at + 1) & mask; crowd->table[at] != 0; at = (at + 1) & mask) {
        uint32_t home = hash_id(crowd_member(crowd, crowd->table[at] - 1)->id) & mask;
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        crowd->table[hole] = crowd->table[at];
        crowd->table[at] = 0;
        hole = at;
    }
}

/* ---- slots ------------------------------------------------------------------------- */

static int add_chunk(struct crowd *crowd)
{
    int status = mem_grow(&crowd->chunks, &crowd->chunk_capacity, crowd->chunk_count + 1,
                          sizeof(struct member *), CHUNKS_MAX);
    if (status < 0)
        return status;
    struct member *chunk = mem_alloc_large(CHUNK_SIZE * sizeof(*chunk));
    if (chunk == NULL)
        return ST_NO_MEMORY;
    crowd->chunks[crowd->chunk_count++] = chunk;
    return ST_OK;
}

int crowd_take_slot(struct crowd *crowd, int64_t id, uint32_t *ret)
{
    if (crowd->count >= crowd->people_max)
        return ST_LIMIT;
    int status = table_reserve(crowd, 1);
    uint32_t slot = crowd->free_slot;
    if (status == ST_OK && slot == MEMBER_NONE &&
        crowd->member_count >> CHUNK_BITS == crowd->chunk_count)
        status = add_chunk(crowd);
    if (status < 0)
        return status;
    if (slot != MEMBER_NONE)
        crowd->free_slot = crowd_member(crowd, slot)->extra;
    else
        slot = crowd->member_count++;
    *crowd_member(crowd, slot) = (struct member){.id = id,
                                                 .flags = MEMBER_USED,
                                                 .pin = {ROAD_NODE_NONE, 0},
                                                 .group = INTERN_NONE,
                                                 .certificates = INTERN_NONE,
                                                 .schedule = INTERN_NONE,
                                                 .extra = INTERN_NONE};
    table_insert(crowd->table, crowd->table_size, id, slot);
    crowd->count++;
    *ret = slot;
    return ST_OK;
}

void crowd_give_slot(struct crowd *crowd, uint32_t slot)
{
    struct member *member = crowd_member(crowd, slot);
    table_delete(crowd, member->id);
    *member = (struct member){.extra = crowd->free_slot};
    crowd->free_slot = slot;
    crowd->count--;
}

int crowd_reserve(struct crowd *crowd, uint32_t people)
{
    assert(crowd->member_count == 0);
    int status = people > crowd->people_max ? ST_LIMIT : table_reserve(crowd, people);
    while (status == ST_OK && (uint64_t)crowd->chunk_count << CHUNK_BITS < people) {
        status = add_chunk(crowd);
        if (status == ST_OK)
            memset(crowd->chunks[crowd->chunk_count - 1], 0,
                   CHUNK_SIZE * sizeof(struct member));
    }
    if (status == ST_OK)
        crowd->member_count = people;
    return status;
}

/* The new slot of each old one: members in the order in which the runs name them, then
 * the rest, then the free ones. */
static uint32_t *new_order(const struct crowd *crowd)
{
    uint32_t *order = mem_alloc((crowd->member_count + 1u) * sizeof(*order)), next = 0;
    if (order == NULL)
        return NULL;
    memset(order, 0xff, crowd->member_count * sizeof(*order));
    for (uint32_t run = 0; run < crowd->slab.run_count; run++) {
        uint32_t count;
        const struct slab_entry *entries = slab_at(&crowd->slab, run, &count);
        for (uint32_t i = 0; i < count; i++)
            if (order[SLAB_MEMBER(entries[i].who)] == MEMBER_NONE)
                order[SLAB_MEMBER(entries[i].who)] = next++;
    }
    for (int used = 1; used >= 0; used--)
        for (uint32_t slot = 0; slot < crowd->member_count; slot++)
            if (order[slot] == MEMBER_NONE &&
                (crowd_member(crowd, slot)->flags & MEMBER_USED) == (unsigned)used)
                order[slot] = next++;
    return order;
}

/* Everything that names a slot but the free list. */
static void rename_slots(struct crowd *crowd, const uint32_t *order)
{
    for (uint32_t i = 0; i < crowd->table_size; i++)
        if (crowd->table[i] != 0)
            crowd->table[i] = order[crowd->table[i] - 1] + 1;
    for (uint32_t run = 0; run < crowd->slab.run_count; run++) {
        struct slab_entry *entries = crowd->slab.entries + crowd->slab.heads[run].at;
        for (uint32_t i = 0; i < crowd->slab.heads[run].count; i++)
            entries[i].who = (entries[i].who & ~((1u << SLAB_MEMBER_BITS) - 1)) |
                             order[SLAB_MEMBER(entries[i].who)];
    }
    for (uint32_t id = 0; id < crowd->skill_sets.count; id++)
        for (uint32_t i = 0; i < crowd->groups[id].count; i++)
            crowd->groups[id].holders[i].member =
                order[crowd->groups[id].holders[i].member];
}

static void list_free_slots(struct crowd *crowd)
{
    crowd->free_slot = MEMBER_NONE;
    for (uint32_t slot = crowd->member_count; slot-- > 0;)
        if ((crowd_member(crowd, slot)->flags & MEMBER_USED) == 0) {
            crowd_member(crowd, slot)->extra = crowd->free_slot;
            crowd->free_slot = slot;
        }
}

void member_arrange(struct crowd *crowd)
{
    AUTO_FREE uint32_t *order = new_order(crowd);
    if (order == NULL)
        return;
    rename_slots(crowd, order);
    /* Each cycle of the permutation is turned once; ORDER becomes the identity. */
    for (uint32_t slot = 0; slot < crowd->member_count; slot++)
        while (order[slot] != slot) {
            uint32_t to = order[slot];
            struct member member = *crowd_member(crowd, slot);
            *crowd_member(crowd, slot) = *crowd_member(crowd, to);
            *crowd_member(crowd, to) = member;
            order[slot] = order[to];
            order[to] = to;
        }
    list_free_slots(crowd); /* they are behind the others now */
}

/* ---- extras ------------------------------------------------------------------------ */

struct extra *extra_new(uint32_t place_count)
{
    struct extra *extra =
        mem_calloc(1, sizeof(*extra) + place_count * sizeof(extra->places[0]));
    if (extra != NULL)
        extra->place_count = place_count;
    return extra;
}

void extra_free(struct extra *extra)
{
    if (extra == NULL)
        return;
    mem_free(extra->number);
    mem_free(extra->alerts_ms);
    mem_free(extra);
}

int crowd_add_extra(struct crowd *crowd, struct extra *extra, uint32_t *ret)
{
    /* Room to give the index back, so that dropping never fails. */
    int status =
        mem_grow(&crowd->extra_free, &crowd->extra_free_capacity, crowd->extra_count + 1,
                 sizeof(*crowd->extra_free), MEMBER_NONE);
    if (status == ST_OK && crowd->extra_free_count == 0)
        status = mem_grow(&crowd->extras, &crowd->extra_capacity, crowd->extra_count + 1,
                          sizeof(struct extra *), MEMBER_NONE);
    if (status < 0)
        return status;
    uint32_t index = crowd->extra_free_count > 0
                         ? crowd->extra_free[--crowd->extra_free_count]
                         : crowd->extra_count++;
    crowd->extras[index] = extra;
    *ret = index;
    return ST_OK;
}

void crowd_drop_extra(struct crowd *crowd, uint32_t index)
{
    extra_free(crowd->extras[index]);
    crowd->extras[index] = NULL;
    crowd->extra_free[crowd->extra_free_count++] = index;
}

struct extra *member_extra_for(struct crowd *crowd, struct member *member)
{
    struct extra *extra = member_extra(crowd, member);
    if (extra != NULL)
        return extra;
    extra = extra_new(0);
    if (extra == NULL)
        return NULL;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        extra->home.modes[mode].edge = ROAD_NODE_NONE;
    if (crowd_add_extra(crowd, extra, &member->extra) < 0) {
        extra_free(extra);
        return NULL;
    }
    return extra;
}

void member_number(const struct crowd *crowd, const struct member *member,
                   char ret[CROWD_NUMBER_MAX + 1])
{
    memset(ret, 0, CROWD_NUMBER_MAX + 1);
    if ((member->flags & MEMBER_LONG_NUMBER) != 0)
        memcpy(ret, member_extra(crowd, member)->number, CROWD_NUMBER_MAX);
    else
        memcpy(ret, member->number, NUMBER_INLINE);
}

/* ---- where a member stands
 * ---------------------------------------------------------------------------- */

struct road_pin member_pin(const struct crowd *crowd, const struct member *member,
                           uint32_t place, enum road_mode mode)
{
    const struct extra *extra = member_extra(crowd, member);
    if (place == CROWD_PLACE_HERE)
        return extra->here.modes[mode];
    if (place > 0)
        return extra->places[place - 1].pins.modes[mode];
    if ((member->flags >> (MEMBER_PINNED_SHIFT + (int)mode) & 1) != 0)
        return member->pin;
    return extra == NULL ? (struct road_pin){ROAD_NODE_NONE, 0} : extra->home.modes[mode];
}

uint32_t member_place_of_hour(const struct crowd *crowd, const struct member *member,
                              const struct hours_moment *moment)
{
    const struct extra *extra = member_extra(crowd, member);
    for (uint32_t i = 0; i < extra->place_count; i++)
        if (hours_contain_moment(intern_value(&crowd->hours, extra->places[i].hours),
                                 moment))
            return 1 + i;
    return 0;
}

/* Each pin once, with the modes in which a place of the member has it. */
struct distinct {
    struct road_pin pins[(CROWD_PLACES_MAX + 1) * ROAD_MODE_COUNT];
    uint32_t modes[(CROWD_PLACES_MAX + 1) * ROAD_MODE_COUNT];
    uint32_t count;
};

static void add_pin(struct distinct *set, struct road_pin pin, int mode)
{
    if (pin.edge == ROAD_NODE_NONE)
        return;
    uint32_t i = 0;
    while (i < set->count &&
           (set->pins[i].edge != pin.edge || set->pins[i].where != pin.where))
        i++;
    if (i == set->count) {
        set->pins[set->count] = pin;
        set->modes[set->count++] = 0;
    }
    set->modes[i] |= 1u << mode;
}

/* Of all places at which the member can be met: the position, or the home and others. */
static void distinct_pins(const struct crowd *crowd, const struct member *member,
                          struct distinct *ret)
{
    bool moved = (member->flags & MEMBER_MOVED) != 0;
    uint32_t place = moved ? CROWD_PLACE_HERE : 0, last = place;
    ret->count = 0;
    if (!moved && (member->flags & MEMBER_PLACED) != 0)
        last = member_extra(crowd, member)->place_count;
    for (; place <= last; place++)
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
            add_pin(ret, member_pin(crowd, member, place, (enum road_mode)mode), mode);
}

/* The member's entry for the pins number I of SET. */
static struct slab_entry entry_of(const struct crowd *crowd, uint32_t slot,
                                  const struct distinct *set, uint32_t i)
{
    const struct member *member = crowd_member(crowd, slot);
    struct on_run on = crowd->streets.on_run[set->pins[i].edge];
    bool placed = (member->flags & (MEMBER_MOVED | MEMBER_PLACED)) == MEMBER_PLACED;
    return (struct slab_entry){.who = slot | set->modes[i] << SLAB_MEMBER_BITS |
                                      (placed ? SLAB_PLACED : 0),
                               .where = streets_where(on, set->pins[i].where) |
                                        (uint32_t)member_mode(member) << PIN_WHERE_BITS,
                               .group = member->group & SLAB_GROUP_MAX,
                               .at = on.at};
}

static uint32_t run_of(const struct crowd *crowd, struct road_pin pin)
{
    return crowd->streets.on_run[pin.edge].run;
}

/* ADD: slab_add or slab_fill. */
static int link_into(struct crowd *crowd, uint32_t slot,
                     int (*add)(struct slab *, uint32_t, struct slab_entry))
{
    struct distinct set;
    distinct_pins(crowd, crowd_member(crowd, slot), &set);
    group_place(crowd, slot);
    for (uint32_t i = 0; i < set.count; i++) {
        int status =
            add(&crowd->slab, run_of(crowd, set.pins[i]), entry_of(crowd, slot, &set, i));
        if (status < 0) {
            member_unlink(crowd, slot);
            return status;
        }
    }
    return ST_OK;
}

int member_link(struct crowd *crowd, uint32_t slot)
{
    return link_into(crowd, slot, slab_add);
}

void member_expect(struct crowd *crowd, uint32_t slot)
{
    struct distinct set;
    distinct_pins(crowd, crowd_member(crowd, slot), &set);
    for (uint32_t i = 0; i < set.count; i++)
        slab_expect(&crowd->slab, run_of(crowd, set.pins[i]));
}

void member_unlink(struct crowd *crowd, uint32_t slot)
{
    struct distinct set;
    distinct_pins(crowd, crowd_member(crowd, slot), &set);
    for (uint32_t i = 0; i < set.count; i++) {
        uint32_t run = run_of(crowd, set.pins[i]);
        const struct slab_entry like = entry_of(crowd, slot, &set, i);
        struct slab_entry *entry = slab_find(&crowd->slab, run, &like);
        if (entry != NULL)
            slab_remove(&crowd->slab, run, entry);
    }
}

void crowd_settle(struct crowd *crowd)
{
    for (uint32_t slot = 0; slot < crowd->member_count; slot++) {
        struct member *member = crowd_member(crowd, slot);
        if ((member->flags & MEMBER_USED) == 0)
            continue;
        table_insert(crowd->table, crowd->table_size, member->id, slot);
        crowd->count++;
        group_join(crowd, slot, member->group);
        (void)link_into(crowd, slot, slab_fill); /* there is room */
    }
    list_free_slots(crowd);
}
