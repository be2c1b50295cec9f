/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/fields.h"

#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

size_t fields_enter(struct fields *fields, const char *name, int64_t index)
{
    size_t before = fields->size;
    char step[96];
    if (index < 0)
        (void)snprintf(step, sizeof step, "%s%s", before > 0 ? "." : "", name);
    else
        (void)snprintf(step, sizeof step, "%s%s[%lld]", before > 0 ? "." : "", name,
                       (long long)index);
    size_t room = sizeof fields->path - 1 - before, size = strlen(step);
    size = size < room ? size : room;
    memcpy(fields->path + before, step, size);
    fields->size = before + size;
    fields->path[fields->size] = '\0';
    return before;
}

void fields_leave(struct fields *fields, size_t size)
{
    fields->size = size;
    fields->path[size] = '\0';
}

int fields_bad(struct fields *fields, const char *name, const char *format, ...)
{
    if (fields->status != ST_OK)
        return fields->status;
    char text[DIAG_TEXT_MAX + 1];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t before = fields->size;
    if (name[0] != '\0')
        before = fields_enter(fields, name, -1);
    fields->status = diag_set(fields->reterr, ST_INVALID, 0, 0, fields->path, "%s", text);
    fields_leave(fields, before);
    return fields->status;
}

static bool is_among(const char *members, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = members; *at != '\0';) {
        size_t word = strcspn(at, " ");
        if (word == size && memcmp(at, name, size) == 0)
            return true;
        at += word;
        at += strspn(at, " ");
    }
    return false;
}

void fields_check(struct fields *fields, const json_t *object, const char *members)
{
    if (!json_is_object(object)) {
        (void)fields_bad(fields, "", "must be an object");
        return;
    }
    for (void *at = json_object_iter((json_t *)(uintptr_t)object); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)object, at))
        if (!is_among(members, json_object_iter_key(at)))
            (void)fields_bad(fields, json_object_iter_key(at),
                             "is not known here; known: %s", members);
}

const json_t *fields_array(struct fields *fields, const json_t *object, const char *name,
                           uint32_t max, bool wanted)
{
    const json_t *array = json_object_get(object, name);
    if (array == NULL && !wanted)
        return NULL;
    size_t count = json_array_size(array);
    if (!json_is_array(array) || count > max || (wanted && count == 0)) {
        (void)fields_bad(fields, name, "must be an array of %d to %u items",
                         wanted ? 1 : 0, max);
        return NULL;
    }
    return array;
}

double fields_number(struct fields *fields, const json_t *object,
                     struct fields_range range)
{
    const json_t *value = json_object_get(object, range.name);
    if (value == NULL && !isnan(range.fallback))
        return range.fallback;
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= range.min) || !(number <= range.max)) {
        (void)fields_bad(fields, range.name, "must be a number from %.10g to %.10g",
                         range.min, range.max);
        return range.min;
    }
    return number;
}

int64_t fields_whole(struct fields *fields, const json_t *object,
                     struct fields_range range)
{
    const json_t *value = json_object_get(object, range.name);
    if (value != NULL && !json_is_integer(value)) {
        (void)fields_bad(fields, range.name, "must be a whole number from %g to %g",
                         range.min, range.max);
        return (int64_t)range.min;
    }
    return (int64_t)fields_number(fields, object, range);
}

void fields_string(struct fields *fields, const json_t *object, struct fields_text text)
{
    const json_t *value = json_object_get(object, text.name);
    text.ret[0] = '\0';
    if (value == NULL && !text.wanted)
        return;
    const char *string = json_string_value(value);
    if (string == NULL || string[0] == '\0' || strlen(string) >= text.size) {
        (void)fields_bad(fields, text.name, "must be a text of 1 to %zu bytes",
                         text.size - 1);
        return;
    }
    memcpy(text.ret, string, strlen(string) + 1);
}
