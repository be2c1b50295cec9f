/* SPDX-License-Identifier: Apache-2.0 */
/* The volunteer's and the requester's page. With MUSTER_PAGES=FOLDER every page rendered
 * here is also written there, for the eyes and for the browser stories. */
#include "kept_page.h"

static const char *const QUESTION[] = {"seen", "accept", "limited", "decline"};
static const char *const ASSIGNED[] = {"depart", "arrive", "withdraw", "sos"};
static const char *const EN_ROUTE[] = {"arrive", "withdraw", "sos"};
static const char *const ON_SCENE[] = {"work", "release", "withdraw", "here", "sos"};
static const char *const WORKING[] = {"release", "here", "sos"};
static const char *const REPORT[] = {"report"};
static const char *const ACCEPT[] = {"accept"};
static const char *const LIMITED[] = {"accept", "decline"};
static const char *const LOST[] = {"here", "sos"};
static const char *const BACK[] = {"turned_back"};

#define ANSWERS(list) list, COUNT_OF(list)
static const struct fixture {
    const char *name, *state;
    bool assigned;
    const char *const *answers;
    uint32_t answer_count;
    bool address;
    const char *must[2]; /* in the Chinese page */
} FIXTURES[] = {
    {"pending", "pending", false, ANSWERS(QUESTION), false, {"我能去", "还缺 1 人"}},
    {"no_answer", "no_answer", false, ANSWERS(QUESTION), false, {"我能去", "去不了"}},
    {"limited", "limited", false, ANSWERS(LIMITED), false, {"明白了", "我现在能去了"}},
    {"declined", "declined", false, ANSWERS(ACCEPT), false, {"没关系", "我现在能去了"}},
    {"late", "late", false, NULL, 0, false, {"已记下", "安心休息"}},
    {"alert_stood_down",
     "stood_down",
     false,
     NULL,
     0,
     false,
     {"人手已经够了", "安心休息"}},
    {"void", "void", false, NULL, 0, false, {"不用您来了", "谢谢"}},
    {"assigned", "assigned", true, ANSWERS(ASSIGNED), true, {"我已出发", "打开导航"}},
    {"en_route", "en_route", true, ANSWERS(EN_ROUTE), true, {"我已到场", "去不了了"}},
    {"on_scene", "on_scene", true, ANSWERS(ON_SCENE), true, {"我做完了", "需要帮助"}},
    {"working", "working", true, ANSWERS(WORKING), true, {"我做完了", "需要帮助"}},
    {"released", "released", true, ANSWERS(REPORT), false, {"事情怎么样了", "交上去"}},
    {"reported", "reported", true, NULL, 0, false, {"收到，谢谢", "您的记录"}},
    {"verified", "verified", true, NULL, 0, false, {"都核对好了", "42 分钟"}},
    {"disputed", "disputed", true, ANSWERS(REPORT), false, {"再确认", "交上去"}},
    {"stood_down",
     "stood_down",
     true,
     ANSWERS(BACK),
     false,
     {"人手已经够了", "我已折返"}},
    {"lost_contact",
     "lost_contact",
     true,
     ANSWERS(LOST),
     true,
     {"联系不上您", "一切平安"}},
    {"withdrawn", "withdrawn", true, NULL, 0, false, {"没关系", "谢谢您"}},
    {"unheard_of", "unheard_of", true, NULL, 0, false, {"谢谢您", "真实事件"}},
};

static struct page_data data_of(const struct fixture *fixture)
{
    return (struct page_data){
        .token = "TOKEN-1_a",
        .state = fixture->state,
        .assigned = fixture->assigned,
        .nonce = "00ff00ff00ff00ff",
        .answers = fixture->answers,
        .answer_count = fixture->answer_count,
        .kind = "flood",
        .area = "新埭镇",
        .skills = {"急救", "first aid"},
        .seconds = 341,
        .missing = 1,
        .by = "08:14",
        .has_address = fixture->address,
        .lat = 30.7123,
        .lon = 121.0234,
        .address = "泖河路 18 号",
        .place = "北门进，三楼",
        .requester_name = "李阿姨",
        .requester_phone = "138 0000 0000",
        .contact = "李站长",
        .warning = "水深，走北侧",
        .check_word = "荷花",
        .outcome = "done",
        .report = "排水完成 <b>两位老人已转移</b>",
        .minutes_credited = strcmp(fixture->state, "verified") == 0 ? 42 : 0,
    };
}

