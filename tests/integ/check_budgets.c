/*
 * check_budgets.c - what may be spent: races for the last of it, kills, disks
 * that fail, scopes, and cheaper models when it gets scarce.
 */
#include "integ/budgeted.h"
#include "support/calls.h"
#include "support/suite.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct gateway *const g = &budgeted_gateway;

/* One answer of 100 tokens may cost so much, and little more for the prompt. */
#define LIMIT_OF_ONE ", 'max_tokens': 100"

static void
count_refusals(const json_t *result, int i, void *ctx)
{
    int *n = ctx;

    (void)i;
    if (value_bool(result, "success"))
        return;
    gateway_expect_failure(result, "budget_exceeded");
    ck_assert_double_gt(value_real(result, "needed_usd"),
                        value_real(result, "remaining_usd"));
    ck_assert_int_gt(value_int(result, "resets_at_ms"), 0);
    ck_assert_uint_eq(value_count(result, "attempts"), 0);
    ++*n;
}

START_TEST(f65_fifty_calls_at_once_with_money_for_ten)
{
    int refused = 0;
    struct calls_plan plan = {
        .total = 50,
        .at_once = 50,
        .prompt = "race",
        .more = LIMIT_OF_ONE,
        .look = count_refusals,
        .ctx = &refused,
    };
    struct calls_count count;

    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 0.009; } );");
    (void)test_provider_fault(&g->mocks[0], "kind=latency,ms=200");
    count = calls_run(g, &plan);
    ck_assert_int_le(gateway_sends(g, 0), 10);
    ck_assert_int_ge(gateway_sends(g, 0), 9);
    ck_assert_int_eq(count.answered, (int)gateway_sends(g, 0));
    ck_assert_int_eq(refused, 50 - count.answered);
    ck_assert_double_eq(value_real(budgeted_find("daily"), "reserved_usd"), 0);
    ck_assert_double_le(value_real(budgeted_find("daily"), "spent_usd"), 0.009);
    budgeted_expect_event("open", "refused");
    gateway_stop(g);
}

END_TEST

/* The provider bills for ten times the tokens that were asked for. */
START_TEST(f67_more_than_was_held_is_spent_and_the_next_is_refused)
{
    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 0.0010; } );");
    (void)test_provider_fault(&g->mocks[0], "kind=usage,shape=tenfold");
    gateway_expect_answer(
        g, gateway_ask(g, "hello", ", 'max_tokens': 20, 'stream': true"),
        "hello");
    ck_assert_double_gt(value_real(budgeted_find("daily"), "spent_usd"),
                        0.0010);
    ck_assert_str_eq(value_str(budgeted_find("daily"), "state"), "exceeded");
    gateway_expect_failure(gateway_ask(g, "hello", ", 'max_tokens': 1"),
                           "budget_exceeded");
    ck_assert_int_eq(gateway_sends(g, 0), 1);
    gateway_stop(g);
}

END_TEST

START_TEST(what_was_not_spent_can_be_spent_by_the_next)
{
    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 0.0013; } );");
    for (int i = 0; i < 3; i++)
        gateway_expect_answer(g, gateway_ask(g, "hello", LIMIT_OF_ONE),
                              "hello");
    ck_assert_double_eq_tol(
        value_real(budgeted_find("daily"), "spent_usd"),
        value_real(peer_result(g->peer, "cost", "[]"), "total.cost_usd"),
        1e-12);
    gateway_stop(g);
}

END_TEST

START_TEST(f63_what_a_kill_left_open_is_spent)
{
    const json_t *c;

    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 0.0020; } );");
    (void)test_provider_fault(&g->mocks[0], "kind=hang");
    (void)gateway_send(g, "one", LIMIT_OF_ONE);
    (void)gateway_send(g, "two", LIMIT_OF_ONE);
    eventually(gateway_sends(g, 0) == 2);
    gateway_start_again(g);
    test_provider_heal(&g->mocks[0]);
    ck_assert_double_ge(value_real(budgeted_find("daily"), "spent_usd"),
                        2 * 0.0008);
    ck_assert_double_eq(value_real(budgeted_find("daily"), "reserved_usd"), 0);
    gateway_expect_failure(gateway_ask(g, "three", LIMIT_OF_ONE),
                           "budget_exceeded");
    ck_assert_int_eq(gateway_sends(g, 0), 2);
    c = peer_result(g->peer, "cost", "[]");
    ck_assert_int_eq(value_int(c, "total.attempts"), 2);
    ck_assert_double_eq(value_real(c, "total.estimated_usd"),
                        value_real(c, "total.cost_usd"));
    gateway_stop(g);
}

