/* SPDX-License-Identifier: Apache-2.0 */
/* import roads|areas|skills|sites|teams: files into the instance, all or nothing. People:
 * command_people.c. */
#include "base/mem.h"
#include "base/status.h"
#include "crowd/people_csv.h"
#include "main/commands.h"
#include "main/import_file.h"
#include "main/instance.h"
#include "road/import.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/people.h"
#include "store/places.h"

#include <string.h>
#include <unistd.h>

#define IMPORT_FILE_MAX (512 * 1024 * 1024)

/* ---- roads
 * ------------------------------------------------------------------------------ */

static int import_roads(struct cli *cli, const struct instance_paths *paths,
                        struct road_import_result *ret, struct diag *reterr)
{
    char backdrop[INSTANCE_PATH_SIZE + 32];
    (void)snprintf(backdrop, sizeof backdrop, "%s/backdrop.geojson", paths->dir);
    const struct road_import_options options = {
        .progress = cli_progress, .context = cli, .backdrop_path = backdrop};
    const char *gr = cli_option(cli, "dimacs"), *co = cli_option(cli, "coords");
    const char *scale_text = cli_option(cli, "scale");
    double scale = 1;
    if (scale_text != NULL && !text_to_double(scale_text, 1e-6, 1e6, &scale))
        return diag_set(reterr, ST_INVALID, 0, 0, "scale", "must be a number above 0");
    if ((gr == NULL) != (co == NULL) || (gr == NULL) == (cli->word_count == 0))
        return cli_misuse(cli, reterr,
                          "give one file of OpenStreetMap, or --dimacs with --coords");
    if (gr != NULL) {
        int status =
            road_import_dimacs(gr, co, scale, paths->road, &options, ret, reterr);
        if (status == ST_OK) /* it is of the map of before */
            (void)unlink(backdrop);
        return status;
    }
    int status = road_import_osm(cli->words[0], paths->road, &options, ret, reterr);
    return status == ST_OK || reterr->where[0] != '\0'
               ? status
               : diag_in_file(reterr, status, cli->words[0]);
}

static void print_roads(struct cli *cli, const struct road_import_result *result,
                        double seconds)
{
    if (cli->json) {
        text_appendf(&cli->out,
                     "{\"nodes\":%u,\"edges\":%u,\"parts\":%u,\"skipped\":%llu,"
                     "\"seconds\":%.3f,\"parts_dropped\":%u,\"nodes_dropped\":%u,"
                     "\"osm_nodes\":%llu,\"osm_ways\":%llu,\"osm_relations\":%llu,"
                     "\"length_km\":%.3f",
                     result->nodes, result->edges, result->parts,
                     (unsigned long long)result->skipped, seconds, result->parts_dropped,
                     result->nodes_dropped, (unsigned long long)result->osm_nodes,
                     (unsigned long long)result->osm_ways,
                     (unsigned long long)result->osm_relations, result->length_km);
        return;
    }
    text_appendf(&cli->out, "%u nodes, %u edges, %.1f km in %u connected parts; %.1f s\n",
                 result->nodes, result->edges, result->length_km, result->parts, seconds);
    text_appendf(&cli->out,
                 "%u parts of fewer than 30 nodes dropped (%u nodes), %llu ways "
                 "skipped\n",
                 result->parts_dropped, result->nodes_dropped,
                 (unsigned long long)result->skipped);
}

/* How many of some kind there are, and how many of them are off these roads. */
struct reached {
    const struct road *road;
    uint32_t count, off;
};

static void look(struct reached *all, enum road_mode mode, struct point at)
{
    struct road_spot spot;
    all->count++;
    all->off += !road_snap(all->road, mode, at, ROAD_SNAP_M_MAX, &spot);
}

static int look_at_person(void *context, const struct person *person)
{
    look(context, person->crowd.mode, person->crowd.home);
    return 0;
}

static int look_at_rows(struct reached *all, struct query *query)
{
    int status;
    while ((status = query_step(query)) == 1)
        look(all, ROAD_FOOT,
             (struct point){(int32_t)query_get_int(query, 0),
                            (int32_t)query_get_int(query, 1)});
    return status;
}

static void print_off(struct cli *cli, const struct reached *people,
                      const struct reached *sites, const struct reached *areas)
{
    const uint32_t off = people->off + sites->off + areas->off;
    const uint32_t count = people->count + sites->count + areas->count;
    if (cli->json)
        text_appendf(&cli->out,
                     ",\"off_network\":{\"people\":%u,\"sites\":%u,\"areas\":%u}",
                     people->off, sites->off, areas->off);
    else if (off > 0)
        text_appendf(&cli->out,
                     "warning: %u of %u people, %u of %u sites and %u of %u areas are "
                     "farther than 1 km from any of these roads%s\n",
                     people->off, people->count, sites->off, sites->count, areas->off,
                     areas->count,
                     off > count / 2 ? ": are they the roads of another region?" : "");
}

/* Who cannot be reached by the new roads. Where the instance does not open (its store is
 * elsewhere, and silent) nothing is said: the roads are in place. */
static void tell_off(struct cli *cli)
{
    struct instance *instance;
    struct diag unused;
    const struct instance_hooks hooks = {.read_only = true};
    if (instance_open(&instance, cli->dir, &hooks, &unused) != ST_OK)
        return;
    struct reached people = {.road = instance->road}, sites = people, areas = people;
    int status = people_each(instance->db, instance->vault, instance->skills,
                             look_at_person, &people);
    if (status == ST_OK)
        status = look_at_rows(&sites,
                              db_query(instance->db, "SELECT lat_e7, lon_e7 FROM site"));
    if (status == ST_OK)
        status =
            look_at_rows(&areas, db_query(instance->db, "SELECT lat_e7, lon_e7 FROM area"
                                                        " WHERE lat_e7 IS NOT NULL"));
    if (status == ST_OK)
        print_off(cli, &people, &sites, &areas);
    instance_close(instance);
}

