/*
 * check_mock.c - that aigw-mock answers, fails and counts as its README says.
 *
 * Everything is looked at from a raw socket, because what matters is the
 * bytes and how the connection ends.
 */
#include "base/mem.h"
#include "mock_answer.h"
#include "mock_process.h"
#include "support/suite.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    TOKENS = 6
};

static const struct wire_limits patient = {.timeout_ms = 10000};
static const struct wire_limits brief = {.timeout_ms = 300};
static const char chat_path[] = "/v1/chat/completions";
static const char prompt[] = "Why is the sky blue?";
static struct mock_process mock;

static void
start(void)
{
    static const char *const args[] = {"--tokens",    "6", "--price-in", "2",
                                       "--price-out", "8", NULL};

    ck_assert_int_eq(mock_process_start(&mock, args), 0);
}

/* An exit code other than 0 is also how a sanitizer speaks. */
static void
stop(void)
{
    ck_assert_int_eq(mock_process_stop(&mock), 0);
}

/* A request body; `fields` is what precedes the messages. To be freed. */
static char *
chat_body(const char *fields, const char *text)
{
    return mem_printf("{\"model\":\"m\",%s\"messages\":[{\"role\":\"user\","
                      "\"content\":\"%s\"}]}",
                      fields, text);
}

static struct wire
ask_raw(const char *fields, const char *text, const struct wire_limits *limits)
{
    char *body = chat_body(fields, text);
    struct wire w =
        wire_request(mock.port, "POST", chat_path,
                     "Authorization: Bearer k-secret\r\n", body, limits);

    free(body);
    return w;
}

static json_t *
ask_json(const char *fields, const char *text)
{
    struct wire w = ask_raw(fields, text, &patient);
    size_t size;
    bool whole;
    char *body = wire_body(&w, &size, &whole);
    json_t *answer = json_loadb(body, size, 0, NULL);

    ck_assert_int_eq(wire_status(&w), 200);
    ck_assert_int_eq(whole, true);
    ck_assert_ptr_nonnull(answer);
    free(body);
    free(w.data);
    return answer;
}

static const json_t *
first_choice(const json_t *answer)
{
    return json_array_get(json_object_get(answer, "choices"), 0);
}

static const char *
message_field(const json_t *answer, const char *field)
{
    return json_string_value(json_object_get(
        json_object_get(first_choice(answer), "message"), field));
}

static const char *
finish_reason(const json_t *answer)
{
    return json_string_value(
        json_object_get(first_choice(answer), "finish_reason"));
}

static int64_t
usage(const json_t *answer, const char *field)
{
    return json_integer_value(
        json_object_get(json_object_get(answer, "usage"), field));
}

static void
assert_text(const char *got, const char *for_prompt, unsigned tokens)
{
    char *want = mock_answer_text(for_prompt, tokens);

    ck_assert_str_eq(got, want);
    free(want);
}

/* Appends to `text` what one event says. */
static void
read_event(const char *line, size_t size, char *text)
{
    json_t *event = json_loadb(line, size, 0, NULL);
    const char *content = json_string_value(json_object_get(
        json_object_get(first_choice(event), "delta"), "content"));

    if (content != NULL) {
        memcpy(text + strlen(text), content, strlen(content) + 1);
    }
    json_decref(event);
}

/* The content of all whole events; to be freed. */
static char *
stream_text(const struct wire *w, bool *ret_whole)
{
    size_t size;
    char *body = wire_body(w, &size, ret_whole);
    char *text = mem_new(size + 1);
    const char *at = body;

    while ((at = strstr(at, "data: ")) != NULL) {
        const char *end = strstr(at, "\n\n");

        if (end == NULL) {
            break;
        }
        read_event(at + 6, (size_t)(end - at - 6), text);
        at = end;
    }
    free(body);
    return text;
}

START_TEST(an_answer_is_a_function_of_the_prompt)
{
    json_t *answer = ask_json("", prompt);

    assert_text(message_field(answer, "content"), prompt, TOKENS);
    ck_assert_str_eq(finish_reason(answer), "stop");
    ck_assert_int_eq(usage(answer, "completion_tokens"), TOKENS);
    ck_assert_int_eq(usage(answer, "prompt_tokens"),
                     mock_prompt_tokens(strlen(prompt)));
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
        answer = ask_json("", text);
        assert_text(message_field(answer, "content"), text, TOKENS);
        wide = wide || strstr(message_field(answer, "content"), "\xe2\x80\x8d");
        json_decref(answer);
    }
    ck_assert_msg(wide, "no answer had an emoji with joiners");
}

