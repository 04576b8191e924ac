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

static double
estimate(const struct ewma *e, int64_t now_ms)
{
    return EWMA_UNKNOWN_MS + (e->value_ms - EWMA_UNKNOWN_MS) * fade(e, now_ms);
}

static void
set(struct ewma *e, double value_ms, int64_t now_ms)
{
    *e = (struct ewma){
        .value_ms = value_ms,
        .at_ms = now_ms,
        .known = true,
    };
}

void
ewma_sample(struct ewma *e, double sample_ms, int64_t now_ms)
{
    double weight = 0.0;

    if (e->known && sample_ms < e->value_ms)
        weight = fade(e, now_ms);
    set(e, weight * e->value_ms + (1.0 - weight) * sample_ms, now_ms);
}

void
ewma_at_least(struct ewma *e, double least_ms, int64_t now_ms)
{
    double value_ms = estimate(e, now_ms);

    set(e, value_ms > least_ms ? value_ms : least_ms, now_ms);
}

void
ewma_failure(struct ewma *e, int64_t now_ms)
{
    ewma_at_least(e, EWMA_FAILURE_MS, now_ms);
}

double
ewma_cost(const struct ewma *e, int64_t in_flight, int64_t now_ms)
{
    if (!e->known)
        return EWMA_UNKNOWN_MS * (double)in_flight;
    return estimate(e, now_ms) * (double)(in_flight + 1);
}
