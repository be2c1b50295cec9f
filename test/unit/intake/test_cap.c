/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of alerts on documents made here: what is read, what is refused and where,
 * what is warned of. */
#include "base/time.h"
#include "document.h"

#include <iconv.h>

static int64_t ms(const char *time)
{
    int64_t ret;
    assert_true(time_parse(time, &ret));
    return ret;
}

static void check_info(const struct cap_info *info)
{
    assert_string_equal(info->language, "zh-CN");
    assert_int_equal(info->categories,
                     1u << CAP_CATEGORY_MET | 1u << CAP_CATEGORY_SAFETY);
    assert_int_equal(info->responses,
                     1u << CAP_RESPONSE_PREPARE | 1u << CAP_RESPONSE_AVOID);
    assert_int_equal(info->urgency, CAP_URGENCY_EXPECTED);
    assert_int_equal(info->severity, CAP_SEVERITY_SEVERE);
    assert_int_equal(info->certainty, CAP_CERTAINTY_LIKELY);
    assert_string_equal(info->event, "台风");
    assert_int_equal(info->effective_ms, ms("2026-07-25T16:30:00+08:00"));
    assert_int_equal(info->onset_ms, ms("2026-07-25T20:00:00+08:00"));
    assert_int_equal(info->expires_ms, ms("2026-07-26T16:30:00+08:00"));
    assert_string_equal(info->sender_name, "气象台");
    assert_string_equal(info->headline, "气象台发布台风警报");
    assert_string_equal(info->description, "风力 < 12 级 & 阵风 > 13 级");
    assert_string_equal(info->instruction, "请做好准备。");
    assert_string_equal(info->web, "http://example.cn/a?b=1&c=2");
    assert_string_equal(info->contact, "值班室");
    assert_int_equal(info->event_codes.count, 1);
    assert_string_equal(info->event_codes.items[0].name, "GB/T 35561");
    assert_string_equal(info->event_codes.items[0].value, "11B01");
    assert_int_equal(info->parameters.count, 2);
    assert_string_equal(info->parameters.items[1].name, "rain");
    assert_string_equal(info->parameters.items[1].value, "");
}

static void check_area(const struct cap_area *area)
{
    assert_string_equal(area->description, "乍浦镇");
    assert_int_equal(area->polygon.part_count, 2);
    assert_int_equal(area->polygon.point_count, 4 + 3);
    assert_int_equal(area->polygon.points[1].lat_e7, 305800000);
    assert_int_equal(area->polygon.points[1].lon_e7, 1211500000);
    assert_true(polygon_contains(&area->polygon, (struct point){306000000, 1211000000}));
    assert_true(polygon_contains(&area->polygon, (struct point){301100000, 1212000000}));
    assert_false(polygon_contains(&area->polygon, (struct point){305000000, 1211000000}));
    assert_int_equal(area->circle_count, 1);
    assert_int_equal(area->circles[0].centre.lat_e7, 306000000);
    assert_int_equal(area->circles[0].radius_m, 12500);
    assert_int_equal(area->geocodes.count, 1);
    assert_string_equal(area->geocodes.items[0].value, "330482101000");
}

static void check_whole(const struct cap_alert *alert)
{
    assert_int_equal(alert->version, CAP_VERSION_1_2);
    assert_string_equal(alert->identifier, "33048241600000_20260725163000");
    assert_string_equal(alert->sender, "qixiang@example.cn");
    assert_int_equal(alert->sent_ms, ms("2026-07-25T16:30:00+08:00"));
    assert_int_equal(alert->status, CAP_STATUS_ACTUAL);
    assert_int_equal(alert->type, CAP_TYPE_UPDATE);
    assert_int_equal(alert->scope, CAP_SCOPE_PUBLIC);
    assert_int_equal(alert->reference_count, 2);
    assert_string_equal(alert->references[1].sender, "qixiang@example.cn");
    assert_string_equal(alert->references[1].identifier, "A2");
    assert_int_equal(alert->references[1].sent_ms, ms("2026-07-25T12:00:00+08:00"));
    for (int i = 0; i < CAP_WARNING_COUNT; i++)
        assert_int_equal(alert->warnings[i], 0);
    assert_int_equal(alert->info_count, 1);
    check_info(&alert->infos[0]);
    assert_int_equal(alert->infos[0].area_count, 1);
    check_area(&alert->infos[0].areas[0]);
}

static void test_whole(void **state)
{
    (void)state;
    struct cap_alert *alert = read_alert(DOCUMENT, strlen(DOCUMENT));
    check_whole(alert);
    cap_free(alert);
    cap_free(NULL);
}

