/*
 * check_seams.c - the second half of a broken answer: in which order the
 * providers are asked for it, what ends the search, and what a caller that
 * leaves, or reads late, finds at the seam.
 */
#include "base/mem.h"
#include "breaks.h"
#include "mock_answer.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t
sends(size_t mock)
{
    return gateway_sends(&breaks_gateway, mock);
}

static const char *const LATE_ERRORS[] = {
    "kind=error-after,after=5,shape=openai,code=server_is_overloaded",
    "kind=error-after,after=5,shape=anthropic,code=overloaded",
    "kind=error-after,after=5,shape=groq,code=overloaded",
    "kind=error-after,after=5,shape=vllm,code=overloaded",
    "kind=error-after,after=5,shape=openrouter,status=502",
};

START_TEST(f19_f20_who_says_that_it_failed_is_not_asked_to_go_on)
{
    const struct heard *heard;

    breaks_start();
    breaks_fault(0, LATE_ERRORS[_i]);
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    breaks_expect_seam(heard, 0, 5, "a/m", "b/m");
    ck_assert_int_eq(sends(0), 1);
    breaks_stop();
}

END_TEST

START_TEST(who_breaks_twice_is_left_for_the_next)
{
    const struct heard *heard;

    breaks_start();
    breaks_fault(0, "kind=cut,after=5");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    breaks_expect_seam(heard, 0, 5, "a/m", "a/m");
    breaks_expect_seam(heard, 1, 10, "a/m", "b/m");
    ck_assert_uint_eq(heard_count(heard, "seam"), 2);
    ck_assert_int_eq(value_int(heard->result, "billed_attempts"), 3);
    ck_assert_int_eq(sends(0), 2);
    ck_assert_int_eq(sends(2), 0);
    breaks_stop();
}

END_TEST

/* It is asked after all others, and not at once. */
START_TEST(who_stalled_is_asked_last)
{
    enum {
        PAUSE_MS = 500
    };

    const struct heard *heard;
    int64_t pause_ms;

    breaks_start_with(&(struct gateway){.n_mocks = 2});
    breaks_fault(0, "kind=stall,after=5,count=1");
    breaks_fault(1, "kind=status,status=500");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    breaks_expect_seam(heard, 0, 5, "a/m", "a/m");
    ck_assert_str_eq(value_str(heard->result, "attempts.1.target"), "b/m");
    pause_ms = value_int(heard->result, "attempts.2.started_ms")
               - value_int(heard->result, "attempts.1.started_ms");
    ck_assert_int_ge(pause_ms, PAUSE_MS - 1);
    breaks_stop();
}

END_TEST

START_TEST(who_has_no_leave_of_its_breaker_is_not_asked_to_go_on)
{
    const struct heard *heard;

    breaks_start_with(&(struct gateway){
        .more_of_a = " breaker = { failure_threshold = 1; };"});
    breaks_fault(0, "kind=cut,after=5");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    breaks_expect_seam(heard, 0, 5, "a/m", "b/m");
    ck_assert_int_eq(sends(0), 1);
    breaks_stop();
}

END_TEST

START_TEST(f52_as_many_continuations_as_are_configured)
{
    const struct heard *heard;

    breaks_start_with(&(struct gateway){
        .n_mocks = 3, .more = "stream = { continue_max = 1; };"});
    for (size_t i = 0; i < 3; i++)
        breaks_fault(i, "kind=cut,after=4");
    heard = breaks_ask(breaks_stream);
    breaks_expect_broken(heard, 8);
    ck_assert_uint_eq(value_count(heard->result, "attempts"), 2);
    breaks_stop();
}

END_TEST

