/*
 * check_account.c - limits of money: periods, races for the last of it, and
 * what is true after every step of any schedule.
 */
#include "core/account.h"

#include "base/mem.h"
#include "base/rng.h"
#include "support/suite.h"

static const int64_t HOUR_MS = 3600 * INT64_C(1000);
static const int64_t DAY_MS = 24 * 3600 * INT64_C(1000);

/* 2026-04-05T14:28:55Z */
static const int64_t NOW_MS = INT64_C(1775399335000);

static struct account
account(int64_t limit_nanousd)
{
    struct account a;

    account_init(&a, ACCOUNT_DAY, 0, NOW_MS);
    a.refuses = true;
    a.limit_nanousd = limit_nanousd;
    a.soft = 0.8;
    return a;
}

static const struct {
    enum account_period period;
    int64_t at_ms;
    int64_t start_ms;
    int64_t end_ms;
} PERIODS[] = {
    {ACCOUNT_HOUR, 0, 0, 3600000},
    {ACCOUNT_HOUR, 3599999, 0, 3600000},
    {ACCOUNT_HOUR, -1, -3600000, 0},
    {ACCOUNT_DAY, 1775399335000, 1775347200000, 1775433600000},
    /* April, February of a leap year, of 1900 and of 2000, December */
    {ACCOUNT_MONTH, 1775399335000, 1775001600000, 1777593600000},
    {ACCOUNT_MONTH, 1709164800000, 1706745600000, 1709251200000},
    {ACCOUNT_MONTH, -2203977600000, -2206310400000, -2203891200000},
    {ACCOUNT_MONTH, 951782400000, 949363200000, 951868800000},
    {ACCOUNT_MONTH, 1798761599999, 1796083200000, 1798761600000},
    {ACCOUNT_MONTH, 0, 0, 2678400000},
    {ACCOUNT_MONTH, -1, -2678400000, 0},
    {ACCOUNT_TOTAL, 1775399335000, INT64_MIN, INT64_MAX},
};

START_TEST(what_an_attempt_has_cost_after_all_is_corrected)
{
    struct account a;

    account_init(&a, ACCOUNT_HOUR, 100, 7200000);
    account_correct(&a, 7200001, 60, 5);
    ck_assert_int_eq(a.settled_nanousd, 45);
    account_correct(&a, 7199999, 60, 5);
    ck_assert_int_eq(a.settled_nanousd, 45);
    account_correct(&a, 7200001, 60, 0);
    ck_assert_int_eq(a.settled_nanousd, 0);
    account_correct(&a, 7200001, 0, INT64_MAX);
    account_correct(&a, 7200001, 0, INT64_MAX);
    ck_assert_int_eq(a.settled_nanousd, INT64_MAX);
}

END_TEST

START_TEST(periods_are_those_of_utc)
{
    enum account_period period = PERIODS[_i].period;
    int64_t number = account_period_at(period, PERIODS[_i].at_ms);

    ck_assert_int_eq(account_period_start_ms(period, number),
                     PERIODS[_i].start_ms);
    ck_assert_int_eq(account_period_start_ms(period, number + 1),
                     PERIODS[_i].end_ms);
}

END_TEST

START_TEST(every_day_of_centuries_is_in_its_month)
{
    int64_t number = account_period_at(ACCOUNT_MONTH, -100 * 365 * DAY_MS);

    for (int64_t day = -100 * 365; day < 200 * 365; day++) {
        int64_t at_ms = day * DAY_MS;
        int64_t now = account_period_at(ACCOUNT_MONTH, at_ms);

        ck_assert_int_ge(now, number);
        ck_assert_int_le(now, number + 1);
        ck_assert_int_le(account_period_start_ms(ACCOUNT_MONTH, now), at_ms);
        ck_assert_int_gt(account_period_start_ms(ACCOUNT_MONTH, now + 1),
                         at_ms);
        number = now;
    }
}

END_TEST

START_TEST(what_is_held_cannot_be_held_again)
{
    struct account a = account(100);
    struct account_hold first = {.account = &a};
    struct account_hold second = {.account = &a};
    struct account *refuser = NULL;

    ck_assert(account_reserve(&first, 1, 60, NOW_MS, NULL));
    ck_assert(!account_reserve(&second, 1, 41, NOW_MS, &refuser));
    ck_assert_ptr_eq(refuser, &a);
    ck_assert(account_reserve(&second, 1, 40, NOW_MS, NULL));
    ck_assert_int_eq(account_left_nanousd(&a), 0);
    account_settle(&first, 1, 10, NOW_MS);
    ck_assert_int_eq(account_left_nanousd(&a), 50);
    account_settle(&first, 1, 10, NOW_MS);
    ck_assert_int_eq(account_left_nanousd(&a), 50);
}

END_TEST

