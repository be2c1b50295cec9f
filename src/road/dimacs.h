/* SPDX-License-Identifier: Apache-2.0 */
/* DIMACS graphs (the format: dimacs.c), from bytes to a network. */
#ifndef MUSTER_ROAD_DIMACS_H
#define MUSTER_ROAD_DIMACS_H

#include "road/graph.h"

struct dimacs_texts {
    const char *gr_name; /* for messages */
    const uint8_t *gr;   /* plain or gzip */
    size_t gr_size;
    const char *co_name;
    const uint8_t *co;
    size_t co_size;
};

/* Adds every node and edge to INPUT (empty before). A weight of 1 = SCALE_S seconds.
 * ST_CORRUPT with the line, ST_LIMIT, ST_NO_MEMORY. */
int dimacs_read(const struct dimacs_texts *texts, double scale_s,
                const struct road_import_options *options, struct graph_input *input,
                struct diag *reterr) __attribute__((warn_unused_result));

#endif
