/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a step: loop_step on the incident in memory, then in this order the tokens
 * of new alerts, events and texts, rows (parents first), credits, commitments, and at the
 * end the inputs to other incidents, which are steps of their own in the same
 * transaction. */
#include "store/stage_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "loop/names.h"
#include "store/answer.h"
#include "store/desk.h"
#include "store/ledger.h"
#include "store/notes.h"
#include "store/texts.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define CODE_TRIES_MAX 200

/* ---- the world, as a step sees it
 * ------------------------------------------------------ */

static int64_t new_id(void *context)
{
    return stage_new_id(context);
}

static bool any_commitment(struct stage *stage, int64_t person_id, bool exercise,
                           bool assigned_only)
{
    const struct commitment *entry = NULL;
    while ((entry = commitments_next(&stage->commitments, person_id, entry)) != NULL) {
        if (entry->incident_id == stage->current || (entry->exercise && !exercise))
            continue;
        if (entry->assignment_id != 0 || (entry->pending && !assigned_only))
            return true;
    }
    return false;
}

static bool is_committed(void *context, int64_t person_id, bool exercise)
{
    return any_commitment(context, person_id, exercise, false);
}

static bool is_assigned(void *context, int64_t person_id, bool exercise)
{
    return any_commitment(context, person_id, exercise, true);
}

/* Alerts of commands before this one in the batch count too; the crowd is told of them
 * after the commit only. */
static bool is_capped(void *context, int64_t person_id, int64_t now_ms)
{
    const struct stage *stage = context;
    return stage->crowd != NULL && stage_alerts_of_batch(stage, person_id) >=
                                       crowd_alerts_left(stage->crowd, person_id, now_ms);
}

static int find_desks(void *context, int64_t area_id, int64_t now_ms,
                      struct loop_desk ret[LOOP_DESKS_MAX])
{
    const struct stage *stage = context;
    return desks_above(stage->db, area_id, now_ms, ret);
}

/* ---- events ---------------------------------------------------------------------------
 */

/* The words that an event tells, as a row; *RET_HAS: it has their hash. */
static int put_words(struct stage *stage, const struct loop_incident *incident,
                     const struct loop_event *told, int64_t now_ms, uint8_t ret_hash[32],
                     bool *ret_has)
{
    int status = ST_NOT_FOUND;
    if (stage->vault == NULL)
        return ST_OK;
    if (told->notes != NULL)
        status =
            notes_put(stage, incident->id, told->need_id, told->notes, now_ms, ret_hash);
    else if (told->reason != NULL && told->reason[0] != '\0')
        status =
            stage_put_text(stage, incident->id, "reason", incident->event_sequence + 1,
                           told->person_id, told->reason, now_ms, ret_hash);
    *ret_has = status == ST_OK;
    /* An erased person's words are not kept any more; the step still counts. */
    return status == ST_NOT_FOUND ? ST_OK : status;
}

static int put_event(struct stage *stage, struct staged *staged,
                     const struct loop_event *told, int64_t now_ms)
{
    struct loop_incident *incident = &staged->incident;
    uint8_t hash[32];
    struct event event = {.incident_id = incident->id,
                          .at_ms = now_ms,
                          .kind = told->kind,
                          .actor = told->actor,
                          .need_id = told->need_id,
                          .callout_id = told->callout_id,
                          .alert_id = told->alert_id,
                          .assignment_id = told->assignment_id,
                          .person_id = told->person_id,
                          .message_id = told->message_id,
                          .code = told->code,
                          .number = told->number};
    bool has_hash = false;
    int status = put_words(stage, incident, told, now_ms, hash, &has_hash);
    if (status != ST_OK)
        return status;
    event.text_hash = has_hash ? hash : NULL;
    int64_t position;
    status = chain_append(stage->chain, &event, &incident->event_sequence,
                          incident->chain_head, &position);
    if (status != ST_OK)
        return status;
    if (staged->first_position == 0)
        staged->first_position = position;
    staged->last_position = position;
    return ST_OK;
}

/* ---- what follows from a step -------------------------------------------------------
 */

/* A new alert gets its link's hash, and a reply code that no other alert of the person
 * has in a running incident: one that is over may be written back to as well, and must
 * not be taken for another. */
