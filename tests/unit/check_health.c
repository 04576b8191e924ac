#include "core/health.h"

#include "base/mem.h"
#include "support/suite.h"

static struct health h;
static struct rng rng;

static const struct health_scene HEALTHY = {.open = false};
static const struct health_scene OPEN = {.open = true};
static const struct health_scene LATCHED = {.latched = true};

static void
setup(void)
{
    rng_init(&rng, 11);
    health_init(&h, &health_defaults, 0, &rng);
}

/* One free probe that takes 10 ms; returns the orders. */
static unsigned
probe(enum health_result result, int64_t now_ms)
{
    ck_assert_int_ne(health_start(&h, &HEALTHY, false, now_ms),
                     HEALTH_PROBE_NONE);
    return health_done(&h, result, now_ms + 10, &rng);
}

START_TEST(the_first_probe_comes_at_a_random_moment_of_the_first_interval)
{
    int64_t low = INT64_MAX, high = 0;

    for (int i = 0; i < 2000; i++) {
        int64_t due;

        health_init(&h, &health_defaults, 1000, &rng);
        due = health_due(&h, &HEALTHY) - 1000;
        low = due < low ? due : low;
        high = due > high ? due : high;
    }
    ck_assert_int_ge(low, 0);
    ck_assert_int_lt(low, 300);
    ck_assert_int_gt(high, 29700);
    ck_assert_int_le(high, 30000);
}

END_TEST

static const struct pace {
    const char *name;
    const struct health_scene *scene;
    enum health_result last;
    int64_t interval_ms;
} PACES[] = {
    {"a healthy target is probed every five minutes", &HEALTHY, HEALTH_OK,
     300000},
    {"a probe that could not connect is repeated soon", &HEALTHY,
     HEALTH_UNREACHABLE, 30000},
    {"one that was refused too", &HEALTHY, HEALTH_REFUSED, 30000},
    {"an unclear one is no trouble", &HEALTHY, HEALTH_UNCLEAR, 300000},
    {"an open target is probed every thirty seconds", &OPEN, HEALTH_OK, 30000},
    {"a latched one too", &LATCHED, HEALTH_OK, 30000},
};

START_TEST(probes_come_at_the_pace_of_the_trouble)
{
    const struct pace *pace = &PACES[_i];
    int64_t low = INT64_MAX, high = 0;

    for (int i = 0; i < 2000; i++) {
        int64_t due;

        setup();
        rng_init(&rng, (uint64_t)i);
        probe(pace->last, 40000);
        due = health_due(&h, pace->scene) - 40010;
        low = due < low ? due : low;
        high = due > high ? due : high;
    }
    ck_assert_msg(low >= pace->interval_ms * 8 / 10 - 1
                      && low < pace->interval_ms * 82 / 100,
                  "%s: %lld", pace->name, (long long)low);
    ck_assert_msg(high <= pace->interval_ms * 12 / 10
                      && high > pace->interval_ms * 118 / 100,
                  "%s: %lld", pace->name, (long long)high);
}

END_TEST

START_TEST(no_probe_while_a_live_result_is_newer_than_the_interval)
{
    health_live(&h, true, 100000);
    ck_assert_int_ge(health_due(&h, &HEALTHY), 400000);
    ck_assert_int_ge(health_due(&h, &OPEN), 130000);
    health_live(&h, false, 200000);
    ck_assert_int_ge(health_due(&h, &OPEN), 230000);
}

END_TEST

START_TEST(one_probe_at_a_time)
{
    ck_assert_int_eq(health_start(&h, &HEALTHY, false, 0), HEALTH_PROBE_MODELS);
    ck_assert_int_eq(health_due(&h, &HEALTHY), INT64_MAX);
    ck_assert_int_eq(health_start(&h, &HEALTHY, true, 0), HEALTH_PROBE_NONE);
}

END_TEST

START_TEST(off_probes_only_when_asked)
{
    struct health_params params = health_defaults;

    params.kind = HEALTH_OFF;
    health_init(&h, &params, 0, &rng);
    ck_assert_int_eq(health_due(&h, &OPEN), INT64_MAX);
    ck_assert_int_eq(health_start(&h, &OPEN, false, 0), HEALTH_PROBE_NONE);
    ck_assert_int_eq(health_start(&h, &OPEN, true, 0), HEALTH_PROBE_MODELS);
    health_done(&h, HEALTH_OK, 1, &rng);
    ck_assert_int_eq(health_due(&h, &OPEN), INT64_MAX);
}

END_TEST

/* F37: nothing that a probe says closes a breaker. */
START_TEST(a_good_probe_hints_and_clears_the_key)
{
    ck_assert_uint_eq(probe(HEALTH_OK, 0),
                      HEALTH_ORDER_HINT | HEALTH_ORDER_CLEAR_AUTH);
    ck_assert_int_eq(h.last_latency_ms, 10);
}

