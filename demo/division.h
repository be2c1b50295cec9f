/* SPDX-License-Identifier: Apache-2.0 */
/* The real names and codes of Pinghu's divisions: 1 county, 9 towns, 136 villages and
 * communities. Constant data; any thread. */
#ifndef MUSTER_DEMO_DIVISION_H
#define MUSTER_DEMO_DIVISION_H

#include <stdbool.h>
#include <stdint.h>

#define DIVISION_CODE_SIZE 13
#define DIVISION_NAME_SIZE 64

enum division_level { DIVISION_COUNTY, DIVISION_TOWN, DIVISION_VILLAGE };

struct division {
    char code[DIVISION_CODE_SIZE]; /* 12 digits */
    const char *name;
    enum division_level level;
};

uint32_t division_count(void);
/* NULL past the end. The county comes first; a town's villages follow their town. */
const struct division *division_at(uint32_t index);
/* The code of the division above; empty for the county. */
void division_parent_code(const struct division *division, char ret[DIVISION_CODE_SIZE]);
/* A residents' community of a town (the others are villages in the fields). */
bool division_is_community(const struct division *division);
/* The name as it stands on a map, without the word for the committee. */
void division_short_name(const struct division *division, char ret[DIVISION_NAME_SIZE]);

#endif
