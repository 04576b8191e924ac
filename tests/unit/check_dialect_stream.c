/*
 * The openai dialect: streams as they come in, whole and in pieces.
 */
#include "base/mem.h"
#include "support/openai_replay.h"
#include "support/suite.h"

#include <string.h>

#define CHUNK(choices)                                                         \
    "data: {\"id\":\"i\",\"model\":\"M\",\"choices\":[" choices "]}\n\n"
#define WORD(text) CHUNK("{\"index\":0,\"delta\":{\"content\":\"" text "\"}}")
#define STOP(reason)                                                           \
    CHUNK("{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason "\"}")
#define DONE "data: [DONE]\n\n"

static const struct stream_row {
    const char *name;
    const char *body;
    const char *log;
    bool terminal;
    const char *finish;
    enum answer_defect defect;
} STREAMS[] = {
    {"a plain stream",
     CHUNK("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\","
           "\"refusal\":null},\"finish_reason\":null}") WORD("Hel") WORD("lo")
         STOP("stop") DONE,
     "start; delta 0 \"Hel\"; delta 0 \"lo\"; finish 0 stop; done; ", true,
     "stop", 0},
    {"escapes", WORD("a\\n\\u00e9\\ud83d\\ude00\\\"") STOP("stop"),
     "delta 0 \"a\\n\xc3\xa9\xf0\x9f\x98\x80\\\"\"; finish 0 stop; ", true,
     "stop", 0},
    {"Azure: the first chunk has no choices",
     "data: {\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\","
     "\"object\":\"\",\"prompt_filter_results\":[{}]}\n\n" WORD("a")
         STOP("stop"),
     "delta 0 \"a\"; finish 0 stop; ", true, "stop", 0},
    {"usage after the end",
     WORD("a") STOP(
         "stop") "data: {\"choices\":[],\"usage\":{"
                 "\"prompt_tokens\":9,\"completion_tokens\":4,\"total_tokens\":13,"
                 "\"prompt_tokens_details\":{\"cached_tokens\":3},"
                 "\"completion_tokens_details\":{\"reasoning_tokens\":1}}}\n\n" DONE,
     "delta 0 \"a\"; finish 0 stop; usage 9/4/3/0/1; done; ", true, "stop", 0},
    {"DeepSeek: usage in the last choice",
     WORD(
         "a") "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},"
              "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,"
              "\"completion_tokens\":4,\"prompt_cache_hit_tokens\":5}}\n\n" DONE,
     "delta 0 \"a\"; start; finish 0 stop; usage 9/4/5/0/0; done; ", true,
     "stop", 0},
    {"xAI: reasoning beside the completion",
     WORD(
         "a") "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,"
              "\"completion_tokens\":1,\"total_tokens\":241,"
              "\"completion_tokens_details\":{\"reasoning_tokens\":228}}}\n\n" STOP(
                  "stop"),
     "delta 0 \"a\"; usage 12/1/0/0/228+; finish 0 stop; ", true, "stop", 0},
    {"Gemini: thoughts that only the total knows",
     WORD("a") "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,"
               "\"completion_tokens\":5,\"total_tokens\":199}}\n\n" STOP(
                   "stop"),
     "delta 0 \"a\"; usage 9/5/0/0/185+; finish 0 stop; ", true, "stop", 0},
    {"F67: usage that cannot be",
     WORD(
         "a") "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":-1,"
              "\"completion_tokens\":4}}\n\ndata: {\"choices\":[],\"usage\":{"
              "\"prompt_tokens\":\"9\",\"completion_tokens\":4}}\n\ndata: {\"choices\":"
              "[],\"usage\":{\"prompt_tokens\":99999999999999999999999999,"
              "\"completion_tokens\":4}}\n\ndata: {\"choices\":[],\"usage\":{"
              "\"prompt_tokens\":1,\"completion_tokens\":1000000001}}\n\n" STOP(
                  "stop"),
     "delta 0 \"a\"; finish 0 stop; ", true, "stop", 0},
    {"tool calls",
     CHUNK("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null,"
           "\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"type\":\"function\","
           "\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}}")
         CHUNK("{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,"
               "\"function\":{\"arguments\":\"{}\"}}]}}") STOP("tool_calls")
             DONE,
     "delta 0 {\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"type\":\"function\","
     "\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}; delta 0 "
     "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}; "
     "finish 0 tool_calls; done; ",
     true, "tool_calls", 0},
    {"reasoning and text in one delta",
     CHUNK("{\"index\":0,\"delta\":{\"reasoning_content\":\"hm\",\"content\":"
           "\"a\",\"tool_calls\":[]}}") STOP("stop"),
     "delta 0 {\"reasoning_content\":\"hm\",\"content\":\"a\"}; finish 0 stop; ",
     true, "stop", 0},
    {"Magistral: content in parts",
     CHUNK("{\"index\":0,\"delta\":{\"content\":[{\"type\":\"thinking\","
           "\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]},{\"type\":"
           "\"text\",\"text\":\"a\"}]}}")
         CHUNK("{\"index\":0,\"delta\":{\"content\":[{\"type\":\"text\","
               "\"text\":\"b\"}]}}") STOP("stop"),
     "delta 0 {\"reasoning_content\":\"hm\",\"content\":\"a\"}; delta 0 "
     "\"b\"; finish 0 stop; ",
     true, "stop", 0},
    {"two choices",
     CHUNK("{\"index\":1,\"delta\":{\"content\":\"b\"}},{\"index\":0,"
           "\"delta\":{\"content\":\"a\"}}")
         CHUNK("{\"index\":1,\"delta\":{},\"finish_reason\":\"length\"}")
             WORD("c") STOP("stop") DONE,
     "delta 1 \"b\"; delta 0 \"a\"; finish 1 length; delta 0 \"c\"; finish 0 "
     "stop; done; ",
     true, "stop", 0},
    {"what follows the end of a choice is ignored",
     WORD("a") STOP("stop") WORD("b") STOP("length"),
     "delta 0 \"a\"; finish 0 stop; ", true, "stop", 0},
    {"F13: cut", WORD("a") WORD("b"), "delta 0 \"a\"; delta 0 \"b\"; ", false,
     "", 0},
    {"F14: cut in a line", WORD("a") "data: {\"choices\":[{\"del",
     "delta 0 \"a\"; ", false, "", 0},
    {"F16: DONE without a finish reason", WORD("a") DONE WORD("b"),
     "delta 0 \"a\"; done; ", true, "unknown", 0},
    {"nothing but DONE", DONE, "done; ", false, "", ANSWER_DEFECT_NO_CHOICES},
    {"F10: comments and pings",
     ": OPENROUTER PROCESSING\n\n: x\n\nevent: ping\n\ndata: {\"type\":"
     "\"ping\"}\n\n" WORD("a") STOP("stop"),
     "delta 0 \"a\"; finish 0 stop; ", true, "stop", 0},
    {"F20: an error in the stream",
     WORD("a") "data: {\"error\":{\"message\":\"no\",\"type\":\"t\",\"code\":"
               "429}}\n\n" WORD("b") DONE,
     "delta 0 \"a\"; error 429 429/t no; ", false, "", 0},
    {"F18: Anthropic's error as the first event",
     "event: error\ndata: {\"type\":\"error\",\"error\":{\"details\":null,"
     "\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
     "error 0 /overloaded_error Overloaded; ", false, "", 0},
    {"F20: vLLM's flat error",
     "data: {\"object\":\"error\",\"message\":\"bad\",\"type\":\"BadRequest\","
     "\"code\":400}\n\n",
     "error 400 400/BadRequest bad; ", false, "", 0},
    {"F20: OpenRouter's error beside choices",
     "data: {\"error\":{\"code\":502,\"message\":\"Provider returned error\","
     "\"metadata\":{\"raw\":\"boom\"}},\"choices\":[{\"index\":0,\"delta\":{"
     "\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n" DONE,
     "error 502 502/ Provider returned error: boom; ", false, "", 0},
    {"F20: finish_reason error", WORD("a") STOP("error") DONE,
     "delta 0 \"a\"; error 0 error/ the provider gave up; ", false, "", 0},
    {"Groq: event error",
     "event: error\ndata: {\"error\":{\"message\":\"m\",\"type\":"
     "\"invalid_request_error\",\"code\":\"tool_use_failed\",\"status_code\":"
     "400}}\n\n",
     "error 400 tool_use_failed/invalid_request_error m; ", false, "", 0},
    {"an error in words", "event: error\ndata: it broke\n\n",
     "error 0 / it broke; ", false, "", 0},
    {"an error after the proof changes nothing",
     WORD("a") STOP("stop") "data: {\"error\":{\"message\":\"late\"}}\n\n",
     "delta 0 \"a\"; finish 0 stop; ", true, "stop", 0},
    {"nor does one in words",
     WORD("a") STOP("stop") "event: error\ndata: it broke\n\n",
     "delta 0 \"a\"; finish 0 stop; ", true, "stop", 0},
    {"nor does what is no JSON",
     WORD("a") STOP("stop") "data: {\"choices\":\n\n",
     "delta 0 \"a\"; finish 0 stop; ", true, "stop", 0},
    {"part of the stream is no JSON",
     WORD("a") "data: {\"choices\":\n\n" WORD("b") STOP("stop"),
     "delta 0 \"a\"; malformed; delta 0 \"b\"; finish 0 stop; ", true, "stop",
     0},
    {"nothing but nonsense", "data: nonsense\n\n", "malformed; ", false, "",
     ANSWER_DEFECT_NOT_JSON},
    {"F23: an end without content",
     CHUNK("{\"index\":0,\"delta\":{\"role\":\"assistant\"}}") STOP("stop"),
     "start; finish 0 stop; ", true, "stop", ANSWER_DEFECT_NO_CONTENT},
    {"F53: filtered before the first word", STOP("content_filter"),
     "finish 0 content_filter; ", true, "content_filter", 0},
    {"an empty answer is an answer",
     CHUNK("{\"index\":0,\"delta\":{\"content\":\"\"}}") STOP("stop"),
     "start; finish 0 stop; ", true, "stop", 0},
    {"choices beyond all bounds",
     CHUNK("{\"index\":128,\"delta\":{\"content\":\"a\"}}") CHUNK(
         "{\"index\":-1,\"delta\":{\"content\":\"a\"}}") WORD("b") STOP("stop"),
     "delta 0 \"b\"; finish 0 stop; ", true, "stop", 0},
    {"a lone surrogate and a wrong byte",
     WORD("\\ude00a") WORD("b\xff") STOP("stop"),
     "delta 0 \"\xef\xbf\xbd"
     "a\"; delta 0 \"b\xef\xbf\xbd\"; finish 0 stop; ",
     true, "stop", 0},
    {"a code point cut in two",
     WORD("a\xe2\x82") WORD("\xac"
                            "b") STOP("stop"),
     "delta 0 \"a\"; delta 0 \"\xe2\x82\xac"
     "b\"; finish 0 stop; ",
     true, "stop", 0},
    {"a code point cut in four",
     WORD("\xf0") WORD("\x9f") WORD("\x98") WORD("\x80") STOP("stop"),
     "start; start; start; delta 0 \"\xf0\x9f\x98\x80\"; finish 0 stop; ", true,
     "stop", 0},
    {"a surrogate pair cut in two",
     WORD("a\\ud83d") WORD("\\ude00"
                           "b") STOP("stop"),
     "delta 0 \"a\"; delta 0 \"\xf0\x9f\x98\x80"
     "b\"; finish 0 stop; ",
     true, "stop", 0},
    {"what only looks like half a pair", WORD("\\\\ud83d") STOP("stop"),
     "delta 0 \"\\\\ud83d\"; finish 0 stop; ", true, "stop", 0},
    {"the rest of a code point never comes",
     WORD("a\xe2") WORD("b") WORD("c\xe2") STOP("stop"),
     "delta 0 \"a\"; delta 0 \"\xef\xbf\xbd"
     "b\"; delta 0 \"c\"; finish 0 stop; ",
     true, "stop", 0},
    {"CRLF and a byte order mark",
     "\xef\xbb\xbf"
     "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":"
     "\"a\"},\"finish_reason\":\"stop\"}]}\r\n\r\n",
     "delta 0 \"a\"; finish 0 stop; ", true, "stop", 0},
    {"a whole answer although a stream was asked for",
     "{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":"
     "\"stop\"}]}",
     "delta 0 \"a\"; finish 0 stop; done; ", true, "stop", 0},
    {"F21: an error although a stream was asked for",
     "{\"error\":{\"message\":\"no\"}}", "error 0 / no; ", false, "", 0},
    {"F22: HTML although a stream was asked for", "<html>", "", false, "",
     ANSWER_DEFECT_HTML},
    {"F23: nothing", "", "", false, "", ANSWER_DEFECT_EMPTY},
    {"F23: nothing but blanks", "\n\n \r\n", "", false, "",
     ANSWER_DEFECT_EMPTY},
};

