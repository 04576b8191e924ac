/*
 * check_breakers.c - when the daemon stops asking a provider, and how it finds
 * its way back, against real providers.
 */
#include "support/calls.h"
#include "support/suite.h"

#include <string.h>

enum {
    THRESHOLD = 5, /* failure_threshold */
    MOST_SENDS = 256,
};

/* The provider whose breaker is watched is patient, so that it is the breaker
 * that decides. */
static const char PATIENT[] =
    " timeouts = { headers_ms = 20000; answer_ms = 20000; };";

static const char PINNED[] = ", 'route': 'a/m'";

static struct gateway g;

static void
setup(void)
{
    g = (struct gateway){.more_of_a = PATIENT};
}

static const char *
state(const char *target)
{
    return value_str(gateway_target(&g, target), "state");
}

static bool
is(const char *target, const char *wanted)
{
    return strcmp(state(target), wanted) == 0;
}

/* Calls that fail at a, which then is well again. */
static void
trip(void)
{
    test_provider_fault(&g.mocks[0], "kind=status,status=503,match=trip");
    for (int i = 0; i < THRESHOLD; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "trip", ""), "trip");
    gateway_expect_event(&g, "breaker", "a/m", "closed", "open");
    test_provider_heal(&g.mocks[0]);
}

static void
start_and_trip(const char *breaker)
{
    char more[256];

    (void)snprintf(more, sizeof(more),
                   "breaker = { recovery_timeout_s = 0.2;"
                   " recovery_timeout_max_s = 0.2; %s };",
                   breaker);
    g.more = more;
    gateway_start(&g);
    trip();
    eventually(is("a/m", "half_open"));
}

/* When the provider received chat requests, after the first `skip`. */
static size_t
send_times(size_t mock, size_t skip, int64_t times[MOST_SENDS])
{
    json_t *stats = test_provider_stats(&g.mocks[mock]);
    size_t n = value_count(stats, "sends_mono_ms");

    ck_assert_uint_le(n, MOST_SENDS);
    for (size_t i = skip; i < n; i++)
        times[i - skip] = json_integer_value(
            json_array_get(value_at(stats, "sends_mono_ms"), i));
    json_decref(stats);
    return n - skip;
}

static void
look_at_refusal(const json_t *result, int i, void *ctx)
{
    int *refused = ctx;

    (void)i;
    gateway_expect_failure(result, "all_targets_unavailable");
    if (value_count(result, "attempts") > 0)
        return;
    ++*refused;
    ck_assert_int_ge(value_int(result, "retry_after_ms"), 0);
}

START_TEST(f35_all_open_is_one_trial_a_target_and_second)
{
    int refused = 0;
    int64_t begun_ms;
    size_t trials = 0;

    g.more = "breaker = { recovery_timeout_s = 30.0; };";
    g.more_of_all = " retry = { max_attempts = 1; };";
    gateway_start(&g);
    for (size_t i = 0; i < 2; i++)
        test_provider_fault(&g.mocks[i], "kind=status,status=503,ms=100");
    for (int i = 0; !is("a/m", "open") || !is("b/m", "open"); i++) {
        ck_assert_int_lt(i, 20);
        (void)gateway_ask(&g, "trip", "");
    }
    int64_t before[2] = {gateway_sends(&g, 0), gateway_sends(&g, 1)};

    begun_ms = process_now_ms();
    while (process_now_ms() < begun_ms + 2500)
        (void)calls_run(&g, &(struct calls_plan){.total = 20,
                                                 .at_once = 20,
                                                 .prompt = "all",
                                                 .look = look_at_refusal,
                                                 .ctx = &refused});
    ck_assert_int_gt(refused, 20);
    for (size_t i = 0; i < 2; i++) {
        int64_t times[MOST_SENDS];
        size_t n = send_times(i, (size_t)before[i], times);

        for (size_t k = 1; k < n; k++)
            ck_assert_int_ge(times[k] - times[k - 1], 990);
        trials += n;
    }
    ck_assert_uint_ge(trials, 2);
    gateway_stop(&g);
}

END_TEST

START_TEST(f36_two_requests_close_it_and_no_probe_is_sent)
{
    const json_t *result;

    start_and_trip("");
    for (int i = 0; i < 2; i++) {
        ck_assert_str_eq(state("a/m"), "half_open");
        result = gateway_ask(&g, "hello", "");
        gateway_expect_answer(&g, result, "hello");
        ck_assert_str_eq(value_str(result, "provider"), "a");
    }
    ck_assert_str_eq(state("a/m"), "closed");
    ck_assert_int_eq(gateway_sends(&g, 0), THRESHOLD + 2);
    ck_assert_int_eq(test_provider_count(&g.mocks[0], "requests.models"), 0);
    ck_assert_int_eq(test_provider_count(&g.mocks[0], "requests.other"), 0);
    gateway_stop(&g);
}

END_TEST

