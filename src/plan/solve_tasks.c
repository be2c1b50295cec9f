/* SPDX-License-Identifier: Apache-2.0 */
/* `solve tasks`: JSON in and out around tasks.c. In:
 *
 *     {"people":[{"number":"P1","at":{"lat":30.7,"lon":121.0},"skills":["boat"],
 *                 "places":2,"worked":0,"task":"T1","blocks":[0,1],
 *                 "seconds":{"T2":240},"travel_limit_s":900}],
 *      "tasks":[{"id":"T1","at":{..},"skills":["boat"],"count":3,"priority":1,
 *                "blocks":[0,1]}],
 *      "speed_m_s":4,"travel_limit_s":1800,"switch_s":300}
 *
 * A task without `blocks` has the block 0, a person without it is there in every block.
 * Who has `seconds` to a task travels so long, else the straight way at `speed_m_s`. */
#include "base/jsonread.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "geo/point.h"
#include "plan/solve.h"
#include "plan/tasks.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define ANSWER_SIZE_MAX (64u << 20)
#define SKILLS_MAX 64 /* different ones in a file */
#define BLOCK_WORDS ((TASKS_BLOCK_MAX + 64) / 64)
#define SPEED_DEFAULT 4.0
#define LIMIT_DEFAULT 1800

struct file_task {
    const char *id;
    struct point at;
    uint64_t skills;
    uint32_t count, priority, first_slot, slot_count;
};

struct file_person {
    const char *number;
    struct point at;
    uint64_t skills;
    const json_t *seconds;
    uint32_t limit_s;
    bool any_block;
    uint64_t blocks[BLOCK_WORDS];
};

struct file {
    const json_t *root;
    json_t *index; /* id of a task -> its number */
    const char *skills[SKILLS_MAX];
    uint32_t skill_count;
    struct file_task *tasks;
    uint32_t task_count;
    struct file_person *people;
    uint32_t person_count;
    struct tasks_slot *slots;
    struct tasks_person *rows; /* of the people */
    struct tasks_arc *arcs;
    uint32_t slot_count, slot_capacity, arc_count, arc_capacity;
    double speed;
    struct diag *reterr;
};

static int bad(struct file *file, const char *where, int64_t index, const char *what)
{
    if (index < 0)
        return diag_set(file->reterr, ST_INVALID, 0, 0, where, "%s", what);
    return diag_set(file->reterr, ST_INVALID, 0, 0, where, "number %lld: %s",
                    (long long)index, what);
}

static int check_members(struct file *file, const json_t *object, const char *where,
                         int64_t index, const char *known)
{
    const char *key;
    json_t *value;
    if (!json_is_object(object))
        return bad(file, where, index, "is no JSON object");
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        char word[40];
        (void)snprintf(word, sizeof(word), " %s ", key);
        if (strlen(key) > 30 || strchr(key, ' ') != NULL || strstr(known, word) == NULL)
            return bad(file, where, index, "has a member that is not known here");
    }
    return ST_OK;
}

/* A whole number; absent = FALLBACK. */
static int read_number(struct file *file, const json_t *object, const char *key,
                       uint32_t fallback, uint32_t min, uint32_t max, uint32_t *ret)
{
    const json_t *value = json_object_get(object, key);
    *ret = fallback;
    if (value == NULL)
        return ST_OK;
    if (!json_is_integer(value) || json_integer_value(value) < min ||
        json_integer_value(value) > max)
        return diag_set(file->reterr, ST_INVALID, 0, 0, key, "must be %u to %u", min,
                        max);
    *ret = (uint32_t)json_integer_value(value);
    return ST_OK;
}

static int read_point(struct file *file, const json_t *at, const char *where,
                      int64_t index, struct point *ret)
{
    const json_t *lat = json_object_get(at, "lat"), *lon = json_object_get(at, "lon");
    if (!json_is_number(lat) || !json_is_number(lon) || json_object_size(at) != 2 ||
        !point_from_degrees(json_number_value(lat), json_number_value(lon), ret))
        return bad(file, where, index, "`at` must be {\"lat\",\"lon\"} in degrees");
    return ST_OK;
}

