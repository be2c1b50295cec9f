/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies against their schemas: each row is a body and the first pointer complained of.
 */
#include "api/schemas.h"
#include "base/mem.h"
#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct row {
    const struct schema *schema;
    const char *body;
    int status;          /* 0 = taken */
    const char *pointer; /* of the first error, NULL = none */
};

static const struct row rows[] = {
    {&incident_schema, "{\"kind\":\"flood\",\"at\":{\"lat\":30.7,\"lon\":121.02}}", 0,
     NULL},
    {&incident_schema,
     "{\"kind\":\"flood\",\"at\":{\"lat\":30.7,\"lon\":121.02,\"crs\":\"gcj02\"}}", 0,
     NULL},
    {&incident_schema, "{\"kind\":\"deluge\",\"at\":{\"lat\":30.7,\"lon\":121.02}}", 422,
     "/kind"},
    {&incident_schema, "{\"kind\":\"flood\"}", 422, "/at"},
    {&incident_schema, "", 422, "/kind"},
    {&incident_schema, "[]", 422, ""},
    {&incident_schema, "{\"kind\":\"flood\",\"at\":{\"lat\":30.7}}", 422, "/at"},
    {&incident_schema, "{\"kind\":\"flood\",\"at\":{\"lat\":91,\"lon\":121}}", 422,
     "/at"},
    {&incident_schema, "{\"kind\":\"flood\",\"at\":{\"lat\":0,\"lon\":0}}", 422, "/at"},
    {&incident_schema, "{\"kind\":\"flood\",\"at\":{\"lat\":\"30\",\"lon\":121}}", 422,
     "/at/lat"},
    {&incident_schema, "{\"kind\":\"flood\",\"at\":{\"lat\":30,\"lon\":121,\"alt\":1}}",
     422, "/at/alt"},
    {&incident_schema,
     "{\"kind\":\"flood\",\"at\":{\"lat\":30,\"lon\":121,\"crs\":\"x\"}}", 422,
     "/at/crs"},
    {&incident_schema, "{\"kind\":\"flood\",\"a/b~\":1,\"at\":{\"lat\":30,\"lon\":121}}",
     422, "/a~1b~0"},
    {&incident_schema, "{\"kind\":\"flood\",\"kind\":\"fire\"}", 400, "/kind"},
    {&incident_schema, "{\"at\":{\"lat\":30,\"lat\":31}}", 400, "/at/lat"},
    {&incident_schema, "{\"kind\":\"flood\",\"at\":{\"lat\":30.7,\"lon\":121.02}", 400,
     "/at"},
    {&incident_schema, "{\"kind\":\"\\u0000\"}", 400, "/kind"},
    {&incident_schema,
     "{\"kind\":\"flood\",\"at\":{\"lat\":30,\"lon\":121},\"exercise\":1}", 422,
     "/exercise"},
    {&incident_schema,
     "{\"kind\":\"flood\",\"at\":{\"lat\":30,\"lon\":121},\"requester\":{\"name\":\"Li\"}"
     "}",
     422, "/requester/consent"},
    {&incident_schema, "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", 400, NULL},
    {&need_schema, "{\"within_minutes\":30,\"lines\":[{\"skills\":[],\"count\":1}]}", 0,
     NULL},
    {&need_schema,
     "{\"within_minutes\":30,\"lines\":[{\"count\":5000}],\"reserve\":\"auto\"}", 0,
     NULL},
    {&need_schema, "{\"within_minutes\":30,\"lines\":[{\"count\":5001}]}", 422,
     "/lines/0/count"},
    {&need_schema, "{\"within_minutes\":30,\"lines\":[{\"count\":0}]}", 422,
     "/lines/0/count"},
    {&need_schema,
     "{\"within_minutes\":30,\"lines\":[{\"count\":1},{\"n\":1,\"count\":2}]}", 422,
     "/lines/1/n"},
    {&need_schema, "{\"lines\":[{\"count\":1},{\"count\":1,\"count\":2}]}", 400,
     "/lines/1/count"},
    {&need_schema, "{\"within_minutes\":4320,\"lines\":[{\"count\":1}]}", 0, NULL},
    {&need_schema, "{\"within_minutes\":4321,\"lines\":[{\"count\":1}]}", 422,
     "/within_minutes"},
    {&need_schema, "{\"within_minutes\":0,\"lines\":[{\"count\":1}]}", 422,
     "/within_minutes"},
    {&need_schema, "{\"within_minutes\":1.5,\"lines\":[{\"count\":1}]}", 422,
     "/within_minutes"},
    {&need_schema, "{\"lines\":[]}", 422, "/lines"},
    {&need_schema,
     "{\"lines\":[{\"count\":1},{\"count\":1},{\"count\":1},{\"count\":1},{\"count\":1},"
     "{\"count\":1},{\"count\":1},{\"count\":1},{\"count\":1}]}",
     422, "/lines"},
    {&need_schema, "{\"target\":1.1,\"lines\":[{\"count\":1}]}", 422, "/target"},
    {&need_schema, "{\"target\":0,\"lines\":[{\"count\":1}]}", 422, "/target"},
    {&need_schema, "{\"target\":0.999,\"lines\":[{\"count\":1}]}", 0, NULL},
    {&need_schema, "{\"reserve\":\"some\",\"lines\":[{\"count\":1}]}", 422, "/reserve"},
    {&need_schema, "{\"by\":\"2026-02-30T00:00:00Z\",\"lines\":[{\"count\":1}]}", 422,
     "/by"},
    {&need_schema, "{\"by\":\"2026-02-28T00:00:00\",\"lines\":[{\"count\":1}]}", 422,
     "/by"},
    {&plan_schema, "{\"lift\":[\"quiet\",\"cap\"],\"force\":[\"P1\"],\"reason\":\"x\"}",
     0, NULL},
    {&plan_schema, "{\"lift\":[\"age\"]}", 422, "/lift"},
    {&callout_schema, "{\"target\":0.9}", 0, NULL},
    {&answer_schema, "{\"nonce\":\"a\",\"answer\":\"accept\",\"from\":\"home\"}", 0,
     NULL},
    {&answer_schema,
     "{\"nonce\":\"a\",\"answer\":\"accept\",\"from\":{\"lat\":30,\"lon\":121}}", 0,
     NULL},
    {&answer_schema, "{\"nonce\":\"a\",\"answer\":\"accept\",\"from\":\"moon\"}", 422,
     "/from"},
    {&answer_schema, "{\"nonce\":\"a\",\"answer\":\"perhaps\"}", 422, "/answer"},
    {&answer_schema, "{\"answer\":\"accept\"}", 422, "/nonce"},
    {&person_schema, "{\"paused_until\":null}", 0, NULL},
    {&person_schema, "{\"mode\":null}", 422, "/mode"},
    {&nothing_schema, "{}", 0, NULL},
    {&nothing_schema, "{\"a\":1}", 422, "/a"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *row = &rows[i];
        struct body body;
        struct problem problem;
        void *input = mem_calloc(1, row->schema->size);
        assert_non_null(input);
        const int status =
            body_read(&body, row->schema, row->body, strlen(row->body), input, &problem);
        print_message("%s\n", row->body);
        assert_int_equal(status, row->status == 0 ? 0 : ST_INVALID);
        if (row->status != 0)
            assert_int_equal(problem.status, row->status);
        if (row->pointer != NULL) {
            assert_true(problem.error_count > 0);
            assert_string_equal(problem.errors[0].pointer, row->pointer);
        }
        body_release(&body);
        mem_free(input);
    }
}