END_TEST

START_TEST(a_stream_says_the_same_as_a_whole_answer)
{
    struct wire w = ask_raw("\"stream\":true,", prompt, &patient);
    bool whole;
    char *text = stream_text(&w, &whole);

    ck_assert_int_eq(whole, true);
    assert_text(text, prompt, TOKENS);
    ck_assert_ptr_nonnull(strstr(w.data, "data: [DONE]\n\n"));
    ck_assert_ptr_null(strstr(w.data, "usage"));
    free(text);
    free(w.data);
}

END_TEST

START_TEST(usage_follows_a_stream_that_asked_for_it)
{
    struct wire w =
        ask_raw("\"stream\":true,\"stream_options\":{\"include_usage\":true},",
                prompt, &patient);

    ck_assert_ptr_nonnull(strstr(w.data, "\"choices\":[],\"usage\":{"));
    ck_assert_ptr_nonnull(strstr(w.data, "\"usage\":null"));
    free(w.data);
}

END_TEST

START_TEST(markers_choose_the_kind_of_answer)
{
    json_t *answer = ask_json("", "#length a");

    ck_assert_str_eq(finish_reason(answer), "length");
    json_decref(answer);
    answer = ask_json("", "#filter a");
    ck_assert_str_eq(finish_reason(answer), "content_filter");
    json_decref(answer);
    answer = ask_json("", "#refusal a");
    assert_text(message_field(answer, "refusal"), "#refusal a", TOKENS);
    ck_assert_ptr_null(message_field(answer, "content"));
    json_decref(answer);
    answer = ask_json("", "#reasoning a");
    assert_text(message_field(answer, "reasoning_content"), "reasoning", 3);
    json_decref(answer);
    answer = ask_json("\"max_tokens\":2,", "short");
    assert_text(message_field(answer, "content"), "short", 2);
    ck_assert_str_eq(finish_reason(answer), "length");
    json_decref(answer);
    answer = ask_json("\"n\":3,", "#tokens=2 three");
    ck_assert_int_eq(json_array_size(json_object_get(answer, "choices")), 3);
    ck_assert_int_eq(usage(answer, "completion_tokens"), 6);
    json_decref(answer);
}

END_TEST

/* The arguments of the first tool call, parsed; NULL if they are no JSON. */
static json_t *
tool_arguments(const json_t *answer)
{
    const json_t *message = json_object_get(first_choice(answer), "message");
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
    json_t *answer = ask_json(tools, "#tool");
    json_t *arguments = tool_arguments(answer);

    ck_assert_str_eq(finish_reason(answer), "tool_calls");
    assert_text(json_string_value(json_object_get(arguments, "answer")),
                "#tool", 4);
    json_decref(arguments);
    json_decref(answer);
    answer = ask_json(tools, "#tool #length");
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
    struct wire w =
        wire_request(mock.port, "POST", chat_path, "", body, &patient);
    size_t size;
    bool whole;
    char *text = wire_body(&w, &size, &whole);
    json_t *answer = json_loadb(text, size, 0, NULL);
    char *content = mem_strdup(message_field(answer, "content"));

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
    char *whole = mock_answer_text("go on", TOKENS);
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
    char *whole = mock_answer_text("go on", TOKENS);
    char *rest;

    mock_process_fault(&mock, "kind=continuation,shape=restart");
    rest = continue_answer("");
    ck_assert_str_eq(rest, whole);
    free(rest);
    free(whole);
}

END_TEST

START_TEST(a_continuation_may_repeat_what_was_said)
{
    char *whole = mock_answer_text("go on", TOKENS);
    char *said = mock_answer_text("go on", 2);
    char *rest;

    mock_process_fault(&mock, "kind=continuation,shape=repeat,chars=5");
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
        mock.port, "POST", "/v1/embeddings", "",
        "{\"model\":\"e\",\"input\":[\"a\",\"b\"],\"dimensions\":4}", &patient);
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

/* What a fault does to one chat request. */
struct row {
    const char *spec;
    const char *holds; /* NULL: anything. */
    int status;        /* -1: no response head. */
    enum wire_end end;
    int text_tokens; /* Of a stream: tokens in whole events; -1: any. */
    bool stream;
    bool whole;
};