static void render(const struct page_data *data, enum page_language language,
                   struct text *ret)
{
    text_init(ret, PAGE_SIZE_MAX);
    page_render(data, language, ret);
    assert_int_equal(ret->status, ST_OK);
}

static void every_state_in_both_languages(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < COUNT_OF(FIXTURES); i++) {
        struct page_data data = data_of(&FIXTURES[i]);
        for (int language = 0; language < PAGE_LANGUAGE_COUNT; language++) {
            struct text page;
            render(&data, (enum page_language)language, &page);
            keep(FIXTURES[i].name, (enum page_language)language, &page);
            for (uint32_t k = 0; language == PAGE_ZH && k < 2; k++)
                assert_has(&page, FIXTURES[i].must[k]);
            assert_lacks(&page, "<b>"); /* escaped */
            assert_lacks(&page, "{}");  /* every hole is filled */
            for (uint32_t k = 0; k < FIXTURES[i].answer_count; k++) {
                char button[64];
                snprintf(button, sizeof button, "value=\"%s\"", FIXTURES[i].answers[k]);
                if (strcmp(FIXTURES[i].answers[k], "seen") != 0 &&
                    strcmp(FIXTURES[i].answers[k], "here") != 0)
                    assert_has(&page, button);
            }
            text_release(&page);
        }
    }
}

/* Where no way leads, no minutes are told, but what to do. */
static void no_way(void **state)
{
    (void)state;
    static const char *const none[] = {"现在没有路能到", "No road leads there"};
    static const char *const minutes[] = {"离您约", "min from you"};
    for (uint32_t i = 0; i < COUNT_OF(FIXTURES) * PAGE_LANGUAGE_COUNT; i++) {
        struct page_data data = data_of(&FIXTURES[i / PAGE_LANGUAGE_COUNT]);
        const enum page_language language = i % PAGE_LANGUAGE_COUNT;
        const bool comes = data.assigned && (strcmp(data.state, "assigned") == 0 ||
                                             strcmp(data.state, "en_route") == 0);
        if (!comes && strcmp(data.state, "pending") != 0)
            continue;
        struct text page;
        render(&data, language, &page);
        assert_has(&page, minutes[language]);
        assert_lacks(&page, none[language]);
        text_release(&page);
        data.seconds = -1;
        render(&data, language, &page);
        assert_has(&page, none[language]);
        assert_lacks(&page, minutes[language]);
        keep(comes ? "no-way" : "no-way-asked", language, &page);
        text_release(&page);
    }
}

static void nothing_private_before_a_yes(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < COUNT_OF(FIXTURES); i++) {
        struct page_data data = data_of(&FIXTURES[i]);
        if (data.has_address)
            continue;
        struct text page;
        render(&data, PAGE_ZH, &page);
        static const char *const private[] = {"泖河路", "李阿姨", "138",  "30.71",
                                              "荷花",   "李站长", "北门", "水深"};
        for (uint32_t k = 0; k < COUNT_OF(private); k++)
            assert_lacks(&page, private[k]);
        text_release(&page);
    }
}

/* One place to go to is large: the dispatcher's words, else the address of who asked. */
static void the_place_comes_before_the_address(void **state)
{
    (void)state;
    static const struct {
        const char *place, *address, *large, *fact;
    } rows[] = {
        {"北门进", "泖河路 18 号", "<br>北门进</p>", "<strong>泖河路 18 号</strong>"},
        {"北门进", NULL, "<br>北门进</p>", NULL},
        {NULL, "泖河路 18 号", "<br>泖河路 18 号</p>", NULL},
        {"泖河路 18 号", "泖河路 18 号", "<br>泖河路 18 号</p>", NULL},
        {NULL, NULL, "新埭镇附近，准确位置请看导航</p>", NULL},
    };
    const struct fixture coming = {
        .state = "en_route", .assigned = true, .address = true};
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        struct page_data data = data_of(&coming);
        struct text page;
        data.place = rows[i].place;
        data.address = rows[i].address;
        render(&data, PAGE_ZH, &page);
        assert_has(&page, rows[i].large);
        if (rows[i].fact != NULL)
            assert_has(&page, rows[i].fact);
        else
            assert_lacks(&page, "求助人的地址");
        /* What to beware of stands before everything that can be pressed. */
        const char *warning = strstr(text_string(&page), "水深");
        assert_true(warning < strstr(text_string(&page), "class=\"navigate\""));
        text_release(&page);
    }
}

