/* SPDX-License-Identifier: Apache-2.0 */
#include "api/page_text.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "channel/breaker.h"
#include "channel/format.h"
#include "store/course.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define DEADLINE INT64_C(1795369320000) /* 2026-11-23 01:42 in Shanghai */
#define NOW (DEADLINE - TIME_HOUR_MS)

static struct course course = {
    .title = "急救初训", .place = "文化站 2 楼", .starts_ms = DEADLINE};

static struct outbox_item sample(enum message_kind kind)
{
    struct outbox_item item = {.id = 42,
                               .kind = kind,
                               .channel = CHANNEL_EMAIL,
                               .token = "AAAAAAAAAAAAAAAAAAAAAA",
                               .reply_code = "0421",
                               .incident_kind = KIND_FLOOD,
                               .travel_ms = 359000,
                               .deadline_ms = DEADLINE,
                               .course = &course};
    memcpy(item.to.number, "PH1", 4);
    memcpy(item.to.email, "ph1@example.invalid", 20);
    return item;
}

static void every_kind_has_its_words(void **state)
{
    (void)state;
    static const enum channel_kind channels[] = {CHANNEL_EMAIL, CHANNEL_PUSH};
    for (int row = 0; row < 2 * MESSAGE_KIND_COUNT; row++) {
        struct outbox_item item = sample((enum message_kind)(row / 2));
        struct wording wording;
        item.channel = channels[row % 2];
        assert_int_equal(
            wording_make(&item, "新埭镇", "http://x/r/T", true, NOW, &wording), ST_OK);
        assert_true(wording.subject.size > 10 && wording.text.size > 20);
        assert_null(strchr(text_string(&wording.subject), '%'));
        assert_null(strstr(text_string(&wording.subject), "【演练")); /* it is none */
        assert_null(strstr(text_string(&wording.text), "【演练"));
        wording_release(&wording);
    }
}

static void where_no_area_is_known_no_word_is_the_programs(void **state)
{
    (void)state;
    for (int kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
        struct outbox_item item = sample((enum message_kind)kind);
        struct wording wording;
        assert_int_equal(wording_make(&item, "root", "l", true, NOW, &wording), ST_OK);
        assert_null(strstr(text_string(&wording.subject), "root"));
        assert_null(strstr(text_string(&wording.text), "root"));
        wording_release(&wording);
    }
}

/* What, when, where: nobody has to open a page to learn that the door is closed. */
static void a_course_is_named_with_its_time_and_place(void **state)
{
    (void)state;
    static const struct {
        enum message_kind kind;
        const char *zh, *en;
    } told[] = {
        {MESSAGE_KIND_COURSE_INVITED,
         "A要办培训《急救初训》，2026-11-23 01:42 开始，地点：文化站 2 楼。",
         "There is a course in A: 急救初训, 2026-11-23 01:42, at: 文化站 2 楼."},
        {MESSAGE_KIND_COURSE_SEAT,
         "您候补的培训《急救初训》空出了名额，已经给您：2026-11-23 01:42 "
         "开始，地点：文化站 2 楼。",
         "A seat in the course you were waiting for is free, and it is yours: 急救初训, "
         "2026-11-23 01:42, at: 文化站 2 楼."},
        {MESSAGE_KIND_COURSE_CANCELLED,
         "您报名的培训《急救初训》（2026-11-23 01:42）取消了，请不要过来。",
         "The course you signed up for is off: 急救初训, 2026-11-23 01:42. Please do not "
         "come."},
        {MESSAGE_KIND_COURSE_MOVED,
         "您报名的培训《急救初训》改了时间或地点：现在是 2026-11-23 01:42 "
         "开始，地点：文化站 2 "
         "楼。",
         "The course you signed up for has been moved: 急救初训 now begins 2026-11-23 "
         "01:42, at: 文化站 2 楼."},
        {MESSAGE_KIND_COURSE_REMINDER,
         "提醒您：培训《急救初训》2026-11-23 01:42 开始，地点：文化站 2 楼。",
         "A reminder: the course 急救初训 begins 2026-11-23 01:42, at: 文化站 2 楼."},
    };
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct outbox_item item = sample(told[i].kind);
        struct wording wording;
        assert_int_equal(
            wording_make(&item, "A", "http://x/m/T", true, NOW - TIME_DAY_MS, &wording),
            ST_OK);
        assert_non_null(strstr(text_string(&wording.text), told[i].zh));
        assert_non_null(strstr(text_string(&wording.text), told[i].en));
        assert_non_null(strstr(text_string(&wording.text), "http://x/m/T"));
        wording_release(&wording);
    }
}

