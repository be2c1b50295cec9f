/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"

#include <stdbool.h>
#include <string.h>

/* One row of CONFIG_LIST as data: so that parsing and writing are one loop each. */
struct key {
    const char *name;
    enum { NUMBER, TEXT, YES_OR_NO } kind;
    size_t offset;
    int64_t value, min, max;
    const char *text, *what;
};

static const struct key keys[] = {
#define N(name, value, min, max, what)                                                   \
    {#name, NUMBER, offsetof(struct config, name), value, min, max, NULL, what},
#define T(name, value, what)                                                             \
    {#name, TEXT, offsetof(struct config, name), 0, 0, 0, value, what},
#define Y(name, value, what)                                                             \
    {#name, YES_OR_NO, offsetof(struct config, name), value, 0, 1, NULL, what},
    CONFIG_LIST(N, T, Y)
#undef N
#undef T
#undef Y
};

static int64_t *number_of(struct config *config, const struct key *key)
{
    return (int64_t *)(void *)((char *)config + key->offset);
}

static char *text_of(struct config *config, const struct key *key)
{
    return (char *)config + key->offset;
}

static void set_text(char *field, const char *value)
{
    size_t size = strlen(value);
    memcpy(field, value, size + 1);
}

void config_default(struct config *config)
{
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (keys[i].kind == TEXT)
            set_text(text_of(config, &keys[i]), keys[i].text);
        else
            *number_of(config, &keys[i]) = keys[i].value;
    memset(config->lines, 0, sizeof config->lines);
}

static int set_value(struct config *config, const struct key *key, const char *value,
                     uint32_t line, struct diag *reterr)
{
    if (key->kind == TEXT) {
        if (strlen(value) > CONFIG_VALUE_MAX)
            return diag_set(reterr, ST_LIMIT, line, 0, key->name,
                            "the value is longer than %d bytes", CONFIG_VALUE_MAX);
        set_text(text_of(config, key), value);
        return ST_OK;
    }
    if (key->kind == YES_OR_NO) {
        *number_of(config, key) = strcmp(value, "yes") == 0;
        return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0
                   ? ST_OK
                   : diag_set(reterr, ST_INVALID, line, 0, key->name,
                              "must be yes or no");
    }
    if (!text_to_int64(value, key->min, key->max, number_of(config, key)))
        return diag_set(reterr, ST_INVALID, line, 0, key->name,
                        "must be a whole number from %lld to %lld", (long long)key->min,
                        (long long)key->max);
    return ST_OK;
}

static int parse_line(struct config *config, char *text, uint32_t line,
                      struct diag *reterr)
{
    char *comment = strchr(text, '#');
    if (comment != NULL)
        *comment = '\0';
    text = text_trim(text);
    if (*text == '\0')
        return ST_OK;
    char *equals = strchr(text, '=');
    if (equals == NULL)
        return diag_set(reterr, ST_INVALID, line, 1, "", "expected `key = value`");
    *equals = '\0';
    const char *name = text_trim(text);
    const char *value = text_trim(equals + 1);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (strcmp(keys[i].name, name) != 0)
            continue;
        if (config->lines[i] != 0)
            return diag_set(reterr, ST_INVALID, line, 1, name, "stands there twice");
        config->lines[i] = line;
        return set_value(config, &keys[i], value, line, reterr);
    }
    return diag_set(reterr, ST_INVALID, line, 1, name,
                    "is no key; docs/configuration.md lists them");
}

int config_parse(struct config *config, char *text, size_t size, struct diag *reterr)
{
    if (size > CONFIG_SIZE_MAX)
        return diag_set(reterr, ST_LIMIT, 0, 0, "", "larger than %d bytes",
                        CONFIG_SIZE_MAX);
    if (memchr(text, '\0', size) != NULL || !text_is_utf8(text, size))
        return diag_set(reterr, ST_INVALID, 0, 0, "", "is not a UTF-8 text");
    struct config *read = mem_alloc(sizeof *read);
    if (read == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    *read = *config;
    memset(read->lines, 0, sizeof read->lines);
    int status = ST_OK;
    uint32_t line = 1;
    const bool has_mark = strncmp(text, "\xef\xbb\xbf", 3) == 0; /* of an editor */
    for (char *at = text + (has_mark ? 3 : 0); at != NULL && status == ST_OK; line++) {
        char *end = strchr(at, '\n');
        if (end != NULL)
            *end = '\0';
        status = parse_line(read, at, line, reterr);
        at = end == NULL ? NULL : end + 1;
    }
    if (status == ST_OK)
        *config = *read;
    mem_free(read);
    return status;
}

int config_read(struct config *config, const char *path, struct diag *reterr)
{
    AUTO_FREE char *text = NULL;
    size_t size;
    int status = file_read(path, CONFIG_SIZE_MAX, &text, &size, reterr);
    if (status != ST_OK)
        return status;
    return diag_in_file(reterr, config_parse(config, text, size, reterr), path);
}

uint32_t config_line(const struct config *config, const char *key)
{
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strcmp(keys[i].name, key) == 0)
            return config->lines[i];
    return 0;
}

void config_write(const struct config *config, struct text *ret)
{
    text_append_string(ret,
                       "# muster's configuration: `key = value`. Lines with # are the "
                       "defaults.\n");
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const struct key *key = &keys[i];
        const char *field = (const char *)config + key->offset;
        text_appendf(ret, "\n# %s\n", key->what);
        if (key->kind == TEXT) {
            bool is_default = strcmp(field, key->text) == 0;
            text_appendf(ret, "%s%s = %s\n", is_default ? "#" : "", key->name, field);
            continue;
        }
        int64_t value;
        memcpy(&value, field, sizeof value);
        text_appendf(ret, "%s%s = ", value == key->value ? "#" : "", key->name);
        if (key->kind == YES_OR_NO)
            text_append_string(ret, value == 0 ? "no\n" : "yes\n");
        else
            text_appendf(ret, "%lld\n", (long long)value);
    }
}
