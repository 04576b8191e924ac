/*
 * check_process.c - the daemon as a process: how it ends, how it takes a new
 * configuration, and what it does without a standard error.
 */
#include "base/mem.h"
#include "mock/mock_answer.h"
#include "support/calls.h"
#include "support/procfs.h"
#include "support/suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum {
    N_SHORT = 15,
    N_LONG = 15,
    LONG_TOKENS = 1000,
    CONFIG_MAX = 16384,
};

/* An answer of 20 tokens takes 0.4 s, one of a thousand 20 s. */
static const char PATIENT[] =
    " timeouts = { headers_ms = 20000; first_event_ms = 20000;"
    " first_token_ms = 20000; stall_ms = 20000; };";

static struct gateway g;

static void
setup(void)
{
    g = (struct gateway){.more_of_a = PATIENT};
}

static void
start_slow_streams(const char *more)
{
    g.more = more;
    test_provider_start(&g.mocks[0], "--token-interval-ms", "20", NULL);
    gateway_start(&g);
}

static void
expect_partial(const json_t *result, const char *prompt)
{
    char *want = mock_answer_text(prompt, LONG_TOKENS);
    const char *partial;

    ck_assert(!value_bool(result, "success"));
    partial = value_str(result, "partial");
    ck_assert_uint_gt(strlen(partial), 0);
    ck_assert_uint_lt(strlen(partial), strlen(want));
    ck_assert_int_eq(strncmp(partial, want, strlen(partial)), 0);
    free(want);
}

/* Ends the mocks, and the daemon's folder: the daemon itself has ended. */
static void
clean_up(void)
{
    ck_assert(!test_daemon_logged(&g.daemon, "Sanitizer"));
    peer_close(g.peer);
    test_daemon_clean(&g.daemon);
    for (size_t i = 0; i < g.n_mocks; i++)
        test_provider_stop(&g.mocks[i]);
    free(g.streamed);
}

START_TEST(f74_end_under_load_finishes_or_tells_the_partial_text)
{
    enum {
        DRAIN_MS = 2000
    };

    uint32_t brief[N_SHORT], endless[N_LONG];
    int64_t begun_ms;

    start_slow_streams("drain_s = 2;");
    for (size_t i = 0; i < N_LONG; i++)
        endless[i] = gateway_send(&g, "long #tokens=1000", ", 'stream': true");
    for (size_t i = 0; i < N_SHORT; i++)
        brief[i] = gateway_send(&g, "short", ", 'stream': true");
    eventually(gateway_sends(&g, 0) == N_SHORT + N_LONG);
    ck_assert_ptr_nonnull(peer_notification(g.peer, "call.delta", PATIENCE_MS));
    begun_ms = process_now_ms();
    process_signal(&g.daemon.process, SIGTERM);
    eventually(test_daemon_logged(&g.daemon, "draining"));
    (void)peer_error(g.peer, -32002, "generate", "[{'prompt': 'hello'}]");

    for (size_t i = 0; i < N_SHORT; i++) {
        struct peer_reply reply = peer_wait(g.peer, brief[i]);

        ck_assert_int_eq(reply.code, 0);
        g.n_deltas = 0;
        gateway_expect_answer(&g, reply.result, "short");
    }
    for (size_t i = 0; i < N_LONG; i++)
        expect_partial(peer_wait(g.peer, endless[i]).result,
                       "long #tokens=1000");
    ck_assert_int_ge(process_now_ms() - begun_ms, DRAIN_MS);
    ck_assert_int_eq(test_daemon_wait(&g.daemon), 0);
    ck_assert_int_le(process_now_ms() - begun_ms, DRAIN_MS + 1000);
    ck_assert_int_ne(access(g.daemon.socket, F_OK), 0);
    clean_up();
}

END_TEST

START_TEST(f74_end_without_load_is_immediate)
{
    int64_t begun_ms;

    start_slow_streams("drain_s = 20;");
    begun_ms = process_now_ms();
    process_signal(&g.daemon.process, SIGTERM);
    ck_assert_int_eq(test_daemon_wait(&g.daemon), 0);
    ck_assert_int_lt(process_now_ms() - begun_ms, 1000);
    clean_up();
}

END_TEST

