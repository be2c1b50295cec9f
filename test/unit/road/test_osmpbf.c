/* SPDX-License-Identifier: Apache-2.0 */
/* PBF: a small map written here reads as the same map in XML; every damage, at every byte
 * and inside the compression, is an error or a map, never a crash. */
#include "pbf_writer.h"
#include "road/osmread.h"

enum { NODES = 6 };

static const char *const strings[] = {"",        "highway", "residential", "barrier",
                                      "bollard", "oneway",  "yes",         "outer"};
static const int64_t ids[NODES] = {1, 2, 3, 7, 5, -4};
static const int64_t lats[NODES] = {300000000, 300010000, 300020000,
                                    300010000, 300010000, 300030000};
static const int64_t lons[NODES] = {1210000000, 1210000000, 1210000000,
                                    1209990000, 1210010000, 1210000000};

/* What a test can make wrong in the block. */
struct wrong {
    int64_t granularity, lat_offset;
    int64_t key, value; /* of the way's first tag */
    int64_t dense_key;  /* of the bollard */
    int64_t role, type; /* of the relation's member */
    int lat_count;      /* of the dense nodes */
    int value_count;    /* of the way's tags */
    int type_count;     /* of the relation's members */
    int dense_tail;     /* tags of dense nodes left out at the end */
    int64_t lat_first;  /* instead of the first latitude */
    int64_t id_first;   /* instead of the first id */
    int64_t ref_first;
};

static const struct wrong right = {
    .granularity = 100,
    .key = 1,
    .value = 2,
    .dense_key = 3,
    .role = 7,
    .type = 1,
    .lat_count = NODES,
    .value_count = 2,
    .type_count = 1,
    .lat_first = 300000000,
    .id_first = 1,
    .ref_first = 1,
};

static void put_dense(struct bytes *group, const struct wrong *w)
{
    struct bytes dense = {.size = 0};
    int64_t lat[NODES], id[NODES];
    memcpy(lat, lats, sizeof lat);
    memcpy(id, ids, sizeof id);
    lat[0] = w->lat_first;
    id[0] = w->id_first;
    /* Node 7 is a bollard. */
    const int64_t tags[] = {0, 0, 0, w->dense_key, 4, 0, 0, 0};
    put_deltas(&dense, 1, id, NODES);
    put_deltas(&dense, 8, lat, w->lat_count);
    put_deltas(&dense, 9, lons, NODES);
    put_packed(&dense, 10, tags, 8 - w->dense_tail);
    put_message(group, 2, &dense);
}

static void put_way(struct bytes *group, const struct wrong *w, int64_t id,
                    const int64_t *refs, int count, bool oneway)
{
    struct bytes way = {.size = 0};
    const int64_t keys[] = {w->key, 5}, values[] = {w->value, 6};
    put_number(&way, 1, (uint64_t)id);
    put_packed(&way, 2, keys, oneway ? 2 : 1);
    put_packed(&way, 3, values, oneway ? w->value_count : 1);
    put_deltas(&way, 8, refs, count);
    put_message(group, 3, &way);
}

static void put_block(struct bytes *block, const struct wrong *w)
{
    struct bytes nodes = {.size = 0}, ways = {.size = 0}, relations = {.size = 0};
    struct bytes relation = {.size = 0};
    const int64_t a[] = {w->ref_first, 2, 3, -4}, b[] = {7, 2, 5}, member[] = {11};
    put_dense(&nodes, w);
    put_way(&ways, w, 11, a, 4, true);
    put_way(&ways, w, 12, b, 3, false);
    put_number(&relation, 1, 21);
    put_packed(&relation, 8, &w->role, 1);
    put_deltas(&relation, 9, member, 1);
    put_packed(&relation, 10, &w->type, w->type_count);
    put_message(&relations, 4, &relation);
    put_strings(block, strings, COUNT_OF(strings));
    put_message(block, 2, &nodes);
    put_message(block, 2, &ways);
    put_message(block, 2, &relations);
    put_number(block, 17, (uint64_t)w->granularity);
    put_number(block, 19, (uint64_t)w->lat_offset);
}

