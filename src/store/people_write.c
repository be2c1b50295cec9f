/* SPDX-License-Identifier: Apache-2.0 */
/* Writing people. A change is laid over the row as it stands, and the row is written only
 * if something differs, so that importing the same file twice changes nothing. */
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "store/people_internal.h"
#include "store/people_undo.h"
#include "store/places.h"
#include "store/writer_internal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RETIRED_FEW 100 /* fewer may always leave with a file */
#define NEAR_E7 4600    /* PERSON_NEAR_M, and not less, in degrees of latitude */

static_assert(PERSON_HAS_NAME == (int)PERSON_ROW_NAME &&
                  PERSON_HAS_PLACES == (int)PERSON_ROW_PLACES &&
                  PERSON_HAS_QUIET == (int)PERSON_ROW_QUIET,
              "the bits of a row are those of a change");
#define COPY(to, from) (void)snprintf(to, sizeof(to), "%s", from)

/* A change out of a row of the file. */
static void from_row(struct person *ret, const struct person_row *row)
{
    *ret = (struct person){.crowd = row->crowd, .has = row->has};
    COPY(ret->name, row->name);
    COPY(ret->phone, row->phone);
    COPY(ret->email, row->email);
    COPY(ret->duty, row->duty);
    COPY(ret->quiet, row->quiet);
    ret->organisation_count = row->organisation_count;
    for (uint32_t i = 0; i < row->organisation_count; i++)
        COPY(ret->organisations[i], row->organisations[i]);
    for (uint32_t i = 0; i < row->crowd.place_count; i++)
        COPY(ret->places[i], row->places[i]);
}

/* ---- laying a change over a row -----------------------------------------------------
 */

static void lay_lists(struct person *person, const struct person *change)
{
    struct crowd_person *to = &person->crowd;
    const struct crowd_person *from = &change->crowd;
    if (change->has & PERSON_HAS_CERTIFICATES) {
        to->certificate_count = from->certificate_count;
        memcpy(to->certificates, from->certificates, sizeof to->certificates);
    }
    if (change->has & PERSON_HAS_ORGANISATIONS) {
        person->organisation_count = change->organisation_count;
        memcpy(person->organisations, change->organisations,
               sizeof person->organisations);
    }
    if (change->has & PERSON_HAS_PLACES) {
        to->place_count = from->place_count;
        memcpy(to->places, from->places, sizeof to->places);
        memcpy(person->places, change->places, sizeof person->places);
    }
}

static void lay(struct person *person, const struct person *change)
{
    struct crowd_person *to = &person->crowd;
    const struct crowd_person *from = &change->crowd;
    if (change->has & PERSON_HAS_NAME)
        COPY(person->name, change->name);
    if (change->has & PERSON_HAS_PHONE)
        COPY(person->phone, change->phone);
    if (change->has & PERSON_HAS_EMAIL)
        COPY(person->email, change->email);
    if (change->has & PERSON_HAS_PUSH)
        COPY(person->push, change->push);
    if (change->has & PERSON_HAS_HOME)
        to->home = from->home;
    if (change->has & PERSON_HAS_MODE)
        to->mode = from->mode;
    if (change->has & PERSON_HAS_SKILLS)
        to->skills = from->skills;
    if (change->has & PERSON_HAS_AREA)
        to->area = from->area;
    if (change->has & PERSON_HAS_DUTY) {
        COPY(person->duty, change->duty);
        to->duty = from->duty;
    }
    if (change->has & PERSON_HAS_QUIET) {
        COPY(person->quiet, change->quiet);
        to->quiet_kind = from->quiet_kind;
        to->quiet = from->quiet;
    }
    if (change->has & PERSON_HAS_BIRTH)
        to->birth_day = from->birth_day;
    if (change->has & PERSON_HAS_PAUSED)
        to->paused_until_ms = from->paused_until_ms;
    if (change->has & PERSON_HAS_SUSPENDED)
        to->suspended = from->suspended;
    lay_lists(person, change);
}

/* ---- the row as texts ---------------------------------------------------------------
 */

