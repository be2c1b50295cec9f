/* SPDX-License-Identifier: Apache-2.0 */
/* A person's own page, and the form of who wants to become a volunteer. */
#include "kept_page.h"

static struct page_own own_of(void)
{
    return (struct page_own){.token = "AbCdEfGhIjKlMnOpQrStUv",
                             .nonce = "8f14e45fceea167a",
                             .has_phone = true,
                             .name = "王小<芳>",
                             .number = "PH000123",
                             .area = "新埭镇",
                             .today = "2026-11-30",
                             .minutes = 755,
                             .exercise_minutes = 120,
                             .credit_count = 2,
                             .credits = {{"2026-11-20", "flood", 95, false},
                                         {"2026-10-11", "fire", 120, true}},
                             .skill_count = 3,
                             .skills = {{"急救", NULL, true},
                                        {"护士", "2027-05-31", true},
                                        {"潜水", "2025-01-01", false}},
                             .course_count = 6,
                             .courses = {{.id = 81,
                                          .title = "急救员<初>训",
                                          .place = "文化站 2 楼",
                                          .at = "2026-12-05 09:00",
                                          .minutes = 180,
                                          .seats_left = 18,
                                          .is_open = true},
                                         {.id = 82,
                                          .title = "排涝",
                                          .place = "",
                                          .at = "2026-12-12 14:00",
                                          .minutes = 120,
                                          .has_seat = true,
                                          .is_open = true},
                                         {.id = 83,
                                          .title = "绳索",
                                          .place = "",
                                          .at = "2026-12-02 14:00",
                                          .minutes = 120,
                                          .has_seat = true},
                                         {.id = 84,
                                          .title = "心理",
                                          .place = "",
                                          .at = "2026-12-03 14:00",
                                          .minutes = 120,
                                          .has_seat = true,
                                          .is_cancelled = true},
                                         {.id = 85,
                                          .title = "护理",
                                          .place = "",
                                          .at = "2026-12-13 14:00",
                                          .minutes = 120,
                                          .is_open = true},
                                         {.id = 86,
                                          .title = "驾驶",
                                          .place = "",
                                          .at = "2026-12-14 14:00",
                                          .minutes = 120,
                                          .place_in_line = 3,
                                          .is_open = true}},
                             .mode = "bike",
                             .duty = "evenings",
                             .quiet_text = "21:00-08:00",
                             .history = "问过您 12 次，您答应了 5 次。",
                             .look_count = 1,
                             .looks = {{"2026-11-21 08:30", "trainer"}}};
}

static void own_page(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum page_notice notice;
        const char *paused_until;
        bool suspended, is_proven, has_phone;
        const char *must[PAGE_LANGUAGE_COUNT];
    } rows[] = {
        {"own_callable",
         PAGE_NOTICE_NONE,
         NULL,
         false,
         true,
         true,
         {"需要时会叫您", "You will be called"}},
        {"own_saved",
         PAGE_NOTICE_SAVED,
         "2026-12-05 08:00",
         false,
         true,
         true,
         {"暂停到 2026-12-05 08:00", "Paused until 2026-12-05 08:00"}},
        {"own_suspended",
         PAGE_NOTICE_NONE,
         NULL,
         true,
         true,
         true,
         {"停用", "suspended"}},
        {"own_digits",
         PAGE_NOTICE_NONE,
         NULL,
         false,
         false,
         true,
         {"手机号的后四位", "Last four digits"}},
        {"own_spent",
         PAGE_NOTICE_DIGITS_SPENT,
         NULL,
         false,
         false,
         true,
         {"请明天再试", "try again tomorrow"}},
        {"own_no_phone",
         PAGE_NOTICE_NONE,
         NULL,
         false,
         false,
         false,
         {"没有登记您的手机号", "No telephone number"}},
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++)
        for (int language = 0; language < PAGE_LANGUAGE_COUNT; language++) {
            struct page_own data = own_of();
            struct text page;
            data.notice = rows[i].notice;
            data.paused_until = rows[i].paused_until;
            data.suspended = rows[i].suspended;
            data.has_phone = rows[i].has_phone;
            if (!rows[i].is_proven)
                data.name = NULL;
            text_init(&page, PAGE_SIZE_MAX);
            page_render_own(&data, (enum page_language)language, &page);
            assert_int_equal(page.status, ST_OK);
            assert_has(&page, rows[i].must[language]);
            assert_lacks(&page, "<芳>");
            keep(rows[i].name, (enum page_language)language, &page);
            if (rows[i].is_proven) {
                assert_has(&page, "王小&lt;芳&gt;");
                assert_has(&page, "value=\"bike\" selected");
                assert_has(&page, "value=\"evenings\" selected");
                assert_has(&page,
                           language == PAGE_ZH ? "（21:00-08:00）" : "(21:00-08:00)");
                assert_has(&page, "急救员&lt;初&gt;训");
                assert_has(&page, "name=\"course\" value=\"82\"");
                assert_has(&page, language == PAGE_ZH ? "已经开始" : "has begun");
                assert_has(&page, language == PAGE_ZH ? "取消了" : "was cancelled");
                assert_has(&page, language == PAGE_ZH ? "我要候补" : "Put me on");
                assert_has(&page, "name=\"wait\" value=\"true\"");
                assert_has(&page, "role=\"group\" aria-labelledby=\"course-86\"");
                assert_has(&page, "<strong id=\"course-86\">");
                assert_has(&page, language == PAGE_ZH ? "排第 3 位" : "number 3 on the");
                assert_has(&page, language == PAGE_ZH ? "不候补了" : "Take me off");
                assert_has(&page, "action=\"/m/AbCdEfGhIjKlMnOpQrStUv/service\"");
                assert_has(&page, "name=\"from\" value=\"2026-01-01\"");
                assert_lacks(&page, language == PAGE_ZH ? "只列最近" : "Only the newest");
                assert_lacks(&page, "value=\"83\"");
                assert_lacks(&page, "value=\"84\"");
            } else {
                assert_lacks(&page, "PH000123");
                assert_lacks(&page, "trainer");
            }
            text_release(&page);
        }
}

