#include "base/rng.h"

#include "base/clock.h"

#include <sys/random.h>

void
rng_init(struct rng *r, uint64_t seed)
{
    r->state = seed;
}

void
rng_init_random(struct rng *r)
{
    uint64_t seed;

    if (getrandom(&seed, sizeof(seed), 0) != (int)sizeof(seed))
        seed = (uint64_t)clock_mono_ns();
    rng_init(r, seed);
}

uint64_t
rng_next(struct rng *r)
{
    uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

int64_t
rng_upto(struct rng *r, int64_t limit)
{
    if (limit <= 0)
        return 0;
    /* The bias of the remainder is below 2^-20 for limits under 2^43 ms. */
    return (int64_t)(rng_next(r) % ((uint64_t)limit + 1));
}

double
rng_unit(struct rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1.0p-53;
}