START_TEST(f40_half_open_call_that_hangs_does_not_keep_it_half_open)
{
    int64_t begun_ms;
    uint32_t hung;

    start_and_trip("half_open_wait_s = 0.4;");
    test_provider_fault(&g.mocks[0], "kind=hang,match=hang");
    begun_ms = process_now_ms();
    hung = gateway_send(&g, "hang", ", 'route': 'a/m', 'deadline_ms': 3000");
    eventually(is("a/m", "open"));
    ck_assert_int_ge(process_now_ms() - begun_ms, 400);
    ck_assert_int_lt(process_now_ms() - begun_ms, 1000);
    for (int i = 0; i < 2; i++) {
        eventually(!is("a/m", "open"));
        gateway_expect_answer(&g, gateway_ask(&g, "hello", PINNED), "hello");
    }
    ck_assert_str_eq(state("a/m"), "closed");
    gateway_expect_event(&g, "breaker", "a/m", "half_open", "open");

    /* The permit of the hung call is void: its end counts for nothing. */
    gateway_expect_failure(gateway_await(&g, hung), "deadline_exceeded");
    ck_assert_str_eq(state("a/m"), "closed");
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "failures"), 0);
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "window_requests"),
                     0);
    gateway_stop(&g);
}

END_TEST

START_TEST(f41_cancelled_half_open_call_gives_its_permit_back)
{
    uint32_t hung;

    start_and_trip("");
    test_provider_fault(&g.mocks[0], "kind=hang,match=hang");
    hung = gateway_send(&g, "hang", PINNED);
    eventually(gateway_sends(&g, 0) == THRESHOLD + 1);
    ck_assert_str_eq(value_str(peer_result(g.peer, "explain",
                                           "[{'prompt': 'x', 'route': 'a/m'}]"),
                               "candidates.0.reason"),
                     "half_open_busy");
    ck_assert(value_bool(peer_result(g.peer, "cancel", "[{'msgid': %u}]", hung),
                         "cancelled"));
    gateway_expect_failure(gateway_await(&g, hung), "cancelled");
    for (int i = 0; i < 2; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "hello", PINNED), "hello");
    ck_assert_str_eq(state("a/m"), "closed");
    gateway_stop(&g);
}

END_TEST

START_TEST(f42_success_of_a_call_from_before_it_opened_is_no_trial)
{
    uint32_t slow;

    g.more = "breaker = { recovery_timeout_s = 0.2;"
             " recovery_timeout_max_s = 0.2; };";
    gateway_start(&g);
    test_provider_fault(&g.mocks[0], "kind=latency,ms=900,match=slow");
    slow = gateway_send(&g, "slow", PINNED);
    eventually(gateway_sends(&g, 0) == 1);
    test_provider_fault(&g.mocks[0], "kind=status,status=503,match=trip");
    for (int i = 0; i < THRESHOLD; i++)
        (void)gateway_ask(&g, "trip", "");
    eventually(is("a/m", "half_open"));
    gateway_expect_answer(&g, gateway_ask(&g, "hello", PINNED), "hello");
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "half_open.ok"), 1);

    gateway_expect_answer(&g, gateway_await(&g, slow), "slow");
    ck_assert_str_eq(state("a/m"), "half_open");
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "half_open.ok"), 1);
    gateway_expect_answer(&g, gateway_ask(&g, "hello", PINNED), "hello");
    ck_assert_str_eq(state("a/m"), "closed");
    gateway_stop(&g);
}

END_TEST

/* How many of the sends up to `times[i]` were still running then, given that
 * each runs for `length_ms`; itself included. */
static int
running_at(const int64_t *times, size_t i, int64_t length_ms)
{
    int n = 0;

    for (size_t k = 0; k <= i; k++)
        n += times[k] > times[i] - length_ms;
    return n;
}

START_TEST(f43_a_hundred_callers_at_the_half_open_edge)
{
    enum {
        LENGTH_MS = 120,
        SLACK_MS = 10
    };

    int64_t times[MOST_SENDS];
    size_t n;
    int most = 0;

    start_and_trip("success_threshold = 100; half_open_max_requests = 3;");
    test_provider_fault(&g.mocks[0], "kind=latency,ms=120");
    test_provider_fault(&g.mocks[1], "kind=latency,ms=30");
    ck_assert_int_eq(calls_run(&g, &(struct calls_plan){.total = 1500,
                                                        .at_once = 100,
                                                        .prompt = "edge"})
                         .answered,
                     1500);
    n = send_times(0, THRESHOLD, times);
    ck_assert_uint_ge(n, 4);
    ck_assert_int_ge(times[1] - times[0], LENGTH_MS - SLACK_MS);
    for (size_t i = 0; i < n; i++) {
        int running = running_at(times, i, LENGTH_MS - SLACK_MS);

        ck_assert_int_le(running, 3);
        most = running > most ? running : most;
    }
    ck_assert_int_eq(most, 3);
    ck_assert_str_eq(state("a/m"), "half_open");
    gateway_stop(&g);
}

END_TEST

static Suite *
breakers_suite(void)
{
    Suite *suite = suite_create("breakers");
    TCase *tc = tcase_create("against aigw-mock");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, f35_all_open_is_one_trial_a_target_and_second);
    tcase_add_test(tc, f36_two_requests_close_it_and_no_probe_is_sent);
    tcase_add_test(tc,
                   f40_half_open_call_that_hangs_does_not_keep_it_half_open);
    tcase_add_test(tc, f41_cancelled_half_open_call_gives_its_permit_back);
    tcase_add_test(tc, f42_success_of_a_call_from_before_it_opened_is_no_trial);
    tcase_add_test(tc, f43_a_hundred_callers_at_the_half_open_edge);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(breakers_suite());
}
