/*
 * check_ewma.c - the average that notices slowness at once.
 */
#include "core/ewma.h"

#include "support/suite.h"

START_TEST(an_unknown_target_looks_like_a_second)
{
    struct ewma e;

    ewma_init(&e);
    ck_assert_double_eq_tol(ewma_cost(&e, 0, 99999), 1000.0, 0.001);
}

END_TEST

START_TEST(a_peak_counts_at_once_and_fades)
{
    struct ewma e;

    ewma_init(&e);
    ewma_sample(&e, 100.0, 0);
    ewma_sample(&e, 4000.0, 10);
    ck_assert_double_eq_tol(ewma_cost(&e, 0, 10), 4000.0, 0.001);
    ewma_sample(&e, 100.0, 10);
    ck_assert_double_ge(ewma_cost(&e, 0, 10), 3999.0);
    ewma_sample(&e, 100.0, 10 + 5 * EWMA_TAU_MS);
    ck_assert_double_le(ewma_cost(&e, 0, 10 + 5 * EWMA_TAU_MS), 130.0);
}

END_TEST

START_TEST(calls_in_flight_count)
{
    struct ewma e;

    ewma_init(&e);
    ewma_sample(&e, 100.0, 0);
    ck_assert_double_eq_tol(ewma_cost(&e, 4, 0), 500.0, 0.001);
}

END_TEST

/* F48: failing fast must not look like being fast. */
START_TEST(a_fast_failure_is_five_seconds)
{
    struct ewma e;

    ewma_init(&e);
    for (int i = 0; i < 20; i++)
        ewma_failure(&e, i);
    ck_assert_double_ge(ewma_cost(&e, 0, 20), 4990.0);
}

END_TEST

START_TEST(without_samples_it_is_tried_again_one_day)
{
    struct ewma e;

    ewma_init(&e);
    ewma_failure(&e, 0);
    ck_assert_double_lt(ewma_cost(&e, 0, 4 * EWMA_TAU_MS), 100.0);
}

END_TEST

static Suite *
ewma_suite(void)
{
    Suite *s = suite_create("ewma");
    TCase *tc = tcase_create("average");

    tcase_add_test(tc, an_unknown_target_looks_like_a_second);
    tcase_add_test(tc, a_peak_counts_at_once_and_fades);
    tcase_add_test(tc, calls_in_flight_count);
    tcase_add_test(tc, a_fast_failure_is_five_seconds);
    tcase_add_test(tc, without_samples_it_is_tried_again_one_day);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(ewma_suite());
}