/* What is not there, or empty. */
static void test_bare(void **state)
{
    (void)state;
    static const char text[] =
        "<c:alert xmlns:c='urn:oasis:names:tc:emergency:cap:1.1' x='y'>"
        "<c:identifier>1</c:identifier><c:sender>s</c:sender>"
        "<c:sent>2026-07-25T08:30:00.25Z</c:sent><c:status>Draft</c:status>"
        "<c:msgType>Alert</c:msgType><c:scope>Public</c:scope><c:references/><c:info>"
        "<c:category>Other</c:category><c:event>e</c:event><c:urgency>Past</c:urgency>"
        "<c:severity>Minor</c:severity><c:certainty>Unknown</c:certainty>"
        "<c:headline> </c:headline>"
        "<c:expires>2026-07-25T24:00:00+08:00</c:expires>"
        "<c:parameter><c:valueName/><c:value>v</c:value></c:parameter>"
        "<c:resource><c:resourceDesc/></c:resource>"
        "<c:area><c:areaDesc>a</c:areaDesc><c:polygon/></c:area></c:info></c:alert>";
    struct cap_alert *alert = read_alert(text, strlen(text));
    assert_int_equal(alert->version, CAP_VERSION_1_1);
    assert_int_equal(alert->sent_ms, ms("2026-07-25T16:30:00.25+08:00"));
    assert_int_equal(alert->reference_count, 0);
    assert_int_equal(alert->warnings[CAP_WARNING_TIME], 0); /* as CAP 1.1 has it */
    const struct cap_info *info = &alert->infos[0];
    assert_string_equal(info->language, "en-US");
    assert_string_equal(info->headline, "");
    assert_string_equal(info->web, "");
    assert_int_equal(info->onset_ms, 0);
    assert_int_equal(info->expires_ms, ms("2026-07-26T00:00:00+08:00"));
    assert_int_equal(info->responses, 0);
    assert_string_equal(info->parameters.items[0].name, "");
    assert_int_equal(info->areas[0].polygon.part_count, 0);
    cap_free(alert);
}

/* ---- refusals ------------------------------------------------------------------------
 */

