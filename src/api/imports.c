/* SPDX-License-Identifier: Apache-2.0 */
/* POST people/imports: the file of `import people` as the body of one request. Two
 * stages: a thread of the pool reads it, the writer applies it, all or nothing; a dry run
 * is the same work taken back. The writer serves nobody else meanwhile, so a file is
 * small and there is one at a time: what is larger comes by the command line. What stands
 * in the file is told to who sent it and to nobody else: not to the log, not to an event.
 */
#include "api/handlers.h"
#include "api/imported.h"
#include "api/internal.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "store/people_file.h"

#define ROWS_MAX 20000
#define RETRY_S 5        /* of the largest file */
#define NAMES_MAX 200000 /* people: with more their names are not compared */

struct import {
    struct api *api;
    struct people_file_config config;
    struct people_file file;
    char *text; /* the body: reading changes it */
    size_t size;
    struct diag diag;
};

struct import_job {
    struct job job;
    struct import *import; /* NULL once the next stage has it */
};

static struct import *import_of(struct job *job)
{
    return ((struct import_job *)(void *)job)->import;
}

static void dispose(struct job *job)
{
    struct import *import = import_of(job);
    if (import == NULL)
        return;
    people_file_release(&import->file);
    mem_free(import->text);
    atomic_store(&import->api->importing, false);
    mem_free(import);
}

/* ---- what is wrong with the file ---- */
static void write_error(struct text *text, const struct diag *diag)
{
    char pointer[32] = "";
    if (diag->column > 0)
        (void)snprintf(pointer, sizeof pointer, "/%u/%u", diag->line, diag->column);
    else if (diag->line > 0)
        (void)snprintf(pointer, sizeof pointer, "/%u", diag->line);
    out_open(text, NULL, '{');
    out_text(text, "pointer", pointer);
    if (diag->line > 0)
        out_int(text, "line", diag->line);
    if (diag->column > 0)
        out_int(text, "column", diag->column);
    out_text_if(text, "field", diag->where);
    out_text(text, "detail", diag->text);
    out_close(text, '}');
}

/* What is wrong with a file: COUNT errors of TOTAL, which are on LINES of it. */
struct wrong {
    const struct diag *errors;
    uint32_t count, total, lines;
};

/* 422. The pointers are line and column of the body. */
static void refuse_file(struct call *call, const struct wrong *wrong)
{
    struct problem problem;
    struct text text;
    problem_init(&problem, 422, "the file is wrong; nothing was imported");
    text_init(&text, PROBLEM_TEXT_MAX);
    text_append_string(&text, ",\"errors\":");
    out_open(&text, NULL, '[');
    for (uint32_t i = 0; i < wrong->count; i++)
        write_error(&text, &wrong->errors[i]);
    out_close(&text, ']');
    text_appendf(&text, ",\"lines_wrong\":%u,\"errors_total\":%u", wrong->lines,
                 wrong->total);
    if (text.status == ST_OK)
        problem.members = text_string(&text);
    call_problem(call, &problem);
    text_release(&text);
}

/* STATUS of either stage; an error of a line is one of the file. */
static void refuse(struct call *call, struct import *import, int status,
                   const struct diag *diag)
{
    const struct people_csv *csv = &import->file.csv;
    struct diag own = *diag;
    if (status == ST_LIMIT && csv->count == ROWS_MAX)
        (void)diag_set(&own, status, diag->line, 0, "",
                       "more than %d people: a larger file goes by the command line,"
                       " muster import people FILE.csv",
                       ROWS_MAX);
    if (status == ST_INVALID && csv->error_count > 0)
        refuse_file(call, &(struct wrong){csv->errors, csv->error_count, csv->error_total,
                                          csv->lines_wrong});
    else if (status == ST_INVALID || status == ST_LIMIT ||
             (status == ST_CONFLICT && own.line > 0))
        refuse_file(call, &(struct wrong){&own, 1, 1, 1});
    else
        call_refuse(call, status, &own);
}

/* ---- the writer's stage ---- */
static int put_run(struct job *job, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    return people_import(writer, &import_of(job)->file.import,
                         job->call->session.account.id, now_ms, reterr);
}

static void put_answer(struct job *job)
{
    struct import *import = import_of(job);
    if (job->status != ST_OK) {
        refuse(job->call, import, job->status, &job->command->diag);
        return;
    }
    struct text text;
    text_init(&text, CALL_ANSWER_MAX);
    imported_write(&import->file, &text);
    call_json(job->call, 200, &text);
}

/* ---- the pool's stage ---- */
static void read_work(struct job *job)
{
    struct import *import = import_of(job);
    struct db *db;
    job->status = db_open(&db, import->api->config.db_path, DB_READ, &import->diag);
    if (job->status != ST_OK)
        return;
    import->config.db = db;
    job->status = people_file_read(&import->file, import->text, import->size,
                                   &import->config, &import->diag);
    db_close(db);
    if (job->status == ST_OK && import->file.csv.count == 0)
        job->status =
            diag_set(&import->diag, ST_INVALID, 1, 0, "", "there is nobody in the file");
}

static void read_answer(struct job *job)
{
    struct import_job *self = (struct import_job *)(void *)job;
    if (job->status != ST_OK) {
        refuse(job->call, self->import, job->status, &self->import->diag);
        return;
    }
    struct import_job *next = job_new(job->call, sizeof *next, put_answer);
    if (next == NULL)
        return;
    next->import = self->import;
    self->import = NULL;
    next->job.dispose = dispose;
    job_run(&next->job, put_run);
}

bool imports_may(struct call *call)
{
    if (api_may(call, MAY_TRAIN, call->api->areas.areas[0].id, false) == 0)
        return true;
    call_error(call, 403,
               "a file may hold people of every area: importing needs the role admin or"
               " trainer over the whole instance");
    return false;
}

static struct import *import_new(struct call *call,
                                 const struct people_file_config *config)
{
    struct import *import = mem_calloc(1, sizeof *import);
    if (import == NULL)
        return NULL;
    import->api = call->api;
    import->config = *config;
    const char *body = http_body(call->request, &import->size);
    import->text = mem_strndup(body, import->size);
    if (import->text != NULL)
        return import;
    mem_free(import);
    return NULL;
}

void imports_people(struct call *call)
{
    struct api *api = call->api;
    struct people_file_config config = {.road = api->config.road,
                                        .rows_max = ROWS_MAX,
                                        .today = time_local_day(call->now_ms),
                                        .people = crowd_count(api->config.crowd),
                                        .names_max = NAMES_MAX,
                                        .stop = &api->stopping};
    if (!imports_may(call) || !call_query_flag(call, "dry_run", &config.dry_run) ||
        !call_query_flag(call, "retire_missing", &config.retire_missing) ||
        !call_query_flag(call, "retire_most", &config.retire_most))
        return;
    struct import_job *job = job_new(call, sizeof *job, read_answer);
    if (job == NULL)
        return;
    job->job.dispose = dispose;
    if (atomic_exchange(&api->importing, true)) {
        call_busy(call, RETRY_S, "another file of people is being read: one at a time");
        job_free(&job->job);
        return;
    }
    job->import = import_new(call, &config);
    if (job->import != NULL) {
        (void)job_work(&job->job, read_work);
        return;
    }
    atomic_store(&api->importing, false);
    call_refuse(call, ST_NO_MEMORY, NULL);
    job_free(&job->job);
}
