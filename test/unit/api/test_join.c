/* SPDX-License-Identifier: Apache-2.0 */
/* The public page of who wants to join: what is taken, what is told, and to whom. */
#include "admin.h"

#include "store/applicant.h"
#include "store/places.h"

#define FORMS_AT_ONCE 60 /* of join.c, from one address */

static struct client stranger;
static int sent;

static int start(void **state)
{
    (void)admin_start(state);
    client_init(&stranger, &fixture);
    stranger.plain = true;
    return 0;
}

static int stop(void **state)
{
    client_release(&stranger);
    return admin_stop(state);
}

/* Of a page that was loaded just now. */
static void load_nonce(char ret[17])
{
    client_expect(&stranger, 200, "GET", "/join", NULL);
    const char *at = strstr(text_string(&stranger.body), "name=\"nonce\" value=\"");
    assert_non_null(at);
    (void)snprintf(ret, 17, "%s", at + 20);
}

/* Sends the form as a browser does; MEMBERS behind the nonce. */
static long send_form(const char *members)
{
    char nonce[17], body[2048];
    load_nonce(nonce);
    (void)snprintf(body, sizeof body, "&nonce=%s&%s", nonce, members);
    sent++;
    return client_send(&stranger, "POST", "/join", body);
}

static bool shows(const char *text)
{
    return strstr(text_string(&stranger.body), text) != NULL;
}

static size_t waiting(void)
{
    client_expect(&admin, 200, "GET", "/api/v1/applicants?limit=2000", NULL);
    return json_array_size(json_object_get(admin.json, "items"));
}

static const char *first(const char *key)
{
    return json_string_value(
        json_object_get(json_array_get(json_object_get(admin.json, "items"), 0), key));
}

#define WHO_LIVES(area) "name=Wang+%3CFang%3E&mode=bike&area=" area "&consent=yes"
#define WHO WHO_LIVES("west")

static void test_form(void **state)
{
    (void)state;
    client_expect(&stranger, 200, "GET", "/join", NULL);
    static const char *const parts[] = {"<option value=\"west\">", "value=\"first-aid\"",
                                        "name=\"consent\" required",
                                        "form method=\"post\"", "autocomplete=\"tel\""};
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        assert_true(shows(parts[i]));
    assert_non_null(strstr(text_string(&stranger.head), "no-store"));
    assert_int_equal(send_form(WHO "&phone=100-0077-7001&skills=nurse&skills=boat"), 303);
    assert_non_null(strstr(text_string(&stranger.head), "Location: /join/thanks\r\n"));
    client_expect(&stranger, 200, "GET", "/join/thanks", NULL);
    assert_int_equal(waiting(), 1);
    assert_string_equal(first("name"), "Wang <Fang>");
    assert_string_equal(first("phone"), "100-0077-7001");
    assert_string_equal(first("mode"), "bike");
    const json_t *skills = json_object_get(
        json_array_get(json_object_get(admin.json, "items"), 0), "skills");
    assert_int_equal(json_array_size(skills), 2);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *form, *beside; /* the English of the field */
    } rows[] = {
        {"name=+&phone=10000777002&area=west&mode=bike&consent=yes", "write your name"},
        {"name=a%0Ab&phone=10000777002&area=west&mode=bike&consent=yes", "your name"},
        {"name=a%C2%AD&phone=10000777002&area=west&mode=bike&consent=yes", "your name"},
        {"name=Li+Hua&phone=12345&area=west&mode=bike&consent=yes", "can be called"},
        {"name=Li+Hua&phone=call+me&area=west&mode=bike&consent=yes", "can be called"},
        {"name=Li+Hua&phone=10000777002&area=&mode=bike&consent=yes", "choose a place"},
        {"name=Li+Hua&phone=10000777002&area=moon&mode=bike&consent=yes", "a place"},
        {"name=Li+Hua&phone=10000777002&area=west&mode=rocket&consent=yes", "choose one"},
        {"name=Li+Hua&phone=10000777002&area=west&mode=bike&skills=x&consent=yes",
         "tick"},
        {"name=Li+Hua&phone=10000777002&area=west&mode=bike", "Without your consent"},
        {"name=Li+Hua&phone=10000777002&area=west&mode=bike&consent=0", "your consent"},
        {"name=Li+Hua&phone=10000777002&area=west&consent=yes", "choose one"},
    };
    const size_t before = waiting();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)snprintf(stranger.headers[0], sizeof stranger.headers[0],
                       "Accept-Language: en");
        char nonce[17], body[512];
        load_nonce(nonce);
        (void)snprintf(body, sizeof body, "&nonce=%s&%s", nonce, rows[i].form);
        (void)snprintf(stranger.headers[0], sizeof stranger.headers[0],
                       "Accept-Language: en");
        sent++;
        client_expect(&stranger, 422, "POST", "/join", body);
        const char *at = strstr(text_string(&stranger.body), "class=\"wrong\"");
        if (at == NULL || strstr(at, rows[i].beside) == NULL)
            fail_msg("%s: %s", rows[i].form, text_string(&stranger.body));
        assert_null(strstr(at + 1, "class=\"wrong\"")); /* one field, one sentence */
        if (i >= 3)
            assert_true(shows("value=\"Li Hua\""));
        if (i != 5 && i != 6)
            assert_true(shows("value=\"west\" selected"));
    }
    /* What was entered stays, also what nobody could mean, and comes back as text. */
    char many[128];
    memset(many, 'x', 61);
    many[61] = '\0';
    char form[256];
    (void)snprintf(form, sizeof form,
                   "name=%%22%%3E%%3Cb%%3E%s&phone=&consent=yes&skills=nurse", many);
    assert_int_equal(send_form(form), 422);
    assert_true(shows("value=\"&quot;&gt;&lt;b&gt;xxx") &&
                shows("value=\"nurse\" checked") && shows("value=\"yes\" checked"));
    assert_int_equal(send_form(WHO "&phone=10000777002&admin=1"), 422);
    assert_int_equal(send_form(WHO "&phone=%zz"), 400);
    assert_int_equal(waiting(), before);
}

