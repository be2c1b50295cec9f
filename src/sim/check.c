/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold, asked of the rows in plain SQL and compared with what the world outside
 * remembers; the loop's own arithmetic is not used, so that its mistakes show. loop_check
 * runs in the writer's transactions anyway, verify_store after each crash. */
#include "sim/sim_internal.h"

#include "api/api.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "dispatch/learner.h"
#include "dispatch/planner.h"
#include "store/db.h"
#include "store/read_board.h"
#include "store/verify.h"

#include <stdlib.h>
#include <string.h>

#define ZONE_MINUTES 480 /* Asia/Shanghai, since 1991 without summer time */
#define QUIET_FROM (22 * 60)
#define QUIET_TO (6 * 60)
#define EDGE_MS 20000 /* planned before, sent after the hour struck */
#define WEEK_MS (7 * TIME_DAY_MS)

/* ---- events as they are told ----------------------------------------------------------
 */

static int64_t number_in(const char *body, const char *key)
{
    const char *at = strstr(body, key);
    return at == NULL ? 0 : strtoll(at + strlen(key), NULL, 10);
}

static void note_alert(struct sim *sim, int64_t alert_id)
{
    if (mem_grow(&sim->born, &sim->born_capacity, sim->born_count + 1, sizeof *sim->born,
                 SIM_LOG_MAX) == ST_OK)
        sim->born[sim->born_count++] = (struct born){alert_id, sim->true_us};
}

/* Nothing fires in bulk: silence is silence only after its time has really passed. */
static void check_silence(struct sim *sim, int64_t alert_id)
{
    for (uint32_t i = sim->born_count; i > 0; i--) {
        const struct born *born = &sim->born[i - 1];
        if (born->alert_id != alert_id)
            continue;
        int64_t waited_ms = (sim->true_us - born->true_us) / 1000;
        if (waited_ms < SIM_NO_ANSWER_MS - 2000)
            sim_violate(sim, "nothing fires in bulk",
                        "alert %lld counts as unanswered after %lld ms",
                        (long long)alert_id, (long long)waited_ms);
        return;
    }
}

void check_event(void *context, int64_t position, int64_t incident_id, const char *kind,
                 const char *body)
{
    struct sim *sim = context;
    if (sim->dead || disk_is_dead(sim->disk))
        return; /* nobody is there to hear it */
    if (position <= sim->last_position)
        sim_violate(sim, "positions grow", "event %lld after %lld", (long long)position,
                    (long long)sim->last_position);
    sim->last_position = position;
    sim->result->events++;
    if (sim->api != NULL)
        api_note_event(sim->api, position, incident_id, kind, body);
    uint64_t left = mem_fail_hold(); /* from here on it is the world's memory */
    int64_t alert_id = number_in(body, "\"alert\":");
    if (strcmp(kind, "alert.sent") == 0)
        note_alert(sim, alert_id);
    else if (strcmp(kind, "alert.no_answer") == 0)
        check_silence(sim, alert_id);
    const int64_t numbers[] = {position, incident_id};
    (void)EVP_DigestUpdate(sim->hash, numbers, sizeof numbers);
    (void)EVP_DigestUpdate(sim->hash, kind, strlen(kind) + 1);
    (void)EVP_DigestUpdate(sim->hash, body, strlen(body) + 1);
    mem_fail_at(left);
}

/* ---- rows -----------------------------------------------------------------------------
 */

/* The first column of the first row violates INVARIANT. */
static void none(struct sim *sim, struct query *query, const char *invariant,
                 const char *what)
{
    int status = query_step(query);
    if (status == 1)
        sim_violate(sim, invariant, "%s %lld", what, (long long)query_get_int(query, 0));
    else if (status < 0)
        sim_violate(sim, "the store can be read", "%s", status_text(status));
    query_reset(query);
}

/* How much later it is than the timers know: while no batch has met a jump of the clock,
 * or on a disk that was full when the server started, how long it was off. */
