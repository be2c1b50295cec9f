/* SPDX-License-Identifier: Apache-2.0 */
/* A reader returns 0, or fills the row's diag. Codes that are not known are made at once
 * in the table handed in, and warned about once each. */
#include "crowd/people_cells.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "crowd/person_field.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ORGANISATIONS_KNOWN_MAX 100000
#define DAY_SIZE 40 /* a day as text, whatever its numbers */

static int fail(struct people_reader *reader, const char *what, const char *value)
{
    if (value == NULL || *value == '\0' || person_has_control(value))
        return diag_set(&reader->diag, ST_INVALID, 0, 0, "", "%s", what);
    return diag_set(&reader->diag, ST_INVALID, 0, 0, "", "%s: %s", what, value);
}

int people_report(struct diag **list, uint32_t *count, uint32_t *capacity,
                  uint32_t *total, const struct diag *diag)
{
    (*total)++;
    if (*count == PEOPLE_CSV_DIAGS_MAX)
        return ST_OK;
    int status =
        mem_grow(list, capacity, *count + 1, sizeof(**list), PEOPLE_CSV_DIAGS_MAX);
    if (status == ST_OK)
        (*list)[(*count)++] = *diag;
    return status;
}

int people_warn(struct people_reader *reader, uint32_t line, const char *where,
                const char *what, const char *value)
{
    struct people_csv *ret = reader->ret;
    struct diag diag;
    (void)diag_set(&diag, ST_INVALID, line, 0, where, "%s: %s", what, value);
    return people_report(&ret->warnings, &ret->warning_count, &ret->warning_capacity,
                         &ret->warning_total, &diag);
}

/* WRONG: what was found wrong with the cell, or NULL. */
static int take(struct people_reader *reader, const char *wrong, const char *cell,
                const char **ret)
{
    if (wrong != NULL)
        return fail(reader, wrong, cell);
    *ret = cell;
    return ST_OK;
}

static int read_number(struct people_reader *reader, char *cell)
{
    const char *number;
    const int status = take(reader, person_judge_number(cell), cell, &number);
    if (status == ST_OK)
        memcpy(reader->row->crowd.number, cell, strlen(cell) + 1);
    return status;
}

static int read_name(struct people_reader *reader, char *cell)
{
    text_drop_marks(cell);
    return take(reader, person_judge_name(cell), cell, &reader->row->name);
}

static int read_lat(struct people_reader *reader, char *cell)
{
    reader->lat = cell;
    return ST_OK;
}

static int read_lon(struct people_reader *reader, char *cell)
{
    reader->lon = cell;
    return ST_OK;
}

static int read_phone(struct people_reader *reader, char *cell)
{
    text_tidy_phone(cell);
    cell = text_trim(cell);
    return take(reader, person_judge_phone(cell), cell, &reader->row->phone);
}

static int read_email(struct people_reader *reader, char *cell)
{
    return take(reader, person_judge_email(cell), cell, &reader->row->email);
}

static int read_mode(struct people_reader *reader, char *cell)
{
    reader->row->crowd.mode = ROAD_FOOT;
    if (*cell != '\0' && !road_mode_parse(cell, &reader->row->crowd.mode))
        return fail(reader, "is none of foot, bike, car", cell);
    return ST_OK;
}

/* Cuts the next part off a list `a; b; c`: false at its end. Empty parts are skipped. */
static bool next_part(char **rest, char **ret)
{
    while (*rest != NULL) {
        *ret = text_trim(strsep(rest, ";"));
        if (**ret != '\0')
            return true;
    }
    return false;
}

/* A slip of the pen makes a skill that nobody ever asks for: one like it is named. */
static int warn_new_skill(struct people_reader *reader, const char *code, int32_t like)
{
    char both[2 * SKILL_CODE_MAX + 8];
    if (like < 0)
        return people_warn(reader, reader->csv.line, "skills", "is new and is created",
                           code);
    (void)snprintf(both, sizeof both, "%s / %s", code,
                   reader->config->skills->skills[like].code);
    return people_warn(reader, reader->csv.line, "skills",
                       "is new and is created, though one like it is known", both);
}

