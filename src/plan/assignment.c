/* SPDX-License-Identifier: Apache-2.0 */
/* Shortest augmenting paths (Jonker and Volgenant 1987, the augmentation step): rows are
 * added one by one; for each, Dijkstra's algorithm over the reduced costs c - u - v finds
 * the cheapest alternating path to a free column, and the duals are moved so that reduced
 * costs stay >= 0. Column n is the root of the path. */
#include "plan/assignment.h"

#include "base/mem.h"
#include "base/status.h"

#include <float.h>
#include <stdbool.h>
#include <string.h>

#define NO_ROW UINT32_MAX

struct solver {
    const double *costs;
    uint32_t n;
    double *u, *v;    /* rows; columns and the root */
    double *distance; /* by column, of the search */
    uint32_t *row;    /* by column and root: the row assigned, NO_ROW */
    uint32_t *from;   /* by column: the column before it on the path */
    bool *done;       /* by column and root */
};

/* Relaxes the columns from COLUMN's row; returns the nearest column that is not done. */
static uint32_t relax(struct solver *s, uint32_t column, double *ret_delta)
{
    uint32_t row = s->row[column], nearest = s->n;
    double least = DBL_MAX;
    const double *costs = s->costs + (size_t)row * s->n;
    for (uint32_t j = 0; j < s->n; j++) {
        if (s->done[j])
            continue;
        double reduced = costs[j] - s->u[row] - s->v[j];
        if (reduced < s->distance[j]) {
            s->distance[j] = reduced;
            s->from[j] = column;
        }
        if (s->distance[j] < least) {
            least = s->distance[j];
            nearest = j;
        }
    }
    *ret_delta = least;
    return nearest;
}

static void shift_duals(struct solver *s, double delta)
{
    for (uint32_t j = 0; j <= s->n; j++)
        if (s->done[j]) {
            s->u[s->row[j]] += delta;
            s->v[j] -= delta;
        } else if (j < s->n)
            s->distance[j] -= delta;
}

static void add_row(struct solver *s, uint32_t row)
{
    uint32_t column = s->n;
    s->row[s->n] = row;
    for (uint32_t j = 0; j < s->n; j++)
        s->distance[j] = DBL_MAX;
    memset(s->done, 0, (s->n + 1) * sizeof(*s->done));
    do {
        double delta;
        s->done[column] = true;
        uint32_t next = relax(s, column, &delta);
        shift_duals(s, delta);
        column = next;
    } while (s->row[column] != NO_ROW);
    while (column != s->n) {
        s->row[column] = s->row[s->from[column]];
        column = s->from[column];
    }
}

static void release(struct solver *s)
{
    mem_free(s->u);
    mem_free(s->v);
    mem_free(s->distance);
    mem_free(s->row);
    mem_free(s->from);
    mem_free(s->done);
}

int assignment_solve(const double *costs, uint32_t n, uint32_t *ret_column, double *ret_u,
                     double *ret_v)
{
    if (n > ASSIGNMENT_N_MAX)
        return ST_LIMIT;
    size_t room = (size_t)n + 1;
    struct solver s = {.costs = costs,
                       .n = n,
                       .u = mem_calloc(room, sizeof(double)),
                       .v = mem_calloc(room, sizeof(double)),
                       .distance = mem_calloc(room, sizeof(double)),
                       .row = mem_alloc(room * sizeof(uint32_t)),
                       .from = mem_calloc(room, sizeof(uint32_t)),
                       .done = mem_calloc(room, sizeof(bool))};
    if (s.u == NULL || s.v == NULL || s.distance == NULL || s.row == NULL ||
        s.from == NULL || s.done == NULL) {
        release(&s);
        return ST_NO_MEMORY;
    }
    memset(s.row, 0xff, room * sizeof(uint32_t));
    for (uint32_t row = 0; row < n; row++)
        add_row(&s, row);
    for (uint32_t j = 0; j < n; j++)
        ret_column[s.row[j]] = j;
    if (ret_u != NULL && n > 0) {
        memcpy(ret_u, s.u, n * sizeof(double));
        memcpy(ret_v, s.v, n * sizeof(double));
    }
    release(&s);
    return ST_OK;
}
