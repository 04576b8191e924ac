/*
 * check_causes.c - who is asked when the request itself failed: prompts that
 * are too long for one model, and content that one provider refuses.
 */
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <string.h>

static struct gateway g;

static const char TOO_LONG[] =
    "kind=status,status=400,code=context_length_exceeded";
static const char REFUSED[] =
    "kind=status,status=400,code=content_policy_violation";
static const char FILTERED[] = "kind=filter";
static const char *const HOW[] = {"", ", 'stream': true"};

static void
start(const char *contexts[GATEWAY_MAX_MOCKS], const char *more)
{
    g = (struct gateway){.n_mocks = 3, .more = more};
    for (int i = 0; contexts && i < GATEWAY_MAX_MOCKS; i++)
        g.more_of_models[i] = contexts[i];
    gateway_start(&g);
}

/* Refusals of a are answered by c. */
static void
start_with_refuge(void)
{
    start(NULL, "routes = ( { name = \"default\";"
                " targets = ( \"a/m\", \"b/m\" );"
                " refusal_targets = ( \"c/m\" ); } );");
}

static void
stop(void)
{
    gateway_stop(&g);
}

static void
expect_sends(int64_t a, int64_t b, int64_t c)
{
    ck_assert_int_eq(gateway_sends(&g, 0), a);
    ck_assert_int_eq(gateway_sends(&g, 1), b);
    ck_assert_int_eq(gateway_sends(&g, 2), c);
}

/* Nothing of it counts against a. */
static void
expect_no_harm(const char *name)
{
    const json_t *t = gateway_target(&g, name);

    ck_assert_str_eq(value_str(t, "state"), "closed");
    ck_assert_int_eq(value_int(t, "window_failures"), 0);
    ck_assert_int_eq(value_int(t, "failures"), 0);
}

static double
retry_budget(const char *name)
{
    return value_real(gateway_target(&g, name), "retry_budget");
}

static void
expect_fallback(const json_t *result, const char *provider, const char *reason)
{
    ck_assert_str_eq(value_str(result, "provider"), provider);
    ck_assert(value_bool(result, "fallback"));
    ck_assert_ptr_null(value_find(result, "attempts.0.fallback_reason"));
    ck_assert_str_eq(value_str(result, "attempts.1.fallback_reason"), reason);
}

START_TEST(a_prompt_that_is_too_long_goes_where_there_is_more_room)
{
    const char *contexts[] = {"context = 8000;", "context = 8000;",
                              "context = 16000;"};
    const json_t *result;
    double budget;

    start(contexts, NULL);
    budget = retry_budget("c/m");
    (void)test_provider_fault(&g.mocks[0], TOO_LONG);
    result = gateway_ask(&g, "hello", HOW[_i]);
    gateway_expect_answer(&g, result, "hello");
    expect_fallback(result, "c", "context_length");
    expect_sends(1, 0, 1);
    expect_no_harm("a/m");
    ck_assert_double_ge(retry_budget("c/m"), budget);
    stop();
}

END_TEST

START_TEST(without_more_room_it_is_the_first_error_that_is_told)
{
    const char *contexts[] = {"context = 8000;", "context = 4000;",
                              "context = 8000;"};
    const json_t *result;

    start(contexts, NULL);
    (void)test_provider_fault(&g.mocks[0], TOO_LONG);
    result = gateway_ask(&g, "hello", HOW[_i]);
    gateway_expect_failure(result, "context_length_exceeded");
    expect_sends(1, 0, 0);
    stop();
}

END_TEST

START_TEST(a_model_that_failed_as_well_shuts_out_those_with_less_room)
{
    const char *contexts[] = {"context = 4000;", "context = 16000;",
                              "context = 8000;"};
    const json_t *result;

    start(contexts, NULL);
    (void)test_provider_fault(&g.mocks[0], TOO_LONG);
    (void)test_provider_fault(&g.mocks[1], TOO_LONG);
    result = gateway_ask(&g, "hello", HOW[_i]);
    gateway_expect_failure(result, "context_length_exceeded");
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    expect_sends(1, 1, 0);
    stop();
}

END_TEST

