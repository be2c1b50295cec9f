/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/random.h"
#include "store/account.h"
#include "store/area.h"
#include "store/instance.h"
#include "store/places.h"

#include <sys/stat.h>

struct home {
    char dir[64];
    struct instance_paths paths;
    struct instance_init init;
    struct clock_manual clock;
    struct vault *vault;
    struct writer *writer;
    struct diag diag;
};

static int setup(void **state)
{
    struct home *h = calloc(1, sizeof *h);
    (void)snprintf(h->dir, sizeof h->dir, "/tmp/muster-inst-XXXXXX");
    assert_non_null(mkdtemp(h->dir));
    assert_int_equal(instance_paths(&h->paths, h->dir, &h->diag), ST_OK);
    char store[256];
    engine_path(store, sizeof store, "");
    instance_use_store(&h->paths, store);
    h->init = (struct instance_init){
        .config = "# empty\n", .random = random_system(), .now_ms = NOW_MS};
    assert_false(instance_exists(&h->paths));
    assert_int_equal(instance_init(&h->paths, &h->init, &h->diag), ST_OK);
    clock_manual_init(&h->clock, NOW_MS);
    struct vault_config vault = {h->paths.keys, h->paths.master_key, random_system(), 0};
    assert_int_equal(vault_open(&h->vault, &vault, &h->diag), ST_OK);
    struct writer_config config = {.db_path = h->paths.db,
                                   .vault = h->vault,
                                   .clock = &h->clock.super,
                                   .random = random_system(),
                                   .signing_key_path = h->paths.signing_key};
    loop_config_default(&config.loop);
    assert_int_equal(writer_new(&h->writer, &config, &h->diag), ST_OK);
    *state = h;
    return 0;
}

static int teardown(void **state)
{
    struct home *h = *state;
    writer_free(h->writer);
    vault_close(h->vault);
    engine_drop(h->paths.db);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", h->dir);
    assert_int_equal(system(command), 0);
    free(h);
    return 0;
}

static struct db *reader(struct home *h)
{
    struct db *db;
    assert_int_equal(db_open(&db, h->paths.db, DB_READ, &h->diag), ST_OK);
    return db;
}

static void files(void **state)
{
    struct home *h = *state;
    struct stat info;
    const char *const secret[] = {h->paths.db, h->paths.keys, h->paths.master_key,
                                  h->paths.signing_key};
    for (size_t i = db_is_postgres(h->paths.db) ? 2 : 0; i < COUNT_OF(secret); i++) {
        assert_int_equal(stat(secret[i], &info), 0);
        assert_int_equal(info.st_mode & 077, 0);
    }
    assert_true(instance_exists(&h->paths));
    assert_int_equal(instance_init(&h->paths, &h->init, &h->diag), ST_CONFLICT);
    int fd, other;
    assert_int_equal(instance_lock(&h->paths, &fd, &h->diag), ST_OK);
    assert_int_equal(instance_lock(&h->paths, &other, &h->diag), ST_BUSY);
    instance_unlock(fd);
    assert_int_equal(instance_lock(&h->paths, &fd, &h->diag), ST_OK);
    instance_unlock(fd);
}

struct session_made {
    uint8_t hash[32];
    char token[ACCOUNT_TOKEN_SIZE], csrf[ACCOUNT_TOKEN_SIZE];
    int64_t account_id;
};

static int make_session(void *context, struct writer *writer, int64_t now_ms,
                        struct diag *reterr)
{
    (void)reterr;
    struct session_made *made = context;
    uint8_t unused[32];
    account_token_make(random_system(), made->token, made->hash);
    account_token_make(random_system(), made->csrf, unused);
    return session_put(writer, made->hash, made->account_id, made->csrf, now_ms);
}

static int touch_session(void *context, struct writer *writer, int64_t now_ms,
                         struct diag *reterr)
{
    (void)reterr;
    return session_touch(writer, ((struct session_made *)context)->hash, now_ms);
}

static int drop_session(void *context, struct writer *writer, int64_t now_ms,
                        struct diag *reterr)
{
    (void)reterr;
    (void)now_ms;
    return session_remove(writer, ((struct session_made *)context)->hash);
}

static int put_account(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    struct account *account = context;
    return account_put(writer, account, "x", 1, now_ms, &account->id, reterr);
}

