/*
 * The rules of the breaker one by one; check_breaker_model.c compares it with
 * a reference model over random histories.
 */
#include "core/breaker.h"

#include "base/mem.h"
#include "support/suite.h"

static struct breaker b;
static struct rng rng;

static void
setup(void)
{
    rng_init(&rng, 1);
    breaker_init(&b, &breaker_defaults, 0);
}

static struct breaker_permit
admitted(int64_t now_ms)
{
    struct breaker_permit permit = {0};

    ck_assert_msg(breaker_admit(&b, now_ms, &rng, &permit),
                  "not admitted at %lld ms", (long long)now_ms);
    return permit;
}

static bool
refused(int64_t now_ms)
{
    struct breaker_permit permit = {0};

    return !breaker_admit(&b, now_ms, &rng, &permit);
}

static void
report(struct breaker_permit *permit, enum breaker_outcome outcome,
       int64_t now_ms)
{
    breaker_report(&b, permit, outcome, now_ms, &rng);
}

/* One call that begins and ends at `now_ms`. */
static void
call(enum breaker_outcome outcome, int64_t now_ms)
{
    struct breaker_permit permit = admitted(now_ms);

    report(&permit, outcome, now_ms);
}

static void
calls(int n, enum breaker_outcome outcome, int64_t now_ms)
{
    while (n-- > 0)
        call(outcome, now_ms);
}

static enum breaker_state
state(int64_t now_ms)
{
    return breaker_state_at(&b, now_ms);
}

/* Opens by five failures and returns when it becomes half open. */
static int64_t
open_at(int64_t now_ms)
{
    calls(5, BREAKER_FAIL, now_ms);
    ck_assert_int_eq(state(now_ms), BREAKER_OPEN);
    return breaker_look(&b, now_ms).retry_at_ms;
}

static void
assert_reason(const char *text)
{
    char buf[64];

    ck_assert_str_eq(breaker_reason_text(&b, buf, sizeof(buf)), text);
}

/* What happens in CLOSED: a history of calls at given times, and whether the
 * last one trips. */
static const struct history {
    const char *name;

    struct run {
        int times; /* Repetitions of `a` followed by `b`, if there is one. */
        enum breaker_outcome a;
        int b; /* Or -1. */
        int64_t from_ms;
        int64_t step_ms; /* Between calls. */
    } runs[3];

    bool trips;
    const char *reason;
} HISTORIES[] = {
    /* F26 */
    {"four failures in a row are not enough",
     {{4, BREAKER_FAIL, -1, 0, 1}},
     false,
     ""},
    {"the fifth failure in a row trips",
     {{5, BREAKER_FAIL, -1, 0, 1}},
     true,
     "5 failures in a row"},
    {"failures in a row may be far apart",
     {{5, BREAKER_FAIL, -1, 0, 600000}},
     true,
     "5 failures in a row"},
    {"a success begins the row anew",
     {{4, BREAKER_FAIL, -1, 0, 1},
      {1, BREAKER_OK, -1, 5, 1},
      {4, BREAKER_FAIL, -1, 6, 1}},
     false,
     ""},
    {"an ignored call does not",
     {{4, BREAKER_FAIL, -1, 0, 1},
      {9, BREAKER_IGNORE, -1, 5, 1},
      {1, BREAKER_FAIL, -1, 20, 1}},
     true,
     "5 failures in a row"},
    /* F27 */
    {"half of ten calls failing trips",
     {{5, BREAKER_FAIL, BREAKER_OK, 0, 1}},
     true,
     "5 of 10 failed"},
    {"of nine calls no rate is taken",
     {{4, BREAKER_FAIL, BREAKER_OK, 0, 1}, {1, BREAKER_FAIL, -1, 8, 1}},
     false,
     ""},
    {"calls older than the window do not count",
     {{4, BREAKER_FAIL, BREAKER_OK, 0, 1},
      {1, BREAKER_FAIL, BREAKER_OK, 60000, 1}},
     false,
     ""},
    {"calls within the window do",
     {{4, BREAKER_FAIL, BREAKER_OK, 0, 1},
      {1, BREAKER_FAIL, BREAKER_OK, 59990, 1}},
     true,
     "5 of 10 failed"},
    {"the short window trips where the long one does not yet",
     {{100, BREAKER_OK, -1, 0, 100}, {5, BREAKER_FAIL, BREAKER_OK, 30000, 1}},
     true,
     "5 of 10 failed"},
    /* F28 */
    {"client errors never trip", {{50, BREAKER_IGNORE, -1, 0, 1}}, false, ""},
    {"the third failure to connect in a row trips",
     {{3, BREAKER_FAIL_CONNECT, -1, 0, 1}},
     true,
     "3 times no connection"},
    {"a failure of another kind ends that row",
     {{2, BREAKER_FAIL_CONNECT, -1, 0, 1},
      {1, BREAKER_FAIL, -1, 2, 1},
      {1, BREAKER_FAIL_CONNECT, -1, 3, 1}},
     false,
     ""},
    {"four fifths of ten calls slow trip",
     {{2, BREAKER_OK, -1, 0, 1}, {8, BREAKER_OK_SLOW, -1, 2, 1}},
     true,
     "8 of 10 slow"},
    {"seven of ten slow do not",
     {{3, BREAKER_OK, -1, 0, 1}, {7, BREAKER_OK_SLOW, -1, 3, 1}},
     false,
     ""},
    {"at 200 calls in the short window nine in a row are a blip",
     {{200, BREAKER_OK, -1, 0, 20}, {9, BREAKER_FAIL, -1, 4000, 1}},
     false,
     ""},
    {"but eleven, a twentieth, are an outage",
     {{200, BREAKER_OK, -1, 0, 20}, {11, BREAKER_FAIL, -1, 4000, 1}},
     true,
     "11 failures in a row"},
};