/* An element goes: its row names it, and what then complains. */
static void test_missing(void **state)
{
    (void)state;
    static const struct {
        const char *element, *where;
    } rows[] = {
        {"<identifier>33048241600000_20260725163000</identifier>", "alert"},
        {"<sender>qixiang@example.cn</sender>", "alert"},
        {"<sent>2026-07-25T16:30:00+08:00</sent>", "alert"},
        {"<status>Actual</status>", "alert"},
        {"<msgType>Update</msgType>", "alert"},
        {"<scope>Public</scope>", "alert"},
        {"<event>台风</event>", "info"},
        {"<urgency>Expected</urgency>", "info"},
        {"<severity>Severe</severity>", "info"},
        {"<certainty>Likely</certainty>", "info"},
        {"<valueName>GB/T 35561</valueName>", "eventCode"},
        {"<valueName>CPEAS Geographic Code</valueName>", "geocode"},
        {"<resourceDesc>图</resourceDesc>", "resource"},
        {"<mimeType>image/png</mimeType>", "resource"},
        {"<areaDesc>乍浦镇</areaDesc>", "area"},
        {"<category>Met</category>\n<category>Safety</category>", "info"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *text = vary(rows[i].element, "");
        struct cap_alert *alert = NULL;
        struct diag diag = {0};
        assert_int_equal(cap_read(text, strlen(text), &alert, &diag), ST_INVALID);
        if (alert != NULL || strcmp(diag.where, rows[i].where) != 0 || diag.line == 0)
            fail_msg("%s: %u <%s> %s", rows[i].element, diag.line, diag.where, diag.text);
    }
}

static const struct refusal {
    const char *find, *put;
    int status;
    uint32_t line, column;
    const char *where, *text; /* the text begins so */
} refusals[] = {
    /* the document */
    {"cap:1.2", "cap:1.3", ST_UNSUPPORTED, 2, 1, "alert", "is no CAP alert"},
    {"urn:oasis:names:tc:emergency:cap:1.2", "http://www.incident.com/cap/1.0",
     ST_UNSUPPORTED, 2, 1, "alert", "is of CAP 1.0, which is not read"},
    {" xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"", "", ST_UNSUPPORTED, 2, 1, "alert",
     "is no CAP alert"},
    {"<alert xmlns=", "<!DOCTYPE alert><alert xmlns=", ST_UNSUPPORTED, 2, 16, "DOCTYPE",
     "is not accepted"},
    {"UTF-8", "Big5", ST_UNSUPPORTED, 1, 31, "", "is in an encoding that is not read"},
    {"<note>", "<note>&", ST_INVALID, 11, 11, "", "is not well-formed XML"},
    {"</alert>\n", "</alert><alert/>", ST_INVALID, 49, 9, "", "is not well-formed XML"},
    {"<note>", "<note>\1", ST_INVALID, 11, 7, "", "is not well-formed XML"},
    /* the grammar */
    {"<source>", "<senderCode>1</senderCode><source>", ST_INVALID, 8, 1, "senderCode",
     "is no element of <alert>"},
    {"<source>", "<source xmlns='urn:oasis:names:tc:emergency:cap:1.1'>", ST_INVALID, 8,
     1, "source", "is not in the namespace"},
    {"<source>", "<source xmlns=''>", ST_INVALID, 8, 1, "source",
     "is not in the namespace"},
    {"<source>", "<status>Test</status><source>", ST_INVALID, 8, 1, "status",
     "is there twice in <alert>"},
    {"<source>", "<info/><source>", ST_INVALID, 8, 8, "info",
     "has no <category>, or an empty one"},
    {"<code>", "<incidents>1</incidents><code>", ST_INVALID, 10, 25, "code",
     "stands behind <incidents>, but belongs before it"},
    {"观测", "观<code>测</code>", ST_INVALID, 8, 10, "code", "stands within <source>"},
    /* names */
    {"33048241600000_", "33048241600000 ", ST_INVALID, 3, 1, "identifier", "has a blank"},
    {"33048241600000_", "33048241600000,", ST_INVALID, 3, 1, "identifier", "has a blank"},
    {"qixiang@", "qi&amp;xiang@", ST_INVALID, 4, 1, "sender", "has a blank"},
    {"qixiang@", "qi&lt;xiang@", ST_INVALID, 4, 1, "sender", "has a blank"},
    /* words */
    {">Actual<", ">Live<", ST_INVALID, 6, 1, "status",
     "is \"Live\", but has to be one of: Actual, Exercise, System, Test, Draft"},
    {">Update<", ">New<", ST_INVALID, 7, 1, "msgType", "is \"New\""},
    {">Public<", ">public<", ST_INVALID, 9, 1, "scope", "is \"public\""},
    {">Met<", ">Rain<", ST_INVALID, 17, 1, "category", "is \"Rain\""},
    {">Prepare<", ">Run<", ST_INVALID, 20, 1, "responseType", "is \"Run\""},
    {">Likely<", ">Very Likely<", ST_INVALID, 24, 1, "certainty", "is \"Very Likely\""},
    {"zh-CN", "zh_CN", ST_INVALID, 16, 1, "language", "is no code of a language"},
    {"zh-CN", "mandarinchinese", ST_INVALID, 16, 1, "language", "is no code"},
    {"zh-CN", "zh-", ST_INVALID, 16, 1, "language", "is no code"},
    /* times */
    {"16:30:00+08:00</sent>", "08:30:00Z</sent>", ST_INVALID, 5, 1, "sent", "is no time"},
    {"16:30:00+08:00</sent>", "16:30:00.0+08:00</sent>", ST_INVALID, 5, 1, "sent",
     "is no time"},
    {"16:30:00+08:00</sent>", "16:30:00</sent>", ST_INVALID, 5, 1, "sent", "is no time"},
    {"16:30:00+08:00</sent>", "16:30:00,08:00</sent>", ST_INVALID, 5, 1, "sent",
     "is no time"},
    {"25T16:30:00+08:00</sent>", "25 16:30:00+08:00</sent>", ST_INVALID, 5, 1, "sent",
     "is no time"},
    {"07-26T16:30", "02-30T16:30", ST_INVALID, 29, 1, "expires", "is no time"},
    {"07-26T16:30", "07-26T25:30", ST_INVALID, 29, 1, "expires", "is no time"},
    {"07-26T16:30", "07-25T16:29", ST_INVALID, 48, 1, "info", "expires before it is"},
    {"26T16:30:00+08:00", "25T16:31:00+09:00", ST_INVALID, 48, 1, "info",
     "expires before it is"},
    /* references */
    {",A1,", " ", ST_INVALID, 12, 1, "references", "has a part that is not sender,"},
    {",A1,", ",A1,A1,", ST_INVALID, 12, 1, "references", "has a part"},
    {",A1,", ",,", ST_INVALID, 12, 1, "references", "has a part"},
    {"25T12:00", "25T16:31", ST_INVALID, 12, 1, "references", "name an alert that was"},
    {"A1,2026-07-25T08:00", "33048241600000_20260725163000,2026-07-25T16:30", ST_INVALID,
     12, 1, "references", "name the alert itself"},
    /* scope */
    {"<scope>Public</scope>", "<scope>Restricted</scope>", ST_INVALID, 49, 1, "alert",
     "is Restricted in scope, but has no restriction"},
    {"<scope>Public</scope>", "<scope>Public</scope><restriction>r</restriction>",
     ST_INVALID, 49, 1, "alert", "has a restriction, but"},
    {"<scope>Public</scope>", "<scope>Private</scope>", ST_INVALID, 49, 1, "alert",
     "is Private in scope, but has no addresses"},
    /* texts */
    {"台风<", "&lt;b>&lt;/b><", ST_INVALID, 19, 1, "event", "holds nothing but HTML"},
    {"请做好准备。", "&lt;img src=x onerror=alert(1)>", ST_INVALID, 33, 1, "instruction",
     "holds HTML, <img"},
    {"请做好准备。", "好&lt;/SCRIPT >", ST_INVALID, 33, 1, "instruction", "holds HTML"},
    {"请做好准备。", "&lt;scr&lt;b>ipt>", ST_INVALID, 33, 1, "instruction", "holds HTML"},
    {"http://example.cn/a", "javascript:alert(1)//", ST_INVALID, 34, 1, "web",
     "is no address of the web"},
    {"http://example.cn/a", "example.cn/a", ST_INVALID, 34, 1, "web", "is no address"},
    {"http://example.cn/a", "https:///a", ST_INVALID, 34, 1, "web", "is no address"},
    {"http://example.cn/a", "http://example.cn/a b", ST_INVALID, 34, 1, "web",
     "is no address"},
    /* places */
    {"30.65,121.05 30.58,121.05<", "30.65,121.05<", ST_INVALID, 41, 1, "polygon",
     "is not closed"},
    {"30.1,122 30.2,121\n\t30.1,121<", "30.1,122 30.1,121<", ST_INVALID, 42, 1, "polygon",
     "is not closed"},
    {"30.58,121.15", "121.15,30.58", ST_INVALID, 41, 1, "polygon", "has a point that"},
    {"30.58,121.15", "NaN,121.15", ST_INVALID, 41, 1, "polygon", "has a point that"},
    {"30.58,121.15", "30.58,361", ST_INVALID, 41, 1, "polygon", "has a point that"},
    {"30.58,121.15", "30.58，121.15", ST_INVALID, 41, 1, "polygon", "has a point that"},
    {"30.58,121.15 30.65", "30.58,121.15;30.65", ST_INVALID, 41, 1, "polygon",
     "has a point that"},
    {"30.58,121.15 30.65,121.15 30.65,121.05", "30.65,121.15 30.58,121.15 30.65,121.05",
     ST_INVALID, 41, 1, "polygon", "crosses itself"},
    {" 12.5<", "<", ST_INVALID, 44, 1, "circle",
     "is not latitude,longitude and a radius"},
    {" 12.5<", " -1<", ST_INVALID, 44, 1, "circle", "is not latitude"},
    {" 12.5<", " 12.5 1<", ST_INVALID, 44, 1, "circle", "is not latitude"},
    {" 12.5<", " 20038<", ST_INVALID, 44, 1, "circle", "is not latitude"},
    {">330482101000<", ">33048210<", ST_INVALID, 45, 77, "geocode",
     "is no division code"},
    {"<altitude>0<", "<altitude>高<", ST_INVALID, 46, 1, "altitude", "is no number"},
    {"<altitude>0</altitude>", "", ST_INVALID, 47, 1, "area", "has a ceiling without"},
    {"<altitude>0<", "<altitude>100.5<", ST_INVALID, 47, 1, "area", "has a ceiling that"},
};

static void check_refusal(const char *text, size_t size, const struct refusal *row)
{
    struct cap_alert *alert = NULL;
    struct diag diag = {0};
    const int status = cap_read(text, size, &alert, &diag);
    if (status != row->status || diag.status != row->status || alert != NULL ||
        diag.line != row->line || diag.column != row->column ||
        strcmp(diag.where, row->where) != 0 ||
        strncmp(diag.text, row->text, strlen(row->text)) != 0)
        fail_msg("%s -> %s: %d at %u:%u <%s> %s", row->find, row->put, status, diag.line,
                 diag.column, diag.where, diag.text);
    assert_int_equal(cap_read(text, size, &alert, NULL), row->status);
}

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        const char *text = vary(refusals[i].find, refusals[i].put);
        check_refusal(text, strlen(text), &refusals[i]);
    }
}

