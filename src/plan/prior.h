/* SPDX-License-Identifier: Apache-2.0 */
/* How much people differ, learned from all of them. Person i said yes y_i times of n_i;
 * theta_i ~ Beta(alpha, beta), y_i ~ Binomial(n_i, theta_i). The marginal likelihood is
 *
 *     prod_i B(alpha + y_i, beta + n_i - y_i) / B(alpha, beta)
 *
 * (Gelman et al., Bayesian Data Analysis, 5.3; without the binomial coefficients).
 * Counts need not be whole: forgetting multiplies them. Pure. */
#ifndef MUSTER_PLAN_PRIOR_H
#define MUSTER_PLAN_PRIOR_H

#include "base/diag.h"

#include <stddef.h>

#define PRIOR_SUM_MAX 1e5 /* alpha + beta of a fit: beyond it people do not differ */

struct prior_beta {
    double alpha, beta;
};
struct prior_count {
    double yes, asked;
};

/* Derivatives of log Gamma; x > 0. Relative error below 1e-12. */
double prior_digamma(double x);
double prior_trigamma(double x);

/* The first count that is not 0 <= yes <= asked, both finite: ST_INVALID, its index in
 * reterr->line (1-based), else ST_OK. O(count). */
int prior_check(const struct prior_count *counts, size_t count, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Logarithm of the marginal likelihood. O(count). */
double prior_log_marginal(struct prior_beta prior, const struct prior_count *counts,
                          size_t count);
/* Where the marginal likelihood times (alpha + beta)^POWER is greatest: POWER 0 is the
 * maximum likelihood (empirical Bayes), -2.5 the usual flat hyperprior. Damped Newton in
 * the logarithms. ST_INVALID as prior_check, or when nobody was asked. O(count) a step,
 * about ten steps. */
int prior_fit(const struct prior_count *counts, size_t count, double power,
              struct prior_beta *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The Beta whose mean logarithms of theta and of 1 - theta are the given ones (< 0): the
 * M-step of the EM algorithm and the maximum likelihood of seen thetas. START is where
 * Newton begins. */
struct prior_beta prior_of_logs(double mean_log_yes, double mean_log_no,
                                struct prior_beta start);
/* The Beta with the mean and the variance of the seen shares. */
struct prior_beta prior_of_moments(double mean, double variance);
/* What is expected of somebody with this history: (alpha + y) / (alpha + beta + n). */
double prior_share(struct prior_beta prior, struct prior_count count);

#endif
