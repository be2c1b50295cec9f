/* SPDX-License-Identifier: Apache-2.0 */
/* POST warnings: a message in CAP. Two stages: a thread of the pool reads it against the
 * tree of areas, the writer stores it. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/warnings.h"
#include "geo/geojson.h"
#include "intake/touched.h"
#include "store/warning.h"

#define POINTS_DRAWN 2000           /* of one warning, about as many at most */
#define BODY_MAX (4 * CAP_SIZE_MAX) /* what is escaped grows */
#define HOURS_OTHERWISE 24          /* in force, if it does not say until when */

/* ---- what a message says, as the list tells it ---- */
void warning_write_text(struct text *text, const struct cap_info *info)
{
    out_open(text, NULL, '{');
    out_text(text, "language", info->language);
    out_text(text, "event", info->event);
    out_text_if(text, "sender", info->sender_name);
    out_text_if(text, "headline", info->headline);
    out_text_if(text, "description", info->description);
    out_text_if(text, "instruction", info->instruction);
    out_open(text, "areas", '[');
    for (uint32_t i = 0; i < info->area_count; i++)
        out_text(text, NULL, info->areas[i].description);
    out_close(text, ']');
    out_close(text, '}');
}

/* Every STEP-th corner of the parts of POLYGON added to RET. */
static int draw_parts(const struct polygon *polygon, uint32_t step, struct polygon *ret)
{
    uint32_t start = 0;
    int status = ST_OK;
    for (uint32_t ring = 0; ring < polygon->ring_count && status == ST_OK; ring++) {
        const uint32_t end = polygon->ring_end[ring];
        const uint32_t by = (end - start) / step < 4 ? 1 : step;
        for (uint32_t i = start; i < end && status == ST_OK; i += by)
            status = polygon_point(ret, polygon->points[i]);
        if (status == ST_OK)
            status = polygon_ring(ret);
        if (status == ST_OK)
            status = polygon_part(ret);
        start = end;
    }
    return status;
}

/* The polygons of an info in one, thinned for drawing. */
static int write_shape(struct text *text, const struct cap_info *info)
{
    uint32_t points = 0;
    int status = ST_OK;
    struct polygon drawn;
    polygon_init(&drawn);
    for (uint32_t i = 0; i < info->area_count; i++)
        points += info->areas[i].polygon.point_count;
    for (uint32_t i = 0; i < info->area_count && status == ST_OK; i++)
        status = draw_parts(&info->areas[i].polygon, points / POINTS_DRAWN + 1, &drawn);
    if (status == ST_OK && drawn.part_count > 0) {
        out_raw(text, "shape", "");
        geojson_polygon_append(text, &drawn);
    }
    polygon_release(&drawn);
    return status;
}

static void write_circles(struct text *text, const struct cap_info *info)
{
    out_open(text, "circles", '[');
    for (uint32_t i = 0; i < info->area_count; i++)
        for (uint32_t k = 0; k < info->areas[i].circle_count; k++) {
            const struct cap_circle *circle = &info->areas[i].circles[k];
            out_open(text, NULL, '{');
            out_point(text, "at", circle->centre);
            out_int(text, "radius", circle->radius_m);
            out_close(text, '}');
        }
    out_close(text, ']');
}

/* The info that times, level and shape are taken from: the gravest. */
static const struct cap_info *gravest(const struct cap_alert *alert)
{
    const struct cap_info *ret = alert->info_count > 0 ? &alert->infos[0] : NULL;
    for (uint32_t i = 1; i < alert->info_count; i++)
        if (cap_level(&alert->infos[i]) > cap_level(ret))
            ret = &alert->infos[i];
    return ret;
}

