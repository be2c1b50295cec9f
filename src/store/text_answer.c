/* SPDX-License-Identifier: Apache-2.0 */
#include "store/text_answer.h"

#include "base/status.h"
#include "loop/loop.h"
#include "store/writer_internal.h"

#include <string.h>

#define PHONE_PEOPLE_MAX 16 /* of one telephone */

struct search {
    const struct text_answer *answer;
    struct loop_incident *incident; /* of the alert found */
    const struct alert *alert;
    bool is_open;
    uint32_t open_count;
};

/* Whoever has or had the telephone and is still known by it. */
static int find_people(struct stage *stage, const char *phone,
                       int64_t ret[PHONE_PEOPLE_MAX], uint32_t *ret_count)
{
    uint8_t hash[VAULT_HASH_SIZE];
    vault_phone_hash(stage->vault, phone, hash);
    struct query *query = db_query(
        stage->db, "SELECT id FROM person WHERE phone_hash = ?1 ORDER BY id LIMIT ?2");
    query_blob(query, 1, hash, sizeof hash);
    query_int(query, 2, PHONE_PEOPLE_MAX);
    int status;
    *ret_count = 0;
    while ((status = query_step(query)) == 1)
        ret[(*ret_count)++] = query_get_int(query, 0);
    query_reset(query);
    return status;
}

/* Stood down when already on the way: asked whether they are back. */
static bool goes_home(const struct assignment *assignment)
{
    return assignment->state == ASSIGNMENT_STOOD_DOWN && assignment->en_route_ms != 0;
}

/* The person was asked something, or is out. */
static bool is_open(struct loop_incident *incident, const struct alert *alert)
{
    const struct assignment *assignment = loop_assignment_of(incident, alert->id);
    switch (alert->state) {
    case ALERT_PENDING:
        return true;
    case ALERT_LIMITED:
        return alert->asked_ms != 0;
    default:
        return alert->state == ALERT_ACCEPTED && assignment != NULL &&
               (loop_assignment_is_active(assignment) || goes_home(assignment));
    }
}

/* The alert with the code; without one the newest, open ones first. */
static void consider(struct search *search, struct loop_incident *incident,
                     const struct alert *alert)
{
    const bool open = is_open(incident, alert);
    if (search->answer->code[0] != '\0' &&
        strcmp(search->answer->code, alert->reply_code) != 0)
        return;
    search->open_count += open;
    if (search->alert != NULL &&
        (open != search->is_open ? !open : alert->id < search->alert->id))
        return;
    search->incident = incident;
    search->alert = alert;
    search->is_open = open;
}

static void consider_person(struct search *search, struct loop_incident *incident,
                            int64_t person_id)
{
    const struct id_index *index = &incident->alerts_of_person;
    for (uint32_t at = id_index_newest(index, person_id); at != 0;
         at = id_index_before(index, at))
        consider(search, incident, &incident->alerts[at - 1]);
}

static int find_alert(struct stage *stage, struct search *search, struct diag *reterr)
{
    int64_t people[PHONE_PEOPLE_MAX];
    uint32_t count;
    const int status = find_people(stage, search->answer->phone, people, &count);
    if (status < 0)
        return status;
    for (uint32_t i = 0; i < stage->count; i++)
        for (uint32_t person = 0; person < count; person++)
            consider_person(search, &stage->incidents[i]->incident, people[person]);
    if (search->alert == NULL)
        return diag_set(reterr, ST_NOT_FOUND, 0, 0, "from",
                        "nobody of this number is asked anything");
    if (search->open_count > 1)
        return diag_set(reterr, ST_CONFLICT, 0, 0, "code",
                        "several alerts are open at this number: the code says which");
    return ST_OK;
}

/* Asked whether all is well: by a roll call, or because they are not there yet. */
static bool is_called(const struct loop_incident *incident,
                      const struct assignment *assignment)
{
    return assignment->state == ASSIGNMENT_LOST_CONTACT ||
           (loop_is_coming(assignment) && assignment->overdue_stage == 1) ||
           (loop_assignment_is_active(assignment) && loop_has_arrived(assignment) &&
            incident->roll_call_ms > assignment->here_ms);
}

/* What 1 says depends on what was asked last. */
static enum loop_input_kind say_yes(const struct loop_incident *incident,
                                    const struct assignment *assignment)
{
    if (assignment != NULL && is_called(incident, assignment))
        return LOOP_HERE;
    if (assignment != NULL && goes_home(assignment))
        return LOOP_TURNED_BACK;
    return LOOP_ACCEPT;
}

static enum loop_input_kind input_kind(const struct loop_incident *incident,
                                       const struct assignment *assignment,
                                       enum text_word word)
{
    static const enum loop_input_kind kinds[TEXT_WORD_COUNT] = {
        [TEXT_NONE] = LOOP_SAID,     [TEXT_NO] = LOOP_DECLINE,
        [TEXT_LATER] = LOOP_LIMITED, [TEXT_DEPART] = LOOP_DEPART,
        [TEXT_ARRIVE] = LOOP_ARRIVE, [TEXT_RELEASE] = LOOP_RELEASE,
        [TEXT_HELP] = LOOP_SOS};
    return word == TEXT_YES ? say_yes(incident, assignment) : kinds[word];
}

static bool is_of_alert(enum loop_input_kind kind)
{
    return kind == LOOP_ACCEPT || kind == LOOP_LIMITED || kind == LOOP_DECLINE ||
           kind == LOOP_SAID;
}

int text_answer_run(struct writer *writer, struct text_answer *self, int64_t now_ms,
                    struct diag *reterr)
{
    struct search search = {.answer = self};
    int status = find_alert(writer_stage(writer), &search, reterr);
    if (status != ST_OK)
        return status;
    self->alert_id = search.alert->id;
    self->is_asked =
        search.alert->state == ALERT_PENDING || search.alert->state == ALERT_LIMITED;
    const struct assignment *assignment =
        loop_assignment_of(search.incident, search.alert->id);
    struct loop_input input = {
        .kind = input_kind(search.incident, assignment, self->word),
        .id = search.alert->id,
        .actor = -search.alert->person_id,
        .number = self->minutes,
        .reason = self->words,
        .code = "text",
        .digits_ok = true}; /* who has the telephone has proved more than its digits */
    if (!is_of_alert(input.kind)) {
        if (assignment == NULL)
            return diag_set(reterr, ST_CONFLICT, 0, 0, "text",
                            "the person has not said that they come");
        input.id = assignment->id;
    }
    int64_t row_id;
    bool is_repeated;
    return writer_apply(writer, search.incident, &input, now_ms, &row_id, &is_repeated,
                        reterr);
}
