/*
 * check_hedges.c - a second attempt beside a slow one, and what retries and
 * hedges may cost.
 */
#include "stub_server.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct gateway g;

static const char STREAM[] = ", 'stream': true";

static void
stop(void)
{
    gateway_stop(&g);
}

static void
start_hedged(const char *more)
{
    g = (struct gateway){.n_mocks = 3, .more = more};
    gateway_start(&g);
}

#define HEDGED "hedge = { enabled = true; delay_ms = 60; };"

static int64_t
total(const char *name)
{
    const json_t *status = peer_result(g.peer, "status", "[{}]");
    char path[64];

    (void)snprintf(path, sizeof(path), "totals.%s", name);
    return value_int(status, path);
}

START_TEST(a_slow_stream_is_answered_by_the_hedge)
{
    const json_t *result;

    start_hedged(HEDGED);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=200");
    result = gateway_ask(&g, "hello", STREAM);
    gateway_expect_answer(&g, result, "hello");
    ck_assert_str_eq(value_str(result, "provider"), "b");
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "cancelled");
    ck_assert_str_eq(value_str(result, "attempts.1.outcome"), "ok");
    ck_assert(value_bool(result, "attempts.1.hedge"));
    ck_assert_int_eq(total("hedges"), 1);
    ck_assert_int_eq(total("hedges_won"), 1);
    ck_assert_int_gt(total("hedge_cost_nanousd"), 0);
    ck_assert_int_ge(value_int(peer_result(g.peer, "status", "[{}]"),
                               "routes.0.hedge_delay_ms"),
                     60);
    ck_assert_int_eq(gateway_sends(&g, 1), 1);
    ck_assert_int_eq(gateway_sends(&g, 2), 0);
}

END_TEST

START_TEST(so_is_a_call_that_is_not_streamed)
{
    const json_t *result;

    start_hedged(HEDGED);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=200");
    result = gateway_ask(&g, "hello", "");
    gateway_expect_answer(&g, result, "hello");
    ck_assert_str_eq(value_str(result, "provider"), "b");
    ck_assert_int_eq(total("hedges_won"), 1);
}

END_TEST

START_TEST(the_first_attempt_may_still_be_faster)
{
    const json_t *result;

    start_hedged(HEDGED);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=150");
    (void)test_provider_fault(&g.mocks[1], "kind=latency,ms=2000");
    result = gateway_ask(&g, "hello", STREAM);
    gateway_expect_answer(&g, result, "hello");
    ck_assert_str_eq(value_str(result, "provider"), "a");
    ck_assert(value_bool(result, "attempts.0.hedge"));
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "cancelled");
    ck_assert_int_eq(total("hedges"), 1);
    ck_assert_int_eq(total("hedges_won"), 0);
}

END_TEST

#define HALF                                                                   \
    "{\"choices\":[{\"message\":{\"content\":\"one half\"},"                   \
    "\"finish_reason\":\"error\"}]}"

/* Late enough for a hedge: half an answer, and that it is no more. */
static bool
answer_half(int fd, int n)
{
    char text[256];

    (void)n;
    (void)usleep(150000);
    (void)snprintf(text, sizeof(text),
                   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n%s",
                   strlen(HALF), HALF);
    return stub_write_text(fd, text);
}

START_TEST(what_the_first_said_before_it_failed_is_not_the_hedges)
{
    struct stub_server *stub = stub_server_new(answer_half, false);
    const json_t *result;
    char url[64];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1",
                   stub_server_port(stub));
    g = (struct gateway){.url_of_a = url, .more = HEDGED};
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[1], "kind=latency,ms=250");
    result = gateway_ask(&g, "hello", "");
    gateway_expect_answer(&g, result, "hello");
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "server");
    ck_assert_int_eq(total("hedges"), 1);
    stub_server_free(stub);
}

END_TEST

START_TEST(the_hedge_goes_on_when_the_first_fails)
{
    const json_t *result;

    start_hedged(HEDGED);
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=500,ms=100");
    (void)test_provider_fault(&g.mocks[1], "kind=latency,ms=200");
    result = gateway_ask(&g, "hello", STREAM);
    gateway_expect_answer(&g, result, "hello");
    ck_assert_str_eq(value_str(result, "provider"), "b");
    ck_assert_int_eq(gateway_sends(&g, 2), 0);
}

