#include "core/budget.h"

#include <assert.h>

enum {
    RETRY_MILLI = 1000,
    CONCURRENT_MIN = 3,
    CONCURRENT_PART = 5 /* A fifth of what is in flight. */
};

const struct budget_params budget_defaults = {.ratio = 0.2, .reserve = 10};

void
budget_init(struct budget *b, const struct budget_params *params)
{
    *b = (struct budget){0};
    budget_configure(b, params);
}

void
budget_configure(struct budget *b, const struct budget_params *params)
{
    assert(params->ratio >= 0);
    b->deposit_milli = (int64_t)(params->ratio * RETRY_MILLI + 0.5);
    b->reserve_milli = (int64_t)params->reserve * RETRY_MILLI;
}

void
budget_attempt_begin(struct budget *b)
{
    b->in_flight++;
}

void
budget_attempt_end(struct budget *b)
{
    assert(b->in_flight > 0);

    b->in_flight--;
}

static void
move(struct budget *b, int64_t milli, int64_t now_ms)
{
    int64_t number = now_ms / BUDGET_SLICE_MS;
    struct budget_slice *slice = &b->slices[number % BUDGET_SLICES];

    if (slice->number < number)
        *slice = (struct budget_slice){.number = number};
    slice->net_milli += milli;
}

void
budget_deposit(struct budget *b, int64_t now_ms)
{
    move(b, b->deposit_milli, now_ms);
}

int64_t
budget_balance_milli(const struct budget *b, int64_t now_ms)
{
    int64_t oldest = now_ms / BUDGET_SLICE_MS - BUDGET_SLICES + 1;
    int64_t balance = b->reserve_milli;

    for (unsigned i = 0; i < BUDGET_SLICES; i++)
        if (b->slices[i].number >= oldest)
            balance += b->slices[i].net_milli;
    return balance;
}

static bool
allows(const struct budget *b, enum budget_cost cost, int64_t now_ms)
{
    uint32_t concurrent = b->in_flight / CONCURRENT_PART;

    if (concurrent < CONCURRENT_MIN)
        concurrent = CONCURRENT_MIN;
    return b->retrying < concurrent
           && budget_balance_milli(b, now_ms) >= (int64_t)cost;
}

static void
withdraw(struct budget *b, enum budget_cost cost, int64_t now_ms)
{
    move(b, -(int64_t)cost, now_ms);
    b->retrying++;
}

bool
budget_withdraw(struct budget *target, struct budget *global,
                enum budget_cost cost, int64_t now_ms)
{
    if (!allows(target, cost, now_ms) || !allows(global, cost, now_ms))
        return false;
    withdraw(target, cost, now_ms);
    withdraw(global, cost, now_ms);
    return true;
}

void
budget_retry_end(struct budget *target, struct budget *global)
{
    assert(target->retrying > 0 && global->retrying > 0);

    target->retrying--;
    global->retrying--;
}
