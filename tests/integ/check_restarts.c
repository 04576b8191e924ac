/*
 * check_restarts.c - the daemon is restarted under load while somebody else
 * holds its socket, as systemd does.
 *
 * Programs ask at 500 calls a second altogether, each call under an id of its
 * own, and ask again under the same id when the daemon goes from under them.
 * No connection is refused, every call is answered, and none was sent to the
 * provider twice.  A few restarts as one of the tests; 100 with
 * AIGW_TEST_LONG=1.
 */
#include "mock_answer.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <aigw/aigw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PROGRAMS = 32,
    PER_SECOND = 500,
    PAUSE_MS = 1000 * PROGRAMS / PER_SECOND,
    MAX_TRIES = 1000,
    EXIT_REFUSED = 2, /* Of a program: a connection was refused, */
    EXIT_WRONG = 3,   /* an answer was not the right one, */
    EXIT_LOST = 4,    /* a call was never answered. */
};

static struct gateway g = {.keeps_state = true, .n_mocks = 1};

/* Bound by us and handed to one daemon after the other: as our standard input,
 * which is what a process that we start has of us. */
static void
listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_uint_lt(strlen(path), sizeof(address.sun_path));
    memcpy(address.sun_path, path, strlen(path) + 1);
    ck_assert_int_eq(
        bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, 1024), 0);
    ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    (void)close(fd);
}

static void
start_daemon(void)
{
    char script[512];
    const char *argv[] = {"/bin/sh", "-c", script, NULL};

    (void)snprintf(script, sizeof(script),
                   "LISTEN_PID=$$ LISTEN_FDS=1 exec %s -c %s --socket %s 3<&0",
                   AIGWD_PATH, g.daemon.config, g.daemon.socket);
    process_start(
        &g.daemon.process,
        &(struct process_options){.argv = argv, .stderr_path = g.daemon.log});
}

static void
restart_daemon(void)
{
    process_signal(&g.daemon.process, SIGTERM);
    ck_assert_int_eq(test_daemon_wait(&g.daemon), 0);
    start_daemon();
}

/* Asks until there is an answer, over a connection of its own: a client that
 * lives through many restarts in a row would wait longer after each. */
static int
ask(const char *prompt, const char *id)
{
    char *right = mock_answer_text(prompt, GATEWAY_TOKENS);
    struct aigw_generate_params params;
    struct aigw_options options;
    struct aigw *client;
    int code = EXIT_LOST;

    aigw_options_init(&options);
    options.socket_path = g.daemon.socket;
    client = aigw_new(&options);
    aigw_generate_params_init(&params);
    params.prompt = prompt;
    params.request_id = id;
    for (int i = 0; i < MAX_TRIES && code == EXIT_LOST; i++) {
        struct aigw_value *result = NULL;

        if (aigw_generate(client, &params, NULL, &result) == 0) {
            const char *content = aigw_get_str(result, "content", "");

            code = strcmp(content, right) == 0 ? 0 : EXIT_WRONG;
        } else if (strstr(aigw_error_text(client), "refused")) {
            code = EXIT_REFUSED;
        } else {
            process_pause(); /* It is on its way out. */
        }
        aigw_value_free(result);
    }
    aigw_free(client);
    free(right);
    return code;
}

/* One program, until `until_ms`.  Returns its exit code. */
static int
run_program(unsigned number, int64_t until_ms, int report)
{
    unsigned calls = 0;
    int code = 0;

    while (process_now_ms() < until_ms && code == 0) {
        int64_t next_ms = process_now_ms() + PAUSE_MS;
        char prompt[32];
        char id[32];

        (void)snprintf(prompt, sizeof(prompt), "restart %u %u", number, calls);
        (void)snprintf(id, sizeof(id), "r-%u-%u", number, calls);
        code = ask(prompt, id);
        calls++;
        while (process_now_ms() < next_ms)
            process_pause();
    }
    if (write(report, &calls, sizeof(calls)) != sizeof(calls))
        code = EXIT_LOST;
    return code;
}

START_TEST(f75_no_call_is_lost_or_doubled_by_restarts)
{
    unsigned restarts = getenv("AIGW_TEST_LONG") ? 100 : 4;
    int64_t until_ms;
    pid_t pids[PROGRAMS];
    int64_t total = 0;
    int report[2];

    gateway_prepare(&g);
    listen_at(g.daemon.socket);
    start_daemon();
    ck_assert_int_eq(pipe(report), 0);
    until_ms = process_now_ms() + (int64_t)restarts * 500 + 1000;
    for (unsigned i = 0; i < PROGRAMS; i++) {
        pids[i] = fork();
        ck_assert_int_ge(pids[i], 0);
        if (pids[i] == 0)
            _exit(run_program(i, until_ms, report[1]));
    }
    for (unsigned i = 0; i < restarts; i++) {
        int64_t at_ms = process_now_ms() + 400;

        while (process_now_ms() < at_ms)
            process_pause();
        restart_daemon();
    }
    for (unsigned i = 0; i < PROGRAMS; i++) {
        unsigned calls;
        int status;

        ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                      "program %u ended with %x", i, (unsigned)status);
        ck_assert_int_eq(read(report[0], &calls, sizeof(calls)),
                         (ssize_t)sizeof(calls));
        total += calls;
    }
    ck_assert_int_eq(test_provider_count(&g.mocks[0], "prompts"), total);
    ck_assert_int_eq(gateway_sends(&g, 0), total);
    printf("%u restarts, %lld calls: every one answered, and sent once\n",
           restarts, (long long)total);
    g.peer = peer_connect(g.daemon.socket);
    gateway_stop(&g);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("restarts");
    TCase *tc = tcase_create("restarts");

    tcase_set_timeout(tc, 600);
    tcase_add_test(tc, f75_no_call_is_lost_or_doubled_by_restarts);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