static const struct row rows[] = {
    {"kind=status,status=503,retry-after=7", "retry-after: 7\r\n", 503,
     WIRE_EOF, -1, false, true},
    {"kind=status,code=insufficient_quota", "\"code\":\"insufficient_quota\"",
     429, WIRE_EOF, -1, true, true},
    {"kind=status,status=529,header=X-A: b\\,c,body={}", "X-A: b,c\r\n", 529,
     WIRE_EOF, -1, false, true},
    {"kind=latency,ms=30", NULL, 200, WIRE_EOF, -1, false, true},
    {"kind=hang", NULL, -1, WIRE_TIMEOUT, -1, false, false},
    {"kind=drop", NULL, -1, WIRE_EOF, -1, false, false},
    {"kind=drop-reset", NULL, -1, WIRE_RESET, -1, false, false},
    {"kind=silence", NULL, 200, WIRE_TIMEOUT, 0, true, false},
    {"kind=stall,after=3", NULL, 200, WIRE_TIMEOUT, 3, true, false},
    {"kind=stall,after=3,ms=20", NULL, 200, WIRE_EOF, TOKENS, true, true},
    {"kind=stall", NULL, 200, WIRE_TIMEOUT, -1, false, false},
    {"kind=cut,after=4", NULL, 200, WIRE_EOF, 4, true, false},
    {"kind=cut", NULL, 200, WIRE_EOF, -1, false, false},
    {"kind=cut-utf8,after=2,match=Why", NULL, 200, WIRE_EOF, 2, true, false},
    {"kind=cut-json,after=2", NULL, 200, WIRE_EOF, 2, true, false},
    {"kind=cut-line,after=2", NULL, 200, WIRE_EOF, 2, true, false},
    {"kind=reset,after=1", NULL, 200, WIRE_RESET, -1, true, false},
    {"kind=empty", "Content-Length: 0\r\n", 200, WIRE_EOF, -1, false, true},
    {"kind=empty", "text/event-stream", 200, WIRE_EOF, 0, true, true},
    {"kind=no-choices", "\"choices\":[]", 200, WIRE_EOF, -1, false, true},
    {"kind=no-choices", NULL, 200, WIRE_EOF, 0, true, true},
    {"kind=null-content", "\"content\":null", 200, WIRE_EOF, -1, false, true},
    {"kind=html", "<!DOCTYPE html>", 200, WIRE_EOF, -1, false, true},
    {"kind=content-type,type=text/plain", "Content-Type: text/plain\r\n", 200,
     WIRE_EOF, -1, false, true},
    {"kind=bad-json", "[{]", 200, WIRE_EOF, -1, false, true},
    {"kind=bad-json", "[{]\n\n", 200, WIRE_EOF, 0, true, true},
    {"kind=error-200,code=server_is_overloaded", "{\"error\":{", 200, WIRE_EOF,
     -1, false, true},
    {"kind=error-200,shape=vllm", "{\"object\":\"error\"", 200, WIRE_EOF, -1,
     false, true},
    {"kind=error-200,shape=array", "[{\"error\"", 200, WIRE_EOF, -1, false,
     true},
    {"kind=error-first,shape=anthropic",
     "event: error\ndata: {\"type\":\"error\"", 200, WIRE_EOF, 0, true, true},
    {"kind=error-after,after=5", "data: {\"error\":{", 200, WIRE_EOF, 5, true,
     true},
    {"kind=error-after,after=2,shape=groq", "event: error\n", 200, WIRE_EOF, 2,
     true, true},
    {"kind=error-after,after=2,shape=openrouter", "\"finish_reason\":\"error\"",
     200, WIRE_EOF, 2, true, true},
    {"kind=malformed,after=3", "{]\n\n", 200, WIRE_EOF, 3, true, true},
    {"kind=drip,ms=1", NULL, 200, WIRE_EOF, -1, false, true},
    {"kind=drip,ms=0,headers=1", NULL, 200, WIRE_EOF, TOKENS, true, true},
    {"kind=pings,ms=5,pings=3", ": OPENROUTER PROCESSING\n\n", 200, WIRE_EOF,
     TOKENS, true, true},
    {"kind=pings,ms=5,pings=3", "\r\n\n\r\n000", 200, WIRE_EOF, -1, false,
     true},
    {"kind=no-done", "\"finish_reason\":\"stop\"", 200, WIRE_EOF, TOKENS, true,
     true},
    {"kind=no-finish", "data: [DONE]", 200, WIRE_EOF, TOKENS, true, true},
    {"kind=usage,shape=negative", "\"completion_tokens\":-6", 200, WIRE_EOF, -1,
     false, true},
    {"kind=usage,shape=strings", "\"prompt_tokens\":\"many\"", 200, WIRE_EOF,
     -1, false, true},
    {"kind=ratelimit,remaining=3,reset=20ms",
     "x-ratelimit-reset-requests: 20ms\r\n", 200, WIRE_EOF, -1, false, true},
    {"kind=headers,header=retry-after: 9", "retry-after: 9\r\n", 200, WIRE_EOF,
     -1, false, true},
    {"kind=echo-key", "k-secret", 401, WIRE_EOF, -1, false, true},
    {"kind=redirect,location=http://127.0.0.9/",
     "Location: http://127.0.0.9/\r\n", 302, WIRE_EOF, -1, false, true},
    {"kind=big-header,bytes=300000", "X-Big: abc", 200, WIRE_EOF, -1, false,
     true},
    {"kind=tiny-events,events=2500,shape=empty", "data: {}\n\ndata: {}\n\n",
     200, WIRE_EOF, 0, true, true},
};

