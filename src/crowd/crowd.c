/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping the crowd. Every place of a person is snapped once, when the person is put in;
 * the person then stands in the lists of the road nodes through which the place can be
 * left (at most two a place and mode), with the time to that node:
 *
 *     heads[mode][node] -> entry -> entry -> end       entry = member, place, ms, m
 *
 * so a backward search from an incident meets people as it settles their nodes
 * (nearest.c). Lists are short where people live apart; entries come from one array with
 * a free list. Snapping needs no lock, the road never changes. */
#include "crowd/crowd_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ENTRY_NONE UINT32_MAX
#define ENTRIES_MAX UINT32_C(1000000000)
#define ADULT_YEARS 18
#define GRID_M 250.0
#define DEGREE_M 111195.0

const char *crowd_reason_code(enum crowd_reason reason)
{
    static const char *const CODES[] = {"ok",
#define X(name, code) code,
                                        CROWD_REASON_LIST(X)
#undef X
    };
    assert(reason >= CROWD_OK && reason < CROWD_REASON_COUNT);
    return CODES[reason];
}

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
        if (crowd->members[crowd->table[at] - 1]->person.id == id)
            return crowd->table[at] - 1;
    return MEMBER_NONE;
}

static void table_insert(const struct crowd *crowd, uint32_t *table, uint32_t size,
                         uint32_t slot)
{
    uint32_t at = hash_id(crowd->members[slot]->person.id) & (size - 1);
    while (table[at] != 0)
        at = (at + 1) & (size - 1);
    table[at] = slot + 1;
}

/* Keeps the table at most half full. */
static int table_reserve(struct crowd *crowd)
{
    if ((crowd->count + 1) * 2 <= crowd->table_size)
        return ST_OK;
    uint32_t size = crowd->table_size * 2;
    uint32_t *table = mem_calloc(size, sizeof(*table));
    if (table == NULL)
        return ST_NO_MEMORY;
    for (uint32_t slot = 0; slot < crowd->member_count; slot++)
        if (crowd->members[slot] != NULL)
            table_insert(crowd, table, size, slot);
    mem_free(crowd->table);
    crowd->table = table;
    crowd->table_size = size;
    return ST_OK;
}

/* Deletes by moving the followers up (Knuth 6.4, algorithm R). */
static void table_delete(struct crowd *crowd, int64_t id)
{
    uint32_t mask = crowd->table_size - 1, at = hash_id(id) & mask;
    while (crowd->members[crowd->table[at] - 1]->person.id != id)
        at = (at + 1) & mask;
    uint32_t hole = at;
    crowd->table[hole] = 0;
    for (at = (at + 1) & mask; crowd->table[at] != 0; at = (at + 1) & mask) {
        uint32_t home = hash_id(crowd->members[crowd->table[at] - 1]->person.id) & mask;
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        crowd->table[hole] = crowd->table[at];
        crowd->table[at] = 0;
        hole = at;
    }
}

/* ---- what follows from a person ------------------------------------------------------
 */

static int32_t adult_day(int32_t birth_day)
{
    if (birth_day == INT32_MIN)
        return INT32_MIN;
    char text[TIME_TEXT_SIZE];
    time_format_day(birth_day, text);
    int year, month, day;
    int32_t ret;
    if (sscanf(text, "%d-%d-%d", &year, &month, &day) != 3)
        return INT32_MIN;
    snprintf(text, sizeof(text), "%04d-%02d-%02d", year + ADULT_YEARS, month, day);
    if (time_parse_day(text, &ret))
        return ret;
    /* Born on 29 February: of age on 1 March. */
    snprintf(text, sizeof(text), "%04d-03-01", year + ADULT_YEARS);
    return time_parse_day(text, &ret) ? ret : INT32_MAX;
}

static void set_union(struct skill_set *set, const struct skill_set *other)
{
    for (size_t i = 0; i < COUNT_OF(set->bits); i++)
        set->bits[i] |= other->bits[i];
}

static void derive_skills(struct member *member, const struct skill_table *skills)
{
    member->potential = member->believed = (struct skill_set){0};
    for (uint32_t i = 0; i < skills->count; i++) {
        if (!skill_set_has(&member->person.skills, i))
            continue;
        const struct skill *skill = &skills->skills[i];
        set_union(&member->potential, &skill->implies);
        if (skill->certificate < 0)
            set_union(&member->believed, &skill->implies);
    }
}

