/* SPDX-License-Identifier: Apache-2.0 */
#include "store/outbox.h"

#include "base/mem.h"
#include "base/status.h"
#include "loop/names.h"
#include "store/account.h"
#include "store/desk.h"
#include "store/notice.h"
#include "store/texts.h"
#include "store/writer_internal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

/* ---- taking -------------------------------------------------------------------------
 */

struct due {
    int64_t id;
    bool is_notice;
};

/* Ids of due messages, those of incidents first, then the oldest. */
static int find_due(struct db *db, const struct outbox_take *take, int64_t now_ms,
                    struct due *ret, uint32_t *ret_count)
{
    static const char *const queries[] = {
        "SELECT id FROM message WHERE state = 'queued' AND channel = ?1"
        " AND due_ms <= ?2 ORDER BY due_ms, id LIMIT ?3",
        "SELECT id FROM notice WHERE state = 'queued' AND channel = ?1"
        " AND due_ms <= ?2 ORDER BY due_ms, id LIMIT ?3"};
    uint32_t count = 0;
    int status = ST_OK;
    for (size_t i = 0; i < COUNT_OF(queries) && status == ST_OK; i++) {
        struct query *query = db_query(db, queries[i]);
        query_text(query, 1, channel_kind_code(take->channel));
        query_int(query, 2, now_ms);
        query_int(query, 3, take->max - count);
        while ((status = query_step(query)) == 1)
            ret[count++] = (struct due){query_get_int(query, 0), i == 1};
    }
    *ret_count = count;
    return status;
}

static int find_next_due(struct db *db, enum channel_kind channel, int64_t *ret)
{
    struct query *query = db_query(
        db, "SELECT min(due_ms) FROM (SELECT min(due_ms) AS due_ms FROM message"
            " WHERE state = 'queued' AND channel = ?1 UNION ALL SELECT min(due_ms)"
            " FROM notice WHERE state = 'queued' AND channel = ?1) next_due");
    query_text(query, 1, channel_kind_code(channel));
    int status = query_step(query);
    if (status < 0)
        return status;
    *ret = query_get_null(query, 0) ? INT64_MAX : query_get_int(query, 0);
    query_reset(query);
    return ST_OK;
}

static int address_desk(struct stage *stage, struct outbox_item *ret, int64_t area_id)
{
    struct desk desk;
    if (ret->channel == CHANNEL_PUSH)
        return browser_push(stage->db, ret->browser_id, ret->push, sizeof ret->push);
    const int status = desk_read(stage->db, stage->vault, area_id, &desk);
    if (status == ST_OK)
        memcpy(ret->to.email, desk.email, sizeof ret->to.email);
    return status;
}

/* Why somebody asked the level above: the words of the step that queued the message. None
 * where the timer did, and none for a browser, which shows them to whoever stands by. */
static int fill_reason(struct stage *stage, const struct staged *staged,
                       const struct message *message, struct outbox_item *ret)
{
    const int64_t incident_id = staged->incident.id;
    if (message->kind != MESSAGE_KIND_DESK_ESCALATED || message->browser_id != 0)
        return ST_OK;
    struct query *query = db_query(
        stage->db, "SELECT sequence FROM event WHERE position BETWEEN ?1 AND ?2"
                   " AND incident_id = ?3 AND kind = 'need.escalated' AND at_ms = ?4");
    query_int(query, 1, staged->first_position);
    query_int(query, 2, staged->last_position);
    query_int(query, 3, incident_id);
    query_int(query, 4, message->created_ms);
    int status = query_step(query);
    if (status != 1)
        return status;
    const int64_t sequence = query_get_int(query, 0);
    query_reset(query);
    status = text_read(stage->db, stage->vault, incident_id, TEXT_REASON, sequence,
                       &ret->reason);
    return status == ST_NOT_FOUND ? ST_OK : status;
}

/* A desk that was removed meanwhile has no address, nor has a browser that was signed
 * out. */