/* The last ones may find a process without handlers; none harms. */
START_TEST(f74_signals_that_come_while_it_ends_are_ignored)
{
    g.keeps_state = true;
    start_slow_streams("");
    process_signal(&g.daemon.process, SIGTERM);
    for (int i = 0; !process_has_ended(&g.daemon.process); i++) {
        process_signal(&g.daemon.process, i % 2 == 0 ? SIGTERM : SIGHUP);
        process_pause();
    }
    ck_assert(WIFSIGNALED(g.daemon.process.status)
              || WEXITSTATUS(g.daemon.process.status) == 0);
    clean_up();
}

END_TEST

struct bad_config {
    const char *name;
    const char *line; /* Appended to a good configuration. */
    const char *message;
};

static const struct bad_config BAD_CONFIGS[] = {
    {"syntax", "this is no setting", "syntax"},
    {"unknown setting", "brakers = { min_calls = 3; };", "breaker"},
    {"value of another type", "drain_s = \"soon\";", "expected"},
    {"unknown target",
     "routes = ( { name = \"default\"; targets = ( \"nowhere/m\" ); } );",
     "nowhere"},
};

static char *
read_config(int *ret_lines)
{
    char *text = calloc(1, CONFIG_MAX);
    FILE *file = fopen(g.daemon.config, "re");

    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(text, 1, CONFIG_MAX - 1, file), 0);
    (void)fclose(file);
    *ret_lines = 0;
    for (const char *at = strchr(text, '\n'); at; at = strchr(at + 1, '\n'))
        ++*ret_lines;
    return text;
}

static int64_t
generation(void)
{
    return value_int(peer_result(g.peer, "status", "[{}]"),
                     "server.config_generation");
}

/* The old configuration serves, by whichever way the new one was refused. */
static void
expect_old_one(int line)
{
    const json_t *result = peer_result(g.peer, "config.reload", "[]");
    char place[160];

    ck_assert(!value_bool(result, "ok"));
    ck_assert_str_eq(value_str(result, "errors.0.file"), g.daemon.config);
    ck_assert_int_eq(value_int(result, "errors.0.line"), line);
    process_signal(&g.daemon.process, SIGHUP);
    (void)snprintf(place, sizeof(place), "%s:%d:", g.daemon.config, line);
    eventually(test_daemon_logged(&g.daemon, place));
    ck_assert_int_eq(generation(), 1);
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
}

START_TEST(f76_bad_configuration_leaves_the_old_one_in_force)
{
    const struct bad_config *row = &BAD_CONFIGS[_i];
    char *good;
    int lines;

    gateway_start(&g);
    good = read_config(&lines);
    test_daemon_reconfigure(&g.daemon, "%s%s\n", good, row->line);
    expect_old_one(lines + 1);
    ck_assert_msg(test_daemon_logged(&g.daemon, row->message), "%s", row->name);
    test_daemon_reconfigure(&g.daemon, "%s", good);
    ck_assert(value_bool(peer_result(g.peer, "config.reload", "[]"), "ok"));
    ck_assert_int_eq(generation(), 2);
    free(good);
    gateway_stop(&g);
}

END_TEST

START_TEST(f76_missing_secret_leaves_the_old_configuration_in_force)
{
    gateway_start(&g);
    test_daemon_reconfigure(
        &g.daemon,
        "health = { kind = \"off\"; };\nproviders = ( {\n  name = \"a\";\n"
        "  base_url = \"http://127.0.0.1:%d/v1\";\n"
        "  key = { env = \"AIGW_TEST_UNSET\"; };\n"
        "  models = ( { name = \"m\"; } );\n} );\n",
        g.mocks[0].port);
    expect_old_one(5);
    ck_assert(test_daemon_logged(&g.daemon, "AIGW_TEST_UNSET"));
    gateway_stop(&g);
}

END_TEST

static int
run(const char *option)
{
    const char *argv[] = {AIGWD_PATH, "-c", g.daemon.config, option, NULL};
    struct process p;

    process_start(&p, &(struct process_options){.argv = argv,
                                                .stderr_path = g.daemon.log});
    return process_wait(&p, PATIENCE_MS);
}

