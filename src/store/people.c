/* SPDX-License-Identifier: Apache-2.0 */
/* Reading people. Two boxes a row: `identity` (name, telephone, e-mail, browser), which
 * pages and messages need, and `whereabouts`, which the crowd needs: one line a place,
 *
 *     LAT_E7 LON_E7 BIRTH_DAY        home; INT32_MIN = not known
 *     LAT_E7 LON_E7 HOURS            up to four places, hours as written
 */
#include "store/people.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "store/db.h"
#include "store/people_internal.h"
#include "store/rows.h"
#include "store/vault.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                          \
    "id, number, alias_of, area_id, mode, skills, certificates, organisations, duty,"    \
    " quiet, paused_until_ms, suspended, retired, erased, version, key_slot, identity,"  \
    " whereabouts"

#define COUNTER_DIGITS_MAX 9 /* at the end of a number */

static void copy_text(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from);
}

/* Calls TAKE for every part of a list with ';' between. */
static int each_part(const char *list, int (*take)(void *context, const char *part),
                     void *context)
{
    while (*list != '\0') {
        char part[PERSON_ORGANISATION_MAX + 64];
        size_t size = strcspn(list, ";");
        if (size >= sizeof part)
            return ST_CORRUPT;
        memcpy(part, list, size);
        part[size] = '\0';
        int status = take(context, part);
        if (status != ST_OK)
            return status;
        list += size + (list[size] == ';');
    }
    return ST_OK;
}

static int take_organisation(void *context, const char *part)
{
    struct person *person = context;
    if (person->organisation_count >= PERSON_ORGANISATIONS_MAX)
        return ST_CORRUPT;
    copy_text(person->organisations[person->organisation_count++],
              PERSON_ORGANISATION_MAX + 1, part);
    return ST_OK;
}

struct certificates {
    struct crowd_person *person;
    const struct skill_table *skills;
};

static int take_certificate(void *context, const char *part)
{
    struct certificates *all = context;
    struct crowd_person *person = all->person;
    if (person->certificate_count >= CROWD_CERTIFICATES_MAX ||
        !crowd_read_certificate(all->skills, part,
                                &person->certificates[person->certificate_count]))
        return ST_CORRUPT;
    person->certificate_count++;
    return ST_OK;
}

/* Home, birth and places of the text form; ST_CORRUPT. */
static int parse_whereabouts(const char *text, struct person *ret)
{
    struct crowd_person *crowd = &ret->crowd;
    int used = 0;
    if (sscanf(text, "%" SCNd32 " %" SCNd32 " %" SCNd32 "%n", &crowd->home.lat_e7,
               &crowd->home.lon_e7, &crowd->birth_day, &used) != 3)
        return ST_CORRUPT;
    text += used;
    crowd->place_count = 0;
    while (*text == '\n' && text[1] != '\0') {
        if (crowd->place_count >= CROWD_PLACES_MAX)
            return ST_CORRUPT;
        struct crowd_place *place = &crowd->places[crowd->place_count];
        text++;
        if (sscanf(text, "%" SCNd32 " %" SCNd32 "%n", &place->at.lat_e7,
                   &place->at.lon_e7, &used) != 2)
            return ST_CORRUPT;
        text += used + (text[used] == ' ');
        size_t size = strcspn(text, "\n");
        char *hours = ret->places[crowd->place_count++];
        if (size > PERSON_HOURS_MAX)
            return ST_CORRUPT;
        memcpy(hours, text, size);
        hours[size] = '\0';
        if (hours_parse(hours, &place->hours, NULL) != ST_OK)
            return ST_CORRUPT;
        text += size;
    }
    return ST_OK;
}

static int unseal_identity(struct query *query, struct vault *vault, struct person *ret)
{
    size_t size;
    const void *box = query_get_blob(query, 16, &size);
    struct vault_texts texts;
    int status = vault_unseal_texts(vault, ret->key_slot, "person.identity",
                                    ret->crowd.id, box, size, &texts);
    if (status != ST_OK)
        return status;
    copy_text(ret->name, sizeof ret->name, texts.texts[0]);
    copy_text(ret->phone, sizeof ret->phone, texts.texts[1]);
    copy_text(ret->email, sizeof ret->email, texts.texts[2]);
    copy_text(ret->push, sizeof ret->push, texts.texts[3]);
    ret->crowd.has_email = ret->email[0] != '\0';
    ret->crowd.has_phone = ret->phone[0] != '\0';
    ret->crowd.has_push = ret->push[0] != '\0';
    vault_texts_release(&texts);
    return ST_OK;
}

static int unseal_whereabouts(struct query *query, struct vault *vault,
                              struct person *ret)
{
    size_t box_size, size;
    const void *box = query_get_blob(query, 17, &box_size);
    char *plain;
    int status = vault_unseal(vault, ret->key_slot, "person.whereabouts", ret->crowd.id,
                              box, box_size, &plain, &size);
    if (status != ST_OK)
        return status;
    status = parse_whereabouts(plain, ret);
    mem_free(plain);
    return status;
}

