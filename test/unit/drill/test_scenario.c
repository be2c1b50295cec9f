/* SPDX-License-Identifier: Apache-2.0 */
/* Scenario files: what is read, and what is refused with its place. */
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "drill/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char HEAD[] = "{\"name\":\"t\",\"start\":\"2026-11-24T14:00:00+08:00\","
                           "\"people\":{\"count\":50,\"radius_m\":900,\"speed_m_s\":2,"
                           "\"skills\":{\"boat\":0.5}},";
static const char INCIDENT[] =
    "\"incidents\":[{\"kind\":\"flood\",\"needs\":[{\"count\":2,\"within_minutes\":20,"
    "\"skills\":[\"boat\"]}]}],";
static const char POLICIES[] = "\"policies\":[{\"name\":\"ours\",\"rule\":\"ours\"}]}";

static int parse(const char *a, const char *b, const char *c, struct scenario *ret,
                 struct diag *diag)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "%s%s%s", a, b, c);
    *diag = (struct diag){0};
    return scenario_parse(text, strlen(text), ret, diag);
}

static void test_reads(void **state)
{
    (void)state;
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    struct diag diag;
    assert_int_equal(parse(HEAD, INCIDENT, POLICIES, scenario, &diag), ST_OK);
    assert_int_equal(scenario->need_count, 1);
    assert_int_equal(scenario->needs[0].lines[0].skills, 1);
    assert_int_equal(scenario->needs[0].deadline_ms, 20 * 60000);
    assert_int_equal(scenario->channel_count, 1);
    assert_true(scenario->planner.accept == scenario->response.accept_day);
    /* As an editor of Windows saves it. */
    char saved[512];
    (void)snprintf(saved, sizeof saved, "\xef\xbb\xbf%s", HEAD);
    assert_int_equal(parse(saved, INCIDENT, POLICIES, scenario, &diag), ST_OK);
    mem_free(scenario);
}

