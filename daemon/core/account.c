#include "core/account.h"

#include <assert.h>

static const int64_t HOUR_MS = INT64_C(3600000);
static const int64_t DAY_MS = INT64_C(86400000);

enum {
    MONTHS = 12
};

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days from 1970-01-01 to the first of a month, by the proleptic Gregorian
 * calendar (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
static int64_t
days_to_month(int64_t month)
{
    int64_t year = 1970 + floor_div(month, MONTHS);
    int64_t of_year = month - floor_div(month, MONTHS) * MONTHS; /* 0..11 */
    int64_t shifted = (of_year + 10) % MONTHS; /* March is the first. */
    int64_t y = of_year < 2 ? year - 1 : year;
    int64_t era = floor_div(y, 400);
    int64_t of_era = y - era * 400;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100
           + (153 * shifted + 2) / 5 - 719468;
}

/* Months since 1970-01; a guess by the mean length is at most one off. */
static int64_t
month_at(int64_t now_ms)
{
    int64_t day = floor_div(now_ms, DAY_MS);
    int64_t month = floor_div(day * 10000, 304369);

    while (days_to_month(month + 1) <= day)
        month++;
    while (days_to_month(month) > day)
        month--;
    return month;
}

int64_t
account_period_at(enum account_period period, int64_t now_ms)
{
    switch (period) {
    case ACCOUNT_HOUR:
        return floor_div(now_ms, HOUR_MS);
    case ACCOUNT_DAY:
        return floor_div(now_ms, DAY_MS);
    case ACCOUNT_MONTH:
        return month_at(now_ms);
    case ACCOUNT_TOTAL:
        break;
    }
    return 0;
}

int64_t
account_period_start_ms(enum account_period period, int64_t number)
{
    switch (period) {
    case ACCOUNT_HOUR:
        return number * HOUR_MS;
    case ACCOUNT_DAY:
        return number * DAY_MS;
    case ACCOUNT_MONTH:
        return days_to_month(number) * DAY_MS;
    case ACCOUNT_TOTAL:
        break;
    }
    return number > 0 ? INT64_MAX : INT64_MIN;
}

static int64_t
add(int64_t a, int64_t b)
{
    int64_t sum;

    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return b < 0 ? INT64_MIN : INT64_MAX;
}

void
account_init(struct account *a, enum account_period period,
             int64_t settled_nanousd, int64_t now_ms)
{
    *a = (struct account){
        .period = period,
        .number = account_period_at(period, now_ms),
        .settled_nanousd = settled_nanousd,
    };
}

void
account_tick(struct account *a, int64_t now_ms)
{
    int64_t number = account_period_at(a->period, now_ms);

    if (number <= a->number)
        return;
    a->number = number;
    a->settled_nanousd = 0;
    a->held_nanousd = 0;
}

static int64_t
used(const struct account *a)
{
    return add(a->settled_nanousd, a->held_nanousd);
}

int64_t
account_left_nanousd(const struct account *a)
{
    return a->limit_nanousd - used(a);
}

bool
account_is_scarce(const struct account *a)
{
    return (double)used(a) >= a->soft * (double)a->limit_nanousd;
}

int64_t
account_resets_at_ms(const struct account *a)
{
    return account_period_start_ms(a->period, a->number + 1);
}

int64_t
account_exhausted_at_ms(const struct account *a, int64_t now_ms)
{
    int64_t start_ms = account_period_start_ms(a->period, a->number);
    double rate, at_ms;

    if (a->settled_nanousd >= a->limit_nanousd)
        return now_ms;
    if (a->period == ACCOUNT_TOTAL || a->settled_nanousd <= 0
        || now_ms <= start_ms)
        return INT64_MAX;
    rate = (double)a->settled_nanousd / (double)(now_ms - start_ms);
    at_ms = (double)start_ms + (double)a->limit_nanousd / rate;
    return at_ms < (double)account_resets_at_ms(a) ? (int64_t)at_ms : INT64_MAX;
}

static bool
grants(const struct account *a, int64_t nanousd)
{
    return !a->refuses || nanousd <= account_left_nanousd(a);
}

bool
account_reserve(struct account_hold *holds, size_t n_holds, int64_t nanousd,
                int64_t now_ms, struct account **ret_refuser)
{
    assert(nanousd >= 0);
    for (size_t i = 0; i < n_holds; i++) {
        account_tick(holds[i].account, now_ms);
        if (grants(holds[i].account, nanousd))
            continue;
        if (ret_refuser)
            *ret_refuser = holds[i].account;
        return false;
    }
    for (size_t i = 0; i < n_holds; i++) {
        struct account *a = holds[i].account;

        a->held_nanousd = add(a->held_nanousd, nanousd);
        holds[i].number = a->number;
        holds[i].nanousd = nanousd;
    }
    return true;
}

void
account_settle(struct account_hold *holds, size_t n_holds, int64_t cost_nanousd,
               int64_t now_ms)
{
    for (size_t i = 0; i < n_holds; i++) {
        struct account *a = holds[i].account;

        if (!a)
            continue;
        holds[i].account = NULL;
        account_tick(a, now_ms);
        if (holds[i].number != a->number)
            continue;
        a->held_nanousd -= holds[i].nanousd;
        a->settled_nanousd = add(a->settled_nanousd, cost_nanousd);
    }
}

void
account_correct(struct account *a, int64_t reserved_ms, int64_t from_nanousd,
                int64_t to_nanousd)
{
    if (account_period_at(a->period, reserved_ms) != a->number)
        return;
    a->settled_nanousd = add(a->settled_nanousd, -from_nanousd);
    a->settled_nanousd = add(a->settled_nanousd, to_nanousd);
    if (a->settled_nanousd < 0)
        a->settled_nanousd = 0;
}