static void equip_alert(struct stage *stage, struct alert *alert)
{
    static const uint8_t none[32];
    if (memcmp(alert->token_hash, none, sizeof none) != 0)
        return;
    char token[LINK_TOKEN_SIZE];
    link_token(&stage->link_key, alert->id, token);
    link_token_hash(token, alert->token_hash);
    char code[sizeof alert->reply_code];
    for (int i = 0; i < CODE_TRIES_MAX; i++) {
        (void)snprintf(code, sizeof code, "%04u",
                       (unsigned)random_below(stage->random, 10000));
        if (!commitments_have_code(&stage->commitments, alert->person_id, code))
            break;
    }
    memcpy(alert->reply_code, code, sizeof code);
}

static const void *row_at(const struct loop_incident *incident,
                          const struct loop_change *change)
{
    switch (change->row) {
    case LOOP_ROW_NEED:
        return &incident->needs[change->index];
    case LOOP_ROW_CALLOUT:
        return &incident->callouts[change->index];
    case LOOP_ROW_ALERT:
        return &incident->alerts[change->index];
    case LOOP_ROW_ASSIGNMENT:
        return &incident->assignments[change->index];
    case LOOP_ROW_MESSAGE:
        return &incident->messages[change->index];
    case LOOP_ROW_INCIDENT:
    case LOOP_ROW_COUNT:
        break;
    }
    return incident;
}

static int put_row(struct stage *stage, struct staged *staged,
                   const struct loop_change *change)
{
    struct loop_incident *incident = &staged->incident;
    struct rows_extra extra = {.incident_id = incident->id,
                               .key_slot = staged->key_slot,
                               .first_position = staged->first_position,
                               .last_position = staged->last_position};
    if (change->row == LOOP_ROW_MESSAGE) {
        const struct message *message = &incident->messages[change->index];
        if (message->state == MESSAGE_READ)
            return ST_OK; /* its alert's row says so */
        const struct alert *alert = loop_find_alert(incident, message->alert_id);
        extra.callout_id = alert == NULL ? 0 : alert->callout_id;
        stage->messages_queued |= message->state == MESSAGE_QUEUED;
    }
    const int64_t due_ms = loop_change_due_ms(incident, change);
    if (due_ms < staged->next_due_ms)
        staged->next_due_ms = due_ms;
    staged->around_changed |=
        change->row == LOOP_ROW_INCIDENT || change->row == LOOP_ROW_NEED;
    staged->seats_changed |= staged->around_changed || change->row == LOOP_ROW_ASSIGNMENT;
    if (change->row == LOOP_ROW_ALERT) /* its answer will ask */
        stage_note_home(stage, STAGE_ALERT, incident->alerts[change->index].id,
                        incident->id);
    int status =
        rows_put(&stage->rows, stage->db, change->row, row_at(incident, change), &extra);
    if (change->row != LOOP_ROW_CALLOUT || status != ST_OK)
        return status;
    stage->replans_changed = true;
    const int64_t sending = staged->sending;
    staged->sending = stage_find_sending(incident);
    const struct callout *callout = &incident->callouts[change->index];
    return callout->id == sending && callout->unsent == 0
               ? stage_wave_forget(stage, callout->id)
               : ST_OK;
}

static int put_rows(struct stage *stage, struct staged *staged,
                    const struct loop_effects *effects)
{
    const struct loop_change itself = {LOOP_ROW_INCIDENT, 0};
    bool has_changed = false;
    for (uint32_t i = 0; i < effects->change_count; i++)
        has_changed |= effects->changes[i].row == LOOP_ROW_INCIDENT;
    int status = has_changed
                     ? put_row(stage, staged, &itself)
                     : rows_put_head(stage->db, &staged->incident, staged->first_position,
                                     staged->last_position);
    for (int kind = LOOP_ROW_NEED; kind < LOOP_ROW_COUNT; kind++)
        for (uint32_t i = 0; i < effects->change_count && status == ST_OK; i++)
            if (effects->changes[i].row == (enum loop_row)kind)
                status = put_row(stage, staged, &effects->changes[i]);
    return status;
}

/* Commitments of everybody whose alert or assignment changed. */
static int put_commitments(struct stage *stage, struct loop_incident *incident,
                           const struct loop_effects *effects)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < effects->change_count && status == ST_OK; i++) {
        const struct loop_change *change = &effects->changes[i];
        const struct alert *alert = NULL;
        if (change->row == LOOP_ROW_ALERT)
            alert = &incident->alerts[change->index];
        else if (change->row == LOOP_ROW_ASSIGNMENT)
            alert =
                loop_find_alert(incident, incident->assignments[change->index].alert_id);
        if (alert == NULL)
            continue;
        bool is_new =
            change->row == LOOP_ROW_ALERT && change->index >= effects->alerts_before;
        status = stage_commit_alert(stage, incident, alert);
        if (status == ST_OK)
            status =
                stage_note_person(stage, alert->person_id,
                                  is_new && !incident->exercise ? alert->alerted_ms : 0);
    }
    return status;
}