static int32_t last_day_of(const struct crowd_person *person, int32_t certificate)
{
    int32_t last = INT32_MIN;
    for (uint32_t i = 0; i < person->certificate_count; i++)
        if (person->certificates[i].certificate == certificate &&
            person->certificates[i].last_day > last)
            last = person->certificates[i].last_day;
    return last;
}

void crowd_effective(const struct crowd *crowd, const struct member *member, int32_t day,
                     struct skill_set *ret)
{
    *ret = member->believed;
    for (uint32_t word = 0; word < SKILL_MAX / 64; word++)
        for (uint64_t bits = member->person.skills.bits[word]; bits != 0;
             bits &= bits - 1) {
            uint32_t index = word * 64 + (uint32_t)__builtin_ctzll(bits);
            const struct skill *skill = &crowd->skills->skills[index];
            if (index < crowd->skills->count && skill->certificate >= 0 &&
                last_day_of(&member->person, skill->certificate) >= day)
                set_union(ret, &skill->implies);
        }
}

/* ---- the lists of the nodes -----------------------------------------------------------
 */

static bool spot_is_on(const struct road_spot *spot)
{
    return spot->edge != ROAD_NODE_NONE;
}

static int reserve_entries(struct crowd *crowd, uint32_t more)
{
    return mem_grow(&crowd->entries, &crowd->entry_capacity, crowd->entry_count + more,
                    sizeof(*crowd->entries), ENTRIES_MAX);
}

static void list_add(struct crowd *crowd, int mode, uint32_t node, struct entry entry)
{
    uint32_t at = crowd->entry_free;
    if (at != ENTRY_NONE)
        crowd->entry_free = crowd->entries[at].next;
    else
        at = crowd->entry_count++;
    assert(at < crowd->entry_capacity);
    entry.next = crowd->heads[mode][node];
    crowd->entries[at] = entry;
    crowd->heads[mode][node] = at;
}

static void list_remove(struct crowd *crowd, int mode, uint32_t node, uint32_t slot)
{
    for (uint32_t *link = &crowd->heads[mode][node]; *link != ENTRY_NONE;) {
        struct entry *entry = &crowd->entries[*link];
        if (entry->member != slot) {
            link = &entry->next;
            continue;
        }
        uint32_t at = *link;
        *link = entry->next;
        entry->next = crowd->entry_free;
        crowd->entry_free = at;
    }
}

static void link_member(struct crowd *crowd, uint32_t slot)
{
    const struct member *member = crowd->members[slot];
    for (uint32_t place = 0; place <= member->person.place_count; place++)
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
            const struct road_spot *spot = &member->spots[place].modes[mode];
            int ends = !spot_is_on(spot) ? 0 : spot->node[0] == spot->node[1] ? 1 : 2;
            for (int end = 0; end < ends; end++)
                if (spot->out_ms[end] != ROAD_MS_NONE)
                    list_add(crowd, mode, spot->node[end],
                             (struct entry){.member = slot,
                                            .ms = spot->out_ms[end],
                                            .m = spot->out_m[end],
                                            .place = (uint8_t)place,
                                            .own = (int)member->person.mode == mode});
        }
}

static void unlink_member(struct crowd *crowd, uint32_t slot)
{
    const struct member *member = crowd->members[slot];
    for (uint32_t place = 0; place <= member->person.place_count; place++)
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
            const struct road_spot *spot = &member->spots[place].modes[mode];
            for (int end = 0; spot_is_on(spot) && end < 2; end++)
                list_remove(crowd, mode, spot->node[end], slot);
        }
}

/* ---- life -----------------------------------------------------------------------------
 */

static int copy_config(struct crowd *crowd, const struct crowd_config *config)
{
    crowd->skills = mem_alloc(sizeof(*crowd->skills));
    if (crowd->skills == NULL)
        return ST_NO_MEMORY;
    *crowd->skills = *config->skills;
    uint32_t days = config->calendar == NULL ? 0 : config->calendar->count;
    if (days == 0)
        return ST_OK;
    crowd->calendar.days = mem_calloc(days, sizeof(*crowd->calendar.days));
    if (crowd->calendar.days == NULL)
        return ST_NO_MEMORY;
    memcpy(crowd->calendar.days, config->calendar->days,
           days * sizeof(*crowd->calendar.days));
    crowd->calendar.count = days;
    return ST_OK;
}

