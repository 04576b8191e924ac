/*
 * check_callers.c - callers that leave, that do not read, that hardly write,
 * and that are too many: nobody else notices.
 */
#include "base/mem.h"
#include "support/calls.h"
#include "support/procfs.h"
#include "support/sanitizer.h"
#include "support/suite.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    N_SLOW = 200,
    PARTIAL_FRAME_MS = 2500,
    STALL_MS = 3000,
    PAUSED_MAX_BYTES = 4 * 1024 * 1024,
};

static struct gateway g;

static void
start(const char *more, const char *model)
{
    g = (struct gateway){
        .more = more,
        .more_of_a = " timeouts = { stall_ms = 20000; };",
        .model_of_a = model,
    };
    gateway_start(&g);
}

/* A connection without any protocol. */
static int
dial(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    ck_assert_int_ge(fd, 0);
    memcpy(addr.sun_path, g.daemon.socket, sizeof(g.daemon.socket));
    ck_assert_msg(connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0,
                  "cannot connect: %s", strerror(errno));
    return fd;
}

/* Without reading anything. */
static bool
is_closed(int fd)
{
    struct pollfd p = {.fd = fd};

    return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

static void
expect_service(void)
{
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
}

static int64_t
cost_so_far(void)
{
    return value_int(peer_result(g.peer, "status", "[{}]"),
                     "totals.cost_nanousd");
}

START_TEST(f55_disconnect_in_mid_stream_aborts_the_upstream_within_100_ms)
{
    int64_t best_ms = INT64_MAX;
    int n_fds;

    test_provider_start(&g.mocks[0], "--price-in", "2", "--price-out", "8",
                        "--token-interval-ms", "20", NULL);
    g.n_mocks = 1;
    gateway_start(&g);
    n_fds = procfs_count_fds(g.daemon.process.pid);

    /* The best of a few: other processes have their turns, too. */
    for (int i = 1; i <= 5 && best_ms > 100; i++) {
        struct peer *leaver = peer_connect(g.daemon.socket);
        int64_t left_ms;

        (void)peer_send(leaver, "generate",
                        "[{'prompt': 'leave #tokens=500', 'stream': true}]");
        for (int k = 0; k < 5; k++)
            ck_assert_ptr_nonnull(
                peer_notification(leaver, "call.delta", PATIENCE_MS));
        left_ms = process_now_ms();
        peer_close(leaver);
        eventually(test_provider_count(&g.mocks[0], "aborted") == i);
        left_ms =
            test_provider_count(&g.mocks[0], "last_abort_mono_ms") - left_ms;
        best_ms = left_ms < best_ms ? left_ms : best_ms;
    }
    ck_assert_int_le(best_ms, 100);

    /* The books hold at least what the provider charges for what it sent. */
    ck_assert_int_gt(test_provider_count(&g.mocks[0], "bill_nanousd"), 0);
    ck_assert_int_ge(cost_so_far(),
                     test_provider_count(&g.mocks[0], "bill_nanousd"));
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "in_flight"), 0);
    eventually(procfs_count_fds(g.daemon.process.pid) <= n_fds + 1);
    gateway_stop(&g);
}

END_TEST

/* How much the 99th percentile of other calls rises, at the least: it is
 * measured until it is small enough or `until_ms` has come, as other processes
 * have their turns, too. */
static double
p99_rise_ms(double calm_ms, int64_t until_ms)
{
    double least_ms = 1e9;

    while (least_ms > 5.0 && process_now_ms() < until_ms) {
        double rise_ms = calls_p99_ms(g.peer, 100) - calm_ms;

        least_ms = rise_ms < least_ms ? rise_ms : least_ms;
    }
    return least_ms;
}

START_TEST(f58_caller_that_never_reads_is_paused_and_then_closed)
{
    int64_t rss_bytes, sent_bytes, begun_ms;
    double calm_ms;
    int fds[4];
    pid_t pid;

    start("limits = { client_stall_ms = 3000; };", NULL);
    pid = g.daemon.process.pid;
    expect_service();
    (void)calls_p99_ms(g.peer, 50);
    calm_ms = calls_p99_ms(g.peer, 100);
    rss_bytes = procfs_rss_bytes(pid);
    begun_ms = process_now_ms();
    for (size_t i = 0; i < array_count(fds); i++) {
        struct peer *mute = peer_connect(g.daemon.socket);

        (void)peer_send(mute, "generate",
                        "[{'prompt': 'long #tokens=100000', 'stream': true,"
                        " 'route': 'a/m', 'max_tokens': 100000}]");
        fds[i] = dup(peer_fd(mute));
        peer_close(mute);
    }

    /* The upstream is paused: nothing moves any more. */
    eventually(test_provider_count(&g.mocks[0], "write_queue_bytes") > 0);
    do {
        sent_bytes = test_provider_count(&g.mocks[0], "bytes_sent");
        (void)nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    } while (test_provider_count(&g.mocks[0], "bytes_sent") != sent_bytes
             && process_now_ms() < begun_ms + STALL_MS);
    ck_assert_int_lt(process_now_ms(), begun_ms + STALL_MS);
    if (!SANITIZED)
        ck_assert_int_lt(procfs_rss_bytes(pid) - rss_bytes, PAUSED_MAX_BYTES);
    ck_assert_double_le(p99_rise_ms(calm_ms, begun_ms + STALL_MS - 500), 5.0);

    for (size_t i = 0; i < array_count(fds); i++) {
        eventually(is_closed(fds[i]));
        ck_assert_int_ge(process_now_ms() - begun_ms, STALL_MS);
        (void)close(fds[i]);
    }
    ck_assert_int_lt(process_now_ms() - begun_ms, STALL_MS + 2000);
    eventually(test_provider_count(&g.mocks[0], "aborted") == 4);
    expect_service();
    gateway_stop(&g);
}