/* The root that nobody gave a name is no word for people. */
static void where_no_area_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(FIXTURES); i++)
        for (int language = 0; language < PAGE_LANGUAGE_COUNT; language++) {
            struct page_data data = data_of(&FIXTURES[i]);
            struct text page;
            data.area = "root";
            data.place = data.address = NULL;
            render(&data, (enum page_language)language, &page);
            assert_lacks(&page, "root");
            text_release(&page);
        }
}

static void the_answers_stand_in_the_order_of_use(void **state)
{
    (void)state;
    struct page_data data = data_of(&FIXTURES[0]);
    struct text page;
    render(&data, PAGE_EN, &page);
    const char *accept = strstr(text_string(&page), "value=\"accept\"");
    const char *limited = strstr(text_string(&page), "value=\"limited\"");
    const char *decline = strstr(text_string(&page), "value=\"decline\"");
    assert_true(accept && limited && decline && accept < limited && limited < decline);
    assert_has(&page, "method=\"post\" action=\"/r/TOKEN-1_a\"");
    assert_has(&page, "name=\"nonce\" value=\"00ff00ff00ff00ff\"");
    assert_has(&page, "This is real");
    assert_has(&page, "About 6 min from you");
    assert_lacks(&page, "name=\"digits\"");
    text_release(&page);
}

static void digits_exercise_alarm_and_notices(void **state)
{
    (void)state;
    struct page_data data = data_of(&FIXTURES[0]);
    data.needs_digits = data.exercise = true;
    data.area = "a<script>\"'&";
    struct text page;
    for (int notice = 0; notice < PAGE_NOTICE_COUNT; notice++) {
        data.notice = (enum page_notice)notice;
        render(&data, PAGE_ZH, &page);
        assert_has(&page, "name=\"digits\"");
        assert_has(&page, "演练");
        assert_has(&page, "a&lt;script&gt;&quot;");
        assert_lacks(&page, "banner real");
        const bool is_marked = strstr(text_string(&page), "autofocus") != NULL;
        assert_int_equal(is_marked, notice == PAGE_NOTICE_DIGITS);
        if (notice == PAGE_NOTICE_DIGITS)
            keep("digits", PAGE_ZH, &page);
        text_release(&page);
    }
    data = data_of(&FIXTURES[9]);
    data.roll_call = true;
    render(&data, PAGE_ZH, &page);
    assert_has(&page, "点名");
    assert_has(&page, "value=\"here\"");
    keep("roll_call", PAGE_ZH, &page);
    text_release(&page);
    data.sos = true;
    render(&data, PAGE_ZH, &page);
    assert_has(&page, "警报已送到");
    assert_lacks(&page, "正在处理"); /* nobody has seen it yet */
    assert_lacks(&page, "value=\"sos\"");
    keep("sos", PAGE_ZH, &page);
    text_release(&page);
    data.sos = false;
    data.sos_seen = true;
    render(&data, PAGE_ZH, &page);
    assert_has(&page, "正在处理");
    keep("sos_seen", PAGE_ZH, &page);
    text_release(&page);
}

static const struct fixture *fixture_of(const char *state)
{
    for (uint32_t i = 0; i < COUNT_OF(FIXTURES); i++)
        if (strcmp(FIXTURES[i].state, state) == 0)
            return &FIXTURES[i];
    fail_msg("no fixture is %s", state);
    return NULL;
}

