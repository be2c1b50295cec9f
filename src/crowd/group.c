/* SPDX-License-Identifier: Apache-2.0 */
/* People with the same stated skills form a group: what the skills come to is worked out
 * once for all of them, a question looks at a group once, and the list of its holders is
 * the index that finds rare ones. A holder leaves by the last one taking the place. */
#include "crowd/crowd_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "road/hierarchy.h"

#include <string.h>

#define GROUPS_MAX UINT32_C(100000000)

static void derive(struct group *group, const struct skill_table *skills)
{
    group->potential = group->believed = (struct skill_set){0};
    for (uint32_t i = 0; i < skills->count; i++) {
        if (!skill_set_has(&group->stated, i))
            continue;
        const struct skill *skill = &skills->skills[i];
        skill_set_add_all(&group->potential, &skill->implies);
        if (skill->certificate < 0)
            skill_set_add_all(&group->believed, &skill->implies);
    }
}

static void count_skills(struct crowd *crowd, const struct group *group, uint32_t by)
{
    for (uint32_t word = 0; word < SKILL_MAX / 64; word++)
        for (uint64_t bits = group->potential.bits[word]; bits != 0; bits &= bits - 1)
            crowd->skill_counts[word * 64 + (uint32_t)__builtin_ctzll(bits)] += by;
}

int group_expect(struct crowd *crowd, uint32_t id, uint32_t more)
{
    uint32_t before = crowd->group_capacity;
    int status = mem_grow(&crowd->groups, &crowd->group_capacity, id + 1,
                          sizeof(*crowd->groups), GROUPS_MAX);
    if (status == ST_OK && crowd->group_capacity > before)
        memset(crowd->groups + before, 0,
               (crowd->group_capacity - before) * sizeof(*crowd->groups));
    if (status < 0 || more == 0)
        return status;
    struct group *group = &crowd->groups[id];
    status = mem_grow(&group->holders, &group->capacity, group->count + more,
                      sizeof(*group->holders), MEMBER_NONE);
    if (status == ST_OK && group->count == 0) {
        memcpy(&group->stated, intern_value(&crowd->skill_sets, id),
               sizeof(group->stated));
        derive(group, crowd->skills);
    }
    return status;
}

void group_join(struct crowd *crowd, uint32_t slot, uint32_t id)
{
    struct group *group = &crowd->groups[id];
    struct member *member = crowd_member(crowd, slot);
    assert(group->count < group->capacity);
    member->group = id;
    member->holder_at = group->count;
    group->holders[group->count++] = (struct holder){slot, 0};
    count_skills(crowd, group, 1);
}

int group_add(struct crowd *crowd, uint32_t slot, const struct skill_set *stated)
{
    uint32_t id;
    int status = intern_take(&crowd->skill_sets, stated, sizeof(*stated), &id);
    if (status < 0)
        return status;
    status = group_expect(crowd, id, 1);
    if (status == ST_OK)
        group_join(crowd, slot, id);
    else
        (void)intern_drop(&crowd->skill_sets, id);
    return status;
}

void group_remove(struct crowd *crowd, uint32_t slot)
{
    struct member *member = crowd_member(crowd, slot);
    if (member->group == INTERN_NONE)
        return;
    struct group *group = &crowd->groups[member->group];
    count_skills(crowd, group, UINT32_MAX); /* one less */
    struct holder last = group->holders[--group->count];
    group->holders[member->holder_at] = last;
    crowd_member(crowd, last.member)->holder_at = member->holder_at;
    if (intern_drop(&crowd->skill_sets, member->group)) {
        mem_free(group->holders);
        *group = (struct group){0};
    }
    member->group = INTERN_NONE;
}

uint32_t crowd_rank_of(const struct crowd *crowd, uint32_t edge)
{
    struct road_pin_edge ends;
    road_pin_edge(crowd->road, ROAD_FOOT, edge, &ends);
    uint32_t a = road_rank(crowd->hierarchy, ends.node[0]);
    uint32_t b = road_rank(crowd->hierarchy, ends.node[1]);
    return a < b ? a : b;
}