/* What goes into the columns. Two rows are the same if these are. */
struct image {
    struct text skills, certificates, organisations, whereabouts;
};

static void image_init(struct image *image)
{
    text_init(&image->skills, SKILL_MAX * (SKILL_CODE_MAX + 1));
    text_init(&image->certificates, CROWD_CERTIFICATES_MAX * (SKILL_CODE_MAX + 16));
    text_init(&image->organisations,
              PERSON_ORGANISATIONS_MAX * (PERSON_ORGANISATION_MAX + 1));
    text_init(&image->whereabouts, (CROWD_PLACES_MAX + 1) * (PERSON_HOURS_MAX + 64));
}

static void image_release(struct image *image)
{
    text_release(&image->skills);
    text_release(&image->certificates);
    text_release(&image->organisations);
    text_release(&image->whereabouts);
}

static int image_make(struct image *image, const struct skill_table *skills,
                      const struct person *person)
{
    const struct crowd_person *crowd = &person->crowd;
    text_clear(&image->skills);
    text_clear(&image->certificates);
    text_clear(&image->organisations);
    text_clear(&image->whereabouts);
    rows_skills_text(skills, &crowd->skills, &image->skills);
    for (uint32_t i = 0; i < crowd->certificate_count; i++) {
        char day[TIME_TEXT_SIZE];
        time_format_day(crowd->certificates[i].last_day, day);
        text_appendf(&image->certificates, "%s%s:%s", i == 0 ? "" : ";",
                     skills->certificates[crowd->certificates[i].certificate], day);
    }
    for (uint32_t i = 0; i < person->organisation_count; i++)
        text_appendf(&image->organisations, "%s%s", i == 0 ? "" : ";",
                     person->organisations[i]);
    text_appendf(&image->whereabouts, "%" PRId32 " %" PRId32 " %" PRId32,
                 crowd->home.lat_e7, crowd->home.lon_e7, crowd->birth_day);
    for (uint32_t i = 0; i < crowd->place_count; i++)
        text_appendf(&image->whereabouts, "\n%" PRId32 " %" PRId32 " %s",
                     crowd->places[i].at.lat_e7, crowd->places[i].at.lon_e7,
                     person->places[i]);
    const struct text *texts[] = {&image->skills, &image->certificates,
                                  &image->organisations, &image->whereabouts};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i]->status != ST_OK)
            return texts[i]->status;
    return ST_OK;
}

static bool image_same(const struct image *a, const struct image *b)
{
    return strcmp(text_string(&a->skills), text_string(&b->skills)) == 0 &&
           strcmp(text_string(&a->certificates), text_string(&b->certificates)) == 0 &&
           strcmp(text_string(&a->organisations), text_string(&b->organisations)) == 0 &&
           strcmp(text_string(&a->whereabouts), text_string(&b->whereabouts)) == 0;
}

static bool same_plain(const struct person *a, const struct person *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->phone, b->phone) == 0 &&
           strcmp(a->email, b->email) == 0 && strcmp(a->push, b->push) == 0 &&
           strcmp(a->duty, b->duty) == 0 && strcmp(a->quiet, b->quiet) == 0 &&
           a->crowd.mode == b->crowd.mode && a->crowd.area == b->crowd.area &&
           a->crowd.paused_until_ms == b->crowd.paused_until_ms &&
           a->crowd.suspended == b->crowd.suspended && a->retired == b->retired;
}

/* ---- storing ------------------------------------------------------------------------
 */

static int bind_boxes(struct stage *stage, struct query *query,
                      const struct person *person, const struct image *image)
{
    const char *const texts[] = {person->name, person->phone, person->email,
                                 person->push};
    uint8_t *box, hash[VAULT_HASH_SIZE];
    size_t size;
    int status = vault_seal_texts(stage->vault, person->key_slot, "person.identity",
                                  person->crowd.id, texts, COUNT_OF(texts), &box, &size);
    if (status != ST_OK)
        return status;
    query_blob(query, 16, box, size);
    mem_free(box);
    status = vault_seal(stage->vault, person->key_slot, "person.whereabouts",
                        person->crowd.id, text_string(&image->whereabouts),
                        image->whereabouts.size, &box, &size);
    if (status != ST_OK)
        return status;
    query_blob(query, 17, box, size);
    mem_free(box);
    if (person->phone[0] != '\0') {
        vault_phone_hash(stage->vault, person->phone, hash);
        query_blob(query, 18, hash, sizeof hash);
    }
    return ST_OK;
}