/* The head without what differs by itself. */
static void head_of(struct text *ret)
{
    text_clear(ret);
    for (const char *at = text_string(&stranger.head); *at != '\0';) {
        const size_t size = strcspn(at, "\n") + 1;
        if (strncmp(at, "Date:", 5) != 0)
            text_append(ret, at, size);
        at += size;
    }
}

/* A new number, one that waits and one of a volunteer: not a byte differs. */
static void test_nothing_is_told(void **state)
{
    (void)state;
    static const char *const forms[] = {
        WHO "&phone=10000777003", WHO "&phone=10000777003", WHO "&phone=13800001000"};
    struct text one, other;
    text_init(&one, 1 << 16);
    text_init(&other, 1 << 16);
    const size_t before = waiting();
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        assert_int_equal(send_form(forms[i]), 303);
        head_of(i == 0 ? &one : &other);
        assert_int_equal(stranger.body.size, 0);
        if (i > 0)
            assert_string_equal(text_string(&one), text_string(&other));
    }
    assert_int_equal(waiting(), before + 2);
    /* The office is told whom it knows already. */
    const json_t *items = json_object_get(admin.json, "items");
    const json_t *last = json_array_get(items, json_array_size(items) - 1);
    assert_string_equal(json_string_value(json_object_get(last, "known")), "P00001");
    assert_null(first("known"));
    text_release(&one);
    text_release(&other);
}

static void test_from_elsewhere(void **state)
{
    (void)state;
    const size_t before = waiting();
    static const char *const sites[] = {"cross-site", "same-site"};
    char nonce[17], body[256];
    load_nonce(nonce);
    (void)snprintf(body, sizeof body, "&nonce=%s&%s", nonce, WHO "&phone=10000777004");
    for (size_t i = 0; i < COUNT_OF(sites); i++) {
        (void)snprintf(stranger.headers[0], sizeof stranger.headers[0],
                       "Sec-Fetch-Site: %s", sites[i]);
        sent++;
        client_expect(&stranger, 422, "POST", "/join", body);
        assert_true(shows("role=\"alert\"") && shows("10000777004"));
    }
    sent += 3;
    client_expect(&stranger, 422, "POST", "/join", "&" WHO "&phone=10000777004");
    client_expect(&stranger, 422, "POST", "/join",
                  "&nonce=0000000000000000&" WHO "&phone=10000777004");
    (void)snprintf(stranger.headers[0], sizeof stranger.headers[0],
                   "Sec-Fetch-Site: same-origin");
    assert_int_equal(waiting(), before);
    client_expect(&stranger, 303, "POST", "/join", body);
    assert_int_equal(waiting(), before + 1);
}

static int run_put_many(void *context, struct writer *writer, int64_t now_ms,
                        struct diag *reterr)
{
    AUTO_FREE struct applicant *one = mem_calloc(1, sizeof *one);
    const int64_t area_id = fixture_area(writer, "west");
    int status = 0;
    (void)context;
    for (int i = 0; status == 0; i++) {
        *one = (struct applicant){.area_id = area_id};
        (void)snprintf(one->name, sizeof one->name, "Many");
        (void)snprintf(one->phone, sizeof one->phone, "1000088%04d", i);
        status = applicant_put(writer, one, now_ms, reterr);
    }
    return status == ST_BUSY ? 0 : status;
}

static void test_limits(void **state)
{
    (void)state;
    assert_int_equal(command_call(fixture.writer, run_put_many, NULL, NULL), 0);
    assert_int_equal(waiting(), APPLICANTS_MAX);
    (void)snprintf(stranger.headers[1], sizeof stranger.headers[1],
                   "Accept-Language: en");
    assert_int_equal(send_form(WHO "&phone=10000777005"), 503);
    assert_true(shows("Wang &lt;Fang&gt;") && shows("应急办"));
    assert_int_equal(send_form(WHO "&phone=10000777003"), 503); /* one that waits */
    long status = 503; /* one more each minute that this takes */
    while (status == 503 && sent < 2 * FORMS_AT_ONCE)
        status = send_form(WHO "&phone=10000777005");
    assert_int_equal(status, 429);
    assert_true(sent > FORMS_AT_ONCE);
    assert_non_null(strstr(text_string(&stranger.head), "Retry-After: "));
    assert_true(shows("Wang &lt;Fang&gt;"));
    /* Pages and lists of many. */
    client_expect(&admin, 200, "GET", "/api/v1/applicants?limit=100", NULL);
    assert_int_equal(json_array_size(json_object_get(admin.json, "items")), 100);
    assert_non_null(strstr(text_string(&admin.head), "rel=\"next\""));
}

