/* SPDX-License-Identifier: Apache-2.0 */
/* Parts, one behind the other, padded to 8 bytes:
 *
 *     struct part {kind, count, size}, size bytes
 *
 * HEAD is the first one, END the last. Structs stand as they lie in memory: the reader is
 * the same program. */
#include "drill/parcel.h"

#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "crowd/image.h"
#include "drill/roster.h"
#include "drill/world.h"
#include "plan/learn_keep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC UINT64_C(0x314c43524d54534d)
#define M_PER_DEGREE 111195.0
#define RADIANS 0.017453292519943295
#define NEAR_M 2000.0
#define FAR_M 60000000.0 /* everywhere */

enum part_kind {
    PART_HEAD,
    PART_ROADS, /* where their file lies */
    PART_SKILLS,
    PART_CALENDAR,
    PART_SCENARIO,
    PART_VALUES,
    PART_PEOPLE,
    PART_ALERTS,
    PART_LEARNED,
    PART_END,
};

struct part {
    uint32_t kind, count; /* people in it */
    uint64_t size;
};

struct head {
    uint64_t magic, basis, seed;
    uint32_t people, scenario_size;
};

struct alerted {
    int64_t person_id, at_ms;
};

/* ---- who is near
 * ---------------------------------------------------------------------------- */

struct near {
    int64_t id;
    double metres;
};