static void
assert_row(const struct row *row, const struct wire *w)
{
    bool whole;
    char *text = stream_text(w, &whole);

    ck_assert_msg(wire_status(w) == row->status, "%s: status %d", row->spec,
                  wire_status(w));
    ck_assert_msg(w->end == row->end, "%s: end %d", row->spec, (int)w->end);
    if (row->status > 0) {
        ck_assert_msg(whole == row->whole, "%s: whole %d", row->spec, whole);
    }
    ck_assert_msg(row->holds == NULL || strstr(w->data, row->holds) != NULL,
                  "%s: no %s in %s", row->spec, row->holds, w->data);
    if (row->text_tokens >= 0) {
        assert_text(text, prompt, (unsigned)row->text_tokens);
    }
    free(text);
}

/* F05, F07-F16, F18-F25, F30, F67, F81, F82 need these from a provider. */
START_TEST(a_fault_breaks_one_request_and_expires)
{
    const struct row *row = &rows[_i];
    char *spec = mem_printf("%s,count=1", row->spec);
    const char *fields = row->stream ? "\"stream\":true," : "";
    const struct wire_limits *limits =
        row->end == WIRE_TIMEOUT ? &brief : &patient;
    struct wire w;
    json_t *answer;

    ck_assert_int_gt(mock_process_fault(&mock, spec), 0);
    w = ask_raw(fields, prompt, limits);
    assert_row(row, &w);
    answer = ask_json("", prompt);
    assert_text(message_field(answer, "content"), prompt, TOKENS);
    ck_assert_int_eq(mock_process_stat(&mock, "sends"), 2);
    json_decref(answer);
    free(w.data);
    free(spec);
}

END_TEST

START_TEST(a_cut_inside_a_character_leaves_half_of_one)
{
    struct wire w;
    size_t size;
    bool whole;
    char *body;

    mock_process_fault(&mock, "kind=cut-utf8,after=2");
    w = ask_raw("\"stream\":true,", "prompt 3", &patient);
    body = wire_body(&w, &size, &whole);
    ck_assert_int_eq(whole, false);
    ck_assert_int_ge((unsigned char)body[size - 1], 0xc0);
    free(body);
    free(w.data);
}

END_TEST

static int
ask_status(void)
{
    struct wire w = ask_raw("", prompt, &patient);
    int status = wire_status(&w);

    free(w.data);
    return status;
}

START_TEST(skip_and_every_choose_requests)
{
    static const int want[] = {200, 200, 500, 200, 500, 200};

    mock_process_fault(&mock, "kind=status,skip=1,every=2");
    for (size_t i = 0; i < array_count(want); i++) {
        ck_assert_int_eq(ask_status(), want[i]);
    }
}

END_TEST