START_TEST(a_stream_becomes_these_events_in_pieces_of_any_size)
{
    const struct stream_row *row = &STREAMS[_i];
    static const size_t pieces[] = {0, 1, 2, 7, 100};

    for (size_t i = 0; i < array_count(pieces); i++) {
        struct replay r;

        replay_init(&r, true);
        r.piece = pieces[i];
        replay_run(&r, row->body, strlen(row->body));
        ck_assert_int_eq(r.status, 0);
        ck_assert_msg(strcmp(bytes_cstr(&r.log), row->log) == 0, "%s: got\n%s",
                      row->name, bytes_cstr(&r.log));
        ck_assert_msg(r.facts->terminal == row->terminal, "%s", row->name);
        ck_assert_str_eq(r.facts->finish, row->finish);
        ck_assert_msg(r.facts->defect == row->defect, "%s: %s", row->name,
                      answer_defect_text(r.facts->defect));
        replay_deinit(&r);
    }
}

END_TEST

START_TEST(F17_a_target_may_end_its_streams_by_DONE_alone)
{
    static const char body[] = WORD("a") DONE;
    struct replay r;

    replay_init(&r, true);
    r.params.finish_optional = true;
    replay_run(&r, body, strlen(body));
    ck_assert(r.facts->terminal);
    ck_assert_str_eq(r.facts->finish, "stop");
    replay_deinit(&r);
}

