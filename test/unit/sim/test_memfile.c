/* SPDX-License-Identifier: Apache-2.0 */
/* Files in memory: bytes against a plain array, locks against the table of
 * https://www.sqlite.org/lockingv3.html, the index of a log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "sim/memfile.h"

#include <sqlite3.h>
#include <string.h>

#define SIZE_MAX_HERE 200000

static void bytes_are_as_in_an_array(void **state)
{
    (void)state;
    static uint8_t plain[SIZE_MAX_HERE], data[5000], got[5000];
    struct memfile file = {0};
    struct random_seeded random;
    int64_t size = 0;
    random_seeded_init(&random, 3);
    for (int round = 0; round < 2000; round++) {
        int64_t offset =
            (int64_t)random_below(&random.super, SIZE_MAX_HERE - sizeof data);
        int64_t count = (int64_t)random_below(&random.super, sizeof data);
        uint64_t what = random_below(&random.super, 10);
        if (what == 0) {
            if (offset < size)
                memset(plain + offset, 0, (size_t)(size - offset));
            size = offset;
            assert_int_equal(memfile_truncate(&file, size), SQLITE_OK);
        } else if (what < 5) {
            memset(data, round, sizeof data);
            memcpy(plain + offset, data, (size_t)count);
            if (count > 0 && offset + count > size)
                size = offset + count;
            assert_int_equal(memfile_write(&file, data, count, offset), SQLITE_OK);
        }
        assert_int_equal(file.size, size);
        int code = memfile_read(&file, got, count, offset);
        assert_int_equal(code, offset + count <= size || count == 0
                                   ? SQLITE_OK
                                   : SQLITE_IOERR_SHORT_READ);
        assert_memory_equal(got, plain + offset, (size_t)count);
    }
    memfile_release(&file);
}

static void locks(void **state)
{
    (void)state;
    struct memfile file = {0};
    struct memfile_handle a = {.file = &file}, b = {.file = &file}, c = {.file = &file};
    assert_int_equal(memfile_lock(&a, SQLITE_LOCK_SHARED), SQLITE_OK);
    assert_int_equal(memfile_lock(&b, SQLITE_LOCK_SHARED), SQLITE_OK);
    assert_int_equal(memfile_lock(&a, SQLITE_LOCK_RESERVED), SQLITE_OK);
    assert_true(memfile_is_reserved(&b));
    assert_int_equal(memfile_lock(&b, SQLITE_LOCK_RESERVED), SQLITE_BUSY);
    /* Reserved lets readers in, pending does not. */
    assert_int_equal(memfile_lock(&c, SQLITE_LOCK_SHARED), SQLITE_OK);
    memfile_unlock(&c, SQLITE_LOCK_NONE);
    assert_int_equal(memfile_lock(&a, SQLITE_LOCK_EXCLUSIVE), SQLITE_BUSY);
    assert_int_equal(memfile_lock(&c, SQLITE_LOCK_SHARED), SQLITE_BUSY);
    memfile_unlock(&b, SQLITE_LOCK_NONE);
    assert_int_equal(memfile_lock(&a, SQLITE_LOCK_EXCLUSIVE), SQLITE_OK);
    assert_int_equal(memfile_lock(&b, SQLITE_LOCK_SHARED), SQLITE_BUSY);
    memfile_unlock(&a, SQLITE_LOCK_SHARED);
    assert_int_equal(memfile_lock(&b, SQLITE_LOCK_SHARED), SQLITE_OK);
    memfile_unlock(&a, SQLITE_LOCK_NONE);
    memfile_unlock(&b, SQLITE_LOCK_NONE);
    memfile_release(&file);
}

static void index_of_the_log(void **state)
{
    (void)state;
    struct memfile file = {0};
    struct memfile_handle a = {.file = &file}, b = {.file = &file};
    const int share = SQLITE_SHM_LOCK | SQLITE_SHM_SHARED;
    const int alone = SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE;
    const int leave = SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE;
    void volatile *one, *other;
    assert_int_equal(memfile_shm_map(&a, 0, 32768, false, &one), SQLITE_OK);
    assert_true(one == NULL);
    assert_int_equal(memfile_shm_map(&a, 1, 32768, true, &one), SQLITE_OK);
    assert_int_equal(memfile_shm_map(&b, 1, 32768, false, &other), SQLITE_OK);
    assert_true(one == other);
    assert_int_equal(memfile_shm_lock(&a, 3, 1, share), SQLITE_OK);
    assert_int_equal(memfile_shm_lock(&b, 3, 1, share), SQLITE_OK);
    assert_int_equal(memfile_shm_lock(&b, 3, 5, alone), SQLITE_BUSY);
    memfile_shm_unmap(&a);
    assert_int_equal(memfile_shm_lock(&b, 3, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED),
                     SQLITE_OK);
    assert_int_equal(memfile_shm_lock(&b, 3, 5, alone), SQLITE_OK);
    assert_int_equal(memfile_shm_map(&a, 1, 32768, false, &one), SQLITE_OK);
    assert_int_equal(memfile_shm_lock(&a, 7, 1, share), SQLITE_BUSY);
    assert_int_equal(memfile_shm_lock(&b, 3, 5, leave), SQLITE_OK);
    assert_int_equal(memfile_shm_lock(&a, 7, 1, share), SQLITE_OK);
    memfile_shm_unmap(&a);
    memfile_shm_unmap(&b);
    /* Nobody had it any more, so it went. */
    assert_int_equal(memfile_shm_map(&a, 0, 32768, false, &one), SQLITE_OK);
    assert_true(one == NULL);
    memfile_shm_unmap(&a);
    memfile_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_as_in_an_array),
        cmocka_unit_test(locks),
        cmocka_unit_test(index_of_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