START_TEST(a_larger_model_that_fails_otherwise_leaves_the_first_error)
{
    const char *contexts[] = {"context = 4000;", "context = 16000;",
                              "context = 4000;"};
    const json_t *result;

    start(contexts, NULL);
    (void)test_provider_fault(&g.mocks[0], TOO_LONG);
    (void)test_provider_fault(&g.mocks[1], "kind=status,status=500");
    result = gateway_ask(&g, "hello", HOW[_i]);
    gateway_expect_failure(result, "context_length_exceeded");
    expect_sends(1, 1, 0);
    stop();
}

END_TEST

/* As an error, and as an answer without text; whole, and as a stream. */
START_TEST(content_that_is_refused_goes_to_the_refuge)
{
    const json_t *result;

    start_with_refuge();
    (void)test_provider_fault(&g.mocks[0], _i / 2 ? FILTERED : REFUSED);
    result = gateway_ask(&g, "hello", HOW[_i % 2]);
    gateway_expect_answer(&g, result, "hello");
    ck_assert_str_eq(value_str(result, "finish_reason"), "stop");
    expect_fallback(result, "c", "content_policy");
    expect_sends(1, 0, 1);
    expect_no_harm("a/m");
    stop();
}

END_TEST

START_TEST(the_caller_is_told_of_it_by_an_event)
{
    uint32_t msgid;
    const json_t *event;

    start_with_refuge();
    (void)test_provider_fault(&g.mocks[0], REFUSED);
    msgid =
        peer_send(g.peer, "generate", "[{'prompt': 'hello', 'stream': true}]");
    (void)peer_notification(g.peer, "call.event", PATIENCE_MS);
    event = peer_notification(g.peer, "call.event", PATIENCE_MS);
    ck_assert_str_eq(value_str(event, "2.type"), "failover");
    ck_assert_str_eq(value_str(event, "2.to"), "c/m");
    ck_assert_str_eq(value_str(event, "2.fallback_reason"), "content_policy");
    (void)peer_wait(g.peer, msgid);
    stop();
}

END_TEST

START_TEST(without_a_refuge_a_refusal_is_the_result)
{
    const json_t *result;

    start(NULL, NULL);
    (void)test_provider_fault(&g.mocks[0], REFUSED);
    result = gateway_ask(&g, "hello", HOW[_i]);
    gateway_expect_failure(result, "content_filtered");
    test_provider_heal(&g.mocks[0]);
    (void)test_provider_fault(&g.mocks[0], FILTERED);
    result = gateway_ask(&g, "hello", HOW[_i]);
    ck_assert(value_bool(result, "success"));
    ck_assert_str_eq(value_str(result, "finish_reason"), "content_filter");
    expect_sends(2, 0, 0);
    stop();
}

END_TEST

/* The answer of a is that of the call although c was asked last. */
START_TEST(a_refuge_that_fails_leaves_the_first_refusal)
{
    const json_t *result;

    start_with_refuge();
    (void)test_provider_fault(&g.mocks[0], _i / 2 ? FILTERED : REFUSED);
    (void)test_provider_fault(&g.mocks[2], "kind=status,status=500");
    result = gateway_ask(&g, "hello", HOW[_i % 2]);
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    expect_sends(1, 0, 1);
    if (_i / 2 == 0) {
        gateway_expect_failure(result, "content_filtered");
    } else {
        ck_assert(value_bool(result, "success"));
        ck_assert_str_eq(value_str(result, "finish_reason"), "content_filter");
        ck_assert_str_eq(value_str(result, "content"), "");
        ck_assert_str_eq(value_str(result, "provider"), "a");
        ck_assert(!value_bool(result, "fallback"));
    }
    stop();
}

END_TEST

START_TEST(the_object_of_a_kept_refusal_is_that_of_its_provider)
{
    const json_t *result;

    start_with_refuge();
    (void)test_provider_fault(&g.mocks[0], FILTERED);
    (void)test_provider_fault(&g.mocks[2], FILTERED);
    result = peer_result(g.peer, "chat",
                         "[{'model': 'default', 'stream': %s, 'messages':"
                         " [{'role': 'user', 'content': 'hello'}]}]",
                         _i ? "true" : "false");
    ck_assert_str_eq(value_str(result, "response.choices.0.finish_reason"),
                     "content_filter");
    ck_assert_uint_eq(value_count(result, "response.choices"), 1);
    expect_sends(1, 0, 1);
    stop();
}

