/* SPDX-License-Identifier: Apache-2.0 */
/*     header | struct learn (pointers are rubbish) | accounts
 *
 * Valid if the sizes are those of this program, the checksum of what follows the header
 * is right, and fingerprint and config are the same. The table of slots is made anew. */
#include "plan/learn_keep.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "plan/learn_internal.h"

#include <string.h>

#define MAGIC UINT64_C(0x314b4e4c54534d00) /* "\0MSTLNK1" as this machine reads it */
#define TRIED 96

struct header {
    uint64_t magic, fingerprint, checksum;
    uint32_t learn_size, account_size;
};

/* FNV-1a by words; the last ones by bytes. */
static uint64_t hash(const void *data, size_t size, uint64_t start)
{
    const unsigned char *at = data;
    uint64_t ret = start ^ UINT64_C(14695981039346656037), word;
    for (; size >= sizeof word; size -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        ret = (ret ^ word) * UINT64_C(1099511628211);
        ret ^= ret >> 32;
    }
    for (; size > 0; size--)
        ret = (ret ^ *at++) * UINT64_C(1099511628211);
    return ret;
}

/* What this program makes of some answers of three people, by day and night, of both
 * kinds. 0 = no memory. */
static uint64_t fingerprint(const struct learn_config *config)
{
    struct learn *learn;
    if (learn_new(&learn, config, NULL) != ST_OK)
        return 0;
    uint64_t ret = 0;
    for (int64_t i = 1; i <= TRIED; i++) {
        const struct learn_row row = {.id = i,
                                      .person_id = 1 + i % 3,
                                      .callout_id = i / 4,
                                      .wave = 1,
                                      .exercise = i % 5 == 0,
                                      .weekend = i % 7 == 0,
                                      .what = (enum learn_what)(i % LEARN_FORGET),
                                      .before = LEARN_NOTHING,
                                      .kind = (uint8_t)(i % LEARN_KINDS_MAX),
                                      .mode = (uint8_t)(i % TIMING_MODES),
                                      .minute = (int32_t)(i * 37 % 1440),
                                      .at_ms = 1000 * TIME_DAY_MS + i * TIME_DAY_MS,
                                      .took_ms = 1000 * i,
                                      .travel_ms = (uint32_t)(10000 * i),
                                      .promised = 0.3};
        if (learn_add(learn, &row, NULL) != ST_OK)
            ret++;
    }
    for (uint32_t i = 0; i < learn->count; i++) {
        ret = hash(learn->accounts[i].log_likelihood,
                   sizeof learn->accounts[i].log_likelihood, ret);
        ret = hash(learn->accounts[i].weight, sizeof learn->accounts[i].weight, ret);
    }
    ret = hash(learn->context.mean, sizeof learn->context.mean, ret);
    ret = hash(learn->mixture.share, sizeof learn->mixture.share, ret);
    for (int i = 0; i < 2; i++) {
        struct response_model_config model;
        learn_response_config(learn, i == 1, &model);
        ret = hash(&model.accept, sizeof model.accept, ret);
        ret = hash(&model.delay_median_s, sizeof model.delay_median_s, ret);
        ret = hash(&model.says_left, sizeof model.says_left, ret);
        ret = hash(&model.correlation, sizeof model.correlation, ret);
    }
    learn_free(learn);
    return ret;
}

size_t learn_saved_size(const struct learn *learn)
{
    return sizeof(struct header) + sizeof *learn + learn->count * sizeof *learn->accounts;
}

void learn_save(const struct learn *learn, void *ret)
{
    struct learn fixed = *learn;
    unsigned char *at = (unsigned char *)ret + sizeof(struct header);
    size_t size = learn_saved_size(learn) - sizeof(struct header);
    fixed.accounts = NULL;
    fixed.slots = NULL;
    memcpy(at, &fixed, sizeof fixed);
    if (learn->count > 0)
        memcpy(at + sizeof fixed, learn->accounts,
               learn->count * sizeof *learn->accounts);
    const struct header header = {MAGIC, fingerprint(&learn->config), hash(at, size, 0),
                                  sizeof(struct learn), sizeof(struct account)};
    memcpy(ret, &header, sizeof header);
}