/* The bits of a list of skills; new ones get the next bit. */
static int read_skills(struct file *file, const json_t *list, const char *where,
                       int64_t index, uint64_t *ret)
{
    *ret = 0;
    if (list != NULL && !json_is_array(list))
        return bad(file, where, index, "`skills` must be a list");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *skill = json_string_value(json_array_get(list, i));
        uint32_t bit = 0;
        if (skill == NULL)
            return bad(file, where, index, "`skills` must be a list of words");
        while (bit < file->skill_count && strcmp(file->skills[bit], skill) != 0)
            bit++;
        if (bit == SKILLS_MAX)
            return diag_set(file->reterr, ST_LIMIT, 0, 0, "skills",
                            "at most %d different ones", SKILLS_MAX);
        if (bit == file->skill_count)
            file->skills[file->skill_count++] = skill;
        *ret |= UINT64_C(1) << bit;
    }
    return ST_OK;
}

/* ---- tasks ---- */
static int add_slot(struct file *file, uint32_t task, uint32_t block)
{
    int status = mem_grow(&file->slots, &file->slot_capacity, file->slot_count + 1,
                          sizeof(*file->slots), TASKS_SLOTS_MAX);
    if (status == ST_LIMIT)
        return diag_set(file->reterr, status, 0, 0, "tasks",
                        "at most %d blocks of all tasks", TASKS_SLOTS_MAX);
    if (status == ST_OK)
        file->slots[file->slot_count++] = (struct tasks_slot){
            task, block, file->tasks[task].count, file->tasks[task].priority};
    return status;
}

static bool read_block(const json_t *value, uint32_t *ret)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > TASKS_BLOCK_MAX)
        return false;
    *ret = (uint32_t)json_integer_value(value);
    return true;
}

static int add_slots(struct file *file, uint32_t task, const json_t *blocks)
{
    file->tasks[task].first_slot = file->slot_count;
    if (blocks == NULL)
        return add_slot(file, task, 0);
    if (!json_is_array(blocks) || json_array_size(blocks) == 0)
        return bad(file, "tasks", task, "`blocks` must be a list that is not empty");
    uint64_t seen[BLOCK_WORDS] = {0};
    for (size_t i = 0; i < json_array_size(blocks); i++) {
        uint32_t block;
        if (!read_block(json_array_get(blocks, i), &block))
            return bad(file, "tasks", task, "a block must be 0 to 1000");
        if ((seen[block / 64] >> block % 64 & 1) != 0)
            return bad(file, "tasks", task, "a block stands there twice");
        seen[block / 64] |= UINT64_C(1) << block % 64;
        int status = add_slot(file, task, block);
        if (status < 0)
            return status;
    }
    return ST_OK;
}

static int read_task(struct file *file, uint32_t index, const json_t *object)
{
    struct file_task *task = &file->tasks[index];
    int status = check_members(file, object, "tasks", index,
                               " id at skills count priority blocks ");
    if (status < 0)
        return status;
    task->id = json_string_value(json_object_get(object, "id"));
    if (task->id == NULL || task->id[0] == '\0')
        return bad(file, "tasks", index, "needs an `id`");
    if (json_object_get(file->index, task->id) != NULL)
        return bad(file, "tasks", index, "has the `id` of another");
    if (json_object_set_new(file->index, task->id, json_integer(index)) != 0)
        return ST_NO_MEMORY;
    status = read_point(file, json_object_get(object, "at"), "tasks", index, &task->at);
    if (status == ST_OK)
        status = read_skills(file, json_object_get(object, "skills"), "tasks", index,
                             &task->skills);
    if (status == ST_OK)
        status = read_number(file, object, "count", 1, 1, TASKS_COUNT_MAX, &task->count);
    if (status == ST_OK)
        status = read_number(file, object, "priority", 1, 1, TASKS_PRIORITY_MAX,
                             &task->priority);
    if (status == ST_OK)
        status = add_slots(file, index, json_object_get(object, "blocks"));
    task->slot_count = file->slot_count - task->first_slot;
    return status;
}

