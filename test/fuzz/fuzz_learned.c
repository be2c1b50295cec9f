/* SPDX-License-Identifier: Apache-2.0 */
/* A kept model of what was learned (learned.bin, the part of
 * plan/learn_keep.h): as it comes, and with these bytes written into a good
 * one. Refused, or a model that forecasts, learns on, and is the same when it
 * is kept and read again. */
#include "base/mem.h"
#include "base/status.h"
#include "plan/learn_keep.h"

#include <assert.h>
#include <string.h>

#define PEOPLE 40
#define ROWS 300
#define DAY_MS INT64_C(86400000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct learn_row row_of(int64_t id)
{
    return (struct learn_row){.id = id,
                              .person_id = 1 + id % PEOPLE,
                              .callout_id = id / 4,
                              .wave = 1,
                              .exercise = id % 5 == 0,
                              .what = (enum learn_what)(id % LEARN_FORGET),
                              .before = LEARN_NOTHING,
                              .minute = (int32_t)(id * 37 % 1440),
                              .at_ms = 20000 * DAY_MS + id * DAY_MS / 24,
                              .took_ms = 1000 * (1 + id % 600),
                              .travel_ms = (uint32_t)(1000 * (id % 900)),
                              .promised = 0.3};
}

static void add_rows(struct learn *learn, int64_t first, int64_t last)
{
    for (int64_t id = first; id <= last; id++) {
        const struct learn_row row = row_of(id);
        int status = learn_add(learn, &row, NULL);
        assert(status == ST_OK || status == ST_INVALID);
    }
}

static unsigned char *save(const struct learn *learn, size_t *ret_size)
{
    *ret_size = learn_saved_size(learn);
    unsigned char *bytes = mem_alloc(*ret_size);
    assert(bytes != NULL);
    learn_save(learn, bytes);
    return bytes;
}

/* The model of ROWS answers, made once. */
static const unsigned char *good(const struct learn_config *config, size_t *ret_size)
{
    static unsigned char *bytes;
    static size_t size;
    if (bytes == NULL) {
        struct learn *learn;
        assert(learn_new(&learn, config, NULL) == ST_OK);
        add_rows(learn, 1, ROWS);
        bytes = save(learn, &size);
        learn_free(learn);
    }
    *ret_size = size;
    return bytes;
}

static void try(const struct learn_config *config, const unsigned char *bytes,
                size_t size, bool is_good)
{
    struct learn *learn;
    int status = learn_load(&learn, config, bytes, size);
    assert(status == ST_OK || status == ST_CORRUPT || status == ST_UNSUPPORTED);
    assert(!is_good || status == ST_OK);
    if (status != ST_OK)
        return;
    struct learn *other;
    size_t again_size;
    unsigned char *again = save(learn, &again_size);
    assert(again_size == size && learn_load(&other, config, again, size) == ST_OK);
    mem_free(again);
    const struct learn_moment moment = {.now_ms = 20100 * DAY_MS, .minute = 600};
    for (int64_t person = 0; person <= PEOPLE + 1; person++) {
        double p = learn_forecast(learn, &moment, person, 0, 300000).accept;
        assert(p >= 0.0 && p <= 1.0);
        assert(p == learn_forecast(other, &moment, person, 0, 300000).accept);
    }
    assert(learn_version(other) == learn_version(learn));
    learn_free(other);
    add_rows(learn, ROWS + 1, ROWS + 5);
    learn_free(learn);
}

/* DATA: where to write (4 bytes), then what; nothing = the good one as it is.
 * The model is cut off where the last byte was written if the place is odd. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct learn_config config;
    size_t whole;
    uint32_t at;
    learn_config_default(&config);
    try(&config, data, size, false);
    const unsigned char *from = good(&config, &whole);
    unsigned char *bytes = mem_alloc(whole);
    assert(bytes != NULL);
    memcpy(bytes, from, whole);
    size_t end = whole;
    if (size > sizeof at) {
        memcpy(&at, data, sizeof at);
        const size_t begin = at / 2 % whole, rest = whole - begin;
        const size_t part = size - sizeof at < rest ? size - sizeof at : rest;
        memcpy(bytes + begin, data + sizeof at, part);
        end = at % 2 == 1 ? begin + part : whole;
    }
    try(&config, bytes, end, end == whole && memcmp(bytes, from, whole) == 0);
    mem_free(bytes);
    return 0;
}