static bool is_on_the_page(const char *words, size_t size)
{
    static const char *const texts[] = {
#define X(name, zh, en) zh, en,
        PAGE_TEXT_LIST(X)
#undef X
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (strlen(texts[i]) == size && memcmp(texts[i], words, size) == 0)
            return true;
    return false;
}

/* What a message says to press is there to be pressed, under this name. */
static void every_button_named_is_on_the_page(void **state)
{
    (void)state;
    static const char *const quotes[][2] = {{"“", "”"}, {"\"", "\""}};
    int named = 0;
    for (int kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
        struct outbox_item item = sample((enum message_kind)kind);
        struct wording wording;
        assert_int_equal(wording_make(&item, "A", "l", true, NOW, &wording), ST_OK);
        for (size_t i = 0; i < COUNT_OF(quotes); i++) {
            const char *at = strstr(text_string(&wording.text), quotes[i][0]);
            if (at == NULL)
                continue;
            at += strlen(quotes[i][0]);
            const char *end = strstr(at, quotes[i][1]);
            assert_non_null(end);
            if (!is_on_the_page(at, (size_t)(end - at)))
                fail_msg("no such button: %s", at);
            named++;
        }
        wording_release(&wording);
    }
    assert_int_equal(named, 10); /* roll call, courses; in both languages */
}

/* Invariant 9: whatever goes out of an exercise says so, first thing, on every channel.
 */
static void every_message_of_an_exercise_says_so(void **state)
{
    (void)state;
    for (int kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
        struct outbox_item item = sample((enum message_kind)kind);
        struct wording wording;
        struct text body, mail;
        item.exercise = true;
        (void)snprintf(item.to.email, sizeof item.to.email, "a@example.org");
        text_init(&body, FORMAT_MAX);
        text_init(&mail, FORMAT_MAX);
        assert_int_equal(wording_make(&item, "A", "http://x/r/T", true, NOW, &wording),
                         ST_OK);
        assert_ptr_equal(strstr(text_string(&wording.subject), "【演练 Exercise】"),
                         text_string(&wording.subject));
        assert_ptr_equal(strstr(text_string(&wording.text), "【演练，"),
                         text_string(&wording.text));
        /* the file channel and the web hook */
        assert_int_equal(
            format_json(&item, &wording, "http://x/r/T", 1795369320000, &body), ST_OK);
        assert_non_null(strstr(text_string(&body), "\"exercise\":true"));
        assert_int_equal(format_mail(&item, &wording, "m@example.org", 1, &mail), ST_OK);
        assert_non_null(strstr(text_string(&mail), "\r\nX-Muster-Exercise: yes\r\n"));
        text_release(&body);
        text_release(&mail);
        wording_release(&wording);
        item.channel = CHANNEL_VOICE; /* heard once: in full */
        assert_int_equal(wording_make(&item, "A", "", true, NOW, &wording), ST_OK);
        assert_ptr_equal(strstr(text_string(&wording.text), "【演练，不是真实事件】"),
                         text_string(&wording.text));
        wording_release(&wording);
    }
}

static void an_alert_says_where_how_far_and_by_when(void **state)
{
    (void)state;
    struct outbox_item item = sample(MESSAGE_KIND_ALERT);
    item.exercise = true;
    struct wording wording;
    assert_int_equal(wording_make(&item, "新埭镇", "http://x/r/T", true, NOW, &wording),
                     ST_OK);
    const char *text = text_string(&wording.text);
    assert_non_null(strstr(text, "新埭镇"));
    assert_non_null(strstr(text, "约 6 分钟"));
    assert_non_null(strstr(text, "01:42"));
    assert_non_null(strstr(text, "http://x/r/T"));
    assert_non_null(strstr(text, "Exercise, not real"));
    assert_non_null(strstr(text_string(&wording.subject), "演练"));
    wording_release(&wording);
}

static void check_alert(uint32_t travel_ms, int64_t now_ms, const char *zh,
                        const char *en)
{
    struct outbox_item item = sample(MESSAGE_KIND_ALERT);
    struct wording wording;
    item.travel_ms = travel_ms;
    assert_int_equal(wording_make(&item, "A", "l", true, now_ms, &wording), ST_OK);
    if (strstr(text_string(&wording.text), zh) == NULL ||
        strstr(text_string(&wording.text), en) == NULL)
        fail_msg("not so: %s", text_string(&wording.text));
    wording_release(&wording);
}

/* A deadline on another day has its date, and where there is no way no minutes stand. */
static void an_alert_says_no_more_than_is_known(void **state)
{
    (void)state;
    check_alert(359000, NOW, "。离您约 6 分钟，请在 01:42 前到场",
                "\nFlood in A: we need you by 01:42, about 6 min away. "
                "Please");
    check_alert(359000, NOW - 2 * TIME_HOUR_MS, "请在 2026-11-23 01:42 前到场",
                "we need you by 2026-11-23 01:42, about 6 min away. Please");
    check_alert(LOOP_NO_WAY_MS, NOW, "帮忙。请在 01:42 前到场",
                "we need you by 01:42. Please");
}

/* Who has reported once is not asked as if nothing had come. */
static void a_doubted_report_is_asked_for_otherwise(void **state)
{
    (void)state;
    struct outbox_item item = sample(MESSAGE_KIND_REPORT);
    for (int doubted = 0; doubted < 2; doubted++) {
        struct wording wording;
        item.doubted = doubted != 0;
        assert_int_equal(
            wording_make(&item, "新埭镇", "http://x/r/T", true, NOW, &wording), ST_OK);
        const char *text = text_string(&wording.text);
        assert_int_equal(strstr(text, "谢谢您去了新埭镇") != NULL, true);
        assert_int_equal(strstr(text, "http://x/r/T") != NULL, true);
        assert_int_equal(strstr(text, "再确认") != NULL, doubted);
        assert_int_equal(strstr(text, "one question") != NULL, doubted);
        assert_int_equal(strstr(text, "how it went") == NULL, doubted);
        wording_release(&wording);
    }
}

/* Nobody filled it: the stand-down does not say that enough people are there. */
static void says(enum message_kind kind, enum channel_kind channel, bool zh,
                 const char *expected)
{
    struct outbox_item item = sample(kind);
    struct wording wording;
    item.channel = channel;
    assert_int_equal(wording_make(&item, "新埭镇", "http://x/r/T", zh, NOW, &wording),
                     ST_OK);
    assert_string_equal(text_string(&wording.text), expected);
    wording_release(&wording);
}

/* One language, what to write back, and which alert is meant. */
static void a_text_message_can_be_answered(void **state)
{
    (void)state;
    says(MESSAGE_KIND_ALERT, CHANNEL_SMS, true,
         "新埭镇发生洪涝，需要您帮忙。离您约 6 分钟，请在 01:42 前到场。回复1能来，"
         "2不能来，3加分钟缺人再叫（3 20）或打开 http://x/r/T 编号0421");
    says(MESSAGE_KIND_ALERT, CHANNEL_SMS, false,
         "Flood in 新埭镇: we need you by 01:42, about 6 min away. Reply 1 yes, 2 no, 3 "
         "and minutes if we must (3 20) or open http://x/r/T Code 0421");
    says(MESSAGE_KIND_ALERT, CHANNEL_VOICE, true,
         "您好，这里是应急志愿者值班室。新埭镇发生洪涝，需要您帮忙。离您约 6 分钟，请在 "
         "01:42 前到场。能来请按1，不能来请按2。");
    says(MESSAGE_KIND_ROLL_CALL, CHANNEL_VOICE, false,
         "Hello, this is the duty room of the emergency volunteers. Roll call in 新埭镇. "
         "Press 1 if you are all right, 9 for help.");
    says(MESSAGE_KIND_ROLL_CALL, CHANNEL_SMS, true,
         "新埭镇现场点名，平安回复1，需要帮助回复9，或打开 http://x/r/T 编号0421");
    says(MESSAGE_KIND_REPORT, CHANNEL_SMS, true,
         "谢谢您去了新埭镇。请用一两句话说说情况： http://x/r/T");
    says(MESSAGE_KIND_LATE, CHANNEL_SMS, false,
         "Thank you for being willing. 新埭镇 has enough people just now, please rest; "
         "we will tell you if you are needed after all.");
}

static uint32_t characters(const char *text)
{
    uint32_t count = 0;
    for (const char *at = text; *at != '\0'; at++)
        count += ((unsigned char)*at & 0xc0) != 0x80;
    return count;
}

static void alert_by_text(enum incident_kind kind, bool exercise, bool zh,
                          struct wording *ret)
{
    struct outbox_item item = sample(MESSAGE_KIND_ALERT);
    item.channel = CHANNEL_SMS;
    item.exercise = exercise;
    item.incident_kind = kind;
    item.travel_ms = 12 * TIME_MINUTE_MS;
    const char link[] = "https://muster.county.example/r/AAAAAAAAAAAAAAAAAAAAAA";
    assert_int_equal(wording_make(&item, "新埭镇", link, zh, NOW, ret), ST_OK);
}

/* Whatever happened, an alert is a sentence, and fits, an exercise's too, into two parts
 * of 67 characters behind a host of 21 letters; in English, with the area's Chinese name,
 * into three. */
static void an_alert_by_text_is_few_parts(void **state)
{
    (void)state;
    static const struct {
        enum incident_kind kind;
        const char *begins;
    } table[] = {
        {KIND_FLOOD, "新埭镇发生洪涝，需要您"},
        {KIND_MISSING_PERSON, "新埭镇有人走失，需要您"},
        {KIND_HOUSEHOLD, "新埭镇有居民求助，需要您"},
        {KIND_EVACUATION, "新埭镇正在转移群众，需要您"},
        {KIND_PUBLIC_EVENT, "新埭镇有大型活动，需要您"},
    };
    for (int row = 0; row < 2 * INCIDENT_KIND_COUNT; row++) {
        const int kind = row / 2;
        const bool exercise = row % 2 == 1;
        struct wording wording;
        alert_by_text((enum incident_kind)kind, exercise, false, &wording);
        if (characters(text_string(&wording.text)) > 3 * 67)
            fail_msg("%u characters: %s", characters(text_string(&wording.text)),
                     text_string(&wording.text));
        wording_release(&wording);
        alert_by_text((enum incident_kind)kind, exercise, true, &wording);
        const char *text = text_string(&wording.text);
        if (characters(text) > 2 * 67)
            fail_msg("%u characters: %s", characters(text), text);
        for (size_t i = 0; i < COUNT_OF(table); i++)
            if ((int)table[i].kind == kind && !exercise &&
                strncmp(text, table[i].begins, strlen(table[i].begins)) != 0)
                fail_msg("not so: %s", text);
        wording_release(&wording);
    }
}

/* A notification is pressed itself, and tells no address. */
static void a_push_is_short_and_asks(void **state)
{
    (void)state;
    says(
        MESSAGE_KIND_ALERT, CHANNEL_PUSH, true,
        "新埭镇发生洪涝，需要您帮忙。离您约 6 分钟，请在 01:42 前到场。能不能来，请点一下"
        "。");
    says(MESSAGE_KIND_ASK_LIMITED, CHANNEL_PUSH, false,
         "We are still short of people and need you now in 新埭镇. Can you come?");
    says(MESSAGE_KIND_LATE, CHANNEL_PUSH, false,
         "Thank you for being willing. 新埭镇 has enough people just now, please rest; "
         "we will tell you if you are needed after all.");
    struct outbox_item item = sample(MESSAGE_KIND_ALERT);
    struct wording wording;
    struct text body;
    item.channel = CHANNEL_PUSH;
    item.exercise = true;
    assert_int_equal(wording_make(&item, "A", "l", false, NOW, &wording), ST_OK);
    text_init(&body, FORMAT_MAX);
    assert_int_equal(format_push(&item, &wording, "https://x/r/T", false, &body), ST_OK);
    json_t *root = json_loads(text_string(&body), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "subject")),
                        "[Exercise] Can you help? A: flood");
    assert_string_equal(json_string_value(json_object_get(root, "link")),
                        "https://x/r/T");
    assert_true(json_is_true(json_object_get(root, "urgent")));
    assert_null(strstr(text_string(&body), item.to.email));
    json_decref(root);
    text_release(&body);
    wording_release(&wording);
}