static int64_t unknown_ms(const struct sim *sim)
{
    struct writer_counts counts;
    writer_count(sim->writer, &counts);
    const bool is_first = sim->full_until_us != 0 && counts.batches == 0;
    return sim->jumped_ms + (is_first ? writer_away_ms(sim->writer) : 0);
}

static void check_pending(struct sim *sim, struct db *db)
{
    const int64_t now_ms = sim->clock.now_ms - unknown_ms(sim);
    struct query *query =
        db_query(db, "SELECT id FROM alert WHERE state = 'pending' AND timer_ms < ?1");
    query_int(query, 1, now_ms - SIM_NO_ANSWER_MS - SIM_LATE_MS);
    none(sim, query, "nobody is pending forever", "alert");
    query = db_query(db, "SELECT id FROM assignment WHERE due_ms <> 0 AND due_ms < ?1");
    query_int(query, 1, now_ms - SIM_LATE_MS);
    none(sim, query, "who is under way is not forgotten", "assignment");
}

static void check_commitments(struct sim *sim, struct db *db)
{
    none(sim,
         db_query(db, "SELECT a.person_id FROM alert a"
                      " JOIN incident i ON i.id = a.incident_id"
                      " WHERE a.state = 'pending' AND i.exercise = 0 AND a.forced = 0"
                      " GROUP BY a.person_id HAVING count(*) > 1"),
         "one pending alert per person", "two for person");
    none(sim,
         db_query(db, "SELECT s.person_id FROM assignment s"
                      " JOIN alert a ON a.id = s.alert_id"
                      " WHERE s.state IN ('assigned', 'en_route', 'on_scene', 'working',"
                      " 'lost_contact') AND a.forced = 0"
                      " GROUP BY s.person_id HAVING count(*) > 1"),
         "one assignment per person", "two for person");
    none(sim,
         db_query(db, "SELECT m.id FROM message m WHERE m.kind = 'notes' AND NOT EXISTS"
                      " (SELECT 1 FROM assignment s WHERE s.incident_id = m.incident_id"
                      " AND s.alert_id = m.alert_id)"),
         "what those who come are told is told to nobody else", "message");
}

/* What waits for a hand is written about, and what is in hand no more. */
static void check_desks(struct sim *sim, struct db *db)
{
    none(sim,
         db_query(db, "SELECT s.id FROM assignment s WHERE s.sos_ms <> 0"
                      " AND s.sos_acknowledged_ms = 0 AND NOT EXISTS (SELECT 1"
                      " FROM message m WHERE m.kind = 'desk_sos'"
                      " AND m.subject_id = s.id AND m.created_ms = s.sos_ms)"),
         "a call for help is written about", "not that of assignment");
    none(sim,
         db_query(db, "SELECT n.id FROM need n WHERE n.escalated_ms <> 0 AND NOT EXISTS"
                      " (SELECT 1 FROM message m WHERE m.kind = 'desk_escalated'"
                      " AND m.subject_id = n.id)"),
         "what escalates is written about", "not need");
    none(sim,
         db_query(db, "SELECT m.id FROM message m JOIN incident i ON i.id = m.incident_id"
                      " WHERE m.state = 'queued' AND ((m.kind = 'desk_reported'"
                      " AND i.state <> 'reported') OR (m.kind = 'desk_escalated'"
                      " AND NOT EXISTS (SELECT 1 FROM need n WHERE n.id = m.subject_id"
                      " AND (n.state IN ('open', 'short') OR (n.state = 'filled'"
                      " AND n.escalated_ms <> 0)))) OR (m.kind = 'desk_sos'"
                      " AND NOT EXISTS (SELECT 1 FROM assignment s"
                      " WHERE s.id = m.subject_id AND s.sos_acknowledged_ms = 0)))"),
         "a desk is not called for what is in hand", "message");
}

/* Whoever was lost and is found, or was said not to have come and was there, has a seat
 * again, one more if it was given away. */
