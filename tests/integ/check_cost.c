/*
 * check_cost.c - what the daemon says that calls have cost: with retries,
 * continuations, hedges and probes shown apart, to each user their own, after
 * a kill, and while storage fails.
 */
#include "integ/ctl_run.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NOBODY = 65534
};

static struct gateway g;
static struct ctl_run run;

static void
start(const char *more)
{
    g = (struct gateway){.keeps_state = true, .more = more};
    gateway_start(&g);
}

static void
stop(void)
{
    gateway_stop(&g);
}

static const json_t *
cost(const char *by)
{
    return peer_result(g.peer, "cost", "[{'by': '%s'}]", by);
}

static const json_t *
row(const json_t *cost, const char *key)
{
    return value_where(cost, "rows", "key", key);
}

START_TEST(each_call_is_in_the_ledger_at_the_price_it_told)
{
    const json_t *r, *c;
    int64_t nanousd;

    start("");
    r = gateway_ask(&g, "hello", ", 'tags': ['red', 'blue']");
    nanousd = value_int(r, "cost_nanousd");
    ck_assert_int_gt(nanousd, 0);
    c = cost("target");
    value_has_shape(c, "",
                    "by:s since_ms:i until_ms:i rows:a total:o"
                    " projected_day_usd:f projected_month_usd:f");
    ck_assert_uint_eq(value_count(c, "rows"), 1);
    value_has_shape(
        c, "rows.0",
        "key:s requests:i attempts:i prompt_tokens:i completion_tokens:i"
        " cached_tokens:i cache_write_tokens:i reasoning_tokens:i cost_usd:f"
        " cost_nanousd:i estimated_usd:f"
        " unverified_usd:f retries:i retries_usd:f"
        " continuations:i continuations_usd:f hedges:i hedges_usd:f probes:i"
        " probes_usd:f share:f");
    ck_assert_str_eq(value_str(c, "rows.0.key"), "a/m");
    ck_assert_int_eq(value_int(c, "rows.0.requests"), 1);
    ck_assert_int_eq(value_int(c, "rows.0.cost_nanousd"), nanousd);
    ck_assert_int_eq(value_int(c, "rows.0.prompt_tokens"),
                     value_int(r, "prompt_tokens"));
    ck_assert_int_eq(value_int(c, "total.cost_nanousd"), nanousd);
    ck_assert_double_eq(value_real(c, "rows.0.share"), 1);
    ck_assert_double_eq_tol(value_real(c, "projected_day_usd"),
                            24e-9 * (double)nanousd, 1e-12);
    (void)row(cost("route"), "default");
    ck_assert_int_eq(value_int(row(cost("tag"), "red"), "cost_nanousd"),
                     nanousd);
    ck_assert_uint_eq(value_count(cost("day"), "rows"), 1);
    ck_assert_uint_eq(value_count(peer_result(g.peer, "cost",
                                              "[{'since_ms': 0,"
                                              " 'until_ms': 1}]"),
                                  "rows"),
                      0);
    ck_assert_str_eq(
        value_str(peer_result(g.peer, "status", "[]"), "server.ledger"), "ok");
    stop();
}

END_TEST

START_TEST(what_was_not_sent_is_not_there)
{
    const json_t *c;

    g = (struct gateway){.url_of_a = "http://127.0.0.1:1/v1"};
    gateway_start(&g);
    (void)gateway_ask(&g, "hello", "");
    c = cost("target");
    ck_assert_uint_eq(value_count(c, "rows"), 1);
    ck_assert_str_eq(value_str(c, "rows.0.key"), "b/m");
    ck_assert_int_eq(value_int(c, "total.requests"), 1);
    ck_assert_int_eq(value_int(c, "total.retries"), 0);
    stop();
}

END_TEST

