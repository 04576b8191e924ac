/*
 * check_mock.c - that aigw-mock answers and counts as its README says.
 *
 * Everything is looked at from a raw socket, because what matters is the
 * bytes and how the connection ends.
 */
#include "base/mem.h"
#include "integ/mock_chat.h"
#include "mock_answer.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *
finish_reason(const json_t *answer)
{
    return json_string_value(
        json_object_get(mock_chat_choice(answer), "finish_reason"));
}

static int64_t
usage(const json_t *answer, const char *field)
{
    return json_integer_value(
        json_object_get(json_object_get(answer, "usage"), field));
}

START_TEST(an_answer_is_a_function_of_the_prompt)
{
    json_t *answer = mock_chat_answer("", mock_chat_prompt);

    mock_chat_assert_text(mock_chat_message(answer, "content"),
                          mock_chat_prompt, MOCK_CHAT_TOKENS);
    ck_assert_str_eq(finish_reason(answer), "stop");
    ck_assert_int_eq(usage(answer, "completion_tokens"), MOCK_CHAT_TOKENS);
    ck_assert_int_eq(usage(answer, "prompt_tokens"),
                     mock_prompt_tokens(strlen(mock_chat_prompt)));
    json_decref(answer);
}

END_TEST

START_TEST(answers_come_in_several_scripts)
{
    bool wide = false;

    for (int i = 0; i < 50; i++) {
        char text[32];
        json_t *answer;

        (void)snprintf(text, sizeof(text), "prompt %d", i);
        answer = mock_chat_answer("", text);
        mock_chat_assert_text(mock_chat_message(answer, "content"), text,
                              MOCK_CHAT_TOKENS);
        wide = wide
               || strstr(mock_chat_message(answer, "content"), "\xe2\x80\x8d");
        json_decref(answer);
    }
    ck_assert_msg(wide, "no answer had an emoji with joiners");
}

END_TEST

START_TEST(a_stream_says_the_same_as_a_whole_answer)
{
    struct wire w =
        mock_chat_ask("\"stream\":true,", mock_chat_prompt, &mock_chat_patient);
    bool whole;
    char *text = mock_chat_stream_text(&w, &whole);

    ck_assert_int_eq(whole, true);
    mock_chat_assert_text(text, mock_chat_prompt, MOCK_CHAT_TOKENS);
    ck_assert_ptr_nonnull(strstr(w.data, "data: [DONE]\n\n"));
    ck_assert_ptr_null(strstr(w.data, "usage"));
    free(text);
    free(w.data);
}

END_TEST

START_TEST(usage_follows_a_stream_that_asked_for_it)
{
    struct wire w = mock_chat_ask(
        "\"stream\":true,\"stream_options\":{\"include_usage\":true},",
        mock_chat_prompt, &mock_chat_patient);

    ck_assert_ptr_nonnull(strstr(w.data, "\"choices\":[],\"usage\":{"));
    ck_assert_ptr_nonnull(strstr(w.data, "\"usage\":null"));
    free(w.data);
}

END_TEST

START_TEST(markers_choose_the_kind_of_answer)
{
    json_t *answer = mock_chat_answer("", "#length a");

    ck_assert_str_eq(finish_reason(answer), "length");
    json_decref(answer);
    answer = mock_chat_answer("", "#filter a");
    ck_assert_str_eq(finish_reason(answer), "content_filter");
    json_decref(answer);
    answer = mock_chat_answer("", "#refusal a");
    mock_chat_assert_text(mock_chat_message(answer, "refusal"), "#refusal a",
                          MOCK_CHAT_TOKENS);
    ck_assert_ptr_null(mock_chat_message(answer, "content"));
    json_decref(answer);
    answer = mock_chat_answer("", "#reasoning a");
    mock_chat_assert_text(mock_chat_message(answer, "reasoning_content"),
                          "reasoning", 3);
    json_decref(answer);
    answer = mock_chat_answer("\"max_tokens\":2,", "short");
    mock_chat_assert_text(mock_chat_message(answer, "content"), "short", 2);
    ck_assert_str_eq(finish_reason(answer), "length");
    json_decref(answer);
    answer = mock_chat_answer("\"n\":3,", "#tokens=2 three");
    ck_assert_int_eq(json_array_size(json_object_get(answer, "choices")), 3);
    ck_assert_int_eq(usage(answer, "completion_tokens"), 6);
    json_decref(answer);
}

