/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest at any selectivity, moves, and what a person costs, on a road graph.
 *
 *     build/release/bench/bench_crowd GRAPH [PEOPLE [QUESTIONS [METRES]]]
 *
 * GRAPH is a file that `import roads` made, or PREFIX of PREFIX.gr[.gz] and
 * PREFIX.co[.gz] with milliseconds. People live at random nodes, up to METRES (100) away
 * in each direction (0: on the nodes, as others measure it), and drive; one in 10, 20,
 * 50, 100, 1,000 and 10,000 has a skill of the name. They are put in by all cores. Prints
 * one JSON document; times are thread CPU time. Exit 1 if an answer is not that of the
 * plain way: one search over all from the incident, everybody looked at (of more than a
 * million only for rare skills: it takes minutes). */
#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "crowd/crowd.h"
#include "road/hierarchy.h"
#include "road/import.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COUNT 50
#define SKILLS 6
#define RARE 3 /* the first that is compared with more than a million people */
#define CHUNK 4096
#define THREADS_MAX 16
#define SAMPLES_MAX 100000
#define MOVES 200000
#define CHECKED 8
#define METRE_E7 90
#define METRES_MAX 1000
#define NOW INT64_C(1795478400000) /* Tue 2026-11-24 08:00 in Shanghai */

static const char *const SKILL_NAMES[SKILLS] = {
    "one-in-10", "one-in-20", "one-in-50", "one-in-100", "one-in-1000", "one-in-10000"};
static const uint32_t ONE_IN[SKILLS] = {10, 20, 50, 100, 1000, 10000};

struct bench {
    struct road *road;
    struct road_hierarchy *hierarchy;
    struct road_search *search;
    struct crowd *crowd;
    struct skill_table *skills;
    struct random_seeded random;
    uint32_t people, questions;
    uint32_t apart_e7;   /* from a node, at most */
    atomic_uint next;    /* of the people to put in */
    struct point *homes; /* by id - 1 */
    uint8_t *held;       /* bits of skills */
    double whole_us;     /* D */
    double us[SAMPLES_MAX];
    int wrong;
};

static void must(int status, const char *what, const struct diag *diag)
{
    if (status >= 0)
        return;
    fprintf(stderr, "bench_crowd: %s: %s %s\n", what, status_text(status),
            diag == NULL ? "" : diag->text);
    abort();
}

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double wall_s(void)
{
    return (double)clock_mono_us(clock_system()) / 1e6;
}

