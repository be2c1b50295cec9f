/* SPDX-License-Identifier: Apache-2.0 */
/* People: the list of the viewer's areas (places on the 250 m grid only; on wish those
 * whose certificates end soon), one of them, and changes to them, each bound to the
 * version that was read (ETag, If-Match). */
#include "api/handlers.h"
#include "api/history.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "store/applicant.h"
#include "store/looks.h"
#include "store/people.h"
#include "store/vault.h"

#include <ctype.h>
#include <stdio.h>

#define LIST_LIMIT 100
#define LIST_LIMIT_MAX 1000
#define LAPSES_DAYS_MAX 366
#define UNSEALED_MAX 20000 /* of the rows looked at for a page */
#define PHONE_DIGITS_MIN 5
#define DIGITS "0123456789"
#define LIKE_SIZE 256
#define LIVE " AND retired = 0 AND alias_of = 0 AND erased = 0 ORDER BY id LIMIT ?2"
#define NEWEST_FEW 20 /* people looked at for how an office numbers its own */
#define NEWEST_MAX 20000
#define FIRST_NUMBER "V0000"

static void write_skill_bits(struct call *call, struct text *text,
                             const struct skill_set *set)
{
    const struct skill_table *table = &call->api->skills;
    out_open(text, "skills", '[');
    for (uint32_t i = 0; i < table->count; i++)
        if (skill_set_has(set, i))
            out_text(text, NULL, table->skills[i].code);
    out_close(text, ']');
}

/* With the last valid day, and which stated skills do not count today. */
static void write_certificates(struct call *call, struct text *text,
                               const struct crowd_person *crowd)
{
    const struct skill_table *table = &call->api->skills;
    out_open(text, "certificates", '[');
    for (uint32_t i = 0; i < crowd->certificate_count; i++) {
        char day[TIME_TEXT_SIZE];
        time_format_day(crowd->certificates[i].last_day, day);
        out_open(text, NULL, '{');
        out_text(text, "code", table->certificates[crowd->certificates[i].certificate]);
        out_text(text, "until", day);
        out_close(text, '}');
    }
    out_close(text, ']');
    struct skill_set counted;
    crowd_skills_on(crowd, table, time_local_day(call->now_ms), &counted);
    out_open(text, "not_counted", '[');
    for (uint32_t i = 0; i < table->count; i++)
        if (skill_set_has(&crowd->skills, i) && !skill_set_has(&counted, i))
            out_text(text, NULL, table->skills[i].code);
    out_close(text, ']');
}

static void write_person(struct call *call, struct text *text,
                         const struct person *person)
{
    const struct crowd_person *crowd = &person->crowd;
    const int64_t area_id = api_area_or_root(call->api, crowd->area);
    out_open(text, NULL, '{');
    out_text(text, "number", crowd->number);
    if (api_may(call, MAY_DISPATCH | MAY_TRAIN, area_id, true) == 0) {
        out_text_if(text, "name", person->name);
        out_text_if(text, "phone", person->phone);
        out_text_if(text, "email", person->email);
    }
    if (api_may(call, MAY_TRAIN, area_id, true) == 0) {
        char token[LINK_TOKEN_SIZE], birth[TIME_TEXT_SIZE];
        if (crowd->birth_day != INT32_MIN) {
            time_format_day(crowd->birth_day, birth);
            out_text(text, "birth", birth);
        }
        link_person_token(&call->api->link_key, crowd->id, token);
        out_text(text, "own_page", token);
    }
    out_text(text, "area", api_area_code(call->api, area_id));
    out_text(text, "mode", road_mode_name(crowd->mode));
    write_skill_bits(call, text, &crowd->skills);
    write_certificates(call, text, crowd);
    struct point grid;
    if (crowd_position(call->api->config.crowd, crowd->id, call->now_ms, &grid))
        out_point(text, "at_grid", grid);
    out_text(text, "duty", person->duty);
    out_text(text, "quiet", person->quiet);
    out_open(text, "organisations", '[');
    for (uint32_t i = 0; i < person->organisation_count; i++)
        out_text(text, NULL, person->organisations[i]);
    out_close(text, ']');
    out_bool(text, "suspended", crowd->suspended);
    out_time_if(text, "paused_until", crowd->paused_until_ms);
    if (api_sees_history(call, crowd->area))
        history_write(call->api->config.planner, crowd->id, "history", text);
    out_close(text, '}');
}

