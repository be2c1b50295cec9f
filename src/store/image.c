/* SPDX-License-Identifier: Apache-2.0 */
/* The file:
 *
 *     struct head                        magic, version, the image's number
 *     box box box ...                    one a part of crowd/image.h, people first
 *     box of the summary                 struct summary, struct part [part_count]
 *     struct tail                        size of that box, magic
 *
 * Every box is vault_seal's, under the image's slot, bound to its index (the summary:
 * IMAGE_SUMMARY); the summary says how many there are and how large.
 *
 * An image is named in the database before it is made, and from then on every change of a
 * person is noted under that name or a later one. So it does not matter which moment a
 * part shows: who is not in the notes has been the same all the time, and the others are
 * left out and read again. Changes are noted under the newest name only, once a person:
 * "since image 5" is everything under 5 and later. */
#include "store/image.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "crowd/image.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/people.h"
#include "store/vault.h"
#include "store/writer_internal.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define TABLE "crowd.image"
#define IMAGE_SUMMARY (-1)
#define IMAGE_PARTS_MAX 100000u
#define THREADS_MAX 16
#define CHANGES_MIN 1000 /* before a new one is worth it */
#define CHANGES_SHARE 200

static const char MAGIC[8] = {'m', 'u', 's', 't', 'e', 'r', 'C', 'I'};

struct head {
    char magic[8];
    uint32_t version, zero;
    int64_t id;
};
struct tail {
    uint64_t summary_size;
    char magic[8];
};
struct summary {
    uint64_t basis;
    uint32_t people, part_count;
};
struct part {
    uint32_t size;   /* of the box */
    uint32_t people; /* 0 = values */
};
static_assert(sizeof(struct head) == 24 && sizeof(struct tail) == 16 &&
                  sizeof(struct summary) == 16 && sizeof(struct part) == 8,
              "they stand on disk");
static_assert(sizeof(struct summary) + IMAGE_PARTS_MAX * sizeof(struct part) <=
                  VAULT_PLAIN_MAX,
              "the summary fits a box");
static_assert(CROWD_IMAGE_PART_MAX <= VAULT_PLAIN_MAX, "a part fits a box");

/* ---- in the database -----------------------------------------------------------------
 */

int image_note_change(struct stage *stage, int64_t person_id)
{
    struct query *query =
        db_query(stage->db, "INSERT INTO person_change (image_id, person_id)"
                            " SELECT max(id), ?1 FROM crowd_image HAVING count(*) > 0"
                            " ON CONFLICT (image_id, person_id) DO NOTHING");
    query_int(query, 1, person_id);
    return query_put(query);
}

/* Spoils the images up to LAST. */
static int spoil(struct writer *writer, int64_t last)
{
    struct stage *stage = writer_stage(writer);
    struct query *query = db_query(
        stage->db, "SELECT key_slot FROM crowd_image WHERE id <= ?1 AND spoilt = 0");
    query_int(query, 1, last);
    int status, count = 0;
    while ((status = query_step(query)) == 1) {
        count++;
        status = writer_destroy_slot(writer, query_get_int(query, 0));
        if (status != ST_OK)
            return query_stop(query, status);
    }
    if (status != ST_OK || count == 0)
        return status;
    query = db_query(stage->db, "UPDATE crowd_image SET spoilt = 1 WHERE id <= ?1");
    query_int(query, 1, last);
    return query_run(query);
}

int image_spoil(struct writer *writer)
{
    return spoil(writer, INT64_MAX);
}

/* A name: a row with a slot of the vault. */
struct name {
    int64_t id, slot;
};

/* Names that are twice as old as those kept are forgotten, with what was noted under
 * them; the newest rows stay, so no slot is ever handed out twice. */
static int drop_old(struct writer *writer, int64_t id)
{
    struct stage *stage = writer_stage(writer);
    int status = spoil(writer, id - IMAGE_NAMES_KEPT);
    struct query *query = db_query(stage->db, "DELETE FROM crowd_image WHERE id <= ?1");
    query_int(query, 1, id - 2 * IMAGE_NAMES_KEPT);
    if (status == ST_OK)
        status = query_run(query);
    query = db_query(stage->db, "DELETE FROM person_change WHERE image_id <= ?1");
    query_int(query, 1, id - IMAGE_NAMES_KEPT);
    return status == ST_OK ? query_run(query) : status;
}