int command_import_roads(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    struct instance_paths paths;
    int lock_fd = -1;
    int status = instance_paths(&paths, cli->dir, reterr);
    if (status == ST_OK)
        status = instance_expect(&paths, reterr);
    if (status == ST_OK)
        status = instance_lock(&paths, &lock_fd, reterr);
    if (status == ST_BUSY)
        return diag_set(reterr, ST_BUSY, 0, 0, cli->dir,
                        "a server runs on this folder; stop it, import, start it again; "
                        "or import into a new folder (muster init) and put its "
                        "road.graph and backdrop.geojson here while it is stopped");
    if (status != ST_OK)
        return status;
    int64_t started_us = clock_mono_us(clock_system());
    struct road_import_result result = {0};
    status = import_roads(cli, &paths, &result, reterr);
    if (status == ST_OK) {
        (void)unlink(paths.image); /* of the people on the roads of before */
        print_roads(cli, &result,
                    (double)(clock_mono_us(clock_system()) - started_us) / 1e6);
    }
    instance_unlock(lock_fd);
    if (status == ST_OK)
        tell_off(cli);
    if (status == ST_OK && cli->json)
        text_append_string(&cli->out, "}\n");
    return status;
}

/* ---- areas, sites, teams, skills
 * ----------------------------------------------------------- */

enum table { AREAS, SITES, TEAMS, SKILLS };

struct table_import {
    enum table table;
    char *data;
    size_t size;
    uint32_t added, changed, same;
    struct place_import places; /* of areas, sites and teams: its warnings */
};

static int import_skills(struct table_import *import, struct writer *writer,
                         int64_t now_ms, struct diag *reterr)
{
    AUTO_FREE struct skill_table *table = mem_alloc(sizeof *table);
    AUTO_FREE struct skill_table *before = mem_alloc(sizeof *before);
    if (table == NULL || before == NULL)
        return ST_NO_MEMORY;
    int status = skills_load(writer_db(writer), table);
    if (status == ST_OK)
        *before = *table;
    if (status == ST_OK)
        status = skill_import(table, import->data, import->size, reterr);
    if (status == ST_OK)
        status = skills_store(writer, table, 0, now_ms);
    if (status != ST_OK)
        return status;
    import->added = table->count - before->count;
    for (uint32_t i = 0; i < before->count; i++)
        import->changed +=
            memcmp(&table->skills[i], &before->skills[i], sizeof table->skills[i]) != 0;
    import->same = before->count - import->changed;
    return ST_OK;
}

static int run_table_import(void *context, struct writer *writer, int64_t now_ms,
                            struct diag *reterr)
{
    struct table_import *import = context;
    int status;
    switch (import->table) {
    case AREAS:
        status = area_import(writer, import->data, import->size, 0, now_ms,
                             &import->places, reterr);
        break;
    case SKILLS:
        return import_skills(import, writer, now_ms, reterr);
    case SITES:
        status = sites_import(writer, import->data, import->size, 0, now_ms,
                              &import->places, reterr);
        break;
    default:
        status = teams_import(writer, import->data, import->size, 0, now_ms,
                              &import->places, reterr);
    }
    import->added = import->places.added;
    import->changed = import->places.changed;
    import->same = import->places.same;
    return status;
}

static void print_warnings(struct cli *cli, const struct place_import *places)
{
    for (uint32_t i = 0; i < places->warning_count && i < PLACE_WARNINGS_SHOWN; i++) {
        const struct place_warning *warning = &places->warnings[i];
        text_appendf(&cli->out,
                     cli->json ? "%s{\"line\":%u,\"field\":\"%s\",\"text\":\"%s\"}"
                               : "%swarning: line %u, %s: %s\n",
                     cli->json && i > 0 ? "," : "", warning->line, warning->field,
                     warning->text);
    }
}

static void print_table(struct cli *cli, const struct table_import *import)
{
    if (!cli->json)
        print_warnings(cli, &import->places);
    text_appendf(&cli->out,
                 cli->json ? "{\"added\":%u,\"changed\":%u,\"same\":%u,\"warnings\":["
                           : "added %u, changed %u, same %u; warnings: %u\n",
                 import->added, import->changed, import->same,
                 import->places.warning_count);
    if (!cli->json)
        return;
    print_warnings(cli, &import->places);
    text_append_string(&cli->out, "]}\n");
}

static int import_table(struct cli *cli, struct instance *instance, enum table table,
                        struct diag *reterr)
{
    struct table_import import = {.table = table};
    struct box map;
    if (instance->road != NULL) {
        map = box_grown(road_box(instance->road), PEOPLE_CSV_BEYOND_M);
        import.places.map = &map;
        import.places.road = instance->road;
    }
    int status =
        import_file_read(cli, IMPORT_FILE_MAX, &import.data, &import.size, reterr);
    if (status != ST_OK)
        return status;
    status = command_call(instance->writer, run_table_import, &import, reterr);
    mem_free(import.data);
    if (status != ST_OK) {
        import_file_columns(cli, reterr->line);
        return diag_in_file(reterr, status, cli->words[0]);
    }
    print_table(cli, &import);
    return ST_OK;
}

int command_import_areas(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    return import_table(cli, instance, AREAS, reterr);
}

int command_import_sites(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    return import_table(cli, instance, SITES, reterr);
}

int command_import_teams(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    return import_table(cli, instance, TEAMS, reterr);
}

int command_import_skills(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    return import_table(cli, instance, SKILLS, reterr);
}
