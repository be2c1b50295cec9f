/* SPDX-License-Identifier: Apache-2.0 */
/* A wave of very many would keep everybody else waiting for its rows, so it is written in
 * parts: the first one with the call-out and, in the same transaction, the list of those
 * who are left, in rows of wave_part(callout_id, part, at_ms, people) for ROW_PARTS parts
 * each. A later step takes one part out of the first row and alerts its people, again in
 * one transaction; callout.unsent says how many are left. So after a crash at any point
 * the next start goes on with the part that comes next, and nobody is alerted twice or
 * forgotten. A call-out that is stood down meanwhile forgets the rest; so does one whose
 * parts have become old (a full disk, a long stop): its plan was made for another hour,
 * and it is planned again.
 *
 * `people` is an array of invitations of PERSON_SIZE bytes, numbers little-endian:
 *
 *     person id i64 | travel ms u32 | p_accept f32 | p_in_time f32 | count u32
 *       | line u8 | lines able u8 | channels u8 | forced u8 */
#include "store/stage_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>

#define PERSON_SIZE 28
#define ROW_PARTS 25 /* fewer and larger rows: the list is written faster */

static void put_le(uint8_t *at, uint64_t value, int size)
{
    for (int i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_le(const uint8_t *at, int size)
{
    uint64_t value = 0;
    for (int i = size; i-- > 0;)
        value = value << 8 | at[i];
    return value;
}

static uint32_t float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void encode(const struct loop_invitation *person, uint8_t ret[PERSON_SIZE])
{
    put_le(ret, (uint64_t)person->person_id, 8);
    put_le(ret + 8, person->travel_ms, 4);
    put_le(ret + 12, float_bits(person->p_accept), 4);
    put_le(ret + 16, float_bits(person->p_in_time), 4);
    put_le(ret + 20, (uint32_t)person->count, 4);
    ret[24] = (uint8_t)person->line;
    ret[25] = person->lines_able;
    ret[26] = person->channels;
    ret[27] = person->forced;
}

static struct loop_invitation decode(const uint8_t at[PERSON_SIZE])
{
    return (struct loop_invitation){.person_id = (int64_t)get_le(at, 8),
                                    .travel_ms = (uint32_t)get_le(at + 8, 4),
                                    .p_accept = float_of((uint32_t)get_le(at + 12, 4)),
                                    .p_in_time = float_of((uint32_t)get_le(at + 16, 4)),
                                    .count = (int32_t)get_le(at + 20, 4),
                                    .line = at[24],
                                    .lines_able = at[25],
                                    .channels = at[26],
                                    .forced = at[27] != 0};
}

/* ---- the first part -----------------------------------------------------------------
 */

bool stage_wave_is_large(const struct stage *stage, const struct loop_input *input)
{
    return input->wave != NULL && !input->wave->goes_on &&
           input->wave->count > stage->wave_whole;
}

/* COUNT of PEOPLE, from FIRST on. */
static int put_part(struct stage *stage, int64_t callout_id, int64_t at_ms,
                    const struct loop_invitation *people, uint32_t first, uint32_t count)
{
    AUTO_FREE uint8_t *bytes = mem_alloc((size_t)count * PERSON_SIZE);
    if (bytes == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        encode(&people[first + i], bytes + (size_t)i * PERSON_SIZE);
    struct query *query =
        db_query(stage->db, "INSERT INTO wave_part (callout_id, part, at_ms, people)"
                            " VALUES (?1, ?2, ?3, ?4)");
    query_int(query, 1, callout_id);
    query_int(query, 2, first / stage->wave_part);
    query_int(query, 3, at_ms);
    query_blob_kept(query, 4, bytes, (size_t)count * PERSON_SIZE);
    return query_put(query);
}

int stage_wave_begin(struct stage *stage, struct staged *staged,
                     const struct loop_input *input, int64_t now_ms,
                     struct loop_effects *effects, struct diag *reterr)
{
    struct loop_wave first = *input->wave;
    struct loop_input begin = *input;
    first.rest = first.count - stage->wave_part;
    first.count = stage->wave_part;
    begin.wave = &first;
    int status = stage_step(stage, staged, &begin, now_ms, effects, reterr);
    const uint32_t most = ROW_PARTS * stage->wave_part;
    for (uint32_t at = first.count, count; at < input->wave->count && status == ST_OK;
         at += count) {
        uint32_t left = input->wave->count - at;
        count = left < most ? left : most;
        status =
            put_part(stage, effects->id, now_ms, input->wave->invitations, at, count);
    }
    return status;
}

int stage_wave_forget(struct stage *stage, int64_t callout_id)
{
    struct query *query =
        db_query(stage->db, "DELETE FROM wave_part WHERE callout_id = ?1");
    query_int(query, 1, callout_id);
    return query_put(query);
}

/* ---- the next ones ------------------------------------------------------------------
 */

/* In turn, so that no wave waits for another one to end. */
static struct staged *next_sending(const struct stage *stage)
{
    struct staged *first = NULL;
    for (uint32_t i = 0; i < stage->count; i++) {
        struct staged *staged = stage->incidents[i];
        if (staged->sending == 0)
            continue;
        if (staged->incident.id > stage->sent_last)
            return staged;
        if (first == NULL)
            first = staged;
    }
    return first;
}

bool stage_is_sending(const struct stage *stage)
{
    return next_sending(stage) != NULL;
}

struct part {
    struct loop_invitation *people;
    uint32_t count;
    int64_t at_ms; /* of the wave */
};

/* What is left of a row goes back into it. */
static int keep_rest(struct stage *stage, int64_t callout_id, int64_t number,
                     const uint8_t *rest, size_t size)
{
    struct query *query = db_query(
        stage->db, size == 0 ? "DELETE FROM wave_part WHERE callout_id = ?1 AND part = ?2"
                             : "UPDATE wave_part SET people = ?3"
                               " WHERE callout_id = ?1 AND part = ?2");
    query_int(query, 1, callout_id);
    query_int(query, 2, number);
    if (size > 0)
        query_blob(query, 3, rest, size);
    return query_put(query);
}

/* Takes the part that comes next out of the table; ret->people NULL: there is none. */
static int take_part(struct stage *stage, int64_t callout_id, struct part *ret)
{
    struct query *query =
        db_query(stage->db, "SELECT part, people, at_ms FROM wave_part"
                            " WHERE callout_id = ?1 ORDER BY part LIMIT 1");
    query_int(query, 1, callout_id);
    int status = query_step(query);
    if (status != 1)
        return status;
    size_t size;
    int64_t number = query_get_int(query, 0);
    const uint8_t *bytes = query_get_blob(query, 1, &size);
    bool is_whole = size > 0 && size % PERSON_SIZE == 0;
    size_t all = size / PERSON_SIZE,
           count = all < stage->wave_part ? all : stage->wave_part;
    AUTO_FREE uint8_t *copy = mem_alloc(size + 1);
    if (copy != NULL && size > 0)
        memcpy(copy, bytes, size);
    *ret = (struct part){mem_calloc(count + 1, sizeof *ret->people), (uint32_t)count,
                         query_get_int(query, 2)};
    query_reset(query);
    if (copy == NULL || ret->people == NULL)
        return ST_NO_MEMORY;
    if (!is_whole)
        return ST_INVALID;
    for (size_t i = 0; i < count; i++)
        ret->people[i] = decode(copy + i * PERSON_SIZE);
    return keep_rest(stage, callout_id, number, copy + count * PERSON_SIZE,
                     size - count * PERSON_SIZE);
}

int stage_send_part(struct stage *stage, bool give_up, int64_t now_ms,
                    struct diag *reterr)
{
    struct staged *staged = next_sending(stage);
    struct part part = {.at_ms = now_ms};
    struct loop_wave wave = {.goes_on = true};
    if (staged == NULL)
        return ST_OK;
    stage->sent_last = staged->incident.id;
    int status = ST_OK;
    if (!give_up)
        status = take_part(stage, staged->sending, &part);
    int64_t age_ms = now_ms - part.at_ms;
    const bool is_old = age_ms > stage->wave_age_ms || age_ms < -stage->wave_age_ms;
    wave.invitations = part.people;
    wave.count = is_old ? 0 : part.count;
    const struct loop_input input = {.kind = LOOP_WAVE,
                                     .id = staged->sending,
                                     .wave = &wave,
                                     .code = is_old ? "old" : NULL};
    if (status == ST_OK)
        status = stage_apply(stage, staged, &input, now_ms, NULL, NULL, reterr);
    mem_free(part.people);
    return status;
}
