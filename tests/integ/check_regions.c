/*
 * check_regions.c - one provider with several keys, and at several places.
 */
#include "base/mem.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static struct gateway g;
static char settings[512];

static const char PINNED[] = ", 'route': 'a/m'";
static const char FIRST_KEY[] =
    "authorizations.Bearer sk-test-aaaaaaaaaaaaaaaa";
static const char SECOND_KEY[] =
    "authorizations.Bearer sk-test-bbbbbbbbbbbbbbbb";

#define KEYS                                                                   \
    " keys = ( { env = \"AIGW_TEST_A\"; }, { env = \"AIGW_TEST_B\"; } );"

static void
set_keys(void)
{
    ck_assert_int_eq(setenv("AIGW_TEST_A", "sk-test-aaaaaaaaaaaaaaaa", 1), 0);
    ck_assert_int_eq(setenv("AIGW_TEST_B", "sk-test-bbbbbbbbbbbbbbbb", 1), 0);
}

static void
start_with_keys(void)
{
    g = (struct gateway){.more_of_a = KEYS};
    set_keys();
    gateway_start(&g);
}

/* The provider a is at all three mocks: its own place, "x" and "y". */
static void
start_with_regions(void)
{
    g = (struct gateway){
        .n_mocks = 3,
        .more_of_a = settings,
        .more = "routes = ( { name = \"default\"; targets = ( \"a/m\" ); } );",
    };
    for (size_t i = 0; i < 3; i++)
        test_provider_start(&g.mocks[i], NULL);
    (void)snprintf(settings, sizeof(settings),
                   KEYS " regions = ("
                        " { name = \"x\"; base_url ="
                        " \"http://127.0.0.1:%d/v1\"; },"
                        " { name = \"y\"; base_url ="
                        " \"http://127.0.0.1:%d/v1\"; } );",
                   g.mocks[1].port, g.mocks[2].port);
    set_keys();
    gateway_start(&g);
}

static void
ask(const char *more)
{
    const json_t *result = gateway_ask(&g, "hello", more);

    gateway_expect_answer(&g, result, "hello");
}

static const char *const REGIONS[] = {"a/m", "a@x/m", "a@y/m"};

/* The mock of the region that would be asked now. */
static size_t
nearest(void)
{
    const char *chosen =
        value_str(peer_result(g.peer, "status", "[]"), "routes.0.chosen");
    size_t i = 0;

    while (i < array_count(REGIONS) && strcmp(REGIONS[i], chosen) != 0)
        i++;
    ck_assert_uint_lt(i, array_count(REGIONS));
    return i;
}

static int64_t
count(size_t mock, const char *path)
{
    json_t *stats = test_provider_stats(&g.mocks[mock]);
    const json_t *n = value_find(stats, path);
    int64_t value = n ? json_integer_value(n) : 0;

    json_decref(stats);
    return value;
}

/* F29, F32: what one key met, the other need not. */
static const struct {
    const char *fault;
    const char *outcome;
    const char *state; /* Of the first key. */
} REFUSALS[] = {
    {"kind=status,status=401,code=invalid_api_key,"
     "auth=sk-test-aaaaaaaaaaaaaaaa",
     "auth_lock", "latched"},
    {"kind=status,status=429,code=insufficient_quota,"
     "auth=sk-test-aaaaaaaaaaaaaaaa",
     "quota_lock", "loaded"},
    {"kind=status,status=429,code=rate_limit_exceeded,retry-after=60,"
     "auth=sk-test-aaaaaaaaaaaaaaaa",
     "rate", "loaded"},
};

START_TEST(f29_what_one_key_met_the_other_need_not)
{
    const json_t *result, *t;
    double budget;

    start_with_keys();
    budget = value_real(gateway_target(&g, "a/m"), "retry_budget");
    (void)test_provider_fault(&g.mocks[0], REFUSALS[_i].fault);
    result = gateway_ask(&g, "hello", PINNED);
    gateway_expect_answer(&g, result, "hello");
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"),
                     REFUSALS[_i].outcome);
    for (int i = 0; i < 5; i++)
        ask(PINNED);
    ck_assert_int_eq(count(0, FIRST_KEY), 1);
    ck_assert_int_eq(count(0, SECOND_KEY), 6);
    t = gateway_target(&g, "a/m");
    ck_assert_str_eq(value_str(t, "keys.0.state"), REFUSALS[_i].state);
    ck_assert_str_eq(value_str(t, "state"), "closed");
    ck_assert(value_bool(t, "is_healthy"));
    ck_assert_int_eq(value_int(t, "window_failures"), 0);
    ck_assert_double_ge(value_real(t, "retry_budget"), budget);
    gateway_stop(&g);
}

END_TEST

START_TEST(f29_when_all_keys_are_refused_so_is_the_target)
{
    start_with_keys();
    (void)test_provider_fault(&g.mocks[0],
                              "kind=status,status=401,code=invalid_api_key");
    gateway_expect_failure(gateway_ask(&g, "hello", PINNED), "auth_failed");
    gateway_expect_failure(gateway_ask(&g, "hello", PINNED), "auth_failed");
    ck_assert_int_eq(gateway_sends(&g, 0), 2);
    ck_assert_str_eq(value_str(gateway_target(&g, "a/m"), "state"), "latched");
    ask("");
    gateway_stop(&g);
}

