/*
 * check_ctl_session.c - aigw-ctl with conversations that are kept, and with
 * answers that break off.
 */
#include "integ/ctl_replies.h"
#include "integ/ctl_run.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define COST                                                                   \
    "[anthropic/sonnet-4, 1 fallback, 812 in + 96 out tokens, $0.0039, "       \
    "TTFT 402ms, 2.1s]\n"

#define SEAM                                                                   \
    "{'type':'seam','from':'a/m','to':'b/m','reason':'cut','mode':"            \
    "'user_turn','at_seq':1,'at_byte':4}"

static const struct ctl_reply continued[] = {{.method = "generate",
                                              .result = CTL_ANSWER,
                                              .event = SEAM,
                                              .event_at = 1,
                                              .deltas = {"hel", "lo world"}},
                                             {0}};

START_TEST(a_seam_is_shown_to_people_and_leaves_the_text_alone)
{
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), continued);
    struct ctl_run run;

    CTL_RUN(&run, CTL_TTY_OUT | CTL_TTY_ERR, NULL, "ask", "x");
    ck_assert_str_eq(run.out_text, "hel\nlo world\n");
    ck_assert_str_eq(run.err_text, "[a/m broke off (cut); b/m goes on]\n" COST);
    CTL_RUN(&run, CTL_TTY_ERR, NULL, "ask", "x");
    ck_assert_str_eq(run.out_text, "hello world\n");
    ck_assert_str_eq(run.err_text, "[a/m broke off (cut); b/m goes on]\n" COST);
    CTL_RUN(&run, CTL_TTY_OUT | CTL_TTY_ERR, NULL, "ask", "x", "-q");
    ck_assert_str_eq(run.out_text, "hello world\n");
    ck_assert_str_eq(run.err_text, "");
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ask", "x");
    ck_assert_str_eq(run.out_text, "hello world\n");
    ck_assert_str_eq(run.err_text, "");
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(an_answer_that_starts_over_begins_on_a_new_line)
{
    static const struct ctl_reply restarted[] = {
        {.method = "generate",
         .result = CTL_ANSWER,
         .event = "{'type':'reset','from':'a/m','to':'b/m','reason':'stall'}",
         .event_at = 1,
         .deltas = {"hi th", "hello world"}},
        {0}};
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), restarted);
    struct ctl_run run;

    CTL_RUN(&run, CTL_TTY_OUT | CTL_TTY_ERR, NULL, "ask", "x");
    ck_assert_str_eq(run.out_text, "hi th\nhello world\n");
    ck_assert_str_eq(run.err_text,
                     "[a/m broke off (stall); b/m starts over]\n" COST);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(what_may_start_over_is_not_streamed_into_a_pipe)
{
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), ctl_replies);
    struct ctl_run run;
    char *params;

    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ask", "x", "--on-break", "restart");
    params = ctl_daemon_params(daemon, "generate");
    ck_assert_ptr_nonnull(strstr(params, "\"on_break\":\"restart\""));
    ck_assert_ptr_null(strstr(params, "\"stream\":true"));
    free(params);
    CTL_RUN(&run, CTL_TTY_OUT, NULL, "ask", "x", "--on-break", "restart");
    params = ctl_daemon_params(daemon, "generate");
    ck_assert_ptr_nonnull(strstr(params, "\"stream\":true"));
    free(params);
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ask", "x", "--on-break", "give-up");
    ck_assert_int_eq(run.exit_code, 2);
    ck_assert_ptr_nonnull(strstr(run.err_text, "continue, restart or error"));
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(an_answer_that_somebody_else_reads_is_still_whole)
{
    static const struct ctl_reply taken[] = {
        {.method = "generate",
         .result = "{'success':true,'content':'hello world'}",
         .event = "{'type':'taken_over'}",
         .event_at = 1,
         .deltas = {"hello "}},
        {0}};
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), taken);
    struct ctl_run run;

    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ask", "x");
    ck_assert_str_eq(run.out_text, "hello world\n");
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_prompt_may_belong_to_a_conversation)
{
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), ctl_replies);
    struct ctl_run run;
    char *params;

    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ask", "x", "--session", "trip");
    ck_assert_int_eq(run.exit_code, 0);
    params = ctl_daemon_params(daemon, "generate");
    ck_assert_ptr_nonnull(strstr(params, "\"session_id\":\"trip\""));
    ck_assert_ptr_nonnull(strstr(params, "\"request_id\":\""));
    free(params);
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ask", "x", "--request-id", "mine");
    params = ctl_daemon_params(daemon, "generate");
    ck_assert_ptr_nonnull(strstr(params, "\"request_id\":\"mine\""));
    free(params);
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ask", "x", "--no-stream");
    params = ctl_daemon_params(daemon, "generate");
    ck_assert_ptr_null(strstr(params, "request_id"));
    free(params);
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "load", "-n", "1", "--stream");
    params = ctl_daemon_params(daemon, "generate");
    ck_assert_ptr_null(strstr(params, "request_id"));
    free(params);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(an_earlier_answer_is_come_back_for)
{
    static const struct ctl_reply kept[] = {{.method = "session.resume",
                                             .result = CTL_ANSWER,
                                             .deltas = {"hello ", "world"}},
                                            {0}};
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), kept);
    struct ctl_run run;
    char *params;

    CTL_RUN(&run, CTL_TTY_ERR, "not a prompt", "ask", "--resume", "mine");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_str_eq(run.out_text, "hello world\n");
    ck_assert_str_eq(run.err_text, COST);
    params = ctl_daemon_params(daemon, "session.resume");
    ck_assert_str_eq(params, "[{\"request_id\":\"mine\",\"from_seq\":1}]");
    free(params);
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ask", "--resume", "mine", "--json");
    ck_assert_int_eq(strncmp(run.out_text, "{\"success\":true,", 16), 0);
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ask", "--resume", "mine", "a prompt");
    ck_assert_int_eq(run.exit_code, 2);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_daemon_that_is_gone_leaves_a_way_back)
{
    static const struct ctl_reply endless[] = {
        {.method = "hello", .result = "{'methods':['session.resume']}"},
        {.method = "generate", .deltas = {"once upon"}},
        {0}};
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), endless);
    struct ctl_run run;

    ctl_run_start(&run, CTL_TTY_NONE,
                  (const char *const[]){"ask", "x", "--request-id", "mine",
                                        "--timeout", "1", NULL});
    ctl_run_read_until(&run, "once upon");
    ctl_daemon_stop(daemon);
    ctl_run_finish(&run);
    ck_assert_int_eq(run.exit_code, 3);
    ck_assert_str_eq(run.out_text, "once upon\n");
    ck_assert_ptr_nonnull(strstr(
        run.err_text, "\nTo come back for it: aigw-ctl ask --resume mine\n"));
}

