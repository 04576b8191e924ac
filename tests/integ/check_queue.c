/*
 * check_queue.c - limits of targets and clients, and the calls that wait for
 * them.
 */
#include "base/mem.h"
#include "support/calls.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CAP = 10,
    MANY = 50,
};

static struct gateway g;
static struct peer *other;

static const char QUIET_BREAKER[] =
    "breaker = { failure_threshold = 1000; min_calls = 1000; };\n";

static void
start(const char *more_of_a, const char *more)
{
    g = (struct gateway){.n_mocks = 1, .more_of_a = more_of_a, .more = more};
    gateway_start(&g);
    other = peer_connect(g.daemon.socket);
    (void)peer_result(g.peer, "hello", "[{'client': 'one'}]");
    (void)peer_result(other, "hello", "[{'client': 'two'}]");
}

static void
stop(void)
{
    peer_close(other);
    gateway_stop(&g);
}

static void
send_all(struct peer *p, uint32_t ids[], int n, const char *prompt)
{
    for (int i = 0; i < n; i++)
        ids[i] = peer_send(p, "generate", "[{'prompt': '%s %d'}]", prompt, i);
}

/* How many were answered; the others failed with `code`. */
static int
count_answers(struct peer *p, const uint32_t ids[], int n, const char *code)
{
    int answered = 0;

    for (int i = 0; i < n; i++) {
        struct peer_reply reply = peer_wait(p, ids[i]);

        ck_assert_int_eq(reply.code, 0);
        if (value_bool(reply.result, "success"))
            answered++;
        else
            gateway_expect_failure(reply.result, code);
    }
    return answered;
}

static int64_t
status_int(const char *path)
{
    return value_int(peer_result(g.peer, "status", "[{}]"), path);
}

static int64_t
attempts_in_ledger(void)
{
    const json_t *cost = peer_result(g.peer, "cost", "[{'by': 'target'}]");
    int64_t n = 0;

    for (size_t i = 0; i < value_count(cost, "rows"); i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "rows.%zu.attempts", i);
        n += value_int(cost, path);
    }
    return n;
}

/* F45. */
START_TEST(no_more_run_at_once_than_are_configured)
{
    uint32_t ids[MANY], others[MANY];

    start(" limits = { concurrency = 10; };", NULL);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=40");
    send_all(g.peer, ids, MANY, "one");
    send_all(other, others, MANY, "two");
    ck_assert_int_eq(count_answers(g.peer, ids, MANY, ""), MANY);
    ck_assert_int_eq(count_answers(other, others, MANY, ""), MANY);
    ck_assert_int_eq(test_provider_count(&g.mocks[0], "most_at_once"), CAP);
    ck_assert_int_eq(gateway_sends(&g, 0), 2 * MANY);
    ck_assert_int_eq(status_int("targets.0.limit"), CAP);
    ck_assert_int_eq(status_int("queue.length"), 0);
}

END_TEST

START_TEST(a_target_at_its_limit_is_passed_over_for_the_next)
{
    uint32_t ids[CAP];

    g = (struct gateway){.more_of_a = " limits = { concurrency = 4; };"};
    gateway_start(&g);
    other = peer_connect(g.daemon.socket);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=100");
    (void)test_provider_fault(&g.mocks[1], "kind=latency,ms=100");
    send_all(g.peer, ids, CAP, "spill");
    ck_assert_int_eq(count_answers(g.peer, ids, CAP, ""), CAP);
    ck_assert_int_eq(gateway_sends(&g, 0), 4);
    ck_assert_int_eq(gateway_sends(&g, 1), CAP - 4);
}

END_TEST

/* F34: 100 calls wait for a gate. */
START_TEST(f34_what_waited_for_a_gate_is_not_let_in_at_once)
{
    enum {
        STEP_MS = 60
    };

    static const char SETTINGS[] = "queue = { max_wait_ms = 5000; };\n"
                                   "breaker = { failure_threshold = 1000; };\n";
    uint32_t ids[MANY], others[MANY];
    uint32_t first;
    json_t *stats;
    int64_t begin_ms;
    int at = 1;

    start(" limits = { concurrency = 16; };", SETTINGS);
    (void)test_provider_fault(&g.mocks[0],
                              "kind=status,status=429,retry-after-ms=300,"
                              "count=1");
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=60");
    first = peer_send(g.peer, "generate", "[{'prompt': 'first'}]");
    ck_assert(mock_process_await(&g.mocks[0].process, "sends", 1, 5000));
    while (value_is_null(gateway_target(&g, "a/m"), "gate"))
        continue;
    send_all(g.peer, ids, MANY, "one");
    send_all(other, others, MANY, "two");
    (void)peer_wait(g.peer, first);
    ck_assert_int_eq(count_answers(g.peer, ids, MANY, ""), MANY);
    ck_assert_int_eq(count_answers(other, others, MANY, ""), MANY);

    /* L was 16 and is 12: 1, 2, 4, 8 and then 12 in each step of 60 ms. */
    stats = test_provider_stats(&g.mocks[0]);
    begin_ms = value_int(stats, "sends_mono_ms.1");
    for (int most = 1, step = 0; step < 4; step++, most *= 2) {
        int sent = 0;
        char path[64];

        for (;; at++, sent++) {
            (void)snprintf(path, sizeof(path), "sends_mono_ms.%d", at);
            if (value_int(stats, path) - begin_ms >= (step + 1) * STEP_MS)
                break;
        }
        ck_assert_int_le(sent, most);
    }
    json_decref(stats);
}

