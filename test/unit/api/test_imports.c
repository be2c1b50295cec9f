/* SPDX-License-Identifier: Apache-2.0 */
/* POST people/imports: what it counts, what it refuses and by which line, who may, and
 * that nothing of a file is to be found in the events. */
#include "admin.h"

#include "api/internal.h"
#include "http/internal.h"

#define PATH "/api/v1/people/imports"
#define HEAD "number,name,lat,lon,area,phone,birth\n"
#define WRONG_ROWS 3
#define FILE_MAX (4 * 1024 * 1024)

/* TEXT as a file; '&' keeps the client from calling it JSON. */
static void upload(struct client *client, long status, const char *query,
                   const char *text)
{
    char path[128];
    struct text body;
    text_init(&body, 8 << 20);
    text_append_string(&body, "&");
    text_append_string(&body, text);
    (void)snprintf(path, sizeof path, PATH "%s", query);
    (void)snprintf(client->headers[0], sizeof client->headers[0],
                   "Content-Type: text/csv; charset=utf-8");
    client_expect(client, status, "POST", path, text_string(&body));
    text_release(&body);
}

static void expect_counts(int64_t added, int64_t changed, int64_t same, int64_t retired)
{
    assert_int_equal(client_int(&admin, "added"), added);
    assert_int_equal(client_int(&admin, "changed"), changed);
    assert_int_equal(client_int(&admin, "same"), same);
    assert_int_equal(client_int(&admin, "retired"), retired);
}

static int64_t number_of(const char *sql)
{
    struct db *db;
    fixture_check(&fixture, db_open(&db, fixture.paths.db, DB_READ, &fixture.diag), "db");
    struct query *query = db_query(db, sql);
    assert_int_equal(query_step(query), 1);
    const int64_t number = query_get_int(query, 0);
    query_reset(query);
    db_close(db);
    return number;
}

static const json_t *item(const char *list, size_t index)
{
    return json_array_get(json_object_get(admin.json, list), index);
}

