/* SPDX-License-Identifier: Apache-2.0 */
/* A skill is an index into a small table, a set of skills 256 bits. What a skill implies
 * is kept closed: the set of a skill holds whatever its implied skills imply, so that
 * nobody has to follow chains at match time. Indexes never change: a table only grows. */
#include "crowd/skill.h"

#include "base/csv.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

#define MONTHS_MAX 600

struct built_in {
    const char *code, *zh, *en;
    bool certificate; /* of the same code */
};

/* None implies another: that is for the county to say, by `import skills`. */
static const struct built_in BUILT_IN[] = {
    {"first-aid", "急救", "First aid", false},
    {"cpr-aed", "心肺复苏与除颤", "CPR and AED", false},
    {"nurse", "护士", "Nurse", true},
    {"doctor", "医生", "Doctor", true},
    {"driver", "驾驶员", "Driver", true},
    {"truck-driver", "货车驾驶员", "Truck driver", true},
    {"boat", "船艇驾驶", "Boat handling", true},
    {"water-rescue", "水上救援", "Water rescue", false},
    {"diving", "潜水", "Diving", true},
    {"rope-rescue", "绳索救援", "Rope rescue", false},
    {"collapse-rescue", "坍塌救援", "Collapse rescue", false},
    {"mountain-rescue", "山地救援", "Mountain rescue", false},
    {"firefighting", "消防灭火", "Firefighting", false},
    {"electrician", "电工", "Electrician", true},
    {"plumber", "水管工", "Plumber", false},
    {"chainsaw", "油锯操作", "Chainsaw", false},
    {"excavator", "挖掘机操作", "Excavator", true},
    {"drone", "无人机操作", "Drone pilot", true},
    {"radio", "无线电通信", "Radio operator", false},
    {"translator", "翻译", "Translator", false},
    {"sign-language", "手语", "Sign language", false},
    {"psychology", "心理援助", "Psychological support", false},
    {"childcare", "儿童照护", "Childcare", false},
    {"eldercare", "老人照护", "Care of the elderly", false},
    {"logistics", "物资保障", "Logistics", false},
    {"cooking", "餐饮供应", "Cooking", false},
    {"shelter", "安置点服务", "Shelter service", false},
    {"traffic-control", "交通疏导", "Traffic control", false},
    {"interpreter-en", "英语口译", "English interpreter", false},
};

void skill_set_add(struct skill_set *set, uint32_t index)
{
    assert(index < SKILL_MAX);
    set->bits[index / 64] |= UINT64_C(1) << (index % 64);
}

bool skill_set_has(const struct skill_set *set, uint32_t index)
{
    assert(index < SKILL_MAX);
    return (set->bits[index / 64] >> (index % 64) & 1) != 0;
}

bool skill_set_covers(const struct skill_set *set, const struct skill_set *wanted)
{
    uint64_t missing = 0;
    for (size_t i = 0; i < COUNT_OF(set->bits); i++)
        missing |= wanted->bits[i] & ~set->bits[i];
    return missing == 0;
}

bool skill_set_is_empty(const struct skill_set *set)
{
    uint64_t any = 0;
    for (size_t i = 0; i < COUNT_OF(set->bits); i++)
        any |= set->bits[i];
    return any == 0;
}

void skill_set_add_all(struct skill_set *set, const struct skill_set *other)
{
    for (size_t i = 0; i < COUNT_OF(set->bits); i++)
        set->bits[i] |= other->bits[i];
}

bool skill_next_code(const char **codes, char ret[SKILL_CODE_MAX + 1])
{
    const char *at = *codes;
    if (*at == '\0')
        return false;
    const size_t size = strcspn(at, ";"), kept = size <= SKILL_CODE_MAX ? size : 0;
    memcpy(ret, at, kept);
    ret[kept] = '\0';
    *codes = at + size + (at[size] == ';');
    return true;
}

