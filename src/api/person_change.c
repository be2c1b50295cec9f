/* SPDX-License-Identifier: Apache-2.0 */
/* Changes to people: PATCH, bound to the version that was read (ETag, If-Match), and POST
 * of a new one. What is only to be known, as an import tells it, stands in the answer. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/persons.h"
#include "api/schemas.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "store/applicant.h"
#include "store/people.h"

#include <stdio.h>

#define NEWEST_FEW 20 /* people looked at for how an office numbers its own */
#define NEWEST_MAX 20000
#define FIRST_NUMBER "V0000"

static bool may_see(struct call *call, const struct person_other *other)
{
    const int64_t area_id = api_area_or_root(call->api, other->area_id);
    return api_may(call, MAY_SEE_PEOPLE, area_id, false) == 0;
}

/* Who OTHER is learns only whoever may see them. */
static void write_warning(struct call *call, struct text *text, const char *field,
                          const char *what, const struct person_other *other)
{
    out_open(text, NULL, '{');
    out_text(text, "field", field);
    out_text(text, "text", what);
    if (may_see(call, other)) {
        out_text(text, "other", other->number);
        if (other->retired)
            out_bool(text, "retired", true);
    }
    out_close(text, '}');
}

/* "warnings": of what `has` says that was set, the telephone of somebody else, and the
 * name of somebody who lives nearby, may be the same person's twice. Where somebody lives
 * whom the account may not see, it cannot try out: of them nothing is said. */
static void write_warnings(struct call *call, struct text *text,
                           const struct person *person)
{
    const struct api_config *config = &call->api->config;
    struct person_other other;
    out_open(text, "warnings", '[');
    if ((person->has & PERSON_HAS_PHONE) != 0 &&
        person_of_phone(call->api->db, config->vault, person->phone, person->crowd.number,
                        &other) == 1)
        write_warning(call, text, "phone", "same_telephone", &other);
    if ((person->has & (PERSON_HAS_NAME | PERSON_HAS_HOME)) != 0 &&
        person_of_name_near(call->api->db, config->vault, config->crowd, person,
                            &other) == 1 &&
        may_see(call, &other))
        write_warning(call, text, "name", "same_name_near", &other);
    out_close(text, ']');
}

struct patch_job {
    struct job job;
    struct person change;
    int64_t version;
    int64_t applicant_id; /* of a new one: who is taken on with it; 0 = nobody */
};

static int patch_run(struct job *job, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    struct patch_job *self = (struct patch_job *)(void *)job;
    return person_patch(writer, &self->change, self->version,
                        job->call->session.account.id, now_ms, reterr);
}

static void patch_answer(struct job *job)
{
    const struct patch_job *self = (struct patch_job *)(void *)job;
    struct call *call = job->call;
    if (job->status == ST_STALE) {
        call_error(call, 412, "somebody has changed it meanwhile; read it again");
        return;
    }
    if (job_refused(job))
        return;
    AUTO_FREE struct person *person = persons_open(call, MAY_TRAIN);
    if (person == NULL)
        return;
    person->has = self->change.has;
    const unsigned told_of = PERSON_HAS_PHONE | PERSON_HAS_NAME | PERSON_HAS_HOME;
    persons_answer(call, person, (person->has & told_of) != 0 ? write_warnings : NULL);
}

/* If-Match: "5" or a star. False after a 428 or 412. */
static bool read_if_match(struct call *call, int64_t *ret)
{
    const char *header = http_header(call->request, "If-Match");
    if (header == NULL) {
        call_error(call, 428, "send If-Match with the ETag that GET gave");
        return false;
    }
    char value[24];
    const size_t size = strlen(header);
    *ret = 0;
    if (strcmp(header, "*") == 0)
        return true;
    if (size > 2 && size < sizeof value && header[0] == '"' && header[size - 1] == '"') {
        memcpy(value, header + 1, size - 2);
        value[size - 2] = '\0';
        if (text_to_int64(value, 1, INT64_MAX, ret))
            return true;
    }
    call_error(call, 412, "that is no ETag of this person");
    return false;
}

static void set_text(const struct body_text *in, char *ret, size_t size, unsigned bit,
                     unsigned *has)
{
    if (in->value == NULL)
        return;
    (void)snprintf(ret, size, "%s", in->value);
    *has |= bit;
}

/* False after a 422 that says what is WRONG; NULL: nothing is. */
static bool is_right(struct call *call, const char *pointer, const char *wrong)
{
    if (wrong != NULL)
        api_wrong(call, pointer, wrong);
    return wrong == NULL;
}

/* Who it is, by the same rules as in the file. False after a 422. */
static bool read_identity(struct call *call, const struct in_person *in,
                          struct person *change)
{
    set_text(&in->name, change->name, sizeof change->name, PERSON_HAS_NAME, &change->has);
    set_text(&in->phone, change->phone, sizeof change->phone, PERSON_HAS_PHONE,
             &change->has);
    set_text(&in->email, change->email, sizeof change->email, PERSON_HAS_EMAIL,
             &change->has);
    if (in->birth.value != NULL) {
        change->has |= PERSON_HAS_BIRTH;
        const char *wrong = person_read_birth(
            in->birth.value, time_local_day(call->now_ms), &change->crowd.birth_day);
        if (!is_right(call, "/birth", wrong))
            return false;
    }
    return ((change->has & PERSON_HAS_NAME) == 0 ||
            is_right(call, "/name", person_judge_name(in->name.value))) &&
           is_right(call, "/phone", person_judge_phone(change->phone)) &&
           ((change->has & PERSON_HAS_EMAIL) == 0 ||
            is_right(call, "/email", person_judge_email(in->email.value)));
}