static void put_map(struct bytes *file, const struct wrong *w, bool zip)
{
    struct bytes block = {.size = 0};
    file->size = 0;
    put_header(file, "DenseNodes");
    put_block(&block, w);
    put_blob(file, "OSMData", &block, zip);
}

static uint64_t
    hash_all; /* of what a handler saw, so that reading is not optimised away */

static int see_node(void *context, const struct osmread_node *node, struct diag *reterr)
{
    (void)context, (void)reterr;
    struct box earth = {.min = {-900000000, -1800000000}, .max = {900000000, 1800000000}};
    assert_true(box_contains(earth, node->point));
    for (uint32_t i = 0; i < node->tags.count; i++)
        hash_all += strlen(node->tags.items[i].key) + strlen(node->tags.items[i].value);
    return ST_OK;
}

static int see_way(void *context, const struct osmread_way *way, struct diag *reterr)
{
    (void)context, (void)reterr;
    for (uint32_t i = 0; i < way->ref_count; i++)
        hash_all += (uint64_t)way->refs[i];
    for (uint32_t i = 0; i < way->tags.count; i++)
        hash_all += strlen(way->tags.items[i].key) + strlen(way->tags.items[i].value);
    return ST_OK;
}

static int see_relation(void *context, const struct osmread_relation *relation,
                        struct diag *reterr)
{
    (void)context, (void)reterr;
    for (uint32_t i = 0; i < relation->way_count; i++)
        hash_all += (uint64_t)relation->ways[i] + relation->inner[i];
    return ST_OK;
}

static const struct osmread_handler see = {
    .node = see_node, .way = see_way, .relation = see_relation};

static int read_all(const uint8_t *data, size_t size, struct diag *diag)
{
    /* A block of its own, so that the sanitizer sees one byte too far. */
    uint8_t *copy = mem_alloc(size + 1);
    memcpy(copy, data, size);
    uint8_t *exact = mem_realloc(copy, size > 0 ? size : 1);
    memset(diag, 0, sizeof *diag);
    int status = osmread_bytes(exact, size, "x", &see, diag);
    mem_free(exact);
    assert_true(status == 0 || diag->text[0] != '\0');
    return status;
}

static void test_same_as_xml(void **state)
{
    (void)state;
    struct road_import_result from_xml, from_pbf;
    struct road *xml = road_of_xml(
        "<node id='1' lat='30' lon='121'/><node id='2' lat='30.001' lon='121'/>"
        "<node id='3' lat='30.002' lon='121'/><node id='7' lat='30.001' lon='120.999'>"
        "<tag k='barrier' v='bollard'/></node><node id='5' lat='30.001' lon='121.001'/>"
        "<node id='-4' lat='30.003' lon='121'/>"
        "<way id='11'><nd ref='1'/><nd ref='2'/><nd ref='3'/><nd ref='-4'/>"
        "<tag k='highway' v='residential'/><tag k='oneway' v='yes'/></way>"
        "<way id='12'><nd ref='7'/><nd ref='2'/><nd ref='5'/>"
        "<tag k='highway' v='residential'/></way>"
        "<relation id='21'><member type='way' ref='11' role='outer'/></relation>",
        &from_xml);
    for (int zip = 0; zip < 2; zip++) {
        static struct bytes file;
        struct diag diag = {0};
        put_map(&file, &right, zip != 0);
        put_file(path_of("in.pbf"), file.data, file.size);
        int status = road_import_osm(path_of("in.pbf"), path_of("pbf.graph"), NULL,
                                     &from_pbf, &diag);
        if (status != 0)
            fail_msg("%s", diag.text);
        struct road *pbf = open_road(path_of("pbf.graph"));
        assert_true(road_version(pbf) == road_version(xml));
        assert_memory_equal(&from_pbf, &from_xml, sizeof from_pbf);
        road_free(pbf);
    }
    road_free(xml);
}

