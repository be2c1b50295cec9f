/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/wording.h"

#include "base/status.h"
#include "base/time.h"
#include "loop/loop.h"
#include "store/course.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#define REASON_MAX 600 /* bytes of what was typed */

static const char *kind_zh(enum incident_kind kind)
{
    static const char *const names[INCIDENT_KIND_COUNT] = {
        [KIND_FLOOD] = "洪涝",          [KIND_TYPHOON] = "台风",
        [KIND_FIRE] = "火灾",           [KIND_RAIN_SNOW] = "雨雪冰冻",
        [KIND_EARTHQUAKE] = "地震",     [KIND_LANDSLIDE] = "山体滑坡",
        [KIND_ACCIDENT] = "事故",       [KIND_CHEMICAL] = "危化品事故",
        [KIND_EPIDEMIC] = "疫情",       [KIND_MISSING_PERSON] = "人员走失",
        [KIND_MEDICAL] = "突发伤病",    [KIND_HOUSEHOLD] = "入户帮扶",
        [KIND_EVACUATION] = "转移安置", [KIND_PUBLIC_EVENT] = "大型活动",
        [KIND_CAMPAIGN] = "志愿行动",   [KIND_OTHER] = "突发事件"};
    return names[kind];
}

/* The same as what one says of a place: a visit or an event does not "break out". */
static const char *happens_zh(enum incident_kind kind)
{
    static const char *const clauses[INCIDENT_KIND_COUNT] = {
        [KIND_FLOOD] = "发生洪涝",          [KIND_TYPHOON] = "遭遇台风",
        [KIND_FIRE] = "发生火灾",           [KIND_RAIN_SNOW] = "雨雪冰冻",
        [KIND_EARTHQUAKE] = "发生地震",     [KIND_LANDSLIDE] = "发生山体滑坡",
        [KIND_ACCIDENT] = "发生事故",       [KIND_CHEMICAL] = "发生危化品事故",
        [KIND_EPIDEMIC] = "发生疫情",       [KIND_MISSING_PERSON] = "有人走失",
        [KIND_MEDICAL] = "有人突发伤病",    [KIND_HOUSEHOLD] = "有居民求助",
        [KIND_EVACUATION] = "正在转移群众", [KIND_PUBLIC_EVENT] = "有大型活动",
        [KIND_CAMPAIGN] = "有志愿行动",     [KIND_OTHER] = "有突发事件"};
    return clauses[kind];
}

static const char *kind_en(enum incident_kind kind)
{
    static const char *const names[INCIDENT_KIND_COUNT] = {
        [KIND_FLOOD] = "flood",
        [KIND_TYPHOON] = "typhoon",
        [KIND_FIRE] = "fire",
        [KIND_RAIN_SNOW] = "snow and ice",
        [KIND_EARTHQUAKE] = "earthquake",
        [KIND_LANDSLIDE] = "landslide",
        [KIND_ACCIDENT] = "accident",
        [KIND_CHEMICAL] = "chemical accident",
        [KIND_EPIDEMIC] = "epidemic",
        [KIND_MISSING_PERSON] = "missing person",
        [KIND_MEDICAL] = "medical help",
        [KIND_HOUSEHOLD] = "help at a home",
        [KIND_EVACUATION] = "evacuation",
        [KIND_PUBLIC_EVENT] = "public event",
        [KIND_CAMPAIGN] = "campaign",
        [KIND_OTHER] = "incident"};
    return names[kind];
}

bool wording_is_telephone(enum channel_kind channel)
{
    return channel == CHANNEL_SMS || channel == CHANNEL_VOICE;
}

const char *wording_kind(enum incident_kind kind, bool zh)
{
    return zh ? kind_zh(kind) : kind_en(kind);
}

const char *wording_area(const char *name, bool zh)
{
    if (strcmp(name, "root") != 0)
        return name;
    return zh ? "当地" : "the area";
}

/* The sentences of one kind of message; a button is named as its page names it
 * (api/page_text.h). In them %A = area, %K = kind of incident, %B = the same at the
 * beginning of a sentence, %H = the same as a clause, in Chinese, %M = how far (nothing
 * if there is no way), %W = minutes of the way, %T = time of the deadline; of a course %T
 * = when it begins, %N = its title, %P = where (nothing if that is not said). `press`
 * leads to the link (none: there is no link); `back` is said in its place in a text
 * message, and leads to the link as well: what may be written back
 * (channel/answer_text.h). `keys`: what may be pressed during a call. */
