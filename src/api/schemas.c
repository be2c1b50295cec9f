/* SPDX-License-Identifier: Apache-2.0 */
/* One table per body. Field names are member names; limits are those of interface.md. */
#include "api/schemas.h"

#include "base/mem.h"
#include "base/time.h"
#include "channel/push.h"
#include "crowd/crowd.h"
#include "dispatch/closures.h"
#include "dispatch/joint.h"
#include "drill/question.h"
#include "intake/cap_words.h"
#include "loop/model.h"
#include "ready/indicator.h"
#include "road/closed.h"
#include "store/account.h"
#include "store/commands.h"
#include "store/course.h"
#include "store/invite.h"
#include "store/notes.h"
#include "store/people.h"
#include "store/warning.h"

#define CODE(name, code) code,
static const char *const incident_kind_codes[] = {INCIDENT_KIND_LIST(CODE) NULL};
static const char *const outcome_codes[] = {OUTCOME_LIST(CODE) NULL};
static const char *const role_names[] = {ROLE_LIST(CODE) NULL};
/* What a person may choose on the own page; the hours stand in own_page.c. */
const char *const duty_codes[] = {"always", "evenings", "weekends", "daytime", NULL};
const char *const quiet_codes[] = {"usual", "late", "none", NULL};
const char *const mode_codes[] = {"foot", "bike", "car", NULL};
/* Grades 1-4 stand for I-IV; index 0 is no grade. */
static const char *const grade_codes[] = {"", "I", "II", "III", "IV", NULL};
/* As enum response_level. */
static const char *const level_codes[] = {"", "IV", "III", "II", "I", NULL};
/* As enum crowd_reason; index 0 is none. */
static const char *const reason_codes[] = {"", CROWD_REASON_LIST(CODE) NULL};
static const char *const lift_codes[] = {"quiet", "duty", "cap", NULL};
static const char *const answer_codes[] = {
    "seen",    "accept",   "limited",     "decline", "depart", "arrive", "work",
    "release", "withdraw", "turned_back", "report",  "here",   "sos",    NULL};
/* As enum answer of the loop. */
static const char *const reply_codes[] = {ANSWER_LIST(CODE) NULL};
static const char *const incident_steps[] = {"confirm",   "stand_down", "review", "close",
                                             "cancel",    "reopen",     "merge",  "move",
                                             "take_over", NULL};
static const char *const need_steps[] = {"cancel", "reopen", "escalate", NULL};
static const char *const callout_steps[] = {"stand_down", "resume", "next_wave", NULL};
static const char *const response_steps[] = {"confirm", "end", NULL};
static const char *const finding_step_codes[] = {FINDING_STEP_LIST(CODE) NULL};
/* As enum ready_indicator. */
#define INDICATOR(name, code, weight, wanted) code,
static const char *const indicator_codes[] = {READY_LIST(INDICATOR) NULL};
static const char *const assignment_steps[] = {
    "depart",      "arrive",  "work", "release", "withdraw",
    "turned_back", "no_show", "lost", "found",   NULL};
/* As outcomes of gateway.c. */
static const char *const receipt_states[] = {"delivered", "failed", "unknown", NULL};
static const char *const alarm_steps[] = {"acknowledge", NULL};

#define AT(type, member) .name = #member, .offset = offsetof(struct type, member)
#define TEXT(type, member, most, sample)                                                 \
    {                                                                                    \
        AT(type, member), .kind = FIELD_TEXT, .max = (most), .example = "\"" sample "\"" \
    }
#define NEEDED(type, member, most, sample)                                               \
    {                                                                                    \
        AT(type, member), .kind = FIELD_TEXT, .flags = FIELD_REQUIRED, .min = 1,         \
                          .max = (most), .example = "\"" sample "\""                     \
    }
#define PASSWORD(type, member, what)                                                     \
    {                                                                                    \
        AT(type, member), .kind = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_RAW,       \
                          .min = 1, .max = PASSWORD_MAX,                                 \
                          .example = "\"correct horse battery\"", .about = (what)        \
    }
#define INT(type, member, least, most, sample)                                           \
    {                                                                                    \
        AT(type, member), .kind = FIELD_INT, .min = (least), .max = (most),              \
                          .example = sample                                              \
    }
#define FLAG(type, member)                                                               \
    {                                                                                    \
        AT(type, member), .kind = FIELD_BOOL, .example = "true"                          \
    }
#define WORD(type, member, list, demand, sample)                                         \
    {                                                                                    \
        AT(type, member), .kind = FIELD_CODE, .flags = (demand), .codes = (list),        \
                          .example = "\"" sample "\""                                    \
    }
#define TEXTS(type, member, most, sample)                                                \
    {                                                                                    \
        AT(type, member), .kind = FIELD_LIST, .max = (most), .example = "[" sample "]"   \
    }
