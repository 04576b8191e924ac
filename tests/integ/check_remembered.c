/*
 * check_remembered.c - a daemon that is restarted does not begin anew with a
 * provider that is down, out of quota, or wants to be left alone (F63).
 */
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    THRESHOLD = 5,  /* failure_threshold */
    CLOCKS_MS = 50, /* Between two readings of two clocks. */
};

static struct gateway g;

static bool
is(const char *wanted)
{
    return strcmp(value_str(gateway_target(&g, "a/m"), "state"), wanted) == 0;
}

static void
start(const char *fault)
{
    g = (struct gateway){.keeps_state = true};
    gateway_start(&g);
    test_provider_fault(&g.mocks[0], fault);
}

static void
trip(void)
{
    start("kind=status,status=503");
    for (int i = 0; i < THRESHOLD; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "trip", ""), "trip");
    ck_assert(is("open"));
}

static void
restart_in_good_order(void)
{
    peer_close(g.peer);
    process_signal(&g.daemon.process, SIGTERM);
    (void)test_daemon_wait(&g.daemon);
    test_daemon_spawn(&g.daemon, NULL);
    test_daemon_await(&g.daemon);
    g.peer = peer_connect(g.daemon.socket);
}

/* Whether the file says what `sql` asks it. */
static bool
is_written(const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    bool written;

    (void)snprintf(path, sizeof(path), "%s/aigw/targets.db", g.daemon.folder);
    written =
        sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK
        && sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK
        && sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_int(stmt, 0) == 1;
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(db);
    return written;
}

static void
expect_open_as_before(int64_t since_ms, int64_t sends)
{
    const json_t *t = gateway_target(&g, "a/m");

    ck_assert_str_eq(value_str(t, "state"), "open");
    ck_assert_int_le(llabs(value_int(t, "since_ms") - since_ms), CLOCKS_MS);
    ck_assert_int_gt(value_int(t, "retry_at_ms"), value_int(t, "since_ms"));
    gateway_expect_event(&g, "breaker", "a/m", "closed", "open");
    gateway_expect_answer(&g, gateway_ask(&g, "next", ""), "next");
    ck_assert_int_eq(gateway_sends(&g, 0), sends);
}

START_TEST(an_open_circuit_is_open_after_sigkill)
{
    int64_t since_ms, sends;

    trip();
    since_ms = value_int(gateway_target(&g, "a/m"), "since_ms");
    sends = gateway_sends(&g, 0);
    eventually(is_written("SELECT open FROM breakers WHERE target = 'a/m'"));
    gateway_start_again(&g);
    expect_open_as_before(since_ms, sends);
    gateway_stop(&g);
}

END_TEST

START_TEST(an_open_circuit_is_open_after_a_restart_in_good_order)
{
    int64_t since_ms, sends;

    trip();
    since_ms = value_int(gateway_target(&g, "a/m"), "since_ms");
    sends = gateway_sends(&g, 0);
    restart_in_good_order();
    expect_open_as_before(since_ms, sends);
    gateway_stop(&g);
}

END_TEST

START_TEST(what_the_operator_closed_is_closed_after_a_restart)
{
    trip();
    ck_assert_int_eq(
        peer_call(g.peer, "breaker.set", "[{'target': 'a/m', 'state': 'auto'}]")
            .code,
        0);
    ck_assert(is("closed"));
    restart_in_good_order();
    ck_assert(is("closed"));
    gateway_stop(&g);
}

END_TEST

START_TEST(f32_a_key_without_quota_is_not_tried_anew)
{
    start("kind=status,status=429,code=insufficient_quota");
    gateway_expect_answer(&g, gateway_ask(&g, "quota", ""), "quota");
    ck_assert(is("latched"));
    restart_in_good_order();
    ck_assert(is("latched"));
    gateway_expect_answer(&g, gateway_ask(&g, "next", ""), "next");
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    gateway_stop(&g);
}

END_TEST

/* F25 over a restart: never earlier than told. */
START_TEST(f25_a_time_to_wait_goes_on)
{
    int64_t until_ms;

    start("kind=status,status=429,retry-after=60");
    gateway_expect_answer(&g, gateway_ask(&g, "wait", ""), "wait");
    until_ms = value_int(gateway_target(&g, "a/m"), "gate.until_ms");
    ck_assert_int_gt(until_ms, 0);
    restart_in_good_order();
    ck_assert_int_le(
        llabs(value_int(gateway_target(&g, "a/m"), "gate.until_ms") - until_ms),
        CLOCKS_MS);
    gateway_expect_answer(&g, gateway_ask(&g, "next", ""), "next");
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_key_that_was_refused_is_tried_anew)
{
    start("kind=status,status=401,count=1");
    gateway_expect_answer(&g, gateway_ask(&g, "auth", ""), "auth");
    ck_assert(is("latched"));
    restart_in_good_order();
    ck_assert(is("closed"));
    gateway_stop(&g);
}

END_TEST

/* With its log, from which SQLite would restore it. */
static void
spoil_file(void)
{
    char path[128];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/aigw/targets.db-wal",
                   g.daemon.folder);
    ck_assert_int_eq(unlink(path), 0);
    *strrchr(path, '-') = '\0';
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fputs("this is no database, and never was one", file);
    (void)fclose(file);
}

START_TEST(a_damaged_file_is_no_reason_not_to_start)
{
    trip();
    peer_close(g.peer);
    process_kill(&g.daemon.process);
    (void)test_daemon_wait(&g.daemon);
    spoil_file();
    test_daemon_spawn(&g.daemon, NULL);
    test_daemon_await(&g.daemon);
    g.peer = peer_connect(g.daemon.socket);
    ck_assert(is("closed"));
    ck_assert(test_daemon_logged(&g.daemon, "moved aside"));
    gateway_stop(&g);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("remembered");
    TCase *tc = tcase_create("remembered");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, an_open_circuit_is_open_after_sigkill);
    tcase_add_test(tc, an_open_circuit_is_open_after_a_restart_in_good_order);
    tcase_add_test(tc, what_the_operator_closed_is_closed_after_a_restart);
    tcase_add_test(tc, f32_a_key_without_quota_is_not_tried_anew);
    tcase_add_test(tc, f25_a_time_to_wait_goes_on);
    tcase_add_test(tc, a_key_that_was_refused_is_tried_anew);
    tcase_add_test(tc, a_damaged_file_is_no_reason_not_to_start);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
