/*
 * loop.h - the one event loop of the daemon, and what else libuv offers it:
 * timers at absolute deadlines, signals, work put off to the next turn.
 *
 * Everything runs on the thread that called loop_run().  No other file of the
 * daemon outside io/ sees libuv.
 */
#ifndef AIGW_IO_LOOP_H
#define AIGW_IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

/* NULL if the system refuses (file descriptors). */
struct loop *loop_new(void);

/* Ends what is still closing, then frees.  Every object made on the loop must
 * have been closed before; the number of handles that were not is returned
 * (0 in a correct program). */
int loop_free(struct loop *loop);

/* Runs until loop_stop() or until nothing is left to wait for. */
void loop_run(struct loop *loop);

/* Makes loop_run() return after the current turn.  From any callback. */
void loop_stop(struct loop *loop);

/* Milliseconds of CLOCK_MONOTONIC at the start of this turn: the one `now` of
 * everything that happens in it. */
int64_t loop_now_ms(const struct loop *loop);

/* Reads the clock again, after long work inside a callback. */
void loop_update(struct loop *loop);

/* Calls fn(ctx) from the loop, never from inside loop_defer(), before the
 * loop next sleeps.  The task is the caller's storage and may be deferred
 * again from its own callback; loop_undefer() takes it back.  Deferring a
 * task that waits already changes nothing. */
struct loop_task {
    void (*fn)(void *ctx);
    void *ctx;
    struct loop_task *next, *prev;
    bool queued;
};

void loop_defer(struct loop *loop, struct loop_task *task);
void loop_undefer(struct loop *loop, struct loop_task *task);

/* Calls fn(ctx, signum) for each arrival of a signal. SIGPIPE is ignored by
 * loop_new().  At most 8 signals; they end with the loop and do not keep it
 * running. */
typedef void (*loop_signal_fn)(void *ctx, int signum);
int loop_on_signal(struct loop *loop, int signum, loop_signal_fn fn, void *ctx);

/* How late, in microseconds, anything may have been served within the last
 * three to six seconds: the longest turn of the loop, from the end of its
 * sleep to the next.  0 below a millisecond. */
int64_t loop_lag_us(const struct loop *loop);

#endif