static void test_no_references(void **state)
{
    (void)state;
    static const char *const types[] = {"Update", "Cancel", "Ack", "Error"};
    static const char text[] =
        "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>1</identifier>"
        "<sender>s</sender><sent>2026-07-25T16:30:00+08:00</sent><status>Test</status>"
        "<msgType>%s</msgType><scope>Public</scope></alert>";
    for (size_t i = 0; i <= COUNT_OF(types); i++) {
        char document[512];
        struct cap_alert *alert = NULL;
        struct diag diag;
        const char *type = i == COUNT_OF(types) ? "Alert" : types[i];
        (void)snprintf(document, sizeof document, text, type);
        const int status = cap_read(document, strlen(document), &alert, &diag);
        assert_int_equal(status, i == COUNT_OF(types) ? ST_OK : ST_INVALID);
        cap_free(alert);
    }
}

/* With what the scope asks for; addresses may also stand with Public. */
static void test_scopes(void **state)
{
    (void)state;
    static const struct {
        const char *elements;
        enum cap_scope scope;
    } rows[] = {
        {"<scope>Restricted</scope><restriction>r</restriction>", CAP_SCOPE_RESTRICTED},
        {"<scope>Private</scope><addresses>a b</addresses>", CAP_SCOPE_PRIVATE},
        {"<scope>Public</scope><restriction/><addresses>a</addresses>", CAP_SCOPE_PUBLIC},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *text = vary("<scope>Public</scope>", rows[i].elements);
        struct cap_alert *alert = read_alert(text, strlen(text));
        assert_int_equal(alert->scope, rows[i].scope);
        cap_free(alert);
    }
}

