/*
 * check_ctl_ask.c - aigw-ctl asking for answers: one, a conversation, and
 * many at once.
 */
#include "integ/ctl_replies.h"
#include "integ/ctl_run.h"
#include "support/suite.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

START_TEST(an_answer_on_a_terminal_ends_with_its_cost)
{
    static const struct ctl_reply talkative[] = {
        {.method = "generate",
         .result = CTL_ANSWER,
         .event = "{'type':'failover','from':'openai/gpt-4.1',"
                  "'to':'anthropic/sonnet-4','reason':'HTTP 529'}",
         .deltas = {"hello\033[31m ", "wor\007ld"}},
        {0}};
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), talkative);
    struct ctl_run run;

    CTL_RUN(&run, CTL_TTY_OUT | CTL_TTY_ERR, NULL, "ask", "x");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_str_eq(run.out_text, "hello?[31m wor?ld\n");
    ck_assert_str_eq(
        run.err_text,
        "[openai/gpt-4.1: HTTP 529; going on with anthropic/sonnet-4]\n"
        "[anthropic/sonnet-4, 1 fallback, 812 in + 96 out tokens, $0.0039, "
        "TTFT 402ms, 2.1s]\n");
    CTL_RUN(&run, CTL_TTY_OUT | CTL_TTY_ERR, NULL, "ask", "x", "-q", "--raw");
    ck_assert_str_eq(run.out_text, "hello\033[31m wor\007ld\n");
    ck_assert_str_eq(run.err_text, "");
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ask", "x");
    ck_assert_str_eq(run.out_text, "hello\033[31m wor\007ld\n");
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_prompt_comes_from_the_line_or_from_a_pipe)
{
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), ctl_replies);
    struct ctl_run run;
    char *params;

    CTL_RUN(&run, CTL_TTY_NONE, "from\na pipe\n\n", "ask", "--premium",
            "--route", "r", "--tag", "a", "--tag=b", "--timeout", "5");
    ck_assert_int_eq(run.exit_code, 0);
    params = ctl_daemon_params(daemon, "generate");
    ck_assert_ptr_nonnull(strstr(params, "\"prompt\":\"from\\na pipe\""));
    ck_assert_ptr_nonnull(strstr(params, "\"require_expensive_model\":true"));
    ck_assert_ptr_nonnull(strstr(params, "\"route\":\"r\""));
    ck_assert_ptr_nonnull(strstr(params, "\"tags\":[\"a\",\"b\"]"));
    ck_assert_ptr_nonnull(strstr(params, "\"deadline_ms\":5000"));
    ck_assert_ptr_nonnull(strstr(params, "\"stream\":true"));
    free(params);
    CTL_RUN(&run, CTL_TTY_NONE, "piped", "ask", "-", "--json");
    params = ctl_daemon_params(daemon, "generate");
    ck_assert_ptr_nonnull(strstr(params, "\"prompt\":\"piped\""));
    ck_assert_ptr_null(strstr(params, "\"stream\":true"));
    free(params);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(without_a_prompt_the_help_is_shown_instead_of_waiting)
{
    struct ctl_run run;

    ctl_run_start(&run, CTL_TTY_IN, (const char *const[]){"ask", NULL});
    ctl_run_read_until(&run, "More: aigw-ctl ask --help");
    ctl_run_finish(&run);
    ck_assert_int_eq(run.exit_code, 2);
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ask");
    ck_assert_int_eq(run.exit_code, 2);
    ck_assert_ptr_nonnull(strstr(run.err_text, "Examples:"));
}

END_TEST