START_TEST(f77_configuration_that_cannot_be_used_is_exit_code_78)
{
    const struct bad_config *row = &BAD_CONFIGS[_i];
    char place[160];
    char *good;
    int lines;

    gateway_prepare(&g);
    ck_assert_int_eq(run("--check-config"), EX_OK);
    good = read_config(&lines);
    test_daemon_reconfigure(&g.daemon, "%s%s\n", good, row->line);
    ck_assert_int_eq(run("--check-config"), EX_CONFIG);
    (void)snprintf(place, sizeof(place), "%s:%d:", g.daemon.config, lines + 1);
    ck_assert(test_daemon_logged(&g.daemon, place));
    ck_assert(test_daemon_logged(&g.daemon, row->message));
    ck_assert_int_eq(run("--log-level=info"), EX_CONFIG);
    free(good);
    clean_up();
}

END_TEST

/* A standard error that nobody reads: the pipe is full after 64 KiB. */
START_TEST(f79_full_and_broken_standard_error_stop_nothing)
{
    struct calls_plan plan = {
        .total = 600, .at_once = 50, .prompt = "fail", .more = NULL};
    int reader;

    g.more = "log = { level = \"debug\"; };";
    gateway_prepare(&g);
    ck_assert_int_eq(mkfifo(g.daemon.log, 0600), 0);
    reader = open(g.daemon.log, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    ck_assert_int_ge(reader, 0);
    test_daemon_spawn(&g.daemon, NULL);
    eventually(access(g.daemon.socket, F_OK) == 0);
    g.peer = peer_connect(g.daemon.socket);
    test_provider_fault(&g.mocks[0], "kind=status,status=400");
    ck_assert_int_eq(calls_run(&g, &plan).failed, plan.total);
    ck_assert_int_gt(
        value_int(peer_result(g.peer, "status", "[{}]"), "server.log_dropped"),
        0);
    (void)close(reader);
    ck_assert_int_eq(calls_run(&g, &plan).failed, plan.total);
    test_provider_heal(&g.mocks[0]);
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    process_signal(&g.daemon.process, SIGTERM);
    ck_assert_int_eq(test_daemon_wait(&g.daemon), 0);
    (void)unlink(g.daemon.log);
    clean_up();
}

END_TEST

/* The disk that the log goes to is full; the one of the ledger is not. */
START_TEST(f78_a_full_disk_under_the_log_stops_nothing)
{
    const json_t *status;

    g.keeps_state = true;
    gateway_prepare(&g);
    ck_assert_int_eq(symlink("/dev/full", g.daemon.log), 0);
    test_daemon_spawn(&g.daemon, NULL);
    eventually(access(g.daemon.socket, F_OK) == 0);
    g.peer = peer_connect(g.daemon.socket);
    for (int i = 0; i < 10; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "hello", ", 'stream': true"),
                              "hello");
    status = peer_result(g.peer, "status", "[{}]");
    ck_assert_int_ge(value_int(status, "server.log_dropped"), 10);
    ck_assert_str_eq(value_str(status, "server.state"), "ready");
    ck_assert_str_eq(value_str(status, "server.ledger"), "ok");
    eventually(value_int(peer_result(g.peer, "cost", "[{}]"), "total.attempts")
               == 10);
    process_signal(&g.daemon.process, SIGTERM);
    ck_assert_int_eq(test_daemon_wait(&g.daemon), 0);
    (void)unlink(g.daemon.log);
    clean_up();
}

END_TEST

static void
start_without_standard_files(void)
{
    const char *argv[] = {"/bin/sh",
                          "-c",
                          "exec \"$0\" \"$@\" <&- >&- 2>&-",
                          AIGWD_PATH,
                          "-c",
                          g.daemon.config,
                          "--socket",
                          g.daemon.socket,
                          NULL};

    gateway_prepare(&g);
    process_start(&g.daemon.process, &(struct process_options){.argv = argv});
    test_daemon_await(&g.daemon);
    g.peer = peer_connect(g.daemon.socket);
}

