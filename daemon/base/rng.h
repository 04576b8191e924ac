/*
 * rng.h - a small pseudo-random generator, passed to whoever decides.
 *
 * SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014): one word of state, so a test repeats a run by
 * its seed.  Good for jitter and sampling, not for secrets.
 */
#ifndef AIGW_BASE_RNG_H
#define AIGW_BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state;
};

void rng_init(struct rng *r, uint64_t seed);

/* Seeds from the kernel. */
void rng_init_random(struct rng *r);

uint64_t rng_next(struct rng *r);

/* Uniform in [0, limit]; 0 when `limit` is not positive. */
int64_t rng_upto(struct rng *r, int64_t limit);

/* Uniform in [0, 1). */
double rng_unit(struct rng *r);

#endif
