/*
 * check_bank.c - the daemon is killed at random moments of a mixed load, and
 * the provider's own bill is compared with the ledger.
 *
 * Half of the calls have a budget.  One of the two providers drops requests,
 * breaks answers off and forgets to count; slow calls are hedged, some are
 * cancelled, and those that are given no limit have four times the room that
 * they need.  After every restart the ledger has at least what the providers
 * billed, for every request, with a budget or without; no attempt is there
 * twice, what was under way is flagged, and the budget knows of all that is its.
 * A few kills as one of the tests; 300 with AIGW_TEST_LONG=1.
 */
#include "base/rng.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CALLS = 12,
    ROUNDS = 5,
    LONG_ROUNDS = 300,
    LONGEST_MS = 400,
};

#define PRICE "price = { input = 2.0; output = 8.0; }; max_tokens = 160;"

static struct gateway g = {
    .keeps_state = true,
    .n_mocks = 2,
    .model_of_a = PRICE,
    .more_of_models = {NULL, "max_tokens = 160;"},
    .more = "budgets = ( { name = \"red\"; scope = \"tag\";"
            " match = \"red\"; limit_usd = 1000; } );\n"
            "hedge = { enabled = true; delay_ms = 30; };\n"
            "breaker = { failure_threshold = 1000000; min_calls = 1000000;"
            " connect_failures = 1000000; };\n",
};

/* Of the first provider; the other one is only slow now and then. */
static const char *const FAULTS[] = {
    "kind=drop,rate=0.05",         "kind=drop-reset,rate=0.05",
    "kind=cut,after=7,rate=0.1",   "kind=reset,after=30,rate=0.1",
    "kind=stall,after=3,rate=0.1", "kind=no-usage,rate=0.2",
    "kind=empty,rate=0.05",        "kind=status,status=503,rate=0.05",
};
static const char SLOW[] = "kind=latency,ms=80,rate=0.2";

static struct rng rng;

/* One integer of the ledger, read as anybody may. */
static int64_t
ledger(const char *sql)
{
    sqlite3_stmt *statement;
    char path[128];
    int64_t value;
    sqlite3 *db;

    (void)snprintf(path, sizeof(path), "%s/aigw/ledger.db", g.daemon.folder);
    ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_busy_timeout(db, PATIENCE_MS), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    return value;
}

/* Every other one has a budget; each has a tag of its own. */
static void
send_calls(unsigned round)
{
    for (unsigned i = 0; i < CALLS; i++) {
        char prompt[32], more[160];

        (void)snprintf(prompt, sizeof(prompt), "bank %u %u", round, i);
        (void)snprintf(more, sizeof(more),
                       ", 'stream': %s, 'request_id': '%s', 'tags': [%s'%s']%s",
                       i % 4 < 2 ? "true" : "false", prompt,
                       i % 2 == 0 ? "'red', " : "", prompt,
                       i % 3 == 0 ? ", 'max_tokens': 40" : "");
        (void)gateway_send(&g, prompt, more);
    }
}

static void
listen_for(int64_t ms)
{
    int64_t until_ms = process_now_ms() + ms;

    while (process_now_ms() < until_ms)
        (void)peer_message(g.peer, 5);
}

/* One in six; it may have ended, or not even begun. */
static void
cancel_some(unsigned round)
{
    for (unsigned i = round % 6; i < CALLS; i += 6) {
        char params[64];

        (void)snprintf(params, sizeof(params), "[{'request_id': 'bank %u %u'}]",
                       round, i);
        (void)peer_result(g.peer, "cancel", "%s", params);
    }
}

static int64_t
billed_by_all(const char *path)
{
    return test_provider_count(&g.mocks[0], path)
           + test_provider_count(&g.mocks[1], path);
}

static void
kill_daemon(void)
{
    process_signal(&g.daemon.process, SIGKILL);
    ck_assert_int_eq(test_daemon_wait(&g.daemon), -SIGKILL);
    peer_close(g.peer);
    test_daemon_spawn(&g.daemon, NULL);
    test_daemon_await(&g.daemon);
    g.peer = peer_connect(g.daemon.socket);
}

