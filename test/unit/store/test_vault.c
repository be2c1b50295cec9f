/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "store/link.h"

#include <ctype.h>
#include <sys/stat.h>

struct files {
    char dir[64], keys[256], master[96];
    struct random_seeded random;
    struct vault *vault;
    struct diag diag;
};

static struct vault_config config_of(struct files *f, int make)
{
    return (struct vault_config){f->keys, f->master, &f->random.super, make};
}

static int setup(void **state)
{
    struct files *f = calloc(1, sizeof *f);
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/muster-vault-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    char file[96];
    (void)snprintf(file, sizeof file, "%s/keys.db", f->dir);
    engine_path(f->keys, sizeof f->keys, file);
    (void)snprintf(f->master, sizeof f->master, "%s/master.key", f->dir);
    random_seeded_init(&f->random, 11);
    struct vault_config config = config_of(f, 1);
    assert_int_equal(vault_open(&f->vault, &config, &f->diag), ST_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct files *f = *state;
    vault_close(f->vault);
    engine_drop(f->keys);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", f->dir);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

static void reopen(struct files *f)
{
    vault_close(f->vault);
    struct vault_config config = config_of(f, 0);
    assert_int_equal(vault_open(&f->vault, &config, &f->diag), ST_OK);
}

static void seals(void **state)
{
    struct files *f = *state;
    int64_t slot, other;
    assert_int_equal(vault_new_slot(f->vault, &slot), ST_OK);
    assert_int_equal(vault_new_slot(f->vault, &other), ST_OK);
    assert_int_not_equal(slot, other);
    uint8_t *box;
    char *plain;
    size_t size, plain_size;
    assert_int_equal(vault_seal(f->vault, slot, "text", 5, "hello", 5, &box, &size),
                     ST_OK);
    assert_int_equal(size, 5 + VAULT_OVERHEAD);
    reopen(f);
    assert_int_equal(
        vault_unseal(f->vault, slot, "text", 5, box, size, &plain, &plain_size), ST_OK);
    assert_string_equal(plain, "hello");
    mem_free(plain);
    /* Another row, table, key, a changed byte, a cut: none opens. */
    assert_int_equal(
        vault_unseal(f->vault, slot, "text", 6, box, size, &plain, &plain_size),
        ST_CORRUPT);
    assert_int_equal(
        vault_unseal(f->vault, slot, "person", 5, box, size, &plain, &plain_size),
        ST_CORRUPT);
    assert_int_equal(
        vault_unseal(f->vault, other, "text", 5, box, size, &plain, &plain_size),
        ST_CORRUPT);
    for (size_t i = 0; i < size; i++) {
        box[i] ^= 1;
        assert_int_equal(
            vault_unseal(f->vault, slot, "text", 5, box, size, &plain, &plain_size),
            ST_CORRUPT);
        box[i] ^= 1;
        assert_int_equal(
            vault_unseal(f->vault, slot, "text", 5, box, i, &plain, &plain_size),
            ST_CORRUPT);
    }
    /* Destroyed: gone, also after a restart; the neighbour stays. */
    uint8_t hash[32];
    assert_int_equal(vault_text_hash(f->vault, slot, "a", hash), ST_OK);
    assert_int_equal(vault_destroy(f->vault, slot), ST_OK);
    assert_int_equal(vault_destroy(f->vault, slot), ST_OK);
    reopen(f);
    assert_int_equal(
        vault_unseal(f->vault, slot, "text", 5, box, size, &plain, &plain_size),
        ST_NOT_FOUND);
    assert_int_equal(vault_text_hash(f->vault, slot, "a", hash), ST_NOT_FOUND);
    mem_free(box);
    assert_int_equal(vault_seal(f->vault, other, "text", 5, "", 0, &box, &size), ST_OK);
    mem_free(box);
    assert_int_equal(vault_seal(f->vault, -1, "text", 5, "", 0, &box, &size),
                     ST_NOT_FOUND);
    /* A second block. */
    assert_int_equal(vault_reserve(f->vault, VAULT_BLOCK_KEYS), ST_OK);
    /* A key of it is said to be in use: this keys.db is too old. */
    assert_int_equal(vault_reserve(f->vault, VAULT_BLOCK_KEYS + 3), ST_CORRUPT);
    assert_int_equal(vault_new_slot(f->vault, &slot), ST_OK);
    assert_int_equal(slot, VAULT_BLOCK_KEYS + 3);
    reopen(f);
    assert_int_equal(vault_text_hash(f->vault, slot, "a", hash), ST_OK);
}

/* The database is older than the keys: its next slots may be destroyed already. */
static void dead_slots(void **state)
{
    struct files *f = *state;
    int64_t slots[3], slot;
    uint8_t hash[32];
    for (size_t i = 0; i < COUNT_OF(slots); i++)
        assert_int_equal(vault_new_slot(f->vault, &slots[i]), ST_OK);
    assert_int_equal(vault_destroy(f->vault, slots[1]), ST_OK);
    reopen(f);
    assert_int_equal(vault_reserve(f->vault, slots[1]), ST_OK);
    assert_int_equal(vault_new_slot(f->vault, &slot), ST_OK);
    assert_int_equal(slot, slots[2]);
    assert_int_equal(vault_text_hash(f->vault, slot, "a", hash), ST_OK);
}

static void texts(void **state)
{
    struct files *f = *state;
    int64_t slot;
    assert_int_equal(vault_new_slot(f->vault, &slot), ST_OK);
    const char *const some[] = {"one", NULL, "", "four"};
    uint8_t *box;
    size_t size;
    struct vault_texts found;
    assert_int_equal(vault_seal_texts(f->vault, slot, "t", 1, some, 4, &box, &size),
                     ST_OK);
    assert_int_equal(vault_unseal_texts(f->vault, slot, "t", 1, box, size, &found),
                     ST_OK);
    assert_string_equal(found.texts[0], "one");
    assert_string_equal(found.texts[1], "");
    assert_string_equal(found.texts[3], "four");
    assert_string_equal(found.texts[7], "");
    vault_texts_release(&found);
    mem_free(box);
}

/* Many ways to write one number; another number is another one. */
static void hashes(void **state)
{
    struct files *f = *state;
    static const struct {
        const char *a, *b;
        bool is_one;
    } numbers[] = {
        {"13800000001", "138 0000-0001", true},
        {"13800000001", "+86 138 0000 0001", true},
        {"13800000001", "0086 138-0000-0001", true},
        {"13800000001", "8613800000001", true},
        {"13800000001", "(+86)13800000001", true},
        {"13800000001", "13800000002", false},
        {"13800000001", "+49 13800000001", false},
        {"0573 85000001", "+86 573 85000001", true},
        {"0573 85000001", "+86 (0)573 85000001", true},
        {"0573 85000001", "0574 85000001", false},
        {"85000001", "8685000001", false},
        {"+49 30 1234567", "0049 30 1234567", true},
        {"", "+86", true},
    };
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        uint8_t a[VAULT_HASH_SIZE], b[VAULT_HASH_SIZE];
        vault_phone_hash(f->vault, numbers[i].a, a);
        vault_phone_hash(f->vault, numbers[i].b, b);
        if ((memcmp(a, b, sizeof a) == 0) != numbers[i].is_one)
            fail_msg("%s and %s", numbers[i].a, numbers[i].b);
    }
}

static void wrong_master_key(void **state)
{
    struct files *f = *state;
    struct stat info;
    assert_int_equal(stat(f->master, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    FILE *file = fopen(f->master, "r+b");
    assert_non_null(file);
    (void)fputc(fgetc(file) ^ 1, file);
    (void)fseek(file, 0, SEEK_SET);
    (void)fputc('x', file);
    assert_int_equal(fclose(file), 0);
    struct vault *other;
    struct vault_config config = config_of(f, 0);
    assert_int_equal(vault_open(&other, &config, &f->diag), ST_CORRUPT);
    assert_int_equal(unlink(f->master), 0);
    assert_int_equal(vault_open(&other, &config, &f->diag), ST_NOT_FOUND);
}

/* An empty keys.db must not take the place of one that was lost. */
static void missing_keys(void **state)
{
    struct files *f = *state;
    struct vault *other;
    struct vault_config config = config_of(f, 0);
    engine_drop(f->keys);
    assert_true(engine_is_postgres() || unlink(f->keys) == 0);
    assert_int_equal(vault_open(&other, &config, &f->diag), ST_NOT_FOUND);
    assert_non_null(strstr(f->diag.text, "is missing"));
    assert_int_equal(access(f->keys, F_OK), -1);
    assert_int_equal(vault_open(&other, &config, &f->diag), ST_NOT_FOUND);
}

static void links(void **state)
{
    struct files *f = *state;
    struct link_key key;
    char token[LINK_TOKEN_SIZE];
    int64_t found, ended_ms;
    link_key_init(&key, f->vault);
    const int64_t ids[] = {1, 77, INT64_C(1) << 40, INT64_MAX};
    const int64_t ends[COUNT_OF(ids)] = {0, 1, INT64_C(1796000000000), LINK_ENDED_MAX};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        link_token(&key, ids[i], token);
        assert_int_equal(strlen(token), LINK_TOKEN_SIZE - 1);
        assert_true(link_find(&key, token, &found));
        assert_int_equal(found, ids[i]);
        assert_false(link_find_person(&key, token, &found, &ended_ms));
        link_person_token(&key, ids[i], ends[i], token);
        assert_false(link_find(&key, token, &found));
        assert_true(link_find_person(&key, token, &found, &ended_ms));
        assert_true(ended_ms == ends[i]);
        assert_int_equal(found, ids[i]);
        link_token(&key, ids[i], token);
        /* Any other character in any place is another token, which nobody made. */
        for (size_t k = 0; k + 1 < sizeof token; k++) {
            char before = token[k];
            token[k] = before == 'A' ? 'B' : 'A';
            assert_false(link_find(&key, token, &found));
            token[k] = before;
        }
    }
    const char *const bad[] = {"", "short", "!!!!!!!!!!!!!!!!!!!!!!",
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(link_find(&key, bad[i], &found));
    link_key_release(&key);
}

/* Numbers on paper are typed by hand; nobody makes one. */
static void numbers_on_paper(void **state)
{
    struct files *f = *state;
    struct link_key key;
    struct link_service found;
    char number[LINK_SERVICE_SIZE], typed[2 * LINK_SERVICE_SIZE];
    int64_t id;
    link_key_init(&key, f->vault);
    const struct link_service spans[] = {
        {1, LINK_SERVICE_FROM, LINK_SERVICE_FROM, link_service_moment(0)},
        {77, 20454, 20787, link_service_moment(INT64_C(1796000000123))},
        {(INT64_C(1) << 48) - 1, LINK_SERVICE_FROM + UINT16_MAX,
         LINK_SERVICE_FROM + UINT16_MAX, link_service_moment(INT64_MAX)}};
    for (size_t i = 0; i < COUNT_OF(spans); i++) {
        link_service_number(&key, &spans[i], number);
        assert_int_equal(strlen(number), LINK_SERVICE_SIZE - 1);
        assert_true(link_service_find(&key, number, &found));
        assert_true(found.person_id == spans[i].person_id &&
                    found.from_day == spans[i].from_day &&
                    found.to_day == spans[i].to_day &&
                    found.issued_ms == spans[i].issued_ms);
        size_t size = 0;
        for (const char *at = number; *at != '\0'; at++)
            if (*at != '-') {
                typed[size++] = *at == '0'   ? 'o'
                                : *at == '1' ? 'L'
                                             : (char)tolower((unsigned char)*at);
                typed[size++] = ' ';
            }
        typed[size] = '\0';
        assert_true(link_service_find(&key, typed, &found));
        assert_true(found.person_id == spans[i].person_id);
        for (char *at = number; *at != '\0'; at++) {
            const char before = *at;
            *at = before == 'A' ? 'B' : 'A';
            assert_false(link_service_find(&key, number, &found));
            *at = before;
        }
    }
    assert_int_equal(link_service_moment(INT64_C(1796000000123)), INT64_C(1796000000120));
    const char *const bad[] = {"", "8K2M", "8K2M-QV0T-3XHC-P7ZD-55WJ-R1NB-G4",
                               "UUUU-UUUU-UUUU-UUUU-UUUU-UUUU-UU",
                               "0000-0000-0000-0000-0000-0000-0000-0000"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(link_service_find(&key, bad[i], &found));
    link_person_token(&key, 77, 0, typed);
    assert_false(link_service_find(&key, typed, &found));
    assert_true(link_find_person(&key, typed, &id, &found.issued_ms));
    link_key_release(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_on_paper, setup, teardown),
        cmocka_unit_test_setup_teardown(seals, setup, teardown),
        cmocka_unit_test_setup_teardown(dead_slots, setup, teardown),
        cmocka_unit_test_setup_teardown(texts, setup, teardown),
        cmocka_unit_test_setup_teardown(hashes, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_master_key, setup, teardown),
        cmocka_unit_test_setup_teardown(missing_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(links, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
