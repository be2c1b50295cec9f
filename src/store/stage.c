/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a step: loop_step on the incident in memory, then in this order the tokens
 * of new alerts, events and texts, rows (parents first), credits, commitments, and at the
 * end the inputs to other incidents, which are steps of their own in the same
 * transaction. What is in memory runs ahead of the disk until the commit; what was
 * touched is read again from the disk when the commit, or the command, does not happen.
 */
#include "store/stage.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "store/ledger.h"
#include "store/places.h"
#include "store/response.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define CODE_TRIES_MAX 200

/* ---- the incidents in memory --------------------------------------------------------
 */

/* Index of the first incident whose id is not below ID. */
static uint32_t lower_bound(const struct stage *stage, int64_t id)
{
    uint32_t low = 0, high = stage->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (stage->incidents[middle]->incident.id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct staged *find_loaded(const struct stage *stage, int64_t id)
{
    uint32_t index = lower_bound(stage, id);
    return index < stage->count && stage->incidents[index]->incident.id == id
               ? stage->incidents[index]
               : NULL;
}

static int insert(struct stage *stage, struct staged *staged)
{
    int status = mem_grow(&stage->incidents, &stage->capacity, stage->count + 1,
                          sizeof *stage->incidents, STAGE_INCIDENTS_MAX);
    if (status != ST_OK)
        return status;
    uint32_t index = lower_bound(stage, staged->incident.id);
    memmove(&stage->incidents[index + 1], &stage->incidents[index],
            (stage->count - index) * sizeof *stage->incidents);
    stage->incidents[index] = staged;
    stage->count++;
    return ST_OK;
}

static void free_staged(struct staged *staged)
{
    loop_incident_release(&staged->incident);
    mem_free(staged);
}

static void take_out(struct stage *stage, uint32_t index)
{
    free_staged(stage->incidents[index]);
    memmove(&stage->incidents[index], &stage->incidents[index + 1],
            (stage->count - index - 1) * sizeof *stage->incidents);
    stage->count--;
}

/* ---- commitments --------------------------------------------------------------------
 */

static int note_person(struct stage *stage, int64_t person_id, int64_t alerted_ms)
{
    int status =
        mem_grow(&stage->people, &stage->person_capacity, stage->person_count + 1,
                 sizeof *stage->people, COMMITMENTS_MAX);
    if (status == ST_OK)
        stage->people[stage->person_count++] =
            (struct stage_person){person_id, alerted_ms};
    return status;
}

static int commit_alert(struct stage *stage, struct loop_incident *incident,
                        const struct alert *alert)
{
    const struct assignment *assignment = loop_assignment_of(incident, alert->id);
    struct commitment entry = {.person_id = alert->person_id,
                               .incident_id = incident->id,
                               .alert_id = alert->id,
                               .exercise = incident->exercise,
                               .pending = alert->state == ALERT_PENDING};
    if (assignment != NULL && loop_assignment_is_active(assignment))
        entry.assignment_id = assignment->id;
    memcpy(entry.reply_code, alert->reply_code, sizeof entry.reply_code);
    return commitments_set(&stage->commitments, &entry);
}

static void drop_commitments(struct stage *stage, const struct loop_incident *incident)
{
    for (uint32_t i = 0; i < incident->alert_count; i++)
        commitments_drop(&stage->commitments, incident->alerts[i].person_id,
                         incident->alerts[i].id);
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

/* ---- loading ------------------------------------------------------------------------
 */

static int read_incident(struct stage *stage, int64_t id, struct staged *ret)
{
    struct rows_extra extra;
    int status = rows_load(&stage->rows, stage->db, id, &ret->incident, &extra);
    if (status != ST_OK)
        return status;
    ret->key_slot = extra.key_slot;
    ret->first_position = extra.first_position;
    ret->last_position = extra.last_position;
    ret->next_due_ms = loop_next_due_ms(&ret->incident);
    for (uint32_t i = 0; i < ret->incident.alert_count && status == ST_OK; i++)
        status = commit_alert(stage, &ret->incident, &ret->incident.alerts[i]);
    return status;
}

static struct staged *load(struct stage *stage, int64_t id, int *ret_status)
{
    struct staged *staged = mem_calloc(1, sizeof *staged);
    int status = staged == NULL ? ST_NO_MEMORY : read_incident(stage, id, staged);
    if (status == ST_OK)
        status = insert(stage, staged);
    if (status == ST_OK)
        return staged;
    if (staged != NULL)
        free_staged(staged);
    *ret_status = status;
    return NULL;
}

/* Which incident a row belongs to; 0 = there is no such row. */
static int incident_of(struct stage *stage, enum stage_key key, int64_t id, int64_t *ret)
{
    static const char *const sql[] = {
        [STAGE_INCIDENT] = "SELECT id FROM incident WHERE id = ?1",
        [STAGE_NEED] = "SELECT incident_id FROM need WHERE id = ?1",
        [STAGE_CALLOUT] = "SELECT incident_id FROM callout WHERE id = ?1",
        [STAGE_ALERT] = "SELECT incident_id FROM alert WHERE id = ?1",
        [STAGE_ASSIGNMENT] = "SELECT incident_id FROM assignment WHERE id = ?1",
        [STAGE_MESSAGE] = "SELECT incident_id FROM message WHERE id = ?1",
    };
    struct query *query = db_query(stage->db, sql[key]);
    query_int(query, 1, id);
    int status = query_step(query);
    *ret = status == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

struct staged *stage_find(struct stage *stage, enum stage_key key, int64_t id,
                          int *ret_status)
{
    int64_t incident_id = id;
    *ret_status = ST_NOT_FOUND;
    if (key != STAGE_INCIDENT) {
        int status = incident_of(stage, key, id, &incident_id);
        if (status != ST_OK) {
            *ret_status = status;
            return NULL;
        }
    }
    if (incident_id <= 0)
        return NULL;
    struct staged *staged = find_loaded(stage, incident_id);
    return staged != NULL ? staged : load(stage, incident_id, ret_status);
}

static int load_running(struct stage *stage, struct diag *reterr)
{
    struct query *query = db_query(
        stage->db, "SELECT id FROM incident WHERE state NOT IN ('closed', 'cancelled',"
                   " 'merged') UNION SELECT incident_id FROM assignment WHERE state IN"
                   " ('assigned', 'en_route', 'on_scene', 'working', 'lost_contact')"
                   " ORDER BY 1");
    int status;
    while ((status = query_step(query)) == 1) {
        int64_t id = query_get_int(query, 0);
        int failed = ST_OK;
        if (load(stage, id, &failed) == NULL) {
            query_reset(query);
            return diag_set(reterr, failed, 0, 0, "incident",
                            "incident %lld cannot be read", (long long)id);
        }
    }
    return status;
}

static int load_next_id(struct stage *stage)
{
    struct query *query =
        db_query(stage->db, "SELECT number FROM instance WHERE key = 'next_id'");
    int status = query_step(query);
    stage->next_id = status == 1 ? query_get_int(query, 0) : 1;
    query_reset(query);
    stage->next_id_stored = stage->next_id;
    return status < 0 ? status : ST_OK;
}

static int reserve_slots(struct stage *stage)
{
    struct query *query = db_query(
        stage->db, "SELECT max(slot) + 1 FROM (SELECT coalesce(max(key_slot), -1) AS slot"
                   " FROM person UNION ALL SELECT coalesce(max(key_slot), -1)"
                   " FROM incident)");
    int status = query_step(query);
    if (status == 1)
        vault_reserve(stage->vault, query_get_int(query, 0));
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

int stage_open(struct stage *stage, struct diag *reterr)
{
    commitments_init(&stage->commitments);
    int status = load_next_id(stage);
    if (status == ST_OK)
        status = skills_load(stage->db, &stage->skills);
    if (status == ST_OK && stage->vault != NULL) {
        link_key_init(&stage->link_key, stage->vault);
        status = reserve_slots(stage);
    }
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, "database", "cannot be read");
    rows_init(&stage->rows, &stage->skills);
    status = load_running(stage, reterr);
    if (status != ST_OK)
        return status;
    /* The crowd learns who is committed. */
    for (uint32_t i = 0; i < stage->commitments.count && status == ST_OK; i++)
        status = note_person(stage, stage->commitments.items[i].person_id, 0);
    if (status == ST_OK)
        stage_committed(stage);
    return status;
}

void stage_close(struct stage *stage)
{
    while (stage->count > 0)
        take_out(stage, stage->count - 1);
    mem_free(stage->incidents);
    mem_free(stage->people);
    mem_free(stage->crowd_changed);
    mem_free(stage->destroy_slots);
    commitments_release(&stage->commitments);
}

/* ---- ids, slots, texts, events ------------------------------------------------------
 */

int64_t stage_new_id(struct stage *stage)
{
    return stage->next_id++;
}

static int64_t new_id(void *context)
{
    return stage_new_id(context);
}

int stage_incident_slot(struct stage *stage, int64_t incident_id, int64_t *ret)
{
    int status;
    struct staged *staged = stage_find(stage, STAGE_INCIDENT, incident_id, &status);
    if (staged == NULL)
        return status;
    if (staged->key_slot < 0) {
        status = vault_new_slot(stage->vault, &staged->key_slot);
        if (status != ST_OK)
            return status;
        staged->touched = staged->touched_by_command = true;
        struct query *query =
            db_query(stage->db, "UPDATE incident SET key_slot = ?2 WHERE id = ?1");
        query_int(query, 1, incident_id);
        query_int(query, 2, staged->key_slot);
        status = query_run(query);
        if (status != ST_OK)
            return status;
    }
    *ret = staged->key_slot;
    return ST_OK;
}

/* The person's slot; the incident's if there is no such person (a team, a visitor). */
static int subject_slot(struct stage *stage, int64_t incident_id, int64_t person_id,
                        int64_t *ret)
{
    if (person_id != 0) {
        struct query *query =
            db_query(stage->db, "SELECT key_slot FROM person WHERE id = ?1");
        query_int(query, 1, person_id);
        int status = query_step(query);
        if (status == 1)
            *ret = query_get_int(query, 0);
        query_reset(query);
        if (status != 0)
            return status < 0 ? status : ST_OK;
    }
    return stage_incident_slot(stage, incident_id, ret);
}

int stage_put_text(struct stage *stage, int64_t incident_id, const char *kind,
                   int64_t row, int64_t person_id, const char *text, int64_t now_ms,
                   uint8_t ret_hash[32])
{
    int64_t slot;
    uint8_t *box = NULL;
    size_t size;
    int64_t id = stage_new_id(stage);
    int status = subject_slot(stage, incident_id, person_id, &slot);
    if (status == ST_OK)
        status = vault_text_hash(stage->vault, slot, text, ret_hash);
    if (status == ST_OK)
        status =
            vault_seal(stage->vault, slot, "text", id, text, strlen(text), &box, &size);
    if (status != ST_OK)
        return status;
    struct query *query =
        db_query(stage->db, "INSERT INTO text (id, incident_id, kind, row, person_id,"
                            " key_slot, at_ms, box)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    query_int(query, 1, id);
    query_int(query, 2, incident_id);
    query_text(query, 3, kind);
    query_int(query, 4, row);
    query_int(query, 5, person_id);
    query_int(query, 6, slot);
    query_int(query, 7, now_ms);
    query_blob(query, 8, box, size);
    mem_free(box);
    return query_run(query);
}

int stage_note(struct stage *stage, const char *kind, int64_t actor, int64_t subject,
               const char *code, int64_t number, int64_t now_ms)
{
    struct event event = {.at_ms = now_ms,
                          .kind = kind,
                          .actor = actor,
                          .person_id = subject,
                          .code = code,
                          .number = number};
    return chain_note(stage->chain, &event);
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
    if (told->reason != NULL && told->reason[0] != '\0' && stage->vault != NULL) {
        int status =
            stage_put_text(stage, incident->id, "reason", incident->event_sequence + 1,
                           told->person_id, told->reason, now_ms, hash);
        /* An erased person's words are not kept any more; the step still counts. */
        if (status != ST_OK && status != ST_NOT_FOUND)
            return status;
        event.text_hash = status == ST_OK ? hash : NULL;
    }
    int64_t position;
    int status = chain_append(stage->chain, &event, &incident->event_sequence,
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

static bool code_is_free(const struct stage *stage, int64_t person_id, const char *code)
{
    const struct commitment *entry = NULL;
    while ((entry = commitments_next(&stage->commitments, person_id, entry)) != NULL)
        if (strcmp(entry->reply_code, code) == 0)
            return false;
    return true;
}

/* A new alert gets its link's hash and a reply code that no other open alert of the
 * person has. */
static void equip_alert(struct stage *stage, struct alert *alert)
{
    static const uint8_t none[32];
    if (memcmp(alert->token_hash, none, sizeof none) != 0)
        return;
    char token[LINK_TOKEN_SIZE];
    link_token(&stage->link_key, alert->id, token);
    link_token_hash(token, alert->token_hash);
    for (int i = 0; i < CODE_TRIES_MAX; i++) {
        (void)snprintf(alert->reply_code, sizeof alert->reply_code, "%04u",
                       (unsigned)random_below(stage->random, 10000));
        if (code_is_free(stage, alert->person_id, alert->reply_code))
            return;
    }
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
        const struct alert *alert = loop_find_alert(incident, message->alert_id);
        extra.callout_id = alert == NULL ? 0 : alert->callout_id;
        stage->messages_queued |= message->state == MESSAGE_QUEUED;
    }
    stage->replans_changed |= change->row == LOOP_ROW_CALLOUT;
    return rows_put(&stage->rows, stage->db, change->row, row_at(incident, change),
                    &extra);
}

static int put_rows(struct stage *stage, struct staged *staged,
                    const struct loop_effects *effects)
{
    const struct loop_change itself = {LOOP_ROW_INCIDENT, 0};
    int status = put_row(stage, staged, &itself);
    for (int kind = LOOP_ROW_NEED; kind < LOOP_ROW_COUNT; kind++)
        for (uint32_t i = 0; i < effects->change_count && status == ST_OK; i++)
            if (effects->changes[i].row == (enum loop_row)kind)
                status = put_row(stage, staged, &effects->changes[i]);
    return status;
}

/* Commitments of everybody whose alert or assignment changed. */
static int put_commitments(struct stage *stage, struct loop_incident *incident,
                           const struct loop_effects *effects, uint32_t alerts_before)
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
        bool is_new = change->row == LOOP_ROW_ALERT && change->index >= alerts_before;
        status = commit_alert(stage, incident, alert);
        if (status == ST_OK)
            status = note_person(stage, alert->person_id,
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
    for (int limit = 0; limit < CODE_TRIES_MAX; limit++) {
        const struct commitment *entry = NULL, *found = NULL;
        while (found == NULL && (entry = commitments_next(&stage->commitments,
                                                          elsewhere->person_id, entry)))
            if (entry->incident_id != incident_id &&
                (entry->exercise ? (!exercise || entry->pending)
                                 : elsewhere->what == ELSEWHERE_VOID_ALL &&
                                       entry->pending && !exercise))
                found = entry;
        if (found == NULL)
            return ST_OK;
        struct loop_input input = {.kind = LOOP_VOID,
                                   .id = found->alert_id,
                                   .code = found->exercise && !exercise ? "real"
                                                                        : "elsewhere"};
        int64_t person_id = found->person_id, alert_id = found->alert_id;
        int status = apply_elsewhere(stage, found->incident_id, &input, now_ms, depth);
        if (status != ST_OK)
            return status;
        /* If the loop did not agree it stays, and must not be asked for ever. */
        bool still = false;
        entry = NULL;
        while ((entry = commitments_next(&stage->commitments, person_id, entry)) != NULL)
            still |= entry->alert_id == alert_id;
        if (still)
            return ST_OK;
    }
    return ST_OK;
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
        struct need need = *loop_find_need(&staged->incident, event->need_id);
        need.id = stage_new_id(stage);
        need.state = NEED_OPEN;
        struct loop_input input = {.kind = LOOP_NEED,
                                   .id = need.id,
                                   .actor = merge->actor,
                                   .need = &need,
                                   .code = "merged"};
        status = apply_elsewhere(stage, merge->number, &input, now_ms, depth);
    }
    return status;
}

static int check_merge(struct stage *stage, const struct loop_input *input,
                       struct diag *reterr)
{
    int status;
    struct staged *into = stage_find(stage, STAGE_INCIDENT, input->number, &status);
    if (into == NULL)
        return diag_set(reterr, status == ST_NOT_FOUND ? ST_UNPROCESSABLE : status, 0, 0,
                        "into", "there is no such incident");
    enum incident_state state = into->incident.state;
    if (state == INCIDENT_CLOSED || state == INCIDENT_CANCELLED ||
        state == INCIDENT_MERGED)
        return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "into",
                        "the other incident is not running");
    return ST_OK;
}

/* ---- a step -------------------------------------------------------------------------
 */

static int put_effects(struct stage *stage, struct staged *staged,
                       const struct loop_input *input, int64_t now_ms,
                       const struct loop_effects *effects, uint32_t alerts_before)
{
    struct loop_incident *incident = &staged->incident;
    for (uint32_t i = 0; i < effects->change_count; i++)
        if (effects->changes[i].row == LOOP_ROW_ALERT &&
            effects->changes[i].index >= alerts_before)
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
        status = put_commitments(stage, incident, effects, alerts_before);
    return status;
}

static int apply(struct stage *stage, struct staged *staged,
                 const struct loop_input *input, int64_t now_ms, int depth,
                 struct loop_effects *effects, struct diag *reterr)
{
    struct loop_incident *incident = &staged->incident;
    if (input->kind == LOOP_MERGE) {
        int status = check_merge(stage, input, reterr);
        if (status != ST_OK)
            return status;
    }
    struct loop_world world = {
        .config = stage->config,
        .level = response_level_of(stage->db, incident->area_id, now_ms),
        .new_id = new_id,
        .is_committed = is_committed,
        .is_assigned = is_assigned,
        .context = stage};
    uint32_t alerts_before = incident->alert_count;
    stage->current = incident->id;
    int status = loop_step(incident, input, now_ms, &world, effects, reterr);
    if (status != ST_OK)
        return status;
    if (effects->change_count == 0 && effects->event_count == 0)
        return ST_OK; /* a repetition, or nothing was due */
    staged->touched = staged->touched_by_command = true;
    status = put_effects(stage, staged, input, now_ms, effects, alerts_before);
    staged->next_due_ms = loop_next_due_ms(incident);
    if (depth >= STAGE_ELSEWHERE_DEPTH)
        return status;
    for (uint32_t i = 0; i < effects->elsewhere_count && status == ST_OK; i++)
        status = void_elsewhere(stage, incident->id, incident->exercise,
                                &effects->elsewhere[i], now_ms, depth + 1);
    if (input->kind == LOOP_MERGE && status == ST_OK)
        status = move_needs(stage, staged, input, effects, now_ms, depth + 1);
    if (status != ST_OK)
        (void)diag_set(reterr, status, 0, 0, "database", "the step was not stored");
    return status;
}

int stage_apply(struct stage *stage, struct staged *staged,
                const struct loop_input *input, int64_t now_ms, int64_t *ret_id,
                bool *ret_repeated, struct diag *reterr)
{
    struct loop_effects effects = {0};
    int status = apply(stage, staged, input, now_ms, 0, &effects, reterr);
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
        status = insert(stage, staged);
    if (status != ST_OK) {
        free_staged(staged);
        return status;
    }
    struct loop_input input = {.kind = LOOP_REPORT, .id = incident->id, .actor = actor};
    status = stage_apply(stage, staged, &input, now_ms, NULL, NULL, reterr);
    if (status == ST_OK)
        *ret = staged;
    return status; /* on a failure the command is refused, which takes it out again */
}

/* ---- commands and batches -----------------------------------------------------------
 */

int64_t stage_next_due_ms(const struct stage *stage)
{
    int64_t due = INT64_MAX;
    for (uint32_t i = 0; i < stage->count; i++)
        if (stage->incidents[i]->next_due_ms < due)
            due = stage->incidents[i]->next_due_ms;
    return due;
}

int stage_check(struct stage *stage, struct diag *reterr)
{
    for (uint32_t i = 0; i < stage->count; i++)
        if (stage->incidents[i]->touched_by_command) {
            int status = loop_check(&stage->incidents[i]->incident, reterr);
            if (status != ST_OK)
                return status;
        }
    return ST_OK;
}

void stage_command_kept(struct stage *stage)
{
    for (uint32_t i = 0; i < stage->count; i++)
        stage->incidents[i]->touched_by_command = false;
}

/* Reads every incident again for which TOUCHED says so. */
static int reload(struct stage *stage, bool by_command_only)
{
    int result = ST_OK;
    for (uint32_t i = stage->count; i-- > 0;) {
        struct staged *staged = stage->incidents[i];
        if (!staged->touched_by_command && (by_command_only || !staged->touched))
            continue;
        bool touched_before = staged->touched && by_command_only;
        int64_t id = staged->incident.id;
        drop_commitments(stage, &staged->incident);
        loop_incident_release(&staged->incident);
        *staged = (struct staged){0};
        int status = read_incident(stage, id, staged);
        staged->touched = touched_before;
        if (status == ST_OK)
            continue;
        staged->incident.id = id; /* keeps the order while it is taken out */
        take_out(stage, i);
        if (status != ST_NOT_FOUND) /* not there: it was new */
            result = status;
    }
    return result;
}

void stage_mark(struct stage *stage, struct stage_mark *ret)
{
    *ret = (struct stage_mark){stage->person_count, stage->changed_count,
                               stage->destroy_count};
}

int stage_command_refused(struct stage *stage, const struct stage_mark *mark)
{
    stage->person_count = mark->person_count;
    stage->changed_count = mark->changed_count;
    stage->destroy_count = mark->destroy_count;
    int status = stage->skills_changed ? skills_load(stage->db, &stage->skills) : ST_OK;
    return status == ST_OK ? reload(stage, true) : status;
}

int stage_end_batch(struct stage *stage)
{
    if (stage->next_id == stage->next_id_stored)
        return ST_OK;
    struct query *query =
        db_query(stage->db, "INSERT INTO instance (key, number) VALUES ('next_id', ?1)"
                            " ON CONFLICT(key) DO UPDATE SET number = excluded.number");
    query_int(query, 1, stage->next_id);
    return query_run(query);
}

static void forget_batch(struct stage *stage)
{
    stage->person_count = stage->changed_count = stage->destroy_count = 0;
    stage->skills_changed = stage->messages_queued = stage->replans_changed = false;
}

static void tell_crowd(struct stage *stage, const struct stage_person *person)
{
    bool actual = false, exercise = false;
    const struct commitment *entry = NULL;
    while ((entry = commitments_next(&stage->commitments, person->person_id, entry))) {
        actual |= !entry->exercise;
        exercise |= entry->exercise;
    }
    crowd_set_committed(stage->crowd, person->person_id, actual, exercise);
    if (person->alerted_ms != 0)
        crowd_note_alert(stage->crowd, person->person_id, person->alerted_ms);
}

static bool has_ended(const struct staged *staged)
{
    enum incident_state state = staged->incident.state;
    if (state != INCIDENT_CLOSED && state != INCIDENT_CANCELLED &&
        state != INCIDENT_MERGED)
        return false;
    if (staged->next_due_ms != INT64_MAX)
        return false;
    for (uint32_t i = 0; i < staged->incident.assignment_count; i++)
        if (loop_assignment_is_active(&staged->incident.assignments[i]))
            return false;
    return true;
}

void stage_committed(struct stage *stage)
{
    stage->next_id_stored = stage->next_id;
    for (uint32_t i = 0; i < stage->person_count && stage->crowd != NULL; i++)
        tell_crowd(stage, &stage->people[i]);
    for (uint32_t i = 0; i < stage->destroy_count; i++)
        /* If it fails it is tried again at the next start (people marked erased). */
        if (vault_destroy(stage->vault, stage->destroy_slots[i]) != ST_OK)
            continue;
    for (uint32_t i = stage->count; i-- > 0;) {
        struct staged *staged = stage->incidents[i];
        staged->touched = staged->touched_by_command = false;
        if (has_ended(staged)) {
            drop_commitments(stage, &staged->incident);
            take_out(stage, i);
        }
    }
    forget_batch(stage);
}

int stage_rolled_back(struct stage *stage)
{
    bool skills_changed = stage->skills_changed;
    forget_batch(stage);
    int status = skills_changed ? skills_load(stage->db, &stage->skills) : ST_OK;
    return status == ST_OK ? reload(stage, false) : status;
}
