/* SPDX-License-Identifier: Apache-2.0 */
/* bench road: on every graph, are the nearest of many people the nearest? People stand at
 * random nodes, the plain search says who is really near, and the crowd and the straight
 * line are compared with it. What each part of the engine costs is measured by the
 * programs in bench/. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "crowd/crowd.h"
#include "demo/county.h"
#include "main/commands.h"
#include "road/hierarchy.h"
#include "road/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEOPLE 10000u
#define COUNT 50u
#define QUESTIONS_MAX 1000
#define QUESTIONS 100
#define MODE ROAD_CAR
#define DIMACS_SCALE 0.001
/* Nobody is off duty or quiet, so any moment is as good as another. */
#define NOW INT64_C(1795478400000)
#define ROOM_SIZE 4096

struct person {
    struct point at;
    struct road_spot spot;
    double metres; /* straight line to the incident */
};

/* One graph and the people on it. */
struct town {
    const char *name;
    struct road *road;
    struct road_hierarchy *hierarchy;
    struct road_search *search;
    struct skill_table skills;
    struct crowd *crowd;
    struct person *people; /* by id - 1 */
    uint32_t *ms, *sorted; /* of everybody to the incident, by the plain search */
    uint32_t *order;       /* by straight line */
    uint32_t count;        /* people */
    struct random_seeded random;
};

/* What was found out on it. */
struct figures {
    uint32_t questions, found, straight, wanted;
    uint32_t nearest_us[QUESTIONS_MAX], plain_us[QUESTIONS_MAX];
};

static int by_value(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int by_metres(const void *a, const void *b, void *context)
{
    const struct person *people = context;
    double x = people[*(const uint32_t *)a].metres,
           y = people[*(const uint32_t *)b].metres;
    return (x > y) - (x < y);
}

static uint32_t elapsed_us(int64_t start)
{
    return (uint32_t)(clock_mono_us(clock_system()) - start);
}

/* ---- a graph -------------------------------------------------------------------------
 */

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

/* NAME: a graph file, a DIMACS graph with its coordinates beside it (.gr and .co), a map;
 * NULL: the demo county, made in ROOM. */
static int open_graph(const char *name, const char *room, struct road **ret,
                      struct diag *reterr)
{
    char in[ROOM_SIZE], out[ROOM_SIZE];
    struct road_import_result result;
    int status = ST_OK;
    (void)snprintf(out, sizeof out, "%s/bench.graph", room);
    if (name != NULL && ends_with(name, ".graph"))
        return road_open(ret, name, reterr);
    if (name == NULL) {
        const struct county_options options = {
            .seed = 1, .people = COUNTY_PEOPLE_MIN, .today_ms = NOW};
        (void)snprintf(in, sizeof in, "%s/roads.osm", room);
        status = county_write(room, &options, reterr);
        name = in;
    }
    const char *packed = ends_with(name, ".gz") ? ".gz" : "";
    size_t stem = strlen(name) - strlen(packed);
    bool is_dimacs = stem > 3 && strncmp(name + stem - 3, ".gr", 3) == 0;
    if (status == ST_OK && is_dimacs) {
        (void)snprintf(in, sizeof in, "%.*s.co%s", (int)stem - 3, name, packed);
        status = road_import_dimacs(name, in, DIMACS_SCALE, out, NULL, &result, reterr);
    } else if (status == ST_OK) {
        status = road_import_osm(name, out, NULL, &result, reterr);
    }
    return status == ST_OK ? road_open(ret, out, reterr) : status;
}

static int make_room(char *ret, struct diag *reterr)
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(ret, ROOM_SIZE / 2, "%s/muster-bench-%ld",
                   base == NULL ? "/tmp" : base, (long)getpid());
    return mkdir(ret, 0700) == 0 ? ST_OK
                                 : diag_set(reterr, ST_IO, 0, 0, ret, "cannot be made");
}

static void drop_room(const char *room)
{
    static const char *const files[] = {"roads.osm", "bench.graph", "areas.csv",
                                        "sites.csv", "people.csv",  "teams.csv"};
    char path[ROOM_SIZE];
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", room, files[i]);
        (void)unlink(path); /* not all of them are there */
    }
    (void)rmdir(room);
}

static void town_release(struct town *town)
{
    crowd_free(town->crowd);
    road_search_free(town->search);
    road_hierarchy_free(town->hierarchy);
    road_free(town->road);
    mem_free(town->people);
    mem_free(town->ms);
    mem_free(town->sorted);
    mem_free(town->order);
}