static void accounts(void **state)
{
    struct home *h = *state;
    struct db *db = reader(h);
    struct account account;
    char hash[ACCOUNT_HASH_SIZE];
    assert_int_equal(account_by_name(db, "admin", &account, hash), ST_OK);
    assert_int_equal(strlen(h->init.password), 16);
    assert_true(account_password_verify(hash, h->init.password));
    assert_false(account_password_verify(hash, "wrong"));
    /* As slow for an account that does not exist: the same parameters. */
    const char *nobody = account_password_nobody();
    const size_t parameters = (size_t)(strrchr(hash, '=') - hash);
    assert_memory_equal(hash, nobody, parameters);
    assert_int_equal(strlen(hash), strlen(nobody));
    assert_false(account_password_verify(nobody, "wrong"));
    assert_int_equal(account.role_count, 1);
    assert_int_equal(account.roles[0].role, ROLE_ADMIN);

    struct session_made made = {.account_id = account.id};
    struct session session;
    assert_int_equal(command_call(h->writer, make_session, &made, NULL), ST_OK);
    int64_t now = NOW_MS;
    assert_int_equal(session_find(db, made.token, now, &session), ST_OK);
    assert_string_equal(session.csrf, made.csrf);
    assert_false(session.touch_due);
    assert_int_equal(session_find(db, made.csrf, now, &session), ST_UNAUTHENTICATED);
    assert_int_equal(session_find(db, "", now, &session), ST_UNAUTHENTICATED);
    /* Idle for 12 hours, or a week old. */
    assert_int_equal(session_find(db, made.token, now + ACCOUNT_IDLE_MS - 1, &session),
                     ST_OK);
    assert_true(session.touch_due);
    assert_int_equal(session_find(db, made.token, now + ACCOUNT_IDLE_MS, &session),
                     ST_UNAUTHENTICATED);
    clock_manual_advance(&h->clock, ACCOUNT_SESSION_MS - 1000);
    assert_int_equal(command_call(h->writer, touch_session, &made, NULL), ST_OK);
    assert_int_equal(session_find(db, made.token, h->clock.now_ms, &session), ST_OK);
    assert_int_equal(session_find(db, made.token, now + ACCOUNT_SESSION_MS, &session),
                     ST_UNAUTHENTICATED);
    assert_int_equal(session_lives(db, made.hash, now + ACCOUNT_SESSION_MS - 1), 1);
    assert_int_equal(session_lives(db, made.hash, now + ACCOUNT_SESSION_MS), 0);
    assert_int_equal(command_call(h->writer, drop_session, &made, NULL), ST_OK);
    assert_int_equal(session_find(db, made.token, h->clock.now_ms, &session),
                     ST_UNAUTHENTICATED);

    struct diag diag;
    struct account second = {.name = "lin", .role_count = 1};
    second.roles[0] = (struct account_role){ROLE_DISPATCHER, account.roles[0].area_id};
    assert_int_equal(command_call(h->writer, put_account, &second, &diag), ST_OK);
    assert_int_equal(command_call(h->writer, put_account, &second, &diag), ST_CONFLICT);
    (void)snprintf(second.name, sizeof second.name, "admin\xe2\x80\x8b"); /* U+200B */
    assert_int_equal(command_call(h->writer, put_account, &second, &diag), ST_INVALID);
    static const char *const taken[] = {"Admin", "LIN", "system", "Person"};
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        (void)snprintf(second.name, sizeof second.name, "%s", taken[i]);
        assert_int_equal(command_call(h->writer, put_account, &second, &diag),
                         ST_CONFLICT);
    }
    (void)snprintf(second.name, sizeof second.name, "xin");
    second.roles[0].area_id = 99999;
    assert_int_equal(command_call(h->writer, put_account, &second, &diag), ST_NOT_FOUND);
    /* The refused account left nothing behind. */
    assert_int_equal(account_by_name(db, "xin", &account, NULL), ST_NOT_FOUND);
    db_close(db);
}

struct import {
    const char *text;
    struct place_import areas;
};

static int import_areas(void *context, struct writer *writer, int64_t now_ms,
                        struct diag *reterr)
{
    struct import *import = context;
    char *copy = mem_strdup(import->text);
    int status =
        area_import(writer, copy, strlen(copy), 1, now_ms, &import->areas, reterr);
    mem_free(copy);
    return status;
}

