/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include "base/status.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void hide_control_bytes(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

int diag_set(struct diag *diag, int status, uint32_t line, uint32_t column,
             const char *where, const char *format, ...)
{
    if (diag == NULL)
        return status;
    va_list args;
    va_start(args, format);
    diag->status = status;
    diag->line = line;
    diag->column = column;
    (void)snprintf(diag->where, sizeof diag->where, "%s", where ? where : "");
    (void)vsnprintf(diag->text, sizeof diag->text, format, args);
    va_end(args);
    hide_control_bytes(diag->where);
    hide_control_bytes(diag->text);
    return status;
}

int diag_in_file(struct diag *diag, int status, const char *path)
{
    if (status == ST_OK || diag == NULL)
        return status;
    const struct diag said = *diag;
    const bool is_named = said.where[0] != '\0' && strcmp(said.where, path) != 0;
    return diag_set(diag, status, said.line, said.column, path, "%s%s%s",
                    is_named ? said.where : "", is_named ? ": " : "",
                    said.text[0] != '\0' ? said.text : status_text(status));
}

void diag_settle(struct diag *diag, int status)
{
    if (status == ST_NO_MEMORY && diag->status != ST_NO_MEMORY)
        *diag = (struct diag){.status = status};
}
