/*
 * check_metrics.c - the figures for Prometheus: that a scraper can read them,
 * and that they are true.
 */
#include "app/metrics_text.h"
#include "proto/status.h"
#include "support/gateway.h"
#include "support/prometheus.h"
#include "support/suite.h"

#include <math.h>
#include <string.h>

START_TEST(the_reader_of_this_test_refuses_what_is_wrong)
{
    static const struct {
        const char *text;
        bool good;
    } ROWS[] = {
        {"# HELP a b\n# TYPE a gauge\na 1\n", true},
        {"# HELP a b\n# TYPE a gauge\na{x=\"1\",y=\"\\\"\\\\\\n\"} NaN\n",
         true},
        {"# HELP a b\n# TYPE a summary\na{quantile=\"0.5\"} 1\na_sum 1\n"
         "a_count 1\n",
         true},
        {"", false},
        {"a 1\n", false},
        {"# HELP a b\n# TYPE a gauge\na 1", false},
        {"# HELP a b\n# TYPE b gauge\na 1\n", false},
        {"# HELP a b\n# TYPE a counter\na 1\n", false},
        {"# HELP a_total b\n# TYPE a_total counter\na_total -1\n", false},
        {"# HELP a b\n# TYPE a gauge\nb 1\n", false},
        {"# HELP a b\n# TYPE a gauge\na 1\na 2\n", false},
        {"# HELP a b\n# TYPE a gauge\na{x=1} 1\n", false},
        {"# HELP a b\n# TYPE a gauge\na{x=\"\\x\"} 1\n", false},
        {"# HELP a b\n# TYPE a gauge\na{} 1\n", false},
        {"# HELP a b\n# TYPE a gauge\na one\n", false},
        {"# HELP a b\n# TYPE a gauge\na 1\n# HELP a b\n", false},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++)
        ck_assert_msg((prometheus_check(ROWS[i].text) == NULL) == ROWS[i].good,
                      "%s", ROWS[i].text);
}

END_TEST

START_TEST(values_of_labels_are_escaped)
{
    static const struct metrics_family FAMILY = {"a", "gauge", "Help."};
    struct bytes out;
    struct metrics_text m = {.out = &out};

    bytes_init(&out, 4096);
    metrics_text_begin(&m, &FAMILY);
    metrics_text_put(&m, "a", METRICS_LABELS({"x", "q\"b\\n\nz"}), 1e15);
    metrics_text_put(&m, "a", NULL, (double)NAN);
    ck_assert_int_eq(m.status, 0);
    ck_assert_str_eq(bytes_cstr(&out),
                     "# HELP a Help.\n# TYPE a gauge\n"
                     "a{x=\"q\\\"b\\\\n\\nz\"} 1e+15\na NaN\n");
    ck_assert_ptr_null(prometheus_check(bytes_cstr(&out)));
    bytes_deinit(&out);
}

END_TEST

START_TEST(what_does_not_fit_is_told)
{
    struct bytes out;
    struct metrics_text m = {.out = &out};

    bytes_init(&out, 8);
    metrics_text_put(&m, "a", NULL, 1);
    ck_assert_int_eq(m.status, 0);
    metrics_text_put(&m, "abcdefgh", NULL, 1);
    ck_assert_int_eq(m.status, AIGW_ETOOBIG);
    bytes_deinit(&out);
}

END_TEST

static double
value(const char *text, const char *sample)
{
    double v = 0;

    ck_assert_msg(prometheus_value(text, sample, &v), "no %s in %s", sample,
                  text);
    return v;
}

START_TEST(the_daemon_s_figures_are_sound_and_true)
{
    struct test_gateway g;
    const char *text, *problem;

    test_gateway_start(&g, "");
    (void)test_provider_fault(&g.one, "kind=status,status=503,count=2");
    for (int i = 0; i < 5; i++)
        (void)peer_result(g.peer, "generate",
                          "[{'prompt': 'a', 'stream': true}]");
    (void)peer_result(g.peer, "breaker.set",
                      "[{'target': 'two/m', 'state': 'open'}]");
    text = json_string_value(peer_result(g.peer, "metrics", "[]"));
    ck_assert_ptr_nonnull(text);
    problem = prometheus_check(text);
    ck_assert_msg(!problem, "%s", problem);

    ck_assert_double_eq(value(text, "aigw_requests_total{result=\"success\"}"),
                        5);
    ck_assert_double_eq(value(text,
                              "aigw_target_attempts_total{target=\"one/m\","
                              "outcome=\"overload\"}"),
                        2);
    ck_assert_double_eq(value(text,
                              "aigw_target_attempts_total{target=\"two/m\","
                              "outcome=\"ok\"}"),
                        2);
    ck_assert_double_eq(value(text, "aigw_fallbacks_total"), 2);
    ck_assert_double_eq(value(text, "aigw_request_duration_seconds_count"), 5);
    ck_assert_double_gt(value(text, "aigw_request_duration_seconds_sum"), 0);
    ck_assert_double_eq(
        value(text, "aigw_target_ttft_seconds_count{target=\"one/m\"}"), 3);
    ck_assert_double_eq(value(text,
                              "aigw_target_breaker_state{target=\"two/m\","
                              "state=\"forced_open\"}"),
                        1);
    ck_assert_double_eq(value(text, "aigw_server_state{state=\"degraded\"}"),
                        1);
    ck_assert_double_gt(value(text, "aigw_cost_usd_total"), 0);
    test_gateway_stop(&g);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("metrics");
    TCase *tc = tcase_create("format");

    tcase_add_test(tc, the_reader_of_this_test_refuses_what_is_wrong);
    tcase_add_test(tc, values_of_labels_are_escaped);
    tcase_add_test(tc, what_does_not_fit_is_told);
    suite_add_tcase(s, tc);

    tc = tcase_create("daemon");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, the_daemon_s_figures_are_sound_and_true);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