END_TEST

/* What comes back from `p` while `n` calls of the other client are in line. */
START_TEST(a_client_with_many_calls_does_not_hold_up_another)
{
    uint32_t ids[MANY];
    uint32_t id;
    json_t *stats;

    start(" limits = { concurrency = 1; };", NULL);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=20");
    send_all(g.peer, ids, MANY, "one");
    ck_assert(mock_process_await(&g.mocks[0].process, "sends", 2, 5000));
    id = peer_send(other, "generate", "[{'prompt': 'two'}]");
    ck_assert(value_bool(peer_wait(other, id).result, "success"));
    /* One was under way, and one more may have had its turn. */
    stats = test_provider_stats(&g.mocks[0]);
    ck_assert_int_le(value_int(stats, "sends"), 6);
    json_decref(stats);
    ck_assert_int_eq(count_answers(g.peer, ids, MANY, ""), MANY);
}

END_TEST

START_TEST(interactive_calls_go_first_and_the_others_make_room)
{
    uint32_t background[4], first;
    uint32_t interactive;
    int answered;

    start(" limits = { concurrency = 1; };",
          "queue = { max = 4; max_wait_ms = 5000; };");
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=100");
    first = peer_send(g.peer, "generate", "[{'prompt': 'first'}]");
    for (int i = 0; i < 4; i++)
        background[i] =
            peer_send(g.peer, "generate",
                      "[{'prompt': 'b%d', 'priority': 'background'}]", i);
    while (status_int("queue.length") < 4)
        continue;
    interactive = peer_send(other, "generate", "[{'prompt': 'now'}]");
    ck_assert(value_bool(peer_wait(other, interactive).result, "success"));
    ck_assert_int_le(gateway_sends(&g, 0), 3);
    answered = count_answers(g.peer, background, 4, "overloaded");
    ck_assert_int_eq(answered, 3);
    (void)peer_wait(g.peer, first);
    ck_assert_int_eq(status_int("totals.shed"), 1);
    ck_assert_str_eq(
        value_str(value_where(peer_result(g.peer, "events", "[{}]"), "events",
                              "to", "shedding"),
                  "kind"),
        "server");
}

END_TEST

START_TEST(who_waits_for_nothing_costs_nothing)
{
    uint32_t running, waiting, gone;
    const json_t *result;
    int64_t waited_ms;

    start(" limits = { concurrency = 1; };"
          " timeouts = { answer_ms = 5000; headers_ms = 5000; };",
          "queue = { max_wait_ms = 300; };");
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=700");
    running = peer_send(g.peer, "generate", "[{'prompt': 'running'}]");
    ck_assert(mock_process_await(&g.mocks[0].process, "sends", 1, 5000));
    waiting = peer_send(g.peer, "generate", "[{'prompt': 'waiting'}]");
    gone = peer_send(other, "generate", "[{'prompt': 'gone'}]");
    (void)gone;
    while (status_int("totals.queued") < 2)
        continue;
    result = peer_result(g.peer, "requests", "[{}]");
    ck_assert_str_eq(value_str(result, "requests.1.state"), "queued");
    ck_assert_str_eq(value_str(result, "requests.2.state"), "queued");
    peer_close(other);
    other = NULL;
    while (status_int("totals.queued") == 2)
        continue;
    result = peer_wait(g.peer, waiting).result;
    gateway_expect_failure(result, "overloaded");
    waited_ms = value_int(result, "retry_after_ms");
    ck_assert_int_gt(waited_ms, 0);
    ck_assert_uint_eq(value_count(result, "attempts"), 0);
    ck_assert(value_bool(peer_wait(g.peer, running).result, "success"));
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    ck_assert_int_eq(attempts_in_ledger(), 1);
}

END_TEST

START_TEST(a_target_gets_so_many_requests_a_minute)
{
    uint32_t ids[MANY];
    const json_t *result;

    start(" limits = { rpm = 30; };", "queue = { max_wait_ms = 1500; };");
    send_all(g.peer, ids, MANY, "rpm");
    /* Thirty at once; the next one, which waits for it, two seconds later. */
    ck_assert_int_eq(count_answers(g.peer, ids, MANY, "rate_limited"), 30);
    ck_assert_int_eq(gateway_sends(&g, 0), 30);
    result = peer_result(g.peer, "explain", "[{'prompt': 'why'}]");
    ck_assert_str_eq(value_str(result, "candidates.0.reason"), "rpm");
    result = gateway_ask(&g, "soon", "");
    if (!value_bool(result, "success"))
        ck_assert_int_le(value_int(result, "retry_after_ms"), 2000);
}

