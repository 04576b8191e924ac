/*
 * check_ctl.c - aigw-ctl as people and scripts run it, against a daemon that
 * answers by script: what each command prints, and how it ends.
 */
#include "integ/ctl_replies.h"
#include "integ/ctl_run.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

/* A command line, and all that it prints. */
static const struct {
    const char *words[CTL_WORDS_MAX];
    int exit_code;
    const char *out;
    const char *err;
} commands[] = {
    {{"status"},
     0,
     "aigwd 0.4.1  up 3d04h  DEGRADED: openai/gpt-4.1 OPEN 18s (HTTP 529), "
     "1 of 2 targets usable\n"
     "412 req/s   96 in flight   0.8% errors   TTFT p50 311ms p95 890ms "
     "p99 1.9s   $182.40 of $300.00 today\n",
     ""},
    {{"targets"},
     0,
     "NAME                STATE     REQ/S  INFL  ERR%  P50   P95   P99   $/H\n"
     "anthropic/sonnet-4  CLOSED      188    41   0.3  402  1.1s  2.4s  6.80\n"
     "openai/gpt-4.1      OPEN 18s      0     0  71.4    -     -     -  "
     "0.00\n",
     ""},
    {{"targets", "openai/gpt-4.1", "-o", "plain"},
     0,
     "openai/gpt-4.1\topen\t0\t0\t0.714\t-\t-\t-\t0\n",
     ""},
    {{"routes"},
     0,
     "ROUTE    TARGETS\n"
     "default  openai/gpt-4.1,anthropic/sonnet-4\n",
     ""},
    {{"routes", "--json"},
     0,
     "{\"schema\":1,\"routes\":[{\"name\":\"default\",\"targets\":["
     "\"openai/gpt-4.1\",\"anthropic/sonnet-4\"]}]}\n",
     ""},
    {{"latency", "anthropic/sonnet-4"},
     0,
     "WHOLE ANSWER        COUNT  AVG  P50  P90   P95   P99   MAX\n"
     "anthropic/sonnet-4      5  450  402  910  1.1s  2.4s  3.0s\n"
     "\n"
     "FIRST TOKEN         COUNT  AVG  P50  P90  P95  P99  MAX\n"
     "anthropic/sonnet-4      -    -    -    -    -    -    -\n"
     "\n"
     "FIRST TOKEN                                  COUNT  SHARE%\n"
     "up to 100ms  ||||||||||||||||||||||||||||||      3    75.0\n"
     "up to 400ms  ||||||||||                          1    25.0\n"
     "longer                                           0     0.0\n",
     ""},
    {{"prices", "--tokens", "10M", "--ratio", "1:1"},
     0,
     "MODEL               TIER     IN $/M  CACHED $/M  OUT $/M  ONCE A MONTH  "
     "EVERY DAY\n"
     "openai/gpt-4.1      premium    2.00        0.50     8.00         50.00  "
     "  1500.00  unavailable\n"
     "anthropic/sonnet-4  premium    3.00        0.30    15.00         90.00  "
     "  2700.00  cheapest\n",
     "USD a month for 10M tokens, 50 % of them input; prices in USD per "
     "million.\n"},
    {{"budget"},
     0,
     "BUDGET  OF  PERIOD    LIMIT    SPENT   HELD  USED%  STATE  THEN    "
     "RESETS IN  LASTS\n"
     "d       -   total   $300.00  $240.00  $1.50  80.5   soft   refuse  "
     "-          -\n",
     ""},
    {{"budget", "set", "d", "--limit", "500"},
     0,
     "d: changed until the configuration is read again. Undo: aigw-ctl config "
     "reload\n",
     ""},
    {{"budget", "accept", "d", "--yes"},
     0,
     "d: goes on from what the ledger has.\n",
     ""},
    {{"budget", "accept", "d"},
     2,
     "",
     "aigw-ctl: \"budget accept\" needs --yes where nobody can be asked. "
     "See aigw-ctl --help.\n"},
    {{"requests"},
     0,
     "ID   CLIENT  ROUTE    TARGET  STATE      AGE  TOKENS   COST  ERROR\n"
     "01J  x       default  a/b     streaming  402      12  $0.50  -\n",
     ""},
    {{"cancel", "01J"}, 0, "01J: cancelled\n", ""},
    {{"events"},
     0,
     "15:26:03  breaker     openai/gpt-4.1  closed -> open  14 of 20 failed\n",
     ""},
    {{"events", "-o", "ndjson"},
     0,
     "{\"seq\":7,\"time_ms\":55563000,\"kind\":\"breaker\",\"target\":"
     "\"openai/gpt-4.1\",\"from\":\"closed\",\"to\":\"open\",\"reason\":"
     "\"14 of 20 failed\"}\n",
     ""},
    {{"explain", "x"},
     0,
     "Complexity 0.05: economy.\n"
     "FEATURE  COUNT  SHARE  BECAUSE\n"
     "size      1.50   0.05  long\n"
     "\n"
     "   TARGET  TIER     STATE   ELIGIBLE  TTFT    COST  REASON\n"
     "   a/b     economy  open    no           -  $0.010  breaker open\n"
     "*  c/d     premium  closed  yes        402  $0.020  -\n",
     "* would answer first on route \"default\".\n"
     "If the prompt is too long: e/f, g/h.\n"},
    {{"explain", "x", "-o", "plain"},
     0,
     "a/b\teconomy\topen\tfalse\t-\t0.01\tbreaker open\n"
     "c/d\tpremium\tclosed\ttrue\t402\t0.02\t-\n",
     "* would answer first on route \"default\".\n"
     "If the prompt is too long: e/f, g/h.\n"},
    {{"embed", "--model", "m", "text"},
     0,
     "INDEX  NUMBERS  BEGINS WITH\n"
     "    0        5  [0.5,-1,2,3]\n",
     ""},
    {{"embed", "--model", "m", "text", "-o", "plain"},
     0,
     "[0.5,-1,2,3,4]\n",
     ""},
    {{"enable", "a/b"}, 0, "a/b: enabled\n", ""},
    {{"drain", "anthropic/sonnet-4"},
     0,
     "anthropic/sonnet-4: draining, 41 requests still running. "
     "Undo: aigw-ctl enable anthropic/sonnet-4\n",
     ""},
    {{"disable", "a/b", "-q"}, 0, "", ""},
    {{"disable", "a/b", "--json"}, 0, "{\"ok\":true}\n", ""},
    {{"breaker", "open", "a/b"},
     0,
     "a/b: breaker open, nothing is sent there. "
     "Undo: aigw-ctl breaker reset a/b\n",
     ""},
    {{"probe"},
     0,
     "TARGET  RESULT  LATENCY  ERROR\n"
     "a/b     ok           30  -\n"
     "c/d     failed        -  refused\n",
     ""},
    {{"config", "check"},
     1,
     "",
     "aigwd.conf:14: providers[0].price: expected a number\n"},
    {{"config", "reload"}, 0, "configuration reloaded, generation 4\n", ""},
    {{"config", "reload", "-o", "ndjson"},
     0,
     "{\"ok\":true,\"generation\":4,\"errors\":null}\n",
     ""},
    {{"config", "show"}, 0, "drain_s = 25;\n", ""},
    {{"call", "breaker.set", "{\"target\":\"a/b\",\"state\":\"auto\"}"},
     0,
     "{\"ok\":true}\n",
     ""},
    {{"call", "probe", "{\"target\" 1}"},
     2,
     "",
     "aigw-ctl: the parameters are no JSON"},
    {{"call", "deny"},
     6,
     "",
     "aigw-ctl: permission denied. Only root, the daemon's user and "
     "listen.admin_group may.\n"},
    {{"call", "lose"}, 5, "", "aigw-ctl: no such target\n"},
    {{"call", "shed", "-o", "json"},
     1,
     "",
     "{\"error\":{\"code\":-32001,\"name\":\"overloaded\",\"message\":"
     "\"overloaded\",\"hint\":\"Try again in a moment.\"}}\n"},
    {{"call", "nonsense", "--json"},
     1,
     "",
     "{\"error\":{\"code\":-32601,\"name\":\"no_method\",\"message\":"
     "\"no such method\",\"hint\":null}}\n"},
    {{"call", "hang", "--timeout", "0.2"}, 4, "", "aigw-ctl: "},
    {{"ask", "hi"}, 0, "hello world\n", ""},
    {{"ask", "hi", "--no-stream"}, 0, "hello world\n", ""},
    {{"ask", "--max-tokens", "0", "hi"}, 2, "", "aigw-ctl: \"--max-tokens 0"},
    {{"embed", "text"}, 2, "", "aigw-ctl: embed needs --model MODEL."},
    {{"load"}, 2, "", "aigw-ctl: load needs -n N"},
    {{"load", "-n", "1", "-c", "257"}, 2, "", "aigw-ctl: \"--concurrency 257"},
    {{"status", "--window", "61"}, 2, "", "aigw-ctl: \"--window 61\""},
    {{"status", "-o", "xml"}, 2, "", "aigw-ctl: no output format \"xml\""},
    {{"prices", "--tokens", "many"}, 2, "", "aigw-ctl: \"--tokens many\""},
    {{"tragets"},
     2,
     "",
     "aigw-ctl: no command \"tragets\". Did you mean \"targets\"? "
     "See aigw-ctl --help.\n"},
    {{"tragets", "-o", "ndjson"},
     2,
     "",
     "{\"error\":{\"code\":-9,\"name\":\"usage\",\"message\":\"no command "
     "\\\"tragets\\\". Did you mean \\\"targets\\\"?\",\"hint\":"
     "\"See aigw-ctl --help.\"}}\n"},
    {{"version", "--json"},
     0,
     "{\"schema\":1,\"version\":\"" AIGW_VERSION
     "\",\"libaigw_version\":\"" AIGW_VERSION "\",\"protocol\":1}\n",
     ""},
    {{"config", "chekc"},
     2,
     "",
     "aigw-ctl: no \"config chekc\". Did you mean \"check\"?"},
    {{"help", "tragets"},
     2,
     "",
     "aigw-ctl: no command \"tragets\". Did you mean \"targets\"?"},
    {{"drain"},
     2,
     "",
     "aigw-ctl: \"drain\" needs more: aigw-ctl drain TARGET."},
    {{"ask", "two", "words"}, 2, "", "aigw-ctl: \"words\" is one argument"},
    {{NULL}, 2, "", "Examples:\n"},
};

