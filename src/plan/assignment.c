/* SPDX-License-Identifier: Apache-2.0 */
/* Shortest augmenting paths (Jonker and Volgenant, Computing 38, 1987). Two passes of
 * augmenting row reduction give most rows a column: a free row takes its cheapest column,
 * whose price falls by as much as the second cheapest is dearer, and who had the column
 * is free again. Each row still free then gets one by Dijkstra's algorithm over the
 * reduced costs c - u - v; the duals of the columns that were finished are moved once, at
 * the end of the path (as in Crouse, IEEE Trans. AES 52, 2016). Prices of columns only
 * fall, and a column that was ever assigned stays so: v <= 0, and 0 where left over. */
#include "plan/assignment.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define NONE ASSIGNMENT_NONE
#define REDUCTION_PASSES 2

struct solver {
    const double *costs; /* n x m by rows, n <= m */
    uint32_t n, m;
    double *u, *v;    /* rows, columns */
    double *distance; /* by column, of the search */
    uint32_t *row;    /* by column: the row assigned, NONE */
    uint32_t *column; /* by row */
    uint32_t *from;   /* by column: the row before it on the path */
    uint32_t *open;   /* columns not finished: open_count of them */
    uint32_t *done;   /* columns finished, in their order */
    uint32_t *free;   /* rows without a column */
    uint32_t open_count, done_count, free_count;
};

/* The cheapest and the second cheapest column of a row, at the present prices. */
struct cheapest {
    uint32_t first, second;
    double cost, cost_second; /* INFINITY: there is none */
};

static struct cheapest find_cheapest(const struct solver *s, uint32_t row)
{
    const double *costs = s->costs + (size_t)row * s->m;
    struct cheapest ret = {NONE, NONE, INFINITY, INFINITY};
    for (uint32_t j = 0; j < s->m; j++) {
        double cost = costs[j] - s->v[j];
        if (cost >= ret.cost_second)
            continue;
        if (cost < ret.cost) {
            ret.second = ret.first;
            ret.cost_second = ret.cost;
            ret.first = j;
            ret.cost = cost;
        } else {
            ret.second = j;
            ret.cost_second = cost;
        }
    }
    return ret;
}

/* One free row: takes a column and returns the row that lost it, or NONE. */
static uint32_t reduce_row(struct solver *s, uint32_t row, bool *ret_price_fell)
{
    struct cheapest best = find_cheapest(s, row);
    *ret_price_fell = false;
    if (!isfinite(best.cost_second)) { /* the only column, or none: the search decides */
        s->free[s->free_count++] = row;
        return NONE;
    }
    if (best.cost_second > best.cost) {
        s->v[best.first] -= best.cost_second - best.cost;
        *ret_price_fell = true;
    } else if (s->row[best.first] != NONE)
        best.first = best.second;
    s->u[row] = best.cost_second;
    uint32_t lost = s->row[best.first];
    s->row[best.first] = row;
    s->column[row] = best.first;
    if (lost != NONE)
        s->column[lost] = NONE;
    return lost;
}

/* A pass over the free rows; who loses a column whose price fell is served at once, else
 * in the next pass. Bounded: with real numbers prices may fall by ever less. */
static void reduce_rows(struct solver *s)
{
    uint32_t count = s->free_count, steps = 0;
    s->free_count = 0;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t row = s->free[i]; row != NONE;) {
            bool price_fell;
            uint32_t lost = reduce_row(s, row, &price_fell);
            row = lost;
            if (lost != NONE && (!price_fell || steps++ > 8 * s->n)) {
                s->free[s->free_count++] = lost;
                row = NONE;
            }
        }
}

/* Moves the column OPEN[index] to the finished ones. */
static uint32_t finish(struct solver *s, uint32_t index)
{
    uint32_t column = s->open[index];
    s->open[index] = s->open[--s->open_count];
    s->done[s->done_count++] = column;
    return column;
}

/* Relaxes the open columns from ROW, which is LEAST away; the index in `open` of the
 * nearest, one without a row if several are as near. NONE: no way goes on. */
static uint32_t relax(struct solver *s, uint32_t row, double least, double *ret_least)
{
    const double *costs = s->costs + (size_t)row * s->m;
    double nearest = INFINITY, shift = least - s->u[row];
    uint32_t ret = NONE;
    for (uint32_t i = 0; i < s->open_count; i++) {
        uint32_t j = s->open[i];
        double distance = costs[j] - s->v[j] + shift;
        if (distance < s->distance[j]) {
            s->distance[j] = distance;
            s->from[j] = row;
        }
        if (s->distance[j] < nearest ||
            (s->distance[j] == nearest && s->row[j] == NONE && ret != NONE)) {
            nearest = s->distance[j];
            ret = i;
        }
    }
    *ret_least = nearest;
    return ret;
}

