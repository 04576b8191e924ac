/*
 * check_observe.c - what the daemon shows: snapshots and events.
 */
#include "support/gateway.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define QUANTILES "count:i avg:f p50:f p90:f p95:f p99:f max:f"

#define TARGET_SHAPE                                                                    \
    "name:s provider:s model:s connect_ms:fn tier:s priority:i weight:i max_tokens:in " \
    "context:in price:on state:s breaker:s reason:sn since_ms:i "                       \
    "retry_at_ms:in is_healthy:b trips:i half_open:on failures:i "                      \
    "window_requests:i window_failures:i epoch:i n:i admin:s gate:on "                  \
    "last_probe:on in_flight:i limit:i limits:o requests:i successes:i error_count:i "  \
    "sends:i avg_latency_ms:fn prompt_tokens:i completion_tokens:i "                    \
    "cost_usd:f cost_nanousd:i cost_today_usd:f retry_budget:f rps:f "                  \
    "error_rate:fn rate_limited_rate:fn timeout_rate:fn ttft_ms:on "                    \
    "latency_ms:on cost_per_hour_usd:f drills:i trend:a"

#define FIGURES                                                                \
    "requests:i successes:i error_count:i avg_latency_ms:fn prompt_tokens:i "  \
    "completion_tokens:i cost_usd:f cost_nanousd:i cost_today_usd:f rps:f "    \
    "error_rate:fn cost_per_hour_usd:f in_flight:i ttft_ms:on latency_ms:on "

#define DETAIL_SHAPE                                                           \
    TARGET_SHAPE " errors:o last_error:sn last_error_ms:in "                   \
                 "last_error_request_id:sn error_trend:a ttft_hist:a key:o "   \
                 "keys:a breaker_history:a breaker_settings:o routes:a "       \
                 "endpoint:s"

static struct test_gateway g;

static void
setup(void)
{
    test_gateway_start(&g, "breaker = { recovery_timeout_s = 60.0; };");
}

static void
teardown(void)
{
    test_gateway_stop(&g);
}

static void
check_server(const json_t *snapshot)
{
    value_has_shape(
        snapshot, "server",
        "version:s instance_id:s pid:i uptime_s:i started_ms:i "
        "reloaded_ms:i config_generation:i state:s loop_lag_ms:f "
        "rss_bytes:i fds:i fds_limit:in connections:i connections_limit:i "
        "rpc_queue_bytes:i log_dropped:i curl_handles:i http_connections:i "
        "held_bytes:i held_bytes_limit:i ledger:s ledger_lost:i ledger_rows:i "
        "ledger_commits:i ledger_queue_bytes:i sessions:s hostname:sn");
    ck_assert_int_ge(value_int(snapshot, "server.http_connections"), 1);
    ck_assert_int_eq(value_int(snapshot, "server.connections_limit"), 256);
    ck_assert_int_eq(value_int(snapshot, "server.pid"), g.daemon.process.pid);
    ck_assert_int_eq(value_int(snapshot, "server.connections"), 1);
    ck_assert_int_eq(value_int(snapshot, "server.config_generation"), 1);
    ck_assert_str_eq(value_str(snapshot, "server.state"), "ready");
    ck_assert_int_gt(value_int(snapshot, "server.rss_bytes"), 1 << 20);
    ck_assert_int_gt(value_int(snapshot, "server.fds"), 5);
    ck_assert_int_ge(value_int(snapshot, "time_ms"),
                     value_int(snapshot, "server.started_ms"));
}

