/* SPDX-License-Identifier: Apache-2.0 */
/* replay: the board of an incident as it stood at any second, from its events alone. */
#include "base/status.h"
#include "base/time.h"
#include "loop/loop.h"
#include "loop/names.h"
#include "main/commands.h"
#include "main/instance.h"
#include "store/db.h"
#include "store/history.h"
#include "store/read_incident.h"

/* By id or by case. */
static int find_incident(struct db *db, const char *word, int64_t *ret,
                         struct diag *reterr)
{
    struct read_incident incident;
    int64_t id;
    int status = text_to_int64(word, 1, INT64_MAX, &id)
                     ? read_incident(db, id, &incident)
                     : read_incident_by_case(db, word, &incident);
    if (status == ST_NOT_FOUND)
        return diag_set(reterr, status, 0, 0, word, "is the id or case of no incident");
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, word, "cannot be read: %s",
                        status_text(status));
    *ret = incident.id;
    return ST_OK;
}

static void number_of(struct db *db, int64_t person_id, char *ret, size_t size)
{
    struct query *query = db_query(db, "SELECT number FROM person WHERE id = ?1");
    query_int(query, 1, person_id);
    (void)snprintf(ret, size, "%s",
                   query_step(query) == 1 ? query_get_text(query, 0) : "");
    query_reset(query);
}

/* ---- JSON ---- */
static void json_need(const struct loop_incident *incident, const struct need *need,
                      struct text *ret)
{
    text_appendf(ret, "{\"id\":%lld,\"state\":\"%s\",\"lines\":[", (long long)need->id,
                 need_state_code(need->state));
    for (int32_t i = 0; i < need->line_count; i++) {
        struct loop_seats seats;
        loop_count_seats(incident, need->id, i, &seats);
        text_appendf(ret,
                     "%s{\"count\":%d,\"reserve\":%d,\"accepted\":%d,\"on_scene\":%d}",
                     i == 0 ? "" : ",", seats.count, seats.reserve, seats.accepted,
                     seats.on_scene);
    }
    text_append_string(ret, "]}");
}

/* How many alerts of the call-out (0: of all) are in each state. */
static void count_alerts(const struct loop_incident *incident, int64_t callout_id,
                         uint32_t ret[ALERT_STATE_COUNT])
{
    for (int i = 0; i < ALERT_STATE_COUNT; i++)
        ret[i] = 0;
    for (uint32_t i = 0; i < incident->alert_count; i++)
        if (callout_id == 0 || incident->alerts[i].callout_id == callout_id)
            ret[incident->alerts[i].state]++;
}

static void json_callout(const struct loop_incident *incident,
                         const struct callout *callout, struct text *ret)
{
    uint32_t counts[ALERT_STATE_COUNT];
    count_alerts(incident, callout->id, counts);
    text_appendf(ret,
                 "{\"id\":%lld,\"need\":%lld,\"state\":\"%s\",\"waves\":%d,\"alerts\":{",
                 (long long)callout->id, (long long)callout->need_id,
                 callout_state_code(callout->state), callout->waves);
    for (int i = 0; i < ALERT_STATE_COUNT; i++)
        text_appendf(ret, "%s\"%s\":%u", i == 0 ? "" : ",",
                     alert_state_code((enum alert_state)i), counts[i]);
    text_append_string(ret, "}}");
}

static void json_assignment(struct db *db, const struct assignment *assignment,
                            struct text *ret)
{
    char number[CROWD_NUMBER_MAX + 1];
    number_of(db, assignment->person_id, number, sizeof number);
    text_appendf(ret, "{\"id\":%lld,\"need\":%lld,\"number\":", (long long)assignment->id,
                 (long long)assignment->need_id);
    text_append_json(ret, number);
    text_appendf(ret, ",\"state\":\"%s\"}", assignment_state_code(assignment->state));
}

