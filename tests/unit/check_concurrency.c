/*
 * check_concurrency.c - how many attempts a target takes at once.
 */
#include "core/concurrency.h"

#include "base/rng.h"
#include "support/suite.h"

enum {
    ROUND = 100, /* What an answer usually takes to begin. */
    MAX_OUT = 600,
};

static struct concurrency c;
static struct concurrency_permit out[MAX_OUT];
static int n_out;
static int64_t now;

static void
setup(void)
{
    concurrency_init(&c, 0);
    n_out = 0;
    now = 1000;
}

/* Begins as many as there is room for; returns how many. */
static int
fill(void)
{
    int n = 0;

    while (concurrency_has_room(&c)) {
        ck_assert_int_lt(n_out, MAX_OUT);
        out[n_out++] = concurrency_begin(&c);
        n++;
    }
    return n;
}

static void
end_all(bool ok)
{
    for (int i = 0; i < n_out; i++)
        if (ok)
            concurrency_succeeded(&c, &out[i]);
        else
            concurrency_overloaded(&c, &out[i], ROUND, now);
    for (int i = 0; i < n_out; i++)
        concurrency_end(&c, &out[i]);
    n_out = 0;
}

/* A round in which everything that may run does, and succeeds. */
static int
round_of_successes(void)
{
    int n = fill();

    now += ROUND;
    end_all(true);
    return n;
}

static void
overload_once(void)
{
    struct concurrency_permit p = concurrency_begin(&c);

    concurrency_overloaded(&c, &p, ROUND, now);
    concurrency_end(&c, &p);
}

START_TEST(as_long_as_nobody_refuses_anything_nothing_is_held_back)
{
    ck_assert_int_eq(concurrency_limit(&c), CONCURRENCY_MAX);
    ck_assert_int_eq(round_of_successes(), CONCURRENCY_MAX);
}

END_TEST

START_TEST(the_first_overload_takes_a_quarter_of_what_was_seen_to_be_taken)
{
    overload_once();
    ck_assert_int_eq(concurrency_limit(&c), CONCURRENCY_FIRST * 3 / 4);

    setup();
    for (int i = 0; i < 100; i++)
        out[n_out++] = concurrency_begin(&c);
    end_all(true);
    overload_once();
    ck_assert_int_eq(concurrency_limit(&c), 75);
}

END_TEST

START_TEST(attempts_that_were_under_way_together_count_as_one_overload)
{
    (void)fill();
    now += 10 * ROUND;
    end_all(false);
    ck_assert_int_eq(concurrency_limit(&c), 12);
}

END_TEST

START_TEST(an_attempt_votes_once)
{
    struct concurrency_permit p = concurrency_begin(&c);

    concurrency_succeeded(&c, &p);
    concurrency_overloaded(&c, &p, ROUND, now);
    ck_assert_int_eq(concurrency_limit(&c), CONCURRENCY_MAX);
    concurrency_end(&c, &p);
    concurrency_end(&c, &p);
    ck_assert_int_eq(c.in_flight, 0);
}

END_TEST

START_TEST(another_setting_leaves_what_was_learned)
{
    concurrency_init(&c, 16);
    overload_once();
    concurrency_configure(&c, 32);
    ck_assert_int_eq(concurrency_limit(&c), 12);
    concurrency_configure(&c, 8);
    ck_assert_int_eq(concurrency_limit(&c), 8);

    setup();
    concurrency_configure(&c, 64);
    ck_assert_int_eq(concurrency_limit(&c), 64);
    concurrency_configure(&c, 0);
    ck_assert_int_eq(concurrency_limit(&c), CONCURRENCY_MAX);
}

END_TEST

START_TEST(what_is_configured_holds_from_the_first_call_on)
{
    concurrency_init(&c, 3);
    ck_assert_int_eq(round_of_successes(), 3);
    ck_assert_int_eq(round_of_successes(), 3);
    ck_assert_int_eq(concurrency_limit(&c), 3);
}

END_TEST

START_TEST(an_overload_takes_a_quarter)
{
    concurrency_init(&c, 16);
    overload_once();
    ck_assert_int_eq(concurrency_limit(&c), 12);
    now += ROUND;
    overload_once();
    ck_assert_int_eq(concurrency_limit(&c), 9);
}

END_TEST

START_TEST(the_limit_shrinks_once_a_round)
{
    overload_once();
    now += ROUND - 1;
    overload_once();
    ck_assert_int_eq(concurrency_limit(&c), 12);
    now++;
    overload_once();
    ck_assert_int_eq(concurrency_limit(&c), 9);
}

