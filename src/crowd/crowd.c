/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping the crowd. Every place of a person is snapped once, when the person is put in,
 * and kept as a pin (road/pin.h); the person then stands in the lists of the runs of
 * edges (streets.h) on which the pins lie (slab.h):
 *
 *     slab[run] = entry entry entry ...       entry = member, modes, pin, group
 *
 * so whoever walks over the network meets people run by run (walk.c), and whoever looks
 * for few goes to the holders of a group (group.c). Three modes mostly share one pin and
 * then one entry. Snapping needs no lock, the road never changes. */
#include "crowd/crowd_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/hierarchy.h"

#include <math.h>
#include <string.h>

#define ADULT_YEARS 18
#define DAY_1900 (-25567) /* 1900-01-01 */
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

/* Subtrees are ranges of ranks, so the lowest of a subtree is that of its first child. */
static int make_low(struct crowd *crowd)
{
    uint32_t count = road_node_count(crowd->road);
    crowd->low = mem_alloc_large((count + 1u) * sizeof(*crowd->low));
    if (crowd->low == NULL)
        return ST_NO_MEMORY;
    for (uint32_t rank = 0; rank < count; rank++)
        crowd->low[rank] = rank;
    for (uint32_t rank = 0; rank < count; rank++) {
        uint32_t parent = road_rank_parent(crowd->hierarchy, rank);
        if (parent != ROAD_NODE_NONE && crowd->low[rank] < crowd->low[parent])
            crowd->low[parent] = crowd->low[rank];
    }
    return ST_OK;
}

static void init_locks(struct crowd *crowd)
{
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes,
                                  PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&crowd->lock, &attributes);
    pthread_rwlockattr_destroy(&attributes);
    pthread_mutex_init(&crowd->pool_lock, NULL);
    pthread_mutex_init(&crowd->moves_lock, NULL);
}

int crowd_new(struct crowd **ret, const struct crowd_config *config)
{
    assert(config->skills != NULL && config->people_max <= CROWD_PEOPLE_MAX);
    struct crowd *crowd = mem_calloc(1, sizeof(*crowd));
    if (crowd == NULL)
        return ST_NO_MEMORY;
    crowd->road = config->road;
    crowd->hierarchy = config->road == NULL ? NULL : config->hierarchy;
    crowd->weekly_cap = config->weekly_cap;
    crowd->people_max = config->people_max;
    crowd->free_slot = MEMBER_NONE;
    init_locks(crowd);
    struct intern *interns[] = {&crowd->skill_sets, &crowd->certificates,
                                &crowd->schedules, &crowd->hours};
    for (size_t i = 0; i < COUNT_OF(interns); i++)
        intern_init(interns[i]);
    crowd->table_size = 1024;
    crowd->table = mem_calloc(crowd->table_size, sizeof(*crowd->table));
    crowd->moves = mem_calloc(MOVES_MAX, sizeof(*crowd->moves));
    crowd->applied = mem_calloc(MOVES_MAX, sizeof(*crowd->applied));
    int status = crowd->table == NULL || crowd->moves == NULL || crowd->applied == NULL
                     ? ST_NO_MEMORY
                     : copy_config(crowd, config);
    if (status == ST_OK && crowd->road != NULL)
        status = streets_make(&crowd->streets, crowd->road);
    if (status == ST_OK)
        status = slab_init(&crowd->slab, crowd->streets.run_count);
    if (status == ST_OK && crowd->hierarchy != NULL)
        status = make_low(crowd);
    if (status < 0) {
        crowd_free(crowd);
        return status;
    }
    *ret = crowd;
    return ST_OK;
}

void crowd_free(struct crowd *crowd)
{
    if (crowd == NULL)
        return;
    for (uint32_t i = 0; i < crowd->extra_count; i++)
        extra_free(crowd->extras[i]);
    for (uint32_t i = 0; i < crowd->chunk_count; i++)
        mem_free(crowd->chunks[i]);
    for (uint32_t i = 0; i < crowd->pool_count; i++)
        workspace_free(crowd->pool[i]);
    streets_release(&crowd->streets);
    mem_free(crowd->low);
    group_release(crowd);
    intern_release(&crowd->skill_sets);
    intern_release(&crowd->certificates);
    intern_release(&crowd->schedules);
    intern_release(&crowd->hours);
    slab_release(&crowd->slab);
    mem_free(crowd->extras);
    mem_free(crowd->extra_free);
    mem_free(crowd->chunks);
    mem_free(crowd->table);
    mem_free(crowd->moves);
    mem_free(crowd->applied);
    mem_free(crowd->skills);
    mem_free(crowd->calendar.days);
    pthread_rwlock_destroy(&crowd->lock);
    pthread_mutex_destroy(&crowd->pool_lock);
    pthread_mutex_destroy(&crowd->moves_lock);
    mem_free(crowd);
}

