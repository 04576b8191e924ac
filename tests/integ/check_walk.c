/*
 * check_walk.c - how one call walks over targets and keys, and what it says
 * when nobody could answer.
 */
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static struct gateway g;

static const char PINNED[] = ", 'route': 'a/m'";

START_TEST(x_should_retry_does_not_make_a_call_ask_for_ever)
{
    const json_t *result;

    gateway_start(&g);
    (void)test_provider_fault(
        &g.mocks[0], "kind=status,status=400,header=x-should-retry:true");
    result = gateway_ask(&g, "hello", PINNED);
    gateway_expect_failure(result, "all_targets_unavailable");
    ck_assert(value_bool(result, "retry_budget_exhausted"));
    ck_assert_int_eq(gateway_sends(&g, 0), 3);
    gateway_stop(&g);
}

END_TEST

START_TEST(f29_the_second_key_answers_within_the_call)
{
    const json_t *result;

    ck_assert_int_eq(setenv("AIGW_TEST_A", "sk-test-aaaaaaaaaaaaaaaa", 1), 0);
    ck_assert_int_eq(setenv("AIGW_TEST_B", "sk-test-bbbbbbbbbbbbbbbb", 1), 0);
    g.more_of_a = " keys = ( { env = \"AIGW_TEST_A\"; },"
                  " { env = \"AIGW_TEST_B\"; } );";
    test_provider_start(&g.mocks[0], "--key", "sk-test-bbbbbbbbbbbbbbbb", NULL);
    gateway_start(&g);
    result = gateway_ask(&g, "hello", PINNED);
    gateway_expect_answer(&g, result, "hello");
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "auth_lock");
    ck_assert(!value_bool(result, "fallback"));
    gateway_stop(&g);
}

END_TEST

START_TEST(a_prompt_that_fits_nowhere_says_so)
{
    const json_t *result;

    g.n_mocks = 1;
    g.model_of_a = " context = 16;";
    gateway_start(&g);
    result = gateway_ask(&g,
                         "a prompt that is longer than sixteen tokens of text "
                         "can possibly be, as four bytes make one",
                         "");
    gateway_expect_failure(result, "context_length_exceeded");
    ck_assert_ptr_nonnull(strstr(value_str(result, "error"), "context"));
    ck_assert_int_eq(gateway_sends(&g, 0), 0);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_call_that_nobody_gives_for_the_money_says_what_it_needs)
{
    const json_t *result;

    g.n_mocks = 1;
    g.model_of_a = " price = { input = 2.0; output = 8.0; };";
    gateway_start(&g);
    result = gateway_ask(&g, "hello", ", 'max_cost_usd': 0.0001");
    gateway_expect_failure(result, "budget_exceeded");
    ck_assert_double_gt(value_real(result, "needed_usd"), 0.0001);
    ck_assert_double_eq_tol(value_real(result, "remaining_usd"), 0.0001, 1e-12);
    ck_assert_int_eq(gateway_sends(&g, 0), 0);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_target_that_is_too_small_does_not_prevent_the_last_resort)
{
    static const char LONG[] =
        "a prompt that is longer than sixteen tokens of text can possibly "
        "be, as four bytes make one";
    const json_t *result;

    g.model_of_a = " context = 16;";
    gateway_start(&g);
    (void)peer_result(g.peer, "breaker.set",
                      "[{'target': 'b/m', 'state': 'open'}]");
    result = gateway_ask(&g, LONG, "");
    gateway_expect_failure(result, "all_targets_unavailable");
    ck_assert_ptr_nonnull(strstr(value_str(result, "error"), "a/m: context"));
    gateway_stop(&g);
}

END_TEST

START_TEST(an_attempt_at_the_same_target_is_no_failover)
{
    const json_t *result;

    gateway_start(&g);
    (void)test_provider_fault(
        &g.mocks[0], "kind=status,status=429,retry-after-ms=50,count=1");
    result = gateway_ask(&g, "hello", ", 'route': 'a/m', 'stream': true");
    gateway_expect_answer(&g, result, "hello");
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    ck_assert(!value_bool(result, "fallback"));
    gateway_stop(&g);
}

END_TEST

START_TEST(the_log_has_no_words_of_a_provider)
{
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0],
                              "kind=status,status=400,body={\"error\":{"
                              "\"message\":\"bad value: SECRET PROMPT\"\\,"
                              "\"type\":\"invalid_request_error\"}}");
    gateway_expect_failure(gateway_ask(&g, "SECRET PROMPT", PINNED),
                           "invalid_request");
    ck_assert(test_daemon_logged(&g.daemon, "result=invalid_request"));
    ck_assert(!test_daemon_logged(&g.daemon, "SECRET"));
    gateway_stop(&g);
}

END_TEST

START_TEST(a_cancelled_call_is_nobodys_error)
{
    const json_t *status;
    uint32_t msgid;

    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=hang");
    msgid = gateway_send(&g, "hello", ", 'request_id': 'mine', 'route': 'a/m'");
    eventually(gateway_sends(&g, 0) == 1);
    ck_assert(
        value_bool(peer_result(g.peer, "cancel", "[{'request_id': 'mine'}]"),
                   "cancelled"));
    gateway_expect_failure(gateway_await(&g, msgid), "cancelled");
    status = peer_result(g.peer, "status", "[{}]");
    ck_assert_double_eq_tol(value_real(status, "window.error_rate"), 0.0, 1e-9);
    ck_assert_int_eq(value_int(status, "targets.0.error_count"), 0);
    gateway_stop(&g);
}

END_TEST

static void
forget(void)
{
    memset(&g, 0, sizeof(g));
}

static Suite *
walk_suite(void)
{
    Suite *s = suite_create("walk");
    TCase *tc = tcase_create("calls");

    tcase_add_checked_fixture(tc, forget, NULL);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, x_should_retry_does_not_make_a_call_ask_for_ever);
    tcase_add_test(tc, f29_the_second_key_answers_within_the_call);
    tcase_add_test(tc, a_prompt_that_fits_nowhere_says_so);
    tcase_add_test(tc,
                   a_call_that_nobody_gives_for_the_money_says_what_it_needs);
    tcase_add_test(tc,
                   a_target_that_is_too_small_does_not_prevent_the_last_resort);
    tcase_add_test(tc, an_attempt_at_the_same_target_is_no_failover);
    tcase_add_test(tc, the_log_has_no_words_of_a_provider);
    tcase_add_test(tc, a_cancelled_call_is_nobodys_error);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(walk_suite());
}