END_TEST

START_TEST(a_refuge_is_nobody_s_ordinary_failover)
{
    const json_t *result;

    start_with_refuge();
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=500");
    (void)test_provider_fault(&g.mocks[1], "kind=status,status=500");
    result = gateway_ask(&g, "hello", "");
    gateway_expect_failure(result, "all_targets_unavailable");
    expect_sends(1, 1, 0);
    stop();
}

END_TEST

START_TEST(explain_tells_who_would_be_asked)
{
    const char *contexts[] = {"context = 8000;", "context = 8000;",
                              "context = 16000;"};
    const json_t *r;

    start(contexts, "routes = ( { name = \"default\";"
                    " targets = ( \"a/m\", \"b/m\", \"c/m\" );"
                    " refusal_targets = ( \"c/m\", \"b/m\" ); } );");
    r = peer_result(g.peer, "explain", "[{'prompt': 'a'}]");
    ck_assert_uint_eq(value_count(r, "fallbacks.context_length"), 1);
    ck_assert_str_eq(value_str(r, "fallbacks.context_length.0"), "c/m");
    ck_assert_uint_eq(value_count(r, "fallbacks.content_policy"), 2);
    ck_assert_str_eq(value_str(r, "fallbacks.content_policy.0"), "c/m");
    (void)peer_result(g.peer, "breaker.set",
                      "[{'target': 'c/m', 'state': 'open'}]");
    r = peer_result(g.peer, "explain", "[{'prompt': 'a'}]");
    ck_assert_uint_eq(value_count(r, "fallbacks.context_length"), 0);
    ck_assert_uint_eq(value_count(r, "fallbacks.content_policy"), 1);
    stop();
}

END_TEST

/* The hedge goes on alone while the first attempt was refused. */
START_TEST(a_refusal_beside_a_hedge_leaves_the_call_to_the_hedge)
{
    const json_t *result;

    start(NULL, "hedge = { enabled = true; delay_ms = 50; };"
                "routes = ( { name = \"default\";"
                " targets = ( \"a/m\", \"b/m\" );"
                " refusal_targets = ( \"c/m\" ); } );");
    (void)test_provider_fault(&g.mocks[0], _i / 2
                                               ? "kind=filter,ms=100"
                                               : "kind=status,status=400,"
                                                 "code=content_filter,ms=100");
    (void)test_provider_fault(&g.mocks[1], "kind=latency,ms=200");
    result = gateway_ask(&g, "hello", HOW[_i % 2]);
    gateway_expect_answer(&g, result, "hello");
    ck_assert_str_eq(value_str(result, "provider"), "b");
    expect_sends(1, 1, 0);
    stop();
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("causes");
    TCase *tc = tcase_create("context");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(
        tc, a_prompt_that_is_too_long_goes_where_there_is_more_room, 0, 2);
    tcase_add_loop_test(
        tc, without_more_room_it_is_the_first_error_that_is_told, 0, 2);
    tcase_add_loop_test(
        tc, a_model_that_failed_as_well_shuts_out_those_with_less_room, 0, 2);
    tcase_add_loop_test(
        tc, a_larger_model_that_fails_otherwise_leaves_the_first_error, 0, 2);
    suite_add_tcase(s, tc);

    tc = tcase_create("policy");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, content_that_is_refused_goes_to_the_refuge, 0, 4);
    tcase_add_test(tc, the_caller_is_told_of_it_by_an_event);
    tcase_add_loop_test(tc, without_a_refuge_a_refusal_is_the_result, 0, 2);
    tcase_add_loop_test(tc, a_refuge_that_fails_leaves_the_first_refusal, 0, 4);
    tcase_add_loop_test(
        tc, the_object_of_a_kept_refusal_is_that_of_its_provider, 0, 2);
    tcase_add_test(tc, a_refuge_is_nobody_s_ordinary_failover);
    tcase_add_test(tc, explain_tells_who_would_be_asked);
    tcase_add_loop_test(
        tc, a_refusal_beside_a_hedge_leaves_the_call_to_the_hedge, 0, 4);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
