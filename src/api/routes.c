/* SPDX-License-Identifier: Apache-2.0 */
/* The table, and the search in it: about a hundred rows, so each request walks them. A
 * pattern is fixed segments and at most one {id} (a positive number) or one other {word}.
 */
#include "api/routes.h"

#include "api/handlers.h"
#include "api/schemas.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define V1 "/api/v1/"
#define WORD_MAX 127

/* clang-format off */
#pragma GCC diagnostic push /* few rows name who refuses a form */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
const struct route routes[] = {
    /* method, pattern, handler, who may, flags, body, query, answer, status, id, tag, summary, who refuses a form */
    {"GET", V1 "openapi.json", openapi_get, MAY_PUBLIC, 0, NULL, NULL, "application/json", 200,
     "getOpenapi", "instance", "This document"},
    {"GET", "/healthz", health_live, MAY_PUBLIC, ROUTE_HIDDEN, NULL, NULL, NULL, 200,
     "getHealth", "instance", "The process answers"},
    {"GET", "/readyz", health_ready, MAY_PUBLIC, ROUTE_HIDDEN, NULL, NULL, NULL, 200,
     "getReady", "instance", "The store takes commands"},
    {"GET", "/metrics", health_metrics, MAY_PUBLIC, ROUTE_HIDDEN, NULL, NULL, NULL, 200,
     "getMetrics", "instance", "Figures for Prometheus"},
    {"GET", V1 "instance", lists_instance, MAY_PUBLIC, 0, NULL, NULL, "Instance", 200,
     "getInstance", "instance", "Name, map box, zone, channels"},

    {"POST", V1 "sessions", session_post, MAY_PUBLIC, 0, &session_schema, NULL, "Session", 201,
     "createSession", "sessions", "Sign in"},
    {"GET", V1 "sessions/current", session_get, MAY_READ, 0, NULL, NULL, "Session", 200,
     "getSession", "sessions", "Who is signed in"},
    {"DELETE", V1 "sessions/current", session_delete, MAY_READ, 0, NULL, NULL, NULL, 204,
     "deleteSession", "sessions", "Sign out"},
    {"PUT", V1 "sessions/current/browser", session_put_browser, MAY_DISPATCH, 0, &browser_schema, NULL, NULL,
     204, "setBrowser", "sessions", "This browser shows what the desks of one's areas are told, until the session ends"},
    {"DELETE", V1 "sessions/current/browser", session_delete_browser, MAY_READ, 0, NULL, NULL, NULL, 204,
     "deleteBrowser", "sessions", "It shows notifications no more"},
    {"POST", V1 "sessions/current/password", session_post_password, MAY_READ, 0,
     &password_schema, NULL, NULL, 204, "changePassword", "sessions",
     "A new password of one's own; signs out everywhere"},
    {"POST", V1 "accounts", accounts_post, MAY_ADMIN, ROUTE_IDEMPOTENT, &account_schema,
     NULL, "Account", 201, "createAccount", "sessions", "A new account with roles"},
    {"GET", V1 "accounts", accounts_list, MAY_ADMIN, 0, NULL, NULL, "AccountList", 200,
     "listAccounts", "sessions", "Who may sign in: accounts that act in the viewer's areas alone, closed ones too"},
    {"POST", V1 "accounts/{account}/steps", accounts_step, MAY_ADMIN, 0, &account_step_schema, NULL, NULL, 204,
     "stepAccount", "sessions", "Close an account, open it again, give it a new password; whoever is signed in with it is signed out"},

    {"GET", V1 "areas", lists_areas, MAY_READ, ROUTE_CURSOR | ROUTE_ETAG | ROUTE_FRESH, NULL, NULL, "AreaList", 200,
     "listAreas", "lists", "The tree of areas"},
    {"GET", V1 "skills", lists_skills, MAY_READ, 0, NULL, NULL, "SkillList", 200,
     "listSkills", "lists", "Skills and the certificates they demand"},
    {"GET", V1 "sites", lists_sites, MAY_READ, ROUTE_CURSOR, NULL, "kind", "SiteList", 200,
     "listSites", "lists", "Places with a capacity"},
    {"GET", V1 "teams", lists_teams, MAY_SEE_PEOPLE, ROUTE_CURSOR, NULL, NULL, "TeamList", 200,
     "listTeams", "lists", "Teams of responders"},
    {"GET", V1 "people", persons_list, MAY_SEE_PEOPLE, ROUTE_CURSOR, NULL, "area lapses_within organisation", "PersonList", 200,
     "listPeople", "people", "People of the viewer's areas; or only those of an organisation, or whose certificates are missing or end within days"},
    {"GET", V1 "organisations", lists_organisations, MAY_SEE_PEOPLE, ROUTE_CURSOR, NULL, NULL, "OrganisationList", 200,
     "listOrganisations", "lists", "The names of organisations that people belong to, or have"},
    {"POST", V1 "people", persons_post, MAY_TRAIN, ROUTE_IDEMPOTENT, &new_person_schema, NULL, "PersonMade", 201,
     "createPerson", "people", "One new person, by number; many come in by a file"},
    {"GET", V1 "people/new/number", persons_number, MAY_TRAIN, 0, NULL, NULL, "PersonMade", 200,
     "suggestNumber", "people", "A number that nobody has or had, numbered on as the newest people of the viewer's areas"},
    {"POST", V1 "people/searches", persons_search, MAY_SEE_PEOPLE, ROUTE_CURSOR, &search_schema, NULL,
     "PersonList", 200, "searchPeople", "people", "By number or name; the name stays out of the URL. left: among who has left, of areas whose people the viewer looks after"},
    {"POST", V1 "people/imports", imports_people, MAY_TRAIN, ROUTE_CSV, NULL, "dry_run retire_missing retire_most",
     "PeopleImported", 200, "importPeople", "people",
     "People from a file, all lines or none, by an account of the whole instance; at most 4 MiB and 20,000 people, larger files by the command line"},
    {"GET", V1 "people/imports/newest", imports_newest, MAY_TRAIN, 0, NULL, NULL, "ImportList", 200,
     "newestImport", "people", "The newest import of people, if it can be taken back"},
    {"POST", V1 "people/imports/{id}/undo", imports_undo, MAY_TRAIN, 0, &nothing_schema, NULL, "ImportUndone", 200,
     "undoImport", "people", "Everybody as before the import, who was new leaves; whom somebody has changed since stays"},
    {"GET", V1 "people/{number}", persons_get, MAY_SEE_PEOPLE, ROUTE_ETAG, NULL, NULL, "Person", 200,
     "getPerson", "people", "One person, with the ETag for a change"},
    {"DELETE", V1 "people/{number}", persons_leave, MAY_TRAIN, 0, NULL, NULL, NULL, 204,
     "leavePerson", "people", "The person leaves: called no more, seats of courses given back, hours kept. 409 while they are asked or out, with the incident"},
    {"POST", V1 "people/{number}/return", persons_return, MAY_TRAIN, 0, &nothing_schema, NULL, "PersonMade", 200,
     "returnPerson", "people", "Who has left takes part again, with hours and history; of whoever has not left nothing is changed. warnings: their telephone number is somebody else's by now"},
    {"DELETE", V1 "people/{number}/own-page", persons_end_own_page, MAY_TRAIN, 0, NULL, NULL, NULL, 204,
     "endOwnPage", "people", "The links to the person's own page open nothing any more, notifications end; there is a new link"},
    {"GET", V1 "people/{number}/service", service_of_person, MAY_DISPATCH | MAY_TRAIN, ROUTE_PAGE, NULL, "from to lang", "Service", 200,
     "getService", "people", "What a person is credited for from one day to another, with a number by which it can be checked; to a browser as a page to print"},
    {"PATCH", V1 "people/{number}", persons_patch, MAY_TRAIN, ROUTE_IF_MATCH | ROUTE_ETAG, &person_schema, NULL,
     "Person", 200, "updatePerson", "people", "Change fields of a person"},

    {"GET", V1 "hours", hours_get, MAY_SEE_PEOPLE, ROUTE_CURSOR, NULL, "from to organisation exercise", "HoursList", 200,
     "listHours", "people", "Credited hours from one day to another by organisation, of people of the viewer's areas; or those of the people of one organisation"},

    {"GET", V1 "services/{number}", service_check, MAY_SEE_PEOPLE, 0, NULL, NULL, "Service", 200,
     "checkService", "people", "What the certificate of service with this number says, and what is credited for these days now"},

    {"GET", V1 "applicants", applicants_list, MAY_TRAIN, ROUTE_CURSOR, NULL, NULL, "ApplicantList", 200,
     "listApplicants", "people", "Who wants to join and waits for the office"},
    {"GET", V1 "applicants/count", applicants_number, MAY_TRAIN, 0, NULL, NULL, "Count", 200,
     "countApplicants", "people", "How many wait for the office, without what they said"},
    {"POST", V1 "applicants/{id}/decline", applicants_decline, MAY_TRAIN, ROUTE_IDEMPOTENT, &nothing_schema, NULL,
     "State", 200, "declineApplicant", "people", "The office does not take them on: what they said is gone for good"},

    {"GET", V1 "map/roads", map_roads, MAY_READ, ROUTE_ETAG | ROUTE_FRESH, NULL, "class box", "application/geo+json", 200,
     "getRoads", "map", "The road network for drawing; the main roads or the others alone, and of a box (west,south,east,north) alone"},
    {"GET", V1 "map/backdrop", map_backdrop, MAY_READ, ROUTE_ETAG | ROUTE_FRESH, NULL, NULL, "application/geo+json", 200,
     "getBackdrop", "map", "Water and place names for drawing"},

    {"GET", V1 "responses", responses_list, MAY_READ, 0, NULL, "state", "ResponseList", 200,
     "listResponses", "responses", "Response levels of the viewer's areas, and of those above them, which hold there too"},
    {"POST", V1 "responses", responses_post, MAY_DISPATCH, ROUTE_IDEMPOTENT, &response_schema, NULL,
     "Response", 201, "createResponse", "responses", "Start a response level; I and II are proposed"},
    {"POST", V1 "responses/{id}/steps", responses_step, MAY_DISPATCH, ROUTE_IDEMPOTENT,
     &response_step_schema, NULL, "State", 200, "stepResponse", "responses", "Confirm or end a response"},

    {"GET", V1 "courses", courses_list, MAY_SEE_PEOPLE, 0, NULL, "area state", "CourseList", 200,
     "listCourses", "courses", "Planned ones first, by time, then the others, the newest first"},
    {"POST", V1 "courses", courses_post, MAY_TRAIN, ROUTE_IDEMPOTENT, &course_schema, NULL, "State", 201,
     "createCourse", "courses", "A day, a place, seats, and the skills that passing gives"},
    {"GET", V1 "courses/{id}", courses_get, MAY_SEE_PEOPLE, 0, NULL, NULL, "Course", 200,
     "getCourse", "courses", "A course with its people"},
    {"POST", V1 "courses/{id}/people", courses_people, MAY_TRAIN, ROUTE_IDEMPOTENT, &course_person_schema, NULL,
     "State", 200, "signUp", "courses", "Sign somebody up, or off, or put them on the waiting list of a full course"},
    {"POST", V1 "courses/{id}/results", courses_results, MAY_TRAIN, ROUTE_IDEMPOTENT, &course_results_schema, NULL,
     "State", 200, "giveResults", "courses", "Who passed, once and for all: they have the skills and certificates from now on"},
    {"POST", V1 "courses/{id}/steps", courses_step, MAY_TRAIN, ROUTE_IDEMPOTENT, &course_step_schema, NULL,
     "State", 200, "stepCourse", "courses", "Cancel a course, or move it to another time or place, of which who has signed up is told by message; or give it another title or more seats"},
    {"GET", V1 "courses/{id}/invitations", invitations_get, MAY_TRAIN, 0, NULL, NULL, "Invitations", 200,
     "getInvitations", "courses", "How many of its area could be invited to a course, and how many fill its seats"},
    {"POST", V1 "courses/{id}/invitations", invitations_post, MAY_TRAIN, ROUTE_IDEMPOTENT, &invitations_schema, NULL,
     "Invited", 200, "invite", "courses", "Invite so many to a course by message: who renews first, then by lot"},

    {"GET", V1 "statistics", statistics_get, MAY_AUDIT, 0, NULL, "from to area", "Statistics", 200,
     "getStatistics", "readiness", "What the days from one to another came to, for the yearly report: an area and those below it, by month and by kind, exercises apart"},
    {"GET", V1 "readiness", readiness_get, MAY_AUDIT, 0, NULL, "area", "Readiness", 200,
     "getReadiness", "readiness", "The index of an area: what is counted, and what is wanted this year"},
    {"PUT", V1 "readiness/targets", readiness_put_targets, MAY_COMMAND, 0, &targets_schema, NULL,
     NULL, 204, "setTargets", "readiness", "The shares wanted by indicator and year: these and no others"},
    {"GET", V1 "findings", findings_list, MAY_AUDIT, 0, NULL, "area state incident", "FindingList", 200,
     "listFindings", "readiness", "What was found wrong, who answers for it, how far it is; the newest first"},
    {"POST", V1 "findings", findings_post, MAY_IMPROVE, ROUTE_IDEMPOTENT, &finding_schema, NULL,
     "State", 201, "createFinding", "readiness", "Note what was found wrong"},
    {"POST", V1 "findings/{id}/steps", findings_step, MAY_IMPROVE, ROUTE_IDEMPOTENT,
     &finding_step_schema, NULL, "State", 200, "stepFinding", "readiness",
     "Work on a finding, solve it, drop it, open it again; another account checks what was solved"},

    {"GET", V1 "desks", desks_list, MAY_DISPATCH, 0, NULL, NULL, "DeskList", 200,
     "listDesks", "desks", "Where the duty rooms of areas are written to when something there waits for a hand"},
    {"PUT", V1 "desks/{area}", desks_put, MAY_COMMAND, 0, &desk_schema, NULL, NULL, 204,
     "setDesk", "desks", "The duty room of an area, by its code, is written to from now on"},
    {"DELETE", V1 "desks/{area}", desks_delete, MAY_COMMAND, 0, NULL, NULL, NULL, 204,
     "deleteDesk", "desks", "It is written to no more"},

    {"GET", V1 "warnings", warnings_list, MAY_READ, 0, NULL, "whole", "WarningList", 200,
     "listWarnings", "warnings", "Warnings of the authorities about the viewer's areas, the newest first, and which offices have heard"},
    {"POST", V1 "warnings", warnings_post, MAY_DISPATCH, ROUTE_CAP, NULL, NULL, "WarningTaken", 200,
     "takeWarning", "warnings", "A message in CAP 1.1 or 1.2, by an account of the whole instance; the same one again changes nothing"},
    {"POST", V1 "warnings/own", warnings_post_own, MAY_DISPATCH, ROUTE_IDEMPOTENT, &warning_schema, NULL, "Made", 201,
     "createWarning", "warnings", "One that came by telephone, fax or word of mouth, for areas that the account dispatches in"},
    {"DELETE", V1 "warnings/{id}", warnings_delete, MAY_DISPATCH, 0, NULL, NULL, NULL, 204,
     "cancelWarning", "warnings", "It is in force no more: an all-clear that came by telephone"},
    {"POST", V1 "warnings/{id}/heard", warnings_hear, MAY_DISPATCH, 0, &heard_schema, NULL, NULL, 204,
     "hearWarning", "warnings", "The office of an area says that it has heard"},

    {"GET", V1 "closures", closures_list, MAY_READ, 0, NULL, NULL, "ClosureList", 200,
     "listClosures", "closures", "Roads closed or slow for now: who, why, until when, and where"},
    {"POST", V1 "closures", closures_post, MAY_DISPATCH, ROUTE_IDEMPOTENT, &closure_schema, NULL,
     "ClosureMade", 201, "createClosure", "closures", "Nobody is sent through a road, a circle or an area"},
    {"DELETE", V1 "closures/{id}", closures_delete, MAY_DISPATCH, 0, NULL, NULL, NULL, 204,
     "deleteClosure", "closures", "The road is open again"},

    {"GET", V1 "circle", circle_get, MAY_READ, 0, NULL, "at mode minutes direction", "application/geo+json", 200,
     "getCircle", "map", "From where a place is reached in so many minutes, or how far one comes from it, with the sites and counts inside"},

    {"GET", V1 "coverage", coverage_get, MAY_READ, 0, NULL, "kind mode minutes direction area propose", "Coverage", 200,
     "getCoverage", "map", "Which villages all sites of some kinds reach in so many minutes, and where new ones would cover most"},

    {"POST", V1 "drills", drills_post, MAY_DRILL, 0, &drill_schema, NULL, "Drill", 200,
     "playDrill", "drills", "A need played many times under several policies, on the people on record; alerts nobody"},

    {"GET", V1 "incidents", incidents_list, MAY_READ, ROUTE_CURSOR, NULL, "state", "IncidentList", 200,
     "listIncidents", "incidents", "Incidents of the viewer's areas"},
    {"POST", V1 "incidents", incidents_post, MAY_DRILL, ROUTE_IDEMPOTENT, &incident_schema, NULL,
     "IncidentMade", 201, "createIncident", "incidents", "Report an incident"},
    {"GET", V1 "incidents/{id}", incidents_get, MAY_READ, 0, NULL, NULL, "Incident", 200,
     "getIncident", "incidents", "One incident with its needs"},
    {"POST", V1 "incidents/{id}/steps", incidents_step, MAY_DRILL, ROUTE_IDEMPOTENT,
     &incident_step_schema, NULL, "State", 200, "stepIncident", "incidents", "Take an incident a step on"},
    {"POST", V1 "incidents/{id}/needs", needs_post, MAY_DRILL, ROUTE_IDEMPOTENT, &need_schema, NULL,
     "State", 201, "createNeed", "incidents", "State a need"},
    {"POST", V1 "incidents/{id}/roll-calls", incidents_roll_call, MAY_DRILL, ROUTE_IDEMPOTENT,
     &nothing_schema, NULL, "Made", 201, "createRollCall", "incidents", "Everyone on scene is to confirm"},
    {"GET", V1 "incidents/{id}/events", events_list, MAY_AUDIT, ROUTE_CURSOR, NULL, "spoken", "EventList", 200,
     "listEvents", "incidents", "The chain of events of an incident"},

    {"POST", V1 "incidents/{id}/plan", incidents_plan, MAY_DRILL, 0, &joint_schema, NULL, "JointPlan", 200,
     "planIncident", "incidents", "All open needs at once: who would be alerted for which; alerts nobody"},
    {"GET", V1 "handover", handover_get, MAY_AUDIT, ROUTE_CURSOR, NULL, NULL, "IncidentList", 200,
     "getHandover", "incidents", "The open incidents, each with its boards and newest events: what who takes over must know"},
    {"POST", V1 "handover", handover_post, MAY_DRILL, ROUTE_IDEMPOTENT, &handover_schema, NULL, "Taken", 200,
     "takeOver", "incidents", "Notes in these incidents who has them in hand from now on; those that are over, or another's, are left out"},

    {"GET", V1 "incidents/{id}/report", reports_json, MAY_AUDIT, 0, NULL, NULL, "Report", 200,
     "getReport", "incidents", "What the incident came to: funnel, delays, promised and reached"},
    {"GET", V1 "incidents/{id}/report.pdf", reports_pdf, MAY_AUDIT, 0, NULL, "lang", "application/pdf", 200,
     "getReportPdf", "incidents", "The same on paper, in Chinese or English"},

    {"GET", V1 "model", model_get, MAY_AUDIT, 0, NULL, NULL, "Model", 200,
     "getModel", "needs", "How true the forecasts of answers have been"},
    {"POST", V1 "needs/{id}/plan", needs_plan, MAY_DRILL, 0, &plan_schema, NULL, "Plan", 200,
     "planNeed", "needs", "Whom a call-out would alert; alerts nobody"},
    {"POST", V1 "needs/{id}/callouts", needs_callout, MAY_DRILL, ROUTE_IDEMPOTENT, &callout_schema, NULL,
     "State", 201, "createCallout", "needs", "Start a call-out at once"},
    {"POST", V1 "needs/{id}/steps", needs_step, MAY_DRILL, ROUTE_IDEMPOTENT, &need_step_schema, NULL,
     "State", 200, "stepNeed", "needs", "Cancel or re-open a need, or ask the level above for people"},
    {"POST", V1 "needs/{id}/notes", needs_notes, MAY_DRILL, ROUTE_IDEMPOTENT, &notes_schema, NULL,
     "State", 200, "noteNeed", "needs", "What is told to those who come: absent as it was, empty for nothing; who is on the way is sent a message"},

    {"GET", V1 "callouts/{id}", callouts_get, MAY_READ, 0, NULL, NULL, "Callout", 200,
     "getCallout", "callouts", "The board of a call-out"},
    {"GET", V1 "callouts/{id}/alerts", callouts_alerts, MAY_AUDIT, ROUTE_CURSOR, NULL, "since", "AlertList", 200,
     "listAlerts", "callouts", "Who was alerted, and what came of it; since a position, who of them has changed"},
    {"GET", V1 "callouts/{id}/plans", callouts_plans, MAY_AUDIT, ROUTE_CURSOR, NULL, NULL, "PlanRecordList", 200,
     "listPlans", "callouts", "Why these people were alerted, wave by wave"},
    {"POST", V1 "callouts/{id}/steps", callouts_step, MAY_DRILL, ROUTE_IDEMPOTENT, &callout_step_schema,
     NULL, "State", 200, "stepCallout", "callouts", "Stand down or resume"},
    {"POST", V1 "alerts/{id}/replies", alerts_reply, MAY_DRILL, ROUTE_IDEMPOTENT, &reply_schema, NULL,
     "State", 200, "createReply", "callouts", "Answer on behalf of a person"},

    {"GET", V1 "assignments", assignments_list, MAY_SEE_PEOPLE, ROUTE_CURSOR, NULL, "elsewhere", "OutList", 200,
     "listAssignments", "assignments", "Who of the viewer's areas is out, and where; or only on incidents that the viewer may not read, of which the area alone is told"},
    {"POST", V1 "assignments/{id}/steps", assignments_step, MAY_DRILL, ROUTE_IDEMPOTENT,
     &assignment_step_schema, NULL, "State", 200, "stepAssignment", "assignments", "Take an assignment a step on"},
    {"POST", V1 "assignments/{id}/reports", assignments_report, MAY_DRILL, ROUTE_IDEMPOTENT, &report_schema,
     NULL, "State", 200, "createReport", "assignments", "Report on behalf of a person"},
    {"POST", V1 "assignments/{id}/verifications", assignments_verify, MAY_VERIFY | MAY_DRILL, ROUTE_IDEMPOTENT,
     &verification_schema, NULL, "State", 200, "createVerification", "assignments", "Check what was reported"},
    {"POST", V1 "assignments/{id}/alarms", assignments_alarm, MAY_DRILL, ROUTE_IDEMPOTENT, &alarm_schema,
     NULL, "State", 200, "stepAlarm", "assignments", "Acknowledge an alarm"},

    {"GET", V1 "stream", stream_get, MAY_READ, 0, NULL, NULL, "text/event-stream", 200,
     "getStream", "live", "Changes as server-sent events"},
    {"GET", V1 "mailbox", mailbox_get, MAY_PUBLIC, ROUTE_LOCAL, NULL, NULL, "MailList", 200,
     "listMail", "live", "Messages of the file channel (demo)"},

    {"POST", V1 "gateway/replies", gateway_reply, MAY_PUBLIC, ROUTE_IDEMPOTENT, &gateway_reply_schema, NULL, "GatewaySaid", 200,
     "postGatewayReply", "live", "The telephone gateway: what somebody wrote back or pressed; signed"},
    {"POST", V1 "gateway/receipts", gateway_receipt, MAY_PUBLIC, 0, &gateway_receipt_schema, NULL, NULL, 204,
     "postGatewayReceipt", "live", "The telephone gateway: what became of a message; signed"},

    {"GET", "/r/{token}", reply_get, MAY_PUBLIC, ROUTE_PAGE, NULL, NULL, "Reply", 200,
     "getReply", "volunteer", "The volunteer's page behind a link"},
    {"POST", "/r/{token}", reply_post, MAY_PUBLIC, ROUTE_PAGE, &answer_schema, NULL, "Reply", 200,
     "postReply", "volunteer", "The volunteer's answer", reply_invalid},
    {"GET", "/m/{token}", own_page_get, MAY_PUBLIC, ROUTE_PAGE, NULL, "saved", "OwnPage", 200,
     "getOwnPage", "volunteer", "A person's own page; before the digits are said it tells nothing"},
    {"POST", "/m/{token}", own_page_post, MAY_PUBLIC, ROUTE_PAGE, &own_schema, NULL, "OwnPage", 200,
     "postOwnPage", "volunteer", "The digits of the telephone number; a pause, how and when to be called", own_page_invalid},
    {"GET", "/m/{token}/service", own_page_service, MAY_PUBLIC, ROUTE_PAGE, NULL, "from to", "Service", 200,
     "getOwnService", "volunteer", "The person's certificate of service, as a page to print"},
    {"GET", "/join", join_get, MAY_PUBLIC, ROUTE_JOIN, NULL, "within", "text/html", 200,
     "getJoin", "volunteer", "The form of who wants to become a volunteer; with the places within an area alone"},
    {"POST", "/join", join_post, MAY_PUBLIC, ROUTE_JOIN, &join_schema, NULL, NULL, 204,
     "postJoin", "volunteer", "They wait for the office; the same telephone number again replaces", join_invalid},
    {"GET", "/join/thanks", join_thanks, MAY_PUBLIC, ROUTE_JOIN, NULL, NULL, "text/html", 200,
     "getJoinThanks", "volunteer", "What happens next"},
    {"GET", "/s/{case}", requester_page, MAY_PUBLIC, 0, NULL, NULL, "text/html", 200,
     "getCase", "volunteer", "The requester's page"},
};
#pragma GCC diagnostic pop
/* clang-format on */
const uint32_t route_count = COUNT_OF(routes);