static int by_metres(const void *a, const void *b)
{
    const struct near *x = a, *y = b;
    if (x->metres < y->metres || x->metres > y->metres)
        return x->metres < y->metres ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static double metres_between(struct point a, struct point b, double cos_lat)
{
    double dy = ((double)a.lat_e7 - b.lat_e7) * 1e-7 * M_PER_DEGREE;
    double dx = ((double)a.lon_e7 - b.lon_e7) * 1e-7 * M_PER_DEGREE * cos_lat;
    return sqrt(dx * dx + dy * dy);
}

static int32_t clamp_e7(double degrees, double most)
{
    return (int32_t)(1e7 * fmax(-most, fmin(most, degrees)));
}

static struct box box_around(struct point middle, double metres, double cos_lat)
{
    double lat = metres / M_PER_DEGREE, lon = lat / fmax(cos_lat, 0.01);
    double y = point_lat(middle), x = point_lon(middle);
    return (struct box){{clamp_e7(y - lat, 90), clamp_e7(x - lon, 180)},
                        {clamp_e7(y + lat, 90), clamp_e7(x + lon, 180)}};
}

/* Those within METRES into *RET, the nearest first; at most MOST are counted. */
static int list_within(const struct parcel_config *config, double metres,
                       struct near **ret, uint32_t *ret_count)
{
    const struct scenario *scenario = config->scenario;
    struct point middle = scenario->people.middle;
    double cos_lat = cos(RADIANS * point_lat(middle));
    struct crowd_whereabouts_list list = {0};
    uint32_t count = 0;
    int status = crowd_list_in(config->crowd, box_around(middle, metres, cos_lat),
                               scenario->start_ms, &list);
    struct near *near = status == ST_OK ? mem_calloc(list.count + 1, sizeof *near) : NULL;
    if (status == ST_OK && near == NULL)
        status = ST_NO_MEMORY;
    for (uint32_t i = 0; i < list.count && status == ST_OK; i++) {
        double m = metres_between(list.items[i].at, middle, cos_lat);
        if (m <= metres)
            near[count++] = (struct near){list.items[i].id, m};
    }
    mem_free(list.items);
    if (status != ST_OK)
        return status;
    qsort(near, count, sizeof *near, by_metres);
    *ret = near;
    *ret_count = count;
    return ST_OK;
}

/* The circle grows until it holds enough. */
int parcel_near(const struct parcel_config *config, int64_t **ret, uint32_t *ret_count)
{
    bool is_small = crowd_count(config->crowd) <= SCENARIO_PEOPLE_MAX;
    struct near *near = NULL;
    uint32_t count = 0;
    for (double m = is_small ? FAR_M : NEAR_M;; m *= 2) {
        int status = list_within(config, m, &near, &count);
        if (status != ST_OK)
            return status;
        if (count >= SCENARIO_PEOPLE_MAX || m >= FAR_M)
            break;
        mem_free(near);
    }
    count = count < SCENARIO_PEOPLE_MAX ? count : SCENARIO_PEOPLE_MAX;
    int64_t *ids = mem_calloc(count + 1, sizeof *ids);
    for (uint32_t i = 0; i < count && ids != NULL; i++)
        ids[i] = near[i].id;
    mem_free(near);
    if (ids == NULL)
        return ST_NO_MEMORY;
    ids_sort(ids, count);
    *ret = ids;
    *ret_count = count;
    return ST_OK;
}

/* ---- writing
 * -------------------------------------------------------------------------------- */

static void append(struct text *ret, enum part_kind kind, uint32_t count,
                   const void *data, size_t size)
{
    static const char none[8];
    const struct part part = {kind, count, size};
    text_append(ret, (const char *)&part, sizeof part);
    if (size > 0)
        text_append(ret, data, size);
    text_append(ret, none, (8 - size % 8) % 8);
}

/* COUNT of the head: those who are there still. */
static int append_people(const struct parcel_config *config, struct text *ret,
                         uint32_t *ret_people)
{
    struct text part;
    uint32_t slot = 0, people = 0;
    uint64_t at = 0;
    int status;
    text_init(&part, CROWD_IMAGE_PART_MAX);
    do {
        status = crowd_image_some(config->crowd, config->ids, config->id_count, &slot,
                                  &part, &people);
        if (status == ST_OK && part.size > 0)
            append(ret, PART_PEOPLE, people, part.data, part.size);
        *ret_people += part.size > 0 ? people : 0;
    } while (status == ST_OK && part.size > 0);
    do {
        if (status == ST_OK)
            status = crowd_image_values(config->crowd, &at, &part);
        if (status == ST_OK && part.size > 0)
            append(ret, PART_VALUES, 0, part.data, part.size);
    } while (status == ST_OK && part.size > 0);
    text_release(&part);
    return status;
}

static void append_alerts(const struct parcel_config *config, struct text *ret)
{
    int64_t at_ms[CROWD_ALERTS_KEPT];
    for (uint32_t i = 0; i < config->id_count; i++) {
        uint32_t alerts = crowd_alert_times(config->crowd, config->ids[i], at_ms);
        for (uint32_t k = 0; k < alerts; k++) {
            const struct alerted alert = {config->ids[i], at_ms[k]};
            append(ret, PART_ALERTS, 1, &alert, sizeof alert);
        }
    }
}

static int append_learned(const struct parcel_config *config, struct text *ret)
{
    size_t size = learn_saved_size(config->learn);
    AUTO_FREE void *bytes = mem_alloc(size);
    if (bytes == NULL)
        return ST_NO_MEMORY;
    learn_save(config->learn, bytes);
    append(ret, PART_LEARNED, 0, bytes, size);
    return ST_OK;
}

int parcel_write(const struct parcel_config *config, struct text *ret)
{
    const struct calendar *calendar = config->calendar;
    struct head head = {.magic = MAGIC,
                        .basis = crowd_image_basis(config->crowd),
                        .seed = config->seed,
                        .scenario_size = sizeof *config->scenario};
    const size_t at = ret->size + sizeof(struct part);
    append(ret, PART_HEAD, 0, &head, sizeof head);
    append(ret, PART_ROADS, 0, config->road_path, strlen(config->road_path) + 1);
    append(ret, PART_SKILLS, 0, config->skills, sizeof *config->skills);
    append(ret, PART_CALENDAR, calendar->count, calendar->days,
           calendar->count * sizeof *calendar->days);
    append(ret, PART_SCENARIO, 0, config->scenario, sizeof *config->scenario);
    int status = append_people(config, ret, &head.people);
    if (status == ST_OK)
        status = append_learned(config, ret);
    append_alerts(config, ret);
    append(ret, PART_END, 0, NULL, 0);
    if (status == ST_OK)
        status = ret->status;
    if (status == ST_OK)
        memcpy(ret->data + at, &head, sizeof head); /* with the people */
    return status;
}

/* ---- reading
 * -------------------------------------------------------------------------------- */

struct parcel {
    struct head head;
    struct scenario scenario;
    struct skill_table skills;
    struct road *road;
    struct crowd *crowd;
    struct learn *learn;
    struct roster *roster;
};

struct bytes {
    const char *data;
    size_t size;
};

/* The part at *AT, which moves on. False behind the last, or where it is cut off. */
static bool next_part(struct bytes bytes, size_t *at, struct part *ret,
                      const char **ret_at)
{
    if (bytes.size - *at < sizeof *ret)
        return false;
    memcpy(ret, bytes.data + *at, sizeof *ret);
    *at += sizeof *ret;
    if (ret->size > bytes.size - *at)
        return false;
    *ret_at = bytes.data + *at;
    size_t whole = ret->size + (8 - ret->size % 8) % 8;
    *at += whole < bytes.size - *at ? whole : bytes.size - *at;
    return true;
}

/* The first part of a kind; NULL: there is none. */
static const char *find_part(struct bytes bytes, enum part_kind kind, struct part *ret)
{
    const char *data;
    for (size_t at = 0; next_part(bytes, &at, ret, &data);)
        if (ret->kind == kind)
            return data;
    return NULL;
}

/* A part that is exactly so long. */
static bool read_part(struct bytes bytes, enum part_kind kind, void *ret, size_t size)
{
    struct part part;
    const char *data = find_part(bytes, kind, &part);
    if (data == NULL || part.size != size)
        return false;
    memcpy(ret, data, size);
    return true;
}

static int damaged(struct diag *reterr)
{
    return diag_set(reterr, ST_CORRUPT, 0, 0, "parcel",
                    "is cut off or of another program");
}

static int open_crowd(struct parcel *parcel, struct bytes bytes)
{
    struct part part;
    const struct calendar_day *days =
        (const void *)find_part(bytes, PART_CALENDAR, &part);
    if (days == NULL || part.size != part.count * sizeof *days)
        return ST_CORRUPT;
    struct calendar calendar = {.count = part.count,
                                .days = (struct calendar_day *)(uintptr_t)days};
    const struct crowd_config config = {.road = parcel->road,
                                        .skills = &parcel->skills,
                                        .calendar = &calendar,
                                        .weekly_cap = parcel->scenario.weekly_cap,
                                        .people_max = SCENARIO_PEOPLE_MAX};
    int status = crowd_new(&parcel->crowd, &config);
    if (status == ST_OK && crowd_image_basis(parcel->crowd) != parcel->head.basis)
        status = ST_CORRUPT;
    return status;
}

/* All parts of a kind; FIRST counts the people before. */
static int restore_parts(struct crowd_restore *restore, struct bytes bytes,
                         enum part_kind kind)
{
    struct part part;
    const char *data;
    uint32_t first = 0;
    int status = ST_OK;
    for (size_t at = 0; status == ST_OK && next_part(bytes, &at, &part, &data);) {
        if (part.kind != kind)
            continue;
        status = kind == PART_VALUES
                     ? crowd_restore_values(restore, data, part.size)
                     : crowd_restore_people(restore, first, part.count, data, part.size);
        first += part.count;
    }
    return status == ST_OK && kind == PART_PEOPLE && first == 0 ? ST_NOT_FOUND : status;
}

static int fill_crowd(struct parcel *parcel, struct bytes bytes)
{
    struct crowd_restore *restore;
    int status = crowd_restore_new(&restore, parcel->crowd, parcel->head.people, NULL, 0);
    if (status != ST_OK)
        return status;
    status = restore_parts(restore, bytes, PART_VALUES);
    if (status == ST_OK)
        status = restore_parts(restore, bytes, PART_PEOPLE);
    if (status == ST_OK)
        status = crowd_restore_end(restore);
    crowd_restore_free(restore);
    struct part part;
    const char *data;
    for (size_t at = 0; status == ST_OK && next_part(bytes, &at, &part, &data);) {
        struct alerted alert;
        if (part.kind != PART_ALERTS || part.size != sizeof alert)
            continue;
        memcpy(&alert, data, sizeof alert);
        crowd_note_alert(parcel->crowd, alert.person_id, alert.at_ms);
    }
    return status;
}

static int open_learned(struct parcel *parcel, struct bytes bytes)
{
    struct part part;
    const char *data = find_part(bytes, PART_LEARNED, &part);
    return data == NULL ? ST_CORRUPT : learn_load(&parcel->learn, NULL, data, part.size);
}

static int unpack(struct parcel *parcel, struct bytes bytes, struct diag *reterr)
{
    struct part part;
    const char *path = find_part(bytes, PART_ROADS, &part);
    if (path == NULL || part.size == 0 || path[part.size - 1] != '\0' ||
        !read_part(bytes, PART_HEAD, &parcel->head, sizeof parcel->head) ||
        parcel->head.magic != MAGIC ||
        parcel->head.scenario_size != sizeof parcel->scenario ||
        !read_part(bytes, PART_SKILLS, &parcel->skills, sizeof parcel->skills) ||
        !read_part(bytes, PART_SCENARIO, &parcel->scenario, sizeof parcel->scenario) ||
        find_part(bytes, PART_END, &part) == NULL)
        return damaged(reterr);
    int status = road_open(&parcel->road, path, reterr);
    if (status != ST_OK)
        return status;
    status = open_crowd(parcel, bytes);
    if (status == ST_OK)
        status = fill_crowd(parcel, bytes);
    if (status == ST_OK)
        status = open_learned(parcel, bytes);
    if (status == ST_CORRUPT)
        return damaged(reterr);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, "parcel", "%s", status_text(status));
    const struct roster_config config = {parcel->road, &parcel->skills, parcel->crowd,
                                         parcel->learn};
    return roster_new(&parcel->roster, &config, &parcel->scenario, reterr);
}