END_TEST

/* The arguments of the first tool call, parsed; NULL if they are no JSON. */
static json_t *
tool_arguments(const json_t *answer)
{
    const json_t *message =
        json_object_get(mock_chat_choice(answer), "message");
    const json_t *call =
        json_array_get(json_object_get(message, "tool_calls"), 0);
    const json_t *function = json_object_get(call, "function");
    const char *arguments =
        json_string_value(json_object_get(function, "arguments"));

    ck_assert_str_eq(json_string_value(json_object_get(function, "name")),
                     "weather");
    return json_loads(arguments, 0, NULL);
}

START_TEST(a_tool_call_has_arguments_that_may_be_cut)
{
    static const char tools[] =
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\"}"
        "}],";
    json_t *answer = mock_chat_answer(tools, "#tool");
    json_t *arguments = tool_arguments(answer);

    ck_assert_str_eq(finish_reason(answer), "tool_calls");
    mock_chat_assert_text(
        json_string_value(json_object_get(arguments, "answer")), "#tool", 4);
    json_decref(arguments);
    json_decref(answer);
    answer = mock_chat_answer(tools, "#tool #length");
    ck_assert_str_eq(finish_reason(answer), "length");
    ck_assert_ptr_null(tool_arguments(answer));
    json_decref(answer);
}

END_TEST

/* Asks to go on after the first two tokens; in `shape` of the continuation. */
static char *
continue_answer(const char *instruction)
{
    char *said = mock_answer_text("go on", 2);
    char *body = mem_printf(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"go "
        "on\"},{\"role\":\"assistant\",\"content\":\"%s\"}%s]}",
        said, instruction);
    struct wire w = wire_request(mock_chat_process.port, "POST", mock_chat_path,
                                 "", body, &mock_chat_patient);
    size_t size;
    bool whole;
    char *text = wire_body(&w, &size, &whole);
    json_t *answer = json_loadb(text, size, 0, NULL);
    char *content = mem_strdup(mock_chat_message(answer, "content"));

    json_decref(answer);
    free(text);
    free(w.data);
    free(body);
    free(said);
    return content;
}

/* By trailing assistant message, and by user turn. */
START_TEST(a_continuation_is_the_rest_of_the_same_text)
{
    static const char *const instructions[] = {
        "", ",{\"role\":\"user\",\"content\":\"Your previous response was "
            "interrupted and ended with x. Continue.\"}"};
    char *whole = mock_answer_text("go on", MOCK_CHAT_TOKENS);
    char *said = mock_answer_text("go on", 2);
    char *rest = continue_answer(instructions[_i]);

    ck_assert_str_eq(rest, whole + strlen(said));
    free(rest);
    free(said);
    free(whole);
}

END_TEST

START_TEST(a_continuation_may_begin_again)
{
    char *whole = mock_answer_text("go on", MOCK_CHAT_TOKENS);
    char *rest;

    mock_process_fault(&mock_chat_process, "kind=continuation,shape=restart");
    rest = continue_answer("");
    ck_assert_str_eq(rest, whole);
    free(rest);
    free(whole);
}

END_TEST

START_TEST(a_continuation_may_repeat_what_was_said)
{
    char *whole = mock_answer_text("go on", MOCK_CHAT_TOKENS);
    char *said = mock_answer_text("go on", 2);
    char *rest;

    mock_process_fault(&mock_chat_process,
                       "kind=continuation,shape=repeat,chars=5");
    rest = continue_answer("");
    ck_assert_uint_ge(strlen(rest), strlen(whole) - strlen(said) + 5);
    ck_assert_str_eq(whole + strlen(whole) - strlen(rest), rest);
    free(rest);
    free(said);
    free(whole);
}