static void test_no_document(void **state)
{
    (void)state;
    static const struct refusal empty = {
        .status = ST_INVALID, .where = "", .text = "is empty"};
    static const struct refusal json = {.status = ST_INVALID,
                                        .line = 1,
                                        .column = 1,
                                        .where = "",
                                        .text = "is not well-formed XML"};
    static const struct refusal other = {.status = ST_UNSUPPORTED,
                                         .line = 1,
                                         .column = 1,
                                         .where = "rss",
                                         .text = "is no CAP alert"};
    check_refusal("", 0, &empty);
    check_refusal("{}", 2, &json);
    check_refusal("<rss/>", 6, &other);
    static const char quote[] = "<?xml version='1.0' encoding='GBK?><a/>";
    struct refusal open = json;
    open.column = 34;
    check_refusal(quote, strlen(quote), &open);
    /* Cut off anywhere, it is not well-formed. */
    for (size_t size = 1; size + 1 < strlen(DOCUMENT); size += 7) {
        struct cap_alert *alert = NULL;
        struct diag diag;
        assert_int_equal(cap_read(DOCUMENT, size, &alert, &diag), ST_INVALID);
    }
}

/* ---- warnings ------------------------------------------------------------------------
 */

static void test_warnings(void **state)
{
    (void)state;
    static const struct {
        const char *find, *put;
        enum cap_warning warning;
        uint32_t count, line;
    } rows[] = {
        {"<areaDesc>乍浦镇</areaDesc>\n",
         "<circle>1,2 3</circle><areaDesc>乍浦镇</areaDesc>\n", CAP_WARNING_ORDER, 3, 40},
        {"<category>Met</category>\n<category>Safety</category>\n<event>台风</event>",
         "<category>Met</category>\n<event>台风</event>\n<category>Fire</category>",
         CAP_WARNING_ORDER, 1, 19},
        {"T20:00:00+08:00</onset>", "T12:00:00Z</onset>", CAP_WARNING_TIME, 1, 28},
        {"T20:00:00+08:00</onset>", "T20:00:00.5+08:00</onset>", CAP_WARNING_TIME, 1, 28},
        {"T08:00:00+08:00\n", "T00:00:00Z\n", CAP_WARNING_TIME, 1, 12},
        {",A1,", ",33048241600000_20260725163000,", CAP_WARNING_SELF_REFERENCE, 1, 12},
        {"<note>", "<x:y xmlns:x='urn:x'><note>5</note></x:y><note>", CAP_WARNING_FOREIGN,
         1, 11},
        {"</alert>",
         "<Signature "
         "xmlns='http://www.w3.org/2000/09/xmldsig#'>a<b/></Signature></alert>",
         CAP_WARNING_FOREIGN, 0, 0},
        {"值班室", "值<b xmlns='http://www.w3.org/1999/xhtml'>班</b>室",
         CAP_WARNING_FOREIGN, 1, 35},
        {"<note>", "text<note>", CAP_WARNING_STRAY_TEXT, 1, 11},
        {"请做好准备。", "请&lt;br/>做&lt;BR />好&lt;a href='tel:1'>准备&lt;/a>",
         CAP_WARNING_MARKUP, 4, 33},
        {"请做好准备。", "a &lt; b &lt;5 mm> &lt;c> &lt;br", CAP_WARNING_MARKUP, 0, 0},
        {"30.65,121.05 30.58,121.05<",
         "30.65,121.05 30.5799,121.0499 30.5801,121.0502 "
         "30.58,121.05<",
         CAP_WARNING_CROSSING, 1, 41},
        {"30.58,121.15 30.65,121.15", "30.58,181 30.65,180.5", CAP_WARNING_CUT_OFF, 1,
         41},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *text = vary(rows[i].find, rows[i].put);
        struct cap_alert *alert = read_alert(text, strlen(text));
        for (unsigned w = 0; w < CAP_WARNING_COUNT; w++) {
            const bool is_it = w == rows[i].warning;
            if (alert->warnings[w] != (is_it ? rows[i].count : 0) ||
                alert->warning_lines[w] != (is_it ? rows[i].line : 0))
                fail_msg("%s: %s %u times, line %u", rows[i].put,
                         cap_word(CAP_LIST_WARNING, w), alert->warnings[w],
                         alert->warning_lines[w]);
        }
        cap_free(alert);
    }
}

