/*
 * The rules of the breaker while it is closed, and the words of probes, routes
 * and operators.  check_breaker_trials.c has those of recovery.
 */
#include "core/breaker.h"

#include "base/mem.h"
#include "support/breaker_calls.h"
#include "support/suite.h"

#include <string.h>

/* What happens in CLOSED: calls at given times, and why the last one trips. */
static const struct history {
    const char *name;

    struct run {
        int64_t from_ms;
        int64_t step_ms; /* Between calls. */
        int times;
        const char *calls; /* Fail, C: not connected, OK, Slow, -: ignored. */
    } runs[2];

    const char *reason; /* Empty: none does. */
} HISTORIES[] = {
    /* clang-format off */
    /* F26 */
    {"four failures in a row are not enough",
     {{0, 1, 1, "FFFF"}}, ""},
    {"the fifth failure in a row trips",
     {{0, 1, 1, "FFFFF"}}, "5 failures in a row"},
    {"failures in a row may be far apart",
     {{0, 600000, 5, "F"}}, "5 failures in a row"},
    {"a success begins the row anew",
     {{0, 1, 1, "FFFFOFFFF"}}, ""},
    {"an ignored call does not",
     {{0, 1, 1, "FFFF-------F"}}, "5 failures in a row"},
    /* F27 */
    {"half of ten calls failing trips",
     {{0, 1, 5, "FO"}}, "5 of 10 failed"},
    {"of nine calls no rate is taken",
     {{0, 1, 1, "FOFOFOFOF"}}, ""},
    {"calls older than the window do not count",
     {{0, 1, 4, "FO"}, {60000, 1, 1, "FO"}}, ""},
    {"calls within the window do",
     {{0, 1, 4, "FO"}, {59990, 1, 1, "FO"}}, "5 of 10 failed"},
    {"the short window trips before the long one",
     {{0, 100, 100, "O"}, {30000, 1, 5, "FO"}}, "5 of 10 failed"},
    /* F28 */
    {"client errors never trip",
     {{0, 1, 50, "-"}}, ""},
    {"the third failure to connect in a row trips",
     {{0, 1, 1, "CCC"}}, "3 times no connection"},
    {"a failure of another kind ends that row",
     {{0, 1, 1, "CCFC"}}, ""},
    {"eight of ten calls slow trip",
     {{0, 1, 1, "OOSSSSSSSS"}}, "8 of 10 slow"},
    {"seven of ten do not",
     {{0, 1, 1, "OOOSSSSSSS"}}, ""},
    {"after 200 calls ten failures in a row are a blip",
     {{0, 20, 200, "O"}, {4000, 1, 10, "F"}}, ""},
    {"but eleven, a twentieth, are an outage",
     {{0, 20, 200, "O"}, {4000, 1, 11, "F"}}, "11 failures in a row"},
    /* clang-format on */
};

static enum breaker_outcome
outcome_of(char letter)
{
    switch (letter) {
    case 'F':
        return BREAKER_FAIL;
    case 'C':
        return BREAKER_FAIL_CONNECT;
    case 'S':
        return BREAKER_OK_SLOW;
    case 'O':
        return BREAKER_OK;
    default:
        return BREAKER_IGNORE;
    }
}

static void
play(const struct run *run)
{
    size_t len = strlen(run->calls);

    for (size_t i = 0; i < len * (size_t)run->times; i++)
        call(outcome_of(run->calls[i % len]),
             run->from_ms + (int64_t)i * run->step_ms);
}

/* A call after the trip would not be admitted and fail the test. */
START_TEST(closed_trips_when_it_should)
{
    const struct history *h = &HISTORIES[_i];

    for (unsigned i = 0; i < array_count(h->runs) && h->runs[i].times; i++)
        play(&h->runs[i]);
    ck_assert_msg((b.state == BREAKER_OPEN) == (h->reason[0] != '\0'), "%s",
                  h->name);
    assert_reason(h->reason);
}

END_TEST