/* Members of a JSON object without its brackets, as text_string of RET. */
static int write_message(struct text *ret, const struct cap_alert *alert)
{
    const struct cap_info *info = gravest(alert);
    int status = ST_OK;
    out_open(ret, "texts", '[');
    for (uint32_t i = 0; i < alert->info_count; i++)
        warning_write_text(ret, &alert->infos[i]);
    out_close(ret, ']');
    if (info != NULL) {
        out_text(ret, "severity", cap_word(CAP_LIST_SEVERITY, info->severity));
        out_text(ret, "urgency", cap_word(CAP_LIST_URGENCY, info->urgency));
        out_text(ret, "certainty", cap_word(CAP_LIST_CERTAINTY, info->certainty));
        write_circles(ret, info);
        status = write_shape(ret, info);
    }
    return status != ST_OK ? status : ret->status;
}

/* ---- taking one in ---- */
struct taking {
    struct warning_message message;
    struct warning_name references[WARNING_REFERENCES_MAX];
    int64_t areas[WARNING_AREAS_MAX];
    struct cap_alert *alert;
    const char *left_out; /* why nobody is shown it; NULL: somebody is */
    struct text body;
    struct diag diag;
};

struct take_job {
    struct job job;
    struct taking *taking; /* NULL once the next stage has it */
};

static struct taking *taking_of(struct job *job)
{
    return ((struct take_job *)(void *)job)->taking;
}

static void dispose(struct job *job)
{
    struct taking *taking = taking_of(job);
    if (taking == NULL)
        return;
    cap_free(taking->alert);
    text_release(&taking->body);
    mem_free(taking);
}

static void answer_taken(struct call *call, const struct taking *taking)
{
    const struct warning_message *message = &taking->message;
    struct text text;
    text_init(&text, CALL_ANSWER_MAX);
    out_open(&text, NULL, '{');
    if (message->warning.id != 0)
        out_int(&text, "id", message->warning.id);
    out_bool(&text, "repeated", message->repeated);
    out_int(&text, "ended", message->ended);
    out_text_if(&text, "left_out", taking->left_out);
    out_open(&text, "read_as", '[');
    for (unsigned i = 0; i < CAP_WARNING_COUNT; i++) {
        if (taking->alert->warnings[i] == 0)
            continue;
        out_open(&text, NULL, '{');
        out_text(&text, "code", cap_word(CAP_LIST_WARNING, i));
        out_int(&text, "count", taking->alert->warnings[i]);
        out_int(&text, "line", taking->alert->warning_lines[i]);
        out_close(&text, '}');
    }
    out_close(&text, ']');
    out_close(&text, '}');
    call_json(call, 200, &text);
}

static int put_run(struct job *job, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    (void)reterr;
    return warning_put(writer, &taking_of(job)->message, now_ms);
}

static void put_answer(struct job *job)
{
    if (!job_refused(job))
        answer_taken(job->call, taking_of(job));
}

/* Why a message is not stored, or NULL. */
static const char *why_left_out(const struct cap_alert *alert)
{
    if (alert->status != CAP_STATUS_ACTUAL && alert->status != CAP_STATUS_EXERCISE)
        return "status";
    if (alert->type == CAP_TYPE_ACK || alert->type == CAP_TYPE_ERROR)
        return "type";
    return NULL;
}

_Static_assert(CAP_REFERENCES_MAX <= WARNING_REFERENCES_MAX, "all are kept");

static void read_references(struct taking *taking)
{
    const struct cap_alert *alert = taking->alert;
    for (uint32_t i = 0; i < alert->reference_count; i++)
        taking->references[i] = (struct warning_name){alert->references[i].sender,
                                                      alert->references[i].identifier,
                                                      alert->references[i].sent_ms};
    taking->message.references = taking->references;
    taking->message.reference_count = alert->reference_count;
}

static int find_areas(struct taking *taking, struct api *api)
{
    struct db *db;
    struct area_tree tree = {0};
    int status = db_open(&db, api->config.db_path, DB_READ, &taking->diag);
    if (status != ST_OK)
        return status;
    status = area_tree_load(&tree, db);
    db_close(db);
    if (status == ST_OK)
        status = touched_areas(taking->alert, &tree, taking->areas, WARNING_AREAS_MAX,
                               &taking->message.area_count);
    taking->message.areas = taking->areas;
    area_tree_release(&tree);
    return status;
}

