/* SPDX-License-Identifier: Apache-2.0 */
/* One reader a column, in one table. A reader returns 0, or fills the row's diag; every
 * bad cell is reported and the next one is read, so that a file is put right in one go.
 * Codes that are not known are made at once in the table handed in, and warned about once
 * each. */
#include "crowd/people_csv.h"

#include "base/csv.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ORGANISATIONS_KNOWN_MAX 100000

struct reader {
    const struct people_csv_config *config;
    struct people_csv *ret;
    struct csv csv;
    uint32_t width;
    struct box box; /* where homes may lie */
    /* Per row. */
    struct person_row *row;
    const char *lat, *lon;
    /* Numbers seen: index of the row + 1, open addressing. */
    uint32_t *seen, seen_size;
    const char **organisations; /* unknown ones, warned about already */
    uint32_t organisation_count, organisation_capacity;
    uint32_t adults;  /* rows without a birth */
    struct diag diag; /* of the bad cell */
};

struct column {
    const char *name;
    unsigned has;
    int (*read)(struct reader *reader, char *cell);
};

#define DAY_SIZE 40 /* a day as text, whatever its numbers */

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if (iscntrl((unsigned char)*text))
            return true;
    return false;
}

static int fail(struct reader *reader, const char *what, const char *value)
{
    if (value == NULL || *value == '\0' || has_control(value))
        return diag_set(&reader->diag, ST_INVALID, 0, 0, "", "%s", what);
    return diag_set(&reader->diag, ST_INVALID, 0, 0, "", "%s: %s", what, value);
}

static int report(struct diag **list, uint32_t *count, uint32_t *capacity,
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

static int warn(struct reader *reader, uint32_t line, const char *where, const char *what,
                const char *value)
{
    struct people_csv *ret = reader->ret;
    struct diag diag;
    (void)diag_set(&diag, ST_INVALID, line, 0, where, "%s: %s", what, value);
    return report(&ret->warnings, &ret->warning_count, &ret->warning_capacity,
                  &ret->warning_total, &diag);
}

/* ---- cells
 * ----------------------------------------------------------------------------- */

static const char *judge_text(const char *text, size_t size_max)
{
    if (strlen(text) > size_max)
        return "is too long";
    return has_control(text) ? "holds a control character" : NULL;
}

const char *people_csv_judge_number(const char *number)
{
    if (text_is_blank(number))
        return "is empty: every person needs one";
    if (strpbrk(number, " ,;/") != NULL)
        return "holds a space, a comma, a semicolon or a slash";
    if (text_has_hidden(number))
        return "holds a character that is not seen";
    if (strcmp(number, ".") == 0 || strcmp(number, "..") == 0)
        return "is no number: no address leads to it"; /* RFC 3986 5.2.4 */
    return judge_text(number, CROWD_NUMBER_MAX);
}

const char *people_csv_judge_name(const char *name)
{
    if (text_is_blank(name))
        return "is empty: every person needs one";
    return judge_text(name, PEOPLE_CSV_NAME_MAX);
}

const char *people_csv_judge_phone(const char *phone)
{
    int digits = 0;
    if (strspn(phone, "0123456789+-() ") != strlen(phone))
        return "is no telephone number";
    for (const char *at = phone; *at != '\0'; at++)
        digits += isdigit((unsigned char)*at) != 0;
    /* A person is known by the last four. */
    if (*phone != '\0' && digits < PEOPLE_CSV_PHONE_DIGITS_MIN)
        return "has fewer digits than a telephone number";
    return judge_text(phone, PEOPLE_CSV_PHONE_MAX);
}

const char *people_csv_judge_email(const char *email)
{
    const char *at = strchr(email, '@');
    if (*email != '\0' &&
        (at == NULL || at == email || at[1] == '\0' || strchr(at + 1, '@') != NULL ||
         strpbrk(email, " ,;<>\"") != NULL))
        return "is no e-mail address";
    return judge_text(email, PEOPLE_CSV_EMAIL_MAX);
}

const char *people_csv_judge_organisation(const char *name)
{
    if (strchr(name, ';') != NULL)
        return "holds a semicolon";
    return judge_text(name, PEOPLE_CSV_ORGANISATION_MAX);
}

/* WRONG: what was found wrong with the cell, or NULL. */
static int take(struct reader *reader, const char *wrong, const char *cell,
                const char **ret)
{
    if (wrong != NULL)
        return fail(reader, wrong, cell);
    *ret = cell;
    return ST_OK;
}

static int read_number(struct reader *reader, char *cell)
{
    const char *number;
    const int status = take(reader, people_csv_judge_number(cell), cell, &number);
    if (status == ST_OK)
        memcpy(reader->row->crowd.number, cell, strlen(cell) + 1);
    return status;
}

static int read_name(struct reader *reader, char *cell)
{
    text_drop_marks(cell);
    return take(reader, people_csv_judge_name(cell), cell, &reader->row->name);
}

static int read_lat(struct reader *reader, char *cell)
{
    reader->lat = cell;
    return ST_OK;
}

static int read_lon(struct reader *reader, char *cell)
{
    reader->lon = cell;
    return ST_OK;
}

static int read_phone(struct reader *reader, char *cell)
{
    text_tidy_phone(cell);
    cell = text_trim(cell);
    return take(reader, people_csv_judge_phone(cell), cell, &reader->row->phone);
}

static int read_email(struct reader *reader, char *cell)
{
    return take(reader, people_csv_judge_email(cell), cell, &reader->row->email);
}

static int read_mode(struct reader *reader, char *cell)
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
static int warn_new_skill(struct reader *reader, const char *code, int32_t like)
{
    char both[2 * SKILL_CODE_MAX + 8];
    if (like < 0)
        return warn(reader, reader->csv.line, "skills", "is new and is created", code);
    (void)snprintf(both, sizeof both, "%s / %s", code,
                   reader->config->skills->skills[like].code);
    return warn(reader, reader->csv.line, "skills",
                "is new and is created, though one like it is known", both);
}

static int read_skills(struct reader *reader, char *cell)
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

static int add_certificate(struct reader *reader, const char *code, int32_t last_day)
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
    if (known < 0 &&
        warn(reader, reader->csv.line, "certificates", "is new and is created", code) < 0)
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

static int read_certificates(struct reader *reader, char *cell)
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

static int read_area(struct reader *reader, char *cell)
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

static int note_organisation(struct reader *reader, const char *name)
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
    return warn(reader, reader->csv.line, "organisations", "is new and is created", name);
}