static int put_credits(struct stage *stage, const struct loop_effects *effects,
                       int64_t actor, int64_t now_ms)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < effects->credit_count && status == ST_OK; i++)
        status =
            ledger_credit(stage->db, new_id, stage, &effects->credits[i], actor, now_ms);
    return status;
}

/* ---- other incidents ----------------------------------------------------------------
 */

static int apply(struct stage *stage, struct staged *staged,
                 const struct loop_input *input, int64_t now_ms, int depth,
                 struct loop_effects *effects, struct diag *reterr);

/* An input that may or may not fit there: a refusal is no failure. */
static int apply_elsewhere(struct stage *stage, int64_t incident_id,
                           const struct loop_input *input, int64_t now_ms, int depth)
{
    int status;
    struct staged *staged = stage_find(stage, STAGE_INCIDENT, incident_id, &status);
    if (staged == NULL)
        return status;
    struct loop_effects effects = {0};
    struct diag diag;
    status = apply(stage, staged, input, now_ms, depth, &effects, &diag);
    loop_effects_release(&effects);
    return status == ST_CONFLICT || status == ST_UNPROCESSABLE ? ST_OK : status;
}

/* Invariant 5: a yes voids the person's other invitations, what is real ends exercises.
 */
static int void_elsewhere(struct stage *stage, int64_t incident_id, bool exercise,
                          const struct loop_elsewhere *elsewhere, int64_t now_ms,
                          int depth)
{
    /* By id, so that one the loop does not agree to is passed and not met again. */
    for (int64_t last = 0;;) {
        const struct commitment *entry = NULL, *found = NULL;
        while ((entry = commitments_next(&stage->commitments, elsewhere->person_id,
                                         entry)) != NULL)
            if (entry->incident_id != incident_id && entry->alert_id > last &&
                (found == NULL || entry->alert_id < found->alert_id) &&
                (entry->exercise ? (!exercise || entry->pending)
                                 : elsewhere->what == ELSEWHERE_VOID_ALL &&
                                       entry->pending && !exercise))
                found = entry;
        if (found == NULL)
            return ST_OK;
        last = found->alert_id;
        struct loop_input input = {.kind = LOOP_VOID,
                                   .id = last,
                                   .yes = elsewhere->what == ELSEWHERE_VOID_ALL,
                                   .code = found->exercise && !exercise ? "real"
                                                                        : "elsewhere"};
        int status = apply_elsewhere(stage, found->incident_id, &input, now_ms, depth);
        if (status != ST_OK)
            return status;
    }
}

int stage_void_person(struct stage *stage, int64_t person_id, const char *code,
                      int64_t actor, int64_t now_ms)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < stage->count; i++) {
        const struct loop_incident *incident = &stage->incidents[i]->incident;
        const struct id_index *index = &incident->alerts_of_person;
        for (uint32_t at = id_index_newest(index, person_id); at != 0 && status == ST_OK;
             at = id_index_before(index, at)) {
            const struct alert *alert = &incident->alerts[at - 1];
            const struct loop_input input = {
                .kind = LOOP_VOID, .id = alert->id, .actor = actor, .code = code};
            if (loop_alert_is_open(alert))
                status = apply_elsewhere(stage, incident->id, &input, now_ms, 0);
        }
    }
    return status;
}

static int move_need(struct stage *stage, struct staged *staged, int64_t need_id,
                     const struct loop_input *merge, int64_t now_ms, int depth)
{
    struct need_notes kept;
    struct need need = *loop_find_need(&staged->incident, need_id);
    int status = ST_NOT_FOUND;
    if (stage->vault != NULL)
        status = notes_read(stage->db, stage->vault, staged->incident.id, need_id, &kept);
    if (status != ST_OK && status != ST_NOT_FOUND)
        return status;
    struct loop_notes notes = {0};
    if (status == ST_OK)
        notes = notes_borrow(&kept);
    need.id = stage_new_id(stage);
    need.state = NEED_OPEN;
    const struct loop_input input = {.kind = LOOP_NEED,
                                     .id = need.id,
                                     .actor = merge->actor,
                                     .need = &need,
                                     .notes = status == ST_OK ? &notes : NULL,
                                     .code = "merged"};
    return apply_elsewhere(stage, merge->number, &input, now_ms, depth);
}

