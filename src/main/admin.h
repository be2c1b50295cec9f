/* SPDX-License-Identifier: Apache-2.0 */
/* DIR/admin.sock (mode 0600): how a command reaches the server that holds the folder. The
 * client sends its arguments as one JSON line; the server runs the command on a thread of
 * its own and answers one JSON line
 * {"status","where","text","line","column","size","errors"} and the bytes of the output
 * and of the further errors. Commands run beside each other, but for those of one kind
 * (one first word): who has to wait for one is told so before, {"waits_for","seconds"}.
 */
#ifndef MUSTER_MAIN_ADMIN_H
#define MUSTER_MAIN_ADMIN_H

#include "base/diag.h"
#include "main/cli.h"

#define ADMIN_REQUEST_MAX 65536
#define ADMIN_CALLS_MAX 16 /* that run or wait; beyond it ST_BUSY */

struct admin;
struct instance;

int admin_start(struct admin **ret, struct instance *instance, struct diag *reterr)
    __attribute__((warn_unused_result));
void admin_stop(struct admin *admin);

/* Runs the command in the server that listens on PATH; its output lands in cli->out.
 * The command's own status, or ST_BUSY or ST_IO when nobody answers. */
int admin_call(struct cli *cli, const char *path, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
