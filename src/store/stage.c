/* SPDX-License-Identifier: Apache-2.0 */
/* The running incidents, their ids, keys and texts, and what happens to them at the end
 * of commands and batches. What is in memory runs ahead of the disk until the commit;
 * what was touched is read again from the disk when the commit, or the command, does not
 * happen. The steps themselves: stage_step.c. */
#include "store/stage_internal.h"

#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"
#include "store/notice.h"
#include "store/number.h"
#include "store/places.h"
#include "store/response.h"
#include "store/texts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int stage_insert(struct stage *stage, struct staged *staged)
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

void stage_free_staged(struct staged *staged)
{
    loop_incident_release(&staged->incident);
    funnels_release(&staged->funnels);
    mem_free(staged);
}

static void take_out(struct stage *stage, uint32_t index)
{
    stage_free_staged(stage->incidents[index]);
    memmove(&stage->incidents[index], &stage->incidents[index + 1],
            (stage->count - index - 1) * sizeof *stage->incidents);
    stage->count--;
}

/* ---- commitments --------------------------------------------------------------------
 */

static int note(struct stage *stage, struct stage_person person)
{
    int status =
        mem_grow(&stage->people, &stage->person_capacity, stage->person_count + 1,
                 sizeof *stage->people, COMMITMENTS_MAX);
    if (status == ST_OK)
        stage->people[stage->person_count++] = person;
    return status;
}

int stage_note_person(struct stage *stage, int64_t person_id, int64_t alerted_ms)
{
    return note(stage, (struct stage_person){person_id, alerted_ms, false, {0, 0}});
}

int stage_note_position(struct stage *stage, int64_t person_id, struct point at)
{
    return note(stage, (struct stage_person){person_id, 0, true, at});
}

int stage_sort_alerted(struct stage *stage)
{
    if (stage->alerted_of == stage->person_count)
        return ST_OK;
    stage->alerted_count = 0;
    int status = mem_grow(&stage->alerted, &stage->alerted_capacity, stage->person_count,
                          sizeof *stage->alerted, COMMITMENTS_MAX);
    if (status != ST_OK)
        return status;
    for (uint32_t i = 0; i < stage->person_count; i++)
        if (stage->people[i].alerted_ms != 0)
            stage->alerted[stage->alerted_count++] = stage->people[i].person_id;
    ids_sort(stage->alerted, stage->alerted_count);
    stage->alerted_of = stage->person_count;
    return ST_OK;
}

uint32_t stage_alerts_of_batch(const struct stage *stage, int64_t person_id)
{
    uint32_t low = ids_from(stage->alerted, stage->alerted_count, person_id);
    uint32_t end = low;
    while (end < stage->alerted_count && stage->alerted[end] == person_id)
        end++;
    return end - low;
}

