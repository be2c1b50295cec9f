/* SPDX-License-Identifier: Apache-2.0 */
/* import people: crowd reads the file, store applies the rows, all or none. */
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "crowd/people_csv.h"
#include "main/commands.h"
#include "main/instance.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/people.h"
#include "store/places.h"

#include <string.h>

#define PEOPLE_FILE_MAX (1024 * 1024 * 1024)
#define DIAGS_SHOWN 20

struct job {
    struct cli *cli;
    struct instance *instance;
    struct area_tree areas;
    struct skill_table *skills;
    struct people_csv csv;
    struct people_import import;
};

static int64_t find_area(void *context, const char *code)
{
    const struct area *area = area_by_code(&((struct job *)context)->areas, code);
    return area == NULL ? 0 : area->id;
}

static bool find_organisation(void *context, const char *name)
{
    struct job *job = context;
    struct query *query =
        db_query(job->instance->db, "SELECT 1 FROM organisation WHERE name = ?1");
    query_text(query, 1, name);
    bool found = query_step(query) == 1;
    query_reset(query);
    return found;
}

static int run_import(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    return people_import(writer, &((struct job *)context)->import, 0, now_ms, reterr);
}

static void append_place(struct text *out, const struct diag *diag)
{
    text_appendf(out, "line %u", diag->line);
    if (diag->column > 0)
        text_appendf(out, ", column %u", diag->column);
    if (diag->where[0] != '\0')
        text_appendf(out, ", %s", diag->where);
    text_appendf(out, ": %s\n", diag->text);
}

/* Every bad row, one a line; the error itself says how many there are. */
static int report_errors(struct job *job, int status, struct diag *reterr)
{
    const char *file = job->cli->words[0];
    if (job->csv.error_count == 0)
        return import_failed(job->cli, status, reterr);
    for (uint32_t i = 0; i < job->csv.error_count; i++) {
        text_appendf(&job->cli->err, "muster: %s: ", file);
        append_place(&job->cli->err, &job->csv.errors[i]);
    }
    return diag_set(
        reterr, status, 0, 0, file, "%u of its lines are wrong%s; nothing was imported",
        job->csv.error_total,
        job->csv.error_total > job->csv.error_count ? ", the first are named" : "");
}

static void print_warnings_json(struct job *job)
{
    struct text *out = &job->cli->out;
    text_append_string(out, ",\"warnings\":[");
    for (uint32_t i = 0; i < job->csv.warning_count; i++) {
        const struct diag *diag = &job->csv.warnings[i];
        text_appendf(out, "%s{\"line\":%u,\"column\":%u,\"field\":", i == 0 ? "" : ",",
                     diag->line, diag->column);
        text_append_json(out, diag->where);
        text_append_string(out, ",\"text\":");
        text_append_json(out, diag->text);
        text_append_string(out, "}");
    }
    bool comma = job->csv.warning_count > 0;
    for (uint32_t i = 0; i < job->import.warning_count; i++) {
        text_appendf(out, "%s{\"line\":%u,\"text\":\"%s\",\"other\":", comma ? "," : "",
                     job->import.warnings[i].line, job->import.warnings[i].code);
        text_append_json(out, job->import.warnings[i].other);
        text_append_string(out, "}");
        comma = true;
    }
    text_append_string(out, "]");
}

static void print_result(struct job *job)
{
    struct text *out = &job->cli->out;
    const struct people_import *import = &job->import;
    if (job->cli->json) {
        text_appendf(out, "{\"added\":%u,\"changed\":%u,\"same\":%u,\"retired\":%u",
                     import->added, import->changed, import->same, import->retired);
        print_warnings_json(job);
        text_append_string(out, "}\n");
        return;
    }
    uint32_t shown =
        job->csv.warning_count < DIAGS_SHOWN ? job->csv.warning_count : DIAGS_SHOWN;
    for (uint32_t i = 0; i < shown; i++) {
        text_append_string(out, "warning: ");
        append_place(out, &job->csv.warnings[i]);
    }
    for (uint32_t i = 0; i < import->warning_count && i < DIAGS_SHOWN; i++)
        text_appendf(out, "warning: line %u: %s as %s\n", import->warnings[i].line,
                     import->warnings[i].code, import->warnings[i].other);
    text_appendf(out, "%sadded %u, changed %u, same %u, retired %u; %u warnings\n",
                 import->dry_run ? "would have " : "", import->added, import->changed,
                 import->same, import->retired,
                 job->csv.warning_total + import->warning_count);
}

static int read_file(struct job *job, char *data, size_t size, struct diag *reterr)
{
    const struct people_csv_config config = {.skills = job->skills,
                                             .road = job->instance->road,
                                             .area = find_area,
                                             .organisation = find_organisation,
                                             .context = job};
    int status = people_csv_parse(data, size, &config, &job->csv, reterr);
    if (status != ST_OK)
        return report_errors(job, status, reterr);
    job->import = (struct people_import){
        .count = job->csv.count,
        .rows = job->csv.rows,
        .dry_run = cli_option(job->cli, "dry-run") != NULL,
        .retire_missing = cli_option(job->cli, "retire-missing") != NULL,
        .skip_names = (uint64_t)crowd_count(job->instance->crowd) + job->csv.count >
                      PEOPLE_NAMES_MAX,
        .skills = job->skills,
        .stop = job->cli->stop};
    if (job->import.skip_names)
        text_appendf(&job->cli->err,
                     "muster: with more than %d people nobody is warned of the same name "
                     "nearby\n",
                     PEOPLE_NAMES_MAX);
    return ST_OK;
}

int command_import_people(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct job job = {.cli = cli, .instance = instance};
    AUTO_FREE char *data = NULL;
    size_t size;
    int status = file_read(cli->words[0], PEOPLE_FILE_MAX, &data, &size, reterr);
    if (status != ST_OK)
        return status;
    job.skills = mem_alloc(sizeof *job.skills);
    if (job.skills == NULL || skills_load(instance->db, job.skills) != ST_OK ||
        area_tree_load(&job.areas, instance->db) != ST_OK)
        status = diag_set(reterr, ST_IO, 0, 0, "people", "the tables cannot be read");
    if (status == ST_OK)
        status = read_file(&job, data, size, reterr);
    if (status == ST_OK &&
        (status = command_call(instance->writer, run_import, &job, reterr)) != ST_OK)
        status = import_failed(cli, status, reterr);
    if (status == ST_OK)
        print_result(&job);
    people_import_release(&job.import);
    people_csv_release(&job.csv);
    area_tree_release(&job.areas);
    mem_free(job.skills);
    return status;
}
