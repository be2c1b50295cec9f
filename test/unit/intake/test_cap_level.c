/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader in China asks of an alert: colour, divisions, language; and the words. */
#include "document.h"

static void test_words(void **state)
{
    (void)state;
    unsigned value;
    assert_string_equal(cap_word(CAP_LIST_STATUS, CAP_STATUS_EXERCISE), "Exercise");
    assert_string_equal(cap_word(CAP_LIST_LEVEL, CAP_LEVEL_RED), "red");
    assert_true(cap_word_find(CAP_LIST_SEVERITY, "Extreme", &value));
    assert_int_equal(value, CAP_SEVERITY_EXTREME);
    assert_false(cap_word_find(CAP_LIST_SEVERITY, "extreme", &value));
    assert_string_equal(cap_words(CAP_LIST_SCOPE), "Public, Restricted, Private");
    assert_true(CAP_LEVEL_RED > CAP_LEVEL_ORANGE && CAP_LEVEL_YELLOW > CAP_LEVEL_BLUE &&
                CAP_LEVEL_BLUE > CAP_LEVEL_NONE);
}

static void test_level(void **state)
{
    (void)state;
    static const struct {
        const char *parameter, *value, *code, *headline, *event;
        enum cap_severity severity;
        enum cap_level level;
    } rows[] = {
        /* by severity alone */
        {"", "", "", "", "台风", CAP_SEVERITY_UNKNOWN, CAP_LEVEL_NONE},
        {"", "", "", "", "台风", CAP_SEVERITY_MINOR, CAP_LEVEL_BLUE},
        {"", "", "", "", "台风", CAP_SEVERITY_MODERATE, CAP_LEVEL_YELLOW},
        {"", "", "", "", "台风", CAP_SEVERITY_SEVERE, CAP_LEVEL_ORANGE},
        {"", "", "", "", "台风", CAP_SEVERITY_EXTREME, CAP_LEVEL_RED},
        /* by headline */
        {"", "", "", "发布台风橙色预警", "", CAP_SEVERITY_MINOR, CAP_LEVEL_ORANGE},
        {"", "", "", "蓝色预警升级为红色预警", "", CAP_SEVERITY_MINOR, CAP_LEVEL_RED},
        {"", "", "", "大雾黃色預警", "", CAP_SEVERITY_MINOR, CAP_LEVEL_YELLOW},
        {"", "", "", "暴雨预警[I级/特别严重]", "", CAP_SEVERITY_MINOR, CAP_LEVEL_RED},
        {"", "", "", "暴雨预警[II级/严重]", "", CAP_SEVERITY_MINOR, CAP_LEVEL_ORANGE},
        {"", "", "", "暴雨预警[III级/较重]", "", CAP_SEVERITY_EXTREME, CAP_LEVEL_YELLOW},
        {"", "", "", "暴雨预警[IV级/一般]", "", CAP_SEVERITY_EXTREME, CAP_LEVEL_BLUE},
        {"", "", "", "暴雨Ⅳ级预警", "", CAP_SEVERITY_EXTREME, CAP_LEVEL_BLUE},
        {"", "", "", "阵风十一级", "", CAP_SEVERITY_MINOR, CAP_LEVEL_BLUE},
        {"", "", "", "Flood in Orange County", "", CAP_SEVERITY_MINOR, CAP_LEVEL_BLUE},
        /* by event, if the headline has none */
        {"", "", "", "", "大风黄色预警", CAP_SEVERITY_MINOR, CAP_LEVEL_YELLOW},
        {"", "", "", "红色预警", "黄色预警", CAP_SEVERITY_MINOR, CAP_LEVEL_RED},
        /* by parameter or code before these */
        {"warningLevel", "Orange", "", "红色", "", CAP_SEVERITY_MINOR, CAP_LEVEL_ORANGE},
        {"awareness_level", "2; yellow; Moderate", "", "", "", CAP_SEVERITY_EXTREME,
         CAP_LEVEL_YELLOW},
        {"预警等级", "Ⅱ级", "", "", "", CAP_SEVERITY_MINOR, CAP_LEVEL_ORANGE},
        {"预警级别", "II", "", "", "", CAP_SEVERITY_MINOR, CAP_LEVEL_ORANGE},
        {"预警颜色", "蓝色", "", "红色", "", CAP_SEVERITY_MINOR, CAP_LEVEL_BLUE},
        {"alertlevel", "Green", "", "", "", CAP_SEVERITY_MINOR, CAP_LEVEL_BLUE},
        {"tide", "red", "", "", "", CAP_SEVERITY_MINOR, CAP_LEVEL_BLUE},
        {"level", "considered", "", "", "", CAP_SEVERITY_MINOR, CAP_LEVEL_BLUE},
        {"", "", "11B03_RED", "黄色", "", CAP_SEVERITY_MINOR, CAP_LEVEL_RED},
        {"level", "blue", "11B03_RED", "黄色", "", CAP_SEVERITY_MINOR, CAP_LEVEL_RED},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cap_value parameter = {rows[i].parameter, rows[i].value};
        struct cap_value code = {"GB/T 35561", rows[i].code};
        const struct cap_info info = {.parameters = {&parameter, 1, 1},
                                      .event_codes = {&code, 1, 1},
                                      .headline = rows[i].headline,
                                      .event = rows[i].event,
                                      .severity = rows[i].severity};
        if (cap_level(&info) != rows[i].level)
            fail_msg("row %zu: %s", i, cap_word(CAP_LIST_LEVEL, cap_level(&info)));
    }
}

static void test_division(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        bool is_division;
    } rows[] = {
        {"CPEAS Geographic Code", "330482101000", true},
        {"行政区划代码", "330482", true},
        {"area", "330482101", true},
        {"area", "33048210", false},
        {"area", "33048", false},
        {"area", "3304821010001", false},
        {"area", "33048a", false},
        {"SAME", "006109", false}, /* no province */
        {"UGC", "AKZ332", false},
        {"area", "", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct cap_value geocode = {rows[i].name, rows[i].value};
        const char *division = cap_division(&geocode);
        assert_true(rows[i].is_division ? division == rows[i].value : division == NULL);
    }
}

static void test_language(void **state)
{
    (void)state;
    static const struct {
        const char *languages[3], *asked;
        int index; /* -1: NULL */
    } rows[] = {
        {{"en-US", "zh-CN"}, "zh", 1},
        {{"en-US", "zh-CN"}, "en", 0},
        {{"fr", "EN"}, "zh", 1},
        {{"fr", "de"}, "zh", 0},
        {{"fr", "ZH-mo", "zh-CN"}, "zh", 1},
        {{"zha", "zh"}, "zh", 1},
        {{NULL}, "zh", -1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cap_info infos[3] = {0};
        struct cap_alert alert = {.infos = infos};
        while (alert.info_count < 3 && rows[i].languages[alert.info_count] != NULL) {
            infos[alert.info_count].language = rows[i].languages[alert.info_count];
            alert.info_count++;
        }
        const struct cap_info *found = cap_info_for(&alert, rows[i].asked);
        assert_ptr_equal(found, rows[i].index < 0 ? NULL : &infos[rows[i].index]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_level),
        cmocka_unit_test(test_division),
        cmocka_unit_test(test_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
