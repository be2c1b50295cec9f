/* SPDX-License-Identifier: Apache-2.0 */
/* A part with people:
 *
 *     uint32 count, uint32 0
 *     struct image_person [count]
 *     for those with IMAGE_EXTRA, in order:
 *         struct image_extra, its number's bytes, struct image_place [place_count]
 *
 * A part with values, one after the other:
 *
 *     uint32 kind, id, size; bytes [size]
 *
 * Numbers of values are those of the crowd that was written; reading, each value is taken
 * anew and `map` says which number it has now. While parts are read every value has one
 * holder too many: the reader itself. Slots are written in their order, which mostly is
 * that of the streets (member_arrange), and so are lists made from them in one pass. */
#include "crowd/image.h"

#include "base/hash.h"
#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "crowd/crowd_internal.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX (16 * CROWD_IMAGE_PEOPLE_MAX) /* looked at for one part */
#define VALUE_ID_MAX (1u << 26)
#define VALUE_SIZE_MAX 4096u
#define VALUES_PART_SIZE (CROWD_IMAGE_PART_MAX - VALUE_SIZE_MAX - 64)

enum {
    IMAGE_EXTRA = 1,
    IMAGE_KEPT = MEMBER_SUSPENDED | MEMBER_HAS_EMAIL | MEMBER_HAS_PHONE | MEMBER_PLACED |
                 3 << MEMBER_MODE_SHIFT | 7 << MEMBER_PINNED_SHIFT | MEMBER_LONG_NUMBER |
                 MEMBER_WIDE_AREA | MEMBER_HAS_PUSH,
    IMAGE_NEEDS_EXTRA = MEMBER_PLACED | MEMBER_LONG_NUMBER | MEMBER_WIDE_AREA,
    PINNED_ALL = 7 << MEMBER_PINNED_SHIFT
};

struct image_person {
    int64_t id;
    char number[NUMBER_INLINE];
    struct point home;
    struct road_pin pin;
    uint32_t group, certificates, schedule, area;
    uint16_t adult, flags;
};
struct image_extra {
    int64_t paused_until_ms, area;
    struct pins home;
    uint32_t place_count, number_size;
};
struct image_place {
    struct point at;
    uint32_t hours;
    struct pins pins;
};
static_assert(sizeof(struct image_person) == 56, "stands on disk");
static_assert(sizeof(struct image_extra) == 48, "stands on disk");
static_assert(sizeof(struct image_place) == 36, "stands on disk");
static_assert(sizeof(struct pins) == 24 && sizeof(struct point) == 8, "stand on disk");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file is little-endian");
static_assert(CROWD_IMAGE_PEOPLE_MAX * (sizeof(struct image_person) +
                                        sizeof(struct image_extra) + CROWD_NUMBER_MAX +
                                        CROWD_PLACES_MAX * sizeof(struct image_place)) +
                      8 <=
                  CROWD_IMAGE_PART_MAX,
              "the largest people fit a part");

enum kind { KIND_SKILLS, KIND_CERTIFICATES, KIND_SCHEDULE, KIND_HOURS, KIND_COUNT };

static struct intern *intern_of(struct crowd *crowd, uint32_t kind)
{
    struct intern *const interns[KIND_COUNT] = {&crowd->skill_sets, &crowd->certificates,
                                                &crowd->schedules, &crowd->hours};
    return interns[kind];
}

uint64_t crowd_image_basis(struct crowd *crowd)
{
    uint64_t roads = crowd->road == NULL ? 0 : road_version(crowd->road);
    uint64_t hash = hash_bytes(HASH_START, &roads, sizeof(roads));
    crowd_lock_shared(crowd);
    const struct skill_table *skills = crowd->skills;
    for (uint32_t i = 0; i < skills->count; i++)
        hash =
            hash_bytes(hash, skills->skills[i].code, strlen(skills->skills[i].code) + 1);
    hash = hash_bytes(hash, "", 1);
    for (uint32_t i = 0; i < skills->certificate_count; i++)
        hash = hash_bytes(hash, skills->certificates[i],
                          strlen(skills->certificates[i]) + 1);
    crowd_unlock(crowd);
    return hash;
}

/* ---- writing -------------------------------------------------------------------------
 */

static bool needs_extra(const struct crowd *crowd, const struct member *member)
{
    const struct extra *extra = member_extra(crowd, member);
    return (member->flags & IMAGE_NEEDS_EXTRA) != 0 ||
           (member->flags & PINNED_ALL) != PINNED_ALL ||
           (extra != NULL && extra->paused_until_ms != 0);
}