static bool read_hours(struct call *call, const char *pointer, const char *value,
                       struct hours *ret)
{
    struct diag diag = {0};
    if (hours_parse(value, ret, &diag) == 0)
        return true;
    api_wrong(call, pointer, diag.text);
    return false;
}

static bool read_certificates(struct call *call, const struct body_list *in,
                              struct person *change)
{
    struct crowd_person *crowd = &change->crowd;
    const char *const *texts = in->items;
    for (uint32_t i = 0; i < in->count; i++) {
        struct crowd_certificate *one = &crowd->certificates[i];
        bool right = crowd_read_certificate(&call->api->skills, texts[i], one);
        for (uint32_t k = 0; k < i && right; k++)
            right = crowd->certificates[k].certificate != one->certificate;
        if (!right) {
            char pointer[32];
            (void)snprintf(pointer, sizeof pointer, "/certificates/%u", (unsigned)i);
            api_wrong(call, pointer,
                      "must be the code of a certificate that a skill demands, once, a"
                      " colon, and its last valid day: code:2027-05-31");
            return false;
        }
    }
    crowd->certificate_count = in->count;
    change->has |= PERSON_HAS_CERTIFICATES;
    return true;
}

/* What the patch says, onto CHANGE; false after a 422. */
static bool read_change(struct call *call, const struct in_person *in,
                        struct person *change)
{
    if (!read_identity(call, in, change))
        return false;
    set_text(&in->duty, change->duty, sizeof change->duty, PERSON_HAS_DUTY, &change->has);
    set_text(&in->quiet, change->quiet, sizeof change->quiet, PERSON_HAS_QUIET,
             &change->has);
    struct crowd_person *crowd = &change->crowd;
    if ((change->has & PERSON_HAS_DUTY) != 0 &&
        !read_hours(call, "/duty", change->duty, &crowd->duty))
        return false;
    if ((change->has & PERSON_HAS_QUIET) != 0) {
        crowd->quiet_kind = change->quiet[0] == '\0'             ? CROWD_QUIET_DEFAULT
                            : strcmp(change->quiet, "none") == 0 ? CROWD_QUIET_NONE
                                                                 : CROWD_QUIET_OWN;
        if (crowd->quiet_kind == CROWD_QUIET_OWN &&
            !read_hours(call, "/quiet", change->quiet, &crowd->quiet))
            return false;
    }
    if (in->home.given) {
        if (!api_is_on_map(call->api, in->home.at)) {
            api_wrong(call, "/home", "lies outside the map");
            return false;
        }
        crowd->home = in->home.at;
        change->has |= PERSON_HAS_HOME;
    }
    if (in->mode.given) {
        crowd->mode = (enum road_mode)in->mode.value;
        change->has |= PERSON_HAS_MODE;
    }
    if (in->paused_until.given) {
        crowd->paused_until_ms = in->paused_until.value;
        change->has |= PERSON_HAS_PAUSED;
    }
    if (in->suspended.given) {
        crowd->suspended = in->suspended.value != 0;
        change->has |= PERSON_HAS_SUSPENDED;
    }
    if (in->skills.given) {
        if (!api_read_skills(call, &in->skills, "/skills", &crowd->skills))
            return false;
        change->has |= PERSON_HAS_SKILLS;
    }
    return !in->certificates.given || read_certificates(call, &in->certificates, change);
}

static bool read_belonging(struct call *call, const struct in_person *in,
                           struct person *change)
{
    if (in->area.value != NULL) {
        const struct area *area = area_by_code(&call->api->areas, in->area.value);
        if (area == NULL) {
            api_wrong(call, "/area", "there is no such area");
            return false;
        }
        if (!api_require_there(call, MAY_TRAIN, area->id, false))
            return false;
        change->crowd.area = area->id;
        change->has |= PERSON_HAS_AREA;
    }
    if (in->organisations.given) {
        const char *const *names = in->organisations.items;
        for (uint32_t i = 0; i < in->organisations.count; i++) {
            char pointer[32];
            (void)snprintf(pointer, sizeof pointer, "/organisations/%u", (unsigned)i);
            if (!is_right(call, pointer, person_judge_organisation(names[i])))
                return false;
            (void)snprintf(change->organisations[i], sizeof change->organisations[i],
                           "%s", names[i]);
        }
        change->organisation_count = in->organisations.count;
        change->has |= PERSON_HAS_ORGANISATIONS;
    }
    return true;
}