static int make_heads(struct crowd *crowd)
{
    if (crowd->road == NULL)
        return ST_OK;
    crowd->node_count = road_node_count(crowd->road);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        size_t size = (size_t)crowd->node_count * sizeof(*crowd->heads[mode]);
        crowd->heads[mode] = mem_alloc(size);
        if (crowd->heads[mode] == NULL)
            return ST_NO_MEMORY;
        memset(crowd->heads[mode], 0xff, size);
    }
    return ST_OK;
}

int crowd_new(struct crowd **ret, const struct crowd_config *config)
{
    assert(config->skills != NULL && config->people_max < MEMBER_NONE / 4);
    struct crowd *crowd = mem_calloc(1, sizeof(*crowd));
    if (crowd == NULL)
        return ST_NO_MEMORY;
    crowd->road = config->road;
    crowd->weekly_cap = config->weekly_cap;
    crowd->people_max = config->people_max;
    crowd->entry_free = ENTRY_NONE;
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes,
                                  PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&crowd->lock, &attributes);
    pthread_rwlockattr_destroy(&attributes);
    pthread_mutex_init(&crowd->pool_lock, NULL);
    crowd->table_size = 1024;
    crowd->table = mem_calloc(crowd->table_size, sizeof(*crowd->table));
    int status = crowd->table == NULL ? ST_NO_MEMORY : copy_config(crowd, config);
    if (status == ST_OK)
        status = make_heads(crowd);
    if (status < 0) {
        crowd_free(crowd);
        return status;
    }
    *ret = crowd;
    return ST_OK;
}

static void member_free(struct member *member)
{
    if (member == NULL)
        return;
    mem_free(member->spots);
    mem_free(member);
}

void crowd_free(struct crowd *crowd)
{
    if (crowd == NULL)
        return;
    for (uint32_t i = 0; i < crowd->member_count; i++)
        member_free(crowd->members[i]);
    for (uint32_t i = 0; i < crowd->pool_count; i++)
        workspace_free(crowd->pool[i]);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        mem_free(crowd->heads[mode]);
    mem_free(crowd->members);
    mem_free(crowd->free_slots);
    mem_free(crowd->table);
    mem_free(crowd->entries);
    mem_free(crowd->skills);
    mem_free(crowd->calendar.days);
    pthread_rwlock_destroy(&crowd->lock);
    pthread_mutex_destroy(&crowd->pool_lock);
    mem_free(crowd);
}

/* A member outside the crowd, snapped. */
static struct member *make_member(const struct crowd *crowd,
                                  const struct crowd_person *person)
{
    struct member *member = mem_calloc(1, sizeof(*member));
    if (member == NULL)
        return NULL;
    member->person = *person;
    member->used = true;
    member->adult_day = adult_day(person->birth_day);
    member->spots = mem_calloc(person->place_count + 1, sizeof(*member->spots));
    if (member->spots == NULL) {
        member_free(member);
        return NULL;
    }
    for (uint32_t place = 0; place <= person->place_count; place++)
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
            struct road_spot *spot = &member->spots[place].modes[mode];
            struct point at = place == 0 ? person->home : person->places[place - 1].at;
            if (crowd->road == NULL ||
                !road_snap(crowd->road, (enum road_mode)mode, at, ROAD_SNAP_M_MAX, spot))
                *spot = (struct road_spot){.edge = ROAD_NODE_NONE};
        }
    return member;
}

static int take_slot(struct crowd *crowd, uint32_t *ret)
{
    if (crowd->count >= crowd->people_max)
        return ST_LIMIT;
    int status = table_reserve(crowd);
    /* Room to give the slot back, so that removal never fails. */
    if (status == ST_OK)
        status =
            mem_grow(&crowd->free_slots, &crowd->free_capacity, crowd->member_count + 1,
                     sizeof(*crowd->free_slots), MEMBER_NONE);
    if (status == ST_OK && crowd->free_count == 0)
        status = mem_grow(&crowd->members, &crowd->member_capacity,
                          crowd->member_count + 1, sizeof(*crowd->members), MEMBER_NONE);
    if (status < 0)
        return status;
    *ret = crowd->free_count > 0 ? crowd->free_slots[--crowd->free_count]
                                 : crowd->member_count++;
    crowd->count++;
    return ST_OK;
}

