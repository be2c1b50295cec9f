/* SPDX-License-Identifier: Apache-2.0 */
/* People: the list of the viewer's areas (places on the 250 m grid only; on wish those
 * of one organisation, or whose certificates end soon), and one of them. */
#include "api/persons.h"

#include "api/handlers.h"
#include "api/history.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "store/looks.h"
#include "store/own_page.h"
#include "store/people.h"
#include "store/vault.h"

#include <ctype.h>
#include <stdio.h>

#define LIST_LIMIT 100
#define LIST_LIMIT_MAX 1000
#define LAPSES_DAYS_MAX 366
#define UNSEALED_MAX 20000         /* of the rows looked at for a page */
#define ROWS_BY_NUMBER_MAX 2000000 /* looked at for a page, if nothing is unsealed */
#define PHONE_DIGITS_MIN 5
#define DIGITS "0123456789"
#define LIKE_SIZE 256
#define LIVE " AND retired = 0 AND alias_of = 0 AND erased = 0"
#define LEFT " AND retired = 1 AND alias_of = 0 AND erased = 0"
#define PAGE " ORDER BY id LIMIT ?2"
/* The area ?3 and all under it, ?4 levels down. */
#define DOWN                                                                             \
    "WITH RECURSIVE down(area, depth) AS (SELECT ?3, 0 UNION ALL"                        \
    " SELECT area.id, down.depth + 1 FROM area JOIN down ON area.parent_id = down.area"  \
    " WHERE down.depth < ?4)"
/* Who live there, by the index person_area, whatever SQLite thinks. */
#define OF_DOWN " FROM down CROSS JOIN person WHERE person.area_id = down.area" LIVE
/* People of an area that are looked at together, for each part of a page: more of them
 * are met soon on the way through everybody, but not those of whom only a number is
 * known. */
#define FEW_MAX 10000
#define FEW_BY_NUMBER_MAX 50000

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

