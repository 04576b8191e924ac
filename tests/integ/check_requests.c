/*
 * check_requests.c - the calls that run and those that have ended.
 */
#include "support/gateway.h"
#include "support/suite.h"

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

#define REQUEST_SHAPE                                                          \
    "request_id:s client:sn uid:i route:s target:sn state:s started_ms:i "     \
    "age_ms:i tokens:i cost_usd:f error_code:sn attempts:i tags:sn "           \
    "attempt_log:a events:a"

START_TEST(requests_shows_running_ones_first_then_the_latest_finished)
{
    const json_t *r;
    uint32_t running;

    (void)peer_result(g.peer, "hello", "[{'client': 'check'}]");
    for (int i = 0; i < 3; i++)
        (void)peer_result(g.peer, "generate",
                          "[{'prompt': 'a', 'request_id': 'done-%d'}]", i);
    (void)test_provider_fault(&g.one, "kind=hang,count=1");
    running = peer_send(g.peer, "generate",
                        "[{'prompt': 'b', 'request_id': 'running',"
                        " 'tags': ['nightly', 'b']}]");
    eventually(test_provider_count(&g.one, "sends") == 4);
    r = peer_result(g.peer, "requests", "[{}]");
    ck_assert_uint_eq(value_count(r, "requests"), 4);
    for (size_t i = 0; i < 4; i++)
        value_has_shape(json_array_get(value_at(r, "requests"), i), "",
                        REQUEST_SHAPE);
    ck_assert_str_eq(value_str(r, "requests.0.request_id"), "running");
    ck_assert_str_eq(value_str(r, "requests.0.state"), "waiting");
    ck_assert_str_eq(value_str(r, "requests.0.tags"), "nightly,b");
    ck_assert(value_is_null(r, "requests.1.tags"));
    ck_assert_str_eq(value_str(r, "requests.0.target"), "one/m");
    ck_assert_int_eq(value_int(r, "requests.0.attempts"), 1);
    ck_assert_str_eq(value_str(r, "requests.1.request_id"), "done-2");
    ck_assert_str_eq(value_str(r, "requests.3.request_id"), "done-0");
    ck_assert_str_eq(value_str(r, "requests.1.state"), "done");
    ck_assert_str_eq(value_str(r, "requests.1.client"), "check");
    ck_assert_int_eq(value_int(r, "requests.1.tokens"), 5);
    (void)peer_result(g.peer, "cancel", "[{'request_id': 'running'}]");
    ck_assert_str_eq(value_str(peer_wait(g.peer, running).result, "error_code"),
                     "cancelled");
    r = peer_result(g.peer, "requests", "[{}]");
    ck_assert_str_eq(value_str(r, "requests.0.error_code"), "cancelled");
    ck_assert_str_eq(value_str(r, "requests.0.tags"), "nightly,b");
}

END_TEST

#define ATTEMPT_SHAPE                                                          \
    "target:s outcome:sn http_status:in sent:b hedge:b started_ms:i "          \
    "first_content_ms:in ended_ms:in cost_nanousd:i"

START_TEST(each_has_the_times_of_its_attempts_and_what_happened)
{
    const json_t *r, *a, *b;

    (void)test_provider_fault(&g.one, "kind=status,status=503,count=1");
    (void)peer_result(g.peer, "generate", "[{'prompt': 'a', 'stream': true}]");
    r = value_at(peer_result(g.peer, "requests", "[{}]"), "requests.0");
    ck_assert_uint_eq(value_count(r, "attempt_log"), 2);
    value_has_shape(r, "attempt_log.0", ATTEMPT_SHAPE);
    value_has_shape(r, "attempt_log.1", ATTEMPT_SHAPE);
    a = value_at(r, "attempt_log.0");
    b = value_at(r, "attempt_log.1");
    ck_assert_str_eq(value_str(a, "target"), "one/m");
    ck_assert_str_eq(value_str(a, "outcome"), "overload");
    ck_assert_int_eq(value_int(a, "http_status"), 503);
    ck_assert(value_is_null(a, "first_content_ms"));
    ck_assert_int_ge(value_int(b, "started_ms"), value_int(a, "ended_ms"));
    ck_assert_int_ge(value_int(b, "first_content_ms"),
                     value_int(b, "started_ms"));
    ck_assert_int_ge(value_int(b, "ended_ms"),
                     value_int(b, "first_content_ms"));
    ck_assert_uint_eq(value_count(r, "events"), 2);
    value_has_shape(r, "events.1", "time_ms:i type:s target:sn reason:sn");
    ck_assert_str_eq(value_str(r, "events.0.type"), "attempt");
    ck_assert_str_eq(value_str(r, "events.1.type"), "failover");
    ck_assert_str_eq(value_str(r, "events.1.target"), "two/m");
    ck_assert_str_eq(value_str(r, "events.1.reason"), "overload");
}

END_TEST

START_TEST(an_attempt_that_runs_has_no_end)
{
    const json_t *r;
    uint32_t running;

    (void)test_provider_fault(&g.one, "kind=hang,count=1");
    running = peer_send(g.peer, "generate",
                        "[{'prompt': 'b', 'request_id': 'running'}]");
    eventually(test_provider_count(&g.one, "sends") == 1);
    r = value_at(peer_result(g.peer, "requests", "[{}]"), "requests.0");
    ck_assert_uint_eq(value_count(r, "attempt_log"), 1);
    value_has_shape(r, "attempt_log.0", ATTEMPT_SHAPE);
    ck_assert(value_is_null(r, "attempt_log.0.outcome"));
    ck_assert(value_is_null(r, "attempt_log.0.ended_ms"));
    (void)peer_result(g.peer, "cancel", "[{'request_id': 'running'}]");
    (void)peer_wait(g.peer, running);
    r = value_at(peer_result(g.peer, "requests", "[{}]"), "requests.0");
    ck_assert_str_eq(value_str(r, "attempt_log.0.outcome"), "cancelled");
    ck_assert_int_ge(value_int(r, "attempt_log.0.ended_ms"),
                     value_int(r, "attempt_log.0.started_ms"));
}

END_TEST

START_TEST(only_the_last_hundred_finished_ones_are_kept)
{
    const json_t *r;

    for (int i = 0; i < 105; i++)
        (void)peer_result(g.peer, "generate",
                          "[{'prompt': 'a', 'request_id': 'done-%d'}]", i);
    r = peer_result(g.peer, "requests", "[{}]");
    ck_assert_uint_eq(value_count(r, "requests"), 100);
    ck_assert_str_eq(value_str(r, "requests.0.request_id"), "done-104");
    ck_assert_str_eq(value_str(r, "requests.99.request_id"), "done-5");
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("requests");
    TCase *tc = tcase_create("requests");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc,
                   requests_shows_running_ones_first_then_the_latest_finished);
    tcase_add_test(tc, each_has_the_times_of_its_attempts_and_what_happened);
    tcase_add_test(tc, an_attempt_that_runs_has_no_end);
    tcase_add_test(tc, only_the_last_hundred_finished_ones_are_kept);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
