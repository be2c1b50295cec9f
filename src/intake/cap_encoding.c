/* SPDX-License-Identifier: Apache-2.0 */
/* All these encodings are ASCII below 128, so the declaration can be read before it is
 * known which one it is. */
#include "intake/cap_encoding.h"

#include "base/mem.h"
#include "base/status.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define DECLARATION_MAX 256
/* At most so many bytes of UTF-8 for one of GB18030: two bytes become three, four become
 * at most four, one stays one. */
#define GROWTH(size) ((size) + (size) / 2 + 1)

static bool is_chinese(const char *name)
{
    static const char *const names[] = {"GB2312", "GBK", "GB18030"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* <?xml version="1.0" encoding="GBK"?> at the very beginning. */
static bool declares_chinese(const char *data, size_t size)
{
    char text[DECLARATION_MAX + 1];
    if (size > DECLARATION_MAX)
        size = DECLARATION_MAX;
    memcpy(text, data, size);
    text[size] = '\0';
    char *end = strstr(text, "?>");
    if (strncmp(text, "<?xml", strlen("<?xml")) != 0 || end == NULL)
        return false;
    *end = '\0';
    char *name = strstr(text, "encoding");
    if (name == NULL || (name = strpbrk(name, "\"'")) == NULL)
        return false;
    char *quote = strchr(name + 1, *name);
    if (quote == NULL)
        return false;
    *quote = '\0';
    return is_chinese(name + 1);
}

static uint32_t line_of(const char *data, const char *at)
{
    uint32_t line = 1;
    for (; data < at; data++)
        line += *data == '\n';
    return line;
}

static int convert(iconv_t converter, const char *data, size_t size, char **ret,
                   size_t *ret_size, struct diag *reterr)
{
    const size_t room = GROWTH(size);
    char *text = mem_alloc(room), *out = text;
    if (text == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory to read it");
    /* iconv does not write to what it reads; its type is older than const. */
    union {
        const char *read;
        char *at;
    } in = {data};
    size_t left = size, room_left = room;
    if (iconv(converter, &in.at, &left, &out, &room_left) == (size_t)-1) {
        mem_free(text);
        return diag_set(reterr, ST_INVALID, line_of(data, in.read), 0, "",
                        "has bytes that are not GB18030, which it says to be: send it "
                        "in the encoding that its first line names");
    }
    *ret = text;
    *ret_size = (size_t)(out - text);
    return ST_OK;
}

int cap_decode(const char *data, size_t size, char **ret, size_t *ret_size,
               struct diag *reterr)
{
    *ret = NULL;
    *ret_size = 0;
    if (!declares_chinese(data, size))
        return ST_OK;
    const iconv_t converter = iconv_open("UTF-8", "GB18030");
    if (converter == (iconv_t)-1)
        return diag_set(reterr, errno == ENOMEM ? ST_NO_MEMORY : ST_UNSUPPORTED, 0, 0, "",
                        "is in GB18030, which this machine does not convert: send UTF-8");
    const int status = convert(converter, data, size, ret, ret_size, reterr);
    (void)iconv_close(converter); /* fails only for what is no converter */
    return status;
}
