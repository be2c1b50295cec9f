/* SPDX-License-Identifier: Apache-2.0 */
/* From OpenStreetMap (.osm, .osm.gz, .osm.pbf) or DIMACS (.gr/.co) to a graph file.
 * All or nothing: OUT is written aside and renamed. Input is hostile: any damage is an
 * error with its place, never a crash. */
#ifndef MUSTER_ROAD_IMPORT_H
#define MUSTER_ROAD_IMPORT_H

#include "base/diag.h"

#include <stdint.h>

struct road_import_result {
    uint32_t nodes, edges; /* of the graph written */
    uint32_t parts; /* strongly connected parts kept (30 nodes or more, all modes) */
    uint32_t parts_dropped, nodes_dropped;
    uint64_t osm_nodes, osm_ways, osm_relations; /* seen in the file */
    uint64_t
        skipped; /* roads left out: no mode may use them, or their nodes are missing */
    double length_km; /* of all edges */
};

typedef void road_import_progress(void *context, const char *stage, uint64_t done,
                                  uint64_t all);

struct road_import_options {
    road_import_progress *progress; /* may be NULL */
    void *context;
    const char
        *backdrop_path; /* where water and town labels go as GeoJSON (road/backdrop.h),
                           before OUT is written; NULL = nowhere */
};

int road_import_osm(const char *in, const char *out, const struct road_import_options *,
                    struct road_import_result *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
/* A weight of 1 = SCALE_S seconds; serves every mode. */
int road_import_dimacs(const char *gr, const char *co, double scale_s, const char *out,
                       const struct road_import_options *, struct road_import_result *ret,
                       struct diag *reterr) __attribute__((warn_unused_result));

#endif