static void append_extra(const struct extra *extra, const struct member *member,
                         struct text *ret)
{
    bool long_number = (member->flags & MEMBER_LONG_NUMBER) != 0;
    struct image_extra record = {.paused_until_ms = extra->paused_until_ms,
                                 .area = extra->area,
                                 .home = extra->home,
                                 .place_count = extra->place_count,
                                 .number_size =
                                     long_number ? (uint32_t)strlen(extra->number) : 0};
    text_append(ret, (const char *)&record, sizeof(record));
    if (long_number)
        text_append(ret, extra->number, record.number_size);
    for (uint32_t i = 0; i < extra->place_count; i++) {
        const struct extra_place *from = &extra->places[i];
        struct image_place place = {from->at, from->hours, from->pins};
        text_append(ret, (const char *)&place, sizeof(place));
    }
}

static void append_person(const struct crowd *crowd, const struct member *member,
                          struct text *ret)
{
    unsigned flags = member->flags & IMAGE_KEPT;
    flags |= needs_extra(crowd, member) ? IMAGE_EXTRA : 0u;
    struct image_person record = {.id = member->id,
                                  .home = member->home,
                                  .pin = member->pin,
                                  .group = member->group,
                                  .certificates = member->certificates,
                                  .schedule = member->schedule,
                                  .area = member->area,
                                  .adult = member->adult,
                                  .flags = (uint16_t)flags};
    memcpy(record.number, member->number, NUMBER_INLINE);
    text_append(ret, (const char *)&record, sizeof(record));
}

static bool is_wanted(const struct member *member, const int64_t *only, uint32_t count)
{
    return (member->flags & MEMBER_USED) != 0 &&
           (only == NULL || ids_contain(only, count, member->id));
}

int crowd_image_some(struct crowd *crowd, const int64_t *only, uint32_t count_only,
                     uint32_t *slot, struct text *ret, uint32_t *ret_count)
{
    static const uint32_t none[2];
    uint32_t count = 0, at = *slot, first = at;
    text_clear(ret);
    crowd_lock_shared(crowd);
    uint32_t end = crowd->member_count;
    end = end - first > SLOTS_MAX && first < end ? first + SLOTS_MAX : end;
    if (at < end)
        text_append(ret, (const char *)none, sizeof(none));
    for (; at < end && count < CROWD_IMAGE_PEOPLE_MAX; at++)
        if (is_wanted(crowd_member(crowd, at), only, count_only)) {
            append_person(crowd, crowd_member(crowd, at), ret);
            count++;
        }
    for (uint32_t i = first; i < at; i++) {
        const struct member *member = crowd_member(crowd, i);
        if (is_wanted(member, only, count_only) && needs_extra(crowd, member))
            append_extra(member_extra(crowd, member), member, ret);
    }
    crowd_unlock(crowd);
    if (ret->status != ST_OK)
        return ret->status;
    if (ret->size > 0)
        memcpy(ret->data, &count, sizeof(count));
    *slot = at;
    *ret_count = count;
    return ST_OK;
}

int crowd_image_people(struct crowd *crowd, uint32_t *slot, struct text *ret,
                       uint32_t *ret_count)
{
    return crowd_image_some(crowd, NULL, 0, slot, ret, ret_count);
}

/* AT: kind in the upper half, number in the lower. */
int crowd_image_values(struct crowd *crowd, uint64_t *at, struct text *ret)
{
    uint32_t kind = (uint32_t)(*at >> 32), id = (uint32_t)*at;
    text_clear(ret);
    crowd_lock_shared(crowd);
    while (kind < KIND_COUNT && ret->size < VALUES_PART_SIZE) {
        const struct intern *intern = intern_of(crowd, kind);
        if (id >= intern->count) {
            kind++;
            id = 0;
            continue;
        }
        const struct intern_item *item = &intern->items[id];
        const uint32_t head[3] = {kind, id++, item->size};
        if (item->value == NULL)
            continue;
        text_append(ret, (const char *)head, sizeof(head));
        text_append(ret, item->value, item->size);
    }
    crowd_unlock(crowd);
    *at = (uint64_t)kind << 32 | id;
    return ret->status;
}

/* ---- reading -------------------------------------------------------------------------
 */