/* A browser's PushSubscription. */
#define SUBSCRIPTION(type, needed)                                                       \
    {AT(type, push_endpoint),                                                            \
     .kind = FIELD_TEXT,                                                                 \
     .flags = (needed),                                                                  \
     .max = PUSH_ENDPOINT_MAX,                                                           \
     .example = "\"https://updates.push.services.mozilla.com/wpush/v2/abc\"",            \
     .about = "as the browser's PushSubscription says it"},                              \
        {AT(type, push_p256dh),                                                          \
         .kind = FIELD_TEXT,                                                             \
         .flags = (needed),                                                              \
         .max = 100,                                                                     \
         .example = "\"BCVxsr7N...\"",                                                   \
         .about = "its key, base64url"},                                                 \
    {                                                                                    \
        AT(type, push_auth), .kind = FIELD_TEXT, .flags = (needed), .max = 100,          \
                             .example = "\"BTBZMqHH6r4Tts7J_aSIgg\"",                    \
                             .about = "its secret, base64url"                            \
    }
#define SCHEMA(object, label, type, table, sample)                                       \
    const struct schema object = {.name = label,                                         \
                                  .size = sizeof(struct type),                           \
                                  .count = COUNT_OF(table),                              \
                                  .fields = table,                                       \
                                  .example = sample}

static const struct field session_fields[] = {
    NEEDED(in_session, account, 64, "admin"),
    PASSWORD(in_session, password, NULL),
};
SCHEMA(session_schema, "SessionRequest", in_session, session_fields,
       "{\"account\":\"admin\",\"password\":\"correct horse battery\"}");

static const char *const language_codes[] = {"zh", "en", NULL};
static const struct field browser_fields[] = {
    SUBSCRIPTION(in_browser, FIELD_REQUIRED),
    WORD(in_browser, lang, language_codes, FIELD_REQUIRED, "zh"),
};
SCHEMA(browser_schema, "BrowserRequest", in_browser, browser_fields,
       "{\"push_endpoint\":\"https://updates.push.services.mozilla.com/wpush/v2/abc\","
       "\"push_p256dh\":\"BCVxsr7N...\",\"push_auth\":\"BTBZMqHH6r4Tts7J_aSIgg\","
       "\"lang\":\"zh\"}");

#define NEW_PASSWORD "8 to 256 bytes of UTF-8, none of the first that are guessed"
static const struct field password_fields[] = {
    PASSWORD(in_password, password, NULL),
    PASSWORD(in_password, new_password, NEW_PASSWORD),
};
SCHEMA(password_schema, "PasswordRequest", in_password, password_fields,
       "{\"password\":\"correct horse battery\",\"new_password\":\"another horse "
       "battery\"}");

static const struct field role_fields[] = {
    WORD(in_role, role, role_names, FIELD_REQUIRED, "dispatcher"),
    {AT(in_role, area), .kind = FIELD_TEXT, .min = 1, .max = 32, .example = "\"root\""},
};
static SCHEMA(role_schema, "RoleRequest", in_role, role_fields,
              "{\"role\":\"dispatcher\",\"area\":\"root\"}");

static const struct field account_fields[] = {
    NEEDED(in_account, account, 64, "duty1"),
    PASSWORD(in_account, password, NEW_PASSWORD),
    {AT(in_account, roles), .kind = FIELD_LIST, .flags = FIELD_REQUIRED, .min = 1,
     .max = 16, .schema = &role_schema, .example = "[{\"role\":\"dispatcher\"}]"},
};
SCHEMA(
    account_schema, "AccountRequest", in_account, account_fields,
    "{\"account\":\"duty1\",\"password\":\"correct horse battery\",\"roles\":[{\"role\":"
    "\"dispatcher\"}]}");

static const char *const account_steps[] = {"close", "open", "password", NULL};
static const struct field account_step_fields[] = {
    WORD(in_account_step, step, account_steps, FIELD_REQUIRED, "close"),
    {AT(in_account_step, password), .kind = FIELD_TEXT, .flags = FIELD_RAW, .min = 1,
     .max = PASSWORD_MAX, .example = "\"correct horse battery\"",
     .about = "with the step of that name: " NEW_PASSWORD},
};
SCHEMA(account_step_schema, "AccountStep", in_account_step, account_step_fields,
       "{\"step\":\"close\"}");

static const struct field requester_fields[] = {
    {AT(in_requester, name), .kind = FIELD_TEXT, .max = REQUESTER_NAME_MAX / 4,
     .example = "\"Li Hua\""},
    TEXT(in_requester, phone, REQUESTER_PHONE_MAX / 4, "13800000000"),
    {AT(in_requester, address), .kind = FIELD_TEXT, .max = REQUESTER_ADDRESS_MAX / 4,
     .example = "\"18 Maohe Road\""},
    {AT(in_requester, consent), .kind = FIELD_BOOL, .flags = FIELD_REQUIRED,
     .example = "true"},
};
static SCHEMA(requester_schema, "RequesterRequest", in_requester, requester_fields,
              "{\"name\":\"Li Hua\",\"consent\":true}");