static void test_markup(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"请&lt;br/>做&lt;BR />好&lt;a href='tel:1'>准备&lt;/a>", "请\n做\n好准备"},
        {"&lt;p>a&lt;/p>", "a"},
        {"a &lt; b &lt;5 mm> &lt;c> &lt;br", "a < b <5 mm> <c> <br"},
        {"&lt;a&lt;b>c", "<ac"},
        {"&amp;quot;x&amp;quot;", "&quot;x&quot;"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *text = vary("请做好准备。", rows[i][0]);
        struct cap_alert *alert = read_alert(text, strlen(text));
        assert_string_equal(alert->infos[0].instruction, rows[i][1]);
        cap_free(alert);
    }
}

/* Macao's all-clears name themselves. */
static void test_all_clear(void **state)
{
    (void)state;
    static const char text[] =
        "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>1</identifier>"
        "<sender>s</sender><sent>2026-07-25T16:30:00+08:00</sent><status>Test</status>"
        "<msgType>%s</msgType><scope>Public</scope>"
        "<references>s,1,2026-07-25T16:30:00+08:00</references>%s</alert>";
    static const char info[] =
        "<info><category>Met</category><event>e</event><responseType>%s</responseType>"
        "<urgency>Past</urgency><severity>Minor</severity><certainty>Unknown</certainty>"
        "</info>";
    static const struct {
        const char *type, *response; /* NULL: no info */
        int status;
    } rows[] = {
        {"Update", "AllClear", ST_OK},    {"Update", "Monitor", ST_INVALID},
        {"Update", NULL, ST_INVALID},     {"Cancel", NULL, ST_OK},
        {"Cancel", "Monitor", ST_OK},     {"Alert", "AllClear", ST_OK},
        {"Alert", "Monitor", ST_INVALID},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char block[512] = "", document[1024];
        if (rows[i].response != NULL)
            (void)snprintf(block, sizeof block, info, rows[i].response);
        (void)snprintf(document, sizeof document, text, rows[i].type, block);
        struct cap_alert *alert = NULL;
        struct diag diag;
        assert_int_equal(cap_read(document, strlen(document), &alert, &diag),
                         rows[i].status);
        if (alert != NULL)
            assert_int_equal(alert->warnings[CAP_WARNING_SELF_REFERENCE], 1);
        cap_free(alert);
    }
}

/* ---- encodings -----------------------------------------------------------------------
 */

static size_t convert(const char *to, const char *from, char *ret, size_t room)
{
    const iconv_t converter = iconv_open(to, "UTF-8");
    assert_true(converter != (iconv_t)-1);
    char *in = (char *)(uintptr_t)from, *out = ret;
    size_t left = strlen(from), left_out = room;
    assert_int_equal(iconv(converter, &in, &left, &out, &left_out), 0);
    iconv_close(converter);
    return room - left_out;
}

static void test_encodings(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        /* as declared, as written */
        {"GB18030", "GB18030"}, {"gb2312", "GB2312"}, {"GBK", "GBK"},
        {"UTF-8", "UTF-8"},     {"UTF-16", "UTF-16"}, {"UTF-16", "UTF-16LE"},
    };
    static char text[ROOM];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const size_t size =
            convert(rows[i][1], vary("UTF-8", rows[i][0]), text, sizeof text);
        struct cap_alert *alert = read_alert(text, size);
        check_whole(alert);
        cap_free(alert);
    }
    /* a byte order mark, and none declared */
    (void)snprintf(text, sizeof text, "\xef\xbb\xbf%s", DOCUMENT);
    struct cap_alert *alert = read_alert(text, strlen(text));
    check_whole(alert);
    cap_free(alert);
    alert = read_alert(vary(" encoding=\"UTF-8\"", ""), strlen(DOCUMENT) - 17);
    check_whole(alert);
    cap_free(alert);
}

