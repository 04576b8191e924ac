/*
 * check_queue_odd.c - what is odd about some calls in the queue, or about what
 * they wait for.
 */
#include "base/mem.h"
#include "support/procfs.h"
#include "support/suite.h"

#include "support/mocked_gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct gateway g;

static void
stop(void)
{
    gateway_stop(&g);
}

static void
await_queued(int64_t n)
{
    while (value_int(peer_result(g.peer, "status", "[{}]"), "queue.length")
           != n)
        continue;
}

static void
expect_success(uint32_t id)
{
    struct peer_reply reply = peer_wait(g.peer, id);

    ck_assert_int_eq(reply.code, 0);
    ck_assert_msg(value_bool(reply.result, "success"), "%s",
                  json_dumps(reply.result, JSON_INDENT(2)));
}

START_TEST(a_call_may_wait_for_any_of_32_targets)
{
    enum {
        TARGETS = 32
    };

    uint32_t ids[TARGETS + 2];
    char more[TARGETS * 32] = "";

    for (int i = 1; i < TARGETS; i++) {
        char model[32];

        (void)snprintf(model, sizeof(model), "}, { name = \"m%d\";", i);
        strcat(more, model);
    }
    g = (struct gateway){
        .n_mocks = 1,
        .more_of_a = " limits = { concurrency = 1; };",
        .more_of_models = {more},
    };
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=200");
    for (int i = 0; i < TARGETS + 2; i++)
        ids[i] = gateway_send(&g, "one of many", "");
    for (int i = 0; i < TARGETS + 2; i++)
        expect_success(ids[i]);
}

END_TEST

START_TEST(what_is_empty_may_wait_too)
{
    uint32_t first, empty;

    g = (struct gateway){
        .n_mocks = 1,
        .more_of_a = " limits = { concurrency = 1; };",
    };
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=200");
    first = gateway_send(&g, "first", "");
    empty = peer_send(g.peer, "embed", "[{'model': 'default', 'input': ''}]");
    expect_success(first);
    ck_assert_int_eq(peer_wait(g.peer, empty).code, 0);
}

END_TEST

/* Two targets: a with tokens for small calls alone, and b, which is taken. */
static void
start_scarce(const char *routes)
{
    g = (struct gateway){
        .more_of_a = " limits = { tpm = 6000; };",
        .more_of_models = {NULL, "limits = { concurrency = 1; };"},
        .more = routes,
    };
    gateway_start(&g);
    expect_success(gateway_send(&g, "much #tokens=4096", ", 'route': 'a/m'"));
    (void)test_provider_fault(&g.mocks[1], "kind=latency,ms=2500");
    (void)gateway_send(&g, "takes b", ", 'route': 'b/m'");
    ck_assert(mock_process_await(&g.mocks[1].process, "sends", 1, 5000));
}

START_TEST(waiting_behind_another_call_takes_no_time_of_the_processor)
{
    uint32_t large, small;
    int64_t before_ms;

    start_scarce("queue = { max_wait_ms = 4000; };\n");
    large = gateway_send(&g, "large", ", 'route': 'a/m', 'max_tokens': 2200");
    await_queued(1);
    before_ms = procfs_cpu_ms(g.daemon.process.pid);
    small = gateway_send(&g, "small", ", 'max_tokens': 1");
    expect_success(large);
    expect_success(small);
    ck_assert_int_lt(procfs_cpu_ms(g.daemon.process.pid) - before_ms,
                     100 * GATEWAY_SLOWNESS);
}

END_TEST

START_TEST(who_waits_for_nothing_at_a_target_keeps_nobody_from_it)
{
    uint32_t large, small;

    start_scarce("queue = { max_wait_ms = 1000; };\n");
    large = gateway_send(&g, "large", ", 'max_tokens': 5900");
    await_queued(1);
    small = gateway_send(&g, "small", ", 'max_tokens': 1");
    expect_success(small);
    await_queued(1);
    gateway_expect_failure(peer_wait(g.peer, large).result, "overloaded");
}

END_TEST

START_TEST(what_was_shut_out_when_a_call_came_is_looked_at_again)
{
    uint32_t one, two;

    g = (struct gateway){
        .more_of_a = " limits = { concurrency = 1; };"
                     " timeouts = { answer_ms = 5000; headers_ms = 5000; };",
        .more = "queue = { max_wait_ms = 2000; };\n",
    };
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=2500");
    (void)peer_result(g.peer, "target.set",
                      "[{'target': 'b/m', 'admin': 'disabled'}]");
    (void)gateway_send(&g, "takes a", ", 'route': 'a/m'");
    one = gateway_send(&g, "a alone", ", 'route': 'a/m'");
    two = gateway_send(&g, "any", "");
    await_queued(2);
    (void)peer_result(g.peer, "target.set",
                      "[{'target': 'b/m', 'admin': 'enabled'}]");
    expect_success(two);
    gateway_expect_failure(peer_wait(g.peer, one).result, "overloaded");
}

