/*
 * ewma.h - the peak-sensitive moving average that strategy `latency` compares.
 *
 * A slower sample replaces the average at once, a faster one pulls it down
 * with time constant EWMA_TAU_MS (Finagle's and tower's peak-EWMA): a target
 * that turns slow is left quickly and returned to carefully.  A failure counts
 * as a sample of at least EWMA_FAILURE_MS, so that one that fails fast does
 * not look attractive.
 *
 * What was seen long ago says little about now: without samples the estimate
 * fades, with the same time constant, into that of a target of which nothing
 * is known.  It never gets better than that by waiting.
 */
#ifndef AIGW_CORE_EWMA_H
#define AIGW_CORE_EWMA_H

#include <stdbool.h>
#include <stdint.h>

enum {
    EWMA_TAU_MS = 30000,
    EWMA_UNKNOWN_MS = 1000, /* Of what is not known, or no longer. */
    EWMA_FAILURE_MS = 5000,
};

struct ewma {
    double value_ms;
    int64_t at_ms; /* Of the last sample. */
    bool known;
};

void ewma_init(struct ewma *e);
void ewma_sample(struct ewma *e, double sample_ms, int64_t now_ms);
void ewma_failure(struct ewma *e, int64_t now_ms);

/* A call was given up after `least_ms`: it would have taken that, or more. */
void ewma_at_least(struct ewma *e, double least_ms, int64_t now_ms);

/* The estimate at `now_ms` for one more call on top of `in_flight`.  A target
 * that never had a call costs nothing, so that it gets one, and EWMA_UNKNOWN_MS
 * for each that is under way until the first has ended (as Finagle does). */
double ewma_cost(const struct ewma *e, int64_t in_flight, int64_t now_ms);

#endif