static int read_organisations(struct reader *reader, char *cell)
{
    struct person_row *row = reader->row;
    row->organisation_count = 0;
    text_drop_marks(cell);
    for (char *rest = cell, *part; next_part(&rest, &part);) {
        if (row->organisation_count == PEOPLE_CSV_ORGANISATIONS_MAX)
            return fail(reader, "more than 8 organisations", NULL);
        int status = take(reader, people_csv_judge_organisation(part), part,
                          &row->organisations[row->organisation_count]);
        if (status == ST_OK)
            status = note_organisation(reader, part);
        if (status < 0)
            return status;
        row->organisation_count++;
    }
    return ST_OK;
}

static int read_hours(struct reader *reader, const char *cell, struct hours *ret)
{
    struct diag diag;
    if (strlen(cell) > PEOPLE_CSV_HOURS_MAX)
        return fail(reader, "is too long", cell);
    if (hours_parse(cell, ret, &diag) < 0)
        return fail(reader, diag.text, NULL);
    return ST_OK;
}

static int read_duty(struct reader *reader, char *cell)
{
    reader->row->duty = cell;
    return read_hours(reader, cell, &reader->row->crowd.duty);
}

static int read_quiet(struct reader *reader, char *cell)
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

const char *people_csv_read_birth(const char *text, int32_t today, int32_t *ret_day)
{
    *ret_day = INT32_MIN;
    if (*text != '\0' && !time_parse_day(text, ret_day))
        return "is no date like 1990-05-31";
    return today != 0 && *ret_day > today ? "lies ahead" : NULL;
}

static int read_birth(struct reader *reader, char *cell)
{
    char day[DAY_SIZE];
    const char *wrong = people_csv_read_birth(tidy_day(cell, day), reader->config->today,
                                              &reader->row->crowd.birth_day);
    return wrong == NULL ? ST_OK : fail(reader, wrong, cell);
}

static int read_paused(struct reader *reader, char *cell)
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