/* Whether PATH has the form of PATTERN; fills what stands for the braces. */
static bool match(const char *pattern, const char *path, int64_t *ret_id, char *ret_word)
{
    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        const char *end = strchr(pattern, '}');
        const size_t size = strcspn(path, "/");
        if (size == 0 || size > WORD_MAX)
            return false;
        memcpy(ret_word, path, size);
        ret_word[size] = '\0';
        if (strncmp(pattern, "{id}", 4) == 0 &&
            !text_to_int64(ret_word, 1, INT64_MAX, ret_id))
            return false;
        pattern = end + 1;
        path += size;
    }
    return *path == '\0';
}

const struct route *route_find(const char *method, const char *path, int64_t *ret_id,
                               char *ret_word, char *ret_allow)
{
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    ret_allow[0] = '\0';
    for (uint32_t i = 0; i < route_count; i++) {
        *ret_id = 0;
        ret_word[0] = '\0';
        if (!match(routes[i].pattern, path, ret_id, ret_word))
            continue;
        if (strcmp(routes[i].method, method) == 0)
            return &routes[i];
        const size_t used = strlen(ret_allow);
        (void)snprintf(ret_allow + used, 64 - used, "%s%s%s", used == 0 ? "" : ", ",
                       strcmp(routes[i].method, "GET") == 0 ? "HEAD, " : "",
                       routes[i].method);
    }
    return NULL;
}

