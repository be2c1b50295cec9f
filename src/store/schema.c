/* SPDX-License-Identifier: Apache-2.0 */
/* Times are milliseconds since 1970 in UTC, 0 = not yet; coordinates 1e-7 degree; states
 * and kinds are the codes of loop/model.h; skills are codes with ';' between. A box is
 * what vault_seal makes, under the key_slot of its subject. Ids come from one counter
 * (instance 'next_id'), so an id means one row in the whole database. */
#include "store/schema.h"

#include <assert.h>
#include <stddef.h>

#define SCHEMA_PARTS_MAX 3 /* of one step; NULL stands behind the last */

/* The instance, its staff, what is imported. */
static const char prepare_sql[] =
    "CREATE TABLE instance (key TEXT PRIMARY KEY, number INTEGER, bytes BLOB)"
    " WITHOUT ROWID;"
    "CREATE TABLE area (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL, parent_id INTEGER NOT NULL, level TEXT NOT NULL,"
    " lat_e7 INTEGER, lon_e7 INTEGER, polygon BLOB);"
    "CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " password TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,"
    " created_ms INTEGER NOT NULL);"
    "CREATE TABLE account_role (account_id INTEGER NOT NULL REFERENCES account(id),"
    " role TEXT NOT NULL, area_id INTEGER NOT NULL REFERENCES area(id),"
    " PRIMARY KEY (account_id, role, area_id)) WITHOUT ROWID;"
    "CREATE TABLE session (token_hash BLOB PRIMARY KEY,"
    " account_id INTEGER NOT NULL REFERENCES account(id), csrf TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE api_token (token_hash BLOB PRIMARY KEY,"
    " account_id INTEGER NOT NULL REFERENCES account(id), created_ms INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE site (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE,"
    " kind TEXT NOT NULL, name TEXT NOT NULL, lat_e7 INTEGER NOT NULL,"
    " lon_e7 INTEGER NOT NULL, capacity INTEGER, area_id INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE skill (number INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE,"
    " zh TEXT NOT NULL, en TEXT NOT NULL, certificate TEXT NOT NULL,"
    " months INTEGER NOT NULL, implies TEXT NOT NULL);"
    "CREATE TABLE certificate (number INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE);"
    "CREATE TABLE organisation (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE team (id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL, leader TEXT NOT NULL, deputies TEXT NOT NULL,"
    " size INTEGER NOT NULL, skills TEXT NOT NULL, area_id INTEGER NOT NULL DEFAULT 0);"
    /* identity: name, phone, email, push. whereabouts: home, birth, places. */
    "CREATE TABLE person (id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE,"
    " alias_of INTEGER NOT NULL DEFAULT 0, area_id INTEGER NOT NULL DEFAULT 0,"
    " mode TEXT NOT NULL, skills TEXT NOT NULL, certificates TEXT NOT NULL,"
    " organisations TEXT NOT NULL, duty TEXT NOT NULL, quiet TEXT NOT NULL,"
    " paused_until_ms INTEGER NOT NULL DEFAULT 0, suspended INTEGER NOT NULL DEFAULT 0,"
    " retired INTEGER NOT NULL DEFAULT 0, erased INTEGER NOT NULL DEFAULT 0,"
    " version INTEGER NOT NULL, key_slot INTEGER NOT NULL, phone_hash BLOB,"
    " identity BLOB, whereabouts BLOB);"
    "CREATE INDEX person_phone ON person(phone_hash) WHERE phone_hash IS NOT NULL;"
    "CREATE TABLE response (id INTEGER PRIMARY KEY, area_id INTEGER NOT NULL,"
    " hazard TEXT NOT NULL, level TEXT NOT NULL, state TEXT NOT NULL,"
    " from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, started_by INTEGER NOT NULL,"
    " confirmed_by INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE closure (id INTEGER PRIMARY KEY, lat_e7 INTEGER NOT NULL,"
    " lon_e7 INTEGER NOT NULL, radius_m INTEGER NOT NULL, polygon TEXT,"
    " until_ms INTEGER NOT NULL, reason TEXT NOT NULL, created_ms INTEGER NOT NULL,"
    " created_by INTEGER NOT NULL, lifted_ms INTEGER NOT NULL DEFAULT 0);";

