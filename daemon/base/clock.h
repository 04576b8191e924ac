/*
 * clock.h - the clocks of the process.
 *
 * Only the owners in io/ and app/ read them; core/ takes the time as an
 * argument.  The monotonic clock drives every timer and decision; the wall
 * clock is for people and for dates that a provider sends.
 */
#ifndef AIGW_BASE_CLOCK_H
#define AIGW_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds of CLOCK_MONOTONIC; latencies are differences of two. */
int64_t clock_mono_ns(void);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_mono_ms(void);

/* Milliseconds since 1970-01-01 UTC. */
int64_t clock_wall_ms(void);

#endif