static const struct field incident_fields[] = {
    WORD(in_incident, kind, incident_kind_codes, FIELD_REQUIRED, "flood"),
    {AT(in_incident, at), .kind = FIELD_POINT, .flags = FIELD_REQUIRED,
     .example = "{\"lat\":30.7,\"lon\":121.02}"},
    {AT(in_incident, title), .kind = FIELD_TEXT, .max = REPORT_TITLE_MAX / 4,
     .example = "\"Water in the cellar\""},
    WORD(in_incident, grade, grade_codes, 0, "III"),
    FLAG(in_incident, exercise),
    {AT(in_incident, requester), .kind = FIELD_OBJECT, .schema = &requester_schema,
     .example = "{\"name\":\"Li Hua\",\"consent\":true}"},
};
SCHEMA(incident_schema, "IncidentRequest", in_incident, incident_fields,
       "{\"kind\":\"flood\",\"at\":{\"lat\":30.7,\"lon\":121.02}}");

#define REASON(type) TEXT(type, reason, REASON_MAX, "as agreed by telephone")
static const struct field incident_step_fields[] = {
    WORD(in_step, step, incident_steps, FIELD_REQUIRED, "confirm"),
    REASON(in_step),
    INT(in_step, into, 1, 9e15, "7"),
    {AT(in_step, at), .kind = FIELD_POINT, .example = "{\"lat\":30.7,\"lon\":121.02}"},
};
SCHEMA(incident_step_schema, "IncidentStep", in_step, incident_step_fields,
       "{\"step\":\"confirm\"}");

static const struct field line_fields[] = {
    TEXTS(in_line, skills, 32, "\"first-aid\""),
    {AT(in_line, count), .kind = FIELD_INT, .flags = FIELD_REQUIRED, .min = 1,
     .max = LOOP_COUNT_MAX, .example = "3"},
};
static SCHEMA(line_schema, "NeedLineRequest", in_line, line_fields,
              "{\"skills\":[\"first-aid\"],\"count\":3}");

#define WITHIN_MINUTES_MAX 4320
#define MINUTES(type) INT(type, within_minutes, 1, WITHIN_MINUTES_MAX, "30")
#define TARGET(type)                                                                     \
    {                                                                                    \
        AT(type, target), .kind = FIELD_REAL, .flags = FIELD_OPEN | FIELD_MAX, .max = 1, \
                          .example = "0.95"                                              \
    }
#define RESERVE(type)                                                                    \
    {                                                                                    \
        AT(type, reserve), .kind = FIELD_AUTO_INT, .max = LOOP_COUNT_MAX,                \
                           .example = "\"auto\""                                         \
    }
#define NOTE(type, member, sample, what)                                                 \
    {                                                                                    \
        AT(type, member), .kind = FIELD_TEXT, .max = NOTES_CHARACTERS_MAX,               \
                          .example = "\"" sample "\"", .about = what                     \
    }
#define NOTES(type)                                                                      \
    NOTE(type, place, "North gate, second floor",                                        \
         "words for the place or how to get in; who comes sees these three"),            \
        NOTE(type, contact, "Station master Li", "whom to look for there"),              \
        NOTE(type, warning, "Deep water: keep to the north side", "what to beware of")
static const struct field need_fields[] = {
    {AT(in_need, at), .kind = FIELD_POINT, .example = "{\"lat\":30.7,\"lon\":121.02}",
     .about = "absent: the incident's place"},
    {AT(in_need, by), .kind = FIELD_TIME, .example = "\"2026-11-23T08:14:00+08:00\"",
     .about = "either by or within_minutes"},
    MINUTES(in_need),
    {AT(in_need, lines), .kind = FIELD_LIST, .flags = FIELD_REQUIRED, .min = 1,
     .max = LOOP_LINES_MAX, .schema = &line_schema,
     .example = "[{\"skills\":[\"first-aid\"],\"count\":3}]"},
    RESERVE(in_need),
    TARGET(in_need),
    WORD(in_need, mode, mode_codes, 0, "car"),
    FLAG(in_need, exercise),
    NOTES(in_need),
};
SCHEMA(need_schema, "NeedRequest", in_need, need_fields,
       "{\"at\":{\"lat\":30.7,\"lon\":121.02},\"within_minutes\":30,\"lines\":[{"
       "\"skills\":[\"first-aid\"],\"count\":3}],\"reserve\":\"auto\",\"target\":0.95}");

static const struct field drill_fields[] = {
    {AT(in_drill, at), .kind = FIELD_POINT, .flags = FIELD_REQUIRED,
     .example = "{\"lat\":30.7,\"lon\":121.02}"},
    {AT(in_drill, when), .kind = FIELD_TIME, .example = "\"2026-11-23T03:00:00+08:00\"",
     .about = "absent: now; who is on duty, quiet and certified then counts"},
    {AT(in_drill, within_minutes), .kind = FIELD_INT, .flags = FIELD_REQUIRED, .min = 1,
     .max = SCENARIO_MINUTES_MAX, .example = "30"},
    {AT(in_drill, lines), .kind = FIELD_LIST, .flags = FIELD_REQUIRED, .min = 1,
     .max = LOOP_LINES_MAX, .schema = &line_schema,
     .example = "[{\"skills\":[\"first-aid\"],\"count\":3}]"},
    {AT(in_drill, target), .kind = FIELD_REAL, .min = 0.01, .max = QUESTION_TARGET_MAX,
     .example = "0.95", .about = "of our own policy"},
    INT(in_drill, runs, 1, QUESTION_RUNS_MAX, "200"),
    {AT(in_drill, seed), .kind = FIELD_INT, .max = 9e15, .example = "1",
     .about = "the same question with the same seed has the same answer; absent: 1"},
};
SCHEMA(drill_schema, "DrillRequest", in_drill, drill_fields,
       "{\"at\":{\"lat\":30.7,\"lon\":121.02},\"within_minutes\":30,\"lines\":[{"
       "\"skills\":[\"first-aid\"],\"count\":3}]}");