END_TEST

START_TEST(when_both_fail_the_walk_goes_on)
{
    const json_t *result;

    start_hedged(HEDGED);
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=500,ms=150");
    (void)test_provider_fault(&g.mocks[1], "kind=status,status=500");
    result = gateway_ask(&g, "hello", STREAM);
    gateway_expect_answer(&g, result, "hello");
    ck_assert_str_eq(value_str(result, "provider"), "c");
    ck_assert_uint_eq(value_count(result, "attempts"), 3);
}

END_TEST

static void
expect_one_attempt(void)
{
    ck_assert_int_eq(total("hedges"), 0);
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
}

static void
expect_no_hedge(const char *method, const char *params)
{
    const json_t *result;

    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=150");
    result = peer_result(g.peer, method, "%s", params);
    ck_assert(value_bool(result, "success"));
    ck_assert_str_eq(value_str(result, "provider"), "a");
    expect_one_attempt();
}

START_TEST(hedging_is_off_by_default)
{
    start_hedged("");
    expect_no_hedge("generate", "[{'prompt': 'hello'}]");
}

END_TEST

static const char *const ONCE[] = {
    "'tools': [{'type': 'function', 'function': {'name': 'f'}}]",
    "'store': true",
    "'background': true",
};

START_TEST(what_must_not_be_done_twice_is_not_hedged)
{
    char params[256];

    start_hedged(HEDGED);
    (void)snprintf(params, sizeof(params),
                   "[{'model': 'default', %s, 'messages': [{'role': 'user', "
                   "'content': 'hello'}]}]",
                   ONCE[_i]);
    expect_no_hedge("chat", params);
}

END_TEST

/* What a caller's own mistake costs it is not hidden by the loser. */
START_TEST(an_error_that_every_target_would_give_ends_both)
{
    const json_t *result;

    start_hedged(HEDGED);
    (void)test_provider_fault(&g.mocks[_i], "kind=status,status=400,ms=150");
    (void)test_provider_fault(&g.mocks[1 - _i], "kind=latency,ms=2000");
    result = gateway_ask(&g, "hello", STREAM);
    gateway_expect_failure(result, "invalid_request");
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    ck_assert_int_eq(total("hedges"), 1);
    ck_assert_int_eq(gateway_sends(&g, 2), 0);
}

END_TEST

START_TEST(the_loser_is_paid_for_but_its_tokens_are_not_the_answers)
{
    const json_t *result;

    start_hedged(HEDGED);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=150");
    (void)test_provider_fault(&g.mocks[1], _i == 0 ? "kind=latency,ms=2000"
                                                   : "kind=headers,header=x:y");
    result = peer_result(
        g.peer, "chat",
        "[{'stream': true, 'model': 'default', 'messages': [{'role': 'user',"
        " 'content': 'hello'}]}]");
    ck_assert(value_bool(result, "success"));
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    ck_assert_int_eq(value_int(result, "prompt_tokens"),
                     value_int(result, "response.usage.prompt_tokens"));
    ck_assert_int_eq(value_int(result, "completion_tokens"), GATEWAY_TOKENS);
    ck_assert_int_eq(value_int(result, "cost_nanousd"),
                     value_int(result, "attempts.0.cost_nanousd")
                         + value_int(result, "attempts.1.cost_nanousd"));
}

END_TEST

/* A hedge of 10,000 tokens is beyond the least that is always allowed: what
 * the first attempts cost must count for it.  How long a stream is waited for
 * has nothing to do with how long other answers took. */
START_TEST(what_first_attempts_cost_pays_for_hedges)
{
    g = (struct gateway){
        .n_mocks = 2,
        .more = HEDGED,
        .model_of_a = "price = { input = 2.0; output = 600000.0; };",
    };
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=150");
    (void)test_provider_fault(&g.mocks[1], "kind=latency,ms=2000");
    (void)gateway_ask(&g, "hello", "");
    ck_assert_int_eq(total("hedges"), 1);
    (void)gateway_ask(&g, "hello", ", 'stream': true, 'max_tokens': 10000");
    ck_assert_int_eq(total("hedges"), 2);
}