END_TEST

static const json_t *
uncounted(void)
{
    return peer_result(g->peer, "cost.unverified", "[{'estimated': true}]");
}

/* Two calls of one request and one of another were under way. */
START_TEST(f63_what_a_kill_left_unknown_can_be_reconciled_once)
{
    const json_t *rows;
    double spent;
    int64_t row;

    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 1; } );");
    (void)test_provider_fault(&g->mocks[0], "kind=hang");
    (void)gateway_send(g, "one", ", 'max_tokens': 100, 'request_id': 'r/1'");
    (void)gateway_send(g, "two", ", 'max_tokens': 100, 'request_id': 'two'");
    eventually(gateway_sends(g, 0) == 2);
    gateway_start_again(g);
    spent = value_real(budgeted_find("daily"), "spent_usd");
    ck_assert_double_ge(spent, 2 * 0.0008);
    ck_assert_double_eq(value_real(budgeted_find("daily"), "unverified_usd"),
                        spent);
    ck_assert_double_eq(
        value_real(peer_result(g->peer, "cost", "[]"), "total.unverified_usd"),
        spent);
    rows = peer_result(g->peer, "cost.unverified", "[]");
    value_has_shape(rows, "rows.0",
                    "request_id:s row:i target:s client:n uid:i route:s"
                    " tags:n settled:s cost_usd:f cost_nanousd:i"
                    " started_ms:i");
    ck_assert_uint_eq(value_count(rows, "rows"), 2);
    row = value_int(value_where(rows, "rows", "request_id", "r/1"), "row");
    (void)peer_error(g->peer, -32004, "cost.reconcile",
                     "[{'request_id': 'r/1', 'row': 99, 'cost_usd': 0}]");
    (void)peer_error(g->peer, -32602, "cost.reconcile",
                     "[{'request_id': 'r/1', 'cost_usd': -1}]");
    (void)peer_error(g->peer, -32004, "cost.reconcile",
                     "[{'request_id': '', 'cost_usd': 0}]");
    (void)peer_error(g->peer, -32004, "cost.reconcile",
                     "[{'request_id': '', 'row': %lld, 'cost_usd': 0}]",
                     (long long)row);
    (void)peer_result(g->peer, "cost.reconcile",
                      "[{'request_id': 'r/1', 'row': %lld, 'cost_usd': 0}]",
                      (long long)row);
    (void)peer_error(g->peer, -32004, "cost.reconcile",
                     "[{'request_id': 'r/1', 'cost_usd': 0.5}]");
    ck_assert_double_eq_tol(value_real(budgeted_find("daily"), "spent_usd"),
                            spent / 2, 1e-12);
    (void)peer_result(g->peer, "cost.reconcile",
                      "[{'request_id': 'two', 'cost_usd': 0.25}]");
    gateway_start_again(g);
    ck_assert_double_eq_tol(value_real(budgeted_find("daily"), "spent_usd"),
                            0.25, 1e-12);
    ck_assert_double_eq(value_real(budgeted_find("daily"), "unverified_usd"),
                        0);
    ck_assert_uint_eq(
        value_count(peer_result(g->peer, "cost.unverified", "[]"), "rows"), 0);
    gateway_stop(g);
}

END_TEST

/* One was killed, the other one broke off: only the first is unverified. */
START_TEST(what_was_not_counted_can_be_reconciled_once)
{
    const json_t *rows;
    double spent, unknown;

    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 1; } );");
    (void)test_provider_fault(&g->mocks[0], "kind=hang,match=killed");
    (void)test_provider_fault(&g->mocks[0], "kind=cut,after=5");
    (void)gateway_send(g, "killed", ", 'request_id': 'killed'");
    eventually(gateway_sends(g, 0) == 1);
    gateway_start_again(g);
    unknown = value_real(budgeted_find("daily"), "spent_usd");
    (void)gateway_ask(g, "cut",
                      ", 'request_id': 'cut', 'stream': true,"
                      " 'on_break': 'error'");
    spent = value_real(budgeted_find("daily"), "spent_usd");
    ck_assert_double_gt(spent, unknown);
    eventually(value_count(uncounted(), "rows") == 2);
    rows = peer_result(g->peer, "cost.unverified", "[]");
    ck_assert_uint_eq(value_count(rows, "rows"), 1);
    ck_assert_str_eq(value_str(rows, "rows.0.settled"), "unknown");
    rows = uncounted();
    ck_assert_str_eq(value_str(rows, "rows.0.request_id"), "cut");
    ck_assert_str_eq(value_str(rows, "rows.0.settled"), "partial");
    (void)peer_error(g->peer, -32602, "cost.unverified", "[{'estimated': 1}]");
    (void)peer_result(g->peer, "cost.reconcile",
                      "[{'request_id': 'cut', 'cost_usd': 0.25}]");
    (void)peer_error(g->peer, -32004, "cost.reconcile",
                     "[{'request_id': 'cut', 'cost_usd': 0.5}]");
    ck_assert_double_eq_tol(value_real(budgeted_find("daily"), "spent_usd"),
                            unknown + 0.25, 1e-12);
    ck_assert_double_eq(value_real(budgeted_find("daily"), "unverified_usd"),
                        unknown);
    gateway_start_again(g);
    ck_assert_double_eq_tol(value_real(budgeted_find("daily"), "spent_usd"),
                            unknown + 0.25, 1e-12);
    gateway_stop(g);
}