#define LIFT                                                                             \
    {                                                                                    \
        AT(in_plan, lift), .kind = FIELD_CODES, .codes = lift_codes,                     \
                           .example = "[\"quiet\"]"                                      \
    }
static const struct field plan_fields[] = {
    TEXTS(in_plan, exclude, NUMBERS_MAX, "\"P00012\""),
    TEXTS(in_plan, force, NUMBERS_MAX, "\"P00034\""),
    LIFT,
    REASON(in_plan),
    TARGET(in_plan),
    RESERVE(in_plan),
    MINUTES(in_plan),
    FLAG(in_plan, at_once),
    WORD(in_plan, who, reason_codes, 0, "quiet"),
};
static const struct field priority_fields[] = {
    {AT(in_priority, need), .kind = FIELD_INT, .flags = FIELD_REQUIRED, .min = 1,
     .max = 9e15, .example = "9"},
    {AT(in_priority, priority), .kind = FIELD_INT, .flags = FIELD_REQUIRED, .min = 1,
     .max = JOINT_PRIORITY_MAX, .example = "1", .about = "1 comes first"},
};
static SCHEMA(priority_schema, "NeedPriority", in_priority, priority_fields,
              "{\"need\":9,\"priority\":1}");
static const struct field joint_fields[] = {
    {AT(in_joint, needs), .kind = FIELD_LIST, .max = LOOP_NEEDS_MAX,
     .schema = &priority_schema, .example = "[{\"need\":9,\"priority\":1}]",
     .about = "those not named have priority 1"},
    {AT(in_joint, lift), .kind = FIELD_CODES, .codes = lift_codes,
     .example = "[\"quiet\"]", .about = "with a reason"},
    REASON(in_joint),
};
SCHEMA(joint_schema, "JointPlanRequest", in_joint, joint_fields, "{}");
SCHEMA(plan_schema, "PlanRequest", in_plan, plan_fields, "{}");
/* What differs from the need is what it wants from then on. */
SCHEMA(callout_schema, "CalloutRequest", in_plan, plan_fields, "{}");

static const struct field handed_fields[] = {
    {AT(in_handed, id), .kind = FIELD_INT, .flags = FIELD_REQUIRED, .min = 1, .max = 9e15,
     .example = "7"},
};
static SCHEMA(handed_schema, "Handed", in_handed, handed_fields, "{\"id\":7}");
static const struct field handover_fields[] = {
    {AT(in_handover, incidents), .kind = FIELD_LIST, .flags = FIELD_REQUIRED, .min = 1,
     .max = HANDOVER_MAX, .schema = &handed_schema, .example = "[{\"id\":7}]"},
};
SCHEMA(handover_schema, "Handover", in_handover, handover_fields,
       "{\"incidents\":[{\"id\":7}]}");

static const struct field need_step_fields[] = {
    WORD(in_step, step, need_steps, FIELD_REQUIRED, "cancel"),
    NEEDED(in_step, reason, REASON_MAX, "not wanted any more"),
};
SCHEMA(need_step_schema, "NeedStep", in_step, need_step_fields,
       "{\"step\":\"cancel\",\"reason\":\"not wanted any more\"}");
static const struct field notes_fields[] = {NOTES(in_notes)};
SCHEMA(notes_schema, "NeedNotes", in_notes, notes_fields,
       "{\"warning\":\"Deep water: keep to the north side\"}");
static const struct field callout_step_fields[] = {
    WORD(in_step, step, callout_steps, FIELD_REQUIRED, "stand_down"),
    REASON(in_step),
};
SCHEMA(callout_step_schema, "CalloutStep", in_step, callout_step_fields,
       "{\"step\":\"stand_down\"}");

#define READY(type) INT(type, ready_in_minutes, 0, 1440, "20")
#define COUNT(type) INT(type, count, 1, LOOP_COUNT_MAX, "1")
#define FROM(type)                                                                       \
    {                                                                                    \
        AT(type, from), .kind = FIELD_FROM, .example = "\"home\""                        \
    }
static const struct field reply_fields[] = {
    WORD(in_reply, answer, reply_codes, FIELD_REQUIRED, "accept"),
    READY(in_reply),
    COUNT(in_reply),
    FROM(in_reply),
    NEEDED(in_reply, reason, REASON_MAX, "said so by telephone"),
};
SCHEMA(reply_schema, "ReplyRequest", in_reply, reply_fields,
       "{\"answer\":\"accept\",\"reason\":\"said so by telephone\"}");