END_TEST

START_TEST(what_a_call_may_cost_is_not_exceeded_by_two_attempts)
{
    start_hedged(HEDGED);
    expect_no_hedge("generate", "[{'prompt': 'hello', 'stream': true,"
                                " 'max_cost_usd': 0.05}]");
}

END_TEST

START_TEST(hedges_stop_at_half_of_the_retry_budget)
{
    int64_t hedges;

    start_hedged(HEDGED);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=150");
    for (int i = 0; i < 12; i++)
        ck_assert(value_bool(gateway_ask(&g, "hello", STREAM), "success"));
    hedges = total("hedges");
    ck_assert_int_ge(hedges, 5);
    ck_assert_int_le(hedges, 7);
}

END_TEST

START_TEST(f47_a_retry_beyond_the_money_budget_is_not_made)
{
    const json_t *result;

    g = (struct gateway){
        .n_mocks = 1,
        .model_of_a = "price = { input = 2.0; output = 100.0; };",
    };
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=503");
    result = gateway_ask(&g, "hello", "");
    gateway_expect_failure(result, "all_targets_unavailable");
    ck_assert(value_bool(result, "retry_budget_exhausted"));
    ck_assert_uint_eq(value_count(result, "attempts"), 1);
    ck_assert_int_eq(value_int(result, "attempts.0.http_status"), 503);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
}

END_TEST

START_TEST(f47_nor_is_a_completion_and_the_caller_is_told)
{
    const json_t *result;

    g = (struct gateway){
        .n_mocks = 1,
        .model_of_a = "price = { input = 2.0; output = 100.0; };",
    };
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=cut,after=5");
    result = gateway_ask(&g, "hello", STREAM);
    gateway_expect_broken(&g, result, "hello", 5);
    ck_assert(value_bool(result, "retry_budget_exhausted"));
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
}

END_TEST

START_TEST(f47_money_does_not_stop_a_free_failover)
{
    const json_t *result;

    g = (struct gateway){
        .n_mocks = 2,
        .model_of_a = "price = { input = 2.0; output = 100.0; };",
    };
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=503");
    result = gateway_ask(&g, "hello", "");
    gateway_expect_answer(&g, result, "hello");
    ck_assert_str_eq(value_str(result, "provider"), "b");
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("hedges");
    TCase *tc = tcase_create("hedges");

    tcase_add_checked_fixture(tc, NULL, stop);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_slow_stream_is_answered_by_the_hedge);
    tcase_add_test(tc, so_is_a_call_that_is_not_streamed);
    tcase_add_test(tc, the_first_attempt_may_still_be_faster);
    tcase_add_test(tc, what_the_first_said_before_it_failed_is_not_the_hedges);
    tcase_add_test(tc, the_hedge_goes_on_when_the_first_fails);
    tcase_add_test(tc, when_both_fail_the_walk_goes_on);
    tcase_add_test(tc, hedging_is_off_by_default);
    tcase_add_loop_test(tc, what_must_not_be_done_twice_is_not_hedged, 0,
                        (int)(sizeof(ONCE) / sizeof(*ONCE)));
    tcase_add_loop_test(tc, an_error_that_every_target_would_give_ends_both, 0,
                        2);
    tcase_add_loop_test(
        tc, the_loser_is_paid_for_but_its_tokens_are_not_the_answers, 0, 2);
    tcase_add_test(tc, what_first_attempts_cost_pays_for_hedges);
    tcase_add_test(tc, what_a_call_may_cost_is_not_exceeded_by_two_attempts);
    tcase_add_test(tc, hedges_stop_at_half_of_the_retry_budget);
    tcase_add_test(tc, f47_a_retry_beyond_the_money_budget_is_not_made);
    tcase_add_test(tc, f47_nor_is_a_completion_and_the_caller_is_told);
    tcase_add_test(tc, f47_money_does_not_stop_a_free_failover);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