struct sentences {
    const char *subject_zh, *subject_en, *zh, *en, *press_zh, *press_en;
    const char *back_zh, *back_en, *keys_zh, *keys_en;
};

#define COME_ZH "回复1能来，2不能来"
#define COME_EN " Reply 1 to come, 2 if you cannot"
#define COME_KEYS                                                                        \
    .keys_zh = "能来请按1，不能来请按2。", .keys_en = " Press 1 to come, 2 if you "      \
                                                      "cannot."
#define SAFE                                                                             \
    .back_zh = "平安回复1，需要帮助回复9，或打开",                                       \
    .back_en = " Reply 1 if you are all right, 9 for help, or open:",                    \
    .keys_zh = "平安请按1，需要帮助请按9。",                                             \
    .keys_en = " Press 1 if you are all right, 9 for help."
#define CANNOT_COME                                                                      \
    .back_zh = "来不了回复2，或打开", .back_en = " Reply 2 if you cannot come, or "      \
                                                 "open:"

static const struct sentences table[MESSAGE_KIND_COUNT] = {
    [MESSAGE_KIND_ALERT] =
        {
            .subject_zh = "%A需要您帮忙：%K",
            .subject_en = "Can you help? %A: %K",
            .zh = "%A%H，需要您帮忙。%M请在 %T 前到场。",
            .en = "%B in %A: we need you by %T%M.",
            .press_zh = "能不能来，请点一下：",
            .press_en = " Please say whether you can come:",
            .back_zh = COME_ZH "，3加分钟缺人再叫（3 20）或打开",
            .back_en = " Reply 1 yes, 2 no, 3 and minutes if we must (3 20) or open",
            COME_KEYS,
        },
    [MESSAGE_KIND_ASK_LIMITED] =
        {
            .subject_zh = "现在需要您：%A%K",
            .subject_en = "We need you now: %K in %A",
            .zh = "人手还差，现在需要您来%A。",
            .en = "We are still short of people and need you now in %A.",
            .press_zh = "能来请点一下：",
            .press_en = " Can you come?",
            .back_zh = COME_ZH "，或打开",
            .back_en = COME_EN ", or open:",
            COME_KEYS,
        },
    [MESSAGE_KIND_DETAILS] =
        {
            .subject_zh = "谢谢，请前往%A",
            .subject_en = "Thank you, please go to %A",
            .zh = "谢谢您。",
            .en = "Thank you.",
            .press_zh = "去哪里、找谁，都在这个页面上：",
            .press_en = " Where to go and whom to ask for is on this page:",
            .back_zh =
                "出发回复4，到了回复5，来不了回复2。去哪里、找谁，都在这个页面上：",
            .back_en =
                " Reply 4 when you set out, 5 when you are there, 2 if you cannot come. "
                "Where to go and whom to ask for:",
        },
    [MESSAGE_KIND_STAND_DOWN] =
        {
            .subject_zh = "人手已够，请安心休息",
            .subject_en = "There are enough people",
            .zh = "谢谢，%A的人手已经够了，您不用过来，请安心休息。",
            .en = "Thank you. There are enough people in %A now. You need not "
                  "come; please rest.",
        },
    [MESSAGE_KIND_LATE] =
        {
            .subject_zh = "谢谢，名额已满",
            .subject_en = "Thank you, the seats are taken",
            .zh = "谢谢您愿意来。%A的人刚好够了，请安心休息；如果还需要，我们再告诉您。",
            .en = "Thank you for being willing. %A has enough people just now, "
                  "please rest; we will tell you if you are needed after all.",
        },
    [MESSAGE_KIND_RELEASE] =
        {
            .subject_zh = "可以回家了，谢谢",
            .subject_en = "You can go home, thank you",
            .zh = "%A的任务结束了，您可以离开。",
            .en = "The work in %A is over and you can leave.",
            .press_zh = "请在页面上说说情况：",
            .press_en = " Please tell us on the page how it went:",
        },
    [MESSAGE_KIND_ROLL_CALL] =
        {
            .subject_zh = "点名：您还好吗",
            .subject_en = "Roll call: are you all right?",
            .zh = "%A现场点名，",
            .en = "Roll call in %A.",
            .press_zh = "请点一下“我在，一切平安”：",
            .press_en = " Please press \"I am here and all right\":",
            SAFE,
        },
    [MESSAGE_KIND_OVERDUE] =
        {
            .subject_zh = "您还好吗",
            .subject_en = "Are you all right?",
            .zh = "我们还没有看到您到达%A。您还好吗？",
            .en = "We have not seen you arrive in %A. Are you all right?",
            .press_zh = "请告诉我们：",
            .press_en = " Please tell us:",
            SAFE,
        },
    [MESSAGE_KIND_REPORT] =
        {
            .subject_zh = "请说说情况",
            .subject_en = "Please tell us how it went",
            .zh = "谢谢您去了%A。",
            .en = "Thank you for going to %A.",
            .press_zh = "请用一两句话说说情况：",
            .press_en = " Please tell us in a sentence or two how it went:",
        },
    [MESSAGE_KIND_VOIDED] =
        {
            .subject_zh = "演练到此为止：现在是真的",
            .subject_en = "The exercise is over for you: this is real",
            .zh = "您的演练任务到此结束，另有真实的任务找您，请看另一条消息。",
            .en = "Your part in the exercise is over: there is a real alert for "
                  "you, please see the other message.",
        },
    [MESSAGE_KIND_NOTES] =
        {
            .subject_zh = "前往%A：页面上有新的说明",
            .subject_en = "On your way to %A: something new on your page",
            .zh = "谢谢您愿意来。",
            .en = "Thank you for coming.",
            .press_zh = "给您的页面上有新的说明，到之前请看一眼：",
            .press_en =
                " There is something new on your page; please look before you get there:",
        },
    [MESSAGE_KIND_DETOUR] =
        {
            .subject_zh = "去%A的路有变",
            .subject_en = "The way to %A has changed",
            .zh = "去%A的路刚有变化，从您出发的地方走，现在约需 %W "
                  "分钟。请留意路况，安全第一；",
            .en = "The way to %A has just changed: it is now about %W min from where you "
                  "set "
                  "out. Mind the road and keep safe;",
            .press_zh = "来不了，请在页面上告诉我们：",
            .press_en = " if you cannot get there, tell us on the page:",
            CANNOT_COME,
        },
    [MESSAGE_KIND_DESK_SOS] =
        {
            .subject_zh = "有人求助：%A%K",
            .subject_en = "Somebody calls for help: %K in %A",
            .zh = "%A%K：正在执行任务的人按下了求助，还没有人接手。",
            .en = "%B in %A: somebody who is out there calls for help, and nobody has "
                  "taken it in "
                  "hand.",
            .press_zh = "请立即打开控制台处理：",
            .press_en = " Please see to it now:",
        },
    [MESSAGE_KIND_DESK_ESCALATED] =
        {
            .subject_zh = "人手不足，请支援：%A%K",
            .subject_en = "Short of people: %K in %A",
            .zh = "%A%K：人手没有招满，或有人赶不上时限，请上级支援。",
            .en = "%B in %A: the people needed have not been found, or come too late, "
                  "and the "
                  "level above is asked for help.",
            .press_zh = "请打开控制台查看：",
            .press_en = " Please look:",
        },
    [MESSAGE_KIND_DESK_REPORTED] =
        {
            .subject_zh = "有事件待确认：%A%K",
            .subject_en = "Reported and not yet confirmed: %K in %A",
            .zh = "%A%K：已经上报，还没有人确认。",
            .en = "%B in %A has been reported, and nobody has confirmed it.",
            .press_zh = "请打开控制台处理：",
            .press_en = " Please see to it:",
        },
    [MESSAGE_KIND_COURSE_INVITED] =
        {
            .subject_zh = "培训邀请：%N",
            .subject_en = "You are invited to a course: %N",
            .zh = "%A要办培训《%N》，%T 开始%P。学会了，需要时您就能帮上忙；"
                  "有空的话，欢迎您来。",
            .en = "There is a course in %A: %N, %T%P. Those who have learnt it can help "
                  "when it "
                  "is needed. You are welcome if you have the time.",
            .press_zh = "不方便的话，不用回复；想来，请在您的页面上点一下“我要参加”：",
            .press_en = " If you cannot, there is nothing to do; to come, please press "
                        "\"I will come\" on your page:",
        },
    [MESSAGE_KIND_COURSE_SEAT] =
        {
            .subject_zh = "培训有名额了：%N",
            .subject_en = "You have a seat in the course: %N",
            .zh = "您候补的培训《%N》空出了名额，已经给您：%T 开始%P。",
            .en = "A seat in the course you were waiting for is free, and it is yours: "
                  "%N, %T%P.",
            .press_zh = "来不了，请在您的页面上点一下“我来不了了”，名额会给下一位：",
            .press_en = " If you cannot, please press \"I can't come after all\" on your "
                        "page, and the next one has it:",
        },
    [MESSAGE_KIND_COURSE_CANCELLED] =
        {
            .subject_zh = "培训取消：%N",
            .subject_en = "The course is off: %N",
            .zh = "您报名的培训《%N》（%T）取消了，请不要过来。",
            .en = "The course you signed up for is off: %N, %T. Please do not come.",
            .press_zh = "还有哪些培训，请看您的页面：",
            .press_en = " Other courses are on your page:",
        },
    [MESSAGE_KIND_COURSE_MOVED] =
        {
            .subject_zh = "培训有变：%N",
            .subject_en = "The course has been moved: %N",
            .zh = "您报名的培训《%N》改了时间或地点：现在是 %T 开始%P。",
            .en = "The course you signed up for has been moved: %N now begins %T%P.",
            .press_zh = "来不了，请在您的页面上点一下“我来不了了”：",
            .press_en =
                " If you cannot, please press \"I can't come after all\" on your page:",
        },
    [MESSAGE_KIND_COURSE_REMINDER] =
        {
            .subject_zh = "培训提醒：%N",
            .subject_en = "Your course: %N",
            .zh = "提醒您：培训《%N》%T 开始%P。",
            .en = "A reminder: the course %N begins %T%P.",
            .press_zh = "来不了，请在您的页面上点一下“我来不了了”：",
            .press_en =
                " If you cannot, please press \"I can't come after all\" on your page:",
        },
    [MESSAGE_KIND_TEST] =
        {
            .subject_zh = "测试消息，不用理会",
            .subject_en = "A test message: there is nothing to do",
            .zh = "这是应急志愿者召集系统的测试消息：没有发生任何事情，不用回复，也不用出"
                  "门。",
            .en = "This is a test message of the system that calls emergency volunteers: "
                  "nothing has happened, and there is nothing to do.",
            .press_zh = "下面的链接应该能打开系统的登录页：",
            .press_en = " This link should open its sign-in page:",
        },
};

