/* SPDX-License-Identifier: Apache-2.0 */
/* Forced into every file of ours by the Makefile: calls that have a safer relative here.
 */
#ifndef MUSTER_BASE_BANNED_H
#define MUSTER_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atof gets

#endif