/* Who is asked by hand reads why, in both languages; a long text is cut between letters.
 */
static void a_desk_reads_why(void **state)
{
    (void)state;
    struct outbox_item item = sample(MESSAGE_KIND_DESK_ESCALATED);
    struct wording wording;
    char reason[700] = "两个镇都缺船";
    item.reason = reason;
    assert_int_equal(wording_make(&item, "新埭镇", "l", true, NOW, &wording), ST_OK);
    const char *said = text_string(&wording.text);
    assert_non_null(strstr(said, "请上级支援。请求支援的人写道：“两个镇都缺船”。请打开"));
    assert_non_null(strstr(said, "for help. They write: \"两个镇都缺船\". Please look"));
    wording_release(&wording);
    memset(reason, 'a', 599);
    (void)snprintf(reason + 599, sizeof reason - 599, "船");
    assert_int_equal(wording_make(&item, "新埭镇", "l", true, NOW, &wording), ST_OK);
    assert_non_null(strstr(text_string(&wording.text), "a…”。"));
    wording_release(&wording);
}

static bool has_header(const struct outbox_item *item, const char *wanted)
{
    char headers[FORMAT_HEADERS_MAX][FORMAT_HEADER_SIZE];
    const char *list[FORMAT_HEADERS_MAX + 1];
    format_push_headers(item, "vapid t=T, k=K", NOW, headers, list);
    for (int i = 0; list[i] != NULL; i++)
        if (strcmp(list[i], wanted) == 0)
            return true;
    return false;
}