/* Who leads a team says how many come, and on arrival who they are. */
static void teams(void **state)
{
    (void)state;
    struct page_data data = data_of(fixture_of("pending"));
    struct text page;
    render(&data, PAGE_ZH, &page);
    assert_lacks(&page, "name=\"count\"");
    text_release(&page);
    data.brings = 5;
    render(&data, PAGE_ZH, &page);
    assert_has(
        &page,
        "name=\"count\" type=\"number\" inputmode=\"numeric\" min=\"1\" max=\"5\"");
    keep("team", PAGE_ZH, &page);
    text_release(&page);
    data = data_of(fixture_of("en_route"));
    data.count = 3;
    render(&data, PAGE_ZH, &page);
    assert_has(&page, "连您一共 3 人");
    assert_has(&page, "name=\"names\"");
    keep("team_en_route", PAGE_ZH, &page);
    text_release(&page);
}

/* Not even after a stand-down. */
static void who_called_for_help_is_not_told_to_rest(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < COUNT_OF(FIXTURES); i++) {
        if (strcmp(FIXTURES[i].name, "stood_down") != 0)
            continue;
        struct page_data data = data_of(&FIXTURES[i]);
        struct text page;
        for (int seen = 0; seen < 2; seen++) {
            data.sos = seen == 0;
            data.sos_seen = seen == 1;
            render(&data, PAGE_ZH, &page);
            assert_has(&page, seen == 1 ? "正在处理" : "警报已送到");
            assert_has(&page, "我们还在跟进");
            assert_lacks(&page, "安心休息");
            text_release(&page);
        }
        return;
    }
    fail_msg("no page of who was stood down");
}

/* Pressing twice in the same place is no release: the big button comes in order. */
static void the_first_button_is_the_next_step(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < COUNT_OF(FIXTURES); i++) {
        if (strcmp(FIXTURES[i].name, "on_scene") != 0)
            continue;
        struct page_data data = data_of(&FIXTURES[i]);
        struct text page;
        render(&data, PAGE_ZH, &page);
        assert_has(&page, "value=\"work\" class=\"primary\"");
        assert_has(&page, "value=\"release\" class=\"plain\"");
        text_release(&page);
    }
}

/* A call for help may say where: the next step is not the only form with a position. */
static void a_call_for_help_may_say_where(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < COUNT_OF(FIXTURES); i++) {
        if (strcmp(FIXTURES[i].name, "lost_contact") != 0)
            continue;
        struct page_data data = data_of(&FIXTURES[i]);
        struct text page;
        render(&data, PAGE_ZH, &page);
        assert_lacks(&page, "value=\"depart\"");
        const char *form = strstr(text_string(&page), "<details class=\"out sos\">");
        assert_non_null(form);
        assert_non_null(strstr(form, "data-share"));
        text_release(&page);
        data.sos = true; /* it was raised */
        render(&data, PAGE_ZH, &page);
        assert_lacks(&page, "data-share");
        text_release(&page);
        return;
    }
    fail_msg("no page of who is missing");
}

/* Who had left and is wanted again may come after all, or say that they are home. */
static void a_yes_again_stands_first(void **state)
{
    (void)state;
    static const char *const answers[] = {"accept", "turned_back", "sos"};
    struct page_data data = {.token = "t",
                             .state = "stood_down",
                             .assigned = true,
                             .nonce = "00",
                             .answers = answers,
                             .answer_count = COUNT_OF(answers),
                             .kind = "flood",
                             .missing = 1,
                             .by = "08:14",
                             .said = PAGE_WANTED_AGAIN};
    struct text page;
    render(&data, PAGE_ZH, &page);
    keep("wanted_again", PAGE_ZH, &page);
    assert_has(&page, "又需要人手了");
    assert_has(&page, "还缺 1 人");
    assert_has(&page, "value=\"accept\" class=\"primary\"");
    assert_has(&page, "value=\"turned_back\" class=\"plain\"");
    assert_lacks(&page, "人手已经够了");
    text_release(&page);
    render(&data, PAGE_EN, &page);
    assert_has(&page, "People are wanted again");
    text_release(&page);
    /* Without a seat it is noted already: no button that would change nothing. */
    data.said = NULL;
    data.assigned = false;
    data.state = "late";
    render(&data, PAGE_EN, &page);
    assert_has(&page, "Thank you, noted");
    assert_lacks(&page, "value=\"accept\"");
    text_release(&page);
}