END_TEST

/* What the ledger knows, the budgets know, whoever has stayed to hear it. */
START_TEST(a_bill_counts_although_its_teller_has_gone)
{
    struct peer *teller;
    double spent;

    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 1; } );");
    (void)test_provider_fault(&g->mocks[0], "kind=hang");
    (void)gateway_send(g, "one", ", 'request_id': 'one'");
    eventually(gateway_sends(g, 0) == 1);
    gateway_start_again(g);
    spent = value_real(budgeted_find("daily"), "spent_usd");
    ck_assert_double_gt(spent, 0);
    teller = peer_connect(g->daemon.socket);
    (void)peer_send(teller, "cost.reconcile",
                    "[{'request_id': 'one', 'cost_usd': 0.25}]");
    eventually(test_daemon_logged(&g->daemon, "a cost is reconciled"));
    peer_close(teller);
    eventually(value_real(budgeted_find("daily"), "spent_usd") != spent);
    ck_assert_double_eq_tol(value_real(budgeted_find("daily"), "spent_usd"),
                            0.25, 1e-12);
    ck_assert_double_eq(value_real(budgeted_find("daily"), "unverified_usd"),
                        0);
    gateway_stop(g);
}

END_TEST

START_TEST(a_restart_remembers_what_was_spent)
{
    double spent;

    budgeted_start(
        "budgets = ( { name = \"route\"; scope = \"route\"; limit_usd = 1; },"
        " { name = \"red\"; scope = \"tag\"; match = \"red\"; limit_usd = 1;"
        " period = \"month\"; } );");
    (void)gateway_ask(g, "hello", ", 'tags': ['red']");
    spent = value_real(budgeted_find("route"), "spent_usd");
    ck_assert_double_gt(spent, 0);
    budgeted_end();
    budgeted_begin();
    ck_assert_double_eq_tol(value_real(budgeted_find("route"), "spent_usd"),
                            spent, 1e-12);
    ck_assert_str_eq(value_str(budgeted_find("route"), "key"), "default");
    ck_assert_double_eq_tol(value_real(budgeted_find("red"), "spent_usd"),
                            spent, 1e-12);
    gateway_stop(g);
}

END_TEST

START_TEST(f62_without_a_ledger_budgets_refuse_and_the_rest_goes_on)
{
    char folder[96], moved[112];
    FILE *file;

    budgeted_start("budgets = ( { name = \"strict\"; scope = \"tag\";"
                   " match = \"strict\"; limit_usd = 1; } );");
    (void)gateway_ask(g, "hello", ", 'tags': ['strict']");
    (void)snprintf(folder, sizeof(folder), "%s/aigw", g->daemon.folder);
    (void)snprintf(moved, sizeof(moved), "%s.moved", folder);
    ck_assert_int_eq(rename(folder, moved), 0);
    file = fopen(folder, "we");
    ck_assert_ptr_nonnull(file);
    (void)fclose(file);
    gateway_expect_failure(gateway_ask(g, "hello", ", 'tags': ['strict']"),
                           "budget_exceeded");
    gateway_expect_failure(gateway_ask(g, "hello", ", 'tags': ['strict']"),
                           "budget_exceeded");
    ck_assert_int_eq(gateway_sends(g, 0), 1);
    gateway_expect_answer(g, gateway_ask(g, "hello", ""), "hello");
    ck_assert_int_eq(unlink(folder), 0);
    ck_assert_int_eq(rename(moved, folder), 0);
    eventually(
        strcmp(value_str(peer_result(g->peer, "status", "[]"), "server.ledger"),
               "ok")
        == 0);
    gateway_expect_answer(g, gateway_ask(g, "hello", ", 'tags': ['strict']"),
                          "hello");
    ck_assert_double_eq(value_real(budgeted_find("strict"), "reserved_usd"), 0);
    gateway_stop(g);
}