/* Kept for a telephone that is off as long as it is of use. */
static void a_push_service_is_told_how_long(void **state)
{
    (void)state;
    struct outbox_item item = sample(MESSAGE_KIND_ALERT);
    item.alert_id = 77;
    assert_true(has_header(&item, "TTL: 3600"));
    assert_true(has_header(&item, "Urgency: high"));
    assert_true(has_header(&item, "Topic: course-0"));
    item.course = NULL;
    assert_true(has_header(&item, "Topic: alert-77"));
    assert_true(has_header(&item, "Authorization: vapid t=T, k=K"));
    item.deadline_ms = NOW - 1;
    assert_true(has_header(&item, "TTL: 60"));
    item.kind = MESSAGE_KIND_STAND_DOWN;
    assert_true(has_header(&item, "TTL: 86400"));
    assert_true(has_header(&item, "Urgency: normal"));
    item = (struct outbox_item){
        .to_desk = true, .kind = MESSAGE_KIND_DESK_SOS, .subject_id = 12};
    assert_true(has_header(&item, "TTL: 3600"));
    assert_true(has_header(&item, "Urgency: high"));
    assert_true(has_header(&item, "Topic: desk_sos-12"));
}

/* Only the telephone gateway is told a telephone number, and nobody without one. */
static void the_gateway_is_told_the_number(void **state)
{
    (void)state;
    for (int channel = 0; channel < CHANNEL_COUNT; channel++) {
        const bool is_phone = channel == CHANNEL_SMS || channel == CHANNEL_VOICE;
        struct outbox_item item = sample(MESSAGE_KIND_ALERT);
        struct wording wording;
        struct text body;
        item.channel = (enum channel_kind)channel;
        item.exercise = true;
        assert_int_equal(wording_make(&item, "A", "l", true, NOW, &wording), ST_OK);
        assert_ptr_equal(strstr(text_string(&wording.text), "【演练"),
                         text_string(&wording.text));
        text_init(&body, FORMAT_MAX);
        assert_int_equal(format_json(&item, &wording, "l", NOW, &body),
                         is_phone ? ST_INVALID : ST_OK);
        text_release(&body);
        memcpy(item.to.phone, "100 0012-3456", 14);
        text_init(&body, FORMAT_MAX);
        assert_int_equal(format_json(&item, &wording, "l", NOW, &body), ST_OK);
        assert_int_equal(is_phone,
                         strstr(text_string(&body), "\"phone\":\"10000123456\"") != NULL);
        text_release(&body);
        wording_release(&wording);
    }
}