static int64_t count_found(struct db *db, int64_t need_id)
{
    struct query *query = db_query(
        db, "SELECT (SELECT count(*) FROM " SIM_EVENTS " WHERE kind = 'assignment.found'"
            " AND json_extract(body, '$.need') = ?1) + (SELECT count(*) FROM " SIM_EVENTS
            " AS absent WHERE absent.kind = 'assignment.no_show'"
            " AND json_extract(absent.body, '$.need') = ?1"
            " AND EXISTS (SELECT 1 FROM " SIM_EVENTS
            " AS there WHERE there.kind = 'assignment.on_scene'"
            " AND there.position > absent.position"
            " AND json_extract(there.body, '$.assignment') ="
            " json_extract(absent.body, '$.assignment')))");
    query_int(query, 1, need_id);
    int64_t count = query_step(query) == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    return count;
}

static void check_seats(struct sim *sim, struct db *db)
{
    struct query *query =
        db_query(db, "SELECT need_id, line, sum(count) FROM assignment"
                     " WHERE state IN ('assigned', 'en_route') OR (past = 0 AND state IN"
                     " ('on_scene', 'working', 'released', 'reported', 'verified',"
                     " 'disputed')) GROUP BY need_id, line");
    while (query_step(query) == 1) {
        int64_t need_id = query_get_int(query, 0), line = query_get_int(query, 1);
        for (uint32_t i = 0; i < sim->asked_count; i++) {
            const struct asked *asked = &sim->asked[i];
            if (asked->need_id != need_id || asked->reserve < 0 ||
                line >= asked->line_count)
                continue;
            int64_t seats = asked->counts[line] + asked->reserve;
            if (query_get_int(query, 2) > seats &&
                query_get_int(query, 2) > seats + count_found(db, need_id))
                sim_violate(sim, "no seat is over-filled",
                            "need %lld, line %lld: %lld people on %lld seats",
                            (long long)need_id, (long long)line,
                            (long long)query_get_int(query, 2), (long long)seats);
        }
    }
    query_reset(query);
}

static void check_effects(struct sim *sim, struct db *db)
{
    none(sim,
         db_query(db, "SELECT max(id) FROM incident GROUP BY lat_e7, lon_e7"
                      " HAVING count(*) > 1"),
         "one effect per key", "a second time: incident");
    none(sim,
         db_query(db, "SELECT max(id) FROM closure GROUP BY lat_e7, lon_e7"
                      " HAVING count(*) > 1"),
         "one effect per key", "a second time: closure");
    /* A merge ends a need and states it anew in the other incident. */
    none(sim,
         db_query(db, "SELECT max(id) FROM need WHERE state <> 'cancelled'"
                      " GROUP BY lat_e7, lon_e7"
                      " HAVING count(*) > 1"),
         "one effect per key", "a second time: need");
    struct query *query =
        db_query(db, "SELECT json_extract(body, '$.alert'), count(*) FROM " SIM_EVENTS
                     " WHERE kind = 'alert.limited' GROUP BY 1 HAVING count(*) > 1");
    while (query_step(query) == 1) {
        int64_t sent = 0;
        for (uint32_t i = 0; i < sim->promise_count; i++)
            sent += sim->promises[i].kind == PROMISE_LIMITED &&
                    sim->promises[i].id == query_get_int(query, 0);
        if (query_get_int(query, 1) > sent)
            sim_violate(sim, "one effect per nonce",
                        "alert %lld: %lld effects of %lld forms",
                        (long long)query_get_int(query, 0),
                        (long long)query_get_int(query, 1), (long long)sent);
    }
    query_reset(query);
}

/* ---- who may be alerted ---------------------------------------------------------------
 */

static const struct sim_person *find_person(const struct sim *sim, int64_t id)
{
    for (uint32_t i = 0; i < SIM_PEOPLE; i++)
        if (sim->people[i].id == id)
            return &sim->people[i];
    return NULL;
}

static bool is_quiet(int64_t at_ms)
{
    int64_t minute = (at_ms / TIME_MINUTE_MS + ZONE_MINUTES) % (24 * 60);
    return minute >= QUIET_FROM || minute < QUIET_TO;
}