bool skill_set_read(const struct skill_table *table, const char *codes,
                    struct skill_set *ret)
{
    char code[SKILL_CODE_MAX + 1];
    bool all_known = true;
    *ret = (struct skill_set){0};
    while (skill_next_code(&codes, code)) {
        const int32_t index = skill_find(table, code);
        if (index >= 0)
            skill_set_add(ret, (uint32_t)index);
        else
            all_known = false;
    }
    return all_known;
}

static bool is_code(const char *code)
{
    size_t size = strlen(code);
    return size >= 1 && size <= SKILL_CODE_MAX &&
           strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
}

static void copy_text(char *to, size_t to_size, const char *from)
{
    size_t size = strlen(from);
    assert(size < to_size);
    memcpy(to, from, size + 1);
}

int32_t skill_find(const struct skill_table *table, const char *code)
{
    for (uint32_t i = 0; i < table->count; i++)
        if (strcmp(table->skills[i].code, code) == 0)
            return (int32_t)i;
    return -1;
}

/* How many letters must be put in, taken out or changed between the two (Levenshtein
 * 1966), row by row of the table of their beginnings. */
static size_t distance(const char *a, const char *b)
{
    const size_t size = strlen(b);
    size_t row[SKILL_CODE_MAX + 1];
    assert(size <= SKILL_CODE_MAX);
    for (size_t k = 0; k <= size; k++)
        row[k] = k;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t above_left = row[0];
        row[0] = i + 1;
        for (size_t k = 1; k <= size; k++) {
            const size_t above = row[k];
            size_t least = above_left + (a[i] != b[k - 1]);
            least = least < above + 1 ? least : above + 1;
            row[k] = least < row[k - 1] + 1 ? least : row[k - 1] + 1;
            above_left = above;
        }
    }
    return row[size];
}

int32_t skill_find_like(const struct skill_table *table, const char *code)
{
    const size_t size = strlen(code);
    const size_t slips = size < 4 ? 0 : size < 8 ? 1 : 2;
    for (uint32_t i = 0; i < table->count && slips > 0; i++)
        if (distance(code, table->skills[i].code) <= slips)
            return (int32_t)i;
    return -1;
}

int32_t skill_find_certificate(const struct skill_table *table, const char *code)
{
    for (uint32_t i = 0; i < table->certificate_count; i++)
        if (strcmp(table->certificates[i], code) == 0)
            return (int32_t)i;
    return -1;
}

int skill_add_certificate(struct skill_table *table, const char *code)
{
    int32_t index = skill_find_certificate(table, code);
    if (index >= 0)
        return index;
    if (!is_code(code))
        return ST_INVALID;
    if (table->certificate_count == SKILL_MAX)
        return ST_LIMIT;
    copy_text(table->certificates[table->certificate_count], SKILL_CODE_MAX + 1, code);
    return (int)table->certificate_count++;
}

int skill_add(struct skill_table *table, const char *code, const char *zh, const char *en)
{
    int32_t index = skill_find(table, code);
    if (index >= 0)
        return index;
    zh = zh != NULL ? zh : code;
    en = en != NULL ? en : code;
    if (!is_code(code) || strlen(zh) > SKILL_NAME_MAX || strlen(en) > SKILL_NAME_MAX)
        return ST_INVALID;
    if (table->count == SKILL_MAX)
        return ST_LIMIT;
    struct skill *skill = &table->skills[table->count];
    *skill = (struct skill){.certificate = -1};
    copy_text(skill->code, sizeof(skill->code), code);
    copy_text(skill->zh, sizeof(skill->zh), zh);
    copy_text(skill->en, sizeof(skill->en), en);
    skill_set_add(&skill->implies, table->count);
    return (int)table->count++;
}

/* Repeats until nothing changes: at most as many rounds as a chain is long. */
static void close_implications(struct skill_table *table)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < table->count; i++) {
            struct skill_set before = table->skills[i].implies;
            for (uint32_t j = 0; j < table->count; j++)
                if (skill_set_has(&before, j))
                    skill_set_add_all(&table->skills[i].implies,
                                      &table->skills[j].implies);
            changed |= memcmp(&before, &table->skills[i].implies, sizeof(before)) != 0;
        }
    }
}

