/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies that requests may have, as structs (filled by body_read) and as schemas. */
#ifndef MUSTER_API_SCHEMAS_H
#define MUSTER_API_SCHEMAS_H

#include "api/body.h"

#define REASON_MAX 1000
#define REPORT_MAX 4000 /* characters; the form's limit too */
#define NUMBERS_MAX 2000
#define PASSWORD_MAX 256

/* The browser that shows a session's notifications. */
struct in_browser {
    bool given;
    struct body_text push_endpoint, push_p256dh, push_auth;
    struct body_int lang;
};

struct in_session {
    bool given;
    struct body_text account, password;
};
struct in_password {
    bool given;
    struct body_text password, new_password;
};
struct in_role {
    bool given;
    struct body_int role;
    struct body_text area;
};
struct in_account {
    bool given;
    struct body_text account, password;
    struct body_list roles;
};
/* The words of accounts/{account}/steps, in this order. */
enum account_step { ACCOUNT_STEP_CLOSE, ACCOUNT_STEP_OPEN, ACCOUNT_STEP_PASSWORD };
struct in_account_step {
    bool given;
    struct body_int step;
    struct body_text password;
};
struct in_requester {
    bool given;
    struct body_text name, phone, address;
    struct body_int consent;
};
struct in_incident {
    bool given;
    struct body_int kind, grade, exercise;
    struct body_point at;
    struct body_text title;
    struct in_requester requester;
};
/* Of incidents, needs, call-outs, responses, assignments and alarms alike. */
struct in_step {
    bool given;
    struct body_int step, into;
    struct body_text reason;
    struct body_point at;
};
struct in_line {
    bool given;
    struct body_list skills;
    struct body_int count;
};
struct in_need {
    bool given;
    struct body_point at;
    struct body_int by, within_minutes, reserve, mode, exercise;
    struct body_real target;
    struct body_list lines;
    struct body_text place, contact, warning;
};
/* Of handover. */
#define HANDOVER_MAX 500
struct in_handed {
    bool given;
    struct body_int id;
};
struct in_handover {
    bool given;
    struct body_list incidents;
};
/* What is told to those who come. */
struct in_notes {
    bool given;
    struct body_text place, contact, warning;
};
/* The deadline of `by` or `within_minutes`. NULL, or the sentence that says what is wrong
 * with it. */
const char *in_need_deadline(const struct in_need *in, int64_t now_ms, int64_t *ret_ms);
/* Of needs/{id}/plan and needs/{id}/callouts; the last two count for the plan alone. */
struct in_plan {
    bool given;
    struct body_list exclude, force;
    struct body_int lift;
    struct body_text reason;
    struct body_real target;
    struct body_int reserve, within_minutes, at_once, who; /* who: enum crowd_reason */
};
struct in_drill {
    bool given;
    struct body_point at;
    struct body_int when, within_minutes, runs, seed;
    struct body_real target;
    struct body_list lines;
};
/* Of incidents/{id}/plan. */
struct in_priority {
    bool given;
    struct body_int need, priority;
};
struct in_joint {
    bool given;
    struct body_list needs;
    struct body_int lift;
    struct body_text reason;
};
struct in_reply {
    bool given;
    struct body_int answer, ready_in_minutes, count;
    struct body_from from;
    struct body_text reason;
};
/* What the telephone gateway posts. */
struct in_gateway_reply {
    bool given;
    struct body_text from, text, code, id; /* the id: for the signature alone */
};
struct in_gateway_receipt {
    bool given;
    struct body_text id;
    struct body_int state;
};
struct in_report {
    bool given;
    struct body_text text;
    struct body_int outcome;
};
struct in_search {
    bool given;
    struct body_text q, area;
    struct body_int left;
};
struct in_verification {
    bool given;
    struct body_int ok, minutes;
    struct body_text reason;
};
struct in_response {
    bool given;
    struct body_text area;
    struct body_int hazard, level, to;
};
struct in_course {
    bool given;
    struct body_text title, area, place;
    struct body_int starts_at, minutes, seats;
    struct body_list skills;
};
struct in_course_step {
    bool given;
    struct body_int step, starts_at, minutes, seats;
    struct body_text place, title;
};
struct in_course_person {
    bool given;
    struct body_text number;
    struct body_int state;
};
struct in_invitations {
    bool given;
    struct body_int count;
};
struct in_course_results {
    bool given;
    struct body_list passed, failed;
};
struct in_finding {
    bool given;
    struct body_text title, area, lead, due;
    struct body_int incident, indicator;
};
struct in_target {
    bool given;
    struct body_int indicator, year;
    struct body_real target;
    struct body_text lead;
};
struct in_targets {
    bool given;
    struct body_list targets;
};
struct in_desk {
    bool given;
    struct body_text email;
};
struct in_warning {
    bool given;
    struct body_int level, exercise, until;
    struct body_text headline, text;
    struct body_list areas;
};
struct in_heard {
    bool given;
    struct body_text area;
};
struct in_closure {
    bool given;
    struct body_point at;
    struct body_int radius, limit_kmh, until;
    struct body_json polygon;
    struct body_text reason;
};
struct in_person {
    bool given;
    struct body_text number; /* these two: of a new one only */
    struct body_int applicant;
    struct body_text name, phone, email, birth, area, duty, quiet;
    struct body_point home;
    struct body_int mode, paused_until, suspended;
    struct body_list skills, certificates, organisations;
};
enum person_answer {
    SAY_SEEN,
    SAY_ACCEPT,
    SAY_LIMITED,
    SAY_DECLINE,
    SAY_DEPART,
    SAY_ARRIVE,
    SAY_WORK,
    SAY_RELEASE,
    SAY_WITHDRAW,
    SAY_TURNED_BACK,
    SAY_REPORT,
    SAY_HERE,
    SAY_SOS,
    SAY_COUNT
};
struct in_answer {
    bool given;
    struct body_text nonce, digits, text;
    struct body_int answer, ready_in_minutes, count, outcome;
    struct body_from from;
    struct body_point position;
    struct body_list names;
};