END_TEST

#define WORD_OF_1(text)                                                        \
    CHUNK("{\"index\":1,\"delta\":{\"content\":\"" text "\"}}")
#define STOP_OF_1                                                              \
    CHUNK("{\"index\":1,\"delta\":{},\"finish_reason\":\"length\"}")

/* Two choices were asked for. */
static const struct pair_row {
    const char *name;
    const char *body;
    bool cut;
    bool terminal;
    bool broken; /* Ends with an error. */
} PAIRS[] = {
    {"both have finished", WORD("a") WORD_OF_1("b") STOP("stop") STOP_OF_1,
     true, true, false},
    {"one after the other", WORD("a") STOP("stop") WORD_OF_1("b") STOP_OF_1,
     true, true, false},
    {"the second first", WORD_OF_1("b") STOP_OF_1 WORD("a") STOP("stop"), true,
     true, false},
    {"F13: cut before the second has begun", WORD("a") STOP("stop"), true,
     false, false},
    {"F13: cut in the second",
     WORD("a") WORD_OF_1("b") STOP("stop") WORD_OF_1("c"), true, false, false},
    {"F13: over in the second",
     WORD("a") WORD_OF_1("b") STOP("stop") WORD_OF_1("c"), false, false, false},
    {"F13: over when the second had said nothing yet",
     WORD("a") CHUNK("{\"index\":1,\"delta\":{\"role\":\"assistant\"}}")
         STOP("stop"),
     false, false, false},
    {"F13: over in a tool call of the second",
     CHUNK("{\"index\":1,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":"
           "\"c\"}]}}") WORD("a") STOP("stop"),
     false, false, false},
    {"DONE in the second", WORD("a") WORD_OF_1("b") STOP("stop") DONE, false,
     false, false},
    {"F16: DONE without any finish reason", WORD("a") WORD_OF_1("b") DONE,
     false, true, false},
    {"one came, and it is over", WORD("a") STOP("stop"), false, true, false},
    {"one came, and DONE", WORD("a") STOP("stop") DONE, true, true, false},
    {"F20: an error in the second",
     WORD("a") STOP("stop") WORD_OF_1("b") "data: {\"error\":{\"message\":"
                                           "\"no\"}}\n\n",
     false, false, true},
};