/* Open needs of a merged incident are stated again in the one it went into. */
static int move_needs(struct stage *stage, struct staged *staged,
                      const struct loop_input *merge, const struct loop_effects *effects,
                      int64_t now_ms, int depth)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < effects->event_count && status == ST_OK; i++) {
        const struct loop_event *event = &effects->events[i];
        if (strcmp(event->kind, "need.cancelled") != 0 || event->code == NULL ||
            strcmp(event->code, "merged") != 0)
            continue;
        status = move_need(stage, staged, event->need_id, merge, now_ms, depth);
    }
    return status;
}

static int check_merge(struct stage *stage, const struct staged *from,
                       const struct loop_input *input, struct diag *reterr)
{
    int status;
    struct staged *into = stage_find(stage, STAGE_INCIDENT, input->number, &status);
    if (into == NULL)
        return diag_set(reterr, status == ST_NOT_FOUND ? ST_UNPROCESSABLE : status, 0, 0,
                        "into", "there is no such incident");
    /* Where needs cannot be stated any more, those that move would be lost. */
    enum incident_state state = into->incident.state;
    if (state != INCIDENT_REPORTED && state != INCIDENT_CONFIRMED &&
        state != INCIDENT_ACTIVE)
        return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "into",
                        "the other incident takes no needs any more: it is %s",
                        incident_state_code(state));
    if (into->incident.exercise != from->incident.exercise)
        return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "into",
                        "an exercise and a real incident cannot be merged");
    return ST_OK;
}

/* ---- a step -------------------------------------------------------------------------
 */

static int put_effects(struct stage *stage, struct staged *staged,
                       const struct loop_input *input, int64_t now_ms,
                       const struct loop_effects *effects)
{
    struct loop_incident *incident = &staged->incident;
    for (uint32_t i = 0; i < effects->change_count; i++)
        if (effects->changes[i].row == LOOP_ROW_ALERT &&
            effects->changes[i].index >= effects->alerts_before)
            equip_alert(stage, &incident->alerts[effects->changes[i].index]);
    int status = ST_OK;
    if (effects->event_count > 0 && incident->event_sequence == 0) {
        /* A new incident: its row first, texts refer to it. */
        const struct loop_change itself = {LOOP_ROW_INCIDENT, 0};
        status = put_row(stage, staged, &itself);
    }
    for (uint32_t i = 0; i < effects->event_count && status == ST_OK; i++)
        status = put_event(stage, staged, &effects->events[i], now_ms);
    if (status == ST_OK)
        status = put_rows(stage, staged, effects);
    if (status == ST_OK)
        status = put_credits(stage, effects, input->actor, now_ms);
    if (status == ST_OK)
        status = answer_put_step(stage, incident, effects, now_ms);
    if (status == ST_OK)
        status = put_commitments(stage, incident, effects);
    for (uint32_t i = 0; i < effects->change_count && status == ST_OK; i++)
        status = funnels_note(&staged->funnels, incident, &effects->changes[i]);
    return status;
}

/* Whether the step broke an invariant. */
static int check_step(struct stage *stage, struct staged *staged,
                      const struct loop_effects *effects, struct diag *reterr)
{
    const struct loop_incident *incident = &staged->incident;
    int status = ST_OK;
    bool is_partial = loop_check_is_partial(incident, effects);
    if (is_partial)
        status = loop_check_changes(incident, effects, reterr);
    if (status != ST_OK || (is_partial && !stage->check_all))
        return status;
    staged->unchecked |=
        !stage->check_all &&
        incident->alert_count + incident->assignment_count + incident->message_count >
            STAGE_CHECK_ROWS_MAX;
    if (staged->unchecked)
        return ST_OK;
    status = loop_check(incident, reterr);
    assert(status != ST_CORRUPT || !is_partial); /* else the other one missed it */
    return status;
}