/* A report that is asked for a second time: by the person or somebody else, one is there.
 */
static const struct sentences report_again = {
    .subject_zh = "有一处想跟您再确认",
    .subject_en = "One question about your work",
    .zh = "谢谢您去了%A。关于现场的情况，有一处想跟您再确认，",
    .en = "Thank you for going to %A. We have one question about what was reported from "
          "there.",
    .press_zh = "请在页面上补充几句：",
    .press_en = " Please add a sentence or two on the page:",
};

/* A stand-down though the need was not filled: it was cancelled, or done otherwise. */
static const struct sentences called_off = {
    .subject_zh = "这次不用来了，请安心休息",
    .subject_en = "You are not needed this time",
    .zh = "谢谢，%A这次不用您来了，请安心休息。",
    .en = "Thank you. You are not needed in %A this time; please rest.",
};

/* A yes of somebody who comes to another call already. */
static const struct sentences elsewhere = {
    .subject_zh = "谢谢，请先顾另一处",
    .subject_en = "Thank you, the other call comes first",
    .zh = "谢谢您愿意来%A。您已经答应了另一处，请先顾那边，这里我们找别人。",
    .en = "Thank you for being willing to come to %A. You have said yes to another call: "
          "please see to that one first, we will ask somebody else here.",
};

/* Told not to come when already on the way, and not heard of since. */
static const struct sentences on_the_way_home = {
    .subject_zh = "您平安回来了吗",
    .subject_en = "Are you safely back?",
    .zh = "%A这次不用您去了，路上一切都好吗？",
    .en = "You are not needed in %A any more. Are you all right on the way?",
    .press_zh = "请在页面上点一下“我已折返”：",
    .press_en = " Please press \"I have turned back\" on the page:",
    SAFE,
};