static void test_wrong_content(void **state)
{
    (void)state;
    struct {
        const char *what;
        struct wrong wrong;
    } rows[32];
    int count = 0;
#define ROW(field, to)                                                                   \
    rows[count].what = #field " " #to;                                                   \
    rows[count].wrong = right;                                                           \
    rows[count++].wrong.field = to
    ROW(granularity, 0);
    ROW(granularity, -100);
    ROW(granularity, 2000000000);
    ROW(lat_offset, INT64_MAX);
    ROW(lat_offset, INT64_MIN);
    ROW(lat_offset, 61000000000);
    ROW(key, 8);
    ROW(key, 0xffffffff);
    ROW(value, 8);
    ROW(dense_key, 8);
    ROW(dense_key, -1);
    ROW(role, 8);
    ROW(role, -1);
    ROW(type, 3);
    ROW(type, -1);
    ROW(lat_count, NODES - 1);
    ROW(value_count, 1);
    ROW(type_count, 0);
    ROW(dense_tail, 1);
    ROW(dense_tail, 4);
    ROW(lat_first, INT64_MAX);
    ROW(lat_first, 900000001);
    ROW(id_first, INT64_MIN);
    ROW(ref_first, INT64_MIN);
    for (int i = 0; i < count; i++) {
        static struct bytes file;
        struct diag diag;
        put_map(&file, &rows[i].wrong, i % 2 != 0);
        int status = read_all(file.data, file.size, &diag);
        /* Sums wrap around in the writer: those two are right again by chance. */
        bool wraps = strstr(rows[i].what, "_first INT64_MIN") != NULL;
        if (status != ST_CORRUPT && !wraps)
            fail_msg("%s: %d %s", rows[i].what, status, diag.text);
    }
}

static void test_wrong_frame(void **state)
{
    (void)state;
    static struct bytes file, block;
    struct diag diag;
    block.size = 0;
    put_block(&block, &right);
    file.size = 0;
    put_blob(&file, "OSMData", &block, true); /* without a header */
    assert_int_equal(read_all(file.data, file.size, &diag), ST_CORRUPT);
    file.size = 0;
    put_header(&file, "HistoricalInformation");
    assert_int_equal(read_all(file.data, file.size, &diag), ST_UNSUPPORTED);
    assert_non_null(strstr(diag.text, "HistoricalInformation"));
    file.size = 0;
    put_header(&file, "DenseNodes");
    put_blob(&file, "Something", &block, false); /* is skipped */
    assert_int_equal(read_all(file.data, file.size, &diag), ST_OK);
    static const uint8_t large_header[] = {0, 1, 0, 1, 0};
    assert_int_equal(read_all(large_header, sizeof large_header, &diag), ST_CORRUPT);
    assert_non_null(strstr(diag.text, "64 KiB"));
    struct bytes header = {.size = 0};
    put_field(&header, 1, "OSMHeader", 9);
    put_number(&header, 3, (32u << 20) + 1);
    uint8_t length[4] = {0, 0, 0, (uint8_t)header.size};
    file.size = 0;
    put_bytes(&file, length, 4);
    put_bytes(&file, header.data, header.size);
    assert_int_equal(read_all(file.data, file.size, &diag), ST_CORRUPT);
    assert_non_null(strstr(diag.text, "32 MiB"));
}

static void test_every_prefix(void **state)
{
    (void)state;
    static struct bytes file, header;
    struct diag diag;
    header.size = 0;
    put_header(&header, "DenseNodes");
    for (int zip = 0; zip < 2; zip++) {
        put_map(&file, &right, zip != 0);
        for (size_t cut = 0; cut < file.size; cut++) {
            int status = read_all(file.data, cut, &diag);
            assert_true(status != 0 || cut == header.size);
        }
        assert_int_equal(read_all(file.data, file.size, &diag), 0);
    }
}

static void test_flipped_bytes(void **state)
{
    (void)state;
    static struct bytes file, good;
    struct random_seeded random;
    struct diag diag;
    random_seeded_init(&random, 5);
    int errors = 0;
    for (int i = 0; i < 20000; i++) {
        if (i % 10000 == 0)
            put_map(&good, &right, i > 0);
        file = good;
        for (int j = 0; j < 1 + i % 3; j++)
            file.data[random_below(&random.super, file.size)] =
                (uint8_t)random_below(&random.super, 256);
        errors += read_all(file.data, file.size, &diag) != 0;
    }
    assert_true(errors > 5000);
}

