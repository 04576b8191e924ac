/*
 * check_outage.c - outages whole and partial: what they cost the providers,
 * how soon they are noticed, and how soon they are over.
 */
#include "base/mem.h"
#include "support/calls.h"
#include "support/suite.h"

#include <string.h>

enum {
    N_CALLS = 1000,
    BURST = 200,
    CALL_EVERY_MS = 100, /* 10 calls a second. */
};

static struct gateway g;

static bool
is(const char *target, const char *wanted)
{
    return strcmp(value_str(gateway_target(&g, target), "state"), wanted) == 0;
}

static void
must_not_answer(const json_t *result, int i, void *ctx)
{
    (void)i;
    (void)ctx;
    gateway_expect_failure(result, "all_targets_unavailable");
}

/* How every provider fails. */
static const char *const OUTAGES[] = {
    "kind=status,status=503",
    "kind=status,status=500",
    "kind=status,status=529,ms=30",
    "kind=drop",
    "kind=drop-reset",
    "kind=html",
    "kind=hang",
    "kind=refuse",
};

static void
start_without_providers(const char *outage)
{
    /* Those that never answer are given up soon; the retries are those of a
     * configuration that says nothing about them. */
    g = (struct gateway){
        .n_mocks = 3,
        .more = "timeouts = { answer_ms = 100; };",
        .more_of_a = " timeouts = { answer_ms = 100; };",
        .more_of_all = " retry = { base_ms = 250; max_ms = 8000; };",
    };
    gateway_start(&g);
    for (size_t i = 0; i < g.n_mocks; i++)
        test_provider_fault(&g.mocks[i], outage);
}

static int64_t
all_sends(void)
{
    int64_t n = 0;

    for (size_t i = 0; i < g.n_mocks; i++)
        n += gateway_sends(&g, i);
    return n;
}

START_TEST(f45_outage_costs_at_most_a_quarter_more_sends_than_calls)
{
    struct calls_count count;

    start_without_providers(OUTAGES[_i]);
    count = calls_run(&g, &(struct calls_plan){.total = N_CALLS,
                                               .at_once = 10,
                                               .prompt = "outage",
                                               .look = must_not_answer});
    ck_assert_int_eq(count.failed, N_CALLS);
    ck_assert_int_le(all_sends() * 4, N_CALLS * 5);
    gateway_stop(&g);
}

END_TEST

START_TEST(f45_burst_into_an_outage_is_one_send_a_call_and_target)
{
    struct calls_count count;

    start_without_providers(OUTAGES[_i]);
    count = calls_run(&g, &(struct calls_plan){.total = BURST,
                                               .at_once = BURST,
                                               .prompt = "burst",
                                               .look = must_not_answer});
    ck_assert_int_eq(count.failed, BURST);
    for (size_t i = 0; i < g.n_mocks; i++) {
        json_t *stats = test_provider_stats(&g.mocks[i]);

        /* Each call has a prompt of its own. */
        ck_assert_int_eq(value_int(stats, "sends"),
                         value_int(stats, "prompts"));
        json_decref(stats);
    }
    gateway_stop(&g);
}

END_TEST

static void
start_pair(const char *timeouts)
{
    g = (struct gateway){.more_of_a = timeouts};
    gateway_start(&g);
}

START_TEST(f46_retry_that_cannot_end_in_time_is_not_begun)
{
    const json_t *result;

    start_pair(" timeouts = { answer_ms = 20000; };");
    test_provider_fault(&g.mocks[0], "kind=status,status=503,ms=700");
    result = gateway_ask(&g, "hello", ", 'deadline_ms': 1000");
    gateway_expect_failure(result, "deadline_exceeded");
    ck_assert_uint_eq(value_count(result, "attempts"), 1);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
    gateway_stop(&g);
}

END_TEST

START_TEST(f46_wait_that_the_provider_asks_for_is_not_begun)
{
    const json_t *result;

    start_pair(" timeouts = { answer_ms = 20000; };");
    test_provider_fault(&g.mocks[0], "kind=status,status=429,retry-after=5");
    result = gateway_ask(&g, "hello", ", 'deadline_ms': 2000, 'route': 'a/m'");
    ck_assert(!value_bool(result, "success"));
    ck_assert_uint_eq(value_count(result, "attempts"), 1);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    gateway_stop(&g);
}

END_TEST

/* The best of a few: other processes of the machine have their turns, too. */
START_TEST(f46_deadline_is_told_within_50_ms)
{
    enum {
        DEADLINE_MS = 300
    };

    int64_t best_ms = INT64_MAX;

    start_pair(" timeouts = { answer_ms = 20000; };");
    test_provider_fault(&g.mocks[0], "kind=hang");
    for (int i = 0; i < 5 && best_ms > DEADLINE_MS + 50; i++) {
        int64_t begun_ms = process_now_ms();
        const json_t *result =
            gateway_ask(&g, "hello", ", 'deadline_ms': 300, 'route': 'a/m'");
        int64_t took_ms = process_now_ms() - begun_ms;

        gateway_expect_failure(result, "deadline_exceeded");
        ck_assert_int_ge(took_ms, DEADLINE_MS - 1);
        best_ms = took_ms < best_ms ? took_ms : best_ms;
    }
    ck_assert_int_le(best_ms, DEADLINE_MS + 50);
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
    gateway_stop(&g);
}

