/*
 * check_breaks.c - what becomes of one broken answer: who is asked to go on,
 * with which request, what the caller hears, and what is never continued.
 *
 * That the text is exact wherever it breaks is the business of check_matrix.c.
 */
#include "base/mem.h"
#include "breaks.h"
#include "mock_answer.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

START_TEST(f19_an_error_event_is_mended_by_the_next_target)
{
    const struct heard *heard;

    breaks_fault(0, "kind=error-after,after=5,code=server_is_overloaded");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    ck_assert_uint_eq(heard_count(heard, "seam"), 1);
    breaks_expect_seam(heard, 0, 5, "a/m", "b/m");
    ck_assert_str_eq(value_str(heard_event(heard, "seam", 0), "mode"),
                     "user_turn");
    ck_assert_int_eq(gateway_sends(&breaks_gateway, 0), 1);
    ck_assert_int_eq(gateway_sends(&breaks_gateway, 1), 1);
    ck_assert_str_eq(value_str(heard->result, "provider"), "b");
    ck_assert(value_bool(heard->result, "fallback"));
    ck_assert_int_eq(value_int(heard->result, "billed_attempts"), 2);
}

END_TEST

START_TEST(a_cut_is_mended_by_the_same_target)
{
    const struct heard *heard;

    breaks_fault(0, "kind=cut,after=5,count=1");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    ck_assert_str_eq(value_str(heard_event(heard, "seam", 0), "to"), "a/m");
    ck_assert_int_eq(gateway_sends(&breaks_gateway, 0), 2);
    ck_assert_int_eq(gateway_sends(&breaks_gateway, 1), 0);
}

END_TEST

START_TEST(f12_a_stall_is_mended_by_another_target)
{
    const struct heard *heard;

    breaks_fault(0, "kind=stall,after=10");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    ck_assert_int_eq(value_int(heard_event(heard, "seam", 0), "at_seq"), 10);
    ck_assert_str_eq(value_str(heard_event(heard, "seam", 0), "to"), "b/m");
    ck_assert_int_eq(
        value_int(gateway_target(&breaks_gateway, "a/m"), "failures"), 1);
}

END_TEST

START_TEST(f11_pings_are_no_progress)
{
    const struct heard *heard;

    breaks_fault(0, "kind=drip,ms=60,stream=1");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    ck_assert_str_eq(value_str(heard->result, "provider"), "b");
}

END_TEST

START_TEST(f52_the_chain_is_used_and_then_all_text_is_there)
{
    const struct heard *heard;
    int64_t partial = 0;

    for (size_t i = 0; i < 3; i++)
        breaks_fault(i, "kind=cut,after=4");
    heard = breaks_ask(breaks_stream);
    breaks_expect_broken(heard, 16);
    ck_assert_uint_eq(heard_count(heard, "seam"), 3);
    ck_assert_uint_eq(value_count(heard->result, "attempts"), 4);
    for (size_t i = 0; i < 4; i++) {
        char path[48];

        (void)snprintf(path, sizeof(path), "attempts.%zu.outcome", i);
        ck_assert_str_eq(value_str(heard->result, path), "stream_broken");
        (void)snprintf(path, sizeof(path), "attempts.%zu.cost_nanousd", i);
        partial += value_int(heard->result, path) > 0;
    }
    ck_assert_int_eq(partial, 4);
}

END_TEST

static const struct refusal {
    const char *name, *more, *body;
} REFUSALS[] = {
    {"F49: a tool call", "#tool",
     "'tools': [{'type': 'function', 'function': {'name': 'f'}}]"},
    {"reasoning", "#reasoning", "'seed': 1"},
    {"imposed structure", "", "'response_format': {'type': 'json_object'}"},
    {"several choices", "", "'n': 2"},
    {"log probabilities", "", "'logprobs': true"},
};

START_TEST(f49_what_is_more_than_prose_is_not_continued)
{
    const struct refusal *r = &REFUSALS[_i];
    const json_t *result;

    breaks_fault(0, "kind=cut,after=4");
    result = peer_result(
        breaks_gateway.peer, "chat",
        "[{'stream': true, 'model': 'default', 'messages': [{'role': 'user',"
        " 'content': 'warm %s'}], %s}]",
        r->more, r->body);
    ck_assert_msg(!value_bool(result, "success"), "%s", r->name);
    ck_assert_str_eq(value_str(result, "error_code"), "stream_broken");
    ck_assert_int_eq(gateway_sends(&breaks_gateway, 0), 1);
    ck_assert_int_eq(gateway_sends(&breaks_gateway, 1), 0);
}

