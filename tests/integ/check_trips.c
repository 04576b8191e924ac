/*
 * check_trips.c - which failures make a target be left alone, and which never
 * do.
 */
#include "base/mem.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <string.h>

static struct gateway g;

static const char PINNED[] = ", 'route': 'a/m'";

static void
expect_state(const char *state)
{
    ck_assert_str_eq(value_str(gateway_target(&g, "a/m"), "state"), state);
}

START_TEST(f26_five_failures_in_a_row_open_the_breaker)
{
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=503");
    for (int i = 1; i <= 5; i++) {
        expect_state("closed");
        gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
        ck_assert_int_eq(gateway_sends(&g, 0), i);
    }
    expect_state("open");
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "trips"), 1);
    gateway_expect_event(&g, "breaker", "a/m", "closed", "open");
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    ck_assert_int_eq(gateway_sends(&g, 0), 5);
    ck_assert_int_eq(gateway_sends(&g, 1), 6);
    gateway_stop(&g);
}

END_TEST

/* The sixth comes within a second and has nobody else to go to. */
START_TEST(f26_open_breaker_sends_nothing_where_nobody_else_is_left)
{
    const json_t *result;

    g.more_of_a = " retry = { max_attempts = 1; };";
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=503");
    for (int i = 0; i < 5; i++)
        gateway_expect_failure(gateway_ask(&g, "hello", PINNED),
                               "all_targets_unavailable");
    expect_state("open");
    result = gateway_ask(&g, "hello", PINNED);
    gateway_expect_failure(result, "all_targets_unavailable");
    ck_assert_uint_eq(value_count(result, "attempts"), 0);
    ck_assert_int_gt(value_int(result, "retry_after_ms"), 0);
    ck_assert_int_le(value_int(result, "retry_after_ms"), 5000);
    ck_assert_int_eq(gateway_sends(&g, 0), 5);
    gateway_stop(&g);
}

END_TEST

START_TEST(f27_half_of_ten_calls_failing_opens_the_breaker)
{
    g.more_of_a = " retry = { max_attempts = 1; };";
    gateway_start(&g);
    for (int i = 0; i < 5; i++) {
        (void)test_provider_fault(&g.mocks[0],
                                  "kind=status,status=500,count=1");
        gateway_expect_failure(gateway_ask(&g, "hello", PINNED),
                               "all_targets_unavailable");
        expect_state("closed");
        gateway_expect_answer(&g, gateway_ask(&g, "hello", PINNED), "hello");
        if (i < 4)
            expect_state("closed");
    }
    ck_assert_int_eq(gateway_sends(&g, 0), 10);
    expect_state("open");
    gateway_stop(&g);
}

END_TEST

START_TEST(f28_fifty_requests_at_fault_leave_the_provider_healthy)
{
    const json_t *result;

    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=400");
    for (int i = 0; i < 50; i++) {
        result = gateway_ask(&g, "hello", "");
        gateway_expect_failure(result, "invalid_request");
        ck_assert_uint_eq(value_count(result, "attempts"), 1);
        ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "client");
        ck_assert_ptr_nonnull(
            strstr(value_str(result, "error"), "Invalid request."));
    }
    expect_state("closed");
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "window_failures"),
                     0);
    ck_assert_int_eq(gateway_sends(&g, 0), 50);
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
    gateway_stop(&g);
}

END_TEST

/* Other faults of requests, and what the caller is told. */
static const struct {
    const char *fault, *error_code;
} REJECTIONS[] = {
    {"kind=status,status=413", "invalid_request"},
    {"kind=status,status=422", "invalid_request"},
    {"kind=status,status=404,body={\"error\":{\"message\":\"No such path.\"}}",
     "invalid_request"},
    {"kind=status,code=context_length_exceeded", "context_length_exceeded"},
    {"kind=status,code=content_policy_violation", "content_filtered"},
    {"kind=status,status=500,code=context_length_exceeded",
     "context_length_exceeded"},
};

START_TEST(f28_fault_of_the_request_is_not_retried_elsewhere)
{
    const json_t *result;

    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], REJECTIONS[_i].fault);
    result = gateway_ask(&g, "hello", "");
    gateway_expect_failure(result, REJECTIONS[_i].error_code);
    ck_assert_uint_eq(value_count(result, "attempts"), 1);
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "window_failures"),
                     0);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
    gateway_stop(&g);
}

END_TEST

/* With the breakers silenced: it is the estimate of latency that keeps the
 * traffic away from a target which fails faster than others answer. */
START_TEST(f48_fast_failures_do_not_attract_traffic)
{
    enum {
        WARM_UP = 20,
        CALLS = 200,
        SHARE = CALLS / 20
    };

    int64_t before;

    g.more = "breaker = { failure_threshold = 1000000; min_calls = 1000000; };"
             " routes = ( { name = \"default\"; strategy = \"latency\";"
             " targets = ( \"a/m\", \"b/m\" ); } );";
    test_provider_start(&g.mocks[1], "--latency-ms", "5", NULL);
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=500");
    for (int i = 0; i < WARM_UP; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    before = gateway_sends(&g, 0);
    for (int i = 0; i < CALLS; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    ck_assert_int_le(gateway_sends(&g, 0) - before, SHARE);
    expect_state("closed");
    gateway_stop(&g);
}

END_TEST

static Suite *
trips_suite(void)
{
    Suite *s = suite_create("trips");
    TCase *tc = tcase_create("breaker");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, f26_five_failures_in_a_row_open_the_breaker);
    tcase_add_test(tc,
                   f26_open_breaker_sends_nothing_where_nobody_else_is_left);
    tcase_add_test(tc, f27_half_of_ten_calls_failing_opens_the_breaker);
    suite_add_tcase(s, tc);

    tc = tcase_create("neutral");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, f28_fifty_requests_at_fault_leave_the_provider_healthy);
    tcase_add_loop_test(tc, f28_fault_of_the_request_is_not_retried_elsewhere,
                        0, array_count(REJECTIONS));
    tcase_add_test(tc, f48_fast_failures_do_not_attract_traffic);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(trips_suite());
}
