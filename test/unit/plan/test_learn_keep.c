/* SPDX-License-Identifier: Apache-2.0 */
/* What is learned, kept as bytes: what is loaded is what was saved, or it is refused. */
#include "learned.h"

#include "base/mem.h"
#include "plan/learn_keep.h"

#include <string.h>

/* More people than any table begins with: what is loaded says of each what was saved. */
static void test_many_are_kept(void **state)
{
    const int64_t people = 5000;
    struct learn_config config;
    struct learn *learn = fresh(NULL), *loaded = NULL;
    (void)state;
    learn_config_default(&config);
    for (int64_t i = 1; i <= people; i++) {
        struct learn_row row = row_of(i, i, i % 3 == 0 ? LEARN_YES : LEARN_NO);
        add(learn, &row);
    }
    const size_t size = learn_saved_size(learn);
    unsigned char *bytes = mem_alloc(size);
    assert_non_null(bytes);
    learn_save(learn, bytes);
    assert_int_equal(learn_load(&loaded, &config, bytes, size), ST_OK);
    for (int64_t i = 1; i <= people; i++)
        assert_true(accept_of(loaded, i, START + DAY, 600, false) ==
                    accept_of(learn, i, START + DAY, 600, false));
    learn_free(loaded);
    /* Cut off is damaged; what another program kept, and shorter, is not called so. */
    assert_int_equal(learn_load(&loaded, &config, bytes, 64), ST_CORRUPT);
    bytes[0] ^= 1;
    assert_int_equal(learn_load(&loaded, &config, bytes, 64), ST_UNSUPPORTED);
    mem_free(bytes);
    const int64_t some[] = {3, 4999, 5000, 7777}; /* the others: as never asked */
    assert_int_equal(learn_copy_of(&loaded, learn, some, COUNT_OF(some)), ST_OK);
    assert_true(learn_saved_size(loaded) < size);
    for (size_t i = 0; i < COUNT_OF(some); i++)
        assert_true(accept_of(loaded, some[i], START + DAY, 600, false) ==
                    accept_of(learn, some[i], START + DAY, 600, false));
    assert_true(accept_of(loaded, 6, START + DAY, 600, false) ==
                accept_of(learn, 7777, START + DAY, 600, false));
    learn_free(loaded);
    learn_free(learn);
}

/* ROWS answers of three people, and their bytes: both are the caller's. */
static unsigned char *saved(int64_t rows, struct learn **ret, size_t *ret_size)
{
    struct learn *learn = fresh(NULL);
    for (int64_t id = 1; id <= rows; id++) {
        struct learn_row row = row_of(id, 1 + id % 3, id % 2 == 0 ? LEARN_YES : LEARN_NO);
        add(learn, &row);
    }
    *ret = learn;
    *ret_size = learn_saved_size(learn);
    unsigned char *bytes = mem_alloc(*ret_size + 8);
    assert_non_null(bytes);
    memset(bytes, 0, *ret_size + 8);
    learn_save(learn, bytes);
    return bytes;
}

/* Nobody, one person, several: the same answers are the same bytes, and what is loaded
 * goes on as what was saved. */
static void test_goes_on(void **state)
{
    (void)state;
    for (int64_t rows = 0; rows < 6; rows++) {
        struct learn *one, *two, *loaded;
        size_t size, again;
        unsigned char *bytes = saved(rows, &one, &size),
                      *more = saved(rows, &two, &again);
        assert_int_equal(size, again);
        assert_memory_equal(bytes, more, size);
        assert_int_equal(learn_load(&loaded, NULL, bytes, size), ST_OK);
        assert_int_equal(learn_rows(loaded), rows);
        mem_free(bytes); /* nothing of it is used any more */
        struct learn_row row = row_of(rows + 1, 2, LEARN_NO);
        add(one, &row);
        add(loaded, &row);
        assert_true(learn_version(one) == learn_version(loaded));
        for (int64_t person = 1; person <= 4; person++)
            assert_true(accept_of(one, person, START + DAY, 600, false) ==
                        accept_of(loaded, person, START + DAY, 600, false));
        learn_free(one);
        learn_free(two);
        learn_free(loaded);
        mem_free(more);
    }
}

/* Any byte that is not as it was written, one too few, one too many. */
static void test_damaged(void **state)
{
    (void)state;
    struct learn *learn;
    size_t size;
    unsigned char *bytes = saved(9, &learn, &size);
    learn_free(learn);
    for (size_t i = 0; i < size; i += i < 64 ? 1 : 997) {
        bytes[i] ^= 0x10;
        int status = learn_load(&learn, NULL, bytes, size);
        assert_true(status == ST_CORRUPT || status == ST_UNSUPPORTED);
        bytes[i] ^= 0x10;
    }
    bytes[size - 1] ^= 1;
    assert_int_equal(learn_load(&learn, NULL, bytes, size), ST_CORRUPT);
    bytes[size - 1] ^= 1;
    assert_int_equal(learn_load(&learn, NULL, bytes, size - 1), ST_CORRUPT);
    assert_int_equal(learn_load(&learn, NULL, bytes, size + 8), ST_CORRUPT);
    assert_int_equal(learn_load(&learn, NULL, bytes, 0), ST_CORRUPT);
    mem_free(bytes);
}

/* Learned from other first figures, it is learned anew: whichever of them it is. */
static void test_other_figures(void **state)
{
    (void)state;
    struct learn *learn;
    struct learn_config config;
    size_t size;
    unsigned char *bytes = saved(9, &learn, &size);
    learn_free(learn);
    learn_config_default(&config);
    double *const figures[] = {&config.response.accept,
                               &config.response.comes,
                               &config.response.declines,
                               &config.response.says_left,
                               &config.response.correlation,
                               &config.response.delay_median_s,
                               &config.response.delay_sigma,
                               &config.response.turnout_day_median_s,
                               &config.response.turnout_night_median_s,
                               &config.response.turnout_sigma,
                               &config.peers,
                               &config.half_life_days,
                               &config.context_half_life_days};
    for (size_t i = 0; i < COUNT_OF(figures); i++) {
        const double figure = *figures[i];
        *figures[i] += 0.01;
        assert_int_equal(learn_load(&learn, &config, bytes, size), ST_UNSUPPORTED);
        *figures[i] = figure;
    }
    config.fixed_context = true;
    assert_int_equal(learn_load(&learn, &config, bytes, size), ST_UNSUPPORTED);
    config.fixed_context = false;
    assert_int_equal(learn_load(&learn, &config, bytes, size), ST_OK);
    learn_free(learn);
    mem_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_are_kept),
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_other_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
