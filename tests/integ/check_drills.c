/*
 * check_drills.c - failures that an operator orders, through the real daemon:
 * what they do to calls, what reaches the provider, and when they end.
 */
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>
#include <unistd.h>

static struct gateway g;

static const char PROMPT[] = "tell me of the river";
static const char STREAM[] = ", 'stream': true, 'on_break': 'error'";

static int64_t
start_drill(const char *fault, const char *more)
{
    const json_t *r =
        peer_result(g.peer, "drill.start", "[{'target': 'a/m', 'fault': %s%s}]",
                    fault, more);

    return value_int(r, "id");
}

static size_t
count_drills(void)
{
    return value_count(peer_result(g.peer, "drill.list", "[]"), "drills");
}

/* The drill's events that say `to`. */
static int
count_events(const char *to)
{
    const json_t *events =
        value_at(peer_result(g.peer, "events", "[{}]"), "events");
    int n = 0;

    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);

        if (strcmp(value_str(event, "kind"), "drill") == 0
            && strcmp(value_str(event, "to"), to) == 0) {
            ck_assert_str_eq(value_str(event, "target"), "a/m");
            n++;
        }
    }
    return n;
}

/* A fault that strikes before the first content: the other target answers. */
static const struct row {
    const char *fault;
    const char *outcome;
    int http_status; /* 0: none. */
    bool streamed;
    bool sent;
    bool gated; /* The target is left alone afterwards. */
} ROWS[] = {
    {"{'kind': 'status', 'status': 503}", "overload", 503, true, false, false},
    {"{'kind': 'status', 'status': 500}", "server", 500, false, false, false},
    {"{'kind': 'status', 'status': 429, 'retry_after_s': 30}", "rate", 429,
     true, false, true},
    {"{'kind': 'status', 'status': 408}", "ambiguous", 408, true, false, false},
    {"{'kind': 'connect'}", "not_sent", 0, true, false, false},
    {"{'kind': 'connect'}", "not_sent", 0, false, false, false},
    {"{'kind': 'empty'}", "server", 200, true, false, false},
    {"{'kind': 'empty'}", "server", 200, false, false, false},
    {"{'kind': 'auth'}", "auth_lock", 401, true, false, true},
    {"{'kind': 'latency', 'ms': 5000}", "ambiguous", 0, true, false, false},
    {"{'kind': 'latency', 'ms': 5000}", "ambiguous", 0, false, false, false},
    {"{'kind': 'stall'}", "ambiguous", 200, true, true, false},
    {"{'kind': 'stall', 'after_tokens': 5}", "ambiguous", 200, false, true,
     false},
    {"{'kind': 'cut', 'after_tokens': 0}", "ambiguous", 200, true, true, false},
    {"{'kind': 'cut'}", "ambiguous", 200, false, true, false},
    {"{'kind': 'malformed'}", "server", 200, true, true, false},
    {"{'kind': 'malformed'}", "server", 200, false, true, false},
};

static void
expect_failed_attempt(const json_t *result, const struct row *row)
{
    const json_t *first = value_at(result, "attempts.0");
    const json_t *status = value_find(first, "http_status");

    ck_assert_str_eq(value_str(first, "target"), "a/m");
    ck_assert_str_eq(value_str(first, "outcome"), row->outcome);
    ck_assert_int_eq(json_integer_value(status), row->http_status);
    ck_assert_int_eq(value_bool(first, "sent"), row->sent);
    if (row->sent)
        ck_assert_int_gt(value_int(first, "cost_nanousd"), 0);
    else
        ck_assert_int_eq(value_int(first, "cost_nanousd"), 0);
    ck_assert_str_eq(value_str(result, "provider"), "b");
}

START_TEST(fault_before_the_first_content_is_answered_elsewhere)
{
    const struct row *row = &ROWS[_i];
    const json_t *result, *target;

    gateway_start(&g);
    (void)start_drill(row->fault, ", 'count': 2");
    result = gateway_ask(&g, PROMPT, row->streamed ? STREAM : "");
    gateway_expect_answer(&g, result, PROMPT);
    expect_failed_attempt(result, row);
    ck_assert_int_eq(gateway_sends(&g, 0), row->sent);
    ck_assert_int_eq(gateway_sends(&g, 1), 1);
    target = gateway_target(&g, "a/m");
    ck_assert_int_eq(value_int(target, "sends"), row->sent);
    ck_assert_int_eq(value_bool(target, "is_healthy"), !row->gated);
    ck_assert_int_eq(count_events("started"), 1);
    ck_assert_int_eq(count_events("hit"), 1);
    gateway_stop(&g);
}

END_TEST

/* What comes after some content cannot be taken back. */
static const struct {
    const char *kind;
    const char *error;
} BREAKS[] = {
    {"stall", "stalled"},
    {"cut", "reset"},
    {"malformed", "no sense"},
};

