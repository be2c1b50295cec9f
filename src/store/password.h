/* SPDX-License-Identifier: Apache-2.0 */
/* Which passwords people may not choose: those that are tried first. Pure; any thread. */
#ifndef MUSTER_STORE_PASSWORD_H
#define MUSTER_STORE_PASSWORD_H

#include <stdbool.h>

/* Whether PASSWORD is among the usual ones, is little more than the name of ACCOUNT, has
 * hardly any different letters, or counts on (12345678, hgfedcba). Upper and lower case
 * are the same here. */
bool password_is_easy(const char *password, const char *account);

#endif