static void areas(void **state)
{
    struct home *h = *state;
    struct import import = {.text = "code,name,parent,level,lat,lon\n"
                                    "v1,Village 1,t1,village,30.70,121.00\n"
                                    "v2,Village 2,t1,village,30.80,121.00\n"
                                    "t1,Town 1,,town,,\n"};
    assert_int_equal(command_call(h->writer, import_areas, &import, NULL), ST_OK);
    assert_int_equal(import.areas.added, 3);
    assert_int_equal(command_call(h->writer, import_areas, &import, NULL), ST_OK);
    assert_int_equal(import.areas.same, 3);
    struct import moved = {
        .text = "code,name,parent,level,lat,lon\nv1,Village 1,,village,30.70,121.00\n"};
    assert_int_equal(command_call(h->writer, import_areas, &moved, NULL), ST_OK);
    assert_int_equal(moved.areas.changed, 1);
    assert_int_equal(command_call(h->writer, import_areas, &import, NULL), ST_OK);
    assert_int_equal(import.areas.changed, 1);
    struct import bad = {
        .text = "code,name,parent,level\nv1,A,v2,village\nv2,B,v1,village\n"};
    assert_int_equal(command_call(h->writer, import_areas, &bad, NULL), ST_INVALID);
    struct import unknown = {.text = "code,name,parent,level\nv9,A,nowhere,village\n"};
    assert_int_equal(command_call(h->writer, import_areas, &unknown, NULL), ST_INVALID);
    struct import polygon = {
        .text = "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\","
                "\"properties\":{\"code\":\"v2\"},\"geometry\":{\"type\":\"Polygon\","
                "\"coordinates\":[[[121.0,30.6],[121.2,30.6],[121.2,30.9],[121.0,30.9],"
                "[121.0,30.6]]]}}]}"};
    assert_int_equal(command_call(h->writer, import_areas, &polygon, NULL), ST_OK);
    assert_int_equal(polygon.areas.changed, 1);

    struct db *db = reader(h);
    struct area_tree tree;
    assert_int_equal(area_tree_load(&tree, db), ST_OK);
    assert_int_equal(tree.count, 4);
    const struct area *v1 = area_by_code(&tree, "v1"), *t1 = area_by_code(&tree, "t1");
    const struct area *root = area_by_code(&tree, "root");
    assert_ptr_equal(area_parent(&tree, v1), t1);
    assert_ptr_equal(area_parent(&tree, t1), root);
    assert_ptr_equal(area_parent(&tree, root), root);
    assert_true(area_is_under(&tree, v1->id, root->id));
    assert_true(area_is_under(&tree, v1->id, v1->id));
    assert_false(area_is_under(&tree, t1->id, v1->id));
    struct point at;
    assert_true(point_from_degrees(30.70, 120.99, &at));
    assert_ptr_equal(area_at(&tree, at), v1); /* nearest centre */
    assert_true(point_from_degrees(30.70, 121.1, &at));
    assert_string_equal(area_at(&tree, at)->code, "v2"); /* polygon */
    assert_true(point_from_degrees(10, 10, &at));
    assert_ptr_equal(area_at(&tree, at), root);
    area_tree_release(&tree);

    struct skill_table *skills = mem_alloc(sizeof *skills);
    struct skill_table *built_in = mem_alloc(sizeof *built_in);
    skill_table_init(built_in);
    assert_int_equal(skills_load(db, skills), ST_OK);
    assert_int_equal(skills->count, built_in->count);
    for (uint32_t i = 0; i < skills->count; i++) {
        assert_string_equal(skills->skills[i].code, built_in->skills[i].code);
        assert_string_equal(skills->skills[i].zh, built_in->skills[i].zh);
        assert_int_equal(skills->skills[i].certificate, built_in->skills[i].certificate);
        assert_memory_equal(&skills->skills[i].implies, &built_in->skills[i].implies,
                            sizeof skills->skills[i].implies);
    }
    mem_free(skills);
    mem_free(built_in);
    db_close(db);
}

/* As many as there may be but one. */
static int fill_areas(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    (void)context;
    (void)now_ms;
    (void)reterr;
    struct query *query = db_query(
        writer_db(writer),
        "INSERT INTO area (id, code, name, parent_id, level) WITH RECURSIVE n(i) AS"
        " (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2) SELECT 1000000 + i,"
        " 'a' || i, 'A', (SELECT min(id) FROM area), 'town' FROM n");
    query_int(query, 1, 1);
    query_int(query, 2, AREA_MAX - 1);
    return query_run(query);
}

static void areas_at_their_limit(void **state)
{
    struct home *h = *state;
    struct diag diag = {0};
    assert_int_equal(command_call(h->writer, fill_areas, NULL, NULL), ST_OK);
    struct import last = {.text = "code,name,parent,level\na1,A,,town\nlast,A,,town\n"};
    assert_int_equal(command_call(h->writer, import_areas, &last, &diag), ST_OK);
    assert_int_equal(last.areas.added, 1);
    struct import more = {
        .text = "code,name,parent,level\na1,A,,town\nmore,A,,town\na2,A,,town\n"};
    assert_int_equal(command_call(h->writer, import_areas, &more, &diag), ST_LIMIT);
    assert_int_equal(diag.line, 3);
    assert_string_equal(diag.text,
                        "more than 200000 areas, with the 200000 that are there already");
    struct import same = {.text = "code,name,parent,level\nlast,A,,town\n"};
    assert_int_equal(command_call(h->writer, import_areas, &same, &diag), ST_OK);
}

/* The limit of a file: found before anything is stored. */
static void areas_of_one_file(void **state)
{
    struct home *h = *state;
    struct diag diag = {0};
    struct text text;
    text_init(&text, 16 << 20);
    text_append_string(&text, "code,name,parent,level\n");
    for (int i = 0; i <= AREA_MAX; i++)
        text_appendf(&text, "%d,A,,town\n", i);
    struct import over = {.text = text_string(&text)};
    assert_int_equal(command_call(h->writer, import_areas, &over, &diag), ST_LIMIT);
    assert_int_equal(diag.line, AREA_MAX + 2);
    assert_string_equal(diag.text, "more than 200000 areas");
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files, setup, teardown),
        cmocka_unit_test_setup_teardown(accounts, setup, teardown),
        cmocka_unit_test_setup_teardown(areas, setup, teardown),
        cmocka_unit_test_setup_teardown(areas_at_their_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(areas_of_one_file, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