START_TEST(stream_breaks_after_the_tokens_that_were_ordered)
{
    char fault[80];
    const json_t *result;

    gateway_start(&g);
    (void)snprintf(fault, sizeof(fault), "{'kind': '%s', 'after_tokens': 7}",
                   BREAKS[_i].kind);
    (void)start_drill(fault, ", 'count': 1");
    result = gateway_ask(&g, PROMPT, STREAM);
    gateway_expect_broken(&g, result, PROMPT, 7);
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "stream_broken");
    ck_assert_ptr_nonnull(
        strstr(value_str(result, "attempts.0.error"), BREAKS[_i].error));
    ck_assert_int_gt(value_int(result, "attempts.0.cost_nanousd"), 0);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "failures"), 1);

    result = gateway_ask(&g, PROMPT, STREAM);
    gateway_expect_answer(&g, result, PROMPT);
    gateway_stop(&g);
}

END_TEST

/* The last delta has come, but not what says that it was the last. */
START_TEST(break_behind_the_last_token_is_still_a_break)
{
    const json_t *result;

    gateway_start(&g);
    (void)start_drill("{'kind': 'cut', 'after_tokens': 20}", "");
    result = gateway_ask(&g, PROMPT, STREAM);
    gateway_expect_broken(&g, result, PROMPT, GATEWAY_TOKENS);
    gateway_stop(&g);
}

END_TEST

START_TEST(answer_that_ends_before_the_break_is_whole)
{
    gateway_start(&g);
    (void)start_drill("{'kind': 'cut', 'after_tokens': 21}", "");
    gateway_expect_answer(&g, gateway_ask(&g, PROMPT, STREAM), PROMPT);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    gateway_stop(&g);
}

END_TEST

/* The provider's rest is not paid for: the mock sees its stream cut off. */
START_TEST(provider_is_let_go_when_the_answer_breaks)
{
    test_provider_start(&g.mocks[0], "--token-interval-ms", "100", NULL);
    gateway_start(&g);
    (void)start_drill("{'kind': 'cut', 'after_tokens': 1}", "");
    gateway_expect_broken(&g, gateway_ask(&g, PROMPT, STREAM), PROMPT, 1);
    ck_assert(mock_process_await(&g.mocks[0].process, "aborted", 1, 1500));
    gateway_stop(&g);
}

END_TEST

START_TEST(latency_delays_the_request_and_no_more)
{
    const json_t *result;

    gateway_start(&g);
    (void)start_drill("{'kind': 'latency', 'ms': 120}", "");
    result = gateway_ask(&g, PROMPT, STREAM);
    gateway_expect_answer(&g, result, PROMPT);
    ck_assert_str_eq(value_str(result, "provider"), "a");
    ck_assert_int_ge(value_int(result, "ttft_ms"), 120);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    gateway_stop(&g);
}

END_TEST

START_TEST(call_can_be_cancelled_while_a_drill_delays_it)
{
    uint32_t msgid;
    const json_t *result;

    g.more_of_a = " timeouts = { headers_ms = 60000; };";
    gateway_start(&g);
    (void)start_drill("{'kind': 'latency', 'ms': 60000}", "");
    msgid = gateway_send(&g, PROMPT, STREAM);
    ck_assert(value_bool(
        peer_result(g.peer, "cancel", "[{'msgid': %u}]", (unsigned)msgid),
        "cancelled"));
    result = gateway_await(&g, msgid);
    gateway_expect_failure(result, "cancelled");
    ck_assert(!value_bool(result, "attempts.0.sent"));
    ck_assert_int_eq(value_int(result, "attempts.0.cost_nanousd"), 0);
    ck_assert_int_eq(gateway_sends(&g, 0), 0);
    gateway_stop(&g);
}

END_TEST

START_TEST(drilled_failures_open_the_breaker)
{
    gateway_start(&g);
    (void)start_drill("{'kind': 'status', 'status': 503}", "");
    for (int i = 0; i < 5; i++)
        gateway_expect_answer(&g, gateway_ask(&g, PROMPT, ""), PROMPT);
    ck_assert_str_eq(value_str(gateway_target(&g, "a/m"), "state"), "open");
    gateway_expect_event(&g, "breaker", "a/m", "closed", "open");
    ck_assert_int_eq(gateway_sends(&g, 0), 0);
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "cost_nanousd"), 0);
    gateway_stop(&g);
}

END_TEST

