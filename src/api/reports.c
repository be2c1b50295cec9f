/* SPDX-License-Identifier: Apache-2.0 */
/* GET incidents/{id}/report and report.pdf: read and drawn on a thread of the pool, with
 * a connection of its own, for a large incident has many events; one at a time. People by
 * number only. */
#include "api/handlers.h"
#include "api/internal.h"
#include "base/child.h"
#include "report/pdf.h"
#include "report/report.h"

#include <stdio.h>

struct report_job {
    struct job job;
    char db_path[512];
    char name[48]; /* of the file */
    int64_t incident_id;
    bool is_pdf;
    enum report_language language;
    struct text out;
    struct diag diag;
};

static void dispose(struct job *job)
{
    text_release(&((struct report_job *)(void *)job)->out);
}

static void work(struct job *job)
{
    struct report_job *self = (struct report_job *)(void *)job;
    struct db *db;
    struct text json;
    job->status = db_open(&db, self->db_path, DB_READ, &self->diag);
    if (job->status != ST_OK)
        return;
    text_init(&json, REPORT_JSON_MAX);
    struct text *target = self->is_pdf ? &json : &self->out;
    job->status = report_write(db, self->incident_id, target, &self->diag);
    db_close(db);
    if (job->status == ST_OK && self->is_pdf)
        job->status = report_pdf_by_helper(CHILD_SELF, text_string(&json), json.size,
                                           self->language, &self->out, &self->diag);
    text_release(&json);
}

static void written(struct job *job)
{
    struct report_job *self = (struct report_job *)(void *)job;
    if (job->status != ST_OK) {
        call_refuse(job->call, job->status, &self->diag);
        return;
    }
    if (!self->is_pdf) {
        call_json(job->call, 200, &self->out);
        return;
    }
    char header[96];
    (void)snprintf(header, sizeof header, "attachment; filename=\"%s.pdf\"", self->name);
    call_header(job->call, "Content-Disposition", header);
    call_send(job->call, 200, "application/pdf", &self->out);
}

static void begin(struct call *call, bool is_pdf)
{
    struct read_incident incident;
    enum report_language language = REPORT_ZH;
    const char *code = is_pdf ? http_query(call->request, "lang") : NULL;
    if (!api_open(call, STAGE_INCIDENT, MAY_AUDIT, &incident))
        return;
    if (code != NULL && !report_language_parse(code, &language)) {
        api_wrong(call, "?lang", "must be zh or en");
        return;
    }
    struct report_job *job = job_new(call, sizeof *job, written);
    if (job == NULL)
        return;
    job->job.dispose = dispose;
    job->incident_id = incident.id;
    job->is_pdf = is_pdf;
    job->language = language;
    (void)snprintf(job->db_path, sizeof job->db_path, "%s", call->api->config.db_path);
    (void)snprintf(job->name, sizeof job->name, "%s-%s", incident.case_number,
                   language == REPORT_ZH ? "zh" : "en");
    text_init(&job->out, is_pdf ? REPORT_PDF_MAX : REPORT_JSON_MAX);
    job_line_put(&call->api->reports, &job->job, work);
}

void reports_json(struct call *call)
{
    begin(call, false);
}

void reports_pdf(struct call *call)
{
    begin(call, true);
}