/* ---- people ---- */
static int read_blocks(struct file *file, struct file_person *person, uint32_t index,
                       const json_t *blocks)
{
    person->any_block = blocks == NULL;
    if (blocks != NULL && !json_is_array(blocks))
        return bad(file, "people", index, "`blocks` must be a list");
    for (size_t i = 0; i < json_array_size(blocks); i++) {
        uint32_t block;
        if (!read_block(json_array_get(blocks, i), &block))
            return bad(file, "people", index, "a block must be 0 to 1000");
        person->blocks[block / 64] |= UINT64_C(1) << block % 64;
    }
    return ST_OK;
}

static int read_here(struct file *file, const json_t *object, uint32_t index)
{
    const json_t *task = json_object_get(object, "task");
    file->rows[index].task = TASKS_NONE;
    if (task == NULL)
        return ST_OK;
    const json_t *number = json_is_string(task)
                               ? json_object_get(file->index, json_string_value(task))
                               : NULL;
    if (number == NULL)
        return bad(file, "people", index, "`task` names no task of the file");
    file->rows[index].task = (uint32_t)json_integer_value(number);
    return ST_OK;
}

static int read_seconds(struct file *file, const json_t *object, uint32_t index)
{
    const char *key;
    json_t *value;
    const json_t *seconds = json_object_get(object, "seconds");
    file->people[index].seconds = seconds;
    if (seconds == NULL)
        return ST_OK;
    if (!json_is_object(seconds))
        return bad(file, "people", index, "`seconds` must be an object");
    json_object_foreach((json_t *)(uintptr_t)seconds, key, value)
    {
        if (json_object_get(file->index, key) == NULL)
            return bad(file, "people", index, "`seconds` names no task of the file");
        if (!json_is_number(value) || !(json_number_value(value) >= 0) ||
            json_number_value(value) > TASKS_SECONDS_MAX)
            return bad(file, "people", index, "`seconds` must be 0 to 100000");
    }
    return ST_OK;
}

static int read_person(struct file *file, uint32_t index, const json_t *object,
                       uint32_t limit_s)
{
    struct file_person *person = &file->people[index];
    int status = check_members(
        file, object, "people", index,
        " number at skills places worked task blocks seconds travel_limit_s ");
    if (status < 0)
        return status;
    person->number = json_string_value(json_object_get(object, "number"));
    if (person->number == NULL || person->number[0] == '\0')
        return bad(file, "people", index, "needs a `number`");
    status =
        read_point(file, json_object_get(object, "at"), "people", index, &person->at);
    if (status == ST_OK)
        status = read_skills(file, json_object_get(object, "skills"), "people", index,
                             &person->skills);
    if (status == ST_OK)
        status = read_number(file, object, "places", 1, 0, TASKS_PER_PERSON_MAX,
                             &file->rows[index].places);
    if (status == ST_OK)
        status = read_number(file, object, "worked", 0, 0, TASKS_WORKED_MAX,
                             &file->rows[index].worked);
    if (status == ST_OK)
        status = read_number(file, object, "travel_limit_s", limit_s, 0,
                             TASKS_SECONDS_MAX, &person->limit_s);
    if (status == ST_OK)
        status = read_here(file, object, index);
    if (status == ST_OK)
        status = read_seconds(file, object, index);
    if (status == ST_OK)
        status = read_blocks(file, person, index, json_object_get(object, "blocks"));
    return status;
}

/* ---- who may go where ---- */
static int add_arcs_to(struct file *file, uint32_t person, uint32_t task,
                       uint32_t seconds)
{
    const struct file_person *who = &file->people[person];
    for (uint32_t i = 0; i < file->tasks[task].slot_count; i++) {
        uint32_t slot = file->tasks[task].first_slot + i;
        uint32_t block = file->slots[slot].block;
        if (!who->any_block && (who->blocks[block / 64] >> block % 64 & 1) == 0)
            continue;
        int status = mem_grow(&file->arcs, &file->arc_capacity, file->arc_count + 1,
                              sizeof(*file->arcs), TASKS_ARCS_MAX);
        if (status == ST_LIMIT)
            return diag_set(file->reterr, status, 0, 0, "travel_limit_s",
                            "more than %d pairs of a person and a block of a task: make "
                            "it shorter",
                            TASKS_ARCS_MAX);
        if (status < 0)
            return status;
        file->arcs[file->arc_count++] = (struct tasks_arc){person, slot, seconds};
    }
    return ST_OK;
}