START_TEST(faults_hit_only_whom_they_name)
{
    mock_process_fault(&mock, "kind=status,match=other prompt");
    mock_process_fault(&mock, "kind=status,auth=another-key");
    mock_process_fault(&mock, "kind=status,stream=1");
    mock_process_fault(&mock, "kind=status,reused=1");
    mock_process_fault(&mock, "kind=status,continuation=1");
    mock_process_fault(&mock, "kind=status,path=models");
    ck_assert_int_eq(ask_status(), 200);
    mock_process_fault(&mock, "kind=status,auth=k-secret,status=403");
    ck_assert_int_eq(ask_status(), 403);
}

END_TEST

/* F37, F38: a probe and a completion can fare differently. */
START_TEST(models_can_fail_alone)
{
    struct wire w;

    mock_process_fault(&mock, "kind=status,status=404,path=models");
    w = wire_request(mock.port, "GET", "/v1/models", "", "", &patient);
    ck_assert_int_eq(wire_status(&w), 404);
    free(w.data);
    ck_assert_int_eq(ask_status(), 200);
}

END_TEST

START_TEST(a_rate_hits_about_that_share)
{
    int hits = 0;

    mock_process_fault(&mock, "kind=status,rate=0.5");
    for (int i = 0; i < 100; i++) {
        hits += ask_status() == 500;
    }
    ck_assert_int_gt(hits, 25);
    ck_assert_int_lt(hits, 75);
}

END_TEST

/* F01. */
START_TEST(a_refusing_mock_accepts_nothing_until_healed)
{
    struct wire w;

    mock_process_fault(&mock, "kind=refuse");
    w = ask_raw("", prompt, &patient);
    ck_assert_int_eq(w.end, WIRE_REFUSED);
    free(w.data);
    ck_assert_int_eq(mock_process_stat(&mock, "sends"), 0);
    ck_assert_int_eq(mock_process_heal(&mock), 0);
    ck_assert_int_eq(ask_status(), 200);
}

END_TEST

START_TEST(an_accepted_connection_can_be_reset)
{
    struct wire w;

    mock_process_fault(&mock, "kind=accept-reset,count=1");
    w = ask_raw("", prompt, &patient);
    ck_assert_int_eq(wire_status(&w), -1);
    free(w.data);
    ck_assert_int_eq(ask_status(), 200);
    ck_assert_int_eq(mock_process_stat(&mock, "sends"), 1);
}

END_TEST

START_TEST(what_has_no_end_goes_on_until_the_peer_leaves)
{
    static const char *const specs[] = {"kind=infinite-body",
                                        "kind=gzip-bomb,bytes=99999999999",
                                        "kind=tiny-events"};
    static const struct wire_limits much = {.timeout_ms = 10000,
                                            .max = 1 << 21};

    for (size_t i = 0; i < array_count(specs); i++) {
        struct wire w;

        mock_process_fault(&mock, specs[i]);
        w = ask_raw("\"stream\":true,", prompt, &much);
        ck_assert_int_eq(w.end, WIRE_FULL);
        free(w.data);
        ck_assert(mock_process_await(&mock, "aborted", (int64_t)i + 1, 5000));
        mock_process_heal(&mock);
    }
}

END_TEST

static json_t *
prompt_stats(void)
{
    struct wire w = wire_request(mock.port, "GET",
                                 "/__mock/stats?prompt=Why+is+the%20sky+blue"
                                 "%3F",
                                 "", "", &patient);
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
    int64_t prompt_tokens = mock_prompt_tokens(strlen(prompt));
    int64_t completion_tokens = TOKENS + 2;
    struct wire w;
    json_t *stats;

    ck_assert_int_eq(ask_status(), 200);
    mock_process_fault(&mock, "kind=cut,after=2,count=1");
    w = ask_raw("\"stream\":true,", prompt, &patient);
    free(w.data);
    mock_process_fault(&mock, "kind=status,count=1");
    ck_assert_int_eq(ask_status(), 500);
    stats = prompt_stats();
    ck_assert_int_eq(field(stats, "sends"), 3);
    ck_assert_int_eq(field(stats, "prompt_tokens"), 2 * prompt_tokens);
    ck_assert_int_eq(field(stats, "completion_tokens"), completion_tokens);
    ck_assert_int_eq(field(stats, "bill_nanousd"),
                     2 * prompt_tokens * 2000 + completion_tokens * 8000);
    json_decref(stats);
    ck_assert_int_eq(mock_process_stat(&mock, "billed"), 2);
    ck_assert_int_eq(mock_process_reset(&mock), 0);
    ck_assert_int_eq(mock_process_stat(&mock, "sends"), 0);
}