/* Many hits make one event a second. */
START_TEST(drill_ends_after_its_count)
{
    enum {
        COUNT = 4
    };

    const json_t *result;

    g.more = "breaker = { failure_threshold = 1000; min_calls = 1000; };";
    gateway_start(&g);
    (void)start_drill("{'kind': 'empty'}", ", 'count': 4");
    for (int i = 0; i < COUNT; i++) {
        result = gateway_ask(&g, PROMPT, "");
        ck_assert_str_eq(value_str(result, "provider"), "b");
    }
    ck_assert_uint_eq(count_drills(), 0);
    result = gateway_ask(&g, PROMPT, "");
    ck_assert_str_eq(value_str(result, "provider"), "a");
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    for (int i = 0; i < 50 && count_events("expired") == 0; i++)
        (void)usleep(50 * 1000);
    ck_assert_int_eq(count_events("expired"), 1);
    ck_assert_int_le(count_events("hit"), 2);
    gateway_stop(&g);
}

END_TEST

START_TEST(drill_ends_after_its_time)
{
    int64_t begun_ms;
    const json_t *result;

    gateway_start(&g);
    begun_ms = clock_mono_ms();
    (void)start_drill("{'kind': 'connect'}", ", 'duration_s': 1");
    result = gateway_ask(&g, PROMPT, "");
    ck_assert_str_eq(value_str(result, "provider"), "b");
    while (count_drills() > 0)
        (void)usleep(20 * 1000);
    ck_assert_int_ge(clock_mono_ms() - begun_ms, 1000);
    result = gateway_ask(&g, PROMPT, "");
    ck_assert_str_eq(value_str(result, "provider"), "a");
    for (int i = 0; i < 50 && count_events("expired") == 0; i++)
        (void)usleep(50 * 1000);
    ck_assert_int_eq(count_events("expired"), 1);
    gateway_stop(&g);
}

END_TEST

START_TEST(caller_can_opt_out)
{
    static const char *const MORE[] = {", 'tags': ['no_drill']",
                                       ", 'tags': ['x', 'no_drill', 'y']"};

    const json_t *result;

    gateway_start(&g);
    (void)start_drill("{'kind': 'connect'}", "");
    for (size_t i = 0; i < array_count(MORE); i++) {
        result = gateway_ask(&g, PROMPT, MORE[i]);
        ck_assert_str_eq(value_str(result, "provider"), "a");
    }
    result = gateway_ask(&g, PROMPT, ", 'tags': ['no_drills']");
    ck_assert_str_eq(value_str(result, "provider"), "b");
    gateway_stop(&g);
}

END_TEST

START_TEST(probes_are_never_hit)
{
    gateway_start(&g);
    (void)start_drill("{'kind': 'connect'}", "");
    ck_assert(value_bool(peer_result(g.peer, "probe", "[{'target': 'a/m'}]"),
                         "results.0.ok"));
    gateway_stop(&g);
}

END_TEST

START_TEST(drill_is_seen_until_it_is_stopped)
{
    const json_t *r, *d;
    int64_t one, two;

    gateway_start(&g);
    one = start_drill("{'kind': 'stall', 'after_tokens': 3}",
                      ", 'rate': 0.5, 'count': 7");
    two = start_drill("{'kind': 'status', 'status': 429, 'retry_after_s': 2}",
                      "");
    ck_assert_int_gt(two, one);
    r = peer_result(g.peer, "status", "[{}]");
    ck_assert_uint_eq(value_count(r, "drills"), 2);
    d = value_at(r, "drills.0");
    value_has_shape(d, "",
                    "id:i target:s fault:o rate:f count:in hits:i "
                    "expires_ms:i");
    ck_assert_int_eq(value_int(d, "id"), one);
    ck_assert_str_eq(value_str(d, "fault.kind"), "stall");
    ck_assert_int_eq(value_int(d, "fault.after_tokens"), 3);
    ck_assert_int_eq(value_int(d, "count"), 7);
    ck_assert_int_gt(value_int(d, "expires_ms"), value_int(r, "time_ms"));
    ck_assert_int_le(value_int(d, "expires_ms"),
                     value_int(r, "time_ms") + 60000);
    ck_assert_int_eq(value_int(r, "drills.1.fault.retry_after_s"), 2);
    ck_assert_int_eq(value_int(r, "targets.0.drills"), 2);
    ck_assert_int_eq(value_int(r, "targets.1.drills"), 0);

    (void)peer_result(g.peer, "drill.stop", "[{'id': %d}]", (int)one);
    (void)peer_error(g.peer, -32004, "drill.stop", "[{'id': %d}]", (int)one);
    ck_assert_uint_eq(count_drills(), 1);
    (void)peer_result(g.peer, "drill.stop", "[]");
    ck_assert_uint_eq(count_drills(), 0);
    ck_assert_int_eq(count_events("stopped"), 2);
    ck_assert(test_daemon_logged(&g.daemon, "stall=3"));
    gateway_stop(&g);
}

END_TEST