static int store(struct stage *stage, const struct person *person,
                 const struct image *image)
{
    struct query *query = db_query(
        stage->db,
        "INSERT INTO person (id, number, area_id, mode, skills, certificates,"
        " organisations, duty, quiet, paused_until_ms, suspended, retired, erased,"
        " version, key_slot, identity, whereabouts, phone_hash)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
        " ?17, ?18) ON CONFLICT(id) DO UPDATE SET area_id = excluded.area_id,"
        " mode = excluded.mode, skills = excluded.skills,"
        " certificates = excluded.certificates, organisations = excluded.organisations,"
        " duty = excluded.duty, quiet = excluded.quiet,"
        " paused_until_ms = excluded.paused_until_ms, suspended = excluded.suspended,"
        " retired = excluded.retired, version = excluded.version,"
        " identity = excluded.identity, whereabouts = excluded.whereabouts,"
        " phone_hash = excluded.phone_hash");
    query_int(query, 1, person->crowd.id);
    query_text(query, 2, person->crowd.number);
    query_int(query, 3, person->crowd.area);
    query_text(query, 4, road_mode_name(person->crowd.mode));
    query_text(query, 5, text_string(&image->skills));
    query_text(query, 6, text_string(&image->certificates));
    query_text(query, 7, text_string(&image->organisations));
    query_text(query, 8, person->duty);
    query_text(query, 9, person->quiet);
    query_int(query, 10, person->crowd.paused_until_ms);
    query_int(query, 11, person->crowd.suspended);
    query_int(query, 12, person->retired);
    query_int(query, 13, person->erased);
    query_int(query, 14, person->version);
    query_int(query, 15, person->key_slot);
    int status = bind_boxes(stage, query, person, image);
    return status == ST_OK ? query_run(query) : status;
}

/* The names that there are: of files, so that a new one is told of, and for lists. */
static int put_organisations(struct writer *writer, const struct person *person)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < person->organisation_count && status == ST_OK; i++) {
        struct query *query =
            db_query(writer_db(writer), "SELECT 1 FROM organisation WHERE name = ?1");
        query_text(query, 1, person->organisations[i]);
        status = query_step(query);
        query_reset(query);
        if (status != 0) {
            status = status < 0 ? status : ST_OK;
            continue;
        }
        query = db_query(writer_db(writer),
                         "INSERT INTO organisation (id, name) VALUES (?1, ?2)");
        query_int(query, 1, writer_new_id(writer));
        query_text(query, 2, person->organisations[i]);
        status = query_run(query);
    }
    return status;
}

/* Another telephone is perhaps another one's: the notifications on the one before end. */
static void leave_browser(struct vault *vault, const char *phone, struct person *person)
{
    uint8_t before[VAULT_HASH_SIZE], after[VAULT_HASH_SIZE];
    vault_phone_hash(vault, phone, before);
    vault_phone_hash(vault, person->phone, after);
    if (memcmp(before, after, sizeof before) != 0)
        person->push[0] = '\0';
}

enum put_result { PUT_ADDED, PUT_CHANGED, PUT_SAME };

/* Who has CHANGE's number, or somebody new with it. ST_INVALID: too little is said of
 * somebody new; ST_CONFLICT: erased. */
static int find_or_begin(struct stage *stage, const struct person *change,
                         struct person *ret, bool *ret_is_new, struct diag *reterr)
{
    const char *number = change->crowd.number;
    const int status =
        person_by_number(stage->db, stage->vault, &stage->skills, number, ret);
    *ret_is_new = status == ST_NOT_FOUND;
    if (status == ST_OK && ret->erased)
        return diag_set(reterr, ST_CONFLICT, 0, 0, "number", "%s was erased", number);
    if (status != ST_NOT_FOUND)
        return status;
    const unsigned needed = PERSON_HAS_NAME | PERSON_HAS_HOME;
    if ((change->has & needed) != needed)
        return diag_set(reterr, ST_INVALID, 0, 0, "name",
                        "%s is new: name, lat and lon are needed", number);
    *ret = (struct person){0};
    ret->crowd.birth_day = INT32_MIN;
    memcpy(ret->crowd.number, number, sizeof ret->crowd.number);
    ret->crowd.id = stage_new_id(stage);
    return vault_new_slot(stage->vault, &ret->key_slot);
}

