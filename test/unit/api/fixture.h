/* SPDX-License-Identifier: Apache-2.0 */
/* A whole instance in one process for the tests of this layer: store, crowd on a small
 * grid of roads, planner, API and a real server on loopback, and a client for it. Header
 * only: each test program is one file. */
#ifndef MUSTER_TEST_API_FIXTURE_H
#define MUSTER_TEST_API_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../engine.h"
#include "api/api.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "dispatch/closures.h"
#include "dispatch/planner.h"
#include "http/http.h"
#include "road/import.h"
#include "road/road.h"
#include "store/account.h"
#include "store/area.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/instance.h"
#include "store/link.h"
#include "store/people.h"
#include "store/places.h"
#include "store/vault.h"

#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GRID 20 /* nodes a side, 100 m apart */
#define GRID_LAT 30.7
#define GRID_LON 121.02
#define GRID_STEP 0.0009 /* degrees of latitude for 100 m */
#define PEOPLE 40

/* The machine's clock for the API, whose wall time can be set. */
struct fixture_clock {
    struct clock super;
    _Atomic int64_t step_ms;
};

static inline int64_t fixture_wall_ms(struct clock *clock)
{
    return clock_wall_ms(clock_system()) + ((struct fixture_clock *)clock)->step_ms;
}

static inline int64_t fixture_mono_us(struct clock *clock)
{
    (void)clock;
    return clock_mono_us(clock_system());
}

struct fixture {
    struct fixture_clock clock;
    char dir[64];
    struct instance_paths paths;
    struct instance_init init;
    struct config config;
    struct vault *vault;
    struct road *road;
    struct skill_table *skills;
    struct crowd *crowd;
    struct writer *writer;
    struct planner *planner;
    struct closures *closures;
    struct api *api;
    struct http_server *server;
    pthread_t thread;
    struct link_key link_key;
    struct diag diag;
};

static inline void fixture_check(struct fixture *f, int status, const char *what)
{
    if (status != 0)
        fail_msg("%s: %s: %s %s", what, status_text(status), f->diag.where, f->diag.text);
}

static inline void fixture_on_event(void *context, int64_t position, int64_t incident_id,
                                    const char *kind, const char *body)
{
    struct fixture *f = context;
    if (f->api != NULL)
        api_note_event(f->api, position, incident_id, kind, body);
}

static inline void fixture_on_replan(void *context)
{
    struct fixture *f = context;
    if (f->planner != NULL)
        planner_wake(f->planner);
}

/* A grid in the format of DIMACS: weights in tenths of a second. */
static inline void fixture_make_roads(struct fixture *f)
{
    char gr[96], co[96];
    struct text text;
    text_init(&text, 1 << 20);
    (void)snprintf(gr, sizeof gr, "%s/grid.gr", f->dir);
    (void)snprintf(co, sizeof co, "%s/grid.co", f->dir);
    text_appendf(&text, "p sp %d %d\n", GRID * GRID, 4 * GRID * (GRID - 1));
    for (int y = 0; y < GRID; y++)
        for (int x = 0; x < GRID; x++) {
            const int node = y * GRID + x + 1;
            if (x + 1 < GRID)
                text_appendf(&text, "a %d %d 50\na %d %d 50\n", node, node + 1, node + 1,
                             node);
            if (y + 1 < GRID)
                text_appendf(&text, "a %d %d 50\na %d %d 50\n", node, node + GRID,
                             node + GRID, node);
        }
    fixture_check(f, file_write(gr, text.data, text.size, 0600, &f->diag), "grid.gr");
    text_clear(&text);
    text_appendf(&text, "p aux sp co %d\n", GRID * GRID);
    for (int y = 0; y < GRID; y++)
        for (int x = 0; x < GRID; x++)
            text_appendf(&text, "v %d %d %d\n", y * GRID + x + 1,
                         (int)((GRID_LON + x * GRID_STEP) * 1e6),
                         (int)((GRID_LAT + y * GRID_STEP) * 1e6));
    fixture_check(f, file_write(co, text.data, text.size, 0600, &f->diag), "grid.co");
    text_release(&text);
    const struct road_import_options options = {0};
    struct road_import_result result;
    fixture_check(
        f, road_import_dimacs(gr, co, 0.1, f->paths.road, &options, &result, &f->diag),
        "import");
    fixture_check(f, road_open(&f->road, f->paths.road, &f->diag), "road");
}

