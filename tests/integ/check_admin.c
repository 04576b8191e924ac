/*
 * check_admin.c - what an operator may tell the daemon, and explain.
 */
#include "support/gateway.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char SECRET[] = "sk-test-0123456789abcdef";

static struct test_gateway g;

static void
setup(void)
{
    test_gateway_start(&g, "");
}

static void
teardown(void)
{
    test_gateway_stop(&g);
}

static void
set_admin(const char *target, const char *admin)
{
    ck_assert(value_bool(peer_result(g.peer, "target.set",
                                     "[{'target': '%s', 'admin': '%s'}]",
                                     target, admin),
                         "ok"));
}

static void
set_breaker(const char *target, const char *state)
{
    ck_assert(value_bool(peer_result(g.peer, "breaker.set",
                                     "[{'target': '%s', 'state': '%s'}]",
                                     target, state),
                         "ok"));
}

/* Asks once and returns the target that answered. */
static const char *
answering_target(void)
{
    const json_t *r = peer_result(g.peer, "generate", "[{'prompt': 'a'}]");

    ck_assert(value_bool(r, "success"));
    return value_str(r, "provider");
}

static const char *
server_state(void)
{
    return value_str(peer_result(g.peer, "status", "[]"), "server.state");
}

START_TEST(a_disabled_target_gets_no_calls)
{
    ck_assert_str_eq(answering_target(), "one");
    set_admin("one/m", "disabled");
    ck_assert_str_eq(test_gateway_state(&g, "one/m"), "disabled");
    ck_assert_str_eq(value_str(test_gateway_target(&g, "one/m"), "reason"),
                     "operator");
    ck_assert_str_eq(server_state(), "degraded");
    ck_assert_str_eq(answering_target(), "two");
    set_admin("two/m", "draining");
    ck_assert_str_eq(test_gateway_state(&g, "two/m"), "draining");
    ck_assert_str_eq(server_state(), "unavailable");
    set_admin("one/m", "enabled");
    set_admin("two/m", "enabled");
    ck_assert_str_eq(server_state(), "ready");
    ck_assert_str_eq(answering_target(), "one");
}

END_TEST

START_TEST(since_tells_when_the_operator_spoke)
{
    int64_t before = value_int(test_gateway_target(&g, "one/m"), "since_ms");
    int64_t after;

    process_pause();
    set_admin("one/m", "disabled");
    after = value_int(test_gateway_target(&g, "one/m"), "since_ms");
    ck_assert_int_gt(after, before);
}

END_TEST

START_TEST(a_breaker_that_is_set_open_refuses_until_it_is_reset)
{
    set_breaker("one/m", "open");
    ck_assert_str_eq(test_gateway_state(&g, "one/m"), "forced_open");
    ck_assert_str_eq(value_str(test_gateway_target(&g, "one/m"), "breaker"),
                     "open");
    ck_assert_str_eq(answering_target(), "two");
    set_breaker("one/m", "auto");
    ck_assert_str_eq(test_gateway_state(&g, "one/m"), "closed");
    ck_assert_str_eq(answering_target(), "one");
}

END_TEST

START_TEST(a_breaker_that_is_off_never_refuses)
{
    const json_t *t;

    set_breaker("one/m", "off");
    (void)test_provider_fault(&g.one, "kind=status,status=500");
    for (int i = 0; i < 8; i++)
        ck_assert_str_eq(answering_target(), "two");
    t = test_gateway_target(&g, "one/m");
    ck_assert_str_eq(value_str(t, "state"), "closed");
    ck_assert_str_eq(value_str(t, "breaker"), "off");
    ck_assert_int_eq(value_int(t, "failures"), 8);
    ck_assert_int_eq(test_provider_count(&g.one, "sends"), 8);
}

END_TEST

