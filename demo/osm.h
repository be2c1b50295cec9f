/* SPDX-License-Identifier: Apache-2.0 */
/* The county as an OpenStreetMap XML file. */
#ifndef MUSTER_DEMO_OSM_H
#define MUSTER_DEMO_OSM_H

#include "base/text.h"
#include "demo/village.h"

/* Appends the whole file to TEXT; a failure shows in text->status. */
void osm_write(struct text *text, const struct net *net, const struct terrain *terrain,
               const struct villages *villages);

#endif