START_TEST(a_snapshot_has_the_documented_shape)
{
    const json_t *s;

    (void)peer_result(g.peer, "generate", "[{'prompt': 'a', 'stream': true}]");
    s = peer_result(g.peer, "status", "[{'window_s': 10}]");
    value_has_shape(s, "",
                    "schema:i time_ms:i server:o totals:o window:o targets:a "
                    "routes:a clients:a queue:o drills:a budgets:a");
    value_has_shape(s, "queue", "length:i bytes:i oldest_ms:in max:i");
    ck_assert_int_eq(value_int(s, "schema"), 1);
    check_server(s);
    value_has_shape(s, "totals",
                    "total_requests:i successful_requests:i failed_requests:i "
                    "fallback_count:i circuit_breaker_trips:i "
                    "avg_latency_ms:fn success_rate_percent:fn retries:i "
                    "prompt_tokens:i completion_tokens:i cost_usd:f "
                    "cost_nanousd:i cost_today_usd:f in_flight:i queued:i "
                    "hedges:i hedges_won:i hedge_cost_nanousd:i resumed:i "
                    "shed:i limit:i clients:i trend:a error_trend:a");
    value_has_shape(s, "window",
                    "seconds:i rps:f error_rate:fn cost_per_hour_usd:f "
                    "retry_rate:fn hedge_rate:fn hedge_won_rate:fn "
                    "shed_per_s:f prompt_tokens_per_min:f "
                    "completion_tokens_per_min:f ttft_ms:on latency_ms:on");
    ck_assert_uint_eq(value_count(s, "totals.trend"), 30);
    ck_assert_uint_eq(value_count(s, "totals.error_trend"), 30);
    ck_assert_int_eq(value_int(s, "window.seconds"), 10);
    value_has_shape(s, "window.ttft_ms", QUANTILES);
    ck_assert_uint_eq(value_count(s, "targets"), 2);
    value_has_shape(s, "targets.0", TARGET_SHAPE);
    value_has_shape(s, "targets.1", TARGET_SHAPE);
    value_has_shape(s, "targets.0.latency_ms", QUANTILES);
    ck_assert_uint_eq(value_count(s, "targets.0.trend"), 30);
    value_has_shape(s, "routes.0",
                    FIGURES "name:s targets:a strategy:s chosen:sn"
                            " hedge_delay_ms:in");
    ck_assert_str_eq(value_str(s, "routes.0.targets.1"), "two/m");
    value_has_shape(s, "clients.0", FIGURES "name:sn uid:i connections:i");
}

END_TEST

START_TEST(the_figures_of_a_call_are_those_of_its_answer)
{
    const json_t *answer = peer_result(g.peer, "generate", "[{'prompt': 'a'}]");
    const json_t *s = peer_result(g.peer, "status", "[]");
    const json_t *t = value_where(s, "targets", "name", "one/m");

    ck_assert_int_eq(value_int(s, "totals.total_requests"), 1);
    ck_assert_int_eq(value_int(s, "totals.successful_requests"), 1);
    ck_assert_int_eq(value_int(s, "totals.cost_nanousd"),
                     value_int(answer, "cost_nanousd"));
    ck_assert_int_eq(value_int(t, "cost_nanousd"),
                     value_int(answer, "cost_nanousd"));
    ck_assert_double_gt(value_real(t, "cost_today_usd"), 0);
    ck_assert_int_eq(value_int(t, "completion_tokens"),
                     value_int(answer, "completion_tokens"));
    ck_assert_int_eq(value_int(t, "sends"),
                     test_provider_count(&g.one, "sends"));
    ck_assert_double_eq(value_real(s, "totals.success_rate_percent"), 100);
    ck_assert_double_eq(value_real(t, "price.output_usd"), 8);
    ck_assert_double_eq(value_real(t, "price.cached_input_usd"), 2);
    ck_assert_int_eq(value_int(t, "max_tokens"), 1000);
    ck_assert_int_eq(value_int(t, "context"), 8000);
}

END_TEST

START_TEST(without_samples_there_is_nil_and_no_zero)
{
    static const char *const NIL[] = {
        "totals.avg_latency_ms", "totals.success_rate_percent",
        "window.error_rate",     "window.ttft_ms",
        "window.latency_ms",     "targets.0.avg_latency_ms",
        "targets.0.error_rate",  "targets.0.rate_limited_rate",
        "targets.0.ttft_ms",     "targets.0.latency_ms",
        "targets.0.last_probe",  "targets.0.retry_at_ms",
        "targets.0.reason",      "targets.0.gate",
        "targets.0.half_open",   "targets.1.context",
    };
    const json_t *s = peer_result(g.peer, "status", "[]");

    for (size_t i = 0; i < sizeof(NIL) / sizeof(*NIL); i++)
        ck_assert_msg(value_is_null(s, NIL[i]), "%s", NIL[i]);
    ck_assert_double_eq(value_real(s, "window.rps"), 0);
}

END_TEST

