/*
 * check_answers.c - responses that look like success and are none, errors in
 * the shapes of several providers, and answers that are merely limited.
 */
#include "base/mem.h"
#include "failover.h"
#include "mock_answer.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static struct gateway g;

/* An error event in a stream that has said nothing yet. */
#define FIRST(shape, code) "kind=error-first,shape=" shape ",code=" code

static const struct failover EARLY_ERRORS[] = {
    {FIRST("anthropic", "overloaded"), true, "overload", 200, false,
     COST_NOTHING, "Overloaded"},
};

START_TEST(f18_error_as_the_first_event_is_not_noticed)
{
    failover_check(&EARLY_ERRORS[_i]);
}

END_TEST

static const struct failover SHAPES[] = {
    {FIRST("openai", "server_is_overloaded"), true, "overload", 200, false,
     COST_NOTHING, NULL},
    {FIRST("openai", "insufficient_quota"), true, "quota_lock", 200, false,
     COST_NOTHING, NULL},
    {FIRST("openai", "invalid_api_key"), true, "auth_lock", 200, false,
     COST_NOTHING, NULL},
    {FIRST("openai", "model_not_found"), true, "model_gone", 200, false,
     COST_NOTHING, NULL},
    {FIRST("openai", "rate_limit_exceeded"), true, "rate", 200, false,
     COST_NOTHING, NULL},
    {FIRST("openai", "internal"), true, "server", 200, false, COST_ESTIMATED,
     NULL},
    {FIRST("groq", "server_is_overloaded"), true, "overload", 200, false,
     COST_NOTHING, NULL},
    {FIRST("groq", "internal"), true, "server", 200, false, COST_ESTIMATED,
     NULL},
    {FIRST("vllm", "overloaded"), true, "overload", 200, false, COST_NOTHING,
     NULL},
    {"kind=error-first,shape=vllm,status=500", true, "server", 200, false,
     COST_ESTIMATED, NULL},
    {"kind=error-first,shape=openrouter,status=502", true, "server", 200, false,
     COST_ESTIMATED, NULL},
    {"kind=error-first,shape=openrouter,status=503", true, "overload", 200,
     false, COST_NOTHING, NULL},
    {"kind=error-first,shape=openrouter,status=429", true, "rate", 200, false,
     COST_NOTHING, NULL},
};

START_TEST(f20_error_in_a_stream_is_classed_by_what_it_says)
{
    failover_check(&SHAPES[_i]);
}

END_TEST

#define INSTEAD(shape, code) "kind=error-200,shape=" shape ",code=" code

static const struct failover ERRORS_200[] = {
    {INSTEAD("openai", "server_is_overloaded"), false, "overload", 200, false,
     COST_NOTHING, NULL},
    {INSTEAD("openai", "insufficient_quota"), false, "quota_lock", 200, false,
     COST_NOTHING, NULL},
    {INSTEAD("openai", "invalid_api_key"), false, "auth_lock", 200, false,
     COST_NOTHING, NULL},
    {INSTEAD("openai", "internal"), false, "server", 200, false, COST_ESTIMATED,
     NULL},
    {INSTEAD("array", "slow_down"), false, "rate", 200, false, COST_NOTHING,
     NULL},
    {INSTEAD("vllm", "overloaded"), false, "overload", 200, false, COST_NOTHING,
     NULL},
    {INSTEAD("anthropic", "overloaded"), false, "overload", 200, false,
     COST_NOTHING, NULL},
    {INSTEAD("openai", "server_is_overloaded"), true, "overload", 200, false,
     COST_NOTHING, NULL},
};

START_TEST(f21_error_under_status_200_is_not_an_answer)
{
    failover_check(&ERRORS_200[_i]);
}

END_TEST

#define TEXT_BODY                                                              \
    "kind=status,status=200,content-type=text/plain,body=upstream connected"

static const struct failover WRONG_BODIES[] = {
    {"kind=html", false, "server", 200, false, COST_ESTIMATED, "HTML"},
    {"kind=html", true, "server", 200, false, COST_ESTIMATED, "HTML"},
    {"kind=html,body=<p>Are you human?", false, "server", 200, false,
     COST_ESTIMATED, "HTML"},
    {TEXT_BODY, false, "server", 200, false, COST_ESTIMATED, NULL},
    {TEXT_BODY, true, "server", 200, false, COST_ESTIMATED, NULL},
    {"kind=bad-json", false, "server", 200, false, COST_ESTIMATED, NULL},
    {"kind=bad-json", true, "server", 200, false, COST_ESTIMATED, NULL},
};

START_TEST(f22_body_that_is_no_answer_is_the_servers_fault)
{
    failover_check(&WRONG_BODIES[_i]);
}

END_TEST

