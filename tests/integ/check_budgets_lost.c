/*
 * check_budgets_lost.c - budgets whose ledger was damaged, or could not be used
 * for a while: nobody knows what was spent.
 */
#include "integ/budgeted.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct gateway *const g = &budgeted_gateway;

static const char DAILY[] =
    "budgets = ( { name = \"daily\"; limit_usd = 1; } );";

static const char *
ledger_path(const char *suffix)
{
    static char path[160];

    (void)snprintf(path, sizeof(path), "%s/aigw/ledger.db%s", g->daemon.folder,
                   suffix);
    return path;
}

static void
fill_file(const char *path)
{
    FILE *file = fopen(path, "r+e");

    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 8192; i++)
        ck_assert_int_ne(fputc('x', file), EOF);
    ck_assert_int_eq(fclose(file), 0);
}

/* Where the ledger was, there is nothing that it would know. */
static void
damage_ledger(void)
{
    budgeted_end();
    fill_file(ledger_path(""));
    budgeted_begin();
}

static void
expect_unverified(void)
{
    const json_t *r = gateway_ask(g, "hello", "");

    gateway_expect_failure(r, "budget_exceeded");
    ck_assert_ptr_nonnull(
        strstr(value_str(r, "error"), "aigw-ctl budget accept daily"));
    ck_assert_str_eq(value_str(budgeted_find("daily"), "state"), "unverified");
}

START_TEST(f64_a_lost_ledger_closes_budgets_until_somebody_says_so)
{
    const json_t *b;

    budgeted_start(
        "budgets = ( { name = \"daily\"; limit_usd = 1; },"
        " { name = \"watch\"; limit_usd = 1; on_exceeded = \"alert\"; } );");
    gateway_expect_answer(g, gateway_ask(g, "hello", ""), "hello");
    ck_assert_str_eq(value_str(budgeted_find("daily"), "state"), "open");
    damage_ledger();
    budgeted_expect_event("open", "unverified");
    expect_unverified();
    ck_assert_str_eq(value_str(budgeted_find("watch"), "state"), "open");
    gateway_start_again(g);
    expect_unverified();
    ck_assert_int_eq(gateway_sends(g, 0), 1);
    (void)peer_error(g->peer, -32602, "budget.set",
                     "[{'name': 'daily', 'accept_reset': false}]");
    (void)peer_result(g->peer, "budget.set",
                      "[{'name': 'daily', 'accept_reset': true}]");
    budgeted_expect_event("unverified", "open");
    gateway_expect_answer(g, gateway_ask(g, "hello", ""), "hello");
    gateway_start_again(g);
    gateway_expect_answer(g, gateway_ask(g, "hello", ""), "hello");
    b = budgeted_find("daily");
    ck_assert_str_eq(value_str(b, "state"), "open");
    ck_assert_double_gt(value_real(b, "spent_usd"), 0);
    gateway_stop(g);
}

END_TEST

static void
accept_reset(void)
{
    (void)peer_result(g->peer, "budget.set",
                      "[{'name': 'daily', 'accept_reset': true}]");
}

/* The daemon begins without the ledger that is there. */
static void
begin_without(char kept[160])
{
    (void)snprintf(kept, 160, "%s", ledger_path(".kept"));
    budgeted_end();
    ck_assert_int_eq(rename(ledger_path(""), kept), 0);
    ck_assert_int_eq(symlink("/nowhere", ledger_path("")), 0);
    budgeted_begin();
}

static void
begin_with(const char *kept)
{
    budgeted_end();
    ck_assert_int_eq(unlink(ledger_path("")), 0);
    ck_assert_int_eq(rename(kept, ledger_path("")), 0);
    budgeted_begin();
}

START_TEST(f64_a_ledger_that_cannot_be_used_closes_budgets)
{
    char kept[160];

    budgeted_start(DAILY);
    gateway_expect_answer(g, gateway_ask(g, "hello", ""), "hello");
    begin_without(kept);
    expect_unverified();
    ck_assert_int_eq(gateway_sends(g, 0), 1);
    begin_with(kept);
    ck_assert_str_eq(value_str(budgeted_find("daily"), "state"), "open");
    gateway_expect_answer(g, gateway_ask(g, "hello", ""), "hello");
    gateway_stop(g);
}

END_TEST

/* The file that is put back does not have it. */
START_TEST(f64_what_was_spent_without_a_ledger_is_not_known_to_it)
{
    char kept[160];

    budgeted_start(DAILY);
    begin_without(kept);
    accept_reset();
    gateway_expect_answer(g, gateway_ask(g, "hello", ""), "hello");
    begin_with(kept);
    expect_unverified();
    gateway_start_again(g);
    expect_unverified();
    accept_reset();
    budgeted_end();
    budgeted_begin();
    gateway_expect_answer(g, gateway_ask(g, "hello", ""), "hello");
    gateway_stop(g);
}

END_TEST

/* Somebody takes away what lies aside, to look at it. */
START_TEST(f64_a_daemon_that_saw_the_damage_leaves_word_of_it)
{
    static const char *const SUFFIXES[] = {"", "-wal", "-shm"};
    char command[256];

    budgeted_start(DAILY);
    gateway_expect_answer(g, gateway_ask(g, "hello", ""), "hello");
    for (size_t i = 0; i < sizeof(SUFFIXES) / sizeof(*SUFFIXES); i++)
        fill_file(ledger_path(SUFFIXES[i]));
    (void)gateway_ask(g, "hello", "");
    eventually(test_daemon_logged(&g->daemon, "from=ledger to=working"));
    gateway_expect_answer(g, gateway_ask(g, "hello", ""), "hello");
    (void)snprintf(command, sizeof(command), "rm %s.damaged-*",
                   ledger_path(""));
    ck_assert_int_eq(system(command), 0);
    budgeted_end();
    budgeted_begin();
    expect_unverified();
    gateway_stop(g);
}

END_TEST

static Suite *
budgets_lost_suite(void)
{
    Suite *s = suite_create("budgets_lost");
    TCase *tc = tcase_create("budgets_lost");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, f64_a_lost_ledger_closes_budgets_until_somebody_says_so);
    tcase_add_test(tc, f64_a_ledger_that_cannot_be_used_closes_budgets);
    tcase_add_test(tc, f64_what_was_spent_without_a_ledger_is_not_known_to_it);
    tcase_add_test(tc, f64_a_daemon_that_saw_the_damage_leaves_word_of_it);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(budgets_lost_suite());
}