static int augment(struct solver *s, uint32_t root)
{
    double least = 0.0;
    uint32_t row = root, last;
    s->open_count = s->m;
    s->done_count = 0;
    for (uint32_t j = 0; j < s->m; j++) {
        s->distance[j] = INFINITY;
        s->open[j] = j;
    }
    s->u[root] = 0.0; /* its dual comes with the path */
    for (;;) {
        uint32_t index = relax(s, row, least, &least);
        if (index == NONE)
            return ST_UNPROCESSABLE;
        last = finish(s, index);
        if (s->row[last] == NONE)
            break;
        row = s->row[last];
    }
    s->u[root] += least;
    for (uint32_t i = 0; i + 1 < s->done_count; i++) {
        uint32_t j = s->done[i];
        s->u[s->row[j]] += least - s->distance[j];
        s->v[j] -= least - s->distance[j];
    }
    for (uint32_t j = last;;) {
        uint32_t i = s->from[j], next = s->column[i];
        s->row[j] = i;
        s->column[i] = j;
        if (i == root)
            return ST_OK;
        j = next;
    }
}

static int solve(struct solver *s)
{
    memset(s->row, 0xff, s->m * sizeof(uint32_t));
    memset(s->column, 0xff, s->n * sizeof(uint32_t));
    for (uint32_t i = 0; i < s->n; i++)
        s->free[i] = i;
    s->free_count = s->n;
    for (int pass = 0; pass < REDUCTION_PASSES; pass++)
        reduce_rows(s);
    for (uint32_t i = 0; i < s->free_count; i++) {
        int status = augment(s, s->free[i]);
        if (status < 0)
            return status;
    }
    return ST_OK;
}

/* ---- memory, and the problem laid on its side ---- */
static int init(struct solver *s, const double *costs, uint32_t n, uint32_t m)
{
    *s = (struct solver){.costs = costs, .n = n, .m = m};
    size_t rows = (size_t)n + 1, columns = (size_t)m + 1;
    s->u = mem_calloc(rows, sizeof(double));
    s->v = mem_calloc(columns, sizeof(double));
    s->distance = mem_calloc(columns, sizeof(double));
    s->row = mem_calloc(columns, sizeof(uint32_t));
    s->column = mem_calloc(rows, sizeof(uint32_t));
    s->from = mem_calloc(columns, sizeof(uint32_t));
    s->open = mem_calloc(columns, sizeof(uint32_t));
    s->done = mem_calloc(columns, sizeof(uint32_t));
    s->free = mem_calloc(rows, sizeof(uint32_t));
    bool ok = s->u != NULL && s->v != NULL && s->distance != NULL && s->row != NULL &&
              s->column != NULL && s->from != NULL && s->open != NULL &&
              s->done != NULL && s->free != NULL;
    return ok ? ST_OK : ST_NO_MEMORY;
}

static void release(struct solver *s)
{
    mem_free(s->u);
    mem_free(s->v);
    mem_free(s->distance);
    mem_free(s->row);
    mem_free(s->column);
    mem_free(s->from);
    mem_free(s->open);
    mem_free(s->done);
    mem_free(s->free);
}

static void copy_duals(double *ret, const double *duals, uint32_t count)
{
    if (ret != NULL && count > 0)
        memcpy(ret, duals, count * sizeof(*ret));
}

int assignment_solve(const struct assignment_problem *problem, uint32_t *ret_column,
                     double *ret_u, double *ret_v)
{
    uint32_t rows = problem->rows, columns = problem->columns;
    if (rows > ASSIGNMENT_N_MAX || columns > ASSIGNMENT_N_MAX)
        return ST_LIMIT;
    bool is_turned = rows > columns;
    AUTO_FREE double *turned = NULL;
    if (is_turned) {
        turned = mem_calloc((size_t)rows * columns + 1, sizeof(*turned));
        if (turned == NULL)
            return ST_NO_MEMORY;
        for (uint32_t i = 0; i < rows; i++)
            for (uint32_t j = 0; j < columns; j++)
                turned[(size_t)j * rows + i] = problem->costs[(size_t)i * columns + j];
    }
    struct solver s;
    int status = is_turned ? init(&s, turned, columns, rows)
                           : init(&s, problem->costs, rows, columns);
    if (status == ST_OK)
        status = solve(&s);
    if (status == ST_OK) {
        const uint32_t *answer = is_turned ? s.row : s.column;
        if (rows > 0)
            memcpy(ret_column, answer, rows * sizeof(*ret_column));
        copy_duals(ret_u, is_turned ? s.v : s.u, rows);
        copy_duals(ret_v, is_turned ? s.u : s.v, columns);
    }
    release(&s);
    return status;
}
