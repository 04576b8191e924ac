/*
 * check_probing.c - how active and passive health go together: what probes
 * may do and what they may not (F36 to F39), and how they keep connections
 * warm.
 */
#include "support/gateway.h"
#include "support/suite.h"

#include <string.h>

static struct test_gateway g;

static const json_t *
ask(const char *route)
{
    return peer_result(g.peer, "generate",
                       "[{'prompt': 'a', 'route': '%s', 'deadline_ms': 10000}]",
                       route);
}

static bool
answers(const char *route)
{
    return value_bool(ask(route), "success");
}

static void
fail_until_open(void)
{
    for (int i = 0; i < 5; i++)
        ck_assert(!answers("one/m"));
    ck_assert_str_eq(test_gateway_state(&g, "one/m"), "open");
}

/* How often the breaker of the target came to that state. */
static int
count_transitions(const char *target, const char *to)
{
    const json_t *events =
        value_at(peer_result(g.peer, "events", "[]"), "events");
    int n = 0;

    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *ev = json_array_get(events, i);

        n += strcmp(value_str(ev, "kind"), "breaker") == 0
             && strcmp(value_str(ev, "target"), target) == 0
             && strcmp(value_str(ev, "to"), to) == 0;
    }
    return n;
}

static int64_t
probes_of(const struct test_provider *m)
{
    return test_provider_count(m, "requests.models");
}

/* F36 */
START_TEST(without_probes_two_calls_close_the_circuit_of_a_healed_target)
{
    test_gateway_start(&g, "breaker = { recovery_timeout_s = 0.2; };"
                           "health = { kind = \"off\"; };");
    (void)test_provider_fault(&g.one, "kind=status,status=500");
    fail_until_open();
    test_provider_heal(&g.one);
    eventually(strcmp(test_gateway_state(&g, "one/m"), "half_open") == 0);
    ck_assert(answers("one/m"));
    ck_assert_str_eq(test_gateway_state(&g, "one/m"), "half_open");
    ck_assert_int_eq(
        value_int(test_gateway_target(&g, "one/m"), "half_open.ok"), 1);
    ck_assert(answers("one/m"));
    ck_assert_str_eq(test_gateway_state(&g, "one/m"), "closed");
    ck_assert_int_eq(probes_of(&g.one), 0);
    ck_assert_int_eq(test_provider_count(&g.one, "sends"), 7);
    test_gateway_stop(&g);
}

END_TEST

/* F37 */
START_TEST(a_good_probe_never_closes_a_circuit)
{
    test_gateway_start(&g, "breaker = { recovery_timeout_s = 300.0; };"
                           "health = { interval_s = 1.0; };");
    (void)test_provider_fault(&g.one, "kind=status,status=500");
    fail_until_open();
    /* The probe shortens the wait from minutes to seconds, no more. */
    eventually(strcmp(test_gateway_state(&g, "one/m"), "half_open") == 0);
    ck_assert_int_ge(probes_of(&g.one), 1);
    ck_assert(!answers("one/m"));
    ck_assert_str_eq(test_gateway_state(&g, "one/m"), "open");
    ck_assert_int_eq(count_transitions("one/m", "closed"), 0);
    test_provider_heal(&g.one);
    eventually(strcmp(test_gateway_state(&g, "one/m"), "half_open") == 0);
    ck_assert(answers("one/m"));
    ck_assert(answers("one/m"));
    ck_assert_str_eq(test_gateway_state(&g, "one/m"), "closed");
    test_gateway_stop(&g);
}

END_TEST

/* F38 */
START_TEST(a_failing_probe_does_not_stop_traffic_that_succeeds)
{
    const json_t *t;

    test_gateway_start(&g, "health = { interval_s = 1.0; };");
    (void)test_provider_fault(&g.one, "kind=status,status=500,path=models");
    for (int i = 0; i < 4; i++) {
        (void)peer_result(g.peer, "probe", "[{'target': 'one/m'}]");
        ck_assert(answers("one/m"));
    }
    t = test_gateway_target(&g, "one/m");
    ck_assert_str_eq(value_str(t, "state"), "closed");
    ck_assert(value_bool(t, "is_healthy"));
    ck_assert(!value_bool(t, "last_probe.ok"));
    ck_assert_int_eq(value_int(t, "trips"), 0);
    test_gateway_stop(&g);
}

END_TEST