END_TEST

START_TEST(embeddings_are_a_function_of_the_input)
{
    struct wire w = wire_request(
        mock_chat_process.port, "POST", "/v1/embeddings", "",
        "{\"model\":\"e\",\"input\":[\"a\",\"b\"],\"dimensions\":4}",
        &mock_chat_patient);
    size_t size;
    bool whole;
    char *body = wire_body(&w, &size, &whole);
    json_t *answer = json_loadb(body, size, 0, NULL);
    const json_t *item = json_array_get(json_object_get(answer, "data"), 1);
    const json_t *vector = json_object_get(item, "embedding");

    ck_assert_int_eq(json_array_size(vector), 4);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_double_eq(json_number_value(json_array_get(vector, i)),
                            (double)mock_embedding("b", i));
    }
    json_decref(answer);
    free(body);
    free(w.data);
}

END_TEST

static json_t *
prompt_stats(void)
{
    struct wire w = wire_request(mock_chat_process.port, "GET",
                                 "/__mock/stats?prompt=Why+is+the%20sky+blue"
                                 "%3F",
                                 "", "", &mock_chat_patient);
    size_t size;
    bool whole;
    char *body = wire_body(&w, &size, &whole);
    json_t *stats = json_loadb(body, size, 0, NULL);

    free(body);
    free(w.data);
    return stats;
}