/* VmRSS or VmHWM, in MB. */
static double memory_mb(const char *name)
{
    char line[256];
    double mb = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            mb = strtod(line + strlen(name) + 1, NULL) / 1024;
    if (file != NULL)
        fclose(file);
    return mb;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void print_times(struct bench *bench, uint32_t count)
{
    qsort(bench->us, count, sizeof bench->us[0], by_value);
    printf("\"median_us\":%.1f,\"p95_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f",
           bench->us[count / 2], bench->us[count * 95 / 100], bench->us[count * 99 / 100],
           bench->us[count - 1]);
    if (bench->us[count / 2] > 0)
        printf(",\"of_whole\":\"1/%.0f\"", bench->whole_us / bench->us[count / 2]);
    fflush(stdout);
}

/* ---- the world -----------------------------------------------------------------------
 */

static void open_graph(struct bench *bench, const char *name)
{
    struct diag diag = {0};
    char gr[512], co[512], out[] = "/tmp/muster-bench-XXXXXX";
    struct road_import_result result;
    const char *end = "";
    snprintf(gr, sizeof gr, "%s.gr.gz", name);
    if (access(gr, R_OK) == 0)
        end = ".gz";
    snprintf(gr, sizeof gr, "%s.gr%s", name, end);
    snprintf(co, sizeof co, "%s.co%s", name, end);
    if (access(gr, R_OK) != 0) {
        must(road_open(&bench->road, name, &diag), name, &diag);
        return;
    }
    int file = mkstemp(out);
    if (file < 0)
        abort();
    close(file);
    must(road_import_dimacs(gr, co, 0.001, out, &(struct road_import_options){0}, &result,
                            &diag),
         name, &diag);
    must(road_open(&bench->road, out, &diag), out, &diag);
    unlink(out);
}

static void shift(const struct bench *bench, struct random *random, struct point *at)
{
    int32_t apart = (int32_t)bench->apart_e7;
    at->lat_e7 += (int32_t)random_below(random, 2 * bench->apart_e7 + 1) - apart;
    at->lon_e7 += (int32_t)random_below(random, 2 * bench->apart_e7 + 1) - apart;
}

static struct point place_by(const struct bench *bench, struct random *random)
{
    struct point at = road_node_point(
        bench->road, (uint32_t)random_below(random, road_node_count(bench->road)));
    shift(bench, random, &at);
    return at;
}

static struct point random_place(struct bench *bench)
{
    return place_by(bench, &bench->random.super);
}

static void make_person(struct bench *bench, struct random *random, uint32_t i,
                        struct crowd_person *ret)
{
    *ret = (struct crowd_person){
        .id = (int64_t)i + 1, .mode = ROAD_CAR, .birth_day = INT32_MIN, .area = i % 5000};
    snprintf(ret->number, sizeof ret->number, "V%08u", i);
    ret->home = bench->homes[i] = place_by(bench, random);
    for (int s = 0; s < SKILLS; s++)
        if (random_below(random, ONE_IN[s]) == 0) {
            bench->held[i] |= (uint8_t)(1u << s);
            skill_set_add(&ret->skills,
                          (uint32_t)skill_find(bench->skills, SKILL_NAMES[s]));
        }
}

/* Takes chunks of people until none is left. */
static void *put_chunks(void *context)
{
    struct bench *bench = context;
    uint32_t from;
    while ((from = atomic_fetch_add(&bench->next, CHUNK)) < bench->people) {
        struct random_seeded random;
        random_seeded_init(&random, from + 1u);
        for (uint32_t i = from; i < from + CHUNK && i < bench->people; i++) {
            struct crowd_person person;
            make_person(bench, &random.super, i, &person);
            must(crowd_put(bench->crowd, &person), "put", NULL);
        }
    }
    return NULL;
}

static void put_all(struct bench *bench)
{
    pthread_t threads[THREADS_MAX];
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    count = count < 1 ? 1 : count > THREADS_MAX ? THREADS_MAX : count;
    for (long i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, put_chunks, bench) != 0)
            abort();
    for (long i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static double process_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void fill(struct bench *bench)
{
    bench->homes = mem_calloc(bench->people, sizeof *bench->homes);
    bench->held = mem_calloc(bench->people, 1);
    bench->skills = mem_alloc(sizeof *bench->skills);
    if (bench->homes == NULL || bench->held == NULL || bench->skills == NULL)
        abort();
    skill_table_init(bench->skills);
    for (int s = 0; s < SKILLS; s++)
        must(skill_add(bench->skills, SKILL_NAMES[s], NULL, NULL), "skills", NULL);
    const struct crowd_config config = {.road = bench->road,
                                        .hierarchy = bench->hierarchy,
                                        .skills = bench->skills,
                                        .weekly_cap = 3,
                                        .people_max = CROWD_PEOPLE_MAX};
    must(crowd_new(&bench->crowd, &config), "crowd", NULL);
    double before = memory_mb("VmRSS"), cpu = process_us(), wall = wall_s();
    put_all(bench);
    double arrange = wall_s();
    crowd_arrange(bench->crowd);
    double after = memory_mb("VmRSS");
    double own = (double)bench->people * (sizeof *bench->homes + 1) / (1024 * 1024);
    printf(",\"put\":{\"us_each\":%.2f,\"wall_s\":%.1f,\"arrange_wall_s\":%.1f,"
           "\"bytes_each\":%.0f}",
           (process_us() - cpu) / bench->people, wall_s() - wall, wall_s() - arrange,
           (after - before - own) * 1024 * 1024 / bench->people);
}

static void measure_whole(struct bench *bench)
{
    for (int i = 0; i < 7; i++) {
        struct road_spot spot;
        struct road_settled settled;
        if (!road_snap(bench->road, ROAD_CAR, random_place(bench), ROAD_SNAP_M_MAX,
                       &spot))
            abort();
        double start = cpu_us();
        must(road_search_start(bench->search, ROAD_CAR, ROAD_TO, &spot), "search", NULL);
        while (road_search_next(bench->search, &settled))
            ;
        bench->us[i] = cpu_us() - start;
    }
    qsort(bench->us, 7, sizeof bench->us[0], by_value);
    bench->whole_us = bench->us[3];
    printf(",\"whole_search_us\":%.0f", bench->whole_us);
}

/* What of each question is the way to the road, and the clock itself. */
static void measure_snap(struct bench *bench)
{
    const uint32_t count = 2000;
    for (int snaps = 1; snaps >= 0; snaps--) {
        for (uint32_t i = 0; i < count; i++) {
            struct point at = random_place(bench);
            struct road_spot spot;
            double start = cpu_us();
            if (snaps && !road_snap(bench->road, ROAD_CAR, at, ROAD_SNAP_M_MAX, &spot))
                abort();
            bench->us[i] = cpu_us() - start;
        }
        qsort(bench->us, count, sizeof bench->us[0], by_value);
        printf(",\"%s\":%.2f", snaps ? "snap_us" : "clock_us", bench->us[count / 2]);
    }
}

/* ---- questions ------------------------------------------------------------------------
 */

static struct crowd_query next_query(struct bench *bench, int skill)
{
    struct crowd_query query = {.at = random_place(bench),
                                .mode = ROAD_CAR,
                                .flags = CROWD_QUICK,
                                .time_ms = NOW,
                                .count = COUNT,
                                .ms_max = ROAD_MS_NONE};
    if (skill >= 0)
        skill_set_add(&query.skills,
                      (uint32_t)skill_find(bench->skills, SKILL_NAMES[skill]));
    return query;
}

/* What kind of question, beside the flags of crowd.h. */
enum { FROM_NODE = 1u << 30, AGAIN = 1u << 31 };

/* FROM_NODE: from a node of the network, with nothing to snap. AGAIN: each question a
 * second time, its memory is warm. */
static void measure(struct bench *bench, const char *name, int skill, unsigned way,
                    uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct crowd_query query = next_query(bench, skill);
        struct crowd_answer answer;
        struct diag diag = {0};
        struct road_spot spots[ROAD_MODE_COUNT] = {0};
        if ((way & FROM_NODE) != 0) {
            uint32_t node = (uint32_t)random_below(&bench->random.super,
                                                   road_node_count(bench->road));
            query.at = road_node_point(bench->road, node);
            if (!road_snap(bench->road, query.mode, query.at, 1, &spots[query.mode]))
                abort();
            query.spots = spots;
        }
        query.flags |= way & ~(FROM_NODE | AGAIN);
        if ((way & AGAIN) != 0) {
            must(crowd_nearest(bench->crowd, &query, &answer, &diag), "nearest", &diag);
            crowd_answer_release(&answer);
        }
        if ((way & CROWD_APPLY_CAP) != 0) /* with everything that is told of an answer */
            query.flags &= ~(unsigned)CROWD_QUICK;
        double start = cpu_us();
        int status = crowd_nearest(bench->crowd, &query, &answer, &diag);
        bench->us[i] = cpu_us() - start;
        must(status, "nearest", &diag);
        crowd_answer_release(&answer);
    }
    printf("%s\"%s\":{", name[0] == 'c' ? "" : ",", name);
    print_times(bench, count);
    printf("}");
}

static void measure_skill(struct bench *bench, int skill)
{
    uint32_t few = bench->questions / 10 < 10 ? 10 : bench->questions / 10;
    printf(",\"%s\":{", skill < 0 ? "everyone" : SKILL_NAMES[skill]);
    measure(bench, "chosen", skill, 0, bench->questions);
    measure(bench, "from_node", skill, FROM_NODE, bench->questions);
    measure(bench, "from_node_again", skill, FROM_NODE | AGAIN, bench->questions);
    measure(bench, "walk", skill, CROWD_WALK, few);
    if (skill >= 0)
        measure(bench, "holders", skill, CROWD_HOLDERS, few);
    measure(bench, "with_counts", skill, CROWD_APPLY_CAP, few);
    measure(bench, "without_metres", skill, CROWD_APPLY_CAP | CROWD_NO_METRES, few);
    printf("}");
}

/* ---- the plain way --------------------------------------------------------------------
 */

struct plain {
    double metres;
    uint32_t ms, id;
};

static int by_ms(const void *a, const void *b)
{
    const struct plain *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int by_metres(const void *a, const void *b)
{
    const struct plain *x = a, *y = b;
    return (x->metres > y->metres) - (x->metres < y->metres);
}

/* Everybody with the skill, by time. The times by one search, from end to end. */
static uint32_t plain_all(struct bench *bench, const struct crowd_query *query, int skill,
                          struct plain *ret)
{
    struct road_spot incident, spot;
    struct road_settled settled;
    uint32_t count = 0, metres;
    if (!road_snap(bench->road, ROAD_CAR, query->at, ROAD_SNAP_M_MAX, &incident))
        abort();
    must(road_search_start(bench->search, ROAD_CAR, ROAD_TO, &incident), "search", NULL);
    while (road_search_next(bench->search, &settled))
        ;
    for (uint32_t i = 0; i < bench->people; i++) {
        if (skill >= 0 && (bench->held[i] >> skill & 1) == 0)
            continue;
        if (!road_snap(bench->road, ROAD_CAR, bench->homes[i], ROAD_SNAP_M_MAX, &spot))
            continue;
        uint64_t best =
            road_spot_direct_ms(bench->road, NULL, ROAD_CAR, &spot, &incident, &metres);
        for (int end = 0; end < 2; end++) {
            uint32_t ms;
            if (spot.out_ms[end] != ROAD_MS_NONE &&
                road_search_label(bench->search, spot.node[end], &ms, &metres) &&
                (uint64_t)ms + spot.out_ms[end] < best)
                best = (uint64_t)ms + spot.out_ms[end];
        }
        ret[count++] =
            (struct plain){.metres = point_distance_m(bench->homes[i], query->at),
                           .ms = (uint32_t)best,
                           .id = i + 1};
    }
    return count;
}

static double in_straight_line(struct plain *all, uint32_t count,
                               const struct crowd_answer *answer)
{
    uint32_t found = 0;
    qsort(all, count, sizeof *all, by_metres);
    for (uint32_t i = 0; i < COUNT && i < count; i++)
        for (uint32_t j = 0; j < answer->count; j++)
            found += all[i].id == answer->candidates[j].id;
    return (double)found / answer->count;
}

/* Recall of ours, by every way, and of the straight line; time of the plain way. */
static void compare(struct bench *bench, int skill)
{
    static const unsigned ways[] = {0, CROWD_WALK, CROWD_HOLDERS};
    struct plain *all = mem_calloc(bench->people, sizeof *all);
    double straight = 0, ours = 0;
    uint32_t rounds = bench->people > 1000000 && skill < 5 ? 2 : CHECKED;
    if (all == NULL)
        abort();
    for (uint32_t i = 0; i < rounds; i++) {
        struct crowd_query query = next_query(bench, skill);
        double start = cpu_us();
        uint32_t count = plain_all(bench, &query, skill, all);
        qsort(all, count, sizeof *all, by_ms);
        bench->us[i] = cpu_us() - start;
        struct crowd_answer answer = {0};
        for (size_t w = 0; w < COUNT_OF(ways); w++) {
            crowd_answer_release(&answer);
            query.flags = CROWD_QUICK | ways[w];
            must(crowd_nearest(bench->crowd, &query, &answer, NULL), "nearest", NULL);
            uint32_t same = 0, want = count < COUNT ? count : COUNT;
            for (uint32_t k = 0; k < want && k < answer.count; k++)
                same += answer.candidates[k].id == all[k].id &&
                        answer.candidates[k].ms == all[k].ms;
            ours += (double)same / want / COUNT_OF(ways);
            bench->wrong += same != want || answer.count != want;
        }
        straight += in_straight_line(all, count, &answer);
        crowd_answer_release(&answer);
    }
    mem_free(all);
    printf(",\"recall_%s\":{\"ours\":%.3f,\"straight_line\":%.3f,\"plain_way\":{",
           skill < 0 ? "everyone" : SKILL_NAMES[skill], ours / rounds, straight / rounds);
    print_times(bench, rounds);
    printf("}}");
}

/* ---- moves ----------------------------------------------------------------------------
 */

struct mover {
    struct bench *bench;
    struct random_seeded random;
    atomic_bool stop;
    atomic_uint moves;
    bool paced; /* 100,000 a second */
    double us[SAMPLES_MAX];
    uint32_t samples;
};

/* Somebody drives on: some hundred metres from home. */
static void move_one(struct mover *mover)
{
    struct bench *bench = mover->bench;
    struct random *random = &mover->random.super;
    uint32_t who = (uint32_t)random_below(random, bench->people);
    struct point at = bench->homes[who];
    shift(bench, random, &at);
    double start = cpu_us();
    crowd_move(bench->crowd, (int64_t)who + 1, &at);
    if (mover->samples < SAMPLES_MAX)
        mover->us[mover->samples++] = cpu_us() - start;
    atomic_fetch_add(&mover->moves, 1);
}

static void *move_beside(void *context)
{
    struct mover *mover = context;
    double start = wall_s();
    while (!atomic_load(&mover->stop)) {
        if (mover->paced && atomic_load(&mover->moves) > 100000 * (wall_s() - start)) {
            usleep(100);
            continue;
        }
        move_one(mover);
    }
    return NULL;
}

static void measure_moves(struct bench *bench)
{
    struct mover *mover = mem_calloc(1, sizeof *mover);
    pthread_t thread;
    if (mover == NULL)
        abort();
    mover->bench = bench;
    random_seeded_init(&mover->random, 9);
    double start = cpu_us();
    for (uint32_t i = 0; i < MOVES; i++)
        move_one(mover);
    double each = (cpu_us() - start) / MOVES;
    memcpy(bench->us, mover->us, mover->samples * sizeof bench->us[0]);
    printf(",\"move\":{\"us_each\":%.2f,", each);
    print_times(bench, mover->samples);
    mover->samples = 0;
    mover->paced = true;
    atomic_store(&mover->moves, 0);
    if (pthread_create(&thread, NULL, move_beside, mover) != 0)
        abort();
    double begun = wall_s();
    uint32_t count = 0;
    while (wall_s() - begun < 3 && count < SAMPLES_MAX) {
        struct crowd_query query = next_query(bench, 1);
        struct crowd_answer answer;
        double from = wall_s();
        must(crowd_nearest(bench->crowd, &query, &answer, NULL), "nearest", NULL);
        bench->us[count++] = (wall_s() - from) * 1e6;
        crowd_answer_release(&answer);
    }
    double seconds = wall_s() - begun;
    atomic_store(&mover->stop, true);
    pthread_join(thread, NULL);
    printf("},\"moves_beside_questions\":{\"moves_per_s\":%.0f,\"questions_per_s\":%.0f,"
           "\"question_wall\":{",
           atomic_load(&mover->moves) / seconds, count / seconds);
    print_times(bench, count);
    memcpy(bench->us, mover->us, mover->samples * sizeof bench->us[0]);
    printf("},\"move_cpu\":{");
    print_times(bench, mover->samples);
    printf("}}");
    mem_free(mover);
}

int main(int argc, char **argv)
{
    struct bench *bench = mem_calloc(1, sizeof *bench);
    if (bench == NULL || argc < 2) {
        fprintf(stderr, "usage: bench_crowd GRAPH [PEOPLE [QUESTIONS [METRES]]]\n");
        return 2;
    }
    setenv("TZ", "Asia/Shanghai", 1);
    bench->people = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 100000;
    bench->questions = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 2000;
    uint32_t metres = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 100;
    bench->apart_e7 = metres * METRE_E7;
    if (metres > METRES_MAX || bench->people < COUNT ||
        bench->people > CROWD_PEOPLE_MAX || bench->questions < 1 ||
        bench->questions > SAMPLES_MAX)
        return 2;
    random_seeded_init(&bench->random, 42);
    open_graph(bench, argv[1]);
    must(road_search_new(&bench->search, bench->road), "search", NULL);
    printf("{\"bench\":\"crowd\",\"nodes\":%u,\"people\":%u,\"count\":%d,"
           "\"questions\":%u,\"metres\":%u",
           road_node_count(bench->road), bench->people, COUNT, bench->questions, metres);
    measure_whole(bench);
    measure_snap(bench);
    must(road_hierarchy_new(&bench->hierarchy, bench->road), "hierarchy", NULL);
    printf(",\"rss_before_mb\":%.0f", memory_mb("VmRSS"));
    fill(bench);
    for (int skill = -1; skill < SKILLS; skill++)
        measure_skill(bench, skill);
    printf(",\"rss_mb\":%.0f", memory_mb("VmRSS"));
    for (int skill = bench->people > 1000000 ? RARE : -1; skill < SKILLS; skill++)
        compare(bench, skill);
    measure_moves(bench);
    printf(",\"peak_mb\":%.0f,\"other_answers\":%d}\n", memory_mb("VmHWM"), bench->wrong);
    crowd_free(bench->crowd);
    road_hierarchy_free(bench->hierarchy);
    road_search_free(bench->search);
    road_free(bench->road);
    return bench->wrong == 0 ? 0 : 1;
}
