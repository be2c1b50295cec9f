/* SPDX-License-Identifier: Apache-2.0 */
/* An instance of any size, for measuring the start: made-up people at random nodes of
 * DIR/road.graph, up to 100 m away, put in through the store's own import.
 *
 *     build/release/bench/populate DIR PEOPLE
 *
 * DIR is an instance with roads and no server on it. Goes on where it stopped: people
 * V00000000 up to PEOPLE are there afterwards. About 25 us a person. */
#include "base/mem.h"
#include "base/status.h"
#include "crowd/people_csv.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/instance.h"
#include "store/people.h"
#include "store/places.h"
#include "store/vault.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 50000u
#define SPREAD_E7 9000 /* about 100 m */
#define TEXT_SIZE 64
#define TELEPHONE_ONE_IN 16 /* the index of their hashes is what takes the time */
#define DUTY "Sa-Su 08:00-20:00"
#define WORK "Mo-Fr 08:00-18:00"

static volatile sig_atomic_t stopped;

struct populate {
    struct writer *writer;
    struct vault *vault;
    struct road *road;
    struct skill_table skills;
    struct hours duty, work;
    struct person_row rows[BATCH];
    char texts[BATCH][2][TEXT_SIZE]; /* telephone, e-mail */
};

static void must(int status, const char *what, const struct diag *diag)
{
    if (status == ST_OK)
        return;
    (void)fprintf(stderr, "populate: %s: %s %s %s\n", what, status_text(status),
                  diag->where, diag->text);
    exit(1);
}

static void on_signal(int signal)
{
    (void)signal;
    stopped = 1;
}

static void on_fatal(void *context, const char *what)
{
    (void)context;
    must(ST_IO, what, &(struct diag){.where = ""});
}

static struct point place(const struct populate *populate, struct random *random)
{
    struct point at = road_node_point(
        populate->road, (uint32_t)random_below(random, road_node_count(populate->road)));
    at.lat_e7 += (int32_t)random_below(random, 2 * SPREAD_E7) - SPREAD_E7;
    at.lon_e7 += (int32_t)random_below(random, 2 * SPREAD_E7) - SPREAD_E7;
    return at;
}

/* One in 10 has the first skill, one in 20 the second, and so on; one in 20 is there on
 * week-ends only, one in 50 works elsewhere, one in 10 reads e-mail. */
static void make_row(struct populate *populate, uint32_t number, uint32_t i)
{
    struct random_seeded random;
    random_seeded_init(&random, number + 1u);
    struct person_row *row = &populate->rows[i];
    struct crowd_person *person = &row->crowd;
    *row = (struct person_row){.has = PERSON_HAS_ALL & ~(unsigned)PERSON_HAS_AREA,
                               .line = i + 1,
                               .name = "made up",
                               .phone = populate->texts[i][0],
                               .email = "",
                               .duty = "",
                               .quiet = ""};
    person->birth_day = INT32_MIN;
    person->mode = (enum road_mode)random_below(&random.super, ROAD_MODE_COUNT);
    person->home = place(populate, &random.super);
    (void)snprintf(person->number, sizeof person->number, "V%08u", number);
    populate->texts[i][0][0] = '\0';
    if (number % TELEPHONE_ONE_IN == 0)
        (void)snprintf(populate->texts[i][0], TEXT_SIZE, "10000%06u",
                       number / TELEPHONE_ONE_IN % 1000000);
    for (uint32_t s = 0; s < populate->skills.count; s++) {
        if (random_below(&random.super, 10 * (UINT64_C(1) << s % 12)) != 0)
            continue;
        skill_set_add(&person->skills, s);
        int32_t certificate = populate->skills.skills[s].certificate;
        if (certificate >= 0 && person->certificate_count < CROWD_CERTIFICATES_MAX)
            person->certificates[person->certificate_count++] =
                (struct crowd_certificate){
                    certificate, 20454 + (int32_t)random_below(&random.super, 1000)};
    }
    if (random_below(&random.super, 20) == 0) {
        row->duty = DUTY;
        person->duty = populate->duty;
    }
    if (random_below(&random.super, 50) == 0) {
        row->places[0] = WORK;
        person->places[0] = (struct crowd_place){.at = place(populate, &random.super),
                                                 .hours = populate->work};
        person->place_count = 1;
    }
    if (random_below(&random.super, 10) == 0) {
        row->email = populate->texts[i][1];
        (void)snprintf(populate->texts[i][1], TEXT_SIZE, "v%u@example.org", number);
    }
}

static int put(void *context, struct writer *writer, int64_t now_ms, struct diag *reterr)
{
    return people_import(writer, context, 0, now_ms, reterr);
}

static uint32_t count_people(struct populate *populate, const char *path)
{
    struct db *db;
    struct diag diag = {0};
    must(db_open(&db, path, DB_READ, &diag), "database", &diag);
    struct query *query = db_query(db, "SELECT count(*) FROM person");
    must(query_step(query) == 1 ? ST_OK : ST_IO, "count", &diag);
    uint32_t count = (uint32_t)query_get_int(query, 0);
    query_reset(query);
    must(skills_load(db, &populate->skills), "skills", &diag);
    db_close(db);
    return count;
}

static void open_all(struct populate *populate, const struct instance_paths *paths)
{
    struct diag diag = {0};
    const struct vault_config keys = {.keys_path = paths->keys,
                                      .master_path = paths->master_key,
                                      .random = random_system()};
    must(vault_open(&populate->vault, &keys, &diag), "keys", &diag);
    struct writer_config config = {.db_path = paths->db,
                                   .vault = populate->vault,
                                   .clock = clock_system(),
                                   .random = random_system(),
                                   .on_fatal = on_fatal,
                                   .signing_key_path = paths->signing_key};
    loop_config_default(&config.loop);
    must(writer_new(&populate->writer, &config, &diag), "writer", &diag);
    must(writer_start(populate->writer), "writer", &diag);
    must(road_open(&populate->road, paths->road, &diag), "roads", &diag);
    must(hours_parse(DUTY, &populate->duty, &diag), DUTY, &diag);
    must(hours_parse(WORK, &populate->work, &diag), WORK, &diag);
}

int main(int argc, char **argv)
{
    uint32_t people = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    if (people < 1 || people > PEOPLE_MAX) {
        (void)fprintf(stderr, "populate DIR PEOPLE: at most %d\n", PEOPLE_MAX);
        return 2;
    }
    struct diag diag = {0};
    struct instance_paths *paths = mem_calloc(1, sizeof *paths);
    struct populate *populate = mem_calloc(1, sizeof *populate);
    int lock_fd;
    if (paths == NULL || populate == NULL)
        return 1;
    must(instance_paths(paths, argv[1], &diag), argv[1], &diag);
    must(instance_lock(paths, &lock_fd, &diag), argv[1], &diag);
    (void)signal(SIGINT, on_signal);
    (void)signal(SIGTERM, on_signal);
    open_all(populate, paths);
    uint32_t count = count_people(populate, paths->db);
    while (count < people && !stopped) {
        struct people_import import = {.rows = populate->rows, .skip_names = true};
        while (import.count < BATCH && count + import.count < people) {
            make_row(populate, count + import.count, import.count);
            import.count++;
        }
        must(command_call(populate->writer, put, &import, &diag), "import", &diag);
        count += import.added;
        people_import_release(&import);
    }
    writer_free(populate->writer);
    vault_close(populate->vault);
    road_free(populate->road);
    instance_unlock(lock_fd);
    (void)printf("{\"people\":%u}\n", count);
    mem_free(populate);
    mem_free(paths);
    return 0;
}