static void called_off(void **state)
{
    (void)state;
    struct outbox_item item = sample(MESSAGE_KIND_STAND_DOWN);
    for (int off = 0; off < 2; off++) {
        struct wording wording;
        item.called_off = off != 0;
        assert_int_equal(
            wording_make(&item, "新埭镇", "http://x/r/T", true, NOW, &wording), ST_OK);
        assert_int_equal(strstr(text_string(&wording.text), "已经够了") != NULL, !off);
        assert_int_equal(strstr(text_string(&wording.text), "enough people") != NULL,
                         !off);
        assert_int_equal(strstr(text_string(&wording.subject), "这次不用来了") != NULL,
                         off);
        wording_release(&wording);
    }
}

static void check_words(const struct outbox_item *item, const char *zh, const char *en)
{
    struct wording wording;
    assert_int_equal(wording_make(item, "新埭镇", "http://x/r/T", true, NOW, &wording),
                     ST_OK);
    if (strstr(text_string(&wording.text), zh) == NULL ||
        strstr(text_string(&wording.text), en) == NULL)
        fail_msg("not so: %s", text_string(&wording.text));
    wording_release(&wording);
}

/* Why a yes is too late: the seats are taken, the person comes to another call, or the
 * call is off; and who was stood down on the way is not told that nobody saw them arrive.
 */
