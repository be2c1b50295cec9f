/* SPDX-License-Identifier: Apache-2.0 */
/* Draws the county's water and roads into a net: rivers, canals, motorways with ramps,
 * main roads, town grids, field lanes and hamlets. */
#ifndef MUSTER_DEMO_STREETS_H
#define MUSTER_DEMO_STREETS_H

#include "demo/village.h"

/* Draws everything that net_weave needs. */
void streets_draw(struct net *net, const struct terrain *terrain,
                  const struct villages *villages, struct random *random);
/* The two ferries, between banks of the joined network. */
void streets_add_ferries(struct net *net);

#endif
