/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of the loop's rows have in common: finding whose row it is, handing
 * an input to the writer, and answering with the state that came of it. */
#include "api/internal.h"
#include "api/schemas.h"
#include "loop/names.h"
#include "road/road.h"
#include "store/places.h"

#include <stdio.h>

#define OUTSIDE_M_MAX 20000

bool api_open(struct call *call, enum stage_key key, unsigned mask,
              struct read_incident *ret)
{
    const int status = read_incident_of(call->api->db, key, call->id, ret);
    if (status != 0) {
        call_refuse(call, status, NULL);
        return false;
    }
    return api_require(call, mask, ret->area_id, ret->exercise);
}

void api_wrong(struct call *call, const char *pointer, const char *detail)
{
    struct problem problem;
    problem_init(&problem, 422, "the %s is not as it should be",
                 *pointer == '?' ? "query" : "body");
    problem_add(&problem, pointer, "%s", detail);
    call_problem(call, &problem);
}

bool api_is_on_map(const struct api *api, struct point at)
{
    return api->config.road == NULL ||
           box_contains(box_grown(road_box(api->config.road), OUTSIDE_M_MAX), at);
}

bool api_is_active(const struct read_assignment *assignment)
{
    struct assignment row = {0};
    return assignment_state_parse(assignment->state, &row.state) &&
           loop_assignment_is_active(&row);
}

void api_check_count(struct call *call, const struct read_alert *alert, int64_t count,
                     struct problem *problem)
{
    int32_t most = 1;
    if (count <= alert->count)
        return;
    if (teams_brought_by(call->api->db, alert->person_id, &most) != 0 || count > most)
        problem_add(problem, "/count",
                    "is more than was asked for; who leads a team may bring as many as "
                    "it has");
}

struct step_job {
    struct job job;
    enum stage_key made;
};

static void step_answer(struct job *job)
{
    struct step_job *self = (struct step_job *)(void *)job;
    struct call *call = job->call;
    if (job_refused(job))
        return;
    int64_t id = job->loop->row_id;
    const char *state = job->loop->state;
    char now[READ_CODE_SIZE] = "";
    if (job->command->repeated) {
        id = job->command->result_id;
        state = job_kept_state(job);
        if (state == NULL && read_state(call->api->db, self->made, id, now) == 0)
            state = now;
    }
    call_state(call, id, state == NULL ? "" : state);
}

void api_step(struct call *call, enum stage_key key, int64_t id, enum stage_key made,
              const struct loop_input *input, const char *text)
{
    struct step_job *job = job_new(call, sizeof *job, step_answer);
    if (job == NULL)
        return;
    job->made = made;
    struct loop_input own = *input;
    own.actor = call->session.account.id;
    job_step(&job->job, key, id, &own, text);
}

bool api_read_skills(struct call *call, const struct body_list *list, const char *pointer,
                     struct skill_set *ret)
{
    const struct skill_table *skills = &call->api->skills;
    const char *const *codes = list->items;
    *ret = (struct skill_set){{0}};
    for (uint32_t i = 0; i < list->count; i++) {
        const int32_t index = skill_find(skills, codes[i]);
        if (index >= 0) {
            skill_set_add(ret, (uint32_t)index);
            continue;
        }
        struct text known;
        text_init(&known, PROBLEM_DETAIL_MAX - 40);
        for (uint32_t k = 0; k < skills->count; k++)
            text_appendf(&known, "%s%s", k == 0 ? "" : ", ", skills->skills[k].code);
        char where[PROBLEM_POINTER_MAX + 1], detail[PROBLEM_DETAIL_MAX + 1];
        (void)snprintf(where, sizeof where, "%s/%u", pointer, i);
        (void)snprintf(detail, sizeof detail, "is not known; known are: %s",
                       text_string(&known));
        text_release(&known);
        api_wrong(call, where, detail);
        return false;
    }
    return true;
}

bool api_read_line_skills(struct call *call, const struct in_line *line, uint32_t index,
                          struct skill_set *ret)
{
    char pointer[PROBLEM_POINTER_MAX + 1];
    (void)snprintf(pointer, sizeof pointer, "/lines/%u/skills", index);
    return api_read_skills(call, &line->skills, pointer, ret);
}

void api_write_skills(struct text *text, const char *key, const char *codes)
{
    out_open(text, key, '[');
    char code[SKILL_CODE_MAX + 1];
    while (skill_next_code(&codes, code))
        if (code[0] != '\0')
            out_text(text, NULL, code);
    out_close(text, ']');
}
