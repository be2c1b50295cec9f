/* SPDX-License-Identifier: Apache-2.0 */
/* Every handler of the route table: HANDLER_LIST names them once. Each answers its call
 * exactly once, now or later. */
#ifndef MUSTER_API_HANDLERS_H
#define MUSTER_API_HANDLERS_H

struct call;
struct problem;

/* clang-format off */
#define HANDLER_LIST(X)                                                                 \
    X(openapi_get) X(health_live) X(health_ready) X(health_metrics) X(session_post)     \
    X(session_get) X(session_delete) X(accounts_list) X(accounts_post) X(accounts_step) X(session_post_password)   \
    X(session_put_browser) X(session_delete_browser)                                    \
    X(lists_instance)                                                                   \
    X(lists_areas) X(lists_skills) X(lists_sites) X(lists_teams) X(map_roads)           \
    X(map_backdrop) X(persons_list) X(persons_search) X(persons_get) X(persons_patch)   \
    X(persons_post) X(persons_number) X(imports_people) X(imports_newest)               \
    X(imports_undo) X(hours_get) X(persons_end_own_page) X(persons_leave) X(persons_return) X(service_of_person)           \
    X(service_check) X(own_page_service) X(lists_organisations)                            \
    X(responses_list)                                                                   \
    X(courses_list) X(courses_post) X(courses_get) X(courses_people) X(courses_results) \
    X(courses_step) X(invitations_get) X(invitations_post)                              \
    X(statistics_get) X(readiness_get) X(readiness_put_targets) X(findings_list) X(findings_post)         \
    X(findings_step)                                                                    \
    X(desks_list) X(desks_put) X(desks_delete)                                          \
    X(responses_post) X(responses_step) X(incidents_list) X(incidents_post)             \
    X(incidents_get) X(incidents_step) X(incidents_roll_call) X(events_list)            \
    X(handover_get) X(handover_post)                                                    \
    X(needs_post) X(needs_plan) X(needs_callout) X(needs_step) X(needs_notes)           \
    X(callouts_get)                                                                     \
    X(callouts_alerts) X(callouts_plans) X(callouts_step) X(alerts_reply)               \
    X(assignments_list) X(assignments_step) X(assignments_report) X(assignments_verify)                     \
    X(assignments_alarm) X(stream_get) X(mailbox_get) X(reply_get) X(reply_post)        \
    X(own_page_get) X(own_page_post) X(requester_page) X(warnings_list) X(warnings_post) X(warnings_post_own) X(warnings_delete) X(warnings_hear) X(closures_list)                 \
    X(closures_post) X(closures_delete) X(circle_get) X(coverage_get) X(incidents_plan) X(reports_json) \
    X(reports_pdf) X(model_get) X(drills_post) X(join_get) X(join_post) X(join_thanks)   \
    X(applicants_list) X(applicants_number) X(applicants_decline) X(gateway_reply)        \
    X(gateway_receipt)
/* clang-format on */

#define X(name) void name(struct call *call);
HANDLER_LIST(X)
#undef X

/* A form that was not understood: its page again, with a notice. */
void reply_invalid(struct call *call, struct problem *problem);
void own_page_invalid(struct call *call, struct problem *problem);
void join_invalid(struct call *call, struct problem *problem);

#endif
