/* SPDX-License-Identifier: Apache-2.0 */
/* The 50 nearest of 100,000 people on the demo county's roads, everybody in the own mode:
 * time of one question, and the same by a plain way (the whole network from the incident,
 * all people looked at, sorted). What the straight line would have found: muster bench.
 * Prints one JSON document; exit 1 if the plain way finds other times. Usage: bench_road
 * [people]. */
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "crowd/crowd.h"
#include "crowd/people_csv.h"
#include "demo/county.h"
#include "road/hierarchy.h"
#include "road/import.h"
#include "road/road.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define QUERIES 2000
#define PLAIN_QUERIES 10
#define COUNT 50
#define FILE_MAX (512u << 20)
#define NOW INT64_C(1795478400000) /* Tue 2026-11-24 08:00 in Shanghai */

struct bench {
    char folder[64];
    struct road *road;
    struct road_hierarchy *hierarchy;
    struct crowd *crowd;
    struct skill_table skills;
    struct people_csv people;
    char *csv;
    struct random_seeded random;
    double snap_s;
    uint32_t us[QUERIES];
};

static void must(int status, const struct diag *diag, const char *what)
{
    if (status >= 0)
        return;
    fprintf(stderr, "bench_road: %s: %s %s\n", what, status_text(status),
            diag == NULL ? "" : diag->text);
    abort();
}

static int64_t any_area(void *context, const char *code)
{
    (void)context;
    return code[0] != '\0';
}

static void make_county(struct bench *bench, uint32_t people)
{
    struct diag diag = {0};
    const struct county_options options = {.seed = 1, .people = people, .today_ms = NOW};
    struct road_import_result result;
    char in[96], out[96];
    size_t size;
    snprintf(bench->folder, sizeof(bench->folder), "/tmp/muster-bench-XXXXXX");
    if (mkdtemp(bench->folder) == NULL)
        abort();
    must(county_write(bench->folder, &options, &diag), &diag, "county");
    snprintf(in, sizeof(in), "%s/roads.osm", bench->folder);
    snprintf(out, sizeof(out), "%s/roads.graph", bench->folder);
    must(road_import_osm(in, out, &(struct road_import_options){0}, &result, &diag),
         &diag, "roads");
    must(road_open(&bench->road, out, &diag), &diag, "roads");
    snprintf(in, sizeof(in), "%s/people.csv", bench->folder);
    must(file_read(in, FILE_MAX, &bench->csv, &size, &diag), &diag, "people");
    skill_table_init(&bench->skills);
    const struct people_csv_config config = {
        .skills = &bench->skills, .road = bench->road, .area = any_area};
    must(people_csv_parse(bench->csv, size, &config, &bench->people, &diag), &diag,
         "people");
}

static void fill_crowd(struct bench *bench)
{
    const struct diag none = {0};
    must(road_hierarchy_new(&bench->hierarchy, bench->road), &none, "hierarchy");
    const struct crowd_config config = {.road = bench->road,
                                        .hierarchy = bench->hierarchy,
                                        .skills = &bench->skills,
                                        .weekly_cap = 3,
                                        .people_max = bench->people.count};
    must(crowd_new(&bench->crowd, &config), &none, "crowd");
    int64_t start = clock_mono_us(clock_system());
    for (uint32_t i = 0; i < bench->people.count; i++) {
        bench->people.rows[i].crowd.id = (int64_t)i + 1;
        must(crowd_put(bench->crowd, &bench->people.rows[i].crowd), &none, "crowd");
    }
    crowd_arrange(bench->crowd);
    bench->snap_s = (double)(clock_mono_us(clock_system()) - start) / 1e6;
}

/* Incidents happen where people live. */
static struct crowd_query next_query(struct bench *bench, const char *skill)
{
    uint32_t who = (uint32_t)random_below(&bench->random.super, bench->people.count);
    struct crowd_query query = {.at = bench->people.rows[who].crowd.home,
                                .flags = CROWD_OWN_MODE,
                                .time_ms = NOW,
                                .count = COUNT,
                                .ms_max = ROAD_MS_NONE};
    if (skill != NULL)
        skill_set_add(&query.skills, (uint32_t)skill_find(&bench->skills, skill));
    return query;
}

static int by_value(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void measure(struct bench *bench, const char *name, const char *skill,
                    unsigned flags)
{
    double considered = 0;
    for (uint32_t i = 0; i < QUERIES; i++) {
        struct crowd_query query = next_query(bench, skill);
        struct crowd_answer answer;
        struct diag diag = {0};
        query.flags |= flags;
        int64_t start = clock_mono_us(clock_system());
        int status = crowd_nearest(bench->crowd, &query, &answer, &diag);
        bench->us[i] = (uint32_t)(clock_mono_us(clock_system()) - start);
        if (status == ST_OK)
            considered += answer.considered;
        crowd_answer_release(&answer);
    }
    qsort(bench->us, QUERIES, sizeof(*bench->us), by_value);
    printf(",\"%s\":{\"median_us\":%u,\"p95_us\":%u,\"max_us\":%u,\"considered\":%.1f}",
           name, bench->us[QUERIES / 2], bench->us[QUERIES * 95 / 100],
           bench->us[QUERIES - 1], considered / QUERIES);
}

/* ---- the plain way
 * ------------------------------------------------------------------------------ */

/* A person who may be asked, at the place of the hour, snapped in the own mode: what the
 * crowd too has done before the question. */
struct plain {
    struct road_search *search;
    struct road_spot *spots[ROAD_MODE_COUNT]; /* of those who travel so */
    uint32_t counts[ROAD_MODE_COUNT];
    uint32_t *ms; /* to the incident, of everybody */
};

static uint32_t by_plain_way(struct bench *bench, struct plain *plain, struct point at)
{
    uint32_t count = 0;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        struct road_spot incident;
        if (plain->counts[mode] == 0 ||
            !road_snap(bench->road, (enum road_mode)mode, at, ROAD_SNAP_M_MAX, &incident))
            continue;
        const struct road_matrix matrix = {.mode = (enum road_mode)mode,
                                           .from = plain->spots[mode],
                                           .to = &incident,
                                           .from_count = plain->counts[mode],
                                           .to_count = 1};
        must(road_matrix(plain->search, &matrix, plain->ms + count), NULL, "matrix");
        count += plain->counts[mode];
    }
    qsort(plain->ms, count, sizeof *plain->ms, by_value);
    return count;
}