static inline int fixture_put_people(void *context, struct writer *writer, int64_t now_ms,
                                     struct diag *reterr)
{
    struct fixture *f = context;
    for (int i = 0; i < PEOPLE; i++) {
        struct person *person = mem_calloc(1, sizeof *person);
        (void)snprintf(person->crowd.number, sizeof person->crowd.number, "P%05d", i + 1);
        (void)snprintf(person->name, sizeof person->name, "Name%d", i + 1);
        (void)snprintf(person->phone, sizeof person->phone, "1380000%04d", 1000 + i);
        (void)snprintf(person->quiet, sizeof person->quiet, "none");
        person->crowd.quiet_kind = CROWD_QUIET_NONE;
        person->crowd.birth_day = INT32_MIN;
        (void)point_from_degrees(GRID_LAT + i % GRID * GRID_STEP,
                                 GRID_LON + i * 7 % GRID * GRID_STEP,
                                 &person->crowd.home);
        if (i % 2 == 0)
            skill_set_add(&person->crowd.skills,
                          (uint32_t)skill_find(f->skills, "first-aid"));
        person->has = PERSON_HAS_NAME | PERSON_HAS_PHONE | PERSON_HAS_HOME |
                      PERSON_HAS_SKILLS | PERSON_HAS_QUIET | PERSON_HAS_MODE;
        const int status = person_put(writer, person, 0, now_ms, reterr);
        mem_free(person);
        if (status != 0)
            return status;
    }
    return 0;
}

/* Two towns: left and right of the grid's middle, by polygon. */
static inline int fixture_put_areas(void *context, struct writer *writer, int64_t now_ms,
                                    struct diag *reterr)
{
    (void)context;
    char csv[] = "code,name,parent,level\nwest,West,,town\neast,East,,town\n";
    char json[1024];
    const double middle = GRID_LON + 9.5 * GRID_STEP;
    (void)snprintf(
        json, sizeof json,
        "{\"type\":\"FeatureCollection\",\"features\":["
        "{\"type\":\"Feature\",\"properties\":{\"code\":\"west\"},\"geometry\":{\"type\":"
        "\"Polygon\",\"coordinates\":[[[120.9,30.6],[%.5f,30.6],[%.5f,30.9],[120.9,30.9],"
        "[120.9,30.6]]]}},"
        "{\"type\":\"Feature\",\"properties\":{\"code\":\"east\"},\"geometry\":{\"type\":"
        "\"Polygon\",\"coordinates\":[[[%.5f,30.6],[121.2,30.6],[121.2,30.9],[%.5f,30.9],"
        "[%.5f,30.6]]]}}]}",
        middle, middle, middle, middle, middle);
    struct place_import result = {0};
    int status = area_import(writer, csv, strlen(csv), 0, now_ms, &result, reterr);
    if (status == 0)
        status = area_import(writer, json, strlen(json), 0, now_ms, &result, reterr);
    return status;
}

/* The id of an area, inside a command. */
static inline int64_t fixture_area(struct writer *writer, const char *code)
{
    struct query *query =
        db_query(writer_db(writer), "SELECT id FROM area WHERE code = ?1");
    query_text(query, 1, code);
    const int64_t id = query_step(query) == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    return id;
}

static inline void *fixture_serve(void *context)
{
    http_server_run(((struct fixture *)context)->server);
    return NULL;
}

static inline void fixture_start_writer(struct fixture *f)
{
    struct writer_config config = {.db_path = f->paths.db,
                                   .vault = f->vault,
                                   .clock = clock_system(),
                                   .random = random_system(),
                                   .crowd = f->crowd,
                                   .on_event = fixture_on_event,
                                   .on_replan = fixture_on_replan,
                                   .context = f,
                                   .signing_key_path = f->paths.signing_key};
    loop_config_default(&config.loop);
    fixture_check(f, writer_new(&f->writer, &config, &f->diag), "writer");
    fixture_check(f, writer_start(f->writer), "writer start");
    fixture_check(f, command_call(f->writer, fixture_put_areas, f, &f->diag), "areas");
    fixture_check(f, command_call(f->writer, fixture_put_people, f, &f->diag), "people");
}

