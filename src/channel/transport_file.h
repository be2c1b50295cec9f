/* SPDX-License-Identifier: Apache-2.0 */
/* The mailbox: one file per message, FOLDER/TAG.json, written aside and renamed. */
#ifndef MUSTER_CHANNEL_TRANSPORT_FILE_H
#define MUSTER_CHANNEL_TRANSPORT_FILE_H

#include "base/diag.h"
#include "channel/transport.h"

/* Makes FOLDER if it is not there. */
int transport_file_new(struct transport **ret, const char *folder, struct diag *reterr)
    __attribute__((warn_unused_result));

#define TRANSPORT_FILE_KEPT_MS (24 * INT64_C(3600000)) /* docs/domain.md */

/* Drops the messages of FOLDER that are older at NOW_MS (wall time): in a mailbox a
 * message ends when it is written. ST_IO: not all that should go went. Any thread; looks
 * at every file. */
int transport_file_expire(const char *folder, int64_t now_ms)
    __attribute__((warn_unused_result));

#endif