END_TEST

START_TEST(a_target_gets_so_many_tokens_a_minute)
{
    const json_t *result;

    start(" limits = { tpm = 1000; };", "queue = { max_wait_ms = 100; };");
    result = gateway_ask(&g, "tokens", ", 'max_tokens': 900");
    gateway_expect_answer(&g, result, "tokens");
    /* It has used much less than it might have. */
    result = gateway_ask(&g, "tokens", ", 'max_tokens': 900");
    gateway_expect_answer(&g, result, "tokens");
    (void)test_provider_fault(&g.mocks[0], "kind=usage,shape=tenfold");
    for (int i = 0; i < 9; i++)
        result = gateway_ask(&g, "tokens", ", 'max_tokens': 500");
    gateway_expect_failure(result, "rate_limited");
    ck_assert_int_gt(value_int(result, "retry_after_ms"), 100);
}

END_TEST

START_TEST(a_client_has_limits_of_its_own)
{
    uint32_t ids[6], others[6];
    const json_t *result;

    start(NULL, "clients = ( { name = \"one\"; limits = { concurrency = 2; }; "
                "} );\n"
                "client_limits = { rpm = 4; };\n"
                "queue = { max_wait_ms = 1000; };\n");
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=50");
    send_all(g.peer, ids, 6, "one");
    ck_assert_int_eq(count_answers(g.peer, ids, 6, ""), 6);
    ck_assert_int_eq(test_provider_count(&g.mocks[0], "most_at_once"), 2);
    send_all(other, others, 6, "two");
    ck_assert_int_eq(count_answers(other, others, 6, "rate_limited"), 4);
    result = peer_result(other, "generate", "[{'prompt': 'again'}]");
    gateway_expect_failure(result, "rate_limited");
    ck_assert_int_gt(value_int(result, "retry_after_ms"), 1000);
    ck_assert_int_le(value_int(result, "retry_after_ms"), 15000);
    ck_assert_int_eq(gateway_sends(&g, 0), 10);
}

END_TEST

/* A provider that takes eight at once and refuses more. */
START_TEST(the_limit_settles_near_what_the_provider_takes)
{
    enum {
        K = 8,
        WARM_UP = 200,
        MEASURED = 300
    };
    struct calls_count count;
    int64_t sends;

    start(NULL, QUIET_BREAKER);
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=529,beyond=8");
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=10");
    (void)calls_run(&g, &(struct calls_plan){
                            .total = WARM_UP, .at_once = 40, .prompt = "a"});
    sends = gateway_sends(&g, 0);
    count = calls_run(&g, &(struct calls_plan){
                              .total = MEASURED, .at_once = 40, .prompt = "b"});
    sends = gateway_sends(&g, 0) - sends;
    ck_assert_int_ge(count.answered, MEASURED * 9 / 10);
    ck_assert_int_le(sends, MEASURED * 125 / 100);
    ck_assert_int_ge(status_int("targets.0.limit"), K / 2);
    ck_assert_int_le(status_int("targets.0.limit"), K + 2);
}

END_TEST

START_TEST(a_reload_keeps_what_was_learned_and_taken)
{
    uint32_t ids[3];

    start(" limits = { rpm = 3; };", "queue = { max = 0; };");
    send_all(g.peer, ids, 3, "before");
    ck_assert_int_eq(count_answers(g.peer, ids, 3, ""), 3);
    (void)peer_result(g.peer, "config.reload", "[]");
    gateway_expect_failure(gateway_ask(&g, "after", ""), "rate_limited");
    ck_assert_int_eq(gateway_sends(&g, 0), 3);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("queue");
    TCase *tc = tcase_create("targets");

    tcase_add_checked_fixture(tc, NULL, stop);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, no_more_run_at_once_than_are_configured);
    tcase_add_test(tc, a_target_at_its_limit_is_passed_over_for_the_next);
    tcase_add_test(tc, f34_what_waited_for_a_gate_is_not_let_in_at_once);
    tcase_add_test(tc, a_target_gets_so_many_requests_a_minute);
    tcase_add_test(tc, a_target_gets_so_many_tokens_a_minute);
    tcase_add_test(tc, the_limit_settles_near_what_the_provider_takes);
    tcase_add_test(tc, a_reload_keeps_what_was_learned_and_taken);
    suite_add_tcase(s, tc);

    tc = tcase_create("clients");
    tcase_add_checked_fixture(tc, NULL, stop);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_client_with_many_calls_does_not_hold_up_another);
    tcase_add_test(tc, interactive_calls_go_first_and_the_others_make_room);
    tcase_add_test(tc, who_waits_for_nothing_costs_nothing);
    tcase_add_test(tc, a_client_has_limits_of_its_own);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