END_TEST

START_TEST(a_good_connect_says_nothing_about_the_key)
{
    struct health_params params = health_defaults;

    params.kind = HEALTH_TCP;
    health_init(&h, &params, 0, &rng);
    ck_assert_int_eq(health_start(&h, &HEALTHY, false, 0), HEALTH_PROBE_TCP);
    ck_assert_uint_eq(health_done(&h, HEALTH_OK, 1, &rng), HEALTH_ORDER_HINT);
}

END_TEST

START_TEST(a_refused_probe_latches_the_key_and_nothing_else)
{
    ck_assert_uint_eq(probe(HEALTH_REFUSED, 0), HEALTH_ORDER_LATCH_AUTH);
}

END_TEST

START_TEST(a_call_that_succeeded_meanwhile_overrules_a_refusal)
{
    ck_assert_int_eq(health_start(&h, &HEALTHY, false, 100),
                     HEALTH_PROBE_MODELS);
    health_live(&h, true, 105);
    ck_assert_uint_eq(health_done(&h, HEALTH_REFUSED, 110, &rng), 0);
    /* The next one is newer. */
    ck_assert_uint_eq(probe(HEALTH_REFUSED, 200), HEALTH_ORDER_LATCH_AUTH);
}

END_TEST

START_TEST(a_forbidden_probe_latches_a_key_of_which_nothing_is_known)
{
    ck_assert_uint_eq(probe(HEALTH_FORBIDDEN, 0), HEALTH_ORDER_LATCH_AUTH);
    ck_assert_int_eq(h.last, HEALTH_FORBIDDEN);
}

END_TEST

START_TEST(a_key_that_works_need_not_list_models)
{
    health_live(&h, true, 50);
    ck_assert_uint_eq(probe(HEALTH_FORBIDDEN, 100000), 0);
    ck_assert_int_eq(h.last, HEALTH_UNSUPPORTED);
    ck_assert_int_eq(health_start(&h, &HEALTHY, false, 200000),
                     HEALTH_PROBE_TCP);
    ck_assert_uint_eq(health_done(&h, HEALTH_OK, 200010, &rng),
                      HEALTH_ORDER_HINT);
    /* Once traffic finds the key refused, only the list can clear it. */
    ck_assert_int_eq(health_start(&h, &LATCHED, false, 300000),
                     HEALTH_PROBE_MODELS);
    ck_assert_uint_eq(health_done(&h, HEALTH_FORBIDDEN, 300010, &rng),
                      HEALTH_ORDER_LATCH_AUTH);
}

END_TEST

START_TEST(new_keys_are_not_known_to_work)
{
    health_live(&h, true, 50);
    probe(HEALTH_UNSUPPORTED, 60);
    health_new_keys(&h);
    ck_assert_int_eq(health_start(&h, &HEALTHY, false, 100),
                     HEALTH_PROBE_MODELS);
    ck_assert_uint_eq(health_done(&h, HEALTH_FORBIDDEN, 110, &rng),
                      HEALTH_ORDER_LATCH_AUTH);
}

END_TEST

/* F39 */
START_TEST(an_unsupported_probe_is_replaced_by_connecting)
{
    ck_assert_uint_eq(probe(HEALTH_UNSUPPORTED, 0), 0);
    ck_assert_int_eq(health_start(&h, &OPEN, false, 99), HEALTH_PROBE_TCP);
}

END_TEST

START_TEST(the_third_failed_connect_opens)
{
    ck_assert_uint_eq(probe(HEALTH_UNREACHABLE, 0), 0);
    ck_assert_uint_eq(probe(HEALTH_UNREACHABLE, 100), 0);
    ck_assert_uint_eq(probe(HEALTH_UNREACHABLE, 200), HEALTH_ORDER_OPEN);
    ck_assert_uint_eq(h.unreachable, 3);
}

END_TEST

START_TEST(any_answer_ends_the_row_of_failed_connects)
{
    static const enum health_result ANSWERS[] = {
        HEALTH_OK, HEALTH_REFUSED, HEALTH_FORBIDDEN, HEALTH_UNSUPPORTED,
        HEALTH_UNCLEAR};

    for (unsigned i = 0; i < array_count(ANSWERS); i++) {
        setup();
        probe(HEALTH_UNREACHABLE, 0);
        probe(HEALTH_UNREACHABLE, 100);
        probe(ANSWERS[i], 200);
        ck_assert_uint_eq(probe(HEALTH_UNREACHABLE, 300), 0);
    }
}

END_TEST

/* F38 */
START_TEST(traffic_that_succeeds_overrules_failing_probes)
{
    for (int i = 0; i < 20; i++) {
        health_start(&h, &HEALTHY, false, i * 100);
        if (i % 3 == 2)
            health_live(&h, true, i * 100 + (i % 2 ? 0 : 5));
        ck_assert_uint_eq(
            health_done(&h, HEALTH_UNREACHABLE, i * 100 + 10, &rng), 0);
    }
}

