/* SPDX-License-Identifier: Apache-2.0 */
/* Skills, hours and the calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "crowd/hours.h"
#include "crowd/skill.h"

static struct skill_table table;

static bool implies(const char *code, const char *other)
{
    int32_t a = skill_find(&table, code), b = skill_find(&table, other);
    assert_true(a >= 0 && b >= 0);
    return skill_set_has(&table.skills[a].implies, (uint32_t)b);
}

static void test_built_in(void **state)
{
    (void)state;
    static const char *const CODES[] = {"first-aid",
                                        "cpr-aed",
                                        "nurse",
                                        "doctor",
                                        "driver",
                                        "truck-driver",
                                        "boat",
                                        "water-rescue",
                                        "diving",
                                        "rope-rescue",
                                        "collapse-rescue",
                                        "mountain-rescue",
                                        "firefighting",
                                        "electrician",
                                        "plumber",
                                        "chainsaw",
                                        "excavator",
                                        "drone",
                                        "radio",
                                        "translator",
                                        "sign-language",
                                        "psychology",
                                        "childcare",
                                        "eldercare",
                                        "logistics",
                                        "cooking",
                                        "shelter",
                                        "traffic-control",
                                        "interpreter-en"};
    static const char *const CERTIFIED[] = {"nurse",        "doctor",    "driver",
                                            "truck-driver", "boat",      "diving",
                                            "electrician",  "excavator", "drone"};
    skill_table_init(&table);
    assert_int_equal(table.count, COUNT_OF(CODES));
    uint32_t certified = 0;
    for (uint32_t i = 0; i < table.count; i++) {
        assert_true(skill_find(&table, CODES[i]) >= 0);
        assert_true(table.skills[i].zh[0] != '\0' && table.skills[i].en[0] != '\0');
        certified += table.skills[i].certificate >= 0;
    }
    assert_int_equal(certified, COUNT_OF(CERTIFIED));
    for (size_t i = 0; i < COUNT_OF(CERTIFIED); i++) {
        int32_t skill = skill_find(&table, CERTIFIED[i]);
        assert_string_equal(table.certificates[table.skills[skill].certificate],
                            CERTIFIED[i]);
    }
    for (uint32_t i = 0; i < table.count; i++)
        for (uint32_t j = 0; j < table.count; j++)
            assert_int_equal(implies(CODES[i], CODES[j]), i == j);
}

static void test_add(void **state)
{
    (void)state;
    char longest[SKILL_CODE_MAX + 2];
    skill_table_init(&table);
    int before = (int)table.count;
    assert_int_equal(skill_add(&table, "nurse", NULL, NULL), skill_find(&table, "nurse"));
    assert_int_equal(skill_add(&table, "Nurse", NULL, NULL), ST_INVALID);
    assert_int_equal(skill_add(&table, "", NULL, NULL), ST_INVALID);
    memset(longest, 'a', sizeof(longest));
    longest[SKILL_CODE_MAX + 1] = '\0';
    assert_int_equal(skill_add(&table, longest, NULL, NULL), ST_INVALID);
    longest[SKILL_CODE_MAX] = '\0';
    assert_int_equal(skill_add(&table, longest, NULL, NULL), before);
    for (int i = 0; table.count < SKILL_MAX; i++) {
        char code[16];
        snprintf(code, sizeof(code), "x%d", i);
        assert_true(skill_add(&table, code, NULL, NULL) > 0);
    }
    assert_int_equal(skill_add(&table, "one-more", NULL, NULL), ST_LIMIT);
}

static int import(const char *csv, struct diag *diag)
{
    char text[1024];
    snprintf(text, sizeof(text), "%s", csv);
    return skill_import(&table, text, strlen(text), diag);
}

static void test_like(void **state)
{
    (void)state;
    static const struct {
        const char *code, *like;
    } rows[] = {{"firstaid", "first-aid"},
                {"frist-aid", "first-aid"},
                {"doctors", "doctor"},
                {"drivr", "driver"},
                {"translater", "translator"},
                {"juggling", NULL},
                {"boa", NULL},
                {"cook", NULL},
                {"a-code-that-is-longer-than-any-that-can-be-stored", NULL}};
    skill_table_init(&table);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const int32_t like = skill_find_like(&table, rows[i].code);
        if (rows[i].like == NULL)
            assert_int_equal(like, -1);
        else
            assert_string_equal(table.skills[like].code, rows[i].like);
    }
}

static void test_import(void **state)
{
    (void)state;
    struct diag diag = {0};
    skill_table_init(&table);
    assert_int_equal(import("code,zh,en,certificate,months,implies\n"
                            "paramedic,急救员,Paramedic,paramedic,24,nurse; radio\n"
                            "nurse,,,nurse,,first-aid\n"
                            "radio,,,radio-licence,,driver\n",
                            &diag),
                     0);
    int32_t paramedic = skill_find(&table, "paramedic");
    assert_true(implies("paramedic", "first-aid")); /* through nurse */
    assert_true(implies("paramedic", "driver"));    /* through a later row */
    /* Not the other way round, and nobody else by that. */
    assert_false(implies("first-aid", "paramedic") || implies("driver", "paramedic"));
    assert_false(implies("paramedic", "boat") || implies("boat", "first-aid"));
    assert_int_equal(table.skills[paramedic].months, 24);
    assert_string_equal(table.skills[skill_find(&table, "radio")].zh, "radio");
    assert_true(skill_find_certificate(&table, "radio-licence") >= 0);
    struct skill_table *before = mem_alloc(sizeof(*before));
    *before = table;
    static const struct {
        const char *csv;
        uint32_t line, column;
    } BAD[] = {
        {"", 1, 0},
        {"zh\nx\n", 1, 0},
        {"code,colour\nx,y\n", 1, 6},
        {"code\nBad\n", 2, 1},
        {"code\nx\nx\n", 3, 0},
        {"code,implies\nnew,unknown-one\n", 2, 5},
        {"code,months\nnew,-1\n", 2, 5},
        {"code,certificate\nnew,No Code\n", 2, 5},
        {"code,zh\nnew\n", 2, 0},
    };
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        diag = (struct diag){0};
        assert_int_equal(import(BAD[i].csv, &diag), ST_INVALID);
        assert_int_equal(diag.line, BAD[i].line);
        assert_int_equal(diag.column, BAD[i].column);
        assert_memory_equal(before, &table, sizeof(table)); /* all or nothing */
    }
    mem_free(before);
}