static void
check_books(void)
{
    const json_t *budget = value_where(peer_result(g.peer, "budget.list", "[]"),
                                       "budgets", "name", "red");
    int64_t entered = ledger("SELECT total(cost_nanousd) FROM spent");

    ck_assert_int_ge(entered, billed_by_all("bill_nanousd"));
    ck_assert_int_ge(ledger("SELECT count(*) FROM attempts"),
                     billed_by_all("billed"));
    ck_assert_int_eq(ledger("SELECT count(*) FROM attempts"
                            " WHERE settled = 'reserved'"),
                     0);
    ck_assert_int_eq(ledger("SELECT count(*) - count(DISTINCT request_id || ' '"
                            " || attempt) FROM attempts"),
                     0);
    ck_assert_int_eq(ledger("SELECT count(*) FROM attempts WHERE settled ="
                            " 'unknown' AND cost_nanousd <> reserved_nanousd"),
                     0);
    ck_assert_double_eq_tol(
        value_real(budget, "spent_usd"),
        (double)ledger("SELECT total(cost_nanousd) FROM spent"
                       " WHERE tags LIKE 'red,%'")
            / 1e9,
        1e-9);
    ck_assert_double_eq(value_real(budget, "reserved_usd"), 0);
}

/* True if the provider billed for it. */
static bool
check_call(unsigned round, unsigned call)
{
    char prompt[32], sql[128];
    int64_t bill, entered;

    (void)snprintf(prompt, sizeof(prompt), "bank %u %u", round, call);
    (void)snprintf(sql, sizeof(sql),
                   "SELECT total(cost_nanousd) FROM attempts"
                   " WHERE ',' || tags LIKE '%%,%s'",
                   prompt);
    bill = test_provider_bill(&g.mocks[0], prompt)
           + test_provider_bill(&g.mocks[1], prompt);
    entered = ledger(sql);
    ck_assert_msg(entered >= bill, "%s: %lld of %lld", prompt,
                  (long long)entered, (long long)bill);
    return bill > 0;
}

static int64_t
settled_as(const char *how)
{
    char sql[80];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) FROM attempts WHERE settled = '%s'", how);
    return ledger(sql);
}

/* Of every kind of end there was some. */
static void
check_variety(void)
{
    static const char *const HOW[] = {"exact", "partial", "estimated",
                                      "unknown"};

    for (size_t i = 0; i < sizeof(HOW) / sizeof(*HOW); i++) {
        ck_assert_msg(settled_as(HOW[i]) > 0, "%s", HOW[i]);
        printf("%lld %s, ", (long long)settled_as(HOW[i]), HOW[i]);
    }
}

static void
check_each(unsigned rounds)
{
    unsigned billed = 0;

    for (unsigned round = 0; round < rounds; round++)
        for (unsigned call = 0; call < CALLS; call++)
            billed += check_call(round, call);
    ck_assert_uint_gt(billed, 0);
    printf("%u kills, %u calls, %u of them billed\n", rounds, rounds * CALLS,
           billed);
}

/* To what was spent, there is nothing left. */
static void
check_closed(void)
{
    int64_t sends = gateway_sends(&g, 0);

    (void)peer_result(g.peer, "budget.set",
                      "[{'name': 'red', 'limit_usd': %f}]",
                      (double)ledger("SELECT total(cost_nanousd) FROM spent"
                                     " WHERE tags LIKE 'red,%'")
                          / 1e9);
    gateway_expect_failure(gateway_ask(&g, "closed", ", 'tags': ['red']"),
                           "budget_exceeded");
    ck_assert_int_eq(gateway_sends(&g, 0), sends);
}

static void
start_providers(void)
{
    for (size_t i = 0; i < g.n_mocks; i++)
        test_provider_start(&g.mocks[i], "--price-in", "2", "--price-out", "8",
                            "--tokens", "40", "--token-interval-ms", "5",
                            "--latency-ms", "20", NULL);
    for (size_t i = 0; i < sizeof(FAULTS) / sizeof(*FAULTS); i++)
        (void)test_provider_fault(&g.mocks[0], FAULTS[i]);
    (void)test_provider_fault(&g.mocks[1], SLOW);
}

START_TEST(f63_the_ledger_never_has_less_than_the_bill)
{
    unsigned rounds = getenv("AIGW_TEST_LONG") ? LONG_ROUNDS : ROUNDS;

    rng_init(&rng, 63);
    start_providers();
    gateway_start(&g);
    for (unsigned round = 0; round < rounds; round++) {
        send_calls(round);
        listen_for(rng_upto(&rng, LONGEST_MS / 2));
        cancel_some(round);
        listen_for(rng_upto(&rng, LONGEST_MS / 2));
        kill_daemon();
        check_books();
    }
    check_variety();
    check_each(rounds);
    check_closed();
    gateway_stop(&g);
}

END_TEST

static Suite *
bank_suite(void)
{
    Suite *s = suite_create("bank");
    TCase *tc = tcase_create("bank");

    tcase_set_timeout(tc, getenv("AIGW_TEST_LONG") ? 3600 : 60);
    tcase_add_test(tc, f63_the_ledger_never_has_less_than_the_bill);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(bank_suite());
}