/* Each sentence that is said instead of the state's, and which answers it has. */
static void what_is_said_has_its_answers(void **state)
{
    (void)state;
    static const char *const answers[] = {"accept", "limited", "decline"};
    static const struct {
        const char *state, *said, *must, *must_too, *not ;
    } rows[] = {
        {"limited", NULL, "实在缺人的时候", "value=\"limited\"", "现在需要您"},
        {"limited", PAGE_WANTED_NOW, "现在需要您", ">我能去<", "value=\"limited\""},
        {"stood_down", NULL, "人手已经够了", "洪涝 · 新埭镇 · 急救", "<button"},
        {"stood_down", PAGE_CALLED_OFF, "这次不用您来了", "洪涝", "<button"},
        {"stood_down", PAGE_WANTED_AGAIN, "又需要人手了", ">去不了<", "人手已经够了"},
        {"stood_down", PAGE_NO_NOTED, "谢谢您告诉我们", "洪涝", "<button"},
        {"late", NULL, "来的人已经够了", "之后我也去不了", "value=\"accept\""},
        {"late", PAGE_NO_NOTED, "谢谢您告诉我们", "洪涝", "<button"},
        {"late", PAGE_ELSEWHERE, "先顾那边", "之后我也去不了", "已经够了"},
        {"void", PAGE_ELSEWHERE, "先顾那边", "洪涝", "value=\"accept\""},
        {"late", PAGE_ASKED_ANEW, "最新收到的那条消息", "洪涝", "<button"},
        {"stood_down", PAGE_ASKED_ANEW, "最新收到的那条消息", "洪涝", "<button"},
        {"no_answer", PAGE_CALLED_OFF, "这次不用您来了", "洪涝", "您能来吗"},
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        const struct fixture asked = {.state = rows[i].state};
        struct page_data data = data_of(&asked);
        struct text page;
        data.answers = answers;
        data.answer_count = COUNT_OF(answers);
        data.said = rows[i].said;
        render(&data, PAGE_ZH, &page);
        assert_has(&page, rows[i].must);
        assert_has(&page, rows[i].must_too);
        assert_lacks(&page, rows[i].not );
        text_release(&page);
    }
}

/* A time that has passed is not named as one to be there by. */
static void the_time_is_not_the_past(void **state)
{
    (void)state;
    struct page_data data = data_of(&FIXTURES[0]);
    struct text page;
    data.is_past = true;
    render(&data, PAGE_ZH, &page);
    assert_has(&page, "已过 08:14，仍然需要人");
    assert_lacks(&page, "08:14 前");
    text_release(&page);
}

/* After a yes on behalf, or on another device, one press shows where to go; a call for
 * help is asked for no digits. */
static void one_press_shows_where_to_go(void **state)
{
    (void)state;
    const struct fixture coming = {.state = "en_route", .assigned = true};
    struct page_data data = data_of(&coming);
    struct text page;
    data.answers = EN_ROUTE;
    data.answer_count = COUNT_OF(EN_ROUTE);
    render(&data, PAGE_ZH, &page);
    const char *show = strstr(text_string(&page), "value=\"accept\" class=\"primary\"");
    assert_non_null(show);
    assert_true(show < strstr(text_string(&page), "value=\"arrive\" class=\"plain\""));
    text_release(&page);
    data.needs_digits = true; /* asked for once */
    render(&data, PAGE_ZH, &page);
    const char *digits = strstr(text_string(&page), "name=\"digits\"");
    assert_non_null(digits);
    assert_null(strstr(digits + 1, "name=\"digits\""));
    assert_true(digits < strstr(text_string(&page), "value=\"accept\""));
    assert_lacks(&page, "value=\"arrive\"");
    assert_has(&page, "value=\"sos\"");
    text_release(&page);
    data.needs_digits = false;
    data.has_address = true;
    render(&data, PAGE_ZH, &page);
    assert_lacks(&page, "value=\"accept\"");
    text_release(&page);
}

