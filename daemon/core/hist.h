/*
 * hist.h - a latency histogram of fixed size, and four trailing windows of
 * them.
 *
 * Buckets are log-linear, as in HdrHistogram: each power of two is divided
 * into 32 equal parts, so a quantile is within 1.6 % of the true value from
 * 1 us up to 71 minutes; longer values count in the last bucket.  Values are
 * microseconds.  Nothing here allocates; a target keeps two `struct
 * hist_windows` (time to first token, latency) within 192 KiB.
 */
#ifndef AIGW_CORE_HIST_H
#define AIGW_CORE_HIST_H

#include "core/span.h"

#include <stddef.h>
#include <stdint.h>

enum {
    HIST_PARTS = 32,   /* Equal parts of each power of two. */
    HIST_BUCKETS = 896 /* 28 x HIST_PARTS: values below 2^32 us. */
};

struct hist {
    uint32_t buckets[HIST_BUCKETS]; /* Each stops counting at UINT32_MAX. */
    uint64_t count;
    int64_t sum_us;
    int64_t min_us; /* 0 while empty. */
    int64_t max_us; /* 0 while empty. */
};

/* Starts empty; also empties. */
void hist_init(struct hist *h);

/* Counts one value; a negative one counts as 0. */
void hist_record(struct hist *h, int64_t value_us);

/* Where a value is counted; a negative one as 0. */
unsigned hist_bucket(int64_t value_us);

/* Adds all that `from` holds. */
void hist_merge(struct hist *into, const struct hist *from);

/* The value below or at which the fraction `q` (0 to 1) of the values lie;
 * 0 when empty.  Never outside the smallest and largest value seen. */
int64_t hist_quantile_us(const struct hist *h, double q);

/* The exact mean, rounded down; 0 when empty. */
int64_t hist_mean_us(const struct hist *h);

/* One bar of a picture of the distribution. */
struct hist_bar {
    int64_t le_ms; /* Upper bound, inclusive. */
    uint64_t n;    /* Values above the bound of the bar before. */
};

enum {
    HIST_BARS = 12
};

/* Fills twelve bars with bounds 100 ms, 200 ms, 400 ms ... 102.4 s and, for
 * the rest, one hour.  Their sum is the count. */
void hist_bars(const struct hist *h, struct hist_bar ret_bars[HIST_BARS]);

/* The trailing windows. */
struct hist_slice {
    int64_t slice; /* Running number, see span_slice(). */
    struct hist hist;
};

struct hist_windows {
    struct hist_slice slices[SPAN_COUNT][SPAN_SLICES];
};

_Static_assert(2 * sizeof(struct hist_windows) <= (size_t)192 * 1024,
               "two sets of windows stay within 192 KiB for a target");

void hist_windows_init(struct hist_windows *w);

/* Counts one value in all four windows. */
void hist_windows_record(struct hist_windows *w, int64_t value_us,
                         int64_t now_ms);

/* Overwrites `ret_hist` with what the window holds at `now_ms`. */
void hist_windows_read(const struct hist_windows *w, enum span span,
                       int64_t now_ms, struct hist *ret_hist);

#endif
