/* SPDX-License-Identifier: Apache-2.0 */
/* solve tail, assignment, waves, tasks: the planner's arithmetic alone. */
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

int command_solve_assignment(struct cli *cli, struct instance *instance,
                             struct diag *reterr)
{
    (void)instance;
    AUTO_FREE char *data = NULL;
    size_t size;
    char total[SOLVE_TEXT_SIZE];
    int status = file_read(cli->words[0], SOLVE_FILE_MAX, &data, &size, reterr);
    if (status == ST_OK)
        status = solve_assignment(data, size, total, reterr);
    if (status == ST_OK)
        text_appendf(&cli->out, cli->json ? "{\"total\":%s}\n" : "%s\n", total);
    return status;
}

/* A file in, JSON out, always. */
static int solve_json(struct cli *cli, struct diag *reterr,
                      int (*solve)(const char *text, size_t size, char **ret,
                                   struct diag *reterr))
{
    AUTO_FREE char *data = NULL;
    AUTO_FREE char *answer = NULL;
    size_t size;
    int status = file_read(cli->words[0], SOLVE_FILE_MAX, &data, &size, reterr);
    if (status == ST_OK)
        status = solve(data, size, &answer, reterr);
    if (status == ST_OK)
        text_appendf(&cli->out, "%s\n", answer);
    return status;
}

int command_solve_waves(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    return solve_json(cli, reterr, solve_waves);
}

int command_solve_tasks(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    return solve_json(cli, reterr, solve_tasks);
}