END_TEST

START_TEST(tools_that_were_not_called_yet_do_not_prevent_it)
{
    const json_t *result;

    breaks_fault(0, "kind=error-after,after=4,count=1");
    result = peer_result(
        breaks_gateway.peer, "chat",
        "[{'stream': true, 'model': 'default', 'messages': [{'role': 'user',"
        " 'content': 'warm'}], 'tools': [{'type': 'function', 'function': "
        "{'name': 'f'}}]}]");
    ck_assert(value_bool(result, "success"));
    ck_assert_int_eq(gateway_sends(&breaks_gateway, 1), 1);
}

END_TEST

START_TEST(f50_the_declared_mode_is_what_is_asked)
{
    const struct heard *heard;

    breaks_fault(0, "kind=error-after,after=4");
    breaks_fault(1, "kind=reject-prefill");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    ck_assert_str_eq(value_str(heard->result, "provider"), "b");
}

END_TEST

START_TEST(f50_a_refused_request_to_go_on_is_not_the_callers_error)
{
    const struct heard *heard;

    breaks_fault(0, "kind=error-after,after=4");
    breaks_fault(1, "kind=status,status=400");
    breaks_fault(2, "kind=status,status=400");
    heard = breaks_ask(breaks_stream);
    breaks_expect_broken(heard, 4);
    ck_assert_ptr_null(strstr(value_str(heard->result, "error"), "400"));
    ck_assert_int_eq(
        value_int(gateway_target(&breaks_gateway, "b/m"), "failures"), 0);
}

END_TEST

static const char *
role_of(const json_t *messages, size_t i)
{
    return value_str(json_array_get(messages, i), "role");
}

START_TEST(the_request_to_go_on_keeps_everything_else)
{
    json_t *body;
    const json_t *messages;
    char *said = mock_answer_text(breaks_prompt, 5);

    breaks_fault(0, "kind=error-after,after=5");
    breaks_expect_whole(
        breaks_ask(", 'stream': true, 'system_message': 'Be brief.',"
                   " 'max_tokens': 1000, 'temperature': 0.25"));
    body = breaks_last_body(1);
    messages = json_object_get(body, "messages");
    ck_assert_uint_eq(json_array_size(messages), 4);
    ck_assert_str_eq(role_of(messages, 0), "system");
    ck_assert_str_eq(value_str(messages, "0.content"), "Be brief.");
    ck_assert_str_eq(value_str(messages, "1.content"), breaks_prompt);
    ck_assert_str_eq(role_of(messages, 2), "assistant");
    ck_assert_str_eq(value_str(messages, "2.content"), said);
    ck_assert_str_eq(role_of(messages, 3), "user");
    ck_assert_int_lt(value_int(body, "max_tokens"), 1000);
    ck_assert_int_ge(value_int(body, "max_tokens"), 900);
    ck_assert_double_eq_tol(value_real(body, "temperature"), 0.25, 1e-9);
    json_decref(body);
    free(said);
}

END_TEST

static const struct mode {
    const char *setting;
    const char *last_role;
    bool marked;
} MODES[] = {
    {"prefill", "assistant", false},
    {"prefix", "assistant", true},
    {"user_turn", "user", false},
};

START_TEST(each_mode_asks_in_its_own_way)
{
    const struct mode *m = &MODES[_i];
    char *model = mem_printf("continuation = \"%s\";", m->setting);
    const struct heard *heard;
    const json_t *messages;
    json_t *body;
    size_t n;

    breaks_start_with(&(struct gateway){.n_mocks = 1, .model_of_a = model});
    breaks_fault(0, "kind=cut,after=5,count=1");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    ck_assert_str_eq(value_str(heard_event(heard, "seam", 0), "mode"),
                     m->setting);
    body = breaks_last_body(0);
    messages = json_object_get(body, "messages");
    n = json_array_size(messages);
    ck_assert_str_eq(role_of(messages, n - 1), m->last_role);
    ck_assert_int_eq(json_is_true(json_object_get(
                         json_array_get(messages, n - 1), "prefix")),
                     m->marked);
    json_decref(body);
    free(model);
    breaks_stop();
}

END_TEST

