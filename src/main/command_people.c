/* SPDX-License-Identifier: Apache-2.0 */
/* import people: crowd reads the file, store applies the rows, all or none; undo-import.
 */
#include "api/imported.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "main/commands.h"
#include "main/import_file.h"
#include "main/instance.h"
#include "store/commands.h"
#include "store/people_file.h"
#include "store/people_undo.h"

#include <string.h>

#define PEOPLE_FILE_MAX (1024 * 1024 * 1024)
#define DIAGS_SHOWN 20

static int run_import(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    return people_import(writer, &((struct people_file *)context)->import, 0, now_ms,
                         reterr);
}

static void append_place(struct text *out, const struct diag *diag)
{
    if (diag->line > 0)
        text_appendf(out, "line %u", diag->line);
    if (diag->column > 0)
        text_appendf(out, ", column %u", diag->column);
    if (diag->where[0] != '\0')
        text_appendf(out, "%s%s", diag->line > 0 ? ", " : "", diag->where);
    text_appendf(out, ": %s\n", diag->text);
}

/* Every bad cell, one a line; the error itself says how many lines have one. */
static int report_errors(struct cli *cli, const struct people_csv *csv, int status,
                         struct diag *reterr)
{
    const char *file = cli->words[0];
    if (csv->error_count == 0)
        return diag_in_file(reterr, status, cli->words[0]);
    for (uint32_t i = 0; i < csv->error_count; i++) {
        text_appendf(&cli->err, "muster: %s: ", file);
        append_place(&cli->err, &csv->errors[i]);
    }
    import_file_columns(cli, csv->errors[0].line);
    return diag_set(reterr, status, 0, 0, file,
                    "%u of its lines are wrong%s; nothing was imported", csv->lines_wrong,
                    csv->error_total > csv->error_count ? ", the first are named" : "");
}

static void print_result(struct cli *cli, const struct people_file *file)
{
    struct text *out = &cli->out;
    const struct people_csv *csv = &file->csv;
    const struct people_import *import = &file->import;
    if (cli->json) {
        imported_write(file, out);
        text_append_string(out, "\n");
        return;
    }
    struct diag remark;
    uint32_t remarks = 0;
    for (; imported_remark(file, remarks, &remark); remarks++) {
        text_append_string(out, "warning: ");
        append_place(out, &remark);
    }
    uint32_t shown = csv->warning_count < DIAGS_SHOWN ? csv->warning_count : DIAGS_SHOWN;
    for (uint32_t i = 0; i < shown; i++) {
        text_append_string(out, "warning: ");
        append_place(out, &csv->warnings[i]);
    }
    for (uint32_t i = 0; i < import->warning_count && i < DIAGS_SHOWN; i++)
        text_appendf(out, "warning: line %u: %s as %s, perhaps the same person\n",
                     import->warnings[i].line,
                     strcmp(import->warnings[i].code, "same_telephone") == 0
                         ? "the same telephone"
                         : "the same name, nearby,",
                     import->warnings[i].other);
    text_appendf(out, "%sadded %u, changed %u, same %u, retired %u; warnings: %u\n",
                 import->dry_run ? "would have " : "", import->added, import->changed,
                 import->same, import->retired,
                 csv->warning_total + import->warning_count + remarks);
}

static int import_file(struct cli *cli, struct instance *instance, char *data,
                       size_t size, struct people_file *file, struct diag *reterr)
{
    const struct people_file_config config = {
        .db = instance->db,
        .road = instance->road,
        .today = time_local_day(clock_wall_ms(instance->clock)),
        .people = crowd_count(instance->crowd),
        .names_max = PEOPLE_NAMES_MAX,
        .dry_run = cli_option(cli, "dry-run") != NULL,
        .retire_missing = cli_option(cli, "retire-missing") != NULL,
        .retire_most = cli_option(cli, "retire-most") != NULL,
        .stop = cli->stop};
    int status = people_file_read(file, data, size, &config, reterr);
    if (status != ST_OK)
        return report_errors(cli, &file->csv, status, reterr);
    if (file->import.skip_names)
        text_appendf(&cli->err,
                     "muster: with more than %d people nobody is warned of the same name "
                     "nearby\n",
                     PEOPLE_NAMES_MAX);
    status = command_call(instance->writer, run_import, file, reterr);
    return diag_in_file(reterr, status, cli->words[0]);
}

int command_import_people(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    AUTO_FREE char *data = NULL;
    size_t size;
    int status = import_file_read(cli, PEOPLE_FILE_MAX, &data, &size, reterr);
    if (status != ST_OK)
        return status;
    struct people_file file = {0};
    status = import_file(cli, instance, data, size, &file, reterr);
    if (status == ST_OK)
        print_result(cli, &file);
    people_file_release(&file);
    return status;
}

/* The newest, whichever it is. */
static int undo_newest(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    struct people_undo *undo = context;
    struct people_newest newest = {.id = 0};
    const int status = people_newest(writer_db(writer), now_ms, &newest);
    undo->id = newest.id;
    return status == ST_OK || status == ST_NOT_FOUND
               ? people_undo(writer, undo, 0, now_ms, reterr)
               : status;
}

int command_undo_import(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct people_undo undo;
    const int status = command_call(instance->writer, undo_newest, &undo, reterr);
    if (status == ST_OK)
        text_appendf(&cli->out,
                     cli->json ? "{\"restored\":%u,\"left\":%u,\"kept\":%u}\n"
                               : "%u as before, %u who were new have left, %u changed "
                                 "since and kept\n",
                     undo.restored, undo.left, undo.kept);
    return status;
}
