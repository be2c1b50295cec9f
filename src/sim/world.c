/* SPDX-License-Identifier: Apache-2.0 */
/* The world and the server in it: a small town of crooked streets, its people, an
 * instance in a folder of its own. */
#include "sim/sim_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/scratch.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "dispatch/closures.h"
#include "road/import.h"
#include "store/area.h"
#include "store/db.h"
#include "store/desk.h"
#include "store/people.h"
#include "store/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 7 /* nodes along each side of the town */
#define STEP 0.0012
#define NOON_MS INT64_C(1763870400000) /* 2025-11-23 12:00 in Shanghai, a Sunday */

static const enum channel_kind kinds[SIM_CHANNELS] = {CHANNEL_FILE, CHANNEL_EMAIL};

/* ---- the town -------------------------------------------------------------------------
 */

static void add_street(struct text *osm, uint32_t id, uint32_t from, uint32_t to)
{
    text_appendf(osm,
                 "<way id=\"%u\"><nd ref=\"%u\"/><nd ref=\"%u\"/>"
                 "<tag k=\"highway\" v=\"residential\"/></way>\n",
                 id, from + 1, to + 1);
}

static int make_road(struct sim *sim)
{
    struct text osm;
    char in[96], out[96];
    struct road_import_result result;
    (void)snprintf(in, sizeof in, "%s/town.osm", sim->dir);
    (void)snprintf(out, sizeof out, "%s/town.road", sim->dir);
    text_init(&osm, 1 << 20);
    text_append_string(&osm, "<?xml version=\"1.0\"?><osm version=\"0.6\">\n");
    for (uint32_t i = 0; i < SIDE * SIDE; i++)
        text_appendf(&osm, "<node id=\"%u\" lat=\"%.7f\" lon=\"%.7f\"/>\n", i + 1,
                     30.6 + STEP * (i / SIDE + 0.4 * random_unit(&sim->world.super)),
                     121.0 + STEP * (i % SIDE + 0.4 * random_unit(&sim->world.super)));
    for (uint32_t i = 0, way = 1; i < SIDE * SIDE; i++) {
        if (i % SIDE + 1 < SIDE)
            add_street(&osm, way++, i, i + 1);
        if (i / SIDE + 1 < SIDE)
            add_street(&osm, way++, i, i + SIDE);
    }
    text_append_string(&osm, "</osm>\n");
    int status = osm.status;
    if (status == ST_OK)
        status = file_write(in, osm.data, osm.size, 0600, sim->reterr);
    if (status == ST_OK)
        status = road_import_osm(in, out, &(struct road_import_options){0}, &result,
                                 sim->reterr);
    if (status == ST_OK)
        status = road_open(&sim->road, out, sim->reterr);
    text_release(&osm);
    return status;
}

/* ---- the people -----------------------------------------------------------------------
 */

static void describe(struct sim *sim, uint32_t index, struct person *ret)
{
    struct random *random = &sim->world.super;
    struct sim_person *known = &sim->people[index];
    *known = (struct sim_person){.no_quiet = index % 3 == 0,
                                 .suspended = index % 13 == 5,
                                 .paused = index % 17 == 6,
                                 .is_silent = index % 11 == 3};
    *ret = (struct person){.has = PERSON_HAS_NAME | PERSON_HAS_PHONE | PERSON_HAS_EMAIL |
                                  PERSON_HAS_HOME | PERSON_HAS_MODE | PERSON_HAS_SKILLS |
                                  PERSON_HAS_QUIET | PERSON_HAS_PAUSED |
                                  PERSON_HAS_SUSPENDED};
    (void)snprintf(ret->crowd.number, sizeof ret->crowd.number, "V%u", index);
    (void)snprintf(ret->name, sizeof ret->name, "Person %u", index);
    (void)snprintf(ret->phone, sizeof ret->phone, "10000%06u", index);
    (void)snprintf(ret->email, sizeof ret->email, "v%u@example.org", index);
    (void)snprintf(ret->quiet, sizeof ret->quiet, "%s", known->no_quiet ? "none" : "");
    ret->crowd.quiet_kind = known->no_quiet ? CROWD_QUIET_NONE : CROWD_QUIET_DEFAULT;
    ret->crowd.mode = (enum road_mode)random_below(random, ROAD_MODE_COUNT);
    ret->crowd.home = road_node_point(
        sim->road, (uint32_t)random_below(random, road_node_count(sim->road)));
    ret->crowd.birth_day = INT32_MIN;
    ret->crowd.suspended = known->suspended;
    ret->crowd.paused_until_ms = known->paused ? sim->clock.now_ms + TIME_DAY_MS * 30 : 0;
    if (index % 3 == 1)
        skill_set_add(&ret->crowd.skills, (uint32_t)skill_find(sim->skills, "first-aid"));
}