static void a_message_says_why(void **state)
{
    (void)state;
    struct outbox_item item = sample(MESSAGE_KIND_LATE);
    check_words(&item, "刚好够了", "enough people just now");
    item.called_off = item.takes_yes = true; /* the own line is full, another one not */
    check_words(&item, "刚好够了", "enough people just now");
    item.takes_yes = false;
    check_words(&item, "这次不用您来了", "not needed in 新埭镇 this time");
    item.elsewhere = true;
    check_words(&item, "先顾那边", "see to that one first");
    item = sample(MESSAGE_KIND_OVERDUE);
    check_words(&item, "还没有看到您到达", "We have not seen you arrive");
    item.goes_home = true;
    check_words(&item, "我已折返", "I have turned back");
}

/* A way that is longer has its minutes; one that is closed asks to wait. */
static void roads_that_changed(void **state)
{
    (void)state;
    struct outbox_item item = sample(MESSAGE_KIND_DETOUR);
    for (int closed = 0; closed < 2; closed++) {
        struct wording wording;
        item.travel_ms = closed ? LOOP_NO_WAY_MS : 24 * 60000 + 1;
        assert_int_equal(
            wording_make(&item, "新埭镇", "http://x/r/T", true, NOW, &wording), ST_OK);
        const char *text = text_string(&wording.text);
        assert_int_equal(strstr(text, "现在约需 25 分钟") != NULL, !closed);
        assert_int_equal(strstr(text, "now about 25 min from where") != NULL, !closed);
        assert_int_equal(strstr(text, "路断了") != NULL, closed);
        assert_int_equal(strstr(text, "wait in a safe place") != NULL, closed);
        assert_non_null(strstr(text, "http://x/r/T"));
        wording_release(&wording);
    }
}

