/*
 * check_figures.c - figures of calls, and distributions in little memory.
 */
#include "core/brief.h"
#include "core/figures.h"
#include "support/suite.h"

enum {
    DAY_MS = 86400000
};

static struct figures figures, other;
static struct brief brief, second;
static struct hist read;

static const struct figures_entry ANSWER = {
    .end = FIGURES_SUCCESS,
    .latency_us = 2000,
    .prompt_tokens = 10,
    .completion_tokens = 80,
    .cost_nanousd = 640000,
};

START_TEST(each_way_to_end_is_counted_as_what_it_is)
{
    static const struct figures_entry FAILED = {.end = FIGURES_ERROR,
                                                .timed_out = true,
                                                .retries = 2,
                                                .cost_nanousd = 1};
    static const struct figures_entry CANCELLED = {.end = FIGURES_CANCELLED};
    struct tally_sums sums;

    figures_init(&figures, 0);
    figures_enter(&figures, &ANSWER, 1000, DAY_MS);
    figures_enter(&figures, &FAILED, 1000, DAY_MS);
    figures_enter(&figures, &CANCELLED, 1000, DAY_MS);
    figures_heard(&figures, 700);
    ck_assert_int_eq(figures.requests, 3);
    ck_assert_int_eq(figures.successes, 1);
    ck_assert_int_eq(figures.errors, 1);
    ck_assert_int_eq(figures.latency_sum_us, 2000);
    ck_assert_int_eq(figures.ttft_count, 1);
    ck_assert_int_eq(figures.ttft_sum_us, 700);
    ck_assert_int_eq(figures.cost_nanousd, 640001);
    (void)tally_read(&figures.tally, SPAN_10S, 1000, &sums);
    ck_assert_int_eq(sums.requests, 3);
    ck_assert_int_eq(sums.errors, 1);
    ck_assert_int_eq(sums.timeouts, 1);
    ck_assert_int_eq(sums.retries, 2);
    ck_assert_int_eq(sums.completion_tokens, 80);
}

END_TEST

START_TEST(the_cost_of_a_day_ends_with_it)
{
    figures_init(&figures, 0);
    figures_enter(&figures, &ANSWER, 0, 3 * (int64_t)DAY_MS - 1);
    ck_assert_int_eq(figures_cost_today(&figures, 3 * (int64_t)DAY_MS - 1),
                     640000);
    ck_assert_int_eq(figures_cost_today(&figures, 3 * (int64_t)DAY_MS), 0);
    figures_enter(&figures, &ANSWER, 0, 3 * (int64_t)DAY_MS);
    ck_assert_int_eq(figures_cost_today(&figures, 3 * (int64_t)DAY_MS), 640000);
    ck_assert_int_eq(figures.cost_nanousd, 1280000);
}

END_TEST

START_TEST(errors_have_a_trend_of_their_own)
{
    static const struct figures_entry FAILED = {.end = FIGURES_ERROR};
    double rates[TREND_SLOTS];

    figures_init(&figures, 0);
    figures_enter(&figures, &ANSWER, 59000, 0);
    figures_enter(&figures, &FAILED, 59000, 0);
    trend_read(&figures.trend, 60000, rates);
    ck_assert_double_eq(rates[TREND_SLOTS - 1], 1);
    trend_read(&figures.errors_trend, 60000, rates);
    ck_assert_double_eq(rates[TREND_SLOTS - 1], 0.5);
}

END_TEST

