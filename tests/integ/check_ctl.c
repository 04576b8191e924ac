/*
 * check_ctl.c - aigw-ctl as people and scripts run it, against a daemon that
 * answers by script.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "integ/ctl_daemon.h"
#include "support/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

enum {
    WORDS_MAX = 16,
    OUTPUT_MAX = 65536,
    DEADLINE_MS = 20000
};

enum tty {
    TTY_NONE = 0,
    TTY_OUT = 1,
    TTY_ERR = 2,
    TTY_IN = 4
};

/* One run of the program. */
struct run {
    pid_t pid;
    int in;  /* Written by us. */
    int out; /* Read by us. */
    int err;
    char out_text[OUTPUT_MAX];
    char err_text[OUTPUT_MAX];
    int exit_code;
};

static char directory[64];
static char socket_path[96];

static void
set_up(void)
{
    strcpy(directory, "/tmp/check-ctl-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    (void)snprintf(socket_path, sizeof(socket_path), "%s/s", directory);
    ck_assert_int_eq(setenv("AIGW_SOCKET", socket_path, 1), 0);
    ck_assert_int_eq(setenv("TERM", "xterm", 1), 0);
    ck_assert_int_eq(setenv("NO_COLOR", "1", 1), 0);
    ck_assert_int_eq(setenv("TZ", "UTC", 1), 0);
}

static void
tear_down(void)
{
    (void)unlink(socket_path);
    (void)rmdir(directory);
}

/* Two ends: a terminal that changes nothing, or a pipe. */
static void
open_ends(bool terminal, int *ret_ours, int *ret_theirs, bool we_write)
{
    struct termios raw = {0};
    int ends[2];

    cfmakeraw(&raw);
    if (terminal)
        ck_assert_int_eq(openpty(ret_ours, ret_theirs, NULL, &raw, NULL), 0);
    else
        ck_assert_int_eq(pipe(ends), 0);
    if (!terminal) {
        *ret_ours = ends[we_write];
        *ret_theirs = ends[!we_write];
    }
    ck_assert_int_eq(fcntl(*ret_ours, F_SETFD, FD_CLOEXEC), 0);
}

static void
start(struct run *run, unsigned ttys, const char *const *words)
{
    char *argv[WORDS_MAX + 2] = {(char *)(uintptr_t) "aigw-ctl"};
    int in, out, err;

    *run = (struct run){.exit_code = -1};
    for (int i = 0; i < WORDS_MAX && words[i]; i++)
        argv[i + 1] = (char *)(uintptr_t)words[i];
    open_ends(ttys & TTY_IN, &run->in, &in, true);
    open_ends(ttys & TTY_OUT, &run->out, &out, false);
    open_ends(ttys & TTY_ERR, &run->err, &err, false);
    run->pid = fork();
    ck_assert_int_ge(run->pid, 0);
    if (run->pid == 0) {
        (void)dup2(in, STDIN_FILENO);
        (void)dup2(out, STDOUT_FILENO);
        (void)dup2(err, STDERR_FILENO);
        (void)close(in);
        (void)close(out);
        (void)close(err);
        (void)execv(AIGW_CTL, argv);
        _exit(99);
    }
    (void)close(in);
    (void)close(out);
    (void)close(err);
}

/* Adds what can be read to `text`; false at the end. */
static bool
read_more(int *fd, char *text)
{
    size_t size = strlen(text);
    ssize_t n;

    ck_assert_uint_lt(size, OUTPUT_MAX - 1);
    n = read(*fd, text + size, OUTPUT_MAX - 1 - size);
    text[size + (n > 0 ? (size_t)n : 0)] = '\0';
    if (n <= 0) {
        (void)close(*fd);
        *fd = -1;
    }
    return n > 0;
}

/* Reads until `wanted` stands in the output; to its end if that is NULL. */
static void
read_until(struct run *run, const char *wanted)
{
    while ((run->out >= 0 || run->err >= 0)
           && !(wanted
                && (strstr(run->out_text, wanted)
                    || strstr(run->err_text, wanted)))) {
        struct pollfd p[2] = {{run->out, POLLIN, 0}, {run->err, POLLIN, 0}};

        ck_assert_msg(poll(p, 2, DEADLINE_MS) > 0, "silence after: %s%s",
                      run->out_text, run->err_text);
        if (p[0].revents)
            (void)read_more(&run->out, run->out_text);
        if (p[1].revents)
            (void)read_more(&run->err, run->err_text);
    }
    if (wanted)
        ck_assert_msg(
            strstr(run->out_text, wanted) || strstr(run->err_text, wanted),
            "no \"%s\" in: %s%s", wanted, run->out_text, run->err_text);
}

static void
finish(struct run *run)
{
    int status;

    if (run->in >= 0)
        (void)close(run->in);
    run->in = -1;
    read_until(run, NULL);
    ck_assert_int_eq(waitpid(run->pid, &status, 0), run->pid);
    run->exit_code =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
type(struct run *run, const char *text)
{
    ck_assert_int_eq(write(run->in, text, strlen(text)), (ssize_t)strlen(text));
}

/* Runs to the end with `input`, or with an empty one. */
static void
run_words(struct run *run, unsigned ttys, const char *input,
          const char *const *words)
{
    start(run, ttys, words);
    if (input)
        type(run, input);
    finish(run);
}

#define RUN(run, ttys, input, ...)                                             \
    run_words((run), (ttys), (input),                                          \
              (const char *const[WORDS_MAX]){__VA_ARGS__})

#define SNAPSHOT                                                               \
    "{'schema':1,'time_ms':1000000,'server':{'version':'0.4.1',"               \
    "'state':'degraded','uptime_s':273600},'totals':{'in_flight':96,"          \
    "'cost_today_usd':182.4},'window':{'seconds':60,'rps':412,"                \
    "'error_rate':0.008,'ttft_ms':{'count':9,'avg':300,'p50':311,'p90':640,"   \
    "'p95':890,'p99':1900,'max':4800},'latency_ms':null},'targets':["          \
    "{'name':'anthropic/sonnet-4','tier':'premium','state':'closed',"          \
    "'is_healthy':true,'rps':188,'in_flight':41,'error_rate':0.003,"           \
    "'latency_ms':{'count':5,'avg':450,'p50':402,'p90':910,'p95':1100,"        \
    "'p99':2400,'max':3000},'ttft_ms':null,'cost_per_hour_usd':6.8,"           \
    "'price':{'input_usd':3,'output_usd':15,'cached_input_usd':0.3},"          \
    "'ttft_hist':[[100,3],[400,1],[null,0]]},"                                 \
    "{'name':'openai/gpt-4.1','tier':'premium','state':'open',"                \
    "'is_healthy':false,'reason':'HTTP 529','retry_at_ms':1018000,"            \
    "'rps':0,'in_flight':0,'error_rate':0.714,'latency_ms':null,"              \
    "'ttft_ms':null,'cost_per_hour_usd':0,"                                    \
    "'price':{'input_usd':2,'output_usd':8,'cached_input_usd':0.5}}],"         \
    "'routes':[{'name':'default','targets':['openai/gpt-4.1',"                 \
    "'anthropic/sonnet-4']}],'budgets':[{'name':'d','limit_usd':300}]}"

#define ANSWER                                                                 \
    "{'success':true,'content':'hello world','provider':'anthropic',"          \
    "'model':'sonnet-4','latency_ms':2100,'ttft_ms':402,"                      \
    "'prompt_tokens':812,'completion_tokens':96,'cost_usd':0.0039,"            \
    "'fallback':true,'attempts':[{'target':'openai/gpt-4.1'},"                 \
    "{'target':'anthropic/sonnet-4'}]}"

#define CHAT_ANSWER                                                            \
    "{'success':true,'provider':'a','model':'b','latency_ms':1,"               \
    "'cost_usd':0,'response':'{\\'choices\\':[{\\'message\\':"                 \
    "{\\'role\\':\\'assistant\\',\\'content\\':\\'four\\'}}]}'}"

static const struct ctl_reply replies[] = {
    {.method = "status", .result = SNAPSHOT},
    {.method = "generate", .result = ANSWER, .deltas = {"hello ", "world"}},
    {.method = "chat", .result = CHAT_ANSWER},
    {.method = "watch",
     .result = SNAPSHOT,
     .notify = "status",
     .notified = {SNAPSHOT, SNAPSHOT, SNAPSHOT}},
    {.method = "events",
     .result = "{'events':[{'seq':7,'time_ms':55563000,'kind':'breaker',"
               "'target':'openai/gpt-4.1','from':'closed','to':'open',"
               "'reason':'14 of 20 failed'}],'next_seq':8}",
     .notify = "event",
     .notified = {"{'seq':8,'time_ms':55564000,'kind':'server',"
                  "'reason':'hot'}"}},
    {.method = "requests",
     .result = "{'requests':[{'request_id':'01J','client':'x','route':"
               "'default','target':'a/b','state':'streaming','age_ms':402,"
               "'tokens':12,'cost_usd':0.5,'error_code':null}]}"},
    {.method = "cancel", .result = "{'cancelled':true}"},
    {.method = "explain",
     .result = "{'route':'default','tier':null,'candidates':["
               "{'target':'a/b','eligible':false,'reason':'breaker open',"
               "'est_cost_usd':0.01,'p50_ttft_ms':null,'state':'open'},"
               "{'target':'c/d','eligible':true,'reason':null,"
               "'est_cost_usd':0.02,'p50_ttft_ms':402,'state':'closed'}],"
               "'chosen':'c/d'}"},
    {.method = "embed",
     .result = "{'success':true,'response':{'data':[{'index':0,"
               "'embedding':[0.5,-1,2,3,4]}]}}"},
    {.method = "target.set", .result = "{'ok':true}"},
    {.method = "breaker.set", .result = "{'ok':true}"},
    {.method = "probe",
     .result = "{'results':[{'target':'a/b','ok':true,'latency_ms':30,"
               "'error':null},{'target':'c/d','ok':false,"
               "'latency_ms':null,'error':'refused'}]}"},
    {.method = "config.check",
     .result = "{'ok':false,'generation':3,'errors':[{'file':'aigwd.conf',"
               "'line':14,'path':'providers[0].price',"
               "'message':'expected a number'}]}"},
    {.method = "config.reload",
     .result = "{'ok':true,'generation':4,'errors':[]}"},
    {.method = "config.show", .result = "{'text':'drain_s = 25;\\n'}"},
    {.method = "deny", .error = -32003, .error_text = "permission denied"},
    {.method = "lose", .error = -32004, .error_text = "no such target"},
    {.method = "shed", .error = -32001, .error_text = "overloaded"},
    {.method = "hang"},
    {0}};

/* A command line, and all that it prints. */
static const struct {
    const char *words[WORDS_MAX];
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
     "MODEL               TIER     IN $/M  CACHED $/M  OUT $/M  $/MONTH\n"
     "openai/gpt-4.1      premium    2.00        0.50     8.00    50.00  "
     "cheapest\n"
     "anthropic/sonnet-4  premium    3.00        0.30    15.00    90.00\n",
     "For 10M tokens a month, 50 % of them input; prices in USD per "
     "million.\n"},
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
     "   TARGET  STATE   ELIGIBLE  TTFT    COST  REASON\n"
     "   a/b     open    no           -  $0.010  breaker open\n"
     "*  c/d     closed  yes        402  $0.020  -\n",
     "* would answer first on route \"default\".\n"},
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
    {{"config", "chekc"},
     2,
     "",
     "aigw-ctl: no \"config chekc\". Did you mean \"check\"?"},
    {{"drain"},
     2,
     "",
     "aigw-ctl: \"drain\" needs more: aigw-ctl drain TARGET."},
    {{"ask", "two", "words"}, 2, "", "aigw-ctl: \"words\" is one argument"},
    {{NULL}, 2, "", "Examples:\n"},
};