/* A page as an error, long and with bytes that terminals obey. */
START_TEST(f22_no_more_than_256_clean_bytes_of_a_body_are_repeated)
{
    struct gateway *gw = &g;
    const json_t *result;
    const char *error;
    char spec[4096] = "kind=status,status=500,body={\"error\":{\"message\":\"";

    for (size_t i = 0; strlen(spec) < sizeof(spec) - 64; i++)
        strcat(spec, "\x1b[31mred\x07 ");
    strcat(spec, "\"}}");
    gateway_start(gw);
    (void)test_provider_fault(&g.mocks[0], spec);
    result = gateway_ask(gw, "hello", "");
    gateway_expect_answer(gw, result, "hello");
    error = value_str(result, "attempts.0.error");
    ck_assert_uint_le(strlen(error), 256);
    for (const char *at = error; *at; at++)
        ck_assert_int_ge((unsigned char)*at, ' ');
    gateway_stop(gw);
}

END_TEST

/* "" would be an answer, of no words. */
#define NULL_STREAM                                                            \
    "kind=status,status=200,content-type=text/event-stream,body=data: "        \
    "{\"choices\":[{\"index\":0\\,\"delta\":{\"role\":\"assistant\"\\,"        \
    "\"content\":null}\\,\"finish_reason\":\"stop\"}]}\\n\\ndata: [DONE]\\n\\n"

static const struct failover EMPTY[] = {
    {"kind=empty", false, "server", 200, false, COST_ESTIMATED, "empty"},
    {"kind=empty", true, "server", 200, false, COST_ESTIMATED, NULL},
    {"kind=no-choices", false, "server", 200, false, COST_ESTIMATED, "choices"},
    {"kind=no-choices", true, "server", 200, false, COST_ESTIMATED, NULL},
    {"kind=null-content", false, "server", 200, false, COST_ESTIMATED,
     "content"},
    {NULL_STREAM, true, "server", 200, false, COST_ESTIMATED, "content"},
};

START_TEST(f23_answer_without_content_is_the_servers_fault)
{
    failover_check(&EMPTY[_i]);
}

END_TEST

START_TEST(f23_last_chunk_with_usage_and_no_choices_is_fine)
{
    const json_t *result;

    gateway_start(&g);
    result = gateway_ask(&g, "hello", ", 'stream': true");
    gateway_expect_answer(&g, result, "hello");
    ck_assert_uint_eq(value_count(result, "attempts"), 1);
    ck_assert_int_eq(value_int(result, "completion_tokens"), GATEWAY_TOKENS);
    gateway_stop(&g);
}

END_TEST

/* Answers that a rule cut short are answers. */
static const struct {
    const char *prompt, *finish;
} LIMITED[] = {
    {"hello #length", "length"},
    {"hello #filter", "content_filter"},
};

static const char *const HOW[] = {"", ", 'stream': true"};

static void
expect_one_good_attempt(const json_t *result, const char *outcome)
{
    const json_t *a = gateway_target(&g, "a/m");

    ck_assert_uint_eq(value_count(result, "attempts"), 1);
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), outcome);
    ck_assert(!value_bool(result, "fallback"));
    ck_assert_int_eq(value_int(a, "successes"), 1);
    ck_assert_int_eq(value_int(a, "error_count"), 0);
    ck_assert_int_eq(value_int(a, "window_failures"), 0);
    ck_assert_int_eq(value_int(a, "window_requests"), 1);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
}

START_TEST(f53_limited_answer_is_delivered_and_not_asked_for_again)
{
    const char *prompt = LIMITED[_i / 2].prompt;
    const json_t *result;

    gateway_start(&g);
    result = gateway_ask(&g, prompt, HOW[_i % 2]);
    gateway_expect_answer(&g, result, prompt);
    ck_assert_str_eq(value_str(result, "finish_reason"),
                     LIMITED[_i / 2].finish);
    expect_one_good_attempt(result, "ok_limited");
    gateway_stop(&g);
}

END_TEST

static const char *const STREAMS[] = {"false", "true"};

START_TEST(f53_refusal_is_delivered_and_not_asked_for_again)
{
    const json_t *result;
    char *want = mock_answer_text("hello #refusal", GATEWAY_TOKENS);

    gateway_start(&g);
    result = peer_result(
        g.peer, "chat",
        "[{'model': 'default', 'stream': %s,"
        "  'messages': [{'role': 'user', 'content': 'hello #refusal'}]}]",
        STREAMS[_i]);
    ck_assert(value_bool(result, "success"));
    ck_assert_str_eq(value_str(result, "response.choices.0.message.refusal"),
                     want);
    ck_assert_uint_eq(value_count(result, "attempts"), 1);
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "successes"), 1);
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
    free(want);
    gateway_stop(&g);
}