static int read_skills(struct people_reader *reader, char *cell)
{
    struct skill_table *table = reader->config->skills;
    reader->row->crowd.skills = (struct skill_set){0};
    for (char *rest = cell, *code; next_part(&rest, &code);) {
        int32_t known = skill_find(table, code);
        int32_t like = known >= 0 ? known : skill_find_like(table, code);
        int index = known >= 0 ? known : skill_add(table, code, NULL, NULL);
        if (index == ST_LIMIT)
            return fail(reader, "there are 256 skills already, no room for this one",
                        code);
        if (index < 0)
            return fail(reader, "is no code (a-z, 0-9 and -, 1 to 32)", code);
        if (known < 0 && warn_new_skill(reader, code, like) < 0)
            return ST_NO_MEMORY;
        skill_set_add(&reader->row->crowd.skills, (uint32_t)index);
    }
    return ST_OK;
}

static int add_certificate(struct people_reader *reader, const char *code,
                           int32_t last_day)
{
    struct crowd_person *person = &reader->row->crowd;
    struct skill_table *table = reader->config->skills;
    int32_t known = skill_find_certificate(table, code);
    int index = known >= 0 ? known : skill_add_certificate(table, code);
    if (index == ST_LIMIT)
        return fail(reader, "there are 256 certificates already, no room for this one",
                    code);
    if (index < 0)
        return fail(reader, "is no code (a-z, 0-9 and -, 1 to 32)", code);
    if (known < 0 && people_warn(reader, reader->csv.line, "certificates",
                                 "is new and is created", code) < 0)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < person->certificate_count; i++)
        if (person->certificates[i].certificate == index)
            return fail(reader, "stands there twice", code);
    if (person->certificate_count == CROWD_CERTIFICATES_MAX)
        return fail(reader, "more than 24 certificates", NULL);
    struct crowd_certificate *certificate =
        &person->certificates[person->certificate_count++];
    certificate->certificate = index;
    certificate->last_day = last_day;
    return ST_OK;
}

/* Cuts MIN to MAX digits off *AT. */
static bool next_digits(const char **at, size_t min, size_t max, int *ret)
{
    const size_t size = strspn(*at, "0123456789");
    if (size < min || size > max)
        return false;
    *ret = 0;
    for (size_t i = 0; i < size; i++)
        *ret = *ret * 10 + *(*at)++ - '0';
    return true;
}

/* A day as spreadsheets write it (1990/5/1, 1990-5-1, 1990.5.1) as 1990-05-01, in RET;
 * anything else as it is. */
static const char *tidy_day(const char *text, char ret[DAY_SIZE])
{
    int year, month, day;
    const char *at = text;
    if (!next_digits(&at, 4, 4, &year))
        return text;
    const char between = *at++;
    if (between == '\0' || strchr("-/.", between) == NULL ||
        !next_digits(&at, 1, 2, &month) || *at++ != between ||
        !next_digits(&at, 1, 2, &day) || *at != '\0')
        return text;
    (void)snprintf(ret, DAY_SIZE, "%04d-%02d-%02d", year, month, day);
    return ret;
}

static int read_certificates(struct people_reader *reader, char *cell)
{
    reader->row->crowd.certificate_count = 0;
    for (char *rest = cell, *part; next_part(&rest, &part);) {
        char *colon = strrchr(part, ':');
        char day[DAY_SIZE];
        int32_t last_day;
        if (colon == NULL ||
            !time_parse_day(tidy_day(text_trim(colon + 1), day), &last_day))
            return fail(reader, "write it like nurse:2027-12-31", part);
        *colon = '\0';
        int status = add_certificate(reader, text_trim(part), last_day);
        if (status < 0)
            return status;
    }
    return ST_OK;
}

static int read_area(struct people_reader *reader, char *cell)
{
    const struct people_csv_config *config = reader->config;
    reader->row->crowd.area = 0;
    if (*cell == '\0')
        return ST_OK;
    reader->row->crowd.area =
        config->area == NULL ? 0 : config->area(config->context, cell);
    if (reader->row->crowd.area == 0)
        return fail(reader, "there is no such area, import the areas first", cell);
    return ST_OK;
}

