#include "core/distance.h"

#include <math.h>

static const double US_PER_MS = 1000;
static const double WEIGHT = 0.125; /* Of a sample, as in TCP (RFC 6298). */
static const double TOLERANCE = 0.25;

void
distance_sample(struct distance *d, int64_t us)
{
    double ms = (double)us / US_PER_MS;
    double room_ms;

    if (!d->known) {
        *d = (struct distance){.known = true, .average_ms = ms, .held_ms = ms};
        return;
    }
    d->average_ms += WEIGHT * (ms - d->average_ms);
    room_ms = TOLERANCE * d->held_ms;
    if (room_ms < DISTANCE_STEP_MS)
        room_ms = DISTANCE_STEP_MS;
    if (fabs(d->average_ms - d->held_ms) > room_ms)
        d->held_ms = d->average_ms;
}

int64_t
distance_steps(const struct distance *d)
{
    return (int64_t)(d->held_ms / DISTANCE_STEP_MS);
}
