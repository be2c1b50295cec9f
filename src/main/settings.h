/* SPDX-License-Identifier: Apache-2.0 */
/* DIR/muster.conf, and what the rest of the program knows of its values. */
#ifndef MUSTER_MAIN_SETTINGS_H
#define MUSTER_MAIN_SETTINGS_H

#include "base/config.h"
#include "loop/loop.h"

#include <stdbool.h>

/* Reads PATH and checks the zone, the channels, the policy, the addresses that are used
 * and the telephone; `public_url` loses slashes at its end. What is wrong is told with
 * file, line and key. ST_INVALID, ST_LIMIT, or as config_read. */
int settings_read(struct config *config, const char *path, struct diag *reterr)
    __attribute__((warn_unused_result));
/* `channels` in their order into the ladder of RET. */
int settings_ladder(const struct config *config, struct loop_config *ret,
                    struct diag *reterr) __attribute__((warn_unused_result));

/* Whether this machine knows any time zone but UTC. */
bool settings_has_zones(void);

#endif
