/* SPDX-License-Identifier: Apache-2.0 */
/* A stored candidate is [id, lines, seconds, decision, q, burden] or, if alerted, [id,
 * lines, seconds, "alerted", line, p_accept, p_in_time, reason, burden], the ends absent
 * in old ones; a stored exclusion a list of ids. Both were written by
 * dispatch/scheme_json.c and are read here as loosely as possible: an old record must not
 * make the whole list unreadable. */
#include "api/record.h"

#include "api/out.h"
#include "store/people.h"

#include <jansson.h>

static const char *number_of(struct db *db, const json_t *id,
                             struct person_identity *identity)
{
    if (person_identity(db, NULL, json_integer_value(id), identity) != 0)
        return NULL;
    return identity->number;
}

static void append_candidate(struct db *db, const json_t *candidate, bool with_numbers,
                             struct text *ret)
{
    struct person_identity identity;
    out_open(ret, NULL, '{');
    if (with_numbers)
        out_text_if(ret, "number",
                    number_of(db, json_array_get(candidate, 0), &identity));
    out_real(ret, "seconds", json_number_value(json_array_get(candidate, 2)));
    out_text_if(ret, "decision", json_string_value(json_array_get(candidate, 3)));
    size_t size = json_array_size(candidate);
    if (size == 6) {
        out_real(ret, "q", json_number_value(json_array_get(candidate, 4)));
        out_real(ret, "burden", json_number_value(json_array_get(candidate, 5)));
    }
    if (size > 8) {
        out_text_if(ret, "reason", json_string_value(json_array_get(candidate, 7)));
        out_real(ret, "burden", json_number_value(json_array_get(candidate, 8)));
    }
    if (size > 6) {
        out_int(ret, "line", json_integer_value(json_array_get(candidate, 4)));
        out_real(ret, "p_accept", json_number_value(json_array_get(candidate, 5)));
        out_real(ret, "p_in_time", json_number_value(json_array_get(candidate, 6)));
    }
    out_close(ret, '}');
}

static void append_excluded(struct db *db, json_t *excluded, bool with_numbers,
                            struct text *ret)
{
    const char *reason;
    json_t *ids;
    out_open(ret, "excluded", '{');
    json_object_foreach(excluded, reason, ids)
    {
        struct person_identity identity;
        if (!with_numbers) {
            out_int(ret, reason, (int64_t)json_array_size(ids));
            continue;
        }
        out_open(ret, reason, '[');
        for (size_t i = 0; i < json_array_size(ids); i++) {
            const char *number = number_of(db, json_array_get(ids, i), &identity);
            out_text(ret, NULL, number == NULL ? "" : number);
        }
        out_close(ret, ']');
    }
    out_close(ret, '}');
}

/* The fields that are told as they are stored. */
static void append_same(const json_t *record, struct text *ret)
{
    static const char *const same[] = {
        "at",          "need",  "callout",        "inputs", "target",
        "probability", "lines", "target_reached", "cut",    "excluded_cut",
        "policy",      "price", "correlation",    "later",  "at_once"};
    json_free_t release;
    json_get_alloc_funcs(NULL, &release);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        const json_t *value = json_object_get(record, same[i]);
        char *text = value == NULL ? NULL
                                   : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
                                                           JSON_REAL_PRECISION(9));
        if (text != NULL)
            out_raw(ret, same[i], text);
        release(text);
    }
}

void record_append(struct db *db, const char *body, int wave, bool with_numbers,
                   struct text *ret)
{
    json_t *record = json_loads(body, 0, NULL);
    if (!json_is_object(record)) {
        json_decref(record);
        return;
    }
    out_open(ret, NULL, '{');
    out_int(ret, "wave", wave);
    append_same(record, ret);
    out_open(ret, "candidates", '[');
    const json_t *candidates = json_object_get(record, "candidates");
    for (size_t i = 0; i < json_array_size(candidates); i++)
        append_candidate(db, json_array_get(candidates, i), with_numbers, ret);
    out_close(ret, ']');
    append_excluded(db, json_object_get(record, "excluded"), with_numbers, ret);
    out_close(ret, '}');
    json_decref(record);
}