/* ---- the words of a body ---- */
/* The codes of the field NAME; NULL: the body has no such field. */
static const char *const *codes_of(const struct schema *schema, const char *name)
{
    for (uint32_t i = 0; schema != NULL && i < schema->count; i++)
        if (strcmp(schema->fields[i].name, name) == 0)
            return schema->fields[i].codes;
    return NULL;
}

static bool is_code(const char *const *codes, const char *word)
{
    return codes != NULL && body_code(codes, word) >= 0;
}

static bool is_step(const char *word)
{
    for (uint32_t i = 0; i < route_count; i++)
        if (is_code(codes_of(routes[i].request, "step"), word))
            return true;
    return false;
}

static bool takes_word(const struct route *route, const char *word)
{
    const char *const *steps = codes_of(route->request, "step");
    const char *const *answers = codes_of(route->request, "answer");
    if (steps == NULL && answers == NULL)
        return is_step(word);
    return is_code(steps, word) || is_code(answers, word);
}

const char *route_file_type(const struct route *route)
{
    return (route->flags & ROUTE_CSV) != 0   ? "text/csv"
           : (route->flags & ROUTE_CAP) != 0 ? "application/cap+xml"
                                             : NULL;
}

void route_keep_words(const struct route *route, const char *words, char *ret,
                      size_t size)
{
    size_t used = 0;
    ret[0] = '\0';
    for (const char *at = words; *at != '\0';) {
        char word[WORD_MAX + 1];
        const size_t length = strcspn(at, ", ");
        (void)snprintf(word, sizeof word, "%.*s", (int)length, at);
        at += length;
        at += strspn(at, ", ");
        const char *comma = used == 0 ? "" : ", ";
        if (!takes_word(route, word))
            continue;
        if (used + strlen(comma) + length >= size)
            return;
        used += (size_t)snprintf(ret + used, size - used, "%s%s", comma, word);
    }
}
