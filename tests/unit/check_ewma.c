/*
 * check_ewma.c - the average that notices slowness at once.
 */
#include "core/ewma.h"

#include "base/mem.h"
#include "support/suite.h"

START_TEST(an_unknown_target_gets_one_call)
{
    struct ewma e;

    ewma_init(&e);
    ck_assert_double_eq_tol(ewma_cost(&e, 0, 99999), 0.0, 0.001);
}

END_TEST

START_TEST(until_its_first_call_ends_each_counts_a_second)
{
    struct ewma e;

    ewma_init(&e);
    ck_assert_double_eq_tol(ewma_cost(&e, 1, 99999), 1000.0, 0.001);
    ck_assert_double_eq_tol(ewma_cost(&e, 3, 99999), 3000.0, 0.001);
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

/* What is left of one sample. */
static const struct fading {
    double sample_ms; /* 0: a failure. */
    double after_tau_ms;
} FADINGS[] = {
    {0.0, 1000.0 + 4000.0 * 0.36787944117144233},
    {4000.0, 1000.0 + 3000.0 * 0.36787944117144233},
    {1000.0, 1000.0},
    {100.0, 1000.0 - 900.0 * 0.36787944117144233},
};

START_TEST(without_samples_it_fades_into_the_unknown)
{
    const struct fading *row = &FADINGS[_i];
    struct ewma e;

    ewma_init(&e);
    if (row->sample_ms > 0.0)
        ewma_sample(&e, row->sample_ms, 0);
    else
        ewma_failure(&e, 0);
    ck_assert_double_eq_tol(ewma_cost(&e, 0, EWMA_TAU_MS), row->after_tau_ms,
                            0.001);
    ck_assert_double_eq_tol(ewma_cost(&e, 0, 1000 * (int64_t)EWMA_TAU_MS),
                            1000.0, 0.001);
}

END_TEST

START_TEST(failing_never_gets_better_than_unknown_by_waiting)
{
    struct ewma e;

    ewma_init(&e);
    ewma_failure(&e, 0);
    for (int64_t ms = 0; ms < 100 * (int64_t)EWMA_TAU_MS; ms += 977)
        ck_assert_double_ge(ewma_cost(&e, 0, ms), 1000.0);
}

END_TEST

START_TEST(a_call_given_up_can_only_make_it_slower)
{
    struct ewma e;

    ewma_init(&e);
    ewma_at_least(&e, 100.0, 0);
    ck_assert_double_eq_tol(ewma_cost(&e, 0, 0), 1000.0, 0.001);
    ewma_at_least(&e, 3000.0, 0);
    ck_assert_double_eq_tol(ewma_cost(&e, 0, 0), 3000.0, 0.001);
    ewma_sample(&e, 9000.0, 0);
    ewma_at_least(&e, 3000.0, 0);
    ck_assert_double_eq_tol(ewma_cost(&e, 0, 0), 9000.0, 0.001);
}

END_TEST

START_TEST(of_two_the_quicker_stays_ahead_for_as_long_as_both_are_idle)
{
    struct ewma quick, slow;

    ewma_init(&quick);
    ewma_init(&slow);
    ewma_sample(&quick, 200.0, 0);
    ewma_sample(&slow, 800.0, 0);
    for (int64_t ms = 0; ms < 10 * (int64_t)EWMA_TAU_MS; ms += 977)
        ck_assert_double_lt(ewma_cost(&quick, 0, ms), ewma_cost(&slow, 0, ms));
}

END_TEST

static Suite *
ewma_suite(void)
{
    Suite *s = suite_create("ewma");
    TCase *tc = tcase_create("average");

    tcase_add_test(tc, an_unknown_target_gets_one_call);
    tcase_add_test(tc, until_its_first_call_ends_each_counts_a_second);
    tcase_add_test(tc, a_peak_counts_at_once_and_fades);
    tcase_add_test(tc, calls_in_flight_count);
    tcase_add_test(tc, a_fast_failure_is_five_seconds);
    tcase_add_loop_test(tc, without_samples_it_fades_into_the_unknown, 0,
                        (int)array_count(FADINGS));
    tcase_add_test(tc, failing_never_gets_better_than_unknown_by_waiting);
    tcase_add_test(tc, a_call_given_up_can_only_make_it_slower);
    tcase_add_test(tc,
                   of_two_the_quicker_stays_ahead_for_as_long_as_both_are_idle);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(ewma_suite());
}
