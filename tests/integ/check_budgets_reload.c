/*
 * check_budgets_reload.c - budgets that a reload brings while calls are under
 * way.
 *
 * What those cost is known to them as it is to the ledger, which the next
 * daemon reads, whether the calls had other budgets before or none at all.
 */
#include "integ/budgeted.h"
#include "support/suite.h"

#include <string.h>

enum {
    CALLS = 4,
};

static struct gateway *const g = &budgeted_gateway;
static uint32_t ids[CALLS];

static const char BY_DAY[] =
    "budgets = ( { name = \"all\"; limit_usd = 1; } );";
static const char BY_MONTH[] =
    "budgets = ( { name = \"all\"; limit_usd = 1; period = \"month\"; } );";

static void
send_streams(void)
{
    int64_t sends = gateway_sends(g, 0);

    for (int i = 0; i < CALLS; i++)
        ids[i] = gateway_send(g, "hello", ", 'stream': true");
    eventually(gateway_sends(g, 0) == sends + CALLS);
}

/* Of all that were answered so far. */
static void
expect_spent(void)
{
    eventually(value_real(budgeted_find("all"), "spent_usd") > 0
               && value_real(budgeted_find("all"), "reserved_usd") == 0);
    ck_assert_double_eq_tol(
        value_real(budgeted_find("all"), "spent_usd"),
        value_real(peer_result(g->peer, "cost", "[]"), "total.cost_usd"),
        1e-12);
}

static void
expect_answers(void)
{
    for (int i = 0; i < CALLS; i++)
        ck_assert_int_eq(peer_wait(g->peer, ids[i]).code, 0);
}

START_TEST(a_new_budget_knows_of_calls_that_had_none)
{
    gateway_start_slow(g, "");
    send_streams();
    g->more = BY_DAY;
    gateway_reload(g);
    expect_answers();
    expect_spent();
    gateway_stop(g);
}

END_TEST

START_TEST(a_new_budget_knows_of_calls_that_had_others)
{
    gateway_start_slow(g, BY_DAY);
    send_streams();
    g->more = BY_MONTH;
    gateway_reload(g);
    expect_answers();
    expect_spent();
    send_streams();
    expect_answers();
    expect_spent();
    gateway_stop(g);
}

END_TEST

/* They have a row, which is withdrawn or settled at less than it had. */
START_TEST(a_new_budget_knows_of_calls_that_are_given_up)
{
    gateway_start_slow(g, BY_DAY);
    send_streams();
    g->more = BY_MONTH;
    gateway_reload(g);
    for (int i = 0; i < CALLS; i++)
        (void)peer_result(g->peer, "cancel", "[{'msgid': %u}]", ids[i]);
    expect_spent();
    gateway_stop(g);
}

END_TEST

static Suite *
budgets_reload_suite(void)
{
    Suite *s = suite_create("budgets_reload");
    TCase *tc = tcase_create("budgets_reload");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_new_budget_knows_of_calls_that_had_none);
    tcase_add_test(tc, a_new_budget_knows_of_calls_that_had_others);
    tcase_add_test(tc, a_new_budget_knows_of_calls_that_are_given_up);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(budgets_reload_suite());
}
