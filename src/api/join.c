/* SPDX-License-Identifier: Apache-2.0 */
/* Who wants to become a volunteer says so at /join (decision 0053). Nobody is signed in
 * here: a form is taken from our own page of today or yesterday, so many from an address,
 * so many in all, and no answer depends on whether a telephone number is known. */
#include "api/handlers.h"
#include "api/link_page.h"
#include "api/schemas.h"
#include "api/view.h"
#include "base/time.h"
#include "store/applicant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An address may be a village hall, or a proxy before us. */
#define FORMS_PER_HOUR 60.0
#define FORMS_AT_ONCE 60
#define VILLAGES_AREAS_MAX 3000 /* of more areas the towns alone are listed */
#define PART_AREAS_MAX 300      /* of a part of several counties, in one list */
#define COPY_SIZE 512           /* of a field: more than that is too long in any case */

/* ---- the page ---- */
struct shown {
    struct page_join page;
    char nonce[VIEW_NONCE_SIZE];
    struct page_join_area *areas;   /* mem_free */
    struct page_join_skill *skills; /* mem_free */
};

/* Whether one of LEVEL lies directly in the area of INDEX. */
static bool has_below(const struct area_tree *tree, uint32_t index, enum area_level level)
{
    for (uint32_t i = 0; i < tree->count; i++)
        if (tree->areas[i].level == level && tree->areas[i].parent == (int32_t)index)
            return true;
    return false;
}

static bool is_within(const struct area_tree *tree, uint32_t index,
                      const struct area *part)
{
    return part == NULL || area_is_under(tree, tree->areas[index].id, part->id);
}

/* A town with its villages, and who lives elsewhere in it. */
static void list_group(const struct area_tree *tree, uint32_t index,
                       struct page_join *page, struct page_join_area *ret)
{
    const struct area *town = &tree->areas[index];
    for (uint32_t i = 0; i < tree->count; i++)
        if (tree->areas[i].level == AREA_VILLAGE &&
            tree->areas[i].parent == (int32_t)index)
            ret[page->area_count++] = (struct page_join_area){
                town->name, tree->areas[i].code, tree->areas[i].name, false};
    ret[page->area_count++] =
        (struct page_join_area){town->name, town->code, town->name, true};
    page->has_villages = true;
}

/* Those of one parent together; both in the order of the tree. */
static int by_parent(const void *a, const void *b)
{
    const struct area *x = *(const struct area *const *)a,
                      *y = *(const struct area *const *)b;
    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    return x < y ? -1 : x > y;
}

static bool is_town(const struct area_tree *tree, uint32_t index)
{
    return tree->areas[index].level == AREA_TOWN;
}

/* A county, or what else has towns; a town that lies in none. */
static bool is_county(const struct area_tree *tree, uint32_t index)
{
    if (is_town(tree, index))
        return tree->areas[index].parent <= 0;
    return tree->areas[index].level < AREA_TOWN && has_below(tree, index, AREA_TOWN);
}

static bool list_by_parent(const struct area_tree *tree, const struct area *part,
                           bool (*is_listed)(const struct area_tree *, uint32_t),
                           struct page_join *page, struct page_join_area *ret)
{
    AUTO_FREE const struct area **listed = mem_calloc(tree->count, sizeof(void *));
    uint32_t count = 0;
    if (listed == NULL)
        return false;
    for (uint32_t i = 1; i < tree->count; i++)
        if (is_listed(tree, i) && is_within(tree, i, part))
            listed[count++] = &tree->areas[i];
    qsort(listed, count, sizeof *listed, by_parent);
    for (uint32_t i = 0; i < count; i++)
        ret[page->area_count++] = (struct page_join_area){
            listed[i]->parent > 0 ? area_parent(tree, listed[i])->name : NULL,
            listed[i]->code, listed[i]->name, false};
    return true;
}

static void list_villages(const struct area_tree *tree, const struct area *part,
                          struct page_join *page, struct page_join_area *ret)
{
    for (uint32_t i = 1; i < tree->count; i++) {
        const struct area *area = &tree->areas[i];
        if (area->level == AREA_VILLAGE || !is_within(tree, i, part))
            continue;
        if (has_below(tree, i, AREA_VILLAGE))
            list_group(tree, i, page, ret);
        else if (area->level == AREA_TOWN)
            ret[page->area_count++] =
                (struct page_join_area){NULL, area->code, area->name, false};
    }
}