static void test_sets(void **state)
{
    (void)state;
    struct skill_set a = {0}, b = {0};
    assert_true(skill_set_is_empty(&a) && skill_set_covers(&a, &b));
    skill_set_add(&a, 0);
    skill_set_add(&a, SKILL_MAX - 1);
    skill_set_add(&b, SKILL_MAX - 1);
    assert_true(skill_set_covers(&a, &b) && !skill_set_covers(&b, &a));
    assert_false(skill_set_has(&a, 64));
}

/* ---- hours
 * ------------------------------------------------------------------------------- */

/* Local time in Shanghai, 2026-11-23 being a Monday. */
static int64_t at(const char *local)
{
    char text[64];
    int64_t ms;
    snprintf(text, sizeof(text), "%s:00+08:00", local);
    assert_true(time_parse(text, &ms));
    return ms;
}

static void test_hours(void **state)
{
    (void)state;
    static const struct {
        const char *hours, *at;
        bool inside;
    } ROWS[] = {
        {"", "2026-11-23T03:00", true},
        {"Mo-Fr 18:00-22:00; Sa-Su 08:00-20:00", "2026-11-23T18:00", true},
        {"Mo-Fr 18:00-22:00; Sa-Su 08:00-20:00", "2026-11-23T22:00", false},
        {"Mo-Fr 18:00-22:00; Sa-Su 08:00-20:00", "2026-11-23T17:59", false},
        {"Mo-Fr 18:00-22:00; Sa-Su 08:00-20:00", "2026-11-29T08:00", true},
        {"22:00-06:00", "2026-11-23T22:00", true},
        {"22:00-06:00", "2026-11-23T05:59", true},
        {"22:00-06:00", "2026-11-23T06:00", false},
        {"Mo 22:00-06:00", "2026-11-23T05:00", false},
        {"Mo 22:00-06:00", "2026-11-24T05:00", true},
        {"Sa-Mo 10:00-11:00", "2026-11-23T10:30", true},
        {"Sa-Mo 10:00-11:00", "2026-11-24T10:30", false},
        {"Tu,Th-Fr 10:00-11:00", "2026-11-26T10:30", true},
        {"Tu,Th-Fr 10:00-11:00", "2026-11-25T10:30", false},
        {"00:00-24:00", "2026-11-25T23:59", true},
        {"00:00-00:00", "2026-11-25T12:00", true},
        {"12:00-12:00", "2026-11-25T11:00", true},
        {" Mo 08:00 - 09:00 ", "2026-11-23T08:30", true},
        {"08:30-09:15", "2026-11-23T08:29", false},
        {"08:00-08:59", "2026-11-23T08:58", true},
        {"08:30-09:15", "2026-11-23T08:30", true},
        {"08:30-09:15", "2026-11-23T09:14", true},
        {"08:30-09:15", "2026-11-23T09:15", false},
        {"Mo 20:00-00:00", "2026-11-23T23:59", true},
        {"Mo 20:00-00:00", "2026-11-24T00:00", false},
        {"Mo 20:00-24:00", "2026-11-23T19:59", false},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct hours hours;
        assert_int_equal(hours_parse(ROWS[i].hours, &hours, NULL), 0);
        if (hours_contain(&hours, at(ROWS[i].at), NULL) != ROWS[i].inside)
            fail_msg("%s at %s", ROWS[i].hours, ROWS[i].at);
    }
}

