/* SPDX-License-Identifier: Apache-2.0 */
/* `solve waves`: JSON in and out around waves.c. */
#include "base/jsonread.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "plan/solve.h"
#include "plan/waves.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_SIZE_MAX (1u << 20)

static int bad(struct diag *reterr, const char *where, const char *what)
{
    return diag_set(reterr, ST_INVALID, 0, 0, where, "%s", what);
}

static int read_row(const json_t *array, double *ret, uint32_t *ret_count,
                    struct diag *reterr)
{
    size_t count = json_array_size(array);
    if (!json_is_array(array) || count < 1 || count > WAVES_PEOPLE_MAX)
        return bad(reterr, "q", "must be an array of 1 to 200 probabilities");
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(array, i);
        ret[i] = json_number_value(value);
        if (!json_is_number(value) || !(ret[i] >= 0.0) || ret[i] > 1.0)
            return bad(reterr, "q", "holds something that is no probability");
    }
    *ret_count = (uint32_t)count;
    return ST_OK;
}

/* One array for both waves, or one for each. */
static int read_q(const json_t *q, double *q1, double *q2, uint32_t *ret_count,
                  struct diag *reterr)
{
    uint32_t second;
    if (!json_is_array(json_array_get(q, 0))) {
        int status = read_row(q, q1, ret_count, reterr);
        return status == ST_OK ? read_row(q, q2, &second, reterr) : status;
    }
    if (json_array_size(q) != 2)
        return bad(reterr, "q", "must be one array, or one for each of two waves");
    int status = read_row(json_array_get(q, 0), q1, ret_count, reterr);
    if (status == ST_OK)
        status = read_row(json_array_get(q, 1), q2, &second, reterr);
    if (status == ST_OK && second != *ret_count)
        status = bad(reterr, "q", "the two arrays have different lengths");
    return status;
}

static int check_members(const json_t *root, struct diag *reterr)
{
    static const char *const NAMES[] = {"k", "target", "waves", "q"};
    const char *key;
    json_t *value;
    if (!json_is_object(root))
        return bad(reterr, "", "is no JSON object");
    json_object_foreach((json_t *)(uintptr_t)root, key, value)
    {
        bool known = false;
        for (size_t i = 0; i < COUNT_OF(NAMES); i++)
            known |= strcmp(NAMES[i], key) == 0;
        if (!known)
            return bad(reterr, key, "is not known here: k, target, waves, q");
    }
    const json_t *k = json_object_get(root, "k");
    const json_t *waves = json_object_get(root, "waves");
    double target = json_number_value(json_object_get(root, "target"));
    if (!json_is_integer(k) || json_integer_value(k) < 1 ||
        json_integer_value(k) > WAVES_K_MAX)
        return bad(reterr, "k", "must be 1 to 50");
    if (!(target > 0.0) || !(target < 1.0))
        return bad(reterr, "target", "must lie between 0 and 1");
    if (waves != NULL && json_integer_value(waves) != 2)
        return bad(reterr, "waves", "must be 2");
    return ST_OK;
}

static int by_index(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void append_indexes(const uint32_t *indexes, uint32_t count, struct text *ret)
{
    uint32_t sorted[WAVES_PEOPLE_MAX];
    memcpy(sorted, indexes, count * sizeof(*sorted));
    if (count > 1)
        qsort(sorted, count, sizeof(*sorted), by_index);
    text_append_string(ret, "[");
    for (uint32_t i = 0; i < count; i++)
        text_appendf(ret, "%s%u", i == 0 ? "" : ",", sorted[i]);
    text_append_string(ret, "]");
}

static int write_answer(const struct waves *waves, uint32_t k, char **ret)
{
    struct text text;
    text_init(&text, ANSWER_SIZE_MAX);
    text_appendf(&text, "{\"expected_alerts\":%.15g,\"probability\":%.15g",
                 waves->expected_alerts, waves->probability);
    text_append_string(&text, ",\"first_wave\":");
    append_indexes(waves->first, waves->first_count, &text);
    text_append_string(&text, ",\"second_wave\":{");
    for (uint32_t r = 1; r <= k; r++) {
        text_appendf(&text, "%s\"%u\":", r == 1 ? "" : ",", r);
        append_indexes(waves->order, waves->second_count[r - 1], &text);
    }
    text_append_string(&text, "}}");
    int status = text.status;
    if (status == ST_OK)
        *ret = text_take(&text);
    text_release(&text);
    return status;
}

static int solve(const json_t *root, char **ret, struct diag *reterr)
{
    double q1[WAVES_PEOPLE_MAX], q2[WAVES_PEOPLE_MAX];
    struct waves waves;
    int status = check_members(root, reterr);
    if (status < 0)
        return status;
    struct waves_input input = {
        .k = (uint32_t)json_integer_value(json_object_get(root, "k")),
        .target = json_number_value(json_object_get(root, "target")),
        .q1 = q1,
        .q2 = q2};
    status = read_q(json_object_get(root, "q"), q1, q2, &input.count, reterr);
    if (status == ST_OK)
        status = waves_solve(&input, &waves);
    return status == ST_OK ? write_answer(&waves, input.k, ret) : status;
}

int solve_waves(const char *text, size_t size, char **ret, struct diag *reterr)
{
    json_t *root;
    int status = jsonread_parse(&root, text, size, reterr);
    if (status != ST_OK)
        return status;
    status = solve(root, ret, reterr);
    json_decref(root);
    return status;
}
