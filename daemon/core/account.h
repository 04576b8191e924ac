/*
 * account.h - money that may be spent in a period.
 *
 * An account has a limit for each hour, day, month (of UTC) or for all time.
 * Before an attempt is sent the most that it can cost is held; when it has
 * ended, what it has cost takes the place of that:
 *
 *     account_reserve() -> true -> account_settle()    once for each hold
 *
 * What is held or spent counts in the period in which it was reserved.
 *
 * Invariants, for a limit that is not changed meanwhile:
 *     I1  a hold is granted only if settled + held + it <= limit, in every one
 *         of the accounts that it concerns, or in none of them
 *     I2  each hold is settled once; settling it again changes nothing
 *
 * An attempt may cost more than was held.  That is spent all the same: the
 * account is overdrawn, and grants nothing until the next period.
 *
 * Time is the wall clock, in milliseconds since 1970.  A period that has ended
 * never comes back, whatever the clock does.  Amounts are nano-dollars; sums
 * saturate instead of overflowing.
 */
#ifndef AIGW_CORE_ACCOUNT_H
#define AIGW_CORE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum account_period {
    ACCOUNT_HOUR,
    ACCOUNT_DAY,
    ACCOUNT_MONTH,
    ACCOUNT_TOTAL, /* One period without an end. */
};

/* The running number of the period that `now_ms` lies in. */
int64_t account_period_at(enum account_period period, int64_t now_ms);

/* When the period with that number begins; INT64_MIN and, for the one after
 * it, INT64_MAX of ACCOUNT_TOTAL. */
int64_t account_period_start_ms(enum account_period period, int64_t number);

struct account {
    enum account_period period;
    bool refuses; /* Otherwise it counts, and grants everything. */
    int64_t limit_nanousd;
    double soft; /* The share of the limit from which on it is scarce. */

    int64_t number; /* Of the period that the rest is about. */
    int64_t settled_nanousd;
    int64_t held_nanousd;
};

/* `settled_nanousd` was spent in the period of `now_ms` before. */
void account_init(struct account *a, enum account_period period,
                  int64_t settled_nanousd, int64_t now_ms);

/* Begins the next period, if it is time.  The other functions do so, too. */
void account_tick(struct account *a, int64_t now_ms);

/* What may still be held; negative when overdrawn. */
int64_t account_left_nanousd(const struct account *a);

/* True if so much of it is spent or held that it is scarce. */
bool account_is_scarce(const struct account *a);

/* When the next period begins; INT64_MAX: never. */
int64_t account_resets_at_ms(const struct account *a);

/* When the limit will have been spent, at the rate of this period so far;
 * INT64_MAX: not in this period. */
int64_t account_exhausted_at_ms(const struct account *a, int64_t now_ms);

/* What one account holds of an attempt. */
struct account_hold {
    struct account *account; /* NULL: it has been settled. */
    int64_t number;          /* Of the period. */
    int64_t nanousd;
};

/* Holds `nanousd` in all of the accounts, whose `account` the caller has set;
 * or in none: then `*ret_refuser` (may be NULL) is one that refuses. */
bool account_reserve(struct account_hold *holds, size_t n_holds,
                     int64_t nanousd, int64_t now_ms,
                     struct account **ret_refuser);

/* The attempt has ended and has cost so much; 0 if it was not sent. */
void account_settle(struct account_hold *holds, size_t n_holds,
                    int64_t cost_nanousd, int64_t now_ms);

/* An attempt that was reserved at `reserved_ms` has cost `to`, not `from`;
 * nothing changes if that was in another period. */
void account_correct(struct account *a, int64_t reserved_ms,
                     int64_t from_nanousd, int64_t to_nanousd);

#endif
