/*
 * check_mock_faults.c - that aigw-mock fails as its README says, and only
 * where it was told to.
 *
 * Looked at from a raw socket, because what matters is the bytes and how the
 * connection ends.
 */
#include "base/mem.h"
#include "integ/mock_chat.h"
#include "support/suite.h"

#include <string.h>

static const struct wire_limits brief = {.timeout_ms = 300};

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
    {"kind=stall,after=3,ms=20", NULL, 200, WIRE_EOF, MOCK_CHAT_TOKENS, true,
     true},
    {"kind=stall", NULL, 200, WIRE_TIMEOUT, -1, false, false},
    {"kind=cut,after=4", NULL, 200, WIRE_EOF, 4, true, false},
    {"kind=cut", NULL, 200, WIRE_EOF, -1, false, false},
    {"kind=cut-utf8,after=2,match=Why", NULL, 200, WIRE_EOF, 2, true, false},
    {"kind=cut-json,after=2", NULL, 200, WIRE_EOF, 2, true, false},
    {"kind=cut-line,after=2", NULL, 200, WIRE_EOF, 2, true, false},
    {"kind=cut-utf8,place=finish", "data: [D", 200, WIRE_EOF, MOCK_CHAT_TOKENS,
     true, false},
    {"kind=cut,place=start", "text/event-stream", 200, WIRE_EOF, 0, true,
     false},
    {"kind=cut,place=finish", "\"finish_reason\":\"stop\"", 200, WIRE_EOF,
     MOCK_CHAT_TOKENS, true, false},
    {"kind=cut,place=finish", "\"finish_reason\":\"stop\"", 200, WIRE_EOF, -1,
     false, false},
    {"kind=end,after=3", NULL, 200, WIRE_EOF, 3, true, true},
    {"kind=end,after=99", NULL, 200, WIRE_EOF, MOCK_CHAT_TOKENS, true, true},
    {"kind=end,after=0", "\"content\":\"", 200, WIRE_EOF, -1, false, true},
    {"kind=stall,place=finish,ms=20", "data: [DONE]", 200, WIRE_EOF,
     MOCK_CHAT_TOKENS, true, true},
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
    {"kind=malformed,place=start", "\r\n\r\n{]", 200, WIRE_EOF, -1, false,
     true},
    {"kind=error-after,after=2", "\"content\":\"", 200, WIRE_EOF, -1, false,
     true},
    {"kind=drip,ms=1", NULL, 200, WIRE_EOF, -1, false, true},
    {"kind=drip,ms=0,headers=1", NULL, 200, WIRE_EOF, MOCK_CHAT_TOKENS, true,
     true},
    {"kind=pings,ms=5,pings=3", ": OPENROUTER PROCESSING\n\n", 200, WIRE_EOF,
     MOCK_CHAT_TOKENS, true, true},
    {"kind=pings,ms=5,pings=3", "\r\n\n\r\n000", 200, WIRE_EOF, -1, false,
     true},
    {"kind=no-done", "\"finish_reason\":\"stop\"", 200, WIRE_EOF,
     MOCK_CHAT_TOKENS, true, true},
    {"kind=no-finish", "data: [DONE]", 200, WIRE_EOF, MOCK_CHAT_TOKENS, true,
     true},
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
    char *text = mock_chat_stream_text(w, &whole);

    ck_assert_msg(wire_status(w) == row->status, "%s: status %d", row->spec,
                  wire_status(w));
    ck_assert_msg(w->end == row->end, "%s: end %d", row->spec, (int)w->end);
    if (row->status > 0) {
        ck_assert_msg(whole == row->whole, "%s: whole %d", row->spec, whole);
    }
    ck_assert_msg(row->holds == NULL || strstr(w->data, row->holds) != NULL,
                  "%s: no %s in %s", row->spec, row->holds, w->data);
    if (row->text_tokens >= 0) {
        mock_chat_assert_text(text, mock_chat_prompt,
                              (unsigned)row->text_tokens);
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
        row->end == WIRE_TIMEOUT ? &brief : &mock_chat_patient;
    struct wire w;
    json_t *answer;

    ck_assert_int_gt(mock_process_fault(&mock_chat_process, spec), 0);
    w = mock_chat_ask(fields, mock_chat_prompt, limits);
    assert_row(row, &w);
    answer = mock_chat_answer("", mock_chat_prompt);
    mock_chat_assert_text(mock_chat_message(answer, "content"),
                          mock_chat_prompt, MOCK_CHAT_TOKENS);
    ck_assert_int_eq(mock_process_stat(&mock_chat_process, "sends"), 2);
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

    mock_process_fault(&mock_chat_process, "kind=cut-utf8,after=2");
    w = mock_chat_ask("\"stream\":true,", "prompt 3", &mock_chat_patient);
    body = wire_body(&w, &size, &whole);
    ck_assert_int_eq(whole, false);
    ck_assert_int_ge((unsigned char)body[size - 1], 0xc0);
    free(body);
    free(w.data);
}