END_TEST

START_TEST(one_place_always_remains)
{
    for (int i = 0; i < 50; i++) {
        overload_once();
        now += ROUND;
    }
    ck_assert_int_eq(concurrency_limit(&c), 1);
    ck_assert_int_eq(fill(), 1);
}

END_TEST

START_TEST(afterwards_a_round_of_successes_adds_one)
{
    overload_once();
    for (int i = 0; i < 10; i++)
        (void)round_of_successes();
    ck_assert_int_ge(concurrency_limit(&c), 21);
    ck_assert_int_le(concurrency_limit(&c), 22);
}

END_TEST

/* F34. */
START_TEST(after_an_interruption_it_begins_with_an_eighth)
{
    static const int WANT[] = {2, 4, 8, 16, 16};

    concurrency_init(&c, 16);
    concurrency_slow_start(&c);
    for (size_t i = 0; i < sizeof(WANT) / sizeof(WANT[0]); i++)
        ck_assert_int_eq(round_of_successes(), WANT[i]);
}

END_TEST

START_TEST(what_was_under_way_before_neither_fills_nor_ends_a_round)
{
    concurrency_init(&c, 16);
    for (int i = 0; i < 8; i++)
        out[n_out++] = concurrency_begin(&c);
    concurrency_slow_start(&c);
    for (int i = 0; i < 8; i++)
        concurrency_succeeded(&c, &out[i]);
    ck_assert_int_eq(concurrency_limit(&c), 2);
    ck_assert_int_eq(fill(), 2);
    for (int i = 0; i < 8; i++)
        concurrency_end(&c, &out[i]);
    ck_assert_int_eq(fill(), 0);
    ck_assert_int_eq(c.in_flight, 2);
}

END_TEST

START_TEST(where_nothing_was_refused_the_ramp_ends_in_freedom)
{
    static const int WANT[] = {2, 4, 8, CONCURRENCY_MAX};

    concurrency_slow_start(&c);
    for (size_t i = 0; i < sizeof(WANT) / sizeof(WANT[0]); i++)
        ck_assert_int_eq(round_of_successes(), WANT[i]);
}

END_TEST

START_TEST(a_ramp_that_is_refused_stays_where_it_is)
{
    concurrency_init(&c, 64);
    concurrency_slow_start(&c);
    (void)fill();
    end_all(false);
    ck_assert_int_eq(fill(), 8);
    end_all(true);
    ck_assert_int_eq(concurrency_limit(&c), 16);
    ck_assert_double_eq(c.limit, 48.0);
}

END_TEST

START_TEST(the_share_is_that_of_the_ramp)
{
    concurrency_init(&c, 16);
    ck_assert_double_eq(concurrency_share(&c), 1.0);
    concurrency_slow_start(&c);
    ck_assert_double_eq(concurrency_share(&c), 0.125);
    (void)round_of_successes();
    ck_assert_double_eq(concurrency_share(&c), 0.25);
}

END_TEST

/* A provider that takes `k` at once and refuses the rest at once: the limit
 * comes to k and stays there, and most of what is sent is answered. */
START_TEST(the_limit_settles_at_what_the_provider_takes)
{
    enum {
        ROUNDS = 400,
        SETTLED = 100
    };

    static const int KS[] = {1, 3, 8, 20, 100};
    int k = KS[_i];
    int64_t good = 0, sent = 0;

    for (int round = 0; round < ROUNDS; round++) {
        int n = fill();

        for (int i = 0; i < n_out; i++)
            if (i >= k)
                concurrency_overloaded(&c, &out[i], ROUND, now);
        now += ROUND;
        for (int i = 0; i < n_out; i++)
            if (i < k)
                concurrency_succeeded(&c, &out[i]);
        for (int i = 0; i < n_out; i++)
            concurrency_end(&c, &out[i]);
        n_out = 0;
        if (round < SETTLED)
            continue;
        sent += n;
        good += n < k ? n : k;
        ck_assert_int_le(n, k + 1);
        ck_assert_int_ge(n, k * 3 / 4);
    }
    ck_assert_int_ge(good * 100, (int64_t)(ROUNDS - SETTLED) * k * 80);
    ck_assert_int_ge(good * 100, sent * (k == 1 ? 60 : 90));
}

END_TEST

/* What the rules say, in words that keep every permit. */
struct model_permit {
    struct concurrency_permit real;
    bool fresh; /* Younger than the last slow start or the like. */
};