static void test_bad_hours(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "always",
        "Mo",
        "Mo 8:00-9:00",
        "08:00",
        "08:00-",
        "24:00-25:00",
        "25:00-26:00",
        "08:60-09:00",
        "08:00-24:01",
        "0a:00-09:00",
        "08.00-09:00",
        "08:00-09:00;",
        "Mo- 08:00-09:00",
        "Xx 08:00-09:00",
        "08:00-09:00 x",
        "24:00-06:00",
        "Mo,, 08:00-09:00",
        "1;2;3",
        "01:00-02:00;01:00-02:00;01:00-02:00;01:00-02:00;01:00-02:00;01:00-02:00;01:00-"
        "02:"
        "00;01:00-02:00;01:00-02:00;01:00-02:00;01:00-02:00;01:00-02:00;01:00-02:00"};
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        struct hours hours;
        struct diag diag = {0};
        assert_int_equal(hours_parse(BAD[i], &hours, &diag), ST_INVALID);
        assert_true(diag.column > 0);
    }
}

static void test_calendar(void **state)
{
    (void)state;
    char text[] = "date,treat-as\n2026-11-23,Su\n2026-12-25,Su\n2026-10-01,Su\n";
    struct calendar calendar;
    struct hours hours;
    assert_int_equal(calendar_parse(text, strlen(text), &calendar, NULL), 0);
    assert_int_equal(calendar.count, 3);
    assert_int_equal(hours_parse("Su 08:00-09:00; Mo 22:00-02:00", &hours, NULL), 0);
    assert_true(hours_contain(&hours, at("2026-11-23T08:30"), &calendar));
    assert_false(hours_contain(&hours, at("2026-11-23T08:30"), NULL));
    assert_true(
        hours_contain(&hours, at("2026-10-01T08:30"), &calendar)); /* a Thursday */
    assert_true(hours_contain(&hours, at("2026-12-25T08:30"), &calendar)); /* a Friday */
    assert_false(hours_contain(&hours, at("2026-11-30T08:30"), &calendar));
    /* The night of a Monday that counts as a Sunday is no Monday night. */
    assert_false(hours_contain(&hours, at("2026-11-24T01:00"), &calendar));
    assert_true(hours_contain(&hours, at("2026-11-24T01:00"), NULL));
    calendar_release(&calendar);
    static const char *const BAD[] = {"date,treat-as\n2026-02-30,Su\n",
                                      "date,treat-as\n2026-10-01,Sunday\n",
                                      "date\n2026-10-01\n", "date,treat-as\n2026-10-01\n",
                                      "date,treat-as\n2026-10-01,Su\n2026-10-01,Mo\n"};
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        char bad[128];
        snprintf(bad, sizeof(bad), "%s", BAD[i]);
        assert_int_equal(calendar_parse(bad, strlen(bad), &calendar, NULL), ST_INVALID);
    }
}

