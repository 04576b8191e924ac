/*
 * check_limits.c - providers that say wait, no quota or wrong key: what they
 * say is kept to the millisecond, and not asked again.
 */
#include "base/mem.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SECOND_MS = 1000,
    DAY_MS = 24 * 3600 * SECOND_MS,

    /* The times that are told are relative to a response, those that are
     * asked for to a snapshot a little later. */
    SLACK_MS = 200,
};

static struct gateway g;

static const char PINNED[] = ", 'route': 'a/m'";

/* How long target a still is left alone; -1 if it is not. */
static int64_t
gate_left_ms(const char **ret_reason)
{
    const json_t *status = peer_result(g.peer, "status", "[{}]");
    const json_t *gate = value_at(status, "targets.0.gate");

    if (json_is_null(gate))
        return -1;
    if (ret_reason)
        *ret_reason = value_str(gate, "reason");
    return value_int(gate, "until_ms") - value_int(status, "time_ms");
}

static void
expect_gate(int64_t from_ms, int64_t to_ms)
{
    int64_t left_ms = gate_left_ms(NULL);

    ck_assert_int_gt(left_ms, from_ms);
    ck_assert_int_le(left_ms, to_ms);
}

/* The times at which provider a was asked. */
static size_t
send_times(int64_t *times, size_t most)
{
    json_t *stats = test_provider_stats(&g.mocks[0]);
    const json_t *sends = value_at(stats, "sends_mono_ms");
    size_t n = json_array_size(sends);

    ck_assert_uint_le(n, most);
    for (size_t i = 0; i < n; i++)
        times[i] = json_integer_value(json_array_get(sends, i));
    json_decref(stats);
    return n;
}

START_TEST(f25_overload_with_a_wait_of_seven_seconds_is_believed)
{
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0],
                              "kind=status,status=529,retry-after=7,count=1");
    for (int i = 0; i < 3; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    expect_gate(7 * SECOND_MS - SLACK_MS, 7 * SECOND_MS);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    ck_assert_int_eq(gateway_sends(&g, 1), 3);
    gateway_expect_event(&g, "gate", "a/m", "open", "limited");
    gateway_stop(&g);
}

END_TEST

START_TEST(f25_target_is_asked_again_when_the_wait_is_over_and_not_earlier)
{
    int64_t times[8];

    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0],
                              "kind=status,status=529,retry-after=1,count=1");
    do {
        gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
        process_pause();
    } while (gateway_sends(&g, 0) < 2);
    ck_assert_uint_eq(send_times(times, array_count(times)), 2);
    ck_assert_int_ge(times[1] - times[0], SECOND_MS);
    ck_assert_int_lt(times[1] - times[0], 2 * SECOND_MS);
    gateway_stop(&g);
}

END_TEST

/* Two keys of one provider, of which it knows the second only. */
static void
start_with_keys(void)
{
    ck_assert_int_eq(setenv("AIGW_TEST_A", "sk-test-aaaaaaaaaaaaaaaa", 1), 0);
    ck_assert_int_eq(setenv("AIGW_TEST_B", "sk-test-bbbbbbbbbbbbbbbb", 1), 0);
    g.more_of_a = " keys = ( { env = \"AIGW_TEST_A\"; },"
                  " { env = \"AIGW_TEST_B\"; } );";
    test_provider_start(&g.mocks[0], "--key", "sk-test-bbbbbbbbbbbbbbbb", NULL);
    gateway_start(&g);
}

static int64_t
sends_with_first_key(void)
{
    json_t *stats = test_provider_stats(&g.mocks[0]);
    int64_t n = json_integer_value(
        value_find(stats, "authorizations.Bearer sk-test-aaaaaaaaaaaaaaaa"));

    json_decref(stats);
    return n;
}

START_TEST(f29_refused_key_is_used_once_until_the_next_reload)
{
    const json_t *result;

    start_with_keys();
    result = gateway_ask(&g, "hello", "");
    gateway_expect_answer(&g, result, "hello");
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "auth_lock");
    ck_assert_ptr_null(strstr(value_str(result, "attempts.0.error"), "aaaa"));
    for (int i = 0; i < 10; i++) {
        result = gateway_ask(&g, "hello", PINNED);
        gateway_expect_answer(&g, result, "hello");
        ck_assert_uint_eq(value_count(result, "attempts"), 1);
    }
    ck_assert_int_eq(sends_with_first_key(), 1);
    ck_assert_str_eq(value_str(gateway_target(&g, "a/m"), "keys.0.state"),
                     "latched");
    ck_assert_str_eq(value_str(gateway_target(&g, "a/m"), "keys.1.state"),
                     "loaded");
    ck_assert(value_bool(peer_result(g.peer, "config.reload", "[]"), "ok"));
    (void)gateway_ask(&g, "hello", "");
    ck_assert_int_eq(sends_with_first_key(), 2);
    ck_assert(!test_daemon_logged(&g.daemon, "sk-test-aaaa"));
    gateway_stop(&g);
}

END_TEST