/* ---- what follows from a person ------------------------------------------------------
 */

/* The 18th birthday as days since the end of 1899, within what 16 bits hold (to 2079);
 * 0 = not known. Born on 29 February: of age on 1 March, which is what day 365 of a year
 * of 365 days that begins in March comes to. Civil from days and back: Howard Hinnant,
 * chrono-Compatible Low-Level Date Algorithms. */
static uint16_t adult_code(int32_t birth_day)
{
    if (birth_day == INT32_MIN)
        return ADULT_UNKNOWN;
    int64_t z = (int64_t)birth_day + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100); /* from 1 March */
    int64_t year = yoe + era * 400 + ADULT_YEARS;
    int64_t in_era = ((year % 400) + 400) % 400, eras = (year - in_era) / 400;
    int64_t days =
        eras * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + doy - 719468;
    int64_t code = days - DAY_1900 + 1;
    return (uint16_t)(code < 1 ? 1 : code > UINT16_MAX ? UINT16_MAX : code);
}

bool crowd_is_under_age(const struct crowd_person *person, int32_t day)
{
    const uint16_t adult = adult_code(person->birth_day);
    return adult != ADULT_UNKNOWN && day < (int32_t)adult + DAY_1900 - 1;
}

int32_t member_adult_day(const struct member *member)
{
    return member->adult == ADULT_UNKNOWN ? INT32_MIN
                                          : (int32_t)member->adult + DAY_1900 - 1;
}

/* The same hours are the same bytes. */
static void canonical(const struct hours *from, struct hours *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->count = from->count;
    for (uint32_t i = 0; i < from->count; i++) {
        ret->spans[i].days = from->spans[i].days;
        ret->spans[i].from = from->spans[i].from;
        ret->spans[i].to = from->spans[i].to;
    }
}

static int take_schedule(struct crowd *crowd, const struct crowd_person *person,
                         uint32_t *ret)
{
    struct schedule schedule;
    memset(&schedule, 0, sizeof(schedule));
    canonical(&person->duty, &schedule.duty);
    if (person->quiet_kind == CROWD_QUIET_OWN)
        canonical(&person->quiet, &schedule.quiet);
    schedule.quiet_kind = (uint32_t)person->quiet_kind;
    return intern_take(&crowd->schedules, &schedule, sizeof(schedule), ret);
}

static void pin_place(const struct crowd *crowd, struct point at, struct pins *ret)
{
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        ret->modes[mode] = (struct road_pin){ROAD_NODE_NONE, 0};
    if (crowd->road != NULL)
        road_snap_pins(crowd->road, at, ret->modes);
}

/* The pin most modes share goes into the member; true if that is all of them. */
static bool pack_home(const struct pins *home, struct road_pin *ret, unsigned *ret_modes)
{
    unsigned best = 0;
    for (int i = 0; i < ROAD_MODE_COUNT; i++) {
        unsigned modes = 0;
        for (int j = 0; j < ROAD_MODE_COUNT; j++)
            if (home->modes[i].edge == home->modes[j].edge &&
                home->modes[i].where == home->modes[j].where)
                modes |= 1u << j;
        if (__builtin_popcount(modes) > __builtin_popcount(best)) {
            best = modes;
            *ret = home->modes[i];
        }
    }
    *ret_modes = best;
    return best == (1u << ROAD_MODE_COUNT) - 1;
}

/* ---- coming and going
 * ------------------------------------------------------------------
 */

/* A person outside of the crowd, snapped. */
struct newcomer {
    const struct crowd_person *person;
    struct pins home;
    struct road_pin pin;
    unsigned pinned;     /* modes */
    struct extra *extra; /* NULL = has nothing of that */
};

/* Ids of areas are small, but nothing says so. */
static bool is_narrow(int64_t area)
{
    return area >= 0 && area <= UINT32_MAX;
}

