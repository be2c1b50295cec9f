/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of an incident: looked up by id (binary search), changed with an undo log, and
 * added at the end (ids only grow).
 *
 * The undo log is a run of { row kind u32, index u32, the row as it was } in
 * effects->undo. A bit per row in effects->marks tells that it is there already, so each
 * row is kept once and stands once in effects->changes. The incident itself is kept in
 * step->before; its counts there also tell which rows are new. */
#include "base/mem.h"
#include "loop/step.h"

#include <assert.h>
#include <string.h>

/* ---- looking up -----------------------------------------------------------------------
 */
static void *find(void *rows, uint32_t count, size_t size, int64_t id)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        unsigned char *row = (unsigned char *)rows + (size_t)middle * size;
        int64_t found;
        memcpy(&found, row, sizeof found); /* the id is the first field of every row */
        if (found == id)
            return row;
        if (found < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct need *loop_find_need(struct loop_incident *incident, int64_t id)
{
    return find(incident->needs, incident->need_count, sizeof *incident->needs, id);
}

struct callout *loop_find_callout(struct loop_incident *incident, int64_t id)
{
    return find(incident->callouts, incident->callout_count, sizeof *incident->callouts,
                id);
}

struct alert *loop_find_alert(struct loop_incident *incident, int64_t id)
{
    return find(incident->alerts, incident->alert_count, sizeof *incident->alerts, id);
}

struct assignment *loop_find_assignment(struct loop_incident *incident, int64_t id)
{
    return find(incident->assignments, incident->assignment_count,
                sizeof *incident->assignments, id);
}

struct message *loop_find_message(struct loop_incident *incident, int64_t id)
{
    return find(incident->messages, incident->message_count, sizeof *incident->messages,
                id);
}

/* Rows that are not indexed yet are the newest: those of the step that runs, all of a
 * copy. Then by the person, whose alert it is. */
struct assignment *loop_assignment_of(struct loop_incident *incident, int64_t alert_id)
{
    const struct id_index *index = &incident->assignments_of_person;
    const uint32_t indexed = index->count;
    for (uint32_t i = incident->assignment_count; i > indexed; i--)
        if (incident->assignments[i - 1].alert_id == alert_id)
            return &incident->assignments[i - 1];
    const struct alert *alert = loop_find_alert(incident, alert_id);
    if (alert == NULL || indexed == 0)
        return NULL;
    for (uint32_t at = id_index_newest(index, alert->person_id); at != 0;
         at = id_index_before(index, at))
        if (incident->assignments[at - 1].alert_id == alert_id)
            return &incident->assignments[at - 1];
    return NULL;
}

struct callout *loop_callout_of(struct loop_incident *incident, int64_t need_id)
{
    for (uint32_t i = incident->callout_count; i > 0; i--)
        if (incident->callouts[i - 1].need_id == need_id &&
            incident->callouts[i - 1].state != CALLOUT_ENDED)
            return &incident->callouts[i - 1];
    return NULL;
}

/* ---- the undo log ---------------------------------------------------------------------
 */
struct undo_head {
    uint32_t row, index;
};

static size_t row_size(enum loop_row row)
{
    static const size_t sizes[LOOP_ROW_COUNT] = {
        [LOOP_ROW_NEED] = sizeof(struct need),
        [LOOP_ROW_CALLOUT] = sizeof(struct callout),
        [LOOP_ROW_ALERT] = sizeof(struct alert),
        [LOOP_ROW_ASSIGNMENT] = sizeof(struct assignment),
        [LOOP_ROW_MESSAGE] = sizeof(struct message),
    };
    return sizes[row];
}

static void *row_at(struct loop_incident *incident, enum loop_row row, uint32_t index)
{
    switch (row) {
    case LOOP_ROW_NEED:
        return &incident->needs[index];
    case LOOP_ROW_CALLOUT:
        return &incident->callouts[index];
    case LOOP_ROW_ALERT:
        return &incident->alerts[index];
    case LOOP_ROW_ASSIGNMENT:
        return &incident->assignments[index];
    case LOOP_ROW_MESSAGE:
        return &incident->messages[index];
    default:
        return NULL;
    }
}

static int reserve_mark(struct loop_effects *effects, enum loop_row row, uint32_t index)
{
    uint32_t words = effects->mark_capacity[row];
    int status = mem_grow(&effects->marks[row], &effects->mark_capacity[row],
                          index / 64 + 1, sizeof *effects->marks[row], UINT32_MAX / 64);
    if (status != ST_OK)
        return status;
    if (effects->mark_capacity[row] > words)
        memset(effects->marks[row] + words, 0,
               (effects->mark_capacity[row] - words) * sizeof *effects->marks[row]);
    return ST_OK;
}

/* Notes that the row changes; false (and a sticky status) without memory. */
static bool note_change(struct step *step, enum loop_row row, uint32_t index, bool is_new)
{
    struct loop_effects *effects = step->effects;
    if (step->status != ST_OK)
        return false;
    if (index / 64 < effects->mark_capacity[row] &&
        (effects->marks[row][index / 64] >> (index % 64) & 1) != 0)
        return true;
    size_t size = is_new ? 0 : sizeof(struct undo_head) + row_size(row);
    step->status = reserve_mark(effects, row, index);
    if (step->status == ST_OK)
        step->status = mem_grow(&effects->changes, &effects->change_capacity,
                                effects->change_count + 1, sizeof *effects->changes,
                                UINT32_MAX / 16);
    if (step->status == ST_OK && row != LOOP_ROW_INCIDENT)
        step->status = mem_grow(&effects->undo, &effects->undo_capacity,
                                effects->undo_size + (uint32_t)size, 1, UINT32_MAX / 2);
    if (step->status != ST_OK)
        return false;
    effects->marks[row][index / 64] |= UINT64_C(1) << (index % 64);
    effects->changes[effects->change_count++] = (struct loop_change){row, index};
    if (size == 0 || row == LOOP_ROW_INCIDENT)
        return true;
    struct undo_head head = {row, index};
    memcpy(effects->undo + effects->undo_size, &head, sizeof head);
    memcpy(effects->undo + effects->undo_size + sizeof head,
           row_at(step->incident, row, index), row_size(row));
    effects->undo_size += (uint32_t)size;
    return true;
}

/* ---- rows of a person or an alert -----------------------------------------------------
 */
int loop_index_rows(struct loop_incident *incident)
{
    struct id_index *alerts = &incident->alerts_of_person;
    struct id_index *assignments = &incident->assignments_of_person;
    struct id_index *messages = &incident->messages_of_alert;
    int status = ST_OK;
    while (alerts->count < incident->alert_count && status == ST_OK)
        status = id_index_add(alerts, incident->alerts[alerts->count].person_id);
    while (assignments->count < incident->assignment_count && status == ST_OK)
        status = id_index_add(assignments,
                              incident->assignments[assignments->count].person_id);
    while (messages->count < incident->message_count && status == ST_OK)
        status = id_index_add(messages, incident->messages[messages->count].alert_id);
    return status;
}

static void cut_index(struct loop_incident *incident)
{
    id_index_cut(&incident->alerts_of_person, incident->alert_count);
    id_index_cut(&incident->assignments_of_person, incident->assignment_count);
    id_index_cut(&incident->messages_of_alert, incident->message_count);
}

/* ---- before a step and after one that failed ------------------------------------------
 */
void rows_begin(struct step *step)
{
    step->status = loop_index_rows(step->incident);
    step->before = *step->incident;
    step->effects->undo_size = 0;
    step->effects->alerts_before = step->incident->alert_count;
}

void rows_undo(struct step *step)
{
    struct loop_effects *effects = step->effects;
    struct loop_incident *incident = step->incident;
    for (uint32_t at = 0; at < effects->undo_size;) {
        struct undo_head head;
        memcpy(&head, effects->undo + at, sizeof head);
        at += sizeof head;
        size_t size = row_size((enum loop_row)head.row);
        memcpy(row_at(incident, (enum loop_row)head.row, head.index), effects->undo + at,
               size);
        at += (uint32_t)size;
    }
    struct loop_incident now = *incident;
    *incident = step->before;
    /* The arrays may have moved to a larger room; only their contents go back. */
    incident->needs = now.needs;
    incident->callouts = now.callouts;
    incident->alerts = now.alerts;
    incident->assignments = now.assignments;
    incident->messages = now.messages;
    incident->need_capacity = now.need_capacity;
    incident->callout_capacity = now.callout_capacity;
    incident->alert_capacity = now.alert_capacity;
    incident->assignment_capacity = now.assignment_capacity;
    incident->message_capacity = now.message_capacity;
    incident->alerts_of_person = now.alerts_of_person;
    incident->assignments_of_person = now.assignments_of_person;
    incident->messages_of_alert = now.messages_of_alert;
    cut_index(incident);
}

/* ---- changing and adding --------------------------------------------------------------
 */
struct loop_incident *edit_incident(struct step *step)
{
    (void)note_change(step, LOOP_ROW_INCIDENT, 0, false); /* the failure sticks */
    return step->incident;
}

#define EDIT_AND_ADD(type, rows, ROW, MAX)                                               \
    struct type *edit_##type(struct step *step, const struct type *row)                  \
    {                                                                                    \
        struct loop_incident *incident = step->incident;                                 \
        memset(&step->scratch, 0, sizeof step->scratch);                                 \
        if (step->status != ST_OK)                                                       \
            return &step->scratch.type;                                                  \
        assert(row >= incident->rows && row < incident->rows + incident->type##_count);  \
        uint32_t index = (uint32_t)(row - incident->rows);                               \
        if (!note_change(step, ROW, index, index >= step->before.type##_count))          \
            return &step->scratch.type;                                                  \
        return &incident->rows[index];                                                   \
    }                                                                                    \
    static struct type *append_##type(struct step *step, int64_t id)                     \
    {                                                                                    \
        struct loop_incident *incident = step->incident;                                 \
        memset(&step->scratch, 0, sizeof step->scratch);                                 \
        if (step->status == ST_OK)                                                       \
            step->status =                                                               \
                mem_grow(&incident->rows, &incident->type##_capacity,                    \
                         incident->type##_count + 1, sizeof *incident->rows, MAX);       \
        if (!note_change(step, ROW, incident->type##_count, true))                       \
            return &step->scratch.type;                                                  \
        struct type *row = &incident->rows[incident->type##_count++];                    \
        memset(row, 0, sizeof *row);                                                     \
        row->id = id;                                                                    \
        return row;                                                                      \
    }
EDIT_AND_ADD(need, needs, LOOP_ROW_NEED, LOOP_NEEDS_MAX)
EDIT_AND_ADD(callout, callouts, LOOP_ROW_CALLOUT, LOOP_CALLOUTS_MAX)
EDIT_AND_ADD(alert, alerts, LOOP_ROW_ALERT, LOOP_ALERTS_MAX)
EDIT_AND_ADD(assignment, assignments, LOOP_ROW_ASSIGNMENT, LOOP_ALERTS_MAX)
EDIT_AND_ADD(message, messages, LOOP_ROW_MESSAGE, LOOP_MESSAGES_MAX)
#undef EDIT_AND_ADD

struct need *add_need(struct step *step, int64_t id)
{
    return append_need(step, id);
}

struct callout *add_callout(struct step *step)
{
    return append_callout(step, step->world->new_id(step->world->context));
}

struct alert *add_alert(struct step *step)
{
    return append_alert(step, step->world->new_id(step->world->context));
}

struct assignment *add_assignment(struct step *step)
{
    return append_assignment(step, step->world->new_id(step->world->context));
}

struct message *add_message(struct step *step)
{
    return append_message(step, step->world->new_id(step->world->context));
}

/* ---- states ---------------------------------------------------------------------------
 */
void set_incident_state(struct step *step, enum incident_state state)
{
    struct loop_incident *incident = edit_incident(step);
    assert(step->status != ST_OK ||
           table_leads(MACHINE_INCIDENT, incident->state, step->input->kind, state));
    incident->state = state;
}

#define SET_STATE(type, MACHINE)                                                         \
    void set_##type##_state(struct step *step, struct type *row,                         \
                            enum type##_state state, int input)                          \
    {                                                                                    \
        if (step->status != ST_OK)                                                       \
            return;                                                                      \
        struct type *edited = edit_##type(step, row);                                    \
        assert(step->status != ST_OK ||                                                  \
               table_leads(MACHINE, edited->state, input, state));                       \
        edited->state = state;                                                           \
    }
SET_STATE(need, MACHINE_NEED)
SET_STATE(callout, MACHINE_CALLOUT)
SET_STATE(alert, MACHINE_ALERT)
SET_STATE(assignment, MACHINE_ASSIGNMENT)
SET_STATE(message, MACHINE_MESSAGE)
#undef SET_STATE

void loop_incident_release(struct loop_incident *incident)
{
    mem_free(incident->needs);
    mem_free(incident->callouts);
    mem_free(incident->alerts);
    mem_free(incident->assignments);
    mem_free(incident->messages);
    id_index_release(&incident->alerts_of_person);
    id_index_release(&incident->assignments_of_person);
    id_index_release(&incident->messages_of_alert);
    memset(incident, 0, sizeof *incident);
}