void persons_patch(struct call *call)
{
    const struct in_person *in = call->input;
    AUTO_FREE struct person *person = persons_open(call, MAY_TRAIN);
    int64_t version;
    if (person == NULL || !read_if_match(call, &version))
        return;
    struct patch_job *job = job_new(call, sizeof *job, patch_answer);
    if (job == NULL)
        return;
    job->version = version;
    job->change.crowd.id = person->crowd.id;
    memcpy(job->change.crowd.number, person->crowd.number,
           sizeof job->change.crowd.number);
    if (!read_change(call, in, &job->change) || !read_belonging(call, in, &job->change)) {
        job_free(&job->job);
        return;
    }
    job_run(&job->job, patch_run);
}

/* ---- a new person ---- */
static int add_person(struct patch_job *self, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    const int status = person_has_number(writer_db(writer), self->change.crowd.number);
    if (status != 0)
        return status < 0 ? status : ST_CONFLICT;
    const int put = person_put(writer, &self->change, self->job.call->session.account.id,
                               now_ms, reterr);
    self->job.own.command.result_id = self->change.crowd.id;
    return put;
}

/* Of two officers the second one is told of the applicant, not of the number. */
static int add_run(struct job *job, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct patch_job *self = (struct patch_job *)(void *)job;
    int status = ST_OK;
    if (self->applicant_id != 0)
        status = applicant_expect(writer_db(writer), self->applicant_id, reterr);
    if (status == ST_OK)
        status = add_person(self, writer, now_ms, reterr);
    if (status != ST_OK || self->applicant_id == 0)
        return status;
    return applicant_accept(writer, self->applicant_id, self->change.crowd.id,
                            job->call->session.account.id, now_ms, reterr);
}

void persons_answer_number(struct call *call, int status, const char *number,
                           const struct person *person)
{
    struct text text;
    text_init(&text, 512);
    out_open(&text, NULL, '{');
    out_text(&text, "number", number);
    if (person != NULL)
        write_warnings(call, &text, person);
    out_close(&text, '}');
    call_json(call, status, &text);
}

static void add_answer(struct job *job)
{
    struct patch_job *self = (struct patch_job *)(void *)job;
    if (job->status == ST_CONFLICT &&
        strcmp(job->command->diag.where, "applicant") != 0) {
        call_error(job->call, 409, "there is, or was, somebody of this number");
        return;
    }
    if (!job_refused(job))
        persons_answer_number(job->call, 201, self->change.crowd.number, &self->change);
}

/* Where nothing is said the area is that of the home. False after a 422, 403 or 404. */
static bool find_area(struct call *call, const struct in_person *in,
                      struct person *change)
{
    if (in->area.value != NULL)
        return true; /* read_belonging has looked */
    if (!api_require_at(call, MAY_TRAIN, change->crowd.home, false))
        return false;
    change->crowd.area = area_at(&call->api->areas, change->crowd.home)->id;
    change->has |= PERSON_HAS_AREA;
    return true;
}

/* On from the newest one of the viewer's areas whose number counts. ST_NOT_FOUND: there
 * is none among the newest MOST of the instance. */
static int number_behind(struct call *call, int64_t most, char ret[CROWD_NUMBER_MAX + 1])
{
    struct db *db = call->api->db;
    struct query *query =
        db_query(db, "SELECT number, area_id FROM person ORDER BY id DESC LIMIT ?1");
    query_int(query, 1, most);
    int status;
    while ((status = query_step(query)) == 1) {
        const int64_t area_id = api_area_or_root(call->api, query_get_int(query, 1));
        if (api_may(call, MAY_TRAIN, area_id, false) != 0)
            continue;
        status = person_free_number(db, query_get_text(query, 0), ret);
        if (status == ST_NOT_FOUND)
            continue;
        query_reset(query);
        return status;
    }
    return status == ST_OK ? ST_NOT_FOUND : status;
}

/* A few are enough as a rule, and PostgreSQL gives as many as it is asked for. */
void persons_number(struct call *call)
{
    char number[CROWD_NUMBER_MAX + 1];
    int status = number_behind(call, NEWEST_FEW, number);
    if (status == ST_NOT_FOUND)
        status = number_behind(call, NEWEST_MAX, number);
    if (status == ST_NOT_FOUND)
        status = person_free_number(call->api->db, FIRST_NUMBER, number);
    if (status == ST_OK)
        persons_answer_number(call, 200, number, NULL);
    else
        call_refuse(call, status, NULL);
}

void persons_post(struct call *call)
{
    const struct in_person *in = call->input;
    if (!is_right(call, "/number", person_judge_number(in->number.value)) ||
        !is_right(call, "/home", in->home.given ? NULL : "is required"))
        return;
    if (in->applicant.given && !applicants_may_decide(call, in->applicant.value))
        return;
    struct patch_job *job = job_new(call, sizeof *job, add_answer);
    if (job == NULL)
        return;
    job->applicant_id = in->applicant.value;
    (void)snprintf(job->change.crowd.number, sizeof job->change.crowd.number, "%s",
                   in->number.value);
    if (read_change(call, in, &job->change) && read_belonging(call, in, &job->change) &&
        find_area(call, in, &job->change))
        job_run(&job->job, add_run);
    else
        job_free(&job->job);
}