START_TEST(a_stream_of_two_choices_is_whole_when_both_are)
{
    const struct pair_row *row = &PAIRS[_i];
    struct replay r;

    replay_init(&r, true);
    r.params.n_choices = 2;
    r.cut = row->cut;
    replay_run(&r, row->body, strlen(row->body));
    ck_assert_int_eq(r.status, 0);
    ck_assert_msg(r.facts->terminal == row->terminal, "%s", row->name);
    ck_assert_msg(r.facts->error.present == row->broken, "%s", row->name);
    replay_deinit(&r);
}

END_TEST

START_TEST(a_choice_that_lacks_its_reason_may_end_by_DONE_alone)
{
    static const char body[] = WORD("a") WORD_OF_1("b") STOP("stop") DONE;
    struct replay r;

    replay_init(&r, true);
    r.params.n_choices = 2;
    r.params.finish_optional = true;
    replay_run(&r, body, strlen(body));
    ck_assert(r.facts->terminal);
    ck_assert_str_eq(r.facts->finish, "stop");
    replay_deinit(&r);
}

END_TEST

START_TEST(names_are_taken_from_the_first_chunk_that_has_them)
{
    static const char body[] =
        "data: {\"id\":\"\",\"model\":\"\",\"choices\":[]}\n\n" WORD("a");
    struct replay r;

    replay_init(&r, true);
    replay_run(&r, body, strlen(body));
    ck_assert_str_eq(r.facts->id, "i");
    ck_assert_str_eq(r.facts->model, "M");
    replay_deinit(&r);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("dialect_stream");
    TCase *tc = tcase_create("streams");

    tcase_add_loop_test(tc, a_stream_becomes_these_events_in_pieces_of_any_size,
                        0, (int)array_count(STREAMS));
    tcase_add_test(tc, F17_a_target_may_end_its_streams_by_DONE_alone);
    tcase_add_loop_test(tc, a_stream_of_two_choices_is_whole_when_both_are, 0,
                        (int)array_count(PAIRS));
    tcase_add_test(tc, a_choice_that_lacks_its_reason_may_end_by_DONE_alone);
    tcase_add_test(tc, names_are_taken_from_the_first_chunk_that_has_them);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