START_TEST(one_that_refuses_leaves_the_others_alone)
{
    struct account rich = account(100), poor = account(10);
    struct account_hold holds[] = {{.account = &rich}, {.account = &poor}};
    struct account *refuser = NULL;

    ck_assert(!account_reserve(holds, 2, 11, NOW_MS, &refuser));
    ck_assert_ptr_eq(refuser, &poor);
    ck_assert_int_eq(account_left_nanousd(&rich), 100);
    ck_assert(account_reserve(holds, 2, 10, NOW_MS, &refuser));
    account_settle(holds, 2, 4, NOW_MS);
    ck_assert_int_eq(account_left_nanousd(&rich), 96);
    ck_assert_int_eq(account_left_nanousd(&poor), 6);
}

END_TEST

START_TEST(one_that_only_counts_grants_everything)
{
    struct account a = account(10);
    struct account_hold hold = {.account = &a};

    a.refuses = false;
    ck_assert(account_reserve(&hold, 1, 1000, NOW_MS, NULL));
    account_settle(&hold, 1, 1000, NOW_MS);
    ck_assert_int_eq(account_left_nanousd(&a), -990);
}

END_TEST

START_TEST(f67_more_than_was_held_overdraws)
{
    struct account a = account(100);
    struct account_hold hold = {.account = &a}, next = {.account = &a};

    ck_assert(account_reserve(&hold, 1, 10, NOW_MS, NULL));
    account_settle(&hold, 1, INT64_MAX, NOW_MS);
    ck_assert_int_eq(a.settled_nanousd, INT64_MAX);
    ck_assert_int_lt(account_left_nanousd(&a), 0);
    ck_assert(!account_reserve(&next, 1, 0, NOW_MS, NULL));
    a = account(100);
    a.settled_nanousd = INT64_MAX;
    a.refuses = false;
    ck_assert(account_reserve(&next, 1, INT64_MAX, NOW_MS, NULL));
    account_settle(&next, 1, INT64_MAX, NOW_MS);
    ck_assert_int_eq(a.settled_nanousd, INT64_MAX);
}

END_TEST

START_TEST(the_next_period_begins_anew)
{
    struct account a = account(100);
    struct account_hold old = {.account = &a}, next = {.account = &a};
    int64_t tomorrow_ms = account_resets_at_ms(&a);

    ck_assert(account_reserve(&old, 1, 100, NOW_MS, NULL));
    ck_assert(!account_reserve(&next, 1, 1, tomorrow_ms - 1, NULL));
    ck_assert(account_reserve(&next, 1, 100, tomorrow_ms, NULL));
    account_settle(&old, 1, 100, tomorrow_ms);
    ck_assert_int_eq(account_left_nanousd(&a), 0);
    account_settle(&next, 1, 30, tomorrow_ms);
    ck_assert_int_eq(account_left_nanousd(&a), 70);
}

END_TEST

START_TEST(a_clock_that_goes_back_opens_nothing)
{
    struct account a = account(100);
    struct account_hold hold = {.account = &a}, next = {.account = &a};
    int64_t tomorrow_ms = account_resets_at_ms(&a);

    ck_assert(account_reserve(&hold, 1, 100, tomorrow_ms, NULL));
    account_settle(&hold, 1, 100, NOW_MS);
    ck_assert(!account_reserve(&next, 1, 1, NOW_MS, NULL));
    ck_assert(!account_reserve(&next, 1, 1, tomorrow_ms, NULL));
    ck_assert(account_reserve(&next, 1, 1, tomorrow_ms + DAY_MS, NULL));
}

END_TEST

START_TEST(it_is_scarce_from_the_soft_share_on)
{
    struct account a = account(100);
    struct account_hold hold = {.account = &a};

    ck_assert(account_reserve(&hold, 1, 79, NOW_MS, NULL));
    ck_assert(!account_is_scarce(&a));
    account_settle(&hold, 1, 80, NOW_MS);
    ck_assert(account_is_scarce(&a));
}

END_TEST

START_TEST(the_end_of_the_money_is_foreseen)
{
    struct account a = account(100);
    int64_t start_ms = account_period_start_ms(ACCOUNT_DAY, a.number);

    ck_assert_int_eq(account_exhausted_at_ms(&a, NOW_MS), INT64_MAX);
    a.settled_nanousd = 50;
    ck_assert_int_eq(account_exhausted_at_ms(&a, start_ms + 6 * HOUR_MS),
                     start_ms + 12 * HOUR_MS);
    ck_assert_int_eq(account_exhausted_at_ms(&a, start_ms + 13 * HOUR_MS),
                     INT64_MAX);
    a.settled_nanousd = 100;
    ck_assert_int_eq(account_exhausted_at_ms(&a, NOW_MS), NOW_MS);
}

END_TEST

enum {
    CALLS = 50,
    BUDGET_FOR = 10,
    RESERVE = 100,
    SCHEDULES = 1000,
};