/* Never silent, and yet no progress. */
START_TEST(f11_dribble_in_mid_stream_is_completed_by_somebody_else)
{
    const struct heard *heard;

    breaks_start_with(&(struct gateway){
        .more_of_a = " timeouts = { first_token_ms = 20000; stall_ms = 250;"
                     " content_stall_ms = 300; };"});
    breaks_fault(0, "kind=drip,ms=2");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    ck_assert_int_gt(value_int(heard_event(heard, "seam", 0), "at_byte"), 0);
    ck_assert_str_eq(value_str(heard->result, "attempts.0.error"),
                     "stream went on without content");
    ck_assert_str_eq(value_str(heard->result, "provider"), "b");
    breaks_stop();
}

END_TEST

static const struct gateway PREFILLED = {
    .model_of_a = "continuation = \"prefill\";",
};

START_TEST(f50_wrongly_declared_mode_ends_with_the_original_error)
{
    struct gateway alone = PREFILLED;
    const struct heard *heard;
    const char *error;

    alone.n_mocks = 1;
    breaks_start_with(&alone);
    breaks_fault(0, "kind=cut,after=5,count=1\nkind=reject-prefill");
    heard = breaks_ask(breaks_stream);
    breaks_expect_broken(heard, 5);
    error = value_str(heard->result, "error");
    ck_assert_msg(strncmp(error, "a/m: stream_broken", 18) == 0, "%s", error);
    ck_assert_msg(!strstr(error, "400") && !strstr(error, "prefill"), "%s",
                  error);
    ck_assert_int_eq(sends(0), 2);
    breaks_stop();
}

END_TEST

START_TEST(f50_wrongly_declared_mode_is_mended_by_somebody_else)
{
    const struct heard *heard;

    breaks_start_with(&PREFILLED);
    breaks_fault(0, "kind=cut,after=5,count=1\nkind=reject-prefill");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    breaks_expect_seam(heard, 0, 5, "a/m", "b/m");
    ck_assert_str_eq(value_str(heard->result, "attempts.1.outcome"), "client");
    breaks_stop();
}

END_TEST

START_TEST(another_answer_is_no_continuation)
{
    const struct heard *heard;

    breaks_start_with(&(struct gateway){.n_mocks = 2});
    breaks_fault(0, "kind=error-after,after=10");
    breaks_fault(1, "kind=continuation,shape=diverge");
    heard = breaks_ask(breaks_stream);
    breaks_expect_broken(heard, 10);
    ck_assert_uint_eq(heard_count(heard, "seam"), 0);
    ck_assert_int_eq(sends(1), 1);
    breaks_stop();
}

END_TEST

/* Nothing is sent that could not come to anything. */
START_TEST(f46_too_little_time_is_left_to_go_on)
{
    enum {
        DEADLINE_MS = GATEWAY_STALL_MS + 450
    };

    const struct heard *heard;
    int64_t begun_ms;
    char more[64];

    breaks_start_with(&(struct gateway){.n_mocks = 2});
    breaks_fault(0, "kind=stall,after=5");
    (void)snprintf(more, sizeof(more), "%s, 'deadline_ms': %d", breaks_stream,
                   (int)DEADLINE_MS);
    begun_ms = process_now_ms();
    heard = breaks_ask(more);
    ck_assert_int_le(heard->done_ms - begun_ms, DEADLINE_MS + GATEWAY_LATE_MS);
    ck_assert(!value_bool(heard->result, "success"));
    ck_assert_str_eq(value_str(heard->result, "partial"), heard->text);
    ck_assert_uint_eq(heard->size, breaks_bytes(5));
    ck_assert_int_eq(sends(1), 0);
    breaks_stop();
}

END_TEST

static const struct heard *
cancel(size_t i)
{
    (void)peer_result(breaks_gateway.peer, "cancel", "[{'msgid': %u}]",
                      breaks_hearing.calls[i].msgid);
    return hearing_await(&breaks_hearing, i);
}

static void
expect_cancelled(const struct heard *heard, unsigned n_tokens)
{
    gateway_expect_failure(heard->result, "cancelled");
    ck_assert_str_eq(value_str(heard->result, "partial"), heard->text);
    ck_assert_uint_eq(heard->size, breaks_bytes(n_tokens));
}