/* ---- GET people ---- */
struct list {
    struct call *call;
    struct text *text;
    const char *q;
    int64_t area_id, limit, count, unsealed;
    int64_t last;        /* id of the last row that was looked at */
    int64_t lapses_days; /* only whose certificate is not held in so many; -1 = all */
    bool by_phone;       /* Q is somebody's telephone number, PHONE its hash */
    uint8_t phone[VAULT_HASH_SIZE];
};

/* What the row alone tells; the sealed fields are looked at afterwards. */
static bool may_be_wanted(const struct list *list, int64_t area, const char *number,
                          bool *ret_is_sure)
{
    const struct call *call = list->call;
    const int64_t area_id = api_area_or_root(call->api, area);
    if ((list->area_id != 0 &&
         !area_is_under(&call->api->areas, area_id, list->area_id)) ||
        api_may(call, MAY_SEE_PEOPLE, area_id, false) != 0)
        return false;
    *ret_is_sure = list->by_phone || list->q == NULL || strstr(number, list->q) != NULL;
    if (*ret_is_sure && !list->by_phone)
        return true;
    /* Search by name or telephone finds only whom the viewer may see by it; names have no
     * digits. */
    return (list->by_phone || strpbrk(list->q, DIGITS) == NULL) &&
           api_may(call, MAY_DISPATCH | MAY_TRAIN, area_id, true) == 0;
}

/* Whether the name holds what is looked for. */
static bool has_name(const struct list *list, int64_t id)
{
    struct person_identity identity;
    return person_identity(list->call->api->db, list->call->api->config.vault, id,
                           &identity) == 0 &&
           strstr(identity.name, list->q) != NULL;
}

/* The area under which all lie who may be wanted; 0 = not known, or the root, where those
 * of no area count. */
static int64_t top_area(const struct list *list)
{
    const struct account *account = &list->call->session.account;
    int64_t id = list->area_id;
    if (id == 0 && account->role_count == 1)
        id = account->roles[0].area_id;
    return id == list->call->api->areas.areas[0].id ? 0 : id;
}

/* A pattern for numbers that hold Q, and perhaps for some more. */
static void write_pattern(const char *q, char ret[LIKE_SIZE])
{
    (void)snprintf(ret, LIKE_SIZE, "%%");
    if (q == NULL || strpbrk(q, DIGITS) == NULL)
        return;
    (void)snprintf(ret, LIKE_SIZE, "%%%s%%", q);
    for (char *at = ret + 1; at[1] != '\0'; at++)
        if (*at == '%' || *at == '\\')
            *at = '_';
}

/* The next rows behind list->last. */
static struct query *look(const struct list *list)
{
    struct db *db = list->call->api->db;
    struct query *query;
    if (list->by_phone) {
        query = db_query(db, "SELECT id, area_id, number FROM person"
                             " WHERE phone_hash = ?3 AND id > ?1" LIVE);
        query_blob(query, 3, list->phone, sizeof list->phone);
    } else {
        char pattern[LIKE_SIZE];
        write_pattern(list->q, pattern);
        query = db_query(
            db, "WITH RECURSIVE down(id, depth) AS (SELECT ?3, 0 UNION ALL"
                " SELECT area.id, down.depth + 1 FROM area JOIN down"
                " ON area.parent_id = down.id WHERE down.depth < ?5)"
                " SELECT id, area_id, number FROM person WHERE id > ?1 AND number LIKE ?4"
                " AND (?3 = 0 OR area_id IN (SELECT id FROM down))" LIVE);
        query_int(query, 3, top_area(list));
        query_text(query, 4, pattern);
        query_int(query, 5, AREA_DEPTH_MAX);
    }
    query_int(query, 1, list->last);
    query_int(query, 2, API_ROWS_AT_ONCE);
    return query;
}

/* Whether Q is the telephone number of somebody whom the viewer may see by it: then only
 * they are meant. */