struct crowd_restore {
    struct crowd *crowd;
    uint32_t people;
    const int64_t *changed;
    uint32_t changed_count;
    struct map {
        uint32_t *now; /* by number in the file; INTERN_NONE = no such value */
        uint32_t count, capacity;
    } maps[KIND_COUNT];
    pthread_mutex_t lock; /* guards the crowd's extras */
};

/* Bytes not yet read. */
struct bytes {
    const char *at;
    size_t left;
};

static bool take(struct bytes *bytes, void *ret, size_t size)
{
    if (bytes->left < size)
        return false;
    memcpy(ret, bytes->at, size);
    bytes->at += size;
    bytes->left -= size;
    return true;
}

int crowd_restore_new(struct crowd_restore **ret, struct crowd *crowd, uint32_t people,
                      const int64_t *changed, uint32_t changed_count)
{
    assert(crowd->member_count == 0);
    struct crowd_restore *restore = mem_calloc(1, sizeof(*restore));
    if (restore == NULL)
        return ST_NO_MEMORY;
    *restore = (struct crowd_restore){.crowd = crowd,
                                      .people = people,
                                      .changed = changed,
                                      .changed_count = changed_count};
    pthread_mutex_init(&restore->lock, NULL);
    int status = crowd_reserve(crowd, people);
    if (status < 0) {
        crowd_restore_free(restore);
        return status;
    }
    *ret = restore;
    return ST_OK;
}

void crowd_restore_free(struct crowd_restore *restore)
{
    if (restore == NULL)
        return;
    for (int kind = 0; kind < KIND_COUNT; kind++)
        mem_free(restore->maps[kind].now);
    pthread_mutex_destroy(&restore->lock);
    mem_free(restore);
}

/* Whether a question can read it without looking out of bounds. */
static bool is_value(const struct crowd *crowd, uint32_t kind, const void *value,
                     uint32_t size)
{
    const struct crowd_certificate *list = value;
    const struct hours *hours = value;
    const struct schedule *schedule = value;
    switch (kind) {
    case KIND_SKILLS:
        return size == sizeof(struct skill_set);
    case KIND_CERTIFICATES:
        for (uint32_t i = 0; i < size / sizeof(*list); i++)
            if (list[i].certificate < 0 ||
                (uint32_t)list[i].certificate >= crowd->skills->certificate_count)
                return false;
        return size % sizeof(*list) == 0 &&
               size <= CROWD_CERTIFICATES_MAX * sizeof(*list);
    case KIND_HOURS:
        return size == sizeof(*hours) && hours->count <= HOURS_SPANS_MAX;
    default:
        return size == sizeof(*schedule) && schedule->quiet_kind <= CROWD_QUIET_OWN &&
               schedule->duty.count <= HOURS_SPANS_MAX &&
               schedule->quiet.count <= HOURS_SPANS_MAX;
    }
}

static int note_value(struct map *map, uint32_t id, uint32_t now)
{
    int status =
        mem_grow(&map->now, &map->capacity, id + 1, sizeof(*map->now), VALUE_ID_MAX);
    if (status < 0)
        return status;
    while (map->count <= id)
        map->now[map->count++] = INTERN_NONE;
    if (map->now[id] != INTERN_NONE)
        return ST_CORRUPT;
    map->now[id] = now;
    return ST_OK;
}

int crowd_restore_values(struct crowd_restore *restore, const char *data, size_t size)
{
    struct bytes bytes = {data, size};
    _Alignas(8) char value[VALUE_SIZE_MAX];
    while (bytes.left > 0) {
        uint32_t head[3], now;
        if (!take(&bytes, head, sizeof(head)) || head[0] >= KIND_COUNT ||
            head[1] >= VALUE_ID_MAX || head[2] < 1 || head[2] > VALUE_SIZE_MAX ||
            !take(&bytes, value, head[2]) ||
            !is_value(restore->crowd, head[0], value, head[2]))
            return ST_CORRUPT;
        struct intern *intern = intern_of(restore->crowd, head[0]);
        int status = intern_take(intern, value, head[2], &now);
        if (status == ST_OK)
            status = note_value(&restore->maps[head[0]], head[1], now);
        if (status < 0)
            return status;
    }
    return ST_OK;
}

/* The number a value has now. INTERN_NONE stays what it is if there MAY be none. */
static bool translate(const struct crowd_restore *restore, enum kind kind, bool may,
                      uint32_t *id)
{
    const struct map *map = &restore->maps[kind];
    if (*id == INTERN_NONE)
        return may;
    if (*id >= map->count || map->now[*id] == INTERN_NONE)
        return false;
    *id = map->now[*id];
    return true;
}