START_TEST(one_target_is_shown_in_detail)
{
    const json_t *s, *t;

    (void)test_provider_fault(&g.one, "kind=status,status=503,count=1");
    (void)peer_result(g.peer, "generate", "[{'prompt': 'a', 'stream': true}]");
    (void)peer_result(g.peer, "generate", "[{'prompt': 'b', 'stream': true}]");
    s = peer_result(g.peer, "status", "[{'target': 'one/m'}]");
    ck_assert_uint_eq(value_count(s, "targets"), 1);
    t = value_at(s, "targets.0");
    value_has_shape(t, "", DETAIL_SHAPE);
    value_has_shape(t, "key", "name:s state:s");
    ck_assert_int_eq(value_int(t, "errors.overload"), 1);
    ck_assert_uint_eq(json_object_size(value_at(t, "errors")), 1);
    ck_assert_ptr_nonnull(strstr(value_str(t, "last_error"), "HTTP 503"));
    ck_assert_uint_eq(value_count(t, "ttft_hist"), 12);
    ck_assert_int_eq(value_int(t, "ttft_hist.0.0"), 100);
    ck_assert_int_eq(value_int(t, "failures"), 0);
    ck_assert_int_eq(value_int(t, "window_failures"), 1);
    ck_assert_int_eq(value_int(t, "window_requests"), 2);
}

END_TEST

START_TEST(all_targets_are_there_while_one_is_shown_in_detail)
{
    const json_t *s, *t;

    (void)test_provider_fault(&g.one, "kind=status,status=500,count=5");
    for (int i = 0; i < 6; i++)
        (void)peer_result(g.peer, "generate", "[{'prompt': 'a'}]");
    s = peer_result(g.peer, "status", "[{'detail': 'one/m'}]");
    ck_assert_uint_eq(value_count(s, "targets"), 2);
    value_has_shape(value_where(s, "targets", "name", "two/m"), "",
                    TARGET_SHAPE);
    t = value_where(s, "targets", "name", "one/m");
    value_has_shape(t, "", DETAIL_SHAPE);
    ck_assert_uint_eq(value_count(t, "breaker_history"), 1);
    value_has_shape(t, "breaker_history.0", "time_ms:i from:s to:s reason:sn");
    ck_assert_str_eq(value_str(t, "breaker_history.0.from"), "closed");
    ck_assert_str_eq(value_str(t, "breaker_history.0.to"), "open");
    ck_assert_ptr_nonnull(
        strstr(value_str(t, "breaker_history.0.reason"), "5 failures"));
    value_has_shape(t, "breaker_settings",
                    "window_s:i min_calls:i failure_rate:f "
                    "failure_threshold:i connect_failures:i slow_call_ms:i "
                    "slow_call_rate:f recovery_timeout_s:f "
                    "recovery_timeout_max_s:f half_open_max_requests:i "
                    "success_threshold:i half_open_wait_s:f");
    ck_assert_double_eq(value_real(t, "breaker_settings.recovery_timeout_s"),
                        60);
    ck_assert_str_eq(value_str(t, "routes.0.name"), "default");
    ck_assert_int_eq(value_int(t, "routes.0.place"), 1);
    ck_assert_int_eq(value_int(t, "routes.0.of"), 2);
    ck_assert_str_eq(value_str(s, "routes.0.chosen"), "two/m");
}

END_TEST

START_TEST(only_the_last_transitions_of_a_breaker_are_kept)
{
    const json_t *t;

    for (int i = 0; i < 10; i++) {
        (void)peer_result(g.peer, "breaker.set",
                          "[{'target': 'one/m', 'state': 'open'}]");
        (void)peer_result(g.peer, "breaker.set",
                          "[{'target': 'one/m', 'state': 'auto'}]");
    }
    t = test_gateway_target(&g, "one/m");
    ck_assert_uint_eq(value_count(t, "breaker_history"), 16);
    ck_assert_str_eq(value_str(t, "breaker_history.0.to"), "closed");
    ck_assert_str_eq(value_str(t, "breaker_history.15.to"), "forced_open");
}

END_TEST

/* The provider quotes the prompt in its errors. */
static const char QUOTING[] = "kind=status,status=500,body={\"error\":"
                              "{\"message\":\"You wrote: my secret\"}}";

static bool
is_shown(const char *method, const char *params, const char *text)
{
    char *all = json_dumps(peer_result(g.peer, method, "%s", params), 0);
    bool shown = strstr(all, text);

    free(all);
    return shown;
}