/* F39 */
START_TEST(a_provider_without_a_list_of_models_is_not_unhealthy)
{
    const json_t *t;

    test_gateway_start(&g, "");
    (void)test_provider_fault(&g.one, "kind=status,status=404,path=models");
    for (int i = 0; i < 4; i++)
        ck_assert(
            value_bool(peer_result(g.peer, "probe", "[{'target': 'one/m'}]"),
                       "results.0.ok"));
    t = test_gateway_target(&g, "one/m");
    ck_assert_str_eq(value_str(t, "state"), "closed");
    ck_assert(value_bool(t, "last_probe.ok"));
    /* Once is enough to learn that it is in vain. */
    ck_assert_int_eq(probes_of(&g.one), 1);
    test_gateway_stop(&g);
}

END_TEST

START_TEST(three_probes_that_cannot_connect_open_the_circuit)
{
    const json_t *t;

    test_gateway_start(&g, "");
    (void)test_provider_fault(&g.one, "kind=refuse");
    for (int i = 0; i < 2; i++)
        (void)peer_result(g.peer, "probe", "[{'target': 'one/m'}]");
    ck_assert_str_eq(test_gateway_state(&g, "one/m"), "closed");
    (void)peer_result(g.peer, "probe", "[{'target': 'one/m'}]");
    t = test_gateway_target(&g, "one/m");
    ck_assert_str_eq(value_str(t, "state"), "open");
    ck_assert_uint_gt(strlen(value_str(t, "reason")), 0);
    ck_assert_int_gt(value_int(t, "retry_at_ms"), value_int(t, "since_ms"));
    test_gateway_stop(&g);
}

END_TEST

START_TEST(a_probe_finds_a_refused_key_and_its_acceptance)
{
    const json_t *t;

    test_gateway_start(&g, "");
    (void)test_provider_fault(&g.one, "kind=status,status=401,path=models");
    (void)peer_result(g.peer, "probe", "[{'target': 'one/m'}]");
    t = test_gateway_target(&g, "one/m");
    ck_assert_str_eq(value_str(t, "state"), "latched");
    ck_assert_str_eq(value_str(t, "reason"), "auth");
    ck_assert_str_eq(value_str(t, "key.state"), "latched");
    ck_assert_int_eq(value_int(t, "failures"), 0);
    ck_assert_str_eq(value_str(ask("default"), "provider"), "two");
    test_gateway_reason(&g, "gate", "open", "latched", "auth (key refused");
    test_provider_heal(&g.one);
    (void)peer_result(g.peer, "probe", "[{'target': 'one/m'}]");
    ck_assert_str_eq(test_gateway_state(&g, "one/m"), "closed");
    test_gateway_reason(&g, "gate", "latched", "open", "a probe succeeded");
    ck_assert_str_eq(value_str(ask("default"), "provider"), "one");
    test_gateway_stop(&g);
}

END_TEST

START_TEST(a_key_that_may_chat_need_not_list_models)
{
    test_gateway_start(&g, "");
    (void)test_provider_fault(&g.one, "kind=status,status=403,path=models");
    ck_assert_str_eq(value_str(ask("default"), "provider"), "one");
    (void)peer_result(g.peer, "probe", "[{'target': 'one/m'}]");
    ck_assert_str_eq(test_gateway_state(&g, "one/m"), "closed");
    ck_assert_str_eq(value_str(ask("default"), "provider"), "one");
    test_gateway_stop(&g);
}

END_TEST

START_TEST(a_probe_that_is_never_answered_ends_in_time)
{
    const json_t *r;

    test_gateway_start(&g, "health = { kind = \"models\"; timeout_s = 0.5;"
                           " interval_s = 3600.0; };");
    (void)test_provider_fault(&g.one, "kind=hang,path=models");
    r = peer_result(g.peer, "probe", "[{'target': 'one/m'}]");
    ck_assert(!value_bool(r, "results.0.ok"));
    ck_assert_int_ge(value_int(r, "results.0.latency_ms"), 500);
    ck_assert_int_lt(value_int(r, "results.0.latency_ms"), 5000);
    ck_assert_str_eq(test_gateway_state(&g, "one/m"), "closed");
    test_gateway_stop(&g);
}

END_TEST

START_TEST(at_most_two_probes_run_at_once)
{
    enum {
        TARGETS = 6
    };
    struct test_provider m;
    struct test_daemon d;
    struct peer *p;
    const json_t *r;
    int64_t began_ms;

    test_provider_start(&m, NULL);
    (void)test_provider_fault(&m, "kind=latency,ms=200,path=models");
    test_daemon_start(
        &d,
        "providers = ( { name = \"p\"; dialect = \"openai\";"
        " base_url = \"http://127.0.0.1:%d/v1\"; models = ("
        " { name = \"a\"; }, { name = \"b\"; }, { name = \"c\"; },"
        " { name = \"d\"; }, { name = \"e\"; }, { name = \"f\"; }"
        " ); } ); health = { kind = \"off\"; };",
        m.port);
    p = peer_connect(d.socket);
    began_ms = process_now_ms();
    r = peer_result(p, "probe", "[]");
    ck_assert_int_ge(process_now_ms() - began_ms, TARGETS / 2 * 200);
    ck_assert_uint_eq(value_count(r, "results"), TARGETS);
    ck_assert_int_eq(test_provider_count(&m, "connections_total"), 2);
    peer_close(p);
    test_daemon_stop(&d);
    test_provider_stop(&m);
}

