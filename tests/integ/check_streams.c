/*
 * check_streams.c - streams that stop, dribble, lie about their end or break:
 * before the first content somebody else is asked, after it the caller, who
 * wants no continuation, gets exactly what there was and is told that it is not
 * all.
 */
#include "base/mem.h"
#include "failover.h"
#include "mock_answer.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static struct gateway g;

/* Every token of the answer to it is made of characters of several bytes. */
static const char PROMPT[] = "warm";

static const char STREAM[] = ", 'stream': true, 'on_break': 'error'";

static const struct failover NO_CONTENT[] = {
    {"kind=pings,ms=20", true, "ambiguous", 200, false, COST_ESTIMATED,
     "no content in time"},
    {"kind=tiny-events,shape=comment,events=2000000000", true, "ambiguous", 200,
     false, COST_ESTIMATED, "no content in time"},
};

START_TEST(f10_comments_prove_life_but_not_progress)
{
    failover_check(&NO_CONTENT[_i]);
}

END_TEST

static const struct failover DRIBBLES[] = {
    {"kind=drip,ms=50", true, "ambiguous", 200, false, COST_ESTIMATED,
     "no first event in time"},
    {"kind=drip,ms=50,headers=1", true, "ambiguous", 0, false, COST_ESTIMATED,
     "no response headers in time"},
    {"kind=drip,ms=50", false, "ambiguous", 200, false, COST_ESTIMATED,
     "no complete answer in time"},
};

START_TEST(f11_dribble_before_content_is_given_up)
{
    failover_check(&DRIBBLES[_i]);
}

END_TEST

/* Asks for a stream that breaks after `n_tokens` tokens, and asserts that it
 * is reported as what it is. */
static const json_t *
expect_break(const char *fault, unsigned n_tokens)
{
    const json_t *result;

    (void)test_provider_fault(&g.mocks[0], fault);
    result = gateway_ask(&g, PROMPT, STREAM);
    gateway_expect_broken(&g, result, PROMPT, n_tokens);
    ck_assert_uint_eq(g.n_deltas, n_tokens);
    ck_assert_uint_eq(value_count(result, "attempts"), 1);
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "stream_broken");
    ck_assert(value_bool(result, "attempts.0.sent"));
    ck_assert_int_eq(value_int(result, "attempts.0.http_status"), 200);
    ck_assert_int_gt(value_int(result, "attempts.0.cost_nanousd"), 0);
    ck_assert_int_eq(value_int(result, "fallback_count"), 0);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
    return result;
}

/* One failure, and the call's success at first content did not hide it. */
static void
expect_one_failure(void)
{
    const json_t *a = gateway_target(&g, "a/m");
    const json_t *status = peer_result(g.peer, "status", "[{}]");

    ck_assert_int_eq(value_int(a, "error_count"), 1);
    ck_assert_int_eq(value_int(a, "errors.stream_broken"), 1);
    ck_assert_int_eq(value_int(a, "failures"), 1);
    ck_assert_int_eq(value_int(a, "window_failures"), 1);
    ck_assert_str_eq(value_str(a, "state"), "closed");
    ck_assert_int_eq(value_int(status, "totals.failed_requests"), 1);
    ck_assert_int_eq(value_int(status, "totals.successful_requests"), 0);
}

/* A byte every few milliseconds is never silence; it is the content that
 * makes no progress. */
START_TEST(f11_dribble_in_mid_stream_ends_with_the_content_limit)
{
    const json_t *result;
    const char *partial;
    char *whole = mock_answer_text(PROMPT, GATEWAY_TOKENS);

    g.more_of_a = " timeouts = { first_token_ms = 20000; stall_ms = 250;"
                  " content_stall_ms = 300; };";
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=drip,ms=2");
    result = gateway_ask(&g, PROMPT, STREAM);
    gateway_expect_failure(result, "stream_broken");
    partial = value_str(result, "partial");
    ck_assert_str_eq(partial, g.streamed);
    ck_assert_uint_gt(strlen(partial), 0);
    ck_assert_int_eq(strncmp(partial, whole, strlen(partial)), 0);
    ck_assert_str_eq(value_str(result, "attempts.0.error"),
                     "stream went on without content");
    free(whole);
    gateway_stop(&g);
}