/* Of a person's own page. */
struct in_own {
    bool given;
    struct body_text nonce, digits, push_endpoint, push_p256dh, push_auth;
    struct body_int pause_days, mode, duty, quiet, course, sign_up, wait, push;
};

#define JOIN_NAME_MAX 60 /* characters, as of a person */
/* Of who wants to join. */
struct in_join {
    bool given;
    struct body_text nonce, name, phone, area;
    struct body_int mode, consent;
    struct body_list skills;
};

enum incident_step {
    STEP_CONFIRM,
    STEP_STAND_DOWN,
    STEP_REVIEW,
    STEP_CLOSE,
    STEP_CANCEL,
    STEP_REOPEN,
    STEP_MERGE,
    STEP_MOVE,
    STEP_TAKE_OVER
};
enum need_step { NEED_STEP_CANCEL, NEED_STEP_REOPEN, NEED_STEP_ESCALATE };
enum callout_step {
    CALLOUT_STEP_STAND_DOWN,
    CALLOUT_STEP_RESUME,
    CALLOUT_STEP_NEXT_WAVE,
};
enum response_step { RESPONSE_STEP_CONFIRM, RESPONSE_STEP_END };
enum assignment_step {
    ASSIGNMENT_STEP_DEPART,
    ASSIGNMENT_STEP_ARRIVE,
    ASSIGNMENT_STEP_WORK,
    ASSIGNMENT_STEP_RELEASE,
    ASSIGNMENT_STEP_WITHDRAW,
    ASSIGNMENT_STEP_TURNED_BACK,
    ASSIGNMENT_STEP_NO_SHOW,
    ASSIGNMENT_STEP_LOST,
    ASSIGNMENT_STEP_FOUND
};

extern const struct schema session_schema, browser_schema, password_schema,
    account_schema, account_step_schema, incident_schema, incident_step_schema,
    need_schema, joint_schema, handover_schema, plan_schema, callout_schema,
    need_step_schema, notes_schema, callout_step_schema, reply_schema,
    assignment_step_schema, report_schema, verification_schema, alarm_schema,
    response_schema, response_step_schema, drill_schema, course_schema,
    course_step_schema, course_person_schema, course_results_schema, invitations_schema,
    finding_schema, finding_step_schema, targets_schema, desk_schema, closure_schema,
    warning_schema, heard_schema, search_schema, gateway_reply_schema,
    gateway_receipt_schema, person_schema, new_person_schema, answer_schema, own_schema,
    join_schema, nothing_schema;

/* The code lists, NULL behind the last; indexes are those of the enums. */
extern const char *const duty_codes[], *const quiet_codes[], *const mode_codes[];

#endif