static void read_times(struct warning *warning, const struct cap_alert *alert)
{
    const struct cap_info *info = gravest(alert);
    warning->onset_ms = info == NULL          ? 0
                        : info->onset_ms != 0 ? info->onset_ms
                                              : info->effective_ms;
    if (warning->onset_ms == 0)
        warning->onset_ms = alert->sent_ms;
    warning->expires_ms = info != NULL && info->expires_ms != 0
                              ? info->expires_ms
                              : warning->onset_ms + HOURS_OTHERWISE * INT64_C(3600000);
}

static void read_row(struct taking *taking)
{
    static const enum warning_kind kinds[CAP_TYPE_COUNT] = {
        [CAP_TYPE_UPDATE] = WARNING_UPDATE, [CAP_TYPE_CANCEL] = WARNING_CANCEL};
    const struct cap_alert *alert = taking->alert;
    const struct cap_info *info = gravest(alert);
    struct warning *warning = &taking->message.warning;
    warning->name =
        (struct warning_name){alert->sender, alert->identifier, alert->sent_ms};
    warning->kind = kinds[alert->type];
    warning->exercise = alert->status == CAP_STATUS_EXERCISE;
    warning->level =
        cap_word(CAP_LIST_LEVEL, info == NULL ? CAP_LEVEL_NONE : cap_level(info));
    read_times(warning, alert);
    warning->body = text_string(&taking->body);
}

static void read_work(struct job *job)
{
    struct taking *taking = taking_of(job);
    size_t size;
    const char *data = http_body(job->call->request, &size);
    job->status = cap_read(data, size, &taking->alert, &taking->diag);
    if (job->status != ST_OK || (taking->left_out = why_left_out(taking->alert)) != NULL)
        return;
    read_references(taking);
    job->status = find_areas(taking, job->call->api);
    if (job->status == ST_OK)
        job->status = write_message(&taking->body, taking->alert);
    /* A later message may be about another place and still end the one before. */
    if (job->status == ST_OK && taking->message.area_count == 0 &&
        taking->alert->type == CAP_TYPE_ALERT)
        taking->left_out = "area";
    if (job->status == ST_OK)
        read_row(taking);
}

static void refuse(struct call *call, int status, const struct diag *diag)
{
    struct problem problem;
    char pointer[64];
    if (status != ST_INVALID && status != ST_UNSUPPORTED && status != ST_LIMIT) {
        call_refuse(call, status, diag);
        return;
    }
    (void)snprintf(pointer, sizeof pointer, "/%u/%u", diag->line, diag->column);
    problem_init(&problem, 422, "the message is not as CAP says; nothing was stored");
    problem_add(&problem, pointer, "%s: %s", diag->where, diag->text);
    call_problem(call, &problem);
}

static void read_answer(struct job *job)
{
    struct take_job *self = (struct take_job *)(void *)job;
    struct taking *taking = self->taking;
    if (job->status != ST_OK) {
        refuse(job->call, job->status, &taking->diag);
        return;
    }
    if (taking->left_out != NULL) {
        answer_taken(job->call, taking);
        return;
    }
    struct take_job *next = job_new(job->call, sizeof *next, put_answer);
    if (next == NULL)
        return;
    next->taking = taking;
    self->taking = NULL;
    next->job.dispose = dispose;
    job_run(&next->job, put_run);
}

void warnings_post(struct call *call)
{
    if (api_may(call, MAY_DISPATCH, call->api->areas.areas[0].id, false) != 0) {
        call_error(call, 403,
                   "a warning may be about every area: taking one in needs the role"
                   " admin, commander or dispatcher over the whole instance");
        return;
    }
    struct take_job *job = job_new(call, sizeof *job, read_answer);
    if (job == NULL)
        return;
    job->taking = mem_calloc(1, sizeof *job->taking);
    job->job.dispose = dispose;
    if (job->taking == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
        job_free(&job->job);
        return;
    }
    text_init(&job->taking->body, BODY_MAX);
    job->taking->message.warning.taken_by = call->session.account.id;
    job_line_put(&call->api->warnings, &job->job, read_work);
}