static const char *member(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static const char good[] =
    HEAD "I1,Wang Fang,30.701,121.021,west,10000111111,1990-01-01\n"
         "I2,Zhao Lei,30.702,121.022,east,,1991-01-01\n"
         "P00001,Name1,30.7,121.02,,10000111111,1992-01-01\n";

static void test_dry_run_changes_nothing(void **state)
{
    (void)state;
    upload(&admin, 200, "?dry_run=true&retire_missing=true", good);
    expect_counts(2, 1, 0, PEOPLE - 1);
    assert_true(json_is_true(json_object_get(admin.json, "names_compared")));
    assert_string_equal(member(item("warnings", 0), "text"), "same_telephone");
    assert_string_equal(member(item("warnings", 0), "other"), "I1");
    assert_int_equal(json_integer_value(json_object_get(item("warnings", 0), "line")), 4);
    client_expect(&admin, 404, "GET", "/api/v1/people/I1", NULL);
    assert_int_equal(crowd_count(fixture.crowd), PEOPLE);
}

static void test_import(void **state)
{
    (void)state;
    upload(&admin, 200, "", good);
    expect_counts(2, 1, 0, 0);
    client_expect(&admin, 200, "GET", "/api/v1/people/I1", NULL);
    assert_string_equal(client_text(&admin, "area"), "west");
    assert_string_equal(client_text(&admin, "name"), "Wang Fang");
    int64_t id;
    (void)fixture_whereabouts(&fixture, "I2", &id); /* the crowd knows at once */
    assert_true(id > 0);
    assert_int_equal(number_of("SELECT count(*) FROM event WHERE kind ="
                               " 'people.imported'"),
                     1);
    upload(&admin, 200, "?dry_run=false", good);
    expect_counts(0, 0, 3, 0);
    assert_int_equal(number_of("SELECT count(*) FROM event WHERE body LIKE '%Wang%'"
                               " OR body LIKE '%10000111111%' OR body LIKE '%Zhao%'"),
                     0);
}

static void test_wrong_lines_are_named(void **state)
{
    (void)state;
    static const char text[] = HEAD "W1,Good,30.7,121.02,,,\n"
                                    "W2,Bad,30.7,121.02,nowhere,,\n"
                                    "W3,Bad,0,0,,,\n"
                                    "W4,Bad,30.7,121.02\n";
    static const struct {
        int64_t line, column;
        const char *pointer, *field, *detail;
    } wrong[WRONG_ROWS] = {
        {3, 20, "/3/20", "area",
         "there is no such area, import the areas first: nowhere"},
        {4, 8, "/4/8", "lat", "the coordinate is missing, (0,0) is none: 0,0"},
        {5, 0, "/5", "", "4 cells where the header has 7"},
    };
    upload(&admin, 422, "", text);
    assert_int_equal(client_int(&admin, "lines_wrong"), WRONG_ROWS);
    for (size_t i = 0; i < WRONG_ROWS; i++) {
        const json_t *error = item("errors", i);
        assert_int_equal(json_integer_value(json_object_get(error, "line")),
                         wrong[i].line);
        assert_int_equal(json_integer_value(json_object_get(error, "column")),
                         wrong[i].column);
        assert_string_equal(member(error, "pointer"), wrong[i].pointer);
        assert_string_equal(member(error, "field"), wrong[i].field);
        assert_string_equal(member(error, "detail"), wrong[i].detail);
    }
    client_expect(&admin, 404, "GET", "/api/v1/people/W1", NULL);
}

static void test_damaged_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *detail;
    } files[] = {
        {"", "the file is empty"},
        {HEAD, "there is nobody in the file"},
        {"number,name,lat,lon\nX1,\xff,30.7,121\n", "the file is not UTF-8"},
        {"number,name,lat\nX1,x,30.7\n", "the column is missing"},
        {"number,name,lat,lon,colour\n", "unknown column"},
        {"number,name,lat,lon,colour,shape\n", "unknown column"},
        {"number,name,lat,lon\nX1,\"open,30.7,121\n",
         "a quote is opened and never closed"},
        {HEAD "X1,x,30.7,121.02,,,2999-01-01\n", "lies ahead: 2999-01-01"},
    };
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        upload(&admin, 422, "", files[i].text);
        assert_string_equal(member(item("errors", 0), "detail"), files[i].detail);
        assert_int_equal(client_int(&admin, "lines_wrong"), 1);
    }
}

static int erase(void *context, struct writer *writer, int64_t now_ms,
                 struct diag *reterr)
{
    (void)reterr;
    return person_erase(writer, *(int64_t *)context, 0, now_ms);
}

/* What the store refuses, not the reader, names its line too. */
static void test_erased_number(void **state)
{
    (void)state;
    int64_t id = number_of("SELECT id FROM person WHERE number = 'P00002'");
    fixture_check(&fixture, command_call(fixture.writer, erase, &id, &fixture.diag),
                  "erase");
    upload(&admin, 422, "", HEAD "E1,New,30.7,121.02,,,\nP00002,Again,30.7,121.02,,,\n");
    assert_string_equal(member(item("errors", 0), "pointer"), "/3");
    assert_string_equal(member(item("errors", 0), "detail"), "P00002 was erased");
    client_expect(&admin, 404, "GET", "/api/v1/people/E1", NULL);
}

static void append_rows(struct text *text, int count, const char *name)
{
    text_append_string(text, "number,name,lat,lon\n");
    for (int i = 0; i < count; i++)
        text_appendf(text, "L%d,%s,30.7,121.02\n", i, name);
}

/* At the limit of rows, one more; more bytes than another body may have, by whom that may
 * be and by somebody else; and more than a file may have. */