static const struct field assignment_step_fields[] = {
    WORD(in_step, step, assignment_steps, FIELD_REQUIRED, "arrive"),
    REASON(in_step),
};
SCHEMA(assignment_step_schema, "AssignmentStep", in_step, assignment_step_fields,
       "{\"step\":\"arrive\"}");

static const struct field report_fields[] = {
    NEEDED(in_report, text, REPORT_MAX, "The cellar is dry."),
    WORD(in_report, outcome, outcome_codes, FIELD_REQUIRED, "done"),
};
SCHEMA(report_schema, "ReportRequest", in_report, report_fields,
       "{\"text\":\"The cellar is dry.\",\"outcome\":\"done\"}");

static const struct field gateway_reply_fields[] = {
    NEEDED(in_gateway_reply, from, PERSON_PHONE_MAX, "10000123456"),
    {AT(in_gateway_reply, text), .kind = FIELD_TEXT, .flags = FIELD_REQUIRED,
     .max = REASON_MAX, .example = "\"4821 1\""},
    TEXT(in_gateway_reply, code, 4, "4821"),
    {AT(in_gateway_reply, id), .kind = FIELD_TEXT, .max = 128, .example = "\"t-8801\"",
     .about = "the gateway's own id of the text, so that no two are signed alike"},
};
SCHEMA(gateway_reply_schema, "GatewayReply", in_gateway_reply, gateway_reply_fields,
       "{\"from\":\"10000123456\",\"text\":\"1\"}");

static const struct field gateway_receipt_fields[] = {
    NEEDED(in_gateway_receipt, id, 20, "31"),
    WORD(in_gateway_receipt, state, receipt_states, FIELD_REQUIRED, "delivered"),
};
SCHEMA(gateway_receipt_schema, "GatewayReceipt", in_gateway_receipt,
       gateway_receipt_fields, "{\"id\":\"31\",\"state\":\"delivered\"}");

static const struct field search_fields[] = {
    NEEDED(in_search, q, 60, "PH0001"),
    TEXT(in_search, area, 32, "330482001000"),
    FLAG(in_search, left),
};
SCHEMA(search_schema, "PeopleSearch", in_search, search_fields, "{\"q\":\"PH0001\"}");

static const struct field verification_fields[] = {
    {AT(in_verification, ok), .kind = FIELD_BOOL, .flags = FIELD_REQUIRED,
     .example = "true"},
    INT(in_verification, minutes, 0, 100000, "90"),
    REASON(in_verification),
};
SCHEMA(verification_schema, "VerificationRequest", in_verification, verification_fields,
       "{\"ok\":true}");

static const struct field alarm_fields[] = {
    WORD(in_step, step, alarm_steps, FIELD_REQUIRED, "acknowledge"),
    REASON(in_step),
};
SCHEMA(alarm_schema, "AlarmStep", in_step, alarm_fields, "{\"step\":\"acknowledge\"}");

static const struct field response_fields[] = {
    NEEDED(in_response, area, 32, "root"),
    WORD(in_response, hazard, incident_kind_codes, FIELD_REQUIRED, "typhoon"),
    WORD(in_response, level, level_codes, FIELD_REQUIRED, "III"),
    {AT(in_response, to), .kind = FIELD_TIME, .example = "\"2026-11-24T08:00:00+08:00\""},
};
SCHEMA(response_schema, "ResponseRequest", in_response, response_fields,
       "{\"area\":\"root\",\"hazard\":\"typhoon\",\"level\":\"III\"}");

static const struct field response_step_fields[] = {
    WORD(in_step, step, response_steps, FIELD_REQUIRED, "confirm"),
    REASON(in_step),
};
SCHEMA(response_step_schema, "ResponseStep", in_step, response_step_fields,
       "{\"step\":\"confirm\"}");

static const struct field course_fields[] = {
    NEEDED(in_course, title, COURSE_TITLE_MAX / 4, "First aid, beginners"),
    NEEDED(in_course, area, 32, "root"),
    {AT(in_course, skills), .kind = FIELD_LIST, .flags = FIELD_REQUIRED, .min = 1,
     .max = COURSE_SKILLS_MAX, .example = "[\"first-aid\"]",
     .about = "that who passes has from then on"},
    {AT(in_course, starts_at), .kind = FIELD_TIME, .flags = FIELD_REQUIRED,
     .example = "\"2099-12-05T09:00:00+08:00\""},
    INT(in_course, minutes, 15, 1440, "180"),
    TEXT(in_course, place, COURSE_PLACE_MAX / 4, "Town hall, second floor"),
    {AT(in_course, seats), .kind = FIELD_INT, .flags = FIELD_REQUIRED, .min = 1,
     .max = COURSE_SEATS_MAX, .example = "30"},
};
SCHEMA(course_schema, "CourseRequest", in_course, course_fields,
       "{\"title\":\"First aid, beginners\",\"area\":\"root\",\"skills\":[\"first-aid\"],"
       "\"starts_at\":\"2099-12-05T09:00:00+08:00\",\"seats\":30}");