START_TEST(wrong_orders_are_explained)
{
    const char *text = peer_error(g.peer, -32004, "breaker.set",
                                  "[{'target': 'one/n', 'state': 'open'}]");

    ck_assert_ptr_nonnull(strstr(text, "Did you mean \"one/m\"?"));
    text = peer_error(g.peer, -32602, "target.set",
                      "[{'target': 'one/m', 'admin': 'dissabled'}]");
    ck_assert_ptr_nonnull(strstr(text, "admin"));
    text = peer_error(g.peer, -32602, "target.set", "[{'target': 'one/m'}]");
    ck_assert_ptr_nonnull(strstr(text, "admin"));
    text = peer_error(g.peer, -32602, "breaker.set", "[{'state': 'open'}]");
    ck_assert_ptr_nonnull(strstr(text, "target"));
    (void)peer_error(g.peer, -32004, "probe", "[{'target': 'none'}]");
    (void)peer_error(g.peer, -32602, "drain", "[{'deadline_s': -1}]");
}

END_TEST

START_TEST(probe_asks_every_target_and_counts_for_nothing)
{
    const json_t *r = peer_result(g.peer, "probe", "[]");
    const json_t *t;

    ck_assert_uint_eq(value_count(r, "results"), 2);
    value_has_shape(r, "results.0", "target:s ok:b latency_ms:i error:sn");
    ck_assert_str_eq(value_str(r, "results.0.target"), "one/m");
    ck_assert(value_bool(r, "results.0.ok"));
    ck_assert(value_bool(r, "results.1.ok"));
    ck_assert_int_eq(test_provider_count(&g.one, "requests.models"), 1);
    ck_assert_int_eq(test_provider_count(&g.two, "requests.models"), 1);
    t = test_gateway_target(&g, "one/m");
    value_has_shape(t, "last_probe", "ok:b latency_ms:i at_ms:i error:sn");
    ck_assert_int_eq(value_int(t, "requests"), 0);
    ck_assert_int_eq(value_int(t, "sends"), 0);
    ck_assert_int_eq(value_int(t, "window_requests"), 0);
    ck_assert(value_is_null(t, "latency_ms"));
}

END_TEST

START_TEST(the_connection_of_a_probe_serves_the_next_call)
{
    (void)peer_result(g.peer, "probe", "[{'target': 'one/m'}]");
    ck_assert_str_eq(answering_target(), "one");
    ck_assert_int_eq(test_provider_count(&g.one, "connections_total"), 1);
}

END_TEST

START_TEST(a_probe_tells_why_it_failed)
{
    const json_t *r;

    (void)test_provider_fault(&g.one, "kind=refuse");
    (void)test_provider_fault(&g.two, "kind=status,status=500,path=models");
    r = peer_result(g.peer, "probe", "[]");
    ck_assert(!value_bool(r, "results.0.ok"));
    ck_assert_uint_gt(strlen(value_str(r, "results.0.error")), 0);
    ck_assert(!value_bool(r, "results.1.ok"));
    ck_assert_str_eq(value_str(r, "results.1.error"), "HTTP 500");
}

END_TEST

START_TEST(probes_of_two_operators_are_one_probe)
{
    struct peer *other = peer_connect(g.daemon.socket);
    uint32_t a, b;

    (void)test_provider_fault(&g.one, "kind=latency,ms=200,path=models");
    a = peer_send(g.peer, "probe", "[{'target': 'one/m'}]");
    b = peer_send(other, "probe", "[{'target': 'one/m'}]");
    ck_assert(value_bool(peer_wait(g.peer, a).result, "results.0.ok"));
    ck_assert(value_bool(peer_wait(other, b).result, "results.0.ok"));
    ck_assert_int_le(test_provider_count(&g.one, "requests.models"), 2);
    peer_close(other);
}

END_TEST

START_TEST(an_operator_who_leaves_during_a_probe_harms_nobody)
{
    struct peer *p = peer_connect(g.daemon.socket);

    (void)test_provider_fault(&g.one, "kind=latency,ms=200,path=models");
    (void)peer_send(p, "probe", "[]");
    eventually(test_provider_count(&g.one, "requests.models") == 1);
    peer_close(p);
    ck_assert(value_bool(peer_result(g.peer, "probe", "[{'target': 'one/m'}]"),
                         "results.0.ok"));
}