END_TEST

START_TEST(skip_and_every_choose_requests)
{
    static const int want[] = {200, 200, 500, 200, 500, 200};

    mock_process_fault(&mock_chat_process, "kind=status,skip=1,every=2");
    for (size_t i = 0; i < array_count(want); i++) {
        ck_assert_int_eq(mock_chat_status(), want[i]);
    }
}

END_TEST

START_TEST(faults_hit_only_whom_they_name)
{
    mock_process_fault(&mock_chat_process, "kind=status,match=other prompt");
    mock_process_fault(&mock_chat_process, "kind=status,auth=another-key");
    mock_process_fault(&mock_chat_process, "kind=status,stream=1");
    mock_process_fault(&mock_chat_process, "kind=status,reused=1");
    mock_process_fault(&mock_chat_process, "kind=status,continuation=1");
    mock_process_fault(&mock_chat_process, "kind=status,path=models");
    ck_assert_int_eq(mock_chat_status(), 200);
    mock_process_fault(&mock_chat_process,
                       "kind=status,auth=k-secret,status=403");
    ck_assert_int_eq(mock_chat_status(), 403);
}

END_TEST

/* F37, F38: a probe and a completion can fare differently. */
START_TEST(models_can_fail_alone)
{
    struct wire w;

    mock_process_fault(&mock_chat_process,
                       "kind=status,status=404,path=models");
    w = wire_request(mock_chat_process.port, "GET", "/v1/models", "", "",
                     &mock_chat_patient);
    ck_assert_int_eq(wire_status(&w), 404);
    free(w.data);
    ck_assert_int_eq(mock_chat_status(), 200);
}

END_TEST

START_TEST(a_rate_hits_about_that_share)
{
    int hits = 0;

    mock_process_fault(&mock_chat_process, "kind=status,rate=0.5");
    for (int i = 0; i < 100; i++) {
        hits += mock_chat_status() == 500;
    }
    ck_assert_int_gt(hits, 25);
    ck_assert_int_lt(hits, 75);
}

END_TEST

/* F01. */
START_TEST(a_refusing_mock_accepts_nothing_until_healed)
{
    struct wire w;

    mock_process_fault(&mock_chat_process, "kind=refuse");
    w = mock_chat_ask("", mock_chat_prompt, &mock_chat_patient);
    ck_assert_int_eq(w.end, WIRE_REFUSED);
    free(w.data);
    ck_assert_int_eq(mock_process_stat(&mock_chat_process, "sends"), 0);
    ck_assert_int_eq(mock_process_heal(&mock_chat_process), 0);
    ck_assert_int_eq(mock_chat_status(), 200);
}

END_TEST

START_TEST(an_accepted_connection_can_be_reset)
{
    struct wire w;

    mock_process_fault(&mock_chat_process, "kind=accept-reset,count=1");
    w = mock_chat_ask("", mock_chat_prompt, &mock_chat_patient);
    ck_assert_int_eq(wire_status(&w), -1);
    free(w.data);
    ck_assert_int_eq(mock_chat_status(), 200);
    ck_assert_int_eq(mock_process_stat(&mock_chat_process, "sends"), 1);
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

        mock_process_fault(&mock_chat_process, specs[i]);
        w = mock_chat_ask("\"stream\":true,", mock_chat_prompt, &much);
        ck_assert_int_eq(w.end, WIRE_FULL);
        free(w.data);
        ck_assert(mock_process_await(&mock_chat_process, "aborted",
                                     (int64_t)i + 1, 5000));
        mock_process_heal(&mock_chat_process);
    }
}

END_TEST

START_TEST(a_bad_fault_is_refused_by_name)
{
    struct wire w =
        wire_request(mock_chat_process.port, "POST", "/__mock/faults", "",
                     "kind=cut\nkind=status,colour=red", &mock_chat_patient);

    ck_assert_int_eq(wire_status(&w), 400);
    ck_assert_ptr_nonnull(strstr(w.data, "colour"));
    ck_assert_int_eq(mock_chat_status(), 200);
    free(w.data);
}

END_TEST

static Suite *
mock_suite(void)
{
    Suite *suite = suite_create("mock_faults");
    TCase *tc = mock_chat_case(suite, "faults");

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
    return suite;
}

int
main(void)
{
    return suite_main(mock_suite());
}
