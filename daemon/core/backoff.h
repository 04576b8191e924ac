/*
 * backoff.h - how long to wait before asking again.
 *
 * Pure arithmetic: the caller supplies the randomness and remembers the
 * attempt count.  The forms are those of Brooker, "Exponential Backoff And
 * Jitter" (AWS, 2015): full jitter spreads callers that failed together,
 * equal jitter also guarantees a rest.
 */
#ifndef AIGW_CORE_BACKOFF_H
#define AIGW_CORE_BACKOFF_H

#include "base/rng.h"

#include <stdint.h>

enum {
    BACKOFF_SERVER_MAX_MS = 120000, /* A longer told wait is not waited. */
    BACKOFF_REFUSED = -1
};

/* Uniform in [0, min(max_ms, base_ms * 2^k)]. */
int64_t backoff_full(int64_t base_ms, int64_t max_ms, unsigned k,
                     struct rng *rng);

/* With t = min(max_ms, base_ms * 2^k): uniform in [t/2, t]. */
int64_t backoff_equal(int64_t base_ms, int64_t max_ms, unsigned k,
                      struct rng *rng);

/* The wait when the server told `told_ms` (negative counts as 0): that long
 * plus up to a tenth of it, at most one second, so never earlier than told.
 * BACKOFF_REFUSED if that would be more than BACKOFF_SERVER_MAX_MS or leave
 * nothing of the `remaining_ms` of the call: do not wait then, answer. */
int64_t backoff_server(int64_t told_ms, int64_t remaining_ms, struct rng *rng);

#endif
