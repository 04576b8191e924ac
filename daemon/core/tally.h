/*
 * tally.h - windowed figures for people to look at.
 *
 * `struct tally` keeps sums over the trailing 10 s, 1 min, 5 min and 1 h;
 * `struct trend` keeps the request rate of the last minute in steps of two
 * seconds.  Decisions do not depend on either (the breaker has window.h).
 */
#ifndef AIGW_CORE_TALLY_H
#define AIGW_CORE_TALLY_H

#include "core/span.h"

#include <stdint.h>

struct tally_sums {
    int64_t requests; /* Attempts, or calls, that ended. */
    int64_t errors;   /* Of these, not successful. */
    int64_t rate_limited;
    int64_t timeouts;
    int64_t retries;    /* Of calls: attempts beyond the first. */
    int64_t hedges;     /* Of all calls: attempts beside another, */
    int64_t hedges_won; /* and those that were faster. */
    int64_t shed;       /* Calls that were refused because of overload. */
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t cost_nanousd;
};

struct tally {
    int64_t start_ms; /* When counting began. */

    struct tally_slice {
        int64_t slice; /* Running number, see span_slice(). */
        struct tally_sums sums;
    } slices[SPAN_COUNT][SPAN_SLICES];
};

void tally_init(struct tally *t, int64_t now_ms);

/* Adds `what` to all four windows; sums stop at the ends of int64_t. */
void tally_add(struct tally *t, const struct tally_sums *what, int64_t now_ms);

/* Adds all that `from` holds. */
void tally_merge(struct tally *into, const struct tally *from);

/* Overwrites `ret_sums` with the sums of the window.  Returns the milliseconds
 * they cover, which is less than the window soon after the start, and at least
 * 1: rates are sums divided by this. */
int64_t tally_read(const struct tally *t, enum span span, int64_t now_ms,
                   struct tally_sums *ret_sums);

enum {
    TREND_SLOTS = 30,
    TREND_SLOT_MS = 2000
};

struct trend {
    struct trend_slot {
        int64_t number; /* Running number: the time divided by the width. */
        uint32_t n;
    } slots[TREND_SLOTS + 1]; /* One more: the slot being filled. */
};

void trend_init(struct trend *t);

/* Counts one request. */
void trend_add(struct trend *t, int64_t now_ms);

/* Requests per second in each of the last thirty finished slots, oldest
 * first. */
void trend_read(const struct trend *t, int64_t now_ms,
                double ret_rates[TREND_SLOTS]);

#endif