static void the_language_is_the_browsers(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        enum page_language language;
    } rows[] = {
        {NULL, PAGE_ZH},
        {"", PAGE_ZH},
        {"en", PAGE_EN},
        {"zh-CN,zh;q=0.9,en;q=0.8", PAGE_ZH},
        {"en-GB,en;q=0.9,zh;q=0.8", PAGE_EN},
        {"fr-FR, en;q=0.5, zh;q=0.7", PAGE_ZH},
        {"fr", PAGE_ZH},
        {"en;q=0, zh;q=0.1", PAGE_ZH},
        {"ENX, enlightened", PAGE_ZH},
        {";;;,,,=q", PAGE_ZH},
        {"en ; q=0.3 , zh ; q=0.2", PAGE_EN},
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(page_language_of(rows[i].header), rows[i].language);
    assert_string_equal(page_sentence("stood_down", false, PAGE_EN),
                        "Thank you. There are enough people now. Please rest.");
}

static void requester_and_gone(void **state)
{
    (void)state;
    static const struct {
        const char *state, *must;
        int32_t accepted, on_scene;
    } rows[] = {
        {"reported", "正在核实", 0, 0},       {"active", "正在叫人", 0, 0},
        {"active", "有人答应来帮您了", 2, 0}, {"active", "第一位约 6 分钟后到", 2, 0},
        {"active", "已经到了", 2, 1},         {"standing_down", "正在收尾", 2, 1},
        {"review", "已经办完", 2, 1},         {"closed", "已经办完", 2, 1},
        {"cancelled", "已取消", 2, 1},
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        struct page_case data = {.case_number = "P261123-0001",
                                 .state = rows[i].state,
                                 .kind = "household",
                                 .area = "新埭镇",
                                 .reported = "08:02",
                                 .wanted = 3,
                                 .accepted = rows[i].accepted,
                                 .on_scene = rows[i].on_scene,
                                 .en_route = 1,
                                 .first_seconds = 330,
                                 .check_word = "荷花"};
        struct text page;
        text_init(&page, PAGE_SIZE_MAX);
        page_render_case(&data, PAGE_ZH, &page);
        assert_int_equal(page.status, ST_OK);
        assert_has(&page, rows[i].must);
        assert_has(&page, "P261123-0001");
        char name[32];
        snprintf(name, sizeof name, "case_%s", rows[i].state);
        keep(name, PAGE_ZH, &page);
        text_release(&page);
    }
    struct text page;
    text_init(&page, PAGE_SIZE_MAX);
    page_render_gone("0573-110 119", PAGE_EN, &page);
    assert_has(&page, "no longer works");
    assert_has(&page, "href=\"tel:0573110119\">Duty room 0573-110 119</a>");
    keep("gone", PAGE_EN, &page);
    text_release(&page);
}

static void out_of_memory_is_told(void **state)
{
    (void)state;
    struct page_data data = data_of(&FIXTURES[7]);
    bool failed = true;
    for (uint64_t n = 1; failed && n < 200; n++) {
        struct text page;
        text_init(&page, PAGE_SIZE_MAX);
        mem_fail_at(n);
        page_render(&data, PAGE_ZH, &page);
        mem_fail_at(0);
        failed = page.status == ST_NO_MEMORY;
        text_release(&page);
        if (n == 199)
            assert_false(failed);
    }
    struct text page;
    text_init(&page, 500);
    page_render(&data, PAGE_ZH, &page);
    assert_int_equal(page.status, ST_LIMIT);
    text_release(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_in_both_languages),
        cmocka_unit_test(teams),
        cmocka_unit_test(no_way),
        cmocka_unit_test(nothing_private_before_a_yes),
        cmocka_unit_test(the_place_comes_before_the_address),
        cmocka_unit_test(where_no_area_is_known),
        cmocka_unit_test(the_answers_stand_in_the_order_of_use),
        cmocka_unit_test(digits_exercise_alarm_and_notices),
        cmocka_unit_test(the_first_button_is_the_next_step),
        cmocka_unit_test(a_call_for_help_may_say_where),
        cmocka_unit_test(who_called_for_help_is_not_told_to_rest),
        cmocka_unit_test(a_yes_again_stands_first),
        cmocka_unit_test(what_is_said_has_its_answers),
        cmocka_unit_test(one_press_shows_where_to_go),
        cmocka_unit_test(the_time_is_not_the_past),
        cmocka_unit_test(the_language_is_the_browsers),
        cmocka_unit_test(requester_and_gone),
        cmocka_unit_test(out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