START_TEST(a_command_prints_and_ends_as_documented)
{
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), ctl_replies);
    const char *err = commands[_i].err;
    struct ctl_run run;

    ctl_run_words(&run, CTL_TTY_NONE, NULL, commands[_i].words);
    ck_assert_str_eq(run.out_text, commands[_i].out);
    ck_assert_msg(err[0] ? strncmp(run.err_text, err, strlen(err)) == 0
                         : run.err_text[0] == '\0',
                  "stderr: %s", run.err_text);
    ck_assert_int_eq(run.exit_code, commands[_i].exit_code);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(without_a_daemon_every_command_says_so)
{
    static const char *const words[][3] = {{"ping"},     {"status"},
                                           {"ask", "x"}, {"load", "-n1"},
                                           {"watch"},    {"drain", "a/b"}};
    struct ctl_run run;

    for (int i = 0; i < ROWS(words); i++) {
        CTL_RUN(&run, CTL_TTY_NONE, NULL, words[i][0], words[i][1]);
        ck_assert_int_eq(run.exit_code, 3);
        ck_assert_str_eq(run.out_text, "");
        ck_assert_ptr_nonnull(strstr(run.err_text, ctl_run_socket()));
        ck_assert_ptr_nonnull(strstr(run.err_text,
                                     ": No such file or directory. Is aigwd "
                                     "running? (systemctl status aigwd)\n"));
    }
}