static bool is_their_phone(const struct list *list)
{
    struct list all = *list;
    int digits = 0;
    for (const char *at = list->q; at != NULL && *at != '\0'; at++)
        digits += isdigit((unsigned char)*at) != 0;
    if (digits < PHONE_DIGITS_MIN || people_csv_judge_phone(list->q) != NULL)
        return false;
    all.last = 0;
    struct query *query = look(&all);
    bool found = false, is_sure;
    while (!found && query_step(query) > 0)
        found = may_be_wanted(&all, query_get_int(query, 1), query_get_text(query, 2),
                              &is_sure);
    query_reset(query);
    return found;
}

/* The person of the row of QUERY, if wanted. PERSON: room for them. */
static void write_row(struct list *list, struct query *query, struct person *person)
{
    struct api *api = list->call->api;
    const int64_t id = query_get_int(query, 0);
    bool is_sure;
    if (!may_be_wanted(list, query_get_int(query, 1), query_get_text(query, 2), &is_sure))
        return;
    if (!is_sure) {
        list->unsealed++;
        if (!has_name(list, id))
            return;
    }
    if (person_by_id(api->db, api->config.vault, &api->skills, id, person) != 0)
        return;
    if (list->lapses_days >= 0) {
        list->unsealed++;
        const int32_t day =
            time_local_day(list->call->now_ms) + (int32_t)list->lapses_days;
        if (!crowd_skill_lapses(&person->crowd, &api->skills, day))
            return;
    }
    list->count++;
    write_person(list->call, list->text, person);
}

/* Writes the page; 1 = there is more behind list->last. What is looked at is bounded: a
 * page may be short, its link leads on. */
static int write_list(struct list *list)
{
    AUTO_FREE struct person *person = mem_alloc(sizeof *person);
    if (person == NULL)
        return ST_NO_MEMORY;
    int looked = 0, rows, status;
    do {
        struct query *query = look(list);
        for (rows = 0; (status = query_step(query)) > 0; rows++) {
            if (list->count == list->limit || list->unsealed == UNSEALED_MAX ||
                looked == API_ROWS_MAX) {
                query_reset(query);
                return 1;
            }
            looked++;
            list->last = query_get_int(query, 0);
            write_row(list, query, person);
        }
    } while (status == ST_OK && rows == API_ROWS_AT_ONCE);
    return status;
}

/* CODE and Q may be NULL. */
static void answer_list(struct call *call, const char *code, const char *q)
{
    struct text text;
    struct list list = {.call = call, .text = &text, .q = q};
    if (!call_page(call, LIST_LIMIT, LIST_LIMIT_MAX, 0, &list.limit, &list.last) ||
        !call_query_int(call, "lapses_within", 0, LAPSES_DAYS_MAX, -1, &list.lapses_days))
        return;
    if (code != NULL) {
        const struct area *area = area_by_code(&call->api->areas, code);
        if (area == NULL) {
            api_wrong(call, q == NULL ? "?area" : "/area", "there is no such area");
            return;
        }
        list.area_id = area->id;
    }
    if (q != NULL) {
        vault_search_hash(call->api->config.vault, "phone", q, list.phone);
        list.by_phone = true;
        list.by_phone = is_their_phone(&list);
    }
    call_list_begin(&text);
    const int status = write_list(&list);
    if (status == 1)
        call_next_id(call, list.last);
    call_list_end(call, &text, status);
}

void persons_list(struct call *call)
{
    answer_list(call, http_query(call->request, "area"), NULL);
}

/* A search may hold a name: it comes in the body, never in a URL. */
void persons_search(struct call *call)
{
    const struct in_search *in = call->input;
    answer_list(call, in->area.value, in->q.value);
}

/* ---- one person ---- */
static void set_etag(struct call *call, int64_t version)
{
    char etag[32];
    (void)snprintf(etag, sizeof etag, "\"%lld\"", (long long)version);
    call_header(call, "ETag", etag);
}