/* A doctor is a nurse too, by the doctor's certificate. */
static void test_what_counts(void **state)
{
    (void)state;
    table = (struct skill_table){.count = 3, .certificate_count = 2};
    enum { DOCTOR, NURSE, DRIVER };
    table.skills[DOCTOR].certificate = 0;
    table.skills[NURSE].certificate = 1;
    table.skills[DRIVER].certificate = -1;
    for (uint32_t i = 0; i < table.count; i++)
        skill_set_add(&table.skills[i].implies, i);
    skill_set_add(&table.skills[DOCTOR].implies, NURSE);
    struct crowd_person person = {.certificate_count = 2,
                                  .certificates = {{.certificate = 0, .last_day = 20},
                                                   {.certificate = 1, .last_day = 10}}};
    skill_set_add(&person.skills, NURSE);
    skill_set_add(&person.skills, DRIVER);
    struct skill_set counted;
    crowd_skills_on(&person, &table, 10, &counted);
    assert_true(skill_set_covers(&counted, &person.skills)); /* the last day counts */
    crowd_skills_on(&person, &table, 11, &counted);
    assert_false(skill_set_has(&counted, NURSE));
    assert_true(skill_set_has(&counted, DRIVER));  /* which demands none */
    assert_false(skill_set_has(&counted, DOCTOR)); /* held, but not stated */
    skill_set_add(&person.skills, DOCTOR);
    crowd_skills_on(&person, &table, 11, &counted);
    assert_true(skill_set_has(&counted, NURSE));
    crowd_skills_on(&person, &table, 21, &counted);
    assert_false(skill_set_has(&counted, DOCTOR) || skill_set_has(&counted, NURSE));
}

static void test_lists_of_codes(void **state)
{
    (void)state;
    struct skill_set set;
    skill_table_init(&table);
    assert_true(skill_set_read(&table, "", &set) && skill_set_is_empty(&set));
    assert_true(skill_set_read(&table, "boat;drone", &set));
    assert_true(skill_set_has(&set, (uint32_t)skill_find(&table, "boat")));
    assert_true(skill_set_has(&set, (uint32_t)skill_find(&table, "drone")));
    assert_false(skill_set_read(&table, "boat;;unheard-of;drone", &set));
    assert_true(skill_set_has(&set, (uint32_t)skill_find(&table, "drone")));
    char list[2 * SKILL_CODE_MAX + 3], code[SKILL_CODE_MAX + 1];
    for (size_t i = 0; i < sizeof list; i++)
        list[i] = i == SKILL_CODE_MAX ? ';' : 'a';
    list[sizeof list - 1] = '\0'; /* the longest there can be, and a byte more */
    const char *at = list;
    assert_true(skill_next_code(&at, code) && strlen(code) == SKILL_CODE_MAX);
    assert_true(skill_next_code(&at, code) && code[0] == '\0');
    assert_false(skill_next_code(&at, code));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_in),    cmocka_unit_test(test_add),
        cmocka_unit_test(test_import),      cmocka_unit_test(test_sets),
        cmocka_unit_test(test_like),        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_bad_hours),   cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_what_counts), cmocka_unit_test(test_lists_of_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