END_TEST

START_TEST(live_failures_do_not_help_a_failing_probe)
{
    for (int i = 0; i < 3; i++) {
        health_live(&h, false, i * 100);
        ck_assert_uint_eq(probe(HEALTH_UNREACHABLE, i * 100),
                          i == 2 ? HEALTH_ORDER_OPEN : 0);
    }
}

END_TEST

static struct health_scene
paid_scene(void)
{
    return (struct health_scene){.open = true,
                                 .trial = true,
                                 .wall_ms = INT64_C(1775399335000),
                                 .paid_cost_nanousd = 4000000};
}

static void
setup_paid(void)
{
    struct health_params params = health_defaults;

    rng_init(&rng, 11);
    params.kind = HEALTH_CHAT;
    params.paid_daily_nanousd = 10000000; /* $0.01 */
    health_init(&h, &params, 0, &rng);
}

START_TEST(a_paid_probe_is_a_trial_after_ten_quiet_minutes)
{
    struct health_scene scene = paid_scene();

    ck_assert_int_eq(health_start(&h, &scene, false, HEALTH_QUIET_MS - 1),
                     HEALTH_PROBE_MODELS);
    health_done(&h, HEALTH_OK, HEALTH_QUIET_MS - 1, &rng);
    ck_assert_int_eq(health_start(&h, &scene, true, HEALTH_QUIET_MS),
                     HEALTH_PROBE_MODELS);
    health_done(&h, HEALTH_OK, HEALTH_QUIET_MS, &rng);
    ck_assert_int_eq(health_start(&h, &scene, false, HEALTH_QUIET_MS),
                     HEALTH_PROBE_CHAT);
    health_paid_done(&h, 1, &scene, HEALTH_QUIET_MS, &rng);

    scene.trial = false;
    ck_assert_int_eq(health_start(&h, &scene, false, HEALTH_QUIET_MS),
                     HEALTH_PROBE_MODELS);
    health_done(&h, HEALTH_OK, HEALTH_QUIET_MS, &rng);
    scene.trial = true;
    scene.open = false;
    ck_assert_int_eq(health_start(&h, &scene, false, HEALTH_QUIET_MS),
                     HEALTH_PROBE_MODELS);
    health_done(&h, HEALTH_OK, HEALTH_QUIET_MS, &rng);
    scene.open = true;
    health_live(&h, false, HEALTH_QUIET_MS);
    ck_assert_int_eq(health_start(&h, &scene, false, HEALTH_QUIET_MS + 60000),
                     HEALTH_PROBE_MODELS);
}

END_TEST

START_TEST(paid_probes_stop_at_the_daily_limit)
{
    struct health_scene scene = paid_scene();
    int64_t t = HEALTH_QUIET_MS;

    for (int i = 0; i < 2; i++, t += 30000) {
        ck_assert_int_eq(health_start(&h, &scene, false, t), HEALTH_PROBE_CHAT);
        health_paid_done(&h, 4000000, &scene, t, &rng);
    }
    ck_assert_int_eq(health_start(&h, &scene, false, t), HEALTH_PROBE_MODELS);
    health_done(&h, HEALTH_OK, t, &rng);
    scene.wall_ms += INT64_C(86400000);
    ck_assert_int_eq(health_start(&h, &scene, false, t), HEALTH_PROBE_CHAT);
    health_paid_done(&h, INT64_MAX, &scene, t, &rng);
    ck_assert_int_eq(h.paid_nanousd, INT64_MAX);
    h.paid_nanousd = 6000000;
    ck_assert_int_eq(health_start(&h, &scene, false, t), HEALTH_PROBE_CHAT);
    health_paid_done(&h, INT64_MAX, &scene, t, &rng);
    ck_assert_int_eq(h.paid_nanousd, INT64_MAX);
    ck_assert_int_eq(health_start(&h, &scene, false, t), HEALTH_PROBE_MODELS);
}

END_TEST

START_TEST(by_default_nothing_is_ever_paid)
{
    struct health_scene scene = paid_scene();

    setup();
    for (int64_t t = 0; t < 86400000; t += 30000) {
        ck_assert_int_eq(health_start(&h, &scene, false, t),
                         HEALTH_PROBE_MODELS);
        health_done(&h, HEALTH_UNCLEAR, t, &rng);
    }
}

END_TEST