END_TEST

#define MESSAGES                                                               \
    "{'messages':[{'role':'user','content':'Why?','complete':true},"           \
    "{'role':'assistant','content':'Because\\n\\u001b[31m','complete':false}," \
    "{'role':'tool','content':[{'text':'x'}],'complete':true}]}"

static const struct ctl_reply conversations[] = {
    {.method = "session.list",
     .result = "{'sessions':[{'session_id':'trip','turns':2,'bytes':1900,"
               "'updated_ms':55563000,'state':'idle'}]}"},
    {.method = "session.get", .result = MESSAGES},
    {.method = "session.delete", .result = "{'ok':true}"},
    {0}};

static const struct {
    unsigned ttys;
    const char *words[6];
    int exit_code;
    const char *out_text;
} session_runs[] = {
    {CTL_TTY_NONE,
     {"session", "list"},
     0,
     "SESSION  TURNS  BYTES   UPDATED  STATE\n"
     "trip         2   1.9k  15:26:03  idle\n"},
    {CTL_TTY_NONE,
     {"session", "list", "-o", "plain"},
     0,
     "trip\t2\t1900\t55563000\tidle\n"},
    {CTL_TTY_OUT,
     {"session", "show", "trip"},
     0,
     "user:\nWhy?\n\nassistant, interrupted:\nBecause\n?[31m\n\ntool:\n"
     "[{\"text\":\"x\"}]\n"},
    {CTL_TTY_NONE,
     {"session", "show", "trip", "-o", "plain"},
     0,
     "user\ttrue\t\"Why?\"\n"
     "assistant\tfalse\t\"Because\\n\\u001b[31m\"\n"
     "tool\ttrue\t[{\"text\":\"x\"}]\n"},
    {CTL_TTY_NONE,
     {"session", "show", "trip", "-o", "ndjson"},
     0,
     "{\"role\":\"user\",\"content\":\"Why?\",\"complete\":true}\n"
     "{\"role\":\"assistant\",\"content\":\"Because\\n\\u001b[31m\","
     "\"complete\":false}\n"
     "{\"role\":\"tool\",\"complete\":true}\n"},
    {CTL_TTY_NONE, {"session", "delete", "trip"}, 0, "trip: deleted\n"},
    {CTL_TTY_NONE, {"session", "delete", "trip", "-q"}, 0, ""},
    {CTL_TTY_NONE,
     {"session", "delete", "trip", "--json"},
     0,
     "{\"ok\":true}\n"},
    {CTL_TTY_NONE, {"session", "show"}, 2, ""},
    {CTL_TTY_NONE, {"session", "list", "trip"}, 2, ""},
    {CTL_TTY_NONE, {"session", "remove", "trip"}, 2, ""},
};