END_TEST

START_TEST(a_bad_configuration_is_named_and_changes_nothing)
{
    const json_t *r;

    test_gateway_reconfigure(&g, "drain_s = \"soon\";");
    for (int i = 0; i < 2; i++) {
        r = peer_result(g.peer, i == 0 ? "config.check" : "config.reload",
                        "[]");
        value_has_shape(r, "", "ok:b generation:i errors:a warnings:a");
        ck_assert(!value_bool(r, "ok"));
        ck_assert_int_eq(value_int(r, "generation"), 1);
        ck_assert_uint_eq(value_count(r, "errors"), 1);
        value_has_shape(r, "errors.0", "file:s line:i path:s message:s");
        ck_assert_str_eq(value_str(r, "errors.0.path"), "drain_s");
        ck_assert_int_gt(value_int(r, "errors.0.line"), 0);
    }
    ck_assert_str_eq(answering_target(), "one");
}

END_TEST

START_TEST(a_reload_keeps_what_is_known_of_the_targets)
{
    const json_t *r;

    ck_assert_str_eq(answering_target(), "one");
    set_breaker("two/m", "open");
    test_gateway_reconfigure(&g, "drain_s = 7;");
    ck_assert(value_bool(peer_result(g.peer, "config.check", "[]"), "ok"));
    r = peer_result(g.peer, "config.reload", "[]");
    ck_assert(value_bool(r, "ok"));
    ck_assert_int_eq(value_int(r, "generation"), 2);
    r = peer_result(g.peer, "status", "[]");
    ck_assert_int_eq(value_int(r, "server.config_generation"), 2);
    ck_assert_int_ge(value_int(r, "server.reloaded_ms"),
                     value_int(r, "server.started_ms"));
    ck_assert_int_eq(value_int(r, "targets.0.requests"), 1);
    ck_assert_str_eq(value_str(r, "targets.1.state"), "forced_open");
}

END_TEST

START_TEST(a_reload_brings_other_retry_budgets)
{
    const json_t *target = test_gateway_target(&g, "one/m");

    ck_assert_double_eq(value_real(target, "retry_budget"), 10);
    test_gateway_reconfigure(&g, "retry = { budget_min = 3; };");
    ck_assert(value_bool(peer_result(g.peer, "config.reload", "[]"), "ok"));
    target = test_gateway_target(&g, "one/m");
    ck_assert_double_eq(value_real(target, "retry_budget"), 3);
}

END_TEST

START_TEST(any_file_can_be_checked)
{
    char path[160];
    const json_t *r;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/other.conf", g.daemon.folder);
    file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    (void)fputs("providers = ( { nam = \"x\"; } );\n", file);
    (void)fclose(file);
    r = peer_result(g.peer, "config.check", "[{'path': '%s'}]", path);
    ck_assert(!value_bool(r, "ok"));
    ck_assert_str_eq(value_str(r, "errors.0.file"), path);
    r = peer_result(g.peer, "config.check", "[{'path': '/does/not/exist'}]");
    ck_assert(!value_bool(r, "ok"));
}

END_TEST