static int put_locked(struct crowd *crowd, struct member *member)
{
    int status = reserve_entries(crowd, 2 * ROAD_MODE_COUNT * (1 + CROWD_PLACES_MAX));
    if (status < 0)
        return status;
    derive_skills(member, crowd->skills);
    uint32_t slot = crowd_find(crowd, member->person.id);
    if (slot != MEMBER_NONE) {
        struct member *before = crowd->members[slot];
        unlink_member(crowd, slot);
        member->committed = before->committed;
        member->committed_exercise = before->committed_exercise;
        member->alert_count = before->alert_count;
        memcpy(member->alerts_ms, before->alerts_ms, sizeof(member->alerts_ms));
        member_free(before);
        crowd->members[slot] = member;
    } else {
        status = take_slot(crowd, &slot);
        if (status < 0)
            return status;
        crowd->members[slot] = member;
        table_insert(crowd, crowd->table, crowd->table_size, slot);
    }
    link_member(crowd, slot);
    atomic_fetch_add(&crowd->version, 1);
    return ST_OK;
}

int crowd_put(struct crowd *crowd, const struct crowd_person *person)
{
    assert(person->place_count <= CROWD_PLACES_MAX &&
           person->certificate_count <= CROWD_CERTIFICATES_MAX &&
           person->mode < ROAD_MODE_COUNT);
    struct member *member = make_member(crowd, person);
    if (member == NULL)
        return ST_NO_MEMORY;
    pthread_rwlock_wrlock(&crowd->lock);
    int status = put_locked(crowd, member);
    pthread_rwlock_unlock(&crowd->lock);
    if (status < 0)
        member_free(member);
    return status;
}

void crowd_remove(struct crowd *crowd, int64_t id)
{
    pthread_rwlock_wrlock(&crowd->lock);
    uint32_t slot = crowd_find(crowd, id);
    if (slot != MEMBER_NONE) {
        unlink_member(crowd, slot);
        table_delete(crowd, id);
        member_free(crowd->members[slot]);
        crowd->members[slot] = NULL;
        assert(crowd->free_count < crowd->free_capacity);
        crowd->free_slots[crowd->free_count++] = slot;
        crowd->count--;
        atomic_fetch_add(&crowd->version, 1);
    }
    pthread_rwlock_unlock(&crowd->lock);
}

int crowd_set_skills(struct crowd *crowd, const struct skill_table *skills)
{
    pthread_rwlock_wrlock(&crowd->lock);
    *crowd->skills = *skills;
    for (uint32_t i = 0; i < crowd->member_count; i++)
        if (crowd->members[i] != NULL)
            derive_skills(crowd->members[i], crowd->skills);
    atomic_fetch_add(&crowd->version, 1);
    pthread_rwlock_unlock(&crowd->lock);
    return ST_OK;
}

void crowd_set_closed(struct crowd *crowd, const struct road_closed *closed,
                      uint64_t version)
{
    pthread_rwlock_wrlock(&crowd->lock);
    crowd->closed = closed;
    atomic_store(&crowd->closed_version, version);
    atomic_fetch_add(&crowd->version, 1);
    pthread_rwlock_unlock(&crowd->lock);
}

uint32_t crowd_count(struct crowd *crowd)
{
    pthread_rwlock_rdlock(&crowd->lock);
    uint32_t count = crowd->count;
    pthread_rwlock_unlock(&crowd->lock);
    return count;
}

uint64_t crowd_version(struct crowd *crowd)
{
    return atomic_load(&crowd->version);
}

uint64_t crowd_closed_version(struct crowd *crowd)
{
    return atomic_load(&crowd->closed_version);
}

/* ---- what happens to people
 * ------------------------------------------------------------ */

void crowd_set_committed(struct crowd *crowd, int64_t id, bool actual, bool exercise)
{
    pthread_rwlock_wrlock(&crowd->lock);
    uint32_t slot = crowd_find(crowd, id);
    if (slot != MEMBER_NONE) {
        crowd->members[slot]->committed = actual;
        crowd->members[slot]->committed_exercise = exercise;
        atomic_fetch_add(&crowd->version, 1);
    }
    pthread_rwlock_unlock(&crowd->lock);
}

