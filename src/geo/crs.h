/* SPDX-License-Identifier: Apache-2.0 */
/* GCJ-02 and BD-09, the shifted coordinates of Chinese maps, to and from WGS-84. Inside
 * muster every coordinate is WGS-84; these are called at the edge only. */
#ifndef MUSTER_GEO_CRS_H
#define MUSTER_GEO_CRS_H

#include "geo/point.h"

enum crs { CRS_WGS84, CRS_GCJ02, CRS_BD09 };

/* "wgs84", "gcj02", "bd09"; false for anything else. */
bool crs_parse(const char *name, enum crs *ret);
/* To WGS-84, exact to 1 cm (iterated inverse). */
struct point crs_to_wgs84(enum crs crs, double lat, double lon);
void crs_from_wgs84(enum crs crs, struct point point, double *ret_lat, double *ret_lon);

#endif