static int parse_hours(struct person *ret)
{
    struct crowd_person *crowd = &ret->crowd;
    if (hours_parse(ret->duty, &crowd->duty, NULL) != ST_OK)
        return ST_CORRUPT;
    crowd->quiet_kind = ret->quiet[0] == '\0'             ? CROWD_QUIET_DEFAULT
                        : strcmp(ret->quiet, "none") == 0 ? CROWD_QUIET_NONE
                                                          : CROWD_QUIET_OWN;
    if (crowd->quiet_kind == CROWD_QUIET_OWN &&
        hours_parse(ret->quiet, &crowd->quiet, NULL) != ST_OK)
        return ST_CORRUPT;
    return ST_OK;
}

/* The row a query stands on. */
static int read_row(struct query *query, struct vault *vault,
                    const struct skill_table *skills, struct person *ret)
{
    *ret = (struct person){0};
    struct crowd_person *crowd = &ret->crowd;
    crowd->id = query_get_int(query, 0);
    copy_text(crowd->number, sizeof crowd->number, query_get_text(query, 1));
    crowd->area = query_get_int(query, 3);
    if (!road_mode_parse(query_get_text(query, 4), &crowd->mode))
        return ST_CORRUPT;
    struct certificates certificates = {crowd, skills};
    int status = ST_OK;
    if (skills != NULL)
        status = rows_skills_parse(skills, query_get_text(query, 5), &crowd->skills);
    if (status == ST_OK && skills != NULL)
        status = each_part(query_get_text(query, 6), take_certificate, &certificates);
    if (status == ST_OK)
        status = each_part(query_get_text(query, 7), take_organisation, ret);
    if (status != ST_OK)
        return ST_CORRUPT;
    copy_text(ret->duty, sizeof ret->duty, query_get_text(query, 8));
    copy_text(ret->quiet, sizeof ret->quiet, query_get_text(query, 9));
    crowd->paused_until_ms = query_get_int(query, 10);
    crowd->suspended = query_get_int(query, 11) != 0;
    ret->retired = query_get_int(query, 12) != 0;
    ret->erased = query_get_int(query, 13) != 0;
    ret->version = query_get_int(query, 14);
    ret->key_slot = query_get_int(query, 15);
    ret->has = PERSON_HAS_ALL;
    crowd->birth_day = INT32_MIN;
    status = parse_hours(ret);
    if (status == ST_OK && vault != NULL && !ret->erased)
        status = unseal_identity(query, vault, ret);
    if (status == ST_OK && vault != NULL && !ret->erased)
        status = unseal_whereabouts(query, vault, ret);
    /* A destroyed key: the row is a bare number. */
    return status == ST_NOT_FOUND ? ST_OK : status;
}

int person_by_id(struct db *db, struct vault *vault, const struct skill_table *skills,
                 int64_t id, struct person *ret)
{
    for (int hops = 0; hops < 8; hops++) { /* aliases of aliases, never a ring */
        struct query *query =
            db_query(db, "SELECT " COLUMNS " FROM person WHERE id = ?1");
        query_int(query, 1, id);
        int status = query_step(query);
        if (status != 1)
            return status == 0 ? ST_NOT_FOUND : status;
        int64_t alias_of = query_get_int(query, 2);
        if (alias_of == 0) {
            status = read_row(query, vault, skills, ret);
            query_reset(query);
            return status;
        }
        query_reset(query);
        id = alias_of;
    }
    return ST_CORRUPT;
}

int person_by_number(struct db *db, struct vault *vault, const struct skill_table *skills,
                     const char *number, struct person *ret)
{
    struct query *query = db_query(db, "SELECT id FROM person WHERE number = ?1");
    query_text(query, 1, number);
    int64_t id;
    const int status = query_find_int(query, &id);
    return status == ST_OK ? person_by_id(db, vault, skills, id, ret) : status;
}

int person_has_number(struct db *db, const char *number)
{
    struct query *query = db_query(db, "SELECT 1 FROM person WHERE number = ?1");
    query_text(query, 1, number);
    const int status = query_step(query);
    query_reset(query);
    return status;
}

int person_of_phone(struct db *db, struct vault *vault, const char *phone,
                    const char *besides, struct person_other *ret)
{
    if (*phone == '\0')
        return 0;
    uint8_t hash[VAULT_HASH_SIZE];
    vault_phone_hash(vault, phone, hash);
    struct query *query =
        db_query(db, "SELECT number, area_id, retired FROM person WHERE phone_hash = ?1"
                     " AND number <> ?2 AND alias_of = 0 ORDER BY retired, id LIMIT 1");
    query_blob(query, 1, hash, sizeof hash);
    query_text(query, 2, besides);
    const int status = query_step(query);
    if (status == 1) {
        copy_text(ret->number, sizeof ret->number, query_get_text(query, 0));
        ret->area_id = query_get_int(query, 1);
        ret->retired = query_get_int(query, 2) != 0;
    }
    query_reset(query);
    return status;
}

