/* SPDX-License-Identifier: Apache-2.0 */
/* From an order to the shape of the hierarchy, as sparse Cholesky factorisation does it:
 * the elimination tree by J. W. H. Liu (ACM Trans. Math. Softw. 12, 1986), ranks along a
 * postorder of it, then each row from the network and the rows of the children. J.
 * Dibbelt, B. Strasser, D. Wagner, Customizable Contraction Hierarchies (ACM J. Exp.
 * Algorithmics 21, 2016), section 4. */
#include "base/mem.h"
#include "base/status.h"
#include "road/order.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

struct contraction {
    const struct order_net *net;
    struct order_shape *shape;
    uint32_t *rank;   /* by node */
    uint32_t *parent; /* by rank, of the first numbering and then of the second */
    uint32_t *child, *sibling, *mark, *more;
    uint32_t arc_capacity;
};

/* Also the roots of the subtrees met so far, with paths shortened. */
static uint32_t find_root(uint32_t *root, uint32_t rank)
{
    uint32_t top = rank;
    while (root[top] != NONE)
        top = root[top];
    while (root[rank] != NONE) {
        uint32_t next = root[rank];
        root[rank] = top;
        rank = next;
    }
    return top;
}

static void grow_tree(struct contraction *c, const uint32_t *order)
{
    uint32_t n = c->net->node_count, *root = c->mark;
    memset(root, 0xFF, n * sizeof *root);
    memset(c->parent, 0xFF, n * sizeof *c->parent);
    for (uint32_t r = 0; r < n; r++)
        c->rank[order[r]] = r;
    for (uint32_t r = 0; r < n; r++) {
        uint32_t v = order[r];
        for (uint32_t k = c->net->first[v]; k < c->net->first[v + 1]; k++) {
            uint32_t below = c->rank[c->net->heads[k]];
            if (below >= r)
                continue;
            uint32_t top = find_root(root, below);
            if (top != r) {
                c->parent[top] = r;
                root[top] = r;
            }
        }
    }
}

static void list_children(struct contraction *c)
{
    uint32_t n = c->net->node_count;
    memset(c->child, 0xFF, n * sizeof *c->child);
    for (uint32_t r = n; r-- > 0;)
        if (c->parent[r] != NONE) {
            c->sibling[r] = c->child[c->parent[r]];
            c->child[c->parent[r]] = r;
        }
}

/* New ranks, children before parents, each subtree in one piece. */
static void number_again(struct contraction *c, const uint32_t *order)
{
    uint32_t n = c->net->node_count, at = 0, *renamed = c->more, *path = c->mark;
    list_children(c);
    for (uint32_t root = 0; root < n; root++) {
        if (c->parent[root] != NONE)
            continue;
        uint32_t depth = 0;
        path[depth++] = root;
        while (depth > 0) {
            uint32_t r = path[depth - 1], next = c->child[r];
            if (next != NONE) {
                c->child[r] = c->sibling[next]; /* the one after it */
                path[depth++] = next;
                continue;
            }
            renamed[r] = at;
            c->shape->order[at++] = order[r];
            depth--;
        }
    }
    assert(at == n);
    uint32_t *parent = c->sibling;
    for (uint32_t r = 0; r < n; r++)
        parent[renamed[r]] = c->parent[r] == NONE ? NONE : renamed[c->parent[r]];
    memcpy(c->parent, parent, n * sizeof *parent);
    for (uint32_t r = 0; r < n; r++)
        c->rank[c->shape->order[r]] = r;
}

/* The row of R: the longest child's row as it stands, and what else there is, sorted and
 * merged into it. */
