/*
 * check_distance.c - how far a peer is, without going back and forth.
 */
#include "base/rng.h"
#include "core/distance.h"
#include "support/suite.h"

START_TEST(the_first_connection_tells)
{
    struct distance d = {0};

    distance_sample(&d, 42000);
    ck_assert(d.known);
    ck_assert_int_eq(distance_steps(&d), 42 / DISTANCE_STEP_MS);
}

END_TEST

START_TEST(what_lasts_is_followed)
{
    struct distance d = {0};

    distance_sample(&d, 20000);
    for (int i = 0; i < 40; i++)
        distance_sample(&d, 200000);
    ck_assert_int_ge(distance_steps(&d), 150 / DISTANCE_STEP_MS);
    for (int i = 0; i < 60; i++)
        distance_sample(&d, 20000);
    ck_assert_int_le(distance_steps(&d), 30 / DISTANCE_STEP_MS);
}

END_TEST

START_TEST(one_slow_connection_is_no_distance)
{
    struct distance d = {0};
    int64_t before;

    distance_sample(&d, 100000);
    before = distance_steps(&d);
    distance_sample(&d, 290000);
    ck_assert_int_eq(distance_steps(&d), before);
}

END_TEST

/* Noise of a tenth around any distance moves nothing, for any seed. */
START_TEST(noise_moves_nothing)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct distance d = {0};
        struct rng rng;
        int64_t true_us, first;

        rng_init(&rng, seed);
        true_us = 100 + rng_upto(&rng, 400000);
        distance_sample(&d, true_us);
        first = distance_steps(&d);
        for (int i = 0; i < 1000; i++) {
            int64_t tenth_us = true_us / 10;

            distance_sample(&d,
                            true_us - tenth_us + rng_upto(&rng, 2 * tenth_us));
            ck_assert_int_eq(distance_steps(&d), first);
        }
    }
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("distance");
    TCase *tc = tcase_create("distance");

    tcase_add_test(tc, the_first_connection_tells);
    tcase_add_test(tc, what_lasts_is_followed);
    tcase_add_test(tc, one_slow_connection_is_no_distance);
    tcase_add_test(tc, noise_moves_nothing);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
