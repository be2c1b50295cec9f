/* SPDX-License-Identifier: Apache-2.0 */
/* report: what an incident or an exercise came to, as JSON or as a PDF; report-pdf: the
 * helper that draws it. */
#include "base/child.h"
#include "base/file.h"
#include "base/status.h"
#include "main/commands.h"
#include "main/instance.h"
#include "report/pdf.h"
#include "report/report.h"
#include "store/read_incident.h"

#include <stdio.h>
#include <unistd.h>

static int language_of(const struct cli *cli, enum report_language *ret,
                       struct diag *reterr)
{
    const char *code = cli_option(cli, "lang");
    *ret = REPORT_ZH;
    if (code != NULL && !report_language_parse(code, ret))
        return diag_set(reterr, ST_INVALID, 0, 0, "--lang", "is zh or en, not %s", code);
    return ST_OK;
}

/* By id or by case number. */
static int find_incident(struct db *db, const char *word, int64_t *ret,
                         struct diag *reterr)
{
    struct read_incident incident;
    int status = text_to_int64(word, 1, INT64_MAX, ret)
                     ? read_incident(db, *ret, &incident)
                     : read_incident_by_case(db, word, &incident);
    if (status == ST_NOT_FOUND)
        return diag_set(reterr, status, 0, 0, word, "there is no such incident");
    *ret = incident.id;
    return status;
}

static int write_pdf(struct cli *cli, const struct text *json, const char *path,
                     struct diag *reterr)
{
    enum report_language language;
    struct text pdf;
    int status = language_of(cli, &language, reterr);
    if (status == ST_OK)
        status = file_may_replace(path, "%PDF-", reterr);
    if (status != ST_OK)
        return status;
    text_init(&pdf, REPORT_PDF_MAX);
    status = report_pdf_by_helper(CHILD_SELF, text_string(json), json->size, language,
                                  &pdf, reterr);
    if (status == ST_OK)
        status = file_write(path, text_string(&pdf), pdf.size, 0600, reterr);
    if (status == ST_OK)
        text_appendf(&cli->out, cli->json ? "{\"bytes\":%zu}\n" : "%zu bytes\n",
                     pdf.size);
    text_release(&pdf);
    return status;
}

int command_report(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    int64_t id;
    struct text json;
    const char *path = cli_option(cli, "pdf");
    int status = find_incident(instance->db, cli->words[0], &id, reterr);
    if (status != ST_OK)
        return status;
    text_init(&json, REPORT_JSON_MAX);
    status = report_write(instance->db, id, &json, reterr);
    if (status == ST_OK && path != NULL)
        status = write_pdf(cli, &json, path, reterr);
    else if (status == ST_OK)
        text_appendf(&cli->out, "%s\n", text_string(&json));
    text_release(&json);
    return status;
}

int command_report_pdf(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    enum report_language language;
    struct text json;
    uint32_t missing = 0;
    char part[65536];
    size_t got;
    int status = language_of(cli, &language, reterr);
    text_init(&json, REPORT_JSON_MAX);
    while ((got = fread(part, 1, sizeof part, stdin)) > 0)
        text_append(&json, part, got);
    if (status == ST_OK)
        status = json.status;
    if (status == ST_OK)
        status = report_pdf(text_string(&json), json.size, language, &cli->out, &missing,
                            reterr);
    if (missing > 0)
        text_appendf(&cli->err,
                     "muster: report: no font has %u of the characters; install one that "
                     "does: apt-get install fonts-noto-cjk\n",
                     missing);
    text_release(&json);
    return status;
}
