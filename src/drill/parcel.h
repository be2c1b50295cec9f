/* SPDX-License-Identifier: Apache-2.0 */
/* What a drill takes from a running server, as bytes for another process of the same
 * program: the scenario, the people nearest to it, what has been learned of them, the
 * skills and holidays. Neither a key nor a connection is in it, no name and no telephone
 * number; but homes are, so it goes through a pipe and lies nowhere.
 *
 * Of the learned model and the crowd it is what `muster drill --dir` sees at the same
 * moment; the same scenario and seed give the same report. */
#ifndef MUSTER_DRILL_PARCEL_H
#define MUSTER_DRILL_PARCEL_H

#include "drill/scenario.h"

#define PARCEL_SIZE_MAX (256u << 20)

struct calendar;
struct crowd;
struct learn;
struct skill_table;
struct text;

struct parcel_config {
    const struct scenario *scenario; /* people.middle says who is near */
    uint64_t seed;
    struct crowd *crowd; /* any thread; its lock is held for some ms at a time */
    const int64_t *ids;  /* of parcel_near */
    uint32_t id_count;
    const struct learn *learn; /* of these: learn_copy_of */
    const struct skill_table *skills;
    const struct calendar *calendar;
    const char *road_path; /* of the graph, which the other process reads itself */
};
/* The people roster_new would choose for CONFIG's scenario and crowd, the
 * SCENARIO_PEOPLE_MAX nearest, as sorted ids: *RET is mem_free's. A large crowd is never
 * listed whole. ST_NO_MEMORY. Cost O(people). */
int parcel_near(const struct parcel_config *config, int64_t **ret, uint32_t *ret_count)
    __attribute__((warn_unused_result));
/* Appends to RET. ST_NO_MEMORY, ST_LIMIT. */
int parcel_write(const struct parcel_config *config, struct text *ret)
    __attribute__((warn_unused_result));

/* Unpacked: a scenario whose people stand on the roads, ready for drill_run. */
struct parcel;
/* ST_CORRUPT: cut off, of another program or of other roads; what road_open and
 * roster_new say; ST_NO_MEMORY. DATA is not needed afterwards. */
int parcel_open(struct parcel **ret, const char *data, size_t size, struct diag *reterr)
    __attribute__((warn_unused_result));
void parcel_free(struct parcel *parcel);
const struct scenario *parcel_scenario(const struct parcel *parcel);
/* ST_UNPROCESSABLE with "/lines/I/skills": nobody who could ever be asked, whatever the
 * hour, has all of a line's skills as the scenario starts, with their certificates, and
 * comes within the two hours that a drill looks at. */
int parcel_check_lines(const struct parcel *parcel, struct diag *reterr)
    __attribute__((warn_unused_result));
uint64_t parcel_seed(const struct parcel *parcel);

#endif