static inline void fixture_start_store(struct fixture *f)
{
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/muster-api-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    fixture_check(f, instance_paths(&f->paths, f->dir, &f->diag), "paths");
    char store[256];
    engine_path(store, sizeof store, "");
    instance_use_store(&f->paths, store);
    f->init =
        (struct instance_init){.config = "synthetic = 1\nmailbox_page = 1\njoin = yes\n",
                               .random = random_system(),
                               .now_ms = clock_wall_ms(clock_system())};
    fixture_check(f, instance_init(&f->paths, &f->init, &f->diag), "init");
    config_default(&f->config);
    fixture_check(f, config_read(&f->config, f->paths.config, &f->diag), "config");
    const struct vault_config vault = {.keys_path = f->paths.keys,
                                       .master_path = f->paths.master_key,
                                       .random = random_system()};
    fixture_check(f, vault_open(&f->vault, &vault, &f->diag), "vault");
    link_key_init(&f->link_key, f->vault);
    struct db *db;
    fixture_check(f, db_open(&db, f->paths.db, DB_READ, &f->diag), "db");
    f->skills = mem_calloc(1, sizeof *f->skills);
    fixture_check(f, skills_load(db, f->skills), "skills");
    db_close(db);
}

static inline void fixture_start(struct fixture *f)
{
    *f = (struct fixture){.clock.super = {fixture_wall_ms, fixture_mono_us}};
    setenv("TZ", "Asia/Shanghai", 1);
    fixture_start_store(f);
    fixture_make_roads(f);
    const struct crowd_config crowd = {
        .road = f->road, .skills = f->skills, .weekly_cap = 16, .people_max = 1000};
    fixture_check(f, crowd_new(&f->crowd, &crowd), "crowd");
    fixture_start_writer(f);
    const struct planner_config planner = {.crowd = f->crowd,
                                           .writer = f->writer,
                                           .road = f->road,
                                           .clock = clock_system(),
                                           .db_path = f->paths.db,
                                           .channels = "file"};
    fixture_check(f, planner_new(&f->planner, &planner), "planner");
    fixture_check(f, planner_start(f->planner), "planner start");
    const struct closures_config closures = {.road = f->road,
                                             .crowd = f->crowd,
                                             .db_path = f->paths.db,
                                             .clock = clock_system()};
    fixture_check(f, closures_new(&f->closures, &closures, &f->diag), "closures");
    const struct api_config api = {.dir = f->dir,
                                   .db_path = f->paths.db,
                                   .writer = f->writer,
                                   .vault = f->vault,
                                   .crowd = f->crowd,
                                   .road = f->road,
                                   .planner = f->planner,
                                   .closures = f->closures,
                                   .clock = &f->clock.super,
                                   .random = random_system(),
                                   .config = &f->config,
                                   .version = "test"};
    fixture_check(f, api_new(&f->api, &api, &f->diag), "api");
    const struct http_config http = {.listen = "127.0.0.1:0",
                                     .body_max = API_BODY_MAX,
                                     .body_max_of = api_body_max,
                                     .clock = clock_system()};
    fixture_check(f, http_server_new(&f->server, &http, api_handle, f->api, &f->diag),
                  "server");
    api_serve(f->api, f->server);
    assert_int_equal(pthread_create(&f->thread, NULL, fixture_serve, f), 0);
}

static inline void fixture_stop(struct fixture *f)
{
    http_server_stop(f->server);
    pthread_join(f->thread, NULL);
    planner_stop(f->planner);
    writer_stop(f->writer);
    http_server_free(f->server);
    writer_free(f->writer);
    planner_free(f->planner);
    api_free(f->api);
    closures_free(f->closures);
    crowd_free(f->crowd);
    road_free(f->road);
    link_key_release(&f->link_key);
    vault_close(f->vault);
    mem_free(f->skills);
    engine_drop(f->paths.db);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", f->dir);
    (void)!system(command);
}

/* ---- the client ---- */
struct client {
    struct fixture *f;
    CURL *curl; /* keeps cookies */
    char bearer[64], csrf[64];
    char headers[4][128]; /* of the next request only; empty = none */
    bool plain;           /* do not ask for JSON */
    /* the last answer */
    long status;
    struct text body, head;
    json_t *json;
};

