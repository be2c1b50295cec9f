/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps DIR/crowd.image young while a server runs: a thread that looks every minute
 * whether a new one is worth it (store/image.h), and makes one at most every ten. Once a
 * day it keeps what the readiness indicators are (ready/record.h). It lets go of who has
 * waited too long for the office (store/applicant.h), and every hour of mailbox files
 * older than a day (channel/transport_file.h), of both at the start too, but not while it
 * doubts a clock that leapt ahead (decision 0133); then, and every day, it says in the
 * log if the server's certificate ends soon or the newest backup is old, and every hour
 * if the disk is nearly full.
 */
#ifndef MUSTER_MAIN_KEEPER_H
#define MUSTER_MAIN_KEEPER_H

#include "base/diag.h"

struct http_server;
struct instance;
struct keeper;

/* SERVER's certificate is looked at, if it has one. */
int keeper_start(struct keeper **ret, struct instance *instance,
                 const struct http_server *server, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Waits for an image that is being made, and makes a last one if it is worth it: before
 * the writer stops. NULL is fine. */
void keeper_stop(struct keeper *keeper);

#endif