static int make_name(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    (void)reterr;
    struct name *name = context;
    struct stage *stage = writer_stage(writer);
    struct query *query =
        db_query(stage->db, "SELECT coalesce(max(id), 0) + 1 FROM crowd_image");
    int status = query_step(query);
    name->id = status == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    if (status < 0)
        return status;
    status = vault_new_slot(stage->vault, &name->slot);
    query = db_query(stage->db, "INSERT INTO crowd_image (id, key_slot, spoilt, at_ms)"
                                " VALUES (?1, ?2, 0, ?3)");
    query_int(query, 1, name->id);
    query_int(query, 2, name->slot);
    query_int(query, 3, now_ms);
    if (status == ST_OK)
        status = query_run(query);
    return status == ST_OK ? drop_old(writer, name->id) : status;
}

/* ST_STALE: no such name, or spoilt. */
static int find_name(struct db *db, int64_t id, int64_t *ret_slot)
{
    struct query *query =
        db_query(db, "SELECT key_slot FROM crowd_image WHERE id = ?1 AND spoilt = 0");
    query_int(query, 1, id);
    const int status = query_find_int(query, ret_slot);
    return status == ST_NOT_FOUND ? ST_STALE : status;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Who has changed since image ID, sorted; some may stand there twice. */
static int read_changed(struct db *db, int64_t id, int64_t **ret, uint32_t *ret_count)
{
    struct query *query =
        db_query(db, "SELECT person_id FROM person_change WHERE image_id >= ?1 LIMIT ?2");
    query_int(query, 1, id);
    query_int(query, 2, IMAGE_CHANGED_MAX + 1);
    int64_t *ids = NULL;
    uint32_t count = 0, capacity = 0;
    int status;
    while ((status = query_step(query)) == 1) {
        status = mem_grow(&ids, &capacity, count + 1, sizeof *ids, IMAGE_CHANGED_MAX);
        if (status != ST_OK) {
            query_reset(query);
            break;
        }
        ids[count++] = query_get_int(query, 0);
    }
    if (status != ST_OK) {
        mem_free(ids);
        return status;
    }
    if (count > 0)
        qsort(ids, count, sizeof *ids, compare_ids);
    *ret = ids;
    *ret_count = count;
    return ST_OK;
}

/* ---- writing -------------------------------------------------------------------------
 */

struct output {
    const struct image_config *config;
    struct name name;
    struct file_new file;
    struct text plain;
    struct part *parts;
    uint32_t part_count, part_capacity, people;
    struct diag *reterr;
};

static int put_box(struct output *output, int64_t index, const void *data, size_t size,
                   size_t *ret_size)
{
    uint8_t *box;
    int status = vault_seal(output->config->vault, output->name.slot, TABLE, index, data,
                            size, &box, ret_size);
    if (status == ST_NOT_FOUND)
        return diag_set(output->reterr, ST_STALE, 0, 0, output->config->path,
                        "somebody was erased while it was made");
    if (status == ST_OK)
        status = file_put(&output->file, box, *ret_size, output->reterr);
    mem_free(box);
    return status;
}

/* What is in `plain`. */
static int put_part(struct output *output, uint32_t people)
{
    size_t size;
    int status = mem_grow(&output->parts, &output->part_capacity, output->part_count + 1,
                          sizeof *output->parts, IMAGE_PARTS_MAX);
    if (status == ST_OK)
        status = put_box(output, output->part_count, text_string(&output->plain),
                         output->plain.size, &size);
    if (status != ST_OK)
        return status;
    output->parts[output->part_count++] = (struct part){(uint32_t)size, people};
    output->people += people;
    return ST_OK;
}

static int put_parts(struct output *output)
{
    struct crowd *crowd = output->config->crowd;
    uint32_t slot = 0, count;
    uint64_t value = 0;
    int status;
    do {
        status = crowd_image_people(crowd, &slot, &output->plain, &count);
        if (status == ST_OK && count > 0)
            status = put_part(output, count);
    } while (status == ST_OK && output->plain.size > 0);
    if (status != ST_OK)
        return status;
    do {
        status = crowd_image_values(crowd, &value, &output->plain);
        if (status == ST_OK && output->plain.size > 0)
            status = put_part(output, 0);
    } while (status == ST_OK && output->plain.size > 0);
    return status;
}

static int put_summary(struct output *output)
{
    struct summary summary = {.basis = crowd_image_basis(output->config->crowd),
                              .people = output->people,
                              .part_count = output->part_count};
    size_t size = 0;
    text_clear(&output->plain);
    text_append(&output->plain, (const char *)&summary, sizeof summary);
    if (output->part_count > 0)
        text_append(&output->plain, (const char *)output->parts,
                    output->part_count * sizeof *output->parts);
    int status = output->plain.status;
    if (status == ST_OK)
        status = put_box(output, IMAGE_SUMMARY, text_string(&output->plain),
                         output->plain.size, &size);
    struct tail tail = {.summary_size = size};
    memcpy(tail.magic, MAGIC, sizeof tail.magic);
    return status == ST_OK ? file_put(&output->file, &tail, sizeof tail, output->reterr)
                           : status;
}

int image_save(const struct image_config *config, struct writer *writer,
               struct diag *reterr)
{
    struct output output = {.config = config, .reterr = reterr};
    int status = command_call(writer, make_name, &output.name, reterr);
    if (status == ST_OK)
        status = file_begin(&output.file, config->path, 0600, reterr);
    if (status != ST_OK)
        return status;
    text_init(&output.plain, CROWD_IMAGE_PART_MAX);
    struct head head = {.version = CROWD_IMAGE_VERSION, .id = output.name.id};
    memcpy(head.magic, MAGIC, sizeof head.magic);
    status = file_put(&output.file, &head, sizeof head, reterr);
    if (status == ST_OK)
        status = put_parts(&output);
    if (status == ST_OK)
        status = put_summary(&output);
    if (status == ST_OK)
        status = file_end(&output.file, reterr);
    else
        file_drop(&output.file);
    text_release(&output.plain);
    mem_free(output.parts);
    return status;
}

/* ---- reading -------------------------------------------------------------------------
 */

struct input {
    const struct image_config *config;
    struct file_old file;
    struct head head;
    int64_t slot;
    struct summary summary;
    struct part *parts;
    uint64_t *offsets; /* by part */
    uint32_t *firsts;  /* by part: the first person */
    int64_t *changed;
    uint32_t changed_count;
    struct crowd_restore *restore;
    atomic_uint next;
    atomic_int status;
};

static int refuse(const struct input *input, int status, const char *why,
                  struct diag *reterr)
{
    return diag_set(reterr, status, 0, 0, input->config->path, "%s", why);
}

/* *RET: mem_free. */
static int read_box(const struct input *input, int64_t index, uint64_t offset,
                    uint64_t size, char **ret, size_t *ret_size)
{
    if (size < VAULT_OVERHEAD || size > VAULT_PLAIN_MAX + VAULT_OVERHEAD)
        return ST_CORRUPT;
    uint8_t *box = mem_alloc(size);
    int status =
        box == NULL ? ST_NO_MEMORY : file_read_at(&input->file, box, size, offset);
    if (status == ST_OK)
        status = vault_unseal(input->config->vault, input->slot, TABLE, index, box, size,
                              ret, ret_size);
    mem_free(box);
    return status;
}

static int read_ends(struct input *input, uint64_t *ret_summary_size, struct diag *reterr)
{
    struct tail tail;
    uint64_t size = input->file.size;
    if (size < sizeof input->head + sizeof tail ||
        file_read_at(&input->file, &input->head, sizeof input->head, 0) != ST_OK ||
        file_read_at(&input->file, &tail, sizeof tail, size - sizeof tail) != ST_OK ||
        memcmp(input->head.magic, MAGIC, sizeof MAGIC) != 0 ||
        memcmp(tail.magic, MAGIC, sizeof MAGIC) != 0 || input->head.zero != 0 ||
        tail.summary_size > size - sizeof input->head - sizeof tail)
        return refuse(input, ST_CORRUPT, "is damaged", reterr);
    if (input->head.version != CROWD_IMAGE_VERSION)
        return refuse(input, ST_UNSUPPORTED, "has another format", reterr);
    *ret_summary_size = tail.summary_size;
    return ST_OK;
}

/* Where each part lies. The boxes fill the file without a gap. */
static int place_parts(struct input *input, uint64_t end)
{
    uint64_t offset = sizeof input->head, people = 0;
    uint32_t count = input->summary.part_count;
    input->offsets = mem_alloc((count + 1u) * sizeof *input->offsets);
    input->firsts = mem_alloc((count + 1u) * sizeof *input->firsts);
    if (input->offsets == NULL || input->firsts == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        input->offsets[i] = offset;
        input->firsts[i] = (uint32_t)people;
        offset += input->parts[i].size;
        people += input->parts[i].people;
        if (people > input->summary.people)
            return ST_CORRUPT;
    }
    return offset == end && people == input->summary.people ? ST_OK : ST_CORRUPT;
}

static int read_summary(struct input *input, uint64_t size, struct diag *reterr)
{
    AUTO_FREE char *plain = NULL;
    size_t plain_size;
    uint64_t at = input->file.size - sizeof(struct tail) - size;
    int status = read_box(input, IMAGE_SUMMARY, at, size, &plain, &plain_size);
    if (status != ST_OK)
        return refuse(input, status == ST_NOT_FOUND ? ST_STALE : status,
                      status == ST_NOT_FOUND ? "its key is destroyed"
                                             : "is damaged or has another key",
                      reterr);
    size_t parts_size = plain_size - sizeof input->summary;
    if (plain_size >= sizeof input->summary)
        memcpy(&input->summary, plain, sizeof input->summary);
    if (plain_size < sizeof input->summary ||
        input->summary.part_count > IMAGE_PARTS_MAX ||
        parts_size != input->summary.part_count * sizeof(struct part))
        return refuse(input, ST_CORRUPT, "is damaged", reterr);
    if (input->summary.basis != crowd_image_basis(input->config->crowd))
        return refuse(input, ST_STALE, "was made with other roads or skills", reterr);
    input->parts = mem_alloc(parts_size + 1);
    if (input->parts == NULL)
        return ST_NO_MEMORY;
    memcpy(input->parts, plain + sizeof input->summary, parts_size);
    status = place_parts(input, at);
    return status == ST_CORRUPT ? refuse(input, status, "is damaged", reterr) : status;
}

static int read_part(struct input *input, uint32_t i)
{
    const struct part *part = &input->parts[i];
    AUTO_FREE char *plain = NULL;
    size_t size;
    int status = read_box(input, i, input->offsets[i], part->size, &plain, &size);
    if (status != ST_OK)
        return status;
    if (part->people == 0)
        return crowd_restore_values(input->restore, plain, size);
    return crowd_restore_people(input->restore, input->firsts[i], part->people, plain,
                                size);
}

/* Takes parts with people until there are no more. */
static void *read_people(void *context)
{
    struct input *input = context;
    uint32_t i;
    while (input->status == ST_OK &&
           (i = atomic_fetch_add(&input->next, 1)) < input->summary.part_count) {
        int status = input->parts[i].people == 0 ? ST_OK : read_part(input, i);
        if (status != ST_OK)
            input->status = status;
    }
    return NULL;
}

static int read_parts(struct input *input, struct diag *reterr)
{
    int status =
        crowd_restore_new(&input->restore, input->config->crowd, input->summary.people,
                          input->changed, input->changed_count);
    for (uint32_t i = 0; i < input->summary.part_count && status == ST_OK; i++)
        if (input->parts[i].people == 0)
            status = read_part(input, i);
    if (status == ST_OK) {
        pthread_t threads[THREADS_MAX];
        long cores = sysconf(_SC_NPROCESSORS_ONLN), count = 0;
        while (count < cores - 1 && count < THREADS_MAX &&
               pthread_create(&threads[count], NULL, read_people, input) == 0)
            count++;
        (void)read_people(input);
        while (count > 0)
            (void)pthread_join(threads[--count], NULL); /* ours and joinable */
        status = input->status;
    }
    if (status == ST_OK)
        status = crowd_restore_end(input->restore);
    crowd_restore_free(input->restore);
    return status == ST_OK
               ? ST_OK
               : refuse(input, status,
                        status == ST_CORRUPT ? "is damaged" : status_text(status),
                        reterr);
}

/* As refresh_crowd of the writer does it. */
static int put_changed(const struct input *input, struct db *db)
{
    struct person *person = mem_alloc(sizeof *person);
    int status = person == NULL ? ST_NO_MEMORY : ST_OK;
    for (uint32_t i = 0; i < input->changed_count && status == ST_OK; i++) {
        int64_t id = input->changed[i];
        if (i > 0 && input->changed[i - 1] == id)
            continue;
        status =
            person_by_id(db, input->config->vault, input->config->skills, id, person);
        bool is_there = status == ST_OK && !person->retired && !person->erased &&
                        person->crowd.id == id; /* else an alias */
        if (is_there)
            status = crowd_put(input->config->crowd, &person->crowd);
        else if (status == ST_NOT_FOUND)
            status = ST_OK;
    }
    mem_free(person);
    return status;
}

static int load(struct input *input, struct db *db, struct diag *reterr)
{
    uint64_t summary_size = 0;
    int status = read_ends(input, &summary_size, reterr);
    if (status != ST_OK)
        return status;
    status = find_name(db, input->head.id, &input->slot);
    if (status != ST_OK)
        return refuse(input, status, "is not one that the database knows", reterr);
    status = read_changed(db, input->head.id, &input->changed, &input->changed_count);
    if (status != ST_OK)
        return refuse(input, status == ST_LIMIT ? ST_STALE : status,
                      status == ST_LIMIT ? "too many people have changed since"
                                         : "the changes since cannot be read",
                      reterr);
    status = read_summary(input, summary_size, reterr);
    if (status == ST_OK)
        status = read_parts(input, reterr);
    if (status != ST_OK)
        return status;
    status = put_changed(input, db);
    return status == ST_OK
               ? ST_OK
               : refuse(input, status, "who has changed since cannot be read", reterr);
}

int image_load(const struct image_config *config, struct db *db, struct diag *reterr)
{
    struct input input = {.config = config};
    int status = file_open_old(&input.file, config->path, reterr);
    if (status != ST_OK)
        return status;
    status = load(&input, db, reterr);
    file_close_old(&input.file);
    mem_free(input.parts);
    mem_free(input.offsets);
    mem_free(input.firsts);
    mem_free(input.changed);
    return status;
}

/* ---- when ---- */

/* The number of the image in the file; 0 = none. */
static int64_t file_id(const char *path)
{
    struct file_old file;
    struct head head = {.id = 0};
    if (file_open_old(&file, path, NULL) != ST_OK)
        return 0;
    if (file.size < sizeof head || file_read_at(&file, &head, sizeof head, 0) != ST_OK ||
        memcmp(head.magic, MAGIC, sizeof MAGIC) != 0 ||
        head.version != CROWD_IMAGE_VERSION)
        head.id = 0;
    file_close_old(&file);
    return head.id;
}

bool image_is_due(const struct image_config *config, struct db *db)
{
    int64_t id = file_id(config->path), slot;
    int found = id == 0 ? ST_STALE : find_name(db, id, &slot);
    if (found == ST_STALE && id != 0)
        (void)unlink(config->path); /* nobody can open it any more */
    uint32_t people = crowd_count(config->crowd);
    if (people < IMAGE_PEOPLE_MIN || (found != ST_OK && found != ST_STALE))
        return false;
    if (found == ST_STALE)
        return true;
    uint32_t enough =
        people / CHANGES_SHARE > CHANGES_MIN ? people / CHANGES_SHARE : CHANGES_MIN;
    struct query *query = db_query(db, "SELECT count(*) FROM (SELECT 1 FROM person_change"
                                       " WHERE image_id >= ?1 LIMIT ?2) AS changed");
    query_int(query, 1, id);
    query_int(query, 2, enough);
    bool due = query_step(query) == 1 && query_get_int(query, 0) >= enough;
    query_reset(query);
    return due;
}