int parcel_open(struct parcel **ret, const char *data, size_t size, struct diag *reterr)
{
    struct parcel *parcel = mem_calloc(1, sizeof *parcel);
    if (parcel == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "parcel", "no memory");
    int status = unpack(parcel, (struct bytes){data, size}, reterr);
    if (status != ST_OK) {
        parcel_free(parcel);
        return status;
    }
    *ret = parcel;
    return ST_OK;
}

void parcel_free(struct parcel *parcel)
{
    if (parcel == NULL)
        return;
    roster_free(parcel->roster);
    learn_free(parcel->learn);
    crowd_free(parcel->crowd);
    road_free(parcel->road);
    mem_free(parcel);
}

/* Whether anybody has all of these skills then, whatever the hour. */
static int find_one(const struct parcel *parcel, uint32_t skills, bool *ret)
{
    const struct scenario *scenario = &parcel->scenario;
    struct crowd_answer answer = {0};
    struct crowd_query query = {.at = scenario->people.middle,
                                .mode = ROAD_FOOT,
                                .flags = CROWD_OWN_MODE | CROWD_QUICK | CROWD_LIFT_DUTY,
                                .time_ms = scenario->start_ms,
                                .count = 1,
                                .ms_max = WORLD_TRAVEL_S_MAX * 1000};
    for (uint32_t i = 0; i < scenario->people.skill_count; i++)
        if ((skills >> i & 1) != 0)
            skill_set_add(
                &query.skills,
                (uint32_t)skill_find(&parcel->skills, scenario->people.skills[i].code));
    int status = crowd_nearest(parcel->crowd, &query, &answer, NULL);
    *ret = answer.count > 0;
    crowd_answer_release(&answer);
    return status;
}

int parcel_check_lines(const struct parcel *parcel, struct diag *reterr)
{
    const struct scenario_need *need = &parcel->scenario.needs[0];
    for (uint32_t i = 0; i < need->line_count; i++) {
        char where[32];
        bool is_there = true;
        int status = find_one(parcel, need->lines[i].skills, &is_there);
        if (status != ST_OK)
            return diag_set(reterr, status, 0, 0, "/at", "there is no road");
        (void)snprintf(where, sizeof where, "/lines/%u/skills", i);
        if (!is_there)
            return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, where,
                            "nobody has all of these skills");
    }
    return ST_OK;
}

const struct scenario *parcel_scenario(const struct parcel *parcel)
{
    return &parcel->scenario;
}

uint64_t parcel_seed(const struct parcel *parcel)
{
    return parcel->head.seed;
}