/* What is wrong, and what the error names. */
static const struct {
    const char *params;
    int code;
    const char *named;
} WRONG[] = {
    {"{}", -32602, "fault"},
    {"{'fault': {'kind': 'cut'}}", -32602, "target"},
    {"{'target': 'a/m', 'fault': 'cut'}", -32602, "fault"},
    {"{'target': 'a/m', 'fault': {}}", -32602, "fault.kind"},
    {"{'target': 'a/m', 'fault': {'kind': 'fire'}}", -32602, "fault.kind"},
    {"{'target': 'a/m', 'fault': {'kind': 'status'}}", -32602, "fault.status"},
    {"{'target': 'a/m', 'fault': {'kind': 'status', 'status': 399}}", -32602,
     "fault.status"},
    {"{'target': 'a/m', 'fault': {'kind': 'status', 'status': 600}}", -32602,
     "fault.status"},
    {"{'target': 'a/m', 'fault': {'kind': 'status', 'status': 429,"
     " 'retry_after_s': -1}}",
     -32602, "fault.retry_after_s"},
    {"{'target': 'a/m', 'fault': {'kind': 'latency'}}", -32602, "fault.ms"},
    {"{'target': 'a/m', 'fault': {'kind': 'latency', 'ms': 0}}", -32602,
     "fault.ms"},
    {"{'target': 'a/m', 'fault': {'kind': 'latency', 'ms': 600001}}", -32602,
     "fault.ms"},
    {"{'target': 'a/m', 'fault': {'kind': 'cut', 'after_tokens': 100001}}",
     -32602, "fault.after_tokens"},
    {"{'target': 'a/m', 'fault': {'kind': 'cut', 'after_tokens': 1.5}}", -32602,
     "fault.after_tokens"},
    {"{'target': 'a/m', 'fault': {'kind': 'cut'}, 'rate': 0}", -32602, "rate"},
    {"{'target': 'a/m', 'fault': {'kind': 'cut'}, 'rate': 1.1}", -32602,
     "rate"},
    {"{'target': 'a/m', 'fault': {'kind': 'cut'}, 'count': 0}", -32602,
     "count"},
    {"{'target': 'a/m', 'fault': {'kind': 'cut'}, 'duration_s': 0}", -32602,
     "duration_s"},
    {"{'target': 'a/m', 'fault': {'kind': 'cut'}, 'duration_s': 3601}", -32602,
     "duration_s"},
    {"{'target': 'a/n', 'fault': {'kind': 'cut'}}", -32004, "a/m"},
};

START_TEST(order_that_makes_no_sense_is_refused)
{
    gateway_start(&g);
    for (size_t i = 0; i < array_count(WRONG); i++) {
        const char *text = peer_error(g.peer, WRONG[i].code, "drill.start",
                                      "[%s]", WRONG[i].params);

        ck_assert_msg(strstr(text, WRONG[i].named), "%s: %s", WRONG[i].params,
                      text);
    }
    (void)peer_error(g.peer, -32602, "drill.stop", "[{'id': 'x'}]");
    ck_assert_uint_eq(count_drills(), 0);
    gateway_stop(&g);
}

END_TEST

START_TEST(too_many_drills_are_refused)
{
    gateway_start(&g);
    for (int i = 0; i < 64; i++)
        (void)start_drill("{'kind': 'cut'}", "");
    (void)peer_error(g.peer, -32001, "drill.start",
                     "[{'target': 'a/m', 'fault': {'kind': 'cut'}}]");
    gateway_stop(&g);
}

END_TEST

static Suite *
drills_suite(void)
{
    Suite *s = suite_create("drills");
    TCase *tc = tcase_create("faults");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc,
                        fault_before_the_first_content_is_answered_elsewhere, 0,
                        array_count(ROWS));
    tcase_add_loop_test(tc, stream_breaks_after_the_tokens_that_were_ordered, 0,
                        array_count(BREAKS));
    tcase_add_test(tc, break_behind_the_last_token_is_still_a_break);
    tcase_add_test(tc, answer_that_ends_before_the_break_is_whole);
    tcase_add_test(tc, provider_is_let_go_when_the_answer_breaks);
    tcase_add_test(tc, latency_delays_the_request_and_no_more);
    tcase_add_test(tc, call_can_be_cancelled_while_a_drill_delays_it);
    tcase_add_test(tc, drilled_failures_open_the_breaker);
    suite_add_tcase(s, tc);

    tc = tcase_create("course");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, drill_ends_after_its_count);
    tcase_add_test(tc, drill_ends_after_its_time);
    tcase_add_test(tc, caller_can_opt_out);
    tcase_add_test(tc, probes_are_never_hit);
    tcase_add_test(tc, drill_is_seen_until_it_is_stopped);
    suite_add_tcase(s, tc);

    tc = tcase_create("orders");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, order_that_makes_no_sense_is_refused);
    tcase_add_test(tc, too_many_drills_are_refused);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(drills_suite());
}