static bool is_pin(const struct crowd_restore *restore, struct road_pin pin)
{
    const struct road *road = restore->crowd->road;
    return pin.where >> PIN_WHERE_BITS == 0 && road_pin_along(pin.where) <= PIN_PPM &&
           (pin.edge == ROAD_NODE_NONE ||
            (road != NULL && pin.edge < road_edge_count(road)));
}

static bool are_pins(const struct crowd_restore *restore, const struct pins *pins)
{
    bool ok = true;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        ok &= is_pin(restore, pins->modes[mode]);
    return ok;
}

static bool read_places(const struct crowd_restore *restore, struct bytes *bytes,
                        struct extra *extra)
{
    for (uint32_t i = 0; i < extra->place_count; i++) {
        struct image_place place;
        if (!take(bytes, &place, sizeof(place)) || !are_pins(restore, &place.pins) ||
            !translate(restore, KIND_HOURS, false, &place.hours))
            return false;
        extra->places[i] = (struct extra_place){place.at, place.hours, place.pins};
    }
    return true;
}

/* WANTED: the person has not changed since; else the bytes are only passed by. */
static int read_extra(struct crowd_restore *restore, struct bytes *bytes,
                      struct member *member, bool wanted)
{
    struct image_extra record;
    char number[CROWD_NUMBER_MAX + 1] = "";
    if (!take(bytes, &record, sizeof(record)) || record.place_count > CROWD_PLACES_MAX ||
        record.number_size > CROWD_NUMBER_MAX ||
        !take(bytes, number, record.number_size) || strlen(number) != record.number_size)
        return ST_CORRUPT;
    if (!wanted) {
        struct image_place place;
        for (uint32_t i = 0; i < record.place_count; i++)
            if (!take(bytes, &place, sizeof(place)))
                return ST_CORRUPT;
        return ST_OK;
    }
    bool long_number = (member->flags & MEMBER_LONG_NUMBER) != 0;
    if (!are_pins(restore, &record.home) ||
        ((member->flags & MEMBER_PLACED) != 0) != (record.place_count > 0) ||
        long_number != (record.number_size > NUMBER_INLINE))
        return ST_CORRUPT;
    struct extra *extra = extra_new(record.place_count);
    if (extra == NULL)
        return ST_NO_MEMORY;
    extra->paused_until_ms = record.paused_until_ms;
    extra->area = record.area;
    extra->home = record.home;
    int status = read_places(restore, bytes, extra) ? ST_OK : ST_CORRUPT;
    if (status == ST_OK && long_number) {
        extra->number = mem_calloc(1, CROWD_NUMBER_MAX + 1);
        if (extra->number == NULL)
            status = ST_NO_MEMORY;
        else
            memcpy(extra->number, number, record.number_size);
    }
    pthread_mutex_lock(&restore->lock);
    if (status == ST_OK)
        status = crowd_add_extra(restore->crowd, extra, &member->extra);
    pthread_mutex_unlock(&restore->lock);
    if (status < 0)
        extra_free(extra);
    return status;
}

