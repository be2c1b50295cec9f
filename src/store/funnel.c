/* SPDX-License-Identifier: Apache-2.0 */
#include "store/funnel.h"

#include "base/mem.h"

#include <assert.h>

/* A mark: state + 1, and these; 0 = not counted yet. */
#define MARK_STATE 0x0f
#define MARK_READ 0x10
#define MARK_DELIVERED 0x20
#define MARK_EN_ROUTE 0x40
#define MARK_ON_SCENE 0x80

static bool was_delivered(const struct loop_incident *incident, const struct alert *alert)
{
    const struct id_index *index = &incident->messages_of_alert;
    for (uint32_t at = id_index_newest(index, alert->id); at != 0;
         at = id_index_before(index, at)) {
        const struct message *message = &incident->messages[at - 1];
        if (message->kind == MESSAGE_KIND_ALERT &&
            (message->state == MESSAGE_DELIVERED || message->state == MESSAGE_READ))
            return true;
    }
    return false;
}

static uint8_t mark_of(struct loop_incident *incident, const struct alert *alert)
{
    static_assert(ALERT_STATE_COUNT < MARK_STATE, "states have four bits");
    uint8_t mark = (uint8_t)(alert->state + 1);
    /* Whoever has read it has got it. */
    if (alert->seen_ms > 0 || (alert->answered_ms > 0 && !alert->on_behalf))
        mark |= MARK_READ | MARK_DELIVERED;
    else if (was_delivered(incident, alert))
        mark |= MARK_DELIVERED;
    if (alert->state != ALERT_ACCEPTED)
        return mark;
    const struct assignment *assignment = loop_assignment_of(incident, alert->id);
    if (assignment == NULL)
        return mark;
    if (assignment->state == ASSIGNMENT_EN_ROUTE)
        mark |= MARK_EN_ROUTE;
    if (assignment->state == ASSIGNMENT_ON_SCENE ||
        assignment->state == ASSIGNMENT_WORKING)
        mark |= MARK_ON_SCENE;
    return mark;
}

/* N = 1 or -1. */
static void add(struct read_funnel *counts, uint8_t mark, int64_t n)
{
    if (mark == 0)
        return;
    counts->in_state[(mark & MARK_STATE) - 1] += n;
    counts->alerted += n;
    counts->read += (mark & MARK_READ) != 0 ? n : 0;
    counts->delivered += (mark & MARK_DELIVERED) != 0 ? n : 0;
    counts->en_route += (mark & MARK_EN_ROUTE) != 0 ? n : 0;
    counts->on_scene += (mark & MARK_ON_SCENE) != 0 ? n : 0;
}

static int funnel_of(struct funnels *funnels, int64_t callout_id, struct funnel **ret)
{
    for (uint32_t i = funnels->count; i-- > 0;)
        if (funnels->items[i].callout_id == callout_id) {
            *ret = &funnels->items[i];
            return ST_OK;
        }
    const int status = mem_grow(&funnels->items, &funnels->capacity, funnels->count + 1,
                                sizeof *funnels->items, LOOP_CALLOUTS_MAX);
    if (status == ST_OK) {
        *ret = &funnels->items[funnels->count++];
        **ret = (struct funnel){.callout_id = callout_id};
    }
    return status;
}

static int note_alert(struct funnels *funnels, struct loop_incident *incident,
                      uint32_t index)
{
    const struct alert *alert = &incident->alerts[index];
    struct funnel *funnel;
    int status = mem_grow(&funnels->marks, &funnels->mark_capacity, index + 1,
                          sizeof *funnels->marks, LOOP_ALERTS_MAX);
    if (status == ST_OK)
        status = funnel_of(funnels, alert->callout_id, &funnel);
    if (status != ST_OK)
        return status;
    while (funnels->mark_count <= index)
        funnels->marks[funnels->mark_count++] = 0;
    const uint8_t mark = mark_of(incident, alert);
    if (mark == funnels->marks[index])
        return ST_OK;
    add(&funnel->counts, funnels->marks[index], -1);
    add(&funnel->counts, mark, 1);
    funnels->marks[index] = mark;
    funnel->has_changed = true;
    return ST_OK;
}

int funnels_note(struct funnels *funnels, struct loop_incident *incident,
                 const struct loop_change *change)
{
    int64_t id = 0;
    if (change->row == LOOP_ROW_ALERT)
        return note_alert(funnels, incident, change->index);
    if (change->row == LOOP_ROW_MESSAGE)
        id = incident->messages[change->index].alert_id;
    else if (change->row == LOOP_ROW_ASSIGNMENT)
        id = incident->assignments[change->index].alert_id;
    const struct alert *alert = id == 0 ? NULL : loop_find_alert(incident, id);
    return alert == NULL
               ? ST_OK
               : note_alert(funnels, incident, (uint32_t)(alert - incident->alerts));
}

int funnels_count(struct funnels *funnels, struct loop_incident *incident)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < incident->alert_count && status == ST_OK; i++)
        status = note_alert(funnels, incident, i);
    return status;
}

void funnels_release(struct funnels *funnels)
{
    mem_free(funnels->items);
    mem_free(funnels->marks);
    *funnels = (struct funnels){0};
}
