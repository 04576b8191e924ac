/*
 * check_bank.c - the daemon is killed at random moments of a mixed load, and
 * the provider's own bill is compared with the ledger.
 *
 * Half of the calls have a budget.  After every restart the ledger has at
 * least what the provider billed, for every request, with a budget or without;
 * no attempt is there twice, what was under way is flagged, and the budget
 * knows of all that is its.  A few kills as one of the tests; 300 with
 * AIGW_TEST_LONG=1.
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

static struct gateway g = {
    .keeps_state = true,
    .n_mocks = 1,
    .more = "budgets = ( { name = \"red\"; scope = \"tag\";"
            " match = \"red\"; limit_usd = 1000; } );\n",
};
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
        char prompt[32], more[80];

        (void)snprintf(prompt, sizeof(prompt), "bank %u %u", round, i);
        (void)snprintf(more, sizeof(more), ", 'stream': %s, 'tags': [%s'%s']",
                       i % 4 < 2 ? "true" : "false",
                       i % 2 == 0 ? "'red', " : "", prompt);
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

    ck_assert_int_ge(entered, test_provider_count(&g.mocks[0], "bill_nanousd"));
    ck_assert_int_ge(ledger("SELECT count(*) FROM attempts"),
                     test_provider_count(&g.mocks[0], "billed"));
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
    bill = test_provider_bill(&g.mocks[0], prompt);
    entered = ledger(sql);
    ck_assert_msg(entered >= bill, "%s: %lld of %lld", prompt,
                  (long long)entered, (long long)bill);
    return bill > 0;
}

static void
check_each(unsigned rounds)
{
    unsigned billed = 0;

    for (unsigned round = 0; round < rounds; round++)
        for (unsigned call = 0; call < CALLS; call++)
            billed += check_call(round, call);
    ck_assert_uint_gt(billed, 0);
    printf("%u kills, %u calls, %u of them billed, %lld unknown\n", rounds,
           rounds * CALLS, billed,
           (long long)ledger("SELECT count(*) FROM attempts"
                             " WHERE settled = 'unknown'"));
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

START_TEST(f63_the_ledger_never_has_less_than_the_bill)
{
    unsigned rounds = getenv("AIGW_TEST_LONG") ? LONG_ROUNDS : ROUNDS;

    rng_init(&rng, 63);
    test_provider_start(&g.mocks[0], "--price-in", "2", "--price-out", "8",
                        "--tokens", "40", "--token-interval-ms", "5",
                        "--latency-ms", "20", NULL);
    gateway_start(&g);
    for (unsigned round = 0; round < rounds; round++) {
        send_calls(round);
        listen_for(rng_upto(&rng, LONGEST_MS));
        kill_daemon();
        check_books();
    }
    ck_assert_int_gt(ledger("SELECT count(*) FROM attempts"
                            " WHERE settled = 'unknown'"),
                     0);
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
