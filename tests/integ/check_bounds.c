/*
 * check_bounds.c - what is set aside for an attempt, and what becomes of those
 * that cost more.
 */
#include "integ/budgeted.h"
#include "support/calls.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

static struct gateway *const g = &budgeted_gateway;

/* The provider does not care for the limit that it was given. */
START_TEST(an_answer_that_costs_more_than_twice_the_hold_is_cut_off)
{
    const json_t *r;

    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 1; } );");
    (void)test_provider_fault(&g->mocks[0],
                              "kind=tiny-events,shape=delta,events=1000000");
    r = gateway_ask(g, "hello", ", 'max_tokens': 100, 'stream': true");
    gateway_expect_failure(r, "budget_exceeded");
    ck_assert_ptr_nonnull(strstr(value_str(r, "error"), "more than twice"));
    ck_assert_uint_gt(strlen(value_str(r, "partial")), 0);
    ck_assert_uint_eq(value_count(r, "attempts"), 1);
    ck_assert_double_gt(value_real(r, "cost_usd"), 2 * 0.0008);
    ck_assert_double_lt(value_real(r, "cost_usd"), 3 * 0.0008);
    ck_assert_double_eq_tol(value_real(budgeted_find("daily"), "spent_usd"),
                            value_real(r, "cost_usd"), 1e-12);
    ck_assert_double_eq(value_real(budgeted_find("daily"), "reserved_usd"), 0);
    gateway_stop(g);
}

END_TEST

/* Of each token a delta object comes, which is not what was generated. */
START_TEST(an_honest_answer_is_not_cut_off_whatever_it_consists_of)
{
    static const char *const HONEST[] = {"#reasoning=90 #tokens=10",
                                         "#tool #reasoning=80"};
    const json_t *r;

    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 1; } );");
    r = gateway_ask(g, HONEST[_i], ", 'max_tokens': 100, 'stream': true");
    ck_assert_msg(value_bool(r, "success"), "%s", value_str(r, "error"));
    ck_assert_int_gt(value_int(r, "completion_tokens"), 80);
    ck_assert_int_le(value_int(r, "completion_tokens"), 100);
    gateway_stop(g);
}

END_TEST

/* The provider says nothing of what it counted. */
START_TEST(f66_a_stream_that_breaks_off_keeps_what_it_may_have_cost)
{
    static const char ASKED[] = ", 'max_tokens': 100, 'stream': true,"
                                " 'on_break': 'error'";
    double reserved, spent;
    uint32_t msgid;

    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 1; } );");
    (void)test_provider_fault(&g->mocks[0], "kind=stall,after=10");
    msgid = gateway_send(g, "hello", ASKED);
    eventually(value_real(budgeted_find("daily"), "reserved_usd") > 0);
    reserved = value_real(budgeted_find("daily"), "reserved_usd");
    gateway_expect_failure(gateway_await(g, msgid), "stream_broken");
    spent = value_real(budgeted_find("daily"), "spent_usd");
    ck_assert_double_eq_tol(spent, reserved, 1e-12);
    ck_assert_double_eq(value_real(budgeted_find("daily"), "reserved_usd"), 0);
    test_provider_heal(&g->mocks[0]);
    (void)test_provider_fault(&g->mocks[0], "kind=no-usage");
    gateway_expect_answer(g, gateway_ask(g, "hello", ASKED), "hello");
    ck_assert_double_eq_tol(value_real(budgeted_find("daily"), "spent_usd"),
                            2 * reserved, 1e-12);
    gateway_stop(g);
}

END_TEST

/* None of these gives money back, and none is free. */
START_TEST(f67_absurd_usage_is_never_in_the_callers_favour)
{
    static const char *const ABSURD[] = {"negative", "huge", "strings", "null"};
    double before = 0;

    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 1; } );");
    for (size_t i = 0; i < sizeof(ABSURD) / sizeof(*ABSURD); i++) {
        char fault[48];
        double spent;

        (void)snprintf(fault, sizeof(fault), "kind=usage,shape=%s", ABSURD[i]);
        (void)test_provider_fault(&g->mocks[0], fault);
        gateway_expect_answer(
            g, gateway_ask(g, "hello", ", 'max_tokens': 100, 'stream': true"),
            "hello");
        spent = value_real(budgeted_find("daily"), "spent_usd");
        ck_assert_msg(spent > before + 10 * 8e-6, "%s: %f after %f", ABSURD[i],
                      spent, before);
        before = spent;
        test_provider_heal(&g->mocks[0]);
    }
    gateway_stop(g);
}

END_TEST

static int64_t
server_figure(const char *path)
{
    return value_int(peer_result(g->peer, "status", "[]"), path);
}

/* Commits of the ledger, each of which is one fsync, for so many calls at a
 * time. */
static int64_t
commits_of(const char *more, int total, int at_once)
{
    struct calls_plan plan = {
        .total = total, .at_once = at_once, .prompt = "group", .more = more};
    int64_t before = server_figure("server.ledger_commits");

    ck_assert_int_eq(calls_run(g, &plan).answered, total);
    return server_figure("server.ledger_commits") - before;
}