static int make_row(struct contraction *c, uint32_t r)
{
    struct order_shape *shape = c->shape;
    uint32_t longest = NONE, size = 0, more = 0, v = shape->order[r];
    for (uint32_t i = c->child[r]; i != NONE; i = c->sibling[i])
        if (longest == NONE || shape->first[i + 1] - shape->first[i] > size) {
            longest = i;
            size = shape->first[i + 1] - shape->first[i];
        }
    uint32_t kept = longest == NONE ? 0 : size - 1; /* without R itself */
    const uint32_t *old =
        longest == NONE ? NULL : shape->heads + shape->first[longest] + 1;
    for (uint32_t k = 0; k < kept; k++)
        c->mark[old[k]] = r;
    for (uint32_t i = c->child[r]; i != NONE; i = c->sibling[i])
        for (uint32_t k = shape->first[i] + 1; i != longest && k < shape->first[i + 1];
             k++)
            if (c->mark[shape->heads[k]] != r) {
                c->mark[shape->heads[k]] = r;
                c->more[more++] = shape->heads[k];
            }
    for (uint32_t k = c->net->first[v]; k < c->net->first[v + 1]; k++) {
        uint32_t to = c->rank[c->net->heads[k]];
        if (to > r && c->mark[to] != r) {
            c->mark[to] = r;
            c->more[more++] = to;
        }
    }
    order_sort_row(c->more, more);
    uint32_t at = shape->first[r];
    if (at > GRAPH_UP_ARCS_MAX - kept - more)
        return ST_LIMIT;
    int status = mem_grow(&shape->heads, &c->arc_capacity, at + kept + more,
                          sizeof *shape->heads, GRAPH_UP_ARCS_MAX);
    if (status != ST_OK)
        return status;
    old = longest == NONE ? NULL : shape->heads + shape->first[longest] + 1;
    for (uint32_t i = 0, j = 0; i < kept || j < more;)
        shape->heads[at++] =
            j == more || (i < kept && old[i] < c->more[j]) ? old[i++] : c->more[j++];
    shape->first[r + 1] = at;
    return ST_OK;
}

static int make_rows(struct contraction *c)
{
    uint32_t n = c->net->node_count;
    list_children(c);
    memset(c->mark, 0xFF, n * sizeof *c->mark);
    c->shape->first[0] = 0;
    for (uint32_t r = 0; r < n; r++) {
        int status = make_row(c, r);
        if (status != ST_OK)
            return status;
    }
    c->shape->arc_count = c->shape->first[n];
    uint32_t *depth = c->mark;
    for (uint32_t r = n; r-- > 0;) {
        depth[r] = c->parent[r] == NONE ? 0 : depth[c->parent[r]] + 1;
        if (depth[r] > GRAPH_DEPTH_MAX)
            return ST_LIMIT;
    }
    uint32_t *heads =
        mem_realloc(c->shape->heads, ((size_t)c->shape->arc_count + 1) * sizeof *heads);
    if (heads == NULL)
        return ST_NO_MEMORY;
    c->shape->heads = heads;
    return ST_OK;
}

int order_contract(const struct order_net *net, const uint32_t *order,
                   struct order_shape *ret)
{
    size_t n = (size_t)net->node_count + 1;
    struct order_shape shape = {.node_count = net->node_count};
    shape.order = mem_alloc(n * sizeof *shape.order);
    shape.first = mem_alloc(n * sizeof *shape.first);
    AUTO_FREE uint32_t *rank = mem_alloc(n * sizeof *rank);
    AUTO_FREE uint32_t *parent = mem_alloc(n * sizeof *parent);
    AUTO_FREE uint32_t *child = mem_alloc(n * sizeof *child);
    AUTO_FREE uint32_t *sibling = mem_alloc(n * sizeof *sibling);
    AUTO_FREE uint32_t *mark = mem_alloc(n * sizeof *mark);
    AUTO_FREE uint32_t *more = mem_alloc(n * sizeof *more);
    struct contraction c = {.net = net,
                            .shape = &shape,
                            .rank = rank,
                            .parent = parent,
                            .child = child,
                            .sibling = sibling,
                            .mark = mark,
                            .more = more};
    int status = ST_NO_MEMORY;
    if (shape.order != NULL && shape.first != NULL && rank != NULL && parent != NULL &&
        child != NULL && sibling != NULL && mark != NULL && more != NULL) {
        grow_tree(&c, order);
        number_again(&c, order);
        status = make_rows(&c);
    }
    if (status != ST_OK) {
        order_shape_release(&shape);
        return status;
    }
    *ret = shape;
    return ST_OK;
}

void order_shape_release(struct order_shape *shape)
{
    mem_free(shape->order);
    mem_free(shape->first);
    mem_free(shape->heads);
    *shape = (struct order_shape){0};
}
