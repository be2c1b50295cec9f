/* SPDX-License-Identifier: Apache-2.0 */
/* The mailbox: one file per message, FOLDER/TAG.json, written aside and renamed. */
#ifndef MUSTER_CHANNEL_TRANSPORT_FILE_H
#define MUSTER_CHANNEL_TRANSPORT_FILE_H

#include "base/diag.h"
#include "channel/transport.h"

/* Makes FOLDER if it is not there. */
int transport_file_new(struct transport **ret, const char *folder, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