static const char *const course_steps[] = {"cancel", "move", NULL};
static const struct field course_step_fields[] = {
    WORD(in_course_step, step, course_steps, FIELD_REQUIRED, "move"),
    {AT(in_course_step, starts_at), .kind = FIELD_TIME,
     .example = "\"2099-12-06T09:00:00+08:00\"",
     .about = "of a move: what is not given stays as it is"},
    INT(in_course_step, minutes, 15, 1440, "180"),
    TEXT(in_course_step, place, COURSE_PLACE_MAX / 4, "Town hall, third floor"),
    INT(in_course_step, seats, 1, COURSE_SEATS_MAX, "40"),
    TEXT(in_course_step, title, COURSE_TITLE_MAX / 4, "First aid, beginners"),
};
SCHEMA(course_step_schema, "CourseStep", in_course_step, course_step_fields,
       "{\"step\":\"cancel\"}");

/* The first three of enum course_person_state. */
static const char *const sign_codes[] = {"signed_up", "withdrawn", "waiting", NULL};
static const struct field course_person_fields[] = {
    NEEDED(in_course_person, number, CROWD_NUMBER_MAX, "V0001"),
    WORD(in_course_person, state, sign_codes, FIELD_REQUIRED, "signed_up"),
};
SCHEMA(course_person_schema, "CoursePersonRequest", in_course_person,
       course_person_fields, "{\"number\":\"V0001\",\"state\":\"signed_up\"}");

static const struct field invitations_fields[] = {
    {AT(in_invitations, count), .kind = FIELD_INT, .flags = FIELD_REQUIRED, .min = 1,
     .max = INVITE_AT_ONCE_MAX, .example = "80",
     .about = "as many as `proposed` fill the free seats"},
};
SCHEMA(invitations_schema, "InvitationsRequest", in_invitations, invitations_fields,
       "{\"count\":80}");

static const struct field course_results_fields[] = {
    {AT(in_course_results, passed), .kind = FIELD_LIST, .flags = FIELD_REQUIRED,
     .max = COURSE_SEATS_MAX, .example = "[\"V0001\"]"},
    {AT(in_course_results, failed), .kind = FIELD_LIST, .max = COURSE_SEATS_MAX,
     .example = "[\"V0002\"]", .about = "who is in neither list was absent"},
};
SCHEMA(course_results_schema, "CourseResults", in_course_results, course_results_fields,
       "{\"passed\":[\"V0001\"]}");

#define LEAD_MAX (FINDING_LEAD_MAX / 4)
static const struct field finding_fields[] = {
    NEEDED(in_finding, title, FINDING_TITLE_MAX / 4, "no boat within 15 minutes"),
    NEEDED(in_finding, area, 32, "root"),
    TEXT(in_finding, lead, LEAD_MAX, "Emergency Bureau"),
    {AT(in_finding, due), .kind = FIELD_TEXT, .max = 10, .example = "\"2027-01-31\"",
     .about = "the day it shall be solved by"},
    {AT(in_finding, incident), .kind = FIELD_INT, .min = 1, .max = 9e15, .example = "7",
     .about = "that showed it"},
    {AT(in_finding, indicator), .kind = FIELD_CODE, .codes = indicator_codes,
     .example = "\"reach.first-aid\"", .about = "that showed it"},
};
SCHEMA(finding_schema, "FindingRequest", in_finding, finding_fields,
       "{\"title\":\"no boat within 15 minutes\",\"area\":\"root\"}");

static const struct field finding_step_fields[] = {
    WORD(in_step, step, finding_step_codes, FIELD_REQUIRED, "start"),
    TEXT(in_step, reason, FINDING_NOTE_MAX / 4, "two boats were bought"),
};
SCHEMA(finding_step_schema, "FindingStep", in_step, finding_step_fields,
       "{\"step\":\"start\"}");

static const struct field target_fields[] = {
    WORD(in_target, indicator, indicator_codes, FIELD_REQUIRED, "reach.first-aid"),
    {AT(in_target, year), .kind = FIELD_INT, .flags = FIELD_REQUIRED, .min = 2000,
     .max = 2200, .example = "2027"},
    {AT(in_target, target), .kind = FIELD_REAL, .flags = FIELD_REQUIRED, .min = 0.01,
     .max = 1, .example = "0.9", .about = "the share that is wanted from that year on"},
    TEXT(in_target, lead, LEAD_MAX, "Emergency Bureau"),
};
static SCHEMA(target_schema, "TargetRequest", in_target, target_fields,
              "{\"indicator\":\"reach.first-aid\",\"year\":2027,\"target\":0.9}");

static const struct field targets_fields[] = {
    {AT(in_targets, targets), .kind = FIELD_LIST, .flags = FIELD_REQUIRED,
     .max = TARGETS_MAX, .schema = &target_schema,
     .example = "[{\"indicator\":\"reach.first-aid\",\"year\":2027,\"target\":0.9}]"},
};
SCHEMA(targets_schema, "TargetsRequest", in_targets, targets_fields,
       "{\"targets\":[{\"indicator\":\"reach.first-aid\",\"year\":2027,"
       "\"target\":0.9}]}");

