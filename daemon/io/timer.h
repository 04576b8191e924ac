/*
 * timer.h - a timer with an absolute deadline.
 *
 * The owner of a state machine re-arms it after every step with the time that
 * the machine names; TIMER_NEVER disarms.  Arming costs nothing when the
 * deadline has not moved to an earlier time than the one already set: a later
 * deadline is noticed when the old one fires.
 */
#ifndef AIGW_IO_TIMER_H
#define AIGW_IO_TIMER_H

#include "io/loop.h"

#include <stdint.h>

#define TIMER_NEVER INT64_MAX

struct timer;
typedef void (*timer_fn)(void *ctx);

/* NULL without memory.  The timer calls fn(ctx) once per arming, at or after
 * the deadline, from the loop and never from inside timer_arm_at(). */
struct timer *timer_new(struct loop *loop, timer_fn fn, void *ctx);

/* No callback comes afterwards.  NULL is fine. */
void timer_free(struct timer *timer);

/* Arms for `at_ms` (loop_now_ms() time); a past time fires on the next turn.
 * Replaces an earlier arming. */
void timer_arm_at(struct timer *timer, int64_t at_ms);
void timer_disarm(struct timer *timer);

#endif