/* Metres that are less than those between two points whatever the longitude. */
static bool is_far(const struct file *file, const struct file_person *person,
                   const struct file_task *task)
{
    double degrees = fabs((double)person->at.lat_e7 - task->at.lat_e7) / POINT_E7;
    return degrees * 111000.0 > file->speed * person->limit_s;
}

static int add_arcs(struct file *file, uint32_t index)
{
    const struct file_person *person = &file->people[index];
    if (file->rows[index].places == 0)
        return ST_OK;
    for (uint32_t i = 0; i < file->task_count; i++) {
        const struct file_task *task = &file->tasks[i];
        if ((task->skills & ~person->skills) != 0)
            continue;
        const json_t *given =
            person->seconds == NULL ? NULL : json_object_get(person->seconds, task->id);
        if (given == NULL && is_far(file, person, task))
            continue;
        double seconds = given != NULL
                             ? json_number_value(given)
                             : point_distance_m(person->at, task->at) / file->speed;
        int status = ST_OK;
        if (seconds <= person->limit_s)
            status = add_arcs_to(file, index, i, (uint32_t)lround(seconds));
        if (status < 0)
            return status;
    }
    return ST_OK;
}

/* ---- in ---- */
static int read_list(struct file *file, const char *key, uint32_t max, const json_t **ret)
{
    *ret = json_object_get(file->root, key);
    if (!json_is_array(*ret))
        return bad(file, key, -1, "must be a list");
    if (json_array_size(*ret) > max)
        return diag_set(file->reterr, ST_LIMIT, 0, 0, key, "at most %u", max);
    return ST_OK;
}

static int read_tasks(struct file *file)
{
    const json_t *list;
    int status = read_list(file, "tasks", TASKS_SLOTS_MAX, &list);
    if (status < 0)
        return status;
    file->task_count = (uint32_t)json_array_size(list);
    file->tasks = mem_calloc((size_t)file->task_count + 1, sizeof(*file->tasks));
    file->index = json_object();
    if (file->tasks == NULL || file->index == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < file->task_count && status == ST_OK; i++)
        status = read_task(file, i, json_array_get(list, i));
    return status;
}

static int read_people(struct file *file, uint32_t limit_s)
{
    const json_t *list;
    int status = read_list(file, "people", TASKS_PEOPLE_MAX, &list);
    if (status < 0)
        return status;
    file->person_count = (uint32_t)json_array_size(list);
    file->people = mem_calloc((size_t)file->person_count + 1, sizeof(*file->people));
    file->rows = mem_calloc((size_t)file->person_count + 1, sizeof(*file->rows));
    if (file->people == NULL || file->rows == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < file->person_count && status == ST_OK; i++) {
        status = read_person(file, i, json_array_get(list, i), limit_s);
        if (status == ST_OK)
            status = add_arcs(file, i);
    }
    return status;
}

static int read_file(struct file *file, uint32_t *ret_switch_s)
{
    uint32_t limit_s;
    int status = check_members(file, file->root, "file", -1,
                               " people tasks speed_m_s travel_limit_s switch_s ");
    if (status == ST_OK)
        status = read_number(file, file->root, "travel_limit_s", LIMIT_DEFAULT, 0,
                             TASKS_SECONDS_MAX, &limit_s);
    if (status == ST_OK)
        status = read_number(file, file->root, "switch_s", 0, 0, TASKS_SECONDS_MAX,
                             ret_switch_s);
    const json_t *speed = json_object_get(file->root, "speed_m_s");
    file->speed = speed == NULL ? SPEED_DEFAULT : json_number_value(speed);
    if (status == ST_OK && (!(file->speed >= 0.1) || file->speed > 100.0))
        status = bad(file, "speed_m_s", -1, "must be 0.1 to 100");
    if (status == ST_OK)
        status = read_tasks(file);
    return status == ST_OK ? read_people(file, limit_s) : status;
}