END_TEST

START_TEST(f68_what_has_no_price_is_refused_where_there_is_a_budget)
{
    *g = (struct gateway){
        .n_mocks = 1,
        .model_of_a = "tier = \"standard\";",
        .more = "budgets = ( { name = \"red\"; scope = \"tag\";"
                " limit_usd = 1; } );",
    };
    gateway_start(g);
    gateway_expect_failure(gateway_ask(g, "hello", ", 'tags': ['red']"),
                           "budget_exceeded");
    gateway_expect_answer(g, gateway_ask(g, "hello", ""), "hello");
    gateway_stop(g);
}

END_TEST

START_TEST(each_client_has_its_own)
{
    budgeted_start("budgets = ( { name = \"each\"; scope = \"client\";"
                   " limit_usd = 0.0012; } );");
    (void)peer_result(g->peer, "hello", "[{'client': 'greedy'}]");
    while (value_bool(gateway_ask(g, "hello", LIMIT_OF_ONE), "success"))
        ck_assert_int_lt(gateway_sends(g, 0), 20);
    ck_assert_str_eq(value_str(budgeted_find("each"), "key"), "greedy");
    (void)peer_result(g->peer, "hello", "[{'client': 'modest'}]");
    gateway_expect_answer(g, gateway_ask(g, "hello", LIMIT_OF_ONE), "hello");
    ck_assert_uint_eq(
        value_count(peer_result(g->peer, "budget.list", "[]"), "budgets"), 2);
    gateway_stop(g);
}

END_TEST

START_TEST(an_alert_refuses_nothing)
{
    budgeted_start("budgets = ( { name = \"watch\"; limit_usd = 0.0001;"
                   " on_exceeded = \"alert\"; } );");
    for (int i = 0; i < 3; i++)
        gateway_expect_answer(g, gateway_ask(g, "hello", ""), "hello");
    ck_assert_str_eq(value_str(budgeted_find("watch"), "state"), "exceeded");
    budgeted_expect_event("open", "exceeded");
    gateway_stop(g);
}

END_TEST

/* The dear one is first, until four fifths are spent. */
START_TEST(scarce_money_goes_to_cheaper_models)
{
    const json_t *r;

    *g = (struct gateway){
        .keeps_state = true,
        .model_of_a = "tier = \"premium\"; price = { input = 2.0; output ="
                      " 8.0; };",
        .more = "budgets = ( { name = \"daily\"; limit_usd = 1;"
                " on_exceeded = \"downgrade\"; } );",
    };
    gateway_start(g);
    ck_assert_str_eq(value_str(gateway_ask(g, "#tokens=100", ""), "provider"),
                     "a");
    (void)peer_result(g->peer, "budget.set",
                      "[{'name': 'daily', 'limit_usd': 0.00098}]");
    r = peer_result(g->peer, "explain", "[{'prompt': 'x', 'max_tokens': 1}]");
    ck_assert(value_bool(r, "budget.scarce"));
    ck_assert(value_bool(r, "budget.downgraded"));
    ck_assert_str_eq(value_str(r, "chosen"), "b/m");
    r = gateway_ask(g, "#tokens=1", ", 'max_tokens': 1, 'stream': true");
    ck_assert_str_eq(value_str(r, "provider"), "b");
    ck_assert_str_eq(value_str(r, "tier"), "standard");
    r = gateway_ask(g, "#tokens=1",
                    ", 'max_tokens': 1, 'require_expensive_model': true");
    ck_assert_str_eq(value_str(r, "provider"), "a");
    gateway_expect_failure(gateway_ask(g, "hello", ""), "budget_exceeded");
    gateway_stop(g);
}

END_TEST

START_TEST(a_downgraded_stream_says_so)
{
    const json_t *params;
    uint32_t msgid;

    *g = (struct gateway){
        .model_of_a = "tier = \"premium\"; price = { input = 2.0; output ="
                      " 8.0; };",
        .more = "budgets = ( { name = \"daily\"; limit_usd = 1; soft = 0;"
                " on_exceeded = \"downgrade\"; } );",
    };
    gateway_start(g);
    msgid = gateway_send(g, "hello", ", 'stream': true");
    params = peer_notification(g->peer, "call.event", PATIENCE_MS);
    ck_assert_ptr_nonnull(params);
    ck_assert_str_eq(value_str(params, "2.type"), "downgrade");
    ck_assert_str_eq(value_str(params, "2.to"), "b/m");
    (void)gateway_await(g, msgid);
    gateway_stop(g);
}

