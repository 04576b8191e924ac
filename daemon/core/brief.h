/*
 * brief.h - the trailing windows of a distribution in less memory than those
 * of hist.h, for what there is many of: routes and clients.
 *
 * Four buckets of core/hist are one here, so that a quantile is within 8 % of
 * the true value; count, mean and the ends stay exact.  It is read as a `struct
 * hist`.
 */
#ifndef AIGW_CORE_BRIEF_H
#define AIGW_CORE_BRIEF_H

#include "core/hist.h"

enum {
    BRIEF_MERGED = 4, /* Buckets of a hist. */
    BRIEF_BUCKETS = HIST_BUCKETS / BRIEF_MERGED
};

struct brief_slice {
    int64_t slice; /* Running number, see span_slice(). */
    uint64_t count;
    int64_t sum_us;
    int64_t min_us; /* 0 while empty. */
    int64_t max_us; /* 0 while empty. */
    uint32_t buckets[BRIEF_BUCKETS];
};

struct brief {
    struct brief_slice slices[SPAN_COUNT][SPAN_SLICES];
};

_Static_assert(sizeof(struct brief) <= (size_t)23 * 1024,
               "a quarter of a struct hist_windows");

void brief_init(struct brief *b);

/* Counts one value in all four windows; a negative one counts as 0. */
void brief_record(struct brief *b, int64_t value_us, int64_t now_ms);

/* Overwrites `ret_hist` with what the window holds at `now_ms`. */
void brief_read(const struct brief *b, enum span span, int64_t now_ms,
                struct hist *ret_hist);

/* Adds all that `from` holds. */
void brief_merge(struct brief *into, const struct brief *from);

#endif
