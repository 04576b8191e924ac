#include "core/backoff.h"

enum {
    EXTRA_MAX_MS = 1000,
    EXTRA_PART = 10
};

static int64_t
ceiling(int64_t base_ms, int64_t max_ms, unsigned k)
{
    while (k-- > 0 && base_ms < max_ms)
        base_ms = base_ms > max_ms / 2 ? max_ms : base_ms * 2;
    return base_ms < max_ms ? base_ms : max_ms;
}

int64_t
backoff_full(int64_t base_ms, int64_t max_ms, unsigned k, struct rng *rng)
{
    if (base_ms <= 0)
        return 0;
    return rng_upto(rng, ceiling(base_ms, max_ms, k));
}

int64_t
backoff_equal(int64_t base_ms, int64_t max_ms, unsigned k, struct rng *rng)
{
    int64_t top;

    if (base_ms <= 0)
        return 0;
    top = ceiling(base_ms, max_ms, k);
    return top - rng_upto(rng, top / 2);
}

int64_t
backoff_server(int64_t told_ms, int64_t remaining_ms, struct rng *rng)
{
    int64_t extra;

    if (told_ms < 0)
        told_ms = 0;
    if (told_ms > BACKOFF_SERVER_MAX_MS || told_ms >= remaining_ms)
        return BACKOFF_REFUSED;
    extra = told_ms / EXTRA_PART;
    if (extra > EXTRA_MAX_MS)
        extra = EXTRA_MAX_MS;
    if (extra > remaining_ms - told_ms)
        extra = remaining_ms - told_ms;
    return told_ms + rng_upto(rng, extra);
}