static bool same_config(const struct learn_config *a, const struct learn_config *b)
{
    const struct response_model_config *x = &a->response, *y = &b->response;
    return x->accept == y->accept && x->comes == y->comes && x->declines == y->declines &&
           x->says_left == y->says_left && x->correlation == y->correlation &&
           x->delay_median_s == y->delay_median_s && x->delay_sigma == y->delay_sigma &&
           x->turnout_day_median_s == y->turnout_day_median_s &&
           x->turnout_night_median_s == y->turnout_night_median_s &&
           x->turnout_sigma == y->turnout_sigma && a->peers == b->peers &&
           a->half_life_days == b->half_life_days &&
           a->context_half_life_days == b->context_half_life_days &&
           a->fixed_context == b->fixed_context;
}

static int check(const struct learn_config *config, const void *data, size_t size,
                 struct learn *ret)
{
    const unsigned char *at = (const unsigned char *)data + sizeof(struct header);
    struct header header;
    if (size < sizeof header)
        return ST_CORRUPT;
    memcpy(&header, data, sizeof header);
    if (header.magic != MAGIC || header.learn_size != sizeof(struct learn) ||
        header.account_size != sizeof(struct account))
        return ST_UNSUPPORTED;
    if (size < sizeof header + sizeof *ret)
        return ST_CORRUPT;
    memcpy(ret, at, sizeof *ret);
    if (size != sizeof header + sizeof *ret + ret->count * sizeof(struct account) ||
        header.checksum != hash(at, size - sizeof header, 0))
        return ST_CORRUPT;
    return (config == NULL || same_config(&ret->config, config)) &&
                   header.fingerprint == fingerprint(&ret->config)
               ? ST_OK
               : ST_UNSUPPORTED;
}

int learn_load(struct learn **ret, const struct learn_config *config, const void *data,
               size_t size)
{
    struct learn *learn = mem_alloc(sizeof *learn);
    if (learn == NULL)
        return ST_NO_MEMORY;
    int status = check(config, data, size, learn);
    if (status != ST_OK) {
        mem_free(learn); /* its pointers are not ours yet */
        return status;
    }
    learn->accounts = NULL;
    learn->slots = NULL;
    learn->capacity = learn->slot_count = 0;
    uint32_t count = learn->count;
    status = count == 0 ? ST_OK
                        : mem_grow(&learn->accounts, &learn->capacity, count,
                                   sizeof *learn->accounts, 2 * LEARN_PEOPLE_MAX);
    if (status == ST_OK && count > 0)
        memcpy(learn->accounts,
               (const unsigned char *)data + sizeof(struct header) + sizeof *learn,
               count * sizeof *learn->accounts);
    if (status == ST_OK)
        status = learn_make_slots(learn, count);
    if (status != ST_OK) {
        learn_free(learn);
        return status;
    }
    *ret = learn;
    return ST_OK;
}

/* Appends the account, if there is one. */
static void copy_account(struct learn *to, const struct learn *from, int64_t id,
                         bool exercise)
{
    const struct account *account = learn_find(from, id, exercise);
    if (account != NULL)
        to->accounts[to->count++] = *account;
}

int learn_copy_of(struct learn **ret, const struct learn *learn, const int64_t *ids,
                  uint32_t count)
{
    struct learn *copy = mem_alloc(sizeof *copy);
    if (copy == NULL)
        return ST_NO_MEMORY;
    *copy = *learn;
    copy->slots = NULL;
    copy->slot_count = copy->count = 0;
    copy->capacity = 2 * count;
    copy->accounts = mem_calloc(2 * (size_t)count + 1, sizeof *copy->accounts);
    for (uint32_t i = 0; i < count && copy->accounts != NULL; i++) {
        copy_account(copy, learn, ids[i], false);
        copy_account(copy, learn, ids[i], true);
    }
    int status =
        copy->accounts == NULL ? ST_NO_MEMORY : learn_make_slots(copy, copy->count);
    if (status != ST_OK) {
        learn_free(copy);
        return status;
    }
    *ret = copy;
    return ST_OK;
}