END_TEST

/* Two targets behind TLS; health asks for no probe for an hour. */
static void
start_tls(struct test_gateway *t)
{
    test_provider_start(&t->one, "--tls", AIGW_MOCK_CERTS "/good.pem",
                        AIGW_MOCK_CERTS "/good.key", NULL);
    test_provider_start(&t->two, "--tls", AIGW_MOCK_CERTS "/good.pem",
                        AIGW_MOCK_CERTS "/good.key", NULL);
    test_daemon_start(
        &t->daemon,
        "providers = ("
        " { name = \"one\"; dialect = \"openai\"; models = ( { name = \"m\"; } );"
        "   base_url = \"https://localhost:%d/v1\";"
        "   tls = { ca_file = \"%s\"; }; },"
        " { name = \"two\"; dialect = \"openai\"; models = ( { name = \"m\"; } );"
        "   base_url = \"https://localhost:%d/v1\";"
        "   tls = { ca_file = \"%s\"; }; } );"
        "health = { interval_s = 3600.0; };",
        t->one.port, AIGW_MOCK_CERTS "/ca.pem", t->two.port,
        AIGW_MOCK_CERTS "/ca.pem");
    t->peer = peer_connect(t->daemon.socket);
}

START_TEST(every_encrypted_target_is_connected_before_the_first_call)
{
    start_tls(&g);
    eventually(probes_of(&g.one) == 1 && probes_of(&g.two) == 1);
    ck_assert_str_eq(value_str(ask("default"), "provider"), "one");
    ck_assert_int_eq(test_provider_count(&g.one, "tls_handshakes"), 1);
    test_gateway_stop(&g);
}

END_TEST

START_TEST(a_failover_finds_the_connection_warm)
{
    const json_t *r;

    start_tls(&g);
    eventually(probes_of(&g.two) == 1);
    (void)test_provider_fault(&g.one, "kind=status,status=503");
    r = ask("default");
    ck_assert_str_eq(value_str(r, "provider"), "two");
    ck_assert(value_bool(r, "fallback"));
    ck_assert_int_eq(test_provider_count(&g.two, "tls_handshakes"), 1);
    test_gateway_stop(&g);
}

END_TEST

START_TEST(what_is_warm_is_left_alone)
{
    start_tls(&g);
    eventually(probes_of(&g.one) == 1 && probes_of(&g.two) == 1);
    ck_assert_str_eq(value_str(ask("default"), "provider"), "one");
    /* Some turns of the second hand. */
    (void)peer_result(g.peer, "watch", "[{'interval_ms': 500}]");
    for (int i = 0; i < 5; i++)
        ck_assert_ptr_nonnull(peer_notification(g.peer, "status", PATIENCE_MS));
    ck_assert_int_eq(probes_of(&g.one), 1);
    ck_assert_int_eq(probes_of(&g.two), 1);
    test_gateway_stop(&g);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("probing");
    TCase *tc = tcase_create("health");

    tcase_set_timeout(tc, 120);
    tcase_add_test(
        tc, without_probes_two_calls_close_the_circuit_of_a_healed_target);
    tcase_add_test(tc, a_good_probe_never_closes_a_circuit);
    tcase_add_test(tc, a_failing_probe_does_not_stop_traffic_that_succeeds);
    tcase_add_test(tc, a_provider_without_a_list_of_models_is_not_unhealthy);
    tcase_add_test(tc, three_probes_that_cannot_connect_open_the_circuit);
    tcase_add_test(tc, a_probe_finds_a_refused_key_and_its_acceptance);
    suite_add_tcase(s, tc);

    tc = tcase_create("limits");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, a_key_that_may_chat_need_not_list_models);
    tcase_add_test(tc, a_probe_that_is_never_answered_ends_in_time);
    tcase_add_test(tc, at_most_two_probes_run_at_once);
    suite_add_tcase(s, tc);

    tc = tcase_create("warm");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc,
                   every_encrypted_target_is_connected_before_the_first_call);
    tcase_add_test(tc, a_failover_finds_the_connection_warm);
    tcase_add_test(tc, what_is_warm_is_left_alone);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