START_TEST(figures_that_are_merged_are_all_there)
{
    struct tally_sums sums;

    figures_init(&figures, 5000);
    figures_init(&other, 1000);
    figures_enter(&figures, &ANSWER, 5000, DAY_MS);
    figures_enter(&other, &ANSWER, 5000, DAY_MS);
    figures_enter(&other, &ANSWER, 70000, 2 * (int64_t)DAY_MS);
    figures_merge(&figures, &other);
    ck_assert_int_eq(figures.requests, 3);
    ck_assert_int_eq(figures.completion_tokens, 240);
    ck_assert_int_eq(figures_cost_today(&figures, 2 * (int64_t)DAY_MS), 640000);
    ck_assert_int_eq(tally_read(&figures.tally, SPAN_1H, 71000, &sums), 70000);
    ck_assert_int_eq(sums.requests, 3);
    (void)tally_read(&figures.tally, SPAN_10S, 71000, &sums);
    ck_assert_int_eq(sums.requests, 1);
    /* What is older than what is there has nothing to add. */
    figures_init(&other, 1000);
    figures_enter(&other, &ANSWER, 5000, DAY_MS);
    figures_merge(&figures, &other);
    (void)tally_read(&figures.tally, SPAN_10S, 71000, &sums);
    ck_assert_int_eq(sums.requests, 1);
}

END_TEST

START_TEST(a_brief_distribution_is_close_and_its_ends_are_exact)
{
    brief_init(&brief);
    for (int64_t i = 1; i <= 1000; i++)
        brief_record(&brief, i * 1000, 500);
    brief_read(&brief, SPAN_1M, 500, &read);
    ck_assert_uint_eq(read.count, 1000);
    ck_assert_int_eq(hist_mean_us(&read), 500500);
    ck_assert_int_eq(read.min_us, 1000);
    ck_assert_int_eq(hist_quantile_us(&read, 1), 1000000);
    for (int percent = 1; percent < 100; percent++) {
        int64_t exact_us = percent * 10000;
        int64_t off_us = hist_quantile_us(&read, percent / 100.0) - exact_us;

        ck_assert_int_le(off_us < 0 ? -off_us : off_us,
                         exact_us * 8 / 100 + 1000);
    }
}

END_TEST

START_TEST(a_brief_distribution_forgets)
{
    brief_init(&brief);
    brief_record(&brief, -5, 1000);
    brief_record(&brief, INT64_MAX, 1000);
    brief_read(&brief, SPAN_10S, 2000, &read);
    ck_assert_uint_eq(read.count, 2);
    ck_assert_int_eq(read.min_us, 0);
    ck_assert_int_eq(read.max_us, INT64_MAX);
    brief_read(&brief, SPAN_10S, 12000, &read);
    ck_assert_uint_eq(read.count, 0);
    brief_read(&brief, SPAN_1M, 12000, &read);
    ck_assert_uint_eq(read.count, 2);
    brief_record(&brief, 7, 61000);
    brief_read(&brief, SPAN_1M, 61000, &read);
    ck_assert_uint_eq(read.count, 1);
}

END_TEST

START_TEST(brief_distributions_are_merged_by_time)
{
    brief_init(&brief);
    brief_init(&second);
    brief_record(&brief, 1000, 500);
    brief_record(&second, 3000, 500);
    brief_record(&second, 5000, 30000);
    brief_merge(&brief, &second);
    brief_read(&brief, SPAN_1M, 30000, &read);
    ck_assert_uint_eq(read.count, 3);
    ck_assert_int_eq(hist_mean_us(&read), 3000);
    ck_assert_int_eq(read.min_us, 1000);
    ck_assert_int_eq(read.max_us, 5000);
    brief_read(&brief, SPAN_10S, 30000, &read);
    ck_assert_uint_eq(read.count, 1);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("figures");
    TCase *tc = tcase_create("figures");

    tcase_add_test(tc, each_way_to_end_is_counted_as_what_it_is);
    tcase_add_test(tc, the_cost_of_a_day_ends_with_it);
    tcase_add_test(tc, errors_have_a_trend_of_their_own);
    tcase_add_test(tc, figures_that_are_merged_are_all_there);
    suite_add_tcase(s, tc);
    tc = tcase_create("brief");
    tcase_add_test(tc, a_brief_distribution_is_close_and_its_ends_are_exact);
    tcase_add_test(tc, a_brief_distribution_forgets);
    tcase_add_test(tc, brief_distributions_are_merged_by_time);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
