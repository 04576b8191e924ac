#include "core/budget.h"

#include "base/rng.h"
#include "support/suite.h"

static struct budget target, global;

static void
setup(void)
{
    budget_init(&target, &budget_defaults);
    budget_init(&global, &budget_defaults);
}

/* Retries one after another until refused; returns how many there were. */
static int
drain(enum budget_cost cost, int64_t now_ms)
{
    int n = 0;

    while (budget_withdraw(&target, &global, cost, now_ms)) {
        budget_retry_end(&target, &global);
        n++;
    }
    return n;
}

START_TEST(the_reserve_is_ten_retries_a_minute)
{
    ck_assert_int_eq(drain(BUDGET_COST_RETRY, 0), 10);
    ck_assert_int_eq(drain(BUDGET_COST_RETRY, 54999), 0);
    ck_assert_int_eq(drain(BUDGET_COST_RETRY, 60000), 10);
}

END_TEST

START_TEST(an_ambiguous_failure_costs_two)
{
    ck_assert_int_eq(drain(BUDGET_COST_AMBIGUOUS, 0), 5);
}

END_TEST

START_TEST(five_first_attempts_pay_for_one_retry)
{
    for (int i = 0; i < 5; i++) {
        budget_deposit(&target, i);
        budget_deposit(&global, i);
    }
    ck_assert_int_eq(budget_balance_milli(&target, 5), 11000);
    ck_assert_int_eq(drain(BUDGET_COST_RETRY, 5), 11);
}

END_TEST

START_TEST(deposits_expire_after_a_minute)
{
    budget_deposit(&target, 1000);
    ck_assert_int_eq(budget_balance_milli(&target, 59999), 10200);
    ck_assert_int_eq(budget_balance_milli(&target, 60000), 10000);
    ck_assert_int_eq(budget_balance_milli(&target, 86400000), 10000);
}

END_TEST

START_TEST(both_must_allow_or_neither_pays)
{
    struct budget other;

    budget_init(&other, &budget_defaults);
    ck_assert_int_eq(drain(BUDGET_COST_RETRY, 0), 10); /* Empties both. */
    ck_assert(!budget_withdraw(&other, &global, BUDGET_COST_RETRY, 0));
    ck_assert_int_eq(budget_balance_milli(&other, 0), 10000);
    ck_assert_uint_eq(other.retrying, 0);

    budget_init(&global, &budget_defaults);
    ck_assert(!budget_withdraw(&target, &global, BUDGET_COST_RETRY, 0));
    ck_assert_int_eq(budget_balance_milli(&global, 0), 10000);
    ck_assert_uint_eq(global.retrying, 0);
}

END_TEST

START_TEST(three_retries_at_once_or_a_fifth_of_what_is_under_way)
{
    int n = 0;

    for (int i = 0; i < 100; i++)
        budget_deposit(&target, 0), budget_deposit(&global, 0);
    while (budget_withdraw(&target, &global, BUDGET_COST_RETRY, 0))
        n++;
    ck_assert_int_eq(n, 3);
    for (int i = 0; i < 20; i++)
        budget_attempt_begin(&target), budget_attempt_begin(&global);
    ck_assert(budget_withdraw(&target, &global, BUDGET_COST_RETRY, 0));
    ck_assert(!budget_withdraw(&target, &global, BUDGET_COST_RETRY, 0));
    budget_attempt_end(&target);
    budget_retry_end(&target, &global);
    ck_assert(!budget_withdraw(&target, &global, BUDGET_COST_RETRY, 0));
    budget_retry_end(&target, &global);
    ck_assert(budget_withdraw(&target, &global, BUDGET_COST_RETRY, 0));
}

END_TEST

START_TEST(other_settings_are_heeded)
{
    const struct budget_params params = {.ratio = 0.5, .reserve = 0};

    budget_init(&target, &params);
    ck_assert(!budget_withdraw(&target, &global, BUDGET_COST_RETRY, 0));
    budget_deposit(&target, 0);
    budget_deposit(&target, 0);
    ck_assert_int_eq(drain(BUDGET_COST_RETRY, 0), 1);
}

END_TEST

START_TEST(other_settings_leave_the_balance_as_it_is)
{
    const struct budget_params less = {.ratio = 0.5, .reserve = 4};

    ck_assert(budget_withdraw(&target, &global, BUDGET_COST_RETRY, 0));
    budget_retry_end(&target, &global);
    budget_configure(&target, &less);
    ck_assert_int_eq(budget_balance_milli(&target, 0), 3000);
    budget_deposit(&target, 0);
    ck_assert_int_eq(budget_balance_milli(&target, 0), 3500);
}

END_TEST

/* F45: a thousand calls in a total outage, each of which would retry. */
START_TEST(a_total_outage_costs_at_most_a_quarter_more_sends)
{
    int sends = 0;

    for (int i = 0; i < 1000; i++) {
        sends++;
        budget_deposit(&target, i * 10);
        budget_deposit(&global, i * 10);
        while (budget_withdraw(&target, &global, BUDGET_COST_RETRY, i * 10)) {
            sends++;
            budget_retry_end(&target, &global);
        }
    }
    ck_assert_int_le(sends, 1250);
}

END_TEST

enum {
    EVENTS = 4000
};

/* In any minute, what was withdrawn is covered by what was deposited in it
 * and the reserve. */
START_TEST(no_minute_sees_more_retries_than_it_paid_for)
{
    static int64_t when[EVENTS], milli[EVENTS];
    struct rng rng;
    int64_t now_ms = 0;
    int n = 0, oldest = 0;

    rng_init(&rng, (uint64_t)_i);
    for (int i = 0; i < EVENTS; i++) {
        int64_t sum = 0;
        bool paid = false;

        now_ms += rng_upto(&rng, 400 * (1 + i / 500));
        if (rng_upto(&rng, 1) == 0) {
            budget_deposit(&target, now_ms);
            budget_deposit(&global, now_ms);
            when[n] = now_ms;
            milli[n++] = 200;
            continue;
        }
        paid = budget_withdraw(&target, &global, BUDGET_COST_RETRY, now_ms);
        if (!paid)
            continue;
        budget_retry_end(&target, &global);
        when[n] = now_ms;
        milli[n++] = -1000;
        while (when[oldest] / 5000 <= now_ms / 5000 - 12)
            oldest++;
        for (int j = oldest; j < n; j++)
            sum += milli[j];
        ck_assert_int_ge(sum + 10000, 0);
        ck_assert_int_eq(sum + 10000, budget_balance_milli(&target, now_ms));
    }
    ck_assert_int_gt(n, EVENTS / 2);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("budget");
    TCase *tc = tcase_create("retries");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, the_reserve_is_ten_retries_a_minute);
    tcase_add_test(tc, an_ambiguous_failure_costs_two);
    tcase_add_test(tc, five_first_attempts_pay_for_one_retry);
    tcase_add_test(tc, deposits_expire_after_a_minute);
    tcase_add_test(tc, both_must_allow_or_neither_pays);
    tcase_add_test(tc, three_retries_at_once_or_a_fifth_of_what_is_under_way);
    tcase_add_test(tc, other_settings_are_heeded);
    tcase_add_test(tc, other_settings_leave_the_balance_as_it_is);
    tcase_add_test(tc, a_total_outage_costs_at_most_a_quarter_more_sends);
    tcase_add_loop_test(tc, no_minute_sees_more_retries_than_it_paid_for, 0,
                        20);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