static void test_latin(void **state)
{
    (void)state;
    static const char text[] =
        "<?xml version='1.0' encoding='ISO-8859-1'?>"
        "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>\xe9\xe9\xe9\xe9"
        "</identifier><sender>\xe9</sender><sent>2026-07-25T16:30:00+08:00</sent>"
        "<status>Test</status><msgType>Alert</msgType><scope>Public</scope></alert>";
    struct cap_alert *alert = read_alert(text, strlen(text));
    assert_string_equal(alert->identifier, "éééé");
    cap_free(alert);
}

static void test_wrong_bytes(void **state)
{
    (void)state;
    static const struct refusal utf8 = {.status = ST_INVALID,
                                        .line = 8,
                                        .column = 9,
                                        .where = "",
                                        .text = "is not well-formed XML"};
    static const struct refusal gbk = {.status = ST_INVALID,
                                       .line = 8,
                                       .column = 0,
                                       .where = "",
                                       .text = "has bytes that are not GB"};
    static char text[ROOM];
    /* GBK that says it is UTF-8, and bytes that are neither */
    const size_t size = convert("GBK", DOCUMENT, text, sizeof text);
    check_refusal(text, size, &utf8);
    const char *bad = vary("观测", "\x81\xff");
    check_refusal(bad, strlen(bad), &utf8);
    (void)snprintf(text, sizeof text, "%s", vary("UTF-8", "GBK"));
    char *at = strstr(text, "观测");
    memcpy(at, "\x81\xff    ", 6);
    check_refusal(text, strlen(text), &gbk);
}

/* ---- limits --------------------------------------------------------------------------
 */

/* COUNT of PIECE before the first BEFORE: read at COUNT_MAX, refused beyond it. */
static const struct limit {
    const char *before, *piece;
    uint32_t count_max;
    const char *where;
} limits[] = {
    {"<area>", "<parameter><valueName>n</valueName></parameter>", CAP_VALUES_MAX - 2,
     "parameter"},
    {"<effective>", "<eventCode><valueName>n</valueName></eventCode>", CAP_VALUES_MAX - 1,
     "eventCode"},
    {"<altitude>", "<geocode><valueName>n</valueName></geocode>", CAP_VALUES_MAX - 1,
     "geocode"},
    {"<geocode>", "<circle>1,2 3</circle>", CAP_CIRCLES_MAX - 1, "circle"},
    {"</info>", "<area><areaDesc>a</areaDesc></area>", CAP_AREAS_MAX - 1, "area"},
    {"\n  qixiang", " s,i,2026-07-25T12:00:00+08:00", CAP_REFERENCES_MAX - 2,
     "references"},
    {"</alert>",
     "<info><category>Met</category><event>e</event><urgency>Past</urgency>"
     "<severity>Minor</severity><certainty>Likely</certainty></info>",
     CAP_INFOS_MAX - 1, "info"},
    {"_20260725163000</id", "x", CAP_NAME_MAX - 29, "identifier"},
    {"@example.cn</sender>", "x", CAP_NAME_MAX - 18, "sender"},
    {"</note>", "x", CAP_TEXT_MAX - 9, "note"},
    {"</headline>", "x", CAP_TEXT_MAX - 28, "headline"},
    {"30.1,121 30.1,122", "30.1,121 ", CAP_RING_MAX - 4, "polygon"},
    {"<circle>", "<polygon>1,2 1,3 2,2 1,2</polygon>", POLYGON_RINGS_MAX - 2, "polygon"},
};

static int try_limit(const struct limit *limit, uint32_t count, struct diag *ret)
{
    static char put[ROOM];
    (void)snprintf(put, sizeof put, "%s%s", repeat(limit->piece, count), limit->before);
    const char *text = vary(limit->before, put);
    struct cap_alert *alert = NULL;
    const int status = cap_read(text, strlen(text), &alert, ret);
    cap_free(alert);
    return status;
}

static void test_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct diag diag = {0};
        if (try_limit(&limits[i], limits[i].count_max, &diag) != ST_OK)
            fail_msg("%s: %u <%s> %s", limits[i].where, diag.line, diag.where, diag.text);
        const int status = try_limit(&limits[i], limits[i].count_max + 1, &diag);
        const bool is_name = strstr("identifier sender", limits[i].where) != NULL;
        assert_int_equal(status, is_name ? ST_INVALID : ST_LIMIT);
        assert_string_equal(diag.where, limits[i].where);
        assert_true(diag.line > 0 && diag.column > 0);
    }
}

