/* SPDX-License-Identifier: Apache-2.0 */
/* OpenStreetMap PBF (wiki.openstreetmap.org/wiki/PBF_Format):
 *
 *     file   = { length (4 bytes, big-endian) BlobHeader Blob }
 *     Blob   = raw or zlib-compressed bytes of a HeaderBlock (first) or a PrimitiveBlock
 *     block  = a table of strings and groups of nodes, dense nodes, ways, relations;
 *              numbers inside are differences, strings are indexes into the table
 *
 * The messages are unpacked by protobuf-c. Everything it cannot know is checked here:
 * sizes (header <= 64 KiB, blob <= 32 MiB), equal lengths of parallel arrays, indexes,
 * sums that overflow, positions off the earth. */
#include "base/mem.h"
#include "base/status.h"
#include "osmpbf.pb-c.h"
#include "road/blockmem.h"
#include "road/osmread.h"

#include <string.h>
#include <zlib.h>

#define HEADER_SIZE_MAX 65536u
#define BLOB_SIZE_MAX (32u << 20)
#define BLOCK_MEMORY_MAX ((size_t)768 << 20)
#define NANO_PER_E7 100
#define GRANULARITY_MAX 1000000000
#define MEMBER_WAY 1
#define MEMBER_TYPE_MAX 2

struct reader {
    const struct osmread_handler *handler;
    const char *name;
    struct diag *reterr;
    const uint8_t *data;
    size_t size, at; /* AT = start of the blob being read, for messages */
    uint8_t *raw;    /* of a decompressed blob */
    struct blockmem memory;
    bool header_seen;
    struct osmtag tags[OSMTAGS_MAX];
    int64_t *numbers;
    uint8_t *inner; /* roles of a relation's ways */
    uint32_t raw_capacity, number_capacity, inner_capacity;
    Osmpbf__PrimitiveBlock *block;
};

static int wrong(struct reader *r, const char *what)
{
    return diag_set(r->reterr, ST_CORRUPT, 0, 0, r->name, "is damaged at byte %zu: %s",
                    r->at, what);
}

/* Unpacking failed: because of the limit, the machine's memory or the bytes. */
static int not_unpacked(struct reader *r, const char *what)
{
    if (r->memory.full)
        return diag_set(r->reterr, ST_LIMIT, 0, 0, r->name,
                        "has a block at byte %zu that needs more than %zu MiB", r->at,
                        BLOCK_MEMORY_MAX >> 20);
    return wrong(r, what);
}

/* ---- tags ------------------------------------------------------------------------- */

static bool string_at(const struct reader *r, int64_t index, const char **ret)
{
    const Osmpbf__StringTable *table = r->block->stringtable;
    if (index < 0 || (uint64_t)index >= table->n_s)
        return false;
    *ret = table->s[index];
    return strnlen(*ret, OSMTAGS_TEXT_MAX + 1) <= OSMTAGS_TEXT_MAX;
}

static int read_tags(struct reader *r, const uint32_t *keys, size_t key_count,
                     const uint32_t *values, size_t value_count, struct osmtags *ret)
{
    if (key_count != value_count)
        return wrong(r, "keys and values differ in number");
    if (key_count > OSMTAGS_MAX)
        return diag_set(r->reterr, ST_LIMIT, 0, 0, r->name,
                        "has an object with more than %d tags", OSMTAGS_MAX);
    for (size_t i = 0; i < key_count; i++)
        if (!string_at(r, keys[i], &r->tags[i].key) ||
            !string_at(r, values[i], &r->tags[i].value))
            return wrong(r, "a tag names a string that is not there");
    *ret = (struct osmtags){r->tags, (uint32_t)key_count};
    return ST_OK;
}

/* Dense nodes have (key value)* 0 for each node, or nothing at all. */
static int read_dense_tags(struct reader *r, const Osmpbf__DenseNodes *dense, size_t *at,
                           struct osmtags *ret)
{
    uint32_t count = 0;
    if (dense->n_keys_vals == 0) {
        *ret = (struct osmtags){r->tags, 0};
        return ST_OK;
    }
    for (;; count++, *at += 2) {
        if (*at >= dense->n_keys_vals)
            return wrong(r, "tags of nodes end too early");
        if (dense->keys_vals[*at] == 0)
            break;
        if (count == OSMTAGS_MAX)
            return diag_set(r->reterr, ST_LIMIT, 0, 0, r->name,
                            "has a node with more than %d tags", OSMTAGS_MAX);
        if (*at + 1 >= dense->n_keys_vals ||
            !string_at(r, dense->keys_vals[*at], &r->tags[count].key) ||
            !string_at(r, dense->keys_vals[*at + 1], &r->tags[count].value))
            return wrong(r, "a tag names a string that is not there");
    }
    ++*at;
    *ret = (struct osmtags){r->tags, count};
    return ST_OK;
}