/* Tokens in place of passwords: those take their time on purpose. */
static int put_staff(struct sim *sim, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    int status = ST_OK;
    for (int i = 0; i < SIM_STAFF && status == ST_OK; i++) {
        struct staff *staff = &sim->staff[i];
        struct account account = {.role_count = 1};
        uint8_t hash[32];
        account.roles[0].role = i == SIM_STAFF - 1 ? ROLE_VERIFIER
                                : i == 0           ? ROLE_DISPATCHER
                                                   : ROLE_COMMANDER;
        account.roles[0].area_id = sim->root_area;
        (void)snprintf(account.name, sizeof account.name, "staff%d", i);
        account_token_make(&sim->world.super, staff->token, hash);
        status = account_put(writer, &account, account_password_nobody(), 0, now_ms,
                             &staff->id, reterr);
        if (status == ST_OK)
            status = api_token_put(writer, hash, staff->id, 0, now_ms);
    }
    return status;
}

/* Of the only area. */
static int put_desk(struct sim *sim, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    const struct desk desk = {.area_id = sim->root_area, .email = "desk@example.org"};
    return sim->options->plant == SIM_PLANT_DESK_LOST
               ? ST_OK
               : desk_put(writer, &desk, 0, now_ms, reterr);
}

static int put_first_rows(void *context, struct writer *writer, int64_t now_ms,
                          struct diag *reterr)
{
    struct sim *sim = context;
    sim->root_area = writer_new_id(writer);
    int status = area_put_root(writer, sim->root_area);
    if (status == ST_OK)
        status = skills_store(writer, sim->skills, 0, now_ms);
    struct person *person = mem_calloc(1, sizeof *person);
    if (person == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < SIM_PEOPLE && status == ST_OK; i++) {
        describe(sim, i, person);
        status = person_put(writer, person, 0, now_ms, reterr);
        sim->people[i].id = person->crowd.id;
    }
    mem_free(person);
    if (status == ST_OK)
        status = put_desk(sim, writer, now_ms, reterr);
    return status == ST_OK ? put_staff(sim, writer, now_ms, reterr) : status;
}

/* ---- the server -----------------------------------------------------------------------
 */

static int visit_person(void *context, const struct person *person)
{
    struct sim *sim = context;
    struct crowd_person changed = person->crowd;
    if (sim->options->plant == SIM_PLANT_SUSPENDED_ASKED)
        changed.suspended = false;
    if (sim->options->plant == SIM_PLANT_QUIET_IGNORED)
        changed.quiet_kind = CROWD_QUIET_NONE;
    return crowd_put(sim->crowd, &changed);
}

static int open_crowd(struct sim *sim)
{
    const struct crowd_config config = {
        .road = sim->road,
        .skills = sim->skills,
        .weekly_cap = sim->options->plant == SIM_PLANT_CAP_IGNORED ? 1000 : SIM_CAP,
        .people_max = 10 * SIM_PEOPLE};
    int status = crowd_new(&sim->crowd, &config);
    if (status == ST_OK)
        status = people_load(sim->reader, NULL, sim->vault, sim->skills, sim->crowd);
    if (status == ST_OK)
        status = people_load_alerts(sim->reader, sim->crowd, sim->clock.now_ms);
    if (status == ST_OK && (sim->options->plant == SIM_PLANT_SUSPENDED_ASKED ||
                            sim->options->plant == SIM_PLANT_QUIET_IGNORED))
        status = people_each(sim->reader, sim->vault, sim->skills, visit_person, sim);
    return status;
}

