/*
 * check_clock.c - a daemon whose clocks jump: the wall clock by a day, the
 * monotonic one by the hour that the machine was asleep.
 */
#include "support/calls.h"
#include "support/suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const int64_t SECOND_NS = INT64_C(1000000000);
static const int64_t HOUR_MS = INT64_C(3600000);
static const int64_t DAY_MS = 24 * INT64_C(3600000);

enum {
    WALL,
    MONOTONIC,
};

static struct gateway g;
static volatile int64_t *shifts;
static char path[] = "/tmp/aigw-clock-XXXXXX";

/* The daemon is started with clocks that `shifts` moves. */
static void
start(void)
{
    const int64_t zero[2] = {0};
    int fd = mkstemp(path);
    void *at;

    ck_assert_int_eq(write(fd, zero, sizeof(zero)), sizeof(zero));
    at = mmap(NULL, sizeof(zero), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert_ptr_ne(at, MAP_FAILED);
    shifts = at;
    (void)close(fd);
    test_provider_start(&g.mocks[0], "--token-interval-ms", "20", NULL);
    gateway_prepare(&g);
    (void)setenv("SHIFTED_CLOCK", path, 1);
    (void)setenv("LD_PRELOAD", SHIFTED_CLOCK_PATH, 1);
    (void)setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
    test_daemon_spawn(&g.daemon, NULL);
    (void)unsetenv("LD_PRELOAD");
    test_daemon_await(&g.daemon);
    g.peer = peer_connect(g.daemon.socket);
}

static void
setup(void)
{
    g = (struct gateway){
        .more = "breaker = { recovery_timeout_s = 1.0; };",
        .more_of_a = " timeouts = { answer_ms = 20000; headers_ms = 20000;"
                     " first_event_ms = 20000; first_token_ms = 20000;"
                     " stall_ms = 20000; };",
    };
    start();
}

static void
setup_probes(void)
{
    g = (struct gateway){
        .keeps_state = true,
        .more_of_a = "health = { kind = \"chat\"; paid_daily_usd = 0.01; };",
        .more = "breaker = { recovery_timeout_s = 1.0; };"
                "budgets = ( { name = \"all\"; limit_usd = 1; },"
                " { name = \"each\"; scope = \"client\"; limit_usd = 1; } );",
    };
    start();
}

static void
teardown(void)
{
    gateway_stop(&g);
    (void)unlink(path);
}

static void
jump(int clock, int64_t ms)
{
    shifts[clock] += ms * (SECOND_NS / 1000);
}

static const json_t *
status(void)
{
    return peer_result(g.peer, "status", "[{}]");
}

static bool
is(const char *wanted)
{
    return strcmp(value_str(gateway_target(&g, "a/m"), "state"), wanted) == 0;
}

static const int64_t JUMPS_DAYS[] = {1, -1, 1, 1, -2};

static void
jump_about(void)
{
    for (size_t i = 0; i < sizeof(JUMPS_DAYS) / sizeof(JUMPS_DAYS[0]); i++) {
        int64_t before_ms = value_int(status(), "time_ms");

        jump(WALL, JUMPS_DAYS[i] * DAY_MS);

        /* Or this test proves nothing. */
        ck_assert_int_gt(llabs(value_int(status(), "time_ms") - before_ms),
                         DAY_MS - 60000);
    }
}

START_TEST(f44_wall_clock_jumps_do_not_end_a_call)
{
    uint32_t id = gateway_send(&g, "hello", ", 'stream': true");

    ck_assert_ptr_nonnull(peer_notification(g.peer, "call.delta", PATIENCE_MS));
    jump_about();
    ck_assert(value_bool(peer_wait(g.peer, id).result, "success"));
}

END_TEST

START_TEST(f44_wall_clock_jumps_do_not_move_a_deadline)
{
    int64_t begun_ms = process_now_ms();
    uint32_t id;

    test_provider_fault(&g.mocks[0], "kind=hang");
    id = gateway_send(&g, "hello", ", 'deadline_ms': 700, 'route': 'a/m'");
    jump_about();
    gateway_expect_failure(gateway_await(&g, id), "deadline_exceeded");
    ck_assert_int_ge(process_now_ms() - begun_ms, 699);
    ck_assert_int_lt(process_now_ms() - begun_ms, 1500);
}

END_TEST

START_TEST(f44_wall_clock_jumps_do_not_move_a_breaker_or_a_gate)
{
    int64_t begun_ms;

    test_provider_fault(&g.mocks[0], "kind=status,status=503");
    for (int i = 0; i < 5; i++)
        (void)gateway_ask(&g, "hello", "");
    ck_assert(is("open"));
    begun_ms = process_now_ms();
    jump(WALL, DAY_MS);
    ck_assert(is("open"));
    jump(WALL, -2 * DAY_MS);
    eventually(!is("open"));
    ck_assert_int_lt(process_now_ms() - begun_ms, 1500);

    test_provider_heal(&g.mocks[0]);
    test_provider_fault(&g.mocks[1], "kind=status,status=429,retry-after=600");
    (void)gateway_ask(&g, "hello", ", 'route': 'b/m'");
    jump(WALL, 2 * DAY_MS);
    gateway_expect_failure(gateway_ask(&g, "hello", ", 'route': 'b/m'"),
                           "rate_limited");
    ck_assert_int_eq(gateway_sends(&g, 1), 5 + 1);
}

END_TEST

/* As after an hour of sleep on a clock that counts it: everything is due at
 * once.  Every call gets its one answer, and the next is served. */
START_TEST(f44_an_hour_that_nobody_lived_through)
{
    uint32_t ids[100];

    for (int i = 0; i < 100; i++)
        ids[i] = gateway_send(&g, "long #tokens=1000", ", 'stream': true");
    eventually(gateway_sends(&g, 0) == 100);
    (void)status();
    jump(MONOTONIC, HOUR_MS);
    for (int i = 0; i < 100; i++)
        ck_assert(!value_bool(peer_wait(g.peer, ids[i]).result, "success"));
    eventually(value_int(status(), "totals.in_flight") == 0);
    while (peer_notification(g.peer, "call.delta", 0))
        continue;
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    ck_assert_int_ge(value_int(status(), "server.uptime_s"), 3600);
}

END_TEST

START_TEST(f44_process_that_was_stopped_goes_on)
{
    uint32_t id = gateway_send(&g, "long #tokens=100", ", 'stream': true");
    int64_t sent_bytes;

    ck_assert_ptr_nonnull(peer_notification(g.peer, "call.delta", PATIENCE_MS));
    process_signal(&g.daemon.process, SIGSTOP);
    jump(WALL, HOUR_MS);
    /* The provider goes on without it. */
    sent_bytes = test_provider_count(&g.mocks[0], "bytes_sent");
    eventually(test_provider_count(&g.mocks[0], "bytes_sent") > sent_bytes);
    process_signal(&g.daemon.process, SIGCONT);
    ck_assert(value_bool(peer_wait(g.peer, id).result, "success"));
}

END_TEST

static double
spent_of(const char *budget)
{
    return value_real(value_where(peer_result(g.peer, "budget.list", "[]"),
                                  "budgets", "name", budget),
                      "spent_usd");
}

/* After ten minutes in which nobody called. */
START_TEST(a_paid_probe_draws_on_the_budgets_of_all)
{
    const json_t *c;
    double each;

    (void)test_provider_fault(&g.mocks[0], "kind=status,status=500");
    for (int i = 0; i < 20 && !is("open"); i++)
        (void)gateway_ask(&g, "hello", "");
    ck_assert(is("open"));
    test_provider_heal(&g.mocks[0]);
    jump(MONOTONIC, HOUR_MS);
    eventually(value_int(peer_result(g.peer, "cost", "[]"), "total.probes")
               == 1);
    c = peer_result(g.peer, "cost", "[]");
    ck_assert_double_gt(value_real(c, "total.probes_usd"), 0);
    ck_assert_double_eq_tol(spent_of("all"), value_real(c, "total.cost_usd"),
                            1e-12);
    each = spent_of("each");
    ck_assert_double_eq_tol(each + value_real(c, "total.probes_usd"),
                            spent_of("all"), 1e-12);
    gateway_start_again(&g);
    ck_assert_double_eq_tol(spent_of("each"), each, 1e-12);
}

END_TEST

/* The budget is spent: the provider hears nothing. */
START_TEST(a_paid_probe_without_money_is_not_sent)
{
    int64_t sends;

    (void)test_provider_fault(&g.mocks[0], "kind=status,status=500");
    for (int i = 0; i < 20 && !is("open"); i++)
        (void)gateway_ask(&g, "hello", "");
    test_provider_heal(&g.mocks[0]);
    sends = gateway_sends(&g, 0);
    (void)peer_result(g.peer, "budget.set",
                      "[{'name': 'all', 'limit_usd': 0}]");
    for (int i = 0; i < 4; i++) {
        jump(MONOTONIC, HOUR_MS);
        (void)status();
        (void)peer_message(g.peer, 600);
    }
    ck_assert_int_eq(gateway_sends(&g, 0), sends);
}

END_TEST

static Suite *
clock_suite(void)
{
    Suite *suite = suite_create("clock");
    TCase *tc = tcase_create("jumps");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, f44_wall_clock_jumps_do_not_end_a_call);
    tcase_add_test(tc, f44_wall_clock_jumps_do_not_move_a_deadline);
    tcase_add_test(tc, f44_wall_clock_jumps_do_not_move_a_breaker_or_a_gate);
    tcase_add_test(tc, f44_an_hour_that_nobody_lived_through);
    tcase_add_test(tc, f44_process_that_was_stopped_goes_on);
    suite_add_tcase(suite, tc);
    tc = tcase_create("probes");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup_probes, teardown);
    tcase_add_test(tc, a_paid_probe_draws_on_the_budgets_of_all);
    tcase_add_test(tc, a_paid_probe_without_money_is_not_sent);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(clock_suite());
}
