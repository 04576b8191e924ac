#include "core/ewma.h"

#include <math.h>

void
ewma_init(struct ewma *e)
{
    *e = (struct ewma){.value_ms = EWMA_UNKNOWN_MS};
}

static double
fade(const struct ewma *e, int64_t now_ms)
{
    return exp(-(double)(now_ms - e->at_ms) / EWMA_TAU_MS);
}

void
ewma_sample(struct ewma *e, double sample_ms, int64_t now_ms)
{
    double weight = 0.0;

    if (e->known && sample_ms < e->value_ms)
        weight = fade(e, now_ms);
    e->value_ms = weight * e->value_ms + (1.0 - weight) * sample_ms;
    e->at_ms = now_ms;
    e->known = true;
}

void
ewma_failure(struct ewma *e, int64_t now_ms)
{
    double value_ms = e->value_ms;

    if (value_ms < EWMA_FAILURE_MS)
        value_ms = EWMA_FAILURE_MS;
    ewma_sample(e, value_ms, now_ms);
}

double
ewma_cost(const struct ewma *e, int64_t in_flight, int64_t now_ms)
{
    double value_ms = e->known ? e->value_ms * fade(e, now_ms) : e->value_ms;

    return value_ms * (double)(in_flight + 1);
}