static int note_organisation(struct people_reader *reader, const char *name)
{
    const struct people_csv_config *config = reader->config;
    if (config->organisation != NULL && config->organisation(config->context, name))
        return ST_OK;
    for (uint32_t i = 0; i < reader->organisation_count; i++)
        if (strcmp(reader->organisations[i], name) == 0)
            return ST_OK;
    int status = mem_grow(&reader->organisations, &reader->organisation_capacity,
                          reader->organisation_count + 1, sizeof(*reader->organisations),
                          ORGANISATIONS_KNOWN_MAX);
    if (status < 0)
        return status;
    reader->organisations[reader->organisation_count++] = name;
    return people_warn(reader, reader->csv.line, "organisations", "is new and is created",
                       name);
}

static int read_organisations(struct people_reader *reader, char *cell)
{
    struct person_row *row = reader->row;
    row->organisation_count = 0;
    text_drop_marks(cell);
    for (char *rest = cell, *part; next_part(&rest, &part);) {
        if (row->organisation_count == PERSON_ORGANISATIONS_MAX)
            return fail(reader, "more than 8 organisations", NULL);
        int status = take(reader, person_judge_organisation(part), part,
                          &row->organisations[row->organisation_count]);
        if (status == ST_OK)
            status = note_organisation(reader, part);
        if (status < 0)
            return status;
        row->organisation_count++;
    }
    return ST_OK;
}

static int read_hours(struct people_reader *reader, const char *cell, struct hours *ret)
{
    struct diag diag;
    if (strlen(cell) > PERSON_HOURS_MAX)
        return fail(reader, "is too long", cell);
    if (hours_parse(cell, ret, &diag) < 0)
        return fail(reader, diag.text, NULL);
    return ST_OK;
}

static int read_duty(struct people_reader *reader, char *cell)
{
    reader->row->duty = cell;
    return read_hours(reader, cell, &reader->row->crowd.duty);
}

static int read_quiet(struct people_reader *reader, char *cell)
{
    struct crowd_person *person = &reader->row->crowd;
    reader->row->quiet = cell;
    person->quiet = (struct hours){0};
    person->quiet_kind = *cell == '\0' ? CROWD_QUIET_DEFAULT : CROWD_QUIET_OWN;
    if (strcmp(cell, "none") == 0) {
        person->quiet_kind = CROWD_QUIET_NONE;
        return ST_OK;
    }
    return read_hours(reader, cell, &person->quiet);
}

static int read_birth(struct people_reader *reader, char *cell)
{
    char day[DAY_SIZE];
    const char *wrong = person_read_birth(tidy_day(cell, day), reader->config->today,
                                          &reader->row->crowd.birth_day);
    return wrong == NULL ? ST_OK : fail(reader, wrong, cell);
}

static int read_paused(struct people_reader *reader, char *cell)
{
    char written[DAY_SIZE];
    int32_t day;
    reader->row->crowd.paused_until_ms = 0;
    if (*cell == '\0' || time_parse(cell, &reader->row->crowd.paused_until_ms))
        return ST_OK;
    if (!time_parse_day(tidy_day(cell, written), &day))
        return fail(reader, "is no date like 2026-12-01 and no time", cell);
    reader->row->crowd.paused_until_ms = time_day_start(day);
    return ST_OK;
}

static int read_suspended(struct people_reader *reader, char *cell)
{
    bool one = strcmp(cell, "1") == 0;
    if (*cell != '\0' && !one && strcmp(cell, "0") != 0)
        return fail(reader, "is neither 0 nor 1", cell);
    reader->row->crowd.suspended = one;
    return ST_OK;
}

/* ---- coordinates
 * ------------------------------------------------------------------------- */