/* One person; without an event. CHANGE gets id and version. IMPORT_ID: what can be taken
 * back (0 = nothing). */
static int put_one(struct writer *writer, struct person *change, int64_t import_id,
                   enum put_result *ret, struct person *scratch, struct diag *reterr)
{
    struct stage *stage = writer_stage(writer);
    struct image before, after;
    image_init(&before);
    image_init(&after);
    struct person *person = scratch;
    bool is_new;
    int status = find_or_begin(stage, change, person, &is_new, reterr);
    if (status == ST_OK && !is_new)
        status = image_make(&before, &stage->skills, person);
    enum put_result result = PUT_ADDED;
    if (status == ST_OK) {
        bool was_retired = person->retired;
        static const struct person nobody;
        const struct person old = is_new ? nobody : *person;
        person->retired = false;
        lay(person, change);
        if (!is_new && (change->has & PERSON_HAS_PUSH) == 0)
            leave_browser(stage->vault, old.phone, person);
        status = image_make(&after, &stage->skills, person);
        if (!is_new)
            result = status == ST_OK && !was_retired && same_plain(&old, person) &&
                             image_same(&before, &after)
                         ? PUT_SAME
                         : PUT_CHANGED;
    }
    if (status == ST_OK && result != PUT_SAME) {
        person->version++;
        status = people_undo_keep(stage, import_id, person->crowd.id, is_new);
        if (status == ST_OK)
            status = store(stage, person, &after);
        if (status == ST_OK)
            status = put_organisations(writer, change);
        if (status == ST_OK)
            status = writer_person_changed(writer, person->crowd.id);
    }
    image_release(&before);
    image_release(&after);
    if (status != ST_OK)
        return status;
    change->crowd.id = person->crowd.id;
    change->version = person->version;
    *ret = result;
    return ST_OK;
}

int person_put(struct writer *writer, struct person *change, int64_t actor,
               int64_t now_ms, struct diag *reterr)
{
    struct person *scratch = mem_alloc(sizeof *scratch);
    if (scratch == NULL)
        return ST_NO_MEMORY;
    enum put_result result;
    int status = put_one(writer, change, 0, &result, scratch, reterr);
    mem_free(scratch);
    if (status != ST_OK || result == PUT_SAME)
        return status;
    return writer_note(writer, result == PUT_ADDED ? "person.added" : "person.changed",
                       actor, change->crowd.id, NULL, now_ms);
}

int person_patch(struct writer *writer, struct person *change, int64_t version,
                 int64_t actor, int64_t now_ms, struct diag *reterr)
{
    struct query *query =
        db_query(writer_db(writer), "SELECT version FROM person WHERE number = ?1");
    query_text(query, 1, change->crowd.number);
    int64_t found;
    const int status = query_find_int(query, &found);
    if (status != ST_OK)
        return status;
    if (version != 0 && version != found)
        return diag_set(reterr, ST_STALE, 0, 0, "If-Match", "somebody else changed it");
    return person_put(writer, change, actor, now_ms, reterr);
}

int person_forget_push(struct writer *writer, int64_t id, int64_t now_ms,
                       struct diag *reterr)
{
    struct person *change = mem_calloc(1, sizeof *change);
    if (change == NULL)
        return ST_NO_MEMORY;
    struct query *query = db_query(
        writer_db(writer), "SELECT number FROM person WHERE id = ?1 AND alias_of = 0");
    query_int(query, 1, id);
    int status = query_step(query);
    if (status == 1) {
        COPY(change->crowd.number, query_get_text(query, 0));
        query_reset(query);
        change->has = PERSON_HAS_PUSH;
        status = person_put(writer, change, 0, now_ms, reterr);
    }
    mem_free(change);
    return status;
}