END_TEST

START_TEST(f11_deadline_ends_what_no_other_limit_does)
{
    const json_t *result;
    int64_t begun_ms, took_ms;

    g.more_of_a = " timeouts = { first_token_ms = 20000; };";
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=pings,ms=20");
    begun_ms = process_now_ms();
    result = gateway_ask(&g, PROMPT, ", 'stream': true, 'deadline_ms': 700");
    took_ms = process_now_ms() - begun_ms;
    gateway_expect_failure(result, "deadline_exceeded");
    ck_assert_int_ge(took_ms, 700);
    ck_assert_int_lt(took_ms, 2000);
    eventually(test_provider_count(&g.mocks[0], "aborted") == 1);
    gateway_stop(&g);
}

END_TEST

START_TEST(f12_stall_after_ten_deltas_delivers_ten_deltas)
{
    const json_t *result;

    gateway_start(&g);
    result = expect_break("kind=stall,after=10", 10);
    ck_assert_str_eq(value_str(result, "attempts.0.error"), "stream stalled");
    ck_assert_int_ge(value_int(result, "attempts.0.latency_ms"),
                     GATEWAY_STALL_MS - 1);
    expect_one_failure();
    gateway_stop(&g);
}

END_TEST

static const char *const CUTS[] = {
    "kind=cut,after=5",
    "kind=reset,after=5",
};

START_TEST(f13_end_without_a_terminal_is_never_a_clean_end)
{
    gateway_start(&g);
    (void)expect_break(CUTS[_i], 5);
    expect_one_failure();
    gateway_stop(&g);
}

END_TEST

static const char *const PARTS[] = {
    "kind=cut-utf8,after=5",
    "kind=cut-json,after=5",
    "kind=cut-line,after=5",
};

START_TEST(f14_end_inside_an_event_discards_that_event)
{
    gateway_start(&g);
    (void)expect_break(PARTS[_i], 5);
    expect_one_failure();
    gateway_stop(&g);
}

END_TEST

static const struct failover EARLY_CUTS[] = {
    {"kind=cut", true, "ambiguous", 200, false, COST_ESTIMATED, NULL},
    {"kind=reset", true, "ambiguous", 200, false, COST_ESTIMATED, NULL},
    {"kind=stall", true, "ambiguous", 200, false, COST_ESTIMATED,
     "stream stalled"},
    {"kind=cut-json", true, "ambiguous", 200, false, COST_ESTIMATED, NULL},
    {"kind=cut", false, "ambiguous", 200, false, COST_ESTIMATED, NULL},
    {"kind=reset", false, "ambiguous", 200, false, COST_ESTIMATED, NULL},
    {"kind=cut-utf8", false, "ambiguous", 200, false, COST_ESTIMATED, NULL},
};

START_TEST(f13_end_before_any_content_is_not_noticed)
{
    failover_check(&EARLY_CUTS[_i]);
}

END_TEST

/* Streams that end in unusual ways and are whole all the same. */
static const struct {
    const char *fault, *model, *finish;
    bool warned;
} ENDS[] = {
    {"kind=no-done", "", "stop", false},
    {"kind=no-finish", "", "unknown", true},
    {"kind=no-finish", "finish_reason_optional = true;", "stop", false},
};

/* What the metrics count as answers without a finish reason, of target a. */
static int
warnings_counted(void)
{
    static const char name[] =
        "\naigw_target_unknown_finishes_total{target=\"a/m\"} ";
    const char *text = json_string_value(peer_result(g.peer, "metrics", "[]"));
    const char *line = strstr(text, name);

    ck_assert_ptr_nonnull(line);
    return atoi(line + strlen(name));
}

