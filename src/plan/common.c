/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes are the eigenvalues of the Jacobi matrix of the orthogonal polynomials of the
 * Beta density, the weights the squares of the first components of its eigenvectors
 * (Golub and Welsch, Math. Comp. 23, 1969). The matrix is tridiagonal and small. */
#include "plan/common.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define QL_ROUNDS_MAX 200
#define NEWTON_ROUNDS_MAX 60
#define CERTAIN_X 1e290 /* a = 1; odds are below 1e16 */
#define A_MIN 1e-100    /* less is never: digits would be lost */

/* The recurrence of the Jacobi polynomials with weight (1 - t)^(beta - 1) (1 + t)^(alpha
 * - 1) on [-1, 1]: diagonal and off-diagonal of the matrix. */
static void jacobi_matrix(double alpha, double beta, uint32_t n, double *diagonal,
                          double *off)
{
    double a = beta - 1.0, b = alpha - 1.0, ab = a + b;
    for (uint32_t i = 0; i < n; i++) {
        double t = 2.0 * i + ab, j = i + 1.0, u = 2.0 * j + ab;
        diagonal[i] = i == 0 ? (b - a) / (ab + 2.0) : (b * b - a * a) / (t * (t + 2.0));
        double square = j == 1.0 ? 4.0 * (1.0 + a) * (1.0 + b) / (u * u * (u + 1.0))
                                 : 4.0 * j * (j + a) * (j + b) * (j + ab) /
                                       (u * u * (u + 1.0) * (u - 1.0));
        off[i] = sqrt(square);
    }
    off[n - 1] = 0.0;
}

/* One implicit QL step on rows LOW to HIGH (Wilkinson's shift). FIRST holds the first
 * components of the eigenvectors. False: the matrix fell apart earlier. */
static void ql_step(double *d, double *e, double *first, uint32_t low, uint32_t high)
{
    double g = (d[low + 1] - d[low]) / (2.0 * e[low]), r = hypot(g, 1.0);
    g = d[high] - d[low] + e[low] / (g + copysign(r, g));
    double s = 1.0, c = 1.0, p = 0.0;
    for (uint32_t i = high; i-- > low;) {
        double f = s * e[i], b = c * e[i];
        r = hypot(f, g);
        e[i + 1] = r;
        if (r == 0.0) {
            d[i + 1] -= p;
            e[high] = 0.0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2.0 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        f = first[i + 1];
        first[i + 1] = s * first[i] + c * f;
        first[i] = c * first[i] - s * f;
    }
    d[low] -= p;
    e[low] = g;
    e[high] = 0.0;
}

static void eigen(double *d, double *e, double *first, uint32_t n)
{
    for (uint32_t low = 0; low < n; low++)
        for (int round = 0; round < QL_ROUNDS_MAX; round++) {
            uint32_t high = low;
            while (high + 1 < n &&
                   fabs(e[high]) > 1e-16 * (fabs(d[high]) + fabs(d[high + 1])))
                high++;
            if (high == low)
                break;
            ql_step(d, e, first, low, high);
        }
}

void common_init(struct common *common, double mean, double rho, uint32_t nodes)
{
    assert(nodes >= 1 && nodes <= COMMON_NODES_MAX && rho >= 0 && rho <= COMMON_RHO_MAX);
    *common = (struct common){.count = 1, .rho = rho, .last_a = -1.0};
    common->mean = mean < 0.001 ? 0.001 : mean > 0.999 ? 0.999 : mean;
    common->weight[0] = common->prior[0] = common->odds[0] = 1.0;
    if (rho < COMMON_RHO_MIN || nodes == 1)
        return;
    double d[COMMON_NODES_MAX], e[COMMON_NODES_MAX], first[COMMON_NODES_MAX] = {1.0};
    double both = (1.0 - rho) / rho, sum = 0.0;
    jacobi_matrix(common->mean * both, (1.0 - common->mean) * both, nodes, d, e);
    eigen(d, e, first, nodes);
    common->count = nodes;
    for (uint32_t m = 0; m < nodes; m++) {
        /* Rounding may put a node at the border: its weight is next to nothing. */
        double z = (1.0 + d[m]) / 2.0;
        z = z < 1e-15 ? 1e-15 : z > 1.0 - 1e-15 ? 1.0 - 1e-15 : z;
        common->odds[m] = z / (1.0 - z);
        common->prior[m] = first[m] * first[m];
        sum += common->prior[m];
    }
    for (uint32_t m = 0; m < nodes; m++)
        common->weight[m] = common->prior[m] /= sum;
}

/* Newton's method in log x for E a(Z) = a; the mean grows with x. */
static double solve_x(const struct common *common, double a)
{
    double u = log(a / (1.0 - a));
    if (common->count > 1)
        u -= log(common->mean / (1.0 - common->mean));
    for (int round = 0; round < NEWTON_ROUNDS_MAX; round++) {
        double x = exp(u), mean = 0.0, slope = 0.0;
        for (uint32_t m = 0; m < common->count; m++) {
            double p = common_a(common, m, x);
            mean += common->prior[m] * p;
            slope += common->prior[m] * p * (1.0 - p);
        }
        if (!(slope > 0.0))
            break; /* all of them are certain to the last digit */
        double step = (a - mean) / slope;
        step = step > 2.0 ? 2.0 : step < -2.0 ? -2.0 : step;
        u += step;
        if (!(fabs(step) > 1e-14 * (1.0 + fabs(u))))
            break;
    }
    return exp(u);
}

double common_x(struct common *common, double a)
{
    assert(a >= 0.0 && a <= 1.0);
    if (a == common->last_a)
        return common->last_x;
    double x = a < A_MIN ? 0.0 : a >= 1.0 ? CERTAIN_X : solve_x(common, a);
    common->last_a = a;
    common->last_x = x;
    return x;
}

void common_saw_yes(struct common *common, double x)
{
    for (uint32_t m = 0; m < common->count; m++)
        common->log_seen[m] += log(common_a(common, m, x) + 1e-300);
}

void common_saw_silence(struct common *common, double x, double f)
{
    for (uint32_t m = 0; m < common->count; m++)
        common->log_seen[m] += log(1.0 - f * common_a(common, m, x) + 1e-300);
}

void common_update(struct common *common)
{
    double most = common->log_seen[0], sum = 0.0;
    for (uint32_t m = 1; m < common->count; m++)
        most = common->log_seen[m] > most ? common->log_seen[m] : most;
    for (uint32_t m = 0; m < common->count; m++) {
        common->weight[m] = common->prior[m] * exp(common->log_seen[m] - most);
        sum += common->weight[m];
    }
    for (uint32_t m = 0; m < common->count; m++)
        common->weight[m] /= sum;
}