static void test_values(void **state)
{
    (void)state;
    const char *text = "{\"at\":{\"lat\":30.5,\"lon\":121.25},\"within_minutes\":15,"
                       "\"lines\":[{\"skills\":[\"boat\",\"diving\"],\"count\":3},"
                       "{\"count\":4}],\"reserve\":2,\"target\":0.9,\"mode\":\"car\"}";
    struct body body;
    struct problem problem;
    struct in_need need;
    assert_int_equal(body_read(&body, &need_schema, text, strlen(text), &need, &problem),
                     0);
    assert_true(need.at.given);
    assert_int_equal(need.at.at.lat_e7, 305000000);
    assert_int_equal(need.within_minutes.value, 15);
    assert_false(need.by.given);
    assert_int_equal(need.lines.count, 2);
    const struct in_line *lines = need.lines.items;
    assert_int_equal(lines[0].skills.count, 2);
    assert_string_equal(((const char **)lines[0].skills.items)[1], "diving");
    assert_int_equal(lines[1].count.value, 4);
    assert_int_equal(need.reserve.value, 2);
    assert_int_equal(need.mode.value, 2);
    body_release(&body);
}

static void test_unknown_code_lists_the_known(void **state)
{
    (void)state;
    const char *text = "{\"kind\":\"x\",\"at\":{\"lat\":30,\"lon\":121}}";
    struct body body;
    struct problem problem;
    struct in_incident incident;
    assert_int_equal(
        body_read(&body, &incident_schema, text, strlen(text), &incident, &problem),
        ST_INVALID);
    assert_non_null(strstr(problem.errors[0].detail, "typhoon"));
    body_release(&body);
}