static void
check_end(int i)
{
    const json_t *result;

    g.model_of_a = ENDS[i].model;
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], ENDS[i].fault);
    result = gateway_ask(&g, PROMPT, STREAM);
    gateway_expect_answer(&g, result, PROMPT);
    ck_assert_uint_eq(g.n_deltas, GATEWAY_TOKENS);
    ck_assert_str_eq(value_str(result, "finish_reason"), ENDS[i].finish);
    ck_assert_uint_eq(value_count(result, "attempts"), 1);
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "ok");
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "window_failures"),
                     0);
    ck_assert_int_eq(test_daemon_logged(&g.daemon, "without a finish reason"),
                     ENDS[i].warned);
    ck_assert_int_eq(warnings_counted(), ENDS[i].warned);
    gateway_stop(&g);
}

START_TEST(f15_finish_reason_without_done_is_success)
{
    check_end(0);
}

END_TEST

START_TEST(f16_done_without_finish_reason_is_success_with_a_warning)
{
    check_end(1);
}

END_TEST

START_TEST(f17_done_without_finish_reason_is_plain_success_where_usual)
{
    check_end(2);
}

END_TEST

static const char *const LATE_ERRORS[] = {
    "kind=error-after,after=5,shape=openai,code=server_is_overloaded",
    "kind=error-after,after=5,shape=anthropic,code=overloaded",
    "kind=error-after,after=5,shape=groq,code=overloaded",
    "kind=error-after,after=5,shape=vllm,code=overloaded",
    "kind=error-after,after=5,shape=openrouter,status=502",
    "kind=malformed,after=5",
};

START_TEST(f19_f20_error_in_mid_stream_keeps_what_was_said)
{
    gateway_start(&g);
    (void)expect_break(LATE_ERRORS[_i], 5);
    expect_one_failure();
    gateway_stop(&g);
}

END_TEST

/* Broken streams cost at least what was delivered, at the prices of the mock:
 * its bill is never larger than ours. */
START_TEST(f66_broken_stream_is_not_free)
{
    const json_t *result;

    test_provider_start(&g.mocks[0], "--price-in", "2", "--price-out", "8",
                        NULL);
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=cut,after=12");
    result = gateway_ask(&g, PROMPT, STREAM);
    gateway_expect_broken(&g, result, PROMPT, 12);
    ck_assert_int_ge(value_int(result, "cost_nanousd"),
                     test_provider_count(&g.mocks[0], "bill_nanousd"));
    gateway_stop(&g);
}

END_TEST

static Suite *
streams_suite(void)
{
    Suite *s = suite_create("streams");
    TCase *tc = tcase_create("progress");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, f10_comments_prove_life_but_not_progress, 0,
                        array_count(NO_CONTENT));
    tcase_add_loop_test(tc, f11_dribble_before_content_is_given_up, 0,
                        array_count(DRIBBLES));
    tcase_add_test(tc, f11_dribble_in_mid_stream_ends_with_the_content_limit);
    tcase_add_test(tc, f11_deadline_ends_what_no_other_limit_does);
    tcase_add_test(tc, f12_stall_after_ten_deltas_delivers_ten_deltas);
    suite_add_tcase(s, tc);

    tc = tcase_create("ends");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, f13_end_without_a_terminal_is_never_a_clean_end, 0,
                        array_count(CUTS));
    tcase_add_loop_test(tc, f13_end_before_any_content_is_not_noticed, 0,
                        array_count(EARLY_CUTS));
    tcase_add_loop_test(tc, f14_end_inside_an_event_discards_that_event, 0,
                        array_count(PARTS));
    tcase_add_test(tc, f15_finish_reason_without_done_is_success);
    tcase_add_test(tc,
                   f16_done_without_finish_reason_is_success_with_a_warning);
    tcase_add_test(tc,
                   f17_done_without_finish_reason_is_plain_success_where_usual);
    suite_add_tcase(s, tc);

    tc = tcase_create("breaks");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, f19_f20_error_in_mid_stream_keeps_what_was_said, 0,
                        array_count(LATE_ERRORS));
    tcase_add_test(tc, f66_broken_stream_is_not_free);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(streams_suite());
}