static inline size_t client_take(char *data, size_t size, size_t count, void *context)
{
    text_append(context, data, size * count);
    return size * count;
}

static inline void client_init(struct client *client, struct fixture *f)
{
    *client = (struct client){.f = f, .curl = curl_easy_init()};
    text_init(&client->body, 64 << 20);
    text_init(&client->head, 1 << 20);
    curl_easy_setopt(client->curl, CURLOPT_COOKIEFILE, "");
}

static inline void client_release(struct client *client)
{
    curl_easy_cleanup(client->curl);
    text_release(&client->body);
    text_release(&client->head);
    json_decref(client->json);
}

/* BODY NULL: none. Returns the status. */
static inline long client_send(struct client *client, const char *method,
                               const char *path, const char *body)
{
    char url[1024], line[192];
    CURL *curl = client->curl;
    (void)snprintf(url, sizeof url, "%s%s", http_server_url(client->f->server), path);
    struct curl_slist *list = NULL;
    if (client->bearer[0] != '\0') {
        (void)snprintf(line, sizeof line, "Authorization: Bearer %s", client->bearer);
        list = curl_slist_append(list, line);
    }
    if (client->csrf[0] != '\0') {
        (void)snprintf(line, sizeof line, "X-Muster-Csrf: %s", client->csrf);
        list = curl_slist_append(list, line);
    }
    if (!client->plain)
        list = curl_slist_append(list, "Accept: application/json");
    if (body != NULL && body[0] != '&')
        list = curl_slist_append(list, "Content-Type: application/json");
    for (size_t i = 0; i < COUNT_OF(client->headers); i++) {
        if (client->headers[i][0] != '\0')
            list = curl_slist_append(list, client->headers[i]);
        client->headers[i][0] = '\0';
    }
    text_clear(&client->body);
    text_clear(&client->head);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, client_take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &client->body);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &client->head);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                     body == NULL ? NULL : body + (body[0] == '&'));
    if (body == NULL) {
        curl_easy_setopt(curl, CURLOPT_POST, 0L);
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    }
    const CURLcode code = curl_easy_perform(curl);
    curl_slist_free_all(list);
    if (code != CURLE_OK)
        fail_msg("%s %s: %s", method, path, curl_easy_strerror(code));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &client->status);
    json_decref(client->json);
    client->json = json_loads(text_string(&client->body), JSON_DECODE_ANY, NULL);
    return client->status;
}

static inline void client_expect(struct client *client, long status, const char *method,
                                 const char *path, const char *body)
{
    if (client_send(client, method, path, body) != status)
        fail_msg("%s %s %s: %ld instead of %ld: %s", method, path,
                 body == NULL ? "" : body, client->status, status,
                 text_string(&client->body));
}

static inline int64_t client_int(const struct client *client, const char *key)
{
    return json_integer_value(json_object_get(client->json, key));
}

static inline const char *client_text(const struct client *client, const char *key)
{
    const char *text = json_string_value(json_object_get(client->json, key));
    return text == NULL ? "" : text;
}

static inline void client_sign_in(struct client *client, const char *account,
                                  const char *password)
{
    char body[256];
    client->csrf[0] = '\0';
    (void)snprintf(body, sizeof body, "{\"account\":\"%s\",\"password\":\"%s\"}", account,
                   password);
    client_expect(client, 201, "POST", "/api/v1/sessions", body);
    (void)snprintf(client->csrf, sizeof client->csrf, "%s", client_text(client, "csrf"));
}

/* Where the crowd counts the person now, whoever may see it; the id in *ret_id. */
static inline struct point fixture_whereabouts(struct fixture *f, const char *number,
                                               int64_t *ret_id)
{
    static const struct box world = {{-900000000, -1800000000}, {900000000, 1800000000}};
    struct crowd_whereabouts_list list = {0};
    struct point at = {0, 0};
    *ret_id = 0;
    fixture_check(f, crowd_list_in(f->crowd, world, clock_wall_ms(clock_system()), &list),
                  "whereabouts");
    for (uint32_t i = 0; i < list.count; i++)
        if (strcmp(list.items[i].number, number) == 0) {
            at = list.items[i].at;
            *ret_id = list.items[i].id;
        }
    mem_free(list.items);
    return at;
}

#endif