START_TEST(an_unanswered_prompt_tells_why)
{
    static const struct ctl_reply failing[] = {
        {.method = "generate",
         .result = "{'success':false,'error':'all failed',"
                   "'error_code':'all_targets_unavailable','partial':"
                   "'half of','attempts':[{'target':'a/b',"
                   "'outcome':'overloaded','http_status':529,"
                   "'latency_ms':12}]}",
         .deltas = {"half of"}},
        {0}};
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), failing);
    struct ctl_run run;

    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ask", "x");
    ck_assert_int_eq(run.exit_code, 7);
    ck_assert_str_eq(run.out_text, "half of\n");
    ck_assert_str_eq(run.err_text, "aigw-ctl: the answer broke off: all failed "
                                   "(all_targets_unavailable)\n"
                                   "  a/b: overloaded, HTTP 529, after 12ms\n");
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ask", "x", "--json");
    ck_assert_int_eq(run.exit_code, 7);
    ck_assert_int_eq(strncmp(run.out_text, "{\"success\":false,", 17), 0);
    ck_assert_str_eq(run.err_text, "");
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "load", "-n", "3", "--json");
    ck_assert_int_eq(run.exit_code, 7);
    ck_assert_ptr_nonnull(
        strstr(run.out_text, "\"errors\":{\"all_targets_unavailable\":3}"));
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(an_interrupt_stops_the_answer_at_the_daemon)
{
    static const struct ctl_reply endless[] = {
        {.method = "generate", .deltas = {"once upon"}},
        {.method = "cancel", .result = "{'cancelled':true}"},
        {0}};
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), endless);
    struct ctl_run run;

    ctl_run_start(&run, CTL_TTY_NONE, (const char *const[]){"ask", "x", NULL});
    ctl_run_read_until(&run, "once upon");
    ck_assert_int_eq(kill(run.pid, SIGINT), 0);
    ctl_run_finish(&run);
    ck_assert_int_eq(run.exit_code, 130);
    ck_assert_str_eq(run.out_text, "once upon\n");
    ck_assert_str_eq(run.err_text, "");
    for (int i = 0; i < 500 && ctl_daemon_count(daemon, "cancel") == 0; i++)
        (void)poll(NULL, 0, 10);
    ck_assert_int_eq(ctl_daemon_count(daemon, "cancel"), 1);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(an_interrupted_load_still_reports)
{
    static const struct ctl_reply silent[] = {{.method = "generate"}, {0}};
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), silent);
    struct ctl_run run;

    ctl_run_start(
        &run, CTL_TTY_ERR,
        (const char *const[]){"load", "-n", "9", "--connections", "2", NULL});
    ctl_run_read_until(&run, "0/9");
    ck_assert_int_eq(kill(run.pid, SIGINT), 0);
    ctl_run_finish(&run);
    ck_assert_int_eq(run.exit_code, 130);
    ck_assert_ptr_nonnull(strstr(run.out_text, "Total        9\n"
                                               "Successful   0\n"));
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_load_ends_with_its_daemon)
{
    static const struct ctl_reply silent[] = {{.method = "generate"}, {0}};
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), silent);
    struct ctl_run run;

    ctl_run_start(
        &run, CTL_TTY_ERR,
        (const char *const[]){"load", "-n", "1000", "--timeout", "1", NULL});
    ctl_run_read_until(&run, "0/1000");
    ctl_daemon_stop(daemon);
    ctl_run_finish(&run);
    ck_assert_int_eq(run.exit_code, 3);
    ck_assert_ptr_nonnull(strstr(run.out_text, "Total        1000\n"));
    ck_assert_ptr_nonnull(strstr(run.err_text, "the daemon has gone"));
}

END_TEST