void group_place(struct crowd *crowd, uint32_t slot)
{
    const struct member *member = crowd_member(crowd, slot);
    if (crowd->hierarchy == NULL)
        return;
    enum road_mode mode = member_mode(member);
    bool moved = (member->flags & MEMBER_MOVED) != 0;
    uint32_t place = moved ? CROWD_PLACE_HERE : 0, key = 0;
    struct road_pin pin = member_pin(crowd, member, place, mode);
    if (pin.edge != ROAD_NODE_NONE && (moved || (member->flags & MEMBER_PLACED) == 0)) {
        bool all = true;
        for (int other = 0; other < ROAD_MODE_COUNT; other++)
            all &=
                member_pin(crowd, member, place, (enum road_mode)other).edge == pin.edge;
        key = (all ? 2u : 1u) << 30 | crowd_rank_of(crowd, pin.edge);
    }
    crowd->groups[member->group].holders[member->holder_at].key = key | (uint32_t)mode
                                                                            << 28;
}

void group_derive_all(struct crowd *crowd)
{
    memset(crowd->skill_counts, 0, sizeof(crowd->skill_counts));
    for (uint32_t id = 0; id < crowd->skill_sets.count; id++) {
        struct group *group = &crowd->groups[id];
        if (group->count == 0)
            continue;
        derive(group, crowd->skills);
        count_skills(crowd, group, group->count);
    }
}

void group_release(struct crowd *crowd)
{
    for (uint32_t id = 0; id < crowd->group_capacity; id++)
        mem_free(crowd->groups[id].holders);
    mem_free(crowd->groups);
}

/* ---- what counts today ----------------------------------------------------------------
 */

/* Whether one of LIST[0..COUNT) that is valid on the day is what SKILL demands. */
static bool is_certified(const struct skill *skill, const struct crowd_certificate *list,
                         uint32_t count, int32_t day)
{
    for (uint32_t i = 0; i < count; i++)
        if (list[i].certificate == skill->certificate && list[i].last_day >= day)
            return skill->certificate >= 0;
    return false;
}

bool crowd_read_certificate(const struct skill_table *skills, const char *text,
                            struct crowd_certificate *ret)
{
    char code[SKILL_CODE_MAX + 1];
    const char *colon = strrchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof code)
        return false;
    memcpy(code, text, (size_t)(colon - text));
    code[colon - text] = '\0';
    ret->certificate = skill_find_certificate(skills, code);
    return ret->certificate >= 0 && time_parse_day(colon + 1, &ret->last_day);
}

void crowd_skills_on(const struct crowd_person *person, const struct skill_table *skills,
                     int32_t day, struct skill_set *ret)
{
    *ret = (struct skill_set){0};
    for (uint32_t i = 0; i < skills->count; i++) {
        const struct skill *skill = &skills->skills[i];
        if (skill_set_has(&person->skills, i) &&
            (skill->certificate < 0 ||
             is_certified(skill, person->certificates, person->certificate_count, day)))
            skill_set_add_all(ret, &skill->implies);
    }
}

bool crowd_skill_lapses(const struct crowd_person *person,
                        const struct skill_table *skills, int32_t day)
{
    struct skill_set counted;
    crowd_skills_on(person, skills, day, &counted);
    return !skill_set_covers(&counted, &person->skills);
}

void crowd_effective(const struct crowd *crowd, const struct member *member, int32_t day,
                     struct skill_set *ret)
{
    const struct group *group = &crowd->groups[member->group];
    *ret = group->believed;
    if (member->certificates == INTERN_NONE)
        return;
    const struct crowd_certificate *list =
        intern_value(&crowd->certificates, member->certificates);
    uint32_t count =
        intern_size(&crowd->certificates, member->certificates) / sizeof(*list);
    for (uint32_t word = 0; word < SKILL_MAX / 64; word++)
        for (uint64_t bits = group->stated.bits[word]; bits != 0; bits &= bits - 1) {
            uint32_t index = word * 64 + (uint32_t)__builtin_ctzll(bits);
            const struct skill *skill = &crowd->skills->skills[index];
            if (index < crowd->skills->count && is_certified(skill, list, count, day))
                skill_set_add_all(ret, &skill->implies);
        }
}