static void the_json_is_what_the_interface_says(void **state)
{
    (void)state;
    struct outbox_item item = sample(MESSAGE_KIND_ALERT);
    struct wording wording;
    assert_int_equal(wording_make(&item, "A", "http://x/r/T", true, NOW, &wording),
                     ST_OK);
    struct text body;
    text_init(&body, FORMAT_MAX);
    assert_int_equal(format_json(&item, &wording, "http://x/r/T", 1795369320000, &body),
                     ST_OK);
    json_t *json = json_loads(text_string(&body), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    static const char *const members[] = {"id",   "to",   "subject",
                                          "text", "link", "reply_code"};
    for (size_t i = 0; i < COUNT_OF(members); i++)
        assert_true(json_is_string(json_object_get(json, members[i])));
    assert_string_equal(json_string_value(json_object_get(json, "id")), "42");
    assert_string_equal(json_string_value(json_object_get(json, "to")), "PH1");
    assert_true(json_is_false(json_object_get(json, "exercise")));
    json_decref(json);
    text_release(&body);
    wording_release(&wording);
}

static void a_mail_has_a_stable_id_and_short_lines(void **state)
{
    (void)state;
    struct outbox_item item = sample(MESSAGE_KIND_ALERT);
    struct wording wording;
    assert_int_equal(wording_make(&item, "新埭镇", "http://x/r/T", true, NOW, &wording),
                     ST_OK);
    struct text mail;
    text_init(&mail, FORMAT_MAX);
    assert_int_equal(
        format_mail(&item, &wording, "m@county.invalid", 1795369320000, &mail), ST_OK);
    const char *text = text_string(&mail);
    assert_non_null(strstr(text, "Message-ID: <muster-42@county.invalid>\r\n"));
    assert_non_null(strstr(text, "Date: Mon, 23 Nov 2026 01:42:00 +0800\r\n"));
    for (const char *line = text; *line != '\0';) {
        const char *end = strstr(line, "\r\n");
        assert_non_null(end);
        assert_true(end - line <= 78);
        for (const char *c = line; c < end; c++)
            assert_true((unsigned char)*c < 0x80 && *c != '\n');
        line = end + 2;
    }
    text_release(&mail);
    wording_release(&wording);
}

static void no_header_can_be_smuggled_in(void **state)
{
    (void)state;
    static const char *const bad[] = {"a@b\r\nBcc: c@d", "a b@c",  "nobody", "",
                                      "<a@b>",           "a@b,c@d"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct outbox_item item = sample(MESSAGE_KIND_ALERT);
        memcpy(item.to.email, bad[i], strlen(bad[i]) + 1);
        struct wording wording;
        assert_int_equal(wording_make(&item, "A", "l", true, NOW, &wording), ST_OK);
        struct text mail;
        text_init(&mail, FORMAT_MAX);
        assert_int_equal(format_mail(&item, &wording, "m@c", 0, &mail), ST_INVALID);
        text_release(&mail);
        wording_release(&wording);
    }
}

/* The signature computed apart: echo -n '1795369320.{}' | openssl dgst -sha256 -hmac key
 */
static void the_post_is_signed(void **state)
{
    (void)state;
    struct outbox_item item = sample(MESSAGE_KIND_ALERT);
    char headers[FORMAT_HEADERS_MAX][FORMAT_HEADER_SIZE];
    const char *list[FORMAT_HEADERS_MAX + 1];
    format_signature(&item, "key", "{}", 2, 1795369320000, headers, list);
    int found = 0;
    for (int i = 0; list[i] != NULL; i++)
        found +=
            strcmp(list[i],
                   "X-Muster-Signature: "
                   "sha256="
                   "a51fa9d166922dda66140bdd353f14df4450fb3a2b29c22d3d07aac90c26517f") ==
            0;
    assert_int_equal(found, 1);
}

static void the_breaker_rests_longer_and_probes(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    int64_t now = 1000;
    for (int i = 0; i < BREAKER_FAILURES; i++) {
        assert_int_equal(breaker_allows(&breaker, now, 7), 7);
        breaker_note(&breaker, true, now);
    }
    int64_t rest = BREAKER_REST_MS_MIN;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(breaker_allows(&breaker, now + rest - 1, 7), 0);
        now += rest;
        assert_int_equal(breaker_allows(&breaker, now, 7), 1);
        assert_int_equal(breaker_allows(&breaker, now, 7), 0);
        breaker_note(&breaker, true, now);
        rest = rest * 2 > BREAKER_REST_MS_MAX ? BREAKER_REST_MS_MAX : rest * 2;
    }
    now += rest;
    assert_int_equal(breaker_allows(&breaker, now, 7), 1);
    breaker_note(&breaker, false, now);
    assert_int_equal(breaker_allows(&breaker, now, 7), 7);
}