START_TEST(the_words_of_a_provider_go_to_the_caller_alone)
{
    const json_t *r;

    (void)test_provider_fault(&g.one, QUOTING);
    r = peer_result(g.peer, "generate", "[{'prompt': 'a', 'route': 'one/m'}]");
    ck_assert_ptr_nonnull(strstr(value_str(r, "error"), "my secret"));
    for (int i = 0; i < 5; i++)
        (void)peer_result(g.peer, "generate",
                          "[{'prompt': 'a', 'route': 'one/m'}]");
    ck_assert_str_eq(test_gateway_state(&g, "one/m"), "open");
    ck_assert(is_shown("events", "[]", "HTTP 500"));
    ck_assert(!is_shown("events", "[]", "my secret"));
    ck_assert_str_eq(value_str(test_gateway_target(&g, "one/m"), "last_error"),
                     "HTTP 500");
    ck_assert(!is_shown("status", "[{'target': 'one/m'}]", "my secret"));
    ck_assert(!test_daemon_logged(&g.daemon, "my secret"));
}

END_TEST

START_TEST(what_the_caller_got_wrong_is_no_error_of_the_target)
{
    const json_t *t;

    (void)test_provider_fault(&g.one, "kind=status,status=400,count=1");
    (void)peer_result(g.peer, "generate", "[{'prompt': 'a'}]");
    t = test_gateway_target(&g, "one/m");
    ck_assert_int_eq(value_int(t, "errors.client"), 1);
    ck_assert(value_is_null(t, "last_error"));
    ck_assert(value_is_null(t, "last_error_ms"));
}

END_TEST

START_TEST(what_status_cannot_do_is_said_by_field)
{
    const char *text =
        peer_error(g.peer, -32602, "status", "[{'window_s': 61}]");

    ck_assert_ptr_nonnull(strstr(text, "window_s"));
    text = peer_error(g.peer, -32004, "status", "[{'target': 'one/n'}]");
    ck_assert_ptr_nonnull(strstr(text, "Did you mean \"one/m\"?"));
    text = peer_error(g.peer, -32602, "status", "[{'target': 7}]");
    ck_assert_ptr_nonnull(strstr(text, "target"));
}

END_TEST

START_TEST(watch_answers_with_a_snapshot_and_sends_more)
{
    const json_t *first, *next;
    struct peer *p = peer_connect(g.daemon.socket);

    first = peer_result(p, "watch", "[{'interval_ms': 100}]");
    ck_assert_int_eq(value_int(first, "window.seconds"), 60);
    for (int i = 0; i < 3; i++) {
        next = peer_notification(p, "status", PATIENCE_MS);
        ck_assert_ptr_nonnull(next);
        ck_assert_uint_eq(value_count(next, ""), 1);
        value_has_shape(next, "0.targets.0", TARGET_SHAPE);
        ck_assert_int_ge(
            value_int(next, "0.time_ms") - value_int(first, "time_ms"), 90);
        first = value_at(next, "0");
    }
    (void)peer_result(p, "unwatch", "[]");
    while (peer_notification(p, "status", 0))
        continue;
    ck_assert_ptr_null(peer_notification(p, "status", 300));
    peer_close(p);
}

END_TEST

START_TEST(a_second_watch_changes_the_first_in_place)
{
    const json_t *next;

    (void)peer_result(g.peer, "watch", "[{'interval_ms': 3600000}]");
    (void)peer_result(g.peer, "watch",
                      "[{'interval_ms': 100, 'window_s': 10,"
                      " 'detail': 'two/m'}]");
    for (int i = 0; i < 2; i++) {
        next = peer_notification(g.peer, "status", PATIENCE_MS);
        ck_assert_ptr_nonnull(next);
        ck_assert_int_eq(value_int(next, "0.window.seconds"), 10);
        value_has_shape(next, "0.targets.0", TARGET_SHAPE);
        value_has_shape(next, "0.targets.1", DETAIL_SHAPE);
    }
    (void)peer_result(g.peer, "unwatch", "[]");
}

END_TEST

START_TEST(watch_keeps_to_its_bounds)
{
    const char *text =
        peer_error(g.peer, -32602, "watch", "[{'interval_ms': 99}]");

    ck_assert_ptr_nonnull(strstr(text, "interval_ms"));
    (void)peer_error(g.peer, -32602, "watch", "[{'interval_ms': 3600001}]");
    (void)peer_error(g.peer, -32602, "watch", "[{'window_s': 1}]");
    (void)peer_error(g.peer, -32004, "watch", "[{'target': 'none/m'}]");
    ck_assert_ptr_null(peer_notification(g.peer, "status", 200));
}