/* Roads were closed, and no other way is left. */
static const struct sentences no_way = {
    .subject_zh = "去%A的路断了，请先等一等",
    .subject_en = "The way to %A is closed: please wait",
    .zh = "去%A的路断了，眼下没有别的路。请先在安全的地方等一等，"
          "路一通我们马上告诉您；已经过了断路处的，请小心前行。",
    .en =
        "The way to %A is closed, and there is no other just now. Please wait in a safe "
        "place: we will tell you as soon as it is open. If you are past the closure, go "
        "on "
        "with care.",
    .press_zh = "来不了，请在页面上告诉我们：",
    .press_en = " If you cannot come, tell us on the page:",
    CANNOT_COME,
};

static const struct sentences *sentences_of(const struct outbox_item *item)
{
    if (item->kind == MESSAGE_KIND_STAND_DOWN && item->called_off)
        return &called_off;
    if (item->kind == MESSAGE_KIND_LATE && item->elsewhere)
        return &elsewhere;
    if (item->kind == MESSAGE_KIND_LATE && item->called_off && !item->takes_yes)
        return &called_off;
    if (item->kind == MESSAGE_KIND_OVERDUE && item->goes_home)
        return &on_the_way_home;
    if (item->kind == MESSAGE_KIND_DETOUR && item->travel_ms >= LOOP_NO_WAY_MS)
        return &no_way;
    if (item->kind == MESSAGE_KIND_REPORT && item->doubted)
        return &report_again;
    return &table[item->kind];
}