START_TEST(a_command_prints_and_ends_as_documented)
{
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, replies);
    const char *err = commands[_i].err;
    struct run run;

    run_words(&run, TTY_NONE, NULL, commands[_i].words);
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
    struct run run;

    for (int i = 0; i < ROWS(words); i++) {
        RUN(&run, TTY_NONE, NULL, words[i][0], words[i][1]);
        ck_assert_int_eq(run.exit_code, 3);
        ck_assert_str_eq(run.out_text, "");
        ck_assert_ptr_nonnull(strstr(run.err_text, socket_path));
        ck_assert_ptr_nonnull(strstr(run.err_text,
                                     ": No such file or directory. Is aigwd "
                                     "running? (systemctl status aigwd)\n"));
    }
}

END_TEST

START_TEST(an_answer_on_a_terminal_ends_with_its_cost)
{
    static const struct ctl_reply talkative[] = {
        {.method = "generate",
         .result = ANSWER,
         .event = "{'type':'failover','from':'openai/gpt-4.1',"
                  "'to':'anthropic/sonnet-4','reason':'HTTP 529'}",
         .deltas = {"hello\033[31m ", "wor\007ld"}},
        {0}};
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, talkative);
    struct run run;

    RUN(&run, TTY_OUT | TTY_ERR, NULL, "ask", "x");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_str_eq(run.out_text, "hello?[31m wor?ld\n");
    ck_assert_str_eq(
        run.err_text,
        "[openai/gpt-4.1: HTTP 529; going on with anthropic/sonnet-4]\n"
        "[anthropic/sonnet-4, 1 fallback, 812 in + 96 out tokens, $0.0039, "
        "TTFT 402ms, 2.1s]\n");
    RUN(&run, TTY_OUT | TTY_ERR, NULL, "ask", "x", "-q", "--raw");
    ck_assert_str_eq(run.out_text, "hello\033[31m wor\007ld\n");
    ck_assert_str_eq(run.err_text, "");
    RUN(&run, TTY_NONE, NULL, "ask", "x");
    ck_assert_str_eq(run.out_text, "hello\033[31m wor\007ld\n");
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_prompt_comes_from_the_line_or_from_a_pipe)
{
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, replies);
    struct run run;
    char *params;

    RUN(&run, TTY_NONE, "from\na pipe\n\n", "ask", "--premium", "--route", "r",
        "--tag", "a", "--tag=b", "--timeout", "5");
    ck_assert_int_eq(run.exit_code, 0);
    params = ctl_daemon_params(daemon, "generate");
    ck_assert_ptr_nonnull(strstr(params, "\"prompt\":\"from\\na pipe\""));
    ck_assert_ptr_nonnull(strstr(params, "\"require_expensive_model\":true"));
    ck_assert_ptr_nonnull(strstr(params, "\"route\":\"r\""));
    ck_assert_ptr_nonnull(strstr(params, "\"tags\":[\"a\",\"b\"]"));
    ck_assert_ptr_nonnull(strstr(params, "\"deadline_ms\":5000"));
    ck_assert_ptr_nonnull(strstr(params, "\"stream\":true"));
    free(params);
    RUN(&run, TTY_NONE, "piped", "ask", "-", "--json");
    params = ctl_daemon_params(daemon, "generate");
    ck_assert_ptr_nonnull(strstr(params, "\"prompt\":\"piped\""));
    ck_assert_ptr_null(strstr(params, "\"stream\":true"));
    free(params);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(without_a_prompt_the_help_is_shown_instead_of_waiting)
{
    struct run run;

    start(&run, TTY_IN, (const char *const[]){"ask", NULL});
    read_until(&run, "More: aigw-ctl ask --help");
    finish(&run);
    ck_assert_int_eq(run.exit_code, 2);
    RUN(&run, TTY_NONE, NULL, "ask");
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
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, failing);
    struct run run;

    RUN(&run, TTY_NONE, NULL, "ask", "x");
    ck_assert_int_eq(run.exit_code, 7);
    ck_assert_str_eq(run.out_text, "half of\n");
    ck_assert_str_eq(
        run.err_text,
        "aigw-ctl: no answer: all failed (all_targets_unavailable)\n"
        "  a/b: overloaded, HTTP 529, after 12ms\n");
    RUN(&run, TTY_NONE, NULL, "ask", "x", "--json");
    ck_assert_int_eq(run.exit_code, 7);
    ck_assert_int_eq(strncmp(run.out_text, "{\"success\":false,", 17), 0);
    ck_assert_str_eq(run.err_text, "");
    RUN(&run, TTY_NONE, NULL, "load", "-n", "3", "--json");
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
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, endless);
    struct run run;

    start(&run, TTY_NONE, (const char *const[]){"ask", "x", NULL});
    read_until(&run, "once upon");
    ck_assert_int_eq(kill(run.pid, SIGINT), 0);
    finish(&run);
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
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, silent);
    struct run run;

    start(&run, TTY_ERR,
          (const char *const[]){"load", "-n", "9", "--connections", "2", NULL});
    read_until(&run, "0/9");
    ck_assert_int_eq(kill(run.pid, SIGINT), 0);
    finish(&run);
    ck_assert_int_eq(run.exit_code, 130);
    ck_assert_ptr_nonnull(strstr(run.out_text, "Total        9\n"
                                               "Successful   0\n"));
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(an_interrupt_between_answers_ends_the_conversation)
{
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, replies);
    struct run run;

    start(&run, TTY_IN | TTY_OUT | TTY_ERR,
          (const char *const[]){"chat", "-i", NULL});
    read_until(&run, "> ");
    type(&run, "2+2?\n");
    read_until(&run, "four\n");
    ck_assert_int_eq(kill(run.pid, SIGINT), 0);
    finish(&run);
    ck_assert_int_eq(run.exit_code, 130);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_chat_request_is_passed_on_as_it_stands)
{
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, replies);
    struct run run;
    char *params;

    RUN(&run, TTY_NONE, "{\"model\": \"m\",  \"x\": 0.70}", "chat", "-",
        "--tier", "economy");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_str_eq(run.out_text, "four\n");
    params = ctl_daemon_params(daemon, "chat");
    ck_assert_str_eq(params, "[\"{\\\"model\\\": \\\"m\\\",  \\\"x\\\": "
                             "0.70}\",{\"tier\":\"economy\"}]");
    free(params);
    RUN(&run, TTY_NONE, "{}", "chat", "--json");
    ck_assert_ptr_nonnull(
        strstr(run.out_text, "\"response\":{\"choices\":[{\"message\":"));
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_conversation_remembers_what_was_said)
{
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, replies);
    struct run run;
    char *params;

    RUN(&run, TTY_NONE, "2+2?\n\nand again?\n", "chat", "-i", "--system",
        "be brief");
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
    RUN(&run, TTY_NONE, "2+2?\n/new\nhi\n/quit\nnever\n", "chat", "-i");
    ck_assert_str_eq(run.out_text, "four\nfour\n");
    params = ctl_daemon_params(daemon, "chat");
    ck_assert_ptr_null(strstr(params, "2+2?"));
    free(params);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(load_counts_and_measures_every_call)
{
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, replies);
    struct run run;
    char *params;

    RUN(&run, TTY_NONE, NULL, "load", "-n", "200", "-c", "32", "--connections",
        "3", "--stream", "--json");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_str_eq(run.err_text, "");
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"total\":200,"
                                               "\"successful\":200,"
                                               "\"failed\":0,\"errors\":{}"));
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"ttft_ms\":{\"count\":200"));
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"prompt_tokens\":162400"));
    ck_assert_int_eq(ctl_daemon_count(daemon, "generate"), 200);
    ck_assert_int_eq(ctl_daemon_count(daemon, "hello"), 3);
    RUN(&run, TTY_ERR, NULL, "load", "-n", "20", "--prompt", "say {n} and {n}");
    params = ctl_daemon_params(daemon, "generate");
    ck_assert_ptr_nonnull(strstr(params, "\"prompt\":\"say 20 and 20\""));
    free(params);
    ck_assert_ptr_nonnull(strstr(run.out_text, "Successful   20\n"));
    ck_assert_ptr_nonnull(strstr(run.err_text, "\r"));
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(watching_ends_after_its_count_or_with_its_reader)
{
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, replies);
    struct run run;

    RUN(&run, TTY_NONE, NULL, "watch", "-n", "2", "-o", "ndjson");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"server_state\""));
    start(&run, TTY_NONE, (const char *const[]){"events", "-f", NULL});
    read_until(&run, "hot\n");
    ck_assert_ptr_nonnull(strstr(run.out_text, "14 of 20 failed\n"));
    ck_assert_int_eq(kill(run.pid, SIGINT), 0);
    finish(&run);
    ck_assert_int_eq(run.exit_code, 130);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_reader_that_goes_away_ends_it_quietly)
{
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, replies);
    struct run run;

    start(&run, TTY_NONE, (const char *const[]){"watch", NULL});
    (void)close(run.out);
    run.out = -1;
    finish(&run);
    ck_assert_int_eq(run.exit_code, 128 + SIGPIPE);
    ck_assert_str_eq(run.err_text, "");
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(watching_goes_on_when_the_daemon_comes_back)
{
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, replies);
    struct run run;

    start(&run, TTY_NONE, (const char *const[]){"events", "-f", NULL});
    read_until(&run, "hot\n");
    ctl_daemon_stop(daemon);
    ck_assert_int_eq(unlink(socket_path), 0);
    read_until(&run, "trying again");
    daemon = ctl_daemon_start(socket_path, replies);
    read_until(&run, "connected again");
    for (int i = 0; i < 500 && ctl_daemon_count(daemon, "events") == 0; i++)
        (void)poll(NULL, 0, 10);
    ck_assert_int_eq(kill(run.pid, SIGINT), 0);
    finish(&run);
    ck_assert_int_eq(run.exit_code, 130);
    char *params = ctl_daemon_params(daemon, "events");

    ck_assert_str_eq(params, "[{\"follow\":true,\"since_seq\":9}]");
    free(params);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(ping_and_status_report_an_unavailable_daemon)
{
    static const struct ctl_reply down[] = {
        {.method = "status",
         .result = "{'server':{'version':'0.4.1','state':'unavailable'},"
                   "'targets':[]}"},
        {0}};
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, down);
    struct run run;

    RUN(&run, TTY_NONE, NULL, "status");
    ck_assert_int_eq(run.exit_code, 8);
    RUN(&run, TTY_NONE, NULL, "ping");
    ck_assert_int_eq(run.exit_code, 8);
    ck_assert_int_eq(
        strncmp(run.out_text, "aigwd 0.4.1: unavailable, answered in ", 38), 0);
    RUN(&run, TTY_NONE, NULL, "ping", "-q");
    ck_assert_int_eq(run.exit_code, 8);
    ck_assert_str_eq(run.out_text, "");
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_full_disk_is_an_error)
{
    struct ctl_daemon *daemon = ctl_daemon_start(socket_path, replies);
    char command[256];
    int status;

    (void)snprintf(command, sizeof(command), "%s routes >/dev/full 2>&1",
                   AIGW_CTL);
    status = system(command);
    ck_assert_int_eq(WEXITSTATUS(status), 1);
    ctl_daemon_stop(daemon);
}