END_TEST

/* A watcher that reads nothing, with more unsent than it may have. */
static struct peer *
stall_a_watcher(void)
{
    struct peer *p = peer_connect(g.daemon.socket);

    (void)peer_result(p, "watch", "[{'interval_ms': 100}]");
    (void)peer_result(p, "events", "[{'follow': true}]");
    for (int i = 0; i < 200; i++)
        (void)peer_send(p, "status", "[]");
    return p;
}

START_TEST(a_watcher_that_does_not_read_is_sent_no_more)
{
    struct peer *stalled = stall_a_watcher();
    int64_t queued = 0, before = -1;

    (void)peer_result(g.peer, "watch", "[{'interval_ms': 100}]");
    for (int i = 0; i < 10 || queued != before; i++) {
        const json_t *s = peer_notification(g.peer, "status", PATIENCE_MS);

        ck_assert_ptr_nonnull(s);
        ck_assert_int_lt(i, 100);
        before = queued;
        queued = value_int(s, "0.server.rpc_queue_bytes");
    }
    ck_assert_int_gt(queued, 65536);
    /* Once it reads, snapshots come again. */
    (void)peer_result(stalled, "status", "[]");
    while (peer_notification(stalled, "status", 0))
        continue;
    ck_assert_ptr_nonnull(peer_notification(stalled, "status", PATIENCE_MS));
    peer_close(stalled);
}

END_TEST

START_TEST(a_subscription_ends_with_its_connection)
{
    struct peer *p = peer_connect(g.daemon.socket);

    (void)peer_result(p, "watch", "[{'interval_ms': 100}]");
    (void)peer_result(p, "events", "[{'follow': true}]");
    peer_close(p);
    eventually(
        value_int(peer_result(g.peer, "status", "[]"), "server.connections")
        == 1);
    (void)peer_result(g.peer, "breaker.set",
                      "[{'target': 'one/m', 'state': 'open'}]");
}

END_TEST

START_TEST(events_are_numbered_without_gaps)
{
    const json_t *r;
    size_t n;

    for (int i = 0; i < 3; i++) {
        (void)peer_result(g.peer, "breaker.set",
                          "[{'target': 'one/m', 'state': 'open'}]");
        (void)peer_result(g.peer, "breaker.set",
                          "[{'target': 'one/m', 'state': 'auto'}]");
    }
    r = peer_result(g.peer, "events", "[]");
    value_has_shape(r, "", "events:a next_seq:i");
    n = value_count(r, "events");
    ck_assert_uint_ge(n, 7);
    for (size_t i = 0; i < n; i++) {
        const json_t *ev = json_array_get(value_at(r, "events"), i);

        value_has_shape(ev, "",
                        "seq:i time_ms:i kind:s target:sn from:sn to:sn "
                        "reason:sn request_id?:s");
        ck_assert_int_eq(value_int(ev, "seq"), (int64_t)i + 1);
    }
    ck_assert_int_eq(value_int(r, "next_seq"), (int64_t)n + 1);
    r = peer_result(g.peer, "events", "[{'since_seq': %d}]", (int)n);
    ck_assert_uint_eq(value_count(r, "events"), 1);
    ck_assert_int_eq(value_int(r, "events.0.seq"), (int64_t)n);
    (void)peer_error(g.peer, -32602, "events", "[{'since_seq': -1}]");
}

END_TEST

START_TEST(a_follower_is_told_of_what_happens)
{
    struct peer *p = peer_connect(g.daemon.socket);
    const json_t *r = peer_result(p, "events", "[{'follow': true}]");
    const json_t *ev;

    (void)peer_result(g.peer, "breaker.set",
                      "[{'target': 'two/m', 'state': 'open'}]");
    ev = peer_notification(p, "event", PATIENCE_MS);
    ck_assert_ptr_nonnull(ev);
    ck_assert_int_eq(value_int(ev, "0.seq"), value_int(r, "next_seq"));
    ck_assert_str_eq(value_str(ev, "0.kind"), "breaker");
    ck_assert_str_eq(value_str(ev, "0.target"), "two/m");
    ck_assert_str_eq(value_str(ev, "0.from"), "closed");
    ck_assert_str_eq(value_str(ev, "0.to"), "forced_open");
    ck_assert_str_eq(value_str(ev, "0.reason"), "operator");
    (void)peer_result(p, "unwatch", "[]");
    (void)peer_result(g.peer, "breaker.set",
                      "[{'target': 'two/m', 'state': 'auto'}]");
    test_gateway_reason(&g, "breaker", "forced_open", "closed", "operator");
    (void)peer_result(p, "status", "[]");
    ck_assert_ptr_null(peer_notification(p, "event", 100));
    peer_close(p);
}

