/* SPDX-License-Identifier: Apache-2.0 */
/* solve tail: the planner's arithmetic alone. */
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "main/commands.h"
#include "plan/solve.h"

#define SOLVE_FILE_MAX (64 * 1024 * 1024)

int command_solve_tail(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    AUTO_FREE char *data = NULL;
    size_t size;
    char tail[SOLVE_TEXT_SIZE];
    int status = file_read(cli->words[1], SOLVE_FILE_MAX, &data, &size, reterr);
    if (status == ST_OK)
        status = solve_tail(cli->words[0], data, size, tail, reterr);
    if (status == ST_OK)
        text_appendf(&cli->out, cli->json ? "{\"tail\":%s}\n" : "%s\n", tail);
    return status;
}