END_TEST

int
main(void)
{
    Suite *suite = suite_create("ctl");
    TCase *tcase = tcase_create("ctl");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_command_prints_and_ends_as_documented, 0,
                        ROWS(commands));
    tcase_add_test(tcase, without_a_daemon_every_command_says_so);
    tcase_add_test(tcase, an_answer_on_a_terminal_ends_with_its_cost);
    tcase_add_test(tcase, a_prompt_comes_from_the_line_or_from_a_pipe);
    tcase_add_test(tcase,
                   without_a_prompt_the_help_is_shown_instead_of_waiting);
    tcase_add_test(tcase, an_unanswered_prompt_tells_why);
    tcase_add_test(tcase, an_interrupt_stops_the_answer_at_the_daemon);
    tcase_add_test(tcase, an_interrupted_load_still_reports);
    tcase_add_test(tcase, an_interrupt_between_answers_ends_the_conversation);
    tcase_add_test(tcase, a_chat_request_is_passed_on_as_it_stands);
    tcase_add_test(tcase, a_conversation_remembers_what_was_said);
    tcase_add_test(tcase, load_counts_and_measures_every_call);
    tcase_add_test(tcase, watching_ends_after_its_count_or_with_its_reader);
    tcase_add_test(tcase, a_reader_that_goes_away_ends_it_quietly);
    tcase_add_test(tcase, watching_goes_on_when_the_daemon_comes_back);
    tcase_add_test(tcase, ping_and_status_report_an_unavailable_daemon);
    tcase_add_test(tcase, a_full_disk_is_an_error);
    suite_add_tcase(suite, tcase);
    return suite_main(suite);
}
