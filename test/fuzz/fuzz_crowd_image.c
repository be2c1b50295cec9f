/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an image of the crowd, as if they had come out of their seal:
 *
 *     uint32 size of the values, the values, a part with people
 *
 * Refused, or a crowd that answers, changes, and is written and read again as the same.
 */
#include "base/status.h"
#include "crowd/image.h"
#include "road/hierarchy.h"
#include "test/unit/crowd/world.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    struct road *road;
    struct road_hierarchy *hierarchy;
    struct skill_table skills;
} world;

static struct crowd *new_crowd(void)
{
    if (world.road == NULL) {
        world.road = world_road(6, 7);
        skill_table_init(&world.skills);
        assert(road_hierarchy_new(&world.hierarchy, world.road) == ST_OK);
    }
    struct crowd *crowd;
    const struct crowd_config config = {.road = world.road,
                                        .hierarchy = world.hierarchy,
                                        .skills = &world.skills,
                                        .weekly_cap = 3,
                                        .people_max = CROWD_IMAGE_PEOPLE_MAX};
    assert(crowd_new(&crowd, &config) == ST_OK);
    return crowd;
}

struct half {
    const char *data;
    size_t size;
};

static int read_image(struct crowd *crowd, struct half values, struct half people)
{
    const int64_t changed[] = {3, 77};
    struct crowd_restore *restore;
    uint32_t count = 0;
    if (people.size >= sizeof count)
        memcpy(&count, people.data, sizeof count);
    int status = crowd_restore_new(&restore, crowd, count, changed, 2);
    if (status != ST_OK)
        return status;
    status = crowd_restore_values(restore, values.data, values.size);
    if (status == ST_OK && people.size > 0)
        status = crowd_restore_people(restore, 0, count, people.data, people.size);
    if (status == ST_OK)
        status = crowd_restore_end(restore);
    crowd_restore_free(restore);
    return status;
}

static void ask(struct crowd *crowd)
{
    for (int i = 0; i < 2 * ROAD_MODE_COUNT; i++) {
        struct crowd_query query = {.at = road_node_point(world.road, (uint32_t)i),
                                    .mode = (enum road_mode)(i / 2),
                                    .flags = CROWD_APPLY_QUIET | CROWD_EXPLAIN,
                                    .time_ms = INT64_C(1795478400000),
                                    .count = 5,
                                    .ms_max = ROAD_MS_NONE};
        struct crowd_answer answer;
        if (i % 2 == 1)
            skill_set_add(&query.skills, 0);
        int status = crowd_nearest(crowd, &query, &answer, NULL);
        assert(status == ST_OK || status == ST_INVALID);
        crowd_answer_release(&answer);
    }
}

static void write_and_read(struct crowd *crowd)
{
    struct text people, values;
    uint32_t slot = 0, count;
    uint64_t at = 0;
    text_init(&people, CROWD_IMAGE_PART_MAX);
    text_init(&values, CROWD_IMAGE_PART_MAX);
    assert(crowd_image_people(crowd, &slot, &people, &count) == ST_OK);
    assert(crowd_image_values(crowd, &at, &values) == ST_OK);
    struct crowd *again = new_crowd();
    int status = read_image(again, (struct half){text_string(&values), values.size},
                            (struct half){text_string(&people), people.size});
    assert(status == ST_OK && crowd_count(again) == count);
    assert(count == crowd_count(crowd));
    crowd_free(again);
    text_release(&people);
    text_release(&values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t values_size;
    if (size < sizeof values_size || size > CROWD_IMAGE_PART_MAX)
        return 0;
    memcpy(&values_size, data, sizeof values_size);
    const char *rest = (const char *)data + sizeof values_size;
    size -= sizeof values_size;
    if (values_size > size)
        return 0;
    struct crowd *crowd = new_crowd();
    int status = read_image(crowd, (struct half){rest, values_size},
                            (struct half){rest + values_size, size - values_size});
    assert(status == ST_OK || status == ST_CORRUPT || status == ST_LIMIT);
    if (status == ST_OK) {
        ask(crowd);
        write_and_read(crowd);
        struct crowd_person person = {.id = 77, .home = {306000000, 1210000000}};
        int put = crowd_put(crowd, &person);
        assert(put == ST_OK || put == ST_LIMIT);
        ask(crowd);
        crowd_remove(crowd, 77);
    }
    crowd_free(crowd);
    return 0;
}