static const struct field desk_fields[] = {
    {AT(in_desk, email), .kind = FIELD_TEXT, .max = 127,
     .example = "\"duty@example.org\"",
     .about = "left out: by the web hook and the mailbox only"},
};
SCHEMA(desk_schema, "DeskRequest", in_desk, desk_fields,
       "{\"email\":\"duty@example.org\"}");

static const struct field closure_fields[] = {
    {AT(in_closure, at), .kind = FIELD_POINT, .example = "{\"lat\":30.7,\"lon\":121.02}",
     .about = "without radius and polygon: the road at this place"},
    INT(in_closure, radius, 1, CLOSURES_RADIUS_M_MAX, "150"),
    {AT(in_closure, polygon), .kind = FIELD_JSON,
     .example = "{\"type\":\"Polygon\",\"coordinates\":[[[121.01,30.69],[121.03,30.69],"
                "[121.02,30.71],[121.01,30.69]]]}",
     .about = "GeoJSON: every road in it or across its border"},
    {AT(in_closure, limit_kmh), .kind = FIELD_INT, .min = 1, .max = ROAD_KMH_MAX,
     .example = "20", .about = "nobody is faster there; absent: closed"},
    {AT(in_closure, until), .kind = FIELD_TIME,
     .example = "\"2099-11-24T08:00:00+08:00\"", .about = "absent: until it is opened"},
    NEEDED(in_closure, reason, 500, "the bridge is under water"),
};
SCHEMA(closure_schema, "ClosureRequest", in_closure, closure_fields,
       "{\"at\":{\"lat\":30.7,\"lon\":121.02},\"radius\":150,"
       "\"reason\":\"the bridge is under water\"}");

#define X(name, word) word,
static const char *const warning_levels[] = {CAP_LEVEL_LIST(X) NULL};
#undef X
static const struct field warning_fields[] = {
    WORD(in_warning, level, warning_levels, FIELD_REQUIRED, "orange"),
    NEEDED(in_warning, headline, 200, "Rainstorm, orange"),
    TEXT(in_warning, text, 2000, "50 mm and more are expected within six hours."),
    {AT(in_warning, areas), .kind = FIELD_LIST, .flags = FIELD_REQUIRED, .min = 1,
     .max = WARNING_OWN_AREAS_MAX, .example = "[\"root\"]", .about = "their codes"},
    {AT(in_warning, until), .kind = FIELD_TIME, .flags = FIELD_REQUIRED,
     .example = "\"2099-11-24T08:00:00+08:00\""},
    {AT(in_warning, exercise), .kind = FIELD_BOOL, .example = "false"},
};
SCHEMA(warning_schema, "WarningRequest", in_warning, warning_fields,
       "{\"level\":\"orange\",\"headline\":\"Rainstorm, orange\",\"areas\":[\"root\"],"
       "\"until\":\"2099-11-24T08:00:00+08:00\"}");

static const struct field heard_fields[] = {
    NEEDED(in_heard, area, 32, "root"),
};
SCHEMA(heard_schema, "HeardRequest", in_heard, heard_fields, "{\"area\":\"root\"}");

/* What can be said of a person, new or not. */
#define PERSON_FIELDS                                                                    \
    TEXT(in_person, phone, 31, "13800000000"),                                           \
        TEXT(in_person, email, 127, "wang@example.org"),                                 \
        {AT(in_person, birth),                                                           \
         .kind = FIELD_TEXT,                                                             \
         .flags = FIELD_NULL,                                                            \
         .max = 10,                                                                      \
         .example = "\"1990-05-31\"",                                                    \
         .about = "who is under 18 is never called; null or absent: an adult"},          \
        TEXT(in_person, area, 32, "root"),                                               \
        TEXT(in_person, duty, 255, "Mo-Fr 18:00-22:00"),                                 \
        TEXT(in_person, quiet, 255, "22:00-06:00"),                                      \
        WORD(in_person, mode, mode_codes, 0, "bike"),                                    \
        {AT(in_person, paused_until), .kind = FIELD_TIME, .flags = FIELD_NULL,           \
         .example = "\"2026-12-01T00:00:00+08:00\"", .about = "null ends the pause"},    \
        FLAG(in_person, suspended), TEXTS(in_person, skills, 64, "\"first-aid\""),       \
        {AT(in_person, certificates), .kind = FIELD_LIST, .max = CROWD_CERTIFICATES_MAX, \
         .example = "[\"nurse:2027-05-31\"]",                                            \
         .about = "all of them, each with its last valid day, as in the people's file"}, \
        TEXTS(in_person, organisations, 8, "\"Red Cross\""),                             \
        {AT(in_person, home), .kind = FIELD_POINT,                                       \
         .example = "{\"lat\":30.7,\"lon\":121.02}",                                     \
         .about = "kept sealed: it can be set, and is told to nobody"},
static const struct field person_fields[] = {{AT(in_person, name), .kind = FIELD_TEXT,
                                              .min = 1, .max = PERSON_NAME_MAX / 4,
                                              .example = "\"Wang Fang\""},
                                             PERSON_FIELDS};