static int64_t
field(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

START_TEST(the_bill_is_for_tokens_that_were_generated)
{
    int64_t prompt_tokens = mock_prompt_tokens(strlen(mock_chat_prompt));
    int64_t completion_tokens = MOCK_CHAT_TOKENS + 2;
    struct wire w;
    json_t *stats;

    ck_assert_int_eq(mock_chat_status(), 200);
    mock_process_fault(&mock_chat_process, "kind=cut,after=2,count=1");
    w = mock_chat_ask("\"stream\":true,", mock_chat_prompt, &mock_chat_patient);
    free(w.data);
    mock_process_fault(&mock_chat_process, "kind=status,count=1");
    ck_assert_int_eq(mock_chat_status(), 500);
    stats = prompt_stats();
    ck_assert_int_eq(field(stats, "sends"), 3);
    ck_assert_int_eq(field(stats, "prompt_tokens"), 2 * prompt_tokens);
    ck_assert_int_eq(field(stats, "completion_tokens"), completion_tokens);
    ck_assert_int_eq(field(stats, "bill_nanousd"),
                     2 * prompt_tokens * 2000 + completion_tokens * 8000);
    json_decref(stats);
    ck_assert_int_eq(mock_process_stat(&mock_chat_process, "billed"), 2);
    ck_assert_int_eq(mock_process_reset(&mock_chat_process), 0);
    ck_assert_int_eq(mock_process_stat(&mock_chat_process, "sends"), 0);
}

END_TEST

START_TEST(the_last_request_is_shown_with_its_key)
{
    json_t *stats;
    const json_t *last;

    ck_assert_int_eq(mock_chat_status(), 200);
    stats = mock_process_stats(&mock_chat_process);
    last = json_object_get(stats, "last");
    ck_assert_str_eq(json_string_value(json_object_get(
                         json_object_get(last, "headers"), "authorization")),
                     "Bearer k-secret");
    ck_assert_ptr_nonnull(
        strstr(json_string_value(json_object_get(last, "body")), "sky blue"));
    json_decref(stats);
}

END_TEST

/* Two requests in one piece, and one that comes byte by byte. */
START_TEST(requests_may_be_pipelined_and_split)
{
    static const char two[] = "GET /v1/models HTTP/1.1\r\nHost: m\r\n\r\n"
                              "GET /v1/models HTTP/1.1\r\nHost: m\r\n\r\n";
    static const char last[] = "GET /v1/models HTTP/1.1\r\nHost: m\r\n"
                               "Connection: close\r\n\r\n";
    int fd = wire_connect(mock_chat_process.port);
    struct wire w;
    json_t *stats;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_gt(write(fd, two, sizeof(two) - 1), 0);
    for (size_t i = 0; i + 2 < sizeof(last); i++) {
        ck_assert_int_eq(write(fd, last + i, 1), 1);
    }
    w = wire_talk(fd, last + sizeof(last) - 2, 1, &mock_chat_patient);
    ck_assert_int_eq(w.end, WIRE_EOF);
    stats = mock_process_stats(&mock_chat_process);
    ck_assert_int_eq(field(json_object_get(stats, "requests"), "models"), 3);
    json_decref(stats);
    free(w.data);
    close(fd);
}

END_TEST

START_TEST(a_chunked_request_body_is_understood)
{
    char *body = mock_chat_body("", mock_chat_prompt);
    char *request = mem_printf(
        "POST %s HTTP/1.1\r\nHost: m\r\nConnection: close\r\n"
        "Transfer-Encoding: chunked\r\n\r\n5\r\n%.5s\r\n%zx\r\n%s\r\n0\r\n\r\n",
        mock_chat_path, body, strlen(body) - 5, body + 5);
    int fd = wire_connect(mock_chat_process.port);
    struct wire w = wire_talk(fd, request, strlen(request), &mock_chat_patient);

    ck_assert_int_eq(wire_status(&w), 200);
    close(fd);
    free(w.data);
    free(request);
    free(body);
}

END_TEST

START_TEST(only_the_given_keys_are_good)
{
    static const char *const args[] = {"--key", "right", NULL};
    struct mock_process strict;
    struct wire w;

    ck_assert_int_eq(mock_process_start(&strict, args), 0);
    w = wire_request(strict.port, "GET", "/models",
                     "Authorization: Bearer wrong\r\n", "", &mock_chat_patient);
    ck_assert_int_eq(wire_status(&w), 401);
    free(w.data);
    w = wire_request(strict.port, "GET", "/models",
                     "Authorization: Bearer right\r\n", "", &mock_chat_patient);
    ck_assert_int_eq(wire_status(&w), 200);
    free(w.data);
    ck_assert_int_eq(mock_process_stop(&strict), 0);
}

END_TEST

static Suite *
mock_suite(void)
{
    Suite *suite = suite_create("mock");
    TCase *tc = mock_chat_case(suite, "answers");

    tcase_add_test(tc, an_answer_is_a_function_of_the_prompt);
    tcase_add_test(tc, answers_come_in_several_scripts);
    tcase_add_test(tc, a_stream_says_the_same_as_a_whole_answer);
    tcase_add_test(tc, usage_follows_a_stream_that_asked_for_it);
    tcase_add_test(tc, markers_choose_the_kind_of_answer);
    tcase_add_test(tc, a_tool_call_has_arguments_that_may_be_cut);
    tcase_add_loop_test(tc, a_continuation_is_the_rest_of_the_same_text, 0, 2);
    tcase_add_test(tc, a_continuation_may_begin_again);
    tcase_add_test(tc, a_continuation_may_repeat_what_was_said);
    tcase_add_test(tc, embeddings_are_a_function_of_the_input);
    tcase_add_test(tc, requests_may_be_pipelined_and_split);
    tcase_add_test(tc, a_chunked_request_body_is_understood);
    tcase_add_test(tc, only_the_given_keys_are_good);

    tc = mock_chat_case(suite, "books");
    tcase_add_test(tc, the_bill_is_for_tokens_that_were_generated);
    tcase_add_test(tc, the_last_request_is_shown_with_its_key);
    return suite;
}

int
main(void)
{
    return suite_main(mock_suite());
}