/* Of the week before the alert, itself not counted. */
static int64_t count_alerts(struct db *db, int64_t person_id, int64_t at_ms, int64_t id)
{
    struct query *query =
        db_query(db, "SELECT count(*) FROM alert a JOIN incident i ON i.id ="
                     " a.incident_id WHERE a.person_id = ?1 AND i.exercise = 0"
                     " AND a.alerted_ms > ?2 AND a.alerted_ms <= ?3 AND a.id < ?4");
    query_int(query, 1, person_id);
    query_int(query, 2, at_ms - WEEK_MS);
    query_int(query, 3, at_ms);
    query_int(query, 4, id);
    int64_t count = query_step(query) == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    return count;
}

/* What was planned before the clock jumped was planned by the clock of then. */
static int64_t before_jump(const struct sim *sim, int64_t at_ms)
{
    const int64_t since_ms = at_ms - sim->jumped_to_ms;
    return since_ms >= 0 && since_ms < EDGE_MS ? sim->jumped_from_ms : at_ms;
}

static void check_alerts(struct sim *sim, struct db *db)
{
    struct query *query =
        db_query(db, "SELECT a.id, a.person_id, a.alerted_ms, c.lift FROM alert a"
                     " JOIN callout c ON c.id = a.callout_id"
                     " JOIN incident i ON i.id = a.incident_id"
                     " WHERE a.id > ?1 AND i.exercise = 0 AND a.forced = 0"
                     " ORDER BY a.id");
    query_int(query, 1, sim->last_alert_id);
    while (query_step(query) == 1) {
        int64_t id = query_get_int(query, 0), at_ms = query_get_int(query, 2);
        int64_t lift = query_get_int(query, 3);
        if (office_lifts(db, at_ms - EDGE_MS, at_ms + EDGE_MS))
            lift |= LIFT_QUIET | LIFT_CAP;
        const struct sim_person *person = find_person(sim, query_get_int(query, 1));
        sim->last_alert_id = id;
        if (person == NULL || person->suspended || person->paused)
            sim_violate(sim, "never lifted: suspension, pause", "alert %lld",
                        (long long)id);
        if (person != NULL && !person->no_quiet && (lift & LIFT_QUIET) == 0 &&
            is_quiet(at_ms) && is_quiet(at_ms - EDGE_MS) && is_quiet(at_ms + EDGE_MS) &&
            is_quiet(before_jump(sim, at_ms)))
            sim_violate(sim, "quiet hours", "alert %lld at %lld", (long long)id,
                        (long long)at_ms);
        int64_t before = person == NULL || (lift & LIFT_CAP) != 0
                             ? 0
                             : count_alerts(db, person->id, at_ms, id);
        if (before >= SIM_CAP)
            sim_violate(sim, "the weekly cap", "alert %lld after %lld others",
                        (long long)id, (long long)before);
    }
    query_reset(query);
}

void check_rows(struct sim *sim)
{
    struct db *db = writer_db(sim->writer);
    sim->result->checks++;
    check_pending(sim, db);
    check_commitments(sim, db);
    check_desks(sim, db);
    check_seats(sim, db);
    check_alerts(sim, db);
}

/* Whoever is in a wave is alerted, left out with a reason, let go with the call-out, or
 * still to come, however often the server dies between its parts. */
static void check_waves(struct sim *sim, struct db *db)
{
    none(sim,
         db_query(db,
                  "SELECT w.id FROM (SELECT json_extract(body, '$.callout') AS id,"
                  " sum(CASE kind WHEN 'wave.sent' THEN 1 WHEN 'alert.sent' THEN 0"
                  " ELSE -1 END * coalesce(json_extract(body, '$.number'), 0)"
                  " - (kind = 'alert.sent')) AS left FROM " SIM_EVENTS " WHERE kind IN"
                  " ('wave.sent', 'wave.cut', 'alert.sent', 'alert.skipped')"
                  " GROUP BY 1) AS w JOIN callout c ON c.id = w.id"
                  " WHERE w.left <> c.unsent"),
         "a wave is sent whole", "call-out");
    none(sim,
         db_query(db, "SELECT json_extract(body, '$.callout') FROM " SIM_EVENTS
                      " WHERE kind ="
                      " 'wave.cut' AND json_extract(body, '$.code') = 'lost'"),
         "a wave is sent whole", "its list was lost: call-out");
}