END_TEST

START_TEST(operators_list_and_change_budgets)
{
    const json_t *b;

    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 0; } );");
    value_has_shape(
        peer_result(g->peer, "status", "[]"), "budgets.0",
        "name:s key:n scope:s period:s on_exceeded:s state:s"
        " limit_usd:f spent_usd:f unverified_usd:f reserved_usd:f soft:f"
        " resets_at_ms:i exhausted_at_ms:in");
    gateway_expect_failure(gateway_ask(g, "hello", ""), "budget_exceeded");
    budgeted_expect_event("open", "exceeded");
    (void)peer_result(g->peer, "budget.set",
                      "[{'name': 'daily', 'limit_usd': 5,"
                      " 'on_exceeded': 'downgrade'}]");
    b = budgeted_find("daily");
    ck_assert_double_eq(value_real(b, "limit_usd"), 5);
    ck_assert_str_eq(value_str(b, "on_exceeded"), "downgrade");
    gateway_expect_answer(g, gateway_ask(g, "hello", ""), "hello");
    (void)peer_error(g->peer, -32004, "budget.set",
                     "[{'name': 'none', 'limit_usd': 5}]");
    (void)peer_error(g->peer, -32602, "budget.set", "[{'name': 'daily'}]");
    (void)peer_error(g->peer, -32602, "budget.set",
                     "[{'name': 'daily', 'limit_usd': -1}]");
    (void)peer_error(g->peer, -32602, "budget.set", "[{'limit_usd': 1}]");
    ck_assert(value_bool(peer_result(g->peer, "config.reload", "[]"), "ok"));
    ck_assert_double_eq(value_real(budgeted_find("daily"), "limit_usd"), 0);
    ck_assert_double_gt(value_real(budgeted_find("daily"), "spent_usd"), 0);
    gateway_stop(g);
}

END_TEST

/* The provider may have been at work since. */
START_TEST(a_call_that_is_given_up_may_have_cost_all_that_was_held_for_it)
{
    double reserved;
    uint32_t msgid;

    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 1; } );");
    (void)test_provider_fault(&g->mocks[0], "kind=hang");
    msgid = gateway_send(g, "hello", ", 'request_id': 'gone'");
    eventually(value_real(budgeted_find("daily"), "reserved_usd") > 0);
    reserved = value_real(budgeted_find("daily"), "reserved_usd");
    eventually(gateway_sends(g, 0) == 1);
    (void)peer_result(g->peer, "cancel", "[{'request_id': 'gone'}]");
    (void)gateway_await(g, msgid);
    ck_assert_double_eq(value_real(budgeted_find("daily"), "reserved_usd"), 0);
    ck_assert_double_eq_tol(value_real(budgeted_find("daily"), "spent_usd"),
                            reserved, 1e-12);
    gateway_stop(g);
}

END_TEST

static Suite *
budgets_suite(void)
{
    Suite *s = suite_create("budgets");
    TCase *tc = tcase_create("budgets");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, f65_fifty_calls_at_once_with_money_for_ten);
    tcase_add_test(tc, f67_more_than_was_held_is_spent_and_the_next_is_refused);
    tcase_add_test(tc, what_was_not_spent_can_be_spent_by_the_next);
    tcase_add_test(tc, f63_what_a_kill_left_open_is_spent);
    tcase_add_test(tc, f63_what_a_kill_left_unknown_can_be_reconciled_once);
    tcase_add_test(tc, what_was_not_counted_can_be_reconciled_once);
    tcase_add_test(tc, a_bill_counts_although_its_teller_has_gone);
    tcase_add_test(tc, a_restart_remembers_what_was_spent);
    tcase_add_test(tc,
                   f62_without_a_ledger_budgets_refuse_and_the_rest_goes_on);
    tcase_add_test(tc,
                   f68_what_has_no_price_is_refused_where_there_is_a_budget);
    tcase_add_test(tc, each_client_has_its_own);
    tcase_add_test(tc, an_alert_refuses_nothing);
    tcase_add_test(tc, scarce_money_goes_to_cheaper_models);
    tcase_add_test(tc, a_downgraded_stream_says_so);
    tcase_add_test(tc, operators_list_and_change_budgets);
    tcase_add_test(
        tc, a_call_that_is_given_up_may_have_cost_all_that_was_held_for_it);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(budgets_suite());
}