/* Many connections fail at the same moment: that is one piece of news. */
static void late_failures_make_no_longer_rest(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    for (int i = 0; i < 64; i++)
        breaker_note(&breaker, true, 1000);
    assert_int_equal(breaker.rest_ms, BREAKER_REST_MS_MIN);
    assert_int_equal(breaker_allows(&breaker, 1000 + BREAKER_REST_MS_MIN, 7), 1);
    breaker_not_tried(&breaker);
    assert_int_equal(breaker_allows(&breaker, 1000 + BREAKER_REST_MS_MIN, 7), 1);
}

static void waiting_times_grow_to_a_limit(void **state)
{
    (void)state;
    int64_t last = 0;
    for (int32_t tries = 1; tries < 40; tries++) {
        int64_t wait = breaker_backoff_ms(tries);
        assert_true(wait >= last && wait <= 300000);
        last = wait;
    }
    assert_int_equal(breaker_backoff_ms(1), 2000);
    assert_int_equal(breaker_backoff_ms(2), 4000);
    assert_int_equal(last, 300000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_words),
        cmocka_unit_test(where_no_area_is_known_no_word_is_the_programs),
        cmocka_unit_test(an_alert_says_no_more_than_is_known),
        cmocka_unit_test(a_course_is_named_with_its_time_and_place),
        cmocka_unit_test(every_button_named_is_on_the_page),
        cmocka_unit_test(every_message_of_an_exercise_says_so),
        cmocka_unit_test(an_alert_says_where_how_far_and_by_when),
        cmocka_unit_test(a_doubted_report_is_asked_for_otherwise),
        cmocka_unit_test(a_text_message_can_be_answered),
        cmocka_unit_test(an_alert_by_text_is_few_parts),
        cmocka_unit_test(a_push_is_short_and_asks),
        cmocka_unit_test(a_push_service_is_told_how_long),
        cmocka_unit_test(a_desk_reads_why),
        cmocka_unit_test(the_gateway_is_told_the_number),
        cmocka_unit_test(called_off),
        cmocka_unit_test(a_message_says_why),
        cmocka_unit_test(roads_that_changed),
        cmocka_unit_test(the_json_is_what_the_interface_says),
        cmocka_unit_test(a_mail_has_a_stable_id_and_short_lines),
        cmocka_unit_test(no_header_can_be_smuggled_in),
        cmocka_unit_test(the_post_is_signed),
        cmocka_unit_test(the_breaker_rests_longer_and_probes),
        cmocka_unit_test(late_failures_make_no_longer_rest),
        cmocka_unit_test(waiting_times_grow_to_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