START_TEST(a_target_dying_under_ten_calls_a_second_is_out_within_two_seconds)
{
    int64_t t = 0;

    for (; t < 120000; t += 100)
        call(BREAKER_OK, t);
    for (int i = 0; i < 20 && state(t) == BREAKER_CLOSED; i++, t += 100)
        call(BREAKER_FAIL, t);
    ck_assert_int_eq(state(t), BREAKER_OPEN);
}

END_TEST

START_TEST(every_fifth_call_failing_does_not_trip)
{
    for (int i = 0; i < 24000; i++) {
        call(i % 5 == 4 ? BREAKER_FAIL : BREAKER_OK, i * 5);
        ck_assert_int_eq(state(i * 5), BREAKER_CLOSED);
    }
}

END_TEST

START_TEST(the_end_of_a_stream_that_voted_changes_nothing)
{
    struct breaker_permit stream = admitted(0);

    report(&stream, BREAKER_OK, 100);
    report(&stream, BREAKER_OK, 5000);
    report(&stream, BREAKER_IGNORE, 5001);
    ck_assert_uint_eq(breaker_look(&b, 5001).window.total, 1);
}

END_TEST

START_TEST(each_calm_minute_forgives_one_trip)
{
    int64_t t = open_at(0);

    for (int i = 0; i < 2; i++) {
        call(BREAKER_FAIL, t);
        t = breaker_look(&b, t).retry_at_ms;
    }
    calls(2, BREAKER_OK, t);
    ck_assert_uint_eq(breaker_look(&b, t).n, 3);
    ck_assert_uint_eq(breaker_look(&b, t + 59999).n, 3);
    ck_assert_uint_eq(breaker_look(&b, t + 60000).n, 2);
    call(BREAKER_FAIL, t + 110000);
    ck_assert_uint_eq(breaker_look(&b, t + 169999).n, 2);
    ck_assert_uint_eq(breaker_look(&b, t + 170000).n, 1);
    ck_assert_uint_eq(breaker_look(&b, t + 999999).n, 0);
}

END_TEST

START_TEST(a_day_of_outage_is_forgiven_in_six_minutes)
{
    int64_t t = open_at(0);

    for (int i = 0; i < 400; i++) {
        call(BREAKER_FAIL, t);
        t = breaker_look(&b, t).retry_at_ms;
    }
    ck_assert_int_ge(t, 86400000 / 2);
    calls(2, BREAKER_OK, t);
    ck_assert_uint_eq(breaker_look(&b, t + 360000).n, 0);
}

END_TEST

/* F37 */
START_TEST(a_good_probe_shortens_open_but_never_closes)
{
    int64_t until;

    open_at(0);
    breaker_hint(&b, 10, &rng);
    until = breaker_look(&b, 10).retry_at_ms;
    ck_assert_int_ge(until, 10);
    ck_assert_int_le(until, 1010);
    for (int i = 0; i < 100; i++)
        breaker_hint(&b, 2000 + i, &rng);
    ck_assert_int_eq(state(2100), BREAKER_HALF_OPEN);
    ck_assert_uint_eq(breaker_look(&b, 2100).half_open_ok, 0);
    call(BREAKER_FAIL, 2100);
    ck_assert_int_eq(state(2100), BREAKER_OPEN);
}

END_TEST

START_TEST(a_hint_does_not_lengthen_open)
{
    int64_t until = open_at(0);

    breaker_hint(&b, until - 1, &rng);
    ck_assert_int_le(breaker_look(&b, until - 1).retry_at_ms, until);
    ck_assert_int_eq(state(until), BREAKER_HALF_OPEN);
}

END_TEST