/* ---- everything -----------------------------------------------------------------------
 */

static void check_messages(struct sim *sim, struct db *db)
{
    int64_t id;
    for (uint32_t i = 0; peers_next_repeated(sim->peers, &i, &id);) {
        struct query *query =
            db_query(db, "SELECT id FROM message WHERE id = ?1 AND perhaps_twice = 0");
        query_int(query, 1, id);
        none(sim, query, "a message goes out twice only if it says so", "message");
    }
    struct query *query = db_query(db, "SELECT id FROM message WHERE state IN"
                                       " ('handed_over', 'delivered')");
    while (query_step(query) == 1)
        if (peers_taken(sim->peers, query_get_int(query, 0)) == 0)
            sim_violate(sim, "handed over means taken", "message %lld never arrived",
                        (long long)query_get_int(query, 0));
    query_reset(query);
}

/* Whether the nonce is in the row. A row keeps the newest 8: if it is full, an older one
 * may have gone. */
static bool has_nonce(struct db *db, const struct promise *promise)
{
    struct query *query = db_query(db, "SELECT nonces FROM alert WHERE id = ?1");
    query_int(query, 1, promise->id);
    bool found = false, full = true;
    size_t size = 0;
    if (query_step(query) == 1) {
        uint8_t nonces[LOOP_NONCES_KEPT * 8] = {0}; /* zeros at the end are not stored */
        const uint8_t *stored = query_get_blob(query, 0, &size);
        if (size > 0 && size <= sizeof nonces)
            memcpy(nonces, stored, size);
        for (size_t i = 0; i + 8 <= sizeof nonces; i += 8) {
            uint64_t nonce = 0;
            for (int k = 7; k >= 0; k--)
                nonce = nonce << 8 | nonces[i + (size_t)k];
            found = found || nonce == promise->nonce;
            full = full && nonce != 0;
        }
    } else {
        full = false;
    }
    query_reset(query);
    return found || full;
}

/* The key under which the gateway posted it. */
static bool has_text(struct db *db, const struct promise *promise)
{
    struct query *query =
        db_query(db, "SELECT 1 FROM idempotency WHERE route = 'postGatewayReply'"
                     " AND key = ?1 AND result_id = ?2");
    char key[SIM_TEXT_KEY_SIZE];
    sim_text_key(promise->nonce, key);
    query_text(query, 1, key);
    query_int(query, 2, promise->id);
    const bool found = query_step(query) == 1;
    query_reset(query);
    return found;
}

static bool has_waves(struct db *db, const struct promise *promise)
{
    struct query *query = db_query(db, "SELECT waves FROM callout WHERE id = ?1");
    query_int(query, 1, promise->id);
    bool found =
        query_step(query) == 1 && query_get_int(query, 0) >= (int64_t)promise->nonce;
    query_reset(query);
    return found;
}

static void check_promises(struct sim *sim, struct db *db)
{
    for (uint32_t i = 0; i < sim->promise_count; i++) {
        const struct promise *promise = &sim->promises[i];
        bool kept = true;
        if (promise->kind == PROMISE_INCIDENT)
            kept = db_has(db, "SELECT 1 FROM incident WHERE id = ?1", promise->id) == 1;
        else if (promise->kind == PROMISE_NEED)
            kept = db_has(db, "SELECT 1 FROM need WHERE id = ?1", promise->id) == 1;
        else if (promise->kind == PROMISE_FORM)
            kept = has_nonce(db, promise);
        else if (promise->kind == PROMISE_TEXT)
            kept = has_text(db, promise);
        else if (promise->kind == PROMISE_WAVE)
            kept = has_waves(db, promise);
        else if (promise->kind != PROMISE_LIMITED)
            kept = office_kept(db, promise);
        if (!kept)
            sim_violate(sim, "acknowledged => durable", "promise %u (kind %d, row %lld)",
                        i, (int)promise->kind, (long long)promise->id);
    }
    if (db_has(db, "SELECT 1 WHERE (SELECT coalesce(max(position), 0) FROM event) >= ?1",
               sim->last_position) != 1)
        sim_violate(sim, "told => durable", "event %lld is gone",
                    (long long)sim->last_position);
}