/* Lines that lie side by side: few are compared, many are refused. */
static void test_zigzag(void **state)
{
    (void)state;
    static char put[ROOM];
    for (int count = 2000; count <= 4000; count += 2000) {
        int size = 0;
        for (int i = 0; i < count; i++) {
            const double at = 1.0 * i / count, reach = i % 2 == 0 ? 3 : -3;
            size += snprintf(put + size, sizeof put - (size_t)size, "%.6f,%.6f ",
                             30 + at + reach, 120 + at - reach);
        }
        (void)snprintf(put + size, sizeof put - (size_t)size,
                       "27.1,125.1 25,123 32,116 33,117<");
        const char *text = vary("30.1,121 30.1,122 30.2,121\n\t30.1,121<", put);
        struct cap_alert *alert = NULL;
        struct diag diag = {0};
        const int status = cap_read(text, strlen(text), &alert, &diag);
        if (status != (count == 2000 ? ST_OK : ST_LIMIT))
            fail_msg("%d: %d <%s> %s", count, status, diag.where, diag.text);
        cap_free(alert);
    }
}

static void test_depth(void **state)
{
    (void)state;
    static const char open[] = "<x xmlns='urn:x'>", close[] = "</x>";
    for (uint32_t depth = CAP_DEPTH_MAX - 1; depth <= CAP_DEPTH_MAX; depth++) {
        char put[1024] = "";
        for (uint32_t i = 0; i < depth; i++)
            strncat(put, open, sizeof put - strlen(put) - 1);
        for (uint32_t i = 0; i < depth; i++)
            strncat(put, close, sizeof put - strlen(put) - 1);
        strncat(put, "<source>", sizeof put - strlen(put) - 1);
        const char *text = vary("<source>", put);
        struct cap_alert *alert = NULL;
        struct diag diag = {0};
        assert_int_equal(cap_read(text, strlen(text), &alert, &diag),
                         depth < CAP_DEPTH_MAX ? ST_OK : ST_LIMIT);
        cap_free(alert);
    }
}

/* All polygons together, and bytes. */
static void test_large(void **state)
{
    (void)state;
    static char put[ROOM];
    const size_t each = 40000;
    size_t size = 0;
    for (uint32_t i = 0; i < CAP_POINTS_MAX / each; i++)
        size += (size_t)snprintf(put + size, sizeof put - size, "<polygon>%s</polygon>",
                                 repeat("1,2 ", each));
    struct diag diag = {0};
    struct cap_alert *alert = NULL;
    const char *text = vary(POLYGONS, put);
    assert_int_equal(cap_read(text, strlen(text), &alert, &diag), ST_OK);
    assert_int_equal(alert->infos[0].areas[0].polygon.part_count, CAP_POINTS_MAX / each);
    cap_free(alert);
    alert = NULL;
    (void)snprintf(put + size, sizeof put - size, "<polygon>1,2</polygon>");
    text = vary(POLYGONS, put);
    assert_int_equal(cap_read(text, strlen(text), &alert, &diag), ST_LIMIT);
    assert_string_equal(diag.where, "polygon");

    static char whole[CAP_SIZE_MAX + 2];
    memset(whole, ' ', sizeof whole);
    memcpy(whole, DOCUMENT, strlen(DOCUMENT));
    cap_free(read_alert(whole, CAP_SIZE_MAX));
    assert_int_equal(cap_read(whole, CAP_SIZE_MAX + 1, &alert, &diag), ST_LIMIT);
}

/* ---- memory --------------------------------------------------------------------------
 */

static void test_memory(void **state)
{
    (void)state;
    static const char *const encodings[] = {"UTF-8", "GB18030"};
    static char text[ROOM];
    for (size_t i = 0; i < COUNT_OF(encodings); i++) {
        const size_t size =
            convert(encodings[i], vary("UTF-8", encodings[i]), text, sizeof text);
        for (uint64_t n = 1;; n++) {
            struct cap_alert *alert = NULL;
            struct diag diag = {0};
            mem_fail_at(n);
            const int status = cap_read(text, size, &alert, &diag);
            const bool is_through = mem_fail_hold() != 0;
            cap_free(alert);
            if (is_through) {
                assert_int_equal(status, ST_OK);
                assert_true(n > 20);
                break;
            }
            if (status != ST_NO_MEMORY || alert != NULL || diag.status != ST_NO_MEMORY)
                fail_msg("allocation %lu: %d", (unsigned long)n, status);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),         cmocka_unit_test(test_bare),
        cmocka_unit_test(test_missing),       cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_no_references), cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_zigzag),        cmocka_unit_test(test_no_document),
        cmocka_unit_test(test_warnings),      cmocka_unit_test(test_markup),
        cmocka_unit_test(test_all_clear),     cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_latin),         cmocka_unit_test(test_wrong_bytes),
        cmocka_unit_test(test_limits),        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_large),         cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