END_TEST

START_TEST(the_last_request_is_shown_with_its_key)
{
    json_t *stats;
    const json_t *last;

    ck_assert_int_eq(ask_status(), 200);
    stats = mock_process_stats(&mock);
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
    int fd = wire_connect(mock.port);
    struct wire w;
    json_t *stats;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_gt(write(fd, two, sizeof(two) - 1), 0);
    for (size_t i = 0; i + 2 < sizeof(last); i++) {
        ck_assert_int_eq(write(fd, last + i, 1), 1);
    }
    w = wire_talk(fd, last + sizeof(last) - 2, 1, &patient);
    ck_assert_int_eq(w.end, WIRE_EOF);
    stats = mock_process_stats(&mock);
    ck_assert_int_eq(field(json_object_get(stats, "requests"), "models"), 3);
    json_decref(stats);
    free(w.data);
    close(fd);
}

END_TEST

START_TEST(a_chunked_request_body_is_understood)
{
    char *body = chat_body("", prompt);
    char *request = mem_printf(
        "POST %s HTTP/1.1\r\nHost: m\r\nConnection: close\r\n"
        "Transfer-Encoding: chunked\r\n\r\n5\r\n%.5s\r\n%zx\r\n%s\r\n0\r\n\r\n",
        chat_path, body, strlen(body) - 5, body + 5);
    int fd = wire_connect(mock.port);
    struct wire w = wire_talk(fd, request, strlen(request), &patient);

    ck_assert_int_eq(wire_status(&w), 200);
    close(fd);
    free(w.data);
    free(request);
    free(body);
}

END_TEST

START_TEST(a_bad_fault_is_refused_by_name)
{
    struct wire w = wire_request(mock.port, "POST", "/__mock/faults", "",
                                 "kind=cut\nkind=status,colour=red", &patient);

    ck_assert_int_eq(wire_status(&w), 400);
    ck_assert_ptr_nonnull(strstr(w.data, "colour"));
    ck_assert_int_eq(ask_status(), 200);
    free(w.data);
}

END_TEST

START_TEST(only_the_given_keys_are_good)
{
    static const char *const args[] = {"--key", "right", NULL};
    struct mock_process strict;
    struct wire w;

    ck_assert_int_eq(mock_process_start(&strict, args), 0);
    w = wire_request(strict.port, "GET", "/models",
                     "Authorization: Bearer wrong\r\n", "", &patient);
    ck_assert_int_eq(wire_status(&w), 401);
    free(w.data);
    w = wire_request(strict.port, "GET", "/models",
                     "Authorization: Bearer right\r\n", "", &patient);
    ck_assert_int_eq(wire_status(&w), 200);
    free(w.data);
    ck_assert_int_eq(mock_process_stop(&strict), 0);
}

END_TEST

/* F04: what speaks no TLS reaches no HTTP. */
START_TEST(a_tls_mock_sees_no_http_without_a_handshake)
{
    static const char *const args[] = {"--tls", AIGW_MOCK_CERTS "/good.pem",
                                       AIGW_MOCK_CERTS "/good.key", NULL};
    struct mock_process secure;
    struct wire w;

    ck_assert_int_eq(mock_process_start(&secure, args), 0);
    w = wire_request(secure.port, "GET", "/models", "", "", &patient);
    ck_assert_int_eq(wire_status(&w), -1);
    ck_assert(mock_process_await(&secure, "tls_failures", 1, 5000));
    ck_assert_int_eq(mock_process_stat(&secure, "http_bytes"), 0);
    free(w.data);
    ck_assert_int_eq(mock_process_stop(&secure), 0);
}

END_TEST

static size_t
keep_body(char *data, size_t size, size_t n, void *ctx)
{
    char *text = ctx;
    size_t room = 4095 - strlen(text);

    (void)strncat(text, data, n < room ? n : room);
    return size * n;
}

/* Asks over HTTP/2 on one handle, so that connections are reused; `ret_text`
 * has 4096 bytes.  The status, 0 if there was none. */
static long
ask_h2(CURL *easy, const struct mock_process *p, char *ret_text)
{
    char *body = chat_body("", prompt);
    char *url = mem_printf("https://127.0.0.1:%d%s", p->port, chat_path);
    long status = 0;

    ret_text[0] = '\0';
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_CAINFO, AIGW_MOCK_CERTS "/ca.pem");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, ret_text);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 10000L);
    if (curl_easy_perform(easy) == CURLE_OK) {
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    }
    free(url);
    free(body);
    return status;
}