END_TEST

START_TEST(a_circuit_tells_why_it_opened_and_closed)
{
    test_gateway_stop(&g);
    test_gateway_start(&g, "breaker = { recovery_timeout_s = 0.1; };");
    (void)test_provider_fault(&g.one, "kind=status,status=500,count=5");
    for (int i = 0; i < 5; i++)
        (void)peer_result(g.peer, "generate",
                          "[{'prompt': 'a', 'route': 'one/m'}]");
    test_gateway_reason(&g, "breaker", "closed", "open",
                        "5 failures in a row (HTTP 500 server_error)");
    eventually(strcmp(test_gateway_state(&g, "one/m"), "half_open") == 0);
    for (int i = 0; i < 2; i++)
        (void)peer_result(g.peer, "generate",
                          "[{'prompt': 'a', 'route': 'one/m'}]");
    test_gateway_reason(&g, "breaker", "open", "half_open",
                        "the time to wait is over");
    test_gateway_reason(&g, "breaker", "half_open", "closed",
                        "2 of 2 trials succeeded");
}

END_TEST

START_TEST(refusals_of_one_moment_are_one_event)
{
    uint32_t calls[20];

    (void)test_provider_fault(&g.one,
                              "kind=status,status=429,retry-after=30,ms=300");
    for (size_t i = 0; i < 20; i++)
        calls[i] = peer_send(g.peer, "generate",
                             "[{'prompt': 'a', 'route': 'one/m',"
                             " 'deadline_ms': 5000}]");
    for (size_t i = 0; i < 20; i++)
        (void)peer_wait(g.peer, calls[i]);
    ck_assert_int_gt(test_provider_count(&g.one, "sends"), 1);
    test_gateway_reason(&g, "gate", "open", "limited",
                        "HTTP 429 rate_limit_exceeded, for ");
    (void)peer_result(g.peer, "breaker.set",
                      "[{'target': 'one/m', 'state': 'auto'}]");
    test_gateway_reason(&g, "gate", "limited", "open", "operator");
}

END_TEST

static TCase *
add_case(Suite *s, const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(s, tc);
    return tc;
}

static Suite *
suite(void)
{
    Suite *s = suite_create("observe");
    TCase *tc = add_case(s, "status");

    tcase_add_test(tc, a_snapshot_has_the_documented_shape);
    tcase_add_test(tc, the_figures_of_a_call_are_those_of_its_answer);
    tcase_add_test(tc, without_samples_there_is_nil_and_no_zero);
    tcase_add_test(tc, one_target_is_shown_in_detail);
    tcase_add_test(tc, all_targets_are_there_while_one_is_shown_in_detail);
    tcase_add_test(tc, only_the_last_transitions_of_a_breaker_are_kept);
    tcase_add_test(tc, the_words_of_a_provider_go_to_the_caller_alone);
    tcase_add_test(tc, what_the_caller_got_wrong_is_no_error_of_the_target);
    tcase_add_test(tc, what_status_cannot_do_is_said_by_field);

    tc = add_case(s, "watch");
    tcase_add_test(tc, watch_answers_with_a_snapshot_and_sends_more);
    tcase_add_test(tc, a_second_watch_changes_the_first_in_place);
    tcase_add_test(tc, watch_keeps_to_its_bounds);
    tcase_add_test(tc, a_watcher_that_does_not_read_is_sent_no_more);
    tcase_add_test(tc, a_subscription_ends_with_its_connection);

    tc = add_case(s, "events");
    tcase_add_test(tc, events_are_numbered_without_gaps);
    tcase_add_test(tc, a_follower_is_told_of_what_happens);
    tcase_add_test(tc, a_circuit_tells_why_it_opened_and_closed);
    tcase_add_test(tc, refusals_of_one_moment_are_one_event);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
