/* SPDX-License-Identifier: Apache-2.0 */
/* How much people differ, learned from all of them. Person i said yes y_i times of n_i;
 * theta_i ~ Beta(alpha, beta), y_i ~ Binomial(n_i, theta_i) (Gelman et al., Bayesian Data
 * Analysis, 5.3). Counts need not be whole: forgetting multiplies them. Pure. */
#ifndef MUSTER_PLAN_PRIOR_H
#define MUSTER_PLAN_PRIOR_H

#define PRIOR_SUM_MAX 1e5 /* alpha + beta of a fit: beyond it people do not differ */

struct prior_beta {
    double alpha, beta;
};
struct prior_count {
    double yes, asked;
};

/* Derivative of log Gamma; x > 0. Relative error below 1e-12. */
double prior_digamma(double x);
/* The Beta whose mean logarithms of theta and of 1 - theta are the given ones (< 0): the
 * M-step of the EM algorithm and the maximum likelihood of seen thetas. START is where
 * Newton begins. */
struct prior_beta prior_of_logs(double mean_log_yes, double mean_log_no,
                                struct prior_beta start);
/* What is expected of somebody with this history: (alpha + y) / (alpha + beta + n). */
double prior_share(struct prior_beta prior, struct prior_count count);

#endif