/* A random node that can be driven from. */
static struct point random_place(struct town *town, struct road_spot *ret)
{
    for (;;) {
        uint32_t node =
            (uint32_t)random_below(&town->random.super, road_node_count(town->road));
        struct point at = road_node_point(town->road, node);
        if (road_snap(town->road, MODE, at, ROAD_SNAP_M_MAX, ret))
            return at;
    }
}

static int settle_people(struct town *town)
{
    for (uint32_t i = 0; i < PEOPLE; i++) {
        struct person *person = &town->people[i];
        person->at = random_place(town, &person->spot);
        struct crowd_person one = {.id = (int64_t)i + 1,
                                   .mode = MODE,
                                   .home = person->at,
                                   .quiet_kind = CROWD_QUIET_NONE,
                                   .birth_day = INT32_MIN};
        (void)snprintf(one.number, sizeof one.number, "B%u", i + 1);
        int status = crowd_put(town->crowd, &one);
        if (status != ST_OK)
            return status;
    }
    crowd_arrange(town->crowd);
    return ST_OK;
}

/* TOWN has its road. */
static int town_make(struct town *town)
{
    town->count = PEOPLE;
    town->people = mem_calloc(PEOPLE, sizeof *town->people);
    town->ms = mem_calloc(PEOPLE, sizeof *town->ms);
    town->sorted = mem_calloc(PEOPLE, sizeof *town->sorted);
    town->order = mem_calloc(PEOPLE, sizeof *town->order);
    if (town->people == NULL || town->ms == NULL || town->sorted == NULL ||
        town->order == NULL)
        return ST_NO_MEMORY;
    random_seeded_init(&town->random, 42);
    skill_table_init(&town->skills);
    int status = road_hierarchy_new(&town->hierarchy, town->road);
    if (status == ST_OK)
        status = road_search_new(&town->search, town->road);
    const struct crowd_config config = {.road = town->road,
                                        .hierarchy = town->hierarchy,
                                        .skills = &town->skills,
                                        .weekly_cap = 3,
                                        .people_max = PEOPLE};
    if (status == ST_OK)
        status = crowd_new(&town->crowd, &config);
    return status == ST_OK ? settle_people(town) : status;
}

/* ---- a question ----------------------------------------------------------------------
 */

/* Everybody's time to the incident, by one plain search. */
static int ask_plain(struct town *town, const struct road_spot *incident)
{
    struct road_settled at;
    int status = road_search_start(town->search, MODE, ROAD_TO, incident);
    if (status != ST_OK)
        return status;
    while (road_search_next(town->search, &at))
        ;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        const struct road_spot *spot = &town->people[i].spot;
        uint32_t metres,
            best = road_spot_direct_ms(town->road, NULL, MODE, spot, incident, &metres);
        for (int end = 0; end < 2; end++) {
            uint32_t ms;
            if (spot->out_ms[end] != ROAD_MS_NONE &&
                road_search_label(town->search, spot->node[end], &ms, &metres) &&
                (uint64_t)ms + spot->out_ms[end] < best)
                best = ms + spot->out_ms[end];
        }
        town->ms[i] = town->sorted[i] = best;
    }
    qsort(town->sorted, PEOPLE, sizeof *town->sorted, by_value);
    return ST_OK;
}

/* How many of the COUNT nearest in a straight line are as near as the last one wanted. */
static uint32_t ask_straight(struct town *town, struct point at, uint32_t last_ms)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        town->order[i] = i;
        town->people[i].metres = point_distance_m(town->people[i].at, at);
    }
    qsort_r(town->order, PEOPLE, sizeof *town->order, by_metres, town->people);
    for (uint32_t i = 0; i < COUNT; i++)
        found += town->ms[town->order[i]] <= last_ms;
    return found;
}

static int ask(struct town *town, struct figures *figures, struct diag *reterr)
{
    struct road_spot incident;
    struct crowd_query query = {.at = random_place(town, &incident),
                                .mode = MODE,
                                .flags = CROWD_QUICK,
                                .time_ms = NOW,
                                .count = COUNT,
                                .ms_max = ROAD_MS_NONE};
    struct crowd_answer answer = {0};
    int64_t start = clock_mono_us(clock_system());
    int status = crowd_nearest(town->crowd, &query, &answer, reterr);
    figures->nearest_us[figures->questions] = elapsed_us(start);
    start = clock_mono_us(clock_system());
    if (status == ST_OK)
        status = ask_plain(town, &incident);
    figures->plain_us[figures->questions] = elapsed_us(start);
    uint32_t wanted = 0;
    while (wanted < COUNT && town->sorted[wanted] != ROAD_MS_NONE)
        wanted++;
    for (uint32_t i = 0; status == ST_OK && i < wanted && i < answer.count; i++) {
        uint32_t who = (uint32_t)answer.candidates[i].id - 1;
        figures->found += town->ms[who] == town->sorted[i] &&
                          answer.candidates[i].ms == town->sorted[i];
    }
    if (status == ST_OK && wanted > 0)
        figures->straight += ask_straight(town, query.at, town->sorted[wanted - 1]);
    figures->wanted += wanted;
    figures->questions++;
    crowd_answer_release(&answer);
    return status;
}