static void on_closures(void *context)
{
    struct sim *sim = context;
    if (sim->planner != NULL)
        planner_replan(sim->planner);
}

static int open_closures(struct sim *sim)
{
    const struct closures_config config = {.road = sim->road,
                                           .crowd = sim->crowd,
                                           .db_path = sim->db_path,
                                           .clock = &sim->clock.super,
                                           .on_change = on_closures,
                                           .context = sim};
    int status = closures_new(&sim->closures, &config, sim->reterr);
    if (status == ST_OK && sim->options->plant == SIM_PLANT_ROADS_OPEN)
        crowd_set_closed(sim->crowd, NULL, 0);
    return status;
}

static void on_fatal(void *context, const char *what)
{
    struct sim *sim = context;
    (void)what;
    /* The real one ends the process here. */
    sim->dead = true;
    disk_cut(sim->disk);
}

static int open_writer(struct sim *sim)
{
    struct writer_config config = {.db_path = sim->db_path,
                                   .vault = sim->vault,
                                   .clock = &sim->clock.super,
                                   .random = &sim->server.super,
                                   .crowd = sim->crowd,
                                   .on_event = check_event,
                                   .on_fatal = on_fatal,
                                   .context = sim,
                                   .wave_whole = SIM_WAVE_PART,
                                   .wave_part = SIM_WAVE_PART,
                                   .wave_parts = SIM_WAVE_PARTS,
                                   .wave_age_ms = SIM_WAVE_AGE_MS,
                                   .check_all = true,
                                   .signing_key_path = sim->signing_path};
    config.loop = (struct loop_config){.no_answer_ms = SIM_NO_ANSWER_MS,
                                       .unread_ms = 12000,
                                       .voice_ms = 30000,
                                       .escalate_ms = 90000,
                                       .overdue_extra_ms = 30000,
                                       .lost_after_call_ms = 30000,
                                       .report_remind_ms = 120000,
                                       .desk_next_ms = 20000,
                                       .ladder = {kinds[0], kinds[1]},
                                       .ladder_count = SIM_CHANNELS};
    if (sim->options->plant == SIM_PLANT_TIMER_LOST)
        config.loop.no_answer_ms = TIME_DAY_MS;
    return writer_new(&sim->writer, &config, sim->reterr);
}

static const char *base_url(void *context)
{
    (void)context;
    return "https://muster.example";
}

static void area_name(void *context, int64_t area_id, char *ret, size_t size)
{
    (void)context;
    (void)area_id;
    (void)snprintf(ret, size, "root");
}

static int open_channels(struct sim *sim)
{
    int status = ST_OK;
    for (int i = 0; i < SIM_CHANNELS && status == ST_OK; i++) {
        struct channel_config config = {.kind = kinds[i],
                                        .writer = sim->writer,
                                        .clock = &sim->clock.super,
                                        .from = "muster@example.org",
                                        .at_once = 24,
                                        .base_url = base_url,
                                        .area_name = area_name,
                                        .context = sim};
        status = peers_transport(sim->peers, &config.transport);
        if (status == ST_OK)
            status = channel_new(&sim->channels[i], &config);
    }
    return status;
}

static int make_schema(struct sim *sim)
{
    struct db *db = NULL;
    int status = db_open(&db, sim->db_path, DB_WRITE, sim->reterr);
    db_close(db);
    return status;
}