START_TEST(conversations_are_listed_shown_and_deleted)
{
    struct ctl_daemon *daemon =
        ctl_daemon_start(ctl_run_socket(), conversations);
    struct ctl_run run;

    ctl_run_words(&run, session_runs[_i].ttys, NULL, session_runs[_i].words);
    ck_assert_int_eq(run.exit_code, session_runs[_i].exit_code);
    ck_assert_str_eq(run.out_text, session_runs[_i].out_text);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_conversation_that_is_not_there_is_one_of_the_exit_codes)
{
    static const struct ctl_reply unknown[] = {
        {.method = "session.get",
         .error = -32004,
         .error_text = "no such conversation"},
        {.method = "session.list", .result = "{'sessions':[]}"},
        {0}};
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), unknown);
    struct ctl_run run;

    CTL_RUN(&run, CTL_TTY_NONE, NULL, "session", "show", "trip");
    ck_assert_int_eq(run.exit_code, 5);
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "session", "list");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_str_eq(run.err_text, "No conversations.\n");
    ctl_daemon_stop(daemon);
}

END_TEST

int
main(void)
{
    Suite *suite = suite_create("ctl_session");
    TCase *tcase = tcase_create("ctl_session");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, ctl_run_set_up, ctl_run_tear_down);
    tcase_add_test(tcase, a_seam_is_shown_to_people_and_leaves_the_text_alone);
    tcase_add_test(tcase, an_answer_that_starts_over_begins_on_a_new_line);
    tcase_add_test(tcase, what_may_start_over_is_not_streamed_into_a_pipe);
    tcase_add_test(tcase, an_answer_that_somebody_else_reads_is_still_whole);
    tcase_add_test(tcase, a_prompt_may_belong_to_a_conversation);
    tcase_add_test(tcase, an_earlier_answer_is_come_back_for);
    tcase_add_test(tcase, a_daemon_that_is_gone_leaves_a_way_back);
    tcase_add_loop_test(tcase, conversations_are_listed_shown_and_deleted, 0,
                        sizeof(session_runs) / sizeof(*session_runs));
    tcase_add_test(tcase,
                   a_conversation_that_is_not_there_is_one_of_the_exit_codes);
    suite_add_tcase(suite, tcase);
    return suite_main(suite);
}
