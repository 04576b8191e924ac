/*
 * check_traffic.c - the figures of routes and clients, and of the whole.
 */
#include "support/gateway.h"
#include "support/prometheus.h"
#include "support/suite.h"

#include <string.h>

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

/* What the header of a dashboard shows. */
START_TEST(the_window_tells_of_retries_tokens_and_money)
{
    const json_t *s;

    (void)test_provider_fault(&g.one, "kind=status,status=503,count=1");
    for (int i = 0; i < 4; i++)
        (void)peer_result(g.peer, "generate", "[{'prompt': 'a'}]");
    s = peer_result(g.peer, "status", "[{'window_s': 300}]");
    ck_assert_double_eq(value_real(s, "window.retry_rate"), 0.25);
    ck_assert_double_eq(value_real(s, "window.hedge_rate"), 0);
    ck_assert(value_is_null(s, "window.hedge_won_rate"));
    ck_assert_double_eq(value_real(s, "window.shed_per_s"), 0);
    ck_assert_double_gt(value_real(s, "window.completion_tokens_per_min"), 0);
    ck_assert_double_gt(value_real(s, "window.cost_per_hour_usd"), 0);
}

END_TEST

START_TEST(metrics_have_them_too)
{
    const char *text;
    const char *problem;
    double n = 0;

    (void)peer_result(g.peer, "hello", "[{'client': 'batch'}]");
    (void)peer_result(g.peer, "generate", "[{'prompt': 'a'}]");
    text = json_string_value(peer_result(g.peer, "metrics", "[]"));
    problem = prometheus_check(text);
    ck_assert_msg(!problem, "%s", problem);
    ck_assert(prometheus_value(
        text, "aigw_route_successes_total{route=\"default\"}", &n));
    ck_assert_double_eq(n, 1);
    ck_assert_ptr_nonnull(
        strstr(text, "aigw_client_latency_seconds_count{client=\"batch\","));
}

END_TEST

START_TEST(routes_and_clients_have_figures_of_their_own)
{
    struct peer *p = peer_connect(g.daemon.socket);
    const json_t *s, *c, *r;

    (void)peer_result(p, "hello", "[{'client': 'batch'}]");
    for (int i = 0; i < 3; i++)
        (void)peer_result(p, "generate", "[{'prompt': 'a', 'stream': true}]");
    (void)peer_result(g.peer, "generate",
                      "[{'prompt': 'a', 'route': 'two/m'}]");
    s = peer_result(p, "status", "[]");
    r = value_at(s, "routes.0");
    c = value_where(s, "clients", "name", "batch");
    ck_assert_int_eq(value_int(r, "requests"), 3);
    ck_assert_int_eq(value_int(c, "requests"), 3);
    ck_assert_int_eq(value_int(c, "connections"), 1);
    ck_assert_int_eq(value_int(s, "totals.clients"), 2);
    ck_assert_int_eq(value_int(c, "cost_nanousd"),
                     value_int(r, "cost_nanousd"));
    ck_assert_int_gt(value_int(s, "totals.cost_nanousd"),
                     value_int(c, "cost_nanousd"));
    ck_assert_int_eq(value_int(c, "latency_ms.count"), 3);
    ck_assert_int_eq(value_int(r, "ttft_ms.count"), 3);
    peer_close(p);
    eventually(value_int(value_where(peer_result(g.peer, "status", "[]"),
                                     "clients", "name", "batch"),
                         "connections")
               == 0);
}

END_TEST

/* Only so many clients are told apart, and no figure is lost with one. */
START_TEST(clients_that_are_too_many_become_others)
{
    enum {
        MANY = 70,
        KNOWN = 64
    };
    struct peer *p = peer_connect(g.daemon.socket);
    const json_t *s, *others;

    for (int i = 0; i < MANY; i++) {
        (void)peer_result(p, "hello", "[{'client': 'c%d'}]", i);
        (void)peer_result(p, "generate", "[{'prompt': 'a'}]");
    }
    s = peer_result(p, "status", "[]");
    ck_assert_uint_eq(value_count(s, "clients"), KNOWN + 1);
    others = value_where(s, "clients", "name", "others");
    ck_assert(value_is_null(others, "uid"));
    ck_assert_int_eq(value_int(others, "requests"), MANY - KNOWN);
    ck_assert_int_eq(value_int(others, "latency_ms.count"), MANY - KNOWN);
    ck_assert_int_eq(
        value_int(value_where(s, "clients", "name", "c69"), "requests"), 1);
    peer_close(p);
}

END_TEST

START_TEST(a_route_keeps_its_figures_over_a_reload)
{
    (void)peer_result(g.peer, "generate", "[{'prompt': 'a'}]");
    ck_assert(value_bool(peer_result(g.peer, "config.reload", "[]"), "ok"));
    ck_assert_int_eq(
        value_int(peer_result(g.peer, "status", "[]"), "routes.0.requests"), 1);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("traffic");
    TCase *tc = tcase_create("figures");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, the_window_tells_of_retries_tokens_and_money);
    tcase_add_test(tc, metrics_have_them_too);
    tcase_add_test(tc, routes_and_clients_have_figures_of_their_own);
    tcase_add_test(tc, clients_that_are_too_many_become_others);
    tcase_add_test(tc, a_route_keeps_its_figures_over_a_reload);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