/* ---- import -------------------------------------------------------------------------
 */

static int warn(struct people_import *import, uint32_t line, const char *code,
                const char *other)
{
    if (import->warning_count >= PEOPLE_WARNINGS_MAX)
        return ST_OK; /* the first thousand tell the story */
    int status =
        mem_grow(&import->warnings, &import->warning_capacity, import->warning_count + 1,
                 sizeof *import->warnings, PEOPLE_WARNINGS_MAX);
    if (status != ST_OK)
        return status;
    struct people_warning *warning = &import->warnings[import->warning_count++];
    *warning = (struct people_warning){.line = line, .code = code};
    COPY(warning->other, other);
    return ST_OK;
}

/* Somebody else with the same telephone. */
static int check_phone(struct stage *stage, struct people_import *import, uint32_t line,
                       const struct person *person)
{
    if ((person->has & PERSON_HAS_PHONE) == 0)
        return ST_OK;
    struct person_other other;
    const int status = person_of_phone(stage->db, stage->vault, person->phone,
                                       person->crowd.number, &other);
    return status == 1 ? warn(import, line, "same_telephone", other.number) : status;
}

/* Names seen, to find the same one nearby: sorted by name once all rows are in. */
struct seen {
    char *name; /* mem_free */
    char number[CROWD_NUMBER_MAX + 1];
    struct point home;
    uint32_t line; /* 0 = not of this file */
};
struct seen_list {
    struct seen *items;
    uint32_t count, capacity;
    const struct people_import *import;
};

static int note_seen(void *context, const struct person *person)
{
    struct seen_list *list = context;
    if (list->import->stop != NULL && *list->import->stop)
        return ST_CLOSED;
    int status = mem_grow(&list->items, &list->capacity, list->count + 1,
                          sizeof *list->items, PEOPLE_MAX);
    if (status != ST_OK)
        return status;
    struct seen *seen = &list->items[list->count];
    *seen = (struct seen){.name = mem_strdup(person->name), .home = person->crowd.home};
    if (seen->name == NULL)
        return ST_NO_MEMORY;
    text_drop_blanks(seen->name);
    COPY(seen->number, person->crowd.number);
    list->count++;
    return ST_OK;
}

/* By name, then from south to north, so that neighbours stand close together. */
static int by_name(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    if (order != 0)
        return order;
    if (x->home.lat_e7 != y->home.lat_e7)
        return x->home.lat_e7 < y->home.lat_e7 ? -1 : 1;
    return strcmp(x->number, y->number);
}

static int by_number(const void *a, const void *b)
{
    return strcmp(((const struct seen *)a)->number, ((const struct seen *)b)->number);
}

/* Lines of the file, so that only pairs with a row of it are told. */
static void note_lines(struct seen_list *list)
{
    qsort(list->items, list->count, sizeof *list->items, by_number);
    for (uint32_t i = 0; i < list->import->count; i++) {
        struct seen key = {.line = 0};
        COPY(key.number, list->import->rows[i].crowd.number);
        struct seen *found =
            bsearch(&key, list->items, list->count, sizeof *list->items, by_number);
        if (found != NULL)
            found->line = list->import->rows[i].line;
    }
}

