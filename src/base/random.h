/* SPDX-License-Identifier: Apache-2.0 */
/* The seam of randomness: the kernel's for secrets, a seeded one for demo, drills, tests.
 */
#ifndef MUSTER_BASE_RANDOM_H
#define MUSTER_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    void (*fill)(struct random *, void *buffer, size_t size);
};

/* getrandom(2). Aborts if the kernel has none: nothing secret may then be made. */
struct random *random_system(void);

/* xoshiro256** (Blackman and Vigna 2018), seeded by splitmix64. Never for secrets. */
struct random_seeded {
    struct random super;
    uint64_t state[4];
};
void random_seeded_init(struct random_seeded *random, uint64_t seed);

void random_fill(struct random *random, void *buffer, size_t size);
uint64_t random_u64(struct random *random);
/* Uniform in [0, bound); bound > 0; without bias (rejection). */
uint64_t random_below(struct random *random, uint64_t bound);
/* Uniform in [0, 1), 53 bits. */
double random_unit(struct random *random);
/* Standard normal (polar method of Marsaglia). */
double random_normal(struct random *random);

#endif