int stage_commit_alert(struct stage *stage, struct loop_incident *incident,
                       const struct alert *alert)
{
    const struct assignment *assignment =
        alert->state == ALERT_ACCEPTED ? loop_assignment_of(incident, alert->id) : NULL;
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

/* ---- loading ------------------------------------------------------------------------
 */

int64_t stage_find_sending(const struct loop_incident *incident)
{
    for (uint32_t i = 0; i < incident->callout_count; i++)
        if (incident->callouts[i].unsent > 0)
            return incident->callouts[i].id;
    return 0;
}

static int read_staged(struct stage *stage, int64_t id, struct staged *ret)
{
    struct rows_extra extra;
    int status = rows_load(&stage->rows, stage->db, id, &ret->incident, &extra);
    if (status != ST_OK)
        return status;
    ret->key_slot = extra.key_slot;
    ret->first_position = extra.first_position;
    ret->last_position = extra.last_position;
    ret->next_due_ms = loop_next_due_ms(&ret->incident);
    ret->sending = stage_find_sending(&ret->incident);
    status = loop_index_rows(&ret->incident);
    if (status == ST_OK)
        status = funnels_count(&ret->funnels, &ret->incident);
    struct diag diag;
    if (status == ST_OK && stage->check_all) /* a disk may have lost what it kept */
        status = loop_check(&ret->incident, &diag);
    for (uint32_t i = 0; i < ret->incident.alert_count && status == ST_OK; i++) {
        stage_note_home(stage, STAGE_ALERT, ret->incident.alerts[i].id, id);
        status = stage_commit_alert(stage, &ret->incident, &ret->incident.alerts[i]);
    }
    return status;
}

static struct staged *load(struct stage *stage, int64_t id, int *ret_status)
{
    struct staged *staged = mem_calloc(1, sizeof *staged);
    int status = staged == NULL ? ST_NO_MEMORY : read_staged(stage, id, staged);
    if (status == ST_OK)
        status = stage_insert(stage, staged);
    if (status == ST_OK)
        return staged;
    if (staged != NULL)
        stage_free_staged(staged);
    *ret_status = status;
    return NULL;
}

void stage_note_home(struct stage *stage, enum stage_key key, int64_t id,
                     int64_t incident_id)
{
    stage->homes[id & (STAGE_HOMES - 1)] = (struct stage_home){id, incident_id, key};
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
    struct stage_home *home = &stage->homes[id & (STAGE_HOMES - 1)];
    if (home->id == id && home->key == key && id > 0) {
        *ret = home->incident_id;
        return ST_OK;
    }
    struct query *query = db_query(stage->db, sql[key]);
    query_int(query, 1, id);
    int status = query_step(query);
    *ret = status == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    if (*ret > 0)
        stage_note_home(stage, key, id, *ret);
    return status < 0 ? status : ST_OK;
}

int stage_level(struct stage *stage, int64_t area_id, int64_t now_ms,
                enum response_level *ret)
{
    struct stage_level *seen = &stage->levels[area_id & (STAGE_LEVELS - 1)];
    if (seen->area_id != area_id || now_ms < seen->from_ms || now_ms >= seen->until_ms) {
        int64_t until_ms = response_next_change_ms(stage->db, now_ms);
        if (until_ms > now_ms + STAGE_LEVEL_MS)
            until_ms = now_ms + STAGE_LEVEL_MS;
        enum response_level level;
        const int status = response_level_of(stage->db, area_id, now_ms, &level);
        if (status != ST_OK)
            return status;
        *seen = (struct stage_level){area_id, now_ms, until_ms, level};
    }
    *ret = seen->level;
    return ST_OK;
}

void stage_forget_levels(struct stage *stage)
{
    memset(stage->levels, 0, sizeof stage->levels);
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

/* What has_ended keeps: who was under way when an incident was cancelled is still asked.
 * No index on due_ms: the assignments are read once, at the start. */
static int load_running(struct stage *stage, struct diag *reterr)
{
    struct query *query = db_query(
        stage->db, "SELECT id FROM incident WHERE state NOT IN ('closed', 'cancelled',"
                   " 'merged') UNION SELECT incident_id FROM assignment WHERE state IN"
                   " ('assigned', 'en_route', 'on_scene', 'working', 'lost_contact')"
                   " UNION SELECT incident_id FROM assignment WHERE due_ms <> 0"
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
    const int status = number_read(stage->db, "next_id", 1, &stage->next_id);
    stage->next_id_stored = stage->next_id;
    return status;
}

static int reserve_slots(struct stage *stage)
{
    struct query *query = db_query(
        stage->db, "SELECT max(slot) + 1 FROM (SELECT coalesce(max(key_slot), -1) AS slot"
                   " FROM person UNION ALL SELECT coalesce(max(key_slot), -1)"
                   " FROM incident UNION ALL SELECT coalesce(max(key_slot), -1)"
                   " FROM crowd_image UNION ALL SELECT coalesce(max(key_slot), -1)"
                   " FROM applicant UNION ALL SELECT coalesce(max(key_slot), -1)"
                   " FROM desk) AS slots");
    int status = query_step(query);
    if (status == 1)
        status = vault_reserve(stage->vault, query_get_int(query, 0));
    query_reset(query);
    return status;
}

static int note_as_loaded(struct stage *stage, const struct commitment *entry)
{
    struct point at;
    int64_t at_ms;
    int status = ST_NOT_FOUND;
    if (entry->assignment_id != 0 && stage->vault != NULL)
        status =
            position_read(stage->db, stage->vault, entry->assignment_id, &at, &at_ms);
    return status == ST_OK ? stage_note_position(stage, entry->person_id, at)
                           : stage_note_person(stage, entry->person_id, 0);
}

static void tell_funnels(struct stage *stage, struct staged *staged)
{
    (void)pthread_mutex_lock(&stage->seats_lock);
    for (uint32_t i = 0; i < staged->funnels.count; i++) {
        struct funnel *funnel = &staged->funnels.items[i];
        if (funnel->has_changed)
            stage->funnels[funnel->callout_id & (STAGE_FUNNELS - 1)] =
                (struct stage_funnel){funnel->callout_id, funnel->counts};
        funnel->has_changed = false;
    }
    (void)pthread_mutex_unlock(&stage->seats_lock);
}

bool stage_funnel(struct stage *stage, int64_t callout_id, struct read_funnel *ret)
{
    const struct stage_funnel *funnel = &stage->funnels[callout_id & (STAGE_FUNNELS - 1)];
    (void)pthread_mutex_lock(&stage->seats_lock);
    const bool known = funnel->callout_id == callout_id;
    if (known)
        *ret = funnel->counts;
    (void)pthread_mutex_unlock(&stage->seats_lock);
    return known;
}

int stage_open(struct stage *stage, struct diag *reterr)
{
    commitments_init(&stage->commitments);
    stage->homes = mem_calloc(STAGE_HOMES, sizeof *stage->homes);
    int status = stage->homes == NULL ? ST_NO_MEMORY : load_next_id(stage);
    if (status == ST_OK)
        status = skills_load(stage->db, &stage->skills);
    if (status == ST_OK && stage->vault != NULL) {
        link_key_init(&stage->link_key, stage->vault);
        status = reserve_slots(stage);
        if (status != ST_OK)
            return diag_set(reterr, status, 0, 0, "keys.db",
                            "does not hold the keys of this database: put back a newer "
                            "one");
    }
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, "database", "cannot be read");
    rows_init(&stage->rows, &stage->skills);
    status = load_running(stage, reterr);
    if (status != ST_OK)
        return status;
    /* The crowd learns who is committed, and where they are if they share it. */
    for (uint32_t i = 0; i < stage->commitments.count && status == ST_OK; i++)
        status = note_as_loaded(stage, &stage->commitments.items[i]);
    if (status == ST_OK)
        stage_committed(stage);
    for (uint32_t i = 0; i < stage->count && status == ST_OK; i++)
        tell_funnels(stage, stage->incidents[i]);
    return status;
}

void stage_close(struct stage *stage)
{
    while (stage->count > 0)
        take_out(stage, stage->count - 1);
    mem_free(stage->incidents);
    mem_free(stage->people);
    mem_free(stage->alerted);
    mem_free(stage->crowd_changed);
    mem_free(stage->destroy_slots);
    mem_free(stage->homes);
    link_key_release(&stage->link_key);
    commitments_release(&stage->commitments);
}

/* ---- ids, slots, texts, events ------------------------------------------------------
 */

int64_t stage_new_id(struct stage *stage)
{
    return stage->next_id++;
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
        const int status = query_find_int(query, ret);
        if (status != ST_NOT_FOUND)
            return status;
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
    return query_put(query);
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

/* ---- copies ---------------------------------------------------------------------------
 */

#define COPY(field)                                                                      \
    do {                                                                                 \
        size_t size = copy.field##_count * sizeof *copy.field##s;                        \
        copy.field##s = mem_alloc(size);                                                 \
        copy.field##_capacity = copy.field##_count;                                      \
        failed |= copy.field##s == NULL;                                                 \
        if (copy.field##s != NULL && size > 0)                                           \
            memcpy(copy.field##s, from->field##s, size);                                 \
    } while (0)

int stage_copy_incident(const struct loop_incident *from, struct loop_incident *ret)
{
    struct loop_incident copy = *from;
    bool failed = false;
    COPY(need);
    COPY(callout);
    COPY(alert);
    COPY(assignment);
    COPY(message);
    copy.alerts_of_person = copy.assignments_of_person = copy.messages_of_alert =
        (struct id_index){0};
    if (failed) {
        loop_incident_release(&copy);
        return ST_NO_MEMORY;
    }
    *ret = copy;
    return ST_OK;
}

/* ---- commands and batches -----------------------------------------------------------
 */

static int64_t due_of(const struct staged *staged)
{
    return staged->next_due_ms > staged->not_before_ms ? staged->next_due_ms
                                                       : staged->not_before_ms;
}

bool stage_is_due(struct staged *staged, int64_t now_ms)
{
    if (due_of(staged) > now_ms)
        return false;
    staged->next_due_ms = loop_next_due_ms(&staged->incident);
    return staged->next_due_ms <= now_ms;
}

int64_t stage_next_due_ms(const struct stage *stage)
{
    int64_t due = INT64_MAX;
    for (uint32_t i = 0; i < stage->count; i++) {
        if (stage->incidents[i]->sending != 0)
            return 0;
        const int64_t own = due_of(stage->incidents[i]);
        if (own < due)
            due = own;
    }
    return due;
}

int stage_check(struct stage *stage, struct diag *reterr)
{
    for (uint32_t i = 0; i < stage->count; i++) {
        struct staged *staged = stage->incidents[i];
        const struct loop_incident *incident = &staged->incident;
        assert(!stage->check_all || staged->next_due_ms <= loop_next_due_ms(incident));
        assert(!stage->check_all || staged->sending == stage_find_sending(incident));
        if (!staged->unchecked)
            continue;
        staged->unchecked = false;
        int status = loop_check(incident, reterr);
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

/* Reads every incident again for which TOUCHED says so. One that cannot be read stays,
 * touched and without rows: the batch fails, and it is read again before it is used. */
static int reload(struct stage *stage, bool by_command_only)
{
    int result = ST_OK;
    for (uint32_t i = stage->count; i-- > 0;) {
        struct staged *staged = stage->incidents[i];
        if (!staged->touched_by_command && (by_command_only || !staged->touched))
            continue;
        bool touched_before = staged->touched && by_command_only;
        bool unchecked = staged->unchecked && by_command_only;
        bool seats_changed = staged->seats_changed && by_command_only;
        bool around_changed = staged->around_changed && by_command_only;
        int64_t id = staged->incident.id;
        drop_commitments(stage, &staged->incident);
        loop_incident_release(&staged->incident);
        funnels_release(&staged->funnels);
        *staged = (struct staged){0};
        int status = read_staged(stage, id, staged);
        staged->incident.id = id; /* keeps the order, whatever came of it */
        staged->touched = touched_before;
        staged->unchecked = unchecked;
        staged->seats_changed = seats_changed;
        staged->around_changed = around_changed;
        if (status == ST_NOT_FOUND) { /* it was new */
            take_out(stage, i);
        } else if (status != ST_OK) {
            staged->touched = staged->touched_by_command = true;
            result = status;
        }
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
    stage->alerted_of = UINT32_MAX; /* what it was made of may be taken back */
    stage->changed_count = mark->changed_count;
    stage->destroy_count = mark->destroy_count;
    stage_forget_levels(stage);
    int status = stage->skills_changed ? skills_load(stage->db, &stage->skills) : ST_OK;
    return status == ST_OK ? reload(stage, true) : status;
}

int stage_end_batch(struct stage *stage)
{
    if (stage->next_id == stage->next_id_stored)
        return ST_OK;
    return number_put(stage->db, "next_id", stage->next_id);
}

static void forget_batch(struct stage *stage)
{
    stage->person_count = stage->destroy_count = 0;
    stage->changed_count = stage->changed_kept;
    stage->alerted_count = stage->alerted_of = 0;
    stage->skills_changed = stage->messages_queued = stage->replans_changed = false;
}

static void tell_crowd(struct stage *stage, const struct stage_person *person)
{
    bool actual = false, exercise = false, assigned = false;
    const struct commitment *entry = NULL;
    while ((entry = commitments_next(&stage->commitments, person->person_id, entry))) {
        actual |= !entry->exercise;
        exercise |= entry->exercise;
        assigned |= !entry->exercise && entry->assignment_id != 0;
    }
    crowd_set_committed(stage->crowd, person->person_id, actual, exercise);
    if (!assigned)
        crowd_move(stage->crowd, person->person_id, NULL);
    else if (person->shared)
        crowd_move(stage->crowd, person->person_id, &person->at);
    if (person->alerted_ms != 0)
        crowd_note_alert(stage->crowd, person->person_id, person->alerted_ms);
}

static bool has_ended(const struct staged *staged)
{
    enum incident_state state = staged->incident.state;
    if (state != INCIDENT_CLOSED && state != INCIDENT_CANCELLED &&
        state != INCIDENT_MERGED)
        return false;
    if (loop_next_due_ms(&staged->incident) != INT64_MAX)
        return false;
    for (uint32_t i = 0; i < staged->incident.assignment_count; i++)
        if (loop_assignment_is_active(&staged->incident.assignments[i]))
            return false;
    return true;
}

/* The seats first, then their version: whoever asks for the version first gets seats that
 * are as new. */
static void tell_seats(struct stage *stage, const struct staged *staged)
{
    const struct loop_incident *incident = &staged->incident;
    _Atomic uint64_t *version = &stage->seats_versions[incident->id & (STAGE_SEATS - 1)];
    (void)pthread_mutex_lock(&stage->seats_lock);
    for (uint32_t i = 0; i < incident->need_count; i++) {
        const struct need *need = &incident->needs[i];
        struct stage_seats *seats = &stage->seats[need->id & (STAGE_SEATS - 1)];
        if (seats->need_id != need->id || staged->around_changed)
            *seats = (struct stage_seats){.need_id = need->id, .since = *version + 1};
        for (int32_t line = 0; line < need->line_count; line++) {
            struct loop_seats taken;
            loop_count_seats(incident, need->id, line, &taken);
            seats->accepted[line] = taken.accepted;
        }
    }
    (void)pthread_mutex_unlock(&stage->seats_lock);
    ++*version;
}

bool stage_seats(struct stage *stage, int64_t need_id, uint64_t version,
                 int32_t ret[LOOP_LINES_MAX])
{
    const struct stage_seats *seats = &stage->seats[need_id & (STAGE_SEATS - 1)];
    (void)pthread_mutex_lock(&stage->seats_lock);
    bool known = seats->need_id == need_id && seats->since <= version;
    if (known)
        memcpy(ret, seats->accepted, sizeof seats->accepted);
    (void)pthread_mutex_unlock(&stage->seats_lock);
    return known;
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
        if (staged->seats_changed)
            tell_seats(stage, staged);
        if (staged->touched)
            tell_funnels(stage, staged);
        staged->touched = staged->touched_by_command = false;
        staged->seats_changed = staged->around_changed = false;
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
    stage_forget_levels(stage);
    int status = skills_changed ? skills_load(stage->db, &stage->skills) : ST_OK;
    return status == ST_OK ? reload(stage, false) : status;
}

/* ---- after a crash ------------------------------------------------------------------
 */

int stage_resend_unknown(struct stage *stage, int64_t now_ms, struct diag *reterr)
{
    int status = ST_OK;
    for (;;) {
        struct query *query =
            db_query(stage->db, "SELECT id FROM message WHERE state = 'sending' LIMIT 1");
        status = query_step(query);
        if (status != 1)
            return status == 0 ? notice_resend_unknown(stage->db, now_ms) : status;
        int64_t id = query_get_int(query, 0);
        query_reset(query);
        struct staged *staged = stage_find(stage, STAGE_MESSAGE, id, &status);
        if (staged == NULL)
            return status;
        struct loop_input input = {
            .kind = LOOP_MESSAGE_FAILED, .id = id, .number = now_ms, .code = "restart"};
        status = stage_apply(stage, staged, &input, now_ms, NULL, NULL, reterr);
        if (status != ST_OK)
            return status;
    }
}

int stage_destroy_again(struct stage *stage)
{
    if (stage->vault == NULL)
        return ST_OK;
    struct query *query =
        db_query(stage->db, "SELECT key_slot FROM person WHERE erased = 1"
                            " UNION ALL SELECT key_slot FROM crowd_image"
                            " WHERE spoilt = 1 UNION ALL SELECT key_slot FROM applicant"
                            " WHERE state <> 'waiting' UNION ALL SELECT key_slot"
                            " FROM desk WHERE box IS NULL UNION ALL SELECT i.key_slot"
                            " FROM requester r JOIN incident i ON i.id = r.incident_id"
                            " WHERE length(r.box) = 1 AND i.key_slot >= 0");
    int status;
    while ((status = query_step(query)) == 1) {
        int destroyed = vault_destroy(stage->vault, query_get_int(query, 0));
        if (destroyed != ST_OK && destroyed != ST_NOT_FOUND)
            return query_stop(query, destroyed);
    }
    return status;
}