START_TEST(a_call_may_be_cancelled_while_nobody_is_asked)
{
    size_t i;

    breaks_start_with(&(struct gateway){.n_mocks = 2});
    breaks_fault(0, "kind=stall,after=5,count=1");
    breaks_fault(1, "kind=status,status=500");
    i = hearing_ask(&breaks_hearing, breaks_prompt, breaks_stream);
    eventually(value_int(gateway_target(&breaks_gateway, "b/m"), "error_count")
               == 1);
    expect_cancelled(cancel(i), 5);
    ck_assert_int_eq(sends(0), 1);
    breaks_stop();
}

END_TEST

/* Provider b begins again from the top, and slowly. */
START_TEST(a_call_may_be_cancelled_while_its_text_is_held_back)
{
    struct gateway slow = {.n_mocks = 2};
    const struct heard *heard;
    size_t i;

    test_provider_start(&slow.mocks[1], "--token-interval-ms", "100", NULL);
    breaks_start_with(&slow);
    breaks_fault(0, "kind=error-after,after=19");
    breaks_fault(1, "kind=continuation,shape=restart");
    i = hearing_ask(&breaks_hearing, breaks_prompt, breaks_stream);
    eventually(test_provider_count(&breaks_gateway.mocks[1], "bytes_sent")
               > 2000);
    heard = cancel(i);
    expect_cancelled(heard, 19);
    ck_assert_uint_eq(heard_count(heard, "seam"), 0);
    eventually(test_provider_count(&breaks_gateway.mocks[1], "aborted") == 1);
    breaks_stop();
}

END_TEST

/* A streamed call of `chat`, with members of the body and options. */
static const json_t *
chat(const char *prompt, const char *members, const char *options)
{
    return peer_result(
        breaks_gateway.peer, "chat",
        "[{'stream': true, 'model': 'default', 'messages': [{'role': 'user',"
        " 'content': '%s'}]%s}, {%s}]",
        prompt, members, options);
}

static const char *const PLAIN[] = {
    ", 'n': 1, 'logprobs': false",
    ", 'response_format': {'type': 'text'}",
    ", 'temperature': 0, 'seed': 7, 'stop': null",
};

START_TEST(members_that_impose_nothing_do_not_prevent_it)
{
    char *text = mock_answer_text(breaks_prompt, GATEWAY_TOKENS);
    const json_t *result;

    breaks_start();
    breaks_fault(0, "kind=error-after,after=5");
    result = chat(breaks_prompt, PLAIN[_i], "");
    ck_assert_str_eq(value_str(result, "response.choices.0.message.content"),
                     text);
    ck_assert_int_eq(sends(1), 1);
    free(text);
    breaks_stop();
}

END_TEST

static const char ARGUMENTS[] = "response.choices.0.message.tool_calls.0."
                                "function.arguments";

START_TEST(f49_a_tool_call_may_be_begun_anew)
{
    const json_t *result;
    json_t *arguments;

    breaks_start();
    breaks_fault(0, "kind=cut,after=4");
    result = chat("warm #tool",
                  ", 'tools': [{'type': 'function', 'function': {'name':"
                  " 'f'}}]",
                  "'on_break': 'restart'");
    ck_assert(value_bool(result, "success"));
    ck_assert_str_eq(value_str(result, "finish_reason"), "tool_calls");
    arguments = json_loads(value_str(result, ARGUMENTS), 0, NULL);
    ck_assert_ptr_nonnull(arguments);
    json_decref(arguments);
    ck_assert_uint_eq(
        value_count(result, "response.choices.0.message.tool_calls"), 1);
    breaks_stop();
}

END_TEST

