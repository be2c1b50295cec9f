/* SPDX-License-Identifier: Apache-2.0 */
/* Every bad cell is reported and the next one is read, so that a file is put right in one
 * go. */
#include "crowd/people_csv.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "crowd/people_cells.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define KEPT_AS_WRITTEN (PERSON_ROW_NAME | PERSON_ROW_ORGANISATIONS)

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

static int seen_reserve(struct people_reader *reader)
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
static uint32_t seen_line(const struct people_reader *reader, const char *number)
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

static int bad_cell(struct people_reader *reader, uint32_t column, const char *where)
{
    struct people_csv *ret = reader->ret;
    struct diag diag;
    (void)diag_set(&diag, ST_INVALID, reader->csv.line, column, where, "%s",
                   reader->diag.text);
    return people_report(&ret->errors, &ret->error_count, &ret->error_capacity,
                         &ret->error_total, &diag);
}

/* A bad cell is reported, and is none of ours: ST_OK. */
static int cell_done(struct people_reader *reader, int status, size_t column,
                     const int32_t *index)
{
    if (status == ST_INVALID)
        return bad_cell(reader, reader->csv.columns[index[column]],
                        people_columns[column].name);
    reader->row->has |= people_columns[column].has;
    return status;
}

/* Reads every cell and reports the bad ones. ST_OK, or a failure. */
static int read_cells(struct people_reader *reader, const int32_t *index)
{
    int status = ST_OK;
    for (size_t i = 0; i < PEOPLE_COLUMN_COUNT && status == ST_OK; i++) {
        if (index[i] < 0)
            continue;
        char *cell = reader->csv.cells[index[i]];
        if ((people_columns[i].has & KEPT_AS_WRITTEN) == 0)
            text_narrow(cell);
        cell = text_trim(cell);
        status = cell_done(reader, people_columns[i].read(reader, cell), i, index);
    }
    if (status != ST_OK)
        return status;
    status =
        people_read_point(reader, reader->lat, reader->lon, &reader->row->crowd.home);
    return cell_done(reader, status, PEOPLE_COLUMN_LAT, index);
}

static int warn_off_network(struct people_reader *reader)
{
    const struct person_row *row = reader->row;
    struct road_spot spot;
    if (reader->config->road == NULL ||
        road_snap(reader->config->road, row->crowd.mode, row->crowd.home, ROAD_SNAP_M_MAX,
                  &spot))
        return ST_OK;
    return people_warn(reader, row->line, "lat",
                       "off_network, lives farther than 1 km from any road",
                       row->crowd.number);
}

/* A good row is kept; of a bad one everything is reported. ST_OK, or a failure. */
static int read_row(struct people_reader *reader, const int32_t *index)
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
    struct people_csv *ret = ((struct people_reader *)context)->ret;
    ret->lines_wrong = 1;
    return people_report(&ret->errors, &ret->error_count, &ret->error_capacity,
                         &ret->error_total, diag);
}

/* 1 if the rows can be read by INDEX: no needed column is missing. What is wrong with the
 * header is reported. 0 if they cannot, or a failure. */
static int read_header(struct people_reader *reader, int32_t index[PEOPLE_COLUMN_COUNT],
                       struct diag *reterr)
{
    const char *names[PEOPLE_COLUMN_COUNT];
    for (size_t i = 0; i < PEOPLE_COLUMN_COUNT; i++)
        names[i] = people_columns[i].name;
    int status = csv_next(&reader->csv, reterr);
    if (status == 0)
        return diag_set(reterr, ST_INVALID, 1, 0, "", "the file is empty");
    if (status < 0)
        return status;
    status = csv_header_each(&reader->csv, names, PEOPLE_COLUMN_COUNT,
                             PEOPLE_COLUMNS_REQUIRED, index, bad_column, reader);
    if (status < 0 && status != ST_INVALID)
        return status;
    for (size_t i = 0; i < PEOPLE_COLUMNS_REQUIRED; i++)
        if (index[i] == -1)
            return 0;
    return 1;
}

static int read_rows(struct people_reader *reader, struct diag *reterr)
{
    int32_t index[PEOPLE_COLUMN_COUNT];
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

static int warn_adults(struct people_reader *reader)
{
    if (reader->adults == 0)
        return ST_OK;
    char text[64];
    snprintf(text, sizeof(text), "%u", reader->adults);
    return people_warn(reader, 0, "birth",
                       "people without a birth date are taken as adults", text);
}

int people_csv_parse(char *text, size_t size, const struct people_csv_config *config,
                     struct people_csv *ret, struct diag *reterr)
{
    assert(config->skills != NULL);
    *ret = (struct people_csv){0};
    struct people_reader reader = {.config = config, .ret = ret};
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
        int reported = people_report(&ret->errors, &ret->error_count,
                                     &ret->error_capacity, &ret->error_total, &diag);
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