void skill_table_init(struct skill_table *table)
{
    memset(table, 0, sizeof(*table));
    for (size_t i = 0; i < COUNT_OF(BUILT_IN); i++) {
        int index = skill_add(table, BUILT_IN[i].code, BUILT_IN[i].zh, BUILT_IN[i].en);
        assert(index == (int)i);
        if (BUILT_IN[i].certificate)
            table->skills[index].certificate =
                skill_add_certificate(table, BUILT_IN[i].code);
    }
}

/* ---- import ------------------------------------------------------------------------ */

enum { CODE, ZH, EN, CERTIFICATE, MONTHS, IMPLIES, COLUMN_COUNT };
static const char *const COLUMNS[COLUMN_COUNT] = {"code",        "zh",     "en",
                                                  "certificate", "months", "implies"};

struct row {
    uint32_t line;
    uint32_t skill;
    uint32_t column; /* of implies */
    char *implies;   /* NULL = leave alone */
};

static char *cell(const struct csv *csv, const int32_t *index, int column)
{
    return index[column] < 0 ? NULL : text_trim(csv->cells[index[column]]);
}

static int fail(const struct csv *csv, const int32_t *index, int column, int status,
                const char *what, struct diag *reterr)
{
    return diag_set(reterr, status, csv->line,
                    index[column] < 0 ? 0 : csv->columns[index[column]], COLUMNS[column],
                    "%s", what);
}

static int apply_names(struct skill *skill, const struct csv *csv, const int32_t *index,
                       struct diag *reterr)
{
    const char *zh = cell(csv, index, ZH), *en = cell(csv, index, EN);
    if (zh != NULL && strlen(zh) > SKILL_NAME_MAX)
        return fail(csv, index, ZH, ST_INVALID, "the name is longer than 95 bytes",
                    reterr);
    if (en != NULL && strlen(en) > SKILL_NAME_MAX)
        return fail(csv, index, EN, ST_INVALID, "the name is longer than 95 bytes",
                    reterr);
    if (zh != NULL)
        copy_text(skill->zh, sizeof(skill->zh), *zh != '\0' ? zh : skill->code);
    if (en != NULL)
        copy_text(skill->en, sizeof(skill->en), *en != '\0' ? en : skill->code);
    return ST_OK;
}

static int apply_certificate(struct skill_table *table, struct skill *skill,
                             const struct csv *csv, const int32_t *index,
                             struct diag *reterr)
{
    const char *certificate = cell(csv, index, CERTIFICATE);
    if (certificate != NULL && *certificate == '\0')
        skill->certificate = -1;
    else if (certificate != NULL) {
        int added = skill_add_certificate(table, certificate);
        if (added < 0)
            return fail(csv, index, CERTIFICATE, added,
                        added == ST_LIMIT ? "there are 256 certificates already"
                                          : "is no code (a-z, 0-9 and -, 1 to 32)",
                        reterr);
        skill->certificate = added;
    }
    const char *months = cell(csv, index, MONTHS);
    int64_t number = 0;
    if (months != NULL && *months != '\0' &&
        !text_to_int64(months, 0, MONTHS_MAX, &number))
        return fail(csv, index, MONTHS, ST_INVALID, "is no number from 0 to 600", reterr);
    if (months != NULL)
        skill->months = (int32_t)number;
    return ST_OK;
}

static int read_row(struct skill_table *table, const struct csv *csv,
                    const int32_t *index, struct row *ret, struct diag *reterr)
{
    const char *code = cell(csv, index, CODE);
    int skill = skill_add(table, code, NULL, NULL);
    if (skill < 0)
        return fail(csv, index, CODE, skill,
                    skill == ST_LIMIT ? "there are 256 skills already"
                                      : "is no code (a-z, 0-9 and -, 1 to 32)",
                    reterr);
    int status = apply_names(&table->skills[skill], csv, index, reterr);
    if (status == ST_OK)
        status = apply_certificate(table, &table->skills[skill], csv, index, reterr);
    *ret = (struct row){
        .line = csv->line,
        .skill = (uint32_t)skill,
        .column = index[IMPLIES] < 0 ? 0 : csv->columns[index[IMPLIES]],
        .implies = cell(csv, index, IMPLIES),
    };
    return status;
}

