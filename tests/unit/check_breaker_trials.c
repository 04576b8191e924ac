/*
 * How a breaker recovers: open, half open, trials.
 */
#include "core/breaker.h"

#include "support/breaker_calls.h"
#include "support/suite.h"

START_TEST(an_open_circuit_refuses_until_its_time_has_come)
{
    int64_t until = open_at(1000);

    ck_assert_int_ge(until, 1000 + 2500);
    ck_assert_int_le(until, 1000 + 5000);
    ck_assert(refused(1001));
    ck_assert(refused(until - 1));
    ck_assert_int_eq(state(until - 1), BREAKER_OPEN);
    ck_assert_int_eq(breaker_deadline(&b, 1001), until);
    ck_assert_int_eq(breaker_look(&b, until - 1).since_ms, 1000);

    ck_assert_int_eq(state(until), BREAKER_HALF_OPEN);
    ck_assert_int_eq(breaker_look(&b, until + 7).since_ms, until);
    ck_assert_int_eq(breaker_deadline(&b, until), INT64_MAX);
}

END_TEST

/* F36: the provider fails five times and heals; no probe ever runs. */
START_TEST(without_probes_the_next_two_requests_close_it)
{
    int64_t until = open_at(0);

    call(BREAKER_OK, until + 86400000);
    ck_assert_int_eq(state(until + 86400000), BREAKER_HALF_OPEN);
    ck_assert_uint_eq(breaker_look(&b, until + 86400000).half_open_ok, 1);
    ck_assert_uint_eq(breaker_look(&b, until + 86400000).half_open_of, 2);
    call(BREAKER_OK, until + 86400001);
    ck_assert_int_eq(state(until + 86400001), BREAKER_CLOSED);
}

END_TEST

/* F43: a hundred requests at the edge. */
START_TEST(half_open_admits_one_and_then_one_more_for_each_success)
{
    struct breaker_params params = breaker_defaults;
    struct breaker_permit first, second, third;
    int64_t t;

    params.success_threshold = 4;
    breaker_init(&b, &params, 0);
    t = open_at(0);

    first = admitted(t);
    for (int i = 0; i < 99; i++)
        ck_assert(refused(t));
    report(&first, BREAKER_OK, t + 1);

    first = admitted(t + 1);
    second = admitted(t + 1);
    ck_assert(refused(t + 1));
    report(&first, BREAKER_OK, t + 2);

    first = admitted(t + 2);
    third = admitted(t + 2);
    ck_assert(refused(t + 2));
    report(&first, BREAKER_OK, t + 3);
    first = admitted(t + 3);
    ck_assert(refused(t + 3)); /* Four would be allowed but for the limit. */
    report(&first, BREAKER_OK, t + 4);
    ck_assert_int_eq(state(t + 4), BREAKER_CLOSED);

    report(&second, BREAKER_FAIL, t + 5);
    report(&third, BREAKER_FAIL, t + 5);
    ck_assert_uint_eq(breaker_look(&b, t + 5).window.total, 0);
}

END_TEST

START_TEST(a_first_trial_that_fails_opens_for_twice_as_long)
{
    int64_t t = open_at(0);
    int64_t stay_ms = 5000;

    for (int i = 0; i < 10; i++) {
        struct breaker_view seen;

        call(BREAKER_FAIL, t);
        stay_ms = stay_ms * 2 > 300000 ? 300000 : stay_ms * 2;
        seen = breaker_look(&b, t);
        ck_assert_int_eq(seen.state, BREAKER_OPEN);
        ck_assert_int_ge(seen.retry_at_ms - t, stay_ms / 2);
        ck_assert_int_le(seen.retry_at_ms - t, stay_ms);
        ck_assert_uint_eq(seen.trips, (uint64_t)i + 2);
        t = seen.retry_at_ms;
    }
    assert_reason("1 of 1 trials failed");
}

END_TEST

START_TEST(one_failed_trial_among_three_does_not_keep_it_from_closing)
{
    int64_t t = open_at(0);

    call(BREAKER_OK, t);
    call(BREAKER_FAIL, t + 1);
    ck_assert_int_eq(state(t + 1), BREAKER_HALF_OPEN);
    call(BREAKER_OK, t + 2);
    ck_assert_int_eq(state(t + 2), BREAKER_CLOSED);
}

END_TEST

START_TEST(a_second_failed_trial_opens)
{
    int64_t t = open_at(0);

    call(BREAKER_OK, t);
    calls(2, BREAKER_FAIL, t + 1);
    ck_assert_int_eq(state(t + 1), BREAKER_OPEN);
    ck_assert_uint_eq(breaker_look(&b, t + 1).n, 2);
    assert_reason("2 of 3 trials failed");
}

END_TEST