/* F06: the first request is answered, the second taken back on the same
 * connection, and what is not seen is not billed. */
START_TEST(an_http2_mock_bills_only_what_it_answered)
{
    static const char *const args[] = {"--tls",
                                       AIGW_MOCK_CERTS "/good.pem",
                                       AIGW_MOCK_CERTS "/good.key",
                                       "--goaway",
                                       "2",
                                       NULL};
    struct mock_process h2;
    CURL *easy = curl_easy_init();
    char *want = mock_answer_text(prompt, 20);
    char text[4096];

    ck_assert_int_eq(mock_process_start_h2(&h2, args), 0);
    ck_assert_int_eq(ask_h2(easy, &h2, text), 200);
    ck_assert_ptr_nonnull(strstr(text, want));
    ask_h2(easy, &h2, text);
    ck_assert_int_eq(ask_h2(easy, &h2, text), 200);
    ck_assert_int_eq(mock_process_stat(&h2, "goaways"), 1);
    ck_assert_int_eq(mock_process_stat(&h2, "billed"),
                     mock_process_stat(&h2, "requests") - 1);
    ck_assert_int_ge(mock_process_stat(&h2, "connections"), 2);
    free(want);
    curl_easy_cleanup(easy);
    curl_global_cleanup();
    ck_assert_int_eq(mock_process_stop(&h2), 0);
}

END_TEST

/* F04: the handshake fails or is given up, and no HTTP follows. */
START_TEST(a_bad_certificate_gets_no_request)
{
    static const char *const names[] = {"expired", "wronghost"};
    char *cert = mem_printf("%s/%s.pem", AIGW_MOCK_CERTS, names[_i]);
    char *key = mem_printf("%s/%s.key", AIGW_MOCK_CERTS, names[_i]);
    const char *const args[] = {"--tls", cert, key, NULL};
    struct mock_process bad;
    CURL *easy = curl_easy_init();
    char text[4096];

    ck_assert_int_eq(mock_process_start(&bad, args), 0);
    ck_assert_int_eq(ask_h2(easy, &bad, text), 0);
    ck_assert_int_eq(mock_process_stat(&bad, "connections_total"), 1);
    ck_assert_int_eq(mock_process_stat(&bad, "http_bytes"), 0);
    curl_easy_cleanup(easy);
    curl_global_cleanup();
    ck_assert_int_eq(mock_process_stop(&bad), 0);
    free(cert);
    free(key);
}

END_TEST

static TCase *
add_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, start, stop);
    tcase_set_timeout(tc, 60);
    suite_add_tcase(suite, tc);
    return tc;
}

static Suite *
mock_suite(void)
{
    Suite *suite = suite_create("mock");
    TCase *tc = add_case(suite, "answers");

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

    tc = add_case(suite, "faults");
    tcase_add_loop_test(tc, a_fault_breaks_one_request_and_expires, 0,
                        (int)array_count(rows));
    tcase_add_test(tc, a_cut_inside_a_character_leaves_half_of_one);
    tcase_add_test(tc, skip_and_every_choose_requests);
    tcase_add_test(tc, faults_hit_only_whom_they_name);
    tcase_add_test(tc, models_can_fail_alone);
    tcase_add_test(tc, a_rate_hits_about_that_share);
    tcase_add_test(tc, a_refusing_mock_accepts_nothing_until_healed);
    tcase_add_test(tc, an_accepted_connection_can_be_reset);
    tcase_add_test(tc, what_has_no_end_goes_on_until_the_peer_leaves);
    tcase_add_test(tc, a_bad_fault_is_refused_by_name);
    tcase_add_test(tc, a_tls_mock_sees_no_http_without_a_handshake);

    tcase_add_test(tc, an_http2_mock_bills_only_what_it_answered);
    tcase_add_loop_test(tc, a_bad_certificate_gets_no_request, 0, 2);

    tc = add_case(suite, "books");
    tcase_add_test(tc, the_bill_is_for_tokens_that_were_generated);
    tcase_add_test(tc, the_last_request_is_shown_with_its_key);
    return suite;
}

int
main(void)
{
    return suite_main(mock_suite());
}