static void test_limits(void **state)
{
    (void)state;
    struct text text;
    struct client stranger;
    client_init(&stranger, &fixture);
    text_init(&text, 8 << 20);
    append_rows(&text, 20000, "x");
    upload(&admin, 200, "?dry_run=true", text_string(&text));
    expect_counts(20000, 0, 0, 0);
    text_append_string(&text, "ONE,more,30.7,121.02\n");
    upload(&admin, 422, "?dry_run=true", text_string(&text));
    assert_non_null(strstr(member(item("errors", 0), "detail"), "muster import people"));
    text_clear(&text);
    append_rows(&text, 20000,
                "a name that makes the file larger than other bodies may be");
    assert_true(text.size > HTTP_BODY_MAX);
    upload(&admin, 200, "?dry_run=true", text_string(&text));
    upload(&stranger, 413, "?dry_run=true", text_string(&text));
    assert_non_null(strstr(client_text(&stranger, "detail"), "65536"));
    while (text.size <= FILE_MAX)
        text_append_string(&text, "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
    upload(&admin, 413, "?dry_run=true", text_string(&text));
    assert_non_null(strstr(client_text(&admin, "detail"), "4194304"));
    client_release(&stranger);
    text_release(&text);
}

static void test_who_may(void **state)
{
    (void)state;
    static const struct {
        const char *role, *area;
        long status;
    } rows[] = {
        {"trainer", "root", 200},   {"admin", "root", 200},
        {"trainer", "west", 403},   {"admin", "west", 403},
        {"commander", "root", 403}, {"dispatcher", "root", 403},
        {"verifier", "root", 403},  {"auditor", "root", 403},
        {"viewer", "root", 403},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char name[32], body[256];
        struct client client;
        (void)snprintf(name, sizeof name, "who-%zu", i);
        (void)snprintf(body, sizeof body,
                       "{\"account\":\"%s\",\"password\":\"a long password\",\"roles\":[{"
                       "\"role\":\"%s\",\"area\":\"%s\"}]}",
                       name, rows[i].role, rows[i].area);
        client_expect(&admin, 201, "POST", "/api/v1/accounts", body);
        client_init(&client, &fixture);
        client_sign_in(&client, name, "a long password");
        upload(&client, rows[i].status, "?dry_run=true", good);
        if (strcmp(rows[i].area, "west") == 0)
            assert_non_null(
                strstr(client_text(&client, "detail"), "over the whole instance"));
        client_release(&client);
    }
    struct client nobody;
    client_init(&nobody, &fixture);
    upload(&nobody, 401, "?dry_run=true", good);
    client_release(&nobody);
}

static void test_request(void **state)
{
    (void)state;
    client_expect(&admin, 415, "POST", PATH, "{}");
    upload(&admin, 422, "?dry_run=yes", good);
    upload(&admin, 422, "?dryrun=true", good);
    upload(&admin, 200, "?dry_run=true", good); /* a refusal lets the next one in */
}

static void test_retire_missing(void **state)
{
    (void)state;
    upload(&admin, 200, "?retire_missing=true", good);
    expect_counts(0, 0, 3, PEOPLE - 2); /* one is erased */
    client_expect(&admin, 404, "GET", "/api/v1/people/P00006", NULL);
    assert_string_equal(client_text(&admin, "detail"),
                        "has left; whoever looks after the people of the area can "
                        "take them back");
    client_expect(&admin, 404, "GET", "/api/v1/people/P99999", NULL);
    assert_string_equal(client_text(&admin, "detail"), "not found");
    client_expect(&admin, 200, "GET", "/api/v1/people/P00001", NULL);
}

/* On the loop's thread, again and again: how often it came while a request was under
 * way. */
struct ticker {
    atomic_bool is_over;
    atomic_int during;
};

static void tick(void *context)
{
    struct ticker *ticker = context;
    if (fixture.server->requests != NULL)
        atomic_fetch_add(&ticker->during, 1);
    if (!atomic_load(&ticker->is_over))
        assert_int_equal(http_server_post(fixture.server, tick, ticker), 0);
}

/* Many names are unsealed in parts: the loop's thread does other things in between. */
/* Somebody far behind is found, and others are served meanwhile. */
static void expect_found_in_parts(struct ticker *ticker, const char *body)
{
    assert_int_equal(http_server_post(fixture.server, tick, ticker), 0);
    client_expect(&admin, 200, "POST", "/api/v1/people/searches", body);
    atomic_store(&ticker->is_over, true);
    assert_string_equal(member(item("items", 0), "number"), "S99999");
    assert_true(atomic_load(&ticker->during) >= 2);
}

static void test_search_in_parts(void **state)
{
    (void)state;
    struct text file;
    static struct ticker tickers[2]; /* outlive their last ticks */
    text_init(&file, 1 << 20);
    text_append_string(&file, "number,name,lat,lon\n");
    for (int i = 0; i < 3 * API_ROWS_AT_ONCE; i++)
        text_appendf(&file, "S%05d,Qian %d,30.701,121.021\n", i, i);
    text_append_string(&file, "S99999,Sun Last,30.701,121.021\n");
    upload(&admin, 200, "", text_string(&file));
    text_release(&file);
    expect_found_in_parts(&tickers[0], "{\"q\":\"Sun Last\"}");
    expect_found_in_parts(&tickers[1], "{\"q\":\"9999\"}");
    client_expect(&admin, 200, "POST", "/api/v1/people/searches?limit=1000",
                  "{\"q\":\"Qian\"}");
    assert_int_equal(json_array_size(json_object_get(admin.json, "items")), 1000);
}

/* ---- many questions at once ---- */
#define CLERKS 12
#define NAP_US 500000
static struct client clerks[CLERKS]; /* one account */

/* On the loop's thread, once a round of it. */
struct watcher {
    atomic_bool is_over;
    int open, most_open, most_answered; /* requests; the last: in one round */
};

static void watch(void *context)
{
    struct watcher *watcher = context;
    int open = 0;
    for (const struct http_request *at = fixture.server->requests; at != NULL;
         at = at->next)
        open++;
    if (watcher->open - open > watcher->most_answered)
        watcher->most_answered = watcher->open - open;
    if (open > watcher->most_open)
        watcher->most_open = open;
    watcher->open = open;
    if (!atomic_load(&watcher->is_over))
        assert_int_equal(http_server_post(fixture.server, watch, watcher), 0);
}

static void nap(void *context)
{
    (void)context;
    (void)usleep(NAP_US);
}

static void *ask(void *context)
{
    (void)client_send(context, "GET", "/api/v1/people?limit=500", NULL);
    return NULL;
}

/* All come in one round of the loop, and are answered one a round: somebody else's answer
 * comes in between. */
static void test_one_question_a_round(void **state)
{
    (void)state;
    static struct watcher watcher; /* outlives its last look */
    pthread_t threads[CLERKS];
    for (int i = 0; i < CLERKS; i++) {
        client_init(&clerks[i], &fixture);
        client_sign_in(&clerks[i], fixture.init.account, fixture.init.password);
    }
    assert_int_equal(http_server_post(fixture.server, nap, NULL), 0);
    for (int i = 0; i < CLERKS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &clerks[i]), 0);
    assert_int_equal(http_server_post(fixture.server, watch, &watcher), 0);
    for (int i = 0; i < CLERKS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(clerks[i].status, 200);
        client_release(&clerks[i]);
    }
    atomic_store(&watcher.is_over, true);
    assert_true(watcher.most_open > CLERKS / 2);
    assert_true(watcher.most_answered <= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dry_run_changes_nothing),
        cmocka_unit_test(test_import),
        cmocka_unit_test(test_wrong_lines_are_named),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_erased_number),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_who_may),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_retire_missing),
        cmocka_unit_test(test_search_in_parts),
        cmocka_unit_test(test_one_question_a_round),
    };
    return cmocka_run_group_tests(tests, admin_start, admin_stop);
}