static int fill_desk(struct stage *stage, const struct message *message,
                     struct outbox_item *ret)
{
    ret->to_desk = true;
    ret->browser_id = message->browser_id;
    ret->subject_id = message->subject_id;
    int status = address_desk(stage, ret, message->area_id);
    ret->damaged = status == ST_CORRUPT;
    if (status != ST_OK)
        return status == ST_NOT_FOUND || status == ST_CORRUPT ? ST_OK : status;
    struct query *query = db_query(stage->db, "SELECT code FROM area WHERE id = ?1");
    query_int(query, 1, message->area_id);
    status = query_step(query);
    if (status == 1)
        (void)snprintf(ret->desk_code, sizeof ret->desk_code, "%s",
                       query_get_text(query, 0));
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

/* Whether the alert's person has said yes to another one that counts beside it. */
static bool is_elsewhere(const struct stage *stage, const struct loop_incident *incident,
                         const struct alert *alert)
{
    const struct commitment *entry = NULL;
    while ((entry = commitments_next(&stage->commitments, alert->person_id, entry)) !=
           NULL)
        if (entry->assignment_id != 0 && entry->alert_id != alert->id &&
            (incident->exercise || !entry->exercise))
            return true;
    return false;
}

int outbox_address(struct stage *stage, struct outbox_item *ret)
{
    struct db *db = stage->db;
    const int status = ret->channel == CHANNEL_PUSH
                           ? person_push(db, stage->vault, ret->person_id, ret->push)
                           : person_identity(db, stage->vault, ret->person_id, &ret->to);
    ret->damaged = status == ST_CORRUPT;
    /* A team, or erased. One damaged row must not stop the others. */
    return status == ST_NOT_FOUND || status == ST_CORRUPT ? ST_OK : status;
}

/* Everything that a message may say or needs for its way. */
static int fill_item(struct stage *stage, struct loop_incident *incident,
                     const struct message *message, struct outbox_item *ret)
{
    const struct alert *alert = loop_find_alert(incident, message->alert_id);
    *ret = (struct outbox_item){.id = message->id,
                                .incident_id = incident->id,
                                .alert_id = message->alert_id,
                                .kind = message->kind,
                                .channel = message->channel,
                                .exercise = incident->exercise,
                                .perhaps_twice = message->perhaps_twice,
                                .tries = message->tries,
                                .incident_kind = incident->kind,
                                .area_id = incident->area_id};
    if (message->area_id != 0)
        return fill_desk(stage, message, ret);
    if (alert == NULL)
        return ST_OK;
    const struct callout *callout = loop_find_callout(incident, alert->callout_id);
    const struct assignment *assignment = loop_assignment_of(incident, alert->id);
    const struct need *need =
        callout == NULL ? NULL : loop_find_need(incident, callout->need_id);
    ret->callout_id = alert->callout_id;
    ret->person_id = alert->person_id;
    ret->travel_ms = alert->travel_ms;
    ret->deadline_ms = need == NULL ? 0 : need->deadline_ms;
    ret->called_off =
        need != NULL && need->state != NEED_FILLED && need->state != NEED_MET;
    ret->takes_yes =
        need != NULL && loop_takes_yes(incident->state, callout->state, need->state);
    ret->elsewhere = is_elsewhere(stage, incident, alert);
    ret->goes_home = assignment != NULL && assignment->state == ASSIGNMENT_STOOD_DOWN;
    ret->doubted = assignment != NULL && assignment->state == ASSIGNMENT_DISPUTED;
    memcpy(ret->reply_code, alert->reply_code, sizeof ret->reply_code);
    link_token(&stage->link_key, alert->id, ret->token);
    return outbox_address(stage, ret);
}

static int take_notice(struct stage *stage, struct outbox_take *take, int64_t id,
                       int64_t now_ms)
{
    bool is_wanted = false;
    const int status =
        notice_take(stage, id, now_ms, &take->items[take->count], &is_wanted);
    take->count += is_wanted && status == ST_OK;
    return status;
}

static int take_message(struct stage *stage, struct outbox_take *take, int64_t id,
                        int64_t now_ms, struct diag *reterr)
{
    int status;
    struct staged *staged = stage_find(stage, STAGE_MESSAGE, id, &status);
    if (staged == NULL)
        return status;
    struct loop_input input = {.kind = LOOP_MESSAGE_SENDING, .id = id};
    status = stage_apply(stage, staged, &input, now_ms, NULL, NULL, reterr);
    if (status != ST_OK)
        return status;
    const struct message *message = loop_find_message(&staged->incident, id);
    if (message->state != MESSAGE_SENDING)
        return ST_OK; /* it has lost its purpose meanwhile */
    struct outbox_item *item = &take->items[take->count++];
    status = fill_item(stage, &staged->incident, message, item);
    return status == ST_OK ? fill_reason(stage, staged, message, item) : status;
}

static int run_take(struct command *command, struct writer *writer, int64_t now_ms)
{
    struct outbox_take *take = (struct outbox_take *)command;
    struct stage *stage = writer_stage(writer);
    uint32_t count = 0;
    outbox_take_release(take);
    AUTO_FREE struct due *due = mem_alloc(take->max * sizeof *due);
    int status =
        due == NULL ? ST_NO_MEMORY : find_due(stage->db, take, now_ms, due, &count);
    if (status == ST_OK && count > 0) {
        take->items = mem_calloc(count, sizeof *take->items);
        take->made = take->items == NULL ? 0 : count;
        status = take->items == NULL ? ST_NO_MEMORY : ST_OK;
    }
    for (uint32_t i = 0; status == ST_OK && i < count; i++) {
        status = due[i].is_notice
                     ? take_notice(stage, take, due[i].id, now_ms)
                     : take_message(stage, take, due[i].id, now_ms, &command->diag);
        /* One that the loop does not let go must not stop the others. */
        if (status == ST_CONFLICT || status == ST_UNPROCESSABLE || status == ST_NOT_FOUND)
            status = ST_OK;
    }
    if (status == ST_OK)
        status = find_next_due(stage->db, take->channel, &take->next_due_ms);
    if (status != ST_OK)
        take->count = 0;
    return status;
}

void outbox_take_init(struct outbox_take *take, enum channel_kind channel, uint32_t max)
{
    assert(max > 0);
    *take = (struct outbox_take){.command = {.run = run_take},
                                 .channel = channel,
                                 .max = max < OUTBOX_TAKE_MAX ? max : OUTBOX_TAKE_MAX,
                                 .next_due_ms = INT64_MAX};
}

void outbox_take_release(struct outbox_take *take)
{
    for (uint32_t i = 0; i < take->made; i++) {
        mem_free(take->items[i].course);
        mem_free(take->items[i].reason);
    }
    if (take->items != NULL)
        sodium_memzero(take->items, take->made * sizeof *take->items);
    mem_free(take->items);
    take->items = NULL;
    take->count = take->made = 0;
}

/* ---- results ------------------------------------------------------------------------
 */

static int apply_result(struct stage *stage, const struct outbox_result *result,
                        int64_t now_ms, struct diag *reterr)
{
    static const enum loop_input_kind kinds[] = {
        [OUTBOX_HANDED_OVER] = LOOP_MESSAGE_HANDED_OVER,
        [OUTBOX_DELIVERED] = LOOP_MESSAGE_DELIVERED,
        [OUTBOX_RETRY] = LOOP_MESSAGE_FAILED,
        [OUTBOX_FAILED] = LOOP_MESSAGE_FAILED,
        [OUTBOX_GONE] = LOOP_MESSAGE_FAILED,
        [OUTBOX_UNKNOWN] = LOOP_MESSAGE_UNKNOWN,
    };
    int status;
    struct staged *staged = stage_find(stage, STAGE_MESSAGE, result->message_id, &status);
    if (staged == NULL)
        return status == ST_NOT_FOUND ? notice_result(stage, result, now_ms) : status;
    struct loop_input input = {.kind = kinds[result->outcome],
                               .id = result->message_id,
                               .yes = outbox_is_final(result->outcome),
                               .number = result->retry_ms,
                               .code = result->code};
    return stage_apply(stage, staged, &input, now_ms, NULL, NULL, reterr);
}

/* The browser that is no more. */
static int forget(struct writer *writer, const struct outbox_result *result,
                  int64_t now_ms, struct diag *reterr)
{
    return result->browser_id != 0
               ? browser_forget(writer, result->browser_id)
               : person_forget_push(writer, result->person_id, now_ms, reterr);
}

static int run_report(struct command *command, struct writer *writer, int64_t now_ms)
{
    struct outbox_report *report = (struct outbox_report *)command;
    report->applied = 0;
    for (uint32_t i = 0; i < report->count; i++) {
        const struct outbox_result *result = &report->results[i];
        int status = apply_result(writer_stage(writer), result, now_ms, &command->diag);
        if (status == ST_OK && result->outcome == OUTBOX_GONE)
            status = forget(writer, result, now_ms, &command->diag);
        if (status == ST_OK)
            report->applied++;
        else if (status != ST_CONFLICT && status != ST_UNPROCESSABLE &&
                 status != ST_NOT_FOUND)
            return status;
    }
    return ST_OK;
}

void outbox_report_init(struct outbox_report *report, struct outbox_result *results,
                        uint32_t count)
{
    *report = (struct outbox_report){
        .command = {.run = run_report}, .results = results, .count = count};
}