/* F40 */
START_TEST(a_trial_that_hangs_opens_after_thirty_seconds_for_as_long_as_before)
{
    int64_t t = open_at(0);
    struct breaker_permit hung = admitted(t);
    struct breaker_view seen;

    ck_assert_int_eq(hung.deadline_ms, t + 30000);
    ck_assert_int_eq(breaker_deadline(&b, t), t + 30000);
    ck_assert_int_eq(state(t + 29999), BREAKER_HALF_OPEN);
    seen = breaker_look(&b, t + 30000);
    ck_assert_int_eq(seen.state, BREAKER_OPEN);
    ck_assert_int_eq(seen.reason, BREAKER_REASON_HUNG);
    ck_assert_uint_eq(seen.n, 1);
    ck_assert_int_ge(seen.retry_at_ms, t + 30000 + 2500);
    ck_assert_int_le(seen.retry_at_ms, t + 30000 + 5000);

    /* Its vote is void, also when nobody looked in between. */
    report(&hung, BREAKER_OK, t + 40000);
    ck_assert_int_eq(state(t + 40000), BREAKER_HALF_OPEN);
    ck_assert_uint_eq(breaker_look(&b, t + 40000).half_open_ok, 0);
    report(&hung, BREAKER_FAIL, t + 40001);
    ck_assert_int_eq(state(t + 40001), BREAKER_HALF_OPEN);
    assert_reason("trial hung for 30 s");

    calls(2, BREAKER_OK, t + 40002);
    ck_assert_int_eq(state(t + 40002), BREAKER_CLOSED);
}

END_TEST

START_TEST(half_open_without_traffic_stays_half_open)
{
    int64_t t = open_at(0);
    struct breaker_permit late;

    call(BREAKER_OK, t);
    ck_assert_int_eq(state(t + 3600000), BREAKER_HALF_OPEN);
    late = admitted(t + 3600000);
    ck_assert_int_eq(state(t + 3629999), BREAKER_HALF_OPEN);
    report(&late, BREAKER_OK, t + 3629999);
    ck_assert_int_eq(state(t + 3629999), BREAKER_CLOSED);
}

END_TEST

/* F41 */
START_TEST(a_cancelled_trial_gives_its_permit_back)
{
    int64_t t = open_at(0);

    for (int i = 0; i < 5; i++)
        call(BREAKER_IGNORE, t + i);
    ck_assert_int_eq(state(t + 5), BREAKER_HALF_OPEN);
    call(BREAKER_OK, t + 6);
    ck_assert_uint_eq(breaker_look(&b, t + 6).half_open_ok, 1);
}

END_TEST

/* F42 */
START_TEST(a_call_begun_before_the_circuit_opened_has_no_vote)
{
    struct breaker_permit slow = admitted(0);
    struct breaker_permit slower = admitted(0);
    int64_t t = open_at(1);

    call(BREAKER_OK, t);
    report(&slow, BREAKER_OK, t + 1);
    ck_assert_int_eq(state(t + 1), BREAKER_HALF_OPEN);
    ck_assert_uint_eq(breaker_look(&b, t + 1).half_open_ok, 1);
    report(&slower, BREAKER_FAIL, t + 1);
    call(BREAKER_OK, t + 2);
    ck_assert_int_eq(state(t + 2), BREAKER_CLOSED);
}

END_TEST

START_TEST(first_content_frees_the_trial_and_a_later_break_is_one_failure)
{
    int64_t t = open_at(0);
    struct breaker_permit stream = admitted(t);

    report(&stream, BREAKER_OK, t + 500);
    call(BREAKER_OK, t + 501);
    ck_assert_int_eq(state(t + 501), BREAKER_CLOSED);

    report(&stream, BREAKER_FAIL, t + 200000);
    ck_assert_uint_eq(breaker_look(&b, t + 200000).failures, 1);
    ck_assert_uint_eq(breaker_look(&b, t + 200000).window.failed, 1);
    report(&stream, BREAKER_FAIL, t + 200001);
    ck_assert_uint_eq(breaker_look(&b, t + 200001).failures, 1);
}

END_TEST

START_TEST(a_trial_stream_that_breaks_after_its_vote_counts_against_it)
{
    int64_t t = open_at(0);
    struct breaker_permit stream = admitted(t);

    report(&stream, BREAKER_OK, t + 1);
    report(&stream, BREAKER_FAIL, t + 2);
    ck_assert_int_eq(state(t + 2), BREAKER_HALF_OPEN);
    call(BREAKER_FAIL, t + 3);
    ck_assert_int_eq(state(t + 3), BREAKER_OPEN);
}

END_TEST

static Suite *
breaker_trials_suite(void)
{
    Suite *s = suite_create("breaker_trials");
    TCase *tc = tcase_create("recovery");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, an_open_circuit_refuses_until_its_time_has_come);
    tcase_add_test(tc, without_probes_the_next_two_requests_close_it);
    tcase_add_test(tc, half_open_admits_one_and_then_one_more_for_each_success);
    tcase_add_test(tc, a_first_trial_that_fails_opens_for_twice_as_long);
    tcase_add_test(tc,
                   one_failed_trial_among_three_does_not_keep_it_from_closing);
    tcase_add_test(tc, a_second_failed_trial_opens);
    tcase_add_test(
        tc,
        a_trial_that_hangs_opens_after_thirty_seconds_for_as_long_as_before);
    tcase_add_test(tc, half_open_without_traffic_stays_half_open);
    tcase_add_test(tc, a_cancelled_trial_gives_its_permit_back);
    tcase_add_test(tc, a_call_begun_before_the_circuit_opened_has_no_vote);
    tcase_add_test(
        tc, first_content_frees_the_trial_and_a_later_break_is_one_failure);
    tcase_add_test(tc,
                   a_trial_stream_that_breaks_after_its_vote_counts_against_it);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(breaker_trials_suite());
}
