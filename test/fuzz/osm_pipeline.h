/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of OpenStreetMap all the way to a graph file in memory, which must then be
 * valid. Shared by the targets for XML and PBF. */
#ifndef MUSTER_TEST_FUZZ_OSM_PIPELINE_H
#define MUSTER_TEST_FUZZ_OSM_PIPELINE_H

#include "base/mem.h"
#include "base/status.h"
#include "road/backdrop.h"

#include <assert.h>

struct pipeline {
    struct osmnet net;
    struct backdrop *backdrop;
};

static int on_node(void *context, const struct osmread_node *node, struct diag *reterr)
{
    struct pipeline *p = context;
    (void)reterr;
    int status = osmnet_add_node(&p->net, node);
    return status == ST_OK ? backdrop_add_node(p->backdrop, node) : status;
}

static int on_way(void *context, const struct osmread_way *way, struct diag *reterr)
{
    struct pipeline *p = context;
    (void)reterr;
    int status = osmnet_add_way(&p->net, way);
    return status == ST_OK ? backdrop_add_way(p->backdrop, way) : status;
}

static int on_relation(void *context, const struct osmread_relation *relation,
                       struct diag *reterr)
{
    struct pipeline *p = context;
    (void)reterr;
    return backdrop_add_relation(p->backdrop, relation);
}

static void build(struct pipeline *p)
{
    struct graph_input input = {0};
    struct road_import_result result = {0};
    const struct text *text;
    struct diag diag;
    uint64_t skipped;
    uint8_t *image;
    size_t size;
    assert(osmnet_sort(&p->net) == ST_OK);
    assert(backdrop_draw(p->backdrop, &p->net, &text) == ST_OK);
    assert(osmnet_build(&p->net, &input, &skipped) == ST_OK);
    int status = graph_image(&input, &image, &size, &result, &diag);
    assert(status == ST_OK || status == ST_UNPROCESSABLE);
    if (status == ST_OK) {
        struct road road;
        assert(graph_check(image, size, "x", &road, &diag) == ST_OK);
        mem_free(image);
    }
    graph_input_release(&input);
}

static void pipeline_run(const uint8_t *data, size_t size)
{
    struct pipeline p = {0};
    struct diag diag;
    assert(backdrop_new(&p.backdrop) == ST_OK);
    const struct osmread_handler first = {.context = &p, .relation = on_relation};
    const struct osmread_handler second = {.context = &p, .node = on_node, .way = on_way};
    if (osmread_bytes(data, size, "x", &first, &diag) == ST_OK &&
        osmread_bytes(data, size, "x", &second, &diag) == ST_OK)
        build(&p);
    backdrop_free(p.backdrop);
    osmnet_release(&p.net);
}

#endif