START_TEST(an_interrupt_between_answers_ends_the_conversation)
{
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), ctl_replies);
    struct ctl_run run;

    ctl_run_start(&run, CTL_TTY_IN | CTL_TTY_OUT | CTL_TTY_ERR,
                  (const char *const[]){"chat", "-i", NULL});
    ctl_run_read_until(&run, "> ");
    ctl_run_type(&run, "2+2?\n");
    ctl_run_read_until(&run, "four\n");
    ck_assert_int_eq(kill(run.pid, SIGINT), 0);
    ctl_run_finish(&run);
    ck_assert_int_eq(run.exit_code, 130);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_chat_request_is_passed_on_as_it_stands)
{
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), ctl_replies);
    struct ctl_run run;
    char *params;

    CTL_RUN(&run, CTL_TTY_NONE, "{\"model\": \"m\",  \"x\": 0.70}", "chat", "-",
            "--tier", "economy");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_str_eq(run.out_text, "four\n");
    params = ctl_daemon_params(daemon, "chat");
    ck_assert_str_eq(params, "[\"{\\\"model\\\": \\\"m\\\",  \\\"x\\\": "
                             "0.70}\",{\"tier\":\"economy\"}]");
    free(params);
    CTL_RUN(&run, CTL_TTY_NONE, "{}", "chat", "--json");
    ck_assert_ptr_nonnull(
        strstr(run.out_text, "\"response\":{\"choices\":[{\"message\":"));
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_conversation_remembers_what_was_said)
{
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), ctl_replies);
    struct ctl_run run;
    char *params;

    CTL_RUN(&run, CTL_TTY_NONE, "2+2?\n\nand again?\n", "chat", "-i",
            "--system", "be brief");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_str_eq(run.out_text, "four\nfour\n");
    params = ctl_daemon_params(daemon, "chat");
    ck_assert_ptr_nonnull(strstr(
        params, "{\\\"role\\\":\\\"system\\\",\\\"content\\\":\\\"be "
                "brief\\\"},{\\\"role\\\":\\\"user\\\",\\\"content\\\":"
                "\\\"2+2?\\\"},{\\\"role\\\":\\\"assistant\\\","
                "\\\"content\\\":\\\"four\\\"},{\\\"role\\\":\\\"user\\\","
                "\\\"content\\\":\\\"and again?\\\"}"));
    free(params);
    CTL_RUN(&run, CTL_TTY_NONE, "2+2?\n/new\nhi\n/quit\nnever\n", "chat", "-i");
    ck_assert_str_eq(run.out_text, "four\nfour\n");
    params = ctl_daemon_params(daemon, "chat");
    ck_assert_ptr_null(strstr(params, "2+2?"));
    free(params);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(load_counts_and_measures_every_call)
{
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), ctl_replies);
    struct ctl_run run;
    char *params;

    CTL_RUN(&run, CTL_TTY_NONE, NULL, "load", "-n", "200", "-c", "32",
            "--connections", "3", "--stream", "--json");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_str_eq(run.err_text, "");
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"total\":200,"
                                               "\"successful\":200,"
                                               "\"failed\":0,\"errors\":{}"));
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"ttft_ms\":{\"count\":200"));
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"prompt_tokens\":162400"));
    ck_assert_int_eq(ctl_daemon_count(daemon, "generate"), 200);
    ck_assert_int_eq(ctl_daemon_count(daemon, "hello"), 3);
    CTL_RUN(&run, CTL_TTY_ERR, NULL, "load", "-n", "20", "--prompt",
            "say {n} and {n}");
    params = ctl_daemon_params(daemon, "generate");
    ck_assert_ptr_nonnull(strstr(params, "\"prompt\":\"say 20 and 20\""));
    free(params);
    ck_assert_ptr_nonnull(strstr(run.out_text, "Successful   20\n"));
    ck_assert_ptr_nonnull(strstr(run.err_text, "\r"));
    ctl_daemon_stop(daemon);
}

END_TEST

int
main(void)
{
    Suite *suite = suite_create("ctl_ask");
    TCase *tcase = tcase_create("ctl_ask");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, ctl_run_set_up, ctl_run_tear_down);
    tcase_add_test(tcase, an_answer_on_a_terminal_ends_with_its_cost);
    tcase_add_test(tcase, a_prompt_comes_from_the_line_or_from_a_pipe);
    tcase_add_test(tcase,
                   without_a_prompt_the_help_is_shown_instead_of_waiting);
    tcase_add_test(tcase, an_unanswered_prompt_tells_why);
    tcase_add_test(tcase, an_interrupt_stops_the_answer_at_the_daemon);
    tcase_add_test(tcase, an_interrupted_load_still_reports);
    tcase_add_test(tcase, a_load_ends_with_its_daemon);
    tcase_add_test(tcase, an_interrupt_between_answers_ends_the_conversation);
    tcase_add_test(tcase, a_chat_request_is_passed_on_as_it_stands);
    tcase_add_test(tcase, a_conversation_remembers_what_was_said);
    tcase_add_test(tcase, load_counts_and_measures_every_call);
    suite_add_tcase(suite, tcase);
    return suite_main(suite);
}
