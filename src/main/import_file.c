/* SPDX-License-Identifier: Apache-2.0 */
#include "main/import_file.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"

#include <string.h>

#define SAVE_AS "save it as 'CSV UTF-8 (comma delimited)'"

static bool begins(const char *data, size_t size, const char *with)
{
    return size >= strlen(with) && memcmp(data, with, strlen(with)) == 0;
}

/* NULL, or why DATA is no table that can be read, and what to do. */
static const char *judge(const char *data, size_t size)
{
    if (begins(data, size, "PK\x03\x04") || begins(data, size, "\xd0\xcf\x11\xe0"))
        return "is a workbook of a spreadsheet: " SAVE_AS " there";
    if (begins(data, size, "\xff\xfe") || begins(data, size, "\xfe\xff"))
        return "is UTF-16: in the spreadsheet " SAVE_AS;
    if (!text_is_utf8(data, size))
        return "is not UTF-8: in the spreadsheet " SAVE_AS
               ", or (most often) iconv -f GB18030 -t UTF-8";
    const size_t first = strcspn(data, "\r\n");
    if (memchr(data, ',', first) != NULL || begins(data, size, "{"))
        return NULL;
    if (memchr(data, ';', first) != NULL)
        return "has semicolons between its cells, commas are wanted: " SAVE_AS;
    if (memchr(data, '\t', first) != NULL)
        return "has tabs between its cells, commas are wanted: " SAVE_AS;
    return NULL;
}

int import_file_read(const struct cli *cli, size_t size_max, char **ret, size_t *ret_size,
                     struct diag *reterr)
{
    char *data;
    size_t size;
    int status = file_read(cli->words[0], size_max, &data, &size, reterr);
    if (status != ST_OK)
        return status;
    const char *wrong = judge(data, size);
    if (wrong != NULL) {
        mem_free(data);
        return diag_set(reterr, ST_INVALID, 0, 0, cli->words[0], "%s", wrong);
    }
    *ret = data;
    *ret_size = size;
    return ST_OK;
}

void import_file_columns(struct cli *cli, uint32_t line)
{
    if (line == 1)
        text_appendf(&cli->err, "muster: %s: its columns: %s\n", cli->words[0],
                     cli->command->help);
}