void crowd_note_alert(struct crowd *crowd, int64_t id, int64_t at_ms)
{
    pthread_rwlock_wrlock(&crowd->lock);
    uint32_t slot = crowd_find(crowd, id);
    if (slot != MEMBER_NONE) {
        struct member *member = crowd->members[slot];
        if (member->alert_count == CROWD_ALERTS_KEPT) {
            memmove(member->alerts_ms, member->alerts_ms + 1,
                    (CROWD_ALERTS_KEPT - 1) * sizeof(*member->alerts_ms));
            member->alert_count--;
        }
        member->alerts_ms[member->alert_count++] = at_ms;
        atomic_fetch_add(&crowd->version, 1);
    }
    pthread_rwlock_unlock(&crowd->lock);
}

/* The middle of the cell of a 250 m grid; the columns of a row have one width. */
static struct point on_grid(struct point at)
{
    double step_lat = GRID_M / DEGREE_M;
    double lat = (floor(point_lat(at) / step_lat) + 0.5) * step_lat;
    double narrow = cos(lat * M_PI / 180.0);
    double step_lon = step_lat / (narrow > 0.01 ? narrow : 0.01);
    double lon = (floor(point_lon(at) / step_lon) + 0.5) * step_lon;
    struct point ret;
    return point_from_degrees(lat, lon, &ret) ? ret : at;
}

bool crowd_is_weekend(const struct crowd *crowd, int64_t now_ms)
{
    struct hours_moment moment;
    hours_moment_init(&moment, now_ms, &crowd->calendar);
    return moment.today >= 5;
}

enum road_mode crowd_mode(struct crowd *crowd, int64_t id)
{
    pthread_rwlock_rdlock(&crowd->lock);
    uint32_t slot = crowd_find(crowd, id);
    enum road_mode mode =
        slot == MEMBER_NONE ? ROAD_FOOT : crowd->members[slot]->person.mode;
    pthread_rwlock_unlock(&crowd->lock);
    return mode;
}

static struct point place_of(const struct crowd_person *person,
                             const struct hours_moment *moment)
{
    for (uint32_t i = 0; i < person->place_count; i++)
        if (hours_contain_moment(&person->places[i].hours, moment))
            return person->places[i].at;
    return person->home;
}

bool crowd_position(struct crowd *crowd, int64_t id, int64_t now_ms, struct point *ret)
{
    struct hours_moment moment;
    hours_moment_init(&moment, now_ms, &crowd->calendar);
    pthread_rwlock_rdlock(&crowd->lock);
    uint32_t slot = crowd_find(crowd, id);
    struct point at = {0, 0};
    if (slot != MEMBER_NONE)
        at = place_of(&crowd->members[slot]->person, &moment);
    pthread_rwlock_unlock(&crowd->lock);
    if (slot == MEMBER_NONE)
        return false;
    *ret = on_grid(at);
    return true;
}

int crowd_list_in(struct crowd *crowd, struct box box, int64_t now_ms,
                  struct crowd_whereabouts_list *ret)
{
    struct hours_moment moment;
    struct crowd_whereabouts_list list = {0};
    int status = ST_OK;
    hours_moment_init(&moment, now_ms, &crowd->calendar);
    pthread_rwlock_rdlock(&crowd->lock);
    for (uint32_t i = 0; i < crowd->member_count && status == ST_OK; i++) {
        if (crowd->members[i] == NULL || !crowd->members[i]->used)
            continue;
        const struct crowd_person *person = &crowd->members[i]->person;
        struct crowd_whereabouts one = {.id = person->id,
                                        .at = place_of(person, &moment)};
        if (!box_contains(box, one.at))
            continue;
        memcpy(one.number, person->number, sizeof one.number);
        status = mem_grow(&list.items, &list.capacity, list.count + 1, sizeof *list.items,
                          MEMBER_NONE);
        if (status == ST_OK)
            list.items[list.count++] = one;
    }
    pthread_rwlock_unlock(&crowd->lock);
    if (status != ST_OK) {
        mem_free(list.items);
        return status;
    }
    *ret = list;
    return ST_OK;
}