/* The members of the object that is open. */
static void write_members(struct call *call, struct text *text,
                          const struct person *person)
{
    const struct crowd_person *crowd = &person->crowd;
    const int64_t area_id = api_area_or_root(call->api, crowd->area);
    out_text(text, "number", crowd->number);
    if (api_may(call, MAY_DISPATCH | MAY_TRAIN, area_id, true) == 0) {
        out_text_if(text, "name", person->name);
        out_text_if(text, "phone", person->phone);
        out_text_if(text, "email", person->email);
    }
    if (api_may(call, MAY_TRAIN, area_id, true) == 0) {
        char birth[TIME_TEXT_SIZE];
        if (crowd->birth_day != INT32_MIN) {
            time_format_day(crowd->birth_day, birth);
            out_text(text, "birth", birth);
        }
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
        history_write(call->api->config.planner, crowd->id, text);
}

/* Of one person only: a list of them would let whoever read it once into everybody's page
 * (decision 0101). */
static void write_own_page(struct call *call, struct text *text,
                           const struct person *person)
{
    char token[LINK_TOKEN_SIZE];
    int64_t ended_ms;
    const int64_t area_id = api_area_or_root(call->api, person->crowd.area);
    if (api_may(call, MAY_TRAIN, area_id, true) != 0 ||
        own_page_ended(call->api->db, person->crowd.id, &ended_ms) != ST_OK)
        return;
    link_person_token(&call->api->link_key, person->crowd.id, ended_ms, token);
    out_text(text, "own_page", token);
    out_bool(text, "push", person->crowd.has_push);
}

static void write_person(struct call *call, struct text *text,
                         const struct person *person)
{
    out_open(text, NULL, '{');
    write_members(call, text, person);
    out_close(text, '}');
}

/* ---- GET people ---- */
/* Names are unsealed to be looked at, which takes 10 to 30 us each: a page is made in
 * parts, and between them the loop's thread sees to the others. */
struct list {
    struct call *call;
    struct text text;
    const char *q;
    int64_t area_id, limit, count, unsealed, looked, looked_max;
    int64_t last;        /* id of the last row that was looked at */
    int64_t lapses_days; /* only whose certificate is not held in so many; -1 = all */
    const char *organisation;                    /* only its people; NULL = all */
    enum { BY_PATTERN, BY_PHONE, BY_NUMBER } by; /* what of somebody Q is, as a whole */
    uint8_t phone[VAULT_HASH_SIZE];              /* the hash of Q */
    int64_t top_area; /* all lie under it who may be wanted; 0 = not known */
    bool has_few;     /* they are few */
    bool has_left;    /* only who has left, for whoever may take them back */
};

/* Only a number can hold Q: names have no digits. */
static bool is_number(const char *q)
{
    return q != NULL && strpbrk(q, DIGITS) != NULL;
}

/* What the row alone tells; the sealed fields are looked at afterwards. */
static bool may_be_wanted(const struct list *list, int64_t area, const char *number,
                          bool *ret_is_sure)
{
    const struct call *call = list->call;
    const int64_t area_id = api_area_or_root(call->api, area);
    if ((list->area_id != 0 &&
         !area_is_under(&call->api->areas, area_id, list->area_id)) ||
        api_may(call, list->has_left ? MAY_TRAIN : MAY_SEE_PEOPLE, area_id, false) != 0)
        return false;
    const bool by_phone = list->by == BY_PHONE;
    *ret_is_sure = by_phone || list->q == NULL || strstr(number, list->q) != NULL;
    if (*ret_is_sure && !by_phone)
        return true;
    /* Search by name or telephone finds only whom the viewer may see by it; names have no
     * digits. */
    return (by_phone || !is_number(list->q)) &&
           api_may(call, MAY_DISPATCH | MAY_TRAIN, area_id, true) == 0;
}

/* Whether the name holds what is looked for, whatever blanks are in either. */
static bool has_name(const struct list *list, int64_t id)
{
    char q[PERSON_NAME_MAX + 1];
    struct person_identity identity;
    if ((size_t)snprintf(q, sizeof q, "%s", list->q) >= sizeof q ||
        person_identity(list->call->api->db, list->call->api->config.vault, id,
                        &identity) != 0)
        return false;
    text_drop_blanks(q);
    text_drop_blanks(identity.name);
    return *q != '\0' && strstr(identity.name, q) != NULL;
}

/* The area under which all lie whom the viewer's roles show; 0 = there is no such one. */
static int64_t own_area(const struct call *call)
{
    const struct account *account = &call->session.account;
    const struct area_tree *areas = &call->api->areas;
    int64_t own = 0;
    for (uint32_t i = 0; i < account->role_count; i++) {
        const int64_t id = account->roles[i].area_id;
        if (own == 0 || area_is_under(areas, own, id))
            own = id;
        else if (!area_is_under(areas, id, own))
            return 0;
    }
    return own;
}

/* The area under which all lie who may be wanted: that of the list, or the viewer's own
 * below it; 0 = none, or the root, where those of no area count, or the only one below
 * the root: to find out who lives there takes longer than to look at everybody. */
static int64_t top_area(const struct list *list)
{
    const struct area_tree *areas = &list->call->api->areas;
    const int64_t own = own_area(list->call);
    const bool is_own =
        list->area_id == 0 || (own != 0 && area_is_under(areas, own, list->area_id));
    const int64_t top = is_own ? own : list->area_id;
    const struct area *root = &areas->areas[0];
    return top == root->id || top == area_skip_single(areas, root)->id ? 0 : top;
}

/* Whether it is quicker to look at all who live under the top area than at everybody. */
static bool has_few(const struct list *list)
{
    const int64_t few_max = is_number(list->q) ? FEW_BY_NUMBER_MAX : FEW_MAX;
    if (list->top_area == 0)
        return false;
    struct query *query =
        db_query(list->call->api->db, DOWN " SELECT count(*) FROM (SELECT 1" OF_DOWN
                                           " AND id > ?1 LIMIT ?2) AS counted");
    query_int(query, 1, 0);
    query_int(query, 2, few_max + 1);
    query_int(query, 3, list->top_area);
    query_int(query, 4, AREA_DEPTH_MAX);
    const bool few = query_step(query) > 0 && query_get_int(query, 0) <= few_max;
    query_reset(query);
    return few;
}

/* A pattern for numbers that hold Q, and perhaps for some more. */
static void write_pattern(const char *q, char ret[LIKE_SIZE])
{
    (void)snprintf(ret, LIKE_SIZE, "%%");
    if (!is_number(q))
        return;
    (void)snprintf(ret, LIKE_SIZE, "%%%s%%", q);
    for (char *at = ret + 1; at[1] != '\0'; at++)
        if (*at == '%' || *at == '\\')
            *at = '_';
}

#define ANYWHERE                                                                         \
    DOWN " SELECT id, area_id, number FROM person WHERE id > ?1 AND"                     \
         " (?3 = 0 OR area_id IN (SELECT area FROM down))"
/* Few are looked at by the database, which tells those alone whose number has the
 * pattern; of all, so many are looked at here, so that no query takes long. */
static struct query *look_by_pattern(const struct list *list)
{
    char pattern[LIKE_SIZE];
    struct query *query = db_query(
        list->call->api->db, list->has_few ? DOWN " SELECT id, area_id, number" OF_DOWN
                                                  " AND id > ?1 AND number LIKE ?5" PAGE
                             : list->has_left ? ANYWHERE LEFT PAGE
                                              : ANYWHERE LIVE PAGE);
    query_int(query, 3, list->top_area);
    query_int(query, 4, AREA_DEPTH_MAX);
    if (list->has_few) {
        write_pattern(list->q, pattern);
        query_text(query, 5, pattern);
    }
    return query;
}

#define BY_HASH "SELECT id, area_id, number FROM person WHERE phone_hash = ?3 AND id > ?1"
#define OF_NUMBER "SELECT id, area_id, number FROM person WHERE number = ?3 AND id > ?1"
/* The next rows behind list->last. */
static struct query *look(const struct list *list)
{
    struct db *db = list->call->api->db;
    struct query *query;
    if (list->by == BY_PHONE) {
        query = db_query(db, list->has_left ? BY_HASH LEFT PAGE : BY_HASH LIVE PAGE);
        query_blob(query, 3, list->phone, sizeof list->phone);
    } else if (list->by == BY_NUMBER) {
        query = db_query(db, list->has_left ? OF_NUMBER LEFT PAGE : OF_NUMBER LIVE PAGE);
        query_text(query, 3, list->q);
    } else {
        query = look_by_pattern(list);
    }
    query_int(query, 1, list->last);
    query_int(query, 2, API_ROWS_AT_ONCE);
    return query;
}

static bool may_be_phone(const char *q)
{
    int digits = 0;
    for (const char *at = q; *at != '\0'; at++)
        digits += isdigit((unsigned char)*at) != 0;
    return digits >= PHONE_DIGITS_MIN && person_judge_phone(q) == NULL;
}

/* Whether Q as a whole is the number or the telephone number of somebody whom the viewer
 * may see by it: then only they are meant. */
static bool is_theirs(const struct list *list)
{
    struct list all = *list;
    all.last = 0;
    struct query *query = look(&all);
    bool found = false, is_sure;
    while (!found && query_step(query) > 0)
        found = may_be_wanted(&all, query_get_int(query, 1), query_get_text(query, 2),
                              &is_sure);
    query_reset(query);
    return found;
}

static void choose_by(struct list *list)
{
    list->by = BY_NUMBER;
    if (is_theirs(list))
        return;
    vault_phone_hash(list->call->api->config.vault, list->q, list->phone);
    list->by = BY_PHONE;
    if (may_be_phone(list->q) && is_theirs(list))
        return;
    list->by = BY_PATTERN;
}

static bool is_of(const struct person *person, const char *organisation)
{
    for (uint32_t i = 0; i < person->organisation_count; i++)
        if (strcmp(person->organisations[i], organisation) == 0)
            return true;
    return false;
}

/* What only the whole row tells: whether PERSON is on the list that is wished. */
static bool is_wished(struct list *list, const struct person *person)
{
    const int32_t today = time_local_day(list->call->now_ms);
    if (list->lapses_days < 0 && list->organisation == NULL)
        return true;
    list->unsealed++;
    return (list->organisation == NULL || is_of(person, list->organisation)) &&
           (list->lapses_days < 0 ||
            crowd_skill_lapses(&person->crowd, &list->call->api->skills,
                               today + (int32_t)list->lapses_days));
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
    if (person_by_id(api->db, api->config.vault, &api->skills, id, person) != 0 ||
        !is_wished(list, person))
        return;
    list->count++;
    write_person(list->call, &list->text, person);
}

/* Writes a part of the page; CALL_PAGE_FULL = there is more behind list->last,
 * CALL_PART_DONE = and for this page, too. What is looked at is bounded: a page may be
 * short, its link leads on. */
static int write_part(struct list *list)
{
    AUTO_FREE struct person *person = mem_alloc(sizeof *person);
    if (person == NULL)
        return ST_NO_MEMORY;
    int rows, status;
    struct query *query = look(list);
    for (rows = 0; (status = query_step(query)) > 0; rows++) {
        if (list->count == list->limit || list->unsealed == UNSEALED_MAX ||
            list->looked == list->looked_max) {
            query_reset(query);
            return CALL_PAGE_FULL;
        }
        list->looked++;
        list->last = query_get_int(query, 0);
        write_row(list, query, person);
    }
    return status == ST_OK && rows == API_ROWS_AT_ONCE ? CALL_PART_DONE : status;
}

static void write_list(void *context)
{
    struct list *list = context;
    struct call *call = list->call;
    int status = http_is_gone(call->request) ? ST_CLOSED : write_part(list);
    if (!call_list_goes_on(call, &list->text, status, list->last, write_list, list))
        mem_free(list);
}

/* False after an answer. CODE and Q may be NULL. */
static bool read_list(struct call *call, const char *code, const char *q, bool has_left,
                      struct list *ret)
{
    struct list list = {.call = call,
                        .q = q,
                        .has_left = has_left,
                        .organisation = http_query(call->request, "organisation")};
    if (!call_page(call, LIST_LIMIT, LIST_LIMIT_MAX, 0, &list.limit, &list.last) ||
        !call_query_int(call, "lapses_within", 0, LAPSES_DAYS_MAX, -1, &list.lapses_days))
        return false;
    if (code != NULL) {
        const struct area *area = area_by_code(&call->api->areas, code);
        if (area == NULL) {
            api_wrong(call, q == NULL ? "?area" : "/area", "there is no such area");
            return false;
        }
        list.area_id = area->id;
    }
    if (q != NULL)
        choose_by(&list);
    list.top_area = top_area(&list);
    list.has_few = list.by == BY_PATTERN && !has_left && has_few(&list);
    list.looked_max = is_number(q) ? ROWS_BY_NUMBER_MAX : API_ROWS_MAX;
    *ret = list;
    return true;
}

static void answer_list(struct call *call, const char *code, const char *q, bool has_left)
{
    struct list *list = mem_alloc(sizeof *list);
    if (list == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
        return;
    }
    if (!read_list(call, code, q, has_left, list)) {
        mem_free(list);
        return;
    }
    call_list_begin(&list->text);
    write_list(list);
}

void persons_list(struct call *call)
{
    answer_list(call, http_query(call->request, "area"), NULL, false);
}

/* A search may hold a name: it comes in the body, never in a URL. */
void persons_search(struct call *call)
{
    const struct in_search *in = call->input;
    answer_list(call, in->area.value, in->q.value, in->left.value);
}

/* ---- one person ---- */
static void set_etag(struct call *call, int64_t version)
{
    char etag[32];
    (void)snprintf(etag, sizeof etag, "\"%lld\"", (long long)version);
    call_header(call, "ETag", etag);
}

struct person *persons_open_any(struct call *call, unsigned mask)
{
    struct person *person = mem_alloc(sizeof *person);
    if (person == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
        return NULL;
    }
    const int status = person_by_number(call->api->db, call->api->config.vault,
                                        &call->api->skills, call->word, person);
    if (status != 0 || person->erased)
        call_refuse(call, status != 0 ? status : ST_NOT_FOUND, NULL);
    else if (api_require(call, mask, api_area_or_root(call->api, person->crowd.area),
                         false))
        return person;
    mem_free(person);
    return NULL;
}

struct person *persons_open(struct call *call, unsigned mask)
{
    struct person *person = persons_open_any(call, mask);
    if (person == NULL || !person->retired)
        return person;
    call_error(call, 404,
               "has left; whoever looks after the people of the area can take them back");
    mem_free(person);
    return NULL;
}

void persons_answer(struct call *call, const struct person *person,
                    void (*more)(struct call *call, struct text *text,
                                 const struct person *person))
{
    struct text text;
    text_init(&text, 65536);
    out_open(&text, NULL, '{');
    write_members(call, &text, person);
    write_own_page(call, &text, person);
    if (more != NULL)
        more(call, &text, person);
    out_close(&text, '}');
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

void persons_note_look(struct call *call, const struct person *person)
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

/* ---- what ends: the link to the own page, or that they take part at all; and that they
 * do so again ---- */
struct end_job {
    struct job job;
    int64_t person_id;
};

static int leave_run(struct job *job, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    const struct end_job *self = (struct end_job *)(void *)job;
    return person_leave(writer, self->person_id, job->call->session.account.id, now_ms,
                        reterr);
}

static int return_run(struct job *job, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    (void)reterr;
    const struct end_job *self = (struct end_job *)(void *)job;
    return person_return(writer, self->person_id, job->call->session.account.id, now_ms);
}

static int end_run(struct job *job, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    const struct end_job *self = (struct end_job *)(void *)job;
    return own_page_end(writer, self->person_id, job->call->session.account.id, now_ms,
                        reterr);
}

static void end_answer(struct job *job)
{
    if (!job_refused(job))
        call_empty(job->call, 204);
}

/* PERSON is back, or was: their telephone may be somebody else's by now. */
static void answer_back(struct call *call, struct person *person)
{
    person->has = PERSON_HAS_PHONE;
    persons_answer_number(call, 200, person->crowd.number, person);
}

static void return_answer(struct job *job)
{
    if (job_refused(job))
        return;
    AUTO_FREE struct person *person = persons_open_any(job->call, MAY_TRAIN);
    if (person != NULL)
        answer_back(job->call, person);
}

/* PERSON may be NULL, after an answer. */
static void run_end(struct call *call, const struct person *person,
                    void (*answer)(struct job *job),
                    int (*run)(struct job *job, struct writer *writer, int64_t now_ms,
                               struct diag *reterr))
{
    struct end_job *job = person == NULL ? NULL : job_new(call, sizeof *job, answer);
    if (job == NULL)
        return;
    job->person_id = person->crowd.id;
    job_run(&job->job, run);
}

void persons_end_own_page(struct call *call)
{
    AUTO_FREE struct person *person = persons_open(call, MAY_TRAIN);
    run_end(call, person, end_answer, end_run);
}

void persons_leave(struct call *call)
{
    AUTO_FREE struct person *person = persons_open(call, MAY_TRAIN);
    run_end(call, person, end_answer, leave_run);
}

void persons_return(struct call *call)
{
    AUTO_FREE struct person *person = persons_open_any(call, MAY_TRAIN);
    if (person != NULL && !person->retired)
        answer_back(call, person); /* done before */
    else
        run_end(call, person, return_answer, return_run);
}

/* ---- GET people/{number} ---- */
/* Why they would be in no plan just now, wherever and whatever is needed; CROWD_OK =
 * nothing stands against it, or it is not known. */
static enum crowd_reason reason_now(struct call *call, int64_t person_id)
{
    struct crowd *crowd = call->api->config.crowd;
    struct crowd_query query = {.flags =
                                    CROWD_APPLY_QUIET | CROWD_APPLY_CAP | CROWD_OWN_MODE,
                                .time_ms = call->now_ms,
                                .count = 1,
                                .ms_max = ROAD_MS_NONE};
    struct crowd_candidate candidate;
    enum crowd_reason reason = CROWD_OK;
    if (!crowd_position(crowd, person_id, call->now_ms, &query.at) ||
        crowd_explain(crowd, &query, person_id, &candidate, &reason, NULL) != ST_OK)
        return CROWD_OK;
    return reason;
}

/* For whom the history is told, which it is of. */
static void write_asking(struct call *call, struct text *text,
                         const struct person *person)
{
    struct crowd *crowd = call->api->config.crowd;
    int64_t at_ms[CROWD_ALERTS_KEPT];
    if (!api_sees_history(call, person->crowd.area))
        return;
    const uint32_t left = crowd_alerts_left(crowd, person->crowd.id, call->now_ms);
    if (left == UINT32_MAX)
        return;
    const uint32_t count = crowd_alert_times(crowd, person->crowd.id, at_ms);
    const enum crowd_reason reason = reason_now(call, person->crowd.id);
    out_open(text, "asking", '{');
    if (reason != CROWD_OK)
        out_text(text, "reason", crowd_reason_code(reason));
    out_int(text, "alerts_left", left);
    out_open(text, "alerted_at", '[');
    for (uint32_t i = 0; i < count; i++)
        if (at_ms[i] > call->now_ms - 7 * TIME_DAY_MS)
            out_time_if(text, NULL, at_ms[i]);
    out_close(text, ']');
    out_close(text, '}');
}

void persons_get(struct call *call)
{
    AUTO_FREE struct person *person = persons_open(call, MAY_SEE_PEOPLE);
    if (person == NULL)
        return;
    persons_note_look(call, person);
    persons_answer(call, person, write_asking);
}