/* The loop's rows. (Alerts and messages: version 9.) */
static const char respond_sql[] =
    "CREATE TABLE incident (id INTEGER PRIMARY KEY, case_number TEXT NOT NULL UNIQUE,"
    " state TEXT NOT NULL, kind TEXT NOT NULL, grade INTEGER NOT NULL,"
    " exercise INTEGER NOT NULL, lat_e7 INTEGER NOT NULL, lon_e7 INTEGER NOT NULL,"
    " area_id INTEGER NOT NULL, reported_ms INTEGER NOT NULL,"
    " closed_ms INTEGER NOT NULL, merged_into INTEGER NOT NULL,"
    " event_sequence INTEGER NOT NULL, chain_head BLOB NOT NULL,"
    " roll_call_ms INTEGER NOT NULL, key_slot INTEGER NOT NULL DEFAULT -1,"
    " first_position INTEGER NOT NULL DEFAULT 0,"
    " last_position INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX incident_running ON incident(id)"
    " WHERE state NOT IN ('closed', 'cancelled', 'merged');"
    "CREATE TABLE need (id INTEGER PRIMARY KEY,"
    " incident_id INTEGER NOT NULL REFERENCES incident(id), state TEXT NOT NULL,"
    " lat_e7 INTEGER NOT NULL, lon_e7 INTEGER NOT NULL, stated_ms INTEGER NOT NULL,"
    " deadline_ms INTEGER NOT NULL, line_count INTEGER NOT NULL,"
    " reserve INTEGER NOT NULL, target REAL NOT NULL, mode INTEGER NOT NULL,"
    " escalated_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, met_ms INTEGER NOT NULL,"
    " filled_ms INTEGER NOT NULL);"
    "CREATE INDEX need_incident ON need(incident_id);"
    "CREATE TABLE need_line (need_id INTEGER NOT NULL REFERENCES need(id),"
    " line INTEGER NOT NULL, skills TEXT NOT NULL, count INTEGER NOT NULL,"
    " reserve INTEGER NOT NULL, PRIMARY KEY (need_id, line)) WITHOUT ROWID;"
    "CREATE TABLE callout (id INTEGER PRIMARY KEY,"
    " incident_id INTEGER NOT NULL REFERENCES incident(id),"
    " need_id INTEGER NOT NULL REFERENCES need(id), state TEXT NOT NULL,"
    " started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, waves INTEGER NOT NULL,"
    " version INTEGER NOT NULL, replan_due_ms INTEGER NOT NULL,"
    " probability REAL NOT NULL, target_reached INTEGER NOT NULL,"
    " target_holds INTEGER NOT NULL, lift INTEGER NOT NULL,"
    " stand_down_ms INTEGER NOT NULL);"
    "CREATE INDEX callout_incident ON callout(incident_id);"
    "CREATE INDEX callout_need ON callout(need_id);"
    "CREATE TABLE alert (callout_id INTEGER NOT NULL REFERENCES callout(id),"
    " id INTEGER NOT NULL, incident_id INTEGER NOT NULL, person_id INTEGER NOT NULL,"
    " state TEXT NOT NULL, answer TEXT NOT NULL, line INTEGER NOT NULL,"
    " wave INTEGER NOT NULL, lines_able INTEGER NOT NULL, alerted_ms INTEGER NOT NULL,"
    " answered_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL,"
    " fetched_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, timer_ms INTEGER NOT NULL,"
    " asked_ms INTEGER NOT NULL, travel_ms INTEGER NOT NULL, p_accept REAL NOT NULL,"
    " p_in_time REAL NOT NULL, ready_in_minutes INTEGER NOT NULL,"
    " count INTEGER NOT NULL, forced INTEGER NOT NULL, on_behalf INTEGER NOT NULL,"
    " rung INTEGER NOT NULL, channels INTEGER NOT NULL, token_hash BLOB NOT NULL,"
    " device_hash BLOB NOT NULL, nonces BLOB NOT NULL, digits_tries INTEGER NOT NULL,"
    " reply_code TEXT NOT NULL, PRIMARY KEY (callout_id, id)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX alert_id ON alert(id);"
    "CREATE TABLE assignment (id INTEGER PRIMARY KEY,"
    " incident_id INTEGER NOT NULL REFERENCES incident(id), alert_id INTEGER NOT NULL,"
    " person_id INTEGER NOT NULL, need_id INTEGER NOT NULL REFERENCES need(id),"
    " state TEXT NOT NULL, before_lost TEXT NOT NULL, line INTEGER NOT NULL,"
    " count INTEGER NOT NULL, assigned_ms INTEGER NOT NULL,"
    " en_route_ms INTEGER NOT NULL, on_scene_ms INTEGER NOT NULL,"
    " released_ms INTEGER NOT NULL, reported_ms INTEGER NOT NULL,"
    " verified_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL,"
    " overdue_stage INTEGER NOT NULL, here_ms INTEGER NOT NULL, sos_ms INTEGER NOT NULL,"
    " sos_acknowledged_ms INTEGER NOT NULL, outcome TEXT NOT NULL,"
    " reported_by INTEGER NOT NULL, verified_by INTEGER NOT NULL,"
    " minutes_worked INTEGER NOT NULL, minutes_credited INTEGER NOT NULL,"
    " stood_down_while_there INTEGER NOT NULL, past INTEGER NOT NULL);"
    "CREATE INDEX assignment_incident ON assignment(incident_id);"
    "CREATE INDEX assignment_alert ON assignment(alert_id);"
    "CREATE INDEX assignment_person ON assignment(person_id);"
    "CREATE INDEX assignment_active ON assignment(incident_id) WHERE state IN"
    " ('assigned', 'en_route', 'on_scene', 'working', 'lost_contact');"
    "CREATE TABLE message (callout_id INTEGER NOT NULL, id INTEGER NOT NULL,"
    " incident_id INTEGER NOT NULL REFERENCES incident(id), alert_id INTEGER NOT NULL,"
    " state TEXT NOT NULL, kind TEXT NOT NULL, channel TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, sent_ms INTEGER NOT NULL,"
    " tries INTEGER NOT NULL, perhaps_twice INTEGER NOT NULL,"
    " PRIMARY KEY (callout_id, id)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX message_id ON message(id);"
    "CREATE INDEX message_queued ON message(channel, due_ms, id, incident_id)"
    " WHERE state = 'queued';"
    "CREATE INDEX message_sending ON message(id) WHERE state = 'sending';"
    "CREATE INDEX message_no_callout ON message(incident_id) WHERE callout_id = 0;";

