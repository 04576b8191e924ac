/*
 * spend.h - how much money may go into retries and hedges.
 *
 * Over the trailing hour, charged retries and hedges together may cost a tenth
 * of what first attempts cost, and hedges alone a twentieth; or
 * SPEND_FLOOR_NANOUSD, if that is more.  The floor, the same for both, is there
 * for callers with little traffic.  Beside it stands the retry budget
 * (core/budget), which counts attempts; both must allow.  Free failovers never
 * come here.
 *
 * What is asked for is held from the moment it is allowed, at its upper bound,
 * and corrected when the attempt has been settled:
 *
 *     spend_reserve() -> true -> ... -> spend_settle()
 *
 * The hour is kept in SPEND_SLICES minutes, of which the current one has just
 * begun: what is counted is forgotten after 59 to 60 minutes, a first attempt
 * from its settlement, another from its reservation.  Sums saturate instead of
 * overflowing.  Time never goes back.
 */
#ifndef AIGW_CORE_SPEND_H
#define AIGW_CORE_SPEND_H

#include <stdbool.h>
#include <stdint.h>

#define SPEND_FLOOR_NANOUSD INT64_C(50000000) /* 0.05 USD. */

enum {
    SPEND_SLICES = 60,
    SPEND_SLICE_MS = 60000
};

enum spend_kind {
    SPEND_RETRY, /* Charged: it could feed an outage (core/budget). */
    SPEND_HEDGE,
    SPEND_N
};

struct spend {
    struct spend_slice {
        int64_t number; /* Running number: the time divided by the width. */
        int64_t first_nanousd;
        int64_t extra_nanousd[SPEND_N];
    } slices[SPEND_SLICES];
};

void spend_init(struct spend *s);

/* A first attempt has been settled.  Costs are never negative. */
void spend_first(struct spend *s, int64_t cost_nanousd, int64_t now_ms);

/* True if an attempt that may cost so much is allowed.  One without cost
 * always is. */
bool spend_allows(const struct spend *s, enum spend_kind kind,
                  int64_t cost_nanousd, int64_t now_ms);

/* The same, and if so holds the amount: spend_settle() is owed once. */
bool spend_reserve(struct spend *s, enum spend_kind kind, int64_t cost_nanousd,
                   int64_t now_ms);

/* What was reserved at `reserved_ms` has cost `cost_nanousd` instead: less
 * (nothing, if it was not sent), or more, which then counts against those that
 * follow.  Too late to matter after an hour. */
void spend_settle(struct spend *s, enum spend_kind kind,
                  int64_t reserved_nanousd, int64_t reserved_ms,
                  int64_t cost_nanousd);

/* What is left for this kind; negative when attempts have cost more than was
 * reserved for them, or the first attempts that paid for them are forgotten. */
int64_t spend_left_nanousd(const struct spend *s, enum spend_kind kind,
                           int64_t now_ms);

#endif