START_TEST(f29_single_refused_key_latches_the_target)
{
    const json_t *result;

    ck_assert_int_eq(setenv("AIGW_TEST_A", "sk-test-aaaaaaaaaaaaaaaa", 1), 0);
    g.more_of_a = " key = { env = \"AIGW_TEST_A\"; };";
    test_provider_start(&g.mocks[0], "--key", "another", NULL);
    gateway_start(&g);
    for (int i = 0; i < 3; i++) {
        result = gateway_ask(&g, "hello", PINNED);
        gateway_expect_failure(result, "auth_failed");
        ck_assert_ptr_null(strstr(value_str(result, "error"), "aaaa"));
    }
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    ck_assert_str_eq(value_str(gateway_target(&g, "a/m"), "state"), "latched");
    ck_assert_ptr_nonnull(
        strstr(value_str(gateway_target(&g, "a/m"), "reason"), "auth"));
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "window_failures"),
                     0);
    gateway_stop(&g);
}

END_TEST

START_TEST(f30_milliseconds_win_over_seconds)
{
    const json_t *result;
    int64_t times[8];

    gateway_start(&g);
    (void)test_provider_fault(
        &g.mocks[0],
        "kind=status,status=429,retry-after-ms=250,retry-after=9,count=1");
    result = gateway_ask(&g, "hello", PINNED);
    gateway_expect_answer(&g, result, "hello");
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "rate");
    ck_assert_str_eq(value_str(result, "attempts.1.target"), "a/m");
    ck_assert_uint_eq(send_times(times, array_count(times)), 2);
    ck_assert_int_ge(times[1] - times[0], 250);
    ck_assert_int_lt(times[1] - times[0], SECOND_MS);
    gateway_stop(&g);
}

END_TEST

/* Waits as they were told, and how long the gate then stays closed.  Nothing
 * that makes no sense means "at once": the daemon then waits as it would
 * untold, up to a second at first. */
static const struct {
    const char *value;
    int64_t from_ms, to_ms;
} WAITS[] = {
    {"9", 9 * SECOND_MS - SLACK_MS, 9 * SECOND_MS},
    {"1.5", 1500 - SLACK_MS, 1500},
    {"86401", DAY_MS - SLACK_MS, DAY_MS},
    {"1e999", DAY_MS - SLACK_MS, DAY_MS},
    {"inf", DAY_MS - SLACK_MS, DAY_MS},
    {"nan", -2, SECOND_MS},
    {"-1", -2, SECOND_MS},
    {"soon", -2, SECOND_MS},
    {"Wed\\, 21 Oct 2015 07:28:00 GMT", -2, SECOND_MS},
};

static void
expect_wait(const char *value, int64_t from_ms, int64_t to_ms)
{
    const json_t *result;
    char *spec;

    ck_assert_int_gt(
        asprintf(&spec, "kind=status,status=429,retry-after=%s", value), 0);
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], spec);
    result = gateway_ask(&g, "hello", "");
    gateway_expect_answer(&g, result, "hello");
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "rate");
    expect_gate(from_ms, to_ms);
    gateway_stop(&g);
    free(spec);
}

START_TEST(f31_every_way_to_tell_a_wait_is_understood_or_ignored)
{
    expect_wait(WAITS[_i].value, WAITS[_i].from_ms, WAITS[_i].to_ms);
}

END_TEST

START_TEST(f31_wait_told_as_a_date_ends_at_that_date)
{
    char value[64];
    time_t then = time(NULL) + 30;
    struct tm tm;

    ck_assert_ptr_nonnull(gmtime_r(&then, &tm));
    ck_assert_uint_gt(
        strftime(value, sizeof(value), "%a\\, %d %b %Y %H:%M:%S GMT", &tm), 0);
    expect_wait(value, 28 * SECOND_MS, 30 * SECOND_MS);
}

END_TEST

START_TEST(f31_wait_of_endless_digits_is_too_long)
{
    char *digits = calloc(1, 50001);

    ck_assert_ptr_nonnull(digits);
    memset(digits, '9', 50000);
    expect_wait(digits, DAY_MS - SLACK_MS, DAY_MS);
    free(digits);
}

END_TEST

/* Where nobody else can be asked, the same one is asked again with pauses. */
START_TEST(f31_no_wait_makes_the_daemon_hammer)
{
    const json_t *result;

    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0],
                              "kind=status,status=429,retry-after=0");
    result = gateway_ask(&g, "hello", ", 'route': 'a/m', 'deadline_ms': 1500");
    ck_assert(!value_bool(result, "success"));
    ck_assert_int_le(gateway_sends(&g, 0), 3);
    gateway_stop(&g);
}

END_TEST

/* What no wait of seconds mends. */
static const char *const NO_QUOTA[] = {
    "kind=status,status=429,code=insufficient_quota",
    "kind=status,status=429,code=billing_hard_limit_reached",
    "kind=status,status=402",
    "kind=status,status=429,body={\"error\":{\"message\":\"You have reached "
    "your monthly spend limit.\"}}",
    "kind=status,status=400,body={\"error\":{\"message\":\"You have reached "
    "your specified API usage limits.\"}}",
};