START_TEST(the_shown_configuration_names_keys_and_never_shows_them)
{
    const char *text;

    ck_assert_int_eq(setenv("AIGW_TEST_KEY", SECRET, 1), 0);
    test_provider_start(&g.one, NULL);
    test_daemon_start(&g.daemon,
                      "providers = ( { name = \"one\"; dialect = \"openai\";"
                      " base_url = \"http://127.0.0.1:%d/v1\";"
                      " key = { env = \"AIGW_TEST_KEY\"; };"
                      " headers = ( { name = \"X-Pass\"; value = \"%s\"; } );"
                      " models = ( { name = \"m\"; } ); } );",
                      g.one.port, SECRET);
    g.peer = peer_connect(g.daemon.socket);
    text = value_str(peer_result(g.peer, "config.show", "[]"), "text");
    ck_assert_ptr_nonnull(strstr(text, "X-Pass"));
    ck_assert_ptr_nonnull(strstr(text, "AIGW_TEST_KEY"));
    ck_assert_ptr_null(strstr(text, SECRET));
    ck_assert_str_eq(value_str(test_gateway_target(&g, "one/m"), "key.name"),
                     "env AIGW_TEST_KEY");
    ck_assert_str_eq(value_str(test_gateway_target(&g, "one/m"), "key.state"),
                     "loaded");
    ck_assert(value_bool(peer_result(g.peer, "probe", "[]"), "results.0.ok"));
    peer_close(g.peer);
    test_daemon_stop(&g.daemon);
    test_provider_stop(&g.one);
}

END_TEST

START_TEST(drain_lets_running_calls_finish_and_refuses_new_ones)
{
    uint32_t running;
    struct peer_reply reply;

    test_gateway_start(&g, "");
    (void)test_provider_fault(&g.one, "kind=latency,ms=500,count=1");
    running = peer_send(g.peer, "generate", "[{'prompt': 'a'}]");
    eventually(test_provider_count(&g.one, "sends") == 1);
    ck_assert(value_bool(peer_result(g.peer, "drain", "[]"), "ok"));
    ck_assert_str_eq(server_state(), "draining");
    (void)peer_error(g.peer, -32002, "generate", "[{'prompt': 'b'}]");
    reply = peer_wait(g.peer, running);
    ck_assert_int_eq(reply.code, 0);
    ck_assert(value_bool(reply.result, "success"));
    peer_wait_closed(g.peer);
    ck_assert_int_eq(test_daemon_wait(&g.daemon), 0);
    test_daemon_clean(&g.daemon);
    peer_close(g.peer);
    test_provider_stop(&g.one);
    test_provider_stop(&g.two);
}

END_TEST

START_TEST(a_drain_ends_at_its_deadline)
{
    struct peer_reply reply;
    uint32_t running;

    test_gateway_start(&g, "");
    (void)test_provider_fault(&g.one, "kind=hang,count=1");
    running = peer_send(g.peer, "generate", "[{'prompt': 'a'}]");
    eventually(test_provider_count(&g.one, "sends") == 1);
    ck_assert(
        value_bool(peer_result(g.peer, "drain", "[{'deadline_s': 0}]"), "ok"));
    reply = peer_wait(g.peer, running);
    ck_assert_int_eq(reply.code, 0);
    ck_assert_str_eq(value_str(reply.result, "error_code"), "cancelled");
    ck_assert_int_eq(test_daemon_wait(&g.daemon), 0);
    test_daemon_clean(&g.daemon);
    peer_close(g.peer);
    test_provider_stop(&g.one);
    test_provider_stop(&g.two);
}

END_TEST

#define CANDIDATE_SHAPE                                                        \
    "target:s tier:s eligible:b reason:s est_cost_usd:fn p50_ttft_ms:fn state:s"

START_TEST(explain_says_where_a_call_would_go)
{
    const json_t *r = peer_result(g.peer, "explain", "[{'prompt': 'hello'}]");

    value_has_shape(r, "",
                    "route:s tier:sn complexity:o budget:on "
                    "candidates:a chosen:sn fallbacks:o");
    ck_assert_uint_eq(value_count(r, "candidates"), 2);
    value_has_shape(r, "candidates.0", CANDIDATE_SHAPE);
    ck_assert_str_eq(value_str(r, "chosen"), "one/m");
    ck_assert_str_eq(value_str(r, "candidates.0.reason"), "eligible");
    ck_assert(value_is_null(r, "candidates.0.p50_ttft_ms"));
    ck_assert_double_gt(value_real(r, "candidates.0.est_cost_usd"), 0);
    ck_assert_int_eq(test_provider_count(&g.one, "sends"), 0);
}

END_TEST