START_TEST(retries_and_continuations_are_shown_apart)
{
    const json_t *c;

    start("");
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=503,count=1");
    gateway_expect_answer(&g, gateway_ask(&g, "one", ""), "one");
    (void)test_provider_fault(&g.mocks[0], "kind=cut,after=5,count=1");
    gateway_expect_answer(&g, gateway_ask(&g, "two", ", 'stream': true"),
                          "two");
    c = cost("client");
    ck_assert_int_eq(value_int(c, "total.requests"), 2);
    ck_assert_int_eq(value_int(c, "total.attempts"), 4);
    ck_assert_int_eq(value_int(c, "total.retries"), 1);
    ck_assert_int_eq(value_int(c, "total.continuations"), 1);
    ck_assert_double_gt(value_real(c, "total.retries_usd"), 0);
    ck_assert_double_gt(value_real(c, "total.continuations_usd"), 0);
    ck_assert_double_gt(value_real(c, "total.estimated_usd"), 0);
    c = cost("target");
    ck_assert_int_eq(value_int(row(c, "a/m"), "requests"), 2);
    ck_assert_int_ge(value_int(row(c, "b/m"), "requests"), 1);
    stop();
}

END_TEST

START_TEST(hedges_are_shown_apart)
{
    g = (struct gateway){.more = "hedge = { enabled = true; delay_ms = 60; };"};
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=200");
    gateway_expect_answer(&g, gateway_ask(&g, "one", ", 'stream': true"),
                          "one");
    ck_assert_int_eq(value_int(cost("target"), "total.requests"), 1);
    ck_assert_int_eq(value_int(cost("target"), "total.attempts"), 2);
    ck_assert_int_eq(value_int(cost("target"), "total.hedges"), 1);
    ck_assert_int_eq(value_int(cost("target"), "total.retries"), 0);
    stop();
}

END_TEST

START_TEST(f63_a_call_that_was_killed_with_its_hedge_is_one)
{
    start("hedge = { enabled = true; delay_ms = 60; };");
    (void)test_provider_fault(&g.mocks[0], "kind=hang");
    (void)test_provider_fault(&g.mocks[1], "kind=hang");
    (void)gateway_send(&g, "one", ", 'stream': true");
    eventually(gateway_sends(&g, 1) == 1);
    gateway_start_again(&g);
    ck_assert_int_eq(value_int(cost("target"), "total.attempts"), 2);
    ck_assert_int_eq(value_int(cost("target"), "total.hedges"), 1);
    ck_assert_int_eq(value_int(cost("target"), "total.requests"), 1);
    stop();
}

END_TEST

/* What the dashboard calls today's; a test that meets midnight is unlucky. */
static void
expect_today(int64_t nanousd)
{
    static const char *const PATHS[] = {"totals.cost_today_usd",
                                        "targets.0.cost_today_usd",
                                        "routes.0.cost_today_usd"};
    const json_t *status = peer_result(g.peer, "status", "[]");

    for (size_t i = 0; i < sizeof(PATHS) / sizeof(*PATHS); i++)
        ck_assert_double_eq_tol(value_real(status, PATHS[i]),
                                (double)nanousd / 1e9, 1e-9);
}

START_TEST(f63_settled_attempts_survive_a_kill)
{
    int64_t nanousd = 0;

    start("");
    for (int i = 0; i < 3; i++)
        nanousd += value_int(gateway_ask(&g, "hello", ""), "cost_nanousd");
    ck_assert_int_eq(value_int(cost("target"), "total.cost_nanousd"), nanousd);
    expect_today(nanousd);
    peer_close(g.peer);
    process_signal(&g.daemon.process, SIGKILL);
    (void)test_daemon_wait(&g.daemon);
    test_daemon_spawn(&g.daemon, NULL);
    test_daemon_await(&g.daemon);
    g.peer = peer_connect(g.daemon.socket);
    ck_assert_int_eq(value_int(cost("target"), "total.cost_nanousd"), nanousd);
    ck_assert_int_eq(value_int(cost("target"), "total.attempts"), 3);
    expect_today(nanousd);
    nanousd += value_int(gateway_ask(&g, "hello", ""), "cost_nanousd");
    expect_today(nanousd);
    stop();
}

END_TEST