static uint32_t minutes_of(uint32_t travel_ms)
{
    return travel_ms == 0 ? 1 : (travel_ms + 59999) / 60000;
}

static void append_minutes(struct text *ret, uint32_t travel_ms, bool zh)
{
    if (travel_ms < LOOP_NO_WAY_MS)
        text_appendf(ret, zh ? "离您约 %u 分钟，" : ", about %u min away",
                     minutes_of(travel_ms));
}

static void append_place(struct text *ret, const char *place, bool zh)
{
    if (place[0] != '\0')
        text_appendf(ret, zh ? "，地点：%s" : ", at: %s", place);
}

static void expand(struct text *ret, const char *pattern, const struct outbox_item *item,
                   const char *area, int64_t now_ms, bool zh)
{
    char by[TIME_TEXT_SIZE];
    time_format_clock(item->deadline_ms, now_ms, by);
    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at != '%') {
            text_append(ret, at, 1);
            continue;
        }
        switch (*++at) {
        case 'A':
            text_append_string(ret, wording_area(area, zh));
            break;
        case 'B': {
            const char *kind = wording_kind(item->incident_kind, zh);
            const char first = (char)toupper((unsigned char)*kind);
            text_append(ret, &first, 1);
            text_append_string(ret, kind + 1);
            break;
        }
        case 'H':
            text_append_string(ret, happens_zh(item->incident_kind));
            break;
        case 'K':
            text_append_string(ret, wording_kind(item->incident_kind, zh));
            break;
        case 'M':
            append_minutes(ret, item->travel_ms, zh);
            break;
        case 'N':
            text_append_string(ret, item->course->title);
            break;
        case 'P':
            append_place(ret, item->course->place, zh);
            break;
        case 'T':
            text_append_string(ret, by);
            break;
        case 'W':
            text_append_int(ret, minutes_of(item->travel_ms));
            break;
        default:
            assert(!"a letter that the table may not use");
        }
    }
}

/* The words of whoever asked, as many as a mail wants. */
static void append_reason(struct text *ret, const char *reason, bool zh)
{
    if (reason == NULL)
        return;
    size_t size = strlen(reason);
    const bool is_cut = size > REASON_MAX;
    if (is_cut)
        for (size = REASON_MAX; ((unsigned char)reason[size] & 0xc0) == 0x80; size--)
            continue;
    text_appendf(ret, zh ? "请求支援的人写道：“%.*s%s”。" : " They write: \"%.*s%s\".",
                 (int)size, reason, is_cut ? "…" : "");
}