static uint32_t count_within(const struct area_tree *tree, const struct area *part)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < tree->count; i++)
        count += is_within(tree, i, part);
    return count;
}

/* Whether so many lie in PART, and several counties among them, that the county is asked
 * for first. */
static bool is_wide(const struct area_tree *tree, const struct area *part)
{
    uint32_t counties = 0;
    if (part == NULL || part == tree->areas ||
        is_county(tree, (uint32_t)(part - tree->areas)) ||
        count_within(tree, part) <= PART_AREAS_MAX)
        return false;
    for (uint32_t i = 1; i < tree->count && counties < 2; i++)
        counties += is_within(tree, i, part) && is_county(tree, i);
    return counties > 1;
}

/* Those within PART (NULL: all; the root: none), or first the counties. The last one is
 * everywhere else. False: no memory. */
static bool list_areas(const struct api *api, const struct area *part,
                       struct shown *shown)
{
    const struct area_tree *tree = &api->areas;
    struct page_join *page = &shown->page;
    struct page_join_area *areas = mem_calloc(tree->count + 1, sizeof *areas);
    shown->areas = areas;
    page->areas = areas;
    if (areas == NULL)
        return false;
    bool is_done = true;
    if (page->asks_where)
        is_done = list_by_parent(tree, part, is_county, page, areas);
    else if (part != tree->areas && count_within(tree, part) <= VILLAGES_AREAS_MAX)
        list_villages(tree, part, page, areas);
    else if (part != tree->areas)
        is_done = list_by_parent(tree, part, is_town, page, areas);
    areas[page->area_count++] =
        (struct page_join_area){NULL, tree->areas[0].code, NULL, true};
    return is_done;
}

static bool is_chosen(const struct in_join *in, const char *code)
{
    const char *const *items = in->skills.items;
    for (uint32_t i = 0; i < in->skills.count; i++)
        if (items[i] != NULL && strcmp(items[i], code) == 0)
            return true;
    return false;
}

static bool list_skills(const struct api *api, const struct in_join *in,
                        enum page_language language, struct shown *shown)
{
    const struct skill_table *table = &api->skills;
    struct page_join_skill *skills = mem_calloc(table->count + 1, sizeof *skills);
    shown->skills = skills;
    shown->page.skills = skills;
    if (skills == NULL)
        return false;
    for (uint32_t i = 0; i < table->count; i++) {
        const struct skill *skill = &table->skills[i];
        skills[shown->page.skill_count++] = (struct page_join_skill){
            skill->code, language == PAGE_ZH ? skill->zh : skill->en,
            is_chosen(in, skill->code)};
    }
    return true;
}

static const char *entered(const struct body_text *text)
{
    return text->value == NULL ? "" : text->value;
}

/* A form is of a day: an old one is shown again, to be sent once more. */
static int64_t page_of(int64_t now_ms)
{
    return -(now_ms / TIME_DAY_MS); /* below 0: the others' nonces are of ids */
}

/* The county of the area with CODE, or what else has its town; NULL: there is no such
 * area. */
static const struct area *part_of(const struct api *api, const char *code)
{
    const struct area *area = code == NULL ? NULL : area_by_code(&api->areas, code);
    while (area != NULL && area->level >= AREA_TOWN && area->parent > 0)
        area = area_parent(&api->areas, area);
    return area;
}

/* With what was entered; of very many areas those of the county that was chosen, and
 * before one is it is asked which. */
static void send_form(struct call *call, int status, const struct in_join *in,
                      unsigned wrong, enum page_notice notice)
{
    const enum page_language language = link_language(call);
    struct shown shown = {.page = {.wrong = wrong, .notice = notice}};
    struct page_join *page = &shown.page;
    page->instance =
        language == PAGE_ZH ? call->api->settings.name_zh : call->api->settings.name_en;
    page->name = entered(&in->name);
    page->phone = entered(&in->phone);
    page->area = entered(&in->area);
    page->mode = mode_codes[in->mode.given ? in->mode.value : 0];
    page->consents = in->consent.value != 0;
    page->duty_phone = call->api->settings.duty_phone;
    page->nonce = shown.nonce;
    view_make_nonce(call->api, page_of(call->now_ms), shown.nonce);
    const struct area *part = part_of(call->api, http_query(call->request, "within"));
    if (call->api->areas.count > VILLAGES_AREAS_MAX) {
        page->asks_where = part == NULL && in->area.value == NULL;
        part = part == NULL ? part_of(call->api, in->area.value) : part;
    } else if (part == call->api->areas.areas) {
        part = NULL;
    }
    if (in->area.value == NULL && is_wide(&call->api->areas, part))
        page->asks_where = true;
    struct text text;
    text_init(&text, PAGE_JOIN_SIZE_MAX);
    if (list_areas(call->api, part, &shown) &&
        list_skills(call->api, in, language, &shown)) {
        page_render_join(page, language, &text);
        call_header(call, "Vary", "Accept-Language");
        call_header(call, "Cache-Control", "no-store");
        static_headers(call);
        call_send(call, status, "text/html; charset=utf-8", &text);
    } else {
        call_refuse(call, ST_NO_MEMORY, NULL);
    }
    mem_free(shown.areas);
    mem_free(shown.skills);
}