START_TEST(f32_empty_account_is_not_asked_again)
{
    const json_t *result;

    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], NO_QUOTA[_i]);
    result = gateway_ask(&g, "hello", PINNED);
    gateway_expect_failure(result, "quota_exhausted");
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "quota_lock");
    result = gateway_ask(&g, "hello", PINNED);
    gateway_expect_failure(result, "quota_exhausted");
    ck_assert_uint_eq(value_count(result, "attempts"), 0);
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    ck_assert_str_eq(value_str(gateway_target(&g, "a/m"), "state"), "latched");
    ck_assert_ptr_nonnull(
        strstr(value_str(gateway_target(&g, "a/m"), "reason"), "quota"));
    gateway_stop(&g);
}

END_TEST

/* Buckets that a good answer tells to be empty. */
static const struct {
    const char *reset;
    int64_t wait_ms;
} RESETS[] = {
    {"6m0s", 360 * SECOND_MS},
    {"1h2m3.5s", 3723500},
    {"45", 45 * SECOND_MS},
    {"20ms", 20},
};

START_TEST(f33_empty_bucket_is_left_alone_until_its_reset)
{
    const char *reason = "";
    char spec[128];
    int64_t left_ms;

    (void)snprintf(spec, sizeof(spec), "kind=ratelimit,reset=%s,count=1",
                   RESETS[_i].reset);
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], spec);
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    left_ms = gate_left_ms(&reason);
    ck_assert_int_le(left_ms, RESETS[_i].wait_ms);
    if (RESETS[_i].wait_ms > SLACK_MS) {
        ck_assert_int_gt(left_ms, RESETS[_i].wait_ms - SLACK_MS);
        ck_assert_str_eq(reason, "requests");
        gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
        ck_assert_int_eq(gateway_sends(&g, 0), 1);
        ck_assert_int_eq(gateway_sends(&g, 1), 1);
    }
    eventually(RESETS[_i].wait_ms > SLACK_MS || gate_left_ms(NULL) == -1);
    gateway_stop(&g);
}

END_TEST

START_TEST(f33_reset_told_as_a_time_of_day_ends_then)
{
    char spec[128];
    time_t then = time(NULL) + 30;
    struct tm tm;

    ck_assert_ptr_nonnull(gmtime_r(&then, &tm));
    ck_assert_uint_gt(strftime(spec, sizeof(spec),
                               "kind=ratelimit,reset=%Y-%m-%dT%H:%M:%SZ", &tm),
                      0);
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], spec);
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    expect_gate(28 * SECOND_MS, 30 * SECOND_MS);
    gateway_stop(&g);
}

END_TEST

/* Prices that are none: refused at load, never taken for nothing. */
static const char *const BAD_PRICES[] = {
    "price = { input = 2.0; };",
    "price = { input = nan; output = 8.0; };",
    "price = { input = -2.0; output = 8.0; };",
    "price = { input = 1e300; output = 8.0; };",
    "price = { input = \"2.0\"; output = 8.0; };",
    "price = { };",
};

START_TEST(f68_price_that_is_none_is_refused_at_load)
{
    static const char *const args[] = {"--check-config", NULL};

    g.model_of_a = BAD_PRICES[_i];
    gateway_prepare(&g);
    test_daemon_spawn(&g.daemon, args);
    ck_assert_int_eq(test_daemon_wait(&g.daemon), 78);
    ck_assert(test_daemon_logged(&g.daemon, "aigwd.conf:"));
    test_daemon_clean(&g.daemon);
}

END_TEST

static Suite *
limits_suite(void)
{
    Suite *s = suite_create("limits");
    TCase *tc = tcase_create("waiting");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, f25_overload_with_a_wait_of_seven_seconds_is_believed);
    tcase_add_test(
        tc, f25_target_is_asked_again_when_the_wait_is_over_and_not_earlier);
    tcase_add_test(tc, f30_milliseconds_win_over_seconds);
    tcase_add_loop_test(tc,
                        f31_every_way_to_tell_a_wait_is_understood_or_ignored,
                        0, array_count(WAITS));
    tcase_add_test(tc, f31_wait_told_as_a_date_ends_at_that_date);
    tcase_add_test(tc, f31_wait_of_endless_digits_is_too_long);
    tcase_add_test(tc, f31_no_wait_makes_the_daemon_hammer);
    tcase_add_loop_test(tc, f33_empty_bucket_is_left_alone_until_its_reset, 0,
                        array_count(RESETS));
    tcase_add_test(tc, f33_reset_told_as_a_time_of_day_ends_then);
    suite_add_tcase(s, tc);

    tc = tcase_create("latches");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, f29_refused_key_is_used_once_until_the_next_reload);
    tcase_add_test(tc, f29_single_refused_key_latches_the_target);
    tcase_add_loop_test(tc, f32_empty_account_is_not_asked_again, 0,
                        array_count(NO_QUOTA));
    tcase_add_loop_test(tc, f68_price_that_is_none_is_refused_at_load, 0,
                        array_count(BAD_PRICES));
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(limits_suite());
}