static struct model_permit held[MAX_OUT];
static int n_held;

static void
check_against_model(void)
{
    int64_t limit = concurrency_limit(&c);
    int fresh = 0;

    for (int i = 0; i < n_held; i++)
        fresh += held[i].real.number > c.entered;
    ck_assert_int_eq(c.in_flight, n_held);
    ck_assert_int_eq(c.fresh, fresh);
    ck_assert_int_ge(limit, 1);
    ck_assert_int_le(limit, c.max);
    ck_assert_double_ge(c.limit, 1.0);
    ck_assert_double_le(c.limit, (double)c.max);
    if (c.state == CONCURRENCY_RAMPING)
        ck_assert_int_eq(concurrency_has_room(&c),
                         fresh < limit && n_held < (int64_t)c.limit);
    else
        ck_assert_int_eq(concurrency_has_room(&c), n_held < limit);
}

static void
drop_one(struct rng *rng, int how)
{
    int i = (int)rng_upto(rng, n_held - 1);
    double before = c.limit;

    if (how == 0)
        concurrency_succeeded(&c, &held[i].real);
    if (how == 1)
        concurrency_overloaded(&c, &held[i].real, ROUND, now);
    if (how == 1)
        ck_assert_double_le(c.limit, before);
    concurrency_end(&c, &held[i].real);
    held[i] = held[--n_held];
}

START_TEST(whatever_happens_no_more_run_than_are_allowed)
{
    enum {
        SEEDS = 20,
        EVENTS = 2000
    };

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct rng rng;

        rng_init(&rng, seed);
        concurrency_init(&c, seed % 3 == 0 ? 1 + rng_upto(&rng, 40) : 0);
        n_held = 0;
        for (int i = 0; i < EVENTS; i++) {
            int64_t what = rng_upto(&rng, 99);

            now += rng_upto(&rng, 20);
            if (what < 60 && concurrency_has_room(&c))
                held[n_held++].real = concurrency_begin(&c);
            else if (what < 97 && n_held > 0)
                drop_one(&rng, what < 85 ? 0 : what < 88 ? 1 : 2);
            else if (what == 98)
                concurrency_slow_start(&c);
            else if (what == 99)
                concurrency_configure(&c, rng_upto(&rng, 3) * 15);
            check_against_model();
        }
    }
}

END_TEST

START_TEST(the_rest_of_an_answer_goes_one_beyond_the_limit)
{
    concurrency_init(&c, 2);
    (void)fill();
    ck_assert(concurrency_has_room_for_rest(&c));
    out[n_out++] = concurrency_begin(&c);
    ck_assert(!concurrency_has_room_for_rest(&c));
    concurrency_end(&c, &out[--n_out]);
    ck_assert(!concurrency_has_room(&c));
    concurrency_end(&c, &out[--n_out]);
    ck_assert(concurrency_has_room(&c));
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("concurrency");
    TCase *tc = tcase_create("limit");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, as_long_as_nobody_refuses_anything_nothing_is_held_back);
    tcase_add_test(
        tc, the_first_overload_takes_a_quarter_of_what_was_seen_to_be_taken);
    tcase_add_test(tc,
                   attempts_that_were_under_way_together_count_as_one_overload);
    tcase_add_test(tc, an_attempt_votes_once);
    tcase_add_test(tc, another_setting_leaves_what_was_learned);
    tcase_add_test(tc, what_is_configured_holds_from_the_first_call_on);
    tcase_add_test(tc, an_overload_takes_a_quarter);
    tcase_add_test(tc, the_limit_shrinks_once_a_round);
    tcase_add_test(tc, one_place_always_remains);
    tcase_add_test(tc, afterwards_a_round_of_successes_adds_one);
    tcase_add_loop_test(tc, the_limit_settles_at_what_the_provider_takes, 0, 5);
    suite_add_tcase(s, tc);

    tc = tcase_create("ramp");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, after_an_interruption_it_begins_with_an_eighth);
    tcase_add_test(tc,
                   what_was_under_way_before_neither_fills_nor_ends_a_round);
    tcase_add_test(tc, where_nothing_was_refused_the_ramp_ends_in_freedom);
    tcase_add_test(tc, a_ramp_that_is_refused_stays_where_it_is);
    tcase_add_test(tc, the_share_is_that_of_the_ramp);
    suite_add_tcase(s, tc);

    tc = tcase_create("invariants");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, whatever_happens_no_more_run_than_are_allowed);
    tcase_add_test(tc, the_rest_of_an_answer_goes_one_beyond_the_limit);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