/* NULL, or what is wrong with the pair. */
static const char *judge_point(const struct people_reader *reader, const char *lat,
                               const char *lon, struct point *ret)
{
    double y, x;
    struct point swapped;
    if (!text_to_double(lat, -1e9, 1e9, &y))
        return "the latitude is not a number";
    if (!text_to_double(lon, -1e9, 1e9, &x))
        return "the longitude is not a number";
    bool in_box = point_from_degrees(y, x, ret) &&
                  (reader->config->road == NULL || box_contains(reader->box, *ret));
    bool in_box_swapped =
        point_from_degrees(x, y, &swapped) &&
        (reader->config->road == NULL || box_contains(reader->box, swapped));
    if (y == 0.0 && x == 0.0)
        return "the coordinate is missing, (0,0) is none";
    if (in_box)
        return NULL;
    if (in_box_swapped)
        return "latitude and longitude look swapped";
    return point_from_degrees(y, x, ret) ? "lies more than 20 km outside the map"
                                         : "is out of range";
}

int people_read_point(struct people_reader *reader, const char *lat, const char *lon,
                      struct point *ret)
{
    const char *wrong = judge_point(reader, lat, lon, ret);
    if (wrong == NULL)
        return ST_OK;
    char pair[80];
    snprintf(pair, sizeof(pair), "%.38s,%.38s", lat, lon);
    return fail(reader, wrong, pair);
}

/* Places are `lat,lon[,hours]` with `;` between; a `;` inside the hours is one after
 * which no coordinate stands. */
static bool starts_place(const char *part)
{
    size_t digits = strspn(part, "+-.0123456789eE \t");
    return digits > 0 && part[digits] == ',';
}

static char *place_end(char *part)
{
    for (char *at = strchr(part, ';'); at != NULL; at = strchr(at + 1, ';'))
        if (starts_place(at + 1) || at[1 + strspn(at + 1, " \t;")] == '\0')
            return at;
    return NULL;
}

static int read_place(struct people_reader *reader, char *part)
{
    struct person_row *row = reader->row;
    uint32_t index = row->crowd.place_count;
    if (index == CROWD_PLACES_MAX)
        return fail(reader, "more than 4 places", NULL);
    if (!starts_place(part))
        return fail(reader, "write it like 30.7,121.02,Mo-Fr 08:00-18:00", part);
    char *rest = part;
    const char *lat = text_trim(strsep(&rest, ","));
    const char *lon = text_trim(strsep(&rest, ","));
    int status = people_read_point(reader, lat, lon, &row->crowd.places[index].at);
    row->places[index] = rest != NULL ? text_trim(rest) : "";
    if (status == ST_OK)
        status = read_hours(reader, row->places[index], &row->crowd.places[index].hours);
    if (status == ST_OK)
        row->crowd.place_count++;
    return status;
}

static int read_places(struct people_reader *reader, char *cell)
{
    reader->row->crowd.place_count = 0;
    for (char *at = cell; at != NULL && at[strspn(at, " \t;")] != '\0';) {
        char *end = place_end(at);
        if (end != NULL)
            *end = '\0';
        int status = read_place(reader, text_trim(at));
        if (status < 0)
            return status;
        at = end == NULL ? NULL : end + 1;
    }
    return ST_OK;
}

const struct people_column people_columns[] = {
    {"number", 0, read_number},
    {"name", PERSON_ROW_NAME, read_name},
    {"lat", PERSON_ROW_HOME, read_lat},
    {"lon", PERSON_ROW_HOME, read_lon},
    {"phone", PERSON_ROW_PHONE, read_phone},
    {"email", PERSON_ROW_EMAIL, read_email},
    {"mode", PERSON_ROW_MODE, read_mode},
    {"skills", PERSON_ROW_SKILLS, read_skills},
    {"certificates", PERSON_ROW_CERTIFICATES, read_certificates},
    {"area", PERSON_ROW_AREA, read_area},
    {"organisations", PERSON_ROW_ORGANISATIONS, read_organisations},
    {"duty", PERSON_ROW_DUTY, read_duty},
    {"quiet", PERSON_ROW_QUIET, read_quiet},
    {"birth", PERSON_ROW_BIRTH, read_birth},
    {"paused_until", PERSON_ROW_PAUSED, read_paused},
    {"suspended", PERSON_ROW_SUSPENDED, read_suspended},
    {"places", PERSON_ROW_PLACES, read_places},
};