static void join_pages(void **state)
{
    (void)state;
    static const struct page_join_area areas[] = {{"新埭<镇>", "N01", "姚浜村", false},
                                                  {"新埭<镇>", "N00", "新埭<镇>", true},
                                                  {NULL, "T02", "独山港镇", false},
                                                  {NULL, "root", NULL, true}};
    static const struct page_join_skill skills[] = {{"first-aid", "急救", true},
                                                    {"nurse", "护士", false},
                                                    {"boat", "船艇驾驶", true}};
    static const struct {
        const char *name;
        enum page_notice notice;
        unsigned wrong;
        const char *must[PAGE_LANGUAGE_COUNT];
    } rows[] = {
        {"join_empty", PAGE_NOTICE_NONE, 0, {"我想加入", "I want to join"}},
        {"join_wrong",
         PAGE_NOTICE_INVALID,
         (1U << PAGE_JOIN_FIELD_COUNT) - 1,
         {"请在列表里选一个地方", "Without your consent"}},
        {"join_full", PAGE_NOTICE_FULL, 0, {"请直接打电话给应急办", "call the office"}},
        {"join_stale", PAGE_NOTICE_STALE, 0, {"再提交一次", "send it once more"}},
    };
    static const char *const where[2][PAGE_LANGUAGE_COUNT] = {
        {"您住在哪个村或社区", "The village or community you live in"},
        {"您住在哪个乡镇或街道", "The town or subdistrict you live in"}};
    for (uint32_t i = 0; i < COUNT_OF(rows); i++)
        for (int language = 0; language < PAGE_LANGUAGE_COUNT; language++) {
            const bool is_empty = i == 0;
            struct page_join data = {.nonce = "8f14e45fceea167a",
                                     .instance = "平湖<市>",
                                     .name = is_empty ? "" : "王小<芳>\"",
                                     .phone = is_empty ? "" : "1000<0>",
                                     .area = is_empty ? "" : "N01",
                                     .mode = is_empty ? "foot" : "bike",
                                     .area_count = COUNT_OF(areas),
                                     .has_villages = i % 2 == 0,
                                     .areas = areas,
                                     .skill_count = COUNT_OF(skills),
                                     .skills = skills,
                                     .wrong = rows[i].wrong,
                                     .notice = rows[i].notice};
            struct text page;
            text_init(&page, PAGE_JOIN_SIZE_MAX);
            page_render_join(&data, (enum page_language)language, &page);
            assert_int_equal(page.status, ST_OK);
            const char *first = strstr(text_string(&page), " autofocus");
            assert_int_equal(first != NULL, rows[i].wrong != 0); /* the name, alone */
            assert_true(first == NULL || strstr(first + 1, " autofocus") == NULL);
            assert_has(&page, rows[i].must[language]);
            assert_has(&page, "<optgroup label=\"新埭&lt;镇&gt;\">");
            assert_has(&page, "</optgroup>\n<option value=\"T02\">");
            assert_has(&page, "value=\"first-aid\" checked");
            assert_has(&page, where[i % 2][language]);
            assert_lacks(&page, "<script>");
            if (!is_empty) {
                assert_has(&page, "王小&lt;芳&gt;&quot;");
                assert_has(&page, "1000&lt;0&gt;");
                assert_has(&page, "value=\"N01\" selected");
                assert_has(&page, "value=\"bike\" selected");
            }
            if (rows[i].wrong == 0)
                assert_lacks(&page, "class=\"wrong\"");
            keep(rows[i].name, (enum page_language)language, &page);
            /* No areas: nothing is asked. */
            data.areas = areas + 3;
            data.area_count = 1;
            text_clear(&page);
            page_render_join(&data, (enum page_language)language, &page);
            assert_has(&page, "<input type=\"hidden\" name=\"area\" value=\"root\">");
            text_clear(&page);
            page_render_join_thanks(NULL, (enum page_language)language, &page);
            assert_has(&page, language == PAGE_ZH ? "谢谢您愿意帮忙" : "Thank you");
            keep("join_thanks", (enum page_language)language, &page);
            text_release(&page);
        }
}