/* A descriptor below 3 that is something else would get the log lines. */
START_TEST(f79_closed_standard_files_are_not_taken_for_others)
{
    start_without_standard_files();
    for (int i = 0; i < 5; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    for (int fd = 0; fd < 3; fd++) {
        char name[256];

        procfs_fd_name(g.daemon.process.pid, fd, name, sizeof(name));
        ck_assert_str_eq(name, "/dev/null");
    }
    gateway_stop(&g);
}

END_TEST

START_TEST(f84_no_descriptor_is_left_open_in_a_child)
{
    uint32_t ids[10];
    pid_t pid;
    int n = 0;

    start_slow_streams("");
    pid = g.daemon.process.pid;
    for (size_t i = 0; i < array_count(ids); i++)
        ids[i] = gateway_send(&g, "short", ", 'stream': true");
    eventually(gateway_sends(&g, 0) == (int64_t)array_count(ids));
    for (int fd = procfs_next_fd(pid, 3); fd >= 0;
         fd = procfs_next_fd(pid, fd + 1)) {
        int flags = procfs_fd_flags(pid, fd);
        char name[256];

        procfs_fd_name(pid, fd, name, sizeof(name));
        ck_assert_msg(flags < 0 || (flags & O_CLOEXEC),
                      "descriptor %d, %s, would be inherited", fd, name);
        n++;
    }
    ck_assert_int_gt(n, (int)array_count(ids));
    for (size_t i = 0; i < array_count(ids); i++)
        (void)peer_wait(g.peer, ids[i]);
    gateway_stop(&g);
}

END_TEST

/* A service manager's socket, in the abstract namespace. */
static int
listen_for_notices(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    char name[64];
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int n = snprintf(name, sizeof(name), "@aigw-test-%d", (int)getpid());
    socklen_t size =
        (socklen_t)offsetof(struct sockaddr_un, sun_path) + (socklen_t)n;

    memcpy(addr.sun_path + 1, name + 1, (size_t)n - 1);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, size), 0);
    ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
    ck_assert_int_eq(setenv("WATCHDOG_USEC", "200000", 1), 0);
    return fd;
}

/* Takes one notice; true if it begins with `text`. */
static bool
is_told(int fd, const char *text)
{
    char notice[256] = "";

    return recv(fd, notice, sizeof(notice) - 1, 0) > 0
           && strncmp(notice, text, strlen(text)) == 0;
}

static int64_t
connections(void)
{
    return value_int(peer_result(g.peer, "status", "[{}]"),
                     "server.connections");
}

/* It asks itself over a connection, which is nobody's business. */
START_TEST(a_watchdog_hears_of_a_daemon_that_answers)
{
    int fd = listen_for_notices();
    int n_fds;

    g.more = "limits = { connections = 1; };";
    gateway_prepare(&g);
    test_daemon_spawn(&g.daemon, NULL);
    eventually(is_told(fd, "READY=1"));
    g.peer = peer_connect(g.daemon.socket);
    for (int i = 0; i < 5; i++)
        eventually(is_told(fd, "WATCHDOG=1\nSTATUS=ready, 0 calls"));
    ck_assert_int_eq(connections(), 1);
    n_fds = procfs_count_fds(g.daemon.process.pid);
    for (int i = 0; i < 5; i++)
        eventually(is_told(fd, "WATCHDOG=1"));
    ck_assert_int_eq(procfs_count_fds(g.daemon.process.pid), n_fds);

    /* A process that does not come to answer says nothing. */
    process_signal(&g.daemon.process, SIGSTOP);
    while (recv(fd, &(char){0}, 1, 0) > 0)
        continue;
    (void)nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL);
    ck_assert(!is_told(fd, ""));
    process_signal(&g.daemon.process, SIGCONT);
    eventually(is_told(fd, "WATCHDOG=1"));
    gateway_stop(&g);
    (void)close(fd);
}

END_TEST

static Suite *
process_suite(void)
{
    Suite *suite = suite_create("process");
    TCase *tc = tcase_create("process");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, f74_end_under_load_finishes_or_tells_the_partial_text);
    tcase_add_test(tc, f74_end_without_load_is_immediate);
    tcase_add_test(tc, f74_signals_that_come_while_it_ends_are_ignored);
    tcase_add_loop_test(tc, f76_bad_configuration_leaves_the_old_one_in_force,
                        0, array_count(BAD_CONFIGS));
    tcase_add_test(tc,
                   f76_missing_secret_leaves_the_old_configuration_in_force);
    tcase_add_loop_test(tc,
                        f77_configuration_that_cannot_be_used_is_exit_code_78,
                        0, array_count(BAD_CONFIGS));
    tcase_add_test(tc, f78_a_full_disk_under_the_log_stops_nothing);
    tcase_add_test(tc, f79_full_and_broken_standard_error_stop_nothing);
    tcase_add_test(tc, f79_closed_standard_files_are_not_taken_for_others);
    tcase_add_test(tc, f84_no_descriptor_is_left_open_in_a_child);
    tcase_add_test(tc, a_watchdog_hears_of_a_daemon_that_answers);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(process_suite());
}
