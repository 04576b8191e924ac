/*
 * check_rehearse.c - `aigw-ctl drill` against the real daemon: drills from the
 * command line, and rehearsals of the failures that the gateway is to master.
 */
#include "integ/ctl_run.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct gateway g;
static struct ctl_run run;

/* A breaker that comes back soon. */
static const char QUICK[] = "breaker = { recovery_timeout_s = 0.5; };";

static void
set_up(void)
{
    ctl_run_set_up();
    g = (struct gateway){.more = QUICK};
}

#define CTL(...)                                                               \
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "-s", g.daemon.socket, __VA_ARGS__)

static void
expect(int exit_code, const char *out, const char *err)
{
    ck_assert_msg(run.exit_code == exit_code, "exit %d: %s%s", run.exit_code,
                  run.out_text, run.err_text);
    ck_assert_msg(!out || strstr(run.out_text, out), "%s", run.out_text);
    ck_assert_msg(!err || strstr(run.err_text, err), "%s", run.err_text);
}

static size_t
count_drills(void)
{
    return value_count(peer_result(g.peer, "drill.list", "[]"), "drills");
}

START_TEST(drill_is_ordered_listed_and_undone)
{
    gateway_start(&g);
    CTL("drill", "start", "a/m", "status=429,retry_after_s=3", "--rate", "0.5",
        "--count", "9", "--for", "5m");
    expect(0,
           "a/m: drill 1, status=429,retry_after_s=3 for 5m00s. "
           "Undo: aigw-ctl drill stop 1\n",
           NULL);
    CTL("targets", "a/m");
    expect(0, "a/m", "1 drill is running here");
    CTL("drill", "list");
    expect(0, "status=429,retry_after_s=3   50.0      9     0  4m59s", NULL);
    CTL("drill", "list", "-o", "plain");
    expect(0, "1\ta/m\tstatus\t0.5\t9\t0\t", NULL);
    CTL("drill", "list", "--json");
    expect(0, "\"fault\":{\"kind\":\"status\",\"status\":429,", NULL);
    CTL("drill", "start", "a/m", "connect", "--json");
    expect(0, "{\"id\":2,\"expires_ms\":", NULL);
    CTL("drill", "stop", "1");
    expect(0, "drill 1: stopped\n", NULL);
    CTL("drill", "stop", "1");
    expect(5, NULL, "no drill 1 is running");
    CTL("drill", "stop");
    expect(0, "all drills: stopped\n", NULL);
    CTL("drill", "list");
    expect(0, NULL, "No drills are running.");
    gateway_stop(&g);
}

END_TEST

START_TEST(mistakes_are_explained)
{
    gateway_start(&g);
    CTL("drill", "start", "a/m");
    expect(2, NULL, "a drill needs a target and a fault");
    CTL("drill", "start", "a/m", "cutt=5");
    expect(2, NULL, "Did you mean \"cut\"?");
    CTL("drill", "start", "a/m", "cut=5", "--for", "soon");
    expect(2, NULL, "expected a time");
    CTL("drill", "start", "a/m", "cut=5", "--for", "2h");
    expect(1, NULL, "duration_s");
    CTL("drill", "start", "a/n", "cut=5");
    expect(5, NULL, "Did you mean \"a/m\"?");
    CTL("drill", "stop", "first");
    expect(2, NULL, "the number of a drill");
    CTL("drill", "rehearse", "a/m");
    expect(2, NULL, "--script");
    CTL("drill", "rehearse", "--route", "defalt");
    expect(5, NULL, "no such route");
    CTL("drill", "rehearse", "--script", "/dev/null");
    expect(2, NULL, "nothing to rehearse");
    gateway_stop(&g);
}

END_TEST

