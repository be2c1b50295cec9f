/* SPDX-License-Identifier: Apache-2.0 */
/* plan NEED.json: the preview of the API, from a file. */
#include "api/body.h"
#include "api/schemas.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/jsonread.h"
#include "base/mem.h"
#include "base/status.h"
#include "dispatch/planner.h"
#include "main/commands.h"
#include "main/instance.h"

#define NEED_FILE_MAX (1024 * 1024)

static int read_skills(const struct skill_table *table, const struct in_line *line,
                       struct skill_set *ret, struct diag *reterr)
{
    const char *const *codes = line->skills.items;
    for (uint32_t i = 0; i < line->skills.count; i++) {
        int32_t index = skill_find(table, codes[i]);
        if (index < 0)
            return diag_set(reterr, ST_NOT_FOUND, 0, 0, "skills", "there is no skill %s",
                            codes[i]);
        skill_set_add(ret, (uint32_t)index);
    }
    return ST_OK;
}

static int read_need(const struct in_need *in, const struct instance *instance,
                     int64_t now_ms, struct need *ret, struct diag *reterr)
{
    if (!in->at.given)
        return diag_set(reterr, ST_INVALID, 0, 0, "at", "is missing");
    *ret = (struct need){
        .at = in->at.at,
        .stated_ms = now_ms,
        .line_count = (int32_t)in->lines.count,
        .reserve = in->reserve.given ? (int32_t)in->reserve.value : LOOP_RESERVE_AUTO,
        .target = in->target.given ? in->target.value
                                   : (double)instance->config.target_permille / 1000,
        .mode = in->mode.given ? (int32_t)in->mode.value : -1};
    if (ret->target >= 1.0)
        ret->target = PLAN_TARGET_MAX;
    const char *wrong = in_need_deadline(in, now_ms, &ret->deadline_ms);
    int status =
        wrong == NULL ? ST_OK : diag_set(reterr, ST_INVALID, 0, 0, "by", "%s", wrong);
    const struct in_line *lines = in->lines.items;
    for (uint32_t i = 0; i < in->lines.count && status == ST_OK; i++) {
        ret->lines[i].count = (int32_t)lines[i].count.value;
        status = read_skills(instance->skills, &lines[i], &ret->lines[i].skills, reterr);
    }
    return status;
}

static int print_plan(struct cli *cli, struct instance *instance, const struct need *need,
                      const struct in_need *in, struct diag *reterr)
{
    const bool exercise = in->exercise.given && in->exercise.value != 0;
    const bool certain = in->target.given && in->target.value >= 1.0;
    struct planner_config config;
    instance_planner_config(instance, &config);
    const struct planner_request request = {
        .need = need, .exercise = exercise, .explain = true};
    struct planner *planner = NULL;
    struct scheme scheme = {0};
    struct sites musters = {0};
    int status = planner_new(&planner, &config);
    if (status == ST_OK)
        status = planner_plan(planner, &request, need->stated_ms, &scheme, reterr);
    if (status == ST_OK && certain) {
        char why[128];
        plan_why_not_certain(&scheme.plan, why, sizeof why);
        status = diag_set(reterr, ST_INVALID, 0, 0, "/target", "%s", why);
    }
    if (status == ST_OK) {
        for (uint32_t i = 0; i < scheme.candidate_count; i++)
            scheme.candidates[i].told = true; /* who holds the folder holds the rows */
        status = instance_find_isolated(
            instance, need->at, need->mode < 0 ? ISOLATED_ALL_MODES : 1u << need->mode,
            &musters, &scheme.isolated);
    }
    if (status == ST_OK) {
        scheme_append_json(&scheme, instance->crowd, instance->skills, &cli->out);
        text_append_string(&cli->out, "}\n");
    }
    scheme_release(&scheme);
    sites_release(&musters);
    planner_free(planner);
    return status;
}

int command_plan(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    AUTO_FREE char *data = NULL;
    size_t size;
    int status = file_read(cli->words[0], NEED_FILE_MAX, &data, &size, reterr);
    if (status == ST_OK)
        status = instance_need_road(instance, reterr);
    if (status != ST_OK)
        return status;
    struct body body = {0};
    struct in_need in;
    struct problem problem = {0};
    struct need need;
    const size_t mark = jsonread_mark(data, size);
    status = body_read(&body, &need_schema, data + mark, size - mark, &in, &problem);
    if (status != ST_OK)
        status = diag_set(
            reterr, status, 0, 0,
            problem.error_count > 0 ? problem.errors[0].pointer : cli->words[0], "%s",
            problem.error_count > 0 ? problem.errors[0].detail : problem.detail);
    if (status == ST_OK)
        status = read_need(&in, instance, clock_wall_ms(instance->clock), &need, reterr);
    if (status == ST_OK)
        status = print_plan(cli, instance, &need, &in, reterr);
    body_release(&body);
    return diag_in_file(reterr, status, cli->words[0]);
}
