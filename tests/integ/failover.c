#include "failover.h"

#include <string.h>

static const char PROMPT[] = "tell me of the river";

/* Those that say nothing about whether the provider works. */
static bool
is_neutral(const char *outcome)
{
    static const char *const neutral[] = {"rate", "quota_lock", "auth_lock",
                                          "model_gone", NULL};

    for (size_t i = 0; neutral[i]; i++)
        if (strcmp(neutral[i], outcome) == 0)
            return true;
    return false;
}

static void
expect_failed_attempt(const json_t *a, const struct failover *row)
{
    const json_t *status = value_find(a, "http_status");

    ck_assert_str_eq(value_str(a, "target"), "a/m");
    ck_assert_str_eq(value_str(a, "outcome"), row->outcome);
    ck_assert_int_eq(json_integer_value(status), row->http_status);
    ck_assert_int_eq(value_bool(a, "sent"), !row->not_sent);
    ck_assert_str_ne(value_str(a, "error"), "");
    ck_assert_uint_le(strlen(value_str(a, "error")), 256);
    if (row->error)
        ck_assert_msg(strstr(value_str(a, "error"), row->error), "%s",
                      value_str(a, "error"));
    if (row->cost == COST_NOTHING)
        ck_assert_int_eq(value_int(a, "cost_nanousd"), 0);
    else
        ck_assert_int_gt(value_int(a, "cost_nanousd"), 0);
}

static void
expect_result(struct gateway *g, const json_t *result,
              const struct failover *row)
{
    gateway_expect_answer(g, result, PROMPT);
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    expect_failed_attempt(value_at(result, "attempts.0"), row);
    ck_assert_str_eq(value_str(result, "attempts.1.target"), "b/m");
    ck_assert_str_eq(value_str(result, "attempts.1.outcome"), "ok");
    ck_assert(value_bool(result, "attempts.1.sent"));
    ck_assert_str_eq(value_str(result, "provider"), "b");
    ck_assert(value_bool(result, "fallback"));
    ck_assert_int_eq(value_int(result, "cost_nanousd"),
                     value_int(result, "attempts.0.cost_nanousd")
                         + value_int(result, "attempts.1.cost_nanousd"));
    ck_assert_int_eq(value_int(result, "billed_attempts"),
                     row->cost == COST_NOTHING ? 1 : 2);
}

static void
expect_counters(struct gateway *g, const struct failover *row)
{
    const json_t *status = peer_result(g->peer, "status", "[{}]");
    const json_t *a = gateway_target(g, "a/m");
    int failures = is_neutral(row->outcome) ? 0 : 1;

    ck_assert_int_eq(value_int(status, "totals.total_requests"), 1);
    ck_assert_int_eq(value_int(status, "totals.successful_requests"), 1);
    ck_assert_int_eq(value_int(status, "totals.failed_requests"), 0);
    ck_assert_int_eq(value_int(status, "totals.fallback_count"), 1);
    ck_assert_int_eq(value_int(a, "requests"), 1);
    ck_assert_int_eq(value_int(a, "successes"), 0);
    ck_assert_int_eq(value_int(a, "error_count"), 1);
    ck_assert_int_eq(value_int(a, "sends"), !row->not_sent);
    ck_assert_int_eq(value_int(value_at(a, "errors"), row->outcome), 1);
    ck_assert_int_eq(value_int(a, "window_failures"), failures);
    ck_assert_int_eq(value_int(a, "in_flight"), 0);
}

/* The caller of a stream is told that it changed its source, before any
 * content: nothing of it needs to be taken back. */
static void
expect_call_events(struct gateway *g, const struct failover *row)
{
    const json_t *first, *second;

    if (!row->stream)
        return;
    first = peer_notification(g->peer, "call.event", 0);
    second = peer_notification(g->peer, "call.event", 0);
    ck_assert_str_eq(value_str(first, "2.type"), "attempt");
    ck_assert_str_eq(value_str(first, "2.to"), "a/m");
    ck_assert_str_eq(value_str(second, "2.type"), "failover");
    ck_assert_str_eq(value_str(second, "2.from"), "a/m");
    ck_assert_str_eq(value_str(second, "2.to"), "b/m");
    ck_assert_str_eq(value_str(second, "2.reason"), row->outcome);
    ck_assert_int_eq(value_int(second, "1"), 0);
    ck_assert_ptr_null(peer_notification(g->peer, "call.event", 0));
}

const json_t *
failover_run(struct gateway *g, const struct failover *row)
{
    const json_t *result;

    if (row->fault)
        (void)test_provider_fault(&g->mocks[0], row->fault);
    result = gateway_ask(g, PROMPT, row->stream ? ", 'stream': true" : "");
    expect_result(g, result, row);
    expect_call_events(g, row);
    ck_assert_int_eq(gateway_sends(g, 0), !row->not_sent);
    ck_assert_int_eq(gateway_sends(g, 1), 1);
    expect_counters(g, row);
    return result;
}

void
failover_check(const struct failover *row)
{
    struct gateway g = {0};

    gateway_start(&g);
    (void)failover_run(&g, row);
    gateway_stop(&g);
}
