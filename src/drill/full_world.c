/* SPDX-License-Identifier: Apache-2.0 */
/* The server's parts, and the street. A run's ways are given (world.h), but the crowd
 * finds ways on roads; so there is one street with a node for each second of travel, the
 * incident at its beginning, and everybody stands at the node of their travel time:
 *
 *     incident --1 s-- o --1 s-- o --1 s-- ... --1 s-- o      far away: nowhere
 */
#include "base/file.h"
#include "base/mem.h"
#include "base/scratch.h"
#include "base/status.h"
#include "base/text.h"
#include "drill/full_internal.h"
#include "plan/response_model.h"
#include "road/import.h"
#include "store/area.h"
#include "store/db.h"
#include "store/people.h"
#include "store/places.h"

#include <stdio.h>
#include <string.h>

#define STREET_LAT_E6 30000000
#define STREET_LON_E6 100000000
#define STREET_STEP_E6 300 /* about 29 m */
#define TEXT_MAX (2u << 20)

static struct point at_second(uint32_t s)
{
    return (struct point){.lat_e7 = STREET_LAT_E6 * 10,
                          .lon_e7 = (STREET_LON_E6 + STREET_STEP_E6 * (int32_t)s) * 10};
}

static struct point nowhere(void)
{
    return (struct point){.lat_e7 = (STREET_LAT_E6 + 500000) * 10,
                          .lon_e7 = STREET_LON_E6 * 10};
}

static int write_text(struct full *full, const char *path, struct text *text)
{
    int status = text->status;
    if (status == ST_OK)
        status = file_write(path, text->data, text->size, 0600, full->reterr);
    text_release(text);
    return status;
}

static int make_street(struct full *full)
{
    char gr[96], co[96], out[96];
    struct road_import_result result;
    struct text arcs, nodes;
    (void)snprintf(gr, sizeof gr, "%s/street.gr", full->dir);
    (void)snprintf(co, sizeof co, "%s/street.co", full->dir);
    (void)snprintf(out, sizeof out, "%s/street.road", full->dir);
    text_init(&arcs, TEXT_MAX);
    text_init(&nodes, TEXT_MAX);
    text_appendf(&arcs, "p sp %d %d\n", WORLD_TRAVEL_S_MAX + 1, 2 * WORLD_TRAVEL_S_MAX);
    text_appendf(&nodes, "p aux sp co %d\n", WORLD_TRAVEL_S_MAX + 1);
    for (int s = 0; s <= WORLD_TRAVEL_S_MAX; s++) {
        text_appendf(&nodes, "v %d %d %d\n", s + 1, STREET_LON_E6 + STREET_STEP_E6 * s,
                     STREET_LAT_E6);
        if (s > 0)
            text_appendf(&arcs, "a %d %d 1\na %d %d 1\n", s, s + 1, s + 1, s);
    }
    int status = write_text(full, gr, &arcs);
    if (status == ST_OK)
        status = write_text(full, co, &nodes);
    else
        text_release(&nodes);
    if (status == ST_OK)
        status = road_import_dimacs(gr, co, 1.0, out, &(struct road_import_options){0},
                                    &result, full->reterr);
    return status == ST_OK ? road_open(&full->road, out, full->reterr) : status;
}

/* ---- people
 * ------------------------------------------------------------------------------ */

static void describe(const struct full *full, uint32_t index, struct person *ret)
{
    *ret = (struct person){.has = PERSON_HAS_NAME | PERSON_HAS_HOME | PERSON_HAS_MODE};
    (void)snprintf(ret->crowd.number, sizeof ret->crowd.number, "X%06u", index);
    (void)snprintf(ret->name, sizeof ret->name, "Exercise %u", index);
    ret->crowd.mode = ROAD_FOOT;
    ret->crowd.home = at_second(0);
    ret->crowd.birth_day = INT32_MIN;
    (void)full;
}

static int put_people(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    struct full *full = context;
    int status = area_put_root(writer, writer_new_id(writer));
    if (status == ST_OK)
        status = skills_store(writer, full->skills, 0, now_ms);
    struct person *person = mem_calloc(1, sizeof *person);
    if (person == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < full->person_max && status == ST_OK; i++) {
        describe(full, i, person);
        status = person_put(writer, person, 0, now_ms, reterr);
        full->ids[i] = person->crowd.id;
    }
    mem_free(person);
    return status;
}

void full_add_skills(const struct scenario *scenario, uint32_t bits,
                     struct skill_set *ret)
{
    for (uint32_t i = 0; i < scenario->people.skill_count; i++)
        if ((bits >> i & 1) != 0)
            skill_set_add(ret, scenario->people.skills[i].index);
}

/* What the person can do for the need: of an instance, what its lines ask for. */
static uint32_t skills_for(const struct full *full, uint32_t need, uint32_t person)
{
    const struct scenario_need *of = &full->scenario->needs[need];
    uint32_t lines = world_lines(&full->world, need, person), skills = 0;
    if (full->scenario->roster == NULL)
        return full->world.people[person].skills;
    for (uint32_t i = 0; i < of->line_count; i++)
        if ((lines >> i & 1) != 0)
            skills |= of->lines[i].skills;
    return skills;
}