/* What the writer counts step by step is what can be counted. */
static void check_funnels(struct sim *sim, struct db *db)
{
    struct query *query = db_query(db, "SELECT id FROM callout");
    while (query_step(query) == 1) {
        const int64_t id = query_get_int(query, 0);
        struct read_funnel kept, counted;
        struct read_funnel_asked asked;
        read_funnel_ask(&asked, db, id);
        if (read_funnel_take(&asked, &counted) == ST_OK &&
            writer_funnel(sim->writer, id, &kept) &&
            memcmp(&kept, &counted, sizeof kept) != 0)
            sim_violate(sim, "funnels are counted right",
                        "call-out %lld: %lld alerted, not %lld; %lld delivered, not %lld",
                        (long long)id, (long long)kept.alerted,
                        (long long)counted.alerted, (long long)kept.delivered,
                        (long long)counted.delivered);
    }
}

void check_all(struct sim *sim)
{
    struct db *db = sim->reader;
    struct diag diag = {0};
    struct verify_result result = {0};
    struct text findings;
    check_rows(sim);
    text_init(&findings, 1 << 20);
    int status = verify_store(db, NULL, 0, &result, &findings, &diag);
    if (status != ST_OK)
        sim_violate(sim, "the store can be read", "%s: %s", diag.where, diag.text);
    else if (result.findings != 0)
        sim_violate(sim, "verify finds nothing", "%s", text_string(&findings));
    text_release(&findings);
    if (status == ST_OK) {
        check_effects(sim, db);
        check_waves(sim, db);
        office_check(sim, db);
        shelf_check(sim, db);
        check_promises(sim, db);
        check_messages(sim, db);
        check_funnels(sim, db);
    }
}

static uint64_t learned(struct learner *learner, int64_t now_ms)
{
    learner_catch_up(learner, now_ms);
    uint64_t version = learn_version(learner_take(learner));
    learner_give(learner);
    return version;
}

/* The planner's model, which lived through the run or a part of it, is the one that the
 * rows give. */
static void check_learned(struct sim *sim)
{
    struct learner *fresh;
    struct learn_config config;
    struct diag diag = {0};
    learn_config_default(&config);
    if (learner_new(&fresh, sim->db_path, &config, &diag) != ST_OK) {
        sim_violate(sim, "what was learned can be read", "%s: %s", diag.where, diag.text);
        return;
    }
    uint64_t now = learned(planner_learner(sim->planner), sim->clock.now_ms);
    uint64_t anew = learned(fresh, sim->clock.now_ms);
    if (now != anew)
        sim_violate(sim, "same rows, same model", "%llu is not %llu",
                    (unsigned long long)now, (unsigned long long)anew);
    learner_free(fresh);
}

void check_settled(struct sim *sim)
{
    struct db *db = writer_db(sim->writer);
    check_all(sim);
    check_learned(sim);
    watcher_check_settled(sim);
    struct query *query = db_query(
        db, "SELECT id, state, channel, due_ms, tries FROM message WHERE"
            " due_ms < ?1 AND (state = 'sending' OR (state = 'queued' AND channel IN"
            " ('file', 'email')))");
    query_int(query, 1, sim->clock.now_ms - TIME_MINUTE_MS);
    if (query_step(query) == 1)
        sim_violate(sim, "no message waits forever",
                    "message %lld, %s, %s, %lld ms overdue, %lld tries",
                    (long long)query_get_int(query, 0), query_get_text(query, 1),
                    query_get_text(query, 2),
                    (long long)(sim->clock.now_ms - query_get_int(query, 3)),
                    (long long)query_get_int(query, 4));
    query_reset(query);
    query = db_query(db, "SELECT id FROM alert WHERE state = 'pending'");
    none(sim, query, "nobody is pending forever", "at the end: alert");
}
