/* SPDX-License-Identifier: Apache-2.0 */
/* Which areas of the tree a warning is about: by the divisions that its geocodes name,
 * and by the middles of villages that lie in its polygons and circles. */
#ifndef MUSTER_INTAKE_TOUCHED_H
#define MUSTER_INTAKE_TOUCHED_H

#include "intake/cap.h"
#include "store/area.h"

/* A polygon or circle narrower than this may lie between the middles of villages; then
 * the areas at its corners count. */
#define TOUCHED_NARROW_M 20000.0

/* The ids of the areas, none below another one (all areas below one make it that one), by
 * id; *RET_COUNT 0: it is about other places. A warning that says where in words alone
 * counts as one about the root. Of more than MAX (1 at least) those above them are told:
 * too many hear of it, and nobody too few. ST_NO_MEMORY. Cost O(points x
 * villages in the box), and O(areas) for each geocode. */
int touched_areas(const struct cap_alert *alert, const struct area_tree *tree,
                  int64_t *ret, uint32_t max, uint32_t *ret_count)
    __attribute__((warn_unused_result));

#endif