START_TEST(a_model_that_cannot_be_asked_is_passed_over)
{
    const struct heard *heard;

    breaks_start_with(&(struct gateway){
        .n_mocks = 2, .model_of_a = "continuation = \"none\";"});
    breaks_fault(0, "kind=cut,after=5,count=1");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    ck_assert_int_eq(gateway_sends(&breaks_gateway, 0), 1);
    ck_assert_int_eq(gateway_sends(&breaks_gateway, 1), 1);
    breaks_stop();
}

END_TEST

START_TEST(too_few_tokens_left_are_not_worth_asking)
{
    breaks_fault(0, "kind=error-after,after=10");
    breaks_expect_broken(breaks_ask(", 'stream': true, 'max_tokens': 21"), 10);
    ck_assert_int_eq(gateway_sends(&breaks_gateway, 1), 0);
}

END_TEST

START_TEST(an_error_is_what_the_caller_wants)
{
    breaks_fault(0, "kind=cut,after=5");
    breaks_expect_broken(breaks_ask(", 'stream': true, 'on_break': 'error'"),
                         5);
    ck_assert_int_eq(gateway_sends(&breaks_gateway, 0), 1);
    ck_assert_int_eq(gateway_sends(&breaks_gateway, 1), 0);
}

END_TEST

START_TEST(a_restart_forgets_what_came_before)
{
    const struct heard *heard;

    breaks_fault(0, "kind=error-after,after=5");
    heard = breaks_ask(", 'stream': true, 'on_break': 'restart'");
    breaks_expect_whole(heard);
    ck_assert_uint_eq(heard_count(heard, "reset"), 1);
    ck_assert_uint_eq(heard_count(heard, "seam"), 0);
    ck_assert_int_eq(heard->n_deltas, 5 + GATEWAY_TOKENS);
}

END_TEST

START_TEST(a_restart_that_fails_leaves_what_there_was)
{
    breaks_fault(0, "kind=error-after,after=5");
    breaks_fault(1, "kind=status,status=500");
    breaks_fault(2, "kind=status,status=500");
    breaks_expect_broken(breaks_ask(", 'stream': true, 'on_break': 'restart'"),
                         5);
}

END_TEST

static const struct configured {
    const char *setting;
    bool whole;
} CONFIGURED[] = {
    {"stream = { on_break = \"error\"; };", false},
    {"stream = { continue_max = 0; };", false},
    {"stream = { on_break = \"error\"; };"
     "routes = ( { name = \"default\"; targets = ( \"a/m\", \"b/m\" );"
     " on_break = \"continue\"; } );",
     true},
};

START_TEST(the_route_and_the_server_may_say_what_to_do)
{
    breaks_start_with(&(struct gateway){.more = CONFIGURED[_i].setting});
    breaks_fault(0, "kind=error-after,after=5");
    if (CONFIGURED[_i].whole)
        breaks_expect_whole(breaks_ask(breaks_stream));
    else
        breaks_expect_broken(breaks_ask(breaks_stream), 5);
    breaks_stop();
}

END_TEST

START_TEST(f53_a_limit_is_an_answer)
{
    const json_t *result =
        peer_result(breaks_gateway.peer, "generate",
                    "[{'prompt': 'warm #length', 'stream': true}]");

    ck_assert(value_bool(result, "success"));
    ck_assert_str_eq(value_str(result, "finish_reason"), "length");
    ck_assert_int_eq(gateway_sends(&breaks_gateway, 0), 1);
}

END_TEST

START_TEST(tokens_and_cost_are_those_of_all_attempts)
{
    const json_t *result;
    int64_t cost = 0;

    breaks_fault(0, "kind=error-after,after=5");
    result = peer_result(
        breaks_gateway.peer, "chat",
        "[{'stream': true, 'model': 'default', 'messages': [{'role': 'user',"
        " 'content': 'warm'}]}]");
    ck_assert(value_bool(result, "success"));
    cost = value_int(result, "attempts.0.cost_nanousd")
           + value_int(result, "attempts.1.cost_nanousd");
    ck_assert_int_eq(value_int(result, "cost_nanousd"), cost);
    ck_assert_int_gt(value_int(result, "completion_tokens"), 15);
    ck_assert_int_eq(value_int(result, "response.usage.completion_tokens"),
                     value_int(result, "completion_tokens"));
    ck_assert_int_eq(value_int(result, "response.usage.prompt_tokens"),
                     value_int(result, "prompt_tokens"));
    ck_assert_str_eq(value_str(result, "response.choices.0.finish_reason"),
                     "stop");
}