static int prepare(const struct crowd *crowd, const struct crowd_person *person,
                   struct newcomer *ret)
{
    *ret = (struct newcomer){.person = person};
    pin_place(crowd, person->home, &ret->home);
    bool plain = pack_home(&ret->home, &ret->pin, &ret->pinned);
    bool long_number = strlen(person->number) > NUMBER_INLINE;
    if (plain && !long_number && person->paused_until_ms == 0 &&
        person->place_count == 0 && is_narrow(person->area))
        return ST_OK;
    struct extra *extra = extra_new(person->place_count);
    if (extra == NULL)
        return ST_NO_MEMORY;
    ret->extra = extra;
    extra->paused_until_ms = person->paused_until_ms;
    extra->area = person->area;
    extra->home = ret->home;
    for (uint32_t i = 0; i < person->place_count; i++) {
        extra->places[i].at = person->places[i].at;
        extra->places[i].hours = INTERN_NONE;
        pin_place(crowd, person->places[i].at, &extra->places[i].pins);
    }
    if (!long_number)
        return ST_OK;
    extra->number = mem_calloc(1, CROWD_NUMBER_MAX + 1);
    if (extra->number == NULL) {
        extra_free(extra);
        return ST_NO_MEMORY;
    }
    memcpy(extra->number, person->number, CROWD_NUMBER_MAX);
    return ST_OK;
}

/* Everything but the slot, the extra and what happened to the person. */
static void drop_shared(struct crowd *crowd, uint32_t slot)
{
    struct member *member = crowd_member(crowd, slot);
    const struct extra *extra = member_extra(crowd, member);
    group_remove(crowd, slot);
    if (member->certificates != INTERN_NONE)
        (void)intern_drop(&crowd->certificates, member->certificates);
    if (member->schedule != INTERN_NONE)
        (void)intern_drop(&crowd->schedules, member->schedule);
    for (uint32_t i = 0; extra != NULL && i < extra->place_count; i++)
        if (extra->places[i].hours != INTERN_NONE)
            (void)intern_drop(&crowd->hours, extra->places[i].hours);
    member->certificates = member->schedule = INTERN_NONE;
}

static void erase(struct crowd *crowd, uint32_t slot)
{
    member_unlink(crowd, slot);
    drop_shared(crowd, slot);
    if (crowd_member(crowd, slot)->extra != INTERN_NONE)
        crowd_drop_extra(crowd, crowd_member(crowd, slot)->extra);
    crowd_give_slot(crowd, slot);
    atomic_fetch_add(&crowd->version, 1);
}

static int take_shared(struct crowd *crowd, uint32_t slot,
                       const struct crowd_person *person)
{
    struct member *member = crowd_member(crowd, slot);
    struct extra *extra = member_extra(crowd, member);
    int status = take_schedule(crowd, person, &member->schedule);
    if (status == ST_OK && person->certificate_count > 0)
        status = intern_take(&crowd->certificates, person->certificates,
                             person->certificate_count * sizeof(person->certificates[0]),
                             &member->certificates);
    for (uint32_t i = 0; i < person->place_count && status == ST_OK; i++) {
        struct hours hours;
        canonical(&person->places[i].hours, &hours);
        status =
            intern_take(&crowd->hours, &hours, sizeof(hours), &extra->places[i].hours);
    }
    if (status == ST_OK)
        status = group_add(crowd, slot, &person->skills);
    return status;
}

/* What happened to the person before stays: alerts and the position go over to the new
 * extra, which is made if there is none. */
static int exchange_extra(struct crowd *crowd, struct member *member,
                          struct extra **extra)
{
    struct extra *before = member_extra(crowd, member);
    bool keeps = before != NULL &&
                 (before->alerts_ms != NULL || (member->flags & MEMBER_MOVED) != 0);
    if (keeps && *extra == NULL && (*extra = extra_new(0)) == NULL)
        return ST_NO_MEMORY;
    if (keeps) {
        (*extra)->here = before->here;
        (*extra)->here_at = before->here_at;
        (*extra)->alerts_ms = before->alerts_ms;
        (*extra)->alert_count = before->alert_count;
        before->alerts_ms = NULL;
    }
    if (before != NULL) {
        crowd_drop_extra(crowd, member->extra);
        member->extra = INTERN_NONE;
    }
    int status = *extra == NULL ? ST_OK : crowd_add_extra(crowd, *extra, &member->extra);
    if (status == ST_OK)
        *extra = NULL; /* the crowd's now */
    return status;
}