/* ---- objects ---------------------------------------------------------------------- */

/* Degrees are 1e-9 * (offset + granularity * value). */
static bool to_e7(const struct reader *r, int64_t offset, int64_t value,
                  int64_t degrees_max, int32_t *ret)
{
    int64_t nano;
    if (__builtin_mul_overflow(value, (int64_t)r->block->granularity, &nano) ||
        __builtin_add_overflow(nano, offset, &nano))
        return false;
    int64_t limit = degrees_max * 1000000000;
    if (nano < -limit || nano > limit)
        return false;
    int64_t half = nano < 0 ? -NANO_PER_E7 / 2 : NANO_PER_E7 / 2;
    *ret = (int32_t)((nano + half) / NANO_PER_E7);
    return true;
}

static int give_node(struct reader *r, int64_t id, int64_t lat, int64_t lon,
                     struct osmtags tags)
{
    struct osmread_node node = {.id = id, .tags = tags};
    if (!to_e7(r, r->block->lat_offset, lat, 90, &node.point.lat_e7) ||
        !to_e7(r, r->block->lon_offset, lon, 180, &node.point.lon_e7))
        return wrong(r, "a node is off the earth");
    return r->handler->node(r->handler->context, &node, r->reterr);
}

static int read_nodes(struct reader *r, const Osmpbf__PrimitiveGroup *group)
{
    for (size_t i = 0; i < group->n_nodes; i++) {
        const Osmpbf__Node *node = group->nodes[i];
        struct osmtags tags;
        int status =
            read_tags(r, node->keys, node->n_keys, node->vals, node->n_vals, &tags);
        if (status == ST_OK)
            status = give_node(r, node->id, node->lat, node->lon, tags);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

static int read_dense(struct reader *r, const Osmpbf__DenseNodes *dense)
{
    if (dense->n_lat != dense->n_id || dense->n_lon != dense->n_id)
        return wrong(r, "ids and positions differ in number");
    int64_t id = 0, lat = 0, lon = 0;
    size_t at = 0;
    for (size_t i = 0; i < dense->n_id; i++) {
        if (__builtin_add_overflow(id, dense->id[i], &id) ||
            __builtin_add_overflow(lat, dense->lat[i], &lat) ||
            __builtin_add_overflow(lon, dense->lon[i], &lon))
            return wrong(r, "a sum of differences overflows");
        struct osmtags tags;
        int status = read_dense_tags(r, dense, &at, &tags);
        if (status == ST_OK)
            status = give_node(r, id, lat, lon, tags);
        if (status != ST_OK)
            return status;
    }
    if (at != dense->n_keys_vals)
        return wrong(r, "more tags than nodes");
    return ST_OK;
}

/* Sums up differences into r->numbers. */
static int read_numbers(struct reader *r, const int64_t *differences, size_t count,
                        uint32_t count_max)
{
    int status = count > count_max
                     ? ST_LIMIT
                     : mem_grow(&r->numbers, &r->number_capacity, (uint32_t)count,
                                sizeof *r->numbers, count_max);
    if (status != ST_OK)
        return diag_set(r->reterr, status, 0, 0, r->name,
                        "has an object with more than %u members", count_max);
    int64_t number = 0;
    for (size_t i = 0; i < count; i++) {
        if (__builtin_add_overflow(number, differences[i], &number))
            return wrong(r, "a sum of differences overflows");
        r->numbers[i] = number;
    }
    return ST_OK;
}

static int read_ways(struct reader *r, const Osmpbf__PrimitiveGroup *group)
{
    for (size_t i = 0; i < group->n_ways; i++) {
        const Osmpbf__Way *way = group->ways[i];
        struct osmtags tags;
        int status = read_tags(r, way->keys, way->n_keys, way->vals, way->n_vals, &tags);
        if (status == ST_OK)
            status = read_numbers(r, way->refs, way->n_refs, OSMREAD_WAY_NODES_MAX);
        if (status != ST_OK)
            return status;
        const struct osmread_way given = {way->id, r->numbers, (uint32_t)way->n_refs,
                                          tags};
        status = r->handler->way(r->handler->context, &given, r->reterr);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

static int read_relation(struct reader *r, const Osmpbf__Relation *relation)
{
    struct osmtags tags;
    if (relation->n_memids != relation->n_types ||
        relation->n_memids != relation->n_roles_sid)
        return wrong(r, "members and their types differ in number");
    int status = read_tags(r, relation->keys, relation->n_keys, relation->vals,
                           relation->n_vals, &tags);
    if (status == ST_OK)
        status =
            read_numbers(r, relation->memids, relation->n_memids, OSMREAD_MEMBERS_MAX);
    if (status != ST_OK)
        return status;
    status = mem_grow(&r->inner, &r->inner_capacity, (uint32_t)relation->n_memids, 1,
                      OSMREAD_MEMBERS_MAX);
    if (status != ST_OK)
        return diag_set(r->reterr, status, 0, 0, r->name, "no memory for a relation");
    uint32_t ways = 0;
    for (size_t i = 0; i < relation->n_memids; i++) {
        const char *role;
        if (!string_at(r, relation->roles_sid[i], &role))
            return wrong(r, "a role names a string that is not there");
        if (relation->types[i] < 0 || relation->types[i] > MEMBER_TYPE_MAX)
            return wrong(r, "a member of an unknown type");
        if (relation->types[i] != MEMBER_WAY)
            continue;
        r->inner[ways] = strcmp(role, "inner") == 0;
        r->numbers[ways++] = r->numbers[i];
    }
    const struct osmread_relation given = {relation->id, r->numbers, r->inner, ways,
                                           tags};
    return r->handler->relation(r->handler->context, &given, r->reterr);
}

static int read_group(struct reader *r, const Osmpbf__PrimitiveGroup *group)
{
    int status = ST_OK;
    if (r->handler->node != NULL)
        status = read_nodes(r, group);
    if (status == ST_OK && r->handler->node != NULL && group->dense != NULL)
        status = read_dense(r, group->dense);
    if (status == ST_OK && r->handler->way != NULL)
        status = read_ways(r, group);
    for (size_t i = 0; r->handler->relation != NULL && i < group->n_relations; i++) {
        if (status != ST_OK)
            break;
        status = read_relation(r, group->relations[i]);
    }
    return status;
}

/* ---- blocks ----------------------------------------------------------------------- */

static int read_data(struct reader *r, const uint8_t *data, size_t size)
{
    r->block = osmpbf__primitive_block__unpack(&r->memory.allocator, size, data);
    if (r->block == NULL)
        return not_unpacked(r, "a block that cannot be decoded");
    if (r->block->granularity <= 0 || r->block->granularity > GRANULARITY_MAX)
        return wrong(r, "a granularity that is not possible");
    for (size_t i = 0; i < r->block->n_primitivegroup; i++) {
        int status = read_group(r, r->block->primitivegroup[i]);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

static int read_header(struct reader *r, const uint8_t *data, size_t size)
{
    Osmpbf__HeaderBlock *header =
        osmpbf__header_block__unpack(&r->memory.allocator, size, data);
    if (header == NULL)
        return not_unpacked(r, "a header that cannot be decoded");
    for (size_t i = 0; i < header->n_required_features; i++)
        if (strcmp(header->required_features[i], "OsmSchema-V0.6") != 0 &&
            strcmp(header->required_features[i], "DenseNodes") != 0)
            return diag_set(r->reterr, ST_UNSUPPORTED, 0, 0, r->name,
                            "demands the feature '%s', which is not supported",
                            header->required_features[i]);
    r->header_seen = true;
    return ST_OK;
}

static int inflate_blob(struct reader *r, const Osmpbf__Blob *blob)
{
    if (!blob->has_raw_size || blob->raw_size < 0 ||
        (uint32_t)blob->raw_size > BLOB_SIZE_MAX)
        return wrong(r, "a block without a size, or larger than 32 MiB");
    uint32_t size = (uint32_t)blob->raw_size + 1; /* one more, to see too much */
    if (mem_grow(&r->raw, &r->raw_capacity, size, 1, BLOB_SIZE_MAX + 1) != ST_OK)
        return diag_set(r->reterr, ST_NO_MEMORY, 0, 0, r->name, "no memory for a block");
    z_stream stream = {.next_in = blob->zlib_data.data,
                       .avail_in = (unsigned)blob->zlib_data.len,
                       .next_out = r->raw,
                       .avail_out = size};
    if (inflateInit(&stream) != Z_OK)
        return diag_set(r->reterr, ST_NO_MEMORY, 0, 0, r->name, "no memory for a block");
    int result = inflate(&stream, Z_FINISH);
    (void)inflateEnd(&stream); /* says again what RESULT says */
    if (result != Z_STREAM_END || stream.total_out != (unsigned long)blob->raw_size ||
        stream.avail_in != 0)
        return wrong(r, "a block that cannot be decompressed");
    return ST_OK;
}

static int read_blob(struct reader *r, const char *type, const uint8_t *data, size_t size)
{
    bool header = strcmp(type, "OSMHeader") == 0;
    if (!header && strcmp(type, "OSMData") != 0)
        return ST_OK; /* other kinds are to be skipped, says the format */
    if (!header && !r->header_seen)
        return wrong(r, "data before the header");
    Osmpbf__Blob *blob = osmpbf__blob__unpack(&r->memory.allocator, size, data);
    if (blob == NULL)
        return not_unpacked(r, "a blob that cannot be decoded");
    if (blob->has_raw && blob->raw.len <= BLOB_SIZE_MAX)
        return header ? read_header(r, blob->raw.data, blob->raw.len)
                      : read_data(r, blob->raw.data, blob->raw.len);
    if (!blob->has_zlib_data)
        return diag_set(r->reterr, ST_UNSUPPORTED, 0, 0, r->name,
                        "is compressed in a way that is not supported (only zlib is)");
    int status = inflate_blob(r, blob);
    if (status != ST_OK)
        return status;
    return header ? read_header(r, r->raw, (size_t)blob->raw_size)
                  : read_data(r, r->raw, (size_t)blob->raw_size);
}

/* One length, header and blob; moves r->at behind it. */
static int read_next(struct reader *r)
{
    const uint8_t *data = r->data + r->at;
    size_t left = r->size - r->at;
    if (left < 4)
        return wrong(r, "the file is cut off");
    uint32_t header_size = (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 |
                           (uint32_t)data[2] << 8 | data[3];
    if (header_size > HEADER_SIZE_MAX)
        return wrong(r, "a blob header larger than 64 KiB");
    if (left - 4 < header_size)
        return wrong(r, "the file is cut off");
    blockmem_clear(&r->memory);
    Osmpbf__BlobHeader *header =
        osmpbf__blob_header__unpack(&r->memory.allocator, header_size, data + 4);
    if (header == NULL)
        return not_unpacked(r, "a blob header that cannot be decoded");
    if (header->datasize < 0 || (uint32_t)header->datasize > BLOB_SIZE_MAX)
        return wrong(r, "a blob larger than 32 MiB");
    if (left - 4 - header_size < (uint32_t)header->datasize)
        return wrong(r, "the file is cut off");
    int status =
        read_blob(r, header->type, data + 4 + header_size, (size_t)header->datasize);
    if (status == ST_OK)
        r->at += 4 + header_size + (size_t)header->datasize;
    return status;
}

int osmpbf_read(const uint8_t *data, size_t size, const char *name,
                const struct osmread_handler *handler, struct diag *reterr)
{
    struct reader *r = mem_calloc(1, sizeof *r);
    if (r == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, name, "no memory to read it");
    r->handler = handler;
    r->name = name;
    r->reterr = reterr;
    r->data = data;
    r->size = size;
    blockmem_init(&r->memory, BLOCK_MEMORY_MAX);
    int status = ST_OK;
    while (status == ST_OK && r->at < r->size) {
        status = read_next(r);
        if (status == ST_OK && handler->progress != NULL)
            handler->progress(handler->context, r->at, r->size);
    }
    if (status == ST_OK && !r->header_seen)
        status = wrong(r, "no header");
    blockmem_release(&r->memory);
    mem_free(r->raw);
    mem_free(r->numbers);
    mem_free(r->inner);
    mem_free(r);
    return status;
}