static const char *
ledger_state(void)
{
    return value_str(peer_result(g.peer, "status", "[]"), "server.ledger");
}

/* The folder becomes a file, and what was open in it is gone. */
START_TEST(f62_a_disk_that_fails_is_told_and_loses_nothing)
{
    char folder[96], moved[112];
    FILE *file;

    start("");
    (void)gateway_ask(&g, "hello", "");
    (void)cost("target");
    (void)snprintf(folder, sizeof(folder), "%s/aigw", g.daemon.folder);
    (void)snprintf(moved, sizeof(moved), "%s.moved", folder);
    ck_assert_int_eq(rename(folder, moved), 0);
    file = fopen(folder, "we");
    ck_assert_ptr_nonnull(file);
    (void)fclose(file);
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    eventually(strcmp(ledger_state(), "degraded") == 0);
    ck_assert(test_daemon_logged(&g.daemon, "from=ledger to=degraded"));
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");

    ck_assert_int_eq(unlink(folder), 0);
    ck_assert_int_eq(rename(moved, folder), 0);
    eventually(strcmp(ledger_state(), "ok") == 0);
    ck_assert_int_eq(value_int(cost("target"), "total.attempts"), 3);
    stop();
}

END_TEST

START_TEST(users_see_their_own_costs_alone)
{
    struct peer *nobody;

    if (geteuid() != 0) {
        (void)puts("skipped: only root can be somebody else");
        return;
    }
    start("listen = { group = \"nogroup\"; };");
    ck_assert_int_eq(chmod(g.daemon.folder, 0711), 0);
    (void)gateway_ask(&g, "hello", "");
    ck_assert_int_eq(setegid(NOBODY), 0);
    ck_assert_int_eq(seteuid(NOBODY), 0);
    nobody = peer_connect(g.daemon.socket);
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(setegid(0), 0);
    ck_assert_int_eq(
        value_int(peer_result(nobody, "cost", "[]"), "total.attempts"), 0);
    (void)peer_result(nobody, "generate", "[{'prompt': 'mine'}]");
    ck_assert_int_eq(
        value_int(peer_result(nobody, "cost", "[]"), "total.attempts"), 1);
    ck_assert_int_eq(value_int(cost("target"), "total.attempts"), 2);
    peer_close(nobody);
    stop();
}

END_TEST

START_TEST(wrong_questions_are_explained)
{
    start("");
    ck_assert_ptr_nonnull(
        strstr(peer_error(g.peer, -32602, "cost", "[{'by': 'moon'}]"), "by"));
    ck_assert_ptr_nonnull(strstr(
        peer_error(g.peer, -32602, "cost", "[{'since_ms': -1}]"), "since_ms"));
    stop();
}

END_TEST

#define CTL(...)                                                               \
    CTL_RUN(&run, CTL_TTY_NONE, NULL, "-s", g.daemon.socket, __VA_ARGS__)

START_TEST(ctl_shows_costs_to_people_and_programs)
{
    char csv[160];
    int64_t nanousd;

    ctl_run_set_up();
    start("");
    nanousd = value_int(gateway_ask(&g, "hello", ""), "cost_nanousd");
    CTL("cost", "--by", "target", "--since", "7d");
    ck_assert_msg(run.exit_code == 0, "%s", run.err_text);
    ck_assert_ptr_nonnull(strstr(run.out_text, "TARGET  REQUESTS"));
    ck_assert_ptr_nonnull(strstr(run.out_text, "a/m"));
    ck_assert_ptr_nonnull(strstr(run.err_text, "a month at this rate"));
    CTL("cost", "--csv", "-q");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"target\",\"requests\","));
    (void)snprintf(csv, sizeof(csv), ",%lld,", (long long)nanousd);
    ck_assert_msg(strstr(run.out_text, csv) != NULL, "%s", run.out_text);
    CTL("cost", "--by", "day", "-o", "ndjson");
    ck_assert_ptr_nonnull(strstr(run.out_text, "{\"key\":\"20"));
    CTL("cost", "--by", "moon");
    ck_assert_int_eq(run.exit_code, 2);
    CTL("cost", "--since", "soon");
    ck_assert_int_eq(run.exit_code, 2);
    stop();
    ctl_run_tear_down();
}