void join_get(struct call *call)
{
    static const struct in_join nothing;
    send_form(call, 200, &nothing, 0, PAGE_NOTICE_NONE);
}

void join_thanks(struct call *call)
{
    struct text text;
    text_init(&text, PAGE_SIZE_MAX);
    page_render_join_thanks(call->api->settings.duty_phone, link_language(call), &text);
    call_header(call, "Vary", "Accept-Language");
    static_headers(call);
    call_send(call, 200, "text/html; charset=utf-8", &text);
}

/* ---- refusals ---- */
static void refuse(struct call *call, struct problem *problem, unsigned wrong,
                   enum page_notice notice)
{
    if (link_wants_json(call)) {
        call_problem(call, problem);
        return;
    }
    call_retry_after(call, problem);
    send_form(call, problem->status, call->input, wrong, notice);
}

/* Which fields the problem names, as bits. */
static unsigned wrong_fields(const struct problem *problem)
{
    static const char *const names[] = {
#define X(name, field) #field,
        PAGE_JOIN_FIELD_LIST(X)
#undef X
    };
    unsigned ret = 0;
    for (uint32_t i = 0; i < problem->error_count; i++)
        for (unsigned k = 0; k < PAGE_JOIN_FIELD_COUNT; k++)
            if (strncmp(problem->errors[i].pointer + 1, names[k], strlen(names[k])) == 0)
                ret |= 1U << k;
    return ret;
}

static void refuse_fields(struct call *call, struct problem *problem)
{
    refuse(call, problem, wrong_fields(problem), PAGE_NOTICE_INVALID);
}

/* Every form counts, right or wrong. False after an answer. */
static bool check_rate(struct call *call)
{
    struct problem problem;
    int wait_s;
    if (limits_take(&call->api->limits,
                    limits_peer_key(&call->api->limits, "join", http_peer(call->request)),
                    FORMS_PER_HOUR / 3600, FORMS_AT_ONCE, api_mono_ms(call->api),
                    &wait_s))
        return true;
    problem_init(&problem, 429, "too many forms from this address");
    problem.retry_after_s = wait_s;
    refuse(call, &problem, 0, PAGE_NOTICE_TOO_MANY);
    return false;
}

void join_invalid(struct call *call, struct problem *problem)
{
    if (check_rate(call))
        refuse_fields(call, problem);
}

/* ---- POST ---- */
struct join_job {
    struct job job;
    struct applicant applicant;
};

static int run(struct job *job, struct writer *writer, int64_t now_ms,
               struct diag *reterr)
{
    return applicant_put(writer, &((struct join_job *)(void *)job)->applicant, now_ms,
                         reterr);
}

static void kept(struct job *job)
{
    struct call *call = job->call;
    struct problem problem;
    if (job->status == 0 && link_wants_json(call)) {
        call_empty(call, 204);
        return;
    }
    if (job->status == 0) {
        call_header(call, "Location", "/join/thanks");
        call_empty(call, 303);
        return;
    }
    const struct diag *diag = &job->command->diag;
    problem_from_status(&problem, job->status, diag);
    if (job->status == ST_NOT_FOUND) { /* the area went while the form was filled in */
        problem_init(&problem, 422, "the form is not as it should be");
        problem_add(&problem, "/area", "there is no such area");
        refuse_fields(call, &problem);
        return;
    }
    refuse(call, &problem, 0,
           job->status == ST_BUSY && strcmp(diag->where, "applicant") == 0
               ? PAGE_NOTICE_FULL
               : PAGE_NOTICE_NOT_KEPT);
}