/* Texts, plan records, the chains, the ledger, idempotency. */
static const char record_sql[] =
    "CREATE TABLE text (id INTEGER PRIMARY KEY, incident_id INTEGER NOT NULL,"
    " kind TEXT NOT NULL, row INTEGER NOT NULL, person_id INTEGER NOT NULL,"
    " key_slot INTEGER NOT NULL, at_ms INTEGER NOT NULL, box BLOB NOT NULL);"
    "CREATE INDEX text_row ON text(incident_id, kind, row);"
    "CREATE TABLE requester (incident_id INTEGER PRIMARY KEY REFERENCES incident(id),"
    " consent INTEGER NOT NULL, box BLOB NOT NULL);"
    "CREATE TABLE look (person_id INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
    " account_id INTEGER NOT NULL, PRIMARY KEY (person_id, at_ms, account_id))"
    " WITHOUT ROWID;"
    "CREATE TABLE position (assignment_id INTEGER PRIMARY KEY,"
    " at_ms INTEGER NOT NULL, box BLOB NOT NULL);"
    "CREATE TABLE plan_record (id INTEGER PRIMARY KEY, callout_id INTEGER NOT NULL,"
    " wave INTEGER NOT NULL, at_ms INTEGER NOT NULL, body TEXT NOT NULL);"
    "CREATE INDEX plan_record_callout ON plan_record(callout_id);"
    /* No other index: a random one costs 15 times the bytes written. */
    "CREATE TABLE event (position INTEGER PRIMARY KEY, incident_id INTEGER NOT NULL,"
    " sequence INTEGER NOT NULL, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,"
    " body TEXT NOT NULL, hash BLOB NOT NULL);"
    "CREATE TABLE chain (batch INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,"
    " body TEXT NOT NULL, hash BLOB NOT NULL);"
    "CREATE TABLE signed_head (batch INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,"
    " hash BLOB NOT NULL, key BLOB NOT NULL, signature BLOB NOT NULL);"
    "CREATE TABLE ledger (id INTEGER PRIMARY KEY, posting INTEGER NOT NULL,"
    " account TEXT NOT NULL, person_id INTEGER NOT NULL, minutes INTEGER NOT NULL,"
    " assignment_id INTEGER NOT NULL, actor INTEGER NOT NULL, at_ms INTEGER NOT NULL);"
    "CREATE INDEX ledger_person ON ledger(person_id) WHERE person_id <> 0;"
    "CREATE INDEX ledger_assignment ON ledger(assignment_id);"
    "CREATE TABLE idempotency (actor INTEGER NOT NULL, route TEXT NOT NULL,"
    " key TEXT NOT NULL, request_hash BLOB NOT NULL, status INTEGER NOT NULL,"
    " result_id INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
    " PRIMARY KEY (actor, route, key)) WITHOUT ROWID;"
    "CREATE INDEX idempotency_at ON idempotency(at_ms);";