static bool has_changed(const struct crowd_restore *restore, int64_t id)
{
    uint32_t low = 0, high = restore->changed_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (restore->changed[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < restore->changed_count && restore->changed[low] == id;
}

static bool read_person(const struct crowd_restore *restore,
                        const struct image_person *record, struct member *ret)
{
    uint32_t group = record->group, certificates = record->certificates,
             schedule = record->schedule;
    unsigned flags = record->flags, mode = flags >> MEMBER_MODE_SHIFT & 3;
    bool extra = (flags & IMAGE_EXTRA) != 0;
    if ((flags & ~(unsigned)(IMAGE_KEPT | IMAGE_EXTRA)) != 0 || mode >= ROAD_MODE_COUNT ||
        (!extra &&
         ((flags & IMAGE_NEEDS_EXTRA) != 0 || (flags & PINNED_ALL) != PINNED_ALL)) ||
        !is_pin(restore, record->pin) ||
        !translate(restore, KIND_SKILLS, false, &group) ||
        !translate(restore, KIND_CERTIFICATES, true, &certificates) ||
        !translate(restore, KIND_SCHEDULE, false, &schedule))
        return false;
    *ret = (struct member){
        .id = record->id,
        .home = record->home,
        .pin = record->pin,
        .group = group,
        .certificates = certificates,
        .schedule = schedule,
        .extra = INTERN_NONE,
        .area = record->area,
        .adult = record->adult,
        .flags = (uint16_t)((flags & ~(unsigned)IMAGE_EXTRA) | MEMBER_USED)};
    memcpy(ret->number, record->number, NUMBER_INLINE);
    return true;
}

int crowd_restore_people(struct crowd_restore *restore, uint32_t first, uint32_t count,
                         const char *data, size_t size)
{
    struct bytes bytes = {data, size};
    uint32_t head[2];
    if (!take(&bytes, head, sizeof(head)) || head[0] != count ||
        count > CROWD_IMAGE_PEOPLE_MAX || first > restore->people ||
        count > restore->people - first ||
        bytes.left < count * sizeof(struct image_person))
        return ST_CORRUPT;
    struct bytes extras = {bytes.at + count * sizeof(struct image_person),
                           bytes.left - count * sizeof(struct image_person)};
    for (uint32_t i = 0; i < count; i++) {
        struct image_person record;
        struct member *member = crowd_member(restore->crowd, first + i);
        (void)take(&bytes, &record, sizeof(record)); /* is there */
        bool wanted = !has_changed(restore, record.id);
        if (wanted && !read_person(restore, &record, member))
            return ST_CORRUPT;
        int status = ST_OK;
        if ((record.flags & IMAGE_EXTRA) != 0)
            status = read_extra(restore, &extras, member, wanted);
        if (status < 0) {
            *member = (struct member){0};
            return status;
        }
    }
    return extras.left == 0 ? ST_OK : ST_CORRUPT;
}

/* ---- what follows from all of them --------------------------------------------------
 */

static void hold_values(struct crowd *crowd, const struct member *member)
{
    intern_hold(&crowd->skill_sets, member->group);
    intern_hold(&crowd->schedules, member->schedule);
    if (member->certificates != INTERN_NONE)
        intern_hold(&crowd->certificates, member->certificates);
    const struct extra *extra = member_extra(crowd, member);
    for (uint32_t i = 0; extra != NULL && i < extra->place_count; i++)
        intern_hold(&crowd->hours, extra->places[i].hours);
}

/* Values nobody has go. */
static void let_values_go(struct crowd_restore *restore)
{
    for (uint32_t kind = 0; kind < KIND_COUNT; kind++) {
        struct map *map = &restore->maps[kind];
        for (uint32_t id = 0; id < map->count; id++)
            if (map->now[id] != INTERN_NONE)
                (void)intern_drop(intern_of(restore->crowd, kind), map->now[id]);
        map->count = 0;
    }
}

/* Room for everybody, so that what follows cannot fail. */
static int make_room(struct crowd *crowd)
{
    uint32_t groups = crowd->skill_sets.count, *counts = mem_calloc(groups + 1u, 4);
    if (counts == NULL)
        return ST_NO_MEMORY;
    for (uint32_t slot = 0; slot < crowd->member_count; slot++) {
        const struct member *member = crowd_member(crowd, slot);
        if ((member->flags & MEMBER_USED) == 0)
            continue;
        counts[member->group]++;
        hold_values(crowd, member);
        member_expect(crowd, slot);
    }
    int status = slab_make_room(&crowd->slab);
    for (uint32_t id = 0; id < groups && status == ST_OK; id++)
        status = group_expect(crowd, id, counts[id]);
    mem_free(counts);
    return status;
}

/* Whether so many stand out of the order of the streets that they are worth arranging. */
static bool is_disorderly(const struct crowd *crowd)
{
    uint32_t before = 0, wrong = 0;
    for (uint32_t slot = 0; slot < crowd->member_count; slot++) {
        const struct member *member = crowd_member(crowd, slot);
        uint32_t edge = member->pin.edge;
        if ((member->flags & MEMBER_USED) == 0 || edge == ROAD_NODE_NONE)
            continue;
        uint32_t run = crowd->streets.on_run[edge].run;
        wrong += run < before;
        before = run;
    }
    return wrong > crowd->member_count / 8;
}

int crowd_restore_end(struct crowd_restore *restore)
{
    struct crowd *crowd = restore->crowd;
    crowd_lock(crowd);
    int status = make_room(crowd);
    if (status == ST_OK) {
        crowd_settle(crowd);
        let_values_go(restore);
        if (is_disorderly(crowd))
            member_arrange(crowd);
        atomic_fetch_add(&crowd->version, 1);
    }
    crowd_unlock(crowd);
    return status;
}