/* With every certificate it takes. */
static void qualify(const struct full *full, uint32_t skills, struct crowd_person *ret)
{
    const struct scenario_people *people = &full->scenario->people;
    full_add_skills(full->scenario, skills, &ret->skills);
    for (uint32_t i = 0; i < people->skill_count; i++) {
        const struct skill *skill = &full->skills->skills[people->skills[i].index];
        if ((skills >> i & 1) != 0 && skill->certificate >= 0)
            ret->certificates[ret->certificate_count++] =
                (struct crowd_certificate){skill->certificate, INT32_MAX};
    }
}

int full_world_place(struct full *full, uint32_t need)
{
    if (full->is_placed && full->placed_need == need &&
        full->placed_run == full->world.run)
        return ST_OK;
    int status = ST_OK;
    for (uint32_t i = 0; i < full->person_max && status == ST_OK; i++) {
        struct crowd_person person = {.id = full->ids[i],
                                      .birth_day = INT32_MIN,
                                      .has_email = true,
                                      .has_phone = true,
                                      .has_push = true};
        bool there = i < full->world.count;
        uint32_t ms = there ? world_travel_ms(&full->world, need, i) : WORLD_UNREACHABLE;
        (void)snprintf(person.number, sizeof person.number, "X%06u", i);
        person.home = ms == WORLD_UNREACHABLE ? nowhere() : at_second(ms / 1000);
        person.quiet_kind =
            there && full->world.people[i].quiet ? CROWD_QUIET_DEFAULT : CROWD_QUIET_NONE;
        if (there)
            qualify(full, skills_for(full, need, i), &person);
        status = crowd_put(full->crowd, &person);
    }
    full->is_placed = true;
    full->placed_need = need;
    full->placed_run = full->world.run;
    return status;
}

/* ---- the server
 * -------------------------------------------------------------------------- */

static int open_writer(struct full *full)
{
    const struct scenario *scenario = full->scenario;
    struct writer_config config = {.db_path = full->db_path,
                                   .vault = full->vault,
                                   .clock = &full->clock.super,
                                   .random = &full->random.super,
                                   .crowd = full->crowd,
                                   .wave_whole = FULL_ALERTS_MAX, /* all at once */
                                   .signing_key_path = full->signing_path};
    loop_config_default(&config.loop);
    config.loop.no_answer_ms = scenario->no_answer_ms;
    config.loop.ladder_count = (int32_t)scenario->channel_count;
    for (uint32_t i = 0; i < scenario->channel_count; i++)
        config.loop.ladder[i] = scenario->channels[i].kind;
    return writer_new(&full->writer, &config, full->reterr);
}

static int open_server(struct full *full)
{
    const struct vault_config vault = {full->keys_path, full->master_path,
                                       &full->random.super, 1};
    const struct crowd_config crowd = {.road = full->road,
                                       .skills = full->skills,
                                       .weekly_cap = full->scenario->weekly_cap,
                                       .people_max = full->person_max + 1};
    struct db *db = NULL;
    int status = vault_open(&full->vault, &vault, full->reterr);
    if (status == ST_OK)
        status = db_open(&db, full->db_path, DB_WRITE, full->reterr);
    db_close(db);
    if (status == ST_OK)
        status = crowd_new(&full->crowd, &crowd);
    if (status == ST_OK)
        status = open_writer(full);
    if (status == ST_OK)
        status = response_model_new(&full->model, &full->scenario->planner);
    return status == ST_OK ? command_call(full->writer, put_people, full, full->reterr)
                           : status;
}

int full_world_make(struct full *full)
{
    const struct {
        char *path;
        const char *name;
    } names[] = {{full->db_path, "muster.db"},
                 {full->keys_path, "keys.db"},
                 {full->master_path, "master.key"},
                 {full->signing_path, "signing.key"}};
    int status = scratch_make(full->dir, sizeof full->dir, "drill", full->reterr);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        (void)snprintf(names[i].path, sizeof full->db_path, "%s/%s", full->dir,
                       names[i].name);
    full->skills = mem_calloc(1, sizeof *full->skills);
    full->ids = mem_calloc(full->person_max, sizeof *full->ids);
    full->attempts = mem_calloc(full->person_max, sizeof *full->attempts);
    if (full->skills == NULL || full->ids == NULL || full->attempts == NULL)
        return ST_NO_MEMORY;
    skill_table_init(full->skills);
    if (status == ST_OK)
        status = world_init(&full->world, full->scenario, full->seed);
    if (status == ST_OK)
        status = make_street(full);
    return status == ST_OK ? open_server(full) : status;
}

void full_world_drop(struct full *full)
{
    static const char *const names[] = {
        "muster.db",  "muster.db-wal", "muster.db-shm", "keys.db",   "keys.db-journal",
        "master.key", "signing.key",   "street.gr",     "street.co", "street.road"};
    writer_free(full->writer);
    crowd_free(full->crowd);
    vault_close(full->vault);
    response_model_free(full->model);
    road_free(full->road);
    world_release(&full->world);
    mem_free(full->skills);
    mem_free(full->ids);
    mem_free(full->attempts);
    scratch_drop(full->dir, names, COUNT_OF(names));
}
