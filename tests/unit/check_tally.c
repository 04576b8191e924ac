#include "core/tally.h"

#include "support/suite.h"

static struct tally tally;
static struct trend trend;

START_TEST(sums_are_kept_for_each_window)
{
    const struct tally_sums one = {.requests = 1,
                                   .errors = 1,
                                   .rate_limited = 1,
                                   .timeouts = 1,
                                   .prompt_tokens = 10,
                                   .completion_tokens = 80,
                                   .cost_nanousd = 640000};
    struct tally_sums sums;

    tally_init(&tally, 0);
    tally_add(&tally, &one, 1000);
    tally_add(&tally, &one, 30000);
    tally_read(&tally, SPAN_10S, 30000, &sums);
    ck_assert_int_eq(sums.requests, 1);
    tally_read(&tally, SPAN_1M, 30000, &sums);
    ck_assert_int_eq(sums.requests, 2);
    ck_assert_int_eq(sums.errors, 2);
    ck_assert_int_eq(sums.rate_limited, 2);
    ck_assert_int_eq(sums.timeouts, 2);
    ck_assert_int_eq(sums.prompt_tokens, 20);
    ck_assert_int_eq(sums.completion_tokens, 160);
    ck_assert_int_eq(sums.cost_nanousd, 1280000);
    tally_read(&tally, SPAN_1M, 120000, &sums);
    ck_assert_int_eq(sums.requests, 0);
    tally_read(&tally, SPAN_1H, 120000, &sums);
    ck_assert_int_eq(sums.requests, 2);
}

END_TEST

START_TEST(rates_are_over_the_time_that_was_counted)
{
    struct tally_sums sums;

    tally_init(&tally, 1000000);
    ck_assert_int_eq(tally_read(&tally, SPAN_1H, 1000000, &sums), 1);
    ck_assert_int_eq(tally_read(&tally, SPAN_1H, 1004000, &sums), 4000);
    ck_assert_int_eq(tally_read(&tally, SPAN_1M, 1255000, &sums), 55000);
    ck_assert_int_eq(tally_read(&tally, SPAN_1M, 1259999, &sums), 59999);
}

END_TEST

START_TEST(sums_do_not_wrap)
{
    const struct tally_sums huge = {.requests = INT64_MAX,
                                    .cost_nanousd = INT64_MIN};
    struct tally_sums sums;

    tally_init(&tally, 0);
    tally_add(&tally, &huge, 1);
    tally_add(&tally, &huge, 1);
    tally_read(&tally, SPAN_10S, 1, &sums);
    ck_assert_int_eq(sums.requests, INT64_MAX);
    ck_assert_int_eq(sums.cost_nanousd, INT64_MIN);
}

END_TEST

START_TEST(the_trend_is_thirty_finished_slots_oldest_first)
{
    double rates[TREND_SLOTS];

    trend_init(&trend);
    trend_read(&trend, 5, rates);
    ck_assert_double_eq(rates[29], 0.0);
    trend_add(&trend, 100000);
    for (int i = 0; i < 6; i++)
        trend_add(&trend, 102500);
    trend_add(&trend, 104000); /* In the slot being filled. */

    trend_read(&trend, 104100, rates);
    ck_assert_double_eq(rates[27], 0.0);
    ck_assert_double_eq(rates[28], 0.5);
    ck_assert_double_eq(rates[29], 3.0);
    trend_read(&trend, 160000, rates);
    ck_assert_double_eq(rates[0], 0.5);
    ck_assert_double_eq(rates[1], 3.0);
    ck_assert_double_eq(rates[2], 0.5);
    trend_read(&trend, 162000, rates);
    ck_assert_double_eq(rates[0], 3.0);
    trend_read(&trend, 999000, rates);
    for (int i = 0; i < TREND_SLOTS; i++)
        ck_assert_double_eq(rates[i], 0.0);
}

END_TEST

START_TEST(a_slot_is_cleared_before_it_is_used_again)
{
    double rates[TREND_SLOTS];

    trend_init(&trend);
    for (int64_t t = 0; t < 1000000; t += 500)
        trend_add(&trend, t);
    trend_read(&trend, 999999, rates);
    for (int i = 0; i < TREND_SLOTS; i++)
        ck_assert_double_eq(rates[i], 2.0);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("tally");
    TCase *tc = tcase_create("figures");

    tcase_add_test(tc, sums_are_kept_for_each_window);
    tcase_add_test(tc, rates_are_over_the_time_that_was_counted);
    tcase_add_test(tc, sums_do_not_wrap);
    tcase_add_test(tc, the_trend_is_thirty_finished_slots_oldest_first);
    tcase_add_test(tc, a_slot_is_cleared_before_it_is_used_again);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