/* Chinese and English under it, as a mail has room for. */
static void write_both(const struct outbox_item *item, const struct sentences *s,
                       const char *area, const char *link, int64_t now_ms,
                       struct wording *ret)
{
    if (item->exercise)
        text_append_string(&ret->subject, "【演练 Exercise】");
    expand(&ret->subject, s->subject_zh, item, area, now_ms, true);
    text_append_string(&ret->subject, " / ");
    expand(&ret->subject, s->subject_en, item, area, now_ms, false);
    if (item->exercise)
        text_append_string(&ret->text, "【演练，不是真实事件 / Exercise, not real】\n");
    expand(&ret->text, s->zh, item, area, now_ms, true);
    append_reason(&ret->text, item->reason, true);
    text_append_string(&ret->text, s->press_zh == NULL ? "" : s->press_zh);
    text_append_string(&ret->text, "\n");
    expand(&ret->text, s->en, item, area, now_ms, false);
    append_reason(&ret->text, item->reason, false);
    if (s->press_en != NULL)
        text_appendf(&ret->text, "%s\n%s\n", s->press_en, link);
}

/* What is asked, as a sentence of its own: where there is nothing behind its colon. */
static void append_asked(struct text *ret, const char *press, bool zh)
{
    const char *colon = zh ? "：" : ":";
    const size_t size = strlen(press), cut = strlen(colon);
    const bool has_one = size > cut && strcmp(press + size - cut, colon) == 0;
    text_append(ret, press, has_one ? size - cut : size);
    text_append_string(ret, !has_one ? "" : zh ? "。" : ".");
}

/* Heard once, perhaps by somebody who was asleep: who calls is said before what for. */
#define CALLER_ZH "您好，这里是应急志愿者值班室。"
#define CALLER_EN "Hello, this is the duty room of the emergency volunteers. "

static const char *exercise_mark(enum channel_kind channel, bool zh)
{
    if (channel == CHANNEL_SMS) /* a third part, else */
        return zh ? "【演练】" : "[Exercise] ";
    return zh ? "【演练，不是真实事件】" : "[Exercise, not real] ";
}

/* One language: each part of a text message costs, a call is listened to, and a
 * notification has little room. */
static void write_one(const struct outbox_item *item, const struct sentences *s,
                      const char *area, const char *link, bool zh, int64_t now_ms,
                      struct wording *ret)
{
    const bool is_call = item->channel == CHANNEL_VOICE;
    const char *back = zh ? s->back_zh : s->back_en, *keys = zh ? s->keys_zh : s->keys_en;
    const char *press = zh ? s->press_zh : s->press_en;
    if (item->exercise)
        text_append_string(&ret->subject, exercise_mark(CHANNEL_SMS, zh));
    expand(&ret->subject, zh ? s->subject_zh : s->subject_en, item, area, now_ms, zh);
    if (item->exercise)
        text_append_string(&ret->text, exercise_mark(item->channel, zh));
    if (is_call)
        text_append_string(&ret->text, zh ? CALLER_ZH : CALLER_EN);
    expand(&ret->text, zh ? s->zh : s->en, item, area, now_ms, zh);
    if (is_call) {
        text_append_string(&ret->text, keys == NULL ? "" : keys);
    } else if (press != NULL && item->channel == CHANNEL_PUSH) {
        append_asked(&ret->text, press, zh);
    } else if (press != NULL) {
        text_appendf(&ret->text, "%s %s", back != NULL ? back : press, link);
        if (back != NULL && item->reply_code[0] != '\0')
            text_appendf(&ret->text, zh ? " 编号%s" : " Code %s", item->reply_code);
    }
}

int wording_make(const struct outbox_item *item, const char *area, const char *link,
                 bool zh, int64_t now_ms, struct wording *ret)
{
    const struct sentences *s = sentences_of(item);
    text_init(&ret->subject, WORDING_MAX);
    text_init(&ret->text, WORDING_MAX);
    if (wording_is_telephone(item->channel) || item->channel == CHANNEL_PUSH)
        write_one(item, s, area, link, zh, now_ms, ret);
    else
        write_both(item, s, area, link, now_ms, ret);
    if (ret->subject.status != ST_OK)
        return ret->subject.status;
    return ret->text.status;
}

void wording_release(struct wording *wording)
{
    text_release(&wording->subject);
    text_release(&wording->text);
}