/* ---- out ---- */
static void append_covered(const struct file *file, const struct tasks *tasks,
                           struct text *ret)
{
    uint32_t wanted[TASKS_PRIORITY_MAX + 1] = {0}, got[TASKS_PRIORITY_MAX + 1] = {0};
    const char *comma = "";
    for (uint32_t i = 0; i < file->slot_count; i++) {
        wanted[file->slots[i].priority] += file->slots[i].count;
        got[file->slots[i].priority] += tasks->covered[i];
    }
    text_append_string(ret, "{\"covered\":[");
    for (uint32_t p = 1; p <= TASKS_PRIORITY_MAX; p++)
        if (wanted[p] > 0) {
            text_appendf(ret, "%s{\"priority\":%u,\"wanted\":%u,\"covered\":%u}", comma,
                         p, wanted[p], got[p]);
            comma = ",";
        }
    text_append_string(ret, "]");
}

static void append_people(const struct file *file, const struct tasks *tasks,
                          struct text *ret)
{
    const char *comma = "";
    text_append_string(ret, ",\"people\":[");
    for (uint32_t i = 0; i < file->arc_count; i++) {
        const struct tasks_slot *slot = &file->slots[file->arcs[i].slot];
        if (!tasks->taken[i])
            continue;
        text_appendf(ret, "%s{\"number\":", comma);
        text_append_json(ret, file->people[file->arcs[i].person].number);
        text_append_string(ret, ",\"task\":");
        text_append_json(ret, file->tasks[slot->task].id);
        text_appendf(ret, ",\"block\":%u,\"seconds\":%u}", slot->block,
                     file->arcs[i].seconds);
        comma = ",";
    }
    text_append_string(ret, "]");
}

static void append_uncovered(const struct file *file, const struct tasks *tasks,
                             struct text *ret)
{
    const char *comma = "";
    text_append_string(ret, ",\"uncovered\":[");
    for (uint32_t i = 0; i < file->slot_count; i++) {
        const struct tasks_slot *slot = &file->slots[i];
        if (tasks->covered[i] == slot->count)
            continue;
        text_appendf(ret, "%s{\"task\":", comma);
        text_append_json(ret, file->tasks[slot->task].id);
        text_appendf(ret, ",\"block\":%u,\"missing\":%u}", slot->block,
                     slot->count - tasks->covered[i]);
        comma = ",";
    }
    text_append_string(ret, "]");
}

static int solve(struct file *file, char **ret)
{
    uint32_t switch_s;
    struct tasks tasks;
    struct text text;
    int status = read_file(file, &switch_s);
    if (status < 0)
        return status;
    const struct tasks_input input = {
        file->rows,       file->slots,     file->arcs, file->person_count,
        file->slot_count, file->arc_count, switch_s};
    status = tasks_solve(&input, &tasks, file->reterr);
    if (status < 0)
        return status;
    text_init(&text, ANSWER_SIZE_MAX);
    append_covered(file, &tasks, &text);
    append_people(file, &tasks, &text);
    append_uncovered(file, &tasks, &text);
    text_appendf(&text, ",\"kept\":%u,\"moved\":%u,\"travel_s\":%llu,\"proved\":%s}",
                 tasks.kept, tasks.moved, (unsigned long long)tasks.travel_s,
                 tasks.is_proved ? "true" : "false");
    status = text.status;
    if (status == ST_OK)
        *ret = text_take(&text);
    text_release(&text);
    tasks_release(&tasks);
    return status;
}

int solve_tasks(const char *text, size_t size, char **ret, struct diag *reterr)
{
    json_t *root;
    int status = jsonread_parse(&root, text, size, reterr);
    if (status != ST_OK)
        return status;
    struct file file = {.root = root, .reterr = reterr};
    status = solve(&file, ret);
    mem_free(file.tasks);
    mem_free(file.people);
    mem_free(file.rows);
    mem_free(file.slots);
    mem_free(file.arcs);
    json_decref(file.index);
    json_decref(root);
    return status;
}