static int check_names(struct stage *stage, struct people_import *import)
{
    struct seen_list list = {.import = import};
    int status = people_each(stage->db, stage->vault, &stage->skills, note_seen, &list);
    if (status == ST_OK) {
        note_lines(&list);
        qsort(list.items, list.count, sizeof *list.items, by_name);
    }
    for (uint32_t i = 1; i < list.count && status == ST_OK; i++) {
        const struct seen *a = &list.items[i];
        for (uint32_t k = i; k-- > 0 && status == ST_OK;) {
            const struct seen *b = &list.items[k];
            if (strcmp(a->name, b->name) != 0 ||
                a->home.lat_e7 - b->home.lat_e7 > NEAR_E7 ||
                import->warning_count >= PEOPLE_WARNINGS_MAX)
                break;
            if ((a->line != 0 || b->line != 0) &&
                point_distance_m(a->home, b->home) <= PERSON_NEAR_M)
                status = a->line != 0
                             ? warn(import, a->line, "same_name_near", b->number)
                             : warn(import, b->line, "same_name_near", a->number);
        }
    }
    for (uint32_t i = 0; i < list.count; i++)
        mem_free(list.items[i].name);
    mem_free(list.items);
    return status;
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A file that lacks so many of BEFORE people was perhaps cut short, or is of one town. */
static int expect_whole(const struct people_import *import, uint32_t missing,
                        uint32_t before, struct diag *reterr)
{
    if (import->dry_run || import->retire_most || missing < RETIRED_FEW ||
        missing <= before / 2)
        return ST_OK;
    return diag_set(
        reterr, ST_CONFLICT, 0, 0, "",
        "%u of the %u people on record are not in the file and would leave: see "
        "that it is whole; if that is meant, add --retire-most (HTTP: "
        "retire_most=true)",
        missing, before);
}

/* Everybody who is not in the file retires. */
static int retire_missing(struct writer *writer, struct people_import *import,
                          int64_t import_id, struct diag *reterr)
{
    struct stage *stage = writer_stage(writer);
    const char **numbers = mem_alloc((size_t)import->count * sizeof *numbers);
    int64_t *gone = NULL;
    uint32_t gone_count = 0, gone_capacity = 0, count = 0;
    if (numbers == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < import->count; i++)
        numbers[i] = import->rows[i].crowd.number;
    qsort(numbers, import->count, sizeof *numbers, name_compare);
    struct query *query =
        db_query(stage->db, "SELECT id, number FROM person WHERE retired = 0"
                            " AND erased = 0 AND alias_of = 0");
    int status;
    while ((status = query_step(query)) == 1) {
        const char *number = query_get_text(query, 1);
        count++;
        if (bsearch(&number, numbers, import->count, sizeof *numbers, name_compare))
            continue;
        status =
            mem_grow(&gone, &gone_capacity, gone_count + 1, sizeof *gone, PEOPLE_MAX);
        if (status != ST_OK) {
            query_reset(query);
            break;
        }
        gone[gone_count++] = query_get_int(query, 0);
    }
    if (status == ST_OK)
        status = expect_whole(import, gone_count, count - import->added, reterr);
    for (uint32_t i = 0; i < gone_count && status == ST_OK; i++) {
        status = people_undo_keep(stage, import_id, gone[i], false);
        if (status != ST_OK)
            break;
        query = db_query(stage->db, "UPDATE person SET retired = 1,"
                                    " version = version + 1 WHERE id = ?1");
        query_int(query, 1, gone[i]);
        status = query_run(query);
        if (status == ST_OK)
            status = writer_person_changed(writer, gone[i]);
    }
    import->retired = gone_count;
    if (status == ST_OK && gone_count > 0)
        status = teams_left(stage->db, &import->teams_left);
    mem_free(numbers);
    mem_free(gone);
    return status;
}

/* A server that stops does not wait for a long import. */
static int must_stop(const struct people_import *import, struct diag *reterr)
{
    if (import->stop == NULL || !*import->stop)
        return ST_OK;
    return diag_set(reterr, ST_CLOSED, 0, 0, "import",
                    "the server stops; nothing was imported");
}

/* 1 if NUMBER stands for somebody else since a merge: the row of that one counts. */
static int is_alias(struct stage *stage, const char *number)
{
    struct query *query =
        db_query(stage->db, "SELECT 1 FROM person WHERE number = ?1 AND alias_of <> 0");
    query_text(query, 1, number);
    int status = query_step(query);
    query_reset(query);
    return status;
}

/* What is told of PERSON, as stored now, with all the others. */
static void count_result(struct people_import *import, enum put_result result,
                         const struct person *person, const struct skill_table *skills,
                         int32_t today)
{
    const int32_t birth = person->crowd.birth_day;
    import->added += result == PUT_ADDED;
    import->changed += result == PUT_CHANGED;
    import->same += result == PUT_SAME;
    if (result == PUT_SAME)
        return;
    import->unplaced +=
        result == PUT_ADDED && import->has_areas && person->crowd.area == 0;
    import->under_age += crowd_is_under_age(&person->crowd, today);
    import->too_old +=
        birth != INT32_MIN && today - birth > PERSON_YEARS_MAX * 36525 / 100;
    import->uncounted += crowd_skill_lapses(&person->crowd, skills, today);
}

static int import_rows(struct writer *writer, struct people_import *import,
                       int64_t import_id, int64_t now_ms, struct diag *reterr)
{
    struct person *change = mem_alloc(2 * sizeof *change);
    int status = change == NULL ? ST_NO_MEMORY : ST_OK;
    for (uint32_t i = 0; i < import->count && status == ST_OK; i++) {
        enum put_result result = PUT_SAME;
        from_row(change, &import->rows[i]);
        status = must_stop(import, reterr);
        if (status != ST_OK)
            break;
        int alias = is_alias(writer_stage(writer), change->crowd.number);
        if (alias == 1) {
            import->same++;
            continue;
        }
        status = alias < 0
                     ? alias
                     : put_one(writer, change, import_id, &result, change + 1, reterr);
        if (status != ST_OK && reterr != NULL)
            reterr->line = import->rows[i].line;
        if (status != ST_OK)
            break;
        count_result(import, result, change + 1, &writer_stage(writer)->skills,
                     time_local_day(now_ms));
        status = check_phone(writer_stage(writer), import, import->rows[i].line, change);
    }
    mem_free(change);
    return status;
}

static int import_all(struct writer *writer, struct people_import *import, int64_t actor,
                      int64_t now_ms, struct diag *reterr)
{
    struct stage *stage = writer_stage(writer);
    const int64_t id =
        import->dry_run || import->count > PEOPLE_UNDO_MAX ? 0 : stage_new_id(stage);
    int status = ST_OK;
    if (import->skills != NULL && !skill_table_extends(import->skills, &stage->skills))
        return diag_set(reterr, ST_STALE, 0, 0, "skills",
                        "somebody else changed the skills meanwhile; import again");
    if (import->skills != NULL)
        status = skills_store(writer, import->skills, actor, now_ms);
    if (status == ST_OK)
        status = import_rows(writer, import, id, now_ms, reterr);
    if (status == ST_OK && !import->skip_names)
        status = check_names(stage, import);
    if (status == ST_OK)
        status = must_stop(import, reterr);
    if (status == ST_OK && import->retire_missing)
        status = retire_missing(writer, import, id, reterr);
    uint32_t count = import->added + import->changed + import->retired;
    if (status == ST_OK && count > 0)
        status = people_undo_note(stage, id, import, actor, now_ms);
    if (status == ST_OK && count > 0)
        status = stage_note(stage, "people.imported", actor, 0, NULL, count, now_ms);
    return status;
}

int people_import(struct writer *writer, struct people_import *import, int64_t actor,
                  int64_t now_ms, struct diag *reterr)
{
    struct stage *stage = writer_stage(writer);
    import->added = import->changed = import->same = import->retired = 0;
    import->teams_left = 0;
    import->unplaced = import->under_age = import->too_old = import->uncounted = 0;
    if (!import->dry_run)
        return import_all(writer, import, actor, now_ms, reterr);
    /* The same work, taken back: so the counts and warnings are the real ones. */
    struct chain_mark chain_before;
    struct stage_mark stage_before;
    chain_mark(stage->chain, &chain_before);
    stage_mark(stage, &stage_before);
    int status = db_savepoint(stage->db);
    if (status != ST_OK)
        return status;
    status = import_all(writer, import, actor, now_ms, reterr);
    int undone = db_savepoint_rollback(stage->db);
    chain_back_to(stage->chain, &chain_before);
    if (undone == ST_OK)
        undone = stage_command_refused(stage, &stage_before);
    return status == ST_OK ? undone : status;
}

void people_import_release(struct people_import *import)
{
    mem_free(import->warnings);
    import->warnings = NULL;
    import->warning_count = import->warning_capacity = 0;
}