START_TEST(explain_says_what_stands_against_a_target)
{
    const json_t *r;

    set_admin("one/m", "disabled");
    r = peer_result(g.peer, "explain", "[{'prompt': 'hello'}]");
    ck_assert_str_eq(value_str(r, "chosen"), "two/m");
    ck_assert_str_eq(value_str(r, "candidates.0.target"), "two/m");
    ck_assert_str_eq(value_str(r, "candidates.1.reason"), "disabled");
    r = peer_result(g.peer, "explain",
                    "[{'prompt': 'hello', 'require_expensive_model': true}]");
    ck_assert_str_eq(value_str(r, "tier"), "premium");
    ck_assert(value_is_null(r, "chosen"));
    ck_assert_str_eq(
        value_str(value_where(r, "candidates", "target", "two/m"), "reason"),
        "tier");
}

END_TEST

START_TEST(explain_reads_the_body_of_chat_as_well)
{
    static const char BODY[] =
        "{'model': 'two/m', 'messages': [{'role': 'user', 'content': 'a'}]}";
    const json_t *r = peer_result(g.peer, "explain", "[%s]", BODY);

    ck_assert_str_eq(value_str(r, "route"), "two/m");
    ck_assert_str_eq(value_str(r, "chosen"), "two/m");
    r = peer_result(g.peer, "explain", "[%s, {'route': 'default'}]", BODY);
    ck_assert_str_eq(value_str(r, "chosen"), "one/m");
    (void)peer_error(g.peer, -32004, "explain",
                     "[{'prompt': 'a', 'route': 'defualt'}]");
    (void)peer_error(g.peer, -32602, "explain", "[{'promt': 'a'}]");
    (void)peer_error(g.peer, -32602, "explain", "[]");
}

END_TEST

static TCase *
add_case(Suite *s, const char *name, bool ready)
{
    TCase *tc = tcase_create(name);

    if (ready)
        tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(s, tc);
    return tc;
}

static void
add_configuration(Suite *s)
{
    TCase *tc = add_case(s, "configuration", true);

    tcase_add_test(tc, a_bad_configuration_is_named_and_changes_nothing);
    tcase_add_test(tc, a_reload_keeps_what_is_known_of_the_targets);
    tcase_add_test(tc, a_reload_brings_other_retry_budgets);
    tcase_add_test(tc, any_file_can_be_checked);

    tc = add_case(s, "secrets", false);
    tcase_add_test(tc, the_shown_configuration_names_keys_and_never_shows_them);
}

static Suite *
suite(void)
{
    Suite *s = suite_create("admin");
    TCase *tc = add_case(s, "targets", true);

    tcase_add_test(tc, a_disabled_target_gets_no_calls);
    tcase_add_test(tc, since_tells_when_the_operator_spoke);
    tcase_add_test(tc, a_breaker_that_is_set_open_refuses_until_it_is_reset);
    tcase_add_test(tc, a_breaker_that_is_off_never_refuses);
    tcase_add_test(tc, wrong_orders_are_explained);

    tc = add_case(s, "probe", true);
    tcase_add_test(tc, probe_asks_every_target_and_counts_for_nothing);
    tcase_add_test(tc, the_connection_of_a_probe_serves_the_next_call);
    tcase_add_test(tc, a_probe_tells_why_it_failed);
    tcase_add_test(tc, probes_of_two_operators_are_one_probe);
    tcase_add_test(tc, an_operator_who_leaves_during_a_probe_harms_nobody);

    add_configuration(s);

    tc = add_case(s, "drain", false);
    tcase_add_test(tc, drain_lets_running_calls_finish_and_refuses_new_ones);
    tcase_add_test(tc, a_drain_ends_at_its_deadline);

    tc = add_case(s, "explain", true);
    tcase_add_test(tc, explain_says_where_a_call_would_go);
    tcase_add_test(tc, explain_says_what_stands_against_a_target);
    tcase_add_test(tc, explain_reads_the_body_of_chat_as_well);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