SCHEMA(person_schema, "PersonPatch", in_person, person_fields, "{\"mode\":\"bike\"}");

static const struct field new_person_fields[] = {
    NEEDED(in_person, number, CROWD_NUMBER_MAX, "V0001"),
    {AT(in_person, name), .kind = FIELD_TEXT, .flags = FIELD_REQUIRED, .min = 1,
     .max = PERSON_NAME_MAX / 4, .example = "\"Wang Fang\""},
    {AT(in_person, applicant), .kind = FIELD_INT, .min = 1, .max = 9e15, .example = "91",
     .about = "who wanted to join, and is taken on with this"},
    PERSON_FIELDS};
SCHEMA(new_person_schema, "NewPerson", in_person, new_person_fields,
       "{\"number\":\"V0001\",\"name\":\"Wang "
       "Fang\",\"home\":{\"lat\":30.7,\"lon\":121.02}}");

static const struct field answer_fields[] = {
    NEEDED(in_answer, nonce, 64, "8f14e45fceea167a"),
    WORD(in_answer, answer, answer_codes, FIELD_REQUIRED, "accept"),
    FROM(in_answer),
    {AT(in_answer, position), .kind = FIELD_POINT,
     .example = "{\"lat\":30.7,\"lon\":121.02}"},
    TEXTS(in_answer, names, 200, "\"Wang Fang\""),
    TEXT(in_answer, digits, 8, "1234"),
    READY(in_answer),
    COUNT(in_answer),
    TEXT(in_answer, text, REPORT_MAX, "The cellar is dry."),
    WORD(in_answer, outcome, outcome_codes, 0, "done"),
};
SCHEMA(answer_schema, "AnswerRequest", in_answer, answer_fields,
       "{\"nonce\":\"8f14e45fceea167a\",\"answer\":\"accept\"}");

static const struct field own_fields[] = {
    NEEDED(in_own, nonce, 64, "8f14e45fceea167a"),
    TEXT(in_own, digits, 8, "1234"),
    {AT(in_own, pause_days), .kind = FIELD_INT, .max = 365, .example = "7",
     .about = "from now on; 0 ends the pause"},
    WORD(in_own, mode, mode_codes, 0, "bike"),
    WORD(in_own, duty, duty_codes, 0, "evenings"),
    WORD(in_own, quiet, quiet_codes, 0, "usual"),
    {AT(in_own, course), .kind = FIELD_INT, .min = 1, .max = 9e15, .example = "81",
     .about = "with sign_up: true for a seat, false to give it back"},
    FLAG(in_own, sign_up),
    {AT(in_own, wait), .kind = FIELD_BOOL, .example = "true",
     .about = "with course, if it is full: true for a place on the waiting list"},
    {AT(in_own, push), .kind = FIELD_BOOL, .example = "true",
     .about = "notifications to the browser of the next three fields; false: no more"},
    SUBSCRIPTION(in_own, 0),
};
SCHEMA(own_schema, "OwnPageRequest", in_own, own_fields,
       "{\"nonce\":\"8f14e45fceea167a\",\"pause_days\":7}");

/* Wider than what is taken: the handler says what is wrong, and the form keeps it. */
static const struct field join_fields[] = {
    TEXT(in_join, nonce, 64, "8f14e45fceea167a"),
    {AT(in_join, name), .kind = FIELD_TEXT, .max = 400, .example = "\"Wang Fang\"",
     .about = "required, at most 60 characters"},
    {AT(in_join, phone), .kind = FIELD_TEXT, .max = 100, .example = "\"13800000000\"",
     .about = "required"},
    {AT(in_join, area), .kind = FIELD_TEXT, .max = 64, .example = "\"root\"",
     .about = "required: where they live"},
    WORD(in_join, mode, mode_codes, 0, "bike"),
    TEXTS(in_join, skills, 64, "\"first-aid\""),
    {AT(in_join, consent), .kind = FIELD_BOOL, .example = "true",
     .about = "must be true: the office may keep this and call"},
};
SCHEMA(join_schema, "JoinRequest", in_join, join_fields,
       "{\"nonce\":\"8f14e45fceea167a\",\"name\":\"Wang "
       "Fang\",\"phone\":\"13800000000\",\"area\":\"root\",\"mode\":\"bike\","
       "\"consent\":true}");

struct in_nothing {
    bool given;
};
const struct schema nothing_schema = {
    .name = "Nothing", .size = sizeof(struct in_nothing), .example = "{}"};

const char *in_need_deadline(const struct in_need *in, int64_t now_ms, int64_t *ret_ms)
{
    if (in->by.given == in->within_minutes.given)
        return in->by.given ? "either by or within_minutes is wanted, not both"
                            : "is missing: either by or within_minutes is wanted";
    int64_t by =
        in->by.given ? in->by.value : now_ms + in->within_minutes.value * TIME_MINUTE_MS;
    if (by <= now_ms || by > now_ms + WITHIN_MINUTES_MAX * TIME_MINUTE_MS)
        return "must lie 1 to 4320 minutes ahead";
    *ret_ms = by;
    return NULL;
}