/* A program is answered as programs are. */
static void test_json(void **state)
{
    (void)state;
    char nonce[17], body[256];
    load_nonce(nonce);
    (void)snprintf(body, sizeof body,
                   "{\"nonce\":\"%s\",\"name\":\"Li Hua\",\"phone\":\"10000777006\","
                   "\"area\":\"west\",\"mode\":\"car\",\"skills\":[],\"consent\":true}",
                   nonce);
    sent++;
    client_expect(&admin, 204, "POST", "/join", body);
    client_expect(&admin, 422, "POST", "/join", "{\"name\":7}");
    assert_int_equal(json_integer_value(json_object_get(admin.json, "status")), 422);
    client_expect(&admin, 405, "DELETE", "/join", NULL);
}

#define VILLAGES 3000

static int put_villages(void *context, struct writer *writer, int64_t now_ms,
                        struct diag *reterr)
{
    (void)context;
    struct text text;
    struct place_import result = {0};
    text_init(&text, 1 << 20);
    text_append_string(&text, "code,name,parent,level\nt1,Town 1,c1,town\n"
                              "t2,Town 2,c2,town\nt3,Town 3,c1,town\n"
                              "c1,County 1,,city\nc2,County <2>,,city\n"
                              "p1,Prefecture,,city\nk1,Inner 1,p1,county\n"
                              "k2,Inner 2,p1,county\nt4,Town 4,k1,town\n"
                              "t5,Town 5,k2,town\n");
    for (int i = 0; i < 300; i++)
        text_appendf(&text, "w%d,Hamlet %d,t4,village\n", i, i);
    for (int i = 0; i < VILLAGES; i++)
        text_appendf(&text, "v%d,Village %d,t1,village\n", i, i);
    const int status =
        area_import(writer, text.data, text.size, 0, now_ms, &result, reterr);
    text_release(&text);
    return status;
}

/* A page within the part, in English. */
static void open_within(const char *part)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/join%s%s", *part ? "?within=" : "", part);
    (void)snprintf(stranger.headers[0], sizeof stranger.headers[0],
                   "Accept-Language: en");
    client_expect(&stranger, 200, "GET", path, NULL);
}

/* Too many areas for one list: first the county is asked for, then its own are named; too
 * many villages: the towns. */
static void test_county_first(void **state)
{
    (void)state;
    fixture_check(&fixture,
                  command_call(fixture.writer, put_villages, NULL, &fixture.diag),
                  "villages");
    open_within("");
    assert_true(shows("<form action=\"/join\">"));
    assert_true(shows("The county or district you live in"));
    assert_true(shows("<select name=\"within\" required>"));
    assert_true(shows("<option value=\"c1\">County 1</option>\n"
                      "<option value=\"c2\">County &lt;2&gt;</option>\n"));
    assert_true(shows("<option value=\"west\">West</option>"));
    assert_true(shows("none of these"));
    assert_false(shows("Town"));
    assert_false(shows("nonce"));
    open_within("nowhere");
    assert_true(shows("The county or district you live in"));
    open_within("c1");
    assert_true(shows("The town or subdistrict you live in"));
    assert_true(shows("<optgroup label=\"County 1\">\n"
                      "<option value=\"t1\">Town 1</option>\n"
                      "<option value=\"t3\">Town 3</option>\n</optgroup>\n"));
    assert_false(shows("Village"));
    assert_false(shows("Town 2"));
    open_within("c2");
    assert_true(shows("<option value=\"t2\">Town 2</option>"));
    assert_false(shows("Town 1"));
    open_within("west");
    assert_true(shows("West"));
    /* The notice board of a prefecture: its own counties first. */
    open_within("p1");
    assert_true(shows("<select name=\"within\" required>"));
    assert_true(shows("<option value=\"k1\">Inner 1</option>"));
    assert_false(shows("County 1"));
    assert_false(shows("Hamlet"));
    open_within("k1");
    assert_true(shows("<option value=\"w7\">Hamlet 7</option>"));
    open_within("root");
    assert_true(shows("<input type=\"hidden\" name=\"area\" value=\"root\">"));
    /* A form that is refused comes back with the places of its county. */
    client_expect(&stranger, 429, "POST", "/join", "&" WHO_LIVES("t2") "&phone=1");
    assert_true(shows("<option value=\"t2\" selected>Town 2</option>"));
    assert_false(shows("Town 1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_nothing_is_told),
        cmocka_unit_test(test_from_elsewhere),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_county_first),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