static void fill(struct member *member, const struct newcomer *newcomer)
{
    const struct crowd_person *person = newcomer->person;
    const unsigned stay = MEMBER_USED | MEMBER_COMMITTED | MEMBER_EXERCISE | MEMBER_MOVED;
    unsigned flags = (member->flags & stay) |
                     (unsigned)person->mode << MEMBER_MODE_SHIFT |
                     newcomer->pinned << MEMBER_PINNED_SHIFT;
    flags |= is_narrow(person->area) ? 0u : MEMBER_WIDE_AREA;
    flags |= person->suspended ? MEMBER_SUSPENDED : 0u;
    flags |= person->has_email ? MEMBER_HAS_EMAIL : 0u;
    flags |= person->has_phone ? MEMBER_HAS_PHONE : 0u;
    flags |= person->has_push ? MEMBER_HAS_PUSH : 0u;
    flags |= person->place_count > 0 ? MEMBER_PLACED : 0u;
    size_t size = strlen(person->number);
    memset(member->number, 0, sizeof(member->number));
    if (size > NUMBER_INLINE)
        flags |= MEMBER_LONG_NUMBER;
    else
        memcpy(member->number, person->number, size);
    member->flags = (uint16_t)flags;
    member->area = is_narrow(person->area) ? (uint32_t)person->area : 0;
    member->home = person->home;
    member->pin = newcomer->pin;
    member->adult = adult_code(person->birth_day);
}

static int put_locked(struct crowd *crowd, struct newcomer *newcomer)
{
    uint32_t slot = crowd_find(crowd, newcomer->person->id);
    int status = ST_OK;
    if (slot == MEMBER_NONE) {
        status = crowd_take_slot(crowd, newcomer->person->id, &slot);
        if (status < 0)
            return status;
    } else {
        member_unlink(crowd, slot);
        drop_shared(crowd, slot);
    }
    struct member *member = crowd_member(crowd, slot);
    member->flags &= (uint16_t)~MEMBER_PLACED; /* until the places are there */
    status = exchange_extra(crowd, member, &newcomer->extra);
    if (status == ST_OK) {
        fill(member, newcomer);
        status = take_shared(crowd, slot, newcomer->person);
    }
    if (status == ST_OK)
        status = member_link(crowd, slot);
    if (status < 0)
        erase(crowd, slot);
    else
        atomic_fetch_add(&crowd->version, 1);
    return status;
}

int crowd_put(struct crowd *crowd, const struct crowd_person *person)
{
    assert(person->place_count <= CROWD_PLACES_MAX &&
           person->certificate_count <= CROWD_CERTIFICATES_MAX &&
           person->mode < ROAD_MODE_COUNT);
    struct newcomer newcomer;
    int status = prepare(crowd, person, &newcomer);
    if (status < 0) {
        crowd_remove(crowd, person->id);
        return status;
    }
    crowd_lock(crowd);
    status = put_locked(crowd, &newcomer);
    crowd_unlock(crowd);
    extra_free(newcomer.extra);
    return status;
}

void crowd_remove(struct crowd *crowd, int64_t id)
{
    crowd_lock(crowd);
    uint32_t slot = crowd_find(crowd, id);
    if (slot != MEMBER_NONE)
        erase(crowd, slot);
    crowd_unlock(crowd);
}

void crowd_arrange(struct crowd *crowd)
{
    crowd_lock(crowd);
    slab_arrange(&crowd->slab);
    member_arrange(crowd);
    crowd_unlock(crowd);
}

int crowd_set_skills(struct crowd *crowd, const struct skill_table *skills)
{
    crowd_lock(crowd);
    *crowd->skills = *skills;
    group_derive_all(crowd);
    atomic_fetch_add(&crowd->version, 1);
    crowd_unlock(crowd);
    return ST_OK;
}

void crowd_set_closed(struct crowd *crowd, const struct road_closed *closed,
                      uint64_t version)
{
    crowd_lock(crowd);
    crowd->closed = closed;
    atomic_store(&crowd->closed_version, version);
    atomic_fetch_add(&crowd->version, 1);
    crowd_unlock(crowd);
}