/* The sum is of more than the lines that are shown: that is said. */
static void many_credits(void **state)
{
    (void)state;
    struct page_own data = own_of();
    struct text page;
    for (data.credit_count = 0; data.credit_count < PAGE_CREDITS_MAX; data.credit_count++)
        data.credits[data.credit_count] = data.credits[0];
    text_init(&page, PAGE_SIZE_MAX);
    page_render_own(&data, PAGE_ZH, &page);
    assert_has(&page, "只列最近 20 次");
    text_release(&page);
}

/* What is certified, by whom, and how it is checked; and that there is nothing. */
static void certificate(void **state)
{
    (void)state;
    struct page_service data = {.duty_phone = "10000000000",
                                .instance = "平湖<市>",
                                .issuer = "trainer",
                                .token = "AbCdEfGhIjKlMnOpQrStUv",
                                .certificate = "8K2M-QV0T-3XHC-P7ZD-55WJ-R1NB-G4",
                                .name = "王小<芳>",
                                .number = "PH000123",
                                .organisation = "红十字会",
                                .from = "2026-01-01",
                                .to = "2026-11-30",
                                .issued = "2026-11-30",
                                .minutes = 755,
                                .assignments = 9,
                                .exercise_minutes = 120,
                                .exercise_assignments = 1,
                                .kind_count = 3,
                                .kinds = {{"flood", false, 660, 8},
                                          {"fire", false, 95, 1},
                                          {"typhoon", true, 120, 1}}};
    static const char *const must[PAGE_LANGUAGE_COUNT][6] = {
        {"志愿服务证明", "2026-01-01 至 2026-11-30", "12 小时 35 分", "演练（另记）",
         "洪涝", "电话 10000000000"},
        {"Certificate of service", "2026-01-01 to 2026-11-30", "12 h 35 min",
         "Exercises (counted apart)", "Typhoon", "Telephone 10000000000"}};
    for (int language = 0; language < PAGE_LANGUAGE_COUNT; language++) {
        struct text page;
        text_init(&page, PAGE_SIZE_MAX);
        page_render_service(&data, (enum page_language)language, &page);
        assert_int_equal(page.status, ST_OK);
        for (int i = 0; i < 6; i++)
            assert_has(&page, must[language][i]);
        assert_has(&page, data.certificate);
        assert_has(&page, "href=\"/m/AbCdEfGhIjKlMnOpQrStUv\"");
        assert_has(&page, "王小&lt;芳&gt;");
        assert_has(&page, "平湖&lt;市&gt;");
        assert_has(&page, "红十字会");
        keep("service", (enum page_language)language, &page);
        struct page_service none = data;
        none.assignments = none.exercise_assignments = none.kind_count = 0;
        text_clear(&page);
        page_render_service(&none, (enum page_language)language, &page);
        assert_has(&page, language == PAGE_ZH ? "不能出具证明" : "nothing to certify");
        assert_lacks(&page, data.certificate);
        assert_lacks(&page, "data-print");
        text_release(&page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_page),
        cmocka_unit_test(join_pages),
        cmocka_unit_test(many_credits),
        cmocka_unit_test(certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