static bool is_same_name(const char *one, const char *other)
{
    char a[PERSON_NAME_MAX + 1], b[PERSON_NAME_MAX + 1];
    copy_text(a, sizeof a, one);
    copy_text(b, sizeof b, other);
    text_drop_blanks(a);
    text_drop_blanks(b);
    return strcmp(a, b) == 0;
}

/* Whether ID is another one of the person's name; fills RET then. */
static int has_name_of(struct db *db, struct vault *vault, int64_t id,
                       const struct person *person, struct person_other *ret)
{
    struct person_identity who;
    const int status = person_identity(db, vault, id, &who);
    if (status != ST_OK)
        return status == ST_NOT_FOUND || status == ST_CORRUPT ? 0 : status;
    if (!is_same_name(who.name, person->name) ||
        strcmp(who.number, person->crowd.number) == 0)
        return 0;
    *ret = (struct person_other){.area_id = who.area_id};
    copy_text(ret->number, sizeof ret->number, who.number);
    return 1;
}

int person_of_name_near(struct db *db, struct vault *vault, struct crowd *crowd,
                        const struct person *person, struct person_other *ret)
{
    struct box box = box_empty();
    struct crowd_whereabouts_list list;
    box_add(&box, person->crowd.home);
    int status = crowd_list_homes(crowd, box_grown(box, PERSON_NEAR_M), &list);
    if (status != ST_OK)
        return status;
    uint32_t opened = 0;
    for (uint32_t i = 0; i < list.count && status == 0 && opened < PERSON_NEAR_MAX; i++)
        if (point_distance_m(list.items[i].at, person->crowd.home) <= PERSON_NEAR_M) {
            opened++;
            status = has_name_of(db, vault, list.items[i].id, person, ret);
        }
    mem_free(list.items);
    return status;
}

/* Whether the number is taken that stands COUNT behind LIKE, whose counter begins at AT;
 * it is written to RET. */
static int is_taken(struct db *db, const char *like, size_t at, int64_t count,
                    char ret[CROWD_NUMBER_MAX + 1])
{
    const int size =
        snprintf(ret, CROWD_NUMBER_MAX + 1, "%.*s%0*lld", (int)at, like,
                 (int)strlen(like + at), strtoll(like + at, NULL, 10) + (long long)count);
    return size > CROWD_NUMBER_MAX ? ST_NOT_FOUND : person_has_number(db, ret);
}

/* Steps that double as long as they meet somebody, then the last one in halves: what
 * stands TAKEN behind is taken, what stands STEP further is free. */
int person_free_number(struct db *db, const char *like, char ret[CROWD_NUMBER_MAX + 1])
{
    const size_t size = strlen(like);
    size_t at = size;
    while (at > 0 && size - at < COUNTER_DIGITS_MAX &&
           isdigit((unsigned char)like[at - 1]))
        at--;
    if (at == size)
        return ST_NOT_FOUND;
    int64_t taken = 0, step = 1;
    int status;
    while ((status = is_taken(db, like, at, taken + step, ret)) == 1) {
        taken += step;
        step *= 2;
    }
    while (status >= 0 && step > 1) {
        step /= 2;
        status = is_taken(db, like, at, taken + step, ret);
        taken += status == 1 ? step : 0;
    }
    return status == 1 ? is_taken(db, like, at, taken + 1, ret) : status;
}

int people_walk(struct db *db, struct vault *vault, const struct skill_table *skills,
                const struct people_range *range,
                int (*visit)(void *context, const struct person *person), void *context)
{
    struct query *query =
        db_query(db, "SELECT " COLUMNS " FROM person WHERE id > ?1 AND id <= ?2"
                     " AND retired = 0 AND erased = 0 AND alias_of = 0 ORDER BY id");
    query_int(query, 1, range->after);
    query_int(query, 2, range->last);
    struct person *person = mem_alloc(sizeof *person);
    if (person == NULL)
        return ST_NO_MEMORY;
    int status;
    while ((status = query_step(query)) == 1) {
        status = read_row(query, vault, skills, person);
        if (status == ST_OK)
            status = visit(context, person);
        if (status != ST_OK) {
            query_reset(query);
            break;
        }
    }
    mem_free(person);
    return status;
}

int people_last_id(struct db *db, int64_t *ret)
{
    return query_find_int(db_query(db, "SELECT coalesce(max(id), 0) FROM person"), ret);
}

int people_each(struct db *db, struct vault *vault, const struct skill_table *skills,
                int (*visit)(void *context, const struct person *person), void *context)
{
    int64_t last = 0;
    int status = people_last_id(db, &last);
    struct people_range range = {.last = 0};
    while (status == ST_OK && range.last < last) {
        range = (struct people_range){range.last, range.last + PEOPLE_RANGE};
        status = people_walk(db, vault, skills, &range, visit, context);
    }
    return status;
}