END_TEST

/* The provider itself said that it cannot go on; the other one is full. */
START_TEST(a_broken_answer_is_completed_where_all_places_are_taken)
{
    uint32_t taken, in_line, broken;

    g = (struct gateway){
        .more_of_models = {NULL, "limits = { concurrency = 1; };"},
        .more = "queue = { max_wait_ms = 3000; };\n",
    };
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=error-after,after=4");
    (void)test_provider_fault(&g.mocks[1], "kind=latency,ms=500");
    taken = gateway_send(&g, "taken", ", 'route': 'b/m'");
    in_line = gateway_send(&g, "in line", ", 'route': 'b/m'");
    await_queued(1);
    broken = gateway_send(&g, "broken", ", 'stream': true");
    gateway_expect_answer(&g, gateway_await(&g, broken), "broken");
    expect_success(taken);
    expect_success(in_line);
    ck_assert_int_eq(test_provider_count(&g.mocks[1], "most_at_once"), 2);
}

END_TEST

/* More than the slow start allows run already when the gate opens. */
START_TEST(a_gate_that_opens_on_a_crowd_is_waited_for)
{
    enum {
        CROWD = 20
    };

    uint32_t ids[CROWD];
    uint32_t late;

    g = (struct gateway){
        .n_mocks = 1,
        .more = "queue = { max_wait_ms = 3000; };\n",
        .more_of_a = " timeouts = { answer_ms = 5000; headers_ms = 5000; };",
    };
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=900,match=crowd");
    (void)test_provider_fault(&g.mocks[0],
                              "kind=status,status=400,match=shuts,"
                              "header=x-ratelimit-limit-requests: 100,"
                              "header=x-ratelimit-remaining-requests: 0,"
                              "header=x-ratelimit-reset-requests: 300ms");
    for (int i = 0; i < CROWD; i++)
        ids[i] = gateway_send(&g, "crowd", "");
    gateway_expect_failure(gateway_ask(&g, "shuts", ""), "invalid_request");
    late = gateway_send(&g, "late", "");
    await_queued(1);
    expect_success(late);
    for (int i = 0; i < CROWD; i++)
        expect_success(ids[i]);
}

END_TEST

/* Nobody knows when a call ends; the caller is told something all the same. */
START_TEST(who_is_over_a_limit_hears_when_to_ask_again)
{
    static const struct {
        const char *more_of_a;
        const char *more;
        const char *code;
    } CASES[] = {
        {NULL, "client_limits = { concurrency = 1; };\n", "rate_limited"},
        {" limits = { concurrency = 1; };", "", "overloaded"},
    };

    static const char MORE[] = ", 'deadline_ms': 2000";
    uint32_t first;
    char more[128];
    const json_t *result;

    (void)snprintf(more, sizeof(more), "%squeue = { max_wait_ms = %d; };\n",
                   CASES[_i / 2].more, _i % 2 == 0 ? 0 : 50);
    g = (struct gateway){
        .n_mocks = 1,
        .more_of_a = CASES[_i / 2].more_of_a,
        .more = more,
    };
    gateway_start(&g);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=200");
    first = gateway_send(&g, "first", MORE);
    result = gateway_ask(&g, "second", MORE);
    gateway_expect_failure(result, CASES[_i / 2].code);
    ck_assert_int_gt(value_int(result, "retry_after_ms"), 0);
    expect_success(first);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("queue_odd");
    TCase *tc = tcase_create("calls");

    tcase_add_checked_fixture(tc, NULL, stop);
    tcase_set_timeout(tc, 30);
    tcase_add_test(tc, a_call_may_wait_for_any_of_32_targets);
    tcase_add_test(tc, what_is_empty_may_wait_too);
    tcase_add_test(tc,
                   waiting_behind_another_call_takes_no_time_of_the_processor);
    tcase_add_test(tc, who_waits_for_nothing_at_a_target_keeps_nobody_from_it);
    tcase_add_test(tc, what_was_shut_out_when_a_call_came_is_looked_at_again);
    tcase_add_test(tc, a_gate_that_opens_on_a_crowd_is_waited_for);
    tcase_add_test(tc, a_broken_answer_is_completed_where_all_places_are_taken);
    tcase_add_loop_test(tc, who_is_over_a_limit_hears_when_to_ask_again, 0, 4);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