static void
play(const struct run *run, bool last_run, bool *ret_tripped)
{
    int64_t t = run->from_ms;
    int n = run->b < 0 ? run->times : run->times * 2;

    for (int i = 0; i < n; i++, t += run->step_ms) {
        call(i % 2 == 1 && run->b >= 0 ? (enum breaker_outcome)run->b : run->a,
             t);
        *ret_tripped = state(t) == BREAKER_OPEN;
        if (*ret_tripped)
            ck_assert_msg(last_run && i == n - 1, "tripped early, call %d", i);
    }
}

START_TEST(closed_trips_when_it_should)
{
    const struct history *h = &HISTORIES[_i];
    bool tripped = false;

    for (unsigned i = 0; i < array_count(h->runs); i++) {
        bool last = i + 1 == array_count(h->runs) || !h->runs[i + 1].times;

        if (h->runs[i].times > 0)
            play(&h->runs[i], last, &tripped);
    }
    ck_assert_msg(tripped == h->trips, "%s", h->name);
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

START_TEST(the_end_of_a_stream_that_voted_changes_nothing)
{
    struct breaker_permit stream = admitted(0);

    report(&stream, BREAKER_OK, 100);
    report(&stream, BREAKER_OK, 5000);
    report(&stream, BREAKER_IGNORE, 5001);
    ck_assert_uint_eq(breaker_look(&b, 5001).window.total, 1);
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
    for (int i = BREAKER_REASON_NONE; i <= BREAKER_REASON_OPERATOR; i++)
        ck_assert_str_ne(breaker_reason_name((enum breaker_reason)i), "?");
    for (int i = BREAKER_MODE_AUTO; i <= BREAKER_MODE_OFF; i++)
        ck_assert_str_ne(breaker_mode_name((enum breaker_mode)i), "?");
}

END_TEST

static TCase *
fixture_case(const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, setup, NULL);
    return tc;
}

static Suite *
breaker_suite(void)
{
    Suite *s = suite_create("breaker");
    TCase *closed = fixture_case("closed");
    TCase *trial = fixture_case("open and half open");
    TCase *outside = fixture_case("probes, last resort, operator");

    tcase_add_loop_test(closed, closed_trips_when_it_should, 0,
                        array_count(HISTORIES));
    tcase_add_test(
        closed,
        a_target_dying_under_ten_calls_a_second_is_out_within_two_seconds);
    tcase_add_test(closed, every_fifth_call_failing_does_not_trip);
    tcase_add_test(closed, each_calm_minute_forgives_one_trip);
    tcase_add_test(closed, a_day_of_outage_is_forgiven_in_six_minutes);
    tcase_add_test(closed,
                   good_health_is_fewer_than_two_failures_or_under_a_tenth);
    tcase_add_test(
        closed, a_target_that_fails_fast_gets_few_of_the_next_thousand_calls);
    tcase_add_test(closed, the_end_of_a_stream_that_voted_changes_nothing);
    tcase_add_test(closed, a_permit_that_was_never_granted_reports_nothing);
    suite_add_tcase(s, closed);

    tcase_add_test(trial, an_open_circuit_refuses_until_its_time_has_come);
    tcase_add_test(trial, without_probes_the_next_two_requests_close_it);
    tcase_add_test(trial,
                   half_open_admits_one_and_then_one_more_for_each_success);
    tcase_add_test(trial, a_first_trial_that_fails_opens_for_twice_as_long);
    tcase_add_test(trial,
                   one_failed_trial_among_three_does_not_keep_it_from_closing);
    tcase_add_test(trial, a_second_failed_trial_opens);
    tcase_add_test(
        trial,
        a_trial_that_hangs_opens_after_thirty_seconds_for_as_long_as_before);
    tcase_add_test(trial, half_open_without_traffic_stays_half_open);
    tcase_add_test(trial, a_cancelled_trial_gives_its_permit_back);
    tcase_add_test(trial, a_call_begun_before_the_circuit_opened_has_no_vote);
    tcase_add_test(
        trial, first_content_frees_the_trial_and_a_later_break_is_one_failure);
    tcase_add_test(trial,
                   a_trial_stream_that_breaks_after_its_vote_counts_against_it);
    suite_add_tcase(s, trial);

    tcase_add_test(outside, a_good_probe_shortens_open_but_never_closes);
    tcase_add_test(outside, a_hint_does_not_lengthen_open);
    tcase_add_test(outside,
                   the_last_resort_is_one_trial_a_second_with_the_same_stay);
    tcase_add_test(outside, the_last_resort_asks_a_closed_breaker_like_anyone);
    tcase_add_test(outside,
                   probes_that_cannot_connect_open_a_closed_breaker_only);
    tcase_add_test(outside, forced_open_admits_nothing_until_it_is_lifted);
    tcase_add_test(outside, off_never_refuses_but_counts);
    tcase_add_test(outside, auto_resets_everything_but_the_number_of_trips);
    tcase_add_test(outside, every_name_is_told);
    suite_add_tcase(s, outside);
    return s;
}

int
main(void)
{
    return suite_main(breaker_suite());
}