int world_boot(struct sim *sim)
{
    const struct vault_config vault = {sim->keys_path, sim->master_path,
                                       &sim->server.super, 1};
    sim->dead = false;
    sim->booting = true;
    int status = vault_open(&sim->vault, &vault, sim->reterr);
    if (status == ST_OK && sim->root_area == 0)
        status = make_schema(sim);
    if (status == ST_OK)
        status = db_open(&sim->reader, sim->db_path, DB_READ, sim->reterr);
    if (status == ST_OK)
        status = open_crowd(sim);
    if (status == ST_OK)
        status = open_closures(sim);
    if (status == ST_OK)
        status = open_writer(sim);
    if (status == ST_OK) {
        const struct planner_config config = {.crowd = sim->crowd,
                                              .writer = sim->writer,
                                              .road = sim->road,
                                              .clock = &sim->clock.super,
                                              .db_path = sim->db_path,
                                              .channels = "file email"};
        status = planner_new(&sim->planner, &config);
    }
    if (status == ST_OK)
        status = open_channels(sim);
    if (status == ST_OK && sim->root_area != 0)
        status = web_boot(sim);
    sim->booting = false;
    return status;
}

/* What is queued is answered; nobody hears it. Answers may bring commands. */
static void wind_up(struct sim *sim)
{
    while (sim->writer != NULL && writer_queue_length(sim->writer) > 0) {
        (void)writer_step(sim->writer, sim->clock.now_ms);
        web_turn(sim);
    }
}

void world_end(struct sim *sim)
{
    wind_up(sim);
    web_end(sim);
    writer_free(sim->writer);
    sim->writer = NULL;
    web_drop(sim);
    for (int i = 0; i < SIM_CHANNELS; i++) {
        channel_free(sim->channels[i]);
        sim->channels[i] = NULL;
    }
    planner_free(sim->planner);
    sim->planner = NULL;
    closures_free(sim->closures);
    sim->closures = NULL;
    crowd_free(sim->crowd);
    sim->crowd = NULL;
    db_close(sim->reader);
    sim->reader = NULL;
    vault_close(sim->vault);
    sim->vault = NULL;
}

/* ---- making and dropping --------------------------------------------------------------
 */

static void set_paths(struct sim *sim)
{
    const struct {
        char *path;
        const char *name;
    } names[] = {{sim->db_path, "muster.db"},
                 {sim->keys_path, "keys.db"},
                 {sim->master_path, "master.key"},
                 {sim->signing_path, "signing.key"}};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        (void)snprintf(names[i].path, sizeof sim->db_path, "%s/%s", sim->dir,
                       names[i].name);
}

int world_make(struct sim *sim)
{
    /* Noon, the evening before quiet hours, night, the morning; any day of the week. */
    static const int64_t starts[] = {0, 594, 840, 1074};
    bool wrong = sim->options->plant == SIM_PLANT_ZONE_WRONG;
    time_set_zone(wrong ? "UTC" : "Asia/Shanghai");
    int64_t start = NOON_MS + starts[sim->options->seed % 4] * TIME_MINUTE_MS +
                    (int64_t)sim_luck(sim, 7) * TIME_DAY_MS;
    clock_manual_init(&sim->clock, start);
    int status = scratch_make(sim->dir, sizeof sim->dir, "sim", sim->reterr);
    if (status != ST_OK)
        return status;
    set_paths(sim);
    sim->skills = mem_calloc(1, sizeof *sim->skills);
    if (sim->skills == NULL)
        return ST_NO_MEMORY;
    skill_table_init(sim->skills);
    status = make_road(sim);
    if (status == ST_OK)
        status = world_boot(sim);
    if (status == ST_OK)
        status = command_call(sim->writer, put_first_rows, sim, sim->reterr);
    if (status == ST_OK) {
        world_end(sim);
        status = world_boot(sim);
    }
    return status;
}

void world_drop(struct sim *sim)
{
    /* The databases are in memory; their names were made by who opened them first. */
    static const char *const names[] = {"muster.db",   "keys.db",  "master.key",
                                        "signing.key", "town.osm", "town.road"};
    world_end(sim);
    road_free(sim->road);
    mem_free(sim->skills);
    scratch_drop(sim->dir, names, COUNT_OF(names));
}