END_TEST

START_TEST(ping_and_status_report_an_unavailable_daemon)
{
    static const struct ctl_reply down[] = {
        {.method = "status",
         .result = "{'server':{'version':'0.4.1','state':'unavailable'},"
                   "'targets':[]}"},
        {0}};
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), down);
    struct ctl_run run;

    CTL_RUN(&run, CTL_TTY_NONE, NULL, "status");
    ck_assert_int_eq(run.exit_code, 8);
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ping");
    ck_assert_int_eq(run.exit_code, 8);
    ck_assert_int_eq(
        strncmp(run.out_text, "aigwd 0.4.1: unavailable, answered in ", 38), 0);
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "ping", "-q");
    ck_assert_int_eq(run.exit_code, 8);
    ck_assert_str_eq(run.out_text, "");
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_full_disk_is_an_error)
{
    static const char *const commands_on_disk[] = {"routes", "ask hello"};
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), ctl_replies);
    char command[256];
    int status;

    for (int i = 0; i < ROWS(commands_on_disk); i++) {
        (void)snprintf(command, sizeof(command),
                       "%s %s 2>&1 >/dev/full | "
                       "grep -q 'cannot write'",
                       AIGW_CTL, commands_on_disk[i]);
        status = system(command);
        ck_assert_int_eq(WEXITSTATUS(status), 0);
        (void)snprintf(command, sizeof(command), "%s %s >/dev/full 2>&1",
                       AIGW_CTL, commands_on_disk[i]);
        status = system(command);
        ck_assert_int_eq(WEXITSTATUS(status), 1);
    }
    ctl_daemon_stop(daemon);
}

END_TEST

int
main(void)
{
    Suite *suite = suite_create("ctl");
    TCase *tcase = tcase_create("ctl");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, ctl_run_set_up, ctl_run_tear_down);
    tcase_add_loop_test(tcase, a_command_prints_and_ends_as_documented, 0,
                        ROWS(commands));
    tcase_add_test(tcase, without_a_daemon_every_command_says_so);
    tcase_add_test(tcase, ping_and_status_report_an_unavailable_daemon);
    tcase_add_test(tcase, a_full_disk_is_an_error);
    suite_add_tcase(suite, tcase);
    return suite_main(suite);
}