static int apply(struct stage *stage, struct staged *staged,
                 const struct loop_input *input, int64_t now_ms, int depth,
                 struct loop_effects *effects, struct diag *reterr)
{
    struct loop_incident *incident = &staged->incident;
    if (input->kind == LOOP_MERGE) {
        int status = check_merge(stage, staged, input, reterr);
        if (status != ST_OK)
            return status;
    }
    struct loop_world world = {.config = stage->config,
                               .new_id = new_id,
                               .is_committed = is_committed,
                               .is_assigned = is_assigned,
                               .is_capped = is_capped,
                               .find_desks = find_desks,
                               .context = stage};
    stage->current = incident->id;
    int status = stage_level(stage, incident->area_id, now_ms, &world.level);
    if (status == ST_OK && input->wave != NULL)
        status = stage_sort_alerted(stage);
    if (status == ST_OK)
        status = loop_step(incident, input, now_ms, &world, effects, reterr);
    if (status != ST_OK)
        return status;
    if (effects->change_count == 0 && effects->event_count == 0)
        return ST_OK; /* a repetition, or nothing was due */
    staged->touched = staged->touched_by_command = true;
    status = check_step(stage, staged, effects, reterr);
    if (status != ST_OK)
        return status;
    status = put_effects(stage, staged, input, now_ms, effects);
    if (depth >= STAGE_ELSEWHERE_DEPTH)
        return status;
    for (uint32_t i = 0; i < effects->elsewhere_count && status == ST_OK; i++)
        status = void_elsewhere(stage, incident->id, incident->exercise,
                                &effects->elsewhere[i], now_ms, depth + 1);
    if (input->kind == LOOP_MERGE && status == ST_OK)
        status = move_needs(stage, staged, input, effects, now_ms, depth + 1);
    /* Whoever is called for the needs that moved finds who asked by that. */
    if (input->kind == LOOP_MERGE && status == ST_OK && stage->vault != NULL)
        status = requester_copy(stage, incident->id, input->number);
    if (status != ST_OK)
        (void)diag_set(reterr, status, 0, 0, "database", "the step was not stored");
    return status;
}

int stage_step(struct stage *stage, struct staged *staged, const struct loop_input *input,
               int64_t now_ms, struct loop_effects *effects, struct diag *reterr)
{
    return apply(stage, staged, input, now_ms, 0, effects, reterr);
}

int stage_apply(struct stage *stage, struct staged *staged,
                const struct loop_input *input, int64_t now_ms, int64_t *ret_id,
                bool *ret_repeated, struct diag *reterr)
{
    struct loop_effects effects = {0};
    int status = stage_wave_is_large(stage, input)
                     ? stage_wave_begin(stage, staged, input, now_ms, &effects, reterr)
                     : stage_step(stage, staged, input, now_ms, &effects, reterr);
    if (status == ST_OK && ret_id != NULL)
        *ret_id = effects.id;
    if (status == ST_OK && ret_repeated != NULL)
        *ret_repeated = effects.repeated;
    loop_effects_release(&effects);
    return status;
}

/* "P261123-0001": the local day and a number of that day. */
static int make_case_number(struct stage *stage, int64_t now_ms, char ret[16])
{
    struct time_local local;
    time_to_local(now_ms, &local);
    char day[16], end[16];
    (void)snprintf(day, sizeof day, "P%02d%02d%02d-", local.year % 100, local.month,
                   local.day);
    (void)snprintf(end, sizeof end, "P%02d%02d%02d.", local.year % 100, local.month,
                   local.day);
    struct query *query = db_query(
        stage->db, "SELECT case_number FROM incident WHERE case_number > ?1"
                   " AND case_number < ?2"
                   " ORDER BY length(case_number) DESC, case_number DESC LIMIT 1");
    query_text(query, 1, day);
    query_text(query, 2, end);
    int status = query_step(query);
    int number = 1;
    if (status == 1)
        number = 1 + (int)strtol(query_get_text(query, 0) + strlen(day), NULL, 10);
    query_reset(query);
    if (status >= 0)
        (void)snprintf(ret, 16, "%s%04d", day, number);
    return status < 0 ? status : ST_OK;
}

int stage_report(struct stage *stage, const struct loop_incident *template, int64_t actor,
                 int64_t now_ms, struct staged **ret, struct diag *reterr)
{
    struct staged *staged = mem_calloc(1, sizeof *staged);
    if (staged == NULL)
        return ST_NO_MEMORY;
    struct loop_incident *incident = &staged->incident;
    incident->id = stage_new_id(stage);
    incident->kind = template->kind;
    incident->grade = template->grade;
    incident->exercise = template->exercise;
    incident->at = template->at;
    incident->area_id = template->area_id;
    staged->key_slot = -1;
    staged->next_due_ms = INT64_MAX;
    staged->touched = staged->touched_by_command = true;
    int status = make_case_number(stage, now_ms, incident->case_number);
    if (status == ST_OK)
        status = stage_insert(stage, staged);
    if (status != ST_OK) {
        stage_free_staged(staged);
        return status;
    }
    struct loop_input input = {.kind = LOOP_REPORT, .id = incident->id, .actor = actor};
    status = stage_apply(stage, staged, &input, now_ms, NULL, NULL, reterr);
    if (status == ST_OK)
        *ret = staged;
    return status; /* on a failure the command is refused, which takes it out again */
}