bool crowd_has_roads(const struct crowd *crowd)
{
    return crowd->road != NULL;
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

/* False: there is no memory for it. */
static bool note_alert(struct crowd *crowd, struct member *member, int64_t at_ms)
{
    struct extra *extra = member_extra_for(crowd, member);
    if (extra != NULL && extra->alerts_ms == NULL)
        extra->alerts_ms = mem_calloc(CROWD_ALERTS_KEPT, sizeof(*extra->alerts_ms));
    if (extra == NULL || extra->alerts_ms == NULL)
        return false;
    if (extra->alert_count == CROWD_ALERTS_KEPT) {
        memmove(extra->alerts_ms, extra->alerts_ms + 1,
                (CROWD_ALERTS_KEPT - 1) * sizeof(*extra->alerts_ms));
        extra->alert_count--;
    }
    extra->alerts_ms[extra->alert_count++] = at_ms;
    return true;
}

/* Of who has left nothing is owed. */
static void settle_owed(struct crowd *crowd)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < crowd->owed_count; i++) {
        const struct owed owed = crowd->owed[i];
        const uint32_t slot = crowd_find(crowd, owed.id);
        if (slot != MEMBER_NONE &&
            !note_alert(crowd, crowd_member(crowd, slot), owed.at_ms))
            crowd->owed[left++] = owed;
    }
    crowd->owed_count = left;
}

void crowd_note_alert(struct crowd *crowd, int64_t id, int64_t at_ms)
{
    crowd_lock(crowd);
    settle_owed(crowd);
    uint32_t slot = crowd_find(crowd, id);
    if (slot != MEMBER_NONE && !note_alert(crowd, crowd_member(crowd, slot), at_ms) &&
        crowd->owed_count < OWED_MAX)
        crowd->owed[crowd->owed_count++] = (struct owed){id, at_ms};
    atomic_fetch_add(&crowd->version, 1);
    crowd_unlock(crowd);
}

/* The columns of a row have one width. */
struct point crowd_on_grid(struct point at)
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
        slot == MEMBER_NONE ? ROAD_FOOT : member_mode(crowd_member(crowd, slot));
    pthread_rwlock_unlock(&crowd->lock);
    return mode;
}

bool crowd_has(struct crowd *crowd, int64_t id)
{
    if (pthread_rwlock_tryrdlock(&crowd->lock) != 0)
        return false;
    const bool has = crowd_find(crowd, id) != MEMBER_NONE;
    pthread_rwlock_unlock(&crowd->lock);
    return has;
}

static struct point place_at(const struct crowd *crowd, const struct member *member,
                             uint32_t place)
{
    if (place == 0)
        return member->home;
    const struct extra *extra = member_extra(crowd, member);
    return place == CROWD_PLACE_HERE ? extra->here_at : extra->places[place - 1].at;
}

bool crowd_position(struct crowd *crowd, int64_t id, int64_t now_ms, struct point *ret)
{
    struct hours_moment moment;
    hours_moment_init(&moment, now_ms, &crowd->calendar);
    crowd_lock_shared(crowd);
    uint32_t slot = crowd_find(crowd, id);
    struct point at = {0, 0};
    if (slot != MEMBER_NONE)
        at = place_at(crowd, crowd_member(crowd, slot),
                      member_usual_place(crowd, crowd_member(crowd, slot), &moment));
    crowd_unlock(crowd);
    if (slot == MEMBER_NONE)
        return false;
    *ret = crowd_on_grid(at);
    return true;
}

/* MOMENT NULL: their homes. */
static int list_in(struct crowd *crowd, struct box box, const struct hours_moment *moment,
                   struct crowd_whereabouts_list *ret)
{
    struct crowd_whereabouts_list list = {0};
    int status = ST_OK;
    crowd_lock_shared(crowd);
    for (uint32_t i = 0; i < crowd->member_count && status == ST_OK; i++) {
        const struct member *member = crowd_member(crowd, i);
        if ((member->flags & MEMBER_USED) == 0)
            continue;
        const uint32_t place = moment == NULL ? 0 : member_place(crowd, member, moment);
        struct crowd_whereabouts one = {.id = member->id,
                                        .at = place_at(crowd, member, place)};
        if (!box_contains(box, one.at))
            continue;
        member_number(crowd, member, one.number);
        status = mem_grow(&list.items, &list.capacity, list.count + 1, sizeof *list.items,
                          MEMBER_NONE);
        if (status == ST_OK)
            list.items[list.count++] = one;
    }
    crowd_unlock(crowd);
    if (status != ST_OK) {
        mem_free(list.items);
        return status;
    }
    *ret = list;
    return ST_OK;
}

int crowd_list_in(struct crowd *crowd, struct box box, int64_t now_ms,
                  struct crowd_whereabouts_list *ret)
{
    struct hours_moment moment;
    hours_moment_init(&moment, now_ms, &crowd->calendar);
    return list_in(crowd, box, &moment, ret);
}

int crowd_list_homes(struct crowd *crowd, struct box box,
                     struct crowd_whereabouts_list *ret)
{
    return list_in(crowd, box, NULL, ret);
}
