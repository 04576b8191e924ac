/*
 * check_latency.c - strategy "latency": the quicker of two providers gets the
 * traffic, however the answers are asked for and whatever has failed.
 */
#include "support/calls.h"
#include "support/suite.h"

#define SLOW_MS "150"

enum {
    WARM_UP = 20,
    CALLS = 40,
    SHARE = CALLS / 20, /* What the worse one may get. */
};

static struct gateway g;

/* The slow provider is a, which the route has first. */
static void
start(const char *latency_ms_of_a)
{
    g = (struct gateway){
        .more =
            "breaker = { failure_threshold = 1000000; min_calls = 1000000; };"
            " routes = ( { name = \"default\"; strategy = \"latency\";"
            " targets = ( \"a/m\", \"b/m\" ); } );",
        .more_of_a = " timeouts = { answer_ms = 20000; };",
    };
    test_provider_start(&g.mocks[0], "--latency-ms", latency_ms_of_a, NULL);
    test_provider_start(&g.mocks[1], "--latency-ms", "5", NULL);
    gateway_start(&g);
}

static void
ask(int n, const char *more)
{
    for (int i = 0; i < n; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "hello", more), "hello");
}

static const char *const WAYS[] = {"", ", 'stream': true"};

START_TEST(the_quicker_gets_the_traffic)
{
    start(SLOW_MS);
    ask(CALLS, WAYS[_i]);
    ck_assert_int_le(gateway_sends(&g, 0), SHARE);
    ck_assert_int_ge(gateway_sends(&g, 1), CALLS - SHARE);
    gateway_stop(&g);
}

END_TEST

START_TEST(the_quicker_gets_the_traffic_after_the_slow_one_failed)
{
    start(SLOW_MS);
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=500,count=1");
    ask(CALLS, WAYS[_i]);
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "error_count"), 1);
    ck_assert_int_le(gateway_sends(&g, 0), SHARE);
    ck_assert_int_ge(gateway_sends(&g, 1), CALLS - SHARE);
    gateway_stop(&g);
}

END_TEST

/* What is known of the one kind of call says nothing of the other: a stream
 * begins at once, however long it takes. */
START_TEST(long_answers_do_not_make_a_stream_look_slow)
{
    int64_t before;

    g = (struct gateway){
        .more = "routes = ( { name = \"default\"; strategy = \"latency\";"
                " targets = ( \"a/m\", \"b/m\" ); } );",
        .more_of_a = " timeouts = { answer_ms = 20000; };",
    };
    test_provider_start(&g.mocks[0], NULL);
    (void)test_provider_fault(&g.mocks[0], "kind=latency,ms=300,stream=0");
    test_provider_start(&g.mocks[1], "--latency-ms", "50", NULL);
    gateway_start(&g);
    ask(CALLS, "");
    ck_assert_int_le(gateway_sends(&g, 0), SHARE);
    before = gateway_sends(&g, 1);
    ask(CALLS, ", 'stream': true");
    ck_assert_int_le(gateway_sends(&g, 1) - before, SHARE);
    gateway_stop(&g);
}

END_TEST

START_TEST(f48_fast_failures_do_not_attract_traffic)
{
    int64_t before;

    start("0");
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=500");
    ask(WARM_UP, WAYS[_i]);
    before = gateway_sends(&g, 0);
    ask(CALLS, WAYS[_i]);
    ck_assert_int_le(gateway_sends(&g, 0) - before, SHARE);
    gateway_stop(&g);
}

END_TEST

/* Many at a time: the load counts, but it does not make up for slowness. */
START_TEST(the_quicker_gets_the_most_of_many_calls_at_once)
{
    struct calls_count count;

    start(SLOW_MS);
    ask(2, "");
    count = calls_run(&g, &(struct calls_plan){
                              .total = 200,
                              .at_once = 4,
                              .prompt = "hello",
                          });
    ck_assert_int_eq(count.answered, 200);
    ck_assert_int_ge(gateway_sends(&g, 1), 150);
    gateway_stop(&g);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("latency");
    TCase *tc = tcase_create("latency");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, the_quicker_gets_the_traffic, 0, 2);
    tcase_add_loop_test(
        tc, the_quicker_gets_the_traffic_after_the_slow_one_failed, 0, 2);
    tcase_add_test(tc, long_answers_do_not_make_a_stream_look_slow);
    tcase_add_loop_test(tc, f48_fast_failures_do_not_attract_traffic, 0, 2);
    tcase_add_test(tc, the_quicker_gets_the_most_of_many_calls_at_once);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