static void test_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *middle, *where;
    } rows[] = {
        {"\"incidents\":[],", "incidents"},
        {"\"incidents\":[{\"kind\":\"flood\",\"needs\":[]}],", "incidents[0].needs"},
        {"\"incidents\":[{\"kind\":\"war\",\"needs\":[{\"count\":1,"
         "\"within_minutes\":9}]}],",
         "incidents[0].kind"},
        {"\"incidents\":[{\"kind\":\"flood\",\"needs\":[{\"count\":1,"
         "\"within_minutes\":9,\"coutn\":2}]}],",
         "incidents[0].needs[0].coutn"},
        {"\"incidents\":[{\"kind\":\"flood\",\"button_minutes\":10,\"needs\":["
         "{\"count\":1,\"within_minutes\":9}]}],",
         "incidents[0].needs[0].within_minutes"},
        {"\"incidents\":[{\"kind\":\"flood\",\"needs\":[{\"count\":0,"
         "\"within_minutes\":9}]}],",
         "incidents[0].needs[0].count"},
        {"\"incidents\":[{\"kind\":\"flood\",\"needs\":[{\"count\":1,"
         "\"within_minutes\":1e99}]}],",
         "incidents[0].needs[0].within_minutes"},
        {"\"incidents\":[{\"kind\":\"flood\",\"needs\":[{\"count\":1,\"target\":1.0,"
         "\"within_minutes\":9}]}],",
         "incidents[0].needs[0].target"},
        {"\"incidents\":[{\"kind\":\"flood\",\"needs\":[{\"count\":1,"
         "\"within_minutes\":9,\"skills\":[\"nurse\"]}]}],",
         "incidents[0].needs[0].skills"},
        {"\"times_s\":[0],\"incidents\":[{\"kind\":\"flood\",\"needs\":[{\"count\":1,"
         "\"within_minutes\":9}]}],",
         "times_s"},
        {"\"closures\":[{\"at\":{\"east_m\":1,\"north_m\":2},\"radius_m\":9,"
         "\"detour\":2,\"from_minute\":5,\"to_minute\":5}],\"incidents\":[{\"kind\":"
         "\"flood\",\"needs\":[{\"count\":1,\"within_minutes\":9}]}],",
         "closures[0].to_minute"},
        {"\"closures\":[{\"radius_m\":9,\"detour\":2,\"limit_kmh\":5}],\"incidents\":[{"
         "\"kind\":\"flood\",\"needs\":[{\"count\":1,\"within_minutes\":9}]}],",
         "closures[0].detour"},
        {"\"closures\":[{\"radius_m\":9,\"limit_kmh\":251}],\"incidents\":[{\"kind\":"
         "\"flood\",\"needs\":[{\"count\":1,\"within_minutes\":9}]}],",
         "closures[0].limit_kmh"},
        {"\"incidents\":[{\"kind\":\"flood\",\"needs\":[{\"count\":1,\"lines\":[{"
         "\"count\":1}],\"within_minutes\":9}]}],",
         "incidents[0].needs[0].lines"},
        {"\"incidents\":[{\"kind\":\"flood\",\"needs\":[{\"lines\":[],"
         "\"within_minutes\":9}]}],",
         "incidents[0].needs[0].lines"},
        {"\"incidents\":[{\"kind\":\"flood\",\"needs\":[{\"lines\":[{\"count\":1},{"
         "\"count\":0}],\"within_minutes\":9}]}],",
         "incidents[0].needs[0].lines[1].count"},
        {"\"response\":{\"accept\":1.5},\"incidents\":[{\"kind\":\"flood\",\"needs\":["
         "{\"count\":1,\"within_minutes\":9}]}],",
         "response.accept"},
        {"\"channels\":[{\"kind\":\"email\"},{\"kind\":\"email\"}],\"incidents\":[{"
         "\"kind\":\"flood\",\"needs\":[{\"count\":1,\"within_minutes\":9}]}],",
         "channels[1].kind"},
    };
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    struct diag diag;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int status = parse(HEAD, rows[i].middle, POLICIES, scenario, &diag);
        assert_int_equal(status, ST_INVALID);
        assert_string_equal(diag.where, rows[i].where);
        assert_true(diag.text[0] != '\0');
    }
    /* Broken JSON: line and column; a name twice: refused; too deep: refused. */
    assert_int_equal(scenario_parse("{\n\"name\" 1}", 11, scenario, &diag), ST_INVALID);
    assert_int_equal(diag.line, 2);
    assert_int_equal(
        parse(HEAD, INCIDENT,
              "\"policies\":[{\"name\":\"x\",\"rule\":\"ours\"},{\"name\":\"x\",\"rule\":"
              "\"ours\"}]}",
              scenario, &diag),
        ST_INVALID);
    assert_string_equal(diag.where, "policies[1].name");
    char none[512];
    (void)snprintf(none, sizeof none, "\"runs\":0,%s", INCIDENT);
    assert_int_equal(parse(HEAD, none, POLICIES, scenario, &diag), ST_INVALID);
    assert_string_equal(diag.text, "must be a number from 1 to 1000000");
    assert_int_equal(parse("[[[[[[[[[[[[[", "", "", scenario, &diag), ST_LIMIT);
    mem_free(scenario);
}

/* Every scenario of the repository is one. */
static void test_files(void **state)
{
    (void)state;
    DIR *folder = opendir("demo/scenarios");
    assert_non_null(folder);
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    uint32_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[600];
        struct diag diag = {0};
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "demo/scenarios/%s", entry->d_name);
        int status = scenario_read(path, scenario, &diag);
        if (status != ST_OK)
            print_error("%s: %s: %s\n", path, diag.where, diag.text);
        assert_int_equal(status, ST_OK);
        count++;
    }
    assert_true(count > 0);
    mem_free(scenario);
    (void)closedir(folder);
}

int main(void)
{
    (void)setenv("TZ", "Asia/Shanghai", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
