/*
 * window.h - how many of the last calls failed or were slow.
 *
 * A ring of WINDOW_BUCKETS buckets over a trailing window, for the breaker:
 * it reads the whole window and the last ten seconds of it.  A reading covers
 * the bucket being filled and those before it, so its far edge moves in steps
 * of one bucket.
 */
#ifndef AIGW_CORE_WINDOW_H
#define AIGW_CORE_WINDOW_H

#include <stdint.h>

enum {
    WINDOW_BUCKETS = 12
};

/* What is said of one call; a set. */
enum window_mark {
    WINDOW_FAILED = 1,
    WINDOW_SLOW = 2
};

struct window_counts {
    uint32_t total;
    uint32_t failed;
    uint32_t slow;
};

struct window {
    int64_t width_ms; /* Of one bucket. */

    struct window_bucket {
        int64_t number; /* Running number: the time divided by the width. */
        struct window_counts counts;
    } buckets[WINDOW_BUCKETS];
};

/* Starts empty; `span_ms`, the whole window, is at least WINDOW_BUCKETS. */
void window_init(struct window *w, int64_t span_ms);

/* Forgets everything. */
void window_clear(struct window *w);

/* Counts one call with its `marks` (a set of enum window_mark). */
void window_add(struct window *w, unsigned marks, int64_t now_ms);

/* The sum over the last `last_ms`, rounded up to whole buckets, at most the
 * whole window; INT64_MAX asks for that. */
struct window_counts window_sum(const struct window *w, int64_t last_ms,
                                int64_t now_ms);

#endif