START_TEST(both_halves_are_paid_for)
{
    struct gateway priced = {.n_mocks = 2};
    const struct heard *heard;
    int64_t bill_nanousd = 0;

    for (size_t i = 0; i < priced.n_mocks; i++)
        test_provider_start(&priced.mocks[i], "--price-in", "2", "--price-out",
                            "8", NULL);
    breaks_start_with(&priced);
    breaks_fault(0, "kind=error-after,after=12");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    for (size_t i = 0; i < priced.n_mocks; i++)
        bill_nanousd +=
            test_provider_count(&breaks_gateway.mocks[i], "bill_nanousd");
    ck_assert_int_gt(bill_nanousd, 0);
    ck_assert_int_ge(value_int(heard->result, "cost_nanousd"), bill_nanousd);
    ck_assert_int_eq(value_int(heard->result, "tokens_used"),
                     value_int(heard->result, "prompt_tokens")
                         + value_int(heard->result, "completion_tokens"));
    breaks_stop();
}

END_TEST

/* The seam lies in what waits for the caller, and no wait of the daemon for
 * its caller counts as one for a provider. */
START_TEST(f58_a_caller_that_reads_late_misses_nothing_at_the_seam)
{
    enum {
        MANY = 20000,
        LATE_MS = 3 * GATEWAY_STALL_MS
    };

    static const char prompt[] = "long #tokens=20000";
    char *text = mock_answer_text(prompt, MANY);
    const struct heard *heard;
    size_t i;

    breaks_start_with(&(struct gateway){.n_mocks = 2});
    breaks_fault(0, "kind=error-after,after=15000");
    i = hearing_ask(&breaks_hearing, prompt,
                    ", 'stream': true, 'max_tokens': 1000000");
    (void)nanosleep(&(struct timespec){.tv_nsec = LATE_MS * 1000000L}, NULL);
    ck_assert_int_eq(sends(1), 0);
    heard = hearing_await(&breaks_hearing, i);
    ck_assert_msg(value_bool(heard->result, "success"), "%s",
                  value_str(heard->result, "error"));
    ck_assert_str_eq(heard->text, text);
    ck_assert_str_eq(value_str(heard->result, "content"), text);
    ck_assert_int_eq(value_int(heard_event(heard, "seam", 0), "at_seq"), 15000);
    free(text);
    breaks_stop();
}

END_TEST

static Suite *
seams_suite(void)
{
    Suite *s = suite_create("seams");
    TCase *tc = tcase_create("order");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc,
                        f19_f20_who_says_that_it_failed_is_not_asked_to_go_on,
                        0, array_count(LATE_ERRORS));
    tcase_add_test(tc, who_breaks_twice_is_left_for_the_next);
    tcase_add_test(tc, who_stalled_is_asked_last);
    tcase_add_test(tc, who_has_no_leave_of_its_breaker_is_not_asked_to_go_on);
    tcase_add_test(tc, f52_as_many_continuations_as_are_configured);
    tcase_add_test(tc, f11_dribble_in_mid_stream_is_completed_by_somebody_else);
    tcase_add_test(tc, f50_wrongly_declared_mode_ends_with_the_original_error);
    tcase_add_test(tc, f50_wrongly_declared_mode_is_mended_by_somebody_else);
    tcase_add_test(tc, another_answer_is_no_continuation);
    suite_add_tcase(s, tc);

    tc = tcase_create("ends");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, f46_too_little_time_is_left_to_go_on);
    tcase_add_test(tc, a_call_may_be_cancelled_while_nobody_is_asked);
    tcase_add_test(tc, a_call_may_be_cancelled_while_its_text_is_held_back);
    suite_add_tcase(s, tc);

    tc = tcase_create("answers");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, members_that_impose_nothing_do_not_prevent_it, 0,
                        array_count(PLAIN));
    tcase_add_test(tc, f49_a_tool_call_may_be_begun_anew);
    tcase_add_test(tc, both_halves_are_paid_for);
    tcase_add_test(tc, f58_a_caller_that_reads_late_misses_nothing_at_the_seam);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(seams_suite());
}