/* What the response model is folded from; ids only grow, and there is no other index. */
static const char answer_sql[] =
    "CREATE TABLE answer (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL,"
    " alert_id INTEGER NOT NULL, callout_id INTEGER NOT NULL, wave INTEGER NOT NULL,"
    " exercise INTEGER NOT NULL, what TEXT NOT NULL, kind TEXT NOT NULL,"
    " mode TEXT NOT NULL, minute INTEGER NOT NULL, weekend INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL, took_ms INTEGER NOT NULL, travel_ms INTEGER NOT NULL,"
    " promised REAL NOT NULL);";

/* Version 3: what one more certain success is worth to the call-out's plans. */
static const char price_sql[] =
    "ALTER TABLE callout ADD COLUMN price REAL NOT NULL DEFAULT 0;";

/* Version 4: 0 = closed, else nobody is faster than that there. */
static const char limit_sql[] =
    "ALTER TABLE closure ADD COLUMN limit_kmh INTEGER NOT NULL DEFAULT 0;";

/* Version 5: where the events of incidents go that have been closed for long. */
static const char archive_sql[] =
    "CREATE TABLE event_archive (position INTEGER PRIMARY KEY,"
    " incident_id INTEGER NOT NULL, sequence INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
    " kind TEXT NOT NULL, body TEXT NOT NULL, hash BLOB NOT NULL);";

/* Version 6: the people of a wave who are still to be alerted, in parts. */
static const char parts_sql[] =
    "ALTER TABLE callout ADD COLUMN unsent INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE wave_part (callout_id INTEGER NOT NULL, part INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL, people BLOB NOT NULL, PRIMARY KEY (callout_id, part)) "
    "WITHOUT ROWID;";

/* Version 7: images of the crowd (store/image.h), and whose rows have changed since. */
static const char image_sql[] =
    "CREATE TABLE crowd_image (id INTEGER PRIMARY KEY, key_slot INTEGER NOT NULL,"
    " spoilt INTEGER NOT NULL, at_ms INTEGER NOT NULL);"
    "CREATE TABLE person_change (image_id INTEGER NOT NULL, person_id INTEGER NOT NULL,"
    " PRIMARY KEY (image_id, person_id)) WITHOUT ROWID;";

/* Version 8: who said where they come from keeps the way found from there. */
static const char own_way_sql[] =
    "ALTER TABLE alert ADD COLUMN own_way INTEGER NOT NULL DEFAULT 0;";

/* Version 9: alerts and messages by id. Ids grow, so those of a wave lie together as they
 * did by call-out, and a reply finds and changes its rows by a number, without a second
 * tree from the id to the place. */
static const char by_id_alert_sql[] =
    "DROP INDEX alert_id;"
    "ALTER TABLE alert RENAME TO alert_8;"
    "CREATE TABLE alert (callout_id INTEGER NOT NULL REFERENCES callout(id),"
    " id INTEGER PRIMARY KEY, incident_id INTEGER NOT NULL, person_id INTEGER NOT NULL,"
    " state TEXT NOT NULL, answer TEXT NOT NULL, line INTEGER NOT NULL,"
    " wave INTEGER NOT NULL, lines_able INTEGER NOT NULL, alerted_ms INTEGER NOT NULL,"
    " answered_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL,"
    " fetched_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, timer_ms INTEGER NOT NULL,"
    " asked_ms INTEGER NOT NULL, travel_ms INTEGER NOT NULL, p_accept REAL NOT NULL,"
    " p_in_time REAL NOT NULL, ready_in_minutes INTEGER NOT NULL,"
    " count INTEGER NOT NULL, forced INTEGER NOT NULL, on_behalf INTEGER NOT NULL,"
    " rung INTEGER NOT NULL, channels INTEGER NOT NULL, token_hash BLOB NOT NULL,"
    " device_hash BLOB NOT NULL, nonces BLOB NOT NULL, digits_tries INTEGER NOT NULL,"
    " reply_code TEXT NOT NULL, own_way INTEGER NOT NULL DEFAULT 0);"
    "INSERT INTO alert SELECT * FROM alert_8 ORDER BY id;"
    "DROP TABLE alert_8;"
    "CREATE INDEX alert_callout ON alert(callout_id, id);";