/* The damage lies inside the block, and the compression is right. */
static void test_damage_inside(void **state)
{
    (void)state;
    static struct bytes file, block, good;
    struct random_seeded random;
    struct diag diag;
    random_seeded_init(&random, 6);
    good.size = 0;
    put_block(&good, &right);
    int errors = 0, count = 0;
    for (size_t at = 0; at < good.size; at++)
        for (int bit = 0; bit < 8; bit++, count++) {
            block = good;
            block.data[at] ^= (uint8_t)(1u << bit);
            file.size = 0;
            put_header(&file, "DenseNodes");
            put_blob(&file, "OSMData", &block, true);
            errors += read_all(file.data, file.size, &diag) != 0;
        }
    for (size_t cut = 0; cut < good.size; cut++, count++) {
        block = good;
        block.size = cut;
        file.size = 0;
        put_header(&file, "DenseNodes");
        put_blob(&file, "OSMData", &block, true);
        errors += read_all(file.data, file.size, &diag) != 0;
    }
    for (int i = 0; i < 3000; i++, count++) {
        block = good;
        for (int j = 0; j < 2 + i % 5; j++)
            block.data[random_below(&random.super, block.size)] =
                (uint8_t)random_below(&random.super, 256);
        file.size = 0;
        put_header(&file, "DenseNodes");
        put_blob(&file, "OSMData", &block, true);
        errors += read_all(file.data, file.size, &diag) != 0;
    }
    assert_true(errors > count / 4);
}

/* Sixteen million empty ways in 32 MiB: refused by the limit on memory, not by the
 * kernel. */
static void test_bomb(void **state)
{
    (void)state;
    size_t size = 32u << 20, packed_size = 1u << 20;
    uint8_t *block = mem_alloc(size), *packed = mem_alloc(packed_size);
    memset(block, 0, size);
    static const uint8_t head[] = {0x0a, 0x00, 0x12};
    memcpy(block, head, sizeof head);
    size_t inside = (size - 8) / 4 * 4, at = sizeof head;
    for (size_t value = inside;; value >>= 7) {
        block[at++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        if (value <= 0x7f)
            break;
    }
    for (size_t i = 0; i + 4 <= inside; i += 4)
        memcpy(block + at + i, "\x1a\x02\x08\x01", 4);
    uLongf got = packed_size;
    assert_int_equal(compress(packed, &got, block, at + inside), Z_OK);
    static struct bytes head_file;
    head_file.size = 0;
    put_header(&head_file, "DenseNodes");
    struct bytes blob = {.size = 0}, header = {.size = 0};
    put_number(&blob, 2, at + inside);
    put_varint(&blob, 3 << 3 | 2);
    put_varint(&blob, got);
    put_field(&header, 1, "OSMData", 7);
    put_number(&header, 3, blob.size + got);
    uint8_t length[4] = {0, 0, 0, (uint8_t)header.size};
    put_bytes(&head_file, length, 4);
    put_bytes(&head_file, header.data, header.size);
    put_bytes(&head_file, blob.data, blob.size);
    uint8_t *file = mem_alloc(head_file.size + got);
    memcpy(file, head_file.data, head_file.size);
    memcpy(file + head_file.size, packed, got);
    struct diag diag = {0};
    assert_int_equal(osmread_bytes(file, head_file.size + got, "x", &see, &diag),
                     ST_LIMIT);
    assert_non_null(strstr(diag.text, "MiB"));
    mem_free(block);
    mem_free(packed);
    mem_free(file);
}

/* Real files with bytes changed. */
static void test_real_damage(void **state)
{
    (void)state;
    char path[512];
    if (!data_path("osm/liechtenstein.osm.pbf", path, sizeof path))
        return;
    char *data;
    size_t size;
    struct diag diag;
    struct random_seeded random;
    random_seeded_init(&random, 8);
    assert_int_equal(file_read(path, 64 << 20, &data, &size, &diag), 0);
    for (int i = 0; i < 12; i++) {
        size_t at = random_below(&random.super, size);
        char before = data[at];
        data[at] = (char)(before ^ 0x10);
        assert_true(read_all((uint8_t *)data, size, &diag) != 0);
        data[at] = before;
    }
    mem_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_xml),   cmocka_unit_test(test_wrong_content),
        cmocka_unit_test(test_wrong_frame),   cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_flipped_bytes), cmocka_unit_test(test_damage_inside),
        cmocka_unit_test(test_bomb),          cmocka_unit_test(test_real_damage),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
