/* SPDX-License-Identifier: Apache-2.0 */
/* A tiny writer of OpenStreetMap PBF, so that tests can make every kind of file, right
 * and wrong. */
#ifndef MUSTER_TEST_ROAD_PBF_WRITER_H
#define MUSTER_TEST_ROAD_PBF_WRITER_H

#include "fixture.h"

#include <zlib.h>

struct bytes {
    uint8_t data[65536];
    size_t size;
};

UNUSED static void put_bytes(struct bytes *b, const void *data, size_t size)
{
    assert_true(b->size + size <= sizeof b->data);
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

UNUSED static void put_varint(struct bytes *b, uint64_t value)
{
    do {
        uint8_t byte = (uint8_t)(value & 0x7f) | (value > 0x7f ? 0x80 : 0);
        put_bytes(b, &byte, 1);
    } while ((value >>= 7) != 0);
}

UNUSED static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

UNUSED static void put_number(struct bytes *b, int field, uint64_t value)
{
    put_varint(b, (uint64_t)field << 3);
    put_varint(b, value);
}

UNUSED static void put_field(struct bytes *b, int field, const void *data, size_t size)
{
    put_varint(b, (uint64_t)field << 3 | 2);
    put_varint(b, size);
    put_bytes(b, data, size);
}

UNUSED static void put_message(struct bytes *b, int field, const struct bytes *message)
{
    put_field(b, field, message->data, message->size);
}

/* Packed zigzag differences. */
UNUSED static void put_deltas(struct bytes *b, int field, const int64_t *values,
                              int count)
{
    struct bytes packed = {.size = 0};
    for (int i = 0; i < count; i++)
        put_varint(&packed, zigzag((int64_t)((uint64_t)values[i] -
                                             (i > 0 ? (uint64_t)values[i - 1] : 0))));
    put_message(b, field, &packed);
}

UNUSED static void put_packed(struct bytes *b, int field, const int64_t *values,
                              int count)
{
    struct bytes packed = {.size = 0};
    for (int i = 0; i < count; i++)
        put_varint(&packed, (uint64_t)values[i]);
    put_message(b, field, &packed);
}

/* Length, BlobHeader, Blob; compressed if ZIP. */
UNUSED static void put_blob(struct bytes *file, const char *type,
                            const struct bytes *block, bool zip)
{
    struct bytes blob = {.size = 0}, header = {.size = 0};
    if (zip) {
        uint8_t packed[65536];
        uLongf size = sizeof packed;
        assert_int_equal(compress(packed, &size, block->data, block->size), Z_OK);
        put_number(&blob, 2, block->size);
        put_field(&blob, 3, packed, size);
    } else {
        put_message(&blob, 1, block);
    }
    put_field(&header, 1, type, strlen(type));
    put_number(&header, 3, blob.size);
    uint8_t length[4] = {0, 0, (uint8_t)(header.size >> 8), (uint8_t)header.size};
    put_bytes(file, length, 4);
    put_bytes(file, header.data, header.size);
    put_bytes(file, blob.data, blob.size);
}

UNUSED static void put_header(struct bytes *file, const char *feature)
{
    struct bytes block = {.size = 0};
    put_field(&block, 4, "OsmSchema-V0.6", 14);
    put_field(&block, 4, feature, strlen(feature));
    put_blob(file, "OSMHeader", &block, true);
}

UNUSED static void put_strings(struct bytes *block, const char *const *strings, int count)
{
    struct bytes table = {.size = 0};
    for (int i = 0; i < count; i++)
        put_field(&table, 1, strings[i], strlen(strings[i]));
    put_message(block, 1, &table);
}

#endif