/* Rows without a budget are written at most every 100 ms, whatever happens. */
START_TEST(only_budgets_cost_an_fsync_and_those_share_it)
{
    int64_t rows, begun_ms, commits;

    budgeted_start("budgets = ( { name = \"red\"; scope = \"tag\";"
                   " match = \"red\"; limit_usd = 100; } );");
    rows = server_figure("server.ledger_rows");
    begun_ms = process_now_ms();
    commits = commits_of("", 200, 10);
    ck_assert_int_le(commits, (process_now_ms() - begun_ms) / 100 + 1);
    eventually(server_figure("server.ledger_rows") - rows == 200);

    (void)test_provider_fault(&g->mocks[0], "kind=latency,ms=150");
    commits = commits_of(", 'tags': ['red']", 50, 50);
    ck_assert_int_le(commits, 25);
    gateway_stop(g);
}

END_TEST

/* A limit that nobody named is the model's own, and it is sent. */
START_TEST(a_hard_budget_gives_every_request_a_limit)
{
    const json_t *r;

    *g = (struct gateway){
        .n_mocks = 1,
        .keeps_state = true,
        .model_of_a =
            "max_tokens = 50; price = { input = 2.0; output = 8.0; };",
        .more = "budgets = ( { name = \"red\"; scope = \"tag\"; match ="
                " \"red\"; limit_usd = 0.0005; } );",
    };
    gateway_start(g);
    r = gateway_ask(g, "#tokens=80", ", 'tags': ['red']");
    ck_assert_int_eq(value_int(r, "completion_tokens"), 50);
    r = gateway_ask(g, "#tokens=80", ", 'max_cost_usd': 0.01");
    ck_assert_int_eq(value_int(r, "completion_tokens"), 50);
    ck_assert_double_le(value_real(budgeted_find("red"), "spent_usd"), 0.0005);
    gateway_stop(g);
}

END_TEST

/* Three answers of 100 tokens are not one. */
START_TEST(several_answers_are_held_for)
{
    const json_t *r;

    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 0.0024; } );");
    r = peer_result(g->peer, "chat",
                    "[{'messages': [{'role': 'user', 'content': 'hi'}],"
                    " 'max_tokens': 100, 'n': 3}]");
    gateway_expect_failure(r, "budget_exceeded");
    ck_assert_double_gt(value_real(r, "needed_usd"), 3 * 0.0008);
    ck_assert_double_lt(value_real(r, "needed_usd"), 4 * 0.0008);
    gateway_stop(g);
}

END_TEST

/* Providers put a few tokens around each turn, however short it is. */
START_TEST(turns_are_held_for_beside_their_text)
{
    const json_t *r;

    budgeted_start("budgets = ( { name = \"daily\"; limit_usd = 0; } );");
    r = peer_result(g->peer, "chat",
                    "[{'messages': [{'role': 'user', 'content': 'a'},"
                    " {'role': 'assistant', 'content': 'b'},"
                    " {'role': 'user', 'content': 'c'}], 'max_tokens': 1}]");
    gateway_expect_failure(r, "budget_exceeded");
    ck_assert_double_ge(value_real(r, "needed_usd"), 3 * 5 * 2e-6 + 8e-6);
    ck_assert_double_le(value_real(r, "needed_usd"), 3 * 10 * 2e-6 + 8e-6);
    gateway_stop(g);
}

END_TEST

/* What the first attempt may have cost is not there for the second. */
START_TEST(a_limit_of_the_call_holds_for_all_its_attempts)
{
    static const char MORE[] = ", 'max_tokens': 20, 'max_cost_usd': %.9f";
    double needed_usd;
    char more[80];

    *g = (struct gateway){.n_mocks = 2};
    gateway_start(g);
    (void)test_provider_fault(&g->mocks[0], "kind=drop");
    (void)snprintf(more, sizeof(more), MORE, 0.0);
    needed_usd = value_real(gateway_ask(g, "hello", more), "needed_usd");
    (void)snprintf(more, sizeof(more), MORE, needed_usd);
    ck_assert(!value_bool(gateway_ask(g, "hello", more), "success"));
    ck_assert_int_eq(gateway_sends(g, 0), 1);
    ck_assert_int_eq(gateway_sends(g, 1), 0);
    (void)snprintf(more, sizeof(more), MORE, 3 * needed_usd);
    gateway_expect_answer(g, gateway_ask(g, "hello", more), "hello");
    ck_assert_int_eq(gateway_sends(g, 1), 1);
    gateway_stop(g);
}

END_TEST

static Suite *
bounds_suite(void)
{
    Suite *s = suite_create("bounds");
    TCase *tc = tcase_create("bounds");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc,
                   an_answer_that_costs_more_than_twice_the_hold_is_cut_off);
    tcase_add_loop_test(
        tc, an_honest_answer_is_not_cut_off_whatever_it_consists_of, 0, 2);
    tcase_add_test(tc,
                   f66_a_stream_that_breaks_off_keeps_what_it_may_have_cost);
    tcase_add_test(tc, f67_absurd_usage_is_never_in_the_callers_favour);
    tcase_add_test(tc, only_budgets_cost_an_fsync_and_those_share_it);
    tcase_add_test(tc, a_hard_budget_gives_every_request_a_limit);
    tcase_add_test(tc, several_answers_are_held_for);
    tcase_add_test(tc, turns_are_held_for_beside_their_text);
    tcase_add_test(tc, a_limit_of_the_call_holds_for_all_its_attempts);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(bounds_suite());
}