/* Every fault of the usual script, and nobody notices. */
START_TEST(rehearsal_loses_nothing)
{
    json_t *report;

    gateway_start(&g);
    CTL("drill", "rehearse", "-n", "8", "-c", "2", "--json");
    expect(0, NULL, NULL);
    report = json_loads(run.out_text, 0, NULL);
    ck_assert_ptr_nonnull(report);
    ck_assert_str_eq(value_str(report, "target"), "a/m");
    ck_assert_uint_eq(value_count(report, "steps"), 6);
    for (size_t i = 0; i < value_count(report, "steps"); i++) {
        const json_t *step = json_array_get(value_at(report, "steps"), i);

        ck_assert_int_ge(value_int(step, "calls"), 9);
        ck_assert_int_gt(value_int(step, "hits"), 0);
        ck_assert_int_gt(value_int(step, "failover_ms.count"), 0);
        ck_assert_int_eq(value_int(step, "return_ms.count"), 1);
    }
    ck_assert_int_gt(value_int(report, "steps.0.continued"), 0);
    ck_assert_int_gt(value_int(report, "steps.1.failed_over"), 0);
    ck_assert_int_eq(value_int(report, "total.completed"),
                     value_int(report, "total.calls"));
    ck_assert_int_eq(value_int(report, "total.lost"), 0);
    ck_assert_int_gt(value_int(report, "total.retry_cost_nanousd"), 0);
    ck_assert_uint_eq(count_drills(), 0);
    ck_assert_str_eq(value_str(gateway_target(&g, "a/m"), "state"), "closed");
    json_decref(report);
    gateway_stop(&g);
}

END_TEST

static void
write_script(char path[64], const char *text)
{
    int fd;

    (void)snprintf(path, 64, "/tmp/check-rehearse-XXXXXX");
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
}

/* Pinned to one target, nobody can take over. */
START_TEST(rehearsal_tells_what_was_lost)
{
    char path[64];

    g.more_of_a = " retry = { max_attempts = 1; };";
    gateway_start(&g);
    write_script(path, "# only this\nstatus=500\n");
    CTL("drill", "rehearse", "-n", "1", "--route", "a/m", "--script", path);
    expect(1, "Lost         1 (all_targets_unavailable 1)", NULL);
    CTL("drill", "rehearse", "-n", "9", "--route", "a/m", "--script", path);
    expect(1, "status=500", NULL);
    (void)unlink(path);
    write_script(path, "auth\n");
    CTL("drill", "rehearse", "-n", "3", "--route", "a/m", "--script", path);
    expect(7, NULL, "a/m was not asked again by itself.");
    ck_assert_str_eq(value_str(gateway_target(&g, "a/m"), "state"), "closed");
    (void)unlink(path);
    gateway_stop(&g);
}

END_TEST

START_TEST(rehearsal_leaves_an_ill_target_alone)
{
    gateway_start(&g);
    (void)peer_result(g.peer, "breaker.set",
                      "[{'target': 'a/m', 'state': 'open'}]");
    CTL("drill", "rehearse");
    expect(1, NULL, "rehearse when it works");
    ck_assert_str_eq(value_str(gateway_target(&g, "a/m"), "breaker"), "open");
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
    gateway_stop(&g);
}

END_TEST

START_TEST(drill_ends_with_its_rehearsal)
{
    const char *words[] = {"-s", NULL, "drill", "rehearse", "-n", "1000", NULL};

    test_provider_start(&g.mocks[1], "--latency-ms", "200", NULL);
    gateway_start(&g);
    words[1] = g.daemon.socket;
    ctl_run_start(&run, CTL_TTY_NONE, words);
    for (int i = 0; i < 200 && count_drills() == 0; i++)
        (void)usleep(20 * 1000);
    ck_assert_uint_eq(count_drills(), 1);
    ck_assert_int_eq(kill(run.pid, SIGINT), 0);
    ctl_run_finish(&run);
    expect(130, "cut=5", NULL);
    ck_assert_uint_eq(count_drills(), 0);
    gateway_stop(&g);
}

END_TEST

static Suite *
rehearse_suite(void)
{
    Suite *s = suite_create("rehearse");
    TCase *tc = tcase_create("drill");

    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, set_up, ctl_run_tear_down);
    tcase_add_test(tc, drill_is_ordered_listed_and_undone);
    tcase_add_test(tc, mistakes_are_explained);
    tcase_add_test(tc, rehearsal_loses_nothing);
    tcase_add_test(tc, rehearsal_tells_what_was_lost);
    tcase_add_test(tc, rehearsal_leaves_an_ill_target_alone);
    tcase_add_test(tc, drill_ends_with_its_rehearsal);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(rehearse_suite());
}