END_TEST

/* Two requests are under way, and one is in the ledger. */
static void
kill_two(void)
{
    start("");
    (void)test_provider_fault(&g.mocks[0], "kind=hang,skip=1");
    (void)test_provider_fault(&g.mocks[1], "kind=hang");
    (void)gateway_ask(&g, "hello", "");
    ck_assert_int_eq(value_int(cost("target"), "total.attempts"), 1);
    (void)gateway_send(&g, "one", ", 'request_id': 'one', 'tags': ['red']");
    (void)gateway_send(&g, "two", ", 'request_id': 'r/2'");
    eventually(gateway_sends(&g, 0) == 3);
    gateway_start_again(&g);
}

static int64_t
row_of(const char *request_id)
{
    return value_int(value_where(peer_result(g.peer, "cost.unverified", "[]"),
                                 "rows", "request_id", request_id),
                     "row");
}

START_TEST(ctl_lists_what_a_kill_left_unverified)
{
    ctl_run_set_up();
    kill_two();
    CTL("cost", "--unverified");
    ck_assert_msg(run.exit_code == 0, "%s", run.err_text);
    ck_assert_ptr_nonnull(strstr(run.out_text, "REQUEST  ROW"));
    ck_assert_ptr_nonnull(strstr(run.out_text, "\none "));
    ck_assert_ptr_nonnull(strstr(run.out_text, "\nr/2 "));
    ck_assert_ptr_nonnull(strstr(run.out_text, "  red "));
    CTL("cost", "--unverified", "-o", "ndjson");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(run.out_text, "{\"request_id\":\"r/2\","));
    CTL("cost", "--by", "target");
    ck_assert_ptr_nonnull(strstr(run.out_text, "UNVERIFIED"));
    stop();
    ctl_run_tear_down();
}

END_TEST

START_TEST(ctl_lists_what_no_provider_counted)
{
    ctl_run_set_up();
    start("");
    (void)test_provider_fault(&g.mocks[0], "kind=no-usage,count=1");
    (void)gateway_ask(&g, "hello", ", 'request_id': 'guessed'");
    ck_assert_int_eq(value_int(cost("target"), "total.attempts"), 1);
    CTL("cost", "--unverified");
    ck_assert_ptr_nonnull(strstr(run.err_text, "No cost is unknown."));
    CTL("cost", "--estimated");
    ck_assert_msg(run.exit_code == 0, "%s", run.err_text);
    ck_assert_ptr_nonnull(strstr(run.out_text, "\nguessed "));
    ck_assert_ptr_nonnull(strstr(run.out_text, "  partial "));
    CTL("cost", "reconcile", "guessed", "--usd", "0.0001");
    ck_assert_msg(run.exit_code == 0, "%s", run.err_text);
    CTL("cost", "--estimated");
    ck_assert_ptr_nonnull(strstr(run.err_text, "No cost is unknown."));
    stop();
    ctl_run_tear_down();
}

END_TEST

START_TEST(ctl_reconciles_each_attempt_once)
{
    char row[48];

    ctl_run_set_up();
    kill_two();
    CTL("cost", "reconcile", "one", "--usd", "0.0123");
    ck_assert_msg(run.exit_code == 0, "%s", run.err_text);
    ck_assert_str_eq(run.out_text, "one: reconciled.\n");
    CTL("cost", "reconcile", "one", "--zero");
    ck_assert_int_ne(run.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(run.err_text, "its cost is known"));
    (void)snprintf(row, sizeof(row), "%lld", (long long)row_of("r/2"));
    CTL("cost", "reconcile", "r/2", "--row", "1000", "--zero");
    ck_assert_int_ne(run.exit_code, 0);
    CTL("cost", "reconcile", "r/2", "--row", row, "--zero");
    ck_assert_msg(run.exit_code == 0, "%s", run.err_text);
    CTL("cost", "--unverified");
    ck_assert_ptr_nonnull(strstr(run.err_text, "No cost is unknown."));
    ck_assert_double_eq_tol(value_real(cost("tag"), "rows.0.cost_usd"), 0.0123,
                            1e-12);
    ck_assert_double_eq(value_real(cost("target"), "total.unverified_usd"), 0);
    stop();
    ctl_run_tear_down();
}