END_TEST

/* A frame that would be large, if it ever came. */
static char
byte_of_frame(int i)
{
    static const char HEAD[] = "\x94\x00\x01\xa8generate\x91\x81\xa6prompt\xd9";

    return i < (int)sizeof(HEAD) - 1 ? HEAD[i] : 'x';
}

static void
drip(const int fds[N_SLOW], int i)
{
    char byte = byte_of_frame(i);

    for (int k = 0; k < N_SLOW; k++)
        (void)send(fds[k], &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int
count_closed(const int fds[N_SLOW])
{
    int n = 0;

    for (int k = 0; k < N_SLOW; k++)
        n += is_closed(fds[k]);
    return n;
}

START_TEST(f59_two_hundred_that_send_a_byte_a_second_are_closed)
{
    int64_t begun_ms, slowest_ms = 0;
    int n_late = 0, n_calls = 0, n_bytes = 0;
    int fds[N_SLOW];

    start("limits = { partial_frame_ms = 2500; };", NULL);
    for (int k = 0; k < N_SLOW; k++)
        fds[k] = dial();
    begun_ms = process_now_ms();
    while (count_closed(fds) < N_SLOW) {
        int64_t now_ms = process_now_ms();

        ck_assert_int_lt(now_ms - begun_ms, PARTIAL_FRAME_MS + 1500);
        if (now_ms - begun_ms < PARTIAL_FRAME_MS)
            ck_assert_int_eq(count_closed(fds), 0);
        if (now_ms >= begun_ms + 1000L * n_bytes)
            drip(fds, n_bytes++);
        now_ms = process_now_ms();
        expect_service();
        now_ms = process_now_ms() - now_ms;
        n_late += now_ms >= 50;
        n_calls++;
        slowest_ms = now_ms > slowest_ms ? now_ms : slowest_ms;
    }
    ck_assert_int_ge(n_bytes, 3);
    ck_assert_int_gt(n_calls, 50);
    /* One in a hundred is the machine's. */
    ck_assert_msg(n_late * 100 <= n_calls, "%d of %d calls late, up to %lld ms",
                  n_late, n_calls, (long long)slowest_ms);
    for (int k = 0; k < N_SLOW; k++)
        (void)close(fds[k]);
    gateway_stop(&g);
}

END_TEST

/* The daemon inherits the limit; this process goes on without it. */
static void
start_with_few_descriptors(rlim_t n)
{
    struct rlimit limit, low;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    low.rlim_cur = n;
    gateway_prepare(&g);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    test_daemon_spawn(&g.daemon, NULL);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    test_daemon_await(&g.daemon);
    g.peer = peer_connect(g.daemon.socket);
}

START_TEST(f60_out_of_descriptors_it_neither_spins_nor_fails_its_callers)
{
    enum {
        CROWD = 100,
        LOOK_MS = 1000
    };

    int fds[CROWD];
    int64_t cpu_ms;
    struct peer *late;
    int n_served = 0;

    g = (struct gateway){0};
    start_with_few_descriptors(64);
    expect_service();
    for (int k = 0; k < CROWD; k++)
        fds[k] = dial();
    eventually(procfs_count_fds(g.daemon.process.pid) > 40);
    expect_service();

    /* Those beyond the limit were hung up on, or wait. */
    for (int k = 0; k < CROWD; k++)
        n_served += !is_closed(fds[k]);
    ck_assert_int_gt(n_served, 0);
    cpu_ms = procfs_cpu_ms(g.daemon.process.pid);
    (void)nanosleep(&(struct timespec){.tv_sec = LOOK_MS / 1000}, NULL);
    ck_assert_int_le(procfs_cpu_ms(g.daemon.process.pid) - cpu_ms,
                     LOOK_MS * 5 / 100);
    ck_assert_int_le(procfs_count_fds(g.daemon.process.pid), 64);

    /* The callers that are there lack nothing. */
    ck_assert_int_eq(calls_run(&g, &(struct calls_plan){.total = 20,
                                                        .at_once = 5,
                                                        .prompt = "crowd"})
                         .answered,
                     20);
    for (int k = 0; k < CROWD; k++)
        (void)close(fds[k]);
    eventually(
        value_int(peer_result(g.peer, "status", "[{}]"), "server.connections")
        == 1);
    late = peer_connect(g.daemon.socket);
    ck_assert(value_bool(peer_result(late, "generate", "[{'prompt': 'hello'}]"),
                         "success"));
    peer_close(late);
    gateway_stop(&g);
}

END_TEST

/* Those beyond the limit do not keep others from being told. */
START_TEST(callers_beyond_the_limit_must_ask_soon)
{
    enum {
        CROWD = 16,
        SOON_MS = 500
    };

    int64_t begun_ms;
    int fds[CROWD];
    struct peer *second, *late;

    /* The one that asked whether the daemon is there has gone. */
    start("limits = { connections = 2; partial_frame_ms = 500; };", NULL);
    eventually(
        value_int(peer_result(g.peer, "status", "[{}]"), "server.connections")
        == 1);
    second = peer_connect(g.daemon.socket);
    (void)peer_result(second, "hello", "[{}]");
    begun_ms = process_now_ms();
    for (int k = 0; k < CROWD; k++)
        fds[k] = dial();
    for (int k = 0; k < CROWD; k++) {
        eventually(is_closed(fds[k]));
        (void)close(fds[k]);
    }
    ck_assert_int_ge(process_now_ms() - begun_ms, SOON_MS - 1);
    late = peer_connect(g.daemon.socket);
    (void)peer_error(late, -32001, "status", "[{}]");
    peer_wait_closed(late);
    peer_close(late);
    expect_service();
    peer_close(second);
    gateway_stop(&g);
}

END_TEST

static uint32_t
send_large(struct peer *p, const char *prompt)
{
    return peer_send_json(
        p, "generate", json_pack("[{ssss}]", "prompt", prompt, "route", "a/m"));
}

START_TEST(large_prompts_are_refused_before_they_fill_the_memory)
{
    enum {
        MIB = 1024 * 1024,
        PROMPT_BYTES = 15 * MIB,
        N_PROMPTS = 24,
        N_ADMITTED = 4,
        MOST_RISE_BYTES = 300 * MIB,
    };

    char *prompt = calloc(1, PROMPT_BYTES + 1);
    uint32_t ids[N_PROMPTS];
    struct peer *flood;
    int64_t rss_bytes;

    ck_assert_ptr_nonnull(prompt);
    memset(prompt, 'x', PROMPT_BYTES);
    g.more_of_a = " timeouts = { headers_ms = 60000; answer_ms = 60000; };";
    gateway_start(&g);
    test_provider_fault(&g.mocks[0], "kind=hang");
    rss_bytes = procfs_rss_bytes(g.daemon.process.pid);
    flood = peer_connect(g.daemon.socket);
    for (int i = 0; i < N_PROMPTS; i++)
        ids[i] = send_large(flood, prompt);
    for (int i = N_ADMITTED; i < N_PROMPTS; i++)
        ck_assert_int_eq(peer_wait(flood, ids[i]).code, -32001);
    ck_assert_int_ge(
        value_int(peer_result(g.peer, "status", "[{}]"), "totals.shed"),
        N_PROMPTS - N_ADMITTED);
    if (!SANITIZED)
        ck_assert_int_lt(procfs_rss_bytes(g.daemon.process.pid) - rss_bytes,
                         MOST_RISE_BYTES);

    /* Others are served, and in the end there is room again. */
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ", 'route': 'b/m'"),
                          "hello");
    peer_close(flood);
    test_provider_heal(&g.mocks[0]);
    eventually(
        value_int(peer_result(g.peer, "status", "[{}]"), "totals.in_flight")
        == 0);
    ck_assert_int_eq(peer_wait(g.peer, send_large(g.peer, prompt)).code, 0);
    gateway_stop(&g);
    free(prompt);
}

END_TEST

static void
setup(void)
{
    g = (struct gateway){0};
}

static Suite *
callers_suite(void)
{
    Suite *suite = suite_create("callers");
    TCase *tc = tcase_create("trouble");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(
        tc, f55_disconnect_in_mid_stream_aborts_the_upstream_within_100_ms);
    tcase_add_test(tc, f58_caller_that_never_reads_is_paused_and_then_closed);
    tcase_add_test(tc, f59_two_hundred_that_send_a_byte_a_second_are_closed);
    tcase_add_test(
        tc, f60_out_of_descriptors_it_neither_spins_nor_fails_its_callers);
    tcase_add_test(tc, callers_beyond_the_limit_must_ask_soon);
    tcase_add_test(tc, large_prompts_are_refused_before_they_fill_the_memory);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(callers_suite());
}