static int apply_implies(struct skill_table *table, const struct row *row,
                         struct diag *reterr)
{
    if (row->implies == NULL)
        return ST_OK;
    struct skill *skill = &table->skills[row->skill];
    skill->implies = (struct skill_set){0};
    skill_set_add(&skill->implies, row->skill);
    char *rest = row->implies;
    while (*rest != '\0') {
        char *part = strsep(&rest, ";");
        const char *code = text_trim(part);
        int32_t implied = skill_find(table, code);
        if (implied < 0)
            return diag_set(reterr, ST_INVALID, row->line, row->column, "implies",
                            "there is no skill '%s'", code);
        skill_set_add(&skill->implies, (uint32_t)implied);
        if (rest == NULL)
            break;
    }
    return ST_OK;
}

static int import_rows(struct skill_table *table, struct csv *csv, struct row *rows,
                       struct diag *reterr)
{
    int32_t index[COLUMN_COUNT];
    int status = csv_next(csv, reterr);
    if (status == 0)
        return diag_set(reterr, ST_INVALID, 1, 0, "", "the file is empty");
    if (status > 0)
        status = csv_header(csv, COLUMNS, COLUMN_COUNT, 1, index, reterr);
    if (status < 0)
        return status;
    uint32_t width = csv->count, count = 0;
    struct csv_key keys[SKILL_MAX];
    while ((status = csv_next(csv, reterr)) > 0) {
        if (csv->count != width)
            return diag_set(reterr, ST_INVALID, csv->line, 0, "",
                            "%u cells where the header has %u", csv->count, width);
        if (count == SKILL_MAX)
            return diag_set(reterr, ST_LIMIT, csv->line, 0, "", "more than %d rows",
                            SKILL_MAX);
        status = read_row(table, csv, index, &rows[count], reterr);
        if (status < 0)
            return status;
        keys[count++] = (struct csv_key){csv->cells[index[CODE]], csv->line};
    }
    if (status == ST_OK)
        status = csv_check_keys(keys, count, "code", reterr);
    for (uint32_t i = 0; i < count && status == ST_OK; i++)
        status = apply_implies(table, &rows[i], reterr);
    return status;
}

static bool same_skill(const struct skill *a, const struct skill *b)
{
    return strcmp(a->code, b->code) == 0 && strcmp(a->zh, b->zh) == 0 &&
           strcmp(a->en, b->en) == 0 && a->certificate == b->certificate &&
           a->months == b->months &&
           memcmp(&a->implies, &b->implies, sizeof a->implies) == 0;
}

bool skill_table_extends(const struct skill_table *table,
                         const struct skill_table *before)
{
    if (table->count < before->count ||
        table->certificate_count < before->certificate_count)
        return false;
    for (uint32_t i = 0; i < before->count; i++)
        if (!same_skill(&table->skills[i], &before->skills[i]))
            return false;
    for (uint32_t i = 0; i < before->certificate_count; i++)
        if (strcmp(table->certificates[i], before->certificates[i]) != 0)
            return false;
    return true;
}

int skill_import(struct skill_table *table, char *text, size_t size, struct diag *reterr)
{
    struct csv csv;
    int status = csv_init(&csv, text, size, reterr);
    if (status < 0)
        return status;
    AUTO_FREE struct skill_table *copy = mem_alloc(sizeof(*copy));
    AUTO_FREE struct row *rows = mem_calloc(SKILL_MAX, sizeof(*rows));
    if (copy == NULL || rows == NULL)
        return ST_NO_MEMORY;
    *copy = *table;
    status = import_rows(copy, &csv, rows, reterr);
    if (status < 0)
        return status;
    close_implications(copy);
    *table = *copy;
    return ST_OK;
}
