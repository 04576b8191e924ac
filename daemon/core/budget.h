/*
 * budget.h - how many retries may be sent, so that they cannot feed an outage.
 *
 * A token bucket in thousandths of a retry, after Finagle's RetryBudget: each
 * first attempt deposits a fifth of a retry, what was deposited or withdrawn
 * more than 60 s ago is forgotten, and a reserve of ten retries a minute is
 * there for callers with little traffic.  Beside it, charged retries under way
 * may be three or a fifth of all attempts under way, whichever is more.
 *
 * There is one of these for each target and one for all; a charged retry needs
 * both.  Charged are retries that could feed an outage: the same target again,
 * or a target that is not breaker_in_good_health().  All others are free and
 * never come here.  (Money has budgets of its own, elsewhere.)
 */
#ifndef AIGW_CORE_BUDGET_H
#define AIGW_CORE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* Thousandths of a retry. */
enum budget_cost {
    BUDGET_COST_RETRY = 1000,
    BUDGET_COST_AMBIGUOUS = 2000 /* The failed attempt may have been billed. */
};

enum {
    BUDGET_SLICES = 12,
    BUDGET_SLICE_MS = 5000 /* 12 x 5 s: the 60 s after which all expires. */
};

struct budget_params {
    double ratio;     /* Retries a first attempt pays for: 0.2. */
    uint32_t reserve; /* Retries a minute that need no deposit: 10. */
};

extern const struct budget_params budget_defaults;

struct budget {
    int64_t deposit_milli; /* What one first attempt deposits. */
    int64_t reserve_milli;
    uint32_t in_flight; /* Attempts of any kind under way. */
    uint32_t retrying;  /* Charged retries among them. */

    struct budget_slice {
        int64_t number;    /* Running number: the time divided by the width. */
        int64_t net_milli; /* Deposits less withdrawals. */
    } slices[BUDGET_SLICES];
};

void budget_init(struct budget *b, const struct budget_params *params);

/* Other settings from now on; what was deposited and withdrawn stays. */
void budget_configure(struct budget *b, const struct budget_params *params);

/* An attempt of any kind begins, or has ended.  For both the target's budget
 * and the global one. */
void budget_attempt_begin(struct budget *b);
void budget_attempt_end(struct budget *b);

/* Once for each request, when its first attempt has ended, unless it ended as
 * CLIENT or LOCAL: those neither deposit nor withdraw. */
void budget_deposit(struct budget *b, int64_t now_ms);

/* Asks both budgets for a charged retry of `cost`.  True: both have paid, and
 * budget_retry_end() is owed once.  False: neither has. */
bool budget_withdraw(struct budget *target, struct budget *global,
                     enum budget_cost cost, int64_t now_ms);

/* The charged retry has ended. */
void budget_retry_end(struct budget *target, struct budget *global);

/* What is left, in thousandths of a retry; may be negative while deposits
 * that were spent have expired. */
int64_t budget_balance_milli(const struct budget *b, int64_t now_ms);

#endif