static const char by_id_message_sql[] =
    "DROP INDEX message_id; DROP INDEX message_queued; DROP INDEX message_sending;"
    "DROP INDEX message_no_callout;"
    "ALTER TABLE message RENAME TO message_8;"
    "CREATE TABLE message (callout_id INTEGER NOT NULL, id INTEGER PRIMARY KEY,"
    " incident_id INTEGER NOT NULL REFERENCES incident(id), alert_id INTEGER NOT NULL,"
    " state TEXT NOT NULL, kind TEXT NOT NULL, channel TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, sent_ms INTEGER NOT NULL,"
    " tries INTEGER NOT NULL, perhaps_twice INTEGER NOT NULL);"
    "INSERT INTO message SELECT * FROM message_8 ORDER BY id;"
    "DROP TABLE message_8;"
    "CREATE INDEX message_callout ON message(callout_id, id);"
    "CREATE INDEX message_queued ON message(channel, due_ms, id, incident_id)"
    " WHERE state = 'queued';"
    "CREATE INDEX message_sending ON message(id) WHERE state = 'sending';"
    "CREATE INDEX message_no_callout ON message(incident_id) WHERE callout_id = 0;";

/* Version 10: a reply writes as few pages as it can. What its person has read follows
 * from two numbers (loop/model.h), one of them in the alert's row; whose assignments are
 * active stands in the order of ids, which grow; an alert's are found by its incident.
 */
static const char fewer_pages_sql[] =
    "ALTER TABLE alert ADD COLUMN read_sequence INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE message ADD COLUMN handed_sequence INTEGER NOT NULL DEFAULT 0;"
    "DROP INDEX assignment_incident; DROP INDEX assignment_alert;"
    "DROP INDEX assignment_person; DROP INDEX assignment_active;"
    "CREATE INDEX assignment_incident ON assignment(incident_id, alert_id);"
    "CREATE INDEX assignment_active ON assignment(id) WHERE state IN"
    " ('assigned', 'en_route', 'on_scene', 'working', 'lost_contact');";

/* Version 11: findings that are followed up, the shares wanted (decision 0046), courses
 * (0051), and wrong tries at a person's own page (0049). */
static const char readiness_sql[] =
    "CREATE TABLE finding (id INTEGER PRIMARY KEY,"
    " area_id INTEGER NOT NULL REFERENCES area(id), incident_id INTEGER NOT NULL,"
    " indicator TEXT NOT NULL, title TEXT NOT NULL, lead TEXT NOT NULL,"
    " note TEXT NOT NULL, state TEXT NOT NULL, due_day INTEGER NOT NULL,"
    " made_by INTEGER NOT NULL, made_ms INTEGER NOT NULL, solved_by INTEGER NOT NULL,"
    " solved_ms INTEGER NOT NULL, checked_by INTEGER NOT NULL,"
    " checked_ms INTEGER NOT NULL);"
    "CREATE TABLE target (indicator TEXT NOT NULL, year INTEGER NOT NULL,"
    " share REAL NOT NULL, lead TEXT NOT NULL, PRIMARY KEY (indicator, year))"
    " WITHOUT ROWID;"
    "CREATE TABLE readiness_day (day INTEGER NOT NULL, area_id INTEGER NOT NULL,"
    " indicator TEXT NOT NULL, have INTEGER NOT NULL, total INTEGER NOT NULL,"
    " PRIMARY KEY (area_id, day, indicator)) WITHOUT ROWID;"
    "CREATE TABLE course (id INTEGER PRIMARY KEY,"
    " area_id INTEGER NOT NULL REFERENCES area(id), title TEXT NOT NULL,"
    " place TEXT NOT NULL, skills TEXT NOT NULL, state TEXT NOT NULL,"
    " starts_ms INTEGER NOT NULL, minutes INTEGER NOT NULL, seats INTEGER NOT NULL,"
    " made_by INTEGER NOT NULL);"
    "CREATE TABLE course_person (course_id INTEGER NOT NULL REFERENCES course(id),"
    " person_id INTEGER NOT NULL, state TEXT NOT NULL,"
    " PRIMARY KEY (course_id, person_id)) WITHOUT ROWID;"
    "CREATE TABLE own_page (person_id INTEGER PRIMARY KEY, tries INTEGER NOT NULL,"
    " tried_ms INTEGER NOT NULL);";

