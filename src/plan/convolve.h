/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of independent waiting times: two convolutions with one of the factors in common,
 * by the fast Fourier transform. Pure. */
#ifndef MUSTER_PLAN_CONVOLVE_H
#define MUSTER_PLAN_CONVOLVE_H

#include <stdint.h>

#define CONVOLVE_COUNT_MAX (1 << 20)

/* ret[i] = the sum over j <= i of a[j] b[i - j] for i < COUNT, the same with c; all
 * arrays have COUNT entries (1 to CONVOLVE_COUNT_MAX). What is not negative stays so. The
 * error of an entry is some 1e-16 of sum(a) max(b). O(n log n): 0.5 ms for 3,600 entries.
 * ST_NO_MEMORY. Source: Cooley and Tukey, Math. Comp. 19, 1965, 297-301. */
int convolve_pair(const double *a, const double *b, const double *c, uint32_t count,
                  double *ret_ab, double *ret_ac) __attribute__((warn_unused_result));

#endif