END_TEST

START_TEST(every_fifth_failure_under_200_calls_at_once_does_not_trip)
{
    struct calls_count count;

    start_pair(" timeouts = { answer_ms = 20000; };");
    test_provider_fault(&g.mocks[0], "kind=latency,ms=20");
    test_provider_fault(&g.mocks[0], "kind=status,status=500,every=5");
    count = calls_run(&g, &(struct calls_plan){.total = 2 * N_CALLS,
                                               .at_once = 200,
                                               .prompt = "fifth"});
    ck_assert_int_eq(count.answered, 2 * N_CALLS);
    ck_assert_int_eq(value_int(gateway_target(&g, "a/m"), "trips"), 0);
    ck_assert(is("a/m", "closed"));
    ck_assert_int_eq(gateway_sends(&g, 0), 2 * N_CALLS);
    gateway_stop(&g);
}

END_TEST

/* One call every 100 ms, for as long as `condition` does not hold; returns how
 * long that was.  Every call is answered, by whomever. */
static int64_t
call_until(const char *wanted, int64_t within_ms)
{
    int64_t begun_ms = process_now_ms();
    int64_t next_ms = begun_ms;

    while (!is("a/m", wanted)) {
        ck_assert_msg(process_now_ms() < begun_ms + within_ms,
                      "not %s within %lld ms", wanted, (long long)within_ms);
        gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
        next_ms += CALL_EVERY_MS;
        while (process_now_ms() < next_ms && !is("a/m", wanted))
            process_pause();
    }
    return process_now_ms() - begun_ms;
}

static const char *const DEATHS[] = {
    "kind=status,status=500",
    "kind=drop-reset",
    "kind=refuse",
};

/* The defaults, but for a shorter back-off. */
START_TEST(dead_provider_is_out_within_2_s_and_back_within_one_back_off)
{
    enum {
        BACK_OFF_MS = 1500
    };

    int id;

    g = (struct gateway){
        .more = "breaker = { recovery_timeout_s = 1.5; };",
        .more_of_a = " timeouts = { answer_ms = 20000; };",
    };
    gateway_start(&g);
    for (int i = 0; i < 10; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    id = test_provider_fault(&g.mocks[0], DEATHS[_i]);
    ck_assert_int_gt(id, 0);
    (void)call_until("open", 2000);
    test_provider_heal(&g.mocks[0]);
    (void)call_until("closed", BACK_OFF_MS + 3 * CALL_EVERY_MS);
    for (size_t i = 0; i < 2; i++) {
        json_t *stats = test_provider_stats(&g.mocks[i]);

        ck_assert_int_eq(value_int(stats, "requests.models"), 0);
        ck_assert_int_eq(value_int(stats, "sends"),
                         value_int(stats, "requests.chat"));
        json_decref(stats);
    }
    /* What was sent was asked for: no paid probe. */
    ck_assert_int_eq(test_provider_count(&g.mocks[0], "prompts")
                         + test_provider_count(&g.mocks[1], "prompts"),
                     2);
    gateway_stop(&g);
}

END_TEST

static TCase *
outage_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_set_timeout(tc, 60);
    suite_add_tcase(suite, tc);
    return tc;
}

static Suite *
outage_suite(void)
{
    Suite *suite = suite_create("outage");
    TCase *total = outage_case(suite, "total");
    TCase *burst = outage_case(suite, "burst");
    TCase *deadline = outage_case(suite, "deadline");
    TCase *partial = outage_case(suite, "partial");

    tcase_add_loop_test(
        total, f45_outage_costs_at_most_a_quarter_more_sends_than_calls, 0,
        array_count(OUTAGES));
    tcase_add_loop_test(burst,
                        f45_burst_into_an_outage_is_one_send_a_call_and_target,
                        0, array_count(OUTAGES));
    tcase_add_test(deadline, f46_retry_that_cannot_end_in_time_is_not_begun);
    tcase_add_test(deadline, f46_wait_that_the_provider_asks_for_is_not_begun);
    tcase_add_test(deadline, f46_deadline_is_told_within_50_ms);
    tcase_add_test(partial,
                   every_fifth_failure_under_200_calls_at_once_does_not_trip);
    tcase_add_loop_test(
        partial, dead_provider_is_out_within_2_s_and_back_within_one_back_off,
        0, array_count(DEATHS));
    return suite;
}

int
main(void)
{
    return suite_main(outage_suite());
}