/* Version 12: who wants to join (decision 0053). A box: name, telephone, mode, skills.
 * The rows of those who wait no more are bare ids: no slot of the vault is given twice.
 */
static const char applicant_sql[] =
    "CREATE TABLE applicant (id INTEGER PRIMARY KEY,"
    " area_id INTEGER NOT NULL REFERENCES area(id), state TEXT NOT NULL,"
    " at_ms INTEGER NOT NULL, key_slot INTEGER NOT NULL, phone_hash BLOB, box BLOB);"
    "CREATE INDEX applicant_waiting ON applicant(phone_hash) WHERE state = 'waiting';";

/* Version 13: whom the dispatcher left out of a call-out (decision 0061). */
static const char left_out_sql[] =
    "CREATE TABLE left_out (callout_id INTEGER NOT NULL, person_id INTEGER NOT NULL,"
    " PRIMARY KEY (callout_id, person_id)) WITHOUT ROWID;";

/* Version 14: the desks of areas, and messages to them (decision 0070). A box: e-mail
 * address; NULL: none any more, and its slot's key is destroyed. */
static const char desk_sql[] =
    "CREATE TABLE desk (area_id INTEGER PRIMARY KEY REFERENCES area(id),"
    " key_slot INTEGER NOT NULL, has_email INTEGER NOT NULL, box BLOB);"
    "ALTER TABLE message ADD COLUMN area_id INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE message ADD COLUMN subject_id INTEGER NOT NULL DEFAULT 0;";

/* Version 15: the people of an area and of all under it; the list and the search find all
 * they look at in the indexes. */
static const char by_area_sql[] =
    "CREATE INDEX area_parent ON area(parent_id);"
    "CREATE INDEX person_area ON person(area_id, id, number)"
    " WHERE retired = 0 AND alias_of = 0 AND erased = 0;";

/* Version 16: whose call for help nobody has seen to yet. */
static const char alarm_sql[] = "CREATE INDEX assignment_alarm ON assignment(incident_id)"
                                " WHERE sos_ms > sos_acknowledged_ms;";

/* Version 17: what those who signed up for a course are told (store/notice.h). The
 * channel is empty where the person has none. */
static const char notice_sql[] =
    "CREATE TABLE notice (id INTEGER PRIMARY KEY,"
    " course_id INTEGER NOT NULL REFERENCES course(id), person_id INTEGER NOT NULL,"
    " kind TEXT NOT NULL, state TEXT NOT NULL, channel TEXT NOT NULL,"
    " due_ms INTEGER NOT NULL, sent_ms INTEGER NOT NULL, tries INTEGER NOT NULL,"
    " perhaps_twice INTEGER NOT NULL);"
    "CREATE INDEX notice_course ON notice(course_id, person_id, id);"
    "CREATE INDEX notice_queued ON notice(channel, due_ms, id) WHERE state = 'queued';"
    "CREATE INDEX notice_sending ON notice(id) WHERE state = 'sending';";

/* Version 18: the newest import of people, and the rows it changed as they were
 * (store/people_undo.h). */
static const char undo_sql[] =
    "CREATE TABLE people_import (id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,"
    " actor INTEGER NOT NULL, added INTEGER NOT NULL, changed INTEGER NOT NULL,"
    " retired INTEGER NOT NULL);"
    "CREATE TABLE person_before (import_id INTEGER NOT NULL, person_id INTEGER NOT NULL,"
    " version INTEGER NOT NULL, area_id INTEGER NOT NULL, mode TEXT NOT NULL,"
    " skills TEXT NOT NULL, certificates TEXT NOT NULL, organisations TEXT NOT NULL,"
    " duty TEXT NOT NULL, quiet TEXT NOT NULL, paused_until_ms INTEGER NOT NULL,"
    " suspended INTEGER NOT NULL, retired INTEGER NOT NULL, phone_hash BLOB,"
    " identity BLOB, whereabouts BLOB, PRIMARY KEY (person_id, import_id))"
    " WITHOUT ROWID;";