static int read_suspended(struct reader *reader, char *cell)
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
static const char *judge_point(const struct reader *reader, const char *lat,
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

static int read_point(struct reader *reader, const char *lat, const char *lon,
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

static int read_place(struct reader *reader, char *part)
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
    int status = read_point(reader, lat, lon, &row->crowd.places[index].at);
    row->places[index] = rest != NULL ? text_trim(rest) : "";
    if (status == ST_OK)
        status = read_hours(reader, row->places[index], &row->crowd.places[index].hours);
    if (status == ST_OK)
        row->crowd.place_count++;
    return status;
}

static int read_places(struct reader *reader, char *cell)
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

/* ---- rows
 * ---------------------------------------------------------------------------------- */

static const struct column COLUMNS[] = {
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
#define COLUMN_COUNT COUNT_OF(COLUMNS)
#define KEPT_AS_WRITTEN (PERSON_ROW_NAME | PERSON_ROW_ORGANISATIONS)
#define COLUMN_LAT 2
#define COLUMNS_REQUIRED 4

static uint32_t hash_text(const char *text)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash ^ hash >> 15;
}

static void seen_insert(uint32_t *seen, uint32_t size, const struct people_csv *people,
                        uint32_t row)
{
    uint32_t at = hash_text(people->rows[row].crowd.number) & (size - 1);
    while (seen[at] != 0)
        at = (at + 1) & (size - 1);
    seen[at] = row + 1;
}

static int seen_reserve(struct reader *reader)
{
    if ((reader->ret->count + 1) * 2 <= reader->seen_size)
        return ST_OK;
    uint32_t size = reader->seen_size == 0 ? 1024 : reader->seen_size * 2;
    uint32_t *seen = mem_calloc(size, sizeof(*seen));
    if (seen == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < reader->ret->count; i++)
        seen_insert(seen, size, reader->ret, i);
    mem_free(reader->seen);
    reader->seen = seen;
    reader->seen_size = size;
    return ST_OK;
}

/* The line on which the number stood before, or 0. */
static uint32_t seen_line(const struct reader *reader, const char *number)
{
    uint32_t mask = reader->seen_size - 1;
    for (uint32_t at = hash_text(number) & mask; reader->seen[at] != 0;
         at = (at + 1) & mask) {
        const struct person_row *row = &reader->ret->rows[reader->seen[at] - 1];
        if (strcmp(row->crowd.number, number) == 0)
            return row->line;
    }
    return 0;
}

static int bad_cell(struct reader *reader, uint32_t column, const char *where)
{
    struct people_csv *ret = reader->ret;
    struct diag diag;
    (void)diag_set(&diag, ST_INVALID, reader->csv.line, column, where, "%s",
                   reader->diag.text);
    return report(&ret->errors, &ret->error_count, &ret->error_capacity,
                  &ret->error_total, &diag);
}

/* A bad cell is reported, and is none of ours: ST_OK. */
static int cell_done(struct reader *reader, int status, size_t column,
                     const int32_t *index)
{
    if (status == ST_INVALID)
        return bad_cell(reader, reader->csv.columns[index[column]], COLUMNS[column].name);
    reader->row->has |= COLUMNS[column].has;
    return status;
}

/* Reads every cell and reports the bad ones. ST_OK, or a failure. */
static int read_cells(struct reader *reader, const int32_t *index)
{
    int status = ST_OK;
    for (size_t i = 0; i < COLUMN_COUNT && status == ST_OK; i++) {
        if (index[i] < 0)
            continue;
        char *cell = reader->csv.cells[index[i]];
        if ((COLUMNS[i].has & KEPT_AS_WRITTEN) == 0)
            text_narrow(cell);
        cell = text_trim(cell);
        status = cell_done(reader, COLUMNS[i].read(reader, cell), i, index);
    }
    if (status != ST_OK)
        return status;
    status = read_point(reader, reader->lat, reader->lon, &reader->row->crowd.home);
    return cell_done(reader, status, COLUMN_LAT, index);
}

static int warn_off_network(struct reader *reader)
{
    const struct person_row *row = reader->row;
    struct road_spot spot;
    if (reader->config->road == NULL ||
        road_snap(reader->config->road, row->crowd.mode, row->crowd.home, ROAD_SNAP_M_MAX,
                  &spot))
        return ST_OK;
    return warn(reader, row->line, "lat",
                "off_network, lives farther than 1 km from any road", row->crowd.number);
}

/* A good row is kept; of a bad one everything is reported. ST_OK, or a failure. */
static int read_row(struct reader *reader, const int32_t *index)
{
    struct people_csv *ret = reader->ret;
    reader->row = &ret->rows[ret->count];
    *reader->row = (struct person_row){
        .line = reader->csv.line, .name = "", .phone = "", .email = ""};
    reader->row->crowd.birth_day = INT32_MIN;
    reader->row->duty = reader->row->quiet = "";
    if (reader->csv.count != reader->width) {
        (void)diag_set(&reader->diag, ST_INVALID, 0, 0, "",
                       "%u cells where the header has %u", reader->csv.count,
                       reader->width);
        return bad_cell(reader, 0, "");
    }
    const uint32_t errors_before = ret->error_total;
    const int status = read_cells(reader, index);
    if (status != ST_OK || ret->error_total > errors_before)
        return status;
    uint32_t before = seen_line(reader, reader->row->crowd.number);
    if (before != 0) {
        (void)diag_set(&reader->diag, ST_INVALID, 0, 0, "", "'%s' stands on line %u too",
                       reader->row->crowd.number, before);
        return bad_cell(reader, reader->csv.columns[index[0]], "number");
    }
    seen_insert(reader->seen, reader->seen_size, ret, ret->count);
    reader->adults += reader->row->crowd.birth_day == INT32_MIN;
    ret->count++;
    return warn_off_network(reader);
}

static int bad_column(void *context, const struct diag *diag)
{
    struct people_csv *ret = ((struct reader *)context)->ret;
    ret->lines_wrong = 1;
    return report(&ret->errors, &ret->error_count, &ret->error_capacity,
                  &ret->error_total, diag);
}

/* 1 if the rows can be read by INDEX: no needed column is missing. What is wrong with the
 * header is reported. 0 if they cannot, or a failure. */
static int read_header(struct reader *reader, int32_t index[COLUMN_COUNT],
                       struct diag *reterr)
{
    const char *names[COLUMN_COUNT];
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        names[i] = COLUMNS[i].name;
    int status = csv_next(&reader->csv, reterr);
    if (status == 0)
        return diag_set(reterr, ST_INVALID, 1, 0, "", "the file is empty");
    if (status < 0)
        return status;
    status = csv_header_each(&reader->csv, names, COLUMN_COUNT, COLUMNS_REQUIRED, index,
                             bad_column, reader);
    if (status < 0 && status != ST_INVALID)
        return status;
    for (size_t i = 0; i < COLUMNS_REQUIRED; i++)
        if (index[i] == -1)
            return 0;
    return 1;
}

static int read_rows(struct reader *reader, struct diag *reterr)
{
    int32_t index[COLUMN_COUNT];
    struct people_csv *ret = reader->ret;
    int status = read_header(reader, index, reterr);
    if (status <= 0)
        return status;
    uint32_t rows_max = reader->config->rows_max;
    rows_max = rows_max == 0 ? PEOPLE_CSV_ROWS_MAX : rows_max;
    reader->width = reader->csv.count;
    while ((status = csv_next(&reader->csv, reterr)) > 0) {
        if (ret->count == rows_max)
            return diag_set(reterr, ST_LIMIT, reader->csv.line, 0, "",
                            "more than %u people in one file", rows_max);
        status = mem_grow(&ret->rows, &ret->capacity, ret->count + 1, sizeof(*ret->rows),
                          PEOPLE_CSV_ROWS_MAX);
        if (status == ST_OK)
            status = seen_reserve(reader);
        const uint32_t errors_before = ret->error_total;
        if (status == ST_OK)
            status = read_row(reader, index);
        ret->lines_wrong += ret->error_total > errors_before;
        if (status < 0)
            return status;
    }
    return status;
}

static int warn_adults(struct reader *reader)
{
    if (reader->adults == 0)
        return ST_OK;
    char text[64];
    snprintf(text, sizeof(text), "%u", reader->adults);
    return warn(reader, 0, "birth", "people without a birth date are taken as adults",
                text);
}

int people_csv_parse(char *text, size_t size, const struct people_csv_config *config,
                     struct people_csv *ret, struct diag *reterr)
{
    assert(config->skills != NULL);
    *ret = (struct people_csv){0};
    struct reader reader = {.config = config, .ret = ret};
    if (config->road != NULL)
        reader.box = box_grown(road_box(config->road), PEOPLE_CSV_BEYOND_M);
    int status = csv_init(&reader.csv, text, size, reterr);
    bool started = status == ST_OK;
    struct diag diag = {0};
    if (started)
        status = read_rows(&reader, &diag);
    if (started && status == ST_INVALID) {
        /* The file itself is damaged: its place stands last in the list. */
        ret->lines_wrong++;
        int reported = report(&ret->errors, &ret->error_count, &ret->error_capacity,
                              &ret->error_total, &diag);
        status = reported < 0 ? reported : ST_INVALID;
    }
    if (status == ST_LIMIT && reterr != NULL)
        *reterr = diag;
    if (status == ST_OK)
        status = warn_adults(&reader);
    mem_free(reader.seen);
    mem_free(reader.organisations);
    if ((status == ST_OK || status == ST_INVALID) && ret->error_count > 0) {
        if (reterr != NULL)
            *reterr = ret->errors[0];
        status = ST_INVALID;
    }
    return status;
}

void people_csv_release(struct people_csv *people)
{
    mem_free(people->rows);
    mem_free(people->errors);
    mem_free(people->warnings);
    *people = (struct people_csv){0};
}