/* ---- the answer ----------------------------------------------------------------------
 */

static void write_times(struct text *out, const char *name, uint32_t *us, uint32_t count)
{
    qsort(us, count, sizeof *us, by_value);
    text_appendf(out, ",\"%s\":{\"median\":%u,\"p95\":%u}", name, us[count / 2],
                 us[(uint64_t)count * 95 / 100]);
}

static void write_figures(struct cli *cli, const struct town *town,
                          struct figures *figures, bool first)
{
    double wanted = figures->wanted > 0 ? figures->wanted : 1;
    double recall = figures->found / wanted, straight = figures->straight / wanted;
    if (!cli->json) {
        text_appendf(&cli->out,
                     "%s: of the %u nearest by road we find %.3f, the straight line %.3f "
                     "(%u nodes, %u questions)\n",
                     town->name, COUNT, recall, straight, road_node_count(town->road),
                     figures->questions);
        return;
    }
    text_append_string(&cli->out, first ? "{\"graph\":" : ",{\"graph\":");
    text_append_json(&cli->out, town->name);
    text_appendf(&cli->out,
                 ",\"nodes\":%u,\"edges\":%u,\"people\":%u,\"count\":%u,\"questions\":%u,"
                 "\"recall\":%.3f,\"straight_line_recall\":%.3f",
                 road_node_count(town->road), road_edge_count(town->road), PEOPLE, COUNT,
                 figures->questions, recall, straight);
    write_times(&cli->out, "nearest_us", figures->nearest_us, figures->questions);
    write_times(&cli->out, "plain_us", figures->plain_us, figures->questions);
    text_append_string(&cli->out, "}");
}

static int bench_graph(struct cli *cli, const char *name, const char *room,
                       uint32_t questions, struct diag *reterr)
{
    bool first = cli->out.size > 0 && cli->out.data[cli->out.size - 1] == '[';
    const char *base = name == NULL ? "demo county" : strrchr(name, '/');
    struct town town = {.name = name != NULL && base != NULL ? base + 1
                                : name != NULL               ? name
                                                             : base};
    AUTO_FREE struct figures *figures = mem_calloc(1, sizeof *figures);
    int status =
        figures == NULL ? ST_NO_MEMORY : open_graph(name, room, &town.road, reterr);
    if (status == ST_OK)
        status = town_make(&town);
    for (uint32_t i = 0; i < questions && status == ST_OK; i++) {
        cli_progress(cli, town.name, i, questions);
        status = ask(&town, figures, reterr);
    }
    if (status == ST_OK)
        write_figures(cli, &town, figures, first);
    if (status == ST_OK && figures->found != figures->wanted)
        status = diag_set(reterr, ST_CORRUPT, 0, 0, town.name,
                          "%u of %u of the nearest are not those of the plain search",
                          figures->wanted - figures->found, figures->wanted);
    town_release(&town);
    return status;
}

int command_bench_road(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    char room[ROOM_SIZE / 2];
    int64_t questions;
    int status =
        cli_number(cli, "questions", QUESTIONS, 1, QUESTIONS_MAX, &questions, reterr);
    if (status == ST_OK)
        status = make_room(room, reterr);
    if (status != ST_OK)
        return status;
    if (cli->json)
        text_append_string(&cli->out, "{\"bench\":\"road\",\"graphs\":[");
    if (cli->word_count == 0)
        status = bench_graph(cli, NULL, room, (uint32_t)questions, reterr);
    for (uint32_t i = 0; i < cli->word_count && status == ST_OK; i++)
        status = bench_graph(cli, cli->words[i], room, (uint32_t)questions, reterr);
    if (cli->json)
        text_append_string(&cli->out, "]}\n");
    drop_room(room);
    return status;
}

/* bench plan, bench loop (docs/decisions/0056). */
int command_bench_made(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    return diag_set(reterr, ST_UNSUPPORTED, 0, 0, cli->command->name,
                    "is measured by programs of bench/: run `make bench-%s` in the "
                    "sources",
                    strchr(cli->command->name, ' ') + 1);
}
