/* SPDX-License-Identifier: Apache-2.0 */
/* The functions behind the command table (cli_command.run), by file. */
#ifndef MUSTER_MAIN_COMMANDS_H
#define MUSTER_MAIN_COMMANDS_H

#include "main/cli.h"

/* A new password, or {"account","password"}. command_account.c */
void cli_print_password(struct cli *cli, const char *account, const char *password);
/* The id of the area with the code. ST_NOT_FOUND. command_account.c */
int cli_find_area(struct instance *instance, const char *code, int64_t *ret,
                  struct diag *reterr);

#define COMMAND(name) int name(struct cli *cli, struct instance *, struct diag *reterr)

/* command_instance.c */
COMMAND(command_init);
COMMAND(command_verify);
COMMAND(command_heads);
/* command_account.c */
COMMAND(command_account_add);
COMMAND(command_account_list);
COMMAND(command_account_password);
COMMAND(command_account_close);
COMMAND(command_account_open);
COMMAND(command_token);
/* command_desk.c */
COMMAND(command_desk_set);
COMMAND(command_desk_list);
COMMAND(command_desk_remove);
/* command_try.c */
COMMAND(command_try);
/* command_drill.c */
COMMAND(command_drill);
COMMAND(command_drill_helper);
/* command_copy.c */
COMMAND(command_copy_store);
/* command_import.c */
COMMAND(command_import_roads);
COMMAND(command_import_areas);
COMMAND(command_import_skills);
COMMAND(command_import_sites);
COMMAND(command_import_teams);
COMMAND(command_import_people);
COMMAND(command_undo_import);
/* command_person.c */
COMMAND(command_erase_person);
COMMAND(command_erase_requester);
COMMAND(command_merge_people);
/* command_query.c */
COMMAND(command_nearest);
COMMAND(command_matrix);
COMMAND(command_plan);
COMMAND(command_solve_tail);
COMMAND(command_bench_road);
COMMAND(command_bench_made);
COMMAND(command_solve_assignment);
COMMAND(command_solve_waves);
COMMAND(command_solve_tasks);
/* command_circle.c */
COMMAND(command_circle);
/* command_coverage.c */
COMMAND(command_coverage);
/* command_hours.c */
COMMAND(command_hours);
/* command_statistics.c */
COMMAND(command_statistics);
/* command_report.c */
COMMAND(command_report);
COMMAND(command_report_pdf);
/* command_replay.c */
COMMAND(command_replay);
/* command_backup.c */
COMMAND(command_backup);
COMMAND(command_restore);
/* command_road.c */
COMMAND(command_close_road);
COMMAND(command_open_road);
COMMAND(command_archive);
/* command_serve.c */
COMMAND(command_serve);
COMMAND(command_demo);
/* command_simulate.c */
COMMAND(command_simulate);
/* table.c */
COMMAND(command_help);
COMMAND(command_version);

#undef COMMAND

#endif