/* Reads the person of the path into a new block; NULL after a 404 or 403. */
static struct person *open_person(struct call *call, unsigned mask)
{
    struct person *person = mem_alloc(sizeof *person);
    if (person == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
        return NULL;
    }
    const int status = person_by_number(call->api->db, call->api->config.vault,
                                        &call->api->skills, call->word, person);
    if (status != 0 || person->retired) {
        call_refuse(call, status != 0 ? status : ST_NOT_FOUND, NULL);
    } else if (api_require(call, mask, api_area_or_root(call->api, person->crowd.area),
                           false)) {
        return person;
    }
    mem_free(person);
    return NULL;
}

static void answer_person(struct call *call, const struct person *person)
{
    struct text text;
    text_init(&text, 65536);
    write_person(call, &text, person);
    set_etag(call, person->version);
    call_json(call, 200, &text);
}

/* Looking at a person is an event of its own, and the person can see it (11b). */
struct look {
    struct call_command command;
    int64_t actor, person_id;
};

static int look_run(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    (void)reterr;
    const struct look *look = context;
    return looks_put(writer, look->person_id, look->actor, now_ms);
}

static void look_done(struct command *command, int status)
{
    (void)status;
    mem_free(command);
}

static void note_look(struct call *call, const struct person *person)
{
    struct look *look = mem_calloc(1, sizeof *look);
    if (look == NULL)
        return;
    look->actor = call->session.account.id;
    look->person_id = person->crowd.id;
    call_command_init(&look->command, look_run, look);
    look->command.command.done = look_done;
    if (writer_submit(call->api->config.writer, &look->command.command) != 0)
        mem_free(look);
}

void persons_get(struct call *call)
{
    AUTO_FREE struct person *person = open_person(call, MAY_SEE_PEOPLE);
    if (person == NULL)
        return;
    note_look(call, person);
    answer_person(call, person);
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
    struct call *call = job->call;
    if (job->status == ST_STALE) {
        call_error(call, 412, "somebody has changed it meanwhile; read it again");
        return;
    }
    if (job_refused(job))
        return;
    AUTO_FREE struct person *person = open_person(call, MAY_TRAIN);
    if (person != NULL)
        answer_person(call, person);
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
        const char *wrong =
            people_csv_read_birth(in->birth.value, &change->crowd.birth_day);
        if (!is_right(call, "/birth", wrong))
            return false;
    }
    return ((change->has & PERSON_HAS_NAME) == 0 ||
            is_right(call, "/name", people_csv_judge_name(in->name.value))) &&
           is_right(call, "/phone", people_csv_judge_phone(change->phone)) &&
           is_right(call, "/email", people_csv_judge_email(change->email));
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
            api_wrong(call, "/home", "lies outside of the map");
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
        if (!api_require(call, MAY_TRAIN, area->id, false))
            return false;
        change->crowd.area = area->id;
        change->has |= PERSON_HAS_AREA;
    }
    if (in->organisations.given) {
        const char *const *names = in->organisations.items;
        for (uint32_t i = 0; i < in->organisations.count; i++) {
            char pointer[32];
            (void)snprintf(pointer, sizeof pointer, "/organisations/%u", (unsigned)i);
            if (!is_right(call, pointer, people_csv_judge_organisation(names[i])))
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
    AUTO_FREE struct person *person = open_person(call, MAY_TRAIN);
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

static void answer_number(struct call *call, int status, const char *number)
{
    struct text text;
    text_init(&text, 256);
    out_open(&text, NULL, '{');
    out_text(&text, "number", number);
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
        answer_number(job->call, 201, self->change.crowd.number);
}

/* Where nothing is said the area is that of the home. False after a 422, 403 or 404. */
static bool find_area(struct call *call, const struct in_person *in,
                      struct person *change)
{
    if (in->area.value != NULL)
        return true; /* read_belonging has looked */
    const int64_t area_id = area_at(&call->api->areas, change->crowd.home)->id;
    if (!api_require(call, MAY_TRAIN, area_id, false))
        return false;
    change->crowd.area = area_id;
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
        answer_number(call, 200, number);
    else
        call_refuse(call, status, NULL);
}

void persons_post(struct call *call)
{
    const struct in_person *in = call->input;
    if (!is_right(call, "/number", people_csv_judge_number(in->number.value)) ||
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