/* What came along when something was copied; a password is what was typed. */
static void test_marks(void **state)
{
    (void)state;
    struct body body;
    struct problem problem;
    struct in_incident incident;
    struct in_session session;
    const char *text = "{\"kind\":\"flood\",\"at\":{\"lat\":30,\"lon\":121},"
                       "\"title\":\"\\u202ea\\u200bb\\u202c\"}";
    assert_int_equal(
        body_read(&body, &incident_schema, text, strlen(text), &incident, &problem), 0);
    assert_string_equal(incident.title.value, "ab");
    body_release(&body);
    text = "{\"account\":\"\\u200e\",\"password\":\"a\\u200bb\"}";
    assert_int_not_equal(
        body_read(&body, &session_schema, text, strlen(text), &session, &problem), 0);
    assert_string_equal(problem.errors[0].pointer, "/account"); /* nothing is left */
    assert_string_equal(session.password.value, "a\xe2\x80\x8b"
                                                "b");
    body_release(&body);
}

static void test_form(void **state)
{
    (void)state;
    static const struct {
        const char *form;
        int status;
        const char *pointer;
    } forms[] = {
        {"nonce=ab&answer=accept&from=home", 0, NULL},
        {"nonce=ab&answer=report&text=a+b%20c%0d%0ad&outcome=done", 0, NULL},
        {"nonce=ab&answer=limited&ready_in_minutes=20", 0, NULL},
        {"nonce=ab&answer=limited&ready_in_minutes=", 0, NULL},
        {"nonce=ab&answer=limited&ready_in_minutes=x", 422, "/ready_in_minutes"},
        {"nonce=ab&answer=arrive&position=30.5,121.2", 0, NULL},
        {"nonce=ab&answer=arrive&position=30.5", 422, "/position"},
        {"nonce=ab&nonce=ac&answer=accept", 422, "/nonce"},
        {"nonce=ab&answer=arrive&names=a&names=b", 0, NULL},
        {"nonce=ab&answer=accept&x=1", 422, "/x"},
        {"nonce=%zz&answer=accept", 400, NULL},
        {"nonce=%00&answer=accept", 400, NULL},
        {"nonce=%ff&answer=accept", 400, NULL},
        {"", 422, "/nonce"},
    };
    /* Ticked boxes are items of one list; a word is no number. */
    static const char boxes[] = "skills=a&consent=false&skills=b&skills=";
    struct in_join in;
    struct body form;
    struct problem none;
    assert_int_equal(
        body_read_form(&form, &join_schema, boxes, strlen(boxes), &in, &none), 0);
    assert_int_equal(in.skills.count, 2);
    assert_string_equal(((const char **)in.skills.items)[1], "b");
    assert_true(in.consent.given && in.consent.value == 0);
    body_release(&form);
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct body body;
        struct problem problem;
        struct in_answer answer;
        const int status = body_read_form(&body, &answer_schema, forms[i].form,
                                          strlen(forms[i].form), &answer, &problem);
        assert_int_equal(status, forms[i].status == 0 ? 0 : ST_INVALID);
        if (forms[i].status != 0)
            assert_int_equal(problem.status, forms[i].status);
        if (forms[i].pointer != NULL)
            assert_string_equal(problem.errors[0].pointer, forms[i].pointer);
        body_release(&body);
    }
}

/* Every allocation fails once: an error, never a crash or a leak (run under ASan). */
static void test_memory(void **state)
{
    (void)state;
    const char *text = "{\"lines\":[{\"skills\":[\"boat\"],\"count\":3}]}";
    for (uint64_t n = 1; n < 8; n++) {
        struct body body;
        struct problem problem;
        struct in_need need;
        mem_fail_at(n);
        const int status =
            body_read(&body, &need_schema, text, strlen(text), &need, &problem);
        assert_true(status == 0 || status == ST_INVALID || status == ST_NO_MEMORY);
        mem_fail_at(0);
        body_release(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_unknown_code_lists_the_known),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