/* Version 19: when the links to a person's own page were last ended (decision 0103). */
static const char ended_sql[] =
    "ALTER TABLE own_page ADD COLUMN ended_ms INTEGER NOT NULL DEFAULT 0;";

/* Version 20: the browser that shows a session's notifications (push: store/account.h),
 * and messages of desks to it (decision 0102). Both go with the session. */
static const char browser_sql[] =
    "ALTER TABLE session ADD COLUMN browser_id INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE session ADD COLUMN push TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE message ADD COLUMN browser_id INTEGER NOT NULL DEFAULT 0;";

/* Version 21: since when a course's person is what they are; 0: from before. */
static const char since_sql[] =
    "ALTER TABLE course_person ADD COLUMN at_ms INTEGER NOT NULL DEFAULT 0;";

/* Version 22: a deadline that was missed is known after the cancelling and a later one
 * (decision 0119). */
static const char missed_sql[] =
    "ALTER TABLE need ADD COLUMN missed_ms INTEGER NOT NULL DEFAULT 0;";

/* 23: a board's page reads the messages of its alerts, not all of the call-out's. */
static const char by_alert_sql[] =
    "DROP INDEX message_callout;"
    "CREATE INDEX message_callout ON message(callout_id, alert_id, id);";

/* 24: warnings of the authorities (store/warning.h). A reference says that warning_id
 * ends the message of that name, which may come later. */
static const char warning_sql[] =
    "CREATE TABLE warning (id INTEGER PRIMARY KEY, sender TEXT NOT NULL,"
    " identifier TEXT NOT NULL, sent_ms INTEGER NOT NULL, kind TEXT NOT NULL,"
    " exercise INTEGER NOT NULL, level TEXT NOT NULL, onset_ms INTEGER NOT NULL,"
    " expires_ms INTEGER NOT NULL, body TEXT NOT NULL, taken_by INTEGER NOT NULL,"
    " taken_ms INTEGER NOT NULL, ended_by INTEGER NOT NULL, ended_ms INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX warning_name ON warning(sender, identifier, sent_ms);"
    "CREATE INDEX warning_expires ON warning(expires_ms);"
    "CREATE TABLE warning_area (warning_id INTEGER NOT NULL, area_id INTEGER NOT NULL,"
    " PRIMARY KEY (warning_id, area_id)) WITHOUT ROWID;"
    "CREATE TABLE warning_reference (sender TEXT NOT NULL, identifier TEXT NOT NULL,"
    " sent_ms INTEGER NOT NULL, warning_id INTEGER NOT NULL,"
    " PRIMARY KEY (sender, identifier, sent_ms, warning_id)) WITHOUT ROWID;"
    "CREATE TABLE warning_heard (warning_id INTEGER NOT NULL, area_id INTEGER NOT NULL,"
    " account_id INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
    " PRIMARY KEY (warning_id, area_id)) WITHOUT ROWID;";

/* Version 25: under way, and the roads have changed since: the way counts from then. */
static const char way_from_sql[] =
    "ALTER TABLE assignment ADD COLUMN way_from_ms INTEGER NOT NULL DEFAULT 0;";

static const char keys_sql[] =
    "CREATE TABLE key_block (block INTEGER PRIMARY KEY, box BLOB NOT NULL);";

const char *schema_step(int step, int part)
{
    static const char *const steps[SCHEMA_VERSION][SCHEMA_PARTS_MAX + 1] = {
        {prepare_sql, respond_sql, record_sql},
        {answer_sql},
        {price_sql},
        {limit_sql},
        {archive_sql},
        {parts_sql},
        {image_sql},
        {own_way_sql},
        {by_id_alert_sql, by_id_message_sql},
        {fewer_pages_sql},
        {readiness_sql},
        {applicant_sql},
        {left_out_sql},
        {desk_sql},
        {by_area_sql},
        {alarm_sql},
        {notice_sql},
        {undo_sql},
        {ended_sql},
        {browser_sql},
        {since_sql},
        {missed_sql},
        {by_alert_sql},
        {warning_sql},
        {way_from_sql}};
    assert(step >= 0 && step < SCHEMA_VERSION && part >= 0 && part <= SCHEMA_PARTS_MAX);
    return steps[step][part];
}

const char *schema_keys(void)
{
    return keys_sql;
}