END_TEST

/* What there is of the arguments arrives as it is, and the finish reason tells
 * that it is not all. */
START_TEST(f54_tool_call_cut_by_the_token_limit_arrives_as_far_as_it_came)
{
    static const char call[] = "response.choices.0.message.tool_calls.0."
                               "function.arguments";
    const json_t *result;
    const char *arguments;

    gateway_start(&g);
    result = peer_result(
        g.peer, "chat",
        "[{'model': 'default', 'stream': %s,"
        "  'messages': [{'role': 'user', 'content': 'hello #tool #length'}],"
        "  'tools': [{'type': 'function', 'function': {'name': 'look'}}]}]",
        STREAMS[_i]);
    ck_assert(value_bool(result, "success"));
    ck_assert_str_eq(value_str(result, "finish_reason"), "length");
    ck_assert_str_eq(value_str(result, "response.choices.0.finish_reason"),
                     "length");
    arguments = value_str(result, call);
    ck_assert_int_eq(strncmp(arguments, "{\"answer\":\"", 11), 0);
    ck_assert_ptr_null(json_loads(arguments, 0, NULL));
    expect_one_good_attempt(result, "ok_limited");
    gateway_stop(&g);
}

END_TEST

enum {
    DEFAULT_MAX_TOKENS = 4096 /* What is set aside for an answer. */
};

/* What usage may say, and what is made of it: nonsense is not believed, and
 * what is believed is charged, however much it is. */
static const struct {
    const char *fault;
    int times; /* The honest count of completion tokens; 0: estimated. */
} USAGES[] = {
    {"kind=usage,shape=negative", 0}, {"kind=usage,shape=huge", 0},
    {"kind=usage,shape=strings", 0},  {"kind=usage,shape=null", 0},
    {"kind=usage,shape=tenfold", 10}, {"kind=no-usage", 0},
};

START_TEST(f66_f67_no_usage_makes_an_answer_free_or_wraps)
{
    const json_t *result;
    int64_t tokens, cost, prompt;

    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], USAGES[_i / 2].fault);
    result = gateway_ask(&g, "hello", HOW[_i % 2]);
    gateway_expect_answer(&g, result, "hello");
    tokens = value_int(result, "completion_tokens");
    prompt = value_int(result, "prompt_tokens");
    cost = value_int(result, "cost_nanousd");
    ck_assert_int_gt(prompt, 0);
    if (USAGES[_i / 2].times > 0)
        ck_assert_int_eq(tokens, USAGES[_i / 2].times * GATEWAY_TOKENS);
    else
        ck_assert_int_eq(
            tokens, (int64_t)(strlen(value_str(result, "content")) + 3) / 4);
    if (USAGES[_i / 2].times > 0)
        ck_assert_int_eq(cost, prompt * 2000 + tokens * 8000);
    else
        ck_assert_int_ge(cost, DEFAULT_MAX_TOKENS * 8000);
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "cost_nanousd"),
                     cost);
    gateway_stop(&g);
}

END_TEST

static Suite *
answers_suite(void)
{
    Suite *s = suite_create("answers");
    TCase *tc = tcase_create("errors");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, f18_error_as_the_first_event_is_not_noticed, 0,
                        array_count(EARLY_ERRORS));
    tcase_add_loop_test(tc, f20_error_in_a_stream_is_classed_by_what_it_says, 0,
                        array_count(SHAPES));
    tcase_add_loop_test(tc, f21_error_under_status_200_is_not_an_answer, 0,
                        array_count(ERRORS_200));
    suite_add_tcase(s, tc);

    tc = tcase_create("bodies");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, f22_body_that_is_no_answer_is_the_servers_fault, 0,
                        array_count(WRONG_BODIES));
    tcase_add_test(tc, f22_no_more_than_256_clean_bytes_of_a_body_are_repeated);
    tcase_add_loop_test(tc, f23_answer_without_content_is_the_servers_fault, 0,
                        array_count(EMPTY));
    tcase_add_test(tc, f23_last_chunk_with_usage_and_no_choices_is_fine);
    suite_add_tcase(s, tc);

    tc = tcase_create("limits");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc,
                        f53_limited_answer_is_delivered_and_not_asked_for_again,
                        0, 2 * array_count(LIMITED));
    tcase_add_loop_test(tc, f53_refusal_is_delivered_and_not_asked_for_again, 0,
                        array_count(STREAMS));
    tcase_add_loop_test(
        tc, f54_tool_call_cut_by_the_token_limit_arrives_as_far_as_it_came, 0,
        array_count(STREAMS));
    tcase_add_loop_test(tc, f66_f67_no_usage_makes_an_answer_free_or_wraps, 0,
                        2 * array_count(USAGES));
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(answers_suite());
}