/* A call, as its owner sees it; the bank is who bills. */
struct call {
    enum call_step {
        CALL_NEW,
        CALL_WRITING, /* Its reservation is on its way to the disk. */
        CALL_SENT,
        CALL_ENDED,
        CALL_REFUSED,
    } step;
    struct account_hold holds[2];
    int64_t cost_nanousd;
};

struct bank {
    struct account all, own; /* Every call has both. */
    struct call calls[CALLS];
    int64_t billed_nanousd;
    int sends;
};

static void
advance(struct bank *b, struct call *c, struct rng *rng)
{
    switch (c->step) {
    case CALL_NEW:
        c->holds[0].account = &b->all;
        c->holds[1].account = &b->own;
        c->step = account_reserve(c->holds, 2, RESERVE, NOW_MS, NULL)
                      ? CALL_WRITING
                      : CALL_REFUSED;
        break;
    case CALL_WRITING:
        if (rng_upto(rng, 20) == 0) { /* The disk failed: it is not sent. */
            account_settle(c->holds, 2, 0, NOW_MS);
            c->step = CALL_ENDED;
            break;
        }
        b->sends++;
        b->billed_nanousd += c->cost_nanousd;
        c->step = CALL_SENT;
        break;
    case CALL_SENT:
        account_settle(c->holds, 2, c->cost_nanousd, NOW_MS);
        account_settle(c->holds, 2, c->cost_nanousd, NOW_MS);
        c->step = CALL_ENDED;
        break;
    case CALL_ENDED:
    case CALL_REFUSED:
        break;
    }
}

/* Not by assertions, each of which is a write: there are a million steps. */
static bool
invariants_hold(const struct bank *b)
{
    int64_t settled = 0, held = 0;

    for (int i = 0; i < CALLS; i++) {
        const struct call *c = &b->calls[i];

        if (c->step == CALL_WRITING || c->step == CALL_SENT)
            held += RESERVE;
        if (c->step == CALL_ENDED && c->cost_nanousd > 0
            && c->holds[0].nanousd > 0)
            settled += c->cost_nanousd;
    }
    return b->all.held_nanousd == held && b->all.settled_nanousd <= settled
           && b->all.settled_nanousd + held <= b->all.limit_nanousd
           && b->all.settled_nanousd + held >= b->billed_nanousd
           && b->all.settled_nanousd == b->own.settled_nanousd
           && b->all.held_nanousd == b->own.held_nanousd;
}

static bool
is_over(const struct bank *b)
{
    for (int i = 0; i < CALLS; i++)
        if (b->calls[i].step < CALL_ENDED)
            return false;
    return true;
}

static void
run_schedule(uint64_t seed, bool full_price)
{
    struct bank b = {.all = account(BUDGET_FOR * RESERVE),
                     .own = account(INT64_MAX)};
    struct rng rng;

    rng_init(&rng, seed);
    for (int i = 0; i < CALLS; i++)
        b.calls[i].cost_nanousd =
            full_price ? RESERVE : rng_upto(&rng, RESERVE);
    while (!is_over(&b)) {
        advance(&b, &b.calls[rng_upto(&rng, CALLS - 1)], &rng);
        if (!invariants_hold(&b))
            ck_abort_msg("schedule %llu", (unsigned long long)seed);
    }
    ck_assert_int_eq(b.all.held_nanousd, 0);
    ck_assert_int_eq(b.all.settled_nanousd, b.billed_nanousd);
    if (full_price)
        ck_assert_int_le(b.sends, BUDGET_FOR);
}

START_TEST(f65_fifty_calls_race_for_the_budget_of_ten)
{
    for (uint64_t seed = 0; seed < SCHEDULES; seed++)
        run_schedule(seed, seed % 2 == 0);
}

END_TEST

static Suite *
account_suite(void)
{
    Suite *s = suite_create("account");
    TCase *tc = tcase_create("account");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, periods_are_those_of_utc, 0,
                        (int)array_count(PERIODS));
    tcase_add_test(tc, what_an_attempt_has_cost_after_all_is_corrected);
    tcase_add_test(tc, every_day_of_centuries_is_in_its_month);
    tcase_add_test(tc, what_is_held_cannot_be_held_again);
    tcase_add_test(tc, one_that_refuses_leaves_the_others_alone);
    tcase_add_test(tc, one_that_only_counts_grants_everything);
    tcase_add_test(tc, f67_more_than_was_held_overdraws);
    tcase_add_test(tc, the_next_period_begins_anew);
    tcase_add_test(tc, a_clock_that_goes_back_opens_nothing);
    tcase_add_test(tc, it_is_scarce_from_the_soft_share_on);
    tcase_add_test(tc, the_end_of_the_money_is_foreseen);
    tcase_add_test(tc, f65_fifty_calls_race_for_the_budget_of_ten);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(account_suite());
}