/* F35 */
START_TEST(the_last_resort_is_one_trial_a_second_with_the_same_stay)
{
    struct breaker_permit permit;

    open_at(0);
    ck_assert(!breaker_admit_early(&b, 999, &rng, &permit));
    ck_assert(!breaker_look(&b, 999).permits_early);
    ck_assert(breaker_look(&b, 1000).permits_early);
    ck_assert(!breaker_look(&b, 1000).permits);
    ck_assert(breaker_admit_early(&b, 1000, &rng, &permit));
    for (int i = 0; i < 200; i++) {
        struct breaker_permit other;

        ck_assert(!breaker_admit_early(&b, 1000 + i, &rng, &other));
    }
    report(&permit, BREAKER_FAIL, 1200);
    ck_assert_uint_eq(breaker_look(&b, 1200).n, 1);
    ck_assert_int_le(breaker_look(&b, 1200).retry_at_ms, 1200 + 5000);
    ck_assert(!breaker_admit_early(&b, 2199, &rng, &permit));
    ck_assert(breaker_admit_early(&b, 2200, &rng, &permit));
    report(&permit, BREAKER_OK, 2300);
    call(BREAKER_OK, 2400);
    ck_assert_int_eq(state(2400), BREAKER_CLOSED);
}

END_TEST

START_TEST(the_last_resort_asks_a_closed_breaker_like_anyone)
{
    struct breaker_permit permit;

    ck_assert(breaker_admit_early(&b, 0, &rng, &permit));
    breaker_set(&b, BREAKER_MODE_OPEN, 0);
    ck_assert(!breaker_admit_early(&b, 100000, &rng, &permit));
}

END_TEST

START_TEST(probes_that_cannot_connect_open_a_closed_breaker_only)
{
    int64_t until;

    breaker_unreachable(&b, 3, 0, &rng);
    ck_assert_int_eq(state(0), BREAKER_OPEN);
    assert_reason("3 probes without connection");
    until = breaker_look(&b, 0).retry_at_ms;
    breaker_unreachable(&b, 4, 1, &rng);
    ck_assert_int_eq(breaker_look(&b, 1).retry_at_ms, until);
    breaker_unreachable(&b, 5, until, &rng);
    ck_assert_int_eq(state(until), BREAKER_HALF_OPEN);
}

END_TEST

START_TEST(forced_open_admits_nothing_until_it_is_lifted)
{
    struct breaker_permit before = admitted(0);

    breaker_set(&b, BREAKER_MODE_OPEN, 10);
    ck_assert_int_eq(state(86400000), BREAKER_FORCED_OPEN);
    ck_assert(refused(86400000));
    report(&before, BREAKER_OK, 20);
    breaker_hint(&b, 30, &rng);
    ck_assert_int_eq(state(86400000), BREAKER_FORCED_OPEN);
    ck_assert_int_eq(breaker_look(&b, 30).mode, BREAKER_MODE_OPEN);
    assert_reason("opened by the operator");

    breaker_set(&b, BREAKER_MODE_OPEN, 40);
    ck_assert_int_eq(breaker_look(&b, 40).since_ms, 10);
    breaker_set(&b, BREAKER_MODE_AUTO, 50);
    ck_assert_int_eq(state(50), BREAKER_CLOSED);
    ck_assert_int_eq(breaker_look(&b, 50).mode, BREAKER_MODE_AUTO);
}

END_TEST

START_TEST(off_never_refuses_but_counts)
{
    breaker_set(&b, BREAKER_MODE_OFF, 0);
    calls(40, BREAKER_FAIL, 1);
    calls(10, BREAKER_OK, 2);
    ck_assert_int_eq(state(2), BREAKER_OFF);
    ck_assert_uint_eq(breaker_look(&b, 2).window.total, 50);
    ck_assert_uint_eq(breaker_look(&b, 2).window.failed, 40);
    ck_assert(!breaker_in_good_health(&b, 2));
    ck_assert_int_eq(breaker_look(&b, 2).mode, BREAKER_MODE_OFF);
}

END_TEST

START_TEST(auto_resets_everything_but_the_number_of_trips)
{
    open_at(0);
    breaker_set(&b, BREAKER_MODE_AUTO, 1);
    ck_assert_int_eq(state(1), BREAKER_CLOSED);
    ck_assert_uint_eq(breaker_look(&b, 1).n, 0);
    ck_assert_uint_eq(breaker_look(&b, 1).failures, 0);
    ck_assert_uint_eq(breaker_look(&b, 1).window.total, 0);
    ck_assert_uint_eq(breaker_look(&b, 1).trips, 1);
    assert_reason("");
}