/* On duty or not: of everybody who may be asked at all only the ways are compared. */
static struct crowd_query plain_query(struct bench *bench)
{
    struct crowd_query query = next_query(bench, NULL);
    query.flags |= CROWD_LIFT_DUTY;
    return query;
}

static void fill_plain(struct bench *bench, struct plain *plain)
{
    struct crowd_query query = plain_query(bench);
    struct crowd_answer answer;
    struct diag diag = {0};
    query.count = bench->people.count;
    must(crowd_nearest(bench->crowd, &query, &answer, &diag), &diag, "nearest");
    must(road_search_new(&plain->search, bench->road), NULL, "search");
    plain->ms = mem_calloc(answer.count + 1u, sizeof *plain->ms);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        plain->spots[mode] = mem_calloc(answer.count + 1u, sizeof *plain->spots[mode]);
    for (uint32_t i = 0; i < answer.count; i++) {
        const struct crowd_person *person =
            &bench->people.rows[answer.candidates[i].id - 1].crowd;
        uint32_t place = answer.candidates[i].place;
        struct point at = place == 0 ? person->home : person->places[place - 1].at;
        uint32_t *count = &plain->counts[person->mode];
        if (road_snap(bench->road, person->mode, at, ROAD_SNAP_M_MAX,
                      &plain->spots[person->mode][*count]))
            ++*count;
    }
    crowd_answer_release(&answer);
}

/* Returns how many questions had another answer. */
static int compare_with_plain(struct bench *bench)
{
    struct plain plain = {0};
    uint32_t us[PLAIN_QUERIES];
    int wrong = 0;
    fill_plain(bench, &plain);
    for (int i = 0; i < PLAIN_QUERIES; i++) {
        struct crowd_query query = plain_query(bench);
        struct crowd_answer answer;
        struct diag diag = {0};
        must(crowd_nearest(bench->crowd, &query, &answer, &diag), &diag, "nearest");
        int64_t start = clock_mono_us(clock_system());
        uint32_t count = by_plain_way(bench, &plain, query.at);
        us[i] = (uint32_t)(clock_mono_us(clock_system()) - start);
        bool same = count >= answer.count;
        for (uint32_t k = 0; same && k < answer.count; k++)
            same = plain.ms[k] == answer.candidates[k].ms;
        wrong += !same;
        crowd_answer_release(&answer);
    }
    qsort(us, PLAIN_QUERIES, sizeof us[0], by_value);
    printf(",\"plain\":{\"questions\":%d,\"median_us\":%u,\"other_answers\":%d}",
           PLAIN_QUERIES, us[PLAIN_QUERIES / 2], wrong);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        mem_free(plain.spots[mode]);
    mem_free(plain.ms);
    road_search_free(plain.search);
    return wrong;
}

static void clean(struct bench *bench)
{
    static const char *const FILES[] = {"roads.osm", "roads.graph", "areas.csv",
                                        "sites.csv", "people.csv",  "teams.csv"};
    char path[128];
    for (size_t i = 0; i < COUNT_OF(FILES); i++) {
        snprintf(path, sizeof(path), "%s/%s", bench->folder, FILES[i]);
        unlink(path);
    }
    rmdir(bench->folder);
    crowd_free(bench->crowd);
    road_hierarchy_free(bench->hierarchy);
    road_free(bench->road);
    people_csv_release(&bench->people);
    mem_free(bench->csv);
    mem_free(bench);
}

int main(int argc, char **argv)
{
    struct bench *bench = mem_calloc(1, sizeof(*bench));
    long people = argc > 1 ? strtol(argv[1], NULL, 10) : 100000;
    if (bench == NULL || people < COUNTY_PEOPLE_MIN || people > COUNTY_PEOPLE_MAX)
        return 2;
    setenv("TZ", "Asia/Shanghai", 1);
    random_seeded_init(&bench->random, 42);
    make_county(bench, (uint32_t)people);
    fill_crowd(bench);
    printf("{\"bench\":\"road\",\"people\":%u,\"nodes\":%u,\"count\":%d,\"queries\":%d,"
           "\"put_s\":%.2f",
           bench->people.count, road_node_count(bench->road), COUNT, QUERIES,
           bench->snap_s);
    measure(bench, "anybody", NULL, 0);
    measure(bench, "first_aid", "first-aid", 0);
    measure(bench, "nurse", "nurse", 0);
    measure(bench, "anybody_people_only", NULL, CROWD_QUICK);
    measure(bench, "first_aid_people_only", "first-aid", CROWD_QUICK);
    measure(bench, "nurse_people_only", "nurse", CROWD_QUICK);
    int wrong = compare_with_plain(bench);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf(",\"peak_memory_mb\":%.0f}\n", (double)usage.ru_maxrss / 1024);
    clean(bench);
    return wrong == 0 ? 0 : 1;
}