START_TEST(statuses_are_told_apart)
{
    static const struct {
        int status;
        enum health_result result;
    } ROWS[] = {
        {200, HEALTH_OK},          {204, HEALTH_OK},
        {401, HEALTH_REFUSED},     {403, HEALTH_FORBIDDEN},
        {404, HEALTH_UNSUPPORTED}, {405, HEALTH_UNSUPPORTED},
        {501, HEALTH_UNSUPPORTED}, {408, HEALTH_UNCLEAR},
        {429, HEALTH_UNCLEAR},     {500, HEALTH_UNCLEAR},
        {503, HEALTH_UNCLEAR},     {302, HEALTH_UNCLEAR},
        {0, HEALTH_UNCLEAR},
    };

    for (unsigned i = 0; i < array_count(ROWS); i++)
        ck_assert_int_eq(health_classify(ROWS[i].status), ROWS[i].result);
}

END_TEST

/* Over random histories: OPEN is ordered only after three failed connects
 * with no live success since the first, and never while one is newer than the
 * probe; orders other than the result's own never come. */
START_TEST(whatever_happens_orders_follow_from_evidence)
{
    int64_t now_ms = 0, live_ok_ms = -1;
    int row = 0;
    struct rng dice;

    rng_init(&dice, (uint64_t)_i);
    for (int i = 0; i < 5000; i++) {
        struct health_scene scene = {.open = rng_upto(&dice, 1)};
        enum health_result result =
            (enum health_result)rng_upto(&dice, HEALTH_UNCLEAR);
        int64_t started_ms = now_ms += rng_upto(&dice, 5000);
        unsigned orders;

        if (rng_upto(&dice, 1))
            result = HEALTH_UNREACHABLE;
        health_start(&h, &scene, rng_upto(&dice, 1), now_ms);
        now_ms += 1 + rng_upto(&dice, 50);
        if (rng_upto(&dice, 5) == 0) {
            bool ok = rng_upto(&dice, 1);

            health_live(&h, ok, now_ms);
            live_ok_ms = ok ? now_ms : live_ok_ms;
            row = ok ? 0 : row;
        }
        orders = health_done(&h, result, now_ms, &rng);
        ck_assert_int_gt(health_due(&h, &scene), now_ms);
        if (result != HEALTH_UNREACHABLE)
            row = 0;
        else if (live_ok_ms < started_ms)
            row++;
        ck_assert_int_eq((orders & HEALTH_ORDER_OPEN) != 0, row >= 3);
        ck_assert_int_eq((orders & HEALTH_ORDER_HINT) != 0,
                         result == HEALTH_OK);
        ck_assert_int_eq((orders & HEALTH_ORDER_LATCH_AUTH) != 0,
                         (result == HEALTH_REFUSED && live_ok_ms < started_ms)
                             || (result == HEALTH_FORBIDDEN && live_ok_ms < 0));
        if (orders & HEALTH_ORDER_CLEAR_AUTH)
            ck_assert_int_eq(result, HEALTH_OK);
    }
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("health");
    TCase *tc = tcase_create("probes");
    TCase *paid = tcase_create("paid probes");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(
        tc, the_first_probe_comes_at_a_random_moment_of_the_first_interval);
    tcase_add_loop_test(tc, probes_come_at_the_pace_of_the_trouble, 0,
                        array_count(PACES));
    tcase_add_test(tc, no_probe_while_a_live_result_is_newer_than_the_interval);
    tcase_add_test(tc, one_probe_at_a_time);
    tcase_add_test(tc, off_probes_only_when_asked);
    tcase_add_test(tc, a_good_probe_hints_and_clears_the_key);
    tcase_add_test(tc, a_good_connect_says_nothing_about_the_key);
    tcase_add_test(tc, a_refused_probe_latches_the_key_and_nothing_else);
    tcase_add_test(tc, a_call_that_succeeded_meanwhile_overrules_a_refusal);
    tcase_add_test(tc,
                   a_forbidden_probe_latches_a_key_of_which_nothing_is_known);
    tcase_add_test(tc, a_key_that_works_need_not_list_models);
    tcase_add_test(tc, new_keys_are_not_known_to_work);
    tcase_add_test(tc, an_unsupported_probe_is_replaced_by_connecting);
    tcase_add_test(tc, the_third_failed_connect_opens);
    tcase_add_test(tc, any_answer_ends_the_row_of_failed_connects);
    tcase_add_test(tc, traffic_that_succeeds_overrules_failing_probes);
    tcase_add_test(tc, live_failures_do_not_help_a_failing_probe);
    tcase_add_test(tc, statuses_are_told_apart);
    tcase_add_loop_test(tc, whatever_happens_orders_follow_from_evidence, 0,
                        20);
    suite_add_tcase(s, tc);

    tcase_add_checked_fixture(paid, setup_paid, NULL);
    tcase_add_test(paid, a_paid_probe_is_a_trial_after_ten_quiet_minutes);
    tcase_add_test(paid, paid_probes_stop_at_the_daily_limit);
    tcase_add_test(paid, by_default_nothing_is_ever_paid);
    suite_add_tcase(s, paid);
    return suite_main(s);
}
