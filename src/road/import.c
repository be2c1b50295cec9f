/* SPDX-License-Identifier: Apache-2.0 */
/* The way of an import, in one line: read objects -> cut into edges -> prune, renumber,
 * write. Nothing stands at OUT before the last step has succeeded. */
#include "road/import.h"

#include "base/status.h"
#include "road/backdrop.h"
#include "road/osmnet.h"

struct importer {
    struct osmnet net;
    struct backdrop *backdrop; /* NULL if none is wanted */
    const struct road_import_options *options;
    struct road_import_result result;
};

static int on_node(void *context, const struct osmread_node *node, struct diag *reterr)
{
    struct importer *importer = context;
    importer->result.osm_nodes++;
    int status = osmnet_add_node(&importer->net, node);
    if (status == ST_OK && importer->backdrop != NULL)
        status = backdrop_add_node(importer->backdrop, node);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, "", "too many nodes: %s",
                        status_text(status));
    return ST_OK;
}

static int on_way(void *context, const struct osmread_way *way, struct diag *reterr)
{
    struct importer *importer = context;
    importer->result.osm_ways++;
    int status = osmnet_add_way(&importer->net, way);
    if (status == ST_OK && importer->backdrop != NULL)
        status = backdrop_add_way(importer->backdrop, way);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, "", "too many ways: %s",
                        status_text(status));
    return ST_OK;
}

static int on_relation(void *context, const struct osmread_relation *relation,
                       struct diag *reterr)
{
    struct importer *importer = context;
    (void)relation, (void)reterr;
    importer->result.osm_relations++;
    return ST_OK;
}

static int on_water(void *context, const struct osmread_relation *relation,
                    struct diag *reterr)
{
    struct importer *importer = context;
    int status = backdrop_add_relation(importer->backdrop, relation);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, "", "too many relations: %s",
                        status_text(status));
    return ST_OK;
}

static void on_progress(void *context, uint64_t done, uint64_t all)
{
    struct importer *importer = context;
    if (importer->options != NULL && importer->options->progress != NULL)
        importer->options->progress(importer->options->context, "reading", done, all);
}

/* Only the relations: which ways belong to lakes. */
static int read_water(struct importer *importer, const char *in, struct diag *reterr)
{
    const struct osmread_handler handler = {.context = importer, .relation = on_water};
    int status = backdrop_new(&importer->backdrop);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, in, "no memory for the backdrop");
    return osmread_file(in, &handler, reterr);
}

static int cut(struct importer *importer, const char *in, struct graph_input *input,
               struct diag *reterr)
{
    int status = osmnet_sort(&importer->net);
    if (status == ST_OK)
        status = osmnet_build(&importer->net, input, &importer->result.skipped);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, in, "cutting ways into edges: %s",
                        status_text(status));
    if (importer->backdrop != NULL)
        status = backdrop_write(importer->backdrop, &importer->net,
                                importer->options->backdrop_path, reterr);
    osmnet_release(&importer->net);
    return status;
}

static int import(struct importer *importer, const char *in, const char *out,
                  struct diag *reterr)
{
    const struct osmread_handler handler = {importer, on_node, on_way, on_relation,
                                            on_progress};
    int status = ST_OK;
    if (importer->options != NULL && importer->options->backdrop_path != NULL)
        status = read_water(importer, in, reterr);
    if (status == ST_OK)
        status = osmread_file(in, &handler, reterr);
    struct graph_input input = {0};
    if (status == ST_OK)
        status = cut(importer, in, &input, reterr);
    if (status == ST_OK)
        status = graph_write(&input, out, importer->options, &importer->result, reterr);
    graph_input_release(&input);
    return status;
}

int road_import_osm(const char *in, const char *out,
                    const struct road_import_options *options,
                    struct road_import_result *ret, struct diag *reterr)
{
    struct importer importer = {.options = options};
    int status = import(&importer, in, out, reterr);
    osmnet_release(&importer.net);
    backdrop_free(importer.backdrop);
    if (status == ST_OK)
        *ret = importer.result;
    return status;
}