/* Copies VALUE without the white space around it. False: blank, or longer than that. */
static bool copy_trimmed(const char *value, char *ret, size_t size)
{
    char copy[COPY_SIZE];
    if ((size_t)snprintf(copy, sizeof copy, "%s", value) >= sizeof copy)
        return false;
    const char *trimmed = text_trim(copy);
    return *trimmed != '\0' && (size_t)snprintf(ret, size, "%s", trimmed) < size;
}

/* A mark of direction turns the telephone number around that stands behind a name. */
static bool has_marks(const char *name)
{
    char seen[PERSON_NAME_MAX + 1];
    (void)snprintf(seen, sizeof seen, "%s", name);
    text_drop_blanks(seen);
    return text_has_hidden(seen) || strpbrk(name, "\t\r\n") != NULL;
}

static void read_name(const struct in_join *in, struct applicant *ret,
                      struct problem *problem)
{
    if (!copy_trimmed(entered(&in->name), ret->name, sizeof ret->name) ||
        body_characters(ret->name) > JOIN_NAME_MAX || has_marks(ret->name))
        problem_add(problem, "/name", "must be a name of at most %d characters",
                    JOIN_NAME_MAX);
}

static void read_phone(const struct in_join *in, struct applicant *ret,
                       struct problem *problem)
{
    char written[COPY_SIZE] = "";
    if (strlen(entered(&in->phone)) < sizeof written)
        (void)snprintf(written, sizeof written, "%s", entered(&in->phone));
    text_tidy_phone(written);
    if (!copy_trimmed(written, ret->phone, sizeof ret->phone) ||
        !applicant_phone_is_right(ret->phone))
        problem_add(problem, "/phone", "is no telephone number");
}

static void read_skills(const struct call *call, const struct in_join *in,
                        struct applicant *ret, struct problem *problem)
{
    const struct skill_table *table = &call->api->skills;
    const char *const *items = in->skills.items;
    size_t size = 0;
    for (uint32_t i = 0; i < in->skills.count; i++)
        if (skill_find(table, items[i]) < 0)
            problem_add(problem, "/skills", "there is no such skill");
    for (uint32_t i = 0; i < table->count; i++)
        if (is_chosen(in, table->skills[i].code))
            size += (size_t)snprintf(ret->skills + size, sizeof ret->skills - size,
                                     "%s%s", size == 0 ? "" : ";", table->skills[i].code);
}

/* False after a 422 that names every wrong field. */
static bool read_fields(struct call *call, const struct in_join *in,
                        struct applicant *ret)
{
    struct problem problem;
    problem_init(&problem, 0, "the form is not as it should be");
    read_name(in, ret, &problem);
    read_phone(in, ret, &problem);
    const struct area *area = area_by_code(&call->api->areas, entered(&in->area));
    if (area == NULL)
        problem_add(&problem, "/area", "there is no such area");
    else
        ret->area_id = area->id;
    if (!in->mode.given)
        problem_add(&problem, "/mode", "is required");
    ret->mode = (enum road_mode)in->mode.value;
    read_skills(call, in, ret, &problem);
    if (in->consent.value == 0)
        problem_add(&problem, "/consent", "is required: else nothing may be kept");
    if (problem.error_count == 0)
        return true;
    refuse_fields(call, &problem);
    return false;
}

/* A page of another site may fetch our form with its nonce, but a browser says from where
 * it is sent. (There is no Origin to look at: our pages send no referrer.) */
static bool is_from_elsewhere(const struct call *call)
{
    const char *site = http_header(call->request, "Sec-Fetch-Site");
    return site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
}

static bool is_of_our_page(const struct call *call, const char *nonce)
{
    uint64_t unused;
    const int64_t today = page_of(call->now_ms);
    return view_check_nonce(call->api, today, nonce, &unused) ||
           view_check_nonce(call->api, today + 1, nonce, &unused);
}

/* False after an answer. */
static bool check_form(struct call *call, const struct in_join *in)
{
    struct problem problem;
    if (!is_from_elsewhere(call) && is_of_our_page(call, entered(&in->nonce)))
        return true;
    problem_init(&problem, 422, "the form is not of this page, or two days old");
    problem_add(&problem, "/nonce", "is not of this page: load it again");
    refuse(call, &problem, 0, PAGE_NOTICE_STALE);
    return false;
}

void join_post(struct call *call)
{
    const struct in_join *in = call->input;
    if (!check_rate(call) || !check_form(call, in))
        return;
    struct join_job *job = job_new(call, sizeof *job, kept);
    if (job == NULL)
        return;
    if (read_fields(call, in, &job->applicant))
        job_run(&job->job, run);
    else
        job_free(&job->job);
}