END_TEST

START_TEST(each_region_is_asked_once_to_find_out_how_far_it_is)
{
    start_with_regions();
    for (int i = 0; i < 3; i++) {
        ask("");
        ck_assert_int_eq(gateway_sends(&g, (size_t)i), 1);
    }
    ck_assert_double_gt(value_real(gateway_target(&g, "a/m"), "connect_ms"), 0);
    ck_assert_double_gt(value_real(gateway_target(&g, "a@x/m"), "connect_ms"),
                        0);
    ck_assert_double_gt(value_real(gateway_target(&g, "a@y/m"), "connect_ms"),
                        0);
    gateway_stop(&g);
}

END_TEST

START_TEST(the_nearest_region_stays_the_nearest)
{
    size_t best;

    start_with_regions();
    for (int i = 0; i < 3; i++)
        ask("");
    best = nearest();
    for (int i = 0; i < 10; i++)
        ck_assert(!value_bool(gateway_ask(&g, "hello", ""), "fallback"));
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(gateway_sends(&g, i), i == best ? 11 : 1);
    gateway_stop(&g);
}

END_TEST

START_TEST(another_region_answers_while_one_is_ill)
{
    const json_t *result;
    size_t best;

    start_with_regions();
    for (int i = 0; i < 3; i++)
        ask("");
    best = nearest();
    (void)test_provider_fault(&g.mocks[best], "kind=status,status=503");
    result = gateway_ask(&g, "hello", "");
    gateway_expect_answer(&g, result, "hello");
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    ck_assert(value_bool(result, "fallback"));
    (void)peer_result(g.peer, "breaker.set",
                      "[{'target': '%s', 'state': 'open'}]", REGIONS[best]);
    ck_assert_uint_ne(nearest(), best);
    for (int i = 0; i < 3; i++)
        ask("");
    ck_assert_int_eq(gateway_sends(&g, best), 2);
    test_provider_heal(&g.mocks[best]);
    (void)peer_result(g.peer, "breaker.set",
                      "[{'target': '%s', 'state': 'auto'}]", REGIONS[best]);
    ask("");
    ck_assert_int_eq(gateway_sends(&g, best), 3);
    gateway_stop(&g);
}

END_TEST

START_TEST(regions_are_named_alone_and_together)
{
    const json_t *s;

    start_with_regions();
    ask(", 'route': 'a@y/m'");
    ck_assert_int_eq(gateway_sends(&g, 2), 1);
    s = peer_result(g.peer, "status", "[]");
    ck_assert_uint_eq(value_count(s, "routes.0.targets"), 3);
    ck_assert_str_eq(value_str(s, "routes.0.targets.2"), "a@y/m");
    ck_assert_ptr_nonnull(
        strstr(value_str(peer_result(g.peer, "config.show", "[]"), "text"),
               "targets = ( \"a/m\" );"));
    gateway_stop(&g);
}

END_TEST

/* Only the regions have names: without one all of them are meant. */
START_TEST(a_call_may_name_a_model_without_a_region)
{
    struct test_provider x, y;
    struct test_daemon d;
    struct peer *p;
    const json_t *r;

    test_provider_start(&x, NULL);
    test_provider_start(&y, NULL);
    test_daemon_start(&d,
                      "state_dir = \"\"; health = { kind = \"off\"; };"
                      " providers = ( { name = \"far\"; regions = ("
                      " { name = \"x\";"
                      " base_url = \"http://127.0.0.1:%d/v1\"; },"
                      " { name = \"y\";"
                      " base_url = \"http://127.0.0.1:%d/v1\"; } );"
                      " models = ( { name = \"m\"; } ); } );",
                      x.port, y.port);
    p = peer_connect(d.socket);
    (void)test_provider_fault(&x, "kind=status,status=503");
    r = peer_result(p, "generate", "[{'prompt': 'a', 'route': 'far/m'}]");
    ck_assert(value_bool(r, "success"));
    ck_assert_str_eq(value_str(r, "attempts.0.target"), "far@x/m");
    ck_assert_str_eq(value_str(r, "attempts.1.target"), "far@y/m");
    ck_assert_str_eq(value_str(r, "route"), "far/m");
    (void)peer_error(p, -32004, "generate",
                     "[{'prompt': 'a', 'route': 'far/n'}]");
    peer_close(p);
    test_daemon_stop(&d);
    test_provider_stop(&x);
    test_provider_stop(&y);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("regions");
    TCase *tc = tcase_create("keys");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, f29_what_one_key_met_the_other_need_not, 0,
                        array_count(REFUSALS));
    tcase_add_test(tc, f29_when_all_keys_are_refused_so_is_the_target);
    suite_add_tcase(s, tc);

    tc = tcase_create("regions");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, each_region_is_asked_once_to_find_out_how_far_it_is);
    tcase_add_test(tc, the_nearest_region_stays_the_nearest);
    tcase_add_test(tc, another_region_answers_while_one_is_ill);
    tcase_add_test(tc, regions_are_named_alone_and_together);
    tcase_add_test(tc, a_call_may_name_a_model_without_a_region);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