END_TEST

START_TEST(good_health_is_fewer_than_two_failures_or_under_a_tenth)
{
    ck_assert(breaker_in_good_health(&b, 0));
    call(BREAKER_FAIL, 0);
    ck_assert(breaker_in_good_health(&b, 0));
    call(BREAKER_FAIL, 0);
    ck_assert(!breaker_in_good_health(&b, 0));
    calls(18, BREAKER_OK, 1);
    ck_assert(!breaker_in_good_health(&b, 1));
    call(BREAKER_OK, 1);
    ck_assert(breaker_in_good_health(&b, 1));
    calls(2, BREAKER_FAIL, 2);
    ck_assert(!breaker_in_good_health(&b, 2));
    ck_assert(breaker_in_good_health(&b, 20000));
    calls(3, BREAKER_FAIL, 20001);
    ck_assert_int_eq(state(20001), BREAKER_OPEN);
    ck_assert(!breaker_in_good_health(&b, 20001));
}

END_TEST

START_TEST(a_permit_that_was_never_granted_reports_nothing)
{
    struct breaker_permit none = {0};

    report(&none, BREAKER_FAIL, 0);
    ck_assert_uint_eq(breaker_look(&b, 0).window.total, 0);
}

END_TEST

/* F48: it fails in a millisecond and so could swallow all traffic. */
START_TEST(a_target_that_fails_fast_gets_few_of_the_next_thousand_calls)
{
    int sent = 0;

    calls(5, BREAKER_FAIL, 0);
    for (int64_t t = 5; t < 1005; t++) {
        struct breaker_permit permit;

        if (!breaker_admit(&b, t, &rng, &permit))
            continue;
        sent++;
        report(&permit, BREAKER_FAIL, t);
    }
    ck_assert_int_le(sent, 50);
}

END_TEST

START_TEST(every_name_is_told)
{
    for (int i = BREAKER_CLOSED; i <= BREAKER_OFF; i++)
        ck_assert_str_ne(breaker_state_name((enum breaker_state)i), "?");
    for (int i = BREAKER_MODE_AUTO; i <= BREAKER_MODE_OFF; i++)
        ck_assert_str_ne(breaker_mode_name((enum breaker_mode)i), "?");
}

END_TEST

static Suite *
breaker_suite(void)
{
    Suite *s = suite_create("breaker");
    TCase *tc = tcase_create("rules");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, closed_trips_when_it_should, 0,
                        array_count(HISTORIES));
    tcase_add_test(
        tc, a_target_dying_under_ten_calls_a_second_is_out_within_two_seconds);
    tcase_add_test(tc, every_fifth_call_failing_does_not_trip);
    tcase_add_test(tc, the_end_of_a_stream_that_voted_changes_nothing);
    tcase_add_test(tc, each_calm_minute_forgives_one_trip);
    tcase_add_test(tc, a_day_of_outage_is_forgiven_in_six_minutes);
    tcase_add_test(tc, a_good_probe_shortens_open_but_never_closes);
    tcase_add_test(tc, a_hint_does_not_lengthen_open);
    tcase_add_test(tc,
                   the_last_resort_is_one_trial_a_second_with_the_same_stay);
    tcase_add_test(tc, the_last_resort_asks_a_closed_breaker_like_anyone);
    tcase_add_test(tc, probes_that_cannot_connect_open_a_closed_breaker_only);
    tcase_add_test(tc, forced_open_admits_nothing_until_it_is_lifted);
    tcase_add_test(tc, off_never_refuses_but_counts);
    tcase_add_test(tc, auto_resets_everything_but_the_number_of_trips);
    tcase_add_test(tc, good_health_is_fewer_than_two_failures_or_under_a_tenth);
    tcase_add_test(tc, a_permit_that_was_never_granted_reports_nothing);
    tcase_add_test(
        tc, a_target_that_fails_fast_gets_few_of_the_next_thousand_calls);
    tcase_add_test(tc, every_name_is_told);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(breaker_suite());
}