static void write_json(struct db *db, const struct replay *replay, int64_t at_ms,
                       struct text *ret)
{
    const struct loop_incident *incident = &replay->incident;
    char at[TIME_TEXT_SIZE];
    time_format(at_ms, at);
    text_appendf(ret,
                 "{\"id\":%lld,\"case\":\"%s\",\"at\":\"%s\",\"state\":\"%s\","
                 "\"kind\":\"%s\",\"exercise\":%s,\"events\":%u,\"needs\":[",
                 (long long)incident->id, incident->case_number, at,
                 incident_state_code(incident->state), incident_kind_code(incident->kind),
                 incident->exercise ? "true" : "false", replay->event_count);
    for (uint32_t i = 0; i < incident->need_count; i++) {
        text_append_string(ret, i == 0 ? "" : ",");
        json_need(incident, &incident->needs[i], ret);
    }
    text_append_string(ret, "],\"callouts\":[");
    for (uint32_t i = 0; i < incident->callout_count; i++) {
        text_append_string(ret, i == 0 ? "" : ",");
        json_callout(incident, &incident->callouts[i], ret);
    }
    text_append_string(ret, "],\"assignments\":[");
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        text_append_string(ret, i == 0 ? "" : ",");
        json_assignment(db, &incident->assignments[i], ret);
    }
    text_append_string(ret, "]}\n");
}

/* ---- for people ---- */
static void write_text(struct db *db, const struct replay *replay, int64_t at_ms,
                       struct text *ret)
{
    const struct loop_incident *incident = &replay->incident;
    uint32_t counts[ALERT_STATE_COUNT];
    char at[TIME_TEXT_SIZE], number[CROWD_NUMBER_MAX + 1];
    time_format(at_ms, at);
    text_appendf(ret, "%s, %s%s, at %s: %s (%u events)\n", incident->case_number,
                 incident_kind_code(incident->kind),
                 incident->exercise ? ", exercise" : "", at,
                 incident_state_code(incident->state), replay->event_count);
    for (uint32_t i = 0; i < incident->need_count; i++) {
        const struct need *need = &incident->needs[i];
        text_appendf(ret, "need %lld: %s\n", (long long)need->id,
                     need_state_code(need->state));
        for (int32_t line = 0; line < need->line_count; line++) {
            struct loop_seats seats;
            loop_count_seats(incident, need->id, line, &seats);
            text_appendf(ret, "  line %d: %d wanted, %d accepted, %d on scene\n",
                         line + 1, seats.count, seats.accepted, seats.on_scene);
        }
    }
    count_alerts(incident, 0, counts);
    for (int i = 0; i < ALERT_STATE_COUNT; i++)
        if (counts[i] > 0)
            text_appendf(ret, "alerts %s: %u\n", alert_state_code((enum alert_state)i),
                         counts[i]);
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        number_of(db, incident->assignments[i].person_id, number, sizeof number);
        text_appendf(ret, "%s: %s\n", number,
                     assignment_state_code(incident->assignments[i].state));
    }
}

int command_replay(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    const char *word = cli_option(cli, "at");
    int64_t at_ms = clock_wall_ms(instance->clock), incident_id = 0;
    if (word != NULL && !time_parse(word, &at_ms))
        return diag_set(reterr, ST_INVALID, 0, 0, "at",
                        "is no time: write 2026-11-23T08:14:00+08:00");
    struct replay replay;
    int status = find_incident(instance->db, cli->words[0], &incident_id, reterr);
    if (status == ST_OK)
        status = history_read(instance->db, incident_id, at_ms, &replay, reterr);
    if (status == ST_NOT_FOUND && incident_id != 0)
        return diag_set(reterr, status, 0, 0, "at", "nothing had happened yet");
    if (status != ST_OK)
        return status;
    (cli->json ? write_json : write_text)(instance->db, &replay, at_ms, &cli->out);
    replay_release(&replay);
    return ST_OK;
}