END_TEST

START_TEST(a_call_may_be_cancelled_while_it_is_mended)
{
    size_t i;

    breaks_fault(0, "kind=error-after,after=5");
    breaks_fault(1, "kind=hang");
    i = hearing_ask(&breaks_hearing, breaks_prompt, breaks_stream);
    eventually(test_provider_count(&breaks_gateway.mocks[1], "sends") == 1);
    (void)peer_result(breaks_gateway.peer, "cancel", "[{'msgid': %u}]",
                      breaks_hearing.calls[i].msgid);
    gateway_expect_failure(hearing_await(&breaks_hearing, i)->result,
                           "cancelled");
    ck_assert_str_eq(value_str(breaks_hearing.calls[i].result, "partial"),
                     breaks_hearing.calls[i].text);
    ck_assert_int_eq(
        value_int(gateway_target(&breaks_gateway, "b/m"), "in_flight"), 0);
}

END_TEST

START_TEST(the_deadline_of_the_call_is_that_of_all_attempts)
{
    const struct heard *heard;

    breaks_fault(0, "kind=error-after,after=5");
    breaks_fault(1, "kind=hang");
    heard = breaks_ask(", 'stream': true, 'deadline_ms': 900");
    gateway_expect_failure(heard->result, "deadline_exceeded");
    ck_assert_str_eq(value_str(heard->result, "partial"), heard->text);
    ck_assert_uint_eq(heard->size, breaks_bytes(5));
}

END_TEST

START_TEST(what_does_not_fit_is_not_handed_on)
{
    const struct heard *heard;

    breaks_fault(0, "kind=error-after,after=10");
    breaks_fault(1, "kind=continuation,shape=diverge");
    heard = breaks_ask(breaks_stream);
    breaks_expect_whole(heard);
    ck_assert_str_eq(value_str(heard_event(heard, "seam", 0), "to"), "c/m");
    ck_assert_str_eq(value_str(heard->result, "attempts.1.outcome"),
                     "cancelled");
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("breaks");
    TCase *tc = tcase_create("breaks");
    TCase *own = tcase_create("settings");

    tcase_add_checked_fixture(tc, breaks_start, breaks_stop);
    tcase_set_timeout(tc, 60);
    tcase_set_timeout(own, 60);
    tcase_add_test(tc, f19_an_error_event_is_mended_by_the_next_target);
    tcase_add_test(tc, a_cut_is_mended_by_the_same_target);
    tcase_add_test(tc, f12_a_stall_is_mended_by_another_target);
    tcase_add_test(tc, f11_pings_are_no_progress);
    tcase_add_test(tc, f52_the_chain_is_used_and_then_all_text_is_there);
    tcase_add_loop_test(tc, f49_what_is_more_than_prose_is_not_continued, 0,
                        array_count(REFUSALS));
    tcase_add_test(tc, tools_that_were_not_called_yet_do_not_prevent_it);
    tcase_add_test(tc, f50_the_declared_mode_is_what_is_asked);
    tcase_add_test(tc, f50_a_refused_request_to_go_on_is_not_the_callers_error);
    tcase_add_test(tc, the_request_to_go_on_keeps_everything_else);
    tcase_add_test(tc, too_few_tokens_left_are_not_worth_asking);
    tcase_add_test(tc, an_error_is_what_the_caller_wants);
    tcase_add_test(tc, a_restart_forgets_what_came_before);
    tcase_add_test(tc, a_restart_that_fails_leaves_what_there_was);
    tcase_add_test(tc, f53_a_limit_is_an_answer);
    tcase_add_test(tc, tokens_and_cost_are_those_of_all_attempts);
    tcase_add_test(tc, a_call_may_be_cancelled_while_it_is_mended);
    tcase_add_test(tc, the_deadline_of_the_call_is_that_of_all_attempts);
    tcase_add_test(tc, what_does_not_fit_is_not_handed_on);
    tcase_add_loop_test(own, each_mode_asks_in_its_own_way, 0,
                        array_count(MODES));
    tcase_add_test(own, a_model_that_cannot_be_asked_is_passed_over);
    tcase_add_loop_test(own, the_route_and_the_server_may_say_what_to_do, 0,
                        array_count(CONFIGURED));
    suite_add_tcase(s, tc);
    suite_add_tcase(s, own);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
