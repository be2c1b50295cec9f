/* SPDX-License-Identifier: Apache-2.0 */
/* The network without weights and directions: who is a neighbour of whom. */
#include "base/mem.h"
#include "base/status.h"
#include "road/order.h"

#include <stdlib.h>

#define ROW_INSERT_MAX 16

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

void order_sort_row(uint32_t *row, uint32_t count)
{
    if (count > ROW_INSERT_MAX) {
        qsort(row, count, sizeof *row, by_number);
        return;
    }
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t j = i; j > 0 && row[j] < row[j - 1]; j--) {
            uint32_t swap = row[j];
            row[j] = row[j - 1];
            row[j - 1] = swap;
        }
}

/* Sorts the rows and drops what stands twice. */
static void tidy_rows(struct order_net *net)
{
    uint32_t out = 0, start = 0;
    for (uint32_t v = 0; v < net->node_count; v++) {
        uint32_t end = net->first[v + 1], own = out;
        order_sort_row(net->heads + start, end - start);
        for (uint32_t i = start; i < end; i++)
            if (out == own || net->heads[out - 1] != net->heads[i])
                net->heads[out++] = net->heads[i];
        net->first[v] = own;
        start = end;
    }
    net->first[net->node_count] = out;
}

int order_net_make(const struct order_input *input, struct order_net *ret)
{
    uint32_t n = input->node_count;
    struct order_net net = {.node_count = n};
    net.first = mem_calloc((size_t)n + 2, sizeof *net.first);
    net.heads = mem_alloc((2 * (size_t)input->edge_count + 1) * sizeof *net.heads);
    if (net.first == NULL || net.heads == NULL) {
        order_net_release(&net);
        return ST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < input->edge_count; i++)
        for (int end = 0; end < 2; end++)
            net.first[input->edges[i].node[end] + 2]++;
    for (uint32_t i = 0; i < n; i++)
        net.first[i + 2] += net.first[i + 1];
    for (uint32_t i = 0; i < input->edge_count; i++)
        for (int end = 0; end < 2; end++)
            net.heads[net.first[input->edges[i].node[end] + 1]++] =
                input->edges[i].node[end ^ 1];
    tidy_rows(&net);
    *ret = net;
    return ST_OK;
}

void order_net_release(struct order_net *net)
{
    mem_free(net->first);
    mem_free(net->heads);
    *net = (struct order_net){0};
}