END_TEST

START_TEST(ctl_reconciles_nothing_by_halves)
{
    static const char *const WRONG[][4] = {
        {"reconcile"},
        {"reconcile", "one"},
        {"reconcile", "--zero"},
        {"reconcile", "one", "--usd", "-1"},
        {"reconcile", "one", "--usd", "much"},
        {"undo", "one", "--zero"},
        {"reconcile", "one", "--zero", "--row=0"},
    };
    double before;

    ctl_run_set_up();
    kill_two();
    before = value_real(cost("target"), "total.unverified_usd");
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(*WRONG); i++) {
        CTL("cost", WRONG[i][0], WRONG[i][1], WRONG[i][2], WRONG[i][3]);
        ck_assert_msg(run.exit_code == 2, "%zu: %d", i, run.exit_code);
    }
    CTL("cost", "reconcile", "one", "--usd", "1", "--zero");
    ck_assert_int_eq(run.exit_code, 2);
    CTL("cost", "reconcile", "", "--zero");
    ck_assert_int_ne(run.exit_code, 0);
    ck_assert_double_eq(value_real(cost("target"), "total.unverified_usd"),
                        before);
    stop();
    ctl_run_tear_down();
}

END_TEST

START_TEST(what_is_spent_is_summed_up_where_nothing_is_kept)
{
    static const char *const BY[] = {"target", "route", "client", "day", "tag"};
    int64_t nanousd = 0;

    g = (struct gateway){0};
    gateway_start(&g);
    for (int i = 0; i < 5; i++) {
        const json_t *r = gateway_ask(&g, "hello", ", 'tags': ['red']");

        nanousd += value_int(r, "cost_nanousd");
        if (i == 2)
            (void)cost("target"); /* What follows is added to it. */
    }
    for (size_t i = 0; i < sizeof(BY) / sizeof(*BY); i++) {
        const json_t *c = cost(BY[i]);

        ck_assert_uint_eq(value_count(c, "rows"), 1);
        ck_assert_int_eq(value_int(c, "rows.0.requests"), 5);
        ck_assert_int_eq(value_int(c, "rows.0.attempts"), 5);
        ck_assert_int_eq(value_int(c, "rows.0.cost_nanousd"), nanousd);
    }
}

END_TEST

static Suite *
cost_suite(void)
{
    Suite *s = suite_create("cost");
    TCase *tc = tcase_create("cost");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, each_call_is_in_the_ledger_at_the_price_it_told);
    tcase_add_test(tc, what_was_not_sent_is_not_there);
    tcase_add_test(tc, retries_and_continuations_are_shown_apart);
    tcase_add_test(tc, hedges_are_shown_apart);
    tcase_add_test(tc, f63_a_call_that_was_killed_with_its_hedge_is_one);
    tcase_add_test(tc, f63_settled_attempts_survive_a_kill);
    tcase_add_test(tc, f62_a_disk_that_fails_is_told_and_loses_nothing);
    tcase_add_test(tc, users_see_their_own_costs_alone);
    tcase_add_test(tc, wrong_questions_are_explained);
    tcase_add_test(tc, ctl_shows_costs_to_people_and_programs);
    tcase_add_test(tc, ctl_lists_what_a_kill_left_unverified);
    tcase_add_test(tc, ctl_lists_what_no_provider_counted);
    tcase_add_test(tc, ctl_reconciles_each_attempt_once);
    tcase_add_test(tc, ctl_reconciles_nothing_by_halves);
    tcase_add_test(tc, what_is_spent_is_summed_up_where_nothing_is_kept);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(cost_suite());
}
